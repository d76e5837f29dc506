#include "runtime/api/context.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

#include "runtime/api/capacity.h"
#include "runtime/api/fork_guard.h"
#include "runtime/kernel_module.h"
#include "runtime/strings.h"

namespace raggedc {
namespace {

uint64_t NextId() {
  static std::atomic<uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace

Context::Context(ContextSettings settings, const CudaDriver& driver, std::unique_ptr<KernelSource> source)
    : settings_(std::move(settings)),
      driver_(driver),
      source_(std::move(source)),
      id_(NextId()),
      table_(settings_.maximum_kernels, counters_),
      queue_(settings_.compile_threads) {}

ApiStatus Context::Create(ContextSettings settings, std::unique_ptr<KernelSource> source,
                          std::unique_ptr<Context>* out) {
  const Result<const CudaDriver*> driver = CudaDriver::Load(settings.driver_library);
  if (!driver.ok()) return driver.status();
  ArmForkGuard();
  std::unique_ptr<Context> context(new Context(std::move(settings), **driver, std::move(source)));
  Result<std::vector<DeviceInfo>> devices = (*driver)->Devices();
  if (!devices.ok()) return devices.status();
  context->devices_ = std::move(devices).value();
  for (const DeviceInfo& device : context->devices_) {
    std::vector<std::string>& archs = context->archs_;
    const auto found = std::find(archs.begin(), archs.end(), device.Arch());
    context->arch_of_device_.push_back(static_cast<uint64_t>(found - archs.begin()));
    if (found == archs.end()) archs.push_back(device.Arch());
  }
  *out = std::move(context);
  return {};
}

ApiStatus Context::Want(const raggedc_spec& spec, int device, Wanted* wanted) const {
  Result<CheckedSpec> checked = CheckSpec(spec);
  if (!checked.ok()) return checked.status();
  wanted->spec = std::move(checked).value();
  wanted->device = device;
  wanted->key.spec = ToStruct(wanted->spec);
  wanted->key.arch = static_cast<uint32_t>(arch_of_device_[static_cast<size_t>(device)]);
  wanted->asked = QuickKey(spec, wanted->key.arch);
  return {};
}

KernelRequest Context::RequestFor(const Wanted& wanted) const {
  const DeviceInfo& device = devices_[static_cast<size_t>(wanted.device)];
  return {wanted.spec, device.Arch(), device.shared_bytes_per_block};
}

// The primary context of a device, unless the current context is of that device already.
ApiStatus Context::MakeCurrent(int device, std::optional<ScopedContext>* current) {
  const CudaDriver::Api& api = driver_.api();
  cu::Context context = nullptr;
  cu::Device handle = 0;
  RAGGEDC_API_RETURN_IF_ERROR(DriverStatus(driver_, api.CtxGetCurrent(&context), "cuCtxGetCurrent"));
  if (context != nullptr && api.CtxGetDevice(&handle) == 0 && handle == device) return {};
  const std::lock_guard<std::mutex> lock(primary_mutex_);
  primary_.resize(devices_.size());
  std::unique_ptr<PrimaryContext>& primary = primary_[static_cast<size_t>(device)];
  if (primary == nullptr) {
    const RelaxedCapture relaxed(driver_);
    Result<PrimaryContext> retained = PrimaryContext::Retain(driver_, device);
    if (!retained.ok()) return retained.status();
    primary = std::make_unique<PrimaryContext>(std::move(retained).value());
  }
  current->emplace(*primary);
  return (*current)->status();
}

ApiStatus Context::GetKernel(const raggedc_spec& spec, int device, const LoadedKernel** out) {
  std::optional<ScopedContext> current;
  if (device == -1) {
    RAGGEDC_API_RETURN_IF_ERROR(DeviceOf(nullptr, &device));
  } else if (device < 0 || static_cast<size_t>(device) >= devices_.size()) {
    return ApiInvalid(StrCat("expected a device in 0..", devices_.size() - 1, ", or -1, got ", device));
  } else {
    RAGGEDC_API_RETURN_IF_ERROR(MakeCurrent(device, &current));
  }
  Wanted wanted;
  RAGGEDC_API_RETURN_IF_ERROR(Want(spec, device, &wanted));
  const LoadedKernel* kernel = nullptr;
  RAGGEDC_API_RETURN_IF_ERROR(Acquire(wanted, nullptr, &kernel));
  if (ApiStatus status = kernel->MakeResident(); !status.ok()) {
    kernel->Release();
    return status;
  }
  *out = kernel;
  return {};
}

// Finds the kernel in the table, waits for whoever is making it, or makes it.
ApiStatus Context::Acquire(const Wanted& wanted, bool* is_stand_in, const LoadedKernel** out) {
  const bool another_will_do = is_stand_in != nullptr && HasStandIn(wanted);
  std::shared_ptr<Flight> flight;
  bool queued = false;
  {
    std::unique_lock<std::mutex> lock(mutex_);
    // Under the lock, so that a kernel that has just landed is not made again.
    *out = table_.Acquire(wanted.key, false);
    if (*out != nullptr) return {};
    std::shared_ptr<Flight>& entry = flights_[wanted.key];
    if (entry != nullptr) {
      flight = entry;
      landed_.wait(lock, [&] {
        return flight->state == Flight::State::kDone || flight->state == Flight::State::kQueued ||
               (another_will_do && flight->state == Flight::State::kCompiling);
      });
      if (flight->state == Flight::State::kDone) {
        *out = flight->kernel;
        if (*out != nullptr) (*out)->AddReference();
        return flight->result;
      }
      queued = another_will_do;
      if (!queued) flight->state = Flight::State::kCompiling;  // taken over from the queue
    } else {
      flight = entry = std::make_shared<Flight>();
      if (another_will_do) flight->state = Flight::State::kLooking;
    }
  }
  if (queued) return UseStandIn(wanted, is_stand_in, out);
  ApiStatus status = Produce(wanted, settings_.policy != RAGGEDC_COMPILE_NEVER && !another_will_do, out);
  if (status.ok() && *out == nullptr && another_will_do) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      flight->state = Flight::State::kQueued;
    }
    landed_.notify_all();
    const auto submit = [&] { queue_.Submit([this, wanted, flight] { Compile(wanted, flight); }); };
    // A quick one should be there soon: it has the processor, and NVRTC, for itself.
    if (settings_.policy != RAGGEDC_COMPILE_QUICK_FIRST) submit();
    ApiStatus stand_in = UseStandIn(wanted, is_stand_in, out);
    if (settings_.policy == RAGGEDC_COMPILE_QUICK_FIRST) submit();
    return stand_in;
  }
  if (status.ok() && *out == nullptr) {
    status = {RAGGEDC_ERROR_NO_KERNEL,
              StrCat("expected a kernel for ", ToString(wanted.spec), " on ", RequestFor(wanted).arch,
                     " in memory, a bundle or the cache, got none, and the policy is never to compile")};
  }
  Finish(wanted, flight, status, *out);
  return status;
}

// Whether there is a kernel that a launch can use while the right one is being compiled.
bool Context::HasStandIn(const Wanted& wanted) const {
  switch (settings_.policy) {
    case RAGGEDC_COMPILE_IN_BACKGROUND:
      return GenericCapacityFor(wanted.key.spec.max_seqlen) != wanted.key.spec.max_seqlen;
    case RAGGEDC_COMPILE_QUICK_FIRST:
      return !wanted.spec.quick;
    case RAGGEDC_COMPILE_NOW:
    case RAGGEDC_COMPILE_NEVER:
      break;
  }
  return false;
}

// That kernel, put in the place of the one that is being compiled.
ApiStatus Context::StandIn(const Wanted& wanted, const LoadedKernel** out) {
  Wanted other = wanted;
  if (settings_.policy == RAGGEDC_COMPILE_QUICK_FIRST) {
    other.spec.quick = true;
    other.key.quick = 1;
  } else {
    other.spec.spec.max_seqlen = GenericCapacityFor(wanted.key.spec.max_seqlen);
    other.spec.spec.block_m = other.spec.spec.block_n = 0;
    other.spec.batch = 0;
    other.key.spec = ToStruct(other.spec);
  }
  RAGGEDC_API_RETURN_IF_ERROR(Acquire(other, nullptr, out));
  // Not once the right one is there: it is in the table before its flight leaves flights_.
  const std::lock_guard<std::mutex> lock(mutex_);
  if (flights_.contains(wanted.key)) {
    for (const SpecKey& key : {wanted.key, wanted.asked}) table_.Insert(key, KernelTable::Kind::kProvisional, *out);
  }
  return {};
}

ApiStatus Context::UseStandIn(const Wanted& wanted, bool* is_stand_in, const LoadedKernel** out) {
  *is_stand_in = true;
  ApiStatus status = StandIn(wanted, out);
  if (status.ok() || settings_.policy != RAGGEDC_COMPILE_QUICK_FIRST) return status;
  // Not every attention has a quick kernel, and a compiler of another version makes none. The right one then, taken
  // over from the queue; if that fails too, its words are the ones to go by.
  *is_stand_in = false;
  return Acquire(wanted, nullptr, out);
}

void Context::Compile(const Wanted& wanted, const std::shared_ptr<Flight>& flight) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (flight->state != Flight::State::kQueued) return;  // somebody could not wait for it
    flight->state = Flight::State::kCompiling;
  }
  ArmExitHooks();
  const LoadedKernel* kernel = nullptr;
  const ApiStatus status = Produce(wanted, true, &kernel);
  if (!status.ok()) {
    const char* const stays =
        settings_.policy == RAGGEDC_COMPILE_QUICK_FIRST ? "the one compiled quickly" : "the generic kernel";
    settings_.warn(
        StrCat("compiling ", ToString(wanted.spec), " in the background failed; ", stays, " stays: ", status.text()));
  }
  Finish(wanted, flight, status, kernel);
  if (kernel != nullptr) kernel->Release();
}

// Gets, or compiles, and loads. Null without an error: not at hand, and must not compile.
ApiStatus Context::Produce(const Wanted& wanted, bool may_compile, const LoadedKernel** out) try {
  *out = nullptr;
  const KernelRequest request = RequestFor(wanted);
  Result<KernelSource::Value> found = source_->Find(request);
  if (!found.ok()) {
    if (!may_compile) return found.status();
    settings_.warn(found.status().message());
    found = KernelSource::Value();
  }
  if (*found == nullptr) {
    if (!may_compile) return {};
    bool is_new = false;
    found = source_->Compile(request, &is_new);
    if (!found.ok()) return found.status().WithContext(StrCat("compiling ", ToString(wanted.spec)));
    if (is_new) counters_->compiled.fetch_add(1, std::memory_order_relaxed);
  }
  std::vector<DeviceInfo> devices;
  for (size_t i = 0; i < devices_.size(); ++i) {
    if (arch_of_device_[i] == wanted.key.arch) devices.push_back(devices_[i]);
  }
  LoadedKernel* kernel = nullptr;
  RAGGEDC_API_RETURN_IF_ERROR(LoadedKernel::Load(driver_, devices, wanted.device, *found, ToString(wanted.spec),
                                                 counters_, settings_.plain_launches, &kernel));
  *out = kernel;
  return {};
} catch (const std::bad_alloc&) {
  return {RAGGEDC_ERROR_OUT_OF_MEMORY, "expected enough host memory to make a kernel, got too little"};
} catch (const std::exception& error) {
  return InternalError(StrCat("expected to make a kernel, got ", Printable(error.what(), 256)));
}

void Context::Finish(const Wanted& wanted, const std::shared_ptr<Flight>& flight, ApiStatus result,
                     const LoadedKernel* kernel) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (kernel != nullptr) {
      table_.Insert(wanted.key, KernelTable::Kind::kOwn, kernel);
      kernel->AddReference();
    }
    flight->kernel = kernel;
    flight->result = std::move(result);
    flight->state = Flight::State::kDone;
    flights_.erase(wanted.key);
  }
  landed_.notify_all();
}

ApiStatus Context::Check(void* stream, uint32_t* bits) {
  ApiStatus status;
  for (const LoadedKernel* kernel : table_.AcquireAll()) {
    if (status.ok()) status = kernel->ReadStatus(stream, bits);
    kernel->Release();
  }
  return status;
}

void Context::FillStats(raggedc_context_stats* stats) {
  table_.Sweep();
  stats->kernels = static_cast<uint32_t>(table_.size());
  stats->loaded = counters_->loaded.load();
  stats->unloaded = counters_->unloaded.load();
  stats->evicted = counters_->evicted.load();
  stats->compiled = counters_->compiled.load();
}

}  // namespace raggedc
