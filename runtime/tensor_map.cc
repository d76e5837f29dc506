#include "runtime/tensor_map.h"

#include <algorithm>
#include <bit>

#include "runtime/strings.h"

namespace raggedc {
namespace {

// CUtensorMapDataType values.
constexpr int kFloat16 = 6;
constexpr int kFloat32 = 7;
constexpr int kBfloat16 = 9;

}  // namespace

TensorMapShape ShapeOf(const ManifestTensorMap& map, DType dtype) {
  TensorMapShape shape;
  shape.type = dtype == DType::kF16 ? kFloat16 : dtype == DType::kBf16 ? kBfloat16 : kFloat32;
  shape.rank = static_cast<unsigned>(map.sizes.size());
  // None, 32, 64 and 128 bytes are 0 to 3.
  shape.swizzle = map.swizzle == 0 ? 0 : std::bit_width(static_cast<uint64_t>(map.swizzle)) - 5;
  std::copy(map.sizes.begin(), map.sizes.end(), shape.sizes.begin());
  std::copy(map.strides.begin(), map.strides.end(), shape.strides.begin());
  std::transform(map.box.begin(), map.box.end(), shape.box.begin(),
                 [](int64_t size) { return static_cast<uint32_t>(size); });
  return shape;
}

Status RequireTensorMaps(const CudaDriver& driver) {
  if (driver.api().TensorMapEncodeTiled != nullptr) return OkStatus();
  return EnvironmentError(
      StrCat("expected a driver with cuTensorMapEncodeTiled for a kernel that copies by tensor maps, got one for CUDA ",
             driver.VersionText(), " without; a schedule with copies=cp_async needs none"));
}

}  // namespace raggedc
