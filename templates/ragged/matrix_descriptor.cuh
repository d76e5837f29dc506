// How wgmma finds an operand in shared memory (PTX ISA, "Matrix Descriptor"). Rows are those of M or N. In units of 16
// bytes, of which T elements fill one, and with W = 1, 2, 4 or 8 of them for no swizzle, 32, 64 and 128 bytes:
//   K-major   row r, chunk c of k:  (r % 8) * W + (r / 8) * stride + c           without swizzle: + c * leading
//   MN-major  element k, chunk c of rows:  (c % W) + (c / W) * leading + (k % 8) * W + (k / 8) * stride
//             without swizzle: c * stride + (k % 8) + (k / 8) * leading
// Then the swizzle exchanges chunks: bits 4.. of the address are xor-ed with bits 7.., three bits for 128 bytes, two
// for 64, one for 32. So patterns begin at multiples of 1024, 512 and 256 bytes. A K-major operand is walked along k in
// steps of 32 bytes from that.
#pragma once

#include "ragged/types.cuh"

namespace ragged {

// The numbers are those of the descriptor.
enum class Swizzle : u32 { kNone = 0, k128 = 1, k64 = 2, k32 = 3 };

// All in bytes and multiples of 16.
template <Swizzle kSwizzle>
__device__ __forceinline__ u64 matrix_descriptor(u32 address, u32 leading, u32 stride) {
  return static_cast<u64>((address & 0x3ffff) >> 4) | static_cast<u64>(leading >> 4 & 0x3fff) << 16 |
         static_cast<u64>(stride >> 4 & 0x3fff) << 32 | static_cast<u64>(kSwizzle) << 62;
}

// That of what lies `bytes` behind, a multiple of 16: one addition, as addresses of shared memory stay in their field.
__device__ __forceinline__ u64 advance_descriptor(u64 descriptor, u32 bytes) {
  return descriptor + (bytes >> 4);
}

}  // namespace ragged
