//===- Gpu.h - candidates compiled, checked and measured on a GPU -*- C++ -*-===//

#ifndef RAGGEDC_TOOLS_RAGGEDC_TUNE_GPU_H
#define RAGGEDC_TOOLS_RAGGEDC_TUNE_GPU_H

#include <memory>

#include "runtime/disk_cache/disk_cache.h"
#include "runtime/reference/program.h"
#include "runtime/temporary_folder.h"
#include "runtime/tensor.h"
#include "tools/raggedc/bench/Device.h"
#include "tools/raggedc/tune/Search.h"
#include "tools/raggedc/tune/Shapes.h"

namespace raggedc {

/// The candidates of one shape on one GPU, launched through the C API as a program would. The device, the shape and the
/// cache, which may be null, outlive it; the device's context is current in the thread that samples.
class GpuRunner : public TuneRunner {
 public:
  static Result<std::unique_ptr<GpuRunner>> make(const BenchDevice& device, const TuneShape& shape, DiskCache* cache);

  Status prepare(size_t candidate) override;
  Result<double> sample(size_t candidate) override;
  double now() override;

  int64_t rows() const { return operands->rows; }

 private:
  struct Candidate {
    std::string manifest, cubin;
    ContextHandle context;
    KernelHandle kernel;
  };

  GpuRunner(const BenchDevice& device, const TuneShape& shape, DiskCache* cache, TemporaryFolder folder)
      : device(device), shape(shape), cache(cache), folder(std::move(folder)), candidates(shape.candidates.size()) {}
  Status check(const Candidate& candidate) const;
  Status load(size_t index);

  const BenchDevice& device;
  const TuneShape& shape;
  DiskCache* cache;
  TemporaryFolder folder;
  std::vector<Candidate> candidates;
  std::unique_ptr<Operands> operands;
  std::vector<Tensor> checkInputs;
  ReferenceResult expected;
};

}  // namespace raggedc

#endif  // RAGGEDC_TOOLS_RAGGEDC_TUNE_GPU_H
