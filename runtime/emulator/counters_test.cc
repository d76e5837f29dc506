#include "runtime/emulator/counters.h"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "runtime/emulator/cluster_runner.h"

namespace raggedc::emulator {
namespace {

int64_t Wavefronts(uint32_t bytes, const std::function<uint32_t(uint32_t)>& address, uint32_t lanes = 32) {
  std::vector<uint32_t> addresses;
  for (uint32_t lane = 0; lane < lanes; ++lane) addresses.push_back(address(lane));
  return SharedWavefronts(addresses, bytes);
}

TEST(SharedWavefronts, Words) {
  EXPECT_EQ(Wavefronts(4, [](uint32_t lane) { return lane * 4; }), 1);
  EXPECT_EQ(Wavefronts(4, [](uint32_t lane) { return lane * 8; }), 2);
  EXPECT_EQ(Wavefronts(4, [](uint32_t lane) { return lane * 12; }), 1);
  EXPECT_EQ(Wavefronts(4, [](uint32_t lane) { return lane * 128; }), 32);
  EXPECT_EQ(Wavefronts(4, [](uint32_t) { return 64u; }), 1);                  // one word for all
  EXPECT_EQ(Wavefronts(4, [](uint32_t lane) { return lane % 2 * 128; }), 2);  // two of one bank
  EXPECT_EQ(Wavefronts(2, [](uint32_t lane) { return lane * 2; }), 1);        // two lanes a word
  EXPECT_EQ(Wavefronts(4, [](uint32_t lane) { return lane * 132; }, 5), 1);
  EXPECT_EQ(Wavefronts(4, [](uint32_t) { return 0u; }, 0), 0);
}

TEST(SharedWavefronts, WideAccessesGoInParts) {
  EXPECT_EQ(Wavefronts(8, [](uint32_t lane) { return lane * 8; }), 2);
  EXPECT_EQ(Wavefronts(8, [](uint32_t lane) { return lane * 16; }), 4);
  EXPECT_EQ(Wavefronts(16, [](uint32_t lane) { return lane * 16; }), 4);
  EXPECT_EQ(Wavefronts(16, [](uint32_t lane) { return lane * 32; }), 8);
  EXPECT_EQ(Wavefronts(16, [](uint32_t lane) { return lane * 128; }), 32);
  // Eight rows of 128 bytes, chunks swizzled: no conflict.
  EXPECT_EQ(Wavefronts(16, [](uint32_t lane) { return lane % 8 * 128 + ((lane / 8) ^ (lane % 8)) * 16; }), 4);
}

TEST(WarpTraffic, PutsLanesTogether) {
  WarpTraffic traffic;
  Counters counters;
  const int here = 0;
  // Two trips of a loop: 32 lanes of 16 bytes, then 8 lanes.
  for (uint32_t lane = 0; lane < 32; ++lane) {
    traffic.Note(Space::kGlobalRead, 5, &here, lane, 4096 + lane * 16, 16);
    if (lane < 8) traffic.Note(Space::kGlobalRead, 5, &here, lane, 8192 + lane * 64, 16);
  }
  traffic.Flush(&counters);
  EXPECT_EQ(counters.global_requests, 2);
  EXPECT_EQ(counters.global_read_bytes, 40 * 16);
  EXPECT_EQ(counters.global_read_sectors, 16 + 8);
  EXPECT_EQ(counters.global_write_bytes, 0);
  traffic.Flush(&counters);
  EXPECT_EQ(counters.global_requests, 2);
}

TEST(WarpTraffic, LanesThatReadOneAddressReadItOnce) {
  WarpTraffic traffic;
  Counters counters;
  for (uint32_t lane = 0; lane < 32; ++lane) traffic.Note(Space::kGlobalRead, 5, nullptr, lane, 100, 4);
  traffic.Flush(&counters);
  EXPECT_EQ(counters.global_read_bytes, 4);
  EXPECT_EQ(counters.global_read_sectors, 1);
}

// One line that was inlined twice: lanes that skip the first copy's second trip do not shift the second copy.
TEST(WarpTraffic, CopiesOfALineAreApart) {
  WarpTraffic traffic;
  Counters counters;
  const int first = 0;
  const int second = 0;
  for (uint32_t lane = 0; lane < 32; ++lane) {
    traffic.Note(Space::kShared, 5, &first, lane, lane * 16, 16);
    if (lane < 16) traffic.Note(Space::kShared, 5, &first, lane, 512 + lane * 16, 16);
    traffic.Note(Space::kShared, 5, &second, lane, 1024 + lane * 16, 16);
  }
  traffic.Flush(&counters);
  EXPECT_EQ(counters.shared_requests, 3);
  EXPECT_EQ(counters.shared_wavefronts, 4 + 2 + 4);
  EXPECT_EQ(counters.shared_ideal, 4 + 2 + 4);
}

TEST(Counters, OfAKernel) {
  alignas(32) static uint8_t memory[4096];
  uint8_t* const data = memory;
  TestLaunch test;
  test.threads = 64;
  test.counts = true;
  test.grid = {2, 1, 1};
  test.shared_bytes = 4096;
  test.buffers = {{"in", data, 2048, false, true, {}}, {"out", data + 2048, 2048, true, true, {}}};
  ClusterRunner runner(test);
  EXPECT_EQ(runner
                .Run([&] {
                  const uint32_t thread = ThreadIndex();
                  if (kApi->position()->block[0] == 1 && thread == 3)
                    kApi->barrier(99, 0, true, 1);  // counts nothing of this block
                  if (kApi->position()->block[0] == 1) {
                    kApi->barrier(0, 0, true, 2);
                    return;
                  }
                  kApi->copy_async(thread * 16, data + thread * 16, 16, thread < 48 ? 16 : 0, 3);
                  kApi->commit_copies(4);
                  kApi->wait_copies(0, 5);
                  kApi->barrier(0, 0, true, 6);
                  uint32_t value = 0;
                  kApi->load_shared(&value, thread % 32 * 32, 4, 7);
                  kApi->warp_barrier(0xffffffffu, 8);
                  kApi->store_global(data + 2048 + thread * 8, &value, 4, 9);
                  kApi->count(ragged_host::Counter::kEx2, 1);
                  kApi->shuffle(ragged_host::Shuffle::kIndex, 0, 0, 0xffffffffu, 10);
                })
                .size(),
            1u);
  const Counters& c = runner.counters();
  EXPECT_EQ(c.async_copies, 64);
  EXPECT_EQ(c.global_read_bytes, 48 * 16);
  EXPECT_EQ(c.global_read_sectors, 24);
  EXPECT_EQ(c.global_write_bytes, 256);
  EXPECT_EQ(c.global_write_sectors, 16);  // every second word of 512 bytes
  EXPECT_EQ(c.global_requests, 2 + 2);
  EXPECT_EQ(c.shared_requests, 2 + 2);
  EXPECT_EQ(c.shared_wavefronts, 2 * 4 + 2 * 8);  // 32 lanes of 16 bytes; words of four banks
  EXPECT_EQ(c.shared_ideal, 2 * 4 + 2 * 1);
  EXPECT_EQ(c.block_barriers, 1);
  EXPECT_EQ(c.warp_barriers, 2);
  EXPECT_EQ(c.shuffles, 2);
  EXPECT_EQ(c.ex2, 64);
}

}  // namespace
}  // namespace raggedc::emulator
