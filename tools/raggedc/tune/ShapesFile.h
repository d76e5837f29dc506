//===- ShapesFile.h - a list of shapes to tune ------------------*- C++ -*-===//

#ifndef RAGGEDC_TOOLS_RAGGEDC_TUNE_SHAPESFILE_H
#define RAGGEDC_TOOLS_RAGGEDC_TUNE_SHAPESFILE_H

#include <optional>
#include <string>
#include <vector>

#include "runtime/spec.h"
#include "runtime/status.h"

namespace raggedc {

/// Sequences that a schedule may be for, at most; where a range of them that has no end ends.
inline constexpr int64_t kMostSequences = 1 << 20;

/// One shape that is asked for.
struct ShapeRequest {
  std::string name;  ///< in messages: `FILE: shapes[2]`
  Spec spec;
  int64_t batch = 0;             ///< that the schedule is chosen for; 0: many
  std::vector<int64_t> lengths;  ///< of the sequences of a call; {}: drawn around `keep`
  double keep = 1;               ///< of the capacity, in (0, 1]
};

/// The shapes of a JSON list of objects with
///   "spec"     as --spec takes it
///   "batch"    "many", the default, or the number of sequences that the schedule is for
///   "lengths"  rows of each sequence of a call, as many as `batch` says, none longer than the capacity
///   "keep"     instead: around which part of the capacity lengths are drawn; 1, the default, is all of it
/// `file` stands in messages. Anything else in the text is an invalid argument that names the shape and what was
/// expected of it.
Result<std::vector<ShapeRequest>> parseShapesFile(const std::string& text, const std::string& file);

}  // namespace raggedc

#endif  // RAGGEDC_TOOLS_RAGGEDC_TUNE_SHAPESFILE_H
