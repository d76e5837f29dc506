// Instructions that the lanes of a warp execute together: exchanges, matrix loads, mma.sync. `site` is the return
// address of the call.
#ifndef RAGGEDC_RUNTIME_EMULATOR_WARP_H_
#define RAGGEDC_RUNTIME_EMULATOR_WARP_H_

#include <cstdint>

#include "runtime/emulator/cluster.h"

namespace raggedc::emulator {

uint32_t ShuffleLanes(Cluster& cluster, abi::Shuffle kind, uint32_t value, uint32_t argument, uint32_t mask, int line,
                      const void* site);
uint32_t VoteLanes(Cluster& cluster, abi::Vote kind, bool predicate, uint32_t mask, int line, const void* site);
// True for one lane of the mask, the lowest.
bool ElectLane(Cluster& cluster, uint32_t mask, int line, const void* site);

void LoadMatrix(Cluster& cluster, uint32_t* registers, uint32_t count, bool transposed, uint32_t address, int line,
                const void* site);
void StoreMatrix(Cluster& cluster, const uint32_t* registers, uint32_t count, bool transposed, uint32_t address,
                 int line, const void* site);

// m16n8 with 16 or 32 bytes of k. Products are exact, sums are of doubles and rounded once an instruction; the hardware
// rounds somewhere in between.
void Mma(Cluster& cluster, abi::Element type, uint32_t k_bytes, float* c, const uint32_t* a, const uint32_t* b,
         int line, const void* site);

}  // namespace raggedc::emulator

#endif  // RAGGEDC_RUNTIME_EMULATOR_WARP_H_
