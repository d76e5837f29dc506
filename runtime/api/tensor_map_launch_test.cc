// Kernels that take tensor maps: what these are made of, when they are made again, and drivers that make none.
#include <gtest/gtest.h>

#include "runtime/api/testing/fake_source.h"

namespace raggedc {
namespace {

class TensorMapLaunchTest : public FakeContextTest {
 protected:
  TensorMapLaunchTest() {
    source_->change = [](CompiledKernel& kernel) {
      ManifestKernel& described = kernel.manifest.kernels[0];
      described.params.insert(described.params.end(), {"q_map", "v_map"});
      const ManifestTensorMap map = {"q", {768, 2147483647}, {1536}, {64, 16}, 128};
      kernel.manifest.launches[0].tensor_maps = {map, map};
      kernel.manifest.launches[0].tensor_maps[1].value = "v";
      kernel.cubin =
          fake_cuda::Image(kernel.manifest.arch, described.symbol, static_cast<int>(described.params.size()));
    };
  }

  // The addresses behind the tensor maps of the launches since the last call, and how many maps were made for them.
  using Maps = std::vector<std::pair<uint64_t, uint64_t>>;
  void ExpectMaps(const Maps& expected, int64_t made) {
    Maps found;
    for (const fake_cuda::Launch& launch : fake_cuda::TakeLaunches()) {
      ASSERT_EQ(launch.params.size(), 7u);
      EXPECT_EQ(launch.params[4], 0x5000u);
      found.push_back({launch.params[5], launch.params[6]});
    }
    EXPECT_EQ(found, expected);
    const int64_t encoded = fake_cuda::GetCounts().maps_encoded;
    EXPECT_EQ(encoded - encoded_, made);
    encoded_ = encoded;
  }

  static raggedc_launch_args ArgsAt(uintptr_t q, uintptr_t v) {
    raggedc_launch_args args = Args();
    args.q = reinterpret_cast<void*>(q);
    args.v = reinterpret_cast<void*>(v);
    return args;
  }

  int64_t encoded_ = 0;
};

TEST_F(TensorMapLaunchTest, OfTheAddressesOfTheLaunch) {
  MakeContext();
  void* stream = Stream();
  RAGGEDC_EXPECT_OK(Launch(Spec(), stream));
  ExpectMaps({{0x1000, 0x3000}}, 2);
  RAGGEDC_EXPECT_OK(Launch(Spec(), stream));
  ExpectMaps({{0x1000, 0x3000}}, 0);
  raggedc_kernel* kernel = GetKernel(Spec());
  raggedc_launch_args args = ArgsAt(0x1000, 0x7000);
  RAGGEDC_EXPECT_OK(raggedc_kernel_launch(kernel, &args, stream));
  ExpectMaps({{0x1000, 0x7000}}, 1);
  args = ArgsAt(0x1000, 0x3000);
  RAGGEDC_EXPECT_OK(raggedc_kernel_launch(kernel, &args, stream));
  ExpectMaps({{0x1000, 0x3000}}, 1);
  raggedc_kernel_release(kernel);
}

// The other kernel's maps may be of another shape.
TEST_F(TensorMapLaunchTest, OfTheKernel) {
  MakeContext();
  void* stream = Stream();
  for (int32_t heads = 1; heads <= 40; ++heads) RAGGEDC_EXPECT_OK(Launch(Spec(64, heads), stream));
  ExpectMaps(Maps(40, {0x1000, 0x3000}), 80);
}

TEST_F(TensorMapLaunchTest, LayersThatTakeTurns) {
  MakeContext();
  raggedc_kernel* kernel = GetKernel(Spec());
  for (int round = 0; round < 2; ++round) {
    Maps expected;
    for (uintptr_t layer = 1; layer <= 40; ++layer) {
      const raggedc_launch_args args = ArgsAt(layer << 20, layer << 24);
      RAGGEDC_EXPECT_OK(raggedc_kernel_launch(kernel, &args, Stream()));
      expected.push_back({layer << 20, layer << 24});
    }
    encoded_ = fake_cuda::GetCounts().maps_encoded;
    ExpectMaps(expected, 0);
  }
  raggedc_kernel_release(kernel);
}

TEST_F(TensorMapLaunchTest, Prepared) {
  MakeContext();
  void* stream = Stream();
  raggedc_kernel* kernel = GetKernel(Spec());
  raggedc_launch_args args = ArgsAt(0x1000, 0x3000);
  raggedc_prepared* prepared = nullptr;
  RAGGEDC_EXPECT_OK(raggedc_prepared_create(kernel, &args, &prepared));
  RAGGEDC_EXPECT_OK(raggedc_prepared_launch(prepared, stream));
  RAGGEDC_EXPECT_OK(raggedc_prepared_launch_graph(prepared, stream));
  ExpectMaps({{0x1000, 0x3000}, {0x1000, 0x3000}}, 2);
  args = ArgsAt(0x9000, 0x3000);
  RAGGEDC_EXPECT_OK(raggedc_prepared_set(prepared, &args));
  RAGGEDC_EXPECT_OK(raggedc_prepared_launch_graph(prepared, stream));
  RAGGEDC_EXPECT_OK(raggedc_prepared_launch(prepared, stream));
  ExpectMaps({{0x9000, 0x3000}, {0x9000, 0x3000}}, 2);
  raggedc_prepared_destroy(prepared);
  raggedc_kernel_release(kernel);
}

// What failed is not taken for made.
TEST_F(TensorMapLaunchTest, ADriverThatFails) {
  MakeContext();
  void* stream = Stream();
  RAGGEDC_EXPECT_OK(Launch(Spec(), stream));
  raggedc_kernel* kernel = GetKernel(Spec());
  const raggedc_launch_args args = ArgsAt(0x1000, 0x7000);
  for (int i = 0; i < 2; ++i) {
    fake_cuda::FailNext("cuTensorMapEncodeTiled", 1);
    RAGGEDC_EXPECT_ERROR(raggedc_kernel_launch(kernel, &args, stream), RAGGEDC_ERROR_INTERNAL,
                         "expected cuTensorMapEncodeTiled to succeed, got CUDA_ERROR_FAKE (as the test wanted)");
  }
  fake_cuda::TakeLaunches();
  encoded_ = fake_cuda::GetCounts().maps_encoded;
  // Nor is what was in its place before.
  const raggedc_launch_args before = ArgsAt(0x1000, 0x3000);
  RAGGEDC_EXPECT_OK(raggedc_kernel_launch(kernel, &before, stream));
  ExpectMaps({{0x1000, 0x3000}}, 1);
  RAGGEDC_EXPECT_OK(raggedc_kernel_launch(kernel, &args, stream));
  ExpectMaps({{0x1000, 0x7000}}, 1);
  raggedc_prepared* prepared = nullptr;
  const raggedc_launch_args others = ArgsAt(0x1000, 0x8000);
  RAGGEDC_EXPECT_OK(raggedc_prepared_create(kernel, &others, &prepared));
  fake_cuda::FailNext("cuTensorMapEncodeTiled", 1);
  EXPECT_EQ(raggedc_prepared_launch_graph(prepared, stream), RAGGEDC_ERROR_INTERNAL);
  raggedc_prepared_destroy(prepared);
  raggedc_kernel_release(kernel);
}

TEST_F(TensorMapLaunchTest, ADriverWithoutThem) {
  settings_.driver_library = RAGGEDC_FAKE_CUDA_MAPLESS;
  MakeContext();
  EXPECT_EQ(Launch(Spec(), Stream()), RAGGEDC_ERROR_UNAVAILABLE);
  EXPECT_NE(std::string(raggedc_last_error())
                .find("expected a driver with cuTensorMapEncodeTiled for a kernel that copies by tensor maps, got one "
                      "for CUDA 13.0 without"),
            std::string::npos)
      << raggedc_last_error();
}

}  // namespace
}  // namespace raggedc
