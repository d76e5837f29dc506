// Every PTX wrapper that is legal on sm_80 and that no primitive calls, once. Compiled by template_tests.cpp.
#include "ragged/ptx/atomic.cuh"
#include "ragged/ptx/lanes.cuh"
#include "ragged/ptx/mbarrier.cuh"
#include "ragged/ptx/memory.cuh"
#include "ragged/ptx/memory_wide.cuh"
#include "ragged/ptx/named_barrier.cuh"
#include "ragged/ptx/special.cuh"

using namespace ragged;

extern "C" __global__ void __launch_bounds__(64) wrappers_sm80(u32* out, f32* sums, i32* bounds, const void* in) {
  extern __shared__ __align__(128) u8 shared_memory[];
  const u32 base = ptx::shared_address(shared_memory);
  const int lane = ptx::lane();

  u32 x = ptx::shfl_idx(static_cast<u32>(lane), 5);
  x += ptx::shfl_up<1>(x) + ptx::shfl_down<2>(x);
  x += ptx::vote_any(lane == 3) ? 1 : 0;
  x += ptx::vote_all(lane < 32) ? 1 : 0;
  x += ptx::lanemask_eq() ^ ptx::lanemask_lt() ^ ptx::lanemask_le() ^ ptx::lanemask_gt() ^ ptx::lanemask_ge();

  x += ptx::block_x() + ptx::block_y() + ptx::grid_x();

  ptx::prefetch_global_l2(in);
  ptx::store_shared(base + ptx::thread() * 16, u32x4{x, 1, 2, 3});
  ptx::store_shared(base + 1024 + ptx::thread() * 8, u32x2{x, 4});
  ptx::bar_sync<1, 64>();
  const u32x2 pair = ptx::load_shared_8(base + 1024 + (63 - ptx::thread()) * 8);
  if (ptx::warp() == 0) {
    ptx::bar_arrive<2, 64>();
    ptx::bar_arrive_at<64>(3);
  } else {
    ptx::bar_sync<2, 64>();
    ptx::bar_sync_at<64>(3);
  }

  const u32 mbarrier = base + 2048;
  if (ptx::thread() == 0) ptx::mbarrier_init(mbarrier, 64);
  ptx::bar_sync<1, 64>();
  ptx::cp_async_16(base + ptx::thread() * 16, in, 16);
  ptx::cp_async_mbarrier_arrive_noinc(mbarrier);
  while (!ptx::mbarrier_test_wait_parity(mbarrier, 0)) {
  }
  ptx::mbarrier_arrive(mbarrier);
  while (!ptx::mbarrier_test_wait_parity(mbarrier, 1)) {
  }
  ptx::bar_sync<1, 64>();
  if (ptx::thread() == 0) {
    ptx::mbarrier_inval(mbarrier);
    ptx::store_shared(base + 3072, u32x4{0, 0, 0, 0});
  }
  ptx::bar_sync<1, 64>();

  x += ptx::atom_shared_add(base + 3072, 1);
  ptx::red_shared_add(base + 3072, 2u);
  ptx::red_shared_add(base + 3076, 1.0f);
  ptx::red_shared_max(base + 3080, lane);
  ptx::red_shared_min(base + 3080, lane);
  ptx::red_shared_or(base + 3084, ptx::lanemask_eq());
  x += ptx::atom_global_add(out, 1) + ptx::atom_global_exch(out + 1, x) + ptx::atom_global_cas(out + 2, 0, x);
  ptx::red_global_add(out + 3, pair.x);
  ptx::red_global_add(sums, 1.0f);
  ptx::red_global_max(bounds, lane);
  ptx::red_global_min(bounds + 1, lane);
  ptx::store_global(out + 4 + ptx::thread(), x + pair.y + ptx::load_shared<u32>(base + 3072));
}
