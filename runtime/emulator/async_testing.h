// What kernels of tests do with mbarriers and the copies that complete on them; see kernel_testing.h.
#ifndef RAGGEDC_RUNTIME_EMULATOR_ASYNC_TESTING_H_
#define RAGGEDC_RUNTIME_EMULATOR_ASYNC_TESTING_H_

#include <algorithm>
#include <random>

#include "runtime/emulator/kernel_testing.h"
// The twins that the kernels call.
#include "ragged/ptx/bulk_copy.host.cuh"
#include "ragged/ptx/cluster.host.cuh"
#include "ragged/ptx/lanes.host.cuh"
#include "ragged/ptx/mbarrier.host.cuh"
#include "ragged/ptx/memory.host.cuh"
#include "ragged/ptx/memory_wide.host.cuh"
#include "ragged/ptx/proxy.host.cuh"
#include "ragged/ptx/special.host.cuh"
#include "ragged/ptx/sync.host.cuh"
#include "ragged/ptx/tensor_copy.host.cuh"

namespace raggedc::emulator {

namespace ptx = ragged::ptx;
using ragged::u32x4;

inline constexpr uint32_t kBar = 0;  // where the mbarrier lies
inline constexpr uint32_t kData = 1024;

// mbarrier.init by one thread, seen by all.
inline void InitMbarrier(uint32_t count, uint32_t address = kBar) {
  if (ptx::thread() == 0) {
    ptx::mbarrier_init(address, count);
    ptx::fence_mbarrier_init();
  }
  ptx::bar_sync<0>();
}

inline void WaitInLoop(uint32_t parity, uint32_t address = kBar) {
  while (!ptx::mbarrier_try_wait_parity(address, parity)) {
  }
}

inline Buffer Numbers(int64_t bytes) {
  Buffer buffer("in", bytes, false, true);
  std::mt19937 random(1);
  std::generate_n(buffer.as<uint8_t>(), bytes, [&] { return static_cast<uint8_t>(random()); });
  return buffer;
}

}  // namespace raggedc::emulator

#endif  // RAGGEDC_RUNTIME_EMULATOR_ASYNC_TESTING_H_
