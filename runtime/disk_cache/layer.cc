#include "runtime/disk_cache/layer.h"

#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <tuple>

#include "runtime/disk_cache/entry.h"
#include "runtime/strings.h"

namespace raggedc {
namespace {

constexpr char kFolderName[] = "kernels";
constexpr char kLockName[] = "lock";
constexpr std::string_view kTemporaryPrefix = "tmp.";
constexpr int64_t kHour = 3600;
constexpr int64_t kDay = 24 * kHour;
constexpr int kAttempts = 3;
constexpr char kWithoutLock[] = "; several processes may compile the same kernel";

std::string ErrorText(int error) {
  return std::strerror(error);
}

// A name that no other process takes, of this machine or another.
std::string TemporaryName() {
  static std::atomic<uint32_t> serial{0};
  uint64_t random = 0;
  if (getrandom(&random, sizeof random, GRND_NONBLOCK) != sizeof random) random = 0;
  return StrCat(kTemporaryPrefix, ToHex({random, static_cast<uint64_t>(getpid()) << 32 | serial++}));
}

bool IsTemporaryName(std::string_view name) {
  return name.starts_with(kTemporaryPrefix);
}

}  // namespace

CacheLayer::CacheLayer(const DiskCacheOptions& options, std::string directory, bool in_base, CacheWarnings* warnings)
    : file_system_(options.file_system),
      directory_(std::move(directory)),
      in_base_(in_base),
      insecure_(options.insecure),
      max_bytes_(options.max_bytes),
      stale_after_(options.stale_after.count()),
      warnings_(warnings) {}

std::string CacheLayer::PathOf(std::string_view name) const {
  return StrCat(directory_, "/", kFolderName, "/", name);
}

// Why what lies there is not to be run, or "". The superuser could change this process anyway.
std::string CacheLayer::CheckTrust(const struct stat& info, std::string_view path) const {
  if (insecure_) return "";
  const uid_t user = file_system_->User();
  if (info.st_uid != user && info.st_uid != 0) {
    return StrCat("expected ", Printable(path, 4096), " to belong to user ", user, user != 0 ? " or 0" : "",
                  ", got user ", info.st_uid);
  }
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return StrCat("expected ", Printable(path, 4096), " to be writable for its owner alone, got write permission for ",
                  (info.st_mode & S_IWOTH) != 0 ? "everyone" : "its group");
  }
  return "";
}

int CacheLayer::MakeFolders() const {
  int result = 0;
  for (size_t end = directory_.find('/', 1);; end = directory_.find('/', end + 1)) {
    result = file_system_->MakeFolder(directory_.substr(0, end).c_str());
    if (end == std::string::npos) return result == -EEXIST ? 0 : result;
  }
}

CacheLayer::Folder CacheLayer::Open(bool make) const {
  Folder folder;
  const auto fail = [&](int error, const std::string& path) {
    folder.state = error == ENOENT ? Folder::State::kMissing : Folder::State::kUnavailable;
    folder.problem = StrCat("cannot open the cache directory ", Printable(path, 4096), ": ", ErrorText(error));
    return std::move(folder);
  };
  const auto check = [&](const OpenFile& file, const std::string& path) -> int {
    struct stat info = {};
    if (const int result = file_system_->Status(file.get(), &info); result < 0) return result;
    folder.problem = CheckTrust(info, path);
    if (!folder.problem.empty()) folder.state = Folder::State::kRefused;
    return 0;
  };

  OpenFile outer(file_system_, file_system_->OpenFolder(directory_.c_str()));
  if (outer.error() == ENOENT && make) {
    if (const int made = MakeFolders(); made < 0) return fail(-made, directory_);
    outer = OpenFile(file_system_, file_system_->OpenFolder(directory_.c_str()));
  }
  if (!outer.ok()) return fail(outer.error(), directory_);
  if (const int result = check(outer, directory_); result < 0) return fail(-result, directory_);
  if (folder.state == Folder::State::kRefused) return folder;

  const std::string path = StrCat(directory_, "/", kFolderName);
  OpenFile inner(file_system_, file_system_->OpenFolderAt(outer.get(), kFolderName));
  if (inner.error() == ENOENT && make) {
    const int made = file_system_->MakeFolderAt(outer.get(), kFolderName);
    if (made < 0 && made != -EEXIST) return fail(-made, path);
    inner = OpenFile(file_system_, file_system_->OpenFolderAt(outer.get(), kFolderName));
  }
  if (!inner.ok()) return fail(inner.error(), path);
  if (const int result = check(inner, path); result < 0) return fail(-result, path);
  if (folder.state == Folder::State::kRefused) return folder;
  folder.state = Folder::State::kOpen;
  folder.file = std::move(inner);
  return folder;
}

void CacheLayer::WarnOf(const Folder& folder) const {
  switch (folder.state) {
    case Folder::State::kOpen:
      return;
    case Folder::State::kMissing:
      // The writable layer is made when there is something to write; a base layer that is named should be there.
      if (in_base_) Warn(CacheWarning::kUnavailable, StrCat(folder.problem, "; going on without this base layer"));
      return;
    case Folder::State::kRefused:
      Warn(CacheWarning::kRefused,
           StrCat("cache not used: ", folder.problem,
                  ", as what lies there is run (RAGGEDC_CACHE_INSECURE=1 uses it all the same)"));
      return;
    case Folder::State::kUnavailable:
      Warn(CacheWarning::kUnavailable, StrCat(folder.problem, "; going on without"));
      return;
  }
}

std::optional<CacheLayer::File> CacheLayer::Read(std::string_view name) const {
  const Folder folder = Open(/*make=*/false);
  if (folder.state != Folder::State::kOpen) {
    WarnOf(folder);
    return std::nullopt;
  }
  const auto fail = [&](int error) {
    if (error != ENOENT && error != ESTALE) {
      Warn(CacheWarning::kUnreadable,
           StrCat("cannot read ", PathOf(name), " of the cache: ", ErrorText(error), "; compiling instead"));
    }
    return std::nullopt;
  };
  File read;
  read.file = OpenFile(file_system_, file_system_->OpenRead(folder.file.get(), std::string(name).c_str()));
  if (!read.file.ok()) return fail(read.file.error());
  struct stat info = {};
  if (const int result = file_system_->Status(read.file.get(), &info); result < 0) return fail(-result);
  if (!S_ISREG(info.st_mode)) return fail(EINVAL);
  if (info.st_size > kLargestEntry) return fail(EFBIG);
  if (const std::string problem = CheckTrust(info, PathOf(name)); !problem.empty()) {
    Warn(CacheWarning::kRefused, StrCat("cache entry not used: ", problem));
    return std::nullopt;
  }
  read.last_used = info.st_mtime;
  read.bytes.resize(static_cast<size_t>(info.st_size));
  size_t done = 0;
  while (done < read.bytes.size()) {
    const ssize_t count = file_system_->Read(read.file.get(), read.bytes.data() + done, read.bytes.size() - done);
    if (count < 0) return fail(static_cast<int>(-count));
    if (count == 0) break;
    done += static_cast<size_t>(count);
  }
  read.bytes.resize(done);
  return read;
}

void CacheLayer::Touch(const File& file) const {
  if (in_base_) return;
  const int64_t now = file_system_->Now();
  if (now - file.last_used < kDay && file.last_used <= now + kHour) return;
  (void)file_system_->SetTime(file.file.get(), now);  // a layer that cannot be written to has no use for it
}

int CacheLayer::PublishOnce(const Folder& folder, std::string_view name, std::string_view bytes) const {
  const std::string temporary = TemporaryName();
  const OpenFile file(file_system_, file_system_->Create(folder.file.get(), temporary.c_str()));
  if (!file.ok()) return -file.error();
  const auto write = [&]() -> int {
    // Held until it has its final name, so that nobody takes it for left behind. Without locks, only its age tells.
    if (file_system_->TryLock(file.get(), 0) == -EAGAIN) return -ENOENT;
    for (std::string_view rest = bytes; !rest.empty();) {
      const ssize_t count = file_system_->Write(file.get(), rest.data(), rest.size());
      if (count < 0) return static_cast<int>(count);
      if (count == 0) return -EIO;
      rest.remove_prefix(static_cast<size_t>(count));
    }
    if (const int result = file_system_->SetTime(file.get(), file_system_->Now()); result < 0) return result;
    if (const int result = file_system_->Sync(file.get()); result < 0) return result;
    return file_system_->Rename(folder.file.get(), temporary.c_str(), std::string(name).c_str());
  };
  if (const int result = write(); result < 0) {
    (void)file_system_->Remove(folder.file.get(), temporary.c_str());
    return result;
  }
  // It is there for every process; this makes it outlive the machine. Some file systems cannot, and need not.
  const int synced = file_system_->Sync(folder.file.get());
  return synced == -EINVAL || synced == -EBADF ? 0 : synced;
}

bool CacheLayer::Publish(std::string_view name, std::string_view bytes) const {
  int result = 0;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const Folder folder = Open(/*make=*/true);
    if (folder.state != Folder::State::kOpen) {
      WarnOf(folder);
      return false;
    }
    result = PublishOnce(folder, name, bytes);
    // The folder or the file was removed meanwhile, or the name was taken: again.
    if (result != -ENOENT && result != -ESTALE && result != -EEXIST) break;
  }
  if (result >= 0) return true;
  Warn(CacheWarning::kUnwritable, StrCat("cannot keep a kernel in ", Printable(directory_, 4096), ": ",
                                         ErrorText(-result), "; going on without keeping it"));
  return false;
}

std::vector<CacheLayer::Listed> CacheLayer::List(const Folder& folder) const {
  std::vector<Listed> files;
  (void)file_system_->List(folder.file.get(), [&](const char* name) {
    if (IsTemporaryName(name) || IsEntryFileName(name)) files.push_back({name, IsTemporaryName(name), 0, 0});
  });
  std::erase_if(files, [&](Listed& file) {
    struct stat info = {};
    if (file_system_->StatusAt(folder.file.get(), file.name.c_str(), &info) < 0) return true;  // gone by now
    file.bytes = info.st_size;
    file.last_used = info.st_mtime;
    return S_ISDIR(info.st_mode);
  });
  std::sort(files.begin(), files.end(), [](const Listed& a, const Listed& b) { return a.name < b.name; });
  return files;
}

bool CacheLayer::IsOlder(const Listed& file, int64_t age) const {
  const int64_t now = file_system_->Now();
  return file.last_used <= now - age || file.last_used > now + kHour;
}

bool CacheLayer::IsAbandoned(const Folder& folder, const Listed& file) const {
  if (!IsOlder(file, stale_after_)) return false;
  const OpenFile open(file_system_, file_system_->OpenUpdate(folder.file.get(), file.name.c_str()));
  const int locked = open.ok() ? file_system_->TryLock(open.get(), 0) : -open.error();
  if (locked == 0) return true;
  if (locked == -EAGAIN || locked == -ENOENT) return false;
  return IsOlder(file, std::max(stale_after_, kHour));  // no locks here
}

int CacheLayer::Remove(const Folder& folder, const std::string& name) const {
  return file_system_->Remove(folder.file.get(), name.c_str());
}

void CacheLayer::Clean(std::string_view keep) const {
  const Folder folder = Open(/*make=*/false);
  if (folder.state != Folder::State::kOpen) return;
  std::vector<Listed> entries;
  int64_t bytes = 0;
  for (Listed& file : List(folder)) {
    if (file.is_temporary) {
      if (IsAbandoned(folder, file)) (void)Remove(folder, file.name);
      continue;
    }
    bytes += file.bytes;
    if (file.name != keep) entries.push_back(std::move(file));
  }
  if (bytes <= max_bytes_) return;
  // A time that is yet to come, from a clock that went wrong, says nothing of use; such an entry gets a true one when
  // it is used. Every process removes in the same order, so that several at a time remove no more than one.
  const int64_t now = file_system_->Now();
  for (Listed& entry : entries) {
    if (entry.last_used > now + kHour) entry.last_used = 0;
  }
  std::sort(entries.begin(), entries.end(), [](const Listed& a, const Listed& b) {
    return std::tie(a.last_used, a.name) < std::tie(b.last_used, b.name);
  });
  const int64_t target = max_bytes_ / 10 * 9;
  for (const Listed& entry : entries) {
    if (bytes <= target) break;
    if (const int removed = Remove(folder, entry.name); removed == 0 || removed == -ENOENT) bytes -= entry.bytes;
  }
}

CacheLayer::Lock CacheLayer::TryLock(std::string_view name) const {
  Lock lock;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const Folder folder = Open(/*make=*/true);
    if (folder.state != Folder::State::kOpen) {
      WarnOf(folder);
      return lock;
    }
    lock.file = OpenFile(file_system_, file_system_->OpenLock(folder.file.get(), kLockName));
    if (lock.file.ok() || (lock.file.error() != ENOENT && lock.file.error() != ESTALE)) break;
  }
  if (!lock.file.ok()) {
    // Where nothing can be written there is nothing to take turns for; publishing will say so.
    const int error = lock.file.error();
    if (error != EACCES && error != EROFS && error != EPERM && error != ENOSPC && error != EDQUOT) {
      Warn(CacheWarning::kLock, StrCat("cannot open ", PathOf(kLockName), ": ", ErrorText(error), kWithoutLock));
    }
    return lock;
  }
  // One byte of one file for each key: nothing is left behind, and two keys hardly ever meet.
  constexpr uint64_t kOffsetMask = (uint64_t{1} << 62) - 1;
  const int result = file_system_->TryLock(lock.file.get(), static_cast<int64_t>(HashSource(name).low & kOffsetMask));
  if (result >= 0) {
    lock.state = LockState::kTaken;
  } else if (result == -EAGAIN) {
    lock.state = LockState::kBusy;
  } else {
    Warn(CacheWarning::kLock, StrCat("cannot lock ", PathOf(kLockName), ": ", ErrorText(-result), kWithoutLock));
  }
  return lock;
}

}  // namespace raggedc
