#include "runtime/disk_cache/disk_cache.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "runtime/cache_directory.h"
#include "runtime/disk_cache/entry.h"
#include "runtime/disk_cache/layer.h"
#include "runtime/disk_cache/warnings.h"
#include "runtime/strings.h"

namespace raggedc {
namespace {

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// The program may change its working folder later.
std::string Absolute(const std::string& path) {
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(path, error);
  return error ? path : absolute.string();
}

// Puts what can be said of an entry's key into it.
void DescribeKey(const std::string& key_text, CacheEntry* entry) {
  entry->key_text = key_text;
  const auto lines = ParseEntryKey(key_text);
  if (!lines) return;
  const std::pair<const char*, std::string*> fields[] = {
      {"producer", &entry->producer}, {"nvrtc", &entry->nvrtc_version}, {"arch", &entry->arch},
      {"options", &entry->options},   {"spec", &entry->spec},           {"source", &entry->source}};
  for (const auto& [name, value] : *lines) {
    for (const auto& [field, target] : fields) {
      if (name == field) *target = value;
    }
  }
}

CacheEntry Describe(const CacheLayer& layer, const CacheLayer::Listed& listed) {
  CacheEntry entry;
  entry.path = layer.PathOf(listed.name);
  entry.in_base = layer.in_base();
  entry.bytes = listed.bytes;
  entry.last_used = listed.last_used;
  if (listed.is_temporary) {
    entry.state = CacheEntry::State::kTemporary;
    entry.problem = "a temporary file";
    return entry;
  }
  const std::optional<CacheLayer::File> file = layer.Read(listed.name);
  if (!file) {
    entry.state = CacheEntry::State::kDamaged;
    entry.problem = "it cannot be read";
    return entry;
  }
  const DecodedEntry decoded = DecodeEntry(file->bytes);
  entry.problem = decoded.problem;
  if (decoded.state == EntryState::kForeign) entry.state = CacheEntry::State::kForeign;
  if (decoded.state == EntryState::kDamaged) entry.state = CacheEntry::State::kDamaged;
  if (decoded.state != EntryState::kGood) return entry;
  DescribeKey(decoded.key_text, &entry);
  for (const ManifestKernel& kernel : decoded.kernel.manifest.kernels) entry.kernels.push_back(kernel.symbol);
  entry.cubin_bytes = static_cast<int64_t>(decoded.kernel.cubin.size());
  entry.compile_milliseconds = decoded.kernel.compile_milliseconds;
  if (EntryFileName(decoded.key_text) != listed.name) {
    entry.state = CacheEntry::State::kDamaged;
    entry.problem = "it holds the kernel of another key";
  }
  return entry;
}

}  // namespace

DiskCacheOptions DiskCacheOptions::FromEnvironment(std::string producer, CacheWarningFunction warn) {
  DiskCacheOptions options;
  options.producer = std::move(producer);
  options.warn = std::move(warn);
  options.directory = CacheDirectory();
  CacheWarnings warnings(options.warn);
  const std::string bases = Environment("RAGGEDC_CACHE_BASE");
  for (const std::string_view base : Split(bases, ':')) {
    if (!base.empty()) options.bases.emplace_back(base);
  }
  if (const std::string text = Environment("RAGGEDC_CACHE_MAX_MB"); !text.empty()) {
    constexpr int64_t kMost = int64_t{1} << 40;
    const std::optional<int64_t> number = ParseInt(text);
    if (number && *number >= 0 && *number < kMost) {
      options.max_bytes = *number << 20;
    } else {
      warnings.Give(CacheWarning::kSetting,
                    StrCat("RAGGEDC_CACHE_MAX_MB: expected a number of MiB of at least 0, got '", Printable(text),
                           "'; using ", options.max_bytes >> 20));
    }
  }
  if (const std::string text = Environment("RAGGEDC_CACHE_INSECURE"); !text.empty()) {
    options.insecure = text == "1";
    if (text != "1" && text != "0") {
      warnings.Give(CacheWarning::kSetting,
                    StrCat("RAGGEDC_CACHE_INSECURE: expected 0 or 1, got '", Printable(text), "'; using 0"));
    }
  }
  return options;
}

KernelKey SpecKernelKey(const Spec& spec, std::string arch, int nvrtc_version) {
  KernelKey key;
  key.spec = spec;
  key.arch = std::move(arch);
  key.nvrtc_version = nvrtc_version;
  return key;
}

std::string_view CacheSourceName(CacheSource source) {
  switch (source) {
    case CacheSource::kBase:
      return "base layer";
    case CacheSource::kWritable:
      return "disk";
    case CacheSource::kCompiled:
      return "compiled";
    case CacheSource::kNotKept:
      return "compiled, not kept";
  }
  return "";
}

struct DiskCache::State {
  explicit State(DiskCacheOptions given) : options(std::move(given)), warnings(options.warn) {
    if (options.file_system == nullptr) options.file_system = FileSystem::Real();
    for (const std::string& base : options.bases) layers.emplace_back(options, base, /*in_base=*/true, &warnings);
    if (!options.directory.empty()) layers.emplace_back(options, options.directory, /*in_base=*/false, &warnings);
  }
  // The writable layer, or null.
  const CacheLayer* writable() const { return options.directory.empty() ? nullptr : &layers.back(); }
  bool writes() const { return writable() != nullptr && options.max_bytes > 0; }

  std::optional<CompiledKernel> Read(std::string_view key_text, const std::string& name, CacheSource* source) const;
  bool Write(std::string_view key_text, const std::string& name, const CompiledKernel& kernel) const;

  DiskCacheOptions options;
  CacheWarnings warnings;
  std::vector<CacheLayer> layers;  // base layers in their order, then the writable one
};

std::optional<CompiledKernel> DiskCache::State::Read(std::string_view key_text, const std::string& name,
                                                     CacheSource* source) const {
  for (const CacheLayer& layer : layers) {
    const std::optional<CacheLayer::File> file = layer.Read(name);
    if (!file) continue;
    DecodedEntry entry = DecodeEntry(file->bytes);
    if (entry.state == EntryState::kForeign) continue;
    if (entry.state == EntryState::kGood && entry.key_text != key_text) {
      entry.state = EntryState::kDamaged;
      entry.problem = "it holds the kernel of another key";
    }
    if (entry.state == EntryState::kDamaged) {
      layer.Warn(CacheWarning::kDamaged,
                 StrCat("cache entry ", layer.PathOf(name), " is damaged: ", entry.problem, "; compiling instead"));
      continue;
    }
    layer.Touch(*file);
    if (source != nullptr) *source = layer.in_base() ? CacheSource::kBase : CacheSource::kWritable;
    return std::move(entry.kernel);
  }
  return std::nullopt;
}

bool DiskCache::State::Write(std::string_view key_text, const std::string& name, const CompiledKernel& kernel) const {
  if (!writes()) return false;
  const std::string bytes = EncodeEntry(key_text, kernel);
  if (bytes.empty()) {
    writable()->Warn(CacheWarning::kUnwritable,
                     "cannot keep a kernel: it is too large, or its manifest reads back wrong");
    return false;
  }
  if (!writable()->Publish(name, bytes)) return false;
  writable()->Clean(name);
  return true;
}

DiskCache::DiskCache(std::unique_ptr<State> state) : state_(std::move(state)) {}
DiskCache::~DiskCache() = default;

Result<std::unique_ptr<DiskCache>> DiskCache::Open(DiskCacheOptions options) {
  if (options.producer.empty()) return InvalidArgument("expected a producer of the disk cache's kernels, got ''");
  if (options.max_bytes < 0)
    return InvalidArgument(StrCat("expected max_bytes of at least 0, got ", options.max_bytes));
  for (std::string& base : options.bases) base = Absolute(base);
  if (!options.directory.empty()) options.directory = Absolute(options.directory);
  return std::unique_ptr<DiskCache>(new DiskCache(std::make_unique<State>(std::move(options))));
}

const DiskCacheOptions& DiskCache::options() const {
  return state_->options;
}

std::optional<CompiledKernel> DiskCache::Read(const KernelKey& key, CacheSource* source) {
  const std::string key_text = EntryKeyText(key, state_->options.producer);
  return state_->Read(key_text, EntryFileName(key_text), source);
}

bool DiskCache::Write(const KernelKey& key, const CompiledKernel& kernel) {
  const std::string key_text = EntryKeyText(key, state_->options.producer);
  return state_->Write(key_text, EntryFileName(key_text), kernel);
}

Result<DiskCache::Value> DiskCache::GetOrCompile(const KernelKey& key, const CompileFunction& compile,
                                                 CacheSource* source, const DeferFunction& defer) {
  CacheSource ignored = CacheSource::kCompiled;
  if (source == nullptr) source = &ignored;
  const std::string key_text = EntryKeyText(key, state_->options.producer);
  const std::string name = EntryFileName(key_text);
  const auto read = [&]() -> Value {
    std::optional<CompiledKernel> kernel = state_->Read(key_text, name, source);
    return kernel ? std::make_shared<const CompiledKernel>(std::move(*kernel)) : nullptr;
  };
  if (Value value = read()) return value;

  CacheLayer::Lock lock;
  if (state_->writes()) {
    constexpr int64_t kFirstSleep = 500, kLongestSleep = 20000;  // microseconds
    int64_t sleep = kFirstSleep;
    const auto begin = std::chrono::steady_clock::now();
    for (;;) {
      lock = state_->writable()->TryLock(name);
      if (lock.state != CacheLayer::LockState::kBusy) break;
      if (std::chrono::steady_clock::now() - begin >= state_->options.lock_wait) {
        state_->warnings.Give(CacheWarning::kLock,
                              StrCat("waited ", state_->options.lock_wait.count(),
                                     " ms for another process that compiles the same kernel; compiling it as well"));
        break;
      }
      state_->options.file_system->Sleep(sleep);
      sleep = std::min(2 * sleep, kLongestSleep);
      if (Value value = read()) return value;
    }
    // Whoever held the lock may have published between the look above and the lock.
    if (lock.state == CacheLayer::LockState::kTaken) {
      if (Value value = read()) return value;
    }
  }
  Result<Value> compiled = compile();
  if (!compiled.ok()) return compiled;
  if (*compiled == nullptr) return InternalError("expected a kernel from the compiler, got none");
  if (defer == nullptr || !state_->writes()) {
    *source = state_->Write(key_text, name, **compiled) ? CacheSource::kCompiled : CacheSource::kNotKept;
    return compiled;
  }
  *source = CacheSource::kCompiled;
  // Functions can be copied, locks cannot.
  auto held = std::make_shared<CacheLayer::Lock>(std::move(lock));
  defer([state = state_.get(), key_text, name, kernel = *compiled, held] {
    (void)state->Write(key_text, name, *kernel);
    *held = CacheLayer::Lock();
  });
  return compiled;
}

std::vector<CacheEntry> DiskCache::List() {
  std::vector<CacheEntry> entries;
  for (const CacheLayer& layer : state_->layers) {
    const CacheLayer::Folder folder = layer.Open(/*make=*/false);
    if (folder.state != CacheLayer::Folder::State::kOpen) {
      layer.WarnOf(folder);
      continue;
    }
    for (const CacheLayer::Listed& listed : layer.List(folder)) entries.push_back(Describe(layer, listed));
  }
  return entries;
}

std::vector<CacheLayerStat> DiskCache::Stat() {
  std::vector<CacheLayerStat> stats;
  for (const CacheLayer& layer : state_->layers) {
    CacheLayerStat stat;
    stat.directory = layer.directory();
    stat.in_base = layer.in_base();
    const CacheLayer::Folder folder = layer.Open(/*make=*/false);
    stat.exists = folder.state == CacheLayer::Folder::State::kOpen;
    if (!stat.exists && folder.state != CacheLayer::Folder::State::kMissing) {
      stat.status = EnvironmentError(folder.problem);
    }
    if (stat.exists) {
      for (const CacheLayer::Listed& listed : layer.List(folder)) {
        (listed.is_temporary ? stat.temporaries : stat.entries) += 1;
        (listed.is_temporary ? stat.temporary_bytes : stat.bytes) += listed.bytes;
      }
    }
    stats.push_back(std::move(stat));
  }
  return stats;
}

std::vector<CacheEntry> DiskCache::Verify(bool repair) {
  std::vector<CacheEntry> damaged = List();
  std::erase_if(damaged, [](const CacheEntry& entry) { return entry.state != CacheEntry::State::kDamaged; });
  if (!repair || state_->writable() == nullptr) return damaged;
  const CacheLayer::Folder folder = state_->writable()->Open(/*make=*/false);
  if (folder.state != CacheLayer::Folder::State::kOpen) return damaged;
  for (const CacheEntry& entry : damaged) {
    if (!entry.in_base) (void)state_->writable()->Remove(folder, entry.path.substr(entry.path.rfind('/') + 1));
  }
  return damaged;
}

CacheClearResult DiskCache::Clear(const CacheClearOptions& options) {
  CacheClearResult result;
  const CacheLayer* layer = state_->writable();
  if (layer == nullptr) return result;
  const CacheLayer::Folder folder = layer->Open(/*make=*/false);
  if (folder.state == CacheLayer::Folder::State::kMissing) return result;
  if (folder.state != CacheLayer::Folder::State::kOpen) {
    result.status = EnvironmentError(folder.problem);
    return result;
  }
  for (const CacheLayer::Listed& listed : layer->List(folder)) {
    if (listed.is_temporary ? !layer->IsAbandoned(folder, listed)
                            : options.older_than && !layer->IsOlder(listed, options.older_than->count())) {
      continue;
    }
    if (!options.dry_run) {
      if (const int removed = layer->Remove(folder, listed.name); removed < 0) {
        if (removed != -ENOENT && result.status.ok()) {
          result.status =
              EnvironmentError(StrCat("cannot remove ", layer->PathOf(listed.name), ": ", std::strerror(-removed)));
        }
        continue;
      }
    }
    ++result.files;
    result.bytes += listed.bytes;
  }
  return result;
}

}  // namespace raggedc
