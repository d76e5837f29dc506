// Which kernel a launch gets: capacities, policies, and one compilation for all who want it.
#include <gtest/gtest.h>

#include <latch>
#include <random>

#include "runtime/api/capacity.h"
#include "runtime/api/testing/fake_source.h"

namespace raggedc {
namespace {

TEST(CapacityTest, NextOfTheList) {
  EXPECT_EQ(raggedc_capacity(1), 32);
  EXPECT_EQ(raggedc_capacity(32), 32);
  EXPECT_EQ(raggedc_capacity(33), 48);
  EXPECT_EQ(raggedc_capacity(197), 208);
  EXPECT_EQ(raggedc_capacity(577), 592);
  EXPECT_EQ(raggedc_capacity(1025), 1536);
  EXPECT_EQ(raggedc_capacity(65536), 65536);
  for (const int32_t outside : {0, -1, 65537, INT32_MIN, INT32_MAX}) EXPECT_EQ(raggedc_capacity(outside), 0);
  for (size_t i = 1; i < kCapacities.size(); ++i) {
    EXPECT_LT(kCapacities[i - 1], kCapacities[i]);
    // As the header promises: at most a third is unused, above the first.
    EXPECT_LE(3 * (kCapacities[i] - kCapacities[i - 1] - 1), kCapacities[i]) << kCapacities[i];
  }
  EXPECT_EQ(GenericCapacityFor(197), 1024);
  EXPECT_EQ(GenericCapacityFor(1025), 8192);
  EXPECT_EQ(GenericCapacityFor(65536), 65536);
}

TEST(BatchTest, NextOfTheList) {
  EXPECT_EQ(raggedc_batch(1), 1);
  EXPECT_EQ(raggedc_batch(4), 4);
  EXPECT_EQ(raggedc_batch(7), 8);
  EXPECT_EQ(raggedc_batch(60), 64);
  EXPECT_EQ(raggedc_batch(65), 80);
  EXPECT_EQ(raggedc_batch(1024), 1024);
  EXPECT_EQ(raggedc_batch(1025), 1024);
  EXPECT_EQ(raggedc_batch(INT32_MAX), 1024);
  for (const int32_t many : {0, -1, INT32_MIN}) EXPECT_EQ(raggedc_batch(many), 0);
  for (size_t i = 1; i < kBatches.size(); ++i) {
    EXPECT_LT(kBatches[i - 1], kBatches[i]);
    EXPECT_LE(3 * (kBatches[i] - kBatches[i - 1] - 1), kBatches[i]) << kBatches[i];
  }
}

using KernelPolicyTest = FakeContextTest;

TEST_F(KernelPolicyTest, NumbersOfSequencesShareKernels) {
  MakeContext();
  raggedc_spec spec = Spec(208);
  for (const int32_t batch : {60, 64, 49, 50, 0, 4, 3, 5000, 1024}) {
    spec.batch = batch;
    RAGGEDC_EXPECT_OK(Launch(spec, nullptr));
    RAGGEDC_EXPECT_OK(Launch(spec, nullptr));  // by the thread's own table
  }
  EXPECT_EQ(source_->compiled,
            (std::vector<std::string>{
                "bf16,heads=12,dim=64,max_seqlen=208,batch=64", "bf16,heads=12,dim=64,max_seqlen=208",
                "bf16,heads=12,dim=64,max_seqlen=208,batch=4", "bf16,heads=12,dim=64,max_seqlen=208,batch=3",
                "bf16,heads=12,dim=64,max_seqlen=208,batch=1024"}));
  spec.flags = RAGGEDC_EXACT;
  spec.batch = 60;
  RAGGEDC_EXPECT_OK(Launch(spec, nullptr));
  EXPECT_EQ(source_->compiled.back(), "bf16,heads=12,dim=64,max_seqlen=208,batch=60");
  EXPECT_EQ(source_->compilations, 6);
}

TEST_F(KernelPolicyTest, CapacitiesShareKernels) {
  MakeContext();
  const auto seed = std::random_device{}();
  SCOPED_TRACE(StrCat("seed ", seed));
  std::mt19937 random(seed);
  std::set<std::string> expected;
  for (int i = 0; i < 300; ++i) {
    const int32_t length = std::uniform_int_distribution<int32_t>(1, 65536)(random);
    RAGGEDC_EXPECT_OK(Launch(Spec(length), nullptr));
    expected.insert(StrCat("bf16,heads=12,dim=64,max_seqlen=", raggedc_capacity(length)));
  }
  EXPECT_EQ(std::set<std::string>(source_->compiled.begin(), source_->compiled.end()), expected);
  EXPECT_EQ(source_->compiled.size(), expected.size());
}

TEST_F(KernelPolicyTest, ExactIsExact) {
  MakeContext();
  raggedc_spec spec = Spec(197);
  RAGGEDC_EXPECT_OK(Launch(spec, nullptr));
  spec.flags = RAGGEDC_EXACT;
  RAGGEDC_EXPECT_OK(Launch(spec, nullptr));
  RAGGEDC_EXPECT_OK(Launch(Spec(208), nullptr));
  EXPECT_EQ(LaunchedSymbols(), (std::vector<std::string>{"kernel_12x64_208", "kernel_12x64_197", "kernel_12x64_208"}));
  EXPECT_EQ(source_->compilations, 2);
}

TEST_F(KernelPolicyTest, NeverCompile) {
  settings_.policy = RAGGEDC_COMPILE_NEVER;
  source_->at_hand = {"bf16,heads=12,dim=64,max_seqlen=208"};
  MakeContext();
  RAGGEDC_EXPECT_OK(Launch(Spec(197), nullptr));
  RAGGEDC_EXPECT_ERROR(Launch(Spec(577), nullptr), RAGGEDC_ERROR_NO_KERNEL,
                       "expected a kernel for bf16,heads=12,dim=64,max_seqlen=592 on sm_90a in memory, a bundle or the "
                       "cache, got none, and the policy is never to compile");
  const raggedc_spec spec = Spec(577);
  raggedc_kernel* kernel = nullptr;
  EXPECT_EQ(raggedc_kernel_get(context_, &spec, 0, &kernel), RAGGEDC_ERROR_NO_KERNEL);
  EXPECT_EQ(source_->compilations, 0);
  source_->at_hand.insert("bf16,heads=12,dim=64,max_seqlen=592");
  RAGGEDC_EXPECT_OK(Launch(Spec(577), nullptr));
}

TEST_F(KernelPolicyTest, GenericKernelUntilTheRightOneIsThere) {
  settings_.policy = RAGGEDC_COMPILE_IN_BACKGROUND;
  source_->at_hand = {"bf16,heads=12,dim=64,max_seqlen=1024"};
  std::latch go(1);
  source_->wait = [&](const KernelRequest&) { go.wait(); };
  MakeContext();
  for (int i = 0; i < 3; ++i) RAGGEDC_EXPECT_OK(Launch(Spec(197), nullptr));
  // The same under the name that needs tidying first, and from another thread.
  raggedc_spec full = Spec(197);
  full.q_strides[0] = 768;
  full.q_strides[1] = 64;
  RAGGEDC_EXPECT_OK(Launch(full, nullptr));
  std::thread([&] { RAGGEDC_EXPECT_OK(Launch(Spec(197), Stream())); }).join();
  EXPECT_EQ(LaunchedSymbols(), std::vector<std::string>(5, "kernel_12x64_1024"));
  go.count_down();
  RAGGEDC_EXPECT_OK(raggedc_context_wait(context_));
  RAGGEDC_EXPECT_OK(Launch(Spec(197), nullptr));
  RAGGEDC_EXPECT_OK(Launch(full, nullptr));
  EXPECT_EQ(LaunchedSymbols(), std::vector<std::string>(2, "kernel_12x64_208"));
  EXPECT_EQ(source_->compilations, 1);
  EXPECT_TRUE(warnings_.empty());
}

TEST_F(KernelPolicyTest, GenericKernelIsCompiledWhereItIsMissing) {
  settings_.policy = RAGGEDC_COMPILE_IN_BACKGROUND;
  std::latch go(1);
  source_->wait = [&](const KernelRequest& request) {
    if (request.spec.spec.max_seqlen != 1024) go.wait();
  };
  MakeContext();
  RAGGEDC_EXPECT_OK(Launch(Spec(197), nullptr));
  RAGGEDC_EXPECT_OK(Launch(Spec(100), nullptr));
  EXPECT_EQ(LaunchedSymbols(), std::vector<std::string>(2, "kernel_12x64_1024"));
  go.count_down();
  RAGGEDC_EXPECT_OK(raggedc_context_wait(context_));
  EXPECT_EQ(source_->compilations, 3);
  // Where the generic kernel is the right one, there is nothing to wait for.
  RAGGEDC_EXPECT_OK(Launch(Spec(1024), nullptr));
  RAGGEDC_EXPECT_OK(Launch(Spec(8000), nullptr));
  EXPECT_EQ(LaunchedSymbols(), (std::vector<std::string>{"kernel_12x64_1024", "kernel_12x64_8192"}));
}

TEST_F(KernelPolicyTest, QuickFirst) {
  settings_.policy = RAGGEDC_COMPILE_QUICK_FIRST;
  std::latch begun(1), go(1);
  source_->wait = [&](const KernelRequest& request) {
    if (request.spec.quick) return;
    begun.count_down();
    go.wait();
  };
  MakeContext();
  RAGGEDC_EXPECT_OK(Launch(Spec(197), nullptr));
  begun.wait();
  const int finds = source_->finds;
  for (int i = 0; i < 2; ++i) RAGGEDC_EXPECT_OK(Launch(Spec(197), nullptr));
  std::thread([&] { RAGGEDC_EXPECT_OK(Launch(Spec(200), Stream())); }).join();
  EXPECT_EQ(source_->finds, finds);  // the stand-in is found as any kernel
  EXPECT_EQ(LaunchedSymbols(), std::vector<std::string>(4, "kernel_12x64_208_quick"));
  go.count_down();
  RAGGEDC_EXPECT_OK(raggedc_context_wait(context_));
  RAGGEDC_EXPECT_OK(Launch(Spec(197), nullptr));
  std::thread([&] { RAGGEDC_EXPECT_OK(Launch(Spec(200), Stream())); }).join();
  EXPECT_EQ(LaunchedSymbols(), std::vector<std::string>(2, "kernel_12x64_208"));
  EXPECT_EQ(source_->compiled, (std::vector<std::string>{"bf16,heads=12,dim=64,max_seqlen=208 quick",
                                                         "bf16,heads=12,dim=64,max_seqlen=208"}));
  EXPECT_TRUE(warnings_.empty());
}

TEST_F(KernelPolicyTest, QuickFirstOfManyThreads) {
  constexpr int kThreads = 16;
  settings_.policy = RAGGEDC_COMPILE_QUICK_FIRST;
  source_->delay = std::chrono::milliseconds(20);
  MakeContext();
  std::latch start(kThreads);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, stream = Stream()] {
      start.arrive_and_wait();
      for (int j = 0; j < 200; ++j) RAGGEDC_EXPECT_OK(Launch(Spec(), stream));
    });
  }
  for (std::thread& thread : threads) thread.join();
  RAGGEDC_EXPECT_OK(raggedc_context_wait(context_));
  EXPECT_EQ(source_->compilations, 2);
  EXPECT_EQ(Stats().loaded, 2u);
}

// The quick one is neither compiled nor used where the right one need not be compiled, or is asked for by itself.
TEST_F(KernelPolicyTest, QuickFirstIsForCompilationsOnly) {
  settings_.policy = RAGGEDC_COMPILE_QUICK_FIRST;
  source_->at_hand = {"bf16,heads=12,dim=64,max_seqlen=208", "bf16,heads=12,dim=64,max_seqlen=64 quick"};
  MakeContext();
  RAGGEDC_EXPECT_OK(Launch(Spec(197), nullptr));
  raggedc_kernel_release(GetKernel(Spec(320)));
  RAGGEDC_EXPECT_OK(Launch(Spec(320), nullptr));
  EXPECT_EQ(LaunchedSymbols(), (std::vector<std::string>{"kernel_12x64_208", "kernel_12x64_320"}));
  // One that is on disk already is not compiled again.
  RAGGEDC_EXPECT_OK(Launch(Spec(64), nullptr));
  EXPECT_EQ(LaunchedSymbols(), std::vector<std::string>{"kernel_12x64_64_quick"});
  RAGGEDC_EXPECT_OK(raggedc_context_wait(context_));
  EXPECT_EQ(source_->compiled,
            (std::vector<std::string>{"bf16,heads=12,dim=64,max_seqlen=320", "bf16,heads=12,dim=64,max_seqlen=64"}));
}

TEST_F(KernelPolicyTest, WithoutAQuickOneTheRightOneIsCompiled) {
  settings_.policy = RAGGEDC_COMPILE_QUICK_FIRST;
  source_->wait = [](const KernelRequest& request) {
    if (request.spec.quick) throw std::runtime_error("none");
  };
  MakeContext();
  RAGGEDC_EXPECT_OK(Launch(Spec(197), nullptr));
  EXPECT_EQ(LaunchedSymbols(), std::vector<std::string>{"kernel_12x64_208"});
  source_->wait = [](const KernelRequest& request) {
    throw std::runtime_error(request.spec.quick ? "none" : "nor this");
  };
  RAGGEDC_EXPECT_ERROR(Launch(Spec(320), nullptr), RAGGEDC_ERROR_INTERNAL, "expected to make a kernel, got nor this");
  RAGGEDC_EXPECT_OK(raggedc_context_wait(context_));
  EXPECT_TRUE(warnings_.empty());
}

TEST_F(KernelPolicyTest, AQuickOneStaysWhereTheRightOneFails) {
  settings_.policy = RAGGEDC_COMPILE_QUICK_FIRST;
  source_->wait = [](const KernelRequest& request) {
    if (!request.spec.quick) throw std::runtime_error("boom");
  };
  MakeContext();
  RAGGEDC_EXPECT_OK(Launch(Spec(197), nullptr));
  RAGGEDC_EXPECT_OK(raggedc_context_wait(context_));
  for (int k = 0; k < 5; ++k) RAGGEDC_EXPECT_OK(Launch(Spec(197), nullptr));
  EXPECT_EQ(LaunchedSymbols(), std::vector<std::string>(6, "kernel_12x64_208_quick"));
  RAGGEDC_EXPECT_OK(raggedc_context_wait(context_));
  EXPECT_EQ(source_->compilations, 2);  // not again with every launch
  ASSERT_EQ(warnings_.size(), 1u);
  EXPECT_EQ(warnings_[0],
            "compiling bf16,heads=12,dim=64,max_seqlen=208 in the background failed; the one compiled quickly stays: "
            "expected to make a kernel, got boom");
}

// What is at hand is not worth a stand-in.
TEST_F(KernelPolicyTest, BackgroundIsForCompilationsOnly) {
  settings_.policy = RAGGEDC_COMPILE_IN_BACKGROUND;
  source_->at_hand = {"bf16,heads=12,dim=64,max_seqlen=208"};
  MakeContext();
  RAGGEDC_EXPECT_OK(Launch(Spec(197), nullptr));
  EXPECT_EQ(LaunchedSymbols(), std::vector<std::string>{"kernel_12x64_208"});
  EXPECT_EQ(source_->compilations, 0);
}

TEST_F(KernelPolicyTest, HandlesDoNotWaitForTheQueue) {
  settings_.policy = RAGGEDC_COMPILE_IN_BACKGROUND;
  source_->at_hand = {"bf16,heads=12,dim=64,max_seqlen=1024"};
  std::latch go(1);
  std::atomic<bool> has_begun{false};
  source_->wait = [&](const KernelRequest& request) {
    if (request.spec.spec.max_seqlen == 64) return go.wait();
    // The thread comes to the kernel while it is being compiled here, and leaves it alone.
    if (!has_begun.exchange(true)) go.count_down();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  };
  MakeContext();
  RAGGEDC_EXPECT_OK(Launch(Spec(64), nullptr));  // keeps the only thread busy
  RAGGEDC_EXPECT_OK(Launch(Spec(197), nullptr));
  raggedc_kernel* kernel = GetKernel(Spec(197));
  raggedc_kernel_info info = RAGGEDC_KERNEL_INFO_INIT;
  RAGGEDC_EXPECT_OK(raggedc_kernel_info_get(kernel, &info));
  EXPECT_EQ(info.capacity, 208);
  raggedc_kernel_release(kernel);
  RAGGEDC_EXPECT_OK(raggedc_context_wait(context_));
  EXPECT_EQ(source_->compilations, 2);
}

TEST_F(KernelPolicyTest, AFailureInTheBackgroundIsAWarning) {
  settings_.policy = RAGGEDC_COMPILE_IN_BACKGROUND;
  source_->at_hand = {"bf16,heads=12,dim=64,max_seqlen=1024"};
  source_->fail_compilations = 1;
  MakeContext();
  RAGGEDC_EXPECT_OK(Launch(Spec(197), nullptr));
  RAGGEDC_EXPECT_OK(raggedc_context_wait(context_));
  ASSERT_EQ(warnings_.size(), 1u);
  EXPECT_EQ(warnings_[0],
            "compiling bf16,heads=12,dim=64,max_seqlen=208 in the background failed; the generic kernel stays: "
            "compiling bf16,heads=12,dim=64,max_seqlen=208: expected this to fail");
  RAGGEDC_EXPECT_OK(Launch(Spec(197), nullptr));
  EXPECT_EQ(LaunchedSymbols(), std::vector<std::string>(2, "kernel_12x64_1024"));
  raggedc_kernel_release(GetKernel(Spec(197)));  // tries again, and puts it in its place
  RAGGEDC_EXPECT_OK(Launch(Spec(197), nullptr));
  EXPECT_EQ(LaunchedSymbols(), std::vector<std::string>{"kernel_12x64_208"});
}

TEST_F(KernelPolicyTest, TheEndDropsWhatHasNotBegun) {
  settings_.policy = RAGGEDC_COMPILE_IN_BACKGROUND;
  source_->at_hand = {"bf16,heads=12,dim=64,max_seqlen=1024"};
  source_->delay = std::chrono::milliseconds(50);
  MakeContext();
  for (const int32_t length : {32, 48, 64, 96, 128, 160, 208, 256}) RAGGEDC_EXPECT_OK(Launch(Spec(length), nullptr));
  raggedc_context_destroy(context_);
  context_ = nullptr;
  EXPECT_LE(source_->compilations, 2);
  EXPECT_EQ(fake_cuda::GetCounts().libraries_live, 0);
}

// Without an end of the context: the compiler is not left in the middle of its work while the process takes it apart.
TEST_F(KernelPolicyTest, TheEndOfTheProcessWaitsForWhatHasBegun) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto run = [&] {
    settings_.policy = RAGGEDC_COMPILE_QUICK_FIRST;
    std::latch begun(1);
    source_->wait = [&](const KernelRequest& request) {
      if (request.spec.quick) return;
      begun.count_down();
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      std::fprintf(stderr, "compiled %d", static_cast<int>(request.spec.spec.max_seqlen));
    };
    MakeContext();
    RAGGEDC_EXPECT_OK(Launch(Spec(197), nullptr));
    RAGGEDC_EXPECT_OK(Launch(Spec(64), nullptr));  // behind it, and dropped
    begun.wait();
    std::exit(0);
  };
  EXPECT_EXIT(run(), ::testing::ExitedWithCode(0), "^compiled 208$");
}

TEST_F(KernelPolicyTest, ManyThreadsOneCompilation) {
  constexpr int kThreads = 32;
  source_->delay = std::chrono::milliseconds(30);
  MakeContext();
  std::latch start(kThreads);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, stream = Stream()] {
      start.arrive_and_wait();
      RAGGEDC_EXPECT_OK(Launch(Spec(), stream));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(source_->compilations, 1);
  EXPECT_EQ(Stats().loaded, 1u);
  EXPECT_EQ(LaunchedSymbols().size(), size_t{kThreads});
}

TEST_F(KernelPolicyTest, FailuresReachTheWaitersAndAreNotKept) {
  constexpr int kThreads = 8;
  source_->delay = std::chrono::milliseconds(50);
  source_->fail_compilations = 1;
  MakeContext();
  std::latch start(kThreads);
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, stream = Stream()] {
      start.arrive_and_wait();
      if (Launch(Spec(), stream) == RAGGEDC_OK) return;
      ++failures;
      EXPECT_STREQ(raggedc_last_error(), "compiling bf16,heads=12,dim=64,max_seqlen=208: expected this to fail");
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GE(failures, 1);
  RAGGEDC_EXPECT_OK(Launch(Spec(), nullptr));
}

TEST_F(KernelPolicyTest, ExceptionsOfASourceAreErrors) {
  source_->wait = [](const KernelRequest&) { throw std::runtime_error("boom"); };
  MakeContext();
  RAGGEDC_EXPECT_ERROR(Launch(Spec(), nullptr), RAGGEDC_ERROR_INTERNAL, "expected to make a kernel, got boom");
  source_->wait = [](const KernelRequest&) { throw std::bad_alloc(); };
  EXPECT_EQ(Launch(Spec(), nullptr), RAGGEDC_ERROR_OUT_OF_MEMORY);
  source_->wait = nullptr;
  RAGGEDC_EXPECT_OK(Launch(Spec(), nullptr));
}

}  // namespace
}  // namespace raggedc
