// A barrier behind which the products of warpgroups see what the threads have copied to shared memory before it.
#pragma once

#include "ragged/ptx/proxy.cuh"
#include "ragged/ptx/sync.cuh"

namespace ragged::block {

__device__ __forceinline__ void barrier_async() {
  ptx::fence_proxy_async_shared();
  ptx::bar_sync<0>();
}

}  // namespace ragged::block
