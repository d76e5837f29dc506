#include "runtime/manifest_json.h"

#include <gtest/gtest.h>

#include "runtime/json.h"
#include "runtime/testing.h"

namespace raggedc {
namespace {

constexpr char kText[] = R"({"raggedc_manifest": 1, "name": "deit", "arch": "sm_90a",
  "values": [{"name": "q", "role": "input", "dtype": "bf16", "shape": [{"value": "q", "dim": 0}, 12, 64],
              "strides": [768, 64, 1]},
             {"name": "offsets", "role": "input", "dtype": "i32", "shape": [{"value": "offsets", "dim": 0}]},
             {"name": "t", "role": "temporary", "dtype": "f32",
              "shape": [{"value": "offsets", "dim": 0, "add": -1, "mul": 12}]},
             {"name": "out", "role": "output", "dtype": "f16", "shape": [{"value": "q", "dim": 0}, 12, 64]}],
  "kernels": [{"symbol": "k", "op": "attention", "params": ["q", "offsets", "out", "n", "q_map"], "block": [128, 2, 1],
               "shared_bytes": 61440, "min_blocks_per_sm": 3, "status_symbol": "ragged_status", "allow_spills": true,
               "programmatic_launch": true,
               "spec": {"max_seqlen": 197, "scale": 0.125}, "schedule": {"family": "warp", "reason": "\"so\"\n"}}],
  "launches": [{"kernel": "k", "args": ["q", "offsets", "out"],
                "grid": [{"value": "offsets", "dim": 0, "add": -1, "mul": 12}, 1, 2],
                "scalars": [{"value": "offsets", "dim": 0, "add": -1}], "blocks_per_multiprocessor": 2,
                "tensor_maps": [{"value": "q", "sizes": [768, 4294967296], "strides": [1536], "box": [32, 16],
                                 "swizzle": 64}]}]})";

TEST(ManifestJsonTest, ReadsBackEqual) {
  const Manifest manifest = *ParseManifest(kText);
  const std::string text = ToJson(manifest);
  const Result<Manifest> again = ParseManifest(text);
  RAGGEDC_ASSERT_OK(again.status());
  EXPECT_EQ(ToJson(*again), text);
  EXPECT_EQ(text.find('\n'), std::string::npos);
  ASSERT_EQ(again->values.size(), manifest.values.size());
  for (size_t i = 0; i < manifest.values.size(); ++i) {
    EXPECT_EQ(again->values[i].name, manifest.values[i].name);
    EXPECT_EQ(again->values[i].role, manifest.values[i].role);
    EXPECT_EQ(again->values[i].dtype, manifest.values[i].dtype);
    EXPECT_EQ(again->values[i].shape, manifest.values[i].shape);
    EXPECT_EQ(again->values[i].strides, manifest.values[i].strides);
  }
  const ManifestKernel& kernel = again->kernels.at(0);
  EXPECT_EQ(kernel.symbol, "k");
  EXPECT_EQ(kernel.op, "attention");
  EXPECT_EQ(kernel.params, manifest.kernels[0].params);
  EXPECT_EQ(kernel.block, manifest.kernels[0].block);
  EXPECT_EQ(kernel.shared_bytes, 61440);
  EXPECT_EQ(kernel.min_blocks_per_sm, 3);
  EXPECT_EQ(kernel.status_symbol, "ragged_status");
  EXPECT_TRUE(kernel.allow_spills);
  EXPECT_TRUE(kernel.programmatic_launch);
  EXPECT_EQ(kernel.capacity, 197);
  EXPECT_EQ(kernel.family, "warp");
  EXPECT_EQ(kernel.reason, "\"so\"\n");
  EXPECT_EQ(again->launches.at(0).args, manifest.launches[0].args);
  EXPECT_EQ(again->launches.at(0).grid, manifest.launches[0].grid);
  EXPECT_EQ(again->launches.at(0).scalars, (std::vector<ManifestDim>{{"offsets", 0, -1, 1, 0}}));
  EXPECT_EQ(again->launches.at(0).blocks_per_multiprocessor, 2);
  EXPECT_EQ(again->launches.at(0).tensor_maps,
            (std::vector<ManifestTensorMap>{{"q", {768, int64_t{1} << 32}, {1536}, {32, 16}, 64}}));
  EXPECT_EQ(again->name, "deit");
  EXPECT_EQ(again->arch, "sm_90a");
}

TEST(ManifestJsonTest, WhatCannotBeWritten) {
  Manifest manifest = *ParseManifest(kText);
  manifest.kernels[0].spec_json = "{";
  EXPECT_EQ(ToJson(manifest), "");
  manifest = *ParseManifest(kText);
  manifest.name = "\xff";
  EXPECT_EQ(ToJson(manifest), "");
}

}  // namespace
}  // namespace raggedc
