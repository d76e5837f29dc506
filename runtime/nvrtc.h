// NVIDIA's run-time compiler: CUDA C++ text in, cubin out. Found and opened at run time; no CUDA header is used.
#ifndef RAGGEDC_RUNTIME_NVRTC_H_
#define RAGGEDC_RUNTIME_NVRTC_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/status.h"

namespace raggedc {

// One message of the compiler, from a log line such as `kernel.cu(12): error: identifier "x" is undefined`.
struct CompilerMessage {
  enum class Severity { kError, kWarning, kRemark };
  Severity severity = Severity::kError;
  std::string file;  // "" when the message names no place
  int line = 0;      // from 1; 0 when the message names no place
  std::string text;  // without file, line and severity
};

// The messages in an NVRTC log, in its order. Lines that are not messages (source excerpts, ptxas reports) are skipped.
std::vector<CompilerMessage> ParseCompilerLog(std::string_view log);

struct CompileRequest {
  std::string source;                // one self-contained text
  std::string name = "kernel.cu";    // how messages call it
  std::string arch;                  // "sm_90a"
  std::vector<std::string> options;  // added to --std=c++20, the architecture and the ptxas report
  bool want_ptx = false;             // keep the PTX as well; costs no time
};

struct CompileOutput {
  std::string cubin;
  std::string ptx;  // only with want_ptx
  std::string log;  // the compiler's log, with the ptxas report (see resource_report.h)
  std::vector<CompilerMessage> messages;
  double milliseconds = 0;  // the compilation alone
};

// A loaded NVRTC. Immutable after Load; all functions may be called from any thread.
class Nvrtc {
 public:
  // Looks for libnvrtc: the file named by RAGGEDC_NVRTC (and then nothing else), the loader's search for
  // libnvrtc.so.13, .so.12 and .so, lib64 and lib of CUDA_HOME, CUDA_PATH and /usr/local/cuda, and the package
  // nvidia-cuda-nvrtc in the Python environment RAGGEDC_VENV (default: that of the source tree, see
  // PythonEnvironmentOf). The current folder is never searched: whoever wrote it would choose the code that runs. An
  // environment error says where it looked and how to install one. A success is kept for the process; a failure is
  // tried again by the next call.
  static Result<std::shared_ptr<const Nvrtc>> Load();

  // What Load has loaded already, or null.
  static std::shared_ptr<const Nvrtc> Loaded();

  // As Load, without the process-wide copy: for tests and `doctor`.
  static Result<std::shared_ptr<const Nvrtc>> LoadFresh();

  // The files and names that Load tries, in this order.
  static std::vector<std::string> Candidates();

  // The folder `.venv` of the source tree that `program` was built in, ROOT/build/PRESET/bin/NAME or deeper, with a
  // CMakeCache.txt in ROOT/build/PRESET; "" for a program that lies elsewhere.
  static std::string PythonEnvironmentOf(const std::string& program);

  const std::string& path() const;
  int major_version() const;
  int minor_version() const;
  int version() const { return major_version() * 1000 + minor_version() * 10; }  // 13050, as CUDA_VERSION counts
  std::string VersionText() const;                                               // "13.5"
  const std::vector<int>& architectures() const;                                 // 80, 86, ..., rising

  // An invalid argument unless `arch` is sm_NN, sm_NNa or sm_NNf with NN of at least 80 and known to this NVRTC.
  Status CheckArch(std::string_view arch) const;

  // Compiles. `output` is filled as far as it goes, log and messages also when compiling fails: an invalid argument for
  // a wrong arch, else an internal error with the first message and the source line it is about. Never keeps state.
  Status Compile(const CompileRequest& request, CompileOutput* output) const;

 private:
  struct Api;
  Nvrtc();

  std::shared_ptr<const Api> api_;
};

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_NVRTC_H_
