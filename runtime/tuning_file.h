// The user's tuning table as a file: where it lies, whether it may be trusted, and its hash for keys of kernels. What
// is in it is the compiler's concern.
#ifndef RAGGEDC_RUNTIME_TUNING_FILE_H_
#define RAGGEDC_RUNTIME_TUNING_FILE_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/status.h"

namespace raggedc {

// Bytes that a table may have.
inline constexpr int64_t kLargestTuningFile = 8 << 20;

struct TuningFile {
  std::string path;
  std::string bytes;
  std::string hash;  // of the bytes, 32 digits
};

// The file for kernels of an architecture ("sm_90a"): what RAGGEDC_TUNING_TABLE names ("none": no file), else
// $XDG_CONFIG_HOME/raggedc/tuning-sm_90a.json, else ~/.config/raggedc/tuning-sm_90a.json, else "".
std::string TuningFilePath(std::string_view arch);

// The file at `path`; nothing when `path` is "" or there is no file. An error, which names the file, for one that
// cannot be read, is too large, belongs neither to the user nor to root, or may be written to by others.
Result<std::optional<TuningFile>> ReadTuningFile(const std::string& path);

// ReadTuningFile(TuningFilePath(arch)), read once in a process for each path; null when there is none to use. `warn` is
// called with the error, once for each path. Thread-safe; the file lives as long as the process.
using TuningWarning = std::function<void(const std::string&)>;
const TuningFile* UserTuningFile(std::string_view arch, const TuningWarning& warn);

// Says once in a process that a file is not used, and why.
void WarnOfTuningFile(const TuningFile& file, const std::string& why, const TuningWarning& warn);

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_TUNING_FILE_H_
