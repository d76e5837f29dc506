#include "runtime/temporary_folder.h"

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "runtime/strings.h"

namespace raggedc {

Result<TemporaryFolder> TemporaryFolder::Make(std::string_view prefix) {
  std::error_code error;
  std::string pattern = (std::filesystem::temp_directory_path(error) / StrCat(prefix, std::string(6, 'X'))).string();
  if (error || ::mkdtemp(pattern.data()) == nullptr) {
    return EnvironmentError("expected to make a temporary folder where TMPDIR says, got an error");
  }
  TemporaryFolder folder;
  folder.path_ = pattern;
  folder.owner_ = ::getpid();
  return folder;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  if (!path_.empty() && owner_ == ::getpid()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace raggedc
