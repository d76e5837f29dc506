//===- RaggedDialect.cpp - registration of the dialect ragged -------------===//

#include "dialect/ragged/Ragged.h"

using namespace mlir;
using namespace mlir::ragged;

#include "dialect/ragged/RaggedDialect.cpp.inc"

void RaggedDialect::initialize() {
  registerAttributes();
  addOperations<
#define GET_OP_LIST
#include "dialect/ragged/RaggedOps.cpp.inc"
      >();
}
