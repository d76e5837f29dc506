//===- Binary.h - CUDA C++ to a checked cubin -------------------*- C++ -*-===//

#ifndef RAGGEDC_TOOLS_RAGGEDC_BINARY_H
#define RAGGEDC_TOOLS_RAGGEDC_BINARY_H

#include <string>
#include <vector>

#include "runtime/resource_report.h"
#include "runtime/status.h"

namespace raggedc {

struct BinaryOptions {
  std::string arch = "sm_90a";
  std::string name = "kernel.cu";  ///< how messages call the source
  bool wantPtx = false;
  bool allowSpills = false;
  std::string asked;  ///< the flags that ask for a schedule, for messages
};

struct Binary {
  std::string cubin;
  std::string ptx;                         ///< only with wantPtx
  std::vector<KernelResources> resources;  ///< one for each kernel
  double nvrtcMilliseconds = 0;
};

/// Compiles with NVRTC and reads ptxas's report; spills and stack frames are errors unless allowed. No GPU is needed.
Result<Binary> buildBinary(const std::string& cuda, const BinaryOptions& options);

/// An error that says what could be done, if one of the kernels spills or has a stack frame.
Status checkSpills(const Binary& binary, const BinaryOptions& options);

}  // namespace raggedc

#endif  // RAGGEDC_TOOLS_RAGGEDC_BINARY_H
