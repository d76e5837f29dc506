// Host twins of memory.cuh.
#pragma once

#include "host/prelude.h"
#include "ragged/types.cuh"

namespace ragged::ptx {

__device__ __forceinline__ u32 shared_address(const void* pointer) {
  return ragged_host::api->shared_address(pointer);
}

template <class T>
__device__ __forceinline__ T load_global(const void* address, int line = __builtin_LINE()) {
  static_assert(sizeof(T) == 1 || sizeof(T) == 2 || sizeof(T) == 4 || sizeof(T) == 8 || sizeof(T) == 16,
                "an access moves 1, 2, 4, 8 or 16 bytes");
  T v;
  ragged_host::api->load_global(&v, address, sizeof(T), line);
  return v;
}

__device__ __forceinline__ void store_global(void* address, u32x4 v, int line = __builtin_LINE()) {
  ragged_host::api->store_global(address, &v, 16, line);
}
__device__ __forceinline__ void store_global(void* address, u32x2 v, int line = __builtin_LINE()) {
  ragged_host::api->store_global(address, &v, 8, line);
}
__device__ __forceinline__ void store_global(void* address, u32 v, int line = __builtin_LINE()) {
  ragged_host::api->store_global(address, &v, 4, line);
}
__device__ __forceinline__ void store_global(void* address, u16 v, int line = __builtin_LINE()) {
  ragged_host::api->store_global(address, &v, 2, line);
}

template <class T>
__device__ __forceinline__ T load_shared(u32 address, int line = __builtin_LINE()) {
  static_assert(sizeof(T) == 4 || sizeof(T) == 16, "an access moves 4 or 16 bytes");
  T v;
  ragged_host::api->load_shared(&v, address, sizeof(T), line);
  return v;
}

__device__ __forceinline__ void store_shared(u32 address, u32 v, int line = __builtin_LINE()) {
  ragged_host::api->store_shared(address, &v, 4, line);
}
__device__ __forceinline__ void store_shared(u32 address, f32 v0, f32 v1, int line = __builtin_LINE()) {
  const f32 v[2] = {v0, v1};
  ragged_host::api->store_shared(address, v, 8, line);
}

__device__ __forceinline__ void cp_async_16(u32 shared, const void* global, int source_bytes,
                                            int line = __builtin_LINE()) {
  ragged_host::api->copy_async(shared, global, 16, static_cast<u32>(source_bytes), line);
}

__device__ __forceinline__ void cp_async_16_if(bool condition, u32 shared, const void* global, int source_bytes,
                                               int line = __builtin_LINE()) {
  if (condition) ragged_host::api->copy_async(shared, global, 16, static_cast<u32>(source_bytes), line);
}

__device__ __forceinline__ void cp_async_commit_group(int line = __builtin_LINE()) {
  ragged_host::api->commit_copies(line);
}

template <int kPending>
__device__ __forceinline__ void cp_async_wait_group(int line = __builtin_LINE()) {
  static_assert(kPending >= 0, "expected a number of groups");
  ragged_host::api->wait_copies(kPending, line);
}

}  // namespace ragged::ptx
