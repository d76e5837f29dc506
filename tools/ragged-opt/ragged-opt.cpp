//===- ragged-opt.cpp - run passes on ragged programs ---------------------===//

#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"
#include "passes/Passes.h"
#include "passes/Pipeline.h"
#include "tools/Dialects.h"

int main(int argc, char** argv) {
  mlir::DialectRegistry registry;
  raggedc::registerDialects(registry);
  mlir::registerTransformsPasses();
  raggedc::registerRaggedcPasses();
  raggedc::registerRaggedcPipeline();
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "raggedc optimizer\n", registry));
}
