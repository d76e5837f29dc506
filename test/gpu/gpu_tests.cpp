//===- gpu_tests.cpp - kernels on the GPU against the reference ------------===//
//
// Usage: raggedc-gpu-tests [--filter TEXT] [--seed N] [--quick] [--list]
//                          [--jobs N] [--verbose]
//
// Each case goes from text to a cubin and runs between guard zones on poisoned
// memory: results must be near the float64 reference (exactly it, where data is
// only moved), rows of no sequence and everything around the buffers must stay
// untouched, a sequence beyond the capacity must be reported, and the same
// inputs must give the same bits again. On a Hopper chip its instructions are
// compared with their twins on the emulator as well ("conformance"), and where
// there are several GPUs the C API runs on all at once ("devices"). --verbose
// prints what passes, and of what differs every byte.
//
//===----------------------------------------------------------------------===//

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>

#include "runtime/executor.h"
#include "runtime/manifest.h"
#include "runtime/parallel.h"
#include "runtime/strings.h"
#include "test/cases/Cases.h"
#include "test/cases/Run.h"
#include "test/gpu/Conformance.h"
#include "test/gpu/Devices.h"
#include "tools/raggedc/Binary.h"

using namespace raggedc;

namespace {

constexpr int64_t kGuardBytes = 1 << 16;
/// Runs after the first that must repeat its bits.
constexpr int kRepeats = 2;

class TestRun {
 public:
  TestRun(DeviceInfo device, bool verbose) : device(std::move(device)), verbose(verbose) {}

  void run(const KernelCase& test) {
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

  void summarise() const { records.print(); }

  int passed = 0, failed = 0;
  std::atomic<int> refused = 0;      ///< of the passed ones, those whose family does not fit the chip
  std::atomic<bool> isLost = false;  ///< no further case can run

 private:
  Status check(const KernelCase& test) {
    Result<CudaModule> compiled = compileCase(test, device.Arch());
    if (!compiled.ok() && isRefusal(test, compiled.status())) {
      ++refused;
      return OkStatus();
    }
    RAGGEDC_ASSIGN_OR_RETURN(CudaModule module, std::move(compiled));
    RAGGEDC_ASSIGN_OR_RETURN(Manifest manifest, ParseManifest(module.manifest));
    BinaryOptions binaryOptions;
    binaryOptions.arch = test.arch.empty() ? device.Arch() : test.arch;
    // A spill is the NVRTC test's to report; what spills must still be right.
    binaryOptions.allowSpills = true;
    RAGGEDC_ASSIGN_OR_RETURN(Binary binary, buildBinary(module.cuda, binaryOptions));
    RAGGEDC_ASSIGN_OR_RETURN(std::vector<Tensor> inputs, makeInputs(test, module.program));
    RAGGEDC_ASSIGN_OR_RETURN(ReferenceResult reference, runReference(module.program, inputs));

    std::vector<Tensor> outputs;
    ExecutionReport report;
    RAGGEDC_RETURN_IF_ERROR(execute(manifest, binary.cubin, inputs, &outputs, &report));
    for (const std::string& violation : report.violations) return InternalError(violation);
    RAGGEDC_RETURN_IF_ERROR(checkStatusWord(reference, report.status_word));
    return compareOutputs(test, module.program, reference, outputs, records);
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

  const DeviceInfo device;
  const bool verbose;
  std::mutex gpu, printing;
  ErrorRecords records;
};

/// Where the two differ, 16 bytes a line: the first, or all.
Status compareBytes(const std::vector<uint8_t>& device, const std::vector<uint8_t>& emulator, bool all) {
  constexpr size_t kLine = 16;
  const auto print = [&](const std::vector<uint8_t>& bytes, size_t from) {
    std::string text;
    for (size_t i = from; i < std::min(from + kLine, bytes.size()); ++i) {
      constexpr const char* kDigits = "0123456789abcdef";
      text += kDigits[bytes[i] >> 4];
      text += kDigits[bytes[i] & 15];
      if (i % 4 == 3) text += ' ';
    }
    return text;
  };
  size_t different = 0;
  std::string lines;
  for (size_t i = 0; i < device.size(); i += kLine) {
    size_t here = 0;
    for (size_t j = i; j < std::min(i + kLine, device.size()); ++j) here += device[j] != emulator[j] ? 1 : 0;
    if (here > 0 && (different == 0 || all))
      lines += StrCat("\n     from byte ", i, " the device has   ", print(device, i), "\n     from byte ", i,
                      " the emulator has ", print(emulator, i));
    different += here;
  }
  if (different == 0) return OkStatus();
  return InternalError(StrCat(different, " of ", device.size(), " bytes differ", lines));
}

/// The instructions that only Hopper has, on the device and on the emulator.
class ConformanceRun {
 public:
  ConformanceRun(std::vector<ConformanceCase> cases, bool verbose) : cases(std::move(cases)), verbose(verbose) {}

  void run(const DeviceInfo& info) {
    Result<ConformanceDevice> device = ConformanceDevice::create(info);
    if (!device.ok()) {
      std::printf("FAIL conformance: %s\n", device.status().message().c_str());
      failed = static_cast<int>(cases.size());
      return;
    }
    for (const ConformanceCase& test : cases) {
      const Status status = check(*device, test);
      (status.ok() ? passed : failed)++;
      if (status.ok() && verbose) std::printf("ok   %s\n", test.label.c_str());
      if (!status.ok()) std::printf("FAIL %s: %s\n", test.label.c_str(), status.message().c_str());
      if (!status.ok() && test.map) std::printf("     %s\n", describe(test).c_str());
      if (status.message().find("CUDA_ERROR") == std::string::npos) continue;
      failed += static_cast<int>(cases.size()) - passed - failed;  // nothing can run behind it
      break;
    }
    std::printf("conformance      %5d cases, %d the same on the device and the emulator\n", passed + failed, passed);
  }

  int passed = 0, failed = 0;

 private:
  Status check(ConformanceDevice& device, const ConformanceCase& test) const {
    RAGGEDC_ASSIGN_OR_RETURN(std::vector<uint8_t> onEmulator, runOnEmulator(test));
    RAGGEDC_ASSIGN_OR_RETURN(std::vector<uint8_t> onDevice, device.run(test));
    return compareBytes(onDevice, onEmulator, verbose);
  }

  const std::vector<ConformanceCase> cases;
  const bool verbose;
};

/// The C API on all GPUs of a machine that has several.
class DevicesRun {
 public:
  DevicesRun(std::vector<DevicesCase> cases, bool quick, bool verbose)
      : cases(std::move(cases)), rounds(quick ? kQuickRounds : kRounds), verbose(verbose) {}

  void run() {
    for (const DevicesCase& test : cases) {
      const Status status = runOnAllDevices(test, kThreads, rounds);
      (status.ok() ? passed : failed)++;
      if (status.ok() && verbose) std::printf("ok   %s\n", test.label.c_str());
      if (!status.ok())
        std::printf("FAIL %s, seed %llu: %s\n", test.label.c_str(), static_cast<unsigned long long>(test.seed),
                    status.message().c_str());
    }
    std::printf("devices          %5d cases, %d passed\n", passed + failed, passed);
  }

  int passed = 0, failed = 0;

 private:
  static constexpr int kThreads = 3, kRounds = 60, kQuickRounds = 15;

  const std::vector<DevicesCase> cases;
  const int rounds;
  const bool verbose;
};

int usage() {
  std::fprintf(stderr,
               "usage: raggedc-gpu-tests [--filter TEXT] [--seed N] [--quick] [--list] [--jobs N] [--verbose]\n");
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  std::string filter;
  uint64_t seed = drawSeed();
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
  std::vector<KernelCase> cases = makeGpuCases(seed, quick);
  std::erase_if(cases, [&](const KernelCase& test) { return test.label().find(filter) == std::string::npos; });
  std::vector<ConformanceCase> conformance = makeConformanceCases(seed);
  std::erase_if(conformance, [&](const ConformanceCase& test) { return test.label.find(filter) == std::string::npos; });
  std::vector<DevicesCase> devices = makeDevicesCases(seed);
  std::erase_if(devices, [&](const DevicesCase& test) { return test.label.find(filter) == std::string::npos; });
  if (list) {
    for (const DevicesCase& test : devices) std::printf("%s\n", test.label.c_str());
    for (const KernelCase& test : cases) std::printf("%s\n", test.label().c_str());
    for (const ConformanceCase& test : conformance) std::printf("%s\n", test.label.c_str());
    return 0;
  }
  std::string name;
  size_t deviceCount = 0;
  auto find = [&]() -> Result<DeviceInfo> {
    RAGGEDC_ASSIGN_OR_RETURN(const CudaDriver* driver, CudaDriver::Load());
    name = driver->NameOf(0);
    RAGGEDC_ASSIGN_OR_RETURN(std::vector<DeviceInfo> all, driver->Devices());
    deviceCount = all.size();
    return driver->Device(0);
  };
  Result<DeviceInfo> device = find();
  if (!device.ok()) {
    std::fprintf(stderr, "raggedc-gpu-tests: error: %s\n", device.status().message().c_str());
    return 2;
  }

  std::printf("%zu cases on %s (%s), seed %llu\n", cases.size(), name.c_str(), device->Arch().c_str(),
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
  // Of Hopper alone: the chips after it lack wgmma.
  const bool isHopper = device->major == 9, conforms = !conformance.empty();
  ConformanceRun conformanceRun(std::move(conformance), verbose);
  if (isHopper && conforms && !run.isLost) conformanceRun.run(*device);
  if (!isHopper) std::printf("conformance of the emulator needs a Hopper chip: skipped\n");
  const bool onDevices = !devices.empty();
  DevicesRun devicesRun(std::move(devices), quick, verbose);
  if (deviceCount > 1 && onDevices && !run.isLost) devicesRun.run();
  if (deviceCount < 2) std::printf("devices: this machine has one GPU: skipped\n");
  const int passed = run.passed + conformanceRun.passed + devicesRun.passed;
  const int failed = run.failed + missing + conformanceRun.failed + devicesRun.failed;
  std::printf("%.0f seconds\n%d passed, %d failed\n",
              std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(), passed, failed);
  return failed == 0 ? 0 : 1;
}
