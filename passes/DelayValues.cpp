//===- DelayValues.cpp - keys and V are awaited where they are read --------===//
//
// A kernel of the family `single` copies K, V and Q and waits for all of them.
// Scores need no V, which is half of what is copied: it goes last, and is
// awaited in front of the first product that reads it, under a barrier of the
// block. So all warps must pass that barrier equally often: those that have
// their rows to themselves, or those of a block whose rows are all taken at
// once. Of the latter, who has no rows waits behind the loop over rows instead.
//
// Where a block takes all of its rows at once and their scores are several
// products, each with keys of its own, the keys of the first are a copy of
// their own too: its product begins while the other keys are on their way. They
// are awaited in front of the second, or with V where that is read before.
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

  // And of keys.
  SmallVector<MmaIssueOp> scores;  ///< products with keys, in the body of `rows`
  CopyAsyncOp keys;                ///< the copy of all of them
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
    } else if (auto issue = dyn_cast<MmaIssueOp>(op)) {
      if (issue.getForm() == MmaForm::NT) {
        found.scores.push_back(issue);
        continue;
      }
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
  Value keyMemory = found.scores.empty() ? Value() : getMemory(found.scores.front().getB());
  for (Operation& op : body) {
    if (&op == found.rows) break;
    if (auto copy = dyn_cast<CopyAsyncOp>(op); copy && getMemory(copy.getTile()) == memory) {
      found.copy = copy;
      found.commit = nextOf<CommitGroupOp>(copy);
    } else if (copy && getMemory(copy.getTile()) == keyMemory) {
      found.keys = copy;
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

/// Whether the first product with V needs no more keys to be there than the first of those with keys.
bool readsValuesFirst(LateValues& found) {
  if (found.scores.size() != 1) return false;
  Value memory = getMemory(found.scores.front().getB());
  for (Operation* op = found.scores.front()->getNextNode(); op != found.reader; op = op->getNextNode()) {
    bool reads = op->walk([&](MmaIssueOp issue) {
                     return getMemory(issue.getB()) == memory ? WalkResult::interrupt() : WalkResult::advance();
                   }).wasInterrupted();
    if (reads) return false;
  }
  return true;
}

/// The keys of the first product in a copy of their own, which goes before all others, and the rest behind Q: the group
/// of these, or null.
CommitGroupOp splitKeys(LateValues& found) {
  auto first = found.scores.empty() ? SharedRowsOp() : found.scores.front().getB().getDefiningOp<SharedRowsOp>();
  if (!first || getConstantIntValue(first.getFirst()) != 0 || !found.keys || found.keys.getScope() != Scope::Block ||
      first.getTile() != found.keys.getTile() || (found.scores.size() < 2 && !readsValuesFirst(found)))
    return {};
  CopyAsyncOp all = found.keys;
  int64_t rows = first.getType().getRows(), left = all.getTile().getType().getRows() - rows;
  if (left == 0) return {};
  OpBuilder builder(all);
  KernelBuilder k(builder, all.getLoc());
  Value limit = all.getLimit();
  Value tile = k.sharedRows("k_first", all.getTile(), k.index(0), rows);
  Value copy = k.create<CopyAsyncOp>("k_copy", Scope::Block, all.getRows(), tile, all.getValid(),
                                     limit ? k.min(limit, k.index(rows)) : Value());
  builder.setInsertionPointAfter(found.last);
  Value rest = k.sharedRows("k_rest", all.getTile(), k.index(rows), left);
  Value from = k.create<RowsFromOp>("k_rest_rows", all.getRows().getType(), all.getRows(), k.index(rows));
  Value restCopy = k.create<CopyAsyncOp>("k_rest_copy", Scope::Block, from, rest, k.sub(all.getValid(), k.index(rows)),
                                         limit ? k.sub(limit, k.index(rows)) : Value());
  auto group = k.create<CommitGroupOp>("k_rest_group", restCopy);
  all.getResult().replaceAllUsesWith(copy);
  all.erase();
  return group;
}

/// Groups that are committed in the block of `op` ahead of it.
int64_t countCommits(Operation* op) {
  int64_t count = 0;
  for (Operation* before = op->getPrevNode(); before; before = before->getPrevNode())
    count += isa<CommitGroupOp>(before);
  return count;
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

  // A row loop that is gone through once: every warp comes by each of its barriers.
  bool isOnce = schedule.getRowsPerBlock() <= schedule.getWarps() * kWarpRows;
  CommitGroupOp lateKeys = isOnce ? splitKeys(found) : CommitGroupOp();
  found.wait.setPending(lateKeys ? 2 : 1);

  // The rows of the next iteration are awaited at the end of this one: of the first they are there already.
  Operation* end = found.rows.getBody()->getTerminator();
  found.nextWait->moveBefore(end);
  found.nextBarrier->moveBefore(end);

  OpBuilder builder(found.reader);
  KernelBuilder k(builder, found.reader.getLoc());
  bool async = found.barrier.getAsync();
  auto await = [&](CommitGroupOp group, int64_t newer) {
    k.create<WaitGroupOp>("", ValueRange{group.getResult()}, newer);
    k.create<BarrierOp>("", Scope::Block, async);
  };
  await(found.commit, countCommits(found.reader));
  bool isSecond = lateKeys && found.scores.size() > 1;  // otherwise they are awaited with V, which is copied last
  if (isSecond) {
    MmaIssueOp second = found.scores[1];
    builder.setInsertionPoint(second);
    await(lateKeys, countCommits(second) + 1);
  }
  if (units == 1) return;
  builder.setInsertionPointAfter(found.rows);
  Value hasNone = k.compare(arith::CmpIPredicate::sge, found.rows.getLowerBound(), found.rows.getUpperBound());
  auto branch = scf::IfOp::create(builder, k.location, hasNone, /*withElseRegion=*/false);
  builder.setInsertionPointToStart(branch.thenBlock());
  if (isSecond) await(lateKeys, 1);
  await(found.commit, 0);
}

}  // namespace raggedc
