// Exponentials against a maximum that lags behind: it is raised only once scores exceed it by so much that their
// exponentials would grow out of hand.
#pragma once

#include "ragged/fragment.cuh"
#include "ragged/ptx/lanes.cuh"

namespace ragged::warp {

// The same in all lanes: whether weights that were taken against the maxima `max` have outgrown them, as their sums,
// which need not be of whole rows, exceed `limit`. Without a maximum (-inf) they always have. NaN exceeds nothing.
__device__ __forceinline__ bool outgrows(RowVector sums, RowVector max, f32 limit) {
  return ptx::vote_any(sums.value[0] > limit || sums.value[1] > limit || max.value[0] == -kInfinity ||
                       max.value[1] == -kInfinity);
}

}  // namespace ragged::warp
