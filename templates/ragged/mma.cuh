// Matrix products of one warp: 16 rows of registers times a tile of shared memory, on the tensor cores.
//
// A step of an mma is 32 bytes of the summed dimension, for every type: 16 elements of 16 bits or 8 floats (as tf32).
// Since ldmatrix moves rows of 16 bytes whatever they hold, the float operands of A and of a row-major B^T load as the
// 16-bit ones do. Loops run over the columns inside, so that consecutive mma's are independent.
#pragma once

#include "ragged/fragment.cuh"
#include "ragged/ptx/math.cuh"
#include "ragged/ptx/matrix.cuh"
#include "ragged/ptx/memory.cuh"
#include "ragged/ptx/special.cuh"
#include "ragged/shared_tile.cuh"

namespace ragged::warp {

namespace detail {

template <class T, int kCount>
__device__ __forceinline__ void round_operand(u32 (&reg)[kCount]) {
  if constexpr (is_same<T, f32>) {
#pragma unroll
    for (int i = 0; i < kCount; ++i) reg[i] = ptx::cvt_tf32_bits(reg[i]);
  }
}

}  // namespace detail

namespace detail {

// The four registers of step `step` of an A operand. Lanes 0-15 address rows 0-15 of the first chunk of a step, lanes
// 16-31 those of the second.
template <class T, int kCols, class Layout>
__device__ __forceinline__ void load_step(u32 (&reg)[4], SharedTile<T, 16, kCols, Layout> tile, int step) {
  const int lane = ptx::keep_here(ptx::lane());
  ptx::ldmatrix<4, false>(reg, tile.address + Layout::advance(Layout::offset(lane & 15, lane >> 4), 2 * step));
  round_operand<T>(reg);
}

// The two registers of the last 16 bytes, where the columns end in the middle of a step.
template <class T, int kCols, class Layout>
__device__ __forceinline__ void load_half_step(u32 (&reg)[2], SharedTile<T, 16, kCols, Layout> tile) {
  ptx::ldmatrix<2, false>(reg, tile.row_chunk_address(ptx::lane() & 15, 2 * (kCols * sizeof(T) / 32)));
}

}  // namespace detail

// All A fragments of a tile.
template <class T, int kCols, class Layout>
__device__ __forceinline__ Operand<T, 16, kCols> load_operand(SharedTile<T, 16, kCols, Layout> tile) {
  constexpr int kSteps = kCols * sizeof(T) / 32;
  Operand<T, 16, kCols> operand;
#pragma unroll
  for (int step = 0; step < kSteps; ++step) {
    u32 a[4];
    detail::load_step(a, tile, step);
#pragma unroll
    for (int i = 0; i < 4; ++i) operand.reg[4 * step + i] = a[i];
  }
  if constexpr (kCols * sizeof(T) % 32 != 0) {
    u32 a[2];
    detail::load_half_step(a, tile);
    operand.reg[4 * kSteps] = a[0];
    operand.reg[4 * kSteps + 1] = a[1];
  }
  return operand;
}

namespace detail {

// One step of acc += a * b^T: `address` is that of this lane's row and chunk in the first 16 rows of b.
template <class T, int kRowStride, int kN>
__device__ __forceinline__ void mma_nt_step(Acc<16, kN>& acc, u32 a0, u32 a1, u32 a2, u32 a3, u32 address) {
#pragma unroll
  for (int pair = 0; pair < kN / 16; ++pair) {
    u32 r[4];
    ptx::ldmatrix<4, false>(r, address + pair * 16 * kRowStride);
    round_operand<T>(r);
    ptx::mma_32_bytes<T>(acc.value[2 * pair], a0, a1, a2, a3, r[0], r[1]);
    ptx::mma_32_bytes<T>(acc.value[2 * pair + 1], a0, a1, a2, a3, r[2], r[3]);
  }
}

// The last 16 bytes of the summed dimension: one matrix a column tile, four tiles an ldmatrix.
template <class T, int kN, int kK, class Layout>
__device__ __forceinline__ void mma_nt_half_step(Acc<16, kN>& acc, u32 a0, u32 a1, SharedTile<T, kN, kK, Layout> b) {
  constexpr int kChunk = 2 * (kK * sizeof(T) / 32);
  constexpr int kTiles = kN / 8;
  const int lane = ptx::keep_here(ptx::lane());
  const u32 address = b.row_chunk_address(lane & 7, kChunk) + (lane >> 3) * (8 * Layout::kStride);
#pragma unroll
  for (int tile = 0; tile + 4 <= kTiles; tile += 4) {
    u32 r[4];
    ptx::ldmatrix<4, false>(r, address + tile * 8 * Layout::kStride);
#pragma unroll
    for (int i = 0; i < 4; ++i) ptx::mma_16_bytes<T>(acc.value[tile + i], a0, a1, r[i]);
  }
  if constexpr (kTiles % 4 != 0) {
    constexpr int tile = kTiles / 4 * 4;
    u32 r[2];
    ptx::ldmatrix<2, false>(r, b.row_chunk_address(tile * 8 + (lane & 15), kChunk));
    ptx::mma_16_bytes<T>(acc.value[tile], a0, a1, r[0]);
    ptx::mma_16_bytes<T>(acc.value[tile + 1], a0, a1, r[1]);
  }
}

// Two column tiles an ldmatrix: lanes 0-7 and 8-15 address both chunks of rows 0-7, lanes 16-31 those of rows 8-15.
template <class Layout>
__device__ __forceinline__ u32 pair_offset() {
  const int lane = ptx::keep_here(ptx::lane());
  return Layout::offset((lane & 7) + (lane >> 4) * 8, (lane >> 3) & 1);
}

}  // namespace detail

// acc += a * b^T; b holds kN rows of kK elements (keys). Rows of b are columns of acc.
template <class T, int kN, int kK, class Layout>
__device__ __forceinline__ void mma_nt(Acc<16, kN>& acc, const Operand<T, 16, kK>& a, SharedTile<T, kN, kK, Layout> b) {
  static_assert(kN % 16 == 0, "keys come in sixteens");
  constexpr int kSteps = kK * sizeof(T) / 32;
  const u32 offset = detail::pair_offset<Layout>();
#pragma unroll
  for (int step = 0; step < kSteps; ++step) {
    detail::mma_nt_step<T, Layout::kStride>(acc, a.reg[4 * step], a.reg[4 * step + 1], a.reg[4 * step + 2],
                                            a.reg[4 * step + 3], b.address + Layout::advance(offset, 2 * step));
  }
  if constexpr (kK * sizeof(T) % 32 != 0) {
    detail::mma_nt_half_step(acc, a.reg[4 * kSteps], a.reg[4 * kSteps + 1], b);
  }
}

// The same with `a` left in shared memory and read step by step, for where registers are short.
template <class T, int kN, int kK, class LayoutA, class Layout>
__device__ __forceinline__ void mma_nt(Acc<16, kN>& acc, SharedTile<T, 16, kK, LayoutA> a,
                                       SharedTile<T, kN, kK, Layout> b) {
  static_assert(kN % 16 == 0, "keys come in sixteens");
  constexpr int kSteps = kK * sizeof(T) / 32;
  const u32 offset = detail::pair_offset<Layout>();
#pragma unroll
  for (int step = 0; step < kSteps; ++step) {
    u32 r[4];
    detail::load_step(r, a, step);
    detail::mma_nt_step<T, Layout::kStride>(acc, r[0], r[1], r[2], r[3], b.address + Layout::advance(offset, 2 * step));
  }
  if constexpr (kK * sizeof(T) % 32 != 0) {
    u32 r[2];
    detail::load_half_step(r, a);
    detail::mma_nt_half_step(acc, r[0], r[1], b);
  }
}

// acc += a * b; b holds kK rows (keys) of kN elements (values). For float, `a` must come from to_operand: its column t
// of a step is key 2t and its column t+4 is key 2t+1, so those are the rows of b that a lane reads.
template <class T, int kN, int kK, class Layout>
__device__ __forceinline__ void mma_nn(Acc<16, kN>& acc, const Operand<T, 16, kK>& a, SharedTile<T, kK, kN, Layout> b) {
  constexpr int kTiles = kN / 8;
  const int lane = ptx::keep_here(ptx::lane());
  if constexpr (is_same<T, f32>) {
    const int group = lane >> 2;
    const int thread = lane & 3;
    const u32 even = Layout::offset(2 * thread, group >> 2) + (group & 3) * 4;
    const u32 odd = Layout::offset(2 * thread + 1, group >> 2) + (group & 3) * 4;
#pragma unroll
    for (int step = 0; step < kK / 8; ++step) {
#pragma unroll
      for (int tile = 0; tile < kTiles; ++tile) {
        const u32 address = b.address + step * 8 * Layout::kStride;
        const u32 b0 = ptx::cvt_tf32_bits(ptx::load_shared<u32>(address + Layout::advance(even, 2 * tile)));
        const u32 b1 = ptx::cvt_tf32_bits(ptx::load_shared<u32>(address + Layout::advance(odd, 2 * tile)));
        ptx::mma_32_bytes<T>(acc.value[tile], a.reg[4 * step], a.reg[4 * step + 1], a.reg[4 * step + 2],
                             a.reg[4 * step + 3], b0, b1);
      }
    }
  } else {
    constexpr int kSteps = kK / 16;
    constexpr int kPairs = kN / 16;
    // Two column tiles an ldmatrix: lanes 0-15 address rows 0-15 of the first chunk, lanes 16-31 of the second.
    const u32 pair_offset = Layout::offset(lane & 15, lane >> 4);
#pragma unroll
    for (int step = 0; step < kSteps; ++step) {
#pragma unroll
      for (int pair = 0; pair < kPairs; ++pair) {
        u32 r[4];
        ptx::ldmatrix<4, true>(r, b.address + step * 16 * Layout::kStride + Layout::advance(pair_offset, 2 * pair));
        ptx::mma_32_bytes<T>(acc.value[2 * pair], a.reg[4 * step], a.reg[4 * step + 1], a.reg[4 * step + 2],
                             a.reg[4 * step + 3], r[0], r[1]);
        ptx::mma_32_bytes<T>(acc.value[2 * pair + 1], a.reg[4 * step], a.reg[4 * step + 1], a.reg[4 * step + 2],
                             a.reg[4 * step + 3], r[2], r[3]);
      }
      if constexpr (kN % 16 != 0) {
        u32 r[2];
        ptx::ldmatrix<2, true>(r, b.row_chunk_address(step * 16 + (lane & 15), kTiles - 1));
        ptx::mma_32_bytes<T>(acc.value[kTiles - 1], a.reg[4 * step], a.reg[4 * step + 1], a.reg[4 * step + 2],
                             a.reg[4 * step + 3], r[0], r[1]);
      }
    }
    if constexpr (kK % 16 != 0) {
      // The last 8 keys: one matrix a column tile, four tiles an ldmatrix.
      const u32 a0 = a.reg[4 * kSteps];
      const u32 a1 = a.reg[4 * kSteps + 1];
      const u32 address = b.address + kSteps * 16 * Layout::kStride;
      const u32 offset = Layout::offset(lane & 7, lane >> 3);
#pragma unroll
      for (int tile = 0; tile + 4 <= kTiles; tile += 4) {
        u32 r[4];
        ptx::ldmatrix<4, true>(r, address + Layout::advance(offset, tile));
#pragma unroll
        for (int i = 0; i < 4; ++i) ptx::mma_16_bytes<T>(acc.value[tile + i], a0, a1, r[i]);
      }
      if constexpr (kTiles % 4 >= 2) {
        constexpr int tile = kTiles / 4 * 4;
        u32 r[2];
        ptx::ldmatrix<2, true>(r, address + Layout::offset(lane & 7, tile + ((lane >> 3) & 1)));
        ptx::mma_16_bytes<T>(acc.value[tile], a0, a1, r[0]);
        ptx::mma_16_bytes<T>(acc.value[tile + 1], a0, a1, r[1]);
      }
      if constexpr (kTiles % 2 != 0) {
        u32 r[1];
        ptx::ldmatrix<1, true>(r, address + Layout::offset(lane & 7, kTiles - 1));
        ptx::mma_16_bytes<T>(acc.value[kTiles - 1], a0, a1, r[0]);
      }
    }
  }
}

// Accumulators (probabilities) as the A operand of the next product. The C fragment of a pair of 16-bit column tiles is
// an A fragment already. For tf32 it is one up to an order of the keys, which mma_nn follows.
template <class T, int kCols>
__device__ __forceinline__ Operand<T, 16, kCols> to_operand(const Acc<16, kCols>& acc) {
  Operand<T, 16, kCols> operand;
#pragma unroll
  for (int tile = 0; tile < kCols / 8; ++tile) {
    const f32(&c)[4] = acc.value[tile];
    if constexpr (is_same<T, f32>) {
      operand.reg[4 * tile] = ptx::cvt_tf32(c[0]);
      operand.reg[4 * tile + 1] = ptx::cvt_tf32(c[2]);
      operand.reg[4 * tile + 2] = ptx::cvt_tf32(c[1]);
      operand.reg[4 * tile + 3] = ptx::cvt_tf32(c[3]);
    } else {
      operand.reg[2 * tile] = ptx::cvt_pair<T>(c[0], c[1]);
      operand.reg[2 * tile + 1] = ptx::cvt_pair<T>(c[2], c[3]);
    }
  }
  return operand;
}

// An operand of kWide columns, zero behind those of the other: for a product with more rows of b than there are
// probabilities for.
template <int kWide, class T, int kCols>
__device__ __forceinline__ Operand<T, 16, kWide> widen(const Operand<T, 16, kCols>& narrow) {
  static_assert(kWide >= kCols, "expected no fewer columns");
  Operand<T, 16, kWide> wide;
  constexpr int kRegisters = kCols * sizeof(T) / 8;
#pragma unroll
  for (int i = 0; i < kWide * static_cast<int>(sizeof(T)) / 8; ++i) wide.reg[i] = i < kRegisters ? narrow.reg[i] : 0;
  return wide;
}

}  // namespace ragged::warp
