// Accumulators to global rows.
#pragma once

#include "ragged/fragment.cuh"
#include "ragged/global_rows.cuh"
#include "ragged/ptx/math.cuh"
#include "ragged/ptx/memory.cuh"
#include "ragged/ptx/special.cuh"
#include "ragged/ptx/sync.cuh"
#include "ragged/shared_tile.cuh"

namespace ragged::warp {

// Converts to T and writes rows 0 .. min(valid, 16) - 1. A fragment holds 4 or 8 bytes of a row at a time; going
// through the warp's own staging tile makes 16-byte stores of them, consecutive lanes along a row. The staging tile may
// be one that the warp has read before, and is free again on return.
template <class T, int kCols, class Layout, int kStride>
__device__ __forceinline__ void store_rows(const Acc<16, kCols>& acc, SharedTile<T, 16, kCols, Layout> staging,
                                           GlobalRows<T, kStride> out, int valid) {
  static_assert(kStride * sizeof(T) % kChunkBytes == 0, "rows start at multiples of 16 bytes");
  constexpr int kRowChunks = kCols * sizeof(T) / kChunkBytes;
  constexpr int kPerChunk = kChunkBytes / sizeof(T);
  const int lane = ptx::keep_here(ptx::lane());
  const int group = lane >> 2;
  const int thread = lane & 3;
  ptx::bar_warp_sync();  // other lanes may still be reading what the tile held
#pragma unroll
  for (int tile = 0; tile < kCols / 8; ++tile) {
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const f32 v0 = acc.value[tile][2 * half];
      const f32 v1 = acc.value[tile][2 * half + 1];
      const int row = group + 8 * half;
      if constexpr (is_same<T, f32>) {
        ptx::store_shared(staging.row_chunk_address(row, 2 * tile + (thread >> 1)) + (thread & 1) * 8, v0, v1);
      } else {
        ptx::store_shared(staging.row_chunk_address(row, tile) + thread * 4, ptx::cvt_pair<T>(v0, v1));
      }
    }
  }
  ptx::bar_warp_sync();
  constexpr int kRowsPerTrip = kWarpThreads / kRowChunks;
  constexpr int kIdle = kWarpThreads - kRowsPerTrip * kRowChunks;
  if constexpr (kIdle * 6 <= kWarpThreads) {
    // A few lanes may have no column of chunks.
    const int first = lane / kRowChunks;
    const int chunk = lane % kRowChunks;
    T* to = out.data + (static_cast<i64>(first) * kStride + chunk * kPerChunk);
    const int end = kIdle == 0 ? valid : lane >= kWarpThreads - kIdle ? 0 : valid < 16 ? valid : 16;
#pragma unroll
    for (int row = 0; row < 16; row += kRowsPerTrip) {
      if (first + row < end) {
        ptx::store_global(to + row * kStride, ptx::load_shared<u32x4>(staging.row_chunk_address(first + row, chunk)));
      }
    }
  } else {
#pragma unroll
    for (int index = lane; index < 16 * kRowChunks; index += kWarpThreads) {
      const int row = index / kRowChunks;
      const int chunk = index % kRowChunks;
      if (row < valid) {
        ptx::store_global(out.data + (static_cast<i64>(row) * kStride + chunk * kPerChunk),
                          ptx::load_shared<u32x4>(staging.row_chunk_address(row, chunk)));
      }
    }
  }
  ptx::bar_warp_sync();
}

}  // namespace ragged::warp
