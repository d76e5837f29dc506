// Small kernels around the instructions that only Hopper has, for the device and for the emulator. Includes nothing:
// NVRTC gets it behind the templates, the host behind their twins. All take (parameters, in, out, map); shared memory
// starts at a multiple of 1024.

// Of the shared memory that tensor copies go to and come from.
constexpr u32 kRegion = 32768;
// Of the shared memory that products read.
constexpr u32 kImage = 131072;
constexpr int kBlock = 128;  // threads

__device__ __forceinline__ void set_region(u32 base, u32 factor) {
  for (u32 i = ptx::thread() * 4; i < kRegion; i += kBlock * 4) ptx::store_shared(base + i, i * factor);
}

__device__ __forceinline__ void dump(u8* out, u32 base, u32 bytes) {
  for (u32 i = ptx::thread() * 16; i < bytes; i += kBlock * 16) {
    ptx::store_global(out + i, ptx::load_shared<u32x4>(base + i));
  }
}

__device__ __forceinline__ void start_mbarrier(u32 address, u32 count) {
  if (ptx::thread() == 0) {
    ptx::mbarrier_init(address, count);
    ptx::fence_mbarrier_init();
  }
  ptx::fence_proxy_async();
  ptx::bar_sync<0>();
}

// Parameters: the rank, five coordinates, where in the region the box goes, its bytes. Out: for each thread whether it
// gave up waiting, then the region.
extern "C" __global__ void __launch_bounds__(128) tensor_load(const u32* p, const u8* in, u8* out, const void* map) {
  extern __shared__ __align__(1024) u8 shared_memory[];
  const u32 base = ptx::shared_address(shared_memory);
  const u32 mbarrier = base + kRegion;
  set_region(base, 2654435761u);
  start_mbarrier(mbarrier, 1);
  int c[5];
  for (int i = 0; i < 5; ++i) c[i] = static_cast<int>(ptx::load_global<u32>(p + 1 + i));
  const u32 rank = ptx::load_global<u32>(p);
  const u32 to = base + ptx::load_global<u32>(p + 6);
  const u32 bytes = ptx::load_global<u32>(p + 7);
  if (ptx::thread() == 0) {
    ptx::mbarrier_arrive_expect_tx(mbarrier, bytes);
    if (rank == 1) ptx::cp_async_bulk_tensor_load<1>(to, map, {c[0]}, mbarrier);
    if (rank == 2) ptx::cp_async_bulk_tensor_load<2>(to, map, {c[0], c[1]}, mbarrier);
    if (rank == 3) ptx::cp_async_bulk_tensor_load<3>(to, map, {c[0], c[1], c[2]}, mbarrier);
    if (rank == 4) ptx::cp_async_bulk_tensor_load<4>(to, map, {c[0], c[1], c[2], c[3]}, mbarrier);
    if (rank == 5) ptx::cp_async_bulk_tensor_load<5>(to, map, {c[0], c[1], c[2], c[3], c[4]}, mbarrier);
  }
  u32 tries = 0;
  while (tries < 100000 && !ptx::mbarrier_try_wait_parity(mbarrier, 0)) ++tries;
  ptx::store_global(out + ptx::thread() * 4, static_cast<u32>(tries >= 100000));
  dump(out + kBlock * 4, base, kRegion);
}

// The way back: the region, numbered, through the map into out.
extern "C" __global__ void __launch_bounds__(128) tensor_store(const u32* p, const u8* in, u8* out, const void* map) {
  extern __shared__ __align__(1024) u8 shared_memory[];
  const u32 base = ptx::shared_address(shared_memory);
  set_region(base, 2246822519u);
  ptx::fence_proxy_async_shared();
  ptx::bar_sync<0>();
  int c[5];
  for (int i = 0; i < 5; ++i) c[i] = static_cast<int>(ptx::load_global<u32>(p + 1 + i));
  const u32 rank = ptx::load_global<u32>(p);
  const u32 from = base + ptx::load_global<u32>(p + 6);
  if (ptx::thread() == 0) {
    if (rank == 1) ptx::cp_async_bulk_tensor_store<1>(map, {c[0]}, from);
    if (rank == 2) ptx::cp_async_bulk_tensor_store<2>(map, {c[0], c[1]}, from);
    if (rank == 3) ptx::cp_async_bulk_tensor_store<3>(map, {c[0], c[1], c[2]}, from);
    if (rank == 4) ptx::cp_async_bulk_tensor_store<4>(map, {c[0], c[1], c[2], c[3]}, from);
    if (rank == 5) ptx::cp_async_bulk_tensor_store<5>(map, {c[0], c[1], c[2], c[3], c[4]}, from);
    ptx::cp_async_bulk_commit_group();
    ptx::cp_async_bulk_wait_group<0>();
  }
}

// 4096 bytes in by two bulk copies, the second beside cp.async on the same mbarrier; out in two groups, the second
// source used again as soon as it has been read.
extern "C" __global__ void __launch_bounds__(128) bulk_copies(const u32* p, const u8* in, u8* out, const void* map) {
  extern __shared__ __align__(1024) u8 shared_memory[];
  const u32 base = ptx::shared_address(shared_memory);
  const u32 mbarrier = base + 8192;
  start_mbarrier(mbarrier, 1 + kBlock);
  const u32 own = ptx::thread() * 16;
  if (ptx::thread() == 0) {
    ptx::mbarrier_expect_tx(mbarrier, 1024);
    ptx::cp_async_bulk_load(base, in, 1024, mbarrier);
    ptx::cp_async_bulk_load(base + 1024, in + 1024, 1024, mbarrier);
    ptx::mbarrier_arrive_expect_tx(mbarrier, 1024);
  }
  ptx::cp_async_16(base + 2048 + own, in + 2048 + own, ptx::lane() % 3 == 0 ? 4 * (ptx::lane() % 5) : 16);
  ptx::cp_async_mbarrier_arrive_noinc(mbarrier);
  ptx::mbarrier_wait_parity(mbarrier, 0);
  for (u32 i = own; i < 4096; i += kBlock * 16) {
    u32x4 v = ptx::load_shared<u32x4>(base + i);
    v.x += i;
    ptx::bar_warp_sync();
    ptx::store_shared(base + (i ^ 16), v);  // a neighbour's, in this warp
    ptx::bar_warp_sync();
  }
  ptx::fence_proxy_async_shared();
  ptx::bar_sync<0>();
  if (ptx::thread() == 0) {
    ptx::cp_async_bulk_store(out, base, 2048);
    ptx::cp_async_bulk_commit_group();
    ptx::cp_async_bulk_store(out + 2048, base + 2048, 2048);
    ptx::cp_async_bulk_commit_group();
    ptx::cp_async_bulk_wait_group_read<0>();
    ptx::store_shared(base + 2048, u32x4{1, 2, 3, 4});
    ptx::cp_async_bulk_wait_group<0>();
  }
}

// Four phases between two halves of the block, and what the tests of either parity say at points that are the same
// each time.
extern "C" __global__ void __launch_bounds__(128)
    mbarrier_phases(const u32* p, const u8* in, u8* out, const void* map) {
  extern __shared__ __align__(1024) u8 shared_memory[];
  const u32 base = ptx::shared_address(shared_memory);
  const u32 full = base;
  const u32 empty = base + 8;
  start_mbarrier(full, 64);
  start_mbarrier(empty, 32 + 8);
  u32 seen = 0;
  const u32 cell = base + 1024 + (ptx::thread() % 64) * 4;
  for (u32 phase = 0; phase < 4; ++phase) {
    seen = seen << 1 | (ptx::mbarrier_test_wait_parity(full, phase & 1) ? 1u : 0u);
    seen = seen << 1 | (ptx::mbarrier_test_wait_parity(full, (phase & 1) ^ 1) ? 1u : 0u);
    ptx::bar_sync<0>();
    if (ptx::thread() < 64) {
      ptx::store_shared(cell, ptx::load_global<u32>(in + ptx::thread() * 4) + phase);
      ptx::mbarrier_arrive(full);
      ptx::mbarrier_wait_parity(empty, phase & 1);
    } else {
      ptx::mbarrier_wait_parity(full, phase & 1);
      seen += ptx::load_shared<u32>(cell ^ 4) << 8;
      if (ptx::warp() == 2) ptx::mbarrier_arrive(empty);
      if (ptx::warp() == 3 && ptx::lane() < 4) ptx::mbarrier_arrive_count(empty, 2);
    }
    ptx::bar_sync<0>();
  }
  ptx::store_global(out + ptx::thread() * 4, seen);
  ptx::bar_sync<0>();
  if (ptx::thread() == 0) ptx::mbarrier_inval(full);
  ptx::bar_sync<0>();
  start_mbarrier(full, 1);
  ptx::store_global(out + 512 + ptx::thread() * 4, ptx::mbarrier_test_wait_parity(full, 1) ? 1u : 0u);
}

// Registers to matrices, every form, each into 512 bytes of its own.
extern "C" __global__ void __launch_bounds__(128) matrix_stores(const u32* p, const u8* in, u8* out, const void* map) {
  extern __shared__ __align__(1024) u8 shared_memory[];
  const u32 base = ptx::shared_address(shared_memory);
  set_region(base, 40503u);
  ptx::bar_sync<0>();
  const u32x4 v = ptx::load_global<u32x4>(in + ptx::thread() * 16);
  const u32 one[1] = {v.x};
  const u32 two[2] = {v.x, v.y};
  const u32 four[4] = {v.x, v.y, v.z, v.w};
  const u32 to = base + ptx::warp() * 4096 + ptx::lane() * 16;
  ptx::stmatrix<1, false>(to, one);
  ptx::stmatrix<2, false>(to + 512, two);
  ptx::stmatrix<4, false>(to + 1024, four);
  ptx::stmatrix<1, true>(to + 1536, one);
  ptx::stmatrix<2, true>(to + 2048, two);
  ptx::stmatrix<4, true>(to + 2560, four);
  ptx::bar_sync<0>();
  dump(out, base, kRegion);
}

// Two blocks: each loads a half of `in` for both, stores into the other's shared memory and arrives there.
extern "C" __global__ void __cluster_dims__(2, 1, 1) __launch_bounds__(128)
    cluster_copies(const u32* p, const u8* in, u8* out, const void* map) {
  extern __shared__ __align__(1024) u8 shared_memory[];
  const u32 base = ptx::shared_address(shared_memory);
  const u32 mbarrier = base + kRegion;
  set_region(base, 3266489917u);
  ptx::fence_proxy_async();
  ptx::bar_sync<0>();
  if (ptx::thread() == 0) {
    ptx::mbarrier_init(mbarrier, 2 + kBlock);
    ptx::fence_mbarrier_init();
  }
  ptx::cluster_arrive();
  ptx::cluster_wait();
  const u32 rank = ptx::cluster_rank();
  const u32 other = ptx::cluster_map_shared(base, rank ^ 1);
  const u32 own = ptx::thread() * 16;
  if (ptx::thread() == 0) {
    ptx::mbarrier_arrive_expect_tx(mbarrier, 2048 + 2048);
    ptx::cp_async_bulk_load_multicast(base + rank * 1024, in + rank * 1024, 1024, mbarrier, 3);
    ptx::mbarrier_arrive_expect_tx_cluster(other + kRegion, 0);
  }
  ptx::store_async_cluster(other + 4096 + own, u32x4{rank, own, 7, 8}, other + kRegion);
  ptx::store_shared_cluster(other + 8192 + own, u32x4{own, rank, ptx::cluster_size(), 9});
  ptx::mbarrier_arrive_cluster(other + kRegion);
  while (!ptx::mbarrier_try_wait_parity_cluster(mbarrier, 0)) {
  }
  dump(out + rank * 65536, base, 16384);
  // The mbarrier of this block says nothing of what the other has got.
  ptx::cluster_arrive();
  ptx::cluster_wait();
  const u32x4 theirs = ptx::load_shared_cluster_16(other + own % 1024);  // what both have got
  ptx::store_global(out + rank * 65536 + kRegion + own, theirs);
  ptx::cluster_arrive();
  ptx::cluster_wait();
}

// Parameters: two descriptors, as of shared memory that starts at 0, then four registers of a for each thread.
template <class T, int kN, bool kTransposeA, bool kTransposeB, bool kShared>
__device__ __forceinline__ void multiply(const u32* p, const u8* in, u8* out, u32 base) {
  for (u32 i = ptx::thread() * 16; i < kImage; i += kBlock * 16) {
    ptx::store_shared(base + i, ptx::load_global<u32x4>(in + i));
  }
  ptx::fence_proxy_async_shared();
  ptx::bar_sync<0>();
  const u32x4 raw = ptx::load_global<u32x4>(p);
  const u64 a = (static_cast<u64>(raw.y) << 32 | raw.x) + (base >> 4);
  const u64 b = (static_cast<u64>(raw.w) << 32 | raw.z) + (base >> 4);
  u32 registers[4];
  for (int i = 0; i < 4; ++i) registers[i] = ptx::load_global<u32>(p + 4 + ptx::thread() * 4 + i);
  f32 d[kN / 2];
  for (int i = 0; i < kN / 2; ++i) d[i] = static_cast<f32>(i);
  ptx::wgmma_fence();
  if constexpr (kShared) {
    ptx::wgmma_shared<T, kN, kTransposeA, kTransposeB>(d, a, b, false);
    ptx::wgmma_shared<T, kN, kTransposeA, kTransposeB>(d, a, b, true);
  } else {
    ptx::wgmma_registers<T, kN, kTransposeB>(d, registers, b, true);
  }
  ptx::wgmma_commit_group();
  ptx::wgmma_wait_group<0>();
  for (int i = 0; i < kN / 2; ++i) {
    ptx::store_global(out + (ptx::thread() * (kN / 2) + i) * 4, __builtin_bit_cast(u32, d[i]));
  }
}

// RAGGED_PRODUCTS(X): X(name, type, n, a transposed, b transposed, a in shared memory)
#define RAGGED_PRODUCTS(X)                    \
  X(product_0, bf16, 16, false, false, true)  \
  X(product_1, bf16, 72, false, true, true)   \
  X(product_2, bf16, 64, true, false, true)   \
  X(product_3, f16, 64, true, true, true)     \
  X(product_4, f16, 128, true, true, true)    \
  X(product_5, f32, 40, false, false, true)   \
  X(product_6, f32, 64, false, false, true)   \
  X(product_7, bf16, 64, false, false, false) \
  X(product_8, f16, 208, false, true, false)  \
  X(product_9, f32, 24, false, false, false)  \
  X(product_10, bf16, 256, false, true, true) \
  X(product_11, bf16, 256, true, false, true)

#define RAGGED_PRODUCT(name, type, n, ta, tb, shared)                                                            \
  extern "C" __global__ void __launch_bounds__(128) name(const u32* p, const u8* in, u8* out, const void* map) { \
    extern __shared__ __align__(1024) u8 shared_memory[];                                                        \
    multiply<type, n, ta, tb, shared>(p, in, out, ptx::shared_address(shared_memory));                           \
  }
RAGGED_PRODUCTS(RAGGED_PRODUCT)
