// Copies of rows to shared memory by tensor maps (TMA): boxes of rows that one thread asks for, and no thread waits
// for.
#pragma once

#include "ragged/global_rows.cuh"
#include "ragged/ptx/bulk_copy.cuh"
#include "ragged/ptx/mbarrier.cuh"
#include "ragged/ptx/memory_wide.cuh"
#include "ragged/ptx/proxy.cuh"
#include "ragged/ptx/special.cuh"
#include "ragged/ptx/sync.cuh"
#include "ragged/ptx/tensor_copy.cuh"
#include "ragged/shared_tile.cuh"

namespace ragged {

// What the driver makes of an address and the tensor behind it; a parameter of the kernel.
struct alignas(64) TensorMap {
  static constexpr int kBytes = 128;
  u8 opaque[kBytes];
};

namespace block {

__device__ __forceinline__ void prefetch_map(const TensorMap& map) {
  if (ptx::thread() == 0) ptx::prefetch_tensormap(&map);
}

}  // namespace block

namespace warp {

// Starts copying rows [0, valid) of `source`, which are those of the map from (row, col) on, and arrives once; rows
// from `valid` to `limit` become zero. Boxes have kBoxRows rows, of as many bytes as a swizzle of the layout has; rows
// that do not fill one go in chunks, so that nothing behind them is read: it may be another sequence, or no memory at
// all.
template <int kBoxRows, class T, int kRows, int kCols, class Layout, class S, int kStride>
__device__ __forceinline__ void copy_tensor(SharedTile<T, kRows, kCols, Layout> destination, const TensorMap& map,
                                            int row, int col, GlobalRows<S, kStride> source, int valid, int limit,
                                            u32 mbarrier) {
  static_assert(sizeof(S) == sizeof(T), "a copy does not convert");
  constexpr int kRowChunks = kCols * sizeof(T) / kChunkBytes;
  constexpr int kPerChunk = kChunkBytes / sizeof(T);
  constexpr int kBoxChunks = kRowChunks < 8 ? kRowChunks : 8;
  static_assert(kRowChunks % kBoxChunks == 0, "rows are whole boxes");
  const int lane = ptx::lane();
  if (limit < valid) valid = limit;
  if (valid < limit) {
#pragma unroll 1
    for (u32 i = valid * kRowChunks + lane; i < static_cast<u32>(limit * kRowChunks); i += kWarpThreads) {
      ptx::store_shared(destination.row_chunk_address(i / kRowChunks, i % kRowChunks), u32x4{0, 0, 0, 0});
    }
    // The zeros are there for products when the barrier is passed.
    ptx::fence_proxy_async_shared();
  }
  // Nor may a lane still wait for this slot to be free when the copy fills it.
  ptx::bar_warp_sync();
  const int boxed = static_cast<u32>(valid) / kBoxRows * kBoxRows;
  if (lane == 0) {
    ptx::mbarrier_arrive_expect_tx(mbarrier, valid * kRowChunks * kChunkBytes);
#pragma unroll 1
    for (int first = 0; first < boxed; first += kBoxRows) {
#pragma unroll
      for (int chunk = 0; chunk < kRowChunks; chunk += kBoxChunks) {
        ptx::cp_async_bulk_tensor_load<2>(destination.row_chunk_address(first, chunk), &map,
                                          {col + chunk * kPerChunk, row + first}, mbarrier);
      }
    }
  }
#pragma unroll 1
  for (u32 i = boxed * kRowChunks + lane; i < static_cast<u32>(valid * kRowChunks); i += kWarpThreads) {
    const int at = i / kRowChunks;
    const int chunk = i % kRowChunks;
    ptx::cp_async_bulk_load(destination.row_chunk_address(at, chunk),
                            source.data + (static_cast<i64>(at) * kStride + chunk * kPerChunk), kChunkBytes, mbarrier);
  }
}

}  // namespace warp

}  // namespace ragged
