//===- template_tests.cpp - device code that no printed kernel has ---------===//
//
// The hand-written kernels of this folder compile for the architectures they are
// for, and every PTX wrapper of templates/ is in one of them or behind a
// primitive. Needs NVRTC, no GPU.
//
//===----------------------------------------------------------------------===//

#include <gtest/gtest.h>

#include <filesystem>
#include <ostream>
#include <regex>
#include <set>

#include "codegen/Templates.h"
#include "runtime/file_io.h"
#include "runtime/nvrtc.h"
#include "runtime/strings.h"

using namespace raggedc;

namespace {

namespace fs = std::filesystem;

const std::string kRoot = RAGGEDC_SOURCE_DIR;

std::string read(const fs::path& path) {
  Result<std::string> text = ReadFile(path.string(), 1 << 20);
  EXPECT_TRUE(text.ok()) << text.status().message();
  return text.ok() ? *text : "";
}

/// As the code generator would write it: the headers it names, and itself without their names.
std::string resolveIncludes(const std::string& source) {
  const std::regex include("#include \"ragged/([^\"]+)\"");
  llvm::StringSet<> headers;
  for (std::sregex_iterator at(source.begin(), source.end(), include), end; at != end; ++at)
    headers.insert((*at)[1].str());
  return StrCat(collectTemplates(headers), "#line 1\n", std::regex_replace(source, include, ""));
}

struct Compilation {
  std::string file, arch;
};

void PrintTo(const Compilation& compilation, std::ostream* stream) {
  *stream << compilation.file << " for " << compilation.arch;
}

class HandWrittenKernels : public testing::TestWithParam<Compilation> {};

TEST_P(HandWrittenKernels, Compile) {
  const auto& [file, arch] = GetParam();
  Result<std::shared_ptr<const Nvrtc>> nvrtc = Nvrtc::Load();
  ASSERT_TRUE(nvrtc.ok()) << nvrtc.status().message();
  CompileRequest request;
  request.source = resolveIncludes(read(fs::path(kRoot) / "test/templates" / file));
  request.name = file;
  request.arch = arch;
  CompileOutput output;
  const Status status = (*nvrtc)->Compile(request, &output);
  EXPECT_TRUE(status.ok()) << status.message();
  for (const CompilerMessage& message : output.messages)
    EXPECT_EQ(message.severity, CompilerMessage::Severity::kRemark) << message.line << ": " << message.text;
  EXPECT_FALSE(output.cubin.empty());
}

INSTANTIATE_TEST_SUITE_P(Templates, HandWrittenKernels,
                         testing::Values(Compilation{"warp.cu", "sm_80"}, Compilation{"single.cu", "sm_80"},
                                         Compilation{"online.cu", "sm_80"}, Compilation{"pack.cu", "sm_80"},
                                         Compilation{"wrappers_sm80.cu", "sm_80"},
                                         Compilation{"wrappers_sm80.cu", "sm_90a"},
                                         Compilation{"wrappers_sm80.cu", "sm_120a"},
                                         Compilation{"wrappers_sm90a.cu", "sm_90a"}),
                         [](const auto& info) {
                           const std::string& file = info.param.file;
                           return StrCat(file.substr(0, file.find('.')), "_for_", info.param.arch);
                         });

/// Names behind `ptx::` in a text.
void addUses(const std::string& text, std::set<std::string>* used) {
  const std::regex use("ptx::([A-Za-z_0-9]+)[<(]");
  for (std::sregex_iterator at(text.begin(), text.end(), use), end; at != end; ++at) used->insert((*at)[1].str());
}

TEST(Wrappers, AllAreCompiledSomewhere) {
  std::set<std::string> used;
  for (const fs::directory_entry& entry : fs::directory_iterator(fs::path(kRoot) / "templates/ragged"))
    if (entry.path().extension() == ".cuh") addUses(read(entry.path()), &used);
  for (const char* file : {"wrappers_sm80.cu", "wrappers_sm90a.cu"})
    addUses(read(fs::path(kRoot) / "test/templates" / file), &used);

  const std::regex declaration("__device__ __forceinline__ [A-Za-z_0-9]+ ([A-Za-z_0-9]+)\\(");
  std::set<std::string> declared;
  for (const fs::directory_entry& entry : fs::directory_iterator(fs::path(kRoot) / "templates/ragged/ptx")) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".host.cuh")) continue;
    const std::string text = read(entry.path());
    for (std::sregex_iterator at(text.begin(), text.end(), declaration), end; at != end; ++at) {
      declared.insert((*at)[1].str());
      EXPECT_EQ(used.count((*at)[1].str()), 1u)
          << name << ": no kernel of test/templates and no primitive calls " << (*at)[1].str();
    }
  }
  // So that a change of how wrappers are written does not make this test look at nothing.
  for (const char* name : {"ldmatrix", "cp_async_16", "mbarrier_wait_parity", "wgmma_shared", "store_global"})
    EXPECT_EQ(declared.count(name), 1u) << name;
}

}  // namespace
