//===- CachedBinary.h - a cubin from the disk cache, or fresh ---*- C++ -*-===//

#ifndef RAGGEDC_TOOLS_RAGGEDC_CACHEDBINARY_H
#define RAGGEDC_TOOLS_RAGGEDC_CACHEDBINARY_H

#include <memory>
#include <optional>
#include <string>

#include "runtime/disk_cache/disk_cache.h"
#include "runtime/spec.h"
#include "tools/raggedc/Binary.h"
#include "tools/raggedc/Compiler.h"

namespace raggedc {

/// The cache that the environment describes, for kernels of this compiler.
Result<std::unique_ptr<DiskCache>> openDiskCache();

/// What a cubin is made of.
struct BinarySource {
  std::string cuda;
  std::string manifest;  ///< JSON
  CompileOptions options;
  std::optional<Spec> spec;  ///< where the program comes from one
};

/// What the kernel is called in the cache: by its spec, if that and the architecture are all that was given, so that it
/// is found before any MLIR is made; else by its source and manifest.
KernelKey makeKernelKey(const BinarySource& source, int nvrtcVersion);

struct CachedBinary {
  Binary binary;
  std::optional<CacheSource> source;  ///< nothing: no cache was asked
  double readMilliseconds = 0;        ///< for one that was found

  bool isHit() const { return source == CacheSource::kBase || source == CacheSource::kWritable; }
  /// `the cache (disk, read in 0.3 ms)`.
  std::string describeHit() const;
};

/// buildBinary with a cache around it, which may be null. PTX is not kept, so asking for it compiles. Kernels that
/// spill are kept only if source.options accepts them; options.allowSpills returns them all the same.
Result<CachedBinary> buildCachedBinary(DiskCache* cache, const BinarySource& source, const BinaryOptions& options);

}  // namespace raggedc

#endif  // RAGGEDC_TOOLS_RAGGEDC_CACHEDBINARY_H
