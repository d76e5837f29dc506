// The capacities that kernels are compiled for when the caller does not insist on its own.
#ifndef RAGGEDC_RUNTIME_API_CAPACITY_H_
#define RAGGEDC_RUNTIME_API_CAPACITY_H_

#include <array>
#include <cstdint>

namespace raggedc {

inline constexpr int32_t kMaximumCapacity = 65536;

// 208 and 592 hold the 197 and 577 tokens of Vision Transformers for images of 224 and 384 pixels; steps grow with the
// capacity, so that no more than a third of one is unused above 32.
inline constexpr std::array<int32_t, 27> kCapacities = {32,   48,   64,   96,    128,   160,   208,   256,   320,
                                                        416,  512,  592,  640,   768,   1024,  1536,  2048,  3072,
                                                        4096, 6144, 8192, 12288, 16384, 24576, 32768, 49152, 65536};

// Numbers of sequences. Rounding is upwards and 4, 16 and 128 are among them, where the ranges of the compiler's own
// tuning tables begin or end: no shape is rounded out of its range. More sequences than the last one have no effect on
// a schedule.
inline constexpr std::array<int32_t, 28> kBatches = {1,  2,  3,  4,  5,   6,   8,   10,  12,  16,  20,  24,  32,  40,
                                                     48, 64, 80, 96, 128, 160, 192, 256, 320, 384, 512, 640, 768, 1024};

// Of the kernels that stand in while the right one is being compiled: few, so that they are soon there.
inline constexpr std::array<int32_t, 3> kGenericCapacities = {1024, 8192, 65536};

// The first of the list that is not below `max_seqlen`; 0 outside of 1..65536.
int32_t CapacityFor(int32_t max_seqlen);
int32_t GenericCapacityFor(int32_t max_seqlen);
// The last of the list beyond it; 0 for 0 and below.
int32_t BatchFor(int32_t batch);

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_API_CAPACITY_H_
