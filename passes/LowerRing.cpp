//===- LowerRing.cpp - blocks that stay, with warpgroups that copy ---------===//
//
// A block takes one item of work after the other: item = block, block + grid, ...
// Its last warpgroup copies, far ahead of the others, which compute. What is
// copied lies in slots that have two barriers each, full and empty, and the two
// sides walk around the slots with a slot number and a phase (RingShape.h has
// how keys are divided).
//
//   resident     an item is a sequence and head, a slot has its whole Q, K, V.
//                Blocks of 64 rows go to the warpgroups in turn, across items.
//   streaming    an item is a group of rows of one, whose Q has a buffer of its
//                own; a slot has a tile of K or V, in the order of their use:
//                K tail, K 0, V tail, K 1, V 0, ..., V last.
//
// The scores of a chunk and the output of the chunk before are issued together,
// so that the second runs under the softmax of the first:
//
//   scores = Q Ktail; mask; softmax                     p
//   for each chunk: issue scores = Q K, issue out += p Vbefore; wait for scores
//                   softmax                             p, correction
//                   wait for out; out *= correction
//   out += p Vlast
//
//===----------------------------------------------------------------------===//

#include "llvm/Support/MathExtras.h"
#include "passes/LowerToKernel.h"
#include "passes/RingShape.h"

namespace raggedc {

using namespace mlir;
using namespace mlir::ragged_kernel;
using ragged::AttentionOp;

namespace {

constexpr int64_t kWarpgroupWarps = 4;

class RingKernel {
 public:
  explicit RingKernel(RingFrame frame)
      : f(frame),
        k(frame.k),
        ring(RingShape::of(frame.candidate, frame.shape)),
        element(frame.op.getElementType()),
        scale(frame.op.getScaleOrDefault() * llvm::numbers::log2e) {}

  void build() {
    allocate();
    k.create<BarrierOp>("", Scope::Block);
    Value warpgroup = k.create<WarpgroupIdOp>("warpgroup");
    block = k.create<BlockIdOp>("block_id", GridAxis::X);
    grid = k.create<GridSizeOp>("blocks", GridAxis::X);
    items = k.mul(f.batch, f.shape.headsQ * ring.items, "items");
    Value copies = k.compare(arith::CmpIPredicate::eq, warpgroup, k.index(kRingConsumers));
    auto split = scf::IfOp::create(k.builder, k.location, copies, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(k.builder);
    k.builder.setInsertionPointToStart(split.thenBlock());
    k.create<SetRegistersOp>("", false, kRingProducerRegisters);
    produce();
    k.builder.setInsertionPointToStart(split.elseBlock());
    k.create<SetRegistersOp>("", true, kRingConsumerRegisters);
    consume(warpgroup);
  }

 private:
  /// A slot of a ring of `count`, and the phase that its barriers are in.
  struct Place {
    Value slot, phase;
    int64_t count;
  };

  /// What a row block has come to.
  struct State {
    Value acc, max, sum, p;
  };

  struct Tile {
    Value tile, slot;
  };

  //===--- Shared memory --------------------------------------------------===//

  Value allocTile(StringRef name, int64_t offset, LayoutAttr layout, ArrayRef<int64_t> sizes) {
    Type type = SharedType::get(k.builder.getContext(), sizes, element, layout);
    return k.create<AllocSharedOp>(name, type, offset);
  }

  Value allocBarriers(StringRef name, int64_t count, int64_t arrivals) {
    Type type = BarriersType::get(k.builder.getContext(), count);
    Value barriers = k.create<AllocBarriersOp>(name, type, nextBarrier);
    nextBarrier += 8 * count;
    k.create<InitBarriersOp>("", barriers, arrivals);
    return barriers;
  }

  void allocate() {
    int64_t stages = f.candidate.stages, threads = kWarpgroupWarps * 32, readers = kRingConsumers * kWarpgroupWarps;
    int64_t queries = ring.streaming ? kRingQueryBuffers : stages;
    nextBarrier = f.plan.ring.barriers;
    if (ring.streaming) {
      kTiles = vTiles = allocTile("kv_tiles", f.plan.k, f.plan.kLayout, {stages, ring.keyRows, f.shape.headDim});
    } else {
      kTiles = allocTile("k_tiles", f.plan.k, f.plan.kLayout, {stages, ring.keyRows, f.shape.headDim});
      vTiles = allocTile("v_tiles", f.plan.v, f.plan.vLayout, {stages, ring.keyRows, f.shape.headDimV});
    }
    qTiles = allocTile("q_tiles", f.plan.q, f.plan.qLayout, {queries, ring.queryRows, f.shape.headDim});
    // All copying threads and, for what the item is, one of them once more.
    fullItem = allocBarriers(ring.streaming ? "full_item" : "full_qk", queries, ring.streaming ? 1 : threads + 1);
    fullTile = allocBarriers(ring.streaming ? "full_kv" : "full_v", stages, threads);
    emptyItem = allocBarriers(ring.streaming ? "empty_item" : "empty", queries, readers);
    if (ring.streaming) emptyTile = allocBarriers("empty_kv", stages, readers);
    Type workType = SharedType::get(k.builder.getContext(), {2 * queries}, k.builder.getI32Type(), LayoutAttr());
    work = k.create<AllocSharedOp>("work", workType, f.plan.ring.work);
  }

  //===--- Loops ----------------------------------------------------------===//

  /// `body` gets the induction variable and what is carried, and returns that of the next turn.
  scf::ForOp loop(StringRef name, Value from, Value to, Value step, ValueRange initial, ArrayRef<StringRef> names,
                  function_ref<SmallVector<Value>(Value, ValueRange)> body) {
    auto op = k.create<scf::ForOp>("", from, to, step, initial);
    OpBuilder::InsertionGuard guard(k.builder);
    k.builder.setInsertionPointToStart(op.getBody());
    op.getInductionVar().setLoc(k.loc(name));
    for (auto [argument, argumentName] : llvm::zip(op.getRegionIterArgs(), names)) argument.setLoc(k.loc(argumentName));
    SmallVector<Value> next = body(op.getInductionVar(), op.getRegionIterArgs());
    // Without anything carried the builder has made the terminator.
    if (!initial.empty()) scf::YieldOp::create(k.builder, k.location, next);
    return op;
  }

  /// Over the items of this block.
  scf::ForOp loopOverItems(ValueRange initial, ArrayRef<StringRef> names,
                           function_ref<SmallVector<Value>(Value, ValueRange)> body) {
    return loop("item", block, items, grid, initial, names, body);
  }

  Place advance(Place place, StringRef name) {
    Value next = k.add(place.slot, 1, ("next_" + name).str());
    Value wraps = k.create<arith::CmpIOp>("wraps", arith::CmpIPredicate::eq, next, k.index(place.count));
    Value slot = k.create<arith::SelectOp>((name + "_after").str(), wraps, k.index(0), next);
    Value flipped = k.create<arith::XOrIOp>("", place.phase, k.index(1));
    return {slot, k.create<arith::SelectOp>("phase_after", wraps, flipped, place.phase), place.count};
  }

  /// The numbers of an item: neighbouring items are neighbouring heads.
  struct Item {
    Value head, seq, firstRow;
  };
  Item decode(Value item) {
    Value rest = k.div(item, f.shape.headsQ, ring.items == 1 ? "seq" : "seq_row_group");
    Value firstRow;
    if (ring.items > 1) firstRow = k.mul(k.rem(rest, ring.items), ring.queryRows, "first_row");
    return {k.rem(item, f.shape.headsQ, "head"), k.div(rest, ring.items, "seq"), firstRow};
  }

  Value view(StringRef name, Value ptr, AttentionOp::Layout layout, Value begin, Value head) {
    Type type = RowsType::get(k.builder.getContext(), element, layout.rowStride);
    return k.create<GlobalRowsOp>(name, type, ptr, begin, head, layout.headStride, layout.base);
  }

  /// Where the tail of a sequence begins: behind the whole chunks.
  Value getTailKey(Value length) {
    int64_t beyond = kRingMerge + 1;
    if (f.shape.capacity < ring.chunk + beyond) return k.index(0);
    Value more = k.create<arith::MaxSIOp>("", k.sub(length, k.index(beyond)), k.index(0));
    return k.mul(k.div(more, ring.chunk), ring.chunk, "tail_key");
  }

  /// Whether the tail is a narrow one; null if there is one width only.
  Value isNarrow(Value length, Value tailKey) {
    if (ring.narrow == ring.broad) return {};
    return k.create<arith::CmpIOp>("", arith::CmpIPredicate::sle, k.sub(length, tailKey), k.index(ring.narrow));
  }

  Value getTailWidth(Value length, Value tailKey) {
    Value narrow = isNarrow(length, tailKey);
    if (!narrow) return k.index(ring.broad);
    return k.create<arith::SelectOp>("tail_width", narrow, k.index(ring.narrow), k.index(ring.broad));
  }

  //===--- The warpgroup that copies --------------------------------------===//

  /// What the item is, for those that compute; `full` counts it.
  void publish(Value slot, Value begin, Value length, Value full) {
    Value first = k.compare(arith::CmpIPredicate::eq, k.create<ThreadIdOp>("thread"),
                            k.index(kRingConsumers * kWarpgroupWarps * 32));
    auto branch = scf::IfOp::create(k.builder, k.location, first, /*withElseRegion=*/false);
    OpBuilder::InsertionGuard guard(k.builder);
    k.builder.setInsertionPointToStart(branch.thenBlock());
    Value at = k.mul(slot, 2, "at");
    k.create<StoreOp>("", begin, work, at);
    k.create<StoreOp>("", length, work, k.add(at, 1));
    k.create<ArriveOp>("", false, full, slot);
  }

  Value copy(StringRef name, Value rows, Value tile, Value valid, Value limit) {
    return k.create<CopyAsyncOp>(name, Scope::Warpgroup, rows, tile, valid, limit);
  }

  void produce() {
    // Slots that nobody has filled yet are past phase 1.
    loopOverItems({k.index(0), k.index(1)}, {"stage", "phase"}, [&](Value item, ValueRange carried) {
      Place stage{carried[0], carried[1], f.candidate.stages};
      auto [head, seq, firstRow] = decode(item);
      auto sequence = k.create<SequenceOp>("", k.builder.getIndexType(), k.builder.getIndexType(), f.offsets, seq,
                                           f.shape.capacity);
      Value begin = sequence.getBegin(), length = sequence.getLength();
      int64_t group = f.shape.headsQ / f.shape.headsKV;
      Value headKV = group == 1 ? head : k.div(head, group, "kv_head");
      Value qRows = view("q_rows", f.qPtr, f.op.getLayoutQ(), begin, head);
      Value kRows = view("k_rows", f.kPtr, f.op.getLayoutK(), begin, headKV);
      Value vRows = view("v_rows", f.vPtr, f.op.getLayoutV(), begin, headKV);
      Value tailKey = getTailKey(length);
      Value keyLimit = k.add(tailKey, getTailWidth(length, tailKey), "key_limit");
      Value rowLimit = k.roundUp(length, kRingGroupRows, ring.queryRows, "row_limit");

      k.create<WaitBarrierOp>("", emptyItem, stage.slot, stage.phase);
      Value q = copy("q_copy", qRows, k.slot("q_tile", qTiles, stage.slot), length, rowLimit);
      Value key = copy("k_copy", kRows, k.slot("k_tile", kTiles, stage.slot), length, keyLimit);
      k.create<ArriveCopiesOp>("", ValueRange{q, key}, fullItem, stage.slot);
      publish(stage.slot, begin, length, fullItem);
      Value v = copy("v_copy", vRows, k.slot("v_tile", vTiles, stage.slot), length, keyLimit);
      k.create<ArriveCopiesOp>("", ValueRange{v}, fullTile, stage.slot);
      Place next = advance(stage, "stage");
      return SmallVector<Value>{next.slot, next.phase};
    });
    k.create<WaitGroupOp>("", ValueRange{}, 0);
  }

  //===--- The warpgroups that compute ------------------------------------===//

  void consume(Value warpgroup) {
    Value warp = k.create<WarpIdOp>("warp_id");
    Value warpRow = k.mul(k.rem(warp, kWarpgroupWarps), kWarpRows, "warp_row");
    loopOverItems(
        {k.index(0), k.index(0), k.index(0)}, {"stage", "phase", "turn"}, [&](Value item, ValueRange carried) {
          Place stage{carried[0], carried[1], f.candidate.stages};
          Value turn = carried[2];
          k.create<WaitBarrierOp>("", fullItem, stage.slot, stage.phase);
          Value at = k.mul(stage.slot, 2, "at");
          Value begin = k.create<LoadOp>("begin", k.builder.getIndexType(), work, at);
          Value length = k.create<LoadOp>("length", k.builder.getIndexType(), work, k.add(at, 1));
          k.create<FenceAsyncOp>("");
          Value head = decode(item).head;
          Value outRows = view("out_rows", f.outPtr, f.op.getLayoutOut(), begin, head);
          Value qTile = k.slot("q_tile", qTiles, stage.slot);
          kTile = k.slot("k_tile", kTiles, stage.slot);
          vTile = k.slot("v_tile", vTiles, stage.slot);
          Value tailKey = getTailKey(length);

          // Blocks of rows go to the warpgroups in turn, and the next item goes on where this one ends.
          Value ahead = k.sub(warpgroup, turn, "ahead");
          Value isBehind = k.compare(arith::CmpIPredicate::slt, ahead, k.index(0));
          Value first = k.create<arith::SelectOp>("first", isBehind, k.add(ahead, kRingConsumers), ahead);
          loop("group_row", k.mul(first, kRingGroupRows), length, k.index(kRingConsumers * kRingGroupRows), {}, {},
               [&](Value groupRow, ValueRange) {
                 Value row = k.add(groupRow, warpRow, "row");
                 Value q = k.sharedRows("q_group", qTile, groupRow, kRingGroupRows);
                 State state = attendTails(q, length, tailKey, [&] {
                   k.create<WaitBarrierOp>("", fullTile, stage.slot, stage.phase);
                   k.create<FenceAsyncOp>("");
                 });
                 store(state, k.sharedRows("out_tile", qTile, row, kWarpRows), outRows, row, length);
                 return SmallVector<Value>{};
               });
          // Those without rows too: a phase that nobody waits for could be taken for a later one.
          k.create<WaitBarrierOp>("", fullTile, stage.slot, stage.phase);
          k.create<ArriveOp>("", true, emptyItem, stage.slot);
          Value groups = k.create<arith::DivSIOp>("groups", k.add(length, kRingGroupRows - 1), k.index(kRingGroupRows));
          Value turnAfter = k.create<arith::RemSIOp>("turn_after", k.add(turn, groups), k.index(kRingConsumers));
          Place next = advance(stage, "stage");
          return SmallVector<Value>{next.slot, next.phase, turnAfter};
        });
  }

  /// With the tail in a tile of its width.
  State attendTails(Value q, Value length, Value tailKey, function_ref<void()> waitForV) {
    Value narrow = isNarrow(length, tailKey);
    if (!narrow) return attend(ring.broad, q, length, tailKey, waitForV);
    Type acc = AccType::get(k.builder.getContext(), kWarpRows, f.shape.headDimV, k.builder.getF32Type());
    Type rows = RowVectorType::get(k.builder.getContext(), kWarpRows);
    auto branch = scf::IfOp::create(k.builder, k.location, TypeRange{acc, rows}, narrow, /*withElseRegion=*/true);
    auto fill = [&](Block* into, int64_t width) {
      OpBuilder::InsertionGuard guard(k.builder);
      k.builder.setInsertionPointToStart(into);
      State state = attend(width, q, length, tailKey, waitForV);
      scf::YieldOp::create(k.builder, k.location, ValueRange{state.acc, state.sum});
    };
    fill(branch.thenBlock(), ring.narrow);
    fill(branch.elseBlock(), ring.broad);
    return {branch.getResult(0), {}, branch.getResult(1), {}};
  }

  /// The tail, then the chunks.
  State attend(int64_t width, Value q, Value length, Value tailKey, function_ref<void()> waitForV) {
    Value kTail = k.sharedRows("k_tail", kTile, tailKey, width), vTail = k.sharedRows("v_tail", vTile, tailKey, width);
    Value scores = k.mma("scores", MmaForm::NT, q, kTail, k.fillAcc("scores", width, 0.0), true);
    scores = k.create<MaskKeysOp>("scores", scores, tailKey, length);
    State state;
    state.max = k.create<ReduceMaxOp>("max", k.create<RowMaxOp>("max", scores, k.fillRows("max", -INFINITY)));
    Value weights = k.create<ExpDiffOp>("weights", ExpBase::Two, scores, state.max, k.f32(scale));
    state.sum = k.create<RowSumOp>("sum", weights, k.fillRows("sum", 0.0));
    state.p = k.toOperand("p_tail", weights, element);
    // Awaited before anything is issued: a wait between a product and its own wait would make them run one by one.
    waitForV();
    if (f.shape.capacity < ring.chunk + kRingMerge + 1) return finish(state, vTail, true);

    Type acc = AccType::get(k.builder.getContext(), kWarpRows, f.shape.headDimV, k.builder.getF32Type());
    Value isAlone = k.compare(arith::CmpIPredicate::eq, tailKey, k.index(0));
    auto branch = scf::IfOp::create(k.builder, k.location, TypeRange{acc, state.sum.getType()}, isAlone, true);
    OpBuilder::InsertionGuard guard(k.builder);
    k.builder.setInsertionPointToStart(branch.thenBlock());
    State alone = finish(state, vTail, true);
    scf::YieldOp::create(k.builder, k.location, ValueRange{alone.acc, alone.sum});

    k.builder.setInsertionPointToStart(branch.elseBlock());
    state = addChunk(state, q, k.sharedRows("k_chunk", kTile, k.index(0), ring.chunk), vTail, true);
    if (f.shape.capacity >= 2 * ring.chunk + kRingMerge + 1) state = addChunks(state, q, tailKey);
    Value last = k.sub(tailKey, k.index(ring.chunk));
    state = finish(state, k.sharedRows("v_chunk", vTile, last, ring.chunk), false);
    scf::YieldOp::create(k.builder, k.location, ValueRange{state.acc, state.sum});
    return {branch.getResult(0), {}, branch.getResult(1), {}};
  }

  /// All chunks but the first.
  State addChunks(State state, Value q, Value tailKey) {
    auto chunks =
        loop("key", k.index(ring.chunk), tailKey, k.index(ring.chunk), {state.acc, state.max, state.sum, state.p},
             {"acc", "max", "sum", "p"}, [&](Value key, ValueRange carried) {
               Value before = k.sub(key, k.index(ring.chunk));
               State next = addChunk({carried[0], carried[1], carried[2], carried[3]}, q,
                                     k.sharedRows("k_chunk", kTile, key, ring.chunk),
                                     k.sharedRows("v_chunk", vTile, before, ring.chunk), false);
               return SmallVector<Value>{next.acc, next.max, next.sum, next.p};
             });
    return {chunks.getResult(0), chunks.getResult(1), chunks.getResult(2), chunks.getResult(3)};
  }

  Value issue(StringRef name, MmaForm form, Value a, Value b, Value acc, bool fresh) {
    auto type = cast<AccType>(acc.getType());
    Type pending = PendingType::get(k.builder.getContext(), type.getRows(), type.getCols(), type.getElementType());
    return k.create<MmaIssueOp>(name, pending, form, a, b, acc, /*warpgroup=*/true, fresh);
  }

  Value wait(StringRef name, Value pending, int64_t newer) {
    auto type = cast<PendingType>(pending.getType());
    Type acc = AccType::get(k.builder.getContext(), type.getRows(), type.getCols(), type.getElementType());
    return k.create<MmaWaitOp>(name, acc, pending, /*warpgroup=*/true, newer);
  }

  /// Scores of a chunk while the weights of the one before meet their V; with `fresh` these are the first.
  State addChunk(State before, Value q, Value keys, Value valuesBefore, bool fresh) {
    Value zero = k.fillAcc("scores", ring.chunk, 0.0);
    Value acc = fresh ? k.fillAcc("acc", f.shape.headDimV, 0.0) : before.acc;
    Value scoresPending = issue("scores", MmaForm::NT, q, keys, zero, true);
    Value accPending = issue("acc", MmaForm::NN, before.p, valuesBefore, acc, fresh);
    Value scores = wait("scores", scoresPending, 1);
    State state;
    state.max = k.create<ReduceMaxOp>("new_max", k.create<RowMaxOp>("new_max", scores, before.max));
    Value correction = k.create<CorrectionOp>("correction", ExpBase::Two, before.max, state.max, k.f32(scale));
    Value weights = k.create<ExpDiffOp>("weights", ExpBase::Two, scores, state.max, k.f32(scale));
    state.sum = k.create<RowSumOp>("sum", weights, k.create<MulRowsOp>("sum", before.sum, correction));
    state.acc = k.create<RescaleOp>("acc", wait("acc", accPending, 0), correction);
    state.p = k.toOperand("p", weights, element);
    return state;
  }

  /// The weights that are left.
  State finish(State state, Value values, bool fresh) {
    Value acc = fresh ? k.fillAcc("acc", f.shape.headDimV, 0.0) : state.acc;
    state.acc = wait("acc", issue("acc", MmaForm::NN, state.p, values, acc, fresh), 0);
    return state;
  }

  void store(State state, Value staging, Value outRows, Value row, Value length) {
    Value left = k.sub(length, row, "rows_left");
    auto branch = scf::IfOp::create(k.builder, k.location, k.compare(arith::CmpIPredicate::sgt, left, k.index(0)),
                                    /*withElseRegion=*/false);
    OpBuilder::InsertionGuard guard(k.builder);
    k.builder.setInsertionPointToStart(branch.thenBlock());
    Value sum = k.create<ReduceSumOp>("sum", state.sum);
    Value normalized = k.create<NormalizeOp>("acc", state.acc, sum);
    Value rows = k.create<RowsFromOp>("out_tile_rows", outRows.getType(), outRows, row);
    k.create<StoreRowsOp>("", normalized, rows, left, staging);
  }

  RingFrame f;
  KernelBuilder& k;
  RingShape ring;
  Type element;
  double scale;  ///< of scores, for exponentials of base two
  int64_t nextBarrier = 0;
  Value kTiles, vTiles, qTiles, work;
  Value fullItem, fullTile, emptyItem, emptyTile;
  Value block, grid, items;
  Value kTile, vTile;  ///< of the item that is computed
};

}  // namespace

void buildRing(const RingFrame& frame) {
  RingKernel(frame).build();
}

}  // namespace raggedc
