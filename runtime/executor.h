// Runs a compiled module on a device with host tensors: upload, launch, check, download, time.
#ifndef RAGGEDC_RUNTIME_EXECUTOR_H_
#define RAGGEDC_RUNTIME_EXECUTOR_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/cuda_driver.h"
#include "runtime/execution_plan.h"
#include "runtime/kernel_module.h"
#include "runtime/manifest.h"
#include "runtime/status.h"
#include "runtime/tensor.h"
#include "runtime/timing.h"

namespace raggedc {

// Outputs, temporaries, gaps of strided buffers and guard zones hold this byte before a run: a NaN in every float type,
// -1 in every integer type.
inline constexpr uint8_t kPoison = 0xff;

struct ExecutorOptions {
  int device = 0;
  // Poisoned bytes in front of and behind every buffer. With guards, Check also compares the gaps of strided buffers
  // and the bytes of all inputs with what they were.
  int64_t guard_bytes = 0;
};

struct ExecutionReport {
  uint32_t status_word = 0;             // see StatusBit
  std::vector<std::string> violations;  // what a kernel wrote and should not have, in words; only with guards
  std::vector<std::string> notes;       // of the plan: sequences longer than the capacity
};

struct ExecutionResult {
  std::vector<Tensor> outputs;  // dense, in the manifest's order; what no kernel wrote is poison
  ExecutionReport report;
  Timing timing;  // empty unless asked for
};

// One module with one set of inputs on one device. Not thread-safe; use one executor per thread.
class Executor {
 public:
  // Plans (see PlanExecution), loads the cubin, allocates and uploads. `manifest` and `inputs` are copied as needed and
  // may go away afterwards.
  static Result<std::unique_ptr<Executor>> Create(const Manifest& manifest, std::string_view cubin,
                                                  std::span<const Tensor> inputs, const ExecutorOptions& options = {});
  ~Executor();

  // Poisons outputs and temporaries, clears the status word, launches everything and waits.
  Status Run();

  // Enqueues the launches of one execution and nothing else.
  Status Enqueue(cu::Stream stream) const;

  // After Run: the outputs, and what was found.
  Result<std::vector<Tensor>> Outputs() const;
  Result<ExecutionReport> Check() const;

  // GPU time of one execution (all launches).
  Result<Timing> Time(const TimingOptions& options = {});

  // Blocks of a kernel of the manifest that fit on one multiprocessor at a time.
  Result<int> Occupancy(std::string_view symbol) const;

  const DeviceInfo& device() const;

 private:
  struct State;
  explicit Executor(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Create, Run, Check and Outputs in one call; `timing` is optional.
Result<ExecutionResult> Execute(const Manifest& manifest, std::string_view cubin, std::span<const Tensor> inputs,
                                const ExecutorOptions& options = {}, const TimingOptions* timing = nullptr);

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_EXECUTOR_H_
