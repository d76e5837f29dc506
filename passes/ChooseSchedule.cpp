//===- ChooseSchedule.cpp - a schedule for each attention, with reasons ----===//

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"
#include "mlir/IR/Remarks.h"
#include "passes/CostModel.h"
#include "passes/Passes.h"
#include "passes/TuningTable.h"

namespace raggedc {

#define GEN_PASS_DEF_CHOOSESCHEDULE
#include "passes/Passes.h.inc"

using namespace mlir;
using namespace mlir::ragged_kernel;

namespace {

/// The longest capacity the warp family takes: three row tiles.
constexpr int64_t kWarpCapacity = 48;

struct Choice {
  Candidate candidate;
  Estimate estimate;
  int64_t minBlocks;
  const char* measured = nullptr;  ///< where, if the tuning table has the shape
};

struct ChooseSchedule : impl::ChooseScheduleBase<ChooseSchedule> {
  using ChooseScheduleBase::ChooseScheduleBase;

  void runOnOperation() override {
    std::optional<Chip> chip = getChip(arch);
    if (!chip) {
      getOperation().emitError() << "expected arch to be " << knownArchs() << ", got '" << arch << "'";
      return signalPassFailure();
    }
    if (failed(checkOptions())) return signalPassFailure();
    WalkResult result = getOperation().walk([&](ragged::AttentionOp op) {
      return failed(choose(op, *chip)) ? WalkResult::interrupt() : WalkResult::advance();
    });
    if (result.wasInterrupted()) signalPassFailure();
  }

  LogicalResult checkOptions() {
    auto oneOf = [&](StringRef name, StringRef value, ArrayRef<StringRef> values) -> LogicalResult {
      if (llvm::is_contained(values, value)) return success();
      return getOperation().emitError() << "expected " << name << " to be one of " << llvm::join(values, ", ")
                                        << ", got '" << value << "'";
    };
    auto inRange = [&](StringRef name, int64_t value, int64_t most) -> LogicalResult {
      if (value >= 0 && value <= most) return success();
      return getOperation().emitError() << "expected " << name << " to be from 0 to " << most << ", got " << value;
    };
    if (rowsPerBlock < 0 || rowsPerBlock % kWarpRows != 0)
      return getOperation().emitError() << "expected rows-per-block to be a multiple of 16, got "
                                        << int64_t(rowsPerBlock);
    return success(succeeded(oneOf("family", family, {"auto", "warp", "single", "online"})) &&
                   succeeded(oneOf("queries", queries, {"auto", "registers", "shared"})) &&
                   succeeded(oneOf("softmax", softmax, {"auto", "single_pass", "online"})) &&
                   succeeded(inRange("warps", warps, 16)) && succeeded(inRange("stages", stages, 4)) &&
                   succeeded(inRange("min-blocks", minBlocks, 16)) && succeeded(inRange("batch", batch, INT32_MAX)));
  }

  LogicalResult choose(ragged::AttentionOp op, const Chip& chip) {
    if (!op.isSpecialised() || !op.getMaxSeqlen())
      return op.emitOpError() << "expected heads, head dimensions and max_seqlen to be known; run ragged-specialise";
    AttentionShape shape = AttentionShape::of(op);
    SmallVector<Candidate> candidates = enumerate(op, shape);
    std::optional<Choice> best;
    for (const Candidate& candidate : candidates) {
      std::optional<Estimate> cost = estimate(candidate, shape, op.getElementType(), chip, batch);
      // Among near equals the first: candidates come with the fewest blocks first.
      if (cost && (!best || cost->total < 0.98 * best->estimate.total)) best = Choice{candidate, *cost, cost->blocks};
    }
    if (std::optional<TunedSchedule> tuned = findTuned(chip, shape); tuned && isFree(op)) {
      if (std::optional<Estimate> cost = estimate(tuned->candidate, shape, op.getElementType(), chip, batch))
        best = Choice{tuned->candidate, *cost, tuned->minBlocks, tuned->measured};
    }
    if (!best) {
      return op.emitOpError() << "expected a schedule that fits " << chip.arch << " (" << chip.sharedPerBlock / 1024
                              << " KiB of shared memory a block), got none of " << candidates.size()
                              << " candidates; relax block_m, block_n or the options of the schedule";
    }
    annotate(op, shape, *best, candidates.size(), chip);
    return success();
  }

  /// Whether nobody asked for anything that the tuning table does not know of.
  bool isFree(ragged::AttentionOp op) {
    return !op.getBlockM() && !op.getBlockN() && family == "auto" && softmax == "auto" && queries == "auto" && !warps &&
           !stages && !minBlocks && !rowsPerBlock && !batch;
  }

  /// Every candidate that the operation's attributes and this pass's options allow.
  SmallVector<Candidate> enumerate(ragged::AttentionOp op, const AttentionShape& shape) {
    SmallVector<Candidate> candidates;
    int64_t askedWarps = op.getBlockM() ? static_cast<int64_t>(*op.getBlockM()) / kWarpRows : int64_t(warps);
    int64_t askedBlockN = op.getBlockN() ? static_cast<int64_t>(*op.getBlockN()) : 0;
    int64_t padded = llvm::alignTo(shape.capacity, kWarpRows);
    auto choices = [](int64_t asked, std::initializer_list<int64_t> values) {
      return asked ? SmallVector<int64_t>{asked} : SmallVector<int64_t>(values);
    };
    // Q stays in registers while it and the accumulator leave room for the scores.
    int64_t qRegisters = shape.headDim * shape.elementBytes / 8;
    bool qInRegisters = queries == "auto" ? qRegisters + shape.headDimV / 2 <= 128 : queries == "registers";
    auto add = [&](Candidate c) {
      // Where whole heads are resident there are no keys beyond the padded capacity.
      if (c.family != Family::Online) c.blockN = std::min(c.blockN, padded);
      if (c.blockN > padded && c.blockN != askedBlockN) return;
      for (Softmax variant : {Softmax::SinglePass, Softmax::Online}) {
        if (softmax != "auto" && softmax != stringifySoftmax(variant)) continue;
        if (variant == Softmax::SinglePass && c.family == Family::Online) continue;
        c.softmax = variant;
        candidates.push_back(c);
      }
    };
    auto wants = [&](StringRef name) { return family == "auto" || family == name; };

    // A user's block_m is about row blocks, which the warp family has not.
    if (wants("warp") && (padded <= kWarpCapacity || family == "warp") && !op.getBlockM())
      for (int64_t count : choices(warps, {1, 2, 3, 4}))
        for (int64_t blockN : choices(askedBlockN, {32, 48}))
          if (count <= shape.headsQ && (!rowsPerBlock || rowsPerBlock == padded))
            add({Family::Warp, {}, blockN, count, stages ? int64_t(stages) : 1, count, padded, qInRegisters});
    if (wants("single"))
      for (int64_t count : choices(askedWarps, {1, 2, 4, 8}))
        for (int64_t blockN : choices(askedBlockN, {32, 64}))
          for (int64_t depth : choices(stages, {1, 2}))
            for (int64_t rows : rowDivisions(count * kWarpRows, padded))
              if (count * kWarpRows < padded + count * kWarpRows / 2 || askedWarps)
                add({Family::Single, {}, blockN, count, qInRegisters ? depth : 1, 1, rows, qInRegisters});
    if (wants("online"))
      for (int64_t count : choices(askedWarps, {2, 4, 8}))
        for (int64_t blockN : choices(askedBlockN, {16, 32, 64})) {
          // So few keys at a time pay only where a wide output leaves no registers for more.
          if (blockN == 16 && !askedBlockN && shape.headDimV < 192 && padded > 16) continue;
          for (int64_t depth : choices(stages, {2, 3}))
            for (int64_t rows : {count * kWarpRows, int64_t(llvm::alignTo(padded, count * kWarpRows))})
              if (!rowsPerBlock || rows == rowsPerBlock)
                add({Family::Online, {}, blockN, count, depth, 1, rows, qInRegisters});
        }
    return candidates;
  }

  /// Rows of a sequence that one block does: all of them, or with few sequences a part.
  SmallVector<int64_t> rowDivisions(int64_t blockM, int64_t padded) {
    if (rowsPerBlock) return {rowsPerBlock};
    SmallVector<int64_t> rows{int64_t(llvm::alignTo(padded, blockM))};
    for (int64_t part = blockM; batch > 0 && part < padded; part *= 2) rows.push_back(part);
    return rows;
  }

  void annotate(ragged::AttentionOp op, const AttentionShape& shape, const Choice& best, size_t count,
                const Chip& chip) {
    const Candidate& c = best.candidate;
    const Estimate& e = best.estimate;
    std::string reason = llvm::formatv(
        "{0} with {1} softmax: {2} binds at {3:f0} clocks a sequence and head (device memory {4:f0}, L2 {5:f0}, tensor "
        "{6:f0}, shared {7:f0}, ex2 {8:f0}); about {9} registers and {10} bytes of shared memory, {11} blocks of {12} "
        "warps on a multiprocessor of {13}; {14}",
        stringifyFamily(c.family), c.softmax == Softmax::SinglePass ? "single-pass" : "online", e.bound, e.total,
        e.global, e.cache, e.tensor, e.shared, e.exp2, e.registers, e.sharedBytes, best.minBlocks, c.warps, chip.arch,
        best.measured ? std::string(best.measured) : "best of " + std::to_string(count) + " candidates");
    int64_t blockM = c.family == Family::Warp ? kWarpRows : c.warps * kWarpRows;
    int64_t blocks = minBlocks ? int64_t(minBlocks) : best.minBlocks;
    op->setAttr("ragged_kernel.schedule",
                ScheduleAttr::get(op.getContext(), c.family, blockM, c.blockN, c.rowsPerBlock, c.warps, c.stages,
                                  c.headsPerBlock, blocks, c.softmax, c.qInRegisters, reason));
    remark::passed(op.getLoc(),
                   remark::RemarkOpts::name("Schedule").category("choose-schedule").function(functionName(op)))
        << reason;
  }

  static StringRef functionName(Operation* op) {
    auto function = op->getParentOfType<func::FuncOp>();
    return function ? function.getName() : "";
  }
};

}  // namespace
}  // namespace raggedc
