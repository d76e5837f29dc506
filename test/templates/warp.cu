// Schedule `warp` by hand: each warp attends one (sequence, head) on its own; four heads a block, so that rows load in
// runs of 256 bytes. f16, 12 heads, dimension 32, capacity 48. Grid: batch * 3 blocks of 128 threads.
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

extern "C" __global__ void __launch_bounds__(128, 4)
    warp_per_head(const f16* q, const f16* k, const f16* v, const int* offsets, f16* out) {
  extern __shared__ __align__(128) u8 shared_memory[];
  const u32 shared_base = ptx::shared_address(shared_memory);
  const SharedSlots<f16, 4, 48, 32, layout::Xor<64>> k_slots{shared_base + 0};
  const SharedSlots<f16, 4, 48, 32, layout::Xor<64>> v_slots{shared_base + 12288};
  const SharedSlots<f16, 4, 48, 32, layout::Xor<64>> q_slots{shared_base + 24576};

  const int head = ptx::block_x() % 3 * 4 + ptx::warp();
  const Sequence sequence = decode_sequence<48>(offsets, ptx::block_x() / 3, &ragged_status);
  const int length = sequence.length;
  if (length == 0) return;
  const GlobalRows<const f16, 384> queries = GlobalRows<const f16, 384>{q + head * 32}.rows(sequence.begin);
  const GlobalRows<const f16, 384> keys = GlobalRows<const f16, 384>{k + head * 32}.rows(sequence.begin);
  const GlobalRows<const f16, 384> values = GlobalRows<const f16, 384>{v + head * 32}.rows(sequence.begin);
  const GlobalRows<f16, 384> outs = GlobalRows<f16, 384>{out + head * 32}.rows(sequence.begin);

  const auto k_tile = k_slots.slot(ptx::warp());
  const auto v_tile = v_slots.slot(ptx::warp());
  const auto q_tile = q_slots.slot(ptx::warp());
  const int limit = (length + 15) / 16 * 16;
  warp::copy_async(q_tile, queries, length, limit);
  warp::copy_async(k_tile, keys, length);
  warp::copy_async(v_tile, values, length);
  commit_group();
  wait_group<0>();
  warp::barrier();

  const float scale = 0.25503486251372874f;  // log2(e) / sqrt(32)
  for (int row = 0; row < length; row += 16) {
    const auto q_rows = q_tile.rows<16>(row);
    const Operand<f16, 16, 32> query = warp::load_operand(q_rows);
    Acc<16, 48> s;
    warp::fill(s, 0.0f);
    warp::mma_nt(s, query, k_tile);
    if (48 > length) warp::mask_keys(s, 0, length);
    const RowVector max = warp::row_max(s, warp::fill_rows(-kInfinity));
    warp::exp2_diff(s, max, scale);
    const RowVector sum = warp::reduce_sum(warp::row_sum_partial(s, warp::fill_rows(0.0f)));
    Acc<16, 32> o;
    warp::fill(o, 0.0f);
    warp::mma_nn(o, warp::to_operand<f16>(s), v_tile);
    warp::normalize(o, sum);
    warp::store_rows<f16>(o, q_rows, outs.rows(row), length - row);
  }
}
