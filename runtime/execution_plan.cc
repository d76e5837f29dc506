#include "runtime/execution_plan.h"

#include <algorithm>

#include "runtime/offsets.h"
#include "runtime/strided_layout.h"
#include "runtime/strings.h"

namespace raggedc {
namespace {

bool TypeFits(DType expected, DType given) {
  return expected == given || (expected == DType::kBool && given == DType::kU8);
}

// The shapes of the manifest's inputs, whose element types are checked here.
Result<ShapeMap> InputShapes(const Manifest& manifest, std::span<const Tensor> inputs) {
  ShapeMap shapes;
  for (const ManifestValue& value : manifest.values) {
    if (value.role != ValueRole::kInput) continue;
    RAGGEDC_ASSIGN_OR_RETURN(const Tensor* tensor, RequireTensor(inputs, value.name));
    if (!TypeFits(value.dtype, tensor->dtype)) {
      return InvalidArgument(
          StrCat("expected '", value.name, "' to be ", DTypeName(value.dtype), ", got ", DTypeName(tensor->dtype)));
    }
    shapes[value.name] = tensor->shape;
  }
  return shapes;
}

// The planned value that a launch passes as the parameter `param`, or null.
const PlannedValue* ArgumentOf(const ExecutionPlan& plan, const PlannedLaunch& launch, std::string_view param) {
  const auto& params = launch.kernel->params;
  const auto found = std::find(params.begin(), params.end(), param);
  return found == params.end() ? nullptr : &plan.values[launch.args[static_cast<size_t>(found - params.begin())]];
}

std::span<const int32_t> AsIntegers(const Tensor& tensor) {
  return {tensor.As<int32_t>(), static_cast<size_t>(tensor.NumElements())};
}

bool IsGivenIndex(const PlannedValue* value) {
  return value != nullptr && value->input != nullptr && value->dtype == DType::kI32 && value->shape.size() == 1;
}

// Offsets and indices that kernels will trust, where they are inputs. Those that an earlier launch makes are right by
// construction.
Status CheckIndexOperands(ExecutionPlan* plan) {
  for (const PlannedLaunch& launch : plan->launches) {
    const PlannedValue* offsets = ArgumentOf(*plan, launch, "offsets");
    if (!IsGivenIndex(offsets)) continue;
    const PlannedValue* rows = nullptr;
    for (const char* param : {"q", "qkv", "rows"}) {
      if (rows == nullptr) rows = ArgumentOf(*plan, launch, param);
    }
    if (rows == nullptr || rows->shape.empty()) continue;
    const std::span<const int32_t> values = AsIntegers(*offsets->input);
    const std::string context = StrCat("'", offsets->name, "'");
    if (const Status status = CheckOffsets(values, rows->shape[0]); !status.ok()) return status.WithContext(context);

    const PlannedValue* indices = ArgumentOf(*plan, launch, "indices");
    const PlannedValue* out = ArgumentOf(*plan, launch, "out");
    if (launch.kernel->op == "unpack" && IsGivenIndex(indices) && out != nullptr && out->shape.size() >= 2) {
      if (indices->shape[0] < values.back()) {
        return InvalidArgument(StrCat("expected '", indices->name, "' to have at least ", values.back(),
                                      " elements, got ", indices->shape[0]));
      }
      const Status status = CheckIndices(AsIntegers(*indices->input), values, out->shape[1]);
      if (!status.ok()) return status.WithContext(StrCat("'", indices->name, "'"));
    }

    const int64_t capacity = launch.kernel->capacity;
    if (capacity == 0) continue;
    const std::vector<int64_t> lengths = LengthsOf(values);
    const auto longer = [&](int64_t length) { return length > capacity; };
    const auto first = std::find_if(lengths.begin(), lengths.end(), longer);
    if (first == lengths.end()) continue;
    plan->notes.push_back(StrCat(std::count_if(lengths.begin(), lengths.end(), longer), " of ", lengths.size(),
                                 " sequences are longer than the capacity ", capacity, " of ", launch.kernel->symbol,
                                 " (first: sequence ", first - lengths.begin(), " with ", *first,
                                 " rows); rows beyond it are not written"));
  }
  return OkStatus();
}

Result<PlannedLaunch> PlanLaunch(const Manifest& manifest, const ManifestLaunch& launch, const ShapeMap& shapes) {
  PlannedLaunch planned;
  planned.kernel = manifest.FindKernel(launch.kernel);
  for (const std::string& arg : launch.args) {
    planned.args.push_back(static_cast<size_t>(manifest.FindValue(arg) - manifest.values.data()));
  }
  constexpr std::array<int64_t, 3> kLargest = {2147483647, 65535, 65535};
  for (size_t i = 0; i < 3; ++i) {
    planned.grid[i] = EvaluateDim(launch.grid[i], shapes);
    if (planned.grid[i] >= 0 && planned.grid[i] <= kLargest[i]) continue;
    return InvalidArgument(StrCat("expected a grid of 0 to ", kLargest[i], " blocks in dimension ", i, " for ",
                                  launch.kernel, ", got ", planned.grid[i]));
  }
  for (const ManifestDim& scalar : launch.scalars) {
    const int64_t number = EvaluateDim(scalar, shapes);
    if (number < 0 || number > kLargest[0]) {
      return InvalidArgument(
          StrCat("expected a number of 0 to ", kLargest[0], " as a parameter of ", launch.kernel, ", got ", number));
    }
    planned.scalars.push_back(static_cast<int32_t>(number));
  }
  for (const ManifestTensorMap& map : launch.tensor_maps) {
    const ManifestValue* value = manifest.FindValue(map.value);
    planned.tensor_maps.push_back({static_cast<size_t>(value - manifest.values.data()), ShapeOf(map, value->dtype)});
  }
  planned.blocks_per_multiprocessor = launch.blocks_per_multiprocessor;
  return planned;
}

}  // namespace

std::array<int64_t, 3> PlannedLaunch::GridOn(int64_t multiprocessors) const {
  std::array<int64_t, 3> blocks = grid;
  if (blocks_per_multiprocessor != 0) blocks[0] = std::min(grid[0], blocks_per_multiprocessor * multiprocessors);
  return blocks;
}

Result<ExecutionPlan> PlanExecution(const Manifest& manifest, std::span<const Tensor> inputs) {
  RAGGEDC_ASSIGN_OR_RETURN(const ShapeMap input_shapes, InputShapes(manifest, inputs));
  RAGGEDC_ASSIGN_OR_RETURN(const ShapeMap shapes, EvaluateShapes(manifest, input_shapes));

  ExecutionPlan plan;
  for (const ManifestValue& value : manifest.values) {
    PlannedValue planned;
    planned.name = value.name;
    planned.role = value.role;
    planned.dtype = value.dtype;
    planned.shape = shapes.find(value.name)->second;
    planned.strides = value.strides.empty() ? DenseStrides(planned.shape) : value.strides;
    Result<int64_t> bytes = StridedBytes(planned.shape, planned.strides, planned.dtype);
    if (!bytes.ok()) return bytes.status().WithContext(StrCat("'", value.name, "'"));
    planned.bytes = *bytes;
    if (value.role == ValueRole::kInput) planned.input = FindTensor(inputs, value.name);
    plan.values.push_back(std::move(planned));
  }
  for (const ManifestLaunch& launch : manifest.launches) {
    RAGGEDC_ASSIGN_OR_RETURN(PlannedLaunch planned, PlanLaunch(manifest, launch, shapes));
    plan.launches.push_back(std::move(planned));
  }
  RAGGEDC_RETURN_IF_ERROR(CheckIndexOperands(&plan));
  return plan;
}

}  // namespace raggedc
