// What happens before what: vector clocks (C. Fidge, J. Mattern), one row for each thread of a cluster. Rows are wide
// enough for agents that are no threads: each mbarrier on which asynchronous copies complete is one.
//
// An access by agent `a` at a[a]'s clock c is known to agent `b` if b's row has at least c for a. Barriers join rows.
#ifndef RAGGEDC_RUNTIME_EMULATOR_ORDER_H_
#define RAGGEDC_RUNTIME_EMULATOR_ORDER_H_

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace raggedc::emulator {

using Clock = uint32_t;

class Order {
 public:
  // All threads start unordered among themselves.
  Order(uint32_t threads, uint32_t agents) : width_(threads + agents), rows_(size_t{width_} * width_) { Reset(); }

  void Reset() {
    std::fill(rows_.begin(), rows_.end(), 0);
    for (uint32_t agent = 0; agent < width_; ++agent) At(agent, agent) = 1;
    fences_.clear();
  }

  uint32_t width() const { return width_; }
  Clock Now(uint32_t agent) const { return At(agent, agent); }
  bool Knows(uint32_t agent, uint32_t other, Clock clock) const { return agent == other || At(agent, other) >= clock; }

  // What `agent` does from now on is not known to those that synchronised with it before.
  void Advance(uint32_t agent) { ++At(agent, agent); }

  // The row of an agent, to be kept by a barrier until others acquire it.
  std::span<const Clock> Row(uint32_t agent) const { return {rows_.data() + size_t{agent} * width_, width_}; }
  void Release(uint32_t agent, std::vector<Clock>* into) const {
    into->resize(size_t{2} * width_);
    Join(Row(agent), into->data());
    if (!fences_.empty()) Join(FenceRow(agent), into->data() + width_);
  }
  // One moment of another agent, into what a barrier keeps.
  void Note(uint32_t other, Clock clock, std::vector<Clock>* into) const {
    into->resize(size_t{2} * width_);
    (*into)[other] = std::max((*into)[other], clock);
  }
  void Acquire(uint32_t agent, std::span<const Clock> from) {
    if (from.empty()) return;
    Join(from.first(width_), &At(agent, 0));
    if (!fences_.empty()) Join(from.subspan(width_), FenceData(agent));
  }

  // What all of the threads first .. first + count - 1 know becomes what `agent` knows: an operation that several
  // threads issue together may start when the last is ready, with each of them.
  void Intersect(uint32_t agent, uint32_t first, uint32_t count) {
    const Clock own = At(agent, agent);
    Meet(rows_.data(), agent, first, count);
    if (!fences_.empty()) Meet(fences_.data(), agent, first, count);
    At(agent, agent) = own;
  }

  // A fence of the async proxy: what the agent knows now may be read asynchronously by those that know the fence.
  void Fence(uint32_t agent) {
    if (fences_.empty()) fences_.resize(rows_.size());
    Join(Row(agent), FenceData(agent));
  }
  bool KnowsFenced(uint32_t agent, uint32_t other, Clock clock) const {
    return !fences_.empty() && FenceRow(agent)[other] >= clock;
  }

 private:
  Clock& At(uint32_t agent, uint32_t other) { return rows_[size_t{agent} * width_ + other]; }
  Clock At(uint32_t agent, uint32_t other) const { return rows_[size_t{agent} * width_ + other]; }
  Clock* FenceData(uint32_t agent) { return fences_.data() + size_t{agent} * width_; }
  std::span<const Clock> FenceRow(uint32_t agent) const { return {fences_.data() + size_t{agent} * width_, width_}; }

  void Meet(Clock* rows, uint32_t agent, uint32_t first, uint32_t count) const {
    Clock* into = rows + size_t{agent} * width_;
    std::copy_n(rows + size_t{first} * width_, width_, into);
    for (uint32_t other = first + 1; other < first + count; ++other) {
      const Clock* row = rows + size_t{other} * width_;
      for (uint32_t i = 0; i < width_; ++i) into[i] = std::min(into[i], row[i]);
    }
  }
  static void Join(std::span<const Clock> from, Clock* into) {
    for (size_t i = 0; i < from.size(); ++i) into[i] = std::max(into[i], from[i]);
  }

  uint32_t width_;
  std::vector<Clock> rows_;
  std::vector<Clock> fences_;  // empty until the first fence
};

}  // namespace raggedc::emulator

#endif  // RAGGEDC_RUNTIME_EMULATOR_ORDER_H_
