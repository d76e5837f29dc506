// What a warpgroup (four warps, the first a multiple of four) does around its products (warpgroup_mma.cuh): order them,
// wait for them, move registers between warpgroups.
#pragma once

#include "ragged/types.cuh"

namespace ragged::ptx {

// Before the first wgmma, and between any other use of a register and a wgmma that uses it; products that add up in the
// same accumulators need none between them.
__device__ __forceinline__ void wgmma_fence() {
  asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
}

__device__ __forceinline__ void wgmma_commit_group() {
  asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
}

// Waits until at most kPending of the newest groups are still under way. Until then their accumulators and the shared
// memory they read must be left alone.
template <int kPending>
__device__ __forceinline__ void wgmma_wait_group() {
  static_assert(kPending >= 0 && kPending < 8, "expected at most 7 groups under way");
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(kPending) : "memory");
}

// The number of registers of each thread of the warpgroup: inc waits until the block has so many, dec gives back.
template <int kRegisters>
__device__ __forceinline__ void setmaxnreg_inc() {
  static_assert(kRegisters >= 24 && kRegisters <= 256 && kRegisters % 8 == 0, "24..256 registers in eights");
  asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(kRegisters));
}
template <int kRegisters>
__device__ __forceinline__ void setmaxnreg_dec() {
  static_assert(kRegisters >= 24 && kRegisters <= 256 && kRegisters % 8 == 0, "24..256 registers in eights");
  asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(kRegisters));
}

}  // namespace ragged::ptx
