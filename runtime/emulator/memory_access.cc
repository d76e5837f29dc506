#include "runtime/emulator/memory_access.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <mutex>
#include <utility>

#include "runtime/strings.h"

namespace raggedc::emulator {
namespace {

// Atomics of workers that run blocks at the same time.
std::mutex& AtomicMutex() {
  static std::mutex mutex;
  return mutex;
}

uint32_t Combine(abi::Atomic operation, uint32_t old, uint32_t value, uint32_t compare) {
  switch (operation) {
    case abi::Atomic::kAdd:
      return old + value;
    case abi::Atomic::kOr:
      return old | value;
    case abi::Atomic::kAnd:
      return old & value;
    case abi::Atomic::kMax:
      return static_cast<uint32_t>(std::max(static_cast<int32_t>(old), static_cast<int32_t>(value)));
    case abi::Atomic::kMin:
      return static_cast<uint32_t>(std::min(static_cast<int32_t>(old), static_cast<int32_t>(value)));
    case abi::Atomic::kExchange:
      return value;
    case abi::Atomic::kCompareExchange:
      return old == compare ? value : old;
    case abi::Atomic::kAddFloat:
      return std::bit_cast<uint32_t>(std::bit_cast<float>(old) + std::bit_cast<float>(value));
  }
  return old;
}

// Poison that arrives somewhere is worth a word: it came from something asynchronous that was not waited for.
void CheckPoison(Cluster& cluster, const void* value, uint32_t bytes, const char* doing, int line) {
  for (uint32_t i = 0; i + 4 <= bytes; i += 4) {
    uint32_t word = 0;
    std::memcpy(&word, static_cast<const uint8_t*>(value) + i, 4);
    if (word == abi::kPoison) {
      cluster.Report(FaultKind::kInFlight, line, StrCat(doing, " of a result that was not waited for"));
      return;
    }
  }
}

}  // namespace

void LoadGlobal(Cluster& cluster, void* to, const void* from, uint32_t bytes, int line) {
  cluster.EnterLoad(line, reinterpret_cast<uintptr_t>(from));
  cluster.Note(Space::kGlobalRead, line, reinterpret_cast<uintptr_t>(from), bytes);
  if (!cluster.global().Read(from, bytes, cluster.global_accessor(line), to, &cluster.reads()))
    std::memset(to, 0xff, bytes);
}

void StoreGlobal(Cluster& cluster, void* to, const void* value, uint32_t bytes, int line) {
  cluster.Enter(line);
  cluster.NoteProgress();
  cluster.Note(Space::kGlobalWrite, line, reinterpret_cast<uintptr_t>(to), bytes);
  if (cluster.launch().checks) CheckPoison(cluster, value, bytes, "store", line);
  cluster.global().Write(to, bytes, cluster.global_accessor(line), value, &cluster.reads());
}

void LoadShared(Cluster& cluster, void* to, uint32_t from, uint32_t bytes, int line) {
  cluster.EnterLoad(line, from);
  SharedMemory& shared = cluster.Resolve(&from);
  cluster.Note(Space::kShared, line, from, bytes);
  if (!shared.Read(from, bytes, cluster.accessor(line), to)) std::memset(to, 0xff, bytes);
}

void StoreShared(Cluster& cluster, uint32_t to, const void* value, uint32_t bytes, int line) {
  cluster.Enter(line);
  cluster.NoteProgress();
  SharedMemory& shared = cluster.Resolve(&to);
  cluster.Note(Space::kShared, line, to, bytes);
  if (cluster.launch().checks) CheckPoison(cluster, value, bytes, "store", line);
  shared.Write(to, bytes, cluster.accessor(line), value);
}

uint32_t AtomicGlobal(Cluster& cluster, abi::Atomic operation, void* address, uint32_t value, uint32_t compare,
                      int line) {
  cluster.EnterLoad(line, reinterpret_cast<uintptr_t>(address));
  if (!cluster.global().CheckAtomic(address, 4, cluster.global_accessor(line))) return 0;
  const std::lock_guard<std::mutex> lock(AtomicMutex());
  uint32_t old = 0;
  std::memcpy(&old, address, 4);
  const uint32_t result = Combine(operation, old, value, compare);
  std::memcpy(address, &result, 4);
  if (result != old) cluster.NoteProgress();
  return old;
}

uint32_t AtomicShared(Cluster& cluster, abi::Atomic operation, uint32_t address, uint32_t value, uint32_t compare,
                      int line) {
  cluster.EnterLoad(line, address);
  SharedMemory& shared = cluster.Resolve(&address);
  cluster.Note(Space::kShared, line, address, 4);
  uint32_t old = 0;
  if (!shared.ReadAtomic(address, cluster.accessor(line), &old)) return 0;
  const uint32_t result = Combine(operation, old, value, compare);
  shared.WriteAtomic(address, cluster.accessor(line), result);
  if (result != old) cluster.NoteProgress();
  return old;
}

void CopyAsync(Cluster& cluster, uint32_t to, const void* from, uint32_t bytes, uint32_t source_bytes, int line) {
  cluster.Enter(line);
  if (source_bytes > bytes) {
    cluster.Abort(FaultKind::kMisuse, line,
                  StrCat("expected a cp.async of ", bytes, " bytes to read at most as many, got ", source_bytes));
  }
  ++cluster.counters().async_copies;
  cluster.Note(Space::kShared, line, to, bytes);
  if (source_bytes > 0) {
    cluster.Note(Space::kGlobalRead, line, reinterpret_cast<uintptr_t>(from), source_bytes);
    // The address has to be good when the copy is asked for, whenever it happens.
    if (cluster.global().Locate(from, source_bytes, bytes, cluster.global_accessor(line), "asynchronous read") < 0) {
      source_bytes = 0;
    }
  }
  if (!cluster.shared().BeginAsyncWrite(to, bytes, cluster.accessor(line))) return;
  Thread& thread = cluster.self();
  thread.open_copies.push_back({to, from, bytes, source_bytes, line, ++thread.copies, 0});
}

void CommitCopies(Cluster& cluster, int line) {
  cluster.Enter(line);
  Thread& thread = cluster.self();
  thread.copy_groups.push_back(std::exchange(thread.open_copies, {}));
}

void FinishCopy(Cluster& cluster, const Thread& thread, const AsyncCopy& copy, uint32_t agent) {
  uint8_t bytes[16] = {};
  if (copy.source_bytes > 0) {
    GlobalAccessor accessor = cluster.global_accessor(copy.line);
    accessor.site.thread = thread.position.thread;
    // Any number is legal: read what a plain access can.
    for (uint32_t at = 0; at < copy.source_bytes;) {
      uint32_t n = 16;
      while (n > copy.source_bytes - at || at % n != 0) n /= 2;
      cluster.global().Read(static_cast<const uint8_t*>(copy.from) + at, n, accessor, bytes + at);
      at += n;
    }
  }
  cluster.shared(thread.position.cluster_rank)
      .EndAsyncWrite(copy.to, copy.bytes, agent, copy.line, /*generic=*/true, bytes);
}

void WaitCopies(Cluster& cluster, uint32_t pending, int line) {
  cluster.Enter(line);
  Thread& thread = cluster.self();
  while (thread.copy_groups.size() > pending) {
    for (const AsyncCopy& copy : thread.copy_groups.front()) {
      // An mbarrier that will say so is told by the copy, not by the thread and what else that has done by now.
      const auto arrival = std::find_if(thread.copy_arrivals.begin(), thread.copy_arrivals.end(),
                                        [&](const CopyArrival& a) { return a.last_copy >= copy.number; });
      uint32_t with = copy.arrived_with;
      if (with == 0) {
        with = arrival != thread.copy_arrivals.end() ? arrival->agent : thread.agent;
        FinishCopy(cluster, thread, copy, with);
      }
      if (with != thread.agent && cluster.launch().checks) {
        std::vector<Clock> clocks;
        cluster.order().Release(with, &clocks);
        cluster.order().Acquire(thread.agent, clocks);
      }
    }
    thread.copy_groups.pop_front();
  }
}

}  // namespace raggedc::emulator
