// Exchanges of a warp beyond those of sync.cuh, and masks of lanes. All lanes take part.
#pragma once

#include "ragged/types.cuh"

namespace ragged::ptx {

// True in one lane, the same each time.
__device__ __forceinline__ bool elect_sync() {
  u32 y;
  asm volatile(
      "{\n"
      "  .reg .pred p;\n"
      "  elect.sync _|p, 0xffffffff;\n"
      "  selp.u32 %0, 1, 0, p;\n"
      "}\n"
      : "=r"(y)
      :
      : "memory");
  return y != 0;
}

// The value of lane `source`.
__device__ __forceinline__ u32 shfl_idx(u32 x, int source) {
  u32 y;
  asm volatile("shfl.sync.idx.b32 %0, %1, %2, 0x1f, 0xffffffff;" : "=r"(y) : "r"(x), "r"(source));
  return y;
}
// The value of the lane kDistance below; where there is none, x.
template <int kDistance>
__device__ __forceinline__ u32 shfl_up(u32 x) {
  static_assert(kDistance > 0 && kDistance < 32, "lanes are 0..31");
  u32 y;
  asm volatile("shfl.sync.up.b32 %0, %1, %2, 0x0, 0xffffffff;" : "=r"(y) : "r"(x), "n"(kDistance));
  return y;
}
// The value of the lane kDistance above; where there is none, x.
template <int kDistance>
__device__ __forceinline__ u32 shfl_down(u32 x) {
  static_assert(kDistance > 0 && kDistance < 32, "lanes are 0..31");
  u32 y;
  asm volatile("shfl.sync.down.b32 %0, %1, %2, 0x1f, 0xffffffff;" : "=r"(y) : "r"(x), "n"(kDistance));
  return y;
}

// The or of all lanes, of which the compiler knows that it is the same in all (redux.sync, sm_80 on).
__device__ __forceinline__ u32 reduce_or(u32 x) {
  u32 y;
  asm("redux.sync.or.b32 %0, %1, 0xffffffff;" : "=r"(y) : "r"(x));
  return y;
}

__device__ __forceinline__ bool vote_any(bool predicate) {
  u32 y;
  asm volatile(
      "{\n"
      "  .reg .pred p, q;\n"
      "  setp.ne.u32 p, %1, 0;\n"
      "  vote.sync.any.pred q, p, 0xffffffff;\n"
      "  selp.u32 %0, 1, 0, q;\n"
      "}\n"
      : "=r"(y)
      : "r"(static_cast<u32>(predicate)));
  return y != 0;
}
__device__ __forceinline__ bool vote_all(bool predicate) {
  u32 y;
  asm volatile(
      "{\n"
      "  .reg .pred p, q;\n"
      "  setp.ne.u32 p, %1, 0;\n"
      "  vote.sync.all.pred q, p, 0xffffffff;\n"
      "  selp.u32 %0, 1, 0, q;\n"
      "}\n"
      : "=r"(y)
      : "r"(static_cast<u32>(predicate)));
  return y != 0;
}

// A bit for each lane that is equal to, below, at or below, above, at or above this one.
__device__ __forceinline__ u32 lanemask_eq() {
  u32 y;
  asm("mov.u32 %0, %%lanemask_eq;" : "=r"(y));
  return y;
}
__device__ __forceinline__ u32 lanemask_lt() {
  u32 y;
  asm("mov.u32 %0, %%lanemask_lt;" : "=r"(y));
  return y;
}
__device__ __forceinline__ u32 lanemask_le() {
  u32 y;
  asm("mov.u32 %0, %%lanemask_le;" : "=r"(y));
  return y;
}
__device__ __forceinline__ u32 lanemask_gt() {
  u32 y;
  asm("mov.u32 %0, %%lanemask_gt;" : "=r"(y));
  return y;
}
__device__ __forceinline__ u32 lanemask_ge() {
  u32 y;
  asm("mov.u32 %0, %%lanemask_ge;" : "=r"(y));
  return y;
}

}  // namespace ragged::ptx
