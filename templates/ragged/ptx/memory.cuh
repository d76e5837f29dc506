// Loads, stores and asynchronous copies. Every access of a generated kernel to global or shared memory is one of these
// (or an ldmatrix), and all are volatile: they stay in program order among themselves and with the barriers, which is
// why they need no "memory" clobber. Shared memory is addressed in bytes from the start of the shared window.
#pragma once

#include "ragged/types.cuh"

namespace ragged::ptx {

__device__ __forceinline__ u32 shared_address(const void* pointer) {
  return static_cast<u32>(__cvta_generic_to_shared(pointer));
}

// Global memory that no thread of the kernel writes. Not through the non-coherent path, which is for what nobody at all
// writes while the kernel runs: the kernel in front may, until griddepcontrol.wait has returned. T is u8, u16, u32,
// u32x2 or u32x4; aligned to its size.
template <class T>
__device__ __forceinline__ T load_global(const void* address) {
  static_assert(sizeof(T) == 1 || sizeof(T) == 2 || sizeof(T) == 4 || sizeof(T) == 8 || sizeof(T) == 16,
                "an access moves 1, 2, 4, 8 or 16 bytes");
  if constexpr (sizeof(T) == 16) {
    u32x4 v;
    asm volatile("ld.global.v4.b32 {%0, %1, %2, %3}, [%4];"
                 : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w)
                 : "l"(address));
    return v;
  } else if constexpr (sizeof(T) == 8) {
    u32x2 v;
    asm volatile("ld.global.v2.b32 {%0, %1}, [%2];" : "=r"(v.x), "=r"(v.y) : "l"(address));
    return v;
  } else if constexpr (sizeof(T) == 4) {
    T v;
    asm volatile("ld.global.b32 %0, [%1];" : "=r"(v) : "l"(address));
    return v;
  } else if constexpr (sizeof(T) == 2) {
    u16 v;
    asm volatile("ld.global.b16 %0, [%1];" : "=h"(v) : "l"(address));
    return v;
  } else {
    u32 v;
    asm volatile("ld.global.u8 %0, [%1];" : "=r"(v) : "l"(address));
    return static_cast<T>(v);
  }
}

__device__ __forceinline__ void store_global(void* address, u32x4 v) {
  asm volatile("st.global.v4.b32 [%0], {%1, %2, %3, %4};" ::"l"(address), "r"(v.x), "r"(v.y), "r"(v.z), "r"(v.w));
}
__device__ __forceinline__ void store_global(void* address, u32x2 v) {
  asm volatile("st.global.v2.b32 [%0], {%1, %2};" ::"l"(address), "r"(v.x), "r"(v.y));
}
__device__ __forceinline__ void store_global(void* address, u32 v) {
  asm volatile("st.global.b32 [%0], %1;" ::"l"(address), "r"(v));
}
__device__ __forceinline__ void store_global(void* address, u16 v) {
  asm volatile("st.global.b16 [%0], %1;" ::"l"(address), "h"(v));
}

template <class T>
__device__ __forceinline__ T load_shared(u32 address) {
  static_assert(sizeof(T) == 4 || sizeof(T) == 16, "an access moves 4 or 16 bytes");
  if constexpr (sizeof(T) == 16) {
    u32x4 v;
    asm volatile("ld.shared.v4.b32 {%0, %1, %2, %3}, [%4];"
                 : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w)
                 : "r"(address));
    return v;
  } else {
    T v;
    asm volatile("ld.shared.b32 %0, [%1];" : "=r"(v) : "r"(address));
    return v;
  }
}

__device__ __forceinline__ void store_shared(u32 address, u32 v) {
  asm volatile("st.shared.b32 [%0], %1;" ::"r"(address), "r"(v));
}
__device__ __forceinline__ void store_shared(u32 address, f32 v0, f32 v1) {
  asm volatile("st.shared.v2.f32 [%0], {%1, %2};" ::"r"(address), "f"(v0), "f"(v1));
}

// 16 bytes from global to shared memory past L1. `source_bytes` is 16 or 0: with 0 the global address is not read and
// zeros are written (PTX ISA, cp.async: src-size).
__device__ __forceinline__ void cp_async_16(u32 shared, const void* global, int source_bytes) {
  asm volatile("cp.async.cg.shared.global.L2::128B [%0], [%1], 16, %2;" ::"r"(shared), "l"(global), "r"(source_bytes));
}

// The same if `condition` holds, else nothing.
__device__ __forceinline__ void cp_async_16_if(bool condition, u32 shared, const void* global, int source_bytes) {
  asm volatile(
      "{ .reg .pred p; setp.ne.b32 p, %3, 0; @p cp.async.cg.shared.global.L2::128B [%0], [%1], 16, %2; }" ::"r"(shared),
      "l"(global), "r"(source_bytes), "r"(static_cast<u32>(condition)));
}

__device__ __forceinline__ void cp_async_commit_group() {
  asm volatile("cp.async.commit_group;" ::: "memory");
}

// Waits until at most kPending of this thread's newest groups are still under way.
template <int kPending>
__device__ __forceinline__ void cp_async_wait_group() {
  static_assert(kPending >= 0, "expected a number of groups");
  asm volatile("cp.async.wait_group %0;" ::"n"(kPending) : "memory");
}

}  // namespace ragged::ptx
