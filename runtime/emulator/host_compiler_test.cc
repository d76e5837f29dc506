#include "runtime/emulator/host_compiler.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <thread>

#include "runtime/file_io.h"
#include "runtime/strings.h"
#include "runtime/testing.h"

namespace raggedc::emulator {
namespace {

namespace fs = std::filesystem;

int Answer(const std::string& library) {
  void* handle = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) return -1;
  const auto answer = reinterpret_cast<int (*)()>(dlsym(handle, "answer"));
  const int found = answer != nullptr ? answer() : -2;
  dlclose(handle);
  return found;
}

constexpr const char* kSource = "extern \"C\" int answer() { return 42; }\n";

class HostCompilerTest : public testing::Test {
 protected:
  TemporaryDirectory folder_;
  ScopedEnvironment cache_{"RAGGEDC_CACHE_DIR", folder_.path().c_str()};

  static HostLibrary Compile(const char* source = kSource) {
    Result<HostLibrary> library = CompileForHost(source, "k.cu");
    EXPECT_TRUE(library.ok()) << library.status().message();
    return library.ok() ? *library : HostLibrary();
  }
};

TEST_F(HostCompilerTest, CompilesOnceForASource) {
  const HostLibrary first = Compile();
  EXPECT_FALSE(first.cached);
  EXPECT_GT(first.compile_milliseconds, 0);
  EXPECT_EQ(Answer(first.path), 42);
  EXPECT_EQ(first.path.find(folder_.path() + "/emulator/"), 0u);
  const HostLibrary second = Compile();
  EXPECT_TRUE(second.cached);
  EXPECT_EQ(second.path, first.path);
  const HostLibrary other = Compile("extern \"C\" int answer() { return 43; }\n");
  EXPECT_FALSE(other.cached);
  EXPECT_EQ(Answer(other.path), 43);
  // Nothing is left behind but the two.
  EXPECT_EQ(std::distance(fs::directory_iterator(fs::path(first.path).parent_path()), fs::directory_iterator()), 2);
}

TEST_F(HostCompilerTest, DamagedLibrariesAreMadeAgain) {
  const std::string path = Compile().path;
  const Result<std::string> whole = ReadFile(path, 1 << 24);
  RAGGEDC_ASSERT_OK(whole.status());
  std::string changed = *whole;
  changed[changed.size() / 2] = static_cast<char>(changed[changed.size() / 2] ^ 1);
  for (const std::string& bytes : {whole->substr(0, whole->size() / 2), std::string(), changed, *whole + "x"}) {
    RAGGEDC_ASSERT_OK(WriteFile(path, bytes));
    EXPECT_FALSE(Compile().cached);
    EXPECT_EQ(Answer(path), 42);
  }
  ASSERT_EQ(chmod(path.c_str(), 0722), 0);  // others may write to it
  EXPECT_FALSE(Compile().cached);
}

TEST_F(HostCompilerTest, FoldersOfOthersAreNotUsed) {
  ASSERT_EQ(mkdir(folder_.File("emulator").c_str(), 0777), 0);
  ASSERT_EQ(chmod(folder_.File("emulator").c_str(), 0777), 0);
  const HostLibrary library = Compile();
  EXPECT_EQ(library.path.find(folder_.path()), std::string::npos);
  EXPECT_EQ(Answer(library.path), 42);
}

TEST_F(HostCompilerTest, ThreadsThatWantTheSame) {
  std::vector<std::thread> threads;
  std::vector<int> answers(4);
  for (int& answer : answers) threads.emplace_back([&answer] { answer = Answer(Compile().path); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(answers, std::vector<int>(4, 42));
}

TEST_F(HostCompilerTest, ErrorsOfTheSource) {
  const Result<HostLibrary> library = CompileForHost("#line 7 \"k.cu\"\nint x = nothing_of_that_name;\n", "k.cu");
  EXPECT_EQ(library.status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(library.status().message().find("k.cu:7:"), 0u) << library.status().message();
  EXPECT_NE(library.status().message().find("nothing_of_that_name"), std::string::npos) << library.status().message();
  EXPECT_TRUE(fs::is_empty(folder_.path() + "/emulator"));
}

TEST_F(HostCompilerTest, NoCompiler) {
  {
    const ScopedEnvironment none("RAGGEDC_CXX", "no-compiler-of-that-name");
    const Result<std::string> found = FindHostCompiler();
    EXPECT_EQ(found.status().code(), StatusCode::kEnvironment);
    EXPECT_EQ(found.status().message(), "expected RAGGEDC_CXX to name a C++ compiler, got 'no-compiler-of-that-name'");
  }
  const ScopedEnvironment given("RAGGEDC_CXX", nullptr);
  const ScopedEnvironment path("PATH", folder_.path().c_str());
  EXPECT_EQ(CompileForHost(kSource, "k.cu").status().code(), StatusCode::kEnvironment);
  // A folder of that name is no compiler, nor is a file that cannot be run.
  ASSERT_EQ(mkdir(folder_.File("c++").c_str(), 0755), 0);
  std::ofstream(folder_.File("g++")) << "text";
  EXPECT_EQ(FindHostCompiler().status().code(), StatusCode::kEnvironment);
  std::ofstream(folder_.File("clang++")) << "#!/bin/sh\nexit 3\n";
  ASSERT_EQ(chmod(folder_.File("clang++").c_str(), 0755), 0);
  const Result<std::string> found = FindHostCompiler();
  RAGGEDC_ASSERT_OK(found.status());
  EXPECT_EQ(*found, folder_.File("clang++"));
  const Result<HostLibrary> library = CompileForHost(kSource, "k.cu");
  EXPECT_EQ(library.status().code(), StatusCode::kInvalidArgument);
  EXPECT_NE(library.status().message().find("k.cu: no message, but the exit status 3 (by "), std::string::npos)
      << library.status().message();
}

TEST_F(HostCompilerTest, AnotherCompilerMakesAnotherLibrary) {
  const std::string path = Compile().path;
  RAGGEDC_ASSERT_OK(FindHostCompiler().status());
  const std::string script = folder_.File("compiler");
  std::ofstream(script) << "#!/bin/sh\nexec " << *FindHostCompiler() << " \"$@\"\n";
  ASSERT_EQ(chmod(script.c_str(), 0755), 0);
  const ScopedEnvironment given("RAGGEDC_CXX", script.c_str());
  const HostLibrary library = Compile();
  EXPECT_FALSE(library.cached);
  EXPECT_NE(library.path, path);
}

}  // namespace
}  // namespace raggedc::emulator
