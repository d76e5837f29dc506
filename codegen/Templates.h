//===- Templates.h - the embedded device headers ----------------*- C++ -*-===//

#ifndef RAGGEDC_CODEGEN_TEMPLATES_H
#define RAGGEDC_CODEGEN_TEMPLATES_H

#include <string>

#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/StringSet.h"

namespace raggedc {

/// The text of the named headers (`copy.cuh`, ...) and of all that they include, each once, in dependency order and
/// without `#include` lines. Asserts that the names exist: they come from the printer, not from users.
std::string collectTemplates(const llvm::StringSet<>& headers);

}  // namespace raggedc

#endif  // RAGGEDC_CODEGEN_TEMPLATES_H
