// GPU time of work on a stream: launches captured in a graph, replayed, measured with events.
#ifndef RAGGEDC_RUNTIME_TIMING_H_
#define RAGGEDC_RUNTIME_TIMING_H_

#include <functional>
#include <vector>

#include "runtime/cuda_driver.h"
#include "runtime/status.h"

namespace raggedc {

struct TimingOptions {
  int calls_per_graph = 10;
  int replays = 20;      // samples
  int warmup = 3;        // replays that are not counted
  bool cold_l2 = false;  // one call a graph; before each sample the L2 cache is overwritten
};

struct Timing {
  double median_us = 0;  // of one call
  double minimum_us = 0;
  double maximum_us = 0;
  std::vector<double> samples_us;  // in the order of measurement
};

// Puts one call's work on the stream. It must not synchronise or allocate.
using EnqueueFunction = std::function<Status(cu::Stream)>;

// Needs a current context; blocks until all samples are taken.
Result<Timing> TimeOnStream(const CudaDriver& driver, const DeviceStream& stream, const EnqueueFunction& enqueue,
                            const TimingOptions& options = {});

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_TIMING_H_
