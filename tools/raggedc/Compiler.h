//===- Compiler.h - from MLIR text to CUDA C++ and a manifest ---*- C++ -*-===//
//
// The compiler without a command line. Each step returns a Status whose message
// is what a user should read: `file:line:col: error: expected ..., got ...`.
// One Compiler holds one module and its MLIR context; different ones may run on
// different threads.
//
//===----------------------------------------------------------------------===//

#ifndef RAGGEDC_TOOLS_RAGGEDC_COMPILER_H
#define RAGGEDC_TOOLS_RAGGEDC_COMPILER_H

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Pass/PassManager.h"
#include "passes/Passes.h"
#include "passes/TuningTable.h"
#include "runtime/reference/program.h"
#include "runtime/spec.h"
#include "runtime/status.h"
#include "tools/raggedc/Program.h"

namespace raggedc {

/// What passes/Pipeline.h can be told, as plain values. 0 and "auto" leave the choice to the operation or the cost
/// model.
struct CompileOptions {
  std::string arch = "sm_90a";
  int64_t headDim = 0, headDimV = 0, heads = 0, kvHeads = 0, maxSeqlen = 0;
  int64_t blockM = 0, blockN = 0, batch = 0, warps = 0, stages = 0, minBlocks = 0, rowsPerBlock = 0;
  std::string family = "auto", softmax = "auto", mma = "auto", copies = "auto", dependentLaunch = "auto";
  bool allowSpills = false;
  bool quick = false;         ///< the schedule that NVRTC compiles soonest, as far as the fields above leave it open
  std::string remarksFilter;  ///< a regular expression over categories; remarks go to standard error. "": none

  std::shared_ptr<const TuningTable> tuning;  ///< measured schedules that come before the compiler's; may be null
  bool useUserTable = false;                  ///< take the table of the user instead, if there is one (UserTable.h)

  bool operator==(const CompileOptions&) const = default;
};

/// With the schedule of `quick` written out, where it is set.
CompileOptions withSchedule(CompileOptions options);

/// The flags of `options` that ask for a schedule, as on the command line: `--warps 8, --min-blocks 2`.
std::string describeSchedule(const CompileOptions& options);

class Compiler {
 public:
  explicit Compiler(CompileOptions options);

  /// Reads a module with exactly one function. `name` is the file in messages.
  Status parse(llvm::StringRef text, llvm::StringRef name);

  /// Level 1 to specialised level 1, after parse().
  Status specialise();

  /// To the kernels that the code generator prints, after specialise().
  Status lower();

  /// After lower().
  Result<std::string> emitCuda();
  Result<std::string> emitManifest();

  /// The module as it is now, as text.
  std::string print();

  /// After specialise() and before lower(): the function for the reference.
  Result<Program> program();

  mlir::ModuleOp module() { return *moduleOp; }
  mlir::func::FuncOp function() { return *moduleOp->getOps<mlir::func::FuncOp>().begin(); }
  const CompileOptions& options() const { return settings; }

  /// What the pass that chooses schedules is told.
  ChooseScheduleOptions scheduleOptions() const;

  /// The table that comes before the compiler's, or null.
  const std::shared_ptr<const TuningTable>& userTable() const { return settings.tuning; }

  /// After lower(): for each kernel of an attention, in order, why it has its schedule.
  std::vector<std::string> reasons();

  /// Time spent in all of the above but program() and print(), the making of the context included.
  double milliseconds() const { return spent; }

 private:
  Status run(llvm::StringRef step, llvm::function_ref<void(mlir::OpPassManager&)> build);

  CompileOptions settings;
  std::unique_ptr<mlir::MLIRContext> context;
  mlir::OwningOpRef<mlir::ModuleOp> moduleOp;
  TensorNames names;
  double spent = 0;
};

/// Everything that is needed to run a module, but the cubin.
struct CudaModule {
  Program program;
  std::string cuda;
  std::string manifest;
  double mlirMilliseconds = 0;  ///< from text to text
};

/// All steps in one call.
Result<CudaModule> compileToCuda(llvm::StringRef text, llvm::StringRef name, const CompileOptions& options);

}  // namespace raggedc

#endif  // RAGGEDC_TOOLS_RAGGEDC_COMPILER_H
