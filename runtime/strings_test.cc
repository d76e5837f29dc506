#include "runtime/strings.h"

#include <gtest/gtest.h>

#include <array>

namespace raggedc {
namespace {

TEST(StringsTest, StrCatJoinsTextAndNumbers) {
  EXPECT_EQ(StrCat("a", 1, ',', int64_t{-2}, " ", 0.125, " ", 0.1f), "a1,-2 0.125 0.1");
  EXPECT_EQ(StrCat(), "");
}

TEST(StringsTest, ShapesAreBracketed) {
  EXPECT_EQ(FormatShape(std::vector<int64_t>{2, 12, 64}), "[2, 12, 64]");
  EXPECT_EQ(FormatShape({}), "[]");
}

TEST(StringsTest, PrintableEscapesAndCuts) {
  EXPECT_EQ(Printable("plain"), "plain");
  EXPECT_EQ(Printable(std::string_view("a\n\0\xff", 4)), "a\\x0a\\x00\\xff");
  EXPECT_EQ(Printable("0123456789", 4), "0123...");
}

TEST(StringsTest, SplitKeepsEmptyPieces) {
  EXPECT_EQ(Split("", ','), std::vector<std::string_view>{""});
  EXPECT_EQ(Split("a,,b,", ','), (std::vector<std::string_view>{"a", "", "b", ""}));
}

TEST(StringsTest, NumbersMustBeWhole) {
  EXPECT_EQ(ParseInt("-12"), -12);
  EXPECT_EQ(ParseInt("12x"), std::nullopt);
  EXPECT_EQ(ParseInt(""), std::nullopt);
  EXPECT_EQ(ParseInt("99999999999999999999"), std::nullopt);
  EXPECT_EQ(ParseFloat("1e-3"), 1e-3f);
  EXPECT_EQ(ParseFloat("1e99"), std::nullopt);
}

TEST(StringsTest, Identifiers) {
  EXPECT_TRUE(IsIdentifier("deit_base_224"));
  EXPECT_TRUE(IsIdentifier("_"));
  EXPECT_FALSE(IsIdentifier("2x"));
  EXPECT_FALSE(IsIdentifier("a-b"));
  EXPECT_FALSE(IsIdentifier(""));
}

TEST(StringsTest, DidYouMeanFindsTheNearest) {
  constexpr std::array<std::string_view, 3> kKeys = {"heads", "kv_heads", "dim"};
  EXPECT_EQ(DidYouMean("head", kKeys), " (did you mean 'heads'?)");
  EXPECT_EQ(DidYouMean("kvheads", kKeys), " (did you mean 'kv_heads'?)");
  EXPECT_EQ(DidYouMean("d", kKeys), "");
  EXPECT_EQ(DidYouMean("q", std::array<std::string_view, 2>{"k", "qq"}), " (did you mean 'qq'?)");
  EXPECT_EQ(DidYouMean("something", kKeys), "");
}

}  // namespace
}  // namespace raggedc
