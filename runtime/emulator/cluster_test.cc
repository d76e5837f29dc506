#include "runtime/emulator/cluster.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "runtime/emulator/cluster_runner.h"

namespace raggedc::emulator {
namespace {

using Texts = std::vector<std::string>;
using ragged_host::Atomic;
using ragged_host::Shuffle;
using ragged_host::Vote;

constexpr uint32_t kFull = 0xffffffffu;

// A place of its own for a call, so that no compiler makes one of two.
#define RAGGEDC_APART __attribute__((noinline))

RAGGEDC_APART void BarrierA(int line) {
  kApi->barrier(0, 0, true, line);
  asm volatile("");
}
RAGGEDC_APART void BarrierB(int line) {
  kApi->barrier(0, 0, true, line);
  asm volatile("nop");
}

// What `text` says behind the name of the kernel.
std::string Message(const Texts& texts, size_t index = 0) {
  if (index >= texts.size()) return "no fault";
  const std::string& text = texts[index];
  return text.substr(text.find(": error: ") + 9);
}

TEST(Cluster, ThreadsKnowWhereTheyStand) {
  TestLaunch test;
  test.threads = 40;
  test.grid = {3, 2, 2};
  std::vector<int> seen(3 * 2 * 2 * 40);
  const Texts faults = ClusterRunner(test).Run([&] {
    const ragged_host::Position& at = *kApi->position();
    EXPECT_EQ(at.threads, 40u);
    EXPECT_EQ(at.grid[0] * 100 + at.grid[1] * 10 + at.grid[2], 322u);
    ++seen[((at.block[2] * 2 + at.block[1]) * 3 + at.block[0]) * 40 + at.thread];
  });
  EXPECT_EQ(faults, Texts());
  EXPECT_TRUE(std::all_of(seen.begin(), seen.end(), [](int n) { return n == 1; }));
}

TEST(Cluster, BlockBarrierOrdersSharedMemory) {
  TestLaunch test;
  test.threads = 96;
  ClusterRunner runner(test);
  const Texts faults = runner.Run([] {
    const uint32_t thread = ThreadIndex();
    for (int round = 0; round < 3; ++round) {
      StoreWord(thread * 4, thread + 1000, 1);
      kApi->barrier(0, 0, true, 2);
      EXPECT_EQ(LoadWord((thread + 33) % 96 * 4, 3), (thread + 33) % 96 + 1000);
      kApi->barrier(0, 0, true, 4);
    }
  });
  EXPECT_EQ(faults, Texts());
  EXPECT_EQ(runner.counters().block_barriers, 6);
}

TEST(Cluster, MissingBlockBarrierIsARace) {
  TestLaunch test;
  test.threads = 64;
  const Texts read = ClusterRunner(test).Run([] {
    if (ThreadIndex() == 3) StoreWord(16, 1, 11);
    if (ThreadIndex() == 40) LoadWord(16, 12);
  });
  EXPECT_EQ(read, Texts({"t.cu:12: error: race in test, block 0, thread 40: read after a write without a barrier "
                         "between them: 4 bytes at shared address 16; other access: line 11, thread 3"}));
  const Texts write = ClusterRunner(test).Run([] {
    if (ThreadIndex() == 0) StoreWord(16, 1, 10);
    kApi->barrier(0, 0, true, 11);
    if (ThreadIndex() == 3) LoadWord(16, 12);
    if (ThreadIndex() == 40) StoreWord(16, 1, 13);
  });
  EXPECT_EQ(write, Texts({"t.cu:13: error: race in test, block 0, thread 40: write after a read without a barrier "
                          "between them: 4 bytes at shared address 16; other access: line 12, thread 3"}));
}

// The lane that writes is the last that read: the others' reads count all the same.
TEST(Cluster, ReadsOfOtherLanesAreKept) {
  const Texts faults = ClusterRunner({}).Run([] {
    if (LaneIndex() == 0) StoreWord(16, 1, 10);
    kApi->warp_barrier(kFull, 11);
    LoadWord(16, 12);
    if (LaneIndex() == 30) StoreWord(16, 2, 13);  // lane 31 goes on first
  });
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_EQ(Message(faults),
            "race in test, block 0, thread 30: write after a read without a barrier between them: 4 bytes at shared "
            "address 16; other access: line 12, thread 29");
}

TEST(Cluster, NamedBarrierHandsOver) {
  TestLaunch test;
  test.threads = 96;
  const auto kernel = [](bool producer_reads) {
    const uint32_t warp = ThreadIndex() / 32;
    if (warp == 0) {
      StoreWord(LaneIndex() * 4, 7, 1);
      kApi->barrier(1, 64, /*wait=*/false, 2);
      if (producer_reads) LoadWord(512 + LaneIndex() * 4, 3);
    } else if (warp == 1) {
      StoreWord(512 + LaneIndex() * 4, 8, 4);
      kApi->barrier(1, 64, true, 5);
      EXPECT_EQ(LoadWord((31 - LaneIndex()) * 4, 6), 7u);
    }
  };
  EXPECT_EQ(ClusterRunner(test).Run([&] { kernel(false); }), Texts());
  // bar.arrive tells others, it does not learn.
  const Texts faults = ClusterRunner(test).Run([&] { kernel(true); });
  EXPECT_TRUE(std::any_of(faults.begin(), faults.end(),
                          [](const std::string& text) { return text.find("race") != std::string::npos; }));
}

TEST(Cluster, BarrierMisuse) {
  TestLaunch test;
  test.threads = 64;
  const auto run = [&](auto body) { return Message(ClusterRunner(test).Run(body)); };
  EXPECT_EQ(run([] { kApi->barrier(16, 0, true, 5); }),
            "misuse in test, block 0, thread 0: expected a barrier in 0..15, got 16");
  EXPECT_EQ(run([] { kApi->barrier(1, 48, true, 5); }),
            "misuse in test, block 0, thread 0: expected whole warps of the block at a barrier, got 48 of 64 threads");
  EXPECT_EQ(run([] { kApi->barrier(1, 96, true, 5); }),
            "misuse in test, block 0, thread 0: expected whole warps of the block at a barrier, got 96 of 64 threads");
  EXPECT_EQ(run([] { kApi->barrier(1, 0, false, 5); }),
            "misuse in test, block 0, thread 0: expected bar.arrive to say for how many threads");
  EXPECT_EQ(run([] { kApi->barrier(1, ThreadIndex() < 32 ? 64 : 32, true, 5); }),
            "misuse in test, block 0, thread 32: expected one number of threads at barrier 1, got 32 here and 64 at "
            "line 5");
}

TEST(Cluster, BarrierInADivergentBranch) {
  TestLaunch test;
  test.threads = 64;
  const Texts lanes = ClusterRunner(test).Run([] {
    if (ThreadIndex() % 32 < 16) {
      BarrierA(21);
    } else {
      BarrierB(23);
    }
  });
  EXPECT_EQ(lanes, Texts({"t.cu:23: error: divergence in test, block 0, thread 16: expected the lanes of a warp at one "
                          "bar.sync, got others at that of line 21 for barrier 0"}));
  // Warps may come from different places.
  const Texts warps = ClusterRunner(test).Run([] {
    if (ThreadIndex() < 32) {
      BarrierA(21);
    } else {
      BarrierB(23);
    }
  });
  EXPECT_EQ(warps, Texts());
  // Half of a warp leaves out one of two: it meets the others at the wrong one.
  const Texts skipped = ClusterRunner(test).Run([] {
    if (ThreadIndex() != 5) BarrierA(21);
    BarrierB(23);
  });
  ASSERT_EQ(skipped.size(), 1u);
  EXPECT_NE(skipped[0].find("divergence"), std::string::npos) << skipped[0];
}

TEST(Cluster, DeadlockNamesWhoWaitsForWhat) {
  TestLaunch test;
  test.threads = 96;
  const Texts faults = ClusterRunner(test).Run([] {
    const uint32_t warp = ThreadIndex() / 32;
    if (warp == 0) kApi->barrier(1, 64, true, 31);
    if (warp == 1) kApi->barrier(2, 64, true, 32);
    if (warp == 2 && ThreadIndex() % 2 == 0) kApi->shuffle(Shuffle::kButterfly, 0, 1, kFull, 33);
    if (warp == 2 && ThreadIndex() % 2 == 1) kApi->barrier(3, 64, true, 34);
  });
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_EQ(Message(faults),
            "deadlock in test, block 0, thread 0: threads 0-31 wait at line 31 for barrier 1; threads 32-63 wait at "
            "line 32 for barrier 2; threads 64,66,68,70,72,74,76,78,80,82,84,86,88,90,92,94 wait at line 33 for a "
            "shuffle with thread 65; threads 65,67,69,71,73,75,77,79,81,83,85,87,89,91,93,95 wait at line 34 for "
            "barrier 3");
}

TEST(Cluster, BarrierOfTheBlockDoesNotWaitForTheEnded) {
  TestLaunch test;
  test.threads = 64;
  ClusterRunner runner(test);
  const Texts faults = runner.Run([] {
    if (ThreadIndex() >= 40 || ThreadIndex() == 0) return;
    StoreWord(ThreadIndex() * 4, 1, 1);
    kApi->barrier(0, 0, true, 2);
    LoadWord((ThreadIndex() - 1 + (ThreadIndex() == 1 ? 39 : 0)) * 4, 3);
  });
  EXPECT_EQ(faults, Texts());
  EXPECT_EQ(runner.counters().block_barriers, 1);
  // They end after the others have come.
  const Texts late = ClusterRunner(test).Run([] {
    if (ThreadIndex() < 40) kApi->barrier(0, 0, true, 2);
  });
  EXPECT_EQ(late, Texts());
}

TEST(Cluster, WarpInstructionsWaitForTheEnded) {
  const Texts faults = ClusterRunner({}).Run([] {
    if (LaneIndex() == 7) return;
    kApi->warp_barrier(kFull, 41);
  });
  EXPECT_EQ(faults,
            Texts({"t.cu:41: error: divergence in test, block 0, thread 0: threads 0-6,8-31 wait at line 41 for "
                   "a warp barrier with thread 7, which has ended"}));
}

TEST(Cluster, WarpBarrierOrdersItsMask) {
  const auto kernel = [](uint32_t reader) {
    const uint32_t lane = LaneIndex();
    if (lane == 2) StoreWord(64, 5, 1);
    kApi->warp_barrier(lane < 16 ? 0xffffu : 0xffff0000u, 2);
    if (lane == reader) LoadWord(64, 3);
  };
  EXPECT_EQ(ClusterRunner({}).Run([&] { kernel(15); }), Texts());
  const Texts faults = ClusterRunner({}).Run([&] { kernel(16); });
  EXPECT_EQ(Message(faults),
            "race in test, block 0, thread 16: read after a write without a barrier between them: 4 bytes at shared "
            "address 64; other access: line 1, thread 2");
}

TEST(Cluster, WarpMasks) {
  EXPECT_EQ(Message(ClusterRunner({}).Run([] { kApi->warp_barrier(0xfffeu, 5); })),
            "misuse in test, block 0, thread 0: expected the mask of a warp barrier to hold the lane that executes it");
  EXPECT_EQ(
      Message(ClusterRunner({}).Run([] { kApi->warp_barrier(LaneIndex() == 0 ? 3u : kFull, 5 + (LaneIndex() == 0)); })),
      "divergence in test, block 0, thread 1: expected one mask for lanes that meet at a warp barrier, got two "
      "that overlap; the other is of line 6");
  EXPECT_EQ(Message(ClusterRunner({}).Run([] {
              if (LaneIndex() == 0) {
                kApi->vote(Vote::kAny, true, kFull, 8);
              } else {
                kApi->warp_barrier(kFull, 9);
              }
            })),
            "divergence in test, block 0, thread 1: expected the lanes of a warp to meet at one instruction; this one "
            "is at a warp barrier, lane 0 at a vote in line 8");
}

TEST(Cluster, WarpsThatAreNotWhole) {
  TestLaunch test;
  test.threads = 40;  // the second warp has eight lanes
  const Texts faults = ClusterRunner(test).Run([] {
    kApi->barrier(0, 0, true, 1);
    const uint32_t mask = ThreadIndex() < 32 ? kFull : 0xffu;
    EXPECT_EQ(kApi->vote(Vote::kBallot, true, mask, 2), mask);
  });
  EXPECT_EQ(faults, Texts());
}

TEST(Cluster, Shuffles) {
  const auto shuffle = [](Shuffle kind, uint32_t argument) {
    std::vector<uint32_t> got(32);
    EXPECT_EQ(
        ClusterRunner({}).Run([&] { got[LaneIndex()] = kApi->shuffle(kind, LaneIndex() + 100, argument, kFull, 1); }),
        Texts());
    return got;
  };
  for (const uint32_t n : {0u, 1u, 5u, 16u, 31u}) {
    const std::vector<uint32_t> index = shuffle(Shuffle::kIndex, n);
    const std::vector<uint32_t> up = shuffle(Shuffle::kUp, n);
    const std::vector<uint32_t> down = shuffle(Shuffle::kDown, n);
    const std::vector<uint32_t> butterfly = shuffle(Shuffle::kButterfly, n);
    for (uint32_t lane = 0; lane < 32; ++lane) {
      EXPECT_EQ(index[lane], 100 + n);
      EXPECT_EQ(up[lane], 100 + (lane < n ? lane : lane - n));
      EXPECT_EQ(down[lane], 100 + (lane + n > 31 ? lane : lane + n));
      EXPECT_EQ(butterfly[lane], 100 + (lane ^ n));
    }
    // The instruction looks at five bits.
    EXPECT_EQ(shuffle(Shuffle::kIndex, n + 32), index);
    EXPECT_EQ(shuffle(Shuffle::kUp, n + 64), up);
    EXPECT_EQ(shuffle(Shuffle::kDown, n - 32), down);
    EXPECT_EQ(shuffle(Shuffle::kButterfly, n + 96), butterfly);
  }
}

TEST(Cluster, ShufflesOfPartsOfAWarp) {
  std::vector<uint32_t> got(32);
  const Texts faults = ClusterRunner({}).Run([&] {
    const uint32_t lane = LaneIndex();
    if (lane >= 12) return;
    const uint32_t mask = lane < 4 ? 0xfu : 0xff0u;
    got[lane] = kApi->shuffle(Shuffle::kIndex, lane, lane < 4 ? 3 : 11, mask, 1);
  });
  EXPECT_EQ(faults, Texts());
  for (uint32_t lane = 0; lane < 12; ++lane) EXPECT_EQ(got[lane], lane < 4 ? 3u : 11u);
  const Texts outside = ClusterRunner({}).Run([] {
    if (LaneIndex() < 16) kApi->shuffle(Shuffle::kIndex, 0, LaneIndex() == 5 ? 20 : 0, 0xffffu, 7);
  });
  ASSERT_EQ(outside.size(), 1u);
  EXPECT_NE(outside[0].find("shuffle of lane 5 from lane 20, which is not in its mask"), std::string::npos)
      << outside[0];
}

// Registers go from lane to lane; memory is not ordered by it.
TEST(Cluster, ShufflesAndVotesOrderNoMemory) {
  for (const bool vote : {false, true}) {
    const Texts faults = ClusterRunner({}).Run([&] {
      if (LaneIndex() == 0) StoreWord(0, 1, 1);
      if (vote) {
        kApi->vote(Vote::kAny, true, kFull, 2);
      } else {
        kApi->shuffle(Shuffle::kButterfly, 0, 1, kFull, 2);
      }
      if (LaneIndex() == 1) LoadWord(0, 3);
    });
    ASSERT_EQ(faults.size(), 1u);
    EXPECT_NE(faults[0].find("t.cu:3: error: race"), std::string::npos) << faults[0];
  }
}

TEST(Cluster, Votes) {
  const Texts faults = ClusterRunner({}).Run([] {
    const uint32_t lane = LaneIndex();
    EXPECT_EQ(kApi->vote(Vote::kBallot, lane % 3 == 0, kFull, 1), 0x49249249u);
    EXPECT_EQ(kApi->vote(Vote::kAny, lane == 9, kFull, 2), 1u);
    EXPECT_EQ(kApi->vote(Vote::kAny, false, kFull, 3), 0u);
    EXPECT_EQ(kApi->vote(Vote::kAll, lane != 9, kFull, 4), 0u);
    EXPECT_EQ(kApi->vote(Vote::kAll, true, kFull, 5), 1u);
    const uint32_t mask = lane < 8 ? 0xffu : 0xffffff00u;
    EXPECT_EQ(kApi->vote(Vote::kAll, lane < 8, mask, 6), lane < 8 ? 1u : 0u);
    EXPECT_EQ(kApi->vote(Vote::kBallot, true, mask, 7), mask);
  });
  EXPECT_EQ(faults, Texts());
}

TEST(Cluster, ElectsOneLane) {
  uint32_t elected = 0;
  const Texts faults = ClusterRunner({}).Run([&] {
    const uint32_t mask = LaneIndex() < 8 ? 0xffu : 0xffffff00u;
    if (kApi->elect(mask, 1)) elected |= 1u << LaneIndex();
  });
  EXPECT_EQ(faults, Texts());
  EXPECT_EQ(elected, 0x101u);
}

TEST(Cluster, SpinningThreadLetsOthersRun) {
  TestLaunch test;
  test.threads = 64;
  uint32_t buffer[2] = {0, 0};
  test.buffers.push_back({"flag", reinterpret_cast<uint8_t*>(buffer), 8, true, true, {}});
  // On one word of shared memory, on two words of global memory by turns, and for a lock.
  const Texts faults = ClusterRunner(test).Run([&] {
    if (ThreadIndex() == 0) StoreWord(0, 0, 1);
    if (ThreadIndex() == 0) StoreWord(4, 0, 1);
    kApi->barrier(0, 0, true, 2);
    if (ThreadIndex() == 0) {
      while (kApi->atomic_shared(Atomic::kOr, 0, 0, 0, 3) == 0) {
      }
      while (kApi->atomic_global(Atomic::kOr, &buffer[0], 0, 0, 4) == 0 &&
             kApi->atomic_global(Atomic::kOr, &buffer[1], 0, 0, 5) == 0) {
      }
    }
    if (ThreadIndex() == 63) {
      kApi->atomic_shared(Atomic::kExchange, 0, 1, 0, 6);
      kApi->atomic_global(Atomic::kExchange, &buffer[1], 1, 0, 7);
    }
    while (kApi->atomic_shared(Atomic::kCompareExchange, 4, 1, 0, 8) != 0) {
    }
    kApi->warp_barrier(1u << LaneIndex(), 9);
    kApi->atomic_shared(Atomic::kExchange, 4, 0, 0, 10);
  });
  EXPECT_EQ(faults, Texts());
}

TEST(Cluster, SpinningForNothingIsADeadlock) {
  TestLaunch test;
  test.threads = 64;
  uint32_t flag = 0;
  test.buffers.push_back({"flag", reinterpret_cast<uint8_t*>(&flag), 4, false, true, {}});
  const Texts faults = ClusterRunner(test).Run([&] {
    uint32_t value = 0;
    while (ThreadIndex() == 1 && value == 0) kApi->load_global(&value, &flag, 4, 61);
    kApi->barrier(0, 0, true, 62);
  });
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_EQ(Message(faults),
            "deadlock in test, block 0, thread 0: threads 0,2-63 wait at line 62 for barrier 0; thread 1 waits at line "
            "61 for a change of memory that it reads again and again");
}

// A long loop of loads is no wait: it goes on when its turn comes.
TEST(Cluster, ManyLoadsAreNoDeadlock) {
  TestLaunch test;
  std::vector<uint32_t> data(5000, 3);
  test.buffers.push_back({"data", reinterpret_cast<uint8_t*>(data.data()), 20000, false, true, {}});
  uint32_t sum = 0;
  const Texts faults = ClusterRunner(test).Run([&] {
    for (size_t i = 0; LaneIndex() == 0 && i < data.size(); ++i) {
      uint32_t value = 0;
      kApi->load_global(&value, &data[i], 4, 1);
      sum += value;
    }
    kApi->warp_barrier(kFull, 2);
  });
  EXPECT_EQ(faults, Texts());
  EXPECT_EQ(sum, 15000u);
}

TEST(Cluster, AbortUnwindsAndTheNextBlockRuns) {
  TestLaunch test;
  test.threads = 64;
  test.grid = {5, 1, 1};
  struct Guard {
    int* count;
    ~Guard() { ++*count; }
  };
  int unwound = 0;
  int finished = 0;
  const Texts faults = ClusterRunner(test).Run([&] {
    const Guard guard = {&unwound};
    const uint32_t block = kApi->position()->block[0];
    StoreWord(ThreadIndex() * 4, block, 1);
    if (block == 1 && ThreadIndex() == 9) kApi->barrier(99, 0, true, 2);  // ends the block
    if (block == 3 && ThreadIndex() < 32) kApi->barrier(1, 64, true, 3);  // never complete
    kApi->barrier(0, 0, true, 4);
    EXPECT_EQ(LoadWord((63 - ThreadIndex()) * 4, 5), block);
    ++finished;
  });
  ASSERT_EQ(faults.size(), 2u);
  EXPECT_NE(faults[0].find("misuse in test, block 1, thread 9"), std::string::npos) << faults[0];
  EXPECT_NE(faults[1].find("deadlock in test, block 3"), std::string::npos) << faults[1];
  EXPECT_EQ(finished, 3 * 64);
  EXPECT_EQ(unwound, 5 * 64 - 54);  // of block 1, the threads behind the tenth had not begun
}

TEST(Cluster, FaultsAtOneLineAreCounted) {
  TestLaunch test;
  test.grid = {4, 1, 1};
  const Texts faults = ClusterRunner(test).Run([] { LoadWord(2048, 7); });
  EXPECT_EQ(faults, Texts({"t.cu:7: error: shared-bounds in test, block 0, thread 0: expected 4 bytes inside the 1024 "
                           "of shared memory, got address 2048 (128 times)"}));
}

TEST(Cluster, BlocksOfAClusterShareMemory) {
  TestLaunch test;
  test.threads = 64;
  test.cluster = 2;
  test.grid = {4, 1, 1};
  const auto kernel = [](bool second_barrier) {
    const uint32_t rank = kApi->position()->cluster_rank;
    EXPECT_EQ(kApi->position()->cluster_size, 2u);
    EXPECT_EQ(rank, kApi->position()->block[0] % 2);
    StoreWord(ThreadIndex() * 4, rank * 1000 + ThreadIndex(), 1);
    kApi->cluster_arrive(2);
    kApi->cluster_wait(3);
    const uint32_t there = kApi->map_shared_rank((63 - ThreadIndex()) * 4, 1 - rank);
    const uint32_t value = LoadWord(there, 4);
    if (second_barrier) EXPECT_EQ(value, (1 - rank) * 1000 + 63 - ThreadIndex());
    EXPECT_EQ(LoadWord(kApi->map_shared_rank(ThreadIndex() * 4, rank), 5), rank * 1000 + ThreadIndex());
    if (second_barrier) {
      kApi->cluster_arrive(6);
      kApi->cluster_wait(7);
    }
    StoreWord(ThreadIndex() * 4, 0, 8);
  };
  EXPECT_EQ(ClusterRunner(test).Run([&] { kernel(true); }), Texts());
  // Its own store overtakes what the other block reads, or the other way round.
  const Texts faults = ClusterRunner(test).Run([&] { kernel(false); });
  ASSERT_FALSE(faults.empty());
  for (const std::string& fault : faults) {
    EXPECT_NE(fault.find("race in test, block "), std::string::npos) << fault;
    EXPECT_NE(fault.find(" of the cluster"), std::string::npos) << fault;
  }
}

TEST(Cluster, ClusterBarrierOrdersGlobalMemory) {
  std::vector<uint32_t> words(4);
  TestLaunch test;
  test.cluster = 2;
  test.grid = {4, 1, 1};
  test.buffers.push_back({"words", reinterpret_cast<uint8_t*>(words.data()), 16, true, true, {}});
  const auto kernel = [&](bool barrier) {
    const uint32_t block = kApi->position()->block[0];
    if (LaneIndex() == 0) kApi->store_global(&words[block], &block, 4, 1);
    if (barrier) {
      kApi->cluster_arrive(2);
      kApi->cluster_wait(3);
    }
    uint32_t value = 0;
    if (LaneIndex() == 0) kApi->load_global(&value, &words[block ^ 1], 4, 4);
  };
  EXPECT_EQ(ClusterRunner(test).Run([&] { kernel(true); }), Texts());
  const Texts faults = ClusterRunner(test).Run([&] { kernel(false); });
  ASSERT_FALSE(faults.empty());
  EXPECT_EQ(
      Message(faults),
      "race in test, block 1, thread 0: write after a read without a barrier between them at byte 4 of 'words'; other "
      "access: line 4, block 0, thread 0 (2 times)");
}

TEST(Cluster, ClusterBarrierMisuse) {
  TestLaunch test;
  test.cluster = 2;
  test.grid = {2, 1, 1};
  EXPECT_EQ(Message(ClusterRunner(test).Run([] {
              kApi->cluster_arrive(1);
              kApi->cluster_arrive(2);
            })),
            "misuse in test, block 0, thread 0: expected barrier.cluster.wait between two arrivals of a thread");
  EXPECT_EQ(Message(ClusterRunner(test).Run([] {
              if (kApi->position()->cluster_rank == 0) {
                kApi->cluster_arrive(1);
                kApi->cluster_wait(2);
              } else {
                kApi->barrier(1, 64, true, 3);
              }
            })),
            "misuse in test, block 1, thread 0: expected whole warps of the block at a barrier, got 64 of 32 threads");
}

TEST(Cluster, WithoutChecksNothingIsRemembered) {
  TestLaunch test;
  test.checks = false;
  test.threads = 64;
  const Texts faults = ClusterRunner(test).Run([] {
    StoreWord(0, 1, 1);
    LoadWord(4, 2);
  });
  EXPECT_EQ(faults, Texts());
  // Bounds are always checked.
  EXPECT_EQ(ClusterRunner(test).Run([] { LoadWord(1024, 2); }).size(), 1u);
}

}  // namespace
}  // namespace raggedc::emulator
