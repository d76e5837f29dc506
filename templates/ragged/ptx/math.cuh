// Arithmetic and conversion instructions. None has a side effect, so none is volatile: the compiler may move them.
#pragma once

#include "ragged/types.cuh"

namespace ragged::ptx {

// 2^x with two units in the last place; 2^-inf is +0.
__device__ __forceinline__ f32 ex2(f32 x) {
  f32 y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

__device__ __forceinline__ f32 rcp(f32 x) {
  f32 y;
  asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

__device__ __forceinline__ f32 max(f32 a, f32 b) {
  f32 y;
  asm("max.f32 %0, %1, %2;" : "=f"(y) : "f"(a), "f"(b));
  return y;
}

__device__ __forceinline__ f32 fma(f32 a, f32 b, f32 c) {
  f32 y;
  asm("fma.rn.f32 %0, %1, %2, %3;" : "=f"(y) : "f"(a), "f"(b), "f"(c));
  return y;
}

__device__ __forceinline__ int popc(u32 x) {
  int y;
  asm("popc.b32 %0, %1;" : "=r"(y) : "r"(x));
  return y;
}

// Two floats to a pair of 16-bit floats, rounded to nearest even; `low` lands in bits 0..15. (PTX names the high half
// first.)
template <class T>
__device__ __forceinline__ u32 cvt_pair(f32 low, f32 high) {
  static_assert(is_same<T, bf16> || is_same<T, f16>, "a pair is of 16-bit floats");
  u32 y;
  if constexpr (is_same<T, bf16>) {
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(y) : "f"(high), "f"(low));
  } else {
    asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(y) : "f"(high), "f"(low));
  }
  return y;
}

// The tensor cores drop the low 13 bits of a tf32 operand; this rounds first.
__device__ __forceinline__ u32 cvt_tf32(f32 x) {
  u32 y;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(y) : "f"(x));
  return y;
}

// The same for the bits of a float, as ldmatrix delivers them.
__device__ __forceinline__ u32 cvt_tf32_bits(u32 x) {
  u32 y;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(y) : "r"(x));
  return y;
}

}  // namespace ragged::ptx
