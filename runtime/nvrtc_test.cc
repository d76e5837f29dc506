#include "runtime/nvrtc.h"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "runtime/resource_report.h"
#include "runtime/strings.h"
#include "runtime/testing.h"

namespace raggedc {
namespace {

using Severity = CompilerMessage::Severity;

// NVRTC, or a skipped test on a machine without it.
#define RAGGEDC_NVRTC_OR_SKIP(nvrtc)                                 \
  const Result<std::shared_ptr<const Nvrtc>> loaded = Nvrtc::Load(); \
  if (!loaded.ok()) GTEST_SKIP() << loaded.status().message();       \
  const Nvrtc& nvrtc = **loaded

CompileRequest RequestFor(std::string source, std::string arch = "sm_80") {
  CompileRequest request;
  request.source = std::move(source);
  request.arch = std::move(arch);
  return request;
}

constexpr char kAdd[] = R"(extern "C" __global__ void add(float* x) {
  x[threadIdx.x] += 1.0f;
}
)";

// Values that are all alive across barriers, more than sixteen registers hold.
constexpr char kGreedy[] = R"(extern "C" __global__ void greedy(float* x, int n) {
  float a[48];
#pragma unroll
  for (int i = 0; i < 48; ++i) a[i] = x[i * n + threadIdx.x];
  __syncthreads();
#pragma unroll
  for (int round = 0; round < 2; ++round) {
#pragma unroll
    for (int i = 0; i < 48; ++i) a[i] = a[i] * a[(i + 7) % 48] + a[(i * 5 + 1) % 48];
    __syncthreads();
  }
#pragma unroll
  for (int i = 0; i < 48; ++i) x[i * n * 2 + threadIdx.x] = a[i];
}
)";

TEST(CompilerLogTest, ErrorsWarningsAndRemarks) {
  const std::vector<CompilerMessage> messages = ParseCompilerLog(
      "kernel.cu(12): error: identifier \"x\" is undefined\n"
      "    float y = x;\n"
      "              ^\n"
      "\n"
      "kernel.cu(3): warning #550-D: variable \"s\" was set but never used\n"
      "kernel.cu(4): catastrophic error: could not open source file \"a.h\"\n"
      "Remark: The warnings can be suppressed with \"-diag-suppress <warning-number>\"\n"
      "ptxas application ptx input, line 26; error   : Unknown modifier '.bar'\n"
      "ptxas fatal   : Ptx assembly aborted due to errors\n"
      "ptxas info    : Used 8 registers, used 0 barriers\n"
      "nvrtc: error: invalid value for --gpu-architecture (-arch)\n"
      "1 error detected in the compilation of \"kernel.cu\".\n");
  ASSERT_EQ(messages.size(), 6u);
  EXPECT_EQ(messages[0].severity, Severity::kError);
  EXPECT_EQ(messages[0].file, "kernel.cu");
  EXPECT_EQ(messages[0].line, 12);
  EXPECT_EQ(messages[0].text, "identifier \"x\" is undefined");
  EXPECT_EQ(messages[1].severity, Severity::kWarning);
  EXPECT_EQ(messages[1].line, 3);
  EXPECT_EQ(messages[1].text, "variable \"s\" was set but never used");
  EXPECT_EQ(messages[2].severity, Severity::kError);
  EXPECT_EQ(messages[2].line, 4);
  EXPECT_EQ(messages[3].text, "Unknown modifier '.bar'");
  EXPECT_EQ(messages[3].line, 0);
  EXPECT_EQ(messages[4].severity, Severity::kError);
  EXPECT_EQ(messages[5].text, "invalid value for --gpu-architecture (-arch)");
}

TEST(CompilerLogTest, NothingInNothing) {
  EXPECT_TRUE(ParseCompilerLog("").empty());
}

TEST(NvrtcTest, CompilesForEveryArchitectureWeName) {
  RAGGEDC_NVRTC_OR_SKIP(nvrtc);
  for (const char* arch : {"sm_80", "sm_86", "sm_89", "sm_90a", "sm_100a", "sm_103a", "sm_120"}) {
    if (!nvrtc.CheckArch(arch).ok()) continue;  // an NVRTC older than the architecture
    CompileOutput output;
    RAGGEDC_ASSERT_OK(nvrtc.Compile(RequestFor(kAdd, arch), &output));
    EXPECT_EQ(output.cubin.substr(0, 4),
              "\x7f"
              "ELF")
        << arch;
    EXPECT_GT(output.milliseconds, 0);
    EXPECT_TRUE(output.messages.empty()) << output.log;
    EXPECT_TRUE(output.ptx.empty());
    const Result<std::vector<KernelResources>> resources = ParseResourceReport(output.log);
    ASSERT_TRUE(resources.ok()) << arch << ": " << resources.status().message();
    ASSERT_EQ(resources->size(), 1u);
    EXPECT_EQ(resources->front().symbol, "add");
    EXPECT_GT(resources->front().registers, 0);
    EXPECT_TRUE(CheckNoSpills(resources->front()).ok());
  }
}

TEST(NvrtcTest, SpillsAreReportedOnEveryArchitecture) {
  RAGGEDC_NVRTC_OR_SKIP(nvrtc);
  for (const char* arch : {"sm_80", "sm_89", "sm_90a", "sm_100a", "sm_120"}) {
    if (!nvrtc.CheckArch(arch).ok()) continue;
    CompileRequest request = RequestFor(kGreedy, arch);
    request.options = {"-maxrregcount=16"};
    CompileOutput output;
    RAGGEDC_ASSERT_OK(nvrtc.Compile(request, &output));
    const Result<std::vector<KernelResources>> resources = ParseResourceReport(output.log);
    ASSERT_TRUE(resources.ok()) << arch << ": " << resources.status().message();
    const KernelResources* greedy = FindResources(*resources, "greedy");
    ASSERT_NE(greedy, nullptr);
    EXPECT_LE(greedy->registers, 24) << arch;  // some architectures round the limit up
    EXPECT_GT(greedy->spill_store_bytes, 0) << arch;
    EXPECT_GT(greedy->spill_load_bytes, 0) << arch;
    const Status status = CheckNoSpills(*greedy);
    EXPECT_EQ(status.code(), StatusCode::kInternal);
    EXPECT_TRUE(status.message().starts_with("expected kernel greedy to keep its values in registers, got "))
        << status.message();
  }
}

TEST(NvrtcTest, PtxOnRequest) {
  RAGGEDC_NVRTC_OR_SKIP(nvrtc);
  CompileRequest request = RequestFor(kAdd);
  request.want_ptx = true;
  CompileOutput output;
  RAGGEDC_ASSERT_OK(nvrtc.Compile(request, &output));
  EXPECT_NE(output.ptx.find(".target sm_80"), std::string::npos);
  EXPECT_EQ(output.ptx.find('\0'), std::string::npos);
}

TEST(NvrtcTest, ErrorShowsTheLineItIsAbout) {
  RAGGEDC_NVRTC_OR_SKIP(nvrtc);
  CompileOutput output;
  const Status status =
      nvrtc.Compile(RequestFor("extern \"C\" __global__ void k(float* x) {\n  x[0] = y;\n}\n"), &output);
  EXPECT_EQ(status.code(), StatusCode::kInternal);
  EXPECT_EQ(status.message(),
            "expected the generated CUDA code to compile for sm_80, got kernel.cu:2: identifier \"y\" is undefined in "
            "`x[0] = y;`");
  ASSERT_FALSE(output.messages.empty());
  EXPECT_EQ(output.messages[0].line, 2);
  EXPECT_TRUE(output.cubin.empty());
}

TEST(NvrtcTest, AssemblerErrorIsReported) {
  RAGGEDC_NVRTC_OR_SKIP(nvrtc);
  CompileOutput output;
  const Status status = nvrtc.Compile(
      RequestFor("extern \"C\" __global__ void k(float* x) { asm volatile(\"nonsense.f32;\"); }\n"), &output);
  EXPECT_EQ(status.code(), StatusCode::kInternal);
  EXPECT_FALSE(output.messages.empty());
  EXPECT_EQ(status.message().find('\n'), std::string::npos);
}

TEST(NvrtcTest, ArchitecturesAreChecked) {
  RAGGEDC_NVRTC_OR_SKIP(nvrtc);
  EXPECT_FALSE(nvrtc.architectures().empty());
  EXPECT_GE(nvrtc.version(), 12000);
  for (const char* arch : {"sm_80", "sm_86", "sm_89", "sm_90", "sm_90a"})
    EXPECT_TRUE(nvrtc.CheckArch(arch).ok()) << arch;
  for (const char* arch : {"", "sm_", "sm_75", "sm_91", "sm_80a", "sm_90b", "sm_90aa", "sm_-90", "compute_90", "90a"}) {
    const Status status = nvrtc.CheckArch(arch);
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << arch;
    EXPECT_TRUE(status.message().starts_with("expected an architecture that NVRTC ")) << status.message();
    EXPECT_TRUE(status.message().ends_with(StrCat("got '", arch, "'"))) << status.message();
  }
}

TEST(NvrtcTest, ThreadsCompileAtTheSameTime) {
  RAGGEDC_NVRTC_OR_SKIP(nvrtc);
  std::vector<Status> statuses(4);
  std::vector<CompileOutput> outputs(4);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < statuses.size(); ++i) {
    threads.emplace_back([&, i] { statuses[i] = nvrtc.Compile(RequestFor(kAdd), &outputs[i]); });
  }
  for (std::thread& thread : threads) thread.join();
  for (size_t i = 0; i < statuses.size(); ++i) {
    EXPECT_TRUE(statuses[i].ok()) << statuses[i].message();
    EXPECT_EQ(outputs[i].cubin.size(), outputs[0].cubin.size());
  }
}

TEST(NvrtcTest, NamedLibraryThatIsMissing) {
  const ScopedEnvironment named("RAGGEDC_NVRTC", "/nowhere/libnvrtc.so");
  const Status status = Nvrtc::LoadFresh().status();
  EXPECT_EQ(status.code(), StatusCode::kEnvironment);
  EXPECT_EQ(
      status.message(),
      "expected RAGGEDC_NVRTC to name a usable libnvrtc, got: cannot load /nowhere/libnvrtc.so: cannot open shared "
      "object file: No such file or directory");
}

TEST(NvrtcTest, NamedLibraryThatIsAnother) {
  const ScopedEnvironment named("RAGGEDC_NVRTC", "libm.so.6");
  const Status status = Nvrtc::LoadFresh().status();
  EXPECT_EQ(status.code(), StatusCode::kEnvironment);
  EXPECT_NE(status.message().find("to have the function nvrtcVersion, got a library without it"), std::string::npos)
      << status.message();
}

// A library that lies ready in the current folder is not loaded: it is not the user's word.
TEST(NvrtcTest, CurrentFolderIsNotSearched) {
  const TemporaryDirectory planted;
  const std::string folder = planted.File(".venv/lib/python3.11/site-packages/nvidia/cu13/lib");
  std::filesystem::create_directories(folder);
  ASSERT_TRUE(std::filesystem::copy_file("/proc/self/cmdline", folder + "/libnvrtc.so.13"));
  const ScopedEnvironment named("RAGGEDC_NVRTC", nullptr);
  const ScopedEnvironment python("RAGGEDC_VENV", nullptr);
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(planted.path());
  const std::vector<std::string> candidates = Nvrtc::Candidates();
  std::filesystem::current_path(before);
  for (const std::string& candidate : candidates) {
    EXPECT_FALSE(candidate.starts_with(".venv")) << candidate;
    EXPECT_FALSE(candidate.starts_with(planted.path())) << candidate;
  }
}

TEST(NvrtcTest, PythonEnvironmentOfTheSourceTree) {
  const TemporaryDirectory root;
  std::filesystem::create_directories(root.File("build/dev/bin"));
  EXPECT_EQ(Nvrtc::PythonEnvironmentOf(root.File("build/dev/bin/raggedc")), "");  // a copy, not a build
  std::ofstream(root.File("build/dev/CMakeCache.txt")) << "\n";
  EXPECT_EQ(Nvrtc::PythonEnvironmentOf(root.File("build/dev/bin/raggedc")), root.File(".venv"));
  EXPECT_EQ(Nvrtc::PythonEnvironmentOf(root.File("build/dev/runtime/runtime_tests")), root.File(".venv"));
  EXPECT_EQ(Nvrtc::PythonEnvironmentOf(root.File("bin/raggedc")), "");
  EXPECT_EQ(Nvrtc::PythonEnvironmentOf("/usr/bin/raggedc"), "");
  EXPECT_EQ(Nvrtc::PythonEnvironmentOf("raggedc"), "");
}

TEST(NvrtcTest, CandidatesInTheirOrder) {
  const TemporaryDirectory environment;
  const std::string folder = environment.File("lib/python3.11/site-packages/nvidia/cu13/lib");
  std::filesystem::create_directories(folder);
  const std::string library = folder + "/libnvrtc.so.13";
  ASSERT_TRUE(std::filesystem::copy_file("/proc/self/cmdline", library));
  const ScopedEnvironment named("RAGGEDC_NVRTC", nullptr);
  const ScopedEnvironment python("RAGGEDC_VENV", environment.path().c_str());
  const ScopedEnvironment home("CUDA_HOME", "/opt/my-cuda");
  const ScopedEnvironment path("CUDA_PATH", nullptr);
  EXPECT_EQ(Nvrtc::Candidates(), (std::vector<std::string>{
                                     "libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so",
                                     "/opt/my-cuda/lib64/libnvrtc.so", "/opt/my-cuda/lib/libnvrtc.so",
                                     "/usr/local/cuda/lib64/libnvrtc.so", "/usr/local/cuda/lib/libnvrtc.so", library}));
}

}  // namespace
}  // namespace raggedc
