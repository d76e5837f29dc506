//===- PipelineLoads.h - parts of the pass that moves copies ----*- C++ -*-===//
#ifndef RAGGEDC_PASSES_PIPELINELOADS_H
#define RAGGEDC_PASSES_PIPELINELOADS_H

#include "dialect/ragged_kernel/RaggedKernel.h"

namespace raggedc {

/// The memory that a tile is a view of.
mlir::Value getMemory(mlir::Value tile);

/// Lets the family `single` begin with Q and K, or with Q and the first keys, and wait for V, and for the other keys,
/// in front of the first products with them. DelayValues.cpp.
void delayValues(mlir::ragged_kernel::KernelOp kernel);

}  // namespace raggedc

#endif  // RAGGEDC_PASSES_PIPELINELOADS_H
