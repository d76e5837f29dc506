//===- LowerLatency.cpp - few rows a block, keys divided among its warps ---===//
//
// For launches that do not fill the chip. A block has one to four tiles of 16
// rows and, for each, a few warps ("ways") with a share of the keys each. A way
// copies its own keys and waits for nobody else's; all scores of its rows are in
// registers at once. At the end the ways of a tile join what they have.
//
//   way_keys = ceil(keys / ways), in sixteens       way w has keys from w * way_keys on
//
// so that a short sequence is divided too. The tiles that a way computes have
// the width of its capacity, of a half or a quarter of it, whichever holds
// way_keys: no branches around parts of a tile, and at most twice the work.
//
//===----------------------------------------------------------------------===//

#include "llvm/Support/MathExtras.h"
#include "passes/LowerToKernel.h"

namespace raggedc {

using namespace mlir;
using namespace mlir::ragged_kernel;

namespace {

constexpr int64_t kWidths = 3;  ///< that a way chooses from

class LatencyKernel {
 public:
  explicit LatencyKernel(AttentionFrame frame)
      : f(frame),
        k(frame.k),
        tiles(f.candidate.rowsPerBlock / kWarpRows),
        ways(getWays(f.candidate)),
        element(f.op.getElementType()) {}

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
    Value block = k.create<RowsFromOp>("q_block_rows", f.qRows.getType(), f.qRows, f.firstRow);
    Value left = k.sub(f.length, f.firstRow, "block_rows_left");
    qCopy = k.create<CopyAsyncOp>("q_copy", Scope::Block, block, qTile, left, Value());
    qRows = k.sharedRows("q_rows_tile", qTile, k.mul(tile, kWarpRows), kWarpRows);

    State state = attendUpTo(f.candidate.blockN, kWidths);

    // A way's keys are dead, and its results lie where they were.
    Type partialsType = PartialsType::get(k.builder.getContext(), ways, tiles, f.shape.headDimV,
                                          cast<SharedType>(kSlot.getType()).getSlotBytes());
    Value partials = k.create<AllocPartialsOp>("partials", partialsType, f.plan.k);
    Value sum = k.create<ReduceSumOp>("sum", state.sum);
    k.create<StorePartialOp>("", state.acc, state.max, sum, partials, way, tile);
    k.create<BarrierOp>("", Scope::Block);
    Type partType = PartType::get(k.builder.getContext(), kWarpRows, f.shape.headDimV, ways);
    Value part = k.create<JoinPartialsOp>("part", partType, ExpBase::E, partials, way, tile, k.f32(1.0));
    Value out = k.create<RowsFromOp>("out_tile_rows", f.outRows.getType(), f.outRows, row);
    k.create<StorePartOp>("", part, out, way, k.sub(f.length, row, "rows_left"));
  }

 private:
  struct State {
    Value acc, max, sum;
  };

  Value alloc(StringRef name, int64_t offset, ArrayRef<int64_t> sizes) {
    auto layout = LayoutAttr::forRowBytes(k.builder.getContext(), sizes.back() * f.shape.elementBytes);
    Type type = SharedType::get(k.builder.getContext(), sizes, element, layout);
    return k.create<AllocSharedOp>(name, type, offset);
  }

  /// The way's keys in a tile of `width`, or of about half of that if it has no more.
  State attendUpTo(int64_t width, int64_t widths) {
    int64_t half = llvm::alignTo(llvm::divideCeil(width, 2), kWarpRows);
    if (widths == 1 || half == width) return attend(width);
    Type acc = AccType::get(k.builder.getContext(), kWarpRows, f.shape.headDimV, k.builder.getF32Type());
    Type rows = RowVectorType::get(k.builder.getContext(), kWarpRows);
    Value isMore = k.compare(arith::CmpIPredicate::sgt, wayKeys, k.index(half));
    auto branch = scf::IfOp::create(k.builder, k.location, TypeRange{acc, rows, rows}, isMore, /*withElseRegion=*/true);
    auto fill = [&](Block* block, int64_t own, int64_t left) {
      OpBuilder::InsertionGuard guard(k.builder);
      k.builder.setInsertionPointToStart(block);
      State state = attendUpTo(own, left);
      scf::YieldOp::create(k.builder, k.location, ValueRange{state.acc, state.max, state.sum});
    };
    fill(branch.thenBlock(), width, 1);
    fill(branch.elseBlock(), half, widths - 1);
    return {branch.getResult(0), branch.getResult(1), branch.getResult(2)};
  }

  State attend(int64_t width) {
    Value zero = k.index(0);
    Value kTile = k.sharedRows("k_tile", kSlot, zero, width), vTile = k.sharedRows("v_tile", vSlot, zero, width);
    Value kFrom = k.create<RowsFromOp>("k_way_rows", f.kRows.getType(), f.kRows, firstKey);
    Value vFrom = k.create<RowsFromOp>("v_way_rows", f.vRows.getType(), f.vRows, firstKey);
    Value left = k.sub(wayEnd, firstKey, "keys_left");
    // Q and K first: V is awaited when it is needed.
    Value kCopy = k.create<CopyAsyncOp>("k_copy", Scope::Group, kFrom, kTile, left, Value(), tiles);
    Value kGroup = k.create<CommitGroupOp>("qk_group", ValueRange{qCopy, kCopy});
    Value vCopy = k.create<CopyAsyncOp>("v_copy", Scope::Group, vFrom, vTile, left, Value(), tiles);
    Value vGroup = k.create<CommitGroupOp>("v_group", vCopy);
    k.create<WaitGroupOp>("", kGroup, 1);
    k.create<BarrierOp>("", Scope::Block);  // all warps copied Q

    State state{k.fillAcc("acc", f.shape.headDimV, 0.0), k.fillRows("max", -INFINITY), k.fillRows("sum", 0.0)};
    Value q = qRows;
    if (f.candidate.qInRegisters) {
      Type type = OperandType::get(k.builder.getContext(), kWarpRows, f.shape.headDim, element);
      q = k.create<LoadOperandOp>("q_operand", type, qRows);
    }
    Value scores = k.mma("scores", MmaForm::NT, q, kTile, k.fillAcc("scores", width, 0.0));
    scores = k.create<ScaleOp>("scores", scores, k.f32(f.op.getScaleOrDefault()));
    scores = k.create<ApplyMaskOp>("scores", scores, row, firstKey, wayEnd, f.shape.causal);
    // `ragged-kernel-pipeline-loads` moves this wait to the product with V.
    k.create<WaitGroupOp>("", vGroup, 0);
    k.create<BarrierOp>("", Scope::Group, false, tiles);
    auto step = SoftmaxStepOp::create(k.builder, k.location,
                                      TypeRange{state.acc.getType(), state.max.getType(), state.sum.getType()}, scores,
                                      vTile, state.acc, state.max, state.sum, /*warpgroup=*/false);
    return {step.getAccOut(), step.getMaxOut(), step.getSumOut()};
  }

  AttentionFrame f;
  KernelBuilder& k;
  int64_t tiles, ways;  ///< of 16 rows; warps that share one
  Type element;
  Value tile, way, row;  ///< this warp's; `row` is its first
  Value wayKeys, firstKey, wayEnd;
  Value kSlot, vSlot, qRows, qCopy;
};

}  // namespace

void buildLatency(const AttentionFrame& frame) {
  LatencyKernel(frame).build();
}

}  // namespace raggedc
