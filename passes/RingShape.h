//===- RingShape.h - how the family ring divides rows and keys --*- C++ -*-===//
//
// A block has three warpgroups that compute and one that copies. Keys come in
// chunks of `block_n`; the first few keys beyond the last whole chunk, the tail,
// are computed first and masked, in a tile of one of two widths.
//
//   length <= block_n + 16    the tail has all of it
//   else                      chunks = (length - 17) / block_n, the tail has the rest: 17 to block_n + 16 keys
//
// In the form `resident` a stage of shared memory holds the whole Q, K and V of
// a sequence and head; in the form `streaming`, for longer ones, tiles of keys
// pass through slots, and the rows of Q come in groups that a block takes one at
// a time.
//
//===----------------------------------------------------------------------===//

#ifndef RAGGEDC_PASSES_RINGSHAPE_H
#define RAGGEDC_PASSES_RINGSHAPE_H

#include "passes/CostModel.h"

namespace raggedc {

inline constexpr int64_t kRingConsumers = 3;  ///< warpgroups that compute
inline constexpr int64_t kRingWarps = 16;     ///< of a block: four warpgroups
inline constexpr int64_t kRingChunk = 96;     ///< keys of a tile, unless asked for others
inline constexpr int64_t kRingLeastChunk = 32;
inline constexpr int64_t kRingConsumerRegisters = 160;  ///< of a thread; together with the next all 65536 there are
inline constexpr int64_t kRingProducerRegisters = 32;
inline constexpr int64_t kRingGroupRows = 64;    ///< of a product of a warpgroup
inline constexpr int64_t kRingMerge = 16;        ///< so few keys more than a chunk are computed with it
inline constexpr int64_t kRingQueryBuffers = 2;  ///< of the form streaming

/// Of one candidate of the family.
struct RingShape {
  bool streaming;     ///< tiles pass through slots; else whole heads are resident
  int64_t chunk;      ///< keys of a tile but the tail
  int64_t narrow;     ///< width of a tail that has no more keys than this
  int64_t broad;      ///< of one that has; the same where there is one width only
  int64_t keyRows;    ///< of K and V in a stage, or of a slot
  int64_t queryRows;  ///< of Q in a stage, or in a buffer
  int64_t items;      ///< pieces of work a sequence and head are divided into

  /// Where tiles pass, some are on their way and two are held back while a warpgroup needs two at once.
  int64_t getFewestStages() const { return streaming ? 6 : 2; }
  /// Wider ones do not fit the registers.
  int64_t getMostChunk() const { return streaming ? kRingChunk : 112; }

  static RingShape of(const Candidate& candidate, const AttentionShape& shape);
};

}  // namespace raggedc

#endif  // RAGGEDC_PASSES_RINGSHAPE_H
