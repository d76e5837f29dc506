// The side of the fake driver that the runtime calls: the functions of libcuda.
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "runtime/api/testing/fake_cuda_state.h"

using namespace fake_cuda;  // NOLINT: everything below is in line with its names

#define FAKE extern "C" FAKE_CUDA_API int
#define FAKE_PLANNED(function, ...)                         \
  const std::lock_guard<std::mutex> lock(TheWorld().mutex); \
  if (const int planned = Planned(function, ##__VA_ARGS__); planned != 0) return planned

FAKE cuInit(unsigned) {
  return PlannedUnlocked("cuInit");
}
FAKE cuDriverGetVersion(int* version) {
  const std::lock_guard<std::mutex> lock(TheWorld().mutex);
  *version = TheWorld().version;
  return 0;
}
FAKE cuGetErrorName(int error, const char** text) {
  *text = error == 2 ? "CUDA_ERROR_OUT_OF_MEMORY" : "CUDA_ERROR_FAKE";
  return 0;
}
FAKE cuGetErrorString(int, const char** text) {
  *text = "as the test wanted";
  return 0;
}
FAKE cuDeviceGetCount(int* count) {
  FAKE_PLANNED("cuDeviceGetCount");
  *count = static_cast<int>(TheWorld().capabilities.size());
  return 0;
}
FAKE cuDeviceGet(int* device, int ordinal) {
  FAKE_PLANNED("cuDeviceGet", ordinal);
  if (ordinal < 0 || static_cast<size_t>(ordinal) >= TheWorld().capabilities.size()) return kInvalidDevice;
  *device = ordinal;
  return 0;
}
FAKE cuDeviceGetName(char* name, int length, int) {
  const std::lock_guard<std::mutex> lock(TheWorld().mutex);
  ++TheWorld().counts.device_descriptions;
  std::strncpy(name, "Fake GPU", static_cast<size_t>(length));
  return 0;
}
FAKE cuDeviceGetAttribute(int* value, int attribute, int device) {
  const std::lock_guard<std::mutex> lock(TheWorld().mutex);
  const int capability = TheWorld().capabilities[static_cast<size_t>(device)];
  const std::map<int, int> values = {{16, 132}, {75, capability / 10}, {76, capability % 10}, {97, 227 * 1024}};
  const auto found = values.find(attribute);
  *value = found == values.end() ? 1 : found->second;
  TheWorld().counts.device_descriptions += found == values.end();
  return 0;
}
FAKE cuDeviceTotalMem_v2(size_t* bytes, int) {
  const std::lock_guard<std::mutex> lock(TheWorld().mutex);
  ++TheWorld().counts.device_descriptions;
  *bytes = size_t{1} << 30;
  return 0;
}
FAKE cuDevicePrimaryCtxRetain(Context** context, int device) {
  FAKE_PLANNED("cuDevicePrimaryCtxRetain", device);
  *context = &contexts[device];
  ++TheWorld().counts.contexts_retained;
  return 0;
}
FAKE cuDevicePrimaryCtxRelease_v2(int) {
  const std::lock_guard<std::mutex> lock(TheWorld().mutex);
  --TheWorld().counts.contexts_retained;
  return 0;
}
FAKE cuCtxPushCurrent_v2(Context* context) {
  thread_state.stack[thread_state.depth++] = context;
  return 0;
}
FAKE cuCtxPopCurrent_v2(Context** context) {
  if (thread_state.depth == 0) return kInvalidContext;
  *context = thread_state.stack[--thread_state.depth];
  return 0;
}
FAKE cuCtxSynchronize() {
  return 0;
}
FAKE cuCtxGetCurrent(Context** context) {
  *context = Current();
  return 0;
}
FAKE cuCtxGetDevice(int* device) {
  if (Current() == nullptr) return kInvalidContext;
  *device = static_cast<int>(Current() - contexts);
  return 0;
}
FAKE cuLibraryLoadData(Library** library, const void* code, int*, void**, unsigned, int*, void**, unsigned) {
  FAKE_PLANNED("cuLibraryLoadData");
  if (const int forbidden = CheckCapture("cuLibraryLoadData"); forbidden != 0) return forbidden;
  if (std::memcmp(code, "\177ELF", 4) == 0) {
    auto loaded = std::make_unique<Library>();
    loaded->id = ++TheWorld().last_library;
    *library = loaded.get();
    TheWorld().libraries.push_back(std::move(loaded));
    ++TheWorld().counts.libraries_loaded;
    ++TheWorld().counts.libraries_live;
    return 0;
  }
  const std::string text = static_cast<const char*>(code);
  if (!text.starts_with("fake\n")) return 200;
  const size_t arch_end = text.find('\n', 5);
  const size_t symbol_end = text.find('\n', arch_end + 1);
  World& world = TheWorld();
  auto loaded = std::make_unique<Library>();
  loaded->id = ++world.last_library;
  loaded->arch = text.substr(5, arch_end - 5);
  auto kernel = std::make_unique<Kernel>();
  kernel->library = loaded.get();
  kernel->symbol = text.substr(arch_end + 1, symbol_end - arch_end - 1);
  kernel->params = static_cast<size_t>(std::stoi(text.substr(symbol_end + 1)));
  loaded->kernels[kernel->symbol] = std::move(kernel);
  *library = loaded.get();
  world.libraries.push_back(std::move(loaded));
  ++world.counts.libraries_loaded;
  ++world.counts.libraries_live;
  return 0;
}
FAKE cuLibraryUnload(Library* library) {
  const std::lock_guard<std::mutex> lock(TheWorld().mutex);
  if (const int forbidden = CheckCapture("cuLibraryUnload"); forbidden != 0) return forbidden;
  if (!library->live.exchange(false)) Violate("a library unloaded twice");
  --TheWorld().counts.libraries_live;
  return 0;
}
FAKE cuLibraryGetKernel(Kernel** kernel, Library* library, const char* name) {
  FAKE_PLANNED("cuLibraryGetKernel");
  if (library->arch.empty() && !library->kernels.contains(name)) {
    library->kernels[name] = std::make_unique<Kernel>(Kernel{library, name, 3});
  }
  const auto found = library->kernels.find(name);
  if (found == library->kernels.end()) return kNotFound;
  *kernel = found->second.get();
  return 0;
}
FAKE cuLibraryGetGlobal(uint64_t* address, size_t* bytes, Library* library, const char*) {
  FAKE_PLANNED("cuLibraryGetGlobal");
  if (Current() == nullptr) return kInvalidContext;
  *address = reinterpret_cast<uint64_t>(&library->status[Current() - contexts]);
  *bytes = sizeof(uint32_t);
  return 0;
}
FAKE cuKernelGetAttribute(int* value, int, Kernel*, int) {
  *value = 0;
  return 0;
}
FAKE cuKernelSetAttribute(int, int, Kernel*, int device) {
  FAKE_PLANNED("cuKernelSetAttribute", device);
  ++TheWorld().counts.attributes_set;
  return 0;
}
FAKE cuKernelGetFunction(void** function, Kernel* kernel) {
  FAKE_PLANNED("cuKernelGetFunction");
  if (Current() == nullptr) return kInvalidContext;
  if (const int forbidden = CheckCapture("cuKernelGetFunction"); forbidden != 0) return forbidden;
  ++TheWorld().counts.functions_resident;
  *function = kernel;
  return 0;
}
FAKE cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, Kernel*, int, size_t) {
  *blocks = 1;
  return 0;
}
namespace {

int LaunchAs(const char* function, Kernel* kernel, const unsigned* grid, const unsigned* block, unsigned shared_bytes,
             Stream* stream, void** params, bool programmatic) {
  if (!recording.load(std::memory_order_relaxed) && kernel->library->live.load(std::memory_order_relaxed)) {
    // For timing and for stress: nothing that threads would wait for.
    if (fast_count == nullptr) fast_count = &fast_counts[last_thread.fetch_add(1) % 64];
    fast_count->launches.fetch_add(1, std::memory_order_relaxed);
    if (lingering.load(std::memory_order_relaxed)) {
      std::this_thread::yield();
      if (!kernel->library->live.load()) {
        const std::lock_guard<std::mutex> lock(TheWorld().mutex);
        Violate(kernel->symbol + " was unloaded while it was being launched");
      }
    }
    return PlannedUnlocked(function);
  }
  World& world = TheWorld();
  const std::lock_guard<std::mutex> lock(world.mutex);
  if (IsDefault(stream) && Current() == nullptr) return kInvalidContext;
  const int device = IsDefault(stream) ? static_cast<int>(Current() - contexts) : stream->device;
  if (const int planned = Planned(function, device); planned != 0) return planned;
  if (const int wrong = CheckLaunch(*kernel, device); wrong != 0) return wrong;
  if (grid[0] == 0 || grid[1] == 0 || grid[2] == 0) return kInvalidValue;
  if (programmatic && world.capabilities[static_cast<size_t>(device)] < 90) {
    Violate("programmatic stream serialization on a device that has none");
    return kNotSupported;
  }
  Launch launch = Describe(*kernel, device, grid, block, shared_bytes, params);
  launch.stream = stream;
  launch.programmatic = programmatic;
  launch.captured = !IsDefault(stream) && stream->capturing;
  if (launch.captured) stream->captured.push_back(launch);
  world.launches.push_back(std::move(launch));
  ++world.counts.launches;
  return 0;
}

}  // namespace

FAKE cuLaunchKernel(Kernel* kernel, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x,
                    unsigned block_y, unsigned block_z, unsigned shared_bytes, Stream* stream, void** params, void**) {
  const unsigned grid[3] = {grid_x, grid_y, grid_z};
  const unsigned block[3] = {block_x, block_y, block_z};
  return LaunchAs("cuLaunchKernel", kernel, grid, block, shared_bytes, stream, params, false);
}
FAKE cuLaunchKernelEx(const LaunchConfig* config, Kernel* kernel, void** params, void**) {
  bool programmatic = false;
  for (unsigned i = 0; i < config->attribute_count; ++i) {
    if (config->attributes[i].id != kProgrammaticStreamSerialization) return kInvalidValue;
    programmatic = config->attributes[i].value != 0;
  }
  return LaunchAs("cuLaunchKernelEx", kernel, config->grid, config->block, config->shared_bytes, config->stream, params,
                  programmatic);
}
FAKE cuMemAlloc_v2(uint64_t* address, size_t bytes) {
  *address = reinterpret_cast<uint64_t>(new char[bytes]);
  return 0;
}
FAKE cuMemFree_v2(uint64_t address) {
  delete[] reinterpret_cast<char*>(address);
  return 0;
}
FAKE cuMemcpyHtoD_v2(uint64_t target, const void* source, size_t bytes) {
  std::memcpy(reinterpret_cast<void*>(target), source, bytes);
  return 0;
}
FAKE cuMemcpyDtoH_v2(void* target, uint64_t source, size_t bytes) {
  std::memcpy(target, reinterpret_cast<const void*>(source), bytes);
  return 0;
}
FAKE cuMemsetD8_v2(uint64_t target, unsigned char value, size_t bytes) {
  std::memset(reinterpret_cast<void*>(target), value, bytes);
  return 0;
}
FAKE cuMemsetD8Async(uint64_t target, unsigned char value, size_t bytes, Stream*) {
  return cuMemsetD8_v2(target, value, bytes);
}
FAKE cuMemcpyDtoHAsync_v2(void* target, uint64_t source, size_t bytes, Stream*) {
  FAKE_PLANNED("cuMemcpyDtoHAsync");
  std::memcpy(target, reinterpret_cast<const void*>(source), bytes);
  return 0;
}
FAKE cuStreamCreate(Stream** stream, unsigned) {
  *stream = static_cast<Stream*>(fake_cuda::MakeStream(static_cast<int>(Current() - contexts)));
  return 0;
}
FAKE cuStreamDestroy_v2(Stream* stream) {
  fake_cuda::DestroyStream(stream);
  return 0;
}
FAKE cuStreamSynchronize(Stream* stream) {
  FAKE_PLANNED("cuStreamSynchronize");
  if (!IsDefault(stream) && stream->capturing) {
    Violate("cuStreamSynchronize on a stream that is being captured");
    return kCaptureUnsupported;
  }
  return 0;
}
FAKE cuStreamBeginCapture_v2(Stream* stream, int) {
  fake_cuda::BeginCapture(stream);
  return 0;
}
FAKE cuStreamEndCapture(Stream* stream, Graph** graph) {
  fake_cuda::EndCapture(stream);
  *graph = new Graph;
  return 0;
}
FAKE cuStreamIsCapturing(Stream* stream, int* status) {
  FAKE_PLANNED("cuStreamIsCapturing");
  ++TheWorld().counts.stream_queries;
  *status = !IsDefault(stream) && stream->capturing;
  return 0;
}
FAKE cuStreamGetCtx(Stream* stream, Context** context) {
  const int device = stream->device;
  FAKE_PLANNED("cuStreamGetCtx", device);
  ++TheWorld().counts.stream_queries;
  *context = &contexts[device];
  return 0;
}
FAKE cuThreadExchangeStreamCaptureMode(int* mode) {
  std::swap(*mode, thread_state.capture_mode);
  return 0;
}
FAKE cuGraphCreate(Graph** graph, unsigned) {
  FAKE_PLANNED("cuGraphCreate");
  ++TheWorld().counts.graphs_live;
  *graph = new Graph;
  return 0;
}
#ifndef FAKE_CUDA_OLD
FAKE cuGraphAddKernelNode_v2(Node** node, Graph* graph, Node* const*, size_t, const KernelNodeParams* params) {
  FAKE_PLANNED("cuGraphAddKernelNode");
  auto added = std::make_unique<Node>();
  added->kernel = params->kernel;
  added->launch = Describe(*params->kernel, static_cast<int>(params->context - contexts), params->grid, params->block,
                           params->shared_bytes, params->params);
  *node = added.get();
  graph->nodes.push_back(std::move(added));
  return 0;
}
FAKE cuGraphExecKernelNodeSetParams_v2(Executable* executable, Node* node, const KernelNodeParams* params) {
  FAKE_PLANNED("cuGraphExecKernelNodeSetParams");
  executable->nodes.at(node).launch = Describe(*params->kernel, static_cast<int>(params->context - contexts),
                                               params->grid, params->block, params->shared_bytes, params->params);
  ++TheWorld().counts.executables_updated;
  return 0;
}
#endif
FAKE cuGraphInstantiateWithFlags(Executable** executable, Graph* graph, unsigned long long) {
  FAKE_PLANNED("cuGraphInstantiate");
  *executable = new Executable;
  for (const auto& node : graph->nodes) (*executable)->nodes[node.get()] = *node;
  ++TheWorld().counts.executables_live;
  ++TheWorld().counts.executables_made;
  return 0;
}
FAKE cuGraphLaunch(Executable* executable, Stream* stream) {
  World& world = TheWorld();
  const std::lock_guard<std::mutex> lock(world.mutex);
  if (!IsDefault(stream) && stream->capturing) {
    Violate("cuGraphLaunch into a stream that is being captured");
    return kCaptureUnsupported;
  }
  for (const auto& [key, node] : executable->nodes) {
    if (const int planned = Planned("cuGraphLaunch", node.launch.device); planned != 0) return planned;
    if (const int wrong = CheckLaunch(*node.kernel, node.launch.device); wrong != 0) return wrong;
    ++world.counts.launches;
    if (!recording.load(std::memory_order_relaxed)) continue;
    Launch launch = node.launch;
    launch.stream = stream;
    launch.in_graph = true;
    world.launches.push_back(std::move(launch));
  }
  return 0;
}
FAKE cuGraphExecDestroy(Executable* executable) {
  const std::lock_guard<std::mutex> lock(TheWorld().mutex);
  --TheWorld().counts.executables_live;
  delete executable;
  return 0;
}
FAKE cuGraphDestroy(Graph* graph) {
  const std::lock_guard<std::mutex> lock(TheWorld().mutex);
  --TheWorld().counts.graphs_live;
  delete graph;
  return 0;
}
#ifndef FAKE_CUDA_WITHOUT_MAPS
FAKE cuTensorMapEncodeTiled(raggedc::cu::TensorMap* map, int type, unsigned rank, void* address, const uint64_t* sizes,
                            const uint64_t* strides, const uint32_t* box, const uint32_t* element_strides, int, int,
                            int, int) {
  map_encodings.fetch_add(1, std::memory_order_relaxed);
  if (const int planned = PlannedUnlocked("cuTensorMapEncodeTiled"); planned != 0) return planned;
  if (reinterpret_cast<uintptr_t>(map) % 64 != 0 || reinterpret_cast<uintptr_t>(address) % 16 != 0)
    return kInvalidValue;
  *map = {};
  map->opaque[0] = reinterpret_cast<uint64_t>(address);
  map->opaque[1] = static_cast<uint64_t>(type) << 32 | rank;
  for (unsigned i = 0; i < rank; ++i) {
    map->opaque[2] = map->opaque[2] * 31 + sizes[i] + box[i] * element_strides[i];
    if (i > 0) map->opaque[2] += strides[i - 1];
  }
  return 0;
}
#endif
FAKE cuEventCreate(Event*, unsigned) {
  return 801;
}
FAKE cuEventDestroy_v2(Event) {
  return 801;
}
FAKE cuEventRecord(Event, Stream*) {
  return 801;
}
FAKE cuEventSynchronize(Event) {
  return 801;
}
FAKE cuEventElapsedTime(float*, Event, Event) {
  return 801;
}
