#include "runtime/offsets.h"

#include <limits>

#include "runtime/strings.h"

namespace raggedc {

Status CheckOffsets(std::span<const int32_t> offsets, int64_t rows) {
  if (offsets.empty()) return InvalidArgument("expected offsets to have batch + 1 elements, got 0");
  if (offsets[0] < 0) return InvalidArgument(StrCat("expected offsets[0] to be at least 0, got ", offsets[0]));
  for (size_t i = 1; i < offsets.size(); ++i) {
    if (offsets[i] >= offsets[i - 1]) continue;
    return InvalidArgument(StrCat("expected offsets to never decrease, got offsets[", i, "] = ", offsets[i],
                                  " after offsets[", i - 1, "] = ", offsets[i - 1]));
  }
  if (offsets.back() <= rows) return OkStatus();
  size_t first = 0;
  while (offsets[first] <= rows) ++first;
  return InvalidArgument(StrCat("expected offsets of at most ", rows, ", the number of rows, got offsets[", first,
                                "] = ", offsets[first]));
}

std::vector<int64_t> LengthsOf(std::span<const int32_t> offsets) {
  std::vector<int64_t> lengths;
  for (size_t i = 1; i < offsets.size(); ++i) lengths.push_back(int64_t{offsets[i]} - offsets[i - 1]);
  return lengths;
}

Result<std::vector<int32_t>> OffsetsFromLengths(std::span<const int64_t> lengths) {
  std::vector<int32_t> offsets = {0};
  int64_t sum = 0;
  for (size_t i = 0; i < lengths.size(); ++i) {
    constexpr int64_t kLimit = std::numeric_limits<int32_t>::max();
    if (lengths[i] < 0)
      return InvalidArgument(StrCat("expected lengths of at least 0, got ", lengths[i], " at position ", i));
    if (lengths[i] > kLimit - sum)
      return InvalidArgument(StrCat("expected lengths that add up to at most ", kLimit, ", got more"));
    sum += lengths[i];
    offsets.push_back(static_cast<int32_t>(sum));
  }
  return offsets;
}

Status CheckIndices(std::span<const int32_t> indices, std::span<const int32_t> offsets, int64_t positions) {
  for (size_t b = 0; b + 1 < offsets.size(); ++b) {
    const int64_t first = static_cast<int64_t>(b) * positions;
    for (int64_t r = offsets[b]; r < offsets[b + 1]; ++r) {
      const int32_t index = indices[static_cast<size_t>(r)];
      if (index < first || index >= first + positions) {
        return InvalidArgument(StrCat("expected the indices of sequence ", b, " in ", first, "..",
                                      first + positions - 1, ", got indices[", r, "] = ", index));
      }
      if (r > offsets[b] && index <= indices[static_cast<size_t>(r) - 1]) {
        return InvalidArgument(StrCat("expected the indices of a sequence to rise, got indices[", r, "] = ", index,
                                      " after ", indices[static_cast<size_t>(r) - 1]));
      }
    }
  }
  return OkStatus();
}

}  // namespace raggedc
