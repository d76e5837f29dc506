//===- TextLimits.h - text that the parser may be given ---------*- C++ -*-===//

#ifndef RAGGEDC_TOOLS_RAGGEDC_TEXTLIMITS_H
#define RAGGEDC_TOOLS_RAGGEDC_TEXTLIMITS_H

#include <cstdint>

#include "llvm/ADT/StringRef.h"
#include "runtime/status.h"

namespace raggedc {

/// Bytes of the largest program that is read.
inline constexpr int64_t kLargestText = 16 << 20;

/// MLIR's parser calls itself for each bracket and each operator, and what prints a type or an attribute writes its
/// aliases out. Text that would exhaust the stack or the memory is turned away, with its place, before the parser sees
/// it. No program comes near the limits.
Status checkText(llvm::StringRef text, llvm::StringRef name);

}  // namespace raggedc

#endif  // RAGGEDC_TOOLS_RAGGEDC_TEXTLIMITS_H
