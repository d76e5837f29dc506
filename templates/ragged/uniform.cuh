// Numbers that all lanes of a warp have alike, told to the compiler, which computes addresses once for a warp then and
// has descriptors of wgmma where they have to be, in uniform registers.
#pragma once

#include "ragged/ptx/lanes.cuh"
#include "ragged/ptx/special.cuh"

namespace ragged {

namespace warp {

// A number that is the same in all lanes, which the compiler knows from here on: addresses and branches that depend on
// it are the warp's, not a lane's.
__device__ __forceinline__ int uniform(int x) {
  return static_cast<int>(ptx::reduce_or(static_cast<u32>(x)));
}

// What lane `lane` has.
__device__ __forceinline__ int from_lane(int x, int lane) {
  return static_cast<int>(ptx::shfl_idx(static_cast<u32>(x), lane));
}

}  // namespace warp

namespace warpgroup {

inline constexpr int kThreads = 4 * kWarpThreads;

// The same in all lanes of a warp, which the compiler knows: a branch on it does not part them.
__device__ __forceinline__ int index() {
  return static_cast<int>(ptx::shfl_idx(static_cast<u32>(ptx::thread() / kThreads), 0));
}

}  // namespace warpgroup

}  // namespace ragged
