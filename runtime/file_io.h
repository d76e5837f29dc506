// Whole files in and out, with messages that name the file. "-" is standard input or standard output.
#ifndef RAGGEDC_RUNTIME_FILE_IO_H_
#define RAGGEDC_RUNTIME_FILE_IO_H_

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "runtime/status.h"

namespace raggedc {

// The bytes of `path`, at most `limit` of them. A missing, unreadable or non-regular-and-unreadable file (a directory),
// or one with more bytes, is an invalid argument; a device or a pipe that never ends is given up at the limit.
Result<std::string> ReadFile(const std::string& path, int64_t limit = std::numeric_limits<int64_t>::max());

// Whether both paths name one regular file, or would once written. "-" is no file.
bool IsSameFile(const std::string& a, const std::string& b);

// Whether `path` exists and is a device, a pipe or anything else but a regular file.
bool IsSpecialFile(const std::string& path);

// Writes a temporary file beside `path`, flushes it to the disk and renames it, so that `path` holds either what it
// held before or all of `bytes`. Not being able to write is an environment error; the temporary file is removed.
// An existing path that is not a regular file (/dev/null, a pipe) is written directly.
Status WriteFile(const std::string& path, std::string_view bytes);

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_FILE_IO_H_
