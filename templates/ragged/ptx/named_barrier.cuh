// Barriers of some warps of a block. Barrier 0 is that of the whole block.
#pragma once

#include "ragged/types.cuh"

namespace ragged::ptx {

template <int kBarrier, int kThreads>
__device__ __forceinline__ void bar_sync() {
  static_assert(kBarrier >= 0 && kBarrier < 16, "a block has 16 barriers");
  static_assert(kThreads > 0 && kThreads <= 1024 && kThreads % 32 == 0, "whole warps meet at a barrier");
  asm volatile("bar.sync %0, %1;" ::"n"(kBarrier), "n"(kThreads) : "memory");
}

// Counts as one of the kThreads, and does not wait.
template <int kBarrier, int kThreads>
__device__ __forceinline__ void bar_arrive() {
  static_assert(kBarrier >= 0 && kBarrier < 16, "a block has 16 barriers");
  static_assert(kThreads > 0 && kThreads <= 1024 && kThreads % 32 == 0, "whole warps meet at a barrier");
  asm volatile("bar.arrive %0, %1;" ::"n"(kBarrier), "n"(kThreads) : "memory");
}

// A barrier that is known only when the kernel runs, such as that of a warpgroup.
template <int kThreads>
__device__ __forceinline__ void bar_sync_at(u32 barrier) {
  static_assert(kThreads > 0 && kThreads <= 1024 && kThreads % 32 == 0, "whole warps meet at a barrier");
  asm volatile("bar.sync %0, %1;" ::"r"(barrier), "n"(kThreads) : "memory");
}
template <int kThreads>
__device__ __forceinline__ void bar_arrive_at(u32 barrier) {
  static_assert(kThreads > 0 && kThreads <= 1024 && kThreads % 32 == 0, "whole warps meet at a barrier");
  asm volatile("bar.arrive %0, %1;" ::"r"(barrier), "n"(kThreads) : "memory");
}

}  // namespace ragged::ptx
