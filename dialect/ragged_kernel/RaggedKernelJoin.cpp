//===-- RaggedKernelJoin.cpp - warps that share rows: types and verification ----------------------------------===//
#include "dialect/ragged_kernel/RaggedKernel.h"

using namespace mlir;
using namespace mlir::ragged_kernel;

int64_t PartialsType::getTileBytes(int64_t cols) {
  int64_t rowBytes = cols * 4;
  if (rowBytes % 64 == 0) rowBytes += 32;
  return kWarpRows * rowBytes + kWarpRows * 8;
}

LogicalResult PartialsType::verify(function_ref<InFlightDiagnostic()> emitError, int64_t ways, int64_t tiles,
                                   int64_t cols, int64_t stride) {
  if (ways < 1 || tiles < 1 || cols < 8 || cols % 8 != 0)  // partials_c1
    return emitError() << "expected ways and tiles of partials to be positive and columns a multiple of 8, got " << ways
                       << ", " << tiles << " and " << cols;
  if (int64_t least = tiles * getTileBytes(cols); stride < least || stride % 32 != 0)  // partials_c2
    return emitError() << "expected the stride of partials to be a multiple of 32 from " << least << " on, got "
                       << stride;
  return success();
}

LogicalResult PartType::verify(function_ref<InFlightDiagnostic()> emitError, int64_t rows, int64_t cols, int64_t ways) {
  if (rows != kWarpRows || cols < 8 || cols % 8 != 0 || ways < 1)  // part_c1
    return emitError() << "expected a part of 16 rows, columns in eights and at least one way, got " << rows << ", "
                       << cols << " and " << ways;
  return success();
}

LogicalResult AllocPartialsOp::verify() {
  int64_t offset = getOffset();
  if (offset < 0 || offset % 128 != 0)  // alloc_partials_c1
    return emitOpError() << "expected the offset to be a non-negative multiple of 128, got " << offset;
  return success();
}

LogicalResult StorePartialOp::verify() {
  if (getAcc().getType().getCols() != getPartials().getType().getCols())  // store_partial_c1
    return emitOpError() << "expected an accumulator of the partials' columns, got " << getAcc().getType() << " and "
                         << getPartials().getType();
  return success();
}

static LogicalResult verifyPart(Operation* op, PartialsType from, PartType part) {
  if (part.getCols() != from.getCols() || part.getWays() != from.getWays())
    return op->emitOpError() << "expected a part of the partials' columns and ways, got " << from << " and " << part;
  return success();
}

LogicalResult JoinPartialsOp::verify() {
  return verifyPart(*this, getPartials().getType(), getType());  // join_partials_c1
}

LogicalResult AddPartialsOp::verify() {
  return verifyPart(*this, getPartials().getType(), getType());  // add_partials_c1
}
