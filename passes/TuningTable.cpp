//===- TuningTable.cpp - schedules chosen from measurements ----------------===//
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
  int64_t blockN;
  int64_t warps, stages, minBlocks;
  bool warpgroups;
};

// 64 and 256 sequences of 12 heads on an H200: up to 52 and of 577 keys; capacities beside these are taken along.
const Entry kEntries[] = {
    {"sm_90a", 2, 64, 49, 64, Family::Online, Softmax::Online, 64, 4, 2, 4, true},
    {"sm_90a", 2, 64, 225, 4096, Family::Online, Softmax::Online, 96, 8, 3, 2, true},
};

}  // namespace

std::optional<TunedSchedule> findTuned(const Chip& chip, const AttentionShape& shape) {
  if (shape.causal || shape.headDim != shape.headDimV) return std::nullopt;
  llvm::StringRef arch = chip.arch;
  for (const Entry& entry : kEntries) {
    if (arch != entry.arch || shape.elementBytes != entry.elementBytes || shape.headDim != entry.headDim ||
        shape.capacity < entry.firstCapacity || shape.capacity > entry.lastCapacity)
      continue;
    int64_t blockM = entry.warps * kWarpRows;
    Candidate candidate{entry.family,
                        entry.softmax,
                        entry.blockN,
                        entry.warps,
                        entry.stages,
                        /*headsPerBlock=*/1,
                        entry.family == Family::Online ? blockM : int64_t(llvm::alignTo(shape.capacity, blockM)),
                        /*qInRegisters=*/!(entry.warpgroups && entry.family == Family::Online),
                        entry.warpgroups};
    return TunedSchedule{candidate, entry.minBlocks, "chosen from runs on an H200, 2026-11-21"};
  }
  return std::nullopt;
}

}  // namespace raggedc
