// Dense host tensors to and from strided buffers.
#ifndef RAGGEDC_RUNTIME_STRIDED_LAYOUT_H_
#define RAGGEDC_RUNTIME_STRIDED_LAYOUT_H_

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/tensor.h"

namespace raggedc {

// Bytes from the first to behind the last element of a strided tensor; 0 when it has no element. An invalid argument
// above 2^46 bytes.
Result<int64_t> StridedBytes(std::span<const int64_t> shape, std::span<const int64_t> strides, DType dtype);

// Writes the elements of dense `tensor` to their places in `buffer` (StridedBytes long); gaps are left alone.
void ScatterToStrided(const Tensor& tensor, std::span<const int64_t> strides, std::span<uint8_t> buffer);

// Reads the elements of `tensor` (whose shape and type are set and whose bytes are allocated) from `buffer`.
void GatherFromStrided(std::span<const uint8_t> buffer, std::span<const int64_t> strides, Tensor* tensor);

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_STRIDED_LAYOUT_H_
