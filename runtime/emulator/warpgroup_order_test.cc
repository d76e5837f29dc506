// What orders the products of warpgroup.h: groups, fences, waits.
#include "runtime/emulator/kernel_testing.h"
// The twins that the kernels below call.
#include "ragged/ptx/math.host.cuh"
#include "ragged/ptx/memory.host.cuh"
#include "ragged/ptx/memory_wide.host.cuh"
#include "ragged/ptx/proxy.host.cuh"
#include "ragged/ptx/special.host.cuh"
#include "ragged/ptx/sync.host.cuh"
#include "ragged/ptx/warpgroup.host.cuh"
#include "ragged/ptx/warpgroup_mma.host.cuh"

namespace raggedc::emulator {
namespace {

namespace ptx = ragged::ptx;
using ragged::bf16;
using ragged::u32x4;
using ragged::u64;

constexpr KernelShape kGroup = {.threads = 128, .shared_bytes = 65536};
constexpr uint32_t kB = 32768;  // where b lies; a is at 0

constexpr u64 kPlain = u64{128 >> 4} << 16 | u64{256 >> 4} << 32;  // K-major, no swizzle, at 0

// 64 rows of ones in a; b is 8 rows of twos.
void FillOperands() {
  for (uint32_t i = static_cast<uint32_t>(ptx::thread()) * 16; i < 2048; i += 128 * 16) {
    ptx::store_shared(i, u32x4{0x3f803f80, 0x3f803f80, 0x3f803f80, 0x3f803f80});
    ptx::store_shared(i + kB, u32x4{0x40004000, 0x40004000, 0x40004000, 0x40004000});
  }
  ptx::fence_proxy_async_shared();
  ptx::bar_sync<0>();
}

constexpr u64 kPlainB = kPlain | kB >> 4;
constexpr float kProduct = 1 * 2 * 16;

void Product(float (&d)[4], bool accumulate = false) {
  ptx::wgmma_shared<bf16, 8, false, false>(d, kPlain, kPlainB, accumulate);
}

bool IsPoison(float value) {
  return std::bit_cast<uint32_t>(value) == ragged_host::kPoison;
}

TEST(WarpgroupOrderTest, GroupsArriveInOrderWhenWaitedFor) {
  ExpectClean(RunKernel(kGroup, [](void* const*) {
    FillOperands();
    float first[4] = {}, second[4] = {1, 1, 1, 1};
    ptx::wgmma_fence();
    Product(first);
    Product(first, true);  // adds to what is in flight
    ptx::wgmma_commit_group();
    Product(second, true);
    ptx::wgmma_commit_group();
    EXPECT_TRUE(IsPoison(first[0]));
    ptx::wgmma_wait_group<1>();
    EXPECT_EQ(first[3], 2 * kProduct);
    EXPECT_TRUE(IsPoison(second[3]));
    ptx::wgmma_wait_group<0>();
    EXPECT_EQ(second[3], kProduct + 1);
    // No change since, so no fence is needed; with a change one is.
    Product(first, true);
    ptx::wgmma_commit_group();
    ptx::wgmma_wait_group<0>();
    EXPECT_EQ(first[0], 3 * kProduct);
    first[0] = 5;
    ptx::wgmma_fence();
    Product(first, true);
    ptx::wgmma_commit_group();
    ptx::wgmma_wait_group<0>();
    EXPECT_EQ(first[0], kProduct + 5);
  }));
}

TEST(WarpgroupOrderTest, WarpgroupsWorkOnTheirOwn) {
  const KernelRun run = RunKernel({.threads = 256, .shared_bytes = 65536}, [](void* const*) {
    if (ptx::warp() < 4)
      FillOperands();
    else
      ptx::bar_sync<0>();
    ptx::setmaxnreg_dec<40>();
    float d[4] = {};
    ptx::wgmma_fence();
    Product(d);
    if (ptx::warp() >= 4) Product(d, true);
    ptx::wgmma_commit_group();
    ptx::wgmma_wait_group<0>();
    EXPECT_EQ(d[0], (ptx::warp() >= 4 ? 2 : 1) * kProduct);
  });
  ExpectClean(run);
  EXPECT_EQ(run.counters.wgmma, 3);
}

TEST(WarpgroupOrderTest, FaultNoFence) {
  ExpectFault(RunKernel(kGroup,
                        [](void* const*) {
                          FillOperands();
                          float d[4] = {};
                          Product(d);
                          ptx::wgmma_commit_group();
                          ptx::wgmma_wait_group<0>();
                        }),
              FaultKind::kMisuse, "expected wgmma.fence between other uses of the accumulators and wgmma, got none");
}

TEST(WarpgroupOrderTest, FaultChangedWithoutFence) {
  ExpectFault(RunKernel(kGroup,
                        [](void* const*) {
                          FillOperands();
                          float d[4] = {};
                          for (int i = 0; i < 2; ++i) {
                            if (i == 0) ptx::wgmma_fence();
                            Product(d, true);
                            ptx::wgmma_commit_group();
                            ptx::wgmma_wait_group<0>();
                            d[1] *= 2;
                          }
                        }),
              FaultKind::kMisuse, "accumulators were changed after the wgmma of line ");
}

TEST(WarpgroupOrderTest, FaultRegistersOfAWithoutFence) {
  ExpectFault(RunKernel(kGroup,
                        [](void* const*) {
                          FillOperands();
                          float d[4] = {};
                          ragged::u32 a[4] = {};
                          ptx::wgmma_fence();
                          ptx::wgmma_registers<bf16, 8, false>(d, a, kPlainB, true);
                          ptx::wgmma_commit_group();
                          ptx::wgmma_wait_group<0>();
                          a[2] = 1;
                          ptx::wgmma_registers<bf16, 8, false>(d, a, kPlainB, true);
                          ptx::wgmma_commit_group();
                          ptx::wgmma_wait_group<0>();
                        }),
              FaultKind::kMisuse, "expected wgmma.fence between the writes of the registers of a and wgmma, got none");
}

TEST(WarpgroupOrderTest, FaultResultUsedBeforeWait) {
  ExpectFault(RunKernel(kGroup,
                        [](void* const*) {
                          FillOperands();
                          float d[4] = {};
                          ptx::wgmma_fence();
                          Product(d);
                          ptx::wgmma_commit_group();
                          ptx::cvt_pair<bf16>(d[0], d[1]);
                          ptx::wgmma_wait_group<0>();
                        }),
              FaultKind::kInFlight, "with a result that was not waited for");
}

TEST(WarpgroupOrderTest, FaultResultOverwrittenBeforeWait) {
  ExpectFault(RunKernel(kGroup,
                        [](void* const*) {
                          FillOperands();
                          float d[4] = {};
                          ptx::wgmma_fence();
                          Product(d);
                          ptx::wgmma_commit_group();
                          d[0] = 0;
                          ptx::wgmma_wait_group<0>();
                        }),
              FaultKind::kInFlight, "accumulators were written before wgmma.wait_group");
}

TEST(WarpgroupOrderTest, FaultNotWaitedFor) {
  ExpectFault(RunKernel(kGroup,
                        [](void* const*) {
                          FillOperands();
                          float d[4] = {};
                          ptx::wgmma_fence();
                          Product(d);
                          ptx::wgmma_commit_group();
                        }),
              FaultKind::kInFlight, "warp 0 ended before its wgmma was waited for");
}

TEST(WarpgroupOrderTest, FaultNotCommitted) {
  ExpectFault(RunKernel(kGroup,
                        [](void* const*) {
                          FillOperands();
                          float d[4] = {};
                          ptx::wgmma_fence();
                          Product(d);
                          ptx::wgmma_wait_group<0>();
                          ptx::cvt_pair<bf16>(d[0], d[1]);
                        }),
              FaultKind::kInFlight, "with a result that was not waited for");
}

TEST(WarpgroupOrderTest, FaultOperandOverwritten) {
  ExpectFault(RunKernel(kGroup,
                        [](void* const*) {
                          FillOperands();
                          float d[4] = {};
                          ptx::wgmma_fence();
                          Product(d);
                          ptx::wgmma_commit_group();
                          if (ptx::thread() == 0) ptx::store_shared(kB, 0u);
                          ptx::wgmma_wait_group<0>();
                        }),
              FaultKind::kInFlight, "write while an asynchronous operation still reads it");
}

TEST(WarpgroupOrderTest, FaultOperandNotBehindABarrier) {
  ExpectFault(RunKernel(kGroup,
                        [](void* const*) {
                          FillOperands();
                          if (ptx::thread() == 5) ptx::store_shared(kB, 0u);
                          float d[4] = {};
                          ptx::wgmma_fence();
                          Product(d);
                          ptx::wgmma_commit_group();
                          ptx::wgmma_wait_group<0>();
                        }),
              FaultKind::kRace, "read after a write without a barrier between them");
}

TEST(WarpgroupOrderTest, FaultOperandWithoutProxyFence) {
  ExpectFault(RunKernel(kGroup,
                        [](void* const*) {
                          FillOperands();
                          if (ptx::thread() == 0) ptx::store_shared(0, 0u);
                          ptx::bar_sync<0>();
                          float d[4] = {};
                          ptx::wgmma_fence();
                          Product(d);
                          ptx::wgmma_commit_group();
                          ptx::wgmma_wait_group<0>();
                        }),
              FaultKind::kProxy, "asynchronous read of a write without fence.proxy.async between them");
}

TEST(WarpgroupOrderTest, FaultOperandNeverWritten) {
  ExpectFault(RunKernel(kGroup,
                        [](void* const*) {
                          float d[4] = {};
                          ptx::wgmma_fence();
                          Product(d);
                          ptx::wgmma_commit_group();
                          ptx::wgmma_wait_group<0>();
                        }),
              FaultKind::kUninitialised, "16 bytes at shared address");
}

TEST(WarpgroupOrderTest, FaultOperandOutside) {
  ExpectFault(RunKernel({.threads = 128, .shared_bytes = 1024},
                        [](void* const*) {
                          float d[4] = {};
                          ptx::wgmma_fence();
                          Product(d);
                          ptx::wgmma_commit_group();
                          ptx::wgmma_wait_group<0>();
                        }),
              FaultKind::kUninitialised, "16 bytes at shared address");
  const KernelRun run = RunKernel({.threads = 128, .shared_bytes = 1024}, [](void* const*) {
    for (uint32_t i = static_cast<uint32_t>(ptx::thread()) * 8; i < 1024; i += 1024) ptx::store_shared(i, 0.0f, 0.0f);
    ptx::fence_proxy_async_shared();
    ptx::bar_sync<0>();
    float d[4] = {};
    ptx::wgmma_fence();
    Product(d);
    ptx::wgmma_commit_group();
    ptx::wgmma_wait_group<0>();
  });
  ExpectFault(run, FaultKind::kSharedBounds, "expected 16 bytes inside the 1024 of shared memory");
}

TEST(WarpgroupOrderTest, FaultPartOfTheAccumulators) {
  ExpectFault(RunKernel(kGroup,
                        [](void* const*) {
                          FillOperands();
                          float d[8] = {};
                          auto& wide = d;
                          ptx::wgmma_fence();
                          ptx::wgmma_shared<bf16, 16, false, false>(wide, kPlain, kPlainB, false);
                          Product(*reinterpret_cast<float (*)[4]>(d));
                          ptx::wgmma_commit_group();
                          ptx::wgmma_wait_group<0>();
                        }),
              FaultKind::kMisuse, "wgmma with a part of the accumulators that the one of line ");
}

TEST(WarpgroupOrderTest, FaultDescriptors) {
  static const auto kRun = [](u64 a) {
    FillOperands();
    float d[4] = {};
    ptx::wgmma_fence();
    ptx::wgmma_shared<bf16, 8, false, false>(d, a, kPlainB, false);
    ptx::wgmma_commit_group();
    ptx::wgmma_wait_group<0>();
  };
  ExpectFault(RunKernel(kGroup, [](void* const*) { kRun(kPlain | u64{1} << 49); }), FaultKind::kMisuse,
              "expected a matrix descriptor with a base offset of 0");
  ExpectFault(RunKernel(kGroup, [](void* const*) { kRun(kPlain + (ptx::thread() == 77 ? 1 : 0)); }), FaultKind::kMisuse,
              "expected the same descriptors in all threads of a warpgroup, got others in thread ");
}

TEST(WarpgroupOrderTest, FaultThreads) {
  ExpectFault(RunKernel({.threads = 64},
                        [](void* const*) {
                          float d[4] = {};
                          ptx::wgmma_fence();
                          Product(d);
                        }),
              FaultKind::kMisuse, "expected whole warpgroups of 128 threads for wgmma, got blocks of 64");
  ExpectFault(RunKernel(kGroup,
                        [](void* const*) {
                          FillOperands();
                          float d[4] = {};
                          ptx::wgmma_fence();
                          if (ptx::warp() == 2) return;
                          Product(d);
                        }),
              FaultKind::kDivergence, "with thread 64, which has ended");
}

}  // namespace
}  // namespace raggedc::emulator
