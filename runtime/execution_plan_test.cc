#include "runtime/execution_plan.h"

#include <gtest/gtest.h>

#include "runtime/testing.h"

namespace raggedc {
namespace {

constexpr char kAttention[] = R"({
  "raggedc_manifest": 1, "name": "f", "arch": "sm_80",
  "values": [
    {"name": "q", "role": "input", "dtype": "bf16", "shape": [{"value": "q", "dim": 0}, 2, 16], "strides": [96, 16, 1]},
    {"name": "k", "role": "input", "dtype": "bf16", "shape": [{"value": "q", "dim": 0}, 2, 16]},
    {"name": "v", "role": "input", "dtype": "bf16", "shape": [{"value": "q", "dim": 0}, 2, 16]},
    {"name": "cu", "role": "input", "dtype": "i32", "shape": [{"value": "cu", "dim": 0}]},
    {"name": "out", "role": "output", "dtype": "bf16", "shape": [{"value": "q", "dim": 0}, 2, 16]}],
  "kernels": [
    {"symbol": "f_attention", "op": "attention", "params": ["q", "k", "v", "offsets", "out"], "block": [128, 1, 1],
     "shared_bytes": 0, "spec": {"max_seqlen": 6}}],
  "launches": [
    {"kernel": "f_attention", "args": ["q", "k", "v", "cu", "out"],
     "grid": [{"value": "cu", "dim": 0, "add": -1, "mul": 2}, 1, 1]}]})";

constexpr char kUnpack[] = R"({
  "raggedc_manifest": 1, "name": "u", "arch": "sm_80",
  "values": [
    {"name": "rows", "role": "input", "dtype": "f32", "shape": [{"value": "rows", "dim": 0}, 8]},
    {"name": "indices", "role": "input", "dtype": "i32", "shape": [{"value": "indices", "dim": 0}]},
    {"name": "offsets", "role": "input", "dtype": "i32", "shape": [{"value": "offsets", "dim": 0}]},
    {"name": "mask", "role": "input", "dtype": "i1", "shape": [4]},
    {"name": "out", "role": "output", "dtype": "f32", "shape": [{"value": "offsets", "dim": 0, "add": -1}, 5, 8]}],
  "kernels": [
    {"symbol": "u_unpack", "op": "unpack", "params": ["rows", "indices", "offsets", "out"], "block": [128, 1, 1],
     "shared_bytes": 0}],
  "launches": [
    {"kernel": "u_unpack", "args": ["rows", "indices", "offsets", "out"],
     "grid": [{"value": "out", "dim": 0, "mul": 5}, 1, 1]}]})";

std::vector<Tensor> AttentionInputs(int64_t rows, std::vector<int32_t> offsets) {
  std::vector<Tensor> inputs;
  for (const char* name : {"q", "k", "v"}) inputs.push_back(MakeTensor(name, DType::kBf16, {rows, 2, 16}));
  inputs.push_back(MakeI32Tensor("cu", offsets));
  return inputs;
}

std::vector<Tensor> UnpackInputs(std::vector<int32_t> indices, std::vector<int32_t> offsets) {
  return {MakeTensor("rows", DType::kF32, {4, 8}), MakeI32Tensor("indices", indices), MakeI32Tensor("offsets", offsets),
          MakeTensor("mask", DType::kU8, {4})};
}

TEST(ExecutionPlanTest, ShapesBuffersAndGrids) {
  const Manifest manifest = *ParseManifest(kAttention);
  const std::vector<Tensor> inputs = AttentionInputs(10, {0, 4, 4, 10});
  const Result<ExecutionPlan> plan = PlanExecution(manifest, inputs);
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  ASSERT_EQ(plan->values.size(), 5u);
  EXPECT_EQ(plan->values[0].bytes, (9 * 96 + 32) * 2);
  EXPECT_EQ(plan->values[1].bytes, 10 * 32 * 2);
  EXPECT_EQ(plan->values[4].shape, (std::vector<int64_t>{10, 2, 16}));
  EXPECT_EQ(plan->values[4].input, nullptr);
  EXPECT_EQ(plan->values[3].input, &inputs[3]);
  ASSERT_EQ(plan->launches.size(), 1u);
  EXPECT_EQ(plan->launches[0].args, (std::vector<size_t>{0, 1, 2, 3, 4}));
  EXPECT_EQ(plan->launches[0].grid, (std::array<int64_t, 3>{6, 1, 1}));
  EXPECT_TRUE(plan->notes.empty());
}

// Blocks that stay: at most so many a multiprocessor, and told how much there is to do.
TEST(ExecutionPlanTest, ResidentBlocksDivideTheWork) {
  Manifest manifest = *ParseManifest(kAttention);
  const std::vector<Tensor> inputs = AttentionInputs(10, {0, 4, 4, 10});
  EXPECT_EQ(PlanExecution(manifest, inputs)->launches[0].GridOn(2), (std::array<int64_t, 3>{6, 1, 1}));
  manifest.kernels[0].params.push_back("batch");
  manifest.launches[0].scalars = {{"cu", 0, -1, 1, 0}};
  manifest.launches[0].blocks_per_multiprocessor = 2;
  const Result<ExecutionPlan> plan = PlanExecution(manifest, inputs);
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  const PlannedLaunch& launch = plan->launches[0];
  EXPECT_EQ(launch.scalars, (std::vector<int32_t>{3}));
  EXPECT_EQ(launch.grid, (std::array<int64_t, 3>{6, 1, 1}));
  EXPECT_EQ(launch.GridOn(2), (std::array<int64_t, 3>{4, 1, 1}));
  EXPECT_EQ(launch.GridOn(132), (std::array<int64_t, 3>{6, 1, 1}));
}

// The numbers are those of the driver's enums.
TEST(ExecutionPlanTest, TensorMapsOfTheirValues) {
  Manifest manifest = *ParseManifest(kAttention);
  manifest.launches[0].tensor_maps = {{"v", {96, int64_t{1} << 32}, {192}, {48, 16}, 128},
                                      {"q", {16, 2147483647}, {64}, {8, 8}, 0}};
  const std::vector<Tensor> inputs = AttentionInputs(10, {0, 4, 4, 10});
  const Result<ExecutionPlan> plan = PlanExecution(manifest, inputs);
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  const std::vector<PlannedTensorMap>& maps = plan->launches[0].tensor_maps;
  ASSERT_EQ(maps.size(), 2u);
  EXPECT_EQ(plan->values[maps[0].value].name, "v");
  EXPECT_EQ(plan->values[maps[1].value].name, "q");
  EXPECT_EQ(maps[0].shape.rank, 2u);
  EXPECT_EQ(maps[0].shape.sizes, (std::array<uint64_t, 5>{96, uint64_t{1} << 32}));
  EXPECT_EQ(maps[0].shape.strides, (std::array<uint64_t, 4>{192}));
  EXPECT_EQ(maps[0].shape.box, (std::array<uint32_t, 5>{48, 16}));
  EXPECT_EQ(maps[0].shape.element_strides, (std::array<uint32_t, 5>{1, 1, 1, 1, 1}));
  EXPECT_EQ(maps[0].shape.type, 9);  // CU_TENSOR_MAP_DATA_TYPE_BFLOAT16
  ManifestTensorMap map = manifest.launches[0].tensor_maps[0];
  EXPECT_EQ(ShapeOf(map, DType::kF16).type, 6);
  EXPECT_EQ(ShapeOf(map, DType::kF32).type, 7);
  for (const auto& [bytes, number] : {std::pair{0, 0}, {32, 1}, {64, 2}, {128, 3}}) {
    map.swizzle = bytes;
    EXPECT_EQ(ShapeOf(map, DType::kF16).swizzle, number);
  }
}

TEST(ExecutionPlanTest, EmptyBatchHasNothingToLaunch) {
  const Manifest manifest = *ParseManifest(kAttention);
  const std::vector<Tensor> inputs = AttentionInputs(0, {0});
  const Result<ExecutionPlan> plan = PlanExecution(manifest, inputs);
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  EXPECT_EQ(plan->launches[0].grid[0], 0);
  EXPECT_EQ(plan->values[0].bytes, 0);
}

TEST(ExecutionPlanTest, LengthsAboveTheCapacityAreNoted) {
  const Manifest manifest = *ParseManifest(kAttention);
  const std::vector<Tensor> inputs = AttentionInputs(20, {0, 6, 13, 20});
  const Result<ExecutionPlan> plan = PlanExecution(manifest, inputs);
  ASSERT_TRUE(plan.ok()) << plan.status().message();
  ASSERT_EQ(plan->notes.size(), 1u);
  EXPECT_EQ(
      plan->notes[0],
      "2 of 3 sequences are longer than the capacity 6 of f_attention (first: sequence 1 with 7 rows); rows beyond "
      "it are not written");
}

TEST(ExecutionPlanTest, OffsetsAreCheckedUnderTheirName) {
  const Manifest manifest = *ParseManifest(kAttention);
  const auto expect = [&](std::vector<int32_t> offsets, const std::string& message) {
    ExpectInvalid(PlanExecution(manifest, AttentionInputs(10, std::move(offsets))).status(), message);
  };
  expect({0, 4, 3}, "'cu': expected offsets to never decrease, got offsets[2] = 3 after offsets[1] = 4");
  expect({0, 4, 11}, "'cu': expected offsets of at most 10, the number of rows, got offsets[2] = 11");
  expect({-2, 4}, "'cu': expected offsets[0] to be at least 0, got -2");
  ExpectInvalid(PlanExecution(manifest, AttentionInputs(10, {})).status(),
                "expected a grid of 0 to 2147483647 blocks in dimension 0 for f_attention, got -2");
}

TEST(ExecutionPlanTest, InputsThatDoNotFit) {
  const Manifest manifest = *ParseManifest(kAttention);
  const auto expect = [&](const std::vector<Tensor>& inputs, const std::string& message) {
    ExpectInvalid(PlanExecution(manifest, inputs).status(), message);
  };
  std::vector<Tensor> inputs = AttentionInputs(10, {0, 10});
  inputs[1] = MakeTensor("k", DType::kF16, {10, 2, 16});
  expect(inputs, "expected 'k' to be bf16, got f16");
  inputs[1] = MakeTensor("k", DType::kBf16, {10, 2, 24});
  expect(inputs, "expected 'k' to be [10, 2, 16], got [10, 2, 24]");
  inputs[1].name = "key";
  expect(inputs, "expected a tensor 'k', got q, key, v, cu");
  inputs[1].name = "q";
  inputs[1].shape = {10, 2, 16};
  expect(inputs, "expected one tensor 'q', got two");
  ExpectInvalid(PlanExecution(manifest, {}).status(), "expected a tensor 'q', got none");
}

TEST(ExecutionPlanTest, OtherTensorsAreIgnored) {
  const Manifest manifest = *ParseManifest(kAttention);
  std::vector<Tensor> inputs = AttentionInputs(10, {0, 10});
  inputs.push_back(MakeTensor("out", DType::kF32, {1}));
  EXPECT_TRUE(PlanExecution(manifest, inputs).ok());
}

TEST(ExecutionPlanTest, IndicesAreChecked) {
  const Manifest manifest = *ParseManifest(kUnpack);
  EXPECT_TRUE(PlanExecution(manifest, UnpackInputs({0, 4, 5}, {0, 2, 3})).ok());
  ExpectInvalid(PlanExecution(manifest, UnpackInputs({0, 5, 5}, {0, 2, 3})).status(),
                "'indices': expected the indices of sequence 0 in 0..4, got indices[1] = 5");
  ExpectInvalid(PlanExecution(manifest, UnpackInputs({0}, {0, 2, 3})).status(),
                "expected 'indices' to have at least 3 elements, got 1");
  ExpectInvalid(PlanExecution(manifest, UnpackInputs({0, 1, 5}, {0, 2, 5})).status(),
                "'offsets': expected offsets of at most 4, the number of rows, got offsets[2] = 5");
}

}  // namespace
}  // namespace raggedc
