// The CUDA driver, opened at run time, with owning wrappers for what raggedc uses. No CUDA header is used.
#ifndef RAGGEDC_RUNTIME_CUDA_DRIVER_H_
#define RAGGEDC_RUNTIME_CUDA_DRIVER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "runtime/status.h"

namespace raggedc {

// The driver's types, with its binary layout, under our own names so that real CUDA headers can be included beside
// them.
namespace cu {
using Result = int;
using Device = int;
using DevicePtr = uint64_t;
using Context = struct ContextTag*;
using Stream = struct StreamTag*;
using Event = struct EventTag*;
using Library = struct LibraryTag*;
using Kernel = struct KernelTag*;
using Graph = struct GraphTag*;
using GraphExec = struct GraphExecTag*;
using GraphNode = struct GraphNodeTag*;

// CUDA_KERNEL_NODE_PARAMS of CUDA 12.0 and newer.
struct KernelNodeParams {
  void* function = nullptr;  // null: `kernel` in `context`
  unsigned grid[3] = {};
  unsigned block[3] = {};
  unsigned shared_bytes = 0;
  void** params = nullptr;
  void** extra = nullptr;
  Kernel kernel = nullptr;
  Context context = nullptr;
};

// CUlaunchAttribute, of which one is used.
struct LaunchAttribute {
  int id = 0;
  alignas(8) int value = 0;
  char rest_of_union[60] = {};
};
static_assert(sizeof(LaunchAttribute) == 72);

inline constexpr int kProgrammaticStreamSerialization = 6;

// CUlaunchConfig.
struct LaunchConfig {
  unsigned grid[3];
  unsigned block[3];
  unsigned shared_bytes;
  Stream stream;
  const LaunchAttribute* attributes;
  unsigned attribute_count;
};
static_assert(sizeof(LaunchConfig) == 56);

// CUtensorMap.
struct alignas(64) TensorMap {
  uint64_t opaque[16] = {};
};
static_assert(sizeof(TensorMap) == 128);

// Results that callers tell apart.
inline constexpr Result kOutOfMemory = 2;
inline constexpr Result kNoBinaryForGpu = 209;
}  // namespace cu

// What compiling and launching need to know, which drivers answer without going to the device.
struct DeviceInfo {
  int ordinal = 0;
  int major = 0;  // compute capability
  int minor = 0;
  int multiprocessors = 0;
  int64_t shared_bytes_per_block = 0;  // the most a block may ask for, opt-in included

  // "sm_90a": what raggedc compiles for on this device (the `a` variant where there is one).
  std::string Arch() const;
};

// What people want to know; may take a driver tenths of a millisecond.
struct DeviceDescription {
  std::string name;
  int64_t memory_bytes = 0;
  int64_t l2_bytes = 0;
};

// The loaded driver, one for the process (one for each file asked for), never unloaded. All functions may be called
// from any thread; those that allocate, copy or launch need a current context (ScopedContext).
class CudaDriver {
 public:
  struct Api;

  // Opens libcuda.so.1 and initialises it. An environment error says what is missing: the library, a usable driver, or
  // a function this driver is too old for. A failure is tried again by the next call.
  static Result<const CudaDriver*> Load() { return Load("libcuda.so.1"); }

  // The same with another file as the driver.
  static Result<const CudaDriver*> Load(const std::string& library);

  const Api& api() const { return *api_; }
  const std::string& path() const { return path_; }
  int version() const { return version_; }  // 13000: the newest CUDA this driver supports
  std::string VersionText() const;          // "13.0"

  // Whether launches may ask for programmatic stream serialization wherever they are, captures included (since CUDA
  // 12.3). The device has to be of compute capability 9.0 or newer.
  bool HasProgrammaticLaunch() const { return version_ >= 12030; }

  // Ok, or an error with the function, the driver's name of the error and its text. Out of memory and failures of the
  // machine are environment errors; what a wrong kernel causes (an illegal address, ...) is internal.
  Status Check(cu::Result result, const char* function) const;

  // All devices; an environment error when there is none.
  Result<std::vector<DeviceInfo>> Devices() const;
  Result<DeviceInfo> Device(int ordinal) const;

  Result<DeviceDescription> Describe(int ordinal) const;
  std::string NameOf(int ordinal) const;  // "NVIDIA H200"; "device 0" where the driver does not say

 private:
  CudaDriver() = default;
  Api* api_ = nullptr;
  std::string path_;
  int version_ = 0;
};

// Keeps the primary context of a device alive. Memory, streams and modules made in it must not outlive the last holder.
class PrimaryContext {
 public:
  static Result<PrimaryContext> Retain(const CudaDriver& driver, int ordinal);
  PrimaryContext() = default;
  PrimaryContext(PrimaryContext&& other) noexcept { *this = std::move(other); }
  PrimaryContext& operator=(PrimaryContext&& other) noexcept;
  ~PrimaryContext();

  const CudaDriver& driver() const { return *driver_; }
  cu::Context get() const { return context_; }

 private:
  const CudaDriver* driver_ = nullptr;
  cu::Device device_ = 0;
  cu::Context context_ = nullptr;
};

// Makes a context current in this thread and puts back the previous one when the scope ends.
class ScopedContext {
 public:
  explicit ScopedContext(const PrimaryContext& context);
  ScopedContext(const ScopedContext&) = delete;
  ScopedContext& operator=(const ScopedContext&) = delete;
  ~ScopedContext();

  const Status& status() const { return status_; }

 private:
  const CudaDriver* driver_;
  Status status_;
};

// Owned device memory. A size of 0 is allocated as one byte, so that the address is never null.
class DeviceBuffer {
 public:
  static Result<DeviceBuffer> Allocate(const CudaDriver& driver, size_t bytes);
  DeviceBuffer() = default;
  DeviceBuffer(DeviceBuffer&& other) noexcept { *this = std::move(other); }
  DeviceBuffer& operator=(DeviceBuffer&& other) noexcept;
  ~DeviceBuffer();

  cu::DevicePtr address() const { return address_; }
  size_t bytes() const { return bytes_; }

  // Synchronous; `offset + count` within bytes().
  Status Fill(uint8_t value, size_t offset, size_t count);
  Status Upload(const void* source, size_t offset, size_t count);
  Status Download(void* target, size_t offset, size_t count) const;

 private:
  const CudaDriver* driver_ = nullptr;
  cu::DevicePtr address_ = 0;
  size_t bytes_ = 0;
};

// An owned stream that does not wait for the default stream.
class DeviceStream {
 public:
  static Result<DeviceStream> Create(const CudaDriver& driver);
  DeviceStream() = default;
  DeviceStream(DeviceStream&& other) noexcept { *this = std::move(other); }
  DeviceStream& operator=(DeviceStream&& other) noexcept;
  ~DeviceStream();

  cu::Stream get() const { return stream_; }
  Status Synchronize() const;

 private:
  const CudaDriver* driver_ = nullptr;
  cu::Stream stream_ = nullptr;
};

// The driver's functions as raggedc declares them (names without the version suffix of the binary symbol).
struct CudaDriver::Api {
  cu::Result (*Init)(unsigned flags);
  cu::Result (*DriverGetVersion)(int* version);
  cu::Result (*GetErrorName)(cu::Result error, const char** text);
  cu::Result (*GetErrorString)(cu::Result error, const char** text);
  cu::Result (*DeviceGetCount)(int* count);
  cu::Result (*DeviceGet)(cu::Device* device, int ordinal);
  cu::Result (*DeviceGetName)(char* name, int length, cu::Device device);
  cu::Result (*DeviceGetAttribute)(int* value, int attribute, cu::Device device);
  cu::Result (*DeviceTotalMem)(size_t* bytes, cu::Device device);
  cu::Result (*DevicePrimaryCtxRetain)(cu::Context* context, cu::Device device);
  cu::Result (*DevicePrimaryCtxRelease)(cu::Device device);
  cu::Result (*CtxPushCurrent)(cu::Context context);
  cu::Result (*CtxPopCurrent)(cu::Context* context);
  cu::Result (*CtxSynchronize)();
  cu::Result (*CtxGetCurrent)(cu::Context* context);
  cu::Result (*CtxGetDevice)(cu::Device* device);
  cu::Result (*LibraryLoadData)(cu::Library* library, const void* code, int* jit_options, void** jit_values,
                                unsigned jit_count, int* library_options, void** library_values,
                                unsigned library_count);
  cu::Result (*LibraryUnload)(cu::Library library);
  cu::Result (*LibraryGetKernel)(cu::Kernel* kernel, cu::Library library, const char* name);
  cu::Result (*KernelGetFunction)(void** function, cu::Kernel kernel);
  cu::Result (*LibraryGetGlobal)(cu::DevicePtr* address, size_t* bytes, cu::Library library, const char* name);
  cu::Result (*KernelGetAttribute)(int* value, int attribute, cu::Kernel kernel, cu::Device device);
  cu::Result (*KernelSetAttribute)(int attribute, int value, cu::Kernel kernel, cu::Device device);
  cu::Result (*OccupancyMaxActiveBlocksPerMultiprocessor)(int* blocks, cu::Kernel kernel, int block_threads,
                                                          size_t shared_bytes);
  cu::Result (*LaunchKernel)(cu::Kernel kernel, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x,
                             unsigned block_y, unsigned block_z, unsigned shared_bytes, cu::Stream stream,
                             void** params, void** extra);
  cu::Result (*LaunchKernelEx)(const cu::LaunchConfig* config, cu::Kernel kernel, void** params, void** extra);
  cu::Result (*MemAlloc)(cu::DevicePtr* address, size_t bytes);
  cu::Result (*MemFree)(cu::DevicePtr address);
  cu::Result (*MemcpyHtoD)(cu::DevicePtr target, const void* source, size_t bytes);
  cu::Result (*MemcpyDtoH)(void* target, cu::DevicePtr source, size_t bytes);
  cu::Result (*MemsetD8)(cu::DevicePtr target, unsigned char value, size_t bytes);
  cu::Result (*MemsetD8Async)(cu::DevicePtr target, unsigned char value, size_t bytes, cu::Stream stream);
  cu::Result (*MemcpyDtoHAsync)(void* target, cu::DevicePtr source, size_t bytes, cu::Stream stream);
  cu::Result (*StreamCreate)(cu::Stream* stream, unsigned flags);
  cu::Result (*StreamDestroy)(cu::Stream stream);
  cu::Result (*StreamSynchronize)(cu::Stream stream);
  cu::Result (*StreamBeginCapture)(cu::Stream stream, int mode);
  cu::Result (*StreamEndCapture)(cu::Stream stream, cu::Graph* graph);
  cu::Result (*StreamIsCapturing)(cu::Stream stream, int* status);
  cu::Result (*StreamGetCtx)(cu::Stream stream, cu::Context* context);
  cu::Result (*ThreadExchangeStreamCaptureMode)(int* mode);
  cu::Result (*GraphCreate)(cu::Graph* graph, unsigned flags);
  cu::Result (*GraphAddKernelNode)(cu::GraphNode* node, cu::Graph graph, const cu::GraphNode* after, size_t after_count,
                                   const cu::KernelNodeParams* params);
  cu::Result (*GraphExecKernelNodeSetParams)(cu::GraphExec exec, cu::GraphNode node,
                                             const cu::KernelNodeParams* params);
  cu::Result (*GraphInstantiate)(cu::GraphExec* exec, cu::Graph graph, unsigned long long flags);
  cu::Result (*GraphLaunch)(cu::GraphExec exec, cu::Stream stream);
  cu::Result (*GraphExecDestroy)(cu::GraphExec exec);
  cu::Result (*GraphDestroy)(cu::Graph graph);
  cu::Result (*EventCreate)(cu::Event* event, unsigned flags);
  cu::Result (*EventDestroy)(cu::Event event);
  cu::Result (*EventRecord)(cu::Event event, cu::Stream stream);
  cu::Result (*EventSynchronize)(cu::Event event);
  cu::Result (*EventElapsedTime)(float* milliseconds, cu::Event start, cu::Event end);
  // Null where the driver has none; see tensor_map.h.
  cu::Result (*TensorMapEncodeTiled)(cu::TensorMap* map, int type, unsigned rank, void* address, const uint64_t* sizes,
                                     const uint64_t* strides, const uint32_t* box, const uint32_t* element_strides,
                                     int interleave, int swizzle, int promotion, int fill);
};

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_CUDA_DRIVER_H_
