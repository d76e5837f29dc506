//===- TuningTable.h - schedules chosen from measurements -------*- C++ -*-===//
//
// A table is JSON (docs/tuning.md has the format). One is part of the compiler
// (passes/tuning/*.json, embedded when it is built); users' own come from
// `raggedc tune`. Nothing here opens a file.
//
//===----------------------------------------------------------------------===//

#ifndef RAGGEDC_PASSES_TUNINGTABLE_H
#define RAGGEDC_PASSES_TUNINGTABLE_H

#include <optional>
#include <string>
#include <vector>

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "passes/CostModel.h"

namespace raggedc {

/// The attentions that a measurement stands for.
struct TuningClass {
  std::vector<std::string> dtypes;    ///< bf16, f16, f32
  int64_t heads = 0, kvHeads = 0;     ///< 0: any
  int64_t headDim = 0, headDimV = 0;  ///< elements
  bool causal = false;
  int64_t firstCapacity = 0, lastCapacity = 0;  ///< rows
  int64_t firstBatch = 0, lastBatch = 0;        ///< sequences that a launch is expected to have; 0: many
  /// Heads of q of all sequences together, instead: what a launch has to spread. 0: `firstBatch` and `lastBatch` count.
  int64_t firstBatchHeads = 0, lastBatchHeads = 0;

  bool matches(const AttentionShape& shape, llvm::StringRef dtype, int64_t batch) const;
  bool operator==(const TuningClass&) const = default;
};

/// A schedule and its time.
struct MeasuredSchedule {
  Candidate candidate = {};
  int64_t minBlocks = 1;    ///< blocks of a multiprocessor that the kernel is compiled for
  double microseconds = 0;  ///< of a call, L2 warm; 0: not measured by itself
  double noise = 0;         ///< half the interquartile range of the samples, microseconds

  bool operator==(const MeasuredSchedule&) const = default;
};

/// What was found for one class.
struct TuningEntry {
  TuningClass shapes;
  int64_t sequences = 0, tokens = 0;       ///< of the calls that were measured
  std::optional<MeasuredSchedule> chosen;  ///< nothing: the compiler's own choice was not beaten
  std::optional<MeasuredSchedule> byDefault, runnerUp;

  bool operator==(const TuningEntry&) const = default;
};

struct TuningTable {
  std::string
      compiler;  ///< the build id of the compiler whose kernels were measured; "" for the table that is part of it
  std::string gpu, arch, driver, date;
  std::vector<TuningEntry> entries;

  /// The first entry for an attention, whether or not it has a schedule.
  const TuningEntry* find(llvm::StringRef arch, const AttentionShape& shape, llvm::StringRef dtype,
                          int64_t batch) const;

  /// `runs on NVIDIA H200, 2026-11-21`.
  std::string describeOrigin() const;

  bool operator==(const TuningTable&) const = default;
};

/// Reads a table. Nothing, and `problem` says what was expected and found, for a text that is none, or is one of
/// another format version; a damaged one may have anything in it.
std::optional<TuningTable> parseTuningTable(llvm::StringRef text, std::string& problem);

/// The text that parseTuningTable reads.
std::string printTuningTable(const TuningTable& table);

/// The tables that are part of the compiler.
llvm::ArrayRef<TuningTable> shippedTuningTables();

/// `bf16`, `f16` or `f32`.
std::string getDTypeName(mlir::Type element);

}  // namespace raggedc

#endif  // RAGGEDC_PASSES_TUNINGTABLE_H
