//===- ShortRows.cpp - the last rows of a long sequence --------------------===//

#include "passes/ShortRows.h"

#include "llvm/Support/MathExtras.h"

namespace raggedc {

using namespace mlir;
using namespace mlir::ragged_kernel;

static constexpr int64_t kGroupRows = 64;    ///< of a product of a warpgroup
static constexpr int64_t kMostProducts = 4;  ///< of those rows that are under way at once

int64_t getShortRow(const Candidate& c, const AttentionShape& shape) {
  int64_t left = shape.capacity % kGroupRows, first = shape.capacity - left;
  bool isResident = c.family == Family::Single
                        ? c.softmax == Softmax::SinglePass && c.warps == kWarpgroupWarps && c.stages > 1 &&
                              c.blockN >= int64_t(llvm::alignTo(shape.capacity, kWarpRows))
                        : c.family == Family::Ring && !c.tensorCopies;
  bool isWhole = c.rowsPerBlock >= shape.capacity && shape.headDim == kGroupRows && shape.headDimV == kGroupRows;
  return isResident && isWhole && c.warpgroups && shape.isBf16 && !shape.causal && first > 0 && left > 0 &&
                 left <= kShortRows
             ? first
             : 0;
}

LayoutAttr getWeightsLayout(MLIRContext* context) {
  return LayoutAttr::get(context, LayoutKind::Padded, kShortRowBytes);
}

bool mayHaveShortRows(const AttentionShape& shape) {
  int64_t left = shape.capacity % kGroupRows;
  return shape.headDim == kGroupRows && shape.headDimV == kGroupRows && shape.isBf16 && !shape.causal &&
         shape.capacity > kGroupRows && left > 0 && left <= kShortRows;
}

int64_t countShortTiles(int64_t tileKeys) {
  if (tileKeys < kGroupRows) return 0;
  int64_t products = llvm::divideCeil(tileKeys, kGroupRows);
  return std::min((kShortTileRows - kShortWeightsRow) / tileKeys, kMostProducts / products);
}

namespace {

/// What both forms have in common: products of eight columns, and what becomes of them.
class ShortProducts {
 protected:
  ShortProducts(KernelBuilder& k, Exponential exponential, Type element)
      : k(k), exponential(exponential), element(element) {}

  /// Whether the sums of the warpgroup's rows are out of range: all four warps have the same.
  void settle(Value out, Value sums, Value warp, Value outRows, Value row, Value length, Value staging,
              function_ref<void(function_ref<void(const KeySource&)>)> useAllKeys) {
    Value left = k.sub(length, row, "rows_left");
    Value rows = k.create<RowsFromOp>("out_tile_rows", outRows.getType(), outRows, row);
    Value strays = checkRange(k, sums);
    auto branch = scf::IfOp::create(k.builder, k.location, strays, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(k.builder);
    k.builder.setInsertionPointToStart(branch.thenBlock());
    ifWarps(arith::CmpIPredicate::eq, warp, 0, [&] {
      PlainState state;
      useAllKeys([&](const KeySource& keys) { state = attendUnderMaximum(k, exponential, kGroupRows, element, keys); });
      Value normalized = k.create<NormalizeOp>("acc", state.acc, state.sum);
      k.create<StoreRowsOp>("", normalized, rows, left, staging);
    });
    k.builder.setInsertionPointToStart(branch.elseBlock());
    Value divided = k.create<DivideOp>("acc", out, sums);
    k.create<StoreTransposedOp>("", divided, rows, k.mul(warp, kWarpRows), left);
  }

  void ifWarps(arith::CmpIPredicate predicate, Value warp, int64_t than, function_ref<void()> body) {
    Value is = k.compare(predicate, warp, k.index(than));
    auto branch = scf::IfOp::create(k.builder, k.location, is, /*withElseRegion=*/false);
    OpBuilder::InsertionGuard guard(k.builder);
    k.builder.setInsertionPointToStart(branch.thenBlock());
    body();
  }

  Value fillOnes(int64_t keys) {
    Type type = OperandType::get(k.builder.getContext(), kWarpRows, keys, element);
    return k.create<FillOp>("ones", type, k.f32(1.0));
  }

  Value zeros(StringRef name) { return k.fillAcc(name, kShortRows, 0.0); }

  /// Added to `acc`, or with nothing.
  Value issue(StringRef name, MmaForm form, Value a, Value b, Value acc = {}) {
    Type pending = PendingType::get(k.builder.getContext(), kWarpRows, kShortRows, k.builder.getF32Type());
    return k.create<MmaIssueOp>(name, pending, form, a, b, acc ? acc : zeros(name), /*warpgroup=*/true,
                                /*fresh=*/!acc);
  }

  Value wait(StringRef name, Value pending, int64_t newer) {
    Type type = AccType::get(k.builder.getContext(), kWarpRows, kShortRows, k.builder.getF32Type());
    return k.create<MmaWaitOp>(name, type, pending, /*warpgroup=*/true, newer);
  }

  KernelBuilder& k;
  Exponential exponential;
  Type element;
};

class ShortRowsBuilder : ShortProducts {
 public:
  ShortRowsBuilder(KernelBuilder& k, Exponential exponential, Type element, const ShortRows& rows)
      : ShortProducts(k, exponential, element), rows(rows) {}

  void build() {
    weigh();
    rows.awaitValues();
    k.create<BarrierOp>("", Scope::Group, /*async=*/true, kWarpgroupWarps);
    int64_t keys = rows.first + kWarpRows;
    Value weights = k.sharedRows("p_keys", rows.weights, k.index(0), keys);
    Value values = k.sharedRows("v_keys", rows.vTile, k.index(0), keys);
    Value ones = fillOnes(keys);
    Value outPending = issue("acc", MmaForm::TN, values, weights);
    Value sumsPending = issue("sums", MmaForm::NN, ones, weights);
    Value out = wait("acc", outPending, 1), sums = wait("sums", sumsPending, 0);
    settle(out, sums, rows.warp, rows.outRows, k.index(rows.first), rows.length, rows.q,
           [&](auto use) { withResidentKeys(k, rows.q, rows.kTile, rows.vTile, rows.length, rows.scale, use); });
  }

 private:
  /// Weights of all keys, keys by rows. Those behind the last whole 64 keys are the last warp's of a block of 64 that
  /// ends with them, where shared memory has no more.
  void weigh() {
    Value q = k.sharedRows("q_last", rows.q, k.index(0), kShortRows);
    int64_t blocks = rows.first / kGroupRows;
    SmallVector<Value> pending;
    for (int64_t i = 0; i <= blocks; ++i) {
      int64_t key = i < blocks ? i * kGroupRows : rows.first + kWarpRows - kGroupRows;
      pending.push_back(issue("scores", MmaForm::NT, k.sharedRows("k_keys", rows.kTile, k.index(key), kGroupRows), q));
    }
    Value warpRow = k.mul(rows.warp, kWarpRows);
    for (int64_t i = 0; i < blocks; ++i)
      store(applyScale(wait("scores", pending[i], blocks - i)), k.add(warpRow, i * kGroupRows));
    Value scores = applyScale(wait("scores", pending[blocks], 0));
    ifWarps(arith::CmpIPredicate::eq, rows.warp, kWarpgroupWarps - 1, [&] {
      Value first = k.index(rows.first);
      store(k.create<MaskRowsOp>("scores", scores, first, rows.length), first);
    });
  }

  Value applyScale(Value scores) { return scaleScores(k, scores, rows.scale); }

  void store(Value scores, Value key) {
    k.create<StoreTileOp>("", weighPlainly(k, exponential, scores),
                          k.sharedRows("p_rows", rows.weights, key, kWarpRows));
  }

  const ShortRows& rows;
};

class ShortRowsInTilesBuilder : ShortProducts {
 public:
  ShortRowsInTilesBuilder(KernelBuilder& k, Exponential exponential, Type element, const ShortRowsInTiles& rows)
      : ShortProducts(k, exponential, element), rows(rows) {}

  void build() {
    SmallVector<Value> initial{zeros("acc"), zeros("sums")};
    auto loop = k.create<scf::ForOp>("", k.index(0), rows.tiles, k.index(rows.together), initial);
    {
      OpBuilder::InsertionGuard guard(k.builder);
      k.builder.setInsertionPointToStart(loop.getBody());
      Value first = loop.getInductionVar(), acc = loop.getRegionIterArg(0), sums = loop.getRegionIterArg(1);
      first.setLoc(k.loc("tile")), acc.setLoc(k.loc("acc")), sums.setLoc(k.loc("sums"));
      add(first, acc, sums);
      scf::YieldOp::create(k.builder, k.location, ValueRange{acc, sums});
    }
    settle(loop.getResult(0), loop.getResult(1), rows.warp, rows.outRows, rows.row, rows.length, rows.q,
           rows.useAllKeys);
  }

 private:
  void add(Value first, Value& acc, Value& sums) {
    SmallVector<ShortTile> tiles;
    for (int64_t i = 0; i < rows.together; ++i) tiles.push_back(awaitTile(k.add(first, i)));
    // All warps have waited for the products that read the weights before.
    k.create<BarrierOp>("", Scope::Group, /*async=*/false, kWarpgroupWarps);
    weigh(tiles);
    k.create<BarrierOp>("", Scope::Group, /*async=*/true, kWarpgroupWarps);
    Value outPending = acc;
    for (auto [i, tile] : llvm::enumerate(tiles))
      outPending = issue("acc", MmaForm::TN, tile.values, getWeights(i * rows.keys, rows.keys), outPending);
    int64_t keys = rows.together * rows.keys;
    Value sumsPending = issue("sums", MmaForm::NN, fillOnes(keys), getWeights(0, keys), sums);
    acc = wait("acc", outPending, 1), sums = wait("sums", sumsPending, 0);
  }

  /// Behind the last tile its keys come again, and do not count.
  ShortTile awaitTile(Value number) {
    Value last = k.sub(rows.tiles, k.index(1));
    ShortTile tile = rows.awaitTile(k.min(number, last));
    Value exists = k.compare(arith::CmpIPredicate::sle, number, last);
    tile.live = k.create<arith::SelectOp>("live_keys", exists, tile.live, k.index(0));
    return tile;
  }

  Value getWeights(int64_t first, int64_t count) {
    return k.sharedRows("p_keys", rows.weights, k.add(rows.firstWeights, first), count);
  }

  /// In blocks of 64 keys; the last of a tile ends with it, and the warps whose keys the one before has store nothing.
  void weigh(ArrayRef<ShortTile> tiles) {
    Value q = k.sharedRows("q_last", rows.q, k.index(0), kShortRows);
    int64_t blocks = llvm::divideCeil(rows.keys, kGroupRows);
    auto getFirst = [&](int64_t block) { return std::min(block * kGroupRows, rows.keys - kGroupRows); };
    SmallVector<Value> pending, weights;
    for (ShortTile tile : tiles)
      for (int64_t block = 0; block < blocks; ++block)
        pending.push_back(
            issue("scores", MmaForm::NT, k.sharedRows("k_keys", tile.keys, k.index(getFirst(block)), kGroupRows), q));
    Value warpRow = k.mul(rows.warp, kWarpRows);
    for (auto [i, scores] : llvm::enumerate(pending)) {
      Value key = k.add(warpRow, getFirst(i % blocks));
      Value masked =
          k.create<MaskRowsOp>("scores", wait("scores", scores, pending.size() - 1 - i), key, tiles[i / blocks].live);
      weights.push_back(weighPlainly(k, exponential, masked));
    }
    // Nothing may branch while products are under way.
    Value row = k.add(rows.firstWeights, warpRow);
    for (auto [i, ofBlock] : llvm::enumerate(weights)) {
      int64_t block = i % blocks, first = getFirst(block), had = (block * kGroupRows - first) / kWarpRows;
      auto store = [&] {
        Value to = k.add(row, i / blocks * rows.keys + first);
        k.create<StoreTileOp>("", ofBlock, k.sharedRows("p_rows", rows.weights, to, kWarpRows));
      };
      if (had == 0) {
        store();
      } else {
        ifWarps(arith::CmpIPredicate::sge, rows.warp, had, store);
      }
    }
  }

  const ShortRowsInTiles& rows;
};

}  // namespace

void buildShortRows(KernelBuilder& k, Exponential exponential, Type element, const ShortRows& rows) {
  ShortRowsBuilder(k, exponential, element, rows).build();
}

void buildShortRows(KernelBuilder& k, Exponential exponential, Type element, const ShortRowsInTiles& rows) {
  ShortRowsInTilesBuilder(k, exponential, element, rows).build();
}

}  // namespace raggedc
