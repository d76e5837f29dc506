// Exponentials against a maximum that lags behind: it is raised only once scores exceed it by so much that their
// exponentials would grow out of hand.
#pragma once

#include "ragged/fragment.cuh"
#include "ragged/ptx/lanes.cuh"

namespace ragged::warp {

// The same in all lanes: whether any row of the warp exceeds that of `base` by more than `by`. Lanes that share a row
// may hold different values of it.
__device__ __forceinline__ bool any_exceeds(RowVector rows, RowVector base, f32 by) {
  return ptx::vote_any(rows.value[0] - base.value[0] > by || rows.value[1] - base.value[1] > by);
}

}  // namespace ragged::warp
