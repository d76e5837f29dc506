// The tensor maps of a thread's latest launches. Making one takes the driver a while, and most launches have the
// addresses of one before.
#ifndef RAGGEDC_RUNTIME_API_RECENT_MAPS_H_
#define RAGGEDC_RUNTIME_API_RECENT_MAPS_H_

#include "runtime/api/launch_plan.h"
#include "runtime/cuda_driver.h"

namespace raggedc {

// Lets the parameters behind `plan.param_count` point to the maps of what those before them, which are set, point to.
// The maps stay until this thread calls again. Neither allocates nor locks; an error is the driver's.
cu::Result PointToMaps(const CudaDriver::Api& api, const KernelLaunchPlan& plan, void** params);

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_API_RECENT_MAPS_H_
