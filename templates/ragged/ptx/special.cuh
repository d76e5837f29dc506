// Where a thread stands. Blocks are one-dimensional in every generated kernel.
#pragma once

#include "ragged/types.cuh"

namespace ragged::ptx {

__device__ __forceinline__ int thread() { return static_cast<int>(threadIdx.x); }
__device__ __forceinline__ int lane() { return static_cast<int>(threadIdx.x) & 31; }
__device__ __forceinline__ int warp() { return static_cast<int>(threadIdx.x) >> 5; }
__device__ __forceinline__ int block_x() { return static_cast<int>(blockIdx.x); }
__device__ __forceinline__ int block_y() { return static_cast<int>(blockIdx.y); }
__device__ __forceinline__ int grid_x() { return static_cast<int>(gridDim.x); }

}  // namespace ragged::ptx
