// A shared library opened at run time.
#ifndef RAGGEDC_RUNTIME_DYNAMIC_LIBRARY_H_
#define RAGGEDC_RUNTIME_DYNAMIC_LIBRARY_H_

#include <string>

#include "runtime/status.h"

namespace raggedc {

// Stays open for the life of the process: NVRTC and the driver keep threads and exit handlers of their own, so
// closing them is not safe. A handle is therefore a plain value that may be copied and used from any thread.
class DynamicLibrary {
 public:
  // `name` is a path or a name for the loader's own search. Failure is an environment error with the loader's text.
  static Result<DynamicLibrary> Open(const std::string& name);

  // The file that was loaded, as the loader knows it.
  const std::string& path() const { return path_; }

  // The address of `symbol`, or null.
  void* Find(const char* symbol) const;

  // Stores the address of `symbol` in a function pointer; an environment error when the library lacks it.
  template <typename Function>
  Status Load(const char* symbol, Function** function) const {
    *function = reinterpret_cast<Function*>(Find(symbol));
    return *function != nullptr ? OkStatus() : MissingSymbol(symbol);
  }

 private:
  Status MissingSymbol(const char* symbol) const;

  void* handle_ = nullptr;
  std::string path_;
};

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_DYNAMIC_LIBRARY_H_
