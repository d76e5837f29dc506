// Accesses beyond those of memory.cuh: shared memory 8 and 16 bytes at a time, prefetches.
#pragma once

#include "ragged/types.cuh"

namespace ragged::ptx {

__device__ __forceinline__ u32x2 load_shared_8(u32 address) {
  u32x2 v;
  asm volatile("ld.shared.v2.b32 {%0, %1}, [%2];" : "=r"(v.x), "=r"(v.y) : "r"(address));
  return v;
}

__device__ __forceinline__ void store_shared(u32 address, u32x2 v) {
  asm volatile("st.shared.v2.b32 [%0], {%1, %2};" ::"r"(address), "r"(v.x), "r"(v.y));
}
__device__ __forceinline__ void store_shared(u32 address, u32x4 v) {
  asm volatile("st.shared.v4.b32 [%0], {%1, %2, %3, %4};" ::"r"(address), "r"(v.x), "r"(v.y), "r"(v.z), "r"(v.w));
}

// The line of `address` into L2.
__device__ __forceinline__ void prefetch_global_l2(const void* address) {
  asm volatile("prefetch.global.L2 [%0];" ::"l"(address));
}

}  // namespace ragged::ptx
