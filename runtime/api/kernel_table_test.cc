// Kernels in memory: bounded, evicted, never unloaded while anyone may launch them.
#include <gtest/gtest.h>

#include <random>

#include "runtime/api/testing/fake_source.h"

namespace raggedc {
namespace {

using KernelTableTest = FakeContextTest;

TEST_F(KernelTableTest, HandlesSurviveEviction) {
  settings_.maximum_kernels = 2;
  MakeContext();
  raggedc_kernel* kernel = GetKernel(Spec(32));
  for (const int32_t length : {48, 64, 96, 128, 160}) RAGGEDC_EXPECT_OK(Launch(Spec(length), Stream()));
  EXPECT_EQ(Stats().kernels, 2u);
  EXPECT_EQ(Stats().evicted, 4u);
  fake_cuda::TakeLaunches();
  const raggedc_launch_args args = Args();
  RAGGEDC_EXPECT_OK(raggedc_kernel_launch(kernel, &args, nullptr));
  EXPECT_EQ(LaunchedSymbols(), std::vector<std::string>{"kernel_12x64_32"});
  raggedc_kernel_release(kernel);
}

// The clock passes over what was launched since it last came by.
TEST_F(KernelTableTest, WhatIsUsedStays) {
  settings_.maximum_kernels = 4;
  MakeContext();
  for (int round = 0; round < 10; ++round) {
    for (const int32_t heads : {1, 2, 3, 4, 5, 6, 7, 8}) {
      RAGGEDC_EXPECT_OK(Launch(Spec(197), Stream()));
      RAGGEDC_EXPECT_OK(Launch(Spec(64, heads), Stream()));
    }
  }
  const auto compiled = std::count(source_->compiled.begin(), source_->compiled.end(),
                                   std::string("bf16,heads=12,dim=64,max_seqlen=208"));
  EXPECT_LE(compiled, 2);
  EXPECT_GT(Stats().evicted, 20u);
}

TEST_F(KernelTableTest, EvictedModulesAreUnloaded) {
  settings_.maximum_kernels = 4;
  MakeContext();
  for (int32_t heads = 1; heads <= 40; ++heads) RAGGEDC_EXPECT_OK(Launch(Spec(64, heads), Stream()));
  const raggedc_context_stats stats = Stats();
  EXPECT_EQ(stats.loaded, 40u);
  EXPECT_EQ(stats.kernels, 4u);
  EXPECT_EQ(stats.evicted, 36u);
  // Those that were launched before launches began to look for captures: half of the table at most.
  EXPECT_GE(stats.unloaded, 34u);
  EXPECT_LE(fake_cuda::GetCounts().libraries_live, 6);
}

// A graph that captured a launch by spec can be launched for as long as the context lives, whatever came after.
TEST_F(KernelTableTest, WhatAGraphMayHaveStaysLoaded) {
  settings_.maximum_kernels = 4;
  MakeContext();
  std::vector<std::vector<fake_cuda::Launch>> graphs;
  for (int32_t heads = 1; heads <= 40; ++heads) {
    void* stream = Stream();
    RAGGEDC_EXPECT_OK(Launch(Spec(64, heads), stream));
    if (heads % 4 != 1) continue;  // the first too, of which nobody looked whether it was captured
    fake_cuda::BeginCapture(stream);
    RAGGEDC_EXPECT_OK(Launch(Spec(64, heads), stream));
    RAGGEDC_EXPECT_OK(Launch(Spec(64, 100 + heads), stream));  // compiled, loaded and evicted under capture
    graphs.push_back(fake_cuda::EndCapture(stream));
    EXPECT_EQ(graphs.back().size(), 2u);
  }
  for (const auto& graph : graphs) fake_cuda::ReplayCapture(graph);
  EXPECT_GT(Stats().unloaded, 20u);
  EXPECT_EQ(fake_cuda::Violations(), std::vector<std::string>());
}

// There are many ways to write a spec, and a caller may find a new one every time.
TEST_F(KernelTableTest, KeysAreBounded) {
  constexpr size_t kKernels = 4;
  const CudaDriver* driver = *CudaDriver::Load(RAGGEDC_FAKE_CUDA);
  const std::vector<DeviceInfo> devices = *driver->Devices();
  const auto counters = std::make_shared<Counters>();
  KernelTable table(kKernels, counters);
  const auto compiled =
      std::make_shared<const CompiledKernel>(FakeKernel(*ParseSpec("bf16,heads=12,dim=64,max_seqlen=64"), "sm_90a"));
  LoadedKernel* kernel = nullptr;
  ASSERT_TRUE(LoadedKernel::Load(*driver, devices, 0, compiled, "", counters, false, &kernel).ok());
  const SpecKey own{Spec(64), 0};
  table.Insert(own, KernelTable::Kind::kOwn, kernel);
  for (int32_t i = 1; i <= 1000; ++i) {
    const SpecKey alias{Spec(64, i), 0};
    table.Insert(alias, KernelTable::Kind::kAlias, kernel);
    EXPECT_LE(table.keys(), 8 * kKernels);
    EXPECT_EQ(table.Find(alias, ThisThreadsHazards()), kernel);
    EXPECT_EQ(table.Find(own, ThisThreadsHazards()), kernel);
  }
  ThisThreadsHazards().slots[0].store(nullptr);
  EXPECT_EQ(table.size(), 1u);
  kernel->Release();
}

// Threads launch, capture, hold and give back kernels while all of it is being evicted all the time. The fake driver
// tells when a kernel is launched that is not loaded any more.
TEST_F(KernelTableTest, ManyThreadsManySpecsWithEviction) {
  constexpr int kThreads = 32;
  constexpr int kSpecs = 100;
  constexpr int kLaunches = 400;
  settings_.maximum_kernels = 16;
  MakeContext();
  fake_cuda::Record(false);
  fake_cuda::LingerInLaunches(true);
  const auto seed = std::random_device{}();
  SCOPED_TRACE(StrCat("seed ", seed));
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i, stream = Stream()] {
      std::mt19937 random(seed + static_cast<unsigned>(i));
      raggedc_kernel* held = nullptr;
      for (int j = 0; j < kLaunches; ++j) {
        // A few are asked for often.
        const int32_t heads =
            random() % 2 == 0 ? static_cast<int32_t>(1 + random() % 4) : static_cast<int32_t>(1 + random() % kSpecs);
        ASSERT_EQ(Launch(Spec(64, heads), stream), RAGGEDC_OK) << raggedc_last_error();
        if (random() % 50 == 0) {
          raggedc_kernel_release(held);
          held = GetKernel(Spec(64, heads));
        }
        if (held != nullptr && random() % 8 == 0) {
          const raggedc_launch_args args = Args();
          ASSERT_EQ(raggedc_kernel_launch(held, &args, stream), RAGGEDC_OK) << raggedc_last_error();
        }
      }
      raggedc_kernel_release(held);
    });
  }
  for (std::thread& thread : threads) thread.join();
  const raggedc_context_stats stats = Stats();
  EXPECT_LE(stats.kernels, 16u);
  EXPECT_GT(stats.evicted, uint64_t{kSpecs});
  EXPECT_EQ(stats.loaded - stats.unloaded, static_cast<uint64_t>(fake_cuda::GetCounts().libraries_live));
  EXPECT_LE(fake_cuda::GetCounts().libraries_live, 16 + 8);
  raggedc_context_destroy(context_);
  context_ = nullptr;
  EXPECT_EQ(fake_cuda::GetCounts().libraries_live, 0);
}

// What a thread remembers of one context is not taken for another's that lies at the same address.
TEST_F(KernelTableTest, ContextsComeAndGo) {
  for (int round = 0; round < 5; ++round) {
    MakeContext();
    RAGGEDC_EXPECT_OK(Launch(Spec(), nullptr));
    RAGGEDC_EXPECT_OK(Launch(Spec(), nullptr));
    EXPECT_EQ(Stats().loaded, 1u);
    EXPECT_EQ(fake_cuda::GetCounts().libraries_live, 1);
  }
}

}  // namespace
}  // namespace raggedc
