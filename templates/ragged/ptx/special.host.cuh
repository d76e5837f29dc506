// Host twins of special.cuh.
#pragma once

#include "host/prelude.h"
#include "ragged/types.cuh"

namespace ragged::ptx {

__device__ __forceinline__ int thread() {
  return static_cast<int>(ragged_host::api->position()->thread);
}
__device__ __forceinline__ int lane() {
  return thread() & 31;
}
__device__ __forceinline__ int warp() {
  return thread() >> 5;
}
__device__ __forceinline__ int keep_here(int x) {
  return x;
}
template <int kLimit>
__device__ __forceinline__ int below(int x) {
  return x;
}

__device__ __forceinline__ int block_x() {
  return static_cast<int>(ragged_host::api->position()->block[0]);
}
__device__ __forceinline__ int block_y() {
  return static_cast<int>(ragged_host::api->position()->block[1]);
}
__device__ __forceinline__ int grid_x() {
  return static_cast<int>(ragged_host::api->position()->grid[0]);
}

}  // namespace ragged::ptx
