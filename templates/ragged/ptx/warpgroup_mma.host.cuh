// Host twins of warpgroup_mma.cuh.
#pragma once

#include "host/prelude.h"
#include "ragged/types.cuh"

namespace ragged::ptx {

namespace host {

template <class T>
inline constexpr ragged_host::Element kWgmmaElement = is_same<T, bf16>  ? ragged_host::Element::kBf16
                                                      : is_same<T, f16> ? ragged_host::Element::kF16
                                                                        : ragged_host::Element::kTf32;

}  // namespace host

template <class T, int kN, bool kTransposeA, bool kTransposeB>
__device__ __forceinline__ void wgmma_shared(f32 (&d)[kN / 2], u64 a, u64 b, bool accumulate,
                                             int line = __builtin_LINE()) {
  static_assert(kN >= 8 && kN <= 256 && kN % 8 == 0, "expected a product of 8..256 columns in eights");
  static_assert(is_same<T, bf16> || is_same<T, f16> || is_same<T, f32>, "operands are bf16, f16 or f32");
  static_assert(!is_same<T, f32> || (!kTransposeA && !kTransposeB), "tf32 operands have contiguous k");
  constexpr ragged_host::WgmmaShape kShape = {kN, host::kWgmmaElement<T>, true, kTransposeA, kTransposeB};
  ragged_host::api->wgmma(&kShape, d, nullptr, a, b, accumulate, line);
}

template <class T, int kN, bool kTransposeB>
__device__ __forceinline__ void wgmma_registers(f32 (&d)[kN / 2], const u32 (&a)[4], u64 b, bool accumulate,
                                                int line = __builtin_LINE()) {
  static_assert(kN >= 8 && kN <= 256 && kN % 8 == 0, "expected a product of 8..256 columns in eights");
  static_assert(is_same<T, bf16> || is_same<T, f16> || is_same<T, f32>, "operands are bf16, f16 or f32");
  static_assert(!is_same<T, f32> || !kTransposeB, "tf32 operands have contiguous k");
  constexpr ragged_host::WgmmaShape kShape = {kN, host::kWgmmaElement<T>, false, false, kTransposeB};
  ragged_host::api->wgmma(&kShape, d, a, 0, b, accumulate, line);
}

template <class T, int kN, bool kTransposeB>
__device__ __forceinline__ void wgmma_registers_four(f32 (&d)[kN / 2], const u32 (&a)[16], const u64 (&b)[4],
                                                     int line = __builtin_LINE()) {
  static_assert(is_same<T, bf16> || is_same<T, f16>, "operands are bf16 or f16");
  for (int step = 0; step < 4; ++step) {
    const u32 registers[4] = {a[4 * step], a[4 * step + 1], a[4 * step + 2], a[4 * step + 3]};
    wgmma_registers<T, kN, kTransposeB>(d, registers, b[step], step != 0, line);
  }
}

}  // namespace ragged::ptx
