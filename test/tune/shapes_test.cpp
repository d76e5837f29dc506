//===- shapes_test.cpp - lists of shapes, their ranges, what is said of them ===//

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tools/raggedc/tune/Report.h"

namespace raggedc {
namespace {

using mlir::ragged_kernel::Family;
using mlir::ragged_kernel::Softmax;

using Range = std::pair<int64_t, int64_t>;

TuningClass makeClass(int64_t capacity, int64_t batch, int64_t heads = 12) {
  return {{"bf16"}, heads, heads, 64, 64, false, capacity - 15, capacity, batch, batch};
}

std::vector<TuningClass> spread(std::vector<TuningClass> classes, bool wide) {
  std::vector<TuningClass*> pointers;
  for (TuningClass& one : classes) pointers.push_back(&one);
  setRanges(pointers, wide);
  return classes;
}

/// "193-208 x 2-5".
std::string print(const TuningClass& one) {
  std::string text = std::to_string(one.firstCapacity) + "-" + std::to_string(one.lastCapacity) + " x ";
  return text + std::to_string(one.firstBatch) + "-" + std::to_string(one.lastBatch);
}

TEST(TuneRangesTest, BatchesMeetHalfwayByRatio) {
  const std::vector<int64_t> batches{0, 1, 4, 64};
  EXPECT_EQ(getBatchRange(batches, 0), Range(0, 0));
  EXPECT_EQ(getBatchRange(batches, 1), Range(1, 2));
  EXPECT_EQ(getBatchRange(batches, 4), Range(3, 16));
  EXPECT_EQ(getBatchRange(batches, 64), Range(17, 64));
}

TEST(TuneRangesTest, NarrowOnesKeepTheirCapacity) {
  std::vector<TuningClass> found = spread(
      {makeClass(208, 4), makeClass(592, 4), makeClass(208, 0), makeClass(208, 64), makeClass(208, 9, 6)}, false);
  EXPECT_EQ(print(found[0]), "193-208 x 4-16");
  EXPECT_EQ(print(found[1]), "577-592 x 4-4");
  EXPECT_EQ(print(found[2]), "193-208 x 0-0");
  EXPECT_EQ(print(found[3]), "193-208 x 17-64");
  EXPECT_EQ(print(found[4]), "193-208 x 9-9");  // other heads
}

TEST(TuneRangesTest, WideOnesBeginBehindTheNextSmallerCapacity) {
  std::vector<TuningClass> found = spread({makeClass(208, 4), makeClass(592, 64), makeClass(592, 4), makeClass(208, 0),
                                           makeClass(1024, 0), makeClass(64, 1, 6)},
                                          true);
  EXPECT_EQ(print(found[0]), "193-208 x 1-1048576");
  EXPECT_EQ(print(found[1]), "209-592 x 17-1048576");
  EXPECT_EQ(print(found[2]), "209-592 x 1-16");
  EXPECT_EQ(print(found[3]), "193-208 x 0-0");  // many are a class of their own
  EXPECT_EQ(print(found[4]), "593-1024 x 0-0");
  EXPECT_EQ(print(found[5]), "49-64 x 1-1048576");
}

TEST(TuneRangesTest, WideOnesDoNotOverlapAndHoldWhatWasMeasured) {
  const uint64_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int turn = 0; turn < 50; ++turn) {
    std::vector<TuningClass> classes;
    for (int i = 0; i < 12; ++i) {
      TuningClass one = makeClass(16 * (1 + int64_t(random() % 5)), int64_t(random() % 6) * int64_t(random() % 40));
      if (std::find(classes.begin(), classes.end(), one) == classes.end()) classes.push_back(one);
    }
    std::vector<TuningClass> found = spread(classes, true);
    for (size_t i = 0; i < found.size(); ++i) {
      AttentionShape shape{2, 12, 12, 64, 64, classes[i].lastCapacity, false};
      EXPECT_TRUE(found[i].matches(shape, "bf16", classes[i].firstBatch)) << print(classes[i]) << print(found[i]);
      for (size_t j = 0; j < i; ++j)
        EXPECT_TRUE(found[i].lastCapacity < found[j].firstCapacity || found[j].lastCapacity < found[i].firstCapacity ||
                    found[i].lastBatch < found[j].firstBatch || found[j].lastBatch < found[i].firstBatch)
            << print(found[i]) << " and " << print(found[j]);
    }
  }
}

TEST(ShapesFileTest, WhatItMayHave) {
  Result<std::vector<ShapeRequest>> shapes = parseShapesFile(
      R"([{"spec": "bf16,heads=12,dim=64,max_seqlen=197"},
          {"spec": "f16,heads=3,dim=80,max_seqlen=64", "batch": 4, "keep": 0.5},
          {"spec": "f16,heads=3,dim=80,max_seqlen=64", "batch": "many", "lengths": [64, 0, 1]}])",
      "F");
  ASSERT_TRUE(shapes.ok()) << shapes.status().message();
  ASSERT_EQ(shapes->size(), 3u);
  const ShapeRequest &first = (*shapes)[0], &second = (*shapes)[1], &third = (*shapes)[2];
  EXPECT_EQ(first.name, "F: shapes[0]");
  EXPECT_EQ(ToString(first.spec), "bf16,heads=12,dim=64,max_seqlen=197");
  EXPECT_EQ(first.batch, 0);
  EXPECT_EQ(first.keep, 1);
  EXPECT_TRUE(first.lengths.empty());
  EXPECT_EQ(second.batch, 4);
  EXPECT_EQ(second.keep, 0.5);
  EXPECT_EQ(third.batch, 0);
  EXPECT_EQ(third.lengths, (std::vector<int64_t>{64, 0, 1}));
}

TEST(ShapesFileTest, WhatIsWrongIsNamedWithItsShape) {
  const std::string good = R"("spec": "f16,heads=3,dim=80,max_seqlen=64")";
  auto problem = [](const std::string& text) {
    Result<std::vector<ShapeRequest>> shapes = parseShapesFile(text, "F");
    EXPECT_FALSE(shapes.ok()) << text;
    return shapes.ok() ? "" : shapes.status().message();
  };
  auto second = [&](const std::string& more) { return problem("[{" + good + "}, {" + good + ", " + more + "}]"); };
  EXPECT_EQ(problem(""), "F: expected JSON, got what is none");
  EXPECT_EQ(problem("[{]"), "F: expected JSON, got what is none");
  EXPECT_EQ(problem("{}"), "F: expected a list of shapes, got {}");
  EXPECT_EQ(problem("[]"), "F: expected a list of shapes, got []");
  EXPECT_EQ(problem("[3]"), "F: shapes[0]: expected a shape to be an object, got 3");
  EXPECT_EQ(problem("[{}]"), "F: shapes[0]: expected spec to be a text, got null");
  const std::string bad = problem(R"([{"spec": "f16,heads=3,dim=60,max_seqlen=64"}])");
  EXPECT_EQ(bad.find("F: shapes[0]: spec: "), 0u) << bad;
  EXPECT_NE(bad.find("60"), std::string::npos) << bad;
  EXPECT_EQ(second(R"("kept": 1)"), "F: shapes[1]: expected spec, batch, lengths or keep, got \"kept\"");
  for (const char* bad : {"0", "-1", "1.5", "1048577", "18446744073709551615", "\"few\"", "true"})
    EXPECT_EQ(second(std::string("\"batch\": ") + bad),
              std::string("F: shapes[1]: expected batch to be \"many\" or an integer from 1 to 1048576, got ") + bad);
  for (const char* bad : {"0", "1.01", "\"half\"", "null"})
    EXPECT_EQ(second(std::string("\"keep\": ") + bad),
              std::string("F: shapes[1]: expected keep to be above 0 and at most 1, got ") + bad);
  for (const char* bad : {"[]", "3", "[1.5]", "[-1]", "[\"a\"]"})
    EXPECT_EQ(second(std::string("\"lengths\": ") + bad),
              std::string("F: shapes[1]: expected lengths to be a list of rows of each sequence, got ") + bad);
  EXPECT_EQ(second(R"("lengths": [64, 65])"), "F: shapes[1]: lengths: expected at most 64, got 65");
  EXPECT_EQ(second(R"("lengths": [0, 0])"), "F: shapes[1]: lengths: expected a sequence that is not empty, got none");
  EXPECT_EQ(second(R"("batch": 3, "lengths": [1, 2])"), "F: shapes[1]: lengths: expected 3 as batch says, got 2");
  EXPECT_EQ(second(R"("keep": 1, "lengths": [1, 2])"), "F: shapes[1]: expected lengths or keep, got both");
  std::string many = "[{" + good + "}";
  for (int i = 0; i < 10000; ++i) many += ",{" + good + "}";
  EXPECT_EQ(problem(many + "]"), "F: expected at most 10000 shapes, got 10001");
  EXPECT_EQ(problem(std::string(100000, '[')), "F: expected JSON, got what is none");
}

class TuneReportTest : public testing::Test {
 protected:
  TuneReportTest() {
    shape.spec = *ParseSpec("bf16,heads=12,dim=64,max_seqlen=197");
    shape.batch = 4;
    shape.shapes = makeClass(208, 4);
    shape.lengths = {197, 40, 0, 1};
    const Candidate online{Family::Online, Softmax::Online, 96, 8, 3, 1, 128, false, true};
    const Candidate single{Family::Single, Softmax::SinglePass, 208, 4, 2, 1, 256, true, true};
    shape.candidates = {MeasuredSchedule{single, 3}, MeasuredSchedule{online, 2}, MeasuredSchedule{online, 1},
                        MeasuredSchedule{single, 4}};
    shape.predicted = {32.5, 36, 36, 32.5};
    shape.considered = 10;
    result.byDefault = {0, 40, 0.5, 15};
    result.best = TuneTime{1, 37.125, 0.25, 15};
    result.times = {*result.best, result.byDefault, {2, 55, 1, 3}};
    result.bestWins = true;
    result.measured = 3;
    result.failed = {{3, "expected no spills, got 8 bytes"}};
  }

  TuneShape shape;
  TuneResult result;
};

TEST_F(TuneReportTest, JsonHasEveryCandidate) {
  const nlohmann::ordered_json json = toJson(shape, result, 238, 2.5);
  EXPECT_EQ(json["spec"], "bf16,heads=12,dim=64,max_seqlen=197");
  EXPECT_EQ(json["batch"], 4);
  EXPECT_EQ(json["tokens"], 238);
  EXPECT_EQ(json["capacity"], nlohmann::ordered_json::array({193, 208}));
  ASSERT_EQ(json["times"].size(), 3u);
  const auto& fastest = json["times"][0];
  EXPECT_EQ(fastest["schedule"]["family"], "online");
  EXPECT_EQ(fastest["min_blocks"], 2);
  EXPECT_EQ(fastest["predicted_us"], 36);
  EXPECT_EQ(fastest["us"], 37.125);
  EXPECT_EQ(fastest["noise_us"], 0.25);
  EXPECT_EQ(fastest["samples"], 15);
  EXPECT_EQ(fastest, json["best"]);
  EXPECT_EQ(json["times"][1], json["default"]);
  EXPECT_EQ(json["times"][2]["us"], 55);
  ASSERT_EQ(json["failed"].size(), 1u);
  EXPECT_EQ(json["failed"][0]["min_blocks"], 4);
  EXPECT_EQ(json["failed"][0]["predicted_us"], 32.5);
  EXPECT_EQ(json["failed"][0]["why"], "expected no spills, got 8 bytes");
}

TEST_F(TuneReportTest, TextHasThemWhenAsked) {
  const std::string brief = toText(shape, result, false), all = toText(shape, result, true);
  EXPECT_EQ(all.substr(0, brief.size()), brief);
  EXPECT_NE(brief.find("kept: 7.7 % faster; 3 of 4 measured, 1 failed, 6 not tried\n"), std::string::npos) << brief;
  EXPECT_EQ(brief.find("55.00"), std::string::npos) << brief;
  const std::string list = all.substr(brief.size());
  EXPECT_EQ(std::count(list.begin(), list.end(), '\n'), 5) << list;
  EXPECT_NE(list.find("      37.12    0.25       36.0       15  online"), std::string::npos) << list;
  EXPECT_NE(list.find(", 3 blocks a multiprocessor (default)\n"), std::string::npos) << list;
  EXPECT_NE(list.find("      55.00    1.00       36.0        3  online"), std::string::npos) << list;
  EXPECT_NE(list.find(", 1 block a multiprocessor\n"), std::string::npos) << list;
  EXPECT_NE(list.find("  failed: single"), std::string::npos) << list;
  EXPECT_NE(list.find(": expected no spills, got 8 bytes\n"), std::string::npos) << list;
}

}  // namespace
}  // namespace raggedc
