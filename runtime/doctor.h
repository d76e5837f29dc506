// What this machine has of what raggedc needs, as data; the command line prints it.
#ifndef RAGGEDC_RUNTIME_DOCTOR_H_
#define RAGGEDC_RUNTIME_DOCTOR_H_

#include <string>
#include <vector>

#include "runtime/cuda_driver.h"
#include "runtime/status.h"

namespace raggedc {

struct DoctorReport {
  Status nvrtc_status;  // ok when NVRTC was found; the fields below are then set
  std::string nvrtc_path;
  std::string nvrtc_version;             // "13.5"
  std::vector<int> nvrtc_architectures;  // 80, 86, ...
  double nvrtc_trial_milliseconds = 0;   // compiling a trivial kernel
  Status nvrtc_trial_status;             // whether that worked

  Status driver_status;  // ok when the driver was found and initialised
  std::string driver_path;
  std::string driver_version;  // "13.0": the newest CUDA it supports

  Status devices_status;  // ok when there is at least one device
  std::vector<DeviceInfo> devices;
  std::vector<DeviceDescription> descriptions;  // of these

  std::string cache_directory;  // see CacheDirectory
  bool cache_writable = false;  // or could be made

  bool CanCompile() const { return nvrtc_status.ok() && nvrtc_trial_status.ok(); }
  bool CanRun() const { return driver_status.ok() && devices_status.ok(); }
};

// Never fails: what is missing is in the report.
DoctorReport Diagnose();

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_DOCTOR_H_
