// Pack on the CPU: the kept rows of a padded tensor, back to back.
#ifndef RAGGEDC_RUNTIME_REFERENCE_PACK_H_
#define RAGGEDC_RUNTIME_REFERENCE_PACK_H_

#include <cstdint>

#include "runtime/tensor.h"

namespace raggedc {

struct PackResult {
  Tensor rows;     // type of x, (batch * positions, ...): `total` kept rows, then zeros
  Tensor offsets;  // i32 (batch + 1)
  Tensor indices;  // i32 (batch * positions): flat source row b * positions + i of each kept row, then -1
  int64_t total = 0;
};

// x is (batch, positions, ...), keep is (batch, positions) bytes (kBool or kU8), nonzero to keep. batch * positions
// must fit i32.
PackResult ReferencePack(const Tensor& x, const Tensor& keep);

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_REFERENCE_PACK_H_
