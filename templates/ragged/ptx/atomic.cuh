// Atomic operations on four bytes, relaxed; atom_ gives the value before. Those on global memory are seen by the whole
// device, those on shared memory by the block.
#pragma once

#include "ragged/types.cuh"

namespace ragged::ptx {

__device__ __forceinline__ u32 atom_global_add(u32* address, u32 v) {
  u32 old;
  asm volatile("atom.relaxed.gpu.global.add.u32 %0, [%1], %2;" : "=r"(old) : "l"(address), "r"(v) : "memory");
  return old;
}
__device__ __forceinline__ u32 atom_global_exch(u32* address, u32 v) {
  u32 old;
  asm volatile("atom.relaxed.gpu.global.exch.b32 %0, [%1], %2;" : "=r"(old) : "l"(address), "r"(v) : "memory");
  return old;
}
__device__ __forceinline__ u32 atom_global_cas(u32* address, u32 expected, u32 v) {
  u32 old;
  asm volatile("atom.relaxed.gpu.global.cas.b32 %0, [%1], %2, %3;"
               : "=r"(old)
               : "l"(address), "r"(expected), "r"(v)
               : "memory");
  return old;
}

__device__ __forceinline__ void red_global_add(u32* address, u32 v) {
  asm volatile("red.relaxed.gpu.global.add.u32 [%0], %1;" ::"l"(address), "r"(v) : "memory");
}
__device__ __forceinline__ void red_global_add(f32* address, f32 v) {
  asm volatile("red.relaxed.gpu.global.add.f32 [%0], %1;" ::"l"(address), "f"(v) : "memory");
}
__device__ __forceinline__ void red_global_max(i32* address, i32 v) {
  asm volatile("red.relaxed.gpu.global.max.s32 [%0], %1;" ::"l"(address), "r"(v) : "memory");
}
__device__ __forceinline__ void red_global_min(i32* address, i32 v) {
  asm volatile("red.relaxed.gpu.global.min.s32 [%0], %1;" ::"l"(address), "r"(v) : "memory");
}

__device__ __forceinline__ u32 atom_shared_add(u32 address, u32 v) {
  u32 old;
  asm volatile("atom.relaxed.cta.shared::cta.add.u32 %0, [%1], %2;" : "=r"(old) : "r"(address), "r"(v) : "memory");
  return old;
}
__device__ __forceinline__ void red_shared_add(u32 address, u32 v) {
  asm volatile("red.relaxed.cta.shared::cta.add.u32 [%0], %1;" ::"r"(address), "r"(v) : "memory");
}
__device__ __forceinline__ void red_shared_add(u32 address, f32 v) {
  asm volatile("red.relaxed.cta.shared::cta.add.f32 [%0], %1;" ::"r"(address), "f"(v) : "memory");
}
__device__ __forceinline__ void red_shared_max(u32 address, i32 v) {
  asm volatile("red.relaxed.cta.shared::cta.max.s32 [%0], %1;" ::"r"(address), "r"(v) : "memory");
}
__device__ __forceinline__ void red_shared_min(u32 address, i32 v) {
  asm volatile("red.relaxed.cta.shared::cta.min.s32 [%0], %1;" ::"r"(address), "r"(v) : "memory");
}
__device__ __forceinline__ void red_shared_or(u32 address, u32 v) {
  asm volatile("red.relaxed.cta.shared::cta.or.b32 [%0], %1;" ::"r"(address), "r"(v) : "memory");
}

}  // namespace ragged::ptx
