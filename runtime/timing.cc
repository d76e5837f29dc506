#include "runtime/timing.h"

#include <algorithm>

namespace raggedc {
namespace {

constexpr int kThreadLocalCapture = 1;
constexpr int64_t kFlushBytes = 256 << 20;  // several times any L2 cache

// Owned handles of one measurement.
struct Measurement {
  explicit Measurement(const CudaDriver& driver) : api(driver.api()) {}
  Measurement(const Measurement&) = delete;
  Measurement& operator=(const Measurement&) = delete;
  ~Measurement() {
    if (begin != nullptr) api.EventDestroy(begin);
    if (end != nullptr) api.EventDestroy(end);
    if (exec != nullptr) api.GraphExecDestroy(exec);
    if (graph != nullptr) api.GraphDestroy(graph);
  }
  const CudaDriver::Api& api;
  cu::Event begin = nullptr;
  cu::Event end = nullptr;
  cu::Graph graph = nullptr;
  cu::GraphExec exec = nullptr;
};

Status Capture(const CudaDriver& driver, cu::Stream stream, const EnqueueFunction& enqueue, int calls,
               Measurement* measurement) {
  const CudaDriver::Api& api = driver.api();
  RAGGEDC_RETURN_IF_ERROR(driver.Check(api.StreamBeginCapture(stream, kThreadLocalCapture), "cuStreamBeginCapture"));
  Status enqueued;
  for (int i = 0; i < calls && enqueued.ok(); ++i) enqueued = enqueue(stream);
  // Capture ends in any case, or the stream would stay unusable.
  const Status ended = driver.Check(api.StreamEndCapture(stream, &measurement->graph), "cuStreamEndCapture");
  RAGGEDC_RETURN_IF_ERROR(enqueued);
  RAGGEDC_RETURN_IF_ERROR(ended);
  return driver.Check(api.GraphInstantiate(&measurement->exec, measurement->graph, 0), "cuGraphInstantiate");
}

}  // namespace

Result<Timing> TimeOnStream(const CudaDriver& driver, const DeviceStream& stream, const EnqueueFunction& enqueue,
                            const TimingOptions& options) {
  const CudaDriver::Api& api = driver.api();
  const int calls = options.cold_l2 ? 1 : std::max(1, options.calls_per_graph);
  const int replays = std::max(1, options.replays);
  Measurement measurement(driver);
  RAGGEDC_RETURN_IF_ERROR(Capture(driver, stream.get(), enqueue, calls, &measurement));
  RAGGEDC_RETURN_IF_ERROR(driver.Check(api.EventCreate(&measurement.begin, 0), "cuEventCreate"));
  RAGGEDC_RETURN_IF_ERROR(driver.Check(api.EventCreate(&measurement.end, 0), "cuEventCreate"));
  DeviceBuffer flush;
  if (options.cold_l2) {
    RAGGEDC_ASSIGN_OR_RETURN(flush, DeviceBuffer::Allocate(driver, kFlushBytes));
  }

  Timing timing;
  for (int i = -options.warmup; i < replays; ++i) {
    if (options.cold_l2) {
      RAGGEDC_RETURN_IF_ERROR(
          driver.Check(api.MemsetD8Async(flush.address(), 0, kFlushBytes, stream.get()), "cuMemsetD8Async"));
    }
    RAGGEDC_RETURN_IF_ERROR(driver.Check(api.EventRecord(measurement.begin, stream.get()), "cuEventRecord"));
    RAGGEDC_RETURN_IF_ERROR(driver.Check(api.GraphLaunch(measurement.exec, stream.get()), "cuGraphLaunch"));
    RAGGEDC_RETURN_IF_ERROR(driver.Check(api.EventRecord(measurement.end, stream.get()), "cuEventRecord"));
    RAGGEDC_RETURN_IF_ERROR(driver.Check(api.EventSynchronize(measurement.end), "cuEventSynchronize"));
    float milliseconds = 0;
    RAGGEDC_RETURN_IF_ERROR(
        driver.Check(api.EventElapsedTime(&milliseconds, measurement.begin, measurement.end), "cuEventElapsedTime"));
    if (i >= 0) timing.samples_us.push_back(double{milliseconds} * 1000 / calls);
  }
  std::vector<double> sorted = timing.samples_us;
  std::sort(sorted.begin(), sorted.end());
  timing.minimum_us = sorted.front();
  timing.maximum_us = sorted.back();
  timing.median_us = (sorted[(sorted.size() - 1) / 2] + sorted[sorted.size() / 2]) / 2;
  return timing;
}

}  // namespace raggedc
