//===- LowerAttention.cpp - ragged.attention becomes one kernel ------------===//
//
// One class per part of the kernel text: which work a block has, where tiles
// lie, how rows get there, and the loop over keys that all families share. The
// families differ in the order in which they call these; LowerLatency.cpp has
// what is the family `latency`'s alone.
//
//===----------------------------------------------------------------------===//

#include "llvm/Support/MathExtras.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Transforms/DialectConversion.h"
#include "passes/CostModel.h"
#include "passes/KernelBuilder.h"
#include "passes/LowerToKernel.h"
#include "passes/PlainWeights.h"
#include "passes/RingShape.h"
#include "passes/ShortRows.h"

namespace raggedc {

using namespace mlir;
using namespace mlir::ragged_kernel;
using ragged::AttentionOp;

namespace {

constexpr int64_t kMostTogether = 8;  ///< row blocks of a head that neighbouring blocks take
constexpr int64_t kPartKeys = 32;     ///< of a block of keys that the sequence soon ends in
constexpr const char* kStateNames[] = {"acc", "max", "sum"};

/// Builds the body of one attention kernel.
class AttentionKernel {
 public:
  AttentionKernel(OpBuilder& builder, AttentionOp op, ScheduleAttr schedule, ArrayRef<BlockArgument> parameters)
      : k(builder, op.getLoc()),
        op(op),
        shape(AttentionShape::of(op)),
        schedule(schedule),
        element(op.getElementType()) {
    unsigned next = 0;
    qPtr = parameters[next++];
    kPtr = op.isPacked() ? qPtr : Value(parameters[next++]);
    vPtr = op.isPacked() ? qPtr : Value(parameters[next++]);
    offsets = parameters[next++];
    outPtr = parameters[next++];
    if (next < parameters.size()) batch = parameters[next++];
    if (next < parameters.size()) {
      qMap = parameters[next++];
      kMap = op.isPacked() ? qMap : Value(parameters[next++]);
      vMap = op.isPacked() ? qMap : Value(parameters[next++]);
    }
    candidate = Candidate::of(schedule);
    plan = planShared(builder.getContext(), candidate, shape, element);
  }

  int64_t getSharedBytes() const { return plan.bytes; }

  /// Blocks of the grid per sequence.
  int64_t getBlocksPerSequence() const { return getRowBlocks() * getHeadGroups(); }

  /// Whether a block takes one piece of work after the other, of as many as a grid would have blocks.
  static bool isPersistent(ScheduleAttr schedule) { return schedule.getFamily() == Family::Ring; }

  void build() {
    switch (schedule.getFamily()) {
      case Family::Warp:
        return buildWarp();
      case Family::Single:
        return buildSingle();
      case Family::Online:
        return buildOnline();
      case Family::Latency:
        return buildLatency();
      case Family::Ring:
        return raggedc::buildRing(
            {k, op, shape, candidate, plan, qPtr, kPtr, vPtr, offsets, outPtr, batch, qMap, kMap, vMap});
    }
  }

 private:
  //===--- Families -------------------------------------------------------===//

  /// One warp per sequence and head; a block's warps take neighbouring heads, whose rows are contiguous.
  void buildWarp() {
    decodeBlock();
    Value warp = k.create<WarpIdOp>("warp_id");
    head = k.add(k.mul(headGroup, schedule.getHeadsPerBlock()), warp, "head");
    if (shape.headsQ % schedule.getHeadsPerBlock() != 0)
      k.create<ExitIfOp>("", k.compare(arith::CmpIPredicate::sge, head, k.index(shape.headsQ)));
    decodeSequence();
    k.create<ExitIfOp>("", k.compare(arith::CmpIPredicate::eq, length, k.index(0)));
    viewRows();
    int64_t rows = llvm::alignTo(shape.capacity, kWarpRows), keys = getResidentKeys(candidate, shape);
    int64_t warps = schedule.getWarps();
    Value qTile = k.slot("q_tile", alloc("q_tiles", plan.q, plan.qLayout, {warps, rows, shape.headDim}), warp);
    Value kTile = k.slot("k_tile", alloc("k_tiles", plan.k, plan.kLayout, {warps, keys, shape.headDim}), warp);
    Value vTile = k.slot("v_tile", alloc("v_tiles", plan.v, plan.vLayout, {warps, keys, shape.headDimV}), warp);
    Value outSlot;
    if (!plan.outAliasesQ)
      outSlot =
          k.slot("out_tile", alloc("out_tiles", plan.out, plan.outLayout, {warps, kWarpRows, shape.headDimV}), warp);
    Value rowLimit = k.roundUp(length, kWarpRows, rows, "row_limit");
    Value keyLimit = k.roundUp(length, getKeyUnit(), keys, "key_limit");
    copyAndWait(Scope::Warp, "q", qRows, qTile, length, rowLimit);
    copyAndWait(Scope::Warp, "k", kRows, kTile, length, keyLimit);
    copyAndWait(Scope::Warp, "v", vRows, vTile, length, keyLimit);

    auto loop = k.create<scf::ForOp>("", k.index(0), length, k.index(kWarpRows));
    OpBuilder::InsertionGuard guard(k.builder);
    k.builder.setInsertionPointToStart(loop.getBody());
    Value row = nameInduction(loop, "row");
    Value qRowsTile = k.sharedRows("q_rows_tile", qTile, row, kWarpRows);
    Value q = loadQ(qRowsTile);
    State state = loopOverKeys(q, kTile, vTile, row, row, keyEnd(row));
    store(state, plan.outAliasesQ ? qRowsTile : outSlot, row);
  }

  /// The whole K and V of a head in shared memory; each warp walks over row tiles.
  void buildSingle() {
    Value firstRow = enterRowBlock();
    int64_t keys = getResidentKeys(candidate, shape), warps = schedule.getWarps();
    Value kTile = alloc("k_tile", plan.k, plan.kLayout, {keys, shape.headDim});
    Value vTile = alloc("v_tile", plan.v, plan.vLayout, {keys, shape.headDimV});
    Value qTiles = alloc("q_tiles", plan.q, plan.qLayout, {warps, kWarpRows, shape.headDim});
    Value outTiles =
        plan.outAliasesQ ? Value() : alloc("out_tiles", plan.out, plan.outLayout, {warps, kWarpRows, shape.headDimV});
    Value warp = k.create<WarpIdOp>("warp_id");
    Value qTile = k.slot("q_tile", qTiles, warp);
    Value outTile = outTiles ? k.slot("out_tile", outTiles, warp) : qTile;
    // A causal block needs no key beyond its last row.
    Value blockEnd =
        getRowBlocks() == 1 ? length : k.min(length, k.add(firstRow, schedule.getRowsPerBlock()), "row_end");
    Value keysNeeded = shape.causal ? blockEnd : length;
    Value keyLimit = k.roundUp(keysNeeded, getKeyUnit(), keys, "key_limit");
    // Warps walk by themselves, those of a warpgroup together.
    Value start = getRowBlocks() == 1 ? Value() : firstRow;
    if (!schedule.getWarpgroups()) {
      start = addTo(start, k.mul(warp, kWarpRows), "warp_row");
    } else if (warps > kWarpgroupWarps) {
      start = addTo(start, k.mul(k.div(warp, kWarpgroupWarps), getUnitRows()), "first_group_row");
    } else if (!start) {
      start = k.index(0);
    }
    Value lastQ;
    if (int64_t last = plan.shortRow) {
      lastQ = alloc("q_last_tile", plan.lastQ, plan.kLayout, {kWarpRows, shape.headDim});
      Value rows = k.create<RowsFromOp>("q_last_rows", qRows.getType(), qRows, k.index(last));
      copyAndWait(Scope::Block, "q_last", rows, lastQ, k.sub(length, k.index(last)), Value());
      blockEnd = k.min(length, k.index(last), "row_end");
    }
    copyAndWait(Scope::Block, "k", kRows, kTile, length, keyLimit);
    copyAndWait(Scope::Block, "v", vRows, vTile, length, keyLimit);

    auto loop = k.create<scf::ForOp>("", start, blockEnd, k.index(warps * kWarpRows));
    if (int64_t last = plan.shortRow) {
      Value isLong = k.compare(arith::CmpIPredicate::sgt, length, k.index(last));
      auto branch = scf::IfOp::create(k.builder, k.location, isLong, /*withElseRegion=*/false);
      OpBuilder::InsertionGuard guard(k.builder);
      k.builder.setInsertionPointToStart(branch.thenBlock());
      Value weights =
          alloc("p_tile", plan.weights, getWeightsLayout(k.builder.getContext()), {last + kWarpRows, kShortRows});
      // The loop has been through whole blocks, and has waited for V.
      Value warpOfGroup = k.rem(warp, kWarpgroupWarps, "warp_of_group");
      buildShortRows(k, {ExpBase::E, 1.0}, element,
                     {last, length, lastQ, kTile, vTile, weights, warpOfGroup, outRows, op.getScaleOrDefault(), [] {}});
    }
    OpBuilder::InsertionGuard guard(k.builder);
    k.builder.setInsertionPointToStart(loop.getBody());
    Value unitRow = nameInduction(loop, schedule.getWarpgroups() ? "group_row" : "row");
    Value row = unitRow;
    if (schedule.getWarpgroups()) row = k.add(unitRow, k.mul(k.rem(warp, kWarpgroupWarps), kWarpRows), "row");
    copyQ(Scope::Warp, qTile, row);
    Value q = loadQ(qTile);
    State state = loopOverKeys(q, kTile, vTile, row, unitRow, keyEnd(unitRow));
    store(state, outTile, row);
  }

  /// A block of rows against blocks of keys that pass through shared memory.
  void buildOnline() {
    Value firstRow = enterRowBlock();
    int64_t warps = schedule.getWarps(), blockN = schedule.getBlockN();
    Value kSlots = alloc("k_slots", plan.k, plan.kLayout, {1, blockN, shape.headDim});
    Value vSlots = alloc("v_slots", plan.v, plan.vLayout, {1, blockN, shape.headDimV});
    // A warpgroup that reads Q from shared memory reads 64 rows, of which each warp copies its own.
    bool readsShared = schedule.getWarpgroups() && !schedule.getQInRegisters();
    int64_t qRowsOfSlot = readsShared ? getUnitRows() : kWarpRows;
    Value qTiles =
        alloc("q_tiles", plan.q, plan.qLayout, {warps * kWarpRows / qRowsOfSlot, qRowsOfSlot, shape.headDim});
    Value outTiles =
        plan.outAliasesQ ? Value() : alloc("out_tiles", plan.out, plan.outLayout, {warps, kWarpRows, shape.headDimV});
    Value warp = k.create<WarpIdOp>("warp_id");
    Value unit = warp, qUnit, qTile;  // the number of those that issue products together
    if (schedule.getWarpgroups()) unit = k.uniform("unit", k.div(warp, kWarpgroupWarps));
    if (readsShared) {
      qUnit = k.slot("q_group", qTiles, unit);
      qTile = k.sharedRows("q_tile", qUnit, k.mul(k.rem(warp, kWarpgroupWarps), kWarpRows), kWarpRows);
    } else {
      qTile = k.slot("q_tile", qTiles, warp);
    }
    Value outTile = outTiles ? k.slot("out_tile", outTiles, warp) : qTile;
    int64_t blockM = warps * kWarpRows;
    auto buildTile = [&](Value blockRow) {
      Value row = k.add(blockRow, k.mul(warp, kWarpRows), "row");
      // All warps of a block pass the same barriers, so they share the bound.
      Value end = length;
      if (shape.causal) end = k.min(length, k.add(blockRow, blockM), "key_end");
      copyQ(readsShared ? Scope::Block : Scope::Warp, qTile, row);
      Value q = readsShared ? qUnit : loadQ(qTile);
      Value unitRow = row;
      if (schedule.getWarpgroups())
        unitRow = warps == kWarpgroupWarps ? blockRow : k.add(blockRow, k.mul(unit, getUnitRows()), "group_row");
      State state = loopOverKeys(q, kSlots, vSlots, row, unitRow, end);
      isPlainOnline() ? storePlain(state, qTile, outTile, row) : store(state, outTile, row);
    };
    if (schedule.getRowsPerBlock() <= blockM) return buildTile(firstRow);
    // More rows than warps take at once: the block visits the keys again for each part.
    Value rowEnd = getRowBlocks() == 1 ? length : k.min(length, k.add(firstRow, schedule.getRowsPerBlock()), "row_end");
    auto loop = k.create<scf::ForOp>("", firstRow, rowEnd, k.index(blockM));
    OpBuilder::InsertionGuard guard(k.builder);
    k.builder.setInsertionPointToStart(loop.getBody());
    Value blockRow = nameInduction(loop, "block_row");
    // Slots are free for the next visit once every warp has finished this one.
    k.create<BarrierOp>("", Scope::Block);
    buildTile(blockRow);
  }

  /// Few rows; the block's warps divide the keys.
  void buildLatency() {
    Value firstRow = enterRowBlock();
    raggedc::buildLatency({k, op, shape, candidate, plan, firstRow, length, qRows, kRows, vRows, outRows});
  }

  //===--- Parts ----------------------------------------------------------===//

  struct State {
    Value acc, max, sum;
  };

  int64_t getRowBlocks() const {
    return schedule.getFamily() == Family::Warp ? 1 : llvm::divideCeil(shape.capacity, schedule.getRowsPerBlock());
  }
  int64_t getHeadGroups() const { return llvm::divideCeil(shape.headsQ, schedule.getHeadsPerBlock()); }
  /// Rows of those that issue products together.
  int64_t getUnitRows() const { return schedule.getWarpgroups() ? kWarpgroupWarps * kWarpRows : kWarpRows; }
  /// Keys are computed in tiles of this many; V must be zero up to the end of the last.
  int64_t getKeyUnit() const { return schedule.getBlockN(); }

  /// Neighbouring blocks take a few row blocks of one head, which read the same keys, and then neighbouring heads,
  /// whose bytes are neighbours. Only a few, so that those that short sequences leave without rows lie together at the
  /// end: among others they would leave some multiprocessors with less to do.
  void decodeBlock() {
    Value block = k.create<BlockIdOp>("block_id", GridAxis::X);
    int64_t groups = getHeadGroups(), rowBlocks = getRowBlocks(), together = kMostTogether;
    while (rowBlocks % together != 0) --together;
    Value rest = k.div(block, together, "block_group");
    headGroup = k.rem(rest, groups, schedule.getFamily() == Family::Warp ? "head_group" : "head");
    rest = k.div(rest, groups, rowBlocks == together ? "seq" : "seq_row_block");
    if (rowBlocks == together) {
      rowBlock = k.rem(block, together, "row_block");
      seq = rest;
      return;
    }
    rowBlock = k.mul(k.rem(rest, rowBlocks / together), together);
    if (together > 1) rowBlock = k.add(rowBlock, k.rem(block, together), "row_block");
    seq = k.div(rest, rowBlocks / together, "seq");
  }

  void decodeSequence() {
    auto sequence =
        k.create<SequenceOp>("", k.builder.getIndexType(), k.builder.getIndexType(), offsets, seq, shape.capacity);
    begin = sequence.getBegin();
    length = sequence.getLength();
    // What a warp does with them, descriptors of wgmma above all, is then computed once for all lanes.
    if (schedule.getWarpgroups()) begin = k.uniform("seq_begin", begin), length = k.uniform("seq_length", length);
  }

  /// A block with rows of one head; one that has none leaves. Returns its first row.
  Value enterRowBlock() {
    decodeBlock();
    head = headGroup;
    decodeSequence();
    Value firstRow = k.mul(rowBlock, schedule.getRowsPerBlock(), "first_row");
    k.create<ExitIfOp>("", k.compare(arith::CmpIPredicate::sge, firstRow, length));
    viewRows();
    return firstRow;
  }

  void viewRows() {
    int64_t group = shape.headsQ / shape.headsKV;
    Value headKV = group == 1 ? head : k.div(head, group, "kv_head");
    auto view = [&](StringRef name, Value ptr, AttentionOp::Layout layout, Value ofHead) -> Value {
      Type type = RowsType::get(k.builder.getContext(), element, layout.rowStride);
      return k.create<GlobalRowsOp>(name, type, ptr, begin, ofHead, layout.headStride, layout.base);
    };
    qRows = view("q_rows", qPtr, op.getLayoutQ(), head);
    kRows = view("k_rows", kPtr, op.getLayoutK(), headKV);
    vRows = view("v_rows", vPtr, op.getLayoutV(), headKV);
    outRows = view("out_rows", outPtr, op.getLayoutOut(), head);
  }

  Value alloc(StringRef name, int64_t offset, LayoutAttr layout, ArrayRef<int64_t> sizes) {
    Type type = SharedType::get(k.builder.getContext(), sizes, element, layout);
    return k.create<AllocSharedOp>(name, type, offset);
  }

  /// Copies and waits at once; `ragged-kernel-pipeline-loads` moves the waits.
  void copyAndWait(Scope scope, StringRef name, Value rows, Value tile, Value valid, Value limit,
                   std::optional<Scope> readers = {}) {
    Value copy = k.create<CopyAsyncOp>((name + "_copy").str(), scope, rows, tile, valid, limit);
    Value group = k.create<CommitGroupOp>((name + "_group").str(), copy);
    k.create<WaitGroupOp>("", group, 0);
    Scope barrier = readers.value_or(scope);
    k.create<BarrierOp>("", barrier, schedule.getWarpgroups() && barrier == Scope::Block);
  }

  Value loadQ(Value tile) {
    if (!schedule.getQInRegisters()) return tile;
    Type type = OperandType::get(k.builder.getContext(), kWarpRows, shape.headDim, element);
    return k.create<LoadOperandOp>("q_operand", type, tile);
  }

  /// Copies the warp's rows of Q; `readers` see them.
  void copyQ(Scope readers, Value tile, Value row) {
    rowsLeft = k.sub(length, row, "rows_left");
    Value rows = k.create<RowsFromOp>("q_tile_rows", qRows.getType(), qRows, row);
    copyAndWait(Scope::Warp, "q", rows, tile, rowsLeft, Value(), readers);
  }

  /// Where the keys end of those that issue products together, whose first row is `unitRow`.
  Value keyEnd(Value unitRow) {
    if (!shape.causal) return length;
    return k.min(length, k.add(unitRow, getUnitRows()), "key_end");
  }

  State loopOverKeys(Value q, Value kTile, Value vTile, Value row, Value unitRow, Value end) {
    int64_t blockN = schedule.getBlockN();
    bool isPlain = isPlainOnline();
    SmallVector<Value> initial{k.fillAcc("acc", shape.headDimV, 0.0)};
    if (!isPlain) initial.push_back(k.fillRows("max", -INFINITY));
    initial.push_back(k.fillRows("sum", 0.0));
    auto loop = k.create<scf::ForOp>("", k.index(0), end, k.index(blockN), initial);
    {
      OpBuilder::InsertionGuard guard(k.builder);
      k.builder.setInsertionPointToStart(loop.getBody());
      Value key = nameInduction(loop, "key");
      for (auto [argument, name] : llvm::zip(loop.getRegionIterArgs(), kStateNames)) argument.setLoc(k.loc(name));
      if (isPlain) loop.getRegionIterArgs().back().setLoc(k.loc("sum"));
      Value kBlock, vBlock;
      if (schedule.getFamily() == Family::Online) {
        kBlock = k.slot("k_block", kTile, k.index(0));
        vBlock = k.slot("v_block", vTile, k.index(0));
        // The slot may be overwritten once every warp is through with the last block.
        k.create<BarrierOp>("", Scope::Block);
        Value left = k.sub(length, key, "keys_left");
        Value kFrom = k.create<RowsFromOp>("k_block_rows", kRows.getType(), kRows, key);
        Value vFrom = k.create<RowsFromOp>("v_block_rows", vRows.getType(), vRows, key);
        Value copyK = k.create<CopyAsyncOp>("k_copy", Scope::Block, kFrom, kBlock, left, Value());
        Value copyV = k.create<CopyAsyncOp>("v_copy", Scope::Block, vFrom, vBlock, left, Value());
        Value group = k.create<CommitGroupOp>("kv_group", ValueRange{copyK, copyV});
        k.create<WaitGroupOp>("", group, 0);
        k.create<BarrierOp>("", Scope::Block, schedule.getWarpgroups());
      } else {
        kBlock = k.sharedRows("k_block", kTile, key, blockN);
        vBlock = k.sharedRows("v_block", vTile, key, blockN);
      }
      ValueRange args = loop.getRegionIterArgs();
      auto buildStep = [&](ValueRange states, Value keys, Value values) {
        Value zero = k.fillAcc("scores", cast<SharedType>(keys.getType()).getRows(), 0.0);
        Value scores = k.mma("scores", MmaForm::NT, q, keys, zero, schedule.getWarpgroups());
        Value scaled = k.create<ScaleOp>("scores", scores, k.f32(op.getScaleOrDefault()));
        Value masked = k.create<ApplyMaskOp>("scores", scaled, row, key, length, shape.causal);
        if (isPlain) {
          // Few keys are a part of a block.
          bool mayBeFew = cast<SharedType>(keys.getType()).getRows() <= kPartKeys;
          Value max = mayBeFew ? takeMaxOfFew(k, masked, length) : Value();
          Value weights = weighPlainly(k, {ExpBase::E, 1.0}, masked, max);
          Value sum = k.create<RowSumOp>("sum", weights, states.back());
          Value p = k.toOperand("p", weights, element);
          Value acc = k.mma("acc", MmaForm::NN, p, values, states.front(), /*warpgroup=*/true);
          scf::YieldOp::create(k.builder, k.location, ValueRange{acc, sum});
          return;
        }
        auto step = SoftmaxStepOp::create(k.builder, k.location, states.getTypes(), masked, values, states[0],
                                          states[1], states[2], schedule.getWarpgroups());
        scf::YieldOp::create(k.builder, k.location, step.getResults());
      };
      if (schedule.getFamily() != Family::Online) {
        buildStep(args, kBlock, vBlock);
      } else {
        // Units whose rows lie beyond the sequence, or before all of these keys, only pass the barriers.
        Value concerned = k.compare(arith::CmpIPredicate::slt, unitRow, length);
        if (shape.causal) {
          Value reaches = k.compare(arith::CmpIPredicate::slt, key, k.add(unitRow, getUnitRows()));
          concerned = k.create<arith::AndIOp>("", concerned, reaches);
        }
        auto branch = scf::IfOp::create(k.builder, k.location, args.getTypes(), concerned, /*withElseRegion=*/true);
        scf::YieldOp::create(k.builder, k.location, branch.getResults());
        k.builder.setInsertionPointToStart(branch.thenBlock());
        if (schedule.getWarpgroups() && blockN > kPartKeys) {
          buildBlockOrPart(args, kBlock, vBlock, key, end, buildStep);
        } else {
          buildStep(args, kBlock, vBlock);
        }
        k.builder.setInsertionPointToStart(branch.elseBlock());
        scf::YieldOp::create(k.builder, k.location, args);
      }
    }
    return {loop.getResults().front(), isPlain ? Value() : loop.getResult(1), loop.getResults().back()};
  }

  /// Whether weights are taken against no maximum (PlainWeights.h), where keys pass: Q's rows are the place for those
  /// who attend again. Narrow blocks are there to compile quickly, and with few registers.
  bool isPlainOnline() const {
    return schedule.getFamily() == Family::Online && schedule.getWarpgroups() && mayBePlain(element) && !shape.causal &&
           shape.headDim == shape.headDimV && schedule.getBlockN() > kPartKeys;
  }

  void storePlain(State state, Value qTile, Value staging, Value row) {
    // A warp without rows may have sums of zero, and nothing to attend to again.
    Value hasRows = k.compare(arith::CmpIPredicate::sgt, rowsLeft, k.index(0));
    auto branch = scf::IfOp::create(k.builder, k.location, hasRows, /*withElseRegion=*/false);
    OpBuilder::InsertionGuard guard(k.builder);
    k.builder.setInsertionPointToStart(branch.thenBlock());
    withPassingKeys(k, qTile, kRows, vRows, qTile, length, op.getScaleOrDefault(), [&](const KeySource& keys) {
      PlainState settled = checkPlain(k, {ExpBase::E, 1.0}, state.acc, state.sum, element, keys, /*isExact=*/true);
      storeSettled(settled.acc, settled.sum, staging, row);
    });
  }

  /// A block of keys or, where the sequence ends soon after its first, a part of it that wastes less.
  void buildBlockOrPart(ValueRange states, Value kBlock, Value vBlock, Value key, Value end,
                        function_ref<void(ValueRange, Value, Value)> buildStep) {
    Value isMore = k.compare(arith::CmpIPredicate::slt, k.add(key, kPartKeys), end);
    auto branch = scf::IfOp::create(k.builder, k.location, states.getTypes(), isMore, /*withElseRegion=*/true);
    scf::YieldOp::create(k.builder, k.location, branch.getResults());
    k.builder.setInsertionPointToStart(branch.thenBlock());
    buildStep(states, kBlock, vBlock);
    k.builder.setInsertionPointToStart(branch.elseBlock());
    Value first = k.index(0);
    buildStep(states, k.sharedRows("k_part", kBlock, first, kPartKeys),
              k.sharedRows("v_part", vBlock, first, kPartKeys));
  }

  void store(State state, Value staging, Value row) {
    storeSettled(state.acc, k.create<ReduceSumOp>("sum", state.sum), staging, row);
  }

  void storeSettled(Value acc, Value sum, Value staging, Value row) {
    Value normalized = k.create<NormalizeOp>("acc", acc, sum);
    Value rows = k.create<RowsFromOp>("out_tile_rows", outRows.getType(), outRows, row);
    if (!rowsLeft) rowsLeft = k.sub(length, row, "rows_left");
    k.create<StoreRowsOp>("", normalized, rows, rowsLeft, staging);
  }

  /// `value`, or `base` and `value` where there is a base.
  Value addTo(Value base, Value value, StringRef name) {
    if (base) return k.add(base, value, name);
    value.setLoc(k.loc(name));
    return value;
  }

  Value nameInduction(scf::ForOp loop, StringRef name) {
    loop.getInductionVar().setLoc(k.loc(name));
    return loop.getInductionVar();
  }

  KernelBuilder k;
  AttentionOp op;
  AttentionShape shape;
  ScheduleAttr schedule;
  Type element;
  Candidate candidate;
  SharedPlan plan;
  Value qPtr, kPtr, vPtr, offsets, outPtr, batch, qMap, kMap, vMap;
  Value headGroup, rowBlock, seq, head, begin, length;
  Value qRows, kRows, vRows, outRows;
  Value rowsLeft;  ///< from the first row of this row tile to the end of the sequence
};

constexpr StringLiteral kScheduleName = "ragged_kernel.schedule";

/// What the kernel was made for, for the manifest and the header comment.
DictionaryAttr makeSpec(OpBuilder& builder, AttentionOp op) {
  AttentionShape shape = AttentionShape::of(op);
  auto integer = [&](int64_t value) { return builder.getI64IntegerAttr(value); };
  return builder.getDictionaryAttr({
      builder.getNamedAttr("dtype", TypeAttr::get(op.getElementType())),
      builder.getNamedAttr("heads", integer(shape.headsQ)),
      builder.getNamedAttr("kv_heads", integer(shape.headsKV)),
      builder.getNamedAttr("dim", integer(shape.headDim)),
      builder.getNamedAttr("dim_v", integer(shape.headDimV)),
      builder.getNamedAttr("max_seqlen", integer(shape.capacity)),
      builder.getNamedAttr("causal", builder.getBoolAttr(shape.causal)),
      builder.getNamedAttr("packed", builder.getBoolAttr(op.isPacked())),
      builder.getNamedAttr("scale", builder.getF32FloatAttr(static_cast<float>(op.getScaleOrDefault()))),
  });
}

/// The map of an operand whose rows hold `heads` heads and more: boxes of a head, or of a panel of one.
Type getMapType(AttentionOp op, std::initializer_list<std::pair<AttentionOp::Layout, int64_t>> parts) {
  AttentionShape shape = AttentionShape::of(op);
  int64_t cols = 0;
  for (auto [layout, heads] : parts)
    cols = std::max(cols, layout.base + (heads - 1) * layout.headStride + shape.headDim);
  return TensorMapType::get(op.getContext(), op.getElementType(), cols, parts.begin()->first.rowStride, kRingBoxRows,
                            std::min(shape.headDim, kRingBoxBytes / shape.elementBytes));
}

struct LowerAttention : OpConversionPattern<AttentionOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(AttentionOp op, OpAdaptor adaptor, ConversionPatternRewriter& rewriter) const override {
    auto schedule = op->getAttrOfType<ScheduleAttr>(kScheduleName);
    Type element = op.getElementType(), i32 = rewriter.getI32Type();
    SmallVector<std::pair<StringRef, Type>> parameters;
    if (op.isPacked()) {
      parameters = {{"qkv", element}, {"offsets", i32}, {"out", element}};
    } else {
      parameters = {{"q", element}, {"k", element}, {"v", element}, {"offsets", i32}, {"out", element}};
    }
    if (AttentionKernel::isPersistent(schedule)) parameters.push_back({"batch", rewriter.getIndexType()});
    SmallVector<int64_t> maps;  // operands
    if (schedule.getTensorCopies()) {
      std::pair<AttentionOp::Layout, int64_t> q{op.getLayoutQ(), op.getHeadsQ()}, k{op.getLayoutK(), op.getHeadsKV()},
          v{op.getLayoutV(), op.getHeadsKV()};
      if (op.isPacked()) {
        parameters.push_back({"qkv_map", getMapType(op, {q, k, v})});
        maps = {0};
      } else {
        parameters.append(
            {{"q_map", getMapType(op, {q})}, {"k_map", getMapType(op, {k})}, {"v_map", getMapType(op, {v})}});
        maps = {0, 1, 2};
      }
    }
    OpBuilder::InsertPoint here = rewriter.saveInsertionPoint();
    NewKernel kernel = createKernel(rewriter, op, "attention", parameters, schedule.getWarps() * 32);
    AttentionKernel body(rewriter, op, schedule, kernel.parameters);
    body.build();
    kernel.op.setMinBlocks(schedule.getMinBlocks());
    kernel.op.setSharedBytes(body.getSharedBytes());
    kernel.op.setScheduleAttr(schedule);
    kernel.op.setSpecAttr(makeSpec(rewriter, op));

    rewriter.restoreInsertionPoint(here);
    rewriter.setInsertionPoint(op);
    int64_t offsetsIndex = op.isPacked() ? 1 : 3;
    auto extent = [&](int64_t operand, int64_t add, int64_t mul) {
      return ExtentAttr::get(rewriter.getContext(), operand, 0, add, mul);
    };
    auto launch = rewriter.replaceOpWithNewOp<LaunchOp>(
        op, op->getResultTypes(), kernel.op.getSymName(), adaptor.getOperands(),
        extent(offsetsIndex, -1, body.getBlocksPerSequence()), extent(-1, 0, 1),
        rewriter.getArrayAttr({extent(0, 0, 1)}), rewriter.getArrayAttr({}), /*resident=*/0,
        /*tensor_maps=*/ArrayRef<int64_t>());
    if (AttentionKernel::isPersistent(schedule)) {
      launch.setScalarsAttr(rewriter.getArrayAttr({extent(offsetsIndex, -1, 1)}));
      launch.setResident(schedule.getMinBlocks());
      launch.setTensorMaps(maps);
    }
    return success();
  }
};

}  // namespace

/// ragged-choose-schedule makes no other schedules than these; whoever writes one by hand may.
LogicalResult checkLowerable(AttentionOp op) {
  if (!op.isSpecialised() || !op.getMaxSeqlen())
    return op.emitOpError() << "expected heads, head dimensions and max_seqlen to be known; run ragged-specialise";
  auto schedule = op->getAttrOfType<ScheduleAttr>(kScheduleName);
  if (!schedule)
    return op.emitOpError() << "expected a schedule; run ragged-choose-schedule before ragged-lower-to-kernel";
  auto expect = [&](StringRef name, const Twine& what, int64_t got) {
    return op.emitOpError() << "expected " << name << " of the schedule to be " << what << ", got " << got;
  };
  Family family = schedule.getFamily();
  int64_t padded = llvm::alignTo(*op.getMaxSeqlen(), kWarpRows);
  int64_t warps = schedule.getWarps(), keys = schedule.getBlockN(), rows = schedule.getRowsPerBlock();
  if (warps < 1 || warps > 32) return expect("warps", "from 1 to 32", warps);
  int64_t mostStages = family == Family::Ring ? 16 : 8;
  if (schedule.getStages() < 1 || schedule.getStages() > mostStages)
    return expect("stages", "from 1 to " + Twine(mostStages), schedule.getStages());
  if (keys < kWarpRows || keys > 256 || keys % kWarpRows != 0)
    return expect("block_n", "a multiple of 16 from 16 to 256", keys);
  if (schedule.getWarpgroups()) {
    if (warps % kWarpgroupWarps != 0) return expect("warps", "a multiple of 4 for products of warpgroups", warps);
    if (family == Family::Warp || (family == Family::Single && !schedule.getQInRegisters()))
      return op.emitOpError() << "expected products of warpgroups in the family online, or single with Q in registers";
    if (op.getElementType().getIntOrFloatBitWidth() != 16)
      return op.emitOpError() << "expected products of warpgroups to have 16-bit elements, got " << op.getElementType();
  }
  if (schedule.getTensorCopies() && family != Family::Ring)
    return op.emitOpError() << "expected copies by tensor maps in the family ring only, got "
                            << stringifyFamily(family);
  if (losesQueries(Candidate::of(schedule), AttentionShape::of(op)))
    return expect("block_n", "another than the head dimension of v where a warpgroup's queries stay in registers",
                  keys);
  if (family == Family::Latency && failed(checkLatency(op, schedule))) return failure();
  if (family == Family::Ring && failed(checkRing(op, schedule))) return failure();
  int64_t heads = family == Family::Warp ? warps : 1;
  if (schedule.getHeadsPerBlock() != heads) return expect("heads_per_block", Twine(heads), schedule.getHeadsPerBlock());
  // Blocks must neither leave rows out nor take each other's.
  int64_t unit = family == Family::Warp                                  ? padded
                 : family == Family::Latency                             ? kWarpRows
                 : family == Family::Ring                                ? kRingGroupRows
                 : family == Family::Single && !schedule.getWarpgroups() ? kWarpRows
                                                                         : warps * kWarpRows;
  if (rows < unit || rows % unit != 0) return expect("rows_per_block", "a positive multiple of " + Twine(unit), rows);
  if (schedule.getSoftmax() == Softmax::SinglePass) {
    if (family == Family::Online)
      return op.emitOpError() << "expected the online family to have the online softmax, got single_pass";
    if (keys > padded) return expect("block_n", "at most " + Twine(padded) + " for a single pass", keys);
  }
  return success();
}

void populateLowerAttentionPatterns(RewritePatternSet& patterns) {
  patterns.add<LowerAttention>(patterns.getContext());
}

}  // namespace raggedc
