// One folder of kernels: finding, reading, publishing, cleaning. What an entry means is not known here.
#ifndef RAGGEDC_RUNTIME_DISK_CACHE_LAYER_H_
#define RAGGEDC_RUNTIME_DISK_CACHE_LAYER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/disk_cache/disk_cache.h"
#include "runtime/disk_cache/file_system.h"
#include "runtime/disk_cache/warnings.h"

namespace raggedc {

// An open file of a FileSystem, closed at the end.
class OpenFile {
 public:
  OpenFile() = default;
  OpenFile(FileSystem* file_system, int file) : file_system_(file_system), file_(file) {}
  OpenFile(OpenFile&& other) noexcept : file_system_(other.file_system_), file_(other.file_) { other.file_ = -1; }
  OpenFile& operator=(OpenFile&& other) noexcept {
    std::swap(file_system_, other.file_system_);
    std::swap(file_, other.file_);
    return *this;
  }
  ~OpenFile() {
    if (file_ >= 0) file_system_->Close(file_);
  }
  bool ok() const { return file_ >= 0; }
  int get() const { return file_; }
  int error() const { return file_ >= 0 ? 0 : -file_; }  // an errno

 private:
  FileSystem* file_system_ = nullptr;
  int file_ = -1;
};

// Thread-safe: it has no state but where it is.
class CacheLayer {
 public:
  CacheLayer(const DiskCacheOptions& options, std::string directory, bool in_base, CacheWarnings* warnings);

  const std::string& directory() const { return directory_; }
  bool in_base() const { return in_base_; }

  struct Folder {
    enum class State { kOpen, kMissing, kRefused, kUnavailable };
    State state = State::kUnavailable;
    std::string problem;  // why it is refused or unavailable
    OpenFile file;
  };
  // The folder of the kernels, with what is above it made if `make`. Everything is done with what this returns, so that
  // another folder put in its place later changes nothing.
  Folder Open(bool make) const;
  // Says why a folder cannot be used; nothing for an open one, or a writable layer that is yet to be made.
  void WarnOf(const Folder& folder) const;

  struct File {
    std::string bytes;
    int64_t last_used = 0;
    OpenFile file;
  };
  // The content of a file, or nothing when there is none or it may not be trusted; a warning says so.
  std::optional<File> Read(std::string_view name) const;
  // Says that the file was used, at most once a day.
  void Touch(const File& file) const;

  // Puts `bytes` under `name`, whole or not at all; a warning says why not.
  bool Publish(std::string_view name, std::string_view bytes) const;

  // Removes temporary files that nobody holds, and what was used least until the limit is kept; never `keep`.
  void Clean(std::string_view keep) const;

  // Tries to take the lock of `name`, which lasts as long as the file is open.
  enum class LockState { kTaken, kBusy, kNone };
  struct Lock {
    LockState state = LockState::kNone;
    OpenFile file;
  };
  Lock TryLock(std::string_view name) const;

  struct Listed {
    std::string name;
    bool is_temporary = false;
    int64_t bytes = 0;
    int64_t last_used = 0;
  };
  // Entries and temporary files, by name.
  std::vector<Listed> List(const Folder& folder) const;
  // Whether a temporary file was left by a process that is gone.
  bool IsAbandoned(const Folder& folder, const Listed& file) const;
  // Whether that file was not used for `age` or longer. A time that is yet to come counts as long ago.
  bool IsOlder(const Listed& file, int64_t age) const;
  int Remove(const Folder& folder, const std::string& name) const;

  std::string PathOf(std::string_view name) const;
  void Warn(CacheWarning kind, const std::string& message) const { warnings_->Give(kind, message); }

 private:
  std::string CheckTrust(const struct stat& info, std::string_view path) const;
  int MakeFolders() const;
  int PublishOnce(const Folder& folder, std::string_view name, std::string_view bytes) const;

  FileSystem* file_system_;
  std::string directory_;
  bool in_base_;
  bool insecure_;
  int64_t max_bytes_;
  int64_t stale_after_;
  CacheWarnings* warnings_;
};

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_DISK_CACHE_LAYER_H_
