//===- KernelPrinter.h - prints one kernel as CUDA C++ -----------*- C++ -*-===//
//
// Values and statements are in CudaPrinter.cpp, tile operations in
// CudaTileOps.cpp and CudaRingOps.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef RAGGEDC_CODEGEN_KERNELPRINTER_H
#define RAGGEDC_CODEGEN_KERNELPRINTER_H

#include <optional>
#include <set>
#include <string>

#include "codegen/Variables.h"
#include "dialect/ragged_kernel/RaggedKernel.h"
#include "llvm/ADT/StringSet.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/UB/IR/UBOps.h"

namespace raggedc {

/// Precedence of C++ operators, as far as the printer needs it; higher binds tighter.
enum Precedence {
  kConditional,
  kOr,
  kAnd,
  kBitOr,
  kBitXor,
  kBitAnd,
  kEquality,
  kRelation,
  kShift,
  kSum,
  kProduct,
  kUnary,
  kPrimary
};

struct Expression {
  std::string text;
  Precedence precedence = kPrimary;
};

/// A float as C++ text that reads back to the same value.
std::string floatText(const llvm::APFloat& value);

/// Bytes of an element in memory; a truth value takes one.
int64_t elementBytes(mlir::ragged_kernel::PtrType type);

class KernelPrinter {
 public:
  /// Adds the template headers that the kernel needs, and the numbers of columns of its warpgroup products.
  KernelPrinter(mlir::ragged_kernel::KernelOp kernel, llvm::StringSet<>& headers, std::set<int64_t>& wgmmaColumns)
      : kernel(kernel), variables(kernel), headers(headers), wgmmaColumns(wgmmaColumns) {}

  mlir::LogicalResult print();
  llvm::StringRef getText() const { return text; }

 private:
  //===--- Names and types ------------------------------------------------===//

  std::string unique(llvm::StringRef base);
  std::string suggestName(mlir::Value value);
  const std::string& declareName(mlir::Value value);
  mlir::FailureOr<std::string> typeName(mlir::Type type, bool isConst = false);
  std::string scalarName(mlir::Type element);

  //===--- Values ---------------------------------------------------------===//

  Expression expression(mlir::Value value);
  std::string str(mlir::Value value) { return expression(value).text; }
  /// `value` as an operand of an operator of the given precedence.
  std::string operand(mlir::Value value, Precedence precedence, bool isRight = false);
  bool isDeclared(mlir::Value value) { return names.count(variables.find(value)); }
  std::optional<Expression> inlineExpression(mlir::Operation* op);
  bool printsInline(mlir::Operation* op);
  bool isWritten(mlir::Value pointer);

  //===--- Statements -----------------------------------------------------===//

  void line(const llvm::Twine& statement) {
    text.append(indent * 2, ' ');
    text += statement.str();
    text += "\n";
  }
  mlir::LogicalResult printBlock(mlir::Block& block);
  mlir::LogicalResult printOp(mlir::Operation* op);
  mlir::LogicalResult printPoison(mlir::ub::PoisonOp op);
  mlir::LogicalResult printFor(mlir::scf::ForOp loop);
  mlir::LogicalResult printIf(mlir::scf::IfOp branch);
  void printYield(mlir::ValueRange values, mlir::ValueRange targets);
  mlir::LogicalResult printTileOp(mlir::Operation* op);
  /// Those of RaggedKernelRingOps.td.
  mlir::LogicalResult printRingOp(mlir::Operation* op);
  /// `const T name = text;`
  mlir::LogicalResult define(mlir::Value value, const llvm::Twine& initializer, bool constant = true);
  /// The variable that an in-place operation updates; a copy is printed first if the operand is still needed.
  mlir::FailureOr<std::string> target(mlir::Operation* op);
  /// For operations that return a new row vector: `name = ` with a declaration where the name is new.
  std::string assignment(mlir::Value result);

  void use(llvm::StringRef header) { headers.insert(header); }
  int64_t threads() { return kernel.getBlockSize(); }

  mlir::ragged_kernel::KernelOp kernel;
  Variables variables;
  llvm::StringSet<>& headers;
  std::set<int64_t>& wgmmaColumns;
  std::string text;
  unsigned indent = 0;
  llvm::DenseMap<mlir::Value, std::string> names;    ///< by the value that stands for the variable
  llvm::DenseMap<mlir::Value, std::string> aliases;  ///< values printed as an expression of another name
  llvm::StringSet<> taken;
};

}  // namespace raggedc

#endif  // RAGGEDC_CODEGEN_KERNELPRINTER_H
