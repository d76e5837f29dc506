// The shared memory of one block, and what is known of every four bytes of it: who wrote and read them last, whether
// they were written at all, whether an asynchronous operation is still at work on them.
#ifndef RAGGEDC_RUNTIME_EMULATOR_SHARED_MEMORY_H_
#define RAGGEDC_RUNTIME_EMULATOR_SHARED_MEMORY_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "runtime/emulator/fault.h"
#include "runtime/emulator/order.h"

namespace raggedc::emulator {

// Who accesses: a thread of the cluster (`agent`) at its present clock, at a line of the source.
struct Accessor {
  uint32_t agent = 0;
  int line = 0;
};

// `other`: who made the other access where there are two, else null.
using SharedFault =
    std::function<void(FaultKind kind, const Accessor& accessor, const std::string& message, const Accessor* other)>;

class SharedMemory {
 public:
  // `agents`: the threads of the cluster, whose reads are kept for each warp.
  SharedMemory(uint32_t bytes, uint32_t agents, const Order& order, bool checks, SharedFault fault);

  // Nothing was written, nobody was here.
  void Reset();

  uint32_t bytes() const { return static_cast<uint32_t>(data_.size()); }

  // The bytes of an access if it is aligned (to `alignment`) and inside, else null after a fault.
  uint8_t* Locate(uint32_t address, uint32_t bytes, uint32_t alignment, const Accessor& accessor);

  // Accesses of a thread, all checks made. False after a fault of bounds or alignment: nothing was moved.
  bool Read(uint32_t address, uint32_t bytes, const Accessor& accessor, void* to);
  bool Write(uint32_t address, uint32_t bytes, const Accessor& accessor, const void* from);

  // The halves of an atomic operation on four bytes: ordered with other atomics, not with plain accesses.
  bool ReadAtomic(uint32_t address, const Accessor& accessor, uint32_t* to);
  void WriteAtomic(uint32_t address, const Accessor& accessor, uint32_t value);

  // An asynchronous write: from Begin to End the bytes are in flight, and any access is a fault. Begin checks that
  // whoever was at the bytes before is known to the issuer. `End` makes them the write of `agent` (the issuer, or what
  // stands for an mbarrier) at its clock;
  // `generic`: by the generic proxy (cp.async), which asynchronous reads see behind a proxy fence only; otherwise Begin
  // also checks that generic writes to the bytes were fenced.
  bool BeginAsyncWrite(uint32_t address, uint32_t bytes, const Accessor& accessor, bool generic = true);
  void EndAsyncWrite(uint32_t address, uint32_t bytes, uint32_t agent, int line, bool generic, const void* from);

  // An asynchronous read (wgmma operands, bulk stores): until its end, writes to the bytes are faults. Begin also
  // checks that generic writes to the bytes were fenced. End counts as a read by `agent`.
  bool BeginAsyncRead(uint32_t address, uint32_t bytes, const Accessor& accessor);
  void EndAsyncRead(uint32_t address, uint32_t bytes, uint32_t agent, int line);

  const uint8_t* data() const { return data_.data(); }

 private:
  struct Cell {
    Clock write_clock = 0;
    uint32_t write_agent = 0;
    int write_line = 0;
    uint32_t async_agent = 0;  // of the asynchronous operation at work on it
    int async_line = 0;
    uint16_t async_reads = 0;  // so many of them read it
    uint8_t written = 0;       // a bit for each byte
    uint8_t write_mask = 0;    // bytes of the last write
    bool in_flight = false;    // an asynchronous operation writes it
    bool generic = false;      // the last write was by the generic proxy
    bool atomic = false;       // the last write was an atomic operation
  };
  struct LastRead {
    Clock clock = 0;
    uint32_t agent = 0;
    int line = 0;
    uint8_t mask = 0;
  };
  // Of one warp: its last read and the last by another lane than that one. A lane that writes without a barrier finds
  // a read that is not its own, if there was one. (Warps meet as a whole, so an older third has nothing to add.)
  struct WarpReads {
    LastRead last, other;
  };

  void Report(FaultKind kind, const Accessor& accessor, uint32_t address, uint32_t bytes, const std::string& what,
              const Accessor* other = nullptr);
  // `mask`: which bytes of the cell are touched. False when a fault was reported.
  bool CheckAfterWrite(size_t cell, uint8_t mask, const Accessor& accessor, uint32_t address, uint32_t bytes,
                       const char* doing);
  bool CheckAfterReads(size_t cell, uint8_t mask, const Accessor& accessor, uint32_t address, uint32_t bytes);
  bool CheckFlight(size_t cell, bool writes, const Accessor& accessor, uint32_t address, uint32_t bytes,
                   const char* doing);
  void NoteRead(size_t cell, uint8_t mask, uint32_t agent, int line);

  const Order& order_;
  const bool checks_;
  const uint32_t warps_;
  SharedFault fault_;
  std::vector<uint8_t> data_;
  std::vector<Cell> cells_;
  std::vector<WarpReads> reads_;  // cell-major, one for each warp
};

}  // namespace raggedc::emulator

#endif  // RAGGEDC_RUNTIME_EMULATOR_SHARED_MEMORY_H_
