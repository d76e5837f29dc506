// What libraries said of themselves when they were last opened, kept beside the kernels: with it a kernel is found on
// disk without opening the compiler and NVRTC, which would take ten times as long as reading it.
#ifndef RAGGEDC_RUNTIME_DISK_CACHE_LIBRARY_NOTES_H_
#define RAGGEDC_RUNTIME_DISK_CACHE_LIBRARY_NOTES_H_

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/disk_cache/disk_cache.h"
#include "runtime/disk_cache/layer.h"
#include "runtime/disk_cache/warnings.h"

namespace raggedc {

// Files of the writable layer, trusted as its kernels are. Thread-safe. Whatever goes wrong means not to know, and is
// not warned of: the cache itself does that.
class LibraryNotes {
 public:
  // A file that changed within `settled` is not noted: its times could stay the same when it changes again.
  explicit LibraryNotes(const DiskCacheOptions& options, std::chrono::seconds settled = std::chrono::seconds(2));

  // What was noted of the library that opening one of `names`, in their order, would give now. Nothing when that may
  // be another one, or is open in this process, where it can be asked itself.
  std::optional<std::string> Recall(std::string_view kind, const std::vector<std::string>& names) const;

  // Notes `value`, one line, of the library in the file `path` that `names` just gave. IsLibraryOpen must have been
  // false before.
  void Note(std::string_view kind, const std::vector<std::string>& names, const std::string& path,
            std::string_view value) const;

 private:
  bool is_on_;
  std::chrono::seconds settled_;
  mutable CacheWarnings warnings_;
  CacheLayer layer_;
};

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_DISK_CACHE_LIBRARY_NOTES_H_
