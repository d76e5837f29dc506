#include "runtime/emulator/global_memory.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "runtime/strings.h"

namespace raggedc::emulator {
namespace {

constexpr int64_t kCellBytes = 2;  // the smallest element of an output, so that neighbours never share a cell
constexpr size_t kStripes = 64;
constexpr int64_t kStripeCells = 2048;

}  // namespace

// Clusters of one launch are never ordered among themselves.
struct GlobalMemory::Access {
  uint32_t cluster = 0;
  Clock clock = 0;
  uint16_t agent = 0;
  uint16_t line : 15 = 0;  // 0: none in this launch
  uint16_t atomic : 1 = 0;

  static Access By(const GlobalAccessor& accessor, bool atomic) {
    Access access;
    access.cluster = static_cast<uint32_t>(accessor.cluster);
    access.clock = accessor.order->Now(accessor.agent);
    access.agent = static_cast<uint16_t>(accessor.agent);
    access.line = static_cast<uint16_t>(std::clamp(accessor.site.line, 1, 0x7fff));
    access.atomic = atomic;
    return access;
  }
  bool KnownTo(const GlobalAccessor& accessor) const {
    return line == 0 || (cluster == accessor.cluster && accessor.order->Knows(accessor.agent, agent, clock));
  }
  Site Where(const std::array<uint32_t, 3>& grid, uint32_t threads) const {
    const uint32_t block = cluster + agent / threads;
    return {line, agent % threads, {block % grid[0], block / grid[0] % grid[1], block / grid[0] / grid[1]}};
  }
};

// What is known of two bytes: the last write, the last read, and the last read by another thread than that one, so
// that a thread which writes finds a read that is not its own, if there was one.
struct GlobalMemory::Cell {
  Access write, read, other_read;

  void NoteRead(const Access& access) {
    if (read.line != 0 && (read.cluster != access.cluster || read.agent != access.agent)) other_read = read;
    read = access;
  }
};

struct GlobalMemory::Shadow {
  std::vector<Cell> cells;       // only where the buffer is writable
  std::vector<uint8_t> written;  // a flag for each byte, by any launch
  std::array<std::mutex, kStripes> stripes;

  std::mutex& StripeOf(int64_t cell) { return stripes[static_cast<size_t>(cell / kStripeCells) % kStripes]; }
};

bool GlobalMemory::BlockReads::Has(int64_t index) const {
  return std::find(entries_.begin(), entries_.end(), index) != entries_.end();
}

GlobalMemory::GlobalMemory(std::vector<GlobalBuffer> buffers, bool checks, GlobalFault fault)
    : buffers_(std::move(buffers)), checks_(checks), fault_(std::move(fault)), shadows_(buffers_.size()) {
  for (size_t i = 0; checks_ && i < buffers_.size(); ++i) {
    const GlobalBuffer& buffer = buffers_[i];
    if (!buffer.writable && buffer.initialised) continue;
    shadows_[i] = std::make_unique<Shadow>();
    shadows_[i]->written.assign(static_cast<size_t>(buffer.bytes), buffer.initialised ? 1 : 0);
    if (buffer.writable) shadows_[i]->cells.resize(static_cast<size_t>((buffer.bytes + kCellBytes - 1) / kCellBytes));
  }
}

GlobalMemory::~GlobalMemory() = default;

void GlobalMemory::BeginLaunch(std::vector<RowOwnership> ownership, const std::array<uint32_t, 3>& grid,
                               uint32_t threads) {
  ownership_ = std::move(ownership);
  grid_ = grid;
  threads_ = threads;
  for (const std::unique_ptr<Shadow>& shadow : shadows_) {
    if (shadow != nullptr) std::fill(shadow->cells.begin(), shadow->cells.end(), Cell());
  }
}

void GlobalMemory::Report(FaultKind kind, const GlobalAccessor& accessor, const std::string& what, int buffer,
                          int64_t offset, const Site* other) {
  std::string text = StrCat(what, " at byte ", offset, " of '", buffers_[static_cast<size_t>(buffer)].name, "'");
  if (other != nullptr) text += StrCat("; other access: ", Describe(*other));
  fault_(kind, accessor, text, other != nullptr ? other->line : 0);
}

bool GlobalMemory::CheckOrder(const Access& access, const char* what, const GlobalAccessor& accessor, int buffer,
                              int64_t offset) {
  if (access.KnownTo(accessor)) return true;
  const Site other = access.Where(grid_, threads_);
  Report(FaultKind::kRace, accessor, StrCat(what, " without a barrier between them"), buffer, offset, &other);
  return false;
}

int GlobalMemory::Locate(const void* address, uint32_t bytes, uint32_t alignment, const GlobalAccessor& accessor,
                         const char* doing) {
  const auto at = reinterpret_cast<uintptr_t>(address);
  for (size_t i = 0; i < buffers_.size(); ++i) {
    const auto begin = reinterpret_cast<uintptr_t>(buffers_[i].data);
    if (at < begin || at - begin > static_cast<uintptr_t>(buffers_[i].bytes) ||
        bytes > static_cast<uintptr_t>(buffers_[i].bytes) - (at - begin)) {
      continue;
    }
    // Where a buffer starts is a multiple of 256 on a device, whatever it is here.
    if ((at - begin) % alignment != 0) {
      Report(FaultKind::kMisaligned, accessor,
             StrCat("expected a multiple of ", alignment, " bytes for a ", doing, " of ", bytes, " bytes, got one"),
             static_cast<int>(i), static_cast<int64_t>(at - begin), nullptr);
      return -1;
    }
    return static_cast<int>(i);
  }
  // Name the nearest buffer: the distance tells what went wrong.
  size_t nearest = 0;
  uint64_t distance = UINT64_MAX;
  for (size_t i = 0; i < buffers_.size(); ++i) {
    const auto begin = reinterpret_cast<uintptr_t>(buffers_[i].data);
    const uintptr_t end = begin + static_cast<uintptr_t>(buffers_[i].bytes);
    const uint64_t away = at < begin ? begin - at : at >= end ? at - end : 0;
    if (away < distance) {
      distance = away;
      nearest = i;
    }
  }
  if (buffers_.empty()) {
    fault_(FaultKind::kGlobalBounds, accessor, StrCat(doing, " of ", bytes, " bytes of a kernel without buffers"), 0);
    return -1;
  }
  const int64_t offset = static_cast<int64_t>(at - reinterpret_cast<uintptr_t>(buffers_[nearest].data));
  Report(FaultKind::kGlobalBounds, accessor,
         StrCat(doing, " of ", bytes, " bytes outside every buffer; the nearest has ", buffers_[nearest].bytes,
                " bytes, and this is"),
         static_cast<int>(nearest), offset, nullptr);
  return -1;
}

bool GlobalMemory::Read(const void* address, uint32_t bytes, const GlobalAccessor& accessor, void* to) {
  return Read(address, bytes, accessor, to, nullptr);
}

bool GlobalMemory::Read(const void* address, uint32_t bytes, const GlobalAccessor& accessor, void* to,
                        BlockReads* reads) {
  const int index = Locate(address, bytes, bytes, accessor, "read");
  if (index < 0) return false;
  const GlobalBuffer& buffer = buffers_[static_cast<size_t>(index)];
  const int64_t offset = static_cast<const uint8_t*>(address) - buffer.data;
  if (reads != nullptr) {
    for (const RowOwnership& ownership : ownership_) {
      if (ownership.offsets_buffer != static_cast<size_t>(index)) continue;
      for (uint32_t i = 0; i < bytes / 4; ++i) reads->Note(offset / 4 + i);
    }
  }
  Shadow* shadow = shadows_[static_cast<size_t>(index)].get();
  if (shadow == nullptr) {
    std::memcpy(to, address, bytes);
    return true;
  }
  bool quiet = false;
  if (shadow->cells.empty()) {
    std::memcpy(to, address, bytes);
  } else {
    const int64_t first = offset / kCellBytes;
    const int64_t last = (offset + bytes - 1) / kCellBytes;
    const std::lock_guard<std::mutex> lock(shadow->StripeOf(first));
    std::memcpy(to, address, bytes);
    for (int64_t i = first; i <= last; ++i) {
      Cell& cell = shadow->cells[static_cast<size_t>(i)];
      if (!quiet) quiet = !CheckOrder(cell.write, "read after a write of the same launch", accessor, index, offset);
      cell.NoteRead(Access::By(accessor, false));
    }
  }
  for (uint32_t i = 0; i < bytes && !quiet; ++i) {
    if (shadow->written[static_cast<size_t>(offset) + i] != 0) continue;
    Report(FaultKind::kUninitialised, accessor, StrCat("read of ", bytes, " bytes that nothing wrote"), index, offset,
           nullptr);
    quiet = true;
  }
  return true;
}

bool GlobalMemory::Write(void* address, uint32_t bytes, const GlobalAccessor& accessor, const void* from) {
  return Write(address, bytes, accessor, from, nullptr);
}

bool GlobalMemory::Write(void* address, uint32_t bytes, const GlobalAccessor& accessor, const void* from,
                         const BlockReads* reads) {
  const int index = Locate(address, bytes, bytes, accessor, "write");
  if (index < 0) return false;
  const GlobalBuffer& buffer = buffers_[static_cast<size_t>(index)];
  const int64_t offset = static_cast<const uint8_t*>(address) - buffer.data;
  if (!buffer.writable) {
    Report(FaultKind::kReadOnly, accessor, StrCat("write of ", bytes, " bytes to an input"), index, offset, nullptr);
    return false;
  }
  if (!buffer.gaps.empty()) {
    const auto first = buffer.gaps.begin() + offset;
    const auto gap = std::find(first, first + bytes, true);
    if (gap != first + bytes) {
      Report(FaultKind::kGlobalBounds, accessor, StrCat("write of ", bytes, " bytes between elements of the tensor,"),
             index, gap - buffer.gaps.begin(), nullptr);
    }
  }
  Shadow* shadow = shadows_[static_cast<size_t>(index)].get();
  if (shadow == nullptr) {
    std::memcpy(address, from, bytes);
    return true;
  }
  if (reads != nullptr) CheckOwner(index, offset, accessor, *reads);
  const int64_t first = offset / kCellBytes;
  const int64_t last = (offset + bytes - 1) / kCellBytes;
  const std::lock_guard<std::mutex> lock(shadow->StripeOf(first));
  std::memcpy(address, from, bytes);
  std::fill_n(shadow->written.begin() + offset, bytes, uint8_t{1});
  bool quiet = false;
  for (int64_t i = first; i <= last; ++i) {
    Cell& cell = shadow->cells[static_cast<size_t>(i)];
    quiet = quiet || !CheckOrder(cell.write, "write after another write", accessor, index, offset) ||
            !CheckOrder(cell.read, "write after a read", accessor, index, offset) ||
            !CheckOrder(cell.other_read, "write after a read", accessor, index, offset);
    cell.write = Access::By(accessor, false);
  }
  return true;
}

bool GlobalMemory::CheckAtomic(void* address, uint32_t bytes, const GlobalAccessor& accessor) {
  const int index = Locate(address, bytes, bytes, accessor, "atomic operation");
  if (index < 0) return false;
  const GlobalBuffer& buffer = buffers_[static_cast<size_t>(index)];
  const int64_t offset = static_cast<const uint8_t*>(address) - buffer.data;
  if (!buffer.writable) {
    Report(FaultKind::kReadOnly, accessor, "atomic operation on an input", index, offset, nullptr);
    return false;
  }
  Shadow* shadow = shadows_[static_cast<size_t>(index)].get();
  if (shadow == nullptr) return true;
  const int64_t first = offset / kCellBytes;
  const std::lock_guard<std::mutex> lock(shadow->StripeOf(first));
  if (shadow->written[static_cast<size_t>(offset)] == 0) {
    Report(FaultKind::kUninitialised, accessor, "atomic operation on what nothing wrote", index, offset, nullptr);
  }
  for (int64_t i = first; i <= (offset + bytes - 1) / kCellBytes; ++i) {
    Cell& cell = shadow->cells[static_cast<size_t>(i)];
    if (!cell.write.atomic &&
        !CheckOrder(cell.write, "atomic operation after a plain write", accessor, index, offset)) {
      break;
    }
    if (!CheckOrder(cell.read, "atomic operation after a plain read", accessor, index, offset) ||
        !CheckOrder(cell.other_read, "atomic operation after a plain read", accessor, index, offset)) {
      break;
    }
    cell.write = Access::By(accessor, true);
  }
  return true;
}

void GlobalMemory::CheckOwner(int buffer, int64_t offset, const GlobalAccessor& accessor, const BlockReads& reads) {
  for (const RowOwnership& ownership : ownership_) {
    if (ownership.buffer != static_cast<size_t>(buffer)) continue;
    const GlobalBuffer& offsets_buffer = buffers_[ownership.offsets_buffer];
    const auto* offsets = reinterpret_cast<const int32_t*>(offsets_buffer.data);
    const int64_t row = offset / ownership.row_bytes;
    // The last sequence that begins at or before the row, which is the one that is not empty there.
    const int64_t sequence = std::upper_bound(offsets, offsets + offsets_buffer.bytes / 4, row) - offsets - 1;
    if (sequence >= 0 && sequence + 1 < offsets_buffer.bytes / 4) {
      if (reads.Has(sequence) && reads.Has(sequence + 1)) return;
      Report(FaultKind::kForeignRow, accessor,
             StrCat("write to row ", row, " of sequence ", sequence, ", which is not this block's,"), buffer, offset,
             nullptr);
    } else {
      Report(FaultKind::kForeignRow, accessor, StrCat("write to row ", row, ", which is no sequence's,"), buffer,
             offset, nullptr);
    }
    return;
  }
}

int64_t GlobalMemory::FirstUnwritten(size_t buffer, int64_t begin, int64_t bytes) const {
  const Shadow* shadow = shadows_[buffer].get();
  if (shadow == nullptr) return -1;
  const auto first = shadow->written.begin() + begin;
  const auto found = std::find(first, first + bytes, uint8_t{0});
  return found == first + bytes ? -1 : found - shadow->written.begin();
}

void GlobalMemory::AllowAnything(size_t buffer, int64_t begin, int64_t bytes) {
  Shadow* shadow = shadows_[buffer].get();
  if (shadow == nullptr) return;
  const auto size = static_cast<int64_t>(shadow->written.size());
  std::fill(shadow->written.begin() + std::min(begin, size), shadow->written.begin() + std::min(begin + bytes, size),
            uint8_t{1});
}

}  // namespace raggedc::emulator
