// Programmatic dependent launch: kernels that start before the one in front of them has ended.
#pragma once

#include "ragged/types.cuh"

namespace ragged::ptx {

// Waits for the kernel in front and for what it wrote.
__device__ __forceinline__ void griddepcontrol_wait() {
  asm volatile("griddepcontrol.wait;" ::: "memory");
}

// The kernel behind may start once all blocks have said so or ended.
__device__ __forceinline__ void griddepcontrol_launch_dependents() {
  asm volatile("griddepcontrol.launch_dependents;" ::: "memory");
}

}  // namespace ragged::ptx
