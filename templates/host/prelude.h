// The words of CUDA that emitted code uses, for the system's C++ compiler. Goes in front of an emitted source whose PTX
// wrappers have been replaced by their host twins.
#pragma once

#include "host/abi.h"

#define __device__
#define __host__
#define __global__
#define __forceinline__ inline __attribute__((always_inline))
#define __restrict__ __restrict
#define __launch_bounds__(...)
#define __cluster_dims__(...)
#define __align__(n) __attribute__((aligned(n)))
#define __grid_constant__
// Only `extern __shared__` has a meaning here, for which this attribute is allowed; on a local variable it is an error.
#define __shared__ __attribute__((visibility("default")))
#define __syncthreads() ragged_host::api->barrier(0, 0, true, __LINE__)
#define __syncwarp() ragged_host::api->warp_barrier(0xffffffffu, __LINE__)

namespace ragged_host {

// Set when the emulator loads the code.
inline const Api* api = nullptr;

struct Dim3 {
  u32 x, y, z;
};

inline Dim3 thread_index() {
  return {api->position()->thread, 0, 0};
}
inline Dim3 block_index() {
  const Position& at = *api->position();
  return {at.block[0], at.block[1], at.block[2]};
}
inline Dim3 grid_size() {
  const Position& at = *api->position();
  return {at.grid[0], at.grid[1], at.grid[2]};
}
inline Dim3 block_size() {
  return {api->position()->threads, 1, 1};
}

}  // namespace ragged_host

#define threadIdx ragged_host::thread_index()
#define blockIdx ragged_host::block_index()
#define gridDim ragged_host::grid_size()
#define blockDim ragged_host::block_size()
