//===- together_test.cpp - program, compiler and runtime library -----------===//
//
// What the program makes ahead of time is found by the library that embeds it,
// over a driver that is none.
//
//===----------------------------------------------------------------------===//

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "runtime/include/raggedc/raggedc.h"
#include "runtime/testing.h"

using raggedc::TemporaryDirectory;

namespace {

class TogetherTest : public testing::Test {
 protected:
  void SetUp() override {
    if (std::system(RAGGEDC_PROGRAM " doctor > /dev/null") != 0) GTEST_SKIP() << "no NVRTC";
    options.driver_library = RAGGEDC_FAKE_CUDA;
    cache = folder.File("cache");
    options.cache_directory = cache.c_str();
  }

  void run(const std::string& arguments) {
    std::string command = RAGGEDC_PROGRAM " " + arguments + " 2> /dev/null > " + folder.File("out");
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
  }

  /// "compiled 0", or what is wrong.
  std::string getKernel(const char* text) {
    raggedc_context* context = nullptr;
    if (raggedc_context_create(&options, &context) != RAGGEDC_OK) return raggedc_last_error();
    raggedc_spec spec = {};
    spec.struct_size = sizeof spec;
    raggedc_kernel* kernel = nullptr;
    std::string outcome;
    if (raggedc_spec_parse(text, &spec) != RAGGEDC_OK || raggedc_kernel_get(context, &spec, 0, &kernel) != RAGGEDC_OK)
      outcome = raggedc_last_error();
    raggedc_context_stats stats = {};
    stats.struct_size = sizeof stats;
    raggedc_context_stats_get(context, &stats);
    raggedc_kernel_release(kernel);
    raggedc_context_destroy(context);
    return outcome.empty() ? "compiled " + std::to_string(stats.compiled) : outcome;
  }

  TemporaryDirectory folder;
  std::string cache;
  raggedc_context_options options = RAGGEDC_CONTEXT_OPTIONS_INIT;
};

TEST_F(TogetherTest, ABundleNeedsNeitherCompilerNorNvrtc) {
  std::string path = folder.File("a.bundle");
  run("compile --spec bf16,heads=2,dim=32,max_seqlen=48 --arch sm_80,sm_90a --emit bundle -o " + path);
  const char* bundles[] = {path.c_str()};
  options.bundles = bundles;
  options.bundle_count = 1;
  options.policy = RAGGEDC_COMPILE_NEVER;
  EXPECT_EQ(getKernel("bf16,heads=2,dim=32,max_seqlen=40"), "compiled 0");
  EXPECT_NE(getKernel("bf16,heads=2,dim=32,max_seqlen=49"), "compiled 0");
}

TEST_F(TogetherTest, OneCacheServesProgramAndLibrary) {
  ASSERT_EQ(setenv("RAGGEDC_COMPILER", RAGGEDC_LIBRARY, 1), 0);
  ASSERT_EQ(setenv("RAGGEDC_CACHE_DIR", cache.c_str(), 1), 0);
  run("cache warm bf16,heads=2,dim=32,max_seqlen=48 --arch sm_90a");
  EXPECT_EQ(getKernel("bf16,heads=2,dim=32,max_seqlen=40"), "compiled 0");
  EXPECT_EQ(getKernel("bf16,heads=2,dim=32,max_seqlen=60"), "compiled 1");
  run("compile --spec bf16,heads=2,dim=32,max_seqlen=64 --emit cubin -o " + folder.File("a.cubin"));
  EXPECT_EQ(getKernel("bf16,heads=2,dim=32,max_seqlen=64"), "compiled 0");
}

}  // namespace
