// Pack and unpack by hand: rows of 768 bf16, up to 197 tokens a sequence.
#include "ragged/barrier.cuh"
#include "ragged/global_rows.cuh"
#include "ragged/pack.cuh"
#include "ragged/sequence.cuh"
#include "ragged/types.cuh"

using namespace ragged;

__device__ unsigned ragged_status;

// Grid: batch blocks of 256 threads. Every block counts what is kept before its sequence, so that one launch is enough.
extern "C" __global__ void __launch_bounds__(256, 4) pack_indices(const u8* keep, int* offsets, int* indices) {
  extern __shared__ __align__(128) u8 shared_memory[];
  const u32 shared_base = ptx::shared_address(shared_memory);
  const int sequence = ptx::block_x();
  const int first_source = sequence * 197;
  const int before = block::count_kept<256>(keep, 0, first_source, shared_base);
  const int kept = block::compact_kept<256>(keep + first_source, 197, first_source, indices + before, shared_base);
  if (ptx::thread() == 0) {
    ptx::store_global(offsets + sequence, static_cast<u32>(before));
    if (sequence == ptx::grid_x() - 1) ptx::store_global(offsets + sequence + 1, static_cast<u32>(before + kept));
  }
}

// Grid: (ceil(197 / 16), batch) blocks of 256 threads: 16 rows of a sequence, a warp a row.
extern "C" __global__ void __launch_bounds__(256, 4)
    pack_rows(const bf16* x, const int* offsets, const int* indices, bf16* rows) {
  const Sequence sequence = decode_sequence<197>(offsets, ptx::block_y(), &ragged_status);
  const GlobalRows<const bf16, 768> sources{x};
  const GlobalRows<bf16, 768> targets{rows};
  for (int i = ptx::warp(); i < 16; i += 8) {
    const int row = ptx::block_x() * 16 + i;
    if (row < sequence.length) {
      const int source = ptx::load_global<int>(indices + sequence.begin + row);
      warp::copy_row<1536>(sources.rows(source).data, targets.rows(sequence.begin + row).data);
    }
  }
}

// Grid: (ceil(197 / 16), batch) blocks of 256 threads: 16 tokens of a sequence. Every output row is written once, by a
// block that first finds which packed row, if any, belongs to it.
extern "C" __global__ void __launch_bounds__(256, 4)
    unpack(const bf16* rows, const int* indices, const int* offsets, bf16* out) {
  extern __shared__ __align__(128) u8 shared_memory[];
  const u32 packed_row = ptx::shared_address(shared_memory);
  const Sequence sequence = decode_sequence<197>(offsets, ptx::block_y(), &ragged_status);
  const int first_token = ptx::block_x() * 16;
  const int first_target = ptx::block_y() * 197 + first_token;
  block::fill_shared_i32<256, 16>(packed_row, -1);
  block::barrier();
  for (int i = ptx::thread(); i < sequence.length; i += 256) {
    const int row = sequence.begin + i;
    const int token = ptx::load_global<int>(indices + row) - first_target;
    if (token >= 0 && token < 16) ptx::store_shared(packed_row + token * 4, static_cast<u32>(row));
  }
  block::barrier();
  const GlobalRows<const bf16, 768> sources{rows};
  const GlobalRows<bf16, 768> targets{out};
  for (int i = ptx::warp(); i < 16; i += 8) {
    if (first_token + i < 197) {
      const int row = ptx::load_shared<int>(packed_row + i * 4);
      if (row >= 0) {
        warp::copy_row<1536>(sources.rows(row).data, targets.rows(first_target + i).data);
      } else {
        warp::fill_row<1536>(targets.rows(first_target + i).data, 0);
      }
    }
  }
}
