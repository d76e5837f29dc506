#include "runtime/safetensors.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <optional>
#include <set>

#include "runtime/file_io.h"
#include "runtime/json.h"
#include "runtime/strings.h"

namespace raggedc {
namespace {

constexpr uint64_t kLengthBytes = 8;
constexpr uint64_t kMaximumHeader = 16 << 20;  // far above any real header, far below what would hurt
constexpr size_t kMaximumRank = 16;
constexpr std::string_view kMetadata = "__metadata__";

struct FormatDType {
  std::string_view name;
  DType dtype;
};
constexpr std::array kFormatDTypes = {
    FormatDType{"BF16", DType::kBf16}, FormatDType{"F16", DType::kF16},   FormatDType{"F32", DType::kF32},
    FormatDType{"F64", DType::kF64},   FormatDType{"I32", DType::kI32},   FormatDType{"I64", DType::kI64},
    FormatDType{"U8", DType::kU8},     FormatDType{"BOOL", DType::kBool},
};

uint64_t LoadLength(std::string_view bytes) {
  uint64_t length = 0;
  for (size_t i = 0; i < kLengthBytes; ++i) length |= uint64_t{static_cast<uint8_t>(bytes[i])} << (8 * i);
  return length;
}

// A short word for what a JSON value is, for messages.
std::string Kind(const Json& value) {
  return value.type_name();
}

Result<DType> ReadDType(const Json& entry) {
  const auto field = entry.find("dtype");
  if (field == entry.end()) return InvalidArgument("expected a field 'dtype', got none");
  if (!field->is_string()) return InvalidArgument(StrCat("expected 'dtype' to be a string, got ", Kind(*field)));
  const std::string& name = field->get_ref<const std::string&>();
  for (const FormatDType& known : kFormatDTypes) {
    if (known.name == name) return known.dtype;
  }
  return InvalidArgument(
      StrCat("expected dtype BF16, F16, F32, F64, I32, I64, U8 or BOOL, got '", Printable(name), "'"));
}

// A field that holds an array of non-negative integers that fit int64_t.
Result<std::vector<int64_t>> ReadIntegers(const Json& entry, const char* key, size_t maximum_count) {
  const auto field = entry.find(key);
  if (field == entry.end()) return InvalidArgument(StrCat("expected a field '", key, "', got none"));
  if (!field->is_array()) return InvalidArgument(StrCat("expected '", key, "' to be an array, got ", Kind(*field)));
  if (field->size() > maximum_count) {
    return InvalidArgument(StrCat("expected at most ", maximum_count, " numbers in '", key, "', got ", field->size()));
  }
  std::vector<int64_t> values;
  for (const Json& item : *field) {
    if (!item.is_number_unsigned() || item.get<uint64_t>() > uint64_t{std::numeric_limits<int64_t>::max()}) {
      return InvalidArgument(StrCat("expected '", key, "' to hold integers of at least 0, got ",
                                    item.is_number() ? Printable(item.dump(), 32) : Kind(item)));
    }
    values.push_back(item.get<int64_t>());
  }
  return values;
}

struct Entry {
  Tensor tensor;  // without its bytes
  int64_t begin;
  int64_t end;
};

Result<Entry> ReadEntry(const std::string& name, const Json& json, int64_t data_size) {
  if (!json.is_object()) return InvalidArgument(StrCat("expected an object, got ", Kind(json)));
  for (const auto& [key, unused] : json.items()) {
    if (key != "dtype" && key != "shape" && key != "data_offsets") {
      return InvalidArgument(StrCat("expected the fields dtype, shape and data_offsets, got '", Printable(key), "'"));
    }
  }
  Entry entry;
  entry.tensor.name = name;
  RAGGEDC_ASSIGN_OR_RETURN(entry.tensor.dtype, ReadDType(json));
  RAGGEDC_ASSIGN_OR_RETURN(entry.tensor.shape, ReadIntegers(json, "shape", kMaximumRank));
  RAGGEDC_ASSIGN_OR_RETURN(const int64_t elements, CheckedNumElements(entry.tensor.shape));
  RAGGEDC_ASSIGN_OR_RETURN(const std::vector<int64_t> offsets, ReadIntegers(json, "data_offsets", 2));
  if (offsets.size() != 2) return InvalidArgument(StrCat("expected two data_offsets, got ", offsets.size()));
  entry.begin = offsets[0];
  entry.end = offsets[1];
  if (entry.begin > entry.end) {
    return InvalidArgument(StrCat("expected data_offsets in rising order, got ", FormatShape(offsets)));
  }
  if (entry.end > data_size) {
    return InvalidArgument(
        StrCat("expected data_offsets within the file's ", data_size, " bytes of data, got ", FormatShape(offsets)));
  }
  const int64_t expected = elements * DTypeSize(entry.tensor.dtype);
  if (entry.end - entry.begin != expected) {
    return InvalidArgument(StrCat("expected ", expected, " bytes for ", DTypeName(entry.tensor.dtype), " ",
                                  FormatShape(entry.tensor.shape), ", got data_offsets ", FormatShape(offsets), " of ",
                                  entry.end - entry.begin, " bytes"));
  }
  return entry;
}

Result<SafetensorsFile> Parse(std::string_view bytes) {
  if (bytes.size() < kLengthBytes) {
    return InvalidArgument(StrCat("expected at least 8 bytes of header length, got a file of ", bytes.size()));
  }
  const uint64_t header_size = LoadLength(bytes);
  if (header_size > kMaximumHeader) {
    return InvalidArgument(StrCat("expected a header of at most ", kMaximumHeader, " bytes, got ", header_size));
  }
  if (header_size > bytes.size() - kLengthBytes) {
    return InvalidArgument(
        StrCat("expected a header of ", header_size, " bytes, got ", bytes.size() - kLengthBytes, " before the end"));
  }
  const std::string_view data = bytes.substr(kLengthBytes + header_size);
  Result<Json> header = ParseJson(bytes.substr(kLengthBytes, header_size));
  if (!header.ok()) return header.status().WithContext("header");
  if (!header->is_object()) return InvalidArgument(StrCat("header: expected a JSON object, got ", Kind(*header)));

  SafetensorsFile file;
  std::vector<Entry> entries;
  for (const auto& [name, json] : header->items()) {
    if (name == kMetadata) {
      if (!json.is_object()) return InvalidArgument(StrCat("__metadata__: expected an object, got ", Kind(json)));
      for (const auto& [key, value] : json.items()) {
        if (!value.is_string()) {
          return InvalidArgument(
              StrCat("__metadata__: expected '", Printable(key), "' to be a string, got ", Kind(value)));
        }
        file.metadata[key] = value.get_ref<const std::string&>();
      }
      continue;
    }
    Result<Entry> entry = ReadEntry(name, json, static_cast<int64_t>(data.size()));
    if (!entry.ok()) return entry.status().WithContext(StrCat("tensor '", Printable(name), "'"));
    entries.push_back(std::move(entry).value());
  }

  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.begin, a.end, a.tensor.name) < std::tie(b.begin, b.end, b.tensor.name);
  });
  int64_t position = 0;
  for (Entry& entry : entries) {
    if (entry.begin != position) {
      return InvalidArgument(StrCat("tensor '", Printable(entry.tensor.name), "': expected its data to begin at byte ",
                                    position, " where the one before ends, got ", entry.begin,
                                    entry.begin < position ? " (overlap)" : " (hole)"));
    }
    position = entry.end;
    const std::string_view piece =
        data.substr(static_cast<size_t>(entry.begin), static_cast<size_t>(entry.end - entry.begin));
    entry.tensor.data.assign(piece.begin(), piece.end());
    file.tensors.push_back(std::move(entry.tensor));
  }
  if (position != static_cast<int64_t>(data.size())) {
    return InvalidArgument(StrCat("expected ", position, " bytes of data after the header, got ", data.size()));
  }
  return file;
}

}  // namespace

Result<SafetensorsFile> ParseSafetensors(std::string_view bytes, std::string_view file_name) {
  Result<SafetensorsFile> file = Parse(bytes);
  if (!file.ok()) return file.status().WithContext(Printable(file_name, 4096));
  return file;
}

Result<SafetensorsFile> ReadSafetensors(const std::string& path) {
  RAGGEDC_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path, MemoryBudget()));
  return ParseSafetensors(bytes, path == "-" ? "<stdin>" : path);
}

Result<std::string> SerializeSafetensors(std::span<const Tensor> tensors,
                                         const std::map<std::string, std::string>& metadata) {
  // An ordered document keeps the tensors in the caller's order.
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header[std::string(kMetadata)] = metadata;
  std::set<std::string_view> names;
  size_t position = 0;
  for (const Tensor& tensor : tensors) {
    if (tensor.name == kMetadata || !names.insert(tensor.name).second) {
      return InvalidArgument(
          StrCat("expected distinct tensor names other than __metadata__, got '", Printable(tensor.name), "'"));
    }
    const auto known = std::find_if(kFormatDTypes.begin(), kFormatDTypes.end(),
                                    [&](const FormatDType& entry) { return entry.dtype == tensor.dtype; });
    header[tensor.name] = {
        {"dtype", known->name}, {"shape", tensor.shape}, {"data_offsets", {position, position + tensor.data.size()}}};
    position += tensor.data.size();
  }
  // Bytes of names that are not UTF-8 are replaced rather than thrown at.
  std::string text = header.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  text.resize((kLengthBytes + text.size() + 63) / 64 * 64 - kLengthBytes, ' ');
  std::string bytes;
  bytes.reserve(kLengthBytes + text.size() + position);
  for (size_t i = 0; i < kLengthBytes; ++i) bytes.push_back(static_cast<char>(uint64_t{text.size()} >> (8 * i)));
  bytes += text;
  for (const Tensor& tensor : tensors) bytes.append(tensor.As<char>(), tensor.data.size());
  return bytes;
}

Status WriteSafetensors(const std::string& path, std::span<const Tensor> tensors,
                        const std::map<std::string, std::string>& metadata) {
  RAGGEDC_ASSIGN_OR_RETURN(const std::string bytes, SerializeSafetensors(tensors, metadata));
  return WriteFile(path, bytes);
}

}  // namespace raggedc
