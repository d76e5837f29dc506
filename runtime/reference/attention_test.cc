#include "runtime/reference/attention.h"

#include <gtest/gtest.h>

#include <cmath>

#include "runtime/inputs.h"
#include "runtime/strings.h"

namespace raggedc {
namespace {

// Rows of normally distributed f32.
Tensor Random(std::vector<int64_t> shape, uint64_t seed) {
  Program program;
  program.inputs = {{"x", DType::kF32, shape}};
  AttentionStep step;
  step.q = "x";
  program.steps = {step};
  return GenerateInputs(program, std::vector<int64_t>{shape[0]}, seed)->front();
}

Tensor Constant(std::vector<int64_t> shape, double value) {
  Tensor tensor = MakeTensor("x", DType::kF32, std::move(shape));
  for (int64_t i = 0; i < tensor.NumElements(); ++i) tensor.Set(i, value);
  return tensor;
}

AttentionProblem ProblemOf(const Tensor& q, const Tensor& k, const Tensor& v, std::span<const int32_t> offsets) {
  AttentionProblem problem;
  problem.q = ViewOf(q);
  problem.k = ViewOf(k);
  problem.v = ViewOf(v);
  problem.offsets = offsets;
  problem.max_seqlen = 1000;
  problem.scale = 0.25;
  return problem;
}

double At(const Tensor& tensor, int64_t row, int64_t head, int64_t d) {
  return tensor.Get((row * tensor.shape[1] + head) * tensor.shape[2] + d);
}

TEST(AttentionTest, EqualScoresGiveTheMeanOfV) {
  const Tensor q = Constant({10, 2, 16}, 0);
  const Tensor k = Random({10, 2, 16}, 1);
  const Tensor v = Random({10, 2, 24}, 2);
  const std::vector<int32_t> offsets = {0, 3, 10};
  const AttentionResult result = ReferenceAttention(ProblemOf(q, k, v, offsets));
  for (const auto& [begin, end] : {std::pair{0, 3}, std::pair{3, 10}}) {
    for (int64_t h = 0; h < 2; ++h) {
      for (int64_t d = 0; d < 24; ++d) {
        double mean = 0;
        for (int64_t j = begin; j < end; ++j) mean += At(v, j, h, d) / (end - begin);
        for (int64_t i = begin; i < end; ++i) EXPECT_NEAR(At(result.out, i, h, d), mean, 1e-12);
      }
    }
  }
}

TEST(AttentionTest, OneLargeScorePicksOneRowOfV) {
  // Row i of q points along axis 15 - i, row j of k along axis j, so row i sees row 15 - i alone.
  Tensor q = Constant({16, 1, 16}, 0);
  Tensor k = Constant({16, 1, 16}, 0);
  for (int64_t i = 0; i < 16; ++i) {
    q.Set(i * 16 + 15 - i, 1000);
    k.Set(i * 16 + i, 1000);
  }
  const Tensor v = Random({16, 1, 16}, 3);
  const std::vector<int32_t> offsets = {0, 16};
  const AttentionResult result = ReferenceAttention(ProblemOf(q, k, v, offsets));
  for (int64_t i = 0; i < 16; ++i) {
    for (int64_t d = 0; d < 16; ++d) EXPECT_EQ(At(result.out, i, 0, d), At(v, 15 - i, 0, d));
  }
}

TEST(AttentionTest, SequencesOfOneRowGiveV) {
  const Tensor q = Random({5, 3, 16}, 1);
  const Tensor k = Random({5, 3, 16}, 2);
  const Tensor v = Random({5, 3, 16}, 3);
  const std::vector<int32_t> offsets = {0, 1, 2, 3, 4, 5};
  const AttentionResult result = ReferenceAttention(ProblemOf(q, k, v, offsets));
  for (int64_t i = 0; i < v.NumElements(); ++i) EXPECT_EQ(result.out.Get(i), v.Get(i));
}

TEST(AttentionTest, CausalRowsSeeThePastOnly) {
  const Tensor q = Random({200, 1, 16}, 1);
  const Tensor k = Random({200, 1, 16}, 2);
  const Tensor v = Random({200, 1, 16}, 3);
  const std::vector<int32_t> whole = {0, 200};
  AttentionProblem problem = ProblemOf(q, k, v, whole);
  problem.causal = true;
  const AttentionResult causal = ReferenceAttention(problem);
  for (int64_t d = 0; d < 16; ++d) EXPECT_EQ(At(causal.out, 0, 0, d), At(v, 0, 0, d));
  // Row i of the causal result is the last row of the full result over the first i + 1 rows.
  for (const int32_t last : {1, 63, 64, 150, 199}) {
    const std::vector<int32_t> prefix = {0, last + 1};
    const AttentionResult full = ReferenceAttention(ProblemOf(q, k, v, prefix));
    for (int64_t d = 0; d < 16; ++d) EXPECT_NEAR(At(causal.out, last, 0, d), At(full.out, last, 0, d), 1e-13);
  }
}

TEST(AttentionTest, GroupedHeadsShareKAndV) {
  const Tensor q = Random({9, 6, 16}, 1);
  const Tensor k = Random({9, 2, 16}, 2);
  const Tensor v = Random({9, 2, 16}, 3);
  // The same with k and v repeated for each query head.
  Tensor k_all = Constant({9, 6, 16}, 0);
  Tensor v_all = Constant({9, 6, 16}, 0);
  for (int64_t row = 0; row < 9; ++row) {
    for (int64_t h = 0; h < 6; ++h) {
      for (int64_t d = 0; d < 16; ++d) {
        k_all.Set((row * 6 + h) * 16 + d, At(k, row, h / 3, d));
        v_all.Set((row * 6 + h) * 16 + d, At(v, row, h / 3, d));
      }
    }
  }
  const std::vector<int32_t> offsets = {0, 4, 9};
  EXPECT_EQ(ReferenceAttention(ProblemOf(q, k, v, offsets)).out.data,
            ReferenceAttention(ProblemOf(q, k_all, v_all, offsets)).out.data);
}

TEST(AttentionTest, PackedAndStridedEqualSeparate) {
  const Tensor qkv = Random({30, 3, 4, 16}, 7);
  const std::vector<int32_t> offsets = {0, 11, 30};
  AttentionProblem packed;
  packed.q = ViewOfPacked(qkv, 0);
  packed.k = ViewOfPacked(qkv, 1);
  packed.v = ViewOfPacked(qkv, 2);
  packed.offsets = offsets;
  packed.max_seqlen = 30;
  packed.scale = 0.25;
  std::vector<Tensor> parts;
  for (int64_t part = 0; part < 3; ++part) {
    parts.push_back(MakeTensor("x", DType::kF32, {30, 4, 16}));
    for (int64_t row = 0; row < 30; ++row) {
      for (int64_t i = 0; i < 64; ++i) parts.back().Set(row * 64 + i, qkv.Get((row * 3 + part) * 64 + i));
    }
  }
  EXPECT_EQ(ReferenceAttention(packed).out.data,
            ReferenceAttention(ProblemOf(parts[0], parts[1], parts[2], offsets)).out.data);
}

TEST(AttentionTest, TwoRowsByHand) {
  // Scores of row 0: 0 and 2; of row 1: 0 and 1.
  Tensor q = Constant({2, 1, 16}, 0);
  Tensor k = Constant({2, 1, 16}, 0);
  Tensor v = Constant({2, 1, 16}, 0);
  q.Set(0, 8);
  q.Set(16, 4);
  k.Set(16, 1);
  v.Set(16, 1);
  const std::vector<int32_t> offsets = {0, 2};
  const AttentionResult result = ReferenceAttention(ProblemOf(q, k, v, offsets));
  EXPECT_NEAR(At(result.out, 0, 0, 0), std::exp(2.0) / (1 + std::exp(2.0)), 1e-15);
  EXPECT_NEAR(At(result.out, 1, 0, 0), std::exp(1.0) / (1 + std::exp(1.0)), 1e-15);
}

TEST(AttentionTest, LargeScoresDoNotOverflow) {
  const Tensor q = Constant({3, 1, 16}, 1e4);
  const Tensor v = Random({3, 1, 16}, 3);
  const std::vector<int32_t> offsets = {0, 3};
  const AttentionResult result = ReferenceAttention(ProblemOf(q, q, v, offsets));
  for (int64_t i = 0; i < result.out.NumElements(); ++i) EXPECT_TRUE(std::isfinite(result.out.Get(i)));
}

TEST(AttentionTest, EmptySequencesAndRowsOfNoSequence) {
  const Tensor x = Random({6, 1, 16}, 1);
  const std::vector<int32_t> offsets = {1, 1, 4, 4};
  const AttentionResult result = ReferenceAttention(ProblemOf(x, x, x, offsets));
  using enum RowState;
  EXPECT_EQ(result.rows, (std::vector<RowState>{kUntouched, kWritten, kWritten, kWritten, kUntouched, kUntouched}));
  EXPECT_TRUE(std::isnan(result.out.Get(0)));
  EXPECT_FALSE(std::isnan(result.out.Get(16)));
}

TEST(AttentionTest, LongSequencesAreCutToTheCapacity) {
  const Tensor x = Random({10, 1, 16}, 1);
  const std::vector<int32_t> offsets = {0, 7, 10};
  AttentionProblem problem = ProblemOf(x, x, x, offsets);
  problem.max_seqlen = 5;
  const AttentionResult cut = ReferenceAttention(problem);
  EXPECT_EQ(cut.clamped_sequences, 1);
  EXPECT_EQ(cut.rows[4], RowState::kWritten);
  EXPECT_EQ(cut.rows[5], RowState::kUntouched);
  EXPECT_EQ(cut.rows[7], RowState::kWritten);
  const std::vector<int32_t> short_offsets = {0, 5};
  const AttentionResult exact = ReferenceAttention(ProblemOf(x, x, x, short_offsets));
  for (int64_t i = 0; i < 5 * 16; ++i) EXPECT_EQ(cut.out.Get(i), exact.out.Get(i));
}

TEST(AttentionTest, ThreadsDoNotChangeTheResult) {
  const Tensor x = Random({300, 2, 16}, 1);
  const std::vector<int32_t> offsets = {0, 130, 300};
  const AttentionProblem problem = ProblemOf(x, x, x, offsets);
  EXPECT_EQ(ReferenceAttention(problem, 1).out.data, ReferenceAttention(problem, 7).out.data);
}

TEST(AttentionTest, EveryElementTypeIsRead) {
  const Tensor x = Random({6, 1, 16}, 1);
  const std::vector<int32_t> offsets = {0, 6};
  const Tensor bf16 = ConvertTensor(x, DType::kBf16);
  const Tensor widened = ConvertTensor(bf16, DType::kF32);
  EXPECT_EQ(ReferenceAttention(ProblemOf(bf16, bf16, bf16, offsets)).out.data,
            ReferenceAttention(ProblemOf(widened, widened, widened, offsets)).out.data);
  const Tensor f16 = ConvertTensor(x, DType::kF16);
  const Tensor widened16 = ConvertTensor(f16, DType::kF64);
  EXPECT_EQ(ReferenceAttention(ProblemOf(f16, f16, f16, offsets)).out.data,
            ReferenceAttention(ProblemOf(widened16, widened16, widened16, offsets)).out.data);
}

}  // namespace
}  // namespace raggedc
