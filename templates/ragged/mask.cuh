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
#pragma unroll
  for (int tile = 0; tile < kCols / 8; ++tile) {
    // Of a wide tile most columns live; the branch is the same in the whole warp.
    if (kCols > 64 && first_key + 8 * tile + 8 <= length) continue;
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      acc.value[tile][i] = 8 * tile + i % 2 >= live ? -kInfinity : acc.value[tile][i];
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
