#include "runtime/emulator/tensor_map.h"

#include "runtime/testing.h"

namespace raggedc::emulator {
namespace {

struct MapSpec {
  TensorType type = TensorType::kBfloat16;
  uint32_t rank = 2;
  void* address = reinterpret_cast<void*>(uintptr_t{4096});
  uint64_t sizes[5] = {64, 100, 1, 1, 1};
  uint64_t strides[4] = {128, 12800, 0, 0};
  uint32_t box[5] = {64, 16, 1, 1, 1};
  uint32_t element_strides[5] = {1, 1, 1, 1, 1};
  TensorInterleave interleave = TensorInterleave::kNone;
  TensorSwizzle swizzle = TensorSwizzle::k128B;
  TensorFill fill = TensorFill::kZeros;

  Status Encode(TensorMap* map) const {
    return EncodeTensorMap(map, type, rank, address, sizes, strides, box, element_strides, interleave, swizzle,
                           TensorPromotion::k128B, fill);
  }
};

void ExpectRefused(const MapSpec& spec, const std::string& message) {
  TensorMap map;
  ExpectInvalid(spec.Encode(&map), message);
}

TEST(TensorMapTest, RoundTrip) {
  MapSpec spec;
  spec.rank = 3;
  spec.sizes[2] = uint64_t{1} << 32;
  spec.box[2] = 5;
  spec.element_strides[2] = 2;
  TensorMap map;
  RAGGEDC_ASSERT_OK(spec.Encode(&map));
  const std::optional<TensorView> view = DecodeTensorMap(&map);
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view->rank, 3u);
  EXPECT_EQ(view->element_bytes, 2u);
  EXPECT_EQ(view->address, spec.address);
  EXPECT_EQ(view->sizes, (std::array<int64_t, 5>{64, 100, int64_t{1} << 32, 1, 1}));
  EXPECT_EQ(view->strides, (std::array<int64_t, 5>{2, 128, 12800, 0, 0}));
  EXPECT_EQ(view->loaded, (std::array<uint32_t, 5>{64, 16, 3, 1, 1}));
  EXPECT_EQ(view->swizzle_bytes, 128u);
  EXPECT_EQ(view->box_bytes(), 64u * 16 * 3 * 2);
}

TEST(TensorMapTest, OtherBytesAreNoMap) {
  TensorMap map;
  RAGGEDC_ASSERT_OK(MapSpec().Encode(&map));
  map.opaque[17] ^= 1;
  EXPECT_FALSE(DecodeTensorMap(&map).has_value());
  map = {};
  EXPECT_FALSE(DecodeTensorMap(&map).has_value());
}

TEST(TensorMapTest, Rules) {
  MapSpec spec;
  spec.type = static_cast<TensorType>(13);
  ExpectRefused(spec, "expected a type of tensor maps, got 13");
  spec = {};
  spec.rank = 6;
  ExpectRefused(spec, "expected 1 to 5 dimensions, got 6");
  spec = {};
  spec.address = reinterpret_cast<void*>(uintptr_t{4104});
  ExpectRefused(spec, "expected a global address that is a multiple of 16");
  spec = {};
  spec.sizes[1] = 0;
  ExpectRefused(spec, "expected sizes of 1 to 2^32, got 0 in dimension 1");
  spec = {};
  spec.strides[0] = 120;
  ExpectRefused(spec, "expected strides that are multiples of 16 and below 2^40, got 120 in dimension 1");
  spec = {};
  spec.box[1] = 257;
  ExpectRefused(spec, "expected a box of 1 to 256, got 257 in dimension 1");
  spec = {};
  spec.element_strides[1] = 9;
  ExpectRefused(spec, "expected element strides of 1 to 8, got 9 in dimension 1");
  spec = {};
  spec.box[0] = 12;
  ExpectRefused(spec, "expected the box's innermost dimension to be a multiple of 16 bytes, got 24");
  spec = {};
  spec.swizzle = TensorSwizzle::k64B;
  ExpectRefused(spec, "expected the box's innermost dimension to fit a swizzle of 64 bytes, got 128");
  spec = {};
  spec.interleave = TensorInterleave::k16B;
  ExpectRefused(spec, "expected a layout that is not interleaved");
  spec = {};
  spec.type = TensorType::kUint16;
  spec.fill = TensorFill::kNan;
  ExpectRefused(spec, "expected a fill with zeros, or with NaN for a type of floats");
}

}  // namespace
}  // namespace raggedc::emulator
