#include "runtime/emulator/tensor_map.h"

#include <bit>
#include <cstring>

#include "runtime/strings.h"

namespace raggedc::emulator {
namespace {

constexpr uint64_t kMagic = 0x70616d2d64676772;  // "rggd-map"

struct Encoded {
  uint64_t magic;
  uint64_t address;
  std::array<uint64_t, 4> strides;
  std::array<uint32_t, 5> sizes_less_one;
  std::array<uint16_t, 5> box;
  std::array<uint8_t, 5> element_strides;
  uint8_t rank;
  uint8_t type;
  uint8_t swizzle;
  uint8_t fill;
  uint64_t sum;  // of the fields before
};
static_assert(sizeof(Encoded) <= sizeof(TensorMap));

uint64_t SumOf(const Encoded& encoded) {
  uint64_t sum = kMagic;
  const auto* bytes = reinterpret_cast<const uint8_t*>(&encoded);
  for (size_t i = 0; i < offsetof(Encoded, sum); ++i) sum = (sum ^ bytes[i]) * 0x100000001b3;
  return sum;
}

uint32_t ElementBytes(TensorType type) {
  switch (type) {
    case TensorType::kUint8:
      return 1;
    case TensorType::kUint16:
    case TensorType::kFloat16:
    case TensorType::kBfloat16:
      return 2;
    case TensorType::kUint64:
    case TensorType::kInt64:
    case TensorType::kFloat64:
      return 8;
    case TensorType::kUint32:
    case TensorType::kInt32:
    case TensorType::kFloat32:
    case TensorType::kFloat32Ftz:
    case TensorType::kTfloat32:
    case TensorType::kTfloat32Ftz:
      return 4;
  }
  return 0;
}

bool IsFloat(TensorType type) {
  return type == TensorType::kFloat16 || type == TensorType::kBfloat16 || type >= TensorType::kFloat32Ftz ||
         type == TensorType::kFloat32 || type == TensorType::kFloat64;
}

}  // namespace

Status EncodeTensorMap(TensorMap* map, TensorType type, uint32_t rank, void* address, const uint64_t* sizes,
                       const uint64_t* strides, const uint32_t* box, const uint32_t* element_strides,
                       TensorInterleave interleave, TensorSwizzle swizzle, TensorPromotion promotion, TensorFill fill) {
  const uint32_t element = ElementBytes(type);
  if (element == 0) return InvalidArgument(StrCat("expected a type of tensor maps, got ", static_cast<uint32_t>(type)));
  if (rank < 1 || rank > 5) return InvalidArgument(StrCat("expected 1 to 5 dimensions, got ", rank));
  if (interleave != TensorInterleave::kNone) return InvalidArgument("expected a layout that is not interleaved");
  if (swizzle > TensorSwizzle::k128B) return InvalidArgument("expected a swizzle of 0, 32, 64 or 128 bytes");
  if (promotion > TensorPromotion::k256B) return InvalidArgument("expected a promotion of 0, 64, 128 or 256 bytes");
  if (fill > TensorFill::kNan || (fill == TensorFill::kNan && !IsFloat(type))) {
    return InvalidArgument("expected a fill with zeros, or with NaN for a type of floats");
  }
  const auto begin = reinterpret_cast<uintptr_t>(address);
  if (address == nullptr || begin % 16 != 0)
    return InvalidArgument("expected a global address that is a multiple of 16");
  Encoded encoded = {};
  encoded.magic = kMagic;
  encoded.address = begin;
  for (uint32_t i = 0; i < rank; ++i) {
    if (sizes[i] == 0 || sizes[i] > uint64_t{1} << 32) {
      return InvalidArgument(StrCat("expected sizes of 1 to 2^32, got ", sizes[i], " in dimension ", i));
    }
    if (box[i] == 0 || box[i] > 256) {
      return InvalidArgument(StrCat("expected a box of 1 to 256, got ", box[i], " in dimension ", i));
    }
    if (element_strides[i] == 0 || element_strides[i] > 8) {
      return InvalidArgument(
          StrCat("expected element strides of 1 to 8, got ", element_strides[i], " in dimension ", i));
    }
    if (i > 0 && (strides[i - 1] % 16 != 0 || strides[i - 1] >= uint64_t{1} << 40)) {
      return InvalidArgument(StrCat("expected strides that are multiples of 16 and below 2^40, got ", strides[i - 1],
                                    " in dimension ", i));
    }
    encoded.sizes_less_one[i] = static_cast<uint32_t>(sizes[i] - 1);
    encoded.box[i] = static_cast<uint16_t>(box[i]);
    encoded.element_strides[i] = static_cast<uint8_t>(element_strides[i]);
    if (i > 0) encoded.strides[i - 1] = strides[i - 1];
  }
  const uint32_t row = box[0] * element;
  if (row % 16 != 0) {
    return InvalidArgument(StrCat("expected the box's innermost dimension to be a multiple of 16 bytes, got ", row));
  }
  const uint32_t width = swizzle == TensorSwizzle::kNone ? 0 : 16u << static_cast<uint32_t>(swizzle);
  if (width != 0 && row > width) {
    return InvalidArgument(
        StrCat("expected the box's innermost dimension to fit a swizzle of ", width, " bytes, got ", row));
  }
  encoded.rank = static_cast<uint8_t>(rank);
  encoded.type = static_cast<uint8_t>(type);
  encoded.swizzle = static_cast<uint8_t>(swizzle);
  encoded.fill = static_cast<uint8_t>(fill);
  encoded.sum = SumOf(encoded);
  *map = {};
  std::memcpy(map->opaque.data(), &encoded, sizeof encoded);
  return {};
}

std::optional<TensorView> DecodeTensorMap(const void* map) {
  Encoded encoded = {};
  std::memcpy(&encoded, map, sizeof encoded);
  if (encoded.magic != kMagic || encoded.sum != SumOf(encoded)) return std::nullopt;
  TensorView view;
  const auto type = static_cast<TensorType>(encoded.type);
  view.type = type;
  view.rank = encoded.rank;
  view.element_bytes = ElementBytes(type);
  view.address = reinterpret_cast<uint8_t*>(static_cast<uintptr_t>(encoded.address));
  for (uint32_t i = 0; i < view.rank; ++i) {
    view.sizes[i] = int64_t{encoded.sizes_less_one[i]} + 1;
    view.strides[i] = i == 0 ? view.element_bytes : static_cast<int64_t>(encoded.strides[i - 1]);
    view.box[i] = encoded.box[i];
    // Without interleaving, the innermost dimension has no element stride.
    view.element_strides[i] = i == 0 ? 1 : encoded.element_strides[i];
    view.loaded[i] = (view.box[i] + view.element_strides[i] - 1) / view.element_strides[i];
  }
  view.swizzle_bytes = 16u << encoded.swizzle;
  if (static_cast<TensorFill>(encoded.fill) == TensorFill::kNan) {
    // The NaN that fma.oob knows, in every 16 bits whatever the type.
    constexpr uint64_t kOutside = 0x7ff77ff77ff77ff7;
    std::memcpy(view.fill.data(), &kOutside, sizeof kOutside);
  }
  return view;
}

void TensorView::ConvertLoaded(uint8_t* elements, uint32_t bytes) const {
  // The ftz types flush nothing on their way, which the manual leaves open.
  if (type != TensorType::kTfloat32 && type != TensorType::kTfloat32Ftz) return;
  constexpr uint32_t kInfinity = 0x7f800000;
  constexpr uint32_t kNan = 0x7fffe000;
  for (uint32_t i = 0; i < bytes; i += 4) {
    uint32_t value = 0;
    std::memcpy(&value, elements + i, 4);
    if ((value & 0x7fffffff) > kInfinity) {
      value = kNan;
    } else {
      value = (value + 0xfff + (value >> 13 & 1)) & 0xffffe000;
    }
    std::memcpy(elements + i, &value, 4);
  }
}

}  // namespace raggedc::emulator
