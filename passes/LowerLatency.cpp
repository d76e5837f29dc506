//===- LowerLatency.cpp - few rows a block, keys divided among its warps ---===//
//
// For launches that do not fill the chip. A block has one to four tiles of 16
// rows and, for each, a few warps ("ways") with a share of the keys each. A way
// copies its own keys and waits for nobody else's; all scores of its rows are in
// registers at once. At the end the ways of a tile join what they have.
//
//   way_keys = ceil(keys / ways), in sixteens       way w has keys from w * way_keys on
//
// so that a short sequence is divided too. The tile that a way computes has the
// width of its capacity, of a half or a quarter of it, whichever holds way_keys:
// no branches around parts of a tile, and at most twice the work. Where the
// capacity is large, it has tiles of 32 keys instead and skips those that the
// sequence does not reach. With products of warpgroups: LowerLatencyGroups.cpp.
//
// Where weights are plain (PlainWeights.h) a tile has its output before the next
// has scores, and what the ways have simply adds up: the sum of a row is known
// when they have joined, and the first way's warp attends to rows that stray
// again, over the keys of all ways.
//
//===----------------------------------------------------------------------===//

#include <utility>

#include "llvm/Support/MathExtras.h"
#include "passes/LowerToKernel.h"
#include "passes/PlainWeights.h"

namespace raggedc {

using namespace mlir;
using namespace mlir::ragged_kernel;

namespace {

constexpr size_t kWidths = 3;      ///< that a way chooses from
constexpr int64_t kWidest = 80;    ///< keys of a tile of scores
constexpr int64_t kPartKeys = 32;  ///< where there are more: few enough for 128 registers at 160 keys of dimension 64

class LatencyKernel {
 public:
  explicit LatencyKernel(AttentionFrame frame)
      : f(frame),
        k(frame.k),
        tiles(f.candidate.rowsPerBlock / kWarpRows),
        ways(getWays(f.candidate)),
        isPlain(isPlainLatency(f)),
        element(f.op.getElementType()) {
    int64_t most = f.candidate.blockN;
    if (most > kWidest) {
      widths.push_back(most);
      return;
    }
    for (int64_t width = most; widths.size() < kWidths; width = halve(width)) {
      widths.insert(widths.begin(), width);
      if (halve(width) == width) break;
    }
  }

  void build() {
    Value warp = k.create<WarpIdOp>("warp_id");
    tile = k.rem(warp, tiles, "row_tile");
    way = k.div(warp, tiles, "way");
    row = k.add(f.firstRow, k.mul(tile, kWarpRows), "row");
    int64_t rows = f.candidate.rowsPerBlock;
    // A causal block needs no key beyond its last row.
    Value end = f.shape.causal ? k.min(f.length, k.add(f.firstRow, rows), "keys_needed") : f.length;
    Value wayTiles = k.div(k.add(end, ways * kWarpRows - 1), ways * kWarpRows);
    wayKeys = k.mul(wayTiles, kWarpRows, "way_keys");
    firstKey = k.create<arith::MulIOp>("first_key", way, wayKeys);
    wayEnd = k.min(end, k.add(firstKey, wayKeys), "way_end");

    Value qTile = alloc("q_tile", f.plan.q, {rows, f.shape.headDim});
    kSlot = k.slot("k_slot", alloc("k_tiles", f.plan.k, {ways, f.plan.slotRows, f.shape.headDim}), way);
    vSlot = k.slot("v_slot", alloc("v_tiles", f.plan.v, {ways, f.candidate.blockN, f.shape.headDimV}), way);
    // All warps copy Q: one group. Q and K go first: V is awaited when it is needed.
    Value block = k.create<RowsFromOp>("q_block_rows", f.qRows.getType(), f.qRows, f.firstRow);
    Value left = k.sub(f.length, f.firstRow, "block_rows_left");
    Value qCopy = k.create<CopyAsyncOp>("q_copy", Scope::Group, block, qTile, left, Value(), f.candidate.warps);
    Value kCopy = copyParts("k", f.kRows, kSlot);
    Value kGroup = k.create<CommitGroupOp>("qk_group", ValueRange{qCopy, kCopy});
    Value vCopy = copyParts("v", f.vRows, vSlot);
    vGroup = k.create<CommitGroupOp>("v_group", vCopy);
    k.create<WaitGroupOp>("", kGroup, 1);
    k.create<BarrierOp>("", Scope::Block);  // all warps copied Q
    Value queries = q = k.sharedRows("q_rows_tile", qTile, k.mul(tile, kWarpRows), kWarpRows);
    if (f.candidate.qInRegisters) {
      Type type = OperandType::get(k.builder.getContext(), kWarpRows, f.shape.headDim, element);
      q = k.create<LoadOperandOp>("q_operand", type, q);
    }
    State state = attendUpTo(widths.size() - 1);

    // A way's keys are dead, and its results lie where they were.
    Value partials = allocPartials(f, kSlot);
    Value sum = k.create<ReduceSumOp>("sum", state.sum);
    joinWays(f, {state.acc, state.max, sum, way, tile, row, isPlain ? queries : Value()}, partials);
  }

 private:
  struct State {
    Value acc, max, sum;  ///< no maximum where weights are plain

    SmallVector<Value> list() const { return max ? SmallVector<Value>{acc, max, sum} : SmallVector<Value>{acc, sum}; }
    static State of(ValueRange list) {
      return list.size() == 3 ? State{list[0], list[1], list[2]} : State{list[0], Value(), list[1]};
    }
  };

  Value alloc(StringRef name, int64_t offset, ArrayRef<int64_t> sizes) {
    auto layout = LayoutAttr::forRowBytes(k.builder.getContext(), sizes.back() * f.shape.elementBytes);
    Type type = SharedType::get(k.builder.getContext(), sizes, element, layout);
    return k.create<AllocSharedOp>(name, type, offset);
  }

  static int64_t halve(int64_t keys) { return llvm::alignTo(llvm::divideCeil(keys, 2), kWarpRows); }

  /// The way's keys in the narrowest tile that holds them, of the widths up to `most`.
  State attendUpTo(size_t most) {
    if (most == 0) return attend(widths[0]);
    Type acc = AccType::get(k.builder.getContext(), kWarpRows, f.shape.headDimV, k.builder.getF32Type());
    Type rows = RowVectorType::get(k.builder.getContext(), kWarpRows);
    Value isMore = k.compare(arith::CmpIPredicate::sgt, wayKeys, k.index(widths[most - 1]));
    SmallVector<Type> types{acc, rows};
    if (!isPlain) types.push_back(rows);
    auto branch = scf::IfOp::create(k.builder, k.location, types, isMore, /*withElseRegion=*/true);
    auto fill = [&](Block* block, function_ref<State()> build) {
      OpBuilder::InsertionGuard guard(k.builder);
      k.builder.setInsertionPointToStart(block);
      scf::YieldOp::create(k.builder, k.location, build().list());
    };
    fill(branch.thenBlock(), [&] { return attend(widths[most]); });
    fill(branch.elseBlock(), [&] { return attendUpTo(most - 1); });
    return State::of(branch.getResults());
  }

  State attend(int64_t width) {
    // `ragged-kernel-pipeline-loads` moves this wait to the product with V.
    k.create<WaitGroupOp>("", vGroup, 0);
    k.create<BarrierOp>("", Scope::Group, false, tiles);
    Value kTile = k.sharedRows("k_tile", kSlot, k.index(0), width);
    Value vTile = k.sharedRows("v_tile", vSlot, k.index(0), width);
    if (isPlain) return attendPlainly(kTile, vTile);
    State state{k.fillAcc("acc", f.shape.headDimV, 0.0), k.fillRows("max", -INFINITY), k.fillRows("sum", 0.0)};
    if (width <= kWidest) return step(state, kTile, vTile, firstKey);
    auto loop =
        k.create<scf::ForOp>("", k.index(0), wayKeys, k.index(kPartKeys), ValueRange{state.acc, state.max, state.sum});
    OpBuilder::InsertionGuard guard(k.builder);
    k.builder.setInsertionPointToStart(loop.getBody());
    Value key = loop.getInductionVar();
    key.setLoc(k.loc("key"));
    ValueRange carried = loop.getRegionIterArgs();
    State next = step({carried[0], carried[1], carried[2]}, k.sharedRows("k_part", kTile, key, kPartKeys),
                      k.sharedRows("v_part", vTile, key, kPartKeys), k.add(firstKey, key));
    scf::YieldOp::create(k.builder, k.location, ValueRange{next.acc, next.max, next.sum});
    return {loop.getResult(0), loop.getResult(1), loop.getResult(2)};
  }

  /// Without a maximum: of each part of the tile in turn, as far as the way's keys reach.
  State attendPlainly(Value kTile, Value vTile) {
    int64_t width = cast<SharedType>(kTile.getType()).getRows();
    State state{k.fillAcc("acc", f.shape.headDimV, 0.0), Value(), k.fillRows("sum", 0.0)};
    if (width <= kWidest) return stepPlainly(state, kTile, vTile, firstKey, width == widths.front());
    for (int64_t from = 0; from < width; from += kPartKeys) {
      int64_t keys = std::min(kPartKeys, width - from);
      auto add = [&] {
        return stepPlainly(state, k.sharedRows("k_part", kTile, k.index(from), keys),
                           k.sharedRows("v_part", vTile, k.index(from), keys), k.add(firstKey, from), from == 0);
      };
      if (from == 0) {
        state = add();
        continue;
      }
      Value isReached = k.compare(arith::CmpIPredicate::slt, k.index(from), wayKeys);
      auto branch = scf::IfOp::create(k.builder, k.loc("acc"), ValueRange(state.list()).getTypes(), isReached,
                                      /*withElseRegion=*/true);
      OpBuilder::InsertionGuard guard(k.builder);
      k.builder.setInsertionPointToStart(branch.elseBlock());
      scf::YieldOp::create(k.builder, k.location, state.list());
      k.builder.setInsertionPointToStart(branch.thenBlock());
      scf::YieldOp::create(k.builder, k.location, add().list());
      state = State::of(branch.getResults());
    }
    // Results go where keys are read to the end.
    k.create<BarrierOp>("", Scope::Group, false, tiles);
    return state;
  }

  /// `mayBeFew`: where all keys there are may be no more than 16, which are one way's then.
  State stepPlainly(State state, Value kTile, Value vTile, Value key, bool mayBeFew) {
    Value scores = score(kTile, key);
    Value max = mayBeFew ? takeMaxOfFew(k, scores, f.length) : Value();
    Value weights = weighPlainly(k, {ExpBase::E, 1.0}, scores, max);
    Value sum = k.create<RowSumOp>("sum", weights, state.sum);
    return {k.mma("acc", MmaForm::NN, k.toOperand("p", weights, element), vTile, state.acc), Value(), sum};
  }

  /// Starts copying the way's rows, as many as the tile has that will hold them; returns the first copy.
  Value copyParts(StringRef name, Value rows, Value slot) {
    Value first;
    auto copyPart = [&](int64_t from, int64_t to) {
      OpBuilder::InsertionGuard guard(k.builder);
      if (from > 0) {
        Value isMore = k.compare(arith::CmpIPredicate::sgt, wayKeys, k.index(from));
        auto branch = scf::IfOp::create(k.builder, k.location, isMore, /*withElseRegion=*/false);
        k.builder.setInsertionPointToStart(branch.thenBlock());
      }
      Value at = k.add(firstKey, from);
      Value source = k.create<RowsFromOp>((name + "_way_rows").str(), rows.getType(), rows, at);
      Value part = k.sharedRows((name + "_part").str(), slot, k.index(from), to - from);
      Value copy = k.create<CopyAsyncOp>((name + "_copy").str(), Scope::Group, source, part,
                                         k.sub(wayEnd, at, "keys_left"), Value(), tiles);
      if (!first) first = copy;
    };
    int64_t done = 0;
    if (widths.back() > kWidest) {
      for (; done < widths.back(); done += kPartKeys) copyPart(done, std::min(done + kPartKeys, widths.back()));
    } else {
      for (int64_t width : widths) copyPart(std::exchange(done, width), width);
    }
    return first;
  }

  /// Scores, masks and softmax of the keys of a tile, the first of which is `key` of the sequence.
  State step(State state, Value kTile, Value vTile, Value key) {
    Value scores = score(kTile, key);
    auto step = SoftmaxStepOp::create(k.builder, k.location,
                                      TypeRange{state.acc.getType(), state.max.getType(), state.sum.getType()}, scores,
                                      vTile, state.acc, state.max, state.sum, /*warpgroup=*/false);
    return {step.getAccOut(), step.getMaxOut(), step.getSumOut()};
  }

  Value score(Value kTile, Value key) {
    int64_t keys = cast<SharedType>(kTile.getType()).getRows();
    Value scores = k.mma("scores", MmaForm::NT, q, kTile, k.fillAcc("scores", keys, 0.0));
    scores = k.create<ScaleOp>("scores", scores, k.f32(f.op.getScaleOrDefault()));
    return k.create<ApplyMaskOp>("scores", scores, row, key, wayEnd, f.shape.causal);
  }

  AttentionFrame f;
  KernelBuilder& k;
  int64_t tiles, ways;  ///< of 16 rows; warps that share one
  bool isPlain;
  Type element;
  SmallVector<int64_t> widths;  ///< of the tiles that a way chooses from, narrow ones first
  Value tile, way, row;         ///< this warp's; `row` is its first
  Value wayKeys, firstKey, wayEnd;
  Value q, kSlot, vSlot, vGroup;
};

}  // namespace

Value allocPartials(const AttentionFrame& f, Value keySlot) {
  KernelBuilder& k = f.k;
  Type type = PartialsType::get(k.builder.getContext(), getWays(f.candidate), f.candidate.rowsPerBlock / kWarpRows,
                                f.shape.headDimV, cast<SharedType>(keySlot.getType()).getSlotBytes());
  return k.create<AllocPartialsOp>("partials", type, f.plan.k);
}

/// 16 rows for each tile of them, where V was.
static SharedType getScratchType(const AttentionFrame& f) {
  return SharedType::get(f.k.builder.getContext(), {f.candidate.rowsPerBlock / kWarpRows, kWarpRows, f.shape.headDim},
                         cast<RowsType>(f.kRows.getType()).getElementType(), f.plan.outLayout);
}

bool isPlainLatency(const AttentionFrame& f) {
  ragged::AttentionOp op = f.op;
  int64_t room =
      f.plan.vLayout.getTileBytes(f.candidate.stages * f.candidate.blockN, f.shape.headDimV * f.shape.elementBytes) *
      getWays(f.candidate);
  return mayBePlain(op.getElementType()) && !f.shape.causal && f.shape.headDim == f.shape.headDimV &&
         getScratchType(f).getBytes() <= room;
}

/// Rows whose sums are too large or too small: under a maximum, with products of the one warp.
static void attendAgain(const AttentionFrame& f, const WayResult& own, Value outRows, Value rowsLeft) {
  KernelBuilder& k = f.k;
  ragged::AttentionOp op = f.op;
  // Nobody reads V any more.
  Value all = k.create<AllocSharedOp>("scratch_tiles", getScratchType(f), f.plan.v);
  Value scratch = k.slot("scratch", all, own.tile);
  double scale = op.getScaleOrDefault();
  auto store = [&](const KeySource& keys) {
    PlainState state = attendUnderMaximum(k, {ExpBase::E, 1.0}, f.shape.headDimV, op.getElementType(), keys);
    Value rows = k.create<NormalizeOp>("acc", state.acc, state.sum);
    k.create<StoreRowsOp>("", rows, outRows, rowsLeft, scratch);
  };
  withPassingKeys(k, own.queries, f.kRows, f.vRows, scratch, f.length, scale, store, /*staysThere=*/true);
}

void joinWays(const AttentionFrame& f, const WayResult& own, Value partials) {
  KernelBuilder& k = f.k;
  bool isPlain = own.queries != nullptr;
  Value max = isPlain ? k.fillRows("max", 0.0) : own.max;
  k.create<StorePartialOp>("", own.acc, max, own.sum, partials, own.way, own.tile);
  k.create<BarrierOp>("", Scope::Block);
  Type partType = PartType::get(k.builder.getContext(), kWarpRows, f.shape.headDimV, getWays(f.candidate));
  Value part =
      isPlain
          ? k.create<AddPartialsOp>("part", partType, partials, own.way, own.tile).getResult()
          : k.create<JoinPartialsOp>("part", partType, ExpBase::E, partials, own.way, own.tile, k.f32(1.0)).getResult();
  Value out = k.create<RowsFromOp>("out_tile_rows", f.outRows.getType(), f.outRows, own.row);
  Value rowsLeft = k.sub(f.length, own.row, "rows_left");
  if (!isPlain) {
    k.create<StorePartOp>("", part, out, own.way, rowsLeft);
    return;
  }
  // All ways have the same sums, and come to the same answer.
  auto branch = scf::IfOp::create(k.builder, k.location, checkRange(k, part), /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(k.builder);
  k.builder.setInsertionPointToStart(branch.elseBlock());
  k.create<StorePartOp>("", part, out, own.way, rowsLeft);
  k.builder.setInsertionPointToStart(branch.thenBlock());
  Value isFirst = k.compare(arith::CmpIPredicate::eq, own.way, k.index(0));
  auto first = scf::IfOp::create(k.builder, k.location, isFirst, /*withElseRegion=*/false);
  k.builder.setInsertionPointToStart(first.thenBlock());
  attendAgain(f, own, out, rowsLeft);
}

void buildLatency(const AttentionFrame& frame) {
  if (frame.candidate.warpgroups) return buildLatencyGroups(frame);
  LatencyKernel(frame).build();
}

LogicalResult checkLatency(ragged::AttentionOp op, ScheduleAttr schedule) {
  if (schedule.getWarpgroups()) return checkLatencyGroups(op, schedule);
  auto expect = [&](StringRef name, const Twine& what, int64_t got) {
    return op.emitOpError() << "expected " << name << " of the schedule to be " << what << ", got " << got;
  };
  int64_t warps = schedule.getWarps(), keys = schedule.getBlockN(), rows = schedule.getRowsPerBlock();
  if (rows < kWarpRows || rows % kWarpRows != 0) return expect("rows_per_block", "a positive multiple of 16", rows);
  int64_t tiles = rows / kWarpRows, ways = warps / tiles;
  if (ways < 2 || ways > 15 || warps % tiles != 0)
    return expect("warps", "2 to 15 times " + Twine(tiles) + ", the tiles of 16 rows", warps);
  int64_t needed = llvm::alignTo(llvm::divideCeil(*op.getMaxSeqlen(), ways), kWarpRows);
  if (keys < needed) return expect("block_n", "at least " + Twine(needed), keys);
  if (schedule.getSoftmax() != Softmax::SinglePass || schedule.getStages() != 1)
    return op.emitOpError() << "expected products of warps in the family latency to have a single pass and one stage";
  return success();
}

}  // namespace raggedc
