//===- Compiler.cpp - from MLIR text to CUDA C++ and a manifest ------------===//

#include "tools/raggedc/Compiler.h"

#include <chrono>

#include "codegen/Codegen.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Parser/Parser.h"
#include "passes/CostModel.h"
#include "passes/Pipeline.h"
#include "runtime/json.h"
#include "runtime/strings.h"
#include "tools/Dialects.h"
#include "tools/raggedc/Diagnostics.h"
#include "tools/raggedc/TextLimits.h"
#include "tools/raggedc/UserTable.h"

namespace raggedc {

using namespace mlir;

namespace {

/// Adds the time it lives to a number of milliseconds.
class Stopwatch {
 public:
  explicit Stopwatch(double& total) : total(total) {}
  ~Stopwatch() { total += std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count(); }

 private:
  double& total;
  std::chrono::steady_clock::time_point begin = std::chrono::steady_clock::now();
};

/// Exactly one function, with a body of one block: what a manifest can describe.
LogicalResult checkFunction(ModuleOp module) {
  auto functions = llvm::to_vector(module.getOps<func::FuncOp>());
  if (functions.size() != 1) return module.emitError() << "expected one function, got " << functions.size();
  func::FuncOp function = functions.front();
  if (function.isExternal()) return function.emitError() << "expected a function with a body, got a declaration";
  if (!function.getBody().hasOneBlock()) return function.emitError() << "expected a body of one block, got several";
  auto checkTypes = [&](TypeRange types, StringRef what) -> LogicalResult {
    for (Type type : types)
      if (!isa<RankedTensorType>(type))
        return function.emitError() << "expected " << what << " to be ranked tensors, got " << type;
    return success();
  };
  return success(succeeded(checkTypes(function.getArgumentTypes(), "arguments")) &&
                 succeeded(checkTypes(function.getResultTypes(), "results")));
}

/// Remarks as lines on standard error, as they come.
class RemarkPrinter : public remark::detail::MLIRRemarkStreamerBase {
 public:
  void streamOptimizationRemark(const remark::detail::Remark& remark) override {
    std::string text;
    for (const auto& argument : remark.getArgs())
      text += (text.empty() ? "" : ", ") + (argument.key == "Remark" ? "" : argument.key + " ") + argument.val;
    printLocated(remark.getLocation(), "remark", (remark.getCategoryName() + ": " + text).str());
  }
};

void copyOptions(const CompileOptions& from, PipelineOptions& to) {
  to.arch = from.arch;
  to.headDim = from.headDim;
  to.headDimV = from.headDimV;
  to.heads = from.heads;
  to.kvHeads = from.kvHeads;
  to.maxSeqlen = from.maxSeqlen;
  to.blockM = from.blockM;
  to.blockN = from.blockN;
  to.batch = from.batch;
  to.family = from.family;
  to.softmax = from.softmax;
  to.mma = from.mma;
  to.copies = from.copies;
  to.warps = from.warps;
  to.stages = from.stages;
  to.minBlocks = from.minBlocks;
  to.rowsPerBlock = from.rowsPerBlock;
  to.dependentLaunch = from.dependentLaunch;
}

}  // namespace

// NVRTC's time goes with the length of a kernel. A loop over the fewest keys a step has the shortest body, and one
// family holds every shape. docs/results/2026-11-21-compile-time.md has the alternatives.
CompileOptions withSchedule(CompileOptions options) {
  if (!options.quick) return options;
  options.tuning = nullptr;
  options.useUserTable = false;
  if (options.family == "auto") options.family = "online";
  if (options.family == "online" && options.softmax == "auto") options.softmax = "online";
  if (options.family == "online" && options.blockN == 0) options.blockN = 16;
  return options;
}

std::string describeSchedule(const CompileOptions& options) {
  std::string text;
  auto add = [&](const char* flag, const std::string& value) {
    text += StrCat(text.empty() ? "" : ", ", flag, " ", value);
  };
  if (options.family != "auto") add("--family", options.family);
  if (options.softmax != "auto") add("--softmax", options.softmax);
  if (options.mma != "auto") add("--mma", options.mma);
  if (options.copies != "auto") add("--copies", options.copies);
  const std::pair<const char*, int64_t> numbers[] = {
      {"--warps", options.warps},          {"--stages", options.stages},
      {"--min-blocks", options.minBlocks}, {"--rows-per-block", options.rowsPerBlock},
      {"--block-m", options.blockM},       {"--block-n", options.blockN}};
  for (auto [flag, value] : numbers)
    if (value != 0) add(flag, std::to_string(value));
  return text;
}

Compiler::Compiler(CompileOptions options) : settings(withSchedule(std::move(options))) {
  Stopwatch watch(spent);
  if (settings.useUserTable) settings.tuning = loadUserTable(settings.arch);
  DialectRegistry registry;
  registerDialects(registry);
  context = std::make_unique<MLIRContext>(registry, MLIRContext::Threading::DISABLED);
  context->printOpOnDiagnostic(false);
  if (!settings.remarksFilter.empty()) {
    // The engine wants the whole name of a category to match.
    std::string filter = ".*(" + settings.remarksFilter + ").*";
    (void)remark::enableOptimizationRemarks(*context, std::make_unique<RemarkPrinter>(),
                                            std::make_unique<remark::RemarkEmittingPolicyAll>(),
                                            {filter, filter, filter, filter, filter});
  }
}

Status Compiler::parse(StringRef text, StringRef name) {
  Stopwatch watch(spent);
  if (!getChip(settings.arch))
    return InvalidArgument(("--arch: expected " + knownArchs() + ", got '" + settings.arch + "'").str());
  if (text.starts_with("ML\xefR"))
    return InvalidArgument((name + ":1:1: error: expected MLIR text, got MLIR bytecode").str());
  RAGGEDC_RETURN_IF_ERROR(checkText(text, name));
  DiagnosticCollector diagnostics(context.get());
  moduleOp = parseSourceString<ModuleOp>(text, ParserConfig(context.get()), name);
  if (!moduleOp) return diagnostics.failure("reading the input");
  if (failed(checkFunction(*moduleOp))) return diagnostics.failure("reading the input");
  return OkStatus();
}

Status Compiler::run(StringRef step, llvm::function_ref<void(OpPassManager&)> build) {
  Stopwatch watch(spent);
  DiagnosticCollector diagnostics(context.get());
  PassManager manager(context.get(), ModuleOp::getOperationName());
  build(manager);
  if (failed(manager.run(*moduleOp))) return diagnostics.failure(step);
  return OkStatus();
}

Status Compiler::specialise() {
  RAGGEDC_RETURN_IF_ERROR(run("specialising", [&](OpPassManager& manager) {
    PipelineOptions options;
    copyOptions(settings, options);
    buildSpecialisePipeline(manager, options);
  }));
  names = nameTensors(function());
  // Printed text then calls arguments as files and manifests do.
  for (auto [argument, name] : llvm::zip(function().getArguments(), names.arguments))
    argument.setLoc(NameLoc::get(StringAttr::get(context.get(), name), argument.getLoc()));
  return OkStatus();
}

Status Compiler::lower() {
  RAGGEDC_RETURN_IF_ERROR(run("lowering", [&](OpPassManager& manager) {
    PipelineOptions options;
    copyOptions(settings, options);
    buildKernelPipeline(manager, options, settings.tuning);
  }));
  if (!moduleOp->getOps<ragged_kernel::KernelOp>().empty()) return OkStatus();
  DiagnosticCollector diagnostics(context.get());
  function().emitError() << "expected an operation of ragged whose result is returned, got none";
  return diagnostics.failure("lowering");
}

ChooseScheduleOptions Compiler::scheduleOptions() const {
  PipelineOptions options;
  copyOptions(settings, options);
  return getScheduleOptions(options);
}

std::vector<std::string> Compiler::reasons() {
  std::vector<std::string> reasons;
  for (auto kernel : moduleOp->getOps<ragged_kernel::KernelOp>())
    if (ragged_kernel::ScheduleAttr schedule = kernel.getScheduleAttr()) reasons.push_back(schedule.getReason().str());
  return reasons;
}

Result<std::string> Compiler::emitCuda() {
  Stopwatch watch(spent);
  DiagnosticCollector diagnostics(context.get());
  FailureOr<std::string> text = raggedc::emitCuda(*moduleOp);
  if (failed(text)) return diagnostics.failure("printing CUDA C++");
  return std::move(*text);
}

Result<std::string> Compiler::emitManifest() {
  Stopwatch watch(spent);
  DiagnosticCollector diagnostics(context.get());
  // The manifest takes the names of the arguments from here.
  for (auto [index, name] : llvm::enumerate(names.arguments))
    function().setArgAttr(index, "ragged.name", StringAttr::get(context.get(), name));
  FailureOr<std::string> text = raggedc::emitManifest(*moduleOp, settings.arch);
  for (unsigned i = 0; i < names.arguments.size(); ++i) function().removeArgAttr(i, "ragged.name");
  if (failed(text)) return diagnostics.failure("printing the manifest");
  if (!settings.allowSpills) return std::move(*text);
  RAGGEDC_ASSIGN_OR_RETURN(Json manifest, ParseJson(*text));
  for (Json& kernel : manifest["kernels"]) kernel["allow_spills"] = true;
  return manifest.dump(2) + "\n";
}

std::string Compiler::print() {
  std::string text;
  llvm::raw_string_ostream stream(text);
  moduleOp->print(stream, OpPrintingFlags().printNameLocAsPrefix());
  return text;
}

Result<Program> Compiler::program() {
  return buildProgram(function());
}

Result<CudaModule> compileToCuda(StringRef text, StringRef name, const CompileOptions& options) {
  Compiler compiler(options);
  CudaModule result;
  RAGGEDC_RETURN_IF_ERROR(compiler.parse(text, name));
  RAGGEDC_RETURN_IF_ERROR(compiler.specialise());
  RAGGEDC_ASSIGN_OR_RETURN(result.program, compiler.program());
  RAGGEDC_RETURN_IF_ERROR(compiler.lower());
  RAGGEDC_ASSIGN_OR_RETURN(result.cuda, compiler.emitCuda());
  RAGGEDC_ASSIGN_OR_RETURN(result.manifest, compiler.emitManifest());
  result.mlirMilliseconds = compiler.milliseconds();
  return result;
}

}  // namespace raggedc
