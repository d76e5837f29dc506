// A cubin loaded on the device, its kernels ready to launch, and its sticky status word.
#ifndef RAGGEDC_RUNTIME_KERNEL_MODULE_H_
#define RAGGEDC_RUNTIME_KERNEL_MODULE_H_

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/cuda_driver.h"
#include "runtime/manifest.h"
#include "runtime/status.h"

namespace raggedc {

// What kernels report, as bits of the status word.
enum StatusBit : uint32_t {
  kStatusClamped = 1,          // a sequence was longer than the capacity; its rows beyond are not written
  kStatusOffsetsDecrease = 2,  // offsets decrease
};

// "a sequence was longer than the capacity and was clamped", ...; "ok" for 0.
std::string DescribeStatusWord(uint32_t word);

// Sets what a kernel with so much dynamic shared memory needs on a device, once after loading. An environment error
// when the device has less of it; `name` is for the message.
Status ConfigureKernel(const CudaDriver& driver, const DeviceInfo& device, cu::Kernel kernel, std::string_view name,
                       int64_t shared_bytes);

// Every function needs the context of Load to be current.
class KernelModule {
 public:
  // Loads the cubin for the device whose context is current, looks up every kernel of the manifest and sets its
  // attributes (dynamic shared memory), once. Errors: internal for a cubin or a symbol that does not fit, environment
  // when the device lacks what a kernel needs (another architecture, too little shared memory).
  static Result<std::unique_ptr<KernelModule>> Load(const CudaDriver& driver, int ordinal, const Manifest& manifest,
                                                    std::string_view cubin);
  KernelModule(const KernelModule&) = delete;
  KernelModule& operator=(const KernelModule&) = delete;
  ~KernelModule();

  // Position of a kernel in the manifest's list.
  size_t KernelIndex(std::string_view symbol) const;

  // Enqueues one launch; no allocation, no attribute call. `args` are the device addresses of the parameters, and
  // numbers of 32 bits in the place of addresses; `tensor_maps` are the parameters behind them; together at most
  // kMaximumParams. A grid with a zero enqueues nothing. Launches with programmatic stream serialization where the
  // kernel and the driver can.
  static constexpr size_t kMaximumParams = 16;
  Status Launch(size_t kernel, std::span<const cu::DevicePtr> args, std::span<const cu::TensorMap> tensor_maps,
                const std::array<int64_t, 3>& grid, cu::Stream stream) const;

  // Blocks of this kernel that fit on one multiprocessor at a time.
  Result<int> Occupancy(size_t kernel) const;

  // All status words of the module or-ed together; synchronous. Clearing makes them 0.
  Result<uint32_t> ReadStatus() const;
  Status ClearStatus();

 private:
  struct LoadedKernel {
    std::string symbol;
    cu::Kernel kernel = nullptr;
    std::array<int64_t, 3> block;
    int64_t shared_bytes = 0;
    bool programmatic_launch = false;
  };

  explicit KernelModule(const CudaDriver& driver) : driver_(&driver) {}

  const CudaDriver* driver_;
  cu::Library library_ = nullptr;
  std::vector<LoadedKernel> kernels_;
  std::vector<cu::DevicePtr> status_words_;  // one for each distinct status symbol
};

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_KERNEL_MODULE_H_
