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

#include "runtime/strings.h"
#include "test/emulator/Kernel.h"

using namespace raggedc;

namespace {

constexpr int64_t kColumns = 64;

/// Rows of sequences of one key that are not what V has there, bit for bit; -1 if the emulator has something to say.
int countInexact(const Kernel& kernel, const std::string& cuda) {
  Result<EmulationResult> result = emulate(kernel, cuda);
  EXPECT_TRUE(result.ok()) << result.status().message();
  if (!result.ok() || !result->faults.empty()) return -1;
  const Tensor* v = FindTensor(kernel.inputs, "v");
  const Tensor& out = result->outputs[0];
  int count = 0;
  int64_t row = 0;
  for (int64_t length : kernel.test.lengths) {
    const int64_t bytes = kColumns * int64_t(sizeof(uint16_t));
    if (length == 1) count += std::memcmp(v->data.data() + row * bytes, out.data.data() + row * bytes, bytes) != 0;
    row += length;
  }
  return count;
}

struct OneKeyCase {
  const char* name;
  const char* family;
  const char* options;
};

void PrintTo(const OneKeyCase& test, std::ostream* stream) {
  *stream << test.name;
}

class OneKey : public testing::TestWithParam<OneKeyCase> {};

// Under a maximum, its own or that of those who attend again, its weight is 1. Without one it is rounded, and its sum
// is not.
TEST_P(OneKey, HasAllTheWeight) {
  KernelCase test;
  test.spec = StrCat("bf16,heads=1,dim=64", GetParam().options);
  test.family = GetParam().family;
  test.arch = "sm_90a";
  test.lengths = {1, 1, 20, 1, 1, 1, 0, 1, 1};
  if (test.family == "ring/warpgroup") test.batch = int64_t(test.lengths.size());
  Result<Kernel> kernel = makeKernel(test);
  ASSERT_TRUE(kernel.ok()) << kernel.status().message();
  std::string cuda = kernel->module.cuda;
  EXPECT_EQ(countInexact(*kernel, cuda), 0);
  // Where they are asked for: in front of the weights, or behind them.
  const std::string few = " <= 16) {\n";
  ASSERT_NE(cuda.find(few), std::string::npos);
  for (size_t at = 0; (at = cuda.find(few, at)) != std::string::npos;) cuda.replace(at, few.size(), " < 0) {\n");
  EXPECT_GT(countInexact(*kernel, cuda), 0) << "they are exact however many there are";
}

INSTANTIATE_TEST_SUITE_P(Emulator, OneKey,
                         testing::Values(OneKeyCase{"single", "single/warpgroup", ",max_seqlen=70"},
                                         OneKeyCase{"single_tiles", "single/warpgroup", ",max_seqlen=150,block_n=64"},
                                         OneKeyCase{"single_parts", "single/warpgroup", ",max_seqlen=150"},
                                         OneKeyCase{"single_small", "single/warpgroup", ",max_seqlen=20"},
                                         OneKeyCase{"ring", "ring/warpgroup", ",max_seqlen=70"}),
                         [](const auto& info) { return std::string(info.param.name); });

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

uint16_t toBf16(float value) {
  return static_cast<uint16_t>(std::bit_cast<uint32_t>(value) >> 16);
}

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
