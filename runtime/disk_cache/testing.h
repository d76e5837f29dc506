// Shared by the tests of the disk cache and the program they start: keys, and kernels that say whose they are.
#ifndef RAGGEDC_RUNTIME_DISK_CACHE_TESTING_H_
#define RAGGEDC_RUNTIME_DISK_CACHE_TESTING_H_

#include <functional>
#include <memory>
#include <string>

#include "runtime/disk_cache/disk_cache.h"
#include "runtime/disk_cache/entry.h"
#include "runtime/strings.h"

namespace raggedc {

inline KernelKey TestKey(int index, const std::string& arch = "sm_90a") {
  KernelKey key;
  key.spec = *ParseSpec(StrCat("bf16,heads=12,dim=64,max_seqlen=", 1 + index));
  key.arch = arch;
  key.options = "-O3";
  key.nvrtc_version = 13000;
  return key;
}

// The one right kernel of a key for a producer.
inline CompiledKernel TestKernel(const KernelKey& key, const std::string& producer = "tests", size_t cubin_bytes = 0) {
  CompiledKernel kernel;
  kernel.manifest =
      *ParseManifest(StrCat(R"({"raggedc_manifest": 1, "name": "test", "arch": ")", key.arch, R"(",
        "values": [{"name": "q", "role": "input", "dtype": "bf16", "shape": [{"value": "q", "dim": 0}, 12, 64],
                    "strides": [768, 64, 1]},
                   {"name": "out", "role": "output", "dtype": "bf16", "shape": [{"value": "q", "dim": 0}, 12, 64]}],
        "kernels": [{"symbol": "test_attention", "op": "attention", "params": ["q", "out"], "block": [128, 1, 1],
                     "shared_bytes": 4096, "status_symbol": "ragged_status",
                     "spec": {"max_seqlen": )",
                            key.spec.max_seqlen, R"(}, "schedule": {"family": "warp", "reason": "a test"}}],
        "launches": [{"kernel": "test_attention", "args": ["q", "out"],
                      "grid": [{"value": "q", "dim": 0, "add": -1, "mul": 12}, 1, 1]}]})"));
  kernel.resources = {{"test_attention", 119, 0, 0, 0, 0, 1, false, 12.5}};
  kernel.compile_milliseconds = 3.25;
  kernel.cubin = StrCat("cubin of ", EntryKeyText(key, producer));
  // Different lengths for different keys, unless one is asked for.
  const size_t size = cubin_bytes > 0 ? cubin_bytes : 2000 + 37 * static_cast<size_t>(key.spec.max_seqlen % 100);
  for (size_t i = 0; kernel.cubin.size() < size; ++i) kernel.cubin.push_back(static_cast<char>(i * i >> 3));
  return kernel;
}

inline bool IsRight(const KernelKey& key, const CompiledKernel& kernel, const std::string& producer = "tests",
                    size_t cubin_bytes = 0) {
  const CompiledKernel right = TestKernel(key, producer, cubin_bytes);
  return kernel.cubin == right.cubin && kernel.resources == right.resources &&
         kernel.compile_milliseconds == right.compile_milliseconds && kernel.manifest.arch == key.arch &&
         kernel.manifest.kernels.size() == 1 && kernel.manifest.kernels[0].capacity == key.spec.max_seqlen;
}

// A compile function that makes the right kernel after `before`.
inline DiskCache::CompileFunction TestCompile(const KernelKey& key, std::function<void()> before = nullptr,
                                              const std::string& producer = "tests", size_t cubin_bytes = 0) {
  return [=]() -> Result<DiskCache::Value> {
    if (before) before();
    return std::make_shared<const CompiledKernel>(TestKernel(key, producer, cubin_bytes));
  };
}

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_DISK_CACHE_TESTING_H_
