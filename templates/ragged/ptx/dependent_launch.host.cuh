// Host twins of dependent_launch.cuh.
#pragma once

#include "host/prelude.h"
#include "ragged/types.cuh"

namespace ragged::ptx {

__device__ __forceinline__ void griddepcontrol_wait(int line = __builtin_LINE()) {
  ragged_host::api->dependent_launch(true, line);
}

__device__ __forceinline__ void griddepcontrol_launch_dependents(int line = __builtin_LINE()) {
  ragged_host::api->dependent_launch(false, line);
}

}  // namespace ragged::ptx
