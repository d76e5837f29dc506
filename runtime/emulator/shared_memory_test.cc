#include "runtime/emulator/shared_memory.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "runtime/strings.h"

namespace raggedc::emulator {
namespace {

// 64 threads and one agent that stands for an mbarrier; faults as "kind: message [other agent@line]".
class SharedMemoryTest : public testing::Test {
 protected:
  void Report(FaultKind kind, const std::string& message, const Accessor* other) {
    fault_ = StrCat(FaultName(kind), ": ", message);
    if (other != nullptr) fault_ += StrCat(" [", other->agent, "@", other->line, "]");
  }
  std::string Fault() { return std::exchange(fault_, ""); }

  std::string Write(uint32_t address, uint32_t bytes, uint32_t agent, int line) {
    const std::vector<uint8_t> data(bytes, static_cast<uint8_t>(line));
    memory_.Write(address, bytes, {agent, line}, data.data());
    return Fault();
  }
  std::string Read(uint32_t address, uint32_t bytes, uint32_t agent, int line) {
    uint8_t data[16];
    memory_.Read(address, bytes, {agent, line}, data);
    return Fault();
  }
  // A barrier of all.
  void Meet() {
    std::vector<Clock> clocks;
    for (uint32_t agent = 0; agent < 64; ++agent) order_.Release(agent, &clocks);
    for (uint32_t agent = 0; agent < 64; ++agent) {
      order_.Advance(agent);
      order_.Acquire(agent, clocks);
    }
  }

  Order order_{64, 1};
  std::string fault_;
  SharedMemory memory_{256, 64, order_, true,
                       [this](FaultKind kind, const Accessor&, const std::string& message, const Accessor* other) {
                         Report(kind, message, other);
                       }};
};

TEST_F(SharedMemoryTest, BoundsAndAlignment) {
  EXPECT_EQ(Write(252, 4, 0, 1), "");
  EXPECT_EQ(Write(240, 16, 0, 1), "");
  EXPECT_EQ(Write(256, 4, 0, 1), "shared-bounds: expected 4 bytes inside the 256 of shared memory, got address 256");
  EXPECT_EQ(Write(0xfffffff0u, 16, 0, 1),
            "shared-bounds: expected 16 bytes inside the 256 of shared memory, got address 4294967280");
  EXPECT_EQ(Read(248, 16, 0, 1),
            "misaligned: expected a multiple of 16 for an access of 16 bytes, got shared address 248");
  EXPECT_EQ(Read(2, 4, 0, 1), "misaligned: expected a multiple of 4 for an access of 4 bytes, got shared address 2");
  uint8_t value[16];
  EXPECT_FALSE(memory_.Read(256, 16, {0, 1}, value));
  EXPECT_TRUE(memory_.Read(240, 16, {0, 1}, value));
  EXPECT_EQ(value[15], 1);
}

TEST_F(SharedMemoryTest, Uninitialised) {
  EXPECT_EQ(Read(0, 4, 0, 1), "uninitialised: read of what was never written: 4 bytes at shared address 0");
  Write(0, 4, 0, 1);
  EXPECT_EQ(Read(0, 4, 0, 2), "");
  EXPECT_EQ(Read(0, 16, 0, 2), "uninitialised: read of what was never written: 16 bytes at shared address 0");
  Write(8, 2, 0, 3);
  EXPECT_EQ(Read(8, 2, 0, 4), "");
  EXPECT_EQ(Read(8, 4, 0, 4), "uninitialised: read of what was never written: 4 bytes at shared address 8");
  memory_.Reset();
  EXPECT_EQ(Read(0, 4, 0, 5), "uninitialised: read of what was never written: 4 bytes at shared address 0");
}

TEST_F(SharedMemoryTest, Races) {
  Write(0, 4, 1, 10);
  EXPECT_EQ(Read(0, 4, 1, 11), "");
  EXPECT_EQ(Read(0, 4, 2, 12),
            "race: read after a write without a barrier between them: 4 bytes at shared address 0 [1@10]");
  EXPECT_EQ(Write(0, 4, 2, 13),
            "race: write after a write without a barrier between them: 4 bytes at shared address 0 [1@10]");
  Meet();
  EXPECT_EQ(Read(0, 4, 5, 14), "");
  EXPECT_EQ(Write(0, 4, 6, 15),
            "race: write after a read without a barrier between them: 4 bytes at shared address 0 [5@14]");
  Meet();
  EXPECT_EQ(Write(0, 4, 7, 16), "");
  // Other bytes are no matter.
  EXPECT_EQ(Write(4, 4, 8, 17), "");
  EXPECT_EQ(Write(8, 2, 8, 18), "");
  EXPECT_EQ(Write(10, 2, 9, 19), "");
}

TEST_F(SharedMemoryTest, ReadsOfAllWarpsAndOfTwoLanesAreKept) {
  Write(0, 4, 0, 1);
  Meet();
  Read(0, 4, 40, 2);
  for (uint32_t lane = 0; lane < 32; ++lane) Read(0, 4, lane, 3);
  EXPECT_EQ(Write(0, 4, 31, 4),
            "race: write after a read without a barrier between them: 4 bytes at shared address 0 [30@3]");
  Meet();
  Read(0, 4, 40, 5);
  Read(0, 4, 0, 6);
  EXPECT_EQ(Write(0, 4, 0, 7),
            "race: write after a read without a barrier between them: 4 bytes at shared address 0 [40@5]");
  Meet();
  Read(0, 4, 40, 8);
  EXPECT_EQ(Write(0, 4, 40, 9), "");
}

TEST_F(SharedMemoryTest, AsynchronousWrites) {
  std::vector<uint8_t> data(16, 0x5a);
  EXPECT_TRUE(memory_.BeginAsyncWrite(32, 16, {3, 20}));
  EXPECT_EQ(Fault(), "");
  EXPECT_EQ(memory_.data()[32], 0xff);  // poison until it is waited for
  const std::string expected =
      " before the asynchronous write to it was waited for: 4 bytes at shared address 36 [3@20]";
  EXPECT_EQ(Read(36, 4, 3, 21), "in-flight: read" + expected);
  EXPECT_EQ(Write(36, 4, 4, 22), "in-flight: write" + expected);
  memory_.BeginAsyncWrite(32, 16, {5, 23});
  EXPECT_EQ(Fault(),
            "in-flight: asynchronous write before the asynchronous write to it was waited for: 16 bytes at shared "
            "address 32 [3@20]");
  memory_.EndAsyncWrite(32, 16, 3, 20, true, data.data());
  EXPECT_EQ(Read(36, 4, 3, 24), "");
  EXPECT_EQ(memory_.data()[36], 0x5a);
  EXPECT_EQ(Read(36, 4, 4, 25),
            "race: read after a write without a barrier between them: 4 bytes at shared address 36 [3@20]");
  Meet();
  EXPECT_EQ(Read(36, 4, 4, 26), "");
  // The next copy must not overtake that read.
  memory_.BeginAsyncWrite(32, 16, {3, 27});
  EXPECT_EQ(Fault(), "race: write after a read without a barrier between them: 16 bytes at shared address 32 [4@26]");
}

TEST_F(SharedMemoryTest, AsynchronousReads) {
  Write(0, 16, 2, 30);
  EXPECT_TRUE(memory_.BeginAsyncRead(0, 16, {2, 31}));
  EXPECT_EQ(Fault(),
            "proxy: asynchronous read of a write without fence.proxy.async between them: 16 bytes at shared address 0 "
            "[2@30]");
  memory_.EndAsyncRead(0, 16, 2, 31);
  order_.Fence(2);
  EXPECT_TRUE(memory_.BeginAsyncRead(0, 16, {2, 32}));
  EXPECT_EQ(Fault(), "");
  EXPECT_EQ(Read(0, 16, 2, 33), "");
  EXPECT_EQ(Write(4, 4, 2, 34),
            "in-flight: write while an asynchronous operation still reads it: 4 bytes at shared address 4 [2@32]");
  memory_.EndAsyncRead(0, 16, 2, 32);
  EXPECT_EQ(Write(8, 4, 2, 35), "");
  memory_.BeginAsyncRead(64, 16, {2, 36});
  EXPECT_EQ(Fault(), "uninitialised: asynchronous read of what was never written: 16 bytes at shared address 64");
  // What an mbarrier stands for has written: by the async proxy, so no fence is needed.
  const uint8_t data[16] = {};
  memory_.BeginAsyncWrite(128, 16, {2, 37});
  memory_.EndAsyncWrite(128, 16, 64, 37, /*generic=*/false, data);
  std::vector<Clock> clocks;
  order_.Release(64, &clocks);
  order_.Acquire(2, clocks);
  memory_.BeginAsyncRead(128, 16, {2, 38});
  EXPECT_EQ(Fault(), "");
}

TEST_F(SharedMemoryTest, Atomics) {
  uint32_t value = 0;
  const auto add = [&](uint32_t agent, int line) {
    if (memory_.ReadAtomic(0, {agent, line}, &value)) memory_.WriteAtomic(0, {agent, line}, value + 1);
    return Fault();
  };
  EXPECT_EQ(add(0, 1), "uninitialised: atomic operation on what was never written: 4 bytes at shared address 0");
  memory_.Reset();
  Write(0, 4, 0, 2);
  EXPECT_EQ(add(1, 3),
            "race: atomic operation after a write without a barrier between them: 4 bytes at shared address 0 [0@2]");
  Meet();
  EXPECT_EQ(add(1, 4), "");
  EXPECT_EQ(add(2, 5), "");  // no race among atomics
  EXPECT_EQ(Read(0, 4, 3, 6),
            "race: read after a write without a barrier between them: 4 bytes at shared address 0 [2@5]");
  Meet();
  EXPECT_EQ(Read(0, 4, 3, 7), "");
  EXPECT_EQ(add(1, 8), "race: write after a read without a barrier between them: 4 bytes at shared address 0 [3@7]");
  EXPECT_FALSE(memory_.ReadAtomic(256, {0, 9}, &value));
}

TEST(SharedMemory, WithoutChecksOnlyBounds) {
  Order order(32, 0);
  int faults = 0;
  SharedMemory memory(64, 32, order, false,
                      [&](FaultKind, const Accessor&, const std::string&, const Accessor*) { ++faults; });
  uint32_t value = 7;
  memory.Write(0, 4, {0, 1}, &value);
  memory.Read(0, 4, {1, 2}, &value);
  memory.Read(32, 4, {1, 2}, &value);
  memory.BeginAsyncWrite(0, 16, {2, 3});
  memory.Read(0, 4, {1, 4}, &value);
  EXPECT_EQ(value, 0xffffffffu);
  EXPECT_EQ(faults, 0);
  memory.Read(64, 4, {1, 5}, &value);
  EXPECT_EQ(faults, 1);
}

}  // namespace
}  // namespace raggedc::emulator
