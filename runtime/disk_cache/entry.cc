#include "runtime/disk_cache/entry.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "runtime/json.h"
#include "runtime/manifest_json.h"
#include "runtime/strings.h"

namespace raggedc {
namespace {

constexpr std::string_view kMagic = "RAGGEDK\n";
constexpr std::string_view kSuffix = ".kernel";
constexpr size_t kHeaderBytes = 48;
constexpr size_t kHashBytes = 16;
constexpr size_t kHashDigits = 32;
constexpr size_t kParts = 4;
constexpr std::string_view kKeyHead = "raggedc kernel\n";

void AppendNumber(std::string* out, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out->push_back(static_cast<char>(value >> (8 * i) & 0xff));
}

uint64_t NumberAt(std::string_view bytes, size_t offset, int count) {
  uint64_t value = 0;
  for (int i = count - 1; i >= 0; --i) {
    value = value << 8 | static_cast<uint8_t>(bytes[offset + static_cast<size_t>(i)]);
  }
  return value;
}

std::string HashBytes(std::string_view bytes) {
  const SourceHash hash = HashSource(bytes);
  std::string out;
  AppendNumber(&out, hash.high, 8);
  AppendNumber(&out, hash.low, 8);
  return out;
}

void AppendLine(std::string* text, std::string_view name, std::string_view value) {
  *text += StrCat(name, " ");
  for (const char c : value) {
    if (c == '\\') {
      *text += "\\\\";
    } else if (c == '\n') {
      *text += "\\n";
    } else {
      text->push_back(c);
    }
  }
  text->push_back('\n');
}

std::optional<std::string> Unescape(std::string_view text) {
  std::string value;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      value.push_back(text[i]);
      continue;
    }
    if (++i == text.size() || (text[i] != '\\' && text[i] != 'n')) return std::nullopt;
    value.push_back(text[i] == 'n' ? '\n' : '\\');
  }
  return value;
}

// "" for text that is no UTF-8, which JSON cannot hold.
std::string Dump(const Json& json) {
  try {
    return json.dump();
  } catch (const Json::exception&) {
    return "";
  }
}

std::string ResourcesToJson(const CompiledKernel& kernel) {
  Json json = {{"compile_ms", kernel.compile_milliseconds}, {"kernels", Json::array()}};
  for (const KernelResources& one : kernel.resources) {
    json["kernels"].push_back({one.symbol, one.registers, one.static_shared_bytes, one.stack_bytes,
                               one.spill_store_bytes, one.spill_load_bytes, one.barriers, one.ptxas_milliseconds});
  }
  return Dump(json);
}

bool ReadResources(std::string_view text, CompiledKernel* kernel) {
  const Result<Json> parsed = ParseJson(text);
  if (!parsed.ok() || !parsed->is_object()) return false;
  const auto time = parsed->find("compile_ms");
  const auto kernels = parsed->find("kernels");
  if (time == parsed->end() || !time->is_number() || kernels == parsed->end() || !kernels->is_array()) return false;
  kernel->compile_milliseconds = time->get<double>();
  for (const Json& item : *kernels) {
    constexpr size_t kFields = 8;
    if (!item.is_array() || item.size() != kFields || !item[0].is_string() || !item[7].is_number()) return false;
    KernelResources one;
    one.symbol = item[0].get<std::string>();
    int64_t* const numbers[] = {&one.registers,         &one.static_shared_bytes, &one.stack_bytes,
                                &one.spill_store_bytes, &one.spill_load_bytes,    &one.barriers};
    for (size_t i = 0; i < std::size(numbers); ++i) {
      if (!item[i + 1].is_number_integer()) return false;
      *numbers[i] = item[i + 1].get<int64_t>();
    }
    one.ptxas_milliseconds = item[7].get<double>();
    kernel->resources.push_back(std::move(one));
  }
  return true;
}

DecodedEntry Damaged(std::string problem) {
  DecodedEntry entry;
  entry.problem = std::move(problem);
  return entry;
}

}  // namespace

std::string EntryKeyText(const KernelKey& key, std::string_view producer) {
  std::string text(kKeyHead);
  AppendLine(&text, "format", std::to_string(kEntryVersion));
  AppendLine(&text, "producer", producer);
  AppendLine(&text, "nvrtc", std::to_string(key.nvrtc_version));
  AppendLine(&text, "arch", key.arch);
  AppendLine(&text, "options", key.options);
  AppendLine(&text, "spec", key.spec == Spec() ? "" : ToString(key.spec));
  AppendLine(&text, "source", key.source == SourceHash() ? "" : ToHex(key.source));
  return text;
}

std::optional<std::vector<std::pair<std::string, std::string>>> ParseEntryKey(std::string_view text) {
  if (!text.starts_with(kKeyHead) || !text.ends_with('\n')) return std::nullopt;
  text.remove_prefix(kKeyHead.size());
  std::vector<std::pair<std::string, std::string>> lines;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(line.size() + 1);
    const size_t blank = line.find(' ');
    if (blank == std::string_view::npos) return std::nullopt;
    std::optional<std::string> value = Unescape(line.substr(blank + 1));
    if (!value) return std::nullopt;
    lines.emplace_back(line.substr(0, blank), std::move(*value));
  }
  return lines;
}

std::string EntryFileName(std::string_view key_text) {
  return ToHex(HashSource(key_text)) + std::string(kSuffix);
}

bool IsEntryFileName(std::string_view name) {
  return name.size() == kHashDigits + kSuffix.size() && name.ends_with(kSuffix) &&
         name.find_first_not_of("0123456789abcdef") == kHashDigits;
}

std::string EncodeEntry(std::string_view key_text, const CompiledKernel& kernel) {
  const std::string manifest = ToJson(kernel.manifest);
  const std::string resources = ResourcesToJson(kernel);
  const std::array<std::string_view, kParts> parts = {key_text, manifest, resources, kernel.cubin};
  size_t total = kHeaderBytes + kHashBytes;
  for (const std::string_view part : parts) total += part.size();
  if (manifest.empty() || resources.empty() || total > static_cast<size_t>(kLargestEntry)) return "";
  std::string bytes;
  bytes.reserve(total);
  bytes += kMagic;
  AppendNumber(&bytes, kEntryVersion, 4);
  AppendNumber(&bytes, 0, 4);
  for (const std::string_view part : parts) AppendNumber(&bytes, part.size(), 8);
  for (const std::string_view part : parts) bytes += part;
  bytes += HashBytes(bytes);
  // What nobody could read back is not kept.
  return DecodeEntry(bytes).state == EntryState::kGood ? bytes : "";
}

DecodedEntry DecodeEntry(std::string_view bytes) {
  if (!bytes.starts_with(kMagic)) return Damaged("expected a kernel of raggedc, got something else");
  if (bytes.size() < kHeaderBytes + kHashBytes) {
    return Damaged(StrCat("expected at least ", kHeaderBytes + kHashBytes, " bytes, got ", bytes.size()));
  }
  const std::string_view content = bytes.substr(0, bytes.size() - kHashBytes);
  if (HashBytes(content) != bytes.substr(content.size())) return Damaged("its content does not match its hash");
  if (const uint64_t version = NumberAt(bytes, 8, 4); version != kEntryVersion) {
    DecodedEntry entry;
    entry.state = EntryState::kForeign;
    entry.problem = StrCat("expected format ", kEntryVersion, ", got ", version);
    return entry;
  }
  // From here on it is what was written; the rest guards against a writer that is mistaken.
  std::array<std::string_view, kParts> parts;
  std::string_view rest = content.substr(kHeaderBytes);
  for (size_t i = 0; i < kParts; ++i) {
    const uint64_t length = NumberAt(bytes, 16 + 8 * i, 8);
    if (length > rest.size()) return Damaged("expected its parts within the file");
    parts[i] = rest.substr(0, length);
    rest.remove_prefix(length);
  }
  if (!rest.empty() || NumberAt(bytes, 12, 4) != 0) return Damaged("expected nothing behind its parts");
  DecodedEntry entry;
  const auto lines = ParseEntryKey(parts[0]);
  if (!lines) return Damaged("its key cannot be read");
  Result<Manifest> manifest = ParseManifest(parts[1]);
  if (!manifest.ok()) return Damaged(StrCat("its manifest cannot be read: ", manifest.status().message()));
  const auto arch = std::find_if(lines->begin(), lines->end(), [](const auto& line) { return line.first == "arch"; });
  if (arch == lines->end() || arch->second != manifest->arch) {
    return Damaged(StrCat("expected a kernel for ", arch == lines->end() ? "no architecture" : Printable(arch->second),
                          ", got one for ", Printable(manifest->arch)));
  }
  if (!ReadResources(parts[2], &entry.kernel)) return Damaged("its resources cannot be read");
  if (parts[3].empty()) return Damaged("expected a cubin, got none");
  entry.kernel.manifest = std::move(*manifest);
  entry.kernel.cubin = parts[3];
  entry.key_text = parts[0];
  entry.state = EntryState::kGood;
  return entry;
}

}  // namespace raggedc
