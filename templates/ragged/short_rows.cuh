// Products for at most eight rows, transposed: 64 keys or columns are the rows of a warpgroup's product, of which each
// warp has 16, and the queries its columns.
#pragma once

#include "ragged/fragment.cuh"
#include "ragged/global_rows.cuh"
#include "ragged/ptx/lanes.cuh"
#include "ragged/ptx/math.cuh"
#include "ragged/ptx/memory.cuh"
#include "ragged/ptx/special.cuh"
#include "ragged/ptx/warpgroup.cuh"
#include "ragged/ptx/warpgroup_mma.cuh"
#include "ragged/tile_descriptor.cuh"

namespace ragged {

// Rows of 16 bytes, one behind the other, are core matrices without a swizzle.
template <>
struct TileDescriptor<layout::Padded<16>> {
  __device__ __forceinline__ static u64 along_rows(u32 address, int step) {
    return advance_descriptor(matrix_descriptor<Swizzle::kNone>(address, 128, 128), step * 256);
  }
};

namespace warp {

template <class T, int kCols>
__device__ __forceinline__ Operand<T, 16, kCols> fill_operand(f32 value) {
  Operand<T, 16, kCols> operand;
  const u32 pair = ptx::cvt_pair<T>(value, value);
#pragma unroll
  for (u32& reg : operand.reg) reg = pair;
  return operand;
}

// Row r of acc is key first_key + r; keys from `length` on are dead.
template <int kCols>
__device__ __forceinline__ void mask_rows(Acc<16, kCols>& acc, int first_key, int length) {
  const int live = length - first_key - (ptx::lane() >> 2);
#pragma unroll
  for (int tile = 0; tile < kCols / 8; ++tile) {
#pragma unroll
    for (int i = 0; i < 4; ++i) acc.value[tile][i] = i / 2 * 8 >= live ? -kInfinity : acc.value[tile][i];
  }
}

template <class T, int kCols, class Layout>
__device__ __forceinline__ void store_tile(const Acc<16, kCols>& acc, SharedTile<T, 16, kCols, Layout> to) {
  static_assert(sizeof(T) == 2, "two elements are four bytes");
  const int lane = ptx::lane();
#pragma unroll
  for (int tile = 0; tile < kCols / 8; ++tile) {
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      ptx::store_shared(to.row_chunk_address((lane >> 2) + 8 * half, tile) + (lane & 3) * 4,
                        ptx::cvt_pair<T>(acc.value[tile][2 * half], acc.value[tile][2 * half + 1]));
    }
  }
}

// By 0 it is 0.
template <int kCols>
__device__ __forceinline__ void divide(Acc<16, kCols>& acc, const Acc<16, kCols>& by) {
#pragma unroll
  for (int tile = 0; tile < kCols / 8; ++tile) {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      acc.value[tile][i] = by.value[tile][i] == 0.0f ? 0.0f : acc.value[tile][i] * ptx::rcp(by.value[tile][i]);
    }
  }
}

// Column c of acc becomes the elements first .. first + 15 of row c, for c < valid.
template <int kCols, class T, int kStride>
__device__ __forceinline__ void store_transposed(const Acc<16, kCols>& acc, GlobalRows<T, kStride> out, int first,
                                                 int valid) {
  static_assert(sizeof(T) == 2, "elements have 16 bits");
  const int lane = ptx::lane();
#pragma unroll
  for (int tile = 0; tile < kCols / 8; ++tile) {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const int row = 8 * tile + 2 * (lane & 3) + i % 2;
      T* to = out.data + (static_cast<i64>(row) * kStride + first + (lane >> 2) + i / 2 * 8);
      if (row < valid) ptx::store_global(to, static_cast<u16>(ptx::cvt_pair<T>(acc.value[tile][i], 0.0f)));
    }
  }
}

// The same in all lanes: whether an element is not within [least, most]. NaN is not within.
template <int kCols>
__device__ __forceinline__ bool out_of_range(const Acc<16, kCols>& acc, f32 least, f32 most) {
  bool strays = false;
#pragma unroll
  for (int tile = 0; tile < kCols / 8; ++tile) {
#pragma unroll
    for (int i = 0; i < 4; ++i) strays = strays || !(acc.value[tile][i] >= least && acc.value[tile][i] <= most);
  }
  return ptx::vote_any(strays);
}

}  // namespace warp

namespace warpgroup {

// acc (+)= a^T * b; a holds kK rows (keys) of 64 elements, b kK rows of kN.
template <bool kFresh, class T, int kN, int kK, class LayoutA, class Layout>
__device__ __forceinline__ void mma_tn(Acc<16, kN>& acc, SharedTile<T, kK, 64, LayoutA> a,
                                       SharedTile<T, kK, kN, Layout> b) {
  static_assert(sizeof(T) == 2 && kK % 16 == 0, "a step is 16 keys of 16 bits");
  f32(&d)[kN / 2] = reinterpret_cast<f32(&)[kN / 2]>(acc.value);
  ptx::wgmma_fence();
#pragma unroll
  for (int step = 0; step < kK / 16; ++step) {
    ptx::wgmma_shared<T, kN, true, true>(d, TileDescriptor<LayoutA>::along_rows(a.address, step),
                                         TileDescriptor<Layout>::along_rows(b.address, step), !kFresh || step != 0);
  }
  ptx::wgmma_commit_group();
}

}  // namespace warpgroup

}  // namespace ragged
