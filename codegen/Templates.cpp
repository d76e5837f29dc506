//===- Templates.cpp - the embedded device headers -------------------------===//

#include "codegen/Templates.h"

#include <cassert>

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"

namespace raggedc {
namespace {

struct Header {
  llvm::StringRef path;
  llvm::StringRef includes;  ///< paths, each followed by a space
  llvm::StringRef text;
};

const Header kHeaders[] = {
#include "templates/embedded.inc"
};

const Header& find(llvm::StringRef path) {
  for (const Header& header : kHeaders)
    if (header.path == path) return header;
  assert(false && "a header that templates/ does not have");
  return kHeaders[0];
}

void append(std::string& text, llvm::StringSet<>& done, llvm::StringRef path) {
  if (!done.insert(path).second) return;
  const Header& header = find(path);
  llvm::SmallVector<llvm::StringRef> includes;
  header.includes.split(includes, ' ', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
  for (llvm::StringRef include : includes) append(text, done, include);
  text += "//---- " + path.str() + "\n";
  text += header.text.ltrim('\n');
  text += "\n";
}

}  // namespace

std::string collectTemplates(const llvm::StringSet<>& headers) {
  // Sorted, so that the same kernel always gives the same text: it is a cache key.
  llvm::SmallVector<llvm::StringRef> names(headers.keys());
  llvm::sort(names);
  std::string text;
  llvm::StringSet<> done;
  for (llvm::StringRef name : names) append(text, done, name);
  return text;
}

}  // namespace raggedc
