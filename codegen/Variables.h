//===- Variables.h - which SSA values share a CUDA variable -----*- C++ -*-===//
//
// SSA form has a new value for each step of an accumulator; readable CUDA has
// one variable that is updated. Values share a variable when one takes the
// other's registers (InPlaceOpInterface, loop-carried values, results of
// conditionals) and the older is not used again.
//
//===----------------------------------------------------------------------===//

#ifndef RAGGEDC_CODEGEN_VARIABLES_H
#define RAGGEDC_CODEGEN_VARIABLES_H

#include "dialect/ragged_kernel/RaggedKernel.h"
#include "llvm/ADT/EquivalenceClasses.h"

namespace raggedc {

class Variables {
 public:
  explicit Variables(mlir::ragged_kernel::KernelOp kernel);

  /// The value that stands for the variable of `value`.
  mlir::Value find(mlir::Value value) const;
  bool same(mlir::Value a, mlir::Value b) const { return find(a) == find(b); }

 private:
  void join(mlir::Value a, mlir::Value b);
  void visit(mlir::Operation* op);

  llvm::EquivalenceClasses<void*> classes;
};

/// Whether no use of `value` can execute after `op`, which uses it (itself or in one of its regions).
bool isLastUse(mlir::Value value, mlir::Operation* op);

}  // namespace raggedc

#endif  // RAGGEDC_CODEGEN_VARIABLES_H
