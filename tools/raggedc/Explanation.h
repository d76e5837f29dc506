//===- Explanation.h - what a compilation decided and made ------*- C++ -*-===//
//
// Everything `raggedc explain` says, as data.
//
//===----------------------------------------------------------------------===//

#ifndef RAGGEDC_TOOLS_RAGGEDC_EXPLANATION_H
#define RAGGEDC_TOOLS_RAGGEDC_EXPLANATION_H

#include <optional>
#include <string>
#include <vector>

#include "passes/CostModel.h"
#include "runtime/emulator/emulator.h"
#include "runtime/manifest.h"
#include "runtime/resource_report.h"
#include "runtime/status.h"
#include "tools/raggedc/CachedBinary.h"
#include "tools/raggedc/Compiler.h"
#include "tools/raggedc/Input.h"
#include "tools/raggedc/ScheduleExplanation.h"

namespace raggedc {

/// One kernel of the cubin.
struct KernelExplanation {
  ManifestKernel kernel;
  KernelResources resources;
  int64_t blocksPerMultiprocessor = 0;
  double occupancy = 0;    ///< resident threads of those the chip could hold
  const char* limit = "";  ///< what allows no more blocks
};

struct Explanation {
  std::string name;
  Chip chip;
  int64_t batch = 0;
  std::vector<AttentionExplanation> attentions;
  std::vector<KernelExplanation> kernels;  ///< empty without NVRTC
  Status nvrtcStatus;
  std::vector<int64_t> emulatedLengths;
  std::vector<EmulatedLaunch> emulated;  ///< empty unless asked for
  size_t cudaBytes = 0;
  size_t kernelLines = 0;  ///< lines of the source behind the device templates
  size_t cubinBytes = 0;
  double mlirMilliseconds = 0;
  double nvrtcMilliseconds = 0;
  std::string cache;     ///< where the cubin comes from: `disk`, `compiled` and so on, `off` without a cache
  std::string cacheHit;  ///< `the cache (disk, read in 0.3 ms)`, or ""
};

/// What the emulator is to count: nothing, or one run on random rows in sequences of these lengths (none: one sequence
/// as long as the capacity).
using EmulatedLengths = std::optional<std::vector<int64_t>>;

/// Compiles and prices, for launches of `batch` sequences. The cache may be null. A missing NVRTC leaves `kernels`
/// empty and is no error.
Result<Explanation> explain(const SourceText& source, const CompileOptions& options, int64_t batch,
                            const EmulatedLengths& emulate, DiskCache* cache);

/// For people, with so many candidates of each attention, and for programs.
std::string toText(const Explanation& explanation, int64_t candidates);
std::string toJson(const Explanation& explanation);

}  // namespace raggedc

#endif  // RAGGEDC_TOOLS_RAGGEDC_EXPLANATION_H
