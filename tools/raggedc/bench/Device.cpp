//===- Device.cpp - the GPU and the operands of a benchmark ----------------===//

#include "tools/raggedc/bench/Device.h"

#include <cstring>
#include <random>

#include "runtime/dtype.h"
#include "runtime/strings.h"

namespace raggedc {

namespace {

constexpr float kLowest = -2;  ///< of random values, which go up to as much above 0

int64_t elementBytes(const raggedc_spec& spec) {
  return spec.dtype == RAGGEDC_F32 ? 4 : 2;
}

void store(const raggedc_spec& spec, float value, char* at) {
  if (spec.dtype == RAGGEDC_F32) {
    std::memcpy(at, &value, sizeof value);
    return;
  }
  uint16_t bits = spec.dtype == RAGGEDC_F16 ? F16FromFloat(value) : Bf16FromFloat(value);
  std::memcpy(at, &bits, sizeof bits);
}

float load(const raggedc_spec& spec, const char* at) {
  if (spec.dtype == RAGGEDC_F32) {
    float value;
    std::memcpy(&value, at, sizeof value);
    return value;
  }
  uint16_t bits;
  std::memcpy(&bits, at, sizeof bits);
  return spec.dtype == RAGGEDC_F16 ? F16ToFloat(bits) : Bf16ToFloat(bits);
}

/// One operand: its parts, outermost first, and the distance from one to the next in elements.
struct Extent {
  std::vector<int64_t> sizes, strides;

  int64_t elements() const {
    int64_t last = 0;
    for (size_t i = 0; i < sizes.size(); ++i) last += (sizes[i] - 1) * strides[i];
    return last + 1;
  }
};

Extent extentOf(std::vector<int64_t> sizes, const int64_t* strides) {
  Extent extent{std::move(sizes), {}};
  size_t outer = extent.sizes.size() - 1;
  bool isDense = true;
  for (size_t i = 0; i < outer; ++i) isDense = isDense && strides[i] == 0;
  extent.strides.assign(extent.sizes.size(), 1);
  for (size_t i = outer; i-- > 0;)
    extent.strides[i] = isDense ? extent.strides[i + 1] * extent.sizes[i + 1] : strides[i];
  return extent;
}

Result<DeviceBuffer> makeTensor(const CudaDriver& driver, const raggedc_spec& spec, const Extent& extent,
                                Operands::Values values, uint64_t seed) {
  int64_t size = elementBytes(spec), count = extent.elements();
  std::string host(static_cast<size_t>(count * size), '\0');
  std::minstd_rand random(static_cast<uint32_t>(seed));
  for (int64_t i = 0; i < count; ++i) {
    float value = values == Operands::Values::Ones ? 1.0f : kLowest + float(random() % 4096) / 1024;
    store(spec, value, host.data() + i * size);
  }
  RAGGEDC_ASSIGN_OR_RETURN(DeviceBuffer buffer, DeviceBuffer::Allocate(driver, host.size()));
  RAGGEDC_RETURN_IF_ERROR(buffer.Upload(host.data(), 0, host.size()));
  return buffer;
}

void* toPointer(const DeviceBuffer& buffer) {
  return reinterpret_cast<void*>(buffer.address());
}

}  // namespace

Result<std::unique_ptr<BenchDevice>> BenchDevice::open(int ordinal) {
  auto device = std::make_unique<BenchDevice>();
  RAGGEDC_ASSIGN_OR_RETURN(device->driver, CudaDriver::Load());
  RAGGEDC_ASSIGN_OR_RETURN(device->info, device->driver->Device(ordinal));
  RAGGEDC_ASSIGN_OR_RETURN(device->primary, PrimaryContext::Retain(*device->driver, ordinal));
  device->current = std::make_unique<ScopedContext>(device->primary);
  RAGGEDC_RETURN_IF_ERROR(device->current->status());
  RAGGEDC_ASSIGN_OR_RETURN(device->stream, DeviceStream::Create(*device->driver));
  return device;
}

Status checkApi(raggedc_status status) {
  switch (status) {
    case RAGGEDC_OK:
      return OkStatus();
    case RAGGEDC_ERROR_INVALID_ARGUMENT:
      return InvalidArgument(raggedc_last_error());
    case RAGGEDC_ERROR_UNAVAILABLE:
    case RAGGEDC_ERROR_NO_KERNEL:
    case RAGGEDC_ERROR_OUT_OF_MEMORY:
    case RAGGEDC_ERROR_DEVICE_LOST:
      return EnvironmentError(raggedc_last_error());
    default:
      return InternalError(raggedc_last_error());
  }
}

Result<raggedc_spec> parseApiSpec(const std::string& text) {
  raggedc_spec spec = RAGGEDC_SPEC_INIT;
  RAGGEDC_RETURN_IF_ERROR(checkApi(raggedc_spec_parse(text.c_str(), &spec)));
  return spec;
}

Result<std::string> printApiSpec(const raggedc_spec& spec) {
  char text[1024];
  RAGGEDC_RETURN_IF_ERROR(checkApi(raggedc_spec_print(&spec, text, sizeof text, nullptr)));
  return std::string(text);
}

Result<ContextHandle> makeContext(const raggedc_context_options& options) {
  raggedc_context* context = nullptr;
  RAGGEDC_RETURN_IF_ERROR(checkApi(raggedc_context_create(&options, &context)));
  return ContextHandle(context);
}

Result<KernelHandle> getKernel(raggedc_context* context, const raggedc_spec& spec, int device) {
  raggedc_kernel* kernel = nullptr;
  RAGGEDC_RETURN_IF_ERROR(checkApi(raggedc_kernel_get(context, &spec, device, &kernel)));
  return KernelHandle(kernel);
}

Result<std::unique_ptr<Operands>> Operands::make(const BenchDevice& device, const raggedc_spec& spec,
                                                 const std::vector<int64_t>& lengths, Values values) {
  auto made = std::make_unique<Operands>();
  made->driver = device.driver;
  made->spec = spec;
  made->values = values;
  std::vector<int32_t> offsets{0};
  for (int64_t length : lengths) {
    made->rows += length;
    if (made->rows > INT32_MAX)
      return InvalidArgument(StrCat("expected at most ", INT32_MAX, " rows in all sequences, got more"));
    offsets.push_back(static_cast<int32_t>(made->rows));
  }
  const CudaDriver& driver = *device.driver;
  int64_t rows = std::max<int64_t>(1, made->rows), heads = spec.heads, dim = spec.dim;
  int64_t kvHeads = spec.kv_heads ? spec.kv_heads : heads, dimV = spec.dim_v ? spec.dim_v : dim;
  if (spec.flags & RAGGEDC_PACKED) {
    Extent qkv = extentOf({rows, 3, heads, dim}, spec.qkv_strides);
    RAGGEDC_ASSIGN_OR_RETURN(made->q, makeTensor(driver, spec, qkv, values, 1));
  } else {
    Extent q = extentOf({rows, heads, dim}, spec.q_strides), k = extentOf({rows, kvHeads, dim}, spec.k_strides),
           v = extentOf({rows, kvHeads, dimV}, spec.v_strides);
    RAGGEDC_ASSIGN_OR_RETURN(made->q, makeTensor(driver, spec, q, values, 1));
    RAGGEDC_ASSIGN_OR_RETURN(made->k, makeTensor(driver, spec, k, values, 2));
    RAGGEDC_ASSIGN_OR_RETURN(made->v, makeTensor(driver, spec, v, values, 3));
    made->args.k = toPointer(made->k);
    made->args.v = toPointer(made->v);
  }
  size_t outBytes = size_t(extentOf({rows, heads, dimV}, spec.out_strides).elements() * elementBytes(spec));
  RAGGEDC_ASSIGN_OR_RETURN(made->out, DeviceBuffer::Allocate(driver, outBytes));
  RAGGEDC_RETURN_IF_ERROR(made->out.Fill(0xff, 0, outBytes));  // NaN
  size_t offsetBytes = offsets.size() * sizeof offsets[0];
  RAGGEDC_ASSIGN_OR_RETURN(made->offsets, DeviceBuffer::Allocate(driver, offsetBytes));
  RAGGEDC_RETURN_IF_ERROR(made->offsets.Upload(offsets.data(), 0, offsetBytes));
  made->args.sequences = static_cast<uint32_t>(lengths.size());
  made->args.q = toPointer(made->q);
  made->args.offsets = static_cast<int32_t*>(toPointer(made->offsets));
  made->args.out = toPointer(made->out);
  made->args.rows = static_cast<uint64_t>(made->rows);
  made->bytes =
      made->rows * (heads * (dim + dimV) + kvHeads * (dim + dimV)) * elementBytes(spec) + int64_t(offsetBytes);
  return made;
}

Status Operands::addWorkspace(const raggedc_kernel* kernel) {
  uint64_t size = 0;
  RAGGEDC_RETURN_IF_ERROR(checkApi(raggedc_kernel_workspace(kernel, args.sequences, args.rows, &size)));
  if (size == 0) return OkStatus();
  RAGGEDC_ASSIGN_OR_RETURN(workspace, DeviceBuffer::Allocate(*driver, size));
  args.workspace = toPointer(workspace);
  args.workspace_bytes = size;
  return OkStatus();
}

Status Operands::check() const {
  constexpr float kRounding = 0.02f;
  float lowest = values == Values::Ones ? 1 : kLowest, highest = values == Values::Ones ? 1 : -kLowest;
  std::string host(out.bytes(), '\0');
  RAGGEDC_RETURN_IF_ERROR(out.Download(host.data(), 0, host.size()));
  int64_t dimV = spec.dim_v ? spec.dim_v : spec.dim;
  Extent extent = extentOf({std::max<int64_t>(1, rows), spec.heads, dimV}, spec.out_strides);
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t head = 0; head < spec.heads; ++head) {
      int64_t element = row * extent.strides[0] + head * extent.strides[1];
      float value = load(spec, host.data() + element * elementBytes(spec));
      if (!(value >= lowest - kRounding && value <= highest + kRounding))  // a NaN is what was there before
        return InternalError(
            StrCat("expected row ", row, " of head ", head, " to be from ", lowest, " to ", highest, ", got ", value));
    }
  return OkStatus();
}

}  // namespace raggedc
