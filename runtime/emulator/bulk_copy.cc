#include "runtime/emulator/bulk_copy.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "runtime/emulator/memory_access.h"
#include "runtime/emulator/swizzle.h"
#include "runtime/strings.h"

namespace raggedc::emulator {
namespace {

constexpr uint32_t kMbarrierBytes = 8;
constexpr int64_t kMostCount = (1 << 20) - 1;  // of arrivals, and of bytes that are missing
constexpr uint32_t kSector = 32;

// Calls `piece(element offset in the image, global address, bytes)` for what of a box lies inside the tensor, in pieces
// that a plain access can move.
template <typename Piece>
void ForEachPiece(const TensorView& view, const std::array<int64_t, 5>& at, const Piece& piece) {
  uint32_t row = 0;
  for (uint32_t i4 = 0; i4 < view.loaded[4]; ++i4) {
    for (uint32_t i3 = 0; i3 < view.loaded[3]; ++i3) {
      for (uint32_t i2 = 0; i2 < view.loaded[2]; ++i2) {
        for (uint32_t i1 = 0; i1 < view.loaded[1]; ++i1, ++row) {
          const std::array<uint32_t, 5> index = {0, i1, i2, i3, i4};
          int64_t offset = 0;
          bool inside = true;
          for (size_t d = 1; d < 5; ++d) {
            const int64_t coordinate = at[d] + int64_t{index[d]} * view.element_strides[d];
            inside &= coordinate >= 0 && coordinate < view.sizes[d];
            offset += coordinate * view.strides[d];
          }
          if (!inside) continue;
          const int64_t begin = std::max<int64_t>(at[0], 0);
          const int64_t end = std::min<int64_t>(at[0] + view.loaded[0], view.sizes[0]);
          if (begin >= end) continue;
          uint8_t* address = view.address + offset + begin * view.element_bytes;
          uint32_t image = row * view.row_bytes() + static_cast<uint32_t>(begin - at[0]) * view.element_bytes;
          for (uint32_t left = static_cast<uint32_t>(end - begin) * view.element_bytes; left > 0;) {
            uint32_t bytes = 16;
            while (bytes > left || reinterpret_cast<uintptr_t>(address) % bytes != 0) bytes /= 2;
            piece(image, address, bytes);
            address += bytes;
            image += bytes;
            left -= bytes;
          }
        }
      }
    }
  }
}

// Between the dense image of a box and how it lies at `address`.
void Swizzle(const TensorView& view, uint32_t address, const uint8_t* from, uint8_t* to, bool into_shared) {
  for (uint32_t i = 0; i < view.box_bytes(); i += 16) {
    const uint32_t swizzled = SwizzleAddress(address + i, view.swizzle_bytes) - address;
    std::memcpy(to + (into_shared ? swizzled : i), from + (into_shared ? i : swizzled), 16);
  }
}

}  // namespace

void BulkState::Reset() {
  mbarriers_.clear();
  stores_.clear();
  made_ = 0;
}

void BulkState::Finish() {
  for (auto& [key, mbarrier] : mbarriers_) {
    for (const Copy& copy : mbarrier.copies) {
      if (copy.thread != nullptr) continue;
      cluster_.Report(
          FaultKind::kInFlight, copy.line,
          StrCat("an asynchronous copy of ", copy.bytes, " bytes to shared address ", copy.to,
                 " was under way when its block ended: nothing waited for the mbarrier of line ", mbarrier.init_line));
    }
  }
  for (auto& [agent, stores] : stores_) {
    stores.groups.push_back(std::exchange(stores.open, {}));
    for (std::vector<BulkStore>& group : stores.groups) {
      for (BulkStore& store : group) {
        if (store.reading) {
          cluster_.Report(FaultKind::kInFlight, store.line,
                          StrCat("thread ", agent, " ended before its bulk store of ", store.bytes,
                                 " bytes was known to have read shared memory"));
          ReadSource(store, agent);
        }
        WriteTarget(store);
      }
    }
  }
}

uint32_t BulkState::RankOf(uint32_t* address) {
  const SharedMemory& shared = cluster_.Resolve(address);
  uint32_t rank = 0;
  while (&cluster_.shared(rank) != &shared) ++rank;
  return rank;
}

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
  mbarrier.copies.push_back(std::move(copy));
  cluster_.NoteProgress();
}

void BulkState::Deliver(Mbarrier& mbarrier) {
  const uint32_t phases = mbarrier.phases;
  while (!mbarrier.copies.empty() && mbarrier.phases == phases) {
    const Copy copy = std::move(mbarrier.copies.front());
    mbarrier.copies.pop_front();
    cluster_.NoteProgress();
    if (copy.thread != nullptr) {
      const auto finish = [&](AsyncCopy& part) {
        if (part.number > copy.last_copy || part.arrived_with != 0) return;
        FinishCopy(cluster_, *copy.thread, part, mbarrier.agent);
        part.arrived_with = mbarrier.agent;
      };
      for (std::vector<AsyncCopy>& group : copy.thread->copy_groups) std::for_each(group.begin(), group.end(), finish);
      std::for_each(copy.thread->open_copies.begin(), copy.thread->open_copies.end(), finish);
      ArriveOne(mbarrier, 1, copy.line);
      continue;
    }
    if (copy.landing) {
      const std::vector<uint8_t> bytes = copy.from_global ? ReadGlobal(copy) : copy.value;
      cluster_.shared(mbarrier.rank)
          .EndAsyncWrite(copy.to, copy.bytes, mbarrier.agent, copy.line, /*generic=*/false, bytes.data());
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

TensorView BulkState::ViewOf(const void* map, uint32_t rank, int line) {
  const std::optional<TensorView> view = DecodeTensorMap(map);
  if (!view.has_value()) cluster_.Abort(FaultKind::kMisuse, line, "expected a tensor map, got other bytes");
  if (view->rank != rank) {
    cluster_.Abort(FaultKind::kMisuse, line, StrCat("expected ", view->rank, " coordinates, got ", rank));
  }
  return *view;
}

void BulkState::CountGlobal(const GlobalPart& part, uint32_t bytes, bool write) {
  if (!cluster_.launch().counts) return;
  Counters& counters = cluster_.counters();
  int64_t moved = 0;
  int64_t sectors = 0;
  uintptr_t last = UINTPTR_MAX;
  const auto note = [&](uintptr_t address, uint32_t n) {
    moved += n;
    for (uintptr_t sector = address / kSector; sector <= (address + n - 1) / kSector; ++sector) {
      if (sector != last) ++sectors;
      last = sector;
    }
  };
  if (part.tensor) {
    ForEachPiece(part.view, part.at,
                 [&](uint32_t, uint8_t* address, uint32_t n) { note(reinterpret_cast<uintptr_t>(address), n); });
  } else {
    note(reinterpret_cast<uintptr_t>(part.bytes_at), bytes);
  }
  ++counters.global_requests;
  (write ? counters.global_write_bytes : counters.global_read_bytes) += moved;
  (write ? counters.global_write_sectors : counters.global_read_sectors) += sectors;
}

void BulkState::Issue(Copy copy, uint32_t to, uint32_t mbarrier, uint32_t multicast, int line) {
  copy.line = line;
  const uint32_t rank = RankOf(&to);
  const uint32_t mbarrier_rank = RankOf(&mbarrier);
  std::vector<uint32_t> ranks = {rank};
  if (multicast != 0) {
    ranks.clear();
    for (uint32_t i = 0; i < 16; ++i) {
      if ((multicast >> i & 1) != 0) ranks.push_back(i);
    }
    if (ranks.empty() || ranks.back() >= cluster_.launch().cluster) {
      cluster_.Abort(FaultKind::kMisuse, line,
                     StrCat("expected a multicast to some of the ", cluster_.launch().cluster,
                            " blocks of the cluster, got the mask ", multicast & (abi::kMulticast - 1)));
    }
  } else if (rank != mbarrier_rank) {
    cluster_.Abort(FaultKind::kMisuse, line,
                   StrCat("expected the mbarrier of a copy in the block where the bytes land, which is ", rank,
                          " of the cluster, got ", mbarrier_rank));
  }
  for (const uint32_t target : ranks) {
    Mbarrier& found = Find(cluster_.MapRank(mbarrier, target), line, "a bulk copy that completes on the mbarrier");
    const Order& order = cluster_.order();
    const uint32_t agent = cluster_.self().agent;
    const bool fenced = found.init_fenced && order.Knows(agent, found.init_agent, found.fence_clock);
    if (cluster_.launch().checks && !fenced && !order.KnowsFenced(agent, found.init_agent, found.init_clock)) {
      cluster_.Report(FaultKind::kProxy, line,
                      StrCat("a bulk copy completes on the mbarrier at shared address ", found.address,
                             " without fence.mbarrier_init after its mbarrier.init in line ", found.init_line),
                      found.init_line);
    }
    copy.to = to;
    copy.landing = cluster_.shared(target).BeginAsyncWrite(to, copy.bytes, cluster_.accessor(line), /*generic=*/false);
    found.copies.push_back(copy);
  }
  cluster_.NoteProgress();
}

void BulkState::Load(uint32_t to, const void* from, uint32_t bytes, uint32_t mbarrier, uint32_t multicast, int line) {
  cluster_.Enter(line);
  if (bytes == 0 || bytes % 16 != 0) {
    cluster_.Abort(FaultKind::kMisuse, line, StrCat("expected a bulk copy of a multiple of 16 bytes, got ", bytes));
  }
  Copy copy;
  copy.bytes = bytes;
  copy.source.bytes_at = static_cast<uint8_t*>(const_cast<void*>(from));
  copy.source.accessor = cluster_.global_accessor(line);
  // The addresses have to be good when the copy is asked for, whenever it happens.
  copy.from_global = cluster_.global().Locate(from, bytes, 16, copy.source.accessor, "bulk read") >= 0;
  copy.value.resize(bytes);
  CountGlobal(copy.source, bytes, false);
  Issue(std::move(copy), to, mbarrier, multicast, line);
}

void BulkState::LoadTensor(uint32_t to, const void* map, uint32_t rank, const int* coordinates, uint32_t mbarrier,
                           uint32_t multicast, int line) {
  cluster_.Enter(line);
  Copy copy;
  copy.source.tensor = true;
  copy.source.view = ViewOf(map, rank, line);
  std::copy_n(coordinates, rank, copy.source.at.begin());
  copy.source.accessor = cluster_.global_accessor(line);
  copy.from_global = true;
  copy.bytes = copy.source.view.box_bytes();
  uint32_t offset = to;
  RankOf(&offset);
  if (offset % 128 != 0) {
    cluster_.Abort(FaultKind::kMisaligned, line,
                   StrCat("expected the box of a tensor copy at a multiple of 128, got shared address ", offset));
  }
  CountGlobal(copy.source, copy.bytes, false);
  Issue(std::move(copy), to, mbarrier, multicast, line);
}

void BulkState::StoreAsync(uint32_t to, const void* value, uint32_t bytes, uint32_t mbarrier, int line) {
  cluster_.Enter(line);
  Copy copy;
  copy.bytes = bytes;
  copy.value.assign(static_cast<const uint8_t*>(value), static_cast<const uint8_t*>(value) + bytes);
  Issue(std::move(copy), to, mbarrier, 0, line);
}

std::vector<uint8_t> BulkState::ReadGlobal(const Copy& copy) {
  std::vector<uint8_t> bytes(copy.bytes, 0xff);
  const GlobalPart& part = copy.source;
  GlobalMemory& global = cluster_.global();
  if (!part.tensor) {
    for (uint32_t i = 0; i < copy.bytes; i += 16) global.Read(part.bytes_at + i, 16, part.accessor, bytes.data() + i);
    return bytes;
  }
  std::vector<uint8_t> image(copy.bytes);
  for (uint32_t i = 0; i < copy.bytes; i += part.view.element_bytes) {
    std::memcpy(image.data() + i, part.view.fill.data(), part.view.element_bytes);
  }
  ForEachPiece(part.view, part.at, [&](uint32_t at, uint8_t* address, uint32_t n) {
    global.Read(address, n, part.accessor, image.data() + at);
  });
  Swizzle(part.view, copy.to, image.data(), bytes.data(), /*into_shared=*/true);
  return bytes;
}

void BulkState::IssueStore(BulkStore store, int line) {
  store.line = line;
  store.rank = cluster_.self().position.cluster_rank;
  store.target.accessor = cluster_.global_accessor(line);
  store.reads = &cluster_.reads();
  store.reading = cluster_.shared().BeginAsyncRead(store.from, store.bytes, cluster_.accessor(line));
  CountGlobal(store.target, store.bytes, true);
  if (!store.reading) return;
  stores_[cluster_.self().agent].open.push_back(std::move(store));
}

void BulkState::Store(void* to, uint32_t from, uint32_t bytes, int line) {
  cluster_.Enter(line);
  if (bytes == 0 || bytes % 16 != 0) {
    cluster_.Abort(FaultKind::kMisuse, line, StrCat("expected a bulk copy of a multiple of 16 bytes, got ", bytes));
  }
  if (cluster_.global().Locate(to, bytes, 16, cluster_.global_accessor(line), "bulk write") < 0) return;
  BulkStore store;
  store.from = from;
  store.bytes = bytes;
  store.target.bytes_at = static_cast<uint8_t*>(to);
  IssueStore(std::move(store), line);
}

void BulkState::StoreTensor(const void* map, uint32_t rank, const int* coordinates, uint32_t from, int line) {
  cluster_.Enter(line);
  BulkStore store;
  store.from = from;
  store.target.tensor = true;
  store.target.view = ViewOf(map, rank, line);
  std::copy_n(coordinates, rank, store.target.at.begin());
  store.bytes = store.target.view.box_bytes();
  if (from % 128 != 0) {
    cluster_.Abort(FaultKind::kMisaligned, line,
                   StrCat("expected the box of a tensor copy at a multiple of 128, got shared address ", from));
  }
  IssueStore(std::move(store), line);
}

void BulkState::ReadSource(BulkStore& store, uint32_t agent) {
  if (!store.reading) return;
  store.reading = false;
  SharedMemory& shared = cluster_.shared(store.rank);
  const uint8_t* bytes = shared.data() + store.from;
  store.image.assign(bytes, bytes + store.bytes);
  if (store.target.tensor) {
    Swizzle(store.target.view, store.from, bytes, store.image.data(), /*into_shared=*/false);
  }
  shared.EndAsyncRead(store.from, store.bytes, agent, store.line);
}

void BulkState::WriteTarget(const BulkStore& store) {
  GlobalMemory& global = cluster_.global();
  const GlobalPart& part = store.target;
  const auto write = [&](uint32_t at, uint8_t* address, uint32_t n) {
    global.Write(address, n, part.accessor, store.image.data() + at, store.reads);
  };
  if (part.tensor) {
    ForEachPiece(part.view, part.at, write);
    return;
  }
  for (uint32_t i = 0; i < store.bytes; i += 16) write(i, part.bytes_at + i, 16);
}

void BulkState::Commit(int line) {
  cluster_.Enter(line);
  ThreadStores& stores = stores_[cluster_.self().agent];
  stores.groups.push_back(std::exchange(stores.open, {}));
}

void BulkState::WaitGroups(uint32_t pending, bool read_only, int line) {
  cluster_.Enter(line);
  const uint32_t agent = cluster_.self().agent;
  ThreadStores& stores = stores_[agent];
  for (size_t i = 0; i + pending < stores.groups.size(); ++i) {
    for (BulkStore& store : stores.groups[i]) ReadSource(store, agent);
  }
  if (read_only) return;
  for (; stores.groups.size() > pending; stores.groups.pop_front()) {
    for (const BulkStore& store : stores.groups.front()) WriteTarget(store);
  }
}

void BulkState::FenceProxy(bool shared, bool /*global*/, int line) {
  cluster_.Enter(line);
  if (!shared || !cluster_.launch().checks) return;
  const uint32_t agent = cluster_.self().agent;
  cluster_.order().Fence(agent);
  // What follows the fence is not covered by it.
  cluster_.order().Advance(agent);
}

}  // namespace raggedc::emulator
