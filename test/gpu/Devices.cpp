//===- Devices.cpp - one context on several GPUs ---------------------------===//

#include "test/gpu/Devices.h"

#include <latch>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "runtime/compare.h"
#include "runtime/cuda_driver.h"
#include "runtime/include/raggedc/raggedc.h"
#include "runtime/inputs.h"
#include "runtime/reference/program.h"
#include "runtime/spec.h"
#include "runtime/strings.h"
#include "runtime/temporary_folder.h"
#include "test/cases/CaseBuilder.h"

namespace raggedc {

namespace {

const char* const kSpecs[] = {
    "bf16,heads=4,dim=64,max_seqlen=64",
    "f16,heads=6,kv_heads=2,dim=64,max_seqlen=208,causal",
    "bf16,heads=3,dim=128,max_seqlen=320",
    "bf16,heads=12,dim=64,max_seqlen=208,packed",
};
constexpr int kStreams = 2;  ///< of a thread

Status checkApi(raggedc_status status) {
  return status == RAGGEDC_OK ? OkStatus() : InternalError(raggedc_last_error());
}

/// One attention with its data on one GPU, and what is to come of it.
class Operands {
 public:
  static Result<std::unique_ptr<Operands>> make(const CudaDriver& driver, const char* text, Random& random) {
    auto made = std::make_unique<Operands>();
    made->driver = &driver;
    RAGGEDC_RETURN_IF_ERROR(checkApi(raggedc_spec_parse(text, &made->spec)));
    RAGGEDC_ASSIGN_OR_RETURN(Spec spec, ParseSpec(text));
    made->dtype = spec.dtype;
    const int64_t choices[] = {0, 1, spec.max_seqlen, 1 + random.below(spec.max_seqlen)};
    std::vector<int64_t> lengths(static_cast<size_t>(1 + random.below(6)));
    for (int64_t& length : lengths) length = random.pick(choices);
    const Program program = ProgramFromSpec(spec);
    RAGGEDC_ASSIGN_OR_RETURN(std::vector<Tensor> inputs, GenerateInputs(program, lengths, random.next()));
    RAGGEDC_ASSIGN_OR_RETURN(ReferenceResult expected, RunProgram(program, inputs, {.threads = 1}));
    made->expected = std::move(expected.outputs.front());
    const void** const pointers[] = {&made->args.q, &made->args.k, &made->args.v};
    size_t next = 0;
    for (const Tensor& input : inputs) {
      RAGGEDC_ASSIGN_OR_RETURN(DeviceBuffer buffer, DeviceBuffer::Allocate(driver, input.data.size()));
      RAGGEDC_RETURN_IF_ERROR(buffer.Upload(input.data.data(), 0, input.data.size()));
      void* const address = reinterpret_cast<void*>(buffer.address());
      if (input.dtype == DType::kI32) {
        made->args.offsets = static_cast<const int32_t*>(address);
      } else {
        *pointers[next++] = address;
      }
      made->inputs.push_back(std::move(buffer));
    }
    made->bytes = static_cast<size_t>(made->expected.tensor.NumElements() * DTypeSize(spec.dtype));
    for (DeviceBuffer& out : made->out) {
      RAGGEDC_ASSIGN_OR_RETURN(out, DeviceBuffer::Allocate(driver, made->bytes));
    }
    made->args.sequences = static_cast<uint32_t>(lengths.size());
    made->args.rows = static_cast<uint64_t>(made->expected.tensor.shape[0]);
    return made;
  }

  /// Arguments with the result of one stream, which is poisoned first.
  Result<raggedc_launch_args> prepare(int stream, cu::Stream handle) const {
    raggedc_launch_args result = args;
    result.out = reinterpret_cast<void*>(out[stream].address());
    if (bytes > 0)
      RAGGEDC_RETURN_IF_ERROR(
          driver->Check(driver->api().MemsetD8Async(out[stream].address(), 0xff, bytes, handle), "cuMemsetD8Async"));
    return result;
  }

  /// After the stream's end.
  Status check(int stream) const {
    Tensor actual = MakeTensor("out", dtype, expected.tensor.shape);
    RAGGEDC_RETURN_IF_ERROR(out[stream].Download(actual.data.data(), 0, bytes));
    RAGGEDC_ASSIGN_OR_RETURN(Comparison comparison, Compare(actual, expected, /*poisoned=*/true));
    return comparison.Passes(Tolerance(dtype)) ? OkStatus() : InternalError(Describe(comparison));
  }

  raggedc_spec spec = RAGGEDC_SPEC_INIT;

 private:
  const CudaDriver* driver = nullptr;
  DType dtype = DType::kBf16;
  ReferenceValue expected;
  raggedc_launch_args args = RAGGEDC_LAUNCH_ARGS_INIT;
  size_t bytes = 0;
  std::vector<DeviceBuffer> inputs;
  DeviceBuffer out[kStreams];
};

/// What all threads have in common.
struct Shared {
  const CudaDriver* driver = nullptr;
  std::vector<DeviceInfo> devices;
  std::vector<PrimaryContext> primaries;
  raggedc_context* context = nullptr;
  std::vector<raggedc_kernel*> handles;  ///< one for each of kSpecs, made on the first GPU
  int rounds = 0;
};

class DeviceThread {
 public:
  DeviceThread(const Shared& shared, size_t device, uint64_t seed) : shared(shared), device(device), random(seed) {}

  Status run(std::latch& start) {
    const Status made = make();
    start.arrive_and_wait();  // whatever came of it: others wait as well
    RAGGEDC_RETURN_IF_ERROR(made);
    for (int round = 0; round < shared.rounds; ++round) {
      const Status status = doRound();
      if (!status.ok()) return status.WithContext(StrCat("GPU ", shared.devices[device].ordinal, ", round ", round));
    }
    for (const DeviceStream& stream : streams) {
      uint32_t bits = 0;
      RAGGEDC_RETURN_IF_ERROR(checkApi(raggedc_context_check(shared.context, stream.get(), &bits)));
    }
    return OkStatus();
  }

 private:
  Status make() {
    own.emplace(shared.primaries[device]);
    RAGGEDC_RETURN_IF_ERROR(own->status());
    for (DeviceStream& stream : streams) {
      RAGGEDC_ASSIGN_OR_RETURN(stream, DeviceStream::Create(*shared.driver));
    }
    for (const char* text : kSpecs) {
      RAGGEDC_ASSIGN_OR_RETURN(operands.emplace_back(), Operands::make(*shared.driver, text, random));
    }
    return OkStatus();
  }

  Status doRound() {
    size_t which[kStreams];
    for (int i = 0; i < kStreams; ++i) {
      which[i] = static_cast<size_t>(random.below(std::size(kSpecs)));
      RAGGEDC_ASSIGN_OR_RETURN(raggedc_launch_args args, operands[which[i]]->prepare(i, streams[i].get()));
      RAGGEDC_RETURN_IF_ERROR(launch(which[i], args, streams[i].get()));
    }
    for (int i = 0; i < kStreams; ++i) {
      RAGGEDC_RETURN_IF_ERROR(streams[i].Synchronize());
      const Status checked = operands[which[i]]->check(i);
      if (!checked.ok()) return checked.WithContext(kSpecs[which[i]]);
    }
    return OkStatus();
  }

  Status launch(size_t which, const raggedc_launch_args& args, cu::Stream stream) {
    // A stream brings its own GPU, whatever the thread's current one is.
    std::optional<ScopedContext> other;
    if (random.below(2) == 0) {
      other.emplace(shared.primaries[(device + 1) % shared.primaries.size()]);
      RAGGEDC_RETURN_IF_ERROR(other->status());
    }
    const bool same = shared.devices[device].Arch() == shared.devices[0].Arch();
    if (same && !shared.handles.empty() && random.below(3) == 0)
      return checkApi(raggedc_kernel_launch(shared.handles[which], &args, stream));
    return checkApi(raggedc_launch(shared.context, &operands[which]->spec, &args, stream));
  }

  const Shared& shared;
  const size_t device;
  Random random;
  std::optional<ScopedContext> own;
  std::vector<std::unique_ptr<Operands>> operands;
  DeviceStream streams[kStreams];
};

Status runThreads(const Shared& shared, const DevicesCase& test, int threads) {
  std::latch start(static_cast<std::ptrdiff_t>(shared.devices.size()) * threads);
  std::mutex mutex;
  Status first;
  std::vector<std::thread> all;
  for (size_t device = 0; device < shared.devices.size(); ++device)
    for (int i = 0; i < threads; ++i)
      all.emplace_back([&, device, i] {
        // Everything of a thread ends in the thread, under its context.
        const Status status = DeviceThread(shared, device, test.seed + 1000 * device + uint64_t(i)).run(start);
        std::lock_guard<std::mutex> lock(mutex);
        if (first.ok()) first = status;
      });
  for (std::thread& thread : all) thread.join();
  return first;
}

}  // namespace

std::vector<DevicesCase> makeDevicesCases(uint64_t seed) {
  return {{"devices compile now", RAGGEDC_COMPILE_NOW, seed},
          {"devices compile in background", RAGGEDC_COMPILE_IN_BACKGROUND, seed + 1},
          {"devices quick first", RAGGEDC_COMPILE_QUICK_FIRST, seed + 2}};
}

Status runOnAllDevices(const DevicesCase& test, int threads, int rounds) {
  Shared shared;
  shared.rounds = rounds;
  RAGGEDC_ASSIGN_OR_RETURN(shared.driver, CudaDriver::Load());
  RAGGEDC_ASSIGN_OR_RETURN(shared.devices, shared.driver->Devices());
  for (const DeviceInfo& device : shared.devices) {
    RAGGEDC_ASSIGN_OR_RETURN(PrimaryContext primary, PrimaryContext::Retain(*shared.driver, device.ordinal));
    shared.primaries.push_back(std::move(primary));
  }
  RAGGEDC_ASSIGN_OR_RETURN(TemporaryFolder folder, TemporaryFolder::Make("raggedc-devices-"));
  raggedc_context_options options = RAGGEDC_CONTEXT_OPTIONS_INIT;
  options.policy = test.policy;
  options.cache_directory = folder.path().c_str();
  RAGGEDC_RETURN_IF_ERROR(checkApi(raggedc_context_create(&options, &shared.context)));
  auto work = [&]() -> Status {
    // The specs by themselves come first: launches find none of them loaded, and race for them.
    RAGGEDC_RETURN_IF_ERROR(runThreads(shared, test, threads));
    return checkApi(raggedc_context_wait(shared.context));
  };
  auto makeHandles = [&]() -> Status {
    for (const char* text : kSpecs) {
      raggedc_spec spec = RAGGEDC_SPEC_INIT;
      RAGGEDC_RETURN_IF_ERROR(checkApi(raggedc_spec_parse(text, &spec)));
      RAGGEDC_RETURN_IF_ERROR(checkApi(
          raggedc_kernel_get(shared.context, &spec, shared.devices[0].ordinal, &shared.handles.emplace_back())));
    }
    return OkStatus();
  };
  Status status = work();
  if (status.ok()) status = makeHandles();
  if (status.ok()) status = work();
  for (raggedc_kernel* handle : shared.handles) raggedc_kernel_release(handle);
  raggedc_context_destroy(shared.context);
  return status;
}

}  // namespace raggedc
