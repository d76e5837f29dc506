#include "runtime/api/default_source.h"

#include <mutex>
#include <utility>

#include "runtime/api/compiler_library.h"
#include "runtime/bundle.h"
#include "runtime/disk_cache/disk_cache.h"
#include "runtime/nvrtc.h"
#include "runtime/strings.h"

namespace raggedc {
namespace {

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
    const Result<const Tools*> tools = LoadTools();
    if (!tools.ok() || (*tools)->cache == nullptr) return Value();  // Compile says what is missing
    std::optional<CompiledKernel> read = (*tools)->cache->Read(KeyOf(request, **tools));
    return read ? Value(std::make_shared<const CompiledKernel>(*std::move(read))) : Value();
  }

  Result<Value> Compile(const KernelRequest& request, bool* is_new) override {
    RAGGEDC_ASSIGN_OR_RETURN(const Tools* tools, LoadTools());
    const auto compile = [&]() -> Result<Value> {
      *is_new = true;
      return CompileKernel(*tools->compiler, *tools->nvrtc, request);
    };
    *is_new = false;
    return tools->cache == nullptr ? compile() : tools->cache->GetOrCompile(KeyOf(request, *tools), compile);
  }

 private:
  struct Tools {
    const CompilerLibrary* compiler = nullptr;
    std::shared_ptr<const Nvrtc> nvrtc;
    std::unique_ptr<DiskCache> cache;  // null for none
  };

  // Once it has succeeded, what it found then.
  Result<const Tools*> LoadTools() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (tools_ != nullptr) return tools_.get();
    auto tools = std::make_unique<Tools>();
    RAGGEDC_ASSIGN_OR_RETURN(tools->compiler, CompilerLibrary::Load());
    RAGGEDC_ASSIGN_OR_RETURN(tools->nvrtc, Nvrtc::Load());
    if (settings_.cache_directory != "") {
      const auto warn = [warn = settings_.warn](CacheWarning, const std::string& text) { warn(text); };
      DiskCacheOptions options = DiskCacheOptions::FromEnvironment(tools->compiler->BuildId(), warn);
      if (settings_.cache_directory) options.directory = *settings_.cache_directory;
      RAGGEDC_ASSIGN_OR_RETURN(tools->cache, DiskCache::Open(std::move(options)));
    }
    tools_ = std::move(tools);
    return tools_.get();
  }

  // As `raggedc cache warm` makes it, so that kernels are shared with the command line.
  static KernelKey KeyOf(const KernelRequest& request, const Tools& tools) {
    KernelKey key = SpecKernelKey(request.spec.spec, request.arch, tools.nvrtc->version());
    key.options = request.spec.Options();
    return key;
  }

  const SourceSettings settings_;
  std::vector<std::unique_ptr<Bundle>> bundles_;
  std::mutex mutex_;
  std::unique_ptr<const Tools> tools_;
};

}  // namespace

Result<std::unique_ptr<KernelSource>> MakeDefaultSource(SourceSettings settings) {
  auto source = std::make_unique<DefaultSource>(std::move(settings));
  RAGGEDC_RETURN_IF_ERROR(source->OpenBundles());
  return std::unique_ptr<KernelSource>(std::move(source));
}

}  // namespace raggedc
