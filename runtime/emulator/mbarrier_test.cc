// mbarriers of bulk_copy.h.
#include "runtime/emulator/async_testing.h"

namespace raggedc::emulator {
namespace {

TEST(MbarrierTest, PhasesOrderThreads) {
  // A ping-pong of two warps over one word, four phases long.
  const KernelRun run = RunKernel({.threads = 64}, [](void* const*) {
    InitMbarrier(32, 0);
    if (ptx::thread() == 0) ptx::mbarrier_init(8, 32);
    ptx::bar_sync<0>();
    const uint32_t address = kData + static_cast<uint32_t>(ptx::lane()) * 4;
    for (uint32_t i = 0; i < 4; ++i) {
      if (ptx::warp() == 0) {
        ptx::store_shared(address, i);
        ptx::mbarrier_arrive(0);
        WaitInLoop(i & 1, 8);
      } else {
        ptx::mbarrier_wait_parity(0, i & 1);
        EXPECT_EQ(ptx::load_shared<uint32_t>(address ^ 4), i);
        ptx::mbarrier_arrive(8);
      }
    }
  });
  ExpectClean(run);
}

TEST(MbarrierTest, PhaseBeforeTheFirstIsOver) {
  ExpectClean(RunKernel({}, [](void* const*) {
    InitMbarrier(32);
    EXPECT_TRUE(ptx::mbarrier_test_wait_parity(kBar, 1));
    EXPECT_FALSE(ptx::mbarrier_test_wait_parity(kBar, 0));
    ptx::mbarrier_arrive(kBar);
    WaitInLoop(0);
    EXPECT_TRUE(ptx::mbarrier_test_wait_parity(kBar, 0));
    EXPECT_FALSE(ptx::mbarrier_test_wait_parity(kBar, 1));
  }));
}

TEST(MbarrierTest, ArriveCountsSeveral) {
  ExpectClean(RunKernel({}, [](void* const*) {
    InitMbarrier(5);
    if (ptx::lane() == 0) ptx::mbarrier_arrive_count(kBar, 3);
    if (ptx::lane() == 1) ptx::mbarrier_arrive_count(kBar, 2);
    WaitInLoop(0);
  }));
}

TEST(MbarrierTest, ObjectCanBeMadeAgainAfterInval) {
  ExpectClean(RunKernel({}, [](void* const*) {
    InitMbarrier(32);
    ptx::mbarrier_arrive(kBar);
    WaitInLoop(0);
    ptx::bar_sync<0>();
    if (ptx::lane() == 0) {
      ptx::mbarrier_inval(kBar);
      ptx::mbarrier_init(kBar, 1);
      ptx::mbarrier_arrive(kBar);
      WaitInLoop(0);
    }
  }));
}

TEST(MbarrierTest, FaultUsedBeforeInit) {
  ExpectFault(RunKernel({}, [](void* const*) { ptx::mbarrier_arrive(kBar); }), FaultKind::kMisuse,
              "mbarrier.arrive at shared address 0, where no mbarrier has been initialised");
}

TEST(MbarrierTest, FaultNoBarrierAfterInit) {
  ExpectFault(RunKernel({},
                        [](void* const*) {
                          if (ptx::thread() == 0) ptx::mbarrier_init(kBar, 32);
                          ptx::mbarrier_arrive(kBar);
                        }),
              FaultKind::kRace, "without a barrier after its mbarrier.init");
}

TEST(MbarrierTest, FaultInitTwice) {
  ExpectFault(RunKernel({},
                        [](void* const*) {
                          InitMbarrier(1);
                          InitMbarrier(1);
                        }),
              FaultKind::kMisuse, "expected mbarrier.inval before");
}

TEST(MbarrierTest, FaultMisaligned) {
  ExpectFault(RunKernel({}, [](void* const*) { InitMbarrier(1, 4); }), FaultKind::kMisaligned, "multiple of 8, got 4");
}

TEST(MbarrierTest, FaultOverwritten) {
  ExpectFault(RunKernel({},
                        [](void* const*) {
                          InitMbarrier(32);
                          if (ptx::thread() == 0) ptx::store_shared(kBar + 4, 7u);
                          ptx::bar_sync<0>();
                          ptx::mbarrier_arrive(kBar);
                        }),
              FaultKind::kMisuse, "has been overwritten");
}

TEST(MbarrierTest, FaultTooManyArrivals) {
  ExpectFault(RunKernel({},
                        [](void* const*) {
                          InitMbarrier(2);
                          if (ptx::lane() == 0) ptx::mbarrier_arrive_count(kBar, 3);
                        }),
              FaultKind::kMisuse, "expected at most 2 more of the 2 arrivals");
  // Transaction bytes keep the phase open.
  ExpectFault(RunKernel({},
                        [](void* const*) {
                          InitMbarrier(1);
                          if (ptx::lane() == 0) {
                            ptx::mbarrier_arrive_expect_tx(kBar, 16);
                            ptx::mbarrier_arrive(kBar);
                          }
                        }),
              FaultKind::kMisuse, "expected at most 0 more of the 1 arrivals");
}

TEST(MbarrierTest, FaultMissingArrival) {
  const KernelRun run = RunKernel({}, [](void* const*) {
    InitMbarrier(32);
    if (ptx::lane() != 9) ptx::mbarrier_arrive(kBar);
    WaitInLoop(0);
  });
  ExpectFault(run, FaultKind::kDeadlock, "threads 0-31 wait at line ");
  ExpectFault(run, FaultKind::kDeadlock, "for phase 0 of the mbarrier at shared address 0 (of line ");
  ExpectFault(run, FaultKind::kDeadlock, "where 1 of 32 arrivals and 0 bytes are missing");
}

TEST(MbarrierTest, FaultWrongParityNeverComes) {
  ExpectFault(RunKernel({},
                        [](void* const*) {
                          InitMbarrier(32);
                          ptx::mbarrier_arrive(kBar);
                          WaitInLoop(0);
                          ptx::mbarrier_wait_parity(kBar, 1);  // should be 0 again, or another arrival
                        }),
              FaultKind::kDeadlock, "phase 1 of the mbarrier");
}

TEST(MbarrierTest, FaultWrongParityDoesNotWait) {
  ExpectFault(RunKernel({.threads = 64},
                        [](void* const*) {
                          InitMbarrier(32);
                          if (ptx::warp() == 1) {
                            ptx::store_shared(kData + static_cast<uint32_t>(ptx::lane()) * 4, 1u);
                            ptx::mbarrier_arrive(kBar);
                          } else {
                            WaitInLoop(1);  // should be 0
                            ptx::store_shared(kData + static_cast<uint32_t>(ptx::lane()) * 4, 2u);
                          }
                        }),
              FaultKind::kRace, "without a barrier");
}

TEST(MbarrierTest, CpAsyncArrives) {
  Buffer in = Numbers(512);
  ExpectClean(RunKernel({},
                        [](void* const* args) {
                          InitMbarrier(32);
                          const auto offset = static_cast<uint32_t>(ptx::lane()) * 16;
                          ptx::cp_async_16(kData + offset, Arg<uint8_t>(args, 0) + offset, 16);
                          ptx::cp_async_mbarrier_arrive_noinc(kBar);
                          WaitInLoop(0);
                          const auto got = ptx::load_shared<u32x4>(kData + (offset ^ 32));
                          EXPECT_EQ(std::memcmp(&got, Arg<uint8_t>(args, 0) + (offset ^ 32), 16), 0);
                          // The thread may wait for its groups as well.
                          ptx::cp_async_commit_group();
                          ptx::cp_async_wait_group<0>();
                          ptx::load_shared<u32x4>(kData + offset);
                        },
                        {&in}));
}

// An arrival is behind all copies before it, those too that another barrier, of later copies, was waited for first.
TEST(MbarrierTest, CpAsyncArrivesAtTwo) {
  Buffer in = Numbers(1024);
  ExpectClean(RunKernel({},
                        [](void* const* args) {
                          if (ptx::lane() == 0) {
                            ptx::mbarrier_init(kBar, 32);
                            ptx::mbarrier_init(kBar + 8, 32);
                            ptx::fence_mbarrier_init();
                          }
                          ptx::bar_warp_sync();
                          const auto offset = static_cast<uint32_t>(ptx::lane()) * 16;
                          ptx::cp_async_16(kData + offset, Arg<uint8_t>(args, 0) + offset, 16);
                          ptx::cp_async_mbarrier_arrive_noinc(kBar);
                          ptx::cp_async_16(kData + 512 + offset, Arg<uint8_t>(args, 0) + 512 + offset, 16);
                          ptx::cp_async_mbarrier_arrive_noinc(kBar + 8);
                          if (ptx::lane() == 0) ptx::mbarrier_wait_parity(kBar + 8, 0);
                          if (ptx::lane() != 5) return;
                          ptx::mbarrier_wait_parity(kBar, 0);
                          ptx::load_shared<u32x4>(kData);
                        },
                        {&in}));
}

// What an mbarrier was told to wait for, its thread may wait for too before the mbarrier is asked: others have it from
// the mbarrier all the same.
TEST(MbarrierTest, CpAsyncArrivesThoughItsThreadHasWaited) {
  Buffer in = Numbers(1024);
  ExpectClean(RunKernel({.threads = 64},
                        [](void* const* args) {
                          InitMbarrier(32);
                          const auto offset = static_cast<uint32_t>(ptx::lane()) * 16;
                          if (ptx::warp() == 0) {
                            // One behind the arrival, too.
                            ptx::cp_async_16(kData + offset, Arg<uint8_t>(args, 0) + offset, 16);
                            ptx::cp_async_mbarrier_arrive_noinc(kBar);
                            ptx::cp_async_16(kData + 512 + offset, Arg<uint8_t>(args, 0) + 512 + offset, 16);
                            ptx::cp_async_commit_group();
                            ptx::cp_async_wait_group<0>();
                            for (const uint32_t at : {offset, 512 + offset}) {
                              const auto own = ptx::load_shared<u32x4>(kData + at);
                              EXPECT_EQ(std::memcmp(&own, Arg<uint8_t>(args, 0) + at, 16), 0);
                            }
                            ptx::bar_warp_sync();
                            // There is no other order than that of the mbarrier.
                            return;
                          }
                          WaitInLoop(0);
                          const auto got = ptx::load_shared<u32x4>(kData + offset);
                          EXPECT_EQ(std::memcmp(&got, Arg<uint8_t>(args, 0) + offset, 16), 0);
                        },
                        {&in}));
}

// The mbarrier says nothing of copies behind the arrival, nor of what else the thread does.
TEST(MbarrierTest, FaultReadsWhatCpAsyncCopiedBehindTheArrival) {
  Buffer in = Numbers(1024);
  ExpectFault(RunKernel({.threads = 64},
                        [](void* const* args) {
                          InitMbarrier(32);
                          const auto offset = static_cast<uint32_t>(ptx::lane()) * 16;
                          if (ptx::warp() == 0) {
                            ptx::cp_async_16(kData + offset, Arg<uint8_t>(args, 0) + offset, 16);
                            ptx::cp_async_mbarrier_arrive_noinc(kBar);
                            ptx::cp_async_16(kData + 512 + offset, Arg<uint8_t>(args, 0) + 512 + offset, 16);
                            ptx::cp_async_commit_group();
                            ptx::cp_async_wait_group<0>();
                            return;
                          }
                          WaitInLoop(0);
                          ptx::load_shared<u32x4>(kData + 512 + offset);
                        },
                        {&in}),
              FaultKind::kRace, "without a barrier");
}

TEST(MbarrierTest, FaultReadsWhatWasStoredBeforeTheCpAsyncArrived) {
  Buffer in = Numbers(512);
  ExpectFault(RunKernel({.threads = 64},
                        [](void* const* args) {
                          InitMbarrier(32);
                          const auto offset = static_cast<uint32_t>(ptx::lane()) * 16;
                          if (ptx::warp() == 0) {
                            ptx::cp_async_16(kData + offset, Arg<uint8_t>(args, 0) + offset, 16);
                            ptx::cp_async_mbarrier_arrive_noinc(kBar);
                            ptx::cp_async_commit_group();
                            ptx::cp_async_wait_group<0>();
                            ptx::store_shared(kData + 512 + offset, 1u);
                            return;
                          }
                          WaitInLoop(0);
                          ptx::load_shared<uint32_t>(kData + 512 + offset);
                        },
                        {&in}),
              FaultKind::kRace, "without a barrier");
}

// The same place once more: the first copy is not waited for by the mbarrier's second phase alone.
TEST(MbarrierTest, CpAsyncArrivesAgain) {
  Buffer in = Numbers(1024);
  ExpectClean(RunKernel({.threads = 64},
                        [](void* const* args) {
                          InitMbarrier(32);
                          InitMbarrier(32, 8);
                          const auto offset = static_cast<uint32_t>(ptx::lane()) * 16;
                          for (uint32_t phase = 0; phase < 2; ++phase) {
                            const uint8_t* from = Arg<uint8_t>(args, 0) + phase * 512 + offset;
                            if (ptx::warp() == 0) {
                              if (phase > 0) WaitInLoop(0, 8);
                              ptx::cp_async_16(kData + offset, from, 16);
                              ptx::cp_async_mbarrier_arrive_noinc(kBar);
                              ptx::cp_async_commit_group();
                              ptx::cp_async_wait_group<0>();
                            } else {
                              WaitInLoop(phase);
                              const auto got = ptx::load_shared<u32x4>(kData + offset);
                              EXPECT_EQ(std::memcmp(&got, from, 16), 0);
                              ptx::mbarrier_arrive(8);
                            }
                          }
                        },
                        {&in}));
}

// Not of mbarriers: as many bytes of a chunk as wanted, and zeros.
TEST(CpAsyncTest, ReadsAPartOfAChunk) {
  Buffer in = Numbers(17 * 16);
  const KernelRun run = RunKernel({},
                                  [](void* const* args) {
                                    const int n = ptx::lane();
                                    if (n > 16) return;
                                    const uint8_t* from = Arg<uint8_t>(args, 0) + n * 16;
                                    ptx::cp_async_16(kData + static_cast<uint32_t>(n) * 16, from, n);
                                    ptx::cp_async_commit_group();
                                    ptx::cp_async_wait_group<0>();
                                    const auto got = ptx::load_shared<u32x4>(kData + static_cast<uint32_t>(n) * 16);
                                    uint8_t expected[16] = {};
                                    std::memcpy(expected, from, static_cast<size_t>(n));
                                    EXPECT_EQ(std::memcmp(&got, expected, 16), 0) << n;
                                  },
                                  {&in});
  ExpectClean(run);
  EXPECT_EQ(run.counters.global_read_bytes, 16 * 17 / 2);
}

TEST(MbarrierTest, FaultCpAsyncAfterItsArrival) {
  Buffer in = Numbers(512);
  ExpectFault(RunKernel({},
                        [](void* const* args) {
                          InitMbarrier(32);
                          const auto offset = static_cast<uint32_t>(ptx::lane()) * 16;
                          ptx::cp_async_mbarrier_arrive_noinc(kBar);
                          ptx::cp_async_16(kData + offset, Arg<uint8_t>(args, 0) + offset, 16);
                          WaitInLoop(0);
                          ptx::load_shared<u32x4>(kData + offset);
                        },
                        {&in}),
              FaultKind::kInFlight, "read before the asynchronous write to it was waited for");
}

}  // namespace
}  // namespace raggedc::emulator
