// Several devices, and what happens when one of them, or the process, is not what it was.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/api/testing/fake_source.h"

namespace raggedc {
namespace {

using DeviceFaultTest = FakeContextTest;

TEST_F(DeviceFaultTest, OneModuleForDevicesOfOneArchitecture) {
  MakeContext({90, 90, 90});
  for (const int device : {0, 2, 1, 0}) RAGGEDC_EXPECT_OK(Launch(Spec(), Stream(device)));
  EXPECT_EQ(Stats().loaded, 1u);
  EXPECT_EQ(fake_cuda::GetCounts().attributes_set, 2 * 3);
  std::vector<int> devices;
  for (const fake_cuda::Launch& launch : fake_cuda::TakeLaunches()) devices.push_back(launch.device);
  EXPECT_EQ(devices, (std::vector<int>{0, 2, 1, 0}));
}

TEST_F(DeviceFaultTest, EachArchitectureHasItsOwn) {
  MakeContext({90, 80, 90});
  for (int round = 0; round < 2; ++round) {
    for (const int device : {0, 1, 2}) {
      void* stream = Stream(device);
      for (int i = 0; i < 3; ++i) RAGGEDC_EXPECT_OK(Launch(Spec(), stream));
      fake_cuda::SetCurrentDevice(device);
      RAGGEDC_EXPECT_OK(Launch(Spec(), nullptr));
    }
  }
  EXPECT_EQ(Stats().loaded, 2u);
  for (const fake_cuda::Launch& launch : fake_cuda::TakeLaunches()) {
    EXPECT_EQ(launch.arch, launch.device == 1 ? "sm_80" : "sm_90a");
  }
}

// A stream was destroyed, and the next one, on another device, has its address.
TEST_F(DeviceFaultTest, AStreamThatMoved) {
  MakeContext({90, 80});
  void* stream = Stream(0);
  for (int i = 0; i < 3; ++i) RAGGEDC_EXPECT_OK(Launch(Spec(), stream));
  const int64_t asked = fake_cuda::GetCounts().stream_queries;
  RAGGEDC_EXPECT_OK(Launch(Spec(), stream));
  EXPECT_EQ(fake_cuda::GetCounts().stream_queries, asked);  // where a stream is is remembered
  fake_cuda::MoveStream(stream, 1);
  for (int i = 0; i < 3; ++i) RAGGEDC_EXPECT_OK(Launch(Spec(), stream));
  fake_cuda::MoveStream(stream, 0);
  for (int i = 0; i < 3; ++i) RAGGEDC_EXPECT_OK(Launch(Spec(), stream));
  EXPECT_EQ(LaunchedSymbols().size(), 10u);
}

TEST_F(DeviceFaultTest, NoContextForTheDefaultStream) {
  MakeContext();
  fake_cuda::SetCurrentDevice(-1);
  EXPECT_EQ(Launch(Spec(), nullptr), RAGGEDC_ERROR_INTERNAL);
  const raggedc_spec spec = Spec();
  raggedc_kernel* kernel = nullptr;
  EXPECT_EQ(raggedc_kernel_get(context_, &spec, -1, &kernel), RAGGEDC_ERROR_INTERNAL);
  kernel = GetKernel(spec, 0);  // brings its own, and puts back none
  EXPECT_NE(kernel, nullptr);
  EXPECT_EQ(fake_cuda::GetCounts().contexts_retained, 1);
  EXPECT_EQ(Launch(Spec(), nullptr), RAGGEDC_ERROR_INTERNAL);
  RAGGEDC_EXPECT_OK(Launch(Spec(), Stream()));
  raggedc_kernel_release(kernel);
  raggedc_context_destroy(context_);
  context_ = nullptr;
  EXPECT_EQ(fake_cuda::GetCounts().contexts_retained, 0);
}

TEST_F(DeviceFaultTest, OutOfMemoryWhileLoading) {
  MakeContext();
  const char* functions[] = {"cuLibraryLoadData", "cuLibraryGetKernel", "cuKernelSetAttribute", "cuKernelGetFunction"};
  for (const char* function : functions) {
    fake_cuda::FailNext(function, 2);
    const raggedc_status status = Launch(Spec(), nullptr);
    if (std::string(function) == "cuKernelSetAttribute") {
      EXPECT_EQ(status, RAGGEDC_ERROR_UNAVAILABLE) << function;
    } else {
      EXPECT_EQ(status, RAGGEDC_ERROR_OUT_OF_MEMORY) << function << ": " << raggedc_last_error();
    }
    EXPECT_NE(std::string(raggedc_last_error()).find("CUDA_ERROR_OUT_OF_MEMORY"), std::string::npos);
    EXPECT_TRUE(fake_cuda::TakeLaunches().empty());
  }
  RAGGEDC_EXPECT_OK(Launch(Spec(), nullptr));
  EXPECT_EQ(fake_cuda::GetCounts().libraries_live, 1);
}

TEST_F(DeviceFaultTest, ALostDeviceLeavesTheOthers) {
  MakeContext({90, 90});
  void* lost = Stream(0);
  void* other = Stream(1);
  RAGGEDC_EXPECT_OK(Launch(Spec(), lost));
  fake_cuda::FailNext("cuLaunchKernelEx", 700, 1000, 0);
  fake_cuda::FailNext("cuKernelSetAttribute", 700, 1000, 0);
  EXPECT_EQ(Launch(Spec(), lost), RAGGEDC_ERROR_DEVICE_LOST);
  EXPECT_STREQ(raggedc_last_error(), "expected cuLaunchKernelEx to succeed, got CUDA_ERROR_FAKE (as the test wanted)");
  RAGGEDC_EXPECT_OK(Launch(Spec(), other));
  RAGGEDC_EXPECT_OK(Launch(Spec(577), other));  // a kernel that is new
  raggedc_kernel* kernel = GetKernel(Spec(64), 1);
  const raggedc_launch_args args = Args();
  RAGGEDC_EXPECT_OK(raggedc_kernel_launch(kernel, &args, other));
  EXPECT_EQ(raggedc_kernel_launch(kernel, &args, lost), RAGGEDC_ERROR_DEVICE_LOST);
  raggedc_kernel_release(kernel);
  fake_cuda::FailNext("cuLaunchKernelEx", 700, 0);  // the program has reset the device
  RAGGEDC_EXPECT_OK(Launch(Spec(), lost));
}

TEST_F(DeviceFaultTest, OutOfMemoryAtTheLaunch) {
  MakeContext();
  RAGGEDC_EXPECT_OK(Launch(Spec(), nullptr));
  fake_cuda::FailNext("cuLaunchKernelEx", 2);
  EXPECT_EQ(Launch(Spec(), nullptr), RAGGEDC_ERROR_OUT_OF_MEMORY);
  RAGGEDC_EXPECT_OK(Launch(Spec(), nullptr));
}

TEST_F(DeviceFaultTest, ATooSmallDeviceIsNamed) {
  source_->change = [](CompiledKernel& kernel) { kernel.manifest.kernels[0].shared_bytes = 300000; };
  MakeContext();
  RAGGEDC_EXPECT_ERROR(
      Launch(Spec(), nullptr), RAGGEDC_ERROR_UNAVAILABLE,
      "expected Fake GPU to have 300000 bytes of shared memory a block for kernel_12x64_208, got 232448");
  EXPECT_EQ(fake_cuda::GetCounts().libraries_live, 0);
}

// A failure of the machine while a context is made.
TEST_F(DeviceFaultTest, NoDevices) {
  raggedc_context_options options = RAGGEDC_CONTEXT_OPTIONS_INIT;
  options.driver_library = RAGGEDC_FAKE_CUDA;
  raggedc_context* context = nullptr;
  fake_cuda::SetDevices({});
  RAGGEDC_EXPECT_ERROR(raggedc_context_create(&options, &context), RAGGEDC_ERROR_UNAVAILABLE,
                       "expected at least one NVIDIA GPU, got none");
  EXPECT_EQ(context, nullptr);
}

TEST_F(DeviceFaultTest, NoCompiler) {
  const ScopedEnvironment named("RAGGEDC_COMPILER", "/nowhere/libraggedc.so");
  raggedc_context_options options = RAGGEDC_CONTEXT_OPTIONS_INIT;
  options.driver_library = RAGGEDC_FAKE_CUDA;
  raggedc_context* context = nullptr;
  RAGGEDC_EXPECT_OK(raggedc_context_create(&options, &context));
  const raggedc_spec spec = Spec();
  const raggedc_launch_args args = Args();
  EXPECT_EQ(raggedc_launch(context, &spec, &args, nullptr), RAGGEDC_ERROR_UNAVAILABLE);
  EXPECT_NE(std::string(raggedc_last_error()).find("/nowhere/libraggedc.so"), std::string::npos)
      << raggedc_last_error();
  raggedc_context_destroy(context);
}

// A child must get an error, whatever other threads of its parent held or did at that moment; it must not hang.
TEST_F(DeviceFaultTest, AForkedChildGetsErrors) {
  settings_.policy = RAGGEDC_COMPILE_IN_BACKGROUND;
  MakeContext();
  RAGGEDC_EXPECT_OK(Launch(Spec(), nullptr));
  RAGGEDC_EXPECT_OK(raggedc_context_wait(context_));
  raggedc_kernel* kernel = GetKernel(Spec());
  const raggedc_launch_args args = Args();
  raggedc_prepared* prepared = nullptr;
  RAGGEDC_EXPECT_OK(raggedc_prepared_create(kernel, &args, &prepared));
  std::atomic<bool> ends{false};
  std::thread busy([&] {  // takes the locks all the time
    for (int32_t heads = 1; !ends; ++heads) (void)Launch(Spec(64, 1 + heads % 1000), Stream());
  });
  for (int round = 0; round < 20; ++round) {
    const pid_t child = ::fork();
    ASSERT_NE(child, -1);
    if (child == 0) {
      ::alarm(20);  // instead of hanging
      const raggedc_spec spec = Spec();
      raggedc_context* another = nullptr;
      raggedc_kernel* got = nullptr;
      raggedc_context_stats stats = RAGGEDC_CONTEXT_STATS_INIT;
      int wrong = 0;
      wrong += raggedc_launch(context_, &spec, &args, nullptr) != RAGGEDC_ERROR_FORKED;
      wrong += raggedc_kernel_launch(kernel, &args, nullptr) != RAGGEDC_ERROR_FORKED;
      wrong += raggedc_prepared_launch(prepared, nullptr) != RAGGEDC_ERROR_FORKED;
      wrong += raggedc_prepared_launch_graph(prepared, nullptr) != RAGGEDC_ERROR_FORKED;
      wrong += raggedc_kernel_get(context_, &spec, 0, &got) != RAGGEDC_ERROR_FORKED;
      wrong += raggedc_context_wait(context_) != RAGGEDC_ERROR_FORKED;
      wrong += raggedc_context_stats_get(context_, &stats) != RAGGEDC_ERROR_FORKED;
      wrong += raggedc_context_check(context_, nullptr, nullptr) != RAGGEDC_ERROR_FORKED;
      wrong += raggedc_context_create(nullptr, &another) != RAGGEDC_ERROR_FORKED;
      raggedc_prepared_destroy(prepared);
      raggedc_kernel_release(kernel);
      raggedc_context_destroy(context_);
      ::_exit(wrong);
    }
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
    EXPECT_EQ(WEXITSTATUS(status), 0);
  }
  ends = true;
  busy.join();
  RAGGEDC_EXPECT_OK(raggedc_kernel_launch(kernel, &args, nullptr));  // the parent is none the worse
  raggedc_prepared_destroy(prepared);
  raggedc_kernel_release(kernel);
}

}  // namespace
}  // namespace raggedc
