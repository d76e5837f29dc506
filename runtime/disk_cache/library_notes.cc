#include "runtime/disk_cache/library_notes.h"

#include <sys/stat.h>

#include <algorithm>

#include "runtime/compiled_kernel.h"
#include "runtime/library_search.h"
#include "runtime/strings.h"

namespace raggedc {
namespace {

constexpr std::string_view kMagic = "raggedc library 1";

DiskCacheOptions Complete(DiskCacheOptions options) {
  if (options.file_system == nullptr) options.file_system = FileSystem::Real();
  return options;
}

// One of a few for each kind, so that searches that differ do not put each other's out and their number is bounded.
std::string FileName(std::string_view kind, const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& name : names) all += name + "\n";
  return StrCat(kind, ".", HashSource(all).low % 8, ".library");
}

// The names up to the one that gave `path`: what comes after it decided nothing. None when it cannot be told.
std::vector<std::string> Tried(const std::vector<std::string>& names, const std::string& path) {
  const auto gave = [&](const std::string& name) {
    return name == path || (name.find('/') == std::string::npos && path.ends_with("/" + name));
  };
  const auto found = std::find_if(names.begin(), names.end(), gave);
  return found == names.end() ? std::vector<std::string>() : std::vector<std::string>(names.begin(), found + 1);
}

// The note as it is written while all is as it is now, its hash first; "" when that cannot be said.
std::string Encode(std::string_view value, const std::string& path, const std::vector<std::string>& tried) {
  const std::string search = tried.empty() ? "" : DescribeLibrarySearch(tried);
  if (search.empty()) return "";
  const std::string text = StrCat(kMagic, "\n", value, "\n", path, "\n", FileIdentity(path), "\n", search);
  return StrCat(ToHex(HashSource(text)), "\n", text);
}

}  // namespace

LibraryNotes::LibraryNotes(const DiskCacheOptions& options, std::chrono::seconds settled)
    : is_on_(!options.directory.empty() && options.max_bytes > 0),
      settled_(settled),
      warnings_([](CacheWarning, const std::string&) {}),
      layer_(Complete(options), options.directory, /*in_base=*/false, &warnings_) {}

std::optional<std::string> LibraryNotes::Recall(std::string_view kind, const std::vector<std::string>& names) const {
  if (!is_on_) return std::nullopt;
  const std::optional<CacheLayer::File> file = layer_.Read(FileName(kind, names));
  if (!file) return std::nullopt;
  const std::vector<std::string_view> lines = Split(file->bytes, '\n');
  if (lines.size() < 5 || lines[1] != kMagic) return std::nullopt;
  const std::string value(lines[2]), path(lines[3]);
  const std::vector<std::string> tried = Tried(names, path);
  if (file->bytes != Encode(value, path, tried) || IsLibraryOpen(tried)) return std::nullopt;
  return value;
}

void LibraryNotes::Note(std::string_view kind, const std::vector<std::string>& names, const std::string& path,
                        std::string_view value) const {
  if (!is_on_ || !path.starts_with('/') || path.find('\n') != std::string::npos) return;
  struct stat info = {};
  if (::stat(path.c_str(), &info) != 0) return;
  const int64_t now = FileSystem::Real()->Now();
  if (settled_.count() > 0 && info.st_ctim.tv_sec > now - settled_.count()) return;
  const std::string bytes = Encode(value, path, Tried(names, path));
  if (bytes.empty()) return;
  const std::string name = FileName(kind, names);
  if (const std::optional<CacheLayer::File> known = layer_.Read(name); known && known->bytes == bytes) return;
  (void)layer_.Publish(name, bytes);
}

}  // namespace raggedc
