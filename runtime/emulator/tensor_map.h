// Tensor maps for tests and hosts without a driver: what cuTensorMapEncodeTiled is to the hardware's copies, this is to
// those of the emulator. Same parameters, same rules; the 128 bytes are of our own make.
#ifndef RAGGEDC_RUNTIME_EMULATOR_TENSOR_MAP_H_
#define RAGGEDC_RUNTIME_EMULATOR_TENSOR_MAP_H_

#include <array>
#include <cstdint>
#include <optional>

#include "runtime/status.h"

namespace raggedc::emulator {

// The numbers are those of the driver's enums.
enum class TensorType : uint32_t {
  kUint8 = 0,
  kUint16,
  kUint32,
  kInt32,
  kUint64,
  kInt64,
  kFloat16,
  kFloat32,
  kFloat64,
  kBfloat16,
  kFloat32Ftz,
  kTfloat32,
  kTfloat32Ftz
};
enum class TensorInterleave : uint32_t { kNone = 0, k16B, k32B };
enum class TensorSwizzle : uint32_t { kNone = 0, k32B, k64B, k128B };
enum class TensorPromotion : uint32_t { kNone = 0, k64B, k128B, k256B };
enum class TensorFill : uint32_t { kZeros = 0, kNan };

struct alignas(64) TensorMap {
  std::array<uint8_t, 128> opaque;
};

// Sizes, box and element strides have `rank` entries, the innermost first; `strides`, in bytes, one less: the innermost
// dimension is dense. The driver's manual also asks that each stride be a multiple of the one before, which neither the
// driver nor the hardware does. Interleaved layouts are refused.
Status EncodeTensorMap(TensorMap* map, TensorType type, uint32_t rank, void* address, const uint64_t* sizes,
                       const uint64_t* strides, const uint32_t* box, const uint32_t* element_strides,
                       TensorInterleave interleave, TensorSwizzle swizzle, TensorPromotion promotion, TensorFill fill);

struct TensorView {
  TensorType type = TensorType::kUint8;
  uint32_t rank = 0;
  uint32_t element_bytes = 0;
  uint8_t* address = nullptr;
  std::array<int64_t, 5> sizes = {1, 1, 1, 1, 1};
  std::array<int64_t, 5> strides = {};  // in bytes
  std::array<uint32_t, 5> box = {1, 1, 1, 1, 1};
  std::array<uint32_t, 5> element_strides = {1, 1, 1, 1, 1};  // that of the innermost dimension is 1
  std::array<uint32_t, 5> loaded = {1, 1, 1, 1, 1};           // elements of the box that are moved
  uint32_t swizzle_bytes = 16;                                // 16: none
  std::array<uint8_t, 8> fill = {};                           // an element outside

  uint32_t row_bytes() const { return loaded[0] * element_bytes; }
  uint32_t rows() const { return loaded[1] * loaded[2] * loaded[3] * loaded[4]; }
  // What a copy moves, and what an mbarrier counts.
  uint32_t box_bytes() const { return row_bytes() * rows(); }
  // Rows of a box in shared memory are as wide as the swizzle, even where they do not fill it.
  uint32_t pitch() const { return swizzle_bytes == 16 ? row_bytes() : swizzle_bytes; }
  // What a load makes of `bytes` of whole elements: both tf32 types are rounded to nearest, ties to even, every NaN
  // becomes 0x7fffe000. Stores change nothing.
  void ConvertLoaded(uint8_t* elements, uint32_t bytes) const;
};

// Nothing when it is no map of EncodeTensorMap.
std::optional<TensorView> DecodeTensorMap(const void* map);

}  // namespace raggedc::emulator

#endif  // RAGGEDC_RUNTIME_EMULATOR_TENSOR_MAP_H_
