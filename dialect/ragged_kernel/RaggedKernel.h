//===-- RaggedKernel.h - level 2: how a ragged attention kernel runs ------------------------------------------===//
//
// The one header of the dialect: types, attributes and operations. See RaggedKernelOps.td for what each means.
//
//===----------------------------------------------------------------------------------------------------------===//
#ifndef RAGGEDC_DIALECT_RAGGED_KERNEL_RAGGEDKERNEL_H
#define RAGGEDC_DIALECT_RAGGED_KERNEL_RAGGEDKERNEL_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

// clang-format off
#include "dialect/ragged_kernel/RaggedKernelDialect.h.inc"
#include "dialect/ragged_kernel/RaggedKernelEnums.h.inc"
#define GET_ATTRDEF_CLASSES
#include "dialect/ragged_kernel/RaggedKernelAttrs.h.inc"
#define GET_TYPEDEF_CLASSES
#include "dialect/ragged_kernel/RaggedKernelTypes.h.inc"
#include "dialect/ragged_kernel/RaggedKernelInterfaces.h.inc"
#define GET_OP_CLASSES
#include "dialect/ragged_kernel/RaggedKernelOps.h.inc"
// clang-format on

namespace mlir::ragged_kernel {

/// Rows of a warp's register tile: the M of mma.sync m16n8k16.
inline constexpr int64_t kWarpRows = 16;

/// Dynamic shared memory a block may have on any supported chip is at most this (sm_90: 227 KiB).
inline constexpr int64_t kMaxSharedBytes = 232448;

/// Whether an operation of a kernel, or one inside it, may touch global memory or leave the kernel.
bool mayTouchGlobalOrExit(Operation* op);

}  // namespace mlir::ragged_kernel

#endif  // RAGGEDC_DIALECT_RAGGED_KERNEL_RAGGEDKERNEL_H
