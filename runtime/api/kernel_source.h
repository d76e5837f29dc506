// Where a context gets kernels from that it has not loaded.
#ifndef RAGGEDC_RUNTIME_API_KERNEL_SOURCE_H_
#define RAGGEDC_RUNTIME_API_KERNEL_SOURCE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "runtime/api/spec_key.h"
#include "runtime/compiled_kernel.h"
#include "runtime/status.h"

namespace raggedc {

struct KernelRequest {
  CheckedSpec spec;
  std::string arch;          // of the device, "sm_90a"
  int64_t shared_bytes = 0;  // what a block may take there
};

// Functions are called from several threads at once, for different requests.
class KernelSource {
 public:
  using Value = std::shared_ptr<const CompiledKernel>;

  virtual ~KernelSource() = default;

  // What is at hand without compiling, or null. An error means that there is none and why; it is not held against
  // Compile.
  virtual Result<Value> Find(const KernelRequest& request) = 0;

  // Compiles it, or takes what another process has compiled meanwhile; `is_new` tells which.
  virtual Result<Value> Compile(const KernelRequest& request, bool* is_new) = 0;

  // Returns when what was compiled is where it is kept.
  virtual void Wait() {}
};

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_API_KERNEL_SOURCE_H_
