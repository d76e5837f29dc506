#include "runtime/reference/unpack.h"

#include <cstring>

namespace raggedc {

UnpackResult ReferenceUnpack(const Tensor& rows, std::span<const int32_t> indices, std::span<const int32_t> offsets,
                             int64_t positions, double fill) {
  const auto batch = static_cast<int64_t>(offsets.size()) - 1;
  std::vector<int64_t> shape = {batch, positions};
  shape.insert(shape.end(), rows.shape.begin() + 1, rows.shape.end());

  UnpackResult result;
  result.out = MakeTensor("", rows.dtype, shape);
  for (int64_t i = 0; i < result.out.NumElements(); ++i) result.out.Set(i, fill);
  result.sources.assign(static_cast<size_t>(batch * positions), -1);
  const int64_t capacity = rows.shape[0];
  const size_t row_bytes = capacity == 0 ? 0 : rows.data.size() / static_cast<size_t>(capacity);
  for (int64_t r = offsets.front(); r < offsets.back(); ++r) {
    const int64_t place = indices[static_cast<size_t>(r)];
    result.sources[static_cast<size_t>(place)] = r;
    std::memcpy(result.out.data.data() + static_cast<size_t>(place) * row_bytes,
                rows.data.data() + static_cast<size_t>(r) * row_bytes, row_bytes);
  }
  return result;
}

}  // namespace raggedc
