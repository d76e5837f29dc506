#include "runtime/emulator/bulk_copy.h"

#include <algorithm>
#include <cstring>

#include "runtime/emulator/memory_access.h"
#include "runtime/emulator/swizzle.h"
#include "runtime/strings.h"

namespace raggedc::emulator {
namespace {

constexpr uint32_t kSector = 32;

// Calls `piece(element offset in the image, global address, bytes)` for what of a box lies inside the tensor, in pieces
// that a plain access can move. A store writes chunks of 16 bytes: all of the one that the tensor ends in.
template <typename Piece>
void ForEachPiece(const TensorView& view, const std::array<int64_t, 5>& at, bool store, const Piece& piece) {
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
          uint32_t left = static_cast<uint32_t>(end - begin) * view.element_bytes;
          if (store) left = (left + 15) / 16 * 16;
          while (left > 0) {
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

// Calls `chunk(offset in the dense image of a box, address)` for its 16-byte chunks when it lies at `address`.
template <typename Chunk>
void ForEachChunk(const TensorView& view, uint32_t address, const Chunk& chunk) {
  for (uint32_t row = 0; row < view.rows(); ++row) {
    for (uint32_t i = 0; i < view.row_bytes(); i += 16) {
      chunk(row * view.row_bytes() + i, SwizzleAddress(address + row * view.pitch() + i, view.swizzle_bytes));
    }
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

BulkState::GlobalPart BulkState::PartOf(const void* map, uint32_t rank, const int* coordinates, uint32_t shared_address,
                                        int line) {
  const std::optional<TensorView> view = DecodeTensorMap(map);
  if (!view.has_value()) cluster_.Abort(FaultKind::kMisuse, line, "expected a tensor map, got other bytes");
  if (view->rank != rank) {
    cluster_.Abort(FaultKind::kMisuse, line, StrCat("expected ", view->rank, " coordinates, got ", rank));
  }
  RankOf(&shared_address);
  if (shared_address % 128 != 0) {
    cluster_.Abort(
        FaultKind::kMisaligned, line,
        StrCat("expected the box of a tensor copy at a multiple of 128, got shared address ", shared_address));
  }
  GlobalPart part;
  part.tensor = true;
  part.view = *view;
  part.accessor = cluster_.global_accessor(line);
  std::copy_n(coordinates, rank, part.at.begin());
  // Nowhere in the manual, but the hardware (H200) calls anything else an illegal instruction.
  if (part.at[0] * view->element_bytes % 16 != 0) {
    cluster_.Abort(FaultKind::kMisaligned, line,
                   StrCat("expected the first coordinate of a tensor copy at a multiple of 16 bytes, got ", part.at[0],
                          " elements of ", view->element_bytes));
  }
  return part;
}

std::vector<BulkState::SharedPart> BulkState::PartsOf(const TensorView& view, uint32_t address) {
  if (view.pitch() == view.row_bytes()) return {{address, view.box_bytes()}};
  std::vector<SharedPart> parts;
  ForEachChunk(view, address, [&](uint32_t, uint32_t at) { parts.push_back({at, 16}); });
  return parts;
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
    ForEachPiece(part.view, part.at, write,
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
    copy.parts = copy.source.tensor ? PartsOf(copy.source.view, to) : std::vector<SharedPart>{{to, copy.bytes}};
    copy.landing = true;
    for (const SharedPart& part : copy.parts) {
      copy.landing &= cluster_.shared(target).BeginAsyncWrite(part.address, part.bytes, cluster_.accessor(line),
                                                              /*generic=*/false);
    }
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
  copy.source = PartOf(map, rank, coordinates, to, line);
  copy.from_global = true;
  copy.bytes = copy.source.view.box_bytes();
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
  const GlobalPart& part = copy.source;
  GlobalMemory& global = cluster_.global();
  std::vector<uint8_t> bytes(part.tensor ? part.view.pitch() * part.view.rows() : copy.bytes, 0xff);
  if (!part.tensor) {
    for (uint32_t i = 0; i < copy.bytes; i += 16) global.Read(part.bytes_at + i, 16, part.accessor, bytes.data() + i);
    return bytes;
  }
  std::vector<uint8_t> image(copy.bytes);
  for (uint32_t i = 0; i < copy.bytes; i += part.view.element_bytes) {
    std::memcpy(image.data() + i, part.view.fill.data(), part.view.element_bytes);
  }
  ForEachPiece(part.view, part.at, /*store=*/false, [&](uint32_t at, uint8_t* address, uint32_t n) {
    global.Read(address, n, part.accessor, image.data() + at);
    part.view.ConvertLoaded(image.data() + at, n);
  });
  ForEachChunk(part.view, copy.to, [&](uint32_t from, uint32_t address) {
    std::memcpy(bytes.data() + (address - copy.to), image.data() + from, 16);
  });
  return bytes;
}

void BulkState::IssueStore(BulkStore store, int line) {
  store.line = line;
  store.rank = cluster_.self().position.cluster_rank;
  store.reads = &cluster_.reads();
  store.parts =
      store.target.tensor ? PartsOf(store.target.view, store.from) : std::vector<SharedPart>{{store.from, store.bytes}};
  store.reading = true;
  for (const SharedPart& part : store.parts) {
    store.reading &= cluster_.shared().BeginAsyncRead(part.address, part.bytes, cluster_.accessor(line));
  }
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
  store.target.accessor = cluster_.global_accessor(line);
  IssueStore(std::move(store), line);
}

void BulkState::StoreTensor(const void* map, uint32_t rank, const int* coordinates, uint32_t from, int line) {
  cluster_.Enter(line);
  BulkStore store;
  store.from = from;
  store.target = PartOf(map, rank, coordinates, from, line);
  store.bytes = store.target.view.box_bytes();
  for (uint32_t i = 0; i < rank; ++i) {
    // As above: stores may cross the upper edges only.
    if (coordinates[i] < 0) {
      cluster_.Abort(FaultKind::kMisuse, line,
                     StrCat("expected coordinates of 0 and above for a tensor store, got ", coordinates[i]));
    }
  }
  IssueStore(std::move(store), line);
}

void BulkState::ReadSource(BulkStore& store, uint32_t agent) {
  if (!store.reading) return;
  store.reading = false;
  SharedMemory& shared = cluster_.shared(store.rank);
  store.image.resize(store.bytes);
  const auto take = [&](uint32_t to, uint32_t address) {
    std::memcpy(store.image.data() + to, shared.data() + address, 16);
  };
  if (store.target.tensor) {
    ForEachChunk(store.target.view, store.from, take);
  } else {
    for (uint32_t i = 0; i < store.bytes; i += 16) take(i, store.from + i);
  }
  for (const SharedPart& part : store.parts) {
    shared.EndAsyncRead(part.address, part.bytes, agent, store.line);
  }
}

void BulkState::WriteTarget(const BulkStore& store) {
  GlobalMemory& global = cluster_.global();
  const GlobalPart& part = store.target;
  const auto write = [&](uint32_t at, uint8_t* address, uint32_t n) {
    global.Write(address, n, part.accessor, store.image.data() + at, store.reads);
  };
  if (part.tensor) {
    ForEachPiece(part.view, part.at, /*store=*/true, write);
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
