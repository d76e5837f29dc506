// Hazard pointers: a reader says what it is using, and whoever took it out of reach frees it when nobody says so any
// more. A reader takes no lock, shares no cache line it writes and never waits.
//
//   reader                                           writer
//   slot.store(pointer);                             make the pointer unreachable;
//   if (pointer is not reachable any more) retry;    if (!IsHazardous(pointer)) free it, else try again later;
//
// Both sides use the total order of memory_order_seq_cst, so that one of them sees the other.
#ifndef RAGGEDC_RUNTIME_API_HAZARD_H_
#define RAGGEDC_RUNTIME_API_HAZARD_H_

#include <array>
#include <atomic>

namespace raggedc {

// The slots of one thread. Made at a thread's first use, handed on to another thread when it ends, never freed.
struct alignas(64) HazardRecord {
  std::array<std::atomic<const void*>, 2> slots = {};
  std::atomic<bool> in_use{true};
  HazardRecord* next = nullptr;
};

// This thread's record.
HazardRecord& ThisThreadsHazards();

// Whether any thread says that it is using `pointer`.
bool IsHazardous(const void* pointer);

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_API_HAZARD_H_
