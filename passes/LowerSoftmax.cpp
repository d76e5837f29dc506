//===- LowerSoftmax.cpp - softmax steps in a single pass or online ---------===//

#include "llvm/Support/MathExtras.h"
#include "passes/KeyLoop.h"
#include "passes/Passes.h"
#include "passes/PlainWeights.h"

namespace raggedc {

#define GEN_PASS_DEF_LOWERSOFTMAX
#include "passes/Passes.h.inc"

using namespace mlir;
using namespace mlir::ragged_kernel;

namespace {

/// The online form, in place: raise the maximum, correct what was summed under the old one, add this block.
void expandOnline(SoftmaxStepOp op) {
  OpBuilder builder(op);
  KernelBuilder k(builder, op.getLoc());
  Value blockMax = k.create<RowMaxOp>("new_max", op.getScores(), op.getMax());
  Value newMax = k.create<ReduceMaxOp>("new_max", blockMax);
  Value correction = k.create<CorrectionOp>("correction", ExpBase::E, op.getMax(), newMax, k.f32(1.0));
  Value weights = k.create<ExpDiffOp>("weights", ExpBase::E, op.getScores(), newMax, k.f32(1.0));
  Value scaledSum = k.create<MulRowsOp>("sum", op.getSum(), correction);
  Value sum = k.create<RowSumOp>("sum", weights, scaledSum);
  Value scaledAcc = k.create<RescaleOp>("acc", op.getAcc(), correction);
  Value p = k.toOperand("p", weights, op.getValues().getType().getElementType());
  Value acc = k.mma("acc", MmaForm::NN, p, op.getValues(), scaledAcc, op.getWarpgroup());
  op.replaceAllUsesWith(ValueRange{acc, newMax, sum});
  op.erase();
}

/// A step that no loop carries on: its block has all the keys there are. In place.
LogicalResult expandAlone(SoftmaxStepOp op) {
  auto isFilled = [](Value value, bool (*expected)(const APFloat&)) {
    auto fill = value.getDefiningOp<FillOp>();
    return fill && expected(fill.getValue());
  };
  auto isZero = [](const APFloat& value) { return value.isZero(); };
  auto isNone = [](const APFloat& value) { return value.isInfinity() && value.isNegative(); };
  if (!isFilled(op.getAcc(), isZero) || !isFilled(op.getSum(), isZero) || !isFilled(op.getMax(), isNone))
    return op.emitOpError() << "expected a step outside of a loop to start from nothing";
  OpBuilder builder(op);
  KernelBuilder k(builder, op.getLoc());
  Value partialMax = k.create<RowMaxOp>("max", op.getScores(), op.getMax());
  Value max = k.create<ReduceMaxOp>("max", partialMax);
  Value weights = k.create<ExpDiffOp>("weights", ExpBase::E, op.getScores(), max, k.f32(1.0));
  Value sum = k.create<RowSumOp>("sum", weights, op.getSum());
  Value p = k.toOperand("p", weights, op.getValues().getType().getElementType());
  Value acc = k.mma("acc", MmaForm::NN, p, op.getValues(), op.getAcc(), op.getWarpgroup());
  op.replaceAllUsesWith(ValueRange{acc, max, sum});
  op.erase();
  return success();
}

/// One tile of scores, its first key, and the condition under which the sequence reaches it (null: always).
struct Tile {
  Value scores;
  Value values;
  Value live;
};

LogicalResult expandSinglePass(SoftmaxStepOp step) {
  std::optional<KeyLoop> matched = matchKeyLoop(step);
  if (!matched)
    return step.emitOpError() << "expected a loop over keys that carries the step's results for the single pass";
  KeyLoop keyLoop = *matched;
  scf::ForOp loop = keyLoop.loop;
  OpBuilder builder(loop);
  KernelBuilder k(builder, loop.getLoc());
  Type element = step.getValues().getType().getElementType();
  int64_t padded = llvm::alignTo(keyLoop.capacity, kWarpRows);

  // First all scores and their maximum.
  Value max = loop.getInitArgs()[1];
  SmallVector<Tile> tiles;
  for (int64_t key = 0; key < padded; key += keyLoop.block) {
    int64_t keys = std::min(keyLoop.block, padded - key);
    TileCloner cloner(keyLoop, keys);
    IRMapping mapping;
    mapping.map(loop.getInductionVar(), k.index(key));
    auto name = [&](StringRef base) { return (base + Twine(tiles.size())).str(); };
    Tile tile;
    if (key == 0) {  // a row tile exists only where the sequence has a row, and so a first key
      tile.scores = cloner.clone(builder, step.getScores(), mapping);
      max = k.create<RowMaxOp>("max", tile.scores, max);
    } else {
      tile.live = k.create<arith::CmpIOp>(name("live"), arith::CmpIPredicate::slt, k.index(key), loop.getUpperBound());
      AccType type = AccType::get(builder.getContext(), kWarpRows, keys, builder.getF32Type());
      auto branch = scf::IfOp::create(builder, k.loc(name("scores")), TypeRange{type, max.getType()}, tile.live, true);
      OpBuilder thenBuilder = branch.getThenBodyBuilder();
      KernelBuilder then(thenBuilder, loop.getLoc());
      Value scores = cloner.clone(thenBuilder, step.getScores(), mapping);
      Value newMax = then.create<RowMaxOp>("max", scores, max);
      scf::YieldOp::create(thenBuilder, loop.getLoc(), ValueRange{scores, newMax});
      // The scores of a tile that is not live are never used; some value is needed to close the form.
      OpBuilder elseBuilder = branch.getElseBodyBuilder();
      Value unused = ub::PoisonOp::create(elseBuilder, loop.getLoc(), type);
      scf::YieldOp::create(elseBuilder, loop.getLoc(), ValueRange{unused, max});
      tile.scores = branch.getResult(0);
      max = branch.getResult(1);
    }
    tile.values = cloner.clone(builder, step.getValues(), mapping);
    tiles.push_back(tile);
  }
  max = k.create<ReduceMaxOp>("max", max);

  // Then exponentials, sums and products with V, tile by tile.
  Value acc = loop.getInitArgs()[0], sum = loop.getInitArgs()[2];
  auto accumulate = [&](KernelBuilder& b, Tile& tile) {
    Value weights = b.create<ExpDiffOp>("weights", ExpBase::E, tile.scores, max, b.f32(1.0));
    Value newSum = b.create<RowSumOp>("sum", weights, sum);
    Value p = b.toOperand("p", weights, element);
    return std::pair<Value, Value>(b.mma("acc", MmaForm::NN, p, tile.values, acc, step.getWarpgroup()), newSum);
  };
  for (Tile& tile : tiles) {
    if (!tile.live) {
      std::tie(acc, sum) = accumulate(k, tile);
      continue;
    }
    auto branch = scf::IfOp::create(builder, k.loc("acc"), TypeRange{acc.getType(), sum.getType()}, tile.live, true);
    OpBuilder thenBuilder = branch.getThenBodyBuilder();
    KernelBuilder then(thenBuilder, loop.getLoc());
    auto [newAcc, newSum] = accumulate(then, tile);
    scf::YieldOp::create(thenBuilder, loop.getLoc(), ValueRange{newAcc, newSum});
    OpBuilder elseBuilder = branch.getElseBodyBuilder();
    scf::YieldOp::create(elseBuilder, loop.getLoc(), ValueRange{acc, sum});
    acc = branch.getResult(0);
    sum = branch.getResult(1);
  }
  loop.replaceAllUsesWith(ValueRange{acc, max, sum});
  loop.erase();
  return success();
}

struct LowerSoftmax : impl::LowerSoftmaxBase<LowerSoftmax> {
  using LowerSoftmaxBase::LowerSoftmaxBase;

  void runOnOperation() override {
    ScheduleAttr schedule = getOperation().getScheduleAttr();
    SmallVector<SoftmaxStepOp> steps;
    getOperation().walk([&](SoftmaxStepOp op) { steps.push_back(op); });
    for (SoftmaxStepOp step : steps) {
      if (schedule && expandPlain(step, schedule)) continue;
      if (schedule && schedule.getSoftmax() == Softmax::SinglePass) {
        bool inLoop = step->getParentOfType<scf::ForOp>();
        if (failed(inLoop ? expandSinglePass(step) : expandAlone(step))) return signalPassFailure();
      } else if (!expandLagged(step)) {
        expandOnline(step);
      }
    }
  }
};

}  // namespace
}  // namespace raggedc
