#include "runtime/emulator/shared_memory.h"

#include <cstring>
#include <utility>

#include "runtime/strings.h"

namespace raggedc::emulator {
namespace {

constexpr uint32_t kCellBytes = 4;
constexpr uint8_t kPoisonByte = 0xff;

// The bytes of cell `cell` that [address, address + bytes) touches, as bits.
uint8_t MaskOf(uint32_t cell, uint32_t address, uint32_t bytes) {
  const uint32_t begin = cell * kCellBytes;
  uint8_t mask = 0;
  for (uint32_t i = 0; i < kCellBytes; ++i) {
    if (begin + i >= address && begin + i < address + bytes) mask = static_cast<uint8_t>(mask | 1u << i);
  }
  return mask;
}

}  // namespace

SharedMemory::SharedMemory(uint32_t bytes, uint32_t agents, const Order& order, bool checks, SharedFault fault)
    : order_(order), checks_(checks), warps_((agents + 31) / 32), fault_(std::move(fault)), data_(bytes) {
  if (checks_) {
    cells_.resize((bytes + kCellBytes - 1) / kCellBytes);
    reads_.resize(cells_.size() * warps_);
  }
  Reset();
}

void SharedMemory::Reset() {
  std::fill(data_.begin(), data_.end(), kPoisonByte);
  std::fill(cells_.begin(), cells_.end(), Cell());
  std::fill(reads_.begin(), reads_.end(), WarpReads());
}

void SharedMemory::Report(FaultKind kind, const Accessor& accessor, uint32_t address, uint32_t bytes,
                          const std::string& what, const Accessor* other) {
  fault_(kind, accessor, StrCat(what, " ", bytes, " bytes at shared address ", address), other);
}

uint8_t* SharedMemory::Locate(uint32_t address, uint32_t bytes, uint32_t alignment, const Accessor& accessor) {
  if (address % alignment != 0) {
    fault_(FaultKind::kMisaligned, accessor,
           StrCat("expected a multiple of ", alignment, " for an access of ", bytes, " bytes, got shared address ",
                  address),
           nullptr);
    return nullptr;
  }
  if (address > data_.size() || bytes > data_.size() - address) {
    fault_(FaultKind::kSharedBounds, accessor,
           StrCat("expected ", bytes, " bytes inside the ", data_.size(), " of shared memory, got address ", address),
           nullptr);
    return nullptr;
  }
  return data_.data() + address;
}

bool SharedMemory::CheckFlight(size_t cell, bool writes, const Accessor& accessor, uint32_t address, uint32_t bytes,
                               const char* doing) {
  const Cell& c = cells_[cell];
  const Accessor other = {c.async_agent, c.async_line};
  if (c.in_flight) {
    Report(FaultKind::kInFlight, accessor, address, bytes,
           StrCat(doing, " before the asynchronous write to it was waited for:"), &other);
    return false;
  }
  if (writes && c.async_reads > 0) {
    Report(FaultKind::kInFlight, accessor, address, bytes,
           StrCat(doing, " while an asynchronous operation still reads it:"), &other);
    return false;
  }
  return true;
}

bool SharedMemory::CheckAfterWrite(size_t cell, uint8_t mask, const Accessor& accessor, uint32_t address,
                                   uint32_t bytes, const char* doing) {
  const Cell& c = cells_[cell];
  if ((c.write_mask & mask) == 0 || order_.Knows(accessor.agent, c.write_agent, c.write_clock)) return true;
  const Accessor other = {c.write_agent, c.write_line};
  Report(FaultKind::kRace, accessor, address, bytes, StrCat(doing, " after a write without a barrier between them:"),
         &other);
  return false;
}

bool SharedMemory::CheckAfterReads(size_t cell, uint8_t mask, const Accessor& accessor, uint32_t address,
                                   uint32_t bytes) {
  for (uint32_t warp = 0; warp < warps_; ++warp) {
    const WarpReads& reads = reads_[cell * warps_ + warp];
    for (const LastRead* read : {&reads.last, &reads.other}) {
      if ((read->mask & mask) == 0 || order_.Knows(accessor.agent, read->agent, read->clock)) continue;
      const Accessor other = {read->agent, read->line};
      Report(FaultKind::kRace, accessor, address, bytes, "write after a read without a barrier between them:", &other);
      return false;
    }
  }
  return true;
}

void SharedMemory::NoteRead(size_t cell, uint8_t mask, uint32_t agent, int line) {
  WarpReads& reads = reads_[cell * warps_ + (agent / 32) % warps_];
  LastRead& read = reads.last;
  const Clock clock = order_.Now(agent);
  if (read.agent != agent && read.mask != 0) reads.other = read;
  const bool same = read.agent == agent && read.clock == clock;
  read = {clock, agent, line, static_cast<uint8_t>(same ? read.mask | mask : mask)};
}

bool SharedMemory::Read(uint32_t address, uint32_t bytes, const Accessor& accessor, void* to) {
  const uint8_t* data = Locate(address, bytes, bytes, accessor);
  if (data == nullptr) return false;
  std::memcpy(to, data, bytes);
  if (!checks_) return true;
  bool quiet = false;  // one report for an access
  for (uint32_t cell = address / kCellBytes; cell * kCellBytes < address + bytes; ++cell) {
    const uint8_t mask = MaskOf(cell, address, bytes);
    if (!quiet) {
      quiet = !CheckFlight(cell, false, accessor, address, bytes, "read") ||
              !CheckAfterWrite(cell, mask, accessor, address, bytes, "read");
      if (!quiet && (cells_[cell].written & mask) != mask) {
        Report(FaultKind::kUninitialised, accessor, address, bytes, "read of what was never written:");
        quiet = true;
      }
    }
    NoteRead(cell, mask, accessor.agent, accessor.line);
  }
  return true;
}

bool SharedMemory::Write(uint32_t address, uint32_t bytes, const Accessor& accessor, const void* from) {
  uint8_t* data = Locate(address, bytes, bytes, accessor);
  if (data == nullptr) return false;
  std::memcpy(data, from, bytes);
  if (!checks_) return true;
  bool quiet = false;
  for (uint32_t cell = address / kCellBytes; cell * kCellBytes < address + bytes; ++cell) {
    const uint8_t mask = MaskOf(cell, address, bytes);
    if (!quiet) {
      quiet = !CheckFlight(cell, true, accessor, address, bytes, "write") ||
              !CheckAfterWrite(cell, mask, accessor, address, bytes, "write") ||
              !CheckAfterReads(cell, mask, accessor, address, bytes);
    }
    Cell& c = cells_[cell];
    const Clock clock = order_.Now(accessor.agent);
    const bool same = c.write_agent == accessor.agent && c.write_clock == clock;
    c.write_mask = static_cast<uint8_t>(same ? c.write_mask | mask : mask);
    c.write_clock = clock;
    c.write_agent = accessor.agent;
    c.write_line = accessor.line;
    c.written = static_cast<uint8_t>(c.written | mask);
    c.generic = true;
    c.atomic = false;
  }
  return true;
}

bool SharedMemory::ReadAtomic(uint32_t address, const Accessor& accessor, uint32_t* to) {
  const uint8_t* data = Locate(address, 4, 4, accessor);
  if (data == nullptr) return false;
  std::memcpy(to, data, 4);
  if (!checks_) return true;
  const size_t cell = address / kCellBytes;
  if (!CheckFlight(cell, true, accessor, address, 4, "atomic operation")) return true;
  if (!cells_[cell].atomic && !CheckAfterWrite(cell, 15, accessor, address, 4, "atomic operation")) return true;
  if (!CheckAfterReads(cell, 15, accessor, address, 4)) return true;
  if (cells_[cell].written != 15) {
    Report(FaultKind::kUninitialised, accessor, address, 4, "atomic operation on what was never written:");
  }
  return true;
}

void SharedMemory::WriteAtomic(uint32_t address, const Accessor& accessor, uint32_t value) {
  std::memcpy(data_.data() + address, &value, 4);
  if (!checks_) return;
  Cell& c = cells_[address / kCellBytes];
  c.write_clock = order_.Now(accessor.agent);
  c.write_agent = accessor.agent;
  c.write_line = accessor.line;
  c.write_mask = c.written = 15;
  c.generic = c.atomic = true;
}

bool SharedMemory::BeginAsyncWrite(uint32_t address, uint32_t bytes, const Accessor& accessor, bool generic) {
  uint8_t* data = Locate(address, bytes, bytes % 16 == 0 ? 16 : bytes, accessor);
  if (data == nullptr) return false;
  std::memset(data, kPoisonByte, bytes);
  if (!checks_) return true;
  bool quiet = false;
  for (uint32_t cell = address / kCellBytes; cell * kCellBytes < address + bytes; ++cell) {
    const uint8_t mask = MaskOf(cell, address, bytes);
    if (!quiet) {
      quiet = !CheckFlight(cell, true, accessor, address, bytes, "asynchronous write") ||
              !CheckAfterWrite(cell, mask, accessor, address, bytes, "asynchronous write") ||
              !CheckAfterReads(cell, mask, accessor, address, bytes);
      const Cell& c = cells_[cell];
      if (!quiet && !generic && c.generic && (c.write_mask & mask) != 0 &&
          !order_.KnowsFenced(accessor.agent, c.write_agent, c.write_clock)) {
        const Accessor other = {c.write_agent, c.write_line};
        Report(FaultKind::kProxy, accessor, address, bytes,
               "asynchronous write over a write without fence.proxy.async between them:", &other);
        quiet = true;
      }
    }
    Cell& c = cells_[cell];
    c.in_flight = true;
    c.async_agent = accessor.agent;
    c.async_line = accessor.line;
  }
  return true;
}

void SharedMemory::EndAsyncWrite(uint32_t address, uint32_t bytes, uint32_t agent, int line, bool generic,
                                 const void* from) {
  std::memcpy(data_.data() + address, from, bytes);
  if (!checks_) return;
  for (uint32_t cell = address / kCellBytes; cell * kCellBytes < address + bytes; ++cell) {
    const uint8_t mask = MaskOf(cell, address, bytes);
    Cell& c = cells_[cell];
    c.in_flight = false;
    c.write_mask = mask;
    c.write_clock = order_.Now(agent);
    c.write_agent = agent;
    c.write_line = line;
    c.written = static_cast<uint8_t>(c.written | mask);
    c.generic = generic;
    c.atomic = false;
  }
}

bool SharedMemory::BeginAsyncRead(uint32_t address, uint32_t bytes, const Accessor& accessor) {
  if (Locate(address, bytes, bytes % 16 == 0 ? 16 : bytes, accessor) == nullptr) return false;
  if (!checks_) return true;
  bool quiet = false;
  for (uint32_t cell = address / kCellBytes; cell * kCellBytes < address + bytes; ++cell) {
    const uint8_t mask = MaskOf(cell, address, bytes);
    Cell& c = cells_[cell];
    if (!quiet) {
      quiet = !CheckFlight(cell, false, accessor, address, bytes, "asynchronous read") ||
              !CheckAfterWrite(cell, mask, accessor, address, bytes, "asynchronous read");
      if (!quiet && (c.written & mask) != mask) {
        Report(FaultKind::kUninitialised, accessor, address, bytes, "asynchronous read of what was never written:");
        quiet = true;
      }
      if (!quiet && c.generic && !order_.KnowsFenced(accessor.agent, c.write_agent, c.write_clock)) {
        const Accessor other = {c.write_agent, c.write_line};
        Report(FaultKind::kProxy, accessor, address, bytes,
               "asynchronous read of a write without fence.proxy.async between them:", &other);
        quiet = true;
      }
    }
    ++c.async_reads;
    c.async_agent = accessor.agent;
    c.async_line = accessor.line;
  }
  return true;
}

void SharedMemory::EndAsyncRead(uint32_t address, uint32_t bytes, uint32_t agent, int line) {
  if (!checks_) return;
  for (uint32_t cell = address / kCellBytes; cell * kCellBytes < address + bytes; ++cell) {
    if (cells_[cell].async_reads > 0) --cells_[cell].async_reads;
    NoteRead(cell, MaskOf(cell, address, bytes), agent, line);
  }
}

}  // namespace raggedc::emulator
