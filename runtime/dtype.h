// Element types of host tensors and their 16-bit float conversions. No CUDA header is needed.
#ifndef RAGGEDC_RUNTIME_DTYPE_H_
#define RAGGEDC_RUNTIME_DTYPE_H_

#include <cstdint>
#include <optional>
#include <string_view>

namespace raggedc {

enum class DType {
  kBf16,  // 8 bits of exponent, 7 of mantissa
  kF16,   // IEEE binary16
  kF32,
  kF64,  // only on the host: what the reference computes
  kI32,
  kI64,
  kU8,
  kBool,  // one byte an element, nonzero is true; "i1" in MLIR and manifests
};

// Bytes of one element.
int64_t DTypeSize(DType dtype);

// The MLIR name: "bf16", "f16", "f32", "f64", "i32", "i64", "u8", "i1".
std::string_view DTypeName(DType dtype);
std::optional<DType> ParseDType(std::string_view name);

bool IsFloat(DType dtype);

// Conversions round to nearest, ties to even; too large becomes infinity, a NaN stays a NaN (its sign and the upper
// bits of its payload are kept), denormals are kept.
uint16_t Bf16FromFloat(float value);
uint16_t F16FromFloat(float value);
float Bf16ToFloat(uint16_t bits);
float F16ToFloat(uint16_t bits);

// Straight from double, rounding once (through float would round twice).
uint16_t Bf16FromDouble(double value);
uint16_t F16FromDouble(double value);

// `value` rounded to what `dtype` can hold. For kF64 the value itself; only for float types.
double RoundToDType(double value, DType dtype);

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_DTYPE_H_
