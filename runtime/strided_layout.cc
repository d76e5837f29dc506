#include "runtime/strided_layout.h"

#include <cstring>

#include "runtime/strings.h"

namespace raggedc {
namespace {

// Calls visit(dense, strided, count) for every run of `count` elements that are neighbours in both layouts; positions
// are in elements.
template <typename Visit>
void ForEachRun(std::span<const int64_t> shape, std::span<const int64_t> strides, const Visit& visit) {
  // Inner dimensions whose strides are dense belong to one run.
  int64_t run = 1;
  size_t outer = shape.size();
  while (outer > 0 && strides[outer - 1] == run) run *= shape[--outer];
  for (const int64_t dim : shape) {
    if (dim == 0) return;
  }
  std::vector<int64_t> index(outer, 0);
  int64_t strided = 0;
  for (int64_t dense = 0;; dense += run) {
    visit(dense, strided, run);
    size_t i = outer;
    while (i > 0) {
      --i;
      strided += strides[i];
      if (++index[i] < shape[i]) break;
      strided -= shape[i] * strides[i];
      index[i] = 0;
      if (i == 0) return;
    }
    if (outer == 0) return;
  }
}

}  // namespace

Result<int64_t> StridedBytes(std::span<const int64_t> shape, std::span<const int64_t> strides, DType dtype) {
  constexpr int64_t kLimit = int64_t{1} << 46;
  int64_t last = 0;  // position of the last element
  for (const int64_t dim : shape) {
    if (dim == 0) return int64_t{0};
  }
  for (size_t i = 0; i < shape.size(); ++i) {
    int64_t step = 0;
    if (__builtin_mul_overflow(shape[i] - 1, strides[i], &step) || step > kLimit || (last += step) > kLimit) {
      return InvalidArgument(StrCat("expected a buffer of at most 2^46 bytes, got shape ", FormatShape(shape),
                                    " with strides ", FormatShape(strides)));
    }
  }
  return (last + 1) * DTypeSize(dtype);
}

void ScatterToStrided(const Tensor& tensor, std::span<const int64_t> strides, std::span<uint8_t> buffer) {
  const int64_t size = DTypeSize(tensor.dtype);
  ForEachRun(tensor.shape, strides, [&](int64_t dense, int64_t strided, int64_t count) {
    std::memcpy(buffer.data() + strided * size, tensor.data.data() + dense * size, static_cast<size_t>(count * size));
  });
}

void GatherFromStrided(std::span<const uint8_t> buffer, std::span<const int64_t> strides, Tensor* tensor) {
  const int64_t size = DTypeSize(tensor->dtype);
  ForEachRun(tensor->shape, strides, [&](int64_t dense, int64_t strided, int64_t count) {
    std::memcpy(tensor->data.data() + dense * size, buffer.data() + strided * size, static_cast<size_t>(count * size));
  });
}

}  // namespace raggedc
