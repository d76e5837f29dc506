// Proxy fences: what this thread knows to be written by ordinary instructions is seen by the asynchronous ones (bulk
// copies, wgmma) that are issued after it, by this thread or by those that synchronise with it.
#pragma once

#include "ragged/types.cuh"

namespace ragged::ptx {

__device__ __forceinline__ void fence_proxy_async() {
  asm volatile("fence.proxy.async;" ::: "memory");
}
__device__ __forceinline__ void fence_proxy_async_shared() {
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
}
__device__ __forceinline__ void fence_proxy_async_global() {
  asm volatile("fence.proxy.async.global;" ::: "memory");
}

}  // namespace ragged::ptx
