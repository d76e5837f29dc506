//===- Ragged.h - the dialect ragged, whole ---------------------*- C++ -*-===//
//
// The one header to include for the dialect, its attributes and operations.
// Shapes, element types and edge cases are in the operations' descriptions
// (RaggedOps.td).
//
//===----------------------------------------------------------------------===//

#ifndef RAGGEDC_DIALECT_RAGGED_RAGGED_H
#define RAGGEDC_DIALECT_RAGGED_RAGGED_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Attributes.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/TensorEncoding.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialect/ragged/RaggedDialect.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialect/ragged/RaggedAttrs.h.inc"

#define GET_OP_CLASSES
#include "dialect/ragged/RaggedOps.h.inc"

namespace mlir::ragged {

/// The ranges of the constraints attention_c4, _c7, _c11 and _c12, for those who check before there is an operation.
bool isLegalHeadDim(int64_t dim);
bool isLegalBlockSize(int64_t rows);
inline constexpr int64_t kMaxHeads = 65535;
inline constexpr int64_t kMaxSeqlen = 65536;

}  // namespace mlir::ragged

#endif  // RAGGEDC_DIALECT_RAGGED_RAGGED_H
