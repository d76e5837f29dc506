//===- ChooseSchedule.cpp - a schedule for each attention, with reasons ----===//

#include <functional>

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"
#include "mlir/IR/Remarks.h"
#include "passes/CostModel.h"
#include "passes/Passes.h"
#include "passes/RingShape.h"
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

/// What the operation and the options ask of a schedule. 0 and "auto" leave it open.
struct Request {
  StringRef family, softmax, queries, mma;
  int64_t warps, stages, minBlocks, rowsPerBlock, blockM, blockN;

  /// The restrictions there are, as their readers know them, each with what takes it back.
  struct Restriction {
    std::string name;
    std::function<void(Request&)> lift;
  };
  SmallVector<Restriction> restrictions() const {
    SmallVector<Restriction> found;
    auto word = [&](StringRef name, StringRef Request::* member) {
      if (this->*member != "auto")
        found.push_back({(name + "=" + this->*member).str(), [=](Request& request) { request.*member = "auto"; }});
    };
    auto number = [&](StringRef name, int64_t Request::* member) {
      if (this->*member != 0)
        found.push_back({(name + "=" + Twine(this->*member)).str(), [=](Request& request) { request.*member = 0; }});
    };
    word("family", &Request::family);
    word("softmax", &Request::softmax);
    word("queries", &Request::queries);
    word("mma", &Request::mma);
    number("warps", &Request::warps);
    number("stages", &Request::stages);
    number("min-blocks", &Request::minBlocks);
    number("rows-per-block", &Request::rowsPerBlock);
    number("block-m", &Request::blockM);
    number("block-n", &Request::blockN);
    return found;
  }
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
    return success(succeeded(oneOf("family", family, {"auto", "warp", "single", "online", "latency", "ring"})) &&
                   succeeded(oneOf("queries", queries, {"auto", "registers", "shared"})) &&
                   succeeded(oneOf("mma", mma, {"auto", "warp", "warpgroup"})) &&
                   succeeded(oneOf("softmax", softmax, {"auto", "single_pass", "online"})) &&
                   succeeded(inRange("warps", warps, 16)) && succeeded(inRange("stages", stages, 16)) &&
                   succeeded(inRange("min-blocks", minBlocks, 16)) && succeeded(inRange("batch", batch, INT32_MAX)));
  }

  LogicalResult choose(ragged::AttentionOp op, const Chip& chip) {
    if (!op.isSpecialised() || !op.getMaxSeqlen())
      return op.emitOpError() << "expected heads, head dimensions and max_seqlen to be known; run ragged-specialise";
    AttentionShape shape = AttentionShape::of(op);
    Request request = getRequest(op);
    size_t count = 0;
    std::optional<Choice> best = findBest(op, request, shape, chip, count);
    if (std::optional<TunedSchedule> tuned = findTuned(chip, shape); tuned && isFree(request)) {
      if (std::optional<Estimate> cost = estimate(tuned->candidate, shape, op.getElementType(), chip, batch))
        best = Choice{tuned->candidate, *cost, tuned->minBlocks, tuned->measured};
    }
    if (!best) {
      return op.emitOpError() << "expected a schedule that fits " << chip.arch << " (" << chip.sharedPerBlock / 1024
                              << " KiB of shared memory a block), got none of " << count << " candidates"
                              << adviseOn(op, request, shape, chip);
    }
    annotate(op, shape, *best, count, chip);
    return success();
  }

  Request getRequest(ragged::AttentionOp op) {
    return {family,
            softmax,
            queries,
            mma,
            warps,
            stages,
            minBlocks,
            rowsPerBlock,
            static_cast<int64_t>(op.getBlockM().value_or(0)),
            static_cast<int64_t>(op.getBlockN().value_or(0))};
  }

  /// The cheapest candidate that fits the chip. `count` is how many were compared.
  std::optional<Choice> findBest(ragged::AttentionOp op, const Request& request, const AttentionShape& shape,
                                 const Chip& chip, size_t& count) {
    std::optional<Choice> best;
    auto compare = [&](ArrayRef<Candidate> candidates, bool trustRegisters) {
      for (const Candidate& candidate : candidates) {
        std::optional<Estimate> cost = estimate(candidate, shape, op.getElementType(), chip, batch);
        // Accumulators of wgmma cannot be spilled: where they do not fit, only who asks for it gets it.
        bool trusts = trustRegisters || (candidate.warpgroups && request.mma != "warpgroup");
        if (!cost || !holds(*cost, candidate, request.minBlocks, chip, trusts)) continue;
        // Among near equals the first: candidates come with the fewest blocks first.
        if (!best || cost->total < 0.98 * best->estimate.total) best = Choice{candidate, *cost, cost->blocks};
      }
    };
    SmallVector<Candidate> candidates = enumerate(request, shape);
    candidates.append(enumerateLatency(request, shape));
    candidates.append(enumerateRing(request, shape));
    // Registers are an estimate: what they speak against is taken only if there is nothing else, and ptxas has the last
    // word on it.
    compare(candidates, true);
    if (!best && request.minBlocks) compare(candidates, false);
    if (!best) {
      SmallVector<Candidate> small = enumerateSmall(request, shape);
      compare(small, true);
      if (!best && request.minBlocks) compare(small, false);
      candidates.append(small);
    }
    count = candidates.size();
    return best;
  }

  /// Whether as many blocks as were asked for can be resident.
  static bool holds(const Estimate& cost, const Candidate& candidate, int64_t blocks, const Chip& chip,
                    bool trustRegisters) {
    return blocks * (cost.sharedBytes + 1024) <= chip.sharedPerMultiprocessor &&
           blocks * candidate.warps * 32 <= chip.maxThreads && (!trustRegisters || blocks <= cost.blocks);
  }

  /// Which restrictions to give up: those that stand in the way alone or, if no single one does, all.
  std::string adviseOn(ragged::AttentionOp op, const Request& request, const AttentionShape& shape, const Chip& chip) {
    std::string alone, all;
    for (const Request::Restriction& restriction : request.restrictions()) {
      all += (all.empty() ? "" : ", ") + restriction.name;
      Request without = request;
      restriction.lift(without);
      if (size_t count = 0; findBest(op, without, shape, chip, count))
        alone += (alone.empty() ? "" : " or ") + restriction.name;
    }
    if (all.empty()) return "";
    return "; relax block_m, block_n or the options of the schedule: " + (alone.empty() ? all : alone);
  }

  /// Whether nobody asked for anything that the tuning table does not know of.
  bool isFree(const Request& request) { return request.restrictions().empty() && !batch; }

  /// Every candidate that the operation's attributes and this pass's options allow.
  SmallVector<Candidate> enumerate(const Request& request, const AttentionShape& shape) {
    SmallVector<Candidate> candidates;
    int64_t askedWarps = request.blockM ? request.blockM / kWarpRows : request.warps;
    int64_t askedBlockN = request.blockN, stages = request.stages;
    // Each warp does 16 rows of a tile; two numbers that say different things leave nothing.
    if (request.warps && askedWarps != request.warps) return candidates;
    int64_t padded = llvm::alignTo(shape.capacity, kWarpRows);
    auto choices = [](int64_t asked, std::initializer_list<int64_t> values) {
      return asked ? SmallVector<int64_t>{asked} : SmallVector<int64_t>(values);
    };
    // Q stays in registers while it and the accumulator leave room for the scores.
    int64_t qRegisters = shape.headDim * shape.elementBytes / 8;
    bool qInRegisters =
        request.queries == "auto" ? qRegisters + shape.headDimV / 2 <= 128 : request.queries == "registers";
    auto add = [&](Candidate c) {
      // Where whole heads are resident there are no keys beyond the padded capacity.
      if (c.family != Family::Online) c.blockN = std::min(c.blockN, padded);
      if (c.blockN > padded && c.blockN != askedBlockN) return;
      for (Softmax variant : {Softmax::SinglePass, Softmax::Online}) {
        if (request.softmax != "auto" && request.softmax != stringifySoftmax(variant)) continue;
        if (variant == Softmax::SinglePass && c.family == Family::Online) continue;
        c.softmax = variant;
        candidates.push_back(c);
      }
    };
    auto wants = [&](StringRef name) { return request.family == "auto" || request.family == name; };

    if (request.mma != "warp" && shape.elementBytes == 2) {
      // A warpgroup takes 64 rows; all keys at once where their scores fit its registers.
      auto warpgroups = [&](std::initializer_list<int64_t> counts) {
        SmallVector<int64_t> all = choices(askedWarps, counts);
        llvm::erase_if(all, [](int64_t count) { return count % 4 != 0; });
        return all;
      };
      if (wants("single") && stages <= 2 && request.queries != "shared")
        for (int64_t count : warpgroups({4}))
          // Where another block fits without a place for the next Q, one stage may be better.
          for (int64_t depth : choices(stages, {2, 1}))
            for (int64_t blockN : choices(askedBlockN, {std::min<int64_t>(padded, 224), 96}))
              for (int64_t rows : rowDivisions(request, count * kWarpRows, padded))
                add({Family::Single, {}, blockN, count, depth, 1, rows, true, true});
      if (wants("online") && stages <= 8)
        for (int64_t count : warpgroups({4, 8}))
          for (int64_t blockN :
               choices(askedBlockN, {std::min<int64_t>(padded, 64), std::min<int64_t>(padded, 96), 128}))
            for (int64_t depth : choices(stages, {2, 3}))
              if (int64_t rows = count * kWarpRows; !request.rowsPerBlock || rows == request.rowsPerBlock)
                add({Family::Online, {}, blockN, count, depth, 1, rows, request.queries == "registers", true});
    }
    if (request.mma == "warpgroup") return candidates;

    // A user's block_m is about row blocks, which the warp family has not; nor has it anything to keep in flight.
    if (wants("warp") && (padded <= kWarpCapacity || request.family == "warp") && !request.blockM && stages <= 1)
      for (int64_t count : choices(request.warps, {1, 2, 3, 4}))
        for (int64_t blockN : choices(askedBlockN, {32, 48}))
          if (count <= shape.headsQ && (!request.rowsPerBlock || request.rowsPerBlock == padded))
            add({Family::Warp, {}, blockN, count, 1, count, padded, qInRegisters});
    // Two stages are this row tile's Q and the next one's, which only has a place once this one's is in registers.
    if (wants("single") && stages <= 2 && (stages <= 1 || qInRegisters || request.queries == "shared"))
      for (int64_t count : choices(askedWarps, {1, 2, 4, 8}))
        for (int64_t blockN : choices(askedBlockN, {32, 64}))
          for (int64_t depth : choices(stages, {1, 2}))
            for (int64_t rows : rowDivisions(request, count * kWarpRows, padded))
              if (count * kWarpRows < padded + count * kWarpRows / 2 || askedWarps)
                add({Family::Single, {}, blockN, count, qInRegisters ? depth : 1, 1, rows, qInRegisters});
    if (wants("online") && stages <= 8)
      for (int64_t count : choices(askedWarps, {2, 4, 8}))
        for (int64_t blockN : choices(askedBlockN, {16, 32, 64})) {
          // So few keys at a time pay only where a wide output leaves no registers for more.
          if (blockN == 16 && !askedBlockN && shape.headDimV < 192 && padded > 16) continue;
          for (int64_t depth : choices(stages, {2, 3}))
            for (int64_t rows : {count * kWarpRows, int64_t(llvm::alignTo(padded, count * kWarpRows))})
              if (!request.rowsPerBlock || rows == request.rowsPerBlock)
                add({Family::Online, {}, blockN, count, depth, 1, rows, qInRegisters});
        }
    return candidates;
  }

  /// The family `latency`: with many sequences others fill the chip as well and read less. Its block_m are the rows of
  /// a block, and its warps follow from the ways among which these divide the keys.
  SmallVector<Candidate> enumerateLatency(const Request& request, const AttentionShape& shape) {
    SmallVector<Candidate> candidates;
    if ((batch == 0 && request.family != "latency") || (request.family != "auto" && request.family != "latency") ||
        request.softmax == "online" || request.mma == "warpgroup" || request.stages > 1)
      return candidates;
    int64_t padded = llvm::alignTo(shape.capacity, kWarpRows);
    bool inRegisters = request.queries == "auto" ? shape.headDim * shape.elementBytes / 8 + shape.headDimV / 2 <= 128
                                                 : request.queries == "registers";
    for (int64_t tiles : {1, 2, 4}) {
      int64_t rows = tiles * kWarpRows;
      if ((request.rowsPerBlock && rows != request.rowsPerBlock) || (request.blockM && rows != request.blockM) ||
          (rows > padded && !request.rowsPerBlock && !request.blockM))
        continue;
      for (int64_t ways : {2, 3, 4, 8}) {
        // Three are tried on request only; an idle way helps nobody.
        if (request.warps ? ways * tiles != request.warps
                          : ways * tiles > 16 || ways == 3 || (ways > 2 && ways * kWarpRows > padded))
          continue;
        int64_t needed = llvm::alignTo(llvm::divideCeil(padded, ways), kWarpRows);
        int64_t keys = request.blockN ? request.blockN : needed;
        if (keys < needed || keys > 256) continue;
        candidates.push_back({Family::Latency, Softmax::SinglePass, keys, ways * tiles, 1, 1, rows, inRegisters});
      }
    }
    return candidates;
  }

  /// The family `ring`: as many stages as fit.
  SmallVector<Candidate> enumerateRing(const Request& request, const AttentionShape& shape) {
    SmallVector<Candidate> candidates;
    int64_t blockM = kRingConsumers * kRingGroupRows;
    if ((batch == 0 && request.family != "ring") || (request.family != "auto" && request.family != "ring") ||
        request.softmax == "single_pass" || request.mma == "warp" || request.queries == "registers" ||
        (request.warps && request.warps != kRingWarps) || (request.blockM && request.blockM != blockM) ||
        request.minBlocks > 1 || shape.causal || shape.elementBytes != 2 || shape.headDim != shape.headDimV ||
        shape.headDim > 64)
      return candidates;
    int64_t resident = llvm::alignTo(shape.capacity, kRingGroupRows);
    if (!request.rowsPerBlock || request.rowsPerBlock == resident)
      for (int64_t stages : {4, 3, 2})
        if (!request.stages || request.stages == stages)
          candidates.push_back({Family::Ring, Softmax::Online, request.blockN ? request.blockN : kRingChunk, kRingWarps,
                                stages, 1, resident, false, true});
    // Longer ones pass in tiles.
    if (resident > blockM && (!request.rowsPerBlock || request.rowsPerBlock == blockM))
      for (int64_t stages : {12, 8})
        if (!request.stages || request.stages == stages)
          candidates.push_back({Family::Ring, Softmax::Online, request.blockN ? request.blockN : kRingChunk, kRingWarps,
                                stages, 1, blockM, false, true});
    return candidates;
  }

  /// For rows so wide that nothing else fits: few keys at a time, few warps, Q in shared memory.
  SmallVector<Candidate> enumerateSmall(const Request& request, const AttentionShape& shape) {
    SmallVector<Candidate> candidates;
    int64_t askedWarps = request.blockM ? request.blockM / kWarpRows : request.warps;
    int64_t padded = llvm::alignTo(shape.capacity, kWarpRows);
    if ((request.family != "auto" && request.family != "online") || request.softmax == "single_pass" ||
        request.queries == "registers" || request.mma == "warpgroup" || (request.warps && askedWarps != request.warps))
      return candidates;
    for (int64_t count : {2, 1})
      for (int64_t depth : {2, 1}) {
        if ((askedWarps && askedWarps != count) || (request.stages && request.stages != depth) ||
            (request.blockN && request.blockN != kWarpRows))
          continue;
        for (int64_t rows : {count * kWarpRows, int64_t(llvm::alignTo(padded, count * kWarpRows))})
          if (!request.rowsPerBlock || rows == request.rowsPerBlock)
            candidates.push_back({Family::Online, Softmax::Online, kWarpRows, count, depth, 1, rows, false});
      }
    return candidates;
  }

  /// Rows of a sequence that one block does: all of them, or with few sequences a part.
  SmallVector<int64_t> rowDivisions(const Request& request, int64_t blockM, int64_t padded) {
    if (request.rowsPerBlock) return {request.rowsPerBlock};
    SmallVector<int64_t> rows{int64_t(llvm::alignTo(padded, blockM))};
    for (int64_t part = blockM; batch > 0 && part < padded; part *= 2) rows.push_back(part);
    return rows;
  }

  void annotate(ragged::AttentionOp op, const AttentionShape& shape, const Choice& best, size_t count,
                const Chip& chip) {
    const Candidate& c = best.candidate;
    const Estimate& e = best.estimate;
    int64_t blocks = minBlocks ? int64_t(minBlocks) : best.minBlocks;
    std::string reason = llvm::formatv(
        "{0} with {1} softmax{15}: {2} binds at {3:f0} clocks a sequence and head (device memory {4:f0}, L2 {5:f0}, "
        "tensor "
        "{6:f0}, shared {7:f0}, ex2 {8:f0}); about {9} registers and {10} bytes of shared memory, {11} blocks of {12} "
        "warps on a multiprocessor of {13}; {14}",
        stringifyFamily(c.family), c.softmax == Softmax::SinglePass ? "single-pass" : "online", e.bound, e.total,
        e.global, e.cache, e.tensor, e.shared, e.exp2, e.registers, e.sharedBytes, blocks, c.warps, chip.arch,
        best.measured ? std::string(best.measured) : "best of " + std::to_string(count) + " candidates",
        c.warpgroups ? " and wgmma" : "");
    int64_t blockM = c.family == Family::Warp      ? kWarpRows
                     : c.family == Family::Latency ? c.rowsPerBlock
                     : c.family == Family::Ring    ? kRingConsumers * kRingGroupRows
                                                   : c.warps * kWarpRows;
    op->setAttr("ragged_kernel.schedule",
                ScheduleAttr::get(op.getContext(), c.family, blockM, c.blockN, c.rowsPerBlock, c.warps, c.stages,
                                  c.headsPerBlock, blocks, c.softmax, c.qInRegisters, c.warpgroups, reason));
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
