#include "runtime/reference/pack.h"

#include <algorithm>
#include <cstring>

namespace raggedc {

PackResult ReferencePack(const Tensor& x, const Tensor& keep) {
  const int64_t batch = x.shape[0];
  const int64_t positions = x.shape[1];
  std::vector<int64_t> row_shape = {batch * positions};
  row_shape.insert(row_shape.end(), x.shape.begin() + 2, x.shape.end());

  PackResult result;
  result.rows = MakeTensor("", x.dtype, row_shape);
  result.offsets = MakeTensor("", DType::kI32, {batch + 1});
  result.indices = MakeTensor("", DType::kI32, {batch * positions});
  std::fill_n(result.indices.As<int32_t>(), batch * positions, -1);
  const size_t row_bytes = batch * positions == 0 ? 0 : x.data.size() / static_cast<size_t>(batch * positions);
  for (int64_t b = 0; b < batch; ++b) {
    for (int64_t source = b * positions; source < (b + 1) * positions; ++source) {
      if (keep.data[static_cast<size_t>(source)] == 0) continue;
      std::memcpy(result.rows.data.data() + static_cast<size_t>(result.total) * row_bytes,
                  x.data.data() + static_cast<size_t>(source) * row_bytes, row_bytes);
      result.indices.As<int32_t>()[result.total++] = static_cast<int32_t>(source);
    }
    result.offsets.As<int32_t>()[b + 1] = static_cast<int32_t>(result.total);
  }
  return result;
}

}  // namespace raggedc
