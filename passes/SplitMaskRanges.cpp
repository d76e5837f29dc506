//===- SplitMaskRanges.cpp - masks only where a tile needs them ------------===//

#include "passes/KernelBuilder.h"
#include "passes/Passes.h"

namespace raggedc {

#define GEN_PASS_DEF_SPLITMASKRANGES
#include "passes/Passes.h.inc"

using namespace mlir;
using namespace mlir::ragged_kernel;

namespace {

/// `if (first + count > bound) tile = mask(tile)`, where `first` is the tile's first key.
Value maskIf(OpBuilder& builder, Location loc, Value tile, Value first, int64_t count, Value bound,
             function_ref<Value(OpBuilder&)> mask) {
  Value size = arith::ConstantIndexOp::create(builder, loc, count);
  Value end = arith::AddIOp::create(builder, loc, first, size);
  Value reaches = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sgt, end, bound);
  auto branch = scf::IfOp::create(builder, loc, tile.getType(), reaches, /*withElseRegion=*/true);
  OpBuilder then = branch.getThenBodyBuilder();
  scf::YieldOp::create(then, loc, mask(then));
  OpBuilder otherwise = branch.getElseBodyBuilder();
  scf::YieldOp::create(otherwise, loc, tile);
  return branch.getResult(0);
}

struct SplitMaskRanges : impl::SplitMaskRangesBase<SplitMaskRanges> {
  using SplitMaskRangesBase::SplitMaskRangesBase;

  void runOnOperation() override {
    getOperation().walk([&](ApplyMaskOp op) {
      OpBuilder builder(op);
      Location loc = withoutName(op.getLoc());
      int64_t keys = op.getAcc().getType().getCols();
      Value tile =
          maskIf(builder, loc, op.getAcc(), op.getFirstKey(), keys, op.getLength(), [&](OpBuilder& b) -> Value {
            return MaskKeysOp::create(b, loc, op.getType(), op.getAcc(), op.getFirstKey(), op.getLength());
          });
      if (op.getCausal()) {
        // Keys of the tile beyond the first row: then at least one row has a key after itself.
        Value one = arith::ConstantIndexOp::create(builder, loc, 1);
        Value beyond = arith::AddIOp::create(builder, loc, op.getFirstRow(), one);
        tile = maskIf(builder, loc, tile, op.getFirstKey(), keys, beyond, [&](OpBuilder& b) -> Value {
          return MaskCausalOp::create(b, loc, op.getType(), tile, op.getFirstRow(), op.getFirstKey());
        });
      }
      op.replaceAllUsesWith(tile);
      op.erase();
    });
  }
};

}  // namespace
}  // namespace raggedc
