//===- ragged-lsp-server.cpp - ragged programs in an editor ---------------===//

#include "llvm/Support/LogicalResult.h"
#include "mlir/Tools/mlir-lsp-server/MlirLspServerMain.h"
#include "tools/Dialects.h"

int main(int argc, char** argv) {
  mlir::DialectRegistry registry;
  raggedc::registerDialects(registry);
  return failed(mlir::MlirLspServerMain(argc, argv, registry));
}
