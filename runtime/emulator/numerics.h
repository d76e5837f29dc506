// Operand formats of the tensor cores, as floats.
#ifndef RAGGEDC_RUNTIME_EMULATOR_NUMERICS_H_
#define RAGGEDC_RUNTIME_EMULATOR_NUMERICS_H_

#include <bit>
#include <cstdint>

#include "runtime/dtype.h"
#include "templates/host/abi.h"

namespace raggedc::emulator {

// Elements of a 32-bit register: two of 16 bits, or one tf32 (the low 13 bits do not take part).
inline constexpr int ElementsOf(ragged_host::Element type) {
  return type == ragged_host::Element::kTf32 ? 1 : 2;
}

inline float ElementAt(ragged_host::Element type, uint32_t reg, int index) {
  switch (type) {
    case ragged_host::Element::kBf16:
      return std::bit_cast<float>(index == 0 ? reg << 16 : reg & 0xffff0000u);
    case ragged_host::Element::kF16:
      return F16ToFloat(static_cast<uint16_t>(index == 0 ? reg : reg >> 16));
    case ragged_host::Element::kTf32:
      return std::bit_cast<float>(reg & 0xffffe000u);
  }
  return 0;
}

}  // namespace raggedc::emulator

#endif  // RAGGEDC_RUNTIME_EMULATOR_NUMERICS_H_
