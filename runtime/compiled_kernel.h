// A compiled kernel, and the key of what decides it.
#ifndef RAGGEDC_RUNTIME_COMPILED_KERNEL_H_
#define RAGGEDC_RUNTIME_COMPILED_KERNEL_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/manifest.h"
#include "runtime/resource_report.h"
#include "runtime/spec.h"
#include "runtime/status.h"

namespace raggedc {

// XXH3 of 128 bits. The default value stands for "no source".
struct SourceHash {
  uint64_t high = 0;
  uint64_t low = 0;
  bool operator==(const SourceHash&) const = default;
};
SourceHash HashSource(std::string_view source);
std::string ToHex(const SourceHash& hash);  // 32 digits

// Everything that decides what comes out of the compiler. Compared by value.
struct KernelKey {
  Spec spec;            // the default Spec when the kernel comes from MLIR text and not from a spec
  std::string arch;     // "sm_90a"
  std::string options;  // the compiler's flags
  SourceHash source;    // of the CUDA text; the default when the spec alone decides it
  int nvrtc_version = 0;
  bool operator==(const KernelKey&) const = default;
};
struct KernelKeyHash {
  size_t operator()(const KernelKey& key) const;
};

struct CompiledKernel {
  Manifest manifest;
  std::string cubin;
  std::vector<KernelResources> resources;
  double compile_milliseconds = 0;
};

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_COMPILED_KERNEL_H_
