// Compiled kernels, one compilation per key in a process.
#ifndef RAGGEDC_RUNTIME_KERNEL_CACHE_H_
#define RAGGEDC_RUNTIME_KERNEL_CACHE_H_

#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
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

// Thread-safe. Values are shared and immutable; they live as long as anyone holds them.
class KernelCache {
 public:
  using Value = std::shared_ptr<const CompiledKernel>;
  using CompileFunction = std::function<Result<Value>()>;

  // The value of `key`, made by `compile` if there is none. When several threads ask for one key at the same time, one
  // compiles (in its own thread, without holding a lock) and the others wait for it and get the same value or error.
  // Errors are not kept: the next call compiles again.
  Result<Value> GetOrCompile(const KernelKey& key, const CompileFunction& compile);

  size_t size() const;  // entries, those under compilation included
  void Clear();

 private:
  struct Entry {
    uint64_t ticket = 0;  // tells this compilation from a later one under the same key
    std::shared_future<std::shared_ptr<const Result<Value>>> future;
  };

  mutable std::mutex mutex_;
  std::unordered_map<KernelKey, Entry, KernelKeyHash> entries_;
  uint64_t last_ticket_ = 0;
};

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_KERNEL_CACHE_H_
