// What a raggedc_context is: devices, the kernels in memory, and how missing ones come to be.
#ifndef RAGGEDC_RUNTIME_API_CONTEXT_H_
#define RAGGEDC_RUNTIME_API_CONTEXT_H_

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/api/error.h"
#include "runtime/api/exit_hook.h"
#include "runtime/api/kernel_source.h"
#include "runtime/api/kernel_table.h"
#include "runtime/api/work_queue.h"

namespace raggedc {

struct ContextSettings {
  raggedc_policy policy = RAGGEDC_COMPILE_NOW;
  size_t maximum_kernels = 256;
  size_t compile_threads = 1;
  bool plain_launches = false;  // none with programmatic stream serialization
  std::string driver_library = "libcuda.so.1";
  std::function<void(const std::string&)> warn;  // may be called from several threads at once
};

// Functions may be called from any thread; Launch is the one that is fast.
class Context {
 public:
  static ApiStatus Create(ContextSettings settings, std::unique_ptr<KernelSource> source,
                          std::unique_ptr<Context>* context);
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  raggedc_status Launch(const raggedc_spec& spec, const raggedc_launch_args& args, void* stream);

  // With a reference, loaded into the primary context of `device`; -1 for the current context and its device.
  ApiStatus GetKernel(const raggedc_spec& spec, int device, const LoadedKernel** kernel);

  ApiStatus Check(void* stream, uint32_t* bits);
  void Wait() {
    queue_.Wait();
    source_->Wait();
  }
  void FillStats(raggedc_context_stats* stats);

 private:
  // One kernel on its way into the table. Whoever makes the entry in flights_ sees to it that it becomes done.
  struct Flight {
    enum class State {
      kLooking,    // for one that need not be compiled
      kQueued,     // for a thread of the queue, or for whoever cannot wait for it
      kCompiling,  // or looking, by somebody who will compile if need be
      kDone,
    };
    State state = State::kCompiling;
    ApiStatus result;
    const LoadedKernel* kernel = nullptr;  // with a reference; null unless ok
    ~Flight() {
      if (kernel != nullptr) kernel->Release();
    }
  };
  struct Wanted {
    SpecKey key;    // in the form that is the same for all of this meaning
    SpecKey asked;  // as the caller wrote it
    CheckedSpec spec;
    int device = 0;
  };

  Context(ContextSettings settings, const CudaDriver& driver, std::unique_ptr<KernelSource> source);

  raggedc_status LaunchMixed(const raggedc_spec& spec, const raggedc_launch_args& args, void* stream);
  raggedc_status LaunchOn(uint64_t arch, const raggedc_spec& spec, const raggedc_launch_args& args, void* stream);
  raggedc_status LaunchSlowly(uint64_t arch, const raggedc_spec& spec, const raggedc_launch_args& args, void* stream);
  raggedc_status LaunchFound(const LoadedKernel& kernel, const raggedc_launch_args& args, void* stream);
  ApiStatus DeviceOf(void* stream, int* device) const;
  ApiStatus ArchOf(void* stream, uint64_t* arch) const;

  ApiStatus Want(const raggedc_spec& spec, int device, Wanted* wanted) const;
  // `is_stand_in`: null when only the kernel itself will do, else set to whether it is another one in its place.
  ApiStatus Acquire(const Wanted& wanted, bool* is_stand_in, const LoadedKernel** kernel);
  bool HasStandIn(const Wanted& wanted) const;
  ApiStatus StandIn(const Wanted& wanted, const LoadedKernel** kernel);
  ApiStatus UseStandIn(const Wanted& wanted, bool* is_stand_in, const LoadedKernel** kernel);
  ApiStatus Produce(const Wanted& wanted, bool may_compile, const LoadedKernel** kernel);
  void Compile(const Wanted& wanted, const std::shared_ptr<Flight>& flight);
  void Finish(const Wanted& wanted, const std::shared_ptr<Flight>& flight, ApiStatus result,
              const LoadedKernel* kernel);
  ApiStatus MakeCurrent(int device, std::optional<ScopedContext>* current);
  KernelRequest RequestFor(const Wanted& wanted) const;

  const ContextSettings settings_;
  const CudaDriver& driver_;
  const std::unique_ptr<KernelSource> source_;
  const std::shared_ptr<Counters> counters_ = std::make_shared<Counters>();
  const uint64_t id_;  // unlike that of any other context of the process
  std::vector<DeviceInfo> devices_;
  std::vector<std::string> archs_;        // each once
  std::vector<uint64_t> arch_of_device_;  // positions in archs_
  KernelTable table_;

  std::mutex primary_mutex_;
  std::vector<std::unique_ptr<PrimaryContext>> primary_;  // by device; those that were needed, held until the end

  std::mutex mutex_;
  std::condition_variable landed_;
  std::unordered_map<SpecKey, std::shared_ptr<Flight>, SpecKeyHash> flights_;
  WorkQueue queue_;  // behind what its threads use, so that they end before it
  const ExitHook at_exit_{[this] { queue_.Stop(kExitPatience); }};
};

}  // namespace raggedc

// The handles of the C API.
struct raggedc_context {
  std::unique_ptr<raggedc::Context> impl;
};

#endif  // RAGGEDC_RUNTIME_API_CONTEXT_H_
