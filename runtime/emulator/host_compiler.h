// The system's C++ compiler, and the folder that keeps what it made.
#ifndef RAGGEDC_RUNTIME_EMULATOR_HOST_COMPILER_H_
#define RAGGEDC_RUNTIME_EMULATOR_HOST_COMPILER_H_

#include <string>
#include <string_view>

#include "runtime/status.h"

namespace raggedc::emulator {

struct HostLibrary {
  std::string path;     // of the shared library
  bool cached = false;  // it was there already
  double compile_milliseconds = 0;
};

// The compiler: what RAGGEDC_CXX names, or c++, g++ or clang++ of PATH. An environment error when there is none.
Result<std::string> FindHostCompiler();

// `source` as a shared library, from the cache (emulator/ in CacheDirectory()) or compiled, one file for each source,
// compiler and set of flags. Behind the library in such a file stands its hash: one that was cut off or damaged is
// compiled again. A folder that is not private (MakePrivateFolder) is not used: compiled emulations then go to a
// temporary folder of this process. `name` is what the compiler's messages call the source; errors of the source are
// invalid arguments with the first of them.
Result<HostLibrary> CompileForHost(std::string_view source, std::string_view name);

}  // namespace raggedc::emulator

#endif  // RAGGEDC_RUNTIME_EMULATOR_HOST_COMPILER_H_
