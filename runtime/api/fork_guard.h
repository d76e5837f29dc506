// The driver does not survive fork(), and threads and locks do not either: a child must not touch what it inherited.
#ifndef RAGGEDC_RUNTIME_API_FORK_GUARD_H_
#define RAGGEDC_RUNTIME_API_FORK_GUARD_H_

#include <atomic>

namespace raggedc {

// True in a child of a process in which ArmForkGuard had been called, and in the child's children.
extern std::atomic<bool> is_forked_child;

inline bool IsForkedChild() {
  return is_forked_child.load(std::memory_order_relaxed);
}

// From now on children of this process are marked.
void ArmForkGuard();

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_API_FORK_GUARD_H_
