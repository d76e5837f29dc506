// Threads that do what they are given, and end with their owner.
#ifndef RAGGEDC_RUNTIME_API_WORK_QUEUE_H_
#define RAGGEDC_RUNTIME_API_WORK_QUEUE_H_

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace raggedc {

// Thread-safe. Threads are started when there is work for them.
class WorkQueue {
 public:
  explicit WorkQueue(size_t threads) : maximum_(threads) {}
  WorkQueue(const WorkQueue&) = delete;
  WorkQueue& operator=(const WorkQueue&) = delete;
  ~WorkQueue();  // waits for what has begun; what has not is left undone

  void Submit(std::function<void()> work);

  // Returns when there is nothing to do and nothing being done.
  void Wait();

  // Drops what has not begun, now and from now on, and returns when nothing is being done and the threads have ended,
  // or after `at_most`.
  void Stop(std::optional<std::chrono::seconds> at_most = std::nullopt);

 private:
  void Run();

  const size_t maximum_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;
  size_t busy_ = 0;
  bool ends_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_API_WORK_QUEUE_H_
