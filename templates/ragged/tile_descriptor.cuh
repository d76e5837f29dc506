// Where wgmma finds the steps of a product in a tile of shared memory: descriptors for the layouts that it can read.
//   along_k(address, step)     32 bytes of each row, from 32 * step on; rows are those of M or N
//   along_rows(address, step)  the rows from 16 * step on; their elements are those of N
// `address` is that of the tile, whose first row may be any multiple of 8 of a larger one.
#pragma once

#include "ragged/matrix_descriptor.cuh"
#include "ragged/shared_tile.cuh"

namespace ragged {

template <class Layout>
struct TileDescriptor;

// Rows that fill a swizzle of the hardware.
template <int kRowBytes>
struct TileDescriptor<layout::Xor<kRowBytes>> {
  static_assert(kRowBytes <= 128, "rows fill a swizzle of the hardware");
  static constexpr Swizzle kSwizzle = kRowBytes == 128 ? Swizzle::k128 : kRowBytes == 64 ? Swizzle::k64 : Swizzle::k32;

  __device__ __forceinline__ static u64 along_k(u32 address, int step) {
    return advance_descriptor(matrix_descriptor<kSwizzle>(address, 16, 8 * kRowBytes), step * 32);
  }
  __device__ __forceinline__ static u64 along_rows(u32 address, int step) {
    return advance_descriptor(matrix_descriptor<kSwizzle>(address, 8 * kRowBytes, 8 * kRowBytes),
                              step * 16 * kRowBytes);
  }
};

template <int kDistance, bool kEven>
struct TileDescriptor<layout::Panels<kDistance, kEven>> {
  __device__ __forceinline__ static u64 along_k(u32 address, int step) {
    return advance_descriptor(matrix_descriptor<Swizzle::k128>(address, 16, 1024),
                              step / 4 * kDistance + step % 4 * 32);
  }
  __device__ __forceinline__ static u64 along_rows(u32 address, int step) {
    return advance_descriptor(matrix_descriptor<Swizzle::k128>(address, kDistance, 1024), step * 2048);
  }
};

}  // namespace ragged
