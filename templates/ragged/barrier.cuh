// Barriers by scope.
#pragma once

#include "ragged/ptx/sync.cuh"

namespace ragged {

namespace block {
__device__ __forceinline__ void barrier() {
  ptx::bar_sync<0>();
}
}  // namespace block

namespace warp {
__device__ __forceinline__ void barrier() {
  ptx::bar_warp_sync();
}
}  // namespace warp

}  // namespace ragged
