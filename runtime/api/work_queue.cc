#include "runtime/api/work_queue.h"

#include <utility>

namespace raggedc {

WorkQueue::~WorkQueue() {
  Stop();
}

void WorkQueue::Stop(std::optional<std::chrono::seconds> at_most) {
  std::vector<std::thread> threads;
  {
    std::unique_lock<std::mutex> lock(mutex_);
    ends_ = true;
    changed_.notify_all();
    const auto is_idle = [this] { return busy_ == 0; };
    if (!at_most) {
      changed_.wait(lock, is_idle);
    } else if (!changed_.wait_for(lock, *at_most, is_idle)) {
      return;
    }
    threads.swap(threads_);
  }
  for (std::thread& thread : threads) thread.join();
}

void WorkQueue::Submit(std::function<void()> work) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (ends_) return;
    waiting_.push_back(std::move(work));
    if (busy_ + waiting_.size() > threads_.size() && threads_.size() < maximum_) {
      threads_.emplace_back([this] { Run(); });
    }
  }
  changed_.notify_all();
}

void WorkQueue::Wait() {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [this] { return (ends_ || waiting_.empty()) && busy_ == 0; });
}

void WorkQueue::Run() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return ends_ || !waiting_.empty(); });
    if (ends_) return;
    std::function<void()> work = std::move(waiting_.front());
    waiting_.pop_front();
    ++busy_;
    lock.unlock();
    work();
    work = nullptr;  // what it holds is let go outside of the lock
    lock.lock();
    --busy_;
    changed_.notify_all();
  }
}

}  // namespace raggedc
