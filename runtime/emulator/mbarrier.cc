// mbarriers: the part of BulkState that copies complete on.
#include <algorithm>
#include <cstring>
#include <utility>

#include "runtime/emulator/bulk_copy.h"
#include "runtime/emulator/memory_access.h"
#include "runtime/strings.h"

namespace raggedc::emulator {
namespace {

constexpr uint32_t kMbarrierBytes = 8;
constexpr int64_t kMostCount = (1 << 20) - 1;  // of arrivals, and of bytes that are missing

}  // namespace

BulkState::Mbarrier& BulkState::Find(uint32_t address, int line, const char* doing) {
  const uint32_t rank = RankOf(&address);
  if (address % kMbarrierBytes != 0) {
    cluster_.Abort(FaultKind::kMisaligned, line,
                   StrCat("expected the address of an mbarrier to be a multiple of 8, got ", address));
  }
  const auto found = mbarriers_.find({rank, address});
  if (found == mbarriers_.end()) {
    cluster_.Abort(FaultKind::kMisuse, line,
                   StrCat(doing, " at shared address ", address, ", where no mbarrier has been initialised"));
  }
  Mbarrier& mbarrier = found->second;
  if (std::memcmp(cluster_.shared(rank).data() + address, &mbarrier.content, kMbarrierBytes) != 0) {
    cluster_.Abort(FaultKind::kMisuse, line,
                   StrCat(doing, " at shared address ", address, ", where the mbarrier of line ", mbarrier.init_line,
                          " has been overwritten"));
  }
  if (cluster_.launch().checks &&
      !cluster_.order().Knows(cluster_.self().agent, mbarrier.init_agent, mbarrier.init_clock)) {
    cluster_.Report(FaultKind::kRace, line,
                    StrCat(doing, " at shared address ", address, " without a barrier after its mbarrier.init in line ",
                           mbarrier.init_line),
                    mbarrier.init_line);
  }
  return mbarrier;
}

void BulkState::Init(uint32_t address, uint32_t count, int line) {
  cluster_.Enter(line);
  const uint32_t rank = RankOf(&address);
  if (address % kMbarrierBytes != 0) {
    cluster_.Abort(FaultKind::kMisaligned, line,
                   StrCat("expected the address of an mbarrier to be a multiple of 8, got ", address));
  }
  if (count < 1 || count > kMostCount) {
    cluster_.Abort(FaultKind::kMisuse, line,
                   StrCat("expected an mbarrier of 1 to ", kMostCount, " arrivals, got ", count));
  }
  if (mbarriers_.contains({rank, address})) {
    cluster_.Abort(FaultKind::kMisuse, line,
                   StrCat("mbarrier.init at shared address ", address, ", where that of line ",
                          mbarriers_[{rank, address}].init_line, " is still valid: expected mbarrier.inval before"));
  }
  Mbarrier mbarrier;
  mbarrier.rank = rank;
  mbarrier.address = address;
  mbarrier.count = mbarrier.pending = count;
  mbarrier.init_line = line;
  mbarrier.init_agent = cluster_.self().agent;
  mbarrier.init_clock = cluster_.order().Now(mbarrier.init_agent);
  mbarrier.agent = cluster_.launch().threads * cluster_.launch().cluster + made_ % kMbarrierAgents;
  mbarrier.content = 0x6d62617272696572 ^ uint64_t { ++made_ } << 32;
  if (!cluster_.shared(rank).Write(address, kMbarrierBytes, cluster_.accessor(line), &mbarrier.content)) return;
  mbarriers_[{rank, address}] = std::move(mbarrier);
}

void BulkState::Invalidate(uint32_t address, int line) {
  cluster_.Enter(line);
  const Mbarrier& mbarrier = Find(address, line, "mbarrier.inval");
  if (!mbarrier.copies.empty()) {
    cluster_.Abort(FaultKind::kMisuse, line,
                   StrCat("mbarrier.inval at shared address ", address, " while the copy of line ",
                          mbarrier.copies.front().line, " has not completed on it"));
  }
  mbarriers_.erase({mbarrier.rank, mbarrier.address});
}

void BulkState::FenceInit(int line) {
  cluster_.Enter(line);
  Order& order = cluster_.order();
  const uint32_t agent = cluster_.self().agent;
  for (auto& [key, mbarrier] : mbarriers_) {
    if (mbarrier.init_agent != agent || mbarrier.init_fenced) continue;
    mbarrier.init_fenced = true;
    mbarrier.fence_clock = order.Now(agent);
  }
}

void BulkState::Leave(const Mbarrier& mbarrier) {
  if (cluster_.launch().checks) cluster_.order().Acquire(cluster_.self().agent, mbarrier.over_clocks);
}

std::string BulkState::Missing(const Mbarrier& mbarrier, uint32_t parity) const {
  std::string text = StrCat("phase ", parity, " of the mbarrier at shared address ", mbarrier.address, " (of line ",
                            mbarrier.init_line, "), where ", mbarrier.pending, " of ", mbarrier.count, " arrivals");
  if (mbarrier.bytes >= 0) return StrCat(text, " and ", mbarrier.bytes, " bytes are missing");
  return StrCat(text, " are missing and ", -mbarrier.bytes, " bytes more than expected have come");
}

void BulkState::AddBytes(Mbarrier& mbarrier, int64_t bytes, int line) {
  mbarrier.bytes += bytes;
  if (std::abs(mbarrier.bytes) > kMostCount) {
    cluster_.Abort(FaultKind::kMisuse, line,
                   StrCat("expected at most ", kMostCount, " bytes under way in a phase of an mbarrier, got ",
                          std::abs(mbarrier.bytes), " at shared address ", mbarrier.address));
  }
}

void BulkState::EndPhaseIfComplete(Mbarrier& mbarrier) {
  if (mbarrier.pending != 0 || mbarrier.bytes != 0) return;
  ++mbarrier.phases;
  mbarrier.pending = mbarrier.count;
  if (cluster_.launch().checks) {
    cluster_.order().Release(mbarrier.agent, &mbarrier.clocks);
    cluster_.order().Advance(mbarrier.agent);
    // Of all phases: a later arrival is behind the earlier ones.
    mbarrier.over_clocks = mbarrier.clocks;
  }
  cluster_.NoteProgress();
}

void BulkState::ArriveOne(Mbarrier& mbarrier, uint32_t count, int line) {
  if (count < 1 || count > mbarrier.pending) {
    cluster_.Abort(
        FaultKind::kMisuse, line,
        StrCat("expected at most ", mbarrier.pending, " more of the ", mbarrier.count,
               " arrivals of a phase of the mbarrier at shared address ", mbarrier.address, ", got ", count));
  }
  mbarrier.pending -= count;
  EndPhaseIfComplete(mbarrier);
  cluster_.NoteProgress();
}

void BulkState::Arrive(uint32_t address, uint32_t count, uint32_t transaction_bytes, int line) {
  cluster_.Enter(line);
  Mbarrier& mbarrier = Find(address, line, "mbarrier.arrive");
  AddBytes(mbarrier, transaction_bytes, line);
  const uint32_t agent = cluster_.self().agent;
  if (cluster_.launch().checks) cluster_.order().Release(agent, &mbarrier.clocks);
  cluster_.order().Advance(agent);
  ArriveOne(mbarrier, count, line);
}

void BulkState::Expect(uint32_t address, uint32_t transaction_bytes, int line) {
  cluster_.Enter(line);
  AddBytes(Find(address, line, "mbarrier.expect_tx"), transaction_bytes, line);
}

void BulkState::ArriveCopies(uint32_t address, int line) {
  cluster_.Enter(line);
  Mbarrier& mbarrier = Find(address, line, "cp.async.mbarrier.arrive");
  Copy copy;
  copy.line = line;
  copy.thread = &cluster_.self();
  copy.last_copy = copy.thread->copies;
  cluster_.self().copy_arrivals.push_back({copy.last_copy, mbarrier.agent});
  mbarrier.copies.push_back(std::move(copy));
  cluster_.NoteProgress();
}

void BulkState::Deliver(Mbarrier& mbarrier) {
  const uint32_t phases = mbarrier.phases;
  const bool checks = cluster_.launch().checks;
  while (!mbarrier.copies.empty() && mbarrier.phases == phases) {
    const Copy copy = std::move(mbarrier.copies.front());
    mbarrier.copies.pop_front();
    cluster_.NoteProgress();
    if (copy.thread != nullptr) {
      const auto finish = [&](AsyncCopy& part) {
        if (part.number > copy.last_copy) return;
        if (part.arrived_with != 0) {
          // Another mbarrier, of a later copy, had it first; this arrival is behind it all the same.
          if (checks) cluster_.order().Note(part.arrived_with, part.arrived_clock, &mbarrier.clocks);
          return;
        }
        FinishCopy(cluster_, *copy.thread, part, mbarrier.agent);
        part.arrived_with = mbarrier.agent;
        part.arrived_clock = cluster_.order().Now(mbarrier.agent);
      };
      for (std::vector<AsyncCopy>& group : copy.thread->copy_groups) std::for_each(group.begin(), group.end(), finish);
      std::for_each(copy.thread->open_copies.begin(), copy.thread->open_copies.end(), finish);
      std::deque<CopyArrival>& arrivals = copy.thread->copy_arrivals;
      const auto delivered = std::find_if(arrivals.begin(), arrivals.end(), [&](const CopyArrival& arrival) {
        return arrival.last_copy == copy.last_copy && arrival.agent == mbarrier.agent;
      });
      if (delivered != arrivals.end()) arrivals.erase(delivered);
      ArriveOne(mbarrier, 1, copy.line);
      continue;
    }
    if (copy.landing) {
      const std::vector<uint8_t> bytes = copy.from_global ? ReadGlobal(copy) : copy.value;
      SharedMemory& shared = cluster_.shared(mbarrier.rank);
      for (const SharedPart& part : copy.parts) {
        shared.EndAsyncWrite(part.address, part.bytes, mbarrier.agent, copy.line, /*generic=*/false,
                             bytes.data() + (part.address - copy.to));
      }
    }
    AddBytes(mbarrier, -int64_t{copy.bytes}, copy.line);
    EndPhaseIfComplete(mbarrier);
  }
}

void BulkState::Wait(uint32_t address, uint32_t parity, int line) {
  cluster_.Enter(line);
  for (;;) {
    Mbarrier& mbarrier = Find(address, line, "mbarrier.try_wait");
    if (!IsOver(mbarrier, parity & 1)) Deliver(mbarrier);
    if (IsOver(mbarrier, parity & 1)) {
      Leave(mbarrier);
      return;
    }
    cluster_.Poll(line, Missing(mbarrier, parity & 1));
  }
}

bool BulkState::Test(uint32_t address, uint32_t parity, int line) {
  Thread& thread = cluster_.self();
  const uint64_t key = uint64_t{address} << 1 | (parity & 1) | uint64_t{1} << 63;
  // Nothing else since the answer was no: the thread is in a loop that waits.
  const bool again = thread.repeated_loads == 1 && thread.loaded == key && thread.line == line;
  cluster_.Enter(line);
  if (again) {
    Mbarrier& mbarrier = Find(address, line, "mbarrier.try_wait");
    if (!IsOver(mbarrier, parity & 1)) Deliver(mbarrier);
    if (!IsOver(mbarrier, parity & 1)) cluster_.Poll(line, Missing(mbarrier, parity & 1));
  }
  Mbarrier& mbarrier = Find(address, line, "mbarrier.try_wait");
  const bool over = IsOver(mbarrier, parity & 1);
  if (over) {
    Leave(mbarrier);
  } else {
    thread.loaded = key;
    thread.repeated_loads = 1;
  }
  return over;
}

}  // namespace raggedc::emulator
