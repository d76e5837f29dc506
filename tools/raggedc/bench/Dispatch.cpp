//===- Dispatch.cpp - host time to enqueue a launch ------------------------===//

#include <array>
#include <chrono>
#include <functional>

#include "runtime/strings.h"
#include "tools/raggedc/bench/Bench.h"

namespace raggedc {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kRounds = 60;    ///< for each repetition
constexpr int kUncounted = 8;  ///< launches at the begin of a burst: the driver wakes up, code comes back into caches
constexpr int kCounted = 64;   ///< few enough that the queue to the device never fills
constexpr int kSequences = 4;  ///< empty ones, so that the GPU is done as soon as the kernel is there
constexpr size_t kMostParams = 8;

/// A kernel that returns at once and takes `params` pointers.
std::string emptyKernel(size_t params) {
  std::string list;
  for (size_t i = 0; i < params; ++i) list += StrCat(i ? ", " : "", ".param .u64 p", i);
  return StrCat(".version 7.0\n.target sm_80\n.address_size 64\n.visible .entry empty(", list, ")\n{\n  ret;\n}\n");
}

double nanoseconds(Clock::time_point begin, Clock::time_point end) {
  return std::chrono::duration<double, std::nano>(end - begin).count();
}

double measureClock() {
  std::vector<double> samples;
  for (int i = 0; i < 10000; ++i) {
    Clock::time_point begin = Clock::now();
    samples.push_back(nanoseconds(begin, Clock::now()));
  }
  return percentile(samples, 0.5);
}

/// What belongs to the driver and is given back: a library, graphs.
struct Bare {
  explicit Bare(const CudaDriver& driver) : driver(driver) {}
  Bare(const Bare&) = delete;
  Bare& operator=(const Bare&) = delete;
  ~Bare() {
    const CudaDriver::Api& api = driver.api();
    for (cu::GraphExec exec : {exec, capturedExec})
      if (exec) api.GraphExecDestroy(exec);
    for (cu::Graph graph : {graph, captured})
      if (graph) api.GraphDestroy(graph);
    if (library) api.LibraryUnload(library);
  }

  Status load(cu::Context context, size_t params, unsigned gridX, unsigned threads) {
    const CudaDriver::Api& api = driver.api();
    grid = gridX;
    block = threads;
    for (size_t i = 0; i < kMostParams; ++i) pointers[i] = &values[i];
    std::string text = emptyKernel(params);
    RAGGEDC_RETURN_IF_ERROR(driver.Check(
        api.LibraryLoadData(&library, text.c_str(), nullptr, nullptr, 0, nullptr, nullptr, 0), "cuLibraryLoadData"));
    RAGGEDC_RETURN_IF_ERROR(driver.Check(api.LibraryGetKernel(&kernel, library, "empty"), "cuLibraryGetKernel"));
    void* address = nullptr;
    RAGGEDC_RETURN_IF_ERROR(driver.Check(api.KernelGetFunction(&address, kernel), "cuKernelGetFunction"));
    function = static_cast<cu::Kernel>(address);
    RAGGEDC_RETURN_IF_ERROR(driver.Check(api.GraphCreate(&graph, 0), "cuGraphCreate"));
    cu::KernelNodeParams node;
    node.kernel = kernel;
    node.context = context;
    node.params = pointers.data();
    node.grid[0] = grid;
    node.block[0] = block;
    node.grid[1] = node.grid[2] = node.block[1] = node.block[2] = 1;
    cu::GraphNode made = nullptr;
    RAGGEDC_RETURN_IF_ERROR(
        driver.Check(api.GraphAddKernelNode(&made, graph, nullptr, 0, &node), "cuGraphAddKernelNode"));
    return driver.Check(api.GraphInstantiate(&exec, graph, 0), "cuGraphInstantiate");
  }

  int launch(cu::Kernel handle, cu::Stream stream) {
    return driver.api().LaunchKernel(handle, grid, 1, 1, block, 1, 1, 0, stream, pointers.data(), nullptr);
  }

  const CudaDriver& driver;
  cu::Library library = nullptr;
  cu::Kernel kernel = nullptr, function = nullptr;  ///< the same kernel; the second as older programs launch it
  cu::Graph graph = nullptr, captured = nullptr;
  cu::GraphExec exec = nullptr, capturedExec = nullptr;
  unsigned grid = 1, block = 1;
  std::array<uint64_t, kMostParams> values = {};
  std::array<void*, kMostParams> pointers = {};
};

/// One way to launch, and what it took.
struct Way {
  DispatchRow row;
  std::function<int()> enqueue;  ///< 0: it went well
  std::vector<double> samples;
};

/// Loading in the middle of a capture must not disturb it, and the graph must run.
Result<double> captureFirst(const BenchDevice& device, raggedc_context* context, const raggedc_spec& spec,
                            const raggedc_launch_args& args, Bare& bare) {
  const CudaDriver& driver = *device.driver;
  const CudaDriver::Api& api = driver.api();
  cu::Stream stream = device.stream.get();
  RAGGEDC_RETURN_IF_ERROR(driver.Check(api.StreamBeginCapture(stream, 0), "cuStreamBeginCapture"));
  Clock::time_point begin = Clock::now();
  Status launched = checkApi(raggedc_launch(context, &spec, &args, stream));
  Clock::time_point end = Clock::now();
  Status ended = driver.Check(api.StreamEndCapture(stream, &bare.captured), "cuStreamEndCapture");
  RAGGEDC_RETURN_IF_ERROR(launched);
  RAGGEDC_RETURN_IF_ERROR(ended);
  RAGGEDC_RETURN_IF_ERROR(
      driver.Check(api.GraphInstantiate(&bare.capturedExec, bare.captured, 0), "cuGraphInstantiate"));
  RAGGEDC_RETURN_IF_ERROR(driver.Check(api.GraphLaunch(bare.capturedExec, stream), "cuGraphLaunch"));
  RAGGEDC_RETURN_IF_ERROR(checkApi(raggedc_context_check(context, stream, nullptr)));
  return nanoseconds(begin, end) * 1e-6;
}

/// One burst of one way.
Status measure(const BenchDevice& device, Way& way, double clock) {
  RAGGEDC_RETURN_IF_ERROR(device.stream.Synchronize());
  int failures = 0;
  for (int i = 0; i < kUncounted; ++i) failures |= way.enqueue();
  for (int i = 0; i < kCounted; ++i) {
    Clock::time_point begin = Clock::now();
    failures |= way.enqueue();
    way.samples.push_back(std::max(0.0, nanoseconds(begin, Clock::now()) - clock));
  }
  if (failures == 0) return OkStatus();
  return InternalError(StrCat(way.row.what, ": expected every launch to succeed, got ", raggedc_last_error()));
}

}  // namespace

Result<DispatchResult> benchDispatch(const BenchDevice& device, const std::string& text, int64_t repeat) {
  const CudaDriver::Api& api = device.driver->api();
  cu::Stream stream = device.stream.get();
  RAGGEDC_ASSIGN_OR_RETURN(raggedc_spec spec, parseApiSpec(text));
  raggedc_context_options options = RAGGEDC_CONTEXT_OPTIONS_INIT;
  RAGGEDC_ASSIGN_OR_RETURN(ContextHandle context, makeContext(options));
  RAGGEDC_ASSIGN_OR_RETURN(std::unique_ptr<Operands> operands,
                           Operands::make(device, spec, std::vector<int64_t>(kSequences, 0), Operands::Values::Ones));
  raggedc_launch_args& args = operands->args;

  DispatchResult result;
  result.spec = text;
  Bare bare(*device.driver);
  RAGGEDC_ASSIGN_OR_RETURN(result.captureMilliseconds, captureFirst(device, context.get(), spec, args, bare));
  RAGGEDC_ASSIGN_OR_RETURN(KernelHandle kernel, getKernel(context.get(), spec, device.info.ordinal));
  RAGGEDC_RETURN_IF_ERROR(operands->addWorkspace(kernel.get()));
  raggedc_kernel_info info = RAGGEDC_KERNEL_INFO_INIT;
  RAGGEDC_RETURN_IF_ERROR(checkApi(raggedc_kernel_info_get(kernel.get(), &info)));
  raggedc_prepared* made = nullptr;
  RAGGEDC_RETURN_IF_ERROR(checkApi(raggedc_prepared_create(kernel.get(), &args, &made)));
  PreparedHandle prepared(made);
  result.arguments = (spec.flags & RAGGEDC_PACKED ? 3 : 5) + (args.workspace ? 1 : 0);
  result.sharedBytes = info.shared_bytes;
  RAGGEDC_RETURN_IF_ERROR(bare.load(device.primary.get(), size_t(result.arguments), unsigned(info.blocks) * kSequences,
                                    unsigned(info.threads)));

  constexpr size_t kLaunch = 0, kGraph = 5;
  constexpr double kTail = 1.3;  // of a p99 to the floor's
  std::vector<Way> ways;
  auto add = [&](const char* what, std::optional<size_t> floor, double limit, std::function<int()> enqueue) {
    ways.push_back({{what, 0, 0, 0, floor, limit, limit > 0 ? kTail : 0}, std::move(enqueue), {}});
  };
  add("bare cuLaunchKernel", std::nullopt, 0, [&] { return bare.launch(bare.kernel, stream); });
  add("bare, of a CUfunction", kLaunch, 0, [&] { return bare.launch(bare.function, stream); });
  add("raggedc_kernel_launch", kLaunch, 1.10, [&] { return raggedc_kernel_launch(kernel.get(), &args, stream); });
  add("raggedc_prepared_launch", kLaunch, 1.10, [&] { return raggedc_prepared_launch(prepared.get(), stream); });
  add("raggedc_launch, by spec", kLaunch, 1.15, [&] { return raggedc_launch(context.get(), &spec, &args, stream); });
  add("bare cuGraphLaunch of one node", std::nullopt, 0, [&] { return api.GraphLaunch(bare.exec, stream); });
  add("raggedc_prepared_launch_graph", kGraph, 1.10,
      [&] { return raggedc_prepared_launch_graph(prepared.get(), stream); });
  add("  with new arguments each time", kGraph, 0, [&] {
    int set = raggedc_prepared_set(prepared.get(), &args);
    return set | raggedc_prepared_launch_graph(prepared.get(), stream);
  });

  result.clockNanoseconds = measureClock();
  // A round before that is not counted: first launches, graphs made.
  for (Way& way : ways) RAGGEDC_RETURN_IF_ERROR(measure(device, way, result.clockNanoseconds));
  for (Way& way : ways) way.samples.clear();
  for (int64_t round = 0; round < kRounds * repeat; ++round)
    for (size_t i = 0; i < ways.size(); ++i)  // who comes after whom changes from round to round
      RAGGEDC_RETURN_IF_ERROR(measure(device, ways[(i + size_t(round)) % ways.size()], result.clockNanoseconds));
  RAGGEDC_RETURN_IF_ERROR(device.stream.Synchronize());
  for (Way& way : ways) {
    way.row.samples = int64_t(way.samples.size());
    way.row.p50 = percentile(way.samples, 0.50);
    way.row.p99 = percentile(way.samples, 0.99);
    result.rows.push_back(std::move(way.row));
  }
  return result;
}

}  // namespace raggedc
