// The permutation of 16-byte chunks that tensor copies write and wgmma reads.
#ifndef RAGGEDC_RUNTIME_EMULATOR_SWIZZLE_H_
#define RAGGEDC_RUNTIME_EMULATOR_SWIZZLE_H_

#include <cstdint>

namespace raggedc::emulator {

// Within `width` bytes (16: no swizzle, 32, 64, 128), the number of a chunk is xor-ed with that of its 128 bytes:
// bits 4.. of the address with bits 7...
inline constexpr uint32_t SwizzleAddress(uint32_t address, uint32_t width) {
  return address ^ (address >> 3 & (width - 16));
}

}  // namespace raggedc::emulator

#endif  // RAGGEDC_RUNTIME_EMULATOR_SWIZZLE_H_
