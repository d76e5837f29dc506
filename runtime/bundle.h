// Bundles: kernels compiled ahead of time, several specs or programs for several architectures in one file, for
// machines with neither the compiler nor NVRTC. docs/bundles.md describes the bytes.
//
// Everything a file claims is checked before it is used: the table when the bundle is opened, an entry's bytes against
// their hash when the entry is loaded. A damaged, cut, foreign or future file is an invalid argument in one line that
// names the file; it is never a wrong kernel.
#ifndef RAGGEDC_RUNTIME_BUNDLE_H_
#define RAGGEDC_RUNTIME_BUNDLE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/compiled_kernel.h"
#include "runtime/resource_report.h"
#include "runtime/spec.h"
#include "runtime/status.h"

namespace raggedc {

// One kernel module on its way into a bundle.
struct BundleItem {
  std::optional<Spec> spec;  // what the module computes, when a spec can say it
  std::string options;       // the flags of the schedule, for readers; not part of what an entry is found by
  std::string manifest;      // JSON; has the name and the architecture
  std::string cubin;
  std::vector<KernelResources> resources;
  int nvrtc_version = 0;
};

// The bytes of a bundle with these items. Bytes depend on the items alone, in any order. Errors are invalid arguments:
// a manifest that does not parse, a cubin that is none, two items of one name or one spec for one architecture.
// `producer` is recorded as given, such as the version and the build id of the compiler.
Result<std::string> SerializeBundle(std::span<const BundleItem> items, std::string_view producer);

// What is known of an entry before it is loaded.
struct BundleEntry {
  std::string name;          // of the function
  std::string arch;          // "sm_90a"
  std::optional<Spec> spec;  // under the name "ragged"; the function's own name is `name`
  std::string options;
  int64_t shared_bytes = 0;  // of the kernel that takes most, a block
  int64_t capacity = 0;      // the smallest max_seqlen of its kernels, 0 when none has one
  int64_t cubin_bytes = 0;
  int nvrtc_version = 0;
  SourceHash hash;  // of all of the entry's bytes
};

// The dynamic shared memory of the kernel that takes most, and the smallest capacity that a kernel has (0: none has
// one).
int64_t LargestSharedBytes(const Manifest& manifest);
int64_t SmallestCapacity(const Manifest& manifest);

// What kernels are to run on.
struct BundleTarget {
  std::string arch;          // of the device: "sm_90" and "sm_90a" mean the same here
  int64_t shared_bytes = 0;  // what a block may take at most (DeviceInfo::shared_bytes_per_block); 0 for not known
};

// Whether a cubin for `arch` runs on a device: sm_80 on 8.0, 8.6 and 8.9, sm_90a on 9.0 alone, sm_100f on 10.0
// and 10.3. 8.7 (Jetson) runs nothing but its own. False for what is no architecture.
bool RunsOn(std::string_view arch, std::string_view device_arch);

// A bundle that is open. Thread-safe. The file is not mapped but read, an entry at a time: whoever truncates it while
// it is in use causes an error and no signal.
class Bundle {
 public:
  using Value = std::shared_ptr<const CompiledKernel>;

  // Opens a file and checks its table. An unreadable or wrong file is an invalid argument.
  static Result<std::unique_ptr<Bundle>> Open(const std::string& path);

  // The same over bytes, which must outlive the bundle and not change. `name` is what messages call them.
  static Result<std::unique_ptr<Bundle>> FromMemory(std::string_view bytes, std::string name);

  Bundle(const Bundle&) = delete;
  Bundle& operator=(const Bundle&) = delete;
  ~Bundle();

  // The module that computes `spec`, by whatever name, and runs on the target; null when there is none. Of several, the
  // one for the latest device, and there the one that is made for it alone. An error when that entry is damaged.
  Result<Value> Find(const Spec& spec, const BundleTarget& target) const;

  // The same by the name of the function. An invalid argument when modules with different specs have the name, as those
  // have that were given as a spec without one.
  Result<Value> Find(std::string_view name, const BundleTarget& target) const;

  // Sorted by name, then spec, then architecture.
  const std::vector<BundleEntry>& entries() const { return entries_; }

  // The module of one entry. Loaded and checked once, then shared for as long as anyone holds it.
  Result<Value> Load(size_t index) const;

  // Reads and checks every byte of every entry.
  Status Verify() const;

  const std::string& name() const { return name_; }
  const std::string& producer() const { return producer_; }
  int64_t bytes() const { return file_bytes_; }

 private:
  // Where the parts of an entry are in the file.
  struct Extent {
    uint64_t begin = 0;
    uint64_t bytes = 0;  // of all parts, up to where the next entry begins
    uint64_t cubin_bytes = 0, manifest_bytes = 0, resources_bytes = 0;
  };

  explicit Bundle(std::string name) : name_(std::move(name)) {}
  Status ReadTable();
  Status ReadAt(uint64_t begin, uint64_t size, std::string* bytes) const;
  Result<Value> LoadFresh(size_t index) const;
  template <typename Matches>
  std::optional<size_t> FindBest(const BundleTarget& target, const Matches& matches) const;

  std::string name_, producer_;
  int file_ = -1;            // -1 when in memory
  std::string_view memory_;  // only when in memory
  int64_t file_bytes_ = 0;
  std::vector<BundleEntry> entries_;
  std::vector<Extent> extents_;
  mutable std::mutex mutex_;
  mutable std::vector<std::weak_ptr<const CompiledKernel>> loaded_;
};

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_BUNDLE_H_
