#include "runtime/kernel_cache.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>

namespace raggedc {
namespace {

KernelKey KeyOf(std::string_view source) {
  KernelKey key;
  key.spec = *ParseSpec("bf16,heads=12,dim=64,max_seqlen=197");
  key.arch = "sm_90a";
  key.source = HashSource(source);
  key.nvrtc_version = 13000;
  return key;
}

KernelCache::Value Kernel(std::string cubin) {
  CompiledKernel kernel;
  kernel.cubin = std::move(cubin);
  return std::make_shared<const CompiledKernel>(std::move(kernel));
}

TEST(KernelCacheTest, SecondCallHits) {
  KernelCache cache;
  int compilations = 0;
  const auto compile = [&]() -> Result<KernelCache::Value> {
    ++compilations;
    return Kernel("a");
  };
  const KernelCache::Value first = *cache.GetOrCompile(KeyOf("x"), compile);
  const KernelCache::Value second = *cache.GetOrCompile(KeyOf("x"), compile);
  EXPECT_EQ(first, second);
  EXPECT_EQ(compilations, 1);
  EXPECT_EQ(cache.size(), 1u);
}

TEST(KernelCacheTest, EveryFieldOfTheKeyCounts) {
  const KernelKey base = KeyOf("x");
  std::vector<KernelKey> others(5, base);
  others[0].spec.causal = true;
  others[1].arch = "sm_80";
  others[2].options = "-g";
  others[3].source = HashSource("y");
  others[4].nvrtc_version = 12080;
  KernelCache cache;
  int compilations = 0;
  const auto compile = [&]() -> Result<KernelCache::Value> {
    ++compilations;
    return Kernel("a");
  };
  (void)cache.GetOrCompile(base, compile);
  for (const KernelKey& other : others) {
    EXPECT_FALSE(other == base);
    EXPECT_NE(KernelKeyHash()(other), KernelKeyHash()(base));
    (void)cache.GetOrCompile(other, compile);
  }
  EXPECT_EQ(compilations, 6);
}

TEST(KernelCacheTest, ManyThreadsOneCompilation) {
  constexpr int kThreads = 32;
  KernelCache cache;
  std::atomic<int> compilations{0};
  std::latch start(kThreads);
  std::vector<KernelCache::Value> values(kThreads);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      start.arrive_and_wait();
      values[static_cast<size_t>(i)] = *cache.GetOrCompile(KeyOf("x"), [&]() -> Result<KernelCache::Value> {
        ++compilations;
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        return Kernel("a");
      });
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(compilations, 1);
  for (const KernelCache::Value& value : values) EXPECT_EQ(value, values[0]);
}

TEST(KernelCacheTest, DifferentKeysCompileAtTheSameTime) {
  KernelCache cache;
  std::latch both(2);  // each compilation waits for the other to have begun
  const auto compile = [&]() -> Result<KernelCache::Value> {
    both.arrive_and_wait();
    return Kernel("a");
  };
  std::thread other([&] { EXPECT_TRUE(cache.GetOrCompile(KeyOf("y"), compile).ok()); });
  EXPECT_TRUE(cache.GetOrCompile(KeyOf("x"), compile).ok());
  other.join();
  EXPECT_EQ(cache.size(), 2u);
}

TEST(KernelCacheTest, FailuresReachTheWaitersAndAreNotKept) {
  constexpr int kThreads = 8;
  KernelCache cache;
  std::atomic<int> compilations{0};
  std::atomic<int> failures{0};
  std::latch start(kThreads);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      start.arrive_and_wait();
      const Result<KernelCache::Value> value = cache.GetOrCompile(KeyOf("x"), [&]() -> Result<KernelCache::Value> {
        ++compilations;
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        return InternalError("expected this to fail");
      });
      failures += !value.ok() && value.status().message() == "expected this to fail";
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, kThreads);
  EXPECT_GE(compilations, 1);
  EXPECT_EQ(cache.size(), 0u);
  EXPECT_EQ((*cache.GetOrCompile(KeyOf("x"), [] { return Result<KernelCache::Value>(Kernel("b")); }))->cubin, "b");
}

TEST(KernelCacheTest, ValuesOutliveClear) {
  KernelCache cache;
  const KernelCache::Value value =
      *cache.GetOrCompile(KeyOf("x"), [] { return Result<KernelCache::Value>(Kernel("a")); });
  cache.Clear();
  EXPECT_EQ(cache.size(), 0u);
  EXPECT_EQ(value->cubin, "a");
}

// A compilation that fails after Clear must not take away what another thread has put under the key since.
TEST(KernelCacheTest, FailureAfterClearLeavesTheNewEntry) {
  KernelCache cache;
  const Result<KernelCache::Value> failed = cache.GetOrCompile(KeyOf("x"), [&]() -> Result<KernelCache::Value> {
    cache.Clear();
    EXPECT_TRUE(cache.GetOrCompile(KeyOf("x"), [] { return Result<KernelCache::Value>(Kernel("new")); }).ok());
    return InternalError("expected this to fail");
  });
  EXPECT_FALSE(failed.ok());
  EXPECT_EQ(cache.size(), 1u);
}

TEST(KernelCacheTest, SourceHash) {
  EXPECT_EQ(ToHex(HashSource("")), "99aa06d3014798d86001c324468d497f");  // XXH3-128 of nothing
  EXPECT_EQ(ToHex(SourceHash{}), std::string(32, '0'));
  EXPECT_FALSE(HashSource("a") == HashSource("b"));
}

}  // namespace
}  // namespace raggedc
