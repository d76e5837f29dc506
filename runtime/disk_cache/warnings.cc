#include "runtime/disk_cache/warnings.h"

#include <unistd.h>

#include "runtime/strings.h"

namespace raggedc {

void CacheWarnings::Give(CacheWarning kind, const std::string& message) {
  static std::array<std::atomic<bool>, kCacheWarnings> given_by_process{};
  std::array<std::atomic<bool>, kCacheWarnings>& given = warn_ ? given_ : given_by_process;
  if (given[static_cast<size_t>(kind)].exchange(true)) return;
  if (warn_) {
    warn_(kind, message);
    return;
  }
  // One write, so that lines of several threads do not mix.
  const std::string line = StrCat("raggedc: warning: ", message, "\n");
  [[maybe_unused]] const ssize_t ignored = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace raggedc
