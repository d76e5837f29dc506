//===- ScheduleFields.cpp - a schedule as named values ---------------------===//

#include "passes/ScheduleFields.h"

#include <functional>

#include "llvm/ADT/STLExtras.h"

namespace raggedc {

using namespace mlir::ragged_kernel;

namespace {

struct Field {
  const char* name;
  bool isRequired;
  std::function<FieldValue(const Candidate&)> get;
  std::function<bool(Candidate&, const FieldValue&)> set;  ///< false for a value that there is not
  const char* expected;
};

template <typename Enum>
Field word(const char* name, Enum Candidate::* member, llvm::StringRef (*print)(Enum),
           std::optional<Enum> (*parse)(llvm::StringRef), const char* expected) {
  return {name, true, [=](const Candidate& c) { return FieldValue(print(c.*member).str()); },
          [=](Candidate& c, const FieldValue& value) {
            const auto* text = std::get_if<std::string>(&value);
            std::optional<Enum> found = text ? parse(*text) : std::nullopt;
            if (found) c.*member = *found;
            return found.has_value();
          },
          expected};
}

Field choice(const char* name, bool Candidate::* member, const char* no, const char* yes, const char* expected) {
  return {name, false, [=](const Candidate& c) { return FieldValue(std::string(c.*member ? yes : no)); },
          [=](Candidate& c, const FieldValue& value) {
            const auto* text = std::get_if<std::string>(&value);
            if (!text || (*text != no && *text != yes)) return false;
            c.*member = *text == yes;
            return true;
          },
          expected};
}

Field number(const char* name, int64_t Candidate::* member, bool isRequired, int64_t least, int64_t most, int64_t step,
             const char* expected) {
  return {name, isRequired, [=](const Candidate& c) { return FieldValue(c.*member); },
          [=](Candidate& c, const FieldValue& value) {
            const auto* given = std::get_if<int64_t>(&value);
            if (!given || *given < least || *given > most || *given % step != 0) return false;
            c.*member = *given;
            return true;
          },
          expected};
}

const std::vector<Field>& allFields() {
  static const auto* fields = new std::vector<Field>{
      word("family", &Candidate::family, &stringifyFamily, &symbolizeFamily, "a family"),
      word("softmax", &Candidate::softmax, &stringifySoftmax, &symbolizeSoftmax, "single_pass or online"),
      choice("mma", &Candidate::warpgroups, "warp", "warpgroup", "warp or warpgroup"),
      number("warps", &Candidate::warps, true, 1, 16, 1, "an integer from 1 to 16"),
      number("rows_per_block", &Candidate::rowsPerBlock, true, 16, 65536, 16, "a multiple of 16 up to 65536"),
      number("block_n", &Candidate::blockN, true, 16, 256, 16, "a multiple of 16 up to 256"),
      number("stages", &Candidate::stages, true, 1, 16, 1, "an integer from 1 to 16"),
      number("heads_per_block", &Candidate::headsPerBlock, false, 1, 16, 1, "an integer from 1 to 16"),
      choice("queries", &Candidate::qInRegisters, "shared", "registers", "registers or shared"),
      choice("copies", &Candidate::tensorCopies, "cp_async", "tensor", "cp_async or tensor"),
  };
  return *fields;
}

}  // namespace

std::string toString(const FieldValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return std::to_string(std::get<int64_t>(value));
}

std::vector<std::pair<std::string, FieldValue>> getFields(const Candidate& candidate) {
  std::vector<std::pair<std::string, FieldValue>> fields;
  for (const Field& field : allFields()) fields.emplace_back(field.name, field.get(candidate));
  return fields;
}

std::optional<Candidate> fromFields(const std::vector<std::pair<std::string, FieldValue>>& given,
                                    std::string& problem) {
  Candidate candidate = {};
  candidate.headsPerBlock = 1;
  candidate.qInRegisters = true;
  for (const Field& field : allFields()) {
    auto it = llvm::find_if(given, [&](const auto& one) { return one.first == field.name; });
    if (it == given.end() && !field.isRequired) continue;
    if (it != given.end() && field.set(candidate, it->second)) continue;
    problem = std::string("expected ") + field.name + " to be " + field.expected + ", got " +
              (it == given.end() ? "none" : toString(it->second));
    return std::nullopt;
  }
  for (const auto& [name, value] : given)
    if (llvm::none_of(allFields(), [&](const Field& field) { return name == field.name; })) {
      problem = "expected a field of a schedule, got " + name;
      return std::nullopt;
    }
  return candidate;
}

std::string describe(const Candidate& c) {
  auto count = [](int64_t number, const char* one, const char* several) {
    return std::to_string(number) + (number == 1 ? one : several);
  };
  std::string text = (stringifyFamily(c.family) + (c.softmax == Softmax::SinglePass ? ", single-pass" : ", online") +
                      " softmax, " + (c.warpgroups ? "wgmma, " : ""))
                         .str();
  text += count(c.warps, " warp", " warps") + " a block, " + std::to_string(c.rowsPerBlock) + " query rows a block, " +
          std::to_string(c.blockN) + " keys at a time, " + count(c.stages, " stage", " stages");
  if (c.tensorCopies) text += ", copies by tensor maps";
  if (c.headsPerBlock > 1) text += ", " + std::to_string(c.headsPerBlock) + " heads a block";
  return text;
}

}  // namespace raggedc
