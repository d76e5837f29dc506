// Rows of one head in global memory.
#pragma once

#include "ragged/types.cuh"

namespace ragged {

// Row r starts at data + r * kRowStride elements.
template <class T, int kRowStride>
struct GlobalRows {
  T* data;

  __device__ __forceinline__ GlobalRows rows(int first) const { return {data + static_cast<i64>(first) * kRowStride}; }
};

}  // namespace ragged
