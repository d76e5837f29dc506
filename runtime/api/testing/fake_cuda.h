/* A CUDA driver without a GPU, for tests: it keeps account of what it is asked to do, fails when it is told to, and
 * notices what a real driver would not forgive. Opened like libcuda.so.1, and linked by the tests, which steer it with
 * the functions below.
 *
 * A "cubin" is the text that Image() makes. A real one is taken too: for any device, with a kernel under every name,
 * of whose parameters the first three are looked at. Device memory is host memory. The first eight bytes of a tensor
 * map, which are what is kept of one that is launched with, are the address it was made of. */
#ifndef RAGGEDC_RUNTIME_API_TESTING_FAKE_CUDA_H_
#define RAGGEDC_RUNTIME_API_TESTING_FAKE_CUDA_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#define FAKE_CUDA_API __attribute__((visibility("default")))

namespace fake_cuda {

struct Launch {
  std::string symbol;
  std::string arch;  // of the image it is from
  uint64_t library = 0;
  int device = 0;
  unsigned grid[3] = {};
  unsigned block[3] = {};
  unsigned shared_bytes = 0;
  std::vector<uint64_t> params;
  void* stream = nullptr;
  bool captured = false;      // into a capture of the stream, not run
  bool in_graph = false;      // run as part of a graph
  bool programmatic = false;  // with programmatic stream serialization
};

struct Counts {
  int64_t launches = 0;  // graphs' included
  int64_t libraries_loaded = 0, libraries_live = 0;
  int64_t graphs_live = 0, executables_live = 0, executables_made = 0, executables_updated = 0;
  int64_t contexts_retained = 0;  // primary contexts, less those released
  int64_t attributes_set = 0;
  int64_t functions_resident = 0;   // cuKernelGetFunction
  int64_t stream_queries = 0;       // cuStreamGetCtx and cuStreamIsCapturing
  int64_t device_descriptions = 0;  // what a driver may have to ask a device for: its name, memory, other attributes
  int64_t maps_encoded = 0;         // cuTensorMapEncodeTiled
};

// Everything as it was at the start: one device of compute capability 9.0, its primary context current in this thread.
FAKE_CUDA_API void Reset();
FAKE_CUDA_API void SetDevices(const std::vector<int>& capabilities);  // 90, 86, ...

// Of CUDA, 13000 at the start. Asked when a file is opened as the driver for the first time, under each of its names.
FAKE_CUDA_API void SetVersion(int version);

// The `nth` call of `function` from now on ("cuLaunchKernel"), counted from 1, and the `times` - 1 after it return
// `result`; only on `device` unless that is -1. One plan at a time for each function.
FAKE_CUDA_API void FailNext(std::string_view function, int result, int times = 1, int device = -1, int nth = 1);

FAKE_CUDA_API std::string Image(std::string_view arch, std::string_view symbol, int params);

FAKE_CUDA_API void* MakeStream(int device);
FAKE_CUDA_API void DestroyStream(void* stream);
// The stream's handle, at the same address, now belongs to another device.
FAKE_CUDA_API void MoveStream(void* stream, int device);
FAKE_CUDA_API void BeginCapture(void* stream);
FAKE_CUDA_API std::vector<Launch> EndCapture(void* stream);  // what a graph of it would run
FAKE_CUDA_API void ReplayCapture(const std::vector<Launch>& captured);

FAKE_CUDA_API void SetCurrentDevice(int device);  // of this thread; -1: no current context

// Whether launches are kept (the default) or only counted.
FAKE_CUDA_API void Record(bool on);
// Launches that are only counted give other threads a turn, and look again whether their kernel is loaded.
FAKE_CUDA_API void LingerInLaunches(bool on);
FAKE_CUDA_API std::vector<Launch> TakeLaunches();
FAKE_CUDA_API Counts GetCounts();

// Or-s bits into the status word of every live library on a device.
FAKE_CUDA_API void RaiseStatus(int device, uint32_t bits);

// What went wrong: a launch of an unloaded kernel, a forbidden call during a capture, ... Empty when nothing did.
FAKE_CUDA_API std::vector<std::string> Violations();

}  // namespace fake_cuda

#endif  // RAGGEDC_RUNTIME_API_TESTING_FAKE_CUDA_H_
