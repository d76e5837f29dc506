//===- LowerRingStream.cpp - the family ring with tiles that pass ----------===//
//
// For sequences of which no two heads fit shared memory. An item is a group of
// at most 192 rows, whose Q has a buffer of its own; a slot has a tile of K or
// V, in the order of their use: K tail, K 0, V tail, K 1, V 0, ..., V last.
//
// The copying warpgroup hands tiles over some tiles late, when their copies have
// come: it then fences once for all, where each reader would have to otherwise.
// What it holds back it lets go before it waits for a buffer of rows, so that
// nobody waits for a tile that no later one pushes out. It passes over items that
// have no rows; when none is left it says so by one that ends at row 0.
//
// With tensor maps one warp copies, nobody waits for what it copies but the
// readers, and Q comes with the word of what the item is.
//
//===----------------------------------------------------------------------===//

#include "passes/RingKernel.h"

namespace raggedc {

using namespace mlir;
using namespace mlir::ragged_kernel;

namespace {

/// What those that compute are told of an item; its rows are from `first_row` to `end_row`, of which `length` has all.
constexpr StringRef kWords[] = {"begin", "length", "first_row", "end_row", "head"};

class StreamingRing : public RingKernel {
 public:
  explicit StreamingRing(RingFrame frame) : RingKernel(frame) { lagged = true; }

 private:
  void allocate() override {
    int64_t stages = f.candidate.stages, readers = ring.consumers * kWarpgroupWarps;
    kvTiles = allocTile("kv_tiles", f.plan.k, f.plan.kLayout, {stages, ring.keyRows, f.shape.headDim});
    qTiles = allocTile("q_tiles", f.plan.q, f.plan.qLayout, {ring.queryBuffers, ring.queryRows, f.shape.headDim});
    fullItem = allocBarriers("full_item", ring.queryBuffers, 1);
    emptyItem = allocBarriers("empty_item", ring.queryBuffers, readers);
    full = allocBarriers("full", stages, ring.tensors ? 1 : kWarpgroupThreads);
    empty = allocBarriers("empty", stages, readers);
    work = allocWork(ring.queryBuffers, std::size(kWords));
  }

  //===--- The warpgroup that copies --------------------------------------===//

  /// Where the next tile goes, and how many behind it are not handed over; null with tensor maps.
  struct Flow {
    Place place;
    Value held;
  };

  SmallVector<Value> carryFlow(const Flow& flow) {
    SmallVector<Value> values{flow.place.slot, flow.place.phase};
    if (flow.held) values.push_back(flow.held);
    return values;
  }
  Flow restoreFlow(ValueRange values) {
    return {{values[0], values[1], f.candidate.stages}, ring.tensors ? Value() : values[2]};
  }

  /// The slot `behind` before another.
  Value before(Value slot, Value behind, StringRef name) {
    Value at = k.sub(slot, behind);
    Value wraps = k.compare(arith::CmpIPredicate::slt, at, k.index(0));
    return select(name, wraps, k.add(at, f.candidate.stages), at);
  }

  Flow load(Flow flow, StringRef name, const Source& source, Value key, Value valid, Value limit) {
    k.create<WaitBarrierOp>("", empty, flow.place.slot, flow.place.phase);
    Value tile = k.slot((name + "_tile").str(), kvTiles, flow.place.slot);
    if (ring.tensors) {
      copyTensor(name, source, key, tile, valid, limit, full, flow.place.slot);
      return {advance(flow.place, "slot"), Value()};
    }
    Value from = k.create<RowsFromOp>((name + "_rows").str(), source.rows.getType(), source.rows, key);
    Value token = copy((name + "_copy").str(), from, tile, valid, limit);
    k.create<CommitGroupOp>("group", ValueRange{token});
    k.create<WaitGroupOp>("", ValueRange{}, ring.held);
    k.create<FenceAsyncOp>("");
    Value isFull = k.compare(arith::CmpIPredicate::eq, flow.held, k.index(ring.held));
    auto branch = scf::IfOp::create(k.builder, k.location, isFull, /*withElseRegion=*/false);
    {
      OpBuilder::InsertionGuard guard(k.builder);
      k.builder.setInsertionPointToStart(branch.thenBlock());
      k.create<ArriveOp>("", false, full, before(flow.place.slot, k.index(ring.held), "oldest"));
    }
    Value held = k.min(k.add(flow.held, 1), k.index(ring.held), "held_after");
    return {advance(flow.place, "slot"), held};
  }

  /// Hands over what is held.
  void flush(Flow flow) {
    if (ring.tensors) return;
    k.create<WaitGroupOp>("", ValueRange{}, 0);
    k.create<FenceAsyncOp>("");
    Value oldest = before(flow.place.slot, flow.held, "oldest");
    loop("i", k.index(0), flow.held, k.index(1), {}, {}, [&](Value i, ValueRange) {
      Value at = k.add(oldest, i);
      Value wraps = k.compare(arith::CmpIPredicate::sge, at, k.index(f.candidate.stages));
      k.create<ArriveOp>("", false, full, select("slot", wraps, k.sub(at, k.index(f.candidate.stages)), at));
      return SmallVector<Value>{};
    });
  }

  void produce() override {
    // Slots and buffers that nobody has filled yet are past phase 1.
    SmallVector<Value> initial{k.index(ring.queryBuffers), k.index(0), k.index(1), k.index(0)};
    if (ring.tensors) initial.pop_back();
    const StringRef names[] = {"count", "slot", "phase", "held"};
    Value lane = k.rem(k.create<ThreadIdOp>("thread"), kWarpLanes, "lane");
    // The lanes look at as many items at once. Where lengths differ much most items have no rows, and each would cost
    // the way to its offsets and back.
    auto all = loop(
        "first_item", block, items, k.mul(grid, kWarpLanes), initial, names, [&](Value firstItem, ValueRange carried) {
          Survey survey = look(firstItem, lane);
          auto found =
              loop("found", k.index(0), k.index(kWarpLanes), k.index(1), carried, names,
                   [&](Value ofLane, ValueRange before) { return produceIfFound(firstItem, survey, ofLane, before); });
          return SmallVector<Value>(found.getResults());
        });
    flush(restoreFlow(all.getResults().drop_front(1)));
    publishEnd(all.getResult(0));
  }

  /// Of the items of the lanes: the sequences, of no rows where there is no item or it has none.
  struct Survey {
    Value begins, lengths;
  };

  Survey look(Value firstItem, Value lane) {
    Value item = k.add(firstItem, k.create<arith::MulIOp>("", lane, grid), "item_of_lane");
    Item at = decode(item);
    Type index = k.builder.getIndexType();
    Value seq = k.min(at.seq, k.sub(f.batch, k.index(1)));
    auto sequence = k.create<LaneSequenceOp>("", index, index, f.offsets, seq, f.shape.capacity);
    Value length = sequence.getLength();
    Value exists = k.compare(arith::CmpIPredicate::slt, item, items);
    Value hasRows = k.compare(arith::CmpIPredicate::slt, at.part, countParts(countGroups(length)));
    Value isItem = k.create<arith::AndIOp>("", exists, hasRows);
    return {sequence.getBegin(), select("lengths", isItem, length, k.index(0))};
  }

  SmallVector<Value> produceIfFound(Value firstItem, Survey survey, Value ofLane, ValueRange carried) {
    Value length = k.create<FromLaneOp>("length", survey.lengths, ofLane);
    SmallVector<Type> types(carried.size(), k.builder.getIndexType());
    auto branch = scf::IfOp::create(k.builder, k.location, types,
                                    k.compare(arith::CmpIPredicate::sgt, length, k.index(0)), /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(k.builder);
    k.builder.setInsertionPointToStart(branch.elseBlock());
    scf::YieldOp::create(k.builder, k.location, carried);
    k.builder.setInsertionPointToStart(branch.thenBlock());
    Value begin = k.create<FromLaneOp>("begin", survey.begins, ofLane);
    Item at = decode(k.add(firstItem, k.create<arith::MulIOp>("", ofLane, grid), "item"));
    Value groups = countGroups(length);
    Rows rows = deal(at.part, groups, countParts(groups), length);
    Flow flow = restoreFlow(carried.drop_front(1));
    Flow after = produceTiles(flow, getBuffer(carried[0]), at.head, begin, length, rows);
    SmallVector<Value> values{k.add(carried[0], 1, "count_after")};
    values.append(carryFlow(after));
    scf::YieldOp::create(k.builder, k.location, values);
    return SmallVector<Value>(branch.getResults());
  }

  /// Of as few parts as may be; parts beyond have no rows.
  Value countParts(Value groups) {
    int64_t most = ring.queryRows / kRingGroupRows;
    return k.div(k.add(groups, most - 1), most, "parts");
  }

  /// Tells those that compute that no item follows, unless they had as many as there can be.
  void publishEnd(Value count) {
    Value had = k.sub(count, k.index(ring.queryBuffers));
    Value next = k.add(block, k.create<arith::MulIOp>("", had, grid), "next_item");
    auto branch = scf::IfOp::create(k.builder, k.location, k.compare(arith::CmpIPredicate::slt, next, items),
                                    /*withElseRegion=*/false);
    OpBuilder::InsertionGuard guard(k.builder);
    k.builder.setInsertionPointToStart(branch.thenBlock());
    Place buffer = getBuffer(count);
    waitForBuffer(buffer);
    // A lane that still waits for a buffer would miss the phase of one that is handed over behind its back.
    if (ring.tensors) k.create<BarrierOp>("", Scope::Warp);
    publish(buffer.slot, SmallVector<Value>(std::size(kWords), k.index(0)), fullItem);
  }

  /// The buffer of the item of this number. Those who copy count from the number of buffers on: phases of one lap less
  /// say that a buffer is free.
  Place getBuffer(Value count) {
    Value lap = k.div(count, ring.queryBuffers);
    return {k.rem(count, ring.queryBuffers, "buffer"), k.rem(lap, 2, "item_phase"), ring.queryBuffers};
  }

  struct Rows {
    Value first, end;
  };

  /// The rows of a part: whole groups but for the last, dealt evenly, so that no warpgroup has a part to itself while
  /// others have one more group each.
  Rows deal(Value part, Value groups, Value parts, Value length) {
    Value each = k.create<arith::DivUIOp>("each", groups, parts);
    Value more = k.create<arith::RemUIOp>("more", groups, parts);
    Value first = k.add(k.create<arith::MulIOp>("", part, each), k.min(part, more), "first_group");
    Value hasMore = k.compare(arith::CmpIPredicate::slt, part, more);
    Value end = k.add(first, select("count", hasMore, k.add(each, 1), each));
    return {k.mul(first, kRingGroupRows, "first_row"), k.min(k.mul(end, kRingGroupRows), length, "end_row")};
  }

  /// Before a wait for those that compute: they may wait for what is held.
  Flow flushIfPending(Flow flow, Place buffer) {
    if (ring.tensors) return flow;
    Value isPending = k.create<BarrierPendingOp>("is_pending", emptyItem, buffer.slot, buffer.phase);
    auto branch = scf::IfOp::create(k.builder, k.location, isPending, /*withElseRegion=*/false);
    OpBuilder::InsertionGuard guard(k.builder);
    k.builder.setInsertionPointToStart(branch.thenBlock());
    flush(flow);
    k.builder.setInsertionPointAfter(branch);
    return {flow.place, select("held", isPending, k.index(0), flow.held)};
  }

  void waitForBuffer(Place buffer) { k.create<WaitBarrierOp>("", emptyItem, buffer.slot, buffer.phase); }

  Flow produceTiles(Flow flow, Place buffer, Value head, Value begin, Value length, Rows rows) {
    Value headKV = k.div(head, f.shape.headsQ / f.shape.headsKV, "kv_head");
    Source qSource = getSource("q", f.qPtr, f.qMap, f.op.getLayoutQ(), begin, head);
    Source kSource = getSource("k", f.kPtr, f.kMap, f.op.getLayoutK(), begin, headKV);
    Source vSource = getSource("v", f.vPtr, f.vMap, f.op.getLayoutV(), begin, headKV);
    Value tailKey = getTailKey(length), tailWidth = getTailWidth(length, tailKey);
    Value tailKeys = k.sub(length, tailKey, "tail_keys"), chunk = k.index(ring.chunk);
    Value count = k.sub(rows.end, rows.first, "row_count");
    Value limit = k.roundUp(count, kRingGroupRows, ring.queryRows, "row_limit");
    SmallVector<Value> words{begin, length, rows.first, rows.end, head};
    flow = flushIfPending(flow, buffer);
    waitForBuffer(buffer);
    if (ring.tensors) {
      // Results were staged where Q goes now.
      k.create<FenceAsyncOp>("");
      publish(buffer.slot, words, Value());
      copyTensor("q_item", qSource, rows.first, k.slot("q_tile", qTiles, buffer.slot), count, limit, fullItem,
                 buffer.slot);
    } else {
      publish(buffer.slot, words, fullItem);
      Value itemRows = k.create<RowsFromOp>("q_item_rows", qSource.rows.getType(), qSource.rows, rows.first);
      // Copied before all tiles, Q is there when the first of them is handed over.
      Value q = copy("q_copy", itemRows, k.slot("q_tile", qTiles, buffer.slot), count, limit);
      k.create<CommitGroupOp>("group", ValueRange{q});
    }
    // At `key` K from there, where the tail counts as the chunk below 0, and V of the chunk before. That of the tail
    // meets the zeros behind a narrow one's weights.
    auto tiles =
        loop("key", k.index(-ring.chunk), k.add(tailKey, 1), chunk, carryFlow(flow), {"slot", "phase", "held"},
             [&](Value key, ValueRange carried) {
               Value hasKeys = k.compare(arith::CmpIPredicate::slt, key, tailKey);
               Flow next = loadIf(hasKeys, restoreFlow(carried), [&](Flow at) {
                 Value isTail = k.create<arith::CmpIOp>("is_tail", arith::CmpIPredicate::slt, key, k.index(0));
                 return load(at, "k", kSource, select("k_key", isTail, tailKey, key),
                             select("k_valid", isTail, tailKeys, chunk), select("k_limit", isTail, tailWidth, chunk));
               });
               Value hasValues = k.compare(arith::CmpIPredicate::sge, key, k.index(0));
               return carryFlow(loadIf(hasValues, next, [&](Flow at) {
                 Value isTail = k.create<arith::CmpIOp>("is_tail", arith::CmpIPredicate::eq, key, k.index(0));
                 return load(at, "v", vSource, select("v_key", isTail, tailKey, k.sub(key, chunk)),
                             select("v_valid", isTail, tailKeys, chunk),
                             select("v_limit", isTail, k.index(ring.broad), chunk));
               }));
             });
    return restoreFlow(tiles.getResults());
  }

  Flow loadIf(Value condition, Flow flow, llvm::function_ref<Flow(Flow)> body) {
    SmallVector<Type> types(carryFlow(flow).size(), k.builder.getIndexType());
    auto branch = scf::IfOp::create(k.builder, k.location, types, condition, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(k.builder);
    k.builder.setInsertionPointToStart(branch.elseBlock());
    scf::YieldOp::create(k.builder, k.location, carryFlow(flow));
    k.builder.setInsertionPointToStart(branch.thenBlock());
    scf::YieldOp::create(k.builder, k.location, carryFlow(body(flow)));
    return restoreFlow(branch.getResults());
  }

  //===--- The warpgroups that compute ------------------------------------===//

  void consume(Value) override {
    Value warp = k.create<WarpIdOp>("warp_id");
    Value warpRow = k.mul(k.rem(warp, kWarpgroupWarps), kWarpRows, "warp_row");
    // Items are counted, and what they are is read: numbers of blocks and items would hold registers all the time.
    Value own = k.create<arith::DivUIOp>("own_items", k.sub(k.add(items, grid), k.add(block, 1)), grid);
    SmallVector<Value> initial(3, k.index(0));
    loop("count", k.index(0), own, k.index(1), initial, {"turn", "slot", "phase"},
         [&](Value count, ValueRange carried) {
           // Behind the last item the turn is negative.
           SmallVector<Type> types(3, k.builder.getIndexType());
           auto alive =
               scf::IfOp::create(k.builder, k.location, types,
                                 k.compare(arith::CmpIPredicate::sge, carried[0], k.index(0)), /*withElseRegion=*/true);
           OpBuilder::InsertionGuard guard(k.builder);
           k.builder.setInsertionPointToStart(alive.elseBlock());
           scf::YieldOp::create(k.builder, k.location, carried);
           k.builder.setInsertionPointToStart(alive.thenBlock());
           Place buffer = getBuffer(count), tiles{carried[1], carried[2], f.candidate.stages};
           Value turn = carried[0];
           k.create<WaitBarrierOp>("", fullItem, buffer.slot, buffer.phase);
           SmallVector<Value> words = readWork(buffer.slot, kWords);
           Value length = words[1], firstRow = words[2], endRow = words[3];
           Value tailKey = getTailKey(length);
           // Asked for again: it would hold a register all the time.
           Value groupOfBlock = k.create<WarpgroupIdOp>("group_id");
           Value first = k.mul(takeTurn(groupOfBlock, turn), kRingGroupRows);
           Value groupRow = k.add(firstRow, first, "group_row");
           Value groups = countGroups(k.sub(endRow, firstRow));
           Value turnAfter = k.create<arith::RemSIOp>("turn_after", k.add(turn, groups), k.index(ring.consumers));
           Value isEnd = k.compare(arith::CmpIPredicate::eq, endRow, k.index(0));
           turnAfter = select("turn_after", isEnd, k.index(-1), turnAfter);
           Type index = k.builder.getIndexType();
           auto branch =
               scf::IfOp::create(k.builder, k.location, TypeRange{index, index},
                                 k.compare(arith::CmpIPredicate::slt, groupRow, endRow), /*withElseRegion=*/true);
           {
             OpBuilder::InsertionGuard guard(k.builder);
             k.builder.setInsertionPointToStart(branch.thenBlock());
             Value qTile = k.slot("q_tile", qTiles, k.uniform("q_buffer", buffer.slot));
             first = k.uniform("group", first);
             State state;
             state.tiles = tiles;
             Queries q{k.sharedRows("q_group", qTile, first, kRingGroupRows),
                       k.sharedRows("q_warp", qTile, k.add(first, warpRow), kWarpRows)};
             state = attend(state, q, length, tailKey);
             // What nobody needs before is read again: the loop over chunks has no register left. The result is staged
             // where the warp's Q was.
             SmallVector<Value> again = readWork(buffer.slot, kWords);
             Value outRows = view("out_rows", f.outPtr, f.op.getLayoutOut(), again[0], again[4]);
             store(state, q, outRows, k.add(k.add(again[2], first), warpRow, "row"), again[1]);
             scf::YieldOp::create(k.builder, k.location, ValueRange{state.tiles.slot, state.tiles.phase});
             k.builder.setInsertionPointToStart(branch.elseBlock());
             Place passed = pass(tiles, tailKey, k.compare(arith::CmpIPredicate::slt, firstRow, endRow));
             scf::YieldOp::create(k.builder, k.location, ValueRange{passed.slot, passed.phase});
           }
           k.create<ArriveOp>("", true, emptyItem, buffer.slot);
           scf::YieldOp::create(k.builder, k.location, ValueRange{turnAfter, branch.getResult(0), branch.getResult(1)});
           return SmallVector<Value>(alive.getResults());
         });
  }

  /// Tiles of an item that this warpgroup has no rows of.
  Place pass(Place tiles, Value tailKey, Value hasRows) {
    Value chunks = k.div(tailKey, ring.chunk);
    Value count = select("tiles", hasRows, k.add(k.mul(chunks, 2), 2), k.index(0));
    auto passing = loop("tile", k.index(0), count, k.index(1), {tiles.slot, tiles.phase}, {"slot", "phase"},
                        [&](Value, ValueRange carried) {
                          Place at{carried[0], carried[1], tiles.count};
                          k.create<WaitBarrierOp>("", full, at.slot, at.phase);
                          k.create<ArriveOp>("", true, empty, at.slot);
                          Place next = advance(at, "slot");
                          return SmallVector<Value>{next.slot, next.phase};
                        });
    return {passing.getResult(0), passing.getResult(1), tiles.count};
  }

  Tile take(State& state, StringRef name, int64_t rows) {
    Place& at = state.tiles;
    if (!at.isUniform) at.slot = k.uniform("slot", at.slot), at.isUniform = true;
    k.create<WaitBarrierOp>("", full, at.slot, at.phase);
    Tile tile{k.sharedRows(name, k.slot((name + "_slot").str(), kvTiles, at.slot), k.index(0), rows), at.slot};
    at = advance(at, "slot");
    return tile;
  }
  Tile takeKeys(State& state, Value, int64_t rows) override { return take(state, "k_keys", rows); }
  Tile takeValues(State& state, Value, int64_t rows) override { return take(state, "v_keys", rows); }
  void release(Tile tile) override { k.create<ArriveOp>("", true, empty, tile.slot); }

  Value kvTiles, fullItem, emptyItem, full, empty;
};

}  // namespace

void buildRingStream(const RingFrame& frame) {
  StreamingRing(frame).build();
}

}  // namespace raggedc
