// The source of kernels that contexts have when they are made by raggedc_context_create.
#ifndef RAGGEDC_RUNTIME_API_DEFAULT_SOURCE_H_
#define RAGGEDC_RUNTIME_API_DEFAULT_SOURCE_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/api/kernel_source.h"
#include "runtime/status.h"

namespace raggedc {

struct SourceSettings {
  std::vector<std::string> bundles;            // files, the first that has a kernel gives it
  std::optional<std::string> cache_directory;  // default: the environment's; "": no cache on disk
  std::function<void(const std::string&)> warn;
};

// Bundles, then the cache on disk, then the compiler's library and NVRTC. The bundles are opened here, the rest when it
// is needed: what the cache has depends on the compiler and on NVRTC, so it is asked only where both are there; they
// are not opened for that where LibraryNotes knows their versions. Errors are those of a bundle that cannot be opened.
Result<std::unique_ptr<KernelSource>> MakeDefaultSource(SourceSettings settings);

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_API_DEFAULT_SOURCE_H_
