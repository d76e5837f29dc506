//===- Devices.h - one context on several GPUs ------------------*- C++ -*-===//

#ifndef RAGGEDC_TEST_GPU_DEVICES_H
#define RAGGEDC_TEST_GPU_DEVICES_H

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/status.h"

namespace raggedc {

/// What the C API is asked to do on all GPUs at once, under one policy.
struct DevicesCase {
  std::string label;  ///< "devices quick first"
  uint32_t policy = 0;
  uint64_t seed = 0;
};
std::vector<DevicesCase> makeDevicesCases(uint64_t seed);

/// Launches from several threads of each GPU, each with streams, operands and results of its own, through one context;
/// under contexts of other GPUs and through handles that were made on them too. Every result is compared with the
/// reference. `threads` of a GPU, `rounds` of a thread.
Status runOnAllDevices(const DevicesCase& test, int threads, int rounds);

}  // namespace raggedc

#endif  // RAGGEDC_TEST_GPU_DEVICES_H
