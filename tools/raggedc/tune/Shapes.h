//===- Shapes.h - what raggedc tune measures --------------------*- C++ -*-===//

#ifndef RAGGEDC_TOOLS_RAGGEDC_TUNE_SHAPES_H
#define RAGGEDC_TOOLS_RAGGEDC_TUNE_SHAPES_H

#include <string>
#include <vector>

#include "passes/TuningTable.h"
#include "runtime/spec.h"
#include "runtime/status.h"
#include "tools/raggedc/Input.h"

namespace raggedc {

/// One attention and batch, with the schedules that are worth a measurement.
struct TuneShape {
  Spec spec;          ///< dense or packed operands, whatever the program's strides are
  int64_t batch = 0;  ///< that the schedule is chosen for; 0: many
  TuningClass shapes;
  std::vector<int64_t> lengths;              ///< of the sequences of a call
  std::vector<MeasuredSchedule> candidates;  ///< not measured yet, by predicted time
  size_t byDefault = 0;                      ///< the one that the compiler takes by itself
  size_t considered = 0;  ///< candidates before those were left out that the cost model gives no chance

  /// `bf16,heads=12,dim=64,max_seqlen=197, 4 sequences`.
  std::string describe() const;
};

struct TuneShapeOptions {
  std::string arch;
  std::vector<int64_t> batches = {0};
  std::vector<int64_t> lengths;  ///< of every call; {}: as many sequences as the batch, drawn around `keep`
  double keep = 1;               ///< of the capacity, in (0, 1]
  uint64_t seed = 0;
  int64_t mostCandidates = 64;
};

/// Sequences of a call that stands for many.
inline constexpr int64_t kManySequences = 64;

/// The attentions of the programs, each once, for every batch. An attention whose capacity is shorter than a length is
/// an invalid argument.
Result<std::vector<TuneShape>> findTuneShapes(const std::vector<SourceText>& sources, const TuneShapeOptions& options);

/// "many,1,4" to numbers, "many" being 0; sorted, each once.
Result<std::vector<int64_t>> parseBatches(const std::string& text);

/// The batches that a measurement with one of them stands for: up to halfway, by ratio, to its neighbours in the list.
std::pair<int64_t, int64_t> getBatchRange(const std::vector<int64_t>& batches, int64_t batch);

}  // namespace raggedc

#endif  // RAGGEDC_TOOLS_RAGGEDC_TUNE_SHAPES_H
