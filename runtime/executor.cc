#include "runtime/executor.h"

#include <algorithm>
#include <utility>

#include "runtime/strided_layout.h"
#include "runtime/strings.h"

namespace raggedc {
namespace {

// One value on the device: guard, content, guard.
struct ValueBuffer {
  DeviceBuffer memory;
  std::vector<uint8_t> uploaded;  // an input's content, kept when there are guards
};

// "3 bytes from +12" for the bytes of `found` that differ from `expected`; "" when none does.
template <typename Expected>
std::string DescribeDifference(std::span<const uint8_t> found, const Expected& expected) {
  size_t count = 0;
  size_t first = 0;
  for (size_t i = 0; i < found.size(); ++i) {
    if (found[i] == expected(i)) continue;
    if (count++ == 0) first = i;
  }
  return count == 0 ? "" : StrCat(count, count == 1 ? " byte at +" : " bytes from +", first);
}

}  // namespace

struct Executor::State {
  // Destroyed in the reverse order, with the context current (see ~Executor).
  PrimaryContext context;
  Manifest manifest;
  ExecutionPlan plan;
  DeviceInfo device;
  DeviceStream stream;
  std::unique_ptr<KernelModule> module;
  std::vector<ValueBuffer> buffers;  // as plan.values
  std::vector<size_t> kernels;       // module index of each of plan.launches
  std::vector<std::vector<cu::DevicePtr>> args;
  std::vector<std::vector<cu::TensorMap>> tensor_maps;
  size_t guard = 0;

  cu::DevicePtr Address(size_t value) const { return buffers[value].memory.address() + guard; }
  size_t Bytes(size_t value) const { return static_cast<size_t>(plan.values[value].bytes); }

  Status Allocate();
  Status Upload(size_t value, const Tensor& input);
  Result<std::vector<uint8_t>> Content(size_t value) const;
  Status CheckGuards(size_t value, std::vector<std::string>* violations) const;
  Status CheckContent(size_t value, std::vector<std::string>* violations) const;
};

Status Executor::State::Allocate() {
  for (const PlannedValue& value : plan.values) {
    Result<DeviceBuffer> memory =
        DeviceBuffer::Allocate(context.driver(), static_cast<size_t>(value.bytes) + 2 * guard);
    if (!memory.ok()) return memory.status().WithContext(StrCat("'", value.name, "'"));
    buffers.push_back({std::move(memory).value(), {}});
    DeviceBuffer& buffer = buffers.back().memory;
    RAGGEDC_RETURN_IF_ERROR(buffer.Fill(kPoison, 0, buffer.bytes()));
  }
  return OkStatus();
}

Status Executor::State::Upload(size_t value, const Tensor& input) {
  std::vector<uint8_t> content(Bytes(value), kPoison);
  ScatterToStrided(input, plan.values[value].strides, content);
  RAGGEDC_RETURN_IF_ERROR(buffers[value].memory.Upload(content.data(), guard, content.size()));
  if (guard > 0) buffers[value].uploaded = std::move(content);
  return OkStatus();
}

Result<std::vector<uint8_t>> Executor::State::Content(size_t value) const {
  std::vector<uint8_t> content(Bytes(value));
  RAGGEDC_RETURN_IF_ERROR(buffers[value].memory.Download(content.data(), guard, content.size()));
  return content;
}

Status Executor::State::CheckGuards(size_t value, std::vector<std::string>* violations) const {
  std::vector<uint8_t> zone(guard);
  const auto poison = [](size_t) { return kPoison; };
  for (const bool behind : {false, true}) {
    RAGGEDC_RETURN_IF_ERROR(buffers[value].memory.Download(zone.data(), behind ? guard + Bytes(value) : 0, guard));
    if (const std::string text = DescribeDifference(zone, poison); !text.empty()) {
      violations->push_back(StrCat("'", plan.values[value].name, "': a kernel wrote ",
                                   behind ? "behind" : "in front of", " the buffer: ", text, " of the guard zone of ",
                                   guard));
    }
  }
  return OkStatus();
}

Status Executor::State::CheckContent(size_t value, std::vector<std::string>* violations) const {
  const PlannedValue& planned = plan.values[value];
  RAGGEDC_ASSIGN_OR_RETURN(const std::vector<uint8_t> content, Content(value));
  if (planned.role == ValueRole::kInput) {
    const std::vector<uint8_t>& expected = buffers[value].uploaded;
    const std::string text = DescribeDifference(content, [&](size_t i) { return expected[i]; });
    if (!text.empty()) violations->push_back(StrCat("'", planned.name, "': a kernel changed this input: ", text));
    return OkStatus();
  }
  // Gaps between the elements of a strided output: put the elements that were found on fresh poison and compare.
  Tensor elements = MakeTensor(planned.name, planned.dtype, planned.shape);
  GatherFromStrided(content, planned.strides, &elements);
  std::vector<uint8_t> expected(content.size(), kPoison);
  ScatterToStrided(elements, planned.strides, expected);
  const std::string text = DescribeDifference(content, [&](size_t i) { return expected[i]; });
  if (!text.empty()) violations->push_back(StrCat("'", planned.name, "': a kernel wrote between the rows: ", text));
  return OkStatus();
}

Executor::Executor(std::unique_ptr<State> state) : state_(std::move(state)) {}

Executor::~Executor() {
  if (state_->context.get() == nullptr) return;
  const ScopedContext current(state_->context);
  state_->buffers.clear();
  state_->module.reset();
  state_->stream = DeviceStream();
}

Result<std::unique_ptr<Executor>> Executor::Create(const Manifest& manifest, std::string_view cubin,
                                                   std::span<const Tensor> inputs, const ExecutorOptions& options) {
  std::unique_ptr<Executor> executor(new Executor(std::make_unique<State>()));
  State& state = *executor->state_;
  state.manifest = manifest;
  RAGGEDC_ASSIGN_OR_RETURN(state.plan, PlanExecution(state.manifest, inputs));
  RAGGEDC_ASSIGN_OR_RETURN(const CudaDriver* driver, CudaDriver::Load());
  RAGGEDC_ASSIGN_OR_RETURN(const std::vector<DeviceInfo> devices, driver->Devices());
  if (options.device < 0 || static_cast<size_t>(options.device) >= devices.size()) {
    return InvalidArgument(StrCat("expected a device in 0..", devices.size() - 1, ", got ", options.device));
  }
  state.device = devices[static_cast<size_t>(options.device)];
  state.guard = static_cast<size_t>((std::max<int64_t>(0, options.guard_bytes) + 255) / 256 * 256);
  RAGGEDC_ASSIGN_OR_RETURN(state.context, PrimaryContext::Retain(*driver, options.device));
  const ScopedContext current(state.context);
  RAGGEDC_RETURN_IF_ERROR(current.status());
  RAGGEDC_ASSIGN_OR_RETURN(state.stream, DeviceStream::Create(*driver));
  RAGGEDC_ASSIGN_OR_RETURN(state.module, KernelModule::Load(*driver, options.device, state.manifest, cubin));
  RAGGEDC_RETURN_IF_ERROR(state.Allocate());
  for (size_t i = 0; i < state.plan.values.size(); ++i) {
    const Tensor* input = std::exchange(state.plan.values[i].input, nullptr);  // the caller's tensors may go away
    if (input != nullptr) RAGGEDC_RETURN_IF_ERROR(state.Upload(i, *input));
  }
  for (const PlannedLaunch& launch : state.plan.launches) {
    state.kernels.push_back(state.module->KernelIndex(launch.kernel->symbol));
    std::vector<cu::DevicePtr>& args = state.args.emplace_back();
    for (const size_t value : launch.args) args.push_back(state.Address(value));
    for (const int32_t scalar : launch.scalars) args.push_back(static_cast<cu::DevicePtr>(scalar));
    std::vector<cu::TensorMap>& maps = state.tensor_maps.emplace_back();
    for (const PlannedTensorMap& map : launch.tensor_maps) {
      RAGGEDC_RETURN_IF_ERROR(RequireTensorMaps(*driver));
      RAGGEDC_RETURN_IF_ERROR(
          driver->Check(EncodeTensorMap(driver->api(), map.shape, state.Address(map.value), &maps.emplace_back()),
                        "cuTensorMapEncodeTiled"));
    }
  }
  return executor;
}

Status Executor::Run() {
  const ScopedContext current(state_->context);
  RAGGEDC_RETURN_IF_ERROR(current.status());
  for (size_t i = 0; i < state_->buffers.size(); ++i) {
    if (state_->plan.values[i].role == ValueRole::kInput) continue;
    DeviceBuffer& buffer = state_->buffers[i].memory;
    RAGGEDC_RETURN_IF_ERROR(buffer.Fill(kPoison, 0, buffer.bytes()));
  }
  RAGGEDC_RETURN_IF_ERROR(state_->module->ClearStatus());
  // The fills above ran on the default stream, which this stream does not wait for.
  const CudaDriver& driver = state_->context.driver();
  RAGGEDC_RETURN_IF_ERROR(driver.Check(driver.api().CtxSynchronize(), "cuCtxSynchronize"));
  RAGGEDC_RETURN_IF_ERROR(Enqueue(state_->stream.get()));
  return state_->stream.Synchronize().WithContext("running the kernels");
}

Status Executor::Enqueue(cu::Stream stream) const {
  for (size_t i = 0; i < state_->kernels.size(); ++i) {
    const auto grid = state_->plan.launches[i].GridOn(state_->device.multiprocessors);
    RAGGEDC_RETURN_IF_ERROR(
        state_->module->Launch(state_->kernels[i], state_->args[i], state_->tensor_maps[i], grid, stream));
  }
  return OkStatus();
}

Result<std::vector<Tensor>> Executor::Outputs() const {
  const ScopedContext current(state_->context);
  RAGGEDC_RETURN_IF_ERROR(current.status());
  std::vector<Tensor> outputs;
  for (size_t i = 0; i < state_->buffers.size(); ++i) {
    const PlannedValue& value = state_->plan.values[i];
    if (value.role != ValueRole::kOutput) continue;
    RAGGEDC_ASSIGN_OR_RETURN(const std::vector<uint8_t> content, state_->Content(i));
    outputs.push_back(MakeTensor(value.name, value.dtype, value.shape));
    GatherFromStrided(content, value.strides, &outputs.back());
  }
  return outputs;
}

Result<ExecutionReport> Executor::Check() const {
  const ScopedContext current(state_->context);
  RAGGEDC_RETURN_IF_ERROR(current.status());
  ExecutionReport report;
  report.notes = state_->plan.notes;
  RAGGEDC_ASSIGN_OR_RETURN(report.status_word, state_->module->ReadStatus());
  if (state_->guard == 0) return report;
  for (size_t i = 0; i < state_->buffers.size(); ++i) {
    RAGGEDC_RETURN_IF_ERROR(state_->CheckGuards(i, &report.violations));
    RAGGEDC_RETURN_IF_ERROR(state_->CheckContent(i, &report.violations));
  }
  return report;
}

Result<Timing> Executor::Time(const TimingOptions& options) {
  const ScopedContext current(state_->context);
  RAGGEDC_RETURN_IF_ERROR(current.status());
  return TimeOnStream(
      state_->context.driver(), state_->stream, [this](cu::Stream stream) { return Enqueue(stream); }, options);
}

Result<int> Executor::Occupancy(std::string_view symbol) const {
  if (state_->manifest.FindKernel(symbol) == nullptr) {
    return InvalidArgument(StrCat("expected a kernel of the manifest, got '", Printable(symbol), "'"));
  }
  const ScopedContext current(state_->context);
  RAGGEDC_RETURN_IF_ERROR(current.status());
  return state_->module->Occupancy(state_->module->KernelIndex(symbol));
}

const DeviceInfo& Executor::device() const {
  return state_->device;
}

Result<ExecutionResult> Execute(const Manifest& manifest, std::string_view cubin, std::span<const Tensor> inputs,
                                const ExecutorOptions& options, const TimingOptions* timing) {
  RAGGEDC_ASSIGN_OR_RETURN(const std::unique_ptr<Executor> executor,
                           Executor::Create(manifest, cubin, inputs, options));
  RAGGEDC_RETURN_IF_ERROR(executor->Run());
  ExecutionResult result;
  RAGGEDC_ASSIGN_OR_RETURN(result.report, executor->Check());
  RAGGEDC_ASSIGN_OR_RETURN(result.outputs, executor->Outputs());
  if (timing != nullptr) {
    RAGGEDC_ASSIGN_OR_RETURN(result.timing, executor->Time(*timing));
  }
  return result;
}

}  // namespace raggedc
