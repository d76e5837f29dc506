//===- ShortRows.h - the last rows of a long sequence -----------*- C++ -*-===//
//
// Rows come in blocks of 64, and of a capacity such as 197 or 257 up to eight
// are left over. Of a sequence that has them, and so as many whole blocks as the
// capacity, they have products of their own, transposed: keys are the rows of
// the scores, V gives those of the output, and the queries are eight columns.
//
//   for each 64 keys: scores = K Qlast^T; weights; store them    (keys x 8)
//   out = V^T weights, sums = ones weights; out / sums
//
// It takes an eighth of the exponentials of a block of 64 rows. Weights are
// plain (PlainWeights.h): no warp waits for the others' maxima.
//
//===----------------------------------------------------------------------===//

#ifndef RAGGEDC_PASSES_SHORTROWS_H
#define RAGGEDC_PASSES_SHORTROWS_H

#include "passes/CostModel.h"
#include "passes/PlainWeights.h"

namespace raggedc {

/// What the lowering of a family knows of these rows.
struct ShortRows {
  int64_t first;                           ///< of the sequence's rows
  mlir::Value length;                      ///< of the sequence: `first` + 1 to `first` + 8
  mlir::Value q;                           ///< 16 rows of Q in shared memory, from `first` on
  mlir::Value kTile, vTile;                ///< all keys
  mlir::Value weights;                     ///< room for them in shared memory
  mlir::Value warp;                        ///< number of the warp in its warpgroup
  mlir::Value outRows;                     ///< of the sequence
  double scale = 1.0;                      ///< of scores, beside that of the exponential
  llvm::function_ref<void()> awaitValues;  ///< until V is there
};

/// By all warps of a warpgroup.
void buildShortRows(KernelBuilder& k, Exponential exponential, mlir::Type element, const ShortRows& rows);

/// A tile of K and of V in shared memory, and how many of its keys count: the other weights are 0, and V is finite
/// there.
struct ShortTile {
  mlir::Value keys, values, live;
};

/// The same where the keys of a head lie in several tiles, which are taken a few at a time: every step from products to
/// weights and on waits for those of other warpgroups that are before it.
struct ShortRowsInTiles {
  mlir::Value row;                    ///< the first of these rows, a multiple of 64
  mlir::Value length;                 ///< of the sequence: one to eight more
  mlir::Value q;                      ///< 16 rows of Q in shared memory
  mlir::Value weights, firstWeights;  ///< a tile with room for those of `together` tiles, from a row on
  mlir::Value warp;                   ///< number of the warp in its warpgroup
  mlir::Value outRows;                ///< of the sequence
  int64_t keys;                       ///< of a tile
  int64_t together;                   ///< tiles at a time
  mlir::Value tiles;                  ///< number of them
  llvm::function_ref<ShortTile(mlir::Value)> awaitTile;                             ///< of a number
  llvm::function_ref<void(llvm::function_ref<void(const KeySource&)>)> useAllKeys;  ///< for those who attend again
};
void buildShortRows(KernelBuilder& k, Exponential exponential, mlir::Type element, const ShortRowsInTiles& rows);

}  // namespace raggedc

#endif  // RAGGEDC_PASSES_SHORTROWS_H
