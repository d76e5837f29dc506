// Matrix products of a warpgroup: four warps of 16 rows of registers each, times a tile of shared memory, with wgmma.
// The accumulator of each warp has the layout of an mma.sync accumulator, so what comes between two products is the
// warp's.
//
// b must have been written before a barrier that shows it to the asynchronous proxy (block::barrier_async). Until
// wait() neither the accumulator nor the operand may be touched.
#pragma once

#include "ragged/fragment.cuh"
#include "ragged/ptx/warpgroup.cuh"
#include "ragged/ptx/warpgroup_mma.cuh"
#include "ragged/shared_tile.cuh"
#include "ragged/tile_descriptor.cuh"

namespace ragged::warpgroup {

namespace detail {

// The summed dimension comes in steps of 32 bytes, which a layout has to fill.
template <class T, int kK, class Layout>
inline constexpr int kSteps = Layout::filled(kK * sizeof(T) / kChunkBytes) / 2;

template <class T, int kK, class Layout>
inline constexpr bool kIsWhole = Layout::filled(kK * sizeof(T) / kChunkBytes) % 2 == 0;

}  // namespace detail

// acc (+)= a * b^T; b holds kN rows of kK elements (keys). With kFresh the old values of acc do not count.
template <bool kFresh, class T, int kN, int kK, class Layout>
__device__ __forceinline__ void mma_nt(Acc<16, kN>& acc, const Operand<T, 16, kK>& a, SharedTile<T, kN, kK, Layout> b) {
  static_assert(detail::kIsWhole<T, kK, Layout>, "expected rows of b in whole steps");
  constexpr int kRegisters = kK * sizeof(T) / 8;
  constexpr int kFirst = kFresh && kRegisters >= 16 && sizeof(T) == 2 ? 4 : 0;  // steps in one piece
  f32(&d)[kN / 2] = reinterpret_cast<f32(&)[kN / 2]>(acc.value);
  ptx::wgmma_fence();
  if constexpr (kFirst > 0) {
    const u32(&reg)[16] = reinterpret_cast<const u32(&)[16]>(a.reg);
    const u64 descriptors[4] = {
        TileDescriptor<Layout>::along_k(b.address, 0), TileDescriptor<Layout>::along_k(b.address, 1),
        TileDescriptor<Layout>::along_k(b.address, 2), TileDescriptor<Layout>::along_k(b.address, 3)};
    ptx::wgmma_registers_four<T, kN, false>(d, reg, descriptors);
  }
#pragma unroll
  for (int step = kFirst; step < detail::kSteps<T, kK, Layout>; ++step) {
    u32 reg[4] = {a.reg[4 * step], a.reg[4 * step + 1]};
    if (4 * step + 2 < kRegisters) {  // else kK ends in the middle of the step
      reg[2] = a.reg[4 * step + 2];
      reg[3] = a.reg[4 * step + 3];
    }
    const u64 descriptor = TileDescriptor<Layout>::along_k(b.address, step);
    ptx::wgmma_registers<T, kN, false>(d, reg, descriptor, !kFresh || step != 0);
  }
  ptx::wgmma_commit_group();
}

// The same with the 64 rows of `a` in shared memory, for where registers are short: so each step has a statement of its
// own, as the eight descriptors of four steps in one are too many where a kernel has no register left (the family
// ring).
template <bool kFresh, class T, int kN, int kK, class LayoutA, class Layout>
__device__ __forceinline__ void mma_nt(Acc<16, kN>& acc, SharedTile<T, 64, kK, LayoutA> a,
                                       SharedTile<T, kN, kK, Layout> b) {
  static_assert(detail::kIsWhole<T, kK, Layout> && detail::kIsWhole<T, kK, LayoutA>, "expected rows in whole steps");
  f32(&d)[kN / 2] = reinterpret_cast<f32(&)[kN / 2]>(acc.value);
  ptx::wgmma_fence();
#pragma unroll
  for (int step = 0; step < detail::kSteps<T, kK, Layout>; ++step) {
    ptx::wgmma_shared<T, kN, false, false>(d, TileDescriptor<LayoutA>::along_k(a.address, step),
                                           TileDescriptor<Layout>::along_k(b.address, step), !kFresh || step != 0);
  }
  ptx::wgmma_commit_group();
}

// acc (+)= a * b; b holds kK rows (keys) of kN elements.
template <bool kFresh, class T, int kN, int kK, class Layout>
__device__ __forceinline__ void mma_nn(Acc<16, kN>& acc, const Operand<T, 16, kK>& a, SharedTile<T, kK, kN, Layout> b) {
  static_assert(sizeof(T) == 2 && kK % 16 == 0, "a step is 16 keys of 16 bits");
  f32(&d)[kN / 2] = reinterpret_cast<f32(&)[kN / 2]>(acc.value);
  ptx::wgmma_fence();
#pragma unroll
  for (int step = 0; step < kK / 16; ++step) {
    const u32 reg[4] = {a.reg[4 * step], a.reg[4 * step + 1], a.reg[4 * step + 2], a.reg[4 * step + 3]};
    // Beside the weights of a whole row no register is left for the descriptor of the first step.
    const u64 descriptor = kK <= 128 ? TileDescriptor<Layout>::along_rows(b.address, step)
                                     : TileDescriptor<Layout>::along_rows(b.template rows<16>(16 * step).address, 0);
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
