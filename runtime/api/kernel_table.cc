#include "runtime/api/kernel_table.h"

#include <algorithm>
#include <bit>

namespace raggedc {
namespace {

// Keys that lead to one kernel before all of them are forgotten.
constexpr size_t kKeysForEachKernel = 8;

uint64_t NextGeneration() {
  static std::atomic<uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace

const KernelTable::Entry* KernelTable::Snapshot::Find(const SpecKey& key, uint64_t hash) const {
  const size_t mask = slots.size() - 1;
  for (size_t i = hash & mask; slots[i].kernel != nullptr; i = (i + 1) & mask) {
    if (slots[i].hash == hash && slots[i].key == key) return &slots[i];
  }
  return nullptr;
}

void KernelTable::Snapshot::Add(const Entry& entry) {
  const size_t mask = slots.size() - 1;
  size_t i = entry.hash & mask;
  while (slots[i].kernel != nullptr) i = (i + 1) & mask;
  slots[i] = entry;
  ++size;
}

KernelTable::KernelTable(size_t maximum_kernels, std::shared_ptr<Counters> counters)
    : maximum_(maximum_kernels), counters_(std::move(counters)), generation_(NextGeneration()) {
  auto empty = std::make_unique<Snapshot>();
  empty->slots.resize(2);
  snapshot_.store(empty.release());
}

KernelTable::~KernelTable() {
  delete snapshot_.load();
  for (const auto* list : {&kernels_, &retired_, &kept_}) {
    for (const LoadedKernel* kernel : *list) kernel->Release();
  }
}

const LoadedKernel* KernelTable::Find(const SpecKey& key, HazardRecord& hazards) const {
  const uint64_t hash = HashOf(key);
  const LoadedKernel* found = nullptr;
  const Snapshot* snapshot = snapshot_.load(std::memory_order_acquire);
  while (true) {
    hazards.slots[1].store(snapshot, std::memory_order_seq_cst);
    const Snapshot* now = snapshot_.load(std::memory_order_seq_cst);
    if (now == snapshot) {
      const Entry* entry = snapshot->Find(key, hash);
      found = entry == nullptr ? nullptr : entry->kernel;
      hazards.slots[0].store(found, std::memory_order_seq_cst);
      now = snapshot_.load(std::memory_order_seq_cst);
      if (now == snapshot) break;
    }
    snapshot = now;
  }
  hazards.slots[1].store(nullptr, std::memory_order_release);
  return found;
}

const LoadedKernel* KernelTable::Acquire(const SpecKey& key, bool provisional) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const Entry* entry = snapshot_.load()->Find(key, HashOf(key));
  if (entry == nullptr || (entry->kind == Kind::kProvisional && !provisional)) return nullptr;
  entry->kernel->AddReference();
  return entry->kernel;
}

std::unique_ptr<KernelTable::Snapshot> KernelTable::Copy(size_t room_for) const {
  auto copy = std::make_unique<Snapshot>();
  copy->slots.resize(std::bit_ceil(std::max<size_t>(2, 2 * room_for)));
  return copy;
}

void KernelTable::Publish(std::unique_ptr<Snapshot> snapshot, bool invalidate) {
  old_snapshots_.emplace_back(snapshot_.exchange(snapshot.release(), std::memory_order_seq_cst));
  if (invalidate) generation_.store(NextGeneration(), std::memory_order_seq_cst);
}

void KernelTable::Insert(const SpecKey& key, Kind kind, const LoadedKernel* kernel) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const Snapshot& now = *snapshot_.load();
  const uint64_t hash = HashOf(key);
  const Entry* old = now.Find(key, hash);
  if (old != nullptr && (kind == Kind::kProvisional || old->kernel == kernel)) return;
  if (std::find(kernels_.begin(), kernels_.end(), kernel) == kernels_.end()) {
    kernel->is_watched.store(2 * kernels_.size() >= maximum_);
    kernel->AddReference();
    kernels_.push_back(kernel);
  }
  const bool too_many = now.size + 1 > kKeysForEachKernel * maximum_;
  std::unique_ptr<Snapshot> next = Copy(now.size + 1);
  const LoadedKernel* const stood_in =
      old != nullptr && old->kind == Kind::kProvisional && kind == Kind::kOwn ? old->kernel : nullptr;
  for (const Entry& entry : now.slots) {
    if (entry.kernel == nullptr || &entry == old || (too_many && entry.kind != Kind::kOwn)) continue;
    if (entry.kind == Kind::kProvisional && entry.kernel == stood_in) continue;
    next->Add(entry);
  }
  next->Add({key, hash, kernel, kind});
  Publish(std::move(next), old != nullptr);
  if (kernels_.size() > maximum_) EvictOne(kernel);
  SweepLocked();
}

void KernelTable::EvictOne(const LoadedKernel* spared) {
  // Twice around at most: the first time clears the marks.
  size_t steps = 2 * kernels_.size();
  for (; steps > 0; --steps, ++hand_) {
    hand_ %= kernels_.size();
    if (kernels_[hand_] == spared) continue;
    if (!kernels_[hand_]->used.exchange(false, std::memory_order_relaxed)) break;
  }
  hand_ %= kernels_.size();
  if (kernels_[hand_] == spared) hand_ = (hand_ + 1) % kernels_.size();
  const LoadedKernel* victim = kernels_[hand_];
  if (victim == spared) return;
  kernels_.erase(kernels_.begin() + static_cast<std::ptrdiff_t>(hand_));
  const Snapshot& now = *snapshot_.load();
  std::unique_ptr<Snapshot> next = Copy(now.size);
  for (const Entry& entry : now.slots) {
    if (entry.kernel != nullptr && entry.kernel != victim) next->Add(entry);
  }
  Publish(std::move(next), true);
  retired_.push_back(victim);
  counters_->evicted.fetch_add(1, std::memory_order_relaxed);
}

void KernelTable::Sweep() {
  const std::lock_guard<std::mutex> lock(mutex_);
  SweepLocked();
}

void KernelTable::SweepLocked() {
  std::erase_if(old_snapshots_, [](const auto& snapshot) { return !IsHazardous(snapshot.get()); });
  std::erase_if(retired_, [this](const LoadedKernel* kernel) {
    if (IsHazardous(kernel)) return false;
    if (kernel->captured.load() || kernel->launched.load()) {
      kept_.push_back(kernel);
    } else {
      kernel->Release();
    }
    return true;
  });
}

size_t KernelTable::size() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return kernels_.size();
}

size_t KernelTable::keys() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return snapshot_.load()->size;
}

std::vector<const LoadedKernel*> KernelTable::AcquireAll() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<const LoadedKernel*> all;
  for (const auto* list : {&kernels_, &retired_, &kept_}) all.insert(all.end(), list->begin(), list->end());
  for (const LoadedKernel* kernel : all) kernel->AddReference();
  return all;
}

}  // namespace raggedc
