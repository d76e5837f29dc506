// stmatrix, the way back of ldmatrix (matrix.cuh). All lanes of a warp take part.
#pragma once

#include "ragged/types.cuh"

namespace ragged::ptx {

// kCount matrices of 8 rows of 16 bytes; lanes 8m..8m+7 give the addresses of the rows of matrix m, whose elements are
// in reg[m] of all lanes, as ldmatrix leaves them.
template <int kCount, bool kTransposed>
__device__ __forceinline__ void stmatrix(u32 address, const u32 (&reg)[kCount]) {
  static_assert(kCount == 1 || kCount == 2 || kCount == 4, "stmatrix stores 1, 2 or 4 matrices");
  if constexpr (kCount == 4 && kTransposed) {
    asm volatile("stmatrix.sync.aligned.m8n8.x4.trans.shared.b16 [%0], {%1, %2, %3, %4};" ::"r"(address), "r"(reg[0]),
                 "r"(reg[1]), "r"(reg[2]), "r"(reg[3]));
  } else if constexpr (kCount == 4) {
    asm volatile("stmatrix.sync.aligned.m8n8.x4.shared.b16 [%0], {%1, %2, %3, %4};" ::"r"(address), "r"(reg[0]),
                 "r"(reg[1]), "r"(reg[2]), "r"(reg[3]));
  } else if constexpr (kCount == 2 && kTransposed) {
    asm volatile("stmatrix.sync.aligned.m8n8.x2.trans.shared.b16 [%0], {%1, %2};" ::"r"(address), "r"(reg[0]),
                 "r"(reg[1]));
  } else if constexpr (kCount == 2) {
    asm volatile("stmatrix.sync.aligned.m8n8.x2.shared.b16 [%0], {%1, %2};" ::"r"(address), "r"(reg[0]), "r"(reg[1]));
  } else if constexpr (kTransposed) {
    asm volatile("stmatrix.sync.aligned.m8n8.x1.trans.shared.b16 [%0], {%1};" ::"r"(address), "r"(reg[0]));
  } else {
    asm volatile("stmatrix.sync.aligned.m8n8.x1.shared.b16 [%0], {%1};" ::"r"(address), "r"(reg[0]));
  }
}

}  // namespace ragged::ptx
