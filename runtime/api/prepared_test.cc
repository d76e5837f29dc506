// Prepared launches, as they are and as graphs.
#include <gtest/gtest.h>

#include "runtime/api/testing/fake_source.h"

namespace raggedc {
namespace {

class PreparedTest : public FakeContextTest {
 protected:
  raggedc_prepared* Prepare(const raggedc_launch_args& args) {
    raggedc_kernel* kernel = GetKernel(Spec());
    raggedc_prepared* prepared = nullptr;
    EXPECT_EQ(raggedc_prepared_create(kernel, &args, &prepared), RAGGEDC_OK) << raggedc_last_error();
    raggedc_kernel_release(kernel);  // the prepared launch holds it
    return prepared;
  }
};

TEST_F(PreparedTest, RepeatsAndFollowsItsArguments) {
  MakeContext();
  raggedc_launch_args args = Args(2);
  raggedc_prepared* prepared = Prepare(args);
  args.q = reinterpret_cast<void*>(0x9000);  // its own copy
  RAGGEDC_EXPECT_OK(raggedc_prepared_launch(prepared, nullptr));
  RAGGEDC_EXPECT_OK(raggedc_prepared_launch(prepared, nullptr));
  args.sequences = 4;
  RAGGEDC_EXPECT_OK(raggedc_prepared_set(prepared, &args));
  RAGGEDC_EXPECT_OK(raggedc_prepared_launch(prepared, nullptr));
  args.q = nullptr;
  RAGGEDC_EXPECT_ERROR(raggedc_prepared_set(prepared, &args), RAGGEDC_ERROR_INVALID_ARGUMENT,
                       "expected a device address as q, got null");
  RAGGEDC_EXPECT_OK(raggedc_prepared_launch(prepared, nullptr));
  const std::vector<fake_cuda::Launch> launches = fake_cuda::TakeLaunches();
  ASSERT_EQ(launches.size(), 4u);
  const uint64_t q[] = {0x1000, 0x1000, 0x9000, 0x9000};
  const unsigned blocks[] = {24, 24, 48, 48};
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(launches[i].params.at(0), q[i]);
    EXPECT_EQ(launches[i].grid[0], blocks[i]);
  }
  raggedc_prepared_destroy(prepared);
}

TEST_F(PreparedTest, GraphIsMadeOnceAndUpdatedInPlace) {
  MakeContext();
  raggedc_launch_args args = Args(2);
  raggedc_prepared* prepared = Prepare(args);
  for (int i = 0; i < 5; ++i) RAGGEDC_EXPECT_OK(raggedc_prepared_launch_graph(prepared, Stream()));
  EXPECT_EQ(fake_cuda::GetCounts().executables_made, 1);
  EXPECT_EQ(fake_cuda::GetCounts().executables_updated, 0);
  args.out = reinterpret_cast<void*>(0x7000);
  args.sequences = 3;
  RAGGEDC_EXPECT_OK(raggedc_prepared_set(prepared, &args));
  RAGGEDC_EXPECT_OK(raggedc_prepared_launch_graph(prepared, Stream()));
  RAGGEDC_EXPECT_OK(raggedc_prepared_launch_graph(prepared, Stream()));
  EXPECT_EQ(fake_cuda::GetCounts().executables_made, 1);
  EXPECT_EQ(fake_cuda::GetCounts().executables_updated, 1);
  const std::vector<fake_cuda::Launch> launches = fake_cuda::TakeLaunches();
  ASSERT_EQ(launches.size(), 7u);
  for (size_t i = 0; i < launches.size(); ++i) {
    EXPECT_TRUE(launches[i].in_graph);
    EXPECT_EQ(launches[i].grid[0], i < 5 ? 24u : 36u);
    EXPECT_EQ(launches[i].block[0], 128u);
    EXPECT_EQ(launches[i].shared_bytes, 61440u);
    EXPECT_EQ(launches[i].params, (std::vector<uint64_t>{0x1000, 0x2000, 0x3000, 0x4004, i < 5 ? 0x5000u : 0x7000u}));
  }
  raggedc_prepared_destroy(prepared);
  EXPECT_EQ(fake_cuda::GetCounts().executables_live, 0);
  EXPECT_EQ(fake_cuda::GetCounts().graphs_live, 0);
}

TEST_F(PreparedTest, GraphFollowsTheStreamsDevice) {
  MakeContext({90, 90});
  raggedc_prepared* prepared = Prepare(Args());
  void* stream = Stream(0);
  RAGGEDC_EXPECT_OK(raggedc_prepared_launch_graph(prepared, stream));
  RAGGEDC_EXPECT_OK(raggedc_prepared_launch_graph(prepared, Stream(1)));
  // A stream that was destroyed, and another of its address on the other device.
  fake_cuda::MoveStream(stream, 1);
  RAGGEDC_EXPECT_OK(raggedc_prepared_launch_graph(prepared, stream));
  fake_cuda::SetCurrentDevice(0);
  RAGGEDC_EXPECT_OK(raggedc_prepared_launch_graph(prepared, nullptr));
  std::vector<int> devices;
  for (const fake_cuda::Launch& launch : fake_cuda::TakeLaunches()) devices.push_back(launch.device);
  EXPECT_EQ(devices, (std::vector<int>{0, 1, 1, 0}));
  raggedc_prepared_destroy(prepared);
  EXPECT_EQ(fake_cuda::GetCounts().executables_live, 0);
}

TEST_F(PreparedTest, UnderCaptureTheKernelIsCaptured) {
  MakeContext();
  raggedc_prepared* prepared = Prepare(Args());
  void* stream = Stream();
  fake_cuda::BeginCapture(stream);
  RAGGEDC_EXPECT_OK(raggedc_prepared_launch_graph(prepared, stream));
  RAGGEDC_EXPECT_OK(raggedc_prepared_launch(prepared, stream));
  // A graph made for another stream meanwhile does not disturb the capture.
  RAGGEDC_EXPECT_OK(raggedc_prepared_launch_graph(prepared, Stream()));
  EXPECT_EQ(fake_cuda::EndCapture(stream).size(), 2u);
  raggedc_prepared_destroy(prepared);
}

TEST_F(PreparedTest, FailuresLeaveNothingBehind) {
  MakeContext();
  raggedc_prepared* prepared = Prepare(Args());
  for (const char* function : {"cuGraphCreate", "cuGraphAddKernelNode", "cuGraphInstantiate"}) {
    fake_cuda::FailNext(function, 2);
    EXPECT_EQ(raggedc_prepared_launch_graph(prepared, nullptr), RAGGEDC_ERROR_OUT_OF_MEMORY) << function;
    EXPECT_EQ(fake_cuda::GetCounts().executables_live, 0) << function;
    EXPECT_EQ(fake_cuda::GetCounts().graphs_live, 0) << function;
  }
  RAGGEDC_EXPECT_OK(raggedc_prepared_launch_graph(prepared, nullptr));
  const raggedc_launch_args args = Args(5);
  RAGGEDC_EXPECT_OK(raggedc_prepared_set(prepared, &args));
  fake_cuda::FailNext("cuGraphExecKernelNodeSetParams", 2);
  EXPECT_EQ(raggedc_prepared_launch_graph(prepared, nullptr), RAGGEDC_ERROR_OUT_OF_MEMORY);
  RAGGEDC_EXPECT_OK(raggedc_prepared_launch_graph(prepared, nullptr));
  EXPECT_EQ(fake_cuda::TakeLaunches().back().grid[0], 60u);
  raggedc_prepared_destroy(prepared);
}

TEST_F(PreparedTest, NoSequencesAreNoGraph) {
  MakeContext();
  raggedc_prepared* prepared = Prepare(Args(0));
  RAGGEDC_EXPECT_OK(raggedc_prepared_launch_graph(prepared, nullptr));
  EXPECT_EQ(fake_cuda::GetCounts().executables_made, 0);
  EXPECT_TRUE(fake_cuda::TakeLaunches().empty());
  raggedc_prepared_destroy(prepared);
}

}  // namespace
}  // namespace raggedc
