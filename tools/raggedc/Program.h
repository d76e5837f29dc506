//===- Program.h - a level-1 function for the reference ---------*- C++ -*-===//

#ifndef RAGGEDC_TOOLS_RAGGEDC_PROGRAM_H
#define RAGGEDC_TOOLS_RAGGEDC_PROGRAM_H

#include <string>
#include <vector>

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "runtime/reference/program.h"
#include "runtime/status.h"

namespace raggedc {

/// What the tensors of a function are called in files and manifests. An argument is called by what the first operation
/// takes it for (q, k, v or qkv, offsets; x, keep; rows, indices), a result by what its operation makes (out, offsets,
/// indices); the second of a name is NAME_1, and so on. An argument that nothing takes is arg0, arg1, ...
struct TensorNames {
  std::vector<std::string> arguments;
  std::vector<std::string> results;  ///< one for each operand of the function's return
};
TensorNames nameTensors(mlir::func::FuncOp function);

/// The specialised function as a program of the runtime's reference. Fails, with the place of the operation, on what
/// the reference does not know.
Result<Program> buildProgram(mlir::func::FuncOp function);

/// For each output of the program, whether it is computed (attention) or only moved (pack, unpack).
std::vector<bool> getComputedOutputs(const Program& program);

/// The longest sequence that a program's operations take.
int64_t getCapacity(const Program& program);

}  // namespace raggedc

#endif  // RAGGEDC_TOOLS_RAGGEDC_PROGRAM_H
