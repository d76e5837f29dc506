//===- TuningTable.cpp - schedules chosen from measurements ----------------===//

#include "passes/TuningTable.h"

#include <cmath>

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"
#include "passes/ScheduleFields.h"

namespace raggedc {

namespace {

constexpr llvm::StringLiteral kFormat = "raggedc tuning table";
constexpr int64_t kVersion = 1;
constexpr int kDeepest = 16;                 ///< brackets; LLVM's parser calls itself for each
constexpr size_t kMostEntries = 10000;       ///< every one is compared for every attention
constexpr int64_t kMost = int64_t{1} << 40;  ///< of any number in a table

const char* const kShipped[] = {
#include "passes/tuning.inc"
};

/// Whether brackets are nested so little that LLVM's parser can be given the text.
bool isShallow(llvm::StringRef text) {
  int depth = 0;
  bool inString = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (inString) {
      if (c == '\\') ++i;
      if (c == '"') inString = false;
    } else if (c == '"') {
      inString = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kDeepest) return false;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return true;
}

/// Reads members of objects, and keeps the first thing that is wrong.
class Reader {
 public:
  explicit Reader(std::string& problem) : problem(problem) {}

  bool isGood() const { return problem.empty(); }

  void expect(llvm::StringRef where, llvm::StringRef what, const llvm::json::Value* got) {
    if (!isGood()) return;
    llvm::raw_string_ostream stream(problem);
    stream << "expected " << where << " to be " << what << ", got ";
    if (got)
      stream << llvm::StringRef(llvm::formatv("{0}", *got).str()).take_front(64);
    else
      stream << "none";
  }

  std::string text(const llvm::json::Object& object, llvm::StringRef name, size_t most = 256) {
    auto found = object.getString(name);
    if (!found || found->size() > most) expect(name, "a short text", object.get(name));
    return found ? found->str() : "";
  }

  int64_t integer(const llvm::json::Object& object, llvm::StringRef name, int64_t least, std::optional<int64_t> none) {
    const llvm::json::Value* value = object.get(name);
    if (!value && none) return *none;
    std::optional<int64_t> found = value ? value->getAsInteger() : std::nullopt;
    if (!found || *found < least || *found > kMost) expect(name, "an integer", value);
    return found.value_or(0);
  }

  /// Nanoseconds as microseconds.
  double time(const llvm::json::Object& object, llvm::StringRef name) {
    return double(integer(object, name, 0, 0)) / 1000;
  }

  void range(const llvm::json::Object& object, llvm::StringRef name, int64_t least, int64_t& first, int64_t& last) {
    const llvm::json::Value* value = object.get(name);
    const llvm::json::Array* array = value ? value->getAsArray() : nullptr;
    std::optional<int64_t> a, b;
    if (array && array->size() == 2) {
      a = (*array)[0].getAsInteger();
      b = (*array)[1].getAsInteger();
    }
    if (!a || !b || *a < least || *b < *a || *b > kMost) return expect(name, "the first and the last", value);
    first = *a;
    last = *b;
  }

  const llvm::json::Object* object(const llvm::json::Object& parent, llvm::StringRef name) {
    const llvm::json::Object* found = parent.getObject(name);
    if (!found) expect(name, "an object", parent.get(name));
    return found;
  }

  TuningClass shapes(const llvm::json::Object& object) {
    TuningClass shapes;
    const llvm::json::Array* dtypes = object.getArray("dtypes");
    if (!dtypes || dtypes->empty()) expect("dtypes", "a list of element types", object.get("dtypes"));
    if (dtypes)
      for (const llvm::json::Value& value : *dtypes) {
        std::string name = value.getAsString().value_or("").str();
        if (name != "bf16" && name != "f16" && name != "f32") expect("dtypes", "bf16, f16 and f32", &value);
        shapes.dtypes.push_back(name);
      }
    shapes.heads = integer(object, "heads", 0, 0);
    shapes.kvHeads = integer(object, "kv_heads", 0, 0);
    shapes.headDim = integer(object, "head_dim", 1, std::nullopt);
    shapes.headDimV = integer(object, "head_dim_v", 1, std::nullopt);
    if (const llvm::json::Value* value = object.get("causal")) {
      if (!value->getAsBoolean()) expect("causal", "true or false", value);
      shapes.causal = value->getAsBoolean().value_or(false);
    }
    range(object, "capacity", 1, shapes.firstCapacity, shapes.lastCapacity);
    if (object.get("batch_heads"))
      range(object, "batch_heads", 1, shapes.firstBatchHeads, shapes.lastBatchHeads);
    else if (object.get("batch"))
      range(object, "batch", 0, shapes.firstBatch, shapes.lastBatch);
    return shapes;
  }

  std::optional<MeasuredSchedule> measured(const llvm::json::Object& parent, llvm::StringRef name) {
    if (!parent.get(name)) return std::nullopt;
    MeasuredSchedule measured;
    const llvm::json::Object* found = object(parent, name);
    const llvm::json::Object* schedule = found ? object(*found, "schedule") : nullptr;
    if (!schedule) return std::nullopt;
    std::vector<std::pair<std::string, FieldValue>> fields;
    for (const auto& [key, value] : *schedule) {
      if (auto word = value.getAsString())
        fields.emplace_back(key.str(), word->str());
      else if (auto number = value.getAsInteger())
        fields.emplace_back(key.str(), *number);
      else
        expect(key, "a word or an integer", &value);
    }
    std::string why;
    if (std::optional<Candidate> candidate = fromFields(fields, why))
      measured.candidate = *candidate;
    else if (isGood())
      problem = why;
    measured.minBlocks = integer(*found, "min_blocks", 1, 1);
    if (measured.minBlocks > 16) expect("min_blocks", "at most 16", found->get("min_blocks"));
    measured.microseconds = time(*found, "ns");
    measured.noise = time(*found, "noise_ns");
    return measured;
  }

 private:
  std::string& problem;
};

llvm::json::Object toJson(const MeasuredSchedule& measured) {
  llvm::json::Object schedule;
  for (const auto& [name, value] : getFields(measured.candidate)) {
    if (const auto* word = std::get_if<std::string>(&value))
      schedule[name] = *word;
    else
      schedule[name] = std::get<int64_t>(value);
  }
  auto nanoseconds = [](double microseconds) { return std::llround(microseconds * 1000); };
  return llvm::json::Object{{"schedule", std::move(schedule)},
                            {"min_blocks", measured.minBlocks},
                            {"ns", nanoseconds(measured.microseconds)},
                            {"noise_ns", nanoseconds(measured.noise)}};
}

llvm::json::Object toJson(const TuningEntry& entry) {
  const TuningClass& shapes = entry.shapes;
  llvm::json::Object shape{{"dtypes", llvm::json::Array(shapes.dtypes)},
                           {"head_dim", shapes.headDim},
                           {"head_dim_v", shapes.headDimV},
                           {"causal", shapes.causal},
                           {"capacity", llvm::json::Array{shapes.firstCapacity, shapes.lastCapacity}}};
  if (shapes.firstBatchHeads)
    shape["batch_heads"] = llvm::json::Array{shapes.firstBatchHeads, shapes.lastBatchHeads};
  else
    shape["batch"] = llvm::json::Array{shapes.firstBatch, shapes.lastBatch};
  if (shapes.heads) shape["heads"] = shapes.heads;
  if (shapes.kvHeads) shape["kv_heads"] = shapes.kvHeads;
  llvm::json::Object object{{"shape", std::move(shape)}, {"sequences", entry.sequences}, {"tokens", entry.tokens}};
  if (entry.chosen) object["chosen"] = toJson(*entry.chosen);
  if (entry.byDefault) object["default"] = toJson(*entry.byDefault);
  if (entry.runnerUp) object["runner_up"] = toJson(*entry.runnerUp);
  return object;
}

}  // namespace

std::string getDTypeName(mlir::Type element) {
  return element.isBF16() ? "bf16" : element.isF16() ? "f16" : "f32";
}

bool TuningClass::matches(const AttentionShape& shape, llvm::StringRef dtype, int64_t batch) const {
  return llvm::is_contained(dtypes, dtype) && (heads == 0 || heads == shape.headsQ) &&
         (kvHeads == 0 || kvHeads == shape.headsKV) && headDim == shape.headDim && headDimV == shape.headDimV &&
         causal == shape.causal && firstCapacity <= shape.capacity && shape.capacity <= lastCapacity &&
         (firstBatchHeads
              ? batch > 0 && firstBatchHeads <= batch * shape.headsQ && batch * shape.headsQ <= lastBatchHeads
              : firstBatch <= batch && batch <= lastBatch);
}

const TuningEntry* TuningTable::find(llvm::StringRef asked, const AttentionShape& shape, llvm::StringRef dtype,
                                     int64_t batch) const {
  if (asked != arch) return nullptr;
  auto it = llvm::find_if(entries, [&](const TuningEntry& one) { return one.shapes.matches(shape, dtype, batch); });
  return it == entries.end() ? nullptr : &*it;
}

std::string TuningTable::describeOrigin() const {
  return "runs on " + gpu + ", " + date;
}

std::optional<TuningTable> parseTuningTable(llvm::StringRef text, std::string& problem) {
  problem.clear();
  Reader reader(problem);
  if (!isShallow(text)) {
    problem = "expected JSON nested at most " + std::to_string(kDeepest) + " deep, got more";
    return std::nullopt;
  }
  llvm::Expected<llvm::json::Value> parsed = llvm::json::parse(text);
  if (!parsed) {
    problem = "expected JSON, got " + llvm::toString(parsed.takeError());
    return std::nullopt;
  }
  const llvm::json::Object* root = parsed->getAsObject();
  if (!root || root->getString("format").value_or("") != kFormat) {
    problem = "expected the format '" + kFormat.str() + "', got another";
    return std::nullopt;
  }
  if (int64_t version = reader.integer(*root, "version", 0, std::nullopt); reader.isGood() && version != kVersion)
    problem = "expected format version " + std::to_string(kVersion) + ", got " + std::to_string(version);
  if (!reader.isGood()) return std::nullopt;
  TuningTable table;
  table.compiler = reader.text(*root, "compiler");
  table.gpu = reader.text(*root, "gpu");
  table.arch = reader.text(*root, "arch");
  table.driver = reader.text(*root, "driver");
  table.date = reader.text(*root, "date");
  const llvm::json::Array* entries = root->getArray("entries");
  if (!entries || entries->size() > kMostEntries) {
    reader.expect("entries", "a list of at most " + std::to_string(kMostEntries), root->get("entries"));
    return std::nullopt;
  }
  for (const llvm::json::Value& value : *entries) {
    const llvm::json::Object* object = value.getAsObject();
    const llvm::json::Object* shape = object ? reader.object(*object, "shape") : nullptr;
    if (!object) reader.expect("an entry", "an object", &value);
    if (!shape) return std::nullopt;
    TuningEntry& entry = table.entries.emplace_back();
    entry.shapes = reader.shapes(*shape);
    entry.sequences = reader.integer(*object, "sequences", 0, 0);
    entry.tokens = reader.integer(*object, "tokens", 0, 0);
    entry.chosen = reader.measured(*object, "chosen");
    entry.byDefault = reader.measured(*object, "default");
    entry.runnerUp = reader.measured(*object, "runner_up");
    if (!reader.isGood()) return std::nullopt;
  }
  if (!reader.isGood()) return std::nullopt;
  return table;
}

std::string printTuningTable(const TuningTable& table) {
  llvm::json::Array entries;
  for (const TuningEntry& entry : table.entries) entries.push_back(toJson(entry));
  llvm::json::Value root = llvm::json::Object{
      {"format", kFormat},  {"version", kVersion},    {"compiler", table.compiler}, {"gpu", table.gpu},
      {"arch", table.arch}, {"driver", table.driver}, {"date", table.date},         {"entries", std::move(entries)}};
  return llvm::formatv("{0:2}\n", root);
}

llvm::ArrayRef<TuningTable> shippedTuningTables() {
  static const auto* tables = [] {
    auto* all = new std::vector<TuningTable>;
    for (const char* text : kShipped) {
      std::string problem;
      std::optional<TuningTable> table = parseTuningTable(text, problem);
      if (!table) llvm::report_fatal_error(llvm::Twine("the table that is part of the compiler: ") + problem);
      all->push_back(std::move(*table));
    }
    return all;
  }();
  return *tables;
}

}  // namespace raggedc
