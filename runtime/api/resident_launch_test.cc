// Kernels whose blocks stay, one a multiprocessor, and divide the work: their grid, and the number of sequences.
#include <gtest/gtest.h>

#include "runtime/api/testing/fake_source.h"

namespace raggedc {
namespace {

constexpr uint32_t kMultiprocessors = 132;  // of the fake driver's devices

class ResidentLaunchTest : public FakeContextTest {
 protected:
  void SetUp() override {
    source_->change = [](CompiledKernel& kernel) {
      ManifestKernel& described = kernel.manifest.kernels[0];
      described.params.push_back("batch");
      kernel.manifest.launches[0].scalars = {{"offsets", 0, -1, 1, 0}};
      kernel.manifest.launches[0].blocks_per_multiprocessor = 1;
      kernel.cubin =
          fake_cuda::Image(kernel.manifest.arch, described.symbol, static_cast<int>(described.params.size()));
    };
    MakeContext();
  }

  // Launches by spec, by handle, prepared and as a graph, and expects this grid of each.
  void ExpectGrid(uint32_t sequences, unsigned blocks) {
    SCOPED_TRACE(sequences);
    void* stream = Stream();
    fake_cuda::TakeLaunches();
    const raggedc_launch_args args = Args(sequences);
    RAGGEDC_EXPECT_OK(Launch(Spec(), stream, sequences));
    raggedc_kernel* kernel = GetKernel(Spec());
    RAGGEDC_EXPECT_OK(raggedc_kernel_launch(kernel, &args, stream));
    raggedc_prepared* prepared = nullptr;
    RAGGEDC_EXPECT_OK(raggedc_prepared_create(kernel, &args, &prepared));
    RAGGEDC_EXPECT_OK(raggedc_prepared_launch(prepared, stream));
    RAGGEDC_EXPECT_OK(raggedc_prepared_launch_graph(prepared, stream));
    const std::vector<fake_cuda::Launch> launches = fake_cuda::TakeLaunches();
    EXPECT_EQ(launches.size(), 4u);
    for (const fake_cuda::Launch& launch : launches) {
      EXPECT_EQ(launch.grid[0], blocks);
      EXPECT_EQ(launch.grid[1], 1u);
      ASSERT_EQ(launch.params.size(), 6u);
      EXPECT_EQ(launch.params[4], 0x5000u);
      EXPECT_EQ(static_cast<uint32_t>(launch.params[5]), sequences);
    }
    raggedc_prepared_destroy(prepared);
    raggedc_kernel_release(kernel);
  }
};

TEST_F(ResidentLaunchTest, NoMoreBlocksThanWork) {
  ExpectGrid(1, 12);
  ExpectGrid(11, kMultiprocessors);
}

TEST_F(ResidentLaunchTest, NoMoreBlocksThanPlaces) {
  ExpectGrid(12, kMultiprocessors);
  ExpectGrid(100000, kMultiprocessors);
}

// The work is counted in 32 bits on the device, whatever the grid is.
TEST_F(ResidentLaunchTest, TooManySequences) {
  raggedc_launch_args args = Args(INT32_MAX / 12 + 1);
  const raggedc_spec spec = Spec();
  RAGGEDC_EXPECT_ERROR(raggedc_launch(context_, &spec, &args, Stream()), RAGGEDC_ERROR_INVALID_ARGUMENT,
                       "expected at most 178956970 sequences, got 178956971");
}

}  // namespace
}  // namespace raggedc
