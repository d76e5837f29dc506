// Host twins of memory_wide.cuh.
#pragma once

#include "host/prelude.h"
#include "ragged/types.cuh"

namespace ragged::ptx {

__device__ __forceinline__ u32x2 load_shared_8(u32 address, int line = __builtin_LINE()) {
  u32x2 v;
  ragged_host::api->load_shared(&v, address, 8, line);
  return v;
}

__device__ __forceinline__ void store_shared(u32 address, u32x2 v, int line = __builtin_LINE()) {
  ragged_host::api->store_shared(address, &v, 8, line);
}
__device__ __forceinline__ void store_shared(u32 address, u32x4 v, int line = __builtin_LINE()) {
  ragged_host::api->store_shared(address, &v, 16, line);
}

// A prefetch moves nothing that anybody sees, wherever it points.
__device__ __forceinline__ void prefetch_global_l2(const void* address, int line = __builtin_LINE()) {
  (void)address;
  (void)line;
}

}  // namespace ragged::ptx
