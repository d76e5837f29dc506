#include "runtime/dtype.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

namespace raggedc {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

TEST(DTypeTest, NamesRoundTrip) {
  for (const char* name : {"bf16", "f16", "f32", "f64", "i32", "i64", "u8", "i1"}) {
    ASSERT_TRUE(ParseDType(name).has_value()) << name;
    EXPECT_EQ(DTypeName(*ParseDType(name)), name);
  }
  EXPECT_FALSE(ParseDType("f8").has_value());
}

TEST(DTypeTest, EveryBf16SurvivesTheWayThroughFloat) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float value = Bf16ToFloat(static_cast<uint16_t>(bits));
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(Bf16ToFloat(Bf16FromFloat(value))));
    } else {
      ASSERT_EQ(Bf16FromFloat(value), bits);
      ASSERT_EQ(Bf16FromDouble(value), bits);
    }
  }
}

TEST(DTypeTest, EveryF16SurvivesTheWayThroughFloat) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float value = F16ToFloat(static_cast<uint16_t>(bits));
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(F16ToFloat(F16FromFloat(value))));
    } else {
      ASSERT_EQ(F16FromFloat(value), bits);
      ASSERT_EQ(F16FromDouble(value), bits);
    }
  }
}

// Between each pair of neighbours: the middle goes to the even one, what is just beside it to the nearer one.
template <typename ToFloat, typename FromDouble>
void ExpectNearestEven(uint32_t largest_finite, const ToFloat& to_float, const FromDouble& from_double) {
  for (uint32_t bits = 0; bits < largest_finite; ++bits) {
    const double low = to_float(static_cast<uint16_t>(bits));
    const double high = to_float(static_cast<uint16_t>(bits + 1));
    const double middle = (low + high) / 2;
    ASSERT_EQ(from_double(middle), bits % 2 == 0 ? bits : bits + 1) << bits;
    ASSERT_EQ(from_double(std::nextafter(middle, low)), bits);
    ASSERT_EQ(from_double(std::nextafter(middle, high)), bits + 1);
    ASSERT_EQ(from_double(-middle), (bits % 2 == 0 ? bits : bits + 1) | 0x8000);
  }
}

TEST(DTypeTest, Bf16RoundsToNearestEven) {
  ExpectNearestEven(0x7f7f, Bf16ToFloat, Bf16FromDouble);
}
TEST(DTypeTest, F16RoundsToNearestEven) {
  ExpectNearestEven(0x7bff, F16ToFloat, F16FromDouble);
}

TEST(DTypeTest, TooLargeBecomesInfinity) {
  EXPECT_EQ(F16FromFloat(65519.0f), 0x7bff);
  EXPECT_EQ(F16FromFloat(65520.0f), 0x7c00);
  EXPECT_EQ(F16FromFloat(-1e30f), 0xfc00);
  EXPECT_EQ(Bf16FromFloat(std::numeric_limits<float>::max()), 0x7f80);
  EXPECT_EQ(Bf16FromDouble(1e300), 0x7f80);
  EXPECT_EQ(Bf16ToFloat(Bf16FromFloat(-kInfinity)), -kInfinity);
}

TEST(DTypeTest, TooSmallBecomesZeroWithItsSign) {
  EXPECT_EQ(F16FromDouble(1e-300), 0);
  EXPECT_EQ(F16FromDouble(-1e-30), 0x8000);
  EXPECT_EQ(F16FromDouble(std::ldexp(1.0, -25)), 0);  // half of the smallest denormal: to even
  EXPECT_EQ(F16FromDouble(std::ldexp(1.5, -25)), 1);
  EXPECT_EQ(Bf16FromDouble(std::numeric_limits<double>::denorm_min()), 0);
  EXPECT_EQ(Bf16FromFloat(std::numeric_limits<float>::denorm_min()), 0);
}

TEST(DTypeTest, NanKeepsSignAndPayload) {
  EXPECT_EQ(Bf16FromFloat(std::bit_cast<float>(0xffe10000u)), 0xffe1);
  // A payload whose upper bits are zero must not turn into infinity.
  const uint16_t quieted = Bf16FromFloat(std::bit_cast<float>(0x7f800001u));
  EXPECT_TRUE(std::isnan(Bf16ToFloat(quieted)));
  EXPECT_TRUE(std::isnan(F16ToFloat(F16FromFloat(std::bit_cast<float>(0x7f800001u)))));
}

TEST(DTypeTest, RoundingFromDoubleRoundsOnce) {
  // Just above the middle of two bf16 numbers, by less than a float can tell.
  const double value = 1.0 + std::ldexp(1.0, -8) + std::ldexp(1.0, -40);
  EXPECT_EQ(Bf16FromDouble(value), 0x3f81);
  EXPECT_EQ(Bf16FromFloat(static_cast<float>(value)), 0x3f80);
  EXPECT_EQ(RoundToDType(value, DType::kBf16), 1.0078125);
  EXPECT_EQ(RoundToDType(0.1, DType::kF32), static_cast<double>(0.1f));
  EXPECT_EQ(RoundToDType(0.1, DType::kF64), 0.1);
}

}  // namespace
}  // namespace raggedc
