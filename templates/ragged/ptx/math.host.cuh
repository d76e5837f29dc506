// Host twins of math.cuh. Rounding is that of the instructions; ex2 and rcp are correctly rounded here, which lies
// within what the hardware promises.
#pragma once

#include "host/prelude.h"
#include "ragged/types.cuh"

namespace ragged::ptx {

namespace host {

__device__ __forceinline__ u32 bits(f32 x) {
  return __builtin_bit_cast(u32, x);
}
__device__ __forceinline__ f32 number(u32 x) {
  return __builtin_bit_cast(f32, x);
}
// A denormal becomes a zero of its sign, as .ftz asks.
__device__ __forceinline__ f32 flush(f32 x) {
  return (bits(x) & 0x7f800000u) == 0 ? number(bits(x) & 0x80000000u) : x;
}
__device__ __forceinline__ f32 arrived(f32 x, const char* what, int line) {
  if (bits(x) == ragged_host::kPoison) ragged_host::api->poisoned(what, line);
  return x;
}

}  // namespace host

__device__ __forceinline__ f32 ex2(f32 x, int line = __builtin_LINE()) {
  ragged_host::api->count(ragged_host::Counter::kEx2, 1);
  return host::flush(__builtin_exp2f(host::flush(host::arrived(x, "ex2", line))));
}

__device__ __forceinline__ f32 rcp(f32 x, int line = __builtin_LINE()) {
  return host::flush(1.0f / host::flush(host::arrived(x, "rcp", line)));
}

__device__ __forceinline__ f32 max(f32 a, f32 b, int line = __builtin_LINE()) {
  host::arrived(a, "max", line);
  host::arrived(b, "max", line);
  return __builtin_fmaxf(a, b);
}

__device__ __forceinline__ f32 fma(f32 a, f32 b, f32 c, int line = __builtin_LINE()) {
  host::arrived(a, "fma", line);
  return __builtin_fmaf(a, b, c);
}

__device__ __forceinline__ int popc(u32 x) {
  return __builtin_popcount(x);
}

namespace host {

// Round to nearest, ties to even, as the numbers that have `drop` bits less.
__device__ __forceinline__ u32 round_even(u32 x, int drop) {
  const u32 odd = x >> drop & 1;
  return (x + (1u << (drop - 1)) - 1 + odd) >> drop;
}

__device__ __forceinline__ u32 to_bf16(f32 x) {
  if (x != x) return 0x7fff;
  return round_even(bits(x), 16);
}

__device__ __forceinline__ u32 to_f16(f32 x) {
  const u32 sign = bits(x) >> 16 & 0x8000u;
  const u32 magnitude = bits(x) & 0x7fffffffu;
  if (x != x) return 0x7fff;
  if (magnitude >= 0x477ff000u) return sign | 0x7c00u;  // 65520 and above round to infinity
  if (magnitude < 0x38800000u) {
    // A denormal: adding 0.5 leaves its bits, rounded, at the low end of the sum.
    return sign | (bits(number(magnitude) + 0.5f) - 0x3f000000u);
  }
  return sign | (round_even(magnitude, 13) - (112u << 10));
}

}  // namespace host

template <class T>
__device__ __forceinline__ u32 cvt_pair(f32 low, f32 high, int line = __builtin_LINE()) {
  static_assert(is_same<T, bf16> || is_same<T, f16>, "a pair is of 16-bit floats");
  host::arrived(low, "cvt", line);
  host::arrived(high, "cvt", line);
  if constexpr (is_same<T, bf16>) {
    return host::to_bf16(low) | host::to_bf16(high) << 16;
  } else {
    return host::to_f16(low) | host::to_f16(high) << 16;
  }
}

__device__ __forceinline__ u32 cvt_tf32_bits(u32 x) {
  if ((x & 0x7f800000u) == 0x7f800000u) return x;
  return (x + 0x1000u) & 0xffffe000u;  // to nearest, ties away from zero
}

__device__ __forceinline__ u32 cvt_tf32(f32 x) {
  return cvt_tf32_bits(host::bits(x));
}

}  // namespace ragged::ptx
