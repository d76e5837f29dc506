// Primitives of pack and unpack: counting and compacting a keep mask (one byte a token, not zero = kept), and moving
// rows.
#pragma once

#include "ragged/barrier.cuh"
#include "ragged/ptx/math.cuh"
#include "ragged/ptx/memory.cuh"
#include "ragged/ptx/special.cuh"
#include "ragged/ptx/sync.cuh"

namespace ragged {

namespace block {

// Bytes of shared memory that count_kept and compact_kept need: a counter for each warp.
template <int kThreads>
inline constexpr int kPackScratchBytes = kThreads / kWarpThreads * 4;

namespace detail {

// How many of the four bytes are not zero: the addition carries into bit 7 of each byte with a lower bit set.
__device__ __forceinline__ int count_bytes(u32 x) {
  return ptx::popc((((x & 0x7f7f7f7fu) + 0x7f7f7f7fu) | x) & 0x80808080u);
}

// Puts every warp's value into scratch and returns the sum over the warps before `end`. Scratch is free again after the
// next block barrier.
template <int kThreads>
__device__ __forceinline__ void publish(int value, u32 scratch) {
  if (ptx::lane() == 0) ptx::store_shared(scratch + ptx::warp() * 4, static_cast<u32>(value));
  barrier();
}

}  // namespace detail

// How many of keep[first .. first + count) are not zero; every thread gets the number. Leads into and out of the
// 16-byte-aligned middle byte by byte.
template <int kThreads>
__device__ __forceinline__ int count_kept(const u8* keep, i64 first, i64 count, u32 scratch) {
  static_assert(kThreads % kWarpThreads == 0, "expected whole warps");
  const u8* data = keep + first;
  const int thread = ptx::thread();
  i64 lead = static_cast<i64>(-reinterpret_cast<u64>(data) & 15);
  lead = lead < count ? lead : count;
  const i64 chunks = (count - lead) / kChunkBytes;
  const i64 tail = lead + chunks * kChunkBytes;
  int sum = 0;
  if (thread < lead && ptx::load_global<u8>(data + thread) != 0) ++sum;
  if (tail + thread < count && ptx::load_global<u8>(data + tail + thread) != 0) ++sum;
#pragma unroll 4
  for (i64 chunk = thread; chunk < chunks; chunk += kThreads) {
    const u32x4 bytes = ptx::load_global<u32x4>(data + lead + chunk * kChunkBytes);
    sum += detail::count_bytes(bytes.x) + detail::count_bytes(bytes.y) + detail::count_bytes(bytes.z) +
           detail::count_bytes(bytes.w);
  }
  sum += ptx::shfl_bfly<16>(sum);
  sum += ptx::shfl_bfly<8>(sum);
  sum += ptx::shfl_bfly<4>(sum);
  sum += ptx::shfl_bfly<2>(sum);
  sum += ptx::shfl_bfly<1>(sum);
  detail::publish<kThreads>(sum, scratch);
  int total = 0;
#pragma unroll
  for (int warp = 0; warp < kThreads / kWarpThreads; ++warp) total += ptx::load_shared<int>(scratch + warp * 4);
  barrier();
  return total;
}

// Writes first_source + i for each i < count with keep_row[i] not zero, in order, to indices_out; returns how many.
template <int kThreads>
__device__ __forceinline__ int compact_kept(const u8* keep_row, int count, int first_source, int* indices_out,
                                            u32 scratch) {
  static_assert(kThreads % kWarpThreads == 0, "expected whole warps");
  const u32 lower_lanes = (1u << ptx::lane()) - 1;
  int base = 0;
  for (int first = 0; first < count; first += kThreads) {
    const int token = first + ptx::thread();
    const bool kept = token < count && ptx::load_global<u8>(keep_row + token) != 0;
    const u32 ballot = ptx::vote_ballot(kept);
    detail::publish<kThreads>(ptx::popc(ballot), scratch);
    int position = base + ptx::popc(ballot & lower_lanes);
#pragma unroll
    for (int warp = 0; warp < kThreads / kWarpThreads; ++warp) {
      const int kept_by_warp = ptx::load_shared<int>(scratch + warp * 4);
      if (warp < ptx::warp()) position += kept_by_warp;
      base += kept_by_warp;
    }
    if (kept) ptx::store_global(indices_out + position, static_cast<u32>(first_source + token));
    barrier();
  }
  return base;
}

template <int kThreads, int kCount>
__device__ __forceinline__ void fill_shared_i32(u32 address, int value) {
#pragma unroll 4
  for (int i = ptx::thread(); i < kCount; i += kThreads) ptx::store_shared(address + i * 4, static_cast<u32>(value));
}

}  // namespace block

namespace warp {

namespace detail {

template <class V, int kCount>
__device__ __forceinline__ void copy_row(const u8* source, u8* destination) {
  constexpr int kTrips = (kCount + kWarpThreads - 1) / kWarpThreads;
  constexpr int kBatch = kTrips < 4 ? kTrips : 4;  // loads under way at a time
  const int lane = ptx::lane();
#pragma unroll 1
  for (int first = 0; first < kCount; first += kBatch * kWarpThreads) {
    V value[kBatch];
#pragma unroll
    for (int i = 0; i < kBatch; ++i) {
      const int index = first + i * kWarpThreads + lane;
      if (index < kCount) value[i] = ptx::load_global<V>(source + index * sizeof(V));
    }
#pragma unroll
    for (int i = 0; i < kBatch; ++i) {
      const int index = first + i * kWarpThreads + lane;
      if (index < kCount) ptx::store_global(destination + index * sizeof(V), value[i]);
    }
  }
}

}  // namespace detail

// Copies a row; both sides are aligned to 16 bytes when kRowBytes is a multiple of 16, else to 4 or 2.
template <int kRowBytes>
__device__ __forceinline__ void copy_row(const void* source, void* destination) {
  static_assert(kRowBytes > 0 && kRowBytes % 2 == 0, "expected whole 16-bit or 32-bit elements");
  const u8* from = static_cast<const u8*>(source);
  u8* to = static_cast<u8*>(destination);
  if constexpr (kRowBytes % 16 == 0) {
    detail::copy_row<u32x4, kRowBytes / 16>(from, to);
  } else if constexpr (kRowBytes % 4 == 0) {
    detail::copy_row<u32, kRowBytes / 4>(from, to);
  } else {
    detail::copy_row<u16, kRowBytes / 2>(from, to);
  }
}

// Fills a row with a 32-bit pattern: one float, or one 16-bit element twice.
template <int kRowBytes>
__device__ __forceinline__ void fill_row(void* destination, u32 pattern) {
  static_assert(kRowBytes > 0 && kRowBytes % 2 == 0, "expected whole 16-bit or 32-bit elements");
  u8* to = static_cast<u8*>(destination);
  constexpr int kWidth = kRowBytes % 16 == 0 ? 16 : kRowBytes % 4 == 0 ? 4 : 2;
#pragma unroll 4
  for (int index = ptx::lane(); index < kRowBytes / kWidth; index += kWarpThreads) {
    if constexpr (kWidth == 16) {
      ptx::store_global(to + index * kWidth, u32x4{pattern, pattern, pattern, pattern});
    } else if constexpr (kWidth == 4) {
      ptx::store_global(to + index * kWidth, pattern);
    } else {
      ptx::store_global(to + index * kWidth, static_cast<u16>(pattern));
    }
  }
}

}  // namespace warp

}  // namespace ragged
