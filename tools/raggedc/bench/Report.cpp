//===- Report.cpp - measurements as a table and as JSON --------------------===//

#include "tools/raggedc/bench/Report.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "runtime/strings.h"

namespace raggedc {

namespace {

template <typename... Values>
std::string format(const char* pattern, Values... values) {
  char text[512];
  std::snprintf(text, sizeof text, pattern, values...);
  return text;
}

/// `pass` or `MISS` and what is allowed, or nothing where nothing is asked for.
std::string mark(const Limited& limited, const char* unit) {
  if (limited.limit <= 0) return "";
  return format("  %s (%.4g%s)", limited.isMissed() ? "MISS" : "pass", limited.limit, unit);
}

std::string toText(const DispatchResult& dispatch) {
  std::string text = StrCat("\nhost time to enqueue a launch, ns, of ", dispatch.spec, "\n");
  text += format("%-36s %9s %9s %7s %7s  %-15s %s\n", "", "p50", "p99", "p50", "p99", "p50", "p99");
  for (const DispatchRow& row : dispatch.rows) {
    text += format("%-36s %9.0f %9.0f", row.what.c_str(), row.p50, row.p99);
    if (row.floor) {
      Limited p50 = ratio50(dispatch, row), p99 = ratio99(dispatch, row);
      text += format(" %6.3fx %6.3fx", p50.value, p99.value);
      if (p50.limit > 0) text += format("%-16s%s", mark(p50, "x").c_str(), mark(p99, "x").c_str());
    }
    text += "\n";
  }
  text +=
      format("first launch of all, under capture: %.2f ms; %lld arguments; %.0f ns of reading the clock taken away\n",
             dispatch.captureMilliseconds, static_cast<long long>(dispatch.arguments), dispatch.clockNanoseconds);
  return text;
}

std::string toText(const std::vector<LookupRow>& lookup) {
  std::string text = "\nfinding a kernel in memory, ns\n";
  text += format("%-36s %7s %9s %9s\n", "", "threads", "p50", "p99");
  for (const LookupRow& row : lookup)
    text += format("%-36s %7lld %9.1f %9.1f%s", row.what.c_str(), static_cast<long long>(row.threads), row.p50, row.p99,
                   mark({row.p50, row.limit50}, " ns").c_str()) +
            "\n";
  return text;
}

std::string toText(const StartResult& start) {
  std::string text = StrCat("\nfrom a spec to a result in a fresh process, ms, of ", start.spec, "\n");
  text += format("%-52s %9s %9s %9s\n", "", "min", "median", "samples");
  for (const StartRow& row : start.rows)
    text += format("%-52s %9.3f %9.3f %9zu%s\n", row.what.c_str(), row.minimum(), row.median(), row.samples.size(),
                   mark({row.median(), row.limit}, " ms").c_str());
  return text;
}

std::string toText(const GpuResult& gpu) {
  std::string text = StrCat("\nGPU time of a call, us (lengths from seed ", gpu.seed, ")\n");
  text += format("%9s %8s %6s %9s %9s %9s %9s %9s %8s %9s\n", "sequences", "capacity", "keep", "tokens", "warm L2",
                 "cold L2", "TFLOP/s", "GB/s", "floor", "of floor");
  for (const GpuRow& row : gpu.rows)
    text += format("%9lld %8lld %6.2f %9lld %9.2f %9.2f %9.1f %9.0f %8.2f %7.0f %%\n",
                   static_cast<long long>(row.sequences), static_cast<long long>(row.capacity), row.keep,
                   static_cast<long long>(row.tokens), row.warm, row.cold, row.flops / row.warm * 1e-6,
                   row.bytes / row.warm * 1e-3, row.floor(), 100 * row.floor() / row.warm);
  return text;
}

using Json = nlohmann::ordered_json;

void addLimit(Json& json, const char* name, double limit, bool isMissed) {
  if (limit <= 0) return;
  json[name] = limit;
  json["pass"] = json.value("pass", true) && !isMissed;
}

Json toValue(const DispatchResult& dispatch) {
  Json json{{"spec", dispatch.spec},
            {"clock_ns", dispatch.clockNanoseconds},
            {"first_launch_under_capture_ms", dispatch.captureMilliseconds},
            {"arguments", dispatch.arguments},
            {"shared_bytes", dispatch.sharedBytes},
            {"ways", Json::array()}};
  for (const DispatchRow& row : dispatch.rows) {
    Json way{{"what", row.what}, {"p50_ns", row.p50}, {"p99_ns", row.p99}, {"samples", row.samples}};
    if (row.floor) {
      Limited p50 = ratio50(dispatch, row), p99 = ratio99(dispatch, row);
      way["floor"] = dispatch.rows[*row.floor].what;
      way["p50_ratio"] = p50.value;
      way["p99_ratio"] = p99.value;
      addLimit(way, "p50_limit", p50.limit, p50.isMissed());
      addLimit(way, "p99_limit", p99.limit, p99.isMissed());
    }
    json["ways"].push_back(std::move(way));
  }
  return json;
}

Json toValue(const std::vector<LookupRow>& lookup) {
  Json json = Json::array();
  for (const LookupRow& row : lookup) {
    Json entry{{"what", row.what}, {"threads", row.threads}, {"p50_ns", row.p50}, {"p99_ns", row.p99}};
    addLimit(entry, "p50_limit_ns", row.limit50, Limited{row.p50, row.limit50}.isMissed());
    json.push_back(std::move(entry));
  }
  return json;
}

Json toValue(const StartResult& start) {
  Json json{{"spec", start.spec}, {"ways", Json::array()}};
  for (const StartRow& row : start.rows) {
    Json way{{"what", row.what}, {"min_ms", row.minimum()}, {"median_ms", row.median()}, {"samples_ms", row.samples}};
    addLimit(way, "limit_ms", row.limit, Limited{row.median(), row.limit}.isMissed());
    json["ways"].push_back(std::move(way));
  }
  return json;
}

Json toValue(const GpuResult& gpu) {
  Json json{{"seed", gpu.seed}, {"cells", Json::array()}};
  for (const GpuRow& row : gpu.rows)
    json["cells"].push_back(
        {{"spec", row.spec},
         {"sequences", row.sequences},
         {"capacity", row.capacity},
         {"tokens", row.tokens},
         {"keep", row.keep},
         {"warm_us", row.warm},
         {"cold_us", row.cold},
         {"flops", row.flops},
         {"bytes", row.bytes},
         {"tflops_per_s", row.flops / row.warm * 1e-6},
         {"gb_per_s", row.bytes / row.warm * 1e-3},
         {"floors_us", {{"device_memory", row.memoryFloor}, {"tensor_cores", row.tensorFloor}, {"ex2", row.exp2Floor}}},
         {"floor_fraction", row.floor() / row.warm}});
  return json;
}

}  // namespace

double percentile(std::vector<double>& samples, double fraction) {
  std::sort(samples.begin(), samples.end());
  size_t at = static_cast<size_t>(fraction * static_cast<double>(samples.size()));
  return samples[std::min(at, samples.size() - 1)];
}

Limited ratio50(const DispatchResult& result, const DispatchRow& row) {
  return {row.p50 / result.rows[row.floor.value()].p50, row.limit50};
}

Limited ratio99(const DispatchResult& result, const DispatchRow& row) {
  return {row.p99 / result.rows[row.floor.value()].p99, row.limit99};
}

double StartRow::minimum() const {
  return *std::min_element(samples.begin(), samples.end());
}

double StartRow::median() const {
  std::vector<double> sorted = samples;
  std::sort(sorted.begin(), sorted.end());
  return (sorted[(sorted.size() - 1) / 2] + sorted[sorted.size() / 2]) / 2;
}

double GpuRow::floor() const {
  return std::max({memoryFloor, tensorFloor, exp2Floor});
}

std::string toText(const BenchReport& report) {
  std::string text = StrCat(report.device, " (", report.arch, "), driver for CUDA ", report.driver, "\n");
  if (report.dispatch) text += toText(*report.dispatch);
  if (report.lookup) text += toText(*report.lookup);
  if (report.start) text += toText(*report.start);
  if (report.gpu) text += toText(*report.gpu);
  return text;
}

std::string toJson(const BenchReport& report) {
  Json json{{"device", report.device}, {"arch", report.arch}, {"driver", report.driver}, {"repeat", report.repeat}};
  if (report.dispatch) json["dispatch"] = toValue(*report.dispatch);
  if (report.lookup) json["lookup"] = toValue(*report.lookup);
  if (report.start) json["start"] = toValue(*report.start);
  if (report.gpu) json["gpu"] = toValue(*report.gpu);
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace raggedc
