#include "runtime/tuning_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <set>

#include "runtime/compiled_kernel.h"
#include "runtime/strings.h"

namespace raggedc {
namespace {

struct Loaded {
  std::mutex mutex;
  std::map<std::string, std::unique_ptr<const TuningFile>> files;  // by path; null for one that is not used
  std::set<std::string> warned;                                    // path and reason
};
Loaded& TheLoaded() {
  static Loaded* const one = new Loaded;  // never destroyed: other threads may still compile
  return *one;
}

std::string Shown(const std::string& path) {
  return StrCat("tuning table ", Printable(path, 4096));
}

Result<std::string> ReadAll(int file, const std::string& path) {
  std::string bytes;
  char chunk[1 << 16];
  for (;;) {
    const ssize_t count = ::read(file, chunk, sizeof chunk);
    if (count == 0) return bytes;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return EnvironmentError(StrCat(Shown(path), ": cannot read it: ", std::strerror(errno)));
    bytes.append(chunk, static_cast<size_t>(count));
    if (bytes.size() > static_cast<size_t>(kLargestTuningFile)) {
      return InvalidArgument(StrCat(Shown(path), ": expected at most ", kLargestTuningFile, " bytes, got more"));
    }
  }
}

Status CheckTrust(int file, const std::string& path) {
  struct stat info = {};
  if (::fstat(file, &info) != 0 || !S_ISREG(info.st_mode)) {
    return InvalidArgument(StrCat(Shown(path), ": expected a file, got something else"));
  }
  if (info.st_uid != ::geteuid() && info.st_uid != 0) {
    return InvalidArgument(StrCat(Shown(path), ": expected a file of this user or of root, got one of user ",
                                  static_cast<int64_t>(info.st_uid)));
  }
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return InvalidArgument(StrCat(Shown(path), ": expected a file that its owner alone may write to, got one that ",
                                  (info.st_mode & S_IWOTH) != 0 ? "everyone" : "its group", " may"));
  }
  return OkStatus();
}

}  // namespace

std::string TuningFilePath(std::string_view arch) {
  const auto environment = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value == nullptr ? "" : value);
  };
  if (const std::string named = environment("RAGGEDC_TUNING_TABLE"); !named.empty())
    return named == "none" ? "" : named;
  const std::string name = StrCat("/raggedc/tuning-", arch, ".json");
  // A relative path there is to be ignored, says the XDG base directory specification.
  if (const std::string base = environment("XDG_CONFIG_HOME"); base.starts_with('/')) return base + name;
  if (const std::string home = environment("HOME"); home.starts_with('/')) return home + "/.config" + name;
  return "";
}

Result<std::optional<TuningFile>> ReadTuningFile(const std::string& path) {
  if (path.empty()) return std::optional<TuningFile>();
  // A pipe without a writer must not be waited for.
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) {
    if (errno == ENOENT || errno == ENOTDIR) return std::optional<TuningFile>();
    return EnvironmentError(StrCat(Shown(path), ": cannot read it: ", std::strerror(errno)));
  }
  const Status trust = CheckTrust(file, path);
  Result<std::string> bytes = trust.ok() ? ReadAll(file, path) : Result<std::string>(trust);
  ::close(file);
  if (!bytes.ok()) return bytes.status();
  TuningFile read{path, *std::move(bytes), ""};
  read.hash = ToHex(HashSource(read.bytes));
  return std::optional<TuningFile>(std::move(read));
}

const TuningFile* UserTuningFile(std::string_view arch, const TuningWarning& warn) {
  const std::string path = TuningFilePath(arch);
  std::string warning;
  const TuningFile* found = nullptr;
  {
    Loaded& loaded = TheLoaded();
    const std::lock_guard<std::mutex> lock(loaded.mutex);
    const auto [place, is_new] = loaded.files.try_emplace(path);
    if (is_new) {
      Result<std::optional<TuningFile>> file = ReadTuningFile(path);
      if (!file.ok()) {
        warning = file.status().message();
      } else if (file->has_value()) {
        place->second = std::make_unique<const TuningFile>(**std::move(file));
      } else if (const char* named = std::getenv("RAGGEDC_TUNING_TABLE"); named != nullptr && path == named) {
        warning = StrCat(Shown(path), ": expected the file that RAGGEDC_TUNING_TABLE names, got none");
      }
    }
    found = place->second.get();
  }
  if (!warning.empty()) warn(warning + "; it is not used");
  return found;
}

void WarnOfTuningFile(const TuningFile& file, const std::string& why, const TuningWarning& warn) {
  {
    Loaded& loaded = TheLoaded();
    const std::lock_guard<std::mutex> lock(loaded.mutex);
    if (!loaded.warned.insert(file.path + '\0' + why).second) return;
  }
  warn(StrCat(Shown(file.path), ": ", why, "; it is not used"));
}

}  // namespace raggedc
