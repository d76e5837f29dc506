// Host tensors: a name, an element type, a shape and the bytes they own, dense and row-major.
#ifndef RAGGEDC_RUNTIME_TENSOR_H_
#define RAGGEDC_RUNTIME_TENSOR_H_

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/dtype.h"
#include "runtime/status.h"

namespace raggedc {

struct Tensor {
  std::string name;
  DType dtype = DType::kF32;
  std::vector<int64_t> shape;  // may hold zeros; an empty shape is a scalar
  std::vector<uint8_t> data;   // NumElements() * DTypeSize(dtype) bytes, little-endian

  int64_t NumElements() const;

  // The bytes as T, whose size must be DTypeSize(dtype): float, double, int32_t, int64_t, uint8_t, and uint16_t for the
  // bits of bf16 and f16. The storage of a vector is aligned for all of them.
  template <typename T>
  T* As() {
    return reinterpret_cast<T*>(data.data());
  }
  template <typename T>
  const T* As() const {
    return reinterpret_cast<const T*>(data.data());
  }

  // One element, by its row-major position, as double (booleans are 0 or 1); storing rounds to nearest even.
  double Get(int64_t index) const;
  void Set(int64_t index, double value);
};

// A zero-filled tensor. The shape must have passed CheckedNumElements.
Tensor MakeTensor(std::string name, DType dtype, std::vector<int64_t> shape);
Tensor MakeI32Tensor(std::string name, std::span<const int32_t> values);

// The product of the dimensions, or an error when one is negative or the bytes of eight-byte elements pass 2^62.
Result<int64_t> CheckedNumElements(std::span<const int64_t> shape);

// Bytes that the inputs of one program may take: a quarter of the machine's memory, as the reference needs the rest.
int64_t MemoryBudget();

// Row-major strides in elements: the last is 1.
std::vector<int64_t> DenseStrides(std::span<const int64_t> shape);

// "tensor 'q' of bf16 [352, 12, 64]"
std::string Describe(const Tensor& tensor);

// The tensor of that name, or null.
const Tensor* FindTensor(std::span<const Tensor> tensors, std::string_view name);

// The tensor of that name, which must be there once; the error lists what there is instead.
Result<const Tensor*> RequireTensor(std::span<const Tensor> tensors, std::string_view name);

// The same values in another element type (float to float, or any type to kF64).
Tensor ConvertTensor(const Tensor& tensor, DType dtype);

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_TENSOR_H_
