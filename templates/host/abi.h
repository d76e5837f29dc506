// What the host twins of the PTX wrappers ask of the emulator: a table of functions. Seen by both sides, the emulator
// and the emitted source as the system's C++ compiler gets it, so it includes nothing. `line` is the line of the
// emitted source that called the wrapper. A thread that must wait for others leaves the processor inside the call.
#pragma once

namespace ragged_host {

using u8 = unsigned char;
using u32 = unsigned int;
using u64 = unsigned long long;

inline constexpr u32 kAbiVersion = 1;

struct Position {
  u32 thread;   // in its block
  u32 threads;  // of a block
  u32 block[3];
  u32 grid[3];
  u32 cluster_rank;  // of the block in its cluster
  u32 cluster_size;
};

enum class Shuffle : u32 { kIndex, kUp, kDown, kButterfly };
enum class Vote : u32 { kBallot, kAny, kAll };
enum class Atomic : u32 { kAdd, kOr, kAnd, kMax, kMin, kExchange, kCompareExchange, kAddFloat };
enum class Element : u32 { kBf16, kF16, kTf32 };

// What a kernel did, summed over its threads or warps.
enum class Counter : u32 { kEx2, kCount };

// One wgmma.mma_async: m64, n, and 32 bytes of k.
struct WgmmaShape {
  u32 n;  // 8..256 in eights
  Element type;
  bool a_shared;      // by descriptor, not from registers
  bool a_transposed;  // M-major; 16-bit types only
  bool b_transposed;  // N-major; 16-bit types only
};

inline constexpr u32 kMulticast = 1u << 16;

struct Api {
  u32 version;
  u32 bytes;  // sizeof(Api): both sides must agree

  const Position* (*position)();
  u32 (*shared_address)(const void* pointer);
  void (*count)(Counter counter, u32 n);

  // Memory. `bytes` is 1, 2, 4, 8 or 16, and addresses are multiples of it. Loads may give poison, after a fault.
  void (*load_global)(void* to, const void* from, u32 bytes, int line);
  void (*store_global)(void* to, const void* value, u32 bytes, int line);
  void (*load_shared)(void* to, u32 from, u32 bytes, int line);
  void (*store_shared)(u32 to, const void* value, u32 bytes, int line);
  u32 (*atomic_global)(Atomic operation, void* address, u32 value, u32 compare, int line);
  u32 (*atomic_shared)(Atomic operation, u32 address, u32 value, u32 compare, int line);

  // cp.async: `source_bytes` of `bytes` are read, the rest become zero.
  void (*copy_async)(u32 to, const void* from, u32 bytes, u32 source_bytes, int line);
  void (*commit_copies)(int line);
  void (*wait_copies)(u32 pending, int line);

  // Barriers. `threads` 0: all of the block. `wait` false: bar.arrive.
  void (*barrier)(u32 id, u32 threads, bool wait, int line);
  void (*warp_barrier)(u32 mask, int line);
  void (*cluster_arrive)(int line);
  void (*cluster_wait)(int line);
  // The address, in the window of the cluster, of what block `rank` has at `address`.
  u32 (*map_shared_rank)(u32 address, u32 rank);

  // Warp exchanges.
  u32 (*shuffle)(Shuffle kind, u32 value, u32 argument, u32 mask, int line);
  u32 (*vote)(Vote kind, bool predicate, u32 mask, int line);
  bool (*elect)(u32 mask, int line);

  // Tensor cores of a warp. mma: m16n8 with k = `k_bytes` / sizeof(element), 16 or 32 bytes.
  void (*load_matrix)(u32* registers, u32 count, bool transposed, u32 address, int line);
  void (*store_matrix)(const u32* registers, u32 count, bool transposed, u32 address, int line);
  void (*mma)(Element type, u32 k_bytes, float* c, const u32* a, const u32* b, int line);

  // mbarrier objects of shared memory. wait returns when the phase of that parity is over; test never waits long.
  void (*mbarrier_init)(u32 address, u32 count, int line);
  void (*mbarrier_invalidate)(u32 address, int line);
  void (*mbarrier_arrive)(u32 address, u32 count, u32 transaction_bytes, int line);
  void (*mbarrier_expect)(u32 address, u32 transaction_bytes, int line);
  void (*mbarrier_arrive_copies)(u32 address, int line);  // cp.async.mbarrier.arrive.noinc
  void (*mbarrier_wait)(u32 address, u32 parity, int line);
  bool (*mbarrier_test)(u32 address, u32 parity, int line);
  void (*fence_mbarrier_init)(int line);

  // Bulk copies (TMA). Loads complete on an mbarrier, stores by groups of the thread. `map` is a tensor map as
  // EncodeTensorMap (runtime/emulator/tensor_map.h) writes it; `coordinates` are innermost first.
  // `multicast`: 0, or kMulticast and a bit for each block of the cluster that gets the bytes, at the same address and
  // with the same mbarrier.
  void (*bulk_load)(u32 to, const void* from, u32 bytes, u32 mbarrier, u32 multicast, int line);
  void (*bulk_store)(void* to, u32 from, u32 bytes, int line);
  void (*tensor_load)(u32 to, const void* map, u32 rank, const int* coordinates, u32 mbarrier, u32 multicast, int line);
  void (*tensor_store)(const void* map, u32 rank, const int* coordinates, u32 from, int line);
  void (*bulk_commit)(int line);
  void (*bulk_wait)(u32 pending, bool read_only, int line);
  void (*fence_async_proxy)(bool shared, bool global, int line);
  void (*store_async)(u32 to, const void* value, u32 bytes, u32 mbarrier, int line);  // st.async

  // Warpgroup products.
  void (*wgmma_fence)(int line);
  void (*wgmma)(const WgmmaShape* shape, float* d, const u32* a, u64 a_descriptor, u64 b_descriptor, bool accumulate,
                int line);
  void (*wgmma_commit)(int line);
  void (*wgmma_wait)(u32 pending, int line);

  // Register budgets, dependent launches (`wait`, or letting the next kernel begin). Checked for use, without effect on
  // results.
  void (*set_max_registers)(u32 registers, bool increase, int line);
  void (*dependent_launch)(bool wait, int line);

  // A use of a value that stands for one that has not arrived. Twins call it when they see kPoison.
  void (*poisoned)(const char* what, int line);
};

// What a register holds whose value has not arrived: a NaN of no other origin.
inline constexpr u32 kPoison = 0xffbadbadu;

}  // namespace ragged_host
