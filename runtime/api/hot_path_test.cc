// What a launch must not do once its kernel is loaded: allocate, lock, read the environment, ask the driver for
// anything. This program stands in for those functions and counts.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <pthread.h>

#include "runtime/api/testing/fake_source.h"

namespace {

// Volatile, as the optimiser takes malloc for a function that changes nothing of the program's own.
thread_local volatile bool counts = false;
thread_local volatile int allocations = 0;
thread_local volatile int locks = 0;
thread_local volatile int environment_reads = 0;

void ResetCounts() {
  allocations = 0;
  locks = 0;
  environment_reads = 0;
}

template <typename Function>
Function* Real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

// The C++ library finds them only if they are visible.
#pragma GCC visibility push(default)
extern "C" {
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* memory, size_t size);

void* malloc(size_t size) {
  allocations = allocations + counts;
  return __libc_malloc(size);
}
void* calloc(size_t count, size_t size) {
  allocations = allocations + counts;
  return __libc_calloc(count, size);
}
void* realloc(void* memory, size_t size) {
  allocations = allocations + counts;
  return __libc_realloc(memory, size);
}
int pthread_mutex_lock(pthread_mutex_t* mutex) {
  static const auto real = Real<int(pthread_mutex_t*)>("pthread_mutex_lock");
  locks = locks + counts;
  return real(mutex);
}
int pthread_rwlock_rdlock(pthread_rwlock_t* lock) {
  static const auto real = Real<int(pthread_rwlock_t*)>("pthread_rwlock_rdlock");
  locks = locks + counts;
  return real(lock);
}
char* getenv(const char* name) {
  static const auto real = Real<char*(const char*)>("getenv");
  environment_reads = environment_reads + counts;
  return real(name);
}
}
#pragma GCC visibility pop

namespace raggedc {
namespace {

class HotPathTest : public FakeContextTest {
 protected:
  void SetUp() override {
    MakeContext();
    fake_cuda::Record(false);  // the fake driver then does none of it either
  }

  // Calls `launch` a few times unwatched, then watched.
  template <typename Function>
  void ExpectNothingBut(Function launch) {
    for (int i = 0; i < 3; ++i) launch();
    const fake_cuda::Counts before = fake_cuda::GetCounts();
    ResetCounts();
    counts = true;
    for (int i = 0; i < 100; ++i) launch();
    counts = false;
    EXPECT_EQ(allocations, 0);
    EXPECT_EQ(locks, 0);
    EXPECT_EQ(environment_reads, 0);
    const fake_cuda::Counts after = fake_cuda::GetCounts();
    EXPECT_GE(after.launches - before.launches, 100);
    EXPECT_EQ(after.stream_queries, before.stream_queries);
    EXPECT_EQ(after.attributes_set, before.attributes_set);
    EXPECT_EQ(after.functions_resident, before.functions_resident);
    EXPECT_EQ(after.maps_encoded, before.maps_encoded);
  }
};

TEST_F(HotPathTest, TheCountersCount) {
  ResetCounts();
  counts = true;
  ::operator delete(::operator new(16));  // by name, so that it is not optimised away
  static std::mutex mutex;
  {
    const std::lock_guard<std::mutex> lock(mutex);
  }
  (void)::getenv("HOME");
  counts = false;
  EXPECT_GE(allocations, 1);
  EXPECT_GE(locks, 1);
  EXPECT_GE(environment_reads, 1);
}

TEST_F(HotPathTest, BySpec) {
  const raggedc_spec spec = Spec();
  const raggedc_launch_args args = Args();
  void* stream = Stream();
  ExpectNothingBut([&] { ASSERT_EQ(raggedc_launch(context_, &spec, &args, stream), RAGGEDC_OK); });
  ExpectNothingBut([&] { ASSERT_EQ(raggedc_launch(context_, &spec, &args, nullptr), RAGGEDC_OK); });
}

// More specs than a thread remembers, so that the table shared by all threads is asked.
TEST_F(HotPathTest, ByManySpecs) {
  const raggedc_launch_args args = Args();
  void* stream = Stream();
  std::vector<raggedc_spec> specs;
  for (int32_t heads = 1; heads <= 40; ++heads) specs.push_back(Spec(64, heads));
  ExpectNothingBut([&] {
    for (const raggedc_spec& spec : specs) ASSERT_EQ(raggedc_launch(context_, &spec, &args, stream), RAGGEDC_OK);
  });
}

TEST_F(HotPathTest, ByHandle) {
  raggedc_kernel* kernel = GetKernel(Spec());
  const raggedc_launch_args args = Args();
  void* stream = Stream();
  ExpectNothingBut([&] { ASSERT_EQ(raggedc_kernel_launch(kernel, &args, stream), RAGGEDC_OK); });
  raggedc_prepared* prepared = nullptr;
  RAGGEDC_EXPECT_OK(raggedc_prepared_create(kernel, &args, &prepared));
  ExpectNothingBut([&] { ASSERT_EQ(raggedc_prepared_launch(prepared, stream), RAGGEDC_OK); });
  ExpectNothingBut([&] {
    ASSERT_EQ(raggedc_prepared_set(prepared, &args), RAGGEDC_OK);
    ASSERT_EQ(raggedc_prepared_launch(prepared, stream), RAGGEDC_OK);
  });
  raggedc_prepared_destroy(prepared);
  raggedc_kernel_release(kernel);
}

// Kernels with tensor maps: only other addresses ask the driver for one, and nothing else.
TEST_F(HotPathTest, TensorMaps) {
  source_->change = [](CompiledKernel& kernel) {
    kernel.manifest.kernels[0].params.push_back("q_map");
    kernel.manifest.launches[0].tensor_maps = {{"q", {768, 2147483647}, {1536}, {64, 16}, 128}};
  };
  MakeContext();
  fake_cuda::Record(false);
  const raggedc_spec spec = Spec(128);
  raggedc_launch_args args = Args();
  void* stream = Stream();
  ExpectNothingBut([&] { ASSERT_EQ(raggedc_launch(context_, &spec, &args, stream), RAGGEDC_OK); });
  ExpectNothingBut([&] {
    for (uintptr_t layer = 1; layer <= 2; ++layer) {
      args.q = reinterpret_cast<void*>(layer << 20);
      ASSERT_EQ(raggedc_launch(context_, &spec, &args, stream), RAGGEDC_OK);
    }
  });
  const int64_t before = fake_cuda::GetCounts().maps_encoded;
  ResetCounts();
  counts = true;
  for (uintptr_t i = 1; i <= 100; ++i) {
    args.q = reinterpret_cast<void*>(i << 30);
    if (raggedc_launch(context_, &spec, &args, stream) != RAGGEDC_OK) break;
  }
  counts = false;
  EXPECT_EQ(allocations, 0);
  EXPECT_EQ(locks, 0);
  EXPECT_EQ(fake_cuda::GetCounts().maps_encoded - before, 100);
}

}  // namespace
}  // namespace raggedc
