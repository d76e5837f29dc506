#include "runtime/emulator/global_memory.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "runtime/strings.h"

namespace raggedc::emulator {
namespace {

// An input of 64 bytes, an output of 64 of which each second 16 are a gap, and offsets {0, 2, 2, 3}, in one piece of
// memory with 64 bytes between them.
class GlobalMemoryTest : public testing::Test {
 protected:
  GlobalMemoryTest() : bytes_(512), order_(64, 1), other_order_(64, 1) {
    const int32_t offsets[4] = {0, 2, 2, 3};
    std::memcpy(At(384), offsets, sizeof offsets);
    std::vector<bool> gaps(64);
    for (size_t i = 0; i < 64; ++i) gaps[i] = i / 16 % 2 == 1;
    memory_ = std::make_unique<GlobalMemory>(
        std::vector<GlobalBuffer>{{"in", At(64), 64, false, true, {}},
                                  {"out", At(192), 64, true, false, gaps},
                                  {"offsets", At(384), 16, false, true, {}},
                                  {"status", At(448), 4, true, true, {}}},
        true, [this](FaultKind kind, const GlobalAccessor&, const std::string& message, int line) {
          fault_ += StrCat(FaultName(kind), "@", line, ": ", message);
        });
    memory_->BeginLaunch({{1, 2, 32}}, {2, 3, 1}, 32);
  }

  uint8_t* At(int64_t offset) { return bytes_.data() + offset; }
  std::string Fault() { return std::exchange(fault_, ""); }

  GlobalAccessor By(uint32_t thread, int line, uint64_t block = 0) {
    GlobalAccessor accessor;
    accessor.site = {line, thread, {static_cast<uint32_t>(block), 0, 0}};
    accessor.cluster = block;
    accessor.agent = thread;
    accessor.order = block == 0 ? &order_ : &other_order_;
    return accessor;
  }
  std::string Read(int64_t at, uint32_t bytes, const GlobalAccessor& who) {
    uint8_t data[16];
    memory_->Read(At(at), bytes, who, data);
    return Fault();
  }
  std::string Write(int64_t at, uint32_t bytes, const GlobalAccessor& who) {
    const uint8_t data[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    memory_->Write(At(at), bytes, who, data);
    return Fault();
  }
  void Meet() {
    std::vector<Clock> clocks;
    for (uint32_t agent = 0; agent < 64; ++agent) order_.Release(agent, &clocks);
    for (uint32_t agent = 0; agent < 64; ++agent) {
      order_.Advance(agent);
      order_.Acquire(agent, clocks);
    }
  }

  std::vector<uint8_t> bytes_;
  Order order_, other_order_;
  std::string fault_;
  std::unique_ptr<GlobalMemory> memory_;
};

TEST_F(GlobalMemoryTest, BoundsNameTheNearestBuffer) {
  EXPECT_EQ(Read(64, 16, By(0, 1)), "");
  EXPECT_EQ(Read(112, 16, By(0, 1)), "");
  EXPECT_EQ(Read(128, 16, By(0, 1)),
            "global-bounds@0: read of 16 bytes outside every buffer; the nearest has 64 bytes, and this is at byte 64 "
            "of 'in'");
  EXPECT_EQ(Write(188, 4, By(0, 1)),
            "global-bounds@0: write of 4 bytes outside every buffer; the nearest has 64 bytes, and this is at byte -4 "
            "of 'out'");
  // Half in, half out.
  EXPECT_EQ(Write(448, 8, By(0, 1)),
            "global-bounds@0: write of 8 bytes outside every buffer; the nearest has 4 bytes, and this is at byte 0 of "
            "'status'");
  uint8_t value = 0;
  EXPECT_FALSE(memory_->Read(nullptr, 1, By(0, 1), &value));
  EXPECT_NE(Fault().find("global-bounds"), std::string::npos);
}

TEST_F(GlobalMemoryTest, Alignment) {
  EXPECT_EQ(Read(72, 16, By(0, 1)),
            "misaligned@0: expected a multiple of 16 bytes for a read of 16 bytes, got one at byte 8 of 'in'");
  EXPECT_EQ(Write(194, 4, By(0, 1)),
            "misaligned@0: expected a multiple of 4 bytes for a write of 4 bytes, got one at byte 2 of 'out'");
}

TEST_F(GlobalMemoryTest, InputsAreReadOnly) {
  EXPECT_EQ(Write(64, 4, By(0, 1)), "read-only@0: write of 4 bytes to an input at byte 0 of 'in'");
  EXPECT_EQ(bytes_[64], 0);
  EXPECT_FALSE(memory_->CheckAtomic(At(64), 4, By(0, 1)));
  EXPECT_EQ(Fault(), "read-only@0: atomic operation on an input at byte 0 of 'in'");
}

TEST_F(GlobalMemoryTest, UninitialisedAndUnwritten) {
  EXPECT_EQ(Read(192, 4, By(0, 1)), "uninitialised@0: read of 4 bytes that nothing wrote at byte 0 of 'out'");
  EXPECT_EQ(memory_->FirstUnwritten(1, 0, 16), 0);
  Meet();
  EXPECT_EQ(Write(192, 8, By(0, 2)), "");
  EXPECT_EQ(bytes_[192 + 7], 8);
  EXPECT_EQ(Read(192, 8, By(0, 3)), "");
  EXPECT_EQ(memory_->FirstUnwritten(1, 0, 16), 8);
  EXPECT_EQ(memory_->FirstUnwritten(1, 0, 8), -1);
  EXPECT_EQ(memory_->FirstUnwritten(0, 0, 64), -1);  // an input
  // What one launch wrote is there for the next.
  memory_->BeginLaunch({}, {1, 1, 1}, 32);
  EXPECT_EQ(Read(192, 8, By(9, 3, 7)), "");
}

TEST_F(GlobalMemoryTest, GapsBelongToNobody) {
  EXPECT_EQ(Write(200, 8, By(0, 1)), "");
  EXPECT_EQ(Write(208, 4, By(0, 1)),
            "global-bounds@0: write of 4 bytes between elements of the tensor, at byte 16 of 'out'");
}

TEST_F(GlobalMemoryTest, RacesOfThreads) {
  EXPECT_EQ(Write(192, 4, By(1, 10)), "");
  EXPECT_EQ(Read(192, 4, By(2, 11)),
            "race@10: read after a write of the same launch without a barrier between them at byte 0 of 'out'; other "
            "access: line 10, block 0, thread 1");
  EXPECT_EQ(Write(192, 4, By(2, 12)),
            "race@10: write after another write without a barrier between them at byte 0 of 'out'; other access: line "
            "10, block 0, thread 1");
  Meet();
  EXPECT_EQ(Read(192, 4, By(5, 13)), "");
  EXPECT_EQ(Read(192, 4, By(6, 14)), "");
  EXPECT_EQ(Write(192, 4, By(6, 15)),
            "race@13: write after a read without a barrier between them at byte 0 of 'out'; other access: line 13, "
            "block 0, thread 5");
  EXPECT_EQ(Write(196, 2, By(7, 16)), "");
  EXPECT_EQ(Write(198, 2, By(8, 17)), "");
}

TEST_F(GlobalMemoryTest, RacesOfBlocks) {
  EXPECT_EQ(Write(192, 4, By(1, 10, 5)), "");
  Meet();
  EXPECT_EQ(Write(192, 4, By(1, 11, 0)),
            "race@10: write after another write without a barrier between them at byte 0 of 'out'; other access: line "
            "10, block (1,2,0), thread 1");
  // A reader of another block is not forgotten for one of its own.
  memory_->BeginLaunch({}, {2, 3, 1}, 32);
  EXPECT_EQ(Read(192, 4, By(1, 12, 1)), "");
  EXPECT_EQ(Read(192, 4, By(1, 13, 0)), "");
  EXPECT_EQ(Write(192, 4, By(1, 14, 0)),
            "race@12: write after a read without a barrier between them at byte 0 of 'out'; other access: line 12, "
            "block 1, thread 1");
  // Thread 33 of a cluster is the second of its second block.
  memory_->BeginLaunch({}, {2, 3, 1}, 32);
  EXPECT_EQ(Write(192, 4, By(33, 15, 4)), "");
  EXPECT_NE(Write(192, 4, By(0, 16, 0)).find("line 15, block (1,2,0), thread 1"), std::string::npos);
}

TEST_F(GlobalMemoryTest, AtomicsRaceWithPlainAccessesOnly) {
  EXPECT_TRUE(memory_->CheckAtomic(At(448), 4, By(0, 20)));
  EXPECT_TRUE(memory_->CheckAtomic(At(448), 4, By(1, 21, 5)));
  EXPECT_EQ(Fault(), "");
  EXPECT_NE(Read(448, 4, By(1, 22)).find("race@21"), std::string::npos);
  memory_->BeginLaunch({}, {8, 1, 1}, 32);
  EXPECT_EQ(Read(448, 4, By(1, 23)), "");
  EXPECT_TRUE(memory_->CheckAtomic(At(448), 4, By(1, 24, 5)));
  EXPECT_NE(Fault().find("race@23: atomic operation after a plain read"), std::string::npos);
  memory_->BeginLaunch({}, {8, 1, 1}, 32);
  EXPECT_EQ(Write(448, 4, By(1, 25)), "");
  EXPECT_TRUE(memory_->CheckAtomic(At(448), 4, By(1, 26, 5)));
  EXPECT_NE(Fault().find("race@25: atomic operation after a plain write"), std::string::npos);
  EXPECT_TRUE(memory_->CheckAtomic(At(192), 4, By(1, 27, 5)));
  EXPECT_NE(Fault().find("uninitialised"), std::string::npos);
}

// Rows of 32 bytes; sequences are rows 0-1, none, row 2. A block may write the rows of the sequence whose offsets it
// read.
TEST_F(GlobalMemoryTest, RowsBelongToSequences) {
  const uint8_t data[16] = {};
  uint8_t read[8];
  GlobalMemory::BlockReads reads;
  memory_->Read(At(384), 4, By(0, 1), read, &reads);
  EXPECT_TRUE(memory_->Write(At(192), 16, By(0, 2), data, &reads));
  EXPECT_EQ(Fault(), "foreign-row@0: write to row 0 of sequence 0, which is not this block's, at byte 0 of 'out'");
  memory_->Read(At(388), 4, By(0, 1), read, &reads);
  memory_->Write(At(192), 16, By(0, 2), data, &reads);
  memory_->Write(At(224), 16, By(0, 2), data, &reads);
  EXPECT_EQ(Fault(), "");
  EXPECT_TRUE(reads.Has(1));
  EXPECT_FALSE(reads.Has(2));
  // The empty sequence between owns nothing.
  reads.Clear();
  memory_->Read(At(388), 4, By(0, 1, 1), read, &reads);
  memory_->Read(At(392), 4, By(0, 1, 1), read, &reads);
  memory_->BeginLaunch({{1, 2, 16}}, {2, 3, 1}, 32);  // rows of 16 bytes: row 2 at byte 32, row 3 is nobody's
  memory_->Write(At(224), 16, By(0, 2, 1), data, &reads);
  EXPECT_EQ(Fault(), "foreign-row@0: write to row 2 of sequence 2, which is not this block's, at byte 32 of 'out'");
  memory_->Write(At(240), 16, By(0, 2, 1), data, &reads);
  EXPECT_NE(Fault().find("foreign-row@0: write to row 3, which is no sequence's, at byte 48 of 'out'"),
            std::string::npos);
}

}  // namespace
}  // namespace raggedc::emulator
