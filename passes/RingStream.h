//===- RingStream.h - the family ring with tiles that pass ------*- C++ -*-===//
//
// For sequences of which no two heads fit shared memory. An item is a group of
// at most 192 rows, whose Q has slots of its own, one for 64 rows, and so have
// those that are to know what the item is; other slots have a tile of K or V each,
// in the order of their use: K tail, K 0, V tail, K 1, V 0, ..., V last.
//
// Where all tiles of a head have slots at once and most sequences are nearly as
// long as may be, a block takes the items of a head one after the other, and
// copies its tiles once: those who compute give a slot back in the last of these
// items only. So the block's next head comes in behind them. Such items are dealt
// by heads: head = block, block + grid, ...; the heads that are left, fewer than
// there are blocks, go by items. With unequal lengths a long sequence would be one
// block's alone, and all go by items: item = block, block + grid, ...
//
// LowerRingStreamCopies.cpp has the warpgroup that copies, LowerRingStream.cpp
// those that compute.
//
//===----------------------------------------------------------------------===//

#ifndef RAGGEDC_PASSES_RINGSTREAM_H
#define RAGGEDC_PASSES_RINGSTREAM_H

#include "passes/RingKernel.h"

namespace raggedc {

class StreamingRing : public RingKernel {
 public:
  explicit StreamingRing(RingFrame frame);

 private:
  /// What those that compute are told of an item.
  enum Word {
    Begin,     ///< of the sequence
    Length,    ///< of that
    FirstRow,  ///< of the item, in the sequence
    EndRow,    ///< behind its last; 0 where there is no further item
    Head,
    Piece,  ///< the first slot of its Q, through two laps
    Stay,   ///< a StayValue, where tiles may stay
    WordCount
  };
  enum StayValue { Passing = 0, Staying = 1, LastWithShortRows = 2 };

  llvm::ArrayRef<llvm::StringRef> getWords() const;
  void allocate() override;
  mlir::Value countSteps();

  /// Where the words of the item of this number are, and their phase. They are free when its Q's slots are: any item
  /// before that is under way has one of these.
  Place getItem(mlir::Value count);
  /// Slots of Q are counted through two laps: so one number says the phase too. `lap` is the phase of the first lap.
  Place getPiece(mlir::Value piece, int64_t lap);
  mlir::Value movePiece(mlir::Value piece, mlir::Value by);
  void forPieces(mlir::Value first, mlir::Value count, int64_t lap, llvm::function_ref<void(mlir::Value, Place)> body);

  //===--- The warpgroup that copies: LowerRingStreamCopies.cpp -----------===//

  /// Where the next tile goes, and how many before it are not handed over, null with tensor maps; the next slot of Q;
  /// and, if there may be any, the phase of the place of short rows.
  struct Flow {
    Place place;
    mlir::Value held, piece, lastPhase;
  };
  /// An item, the same for all lanes or another one for each.
  struct Item {
    mlir::Value begin, length, head, part;
    mlir::Value isKept;  ///< dealt with its head; null where tiles never stay
  };
  struct Rows {
    mlir::Value first, end;
    mlir::Value areShort;  ///< behind the last whole 64 come rows that have products of their own; null if none may
  };

  void produce() override;
  void findOrder();
  Item locate(mlir::Value step);
  Item look(mlir::Value step);
  llvm::SmallVector<mlir::Value> produceIfFound(mlir::Value step, mlir::Value ofLane, const Item& survey,
                                                mlir::ValueRange carried);
  Flow produceItem(Flow flow, mlir::Value count, const Item& item);
  Flow produceTiles(Flow flow, const Item& item, mlir::Value areThere);
  void copyQueries(Flow& flow, const Item& item, const Rows& rows, mlir::Value isShort);
  void publishEnd(mlir::Value count, Flow flow);
  Rows countRows(const Item& item);
  Rows deal(const Item& item, const Rows& rows);
  mlir::Value countParts(mlir::Value groups);

  llvm::SmallVector<mlir::Value> carryFlow(const Flow& flow);
  Flow restoreFlow(const Flow& like, mlir::ValueRange values);
  Flow restoreItems(mlir::ValueRange values);
  mlir::Value before(mlir::Value slot, mlir::Value behind, llvm::StringRef name);
  Flow load(Flow flow, llvm::StringRef name, const Source& source, mlir::Value key, mlir::Value valid,
            mlir::Value limit, mlir::Value isAlone);
  Flow loadIf(mlir::Value condition, Flow flow, llvm::function_ref<Flow(Flow)> body);
  void flush(const Flow& flow);
  Flow flushIf(mlir::Value condition, Flow flow);

  //===--- The warpgroups that compute: LowerRingStream.cpp ---------------===//

  void consume(mlir::Value) override;
  llvm::SmallVector<mlir::Value> consumeItem(mlir::Value count, mlir::Value turn, Place tiles, mlir::Value warpRow);
  Place compute(Place tiles, mlir::Value piece, mlir::Value first, mlir::Value warpRow, mlir::Value length,
                mlir::Value tailKey);
  void computeShortRows(Place tiles, llvm::ArrayRef<mlir::Value> words, mlir::Value tailKey);
  Place pass(Place tiles, mlir::Value tailKey, mlir::Value hasTiles);
  std::pair<mlir::Value, mlir::Value> viewKeys(mlir::Value begin, mlir::Value head);
  Tile take(State& state, llvm::StringRef name, int64_t rows);
  Tile takeKeys(State& state, mlir::Value, int64_t rows) override { return take(state, "k_keys", rows); }
  Tile takeValues(State& state, mlir::Value, int64_t rows) override { return take(state, "v_keys", rows); }
  void showTail(mlir::Value isAlone) override;
  void release(Tile tile) override;
  void settle(State& state, Queries q, mlir::Value length) override;

  mlir::Value kvTiles, fullItem, fullPiece, emptyPiece, emptyLast, full, empty;
  mlir::Value lastQ, weights;                   ///< of short rows; the second behind the first in the same place
  mlir::Value keptSteps, keptHeads, restHeads;  ///< items of a block that go with their heads, those heads, the others
  // Of the item that is computed.
  mlir::Value isStaying;                 ///< its tiles; null where none may
  Place item;                            ///< where its words are
  llvm::SmallVector<mlir::Value> again;  ///< its words, read behind the loop over keys
};

}  // namespace raggedc

#endif  // RAGGEDC_PASSES_RINGSTREAM_H
