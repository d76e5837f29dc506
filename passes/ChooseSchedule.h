//===- ChooseSchedule.h - the choice of a schedule, to be looked at -*- C++ -*-===//
//
// What ragged-choose-schedule compares and why it takes what it takes, for tools
// that show it or measure it.
//
//===----------------------------------------------------------------------===//

#ifndef RAGGEDC_PASSES_CHOOSESCHEDULE_H
#define RAGGEDC_PASSES_CHOOSESCHEDULE_H

#include <memory>
#include <optional>
#include <vector>

#include "passes/CostModel.h"
#include "passes/Passes.h"
#include "passes/TuningTable.h"

namespace raggedc {

/// A candidate, with its price or with what it does not fit.
struct ConsideredSchedule {
  Candidate candidate;
  std::optional<Estimate> estimate;
  Refusal refusal = {};
};

struct ScheduleDecision {
  enum class By { CostModel, UserTable, ShippedTable, Request };
  By by = By::CostModel;
  std::optional<Candidate> chosen;  ///< nothing fits
  int64_t minBlocks = 0;            ///< blocks of a multiprocessor that the kernel is compiled for
  std::string request;              ///< the restrictions: `family=single, warps=4`; "" for none
  std::vector<ConsideredSchedule> considered;
  /// What tables say of the shape, whatever was taken; null for nothing. They live as long as the tables do.
  const TuningEntry *userEntry = nullptr, *shippedEntry = nullptr;
};

/// The decision of the pass with these options on a specialised attention. `userTable` may be null.
ScheduleDecision decideSchedule(mlir::ragged::AttentionOp op, const ChooseScheduleOptions& options,
                                const std::shared_ptr<const TuningTable>& userTable);

/// The pass with a table that comes before those of the compiler; it may be null. A schedule in it that the pass would
/// not consider for a shape is not used.
std::unique_ptr<mlir::Pass> createChooseSchedule(const ChooseScheduleOptions& options,
                                                 std::shared_ptr<const TuningTable> userTable);

}  // namespace raggedc

#endif  // RAGGEDC_PASSES_CHOOSESCHEDULE_H
