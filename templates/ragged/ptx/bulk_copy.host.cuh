// Host twins of bulk_copy.cuh.
#pragma once

#include "host/prelude.h"
#include "ragged/types.cuh"

namespace ragged::ptx {

__device__ __forceinline__ void cp_async_bulk_load(u32 shared, const void* global, u32 bytes, u32 mbarrier,
                                                   int line = __builtin_LINE()) {
  ragged_host::api->bulk_load(shared, global, bytes, mbarrier, 0, line);
}

__device__ __forceinline__ void cp_async_bulk_load_multicast(u32 shared, const void* global, u32 bytes, u32 mbarrier,
                                                             u16 blocks, int line = __builtin_LINE()) {
  ragged_host::api->bulk_load(shared, global, bytes, mbarrier, ragged_host::kMulticast | blocks, line);
}

__device__ __forceinline__ void cp_async_bulk_store(void* global, u32 shared, u32 bytes, int line = __builtin_LINE()) {
  ragged_host::api->bulk_store(global, shared, bytes, line);
}

__device__ __forceinline__ void cp_async_bulk_commit_group(int line = __builtin_LINE()) {
  ragged_host::api->bulk_commit(line);
}

template <int kPending>
__device__ __forceinline__ void cp_async_bulk_wait_group(int line = __builtin_LINE()) {
  static_assert(kPending >= 0, "expected a number of groups");
  ragged_host::api->bulk_wait(kPending, false, line);
}
template <int kPending>
__device__ __forceinline__ void cp_async_bulk_wait_group_read(int line = __builtin_LINE()) {
  static_assert(kPending >= 0, "expected a number of groups");
  ragged_host::api->bulk_wait(kPending, true, line);
}

}  // namespace ragged::ptx
