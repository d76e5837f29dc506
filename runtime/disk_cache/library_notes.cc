#include "runtime/disk_cache/library_notes.h"

#include <sys/stat.h>

#include "runtime/kernel_cache.h"
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

// The lines in front of the search; the first is the hash of all behind it.
std::string Encode(std::string_view value, const std::string& path, const std::string& identity,
                   const std::string& search) {
  const std::string text = StrCat(kMagic, "\n", value, "\n", path, "\n", identity, "\n", search);
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
  // The same text again, from what is there now.
  if (file->bytes != Encode(value, path, FileIdentity(path), DescribeLibrarySearch(names)) || IsLibraryOpen(names)) {
    return std::nullopt;
  }
  return value;
}

void LibraryNotes::Note(std::string_view kind, const std::vector<std::string>& names, const std::string& path,
                        std::string_view value) const {
  if (!is_on_ || !path.starts_with('/') || path.find('\n') != std::string::npos) return;
  struct stat info = {};
  if (::stat(path.c_str(), &info) != 0) return;
  const int64_t now = FileSystem::Real()->Now();
  if (settled_.count() > 0 && info.st_ctim.tv_sec > now - settled_.count()) return;
  const std::string bytes = Encode(value, path, FileIdentity(path), DescribeLibrarySearch(names));
  const std::string name = FileName(kind, names);
  if (const std::optional<CacheLayer::File> known = layer_.Read(name); known && known->bytes == bytes) return;
  (void)layer_.Publish(name, bytes);
}

}  // namespace raggedc
