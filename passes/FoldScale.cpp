//===- FoldScale.cpp - the scale of the scores moves into the exponentials -===//

#include "llvm/Support/MathExtras.h"
#include "passes/Passes.h"

namespace raggedc {

#define GEN_PASS_DEF_FOLDSCALE
#include "passes/Passes.h.inc"

using namespace mlir;
using namespace mlir::ragged_kernel;

namespace {

struct FoldScale : impl::FoldScaleBase<FoldScale> {
  using FoldScaleBase::FoldScaleBase;

  void runOnOperation() override {
    SmallVector<ScaleOp> scales;
    getOperation().walk([&](ScaleOp op) { scales.push_back(op); });
    double factor = 1.0;
    if (!scales.empty()) {
      factor = scales.front().getFactor().convertToDouble();
      // A maximum commutes with a positive factor only, and one factor must serve all tiles that share a maximum.
      for (ScaleOp op : scales)
        if (!(factor > 0.0) || op.getFactor().convertToDouble() != factor) return;
    }
    for (ScaleOp op : scales) {
      op.replaceAllUsesWith(op.getAcc());
      op.erase();
    }
    getOperation().walk([&](Operation* op) {
      if (auto exp = dyn_cast<ExpDiffOp>(op)) fold(exp, factor);
      if (auto correction = dyn_cast<CorrectionOp>(op)) fold(correction, factor);
    });
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
