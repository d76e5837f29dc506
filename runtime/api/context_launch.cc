// The launch by spec: what happens on every call.
#include <array>

#include "runtime/api/context.h"
#include "runtime/api/fork_guard.h"

namespace raggedc {
namespace {

// The specs that this thread launched lately, as it wrote them.
struct RecentKernel {
  uint64_t generation = 0;  // of the table it is from, when it was found; 0: none
  uint64_t arch = 0;
  const LoadedKernel* kernel = nullptr;
  raggedc_spec spec = {};
};
// Where this thread's last stream was found to be.
struct RecentStream {
  uint64_t context = 0;
  void* stream = nullptr;
  uint64_t arch = 0;
};
struct ThreadState {
  HazardRecord* hazards = nullptr;
  std::array<RecentKernel, 8> recent = {};
  RecentStream stream;
};
// Constant initialisation and no destructor, so that reaching it takes no call.
constinit thread_local ThreadState thread_state;

size_t PlaceOf(const raggedc_spec& spec) {
  const uint32_t mixed = static_cast<uint32_t>(spec.max_seqlen) * 0x9e3779b1u ^
                         static_cast<uint32_t>(spec.heads) * 0x85ebca77u ^
                         static_cast<uint32_t>(spec.dim) * 0xc2b2ae3du ^ (spec.flags * 4 + spec.dtype) * 0x27d4eb2fu;
  return mixed >> 29;
}

}  // namespace

raggedc_status Context::LaunchFound(const LoadedKernel& kernel, const raggedc_launch_args& args, void* stream) {
  // Only read where it is set already: these lines are shared by all threads.
  if (!kernel.used.load(std::memory_order_relaxed)) kernel.used.store(true, std::memory_order_relaxed);
  if (!kernel.is_watched.load(std::memory_order_relaxed)) {
    if (!kernel.launched.load(std::memory_order_relaxed)) kernel.launched.store(true, std::memory_order_relaxed);
  } else if (!kernel.captured.load(std::memory_order_relaxed)) {
    int capturing = 0;
    const cu::Result result = driver_.api().StreamIsCapturing(static_cast<cu::Stream>(stream), &capturing);
    if (result != 0 || capturing != 0) kernel.captured.store(true, std::memory_order_relaxed);
  }
  return kernel.Launch(args, stream);
}

raggedc_status Context::Launch(const raggedc_spec& spec, const raggedc_launch_args& args, void* stream) {
  if (archs_.size() > 1) [[unlikely]]
    return LaunchMixed(spec, args, stream);
  return LaunchOn(0, spec, args, stream);
}

// Between devices of different architectures. A stream that this thread used last is taken to be where it was; one that
// has been destroyed, with another of its address made elsewhere, shows by the driver's refusing a foreign kernel.
raggedc_status Context::LaunchMixed(const raggedc_spec& spec, const raggedc_launch_args& args, void* stream) {
  RecentStream& recent = thread_state.stream;
  const bool is_known = recent.context == id_ && recent.stream == stream && !IsDefaultStream(stream);
  raggedc_status failure = RAGGEDC_OK;
  if (is_known) {
    failure = LaunchOn(recent.arch, spec, args, stream);
    if (failure == RAGGEDC_OK || failure == RAGGEDC_ERROR_INVALID_ARGUMENT) return failure;
  }
  uint64_t arch = 0;
  if (const ApiStatus status = ArchOf(stream, &arch); !status.ok()) return Report(status);
  const bool is_new = !is_known || arch != recent.arch;
  recent = {id_, stream, arch};
  return is_new ? LaunchOn(arch, spec, args, stream) : failure;
}

raggedc_status Context::LaunchOn(uint64_t arch, const raggedc_spec& spec, const raggedc_launch_args& args,
                                 void* stream) {
  ThreadState& state = thread_state;
  const RecentKernel& recent = state.recent[PlaceOf(spec)];
  if (spec.struct_size == sizeof(raggedc_spec) && SameBytes(recent.spec, spec) && recent.arch == arch) [[likely]] {
    std::atomic<const void*>& hazard = state.hazards->slots[0];
    hazard.store(recent.kernel, std::memory_order_seq_cst);
    if (table_.generation() == recent.generation) [[likely]] {
      const raggedc_status status = LaunchFound(*recent.kernel, args, stream);
      hazard.store(nullptr, std::memory_order_release);
      return status;
    }
    hazard.store(nullptr, std::memory_order_release);
  }
  return LaunchSlowly(arch, spec, args, stream);
}

raggedc_status Context::LaunchSlowly(uint64_t arch, const raggedc_spec& given, const raggedc_launch_args& args,
                                     void* stream) {
  raggedc_spec spec;
  if (const Status status = CopySpec(&given, &spec); !status.ok()) return Report(status);
  ThreadState& state = thread_state;
  state.hazards = &ThisThreadsHazards();
  const uint64_t generation = table_.generation();
  if (const LoadedKernel* kernel = table_.Find(QuickKey(spec, arch), *state.hazards); kernel != nullptr) {
    // A structure of another size is not compared as it is, and looked up in the table each time.
    if (given.struct_size == sizeof(raggedc_spec)) {
      state.recent[PlaceOf(spec)] = {generation, arch, kernel, given};
    }
    const raggedc_status status = LaunchFound(*kernel, args, stream);
    state.hazards->slots[0].store(nullptr, std::memory_order_release);
    return status;
  }
  state.hazards->slots[0].store(nullptr, std::memory_order_release);

  int device = 0;
  if (const ApiStatus status = DeviceOf(stream, &device); !status.ok()) return Report(status);
  Wanted wanted;
  if (const ApiStatus status = Want(spec, device, &wanted); !status.ok()) return Report(status);
  const LoadedKernel* kernel = nullptr;
  bool is_stand_in = false;
  if (const ApiStatus status = Acquire(wanted, &is_stand_in, &kernel); !status.ok()) return Report(status);
  if (!(wanted.asked == wanted.key) && !is_stand_in) table_.Insert(wanted.asked, KernelTable::Kind::kAlias, kernel);
  raggedc_status status;
  {
    const StreamContext current(driver_, stream);
    const ApiStatus resident = current.status().ok() ? kernel->MakeResident() : current.status();
    status = resident.ok() ? LaunchFound(*kernel, args, stream) : Report(resident);
  }
  kernel->Release();
  return status;
}

ApiStatus Context::DeviceOf(void* stream, int* device) const {
  const StreamContext current(driver_, stream);
  RAGGEDC_API_RETURN_IF_ERROR(current.status());
  cu::Device handle = 0;
  RAGGEDC_API_RETURN_IF_ERROR(DriverStatus(driver_, driver_.api().CtxGetDevice(&handle), "cuCtxGetDevice"));
  // The driver's device handles are the ordinals.
  if (handle < 0 || static_cast<size_t>(handle) >= devices_.size()) {
    return ApiInvalid(std::string("expected a stream of a device that was there when the context was made"));
  }
  *device = handle;
  return {};
}

ApiStatus Context::ArchOf(void* stream, uint64_t* arch) const {
  int device = 0;
  RAGGEDC_API_RETURN_IF_ERROR(DeviceOf(stream, &device));
  *arch = arch_of_device_[static_cast<size_t>(device)];
  return {};
}

}  // namespace raggedc
