//===- PlainWeights.h - weights without a maximum ---------------*- C++ -*-===//
//
// A softmax is the same whatever is subtracted from the scores of a row, as long
// as nothing overflows and the largest weights keep their precision. bf16 has
// the exponents of f32, so in almost every row nothing need be subtracted at
// all: no maximum, no shuffles, nothing to correct, and the first exponential
// waits for its own score only. The sum of a row says afterwards whether that
// was so: what is lost under 2^-126 counts nothing beside a sum of 2^-64, and
// sums up to 2^64 are far from infinity. A warp with another row, whose scores
// are beyond 44 in natural units, attends to all of its keys again under a
// running maximum, with products of its own. So all keys must still be there, or
// come again: `single` and `ring` have them in shared memory, and a warp of
// `latency`, whose ways have a part of the keys each, copies them once more.
//
//===----------------------------------------------------------------------===//

#ifndef RAGGEDC_PASSES_PLAINWEIGHTS_H
#define RAGGEDC_PASSES_PLAINWEIGHTS_H

#include "passes/LaggedMax.h"

namespace raggedc {

/// Whether weights of this type may do without a maximum: f16 overflows at 2^16.
bool mayBePlain(mlir::Type element);

/// Sums of weights may come to this, and its inverse is the least.
inline constexpr double kMostPlainSum = 0x1p64;

/// base ^ (scale * score), or the same against a maximum (of few keys, see below).
mlir::Value weighPlainly(KernelBuilder& k, Exponential exponential, mlir::Value scores, mlir::Value max = {});

/// Tiles of 16 keys from a key on, for products of one warp.
struct KeySource {
  mlir::Value end;                                      ///< of the keys
  llvm::function_ref<void()> prepare;                   ///< called ahead of the loop over them
  llvm::function_ref<mlir::Value(mlir::Value)> scores;  ///< masked
  llvm::function_ref<mlir::Value(mlir::Value)> values;  ///< their V
};

/// That of a whole head in shared memory, whose rows of Q are there too; `scale` is that of the scores beside that of
/// the exponential.
void withResidentKeys(KernelBuilder& k, mlir::Value q, mlir::Value kTile, mlir::Value vTile, mlir::Value length,
                      double scale, llvm::function_ref<void(const KeySource&)> use);
/// That of a head in global memory, whose keys no longer are in shared memory or never were all: 16 of them at a time
/// come to `scratch`, 16 rows there that are the warp's own, and then their V. `q` may be the same rows: it is read
/// once, unless it `staysThere`, which takes fewer registers.
void withPassingKeys(KernelBuilder& k, mlir::Value q, mlir::Value kRows, mlir::Value vRows, mlir::Value scratch,
                     mlir::Value length, double scale, llvm::function_ref<void(const KeySource&)> use,
                     bool staysThere = false);
/// scale * scores, or the scores for a scale of 1.
mlir::Value scaleScores(KernelBuilder& k, mlir::Value scores, double scale);

/// Output and sums of 16 rows.
struct PlainState {
  mlir::Value acc;
  mlir::Value sum;  ///< reduced
};
/// Over all keys, under a running maximum, from nothing.
PlainState attendUnderMaximum(KernelBuilder& k, Exponential exponential, int64_t cols, mlir::Type element,
                              const KeySource& keys);
/// Whether sums of plain weights, of rows or of all elements of an accumulator, are too large or too small.
mlir::Value checkRange(KernelBuilder& k, mlir::Value sums);
/// The same for the reduced sums of 16 rows, or true where there are so few keys that one may have all the weight.
mlir::Value mustAttendAgain(KernelBuilder& k, mlir::Value sum, mlir::Value keys);
/// What plain weights are taken against: nothing or, of at most 16 keys in all, of which one may have all the weight,
/// the maximum of their scores. Then that weight is exactly 1, where nobody has to attend again for it.
mlir::Value takeMaxOfFew(KernelBuilder& k, mlir::Value scores, mlir::Value keys);
/// What `acc` and `sum`, not reduced, of plain weights come to; or the same taken under a maximum, of few keys too
/// unless `isExact` says that theirs were.
PlainState checkPlain(KernelBuilder& k, Exponential exponential, mlir::Value acc, mlir::Value sum, mlir::Type element,
                      const KeySource& keys, bool isExact = false);

/// Writes a step of softmax out in this form, with the loop over keys around it, in place: one whose keys and values
/// are all in shared memory, of the family single, with bf16. Scores and output of a single pass become two products of
/// warpgroups each, where registers allow; of one in several tiles, or with products of warps, each tile has its output
/// before the next has scores.
/// Leaves any other step alone and returns false.
bool expandPlain(mlir::ragged_kernel::SoftmaxStepOp step, mlir::ragged_kernel::ScheduleAttr schedule);

}  // namespace raggedc

#endif  // RAGGEDC_PASSES_PLAINWEIGHTS_H
