#include "runtime/api/fork_guard.h"

#include <pthread.h>

#include <mutex>

namespace raggedc {

std::atomic<bool> is_forked_child{false};

void ArmForkGuard() {
  static std::once_flag once;
  std::call_once(
      once, [] { ::pthread_atfork(nullptr, nullptr, [] { is_forked_child.store(true, std::memory_order_relaxed); }); });
}

}  // namespace raggedc
