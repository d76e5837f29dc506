// The process that tests of the disk cache start, many at a time, and kill.
//
//   disk_cache_child once DIR KEY COUNT   waits for the end of standard input, asks for one kernel; each compilation
//                                         adds a byte to the file COUNT
//   disk_cache_child churn DIR SEED KEYS  asks for random kernels until it is killed or standard input ends
//
// Exit codes: 0 all kernels were right, 1 one was wrong, 3 an error.
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <thread>

#include "runtime/disk_cache/testing.h"

namespace raggedc {
namespace {

std::unique_ptr<DiskCache> OpenCache(const char* directory) {
  DiskCacheOptions options;
  options.producer = "tests";
  options.directory = directory;
  options.lock_wait = std::chrono::seconds(60);
  options.stale_after = std::chrono::seconds(0);
  return std::move(DiskCache::Open(std::move(options))).value();
}

int Once(const char* directory, int index, const char* count) {
  char byte = 0;
  while (::read(STDIN_FILENO, &byte, 1) > 0) {
  }
  const KernelKey key = TestKey(index);
  const Result<DiskCache::Value> kernel =
      OpenCache(directory)->GetOrCompile(key, TestCompile(key, [&] {
                                           const int file = ::open(count, O_WRONLY | O_APPEND);
                                           if (::write(file, "x", 1) != 1) std::_Exit(3);
                                           std::this_thread::sleep_for(std::chrono::milliseconds(200));
                                         }));
  return kernel.ok() ? !IsRight(key, **kernel) : 3;
}

bool InputEnded() {
  struct pollfd input = {STDIN_FILENO, POLLIN, 0};
  return ::poll(&input, 1, 0) > 0;
}

int Churn(const char* directory, unsigned seed, unsigned keys) {
  std::mt19937 random(seed);
  const std::unique_ptr<DiskCache> cache = OpenCache(directory);
  if (::write(STDOUT_FILENO, "r", 1) != 1) return 3;
  while (!InputEnded()) {
    const KernelKey key = TestKey(static_cast<int>(random() % keys));
    const auto pause = std::chrono::microseconds(random() % 3000);
    // Some kernels are made anew each time: what is there is overwritten under the eyes of readers.
    if (random() % 4 == 0) {
      (void)cache->Write(key, TestKernel(key));
    } else {
      const Result<DiskCache::Value> kernel =
          cache->GetOrCompile(key, TestCompile(key, [&] { std::this_thread::sleep_for(pause); }));
      if (!kernel.ok()) return 3;
      if (!IsRight(key, **kernel)) return 1;
    }
  }
  return 0;
}

}  // namespace
}  // namespace raggedc

int main(int argc, char** argv) {
  if (argc == 5 && std::strcmp(argv[1], "once") == 0) return raggedc::Once(argv[2], std::atoi(argv[3]), argv[4]);
  if (argc == 5 && std::strcmp(argv[1], "churn") == 0) {
    return raggedc::Churn(argv[2], static_cast<unsigned>(std::strtoul(argv[3], nullptr, 10)),
                          static_cast<unsigned>(std::atoi(argv[4])));
  }
  std::fprintf(stderr, "expected once or churn\n");
  return 3;
}
