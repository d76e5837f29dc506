#include "runtime/file_io.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "runtime/strings.h"

namespace raggedc {
namespace {

// Closes the descriptor when the scope ends, unless it was closed or is one of the standard streams.
class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() {
    if (fd_ > STDERR_FILENO) ::close(fd_);
  }
  int get() const { return fd_; }
  bool Close() {
    const int fd = fd_;
    fd_ = -1;
    return ::close(fd) == 0;
  }

 private:
  int fd_;
};

std::string ErrnoText() {
  return std::strerror(errno);
}

bool WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return false;
    }
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

Status WriteError(const std::string& path, const std::string& why) {
  return EnvironmentError(StrCat("cannot write ", Printable(path, 4096), ": ", why));
}

}  // namespace

Result<std::string> ReadFile(const std::string& path, int64_t limit) {
  const std::string shown = path == "-" ? "<stdin>" : Printable(path, 4096);
  FileDescriptor file(path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return InvalidArgument(StrCat("cannot read ", shown, ": ", ErrnoText()));
  std::string bytes;
  const auto too_large = [&](std::string_view got) {
    return InvalidArgument(StrCat("cannot read ", shown, ": expected at most ", limit, " bytes, got ", got));
  };
  struct stat info;
  if (::fstat(file.get(), &info) == 0 && S_ISREG(info.st_mode)) {
    if (info.st_size > limit) return too_large(std::to_string(info.st_size));
    bytes.reserve(static_cast<size_t>(info.st_size) + 1);
  }
  constexpr size_t kMinimumChunk = 1 << 16;
  for (;;) {
    const size_t used = bytes.size();
    const size_t chunk = std::max(kMinimumChunk, bytes.capacity() - used);
    bytes.resize(used + chunk);
    const ssize_t count = ::read(file.get(), bytes.data() + used, chunk);
    bytes.resize(used + (count > 0 ? static_cast<size_t>(count) : 0));
    if (count == 0) return bytes;
    if (bytes.size() > static_cast<size_t>(limit)) return too_large("more");
    if (count < 0 && errno != EINTR) return InvalidArgument(StrCat("cannot read ", shown, ": ", ErrnoText()));
  }
}

bool IsSameFile(const std::string& a, const std::string& b) {
  if (a == "-" || b == "-") return false;
  struct stat info_a, info_b;
  const bool exists_a = ::stat(a.c_str(), &info_a) == 0, exists_b = ::stat(b.c_str(), &info_b) == 0;
  if (exists_a != exists_b) return false;
  if (exists_a) return S_ISREG(info_a.st_mode) && info_a.st_dev == info_b.st_dev && info_a.st_ino == info_b.st_ino;
  std::error_code error;
  const std::filesystem::path whole_a = std::filesystem::weakly_canonical(a, error);
  return !error && whole_a == std::filesystem::weakly_canonical(b, error) && !error;
}

bool IsSpecialFile(const std::string& path) {
  struct stat info;
  return ::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode);
}

Status WriteFile(const std::string& path, std::string_view bytes) {
  if (path == "-") {
    return WriteAll(STDOUT_FILENO, bytes) ? OkStatus() : WriteError("<stdout>", ErrnoText());
  }
  struct stat info;
  const bool exists = ::stat(path.c_str(), &info) == 0;
  if (exists && S_ISDIR(info.st_mode)) return WriteError(path, "it is a directory");
  if (exists && !S_ISREG(info.st_mode)) {
    FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (file.get() < 0 || !WriteAll(file.get(), bytes)) return WriteError(path, ErrnoText());
    return OkStatus();
  }
  std::string temporary = path + "." + std::string(6, 'X');  // what mkostemp replaces
  FileDescriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (file.get() < 0) return WriteError(path, ErrnoText());
  // mkostemp makes the file private; a result is as readable as any other new file.
  const mode_t mask = ::umask(0);
  ::umask(mask);
  const bool written = ::fchmod(file.get(), exists ? (info.st_mode & 07777) : (0666 & ~mask)) == 0 &&
                       WriteAll(file.get(), bytes) && ::fsync(file.get()) == 0 && file.Close() &&
                       ::rename(temporary.c_str(), path.c_str()) == 0;
  if (written) return OkStatus();
  const std::string why = ErrnoText();
  ::unlink(temporary.c_str());
  return WriteError(path, why);
}

}  // namespace raggedc
