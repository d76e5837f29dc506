//===- PipelineLoads.cpp - copies in flight while something else runs ------===//

#include "passes/PipelineLoads.h"
#include "llvm/ADT/STLExtras.h"
#include "mlir/IR/Dominance.h"
#include "mlir/IR/IRMapping.h"

#include "passes/KernelBuilder.h"
#include "passes/Passes.h"

namespace raggedc {

#define GEN_PASS_DEF_PIPELINELOADS
#include "passes/Passes.h.inc"

using namespace mlir;
using namespace mlir::ragged_kernel;

Value getMemory(Value tile) {
  for (;;) {
    if (auto slot = tile.getDefiningOp<SlotOp>()) {
      tile = slot.getTile();
    } else if (auto rows = tile.getDefiningOp<SharedRowsOp>()) {
      tile = rows.getTile();
    } else {
      return tile;
    }
  }
}

namespace {

/// A copy that is awaited where it was started: copies, commit, wait for all, barrier, in one block.
struct AwaitedCopies {
  SmallVector<CopyAsyncOp> copies;
  CommitGroupOp commit;
  WaitGroupOp wait;
  BarrierOp barrier;

  Scope getScope() { return barrier.getScope(); }
};

/// The awaited copies whose first copy is `copy`; nothing if the form is another.
std::optional<AwaitedCopies> matchAwaited(CopyAsyncOp copy) {
  AwaitedCopies found;
  Operation* op = copy;
  for (; auto next = dyn_cast_or_null<CopyAsyncOp>(op); op = op->getNextNode()) found.copies.push_back(next);
  found.commit = dyn_cast_or_null<CommitGroupOp>(op);
  if (!found.commit) return std::nullopt;
  found.wait = dyn_cast_or_null<WaitGroupOp>(op->getNextNode());
  if (!found.wait || found.wait.getPending() != 0) return std::nullopt;
  found.barrier = dyn_cast_or_null<BarrierOp>(found.wait->getNextNode());
  if (!found.barrier) return std::nullopt;
  return found;
}

/// Clones `value` and what it is computed from inside `loop`, for another value of the induction variable.
Value cloneFor(OpBuilder& builder, scf::ForOp loop, Value value, IRMapping& mapping) {
  if (Value known = mapping.lookupOrNull(value)) return known;
  Operation* op = value.getDefiningOp();
  if (!op || !loop->isProperAncestor(op)) return value;
  for (Value operand : op->getOperands()) cloneFor(builder, loop, operand, mapping);
  builder.clone(*op, mapping);
  return mapping.lookup(value);
}

/// Whether that clone may stand at `place`: nothing but pure operations and the induction variable, and the rest known.
bool canCloneAt(Operation* place, scf::ForOp loop, Value value) {
  if (value == loop.getInductionVar()) return true;
  if (loop.isDefinedOutsideOfLoop(value)) return DominanceInfo().properlyDominates(value, place);
  Operation* op = value.getDefiningOp();
  return op && op->getNumRegions() == 0 && isPure(op) &&
         llvm::all_of(op->getOperands(), [&](Value operand) { return canCloneAt(place, loop, operand); });
}

bool canCloneAt(Operation* place, scf::ForOp loop, ArrayRef<CopyAsyncOp> copies) {
  return llvm::all_of(copies, [&](CopyAsyncOp copy) {
    return llvm::all_of(copy->getOperands(), [&](Value operand) { return canCloneAt(place, loop, operand); });
  });
}

/// The wait in front of `loop` that the loop's first `copies` may go ahead of, to be in flight meanwhile. Null if there
/// is none, if their memory is in use between the two, or if `bounds` or what they are computed from is unknown there.
WaitGroupOp findEarlierWait(scf::ForOp loop, ArrayRef<CopyAsyncOp> copies, ValueRange bounds) {
  Scope scope = CopyAsyncOp(copies.front()).getScope();
  for (Operation* op = loop->getPrevNode(); op && op->getNumRegions() == 0; op = op->getPrevNode()) {
    if (auto wait = dyn_cast<WaitGroupOp>(op)) {
      DominanceInfo dominance;
      bool known = canCloneAt(op, loop, copies) &&
                   llvm::all_of(bounds, [&](Value bound) { return dominance.properlyDominates(bound, op); });
      return known ? wait : WaitGroupOp();
    }
    // The barrier may be what ends the reading of slots that an outer loop's last iteration left.
    auto barrier = dyn_cast<BarrierOp>(op);
    if (barrier && barrier.getScope() == Scope::Block && scope == Scope::Block) return {};
    bool inUse = !isPure(op) && llvm::any_of(op->getOperands(), [&](Value operand) {
      return llvm::any_of(copies, [&](CopyAsyncOp copy) { return getMemory(operand) == getMemory(copy.getTile()); });
    });
    if (inUse) return {};
  }
  return {};
}

//===----------------------------------------------------------------------===//
// Waits move down to the first reader, and one wait serves all copies.
//===----------------------------------------------------------------------===//

template <typename... Ops>
bool contains(Operation* op) {
  return op->walk([](Operation* inner) { return isa<Ops...>(inner) ? WalkResult::interrupt() : WalkResult::advance(); })
      .wasInterrupted();
}

bool readsShared(Operation* op) {
  return contains<LoadOperandOp, MmaIssueOp, StoreRowsOp, SoftmaxStepOp>(op);
}

/// Whether `op` may read what one of the waits is for. A barrier of the block may be for more than the copies that its
/// wait names, that of a group is for its own.
bool readsAwaited(Operation* op, ArrayRef<std::pair<WaitGroupOp, BarrierOp>> open) {
  if (!readsShared(op)) return false;
  SmallVector<Value> awaited;
  for (auto [wait, barrier] : open) {
    if (barrier.getScope() != Scope::Group) return true;
    for (Value group : wait.getGroups()) {
      auto commit = group.getDefiningOp<CommitGroupOp>();
      if (!commit) return true;
      for (Value token : commit.getCopies()) {
        auto copy = token.getDefiningOp<CopyAsyncOp>();
        if (!copy) return true;
        awaited.push_back(getMemory(copy.getTile()));
      }
    }
  }
  return op
      ->walk([&](Operation* inner) {
        bool reads = llvm::any_of(inner->getOperands(), [&](Value operand) {
          return isa<SharedType>(operand.getType()) && llvm::is_contained(awaited, getMemory(operand));
        });
        return reads && !isPure(inner) ? WalkResult::interrupt() : WalkResult::advance();
      })
      .wasInterrupted();
}

void sinkWaits(Block& block) {
  SmallVector<std::pair<WaitGroupOp, BarrierOp>> open;
  auto close = [&](Operation* before) {
    if (open.size() > 1) {
      // The last pair stays and takes the others' groups; a block barrier is a barrier of each warp too.
      SmallVector<Value> groups;
      Scope scope = Scope::Warp;
      int64_t warps = 1;
      bool async = false;
      for (auto [wait, barrier] : open) {
        llvm::append_range(groups, wait.getGroups());
        if (barrier.getScope() == Scope::Block || (barrier.getScope() == Scope::Group && scope == Scope::Warp)) {
          scope = barrier.getScope();
          warps = barrier.getWarps();
        }
        async |= barrier.getAsync();
      }
      auto [wait, barrier] = open.back();
      wait.getGroupsMutable().assign(groups);
      barrier.setScope(scope);
      barrier.setWarps(warps);
      barrier.setAsync(async);
      for (auto [otherWait, otherBarrier] : llvm::drop_end(open)) {
        otherWait.erase();
        otherBarrier.erase();
      }
    }
    if (!open.empty()) {
      open.back().first->moveBefore(before);
      open.back().second->moveBefore(before);
    }
    open.clear();
  };
  // In a loop, what is read further down was read before.
  bool read = !isa<KernelOp>(block.getParentOp());
  for (Operation& op : llvm::make_early_inc_range(block)) {
    if (auto wait = dyn_cast<WaitGroupOp>(op)) {
      // Only a wait that names its groups may move: others also order what follows them (the ring's).
      auto barrier = dyn_cast_or_null<BarrierOp>(op.getNextNode());
      if (barrier && wait.getPending() == 0 && !wait.getGroups().empty()) {
        open.push_back({wait, barrier});
      } else {
        close(&op);
      }
    } else if (auto barrier = dyn_cast<BarrierOp>(op)) {
      // Another's barrier may be the one that shows these copies to more threads.
      if (open.empty() || open.back().second != barrier) close(&op);
    } else if (readsShared(&op)) {
      if (readsAwaited(&op, open)) close(&op);
      read = true;
    } else if (contains<ExitIfOp, ReturnOp>(&op) || (read && contains<CopyAsyncOp>(&op))) {
      // Not every thread gets further; or the barrier may be what ends the reading of memory that is now overwritten.
      close(&op);
    }
  }
}

//===----------------------------------------------------------------------===//
// A ring of slots for blocks of keys.
//===----------------------------------------------------------------------===//

/// A loop from 0 in constant steps that first of all copies block-scoped tiles into their only slot.
std::optional<AwaitedCopies> matchRing(scf::ForOp loop) {
  if (getConstantIntValue(loop.getLowerBound()) != 0 || !getConstantIntValue(loop.getStep())) return std::nullopt;
  for (Operation& op : *loop.getBody()) {
    auto copy = dyn_cast<CopyAsyncOp>(op);
    if (!copy) {
      // What the copies are computed from, and the barrier that frees the slot; nothing that reads a slot.
      auto barrier = dyn_cast<BarrierOp>(op);
      if (!isPure(&op) && !(barrier && barrier.getScope() == Scope::Block)) return std::nullopt;
      continue;
    }
    std::optional<AwaitedCopies> found = matchAwaited(copy);
    if (!found || found->getScope() != Scope::Block || !canCloneAt(loop, loop, found->copies)) return std::nullopt;
    bool inSlots = llvm::all_of(found->copies, [&](CopyAsyncOp one) {
      auto slot = one.getTile().getDefiningOp<SlotOp>();
      return slot && slot->getBlock() == loop.getBody() && slot.getTile().getDefiningOp<AllocSharedOp>() &&
             slot.getTile().getType().getSlots() == 1;
    });
    if (inSlots) return found;
    return std::nullopt;
  }
  return std::nullopt;
}

void makeRing(scf::ForOp loop, AwaitedCopies found, int64_t stages) {
  int64_t step = *getConstantIntValue(loop.getStep());
  Location location = loop.getLoc();

  // More slots.
  for (CopyAsyncOp copy : found.copies) {
    auto alloc = copy.getTile().getDefiningOp<SlotOp>().getTile().getDefiningOp<AllocSharedOp>();
    alloc.getResult().setType(alloc.getType().withSlots(stages));
  }
  /// Starts the copies of the block at `key` into `slot`, and returns their tokens.
  auto copyBlock = [&](OpBuilder& builder, Value key, Value slotIndex) {
    IRMapping mapping;
    mapping.map(loop.getInductionVar(), key);
    KernelBuilder k(builder, location);
    for (CopyAsyncOp copy : found.copies) {
      auto slot = copy.getTile().getDefiningOp<SlotOp>();
      mapping.map(slot.getResult(), k.slot("next_slot", slot.getTile(), slotIndex));
      for (Value operand : copy->getOperands()) cloneFor(builder, loop, operand, mapping);
      builder.clone(*copy, mapping);
    }
  };
  /// The same if the loop reaches that key.
  auto copyIfReached = [&](OpBuilder& builder, Value key, Value slotIndex) {
    KernelBuilder k(builder, location);
    auto branch =
        scf::IfOp::create(builder, location, k.compare(arith::CmpIPredicate::slt, key, loop.getUpperBound()), false);
    OpBuilder then = branch.getThenBodyBuilder();
    copyBlock(then, key, slotIndex);
  };

  // Before the loop: all but one slot. These copies go ahead of a wait for others (Q), which then leaves them pending.
  {
    WaitGroupOp earlier = findEarlierWait(loop, found.copies, loop.getUpperBound());
    OpBuilder builder(earlier ? earlier.getOperation() : loop.getOperation());
    KernelBuilder k(builder, location);
    for (int64_t i = 0; i < stages - 1; ++i) {
      if (i == 0) {  // the loop runs at least once
        copyBlock(builder, k.index(0), k.index(0));
      } else {
        copyIfReached(builder, k.index(i * step), k.index(i));
      }
      k.create<CommitGroupOp>("prologue", ValueRange{});
    }
    if (earlier) earlier.setPending(earlier.getPending() + stages - 1);
  }

  // In the loop: wait for this block, pass the barrier that frees the slot of the last one, start a later block there.
  Value key = loop.getInductionVar();
  for (Operation& op : llvm::make_early_inc_range(*loop.getBody())) {
    if (&op == found.copies.front()) break;
    if (isa<BarrierOp>(op)) op.erase();  // freed the only slot; the ring's barrier does that now
  }
  OpBuilder builder(loop.getBody(), loop.getBody()->begin());
  KernelBuilder k(builder, location);
  k.create<WaitGroupOp>("", ValueRange{}, stages - 2);
  k.create<BarrierOp>("", Scope::Block, found.barrier.getAsync());
  Value next = k.add(key, (stages - 1) * step, "next_key");
  copyIfReached(builder, next, k.rem(k.div(next, step), stages, "free_slot"));
  k.create<CommitGroupOp>("group", ValueRange{});
  Value current = k.rem(k.div(key, step), stages, "slot");
  for (CopyAsyncOp copy : found.copies) copy.getTile().getDefiningOp<SlotOp>().getIndexMutable().assign(current);
  found.barrier.erase();
  found.wait.erase();
  found.commit.erase();
  for (CopyAsyncOp copy : found.copies) {
    SmallVector<Value> operands(copy->getOperands());
    copy.erase();
    for (Value operand : operands)
      if (Operation* op = operand.getDefiningOp(); op && op->use_empty() && isPure(op)) op->erase();
  }
}

//===----------------------------------------------------------------------===//
// Q of the next row tile, while this one computes.
//===----------------------------------------------------------------------===//

/// A loop over row tiles that copies the warp's Q rows and reads them into registers at once.
std::optional<AwaitedCopies> matchRowLoop(scf::ForOp loop) {
  for (Operation& op : *loop.getBody()) {
    auto copy = dyn_cast<CopyAsyncOp>(op);
    if (!copy) continue;
    std::optional<AwaitedCopies> found = matchAwaited(copy);
    if (!found || found->getScope() != Scope::Warp || found->copies.size() != 1) return std::nullopt;
    auto load = dyn_cast_or_null<LoadOperandOp>(found->barrier->getNextNode());
    if (!load || load.getTile() != copy.getTile() || !canCloneAt(loop, loop, found->copies)) return std::nullopt;
    // The next rows arrive while this tile is computed, so nobody else may use their memory (to stage the result, say).
    WalkResult others = loop->walk([&](Operation* inner) {
      bool uses = !isPure(inner) && inner->getNumRegions() == 0 && inner != copy && inner != load &&
                  llvm::any_of(inner->getOperands(),
                               [&](Value operand) { return getMemory(operand) == getMemory(copy.getTile()); });
      return uses ? WalkResult::interrupt() : WalkResult::advance();
    });
    if (others.wasInterrupted()) return std::nullopt;
    return found;
  }
  return std::nullopt;
}

void prefetchNextRows(scf::ForOp loop, AwaitedCopies found) {
  Location location = loop.getLoc();
  CopyAsyncOp copy = found.copies.front();
  auto copyRows = [&](OpBuilder& builder, Value row) {
    IRMapping mapping;
    mapping.map(loop.getInductionVar(), row);
    for (Value operand : copy->getOperands()) cloneFor(builder, loop, operand, mapping);
    builder.clone(*copy, mapping);
  };
  auto copyIfReached = [&](OpBuilder& builder, Value row) {
    KernelBuilder k(builder, location);
    auto branch =
        scf::IfOp::create(builder, location, k.compare(arith::CmpIPredicate::slt, row, loop.getUpperBound()), false);
    OpBuilder then = branch.getThenBodyBuilder();
    copyRows(then, row);
    k.create<CommitGroupOp>("next_group", ValueRange{});
  };
  // The first tile's rows go ahead of the wait for K and V.
  WaitGroupOp earlier = findEarlierWait(loop, found.copies, {loop.getLowerBound(), loop.getUpperBound()});
  OpBuilder before(earlier ? earlier.getOperation() : loop.getOperation());
  copyIfReached(before, loop.getLowerBound());

  Operation* load = found.barrier->getNextNode();
  OpBuilder builder(loop.getContext());
  builder.setInsertionPointAfter(load);
  KernelBuilder k(builder, location);
  k.create<BarrierOp>("", Scope::Warp);
  copyIfReached(builder, k.create<arith::AddIOp>("next_row", loop.getInductionVar(), loop.getStep()));
  found.wait.getGroupsMutable().clear();
  found.commit.erase();
  SmallVector<Value> operands(copy->getOperands());
  copy.erase();
  for (Value operand : operands)
    if (Operation* op = operand.getDefiningOp(); op && op->use_empty() && isPure(op)) op->erase();
}

struct PipelineLoads : impl::PipelineLoadsBase<PipelineLoads> {
  using PipelineLoadsBase::PipelineLoadsBase;

  void runOnOperation() override {
    KernelOp kernel = getOperation();
    int64_t stages = kernel.getScheduleAttr() ? kernel.getScheduleAttr().getStages() : 1;
    SmallVector<scf::ForOp> loops;
    kernel.walk([&](scf::ForOp loop) { loops.push_back(loop); });
    for (scf::ForOp loop : loops) {
      if (stages < 2) break;
      if (std::optional<AwaitedCopies> ring = matchRing(loop)) {
        makeRing(loop, *ring, stages);
      } else if (std::optional<AwaitedCopies> rows = matchRowLoop(loop)) {
        prefetchNextRows(loop, *rows);
      }
    }
    kernel.walk([](Block* block) { sinkWaits(*block); });
    if (stages > 1) delayValues(kernel);
  }
};

}  // namespace
}  // namespace raggedc
