// What the fake driver keeps account of: shared by what steers it and what plays the driver.
#ifndef RAGGEDC_RUNTIME_API_TESTING_FAKE_CUDA_STATE_H_
#define RAGGEDC_RUNTIME_API_TESTING_FAKE_CUDA_STATE_H_

#include <algorithm>
#include <atomic>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/api/testing/fake_cuda.h"
#include "runtime/cuda_driver.h"

// The driver's objects, under the names by which the runtime knows them.
namespace raggedc::cu {

constexpr int kMaximumDevices = 16;

struct ContextTag {
  char unused = 0;  // its place in the array is its device
};

struct StreamTag {
  int device = 0;
  bool capturing = false;
  std::vector<fake_cuda::Launch> captured;
};

struct LibraryTag {
  uint64_t id = 0;
  std::string arch;
  std::map<std::string, std::unique_ptr<KernelTag>> kernels;
  uint32_t status[kMaximumDevices] = {};
  std::atomic<bool> live{true};
};

struct KernelTag {
  LibraryTag* library = nullptr;
  std::string symbol;
  size_t params = 0;
};

struct GraphNodeTag {
  fake_cuda::Launch launch;
  const KernelTag* kernel = nullptr;
};
struct GraphTag {
  std::vector<std::unique_ptr<GraphNodeTag>> nodes;
};
struct GraphExecTag {
  std::map<const GraphNodeTag*, GraphNodeTag> nodes;
};

}  // namespace raggedc::cu

namespace fake_cuda {

using raggedc::cu::KernelNodeParams;
using raggedc::cu::kProgrammaticStreamSerialization;
using raggedc::cu::LaunchConfig;
using Context = raggedc::cu::ContextTag;
using Stream = raggedc::cu::StreamTag;
using Library = raggedc::cu::LibraryTag;
using Kernel = raggedc::cu::KernelTag;
using Node = raggedc::cu::GraphNodeTag;
using Graph = raggedc::cu::GraphTag;
using Executable = raggedc::cu::GraphExecTag;
using Event = raggedc::cu::Event;
using raggedc::cu::kMaximumDevices;

constexpr int kInvalidValue = 1;
constexpr int kInvalidContext = 201;
constexpr int kInvalidDevice = 101;
constexpr int kNoBinary = 209;
constexpr int kInvalidHandle = 400;
constexpr int kNotFound = 500;
constexpr int kNotSupported = 801;
constexpr int kCaptureUnsupported = 900;

struct Plan {
  int result = 0, times = 0, device = -1, skip = 0;
};

struct World {
  std::mutex mutex;
  int version = 13000;
  std::vector<int> capabilities = {90};
  std::map<std::string, Plan, std::less<>> plans;
  std::vector<Launch> launches;
  Counts counts;
  std::vector<std::string> violations;
  std::vector<std::unique_ptr<Library>> libraries;  // never freed, so that use after unloading is seen
  int captures = 0;
  uint64_t last_library = 0;
};

inline World& TheWorld() {
  static World* world = new World;
  return *world;
}

inline Context contexts[kMaximumDevices];
inline std::atomic<bool> recording{true};
inline std::atomic<bool> lingering{false};
inline std::atomic<bool> has_plans{false};

// One for a few threads each, so that they do not wait for each other.
struct alignas(64) FastCount {
  std::atomic<int64_t> launches{0};
};
inline FastCount fast_counts[64];
inline std::atomic<int64_t> map_encodings{0};
inline std::atomic<unsigned> last_thread{0};
inline thread_local FastCount* fast_count = nullptr;

struct ThreadState {
  Context* stack[8] = {&contexts[0]};
  int depth = 1;
  int capture_mode = 0;
};
inline thread_local ThreadState thread_state;

inline Context* Current() {
  return thread_state.depth == 0 ? nullptr : thread_state.stack[thread_state.depth - 1];
}

inline bool IsDefault(const void* stream) {
  return reinterpret_cast<uintptr_t>(stream) <= 2;
}

// What the test wants this call to return. With the mutex held.
inline int Planned(std::string_view function, int device = -1) {
  World& world = TheWorld();
  const auto plan = world.plans.find(function);
  if (plan == world.plans.end() || plan->second.times == 0) return 0;
  if (plan->second.device != -1 && device != plan->second.device) return 0;
  if (plan->second.skip > 0) {
    --plan->second.skip;
    return 0;
  }
  --plan->second.times;
  return plan->second.result;
}

inline int PlannedUnlocked(std::string_view function, int device = -1) {
  if (!has_plans.load(std::memory_order_relaxed)) return 0;
  const std::lock_guard<std::mutex> lock(TheWorld().mutex);
  return Planned(function, device);
}

inline void Violate(std::string text) {
  TheWorld().violations.push_back(std::move(text));
}

// A call that a capture elsewhere forbids to threads that have not asked for leave. With the mutex held.
inline int CheckCapture(const char* function) {
  if (TheWorld().captures == 0 || thread_state.capture_mode == 2) return 0;
  Violate(std::string(function) + " while a stream is being captured");
  return kCaptureUnsupported;
}

inline std::string ArchOf(int capability) {
  const bool has_variant = capability == 90 || capability == 100 || capability == 103;
  return "sm_" + std::to_string(capability) + (has_variant ? "a" : "");
}

inline Launch Describe(const Kernel& kernel, int device, const unsigned* grid, const unsigned* block, unsigned shared,
                       void** params) {
  Launch launch;
  launch.symbol = kernel.symbol;
  launch.arch = kernel.library->arch;
  launch.library = kernel.library->id;
  launch.device = device;
  std::copy(grid, grid + 3, launch.grid);
  std::copy(block, block + 3, launch.block);
  launch.shared_bytes = shared;
  for (size_t i = 0; i < kernel.params; ++i) {
    uint64_t value = 0;
    std::memcpy(&value, params[i], sizeof(value));
    launch.params.push_back(value);
  }
  return launch;
}

// What is wrong with launching this kernel there. With the mutex held.
inline int CheckLaunch(const Kernel& kernel, int device) {
  if (!kernel.library->live.load()) {
    Violate("a launch of " + kernel.symbol + " after its library was unloaded");
    return kInvalidHandle;
  }
  const int capability = TheWorld().capabilities[static_cast<size_t>(device)];
  return kernel.library->arch.empty() || kernel.library->arch == ArchOf(capability) ? 0 : kNoBinary;
}

}  // namespace fake_cuda

#endif  // RAGGEDC_RUNTIME_API_TESTING_FAKE_CUDA_STATE_H_
