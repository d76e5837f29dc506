// Which file the loader would open, found out without opening it, which takes milliseconds where the library is large.
#ifndef RAGGEDC_RUNTIME_LIBRARY_SEARCH_H_
#define RAGGEDC_RUNTIME_LIBRARY_SEARCH_H_

#include <cstdint>
#include <string>
#include <vector>

namespace raggedc {

// Device, inode, size and both times of what lies at `path`, behind symbolic links; "-" when nothing does. Whoever
// replaces or writes the file changes it: the time of the last change of state cannot be set back.
std::string FileIdentity(const std::string& path);

// Whether one of the names without a folder is that of a library that this process has open, or of its file. The loader
// would take that one, wherever it came from.
bool IsLibraryOpen(const std::vector<std::string>& names);

// All that decides which file is opened by trying `names` in their order, one line each: the names, the loader's cache,
// and what lies in every place where the loader would look for one. While the text is the same, so is the file, unless
// IsLibraryOpen. "" when it cannot be said: one of the loader's folders has subfolders where some versions look first.
std::string DescribeLibrarySearch(const std::vector<std::string>& names);

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_LIBRARY_SEARCH_H_
