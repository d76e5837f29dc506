#include "runtime/api/exit_hook.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <mutex>
#include <utility>
#include <vector>

#include "runtime/api/fork_guard.h"

namespace raggedc {
namespace {

struct Registry {
  std::mutex mutex;
  std::vector<const std::function<void()>*> hooks;
};

// Never destroyed: it is used while the process ends.
Registry& TheRegistry() {
  static Registry* const registry = new Registry;
  return *registry;
}

void Settle() {
  if (IsForkedChild()) return;
  const std::lock_guard<std::mutex> lock(TheRegistry().mutex);
  std::for_each(TheRegistry().hooks.rbegin(), TheRegistry().hooks.rend(), [](const auto* settle) { (*settle)(); });
}

// The main thread's is destroyed when the process ends, before anything that is static. Others end at any time.
struct EndOfThread {
  ~EndOfThread() {
    if (::syscall(SYS_gettid) == ::getpid()) Settle();
  }
};

}  // namespace

ExitHook::ExitHook(std::function<void()> settle) : settle_(std::move(settle)) {
  ArmExitHooks();
  const std::lock_guard<std::mutex> lock(TheRegistry().mutex);
  TheRegistry().hooks.push_back(&settle_);
}

ExitHook::~ExitHook() {
  const std::lock_guard<std::mutex> lock(TheRegistry().mutex);
  std::erase(TheRegistry().hooks, &settle_);
}

void ArmExitHooks() {
  static thread_local EndOfThread end;
  (void)&end;
  // Settling twice does no harm. Libraries that make things when they are first used have done so after a few times.
  constexpr int kMost = 16;
  static std::atomic<int> count{0};
  if (count.fetch_add(1, std::memory_order_relaxed) < kMost) std::atexit(Settle);
}

}  // namespace raggedc
