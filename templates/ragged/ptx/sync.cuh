// Barriers, warp exchanges and atomics. The "memory" clobbers keep the compiler from moving accesses across a barrier.
#pragma once

#include "ragged/types.cuh"

namespace ragged::ptx {

inline constexpr u32 kAllLanes = 0xffffffffu;

template <int kBarrier>
__device__ __forceinline__ void bar_sync() {
  static_assert(kBarrier >= 0 && kBarrier < 16, "a block has 16 barriers");
  asm volatile("bar.sync %0;" ::"n"(kBarrier) : "memory");
}

__device__ __forceinline__ void bar_warp_sync() {
  asm volatile("bar.warp.sync 0xffffffff;" ::: "memory");
}

// The value of lane `lane ^ kMask`; all lanes take part.
template <int kMask>
__device__ __forceinline__ f32 shfl_bfly(f32 x) {
  static_assert(kMask > 0 && kMask < 32, "lanes are 0..31");
  f32 y;
  asm volatile("shfl.sync.bfly.b32 %0, %1, %2, 0x1f, 0xffffffff;" : "=f"(y) : "f"(x), "n"(kMask));
  return y;
}

template <int kMask>
__device__ __forceinline__ int shfl_bfly(int x) {
  static_assert(kMask > 0 && kMask < 32, "lanes are 0..31");
  int y;
  asm volatile("shfl.sync.bfly.b32 %0, %1, %2, 0x1f, 0xffffffff;" : "=r"(y) : "r"(x), "n"(kMask));
  return y;
}

// Bit i is the predicate of lane i; all lanes take part.
__device__ __forceinline__ u32 vote_ballot(bool predicate) {
  u32 y;
  asm volatile(
      "{\n"
      "  .reg .pred p;\n"
      "  setp.ne.u32 p, %1, 0;\n"
      "  vote.sync.ballot.b32 %0, p, 0xffffffff;\n"
      "}\n"
      : "=r"(y)
      : "r"(static_cast<u32>(predicate)));
  return y;
}

__device__ __forceinline__ void red_global_or(u32* address, u32 bits) {
  asm volatile("red.relaxed.gpu.global.or.b32 [%0], %1;" ::"l"(address), "r"(bits) : "memory");
}

}  // namespace ragged::ptx
