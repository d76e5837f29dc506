// Host twins of named_barrier.cuh.
#pragma once

#include "host/prelude.h"
#include "ragged/types.cuh"

namespace ragged::ptx {

template <int kBarrier, int kThreads>
__device__ __forceinline__ void bar_sync(int line = __builtin_LINE()) {
  static_assert(kBarrier >= 0 && kBarrier < 16, "a block has 16 barriers");
  static_assert(kThreads > 0 && kThreads <= 1024 && kThreads % 32 == 0, "whole warps meet at a barrier");
  ragged_host::api->barrier(kBarrier, kThreads, true, line);
}

template <int kBarrier, int kThreads>
__device__ __forceinline__ void bar_arrive(int line = __builtin_LINE()) {
  static_assert(kBarrier >= 0 && kBarrier < 16, "a block has 16 barriers");
  static_assert(kThreads > 0 && kThreads <= 1024 && kThreads % 32 == 0, "whole warps meet at a barrier");
  ragged_host::api->barrier(kBarrier, kThreads, false, line);
}

template <int kThreads>
__device__ __forceinline__ void bar_sync_at(u32 barrier, int line = __builtin_LINE()) {
  static_assert(kThreads > 0 && kThreads <= 1024 && kThreads % 32 == 0, "whole warps meet at a barrier");
  ragged_host::api->barrier(barrier, kThreads, true, line);
}
template <int kThreads>
__device__ __forceinline__ void bar_arrive_at(u32 barrier, int line = __builtin_LINE()) {
  static_assert(kThreads > 0 && kThreads <= 1024 && kThreads % 32 == 0, "whole warps meet at a barrier");
  ragged_host::api->barrier(barrier, kThreads, false, line);
}

}  // namespace ragged::ptx
