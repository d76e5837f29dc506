// mbarrier objects (PTX ISA, "Parallel Synchronization: mbarrier"): 8 bytes of shared memory that count arrivals and
// the bytes of asynchronous copies, phase after phase. A phase is over when nothing of either is missing; its parity is
// that of the number of phases before it. The functions that end in _cluster take addresses of cluster_map_shared.
#pragma once

#include "ragged/types.cuh"

namespace ragged::ptx {

inline constexpr u32 kMbarrierBytes = 8;
inline constexpr u32 kMbarrierMaxCount = (1u << 20) - 1;  // of arrivals, and of bytes that are missing

// Before anybody else uses the object: fence_mbarrier_init, and a barrier of all that will.
__device__ __forceinline__ void mbarrier_init(u32 mbarrier, u32 count) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(mbarrier), "r"(count) : "memory");
}

__device__ __forceinline__ void mbarrier_inval(u32 mbarrier) {
  asm volatile("mbarrier.inval.shared::cta.b64 [%0];" ::"r"(mbarrier) : "memory");
}

// Makes this thread's mbarrier.init visible to the cluster and to asynchronous copies.
__device__ __forceinline__ void fence_mbarrier_init() {
  asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
}

__device__ __forceinline__ void mbarrier_arrive(u32 mbarrier) {
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(mbarrier) : "memory");
}
__device__ __forceinline__ void mbarrier_arrive_count(u32 mbarrier, u32 count) {
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0], %1;" ::"r"(mbarrier), "r"(count) : "memory");
}
__device__ __forceinline__ void mbarrier_arrive_cluster(u32 mbarrier) {
  asm volatile("mbarrier.arrive.release.cluster.shared::cluster.b64 _, [%0];" ::"r"(mbarrier) : "memory");
}

// Arrives, and lets the phase wait for so many bytes more.
__device__ __forceinline__ void mbarrier_arrive_expect_tx(u32 mbarrier, u32 bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(mbarrier), "r"(bytes) : "memory");
}
__device__ __forceinline__ void mbarrier_arrive_expect_tx_cluster(u32 mbarrier, u32 bytes) {
  asm volatile("mbarrier.arrive.expect_tx.release.cluster.shared::cluster.b64 _, [%0], %1;" ::"r"(mbarrier), "r"(bytes)
               : "memory");
}
__device__ __forceinline__ void mbarrier_expect_tx(u32 mbarrier, u32 bytes) {
  asm volatile("mbarrier.expect_tx.relaxed.cta.shared::cta.b64 [%0], %1;" ::"r"(mbarrier), "r"(bytes) : "memory");
}

// An arrival that happens when all cp.async that this thread issued are done; it is one of the count of the init.
__device__ __forceinline__ void cp_async_mbarrier_arrive_noinc(u32 mbarrier) {
  asm volatile("cp.async.mbarrier.arrive.noinc.shared::cta.b64 [%0];" ::"r"(mbarrier) : "memory");
}

// Whether the phase of that parity is over; test never waits, try may wait for a while. To be called in a loop.
__device__ __forceinline__ bool mbarrier_test_wait_parity(u32 mbarrier, u32 parity) {
  u32 over;
  asm volatile(
      "{\n"
      "  .reg .pred p;\n"
      "  mbarrier.test_wait.parity.shared::cta.b64 p, [%1], %2;\n"
      "  selp.u32 %0, 1, 0, p;\n"
      "}\n"
      : "=r"(over)
      : "r"(mbarrier), "r"(parity)
      : "memory");
  return over != 0;
}
__device__ __forceinline__ bool mbarrier_try_wait_parity(u32 mbarrier, u32 parity) {
  u32 over;
  asm volatile(
      "{\n"
      "  .reg .pred p;\n"
      "  mbarrier.try_wait.parity.shared::cta.b64 p, [%1], %2;\n"
      "  selp.u32 %0, 1, 0, p;\n"
      "}\n"
      : "=r"(over)
      : "r"(mbarrier), "r"(parity)
      : "memory");
  return over != 0;
}
// The same, and what other blocks of the cluster did before they arrived is seen afterwards.
__device__ __forceinline__ bool mbarrier_try_wait_parity_cluster(u32 mbarrier, u32 parity) {
  u32 over;
  asm volatile(
      "{\n"
      "  .reg .pred p;\n"
      "  mbarrier.try_wait.parity.acquire.cluster.shared::cta.b64 p, [%1], %2;\n"
      "  selp.u32 %0, 1, 0, p;\n"
      "}\n"
      : "=r"(over)
      : "r"(mbarrier), "r"(parity)
      : "memory");
  return over != 0;
}

// try_wait until the phase is over.
__device__ __forceinline__ void mbarrier_wait_parity(u32 mbarrier, u32 parity) {
  asm volatile(
      "{\n"
      "  .reg .pred p;\n"
      "wait:\n"
      "  mbarrier.try_wait.parity.shared::cta.b64 p, [%0], %1;\n"
      "  @!p bra wait;\n"
      "}\n" ::"r"(mbarrier),
      "r"(parity)
      : "memory");
}

}  // namespace ragged::ptx
