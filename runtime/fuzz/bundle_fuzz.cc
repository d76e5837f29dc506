#include "runtime/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  raggedc::CheckBundle({reinterpret_cast<const char*>(data), size});
  return 0;
}
