// Masks: a dead score becomes -inf by select, never by addition, so that whatever stands in a dead row of shared memory
// cannot leak.
#pragma once

#include "ragged/fragment.cuh"
#include "ragged/ptx/special.cuh"

namespace ragged::warp {

// Column c of acc is key first_key + c; keys from `length` on are dead.
template <int kCols>
__device__ __forceinline__ void mask_keys(Acc<16, kCols>& acc, int first_key, int length) {
  const int live = length - first_key - 2 * (ptx::lane() & 3);
  // Of a wide tile most columns live; the branches are the same in the whole warp.
  constexpr int kGroup = kCols > 64 ? 4 : kCols / 8;
#pragma unroll
  for (int first = 0; first < kCols / 8; first += kGroup) {
    if (kCols > 64 && first_key + 8 * (first + kGroup) <= length) continue;
#pragma unroll
    for (int tile = first; tile < first + kGroup && tile < kCols / 8; ++tile) {
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        acc.value[tile][i] = 8 * tile + i % 2 >= live ? -kInfinity : acc.value[tile][i];
      }
    }
  }
}

// Row r of acc is query first_row + r; keys behind it are dead.
template <int kCols>
__device__ __forceinline__ void mask_causal(Acc<16, kCols>& acc, int first_key, int first_row) {
  const int lane = ptx::lane();
  const int last = first_row + (lane >> 2) - first_key - 2 * (lane & 3);
#pragma unroll
  for (int tile = 0; tile < kCols / 8; ++tile) {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      acc.value[tile][i] = 8 * tile + i % 2 > last + i / 2 * 8 ? -kInfinity : acc.value[tile][i];
    }
  }
}

}  // namespace ragged::warp
