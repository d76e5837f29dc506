//===- emulator_tests.cpp - emitted kernels on the CPU ---------------------===//
//
// Usage: emulator_tests [--filter TEXT] [--seed N] [--list] [--jobs N] [--verbose]
//
// Each case goes from text to CUDA C++, and that runs on the emulator: it must
// find nothing wrong, results must be near the float64 reference (exactly it,
// where data is only moved), rows of no sequence must stay untouched, and a
// sequence beyond the capacity must be reported. Lengths and inputs, and the
// shapes of some cases, differ each time; --seed repeats a run.
//
//===----------------------------------------------------------------------===//

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <span>

#include "runtime/emulator/emulator.h"
#include "runtime/manifest.h"
#include "runtime/parallel.h"
#include "runtime/strings.h"
#include "test/cases/Cases.h"
#include "test/cases/Run.h"

using namespace raggedc;

namespace {

constexpr const char* kArch = "sm_90a";
/// Seconds for a case, which takes a tenth of one.
constexpr double kTimeout = 120;

double getSeconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

double getCpuSeconds(int who) {
  rusage usage = {};
  getrusage(who, &usage);
  return getSeconds(usage.ru_utime) + getSeconds(usage.ru_stime);
}

class TestRun {
 public:
  explicit TestRun(bool verbose, uint64_t seed) : verbose(verbose), seed(seed) {}

  /// Cases with one label, so that they are compiled once.
  void run(std::span<const KernelCase> tests) {
    Result<CudaModule> compiled = compileCase(tests.front(), kArch);
    if (!compiled.ok() && isRefusal(tests.front(), compiled.status())) {
      std::lock_guard lock(printing);
      passed += static_cast<int>(tests.size());
      refused.push_back(tests.front().label());
      return;
    }
    for (const KernelCase& test : tests) report(test, compiled.ok() ? check(test, *compiled) : compiled.status());
  }

  void summarise() {
    std::sort(refused.begin(), refused.end());
    for (const std::string& label : refused) std::printf("does not fit the chip: %s\n", label.c_str());
    records.print();
    std::printf("%d kernels compiled for the CPU, %.1f s; %.1f s of emulation\n", compiledKernels, compileSeconds,
                runSeconds);
  }

  int passed = 0, failed = 0;

 private:
  void report(const KernelCase& test, const Status& status) {
    std::lock_guard lock(printing);
    (status.ok() ? passed : failed)++;
    if (status.ok() && verbose) std::printf("ok   %s\n", test.label().c_str());
    if (!status.ok())
      std::printf("FAIL %s\n%s\n     %s\n     emulator_tests --seed %llu --filter '%s'\n", test.label().c_str(),
                  status.message().c_str(),
                  test.reproduce(StrCat(test.arch.empty() ? StrCat(" --arch ", kArch) : "", " --on emulator")).c_str(),
                  static_cast<unsigned long long>(seed), test.label().c_str());
    std::fflush(stdout);
  }

  Status check(const KernelCase& test, const CudaModule& module) {
    RAGGEDC_ASSIGN_OR_RETURN(Manifest manifest, ParseManifest(module.manifest));
    RAGGEDC_ASSIGN_OR_RETURN(std::vector<Tensor> inputs, makeInputs(test, module.program));
    RAGGEDC_ASSIGN_OR_RETURN(ReferenceResult reference, runReference(module.program, inputs));
    EmulatorOptions options;
    options.threads = 1;  // the cases are what runs in parallel
    options.timeout_seconds = kTimeout;
    RAGGEDC_ASSIGN_OR_RETURN(EmulationResult result, Emulate(manifest, module.cuda, inputs, options));
    count(result);
    std::string faults;
    for (const emulator::Fault& fault : result.faults)
      faults += StrCat(faults.empty() ? "" : "\n", "     ", emulator::Describe(fault, options.source_name));
    if (!faults.empty()) return InternalError(faults);
    RAGGEDC_RETURN_IF_ERROR(checkStatusWord(reference, result.status_word));
    return compareOutputs(test, module.program, reference, result.outputs, records);
  }

  void count(const EmulationResult& result) {
    std::lock_guard lock(printing);
    compiledKernels += result.compile_milliseconds > 0 ? 1 : 0;
    compileSeconds += result.compile_milliseconds / 1000;
    runSeconds += result.run_milliseconds / 1000;
  }

  const bool verbose;
  const uint64_t seed;
  std::mutex printing;
  ErrorRecords records;
  std::vector<std::string> refused;
  int compiledKernels = 0;
  double compileSeconds = 0, runSeconds = 0;
};

/// Neighbours with the same label.
std::vector<std::span<const KernelCase>> groupByLabel(std::span<const KernelCase> cases) {
  std::vector<std::span<const KernelCase>> groups;
  for (size_t begin = 0, end = 0; begin < cases.size(); begin = end) {
    while (end < cases.size() && cases[end].label() == cases[begin].label()) ++end;
    groups.push_back(cases.subspan(begin, end - begin));
  }
  return groups;
}

int usage() {
  std::fprintf(stderr, "usage: emulator_tests [--filter TEXT] [--seed N] [--list] [--jobs N] [--verbose]\n");
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  std::string filter;
  uint64_t seed = drawSeed();
  bool list = false, verbose = false;
  int jobs = 0;
  for (int i = 1; i < argc; ++i) {
    const std::string flag = argv[i];
    if (flag == "--list") {
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
  std::vector<KernelCase> cases = makeEmulatorCases(seed);
  std::erase_if(cases, [&](const KernelCase& test) { return test.label().find(filter) == std::string::npos; });
  const std::vector<std::span<const KernelCase>> groups = groupByLabel(cases);
  if (list) {
    for (std::span<const KernelCase> group : groups)
      std::printf("%zu x %s\n", group.size(), group.front().label().c_str());
    return 0;
  }

  std::printf("%zu cases of %zu programs, seed %llu\n", cases.size(), groups.size(),
              static_cast<unsigned long long>(seed));
  std::fflush(stdout);
  const auto begin = std::chrono::steady_clock::now();
  TestRun run(verbose, seed);
  ParallelFor(static_cast<int64_t>(groups.size()), jobs, [&](int64_t i) { run.run(groups[static_cast<size_t>(i)]); });
  run.summarise();
  std::printf("%.0f seconds, of the CPU %.0f here and %.0f in compilers and emulations\n%d passed, %d failed\n",
              std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(),
              getCpuSeconds(RUSAGE_SELF), getCpuSeconds(RUSAGE_CHILDREN), run.passed, run.failed);
  return run.failed == 0 ? 0 : 1;
}
