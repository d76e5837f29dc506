// Each kind of warning once.
#ifndef RAGGEDC_RUNTIME_DISK_CACHE_WARNINGS_H_
#define RAGGEDC_RUNTIME_DISK_CACHE_WARNINGS_H_

#include <array>
#include <atomic>
#include <string>

#include "runtime/disk_cache/disk_cache.h"

namespace raggedc {

// Thread-safe, also in the child of a fork. Without a callback, the kinds given are remembered for the process and the
// text goes to standard error.
class CacheWarnings {
 public:
  explicit CacheWarnings(CacheWarningFunction warn) : warn_(std::move(warn)) {}
  void Give(CacheWarning kind, const std::string& message);

 private:
  CacheWarningFunction warn_;
  std::array<std::atomic<bool>, kCacheWarnings> given_{};
};

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_DISK_CACHE_WARNINGS_H_
