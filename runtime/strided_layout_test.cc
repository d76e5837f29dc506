#include "runtime/strided_layout.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace raggedc {
namespace {

using Dims = std::vector<int64_t>;

Tensor Counting(Dims shape) {
  Tensor tensor = MakeTensor("x", DType::kI32, std::move(shape));
  for (int64_t i = 0; i < tensor.NumElements(); ++i) tensor.Set(i, static_cast<double>(i + 1));
  return tensor;
}

TEST(StridedLayoutTest, BytesReachBehindTheLastElement) {
  EXPECT_EQ(*StridedBytes(Dims{10, 12, 64}, Dims{768, 64, 1}, DType::kBf16), 10 * 768 * 2);
  EXPECT_EQ(*StridedBytes(Dims{10, 12, 64}, Dims{2304, 64, 1}, DType::kBf16), (9 * 2304 + 768) * 2);
  EXPECT_EQ(*StridedBytes(Dims{0, 12, 64}, Dims{2304, 64, 1}, DType::kBf16), 0);
  EXPECT_EQ(*StridedBytes({}, {}, DType::kF32), 4);
  EXPECT_FALSE(StridedBytes(Dims{int64_t{1} << 40, 2}, Dims{int64_t{1} << 40, 1}, DType::kF32).ok());
}

TEST(StridedLayoutTest, ScatterAndGatherLeaveTheGapsAlone) {
  for (const Dims& strides : {Dims{24, 8, 1}, Dims{40, 8, 1}, Dims{48, 16, 1}, Dims{8, 32, 1}}) {
    const Tensor tensor = Counting({4, 3, 8});
    std::vector<uint8_t> buffer(static_cast<size_t>(*StridedBytes(tensor.shape, strides, tensor.dtype)), 0xff);
    ScatterToStrided(tensor, strides, buffer);
    const auto* elements = reinterpret_cast<const int32_t*>(buffer.data());
    EXPECT_EQ(elements[2 * strides[0] + strides[1] + 5], 2 * 24 + 8 + 5 + 1);
    const auto written = std::count_if(elements, elements + buffer.size() / 4, [](int32_t x) { return x != -1; });
    EXPECT_EQ(written, tensor.NumElements());
    Tensor back = MakeTensor("x", tensor.dtype, tensor.shape);
    GatherFromStrided(buffer, strides, &back);
    EXPECT_EQ(back.data, tensor.data);
  }
}

TEST(StridedLayoutTest, EmptyAndScalar) {
  Tensor empty = Counting({0, 3});
  ScatterToStrided(empty, Dims{8, 1}, {});
  GatherFromStrided({}, Dims{8, 1}, &empty);
  const Tensor scalar = Counting({});
  std::vector<uint8_t> buffer(4);
  ScatterToStrided(scalar, {}, buffer);
  EXPECT_EQ(buffer, scalar.data);
}

}  // namespace
}  // namespace raggedc
