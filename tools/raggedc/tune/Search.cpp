//===- Search.cpp - the fastest of many schedules --------------------------===//

#include "tools/raggedc/tune/Search.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "runtime/strings.h"

namespace raggedc {

namespace {

constexpr double kLeastGain = 0.01;

TuneTime summarise(size_t candidate, std::vector<double> samples) {
  std::sort(samples.begin(), samples.end());
  size_t n = samples.size();
  double median = (samples[(n - 1) / 2] + samples[n / 2]) / 2;
  return {candidate, median, (samples[(3 * n - 1) / 4] - samples[n / 4]) / 2, n};
}

/// Threads that prepare candidates in order, while somebody takes what is ready.
class Preparation {
 public:
  Preparation(const std::vector<size_t>& order, TuneRunner& runner, size_t threads)
      : order(order), runner(runner), working(std::min(std::max<size_t>(threads, 1), order.size())) {
    for (size_t i = working; i > 0; --i) workers.emplace_back([this] { work(); });
  }
  ~Preparation() {
    stop();
    for (std::thread& worker : workers) worker.join();
  }

  /// Nothing new is begun.
  void stop() { isStopped = true; }

  /// The next that is ready, or nothing when all that were begun have been taken.
  std::optional<std::pair<size_t, Status>> take() {
    std::unique_lock<std::mutex> lock(mutex);
    changed.wait(lock, [&] { return !ready.empty() || working == 0; });
    if (ready.empty()) return std::nullopt;
    std::pair<size_t, Status> one = std::move(ready.front());
    ready.pop_front();
    return one;
  }

 private:
  void work() {
    for (size_t i; !isStopped && (i = next++) < order.size();) {
      Status status = runner.prepare(order[i]);
      std::lock_guard<std::mutex> lock(mutex);
      ready.emplace_back(order[i], std::move(status));
      changed.notify_all();
    }
    std::lock_guard<std::mutex> lock(mutex);
    --working;
    changed.notify_all();
  }

  const std::vector<size_t>& order;
  TuneRunner& runner;
  std::atomic<size_t> next{0};
  std::atomic<bool> isStopped{false};
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::pair<size_t, Status>> ready;
  size_t working;  ///< threads that have not ended
  std::vector<std::thread> workers;
};

class Search {
 public:
  Search(size_t count, size_t byDefault, TuneRunner& runner, const TuneLimits& limits, const TuneProgress& progress)
      : byDefault(byDefault), runner(runner), limits(limits), progress(progress), begin(runner.now()), samples(count) {
    step.total = count;
    step.rounds = limits.rounds;
  }

  Result<TuneResult> run() {
    RAGGEDC_RETURN_IF_ERROR(runFirstPass());
    std::vector<size_t> finalists = pickFinalists();
    RAGGEDC_RETURN_IF_ERROR(runFinal(finalists));
    result.byDefault = summarise(byDefault, samples[byDefault]);
    std::vector<TuneTime> times;
    for (size_t finalist : finalists)
      if (finalist != byDefault && !samples[finalist].empty()) times.push_back(summarise(finalist, samples[finalist]));
    std::sort(times.begin(), times.end(), [](const TuneTime& a, const TuneTime& b) { return a.median < b.median; });
    if (!times.empty()) result.best = times[0];
    if (times.size() > 1) result.second = times[1];
    result.bestWins = result.best && beats(*result.best, result.byDefault);
    for (size_t i = 0; i < samples.size(); ++i)
      if (!samples[i].empty()) result.times.push_back(summarise(i, samples[i]));
    std::sort(result.times.begin(), result.times.end(), [](const TuneTime& a, const TuneTime& b) {
      return std::pair(a.median, a.candidate) < std::pair(b.median, b.candidate);
    });
    return std::move(result);
  }

 private:
  bool isLate() const { return runner.now() - begin >= limits.seconds; }

  void report() {
    if (progress) progress(step);
  }

  /// A candidate that fails is out; without the default there is no result.
  Status fail(size_t candidate, const Status& status) {
    if (candidate == byDefault) return status.WithContext("the default schedule");
    result.failed.emplace_back(candidate, status.message());
    samples[candidate].clear();
    return OkStatus();
  }

  /// The default first, since everything is compared with it.
  Status runFirstPass() {
    std::vector<size_t> order{byDefault};
    for (size_t i = 0; i < samples.size(); ++i)
      if (i != byDefault) order.push_back(i);
    Preparation preparation(order, runner, limits.threads);
    size_t taken = 0;
    while (std::optional<std::pair<size_t, Status>> one = preparation.take()) {
      auto& [candidate, status] = *one;
      step.prepared = ++taken;
      if (candidate != byDefault && isLate()) {
        preparation.stop();
        result.isCut = true;
        continue;
      }
      for (int i = 0; status.ok() && i < limits.quickSamples; ++i) status = sample(candidate);
      if (status.ok())
        ++result.measured;
      else
        RAGGEDC_RETURN_IF_ERROR(fail(candidate, status));
      report();
    }
    result.isCut |= taken < samples.size();
    return OkStatus();
  }

  Status sample(size_t candidate) {
    Result<double> microseconds = runner.sample(candidate);
    if (!microseconds.ok()) return microseconds.status();
    samples[candidate].push_back(*microseconds);
    if (step.best == 0 || *microseconds < step.best) step.best = *microseconds;
    return OkStatus();
  }

  /// The default, and who may yet win.
  std::vector<size_t> pickFinalists() {
    std::vector<TuneTime> times;
    for (size_t i = 0; i < samples.size(); ++i)
      if (i != byDefault && !samples[i].empty()) times.push_back(summarise(i, samples[i]));
    std::sort(times.begin(), times.end(), [](const TuneTime& a, const TuneTime& b) { return a.median < b.median; });
    double fastest = summarise(byDefault, samples[byDefault]).median;
    if (!times.empty()) fastest = std::min(fastest, times.front().median);
    std::vector<size_t> finalists{byDefault};
    for (const TuneTime& time : times)
      if (finalists.size() <= limits.finalists && time.median <= limits.near * fastest)
        finalists.push_back(time.candidate);
    // What the first pass saw was seen while kernels were compiled beside it.
    for (size_t finalist : finalists) samples[finalist].clear();
    return finalists;
  }

  /// Rounds in which each has its turn, another one first each time, so that what changes meanwhile hits them all.
  Status runFinal(std::vector<size_t>& finalists) {
    for (int round = 0; round < limits.rounds; ++round) {
      if (round >= limits.leastRounds && isLate()) {
        result.isCut = true;
        break;
      }
      std::rotate(finalists.begin(), finalists.begin() + 1, finalists.end());
      for (size_t i = 0; i < finalists.size();) {
        size_t finalist = finalists[i];
        if (Status status = sample(finalist); !status.ok()) {
          RAGGEDC_RETURN_IF_ERROR(fail(finalist, status));
          finalists.erase(finalists.begin() + std::ptrdiff_t(i));
          continue;
        }
        ++i;
      }
      step.round = round + 1;
      report();
    }
    return OkStatus();
  }

  const size_t byDefault;
  TuneRunner& runner;
  const TuneLimits limits;
  const TuneProgress& progress;
  const double begin;
  std::vector<std::vector<double>> samples;
  TuneStep step;
  TuneResult result;
};

}  // namespace

bool beats(const TuneTime& a, const TuneTime& b) {
  double gain = b.median - a.median;
  return gain > a.noise + b.noise && gain > kLeastGain * b.median;
}

Result<TuneResult> searchSchedules(size_t count, size_t byDefault, TuneRunner& runner, const TuneLimits& limits,
                                   const TuneProgress& progress) {
  if (byDefault >= count) return InternalError(StrCat("expected a default among ", count, " candidates, got none"));
  return Search(count, byDefault, runner, limits, progress).run();
}

}  // namespace raggedc
