// The kernels in memory, found by spec without a lock, and which of them are unloaded when there are too many.
#ifndef RAGGEDC_RUNTIME_API_KERNEL_TABLE_H_
#define RAGGEDC_RUNTIME_API_KERNEL_TABLE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "runtime/api/hazard.h"
#include "runtime/api/loaded_kernel.h"
#include "runtime/api/spec_key.h"

namespace raggedc {

// Thread-safe. Holds one reference to each kernel in it.
//
// Eviction is that of a clock: a hand goes around, passes over kernels used since it last came by, and takes the first
// that was not. A kernel that has been taken out is unloaded unless a graph may have captured a launch of it, of which
// nobody tells us. So once the table is half full, launches by spec of kernels that come in from then on look whether
// their stream is being captured. What did, and what was launched without looking, stays loaded until the table goes.
class KernelTable {
 public:
  KernelTable(size_t maximum_kernels, std::shared_ptr<Counters> counters);
  KernelTable(const KernelTable&) = delete;
  KernelTable& operator=(const KernelTable&) = delete;
  ~KernelTable();  // when no thread uses it any more

  // A number that changes whenever a kernel that was found is not to be used any more. Unique among all tables of the
  // process and never 0.
  uint64_t generation() const { return generation_.load(std::memory_order_seq_cst); }

  // The kernel under `key`, or null. No lock, no allocation. Until `hazards.slots[0]` is cleared, or for as long as
  // generation() stays what it was before the call and the slot is set anew, the kernel is not unloaded.
  const LoadedKernel* Find(const SpecKey& key, HazardRecord& hazards) const;

  enum class Kind {
    kOwn,          // the kernel made for this key
    kAlias,        // the same under another key of the same meaning
    kProvisional,  // another kernel of that attention, until the one for this key is there
  };

  // The same with a reference added for the caller; not a provisional one unless wanted.
  const LoadedKernel* Acquire(const SpecKey& key, bool provisional) const;

  // Puts a kernel under a key, in the place of what was there. A provisional one replaces nothing; where its own kernel
  // takes the place of a provisional one, all keys that lead to that one provisionally are forgotten.
  void Insert(const SpecKey& key, Kind kind, const LoadedKernel* kernel);

  // Unloads what nobody uses: all that is out of the table already and not to be kept.
  void Sweep();

  size_t size() const;                                  // kernels
  size_t keys() const;                                  // that lead to them
  std::vector<const LoadedKernel*> AcquireAll() const;  // with a reference each, those kept for graphs included

 private:
  struct Entry {
    SpecKey key;
    uint64_t hash = 0;
    const LoadedKernel* kernel = nullptr;  // null: an empty slot
    Kind kind = Kind::kOwn;
  };
  // Open addressing in a power of two of slots, half of them empty at least. Never changed once published.
  struct Snapshot {
    std::vector<Entry> slots;
    size_t size = 0;
    const Entry* Find(const SpecKey& key, uint64_t hash) const;
    void Add(const Entry& entry);
  };

  std::unique_ptr<Snapshot> Copy(size_t room_for) const;
  void Publish(std::unique_ptr<Snapshot> snapshot, bool invalidate);
  void EvictOne(const LoadedKernel* spared);
  void SweepLocked();

  const size_t maximum_;
  const std::shared_ptr<Counters> counters_;
  std::atomic<uint64_t> generation_;
  std::atomic<const Snapshot*> snapshot_;

  mutable std::mutex mutex_;
  std::vector<const LoadedKernel*> kernels_;  // in the table, a reference each
  size_t hand_ = 0;
  std::vector<const LoadedKernel*> retired_;  // out of the table, perhaps still being launched
  std::vector<const LoadedKernel*> kept_;     // out of the table, perhaps in a graph
  std::vector<std::unique_ptr<const Snapshot>> old_snapshots_;
};

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_API_KERNEL_TABLE_H_
