//===- LaggedMax.cpp - weights under a maximum that lags behind ------------===//

#include "passes/LaggedMax.h"

#include "mlir/IR/IRMapping.h"
#include "passes/CostModel.h"

namespace raggedc {

using namespace mlir;
using namespace mlir::ragged_kernel;

/// Narrower steps are there to compile quickly, and this is more code.
static constexpr int64_t kLeastKeys = 32;

LaggedWeights weighLagged(KernelBuilder& k, Exponential exponential, Value scores, Value max, Value sum, double limit) {
  Value weights = k.create<ExpDiffOp>("weights", exponential.base, scores, max, k.f32(exponential.scale));
  Value chunkSum = k.create<RowSumOp>("chunk_sum", weights, k.fillRows("chunk_sum", 0.0));
  Value rises = k.create<OutgrowsOp>("rises", chunkSum, max, k.f32(limit));
  return {weights, k.create<AddRowsOp>("sum", sum, chunkSum), rises};
}

LaggedState raiseMax(KernelBuilder& k, Exponential exponential, Value rises, LaggedState state, Value oldSum,
                     function_ref<Value()> scoreAgain) {
  SmallVector<Type> types{state.acc.getType(), state.max.getType(), state.sum.getType(), state.p.getType()};
  auto branch = scf::IfOp::create(k.builder, k.location, types, rises, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(k.builder);
  k.builder.setInsertionPointToStart(branch.thenBlock());
  APFloat scale = k.f32(exponential.scale);
  Value again = scoreAgain();
  Value newMax = k.create<ReduceMaxOp>("new_max", k.create<RowMaxOp>("new_max", again, state.max));
  Value correction = k.create<CorrectionOp>("correction", exponential.base, state.max, newMax, scale);
  Value weights = k.create<ExpDiffOp>("weights", exponential.base, again, newMax, scale);
  Value sum = k.create<RowSumOp>("sum", weights, k.create<MulRowsOp>("sum", oldSum, correction));
  Value acc = k.create<RescaleOp>("acc", state.acc, correction);
  Type element = cast<OperandType>(state.p.getType()).getElementType();
  scf::YieldOp::create(k.builder, k.location, ValueRange{acc, newMax, sum, k.toOperand("p", weights, element)});
  k.builder.setInsertionPointToStart(branch.elseBlock());
  scf::YieldOp::create(k.builder, k.location, ValueRange{state.acc, state.max, state.sum, state.p});
  return {branch.getResult(0), branch.getResult(1), branch.getResult(2), branch.getResult(3)};
}

namespace {

/// How the scores of a step came to be: a product of warpgroups, and what was done to it then, the last first.
struct Scores {
  MmaIssueOp product;
  SmallVector<Operation*> after;
};

std::optional<Scores> findProduct(Value scores) {
  Scores found;
  while (Operation* op = scores.getDefiningOp()) {
    if (auto wait = dyn_cast<MmaWaitOp>(op)) {
      found.product = wait.getPending().getDefiningOp<MmaIssueOp>();
      bool isWarpgroups = found.product && found.product.getWarpgroup() && found.product.getFresh() &&
                          found.product.getForm() == MmaForm::NT;
      return isWarpgroups ? std::optional(found) : std::nullopt;
    }
    if (!isa<ScaleOp, ApplyMaskOp, MaskKeysOp, MaskCausalOp>(op)) return std::nullopt;
    found.after.push_back(op);
    scores = op->getOperand(0);
  }
  return std::nullopt;
}

/// The same scores by products of each warp for itself: the others of its warpgroup may have no need of them.
Value scoreAgain(KernelBuilder& k, const Scores& scores) {
  MmaIssueOp product = scores.product;
  Value q = product.getA();
  if (auto tile = dyn_cast<SharedType>(q.getType())) {
    Value warpOfGroup = k.rem(k.create<WarpIdOp>("warp_id"), tile.getRows() / kWarpRows);
    q = k.sharedRows("q_warp", q, k.mul(warpOfGroup, kWarpRows), kWarpRows);
  }
  int64_t keys = product.getB().getType().getRows();
  Value result = k.mma("scores", MmaForm::NT, q, product.getB(), k.fillAcc("scores", keys, 0.0));
  for (Operation* op : llvm::reverse(scores.after)) {
    IRMapping mapping;
    mapping.map(op->getOperand(0), result);
    result = k.builder.clone(*op, mapping)->getResult(0);
  }
  return result;
}

/// What a warp does whose weights have outgrown the maximum.
enum class Remedy { None, KeepScores, ScoreAgain };

/// Scores are kept beside their weights until it is known that the maximum stays, or computed again, or there is room
/// for neither. The numbers are what ptxas (13.0) needs for addresses, sums and maxima, over the shapes of test/nvrtc.
Remedy chooseRemedy(SoftmaxStepOp step, MmaIssueOp product) {
  auto operandRegisters = [](int64_t cols) { return cols * kWarpRows / 2 / 32; };  // of 16 bits
  int64_t keys = step.getScores().getType().getCols();
  int64_t tiles = keys / 2 + step.getAcc().getType().getCols() / 2;
  if (auto q = dyn_cast<OperandType>(product.getA().getType())) tiles += operandRegisters(q.getCols());
  auto kernel = step->getParentOfType<KernelOp>();
  int64_t granted = registersGranted(kernel.getBlockSize() / 32 * kernel.getMinBlocks());
  if (tiles + operandRegisters(keys) + 36 <= granted) return Remedy::KeepScores;
  return tiles + 44 <= granted ? Remedy::ScoreAgain : Remedy::None;
}

/// The loop that carries `max` and begins without one; null if that is not what it is.
scf::ForOp findLoop(Value max) {
  auto argument = dyn_cast<BlockArgument>(max);
  auto loop = argument ? dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp()) : scf::ForOp();
  if (!loop || argument == loop.getInductionVar()) return {};
  auto fill = loop.getTiedLoopInit(argument)->get().getDefiningOp<FillOp>();
  return fill && fill.getValue().isInfinity() && fill.getValue().isNegative() ? loop : scf::ForOp();
}

/// The maximum of the first block of keys, or that of the blocks before.
Value takeFirstMax(KernelBuilder& k, scf::ForOp loop, Value scores, Value max) {
  Value isFirst = k.compare(arith::CmpIPredicate::eq, loop.getInductionVar(), loop.getLowerBound());
  auto branch = scf::IfOp::create(k.builder, k.loc("max"), max.getType(), isFirst, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(k.builder);
  k.builder.setInsertionPointToStart(branch.thenBlock());
  scf::YieldOp::create(k.builder, k.location,
                       k.create<ReduceMaxOp>("max", k.create<RowMaxOp>("max", scores, max)).getResult());
  k.builder.setInsertionPointToStart(branch.elseBlock());
  scf::YieldOp::create(k.builder, k.location, max);
  return branch.getResult(0);
}

}  // namespace

bool expandLagged(SoftmaxStepOp step) {
  scf::ForOp loop = findLoop(step.getMax());
  std::optional<Scores> scores = findProduct(step.getScores());
  if (!loop || !scores || !step.getWarpgroup() || step.getScores().getType().getCols() < kLeastKeys) return false;
  Remedy remedy = chooseRemedy(step, scores->product);
  if (remedy == Remedy::None) return false;
  OpBuilder builder(step);
  KernelBuilder k(builder, step.getLoc());
  Exponential exponential{ExpBase::E, 1.0};
  Value max = takeFirstMax(k, loop, step.getScores(), step.getMax());
  LaggedWeights block = weighLagged(k, exponential, step.getScores(), max, step.getSum(), kLaggedSum);
  Value p = k.toOperand("p", block.weights, step.getValues().getType().getElementType());
  LaggedState state = raiseMax(k, exponential, block.rises, {step.getAcc(), max, block.sum, p}, step.getSum(), [&] {
    return remedy == Remedy::KeepScores ? step.getScores() : scoreAgain(k, *scores);
  });
  Value acc = k.mma("acc", MmaForm::NN, state.p, step.getValues(), state.acc, /*warpgroup=*/true);
  step.replaceAllUsesWith(ValueRange{acc, state.max, state.sum});
  step.erase();
  return true;
}

}  // namespace raggedc
