//===- LowerRingStream.cpp - the family ring with tiles that pass ----------===//
//
// The warpgroups that compute: RingStream.h.
//
//===----------------------------------------------------------------------===//

#include "passes/PlainWeights.h"
#include "passes/RingStream.h"
#include "passes/ShortRows.h"

namespace raggedc {

using namespace mlir;
using namespace mlir::ragged_kernel;

static constexpr StringRef kWords[] = {"begin", "length", "first_row", "end_row", "head", "piece", "stay"};

StreamingRing::StreamingRing(RingFrame frame) : RingKernel(frame) {
  lagged = !plain;
}

ArrayRef<StringRef> StreamingRing::getWords() const {
  return ArrayRef(kWords).drop_back(ring.keeps ? 0 : 1);
}

void StreamingRing::allocate() {
  int64_t stages = f.candidate.stages, readers = ring.consumers * kWarpgroupWarps;
  kvTiles = allocTile("kv_tiles", f.plan.k, f.plan.kLayout, {stages, ring.keyRows, f.shape.headDim});
  qTiles = allocTile("q_tiles", f.plan.q, f.plan.qLayout, {ring.queryPieces, kRingGroupRows, f.shape.headDim});
  if (ring.shorts) {
    lastQ = allocTile("q_last_tile", f.plan.lastQ, f.plan.qLayout, {kRingGroupRows, f.shape.headDim});
    weights = allocTile("p_tile", f.plan.lastQ, getWeightsLayout(k.builder.getContext()), {kShortTileRows, kShortRows});
  }
  // All threads that copy: what is alone arrives by itself. By tensor maps, one for each copy.
  int64_t arrivals = ring.tensors ? 1 : kWarpgroupThreads;
  fullItem = allocBarriers("full_item", ring.queryPieces, ring.tensors ? 1 : kWarpgroupWarps);
  if (ring.tensors) fullPiece = allocBarriers("full_q", ring.queryPieces, 1);
  emptyPiece = allocBarriers("empty_q", ring.queryPieces, readers);
  if (ring.shorts) emptyLast = allocBarriers("empty_last", 1, kWarpgroupWarps);
  full = allocBarriers("full", stages, arrivals);
  // Those who compute tell the last one where a tile stays: no branch, and nobody waits for it.
  empty = allocBarriers("empty", stages + (ring.keeps ? 1 : 0), readers);
  work = allocWork(ring.queryPieces, getWords().size());
}

//===----------------------------------------------------------------------===//
// Items
//===----------------------------------------------------------------------===//

/// Items of this block, at most.
Value StreamingRing::countSteps() {
  return k.create<arith::DivUIOp>("steps", k.sub(k.add(items, grid), k.add(block, 1)), grid);
}

StreamingRing::Place StreamingRing::getItem(Value count) {
  Value lap = k.div(count, ring.queryPieces);
  return {k.rem(count, ring.queryPieces, "item_slot"), k.rem(lap, 2, "item_phase"), ring.queryPieces};
}

StreamingRing::Place StreamingRing::getPiece(Value piece, int64_t lap) {
  Value count = k.index(ring.queryPieces);
  Value isSecond = k.compare(arith::CmpIPredicate::sge, piece, count);
  return {select("q_slot", isSecond, k.sub(piece, count), piece),
          select("q_phase", isSecond, k.index(1 - lap), k.index(lap)), ring.queryPieces};
}

Value StreamingRing::movePiece(Value piece, Value by) {
  Value next = k.add(piece, by), laps = k.index(2 * ring.queryPieces);
  Value wraps = k.compare(arith::CmpIPredicate::sge, next, laps);
  return select("piece_after", wraps, k.sub(next, laps), next);
}

void StreamingRing::forPieces(Value first, Value count, int64_t lap, llvm::function_ref<void(Value, Place)> body) {
  loop("i", k.index(0), count, k.index(1), {}, {}, [&](Value i, ValueRange) {
    body(i, getPiece(movePiece(first, i), lap));
    return SmallVector<Value>{};
  });
}

void StreamingRing::consume(Value) {
  Value warp = k.create<WarpIdOp>("warp_id");
  Value warpRow = k.mul(k.rem(warp, kWarpgroupWarps), kWarpRows, "warp_row");
  // Items are counted, and what they are is read: numbers of blocks and items would hold registers all the time.
  SmallVector<Value> initial(3, k.index(0));
  loop("count", k.index(0), countSteps(), k.index(1), initial, {"turn", "slot", "phase"},
       [&](Value count, ValueRange carried) {
         // Behind the last item the turn is negative.
         SmallVector<Type> types(carried.size(), k.builder.getIndexType());
         auto alive =
             scf::IfOp::create(k.builder, k.location, types,
                               k.compare(arith::CmpIPredicate::sge, carried[0], k.index(0)), /*withElseRegion=*/true);
         OpBuilder::InsertionGuard guard(k.builder);
         k.builder.setInsertionPointToStart(alive.elseBlock());
         scf::YieldOp::create(k.builder, k.location, carried);
         k.builder.setInsertionPointToStart(alive.thenBlock());
         Place tiles{carried[1], carried[2], f.candidate.stages};
         scf::YieldOp::create(k.builder, k.location, consumeItem(count, carried[0], tiles, warpRow));
         return SmallVector<Value>(alive.getResults());
       });
}

SmallVector<Value> StreamingRing::consumeItem(Value count, Value turn, Place tiles, Value warpRow) {
  item = getItem(count);
  k.create<WaitBarrierOp>("", fullItem, item.slot, item.phase);
  SmallVector<Value> words = readWork(item.slot, getWords());
  Value length = words[Length], firstRow = words[FirstRow], endRow = words[EndRow];
  Value tailKey = getTailKey(length);
  // Asked for again: it would hold a register all the time.
  Value groupOfBlock = k.create<WarpgroupIdOp>("group_id");
  Value first = takeTurn(groupOfBlock, turn);
  Value groups = countGroups(k.sub(endRow, firstRow)), units = groups;
  if (ring.keeps) isStaying = k.compare(arith::CmpIPredicate::eq, words[Stay], k.index(Staying));
  if (ring.shorts) {
    Value isShort = k.compare(arith::CmpIPredicate::eq, words[Stay], k.index(LastWithShortRows));
    units = select("units", isShort, k.add(groups, 1), groups);
    // The next in turn has them.
    Value isOwn =
        k.compare(arith::CmpIPredicate::eq, first, k.create<arith::RemUIOp>("", groups, k.index(ring.consumers)));
    auto branch = scf::IfOp::create(k.builder, k.location, k.create<arith::AndIOp>("", isShort, isOwn),
                                    /*withElseRegion=*/false);
    OpBuilder::InsertionGuard guard(k.builder);
    k.builder.setInsertionPointToStart(branch.thenBlock());
    computeShortRows(tiles, words, tailKey);
    k.create<ArriveOp>("", true, emptyLast, k.index(0));
  }
  Value turnAfter = k.create<arith::RemSIOp>("turn_after", k.add(turn, units), k.index(ring.consumers));
  Value isEnd = k.compare(arith::CmpIPredicate::eq, endRow, k.index(0));
  turnAfter = select("turn_after", isEnd, k.index(-1), turnAfter);
  Type index = k.builder.getIndexType();
  auto branch = scf::IfOp::create(k.builder, k.location, TypeRange{index, index},
                                  k.compare(arith::CmpIPredicate::slt, first, groups), /*withElseRegion=*/true);
  {
    OpBuilder::InsertionGuard guard(k.builder);
    k.builder.setInsertionPointToStart(branch.thenBlock());
    Place after = compute(tiles, words[Piece], first, warpRow, length, tailKey);
    scf::YieldOp::create(k.builder, k.location, ValueRange{after.slot, after.phase});
    k.builder.setInsertionPointToStart(branch.elseBlock());
    Value hasTiles = k.compare(arith::CmpIPredicate::slt, firstRow, endRow);
    if (isStaying) {
      Value goes = k.create<arith::XOrIOp>("", isStaying, k.create<arith::ConstantIntOp>("", 1, 1));
      hasTiles = k.create<arith::AndIOp>("", hasTiles, goes);
    }
    Place passed = pass(tiles, tailKey, hasTiles);
    scf::YieldOp::create(k.builder, k.location, ValueRange{passed.slot, passed.phase});
  }
  forPieces(words[Piece], groups, 0, [&](Value, Place at) { k.create<ArriveOp>("", true, emptyPiece, at.slot); });
  Value slot = branch.getResult(0), phase = branch.getResult(1);
  if (isStaying) {
    slot = select("slot_after", isStaying, tiles.slot, slot);
    phase = select("phase_after", isStaying, tiles.phase, phase);
  }
  return {turnAfter, slot, phase};
}

/// The item's group of this warpgroup.
StreamingRing::Place StreamingRing::compute(Place tiles, Value piece, Value first, Value warpRow, Value length,
                                            Value tailKey) {
  Place own = getPiece(movePiece(piece, first), 0);
  // Each slot has a copy that counts its own bytes.
  if (ring.tensors) k.create<WaitBarrierOp>("", fullPiece, own.slot, own.phase);
  // Known to be the same in a whole warp, so that descriptors of the loop's products are computed once for all lanes.
  Value qTile = k.slot("q_group", qTiles, k.uniform("q_slot", own.slot));
  State state;
  state.tiles = tiles;
  Queries q{qTile, k.sharedRows("q_warp", qTile, warpRow, kWarpRows)};
  state = attend(state, q, length, tailKey);
  // What nobody needs before is read again: the loop over chunks has no register left. The result is staged where the
  // warp's Q was.
  again = readWork(item.slot, getWords());
  Value outRows = view("out_rows", f.outPtr, f.op.getLayoutOut(), again[Begin], again[Head]);
  Value row = k.add(k.add(again[FirstRow], k.mul(first, kRingGroupRows)), warpRow, "row");
  store(state, q, outRows, row, again[Length]);
  return state.tiles;
}

/// Those behind the last whole 64 of a head whose tiles have stayed, all of them.
void StreamingRing::computeShortRows(Place tiles, ArrayRef<Value> words, Value tailKey) {
  Value q = k.sharedRows("q_rows", lastQ, k.index(0), kWarpRows);
  Value chunks = k.div(tailKey, ring.chunk, "chunks"), begin = words[Begin];
  Value warp = k.rem(k.create<WarpIdOp>("warp_id"), kWarpgroupWarps, "warp_of_group");
  // Of the tiles of a head, in the order of their use.
  auto at = [&](Value number) -> Place {
    Value slot = k.add(tiles.slot, number), stages = k.index(f.candidate.stages);
    Value wraps = k.compare(arith::CmpIPredicate::sge, slot, stages);
    Value flipped = k.create<arith::XOrIOp>("", tiles.phase, k.index(1));
    return {k.uniform("slot", select("", wraps, k.sub(slot, stages), slot)),
            select("phase", wraps, flipped, tiles.phase), f.candidate.stages};
  };
  auto awaitTile = [&](Value tile) -> ShortTile {
    Value isTail = k.create<arith::CmpIOp>("is_tail", arith::CmpIPredicate::eq, tile, k.index(0));
    Value twice = k.mul(tile, 2);
    Place keys = at(k.create<arith::MaxSIOp>("", k.sub(twice, k.index(1)), k.index(0)));
    Place values = at(k.min(k.add(twice, 2), k.add(k.mul(chunks, 2), 1)));
    Value live = select("live_keys", isTail, k.sub(words[Length], tailKey), k.index(ring.chunk));
    for (const Place& place : {keys, values}) k.create<WaitBarrierOp>("", full, place.slot, place.phase);
    return {k.slot("k_slot", kvTiles, keys.slot), k.slot("v_slot", kvTiles, values.slot), live};
  };
  auto useAllKeys = [&](llvm::function_ref<void(const KeySource&)> use) {
    auto [kRows, vRows] = viewKeys(begin, words[Head]);
    withPassingKeys(k, q, kRows, vRows, k.sharedRows("scratch", lastQ, k.index(kWarpRows), kWarpRows), words[Length],
                    1.0, use);
  };
  Value outRows = view("out_rows", f.outPtr, f.op.getLayoutOut(), begin, words[Head]);
  buildShortRows(k, {ExpBase::Two, scale}, element,
                 {words[EndRow], words[Length], q, weights, k.index(kShortWeightsRow), warp, outRows, ring.broad,
                  countShortTiles(ring.broad), k.add(chunks, 1), awaitTile, useAllKeys});
}

/// Tiles of an item that this warpgroup has no rows of.
StreamingRing::Place StreamingRing::pass(Place tiles, Value tailKey, Value hasTiles) {
  Value chunks = k.div(tailKey, ring.chunk);
  Value count = select("tiles", hasTiles, k.add(k.mul(chunks, 2), 2), k.index(0));
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

//===----------------------------------------------------------------------===//
// Tiles
//===----------------------------------------------------------------------===//

StreamingRing::Tile StreamingRing::take(State& state, StringRef name, int64_t rows) {
  Place& at = state.tiles;
  at.slot = k.uniform("slot", at.slot);
  k.create<WaitBarrierOp>("", full, at.slot, at.phase);
  Tile tile{k.sharedRows(name, k.slot((name + "_slot").str(), kvTiles, at.slot), k.index(0), rows), at.slot};
  at = advance(at, "slot");
  return tile;
}

void StreamingRing::showTail(Value isAlone) {
  if (ring.tensors) return;
  OpBuilder::InsertionGuard guard(k.builder);
  if (isAlone) {
    auto branch = scf::IfOp::create(k.builder, k.location, isAlone, /*withElseRegion=*/false);
    k.builder.setInsertionPointToStart(branch.thenBlock());
  }
  k.create<FenceAsyncOp>("");
}

void StreamingRing::release(Tile tile) {
  Value slot = tile.slot;
  if (isStaying) slot = select("freed", isStaying, k.index(f.candidate.stages), slot);
  k.create<ArriveOp>("", true, empty, slot);
}

/// Those who attend again have their keys from global memory.
void StreamingRing::settle(State& state, Queries q, Value length) {
  if (!plain) return RingKernel::settle(state, q, length);
  auto [kRows, vRows] = viewKeys(again[Begin], again[Head]);
  PlainState settled;
  withPassingKeys(k, q.ofWarp, kRows, vRows, q.ofWarp, length, 1.0, [&](const KeySource& keys) {
    settled = checkPlain(k, {ExpBase::Two, scale}, state.acc, state.sum, element, keys, /*isExact=*/true);
  });
  state.acc = settled.acc, state.sum = settled.sum;
}

std::pair<Value, Value> StreamingRing::viewKeys(Value begin, Value head) {
  Value headKV = k.div(head, f.shape.headsQ / f.shape.headsKV, "kv_head");
  return {view("k_rows", f.kPtr, f.op.getLayoutK(), begin, headKV),
          view("v_rows", f.vPtr, f.op.getLayoutV(), begin, headKV)};
}

void buildRingStream(const RingFrame& frame) {
  StreamingRing(frame).build();
}

}  // namespace raggedc
