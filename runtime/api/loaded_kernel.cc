#include "runtime/api/loaded_kernel.h"

#include <algorithm>
#include <cstring>
#include <set>

#include "runtime/api/recent_maps.h"
#include "runtime/kernel_module.h"
#include "runtime/strings.h"

namespace raggedc {
namespace {

uintptr_t PointerAt(const void* base, size_t offset) {
  uintptr_t value = 0;
  std::memcpy(&value, static_cast<const char*>(base) + offset, sizeof(value));
  return value;
}

void* AddressAt(const void* base, size_t offset) {
  return const_cast<char*>(static_cast<const char*>(base) + offset);
}

unsigned Blocks(const PlannedGrid& grid, uint32_t sequences) {
  return std::min(grid.per_sequence * sequences + grid.constant, grid.most);
}

constexpr cu::LaunchAttribute kProgrammaticLaunch = {.id = cu::kProgrammaticStreamSerialization, .value = 1};

}  // namespace

StreamContext::StreamContext(const CudaDriver& driver, void* stream) : driver_(driver) {
  if (IsDefaultStream(stream)) return;
  cu::Context context = nullptr;
  status_ =
      DriverStatus(driver, driver.api().StreamGetCtx(static_cast<cu::Stream>(stream), &context), "cuStreamGetCtx");
  if (!status_.ok()) return;
  status_ = DriverStatus(driver, driver.api().CtxPushCurrent(context), "cuCtxPushCurrent");
  pushed_ = status_.ok();
}

StreamContext::~StreamContext() {
  cu::Context popped = nullptr;
  if (pushed_) driver_.api().CtxPopCurrent(&popped);
}

ApiStatus LoadedKernel::Load(const CudaDriver& driver, std::span<const DeviceInfo> devices, int device,
                             std::shared_ptr<const CompiledKernel> compiled, std::string spec_text,
                             std::shared_ptr<Counters> counters, bool plain_launches, LoadedKernel** out) {
  const Manifest& manifest = compiled->manifest;
  // Of a block for each multiprocessor, another device of this architecture with more of them leaves some idle.
  int multiprocessors = 1;
  for (const DeviceInfo& info : devices) {
    if (info.ordinal == device) multiprocessors = info.multiprocessors;
  }
  Result<LaunchPlan> plan = PlanLaunches(manifest, multiprocessors);
  if (!plan.ok()) return InternalError(plan.status().message());
  const auto release = [](const LoadedKernel* kernel) { kernel->Release(); };
  const std::unique_ptr<LoadedKernel, decltype(release)> kernel(new LoadedKernel(driver, compiled), release);
  kernel->plan_ = std::move(plan).value();
  for (const KernelLaunchPlan& launch : kernel->plan_.launches) {
    if (launch.map_count == 0) continue;
    if (const Status status = RequireTensorMaps(driver); !status.ok()) return status;
  }
  kernel->spec_text_ = std::move(spec_text);
  kernel->counters_ = std::move(counters);

  const RelaxedCapture relaxed(driver);
  cu::Library library = nullptr;
  const CudaDriver::Api& api = driver.api();
  RAGGEDC_API_RETURN_IF_ERROR(DriverStatus(
      driver, api.LibraryLoadData(&library, compiled->cubin.data(), nullptr, nullptr, 0, nullptr, nullptr, 0),
      "cuLibraryLoadData"));
  kernel->library_ = library;
  kernel->counters_->loaded.fetch_add(1, std::memory_order_relaxed);
  for (const ManifestKernel& described : manifest.kernels) {
    Function function;
    RAGGEDC_API_RETURN_IF_ERROR(DriverStatus(
        driver, api.LibraryGetKernel(&function.kernel, library, described.symbol.c_str()), "cuLibraryGetKernel"));
    for (const DeviceInfo& info : devices) {
      const Status configured =
          ConfigureKernel(driver, info, function.kernel, described.symbol, described.shared_bytes);
      // Another device may be lost; what is launched there will say so.
      if (!configured.ok() && info.ordinal == device) return configured;
    }
    std::transform(described.block.begin(), described.block.end(), function.block,
                   [](int64_t threads) { return static_cast<unsigned>(threads); });
    function.shared_bytes = static_cast<unsigned>(described.shared_bytes);
    function.programmatic_launch = described.programmatic_launch && !plain_launches && driver.HasProgrammaticLaunch();
    kernel->functions_.push_back(function);
    if (described.capacity > 0) {
      kernel->capacity_ = kernel->capacity_ == 0 ? described.capacity : std::min(kernel->capacity_, described.capacity);
    }
  }
  kernel->launch_ = api.LaunchKernel;
  kernel->launch_ex_ = api.LaunchKernelEx;
  kernel->maximum_sequences_ = kernel->plan_.maximum_sequences;
  kernel->is_simple_ = kernel->plan_.launches.size() == 1 && kernel->plan_.temporaries.empty();
  kernel->first_plan_ = kernel->plan_.launches.front();
  kernel->first_ = kernel->functions_[kernel->first_plan_.kernel];
  kernel->AddReference();
  *out = kernel.get();
  return {};
}

LoadedKernel::~LoadedKernel() {
  if (library_ == nullptr) return;
  const RelaxedCapture relaxed(driver_);
  driver_.api().LibraryUnload(library_);
  counters_->unloaded.fetch_add(1, std::memory_order_relaxed);
}

void LoadedKernel::Release() const {
  if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
}

inline cu::Result LoadedKernel::Enqueue(const Function& function, const KernelLaunchPlan& plan, uint32_t sequences,
                                        void** params, void* stream) const {
  const unsigned x = Blocks(plan.grid[0], sequences);
  const unsigned y = Blocks(plan.grid[1], sequences);
  const unsigned z = Blocks(plan.grid[2], sequences);
  const auto* const block = function.block;
  if (function.programmatic_launch) {
    const cu::LaunchConfig config = {{x, y, z},
                                     {block[0], block[1], block[2]},
                                     function.shared_bytes,
                                     static_cast<cu::Stream>(stream),
                                     &kProgrammaticLaunch,
                                     1};
    return launch_ex_(&config, function.kernel, params, nullptr);
  }
  return launch_(function.kernel, x, y, z, block[0], block[1], block[2], function.shared_bytes,
                 static_cast<cu::Stream>(stream), params, nullptr);
}

raggedc_status LoadedKernel::LaunchOne(const raggedc_launch_args& args, void* stream) const {
  if (args.sequences == 0) return RAGGEDC_OK;
  const KernelLaunchPlan& plan = first_plan_;
  void* params[kMaximumParams];
  uintptr_t wrong = args.sequences > maximum_sequences_;
  for (uint32_t i = 0; i < plan.param_count; ++i) {
    const PlannedParam& param = plan.params[i];
    const uintptr_t address = PointerAt(&args, param.offset);
    params[i] = AddressAt(&args, param.offset);
    wrong |= (address & param.misaligned) | (address == 0);
  }
  if (wrong != 0) [[unlikely]]
    return Explain(args);
  if (plan.map_count != 0) {
    if (const cu::Result result = PointToMaps(driver_.api(), plan, params); result != 0) return ReportMaps(result);
  }
  const cu::Result result = Enqueue(first_, plan, args.sequences, params, stream);
  if (result != 0) [[unlikely]]
    return Report(DriverStatus(driver_, result, EnqueueName(first_)));
  return RAGGEDC_OK;
}

raggedc_status LoadedKernel::LaunchAll(const raggedc_launch_args& args, void* stream) const {
  if (args.sequences == 0) return RAGGEDC_OK;
  if (!Check(args).ok()) return Explain(args);
  uint64_t temporaries[kMaximumTemporaries];
  uint64_t next = reinterpret_cast<uintptr_t>(args.workspace);
  for (size_t i = 0; i < plan_.temporaries.size(); ++i) {
    temporaries[i] = next;
    const uint64_t bytes =
        static_cast<uint64_t>(std::max<int64_t>(0, plan_.temporaries[i].At(args.sequences, args.rows)));
    next += (bytes + kTemporaryAlignment - 1) / kTemporaryAlignment * kTemporaryAlignment;
  }
  for (const KernelLaunchPlan& plan : plan_.launches) {
    void* params[kMaximumParams];
    for (uint32_t i = 0; i < plan.param_count; ++i) {
      const PlannedParam& param = plan.params[i];
      params[i] = AddressAt(param.is_temporary ? static_cast<const void*>(temporaries) : &args, param.offset);
    }
    if (const cu::Result result = PointToMaps(driver_.api(), plan, params); result != 0) return ReportMaps(result);
    const Function& function = functions_[plan.kernel];
    const cu::Result result = Enqueue(function, plan, args.sequences, params, stream);
    if (result != 0) return Report(DriverStatus(driver_, result, EnqueueName(function)));
  }
  return RAGGEDC_OK;
}

ApiStatus LoadedKernel::Check(const raggedc_launch_args& args) const {
  if (args.sequences == 0) return {};
  if (args.sequences > maximum_sequences_) {
    return ApiInvalid(StrCat("expected at most ", maximum_sequences_, " sequences, got ", args.sequences));
  }
  for (const KernelLaunchPlan& plan : plan_.launches) {
    for (uint32_t i = 0; i < plan.param_count; ++i) {
      const PlannedParam& param = plan.params[i];
      if (param.is_temporary) continue;
      const uintptr_t address = PointerAt(&args, param.offset);
      if (address == 0)
        return ApiInvalid(StrCat("expected a device address as ", ArgumentName(param.offset), ", got null"));
      if ((address & param.misaligned) != 0) {
        return ApiInvalid(StrCat("expected ", ArgumentName(param.offset), " to begin at a multiple of ",
                                 param.misaligned + 1, " bytes, got ", address & param.misaligned, " beyond one"));
      }
    }
  }
  if (plan_.temporaries.empty()) return {};
  const uint64_t needed = plan_.WorkspaceBytes(args.sequences, args.rows);
  if (args.workspace_bytes < needed || (needed > 0 && args.workspace == nullptr)) {
    return ApiInvalid(StrCat("expected a workspace of ", needed, " bytes, got ",
                             args.workspace == nullptr ? 0 : args.workspace_bytes));
  }
  if (reinterpret_cast<uintptr_t>(args.workspace) % kTemporaryAlignment != 0) {
    return ApiInvalid(StrCat("expected workspace to begin at a multiple of ", kTemporaryAlignment, " bytes"));
  }
  return {};
}

raggedc_status LoadedKernel::ReportMaps(cu::Result result) const {
  return Report(DriverStatus(driver_, result, "cuTensorMapEncodeTiled"));
}

raggedc_status LoadedKernel::Explain(const raggedc_launch_args& args) const {
  return Report(Check(args));
}

ApiStatus LoadedKernel::MakeResident() const {
  const RelaxedCapture relaxed(driver_);
  for (const Function& function : functions_) {
    void* in_context = nullptr;
    RAGGEDC_API_RETURN_IF_ERROR(
        DriverStatus(driver_, driver_.api().KernelGetFunction(&in_context, function.kernel), "cuKernelGetFunction"));
  }
  return {};
}

ApiStatus LoadedKernel::ReadStatus(void* stream, uint32_t* bits) const {
  const CudaDriver::Api& api = driver_.api();
  const cu::Stream on = static_cast<cu::Stream>(stream);
  int capturing = 0;
  RAGGEDC_API_RETURN_IF_ERROR(DriverStatus(driver_, api.StreamIsCapturing(on, &capturing), "cuStreamIsCapturing"));
  if (capturing != 0) return ApiInvalid("expected a stream that is not being captured");
  const StreamContext current(driver_, stream);
  RAGGEDC_API_RETURN_IF_ERROR(current.status());
  std::set<std::string> symbols;
  for (const ManifestKernel& kernel : manifest().kernels) {
    if (!kernel.status_symbol.empty()) symbols.insert(kernel.status_symbol);
  }
  for (const std::string& symbol : symbols) {
    cu::DevicePtr address = 0;
    size_t size = 0;
    uint32_t word = 0;
    RAGGEDC_API_RETURN_IF_ERROR(
        DriverStatus(driver_, api.LibraryGetGlobal(&address, &size, library_, symbol.c_str()), "cuLibraryGetGlobal"));
    if (size != sizeof(word)) {
      return InternalError(StrCat("expected status word ", symbol, " to have 4 bytes, got ", size));
    }
    RAGGEDC_API_RETURN_IF_ERROR(
        DriverStatus(driver_, api.MemcpyDtoHAsync(&word, address, sizeof(word), on), "cuMemcpyDtoHAsync"));
    RAGGEDC_API_RETURN_IF_ERROR(DriverStatus(driver_, api.StreamSynchronize(on), "cuStreamSynchronize"));
    if (word == 0) continue;
    RAGGEDC_API_RETURN_IF_ERROR(
        DriverStatus(driver_, api.MemsetD8Async(address, 0, sizeof(word), on), "cuMemsetD8Async"));
    *bits |= word;
  }
  return DriverStatus(driver_, api.StreamSynchronize(on), "cuStreamSynchronize");
}

ApiStatus LoadedKernel::Node(const raggedc_launch_args& args, void** params, cu::KernelNodeParams* made) const {
  for (uint32_t i = 0; i < first_plan_.param_count; ++i) params[i] = AddressAt(&args, first_plan_.params[i].offset);
  RAGGEDC_API_RETURN_IF_ERROR(
      DriverStatus(driver_, PointToMaps(driver_.api(), first_plan_, params), "cuTensorMapEncodeTiled"));
  cu::KernelNodeParams node;
  for (size_t axis = 0; axis < 3; ++axis) {
    node.grid[axis] = Blocks(first_plan_.grid[axis], args.sequences);
    node.block[axis] = first_.block[axis];
  }
  node.shared_bytes = first_.shared_bytes;
  node.params = params;
  node.kernel = first_.kernel;
  *made = node;
  return {};
}

}  // namespace raggedc
