// Bulk copies of contiguous bytes, by one thread each (PTX ISA, cp.async.bulk). Addresses and numbers of bytes are
// multiples of 16. A load arrives with its mbarrier, in whose block it lands; stores complete in groups of the thread.
#pragma once

#include "ragged/types.cuh"

namespace ragged::ptx {

__device__ __forceinline__ void cp_async_bulk_load(u32 shared, const void* global, u32 bytes, u32 mbarrier) {
  asm volatile("cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" ::"r"(shared),
               "l"(global), "r"(bytes), "r"(mbarrier)
               : "memory");
}

// To the same address, and on the mbarrier of the same address, of each block of the cluster that has a bit in
// `blocks`.
__device__ __forceinline__ void cp_async_bulk_load_multicast(u32 shared, const void* global, u32 bytes, u32 mbarrier,
                                                             u16 blocks) {
  asm volatile(
      "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes.multicast::cluster [%0], [%1], %2, [%3], "
      "%4;" ::"r"(shared),
      "l"(global), "r"(bytes), "r"(mbarrier), "h"(blocks)
      : "memory");
}

__device__ __forceinline__ void cp_async_bulk_store(void* global, u32 shared, u32 bytes) {
  asm volatile("cp.async.bulk.global.shared::cta.bulk_group [%0], [%1], %2;" ::"l"(global), "r"(shared), "r"(bytes)
               : "memory");
}

__device__ __forceinline__ void cp_async_bulk_commit_group() {
  asm volatile("cp.async.bulk.commit_group;" ::: "memory");
}

// Waits until at most kPending of this thread's newest groups are still under way; `read`: until at most so many still
// read shared memory, whose bytes may be overwritten then.
template <int kPending>
__device__ __forceinline__ void cp_async_bulk_wait_group() {
  static_assert(kPending >= 0, "expected a number of groups");
  asm volatile("cp.async.bulk.wait_group %0;" ::"n"(kPending) : "memory");
}
template <int kPending>
__device__ __forceinline__ void cp_async_bulk_wait_group_read() {
  static_assert(kPending >= 0, "expected a number of groups");
  asm volatile("cp.async.bulk.wait_group.read %0;" ::"n"(kPending) : "memory");
}

}  // namespace ragged::ptx
