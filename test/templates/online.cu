// Schedule `online` by hand: a rolled loop over blocks of 64 keys in a ring of two stages, softmax corrected as it
// goes. bf16, 12 heads, dimension 128, capacity 577. Grid: batch * 10 row blocks * 12 blocks of 128 threads, head
// fastest.
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

extern "C" __global__ void __launch_bounds__(128, 2)
    online(const bf16* q, const bf16* k, const bf16* v, const int* offsets, bf16* out) {
  extern __shared__ __align__(128) u8 shared_memory[];
  const u32 shared_base = ptx::shared_address(shared_memory);
  const SharedSlots<bf16, 2, 64, 128, layout::Xor<256>> k_ring{shared_base + 0};
  const SharedSlots<bf16, 2, 64, 128, layout::Xor<256>> v_ring{shared_base + 32768};
  const SharedSlots<bf16, 4, 16, 128, layout::Xor<256>> q_slots{shared_base + 65536};

  const int head = ptx::block_x() % 12;
  const int first_row = ptx::block_x() / 12 % 10 * 64;
  const Sequence sequence = decode_sequence<577>(offsets, ptx::block_x() / 120, &ragged_status);
  const int length = sequence.length;
  if (first_row >= length) return;
  const GlobalRows<const bf16, 1536> queries = GlobalRows<const bf16, 1536>{q + head * 128}.rows(sequence.begin);
  const GlobalRows<const bf16, 1536> keys = GlobalRows<const bf16, 1536>{k + head * 128}.rows(sequence.begin);
  const GlobalRows<const bf16, 1536> values = GlobalRows<const bf16, 1536>{v + head * 128}.rows(sequence.begin);
  const GlobalRows<bf16, 1536> outs = GlobalRows<bf16, 1536>{out + head * 128}.rows(sequence.begin);

  const int row = first_row + ptx::warp() * 16;
  const auto slot = q_slots.slot(ptx::warp());
  warp::copy_async(slot, queries.rows(row), length - row);
  block::copy_async<128>(k_ring.slot(0), keys, length);
  block::copy_async<128>(v_ring.slot(0), values, length);
  commit_group();
  wait_group<0>();
  block::barrier();
  const Operand<bf16, 16, 128> query = warp::load_operand(slot);

  const float scale = 0.12751743125686437f;  // log2(e) / sqrt(128)
  Acc<16, 128> o;
  warp::fill(o, 0.0f);
  RowVector max = warp::fill_rows(-kInfinity);
  RowVector sum = warp::fill_rows(0.0f);
  int stage = 0;
  for (int key = 0; key < length; key += 64) {
    // The other stage is free: all warps have passed the barrier below since they read it.
    if (key + 64 < length) {
      block::copy_async<128>(k_ring.slot(stage ^ 1), keys.rows(key + 64), length - (key + 64));
      block::copy_async<128>(v_ring.slot(stage ^ 1), values.rows(key + 64), length - (key + 64));
      commit_group();
    }
    Acc<16, 64> s;
    warp::fill(s, 0.0f);
    warp::mma_nt(s, query, k_ring.slot(stage));
    if (key + 64 > length) warp::mask_keys(s, key, length);
    const RowVector new_max = warp::row_max(s, max);
    const RowVector correction = warp::exp2_correction(max, new_max, scale);
    max = new_max;
    warp::exp2_diff(s, max, scale);
    sum = warp::row_sum_partial(s, warp::mul(sum, correction));
    warp::rescale(o, correction);
    warp::mma_nn(o, warp::to_operand<bf16>(s), v_ring.slot(stage));
    wait_group<0>();
    block::barrier();
    stage ^= 1;
  }
  warp::normalize(o, warp::reduce_sum(sum));
  warp::store_rows<bf16>(o, slot, outs.rows(row), length - row);
}
