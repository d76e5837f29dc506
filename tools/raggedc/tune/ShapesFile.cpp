//===- ShapesFile.cpp - a list of shapes to tune ---------------------------===//

#include "tools/raggedc/tune/ShapesFile.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "runtime/strings.h"

namespace raggedc {

namespace {

using Json = nlohmann::json;

constexpr size_t kMostShapes = 10000;
constexpr double kMostRows = 1 << 30;  // of a call: offsets are 32 bits wide

std::string print(const Json& value) {
  std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
  return text.size() > 64 ? text.substr(0, 64) + "..." : text;
}

std::optional<int64_t> toInteger(const Json& value, int64_t least, int64_t most) {
  if (!value.is_number_integer()) return std::nullopt;
  if (value.is_number_unsigned() && value.get<uint64_t>() > uint64_t(most)) return std::nullopt;
  int64_t number = value.get<int64_t>();
  return number < least || number > most ? std::nullopt : std::optional(number);
}

Status fail(const std::string& what, const std::string& expected, const Json& got) {
  return InvalidArgument(StrCat("expected ", what, " to be ", expected, ", got ", print(got)));
}

Status readLengths(const Json& list, ShapeRequest& shape) {
  const char* const expected = "a list of rows of each sequence";
  if (!list.is_array() || list.empty()) return fail("lengths", expected, list);
  double rows = 0;
  for (const Json& value : list) {
    std::optional<int64_t> length = toInteger(value, 0, INT32_MAX);
    if (!length) return fail("lengths", expected, list);
    if (*length > shape.spec.max_seqlen)
      return InvalidArgument(StrCat("lengths: expected at most ", shape.spec.max_seqlen, ", got ", *length));
    shape.lengths.push_back(*length);
    rows += double(*length);
  }
  if (rows == 0) return InvalidArgument("lengths: expected a sequence that is not empty, got none");
  if (rows > kMostRows) return InvalidArgument("lengths: expected at most 2^30 rows, got more");
  if (shape.batch != 0 && int64_t(shape.lengths.size()) != shape.batch)
    return InvalidArgument(StrCat("lengths: expected ", shape.batch, " as batch says, got ", shape.lengths.size()));
  return OkStatus();
}

Status readShape(const Json& json, ShapeRequest& shape) {
  if (!json.is_object()) return fail("a shape", "an object", json);
  for (const auto& [key, value] : json.items())
    if (key != "spec" && key != "batch" && key != "lengths" && key != "keep")
      return InvalidArgument(StrCat("expected spec, batch, lengths or keep, got ", print(Json(key))));
  auto spec = json.find("spec");
  if (spec == json.end() || !spec->is_string()) return fail("spec", "a text", spec == json.end() ? Json() : *spec);
  Result<Spec> parsed = ParseSpec(spec->get<std::string>());
  if (!parsed.ok()) return parsed.status().WithContext("spec");
  shape.spec = *parsed;
  if (auto batch = json.find("batch"); batch != json.end() && *batch != "many") {
    std::optional<int64_t> number = toInteger(*batch, 1, kMostSequences);
    if (!number) return fail("batch", StrCat("\"many\" or an integer from 1 to ", kMostSequences), *batch);
    shape.batch = *number;
  }
  auto lengths = json.find("lengths"), keep = json.find("keep");
  if (lengths != json.end() && keep != json.end()) return InvalidArgument("expected lengths or keep, got both");
  if (lengths != json.end()) return readLengths(*lengths, shape);
  if (keep == json.end()) return OkStatus();
  if (keep->is_number()) shape.keep = keep->get<double>();
  if (!keep->is_number() || !(shape.keep > 0 && shape.keep <= 1)) return fail("keep", "above 0 and at most 1", *keep);
  return OkStatus();
}

}  // namespace

Result<std::vector<ShapeRequest>> parseShapesFile(const std::string& text, const std::string& file) {
  Json document = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (document.is_discarded()) return InvalidArgument(StrCat(file, ": expected JSON, got what is none"));
  if (!document.is_array() || document.empty())
    return InvalidArgument(StrCat(file, ": expected a list of shapes, got ", print(document)));
  if (document.size() > kMostShapes)
    return InvalidArgument(StrCat(file, ": expected at most ", kMostShapes, " shapes, got ", document.size()));
  std::vector<ShapeRequest> shapes;
  for (const Json& one : document) {
    ShapeRequest& shape = shapes.emplace_back();
    shape.name = StrCat(file, ": shapes[", shapes.size() - 1, "]");
    if (Status status = readShape(one, shape); !status.ok()) return status.WithContext(shape.name);
  }
  return shapes;
}

}  // namespace raggedc
