//===- DelayValues.cpp - V is awaited where it is read ---------------------===//
//
// A kernel of the family `single` copies K, V and Q and waits for all of them.
// Scores need no V, which is half of what is copied: it goes last, and is
// awaited in front of the first product that reads it, under a barrier of the
// block. So all warps must pass that barrier equally often: those that have
// their rows to themselves, or those of a block whose rows are all taken at
// once. Of the latter, who has no rows waits behind the loop over rows instead.
//
//===----------------------------------------------------------------------===//

#include "passes/KernelBuilder.h"
#include "passes/Passes.h"
#include "passes/PipelineLoads.h"

namespace raggedc {

using namespace mlir;
using namespace mlir::ragged_kernel;

namespace {

/// What a kernel looks like whose V may be late.
struct LateValues {
  scf::ForOp rows;        ///< over rows
  MmaIssueOp reader;      ///< the first product with V, in the body of `rows`
  CopyAsyncOp copy;       ///< of V
  CommitGroupOp commit;   ///< of that
  CommitGroupOp last;     ///< of Q, behind it
  WaitGroupOp wait;       ///< for all, in front of `rows`
  BarrierOp barrier;      ///< behind that
  WaitGroupOp nextWait;   ///< at the top of `rows`, for the Q that was started an iteration before
  BarrierOp nextBarrier;  ///< behind that
  int64_t newer = 0;      ///< groups that `rows` commits ahead of `reader`
};

template <typename Op>
Op nextOf(Operation* op) {
  return dyn_cast_or_null<Op>(op->getNextNode());
}

bool matchRows(LateValues& found) {
  for (Operation& op : *found.rows.getBody()) {
    if (auto wait = dyn_cast<WaitGroupOp>(op)) {
      if (found.nextWait || wait.getPending() != 0 || !wait.getGroups().empty()) return false;
      found.nextWait = wait;
      found.nextBarrier = nextOf<BarrierOp>(wait);
      if (!found.nextBarrier || found.nextBarrier.getScope() != Scope::Warp) return false;
    } else if (!found.nextWait && !isPure(&op)) {
      return false;
    } else if (isa<CommitGroupOp>(op)) {
      ++found.newer;
    } else if (auto issue = dyn_cast<MmaIssueOp>(op); issue && issue.getForm() == MmaForm::NN) {
      found.reader = issue;
      return found.nextWait != nullptr;
    }
  }
  return false;
}

std::optional<LateValues> match(KernelOp kernel) {
  LateValues found;
  Block& body = kernel.getBody().front();
  for (Operation& op : body)
    if (auto loop = dyn_cast<scf::ForOp>(op)) {
      if (found.rows) return std::nullopt;
      found.rows = loop;
    }
  if (!found.rows || !matchRows(found)) return std::nullopt;
  Value memory = getMemory(found.reader.getB());
  for (Operation& op : body) {
    if (&op == found.rows) break;
    if (auto copy = dyn_cast<CopyAsyncOp>(op); copy && getMemory(copy.getTile()) == memory) {
      found.copy = copy;
      found.commit = nextOf<CommitGroupOp>(copy);
    } else if (auto commit = dyn_cast<CommitGroupOp>(op); commit && found.commit && commit != found.commit) {
      found.last = commit;
    } else if (auto wait = dyn_cast<WaitGroupOp>(op)) {
      if (found.wait || wait.getPending() != 0) return std::nullopt;
      found.wait = wait;
      found.barrier = nextOf<BarrierOp>(wait);
    }
  }
  bool isWhole = found.commit && found.last && found.wait && found.barrier && found.copy.getScope() == Scope::Block &&
                 found.barrier.getScope() == Scope::Block && found.last->isBeforeInBlock(found.wait);
  return isWhole ? std::optional(found) : std::nullopt;
}

}  // namespace

void delayValues(KernelOp kernel) {
  ScheduleAttr schedule = kernel.getScheduleAttr();
  if (!schedule || schedule.getFamily() != Family::Single) return;
  int64_t units = schedule.getWarpgroups() ? schedule.getWarps() / kWarpgroupWarps : schedule.getWarps();
  if (units > 1 && schedule.getRowsPerBlock() > schedule.getWarps() * kWarpRows) return;
  std::optional<LateValues> matched = match(kernel);
  if (!matched) return;
  LateValues found = *matched;

  found.commit->moveAfter(found.last);
  found.copy->moveAfter(found.last);
  SmallVector<Value> others;
  llvm::copy_if(found.wait.getGroups(), std::back_inserter(others),
                [&](Value group) { return group.getDefiningOp() != found.commit; });
  found.wait.getGroupsMutable().assign(others);
  found.wait.setPending(1);

  // The rows of the next iteration are awaited at the end of this one: of the first they are there already.
  Operation* end = found.rows.getBody()->getTerminator();
  found.nextWait->moveBefore(end);
  found.nextBarrier->moveBefore(end);

  OpBuilder builder(found.reader);
  KernelBuilder k(builder, found.reader.getLoc());
  bool async = found.barrier.getAsync();
  k.create<WaitGroupOp>("", ValueRange{found.commit.getResult()}, found.newer);
  k.create<BarrierOp>("", Scope::Block, async);
  if (units == 1) return;
  builder.setInsertionPointAfter(found.rows);
  Value hasNone = k.compare(arith::CmpIPredicate::sge, found.rows.getLowerBound(), found.rows.getUpperBound());
  auto branch = scf::IfOp::create(builder, k.location, hasNone, /*withElseRegion=*/false);
  builder.setInsertionPointToStart(branch.thenBlock());
  k.create<WaitGroupOp>("", ValueRange{found.commit.getResult()}, 0);
  k.create<BarrierOp>("", Scope::Block, async);
}

}  // namespace raggedc
