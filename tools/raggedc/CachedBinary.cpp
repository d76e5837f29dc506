//===- CachedBinary.cpp - a cubin from the disk cache, or fresh ------------===//

#include "tools/raggedc/CachedBinary.h"

#include <chrono>
#include <cstdio>

#include "runtime/nvrtc.h"
#include "runtime/strings.h"
#include "tools/raggedc/CompilerId.h"
#include "tools/raggedc/UserTable.h"

namespace raggedc {

Result<std::unique_ptr<DiskCache>> openDiskCache() {
  return DiskCache::Open(DiskCacheOptions::FromEnvironment(compilerId()));
}

KernelKey makeKernelKey(const BinarySource& source, int nvrtcVersion) {
  KernelKey key = SpecKernelKey(source.spec.value_or(Spec()), source.options.arch, nvrtcVersion);
  if (source.options.allowSpills) key.options = "--allow-spills";
  CompileOptions plain;
  plain.arch = source.options.arch;
  plain.allowSpills = source.options.allowSpills;
  plain.remarksFilter = source.options.remarksFilter;
  plain.useUserTable = source.options.useUserTable;
  plain.quick = source.options.quick;
  if (source.spec && source.options == plain) {
    if (plain.quick) key.options += key.options.empty() ? "quick" : " quick";
    if (plain.useUserTable && !plain.quick) key.options += getUserTableKey(source.options.arch);
    return key;
  }
  key.spec = Spec();
  key.source = HashSource(source.cuda + std::string(1, '\0') + source.manifest);
  return key;
}

std::string CachedBinary::describeHit() const {
  char text[64];
  std::snprintf(text, sizeof text, ", read in %.1f ms)", readMilliseconds);
  return StrCat("the cache (", CacheSourceName(*source), text);
}

Result<CachedBinary> buildCachedBinary(DiskCache* cache, const BinarySource& source, const BinaryOptions& options) {
  CachedBinary result;
  if (!cache || options.wantPtx) {
    RAGGEDC_ASSIGN_OR_RETURN(result.binary, buildBinary(source.cuda, options));
    return result;
  }
  RAGGEDC_ASSIGN_OR_RETURN(std::shared_ptr<const Nvrtc> nvrtc, Nvrtc::Load());
  RAGGEDC_RETURN_IF_ERROR(nvrtc->CheckArch(options.arch));
  bool isFresh = false;
  auto compile = [&]() -> Result<DiskCache::Value> {
    BinaryOptions all = options;
    all.allowSpills = true;
    RAGGEDC_ASSIGN_OR_RETURN(result.binary, buildBinary(source.cuda, all));
    isFresh = true;
    if (!source.options.allowSpills) RAGGEDC_RETURN_IF_ERROR(checkSpills(result.binary, options));
    auto kernel = std::make_shared<CompiledKernel>();
    RAGGEDC_ASSIGN_OR_RETURN(kernel->manifest, ParseManifest(source.manifest));
    kernel->cubin = result.binary.cubin;
    kernel->resources = result.binary.resources;
    kernel->compile_milliseconds = result.binary.nvrtcMilliseconds;
    return DiskCache::Value(std::move(kernel));
  };
  auto begin = std::chrono::steady_clock::now();
  CacheSource found = CacheSource::kNotKept;
  Result<DiskCache::Value> kernel = cache->GetOrCompile(makeKernelKey(source, nvrtc->version()), compile, &found);
  if (!kernel.ok() && !(isFresh && options.allowSpills)) return kernel.status();
  result.source = found;
  if (isFresh) return result;
  result.readMilliseconds = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
  result.binary.cubin = (*kernel)->cubin;
  result.binary.resources = (*kernel)->resources;
  result.binary.nvrtcMilliseconds = (*kernel)->compile_milliseconds;
  return result;
}

}  // namespace raggedc
