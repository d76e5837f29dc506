// Host twins of lanes.cuh.
#pragma once

#include "host/prelude.h"
#include "ragged/types.cuh"

namespace ragged::ptx {

namespace host {

inline constexpr u32 kWholeWarp = 0xffffffffu;

__device__ __forceinline__ u32 own_lane() {
  return ragged_host::api->position()->thread % 32;
}

}  // namespace host

__device__ __forceinline__ bool elect_sync(int line = __builtin_LINE()) {
  return ragged_host::api->elect(host::kWholeWarp, line);
}

__device__ __forceinline__ u32 shfl_idx(u32 x, int source, int line = __builtin_LINE()) {
  return ragged_host::api->shuffle(ragged_host::Shuffle::kIndex, x, static_cast<u32>(source), host::kWholeWarp, line);
}
template <int kDistance>
__device__ __forceinline__ u32 shfl_up(u32 x, int line = __builtin_LINE()) {
  static_assert(kDistance > 0 && kDistance < 32, "lanes are 0..31");
  return ragged_host::api->shuffle(ragged_host::Shuffle::kUp, x, kDistance, host::kWholeWarp, line);
}
template <int kDistance>
__device__ __forceinline__ u32 shfl_down(u32 x, int line = __builtin_LINE()) {
  static_assert(kDistance > 0 && kDistance < 32, "lanes are 0..31");
  return ragged_host::api->shuffle(ragged_host::Shuffle::kDown, x, kDistance, host::kWholeWarp, line);
}

__device__ __forceinline__ u32 reduce_or(u32 x, int line = __builtin_LINE()) {
  for (u32 mask = 16; mask > 0; mask /= 2) {
    x |= ragged_host::api->shuffle(ragged_host::Shuffle::kButterfly, x, mask, host::kWholeWarp, line);
  }
  return x;
}

__device__ __forceinline__ bool vote_any(bool predicate, int line = __builtin_LINE()) {
  return ragged_host::api->vote(ragged_host::Vote::kAny, predicate, host::kWholeWarp, line) != 0;
}
__device__ __forceinline__ bool vote_all(bool predicate, int line = __builtin_LINE()) {
  return ragged_host::api->vote(ragged_host::Vote::kAll, predicate, host::kWholeWarp, line) != 0;
}

__device__ __forceinline__ u32 lanemask_eq() {
  return 1u << host::own_lane();
}
__device__ __forceinline__ u32 lanemask_lt() {
  return (1u << host::own_lane()) - 1;
}
__device__ __forceinline__ u32 lanemask_le() {
  return (2u << host::own_lane()) - 1;
}
__device__ __forceinline__ u32 lanemask_gt() {
  return ~((2u << host::own_lane()) - 1);
}
__device__ __forceinline__ u32 lanemask_ge() {
  return ~((1u << host::own_lane()) - 1);
}

}  // namespace ragged::ptx
