//===- CompilerId.cpp - which compiler this is -----------------------------===//

#include "tools/raggedc/CompilerId.h"

#include "llvm/Config/llvm-config.h"
#include "tools/raggedc/SourceId.h"

namespace raggedc {

std::string compilerId() {
  return "raggedc " RAGGEDC_SOURCE_ID " llvm " LLVM_VERSION_STRING;
}

}  // namespace raggedc
