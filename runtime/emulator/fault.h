// What the emulator finds wrong with a kernel.
#ifndef RAGGEDC_RUNTIME_EMULATOR_FAULT_H_
#define RAGGEDC_RUNTIME_EMULATOR_FAULT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace raggedc::emulator {

enum class FaultKind {
  kGlobalBounds,   // an access outside every buffer
  kSharedBounds,   // an access outside the block's shared memory
  kMisaligned,     // an address that is no multiple of the access
  kUninitialised,  // a read of bytes that nothing wrote
  kInFlight,       // a use of what an asynchronous operation has not delivered, or of what it still reads
  kRace,           // two accesses, one of them a write, without a barrier between them
  kDivergence,     // threads that must meet at one instruction are at different ones, or gone
  kDeadlock,       // threads wait for what never happens
  kReadOnly,       // a write to an input
  kForeignRow,     // a write to a row of a sequence that is not the block's
  kUnwritten,      // an output row that no thread wrote
  kProxy,          // an asynchronous operation reads what was written without a proxy fence after it
  kDependency,     // global memory is touched, or a thread ends, before the kernel in front was waited for
  kMisuse,         // an instruction used against its rules
  kCrash,          // a signal in emulated code
  kTimeout,        // no end in the time given
};

// "global-bounds", ...
std::string_view FaultName(FaultKind kind);

// Who did something, where. `line` is of the emitted source; 0 when there is none to name.
struct Site {
  int line = 0;
  uint32_t thread = 0;
  std::array<uint32_t, 3> block = {};
};

// "line 512, block 3, thread 17".
std::string Describe(const Site& site);

struct Fault {
  FaultKind kind = FaultKind::kMisuse;
  std::string kernel;
  Site site;
  std::string message;  // what happened, with addresses, and the other access where there are two
  int64_t count = 1;    // how often at these lines
};

// `name.cu:512: error: global-bounds in ragged_attention, block 3, thread 17: ...`; without a line,
// `name.cu: unwritten in ragged_attention: ...`.
std::string Describe(const Fault& fault, std::string_view source_name);

// Faults of all workers. The same kind at the same lines is kept once and counted.
class FaultLog {
 public:
  // `found` is called for each that is not like one before, by one thread at a time.
  explicit FaultLog(size_t most, std::function<void(const Fault&)> found = {})
      : most_(most), found_(std::move(found)) {}

  // `other_line` is that of the second access, 0 if there is none.
  void Add(Fault fault, int other_line = 0);

  bool empty() const;
  // Whether so many different ones were found that going on is pointless.
  bool full() const;
  std::vector<Fault> Take();

 private:
  mutable std::mutex mutex_;
  size_t most_;
  std::function<void(const Fault&)> found_;
  std::vector<Fault> faults_;
  std::vector<std::tuple<FaultKind, int, int, std::string>> keys_;
};

}  // namespace raggedc::emulator

#endif  // RAGGEDC_RUNTIME_EMULATOR_FAULT_H_
