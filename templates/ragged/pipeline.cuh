// Warpgroups of a block that copy for others, and the barriers between them: what is copied passes through slots of
// shared memory, and a slot has a barrier that counts the copies to it (full) and one that counts its readers (empty).
#pragma once

#include "ragged/copy.cuh"
#include "ragged/ptx/lanes.cuh"
#include "ragged/ptx/mbarrier.cuh"
#include "ragged/ptx/sync.cuh"
#include "ragged/uniform.cuh"

namespace ragged {

template <int kCount>
struct Barriers {
  u32 address;

  __device__ __forceinline__ u32 at(int index) const { return address + index * ptx::kMbarrierBytes; }
};

// A thread's own arrival.
__device__ __forceinline__ void arrive(u32 mbarrier) {
  ptx::mbarrier_arrive(mbarrier);
}

// One arrival when all copies that this thread has started are there.
__device__ __forceinline__ void arrive_copies(u32 mbarrier) {
  ptx::cp_async_mbarrier_arrive_noinc(mbarrier);
}

__device__ __forceinline__ void wait_phase(u32 mbarrier, int phase) {
  ptx::mbarrier_wait_parity(mbarrier, phase);
}

namespace warp {

// Whether the phase is not over yet, the same answer in all lanes.
__device__ __forceinline__ bool is_pending(u32 mbarrier, int phase) {
  return ptx::vote_any(!ptx::mbarrier_test_wait_parity(mbarrier, phase));
}

// One arrival of the whole warp: what any lane did before is seen by who waits.
__device__ __forceinline__ void arrive(u32 mbarrier) {
  ptx::bar_warp_sync();
  if (ptx::lane() == 0) ptx::mbarrier_arrive(mbarrier);
}

}  // namespace warp

namespace warpgroup {

// Rows from `limit` on are left alone; rows from `valid` to `limit` become zero and are not read.
template <class T, int kRows, int kCols, class Layout, class S, int kStride>
__device__ __forceinline__ void copy_async(SharedTile<T, kRows, kCols, Layout> destination,
                                           GlobalRows<S, kStride> source, int valid, int limit = kRows) {
  ragged::detail::copy_async<kThreads>(destination, source, ptx::thread() % kThreads, valid,
                                       limit < kRows ? limit : kRows);
}

}  // namespace warpgroup

namespace block {

// By one thread; block::barrier shows it to the others.
template <int kArrivals, int kCount>
__device__ __forceinline__ void init_barriers(Barriers<kCount> barriers) {
  if (ptx::thread() != 0) return;
#pragma unroll
  for (int i = 0; i < kCount; ++i) ptx::mbarrier_init(barriers.at(i), kArrivals);
  ptx::fence_mbarrier_init();
}

}  // namespace block

}  // namespace ragged
