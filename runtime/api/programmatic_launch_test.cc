// Launches that may begin while the kernel in front of them ends: which ask for it, and which must not.
#include <gtest/gtest.h>

#include "runtime/api/testing/fake_source.h"

namespace raggedc {
namespace {

class ProgrammaticLaunchTest : public FakeContextTest {
 protected:
  // Whether the launches by spec, by handle and prepared, in this order, asked for it.
  std::vector<bool> LaunchInAllWays(void* stream) {
    fake_cuda::TakeLaunches();
    const raggedc_launch_args args = Args();
    RAGGEDC_EXPECT_OK(Launch(Spec(), stream));
    raggedc_kernel* kernel = GetKernel(Spec());
    RAGGEDC_EXPECT_OK(raggedc_kernel_launch(kernel, &args, stream));
    raggedc_prepared* prepared = nullptr;
    RAGGEDC_EXPECT_OK(raggedc_prepared_create(kernel, &args, &prepared));
    RAGGEDC_EXPECT_OK(raggedc_prepared_launch(prepared, stream));
    raggedc_prepared_destroy(prepared);
    raggedc_kernel_release(kernel);
    std::vector<bool> asked;
    for (const fake_cuda::Launch& launch : fake_cuda::TakeLaunches()) {
      asked.push_back(launch.programmatic);
      // Whichever function of the driver it was.
      EXPECT_EQ(launch.grid[0], 36u);
      EXPECT_EQ(launch.grid[1], 1u);
      EXPECT_EQ(launch.grid[2], 1u);
      EXPECT_EQ(launch.block[0], 128u);
      EXPECT_EQ(launch.shared_bytes, 61440u);
      EXPECT_EQ(launch.stream, stream);
      EXPECT_EQ(launch.params, (std::vector<uint64_t>{0x1000, 0x2000, 0x3000, 0x4004, 0x5000}));
    }
    return asked;
  }
};

using Asked = std::vector<bool>;

TEST_F(ProgrammaticLaunchTest, InAllWays) {
  MakeContext();
  EXPECT_EQ(LaunchInAllWays(Stream()), Asked({true, true, true}));
  EXPECT_EQ(LaunchInAllWays(nullptr), Asked({true, true, true}));
}

TEST_F(ProgrammaticLaunchTest, NotOfKernelsThatDoNotWait) {
  source_->change = [](CompiledKernel& kernel) { kernel.manifest.kernels[0].programmatic_launch = false; };
  MakeContext();
  EXPECT_EQ(LaunchInAllWays(Stream()), Asked({false, false, false}));
}

TEST_F(ProgrammaticLaunchTest, NotOnOlderDevices) {
  MakeContext({86});
  EXPECT_EQ(LaunchInAllWays(Stream()), Asked({false, false, false}));
}

TEST_F(ProgrammaticLaunchTest, NotWhereTheContextSaysSo) {
  settings_.plain_launches = true;
  MakeContext();
  EXPECT_EQ(LaunchInAllWays(Stream()), Asked({false, false, false}));
}

// A driver is asked for its version once for each name that its file has.
TEST_F(ProgrammaticLaunchTest, NotWithDriversBeforeCuda12_3) {
  std::string library = RAGGEDC_FAKE_CUDA;
  settings_.driver_library = library.insert(library.rfind('/'), "/.");
  fake_cuda::SetVersion(12020);
  MakeContext();
  EXPECT_EQ(LaunchInAllWays(Stream()), Asked({false, false, false}));
  settings_.driver_library = library.insert(library.rfind('/'), "/.");
  fake_cuda::SetVersion(12030);
  MakeContext();
  EXPECT_EQ(LaunchInAllWays(Stream()), Asked({true, true, true}));
}

TEST_F(ProgrammaticLaunchTest, IsCaptured) {
  MakeContext();
  void* stream = Stream();
  RAGGEDC_EXPECT_OK(Launch(Spec(), stream));
  fake_cuda::BeginCapture(stream);
  RAGGEDC_EXPECT_OK(Launch(Spec(), stream));
  const std::vector<fake_cuda::Launch> captured = fake_cuda::EndCapture(stream);
  ASSERT_EQ(captured.size(), 1u);
  EXPECT_TRUE(captured[0].programmatic);
}

TEST_F(ProgrammaticLaunchTest, EachOfSeveral) {
  source_->change = [](CompiledKernel& kernel) { kernel.manifest.launches.push_back(kernel.manifest.launches[0]); };
  MakeContext();
  RAGGEDC_EXPECT_OK(Launch(Spec(), Stream()));
  const std::vector<fake_cuda::Launch> launches = fake_cuda::TakeLaunches();
  ASSERT_EQ(launches.size(), 2u);
  EXPECT_TRUE(launches[0].programmatic);
  EXPECT_TRUE(launches[1].programmatic);
}

}  // namespace
}  // namespace raggedc
