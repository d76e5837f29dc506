#include "runtime/dtype.h"

#include <bit>
#include <cmath>
#include <cstdlib>

namespace raggedc {
namespace {

// Encodes `value` in a 16-bit float with `kMantissa` mantissa bits and the rest (less the sign) of exponent.
// Every float and every double goes through this one function; floats convert to double exactly.
template <int kMantissa>
uint16_t Encode(double value) {
  constexpr int kExponent = 15 - kMantissa;
  constexpr int kBias = (1 << (kExponent - 1)) - 1;
  constexpr uint16_t kInfinity = ((1 << kExponent) - 1) << kMantissa;
  const uint64_t bits = std::bit_cast<uint64_t>(value);
  const auto sign = static_cast<uint16_t>((bits >> 63) << 15);
  const int exponent = static_cast<int>((bits >> 52) & 0x7ff);
  const uint64_t fraction = bits & ((uint64_t{1} << 52) - 1);
  if (exponent == 0x7ff) {
    if (fraction == 0) return sign | kInfinity;
    const auto payload = static_cast<uint16_t>(fraction >> (52 - kMantissa));
    return sign | kInfinity | payload | (1 << (kMantissa - 1));  // the quiet bit keeps the fraction nonzero
  }
  if (exponent == 0) return sign;  // a denormal double is far below half of the smallest 16-bit denormal
  // The significand has 53 bits; `drop` of them go. Denormal results drop one more for each step below the range.
  int target = exponent - 1023 + kBias;
  int drop = 52 - kMantissa;
  if (target <= 0) {
    drop += 1 - target;
    target = 0;
  }
  if (drop > 54) return sign;
  const uint64_t significand = fraction | (uint64_t{1} << 52);
  const uint64_t half = uint64_t{1} << (drop - 1);
  uint64_t kept = significand >> drop;
  const uint64_t rest = significand & ((half << 1) - 1);
  if (rest > half || (rest == half && (kept & 1))) ++kept;
  // In a normal result the leading one of `kept` adds one to the exponent field, hence target - 1. A carry out of the
  // mantissa walks into the exponent as it should, from denormal to normal and from the largest number to infinity.
  const uint64_t encoded = (target > 0 ? static_cast<uint64_t>(target - 1) << kMantissa : 0) + kept;
  return sign | static_cast<uint16_t>(encoded >= kInfinity ? kInfinity : encoded);
}

}  // namespace

int64_t DTypeSize(DType dtype) {
  switch (dtype) {
    case DType::kU8:
    case DType::kBool:
      return 1;
    case DType::kBf16:
    case DType::kF16:
      return 2;
    case DType::kF32:
    case DType::kI32:
      return 4;
    case DType::kF64:
    case DType::kI64:
      return 8;
  }
  std::abort();
}

std::string_view DTypeName(DType dtype) {
  switch (dtype) {
    case DType::kBf16:
      return "bf16";
    case DType::kF16:
      return "f16";
    case DType::kF32:
      return "f32";
    case DType::kF64:
      return "f64";
    case DType::kI32:
      return "i32";
    case DType::kI64:
      return "i64";
    case DType::kU8:
      return "u8";
    case DType::kBool:
      return "i1";
  }
  std::abort();
}

std::optional<DType> ParseDType(std::string_view name) {
  for (const DType dtype :
       {DType::kBf16, DType::kF16, DType::kF32, DType::kF64, DType::kI32, DType::kI64, DType::kU8, DType::kBool}) {
    if (DTypeName(dtype) == name) return dtype;
  }
  return std::nullopt;
}

bool IsFloat(DType dtype) {
  return dtype == DType::kBf16 || dtype == DType::kF16 || dtype == DType::kF32 || dtype == DType::kF64;
}

uint16_t Bf16FromFloat(float value) {
  return Encode<7>(value);
}
uint16_t F16FromFloat(float value) {
  return Encode<10>(value);
}
uint16_t Bf16FromDouble(double value) {
  return Encode<7>(value);
}
uint16_t F16FromDouble(double value) {
  return Encode<10>(value);
}

float Bf16ToFloat(uint16_t bits) {
  return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

float F16ToFloat(uint16_t bits) {
  const uint32_t sign = static_cast<uint32_t>(bits & 0x8000) << 16;
  const uint32_t exponent = (bits >> 10) & 31;
  const uint32_t mantissa = bits & 1023;
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7f800000 | (mantissa << 13));
  if (exponent == 0) {
    const float magnitude = std::ldexp(static_cast<float>(mantissa), -24);
    return sign ? -magnitude : magnitude;
  }
  return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (mantissa << 13));
}

double RoundToDType(double value, DType dtype) {
  switch (dtype) {
    case DType::kBf16:
      return Bf16ToFloat(Bf16FromDouble(value));
    case DType::kF16:
      return F16ToFloat(F16FromDouble(value));
    case DType::kF32:
      return static_cast<float>(value);
    case DType::kF64:
      return value;
    default:
      std::abort();
  }
}

}  // namespace raggedc
