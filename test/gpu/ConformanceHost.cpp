//===- ConformanceHost.cpp - the kernels on the emulator -------------------===//

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>

#include "runtime/emulator/cluster_runner.h"
#include "runtime/strings.h"
#include "test/gpu/Conformance.h"
// Behind the rest: the prelude's macros are words of CUDA.
#include "host/prelude.h"
#include "ragged/ptx/bulk_copy.host.cuh"
#include "ragged/ptx/cluster.host.cuh"
#include "ragged/ptx/matrix_store.host.cuh"
#include "ragged/ptx/mbarrier.host.cuh"
#include "ragged/ptx/memory.host.cuh"
#include "ragged/ptx/memory_wide.host.cuh"
#include "ragged/ptx/proxy.host.cuh"
#include "ragged/ptx/special.host.cuh"
#include "ragged/ptx/sync.host.cuh"
#include "ragged/ptx/tensor_copy.host.cuh"
#include "ragged/ptx/warpgroup.host.cuh"
#include "ragged/ptx/warpgroup_mma.host.cuh"

namespace raggedc::conformance {

using namespace ragged;

#include "test/gpu/conformance_kernels.cuh"

/// What the kernels declare. It only stands for the start of shared memory.
__shared__ __align__(1024) u8 shared_memory[1024];

using Entry = void (*)(const u32*, const u8*, u8*, const void*);

const std::map<std::string, Entry>& getEntries() {
  static const std::map<std::string, Entry> entries = {
      {"tensor_load", tensor_load},         {"tensor_store", tensor_store},   {"bulk_copies", bulk_copies},
      {"mbarrier_phases", mbarrier_phases}, {"matrix_stores", matrix_stores}, {"cluster_copies", cluster_copies},
#define RAGGED_ENTRY(name, ...) {#name, name},
      RAGGED_PRODUCTS(RAGGED_ENTRY)
#undef RAGGED_ENTRY
  };
  return entries;
}

}  // namespace raggedc::conformance

namespace raggedc {

namespace {

/// Buffers that tensor maps may point to.
class AlignedCopy {
 public:
  explicit AlignedCopy(const void* from, size_t bytes) : storage(bytes + 256), bytes(bytes) {
    std::memcpy(data(), from, bytes);
  }
  uint8_t* data() { return storage.data() + (256 - std::bit_cast<uintptr_t>(storage.data()) % 256) % 256; }
  emulator::GlobalBuffer describe(const char* name, bool isWritable, bool isInitialised) {
    return {name, data(), static_cast<int64_t>(bytes), isWritable, isInitialised, {}};
  }

 private:
  std::vector<uint8_t> storage;
  size_t bytes;
};

}  // namespace

Result<std::vector<uint8_t>> runOnEmulator(const ConformanceCase& test) {
  ragged_host::api = &emulator::HostApi();
  const std::vector<ConformanceKernel> kernels = getConformanceKernels();
  const auto kernel =
      std::find_if(kernels.begin(), kernels.end(), [&](const auto& other) { return other.name == test.kernel; });
  const conformance::Entry entry = conformance::getEntries().at(test.kernel);
  AlignedCopy parameters(test.parameters.data(), test.parameters.size() * 4);
  AlignedCopy in(test.in.data(), test.in.size()), out(test.out.data(), test.out.size());
  emulator::TensorMap map = {};
  if (test.map) {
    const MapSpec& spec = *test.map;
    RAGGEDC_RETURN_IF_ERROR(emulator::EncodeTensorMap(&map, spec.type, spec.rank, spec.isOfOut ? out.data() : in.data(),
                                                      spec.sizes.data(), spec.strides.data(), spec.box.data(),
                                                      spec.elementStrides.data(), emulator::TensorInterleave::kNone,
                                                      spec.swizzle, emulator::TensorPromotion::kNone, spec.fill));
  }
  emulator::TestLaunch launch;
  launch.threads = 128;
  launch.cluster = kernel->cluster;
  launch.grid = {kernel->cluster, 1, 1};
  launch.shared_bytes = kernel->sharedBytes;
  launch.shared_symbol = conformance::shared_memory;
  launch.buffers = {parameters.describe("parameters", false, true), in.describe("in", false, true),
                    out.describe("out", true, true)};
  emulator::ClusterRunner runner(launch);
  const std::vector<std::string> faults =
      runner.Run([&] { entry(reinterpret_cast<const uint32_t*>(parameters.data()), in.data(), out.data(), &map); });
  if (!faults.empty()) return InternalError(faults.front());
  return std::vector<uint8_t>(out.data(), out.data() + test.out.size());
}

}  // namespace raggedc
