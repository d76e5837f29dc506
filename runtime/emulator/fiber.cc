#include "runtime/emulator/fiber.h"

#include <boost/context/preallocated.hpp>
#include <boost/context/protected_fixedsize_stack.hpp>
#include <memory>
#include <utility>

#if defined(__SANITIZE_ADDRESS__)
#define RAGGEDC_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define RAGGEDC_ASAN 1
#endif
#endif
#ifdef RAGGEDC_ASAN
#include <sanitizer/common_interface_defs.h>
#endif

namespace raggedc::emulator {
namespace {

// Fragments of 16 x 256 floats a few times over, without optimisation.
constexpr size_t kStackBytes = 256 << 10;

void StartSwitch([[maybe_unused]] void** fake, [[maybe_unused]] const void* bottom, [[maybe_unused]] size_t size) {
#ifdef RAGGEDC_ASAN
  __sanitizer_start_switch_fiber(fake, bottom, size);
#endif
}

void FinishSwitch([[maybe_unused]] void* fake, [[maybe_unused]] const void** bottom, [[maybe_unused]] size_t* size) {
#ifdef RAGGEDC_ASAN
  __sanitizer_finish_switch_fiber(fake, bottom, size);
#endif
}

}  // namespace

// When a fiber is destroyed, resume() leaves it by an exception, which ends here: back to who destroys it.
class Fiber::Unwinding {
 public:
  explicit Unwinding(Fiber* fiber) : fiber_(fiber) {}
  ~Unwinding() { StartSwitch(nullptr, fiber_->outside_bottom_, fiber_->outside_size_); }

 private:
  Fiber* fiber_;
};

// Back inside, by whatever way.
class Fiber::Returning {
 public:
  explicit Returning(Fiber* fiber) : fiber_(fiber) {}
  ~Returning() { FinishSwitch(fiber_->inside_fake_, &fiber_->outside_bottom_, &fiber_->outside_size_); }

 private:
  Fiber* fiber_;
};

Fiber::Fiber(std::function<void()> body) {
  boost::context::protected_fixedsize_stack allocator(kStackBytes);
  boost::context::stack_context stack = allocator.allocate();
  inside_size_ = stack.size;
  inside_bottom_ = static_cast<char*>(stack.sp) - stack.size;
  inside_ = boost::context::fiber(std::allocator_arg, boost::context::preallocated(stack.sp, stack.size, stack),
                                  allocator, [this, body = std::move(body)](boost::context::fiber&& outside) {
                                    outside_ = std::move(outside);
                                    FinishSwitch(nullptr, &outside_bottom_, &outside_size_);
                                    const Unwinding unwinding(this);
                                    for (;;) {
                                      body();
                                      Suspend();
                                    }
                                    return std::move(outside_);
                                  });
}

Fiber::~Fiber() {
  if (!inside_) return;
  StartSwitch(&outside_fake_, inside_bottom_, inside_size_);
  inside_ = boost::context::fiber();
  FinishSwitch(outside_fake_, nullptr, nullptr);
}

void Fiber::Resume() {
  StartSwitch(&outside_fake_, inside_bottom_, inside_size_);
  inside_ = std::move(inside_).resume();
  FinishSwitch(outside_fake_, nullptr, nullptr);
}

void Fiber::Suspend() {
  StartSwitch(&inside_fake_, outside_bottom_, outside_size_);
  const Returning returning(this);
  outside_ = std::move(outside_).resume();
}

}  // namespace raggedc::emulator
