// Unpack on the CPU: packed rows back to their places in a padded tensor.
#ifndef RAGGEDC_RUNTIME_REFERENCE_UNPACK_H_
#define RAGGEDC_RUNTIME_REFERENCE_UNPACK_H_

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/tensor.h"

namespace raggedc {

struct UnpackResult {
  Tensor out;                    // type of rows, (batch, positions, ...)
  std::vector<int64_t> sources;  // for each place b * positions + i, the packed row it comes from, or -1 for fill
};

// rows is (capacity, ...); offsets and indices are checked (see CheckOffsets and CheckIndices).
UnpackResult ReferenceUnpack(const Tensor& rows, std::span<const int32_t> indices, std::span<const int32_t> offsets,
                             int64_t positions, double fill);

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_REFERENCE_UNPACK_H_
