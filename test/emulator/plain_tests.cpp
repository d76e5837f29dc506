//===- plain_tests.cpp - weights without a maximum -------------------------===//
//
// What comparing with the reference, which allows for rounding, cannot see.
//
//===----------------------------------------------------------------------===//

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <iterator>
#include <limits>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "runtime/strings.h"
#include "test/emulator/Kernel.h"

using namespace raggedc;

namespace {

constexpr int64_t kColumns = 64;

/// Rows of one key, the first of a sequence under a causal mask, that are not what V has there, bit for bit; -1 if the
/// emulator has something to say.
int countInexact(const Kernel& kernel, const std::string& cuda) {
  Result<EmulationResult> result = emulate(kernel, cuda);
  EXPECT_TRUE(result.ok()) << result.status().message();
  if (!result.ok() || !result->faults.empty()) return -1;
  const Tensor* v = FindTensor(kernel.inputs, "v");
  const Tensor& out = result->outputs[0];
  const bool isCausal = kernel.test.spec.find(",causal") != std::string::npos;
  int count = 0;
  int64_t row = 0;
  for (int64_t length : kernel.test.lengths) {
    const int64_t bytes = kColumns * int64_t(sizeof(uint16_t));
    if (length == 1 || (length > 0 && isCausal))
      count += std::memcmp(v->data.data() + row * bytes, out.data.data() + row * bytes, bytes) != 0;
    row += length;
  }
  return count;
}

struct Shape {
  const char* name;
  const char* family;
  const char* options;
  int64_t stages = 0, rowsPerBlock = 0;  ///< 0: as the cost model likes
};

void PrintTo(const Shape& shape, std::ostream* stream) {
  *stream << shape.name;
}

/// Each form that plain weights have.
const Shape kShapes[] = {
    {"single", "single/warpgroup", ",max_seqlen=70"},
    {"single_tiles", "single/warpgroup", ",max_seqlen=150,block_n=64"},
    {"single_parts", "single/warpgroup", ",max_seqlen=150"},
    {"single_small", "single/warpgroup", ",max_seqlen=20"},
    {"single_warps", "single", ",max_seqlen=70"},
    {"single_warps_tiles", "single", ",max_seqlen=49,block_n=32"},
    {"latency", "latency", ",max_seqlen=70,block_m=16"},
    {"latency_parts", "latency", ",max_seqlen=200,block_m=16"},
    {"latency_groups", "latency/warpgroup", ",max_seqlen=200,block_m=64,block_n=64"},
    {"online", "online/warpgroup", ",max_seqlen=70,block_n=64"},
    {"ring", "ring/warpgroup", ",max_seqlen=70"},
    // Of one tile, which is narrow, whatever the capacity.
    {"ring_stream", "ring/warpgroup", ",max_seqlen=261,block_n=64", 7, 192},
    {"ring_stays", "ring/warpgroup", ",max_seqlen=261,block_n=64", 8, 192},
};

std::string getName(const testing::TestParamInfo<Shape>& info) {
  return info.param.name;
}

Result<Kernel> makeShape(const Shape& shape, const std::string& options, std::vector<int64_t> lengths) {
  KernelCase test;
  test.spec = StrCat("bf16,heads=1,dim=", kColumns, shape.options, options);
  test.family = shape.family;
  test.arch = "sm_90a";
  test.lengths = std::move(lengths);
  test.stages = shape.stages;
  test.rowsPerBlock = shape.rowsPerBlock;
  if (test.family == "ring/warpgroup") test.batch = int64_t(test.lengths.size());
  return makeKernel(test);
}

void replaceAll(std::string& text, const std::string& from, const std::string& to) {
  ASSERT_NE(text.find(from), std::string::npos);
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

class OneKey : public testing::TestWithParam<Shape> {};

// Under a maximum, its own or that of those who attend again, its weight is 1. Without one it is rounded, and its sum
// is not.
TEST_P(OneKey, HasAllTheWeight) {
  Result<Kernel> kernel = makeShape(GetParam(), "", {1, 1, 20, 1, 1, 1, 0, 1, 1});
  ASSERT_TRUE(kernel.ok()) << kernel.status().message();
  std::string cuda = kernel->module.cuda;
  EXPECT_EQ(countInexact(*kernel, cuda), 0);
  // Where they are asked for: in front of the weights, or behind them.
  replaceAll(cuda, " <= 16) {\n", " < 0) {\n");
  EXPECT_GT(countInexact(*kernel, cuda), 0) << "they are exact however many there are";
}

INSTANTIATE_TEST_SUITE_P(Emulator, OneKey, testing::ValuesIn(kShapes), getName);

// Sequences of more, whose first rows have few.
const Shape kCausalShapes[] = {
    {"single", "single/warpgroup", ",max_seqlen=70,causal"},
    {"single_tiles", "single/warpgroup", ",max_seqlen=150,block_n=64,causal"},
    {"single_warps", "single", ",max_seqlen=70,causal"},
};

INSTANTIATE_TEST_SUITE_P(EmulatorCausal, OneKey, testing::ValuesIn(kCausalShapes), getName);

uint16_t toBf16(float value) {
  return static_cast<uint16_t>(std::bit_cast<uint32_t>(value) >> 16);
}

/// Every row of Q is a unit vector, so that the scores of a sequence are what its keys have there.
void setScores(Kernel& kernel, float (*score)(size_t sequence, int64_t key)) {
  for (Tensor& tensor : kernel.inputs) {
    if (tensor.name != "q" && tensor.name != "k") continue;
    uint16_t* to = tensor.As<uint16_t>();
    for (size_t sequence = 0; sequence < kernel.test.lengths.size(); ++sequence)
      for (int64_t key = 0; key < kernel.test.lengths[sequence]; ++key, to += kColumns) {
        std::fill_n(to, kColumns, toBf16(0.0f));
        to[0] = toBf16(tensor.name == "q" ? 1.0f : score(sequence, key));
      }
  }
}

bool isRight(const Kernel& kernel, const std::string& cuda) {
  Result<EmulationResult> result = emulate(kernel, cuda);
  EXPECT_TRUE(result.ok()) << result.status().message();
  if (!result.ok()) return false;
  EXPECT_TRUE(result->faults.empty());
  return compareWithReference(kernel, *result).ok();
}

class FarScores : public testing::TestWithParam<Shape> {};

// Sums that are zero, or infinite, without a maximum. Below and above the range they would still be right.
TEST_P(FarScores, AreRight) {
  Result<Kernel> kernel = makeShape(GetParam(), ",scale=1", {20, 17, 19, 20, 18, 20});
  ASSERT_TRUE(kernel.ok()) << kernel.status().message();
  setScores(*kernel, [](size_t sequence, int64_t key) {
    switch (sequence) {
      case 0:
        return -120.0f - float(key % 4);  // nothing at all
      case 1:
        return -50.0f - float(key % 4);
      case 2:
        return key < 16 ? -120.0f : float(key - 17);  // of the first ways
      case 3:
        return key < 16 ? float(key - 14) : -120.0f;  // of the others
      case 4:
        return key == 17 ? 100.0f : 98.0f;  // infinite
      default:
        return 50.0f - float(key % 4);
    }
  });
  const std::string cuda = kernel->module.cuda, least = "5.42101086e-20f", most = "1.84467441e+19f";
  EXPECT_TRUE(isRight(*kernel, cuda));
  std::string edited = cuda;
  replaceAll(edited, least, "-1.0f");
  EXPECT_FALSE(isRight(*kernel, edited)) << "nobody asks for the least sum";
  edited = cuda;
  replaceAll(edited, most, "kInfinity");
  EXPECT_FALSE(isRight(*kernel, edited)) << "nobody asks for the largest sum";
}

// Those of a few keys have a maximum, and nobody strays.
TEST_P(FarScores, OfAFewKeysAreRight) {
  Result<Kernel> kernel = makeShape(GetParam(), ",scale=1", {16, 1, 7});
  ASSERT_TRUE(kernel.ok()) << kernel.status().message();
  setScores(*kernel, [](size_t sequence, int64_t key) { return (sequence == 1 ? 120.0f : -120.0f) - float(key % 4); });
  EXPECT_TRUE(isRight(*kernel, kernel->module.cuda));
}

INSTANTIATE_TEST_SUITE_P(Emulator, FarScores, testing::ValuesIn(kShapes), getName);

/// Sequences of several tiles, and rows behind whole blocks.
const Shape kLongShapes[] = {
    {"stream", "ring/warpgroup", ",max_seqlen=261,block_n=64", 7, 192},
    {"stays", "ring/warpgroup", ",max_seqlen=266,block_n=64", 8, 192},
    {"stays_short", "ring/warpgroup", ",max_seqlen=261,block_n=64", 8, 192},
    {"stays_short_narrow", "ring/warpgroup", ",max_seqlen=257,block_n=80", 8, 192},
};

class FarScoresInTiles : public testing::TestWithParam<Shape> {};

// With a tail of few keys that alone is in range or alone is not, and so the first, or the last, chunk.
TEST_P(FarScoresInTiles, AreRight) {
  Result<Kernel> kernel = makeShape(GetParam(), ",scale=1", {257, 257, 256, 257, 257, 257});
  ASSERT_TRUE(kernel.ok()) << kernel.status().message();
  setScores(*kernel, [](size_t sequence, int64_t key) {
    const float some = float(key % 4);
    switch (sequence) {
      case 0:
        return -120.0f - some;  // nothing at all
      case 1:
        return key < 64 ? 90.0f - some : -120.0f;  // infinite, of the first chunk
      case 2:
        return key < 192 ? -120.0f : -50.0f - some;
      case 3:
        return key == 256 ? 92.0f : some;  // one key has all the weight
      case 4:
        return -60.0f - some;
      default:
        return 60.0f - some;
    }
  });
  const std::string cuda = kernel->module.cuda, least = "5.42101086e-20f", most = "1.84467441e+19f";
  EXPECT_TRUE(isRight(*kernel, cuda));
  // The check of whole blocks, and that of short rows, each by itself.
  for (const auto& [bound, never] : {std::pair(least, "-1.0f"), std::pair(most, "kInfinity")}) {
    int checks = 0;
    for (size_t at = cuda.find(bound); at != std::string::npos; at = cuda.find(bound, at + 1), ++checks) {
      std::string edited = cuda;
      edited.replace(at, bound.size(), never);
      EXPECT_FALSE(isRight(*kernel, edited)) << "check " << checks << " does not ask for " << bound;
    }
    EXPECT_EQ(checks, std::string(GetParam().name).find("short") == std::string::npos ? 1 : 2);
  }
}

// Of one row: that of its warp, and that alone of the short rows.
TEST_P(FarScoresInTiles, OfOneRowAreRight) {
  for (int64_t row : {100, 256}) {
    Result<Kernel> kernel = makeShape(GetParam(), ",scale=1", {257, 250, 257, 250});
    ASSERT_TRUE(kernel.ok()) << kernel.status().message();
    setScores(*kernel, [](size_t, int64_t key) { return float(key % 4) - 100.0f; });
    // All rows but one are orthogonal to the keys: their weights are equal, and add up to the number of these.
    uint16_t* q = nullptr;
    for (Tensor& tensor : kernel->inputs)
      if (tensor.name == "q") q = tensor.As<uint16_t>();
    ASSERT_NE(q, nullptr);
    int64_t begin = 0;
    for (int64_t length : kernel->test.lengths) {
      for (int64_t i = 0; i < length; ++i)
        if (i != std::min(row, length - 1)) q[(begin + i) * kColumns] = toBf16(0.0f);
      begin += length;
    }
    std::string cuda = kernel->module.cuda;
    EXPECT_TRUE(isRight(*kernel, cuda)) << "row " << row;
    replaceAll(cuda, "5.42101086e-20f", "-1.0f");
    EXPECT_FALSE(isRight(*kernel, cuda)) << "row " << row;
  }
}

INSTANTIATE_TEST_SUITE_P(Emulator, FarScoresInTiles, testing::ValuesIn(kLongShapes), getName);

// A thread's sums are a pair of elements, and its answer is a word.
const char* const kRangeCode = R"(
extern "C" __global__ void __launch_bounds__(256) hand(const bf16* in, bf16* out) {
  const int thread = ptx::thread();
  const u32 pair = ptx::load_global<u32>(in + thread * 2);
  const RowVector sums{{__builtin_bit_cast(f32, pair << 16), __builtin_bit_cast(f32, pair & 0xffff0000u)}};
  ptx::store_global(out + thread * 2, static_cast<u32>(warp::out_of_range(sums, 0.5f, 2.0f)));
}
)";

constexpr int kLanes = 32;

TEST(OutOfRange, IsTheSameInAllLanes) {
  // What one row of a warp has, and whether that strays. All others are 1.
  constexpr float kNaN = std::numeric_limits<float>::quiet_NaN(), kInfinity = std::numeric_limits<float>::infinity();
  const struct {
    int element;  ///< of the warp's
    float sum;
    bool strays;
  } cases[] = {{0, 1.0f, false},        {63, 2.0f, false}, {12, 0.5f, false}, {63, 2.015625f, true},
               {0, 0.498046875f, true}, {33, kNaN, true},  {62, 0.0f, true},  {31, kInfinity, true}};
  constexpr int kWarps = std::size(cases);
  Kernel kernel = makeHandWritten({"ptx/memory.cuh", "ptx/special.cuh", "row_range.cuh"}, kRangeCode, kWarps * kLanes,
                                  kWarps * kLanes * 2);
  uint16_t* in = kernel.inputs[0].As<uint16_t>();
  std::fill_n(in, kWarps * kLanes * 2, toBf16(1.0f));
  for (int warp = 0; warp < kWarps; ++warp) in[warp * kLanes * 2 + cases[warp].element] = toBf16(cases[warp].sum);
  Result<EmulationResult> result = emulate(kernel, kernel.module.cuda);
  ASSERT_TRUE(result.ok()) << result.status().message();
  EXPECT_TRUE(result->faults.empty());
  const uint32_t* words = result->outputs[0].As<uint32_t>();
  for (int thread = 0; thread < kWarps * kLanes; ++thread)
    EXPECT_EQ(words[thread], uint32_t(cases[thread / kLanes].strays))
        << "lane " << thread % kLanes << " beside a sum of " << cases[thread / kLanes].sum;
}

}  // namespace
