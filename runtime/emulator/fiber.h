// A stackful coroutine: the CUDA thread of a block that waits for others without a thread of the system.
#ifndef RAGGEDC_RUNTIME_EMULATOR_FIBER_H_
#define RAGGEDC_RUNTIME_EMULATOR_FIBER_H_

#include <boost/context/fiber.hpp>
#include <cstddef>
#include <functional>

namespace raggedc::emulator {

// Runs `body` again each time it is resumed after it returned, on one stack: a fiber serves one block after the other.
// Destroyed in the middle of a body, it unwinds that body's stack.
class Fiber {
 public:
  explicit Fiber(std::function<void()> body);
  Fiber(Fiber&&) = delete;
  ~Fiber();

  // Runs it until it suspends itself or returns from its body.
  void Resume();
  // From inside: back to who resumed it.
  void Suspend();

 private:
  class Unwinding;
  class Returning;

  boost::context::fiber inside_;
  boost::context::fiber outside_;
  // For AddressSanitizer, which must know which stack is in use.
  void* inside_fake_ = nullptr;
  void* outside_fake_ = nullptr;
  const void* inside_bottom_ = nullptr;
  size_t inside_size_ = 0;
  const void* outside_bottom_ = nullptr;
  size_t outside_size_ = 0;
};

}  // namespace raggedc::emulator

#endif  // RAGGEDC_RUNTIME_EMULATOR_FIBER_H_
