// Host twins of proxy.cuh.
#pragma once

#include "host/prelude.h"
#include "ragged/types.cuh"

namespace ragged::ptx {

__device__ __forceinline__ void fence_proxy_async(int line = __builtin_LINE()) {
  ragged_host::api->fence_async_proxy(true, true, line);
}
__device__ __forceinline__ void fence_proxy_async_shared(int line = __builtin_LINE()) {
  ragged_host::api->fence_async_proxy(true, false, line);
}
__device__ __forceinline__ void fence_proxy_async_global(int line = __builtin_LINE()) {
  ragged_host::api->fence_async_proxy(false, true, line);
}

}  // namespace ragged::ptx
