#include "runtime/api/compiler_library.h"

#include <dlfcn.h>

#include <cstdlib>
#include <mutex>
#include <utility>

#include "runtime/dynamic_library.h"
#include "runtime/nvrtc.h"
#include "runtime/resource_report.h"
#include "runtime/strings.h"

namespace raggedc {
namespace {

constexpr char kName[] = "libraggedc.so.0";
constexpr int kFirstNvrtcWithCache = 12090;  // which gives no report on what it finds there

// The folder of the shared library, or program, that holds this code; "" when it is not known.
std::string OwnFolder() {
  Dl_info info;
  if (::dladdr(reinterpret_cast<const void*>(&OwnFolder), &info) == 0 || info.dli_fname == nullptr) return "";
  const std::string path = info.dli_fname;
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

}  // namespace

Status CompilerLibrary::LoadFrom(const std::string& path) {
  DynamicLibrary library;
  if (!path.empty()) {
    RAGGEDC_ASSIGN_OR_RETURN(library, DynamicLibrary::Open(path));
    path_ = library.path();
  }
  const auto load = [&](const char* symbol, auto* function) -> Status {
    void* address = path.empty() ? ::dlsym(RTLD_DEFAULT, symbol) : library.Find(symbol);
    *function = reinterpret_cast<std::remove_pointer_t<decltype(function)>>(address);
    if (address != nullptr) return OkStatus();
    return EnvironmentError(
        StrCat("expected ", path.empty() ? "the program" : path_, " to have ", symbol, ", got none"));
  };
  RAGGEDC_RETURN_IF_ERROR(load("raggedc_compiler_abi", &abi_));
  if (const int32_t abi = abi_(); abi != RAGGEDC_COMPILER_ABI) {
    return EnvironmentError(StrCat("expected ", path_, " to have the binary interface ", RAGGEDC_COMPILER_ABI, ", got ",
                                   abi, ": it is of another version of raggedc"));
  }
  RAGGEDC_RETURN_IF_ERROR(load("raggedc_compiler_compile", &compile_));
  RAGGEDC_RETURN_IF_ERROR(load("raggedc_compiler_result_cuda", &cuda_));
  RAGGEDC_RETURN_IF_ERROR(load("raggedc_compiler_result_manifest", &manifest_));
  RAGGEDC_RETURN_IF_ERROR(load("raggedc_compiler_result_diagnostics", &diagnostics_));
  RAGGEDC_RETURN_IF_ERROR(load("raggedc_compiler_result_destroy", &destroy_));
  return load("raggedc_compiler_build_id", &build_id_);
}

namespace {

struct ProcessWide {
  std::mutex mutex;
  const CompilerLibrary* library = nullptr;  // never destroyed, see DynamicLibrary
};
ProcessWide& TheCompiler() {
  static ProcessWide* const one = new ProcessWide;
  return *one;
}

std::string Named() {
  const char* named = std::getenv("RAGGEDC_COMPILER");
  return named == nullptr ? "" : named;
}

}  // namespace

std::vector<std::string> CompilerLibrary::Candidates() {
  if (const std::string named = Named(); !named.empty()) return {named};
  return {OwnFolder() + kName, kName};
}

const CompilerLibrary* CompilerLibrary::Loaded() {
  {
    const std::lock_guard<std::mutex> lock(TheCompiler().mutex);
    if (TheCompiler().library != nullptr) return TheCompiler().library;
  }
  if (!Named().empty() || ::dlsym(RTLD_DEFAULT, "raggedc_compiler_abi") == nullptr) return nullptr;
  const Result<const CompilerLibrary*> own = Load();
  return own.ok() ? *own : nullptr;
}

Result<const CompilerLibrary*> CompilerLibrary::Load() {
  ProcessWide& loaded = TheCompiler();
  const std::lock_guard<std::mutex> lock(loaded.mutex);
  if (loaded.library != nullptr) return loaded.library;
  std::vector<std::string> candidates = Candidates();
  if (Named().empty()) candidates.insert(candidates.begin(), "");
  std::string tried;
  for (const std::string& candidate : candidates) {
    CompilerLibrary library;
    const Status status = library.LoadFrom(candidate);
    if (status.ok()) {
      loaded.library = new CompilerLibrary(std::move(library));
      return loaded.library;
    }
    if (!candidate.empty()) tried += StrCat(tried.empty() ? "" : "; ", status.message());
  }
  return EnvironmentError(StrCat("expected the compiler ", kName, " beside this library or where RAGGEDC_COMPILER ",
                                 "says, got none: ", tried));
}

Result<CompilerLibrary::Text> CompilerLibrary::Compile(const KernelRequest& request, const TuningFile* tuning) const {
  raggedc_compiler_options options = {};
  options.struct_size = sizeof(options);
  options.arch = request.arch.c_str();
  options.batch = request.spec.batch;
  options.quick = request.spec.quick;
  if (tuning != nullptr) {
    options.tuning_table = tuning->bytes.data();
    options.tuning_table_size = tuning->bytes.size();
  }
  const std::string spec = ToString(request.spec.spec);
  raggedc_compiler_result* result = nullptr;
  const int32_t code = compile_(spec.data(), spec.size(), &options, &result);
  const auto text = [&](auto* part) -> std::string {
    size_t size = 0;
    const char* data = part(result, &size);
    return std::string(data, size);
  };
  Text made;
  std::string diagnostics;
  if (code == RAGGEDC_COMPILER_OK) {
    made = {text(cuda_), text(manifest_), text(diagnostics_)};
  } else {
    diagnostics = result == nullptr ? "expected enough memory, got too little" : text(diagnostics_);
  }
  destroy_(result);
  switch (code) {
    case RAGGEDC_COMPILER_OK:
      return made;
    case RAGGEDC_COMPILER_INVALID_ARGUMENT:
      return InvalidArgument(diagnostics);
    case RAGGEDC_COMPILER_ENVIRONMENT:
      return EnvironmentError(diagnostics);
    default:
      return InternalError(diagnostics);
  }
}

Result<KernelSource::Value> CompileText(const CompilerLibrary::Text& text, const Nvrtc& nvrtc,
                                        const KernelRequest& request, const TuningFile* tuning,
                                        const TuningWarning& warn) {
  if (tuning != nullptr && !text.warning.empty()) WarnOfTuningFile(*tuning, text.warning, warn);
  CompiledKernel kernel;
  RAGGEDC_ASSIGN_OR_RETURN(kernel.manifest, ParseManifest(text.manifest));
  CompileRequest to_cubin;
  to_cubin.source = text.cuda;
  to_cubin.arch = request.arch;
  if (nvrtc.version() >= kFirstNvrtcWithCache) to_cubin.options.push_back("--no-cache");
  CompileOutput output;
  RAGGEDC_RETURN_IF_ERROR(nvrtc.Compile(to_cubin, &output));
  RAGGEDC_ASSIGN_OR_RETURN(kernel.resources, ParseResourceReport(output.log));
  for (const KernelResources& resources : kernel.resources) {
    RAGGEDC_RETURN_IF_ERROR(CheckNotSerialized(resources));
    const ManifestKernel* described = kernel.manifest.FindKernel(resources.symbol);
    if (described != nullptr && described->allow_spills) continue;
    RAGGEDC_RETURN_IF_ERROR(CheckNoSpills(resources));
  }
  kernel.cubin = std::move(output.cubin);
  kernel.compile_milliseconds = output.milliseconds;
  return KernelSource::Value(std::make_shared<const CompiledKernel>(std::move(kernel)));
}

}  // namespace raggedc
