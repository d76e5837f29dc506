// The source of kernels that contexts have when they are made by raggedc_context_create.
#ifndef RAGGEDC_RUNTIME_API_DEFAULT_SOURCE_H_
#define RAGGEDC_RUNTIME_API_DEFAULT_SOURCE_H_

#include <functional>
#include <memory>
#include <string>

#include "runtime/api/error.h"
#include "runtime/api/kernel_source.h"

namespace raggedc {

// Compiles with the compiler's library and NVRTC, both opened when they are needed.
ApiStatus MakeDefaultSource(const std::function<void(const std::string&)>& warn, std::unique_ptr<KernelSource>* source);

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_API_DEFAULT_SOURCE_H_
