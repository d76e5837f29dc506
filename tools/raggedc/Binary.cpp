//===- Binary.cpp - CUDA C++ to a checked cubin ----------------------------===//

#include "tools/raggedc/Binary.h"

#include "runtime/nvrtc.h"

namespace raggedc {

namespace {

/// From this version on NVRTC keeps compilations on disk where there is a driver, and gives no report on those it
/// finds.
constexpr int kFirstVersionWithCache = 12090;

/// Who asked for a schedule that spills can ask for less, or accept it.
Status adviseOnSpills(const Status& status, const std::string& asked) {
  if (asked.empty()) return InternalError(status.message() + "; --allow-spills accepts it");
  return InvalidArgument(status.message() + "; relax " + asked + ", or accept it with --allow-spills");
}

}  // namespace

Result<Binary> buildBinary(const std::string& cuda, const BinaryOptions& options) {
  RAGGEDC_ASSIGN_OR_RETURN(std::shared_ptr<const Nvrtc> nvrtc, Nvrtc::Load());
  CompileRequest request;
  request.source = cuda;
  request.name = options.name;
  request.arch = options.arch;
  request.want_ptx = options.wantPtx;
  if (nvrtc->version() >= kFirstVersionWithCache) request.options.push_back("--no-cache");
  CompileOutput output;
  RAGGEDC_RETURN_IF_ERROR(nvrtc->Compile(request, &output));
  Binary binary;
  binary.cubin = std::move(output.cubin);
  binary.ptx = std::move(output.ptx);
  binary.nvrtcMilliseconds = output.milliseconds;
  RAGGEDC_ASSIGN_OR_RETURN(binary.resources, ParseResourceReport(output.log));
  for (const KernelResources& kernel : binary.resources) RAGGEDC_RETURN_IF_ERROR(CheckNotSerialized(kernel));
  if (!options.allowSpills) RAGGEDC_RETURN_IF_ERROR(checkSpills(binary, options));
  return binary;
}

Status checkSpills(const Binary& binary, const BinaryOptions& options) {
  for (const KernelResources& kernel : binary.resources)
    if (Status status = CheckNoSpills(kernel); !status.ok()) return adviseOnSpills(status, options.asked);
  return OkStatus();
}

}  // namespace raggedc
