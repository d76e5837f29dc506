// What a launch does, worked out when the kernel is loaded: where each parameter lies in raggedc_launch_args, and the
// grid as a linear function of the number of sequences.
#ifndef RAGGEDC_RUNTIME_API_LAUNCH_PLAN_H_
#define RAGGEDC_RUNTIME_API_LAUNCH_PLAN_H_

#include <array>
#include <cstdint>
#include <vector>

#include "runtime/include/raggedc/raggedc.h"
#include "runtime/manifest.h"
#include "runtime/status.h"
#include "runtime/tensor_map.h"

namespace raggedc {

inline constexpr size_t kMaximumParams = 16;
inline constexpr size_t kMaximumTemporaries = 8;

// per_sequence * sequences + per_row * rows + constant.
struct LinearSize {
  int64_t per_sequence = 0;
  int64_t per_row = 0;
  int64_t constant = 0;

  int64_t At(uint32_t sequences, uint64_t rows) const {
    return per_sequence * sequences + per_row * static_cast<int64_t>(rows) + constant;
  }
};

struct PlannedParam {
  uint16_t offset = 0;      // of the parameter in raggedc_launch_args, or of the temporary in the array of them
  uint16_t misaligned = 0;  // bits of the address that must be 0
  bool is_temporary = false;
};

struct PlannedGrid {
  uint32_t per_sequence = 0;
  uint32_t constant = 0;
  uint32_t most = 0xffffffff;  // blocks; they divide the work there is
};

// A tensor map behind the parameters: of what the parameter `source` points to.
struct PlannedMap {
  uint32_t source = 0;
  TensorMapShape shape;
};

struct KernelLaunchPlan {
  size_t kernel = 0;  // in the manifest's list
  uint32_t param_count = 0;
  uint32_t map_count = 0;
  uint64_t maps_id = 0;  // if there are any: of no other plan of this process
  std::array<PlannedParam, kMaximumParams> params;
  std::array<PlannedGrid, 3> grid;
  std::array<PlannedMap, kMaximumTensorMaps> maps;
};

struct LaunchPlan {
  std::vector<KernelLaunchPlan> launches;  // in order, on one stream
  std::vector<LinearSize> temporaries;     // bytes, rounded up to kTemporaryAlignment one after the other
  uint32_t maximum_sequences = 0;          // more do not fit a grid

  uint64_t WorkspaceBytes(uint32_t sequences, uint64_t rows) const;
};

inline constexpr uint64_t kTemporaryAlignment = 256;

// For devices with so many multiprocessors. Errors are invalid arguments: a manifest that is not of an attention by
// spec, such as one with several outputs.
Result<LaunchPlan> PlanLaunches(const Manifest& manifest, int multiprocessors);

// The name of the pointer at this offset of raggedc_launch_args, for messages.
const char* ArgumentName(size_t offset);

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_API_LAUNCH_PLAN_H_
