//===- Shapes.h - what raggedc tune measures --------------------*- C++ -*-===//

#ifndef RAGGEDC_TOOLS_RAGGEDC_TUNE_SHAPES_H
#define RAGGEDC_TOOLS_RAGGEDC_TUNE_SHAPES_H

#include <string>
#include <vector>

#include "passes/TuningTable.h"
#include "runtime/spec.h"
#include "runtime/status.h"
#include "tools/raggedc/Input.h"
#include "tools/raggedc/tune/Ranges.h"
#include "tools/raggedc/tune/ShapesFile.h"

namespace raggedc {

/// One attention and batch, with the schedules that are worth a measurement.
struct TuneShape {
  Spec spec;          ///< dense or packed operands, whatever the program's strides are
  int64_t batch = 0;  ///< that the schedule is chosen for; 0: many
  TuningClass shapes;
  std::vector<int64_t> lengths;              ///< of the sequences of a call
  std::vector<MeasuredSchedule> candidates;  ///< not measured yet, by predicted time
  std::vector<double> predicted;             ///< of each: microseconds of a call at full capacity, by the cost model
  size_t byDefault = 0;                      ///< the one that the compiler takes by itself
  size_t considered = 0;  ///< candidates before those were left out that the cost model gives no chance

  /// `bf16,heads=12,dim=64,max_seqlen=197, 4 sequences`.
  std::string describe() const;
};

/// Attentions of one text, and how each is to be measured.
struct TuneRequest {
  SourceText source;
  int64_t batch = 0;             ///< that the schedules are chosen for; 0: many
  std::vector<int64_t> lengths;  ///< of every call; {}: as many sequences as the batch, drawn around `keep`
  double keep = 1;               ///< of the capacity, in (0, 1]
};

struct TuneShapeOptions {
  std::string arch;
  uint64_t seed = 0;  ///< of drawn lengths
  int64_t mostCandidates = 64;
  bool wideRanges = false;  ///< entries hold for what lies between the shapes too: setRanges()
};

struct TuneShapes {
  std::vector<TuneShape> shapes;
  std::vector<std::string> notes;  ///< on requests that were left out
};

/// Sequences of a call that stands for many.
inline constexpr int64_t kManySequences = 64;

/// The attentions of the requests, each once for a batch and a multiple of 16 rows. An attention whose capacity is
/// shorter than a length is an invalid argument.
Result<TuneShapes> findTuneShapes(const std::vector<TuneRequest>& requests, const TuneShapeOptions& options);

/// The shapes of a file, for findTuneShapes.
std::vector<TuneRequest> toRequests(const std::vector<ShapeRequest>& shapes);

/// "many,1,4" to numbers, "many" being 0; sorted, each once.
Result<std::vector<int64_t>> parseBatches(const std::string& text);

}  // namespace raggedc

#endif  // RAGGEDC_TOOLS_RAGGEDC_TUNE_SHAPES_H
