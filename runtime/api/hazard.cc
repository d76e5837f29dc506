#include "runtime/api/hazard.h"

namespace raggedc {
namespace {

std::atomic<HazardRecord*> records{nullptr};

HazardRecord* Adopt() {
  for (HazardRecord* record = records.load(std::memory_order_acquire); record != nullptr; record = record->next) {
    bool expected = false;
    if (record->in_use.compare_exchange_strong(expected, true, std::memory_order_acquire)) return record;
  }
  HazardRecord* record = new HazardRecord;
  record->next = records.load(std::memory_order_relaxed);
  // seq_cst, so that a writer that does not find the record has made its pointer unreachable before this.
  while (!records.compare_exchange_weak(record->next, record, std::memory_order_seq_cst)) {
  }
  return record;
}

// Hands the record on when the thread ends.
struct Owner {
  HazardRecord* record = Adopt();
  Owner() = default;
  Owner(const Owner&) = delete;
  Owner& operator=(const Owner&) = delete;
  ~Owner() { record->in_use.store(false, std::memory_order_release); }
};

}  // namespace

HazardRecord& ThisThreadsHazards() {
  thread_local Owner owner;
  return *owner.record;
}

bool IsHazardous(const void* pointer) {
  for (HazardRecord* record = records.load(std::memory_order_seq_cst); record != nullptr; record = record->next) {
    for (const std::atomic<const void*>& slot : record->slots) {
      if (slot.load(std::memory_order_seq_cst) == pointer) return true;
    }
  }
  return false;
}

}  // namespace raggedc
