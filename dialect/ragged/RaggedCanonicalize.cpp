//===- RaggedCanonicalize.cpp - rewrites that are always right ------------===//

#include "dialect/ragged/Ragged.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace mlir::ragged;

namespace {

//===----------------------------------------------------------------------===//
// attention
//===----------------------------------------------------------------------===//

/// A scale that is what its absence means, bit for bit, is dropped.
struct DropDefaultScale : OpRewritePattern<AttentionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AttentionOp op, PatternRewriter& rewriter) const override {
    int64_t headDim = op.getHeadDim();
    if (!op.getScale() || ShapedType::isDynamic(headDim)) return failure();
    if (op.getScale()->convertToFloat() != AttentionOp::getDefaultScale(headDim)) return failure();
    rewriter.modifyOpInPlace(op, [&] { op.removeScaleAttr(); });
    return success();
  }
};

/// Sequences of one row need no causal mask: a row always sees itself.
struct DropCausalOfOneRow : OpRewritePattern<AttentionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AttentionOp op, PatternRewriter& rewriter) const override {
    if (!op.getCausal() || op.getMaxSeqlen() != 1) return failure();
    rewriter.modifyOpInPlace(op, [&] { op.setCausal(false); });
    return success();
  }
};

/// Three slices of one (rows, 3, heads, dim) value become the packed form, which needs neither slices nor copies.
struct PackSlices : OpRewritePattern<AttentionOp> {
  using OpRewritePattern::OpRewritePattern;

  /// The value of which `slice` is [:, slot, :, :], or null.
  static TypedValue<RankedTensorType> getSliced(Value slice, int64_t slot) {
    auto extract = slice.getDefiningOp<tensor::ExtractSliceOp>();
    if (!extract) return {};
    RankedTensorType source = extract.getSourceType(), result = extract.getType();
    if (source.getRank() != 4 || source.getDimSize(1) != 3 || result.getRank() != 3) return {};
    if (source.getEncoding() && !isa<StridesAttr>(source.getEncoding())) return {};
    auto offsets = extract.getMixedOffsets(), sizes = extract.getMixedSizes();
    if (!areAllConstantIntValue(extract.getMixedStrides(), 1)) return {};
    for (int64_t dim = 0; dim < 4; ++dim) {
      if (!isConstantIntValue(offsets[dim], dim == 1 ? slot : 0)) return {};
      if (dim == 1 ? !isConstantIntValue(sizes[dim], 1) : !isWhole(sizes[dim], extract.getSource(), dim)) return {};
    }
    // With sizes of 1 elsewhere too, another dimension may be the dropped one.
    if (!extract.getDroppedDims().test(1)) return {};
    return extract.getSource();
  }

  /// Whether `size` is all of dimension `dim` of `source`.
  static bool isWhole(OpFoldResult size, TypedValue<RankedTensorType> source, int64_t dim) {
    if (!source.getType().isDynamicDim(dim)) return isConstantIntValue(size, source.getType().getDimSize(dim));
    auto value = dyn_cast<Value>(size);
    auto dimOp = value ? value.getDefiningOp<tensor::DimOp>() : tensor::DimOp();
    return dimOp && dimOp.getSource() == source && dimOp.getConstantIndex() == dim;
  }

  LogicalResult matchAndRewrite(AttentionOp op, PatternRewriter& rewriter) const override {
    if (op.isPacked()) return failure();
    TypedValue<RankedTensorType> packed = getSliced(op.getQ(), 0);
    if (!packed || getSliced(op.getK(), 1) != packed || getSliced(op.getV(), 2) != packed) return failure();
    rewriter.modifyOpInPlace(op, [&] {
      op.getQMutable().assign(packed);
      op.getKMutable().clear();
      op.getVMutable().clear();
    });
    return success();
  }
};

//===----------------------------------------------------------------------===//
// pack and unpack
//===----------------------------------------------------------------------===//

/// pack(unpack(rows, indices, offsets), keep) is rows, indices and offsets where these describe the same keep.
struct PackOfUnpack : OpRewritePattern<PackOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(PackOp op, PatternRewriter& rewriter) const override {
    auto unpack = op.getX().getDefiningOp<UnpackOp>();
    if (!unpack) return failure();
    auto first = unpack.getOffsets().getDefiningOp<PackOp>();
    if (!first || first.getOffsets() != unpack.getOffsets() || first.getIndices() != unpack.getIndices() ||
        first.getKeep() != op.getKeep())
      return failure();
    Value replacements[] = {unpack.getRows(), first.getOffsets(), first.getIndices()};
    if (TypeRange(ValueRange(replacements)) != op.getResultTypes()) return failure();
    rewriter.replaceOp(op, replacements);
    return success();
  }
};

/// A fill in f32 is the same number in f64, which is what text without a type means.
struct WidenFill : OpRewritePattern<UnpackOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(UnpackOp op, PatternRewriter& rewriter) const override {
    if (op.getFillAttr().getType().isF64() || op.getFillAttr().getValue().isNaN()) return failure();
    rewriter.modifyOpInPlace(op, [&] { op.setFillAttr(rewriter.getF64FloatAttr(op.getFill())); });
    return success();
  }
};

}  // namespace

void AttentionOp::getCanonicalizationPatterns(RewritePatternSet& patterns, MLIRContext* context) {
  patterns.add<DropDefaultScale, DropCausalOfOneRow, PackSlices>(context);
}

void PackOp::getCanonicalizationPatterns(RewritePatternSet& patterns, MLIRContext* context) {
  patterns.add<PackOfUnpack>(context);
}

void UnpackOp::getCanonicalizationPatterns(RewritePatternSet& patterns, MLIRContext* context) {
  patterns.add<WidenFill>(context);
}

/// unpack(pack(x, keep)) is x when keep is known to keep all. With any other keep the rows dropped become fill.
OpFoldResult UnpackOp::fold(FoldAdaptor) {
  auto pack = getOffsets().getDefiningOp<PackOp>();
  if (!pack || getRows() != pack.getRows() || getIndices() != pack.getIndices() || getOffsets() != pack.getOffsets() ||
      getType() != pack.getX().getType())
    return {};
  DenseIntElementsAttr keep;
  if (!matchPattern(pack.getKeep(), m_Constant(&keep)) || !keep.isSplat() || !keep.getSplatValue<bool>()) return {};
  return pack.getX();
}
