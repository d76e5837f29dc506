//===- TuningTable.h - schedules chosen from measurements -------*- C++ -*-===//

#ifndef RAGGEDC_PASSES_TUNINGTABLE_H
#define RAGGEDC_PASSES_TUNINGTABLE_H

#include <optional>

#include "passes/CostModel.h"

namespace raggedc {

/// A measured schedule, and the blocks of a multiprocessor it was measured with.
struct TunedSchedule {
  Candidate candidate;
  int64_t minBlocks;
  const char* measured;  ///< where and when, for the reason
};

/// The entry for this chip and shape, if there is one.
std::optional<TunedSchedule> findTuned(const Chip& chip, const AttentionShape& shape);

}  // namespace raggedc

#endif  // RAGGEDC_PASSES_TUNINGTABLE_H
