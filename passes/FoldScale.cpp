//===- FoldScale.cpp - the scale of the scores moves into the exponentials -===//

#include "llvm/ADT/SetVector.h"
#include "llvm/Support/MathExtras.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "passes/Passes.h"

namespace raggedc {

#define GEN_PASS_DEF_FOLDSCALE
#include "passes/Passes.h.inc"

using namespace mlir;
using namespace mlir::ragged_kernel;

namespace {

/// The scaled scores of a kernel, through masks and conditionals, and the operations that read them.
struct ScaledScores {
  SetVector<Value> values;
  SetVector<Operation*> readers;

  /// Follows `scores`; whether they reach nothing but maxima and exponentials.
  bool follow(Value scores) {
    if (!values.insert(scores)) return true;
    return llvm::all_of(scores.getUses(), [&](OpOperand& use) {
      Operation* user = use.getOwner();
      if (isa<ApplyMaskOp, MaskKeysOp, MaskRowsOp, MaskCausalOp>(user)) return follow(user->getResult(0));
      if (isa<scf::YieldOp>(user) && isa<scf::IfOp>(user->getParentOp()))
        return follow(user->getParentOp()->getResult(use.getOperandNumber()));
      return isa<ExpDiffOp, RowMaxOp>(user) && (readers.insert(user), true);
    });
  }

  /// Whether both sides of each conditional are scaled, as far as they are anything.
  bool agree() const {
    return llvm::all_of(values, [&](Value value) {
      auto branch = value.getDefiningOp<scf::IfOp>();
      unsigned number = branch ? cast<OpResult>(value).getResultNumber() : 0;
      return !branch || llvm::all_of(branch->getRegions(), [&](Region& side) {
        Value yielded = side.front().getTerminator()->getOperand(number);
        return values.contains(yielded) || yielded.getDefiningOp<ub::PoisonOp>();
      });
    });
  }
};

struct FoldScale : impl::FoldScaleBase<FoldScale> {
  using FoldScaleBase::FoldScaleBase;

  void runOnOperation() override {
    SmallVector<ScaleOp> scales;
    SmallVector<Operation*> readers;
    getOperation().walk([&](Operation* op) {
      if (auto scale = dyn_cast<ScaleOp>(op)) scales.push_back(scale);
      if (isa<ExpDiffOp, RowMaxOp>(op)) readers.push_back(op);
    });
    double factor = 1.0;
    if (!scales.empty()) {
      factor = scales.front().getFactor().convertToDouble();
      // A maximum commutes with a positive factor only, and one factor must serve all tiles that share a maximum.
      ScaledScores scaled;
      for (ScaleOp op : scales)
        if (!(factor > 0.0) || op.getFactor().convertToDouble() != factor || !scaled.follow(op)) return;
      if (scaled.readers.size() != readers.size() || !scaled.agree()) return;
    }
    for (ScaleOp op : scales) {
      op.replaceAllUsesWith(op.getAcc());
      op.erase();
    }
    getOperation().walk([&](ExpDiffOp op) { fold(op, factor); });
    getOperation().walk([&](CorrectionOp op) { fold(op, factor); });
    getOperation().walk([&](JoinPartialsOp op) { fold(op, factor); });
  }

  template <typename OpType>
  void fold(OpType op, double factor) {
    double scale = op.getScale().convertToDouble() * factor;
    if (op.getBase() == ExpBase::E) scale *= llvm::numbers::log2e;
    op.setScale(APFloat(static_cast<float>(scale)));
    op.setBase(ExpBase::Two);
  }
};

}  // namespace
}  // namespace raggedc
