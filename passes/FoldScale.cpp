//===- FoldScale.cpp - the scale of the scores moves into the exponentials -===//

#include "llvm/ADT/SetVector.h"
#include "llvm/Support/MathExtras.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "passes/Passes.h"

namespace raggedc {

#define GEN_PASS_DEF_FOLDSCALE
#include "passes/Passes.h.inc"

using namespace mlir;
using namespace mlir::ragged_kernel;

namespace {

/// Whether `scores` reach nothing but maxima and exponentials, through masks and conditionals; collects the latter.
bool feedsExponentials(Value scores, SetVector<ExpDiffOp>& exponentials) {
  return llvm::all_of(scores.getUses(), [&](OpOperand& use) {
    Operation* user = use.getOwner();
    if (isa<ApplyMaskOp, MaskKeysOp, MaskCausalOp>(user)) return feedsExponentials(user->getResult(0), exponentials);
    if (isa<scf::YieldOp>(user) && isa<scf::IfOp>(user->getParentOp()))
      return feedsExponentials(user->getParentOp()->getResult(use.getOperandNumber()), exponentials);
    if (auto exponential = dyn_cast<ExpDiffOp>(user)) return exponentials.insert(exponential), true;
    return isa<RowMaxOp>(user);
  });
}

struct FoldScale : impl::FoldScaleBase<FoldScale> {
  using FoldScaleBase::FoldScaleBase;

  void runOnOperation() override {
    SmallVector<ScaleOp> scales;
    SmallVector<ExpDiffOp> all;
    getOperation().walk([&](ScaleOp op) { scales.push_back(op); });
    getOperation().walk([&](ExpDiffOp op) { all.push_back(op); });
    double factor = 1.0;
    if (!scales.empty()) {
      factor = scales.front().getFactor().convertToDouble();
      // A maximum commutes with a positive factor only, and one factor must serve all tiles that share a maximum.
      SetVector<ExpDiffOp> reached;
      for (ScaleOp op : scales)
        if (!(factor > 0.0) || op.getFactor().convertToDouble() != factor || !feedsExponentials(op, reached)) return;
      if (reached.size() != all.size()) return;
    }
    for (ScaleOp op : scales) {
      op.replaceAllUsesWith(op.getAcc());
      op.erase();
    }
    for (ExpDiffOp op : all) fold(op, factor);
    getOperation().walk([&](CorrectionOp op) { fold(op, factor); });
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
