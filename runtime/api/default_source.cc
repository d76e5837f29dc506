#include "runtime/api/default_source.h"

#include <map>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "runtime/api/compiler_library.h"
#include "runtime/api/exit_hook.h"
#include "runtime/api/exit_work.h"
#include "runtime/bundle.h"
#include "runtime/disk_cache/disk_cache.h"
#include "runtime/disk_cache/library_notes.h"
#include "runtime/library_search.h"
#include "runtime/nvrtc.h"
#include "runtime/strings.h"
#include "runtime/tuning_file.h"

namespace raggedc {
namespace {

constexpr char kCompilerNote[] = "compiler";
constexpr char kNvrtcNote[] = "nvrtc";

class DefaultSource : public KernelSource {
 public:
  explicit DefaultSource(SourceSettings settings) : settings_(std::move(settings)) {}

  Status OpenBundles() {
    for (const std::string& path : settings_.bundles) {
      RAGGEDC_ASSIGN_OR_RETURN(bundles_.emplace_back(), Bundle::Open(path));
    }
    return OkStatus();
  }

  Result<Value> Find(const KernelRequest& request) override {
    for (const std::unique_ptr<Bundle>& bundle : bundles_) {
      RAGGEDC_ASSIGN_OR_RETURN(Value found, bundle->Find(request.spec.spec, {request.arch, request.shared_bytes}));
      if (found != nullptr) return found;
    }
    return FindOnDisk(request);
  }

  Result<Value> Compile(const KernelRequest& request, bool* is_new) override {
    RAGGEDC_ASSIGN_OR_RETURN(const Tools* tools, LoadTools(request));
    const auto compile = [&]() -> Result<Value> {
      *is_new = true;
      const TuningFile* const tuning = Tuning(request);
      RAGGEDC_ASSIGN_OR_RETURN(const CompilerLibrary::Text text, TextOf(*tools->compiler, request, tuning));
      return CompileText(text, *tools->nvrtc, request, tuning, settings_.warn);
    };
    *is_new = false;
    if (tools->cache == nullptr) return compile();
    // Whoever asked wants to launch: keeping a kernel waits for a disk.
    const auto defer = [this](std::function<void()> keep) { keeper_.Submit(std::move(keep)); };
    return tools->cache->GetOrCompile(KeyOf(request, tools->nvrtc->version()), compile, nullptr, defer);
  }

  void Wait() override { keeper_.Wait(); }

 private:
  // What the key of a kernel on disk has in it, beside the request.
  struct Versions {
    std::string build_id;  // of the compiler
    int nvrtc = 0;

    bool operator==(const Versions&) const = default;
  };
  struct Tools {
    const CompilerLibrary* compiler = nullptr;
    std::shared_ptr<const Nvrtc> nvrtc;
    std::shared_ptr<DiskCache> cache;  // null for none

    Versions versions() const { return {compiler->BuildId(), nvrtc->version()}; }
  };

  // A cache by versions that are known without opening a library, or null.
  struct Noted {
    Versions versions;
    std::shared_ptr<DiskCache> cache;
  };
  Value ReadFrom(DiskCache& cache, const KernelRequest& request, int nvrtc_version) const {
    std::optional<CompiledKernel> read = cache.Read(KeyOf(request, nvrtc_version));
    return read ? Value(std::make_shared<const CompiledKernel>(*std::move(read))) : Value();
  }

  // With the versions that are noted, if any: opening the compiler and NVRTC takes longer than all the rest. When there
  // is nothing under these, the libraries themselves are asked; they are about to be needed anyway.
  Result<Value> FindOnDisk(const KernelRequest& request) {
    if (!HasCache()) return Value();
    std::shared_ptr<const Noted> noted;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (tools_ == nullptr && noted_ == nullptr) noted_ = OpenNoted();
      if (tools_ == nullptr) noted = noted_;
    }
    if (noted != nullptr) {
      if (Value found = ReadFrom(*noted->cache, request, noted->versions.nvrtc); found != nullptr) return found;
    }
    const Result<const Tools*> tools = LoadTools(request);
    if (!tools.ok()) return Value();  // Compile says what is missing
    if (noted != nullptr && noted->versions == (*tools)->versions()) return Value();
    return ReadFrom(*(*tools)->cache, request, (*tools)->nvrtc->version());
  }

  bool HasCache() const { return settings_.cache_directory != ""; }

  DiskCacheOptions CacheOptions(std::string build_id) const {
    const auto warn = [warn = settings_.warn](CacheWarning, const std::string& text) { warn(text); };
    DiskCacheOptions options = DiskCacheOptions::FromEnvironment(std::move(build_id), warn);
    if (settings_.cache_directory) options.directory = *settings_.cache_directory;
    return options;
  }

  std::shared_ptr<const Noted> OpenNoted() const {
    auto noted = std::make_shared<Noted>();
    const LibraryNotes notes(QuietOptions());
    if (const CompilerLibrary* compiler = CompilerLibrary::Loaded(); compiler != nullptr) {
      noted->versions.build_id = compiler->BuildId();
    } else {
      noted->versions.build_id = notes.Recall(kCompilerNote, CompilerLibrary::Candidates()).value_or("");
    }
    if (const std::shared_ptr<const Nvrtc> nvrtc = Nvrtc::Loaded(); nvrtc != nullptr) {
      noted->versions.nvrtc = nvrtc->version();
    } else if (const auto text = notes.Recall(kNvrtcNote, Nvrtc::Candidates())) {
      noted->versions.nvrtc = static_cast<int>(ParseInt(*text).value_or(0));
    }
    if (noted->versions.build_id.empty() || noted->versions.nvrtc == 0) return nullptr;
    Result<std::unique_ptr<DiskCache>> cache = DiskCache::Open(CacheOptions(noted->versions.build_id));
    if (!cache.ok()) return nullptr;
    noted->cache = std::move(*cache);
    return noted;
  }

  // Settings that make no sense are warned of once, by the cache.
  DiskCacheOptions QuietOptions() const {
    DiskCacheOptions options = DiskCacheOptions::FromEnvironment("", [](CacheWarning, const std::string&) {});
    if (settings_.cache_directory) options.directory = *settings_.cache_directory;
    return options;
  }

  // Once it has succeeded, what it found then. The libraries are opened beside each other, and as whoever asks for
  // `request` is about to have it compiled, so is its text made.
  Result<const Tools*> LoadTools(const KernelRequest& request) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (tools_ != nullptr) return tools_.get();
    auto tools = std::make_unique<Tools>();
    // Only what this call is going to open is what the search gives.
    const std::vector<std::string> compiler_names = CompilerLibrary::Candidates(), nvrtc_names = Nvrtc::Candidates();
    const bool opens_compiler = CompilerLibrary::Loaded() == nullptr && !IsLibraryOpen(compiler_names);
    const bool opens_nvrtc = Nvrtc::Loaded() == nullptr && !IsLibraryOpen(nvrtc_names);
    Result<std::shared_ptr<const Nvrtc>> nvrtc = std::shared_ptr<const Nvrtc>();
    const auto open = [&] { nvrtc = Nvrtc::Load(); };
    std::optional<std::jthread> opening;
    try {
      opening.emplace(open);
    } catch (const std::system_error&) {
      open();  // no more threads for this process
    }
    const Result<const CompilerLibrary*> compiler = CompilerLibrary::Load();
    if (compiler.ok()) MakeText(**compiler, request);
    opening.reset();
    ArmExitHooks();
    RAGGEDC_ASSIGN_OR_RETURN(tools->compiler, compiler);
    RAGGEDC_ASSIGN_OR_RETURN(tools->nvrtc, std::move(nvrtc));
    if (HasCache()) {
      const std::string build_id = tools->compiler->BuildId();
      if (noted_ != nullptr && noted_->versions.build_id == build_id) {
        tools->cache = noted_->cache;  // which has given its warnings
      } else {
        RAGGEDC_ASSIGN_OR_RETURN(tools->cache, DiskCache::Open(CacheOptions(build_id)));
      }
      keeper_.Submit([notes = std::make_shared<const LibraryNotes>(QuietOptions()), opens_compiler, opens_nvrtc,
                      compiler_names, nvrtc_names, build_id, path = tools->compiler->path(), nvrtc = tools->nvrtc] {
        if (opens_compiler) notes->Note(kCompilerNote, compiler_names, path, build_id);
        if (opens_nvrtc) notes->Note(kNvrtcNote, nvrtc_names, nvrtc->path(), StrCat(nvrtc->version()));
      });
    }
    tools_ = std::move(tools);
    return tools_.get();
  }

  static std::string NameOf(const KernelRequest& request) {
    return StrCat(ToString(request.spec.spec), " ", request.spec.Options(), " ", request.arch);
  }

  void MakeText(const CompilerLibrary& compiler, const KernelRequest& request) {
    Result<CompilerLibrary::Text> text = compiler.Compile(request, Tuning(request));
    if (text.ok()) made_.emplace(NameOf(request), std::move(text).value());
  }

  // What MakeText made, once, or a new one.
  Result<CompilerLibrary::Text> TextOf(const CompilerLibrary& compiler, const KernelRequest& request,
                                       const TuningFile* tuning) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (auto node = made_.extract(NameOf(request)); !node.empty()) return std::move(node.mapped());
    }
    return compiler.Compile(request, tuning);
  }

  // The user's table, whose bytes decide the schedule as the spec does; the same bytes for the key and the compiler.
  const TuningFile* Tuning(const KernelRequest& request) const {
    return request.spec.quick ? nullptr : UserTuningFile(request.arch, settings_.warn);
  }

  // As `raggedc cache warm` makes it, so that kernels are shared with the command line.
  KernelKey KeyOf(const KernelRequest& request, int nvrtc_version) const {
    KernelKey key = SpecKernelKey(request.spec.spec, request.arch, nvrtc_version);
    key.options = request.spec.Options();
    if (const TuningFile* tuning = Tuning(request); tuning != nullptr) key.options += " tuning=" + tuning->hash;
    return key;
  }

  const SourceSettings settings_;
  std::vector<std::unique_ptr<Bundle>> bundles_;
  std::mutex mutex_;
  std::unique_ptr<const Tools> tools_;
  std::shared_ptr<const Noted> noted_;  // until there are tools
  std::map<std::string, CompilerLibrary::Text> made_;
  ExitWork keeper_;  // the last member: what it does uses the others
};

}  // namespace

Result<std::unique_ptr<KernelSource>> MakeDefaultSource(SourceSettings settings) {
  auto source = std::make_unique<DefaultSource>(std::move(settings));
  RAGGEDC_RETURN_IF_ERROR(source->OpenBundles());
  return std::unique_ptr<KernelSource>(std::move(source));
}

}  // namespace raggedc
