//===- gpu_tests.cpp - kernels on the GPU against the reference ------------===//
//
// Usage: raggedc-gpu-tests [--filter TEXT] [--seed N] [--quick] [--list]
//                          [--jobs N] [--verbose]
//
// Each case goes from text to a cubin and runs between guard zones on poisoned
// memory: results must be near the float64 reference (exactly it, where data is
// only moved), rows of no sequence and everything around the buffers must stay
// untouched, a sequence beyond the capacity must be reported, and the same
// inputs must give the same bits again.
//
//===----------------------------------------------------------------------===//

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>

#include "runtime/compare.h"
#include "runtime/executor.h"
#include "runtime/inputs.h"
#include "runtime/manifest.h"
#include "runtime/parallel.h"
#include "runtime/spec.h"
#include "runtime/strings.h"
#include "test/gpu/Cases.h"
#include "tools/raggedc/Binary.h"
#include "tools/raggedc/Compiler.h"

using namespace raggedc;

namespace {

constexpr int64_t kGuardBytes = 1 << 16;
/// Runs after the first that must repeat its bits.
constexpr int kRepeats = 2;

/// The largest error of a group of cases, for the summary.
struct Record {
  int cases = 0;
  double error = 0;
  std::string label;
};

class TestRun {
 public:
  TestRun(DeviceInfo device, bool verbose) : device(std::move(device)), verbose(verbose) {}

  void run(const GpuCase& test) {
    Status status = check(test);
    std::lock_guard lock(printing);
    (status.ok() ? passed : failed)++;
    if (status.ok()) {
      if (verbose) std::printf("ok   %s\n", test.label().c_str());
      return;
    }
    std::printf("FAIL %s: %s\n     %s\n", test.label().c_str(), status.message().c_str(), test.reproduce().c_str());
    std::fflush(stdout);
  }

  void summarise() const {
    for (const auto& [group, record] : records)
      std::printf("%-16s %5d cases, largest error %.2e  %s\n", group.c_str(), record.cases, record.error,
                  record.label.c_str());
  }

  int passed = 0, failed = 0;
  std::atomic<int> refused = 0;      ///< of the passed ones, those whose family does not fit the chip
  std::atomic<bool> isLost = false;  ///< no further case can run

 private:
  Status check(const GpuCase& test) {
    std::string text = test.text;
    if (text.empty()) {
      RAGGEDC_ASSIGN_OR_RETURN(Spec spec, ParseSpec(test.spec));
      text = ToMlir(spec);
    }
    CompileOptions options;
    options.arch = device.Arch();
    options.family = test.family;
    options.batch = test.batch;
    Result<CudaModule> compiled = compileToCuda(text, "<case>", options);
    if (!compiled.ok() && isRefusal(test, compiled.status())) {
      ++refused;
      return OkStatus();
    }
    RAGGEDC_ASSIGN_OR_RETURN(CudaModule module, std::move(compiled));
    RAGGEDC_ASSIGN_OR_RETURN(Manifest manifest, ParseManifest(module.manifest));
    BinaryOptions binaryOptions;
    binaryOptions.arch = options.arch;
    // A spill is the NVRTC test's to report; what spills must still be right.
    binaryOptions.allowSpills = true;
    RAGGEDC_ASSIGN_OR_RETURN(Binary binary, buildBinary(module.cuda, binaryOptions));
    RAGGEDC_ASSIGN_OR_RETURN(std::vector<Tensor> inputs, makeInputs(test, module.program));
    ReferenceOptions referenceOptions;
    referenceOptions.threads = 1;  // the cases are what runs in parallel
    RAGGEDC_ASSIGN_OR_RETURN(ReferenceResult reference, RunProgram(module.program, inputs, referenceOptions));

    std::vector<Tensor> outputs;
    ExecutionReport report;
    RAGGEDC_RETURN_IF_ERROR(execute(manifest, binary.cubin, inputs, &outputs, &report));
    for (const std::string& violation : report.violations) return InternalError(violation);
    const uint32_t expectedStatus = reference.clamped_sequences > 0 ? kStatusClamped : 0;
    if (report.status_word != expectedStatus)
      return InternalError(StrCat("expected the status word ", expectedStatus, ", got ", report.status_word));
    return compare(test, module.program, reference, outputs);
  }

  /// Whether a family that was asked for says that the shape does not fit the chip.
  static bool isRefusal(const GpuCase& test, const Status& status) {
    return test.family != "auto" && status.message().find("expected a schedule that fits") != std::string::npos;
  }

  /// The runtime's random inputs, and rows of no sequence around them.
  static Result<std::vector<Tensor>> makeInputs(const GpuCase& test, const Program& program) {
    std::vector<int64_t> lengths = test.lengths;
    if (test.rowsBefore > 0) lengths.insert(lengths.begin(), test.rowsBefore);
    if (test.rowsBehind > 0) lengths.push_back(test.rowsBehind);
    RAGGEDC_ASSIGN_OR_RETURN(std::vector<Tensor> inputs, GenerateInputs(program, lengths, test.seed));
    for (Tensor& tensor : inputs) {
      if (tensor.name != "offsets") continue;
      const int32_t* begin = tensor.As<int32_t>() + (test.rowsBefore > 0 ? 1 : 0);
      tensor = MakeI32Tensor("offsets", std::vector<int32_t>(begin, begin + test.lengths.size() + 1));
    }
    return inputs;
  }

  /// On the GPU, one case at a time.
  Status execute(const Manifest& manifest, const std::string& cubin, const std::vector<Tensor>& inputs,
                 std::vector<Tensor>* outputs, ExecutionReport* report) {
    std::lock_guard lock(gpu);
    ExecutorOptions options;
    options.guard_bytes = kGuardBytes;
    Result<std::unique_ptr<Executor>> executor = Executor::Create(manifest, cubin, inputs, options);
    if (!executor.ok()) return dieIfLost(executor.status());
    for (int i = 0; i <= kRepeats; ++i) {
      if (Status status = (*executor)->Run(); !status.ok()) return dieIfLost(status);
      RAGGEDC_ASSIGN_OR_RETURN(std::vector<Tensor> found, (*executor)->Outputs());
      RAGGEDC_ASSIGN_OR_RETURN(*report, (*executor)->Check());
      for (size_t o = 0; i > 0 && o < found.size(); ++o)
        if (found[o].data != (*outputs)[o].data)
          return InternalError(
              StrCat("expected '", found[o].name, "' to be the same bits each time, got others in run ", i + 1));
      *outputs = std::move(found);
    }
    return OkStatus();
  }

  /// A kernel that faulted takes the context with it: every later call would fail and say nothing new.
  Status dieIfLost(const Status& status) {
    if (status.message().find("CUDA_ERROR") != std::string::npos) isLost = true;
    return status;
  }

  Status compare(const GpuCase& test, const Program& program, const ReferenceResult& reference,
                 const std::vector<Tensor>& outputs) {
    const std::vector<bool> computed = getComputedOutputs(program);
    for (size_t i = 0; i < program.outputs.size(); ++i) {
      const ProgramValue& output = program.outputs[i];
      const Tensor* actual = FindTensor(outputs, output.name);
      if (!actual) return InternalError(StrCat("expected a result '", output.name, "', got none"));
      RAGGEDC_ASSIGN_OR_RETURN(Comparison comparison, Compare(*actual, reference.outputs[i], /*poisoned=*/true));
      const double limit = computed[i] ? Tolerance(output.dtype, /*tf32=*/true) : 0;
      std::lock_guard lock(printing);
      Record& record = records[StrCat(computed[i] ? test.family : "moved", " ", DTypeName(output.dtype))];
      ++record.cases;
      if (!(comparison.relative_error <= record.error)) {
        record.error = comparison.relative_error;
        record.label = test.label();
      }
      if (!comparison.Passes(limit))
        return InternalError(StrCat("'", output.name, "': ", Describe(comparison), ", limit ", limit));
    }
    return OkStatus();
  }

  const DeviceInfo device;
  const bool verbose;
  std::mutex gpu, printing;
  std::map<std::string, Record> records;
};

int usage() {
  std::fprintf(stderr,
               "usage: raggedc-gpu-tests [--filter TEXT] [--seed N] [--quick] [--list] [--jobs N] [--verbose]\n");
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  std::string filter;
  uint64_t seed = static_cast<uint64_t>(std::chrono::system_clock::now().time_since_epoch().count()) >> 20;
  bool quick = false, list = false, verbose = false;
  int jobs = 0;
  for (int i = 1; i < argc; ++i) {
    const std::string flag = argv[i];
    if (flag == "--quick") {
      quick = true;
    } else if (flag == "--list") {
      list = true;
    } else if (flag == "--verbose") {
      verbose = true;
    } else if (i + 1 < argc && flag == "--filter") {
      filter = argv[++i];
    } else if (i + 1 < argc && flag == "--seed") {
      seed = std::strtoull(argv[++i], nullptr, 10);
    } else if (i + 1 < argc && flag == "--jobs") {
      jobs = std::atoi(argv[++i]);
    } else {
      return usage();
    }
  }
  std::vector<GpuCase> cases = makeGpuCases(seed, quick);
  std::erase_if(cases, [&](const GpuCase& test) { return test.label().find(filter) == std::string::npos; });
  if (list) {
    for (const GpuCase& test : cases) std::printf("%s\n", test.label().c_str());
    return 0;
  }
  auto find = []() -> Result<DeviceInfo> {
    RAGGEDC_ASSIGN_OR_RETURN(const CudaDriver* driver, CudaDriver::Load());
    return driver->Device(0);
  };
  Result<DeviceInfo> device = find();
  if (!device.ok()) {
    std::fprintf(stderr, "raggedc-gpu-tests: error: %s\n", device.status().message().c_str());
    return 2;
  }

  std::printf("%zu cases on %s (%s), seed %llu\n", cases.size(), device->name.c_str(), device->Arch().c_str(),
              static_cast<unsigned long long>(seed));
  std::fflush(stdout);
  const auto begin = std::chrono::steady_clock::now();
  TestRun run(*device, verbose);
  ParallelFor(static_cast<int64_t>(cases.size()), jobs, [&](int64_t i) {
    if (!run.isLost) run.run(cases[static_cast<size_t>(i)]);
  });
  run.summarise();
  if (run.refused > 0) std::printf("%d cases do not fit the family they ask for\n", run.refused.load());
  const int missing = static_cast<int>(cases.size()) - run.passed - run.failed;
  if (missing > 0) std::printf("the GPU reported an error that ends a process: %d cases did not run\n", missing);
  std::printf("%.0f seconds\n%d passed, %d failed\n",
              std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(), run.passed,
              run.failed + missing);
  return run.failed + missing == 0 ? 0 : 1;
}
