//===- CHeader.h - a program as one C file ----------------------*- C++ -*-===//

#ifndef RAGGEDC_TOOLS_RAGGEDC_CHEADER_H
#define RAGGEDC_TOOLS_RAGGEDC_CHEADER_H

#include <span>
#include <string>

#include "runtime/bundle.h"
#include "runtime/status.h"

namespace raggedc {

/// A header that holds the cubins of one program, for the architectures that `items` are for, and functions to load and
/// to launch it. It needs cuda.h and nothing of raggedc; docs/bundles.md shows its use. `producer` is named at its top.
Result<std::string> emitCHeader(std::span<const BundleItem> items, const std::string& producer);

}  // namespace raggedc

#endif  // RAGGEDC_TOOLS_RAGGEDC_CHEADER_H
