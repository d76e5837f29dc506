//===- KeyLoop.h - the loop over keys around a softmax step -----*- C++ -*-===//
//
// What passes that write a softmax out have to know of the loop that it stands
// in, and how they copy a part of its body for other keys.
//
//===----------------------------------------------------------------------===//

#ifndef RAGGEDC_PASSES_KEYLOOP_H
#define RAGGEDC_PASSES_KEYLOOP_H

#include <optional>

#include "mlir/IR/IRMapping.h"
#include "passes/KernelBuilder.h"

namespace raggedc {

/// One step whose three states are carried by the loop, and nothing that would be missed when the loop is gone.
struct KeyLoop {
  mlir::scf::ForOp loop;
  mlir::ragged_kernel::SoftmaxStepOp step;
  int64_t capacity;  ///< most keys that the loop can have
  int64_t block;     ///< keys of an iteration
};

/// Nothing if that is not what it is.
std::optional<KeyLoop> matchKeyLoop(mlir::ragged_kernel::SoftmaxStepOp step);

/// Clones a part of the loop's body for one key, with `keys` keys.
class TileCloner {
 public:
  TileCloner(KeyLoop keyLoop, int64_t keys) : keyLoop(keyLoop), keys(keys) {}

  /// Clones what `value` needs that lies in the loop. `mapping` knows the induction variable.
  mlir::Value clone(mlir::OpBuilder& builder, mlir::Value value, mlir::IRMapping& mapping);

 private:
  /// A tile may have fewer keys than the loop's step.
  mlir::Type narrow(mlir::Type type);

  KeyLoop keyLoop;
  int64_t keys;
};

}  // namespace raggedc

#endif  // RAGGEDC_PASSES_KEYLOOP_H
