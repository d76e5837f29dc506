// Many processes and one cache, some of them killed.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <random>
#include <thread>

#include "runtime/disk_cache/testing.h"
#include "runtime/file_io.h"
#include "runtime/testing.h"

namespace raggedc {
namespace {

struct Pipe {
  Pipe() { EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0); }
  ~Pipe() {
    for (int i = 0; i < 2; ++i) Close(i);
  }
  void Close(int end) {
    if (ends[end] >= 0) ::close(ends[end]);
    ends[end] = -1;
  }
  int ends[2] = {-1, -1};
};

pid_t Spawn(std::vector<std::string> words, const Pipe& input, const Pipe* output) {
  words.insert(words.begin(), RAGGEDC_DISK_CACHE_CHILD);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input.ends[0], STDIN_FILENO);
  if (output != nullptr) posix_spawn_file_actions_adddup2(&actions, output->ends[1], STDOUT_FILENO);
  pid_t child = 0;
  EXPECT_EQ(posix_spawn(&child, argv[0], &actions, nullptr, argv.data(), environ), 0);
  posix_spawn_file_actions_destroy(&actions);
  return child;
}

int Wait(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

TEST(DiskCacheProcessTest, ManyProcessesOneCompilation) {
  constexpr int kProcesses = 64;
  const TemporaryDirectory directory;
  const std::string count = directory.File("count");
  RAGGEDC_ASSERT_OK(WriteFile(count, ""));
  Pipe start;
  std::vector<pid_t> children;
  for (int i = 0; i < kProcesses; ++i) {
    children.push_back(Spawn({"once", directory.File("cache"), "5", count}, start, nullptr));
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  start.Close(1);  // and off they go
  for (const pid_t child : children) EXPECT_EQ(Wait(child), 0);
  EXPECT_EQ(*ReadFile(count), "x");
}

TEST(DiskCacheProcessTest, KilledAtRandomMoments) {
  constexpr int kKills = 200;
  constexpr int kKeys = 6;
  const unsigned seed = std::random_device()();
  std::printf("seed %u\n", seed);
  std::mt19937 random(seed);
  const TemporaryDirectory directory;
  Pipe bystander_input, bystander_ready;
  const pid_t bystander = Spawn({"churn", directory.path(), std::to_string(random()), std::to_string(kKeys)},
                                bystander_input, &bystander_ready);
  DiskCacheOptions options;
  options.producer = "tests";
  options.directory = directory.path();
  options.lock_wait = std::chrono::seconds(60);
  options.stale_after = std::chrono::seconds(0);
  std::vector<std::string> warnings;
  options.warn = [&](CacheWarning, const std::string& message) { warnings.push_back(message); };
  const std::unique_ptr<DiskCache> cache = *DiskCache::Open(options);
  size_t most_temporaries = 0;
  for (int i = 0; i < kKills; ++i) {
    Pipe input, ready;
    const pid_t child =
        Spawn({"churn", directory.path(), std::to_string(random()), std::to_string(kKeys)}, input, &ready);
    ready.Close(1);
    char byte = 0;
    ASSERT_EQ(::read(ready.ends[0], &byte, 1), 1);
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 12000));
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    const int status = Wait(child);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
    if (random() % 3 == 0) (void)cache->Clear({});
    size_t temporaries = 0;
    for (const CacheLayerStat& layer : cache->Stat()) temporaries += static_cast<size_t>(layer.temporaries);
    most_temporaries = std::max(most_temporaries, temporaries);
  }
  bystander_input.Close(1);
  EXPECT_EQ(Wait(bystander), 0);

  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < kKeys; ++i) {
    const KernelKey key = TestKey(i);
    const Result<DiskCache::Value> kernel = cache->GetOrCompile(key, TestCompile(key));
    RAGGEDC_ASSERT_OK(kernel.status());
    EXPECT_TRUE(IsRight(key, **kernel));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5)) << "a lock is stuck";
  EXPECT_TRUE(cache->Verify(false).empty());
  // Those of the killed are gone as soon as somebody publishes.
  const KernelKey last = TestKey(kKeys);
  EXPECT_TRUE(cache->Write(last, TestKernel(last)));
  EXPECT_EQ(cache->Stat()[0].temporaries, 0);
  EXPECT_LE(most_temporaries, 8u);
  EXPECT_EQ(warnings, std::vector<std::string>());
}

// Who waits for the lock of a process that is killed goes on at once.
TEST(DiskCacheProcessTest, DeathOfTheHolderFreesTheLock) {
  const TemporaryDirectory directory;
  const KernelKey key = TestKey(1);
  Pipe ready;
  const pid_t holder = ::fork();
  if (holder == 0) {
    DiskCacheOptions options;
    options.producer = "tests";
    options.directory = directory.path();
    (void)(*DiskCache::Open(options))->GetOrCompile(key, TestCompile(key, [&] {
                                                      if (::write(ready.ends[1], "r", 1) == 1) ::pause();
                                                    }));
    ::_exit(3);
  }
  char byte = 0;
  ASSERT_EQ(::read(ready.ends[0], &byte, 1), 1);
  std::thread killer([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    ::kill(holder, SIGKILL);
  });
  DiskCacheOptions options;
  options.producer = "tests";
  options.directory = directory.path();
  options.lock_wait = std::chrono::seconds(60);
  const auto begin = std::chrono::steady_clock::now();
  CacheSource source = CacheSource::kBase;
  const Result<DiskCache::Value> kernel = (*DiskCache::Open(options))->GetOrCompile(key, TestCompile(key), &source);
  const auto waited = std::chrono::steady_clock::now() - begin;
  killer.join();
  Wait(holder);
  RAGGEDC_ASSERT_OK(kernel.status());
  EXPECT_TRUE(IsRight(key, **kernel));
  EXPECT_EQ(source, CacheSource::kCompiled);
  EXPECT_GT(waited, std::chrono::milliseconds(50));
  EXPECT_LT(waited, std::chrono::seconds(10));
}

// A holder that hangs costs the wait, and no more.
TEST(DiskCacheProcessTest, HangingHolderIsNotWaitedForForever) {
  const TemporaryDirectory directory;
  const KernelKey key = TestKey(1);
  Pipe ready, end;
  DiskCacheOptions options;
  options.producer = "tests";
  options.directory = directory.path();
  options.lock_wait = std::chrono::milliseconds(200);
  std::vector<CacheWarning> warnings;
  options.warn = [&](CacheWarning kind, const std::string&) { warnings.push_back(kind); };
  const std::unique_ptr<DiskCache> cache = *DiskCache::Open(options);
  std::thread holder([&] {
    (void)cache->GetOrCompile(key, TestCompile(key, [&] {
                                char byte = 0;
                                if (::write(ready.ends[1], "r", 1) == 1) (void)!::read(end.ends[0], &byte, 1);
                              }));
  });
  char byte = 0;
  ASSERT_EQ(::read(ready.ends[0], &byte, 1), 1);
  const Result<DiskCache::Value> kernel = cache->GetOrCompile(key, TestCompile(key));
  end.Close(1);
  holder.join();
  RAGGEDC_ASSERT_OK(kernel.status());
  EXPECT_TRUE(IsRight(key, **kernel));
  EXPECT_EQ(warnings, std::vector<CacheWarning>{CacheWarning::kLock});
}

}  // namespace
}  // namespace raggedc
