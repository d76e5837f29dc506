//===- UserTable.h - the tuning table of the user ---------------*- C++ -*-===//

#ifndef RAGGEDC_TOOLS_RAGGEDC_USERTABLE_H
#define RAGGEDC_TOOLS_RAGGEDC_USERTABLE_H

#include <memory>
#include <string>

#include "llvm/ADT/StringRef.h"
#include "passes/TuningTable.h"

namespace raggedc {

/// The table in `text`, for kernels of `arch`. Null, and `problem` says why, for a damaged one, and for one that was
/// measured on another architecture or with kernels of another compiler.
std::shared_ptr<const TuningTable> readUserTable(llvm::StringRef text, llvm::StringRef arch, std::string& problem);

/// The table that runtime/tuning_file.h finds, or null. One that cannot be used is warned of on standard error, once in
/// a process. Thread-safe.
std::shared_ptr<const TuningTable> loadUserTable(const std::string& arch);

/// ` tuning=HASH` of the file that loadUserTable reads, or "": what it adds to the key of a kernel that is found by its
/// spec alone.
std::string getUserTableKey(const std::string& arch);

}  // namespace raggedc

#endif  // RAGGEDC_TOOLS_RAGGEDC_USERTABLE_H
