//===- Diagnostics.h - what MLIR reports, as one line -----------*- C++ -*-===//

#ifndef RAGGEDC_TOOLS_RAGGEDC_DIAGNOSTICS_H
#define RAGGEDC_TOOLS_RAGGEDC_DIAGNOSTICS_H

#include <string>

#include "mlir/IR/Diagnostics.h"
#include "runtime/status.h"

namespace raggedc {

/// Takes the errors of a context while it lives and keeps the first, as one line:
/// `deit.mlir:3:8: error: expected ..., got ...`.
class DiagnosticCollector {
 public:
  explicit DiagnosticCollector(mlir::MLIRContext* context);

  /// Ok if no error was reported, else an invalid argument that holds the line.
  Status status() const;

  /// An error even if MLIR reported none, as after a pass that failed without a word.
  Status failure(llvm::StringRef step) const;

 private:
  void take(mlir::Diagnostic& diagnostic);

  std::string error;
  mlir::ScopedDiagnosticHandler handler;
};

/// Writes `deit.mlir:3:8: SEVERITY: TEXT` to standard error.
void printLocated(mlir::Location location, llvm::StringRef severity, const std::string& text);

/// Whether the message says where the error is, so that the program's name in front would only be in the way.
bool isLocated(llvm::StringRef message);

/// Writes `raggedc: error: MESSAGE`, or the message alone if it is located, to standard error.
void printError(const Status& status);

/// Writes `raggedc: note: MESSAGE` to standard error.
void printNote(llvm::StringRef message);

}  // namespace raggedc

#endif  // RAGGEDC_TOOLS_RAGGEDC_DIAGNOSTICS_H
