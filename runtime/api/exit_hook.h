// What has to come to rest before the process ends: threads that use libraries whose own destructors are about to run.
#ifndef RAGGEDC_RUNTIME_API_EXIT_HOOK_H_
#define RAGGEDC_RUNTIME_API_EXIT_HOOK_H_

#include <chrono>
#include <functional>

namespace raggedc {

// While it lives, exit() and a return from main() call `settle`, perhaps more than once; the hooks made last come
// first. Not called in a child of fork(), where the threads are not, nor by _exit() and signals.
//
// What a library makes when it is first used is destroyed before what was registered with atexit() earlier, which would
// be too late for a thread in the middle of that first use. The thread_local objects of the thread that ends the
// process go before all of that: where this is the main thread and it has called ArmExitHooks, they call the hooks.
class ExitHook {
 public:
  explicit ExitHook(std::function<void()> settle);
  ExitHook(const ExitHook&) = delete;
  ExitHook& operator=(const ExitHook&) = delete;
  ~ExitHook();

 private:
  std::function<void()> settle_;
};

// Making a hook does this for the calling thread. Threads that are about to use a library which makes things do it too:
// where another thread ends the process, what counts is the order with atexit().
void ArmExitHooks();

// How long a hook waits for a thread that may be lost, as it used what had been destroyed.
inline constexpr std::chrono::seconds kExitPatience{10};

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_API_EXIT_HOOK_H_
