//===- Passes.h - passes of raggedc -----------------------------*- C++ -*-===//
//
// Declarations generated from Passes.td: one create function and one options
// struct per pass, and registerRaggedcPasses() for the tools.
//
//===----------------------------------------------------------------------===//

#ifndef RAGGEDC_PASSES_PASSES_H
#define RAGGEDC_PASSES_PASSES_H

#include <memory>

#include "dialect/ragged_kernel/RaggedKernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassRegistry.h"

namespace raggedc {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/Passes.h.inc"

}  // namespace raggedc

#endif  // RAGGEDC_PASSES_PASSES_H
