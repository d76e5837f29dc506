//===- TuningTable.cpp - schedules that were measured best -----------------===//
//
// The shapes of the project's first users, where the cost model's choice was
// beaten or where it is too careful about registers. docs/results has the runs.
//
//===----------------------------------------------------------------------===//

#include "passes/TuningTable.h"

#include "llvm/Support/MathExtras.h"

namespace raggedc {

using namespace mlir::ragged_kernel;

namespace {

struct Entry {
  const char* arch;
  int64_t elementBytes, headDim;
  int64_t firstCapacity, lastCapacity;
  Family family;
  Softmax softmax;
  int64_t blockN, warps, stages, minBlocks;
};

// 64 sequences, 12 heads; H200. At 197 keys a single pass is 5 % faster once it runs, but takes NVRTC 0.32 s instead of
// 0.15 s, which is past what a first call may cost (docs/results); `--softmax single_pass` asks for it.
const Entry kEntries[] = {
    {"sm_90", 2, 64, 33, 64, Family::Single, Softmax::SinglePass, 32, 2, 2, 8},
    {"sm_90", 2, 64, 97, 128, Family::Single, Softmax::SinglePass, 64, 4, 2, 3},
    {"sm_90", 2, 64, 193, 208, Family::Single, Softmax::Online, 32, 8, 2, 2},
};

}  // namespace

std::optional<TunedSchedule> findTuned(const Chip& chip, const AttentionShape& shape) {
  if (shape.causal || shape.headDim != shape.headDimV) return std::nullopt;
  llvm::StringRef arch = chip.arch;
  for (const Entry& entry : kEntries) {
    if (!arch.starts_with(entry.arch) || shape.elementBytes != entry.elementBytes || shape.headDim != entry.headDim ||
        shape.capacity < entry.firstCapacity || shape.capacity > entry.lastCapacity)
      continue;
    int64_t blockM = entry.warps * kWarpRows;
    Candidate candidate{entry.family,         entry.softmax,
                        entry.blockN,         entry.warps,
                        entry.stages,
                        /*headsPerBlock=*/1,  int64_t(llvm::alignTo(shape.capacity, blockM)),
                        /*qInRegisters=*/true};
    return TunedSchedule{candidate, entry.minBlocks, "measured best on an H200, 2026-11-21"};
  }
  return std::nullopt;
}

}  // namespace raggedc
