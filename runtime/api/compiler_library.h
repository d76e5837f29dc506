// The compiler, which is a library of its own and may be missing: opened when the first kernel has to be compiled.
#ifndef RAGGEDC_RUNTIME_API_COMPILER_LIBRARY_H_
#define RAGGEDC_RUNTIME_API_COMPILER_LIBRARY_H_

#include <string>
#include <vector>

#include "runtime/api/kernel_source.h"
#include "runtime/include/raggedc/compiler.h"
#include "runtime/nvrtc.h"
#include "runtime/status.h"
#include "runtime/tuning_file.h"

namespace raggedc {

// Immutable once loaded; functions may be called from any thread.
class CompilerLibrary {
 public:
  // The file that RAGGEDC_COMPILER names, and then nothing else; the functions of the program itself, when it links the
  // compiler; libraggedc.so.0 beside the file that this function is in; the loader's search. A success is kept for the
  // process, a failure is tried again. An environment error says where it was looked for.
  static Result<const CompilerLibrary*> Load();

  // What Load has loaded already, or would find in the program itself; null else.
  static const CompilerLibrary* Loaded();

  // The files and names that Load tries, in this order, the program itself apart.
  static std::vector<std::string> Candidates();

  struct Text {
    std::string cuda;
    std::string manifest;  // JSON
    std::string warning;   // why the tuning table was not used, or ""
  };
  // `tuning`: the user's table, or null.
  Result<Text> Compile(const KernelRequest& request, const TuningFile* tuning) const;

  const std::string& path() const { return path_; }  // "" for the program itself
  std::string BuildId() const { return build_id_(); }

 private:
  CompilerLibrary() = default;
  Status LoadFrom(const std::string& path);

  std::string path_;
  decltype(&raggedc_compiler_compile) compile_ = nullptr;
  decltype(&raggedc_compiler_result_cuda) cuda_ = nullptr;
  decltype(&raggedc_compiler_result_manifest) manifest_ = nullptr;
  decltype(&raggedc_compiler_result_diagnostics) diagnostics_ = nullptr;
  decltype(&raggedc_compiler_result_destroy) destroy_ = nullptr;
  decltype(&raggedc_compiler_abi) abi_ = nullptr;
  decltype(&raggedc_compiler_build_id) build_id_ = nullptr;
};

// From the text for a request to a cubin: NVRTC, and the check that nothing spills. `tuning` is the table the text was
// made with, or null; `warn` is told when it was of no use.
Result<KernelSource::Value> CompileText(const CompilerLibrary::Text& text, const Nvrtc& nvrtc,
                                        const KernelRequest& request, const TuningFile* tuning,
                                        const TuningWarning& warn);

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_API_COMPILER_LIBRARY_H_
