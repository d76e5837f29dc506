//===- Search.h - the fastest of many schedules -----------------*- C++ -*-===//
//
// How raggedc tune spends its time: which candidates are compiled and measured,
// how often, and when one is said to win. What compiles and measures is behind
// an interface, so that none of it needs a GPU.
//
//===----------------------------------------------------------------------===//

#ifndef RAGGEDC_TOOLS_RAGGEDC_TUNE_SEARCH_H
#define RAGGEDC_TOOLS_RAGGEDC_TUNE_SEARCH_H

#include <cstddef>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/status.h"

namespace raggedc {

/// Candidates by number.
class TuneRunner {
 public:
  virtual ~TuneRunner() = default;

  /// Compiles a candidate. Called from several threads at once, once for each candidate.
  virtual Status prepare(size_t candidate) = 0;

  /// One sample of a prepared candidate: microseconds of a call. From one thread alone. The first one checks the
  /// results too. An error rules the candidate out.
  virtual Result<double> sample(size_t candidate) = 0;

  /// A clock, in seconds.
  virtual double now() = 0;
};

struct TuneLimits {
  double seconds = std::numeric_limits<double>::infinity();  ///< after which nothing new is begun
  size_t threads = 1;                                        ///< that compile
  int quickSamples = 3;                                      ///< of every candidate that compiles
  double near = 1.25;                                        ///< finalists are at most so many times the fastest
  size_t finalists = 6;                                      ///< at most, beside the default
  int rounds = 15;                                           ///< of the final, a sample of each in each
  int leastRounds = 5;                                       ///< of them, whatever the time
};

/// The median of a candidate's samples and half their interquartile range, microseconds.
struct TuneTime {
  size_t candidate = 0;
  double median = 0, noise = 0;
  size_t samples = 0;
};

struct TuneResult {
  TuneTime byDefault;
  std::optional<TuneTime> best, second;  ///< the fastest two beside the default
  std::vector<TuneTime> times;           ///< of all that were measured, the fastest first; finalists have more samples
  bool bestWins = false;                 ///< see beats()
  size_t measured = 0;                   ///< candidates, the default among them
  bool isCut = false;                    ///< by the time
  std::vector<std::pair<size_t, std::string>>
      failed;  ///< candidates that did not compile, run or compute what they should
};

/// Whether `a` is faster than `b` beyond what noise explains: by more than both noises together, and by more than 1 %.
bool beats(const TuneTime& a, const TuneTime& b);

/// What a progress bar shows.
struct TuneStep {
  size_t prepared = 0, total = 0;  ///< candidates
  int round = 0, rounds = 0;       ///< of the final
  double best = 0;                 ///< microseconds; 0: none yet
};
using TuneProgress = std::function<void(const TuneStep&)>;

/// Measures `count` candidates, the most promising first. Errors are those of the default, `byDefault`, without which
/// there is nothing to compare with.
Result<TuneResult> searchSchedules(size_t count, size_t byDefault, TuneRunner& runner, const TuneLimits& limits,
                                   const TuneProgress& progress);

}  // namespace raggedc

#endif  // RAGGEDC_TOOLS_RAGGEDC_TUNE_SEARCH_H
