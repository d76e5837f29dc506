// Work that nobody waits for, and that is done all the same before its owner or the process ends.
#ifndef RAGGEDC_RUNTIME_API_EXIT_WORK_H_
#define RAGGEDC_RUNTIME_API_EXIT_WORK_H_

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "runtime/api/exit_hook.h"

namespace raggedc {

// Thread-safe. One thread, which lives as long as there is something to do. exit() and a return from main() wait for
// it; _exit() and signals do not.
class ExitWork {
 public:
  ExitWork() = default;
  ExitWork(const ExitWork&) = delete;
  ExitWork& operator=(const ExitWork&) = delete;
  ~ExitWork();  // waits; not in a child of fork()

  // In the order of the calls. Done here and now where no thread can be started. `work` must not throw, nor submit.
  void Submit(std::function<void()> work);

  // Returns when everything is done.
  void Wait();
  void WaitFor(std::chrono::seconds at_most);

 private:
  void Run();

  std::mutex mutex_;
  std::condition_variable done_;
  std::deque<std::function<void()>> waiting_;
  bool runs_ = false;
  std::thread thread_;
  const ExitHook at_exit_{[this] { WaitFor(kExitPatience); }};
};

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_API_EXIT_WORK_H_
