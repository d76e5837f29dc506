//===- search_test.cpp - how raggedc tune searches --------------------------===//

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>

#include "runtime/strings.h"
#include "tools/raggedc/tune/Progress.h"
#include "tools/raggedc/tune/Search.h"

namespace raggedc {
namespace {

/// Candidates with true times, a noise that comes and goes, and a clock that each sample turns.
class FakeRunner : public TuneRunner {
 public:
  explicit FakeRunner(std::vector<double> times) : times(std::move(times)), noise(this->times.size(), 0.0) {}

  Status prepare(size_t candidate) override {
    ++prepared;
    auto it = broken.find(candidate);
    return it == broken.end() ? OkStatus() : InvalidArgument(it->second);
  }

  Result<double> sample(size_t candidate) override {
    clock += secondsPerSample;
    order.push_back(candidate);
    if (wrong.count(candidate) && ++samplesOfWrong >= wrong[candidate]) return InternalError("wrong results");
    constexpr double kPattern[] = {0, 1, -1};
    return times[candidate] + noise[candidate] * kPattern[counts[candidate]++ % 3];
  }

  double now() override { return clock; }

  std::vector<double> times, noise;
  std::map<size_t, std::string> broken;
  std::map<size_t, int> wrong;  ///< the sample that finds it
  std::map<size_t, int> counts;
  std::vector<size_t> order;
  std::atomic<size_t> prepared{0};
  int samplesOfWrong = 0;
  double clock = 100, secondsPerSample = 0;
};

Result<TuneResult> search(FakeRunner& runner, size_t byDefault = 0, TuneLimits limits = {}) {
  return searchSchedules(runner.times.size(), byDefault, runner, limits, nullptr);
}

TEST(TuneSearchTest, TheFastestWinsAndTheNextIsSecond) {
  FakeRunner runner({10, 12, 8, 9, 30});
  Result<TuneResult> result = search(runner);
  ASSERT_TRUE(result.ok()) << result.status().message();
  EXPECT_EQ(result->best->candidate, 2u);
  EXPECT_DOUBLE_EQ(result->best->median, 8);
  EXPECT_EQ(result->second->candidate, 3u);
  EXPECT_TRUE(result->bestWins);
  EXPECT_DOUBLE_EQ(result->byDefault.median, 10);
  EXPECT_EQ(result->measured, 5u);
  EXPECT_EQ(result->byDefault.samples, 15u);
  EXPECT_FALSE(result->isCut);
  EXPECT_TRUE(result->failed.empty());
}

TEST(TuneSearchTest, NothingBeatsTheDefaultWithinItsNoise) {
  FakeRunner runner({10, 9.7});
  runner.noise = {1, 1};
  Result<TuneResult> result = search(runner);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->best->candidate, 1u);
  EXPECT_GT(result->best->noise, 0.1);
  EXPECT_FALSE(result->bestWins);
}

TEST(TuneSearchTest, AGainOfLessThanAPercentIsNone) {
  FakeRunner slightly({10, 9.91}), enough({10, 9.89});
  EXPECT_FALSE(search(slightly)->bestWins);
  EXPECT_TRUE(search(enough)->bestWins);
}

TEST(TuneSearchTest, BeatsIsBeyondBothNoises) {
  EXPECT_TRUE(beats({1, 8, 0.4, 9}, {0, 10, 1.5, 9}));
  EXPECT_FALSE(beats({1, 8, 0.5, 9}, {0, 10, 1.5, 9}));
  EXPECT_FALSE(beats({1, 10, 0, 9}, {0, 10, 0, 9}));
  EXPECT_FALSE(beats({1, 11, 0, 9}, {0, 10, 0, 9}));
}

TEST(TuneSearchTest, WhatDoesNotCompileOrComputesWrongIsOut) {
  FakeRunner runner({10, 5, 6, 7});
  runner.broken[1] = "expected no spills, got 8 bytes";
  runner.wrong[2] = 1;
  Result<TuneResult> result = search(runner);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->best->candidate, 3u);
  EXPECT_FALSE(result->second.has_value());
  EXPECT_EQ(result->measured, 2u);
  ASSERT_EQ(result->failed.size(), 2u);
  EXPECT_EQ(result->failed[0], (std::pair<size_t, std::string>(1, "expected no spills, got 8 bytes")));
  EXPECT_EQ(result->failed[1], (std::pair<size_t, std::string>(2, "wrong results")));
}

TEST(TuneSearchTest, WhatFailsInTheFinalIsOutToo) {
  FakeRunner runner({10, 5, 6});
  runner.wrong[1] = 6;  // in the third round
  Result<TuneResult> result = search(runner);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->best->candidate, 2u);
  EXPECT_EQ(result->failed.size(), 1u);
  EXPECT_EQ(result->byDefault.samples, 15u);
}

TEST(TuneSearchTest, WithoutTheDefaultThereIsNoResult) {
  FakeRunner runner({10, 5}), wrong({10, 5});
  runner.broken[1] = "expected a cubin, got none";
  EXPECT_EQ(search(runner, 1).status().message(), "the default schedule: expected a cubin, got none");
  wrong.wrong[0] = 1;
  EXPECT_EQ(search(wrong, 0).status().message(), "the default schedule: wrong results");
  EXPECT_FALSE(search(runner, 2).ok());
}

TEST(TuneSearchTest, EveryRoundOfTheFinalHasEachOnce) {
  FakeRunner runner({10, 9, 8, 50});
  ASSERT_TRUE(search(runner).ok());
  // Three quick samples of four candidates, the default first.
  ASSERT_EQ(runner.order.size(), 12u + 15 * 3);
  EXPECT_EQ(runner.order[0], 0u);
  std::vector<size_t> firsts;
  for (size_t at = 12; at < runner.order.size(); at += 3) {
    std::vector<size_t> round(runner.order.begin() + long(at), runner.order.begin() + long(at) + 3);
    firsts.push_back(round[0]);
    std::sort(round.begin(), round.end());
    EXPECT_EQ(round, (std::vector<size_t>{0, 1, 2}));
  }
  // Not always the same one first.
  std::sort(firsts.begin(), firsts.end());
  EXPECT_EQ(firsts[4], 0u);
  EXPECT_EQ(firsts[5], 1u);
  EXPECT_EQ(firsts[10], 2u);
}

TEST(TuneSearchTest, FinalistsAreNearTheFastestAndNotMany) {
  FakeRunner runner({100, 10, 11, 12.4, 12.6, 10.1, 10.2});
  TuneLimits limits;
  limits.finalists = 4;
  ASSERT_TRUE(search(runner, 0, limits).ok());
  std::map<size_t, int> counts;
  for (size_t candidate : runner.order) ++counts[candidate];
  EXPECT_EQ(counts[0], 18);  // the default, however slow
  EXPECT_EQ(counts[1], 18);
  EXPECT_EQ(counts[5], 18);
  EXPECT_EQ(counts[6], 18);
  EXPECT_EQ(counts[2], 18);
  EXPECT_EQ(counts[3], 3);  // near enough, and one too many
  EXPECT_EQ(counts[4], 3);  // not near enough
}

TEST(TuneSearchTest, TimeCutsTheFirstPassAndTheFinal) {
  FakeRunner runner(std::vector<double>(40, 10));
  runner.times[39] = 1;
  runner.secondsPerSample = 1;
  TuneLimits limits;
  limits.seconds = 10;
  Result<TuneResult> result = search(runner, 0, limits);
  ASSERT_TRUE(result.ok());
  EXPECT_TRUE(result->isCut);
  EXPECT_EQ(result->measured, 4u);           // three samples each
  EXPECT_EQ(result->byDefault.samples, 5u);  // as many as a comparison needs
}

TEST(TuneSearchTest, ThreadsPrepareEachOnce) {
  FakeRunner runner(std::vector<double>(100, 10));
  TuneLimits limits;
  limits.threads = 4;
  size_t reported = 0;
  int round = 0;
  Result<TuneResult> result = searchSchedules(100, 7, runner, limits, [&](const TuneStep& step) {
    reported = step.prepared;
    round = step.round;
    EXPECT_EQ(step.total, 100u);
  });
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(runner.prepared, 100u);
  EXPECT_EQ(result->measured, 100u);
  EXPECT_EQ(reported, 100u);
  EXPECT_EQ(round, 15);
}

TEST(TuneSearchTest, AllTimesTheFastestFirst) {
  FakeRunner runner({100, 10, 11, 50, 10.5, 30});
  runner.broken[3] = "expected this, got that";
  Result<TuneResult> result = search(runner);
  ASSERT_TRUE(result.ok());
  std::vector<size_t> order, samples;
  for (const TuneTime& time : result->times) {
    order.push_back(time.candidate);
    samples.push_back(time.samples);
  }
  EXPECT_EQ(order, (std::vector<size_t>{1, 4, 2, 5, 0}));
  EXPECT_EQ(samples, (std::vector<size_t>{15, 15, 15, 3, 15}));  // the default is in the final, the slow one is not
  EXPECT_EQ(result->times.size(), result->measured);
  EXPECT_EQ(result->times[0].median, result->best->median);
}

TEST(TuneProgressTest, ABarThatFitsItsColumns) {
  TuneStep step;
  step.total = 8;
  step.rounds = 15;
  EXPECT_EQ(drawProgress("deit", step, 80), "[--------------------] 0 of 8 candidates  deit");
  step.prepared = 4;
  step.best = 12.345;
  EXPECT_EQ(drawProgress("deit", step, 80), "[#####---------------] 4 of 8 candidates, best 12.35 us  deit");
  step.prepared = 8;
  step.round = 15;
  EXPECT_EQ(drawProgress("deit", step, 80), "[####################] round 15 of 15, best 12.35 us  deit");
  EXPECT_EQ(drawProgress("deit", step, 30), "[####################] round 1");
}

}  // namespace
}  // namespace raggedc
