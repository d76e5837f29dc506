#include "runtime/manifest.h"

#include <gtest/gtest.h>

#include "runtime/json.h"
#include "runtime/strings.h"
#include "runtime/testing.h"

namespace raggedc {
namespace {

Json Attention() {
  return Json::parse(R"({
    "raggedc_manifest": 1, "name": "deit", "arch": "sm_90a",
    "values": [
      {"name": "q", "role": "input", "dtype": "bf16", "shape": [{"value": "q", "dim": 0}, 12, 64], "strides": [2304, 64, 1]},
      {"name": "k", "role": "input", "dtype": "bf16", "shape": [{"value": "q", "dim": 0}, 12, 64]},
      {"name": "offsets", "role": "input", "dtype": "i32", "shape": [{"value": "offsets", "dim": 0}]},
      {"name": "out", "role": "output", "dtype": "bf16", "shape": [{"value": "q", "dim": 0}, 12, 64]}],
    "kernels": [
      {"symbol": "deit_attention", "op": "attention", "params": ["q", "k", "offsets", "out"], "block": [128, 1, 1],
       "shared_bytes": 61440, "min_blocks_per_sm": 3, "status_symbol": "ragged_status", "allow_spills": false,
       "spec": {"max_seqlen": 197}, "schedule": {"family": "single", "reason": "short rows"}}],
    "launches": [
      {"kernel": "deit_attention", "args": ["q", "k", "offsets", "out"],
       "grid": [{"value": "offsets", "dim": 0, "add": -1, "mul": 12}, 1, 1]}]})");
}

void ExpectError(const Json& json, const std::string& message) {
  ExpectInvalid(ParseManifest(json.dump()).status(), "manifest: " + message);
}

TEST(ManifestTest, ReadsEveryField) {
  const Result<Manifest> manifest = ParseManifest(Attention().dump());
  ASSERT_TRUE(manifest.ok()) << manifest.status().message();
  EXPECT_EQ(manifest->name, "deit");
  EXPECT_EQ(manifest->arch, "sm_90a");
  ASSERT_EQ(manifest->values.size(), 4u);
  EXPECT_EQ(manifest->values[0].strides, (std::vector<int64_t>{2304, 64, 1}));
  EXPECT_TRUE(manifest->values[1].strides.empty());
  EXPECT_EQ(manifest->FindValue("out")->role, ValueRole::kOutput);
  EXPECT_EQ(manifest->FindValue("nothing"), nullptr);
  const ManifestKernel* kernel = manifest->FindKernel("deit_attention");
  ASSERT_NE(kernel, nullptr);
  EXPECT_EQ(kernel->op, "attention");
  EXPECT_EQ(kernel->block, (std::array<int64_t, 3>{128, 1, 1}));
  EXPECT_EQ(kernel->shared_bytes, 61440);
  EXPECT_EQ(kernel->min_blocks_per_sm, 3);
  EXPECT_EQ(kernel->status_symbol, "ragged_status");
  EXPECT_EQ(kernel->capacity, 197);
  EXPECT_EQ(kernel->family, "single");
  EXPECT_EQ(kernel->reason, "short rows");
  EXPECT_EQ(kernel->spec_json, R"({"max_seqlen":197})");
  EXPECT_EQ(manifest->launches[0].grid[0],
            (ManifestDim{.value = "offsets", .dim = 0, .add = -1, .mul = 12, .constant = 0}));
}

TEST(ManifestTest, ShapesFollowTheInputs) {
  const Manifest manifest = *ParseManifest(Attention().dump());
  const ShapeMap inputs = {{"q", {352, 12, 64}}, {"k", {352, 12, 64}}, {"offsets", {9}}};
  const Result<ShapeMap> shapes = EvaluateShapes(manifest, inputs);
  ASSERT_TRUE(shapes.ok()) << shapes.status().message();
  EXPECT_EQ(shapes->find("out")->second, (std::vector<int64_t>{352, 12, 64}));
  EXPECT_EQ(EvaluateDim(manifest.launches[0].grid[0], *shapes), 96);
  EXPECT_EQ(EvaluateDim(manifest.launches[0].grid[1], *shapes), 1);
}

TEST(ManifestTest, ShapesThatDoNotFit) {
  const Manifest manifest = *ParseManifest(Attention().dump());
  const auto expect = [&](const ShapeMap& inputs, const std::string& message) {
    ExpectInvalid(EvaluateShapes(manifest, inputs).status(), message);
  };
  expect({{"q", {352, 12, 64}}, {"offsets", {9}}}, "expected an input 'k', got none");
  expect({{"q", {352, 12, 64}}, {"k", {351, 12, 64}}, {"offsets", {9}}},
         "expected 'k' to be [352, 12, 64], got [351, 12, 64]");
  expect({{"q", {352, 12, 32}}, {"k", {352, 12, 64}}, {"offsets", {9}}},
         "expected 'q' to be [352, 12, 64], got [352, 12, 32]");
  expect({{"q", {352, 768}}, {"k", {352, 12, 64}}, {"offsets", {9}}},
         "expected 'q' to have 3 dimensions, got [352, 768]");
  expect({{"q", {-1, 12, 64}}, {"k", {352, 12, 64}}, {"offsets", {9}}},
         "expected dimensions of 'q' in 0..1099511627776, got [-1, 12, 64]");
}

TEST(ManifestTest, TemporariesMayFollowTemporaries) {
  Json json = Attention();
  json["values"].push_back(Json::parse(
      R"({"name": "t", "role": "temporary", "dtype": "f32", "shape": [{"value": "out", "dim": 0, "add": 1, "mul": 2}]})"));
  const Manifest manifest = *ParseManifest(json.dump());
  const ShapeMap inputs = {{"q", {10, 12, 64}}, {"k", {10, 12, 64}}, {"offsets", {2}}};
  EXPECT_EQ(EvaluateShapes(manifest, inputs)->find("t")->second, std::vector<int64_t>{22});
}

TEST(ManifestTest, NegativeDimensionsAreCaught) {
  Json json = Attention();
  json["values"][3]["shape"][0] = {{"value", "offsets"}, {"dim", 0}, {"add", -1}};
  const Manifest manifest = *ParseManifest(json.dump());
  const ShapeMap inputs = {{"q", {0, 12, 64}}, {"k", {0, 12, 64}}, {"offsets", {0}}};
  ExpectInvalid(EvaluateShapes(manifest, inputs).status(),
                "'out': expected dimensions of at least 0, got shape [-1, 12, 64]");
}

TEST(ManifestTest, DamagedText) {
  ExpectInvalid(ParseManifest("").status(), "manifest: expected valid JSON, got a syntax error at byte 0 near ''");
  ExpectError(Json::array(), "expected an object, got array");
  ExpectError(Json::object(), "expected a field 'raggedc_manifest' with an integer, got none");
}

TEST(ManifestTest, OtherVersion) {
  Json json = Attention();
  json["raggedc_manifest"] = 2;
  ExpectError(json, "expected 'raggedc_manifest' to be in 1..1, got 2");
}

// One damaged field each: where, the new value, the message.
TEST(ManifestTest, DamagedFields) {
  struct Case {
    const char* pointer;
    const char* value;  // as JSON
    const char* message;
  };
  const Case cases[] = {
      {"/name", "3", "expected 'name' to be a string, got number"},
      {"/name", R"("")", "expected 'name' to have text, got ''"},
      {"/values", R"("x")", "expected 'values' to be an array, got string"},
      {"/values/0", "1", "values[0]: expected an object, got number"},
      {"/values/0/role", R"("inout")", "values[0]: expected 'role' to be input, output or temporary, got 'inout'"},
      {"/values/0/dtype", R"("f8")", "values[0]: expected 'dtype' to be bf16, f16, f32, i32 or i1, got 'f8'"},
      {"/values/0/shape/1", "-1", "values[0]: expected 'shape' to be in 0..1099511627776, got -1"},
      {"/values/0/shape/1", R"("x")", "values[0]: expected 'shape' to be an integer, got string"},
      {"/values/0/shape/1", "18446744073709551615",
       "values[0]: expected 'shape' to be in 0..1099511627776, got 18446744073709551615"},
      {"/values/0/shape/0", "{}", "values[0]: 'shape': expected a field 'value' with a string, got none"},
      {"/values/0/shape/0/value", R"("z")",
       "q: expected a dimension of an input or of an earlier value, got one of 'z'"},
      {"/values/0/shape/0/value", R"("out")",
       "q: expected a dimension of an input or of an earlier value, got one of 'out'"},
      {"/values/0/shape/0/dim", "3", "q: expected a dimension below 3 of 'q', got 3"},
      {"/values/3/shape/0/value", R"("out")",
       "out: expected a dimension of an input or of an earlier value, got one of 'out'"},
      {"/values/0/strides", R"([1])", "values[0]: expected 3 strides, got 1"},
      {"/values/0/strides/0", "0", "values[0]: expected 'strides' to be in 1..1099511627776, got 0"},
      {"/values/1/name", R"("q")", "expected distinct value names, got 'q' twice"},
      {"/kernels/0/block", R"([1, 1])", "kernels[0]: expected 'block' to have 3 to 3 entries, got 2"},
      {"/kernels/0/block/1", "16", "kernels[0]: expected a block of at most 1024 threads, got 2048"},
      {"/kernels/0/shared_bytes", "-1", "kernels[0]: expected 'shared_bytes' to be in 0..1048576, got -1"},
      {"/kernels/0/programmatic_launch", "1",
       "kernels[0]: expected 'programmatic_launch' to be true or false, got number"},
      {"/kernels/0/allow_spills", "1", "kernels[0]: expected 'allow_spills' to be true or false, got number"},
      {"/kernels/0/params/0", "1", "kernels[0]: expected 'params' to be an array of strings, got number"},
      {"/kernels/0/spec", "1", "kernels[0].spec: expected an object, got number"},
      {"/kernels/0/spec/max_seqlen", "0", "kernels[0].spec: expected 'max_seqlen' to be in 1..1099511627776, got 0"},
      {"/kernels/0/schedule/family", "1", "kernels[0].schedule: expected 'family' to be a string, got number"},
      {"/kernels/0/symbol", R"("other")", "launches: expected a kernel of the manifest, got 'deit_attention'"},
      {"/launches/0/args", R"(["q"])", "launches: expected 4 args, scalars and tensor maps for deit_attention, got 1"},
      {"/launches/0/scalars", R"([3])", "launches: expected 4 args, scalars and tensor maps for deit_attention, got 5"},
      {"/launches/0/scalars", "3", "launches[0]: expected 'scalars' to be an array, got number"},
      {"/launches/0/blocks_per_multiprocessor", "65",
       "launches[0]: expected 'blocks_per_multiprocessor' to be in 0..64, got 65"},
      {"/launches/0/args/0", R"("z")", "launches: expected a value of the manifest, got 'z'"},
      {"/launches/0/grid/0/mul", "0", "launches[0]: 'grid': expected 'mul' to be in 1..1048576, got 0"},
      {"/launches/0/grid/0/value", R"("z")",
       "launches: expected a dimension of an input or of an earlier value, got one of 'z'"},
  };
  for (const Case& damaged : cases) {
    SCOPED_TRACE(damaged.pointer);
    Json json = Attention();
    json[Json::json_pointer(damaged.pointer)] = Json::parse(damaged.value);
    ExpectError(json, damaged.message);
  }
}

TEST(ManifestTest, EveryRequiredFieldIsMissed) {
  for (const char* pointer :
       {"/raggedc_manifest", "/name", "/arch", "/values", "/kernels", "/launches", "/values/0/name", "/values/0/role",
        "/values/0/dtype", "/values/0/shape", "/kernels/0/symbol", "/kernels/0/op", "/kernels/0/params",
        "/kernels/0/block", "/kernels/0/shared_bytes", "/launches/0/kernel", "/launches/0/args", "/launches/0/grid"}) {
    Json json = Attention();
    const Json::json_pointer path(pointer);
    json[path.parent_pointer()].erase(path.back());
    const Status status = ParseManifest(json.dump()).status();
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << pointer;
    EXPECT_NE(status.message().find("'" + path.back() + "' with "), std::string::npos) << status.message();
  }
}

Json WithTensorMap() {
  Json json = Attention();
  json["kernels"][0]["params"].push_back("q_map");
  json["launches"][0]["tensor_maps"] = Json::parse(
      R"([{"value": "q", "sizes": [768, 2147483647], "strides": [4608], "box": [64, 16], "swizzle": 128}])");
  return json;
}

TEST(ManifestTest, ReadsTensorMaps) {
  const Result<Manifest> manifest = ParseManifest(WithTensorMap().dump());
  ASSERT_TRUE(manifest.ok()) << manifest.status().message();
  EXPECT_EQ(manifest->launches[0].tensor_maps,
            (std::vector<ManifestTensorMap>{{"q", {768, 2147483647}, {4608}, {64, 16}, 128}}));
}

TEST(ManifestTest, DamagedTensorMapsAreNamed) {
  struct Case {
    const char* field;
    const char* value;  // as JSON
    const char* message;
  };
  const char* const kMap = "launches[0].tensor_maps[0]: ";
  const Case cases[] = {
      {"value", R"("k")", ""},  // an arg too
      {"value", R"("z")", "launches: expected a tensor map of one of the args, got one of 'z'"},
      {"value", R"("offsets")", "launches: expected a tensor map of bf16, f16 or f32, got one of i32"},
      {"sizes", "[]", "expected 'sizes' to have 1 to 5 entries, got 0"},
      {"sizes", "[768, 0]", "expected 'sizes' to be in 1..4294967296, got 0"},
      {"strides", "[4608, 16]", "expected 'strides' to have 1 to 1 entries, got 2"},
      {"strides", "[4600]", "expected 'strides' in multiples of 16 bytes, got 4600"},
      {"box", "[64]", "expected 'box' to have 2 to 2 entries, got 1"},
      {"box", "[64, 257]", "expected 'box' to be in 1..256, got 257"},
      {"box", "[72, 16]", "launches: expected a box of multiples of 16 bytes that fit the swizzle, got 144"},
      {"box", "[4, 16]", "launches: expected a box of multiples of 16 bytes that fit the swizzle, got 8"},
      {"swizzle", "16", "expected 'swizzle' to be 0, 32, 64 or 128, got 16"},
  };
  for (const Case& damaged : cases) {
    SCOPED_TRACE(StrCat(damaged.field, " ", damaged.value));
    Json json = WithTensorMap();
    json["launches"][0]["tensor_maps"][0][damaged.field] = Json::parse(damaged.value);
    const std::string message = damaged.message;
    if (message.empty()) {
      EXPECT_TRUE(ParseManifest(json.dump()).ok());
    } else {
      ExpectError(json, message.starts_with("launches") ? message : kMap + message);
    }
  }
  Json json = WithTensorMap();
  json["launches"][0]["tensor_maps"] = Json::array();
  ExpectError(json, "launches: expected 5 args, scalars and tensor maps for deit_attention, got 4");
}

}  // namespace
}  // namespace raggedc
