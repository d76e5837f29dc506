#include "runtime/emulator/source.h"

#include <algorithm>
#include <vector>

#include "runtime/strings.h"

namespace raggedc::emulator {
namespace {

struct HostTwin {
  std::string_view path;
  std::string_view device;  // as embedded in emitted sources
  std::string_view host;
  std::string_view needs;  // paths of other wrappers, each followed by a space
};

constexpr HostTwin kTwins[] = {
#include "templates/embedded_host.inc"
};

constexpr std::string_view kMarker = "//---- ";

struct Section {
  std::string_view name;  // "" for what stands before the first marker
  std::string_view text;  // behind the marker's line
  int line = 1;           // of the first line of text
};

std::vector<Section> SplitSections(std::string_view cuda) {
  std::vector<Section> sections(1);
  size_t begin = 0;
  int line = 1;
  for (size_t at = 0; at < cuda.size();) {
    const size_t end = std::min(cuda.find('\n', at), cuda.size() - 1) + 1;
    ++line;
    if (cuda.substr(at).starts_with(kMarker)) {
      sections.back().text = cuda.substr(begin, at - begin);
      sections.push_back({Trim(cuda.substr(at + kMarker.size(), end - at - kMarker.size() - 1)), {}, line});
      begin = end;
    }
    at = end;
  }
  sections.back().text = cuda.substr(begin);
  return sections;
}

std::string_view TrimLines(std::string_view text) {
  while (!text.empty() && text.front() == '\n') text.remove_prefix(1);
  while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  return text;
}

// The first line of `text`, from 0, where code (not a comment) has the word `asm`; -1 if none has.
int FindAssembly(std::string_view text) {
  int line = 0;
  for (std::string_view row : Split(text, '\n')) {
    row = row.substr(0, row.find("//"));
    for (size_t at = row.find("asm"); at != std::string_view::npos; at = row.find("asm", at + 1)) {
      const auto is_word = [&](size_t i) {
        return i < row.size() && (isalnum(static_cast<unsigned char>(row[i])) != 0 || row[i] == '_');
      };
      const bool begins = at == 0 || !is_word(at - 1) || row.substr(0, at).ends_with("__");
      if (begins && (!is_word(at + 3) || row.substr(at + 3).starts_with("__"))) return line;
    }
    ++line;
  }
  return -1;
}

// As the text of a string literal.
std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < 32 ? '?' : c;
  }
  return out + "\"";
}

void AppendTwin(std::string* out, std::vector<std::string_view>* done, const HostTwin& twin) {
  if (std::find(done->begin(), done->end(), twin.path) != done->end()) return;
  done->push_back(twin.path);
  for (const std::string_view need : Split(Trim(twin.needs), ' ')) {
    for (const HostTwin& other : kTwins) {
      if (!need.empty() && other.path == need) AppendTwin(out, done, other);
    }
  }
  *out += StrCat("#line 1 \"", twin.path.substr(0, twin.path.size() - 4), ".host.cuh\"\n", twin.host, "\n");
}

}  // namespace

std::string_view HostPrelude() {
  return std::find_if(std::begin(kTwins), std::end(kTwins), [](const HostTwin& twin) { return twin.path.empty(); })
      ->host;
}

Result<std::string> MakeHostSource(std::string_view cuda, const Manifest& manifest, std::string_view name) {
  std::string out = StrCat("#line 1 \"prelude\"\n", HostPrelude());
  std::vector<std::string_view> done;
  for (const Section& section : SplitSections(cuda)) {
    if (section.name.starts_with("ptx/")) {
      const auto twin =
          std::find_if(std::begin(kTwins), std::end(kTwins), [&](const HostTwin& t) { return t.path == section.name; });
      if (twin == std::end(kTwins)) {
        return InvalidArgument(StrCat(name, ":", section.line - 1,
                                      ": expected PTX wrappers that this raggedc emits, got '", Printable(section.name),
                                      "'"));
      }
      if (TrimLines(section.text) != TrimLines(twin->device)) {
        return InvalidArgument(
            StrCat(name, ":", section.line, ": expected the wrappers of ", section.name,
                   " as this raggedc emits them, got edited ones: the emulator runs host twins in their "
                   "place"));
      }
      AppendTwin(&out, &done, *twin);
      continue;
    }
    if (const int line = FindAssembly(section.text); line >= 0) {
      return InvalidArgument(
          StrCat(name, ":", section.line + line,
                 ": expected no inline PTX outside of the wrappers, which the emulator has host twins "
                 "of, got asm"));
    }
    out += StrCat("#line ", section.line, " ", Quoted(name), "\n", section.text, "\n");
  }
  out += "#line 1 \"epilogue\"\n";
  out += "extern \"C\" {\n";
  // Nothing is stored here: shared memory is the emulator's, and addresses in it are numbers.
  out += "__attribute__((aligned(1024))) unsigned char shared_memory[1024];\n";
  out += "unsigned char* raggedc_shared() { return shared_memory; }\n";
  out += "void raggedc_attach(const ragged_host::Api* api) { ragged_host::api = api; }\n";
  out += "unsigned raggedc_abi() { return ragged_host::kAbiVersion << 16 | unsigned(sizeof(ragged_host::Api)); }\n";
  out += "}\n";
  out +=
      "struct RaggedcArgument { void* pointer; template <class T> operator T*() const { return (T*)pointer; } "
      "operator int() const { return (int)(long)pointer; } "
      // By value: what has a size of its own, as tensor maps do.
      "template <class T, int = T::kBytes> operator T() const { return *(const T*)pointer; } };\n";
  for (const ManifestKernel& kernel : manifest.kernels) {
    out += StrCat("extern \"C\" void raggedc_call_", kernel.symbol, "(void* const* a) {\n  ", kernel.symbol, "(");
    for (size_t i = 0; i < kernel.params.size(); ++i) out += StrCat(i > 0 ? ", " : "", "RaggedcArgument{a[", i, "]}");
    out += ");\n}\n";
  }
  return out;
}

}  // namespace raggedc::emulator
