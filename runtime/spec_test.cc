#include "runtime/spec.h"

#include <gtest/gtest.h>

#include <random>

#include "runtime/strings.h"
#include "runtime/testing.h"

namespace raggedc {
namespace {

Spec Parse(std::string_view text) {
  Result<Spec> spec = ParseSpec(text);
  EXPECT_TRUE(spec.ok()) << text << ": " << spec.status().message();
  return spec.ok() ? *spec : Spec();
}

void ExpectError(std::string_view text, const std::string& message) {
  ExpectInvalid(ParseSpec(text).status(), message);
}

TEST(SpecTest, DefaultsAreFilledIn) {
  const Spec spec = Parse("bf16,heads=12,dim=64,max_seqlen=197");
  EXPECT_EQ(spec.dtype, DType::kBf16);
  EXPECT_EQ(spec.heads, 12);
  EXPECT_EQ(spec.kv_heads, 12);
  EXPECT_EQ(spec.dim, 64);
  EXPECT_EQ(spec.dim_v, 64);
  EXPECT_EQ(spec.max_seqlen, 197);
  EXPECT_EQ(spec.scale, 0.125f);
  EXPECT_FALSE(spec.causal);
  EXPECT_FALSE(spec.packed);
  EXPECT_EQ(spec.block_m, 0);
  EXPECT_EQ(spec.block_n, 0);
  EXPECT_EQ(spec.name, "ragged");
}

TEST(SpecTest, OrderAndSpacesDoNotMatter) {
  const Spec spec = Parse("f16,causal,max_seqlen=577,dim_v=32,dim=64,kv_heads=4,heads=8,block_n=64,block_m=32,name=x");
  EXPECT_EQ(spec,
            Parse(" f16 , heads=8, kv_heads = 4,dim=64,dim_v=32,max_seqlen=577,block_m=32,block_n=64,name=x,causal"));
  EXPECT_EQ(spec.kv_heads, 4);
  EXPECT_TRUE(spec.causal);
}

TEST(SpecTest, CanonicalTextLeavesDefaultsOut) {
  EXPECT_EQ(ToString(Parse("bf16,max_seqlen=197,kv_heads=12,dim_v=64,scale=0.125,dim=64,heads=12,name=ragged")),
            "bf16,heads=12,dim=64,max_seqlen=197");
  EXPECT_EQ(ToString(Parse("f32,packed,causal,scale=0.3,heads=3,dim=40,max_seqlen=1,block_m=16,block_n=32,name=a_1")),
            "f32,heads=3,dim=40,max_seqlen=1,scale=0.3,causal,packed,block_m=16,block_n=32,name=a_1");
}

TEST(SpecTest, DenseStridesAreNoStrides) {
  EXPECT_EQ(Parse("bf16,heads=12,dim=64,max_seqlen=9,q_strides=768x64"), Parse("bf16,heads=12,dim=64,max_seqlen=9"));
  const Spec strided = Parse("bf16,heads=12,dim=64,max_seqlen=9,q_strides=2304x64,out_strides=1024x64");
  EXPECT_EQ(strided.q_strides, (std::vector<int64_t>{2304, 64}));
  EXPECT_EQ(ToString(strided), "bf16,heads=12,dim=64,max_seqlen=9,q_strides=2304x64,out_strides=1024x64");
}

TEST(SpecTest, EveryFieldTakesPartInEqualityAndHash) {
  const Spec base = Parse("bf16,heads=4,dim=64,max_seqlen=10");
  for (const char* other : {"f16,heads=4,dim=64,max_seqlen=10", "bf16,heads=8,dim=64,max_seqlen=10",
                            "bf16,heads=4,kv_heads=2,dim=64,max_seqlen=10", "bf16,heads=4,dim=32,max_seqlen=10",
                            "bf16,heads=4,dim=64,dim_v=32,max_seqlen=10", "bf16,heads=4,dim=64,max_seqlen=11",
                            "bf16,heads=4,dim=64,max_seqlen=10,scale=1", "bf16,heads=4,dim=64,max_seqlen=10,causal",
                            "bf16,heads=4,dim=64,max_seqlen=10,packed", "bf16,heads=4,dim=64,max_seqlen=10,block_m=16",
                            "bf16,heads=4,dim=64,max_seqlen=10,block_n=16", "bf16,heads=4,dim=64,max_seqlen=10,name=y",
                            "bf16,heads=4,dim=64,max_seqlen=10,v_strides=512x64"}) {
    EXPECT_NE(Parse(other), base) << other;
    EXPECT_NE(SpecHash()(Parse(other)), SpecHash()(base)) << other;
  }
  EXPECT_EQ(SpecHash()(Parse(ToString(base))), SpecHash()(base));
}

TEST(SpecTest, RandomSpecsRoundTrip) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(StrCat("seed ", seed));
  std::mt19937 random(seed);
  const auto pick = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
  const char* const dtypes[] = {"bf16", "f16", "f32"};
  for (int i = 0; i < 2000; ++i) {
    const int kv_heads = pick(1, 16);
    const int heads = kv_heads * pick(1, 8);
    const int dim = 8 * pick(2, 32);
    std::string text = StrCat(dtypes[pick(0, 2)], ",heads=", heads, ",dim=", dim, ",max_seqlen=", pick(1, 65536));
    if (pick(0, 1)) text += ",causal";
    if (pick(0, 1)) text += StrCat(",scale=", std::ldexp(static_cast<float>(pick(1, 1 << 20)), pick(-40, 10)));
    if (pick(0, 1)) text += StrCat(",block_m=", 16 * pick(1, 16));
    if (pick(0, 1)) text += StrCat(",block_n=", 16 * pick(1, 16));
    if (pick(0, 1)) text += StrCat(",name=n", pick(0, 1000));
    if (pick(0, 1)) {
      text += ",packed";
      if (pick(0, 1)) text += StrCat(",qkv_strides=", 3 * heads * dim + 8 * pick(0, 4), "x", heads * dim, "x", dim);
    } else {
      text += StrCat(",kv_heads=", kv_heads, ",dim_v=", 8 * pick(2, 32));
      if (pick(0, 1)) text += StrCat(",q_strides=", heads * dim + 8 * pick(0, 4), "x", dim);
    }
    const Spec spec = Parse(text);
    EXPECT_EQ(Parse(ToString(spec)), spec) << text;
    EXPECT_EQ(ToString(Parse(ToString(spec))), ToString(spec)) << text;
  }
}

TEST(SpecTest, ElementTypeComesFirst) {
  ExpectError("", "expected the element type bf16, f16 or f32 first, got ''");
  ExpectError("heads=12", "expected the element type bf16, f16 or f32 first, got 'heads=12'");
  ExpectError("f64,heads=1", "expected the element type bf16, f16 or f32 first, got 'f64'");
  ExpectError("bf16,heads=1,f16", "expected the element type as the first item only, got 'f16' later");
}

TEST(SpecTest, UnknownKeys) {
  ExpectError("bf16,head=12", "expected a known key, got 'head' (did you mean 'heads'?)");
  ExpectError("bf16,max_seq_len=12", "expected a known key, got 'max_seq_len' (did you mean 'max_seqlen'?)");
  ExpectError("bf16,casual", "expected a known key, got 'casual' (did you mean 'causal'?)");
  ExpectError("bf16,zzzzzz", "expected a known key, got 'zzzzzz'");
  ExpectError("bf16,,heads=1", "expected a key between the commas, got nothing");
  ExpectError("bf16,\n", "expected a known key, got '\\x0a'");
}

TEST(SpecTest, DuplicateAndMissingKeys) {
  ExpectError("bf16,heads=1,heads=1", "expected heads once, got it twice");
  ExpectError("bf16,causal,causal", "expected causal once, got it twice");
  ExpectError("bf16,dim=64,max_seqlen=1", "expected heads=VALUE, got none");
  ExpectError("bf16,heads=1,max_seqlen=1", "expected dim=VALUE, got none");
  ExpectError("bf16,heads=1,dim=64", "expected max_seqlen=VALUE, got none");
}

TEST(SpecTest, ValuesOutOfRange) {
  ExpectError("bf16,dim=60", "expected dim to be a multiple of 8 in 16..256, got 60");
  ExpectError("bf16,dim=8", "expected dim to be a multiple of 8 in 16..256, got 8");
  ExpectError("bf16,dim=264", "expected dim to be a multiple of 8 in 16..256, got 264");
  ExpectError("bf16,dim_v=12", "expected dim_v to be a multiple of 8 in 16..256, got 12");
  ExpectError("bf16,max_seqlen=0", "expected max_seqlen to be an integer in 1..65536, got 0");
  ExpectError("bf16,max_seqlen=65537", "expected max_seqlen to be an integer in 1..65536, got 65537");
  ExpectError("bf16,heads=-1", "expected heads to be an integer in 1..65535, got -1");
  ExpectError("bf16,heads=twelve", "expected heads to be an integer in 1..65535, got 'twelve'");
  ExpectError("bf16,heads=99999999999999999999",
              "expected heads to be an integer in 1..65535, got '99999999999999999999'");
  ExpectError("bf16,heads=", "expected heads=VALUE, got 'heads='");
  ExpectError("bf16,heads", "expected heads=VALUE, got 'heads'");
  ExpectError("bf16,block_m=24", "expected block_m to be a multiple of 16 in 16..256, got 24");
  ExpectError("bf16,block_n=8", "expected block_n to be a multiple of 16 in 16..256, got 8");
  ExpectError("bf16,causal=1", "expected causal without a value, got 'causal=1'");
  ExpectError("bf16,scale=0", "expected scale to be a finite number above 0, got '0'");
  ExpectError("bf16,scale=nan", "expected scale to be a finite number above 0, got 'nan'");
  ExpectError("bf16,scale=inf", "expected scale to be a finite number above 0, got 'inf'");
  ExpectError("bf16,name=2x", "expected name to be an identifier of at most 64 letters, digits and '_', got '2x'");
}

TEST(SpecTest, FieldsThatDoNotFitTogether) {
  ExpectError("bf16,heads=12,kv_heads=5,dim=64,max_seqlen=9",
              "expected heads to be a multiple of kv_heads, got 12 and 5");
  ExpectError("bf16,heads=12,kv_heads=4,dim=64,max_seqlen=9,packed",
              "expected kv_heads to equal heads with packed, got 4 and 12");
  ExpectError("bf16,heads=12,dim=64,dim_v=32,max_seqlen=9,packed",
              "expected dim_v to equal dim with packed, got 32 and 64");
  ExpectError("bf16,heads=12,dim=64,max_seqlen=9,packed,q_strides=768x64",
              "expected no q_strides with packed, got [768, 64]");
  ExpectError("bf16,heads=12,dim=64,max_seqlen=9,qkv_strides=2304x768x64",
              "expected no qkv_strides without packed, got [2304, 768, 64]");
}

TEST(SpecTest, StridesMustKeepElementsApart) {
  const std::string base = "bf16,heads=12,dim=64,max_seqlen=9,";
  ExpectError(base + "q_strides=768", "expected q_strides to be AxB, got '768'");
  ExpectError(base + "q_strides=768x60", "expected q_strides to hold multiples of 8 in 8..2147483640, got '60'");
  ExpectError(base + "q_strides=768x56",
              "expected q_strides that keep the elements of a row apart (at least 64 there), got 56");
  ExpectError(base + "q_strides=760x64", "expected the row stride of q_strides to be at least 768, got 760");
  // (rows, heads, 3, dim), as some projections leave it.
  EXPECT_EQ(Parse(base + "packed,qkv_strides=2304x64x192").qkv_strides, (std::vector<int64_t>{2304, 64, 192}));
}

TEST(SpecTest, MlirOfSeparateOperands) {
  EXPECT_EQ(
      ToMlir(Parse("f16,heads=8,kv_heads=2,dim=64,dim_v=32,max_seqlen=9,causal,scale=1e-05,block_m=64,name=gqa,"
                   "q_strides=1024x64")),
      "func.func @gqa(%q: tensor<?x8x64xf16, #ragged.strides<[1024, 64, 1]>>, %k: tensor<?x2x64xf16>, "
      "%v: tensor<?x2x32xf16>, %offsets: tensor<?xi32>) -> tensor<?x8x32xf16> {\n"
      "  %out = ragged.attention %q, %k, %v offsets(%offsets) {max_seqlen = 9 : i64, causal, scale = 1.0e-05 : f32, "
      "block_m = 64 : i64}\n"
      "      : tensor<?x8x64xf16, #ragged.strides<[1024, 64, 1]>>, tensor<?x2x64xf16>, tensor<?x2x32xf16>, "
      "tensor<?xi32> -> tensor<?x8x32xf16>\n"
      "  return %out : tensor<?x8x32xf16>\n"
      "}\n");
}

TEST(SpecTest, MlirOfAPackedOperand) {
  EXPECT_EQ(ToMlir(Parse("bf16,heads=12,dim=64,max_seqlen=197,packed")),
            "func.func @ragged(%qkv: tensor<?x3x12x64xbf16>, %offsets: tensor<?xi32>) -> tensor<?x12x64xbf16> {\n"
            "  %out = ragged.attention %qkv offsets(%offsets) {max_seqlen = 197 : i64}\n"
            "      : tensor<?x3x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>\n"
            "  return %out : tensor<?x12x64xbf16>\n"
            "}\n");
}

}  // namespace
}  // namespace raggedc
