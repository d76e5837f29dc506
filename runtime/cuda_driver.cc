#include "runtime/cuda_driver.h"

#include <array>
#include <map>
#include <mutex>

#include "runtime/dynamic_library.h"
#include "runtime/strings.h"

namespace raggedc {
namespace {

// CUresult values that decide which kind of error is reported.
constexpr cu::Result kNoDevice = 100;
constexpr cu::Result kLastInitialisationError = 199;  // 3..199: the machine, its driver and its devices

// CUdevice_attribute values.
enum DeviceAttribute {
  kMultiprocessorCount = 16,
  kL2CacheSize = 38,
  kComputeCapabilityMajor = 75,
  kComputeCapabilityMinor = 76,
  kMaxSharedMemoryPerBlockOptin = 97,
};

constexpr unsigned kNonBlockingStream = 1;

}  // namespace

std::string DeviceInfo::Arch() const {
  const int number = major * 10 + minor;
  const bool has_variant = number == 90 || number == 100 || number == 103;
  return StrCat("sm_", number, has_variant ? "a" : "");
}

Result<const CudaDriver*> CudaDriver::Load(const std::string& name) {
  static std::mutex mutex;
  static auto* const drivers = new std::map<std::string, const CudaDriver*>;  // never destroyed, see DynamicLibrary
  const std::lock_guard<std::mutex> lock(mutex);
  const CudaDriver*& loaded = (*drivers)[name];
  if (loaded != nullptr) return loaded;

  Result<DynamicLibrary> library = DynamicLibrary::Open(name);
  if (!library.ok()) {
    return EnvironmentError(
        StrCat("expected the NVIDIA driver's ", Printable(name), ", got none: ", library.status().message()));
  }
  Api api;
  const auto load_all = [&]() -> Status {
#define RAGGEDC_LOAD(function, symbol) RAGGEDC_RETURN_IF_ERROR(library->Load(symbol, &api.function))
    RAGGEDC_LOAD(Init, "cuInit");
    RAGGEDC_LOAD(DriverGetVersion, "cuDriverGetVersion");
    RAGGEDC_LOAD(GetErrorName, "cuGetErrorName");
    RAGGEDC_LOAD(GetErrorString, "cuGetErrorString");
    RAGGEDC_LOAD(DeviceGetCount, "cuDeviceGetCount");
    RAGGEDC_LOAD(DeviceGet, "cuDeviceGet");
    RAGGEDC_LOAD(DeviceGetName, "cuDeviceGetName");
    RAGGEDC_LOAD(DeviceGetAttribute, "cuDeviceGetAttribute");
    RAGGEDC_LOAD(DeviceTotalMem, "cuDeviceTotalMem_v2");
    RAGGEDC_LOAD(DevicePrimaryCtxRetain, "cuDevicePrimaryCtxRetain");
    RAGGEDC_LOAD(DevicePrimaryCtxRelease, "cuDevicePrimaryCtxRelease_v2");
    RAGGEDC_LOAD(CtxPushCurrent, "cuCtxPushCurrent_v2");
    RAGGEDC_LOAD(CtxPopCurrent, "cuCtxPopCurrent_v2");
    RAGGEDC_LOAD(CtxSynchronize, "cuCtxSynchronize");
    RAGGEDC_LOAD(CtxGetCurrent, "cuCtxGetCurrent");
    RAGGEDC_LOAD(CtxGetDevice, "cuCtxGetDevice");
    RAGGEDC_LOAD(LibraryLoadData, "cuLibraryLoadData");
    RAGGEDC_LOAD(LibraryUnload, "cuLibraryUnload");
    RAGGEDC_LOAD(LibraryGetKernel, "cuLibraryGetKernel");
    RAGGEDC_LOAD(KernelGetFunction, "cuKernelGetFunction");
    RAGGEDC_LOAD(LibraryGetGlobal, "cuLibraryGetGlobal");
    RAGGEDC_LOAD(KernelGetAttribute, "cuKernelGetAttribute");
    RAGGEDC_LOAD(KernelSetAttribute, "cuKernelSetAttribute");
    RAGGEDC_LOAD(OccupancyMaxActiveBlocksPerMultiprocessor, "cuOccupancyMaxActiveBlocksPerMultiprocessor");
    RAGGEDC_LOAD(LaunchKernel, "cuLaunchKernel");
    RAGGEDC_LOAD(LaunchKernelEx, "cuLaunchKernelEx");
    RAGGEDC_LOAD(MemAlloc, "cuMemAlloc_v2");
    RAGGEDC_LOAD(MemFree, "cuMemFree_v2");
    RAGGEDC_LOAD(MemcpyHtoD, "cuMemcpyHtoD_v2");
    RAGGEDC_LOAD(MemcpyDtoH, "cuMemcpyDtoH_v2");
    RAGGEDC_LOAD(MemsetD8, "cuMemsetD8_v2");
    RAGGEDC_LOAD(MemsetD8Async, "cuMemsetD8Async");
    RAGGEDC_LOAD(MemcpyDtoHAsync, "cuMemcpyDtoHAsync_v2");
    RAGGEDC_LOAD(StreamCreate, "cuStreamCreate");
    RAGGEDC_LOAD(StreamDestroy, "cuStreamDestroy_v2");
    RAGGEDC_LOAD(StreamSynchronize, "cuStreamSynchronize");
    RAGGEDC_LOAD(StreamBeginCapture, "cuStreamBeginCapture_v2");
    RAGGEDC_LOAD(StreamEndCapture, "cuStreamEndCapture");
    RAGGEDC_LOAD(StreamIsCapturing, "cuStreamIsCapturing");
    RAGGEDC_LOAD(StreamGetCtx, "cuStreamGetCtx");
    RAGGEDC_LOAD(ThreadExchangeStreamCaptureMode, "cuThreadExchangeStreamCaptureMode");
    RAGGEDC_LOAD(GraphCreate, "cuGraphCreate");
    RAGGEDC_LOAD(GraphAddKernelNode, "cuGraphAddKernelNode_v2");
    RAGGEDC_LOAD(GraphExecKernelNodeSetParams, "cuGraphExecKernelNodeSetParams_v2");
    RAGGEDC_LOAD(GraphInstantiate, "cuGraphInstantiateWithFlags");
    RAGGEDC_LOAD(GraphLaunch, "cuGraphLaunch");
    RAGGEDC_LOAD(GraphExecDestroy, "cuGraphExecDestroy");
    RAGGEDC_LOAD(GraphDestroy, "cuGraphDestroy");
    RAGGEDC_LOAD(EventCreate, "cuEventCreate");
    RAGGEDC_LOAD(EventDestroy, "cuEventDestroy_v2");
    RAGGEDC_LOAD(EventRecord, "cuEventRecord");
    RAGGEDC_LOAD(EventSynchronize, "cuEventSynchronize");
    RAGGEDC_LOAD(EventElapsedTime, "cuEventElapsedTime");
#undef RAGGEDC_LOAD
    // Only some kernels need it.
    if (!library->Load("cuTensorMapEncodeTiled", &api.TensorMapEncodeTiled).ok()) api.TensorMapEncodeTiled = nullptr;
    return OkStatus();
  };
  if (const Status status = load_all(); !status.ok()) {
    return EnvironmentError(StrCat("expected an NVIDIA driver for CUDA 12.0 or newer: ", status.message()));
  }
  CudaDriver driver;
  driver.api_ = &api;
  RAGGEDC_RETURN_IF_ERROR(driver.Check(api.Init(0), "cuInit"));
  RAGGEDC_RETURN_IF_ERROR(driver.Check(api.DriverGetVersion(&driver.version_), "cuDriverGetVersion"));
  driver.path_ = library->path();
  driver.api_ = new Api(api);
  loaded = new CudaDriver(std::move(driver));
  return loaded;
}

std::string CudaDriver::VersionText() const {
  return StrCat(version_ / 1000, ".", version_ % 1000 / 10);
}

Status CudaDriver::Check(cu::Result result, const char* function) const {
  if (result == 0) return OkStatus();
  const char* name = nullptr;
  const char* text = nullptr;
  if (api_->GetErrorName(result, &name) != 0 || name == nullptr) name = "an unknown error";
  if (api_->GetErrorString(result, &text) != 0 || text == nullptr) text = "no description";
  const std::string message = StrCat("expected ", function, " to succeed, got ", name, " (", text, ")");
  const bool machine =
      (result >= cu::kOutOfMemory && result <= kLastInitialisationError) || result == cu::kNoBinaryForGpu;
  return machine ? EnvironmentError(message) : InternalError(message);
}

Result<std::vector<DeviceInfo>> CudaDriver::Devices() const {
  int count = 0;
  const cu::Result result = api_->DeviceGetCount(&count);
  if (result != kNoDevice) RAGGEDC_RETURN_IF_ERROR(Check(result, "cuDeviceGetCount"));
  if (result == kNoDevice || count == 0) return EnvironmentError("expected at least one NVIDIA GPU, got none");
  std::vector<DeviceInfo> devices;
  for (int ordinal = 0; ordinal < count; ++ordinal) {
    RAGGEDC_ASSIGN_OR_RETURN(DeviceInfo info, Device(ordinal));
    devices.push_back(std::move(info));
  }
  return devices;
}

Result<DeviceInfo> CudaDriver::Device(int ordinal) const {
  DeviceInfo info;
  info.ordinal = ordinal;
  cu::Device device = 0;
  RAGGEDC_RETURN_IF_ERROR(Check(api_->DeviceGet(&device, ordinal), "cuDeviceGet"));
  const auto read = [&](DeviceAttribute attribute, int* value) {
    return Check(api_->DeviceGetAttribute(value, attribute, device), "cuDeviceGetAttribute");
  };
  int shared_bytes = 0;
  RAGGEDC_RETURN_IF_ERROR(read(kComputeCapabilityMajor, &info.major));
  RAGGEDC_RETURN_IF_ERROR(read(kComputeCapabilityMinor, &info.minor));
  RAGGEDC_RETURN_IF_ERROR(read(kMultiprocessorCount, &info.multiprocessors));
  RAGGEDC_RETURN_IF_ERROR(read(kMaxSharedMemoryPerBlockOptin, &shared_bytes));
  info.shared_bytes_per_block = shared_bytes;
  return info;
}

Result<DeviceDescription> CudaDriver::Describe(int ordinal) const {
  cu::Device device = 0;
  RAGGEDC_RETURN_IF_ERROR(Check(api_->DeviceGet(&device, ordinal), "cuDeviceGet"));
  size_t memory = 0;
  RAGGEDC_RETURN_IF_ERROR(Check(api_->DeviceTotalMem(&memory, device), "cuDeviceTotalMem"));
  int l2_bytes = 0;
  RAGGEDC_RETURN_IF_ERROR(Check(api_->DeviceGetAttribute(&l2_bytes, kL2CacheSize, device), "cuDeviceGetAttribute"));
  return DeviceDescription{NameOf(ordinal), static_cast<int64_t>(memory), l2_bytes};
}

std::string CudaDriver::NameOf(int ordinal) const {
  cu::Device device = 0;
  std::array<char, 256> name = {};
  if (api_->DeviceGet(&device, ordinal) == 0 && api_->DeviceGetName(name.data(), name.size(), device) == 0) {
    return name.data();
  }
  return StrCat("device ", ordinal);
}

Result<PrimaryContext> PrimaryContext::Retain(const CudaDriver& driver, int ordinal) {
  PrimaryContext context;
  RAGGEDC_RETURN_IF_ERROR(driver.Check(driver.api().DeviceGet(&context.device_, ordinal), "cuDeviceGet"));
  RAGGEDC_RETURN_IF_ERROR(driver.Check(driver.api().DevicePrimaryCtxRetain(&context.context_, context.device_),
                                       "cuDevicePrimaryCtxRetain"));
  context.driver_ = &driver;
  return context;
}

PrimaryContext& PrimaryContext::operator=(PrimaryContext&& other) noexcept {
  std::swap(driver_, other.driver_);
  std::swap(device_, other.device_);
  std::swap(context_, other.context_);
  return *this;
}

PrimaryContext::~PrimaryContext() {
  if (driver_ != nullptr) driver_->api().DevicePrimaryCtxRelease(device_);
}

ScopedContext::ScopedContext(const PrimaryContext& context)
    : driver_(&context.driver()),
      status_(driver_->Check(driver_->api().CtxPushCurrent(context.get()), "cuCtxPushCurrent")) {}

ScopedContext::~ScopedContext() {
  cu::Context popped = nullptr;
  if (status_.ok()) driver_->api().CtxPopCurrent(&popped);
}

Result<DeviceBuffer> DeviceBuffer::Allocate(const CudaDriver& driver, size_t bytes) {
  DeviceBuffer buffer;
  buffer.bytes_ = bytes;
  const Status status = driver.Check(driver.api().MemAlloc(&buffer.address_, bytes == 0 ? 1 : bytes), "cuMemAlloc");
  if (!status.ok()) return status.WithContext(StrCat("allocating ", bytes, " bytes of device memory"));
  buffer.driver_ = &driver;
  return buffer;
}

DeviceBuffer& DeviceBuffer::operator=(DeviceBuffer&& other) noexcept {
  std::swap(driver_, other.driver_);
  std::swap(address_, other.address_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

DeviceBuffer::~DeviceBuffer() {
  if (driver_ != nullptr) driver_->api().MemFree(address_);
}

Status DeviceBuffer::Fill(uint8_t value, size_t offset, size_t count) {
  if (count == 0) return OkStatus();
  return driver_->Check(driver_->api().MemsetD8(address_ + offset, value, count), "cuMemsetD8");
}

Status DeviceBuffer::Upload(const void* source, size_t offset, size_t count) {
  if (count == 0) return OkStatus();
  return driver_->Check(driver_->api().MemcpyHtoD(address_ + offset, source, count), "cuMemcpyHtoD");
}

Status DeviceBuffer::Download(void* target, size_t offset, size_t count) const {
  if (count == 0) return OkStatus();
  return driver_->Check(driver_->api().MemcpyDtoH(target, address_ + offset, count), "cuMemcpyDtoH");
}

Result<DeviceStream> DeviceStream::Create(const CudaDriver& driver) {
  DeviceStream stream;
  RAGGEDC_RETURN_IF_ERROR(
      driver.Check(driver.api().StreamCreate(&stream.stream_, kNonBlockingStream), "cuStreamCreate"));
  stream.driver_ = &driver;
  return stream;
}

DeviceStream& DeviceStream::operator=(DeviceStream&& other) noexcept {
  std::swap(driver_, other.driver_);
  std::swap(stream_, other.stream_);
  return *this;
}

DeviceStream::~DeviceStream() {
  if (driver_ != nullptr) driver_->api().StreamDestroy(stream_);
}

Status DeviceStream::Synchronize() const {
  return driver_->Check(driver_->api().StreamSynchronize(stream_), "cuStreamSynchronize");
}

}  // namespace raggedc
