#include "runtime/disk_cache/entry.h"

#include <gtest/gtest.h>

#include <random>

#include "runtime/disk_cache/testing.h"
#include "runtime/testing.h"

namespace raggedc {
namespace {

std::string Encoded(const KernelKey& key) {
  return EncodeEntry(EntryKeyText(key, "tests"), TestKernel(key));
}

// Puts the right hash behind bytes that were changed, as a mistaken writer would.
void Rehash(std::string* bytes) {
  bytes->resize(bytes->size() - 16);
  const SourceHash hash = HashSource(*bytes);
  for (const uint64_t half : {hash.high, hash.low}) {
    for (int i = 0; i < 8; ++i) bytes->push_back(static_cast<char>(half >> (8 * i) & 0xff));
  }
}

TEST(EntryTest, RoundTrip) {
  const KernelKey key = TestKey(7);
  const std::string bytes = Encoded(key);
  ASSERT_FALSE(bytes.empty());
  const DecodedEntry entry = DecodeEntry(bytes);
  EXPECT_EQ(entry.state, EntryState::kGood) << entry.problem;
  EXPECT_EQ(entry.key_text, EntryKeyText(key, "tests"));
  EXPECT_TRUE(IsRight(key, entry.kernel));
}

TEST(EntryTest, EveryFieldOfTheKeyCounts) {
  std::vector<KernelKey> keys(6, TestKey(1));
  keys[1].spec.causal = true;
  keys[2].arch = "sm_80";
  keys[3].options = "-g";
  keys[4].source = HashSource("y");
  keys[5].nvrtc_version = 12080;
  std::vector<std::string> texts = {EntryKeyText(keys[0], "another"), EntryKeyText(KernelKey(), "tests")};
  for (const KernelKey& key : keys) texts.push_back(EntryKeyText(key, "tests"));
  for (size_t i = 0; i < texts.size(); ++i) {
    EXPECT_TRUE(IsEntryFileName(EntryFileName(texts[i])));
    for (size_t j = 0; j < i; ++j) {
      EXPECT_NE(texts[i], texts[j]);
      EXPECT_NE(EntryFileName(texts[i]), EntryFileName(texts[j]));
    }
  }
}

// No value can look like the end of its line and the beginning of the next.
TEST(EntryTest, KeysWithLineBreaks) {
  KernelKey one = TestKey(1), other = TestKey(1);
  one.options = "-O3\nspec x";
  other.options = "-O3\\nspec x";
  EXPECT_NE(EntryKeyText(one, "p"), EntryKeyText(other, "p"));
  for (const KernelKey& key : {one, other}) {
    const auto lines = ParseEntryKey(EntryKeyText(key, "p"));
    ASSERT_TRUE(lines);
    ASSERT_EQ(lines->size(), 7u);
    EXPECT_EQ((*lines)[4], std::make_pair(std::string("options"), key.options));
  }
  EXPECT_FALSE(ParseEntryKey("raggedc kernel\narch"));
  EXPECT_FALSE(ParseEntryKey("raggedc kernel\narch \\x\n"));
  EXPECT_FALSE(ParseEntryKey("arch sm_80\n"));
}

TEST(EntryTest, EveryTruncationIsDamage) {
  const std::string bytes = Encoded(TestKey(3));
  for (size_t size = 0; size < bytes.size(); ++size) {
    const DecodedEntry entry = DecodeEntry(std::string_view(bytes).substr(0, size));
    ASSERT_EQ(entry.state, EntryState::kDamaged) << size;
    ASSERT_FALSE(entry.problem.empty());
  }
  EXPECT_EQ(DecodeEntry(bytes + "x").state, EntryState::kDamaged);
}

TEST(EntryTest, EveryFlippedBitIsDamage) {
  std::string bytes = Encoded(TestKey(3));
  for (size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    const char mask = static_cast<char>(1 << bit % 8);
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ mask);
    ASSERT_EQ(DecodeEntry(bytes).state, EntryState::kDamaged) << "bit " << bit;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ mask);
  }
  EXPECT_EQ(DecodeEntry(bytes).state, EntryState::kGood);
}

// Whatever a mistaken writer gives a right hash ends in a verdict, and never in a kernel of another architecture.
TEST(EntryTest, RandomBytesWithTheRightHash) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(StrCat("seed ", seed));
  std::mt19937 random(seed);
  const std::string good = Encoded(TestKey(3));
  for (int i = 0; i < 3000; ++i) {
    std::string bytes = good;
    for (unsigned n = random() % 4 + 1; n > 0; --n) bytes[random() % 700] = static_cast<char>(random());
    if (random() % 4 == 0) bytes.resize(64 + random() % bytes.size());
    Rehash(&bytes);
    const DecodedEntry entry = DecodeEntry(bytes);
    if (entry.state == EntryState::kGood) {
      EXPECT_NE(entry.key_text.find(StrCat("arch ", entry.kernel.manifest.arch)), std::string::npos);
    }
  }
}

TEST(EntryTest, AnotherVersionIsForeign) {
  std::string bytes = Encoded(TestKey(3));
  bytes[8] = 2;
  Rehash(&bytes);
  const DecodedEntry entry = DecodeEntry(bytes);
  EXPECT_EQ(entry.state, EntryState::kForeign);
  EXPECT_EQ(entry.problem, "expected format 1, got 2");
}

TEST(EntryTest, ManifestOfAnotherArchitecture) {
  std::string bytes = Encoded(TestKey(3, "sm_90"));
  const size_t manifest = bytes.find("\"arch\":\"sm_90\"");
  ASSERT_NE(manifest, std::string::npos);
  bytes.replace(manifest, 14, "\"arch\":\"sm_80\"");
  Rehash(&bytes);
  EXPECT_EQ(DecodeEntry(bytes).problem, "expected a kernel for sm_90, got one for sm_80");
  CompiledKernel kernel = TestKernel(TestKey(3, "sm_80"));
  EXPECT_EQ(EncodeEntry(EntryKeyText(TestKey(3, "sm_90"), "tests"), kernel), "");
}

TEST(EntryTest, LengthsThatLie) {
  for (const uint64_t lie : {uint64_t{0}, uint64_t{1} << 40, ~uint64_t{0}, ~uint64_t{15}}) {
    for (size_t part = 0; part < 4; ++part) {
      std::string bytes = Encoded(TestKey(3));
      for (size_t i = 0; i < 8; ++i) bytes[16 + 8 * part + i] = static_cast<char>(lie >> (8 * i) & 0xff);
      Rehash(&bytes);
      const DecodedEntry entry = DecodeEntry(bytes);
      EXPECT_EQ(entry.state, EntryState::kDamaged);
      if (lie != 0) EXPECT_EQ(entry.problem, "expected its parts within the file");
    }
  }
}

TEST(EntryTest, WhatIsNotWritten) {
  const KernelKey key = TestKey(1);
  const std::string text = EntryKeyText(key, "tests");
  CompiledKernel kernel = TestKernel(key);
  kernel.cubin.clear();
  EXPECT_EQ(EncodeEntry(text, kernel), "");
  kernel = TestKernel(key);
  kernel.manifest.name = "";  // does not read back
  EXPECT_EQ(EncodeEntry(text, kernel), "");
  kernel = TestKernel(key);
  kernel.resources[0].symbol = "\xff";
  EXPECT_EQ(EncodeEntry(text, kernel), "");
}

TEST(EntryTest, FileNames) {
  EXPECT_TRUE(IsEntryFileName("00112233445566778899aabbccddeeff.kernel"));
  EXPECT_FALSE(IsEntryFileName("00112233445566778899aabbccddeeff.kerne"));
  EXPECT_FALSE(IsEntryFileName("00112233445566778899aabbccddeefg.kernel"));
  EXPECT_FALSE(IsEntryFileName("00112233445566778899aabbccddeeff0kernel"));
  EXPECT_FALSE(IsEntryFileName("lock"));
}

}  // namespace
}  // namespace raggedc
