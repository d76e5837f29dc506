// The softmax of rows whose keys are divided among warps ("ways").
//
// Way w has over its own keys the maximum m_w, the sum of weights l_w and the weighted sum of values a_w. With
// M = max m_w and f_w = 2^(scale * (m_w - M)) the row is sum(f_w a_w) / sum(f_w l_w). This is the merge of Milakov and
// Gimelshein, "Online normalizer calculation for softmax" (arXiv 1805.02867, section 3.1), which is associative, for
// weights times values as well (flash-decoding does the same between blocks). Where no maximum was subtracted, or the
// same by all ways that have keys, all f_w are 1.
#pragma once

#include "ragged/fragment.cuh"
#include "ragged/global_rows.cuh"
#include "ragged/ptx/lanes.cuh"
#include "ragged/ptx/math.cuh"
#include "ragged/ptx/memory.cuh"
#include "ragged/ptx/memory_wide.cuh"
#include "ragged/ptx/special.cuh"
#include "ragged/softmax.cuh"

namespace ragged {

// Results of kWays times kTiles warps in shared memory, in floats. Rows are an odd multiple of 32 bytes apart, so that
// what 16 lanes write (32 bytes of four rows) and what 8 lanes read (16 bytes of eight rows, see Part) lies in
// different banks. Behind the rows, a maximum and a sum for each.
template <int kWays, int kTiles, int kCols, int kStride>
struct Partials {
  static constexpr int kRowBytes = kCols * 4 + (kCols * 4 % 64 == 0 ? 32 : 0);
  static constexpr int kTileBytes = 16 * kRowBytes + 16 * 8;
  static_assert(kStride >= kTiles * kTileBytes && kStride % 32 == 0, "a way's results do not fit its stride");

  u32 address;

  __device__ __forceinline__ u32 tile(int way, int tile) const { return address + way * kStride + tile * kTileBytes; }
};

// A way's part of 16 rows: lane by lane and way by way, pieces of 8 columns, all of them of row `lane % 16`. A piece is
// held in the order in which it was read: columns 4h to 4h+3 first, then the others, where h is bit 2 of the row.
template <int kCols, int kWays>
struct Part {
  static constexpr int kPieces = kCols / 8;                             // of a row
  static constexpr int kOwn = (kPieces + 2 * kWays - 1) / (2 * kWays);  // of a lane, at most
  static constexpr bool kEven = kPieces % (2 * kWays) == 0;             // every lane has as many
  f32 value[kOwn][8];
  f32 sum;  // of the row's weights, over all ways

  __device__ __forceinline__ static int piece(int way, int lane, int i) { return (way + i * kWays) * 2 + lane / 16; }
};

namespace warp {

namespace detail {

// Of a row's maximum and sum.
template <int kWays, int kTiles, int kCols, int kStride>
__device__ __forceinline__ u32 state_address(Partials<kWays, kTiles, kCols, kStride> partials, int way, int tile,
                                             int row) {
  return partials.tile(way, tile) + 16 * Partials<kWays, kTiles, kCols, kStride>::kRowBytes + row * 8;
}

// The part of `way`: outputs added up by add(way, output, what came before), and divided by the sum of their row.
template <int kCols, int kWays, int kTiles, int kStride, class Add>
__device__ __forceinline__ Part<kCols, kWays> join_outputs(Partials<kWays, kTiles, kCols, kStride> partials, int way,
                                                           int tile, f32 sum, Add add) {
  using Layout = Partials<kWays, kTiles, kCols, kStride>;
  using Result = Part<kCols, kWays>;
  const int lane = ptx::lane();
  const int row = lane & 15;
  const u32 base = partials.tile(0, tile);
  const f32 inverse = sum == 0.0f ? 0.0f : ptx::rcp(sum);
  const int half = (row >> 2) & 1;
  Result result;
  result.sum = sum;
#pragma unroll
  for (int i = 0; i < Result::kOwn; ++i) {
    const int piece = Result::piece(way, lane, i);
    f32(&value)[8] = result.value[i];
#pragma unroll
    for (int j = 0; j < 8; ++j) value[j] = 0.0f;
    if (!Result::kEven && piece >= Result::kPieces) continue;
    const u32 first = base + row * Layout::kRowBytes + piece * 32 + half * 16;
    const u32 second = first ^ 16;  // pieces lie at multiples of 32 bytes
#pragma unroll
    for (int other = 0; other < kWays; ++other) {
      const u32x4 a = ptx::load_shared<u32x4>(first + other * kStride);
      const u32x4 b = ptx::load_shared<u32x4>(second + other * kStride);
      const u32 word[8] = {a.x, a.y, a.z, a.w, b.x, b.y, b.z, b.w};
#pragma unroll
      for (int j = 0; j < 8; ++j) value[j] = add(other, __builtin_bit_cast(f32, word[j]), value[j]);
    }
#pragma unroll
    for (int j = 0; j < 8; ++j) value[j] *= inverse;
  }
  return result;
}

}  // namespace detail

// Maxima and sums are complete in every lane of a row.
template <int kCols, int kWays, int kTiles, int kStride>
__device__ __forceinline__ void store_partial(Partials<kWays, kTiles, kCols, kStride> partials, int way, int tile,
                                              const Acc<16, kCols>& acc, RowVector max, RowVector sum) {
  using Layout = Partials<kWays, kTiles, kCols, kStride>;
  const int lane = ptx::lane();
  const int group = lane >> 2;
  const int thread = lane & 3;
  const u32 base = partials.tile(way, tile);
  const u32 row = base + group * Layout::kRowBytes + thread * 8;
#pragma unroll
  for (int column = 0; column < kCols / 8; ++column) {
    ptx::store_shared(row + column * 32, acc.value[column][0], acc.value[column][1]);
    ptx::store_shared(row + 8 * Layout::kRowBytes + column * 32, acc.value[column][2], acc.value[column][3]);
  }
  if (thread < 2) {  // one lane for each of the two rows
    const u32 state = detail::state_address(partials, way, tile, group + 8 * thread);
    ptx::store_shared(state, thread == 0 ? max.value[0] : max.value[1], thread == 0 ? sum.value[0] : sum.value[1]);
  }
}

template <int kCols, int kWays, int kTiles, int kStride>
__device__ __forceinline__ Part<kCols, kWays> join_partials(Partials<kWays, kTiles, kCols, kStride> partials, int way,
                                                            int tile, f32 scale) {
  const u32 state = detail::state_address(partials, 0, tile, ptx::lane() & 15);
  f32 factor[kWays];
  f32 sum[kWays];
  f32 max = -kInfinity;
#pragma unroll
  for (int other = 0; other < kWays; ++other) {
    const u32x2 both = ptx::load_shared_8(state + other * kStride);
    factor[other] = __builtin_bit_cast(f32, both.x);
    sum[other] = __builtin_bit_cast(f32, both.y);
    max = ptx::max(max, factor[other]);
  }
  const f32 bias = detail::bias(max, scale);
  f32 total = 0.0f;
#pragma unroll
  for (int other = 0; other < kWays; ++other) {
    factor[other] = ptx::ex2(ptx::fma(factor[other], scale, bias));
    total = ptx::fma(factor[other], sum[other], total);
  }
  return detail::join_outputs(partials, way, tile, total,
                              [&](int other, f32 word, f32 value) { return ptx::fma(factor[other], word, value); });
}

// The same where no maximum counts. All ways add the sums up in one order: what they make of them is the same.
template <int kCols, int kWays, int kTiles, int kStride>
__device__ __forceinline__ Part<kCols, kWays> add_partials(Partials<kWays, kTiles, kCols, kStride> partials, int way,
                                                           int tile) {
  const u32 state = detail::state_address(partials, 0, tile, ptx::lane() & 15);
  f32 total = 0.0f;
#pragma unroll
  for (int other = 0; other < kWays; ++other) {
    total += __builtin_bit_cast(f32, ptx::load_shared_8(state + other * kStride).y);
  }
  return detail::join_outputs(partials, way, tile, total, [](int, f32 word, f32 value) { return value + word; });
}

// The same in all lanes, and for all ways: whether a sum of any row is not within [least, most]. NaN is not within.
template <int kCols, int kWays>
__device__ __forceinline__ bool out_of_range(const Part<kCols, kWays>& part, f32 least, f32 most) {
  return ptx::vote_any(!(part.sum >= least && part.sum <= most));
}

// Converts to T and writes rows 0 .. min(valid, 16) - 1 of this way's part.
template <int kCols, int kWays, class T, int kStride>
__device__ __forceinline__ void store_part(const Part<kCols, kWays>& part, GlobalRows<T, kStride> out, int way,
                                           int valid) {
  static_assert(kStride * sizeof(T) % kChunkBytes == 0, "rows start at multiples of 16 bytes");
  using Source = Part<kCols, kWays>;
  const int lane = ptx::lane();
  const int row = lane & 15;
  const int half = (row >> 2) & 1;
  if (row >= valid) return;
  T* to = out.data + static_cast<i64>(row) * kStride;
#pragma unroll
  for (int i = 0; i < Source::kOwn; ++i) {
    const int piece = Source::piece(way, lane, i);
    if (!Source::kEven && piece >= Source::kPieces) break;
    const f32(&v)[8] = part.value[i];
    if constexpr (is_same<T, f32>) {
      const auto bits = [&](int j) { return __builtin_bit_cast(u32, v[j]); };
      ptx::store_global(to + piece * 8 + half * 4, u32x4{bits(0), bits(1), bits(2), bits(3)});
      ptx::store_global(to + piece * 8 + (half ^ 1) * 4, u32x4{bits(4), bits(5), bits(6), bits(7)});
    } else {
      const u32 a0 = ptx::cvt_pair<T>(v[0], v[1]);
      const u32 a1 = ptx::cvt_pair<T>(v[2], v[3]);
      const u32 b0 = ptx::cvt_pair<T>(v[4], v[5]);
      const u32 b1 = ptx::cvt_pair<T>(v[6], v[7]);
      ptx::store_global(to + piece * 8, half != 0 ? u32x4{b0, b1, a0, a1} : u32x4{a0, a1, b0, b1});
    }
  }
}

}  // namespace warp

}  // namespace ragged
