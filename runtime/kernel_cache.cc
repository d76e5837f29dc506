#include "runtime/kernel_cache.h"

#define XXH_INLINE_ALL  // the header alone, nothing to link
#include <xxhash.h>

namespace raggedc {

SourceHash HashSource(std::string_view source) {
  const XXH128_hash_t hash = XXH3_128bits(source.data(), source.size());
  return {hash.high64, hash.low64};
}

std::string ToHex(const SourceHash& hash) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const uint64_t half : {hash.high, hash.low}) {
    for (int shift = 60; shift >= 0; shift -= 4) text.push_back(kDigits[(half >> shift) & 15]);
  }
  return text;
}

size_t KernelKeyHash::operator()(const KernelKey& key) const {
  const std::hash<std::string> text_hash;
  size_t hash = SpecHash()(key.spec);
  for (const uint64_t piece : {uint64_t{text_hash(key.arch)}, uint64_t{text_hash(key.options)}, key.source.high,
                               key.source.low, static_cast<uint64_t>(key.nvrtc_version)}) {
    hash = (hash ^ piece) * 0x9e3779b97f4a7c15u;
    hash ^= hash >> 29;
  }
  return hash;
}

Result<KernelCache::Value> KernelCache::GetOrCompile(const KernelKey& key, const CompileFunction& compile) {
  std::promise<std::shared_ptr<const Result<Value>>> promise;
  Entry entry;
  bool is_mine = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto [position, inserted] = entries_.try_emplace(key);
    if (inserted) position->second = {++last_ticket_, promise.get_future().share()};
    is_mine = inserted;
    entry = position->second;
  }
  if (!is_mine) return *entry.future.get();

  auto result = std::make_shared<const Result<Value>>(compile());
  if (!result->ok()) {
    // Forgotten before the waiters hear of it, so that whoever asks again after them starts anew.
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto position = entries_.find(key);
    if (position != entries_.end() && position->second.ticket == entry.ticket) entries_.erase(position);
  }
  promise.set_value(result);
  return *result;
}

size_t KernelCache::size() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return entries_.size();
}

void KernelCache::Clear() {
  const std::lock_guard<std::mutex> lock(mutex_);
  entries_.clear();
}

}  // namespace raggedc
