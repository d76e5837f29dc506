// Which build of raggedc this is, so that caches on disk tell builds apart.
#ifndef RAGGEDC_RUNTIME_BUILD_ID_H_
#define RAGGEDC_RUNTIME_BUILD_ID_H_

#include <string>

namespace raggedc {

// Hexadecimal digits, the same for as long as the program or the shared library that holds this function stays the
// same, byte for byte: its GNU build id as the linker wrote it, or a hash of its file where it has none. "" when
// neither can be had. Thread-safe; costs a file read at worst, so keep the result.
std::string BuildId();

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_BUILD_ID_H_
