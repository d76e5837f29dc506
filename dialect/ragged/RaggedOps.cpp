//===- RaggedOps.cpp - operations of the dialect ragged -------------------===//
//
// Verifiers, syntax and helpers. A comment such as `attention_c3` names the
// constraint of RaggedOps.td that the check behind it enforces.
//
//===----------------------------------------------------------------------===//

#include <cmath>
#include <cstdint>
#include <limits>

#include "dialect/ragged/Ragged.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace mlir::ragged;

static constexpr int64_t kMaxRows = std::numeric_limits<int32_t>::max();

bool mlir::ragged::isLegalHeadDim(int64_t dim) {
  return dim >= 16 && dim <= 256 && dim % 8 == 0;
}
bool mlir::ragged::isLegalBlockSize(int64_t rows) {
  return rows >= 16 && rows <= 256 && rows % 16 == 0;
}

//===----------------------------------------------------------------------===//
// Syntax
//===----------------------------------------------------------------------===//

/// `type(q), type(k), type(v), type(offsets) -> type(out)`, or `type(q), type(offsets) -> type(out)` when packed: as
/// many types as operands.
static ParseResult parseAttentionTypes(OpAsmParser& parser, Type& q, Type& k, Type& v, Type& offsets, Type& out,
                                       const std::optional<OpAsmParser::UnresolvedOperand>& kOperand) {
  SMLoc loc = parser.getCurrentLocation();
  SmallVector<Type> types;
  if (parser.parseTypeList(types) || parser.parseArrow() || parser.parseType(out)) return failure();
  size_t expected = kOperand ? 4 : 2;
  if (types.size() != expected)
    return parser.emitError(loc) << "expected " << expected << " operand types, one per operand, got " << types.size();
  q = types.front();
  if (kOperand) {
    k = types[1];
    v = types[2];
  }
  offsets = types.back();
  return success();
}

static void printAttentionTypes(OpAsmPrinter& printer, Operation*, Type q, Type k, Type v, Type offsets, Type out,
                                Value) {
  printer << q;
  if (k) printer << ", " << k;
  if (v) printer << ", " << v;
  printer << ", " << offsets << " -> " << out;
}

#define GET_OP_CLASSES
#include "dialect/ragged/RaggedOps.cpp.inc"

//===----------------------------------------------------------------------===//
// Dimensions
//===----------------------------------------------------------------------===//

/// A dimension as a reader of the type sees it.
static std::string spell(int64_t dim) {
  return ShapedType::isDynamic(dim) ? "?" : std::to_string(dim);
}

/// Whether two dimensions can be the same at run time.
static bool compatible(int64_t a, int64_t b) {
  return ShapedType::isDynamic(a) || ShapedType::isDynamic(b) || a == b;
}

/// The known one of two dimensions that must agree.
static int64_t known(int64_t a, int64_t b) {
  return ShapedType::isDynamic(a) ? b : a;
}

static bool isLegalElementType(Type type) {
  return type.isBF16() || type.isF16() || type.isF32();
}

/// A one-dimensional tensor of i32 without an encoding: offsets and indices.
static bool isIndexVector(RankedTensorType type) {
  return type.getRank() == 1 && type.getElementType().isSignlessInteger(32) && !type.getEncoding();
}

/// The product of dimensions, or kDynamic if one of them is, or the largest integer if it does not fit.
static int64_t product(ArrayRef<int64_t> dims) {
  int64_t result = 1;
  for (int64_t dim : dims) {
    if (ShapedType::isDynamic(dim)) return ShapedType::kDynamic;
    if (__builtin_mul_overflow(result, dim, &result)) result = std::numeric_limits<int64_t>::max();
  }
  return result;
}

//===----------------------------------------------------------------------===//
// AttentionOp
//===----------------------------------------------------------------------===//

int64_t AttentionOp::getHeadsQ() {
  return known(getQ().getType().getDimSize(isPacked() ? 2 : 1), getOut().getType().getDimSize(1));
}

int64_t AttentionOp::getHeadsKV() {
  if (isPacked()) return getHeadsQ();
  return known(getK().getType().getDimSize(1), getV().getType().getDimSize(1));
}

int64_t AttentionOp::getHeadDim() {
  if (isPacked()) return getHeadDimV();
  return known(getQ().getType().getDimSize(2), getK().getType().getDimSize(2));
}

int64_t AttentionOp::getHeadDimV() {
  int64_t out = getOut().getType().getDimSize(2);
  return known(out, isPacked() ? getQ().getType().getDimSize(3) : getV().getType().getDimSize(2));
}

float AttentionOp::getDefaultScale(int64_t headDim) {
  return static_cast<float>(1.0 / std::sqrt(static_cast<double>(headDim)));
}

double AttentionOp::getScaleOrDefault() {
  if (std::optional<APFloat> scale = getScale()) return scale->convertToDouble();
  return getDefaultScale(getHeadDim());
}

bool AttentionOp::isSpecialised() {
  auto isStatic = [](RankedTensorType type) {
    return llvm::none_of(type.getShape().drop_front(), ShapedType::isDynamic);
  };
  if (!getMaxSeqlen() || !isStatic(getQ().getType()) || !isStatic(getOut().getType())) return false;
  return isPacked() || (isStatic(getK().getType()) && isStatic(getV().getType()));
}

/// The layout of a (rows, heads, dim) tensor, or of the `slot`-th (q, k, v) of a packed (rows, 3, heads, dim) one.
static AttentionOp::Layout getLayout(RankedTensorType type, int64_t slot = 0) {
  assert(llvm::none_of(type.getShape().drop_front(), ShapedType::isDynamic) && "layout of an unspecialised tensor");
  SmallVector<int64_t> strides(type.getRank(), 1);
  if (auto encoding = dyn_cast_if_present<StridesAttr>(type.getEncoding())) {
    strides = llvm::to_vector(encoding.getStrides());
  } else {
    for (int64_t dim = type.getRank() - 1; dim > 0; --dim) strides[dim - 1] = strides[dim] * type.getDimSize(dim);
  }
  bool packed = type.getRank() == 4;
  return {packed ? slot * strides[1] : 0, strides[0], strides[packed ? 2 : 1]};
}

AttentionOp::Layout AttentionOp::getLayoutQ() {
  return getLayout(getQ().getType());
}
AttentionOp::Layout AttentionOp::getLayoutK() {
  return getLayout((isPacked() ? getQ() : getK()).getType(), 1);
}
AttentionOp::Layout AttentionOp::getLayoutV() {
  return getLayout((isPacked() ? getQ() : getV()).getType(), 2);
}
AttentionOp::Layout AttentionOp::getLayoutOut() {
  return getLayout(getOut().getType());
}

LogicalResult AttentionOp::verify() {
  // attention_c1
  if (!getK() != !getV())
    return emitOpError() << "expected q alone, packed, or q, k and v, got q and " << (getK() ? "k" : "v");
  bool packed = isPacked();
  RankedTensorType q = getQ().getType(), out = getOut().getType();
  RankedTensorType k = packed ? q : getK().getType(), v = packed ? q : getV().getType();

  // attention_c2
  if (packed) {
    if (q.getRank() != 4 || !compatible(q.getDimSize(1), 3))
      return emitOpError() << "expected a packed operand of (rows, 3, heads, dim), got " << q;
  } else {
    for (auto [name, type] : {std::pair{"q", q}, {"k", k}, {"v", v}})
      if (type.getRank() != 3) return emitOpError() << "expected " << name << " to be (rows, heads, dim), got " << type;
  }
  if (out.getRank() != 3) return emitOpError() << "expected the result to be (rows, heads, dim), got " << out;

  // attention_c3
  if (!isLegalElementType(q.getElementType()))
    return emitOpError() << "expected an element type of bf16, f16 or f32, got " << q.getElementType();
  for (auto [name, type] : {std::pair{"k", k}, {"v", v}, {"the result", out}})
    if (type.getElementType() != q.getElementType())
      return emitOpError() << "expected " << name << " to have the element type of q, " << q.getElementType()
                           << ", got " << type.getElementType();

  // attention_c4
  for (RankedTensorType type : {q, k, v, out}) {
    int64_t dim = type.getShape().back();
    if (!ShapedType::isDynamic(dim) && !isLegalHeadDim(dim))
      return emitOpError() << "expected head dimension to be a multiple of 8 from 16 to 256, got " << dim;
  }
  // attention_c5
  if (!compatible(q.getShape().back(), k.getShape().back()))
    return emitOpError() << "expected q and k to have the same head dimension, got " << q.getShape().back() << " and "
                         << k.getShape().back();

  // attention_c6
  auto heads = [](RankedTensorType type) { return type.getShape()[type.getRank() - 2]; };
  if (!compatible(heads(k), heads(v)))
    return emitOpError() << "expected k and v to have the same heads, got " << heads(k) << " and " << heads(v);
  // attention_c7
  for (RankedTensorType type : {q, k, v, out})
    if (!ShapedType::isDynamic(heads(type)) && (heads(type) < 1 || heads(type) > kMaxHeads))
      return emitOpError() << "expected heads to be from 1 to " << kMaxHeads << ", got " << heads(type);
  int64_t headsQ = getHeadsQ(), headsKV = getHeadsKV();
  if (!ShapedType::isDynamic(headsQ) && !ShapedType::isDynamic(headsKV) && headsQ % headsKV != 0)
    return emitOpError() << "expected the heads of q to be a multiple of those of k, " << headsKV << ", got " << headsQ;

  // attention_c8
  if (!compatible(heads(out), heads(q)))
    return emitOpError() << "expected the result to have the heads of q, " << heads(q) << ", got " << heads(out);
  if (!compatible(out.getShape().back(), v.getShape().back()))
    return emitOpError() << "expected the result to have the head dimension of v, " << v.getShape().back() << ", got "
                         << out.getShape().back();

  // attention_c9
  int64_t rows = q.getDimSize(0);
  for (auto [name, type] : {std::pair{"k", k}, {"v", v}, {"the result", out}}) {
    if (!compatible(rows, type.getDimSize(0)))
      return emitOpError() << "expected " << name << " to have the rows of the operands before it, " << rows << ", got "
                           << type.getDimSize(0);
    rows = known(rows, type.getDimSize(0));
  }
  if (!ShapedType::isDynamic(rows) && rows > kMaxRows)
    return emitOpError() << "expected at most " << kMaxRows << " rows, got " << rows;

  // attention_c10
  RankedTensorType offsets = getOffsets().getType();
  if (offsets.getRank() != 1 || !offsets.getElementType().isSignlessInteger(32))
    return emitOpError() << "expected offsets to be a one-dimensional tensor of i32, got " << offsets;
  if (offsets.getDimSize(0) == 0)
    return emitOpError() << "expected offsets to have batch+1 elements, at least 1, got 0";

  // attention_c11
  if (std::optional<int64_t> length = getMaxSeqlen(); length && (*length < 1 || *length > kMaxSeqlen))
    return emitOpError() << "expected max_seqlen to be from 1 to " << kMaxSeqlen << ", got " << *length;
  // attention_c12
  for (auto [name, size] : {std::pair{"block_m", getBlockM()}, {"block_n", getBlockN()}})
    if (size && !isLegalBlockSize(*size))
      return emitOpError() << "expected " << name << " to be a multiple of 16 from 16 to 256, got " << *size;
  // attention_c13
  if (std::optional<APFloat> scale = getScale();
      scale && (!scale->isFinite() || scale->isNegative() || scale->isZero()))
    return emitOpError() << "expected scale to be finite and positive, got " << getScaleAttr();

  // attention_c14
  for (RankedTensorType type : {q, k, v, out})
    if (type.getEncoding() && !isa<StridesAttr>(type.getEncoding()))
      return emitOpError() << "expected no encoding but #ragged.strides, got " << type.getEncoding();
  if (offsets.getEncoding()) return emitOpError() << "expected offsets to be contiguous, got " << offsets;
  return success();
}

//===----------------------------------------------------------------------===//
// PackOp and UnpackOp
//===----------------------------------------------------------------------===//

/// The checks both operations make of the dimensions of a padded (batch, N, ...) tensor.
static LogicalResult verifyRowDims(Operation* op, RankedTensorType padded) {
  // pack_c7, unpack_c5
  if (padded.getDimSize(1) == 0) return op->emitOpError() << "expected a padded length of at least 1, got 0";
  ArrayRef<int64_t> rest = padded.getShape().drop_front(2);
  for (int64_t dim : rest)
    if (dim == 0) return op->emitOpError() << "expected row dimensions to be at least 1, got 0";
  int64_t elements = product(rest);
  unsigned bits = padded.getElementTypeBitWidth();
  if (!ShapedType::isDynamic(elements) && (elements > kMaxRows || elements * bits % 32 != 0))
    return op->emitOpError() << "expected the bytes of a row to be a multiple of 4, at most " << kMaxRows
                             << " elements, got " << elements << " elements of " << padded.getElementType();
  // pack_c8, unpack_c6
  int64_t positions = product(padded.getShape().take_front(2));
  if (!ShapedType::isDynamic(positions) && positions > kMaxRows)
    return op->emitOpError() << "expected at most " << kMaxRows << " positions in the batch, got " << positions;
  return success();
}

/// offsets has batch+1 elements of i32.
static LogicalResult verifyOffsets(Operation* op, RankedTensorType offsets, int64_t batch) {
  // pack_c4, unpack_c4
  if (!isIndexVector(offsets))
    return op->emitOpError() << "expected offsets to be a one-dimensional tensor of i32, got " << offsets;
  int64_t elements = offsets.getDimSize(0);
  if (elements == 0) return op->emitOpError() << "expected offsets to have batch+1 elements, at least 1, got 0";
  if (!ShapedType::isDynamic(batch) && !compatible(elements, batch + 1))
    return op->emitOpError() << "expected offsets to have batch+1 elements, " << batch + 1 << ", got " << elements;
  return success();
}

static LogicalResult verifyContiguous(Operation* op, ArrayRef<std::pair<const char*, RankedTensorType>> tensors) {
  // pack_c9, unpack_c8
  for (auto [name, type] : tensors)
    if (type.getEncoding()) return op->emitOpError() << "expected " << name << " to be contiguous, got " << type;
  return success();
}

int64_t PackOp::getPaddedLength() {
  return known(getX().getType().getDimSize(1), getKeep().getType().getDimSize(1));
}

int64_t PackOp::getRowElements() {
  int64_t elements = product(getX().getType().getShape().drop_front(2));
  return known(elements, product(getRows().getType().getShape().drop_front()));
}

bool PackOp::isSpecialised() {
  return llvm::none_of(getX().getType().getShape().drop_front(), ShapedType::isDynamic) &&
         llvm::none_of(getKeep().getType().getShape().drop_front(), ShapedType::isDynamic) &&
         llvm::none_of(getRows().getType().getShape().drop_front(), ShapedType::isDynamic);
}

void PackOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  setName(getRows(), "rows");
  setName(getOffsets(), "offsets");
  setName(getIndices(), "indices");
}

LogicalResult PackOp::verify() {
  RankedTensorType x = getX().getType(), keep = getKeep().getType(), rows = getRows().getType(),
                   offsets = getOffsets().getType(), indices = getIndices().getType();
  // pack_c9
  if (failed(verifyContiguous(*this,
                              {{"x", x}, {"keep", keep}, {"rows", rows}, {"offsets", offsets}, {"indices", indices}})))
    return failure();
  // pack_c1
  if (x.getRank() < 3 || !isLegalElementType(x.getElementType()))
    return emitOpError() << "expected x to be (batch, N, ...) of bf16, f16 or f32, got " << x;
  // pack_c2
  if (keep.getRank() != 2 || !keep.getElementType().isSignlessInteger(1) ||
      failed(verifyCompatibleShape(keep.getShape(), x.getShape().take_front(2))))
    return emitOpError() << "expected keep to be a tensor of i1 of the first two dimensions of x, "
                         << spell(x.getDimSize(0)) << "x" << spell(x.getDimSize(1)) << ", got " << keep;
  // pack_c3
  if (rows.getElementType() != x.getElementType() || rows.getRank() != x.getRank() - 1 ||
      failed(verifyCompatibleShape(rows.getShape().drop_front(), x.getShape().drop_front(2))))
    return emitOpError() << "expected rows to have the element type and the row dimensions of x, " << x << ", got "
                         << rows;
  // pack_c4
  int64_t batch = known(x.getDimSize(0), keep.getDimSize(0));
  if (failed(verifyOffsets(*this, offsets, batch))) return failure();
  // pack_c5
  if (!isIndexVector(indices))
    return emitOpError() << "expected indices to be a one-dimensional tensor of i32, got " << indices;
  // pack_c7, pack_c8
  int64_t length = getPaddedLength();
  SmallVector<int64_t> padded = {batch, length};
  llvm::append_range(padded, x.getShape().drop_front(2));
  if (failed(verifyRowDims(*this, RankedTensorType::get(padded, x.getElementType())))) return failure();
  // pack_c6
  int64_t capacity = product({batch, length});
  for (auto [name, type] : {std::pair{"rows", rows}, {"indices", indices}})
    if (!ShapedType::isDynamic(type.getDimSize(0)) && type.getDimSize(0) != capacity)
      return emitOpError() << "expected " << name << " to have a capacity of batch * N, " << spell(capacity) << ", got "
                           << type.getDimSize(0);
  return success();
}

int64_t UnpackOp::getPaddedLength() {
  return getOut().getType().getDimSize(1);
}

int64_t UnpackOp::getRowElements() {
  int64_t elements = product(getOut().getType().getShape().drop_front(2));
  return known(elements, product(getRows().getType().getShape().drop_front()));
}

bool UnpackOp::isSpecialised() {
  return llvm::none_of(getOut().getType().getShape().drop_front(), ShapedType::isDynamic) &&
         llvm::none_of(getRows().getType().getShape().drop_front(), ShapedType::isDynamic);
}

LogicalResult UnpackOp::verify() {
  RankedTensorType rows = getRows().getType(), indices = getIndices().getType(), offsets = getOffsets().getType(),
                   out = getOut().getType();
  // unpack_c8
  if (failed(
          verifyContiguous(*this, {{"rows", rows}, {"indices", indices}, {"offsets", offsets}, {"the result", out}})))
    return failure();
  // unpack_c1
  if (rows.getRank() < 2 || !isLegalElementType(rows.getElementType()))
    return emitOpError() << "expected rows to be (capacity, ...) of bf16, f16 or f32, got " << rows;
  // unpack_c2
  if (out.getElementType() != rows.getElementType() || out.getRank() != rows.getRank() + 1 ||
      failed(verifyCompatibleShape(out.getShape().drop_front(2), rows.getShape().drop_front())))
    return emitOpError() << "expected the result to have the element type and the row dimensions of rows, " << rows
                         << ", got " << out;
  // unpack_c3
  if (!isIndexVector(indices))
    return emitOpError() << "expected indices to be a one-dimensional tensor of i32, got " << indices;
  if (!compatible(indices.getDimSize(0), rows.getDimSize(0)))
    return emitOpError() << "expected as many indices as rows, " << rows.getDimSize(0) << ", got "
                         << indices.getDimSize(0);
  // unpack_c4
  if (failed(verifyOffsets(*this, offsets, out.getDimSize(0)))) return failure();
  // unpack_c5, unpack_c6
  if (failed(verifyRowDims(*this, out))) return failure();
  if (int64_t count = known(rows.getDimSize(0), indices.getDimSize(0));
      !ShapedType::isDynamic(count) && count > kMaxRows)
    return emitOpError() << "expected at most " << kMaxRows << " rows, got " << count;
  // unpack_c7
  APFloat fill = getFillAttr().getValue();
  bool wasFinite = fill.isFinite(), lossy = false;
  fill.convert(cast<FloatType>(rows.getElementType()).getFloatSemantics(), APFloat::rmNearestTiesToEven, &lossy);
  if (wasFinite && !fill.isFinite())
    return emitOpError() << "expected fill to be finite in " << rows.getElementType() << ", got " << getFillAttr();
  return success();
}
