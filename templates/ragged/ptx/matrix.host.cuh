// Host twins of matrix.cuh.
#pragma once

#include "host/prelude.h"
#include "ragged/types.cuh"

namespace ragged::ptx {

namespace host {

template <class T>
inline constexpr ragged_host::Element kElement = is_same<T, bf16>  ? ragged_host::Element::kBf16
                                                 : is_same<T, f16> ? ragged_host::Element::kF16
                                                                   : ragged_host::Element::kTf32;

}  // namespace host

template <int kCount, bool kTransposed>
__device__ __forceinline__ void ldmatrix(u32 (&reg)[kCount], u32 address, int line = __builtin_LINE()) {
  static_assert(kCount == 1 || kCount == 2 || kCount == 4, "ldmatrix loads 1, 2 or 4 matrices");
  ragged_host::api->load_matrix(reg, kCount, kTransposed, address, line);
}

template <class T>
__device__ __forceinline__ void mma_32_bytes(f32 (&c)[4], u32 a0, u32 a1, u32 a2, u32 a3, u32 b0, u32 b1,
                                             int line = __builtin_LINE()) {
  static_assert(is_same<T, bf16> || is_same<T, f16> || is_same<T, f32>, "operands are bf16, f16 or f32");
  const u32 a[4] = {a0, a1, a2, a3};
  const u32 b[2] = {b0, b1};
  ragged_host::api->mma(host::kElement<T>, 32, c, a, b, line);
}

template <class T>
__device__ __forceinline__ void mma_16_bytes(f32 (&c)[4], u32 a0, u32 a1, u32 b0, int line = __builtin_LINE()) {
  static_assert(is_same<T, bf16> || is_same<T, f16>, "operands are bf16 or f16");
  const u32 a[2] = {a0, a1};
  const u32 b[1] = {b0};
  ragged_host::api->mma(host::kElement<T>, 16, c, a, b, line);
}

}  // namespace ragged::ptx
