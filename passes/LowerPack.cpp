//===- LowerPack.cpp - ragged.pack and ragged.unpack become kernels --------===//

#include "llvm/Support/MathExtras.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Transforms/DialectConversion.h"
#include "passes/KernelBuilder.h"
#include "passes/LowerToKernel.h"

namespace raggedc {

using namespace mlir;
using namespace mlir::ragged_kernel;

namespace {

/// Threads of the block that counts a mask, and of the blocks that move rows (one warp a row).
constexpr int64_t kCountThreads = 256;
constexpr int64_t kRowThreads = 256;
/// Rows of a sequence that one block moves: two per warp.
constexpr int64_t kRowsPerBlock = 16;
/// Blocks on a multiprocessor: these kernels wait for memory, so as many as threads allow on every chip.
constexpr int64_t kResidentBlocks = 6;
/// One i32 a warp for sums over a block.
constexpr int64_t kScratchInts = 32;

ExtentAttr extent(OpBuilder& builder, int64_t operand, int64_t add, int64_t mul) {
  return ExtentAttr::get(builder.getContext(), operand, 0, add, mul);
}
ExtentAttr constantExtent(OpBuilder& builder, int64_t value) {
  return extent(builder, -1, 0, value);
}

DictionaryAttr makeSpec(OpBuilder& builder, Type element, int64_t length, int64_t rowElements) {
  return builder.getDictionaryAttr({
      builder.getNamedAttr("dtype", TypeAttr::get(element)),
      builder.getNamedAttr("padded_length", builder.getI64IntegerAttr(length)),
      builder.getNamedAttr("row_elements", builder.getI64IntegerAttr(rowElements)),
  });
}

Value allocInts(KernelBuilder& k, StringRef name, int64_t offset, int64_t count) {
  Type type = SharedType::get(k.builder.getContext(), {count}, k.builder.getI32Type(), LayoutAttr());
  return k.create<AllocSharedOp>(name, type, offset);
}

/// `for (i = warp; i < count; i += warps) body(i)`.
void forEachWarp(KernelBuilder& k, StringRef name, Value warp, Value count, int64_t warps,
                 function_ref<void(Value)> body) {
  auto loop = k.create<scf::ForOp>("", warp, count, k.index(warps));
  OpBuilder::InsertionGuard guard(k.builder);
  k.builder.setInsertionPointToStart(loop.getBody());
  loop.getInductionVar().setLoc(k.loc(name));
  body(loop.getInductionVar());
}

//===----------------------------------------------------------------------===//
// pack: indices and offsets, then rows
//===----------------------------------------------------------------------===//

struct LowerPack : OpConversionPattern<ragged::PackOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(ragged::PackOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter& rewriter) const override {
    int64_t length = op.getPaddedLength();
    Type element = op.getElementType();
    int64_t rowBytes = op.getRowElements() * element.getIntOrFloatBitWidth() / 8;

    KernelOp indices = buildIndices(rewriter, op, length);
    KernelOp rows = buildRows(rewriter, op, element, length, rowBytes);

    rewriter.setInsertionPoint(op);
    ValueRange in = adaptor.getOperands();
    auto one = constantExtent(rewriter, 1);
    auto first = LaunchOp::create(
        rewriter, op.getLoc(), TypeRange{op.getOffsets().getType(), op.getIndices().getType()}, indices.getSymName(),
        ValueRange{in[1]}, extent(rewriter, 0, 1, 1), one,
        rewriter.getArrayAttr({extent(rewriter, 0, 1, 1), extent(rewriter, 0, 0, length)}), rewriter.getArrayAttr({}));
    Value offsets = first.getResult(0), list = first.getResult(1);
    int64_t blocks = llvm::divideCeil(length, kRowsPerBlock);
    auto second =
        LaunchOp::create(rewriter, op.getLoc(), TypeRange{op.getRows().getType()}, rows.getSymName(),
                         ValueRange{in[0], offsets, list}, constantExtent(rewriter, blocks), extent(rewriter, 0, 0, 1),
                         rewriter.getArrayAttr({extent(rewriter, 0, 0, length)}), rewriter.getArrayAttr({}));
    rewriter.replaceOp(op, {second.getResult(0), offsets, list});
    return success();
  }

  /// A block per offset: counts what all sequences before it keep (their masks are short and in the cache, which is
  /// cheaper than a third launch or a chain of blocks), then lists its own. The last block has no sequence, only the
  /// end of the list, so that a batch of none gets its one offset too.
  static KernelOp buildIndices(PatternRewriter& rewriter, ragged::PackOp op, int64_t length) {
    Type i1 = rewriter.getI1Type(), i32 = rewriter.getI32Type();
    NewKernel kernel =
        createKernel(rewriter, op, "pack_indices", {{"keep", i1}, {"offsets", i32}, {"indices", i32}}, kCountThreads);
    KernelBuilder k(rewriter, op.getLoc());
    Value keep = kernel.parameters[0], offsets = kernel.parameters[1], indices = kernel.parameters[2];
    Value seq = k.create<BlockIdOp>("seq", GridAxis::X);
    Value scratch = allocInts(k, "scratch", 0, kScratchInts);
    Value first = k.mul(seq, length, "first");
    Value before = k.create<CountKeptOp>("before", keep, k.index(0), first, scratch);
    Value thread = k.create<ThreadIdOp>("thread");
    Value isFirst = k.compare(arith::CmpIPredicate::eq, thread, k.index(0));
    auto branch = scf::IfOp::create(rewriter, op.getLoc(), isFirst, /*withElseRegion=*/false);
    {
      OpBuilder::InsertionGuard guard(rewriter);
      rewriter.setInsertionPointToStart(branch.thenBlock());
      k.create<StoreOp>("", before, offsets, seq);
    }
    Value blocks = k.create<GridSizeOp>("blocks", GridAxis::X);
    k.create<ExitIfOp>("", k.compare(arith::CmpIPredicate::eq, k.add(seq, 1), blocks));
    k.create<CompactKeptOp>("kept", keep, first, k.index(length), indices, before, scratch);
    kernel.op.setMinBlocks(kResidentBlocks);
    kernel.op.setSharedBytes(kScratchInts * 4);
    kernel.op.setSpecAttr(makeSpec(rewriter, i1, length, 1));
    return kernel.op;
  }

  static KernelOp buildRows(PatternRewriter& rewriter, ragged::PackOp op, Type element, int64_t length,
                            int64_t rowBytes) {
    Type i32 = rewriter.getI32Type();
    NewKernel kernel =
        createKernel(rewriter, op, "pack_rows", {{"x", element}, {"offsets", i32}, {"indices", i32}, {"rows", element}},
                     kRowThreads);
    KernelBuilder k(rewriter, op.getLoc());
    Value x = kernel.parameters[0], offsets = kernel.parameters[1], indices = kernel.parameters[2];
    Value rows = kernel.parameters[3];
    Value block = k.create<BlockIdOp>("block_id", GridAxis::X);
    Value seq = k.create<BlockIdOp>("seq", GridAxis::Y);
    auto sequence = k.create<SequenceOp>("", rewriter.getIndexType(), rewriter.getIndexType(), offsets, seq, length);
    Value start = k.mul(block, kRowsPerBlock, "start");
    Value end = k.min(k.add(start, kRowsPerBlock), sequence.getLength(), "end");
    Value warp = k.create<WarpIdOp>("warp_id");
    forEachWarp(k, "row", k.add(start, warp), end, kRowThreads / 32, [&](Value row) {
      Value target = k.add(sequence.getBegin(), row, "target");
      Value source = k.create<LoadOp>("source", indices, target);
      k.create<CopyRowOp>("", x, source, rows, target, rowBytes);
    });
    kernel.op.setMinBlocks(kResidentBlocks);
    kernel.op.setSpecAttr(makeSpec(rewriter, element, length, op.getRowElements()));
    return kernel.op;
  }
};

//===----------------------------------------------------------------------===//
// unpack
//===----------------------------------------------------------------------===//

struct LowerUnpack : OpConversionPattern<ragged::UnpackOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(ragged::UnpackOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter& rewriter) const override {
    int64_t length = op.getPaddedLength();
    Type element = op.getElementType(), i32 = rewriter.getI32Type();
    int64_t rowBytes = op.getRowElements() * element.getIntOrFloatBitWidth() / 8;
    NewKernel kernel = createKernel(
        rewriter, op, "unpack", {{"rows", element}, {"indices", i32}, {"offsets", i32}, {"out", element}}, kRowThreads);
    buildBody(rewriter, op, kernel.parameters, length, rowBytes);
    kernel.op.setMinBlocks(kResidentBlocks);
    kernel.op.setSharedBytes(kRowsPerBlock * 4);
    kernel.op.setSpecAttr(makeSpec(rewriter, element, length, op.getRowElements()));

    rewriter.setInsertionPoint(op);
    int64_t blocks = llvm::divideCeil(length, kRowsPerBlock);
    rewriter.replaceOpWithNewOp<LaunchOp>(
        op, op->getResultTypes(), kernel.op.getSymName(), adaptor.getOperands(), constantExtent(rewriter, blocks),
        extent(rewriter, 2, -1, 1), rewriter.getArrayAttr({extent(rewriter, 2, -1, 1)}), rewriter.getArrayAttr({}));
    return success();
  }

  /// A block owns a few padded rows: it looks up which packed row belongs to each, then copies or fills.
  static void buildBody(PatternRewriter& rewriter, ragged::UnpackOp op, ArrayRef<BlockArgument> parameters,
                        int64_t length, int64_t rowBytes) {
    KernelBuilder k(rewriter, op.getLoc());
    Value rows = parameters[0], indices = parameters[1], offsets = parameters[2], out = parameters[3];
    Value block = k.create<BlockIdOp>("block_id", GridAxis::X);
    Value seq = k.create<BlockIdOp>("seq", GridAxis::Y);
    auto sequence = k.create<SequenceOp>("", rewriter.getIndexType(), rewriter.getIndexType(), offsets, seq, length);
    Value start = k.mul(block, kRowsPerBlock, "start");
    Value count = k.min(k.sub(k.index(length), start), k.index(kRowsPerBlock), "count");
    Value first = k.add(k.mul(seq, length), start, "first");
    Value source = allocInts(k, "source_of", 0, kRowsPerBlock);
    Value thread = k.create<ThreadIdOp>("thread");

    auto when = [&](Value condition, function_ref<void()> body, function_ref<void()> otherwise = nullptr) {
      auto branch = scf::IfOp::create(rewriter, op.getLoc(), condition, bool(otherwise));
      OpBuilder::InsertionGuard guard(rewriter);
      rewriter.setInsertionPointToStart(branch.thenBlock());
      body();
      if (!otherwise) return;
      rewriter.setInsertionPointToStart(branch.elseBlock());
      otherwise();
    };
    when(k.compare(arith::CmpIPredicate::slt, thread, k.index(kRowsPerBlock)),
         [&] { k.create<StoreOp>("", k.index(-1), source, thread); });
    k.create<BarrierOp>("", Scope::Block);
    auto search = k.create<scf::ForOp>("", thread, sequence.getLength(), k.index(kRowThreads));
    {
      OpBuilder::InsertionGuard guard(rewriter);
      rewriter.setInsertionPointToStart(search.getBody());
      search.getInductionVar().setLoc(k.loc("row"));
      Value packed = k.add(sequence.getBegin(), search.getInductionVar(), "packed_row");
      Value place = k.sub(k.create<LoadOp>("index", indices, packed), first, "place");
      Value inside = k.create<arith::AndIOp>("", k.compare(arith::CmpIPredicate::sge, place, k.index(0)),
                                             k.compare(arith::CmpIPredicate::slt, place, count));
      when(inside, [&] { k.create<StoreOp>("", packed, source, place); });
    }
    k.create<BarrierOp>("", Scope::Block);
    Value warp = k.create<WarpIdOp>("warp_id");
    forEachWarp(k, "i", warp, count, kRowThreads / 32, [&](Value i) {
      Value packed = k.create<LoadOp>("packed_row", source, i);
      Value target = k.add(first, i, "target");
      when(
          k.compare(arith::CmpIPredicate::sge, packed, k.index(0)),
          [&] { k.create<CopyRowOp>("", rows, packed, out, target, rowBytes); },
          [&] { k.create<FillRowOp>("", out, target, fillPattern(op), rowBytes); });
    });
  }

  /// The fill value in the element type, as a 32-bit word.
  static uint32_t fillPattern(ragged::UnpackOp op) {
    auto type = cast<FloatType>(op.getElementType());
    APFloat value(op.getFill());
    bool lost;
    value.convert(type.getFloatSemantics(), APFloat::rmNearestTiesToEven, &lost);
    uint32_t bits = static_cast<uint32_t>(value.bitcastToAPInt().getZExtValue());
    return type.getWidth() == 16 ? bits | bits << 16 : bits;
  }
};

}  // namespace

void populateLowerPackPatterns(RewritePatternSet& patterns) {
  patterns.add<LowerPack, LowerUnpack>(patterns.getContext());
}

}  // namespace raggedc
