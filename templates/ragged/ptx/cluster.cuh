// Blocks of one cluster: their ranks, their barrier, and each other's shared memory. cluster_map_shared turns an
// address of this block into that of the same place in another; the functions that end in _cluster take such addresses.
#pragma once

#include "ragged/types.cuh"

namespace ragged::ptx {

__device__ __forceinline__ u32 cluster_rank() {
  u32 y;
  asm("mov.u32 %0, %%cluster_ctarank;" : "=r"(y));
  return y;
}
__device__ __forceinline__ u32 cluster_size() {
  u32 y;
  asm("mov.u32 %0, %%cluster_nctarank;" : "=r"(y));
  return y;
}

// All threads of all blocks. What was done before arriving is seen after waiting.
__device__ __forceinline__ void cluster_arrive() {
  asm volatile("barrier.cluster.arrive.release.aligned;" ::: "memory");
}
__device__ __forceinline__ void cluster_wait() {
  asm volatile("barrier.cluster.wait.acquire.aligned;" ::: "memory");
}

__device__ __forceinline__ u32 cluster_map_shared(u32 address, u32 rank) {
  u32 y;
  asm("mapa.shared::cluster.u32 %0, %1, %2;" : "=r"(y) : "r"(address), "r"(rank));
  return y;
}

__device__ __forceinline__ u32 load_shared_cluster(u32 address) {
  u32 v;
  asm volatile("ld.shared::cluster.b32 %0, [%1];" : "=r"(v) : "r"(address));
  return v;
}
__device__ __forceinline__ u32x4 load_shared_cluster_16(u32 address) {
  u32x4 v;
  asm volatile("ld.shared::cluster.v4.b32 {%0, %1, %2, %3}, [%4];"
               : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w)
               : "r"(address));
  return v;
}

__device__ __forceinline__ void store_shared_cluster(u32 address, u32 v) {
  asm volatile("st.shared::cluster.b32 [%0], %1;" ::"r"(address), "r"(v));
}
__device__ __forceinline__ void store_shared_cluster(u32 address, u32x4 v) {
  asm volatile("st.shared::cluster.v4.b32 [%0], {%1, %2, %3, %4};" ::"r"(address), "r"(v.x), "r"(v.y), "r"(v.z),
               "r"(v.w));
}

// Arrives with the mbarrier, in whose block it lands, and counts as that many bytes of its phase.
__device__ __forceinline__ void store_async_cluster(u32 address, u32 v, u32 mbarrier) {
  asm volatile("st.async.weak.shared::cluster.mbarrier::complete_tx::bytes.b32 [%0], %1, [%2];" ::"r"(address), "r"(v),
               "r"(mbarrier)
               : "memory");
}
__device__ __forceinline__ void store_async_cluster(u32 address, u32x4 v, u32 mbarrier) {
  asm volatile(
      "st.async.weak.shared::cluster.mbarrier::complete_tx::bytes.v4.b32 [%0], {%1, %2, %3, %4}, [%5];" ::"r"(address),
      "r"(v.x), "r"(v.y), "r"(v.z), "r"(v.w), "r"(mbarrier)
      : "memory");
}

}  // namespace ragged::ptx
