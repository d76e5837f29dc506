// Errors as values: Status (no value) and Result<T> (a value or the Status that says why there is none).
//
// Messages are one line, begin in lower case, say what was expected and what was found, and end without a period:
// `expected dim to be a multiple of 8, got 60`. Whoever prints them adds the program's name and the location.
// Nothing in runtime/ throws on purpose; only running out of host memory still does.
#ifndef RAGGEDC_RUNTIME_STATUS_H_
#define RAGGEDC_RUNTIME_STATUS_H_

#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace raggedc {

enum class StatusCode {
  kOk,
  kInvalidArgument,  // what the caller or the user gave is wrong: exit 1
  kEnvironment,      // this machine lacks something (NVRTC, driver, GPU, a writable disk): exit 2
  kInternal,         // a mistake of raggedc itself (generated code that does not compile, a corrupted guard): exit 2
};

class [[nodiscard]] Status {
 public:
  // The default Status is ok.
  Status() = default;
  Status(StatusCode code, std::string message) : code_(code), message_(std::move(message)) {}

  bool ok() const { return code_ == StatusCode::kOk; }
  StatusCode code() const { return code_; }
  const std::string& message() const { return message_; }

  // The same error with `context` and ": " in front of the message; an ok status stays as it is.
  Status WithContext(std::string_view context) const;

 private:
  StatusCode code_ = StatusCode::kOk;
  std::string message_;
};

inline Status OkStatus() {
  return Status();
}
Status InvalidArgument(std::string message);
Status EnvironmentError(std::string message);
Status InternalError(std::string message);

// The process exit code of the command line: 0 ok, 1 the input is wrong, 2 anything else.
int ExitCode(const Status& status);

// Either a T or a Status that is not ok. Reading the value of a failed Result ends the process (a programming error).
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}         // NOLINT: implicit, so that `return value;` works
  Result(Status status) : status_(std::move(status)) {  // NOLINT: implicit, so that `return status;` works
    if (status_.ok()) std::abort();
  }

  bool ok() const { return value_.has_value(); }
  const Status& status() const { return status_; }

  T& value() & {
    Require();
    return *value_;
  }
  const T& value() const& {
    Require();
    return *value_;
  }
  T&& value() && {
    Require();
    return std::move(*value_);
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  void Require() const {
    if (!value_.has_value()) std::abort();
  }

  Status status_;
  std::optional<T> value_;
};

// RAGGEDC_RETURN_IF_ERROR(F()) returns F's Status from the enclosing function unless it is ok.
// RAGGEDC_ASSIGN_OR_RETURN(auto x, F()) declares x from F's Result, or returns its Status.
#define RAGGEDC_RETURN_IF_ERROR(expression)                                      \
  do {                                                                           \
    if (::raggedc::Status raggedc_status = (expression); !raggedc_status.ok()) { \
      return raggedc_status;                                                     \
    }                                                                            \
  } while (false)

#define RAGGEDC_CONCAT_INNER(a, b) a##b
#define RAGGEDC_CONCAT(a, b) RAGGEDC_CONCAT_INNER(a, b)
#define RAGGEDC_ASSIGN_OR_RETURN(declaration, expression) \
  RAGGEDC_ASSIGN_OR_RETURN_IMPL(RAGGEDC_CONCAT(raggedc_result_, __LINE__), declaration, expression)
#define RAGGEDC_ASSIGN_OR_RETURN_IMPL(result, declaration, expression) \
  auto result = (expression);                                          \
  if (!result.ok()) return result.status();                            \
  declaration = std::move(result).value()

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_STATUS_H_
