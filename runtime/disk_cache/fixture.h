// What most tests of the disk cache begin with.
#ifndef RAGGEDC_RUNTIME_DISK_CACHE_FIXTURE_H_
#define RAGGEDC_RUNTIME_DISK_CACHE_FIXTURE_H_

#include <gtest/gtest.h>

#include <filesystem>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "runtime/disk_cache/faulty_file_system.h"
#include "runtime/disk_cache/testing.h"
#include "runtime/testing.h"

namespace raggedc {

class DiskCacheTest : public testing::Test {
 protected:
  DiskCacheOptions Options() {
    DiskCacheOptions options;
    options.producer = "tests";
    options.directory = directory();
    options.file_system = &file_system;
    options.warn = [this](CacheWarning kind, const std::string& message) {
      const std::lock_guard<std::mutex> lock(mutex_);
      warnings.emplace_back(kind, message);
    };
    return options;
  }
  std::unique_ptr<DiskCache> Open(DiskCacheOptions options) {
    return std::move(DiskCache::Open(std::move(options))).value();
  }
  std::unique_ptr<DiskCache> Open() { return Open(Options()); }

  std::string directory() const { return temporary.File("cache"); }
  std::string Folder() const { return directory() + "/kernels"; }
  std::string PathOf(const KernelKey& key, const std::string& producer = "tests") const {
    return Folder() + "/" + EntryFileName(EntryKeyText(key, producer));
  }

  // Asks for the kernel of `key`, which must come and be right; where it came from.
  CacheSource Get(DiskCache& cache, const KernelKey& key) {
    CacheSource source = CacheSource::kBase;
    const Result<DiskCache::Value> kernel = cache.GetOrCompile(key, TestCompile(key), &source);
    EXPECT_TRUE(kernel.ok()) << kernel.status().message();
    EXPECT_TRUE(kernel.ok() && IsRight(key, **kernel)) << "a wrong kernel";
    return source;
  }
  size_t CountFiles(const std::string& part) const {
    size_t count = 0;
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(Folder(), none)) {
      count += entry.path().filename().string().find(part) != std::string::npos;
    }
    return count;
  }
  std::vector<CacheWarning> Kinds() const {
    std::vector<CacheWarning> kinds;
    for (const auto& [kind, message] : warnings) kinds.push_back(kind);
    return kinds;
  }
  using W = std::vector<CacheWarning>;

  TemporaryDirectory temporary;
  FaultyFileSystem file_system;
  std::vector<std::pair<CacheWarning, std::string>> warnings;

 private:
  std::mutex mutex_;
};

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_DISK_CACHE_FIXTURE_H_
