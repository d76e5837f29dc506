//===- KeyLoop.cpp - the loop over keys around a softmax step --------------===//

#include "passes/KeyLoop.h"

#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace raggedc {

using namespace mlir;
using namespace mlir::ragged_kernel;

/// The sequence operation whose length bounds the loop, possibly through a minimum with the causal bound.
static SequenceOp findSequence(Value bound) {
  if (auto sequence = bound.getDefiningOp<SequenceOp>()) return sequence;
  if (auto min = bound.getDefiningOp<arith::MinSIOp>()) {
    if (SequenceOp sequence = findSequence(min.getLhs())) return sequence;
    return findSequence(min.getRhs());
  }
  return {};
}

/// Most keys that the loop can have: those of the sequence or, where its warps divide them, of the tile of V.
static std::optional<int64_t> findCapacity(scf::ForOp loop, SoftmaxStepOp step) {
  if (SequenceOp sequence = findSequence(loop.getUpperBound())) return static_cast<int64_t>(sequence.getCapacity());
  if (auto part = step.getValues().getDefiningOp<SharedRowsOp>(); part && part.getFirst() == loop.getInductionVar())
    return part.getTile().getType().getRows();
  return std::nullopt;
}

std::optional<KeyLoop> matchKeyLoop(SoftmaxStepOp step) {
  auto loop = dyn_cast<scf::ForOp>(step->getParentOp());
  auto start = loop ? getConstantIntValue(loop.getLowerBound()) : std::nullopt;
  auto block = loop ? getConstantIntValue(loop.getStep()) : std::nullopt;
  std::optional<int64_t> capacity = loop ? findCapacity(loop, step) : std::nullopt;
  SmallVector<Value> states{step.getAcc(), step.getMax(), step.getSum()};
  if (block != step.getScores().getType().getCols() || start != 0 || !capacity ||
      ValueRange(loop.getRegionIterArgs()) != ValueRange(states) || loop.getYieldedValues() != step.getResults() ||
      !llvm::all_of(loop.getBody()->without_terminator(), [&](Operation& op) {
        return &op == step || (!isa<SoftmaxStepOp>(op) && wouldOpBeTriviallyDead(&op));
      }))
    return std::nullopt;
  return KeyLoop{loop, step, *capacity, *block};
}

Value TileCloner::clone(OpBuilder& builder, Value value, IRMapping& mapping) {
  if (Value known = mapping.lookupOrNull(value)) return known;
  Operation* op = value.getDefiningOp();
  if (!op || !keyLoop.loop->isProperAncestor(op)) return value;
  // Operands, and what regions (masks under a condition) read from outside.
  op->walk([&](Operation* inner) {
    for (Value operand : inner->getOperands())
      if (!op->isAncestor(operand.getParentRegion()->getParentOp())) clone(builder, operand, mapping);
  });
  Operation* copy = builder.clone(*op, mapping);
  copy->walk([&](Operation* inner) {
    for (OpResult result : inner->getResults()) result.setType(narrow(result.getType()));
  });
  return mapping.lookup(value);
}

Type TileCloner::narrow(Type type) {
  if (keys == keyLoop.block) return type;
  int64_t block = keyLoop.block;
  if (auto acc = dyn_cast<AccType>(type); acc && acc.getCols() == block)
    return AccType::get(type.getContext(), acc.getRows(), keys, acc.getElementType());
  if (auto pending = dyn_cast<PendingType>(type); pending && pending.getCols() == block)
    return PendingType::get(type.getContext(), pending.getRows(), keys, pending.getElementType());
  if (auto shared = dyn_cast<SharedType>(type); shared && shared.getRank() == 2 && shared.getRows() == block)
    return shared.withRows(keys);
  return type;
}

}  // namespace raggedc
