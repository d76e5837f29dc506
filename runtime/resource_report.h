// What a compiled kernel takes: registers, shared memory, stack, spills. Read from ptxas's report in the NVRTC log
// (--ptxas-options=-v, which NVRTC passes on for every architecture).
#ifndef RAGGEDC_RUNTIME_RESOURCE_REPORT_H_
#define RAGGEDC_RUNTIME_RESOURCE_REPORT_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/status.h"

namespace raggedc {

struct KernelResources {
  std::string symbol;
  int64_t registers = 0;            // per thread
  int64_t static_shared_bytes = 0;  // per block; dynamic shared memory is chosen at launch and not in here
  int64_t stack_bytes = 0;          // per thread, frames of called functions included
  int64_t spill_store_bytes = 0;    // per thread
  int64_t spill_load_bytes = 0;     // per thread
  int64_t barriers = 0;             // named barriers, bar.sync 0 included
  bool serialized = false;          // products of warpgroups run one by one, as ptxas warns
  double ptxas_milliseconds = 0;    // 0 when the report has no time

  bool operator==(const KernelResources&) const = default;
};

// One entry for each `__global__` function of the log, in its order. An internal error when the log has no report or
// one that lacks the registers or the spills of a kernel.
Result<std::vector<KernelResources>> ParseResourceReport(std::string_view log);

// The entry of that symbol, or null.
const KernelResources* FindResources(std::span<const KernelResources> resources, std::string_view symbol);

// An internal error that names the kernel and its numbers when it spills or (which ptxas counts apart, for arrays that
// are indexed at run time) has a stack frame.
Status CheckNoSpills(const KernelResources& resources);

// An internal error when products that were to overlap do not.
Status CheckNotSerialized(const KernelResources& resources);

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_RESOURCE_REPORT_H_
