//===- Report.h - what raggedc bench measured -------------------*- C++ -*-===//
//
// The measurements as plain data, and how they are written down. Nothing here
// needs a GPU.
//
//===----------------------------------------------------------------------===//

#ifndef RAGGEDC_TOOLS_RAGGEDC_BENCH_REPORT_H
#define RAGGEDC_TOOLS_RAGGEDC_BENCH_REPORT_H

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace raggedc {

/// A limit of 0 is none.
struct Limited {
  double value = 0, limit = 0;
  bool isMissed() const { return limit > 0 && value > limit; }
};

/// One way to launch. Nanoseconds of host time for one call, without the clock's own.
struct DispatchRow {
  std::string what;
  double p50 = 0, p99 = 0;
  int64_t samples = 0;
  std::optional<size_t> floor;  ///< the row it is compared with; none: it is a floor itself
  double limit50 = 0, limit99 = 0;
};
struct DispatchResult {
  std::string spec;
  double clockNanoseconds = 0;     ///< of reading the clock, taken away from every sample
  double captureMilliseconds = 0;  ///< the first launch of all, under stream capture
  int64_t arguments = 0,
          sharedBytes = 0;  ///< of the kernel; the bare launch has as many arguments and no shared memory
  std::vector<DispatchRow> rows;
};
Limited ratio50(const DispatchResult& result, const DispatchRow& row);
Limited ratio99(const DispatchResult& result, const DispatchRow& row);

/// raggedc_launch without a launch: finding the kernel. Nanoseconds a call.
struct LookupRow {
  std::string what;
  int64_t threads = 1;
  double p50 = 0, p99 = 0;
  double limit50 = 0;
};

/// One way for a kernel to come to be, in processes of its own. Milliseconds.
struct StartRow {
  std::string what;
  std::vector<double> samples;
  double limit = 0;  ///< of the median
  double minimum() const;
  double median() const;
};
struct StartResult {
  std::string spec;
  std::vector<StartRow> rows;
};

/// GPU time of one call with one list of lengths. Microseconds.
struct GpuRow {
  std::string spec;
  int64_t sequences = 0, capacity = 0, tokens = 0;
  double keep = 0;  ///< tokens of those that would fit
  double warm = 0, cold = 0;
  double flops = 0, bytes = 0;                             ///< of one call: products; operands read and result written
  double memoryFloor = 0, tensorFloor = 0, exp2Floor = 0;  ///< how long each unit is busy at least
  double floor() const;
};
struct GpuResult {
  uint64_t seed = 0;
  std::vector<GpuRow> rows;
};

struct BenchReport {
  std::string device, arch, driver;
  int64_t repeat = 0;
  std::optional<DispatchResult> dispatch;
  std::optional<std::vector<LookupRow>> lookup;
  std::optional<StartResult> start;
  std::optional<GpuResult> gpu;
};

/// Sorts `samples` and returns the one that `fraction` of them do not exceed. At least one sample.
double percentile(std::vector<double>& samples, double fraction);

std::string toText(const BenchReport& report);
std::string toJson(const BenchReport& report);

/// The same as a picture: launches beside the bare ones, starts, and GPU times beside their floors.
std::string toSvg(const BenchReport& report);

}  // namespace raggedc

#endif  // RAGGEDC_TOOLS_RAGGEDC_BENCH_REPORT_H
