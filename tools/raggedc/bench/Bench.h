//===- Bench.h - the measurements of raggedc bench --------------*- C++ -*-===//
//
// Each goes through the C API as a program that embeds it would, on the device
// that is given, and takes seconds.
//
//===----------------------------------------------------------------------===//

#ifndef RAGGEDC_TOOLS_RAGGEDC_BENCH_BENCH_H
#define RAGGEDC_TOOLS_RAGGEDC_BENCH_BENCH_H

#include <string>
#include <vector>

#include "tools/raggedc/bench/Device.h"
#include "tools/raggedc/bench/Report.h"

namespace raggedc {

/// `repeat` times so many rounds; in a round every way has its turn, so that what changes meanwhile hits them all.
Result<DispatchResult> benchDispatch(const BenchDevice& device, const std::string& spec, int64_t repeat);

/// One thread and eight.
Result<std::vector<LookupRow>> benchLookup(const BenchDevice& device, const std::string& spec, int64_t repeat);

/// `repeat` processes for each way, made by benchStartChild in copies of this program.
Result<StartResult> benchStart(const BenchDevice& device, const std::string& spec, int64_t repeat);

/// What such a process does: with an empty or a filled `cache`, or with a `bundle` and without a cache, whatever the
/// two are; by a handle or, with `quick`, under RAGGEDC_COMPILE_QUICK_FIRST. Returns what benchStart reads, one line.
struct StartChild {
  std::string cache, bundle;
  bool quick = false;
};
Result<std::string> benchStartChild(int device, const std::string& spec, const StartChild& child);

/// One line of the GPU times.
struct GpuCell {
  std::string spec;
  std::vector<int64_t> lengths;
};
/// Lengths around `keep` of the capacity, with a tenth of it as their deviation; all of it for 1. One row, as the class
/// token of a vision transformer, is always kept.
std::vector<int64_t> drawLengths(int64_t sequences, int64_t capacity, double keep, uint64_t seed);
/// The cells of the project's benchmark protocol: 12 heads of 64, bf16, lengths drawn around a part of the capacity.
std::vector<GpuCell> defaultCells(uint64_t seed);
Result<GpuResult> benchGpu(const BenchDevice& device, const std::vector<GpuCell>& cells, uint64_t seed, int64_t repeat);

}  // namespace raggedc

#endif  // RAGGEDC_TOOLS_RAGGEDC_BENCH_BENCH_H
