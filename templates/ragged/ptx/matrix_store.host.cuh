// Host twins of matrix_store.cuh.
#pragma once

#include "host/prelude.h"
#include "ragged/types.cuh"

namespace ragged::ptx {

template <int kCount, bool kTransposed>
__device__ __forceinline__ void stmatrix(u32 address, const u32 (&reg)[kCount], int line = __builtin_LINE()) {
  static_assert(kCount == 1 || kCount == 2 || kCount == 4, "stmatrix stores 1, 2 or 4 matrices");
  ragged_host::api->store_matrix(reg, kCount, kTransposed, address, line);
}

}  // namespace ragged::ptx
