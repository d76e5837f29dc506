// Exponentials against a maximum that lags behind: it is raised only once scores exceed it by so much that their
// exponentials would grow out of hand.
#pragma once

#include "ragged/fragment.cuh"
#include "ragged/ptx/lanes.cuh"
#include "ragged/ptx/math.cuh"

namespace ragged::warp {

// The same in all lanes: whether any weight of the warp is above `by`, which says the same of a score and the maximum
// in `base`, or a maximum is none yet. Pairs are compared, at a quarter of the instructions that maxima of scores take.
template <class T, int kCols>
__device__ __forceinline__ bool any_exceeds(const Operand<T, 16, kCols>& weights, RowVector base, f32 by) {
  const u32 limit = ptx::cvt_pair<T>(by, by);
  u32 top = limit;
#pragma unroll
  for (int i = 0; i < kCols / 4; ++i) top = ptx::max_pair<T>(top, weights.reg[i]);
  return ptx::vote_any(top != limit || base.value[0] == -kInfinity || base.value[1] == -kInfinity);
}

}  // namespace ragged::warp
