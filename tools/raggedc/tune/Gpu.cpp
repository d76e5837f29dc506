//===- Gpu.cpp - candidates compiled, checked and measured on a GPU --------===//

#include "tools/raggedc/tune/Gpu.h"

#include <algorithm>
#include <chrono>

#include "runtime/bundle.h"
#include "runtime/compare.h"
#include "runtime/executor.h"
#include "runtime/file_io.h"
#include "runtime/inputs.h"
#include "runtime/strings.h"
#include "runtime/timing.h"
#include "tools/raggedc/CachedBinary.h"
#include "tools/raggedc/Compiler.h"

namespace raggedc {

namespace {

constexpr int64_t kCheckedRows = 1024;  ///< of the longest sequence that is compared with the reference
constexpr int64_t kGuardBytes = 4096;
constexpr uint64_t kSeed = 1;

/// A table that knows nothing but one schedule for one shape.
std::shared_ptr<const TuningTable> makeTable(const TuneShape& shape, const MeasuredSchedule& schedule,
                                             const std::string& arch) {
  auto table = std::make_shared<TuningTable>();
  table->arch = arch;
  table->gpu = "GPU";
  table->date = "being tuned";
  TuningEntry& entry = table->entries.emplace_back();
  entry.shapes = shape.shapes;
  entry.chosen = schedule;
  return table;
}

}  // namespace

Result<std::unique_ptr<GpuRunner>> GpuRunner::make(const BenchDevice& device, const TuneShape& shape,
                                                   DiskCache* cache) {
  RAGGEDC_ASSIGN_OR_RETURN(TemporaryFolder folder, TemporaryFolder::Make("raggedc-tune"));
  std::unique_ptr<GpuRunner> runner(new GpuRunner(device, shape, cache, std::move(folder)));
  RAGGEDC_ASSIGN_OR_RETURN(raggedc_spec spec, parseApiSpec(ToString(shape.spec)));
  RAGGEDC_ASSIGN_OR_RETURN(runner->operands, Operands::make(device, spec, shape.lengths, Operands::Values::Random));
  int64_t longest = std::min(shape.spec.max_seqlen, kCheckedRows);
  std::vector<int64_t> lengths{longest, longest / 2, 0, 1, std::min<int64_t>(longest, 17)};
  Program program = ProgramFromSpec(shape.spec);
  RAGGEDC_ASSIGN_OR_RETURN(runner->checkInputs, GenerateInputs(program, lengths, kSeed));
  RAGGEDC_ASSIGN_OR_RETURN(runner->expected, RunProgram(program, runner->checkInputs));
  return runner;
}

Status GpuRunner::prepare(size_t index) {
  const MeasuredSchedule& schedule = shape.candidates[index];
  CompileOptions options;
  options.arch = device.info.Arch();
  options.batch = shape.batch;
  options.tuning = makeTable(shape, schedule, options.arch);
  Compiler compiler(options);
  RAGGEDC_RETURN_IF_ERROR(compiler.parse(ToMlir(shape.spec), "<candidate>"));
  RAGGEDC_RETURN_IF_ERROR(compiler.specialise());
  RAGGEDC_RETURN_IF_ERROR(compiler.lower());
  for (auto kernel : compiler.module().getOps<mlir::ragged_kernel::KernelOp>()) {
    auto taken = kernel.getScheduleAttr();
    if (!taken || raggedc::Candidate::of(taken) != schedule.candidate || taken.getMinBlocks() != schedule.minBlocks)
      return InternalError("expected the schedule that is to be measured, got another");
  }
  BinarySource source{"", "", options, std::nullopt};
  RAGGEDC_ASSIGN_OR_RETURN(source.cuda, compiler.emitCuda());
  RAGGEDC_ASSIGN_OR_RETURN(source.manifest, compiler.emitManifest());
  BinaryOptions binaryOptions;
  binaryOptions.arch = options.arch;
  RAGGEDC_ASSIGN_OR_RETURN(CachedBinary built, buildCachedBinary(cache, source, binaryOptions));
  candidates[index].manifest = std::move(source.manifest);
  candidates[index].cubin = std::move(built.binary.cubin);
  return OkStatus();
}

/// Against the float64 reference, with guard zones.
Status GpuRunner::check(const Candidate& candidate) const {
  RAGGEDC_ASSIGN_OR_RETURN(Manifest manifest, ParseManifest(candidate.manifest));
  ExecutorOptions options;
  options.device = device.info.ordinal;
  options.guard_bytes = kGuardBytes;
  RAGGEDC_ASSIGN_OR_RETURN(ExecutionResult result, Execute(manifest, candidate.cubin, checkInputs, options));
  if (!result.report.violations.empty()) return InternalError(result.report.violations.front());
  for (size_t i = 0; i < result.outputs.size() && i < expected.outputs.size(); ++i) {
    RAGGEDC_ASSIGN_OR_RETURN(Comparison comparison, Compare(result.outputs[i], expected.outputs[i], true));
    double limit = Tolerance(result.outputs[i].dtype, /*tf32=*/true);
    if (!comparison.Passes(limit))
      return InternalError(StrCat("expected results within ", limit, " of the reference, got ", Describe(comparison)));
  }
  return OkStatus();
}

/// Through a bundle, so that the C API launches this kernel and no other.
Status GpuRunner::load(size_t index) {
  Candidate& candidate = candidates[index];
  BundleItem item;
  item.spec = shape.spec;
  item.manifest = candidate.manifest;
  item.cubin = candidate.cubin;
  RAGGEDC_ASSIGN_OR_RETURN(std::string bytes, SerializeBundle(std::vector<BundleItem>{item}, "raggedc tune"));
  std::string path = StrCat(folder.path(), "/", index, ".bundle");
  RAGGEDC_RETURN_IF_ERROR(WriteFile(path, bytes));
  raggedc_context_options options = RAGGEDC_CONTEXT_OPTIONS_INIT;
  const char* bundles[] = {path.c_str()};
  options.bundles = bundles;
  options.bundle_count = 1;
  options.cache_directory = "";
  RAGGEDC_ASSIGN_OR_RETURN(candidate.context, makeContext(options));
  RAGGEDC_ASSIGN_OR_RETURN(raggedc_spec spec, parseApiSpec(ToString(shape.spec)));
  spec.flags |= RAGGEDC_EXACT;  // or the capacity would be rounded up
  RAGGEDC_ASSIGN_OR_RETURN(candidate.kernel, getKernel(candidate.context.get(), spec, device.info.ordinal));
  raggedc_context_stats stats = RAGGEDC_CONTEXT_STATS_INIT;
  RAGGEDC_RETURN_IF_ERROR(checkApi(raggedc_context_stats_get(candidate.context.get(), &stats)));
  if (stats.compiled != 0) return InternalError("expected the kernel to come from its bundle, got one compiled afresh");
  return operands->addWorkspace(candidate.kernel.get());
}

Result<double> GpuRunner::sample(size_t index) {
  Candidate& candidate = candidates[index];
  if (!candidate.kernel) {
    RAGGEDC_RETURN_IF_ERROR(check(candidate));
    RAGGEDC_RETURN_IF_ERROR(load(index));
  }
  TimingOptions options;
  options.replays = 5;
  options.warmup = 1;
  RAGGEDC_ASSIGN_OR_RETURN(
      Timing timing, TimeOnStream(
                         *device.driver, device.stream,
                         [&](cu::Stream stream) {
                           return checkApi(raggedc_kernel_launch(candidate.kernel.get(), &operands->args, stream));
                         },
                         options));
  return timing.median_us;
}

double GpuRunner::now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace raggedc
