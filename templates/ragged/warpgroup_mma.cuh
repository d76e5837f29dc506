// Matrix products of a warpgroup: four warps of 16 rows of registers each, times a tile of shared memory, with wgmma.
// The accumulator of each warp has the layout of an mma.sync accumulator, so what comes between two products is the
// warp's.
//
// b must have been written before a barrier that shows it to the asynchronous proxy (block::barrier_async). Until
// wait() neither the accumulator nor the operand may be touched.
#pragma once

#include "ragged/fragment.cuh"
#include "ragged/matrix_descriptor.cuh"
#include "ragged/ptx/warpgroup.cuh"
#include "ragged/ptx/warpgroup_mma.cuh"
#include "ragged/shared_tile.cuh"

namespace ragged::warpgroup {

namespace detail {

// The XOR layouts of rows of 32, 64 and 128 bytes are the swizzles of the hardware.
template <class Layout>
inline constexpr Swizzle kSwizzle = Layout::kStride == 128  ? Swizzle::k128
                                    : Layout::kStride == 64 ? Swizzle::k64
                                                            : Swizzle::k32;

}  // namespace detail

// acc (+)= a * b^T; b holds kN rows of kK elements (keys). With kFresh the old values of acc do not count.
template <bool kFresh, class T, int kN, int kK, int kRowBytes>
__device__ __forceinline__ void mma_nt(Acc<16, kN>& acc, const Operand<T, 16, kK>& a,
                                       SharedTile<T, kN, kK, layout::Xor<kRowBytes>> b) {
  static_assert(kK * sizeof(T) == kRowBytes && kRowBytes <= 128, "rows of b fill a swizzle of the hardware");
  constexpr int kSteps = kRowBytes / 32;
  f32(&d)[kN / 2] = reinterpret_cast<f32(&)[kN / 2]>(acc.value);
  ptx::wgmma_fence();
#pragma unroll
  for (int step = 0; step < kSteps; ++step) {
    const u32 reg[4] = {a.reg[4 * step], a.reg[4 * step + 1], a.reg[4 * step + 2], a.reg[4 * step + 3]};
    const u64 descriptor =
        matrix_descriptor<detail::kSwizzle<layout::Xor<kRowBytes>>>(b.address + step * 32, 16, 8 * kRowBytes);
    ptx::wgmma_registers<T, kN, false>(d, reg, descriptor, !kFresh || step != 0);
  }
  ptx::wgmma_commit_group();
}

// The same with the 64 rows of `a` in shared memory, written as those of b are, for where registers are short.
template <bool kFresh, class T, int kN, int kK, int kRowBytes>
__device__ __forceinline__ void mma_nt(Acc<16, kN>& acc, SharedTile<T, 64, kK, layout::Xor<kRowBytes>> a,
                                       SharedTile<T, kN, kK, layout::Xor<kRowBytes>> b) {
  static_assert(kK * sizeof(T) == kRowBytes && kRowBytes <= 128, "rows fill a swizzle of the hardware");
  constexpr int kSteps = kRowBytes / 32;
  constexpr Swizzle kSwizzle = detail::kSwizzle<layout::Xor<kRowBytes>>;
  f32(&d)[kN / 2] = reinterpret_cast<f32(&)[kN / 2]>(acc.value);
  ptx::wgmma_fence();
#pragma unroll
  for (int step = 0; step < kSteps; ++step) {
    ptx::wgmma_shared<T, kN, false, false>(d, matrix_descriptor<kSwizzle>(a.address + step * 32, 16, 8 * kRowBytes),
                                           matrix_descriptor<kSwizzle>(b.address + step * 32, 16, 8 * kRowBytes),
                                           !kFresh || step != 0);
  }
  ptx::wgmma_commit_group();
}

// acc (+)= a * b; b holds kK rows (keys) of kN elements.
template <bool kFresh, class T, int kN, int kK, int kRowBytes>
__device__ __forceinline__ void mma_nn(Acc<16, kN>& acc, const Operand<T, 16, kK>& a,
                                       SharedTile<T, kK, kN, layout::Xor<kRowBytes>> b) {
  static_assert(sizeof(T) == 2 && kK % 16 == 0, "a step is 16 keys of 16 bits");
  static_assert(kN * sizeof(T) == kRowBytes && kRowBytes <= 128, "rows of b fill a swizzle of the hardware");
  constexpr int kSteps = kK / 16;
  f32(&d)[kN / 2] = reinterpret_cast<f32(&)[kN / 2]>(acc.value);
  ptx::wgmma_fence();
#pragma unroll
  for (int step = 0; step < kSteps; ++step) {
    const u32 reg[4] = {a.reg[4 * step], a.reg[4 * step + 1], a.reg[4 * step + 2], a.reg[4 * step + 3]};
    const u64 descriptor = matrix_descriptor<detail::kSwizzle<layout::Xor<kRowBytes>>>(
        b.address + step * 16 * kRowBytes, 8 * kRowBytes, 8 * kRowBytes);
    ptx::wgmma_registers<T, kN, true>(d, reg, descriptor, !kFresh || step != 0);
  }
  ptx::wgmma_commit_group();
}

// Until at most kPending of the products issued last are under way.
template <int kPending>
__device__ __forceinline__ void wait() {
  ptx::wgmma_wait_group<kPending>();
}

}  // namespace ragged::warpgroup
