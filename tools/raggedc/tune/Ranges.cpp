//===- Ranges.cpp - what a measured shape stands for -----------------------===//

#include "tools/raggedc/tune/Ranges.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "tools/raggedc/tune/ShapesFile.h"

namespace raggedc {

namespace {

/// The class without capacity and batch.
TuningClass getAttention(TuningClass shapes) {
  shapes.firstCapacity = shapes.lastCapacity = shapes.firstBatch = shapes.lastBatch = 0;
  return shapes;
}

}  // namespace

std::pair<int64_t, int64_t> getBatchRange(const std::vector<int64_t>& batches, int64_t batch) {
  std::pair<int64_t, int64_t> range{batch, batch};
  if (batch == 0) return range;
  auto halfway = [](int64_t a, int64_t b) { return int64_t(std::floor(std::sqrt(double(a) * double(b)))); };
  for (int64_t other : batches) {
    if (other == 0) continue;
    if (other < batch) range.first = halfway(other, batch) + 1;  // the last smaller one counts
    if (other > batch) {
      range.second = halfway(batch, other);
      break;
    }
  }
  return range;
}

void setRanges(const std::vector<TuningClass*>& classes, bool wide) {
  std::vector<TuningClass> measured;
  for (const TuningClass* one : classes) measured.push_back(*one);
  for (size_t i = 0; i < classes.size(); ++i) {
    const TuningClass& mine = measured[i];
    int64_t batch = mine.firstBatch, smaller = 0;
    std::vector<int64_t> batches;
    for (const TuningClass& other : measured) {
      if (getAttention(other) != getAttention(mine)) continue;
      if (other.lastCapacity == mine.lastCapacity && other.firstBatch > 0) batches.push_back(other.firstBatch);
      if (other.lastCapacity < mine.lastCapacity) smaller = std::max(smaller, other.lastCapacity);
    }
    std::sort(batches.begin(), batches.end());
    std::tie(classes[i]->firstBatch, classes[i]->lastBatch) = getBatchRange(batches, batch);
    if (!wide) continue;
    if (batch > 0 && batch == batches.front()) classes[i]->firstBatch = 1;
    if (batch > 0 && batch == batches.back()) classes[i]->lastBatch = kMostSequences;
    if (smaller > 0) classes[i]->firstCapacity = smaller + 1;
  }
}

}  // namespace raggedc
