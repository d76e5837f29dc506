// Runs an emitted CUDA source on the CPU: every block, every thread, with the checks of a debugger. Blocks run one
// after the other on each thread of this machine, in a process of their own, so that nothing a kernel does reaches the
// caller.
#ifndef RAGGEDC_RUNTIME_EMULATOR_EMULATOR_H_
#define RAGGEDC_RUNTIME_EMULATOR_EMULATOR_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/emulator/counters.h"
#include "runtime/emulator/fault.h"
#include "runtime/manifest.h"
#include "runtime/status.h"
#include "runtime/tensor.h"

namespace raggedc {

struct EmulatorOptions {
  bool checks = true;   // races, uninitialised reads, order of asynchronous operations, rows; bounds are always checked
  bool counts = false;  // fill the counters of memory traffic
  int threads = 0;      // of this machine; 0: all
  double timeout_seconds = 120;
  size_t most_faults = 16;  // different ones; after so many the run ends
  std::string source_name = "kernel.cu";
};

struct EmulatedLaunch {
  std::string kernel;
  int64_t blocks = 0;
  emulator::Counters counters;
  double milliseconds = 0;
};

struct EmulationResult {
  std::vector<Tensor> outputs;  // dense, in the manifest's order; what no kernel wrote is poison (see kPoison)
  std::vector<emulator::Fault> faults;
  std::vector<EmulatedLaunch> launches;
  uint32_t status_word = 0;         // see StatusBit
  std::vector<std::string> notes;   // of the plan: sequences longer than the capacity
  double compile_milliseconds = 0;  // 0 when a compiled emulation was found
  double run_milliseconds = 0;
};

// `cuda` is what the code generator emitted for `manifest`, edited or not. A fault of a kernel is a result; errors are
// for inputs that do not fit, a source that does not compile, no C++ compiler.
Result<EmulationResult> Emulate(const Manifest& manifest, std::string_view cuda, std::span<const Tensor> inputs,
                                const EmulatorOptions& options = {});

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_EMULATOR_EMULATOR_H_
