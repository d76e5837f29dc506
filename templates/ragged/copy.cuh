// Asynchronous copies of rows from global to shared memory in 16-byte chunks, consecutive threads along a row.
#pragma once

#include "ragged/global_rows.cuh"
#include "ragged/ptx/memory.cuh"
#include "ragged/ptx/special.cuh"
#include "ragged/shared_tile.cuh"

namespace ragged {

namespace detail {

// Thread `thread` of kThreads. Rows from `limit` on are left alone; rows from `valid` to `limit` become zero and are
// not read.
template <int kThreads, class T, int kRows, int kCols, class Layout, class S, int kStride>
__device__ __forceinline__ void copy_async(SharedTile<T, kRows, kCols, Layout> destination,
                                           GlobalRows<S, kStride> source, int any_thread, int valid, int limit) {
  static_assert(sizeof(S) == sizeof(T), "a copy does not convert");
  static_assert(kStride * sizeof(T) % kChunkBytes == 0, "rows start at multiples of 16 bytes");
  constexpr int kGlobalChunks = kCols * sizeof(T) / kChunkBytes;
  constexpr int kRowChunks = Layout::filled(kGlobalChunks);
  constexpr int kPerChunk = kChunkBytes / sizeof(T);
  // What a layout adds to a row becomes zero, too.
  const auto bytes_of = [valid](int row, int chunk) {
    return row < valid && (kRowChunks == kGlobalChunks || chunk < kGlobalChunks) ? kChunkBytes : 0;
  };
  // Then no trip of a whole tile has to ask whether it has a row.
  const int thread = ptx::below<kThreads>(any_thread);
  constexpr int kRowsPerTrip = kThreads / kRowChunks;
  constexpr int kIdle = kThreads - kRowsPerTrip * kRowChunks;
  if constexpr (kIdle * 6 <= kThreads) {
    // A thread stays in its column of chunks: one pointer, moved by whole rows. A few threads may have none.
    if (kIdle > 0 && thread >= kThreads - kIdle) return;
    constexpr int kTrips = (kRows + kRowsPerTrip - 1) / kRowsPerTrip;
    const int first = thread / kRowChunks;
    const int chunk = thread % kRowChunks;
    const S* from = source.data + (static_cast<i64>(first) * kStride + chunk * kPerChunk);
    u32 to = destination.row_chunk_address(first, chunk);
    // So many at a time, under predicates: one branch for all, and none that a compiler has to think about.
    constexpr int kGroup = kTrips <= 6 ? kTrips : 4;
    // Layouts repeat every 8 rows.
    constexpr bool kIsEven = kRowsPerTrip % 8 == 0;
    constexpr u32 kToNext = Layout::offset(8, 0) * (kRowsPerTrip / 8);
#pragma unroll 1
    for (int row = first; row < limit; row += kGroup * kRowsPerTrip) {
#pragma unroll
      for (int trip = 0; trip < kGroup; ++trip) {
        const int at = row + trip * kRowsPerTrip;
        ptx::cp_async_16_if(at < limit, kIsEven ? to + trip * kToNext : destination.row_chunk_address(at, chunk),
                            from + trip * kRowsPerTrip * kStride, bytes_of(at, chunk));
      }
      if constexpr (kTrips == kGroup) break;
      from += kGroup * kRowsPerTrip * kStride;
      to += kGroup * kToNext;
    }
  } else {
#pragma unroll 2
    for (int index = thread; index < limit * kRowChunks; index += kThreads) {
      const int row = index / kRowChunks;
      const int chunk = index % kRowChunks;
      ptx::cp_async_16(destination.row_chunk_address(row, chunk),
                       source.data + (static_cast<i64>(row) * kStride + chunk * kPerChunk), bytes_of(row, chunk));
    }
  }
}

}  // namespace detail

// Ends the group of the copies since the last one.
__device__ __forceinline__ void commit_group() {
  ptx::cp_async_commit_group();
}

// Waits until at most kPending groups of this thread are under way; a barrier makes the others' copies visible.
template <int kPending>
__device__ __forceinline__ void wait_group() {
  ptx::cp_async_wait_group<kPending>();
}

namespace block {

template <int kThreads, class T, int kRows, int kCols, class Layout, class S, int kStride>
__device__ __forceinline__ void copy_async(SharedTile<T, kRows, kCols, Layout> destination,
                                           GlobalRows<S, kStride> source, int valid, int limit = kRows) {
  ragged::detail::copy_async<kThreads>(destination, source, ptx::thread(), valid, limit < kRows ? limit : kRows);
}

}  // namespace block

namespace warp {

template <class T, int kRows, int kCols, class Layout, class S, int kStride>
__device__ __forceinline__ void copy_async(SharedTile<T, kRows, kCols, Layout> destination,
                                           GlobalRows<S, kStride> source, int valid, int limit = kRows) {
  ragged::detail::copy_async<kWarpThreads>(destination, source, ptx::keep_here(ptx::lane()), valid,
                                           limit < kRows ? limit : kRows);
}

}  // namespace warp

}  // namespace ragged
