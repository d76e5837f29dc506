//===- RingKernel.h - what both forms of the family ring share --*- C++ -*-===//
//
// A block takes one item of work after the other: item = block, block + grid, ...
// Its last warpgroup copies, far ahead of the others, which compute. What is
// copied lies in slots that have two barriers each, full and empty, and the two
// sides walk around the slots with a slot number and a phase. RingShape.h has
// how keys are divided; LowerRing.cpp the form that keeps whole heads in shared
// memory, LowerRingStream.cpp the one through which tiles pass.
//
// The scores of a chunk and the output of the chunk before are issued together,
// so that the second runs under the softmax of the first:
//
//   scores = Q Ktail; mask; softmax                     p
//   for each chunk: issue scores = Q K, issue out += p Vbefore; wait for scores
//                   softmax                             p, correction
//                   wait for out; out *= correction
//   out += p Vlast
//
//===----------------------------------------------------------------------===//

#ifndef RAGGEDC_PASSES_RINGKERNEL_H
#define RAGGEDC_PASSES_RINGKERNEL_H

#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "passes/LowerToKernel.h"
#include "passes/RingShape.h"

namespace raggedc {

inline constexpr int64_t kWarpgroupThreads = 128;
inline constexpr int64_t kWarpLanes = 32;

class RingKernel {
 public:
  explicit RingKernel(RingFrame frame);
  virtual ~RingKernel() = default;
  void build();

 protected:
  /// A slot of a ring of `count`, and the phase that its barriers are in. Where the compiler knows that the slot is the
  /// same in a whole warp, it computes descriptors of products once for all lanes, and ahead of the products.
  struct Place {
    mlir::Value slot, phase;
    int64_t count = 0;
    bool isUniform = false;
  };

  /// What a block of rows has come to; `tiles` is where the next tile of keys is, in the form that has them pass.
  struct State {
    mlir::Value acc, max, sum, p;
    Place tiles;
  };

  /// Keys in shared memory; `slot` is what to give back, in the form that has them pass.
  struct Tile {
    mlir::Value tile, slot;
  };

  /// Rows of Q in shared memory: the 64 of a warpgroup, and of these the 16 of a warp.
  struct Queries {
    mlir::Value ofGroup, ofWarp;
  };

  /// The numbers of an item: neighbouring items are neighbouring heads.
  struct Item {
    mlir::Value head, seq, part;
  };

  using Names = llvm::ArrayRef<llvm::StringRef>;
  using Body = llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::Value, mlir::ValueRange)>;

  //===--- What the forms differ in ---------------------------------------===//

  virtual void allocate() = 0;
  virtual void produce() = 0;
  virtual void consume(mlir::Value warpgroup) = 0;
  /// Waits for the keys from `key` on, `rows` of them.
  virtual Tile takeKeys(State& state, mlir::Value key, int64_t rows) = 0;
  virtual Tile takeValues(State& state, mlir::Value key, int64_t rows) = 0;
  /// The tail's K, or its V where that is all, comes from copies that nobody has fenced: all of the time, or if this is
  /// true.
  virtual void showTail(mlir::Value /*isAlone*/) {}
  /// No product of this warp reads the tile any more.
  virtual void release(Tile tile) = 0;
  /// A block of rows is through with its keys: `state.sum` is reduced afterwards.
  virtual void settle(State& state, Queries q, mlir::Value length);

  //===--- Shared memory --------------------------------------------------===//

  mlir::Value allocTile(llvm::StringRef name, int64_t offset, mlir::ragged_kernel::LayoutAttr layout,
                        llvm::ArrayRef<int64_t> sizes);
  mlir::Value allocBarriers(llvm::StringRef name, int64_t count, int64_t arrivals);
  /// `count` slots of `words` numbers for those that compute.
  mlir::Value allocWork(int64_t count, int64_t words);

  //===--- Items ----------------------------------------------------------===//

  mlir::scf::ForOp loop(llvm::StringRef name, mlir::Value from, mlir::Value to, mlir::Value step,
                        mlir::ValueRange initial, Names names, Body body);
  /// Over the items of this block.
  mlir::scf::ForOp loopOverItems(mlir::ValueRange initial, Names names, Body body);
  Place advance(Place place, llvm::StringRef name);
  Item decode(mlir::Value item);
  mlir::Value view(llvm::StringRef name, mlir::Value ptr, mlir::ragged::AttentionOp::Layout layout, mlir::Value begin,
                   mlir::Value head);
  /// Where the tail of a sequence begins: behind the whole chunks.
  mlir::Value getTailKey(mlir::Value length);
  mlir::Value getTailWidth(mlir::Value length, mlir::Value tailKey);
  /// Rows in groups of 64 from the first on.
  mlir::Value countGroups(mlir::Value rows);
  /// Blocks of 64 rows go to the warpgroups in turn, and the next item goes on where one ends: this one's first.
  mlir::Value takeTurn(mlir::Value warpgroup, mlir::Value turn);
  mlir::Value select(llvm::StringRef name, mlir::Value condition, mlir::Value first, mlir::Value second) {
    return k.create<mlir::arith::SelectOp>(name, condition, first, second);
  }

  //===--- The warpgroup that copies --------------------------------------===//

  /// Rows of a sequence and head: in global memory, and from where on in a tensor map, if there is one.
  struct Source {
    mlir::Value rows, map, begin, col;
  };
  Source getSource(llvm::StringRef name, mlir::Value ptr, mlir::Value map, mlir::ragged::AttentionOp::Layout layout,
                   mlir::Value begin, mlir::Value head);
  /// By a tensor map; `barriers` counts one arrival, and the bytes.
  void copyTensor(llvm::StringRef name, const Source& source, mlir::Value row, mlir::Value tile, mlir::Value valid,
                  mlir::Value limit, mlir::Value barriers, mlir::Value index);
  /// What the item is, for those that compute; `full` counts it, unless it is null and a copy will.
  void publish(mlir::Value slot, mlir::ValueRange words, mlir::Value full);
  mlir::Value copy(llvm::StringRef name, mlir::Value rows, mlir::Value tile, mlir::Value valid, mlir::Value limit);

  //===--- The warpgroups that compute ------------------------------------===//

  llvm::SmallVector<mlir::Value> readWork(mlir::Value slot, Names names);
  /// The output of a block of rows: the tail, in a tile of its width, then the chunks. Where whole heads are resident
  /// each width has code of its own for the chunks; where tiles pass, weights of a narrow tail have zeros behind them.
  State attend(State state, Queries q, mlir::Value length, mlir::Value tailKey);
  void store(State state, Queries q, mlir::Value outRows, mlir::Value row, mlir::Value length);

  RingFrame f;
  KernelBuilder& k;
  RingShape ring;
  mlir::Type element;
  double scale;         ///< of scores, for exponentials of base two
  bool plain;           ///< exponentials are taken against no maximum (PlainWeights.h)
  bool lagged = false;  ///< against an old one as long as it will do
  mlir::Value qTiles, work;
  mlir::Value block, grid, items;

 private:
  mlir::Type accType();
  llvm::SmallVector<mlir::Value> carry(const State& state, bool withWeights);
  State restore(const State& like, mlir::ValueRange values, bool withWeights);
  mlir::Value isNarrow(mlir::Value length, mlir::Value tailKey);
  mlir::Value maskTail(mlir::Value scores, int64_t width, mlir::Value length, mlir::Value tailKey);
  State weighTail(State state, Tile keys, int64_t width, Queries q, mlir::Value length, mlir::Value tailKey);
  State weighUnderMaximum(State state, mlir::Value scores);
  State addAll(State state, int64_t width, Queries q, mlir::Value tailKey);
  State addChunks(State state, Queries q, int64_t first, mlir::Value tailKey);
  State addChunk(State state, Queries q, mlir::Value key, mlir::Value valueKey, int64_t valueRows, bool fresh);
  void addPlain(State& state, mlir::Value scores, mlir::Value accPending, Tile values);
  void follow(State& state, mlir::Value scores, mlir::Value accPending, Tile values);
  void followLagged(State& state, Queries q, Tile keys, mlir::Value scores, mlir::Value accPending, Tile values);
  State finish(State state, mlir::Value key, int64_t rows, bool fresh);
  mlir::Value issue(llvm::StringRef name, mlir::ragged_kernel::MmaForm form, mlir::Value a, mlir::Value b,
                    mlir::Value acc, bool fresh);
  mlir::Value wait(llvm::StringRef name, mlir::Value pending, int64_t newer);

  void prefetchMaps();

  int64_t nextBarrier;
};

/// LowerRingStream.cpp.
void buildRingStream(const RingFrame& frame);

}  // namespace raggedc

#endif  // RAGGEDC_PASSES_RINGKERNEL_H
