//===- ragged-translate.cpp - print kernel IR as CUDA C++ or a manifest ---===//
//
// For the tests of codegen/: takes any kernel IR, not only what the pipeline
// makes. `raggedc compile` is the program for people.
//
//===----------------------------------------------------------------------===//

#include "codegen/Codegen.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/raw_ostream.h"
#include "mlir/Tools/mlir-translate/MlirTranslateMain.h"
#include "mlir/Tools/mlir-translate/Translation.h"
#include "tools/Dialects.h"

using namespace mlir;

namespace {

llvm::cl::opt<std::string> arch("arch", llvm::cl::desc("architecture that the manifest names"),
                                llvm::cl::init("sm_90a"));

/// Writes the text if there is any; its absence was explained by a diagnostic.
LogicalResult write(const FailureOr<std::string>& text, llvm::raw_ostream& output) {
  if (failed(text)) return failure();
  output << *text;
  return success();
}

}  // namespace

int main(int argc, char** argv) {
  TranslateFromMLIRRegistration cuda(
      "emit-cuda", "kernels as CUDA C++",
      [](ModuleOp module, llvm::raw_ostream& output) { return write(raggedc::emitCuda(module), output); },
      raggedc::registerDialects);
  TranslateFromMLIRRegistration manifest(
      "emit-manifest", "what the runtime must know, as JSON",
      [](ModuleOp module, llvm::raw_ostream& output) { return write(raggedc::emitManifest(module, arch), output); },
      raggedc::registerDialects);
  return failed(mlirTranslateMain(argc, argv, "raggedc translator"));
}
