//===-- RaggedKernelRing.cpp - producers and consumers: types and verification --------------------------------===//
#include "dialect/ragged_kernel/RaggedKernel.h"

using namespace mlir;
using namespace mlir::ragged_kernel;

LogicalResult BarriersType::verify(function_ref<InFlightDiagnostic()> emitError, int64_t count) {
  if (count < 1 || count > 64)  // barriers_c1
    return emitError() << "expected 1 to 64 barriers, got " << count;
  return success();
}

LogicalResult AllocBarriersOp::verify() {
  int64_t offset = getOffset();
  if (offset < 0 || offset % 8 != 0)  // alloc_barriers_c1
    return emitOpError() << "expected the offset to be a non-negative multiple of 8, got " << offset;
  return success();
}

LogicalResult InitBarriersOp::verify() {
  int64_t arrivals = getArrivals();
  if (arrivals < 1 || arrivals > 1024)  // init_barriers_c1
    return emitOpError() << "expected 1 to 1024 arrivals, got " << arrivals;
  return success();
}

LogicalResult SetRegistersOp::verify() {
  int64_t registers = getRegisters();
  if (registers < 24 || registers > 256 || registers % 8 != 0)  // set_registers_c1
    return emitOpError() << "expected 24 to 256 registers in eights, got " << registers;
  return success();
}
