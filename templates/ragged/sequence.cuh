// Which rows belong to a sequence.
#pragma once

#include "ragged/ptx/memory.cuh"
#include "ragged/ptx/special.cuh"
#include "ragged/ptx/sync.cuh"

namespace ragged {

inline constexpr u32 kStatusTooLong = 1;     // a sequence was longer than the capacity and was cut
inline constexpr u32 kStatusDecreasing = 2;  // offsets decrease or are negative; the sequence counts as empty

struct Sequence {
  int begin;   // its first row
  int length;  // 0 .. capacity
};

// The host never sees the offsets, so they are checked here: whatever they hold, the length is in range.
// With kOfLanes the lanes of a warp may have different ones.
template <int kCapacity, bool kOfLanes = false>
__device__ __forceinline__ Sequence decode_sequence(const int* offsets, int sequence, u32* status) {
  const int begin = ptx::load_global<int>(offsets + sequence);
  const int end = ptx::load_global<int>(offsets + sequence + 1);
  const bool decreasing = begin < 0 || end < begin;
  int length = decreasing ? 0 : end - begin;
  const bool too_long = length > kCapacity;
  if ((decreasing || too_long) && (kOfLanes || ptx::lane() == 0)) {
    ptx::red_global_or(status, decreasing ? kStatusDecreasing : kStatusTooLong);
  }
  length = too_long ? kCapacity : length;
  return {begin, length};
}

}  // namespace ragged
