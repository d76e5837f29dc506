#include "runtime/emulator/source.h"

#include <gtest/gtest.h>

#include <regex>

#include "runtime/file_io.h"
#include "runtime/strings.h"
#include "runtime/testing.h"

namespace raggedc::emulator {
namespace {

// A header of wrappers as it stands in an emitted source.
std::string Wrappers(const std::string& name) {
  const Result<std::string> text = ReadFile(StrCat(RAGGEDC_TEMPLATES, "/ragged/", name), 1 << 20);
  EXPECT_TRUE(text.ok()) << text.status().message();
  return text.ok() ? std::regex_replace(*text, std::regex("#pragma once\n|#include \"[^\"]+\"\n"), "") : "";
}

Manifest OneKernel() {
  Manifest manifest;
  ManifestKernel& kernel = manifest.kernels.emplace_back();
  kernel.symbol = "k";
  kernel.params = {"in", "out"};
  return manifest;
}

int LineOf(const std::string& text, const std::string& part) {
  const size_t at = text.find(part);
  return at == std::string::npos ? -1 : 1 + static_cast<int>(std::count(text.begin(), text.begin() + at, '\n'));
}

// The number that the compiler would give the line of `part`, and the file.
std::string PlaceOf(const std::string& text, const std::string& part) {
  const std::vector<std::string_view> lines = Split(text, '\n');
  std::string file = "none";
  int number = 0;
  for (const std::string_view line : lines) {
    if (line.starts_with("#line ")) {
      const size_t space = line.find(' ', 6);
      number = static_cast<int>(*ParseInt(std::string(line.substr(6, space - 6))));
      file = line.substr(space + 1);
      continue;
    }
    if (line.find(part) != std::string_view::npos) return StrCat(file, ":", number);
    ++number;
  }
  return "nowhere";
}

TEST(SourceTest, TwinsTakeThePlaceOfWrappers) {
  const std::string cuda = StrCat("// head\n\n//---- ptx/sync.cuh\n", Wrappers("ptx/sync.cuh"),
                                  "\n//---- kernels\nint mark_of_the_kernel;\n");
  const Result<std::string> host = MakeHostSource(cuda, OneKernel(), "a\"b.cu");
  RAGGEDC_ASSERT_OK(host.status());
  EXPECT_EQ(host->find("asm volatile"), std::string::npos);
  EXPECT_NE(host->find("ragged_host::api->barrier("), std::string::npos);
  // What was not replaced keeps its line.
  EXPECT_EQ(PlaceOf(*host, "mark_of_the_kernel"), StrCat("\"a\\\"b.cu\":", LineOf(cuda, "mark_of_the_kernel")));
  EXPECT_EQ(PlaceOf(*host, "// head"), "\"a\\\"b.cu\":1");
  EXPECT_NE(host->find("extern \"C\" void raggedc_call_k(void* const* a) {\n"
                       "  k(RaggedcArgument{a[0]}, RaggedcArgument{a[1]});"),
            std::string::npos);
  EXPECT_TRUE(host->find(HostPrelude()) != std::string::npos && !HostPrelude().empty());
}

TEST(SourceTest, TwinsBringWhatTheyNeed) {
  // The wrappers of sync.cuh stand on their own, their twins may call others'.
  const std::string cuda = StrCat("//---- ptx/matrix.cuh\n", Wrappers("ptx/matrix.cuh"), "\n//---- ptx/matrix.cuh\n",
                                  Wrappers("ptx/matrix.cuh"), "\n");
  const Result<std::string> host = MakeHostSource(cuda, OneKernel(), "k.cu");
  RAGGEDC_ASSERT_OK(host.status());
  const size_t first = host->find("void ldmatrix(");
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(host->find("void ldmatrix(", first + 1), std::string::npos) << "a twin stands there twice";
}

TEST(SourceTest, EditedWrappersAreRefused) {
  std::string text = Wrappers("ptx/sync.cuh");
  text.replace(text.find("bar.sync %0"), 11, "bar.sync 15");
  const Result<std::string> host = MakeHostSource(StrCat("\n//---- ptx/sync.cuh\n", text), OneKernel(), "k.cu");
  EXPECT_EQ(host.status().code(), StatusCode::kInvalidArgument);
  EXPECT_TRUE(host.status().message().starts_with(
      "k.cu:3: expected the wrappers of ptx/sync.cuh as this raggedc emits them, got edited ones"))
      << host.status().message();
}

TEST(SourceTest, UnknownWrappersAreRefused) {
  ExpectInvalid(MakeHostSource("//---- ptx/new.cuh\n", OneKernel(), "k.cu").status(),
                "k.cu:1: expected PTX wrappers that this raggedc emits, got 'ptx/new.cuh'");
}

TEST(SourceTest, AssemblyElsewhereIsRefused) {
  const std::string message =
      "k.cu:3: expected no inline PTX outside of the wrappers, which the emulator has host twins of, got asm";
  for (const char* text : {"asm(\"nop;\");", "  asm volatile (\"nop;\");", "__asm__(\"nop;\");", "x = 1; asm(\"\");"}) {
    ExpectInvalid(MakeHostSource(StrCat("//---- kernels\n\n", text, "\n"), OneKernel(), "k.cu").status(), message);
  }
  for (const char* text : {"// asm(\"nop\")", "int plasma = 1;", "int asm_of = 2, chasm = 3;"}) {
    RAGGEDC_ASSERT_OK(MakeHostSource(StrCat("//---- kernels\n\n", text, "\n"), OneKernel(), "k.cu").status());
  }
}

TEST(SourceTest, EmptyAndCutOffTexts) {
  for (const char* text : {"", "\n", "//---- ", "//---- kernels", "no end of line"}) {
    RAGGEDC_ASSERT_OK(MakeHostSource(text, OneKernel(), "k.cu").status());
  }
}

}  // namespace
}  // namespace raggedc::emulator
