#include "runtime/inputs.h"

#include <gtest/gtest.h>

#include <cmath>

#include "runtime/testing.h"

namespace raggedc {
namespace {

using Lengths = std::vector<int64_t>;

TEST(InputsTest, ParsesLengths) {
  EXPECT_EQ(*ParseLengths("197,40, 0"), (Lengths{197, 40, 0}));
  ExpectInvalid(ParseLengths("").status(), "expected lengths such as 197,40,0, got nothing");
  ExpectInvalid(ParseLengths("1,,2").status(), "expected lengths to be integers in 0..2147483647, got ''");
  ExpectInvalid(ParseLengths("1,-2").status(), "expected lengths to be integers in 0..2147483647, got '-2'");
  ExpectInvalid(ParseLengths("1;2").status(), "expected lengths to be integers in 0..2147483647, got '1;2'");
}

TEST(InputsTest, RandomLengthsStayInRange) {
  const Lengths lengths = RandomLengths(1000, 3, 9, 1);
  EXPECT_EQ(*std::min_element(lengths.begin(), lengths.end()), 3);
  EXPECT_EQ(*std::max_element(lengths.begin(), lengths.end()), 9);
  EXPECT_EQ(lengths, RandomLengths(1000, 3, 9, 1));
  EXPECT_NE(lengths, RandomLengths(1000, 3, 9, 2));
}

TEST(InputsTest, NumbersAreNearlyNormal) {
  const Program program = ProgramFromSpec(*ParseSpec("f32,heads=8,dim=64,max_seqlen=512"));
  const std::vector<Tensor> inputs = *GenerateInputs(program, Lengths{512}, 5);
  const Tensor& q = inputs[0];
  double sum = 0;
  double squares = 0;
  for (int64_t i = 0; i < q.NumElements(); ++i) {
    sum += q.Get(i);
    squares += q.Get(i) * q.Get(i);
  }
  const auto count = static_cast<double>(q.NumElements());
  EXPECT_NEAR(sum / count, 0, 0.01);
  EXPECT_NEAR(squares / count, 1, 0.01);
  EXPECT_NE(q.data, inputs[1].data);  // q and k differ
}

TEST(InputsTest, SeedsDecideEverything) {
  const Program program = ProgramFromSpec(*ParseSpec("bf16,heads=2,dim=16,max_seqlen=8"));
  EXPECT_EQ(GenerateInputs(program, Lengths{3, 4}, 9)->at(0).data,
            GenerateInputs(program, Lengths{3, 4}, 9)->at(0).data);
  EXPECT_NE(GenerateInputs(program, Lengths{3, 4}, 9)->at(0).data,
            GenerateInputs(program, Lengths{3, 4}, 8)->at(0).data);
  // The same on every machine.
  EXPECT_FLOAT_EQ(static_cast<float>(GenerateInputs(program, Lengths{3, 4}, 9)->at(0).Get(0)), -0.16308594f);
}

TEST(InputsTest, MasksKeepTheLengths) {
  Program program;
  program.inputs = {{"x", DType::kBf16, {kDynamic, 20, 8}}, {"keep", DType::kBool, {kDynamic, 20}}};
  program.steps = {PackStep{"x", "keep", "rows", "offsets", "indices"}};
  const Lengths lengths = {20, 0, 7};
  const std::vector<Tensor> inputs = *GenerateInputs(program, lengths, 3);
  EXPECT_EQ(inputs[0].shape, (Lengths{3, 20, 8}));
  for (size_t b = 0; b < lengths.size(); ++b) {
    const auto row = inputs[1].data.begin() + static_cast<int64_t>(b) * 20;
    EXPECT_EQ(std::count(row, row + 20, 1), lengths[b]);
  }
  ExpectInvalid(GenerateInputs(program, Lengths{21}, 3).status(),
                "expected lengths of at most 20, the positions of 'keep', got 21 at position 0");
}

TEST(InputsTest, IndicesRise) {
  Program program;
  program.inputs = {
      {"rows", DType::kF32, {kDynamic, 2}}, {"indices", DType::kI32, {kDynamic}}, {"offsets", DType::kI32, {kDynamic}}};
  program.steps = {UnpackStep{"rows", "indices", "offsets", "out", 9, 0}};
  program.outputs = {{"out", DType::kF32, {kDynamic, 9, 2}}};
  const std::vector<Tensor> inputs = *GenerateInputs(program, Lengths{9, 0, 4}, 3);
  RAGGEDC_ASSERT_OK(RunProgram(program, inputs).status());  // which checks them
}

TEST(InputsTest, InputsNobodyUses) {
  Program program;
  program.inputs = {{"x", DType::kF32, {kDynamic, 2}}};
  ExpectInvalid(GenerateInputs(program, Lengths{1}, 0).status(),
                "expected every input to be used by an operation, got 'x', which is not; give it with --inputs");
}

TEST(InputsTest, FixedShapesMustFit) {
  Program program = ProgramFromSpec(*ParseSpec("bf16,heads=2,dim=16,max_seqlen=8"));
  program.inputs[0].shape[0] = 10;
  EXPECT_TRUE(GenerateInputs(program, Lengths{4, 6}, 0).ok());
  ExpectInvalid(GenerateInputs(program, Lengths{4}, 0).status(),
                "expected 'q' to have 4 as its first dimension and fixed others, got [10, 2, 16]");
}

TEST(InputsTest, MoreThanTheMachineHoldsIsRefusedBeforeItIsMade) {
  const Result<Spec> spec = ParseSpec("f32,heads=12,dim=256,max_seqlen=9");
  ASSERT_TRUE(spec.ok());
  const Status status = GenerateInputs(ProgramFromSpec(*spec), std::vector<int64_t>{2147483647}, 1).status();
  EXPECT_EQ(status.code(), StatusCode::kEnvironment);
  EXPECT_TRUE(status.message().starts_with("expected all inputs to fit a quarter of this machine's memory, of which "))
      << status.message();
  EXPECT_TRUE(status.message().ends_with(" bytes are left, got 'q' of f32 [2147483647, 12, 256]")) << status.message();
}

}  // namespace
}  // namespace raggedc
