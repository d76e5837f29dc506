#include "runtime/api/default_source.h"

#include <mutex>
#include <utility>

#include "runtime/api/compiler_library.h"
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
    RAGGEDC_ASSIGN_OR_RETURN(const Tools* tools, LoadTools());
    const auto compile = [&]() -> Result<Value> {
      *is_new = true;
      return CompileKernel(*tools->compiler, *tools->nvrtc, request, Tuning(request), settings_.warn);
    };
    *is_new = false;
    return tools->cache == nullptr ? compile()
                                   : tools->cache->GetOrCompile(KeyOf(request, tools->nvrtc->version()), compile);
  }

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
    const Result<const Tools*> tools = LoadTools();
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

  // Once it has succeeded, what it found then.
  Result<const Tools*> LoadTools() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (tools_ != nullptr) return tools_.get();
    auto tools = std::make_unique<Tools>();
    // Only what this call is going to open is what the search gives.
    const std::vector<std::string> compiler_names = CompilerLibrary::Candidates(), nvrtc_names = Nvrtc::Candidates();
    const bool opens_compiler = CompilerLibrary::Loaded() == nullptr && !IsLibraryOpen(compiler_names);
    const bool opens_nvrtc = Nvrtc::Loaded() == nullptr && !IsLibraryOpen(nvrtc_names);
    RAGGEDC_ASSIGN_OR_RETURN(tools->compiler, CompilerLibrary::Load());
    RAGGEDC_ASSIGN_OR_RETURN(tools->nvrtc, Nvrtc::Load());
    if (HasCache()) {
      const std::string build_id = tools->compiler->BuildId();
      if (noted_ != nullptr && noted_->versions.build_id == build_id) {
        tools->cache = noted_->cache;  // which has given its warnings
      } else {
        RAGGEDC_ASSIGN_OR_RETURN(tools->cache, DiskCache::Open(CacheOptions(build_id)));
      }
      const LibraryNotes notes(QuietOptions());
      if (opens_compiler) notes.Note(kCompilerNote, compiler_names, tools->compiler->path(), build_id);
      if (opens_nvrtc) notes.Note(kNvrtcNote, nvrtc_names, tools->nvrtc->path(), StrCat(tools->nvrtc->version()));
    }
    tools_ = std::move(tools);
    return tools_.get();
  }

  // The user's table, whose bytes decide the schedule as the spec does; the same bytes for the key and the compiler.
  const TuningFile* Tuning(const KernelRequest& request) const { return UserTuningFile(request.arch, settings_.warn); }

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
};

}  // namespace

Result<std::unique_ptr<KernelSource>> MakeDefaultSource(SourceSettings settings) {
  auto source = std::make_unique<DefaultSource>(std::move(settings));
  RAGGEDC_RETURN_IF_ERROR(source->OpenBundles());
  return std::unique_ptr<KernelSource>(std::move(source));
}

}  // namespace raggedc
