//===- Device.h - the GPU and the operands of a benchmark -------*- C++ -*-===//

#ifndef RAGGEDC_TOOLS_RAGGEDC_BENCH_DEVICE_H
#define RAGGEDC_TOOLS_RAGGEDC_BENCH_DEVICE_H

#include <memory>
#include <string>
#include <vector>

#include "runtime/cuda_driver.h"
#include "runtime/include/raggedc/raggedc.h"
#include "runtime/status.h"

namespace raggedc {

/// One GPU with its primary context, current in the thread that made this, and a stream.
struct BenchDevice {
  static Result<std::unique_ptr<BenchDevice>> open(int ordinal);

  const CudaDriver* driver = nullptr;
  DeviceInfo info;
  PrimaryContext primary;
  std::unique_ptr<ScopedContext> current;
  DeviceStream stream;
};

/// What a function of the C API returned, with its text.
Status checkApi(raggedc_status status);

/// Handles of the C API that give themselves back.
struct ContextDeleter {
  void operator()(raggedc_context* context) const { raggedc_context_destroy(context); }
};
struct KernelDeleter {
  void operator()(raggedc_kernel* kernel) const { raggedc_kernel_release(kernel); }
};
struct PreparedDeleter {
  void operator()(raggedc_prepared* prepared) const { raggedc_prepared_destroy(prepared); }
};
using ContextHandle = std::unique_ptr<raggedc_context, ContextDeleter>;
using KernelHandle = std::unique_ptr<raggedc_kernel, KernelDeleter>;
using PreparedHandle = std::unique_ptr<raggedc_prepared, PreparedDeleter>;

Result<raggedc_spec> parseApiSpec(const std::string& text);
Result<std::string> printApiSpec(const raggedc_spec& spec);
Result<ContextHandle> makeContext(const raggedc_context_options& options);
Result<KernelHandle> getKernel(raggedc_context* context, const raggedc_spec& spec, int device);

/// Device memory for one call: rows back to back in sequences of these lengths, and the arguments that point there.
class Operands {
 public:
  enum class Values { Ones, Random };
  static Result<std::unique_ptr<Operands>> make(const BenchDevice& device, const raggedc_spec& spec,
                                                const std::vector<int64_t>& lengths, Values values);

  /// The workspace that `kernel` asks for, if any.
  Status addWorkspace(const raggedc_kernel* kernel);

  /// After a call: every row of the result is there, and a weighted mean of what v holds.
  Status check() const;

  raggedc_launch_args args = RAGGEDC_LAUNCH_ARGS_INIT;
  int64_t rows = 0;
  int64_t bytes = 0;  ///< q, k, v and offsets read once, out written once; without the gaps of strided operands

 private:
  const CudaDriver* driver = nullptr;
  raggedc_spec spec = RAGGEDC_SPEC_INIT;
  Values values = Values::Ones;
  DeviceBuffer q, k, v, offsets, out, workspace;
};

}  // namespace raggedc

#endif  // RAGGEDC_TOOLS_RAGGEDC_BENCH_DEVICE_H
