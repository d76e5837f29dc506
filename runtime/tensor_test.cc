#include "runtime/tensor.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>

#include "runtime/testing.h"

namespace raggedc {
namespace {

TEST(TensorTest, GetAndSetEveryType) {
  for (const DType dtype :
       {DType::kBf16, DType::kF16, DType::kF32, DType::kF64, DType::kI32, DType::kI64, DType::kU8, DType::kBool}) {
    Tensor tensor = MakeTensor("x", dtype, {2, 3});
    EXPECT_EQ(tensor.data.size(), static_cast<size_t>(6 * DTypeSize(dtype)));
    tensor.Set(4, 1);
    EXPECT_EQ(tensor.Get(4), 1) << DTypeName(dtype);
    EXPECT_EQ(tensor.Get(3), 0) << DTypeName(dtype);
  }
}

TEST(TensorTest, BooleansAreZeroOrOne) {
  Tensor tensor = MakeTensor("keep", DType::kBool, {1});
  tensor.data[0] = 200;
  EXPECT_EQ(tensor.Get(0), 1);
}

TEST(TensorTest, CountsAreChecked) {
  EXPECT_EQ(*CheckedNumElements(std::vector<int64_t>{}), 1);
  EXPECT_EQ(*CheckedNumElements(std::vector<int64_t>{3, 0, 5}), 0);
  ExpectInvalid(CheckedNumElements(std::vector<int64_t>{2, -1}).status(),
                "expected dimensions of at least 0, got shape [2, -1]");
  const int64_t large = int64_t{1} << 40;
  EXPECT_FALSE(CheckedNumElements(std::vector<int64_t>{large, large}).ok());
  EXPECT_FALSE(CheckedNumElements(std::vector<int64_t>{large, 0, large}).ok());  // whatever the order
  EXPECT_FALSE(CheckedNumElements(std::vector<int64_t>{std::numeric_limits<int64_t>::max()}).ok());
}

TEST(TensorTest, DenseStridesAreRowMajor) {
  EXPECT_EQ(DenseStrides(std::vector<int64_t>{5, 12, 64}), (std::vector<int64_t>{768, 64, 1}));
}

TEST(TensorTest, ConversionRounds) {
  Tensor tensor = MakeTensor("x", DType::kF64, {2});
  tensor.Set(0, 1.0 + 1.0 / 512);
  tensor.Set(1, -3);
  const Tensor converted = ConvertTensor(tensor, DType::kBf16);
  EXPECT_EQ(converted.Get(0), 1.0);
  EXPECT_EQ(converted.Get(1), -3.0);
  EXPECT_EQ(Describe(converted), "tensor 'x' of bf16 [2]");
}

TEST(TensorTest, FindByName) {
  const std::array tensors = {MakeTensor("a", DType::kU8, {1}), MakeTensor("b", DType::kU8, {2})};
  EXPECT_EQ(FindTensor(tensors, "b"), &tensors[1]);
  EXPECT_EQ(FindTensor(tensors, "c"), nullptr);
  EXPECT_EQ(*RequireTensor(tensors, "a"), &tensors[0]);
  ExpectInvalid(RequireTensor(tensors, "offsets").status(), "expected a tensor 'offsets', got a, b");
}

}  // namespace
}  // namespace raggedc
