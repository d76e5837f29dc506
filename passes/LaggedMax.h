//===- LaggedMax.h - weights under a maximum that lags behind ---*- C++ -*-===//
//
// Exponentials of a block of keys are taken against the maximum of the blocks
// before: no maximum of its scores, no shuffles, nothing that was summed is
// corrected, and the first exponential waits for none of it. Only where the
// sums of the weights say that they have outgrown the old maximum does a warp
// compute its scores again and raise it.
//
//===----------------------------------------------------------------------===//

#ifndef RAGGEDC_PASSES_LAGGEDMAX_H
#define RAGGEDC_PASSES_LAGGEDMAX_H

#include "passes/KernelBuilder.h"

namespace raggedc {

/// How scores become weights: base ^ (scale * (score - max)).
struct Exponential {
  mlir::ragged_kernel::ExpBase base;
  double scale;
};

/// The weights of a block of keys under an old maximum.
struct LaggedWeights {
  mlir::Value weights;
  mlir::Value sum;    ///< with that of the blocks before
  mlir::Value rises;  ///< whether they have outgrown it: the same in all lanes of a warp
};
/// Weights of a lane's keys may come to `limit` before the maximum follows.
LaggedWeights weighLagged(KernelBuilder& k, Exponential exponential, mlir::Value scores, mlir::Value max,
                          mlir::Value sum, double limit);
/// Sums and outputs are f32, and weights keep their relative precision; f16 has weights up to 2^16.
inline constexpr double kLaggedSum = 256;

/// Output, maximum and sum so far, and the weights as the operand of a product.
struct LaggedState {
  mlir::Value acc, max, sum, p;
};
/// `state` or, where `rises` says so, the same under a maximum that follows the block. `state.acc` and `oldSum` are of
/// the blocks before. `scoreAgain` makes the scores of the block for one warp, whose weights may be infinite by then.
LaggedState raiseMax(KernelBuilder& k, Exponential exponential, mlir::Value rises, LaggedState state,
                     mlir::Value oldSum, llvm::function_ref<mlir::Value()> scoreAgain);

/// Writes a step of softmax out in this form, in place: one within a loop that begins without a maximum, whose scores
/// are a product of warpgroups. The first block takes its maximum as ever. Leaves any other step alone and returns
/// false.
bool expandLagged(mlir::ragged_kernel::SoftmaxStepOp step);

}  // namespace raggedc

#endif  // RAGGEDC_PASSES_LAGGEDMAX_H
