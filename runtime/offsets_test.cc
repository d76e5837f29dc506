#include "runtime/offsets.h"

#include <gtest/gtest.h>

#include "runtime/testing.h"

namespace raggedc {
namespace {

using Offsets = std::vector<int32_t>;

TEST(OffsetsTest, GoodOnes) {
  EXPECT_TRUE(CheckOffsets(Offsets{0}, 0).ok());
  EXPECT_TRUE(CheckOffsets(Offsets{0, 0, 3, 3, 10}, 10).ok());
  EXPECT_TRUE(CheckOffsets(Offsets{0, 3}, 10).ok());  // rows that belong to no sequence
  EXPECT_TRUE(CheckOffsets(Offsets{2, 3}, 10).ok());
}

TEST(OffsetsTest, ErrorsNameTheIndex) {
  ExpectInvalid(CheckOffsets({}, 10), "expected offsets to have batch + 1 elements, got 0");
  ExpectInvalid(CheckOffsets(Offsets{-1, 3}, 10), "expected offsets[0] to be at least 0, got -1");
  ExpectInvalid(CheckOffsets(Offsets{0, 57, 57, 40}, 100),
                "expected offsets to never decrease, got offsets[3] = 40 after offsets[2] = 57");
  ExpectInvalid(CheckOffsets(Offsets{0, 8, 11, 12}, 10),
                "expected offsets of at most 10, the number of rows, got offsets[2] = 11");
}

TEST(OffsetsTest, LengthsAndBack) {
  const std::vector<int64_t> lengths = {197, 0, 40};
  const Result<std::vector<int32_t>> offsets = OffsetsFromLengths(lengths);
  ASSERT_TRUE(offsets.ok());
  EXPECT_EQ(*offsets, (Offsets{0, 197, 197, 237}));
  EXPECT_EQ(LengthsOf(*offsets), lengths);
  ExpectInvalid(OffsetsFromLengths(std::vector<int64_t>{1, -1}).status(),
                "expected lengths of at least 0, got -1 at position 1");
  EXPECT_FALSE(OffsetsFromLengths(std::vector<int64_t>{2147483647, 1}).ok());
}

TEST(OffsetsTest, Indices) {
  const Offsets offsets = {0, 2, 3};
  EXPECT_TRUE(CheckIndices(Offsets{0, 4, 5}, offsets, 5).ok());
  ExpectInvalid(CheckIndices(Offsets{0, 5, 6}, offsets, 5),
                "expected the indices of sequence 0 in 0..4, got indices[1] = 5");
  ExpectInvalid(CheckIndices(Offsets{0, 1, 4}, offsets, 5),
                "expected the indices of sequence 1 in 5..9, got indices[2] = 4");
  ExpectInvalid(CheckIndices(Offsets{-1, 1, 5}, offsets, 5),
                "expected the indices of sequence 0 in 0..4, got indices[0] = -1");
  ExpectInvalid(CheckIndices(Offsets{3, 3, 5}, offsets, 5),
                "expected the indices of a sequence to rise, got indices[1] = 3 after 3");
}

}  // namespace
}  // namespace raggedc
