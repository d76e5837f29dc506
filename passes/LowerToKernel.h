//===- LowerToKernel.h - patterns of ragged-lower-to-kernel -----*- C++ -*-===//

#ifndef RAGGEDC_PASSES_LOWERTOKERNEL_H
#define RAGGEDC_PASSES_LOWERTOKERNEL_H

#include "dialect/ragged/Ragged.h"
#include "dialect/ragged_kernel/RaggedKernel.h"
#include "mlir/IR/PatternMatch.h"
#include "passes/CostModel.h"
#include "passes/KernelBuilder.h"

namespace raggedc {

void populateLowerAttentionPatterns(mlir::RewritePatternSet& patterns);
void populateLowerPackPatterns(mlir::RewritePatternSet& patterns);

/// The values that the parts of an attention kernel share.
struct AttentionFrame {
  KernelBuilder& k;
  mlir::ragged::AttentionOp op;
  const AttentionShape& shape;
  const Candidate& candidate;
  const SharedPlan& plan;
  mlir::Value firstRow, length;              ///< of the block's rows, of the sequence
  mlir::Value qRows, kRows, vRows, outRows;  ///< of the sequence and head
};

/// The family `latency`, from the copies on, and whether it can follow a schedule: LowerLatency.cpp.
void buildLatency(const AttentionFrame& frame);
llvm::LogicalResult checkLatency(mlir::ragged::AttentionOp op, mlir::ragged_kernel::ScheduleAttr schedule);

/// The same with products of warpgroups: LowerLatencyGroups.cpp.
void buildLatencyGroups(const AttentionFrame& frame);
llvm::LogicalResult checkLatencyGroups(mlir::ragged::AttentionOp op, mlir::ragged_kernel::ScheduleAttr schedule);

/// What a warp of the family `latency` has of 16 rows from its way's keys. Maxima and sums are complete in every lane.
struct WayResult {
  mlir::Value acc, max, sum, way, tile;
  mlir::Value row;      ///< the first of them
  mlir::Value queries;  ///< the rows of Q in shared memory, where weights are plain: no maximum then (PlainWeights.h)
};

/// Whether weights of the family `latency` can be plain: whoever attends to rows again needs 16 rows of shared memory
/// for keys and for their V.
bool isPlainLatency(const AttentionFrame& frame);

/// Where the ways of a block leave their results: where their keys were. `keySlot` is a way's.
mlir::Value allocPartials(const AttentionFrame& frame, mlir::Value keySlot);

/// Joins the ways' results and stores the rows; nobody may need the keys of its way any more. LowerLatency.cpp.
void joinWays(const AttentionFrame& frame, const WayResult& own, mlir::Value partials);

/// What the family `ring` needs, whose blocks decode one item after the other.
struct RingFrame {
  KernelBuilder& k;
  mlir::ragged::AttentionOp op;
  const AttentionShape& shape;
  const Candidate& candidate;
  const SharedPlan& plan;
  mlir::Value qPtr, kPtr, vPtr, offsets, outPtr;
  mlir::Value batch;             ///< number of sequences
  mlir::Value qMap, kMap, vMap;  ///< tensor maps of the pointers; null where copies go without
};

/// The family `ring`: LowerRing.cpp. What it cannot do, and where its tiles would not fit, is an error.
void buildRing(const RingFrame& frame);
llvm::LogicalResult checkRing(mlir::ragged::AttentionOp op, mlir::ragged_kernel::ScheduleAttr schedule);

/// Whether the lowering has what it needs: constants, and a schedule that it can follow. Says what is missing.
llvm::LogicalResult checkLowerable(mlir::ragged::AttentionOp op);

/// A kernel under construction: its symbol in the module and its parameters.
struct NewKernel {
  mlir::ragged_kernel::KernelOp op;
  llvm::ArrayRef<mlir::BlockArgument> parameters;
};

/// Creates an empty kernel before the function that holds `op`, named `<function>_<suffix>` (made unique), with one
/// pointer parameter per (name, element type), or one of the type itself where that is `index` or a tensor map. The
/// rewriter is left at the start of the body, before its return.
NewKernel createKernel(mlir::PatternRewriter& rewriter, mlir::Operation* op, llvm::StringRef suffix,
                       llvm::ArrayRef<std::pair<llvm::StringRef, mlir::Type>> parameters, int64_t blockSize);

}  // namespace raggedc

#endif  // RAGGEDC_PASSES_LOWERTOKERNEL_H
