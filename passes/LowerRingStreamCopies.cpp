//===- LowerRingStreamCopies.cpp - what fills the slots of RingStream.h ----===//
//
// The copying warpgroup hands tiles over some tiles late, when their copies have
// come: it then fences once for all, where each reader would have to otherwise.
// What it holds back it lets go before it waits for slots of Q, so that nobody
// waits for a tile that no later one pushes out. Of a short sequence, whose keys are
// one tile, K and V arrive by themselves instead, and the readers fence: waiting for
// them would be most of the time that such an item takes. It passes over items that have
// no rows; when none is left it says so by one that ends at row 0.
//
// With tensor maps one warp copies, nobody waits for what it copies but the
// readers, and Q comes with the word of what the item is.
//
//===----------------------------------------------------------------------===//

#include "passes/RingStream.h"

namespace raggedc {

using namespace mlir;
using namespace mlir::ragged_kernel;

/// Of the rows that there could be, in percent: with so many, hardly any lengths can differ much.
static constexpr int64_t kEvenPercent = 75;
static constexpr int64_t kShortRowLimit = 16;  ///< rows of Q that are filled for short rows

//===----------------------------------------------------------------------===//
// Tiles
//===----------------------------------------------------------------------===//

SmallVector<Value> StreamingRing::carryFlow(const Flow& flow) {
  SmallVector<Value> values{flow.place.slot, flow.place.phase};
  if (flow.held) values.push_back(flow.held);
  return values;
}

StreamingRing::Flow StreamingRing::restoreFlow(const Flow& like, ValueRange values) {
  Flow flow = like;
  flow.place = {values[0], values[1], f.candidate.stages};
  if (!ring.tensors) flow.held = values[2];
  return flow;
}

/// The slot `behind` before another.
Value StreamingRing::before(Value slot, Value behind, StringRef name) {
  Value at = k.sub(slot, behind);
  Value wraps = k.compare(arith::CmpIPredicate::slt, at, k.index(0));
  return select(name, wraps, k.add(at, f.candidate.stages), at);
}

StreamingRing::Flow StreamingRing::load(Flow flow, StringRef name, const Source& source, Value key, Value valid,
                                        Value limit, Value isAlone) {
  k.create<WaitBarrierOp>("", empty, flow.place.slot, flow.place.phase);
  Value tile = k.slot((name + "_tile").str(), kvTiles, flow.place.slot);
  Place next = advance(flow.place, "slot");
  if (ring.tensors) {
    copyTensor(name, source, key, tile, valid, limit, full, flow.place.slot);
    flow.place = next;
    return flow;
  }
  Value from = k.create<RowsFromOp>((name + "_rows").str(), source.rows.getType(), source.rows, key);
  Value token = copy((name + "_copy").str(), from, tile, valid, limit);
  auto branch = scf::IfOp::create(k.builder, k.loc("held_after"), TypeRange{k.builder.getIndexType()}, isAlone,
                                  /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(k.builder);
  k.builder.setInsertionPointToStart(branch.thenBlock());
  k.create<ArriveCopiesOp>("", ValueRange{token}, full, flow.place.slot);
  scf::YieldOp::create(k.builder, k.location, flow.held);
  k.builder.setInsertionPointToStart(branch.elseBlock());
  k.create<CommitGroupOp>("group", ValueRange{token});
  k.create<WaitGroupOp>("", ValueRange{}, ring.held);
  k.create<FenceAsyncOp>("");
  Value isFull = k.compare(arith::CmpIPredicate::eq, flow.held, k.index(ring.held));
  auto handOver = scf::IfOp::create(k.builder, k.location, isFull, /*withElseRegion=*/false);
  {
    OpBuilder::InsertionGuard inner(k.builder);
    k.builder.setInsertionPointToStart(handOver.thenBlock());
    k.create<ArriveOp>("", false, full, before(flow.place.slot, k.index(ring.held), "oldest"));
  }
  Value held = k.min(k.add(flow.held, 1), k.index(ring.held), "held_after");
  scf::YieldOp::create(k.builder, k.location, held);
  flow.place = next, flow.held = branch.getResult(0);
  return flow;
}

StreamingRing::Flow StreamingRing::loadIf(Value condition, Flow flow, llvm::function_ref<Flow(Flow)> body) {
  SmallVector<Type> types(carryFlow(flow).size(), k.builder.getIndexType());
  auto branch = scf::IfOp::create(k.builder, k.location, types, condition, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(k.builder);
  k.builder.setInsertionPointToStart(branch.elseBlock());
  scf::YieldOp::create(k.builder, k.location, carryFlow(flow));
  k.builder.setInsertionPointToStart(branch.thenBlock());
  scf::YieldOp::create(k.builder, k.location, carryFlow(body(flow)));
  return restoreFlow(flow, branch.getResults());
}

/// Hands over what is held.
void StreamingRing::flush(const Flow& flow) {
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

StreamingRing::Flow StreamingRing::flushIf(Value condition, Flow flow) {
  if (ring.tensors) return flow;
  auto branch = scf::IfOp::create(k.builder, k.location, condition, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(k.builder);
  k.builder.setInsertionPointToStart(branch.thenBlock());
  flush(flow);
  k.builder.setInsertionPointAfter(branch);
  flow.held = select("held", condition, k.index(0), flow.held);
  return flow;
}

/// At `key` K from there, where the tail counts as the chunk below 0, and V of the chunk before. That of the tail meets
/// the zeros behind a narrow one's weights. Short rows take the slot of any tile as a whole.
StreamingRing::Flow StreamingRing::produceTiles(Flow flow, const Item& item, Value areThere) {
  Value headKV = k.div(item.head, f.shape.headsQ / f.shape.headsKV, "kv_head");
  Source kSource = getSource("k", f.kPtr, f.kMap, f.op.getLayoutK(), item.begin, headKV);
  Source vSource = getSource("v", f.vPtr, f.vMap, f.op.getLayoutV(), item.begin, headKV);
  Value tailKey = getTailKey(item.length), tailWidth = getTailWidth(item.length, tailKey);
  Value tailKeys = k.sub(item.length, tailKey, "tail_keys"), chunk = k.index(ring.chunk);
  Value broad = k.index(ring.broad), chunkLimit = chunk;
  if (ring.shorts) {
    chunkLimit = select("chunk_limit", item.isKept, broad, chunk);
    tailWidth = select("tail_limit", item.isKept, broad, tailWidth);
  }
  Value isAlone = k.create<arith::CmpIOp>("is_alone", arith::CmpIPredicate::eq, tailKey, k.index(0));
  Value first = k.index(-ring.chunk), end = k.add(tailKey, 1);
  if (areThere) end = select("key_end", areThere, first, end);
  auto tiles =
      loop("key", first, end, chunk, carryFlow(flow), {"slot", "phase", "held"}, [&](Value key, ValueRange carried) {
        Value hasKeys = k.compare(arith::CmpIPredicate::slt, key, tailKey);
        Flow next = loadIf(hasKeys, restoreFlow(flow, carried), [&](Flow at) {
          Value isTail = k.create<arith::CmpIOp>("is_tail", arith::CmpIPredicate::slt, key, k.index(0));
          return load(at, "k", kSource, select("k_key", isTail, tailKey, key),
                      select("k_valid", isTail, tailKeys, chunk), select("k_limit", isTail, tailWidth, chunkLimit),
                      isAlone);
        });
        Value hasValues = k.compare(arith::CmpIPredicate::sge, key, k.index(0));
        return carryFlow(loadIf(hasValues, next, [&](Flow at) {
          Value isTail = k.create<arith::CmpIOp>("is_tail", arith::CmpIPredicate::eq, key, k.index(0));
          return load(at, "v", vSource, select("v_key", isTail, tailKey, k.sub(key, chunk)),
                      select("v_valid", isTail, tailKeys, chunk), select("v_limit", isTail, broad, chunkLimit),
                      isAlone);
        }));
      });
  return restoreFlow(flow, tiles.getResults());
}

//===----------------------------------------------------------------------===//
// Items
//===----------------------------------------------------------------------===//

/// How items are dealt: by heads for as many rounds as all blocks have one, where lengths are even.
void StreamingRing::findOrder() {
  Type index = k.builder.getIndexType();
  auto last = k.create<LaneSequenceOp>("", index, index, f.offsets, k.sub(f.batch, k.index(1)), f.shape.capacity);
  Value rows = k.add(last.getBegin(), last.getLength(), "all_rows");
  int64_t least = std::max<int64_t>(f.shape.capacity * kEvenPercent / 100, 1);
  Value areEven = k.compare(arith::CmpIPredicate::sge, rows, k.mul(f.batch, least));
  Value heads = k.mul(f.batch, f.shape.headsQ, "heads");
  Value rounds = select("rounds", areEven, k.create<arith::DivUIOp>("", heads, grid), k.index(0));
  keptSteps = k.mul(rounds, ring.items, "kept_steps");
  keptHeads = k.create<arith::MulIOp>("kept_heads", rounds, grid);
  restHeads = k.create<arith::MaxSIOp>("rest_heads", k.sub(heads, keptHeads), k.index(1));
}

/// The item of a step of this block; its sequence is not looked up yet, and `begin` is the number of that.
StreamingRing::Item StreamingRing::locate(Value step) {
  Value number = k.add(block, k.create<arith::MulIOp>("", step, grid), "item");
  RingKernel::Item at = decode(number);
  if (!ring.keeps) return {at.seq, {}, at.head, at.part, {}};
  Value isKept = k.create<arith::CmpIOp>("is_kept", arith::CmpIPredicate::slt, step, keptSteps);
  Value round = k.div(step, ring.items, "round");
  Value keptHead = k.add(block, k.create<arith::MulIOp>("", round, grid));
  Value rest = k.create<arith::MaxSIOp>("", k.sub(number, k.mul(keptHeads, ring.items)), k.index(0));
  Value restHead = k.add(keptHeads, k.create<arith::RemUIOp>("", rest, restHeads));
  Value head = select("head_of_all", isKept, keptHead, restHead);
  Value part = select("part", isKept, k.rem(step, ring.items), k.create<arith::DivUIOp>("", rest, restHeads));
  Value goByHeads = k.compare(arith::CmpIPredicate::sgt, keptSteps, k.index(0));
  return {select("seq", goByHeads, k.div(head, f.shape.headsQ), at.seq),
          {},
          select("head", goByHeads, k.rem(head, f.shape.headsQ), at.head),
          select("part", goByHeads, part, at.part),
          isKept};
}

/// The same with its sequence, of no rows where there is no item or it has none.
StreamingRing::Item StreamingRing::look(Value step) {
  Item item = locate(step);
  Value number = k.add(block, k.create<arith::MulIOp>("", step, grid));
  Value exists = k.compare(arith::CmpIPredicate::slt, number, items);
  Type index = k.builder.getIndexType();
  Value seq = k.min(item.begin, k.sub(f.batch, k.index(1)));
  auto sequence = k.create<LaneSequenceOp>("", index, index, f.offsets, seq, f.shape.capacity);
  item.begin = sequence.getBegin(), item.length = sequence.getLength();
  Value parts = countParts(countGroups(countRows(item).end));
  Value hasRows = k.compare(arith::CmpIPredicate::slt, item.part, parts);
  Value isItem = k.create<arith::AndIOp>("", exists, hasRows);
  item.length = select("lengths", isItem, item.length, k.index(0));
  return item;
}

/// All rows of the item's head, but for those that have products of their own.
StreamingRing::Rows StreamingRing::countRows(const Item& item) {
  if (!ring.shorts) return {k.index(0), item.length, {}};
  Value left = k.rem(item.length, kRingGroupRows, "rows_behind");
  Value whole = k.sub(item.length, left);
  // 1 to 8, by one comparison; of more keys than arrive by themselves.
  Value areFew = k.compare(arith::CmpIPredicate::ult, k.sub(left, k.index(1)), k.index(kShortRows));
  Value hasMore = k.compare(arith::CmpIPredicate::sgt, item.length, k.index(ring.chunk + ring.merge));
  Value areShort = k.create<arith::AndIOp>("", k.create<arith::AndIOp>("", areFew, hasMore), item.isKept);
  return {k.index(0), select("rows_end", areShort, whole, item.length), areShort};
}

/// As few parts as may be; parts beyond have no rows.
Value StreamingRing::countParts(Value groups) {
  int64_t most = ring.queryRows / kRingGroupRows;
  return k.div(k.add(groups, most - 1), most, "parts");
}

/// The rows of a part: whole groups but for the last, dealt evenly, so that no warpgroup has a part to itself while
/// others have one more group each.
StreamingRing::Rows StreamingRing::deal(const Item& item, const Rows& rows) {
  Value groups = countGroups(rows.end), parts = countParts(groups);
  Value each = k.create<arith::DivUIOp>("each", groups, parts);
  Value more = k.create<arith::RemUIOp>("more", groups, parts);
  Value first = k.add(k.create<arith::MulIOp>("", item.part, each), k.min(item.part, more), "first_group");
  Value hasMore = k.compare(arith::CmpIPredicate::slt, item.part, more);
  Value end = k.add(first, select("count", hasMore, k.add(each, 1), each));
  return {k.mul(first, kRingGroupRows, "first_row"), k.min(k.mul(end, kRingGroupRows), rows.end, "end_row"),
          rows.areShort};
}

void StreamingRing::produce() {
  if (ring.keeps) findOrder();
  // Slots that nobody has filled yet are past phase 1.
  SmallVector<Value> initial{k.index(0), k.index(0), k.index(0), k.index(1)};
  if (!ring.tensors) initial.push_back(k.index(0));
  if (ring.shorts) initial.push_back(k.index(1));
  const StringRef names[] = {"count", "piece", "slot", "phase", "held", "last_phase"};
  Value lane = k.rem(k.create<ThreadIdOp>("thread"), kWarpLanes, "lane");
  Value steps = countSteps();
  // The lanes look at as many items at once. Where lengths differ much most items have no rows, and each would cost
  // the way to its offsets and back.
  auto all = loop("first_step", k.index(0), steps, k.index(kWarpLanes), initial, names,
                  [&](Value firstStep, ValueRange carried) {
                    Item survey = look(k.add(firstStep, lane, "step"));
                    auto found = loop("found", k.index(0), k.index(kWarpLanes), k.index(1), carried, names,
                                      [&](Value ofLane, ValueRange before) {
                                        return produceIfFound(k.add(firstStep, ofLane, "step"), ofLane, survey, before);
                                      });
                    return SmallVector<Value>(found.getResults());
                  });
  Flow flow = restoreItems(all.getResults());
  flush(flow);
  publishEnd(all.getResult(0), flow);
}

/// Of what goes around the loops over items, all but their number.
StreamingRing::Flow StreamingRing::restoreItems(ValueRange values) {
  Flow flow = restoreFlow({}, values.drop_front(2));
  flow.piece = values[1];
  if (ring.shorts) flow.lastPhase = values.back();
  return flow;
}

SmallVector<Value> StreamingRing::produceIfFound(Value step, Value ofLane, const Item& survey, ValueRange carried) {
  Value length = k.create<FromLaneOp>("length", survey.length, ofLane);
  SmallVector<Type> types(carried.size(), k.builder.getIndexType());
  auto branch = scf::IfOp::create(k.builder, k.location, types,
                                  k.compare(arith::CmpIPredicate::sgt, length, k.index(0)), /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(k.builder);
  k.builder.setInsertionPointToStart(branch.elseBlock());
  scf::YieldOp::create(k.builder, k.location, carried);
  k.builder.setInsertionPointToStart(branch.thenBlock());
  Item item{k.create<FromLaneOp>("begin", survey.begin, ofLane),
            length,
            k.create<FromLaneOp>("head", survey.head, ofLane),
            k.create<FromLaneOp>("part", survey.part, ofLane),
            {}};
  if (ring.keeps) item.isKept = k.create<arith::CmpIOp>("is_kept", arith::CmpIPredicate::slt, step, keptSteps);
  Flow flow = produceItem(restoreItems(carried), carried[0], item);
  SmallVector<Value> values{k.add(carried[0], 1, "count_after"), flow.piece};
  values.append(carryFlow(flow));
  if (flow.lastPhase) values.push_back(flow.lastPhase);
  scf::YieldOp::create(k.builder, k.location, values);
  return SmallVector<Value>(branch.getResults());
}

StreamingRing::Flow StreamingRing::produceItem(Flow flow, Value count, const Item& item) {
  Rows all = countRows(item), rows = deal(item, all);
  SmallVector<Value> words{item.begin, item.length, rows.first, rows.end, item.head, flow.piece};
  Value areThere, isShort;
  if (ring.keeps) {
    Value isOther = k.compare(arith::CmpIPredicate::slt, rows.end, all.end);
    Value stays = k.create<arith::AndIOp>("", item.isKept, isOther);
    Value stay = select("stay", stays, k.index(Staying), k.index(Passing));
    areThere =
        k.create<arith::AndIOp>("are_there", item.isKept, k.compare(arith::CmpIPredicate::sgt, item.part, k.index(0)));
    if (ring.shorts) {
      Value isLast = k.compare(arith::CmpIPredicate::eq, rows.end, all.end);
      isShort = k.create<arith::AndIOp>("is_short", isLast, rows.areShort);
      stay = select("stay", isShort, k.index(LastWithShortRows), stay);
    }
    words.push_back(stay);
  }
  // Slots of Q come free in turn: with the last one all are.
  Value pieces = countGroups(k.sub(rows.end, rows.first));
  Place last = getPiece(movePiece(flow.piece, k.sub(pieces, k.index(1))), 1);
  if (!ring.tensors) {
    // Those that compute may wait for what is held, and only then free slots; nor may tiles that arrive by themselves
    // come between.
    Value isUsed = k.create<BarrierPendingOp>("is_pending", emptyPiece, last.slot, last.phase);
    Value isAlone = k.compare(arith::CmpIPredicate::eq, getTailKey(item.length), k.index(0));
    Value areHeld = k.compare(arith::CmpIPredicate::sgt, flow.held, k.index(0));
    Value mayWait = k.create<arith::OrIOp>("", isUsed, isAlone);
    if (isShort) mayWait = k.create<arith::OrIOp>("", mayWait, isShort);
    flow = flushIf(k.create<arith::AndIOp>("", areHeld, mayWait), flow);
  }
  k.create<WaitBarrierOp>("", emptyPiece, last.slot, last.phase);
  // Results were staged where Q goes now.
  if (ring.tensors) k.create<FenceAsyncOp>("");
  Value slot = getItem(count).slot;
  publish(slot, words, ring.tensors ? fullItem : Value());
  copyQueries(flow, item, rows, isShort);
  // Q comes ahead of the tiles, and is there when the first of them is handed over; if those are there it is waited
  // for.
  if (areThere) flow = flushIf(areThere, flow);
  if (!ring.tensors) k.create<ArriveOp>("", true, fullItem, slot);
  flow.piece = movePiece(flow.piece, pieces);
  return produceTiles(flow, item, areThere);
}

void StreamingRing::copyQueries(Flow& flow, const Item& item, const Rows& rows, Value isShort) {
  Source source = getSource("q", f.qPtr, f.qMap, f.op.getLayoutQ(), item.begin, item.head);
  auto copyFrom = [&](Value row, Value to, Value end, int64_t limit) {
    Value from = k.create<RowsFromOp>("q_item_rows", source.rows.getType(), source.rows, row);
    return copy("q_copy", from, to, k.sub(end, row, "row_count"), k.index(limit));
  };
  forPieces(flow.piece, countGroups(k.sub(rows.end, rows.first)), 1, [&](Value i, Place at) {
    Value row = k.add(rows.first, k.mul(i, kRingGroupRows)), tile = k.slot("q_tile", qTiles, at.slot);
    if (!ring.tensors) {
      copyFrom(row, tile, rows.end, kRingGroupRows);
      return;
    }
    copyTensor("q_item", source, row, tile, k.sub(rows.end, row), k.index(kRingGroupRows), fullPiece, at.slot);
  });
  if (ring.tensors) return;
  if (isShort) {
    auto branch =
        scf::IfOp::create(k.builder, k.loc("last_phase"), k.builder.getIndexType(), isShort, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(k.builder);
    k.builder.setInsertionPointToStart(branch.elseBlock());
    scf::YieldOp::create(k.builder, k.location, flow.lastPhase);
    k.builder.setInsertionPointToStart(branch.thenBlock());
    k.create<WaitBarrierOp>("", emptyLast, k.index(0), flow.lastPhase);
    copyFrom(rows.end, lastQ, item.length, kShortRowLimit);
    Value flipped = k.create<arith::XOrIOp>("", flow.lastPhase, k.index(1));
    scf::YieldOp::create(k.builder, k.location, flipped);
    flow.lastPhase = branch.getResult(0);
    k.builder.setInsertionPointAfter(branch);
    k.create<CommitGroupOp>("group", ValueRange{});
    return;
  }
  k.create<CommitGroupOp>("group", ValueRange{});
}

/// Tells those that compute that no item follows, unless they had as many as there can be.
void StreamingRing::publishEnd(Value count, Flow flow) {
  auto branch = scf::IfOp::create(k.builder, k.location, k.compare(arith::CmpIPredicate::slt, count, countSteps()),
                                  /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(k.builder);
  k.builder.setInsertionPointToStart(branch.thenBlock());
  Place piece = getPiece(flow.piece, 1);
  k.create<WaitBarrierOp>("", emptyPiece, piece.slot, piece.phase);
  // A lane that still waits for a slot would miss the phase of one that is handed over behind its back.
  if (ring.tensors) k.create<BarrierOp>("", Scope::Warp);
  Value slot = getItem(count).slot;
  publish(slot, SmallVector<Value>(getWords().size(), k.index(0)), ring.tensors ? fullItem : Value());
  if (!ring.tensors) k.create<ArriveOp>("", true, fullItem, slot);
}

}  // namespace raggedc
