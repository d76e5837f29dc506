#include "runtime/json.h"

#include <gtest/gtest.h>

#include "runtime/testing.h"

namespace raggedc {
namespace {

TEST(JsonTest, ParsesEveryKind) {
  const Result<Json> json = ParseJson(R"({"a": [1, -2, 2.5, "x", true, null, {"b": {}}], "c": []})");
  ASSERT_TRUE(json.ok()) << json.status().message();
  EXPECT_EQ((*json)["a"][1], -2);
  EXPECT_EQ((*json)["a"][6]["b"], Json::object());
  EXPECT_EQ(json->dump(), R"({"a":[1,-2,2.5,"x",true,null,{"b":{}}],"c":[]})");
}

TEST(JsonTest, SyntaxErrorNamesTheByte) {
  ExpectInvalid(ParseJson(R"({"a": })").status(), "expected valid JSON, got a syntax error at byte 6 near '\"a\": }'");
  EXPECT_FALSE(ParseJson("").ok());
  EXPECT_FALSE(ParseJson("{} {}").ok());
}

TEST(JsonTest, DuplicateKeysAreErrors) {
  ExpectInvalid(ParseJson(R"({"q": 1, "q": 2})").status(), "expected distinct keys in an object, got 'q' twice");
}

TEST(JsonTest, DepthIsBounded) {
  EXPECT_TRUE(ParseJson(std::string(32, '[') + std::string(32, ']')).ok());
  ExpectInvalid(ParseJson(std::string(33, '[') + std::string(33, ']')).status(),
                "expected JSON nested at most 32 deep, got more");
  EXPECT_FALSE(ParseJson(std::string(1 << 20, '[')).ok());
}

TEST(JsonTest, BytesThatAreNotUtf8AreErrors) {
  EXPECT_FALSE(ParseJson("\"\xff\"").ok());
}

}  // namespace
}  // namespace raggedc
