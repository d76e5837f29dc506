#include "runtime/doctor.h"

#include <unistd.h>

#include <filesystem>

#include "runtime/cache_directory.h"
#include "runtime/nvrtc.h"
#include "runtime/strings.h"

namespace raggedc {
namespace {

// True when the directory, or the nearest of its parents that exists, may be written to.
bool IsWritable(std::filesystem::path path) {
  std::error_code error;
  path = std::filesystem::absolute(path, error);
  while (!path.empty() && !std::filesystem::exists(path, error) && path != path.parent_path())
    path = path.parent_path();
  return std::filesystem::is_directory(path, error) && ::access(path.c_str(), W_OK | X_OK) == 0;
}

void DiagnoseNvrtc(DoctorReport* report) {
  const Result<std::shared_ptr<const Nvrtc>> nvrtc = Nvrtc::LoadFresh();
  report->nvrtc_status = nvrtc.status();
  report->nvrtc_trial_status = nvrtc.status();
  if (!nvrtc.ok()) return;
  report->nvrtc_path = (*nvrtc)->path();
  report->nvrtc_version = (*nvrtc)->VersionText();
  report->nvrtc_architectures = (*nvrtc)->architectures();
  // A broken installation (NVRTC without its builtins library) shows only when it compiles.
  CompileRequest request;
  request.source = "extern \"C\" __global__ void trial(float* x) { x[threadIdx.x] *= 2.0f; }\n";
  request.arch = "sm_80";
  CompileOutput output;
  report->nvrtc_trial_status = (*nvrtc)->Compile(request, &output);
  report->nvrtc_trial_milliseconds = output.milliseconds;
}

void DiagnoseDriver(DoctorReport* report) {
  const Result<const CudaDriver*> driver = CudaDriver::Load();
  report->driver_status = driver.status();
  report->devices_status = driver.status();
  if (!driver.ok()) return;
  report->driver_path = (*driver)->path();
  report->driver_version = (*driver)->VersionText();
  Result<std::vector<DeviceInfo>> devices = (*driver)->Devices();
  report->devices_status = devices.status();
  if (!devices.ok()) return;
  for (const DeviceInfo& device : *devices) {
    const Result<DeviceDescription> described = (*driver)->Describe(device.ordinal);
    if (!described.ok()) report->devices_status = described.status();
    report->descriptions.push_back(described.ok() ? *described : DeviceDescription{(*driver)->NameOf(device.ordinal)});
  }
  report->devices = std::move(devices).value();
}

}  // namespace

DoctorReport Diagnose() {
  DoctorReport report;
  DiagnoseNvrtc(&report);
  DiagnoseDriver(&report);
  report.cache_directory = CacheDirectory();
  report.cache_writable = !report.cache_directory.empty() && IsWritable(report.cache_directory);
  return report;
}

}  // namespace raggedc
