//===- ScheduleExplanation.cpp - why an attention has its schedule ---------===//

#include "tools/raggedc/ScheduleExplanation.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <set>
#include <tuple>

#include "passes/ScheduleFields.h"
#include "runtime/strings.h"

namespace raggedc {

using namespace mlir::ragged_kernel;

namespace {

/// An empty kernel inside a graph, and each block of it beyond the first thousand; both measured on an H200.
constexpr double kEmptyKernel = 0.57, kEmptyBlock = 0.00065;

/// Microseconds that `clocks` of one multiprocessor for each (sequence, head) take on the whole chip.
double toMicroseconds(double clocks, const AttentionShape& shape, const Chip& chip, int64_t batch) {
  return clocks * double(batch) * double(shape.headsQ) / double(chip.multiprocessors) / (chip.clockGHz * 1000);
}

double getLaunchFloor(const Candidate& c, const AttentionShape& shape, int64_t batch) {
  double blocks = double(batch) * double(llvm::divideCeil(shape.headsQ, c.headsPerBlock)) *
                  double(llvm::divideCeil(shape.capacity, c.rowsPerBlock));
  return kEmptyKernel + kEmptyBlock * std::max(0.0, blocks - 1000);
}

}  // namespace

PredictedTime predictTime(const Candidate& candidate, const Estimate& estimate, const AttentionShape& shape,
                          const Chip& chip, int64_t hint, int64_t batch) {
  // With a batch the model prices the whole launch, else one sequence and head of many.
  PredictedTime time{
      hint > 0 ? estimate.total / (chip.clockGHz * 1000) : toMicroseconds(estimate.total, shape, chip, batch),
      estimate.bound};
  if (double launch = getLaunchFloor(candidate, shape, batch); launch > time.microseconds) time = {launch, "launch"};
  return time;
}

namespace {

/// Prices for launches of `batch` sequences.
class Pricer {
 public:
  Pricer(const AttentionShape& shape, const Chip& chip, const CompileOptions& options, int64_t batch)
      : shape(shape), chip(chip), hint(options.batch), batch(batch) {}

  PricedSchedule price(const ConsideredSchedule& considered) const {
    PricedSchedule priced;
    priced.candidate = considered.candidate;
    priced.estimate = considered.estimate;
    priced.refusal = considered.refusal;
    if (!priced.estimate) return priced;
    PredictedTime time = predictTime(considered.candidate, *priced.estimate, shape, chip, hint, batch);
    priced.microseconds = time.microseconds;
    priced.bound = time.bound;
    return priced;
  }

  Floors findFloors(const PricedSchedule& chosen) const {
    auto floor = [&](double clocks) { return toMicroseconds(clocks, shape, chip, batch); };
    const Estimate& cost = *chosen.estimate;
    return {floor(cost.global), floor(cost.tensor), floor(cost.exp2), floor(cost.shared),
            getLaunchFloor(chosen.candidate, shape, batch)};
  }

 private:
  const AttentionShape& shape;
  const Chip& chip;
  int64_t hint, batch;
};

/// Times that a table has for candidates of a shape.
void addMeasurements(const TuningEntry* entry, AttentionExplanation& attention) {
  if (!entry) return;
  for (const std::optional<MeasuredSchedule>& measured : {entry->chosen, entry->byDefault, entry->runnerUp}) {
    if (!measured || measured->microseconds <= 0) continue;
    attention.measuredWhere = StrCat(entry->sequences, " sequences, ", entry->tokens, " tokens");
    for (PricedSchedule& priced : attention.candidates)
      if (priced.candidate == measured->candidate && !priced.measured) priced.measured = measured->microseconds;
  }
}

const char* nameOf(ScheduleDecision::By by) {
  switch (by) {
    case ScheduleDecision::By::CostModel:
      return "cost model";
    case ScheduleDecision::By::UserTable:
      return "tuning table";
    case ScheduleDecision::By::ShippedTable:
      return "shipped tuning table";
    case ScheduleDecision::By::Request:
      return "request";
  }
  return "";
}

AttentionExplanation explainAttention(mlir::ragged::AttentionOp op, const Compiler& compiler, const Chip& chip,
                                      int64_t batch) {
  const CompileOptions& options = compiler.options();
  ChooseScheduleOptions pass = compiler.scheduleOptions();
  ScheduleDecision decision = decideSchedule(op, pass, compiler.userTable());
  AttentionExplanation attention;
  if (!decision.chosen) return attention;  // which lowering reports
  // Families that the choice does not look at for this shape are priced all the same.
  if (options.family == "auto")
    for (unsigned i = 0; i <= getMaxEnumValForFamily(); ++i) {
      auto has = [&](const ConsideredSchedule& one) { return unsigned(one.candidate.family) == i; };
      if (llvm::any_of(decision.considered, has)) continue;
      pass.family = stringifyFamily(static_cast<Family>(i)).str();
      ScheduleDecision other = decideSchedule(op, pass, nullptr);
      llvm::append_range(decision.considered, other.considered);
    }
  attention.shape = AttentionShape::of(op);
  attention.dtype = getDTypeName(op.getElementType());
  attention.by = nameOf(decision.by);
  if (!decision.request.empty()) attention.by += ": " + decision.request;
  Pricer pricer(attention.shape, chip, options, batch);
  std::vector<PricedSchedule> priced;
  for (const ConsideredSchedule& considered : decision.considered) priced.push_back(pricer.price(considered));
  std::vector<size_t> order(priced.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    auto key = [&](size_t i) { return std::tuple(!priced[i].estimate, priced[i].microseconds, i); };
    return key(a) < key(b);
  });
  for (size_t i : order) attention.candidates.push_back(std::move(priced[i]));
  addMeasurements(decision.userEntry, attention);
  addMeasurements(decision.shippedEntry, attention);
  for (const PricedSchedule& one : attention.candidates)
    if (one.candidate == *decision.chosen) attention.chosen = one;
  if (attention.chosen.estimate) attention.floors = pricer.findFloors(attention.chosen);
  return attention;
}

template <typename... Values>
std::string format(const char* pattern, Values... values) {
  char text[512];
  std::snprintf(text, sizeof text, pattern, values...);
  return text;
}

/// Rows of cells under a header, each column as wide as it must be; numbers to the right.
std::string printTable(const std::vector<std::vector<std::string>>& rows, const std::string& indent) {
  std::vector<size_t> widths(rows.front().size());
  for (const auto& row : rows)
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  std::string text;
  for (const auto& row : rows) {
    std::string line = indent;
    for (size_t i = 0; i < row.size(); ++i) {
      std::string pad(widths[i] - row[i].size(), ' ');
      bool isNumber = rows.size() > 1 && !rows[1][i].empty() && std::isdigit(rows[1][i].front());
      line += (i ? "  " : "") + (isNumber ? pad + row[i] : row[i] + pad);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

/// The chosen one, the best, and the best of each family; in the order of prices.
std::vector<const PricedSchedule*> pickShown(const AttentionExplanation& attention, int64_t most) {
  std::vector<const PricedSchedule*> shown;
  std::set<Family> families;
  for (const PricedSchedule& priced : attention.candidates) {
    if (!priced.estimate) continue;
    bool isFirst = families.insert(priced.candidate.family).second;
    if (int64_t(shown.size()) < most || isFirst || priced.measured || priced.candidate == attention.chosen.candidate)
      shown.push_back(&priced);
  }
  return shown;
}

std::string printCandidates(const AttentionExplanation& attention, int64_t most) {
  std::vector<const PricedSchedule*> shown = pickShown(attention, most);
  int64_t fit = std::count_if(attention.candidates.begin(), attention.candidates.end(),
                              [](const PricedSchedule& one) { return one.estimate.has_value(); });
  bool isMeasured = llvm::any_of(shown, [](const PricedSchedule* one) { return one->measured.has_value(); });
  // What is the same for all is said once.
  std::set<std::string> varying;
  for (const PricedSchedule* one : shown)
    for (const auto& [name, value] : getFields(one->candidate))
      for (const auto& [other, first] : getFields(shown.front()->candidate))
        if (name == other && value != first) varying.insert(name);
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string>& header = rows.emplace_back(std::vector<std::string>{"", "predicted"});
  if (isMeasured) header.push_back("measured");
  std::string same;
  for (const auto& [name, value] : getFields(attention.chosen.candidate)) {
    if (varying.count(name))
      header.push_back(name);
    else
      same += (same.empty() ? "" : ", ") + name + " " + toString(value);
  }
  for (const char* name : {"registers", "shared", "blocks/SM", "binds"}) header.push_back(name);
  for (const PricedSchedule* one : shown) {
    auto& row = rows.emplace_back();
    row.push_back(one->candidate == attention.chosen.candidate ? "*" : "");
    row.push_back(format("%.1f us", one->microseconds));
    if (isMeasured) row.push_back(one->measured ? format("%.1f us", *one->measured) : "");
    for (const auto& [name, value] : getFields(one->candidate))
      if (varying.count(name)) row.push_back(toString(value));
    row.push_back(std::to_string(one->estimate->registers));
    row.push_back(std::to_string(one->estimate->sharedBytes));
    row.push_back(std::to_string(one->estimate->blocks));
    row.push_back(one->bound);
  }
  std::string text = StrCat("  candidates  ", fit, " of ", attention.candidates.size(), " fit",
                            same.empty() ? "" : StrCat("; all of these: ", same), "\n");
  if (isMeasured) text += StrCat("              measured with ", attention.measuredWhere, "\n");
  return text + printTable(rows, "    ");
}

/// `text` in lines of at most 100 columns, all but the first behind `indent` blanks.
std::string wrap(llvm::StringRef text, size_t indent) {
  constexpr size_t kColumns = 100;
  std::string wrapped;
  size_t column = indent;
  while (!text.empty()) {
    auto [word, rest] = text.split(' ');
    text = rest;
    if (column > indent && column + 1 + word.size() > kColumns) {
      wrapped += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      wrapped += ' ';
      ++column;
    }
    wrapped += word;
    column += word.size();
  }
  return wrapped;
}

}  // namespace

std::vector<AttentionExplanation> explainAttentions(Compiler& compiler, const Chip& chip, int64_t batch) {
  std::vector<AttentionExplanation> attentions;
  compiler.module().walk(
      [&](mlir::ragged::AttentionOp op) { attentions.push_back(explainAttention(op, compiler, chip, batch)); });
  return attentions;
}

std::string toText(const AttentionExplanation& attention, int64_t most) {
  const AttentionShape& shape = attention.shape;
  std::string text = StrCat("\nattention   ", attention.dtype, ", ", shape.headsQ, " heads of ", shape.headDim,
                            shape.headDimV != shape.headDim ? StrCat(" (v: ", shape.headDimV, ")") : "",
                            shape.headsKV != shape.headsQ ? StrCat(", ", shape.headsKV, " of k and v") : "",
                            ", capacity ", shape.capacity, shape.causal ? ", causal" : "", "\n");
  text += StrCat("  schedule  ", describe(attention.chosen.candidate), "\n");
  text += StrCat("  taken by  ", attention.by, "\n");
  text += "  why       " + wrap(attention.reason, 12) + "\n";
  const Floors& floors = attention.floors;
  text += format(
      "  time      %6.1f us predicted, floors: device memory %.1f, tensor cores %.1f, ex2 %.1f, shared memory %.1f, "
      "launch %.1f\n",
      attention.chosen.microseconds, floors.memory, floors.tensor, floors.exp2, floors.shared, floors.launch);
  if (attention.compiled && attention.chosen.estimate) {
    const CompiledSchedule& made = *attention.compiled;
    const Estimate& cost = *attention.chosen.estimate;
    text += StrCat("  ptxas     ", made.registers, " registers (predicted ", cost.registers, "), ", made.sharedBytes,
                   " bytes of shared memory (predicted ", cost.sharedBytes, "), ", made.blocksPerMultiprocessor,
                   " blocks a multiprocessor (predicted ", cost.blocks, ")\n");
  }
  return text + printCandidates(attention, most);
}

nlohmann::ordered_json toJson(const AttentionExplanation& attention) {
  using Json = nlohmann::ordered_json;
  auto schedule = [](const PricedSchedule& priced) {
    Json json = Json::object();
    for (const auto& [name, value] : getFields(priced.candidate)) {
      if (const auto* word = std::get_if<std::string>(&value))
        json[name] = *word;
      else
        json[name] = std::get<int64_t>(value);
    }
    json["fits"] = priced.estimate.has_value();
    if (priced.estimate) {
      json["predicted_us"] = priced.microseconds;
      json["bound"] = priced.bound;
      json["registers"] = priced.estimate->registers;
      json["shared_bytes"] = priced.estimate->sharedBytes;
      json["blocks_per_sm"] = priced.estimate->blocks;
    } else {
      json["needed"] = priced.refusal.needed;
      json["available"] = priced.refusal.available;
    }
    if (priced.measured) json["measured_us"] = *priced.measured;
    return json;
  };
  const AttentionShape& shape = attention.shape;
  Json json{{"dtype", attention.dtype},
            {"heads", shape.headsQ},
            {"kv_heads", shape.headsKV},
            {"dim", shape.headDim},
            {"dim_v", shape.headDimV},
            {"max_seqlen", shape.capacity},
            {"causal", shape.causal},
            {"schedule", schedule(attention.chosen)},
            {"taken_by", attention.by},
            {"reason", attention.reason},
            {"floors_us",
             {{"device_memory", attention.floors.memory},
              {"tensor_cores", attention.floors.tensor},
              {"ex2", attention.floors.exp2},
              {"shared_memory", attention.floors.shared},
              {"launch", attention.floors.launch}}},
            {"candidates", Json::array()}};
  if (attention.compiled)
    json["ptxas"] = {{"registers", attention.compiled->registers},
                     {"shared_bytes", attention.compiled->sharedBytes},
                     {"blocks_per_sm", attention.compiled->blocksPerMultiprocessor}};
  for (const PricedSchedule& priced : attention.candidates) json["candidates"].push_back(schedule(priced));
  return json;
}

}  // namespace raggedc
