// Errors of the C API: a code, and a text for each thread.
#ifndef RAGGEDC_RUNTIME_API_ERROR_H_
#define RAGGEDC_RUNTIME_API_ERROR_H_

#include <string>
#include <utility>

#include "runtime/cuda_driver.h"
#include "runtime/include/raggedc/raggedc.h"
#include "runtime/status.h"

namespace raggedc {

// What an internal function of the API returns: as Status, with the codes of raggedc.h.
class [[nodiscard]] ApiStatus {
 public:
  ApiStatus() = default;
  ApiStatus(raggedc_status code, std::string text) : code_(code), text_(std::move(text)) {}
  ApiStatus(const Status& status);  // NOLINT: implicit, so that `return status;` works

  bool ok() const { return code_ == RAGGEDC_OK; }
  raggedc_status code() const { return code_; }
  const std::string& text() const { return text_; }

 private:
  raggedc_status code_ = RAGGEDC_OK;
  std::string text_;
};

inline ApiStatus ApiInvalid(std::string text) {
  return {RAGGEDC_ERROR_INVALID_ARGUMENT, std::move(text)};
}

// Ok, or what the driver's result means: out of memory, a lost device, or what CudaDriver::Check makes of it.
ApiStatus DriverStatus(const CudaDriver& driver, cu::Result result, const char* function);

// Keeps the text for raggedc_last_error() in this thread, unless ok, and returns the code.
raggedc_status Report(const ApiStatus& status);

// What Report keeps.
const char* LastErrorText();

#define RAGGEDC_API_RETURN_IF_ERROR(expression)                                                             \
  do {                                                                                                      \
    if (::raggedc::ApiStatus raggedc_status_ = (expression); !raggedc_status_.ok()) return raggedc_status_; \
  } while (false)

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_API_ERROR_H_
