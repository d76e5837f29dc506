#include "runtime/api/capacity.h"

#include <algorithm>

namespace raggedc {
namespace {

template <typename List>
int32_t FirstNotBelow(const List& list, int32_t value) {
  if (value < 1 || value > kMaximumCapacity) return 0;
  return *std::lower_bound(list.begin(), list.end(), value);
}

}  // namespace

int32_t CapacityFor(int32_t max_seqlen) {
  return FirstNotBelow(kCapacities, max_seqlen);
}

int32_t GenericCapacityFor(int32_t max_seqlen) {
  return FirstNotBelow(kGenericCapacities, max_seqlen);
}

int32_t BatchFor(int32_t batch) {
  if (batch < 1) return 0;
  return batch >= kBatches.back() ? kBatches.back() : *std::lower_bound(kBatches.begin(), kBatches.end(), batch);
}

}  // namespace raggedc
