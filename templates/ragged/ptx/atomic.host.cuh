// Host twins of atomic.cuh.
#pragma once

#include "host/prelude.h"
#include "ragged/types.cuh"

namespace ragged::ptx {

__device__ __forceinline__ u32 atom_global_add(u32* address, u32 v, int line = __builtin_LINE()) {
  return ragged_host::api->atomic_global(ragged_host::Atomic::kAdd, address, v, 0, line);
}
__device__ __forceinline__ u32 atom_global_exch(u32* address, u32 v, int line = __builtin_LINE()) {
  return ragged_host::api->atomic_global(ragged_host::Atomic::kExchange, address, v, 0, line);
}
__device__ __forceinline__ u32 atom_global_cas(u32* address, u32 expected, u32 v, int line = __builtin_LINE()) {
  return ragged_host::api->atomic_global(ragged_host::Atomic::kCompareExchange, address, v, expected, line);
}

__device__ __forceinline__ void red_global_add(u32* address, u32 v, int line = __builtin_LINE()) {
  ragged_host::api->atomic_global(ragged_host::Atomic::kAdd, address, v, 0, line);
}
__device__ __forceinline__ void red_global_add(f32* address, f32 v, int line = __builtin_LINE()) {
  ragged_host::api->atomic_global(ragged_host::Atomic::kAddFloat, address, __builtin_bit_cast(u32, v), 0, line);
}
__device__ __forceinline__ void red_global_max(i32* address, i32 v, int line = __builtin_LINE()) {
  ragged_host::api->atomic_global(ragged_host::Atomic::kMax, address, static_cast<u32>(v), 0, line);
}
__device__ __forceinline__ void red_global_min(i32* address, i32 v, int line = __builtin_LINE()) {
  ragged_host::api->atomic_global(ragged_host::Atomic::kMin, address, static_cast<u32>(v), 0, line);
}

__device__ __forceinline__ u32 atom_shared_add(u32 address, u32 v, int line = __builtin_LINE()) {
  return ragged_host::api->atomic_shared(ragged_host::Atomic::kAdd, address, v, 0, line);
}
__device__ __forceinline__ void red_shared_add(u32 address, u32 v, int line = __builtin_LINE()) {
  ragged_host::api->atomic_shared(ragged_host::Atomic::kAdd, address, v, 0, line);
}
__device__ __forceinline__ void red_shared_add(u32 address, f32 v, int line = __builtin_LINE()) {
  ragged_host::api->atomic_shared(ragged_host::Atomic::kAddFloat, address, __builtin_bit_cast(u32, v), 0, line);
}
__device__ __forceinline__ void red_shared_max(u32 address, i32 v, int line = __builtin_LINE()) {
  ragged_host::api->atomic_shared(ragged_host::Atomic::kMax, address, static_cast<u32>(v), 0, line);
}
__device__ __forceinline__ void red_shared_min(u32 address, i32 v, int line = __builtin_LINE()) {
  ragged_host::api->atomic_shared(ragged_host::Atomic::kMin, address, static_cast<u32>(v), 0, line);
}
__device__ __forceinline__ void red_shared_or(u32 address, u32 v, int line = __builtin_LINE()) {
  ragged_host::api->atomic_shared(ragged_host::Atomic::kOr, address, v, 0, line);
}

}  // namespace ragged::ptx
