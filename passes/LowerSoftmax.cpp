//===- LowerSoftmax.cpp - softmax steps in a single pass or online ---------===//

#include "llvm/Support/MathExtras.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "passes/LaggedMax.h"
#include "passes/Passes.h"

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

/// What the loop over keys of a single pass looks like: one step whose three states are carried by the loop, and
/// nothing that would be missed when the loop is gone.
struct KeyLoop {
  scf::ForOp loop;
  SoftmaxStepOp step;
  int64_t capacity;
  int64_t block;
};

/// The sequence operation whose length bounds the loop, possibly through a minimum with the causal bound.
SequenceOp findSequence(Value bound) {
  if (auto sequence = bound.getDefiningOp<SequenceOp>()) return sequence;
  if (auto min = bound.getDefiningOp<arith::MinSIOp>()) {
    if (SequenceOp sequence = findSequence(min.getLhs())) return sequence;
    return findSequence(min.getRhs());
  }
  return {};
}

/// Most keys that the loop can have: those of the sequence or, where its warps divide them, of the tile of V.
std::optional<int64_t> findCapacity(scf::ForOp loop, SoftmaxStepOp step) {
  if (SequenceOp sequence = findSequence(loop.getUpperBound())) return static_cast<int64_t>(sequence.getCapacity());
  if (auto part = step.getValues().getDefiningOp<SharedRowsOp>(); part && part.getFirst() == loop.getInductionVar())
    return part.getTile().getType().getRows();
  return std::nullopt;
}

FailureOr<KeyLoop> matchKeyLoop(SoftmaxStepOp step) {
  auto loop = dyn_cast<scf::ForOp>(step->getParentOp());
  auto start = loop ? getConstantIntValue(loop.getLowerBound()) : std::nullopt;
  auto block = loop ? getConstantIntValue(loop.getStep()) : std::nullopt;
  std::optional<int64_t> capacity = loop ? findCapacity(loop, step) : std::nullopt;
  SmallVector<Value> states{step.getAcc(), step.getMax(), step.getSum()};
  if (block != step.getScores().getType().getCols() || start != 0 || !capacity ||
      ValueRange(loop.getRegionIterArgs()) != ValueRange(states) || loop.getYieldedValues() != step.getResults() ||
      !llvm::all_of(loop.getBody()->without_terminator(), [&](Operation& op) {
        return &op == step || (!isa<SoftmaxStepOp>(op) && wouldOpBeTriviallyDead(&op));
      }))
    return step.emitOpError() << "expected a loop over keys that carries the step's results for the single pass";
  return KeyLoop{loop, step, *capacity, *block};
}

/// One tile of scores, its first key, and the condition under which the sequence reaches it (null: always).
struct Tile {
  Value scores;
  Value values;
  Value live;
};

/// Clones the loop body's part in front of the step for one constant key, over `keys` keys.
class TileCloner {
 public:
  TileCloner(KeyLoop keyLoop, int64_t keys) : keyLoop(keyLoop), keys(keys) {}

  /// Clones what `value` needs that lies in the loop. `mapping` knows the induction variable.
  Value clone(OpBuilder& builder, Value value, IRMapping& mapping) {
    if (Value known = mapping.lookupOrNull(value)) return known;
    Operation* op = value.getDefiningOp();
    if (!op || !keyLoop.loop->isProperAncestor(op)) return value;
    // Operands, and what regions (masks under a condition) read from outside.
    op->walk([&](Operation* inner) {
      for (Value operand : inner->getOperands())
        if (!op->isAncestor(operand.getParentRegion()->getParentOp())) clone(builder, operand, mapping);
    });
    Operation* copy = builder.clone(*op, mapping);
    copy->walk([&](Operation* inner) {
      for (OpResult result : inner->getResults()) result.setType(narrow(result.getType()));
    });
    return mapping.lookup(value);
  }

 private:
  /// The last tile may have fewer keys than the loop's step.
  Type narrow(Type type) {
    if (keys == keyLoop.block) return type;
    int64_t block = keyLoop.block;
    if (auto acc = dyn_cast<AccType>(type); acc && acc.getCols() == block)
      return AccType::get(type.getContext(), acc.getRows(), keys, acc.getElementType());
    if (auto pending = dyn_cast<PendingType>(type); pending && pending.getCols() == block)
      return PendingType::get(type.getContext(), pending.getRows(), keys, pending.getElementType());
    if (auto shared = dyn_cast<SharedType>(type); shared && shared.getRank() == 2 && shared.getRows() == block)
      return shared.withRows(keys);
    return type;
  }

  KeyLoop keyLoop;
  int64_t keys;
};

LogicalResult expandSinglePass(SoftmaxStepOp step) {
  FailureOr<KeyLoop> matched = matchKeyLoop(step);
  if (failed(matched)) return failure();
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
