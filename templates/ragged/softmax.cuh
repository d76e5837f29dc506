// Row-wise softmax of accumulators. Maxima are of the unscaled scores; `scale` (positive) is applied where the
// exponential is taken, one multiply-add each. A row without a live key has the maximum -inf and only zeros.
#pragma once

#include "ragged/fragment.cuh"
#include "ragged/ptx/math.cuh"
#include "ragged/ptx/sync.cuh"

namespace ragged::warp {

inline constexpr f32 kLog2E = 1.4426950408889634f;

template <int kCols>
__device__ __forceinline__ void fill(Acc<16, kCols>& acc, f32 value) {
#pragma unroll
  for (int tile = 0; tile < kCols / 8; ++tile) {
#pragma unroll
    for (int i = 0; i < 4; ++i) acc.value[tile][i] = value;
  }
}

__device__ __forceinline__ RowVector fill_rows(f32 value) {
  return {{value, value}};
}

// Over the columns that this lane holds; reduce_max and reduce_sum join the four lanes of a row.
template <int kCols>
__device__ __forceinline__ RowVector row_max_partial(const Acc<16, kCols>& acc, RowVector init) {
#pragma unroll
  for (int tile = 0; tile < kCols / 8; ++tile) {
    init.value[0] = ptx::max(init.value[0], ptx::max(acc.value[tile][0], acc.value[tile][1]));
    init.value[1] = ptx::max(init.value[1], ptx::max(acc.value[tile][2], acc.value[tile][3]));
  }
  return init;
}

template <int kCols>
__device__ __forceinline__ RowVector row_sum_partial(const Acc<16, kCols>& acc, RowVector init) {
#pragma unroll
  for (int tile = 0; tile < kCols / 8; ++tile) {
    init.value[0] += acc.value[tile][0] + acc.value[tile][1];
    init.value[1] += acc.value[tile][2] + acc.value[tile][3];
  }
  return init;
}

__device__ __forceinline__ RowVector reduce_max(RowVector partial) {
#pragma unroll
  for (int i = 0; i < 2; ++i) {
    partial.value[i] = ptx::max(partial.value[i], ptx::shfl_bfly<1>(partial.value[i]));
    partial.value[i] = ptx::max(partial.value[i], ptx::shfl_bfly<2>(partial.value[i]));
  }
  return partial;
}

__device__ __forceinline__ RowVector reduce_sum(RowVector partial) {
#pragma unroll
  for (int i = 0; i < 2; ++i) {
    partial.value[i] += ptx::shfl_bfly<1>(partial.value[i]);
    partial.value[i] += ptx::shfl_bfly<2>(partial.value[i]);
  }
  return partial;
}

template <int kCols>
__device__ __forceinline__ RowVector row_max(const Acc<16, kCols>& acc, RowVector init) {
  return reduce_max(row_max_partial(acc, init));
}

namespace detail {

// What to add to scale * x; 0 where there is no maximum, so that -inf stays -inf instead of becoming -inf + inf.
__device__ __forceinline__ f32 bias(f32 max, f32 scale) {
  return max == -kInfinity ? 0.0f : -max * scale;
}

}  // namespace detail

// x = 2^(scale * (x - max)).
template <int kCols>
__device__ __forceinline__ void exp2_diff(Acc<16, kCols>& acc, RowVector max, f32 scale) {
  const f32 bias[2] = {detail::bias(max.value[0], scale), detail::bias(max.value[1], scale)};
#pragma unroll
  for (int tile = 0; tile < kCols / 8; ++tile) {
#pragma unroll
    for (int i = 0; i < 4; ++i) acc.value[tile][i] = ptx::ex2(ptx::fma(acc.value[tile][i], scale, bias[i / 2]));
  }
}

// x = e^(scale * (x - max)).
template <int kCols>
__device__ __forceinline__ void exp_diff(Acc<16, kCols>& acc, RowVector max, f32 scale) {
  const f32 bias[2] = {detail::bias(max.value[0], scale), detail::bias(max.value[1], scale)};
#pragma unroll
  for (int tile = 0; tile < kCols / 8; ++tile) {
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      acc.value[tile][i] = ptx::ex2(ptx::fma(acc.value[tile][i], scale, bias[i / 2]) * kLog2E);
    }
  }
}

// What sums taken against old_max are multiplied by once the maximum is new_max >= old_max; 0 if there was none.
__device__ __forceinline__ RowVector exp2_correction(RowVector old_max, RowVector new_max, f32 scale) {
  RowVector factor;
#pragma unroll
  for (int i = 0; i < 2; ++i) {
    factor.value[i] = ptx::ex2(ptx::fma(old_max.value[i], scale, detail::bias(new_max.value[i], scale)));
  }
  return factor;
}

__device__ __forceinline__ RowVector exp_correction(RowVector old_max, RowVector new_max, f32 scale) {
  RowVector factor;
#pragma unroll
  for (int i = 0; i < 2; ++i) {
    factor.value[i] = ptx::ex2(ptx::fma(old_max.value[i], scale, detail::bias(new_max.value[i], scale)) * kLog2E);
  }
  return factor;
}

template <int kCols>
__device__ __forceinline__ void scale(Acc<16, kCols>& acc, f32 factor) {
#pragma unroll
  for (int tile = 0; tile < kCols / 8; ++tile) {
#pragma unroll
    for (int i = 0; i < 4; ++i) acc.value[tile][i] *= factor;
  }
}

template <int kCols>
__device__ __forceinline__ void rescale(Acc<16, kCols>& acc, RowVector factor) {
#pragma unroll
  for (int tile = 0; tile < kCols / 8; ++tile) {
#pragma unroll
    for (int i = 0; i < 4; ++i) acc.value[tile][i] *= factor.value[i / 2];
  }
}

__device__ __forceinline__ RowVector mul(RowVector a, RowVector b) {
  return {{a.value[0] * b.value[0], a.value[1] * b.value[1]}};
}

__device__ __forceinline__ RowVector add(RowVector a, RowVector b) {
  return {{a.value[0] + b.value[0], a.value[1] + b.value[1]}};
}

// Divides by the row sums; a sum of 0 (no live key) leaves 0.
template <int kCols>
__device__ __forceinline__ void normalize(Acc<16, kCols>& acc, RowVector sum) {
  rescale(acc, {{sum.value[0] == 0.0f ? 0.0f : ptx::rcp(sum.value[0]),
                 sum.value[1] == 0.0f ? 0.0f : ptx::rcp(sum.value[1])}});
}

}  // namespace ragged::warp
