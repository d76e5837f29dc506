//===- DependentLaunch.cpp - a kernel overlaps with its neighbours ---------===//

#include "passes/Passes.h"

namespace raggedc {

#define GEN_PASS_DEF_DEPENDENTLAUNCH
#include "passes/Passes.h.inc"

using namespace mlir;
using namespace mlir::ragged_kernel;

namespace {

template <typename... Ops>
bool contains(Operation* op) {
  return op->walk([](Operation* inner) { return isa<Ops...>(inner) ? WalkResult::interrupt() : WalkResult::advance(); })
      .wasInterrupted();
}

/// The last operation that starts or commits copies before `block` waits for any or enters a loop. If there is none and
/// that loop copies, the one in its body. Null if nothing is copied.
Operation* findLastOfFirstCopies(Block& block) {
  Operation* last = nullptr;
  for (Operation& op : block) {
    if (auto loop = dyn_cast<scf::ForOp>(op)) return last ? last : findLastOfFirstCopies(*loop.getBody());
    // A conditional that does more than copying ends what comes first.
    if (contains<WaitGroupOp, MmaIssueOp, StoreRowsOp>(&op)) {
      if (last) return last;
      continue;
    }
    if (contains<CopyAsyncOp>(&op) || (last && isa<CommitGroupOp>(op))) last = &op;
  }
  return last;
}

/// Where warpgroups copy for others, or one of their warps does, the last loop that copies: all copies of a block have
/// been started behind it.
Operation* findLastLoopOfCopies(Block& block, bool isInside = false) {
  Operation* last = nullptr;
  for (Operation& op : block) {
    if (auto branch = dyn_cast<scf::IfOp>(op); branch && (isInside || contains<SetRegistersOp>(branch)))
      if (Operation* found = findLastLoopOfCopies(*branch.thenBlock(), true)) last = found;
    if (isInside && isa<scf::ForOp>(op) && contains<CopyAsyncOp, CopyTensorOp>(&op)) last = &op;
  }
  return last;
}

struct DependentLaunch : impl::DependentLaunchBase<DependentLaunch> {
  using DependentLaunchBase::DependentLaunchBase;

  void runOnOperation() override {
    KernelOp kernel = getOperation();
    if (contains<GridDependencyWaitOp, LaunchDependentsOp>(kernel)) return;
    Block& body = kernel.getBody().front();
    auto first = llvm::find_if(body, [](Operation& op) { return mayTouchGlobalOrExit(&op); });
    // Every thread waits before it leaves, in a kernel that does nothing too.
    Operation* wait = first == body.end() ? body.getTerminator() : &*first;
    OpBuilder builder(wait);
    GridDependencyWaitOp::create(builder, wait->getLoc());
    Operation* last = findLastLoopOfCopies(body);
    if (!last) last = findLastOfFirstCopies(body);
    if (!last) return;
    builder.setInsertionPointAfter(last);
    LaunchDependentsOp::create(builder, last->getLoc());
  }
};

}  // namespace
}  // namespace raggedc
