//===- Conformance.h - the emulator beside the device -----------*- C++ -*-===//
//
// Small kernels around the instructions that only Hopper has (tensor and bulk
// copies, mbarriers, clusters, products of warpgroups) run on the device and on
// the emulator, which must agree in every byte.
//
//===----------------------------------------------------------------------===//

#ifndef RAGGEDC_TEST_GPU_CONFORMANCE_H
#define RAGGEDC_TEST_GPU_CONFORMANCE_H

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/cuda_driver.h"
#include "runtime/emulator/tensor_map.h"
#include "runtime/status.h"

namespace raggedc {

/// A tensor map; it points to a case's `in` or `out`.
struct MapSpec {
  emulator::TensorType type = emulator::TensorType::kBfloat16;
  uint32_t rank = 1;
  std::array<uint64_t, 5> sizes = {};
  std::array<uint64_t, 4> strides = {};
  std::array<uint32_t, 5> box = {}, elementStrides = {};
  emulator::TensorSwizzle swizzle = emulator::TensorSwizzle::kNone;
  emulator::TensorFill fill = emulator::TensorFill::kZeros;
  bool isOfOut = false;
};

/// One launch of a kernel of conformance_kernels.cuh, of one cluster.
struct ConformanceCase {
  std::string label;
  std::string kernel;
  std::vector<uint32_t> parameters;
  std::vector<uint8_t> in, out;  ///< as they are before
  std::optional<MapSpec> map;
};

/// What a case needs to be launched.
struct ConformanceKernel {
  std::string name;
  uint32_t cluster;
  uint32_t sharedBytes;
};
std::vector<ConformanceKernel> getConformanceKernels();

/// The same shapes each time, so that what one run proved stays proven; data drawn from `seed`.
std::vector<ConformanceCase> makeConformanceCases(uint64_t seed);

/// Its map and coordinates in one line; "" where it has no map.
std::string describe(const ConformanceCase& test);

/// `out` behind the kernel. A fault that the emulator finds is an error.
Result<std::vector<uint8_t>> runOnEmulator(const ConformanceCase& test);

/// The kernels on a device of compute capability 9.0.
class ConformanceDevice {
 public:
  static Result<ConformanceDevice> create(const DeviceInfo& info);
  ConformanceDevice(ConformanceDevice&&) noexcept;
  ~ConformanceDevice();
  Result<std::vector<uint8_t>> run(const ConformanceCase& test);

 private:
  struct State;
  explicit ConformanceDevice(std::unique_ptr<State> state);
  std::unique_ptr<State> state;
};

/// CUDA C++ of all kernels, for NVRTC.
std::string getConformanceSource();

}  // namespace raggedc

#endif  // RAGGEDC_TEST_GPU_CONFORMANCE_H
