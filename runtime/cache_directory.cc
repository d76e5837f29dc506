#include "runtime/cache_directory.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

namespace raggedc {

std::string CacheDirectory() {
  const auto environment = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value == nullptr ? "" : value);
  };
  if (std::string named = environment("RAGGEDC_CACHE_DIR"); !named.empty()) return named;
  // A relative path there is to be ignored, says the XDG base directory specification.
  if (const std::string base = environment("XDG_CACHE_HOME"); base.starts_with('/')) return base + "/raggedc";
  if (const std::string home = environment("HOME"); home.starts_with('/')) return home + "/.cache/raggedc";
  return "";
}

bool MakePrivateFolder(const std::string& folder) {
  // All of them 0700, whatever the umask: one that others may write to would be refused the next time.
  for (size_t end = folder.find('/', 1); end != std::string::npos; end = folder.find('/', end + 1)) {
    mkdir(folder.substr(0, end).c_str(), 0700);
  }
  mkdir(folder.c_str(), 0700);
  struct stat info = {};
  return lstat(folder.c_str(), &info) == 0 && S_ISDIR(info.st_mode) && info.st_uid == geteuid() &&
         (info.st_mode & (S_IWGRP | S_IWOTH)) == 0 && access(folder.c_str(), W_OK | X_OK) == 0;
}

}  // namespace raggedc
