#include "runtime/compiled_kernel.h"

#include <gtest/gtest.h>

#include <vector>

namespace raggedc {
namespace {

KernelKey KeyOf(std::string_view source) {
  KernelKey key;
  key.spec = *ParseSpec("bf16,heads=12,dim=64,max_seqlen=197");
  key.arch = "sm_90a";
  key.source = HashSource(source);
  key.nvrtc_version = 13000;
  return key;
}

TEST(CompiledKernelTest, EveryFieldOfTheKeyCounts) {
  const KernelKey base = KeyOf("x");
  std::vector<KernelKey> others(5, base);
  others[0].spec.causal = true;
  others[1].arch = "sm_80";
  others[2].options = "-g";
  others[3].source = HashSource("y");
  others[4].nvrtc_version = 12080;
  EXPECT_EQ(KernelKeyHash()(KeyOf("x")), KernelKeyHash()(base));
  for (const KernelKey& other : others) {
    EXPECT_FALSE(other == base);
    EXPECT_NE(KernelKeyHash()(other), KernelKeyHash()(base));
  }
}

TEST(CompiledKernelTest, SourceHash) {
  EXPECT_EQ(ToHex(HashSource("")), "99aa06d3014798d86001c324468d497f");  // XXH3-128 of nothing
  EXPECT_EQ(ToHex(SourceHash{}), std::string(32, '0'));
  EXPECT_FALSE(HashSource("a") == HashSource("b"));
}

}  // namespace
}  // namespace raggedc
