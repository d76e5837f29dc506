// A folder for files that nobody needs later.
#ifndef RAGGEDC_RUNTIME_TEMPORARY_FOLDER_H_
#define RAGGEDC_RUNTIME_TEMPORARY_FOLDER_H_

#include <sys/types.h>

#include <string>
#include <string_view>
#include <utility>

#include "runtime/status.h"

namespace raggedc {

// Made where TMPDIR says, with access for this user alone; removed with everything in it by the process that made it.
class TemporaryFolder {
 public:
  // Its name begins with `prefix`. An environment error when it cannot be made.
  static Result<TemporaryFolder> Make(std::string_view prefix);
  TemporaryFolder(TemporaryFolder&& other) noexcept { *this = std::move(other); }
  TemporaryFolder& operator=(TemporaryFolder&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(owner_, other.owner_);
    return *this;
  }
  ~TemporaryFolder();

  const std::string& path() const { return path_; }

 private:
  TemporaryFolder() = default;

  std::string path_;
  pid_t owner_ = 0;  // a child made by fork() leaves the folder alone
};

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_TEMPORARY_FOLDER_H_
