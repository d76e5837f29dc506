// A group's barrier behind which the products of warpgroups see what its threads have copied to shared memory before
// it.
#pragma once

#include "ragged/group.cuh"
#include "ragged/ptx/proxy.cuh"

namespace ragged::group {

template <int kWarps>
__device__ __forceinline__ void barrier_async() {
  ptx::fence_proxy_async_shared();
  barrier<kWarps>();
}

}  // namespace ragged::group
