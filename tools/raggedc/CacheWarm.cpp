//===- CacheWarm.cpp - kernels into the cache, before they are asked for ---===//

#include "tools/raggedc/CacheWarm.h"

#include <chrono>
#include <cstdio>
#include <mutex>

#include "passes/CostModel.h"
#include "runtime/file_io.h"
#include "runtime/nvrtc.h"
#include "runtime/parallel.h"
#include "runtime/strings.h"
#include "tools/raggedc/CachedBinary.h"
#include "tools/raggedc/Diagnostics.h"
#include "tools/raggedc/TextLimits.h"

namespace raggedc {

namespace {

struct Item {
  Spec spec;
  std::string arch;
};

Result<std::vector<Spec>> readSpecs(const WarmRequest& request) {
  std::vector<Spec> specs;
  for (const std::string& text : request.specs) {
    Result<Spec> spec = ParseSpec(text);
    if (!spec.ok()) return spec.status().WithContext(StrCat("'", Printable(text, 200), "'"));
    specs.push_back(std::move(*spec));
  }
  if (request.path.empty()) return specs;
  RAGGEDC_ASSIGN_OR_RETURN(std::string text, ReadFile(request.path, kLargestText));
  size_t number = 0;
  for (std::string_view line : Split(text, '\n')) {
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    line = Trim(line.substr(0, line.find('#')));
    if (line.empty()) continue;
    Result<Spec> spec = ParseSpec(line);
    if (!spec.ok())
      return InvalidArgument(StrCat(request.path == "-" ? "<stdin>" : Printable(request.path, 4096), ":", number,
                                    ":1: error: ", spec.status().message()));
    specs.push_back(std::move(*spec));
  }
  return specs;
}

Result<std::vector<std::string>> readArchs(const std::string& text, const Nvrtc& nvrtc) {
  std::vector<std::string> archs;
  for (std::string_view piece : Split(text, ',')) {
    std::string arch(Trim(piece));
    if (!getChip(arch))
      return InvalidArgument(StrCat("--arch: expected ", knownArchs().str(), ", got '", Printable(arch), "'"));
    if (Status status = nvrtc.CheckArch(arch); !status.ok()) return status.WithContext("--arch");
    archs.push_back(std::move(arch));
  }
  return archs;
}

/// Where the kernel is now.
Result<CacheSource> warm(DiskCache& cache, const Item& item, int nvrtcVersion) {
  BinarySource source;
  source.options.arch = item.arch;
  source.options.useUserTable = true;
  source.spec = item.spec;
  CacheSource found = CacheSource::kNotKept;
  if (cache.Read(makeKernelKey(source, nvrtcVersion), &found)) return found;
  RAGGEDC_ASSIGN_OR_RETURN(CudaModule module, compileToCuda(ToMlir(item.spec), "<spec>", source.options));
  source.cuda = std::move(module.cuda);
  source.manifest = std::move(module.manifest);
  BinaryOptions options;
  options.arch = item.arch;
  RAGGEDC_ASSIGN_OR_RETURN(CachedBinary built, buildCachedBinary(&cache, source, options));
  return built.source.value_or(CacheSource::kNotKept);
}

}  // namespace

Status warmCache(DiskCache& cache, const WarmRequest& request) {
  RAGGEDC_ASSIGN_OR_RETURN(std::vector<Spec> specs, readSpecs(request));
  if (specs.empty()) return InvalidArgument("expected a spec or --from FILE with some, got none");
  RAGGEDC_ASSIGN_OR_RETURN(std::shared_ptr<const Nvrtc> nvrtc, Nvrtc::Load());
  RAGGEDC_ASSIGN_OR_RETURN(std::vector<std::string> archs, readArchs(request.archs, *nvrtc));
  std::vector<Item> items;
  for (const Spec& spec : specs)
    for (const std::string& arch : archs) items.push_back({spec, arch});

  std::mutex mutex;
  size_t done = 0, failures = 0;
  Status first;
  const int width = static_cast<int>(std::to_string(items.size()).size());
  ParallelFor(int64_t(items.size()), int(request.jobs), [&](int64_t index) {
    const Item& item = items[size_t(index)];
    auto begin = std::chrono::steady_clock::now();
    Result<CacheSource> source = warm(cache, item, nvrtc->version());
    double milliseconds = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
    Status status = source.status();
    if (source.ok() && *source == CacheSource::kNotKept) status = EnvironmentError("the kernel could not be kept");
    std::string what = !status.ok()                        ? "failed"
                       : *source == CacheSource::kCompiled ? "compiled"
                       : *source == CacheSource::kBase     ? "in a base layer"
                                                           : "there already";
    std::lock_guard<std::mutex> lock(mutex);
    char line[128];
    std::snprintf(line, sizeof line, "[%*zu/%zu]  %-7s  %5.0f ms  %-15s  ", width, ++done, items.size(),
                  item.arch.c_str(), milliseconds, what.c_str());
    Status written = WriteFile("-", StrCat(line, ToString(item.spec), "\n"));
    if (status.ok()) status = written;
    if (status.ok()) return;
    if (failures++ == 0) first = status.WithContext(StrCat(ToString(item.spec), " for ", item.arch));
  });
  if (failures > 1) printNote(StrCat(failures, " kernels are not in the cache; the first of them:"));
  return first;
}

}  // namespace raggedc
