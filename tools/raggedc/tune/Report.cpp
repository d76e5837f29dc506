//===- Report.cpp - what raggedc tune says of a shape ----------------------===//

#include "tools/raggedc/tune/Report.h"

#include <algorithm>
#include <cstdio>

#include "passes/ScheduleFields.h"
#include "runtime/strings.h"

namespace raggedc {

namespace {

using Json = nlohmann::ordered_json;

Json toJson(const MeasuredSchedule& candidate) {
  Json schedule = Json::object();
  for (const auto& [name, value] : getFields(candidate.candidate)) {
    if (const auto* word = std::get_if<std::string>(&value))
      schedule[name] = *word;
    else
      schedule[name] = std::get<int64_t>(value);
  }
  return {{"schedule", std::move(schedule)}, {"min_blocks", candidate.minBlocks}};
}

Json toJson(const TuneShape& shape, const TuneTime& time) {
  Json json = toJson(shape.candidates[time.candidate]);
  json["predicted_us"] = shape.predicted[time.candidate];
  json["us"] = time.median;
  json["noise_us"] = time.noise;
  json["samples"] = time.samples;
  return json;
}

std::string describeCandidate(const TuneShape& shape, size_t index) {
  const MeasuredSchedule& one = shape.candidates[index];
  return StrCat(describe(one.candidate), ", ", one.minBlocks, one.minBlocks == 1 ? " block" : " blocks",
                " a multiprocessor");
}

std::string listTimes(const TuneShape& shape, const TuneResult& result) {
  char line[96];
  std::string text = "   measured      +-  predicted  samples\n";
  for (const TuneTime& time : result.times) {
    std::snprintf(line, sizeof line, "  %9.2f  %6.2f  %9.1f  %7zu  ", time.median, time.noise,
                  shape.predicted[time.candidate], time.samples);
    text += StrCat(line, describeCandidate(shape, time.candidate),
                   time.candidate == shape.byDefault ? " (default)" : "", "\n");
  }
  for (const auto& [candidate, why] : result.failed)
    text += StrCat("  failed: ", describeCandidate(shape, candidate), ": ", why, "\n");
  return text;
}

}  // namespace

std::string TuneShape::describe() const {
  return StrCat(ToString(spec), ", ", batch == 0 ? "many" : std::to_string(batch),
                batch == 1 ? " sequence" : " sequences");
}

std::string toText(const TuneShape& shape, const TuneResult& result, bool verbose) {
  char times[160];
  std::string text = StrCat(shape.describe(), "\n");
  std::snprintf(times, sizeof times, "  default  %9.2f us +- %.2f  ", result.byDefault.median, result.byDefault.noise);
  text += times + describe(shape.candidates[shape.byDefault].candidate) + "\n";
  if (result.best) {
    std::snprintf(times, sizeof times, "  best     %9.2f us +- %.2f  ", result.best->median, result.best->noise);
    text += times + describe(shape.candidates[result.best->candidate].candidate) + "\n";
  }
  double gain = result.best ? 100 * (result.byDefault.median / result.best->median - 1) : 0;
  std::snprintf(times, sizeof times, "%.1f %% faster", gain);
  text += StrCat("  ", result.bestWins ? StrCat("kept: ", times) : "the default stays", "; ", result.measured, " of ",
                 shape.candidates.size(), " measured, ", result.failed.size(), " failed, ",
                 shape.considered - std::min(shape.considered, shape.candidates.size()), " not tried",
                 result.isCut ? "; cut short by the time" : "", "\n");
  return verbose ? text + listTimes(shape, result) : text;
}

Json toJson(const TuneShape& shape, const TuneResult& result, int64_t tokens, double seconds) {
  Json json{{"spec", ToString(shape.spec)},
            {"batch", shape.batch},
            {"sequences", shape.lengths.size()},
            {"tokens", tokens},
            {"capacity", {shape.shapes.firstCapacity, shape.shapes.lastCapacity}},
            {"batches", {shape.shapes.firstBatch, shape.shapes.lastBatch}},
            {"candidates", shape.candidates.size()},
            {"measured", result.measured},
            {"default", toJson(shape, result.byDefault)},
            {"kept", result.bestWins},
            {"cut", result.isCut},
            {"seconds", seconds},
            {"times", Json::array()},
            {"failed", Json::array()}};
  if (result.best) json["best"] = toJson(shape, *result.best);
  if (result.second) json["second"] = toJson(shape, *result.second);
  for (const TuneTime& time : result.times) json["times"].push_back(toJson(shape, time));
  for (const auto& [candidate, why] : result.failed) {
    Json one = toJson(shape.candidates[candidate]);
    one["predicted_us"] = shape.predicted[candidate];
    one["why"] = why;
    json["failed"].push_back(std::move(one));
  }
  return json;
}

}  // namespace raggedc
