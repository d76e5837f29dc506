// Matrices in shared memory: an address and a layout of 16-byte chunks that lets ldmatrix read 8 consecutive rows of
// one chunk column without bank conflicts (the 8 chunks lie in 8 different 16-byte groups of the 128 bytes of banks).
// Tiles start at multiples of 128 bytes for that to hold. A layout says whether it holds rows of so many chunks, how
// many bytes a tile of them has, and how many chunks of a row a copy must fill.
#pragma once

#include "ragged/types.cuh"

namespace ragged {

namespace layout {

// Rows of a power of two bytes, no padding: the chunk index is XORed with bits of the row index.
template <int kRowBytes>
struct Xor {
  static_assert(kRowBytes >= 32 && kRowBytes <= 1024 && (kRowBytes & (kRowBytes - 1)) == 0,
                "expected rows of 32 to 1024 bytes, a power of two");
  static constexpr int kStride = kRowBytes;  // of rows

  __device__ __forceinline__ static constexpr bool holds(int, int chunks) { return chunks * kChunkBytes <= kRowBytes; }
  __device__ __forceinline__ static constexpr int bytes(int rows, int) { return rows * kStride; }
  __device__ __forceinline__ static constexpr int filled(int chunks) { return chunks; }

  __device__ __forceinline__ static constexpr u32 offset(int row, int chunk) {
    constexpr int kShift = kRowBytes >= 128 ? 0 : kRowBytes == 64 ? 1 : 2;
    constexpr int kMask = kRowBytes >= 128 ? 7 : kRowBytes == 64 ? 3 : 1;
    return row * kStride + ((chunk ^ ((row >> kShift) & kMask)) * kChunkBytes);
  }

  // The offset of (row, chunk + delta) from that of (row, chunk), where chunk < the lowest set bit of delta.
  __device__ __forceinline__ static constexpr u32 advance(u32 offset, int delta) {
    return offset ^ (delta * kChunkBytes);
  }
};

// Rows at a stride of an odd multiple of 16 bytes.
template <int kStrideBytes>
struct Padded {
  static_assert(kStrideBytes % 32 == 16, "expected an odd multiple of 16 bytes");
  static constexpr int kStride = kStrideBytes;

  __device__ __forceinline__ static constexpr bool holds(int, int chunks) {
    return chunks * kChunkBytes <= kStrideBytes;
  }
  __device__ __forceinline__ static constexpr int bytes(int rows, int) { return rows * kStride; }
  __device__ __forceinline__ static constexpr int filled(int chunks) { return chunks; }

  __device__ __forceinline__ static constexpr u32 offset(int row, int chunk) {
    return row * kStride + chunk * kChunkBytes;
  }
  __device__ __forceinline__ static constexpr u32 advance(u32 offset, int delta) {
    return offset + delta * kChunkBytes;
  }
};

// Columns of 8 chunks, each a tile with rows of 128 bytes of its own, kDistance bytes apart. The last may be filled in
// part. With kEven there is an even number of chunks: what copies rows of an odd number fills one more with zeros.
template <int kDistance, bool kEven = false>
struct Panels {
  static_assert(kDistance > 0 && kDistance % 1024 == 0, "expected a positive multiple of 1024 bytes");
  using Panel = Xor<128>;
  static constexpr int kStride = Panel::kStride;

  __device__ __forceinline__ static constexpr bool holds(int rows, int) { return rows * kStride <= kDistance; }
  __device__ __forceinline__ static constexpr int bytes(int, int chunks) { return (chunks + 7) / 8 * kDistance; }
  __device__ __forceinline__ static constexpr int filled(int chunks) { return kEven ? (chunks + 1) / 2 * 2 : chunks; }

  __device__ __forceinline__ static constexpr u32 offset(int row, int chunk) {
    return chunk / 8 * kDistance + Panel::offset(row, chunk % 8);
  }
  __device__ __forceinline__ static constexpr u32 advance(u32 offset, int delta) {
    return delta / 8 * kDistance + Panel::advance(offset, delta % 8);
  }
};

template <int kDistance>
using EvenPanels = Panels<kDistance, true>;

}  // namespace layout

template <class T, int kRows, int kCols, class Layout>
struct SharedTile {
  static_assert(kRows % 8 == 0 && kCols % 8 == 0, "rows and columns come in eights");
  static constexpr int kRowChunks = kCols * sizeof(T) / kChunkBytes;
  static_assert(Layout::holds(kRows, kRowChunks), "rows do not fit their layout");
  static constexpr int kBytes = Layout::bytes(kRows, kRowChunks);

  u32 address;

  __device__ __forceinline__ u32 row_chunk_address(int row, int chunk) const {
    return address + Layout::offset(row, chunk);
  }

  // kOther rows from `first`, a multiple of 8 (the layouts repeat every 8 rows).
  template <int kOther>
  __device__ __forceinline__ SharedTile<T, kOther, kCols, Layout> rows(int first) const {
    return {address + first * Layout::kStride};
  }
};

// Several tiles one behind the other: the stages of a ring, or one tile a warp.
template <class T, int kSlots, int kRows, int kCols, class Layout>
struct SharedSlots {
  using Tile = SharedTile<T, kRows, kCols, Layout>;
  static constexpr int kBytes = kSlots * Tile::kBytes;

  u32 address;

  __device__ __forceinline__ Tile slot(int index) const { return {address + index * Tile::kBytes}; }
};

}  // namespace ragged
