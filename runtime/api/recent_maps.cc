#include "runtime/api/recent_maps.h"

#include <array>
#include <cstring>

namespace raggedc {
namespace {

// Those of one launch.
struct RecentMaps {
  uint64_t id = 0;  // of the plan; 0: none
  std::array<uint64_t, kMaximumTensorMaps> addresses = {};
  std::array<cu::TensorMap, kMaximumTensorMaps> maps = {};
};

constexpr size_t kRecent = 8;  // launches, such as those of a few layers that take turns
// Constant initialisation and no destructor, so that reaching it takes no call.
constinit thread_local std::array<RecentMaps, kRecent> recent_maps;

uint64_t AddressOf(const KernelLaunchPlan& plan, uint32_t map, void* const* params) {
  uint64_t address = 0;
  std::memcpy(&address, params[plan.maps[map].source], sizeof(address));
  return address;
}

}  // namespace

cu::Result PointToMaps(const CudaDriver::Api& api, const KernelLaunchPlan& plan, void** params) {
  if (plan.map_count == 0) return 0;
  const uint64_t mixed = (AddressOf(plan, 0, params) ^ plan.maps_id << 8) * 0x9e3779b97f4a7c15u;
  RecentMaps& recent = recent_maps[mixed >> 61];
  static_assert(kRecent == 8);
  if (recent.id != plan.maps_id) {
    recent.id = plan.maps_id;
    recent.addresses = {};  // null, which no tensor is at
  }
  for (uint32_t i = 0; i < plan.map_count; ++i) {
    const uint64_t address = AddressOf(plan, i, params);
    params[plan.param_count + i] = &recent.maps[i];
    if (recent.addresses[i] == address && address != 0) continue;
    recent.addresses[i] = 0;
    if (const cu::Result result = EncodeTensorMap(api, plan.maps[i].shape, address, &recent.maps[i]); result != 0) {
      return result;
    }
    recent.addresses[i] = address;
  }
  return 0;
}

}  // namespace raggedc
