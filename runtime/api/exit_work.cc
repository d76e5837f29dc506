#include "runtime/api/exit_work.h"

#include <system_error>
#include <utility>

namespace raggedc {

ExitWork::~ExitWork() {
  Wait();
  if (thread_.joinable()) thread_.join();
}

void ExitWork::Submit(std::function<void()> work) {
  std::unique_lock<std::mutex> lock(mutex_);
  if (!runs_) {
    if (thread_.joinable()) thread_.join();  // it has nothing more to do
    try {
      thread_ = std::thread([this] { Run(); });
    } catch (const std::system_error&) {
      lock.unlock();
      work();
      return;
    }
    runs_ = true;
  }
  waiting_.push_back(std::move(work));
}

void ExitWork::Wait() {
  std::unique_lock<std::mutex> lock(mutex_);
  done_.wait(lock, [this] { return !runs_; });
}

void ExitWork::WaitFor(std::chrono::seconds at_most) {
  std::unique_lock<std::mutex> lock(mutex_);
  if (done_.wait_for(lock, at_most, [this] { return !runs_; }) && thread_.joinable()) thread_.join();
}

void ExitWork::Run() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!waiting_.empty()) {
    std::function<void()> work = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    work();
    work = nullptr;  // what it holds is let go outside of the lock
    lock.lock();
  }
  runs_ = false;
  done_.notify_all();
}

}  // namespace raggedc
