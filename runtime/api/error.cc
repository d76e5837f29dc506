#include "runtime/api/error.h"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace raggedc {
namespace {

// Memory of its own for each thread, so that reporting an error needs none: it may be about having none.
constexpr size_t kTextSize = 1024;
thread_local char error_text[kTextSize] = "";

raggedc_status CodeOf(StatusCode code) {
  switch (code) {
    case StatusCode::kOk:
      return RAGGEDC_OK;
    case StatusCode::kInvalidArgument:
      return RAGGEDC_ERROR_INVALID_ARGUMENT;
    case StatusCode::kEnvironment:
      return RAGGEDC_ERROR_UNAVAILABLE;
    case StatusCode::kInternal:
      break;
  }
  return RAGGEDC_ERROR_INTERNAL;
}

// Results after which the driver refuses everything in that context, or has no such device any more.
bool IsDeviceLost(cu::Result result) {
  constexpr cu::Result kLost[] = {
      4,    // the driver is shutting down
      46,   // the device is unavailable
      101,  // no such device
      214,  // memory error that cannot be corrected
      220,  // NVLink error that cannot be corrected
      226,  // contained error
      700,  // illegal address
      702,  // a kernel ran too long
      709,  // the context was destroyed
      710,  // assertion in a kernel
      714, 715, 716, 717, 718,
      719,  // a kernel failed
      999,
  };
  return std::find(std::begin(kLost), std::end(kLost), result) != std::end(kLost);
}

}  // namespace

ApiStatus::ApiStatus(const Status& status) : code_(CodeOf(status.code())), text_(status.message()) {}

ApiStatus DriverStatus(const CudaDriver& driver, cu::Result result, const char* function) {
  if (result == 0) return {};
  const Status status = driver.Check(result, function);
  if (result == cu::kOutOfMemory) return {RAGGEDC_ERROR_OUT_OF_MEMORY, status.message()};
  if (IsDeviceLost(result)) return {RAGGEDC_ERROR_DEVICE_LOST, status.message()};
  return status;
}

raggedc_status Report(const ApiStatus& status) {
  if (status.ok()) return RAGGEDC_OK;
  const std::string_view text = status.text();
  const size_t size = std::min(text.size(), kTextSize - 1);
  std::memcpy(error_text, text.data(), size);
  error_text[size] = '\0';
  return status.code();
}

const char* LastErrorText() {
  return error_text;
}

}  // namespace raggedc
