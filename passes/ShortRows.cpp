//===- ShortRows.cpp - the last rows of a long sequence --------------------===//

#include "passes/ShortRows.h"

#include "llvm/Support/MathExtras.h"

namespace raggedc {

using namespace mlir;
using namespace mlir::ragged_kernel;

static constexpr int64_t kGroupRows = 64;  ///< of a product of a warpgroup

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

namespace {

class ShortRowsBuilder {
 public:
  ShortRowsBuilder(KernelBuilder& k, Exponential exponential, Type element, const ShortRows& rows)
      : k(k), exponential(exponential), element(element), rows(rows) {}

  void build() {
    weigh();
    rows.awaitValues();
    k.create<BarrierOp>("", Scope::Group, /*async=*/true, kWarpgroupWarps);
    int64_t keys = rows.first + kWarpRows;
    Value weights = k.sharedRows("p_keys", rows.weights, k.index(0), keys);
    Value values = k.sharedRows("v_keys", rows.vTile, k.index(0), keys);
    Type onesType = OperandType::get(k.builder.getContext(), kWarpRows, keys, element);
    Value ones = k.create<FillOp>("ones", onesType, k.f32(1.0));
    Value outPending = issue("acc", MmaForm::TN, values, weights);
    Value sumsPending = issue("sums", MmaForm::NN, ones, weights);
    Value out = wait("acc", outPending, 1), sums = wait("sums", sumsPending, 0);
    Value left = k.sub(rows.length, k.index(rows.first), "rows_left");
    Value outRows = k.create<RowsFromOp>("out_tile_rows", rows.outRows.getType(), rows.outRows, k.index(rows.first));
    // All four warps have the same sums.
    Value strays = checkRange(k, sums);
    auto branch = scf::IfOp::create(k.builder, k.location, strays, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(k.builder);
    k.builder.setInsertionPointToStart(branch.thenBlock());
    attendAgain(outRows, left);
    k.builder.setInsertionPointToStart(branch.elseBlock());
    Value divided = k.create<DivideOp>("acc", out, sums);
    k.create<StoreTransposedOp>("", divided, outRows, k.mul(rows.warp, kWarpRows), left);
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
    ifWarp(kWarpgroupWarps - 1, [&] {
      Value first = k.index(rows.first);
      store(k.create<MaskRowsOp>("scores", scores, first, rows.length), first);
    });
  }

  Value applyScale(Value scores) { return scaleScores(k, scores, rows.scale); }

  void store(Value scores, Value key) {
    k.create<StoreTileOp>("", weighPlainly(k, exponential, scores),
                          k.sharedRows("p_rows", rows.weights, key, kWarpRows));
  }

  void attendAgain(Value outRows, Value left) {
    ifWarp(0, [&] {
      PlainState state;
      withResidentKeys(k, rows.q, rows.kTile, rows.vTile, rows.length, rows.scale, [&](const KeySource& keys) {
        state = attendUnderMaximum(k, exponential, kGroupRows, element, keys);
      });
      Value out = k.create<NormalizeOp>("acc", state.acc, state.sum);
      k.create<StoreRowsOp>("", out, outRows, left, rows.q);
    });
  }

  void ifWarp(int64_t warp, function_ref<void()> body) {
    Value is = k.compare(arith::CmpIPredicate::eq, rows.warp, k.index(warp));
    auto branch = scf::IfOp::create(k.builder, k.location, is, /*withElseRegion=*/false);
    OpBuilder::InsertionGuard guard(k.builder);
    k.builder.setInsertionPointToStart(branch.thenBlock());
    body();
  }

  Type accType() { return AccType::get(k.builder.getContext(), kWarpRows, kShortRows, k.builder.getF32Type()); }

  Value issue(StringRef name, MmaForm form, Value a, Value b) {
    Type pending = PendingType::get(k.builder.getContext(), kWarpRows, kShortRows, k.builder.getF32Type());
    return k.create<MmaIssueOp>(name, pending, form, a, b, k.fillAcc(name, kShortRows, 0.0), /*warpgroup=*/true,
                                /*fresh=*/true);
  }

  Value wait(StringRef name, Value pending, int64_t newer) {
    return k.create<MmaWaitOp>(name, accType(), pending, /*warpgroup=*/true, newer);
  }

  KernelBuilder& k;
  Exponential exponential;
  Type element;
  const ShortRows& rows;
};

}  // namespace

void buildShortRows(KernelBuilder& k, Exponential exponential, Type element, const ShortRows& rows) {
  ShortRowsBuilder(k, exponential, element, rows).build();
}

}  // namespace raggedc
