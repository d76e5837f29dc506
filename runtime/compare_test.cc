#include "runtime/compare.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "runtime/testing.h"

namespace raggedc {
namespace {

using enum RowState;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

ReferenceValue Expected(std::vector<double> values, std::vector<RowState> rows) {
  ReferenceValue value{MakeTensor("out", DType::kF64, {static_cast<int64_t>(values.size())}), std::move(rows)};
  for (size_t i = 0; i < values.size(); ++i) value.tensor.Set(static_cast<int64_t>(i), values[i]);
  return value;
}

Tensor Actual(std::vector<double> values, DType dtype = DType::kF32) {
  Tensor tensor = MakeTensor("out", dtype, {static_cast<int64_t>(values.size())});
  for (size_t i = 0; i < values.size(); ++i) tensor.Set(static_cast<int64_t>(i), values[i]);
  return tensor;
}

void Poison(Tensor* tensor, int64_t first, int64_t count) {
  const int64_t size = DTypeSize(tensor->dtype);
  std::memset(tensor->data.data() + first * size, 0xff, static_cast<size_t>(count * size));
}

TEST(CompareTest, RelativeFrobeniusError) {
  const Comparison comparison = *Compare(Actual({3, 4.5}), Expected({3, 4}, {kWritten, kWritten}), false);
  EXPECT_DOUBLE_EQ(comparison.relative_error, 0.1);
  EXPECT_DOUBLE_EQ(comparison.largest_absolute_error, 0.5);
  EXPECT_EQ(comparison.compared, 2);
  EXPECT_TRUE(comparison.Passes(0.11));
  EXPECT_FALSE(comparison.Passes(0.09));
  EXPECT_EQ(Describe(comparison), "relative error 1.00e-01 over 2 elements");
}

TEST(CompareTest, NanNeverPasses) {
  const Comparison comparison = *Compare(Actual({1, kNan}), Expected({1, 2}, {kWritten}), false);
  EXPECT_TRUE(std::isnan(comparison.relative_error));
  EXPECT_EQ(comparison.nan_elements, 1);
  EXPECT_FALSE(comparison.Passes(std::numeric_limits<double>::infinity()));
  // Not even where the reference has one.
  EXPECT_FALSE(Compare(Actual({kNan}), Expected({kNan}, {kWritten}), false)->Passes(1e9));
  EXPECT_FALSE(Compare(Actual({kNan}), Expected({0}, {kWritten}), false)->Passes(1e9));
}

TEST(CompareTest, ZeroReference) {
  EXPECT_EQ(Compare(Actual({0, 0}), Expected({0, 0}, {kWritten}), false)->relative_error, 0);
  EXPECT_TRUE(std::isinf(Compare(Actual({0, 1e-9}), Expected({0, 0}, {kWritten}), false)->relative_error));
}

TEST(CompareTest, RowsNeverWrittenAndOverwritten) {
  const ReferenceValue expected = Expected({1, 2, 3, 4, 5, 6, 7, 8}, {kWritten, kWritten, kUntouched, kUnspecified});
  Tensor actual = Actual({1, 2, 3, 4, 0, 0, 0, 0}, DType::kBf16);
  Poison(&actual, 4, 2);
  Comparison comparison = *Compare(actual, expected, true);
  EXPECT_TRUE(comparison.Passes(0));
  EXPECT_EQ(comparison.compared, 4);

  Poison(&actual, 2, 2);
  comparison = *Compare(actual, expected, true);
  EXPECT_EQ(comparison.rows_never_written, 1);
  EXPECT_FALSE(comparison.Passes(1));

  actual = Actual({1, 2, 3, 4, 5, 6, 0, 0}, DType::kBf16);
  comparison = *Compare(actual, expected, true);
  EXPECT_EQ(comparison.rows_overwritten, 1);
  EXPECT_FALSE(comparison.Passes(1));
  EXPECT_TRUE(Compare(actual, expected, false)->Passes(0));
  EXPECT_EQ(Describe(comparison), "relative error 0.00e+00 over 4 elements, 1 rows written that should be left alone");
}

TEST(CompareTest, IntegersMustBeEqual) {
  ReferenceValue expected{MakeI32Tensor("offsets", std::vector<int32_t>{0, 3, 1 << 30}),
                          {kWritten, kWritten, kWritten}};
  EXPECT_TRUE(Compare(expected.tensor, expected, true)->Passes(0));
  EXPECT_FALSE(Compare(MakeI32Tensor("offsets", std::vector<int32_t>{0, 3, (1 << 30) + 1}), expected, true)->Passes(1));
}

TEST(CompareTest, ShapesMustMatch) {
  ExpectInvalid(Compare(Actual({1}), Expected({1, 2}, {kWritten}), false).status(),
                "expected 'out' to be [2], got [1]");
}

TEST(CompareTest, NothingToCompare) {
  const Comparison comparison = *Compare(Actual({}), Expected({}, {}), true);
  EXPECT_TRUE(comparison.Passes(0));
  EXPECT_EQ(comparison.compared, 0);
}

TEST(CompareTest, Tolerances) {
  EXPECT_EQ(Tolerance(DType::kBf16), 2.5e-3);
  EXPECT_EQ(Tolerance(DType::kF16), 4e-4);
  EXPECT_EQ(Tolerance(DType::kF32), 1e-6);
  EXPECT_EQ(Tolerance(DType::kF32, /*tf32=*/true), 1e-3);
  EXPECT_EQ(Tolerance(DType::kI32), 0);
}

}  // namespace
}  // namespace raggedc
