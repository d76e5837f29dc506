// The side of the fake driver that tests steer and look at.
#include "runtime/api/testing/fake_cuda.h"

#include <utility>

#include "runtime/api/testing/fake_cuda_state.h"

namespace fake_cuda {

void Reset() {
  World& world = TheWorld();
  const std::lock_guard<std::mutex> lock(world.mutex);
  world.version = 13000;
  world.capabilities = {90};
  world.plans.clear();
  world.launches.clear();
  world.violations.clear();
  world.captures = 0;
  world.counts = Counts();
  has_plans = false;
  recording = true;
  lingering = false;
  for (FastCount& count : fast_counts) count.launches = 0;
  map_encodings = 0;
  thread_state = ThreadState();
}

void SetDevices(const std::vector<int>& capabilities) {
  const std::lock_guard<std::mutex> lock(TheWorld().mutex);
  TheWorld().capabilities = capabilities;
}

void SetVersion(int version) {
  const std::lock_guard<std::mutex> lock(TheWorld().mutex);
  TheWorld().version = version;
}

void FailNext(std::string_view function, int result, int times, int device, int nth) {
  const std::lock_guard<std::mutex> lock(TheWorld().mutex);
  TheWorld().plans[std::string(function)] = {result, times, device, nth - 1};
  has_plans = true;
}

std::string Image(std::string_view arch, std::string_view symbol, int params) {
  return "fake\n" + std::string(arch) + "\n" + std::string(symbol) + "\n" + std::to_string(params) + "\n";
}

void* MakeStream(int device) {
  return new Stream{device, false, {}};
}

void DestroyStream(void* stream) {
  delete static_cast<Stream*>(stream);
}

void MoveStream(void* stream, int device) {
  static_cast<Stream*>(stream)->device = device;
}

void BeginCapture(void* stream) {
  const std::lock_guard<std::mutex> lock(TheWorld().mutex);
  static_cast<Stream*>(stream)->capturing = true;
  ++TheWorld().captures;
}

std::vector<Launch> EndCapture(void* stream) {
  const std::lock_guard<std::mutex> lock(TheWorld().mutex);
  static_cast<Stream*>(stream)->capturing = false;
  --TheWorld().captures;
  return std::move(static_cast<Stream*>(stream)->captured);
}

void ReplayCapture(const std::vector<Launch>& captured) {
  World& world = TheWorld();
  const std::lock_guard<std::mutex> lock(world.mutex);
  for (const Launch& launch : captured) {
    for (const auto& library : world.libraries) {
      if (library->id == launch.library && !library->live.load()) {
        Violate("a graph with " + launch.symbol + " after its library was unloaded");
      }
    }
  }
}

void SetCurrentDevice(int device) {
  thread_state.depth = device < 0 ? 0 : 1;
  if (device >= 0) thread_state.stack[0] = &contexts[device];
}

void Record(bool on) {
  recording = on;
}

void LingerInLaunches(bool on) {
  lingering = on;
}

std::vector<Launch> TakeLaunches() {
  const std::lock_guard<std::mutex> lock(TheWorld().mutex);
  return std::move(TheWorld().launches);
}

Counts GetCounts() {
  const std::lock_guard<std::mutex> lock(TheWorld().mutex);
  Counts counts = TheWorld().counts;
  for (const FastCount& count : fast_counts) counts.launches += count.launches.load();
  counts.maps_encoded = map_encodings.load();
  return counts;
}

void RaiseStatus(int device, uint32_t bits) {
  const std::lock_guard<std::mutex> lock(TheWorld().mutex);
  for (const auto& library : TheWorld().libraries) {
    if (library->live.load()) library->status[device] |= bits;
  }
}

std::vector<std::string> Violations() {
  const std::lock_guard<std::mutex> lock(TheWorld().mutex);
  return TheWorld().violations;
}

}  // namespace fake_cuda
