#include "runtime/tensor.h"

#include <unistd.h>

#include <cstdlib>
#include <limits>

#include "runtime/strings.h"

namespace raggedc {

int64_t Tensor::NumElements() const {
  int64_t count = 1;
  for (const int64_t dim : shape) count *= dim;
  return count;
}

double Tensor::Get(int64_t index) const {
  switch (dtype) {
    case DType::kBf16:
      return Bf16ToFloat(As<uint16_t>()[index]);
    case DType::kF16:
      return F16ToFloat(As<uint16_t>()[index]);
    case DType::kF32:
      return As<float>()[index];
    case DType::kF64:
      return As<double>()[index];
    case DType::kI32:
      return As<int32_t>()[index];
    case DType::kI64:
      return static_cast<double>(As<int64_t>()[index]);
    case DType::kU8:
      return data[index];
    case DType::kBool:
      return data[index] != 0;
  }
  std::abort();
}

void Tensor::Set(int64_t index, double value) {
  switch (dtype) {
    case DType::kBf16:
      As<uint16_t>()[index] = Bf16FromDouble(value);
      return;
    case DType::kF16:
      As<uint16_t>()[index] = F16FromDouble(value);
      return;
    case DType::kF32:
      As<float>()[index] = static_cast<float>(value);
      return;
    case DType::kF64:
      As<double>()[index] = value;
      return;
    case DType::kI32:
      As<int32_t>()[index] = static_cast<int32_t>(value);
      return;
    case DType::kI64:
      As<int64_t>()[index] = static_cast<int64_t>(value);
      return;
    case DType::kU8:
      data[index] = static_cast<uint8_t>(value);
      return;
    case DType::kBool:
      data[index] = value != 0;
      return;
  }
  std::abort();
}

Tensor MakeTensor(std::string name, DType dtype, std::vector<int64_t> shape) {
  Tensor tensor;
  tensor.name = std::move(name);
  tensor.dtype = dtype;
  tensor.shape = std::move(shape);
  tensor.data.resize(static_cast<size_t>(tensor.NumElements() * DTypeSize(dtype)));
  return tensor;
}

Tensor MakeI32Tensor(std::string name, std::span<const int32_t> values) {
  Tensor tensor = MakeTensor(std::move(name), DType::kI32, {static_cast<int64_t>(values.size())});
  if (!values.empty()) std::memcpy(tensor.data.data(), values.data(), tensor.data.size());
  return tensor;
}

Result<int64_t> CheckedNumElements(std::span<const int64_t> shape) {
  constexpr int64_t kLimit = int64_t{1} << 59;  // times 8 bytes is 2^62
  int64_t count = 1;
  // The product without the zeros must fit as well, so that no order of multiplication can overflow.
  bool empty = false;
  for (const int64_t dim : shape) {
    if (dim < 0) return InvalidArgument(StrCat("expected dimensions of at least 0, got shape ", FormatShape(shape)));
    if (dim == 0) {
      empty = true;
    } else if (dim > kLimit / count) {
      return InvalidArgument(StrCat("expected fewer than 2^59 elements, got shape ", FormatShape(shape)));
    } else {
      count *= dim;
    }
  }
  return empty ? 0 : count;
}

int64_t MemoryBudget() {
  const int64_t pages = ::sysconf(_SC_PHYS_PAGES), page_size = ::sysconf(_SC_PAGESIZE);
  return pages > 0 && page_size > 0 ? pages / 4 * page_size : std::numeric_limits<int64_t>::max();
}

std::vector<int64_t> DenseStrides(std::span<const int64_t> shape) {
  std::vector<int64_t> strides(shape.size());
  int64_t stride = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    strides[i] = stride;
    stride *= shape[i];
  }
  return strides;
}

std::string Describe(const Tensor& tensor) {
  return StrCat("tensor '", Printable(tensor.name), "' of ", DTypeName(tensor.dtype), " ", FormatShape(tensor.shape));
}

const Tensor* FindTensor(std::span<const Tensor> tensors, std::string_view name) {
  for (const Tensor& tensor : tensors) {
    if (tensor.name == name) return &tensor;
  }
  return nullptr;
}

Result<const Tensor*> RequireTensor(std::span<const Tensor> tensors, std::string_view name) {
  constexpr size_t kMaximumListed = 16;
  const Tensor* found = nullptr;
  std::vector<std::string_view> names;
  std::string list;
  for (const Tensor& tensor : tensors) {
    if (tensor.name == name && found != nullptr) {
      return InvalidArgument(StrCat("expected one tensor '", Printable(name), "', got two"));
    }
    if (tensor.name == name) found = &tensor;
    if (names.size() < kMaximumListed) list += StrCat(names.empty() ? "" : ", ", Printable(tensor.name));
    names.push_back(tensor.name);
  }
  if (found != nullptr) return found;
  if (names.size() > kMaximumListed) list += ", ...";
  return InvalidArgument(StrCat("expected a tensor '", Printable(name), "', got ", names.empty() ? "none" : list,
                                DidYouMean(name, names)));
}

Tensor ConvertTensor(const Tensor& tensor, DType dtype) {
  Tensor converted = MakeTensor(tensor.name, dtype, tensor.shape);
  const int64_t count = tensor.NumElements();
  for (int64_t i = 0; i < count; ++i) converted.Set(i, tensor.Get(i));
  return converted;
}

}  // namespace raggedc
