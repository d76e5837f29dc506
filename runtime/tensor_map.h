// Tensor maps: what copies of boxes of a tensor (cp.async.bulk.tensor) have to know of it, 128 bytes that the driver
// makes on the CPU and that a kernel takes by value.
#ifndef RAGGEDC_RUNTIME_TENSOR_MAP_H_
#define RAGGEDC_RUNTIME_TENSOR_MAP_H_

#include <array>
#include <cstdint>

#include "runtime/cuda_driver.h"
#include "runtime/manifest.h"
#include "runtime/status.h"

namespace raggedc {

// Everything of a tensor map but the address, as the driver takes it; `type` and `swizzle` are numbers of its enums.
struct TensorMapShape {
  int type = 0;
  unsigned rank = 0;
  int swizzle = 0;
  std::array<uint64_t, 5> sizes = {};
  std::array<uint64_t, 4> strides = {};
  std::array<uint32_t, 5> box = {};
  std::array<uint32_t, 5> element_strides = {1, 1, 1, 1, 1};
};

// Of a map and the element type of its value, which ParseManifest has checked.
TensorMapShape ShapeOf(const ManifestTensorMap& map, DType dtype);

// Ok where the driver can make tensor maps, else an environment error that names its version.
Status RequireTensorMaps(const CudaDriver& driver);

// Makes the map of the tensor at `address`, a multiple of 16. Neither allocates nor locks; any thread.
inline cu::Result EncodeTensorMap(const CudaDriver::Api& api, const TensorMapShape& shape, uint64_t address,
                                  cu::TensorMap* map) {
  constexpr int kNoInterleave = 0;
  constexpr int kPromoteTo128Bytes = 2;  // of what is fetched into the L2 cache
  constexpr int kZeros = 0;              // outside of the tensor
  return api.TensorMapEncodeTiled(map, shape.type, shape.rank, reinterpret_cast<void*>(address), shape.sizes.data(),
                                  shape.strides.data(), shape.box.data(), shape.element_strides.data(), kNoInterleave,
                                  shape.swizzle, kPromoteTo128Bytes, kZeros);
}

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_TENSOR_MAP_H_
