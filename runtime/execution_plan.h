// Everything about one execution of a manifest that can be decided and checked without a GPU.
#ifndef RAGGEDC_RUNTIME_EXECUTION_PLAN_H_
#define RAGGEDC_RUNTIME_EXECUTION_PLAN_H_

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "runtime/manifest.h"
#include "runtime/status.h"
#include "runtime/tensor.h"
#include "runtime/tensor_map.h"

namespace raggedc {

struct PlannedValue {
  std::string name;
  ValueRole role = ValueRole::kInput;
  DType dtype = DType::kF32;
  std::vector<int64_t> shape;
  std::vector<int64_t> strides;   // in elements
  int64_t bytes = 0;              // of the device buffer, gaps of the strides included; 0 when there is no element
  const Tensor* input = nullptr;  // the caller's tensor; null for outputs and temporaries
};

struct PlannedTensorMap {
  size_t value = 0;  // position in `values` of what it begins at
  TensorMapShape shape;
};

struct PlannedLaunch {
  const ManifestKernel* kernel = nullptr;     // in the caller's manifest
  std::vector<size_t> args;                   // positions in `values`
  std::vector<int32_t> scalars;               // parameters behind them
  std::vector<PlannedTensorMap> tensor_maps;  // and behind these
  std::array<int64_t, 3> grid = {1, 1, 1};    // a zero means there is nothing to launch
  int64_t blocks_per_multiprocessor = 0;      // if not 0, `grid` is the work that fewer blocks may divide

  // The grid on a device with so many multiprocessors.
  std::array<int64_t, 3> GridOn(int64_t multiprocessors) const;
};

struct ExecutionPlan {
  std::vector<PlannedValue> values;
  std::vector<PlannedLaunch> launches;
  // Sequences of the given offsets that are longer than a kernel's capacity, in words; the device clamps them.
  std::vector<std::string> notes;
};

// Matches `inputs` (by name; tensors the manifest does not ask for are ignored) with the manifest: element types,
// ranks, dimensions, offsets that decrease or exceed the rows, indices out of range. Errors are invalid arguments that
// name the tensor. i1 values accept kBool and kU8. The plan points into `manifest` and `inputs`, which must outlive it.
Result<ExecutionPlan> PlanExecution(const Manifest& manifest, std::span<const Tensor> inputs);

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_EXECUTION_PLAN_H_
