//===-- RaggedKernelInterfaces.td - interfaces of tile operations -*- tablegen -*-===//
#ifndef RAGGED_KERNEL_INTERFACES_TD
#define RAGGED_KERNEL_INTERFACES_TD

include "mlir/IR/OpBase.td"

def RK_InPlaceOpInterface : OpInterface<"InPlaceOpInterface"> {
  let cppNamespace = "::mlir::ragged_kernel";
  let description = [{
    A tile operation whose result takes the registers of one of its operands. The IR stays in SSA form; the printer
    reuses the operand's variable when this is its last use, and prints a copy otherwise.
  }];
  let methods = [InterfaceMethod<"The operand whose registers the result takes.", "::mlir::OpOperand &",
                                 "getInPlaceOperand", (ins)>];
}

#endif
