//===- AheadOfTime.h - several programs for several GPUs --------*- C++ -*-===//

#ifndef RAGGEDC_TOOLS_RAGGEDC_AHEADOFTIME_H
#define RAGGEDC_TOOLS_RAGGEDC_AHEADOFTIME_H

#include <optional>
#include <vector>

#include "runtime/bundle.h"
#include "tools/raggedc/Compiler.h"
#include "tools/raggedc/Input.h"

namespace raggedc {

/// The spec that says what a specialised program computes, under the program's name: one attention of its arguments, in
/// order, whose result is returned. Block sizes count when the program has them, not when `options` ask for them.
std::optional<Spec> describeAsSpec(Compiler& compiler);

/// Every source for every architecture (the one in `options` is not looked at), in the order of sources, then
/// architectures. All are lowered before NVRTC, which needs most of the time and runs on all cores, sees the first.
Result<std::vector<BundleItem>> compileAhead(llvm::ArrayRef<SourceText> sources, llvm::ArrayRef<std::string> archs,
                                             const CompileOptions& options);

}  // namespace raggedc

#endif  // RAGGEDC_TOOLS_RAGGEDC_AHEADOFTIME_H
