//===- ScheduleExplanation.h - why an attention has its schedule -*- C++ -*-===//
//
// What `raggedc explain` says of each attention: candidates, prices,
// measurements, floors, and who decided.
//
//===----------------------------------------------------------------------===//

#ifndef RAGGEDC_TOOLS_RAGGEDC_SCHEDULEEXPLANATION_H
#define RAGGEDC_TOOLS_RAGGEDC_SCHEDULEEXPLANATION_H

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "passes/ChooseSchedule.h"
#include "tools/raggedc/Compiler.h"

namespace raggedc {

/// The time a unit of the chip is busy with one launch, were it alone; in microseconds.
struct Floors {
  double memory = 0;  ///< device memory: every operand read once, the result written once
  double tensor = 0;  ///< products on the tensor cores
  double exp2 = 0;    ///< exponentials
  double shared = 0;  ///< operands out of shared memory
  double launch = 0;  ///< a kernel of as many blocks that does nothing
};

/// What the cost model says of a launch.
struct PredictedTime {
  double microseconds = 0;
  const char* bound = "";  ///< what binds: a unit, `latency` or `launch`
};

/// Of a launch of `batch` sequences at full capacity. `hint`: the number of sequences that `estimate` was made for, 0
/// if it is of one sequence and head of many.
PredictedTime predictTime(const Candidate& candidate, const Estimate& estimate, const AttentionShape& shape,
                          const Chip& chip, int64_t hint, int64_t batch);

/// One schedule, its price and, where a table has it, its time.
struct PricedSchedule {
  Candidate candidate = {};
  std::optional<Estimate> estimate;  ///< nothing: it does not fit
  Refusal refusal = {};
  double microseconds = 0;         ///< of a launch, as the cost model has it
  std::string bound;               ///< what binds: a unit, `latency` or `launch`
  std::optional<double> measured;  ///< microseconds of a call
};

/// What ptxas made of the schedule.
struct CompiledSchedule {
  int64_t registers = 0, sharedBytes = 0, blocksPerMultiprocessor = 0;
};

/// One attention of the function, at full capacity.
struct AttentionExplanation {
  AttentionShape shape;
  std::string dtype;
  PricedSchedule chosen;
  std::string by;                          ///< cost model, tuning table, shipped tuning table, request
  std::string reason;                      ///< the compiler's own words
  std::string measuredWhere;               ///< `64 sequences, 12608 tokens`, if a table has the shape
  std::vector<PricedSchedule> candidates;  ///< the chosen one among them; by price, those that do not fit at the end
  Floors floors;
  std::optional<CompiledSchedule> compiled;  ///< nothing without NVRTC
};

/// Each attention of the specialised module, for launches of `batch` sequences.
std::vector<AttentionExplanation> explainAttentions(Compiler& compiler, const Chip& chip, int64_t batch);

/// For people, with at most `most` candidates beside the chosen one and the best of each family; and for programs.
std::string toText(const AttentionExplanation& attention, int64_t most);
nlohmann::ordered_json toJson(const AttentionExplanation& attention);

}  // namespace raggedc

#endif  // RAGGEDC_TOOLS_RAGGEDC_SCHEDULEEXPLANATION_H
