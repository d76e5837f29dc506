// A kernel in the driver, ready to launch on every device of its architecture.
#ifndef RAGGEDC_RUNTIME_API_LOADED_KERNEL_H_
#define RAGGEDC_RUNTIME_API_LOADED_KERNEL_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runtime/api/error.h"
#include "runtime/api/launch_plan.h"
#include "runtime/compiled_kernel.h"
#include "runtime/cuda_driver.h"

namespace raggedc {

// What contexts report; outlives the context with the last kernel.
struct Counters {
  std::atomic<uint64_t> loaded{0}, unloaded{0}, evicted{0}, compiled{0};
};

// While it lives, calls of this thread that a capture in another place would forbid (loading, unloading) are allowed.
class RelaxedCapture {
 public:
  explicit RelaxedCapture(const CudaDriver& driver) : driver_(driver) { Exchange(); }
  RelaxedCapture(const RelaxedCapture&) = delete;
  RelaxedCapture& operator=(const RelaxedCapture&) = delete;
  ~RelaxedCapture() { Exchange(); }

 private:
  void Exchange() { ok_ = ok_ && driver_.api().ThreadExchangeStreamCaptureMode(&mode_) == 0; }
  const CudaDriver& driver_;
  int mode_ = 2;  // CU_STREAM_CAPTURE_MODE_RELAXED
  bool ok_ = true;
};

// Makes the context of `stream` current (nothing to do for the default streams) until the scope ends.
class StreamContext {
 public:
  StreamContext(const CudaDriver& driver, void* stream);
  StreamContext(const StreamContext&) = delete;
  StreamContext& operator=(const StreamContext&) = delete;
  ~StreamContext();
  const ApiStatus& status() const { return status_; }

 private:
  const CudaDriver& driver_;
  bool pushed_ = false;
  ApiStatus status_;
};

// Null, and the handles that name the legacy and the per-thread default stream: of whatever context is current.
inline bool IsDefaultStream(const void* stream) {
  return reinterpret_cast<uintptr_t>(stream) <= 2;
}

// Immutable but for its counts and marks; functions may be called from any thread. Made with one reference.
//
// A kernel of the driver's library functions belongs to no context: cuLaunchKernel takes that of the stream, or the
// current one for the default streams. So one object serves all devices of its architecture, and a launch need not ask
// where its stream is.
class LoadedKernel {
 public:
  // Loads the module and sets the kernels' attributes on all `devices`, which are of one architecture; only a failure
  // on `device` counts. With `plain_launches` no launch asks for programmatic stream serialization.
  static ApiStatus Load(const CudaDriver& driver, std::span<const DeviceInfo> devices, int device,
                        std::shared_ptr<const CompiledKernel> compiled, std::string spec_text,
                        std::shared_ptr<Counters> counters, bool plain_launches, LoadedKernel** kernel);

  LoadedKernel(const LoadedKernel&) = delete;
  LoadedKernel& operator=(const LoadedKernel&) = delete;

  void AddReference() const { references_.fetch_add(1, std::memory_order_relaxed); }
  void Release() const;  // with the last one, the module is unloaded

  raggedc_status Launch(const raggedc_launch_args& args, void* stream) const {
    return is_simple_ ? LaunchOne(args, stream) : LaunchAll(args, stream);
  }

  // What Launch would say of these arguments.
  ApiStatus Check(const raggedc_launch_args& args) const;

  // Loads the kernels into the context of `stream`.
  ApiStatus MakeResident() const;

  // Or-s the status words of the stream's device into `bits` and clears them there, after waiting for the stream.
  ApiStatus ReadStatus(void* stream, uint32_t* bits) const;

  // One launch without temporaries, which a graph of one node can hold.
  bool is_simple() const { return is_simple_; }
  // That node, for these arguments, which it points into through `params`; until this thread's next launch.
  ApiStatus Node(const raggedc_launch_args& args, void** params, cu::KernelNodeParams* node) const;

  const CudaDriver& driver() const { return driver_; }
  const LaunchPlan& plan() const { return plan_; }
  const Manifest& manifest() const { return compiled_->manifest; }
  const std::string& spec_text() const { return spec_text_; }
  int64_t capacity() const { return capacity_; }

  // Marks of the context that keeps it, see KernelTable.
  mutable std::atomic<bool> used{true};         // since the evictor last came by
  mutable std::atomic<bool> launched{false};    // by spec, without looking whether the stream was being captured
  mutable std::atomic<bool> captured{false};    // by spec, perhaps into a graph that is still there
  mutable std::atomic<bool> is_watched{false};  // whether launches by spec look

 private:
  struct Function {
    cu::Kernel kernel = nullptr;
    unsigned block[3] = {};
    unsigned shared_bytes = 0;
    bool programmatic_launch = false;
  };

  // Enqueues one kernel; 0 blocks are the caller's to leave out.
  cu::Result Enqueue(const Function& function, const KernelLaunchPlan& plan, uint32_t sequences, void** params,
                     void* stream) const;
  static const char* EnqueueName(const Function& function) {
    return function.programmatic_launch ? "cuLaunchKernelEx" : "cuLaunchKernel";
  }

  LoadedKernel(const CudaDriver& driver, std::shared_ptr<const CompiledKernel> compiled)
      : driver_(driver), compiled_(std::move(compiled)) {}
  ~LoadedKernel();

  raggedc_status LaunchOne(const raggedc_launch_args& args, void* stream) const;
  raggedc_status LaunchAll(const raggedc_launch_args& args, void* stream) const;
  raggedc_status Explain(const raggedc_launch_args& args) const;
  raggedc_status ReportMaps(cu::Result result) const;

  const CudaDriver& driver_;
  decltype(CudaDriver::Api::LaunchKernel) launch_ = nullptr;
  decltype(CudaDriver::Api::LaunchKernelEx) launch_ex_ = nullptr;
  bool is_simple_ = false;
  mutable std::atomic<uint32_t> references_{1};
  Function first_;  // of the only launch, when simple
  KernelLaunchPlan first_plan_;
  uint32_t maximum_sequences_ = 0;

  LaunchPlan plan_;
  std::vector<Function> functions_;  // as in the manifest
  std::shared_ptr<const CompiledKernel> compiled_;
  std::string spec_text_;
  int64_t capacity_ = 0;
  std::shared_ptr<Counters> counters_;
  cu::Library library_ = nullptr;
};

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_API_LOADED_KERNEL_H_
