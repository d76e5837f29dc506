// Host twins of warpgroup.cuh.
#pragma once

#include "host/prelude.h"
#include "ragged/types.cuh"

namespace ragged::ptx {

__device__ __forceinline__ void wgmma_fence(int line = __builtin_LINE()) {
  ragged_host::api->wgmma_fence(line);
}

__device__ __forceinline__ void wgmma_commit_group(int line = __builtin_LINE()) {
  ragged_host::api->wgmma_commit(line);
}

template <int kPending>
__device__ __forceinline__ void wgmma_wait_group(int line = __builtin_LINE()) {
  static_assert(kPending >= 0 && kPending < 8, "expected at most 7 groups under way");
  ragged_host::api->wgmma_wait(kPending, line);
}

template <int kRegisters>
__device__ __forceinline__ void setmaxnreg_inc(int line = __builtin_LINE()) {
  static_assert(kRegisters >= 24 && kRegisters <= 256 && kRegisters % 8 == 0, "24..256 registers in eights");
  ragged_host::api->set_max_registers(kRegisters, true, line);
}
template <int kRegisters>
__device__ __forceinline__ void setmaxnreg_dec(int line = __builtin_LINE()) {
  static_assert(kRegisters >= 24 && kRegisters <= 256 && kRegisters % 8 == 0, "24..256 registers in eights");
  ragged_host::api->set_max_registers(kRegisters, false, line);
}

}  // namespace ragged::ptx
