//===- Dialects.h - the dialects every tool of raggedc reads ----*- C++ -*-===//

#ifndef RAGGEDC_TOOLS_DIALECTS_H
#define RAGGEDC_TOOLS_DIALECTS_H

#include "dialect/ragged/Ragged.h"
#include "dialect/ragged_kernel/RaggedKernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/IR/DialectRegistry.h"

namespace raggedc {

inline void registerDialects(mlir::DialectRegistry& registry) {
  registry.insert<mlir::arith::ArithDialect, mlir::func::FuncDialect, mlir::math::MathDialect, mlir::scf::SCFDialect,
                  mlir::tensor::TensorDialect, mlir::ub::UBDialect, mlir::ragged::RaggedDialect,
                  mlir::ragged_kernel::RaggedKernelDialect>();
}

}  // namespace raggedc

#endif  // RAGGEDC_TOOLS_DIALECTS_H
