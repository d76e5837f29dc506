//===- RingShape.h - how the family ring divides rows and keys --*- C++ -*-===//
//
// A block has three warpgroups that compute, or two that have more registers
// each, and one that copies. Keys come in chunks of `block_n`; those beyond the
// last whole chunk, the tail, are computed first and masked, in a tile of one of
// two widths.
//
//   length <= block_n + merge    the tail has all of it
//   else                         chunks = (length - merge - 1) / block_n, the tail has the rest: merge + 1 to
//                                block_n + merge keys
//
// `merge` is 16 where the longest sequence has so few keys beyond its chunks,
// else 0: then tiles are no wider than chunks, and a sequence of whole chunks
// has a tail of one, without a mask.
//
// In the form `resident` a stage of shared memory holds the whole Q, K and V of
// a sequence and head; in the form `streaming`, for longer ones, tiles of keys
// pass through slots, and the rows of Q come in items that a block takes one at
// a time: of as few items as rows_per_block allows, each has as many blocks of
// 64 rows as the next or one more. Where the slots hold all tiles of a head, a
// block may take the items of a head one after the other, and its tiles stay.
//
//===----------------------------------------------------------------------===//

#ifndef RAGGEDC_PASSES_RINGSHAPE_H
#define RAGGEDC_PASSES_RINGSHAPE_H

#include <algorithm>

#include "passes/CostModel.h"

namespace raggedc {

inline constexpr int64_t kRingWarps = 16;  ///< of a block, unless asked for 12: four a warpgroup
inline constexpr int64_t kRingChunk = 96;  ///< keys of a tile that others are measured by
inline constexpr int64_t kRingLeastChunk = 32;
inline constexpr int64_t kRingMostHeadDim = 128;
inline constexpr int64_t kRingGroupRows = 64;      ///< of a product of a warpgroup
inline constexpr int64_t kRingMerge = 16;          ///< so few keys more than a chunk may be computed with it
inline constexpr int64_t kRingNarrowHeadDim = 64;  ///< up to this, the form streaming has Q of three items
inline constexpr int64_t kRingBoxRows = 16;        ///< of a copy by a tensor map
inline constexpr int64_t kRingBoxBytes = 128;      ///< of a row of one, at most

/// Of one candidate of the family.
struct RingShape {
  bool streaming;     ///< tiles pass through slots; else whole heads are resident
  bool panels;        ///< and rows are a panel and a part of another: more addresses for those who copy
  bool tensors;       ///< copies go by tensor maps
  int64_t consumers;  ///< warpgroups that compute
  int64_t chunk;      ///< keys of a tile but the tail
  int64_t merge;      ///< so few keys more than a chunk are computed with it
  int64_t narrow;     ///< width of a tail that has no more keys than this
  int64_t broad;      ///< of one that has; the same where there is one width only
  int64_t keyRows;    ///< of K and V in a stage, or of a slot
  int64_t queryRows;  ///< of Q in a stage, or of an item
  int64_t items;      ///< pieces of work a sequence and head are divided into

  // Of the form streaming.
  int64_t queryPieces;  ///< slots for 64 rows of Q each
  int64_t held;         ///< tiles that are handed over late
  bool keeps;           ///< tiles of a head may stay for its next item: the longest sequence has no more than slots
  bool shorts;          ///< one to eight rows behind the last whole 64 have products of their own then (ShortRows.h)

  /// Chunks of a sequence.
  int64_t countChunks(int64_t length) const { return std::max<int64_t>(length - merge - 1, 0) / chunk; }
  /// Width of the tail of a sequence.
  int64_t getTailWidth(int64_t length) const { return length - countChunks(length) * chunk <= narrow ? narrow : broad; }
  /// Where tiles pass, one is on its way and some are held back while a warpgroup needs two at once.
  int64_t getFewestStages() const { return streaming ? held + 3 : 2; }
  /// Of a thread; together all there are, but for what a block is not given.
  int64_t getConsumerRegisters() const { return consumers != 3 ? 232 : panels ? 152 : 160; }
  int64_t getProducerRegisters() const { return consumers != 3 || panels ? 40 : 32; }
  /// Whether copies of a candidate may go by tensor maps: rows fill boxes.
  static bool mayCopyTensors(const Candidate& candidate, const AttentionShape& shape);
  /// Wider ones do not fit the registers.
  int64_t getMostChunk(int64_t headDim) const;

  static RingShape of(const Candidate& candidate, const AttentionShape& shape);
};

/// As many stages as fit shared memory, at most 16.
int64_t getMostRingStages(mlir::MLIRContext* context, Candidate candidate, const AttentionShape& shape);

}  // namespace raggedc

#endif  // RAGGEDC_PASSES_RINGSHAPE_H
