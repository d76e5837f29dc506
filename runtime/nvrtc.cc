#include "runtime/nvrtc.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <optional>

#include "runtime/dynamic_library.h"
#include "runtime/strings.h"

namespace raggedc {

// NVRTC's functions as raggedc declares them.
struct Nvrtc::Api {
  using Program = struct ProgramTag*;
  using Code = int;  // nvrtcResult, 0 is success

  DynamicLibrary library;
  Code (*Version)(int* major, int* minor);
  const char* (*GetErrorString)(Code code);
  Code (*GetNumSupportedArchs)(int* count);
  Code (*GetSupportedArchs)(int* archs);
  Code (*CreateProgram)(Program* program, const char* source, const char* name, int headers, const char* const* texts,
                        const char* const* names);
  Code (*DestroyProgram)(Program* program);
  Code (*CompileProgram)(Program program, int count, const char* const* options);
  Code (*GetProgramLogSize)(Program program, size_t* size);
  Code (*GetProgramLog)(Program program, char* log);
  Code (*GetCubinSize)(Program program, size_t* size);
  Code (*GetCubin)(Program program, char* cubin);
  Code (*GetPtxSize)(Program program, size_t* size);
  Code (*GetPtx)(Program program, char* ptx);

  int major = 0;
  int minor = 0;
  std::vector<int> archs;

  Status LoadFunctions();
  void LoadBuiltins();
  Status Check(Code code, const char* function) const;
};

Status Nvrtc::Api::LoadFunctions() {
  RAGGEDC_RETURN_IF_ERROR(library.Load("nvrtcVersion", &Version));
  RAGGEDC_RETURN_IF_ERROR(library.Load("nvrtcGetErrorString", &GetErrorString));
  RAGGEDC_RETURN_IF_ERROR(library.Load("nvrtcGetNumSupportedArchs", &GetNumSupportedArchs));
  RAGGEDC_RETURN_IF_ERROR(library.Load("nvrtcGetSupportedArchs", &GetSupportedArchs));
  RAGGEDC_RETURN_IF_ERROR(library.Load("nvrtcCreateProgram", &CreateProgram));
  RAGGEDC_RETURN_IF_ERROR(library.Load("nvrtcDestroyProgram", &DestroyProgram));
  RAGGEDC_RETURN_IF_ERROR(library.Load("nvrtcCompileProgram", &CompileProgram));
  RAGGEDC_RETURN_IF_ERROR(library.Load("nvrtcGetProgramLogSize", &GetProgramLogSize));
  RAGGEDC_RETURN_IF_ERROR(library.Load("nvrtcGetProgramLog", &GetProgramLog));
  RAGGEDC_RETURN_IF_ERROR(library.Load("nvrtcGetCUBINSize", &GetCubinSize));
  RAGGEDC_RETURN_IF_ERROR(library.Load("nvrtcGetCUBIN", &GetCubin));
  RAGGEDC_RETURN_IF_ERROR(library.Load("nvrtcGetPTXSize", &GetPtxSize));
  RAGGEDC_RETURN_IF_ERROR(library.Load("nvrtcGetPTX", &GetPtx));
  RAGGEDC_RETURN_IF_ERROR(Check(Version(&major, &minor), "nvrtcVersion"));
  if (major < 12) {
    return EnvironmentError(StrCat("expected NVRTC 12.0 or newer, got ", major, ".", minor, " in ", library.path()));
  }
  int count = 0;
  RAGGEDC_RETURN_IF_ERROR(Check(GetNumSupportedArchs(&count), "nvrtcGetNumSupportedArchs"));
  archs.resize(static_cast<size_t>(count));
  RAGGEDC_RETURN_IF_ERROR(Check(GetSupportedArchs(archs.data()), "nvrtcGetSupportedArchs"));
  std::sort(archs.begin(), archs.end());
  return OkStatus();
}

// At its first compilation NVRTC opens a second library, by name alone, which fails unless the loader knows the folder:
// not so for a Python package, or a toolkit that only CUDA_HOME names. A library of that name that is open already is
// taken, hence the one beside NVRTC is opened here. Where there is none, NVRTC's own search and message stand.
void Nvrtc::Api::LoadBuiltins() {
  std::error_code error;
  const std::filesystem::path file = std::filesystem::canonical(library.path(), error);
  if (error) return;
  (void)DynamicLibrary::Open(file.parent_path() / StrCat("libnvrtc-builtins.so.", major, ".", minor));
}

Status Nvrtc::Api::Check(Code code, const char* function) const {
  if (code == 0) return OkStatus();
  return InternalError(StrCat("expected ", function, " to succeed, got ", GetErrorString(code)));
}

namespace {

// Reads one of NVRTC's results: a size function and a function that fills a buffer. The size of the log and of the PTX
// counts a final zero byte.
template <typename Program, typename SizeFunction, typename ReadFunction>
std::optional<std::string> ReadText(Program program, SizeFunction get_size, ReadFunction read) {
  size_t size = 0;
  if (get_size(program, &size) != 0) return std::nullopt;
  std::string text(size, '\0');
  if (size > 0 && read(program, text.data()) != 0) return std::nullopt;
  return text;
}

void DropFinalZero(std::string* text) {
  if (!text->empty() && text->back() == '\0') text->pop_back();
}

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// The package nvidia-cuda-nvrtc of a Python environment keeps the library in
// lib/python3.*/site-packages/nvidia/{cu13,cuda_nvrtc}/lib/libnvrtc.so.*.
void AddFromPythonEnvironment(const std::filesystem::path& environment, std::vector<std::string>* candidates) {
  namespace fs = std::filesystem;
  std::vector<std::string> found;
  std::error_code ignored;
  for (const fs::directory_entry& python : fs::directory_iterator(environment / "lib", ignored)) {
    for (const fs::directory_entry& package :
         fs::directory_iterator(python.path() / "site-packages" / "nvidia", ignored)) {
      for (const fs::directory_entry& file : fs::directory_iterator(package.path() / "lib", ignored)) {
        if (file.path().filename().string().starts_with("libnvrtc.so")) found.push_back(file.path().string());
      }
    }
  }
  std::sort(found.rbegin(), found.rend());  // the highest version first
  candidates->insert(candidates->end(), found.begin(), found.end());
}

// The environment that the user names or, for a program in its build folder, the one of its source tree.
std::string PythonEnvironment() {
  if (std::string named = Environment("RAGGEDC_VENV"); !named.empty()) return named;
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? "" : Nvrtc::PythonEnvironmentOf(program);
}

// The line of `source` with that number, from 1, or nothing.
std::string_view SourceLine(std::string_view source, int line) {
  const std::vector<std::string_view> lines = Split(source, '\n');
  if (line < 1 || static_cast<size_t>(line) > lines.size()) return {};
  return Trim(lines[static_cast<size_t>(line) - 1]);
}

std::optional<CompilerMessage> ParseMessage(std::string_view line) {
  using Severity = CompilerMessage::Severity;
  struct Marker {
    std::string_view text;
    Severity severity;
  };
  constexpr Marker kMarkers[] = {
      {": error", Severity::kError},         {": catastrophic error", Severity::kError},
      {"; error", Severity::kError},         {"; fatal", Severity::kError},
      {"ptxas fatal", Severity::kError},     {"ptxas error", Severity::kError},
      {": warning", Severity::kWarning},     {"; warning", Severity::kWarning},
      {"ptxas warning", Severity::kWarning}, {": remark", Severity::kRemark},
  };
  for (const Marker& marker : kMarkers) {
    const size_t at = line.find(marker.text);
    if (at == std::string_view::npos) continue;
    // After the marker come an optional number (" #550-D"), spaces and a colon.
    const size_t colon = line.find(':', at + marker.text.size());
    if (colon == std::string_view::npos) continue;
    const std::string_view between = Trim(line.substr(at + marker.text.size(), colon - at - marker.text.size()));
    if (!between.empty() && between[0] != '#') continue;
    CompilerMessage message;
    message.severity = marker.severity;
    message.text = Trim(line.substr(colon + 1));
    const std::string_view place = line.substr(0, at);
    const size_t open = place.rfind('(');
    if (place.ends_with(')') && open != std::string_view::npos) {
      const std::optional<int64_t> number = ParseInt(place.substr(open + 1, place.size() - open - 2));
      if (number && *number > 0 && *number < (1 << 30)) {
        message.file = place.substr(0, open);
        message.line = static_cast<int>(*number);
      }
    }
    return message;
  }
  return std::nullopt;
}

// The first error as one line, with the text of the source line it names.
std::string FirstError(const CompileRequest& request, const CompileOutput& output, const char* fallback) {
  for (const CompilerMessage& message : output.messages) {
    if (message.severity != CompilerMessage::Severity::kError) continue;
    if (message.line == 0) return Printable(message.text, 400);
    const std::string_view source_line = SourceLine(request.source, message.line);
    return StrCat(message.file, ":", message.line, ": ", Printable(message.text, 400), " in `",
                  Printable(source_line, 160), "`");
  }
  return fallback;
}

}  // namespace

std::vector<CompilerMessage> ParseCompilerLog(std::string_view log) {
  std::vector<CompilerMessage> messages;
  for (const std::string_view line : Split(log, '\n')) {
    if (std::optional<CompilerMessage> message = ParseMessage(line)) messages.push_back(std::move(*message));
  }
  return messages;
}

Nvrtc::Nvrtc() = default;

std::vector<std::string> Nvrtc::Candidates() {
  if (const std::string named = Environment("RAGGEDC_NVRTC"); !named.empty()) return {named};
  std::vector<std::string> candidates = {"libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so"};
  for (const std::string& root : {Environment("CUDA_HOME"), Environment("CUDA_PATH"), std::string("/usr/local/cuda")}) {
    if (root.empty()) continue;
    for (const char* folder : {"/lib64", "/lib"}) candidates.push_back(StrCat(root, folder, "/libnvrtc.so"));
  }
  if (const std::string environment = PythonEnvironment(); !environment.empty())
    AddFromPythonEnvironment(environment, &candidates);
  return candidates;
}

std::string Nvrtc::PythonEnvironmentOf(const std::string& program) {
  std::error_code ignored;
  for (std::filesystem::path folder = std::filesystem::path(program).parent_path(); folder.has_relative_path();
       folder = folder.parent_path()) {
    if (folder.parent_path().filename() == "build" && std::filesystem::exists(folder / "CMakeCache.txt", ignored))
      return folder.parent_path().parent_path() / ".venv";
  }
  return "";
}

Result<std::shared_ptr<const Nvrtc>> Nvrtc::LoadFresh() {
  const std::vector<std::string> candidates = Candidates();
  std::string tried;
  Status unusable;  // the first library that opened and could not be used
  for (const std::string& candidate : candidates) {
    tried += StrCat(tried.empty() ? "" : ", ", candidate);
    Result<DynamicLibrary> library = DynamicLibrary::Open(candidate);
    if (!library.ok()) {
      if (candidates.size() == 1) unusable = library.status();
      continue;
    }
    auto api = std::make_shared<Api>();
    api->library = std::move(library).value();
    if (Status status = api->LoadFunctions(); !status.ok()) {
      if (unusable.ok()) unusable = status;
      continue;
    }
    api->LoadBuiltins();
    std::shared_ptr<Nvrtc> nvrtc(new Nvrtc());
    nvrtc->api_ = std::move(api);
    return std::shared_ptr<const Nvrtc>(std::move(nvrtc));
  }
  const std::string found = unusable.ok() ? "none" : unusable.message();
  if (!Environment("RAGGEDC_NVRTC").empty()) {
    return EnvironmentError(StrCat("expected RAGGEDC_NVRTC to name a usable libnvrtc, got: ", found));
  }
  const std::string environment = PythonEnvironment();
  return EnvironmentError(
      StrCat("expected libnvrtc (looked for ", tried,
             environment.empty() ? "" : StrCat(" and in the Python environment ", Printable(environment, 4096)),
             "), got ", found,
             "; install the CUDA toolkit, or the Python package nvidia-cuda-nvrtc and set RAGGEDC_VENV to its "
             "environment, or set RAGGEDC_NVRTC to the library"));
}

namespace {

// Never destroyed, see DynamicLibrary.
struct ProcessWide {
  std::mutex mutex;
  std::shared_ptr<const Nvrtc> nvrtc;
};
ProcessWide& TheNvrtc() {
  static ProcessWide* const one = new ProcessWide;
  return *one;
}

}  // namespace

Result<std::shared_ptr<const Nvrtc>> Nvrtc::Load() {
  ProcessWide& loaded = TheNvrtc();
  const std::lock_guard<std::mutex> lock(loaded.mutex);
  if (loaded.nvrtc == nullptr) {
    RAGGEDC_ASSIGN_OR_RETURN(loaded.nvrtc, LoadFresh());
  }
  return loaded.nvrtc;
}

std::shared_ptr<const Nvrtc> Nvrtc::Loaded() {
  ProcessWide& loaded = TheNvrtc();
  const std::lock_guard<std::mutex> lock(loaded.mutex);
  return loaded.nvrtc;
}

const std::string& Nvrtc::path() const {
  return api_->library.path();
}
int Nvrtc::major_version() const {
  return api_->major;
}
int Nvrtc::minor_version() const {
  return api_->minor;
}
std::string Nvrtc::VersionText() const {
  return StrCat(api_->major, ".", api_->minor);
}
const std::vector<int>& Nvrtc::architectures() const {
  return api_->archs;
}

Status Nvrtc::CheckArch(std::string_view arch) const {
  std::string_view digits = arch;
  char suffix = 0;
  if (digits.starts_with("sm_")) {
    digits.remove_prefix(3);
    if (digits.ends_with('a') || digits.ends_with('f')) {
      suffix = digits.back();
      digits.remove_suffix(1);
    }
    const std::optional<int64_t> number = ParseInt(digits);
    const bool known = number && std::binary_search(api_->archs.begin(), api_->archs.end(), static_cast<int>(*number));
    const int64_t first_with_suffix = suffix == 'a' ? 90 : suffix == 'f' ? 100 : 80;
    if (known && *number >= first_with_suffix) return OkStatus();
  }
  std::string list;
  for (const int known : api_->archs) {
    if (known >= 80) list += StrCat(list.empty() ? "sm_" : ", sm_", known, known >= 90 ? "[a]" : "");
  }
  return InvalidArgument(StrCat("expected an architecture that NVRTC ", VersionText(), " compiles for (", list,
                                "), got '", Printable(arch), "'"));
}

Status Nvrtc::Compile(const CompileRequest& request, CompileOutput* output) const {
  *output = CompileOutput();
  RAGGEDC_RETURN_IF_ERROR(CheckArch(request.arch));
  Api::Program program = nullptr;
  RAGGEDC_RETURN_IF_ERROR(
      api_->Check(api_->CreateProgram(&program, request.source.c_str(), request.name.c_str(), 0, nullptr, nullptr),
                  "nvrtcCreateProgram"));
  struct Destroyer {
    const Api* api;
    Api::Program* program;
    ~Destroyer() { api->DestroyProgram(program); }
  } destroyer{api_.get(), &program};

  std::vector<std::string> options = {StrCat("--gpu-architecture=", request.arch), "--std=c++20", "--minimal",
                                      "--ptxas-options=-v"};
  options.insert(options.end(), request.options.begin(), request.options.end());
  std::vector<const char*> pointers;
  for (const std::string& option : options) pointers.push_back(option.c_str());

  const auto begin = std::chrono::steady_clock::now();
  const Api::Code code = api_->CompileProgram(program, static_cast<int>(pointers.size()), pointers.data());
  output->milliseconds = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
  output->log = ReadText(program, api_->GetProgramLogSize, api_->GetProgramLog).value_or("");
  DropFinalZero(&output->log);
  output->messages = ParseCompilerLog(output->log);
  if (code != 0) {
    return InternalError(StrCat("expected the generated CUDA code to compile for ", request.arch, ", got ",
                                FirstError(request, *output, api_->GetErrorString(code))));
  }
  std::optional<std::string> cubin = ReadText(program, api_->GetCubinSize, api_->GetCubin);
  if (!cubin || cubin->empty()) return InternalError("expected a cubin from NVRTC, got none");
  output->cubin = std::move(*cubin);
  if (request.want_ptx) {
    std::optional<std::string> ptx = ReadText(program, api_->GetPtxSize, api_->GetPtx);
    if (!ptx || ptx->empty()) return InternalError("expected PTX from NVRTC, got none");
    output->ptx = std::move(*ptx);
    DropFinalZero(&output->ptx);
  }
  return OkStatus();
}

}  // namespace raggedc
