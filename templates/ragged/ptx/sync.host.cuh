// Host twins of sync.cuh.
#pragma once

#include "host/prelude.h"
#include "ragged/types.cuh"

namespace ragged::ptx {

inline constexpr u32 kAllLanes = 0xffffffffu;

template <int kBarrier>
__device__ __forceinline__ void bar_sync(int line = __builtin_LINE()) {
  static_assert(kBarrier >= 0 && kBarrier < 16, "a block has 16 barriers");
  ragged_host::api->barrier(kBarrier, 0, true, line);
}

__device__ __forceinline__ void bar_warp_sync(int line = __builtin_LINE()) {
  ragged_host::api->warp_barrier(kAllLanes, line);
}

template <int kMask>
__device__ __forceinline__ f32 shfl_bfly(f32 x, int line = __builtin_LINE()) {
  static_assert(kMask > 0 && kMask < 32, "lanes are 0..31");
  return __builtin_bit_cast(f32, ragged_host::api->shuffle(ragged_host::Shuffle::kButterfly, __builtin_bit_cast(u32, x),
                                                           kMask, kAllLanes, line));
}

template <int kMask>
__device__ __forceinline__ int shfl_bfly(int x, int line = __builtin_LINE()) {
  static_assert(kMask > 0 && kMask < 32, "lanes are 0..31");
  return static_cast<int>(
      ragged_host::api->shuffle(ragged_host::Shuffle::kButterfly, static_cast<u32>(x), kMask, kAllLanes, line));
}

__device__ __forceinline__ u32 vote_ballot(bool predicate, int line = __builtin_LINE()) {
  return ragged_host::api->vote(ragged_host::Vote::kBallot, predicate, kAllLanes, line);
}

__device__ __forceinline__ void red_global_or(u32* address, u32 bits, int line = __builtin_LINE()) {
  ragged_host::api->atomic_global(ragged_host::Atomic::kOr, address, bits, 0, line);
}

}  // namespace ragged::ptx
