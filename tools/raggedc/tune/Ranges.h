//===- Ranges.h - what a measured shape stands for --------------*- C++ -*-===//

#ifndef RAGGEDC_TOOLS_RAGGEDC_TUNE_RANGES_H
#define RAGGEDC_TOOLS_RAGGEDC_TUNE_RANGES_H

#include <utility>
#include <vector>

#include "passes/TuningTable.h"

namespace raggedc {

/// The batches that a measurement with one of them stands for: up to halfway, by ratio, to its neighbours in the list,
/// which is sorted.
std::pair<int64_t, int64_t> getBatchRange(const std::vector<int64_t>& batches, int64_t batch);

/// Gives each class, so far of one batch and of one multiple of 16 rows, the batches up to halfway to those that were
/// measured at its capacity. With `wide`, the least of these stands for all below and the most for all above, and a
/// class for all capacities above the next smaller one that was measured, with whatever batch. No two classes of one
/// attention then overlap.
void setRanges(const std::vector<TuningClass*>& classes, bool wide);

}  // namespace raggedc

#endif  // RAGGEDC_TOOLS_RAGGEDC_TUNE_RANGES_H
