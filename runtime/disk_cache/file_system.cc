#include "runtime/disk_cache/file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

namespace raggedc {
namespace {

// `call` until no signal interrupts it; -errno for -1.
template <typename Call>
auto Retry(const Call& call) {
  for (;;) {
    const auto result = call();
    if (result >= 0) return result;
    if (errno != EINTR) return static_cast<decltype(result)>(-errno);
  }
}

}  // namespace

FileSystem* FileSystem::Real() {
  static FileSystem* const real = new FileSystem();  // never destroyed: threads may outlive main
  return real;
}

int FileSystem::OpenFolder(const char* path) {
  return Retry([&] { return ::open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
}

int FileSystem::OpenFolderAt(int folder, const char* name) {
  return Retry([&] { return ::openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC); });
}

int FileSystem::MakeFolder(const char* path) {
  return Retry([&] { return ::mkdir(path, 0700); });
}

int FileSystem::MakeFolderAt(int folder, const char* name) {
  return Retry([&] { return ::mkdirat(folder, name, 0700); });
}

int FileSystem::OpenRead(int folder, const char* name) {
  return Retry([&] { return ::openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC); });
}

int FileSystem::Create(int folder, const char* name) {
  return Retry([&] { return ::openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600); });
}

int FileSystem::OpenLock(int folder, const char* name) {
  return Retry([&] { return ::openat(folder, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600); });
}

int FileSystem::OpenUpdate(int folder, const char* name) {
  return Retry([&] { return ::openat(folder, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC); });
}

void FileSystem::Close(int file) {
  ::close(file);
}

int FileSystem::Status(int file, struct stat* info) {
  return Retry([&] { return ::fstat(file, info); });
}

int FileSystem::StatusAt(int folder, const char* name, struct stat* info) {
  return Retry([&] { return ::fstatat(folder, name, info, AT_SYMLINK_NOFOLLOW); });
}

ssize_t FileSystem::Read(int file, void* bytes, size_t count) {
  return Retry([&] { return ::read(file, bytes, count); });
}

ssize_t FileSystem::Write(int file, const void* bytes, size_t count) {
  // Beyond the limit of this process, a write would be a signal and the end of it.
  struct rlimit limit = {};
  if (::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
    const off_t position = ::lseek(file, 0, SEEK_CUR);
    if (position >= 0 && static_cast<rlim_t>(position) + count > limit.rlim_cur) return -EFBIG;
  }
  return Retry([&] { return ::write(file, bytes, count); });
}

int FileSystem::Sync(int file) {
  return Retry([&] { return ::fsync(file); });
}

int FileSystem::SetTime(int file, int64_t seconds) {
  const struct timespec times[2] = {{static_cast<time_t>(seconds), 0}, {static_cast<time_t>(seconds), 0}};
  return Retry([&] { return ::futimens(file, times); });
}

int FileSystem::Rename(int folder, const char* from, const char* to) {
  return Retry([&] { return ::renameat(folder, from, folder, to); });
}

int FileSystem::Remove(int folder, const char* name) {
  return Retry([&] { return ::unlinkat(folder, name, 0); });
}

int FileSystem::List(int folder, const std::function<void(const char* name)>& visit) {
  // A position of its own: `folder` may be listed by several threads, and again.
  const int again = Retry([&] { return ::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (again < 0) return again;
  DIR* stream = ::fdopendir(again);
  if (stream == nullptr) {
    const int error = errno;
    ::close(again);
    return -error;
  }
  int error = 0;
  for (;;) {
    errno = 0;
    const struct dirent* entry = ::readdir(stream);
    if (entry == nullptr) {
      error = errno;
      break;
    }
    if (std::strcmp(entry->d_name, ".") != 0 && std::strcmp(entry->d_name, "..") != 0) visit(entry->d_name);
  }
  ::closedir(stream);
  return -error;
}

int FileSystem::TryLock(int file, int64_t offset) {
  // Locks of open files, not of processes: threads exclude each other, and closing another descriptor of the same file
  // releases nothing. They end with the process, however it ends.
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = offset;
  lock.l_len = 1;
  const int result = Retry([&] { return ::fcntl(file, F_OFD_SETLK, &lock); });
  return result == -EACCES ? -EAGAIN : result;
}

int64_t FileSystem::Now() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

uid_t FileSystem::User() {
  return ::geteuid();
}

void FileSystem::Sleep(int64_t microseconds) {
  std::this_thread::sleep_for(std::chrono::microseconds(microseconds));
}

}  // namespace raggedc
