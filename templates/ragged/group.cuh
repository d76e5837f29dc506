// Groups of neighbouring warps: group i of a block has the warps from i * kWarps on, its own barrier, and copies of its
// own, which no other warp waits for.
#pragma once

#include "ragged/global_rows.cuh"
#include "ragged/ptx/memory.cuh"
#include "ragged/ptx/named_barrier.cuh"
#include "ragged/ptx/special.cuh"
#include "ragged/ptx/sync.cuh"
#include "ragged/shared_tile.cuh"

namespace ragged::group {

template <int kWarps>
__device__ __forceinline__ void barrier() {
  if constexpr (kWarps == 1) {
    ptx::bar_warp_sync();
  } else {
    ptx::bar_sync_at<kWarps * kWarpThreads>(1 + ptx::warp() / kWarps);  // barrier 0 is the block's
  }
}

// Starts copying a whole tile; rows from `valid` on become zero. The number of copies is known and they are written
// out: what a thread spends between two of them counts where few warps have little to do.
template <int kWarps, class T, int kRows, int kCols, class Layout, class S, int kStride>
__device__ __forceinline__ void copy_async(SharedTile<T, kRows, kCols, Layout> destination,
                                           GlobalRows<S, kStride> source, int valid) {
  static_assert(sizeof(S) == sizeof(T), "a copy does not convert");
  static_assert(kStride * sizeof(T) % kChunkBytes == 0, "rows start at multiples of 16 bytes");
  constexpr int kThreads = kWarps * kWarpThreads;
  constexpr int kGlobalChunks = kCols * sizeof(T) / kChunkBytes;
  constexpr int kRowChunks = Layout::filled(kGlobalChunks);
  constexpr int kPerChunk = kChunkBytes / sizeof(T);
  // What a layout adds to a row becomes zero, too.
  const auto bytes_of = [](bool is_row, int chunk) {
    return is_row && (kRowChunks == kGlobalChunks || chunk < kGlobalChunks) ? kChunkBytes : 0;
  };
  // Unsigned, so that quotients are shifts.
  const int thread = static_cast<u32>(ptx::thread()) % static_cast<u32>(kThreads);
  if constexpr (kRowChunks <= kThreads) {
    // A thread stays in its column of chunks. Layouts repeat every 8 rows, so a few addresses serve all of its rows.
    constexpr int kRowsPerTrip = kThreads / kRowChunks;
    constexpr int kTrips = (kRows + kRowsPerTrip - 1) / kRowsPerTrip;
    constexpr int kPeriod = kRowsPerTrip % 8 == 0 ? 1 : kRowsPerTrip % 4 == 0 ? 2 : kRowsPerTrip % 2 == 0 ? 4 : 8;
    const int first = static_cast<u32>(thread) / kRowChunks;
    const int chunk = static_cast<u32>(thread) % kRowChunks;
    if (kThreads % kRowChunks != 0 && first >= kRowsPerTrip) return;  // a row more would not be whole
    const S* from = source.data + (static_cast<i64>(first) * kStride + chunk * kPerChunk);
    u32 address[kPeriod];
#pragma unroll
    for (int i = 0; i < kPeriod; ++i) address[i] = destination.row_chunk_address(first + i * kRowsPerTrip, chunk);
    const int left = valid - first;
#pragma unroll
    for (int trip = 0; trip < kTrips; ++trip) {
      const int row = trip * kRowsPerTrip;
      if (row + kRowsPerTrip > kRows && first + row >= kRows) break;
      ptx::cp_async_16(address[trip % kPeriod] + trip / kPeriod * kPeriod * kRowsPerTrip * Layout::kStride,
                       from + row * kStride, bytes_of(row < left, chunk));
    }
  } else {
#pragma unroll 4
    for (int index = thread; index < kRows * kRowChunks; index += kThreads) {
      const int row = index / kRowChunks;
      const int chunk = index % kRowChunks;
      ptx::cp_async_16(destination.row_chunk_address(row, chunk),
                       source.data + (static_cast<i64>(row) * kStride + chunk * kPerChunk),
                       bytes_of(row < valid, chunk));
    }
  }
}

}  // namespace ragged::group
