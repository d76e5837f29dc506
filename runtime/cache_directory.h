// Where raggedc keeps what it compiled.
#ifndef RAGGEDC_RUNTIME_CACHE_DIRECTORY_H_
#define RAGGEDC_RUNTIME_CACHE_DIRECTORY_H_

#include <string>

namespace raggedc {

// RAGGEDC_CACHE_DIR, $XDG_CACHE_HOME/raggedc or $HOME/.cache/raggedc, the first that is set and absolute (the first may
// be relative too); "" without any. The folder need not exist.
std::string CacheDirectory();

// Makes `folder` and what is above it, with access for its owner alone where it is new. True when it is a folder of
// this user, no symbolic link, that nobody else may write to: what lies there is run, so nobody else may put it there.
bool MakePrivateFolder(const std::string& folder);

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_CACHE_DIRECTORY_H_
