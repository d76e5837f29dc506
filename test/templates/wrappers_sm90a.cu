// Every PTX wrapper that needs Hopper, once, and the products of warpgroups in all sizes. For template_tests.cpp.
#include "ragged/matrix_descriptor.cuh"
#include "ragged/ptx/bulk_copy.cuh"
#include "ragged/ptx/cluster.cuh"
#include "ragged/ptx/dependent_launch.cuh"
#include "ragged/ptx/lanes.cuh"
#include "ragged/ptx/matrix_store.cuh"
#include "ragged/ptx/mbarrier.cuh"
#include "ragged/ptx/memory.cuh"
#include "ragged/ptx/proxy.cuh"
#include "ragged/ptx/special.cuh"
#include "ragged/ptx/tensor_copy.cuh"
#include "ragged/ptx/warpgroup.cuh"
#include "ragged/ptx/warpgroup_mma.cuh"

using namespace ragged;

extern "C" __global__ void __cluster_dims__(2, 1, 1) __launch_bounds__(128)
    copies(u32* out, u8* target, const u8* source, const void* map) {
  extern __shared__ __align__(1024) u8 shared_memory[];
  const u32 base = ptx::shared_address(shared_memory);
  const u32 mbarrier = base + 16384;
  ptx::griddepcontrol_wait();
  ptx::prefetch_tensormap(map);
  if (ptx::thread() == 0) {
    ptx::mbarrier_init(mbarrier, 8);
    ptx::fence_mbarrier_init();
  }
  ptx::cluster_arrive();
  ptx::cluster_wait();
  const u32 other = ptx::cluster_map_shared(base, ptx::cluster_rank() ^ (ptx::cluster_size() - 1));
  if (ptx::warp() == 0 && ptx::elect_sync()) {
    ptx::mbarrier_expect_tx(mbarrier, 2048);
    ptx::mbarrier_arrive_expect_tx(mbarrier, 4096);
    ptx::mbarrier_arrive_expect_tx_cluster(other + 16384, 1024);
    ptx::mbarrier_arrive_count(mbarrier, 2);
    ptx::mbarrier_arrive_cluster(other + 16384);
    ptx::cp_async_bulk_load(base, source, 1024, mbarrier);
    ptx::cp_async_bulk_load_multicast(base + 1024, source, 1024, mbarrier, 3);
    ptx::cp_async_bulk_tensor_load<1>(base, map, {0}, mbarrier);
    ptx::cp_async_bulk_tensor_load<2>(base, map, {0, 1}, mbarrier);
    ptx::cp_async_bulk_tensor_load<3>(base, map, {0, 1, 2}, mbarrier);
    ptx::cp_async_bulk_tensor_load<4>(base, map, {0, 1, 2, 3}, mbarrier);
    ptx::cp_async_bulk_tensor_load<5>(base, map, {0, 1, 2, 3, 4}, mbarrier);
    ptx::cp_async_bulk_tensor_load_multicast<1>(base, map, {0}, mbarrier, 3);
    ptx::cp_async_bulk_tensor_load_multicast<2>(base, map, {0, 1}, mbarrier, 3);
    ptx::cp_async_bulk_tensor_load_multicast<3>(base, map, {0, 1, 2}, mbarrier, 3);
    ptx::cp_async_bulk_tensor_load_multicast<4>(base, map, {0, 1, 2, 3}, mbarrier, 3);
    ptx::cp_async_bulk_tensor_load_multicast<5>(base, map, {0, 1, 2, 3, 4}, mbarrier, 3);
    ptx::store_async_cluster(other + 8192, 1u, other + 16384);
    ptx::store_async_cluster(other + 8208, u32x4{1, 2, 3, 4}, other + 16384);
  }
  while (!ptx::mbarrier_try_wait_parity(mbarrier, 0)) {
  }
  while (!ptx::mbarrier_try_wait_parity_cluster(mbarrier, 1)) {
  }
  ptx::mbarrier_wait_parity(mbarrier, 0);
  ptx::mbarrier_wait_parity(mbarrier, 1);

  const u32 registers[4] = {1, 2, 3, 4};
  const u32 row = base + ptx::thread() * 16;
  ptx::stmatrix<1, false>(row, {registers[0]});
  ptx::stmatrix<2, false>(row, {registers[0], registers[1]});
  ptx::stmatrix<4, false>(row, registers);
  ptx::stmatrix<1, true>(row, {registers[0]});
  ptx::stmatrix<2, true>(row, {registers[0], registers[1]});
  ptx::stmatrix<4, true>(row, registers);
  ptx::fence_proxy_async();
  ptx::fence_proxy_async_shared();
  ptx::fence_proxy_async_global();
  if (ptx::thread() == 0) {
    ptx::cp_async_bulk_store(target, base, 1024);
    ptx::cp_async_bulk_tensor_store<1>(map, {0}, base);
    ptx::cp_async_bulk_tensor_store<2>(map, {0, 1}, base);
    ptx::cp_async_bulk_tensor_store<3>(map, {0, 1, 2}, base);
    ptx::cp_async_bulk_tensor_store<4>(map, {0, 1, 2, 3}, base);
    ptx::cp_async_bulk_tensor_store<5>(map, {0, 1, 2, 3, 4}, base);
    ptx::cp_async_bulk_commit_group();
    ptx::cp_async_bulk_wait_group_read<1>();
    ptx::cp_async_bulk_wait_group<0>();
  }
  ptx::store_shared_cluster(other, 7u);
  ptx::store_shared_cluster(other + 16, u32x4{1, 2, 3, 4});
  ptx::cluster_arrive();
  ptx::cluster_wait();
  ptx::griddepcontrol_launch_dependents();
  ptx::store_global(out + ptx::thread(), ptx::load_shared_cluster(other) + ptx::load_shared_cluster_16(other + 16).w);
}

template <int kN>
__device__ __forceinline__ void finish(f32 (&d)[kN / 2], f32* out) {
  ptx::wgmma_commit_group();
  ptx::wgmma_wait_group<0>();
  out[ptx::thread()] += d[0] + d[kN / 2 - 1];
}

template <class T, int kN, bool kTransposeA, bool kTransposeB>
__device__ __forceinline__ void products(u32 base, f32* out) {
  const u64 a = matrix_descriptor<Swizzle::k128>(base, 16, 1024);
  const u64 b = matrix_descriptor<Swizzle::k64>(base + 8192, 16, 512);
  f32 d[kN / 2] = {};
  const u32 registers[4] = {1, 2, 3, static_cast<u32>(ptx::thread())};
  ptx::wgmma_fence();
  ptx::wgmma_shared<T, kN, kTransposeA, kTransposeB>(d, a, b, false);
  ptx::wgmma_registers<T, kN, kTransposeB>(d, registers, b, true);
  finish<kN>(d, out);
}

template <class T, int kN, bool kTransposeB>
__device__ __forceinline__ void products_of_four_steps(u32 base, f32* out) {
  u64 b[4];
  u32 registers[16];
  for (u32 i = 0; i < 4; ++i) b[i] = matrix_descriptor<Swizzle::k128>(base + 8192 + 32 * i, 16, 1024);
  for (u32 i = 0; i < 16; ++i) registers[i] = i * ptx::thread();
  f32 d[kN / 2];
  ptx::wgmma_fence();
  ptx::wgmma_registers_four<T, kN, kTransposeB>(d, registers, b);
  finish<kN>(d, out);
}

template <int kN>
__device__ __forceinline__ void products_up_to(u32 base, f32* out) {
  products<bf16, kN, kN % 16 == 0, kN % 24 == 0>(base, out);
  products_of_four_steps<bf16, kN, kN % 16 == 0>(base, out);
  if constexpr (kN > 8) products_up_to<kN - 8>(base, out);
}

extern "C" __global__ void __launch_bounds__(128, 2) products_of_all_sizes(f32* out) {
  extern __shared__ __align__(1024) u8 shared_memory[];
  const u32 base = ptx::shared_address(shared_memory);
  ptx::setmaxnreg_dec<160>();
  ptx::setmaxnreg_inc<240>();
  products_up_to<256>(base, out);
  products<f16, 64, true, true>(base, out);
  products_of_four_steps<f16, 64, false>(base, out);
  products<f32, 208, false, false>(base, out);
}
