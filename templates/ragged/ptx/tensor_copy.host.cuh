// Host twins of tensor_copy.cuh.
#pragma once

#include "host/prelude.h"
#include "ragged/types.cuh"

namespace ragged::ptx {

__device__ __forceinline__ void prefetch_tensormap(const void* map, int line = __builtin_LINE()) {
  (void)map;
  (void)line;
}

template <int kRank>
__device__ __forceinline__ void cp_async_bulk_tensor_load(u32 shared, const void* map, const int (&at)[kRank],
                                                          u32 mbarrier, int line = __builtin_LINE()) {
  static_assert(kRank >= 1 && kRank <= 5, "a tensor map has 1 to 5 dimensions");
  ragged_host::api->tensor_load(shared, map, kRank, at, mbarrier, 0, line);
}

template <int kRank>
__device__ __forceinline__ void cp_async_bulk_tensor_load_multicast(u32 shared, const void* map, const int (&at)[kRank],
                                                                    u32 mbarrier, u16 blocks,
                                                                    int line = __builtin_LINE()) {
  static_assert(kRank >= 1 && kRank <= 5, "a tensor map has 1 to 5 dimensions");
  ragged_host::api->tensor_load(shared, map, kRank, at, mbarrier, ragged_host::kMulticast | blocks, line);
}

template <int kRank>
__device__ __forceinline__ void cp_async_bulk_tensor_store(const void* map, const int (&at)[kRank], u32 shared,
                                                           int line = __builtin_LINE()) {
  static_assert(kRank >= 1 && kRank <= 5, "a tensor map has 1 to 5 dimensions");
  ragged_host::api->tensor_store(map, kRank, at, shared, line);
}

}  // namespace ragged::ptx
