// Checks of the index operands that a kernel trusts: offsets (batch + 1 row numbers) and indices (source rows).
#ifndef RAGGEDC_RUNTIME_OFFSETS_H_
#define RAGGEDC_RUNTIME_OFFSETS_H_

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/status.h"

namespace raggedc {

// `offsets` must have at least one element, not begin below 0, never decrease and not pass `rows`. The error names the
// index: `expected offsets to never decrease, got offsets[3] = 40 after offsets[2] = 57`.
// The first offset may be above 0: rows before it belong to no sequence.
Status CheckOffsets(std::span<const int32_t> offsets, int64_t rows);

// offsets[b + 1] - offsets[b] for each sequence, of checked offsets.
std::vector<int64_t> LengthsOf(std::span<const int32_t> offsets);

// {0, l0, l0 + l1, ...}; an invalid argument when a length is negative or the sum passes int32.
Result<std::vector<int32_t>> OffsetsFromLengths(std::span<const int64_t> lengths);

// For each sequence b, the indices of its rows must lie in [b * positions, (b + 1) * positions) and rise.
Status CheckIndices(std::span<const int32_t> indices, std::span<const int32_t> offsets, int64_t positions);

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_OFFSETS_H_
