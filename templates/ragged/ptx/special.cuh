// Where a thread stands. Blocks are one-dimensional in every generated kernel.
#pragma once

#include "ragged/types.cuh"

namespace ragged::ptx {

__device__ __forceinline__ int thread() {
  return static_cast<int>(threadIdx.x);
}
__device__ __forceinline__ int lane() {
  return static_cast<int>(threadIdx.x) & 31;
}
__device__ __forceinline__ int warp() {
  return static_cast<int>(threadIdx.x) >> 5;
}
// x, in a way that the compiler cannot see through: what is computed from it stays where it is written. Address
// arithmetic from the lane would else be hoisted out of the loop over rows and hold registers all through it.
__device__ __forceinline__ int keep_here(int x) {
  int y;
  asm volatile("mov.b32 %0, %1;" : "=r"(y) : "r"(x));
  return y;
}
// x, of which the compiler is told that it is from 0 to kLimit - 1.
template <int kLimit>
__device__ __forceinline__ int below(int x) {
  __builtin_assume(x >= 0 && x < kLimit);
  return x;
}

__device__ __forceinline__ int block_x() {
  return static_cast<int>(blockIdx.x);
}
__device__ __forceinline__ int block_y() {
  return static_cast<int>(blockIdx.y);
}
__device__ __forceinline__ int grid_x() {
  return static_cast<int>(gridDim.x);
}

}  // namespace ragged::ptx
