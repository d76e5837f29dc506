//===- CacheWarm.h - kernels into the cache, before they are asked for -----===//

#ifndef RAGGEDC_TOOLS_RAGGEDC_CACHEWARM_H
#define RAGGEDC_TOOLS_RAGGEDC_CACHEWARM_H

#include <string>
#include <vector>

#include "runtime/disk_cache/disk_cache.h"
#include "runtime/status.h"

namespace raggedc {

struct WarmRequest {
  std::vector<std::string> specs;
  std::string path;              ///< more of them, one a line; `-` is standard input, "" none
  std::string archs = "sm_90a";  ///< commas between them
  int64_t jobs = 0;              ///< threads; 0: as many as the machine runs at once
};

/// Compiles every spec for every architecture that the cache lacks, and prints a line for each. All specs are read
/// before the first is compiled. An error if one of the kernels is not in the cache at the end.
Status warmCache(DiskCache& cache, const WarmRequest& request);

}  // namespace raggedc

#endif  // RAGGEDC_TOOLS_RAGGEDC_CACHEWARM_H
