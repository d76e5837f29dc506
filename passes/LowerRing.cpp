//===- LowerRing.cpp - the family ring with whole heads in shared memory ---===//
//
// An item is a sequence and head; a stage has its whole Q, K and V. Blocks of 64
// rows go to the warpgroups in turn, across items: who is through with one head
// goes on with the next, which is there already.
//
//===----------------------------------------------------------------------===//

#include "passes/PlainWeights.h"
#include "passes/RingKernel.h"
#include "passes/ShortRows.h"

namespace raggedc {

using namespace mlir;
using namespace mlir::ragged_kernel;

namespace {

class ResidentRing : public RingKernel {
 public:
  using RingKernel::RingKernel;

 private:
  void allocate() override {
    int64_t stages = f.candidate.stages;
    kTiles = allocTile("k_tiles", f.plan.k, f.plan.kLayout, {stages, ring.keyRows, f.shape.headDim});
    vTiles = allocTile("v_tiles", f.plan.v, f.plan.vLayout, {stages, ring.keyRows, f.shape.headDimV});
    queryRows = f.plan.shortRow > 0 ? f.plan.shortRow + kWarpRows : ring.queryRows;
    qTiles = allocTile("q_tiles", f.plan.q, f.plan.qLayout, {stages, queryRows, f.shape.headDim});
    // All threads that copy and, for what the item is, one of them once more. By tensor maps, one for each copy.
    fullQK = allocBarriers("full_qk", stages, ring.tensors ? 2 : kWarpgroupThreads + 1);
    fullV = allocBarriers("full_v", stages, ring.tensors ? 1 : kWarpgroupThreads);
    empty = allocBarriers("empty", stages, ring.consumers * kWarpgroupWarps);
    work = allocWork(stages, 2);
    if (f.plan.shortRow > 0)
      weights = allocTile("p_tiles", f.plan.weights, getWeightsLayout(k.builder.getContext()),
                          {stages, f.plan.shortRow + kWarpRows, kShortRows});
  }

  void produce() override {
    // Stages that nobody has filled yet are past phase 1.
    loopOverItems({k.index(0), k.index(1)}, {"stage", "phase"}, [&](Value item, ValueRange carried) {
      Place stage{carried[0], carried[1], f.candidate.stages};
      auto [head, seq, part] = decode(item);
      Type index = k.builder.getIndexType();
      auto sequence = k.create<SequenceOp>("", index, index, f.offsets, seq, f.shape.capacity);
      Value begin = sequence.getBegin(), length = sequence.getLength();
      Value headKV = k.div(head, f.shape.headsQ / f.shape.headsKV, "kv_head");
      Source qSource = getSource("q", f.qPtr, f.qMap, f.op.getLayoutQ(), begin, head);
      Source kSource = getSource("k", f.kPtr, f.kMap, f.op.getLayoutK(), begin, headKV);
      Source vSource = getSource("v", f.vPtr, f.vMap, f.op.getLayoutV(), begin, headKV);
      Value tailKey = getTailKey(length);
      Value keyLimit = k.add(tailKey, getTailWidth(length, tailKey), "key_limit");
      Value rowLimit = k.roundUp(length, kRingGroupRows, queryRows, "row_limit");

      k.create<WaitBarrierOp>("", empty, stage.slot, stage.phase);
      Value qTile = k.slot("q_tile", qTiles, stage.slot), kTile = k.slot("k_tile", kTiles, stage.slot);
      Value vTile = k.slot("v_tile", vTiles, stage.slot);
      if (ring.tensors) {
        // Results were staged where Q goes now.
        k.create<FenceAsyncOp>("");
        publish(stage.slot, {begin, length}, Value());
        copyTensor("q_item", qSource, k.index(0), qTile, length, rowLimit, fullQK, stage.slot);
        copyTensor("k_item", kSource, k.index(0), kTile, length, keyLimit, fullQK, stage.slot);
        copyTensor("v_item", vSource, k.index(0), vTile, length, keyLimit, fullV, stage.slot);
      } else {
        Value q = copy("q_copy", qSource.rows, qTile, length, rowLimit);
        Value key = copy("k_copy", kSource.rows, kTile, length, keyLimit);
        k.create<ArriveCopiesOp>("", ValueRange{q, key}, fullQK, stage.slot);
        publish(stage.slot, {begin, length}, fullQK);
        Value v = copy("v_copy", vSource.rows, vTile, length, keyLimit);
        k.create<ArriveCopiesOp>("", ValueRange{v}, fullV, stage.slot);
      }
      Place next = advance(stage, "stage");
      return SmallVector<Value>{next.slot, next.phase};
    });
    if (!ring.tensors) k.create<WaitGroupOp>("", ValueRange{}, 0);
  }

  void consume(Value warpgroup) override {
    Value warp = k.create<WarpIdOp>("warp_id");
    Value warpRow = k.mul(k.rem(warp, kWarpgroupWarps), kWarpRows, "warp_row");
    SmallVector<Value> initial{k.index(0), k.index(0), k.index(0)};
    loopOverItems(initial, {"stage", "phase", "turn"}, [&](Value item, ValueRange carried) {
      stage = {k.uniform("stage", carried[0]), carried[1], f.candidate.stages};
      Value turn = carried[2];
      k.create<WaitBarrierOp>("", fullQK, stage.slot, stage.phase);
      SmallVector<Value> words = readWork(stage.slot, {"begin", "length"});
      Value begin = words[0], length = words[1];
      if (!ring.tensors) k.create<FenceAsyncOp>("");
      Value outRows = view("out_rows", f.outPtr, f.op.getLayoutOut(), begin, decode(item).head);
      Value qTile = k.slot("q_tile", qTiles, stage.slot);
      kTile = k.slot("k_tile", kTiles, stage.slot);
      vTile = k.slot("v_tile", vTiles, stage.slot);
      Value tailKey = getTailKey(length);
      Value first = k.mul(takeTurn(warpgroup, turn), kRingGroupRows);
      loop("group_row", first, length, k.index(ring.consumers * kRingGroupRows), {}, {},
           [&](Value groupRow, ValueRange) {
             groupRow = k.uniform("group_row", groupRow);
             if (int64_t last = f.plan.shortRow) {
               Value isShort = k.compare(arith::CmpIPredicate::eq, groupRow, k.index(last));
               auto split = scf::IfOp::create(k.builder, k.location, isShort, /*withElseRegion=*/true);
               k.builder.setInsertionPointToStart(split.thenBlock());
               Value q = k.sharedRows("q_rows", qTile, k.index(last), kWarpRows);
               Value slot = k.slot("p_tile", weights, stage.slot);
               Value warpOfGroup = k.rem(warp, kWarpgroupWarps, "warp_of_group");
               buildShortRows(k, {ExpBase::Two, scale}, element,
                              {last, length, q, kTile, vTile, slot, warpOfGroup, outRows, 1.0, [&] { awaitValues(); }});
               k.builder.setInsertionPointToStart(split.elseBlock());
             }
             Value row = k.add(groupRow, warpRow, "row");
             Queries q{k.sharedRows("q_group", qTile, groupRow, kRingGroupRows),
                       k.sharedRows("q_warp", qTile, row, kWarpRows)};
             // The result is staged where the warp's Q was.
             store(attend({}, q, length, tailKey), q, outRows, row, length);
             return SmallVector<Value>{};
           });
      // Those without rows too: a phase that nobody waits for could be taken for a later one.
      k.create<WaitBarrierOp>("", fullV, stage.slot, stage.phase);
      k.create<ArriveOp>("", true, empty, stage.slot);
      Value turnAfter =
          k.create<arith::RemSIOp>("turn_after", k.add(turn, countGroups(length)), k.index(ring.consumers));
      Place next = advance(stage, "stage");
      return SmallVector<Value>{next.slot, next.phase, turnAfter};
    });
  }

  Tile takeKeys(State&, Value key, int64_t rows) override {
    return {k.sharedRows("k_keys", kTile, k.uniform("key", key), rows), {}};
  }

  /// V is awaited for the first product with it, which is that of the tail.
  Tile takeValues(State& state, Value key, int64_t rows) override {
    if (!state.acc) awaitValues();
    return {k.sharedRows("v_keys", vTile, k.uniform("v_key", key), rows), {}};
  }

  void awaitValues() {
    k.create<WaitBarrierOp>("", fullV, stage.slot, stage.phase);
    if (!ring.tensors) k.create<FenceAsyncOp>("");
  }

  void release(Tile) override {}  // the whole stage at the end

  void settle(State& state, Queries q, Value length) override {
    if (!plain) return RingKernel::settle(state, q, length);
    PlainState settled;
    withResidentKeys(k, q.ofWarp, kTile, vTile, length, 1.0, [&](const KeySource& keys) {
      settled = checkPlain(k, {ExpBase::Two, scale}, state.acc, state.sum, element, keys, /*isExact=*/true);
    });
    state.acc = settled.acc, state.sum = settled.sum;
  }

  Value kTiles, vTiles, fullQK, fullV, empty;
  int64_t queryRows;   ///< of a stage
  Value weights;       ///< of the last rows, if they have products of their own
  Place stage;         ///< of the item that is computed
  Value kTile, vTile;  ///< its
};

}  // namespace

void buildRing(const RingFrame& frame) {
  if (RingShape::of(frame.candidate, frame.shape).streaming) return buildRingStream(frame);
  ResidentRing(frame).build();
}

LogicalResult checkRing(ragged::AttentionOp op, ScheduleAttr schedule) {
  AttentionShape shape = AttentionShape::of(op);
  if (shape.causal) return op.emitOpError() << "expected the family ring to have no causal mask";
  if (shape.headDim != shape.headDimV || shape.headDim > kRingMostHeadDim)
    return op.emitOpError() << "expected the family ring to have one head dimension of at most " << kRingMostHeadDim
                            << ", got " << shape.headDim << " and " << shape.headDimV;
  if (!schedule.getWarpgroups() || schedule.getQInRegisters() || schedule.getSoftmax() != Softmax::Online ||
      (schedule.getWarps() != kRingWarps && schedule.getWarps() != kRingWarps - kWarpgroupWarps) ||
      schedule.getMinBlocks() != 1)
    return op.emitOpError() << "expected the family ring to have products of warpgroups with q in shared memory, the "
                               "online softmax, 16 or 12 warps and one block a multiprocessor";
  RingShape ring = RingShape::of(Candidate::of(schedule), shape);
  if (int64_t most = ring.consumers * kRingGroupRows; ring.streaming && ring.queryRows > most)
    return op.emitOpError() << "expected rows_per_block of the family ring to be at most " << most
                            << ", or to have all of the capacity, got " << ring.queryRows;
  if (int64_t stages = schedule.getStages(); stages < ring.getFewestStages())
    return op.emitOpError() << "expected at least " << ring.getFewestStages() << " stages of the family ring, got "
                            << stages;
  if (ring.tensors && !RingShape::mayCopyTensors(Candidate::of(schedule), shape))
    return op.emitOpError() << "expected copies by tensor maps where rows are multiples of 128 bytes, or 32 or 64, got "
                            << shape.headDim * shape.elementBytes;
  int64_t most = ring.getMostChunk(shape.headDim);
  if (int64_t keys = schedule.getBlockN(); keys < kRingLeastChunk || keys > most)
    return op.emitOpError() << "expected block_n of the family ring to be from " << kRingLeastChunk << " to " << most
                            << ", got " << keys;
  int64_t bytes = planShared(op.getContext(), Candidate::of(schedule), shape, op.getElementType()).bytes;
  if (bytes > kMaxSharedBytes)
    return op.emitOpError() << "expected the stages of the family ring to fit " << kMaxSharedBytes
                            << " bytes of shared memory, got " << bytes;
  return success();
}

}  // namespace raggedc
