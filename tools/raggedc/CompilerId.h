//===- CompilerId.h - which compiler this is --------------------*- C++ -*-===//

#ifndef RAGGEDC_TOOLS_RAGGEDC_COMPILERID_H
#define RAGGEDC_TOOLS_RAGGEDC_COMPILERID_H

#include <string>

namespace raggedc {

/// Names the compiler by the content of its sources and by its LLVM: programs and libraries of one source tree have one
/// name, and share what they compiled.
std::string compilerId();

}  // namespace raggedc

#endif  // RAGGEDC_TOOLS_RAGGEDC_COMPILERID_H
