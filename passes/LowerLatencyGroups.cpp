//===- LowerLatencyGroups.cpp - latency with products of warpgroups --------===//
//
// For launches of few blocks with long sequences. A block has 64 or 128 rows and
// two to four ways, each a warpgroup for 64 rows, that divide its keys: way w has
// tiles w, w + ways, w + 2 ways, ... of block_n keys, so that short sequences are
// divided too. A way copies its own tiles into slots of its own, ahead of those it
// computes, and waits for nobody else's; its softmax is online, or weights are
// plain (PlainWeights.h). At the end the ways join what they have, as in
// LowerLatency.cpp.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerToKernel.h"
#include "passes/PlainWeights.h"

namespace raggedc {

using namespace mlir;
using namespace mlir::ragged_kernel;

namespace {

constexpr int64_t kGroupRows = kWarpgroupWarps * kWarpRows;
constexpr int64_t kPartKeys = 32;  ///< of a tile of keys that the sequence soon ends in
constexpr int64_t kMostWays = 4;

class LatencyGroupsKernel {
 public:
  explicit LatencyGroupsKernel(AttentionFrame frame)
      : f(frame),
        k(frame.k),
        rows(f.candidate.rowsPerBlock),
        tiles(rows / kWarpRows),
        ways(getWays(f.candidate)),
        keys(f.candidate.blockN),
        stages(f.candidate.stages),
        isPlain(isPlainLatency(f)),
        element(f.op.getElementType()) {}

  void build() {
    Value warpgroup = k.create<WarpgroupIdOp>("warpgroup");
    Value warp = k.create<WarpIdOp>("warp_id");
    int64_t groups = rows / kGroupRows;
    Value way = k.div(warpgroup, groups, "way");
    Value tile = k.rem(warp, tiles, "row_tile");
    row = k.add(f.firstRow, k.mul(tile, kWarpRows), "row");
    // A causal block needs no key beyond its last row.
    end = f.shape.causal ? k.min(f.length, k.add(f.firstRow, rows), "keys_needed") : f.length;
    Value firstKey = k.mul(way, keys, "first_key");

    Value qTiles = alloc("q_tiles", f.plan.q, f.plan.qLayout, {groups, kGroupRows, f.shape.headDim});
    kSlots =
        k.slot("k_slots", alloc("k_tiles", f.plan.k, f.plan.kLayout, {ways, f.plan.slotRows, f.shape.headDim}), way);
    vSlots =
        k.slot("v_slots", alloc("v_tiles", f.plan.v, f.plan.vLayout, {ways, stages * keys, f.shape.headDimV}), way);
    copyQ(qTiles, groups);
    q = k.slot("q_group", qTiles, groups == 1 ? k.index(0) : k.rem(warpgroup, groups));
    for (int64_t i = 0; i < stages; ++i) copyIfReached(k.add(firstKey, i * turn(), "key"), k.index(i));
    k.create<WaitGroupOp>("", ValueRange{}, stages - 1);
    k.create<BarrierOp>("", Scope::Block,
                        /*async=*/true);  // all warps copied Q; the first tile of each way is there too
    State state = loopOverKeys(firstKey);

    // A way's keys are dead once all its warps are through, and its results lie where they were.
    Value partials = allocPartials(f, kSlots);
    Value sum = k.create<ReduceSumOp>("sum", state.sum);
    k.create<BarrierOp>("", Scope::Group, false, tiles);
    Value queries;
    if (isPlain) queries = k.sharedRows("q_rows_tile", q, k.mul(k.rem(warp, kWarpgroupWarps), kWarpRows), kWarpRows);
    joinWays(f, {state.acc, state.max, sum, way, tile, row, queries}, partials);
  }

 private:
  struct State {
    Value acc, max, sum;  ///< no maximum where weights are plain
  };

  /// Keys from a tile of a way to its next one.
  int64_t turn() const { return ways * keys; }

  Value alloc(StringRef name, int64_t offset, LayoutAttr layout, ArrayRef<int64_t> sizes) {
    Type type = SharedType::get(k.builder.getContext(), sizes, element, layout);
    return k.create<AllocSharedOp>(name, type, offset);
  }

  /// All warps copy Q: one group.
  void copyQ(Value qTiles, int64_t groups) {
    SmallVector<Value> copies;
    for (int64_t group = 0; group < groups; ++group) {
      Value first = k.add(f.firstRow, group * kGroupRows, group == 0 ? "" : "group_row");
      Value source = k.create<RowsFromOp>("q_group_rows", f.qRows.getType(), f.qRows, first);
      copies.push_back(k.create<CopyAsyncOp>("q_copy", Scope::Group, source, k.slot("q_slot", qTiles, k.index(group)),
                                             k.sub(f.length, first, "rows_left"), Value(), f.candidate.warps));
    }
    k.create<CommitGroupOp>("q_group", copies);
  }

  /// Starts copying the tile of keys from `key` on into a slot, if there is one. It is a group of copies either way.
  void copyIfReached(Value key, Value slot) {
    {
      OpBuilder::InsertionGuard guard(k.builder);
      Value isReached = k.compare(arith::CmpIPredicate::slt, key, end);
      auto branch = scf::IfOp::create(k.builder, k.location, isReached, /*withElseRegion=*/false);
      k.builder.setInsertionPointToStart(branch.thenBlock());
      Value left = k.sub(end, key, "keys_left");
      auto copy = [&](StringRef name, Value from, Value slots) {
        Value source = k.create<RowsFromOp>((name + "_tile_rows").str(), from.getType(), from, key);
        k.create<CopyAsyncOp>((name + "_copy").str(), Scope::Group, source, tileOf(name, slots, slot), left, Value(),
                              tiles);
      };
      copy("k", f.kRows, kSlots);
      copy("v", f.vRows, vSlots);
    }
    k.create<CommitGroupOp>("group", ValueRange{});
  }

  Value tileOf(StringRef name, Value slots, Value slot) {
    return k.sharedRows((name + "_tile").str(), slots, k.mul(slot, keys), keys);
  }

  State loopOverKeys(Value firstKey) {
    SmallVector<Value> start{k.fillAcc("acc", f.shape.headDimV, 0.0)};
    if (!isPlain) start.push_back(k.fillRows("max", -INFINITY));
    start.push_back(k.fillRows("sum", 0.0));
    // A way that has no tile has nothing to do but join.
    auto loop = k.create<scf::ForOp>("", firstKey, end, k.index(turn()), start);
    OpBuilder::InsertionGuard guard(k.builder);
    k.builder.setInsertionPointToStart(loop.getBody());
    Value key = loop.getInductionVar();
    key.setLoc(k.loc("key"));
    ValueRange args = loop.getRegionIterArgs();
    args.front().setLoc(k.loc("acc"));
    if (!isPlain) args[1].setLoc(k.loc("max"));
    args.back().setLoc(k.loc("sum"));
    Value number = k.div(key, turn(), "number");  // of this tile, among those of the way
    {
      OpBuilder::InsertionGuard inner(k.builder);
      Value isLater = k.compare(arith::CmpIPredicate::sgt, key, firstKey);
      auto branch = scf::IfOp::create(k.builder, k.location, isLater, /*withElseRegion=*/false);
      k.builder.setInsertionPointToStart(branch.thenBlock());
      // Behind the barrier this tile is there, and the slot of the one before it is free.
      k.create<WaitGroupOp>("", ValueRange{}, stages - 2);
      k.create<BarrierOp>("", Scope::Group, /*async=*/true, tiles);
      copyIfReached(k.add(key, (stages - 1) * turn(), "next_key"),
                    k.rem(k.add(number, stages - 1), stages, "free_slot"));
    }
    Value slot = k.rem(number, stages, "slot");
    Value kTile = tileOf("k", kSlots, slot), vTile = tileOf("v", vSlots, slot);
    scf::YieldOp::create(k.builder, k.location,
                         keys > kPartKeys ? stepOrPart(args, kTile, vTile, key) : step(args, kTile, vTile, key));
    ValueRange results = loop.getResults();
    return {results.front(), isPlain ? Value() : results[1], results.back()};
  }

  /// A tile of keys or, where the sequence ends soon after its first, a part of it that wastes less.
  SmallVector<Value> stepOrPart(ValueRange states, Value kTile, Value vTile, Value key) {
    Value isMore = k.compare(arith::CmpIPredicate::slt, k.add(key, kPartKeys), end);
    auto branch = scf::IfOp::create(k.builder, k.location, states.getTypes(), isMore, /*withElseRegion=*/true);
    auto fill = [&](Block* block, int64_t count) {
      OpBuilder::InsertionGuard guard(k.builder);
      k.builder.setInsertionPointToStart(block);
      scf::YieldOp::create(k.builder, k.location,
                           count == keys ? step(states, kTile, vTile, key)
                                         : step(states, k.sharedRows("k_part", kTile, k.index(0), count),
                                                k.sharedRows("v_part", vTile, k.index(0), count), key));
    };
    fill(branch.thenBlock(), keys);
    fill(branch.elseBlock(), kPartKeys);
    return branch.getResults();
  }

  /// Scores, masks and softmax of the keys of a tile, the first of which is `key` of the sequence.
  SmallVector<Value> step(ValueRange states, Value kTile, Value vTile, Value key) {
    int64_t count = cast<SharedType>(kTile.getType()).getRows();
    Value scores = k.mma("scores", MmaForm::NT, q, kTile, k.fillAcc("scores", count, 0.0), /*warpgroup=*/true);
    scores = k.create<ScaleOp>("scores", scores, k.f32(f.op.getScaleOrDefault()));
    scores = k.create<ApplyMaskOp>("scores", scores, row, key, end, f.shape.causal);
    if (isPlain) {
      // As few keys as that are one tile's, or the part of one.
      Value max = count <= kPartKeys ? takeMaxOfFew(k, scores, f.length) : Value();
      Value weights = weighPlainly(k, {ExpBase::E, 1.0}, scores, max);
      Value sum = k.create<RowSumOp>("sum", weights, states[1]);
      Value p = k.toOperand("p", weights, element);
      return {k.mma("acc", MmaForm::NN, p, vTile, states[0], /*warpgroup=*/true), sum};
    }
    auto step = SoftmaxStepOp::create(k.builder, k.location, states.getTypes(), scores, vTile, states[0], states[1],
                                      states[2], /*warpgroup=*/true);
    return step.getResults();
  }

  AttentionFrame f;
  KernelBuilder& k;
  int64_t rows, tiles, ways;  ///< of a block; 16 of them each; warpgroups that share 64
  int64_t keys, stages;       ///< of a tile; slots of a way
  bool isPlain;
  Type element;
  Value row, end;  ///< the warp's first; of the keys
  Value q, kSlots, vSlots;
};

}  // namespace

void buildLatencyGroups(const AttentionFrame& frame) {
  LatencyGroupsKernel(frame).build();
}

LogicalResult checkLatencyGroups(ragged::AttentionOp op, ScheduleAttr schedule) {
  auto expect = [&](StringRef name, const Twine& what, int64_t got) {
    return op.emitOpError() << "expected " << name << " of the schedule to be " << what << ", got " << got;
  };
  int64_t warps = schedule.getWarps(), rows = schedule.getRowsPerBlock();
  if (rows != kGroupRows && rows != 2 * kGroupRows) return expect("rows_per_block", "64 or 128", rows);
  int64_t tiles = rows / kWarpRows, ways = warps / tiles;
  if (ways < 2 || ways > kMostWays || warps % tiles != 0)
    return expect("warps", "2 to 4 times " + Twine(tiles) + ", the tiles of 16 rows", warps);
  if (schedule.getStages() < 2) return expect("stages", "at least 2", schedule.getStages());
  if (schedule.getQInRegisters() || schedule.getSoftmax() != Softmax::Online)
    return op.emitOpError()
           << "expected products of warpgroups in the family latency to have q in shared memory and the online softmax";
  return success();
}

}  // namespace raggedc
