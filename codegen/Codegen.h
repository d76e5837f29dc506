//===- Codegen.h - kernel IR to CUDA C++ and a manifest ---------*- C++ -*-===//
//
// Both functions take a module after the kernel passes (see
// passes/Pipeline.h), write nothing anywhere and return text.
//
//===----------------------------------------------------------------------===//

#ifndef RAGGEDC_CODEGEN_CODEGEN_H
#define RAGGEDC_CODEGEN_CODEGEN_H

#include <string>

#include "llvm/ADT/StringRef.h"
#include "mlir/IR/BuiltinOps.h"

namespace raggedc {

/// CUDA C++ of all kernels of the module: one self-contained string that needs no header. Kernels are `extern "C"` with
/// pointer parameters only. Fails, with a diagnostic at the operation, on what has no printed form.
llvm::FailureOr<std::string> emitCuda(mlir::ModuleOp module);

/// The manifest, JSON: values, kernels and launches of the module's one function (docs/manifest.md). `arch` is recorded
/// as given. Fails, with a diagnostic, if the module has not exactly one function or if it does more than launch.
llvm::FailureOr<std::string> emitManifest(mlir::ModuleOp module, llvm::StringRef arch);

}  // namespace raggedc

#endif  // RAGGEDC_CODEGEN_CODEGEN_H
