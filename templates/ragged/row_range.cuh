// Whether what a warp has summed up for its rows can be trusted.
#pragma once

#include "ragged/fragment.cuh"
#include "ragged/ptx/lanes.cuh"

namespace ragged::warp {

// The same in all lanes: whether a sum of any row is not within [least, most]. NaN is not within.
__device__ __forceinline__ bool out_of_range(RowVector sums, f32 least, f32 most) {
  return ptx::vote_any(!(sums.value[0] >= least && sums.value[0] <= most) ||
                       !(sums.value[1] >= least && sums.value[1] <= most));
}

}  // namespace ragged::warp
