// Schedule `single` by hand: all keys and values of a head in shared memory, the scores of 16 rows in registers, one
// pass. bf16, 12 heads, dimension 64, capacity 197. Grid: batch * 12 blocks of 128 threads, head fastest.
#include "ragged/barrier.cuh"
#include "ragged/copy.cuh"
#include "ragged/fragment.cuh"
#include "ragged/global_rows.cuh"
#include "ragged/mask.cuh"
#include "ragged/mma.cuh"
#include "ragged/sequence.cuh"
#include "ragged/shared_tile.cuh"
#include "ragged/softmax.cuh"
#include "ragged/store.cuh"
#include "ragged/types.cuh"

using namespace ragged;

__device__ unsigned ragged_status;

extern "C" __global__ void __launch_bounds__(128, 3)
    single(const bf16* q, const bf16* k, const bf16* v, const int* offsets, bf16* out) {
  extern __shared__ __align__(128) u8 shared_memory[];
  const u32 shared_base = ptx::shared_address(shared_memory);
  const SharedTile<bf16, 208, 64, layout::Xor<128>> k_tile{shared_base + 0};
  const SharedTile<bf16, 208, 64, layout::Xor<128>> v_tile{shared_base + 26624};
  const SharedSlots<bf16, 4, 16, 64, layout::Xor<128>> q_slots{shared_base + 53248};

  const int head = ptx::block_x() % 12;
  const Sequence sequence = decode_sequence<197>(offsets, ptx::block_x() / 12, &ragged_status);
  const int length = sequence.length;
  if (length == 0) return;
  const GlobalRows<const bf16, 768> queries = GlobalRows<const bf16, 768>{q + head * 64}.rows(sequence.begin);
  const GlobalRows<const bf16, 768> keys = GlobalRows<const bf16, 768>{k + head * 64}.rows(sequence.begin);
  const GlobalRows<const bf16, 768> values = GlobalRows<const bf16, 768>{v + head * 64}.rows(sequence.begin);
  const GlobalRows<bf16, 768> outs = GlobalRows<bf16, 768>{out + head * 64}.rows(sequence.begin);

  const int limit = (length + 63) / 64 * 64;
  block::copy_async<128>(k_tile, keys, length, limit);
  block::copy_async<128>(v_tile, values, length, limit);
  commit_group();
  wait_group<0>();
  block::barrier();

  const float scale = 0.18033688011112042f;  // log2(e) / sqrt(64)
  const auto slot = q_slots.slot(ptx::warp());
  for (int row = ptx::warp() * 16; row < length; row += 64) {
    warp::copy_async(slot, queries.rows(row), length - row);
    commit_group();
    wait_group<0>();
    warp::barrier();
    const Operand<bf16, 16, 64> query = warp::load_operand(slot);

    Acc<16, 64> s0;
    Acc<16, 64> s1;
    Acc<16, 64> s2;
    Acc<16, 16> s3;
    RowVector max = warp::fill_rows(-kInfinity);
    warp::fill(s0, 0.0f);
    warp::mma_nt(s0, query, k_tile.rows<64>(0));
    if (64 > length) warp::mask_keys(s0, 0, length);
    max = warp::row_max_partial(s0, max);
    if (64 < length) {
      warp::fill(s1, 0.0f);
      warp::mma_nt(s1, query, k_tile.rows<64>(64));
      if (128 > length) warp::mask_keys(s1, 64, length);
      max = warp::row_max_partial(s1, max);
    }
    if (128 < length) {
      warp::fill(s2, 0.0f);
      warp::mma_nt(s2, query, k_tile.rows<64>(128));
      if (192 > length) warp::mask_keys(s2, 128, length);
      max = warp::row_max_partial(s2, max);
    }
    if (192 < length) {
      warp::fill(s3, 0.0f);
      warp::mma_nt(s3, query, k_tile.rows<16>(192));
      if (208 > length) warp::mask_keys(s3, 192, length);
      max = warp::row_max_partial(s3, max);
    }
    max = warp::reduce_max(max);

    Acc<16, 64> o;
    warp::fill(o, 0.0f);
    RowVector sum = warp::fill_rows(0.0f);
    warp::exp2_diff(s0, max, scale);
    sum = warp::row_sum_partial(s0, sum);
    warp::mma_nn(o, warp::to_operand<bf16>(s0), v_tile.rows<64>(0));
    if (64 < length) {
      warp::exp2_diff(s1, max, scale);
      sum = warp::row_sum_partial(s1, sum);
      warp::mma_nn(o, warp::to_operand<bf16>(s1), v_tile.rows<64>(64));
    }
    if (128 < length) {
      warp::exp2_diff(s2, max, scale);
      sum = warp::row_sum_partial(s2, sum);
      warp::mma_nn(o, warp::to_operand<bf16>(s2), v_tile.rows<64>(128));
    }
    if (192 < length) {
      warp::exp2_diff(s3, max, scale);
      sum = warp::row_sum_partial(s3, sum);
      warp::mma_nn(o, warp::to_operand<bf16>(s3), v_tile.rows<16>(192));
    }
    warp::normalize(o, warp::reduce_sum(sum));
    warp::store_rows<bf16>(o, slot, outs.rows(row), length - row);
  }
}
