#include "runtime/emulator/counters.h"

#include <algorithm>
#include <array>
#include <set>
#include <tuple>

namespace raggedc::emulator {

Counters& Counters::operator+=(const Counters& other) {
  global_read_bytes += other.global_read_bytes;
  global_read_sectors += other.global_read_sectors;
  global_write_bytes += other.global_write_bytes;
  global_write_sectors += other.global_write_sectors;
  global_requests += other.global_requests;
  shared_requests += other.shared_requests;
  shared_wavefronts += other.shared_wavefronts;
  shared_ideal += other.shared_ideal;
  async_copies += other.async_copies;
  mma += other.mma;
  mma_flops += other.mma_flops;
  wgmma += other.wgmma;
  wgmma_flops += other.wgmma_flops;
  ex2 += other.ex2;
  shuffles += other.shuffles;
  block_barriers += other.block_barriers;
  warp_barriers += other.warp_barriers;
  return *this;
}

int64_t SharedWavefronts(const std::vector<uint32_t>& addresses, uint32_t bytes) {
  const size_t together = bytes >= 16 ? 8 : bytes == 8 ? 16 : 32;
  int64_t wavefronts = 0;
  for (size_t begin = 0; begin < addresses.size(); begin += together) {
    std::array<std::set<uint32_t>, 32> words;
    for (size_t i = begin; i < std::min(begin + together, addresses.size()); ++i) {
      for (uint32_t word = addresses[i] / 4; word <= (addresses[i] + bytes - 1) / 4; ++word)
        words[word % 32].insert(word);
    }
    size_t most = 0;
    for (const std::set<uint32_t>& bank : words) most = std::max(most, bank.size());
    wavefronts += static_cast<int64_t>(most);
  }
  return wavefronts;
}

void WarpTraffic::Note(Space space, int line, const void* site, uint32_t lane, uint64_t address, uint32_t bytes) {
  const auto place = reinterpret_cast<uintptr_t>(site);
  std::vector<Seen>& seen = seen_[lane];
  const auto found = std::find_if(seen.begin(), seen.end(),
                                  [&](const Seen& s) { return s.line == line && s.space == space && s.site == place; });
  const uint32_t occurrence = found == seen.end() ? 0 : found->times++;
  if (found == seen.end()) seen.push_back({line, space, place, 1});
  accesses_.push_back({space, line, place, occurrence, lane, address, bytes});
}

void WarpTraffic::Flush(Counters* counters) {
  if (accesses_.empty()) return;
  const auto key = [](const Access& a) { return std::tuple(a.space, a.line, a.site, a.occurrence, a.bytes); };
  std::sort(accesses_.begin(), accesses_.end(), [&](const Access& a, const Access& b) {
    return std::tuple_cat(key(a), std::tuple(a.lane)) < std::tuple_cat(key(b), std::tuple(b.lane));
  });
  for (size_t begin = 0; begin < accesses_.size();) {
    size_t end = begin;
    while (end < accesses_.size() && key(accesses_[end]) == key(accesses_[begin])) ++end;
    const Access& first = accesses_[begin];
    const int64_t bytes = static_cast<int64_t>(end - begin) * first.bytes;
    if (first.space == Space::kShared) {
      std::vector<uint32_t> addresses;
      for (size_t i = begin; i < end; ++i) addresses.push_back(static_cast<uint32_t>(accesses_[i].address));
      ++counters->shared_requests;
      counters->shared_wavefronts += SharedWavefronts(addresses, first.bytes);
      counters->shared_ideal += (bytes + 127) / 128;
    } else {
      std::set<uint64_t> addresses;
      std::set<uint64_t> sectors;
      for (size_t i = begin; i < end; ++i) {
        addresses.insert(accesses_[i].address);
        sectors.insert(accesses_[i].address / 32);
      }
      const int64_t distinct = static_cast<int64_t>(addresses.size()) * first.bytes;
      const bool read = first.space == Space::kGlobalRead;
      ++counters->global_requests;
      (read ? counters->global_read_bytes : counters->global_write_bytes) += distinct;
      (read ? counters->global_read_sectors : counters->global_write_sectors) += static_cast<int64_t>(sectors.size());
    }
    begin = end;
  }
  Clear();
}

void WarpTraffic::Clear() {
  accesses_.clear();
  for (std::vector<Seen>& seen : seen_) seen.clear();
}

}  // namespace raggedc::emulator
