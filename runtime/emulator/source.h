// An emitted CUDA source as text for the system's C++ compiler.
#ifndef RAGGEDC_RUNTIME_EMULATOR_SOURCE_H_
#define RAGGEDC_RUNTIME_EMULATOR_SOURCE_H_

#include <string>
#include <string_view>

#include "runtime/manifest.h"
#include "runtime/status.h"

namespace raggedc::emulator {

// The sections of PTX wrappers ("//---- ptx/...") are replaced by their host twins, everything else stays as it is and
// keeps its line numbers (#line). Behind it stand the functions that the emulator looks up:
//   raggedc_attach(const Api*), raggedc_call_SYMBOL(void* const* args) for each kernel, raggedc_shared (the symbol that
//   stands for shared memory).
// An invalid argument when a section of wrappers is not as this raggedc emits it, or PTX stands elsewhere: the twins
// would not do what the text says.
Result<std::string> MakeHostSource(std::string_view cuda, const Manifest& manifest, std::string_view name);

// What stands in front of every host source; part of what a compiled emulation depends on.
std::string_view HostPrelude();

}  // namespace raggedc::emulator

#endif  // RAGGEDC_RUNTIME_EMULATOR_SOURCE_H_
