// What can go wrong with files, folders, disks and clocks. See process_test.cc for processes.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <random>
#include <thread>

#include "runtime/disk_cache/fixture.h"
#include "runtime/file_io.h"

namespace raggedc {
namespace {

namespace fs = std::filesystem;

constexpr uid_t kNobody = 65534, kSomebody = 54321;

class DiskCacheFaultTest : public DiskCacheTest {
 protected:
  // Puts `bytes` where the kernel of `key` belongs, then asks for it.
  void ExpectRecompiled(const std::string& bytes, const W& expected) {
    const KernelKey key = TestKey(1);
    warnings.clear();
    fs::create_directories(Folder());
    std::ofstream(PathOf(key), std::ios::binary | std::ios::trunc) << bytes;
    const std::unique_ptr<DiskCache> cache = Open();
    EXPECT_FALSE(cache->Read(key));
    EXPECT_EQ(Get(*cache, key), CacheSource::kCompiled);
    EXPECT_EQ(Get(*cache, key), CacheSource::kWritable);  // and repaired by that
    EXPECT_EQ(Kinds(), expected);
  }
  std::string GoodBytes(const KernelKey& key) { return EncodeEntry(EntryKeyText(key, "tests"), TestKernel(key)); }

  // Runs `body` in a process of user `user`, when this one may; otherwise in one of its own user. Failures reach the
  // test through the exit code; `body` says them on standard error.
  void InChild(uid_t user, const std::function<bool()>& body) {
    const pid_t child = ::fork();
    if (child == 0) {
      if (geteuid() == 0 && user != 0 && (setgid(user) != 0 || setuid(user) != 0)) _exit(2);
      const bool good = body() && !HasFailure();
      for (const auto& [kind, message] : warnings) std::fprintf(stderr, "warning: %s\n", message.c_str());
      _exit(good ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
};

TEST_F(DiskCacheFaultTest, DamagedEntries) {
  const std::string good = GoodBytes(TestKey(1));
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(StrCat("seed ", seed));
  std::mt19937 random(seed);
  ExpectRecompiled("", W{CacheWarning::kDamaged});
  ExpectRecompiled(std::string(good.size(), '\0'), W{CacheWarning::kDamaged});
  ExpectRecompiled("not a kernel at all", W{CacheWarning::kDamaged});
  ExpectRecompiled(good + good, W{CacheWarning::kDamaged});
  for (int i = 0; i < 20; ++i) ExpectRecompiled(good.substr(0, random() % good.size()), W{CacheWarning::kDamaged});
  // Every region: magic, version, each length, key, manifest and so on, cubin, hash; and anywhere.
  std::vector<size_t> places = {0, 8, 12, 16, 24, 32, 40, 60, 400, good.size() / 2, good.size() - 20, good.size() - 1};
  for (int i = 0; i < 20; ++i) places.push_back(random() % good.size());
  for (const size_t place : places) {
    SCOPED_TRACE(place);
    std::string bytes = good;
    bytes[place] = static_cast<char>(bytes[place] ^ 1 << random() % 8);
    ExpectRecompiled(bytes, W{CacheWarning::kDamaged});
  }
}

TEST_F(DiskCacheFaultTest, SwappedEntries) {
  ExpectRecompiled(GoodBytes(TestKey(2)), W{CacheWarning::kDamaged});
  EXPECT_NE(warnings.at(0).second.find("another key"), std::string::npos);
  ExpectRecompiled(GoodBytes(TestKey(1, "sm_80")), W{CacheWarning::kDamaged});
  const KernelKey key = TestKey(1);
  ExpectRecompiled(EncodeEntry(EntryKeyText(key, "another"), TestKernel(key, "another")), W{CacheWarning::kDamaged});
}

TEST_F(DiskCacheFaultTest, FutureVersionIsLeftAloneUntilReplaced) {
  std::string bytes = GoodBytes(TestKey(1));
  bytes.resize(bytes.size() - 16);
  bytes[8] = 9;
  const SourceHash hash = HashSource(bytes);
  for (const uint64_t half : {hash.high, hash.low}) {
    for (int i = 0; i < 8; ++i) bytes.push_back(static_cast<char>(half >> (8 * i) & 0xff));
  }
  fs::create_directories(Folder());
  fs::permissions(Folder(), fs::perms::owner_all);
  const std::string path = Folder() + "/00112233445566778899aabbccddeeff.kernel";
  std::ofstream(path, std::ios::binary) << bytes;
  const std::unique_ptr<DiskCache> cache = Open();
  EXPECT_EQ(cache->List().at(0).state, CacheEntry::State::kForeign);
  EXPECT_TRUE(cache->Verify(/*repair=*/true).empty());
  EXPECT_TRUE(fs::exists(path));
  fs::remove(path);
  ExpectRecompiled(bytes, W());
}

TEST_F(DiskCacheFaultTest, VerifyFindsAndRepairs) {
  const std::unique_ptr<DiskCache> cache = Open();
  for (int i = 0; i < 4; ++i) Get(*cache, TestKey(i));
  fs::resize_file(PathOf(TestKey(1)), 100);
  fs::copy_file(PathOf(TestKey(0)), PathOf(TestKey(2)), fs::copy_options::overwrite_existing);
  const std::vector<CacheEntry> damaged = cache->Verify(/*repair=*/false);
  EXPECT_EQ(damaged.size(), 2u);
  EXPECT_EQ(CountFiles(".kernel"), 4u);
  EXPECT_EQ(cache->Verify(/*repair=*/true).size(), 2u);
  EXPECT_EQ(CountFiles(".kernel"), 2u);
  EXPECT_TRUE(cache->Verify(/*repair=*/false).empty());
  EXPECT_TRUE(cache->Read(TestKey(3)));
}

TEST_F(DiskCacheFaultTest, ThingsThatAreNoFiles) {
  Get(*Open(), TestKey(2));
  fs::create_directory(PathOf(TestKey(0)));
  ASSERT_EQ(mkfifo(PathOf(TestKey(1)).c_str(), 0600), 0);
  fs::create_symlink(PathOf(TestKey(2)), PathOf(TestKey(3)));
  const std::unique_ptr<DiskCache> cache = Open();
  EXPECT_EQ(Get(*cache, TestKey(0)), CacheSource::kNotKept);  // a folder cannot be renamed over
  EXPECT_EQ(Get(*cache, TestKey(1)), CacheSource::kCompiled);
  EXPECT_EQ(Get(*cache, TestKey(3)), CacheSource::kCompiled);
  for (const int i : {1, 2, 3}) EXPECT_EQ(Get(*cache, TestKey(i)), CacheSource::kWritable);
  EXPECT_EQ(CountFiles("tmp."), 0u);
}

// Each call fails in turn, with each error, always or now and then. Kernels come and are right; no temporary file stays
// unless removing it is what fails.
TEST_F(DiskCacheFaultTest, EveryCallFailing) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(StrCat("seed ", seed));
  std::mt19937 random(seed);
  for (const char* call : FaultyFileSystem::kCalls) {
    for (const int error : {ENOSPC, EIO, EACCES, EROFS, ENOENT, ESTALE, EEXIST, EAGAIN, ENOLCK, EINVAL, EMFILE}) {
      for (const unsigned every : {1u, 3u}) {
        SCOPED_TRACE(StrCat(call, " ", std::strerror(error), " every ", every));
        file_system.fault = nullptr;
        fs::remove_all(directory());
        warnings.clear();
        DiskCacheOptions options = Options();
        options.lock_wait = std::chrono::milliseconds(2);
        const std::unique_ptr<DiskCache> cache = Open(options);
        Get(*cache, TestKey(0));
        file_system.fault = [&](const std::string& name) { return name == call && random() % every == 0 ? -error : 0; };
        for (int i = 0; i < 4; ++i) Get(*cache, TestKey(i));
        for (int i = 3; i >= 0; --i) Get(*cache, TestKey(i));
        (void)cache->List();
        (void)cache->Stat();
        (void)cache->Verify(true);
        (void)cache->Clear({});
        const std::set<CacheWarning> kinds = [&] {
          const W all = Kinds();
          return std::set<CacheWarning>(all.begin(), all.end());
        }();
        EXPECT_EQ(kinds.size(), warnings.size()) << "a warning was given twice";
        if (std::string(call) != "Remove") EXPECT_EQ(CountFiles("tmp."), 0u);
        file_system.fault = nullptr;
        for (int i = 0; i < 4; ++i) Get(*cache, TestKey(i));
        if (HasFailure()) return;
      }
    }
  }
}

TEST_F(DiskCacheFaultTest, FullDiskIsSaidOnceAndLeavesNothing) {
  file_system.fault = [](const std::string& call) { return call == "Write" ? -ENOSPC : 0; };
  const std::unique_ptr<DiskCache> cache = Open();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Get(*cache, TestKey(i)), CacheSource::kNotKept);
  EXPECT_EQ(Kinds(), W{CacheWarning::kUnwritable});
  EXPECT_NE(warnings.at(0).second.find("No space left"), std::string::npos) << warnings.at(0).second;
  EXPECT_EQ(CountFiles("tmp."), 0u);
  EXPECT_EQ(CountFiles(".kernel"), 0u);
}

TEST_F(DiskCacheFaultTest, RenameThatFails) {
  file_system.fault = [](const std::string& call) { return call == "Rename" ? -EIO : 0; };
  const std::unique_ptr<DiskCache> cache = Open();
  EXPECT_EQ(Get(*cache, TestKey(1)), CacheSource::kNotKept);
  EXPECT_EQ(CountFiles("tmp."), 0u);
  EXPECT_EQ(Kinds(), W{CacheWarning::kUnwritable});
}

// NFS may do what it was asked and still report an error, as when it repeats a request.
TEST_F(DiskCacheFaultTest, RenameThatSaysItFailedAndDidNot) {
  class Lying : public FileSystem {
   public:
    int Rename(int folder, const char* from, const char* to) override {
      (void)FileSystem::Rename(folder, from, to);
      return -ENOENT;
    }
  } lying;
  DiskCacheOptions options = Options();
  options.file_system = &lying;
  const std::unique_ptr<DiskCache> cache = Open(options);
  EXPECT_EQ(Get(*cache, TestKey(1)), CacheSource::kNotKept);
  EXPECT_EQ(Get(*cache, TestKey(1)), CacheSource::kWritable);
  EXPECT_EQ(CountFiles("tmp."), 0u);
}

TEST_F(DiskCacheFaultTest, WithoutLocksItStillWorks) {
  file_system.fault = [](const std::string& call) { return call == "TryLock" ? -ENOLCK : 0; };
  const std::unique_ptr<DiskCache> cache = Open();
  EXPECT_EQ(Get(*cache, TestKey(1)), CacheSource::kCompiled);
  EXPECT_EQ(Get(*cache, TestKey(1)), CacheSource::kWritable);
  EXPECT_EQ(Kinds(), W{CacheWarning::kLock});
}

TEST_F(DiskCacheFaultTest, ShortAndInterruptedReads) {
  class Slow : public FileSystem {
   public:
    ssize_t Read(int file, void* bytes, size_t count) override {
      return FileSystem::Read(file, bytes, std::min<size_t>(count, 7));
    }
  } slow;
  DiskCacheOptions options = Options();
  options.file_system = &slow;
  const std::unique_ptr<DiskCache> cache = Open(options);
  EXPECT_EQ(Get(*cache, TestKey(1)), CacheSource::kCompiled);
  EXPECT_EQ(Get(*cache, TestKey(1)), CacheSource::kWritable);
}

TEST_F(DiskCacheFaultTest, ReadOnlyDirectory) {
  Get(*Open(), TestKey(1));
  if (geteuid() == 0) {
    for (const std::string& path : {temporary.path(), directory(), Folder(), PathOf(TestKey(1)), Folder() + "/lock"}) {
      ASSERT_EQ(::chown(path.c_str(), kSomebody, kSomebody), 0);
    }
  }
  fs::permissions(Folder(), fs::perms::owner_read | fs::perms::owner_exec);
  InChild(kSomebody, [&] {
    const std::unique_ptr<DiskCache> cache = Open();
    EXPECT_EQ(Get(*cache, TestKey(1)), CacheSource::kWritable);
    EXPECT_EQ(Get(*cache, TestKey(2)), CacheSource::kNotKept);
    EXPECT_EQ(Get(*cache, TestKey(3)), CacheSource::kNotKept);
    EXPECT_EQ(Kinds(), W{CacheWarning::kUnwritable});
    return true;
  });
  fs::permissions(Folder(), fs::perms::owner_all);
}

TEST_F(DiskCacheFaultTest, SmallFullFileSystem) {
  if (geteuid() != 0) GTEST_SKIP() << "only root may mount";
  fs::create_directory(directory());
  InChild(0, [&] {
    // Mounted in a namespace of this process, so that nothing stays behind.
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("tmpfs", directory().c_str(), "tmpfs", 0, "size=64k,mode=700") != 0) {
      std::fprintf(stderr, "cannot mount a tmpfs here; the test of injected ENOSPC stands alone\n");
      return true;
    }
    const std::unique_ptr<DiskCache> cache = Open();
    int kept = 0;
    for (int i = 0; i < 40; ++i) kept += Get(*cache, TestKey(i)) == CacheSource::kCompiled;
    EXPECT_GT(kept, 0);
    EXPECT_LT(kept, 40);
    EXPECT_EQ(Kinds(), W{CacheWarning::kUnwritable});
    EXPECT_EQ(CountFiles("tmp."), 0u);
    EXPECT_EQ(Get(*cache, TestKey(0)), CacheSource::kWritable);
    EXPECT_TRUE(cache->Verify(false).empty());
    return true;
  });
}

// ulimit -f, which ends a process that writes beyond it.
TEST_F(DiskCacheFaultTest, LimitOfFileSize) {
  InChild(0, [&] {
    struct rlimit limit = {};
    if (::getrlimit(RLIMIT_FSIZE, &limit) != 0) return false;
    const struct rlimit low = {1000, limit.rlim_max};
    if (::setrlimit(RLIMIT_FSIZE, &low) != 0) return false;
    const std::unique_ptr<DiskCache> cache = Open();
    EXPECT_EQ(Get(*cache, TestKey(1)), CacheSource::kNotKept);
    // Standard error may be a long file.
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return false;
    EXPECT_EQ(Kinds(), W{CacheWarning::kUnwritable});
    EXPECT_EQ(CountFiles("tmp."), 0u);
    return true;
  });
}

TEST_F(DiskCacheFaultTest, DeletedWhileInUse) {
  const std::unique_ptr<DiskCache> cache = Open();
  Get(*cache, TestKey(1));
  fs::remove_all(directory());
  EXPECT_EQ(Get(*cache, TestKey(1)), CacheSource::kCompiled);
  EXPECT_EQ(Get(*cache, TestKey(1)), CacheSource::kWritable);
  // During the compilation as well, and again and again from beside.
  (void)cache->GetOrCompile(TestKey(2), TestCompile(TestKey(2), [&] { fs::remove_all(directory()); }));
  EXPECT_EQ(Get(*cache, TestKey(2)), CacheSource::kWritable);
  EXPECT_EQ(Kinds(), W());
  std::atomic<bool> done = false;
  std::thread remover([&] {
    std::error_code ignored;
    while (!done) fs::remove_all(directory(), ignored);
  });
  for (int i = 0; i < 300; ++i) Get(*cache, TestKey(i % 5));
  done = true;
  remover.join();
  EXPECT_EQ(Get(*Open(), TestKey(9)), CacheSource::kCompiled);
}

TEST_F(DiskCacheFaultTest, WritableForOthers) {
  Get(*Open(), TestKey(1));
  for (const std::string& folder : {directory(), Folder()}) {
    for (const fs::perms more : {fs::perms::group_write, fs::perms::others_write}) {
      fs::permissions(folder, fs::perms::owner_all | more);
      warnings.clear();
      const std::unique_ptr<DiskCache> cache = Open();
      EXPECT_EQ(Get(*cache, TestKey(1)), CacheSource::kNotKept);
      EXPECT_EQ(Get(*cache, TestKey(2)), CacheSource::kNotKept);
      EXPECT_EQ(Kinds(), W{CacheWarning::kRefused});
      EXPECT_NE(warnings.at(0).second.find("RAGGEDC_CACHE_INSECURE"), std::string::npos);
      EXPECT_FALSE(cache->Stat()[0].status.ok());
      DiskCacheOptions insist = Options();
      insist.insecure = true;
      EXPECT_EQ(Get(*Open(insist), TestKey(1)), CacheSource::kWritable);
    }
    fs::permissions(folder, fs::perms::owner_all);
  }
  fs::permissions(PathOf(TestKey(1)), fs::perms::others_write, fs::perm_options::add);
  EXPECT_EQ(Get(*Open(), TestKey(1)), CacheSource::kCompiled);
  EXPECT_EQ(warnings.back().first, CacheWarning::kRefused);
}

TEST_F(DiskCacheFaultTest, OfAnotherUser) {
  if (geteuid() != 0) GTEST_SKIP() << "only root may give files away";
  Get(*Open(), TestKey(1));
  ASSERT_EQ(::chmod(temporary.path().c_str(), 0755), 0);
  const std::vector<std::string> paths = {directory(), Folder(), PathOf(TestKey(1))};
  for (const std::string& path : paths) ASSERT_EQ(::chmod(path.c_str(), 0755), 0);
  for (const std::string& path : paths) {
    // Root's is trusted, though it cannot be written to.
    warnings.clear();
    InChild(kNobody, [&] {
      EXPECT_EQ(Get(*Open(), TestKey(1)), CacheSource::kWritable);
      EXPECT_EQ(Kinds(), W());
      return true;
    });
    for (const uid_t user : {kNobody, uid_t{0}}) {
      ASSERT_EQ(::chown(path.c_str(), kSomebody, kSomebody), 0);
      InChild(user, [&] {
        const CacheSource source = Get(*Open(), TestKey(1));
        EXPECT_TRUE(source == CacheSource::kNotKept || source == CacheSource::kCompiled);
        EXPECT_EQ(warnings.at(0).first, CacheWarning::kRefused);
        return true;
      });
    }
    ASSERT_EQ(::chown(path.c_str(), 0, 0), 0);
  }
}

TEST_F(DiskCacheFaultTest, SymbolicLinks) {
  fs::create_symlink(directory(), temporary.File("loop"));
  fs::create_symlink(temporary.File("loop"), directory());
  EXPECT_EQ(Get(*Open(), TestKey(1)), CacheSource::kNotKept);
  EXPECT_EQ(Kinds(), W{CacheWarning::kUnavailable});
  EXPECT_NE(warnings.at(0).second.find("symbolic links"), std::string::npos) << warnings.at(0).second;
  // A link to a folder of one's own is fine: caches are moved to larger disks that way.
  fs::remove(directory());
  fs::create_directory(temporary.File("real"));
  fs::create_directory_symlink(temporary.File("real"), directory());
  EXPECT_EQ(Get(*Open(), TestKey(1)), CacheSource::kCompiled);
  EXPECT_EQ(Get(*Open(), TestKey(1)), CacheSource::kWritable);
  EXPECT_EQ(warnings.size(), 1u);
  fs::remove(directory());
  std::ofstream(directory()) << "a file";
  warnings.clear();
  EXPECT_EQ(Get(*Open(), TestKey(1)), CacheSource::kNotKept);
  EXPECT_EQ(Kinds(), W{CacheWarning::kUnavailable});
}

TEST_F(DiskCacheFaultTest, ClockGoingBackwards) {
  constexpr int64_t kYear = 365 * 86400;
  DiskCacheOptions options = Options();
  options.max_bytes = 50000;
  const std::unique_ptr<DiskCache> cache = Open(options);
  file_system.now = 60 * kYear;
  for (int i = 0; i < 9; ++i) ASSERT_TRUE(cache->Write(TestKey(i), TestKernel(TestKey(i), "tests", 4000)));
  std::ofstream(Folder() + "/tmp.left_behind") << "x";  // of the true time, which is another future
  file_system.now = 40 * kYear;
  ASSERT_TRUE(cache->Read(TestKey(3)));
  for (int i = 20; i < 26; ++i) ASSERT_TRUE(cache->Write(TestKey(i), TestKernel(TestKey(i), "tests", 4000)));
  // What was used since stays; those with times to come went first.
  EXPECT_TRUE(cache->Read(TestKey(3)));
  for (int i = 20; i < 26; ++i) EXPECT_TRUE(cache->Read(TestKey(i))) << i;
  EXPECT_LE(cache->Stat()[0].bytes, options.max_bytes);
  EXPECT_EQ(CountFiles("tmp."), 0u);
  EXPECT_EQ(Kinds(), W());
}

// Somebody who cleans while a kernel is written does not take its file for left behind.
TEST_F(DiskCacheFaultTest, CleaningBesideAWriter) {
  DiskCacheOptions other = Options();
  other.file_system = nullptr;
  other.stale_after = std::chrono::seconds(0);
  const std::unique_ptr<DiskCache> cleaner = Open(other), cache = Open();
  int made = 0;
  file_system.fault = [&](const std::string& call) {
    made += call == "Create";
    if (call == "Rename") EXPECT_TRUE(cleaner->Write(TestKey(2), TestKernel(TestKey(2))));
    return 0;
  };
  EXPECT_EQ(Get(*cache, TestKey(1)), CacheSource::kCompiled);
  EXPECT_EQ(made, 1);
  EXPECT_EQ(Kinds(), W());
}

// And when it is removed all the same, it is written again.
TEST_F(DiskCacheFaultTest, TemporaryFileRemovedUnderTheWriter) {
  const std::unique_ptr<DiskCache> cache = Open();
  for (const char* moment : {"TryLock", "Write", "Sync", "Rename"}) {
    SCOPED_TRACE(moment);
    fs::remove_all(directory());
    int made = 0;
    file_system.fault = [&](const std::string& call) {
      made += call == "Create";
      if (call == moment && made == 1) {
        for (const auto& file : fs::directory_iterator(Folder())) {
          if (file.path().filename().string().starts_with("tmp.")) fs::remove(file.path());
        }
      }
      return 0;
    };
    EXPECT_EQ(Get(*cache, TestKey(1)), CacheSource::kCompiled);
    EXPECT_EQ(made, 2);
    EXPECT_EQ(Get(*cache, TestKey(1)), CacheSource::kWritable);
  }
  EXPECT_EQ(Kinds(), W());
}

TEST_F(DiskCacheFaultTest, TemporaryFilesOfTheLivingStay) {
  const std::unique_ptr<DiskCache> cache = Open();
  Get(*cache, TestKey(1));
  std::ofstream(Folder() + "/tmp.dead") << "x";
  std::ofstream(Folder() + "/tmp.young") << "x";
  const int held = file_system.Create(::open(Folder().c_str(), O_RDONLY | O_DIRECTORY), "tmp.held");
  ASSERT_EQ(file_system.TryLock(held, 0), 0);
  const auto age = [&](const char* name, int minutes) {
    fs::last_write_time(Folder() + "/" + name, fs::file_time_type::clock::now() - std::chrono::minutes(minutes));
  };
  age("tmp.dead", 5);
  age("tmp.held", 500);
  Get(*cache, TestKey(2));
  EXPECT_EQ(CountFiles("tmp.dead"), 0u);
  EXPECT_EQ(CountFiles("tmp.young"), 1u);
  EXPECT_EQ(CountFiles("tmp.held"), 1u);
  // Where there are no locks only the age tells, and it takes an hour.
  file_system.fault = [](const std::string& call) { return call == "TryLock" ? -ENOLCK : 0; };
  std::ofstream(Folder() + "/tmp.dead") << "x";
  age("tmp.dead", 30);
  Get(*cache, TestKey(3));
  EXPECT_EQ(CountFiles("tmp.dead"), 1u);
  age("tmp.dead", 61);
  Get(*cache, TestKey(4));
  EXPECT_EQ(CountFiles("tmp.dead"), 0u);
  ::close(held);
}

}  // namespace
}  // namespace raggedc
