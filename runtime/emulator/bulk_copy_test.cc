#include "runtime/emulator/bulk_copy.h"

#include "runtime/emulator/async_testing.h"

namespace raggedc::emulator {
namespace {

TEST(BulkCopyTest, LoadArrivesWithItsMbarrier) {
  Buffer in = Numbers(512);
  const KernelRun run = RunKernel({},
                                  [](void* const* args) {
                                    InitMbarrier(1);
                                    if (ptx::lane() == 0) {
                                      ptx::mbarrier_arrive_expect_tx(kBar, 512);
                                      ptx::cp_async_bulk_load(kData, args[0], 256, kBar);
                                      ptx::cp_async_bulk_load(kData + 256, Arg<uint8_t>(args, 0) + 256, 256, kBar);
                                    }
                                    WaitInLoop(0);
                                    const auto offset = static_cast<uint32_t>(ptx::lane()) * 16;
                                    const auto got = ptx::load_shared<u32x4>(kData + offset);
                                    EXPECT_EQ(std::memcmp(&got, Arg<uint8_t>(args, 0) + offset, 16), 0);
                                  },
                                  {&in});
  ExpectClean(run);
  EXPECT_EQ(run.counters.global_read_bytes, 512);
  EXPECT_EQ(run.counters.global_read_sectors, 16);
}

TEST(BulkCopyTest, BytesMayComeBeforeTheyAreExpected) {
  Buffer in = Numbers(512);
  ExpectClean(RunKernel({},
                        [](void* const* args) {
                          InitMbarrier(1);
                          if (ptx::lane() == 0) {
                            ptx::cp_async_bulk_load(kData, args[0], 512, kBar);
                            EXPECT_FALSE(ptx::mbarrier_test_wait_parity(kBar, 0));
                            ptx::mbarrier_expect_tx(kBar, 512);
                            ptx::mbarrier_arrive(kBar);
                          }
                          WaitInLoop(0);
                          ptx::load_shared<uint32_t>(kData);
                        },
                        {&in}));
}

TEST(BulkCopyTest, FaultReadBeforeWait) {
  Buffer in = Numbers(512);
  ExpectFault(RunKernel({},
                        [](void* const* args) {
                          InitMbarrier(1);
                          if (ptx::lane() == 0) {
                            ptx::mbarrier_arrive_expect_tx(kBar, 512);
                            ptx::cp_async_bulk_load(kData, args[0], 512, kBar);
                          }
                          ptx::bar_warp_sync();
                          if (ptx::lane() == 0) EXPECT_EQ(ptx::load_shared<uint32_t>(kData), 0xffffffffu);
                          ptx::shfl_idx(0, 0);  // nobody waits before the read
                          WaitInLoop(0);
                        },
                        {&in}),
              FaultKind::kInFlight, "read before the asynchronous write to it was waited for");
}

TEST(BulkCopyTest, FaultWaitNotInALoop) {
  Buffer in = Numbers(512);
  ExpectFault(RunKernel({},
                        [](void* const* args) {
                          InitMbarrier(1);
                          if (ptx::lane() == 0) {
                            ptx::mbarrier_arrive_expect_tx(kBar, 512);
                            ptx::cp_async_bulk_load(kData, args[0], 512, kBar);
                          }
                          ptx::bar_warp_sync();
                          ptx::mbarrier_try_wait_parity(kBar, 0);
                          ptx::load_shared<uint32_t>(kData);
                          WaitInLoop(0);
                        },
                        {&in}),
              FaultKind::kInFlight, "read before the asynchronous write to it was waited for");
}

TEST(BulkCopyTest, FaultOneThreadWaitsForAll) {
  Buffer in = Numbers(512);
  ExpectFault(RunKernel({},
                        [](void* const* args) {
                          InitMbarrier(1);
                          if (ptx::lane() == 0) {
                            ptx::mbarrier_arrive_expect_tx(kBar, 512);
                            ptx::cp_async_bulk_load(kData, args[0], 512, kBar);
                            WaitInLoop(0);
                          }
                          ptx::shfl_idx(0, 0);  // the others are later, but it orders no memory
                          ptx::load_shared<uint32_t>(kData);
                        },
                        {&in}),
              FaultKind::kRace, "read after a write without a barrier between them");
}

TEST(BulkCopyTest, FaultTooFewBytesExpected) {
  // The phase ends with the first copy: the second is still in flight.
  Buffer in = Numbers(512);
  ExpectFault(RunKernel({},
                        [](void* const* args) {
                          InitMbarrier(1);
                          if (ptx::lane() == 0) {
                            ptx::mbarrier_arrive_expect_tx(kBar, 256);
                            ptx::cp_async_bulk_load(kData, args[0], 256, kBar);
                            ptx::cp_async_bulk_load(kData + 256, args[0], 256, kBar);
                          }
                          WaitInLoop(0);
                          ptx::load_shared<uint32_t>(kData);
                          ptx::load_shared<uint32_t>(kData + 256);
                        },
                        {&in}),
              FaultKind::kInFlight, "read before the asynchronous write to it was waited for");
}

TEST(BulkCopyTest, FaultTransactionCountNeverFits) {
  Buffer in = Numbers(512);
  ExpectFault(RunKernel({},
                        [](void* const* args) {
                          InitMbarrier(1);
                          if (ptx::lane() == 0) {
                            ptx::mbarrier_arrive_expect_tx(kBar, 528);
                            ptx::cp_async_bulk_load(kData, args[0], 512, kBar);
                          }
                          WaitInLoop(0);
                        },
                        {&in}),
              FaultKind::kDeadlock, "where 0 of 1 arrivals and 16 bytes are missing");
  ExpectFault(RunKernel({},
                        [](void* const* args) {
                          InitMbarrier(1);
                          if (ptx::lane() == 0) {
                            ptx::mbarrier_arrive_expect_tx(kBar, 16);
                            ptx::cp_async_bulk_load(kData, args[0], 512, kBar);
                          }
                          WaitInLoop(0);
                        },
                        {&in}),
              FaultKind::kDeadlock, "0 of 1 arrivals are missing and 496 bytes more than expected have come");
}

TEST(BulkCopyTest, FaultNeverWaitedFor) {
  Buffer in = Numbers(512);
  ExpectFault(RunKernel({},
                        [](void* const* args) {
                          InitMbarrier(1);
                          if (ptx::lane() == 0) {
                            ptx::mbarrier_arrive_expect_tx(kBar, 512);
                            ptx::cp_async_bulk_load(kData, args[0], 512, kBar);
                          }
                        },
                        {&in}),
              FaultKind::kInFlight, "was under way when its block ended");
}

TEST(BulkCopyTest, FaultMbarrierInitNotFenced) {
  Buffer in = Numbers(512);
  ExpectFault(RunKernel({},
                        [](void* const* args) {
                          if (ptx::thread() == 0) ptx::mbarrier_init(kBar, 1);
                          ptx::bar_sync<0>();
                          if (ptx::lane() == 0) {
                            ptx::mbarrier_arrive_expect_tx(kBar, 512);
                            ptx::cp_async_bulk_load(kData, args[0], 512, kBar);
                          }
                          WaitInLoop(0);
                        },
                        {&in}),
              FaultKind::kProxy, "without fence.mbarrier_init after its mbarrier.init");
}

TEST(BulkCopyTest, ProxyFenceServesForMbarrierInit) {
  Buffer in = Numbers(512);
  ExpectClean(RunKernel({},
                        [](void* const* args) {
                          if (ptx::thread() == 0) {
                            ptx::mbarrier_init(kBar, 1);
                            ptx::fence_proxy_async_shared();
                          }
                          ptx::bar_sync<0>();
                          if (ptx::lane() == 0) {
                            ptx::mbarrier_arrive_expect_tx(kBar, 512);
                            ptx::cp_async_bulk_load(kData, args[0], 512, kBar);
                          }
                          WaitInLoop(0);
                        },
                        {&in}));
}

TEST(BulkCopyTest, FaultOverReadWithoutBarrier) {
  Buffer in = Numbers(512);
  ExpectFault(RunKernel({},
                        [](void* const* args) {
                          InitMbarrier(1);
                          if (ptx::lane() == 0) {
                            ptx::mbarrier_arrive_expect_tx(kBar, 512);
                            ptx::cp_async_bulk_load(kData, args[0], 512, kBar);
                          }
                          WaitInLoop(0);
                          ptx::load_shared<uint32_t>(kData + static_cast<uint32_t>(ptx::lane()) * 16);
                          if (ptx::lane() == 31) {  // should be behind a barrier
                            ptx::mbarrier_arrive_expect_tx(kBar, 512);
                            ptx::cp_async_bulk_load(kData, args[0], 512, kBar);
                          }
                          WaitInLoop(1);
                        },
                        {&in}),
              FaultKind::kRace, "write after a read without a barrier between them");
}

TEST(BulkCopyTest, FaultOverStoreWithoutProxyFence) {
  Buffer in = Numbers(512);
  ExpectFault(RunKernel({},
                        [](void* const* args) {
                          InitMbarrier(1);
                          ptx::store_shared(kData + static_cast<uint32_t>(ptx::lane()) * 4, 0u);
                          ptx::bar_sync<0>();
                          if (ptx::lane() == 0) {
                            ptx::mbarrier_arrive_expect_tx(kBar, 512);
                            ptx::cp_async_bulk_load(kData, args[0], 512, kBar);
                          }
                          WaitInLoop(0);
                        },
                        {&in}),
              FaultKind::kProxy, "asynchronous write over a write without fence.proxy.async between them");
}

TEST(BulkCopyTest, FaultBounds) {
  Buffer in = Numbers(512);
  const auto load = [](uint32_t to, const void* from, uint32_t bytes) {
    InitMbarrier(1);
    if (ptx::lane() == 0) {
      ptx::mbarrier_arrive_expect_tx(kBar, bytes);
      ptx::cp_async_bulk_load(to, from, bytes, kBar);
    }
    WaitInLoop(0);
  };
  static const auto kLoad = load;
  ExpectFault(RunKernel({}, [](void* const* args) { kLoad(kData, args[0], 528); }, {&in}), FaultKind::kGlobalBounds,
              "bulk read of 528 bytes outside every buffer");
  ExpectFault(RunKernel({}, [](void* const* args) { kLoad(4096 - 496, args[0], 512); }, {&in}),
              FaultKind::kSharedBounds, "expected 512 bytes inside the 4096 of shared memory");
  ExpectFault(RunKernel({}, [](void* const* args) { kLoad(kData + 8, args[0], 512); }, {&in}), FaultKind::kMisaligned,
              "expected a multiple of 16");
  ExpectFault(RunKernel({}, [](void* const* args) { kLoad(kData, Arg<uint8_t>(args, 0) + 8, 496); }, {&in}),
              FaultKind::kMisaligned, "expected a multiple of 16");
  ExpectFault(RunKernel({}, [](void* const* args) { kLoad(kData, args[0], 500); }, {&in}), FaultKind::kMisuse,
              "expected a bulk copy of a multiple of 16 bytes, got 500");
}

TEST(BulkCopyTest, StoreWritesWhenItIsWaitedFor) {
  Buffer out("out", 512, true, false);
  const KernelRun run = RunKernel({},
                                  [](void* const* args) {
                                    const auto lane = static_cast<uint32_t>(ptx::lane());
                                    ptx::store_shared(kData + lane * 16, u32x4{lane, 1, 2, 3});
                                    ptx::fence_proxy_async();
                                    ptx::bar_sync<0>();
                                    if (lane == 0) {
                                      ptx::cp_async_bulk_store(args[0], kData, 256);
                                      ptx::cp_async_bulk_commit_group();
                                      ptx::cp_async_bulk_store(Arg<uint8_t>(args, 0) + 256, kData + 256, 256);
                                      ptx::cp_async_bulk_commit_group();
                                      EXPECT_EQ(Arg<uint32_t>(args, 0)[4], 0u);
                                      ptx::cp_async_bulk_wait_group<1>();
                                      EXPECT_EQ(Arg<uint32_t>(args, 0)[4], 1u);
                                      ptx::cp_async_bulk_wait_group_read<0>();
                                      EXPECT_EQ(Arg<uint32_t>(args, 0)[68], 0u);
                                      ptx::store_shared(kData + 256, u32x4{99, 99, 99, 99});
                                    }
                                  },
                                  {&out});
  ExpectClean(run);
  for (uint32_t i = 0; i < 32; ++i) EXPECT_EQ(out.as<uint32_t>()[i * 4], i);
  EXPECT_EQ(run.counters.global_write_bytes, 512);
}

TEST(BulkCopyTest, FaultStoreWithoutProxyFence) {
  Buffer out("out", 512, true, false);
  ExpectFault(RunKernel({},
                        [](void* const* args) {
                          const auto lane = static_cast<uint32_t>(ptx::lane());
                          ptx::store_shared(kData + lane * 16, u32x4{lane, 1, 2, 3});
                          ptx::bar_sync<0>();
                          if (lane == 0) {
                            ptx::cp_async_bulk_store(args[0], kData, 512);
                            ptx::cp_async_bulk_commit_group();
                            ptx::cp_async_bulk_wait_group<0>();
                          }
                        },
                        {&out}),
              FaultKind::kProxy, "asynchronous read of a write without fence.proxy.async between them");
}

TEST(BulkCopyTest, FaultWriteAfterTheFence) {
  Buffer out("out", 512, true, false);
  ExpectFault(RunKernel({},
                        [](void* const* args) {
                          const auto lane = static_cast<uint32_t>(ptx::lane());
                          ptx::fence_proxy_async();
                          ptx::store_shared(kData + lane * 16, u32x4{lane, 1, 2, 3});
                          ptx::bar_sync<0>();
                          if (lane == 0) {
                            ptx::cp_async_bulk_store(args[0], kData, 512);
                            ptx::cp_async_bulk_commit_group();
                            ptx::cp_async_bulk_wait_group<0>();
                          }
                        },
                        {&out}),
              FaultKind::kProxy, "asynchronous read of a write without fence.proxy.async between them");
}

TEST(BulkCopyTest, FaultGlobalFenceIsNotEnough) {
  Buffer out("out", 512, true, false);
  ExpectFault(RunKernel({},
                        [](void* const* args) {
                          const auto lane = static_cast<uint32_t>(ptx::lane());
                          ptx::store_shared(kData + lane * 16, u32x4{lane, 1, 2, 3});
                          ptx::fence_proxy_async_global();
                          ptx::bar_sync<0>();
                          if (lane == 0) {
                            ptx::cp_async_bulk_store(args[0], kData, 512);
                            ptx::cp_async_bulk_commit_group();
                            ptx::cp_async_bulk_wait_group<0>();
                          }
                        },
                        {&out}),
              FaultKind::kProxy, "asynchronous read of a write without fence.proxy.async between them");
}

TEST(BulkCopyTest, FaultSourceWrittenBeforeWait) {
  Buffer out("out", 512, true, false);
  ExpectFault(RunKernel({},
                        [](void* const* args) {
                          const auto lane = static_cast<uint32_t>(ptx::lane());
                          ptx::store_shared(kData + lane * 16, u32x4{lane, 1, 2, 3});
                          ptx::fence_proxy_async();
                          ptx::bar_sync<0>();
                          if (lane == 0) {
                            ptx::cp_async_bulk_store(args[0], kData, 512);
                            ptx::cp_async_bulk_commit_group();
                            ptx::store_shared(kData, 5u);
                            ptx::cp_async_bulk_wait_group<0>();
                          }
                        },
                        {&out}),
              FaultKind::kInFlight, "write while an asynchronous operation still reads it");
}

TEST(BulkCopyTest, FaultStoreNotCommitted) {
  Buffer out("out", 512, true, false);
  ExpectFault(RunKernel({},
                        [](void* const* args) {
                          const auto lane = static_cast<uint32_t>(ptx::lane());
                          ptx::store_shared(kData + lane * 16, u32x4{lane, 1, 2, 3});
                          ptx::fence_proxy_async();
                          ptx::bar_sync<0>();
                          if (lane == 0) {
                            ptx::cp_async_bulk_store(args[0], kData, 512);
                            ptx::cp_async_bulk_wait_group<0>();
                          }
                        },
                        {&out}),
              FaultKind::kInFlight, "thread 0 ended before its bulk store of 512 bytes was known to have read");
}

TEST(BulkCopyTest, FaultStoreToInputAndBeyond) {
  Buffer in = Numbers(512);
  static const auto kStore = [](void* to, uint32_t bytes) {
    const auto lane = static_cast<uint32_t>(ptx::lane());
    for (uint32_t i = 0; i < 2; ++i) ptx::store_shared(kData + i * 512 + lane * 16, u32x4{lane, 1, 2, 3});
    ptx::fence_proxy_async();
    ptx::bar_sync<0>();
    if (lane == 0) {
      ptx::cp_async_bulk_store(to, kData, bytes);
      ptx::cp_async_bulk_commit_group();
      ptx::cp_async_bulk_wait_group<0>();
    }
  };
  ExpectFault(RunKernel({}, [](void* const* args) { kStore(args[0], 512); }, {&in}), FaultKind::kReadOnly,
              "write of 16 bytes to an input");
  ExpectFault(RunKernel({}, [](void* const* args) { kStore(args[0], 1024); }, {&in}), FaultKind::kGlobalBounds,
              "bulk write of 1024 bytes outside every buffer");
}

TEST(ClusterCopyTest, MulticastArrivesInEveryBlock) {
  Buffer in = Numbers(1024);
  const KernelRun run = RunKernel({.cluster = 2},
                                  [](void* const* args) {
                                    InitMbarrier(1);
                                    ptx::cluster_arrive();
                                    ptx::cluster_wait();
                                    if (ptx::lane() == 0) ptx::mbarrier_arrive_expect_tx(kBar, 1024);
                                    const uint32_t rank = ptx::cluster_rank();
                                    if (ptx::lane() == 0) {  // each block loads a half for both
                                      ptx::cp_async_bulk_load_multicast(
                                          kData + rank * 512, Arg<uint8_t>(args, 0) + rank * 512, 512, kBar, 3);
                                    }
                                    WaitInLoop(0);
                                    const auto offset = static_cast<uint32_t>(ptx::lane()) * 32;
                                    const auto got = ptx::load_shared<u32x4>(kData + offset);
                                    EXPECT_EQ(std::memcmp(&got, Arg<uint8_t>(args, 0) + offset, 16), 0);
                                    ptx::cluster_arrive();
                                    ptx::cluster_wait();
                                  },
                                  {&in});
  ExpectClean(run);
}

TEST(ClusterCopyTest, FaultMulticastToMissingBlock) {
  Buffer in = Numbers(1024);
  ExpectFault(RunKernel({.cluster = 2},
                        [](void* const* args) {
                          InitMbarrier(1);
                          if (ptx::lane() == 0) ptx::cp_async_bulk_load_multicast(kData, args[0], 512, kBar, 6);
                        },
                        {&in}),
              FaultKind::kMisuse, "expected a multicast to some of the 2 blocks of the cluster, got the mask 6");
}

TEST(ClusterCopyTest, RemoteArrivalsAndStores) {
  ExpectClean(RunKernel({.cluster = 2}, [](void* const*) {
    InitMbarrier(33);
    ptx::cluster_arrive();
    ptx::cluster_wait();
    const uint32_t rank = ptx::cluster_rank();
    const uint32_t other = ptx::cluster_map_shared(0, rank ^ 1);
    const auto lane = static_cast<uint32_t>(ptx::lane());
    ptx::store_shared_cluster(other + kData + lane * 4, rank);
    ptx::store_async_cluster(other + kData + 512 + lane * 16, u32x4{lane, rank, 0, 0}, other + kBar);
    ptx::mbarrier_arrive_cluster(other + kBar);
    if (lane == 0) ptx::mbarrier_arrive_expect_tx(kBar, 512);
    while (!ptx::mbarrier_try_wait_parity_cluster(kBar, 0)) {
    }
    EXPECT_EQ(ptx::load_shared<uint32_t>(kData + lane * 4), rank ^ 1);
    EXPECT_EQ(ptx::load_shared<u32x4>(kData + 512 + lane * 16).y, rank ^ 1);
    EXPECT_EQ(ptx::load_shared_cluster(other + kData + lane * 4), rank);
    ptx::cluster_arrive();
    ptx::cluster_wait();
  }));
}

TEST(ClusterCopyTest, FaultRemoteUseBeforeClusterBarrier) {
  ExpectFault(RunKernel({.cluster = 2},
                        [](void* const*) {
                          InitMbarrier(33);
                          ptx::mbarrier_arrive_cluster(ptx::cluster_map_shared(kBar, 0));
                        }),
              FaultKind::kRace, "without a barrier after its mbarrier.init");
}

TEST(ClusterCopyTest, FaultMbarrierInAnotherBlock) {
  Buffer in = Numbers(512);
  ExpectFault(RunKernel({.cluster = 2},
                        [](void* const* args) {
                          InitMbarrier(1);
                          ptx::cluster_arrive();
                          ptx::cluster_wait();
                          if (ptx::lane() == 0) {
                            const uint32_t other = ptx::cluster_map_shared(0, ptx::cluster_rank() ^ 1);
                            ptx::cp_async_bulk_load(other + kData, args[0], 512, kBar);
                          }
                        },
                        {&in}),
              FaultKind::kMisuse, "expected the mbarrier of a copy in the block where the bytes land, which is 1");
}

}  // namespace
}  // namespace raggedc::emulator
