// Host twins of mbarrier.cuh.
#pragma once

#include "host/prelude.h"
#include "ragged/types.cuh"

namespace ragged::ptx {

inline constexpr u32 kMbarrierBytes = 8;
inline constexpr u32 kMbarrierMaxCount = (1u << 20) - 1;

__device__ __forceinline__ void mbarrier_init(u32 mbarrier, u32 count, int line = __builtin_LINE()) {
  ragged_host::api->mbarrier_init(mbarrier, count, line);
}

__device__ __forceinline__ void mbarrier_inval(u32 mbarrier, int line = __builtin_LINE()) {
  ragged_host::api->mbarrier_invalidate(mbarrier, line);
}

__device__ __forceinline__ void fence_mbarrier_init(int line = __builtin_LINE()) {
  ragged_host::api->fence_mbarrier_init(line);
}

__device__ __forceinline__ void mbarrier_arrive(u32 mbarrier, int line = __builtin_LINE()) {
  ragged_host::api->mbarrier_arrive(mbarrier, 1, 0, line);
}
__device__ __forceinline__ void mbarrier_arrive_count(u32 mbarrier, u32 count, int line = __builtin_LINE()) {
  ragged_host::api->mbarrier_arrive(mbarrier, count, 0, line);
}
__device__ __forceinline__ void mbarrier_arrive_cluster(u32 mbarrier, int line = __builtin_LINE()) {
  ragged_host::api->mbarrier_arrive(mbarrier, 1, 0, line);
}

__device__ __forceinline__ void mbarrier_arrive_expect_tx(u32 mbarrier, u32 bytes, int line = __builtin_LINE()) {
  ragged_host::api->mbarrier_arrive(mbarrier, 1, bytes, line);
}
__device__ __forceinline__ void mbarrier_arrive_expect_tx_cluster(u32 mbarrier, u32 bytes,
                                                                  int line = __builtin_LINE()) {
  ragged_host::api->mbarrier_arrive(mbarrier, 1, bytes, line);
}
__device__ __forceinline__ void mbarrier_expect_tx(u32 mbarrier, u32 bytes, int line = __builtin_LINE()) {
  ragged_host::api->mbarrier_expect(mbarrier, bytes, line);
}

__device__ __forceinline__ void cp_async_mbarrier_arrive_noinc(u32 mbarrier, int line = __builtin_LINE()) {
  ragged_host::api->mbarrier_arrive_copies(mbarrier, line);
}

// try_wait may give up at any time: both say no first when they can, so that a result that is not looked at shows.
__device__ __forceinline__ bool mbarrier_test_wait_parity(u32 mbarrier, u32 parity, int line = __builtin_LINE()) {
  return ragged_host::api->mbarrier_test(mbarrier, parity, line);
}
__device__ __forceinline__ bool mbarrier_try_wait_parity(u32 mbarrier, u32 parity, int line = __builtin_LINE()) {
  return ragged_host::api->mbarrier_test(mbarrier, parity, line);
}
__device__ __forceinline__ bool mbarrier_try_wait_parity_cluster(u32 mbarrier, u32 parity,
                                                                 int line = __builtin_LINE()) {
  return ragged_host::api->mbarrier_test(mbarrier, parity, line);
}
__device__ __forceinline__ void mbarrier_wait_parity(u32 mbarrier, u32 parity, int line = __builtin_LINE()) {
  ragged_host::api->mbarrier_wait(mbarrier, parity, line);
}

}  // namespace ragged::ptx
