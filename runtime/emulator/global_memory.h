// The buffers that a kernel may touch: their bounds, who wrote their bytes, and whose rows they are.
#ifndef RAGGEDC_RUNTIME_EMULATOR_GLOBAL_MEMORY_H_
#define RAGGEDC_RUNTIME_EMULATOR_GLOBAL_MEMORY_H_

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/emulator/fault.h"
#include "runtime/emulator/order.h"

namespace raggedc::emulator {

struct GlobalBuffer {
  std::string name;
  uint8_t* data = nullptr;  // the caller's; at least `bytes` of it
  int64_t bytes = 0;
  bool writable = false;
  bool initialised = false;  // an input, or written by an earlier launch
  std::vector<bool> gaps;    // a flag for each byte that belongs to no element; empty: there are none
};

// Which rows of an output belong to which sequence: row r of sequence s lies in [offsets[s], offsets[s + 1]).
struct RowOwnership {
  size_t buffer = 0;          // the output
  size_t offsets_buffer = 0;  // i32, batch + 1 of them
  int64_t row_bytes = 0;      // distance of rows
};

// An access, by whom, and what they know: `order` and `agent` of the accessor's own cluster.
struct GlobalAccessor {
  Site site;
  uint64_t cluster = 0;  // number of its first block in the launch
  uint32_t agent = 0;
  const Order* order = nullptr;
};

using GlobalFault =
    std::function<void(FaultKind kind, const GlobalAccessor& accessor, const std::string& message, int other_line)>;

// Thread-safe. One for a launch at a time; what one launch wrote is initialised for the next.
class GlobalMemory {
 public:
  GlobalMemory(std::vector<GlobalBuffer> buffers, bool checks, GlobalFault fault);
  ~GlobalMemory();

  // Forgets who wrote what, before another launch, whose grid and threads of a block reports need. `ownership` may be
  // empty.
  void BeginLaunch(std::vector<RowOwnership> ownership, const std::array<uint32_t, 3>& grid, uint32_t threads);

  // The buffer that holds [address, address + bytes), or -1 after a fault of bounds or alignment.
  int Locate(const void* address, uint32_t bytes, uint32_t alignment, const GlobalAccessor& accessor,
             const char* doing);

  bool Read(const void* address, uint32_t bytes, const GlobalAccessor& accessor, void* to);
  bool Write(void* address, uint32_t bytes, const GlobalAccessor& accessor, const void* from);
  // Checks of an atomic read-modify-write; it races with plain accesses only. False after a fault of bounds.
  bool CheckAtomic(void* address, uint32_t bytes, const GlobalAccessor& accessor);

  // Whether [begin, begin + bytes) of a buffer was written, by any launch or from the start. The first byte that was
  // not, or -1.
  int64_t FirstUnwritten(size_t buffer, int64_t begin, int64_t bytes) const;

  // Nobody owes [begin, begin + bytes) of a buffer: what is there may be read as if it had been written.
  void AllowAnything(size_t buffer, int64_t begin, int64_t bytes);

  const GlobalBuffer& buffer(size_t index) const { return buffers_[index]; }

  // The offsets that a block read: with entries s and s + 1 it works on sequence s. For RowOwnership.
  class BlockReads {
   public:
    void Note(int64_t index) {
      if (index >= 0) entries_.push_back(index);
    }
    void Clear() { entries_.clear(); }
    bool Has(int64_t index) const;

   private:
    std::vector<int64_t> entries_;
  };
  // Reads as above, and what is read of an offsets buffer is noted.
  bool Read(const void* address, uint32_t bytes, const GlobalAccessor& accessor, void* to, BlockReads* reads);
  bool Write(void* address, uint32_t bytes, const GlobalAccessor& accessor, const void* from, const BlockReads* reads);

 private:
  struct Access;
  struct Cell;
  struct Shadow;

  void Report(FaultKind kind, const GlobalAccessor& accessor, const std::string& what, int buffer, int64_t offset,
              const Site* other);
  void CheckOwner(int buffer, int64_t offset, const GlobalAccessor& accessor, const BlockReads& reads);
  // Whether the accessor knows of an access; else a fault.
  bool CheckOrder(const Access& access, const char* what, const GlobalAccessor& accessor, int buffer, int64_t offset);

  std::vector<GlobalBuffer> buffers_;
  const bool checks_;
  GlobalFault fault_;
  std::vector<std::unique_ptr<Shadow>> shadows_;  // of writable buffers and of what is not initialised
  std::vector<RowOwnership> ownership_;
  std::array<uint32_t, 3> grid_ = {1, 1, 1};
  uint32_t threads_ = 1;
};

}  // namespace raggedc::emulator

#endif  // RAGGEDC_RUNTIME_EMULATOR_GLOBAL_MEMORY_H_
