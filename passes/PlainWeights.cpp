//===- PlainWeights.cpp - weights without a maximum ------------------------===//

#include "passes/PlainWeights.h"

#include <cmath>

#include "llvm/Support/MathExtras.h"
#include "passes/CostModel.h"
#include "passes/KeyLoop.h"

namespace raggedc {

using namespace mlir;
using namespace mlir::ragged_kernel;

static constexpr int64_t kAgainKeys = 16;  ///< at a time, of those who attend again
static constexpr int64_t kLeastPart = 48;  ///< keys of a part of a single pass: a product has a latency of its own
/// Registers of the output; where it has fewer, ptxas (13.0) serialises two products.
static constexpr int64_t kLeastOutput = 32;
/// Columns of the result of a warp's products; with more, those who attend again raise the registers of all
/// (ptxas 13.0), as they do in the family warp.
static constexpr int64_t kMostWarpColumns = 64;
static constexpr int64_t kPanelColumns = 64;   ///< of bf16; rows beyond that lie in several panels
static constexpr int64_t kPanelRegisters = 8;  ///< for the addresses of those

static constexpr const char* kStateNames[] = {"acc", "max", "sum"};

bool mayBePlain(Type element) {
  return element.isBF16();
}

Value weighPlainly(KernelBuilder& k, Exponential exponential, Value scores, Value max) {
  if (!max) max = k.fillRows("zero", 0.0);
  return k.create<ExpDiffOp>("weights", exponential.base, scores, max, k.f32(exponential.scale));
}

Value scaleScores(KernelBuilder& k, Value scores, double scale) {
  return scale == 1.0 ? scores : k.create<ScaleOp>("scores", scores, k.f32(scale)).getResult();
}

void withResidentKeys(KernelBuilder& k, Value q, Value kTile, Value vTile, Value length, double scale,
                      function_ref<void(const KeySource&)> use) {
  auto scores = [&](Value key) -> Value {
    Value tile = k.sharedRows("k_keys", kTile, key, kAgainKeys);
    Value product = k.mma("scores", MmaForm::NT, q, tile, k.fillAcc("scores", kAgainKeys, 0.0));
    return k.create<MaskKeysOp>("scores", scaleScores(k, product, scale), key, length);
  };
  auto values = [&](Value key) { return k.sharedRows("v_keys", vTile, key, kAgainKeys); };
  use({length, [] {}, scores, values});
}

void withPassingKeys(KernelBuilder& k, Value q, Value kRows, Value vRows, Value scratch, Value length, double scale,
                     function_ref<void(const KeySource&)> use, bool staysThere) {
  Value queries = q;
  auto prepare = [&] {
    if (staysThere) return;
    auto tile = cast<SharedType>(q.getType());
    Type type = OperandType::get(k.builder.getContext(), kWarpRows, tile.getCols(), tile.getElementType());
    queries = k.create<LoadOperandOp>("q_operand", type, q);
  };
  auto take = [&](StringRef name, Value rows, Value key) {
    // All lanes have read what was there before.
    k.create<BarrierOp>("", Scope::Warp);
    Value from = k.create<RowsFromOp>((name + "_rows").str(), rows.getType(), rows, key);
    Value copy = k.create<CopyAsyncOp>((name + "_copy").str(), Scope::Warp, from, scratch,
                                       k.sub(length, key, "keys_left"), Value());
    k.create<WaitGroupOp>("", k.create<CommitGroupOp>("group", copy).getResult(), 0);
    k.create<BarrierOp>("", Scope::Warp);
    return scratch;
  };
  auto scores = [&](Value key) -> Value {
    Value tile = take("k", kRows, key);
    Value product = k.mma("scores", MmaForm::NT, queries, tile, k.fillAcc("scores", kAgainKeys, 0.0));
    return k.create<MaskKeysOp>("scores", scaleScores(k, product, scale), key, length);
  };
  use({length, prepare, scores, [&](Value key) { return take("v", vRows, key); }});
}

PlainState attendUnderMaximum(KernelBuilder& k, Exponential exponential, int64_t cols, Type element,
                              const KeySource& keys) {
  keys.prepare();
  SmallVector<Value> initial{k.fillAcc("acc", cols, 0.0), k.fillRows("max", -INFINITY), k.fillRows("sum", 0.0)};
  auto loop = k.create<scf::ForOp>("", k.index(0), keys.end, k.index(kAgainKeys), initial);
  OpBuilder::InsertionGuard guard(k.builder);
  k.builder.setInsertionPointToStart(loop.getBody());
  Value key = loop.getInductionVar();
  key.setLoc(k.loc("key"));
  ValueRange carried = loop.getRegionIterArgs();
  for (auto [argument, name] : llvm::zip(loop.getRegionIterArgs(), kStateNames)) argument.setLoc(k.loc(name));
  APFloat scale = k.f32(exponential.scale);
  Value scores = keys.scores(key);
  Value max = k.create<ReduceMaxOp>("new_max", k.create<RowMaxOp>("new_max", scores, carried[1]));
  Value correction = k.create<CorrectionOp>("correction", exponential.base, carried[1], max, scale);
  Value weights = k.create<ExpDiffOp>("weights", exponential.base, scores, max, scale);
  Value sum = k.create<RowSumOp>("sum", weights, k.create<MulRowsOp>("sum", carried[2], correction));
  Value scaled = k.create<RescaleOp>("acc", carried[0], correction);
  Value acc = k.mma("acc", MmaForm::NN, k.toOperand("p", weights, element), keys.values(key), scaled);
  scf::YieldOp::create(k.builder, k.location, ValueRange{acc, max, sum});
  k.builder.setInsertionPointAfter(loop);
  return {loop.getResult(0), k.create<ReduceSumOp>("sum", loop.getResult(2))};
}

Value checkRange(KernelBuilder& k, Value sums) {
  return k.create<OutOfRangeOp>("strays", sums, k.f32(1.0 / kMostPlainSum), k.f32(kMostPlainSum));
}

Value mustAttendAgain(KernelBuilder& k, Value sum, Value keys) {
  Value strays = checkRange(k, sum);
  // Of a few keys one may have all the weight, which under its maximum is 1 and here is rounded.
  Value isShort = k.compare(arith::CmpIPredicate::sle, keys, k.index(kAgainKeys));
  return k.create<arith::OrIOp>("again", strays, isShort);
}

Value takeMaxOfFew(KernelBuilder& k, Value scores, Value keys) {
  Value areFew = k.compare(arith::CmpIPredicate::sle, keys, k.index(kAgainKeys));
  Type type = RowVectorType::get(k.builder.getContext(), kWarpRows);
  auto branch = scf::IfOp::create(k.builder, k.loc("max"), type, areFew, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(k.builder);
  k.builder.setInsertionPointToStart(branch.thenBlock());
  Value max = k.create<RowMaxOp>("max", scores, k.fillRows("max", -INFINITY));
  scf::YieldOp::create(k.builder, k.location, k.create<ReduceMaxOp>("max", max).getResult());
  k.builder.setInsertionPointToStart(branch.elseBlock());
  scf::YieldOp::create(k.builder, k.location, k.fillRows("max", 0.0));
  return branch.getResult(0);
}

PlainState checkPlain(KernelBuilder& k, Exponential exponential, Value acc, Value sum, Type element,
                      const KeySource& keys, bool isExact) {
  sum = k.create<ReduceSumOp>("sum", sum);
  Value again = isExact ? checkRange(k, sum) : mustAttendAgain(k, sum, keys.end);
  SmallVector<Type> types{acc.getType(), sum.getType()};
  auto branch = scf::IfOp::create(k.builder, k.location, types, again, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(k.builder);
  k.builder.setInsertionPointToStart(branch.elseBlock());
  scf::YieldOp::create(k.builder, k.location, ValueRange{acc, sum});
  k.builder.setInsertionPointToStart(branch.thenBlock());
  PlainState state = attendUnderMaximum(k, exponential, cast<AccType>(acc.getType()).getCols(), element, keys);
  scf::YieldOp::create(k.builder, k.location, ValueRange{state.acc, state.sum});
  return {branch.getResult(0), branch.getResult(1)};
}

namespace {

/// The wait for the product that scores begin as.
MmaWaitOp findWait(Value scores) {
  while (Operation* op = scores.getDefiningOp()) {
    if (auto wait = dyn_cast<MmaWaitOp>(op)) return wait;
    if (!isa<ScaleOp, ApplyMaskOp>(op)) return {};
    scores = op->getOperand(0);
  }
  return {};
}

/// The mask of scores; null where that is not what follows their product.
ApplyMaskOp findMask(Value scores) {
  while (Operation* op = scores.getDefiningOp()) {
    if (auto mask = dyn_cast<ApplyMaskOp>(op)) return mask;
    if (!isa<ScaleOp>(op)) break;
    scores = op->getOperand(0);
  }
  return {};
}

/// A loop over keys whose weights may be plain, and what becomes of it.
class PlainLoop {
 public:
  PlainLoop(OpBuilder& builder, KeyLoop keys, MmaWaitOp wait, ReduceSumOp reduce, Value tile, CopyAsyncOp copy,
            StoreRowsOp store)
      : k(builder, keys.loop.getLoc()),
        keys(keys),
        loop(keys.loop),
        step(keys.step),
        wait(wait),
        product(wait.getPending().getDefiningOp<MmaIssueOp>()),
        reduce(reduce),
        tile(tile),
        copy(copy),
        store(store),
        element(step.getValues().getType().getElementType()) {}

  /// Keys a few at a time, as before.
  void roll() {
    OpBuilder::InsertionGuard guard(k.builder);
    k.builder.setInsertionPoint(loop);
    Value most = mostKeys();
    k.builder.setInsertionPoint(step);
    // Where there are few keys in all, those of the other blocks are masked.
    Value weights = weighPlainly(k, exponential, step.getScores(), takeMaxOfFew(k, step.getScores(), most));
    Value sum = k.create<RowSumOp>("sum", weights, step.getSum());
    Value p = k.toOperand("p", weights, element);
    Value acc = k.mma("acc", MmaForm::NN, p, step.getValues(), step.getAcc(), step.getWarpgroup());
    // Nobody asks for the maximum.
    step.replaceAllUsesWith(ValueRange{acc, step.getMax(), sum});
    k.builder.setInsertionPointAfter(loop);
    finish(loop.getResult(0), loop.getResult(2));
    step.erase();
  }

  /// All keys at once, in parts: the scores of all are issued first, and the output of one part is summed up under the
  /// exponentials of the next.
  void unroll(int64_t parts) {
    int64_t width = llvm::alignTo(llvm::divideCeil(keys.capacity, parts), kWarpRows), first = 0;
    SmallVector<Part> all;
    k.builder.setInsertionPoint(loop);
    while (first < keys.capacity) {
      int64_t part = std::min(width, int64_t(llvm::alignTo(keys.capacity - first, kWarpRows)));
      all.push_back({TileCloner(keys, part), IRMapping()});
      all.back().mapping.map(loop.getInductionVar(), k.index(first));
      all.back().cloner.clone(k.builder, wait.getPending(), all.back().mapping);
      first += part;
    }
    Value acc = loop.getInitArgs()[0], sum = loop.getInitArgs()[2], output;
    for (Part& part : all) {
      Value scores = part.cloner.clone(k.builder, step.getScores(), part.mapping);
      part.mapping.lookup(wait.getResult()).getDefiningOp<MmaWaitOp>().setNewer(all.size() - 1);
      Value weights = weighPlainly(k, exponential, scores, output ? Value() : takeMaxOfFew(k, scores, mostKeys()));
      sum = k.create<RowSumOp>("sum", weights, sum);
      Value p = k.toOperand("p", weights, element);
      Value values = part.cloner.clone(k.builder, step.getValues(), part.mapping);
      if (output) acc = k.create<MmaWaitOp>("acc", acc.getType(), output, /*warpgroup=*/true);
      auto type = cast<AccType>(acc.getType());
      Type pending = PendingType::get(type.getContext(), type.getRows(), type.getCols(), type.getElementType());
      output = k.create<MmaIssueOp>("acc", pending, MmaForm::NN, p, values, acc, /*warpgroup=*/true,
                                    /*fresh=*/!output);
    }
    acc = k.create<MmaWaitOp>("acc", acc.getType(), output, /*warpgroup=*/true);
    finish(acc, sum);
    loop.erase();
  }

  /// All keys, a tile after the other: of one there are scores, weights and their output before those of the next,
  /// which is not there where the sequence ends ahead of it.
  void unrollTiles() {
    k.builder.setInsertionPoint(loop);
    Value acc = loop.getInitArgs()[0], sum = loop.getInitArgs()[2];
    int64_t padded = llvm::alignTo(keys.capacity, kWarpRows);
    for (int64_t key = 0; key < padded; key += keys.block) {
      auto add = [&] {
        TileCloner cloner(keys, std::min(keys.block, padded - key));
        IRMapping mapping;
        mapping.map(loop.getInductionVar(), k.index(key));
        Value scores = cloner.clone(k.builder, step.getScores(), mapping);
        Value weights = weighPlainly(k, exponential, scores, key > 0 ? Value() : takeMaxOfFew(k, scores, mostKeys()));
        Value nextSum = k.create<RowSumOp>("sum", weights, sum);
        Value p = k.toOperand("p", weights, element);
        Value values = cloner.clone(k.builder, step.getValues(), mapping);
        return std::pair(k.mma("acc", MmaForm::NN, p, values, acc, step.getWarpgroup()), nextSum);
      };
      if (key == 0) {  // a row tile exists only where the sequence has a row, and so a first key
        std::tie(acc, sum) = add();
        continue;
      }
      Value live = k.create<arith::CmpIOp>(("live" + Twine(key / keys.block)).str(), arith::CmpIPredicate::slt,
                                           k.index(key), loop.getUpperBound());
      auto branch = scf::IfOp::create(k.builder, k.loc("acc"), TypeRange{acc.getType(), sum.getType()}, live,
                                      /*withElseRegion=*/true);
      OpBuilder::InsertionGuard guard(k.builder);
      k.builder.setInsertionPointToStart(branch.elseBlock());
      scf::YieldOp::create(k.builder, k.location, ValueRange{acc, sum});
      k.builder.setInsertionPointToStart(branch.thenBlock());
      auto [nextAcc, nextSum] = add();
      scf::YieldOp::create(k.builder, k.location, ValueRange{nextAcc, nextSum});
      acc = branch.getResult(0);
      sum = branch.getResult(1);
    }
    finish(acc, sum);
    loop.erase();
  }

 private:
  struct Part {
    TileCloner cloner;
    IRMapping mapping;
  };

  /// That a row of the warp attends to, those of a causal mask at most the first.
  Value mostKeys() {
    ApplyMaskOp mask = findMask(step.getScores());
    return mask.getCausal() ? k.min(mask.getLength(), k.add(mask.getFirstRow(), kWarpRows), "most_keys")
                            : mask.getLength();
  }

  /// The loop's results from `acc` and `sum`, or by attending again.
  void finish(Value acc, Value sum) {
    auto scores = [&](Value key) { return scoreAgain(key); };
    auto values = [&](Value key) {
      IRMapping mapping;
      mapping.map(loop.getInductionVar(), key);
      return TileCloner(keys, kAgainKeys).clone(k.builder, step.getValues(), mapping);
    };
    PlainState state = checkPlain(k, exponential, acc, sum, element,
                                  {loop.getUpperBound(), [&] { reloadQueries(); }, scores, values}, /*isExact=*/true);
    reduce.replaceAllUsesWith(state.sum);
    reduce.erase();
    loop.getResult(0).replaceUsesWithIf(state.acc, [&](OpOperand& use) {
      return use.getOwner() != state.acc.getDefiningOp() && !state.acc.getDefiningOp()->isAncestor(use.getOwner());
    });
  }

  /// Their registers have other uses by then, and are too few for wide heads here; their place in shared memory may
  /// have the next rows: they go where results are staged, and are read there.
  void reloadQueries() {
    queries = store.getStaging();
    if (queries == tile) return;
    Value again = k.create<CopyAsyncOp>("q_copy", Scope::Warp, copy.getRows(), queries, copy.getValid(), Value());
    Value group = k.create<CommitGroupOp>("q_group", again);
    k.create<WaitGroupOp>("", group, 0);
    k.create<BarrierOp>("", Scope::Warp);
  }

  /// By a product of one warp: the others of its warpgroup may have nothing to do again.
  Value scoreAgain(Value key) {
    IRMapping mapping;
    mapping.map(loop.getInductionVar(), key);
    TileCloner cloner(keys, kAgainKeys);
    Value block = cloner.clone(k.builder, product.getB(), mapping);
    Value scores = k.mma("scores", MmaForm::NT, queries, block, k.fillAcc("scores", kAgainKeys, 0.0));
    mapping.map(wait.getResult(), scores);
    return cloner.clone(k.builder, step.getScores(), mapping);
  }

  KernelBuilder k;
  KeyLoop keys;
  scf::ForOp loop;
  SoftmaxStepOp step;
  MmaWaitOp wait;
  MmaIssueOp product;
  ReduceSumOp reduce;
  Value tile;         ///< of Q
  CopyAsyncOp copy;   ///< to that; null where results are staged there
  StoreRowsOp store;  ///< of the result
  Type element;
  Value queries;  ///< for those who attend again
  Exponential exponential{ExpBase::E, 1.0};
};

}  // namespace

bool expandPlain(SoftmaxStepOp step, ScheduleAttr schedule) {
  if (schedule.getFamily() != Family::Single || !mayBePlain(step.getValues().getType().getElementType())) return false;
  if (!step.getWarpgroup() && step.getAcc().getType().getCols() > kMostWarpColumns) return false;
  std::optional<KeyLoop> keys = matchKeyLoop(step);
  MmaWaitOp wait = findWait(step.getScores());
  auto product = wait ? wait.getPending().getDefiningOp<MmaIssueOp>() : MmaIssueOp();
  Value tile = product ? product.getA() : Value();
  if (auto load = tile ? tile.getDefiningOp<LoadOperandOp>() : LoadOperandOp()) tile = load.getTile();
  ApplyMaskOp mask = findMask(step.getScores());
  if (!keys || !tile || !mask || !keys->loop.isDefinedOutsideOfLoop(mask.getFirstRow())) return false;
  CopyAsyncOp copy;
  for (Operation* user : tile.getUsers())
    if (auto writer = dyn_cast<CopyAsyncOp>(user)) copy = writer;
  Value sum = keys->loop.getResult(2);
  auto reduce = sum.hasOneUse() ? dyn_cast<ReduceSumOp>(*sum.user_begin()) : ReduceSumOp();
  StoreRowsOp store;
  for (Operation* user : keys->loop.getResult(0).getUsers())
    if (auto normalize = dyn_cast<NormalizeOp>(user); normalize && normalize->hasOneUse())
      store = dyn_cast<StoreRowsOp>(*normalize->user_begin());
  if (!reduce || !store || !keys->loop.getResult(1).use_empty()) return false;
  // Q is still where results are staged, or comes there again.
  if (store.getStaging() != tile && (!copy || store.getStaging().getType() != tile.getType())) return false;
  OpBuilder builder(step);
  PlainLoop loop(builder, *keys, wait, reduce, tile, copy, store);
  int64_t granted = registersGranted(schedule.getWarps() * schedule.getMinBlocks());
  int64_t acc = step.getAcc().getType().getCols() / 2;
  if (schedule.getSoftmax() != Softmax::SinglePass) {
    if (step.getWarpgroup() && acc + keys->block / 2 + keys->block / 4 > granted * 2 / 3) return false;
    loop.roll();
    return true;
  }
  if (!step.getWarpgroup() || llvm::alignTo(keys->capacity, kWarpRows) > uint64_t(keys->block)) {
    loop.unrollTiles();
    return true;
  }
  // Beside the output and the weights of one part lie the scores of the next; two thirds of the registers are what
  // ptxas (13.0) can give them over the shapes of test/nvrtc, and where that is too little a single part spills too.
  // Three parts are no faster than two, and it serialises their products.
  int64_t half = llvm::divideCeil(keys->capacity, 2);
  int64_t addresses = step.getAcc().getType().getCols() > kPanelColumns ? kPanelRegisters : 0;
  bool isDivided = half >= kLeastPart && acc >= kLeastOutput;
  if (isDivided && acc + half / 4 + half / 2 + addresses > granted * 2 / 3) return false;
  loop.unroll(isDivided ? 2 : 1);
  return true;
}

}  // namespace raggedc
