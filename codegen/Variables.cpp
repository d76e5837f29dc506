//===- Variables.cpp - which SSA values share a CUDA variable --------------===//

#include "codegen/Variables.h"

#include <algorithm>

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/UB/IR/UBOps.h"

namespace raggedc {

using namespace mlir;
using namespace mlir::ragged_kernel;

bool isLastUse(Value value, Operation* op) {
  Block* home = value.getParentBlock();
  // A loop between the definition and the use would read the value again in its next iteration.
  for (Operation* parent = op; parent->getBlock() != home; parent = parent->getParentOp())
    if (isa<scf::ForOp>(parent->getParentOp())) return false;
  for (OpOperand& use : value.getUses()) {
    Operation* user = use.getOwner();
    if (user == op || op->isProperAncestor(user)) continue;
    // Compare where both lie in the innermost block that holds them.
    Operation* left = op;
    Operation* right = nullptr;
    while (left && !(right = left->getBlock()->findAncestorOpInBlock(*user))) left = left->getParentOp();
    if (!left || left == right) {
      // The same conditional: one branch each, so never one after the other.
      if (left && isa<scf::IfOp>(left)) continue;
      return false;
    }
    if (left->isBeforeInBlock(right)) return false;
  }
  return true;
}

/// What is updated in place: tiles and row vectors. Scalars, views and operands are printed as constants.
static bool isUpdatable(Type type) {
  return isa<AccType, PendingType, RowVectorType>(type);
}

/// Whether `init` may become the variable that `loop` carries: nobody reads the initial value once the loop has begun.
static bool canStart(scf::ForOp loop, Value init) {
  if (!isUpdatable(init.getType()) || llvm::count(loop.getInitArgs(), init) > 1) return false;
  // A poison value is no variable until something is stored in it.
  if (init.getDefiningOp<ub::PoisonOp>()) return false;
  bool readInside =
      llvm::any_of(init.getUses(), [&](OpOperand& use) { return loop->isProperAncestor(use.getOwner()); });
  return !readInside && isLastUse(init, loop);
}

Variables::Variables(KernelOp kernel) {
  // Inner operations first: what a conditional yields is joined with its result once its own variable is known.
  kernel.walk<WalkOrder::PostOrder>([&](Operation* op) { visit(op); });
}

Value Variables::find(Value value) const {
  auto it = classes.findLeader(value.getAsOpaquePointer());
  return it == classes.member_end() ? value : Value::getFromOpaquePointer(*it);
}

void Variables::join(Value a, Value b) {
  classes.unionSets(a.getAsOpaquePointer(), b.getAsOpaquePointer());
}

void Variables::visit(Operation* op) {
  if (auto inPlace = dyn_cast<InPlaceOpInterface>(op)) {
    Value operand = inPlace.getInPlaceOperand().get();
    if (isLastUse(operand, op)) join(op->getResult(0), operand);
    return;
  }
  if (auto loop = dyn_cast<scf::ForOp>(op)) {
    for (auto [init, argument, result] :
         llvm::zip_equal(loop.getInitArgs(), loop.getRegionIterArgs(), loop.getResults())) {
      join(argument, result);
      if (canStart(loop, init)) join(argument, init);
    }
    return;
  }
  if (auto branch = dyn_cast<scf::IfOp>(op); branch && branch.getNumResults() != 0) {
    Operation* thenYield = branch.thenYield();
    Operation* elseYield = branch.elseYield();
    for (OpResult result : branch.getResults()) {
      if (!isUpdatable(result.getType())) continue;
      Value first = thenYield->getOperand(result.getResultNumber());
      Value second = elseYield->getOperand(result.getResultNumber());
      auto inside = [&](Value value) { return branch->isAncestor(value.getParentBlock()->getParentOp()); };
      // A variable that another result took already cannot be this one's too: they may be updated apart from each
      // other.
      bool taken = llvm::any_of(branch.getResults().take_front(result.getResultNumber()),
                                [&](OpResult other) { return same(other, first) || same(other, second); });
      if (taken) continue;
      if (same(first, second)) {
        Value outer = inside(second) ? first : second;
        if (inside(outer) || isLastUse(outer, branch)) join(result, outer);
        continue;
      }
      auto allInside = [&](Value value) {
        void* key = value.getAsOpaquePointer();
        if (!classes.contains(key)) return inside(value);
        return std::all_of(classes.findLeader(key), classes.member_end(),
                           [&](void* member) { return inside(Value::getFromOpaquePointer(member)); });
      };
      // The two branches never both run: values of their own may both share the result's variable.
      bool ownFirst = allInside(first), ownSecond = allInside(second) && !second.getDefiningOp<ub::PoisonOp>();
      // What one branch leaves as it was, and the other makes anew without reading it.
      auto isLeft = [&](Value value) {
        return !inside(value) && !value.getDefiningOp<ub::PoisonOp>() && isLastUse(value, branch) &&
               llvm::count_if(value.getUses(), [&](OpOperand& use) { return branch->isAncestor(use.getOwner()); }) == 1;
      };
      if (ownFirst && isLeft(second)) join(result, second);
      if (ownSecond && isLeft(first)) join(result, first);
      if (ownFirst) join(result, first);
      if (ownSecond) join(result, second);
    }
  }
}

}  // namespace raggedc
