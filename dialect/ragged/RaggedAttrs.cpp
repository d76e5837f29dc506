//===- RaggedAttrs.cpp - attributes of the dialect ragged -----------------===//

#include <algorithm>
#include <limits>
#include <string>

#include "dialect/ragged/Ragged.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"

using namespace mlir;
using namespace mlir::ragged;

#define GET_ATTRDEF_CLASSES
#include "dialect/ragged/RaggedAttrs.cpp.inc"

void RaggedDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialect/ragged/RaggedAttrs.cpp.inc"
      >();
}

LogicalResult StridesAttr::verify(function_ref<InFlightDiagnostic()> emitError, ArrayRef<int64_t> strides) {
  // strides_c2
  if (strides.empty() || strides.back() != 1)
    return emitError() << "expected the innermost stride to be 1, got "
                       << (strides.empty() ? "none" : std::to_string(strides.back()));
  // strides_c3
  for (int64_t stride : strides.drop_back())
    if (stride < 8 || stride % 8 != 0 || stride > std::numeric_limits<int32_t>::max())
      return emitError() << "expected every stride but the innermost to be a multiple of 8 from 8 to 2147483640, got "
                         << stride;
  return success();
}

LogicalResult StridesAttr::verifyEncoding(ArrayRef<int64_t> shape, Type elementType,
                                          function_ref<InFlightDiagnostic()> emitError) const {
  ArrayRef<int64_t> strides = getStrides();
  // strides_c1
  if (strides.size() != shape.size())
    return emitError() << "expected " << shape.size() << " strides for a tensor of rank " << shape.size() << ", got "
                       << strides.size();

  // strides_c4: from the smallest stride to the largest, each must step over all that the dimensions before it span. An
  // unknown dimension counts as two elements, the fewest that could overlap.
  SmallVector<unsigned> order = llvm::to_vector(llvm::seq<unsigned>(0, shape.size()));
  llvm::sort(order, [&](unsigned a, unsigned b) { return strides[a] < strides[b]; });
  int64_t span = 1;
  for (unsigned dim : order) {
    int64_t size = shape[dim];
    if (!ShapedType::isDynamic(size) && size < 2) continue;
    if (strides[dim] < span)
      return emitError() << "expected the stride of dimension " << dim << " to be at least " << span
                         << ", the span of the dimensions inside it, got " << strides[dim];
    int64_t last = ShapedType::isDynamic(size) ? 1 : size - 1;
    // Strides are below 2^31, so this saturates rather than overflows for any size a program could mean.
    uint64_t reach = llvm::SaturatingMultiplyAdd<uint64_t>(last, strides[dim], span);
    span = std::min<uint64_t>(reach, std::numeric_limits<int64_t>::max());
  }
  return success();
}
