#include "runtime/reference/program.h"

#include <gtest/gtest.h>

#include <cmath>

#include "runtime/inputs.h"
#include "runtime/strings.h"
#include "runtime/testing.h"

namespace raggedc {
namespace {

using enum RowState;

Program PackUnpack(DType dtype) {
  Program program;
  program.name = "round_trip";
  program.inputs = {{"x", dtype, {kDynamic, 5, 3}}, {"keep", DType::kBool, {kDynamic, 5}}};
  program.steps = {PackStep{"x", "keep", "rows", "offsets", "indices"},
                   UnpackStep{"rows", "indices", "offsets", "back", 5, -1.0}};
  program.outputs = {{"rows", dtype, {kDynamic, 3}},
                     {"offsets", DType::kI32, {kDynamic}},
                     {"indices", DType::kI32, {kDynamic}},
                     {"back", dtype, {kDynamic, 5, 3}}};
  return program;
}

Program PackAttentionUnpack() {
  Program program;
  program.inputs = {{"x", DType::kF16, {kDynamic, 8, 2, 16}}, {"keep", DType::kBool, {kDynamic, 8}}};
  AttentionStep attention;
  attention.q = attention.k = attention.v = "rows";
  attention.offsets = "offsets";
  attention.out = "mixed";
  attention.max_seqlen = 8;
  attention.scale = 0.25;
  program.steps = {PackStep{"x", "keep", "rows", "offsets", "indices"}, attention,
                   UnpackStep{"mixed", "indices", "offsets", "out", 8, 0}};
  program.outputs = {{"out", DType::kF16, {kDynamic, 8, 2, 16}}};
  return program;
}

TEST(ProgramTest, PackKeepsWhatTheMaskKeeps) {
  Tensor x = MakeTensor("x", DType::kF32, {2, 5, 3});
  for (int64_t i = 0; i < x.NumElements(); ++i) x.Set(i, static_cast<double>(i));
  Tensor keep = MakeTensor("keep", DType::kBool, {2, 5});
  for (const int64_t kept : {1, 4, 5, 7})
    keep.data[static_cast<size_t>(kept)] = static_cast<uint8_t>(kept * 50);  // any nonzero byte
  const Result<ReferenceResult> result = RunProgram(PackUnpack(DType::kF32), std::vector<Tensor>{x, keep});
  ASSERT_TRUE(result.ok()) << result.status().message();
  const ReferenceValue& rows = *result->Find("rows");
  EXPECT_EQ(rows.tensor.shape, (std::vector<int64_t>{10, 3}));
  EXPECT_EQ(rows.tensor.Get(0), 3);
  EXPECT_EQ(rows.tensor.Get(3 * 3 + 2), 7 * 3 + 2);
  EXPECT_EQ(rows.rows[3], kWritten);
  EXPECT_EQ(rows.rows[4], kUnspecified);
  const ReferenceValue& offsets = *result->Find("offsets");
  EXPECT_EQ(offsets.tensor.dtype, DType::kI32);
  EXPECT_EQ(offsets.tensor.Get(1), 2);
  EXPECT_EQ(offsets.tensor.Get(2), 4);
  const ReferenceValue& indices = *result->Find("indices");
  EXPECT_EQ(indices.tensor.Get(1), 4);
  EXPECT_EQ(indices.tensor.Get(2), 5);
  EXPECT_EQ(indices.rows[4], kUnspecified);
  const ReferenceValue& back = *result->Find("back");
  for (int64_t place = 0; place < 10; ++place) {
    const bool kept = keep.data[static_cast<size_t>(place)] != 0;
    EXPECT_EQ(back.tensor.Get(place * 3 + 1), kept ? x.Get(place * 3 + 1) : -1.0);
  }
}

TEST(ProgramTest, PackAttentionUnpackRuns) {
  const Program program = PackAttentionUnpack();
  const std::vector<Tensor> inputs = *GenerateInputs(program, std::vector<int64_t>{3, 0, 8, 1}, 1);
  const Result<ReferenceResult> result = RunProgram(program, inputs);
  ASSERT_TRUE(result.ok()) << result.status().message();
  const ReferenceValue& out = *result->Find("out");
  EXPECT_EQ(out.tensor.dtype, DType::kF64);
  const Tensor& keep = *FindTensor(inputs, "keep");
  for (int64_t place = 0; place < 32; ++place) {
    EXPECT_EQ(out.tensor.Get(place * 32) != 0, keep.Get(place) != 0) << place;
  }
  // The sequence of one token attends to itself.
  for (int64_t place = 24; place < 32; ++place) {
    if (keep.Get(place) != 0) EXPECT_EQ(out.tensor.Get(place * 32 + 5), FindTensor(inputs, "x")->Get(place * 32 + 5));
  }
}

TEST(ProgramTest, RowsBeyondTheCapacityAreUnspecifiedDownstream) {
  Program program = PackAttentionUnpack();
  std::get<AttentionStep>(program.steps[1]).max_seqlen = 2;
  const std::vector<Tensor> inputs = *GenerateInputs(program, std::vector<int64_t>{3, 2}, 1);
  const Result<ReferenceResult> result = RunProgram(program, inputs);
  ASSERT_TRUE(result.ok()) << result.status().message();
  EXPECT_EQ(result->clamped_sequences, 1);
  const ReferenceValue& out = *result->Find("out");
  EXPECT_EQ(std::count(out.rows.begin(), out.rows.end(), kUnspecified), 1);
}

TEST(ProgramTest, SpecsBecomePrograms) {
  for (const char* text : {"bf16,heads=4,kv_heads=2,dim=16,dim_v=24,max_seqlen=9,causal",
                           "f16,heads=2,dim=16,max_seqlen=9,packed", "f32,heads=1,dim=16,max_seqlen=3"}) {
    const Program program = ProgramFromSpec(*ParseSpec(text));
    const std::vector<Tensor> inputs = *GenerateInputs(program, std::vector<int64_t>{2, 0, 3}, 1);
    const Result<ReferenceResult> result = RunProgram(program, inputs);
    ASSERT_TRUE(result.ok()) << text << ": " << result.status().message();
    ASSERT_EQ(result->outputs.size(), 1u);
    EXPECT_EQ(result->outputs[0].tensor.name, "out");
    EXPECT_EQ(result->outputs[0].tensor.shape[0], 5);
  }
}

TEST(ProgramTest, RoundingMarksRowsThatAreNotWritten) {
  ReferenceValue value{MakeTensor("out", DType::kF64, {2, 2}), {kWritten, kUntouched}};
  value.tensor.Set(0, 1.0 / 3);
  const Tensor rounded = RoundReference(value, DType::kBf16);
  EXPECT_EQ(rounded.Get(0), 0.333984375);
  EXPECT_EQ(rounded.As<uint16_t>()[2], 0xffff);
  EXPECT_EQ(rounded.As<uint16_t>()[3], 0xffff);
}

TEST(ProgramTest, InputsAreChecked) {
  const Program program = ProgramFromSpec(*ParseSpec("bf16,heads=2,dim=16,max_seqlen=9"));
  const std::vector<Tensor> good = *GenerateInputs(program, std::vector<int64_t>{4}, 1);
  const auto expect = [&](size_t index, const Tensor& replacement, const std::string& message) {
    std::vector<Tensor> inputs = good;
    inputs[index] = replacement;
    ExpectInvalid(RunProgram(program, inputs).status(), message);
  };
  expect(0, MakeTensor("q", DType::kF16, {4, 2, 16}), "expected 'q' to be bf16 [?, 2, 16], got f16 [4, 2, 16]");
  expect(0, MakeTensor("q", DType::kBf16, {4, 2, 8}), "expected 'q' to be bf16 [?, 2, 16], got bf16 [4, 2, 8]");
  expect(1, MakeTensor("k", DType::kBf16, {3, 2, 16}), "expected 'k' to be [4, 2, 16], got [3, 2, 16]");
  expect(1, MakeTensor("kk", DType::kBf16, {4, 2, 16}),
         "expected a tensor 'k', got q, kk, v, offsets (did you mean 'kk'?)");
  expect(3, MakeI32Tensor("offsets", std::vector<int32_t>{0, 5}),
         "'offsets': expected offsets of at most 4, the number of rows, got offsets[1] = 5");
  expect(3, MakeI32Tensor("offsets", std::vector<int32_t>{0, 3, 1}),
         "'offsets': expected offsets to never decrease, got offsets[2] = 1 after offsets[1] = 3");
  std::vector<Tensor> missing = good;
  missing.pop_back();
  ExpectInvalid(RunProgram(program, missing).status(), "expected a tensor 'offsets', got q, k, v");
}

TEST(ProgramTest, ProgramsAreChecked) {
  Program program = ProgramFromSpec(*ParseSpec("bf16,heads=2,dim=16,max_seqlen=9"));
  const std::vector<Tensor> inputs = *GenerateInputs(program, std::vector<int64_t>{4}, 1);
  program.outputs[0].name = "nothing";
  ExpectInvalid(RunProgram(program, inputs).status(), "expected a value 'nothing', got none of that name");
  program.outputs[0].name = "out";
  std::get<AttentionStep>(program.steps[0]).out = "q";
  ExpectInvalid(RunProgram(program, inputs).status(), "expected distinct value names, got 'q' twice");
  std::get<AttentionStep>(program.steps[0]).max_seqlen = 0;
  ExpectInvalid(RunProgram(program, inputs).status(), "expected max_seqlen to be at least 1, got 0");
}

TEST(ProgramTest, UnpackChecksItsIndices) {
  Program program;
  program.inputs = {
      {"rows", DType::kF32, {kDynamic, 2}}, {"indices", DType::kI32, {kDynamic}}, {"offsets", DType::kI32, {kDynamic}}};
  program.steps = {UnpackStep{"rows", "indices", "offsets", "out", 4, 0}};
  program.outputs = {{"out", DType::kF32, {kDynamic, 4, 2}}};
  const auto run = [&](std::vector<int32_t> indices, std::vector<int32_t> offsets) {
    return RunProgram(program,
                      std::vector<Tensor>{MakeTensor("rows", DType::kF32, {3, 2}), MakeI32Tensor("indices", indices),
                                          MakeI32Tensor("offsets", offsets)})
        .status();
  };
  RAGGEDC_ASSERT_OK(run({0, 3, 5}, {0, 2, 3}));
  ExpectInvalid(run({0, 4, 5}, {0, 2, 3}), "'indices': expected the indices of sequence 0 in 0..3, got indices[1] = 4");
  ExpectInvalid(run({0}, {0, 2}), "'offsets': expected offsets of at most 1, the number of rows, got offsets[1] = 2");
}

TEST(ProgramTest, InputsMayBeOutputs) {
  Program program;
  program.inputs = {{"offsets", DType::kI32, {kDynamic}}};
  program.outputs = program.inputs;
  const Result<ReferenceResult> result =
      RunProgram(program, std::vector<Tensor>{MakeI32Tensor("offsets", std::vector<int32_t>{0, 2})});
  ASSERT_TRUE(result.ok()) << result.status().message();
  EXPECT_EQ(result->outputs[0].tensor.Get(1), 2);
}

}  // namespace
}  // namespace raggedc
