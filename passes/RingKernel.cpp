//===- RingKernel.cpp - what both forms of the family ring share -----------===//

#include "passes/RingKernel.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/Support/MathExtras.h"
#include "passes/PlainWeights.h"

namespace raggedc {

using namespace mlir;
using namespace mlir::ragged_kernel;
using ragged::AttentionOp;

RingKernel::RingKernel(RingFrame frame)
    : f(frame),
      k(frame.k),
      ring(RingShape::of(frame.candidate, frame.shape)),
      element(frame.op.getElementType()),
      scale(frame.op.getScaleOrDefault() * llvm::numbers::log2e),
      plain(mayBePlain(element)),
      nextBarrier(frame.plan.ring.barriers) {}

void RingKernel::build() {
  prefetchMaps();
  allocate();
  k.create<BarrierOp>("", Scope::Block);
  Value warpgroup = k.create<WarpgroupIdOp>("group_id");
  block = k.create<BlockIdOp>("block_id", GridAxis::X);
  grid = k.create<GridSizeOp>("blocks", GridAxis::X);
  items = k.mul(f.batch, f.shape.headsQ * ring.items, "items");
  Value copies = k.compare(arith::CmpIPredicate::eq, warpgroup, k.index(ring.consumers));
  auto split = scf::IfOp::create(k.builder, k.location, copies, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(k.builder);
  k.builder.setInsertionPointToStart(split.thenBlock());
  k.create<SetRegistersOp>("", false, ring.getProducerRegisters());
  if (ring.tensors) {
    Value warp = k.create<WarpIdOp>("warp_id");
    Value isFirst = k.compare(arith::CmpIPredicate::eq, warp, k.index(ring.consumers * kWarpgroupWarps));
    auto first = scf::IfOp::create(k.builder, k.location, isFirst, /*withElseRegion=*/false);
    k.builder.setInsertionPointToStart(first.thenBlock());
  }
  produce();
  k.builder.setInsertionPointToStart(split.elseBlock());
  k.create<SetRegistersOp>("", true, ring.getConsumerRegisters());
  consume(warpgroup);
}

//===----------------------------------------------------------------------===//
// Shared memory
//===----------------------------------------------------------------------===//

Value RingKernel::allocTile(StringRef name, int64_t offset, LayoutAttr layout, ArrayRef<int64_t> sizes) {
  Type type = SharedType::get(k.builder.getContext(), sizes, element, layout);
  return k.create<AllocSharedOp>(name, type, offset);
}

Value RingKernel::allocBarriers(StringRef name, int64_t count, int64_t arrivals) {
  Type type = BarriersType::get(k.builder.getContext(), count);
  Value barriers = k.create<AllocBarriersOp>(name, type, nextBarrier);
  nextBarrier += 8 * count;
  k.create<InitBarriersOp>("", barriers, arrivals);
  return barriers;
}

Value RingKernel::allocWork(int64_t count, int64_t words) {
  Type type = SharedType::get(k.builder.getContext(), {words * count}, k.builder.getI32Type(), LayoutAttr());
  return k.create<AllocSharedOp>("work", type, f.plan.ring.work);
}

//===----------------------------------------------------------------------===//
// Items
//===----------------------------------------------------------------------===//

/// `body` gets the induction variable and what is carried, and returns that of the next turn.
scf::ForOp RingKernel::loop(StringRef name, Value from, Value to, Value step, ValueRange initial, Names names,
                            Body body) {
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

scf::ForOp RingKernel::loopOverItems(ValueRange initial, Names names, Body body) {
  return loop("item", block, items, grid, initial, names, body);
}

RingKernel::Place RingKernel::advance(Place place, StringRef name) {
  Value next = k.add(place.slot, 1, ("next_" + name).str());
  Value wraps = k.create<arith::CmpIOp>("wraps", arith::CmpIPredicate::eq, next, k.index(place.count));
  Value flipped = k.create<arith::XOrIOp>("", place.phase, k.index(1));
  return {select((name + "_after").str(), wraps, k.index(0), next), select("phase_after", wraps, flipped, place.phase),
          place.count, place.isUniform};
}

RingKernel::Item RingKernel::decode(Value item) {
  Value rest = k.div(item, f.shape.headsQ, ring.items == 1 ? "seq" : "seq_part");
  return {k.rem(item, f.shape.headsQ, "head"), k.div(rest, ring.items, "seq"), k.rem(rest, ring.items, "part")};
}

Value RingKernel::view(StringRef name, Value ptr, AttentionOp::Layout layout, Value begin, Value head) {
  Type type = RowsType::get(k.builder.getContext(), element, layout.rowStride);
  return k.create<GlobalRowsOp>(name, type, ptr, begin, head, layout.headStride, layout.base);
}

Value RingKernel::getTailKey(Value length) {
  int64_t beyond = ring.merge + 1;
  if (f.shape.capacity < ring.chunk + beyond) return k.index(0);
  Value more = k.create<arith::MaxSIOp>("", k.sub(length, k.index(beyond)), k.index(0));
  return k.mul(k.div(more, ring.chunk), ring.chunk, "tail_key");
}

/// Whether the tail is a narrow one; null if there is one width only.
Value RingKernel::isNarrow(Value length, Value tailKey) {
  if (ring.narrow == ring.broad) return {};
  return k.create<arith::CmpIOp>("", arith::CmpIPredicate::sle, k.sub(length, tailKey), k.index(ring.narrow));
}

Value RingKernel::getTailWidth(Value length, Value tailKey) {
  Value narrow = isNarrow(length, tailKey);
  if (!narrow) return k.index(ring.broad);
  return select("tail_width", narrow, k.index(ring.narrow), k.index(ring.broad));
}

Value RingKernel::countGroups(Value rows) {
  return k.create<arith::DivSIOp>("groups", k.add(rows, kRingGroupRows - 1), k.index(kRingGroupRows));
}

Value RingKernel::takeTurn(Value warpgroup, Value turn) {
  Value ahead = k.sub(warpgroup, turn, "ahead");
  Value isBehind = k.compare(arith::CmpIPredicate::slt, ahead, k.index(0));
  return select("first", isBehind, k.add(ahead, ring.consumers), ahead);
}

//===----------------------------------------------------------------------===//
// Copying
//===----------------------------------------------------------------------===//

void RingKernel::publish(Value slot, ValueRange words, Value full) {
  Value first =
      k.compare(arith::CmpIPredicate::eq, k.create<ThreadIdOp>("thread"), k.index(ring.consumers * kWarpgroupThreads));
  auto branch = scf::IfOp::create(k.builder, k.location, first, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(k.builder);
  k.builder.setInsertionPointToStart(branch.thenBlock());
  Value at = k.mul(slot, int64_t(words.size()), "at");
  for (auto [i, word] : llvm::enumerate(words)) k.create<StoreOp>("", word, work, k.add(at, int64_t(i)));
  if (full) k.create<ArriveOp>("", false, full, slot);
}

RingKernel::Source RingKernel::getSource(StringRef name, Value ptr, Value map, AttentionOp::Layout layout, Value begin,
                                         Value head) {
  Source source{view((name + "_rows").str(), ptr, layout, begin, head), map, begin, Value()};
  if (map) source.col = k.add(k.mul(head, layout.headStride), layout.base, (name + "_col").str());
  return source;
}

void RingKernel::copyTensor(StringRef name, const Source& source, Value row, Value tile, Value valid, Value limit,
                            Value barriers, Value index) {
  Value from = k.create<RowsFromOp>((name + "_rows").str(), source.rows.getType(), source.rows, row);
  Value mapRow = k.add(source.begin, row, (name + "_row").str());
  k.create<CopyTensorOp>("", source.map, mapRow, source.col, from, tile, valid, limit, barriers, index);
}

/// While the kernel in front ends.
void RingKernel::prefetchMaps() {
  llvm::SmallSetVector<Value, 3> maps;
  for (Value map : {f.qMap, f.kMap, f.vMap})
    if (map && maps.insert(map)) k.create<PrefetchMapOp>("", map);
}

Value RingKernel::copy(StringRef name, Value rows, Value tile, Value valid, Value limit) {
  return k.create<CopyAsyncOp>(name, Scope::Warpgroup, rows, tile, valid, limit);
}

SmallVector<Value> RingKernel::readWork(Value slot, Names names) {
  Value at = k.mul(slot, int64_t(names.size()), "at");
  SmallVector<Value> words;
  for (auto [i, name] : llvm::enumerate(names)) {
    Value word = k.create<LoadOp>("", k.builder.getIndexType(), work, k.add(at, int64_t(i)));
    words.push_back(k.uniform(name, word));
  }
  return words;
}

//===----------------------------------------------------------------------===//
// Computing
//===----------------------------------------------------------------------===//

Type RingKernel::accType() {
  return AccType::get(k.builder.getContext(), kWarpRows, f.shape.headDimV, k.builder.getF32Type());
}

/// What of a state leaves a conditional or goes around a loop.
SmallVector<Value> RingKernel::carry(const State& state, bool withWeights) {
  SmallVector<Value> values{state.acc, state.sum};
  if (withWeights) values.push_back(state.p);
  if (withWeights && !plain) values.push_back(state.max);
  if (state.tiles.slot) values.append({state.tiles.slot, state.tiles.phase});
  return values;
}

RingKernel::State RingKernel::restore(const State& like, ValueRange values, bool withWeights) {
  State state;
  unsigned next = 0;
  state.acc = values[next++], state.sum = values[next++];
  if (withWeights) state.p = values[next++];
  if (withWeights && !plain) state.max = values[next++];
  if (like.tiles.slot) state.tiles = {values[next], values[next + 1], like.tiles.count};
  return state;
}

RingKernel::State RingKernel::attend(State state, Queries q, Value length, Value tailKey) {
  Value narrow = isNarrow(length, tailKey);
  if (!narrow) {
    Tile keys = takeKeys(state, tailKey, ring.broad);
    showTail(k.compare(arith::CmpIPredicate::eq, tailKey, k.index(0)));
    return addAll(weighTail(state, keys, ring.broad, q, length, tailKey), ring.broad, q, tailKey);
  }
  Type rowsType = RowVectorType::get(k.builder.getContext(), kWarpRows);
  Type weightsType = OperandType::get(k.builder.getContext(), kWarpRows, ring.broad, element);
  SmallVector<Type> types{accType(), rowsType};
  if (ring.streaming) types = {rowsType, weightsType};
  if (ring.streaming && !plain) types.push_back(rowsType);
  Tile keys;
  if (ring.streaming) {
    keys = takeKeys(state, tailKey, ring.broad);
    showTail(k.compare(arith::CmpIPredicate::eq, tailKey, k.index(0)));
  }
  auto branch = scf::IfOp::create(k.builder, k.location, types, narrow, /*withElseRegion=*/true);
  auto fill = [&](Block* into, int64_t width) {
    OpBuilder::InsertionGuard guard(k.builder);
    k.builder.setInsertionPointToStart(into);
    State own = state;
    if (!ring.streaming) {
      own = weighTail(own, takeKeys(own, tailKey, width), width, q, length, tailKey);
      own = addAll(own, width, q, tailKey);
      scf::YieldOp::create(k.builder, k.location, carry(own, false));
      return;
    }
    Tile part = keys;
    if (width < ring.broad) part.tile = k.sharedRows("k_keys", keys.tile, k.index(0), width);
    own = weighTail(own, part, width, q, length, tailKey);
    if (width < ring.broad) own.p = k.create<WidenOp>("p_tail", weightsType, own.p);
    SmallVector<Value> weighed{own.sum, own.p};
    if (!plain) weighed.push_back(own.max);
    scf::YieldOp::create(k.builder, k.location, weighed);
  };
  fill(branch.thenBlock(), ring.narrow);
  fill(branch.elseBlock(), ring.broad);
  if (!ring.streaming) return restore(state, branch.getResults(), false);
  state.sum = branch.getResult(0), state.p = branch.getResult(1);
  if (!plain) state.max = branch.getResult(2);
  return addAll(state, ring.broad, q, tailKey);
}

/// Only a tail that does not fill its tile, where one of the longest sequence does.
Value RingKernel::maskTail(Value scores, int64_t width, Value length, Value tailKey) {
  int64_t capacity = f.shape.capacity;
  if (capacity - ring.countChunks(capacity) * ring.chunk != width)
    return k.create<MaskKeysOp>("scores", scores, tailKey, length);
  Value isPart = k.compare(arith::CmpIPredicate::slt, length, k.add(tailKey, width));
  auto branch = scf::IfOp::create(k.builder, k.loc("scores"), TypeRange{scores.getType()}, isPart,
                                  /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(k.builder);
  k.builder.setInsertionPointToStart(branch.thenBlock());
  Value masked = k.create<MaskKeysOp>("scores", scores, tailKey, length);
  scf::YieldOp::create(k.builder, k.location, masked);
  k.builder.setInsertionPointToStart(branch.elseBlock());
  scf::YieldOp::create(k.builder, k.location, scores);
  return branch.getResult(0);
}

/// The weights of the tail.
RingKernel::State RingKernel::weighTail(State state, Tile keys, int64_t width, Queries q, Value length, Value tailKey) {
  Value scores = k.mma("scores", MmaForm::NT, q.ofGroup, keys.tile, k.fillAcc("scores", width, 0.0), true);
  release(keys);
  scores = maskTail(scores, width, length, tailKey);
  if (!plain) return weighUnderMaximum(state, scores);
  // A narrow tail may have all the keys there are.
  Value max = width == ring.narrow ? takeMaxOfFew(k, scores, length) : k.fillRows("zero", 0.0);
  Value weights = k.create<ExpDiffOp>("weights", ExpBase::Two, scores, max, k.f32(scale));
  state.sum = k.create<RowSumOp>("sum", weights, k.fillRows("sum", 0.0));
  state.p = k.toOperand("p_tail", weights, element);
  return state;
}

/// The weights of the first keys under their maximum.
RingKernel::State RingKernel::weighUnderMaximum(State state, Value scores) {
  state.max = k.create<ReduceMaxOp>("max", k.create<RowMaxOp>("max", scores, k.fillRows("max", -INFINITY)));
  Value weights = k.create<ExpDiffOp>("weights", ExpBase::Two, scores, state.max, k.f32(scale));
  state.sum = k.create<RowSumOp>("sum", weights, k.fillRows("sum", 0.0));
  state.p = k.toOperand("p_tail", weights, element);
  return state;
}

/// The weights of the tail meet their V, and the chunks follow.
RingKernel::State RingKernel::addAll(State state, int64_t width, Queries q, Value tailKey) {
  if (f.shape.capacity < ring.chunk + ring.merge + 1) return finish(state, tailKey, width, true);

  SmallVector<Type> types{accType(), state.sum.getType()};
  if (state.tiles.slot) types.append(2, k.builder.getIndexType());
  Value isAlone = k.compare(arith::CmpIPredicate::eq, tailKey, k.index(0));
  auto branch = scf::IfOp::create(k.builder, k.location, types, isAlone, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(k.builder);
  k.builder.setInsertionPointToStart(branch.thenBlock());
  State alone = finish(state, tailKey, width, true);
  scf::YieldOp::create(k.builder, k.location, carry(alone, false));

  k.builder.setInsertionPointToStart(branch.elseBlock());
  State all = state;
  if (ring.streaming && width == ring.chunk) {
    // The first chunk is as all others, but for an output of zeros before it.
    all.acc = k.fillAcc("acc", f.shape.headDimV, 0.0);
    all = addChunks(all, q, 0, tailKey);
  } else {
    all = addChunk(state, q, k.index(0), tailKey, width, true);
    if (f.shape.capacity >= 2 * ring.chunk + ring.merge + 1) all = addChunks(all, q, ring.chunk, tailKey);
  }
  all = finish(all, k.sub(tailKey, k.index(ring.chunk)), ring.chunk, false);
  scf::YieldOp::create(k.builder, k.location, carry(all, false));
  return restore(state, branch.getResults(), false);
}

/// All chunks from `first` on.
RingKernel::State RingKernel::addChunks(State state, Queries q, int64_t first, Value tailKey) {
  Value chunk = k.index(ring.chunk), start = k.index(first);
  // Where tiles pass, nobody asks for the key, and a bound that is a constant needs no register.
  Value from = ring.streaming ? k.sub(start, tailKey) : start, to = ring.streaming ? k.index(0) : tailKey;
  SmallVector<StringRef> names{"acc", "sum", "p"};
  if (!plain) names.push_back("max");
  names.append({"slot", "phase"});
  auto chunks = loop("key", from, to, chunk, carry(state, true), names, [&](Value key, ValueRange carried) {
    State before = restore(state, carried, true);
    return carry(addChunk(before, q, key, k.sub(key, chunk), ring.chunk, false), true);
  });
  return restore(state, chunks.getResults(), true);
}

Value RingKernel::issue(StringRef name, MmaForm form, Value a, Value b, Value acc, bool fresh) {
  auto type = cast<AccType>(acc.getType());
  Type pending = PendingType::get(k.builder.getContext(), type.getRows(), type.getCols(), type.getElementType());
  return k.create<MmaIssueOp>(name, pending, form, a, b, acc, /*warpgroup=*/true, fresh);
}

Value RingKernel::wait(StringRef name, Value pending, int64_t newer) {
  auto type = cast<PendingType>(pending.getType());
  Type acc = AccType::get(k.builder.getContext(), type.getRows(), type.getCols(), type.getElementType());
  return k.create<MmaWaitOp>(name, acc, pending, /*warpgroup=*/true, newer);
}

/// Scores of a chunk while the weights of the one before meet their V; with `fresh` these are the first.
RingKernel::State RingKernel::addChunk(State state, Queries q, Value key, Value valueKey, int64_t valueRows,
                                       bool fresh) {
  // Both tiles are awaited before anything is issued: ptxas lets products run one by one if there is a loop, such as a
  // wait for a barrier, between a product and its own wait.
  Tile keys = takeKeys(state, key, ring.chunk);
  Tile values = takeValues(state, valueKey, valueRows);
  Value zero = k.fillAcc("scores", ring.chunk, 0.0);
  Value acc = fresh ? k.fillAcc("acc", f.shape.headDimV, 0.0) : state.acc;
  Value scoresPending = issue("scores", MmaForm::NT, q.ofGroup, keys.tile, zero, true);
  Value accPending = issue("acc", MmaForm::NN, state.p, values.tile, acc, fresh);
  Value scores = wait("scores", scoresPending, 1);
  if (lagged) {
    followLagged(state, q, keys, scores, accPending, values);
  } else {
    release(keys);
    plain ? addPlain(state, scores, accPending, values) : follow(state, scores, accPending, values);
  }
  return state;
}

/// There is no maximum.
void RingKernel::addPlain(State& state, Value scores, Value accPending, Tile values) {
  Value weights = weighPlainly(k, {ExpBase::Two, scale}, scores);
  state.sum = k.create<RowSumOp>("sum", weights, state.sum);
  state.acc = wait("acc", accPending, 0);
  release(values);
  state.p = k.toOperand("p", weights, element);
}

/// The maximum follows the scores.
void RingKernel::follow(State& state, Value scores, Value accPending, Tile values) {
  Value newMax = k.create<ReduceMaxOp>("new_max", k.create<RowMaxOp>("new_max", scores, state.max));
  Value correction = k.create<CorrectionOp>("correction", ExpBase::Two, state.max, newMax, k.f32(scale));
  Value weights = k.create<ExpDiffOp>("weights", ExpBase::Two, scores, newMax, k.f32(scale));
  state.sum = k.create<RowSumOp>("sum", weights, k.create<MulRowsOp>("sum", state.sum, correction));
  state.max = newMax;
  Value acc = wait("acc", accPending, 0);
  release(values);
  state.acc = k.create<RescaleOp>("acc", acc, correction);
  state.p = k.toOperand("p", weights, element);
}

/// The maximum stays unless weights become large: their sums say so, no maximum of the chunk is taken. That is known
/// when the exponentials have been taken, since nothing may branch while products are under way; then, which is rare,
/// the warp computes its scores again, with products of its own since the others of the warpgroup may have nothing to
/// do.
void RingKernel::followLagged(State& state, Queries q, Tile keys, Value scores, Value accPending, Tile values) {
  Exponential exponential{ExpBase::Two, scale};
  LaggedWeights chunk = weighLagged(k, exponential, scores, state.max, state.sum, kLaggedSum);
  // The weights before are read until then.
  Value acc = wait("acc", accPending, 0);
  release(values);
  // Before the branch, among the exponentials: what leaves it are half as many registers then.
  Value p = k.toOperand("p", chunk.weights, element);
  LaggedState next = raiseMax(k, exponential, chunk.rises, {acc, state.max, chunk.sum, p}, state.sum, [&] {
    return k.mma("scores", MmaForm::NT, q.ofWarp, keys.tile, k.fillAcc("scores", ring.chunk, 0.0));
  });
  release(keys);
  state.acc = next.acc, state.max = next.max, state.sum = next.sum, state.p = next.p;
}

/// The weights that are left.
RingKernel::State RingKernel::finish(State state, Value key, int64_t rows, bool fresh) {
  Tile values = takeValues(state, key, rows);
  if (fresh) showTail(Value());
  Value acc = fresh ? k.fillAcc("acc", f.shape.headDimV, 0.0) : state.acc;
  state.acc = wait("acc", issue("acc", MmaForm::NN, state.p, values.tile, acc, fresh), 0);
  release(values);
  return state;
}

void RingKernel::settle(State& state, Queries, Value) {
  state.sum = k.create<ReduceSumOp>("sum", state.sum);
}

void RingKernel::store(State state, Queries q, Value outRows, Value row, Value length) {
  Value left = k.sub(length, row, "rows_left");
  auto branch = scf::IfOp::create(k.builder, k.location, k.compare(arith::CmpIPredicate::sgt, left, k.index(0)),
                                  /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(k.builder);
  k.builder.setInsertionPointToStart(branch.thenBlock());
  settle(state, q, length);
  Value normalized = k.create<NormalizeOp>("acc", state.acc, state.sum);
  Value rows = k.create<RowsFromOp>("out_tile_rows", outRows.getType(), outRows, row);
  k.create<StoreRowsOp>("", normalized, rows, left, q.ofWarp);
}

}  // namespace raggedc
