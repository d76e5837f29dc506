#include "runtime/api/launch_plan.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <map>
#include <string>
#include <string_view>

#include "runtime/dtype.h"
#include "runtime/strings.h"

namespace raggedc {
namespace {

constexpr int64_t kMaximumGridX = std::numeric_limits<int32_t>::max();
constexpr int64_t kMaximumGridYZ = 65535;

struct Argument {
  std::string_view value;  // in the manifest
  const char* name;        // in raggedc_launch_args
  size_t offset;
};
constexpr Argument kArguments[] = {
    {"q", "q", offsetof(raggedc_launch_args, q)},
    {"qkv", "q", offsetof(raggedc_launch_args, q)},
    {"k", "k", offsetof(raggedc_launch_args, k)},
    {"v", "v", offsetof(raggedc_launch_args, v)},
    {"offsets", "offsets", offsetof(raggedc_launch_args, offsets)},
    {"out", "out", offsetof(raggedc_launch_args, out)},
};

// A dimension that follows from the numbers of sequences and rows.
Result<LinearSize> ToLinear(const Manifest& manifest, const ManifestDim& dim) {
  if (dim.is_constant()) return LinearSize{0, 0, dim.constant};
  const ManifestValue* value = manifest.FindValue(dim.value);
  const ManifestDim& source = value->shape[static_cast<size_t>(dim.dim)];
  LinearSize size;
  if (dim.value == "offsets" && dim.dim == 0) {
    size = {1, 0, 1};
  } else if (value->role == ValueRole::kInput && dim.dim == 0 && !source.is_constant()) {
    size = {0, 1, 0};
  } else {
    RAGGEDC_ASSIGN_OR_RETURN(size, ToLinear(manifest, source));
  }
  return LinearSize{size.per_sequence * dim.mul, size.per_row * dim.mul, (size.constant + dim.add) * dim.mul};
}

Result<LinearSize> BytesOf(const Manifest& manifest, const ManifestValue& value) {
  LinearSize bytes{0, 0, DTypeSize(value.dtype)};
  for (const ManifestDim& dim : value.shape) {
    RAGGEDC_ASSIGN_OR_RETURN(const LinearSize factor, ToLinear(manifest, dim));
    const auto is_constant = [](const LinearSize& size) { return size.per_sequence == 0 && size.per_row == 0; };
    if (!is_constant(bytes) && !is_constant(factor)) {
      return InvalidArgument(StrCat("expected temporary '", Printable(value.name), "' to grow with one dimension"));
    }
    const int64_t scale = is_constant(factor) ? factor.constant : bytes.constant;
    const LinearSize& other = is_constant(factor) ? bytes : factor;
    bytes = {other.per_sequence * scale, other.per_row * scale, other.constant * scale};
  }
  return bytes;
}

uint64_t NextMapsId() {
  static std::atomic<uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace

uint64_t LaunchPlan::WorkspaceBytes(uint32_t sequences, uint64_t rows) const {
  uint64_t bytes = 0;
  for (const LinearSize& size : temporaries) {
    const uint64_t one = static_cast<uint64_t>(std::max<int64_t>(0, size.At(sequences, rows)));
    bytes += (one + kTemporaryAlignment - 1) / kTemporaryAlignment * kTemporaryAlignment;
  }
  return bytes;
}

const char* ArgumentName(size_t offset) {
  const auto found = std::find_if(std::begin(kArguments), std::end(kArguments),
                                  [&](const Argument& argument) { return argument.offset == offset; });
  return found == std::end(kArguments) ? "workspace" : found->name;
}

Result<LaunchPlan> PlanLaunches(const Manifest& manifest, int multiprocessors) {
  LaunchPlan plan;
  std::map<std::string_view, size_t> temporaries;  // by name
  for (const ManifestValue& value : manifest.values) {
    if (value.role == ValueRole::kTemporary) {
      RAGGEDC_ASSIGN_OR_RETURN(const LinearSize bytes, BytesOf(manifest, value));
      temporaries[value.name] = plan.temporaries.size();
      plan.temporaries.push_back(bytes);
    } else if (std::none_of(std::begin(kArguments), std::end(kArguments),
                            [&](const Argument& argument) { return argument.value == value.name; })) {
      return InvalidArgument(
          StrCat("expected the operands q, k, v or qkv, offsets and out, got '", Printable(value.name), "'"));
    }
  }
  if (plan.temporaries.size() > kMaximumTemporaries) {
    return InvalidArgument(
        StrCat("expected at most ", kMaximumTemporaries, " temporaries, got ", plan.temporaries.size()));
  }
  int64_t most = std::numeric_limits<int32_t>::max() - 1;  // offsets has one element more
  for (const ManifestLaunch& launch : manifest.launches) {
    KernelLaunchPlan& planned = plan.launches.emplace_back();
    planned.kernel = static_cast<size_t>(manifest.FindKernel(launch.kernel) - manifest.kernels.data());
    planned.param_count = static_cast<uint32_t>(launch.args.size() + launch.scalars.size());
    for (size_t i = 0; i < launch.args.size(); ++i) {
      const auto temporary = temporaries.find(launch.args[i]);
      if (temporary != temporaries.end()) {
        planned.params[i] = {static_cast<uint16_t>(temporary->second * sizeof(uint64_t)), 0, true};
        continue;
      }
      const auto argument = std::find_if(std::begin(kArguments), std::end(kArguments),
                                         [&](const Argument& known) { return known.value == launch.args[i]; });
      const bool is_offsets = argument->value == "offsets";
      planned.params[i] = {static_cast<uint16_t>(argument->offset), static_cast<uint16_t>(is_offsets ? 3 : 15), false};
    }
    for (size_t i = 0; i < launch.scalars.size(); ++i) {
      RAGGEDC_ASSIGN_OR_RETURN(const LinearSize number, ToLinear(manifest, launch.scalars[i]));
      if (number.per_sequence != 1 || number.per_row != 0 || number.constant != 0) {
        return InvalidArgument("expected the number of sequences as a parameter");
      }
      planned.params[launch.args.size() + i] = {offsetof(raggedc_launch_args, sequences), 0, false};
    }
    for (const ManifestTensorMap& map : launch.tensor_maps) {
      const auto source = std::find(launch.args.begin(), launch.args.end(), map.value);
      planned.maps[planned.map_count++] = {static_cast<uint32_t>(source - launch.args.begin()),
                                           ShapeOf(map, manifest.FindValue(map.value)->dtype)};
    }
    if (planned.map_count > 0) planned.maps_id = NextMapsId();
    for (size_t axis = 0; axis < 3; ++axis) {
      RAGGEDC_ASSIGN_OR_RETURN(const LinearSize size, ToLinear(manifest, launch.grid[axis]));
      const int64_t limit = axis == 0 ? kMaximumGridX : kMaximumGridYZ;
      if (size.per_row != 0 || size.per_sequence < 0 || size.constant < 0 || size.per_sequence > limit ||
          size.constant > limit) {
        return InvalidArgument("expected a grid that grows with the number of sequences alone");
      }
      if (size.per_sequence == 0 && size.constant == 0) {
        return InvalidArgument("expected a grid that is not empty, got a 0 in it");
      }
      planned.grid[axis] = {static_cast<uint32_t>(size.per_sequence), static_cast<uint32_t>(size.constant)};
      if (axis == 0 && launch.blocks_per_multiprocessor != 0) {
        planned.grid[axis].most = static_cast<uint32_t>(launch.blocks_per_multiprocessor * multiprocessors);
      }
      if (size.per_sequence > 0) most = std::min(most, (limit - size.constant) / size.per_sequence);
    }
  }
  if (plan.launches.empty()) return InvalidArgument("expected a manifest with a launch, got none");
  plan.maximum_sequences = static_cast<uint32_t>(most);
  return plan;
}

}  // namespace raggedc
