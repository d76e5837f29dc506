// Compiled kernels on disk, shared by every process of a user: docs/caches.md has the layout and the guarantees.
//
// A cache is a writable layer and any number of read-only base layers in front of which it is looked up. Whatever is
// wrong with them (damaged entries, a full disk, no permission, no locks) costs a compilation and one warning, never a
// failed call and never a wrong kernel.
#ifndef RAGGEDC_RUNTIME_DISK_CACHE_DISK_CACHE_H_
#define RAGGEDC_RUNTIME_DISK_CACHE_DISK_CACHE_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/compiled_kernel.h"
#include "runtime/disk_cache/file_system.h"
#include "runtime/status.h"

namespace raggedc {

// What a warning is about. Each is given once: for a DiskCache with a callback of its own, else for the process.
enum class CacheWarning {
  kRefused,      // a layer that others can write to, or that is somebody else's
  kUnavailable,  // a layer that cannot be opened or made
  kUnreadable,   // an entry that cannot be read
  kDamaged,      // an entry that is not what was written
  kUnwritable,   // a kernel that could not be kept
  kLock,         // a lock that cannot be had
  kSetting,      // an environment variable that makes no sense
};
inline constexpr int kCacheWarnings = 7;
using CacheWarningFunction = std::function<void(CacheWarning kind, const std::string& message)>;

struct DiskCacheOptions {
  // What compiles: a content hash of the compiler, so that another one's kernels are never taken for its own. Any
  // text but "".
  std::string producer;
  // Layers may be relative to the folder that is current when the cache is opened.
  std::string directory;                   // the writable layer; "" for none
  std::vector<std::string> bases;          // read-only layers, the first that has a kernel gives it
  int64_t max_bytes = int64_t{256} << 20;  // of the writable layer's entries; 0: nothing is written
  bool insecure = false;                   // use layers that others can write to
  // How long to wait for another process that compiles the same kernel, before compiling it as well.
  std::chrono::milliseconds lock_wait{10000};
  // Temporary files of this age that nobody holds are removed: what a process left that was killed while it wrote.
  std::chrono::seconds stale_after{60};
  CacheWarningFunction warn;          // default: one line on standard error. Called from any thread, without locks held
  FileSystem* file_system = nullptr;  // default: the real one. Not owned; outlives the cache

  // RAGGEDC_CACHE_DIR and XDG (see CacheDirectory), RAGGEDC_CACHE_BASE (colons between layers), RAGGEDC_CACHE_MAX_MB
  // (MiB), RAGGEDC_CACHE_INSECURE=1. A value that makes no sense is warned of and left out.
  static DiskCacheOptions FromEnvironment(std::string producer, CacheWarningFunction warn = nullptr);
};

// The key of a spec's kernel with the schedule that the compiler chooses by itself. Whoever asks for such a kernel uses
// this, so that all find what one of them compiled. No source: it is found before any is made.
KernelKey SpecKernelKey(const Spec& spec, std::string arch, int nvrtc_version);

// Where a kernel came from.
enum class CacheSource {
  kBase,      // a base layer
  kWritable,  // the writable layer, or another process that compiled it meanwhile
  kCompiled,  // compiled and kept
  kNotKept,   // compiled, and not kept: there is no writable layer, or writing failed
};
std::string_view CacheSourceName(CacheSource source);  // "base layer", "disk", "compiled", "compiled, not kept"

// One file of a layer.
struct CacheEntry {
  enum class State {
    kGood,
    kDamaged,    // see `problem`
    kForeign,    // of another format version: left alone
    kTemporary,  // being written, or left by a process that was killed
  };
  State state = State::kGood;
  std::string problem;  // why it is not good
  std::string path;
  bool in_base = false;
  int64_t bytes = 0;
  int64_t last_used = 0;  // seconds since 1970, to about a day
  // Of the key, for entries whose key can be read:
  std::string key_text;
  std::string producer, arch, options, spec, source, nvrtc_version;
  std::vector<std::string> kernels;  // symbols
  int64_t cubin_bytes = 0;
  double compile_milliseconds = 0;
};

struct CacheLayerStat {
  std::string directory;
  bool in_base = false;
  Status status;  // why the layer is not used, or ok; a layer that does not exist yet is ok
  bool exists = false;
  int64_t entries = 0, bytes = 0;
  int64_t temporaries = 0, temporary_bytes = 0;
};

struct CacheClearOptions {
  // Only entries that were not used for this long; with none, everything: entries of any version and temporary files
  // that nobody holds.
  std::optional<std::chrono::seconds> older_than;
  bool dry_run = false;
};
struct CacheClearResult {
  int64_t files = 0, bytes = 0;
  Status status;  // an environment error if the layer may not be used, or a file could not be removed
};

// Thread-safe. Holds neither memory for kernels nor open files between calls; safe to use after fork() in the child.
class DiskCache {
 public:
  using Value = std::shared_ptr<const CompiledKernel>;
  using CompileFunction = std::function<Result<Value>()>;

  // An invalid argument for options that make no sense (no producer, a negative size). Directories are looked at when
  // they are needed, and made when there is something to write.
  static Result<std::unique_ptr<DiskCache>> Open(DiskCacheOptions options);
  DiskCache(const DiskCache&) = delete;
  DiskCache& operator=(const DiskCache&) = delete;
  ~DiskCache();

  // The kernel, if a layer has it whole. Reads a file; takes no lock.
  std::optional<CompiledKernel> Read(const KernelKey& key, CacheSource* source = nullptr);

  // The kernel of a layer, or what `compile` returns, which is then kept. When several processes or threads ask for one
  // key at the same time, one compiles and the others wait, at most options.lock_wait. The only errors are those of
  // `compile`; they are not kept.
  // With `defer`, what was compiled is returned first and kept by the function that `defer` is given, which is to be
  // called once, from any thread, before the cache ends; until then the others wait. *source is then as if it could be
  // kept.
  using DeferFunction = std::function<void(std::function<void()> keep)>;
  Result<Value> GetOrCompile(const KernelKey& key, const CompileFunction& compile, CacheSource* source = nullptr,
                             const DeferFunction& defer = nullptr);

  // Keeps a kernel in the writable layer. False when that was not possible (a warning says why).
  bool Write(const KernelKey& key, const CompiledKernel& kernel);

  // Every file of every layer, base layers first, by path. Damaged ones are found by reading all of each file.
  std::vector<CacheEntry> List();
  std::vector<CacheLayerStat> Stat();
  // The damaged among List(). With `repair`, those of the writable layer are removed.
  std::vector<CacheEntry> Verify(bool repair);
  // Removes from the writable layer.
  CacheClearResult Clear(const CacheClearOptions& options);

  const DiskCacheOptions& options() const;

 private:
  struct State;
  explicit DiskCache(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_DISK_CACHE_DISK_CACHE_H_
