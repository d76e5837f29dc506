// dispatch_bench [--bundle FILE] [--spec SPEC]: host time to enqueue a launch on a GPU, each way there is, beside a
// bare cuLaunchKernel of an empty kernel with as many arguments. The first launch of all happens under capture. All
// sequences are empty, so that the GPU is done as soon as the kernel is there.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "runtime/cuda_driver.h"
#include "runtime/include/raggedc/raggedc.h"

namespace raggedc {
namespace {

constexpr int kLaunches = 20000;
constexpr int kBeforeWaiting = 32;  // so that the queue to the device never fills
constexpr uint32_t kSequences = 4;

constexpr char kEmptyKernel[] =
    ".version 7.0\n.target sm_80\n.address_size 64\n"
    ".visible .entry empty(.param .u64 a, .param .u64 b, .param .u64 c, .param .u64 d, .param .u64 e)\n{\n  ret;\n}\n";

void Require(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "dispatch_bench: %s: %s\n", what, raggedc_last_error());
  std::exit(2);
}

struct Times {
  double p50 = 0, p99 = 0;
};

Times Measure(const CudaDriver& driver, cu::Stream stream, const std::function<void()>& enqueue) {
  std::vector<double> samples;
  samples.reserve(kLaunches);
  for (int i = 0; i < kLaunches + 500; ++i) {
    if (i % kBeforeWaiting == 0) driver.api().StreamSynchronize(stream);
    const auto begin = std::chrono::steady_clock::now();
    enqueue();
    const auto end = std::chrono::steady_clock::now();
    // The first after waiting pays for the driver's waking up.
    if (i >= 500 && i % kBeforeWaiting != 0) {
      samples.push_back(std::chrono::duration<double, std::nano>(end - begin).count());
    }
  }
  driver.api().StreamSynchronize(stream);
  std::sort(samples.begin(), samples.end());
  return {samples[samples.size() / 2], samples[samples.size() * 99 / 100]};
}

void Report(const char* what, const Times& times, const Times& floor) {
  std::printf("%-34s %8.0f %8.0f %7.3f %7.3f\n", what, times.p50, times.p99, times.p50 / floor.p50,
              times.p99 / floor.p99);
}

int Run(const char* bundle, const char* spec_text) {
  const Result<const CudaDriver*> loaded = CudaDriver::Load();
  if (!loaded.ok()) {
    std::fprintf(stderr, "dispatch_bench: %s\n", loaded.status().message().c_str());
    return 2;
  }
  const CudaDriver& driver = **loaded;
  const CudaDriver::Api& api = driver.api();
  const Result<PrimaryContext> primary = PrimaryContext::Retain(driver, 0);
  Require(primary.ok(), "the primary context");
  const ScopedContext current(*primary);
  cu::Stream stream = nullptr;
  Require(api.StreamCreate(&stream, 1) == 0, "a stream");
  cu::DevicePtr memory = 0;
  Require(api.MemAlloc(&memory, 1 << 20) == 0 && api.MemsetD8(memory, 0, 1 << 20) == 0, "device memory");

  raggedc_context_options options = RAGGEDC_CONTEXT_OPTIONS_INIT;
  options.max_kernels = 64;
  options.bundles = &bundle;
  options.bundle_count = bundle == nullptr ? 0 : 1;
  raggedc_context* context = nullptr;
  Require(raggedc_context_create(&options, &context) == RAGGEDC_OK, "a context");
  raggedc_spec spec = RAGGEDC_SPEC_INIT;
  Require(raggedc_spec_parse(spec_text, &spec) == RAGGEDC_OK, "the spec");
  raggedc_launch_args args = RAGGEDC_LAUNCH_ARGS_INIT;
  args.sequences = kSequences;
  args.q = args.out = reinterpret_cast<void*>(memory);
  if ((spec.flags & RAGGEDC_PACKED) == 0) args.k = args.v = args.q;
  args.offsets = reinterpret_cast<int32_t*>(memory);

  // The very first launch is captured: loading must not disturb the capture, and the graph must run.
  cu::Graph captured = nullptr;
  cu::GraphExec executable = nullptr;
  Require(api.StreamBeginCapture(stream, 0) == 0, "a capture");
  const auto begin = std::chrono::steady_clock::now();
  Require(raggedc_launch(context, &spec, &args, stream) == RAGGEDC_OK, "the first launch, under capture");
  const auto end = std::chrono::steady_clock::now();
  Require(api.StreamEndCapture(stream, &captured) == 0, "the end of the capture");
  Require(api.GraphInstantiate(&executable, captured, 0) == 0, "the captured graph");
  Require(api.GraphLaunch(executable, stream) == 0 && api.StreamSynchronize(stream) == 0,
          "the captured graph's launch");
  Require(raggedc_context_check(context, stream, nullptr) == RAGGEDC_OK, "the check");
  std::printf("first launch, under capture         %8.2f ms\n",
              std::chrono::duration<double, std::milli>(end - begin).count());

  cu::Library library = nullptr;
  cu::Kernel empty = nullptr;
  void* function = nullptr;
  Require(api.LibraryLoadData(&library, kEmptyKernel, nullptr, nullptr, 0, nullptr, nullptr, 0) == 0 &&
              api.LibraryGetKernel(&empty, library, "empty") == 0 && api.KernelGetFunction(&function, empty) == 0,
          "an empty kernel");
  raggedc_kernel* kernel = nullptr;
  Require(raggedc_kernel_get(context, &spec, 0, &kernel) == RAGGEDC_OK, "a kernel");
  raggedc_kernel_info info = RAGGEDC_KERNEL_INFO_INIT;
  Require(raggedc_kernel_info_get(kernel, &info) == RAGGEDC_OK, "its description");
  raggedc_prepared* prepared = nullptr;
  Require(raggedc_prepared_create(kernel, &args, &prepared) == RAGGEDC_OK, "a prepared launch");
  const unsigned blocks = static_cast<unsigned>(info.blocks) * kSequences;
  const unsigned threads = static_cast<unsigned>(info.threads);

  std::array<uint64_t, 5> values = {memory, memory, memory, memory, memory};
  std::array<void*, 5> params;
  for (size_t i = 0; i < params.size(); ++i) params[i] = &values[i];
  const auto bare = [&](cu::Kernel handle) {
    api.LaunchKernel(handle, blocks, 1, 1, threads, 1, 1, 0, stream, params.data(), nullptr);
  };
  cu::Graph graph = nullptr;
  cu::GraphNode node = nullptr;
  cu::GraphExec bare_graph = nullptr;
  cu::KernelNodeParams node_params;
  node_params.grid[0] = blocks;
  node_params.block[0] = threads;
  node_params.grid[1] = node_params.grid[2] = node_params.block[1] = node_params.block[2] = 1;
  node_params.params = params.data();
  node_params.kernel = empty;
  Require(api.GraphCreate(&graph, 0) == 0 && api.GraphAddKernelNode(&node, graph, nullptr, 0, &node_params) == 0 &&
              api.GraphInstantiate(&bare_graph, graph, 0) == 0,
          "a graph of the empty kernel");

  const auto must = [](raggedc_status status) { Require(status == RAGGEDC_OK, "a launch"); };
  std::printf("%-34s %8s %8s %7s %7s\n", info.spec, "p50 ns", "p99 ns", "p50", "p99");
  for (int round = 0; round < 2; ++round) {  // twice, to see how far the figures can be trusted
    const Times floor = Measure(driver, stream, [&] { bare(empty); });
    Report("bare cuLaunchKernel", floor, floor);
    Report("bare, of a CUfunction", Measure(driver, stream, [&] { bare(static_cast<cu::Kernel>(function)); }), floor);
    Report("raggedc_kernel_launch",
           Measure(driver, stream, [&] { must(raggedc_kernel_launch(kernel, &args, stream)); }), floor);
    Report("raggedc_prepared_launch", Measure(driver, stream, [&] { must(raggedc_prepared_launch(prepared, stream)); }),
           floor);
    Report("raggedc_launch, by spec",
           Measure(driver, stream, [&] { must(raggedc_launch(context, &spec, &args, stream)); }), floor);
    const Times graph_floor = Measure(driver, stream, [&] { api.GraphLaunch(bare_graph, stream); });
    Report("bare graph of one node", graph_floor, graph_floor);
    Report("raggedc_prepared_launch_graph",
           Measure(driver, stream, [&] { must(raggedc_prepared_launch_graph(prepared, stream)); }), graph_floor);
    Report("  with new arguments each time",
           Measure(driver, stream,
                   [&] {
                     must(raggedc_prepared_set(prepared, &args));
                     must(raggedc_prepared_launch_graph(prepared, stream));
                   }),
           graph_floor);
  }
  raggedc_prepared_destroy(prepared);
  raggedc_kernel_release(kernel);
  raggedc_context_destroy(context);
  return 0;
}

}  // namespace
}  // namespace raggedc

int main(int argc, char** argv) {
  const char* bundle = nullptr;
  const char* spec = "bf16,heads=12,dim=64,max_seqlen=197";
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::strcmp(argv[i], "--bundle") == 0) bundle = argv[i + 1];
    if (std::strcmp(argv[i], "--spec") == 0) spec = argv[i + 1];
  }
  return raggedc::Run(bundle, spec);
}
