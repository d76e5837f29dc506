//===- ChooseSchedule.cpp - a schedule for each attention, with reasons ----===//

#include "passes/ChooseSchedule.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"
#include "mlir/IR/Remarks.h"
#include "passes/CostModel.h"
#include "passes/Passes.h"
#include "passes/RingShape.h"
#include "passes/ScheduleRequest.h"
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
  std::string measured = "";  ///< where, if a tuning table has the shape
};

using Request = ScheduleRequest;

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
                   succeeded(oneOf("copies", copies, {"auto", "cp_async", "tensor"})) &&
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
    Type element = op.getElementType();
    std::optional<Choice> best = findBest(element, request, shape, chip, count);
    if (isFree(request))
      if (std::optional<Choice> tuned = findTuned(element, request, shape, chip).choice) best = tuned;
    if (!best) {
      auto probe = [&](const Request& request, const AttentionShape& shape, const Chip& chip) {
        ScheduleProbe found;
        if (std::optional<Choice> best = findBest(element, request, shape, chip, found.candidates, &found))
          found.best = best->candidate;
        return found;
      };
      return op.emitOpError() << "expected a schedule that fits " << chip.arch << ", got none of " << count
                              << " candidates: " << explainRefusal(request, shape, chip, probe);
    }
    annotate(op, shape, *best, count, chip);
    return success();
  }

  Request getRequest(ragged::AttentionOp op) {
    return {family,
            softmax,
            queries,
            mma,
            copies,
            warps,
            stages,
            minBlocks,
            rowsPerBlock,
            static_cast<int64_t>(op.getBlockM().value_or(0)),
            static_cast<int64_t>(op.getBlockN().value_or(0))};
  }

  /// The cheapest candidate that fits the chip. `count` is how many were compared; `probe` learns why none fits.
  std::optional<Choice> findBest(Type element, const Request& request, const AttentionShape& shape, const Chip& chip,
                                 size_t& count, ScheduleProbe* probe = nullptr) {
    std::optional<Choice> best;
    auto compare = [&](ArrayRef<Candidate> candidates, bool trustRegisters) {
      for (const Candidate& candidate : candidates) {
        Refusal refusal;
        std::optional<Estimate> cost = estimate(candidate, shape, element, chip, batch, &refusal);
        // Accumulators of wgmma cannot be spilled: where they do not fit, only who asks for it gets it.
        bool trusts = trustRegisters || (candidate.warpgroups && request.mma != "warpgroup");
        if (!cost || !holds(*cost, candidate, request.minBlocks, chip, trusts, refusal)) {
          if (probe && isNearer(refusal, probe->nearest)) {
            probe->nearest = refusal;
            probe->refused = candidate;
          }
          continue;
        }
        // Among near equals the first: candidates come with the fewest blocks first.
        if (!best || cost->total < 0.98 * best->estimate.total) best = Choice{candidate, *cost, cost->blocks};
      }
    };
    SmallVector<Candidate> candidates = enumerate(element, request, shape);
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
                    bool trustRegisters, Refusal& refusal) {
    auto within = [&](Refusal::Limit limit, int64_t needed, int64_t available) {
      if (needed > available) refusal = {limit, needed, available};
      return needed <= available;
    };
    return within(Refusal::Limit::ResidentShared, blocks * (cost.sharedBytes + 1024), chip.sharedPerMultiprocessor) &&
           within(Refusal::Limit::ResidentThreads, blocks * candidate.warps * 32, chip.maxThreads) &&
           (!trustRegisters || blocks <= cost.blocks);
  }

  /// Whether `a` is beyond its limit, and by less than `b` is beyond its own.
  static bool isNearer(const Refusal& a, const Refusal& b) {
    auto excess = [](const Refusal& one) { return double(one.needed) / double(std::max<int64_t>(one.available, 1)); };
    if (a.limit == Refusal::Limit::None) return false;
    if (b.limit == Refusal::Limit::None) return true;
    // Too few blocks is nearer than no block, and that nearer than an instruction that is missing.
    auto rank = [](const Refusal& one) {
      if (one.limit == Refusal::Limit::Instructions) return 2;
      return one.limit == Refusal::Limit::ResidentShared || one.limit == Refusal::Limit::ResidentThreads ? 0 : 1;
    };
    return rank(a) != rank(b) ? rank(a) < rank(b) : excess(a) < excess(b);
  }

  /// Whether a table may say what is taken: nobody asked for anything but a way to copy. An entry with tensor maps
  /// counts for those who ask for them, and without them for those who rule them out; one without them is none where
  /// they are asked for.
  static bool isFree(const Request& request) {
    return llvm::all_of(request.restrictions(), [](const auto& restriction) { return restriction.name == "copies"; });
  }

  /// What the tables say. A schedule that this compiler would not consider is none.
  struct Tuned {
    std::optional<Choice> choice;
    bool isOfUser = false;
    const TuningEntry *userEntry = nullptr, *shippedEntry = nullptr;
  };
  Tuned findTuned(Type element, const Request& request, const AttentionShape& shape, const Chip& chip) {
    Tuned tuned;
    auto take = [&](const TuningTable& table, const TuningEntry* entry) {
      if (!entry || !entry->chosen) return;
      Candidate candidate = entry->chosen->candidate;
      candidate.tensorCopies &= request.copies != "cp_async" && RingShape::mayCopyTensors(candidate, shape);
      if (!llvm::is_contained(enumerate(element, request, shape), candidate)) return;
      if (std::optional<Estimate> cost = estimate(candidate, shape, element, chip, batch))
        tuned.choice = Choice{candidate, *cost, entry->chosen->minBlocks, "chosen from " + table.describeOrigin()};
    };
    std::string dtype = getDTypeName(element);
    if (userTable) take(*userTable, tuned.userEntry = userTable->find(chip.arch, shape, dtype, batch));
    tuned.isOfUser = tuned.choice.has_value();
    for (const TuningTable& table : shippedTuningTables()) {
      if (tuned.shippedEntry) break;
      tuned.shippedEntry = table.find(chip.arch, shape, dtype, batch);
      if (!tuned.choice) take(table, tuned.shippedEntry);
    }
    return tuned;
  }

  /// Every candidate that the operation's attributes and this pass's options allow.
  SmallVector<Candidate> enumerate(Type element, const Request& request, const AttentionShape& shape) {
    SmallVector<Candidate> candidates;
    if (request.copies != "tensor") {
      candidates = enumerateByRows(request, shape);
      candidates.append(enumerateLatency(request, shape));
      candidates.append(enumerateLatencyGroups(request, shape));
    }
    candidates.append(enumerateRing(element, request, shape));
    return candidates;
  }

  /// Those whose warps divide the rows.
  SmallVector<Candidate> enumerateByRows(const Request& request, const AttentionShape& shape) {
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
        for (int64_t count : warpgroups({4, 8}))
          // Where another block fits without a place for the next Q, one stage may be better.
          for (int64_t depth : choices(stages, {2, 1}))
            for (int64_t blockN : choices(askedBlockN, {std::min<int64_t>(padded, 224), 96}))
              for (int64_t rows : rowDivisions(request, count * kWarpRows, padded))
                add({Family::Single, {}, blockN, count, depth, 1, rows, true, true});
      if (wants("online") && stages <= 8)
        for (int64_t count : warpgroups({4, 8, 12}))
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
        int64_t keys = request.blockN ? std::min(request.blockN, padded) : needed;
        if (keys < needed || keys > 256) continue;
        candidates.push_back({Family::Latency, Softmax::SinglePass, keys, ways * tiles, 1, 1, rows, inRegisters});
      }
    }
    return candidates;
  }

  /// The same with warpgroups as ways, whose tiles of keys pass through slots. Stages that no tile would fill, and ways
  /// that have none, are not tried.
  SmallVector<Candidate> enumerateLatencyGroups(const Request& request, const AttentionShape& shape) {
    SmallVector<Candidate> candidates;
    if ((batch == 0 && request.family != "latency") || (request.family != "auto" && request.family != "latency") ||
        request.softmax == "single_pass" || request.mma == "warp" || request.queries == "registers" ||
        request.stages == 1 || request.stages > 8 || shape.elementBytes != 2)
      return candidates;
    SmallVector<int64_t> widths{32, 64, 96, 128}, depths{2, 3};
    if (request.blockN) widths = {request.blockN};
    if (request.stages) depths = {request.stages};
    for (int64_t rows : {64, 128}) {
      if ((request.rowsPerBlock && rows != request.rowsPerBlock) || (request.blockM && rows != request.blockM) ||
          (rows > 64 && shape.capacity <= 64))
        continue;
      int64_t tiles = rows / kWarpRows;
      for (int64_t ways : {2, 3, 4}) {
        if (ways * tiles > 16 || (request.warps && ways * tiles != request.warps)) continue;
        for (int64_t keys : widths) {
          if (keys > 256 || (!request.blockN && (ways - 1) * keys >= shape.capacity)) continue;
          for (int64_t depth : depths)
            if (depth <= 2 || request.stages || (depth - 1) * ways * keys < shape.capacity)
              candidates.push_back({Family::Latency, Softmax::Online, keys, ways * tiles, depth, 1, rows, false, true});
        }
      }
    }
    return candidates;
  }

  /// The family `ring`: chunks that fit the registers, as many stages as fit. A compilation takes two to three times as
  /// long as of the others, so that it is for those who say that they have many sequences.
  SmallVector<Candidate> enumerateRing(Type element, const Request& request, const AttentionShape& shape) {
    SmallVector<Candidate> candidates;
    // No other family has copies by tensor maps.
    bool isWorthwhile = (batch > 0 && shape.capacity > kRingChunk) || request.copies == "tensor";
    if ((request.family != "ring" && !(request.family == "auto" && isWorthwhile)) || request.softmax == "single_pass" ||
        request.mma == "warp" || request.queries == "registers" || request.minBlocks > 1 || shape.causal ||
        shape.elementBytes != 2 || shape.headDim != shape.headDimV || shape.headDim > kRingMostHeadDim)
      return candidates;
    int64_t whole = llvm::alignTo(shape.capacity, kRingGroupRows);
    auto add = [&](Candidate c) {
      int64_t blockM = RingShape::of(c, shape).consumers * kRingGroupRows;
      if ((request.blockM && request.blockM != blockM) || (request.warps && request.warps != c.warps) ||
          (request.rowsPerBlock && request.rowsPerBlock != c.rowsPerBlock) ||
          (request.stages && request.stages != c.stages) || (request.blockN && request.blockN != c.blockN) ||
          c.blockN < kRingLeastChunk || c.blockN > RingShape::of(c, shape).getMostChunk(shape.headDim))
        return;
      // Copies by tensor maps measured slower (docs/families.md): they are for those who ask.
      c.tensorCopies = request.copies == "tensor";
      if (c.tensorCopies && !RingShape::mayCopyTensors(c, shape)) return;
      if (c.stages >= RingShape::of(c, shape).getFewestStages()) candidates.push_back(c);
    };
    SmallVector<int64_t> chunks{kRingChunk, 112, 80, 64}, wide{128, 96, 160};
    if (request.blockN) chunks = wide = {request.blockN};
    for (int64_t chunk : chunks)
      for (int64_t stages : {4, 3, 2})
        add({Family::Ring, Softmax::Online, chunk, kRingWarps, stages, 1, whole, false, true});
    // Of longer ones, tiles pass: all slots that fit, or fewer.
    auto addStreaming = [&](int64_t chunk, int64_t warps, int64_t rows) {
      Candidate c{Family::Ring, Softmax::Online, chunk, warps, 16, 1, rows, false, true};
      if (rows >= whole) return;
      int64_t most = getMostRingStages(element.getContext(), c, shape);
      for (int64_t stages : request.stages ? SmallVector<int64_t>{request.stages} : SmallVector<int64_t>{most, 8}) {
        // Not of a number that is nearly the same.
        if (stages != most && stages + 2 >= most && !request.stages) continue;
        c.stages = stages;
        add(c);
      }
    };
    for (int64_t chunk : chunks)
      for (int64_t groups : {3, 2}) addStreaming(chunk, kRingWarps, groups * kRingGroupRows);
    for (int64_t chunk : wide) addStreaming(chunk, kRingWarps - 4, 2 * kRingGroupRows);
    return candidates;
  }

  /// For rows so wide that nothing else fits: few keys at a time, few warps, Q in shared memory.
  SmallVector<Candidate> enumerateSmall(const Request& request, const AttentionShape& shape) {
    SmallVector<Candidate> candidates;
    int64_t askedWarps = request.blockM ? request.blockM / kWarpRows : request.warps;
    int64_t padded = llvm::alignTo(shape.capacity, kWarpRows);
    if ((request.family != "auto" && request.family != "online") || request.softmax == "single_pass" ||
        request.queries == "registers" || request.mma == "warpgroup" || request.copies == "tensor" ||
        (request.warps && askedWarps != request.warps))
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
        !best.measured.empty() ? best.measured : "best of " + std::to_string(count) + " candidates",
        c.warpgroups ? " and wgmma" : "");
    int64_t blockM = c.family == Family::Warp      ? kWarpRows
                     : c.family == Family::Latency ? c.rowsPerBlock
                     : c.family == Family::Ring    ? RingShape::of(c, shape).consumers * kRingGroupRows
                                                   : c.warps * kWarpRows;
    op->setAttr("ragged_kernel.schedule", ScheduleAttr::get(op.getContext(), c.family, blockM, c.blockN, c.rowsPerBlock,
                                                            c.warps, c.stages, c.headsPerBlock, blocks, c.softmax,
                                                            c.qInRegisters, c.warpgroups, c.tensorCopies, reason));
    remark::passed(op.getLoc(),
                   remark::RemarkOpts::name("Schedule").category("choose-schedule").function(functionName(op)))
        << reason;
  }

  static StringRef functionName(Operation* op) {
    auto function = op->getParentOfType<func::FuncOp>();
    return function ? function.getName() : "";
  }

  ScheduleDecision decide(ragged::AttentionOp op) {
    ScheduleDecision decision;
    std::optional<Chip> chip = getChip(arch);
    if (!chip || !op.isSpecialised() || !op.getMaxSeqlen()) return decision;
    AttentionShape shape = AttentionShape::of(op);
    Request request = getRequest(op);
    Type element = op.getElementType();
    for (const Request::Restriction& restriction : request.restrictions())
      decision.request += (decision.request.empty() ? "" : ", ") + restriction.text();
    if (!decision.request.empty()) decision.by = ScheduleDecision::By::Request;
    size_t count = 0;
    std::optional<Choice> best = findBest(element, request, shape, *chip, count);
    Tuned tuned = findTuned(element, request, shape, *chip);
    decision.userEntry = tuned.userEntry;
    decision.shippedEntry = tuned.shippedEntry;
    if (isFree(request) && tuned.choice) {
      best = tuned.choice;
      decision.by = tuned.isOfUser ? ScheduleDecision::By::UserTable : ScheduleDecision::By::ShippedTable;
    }
    if (best) {
      decision.chosen = best->candidate;
      decision.minBlocks = minBlocks ? int64_t(minBlocks) : best->minBlocks;
    }
    SmallVector<Candidate> candidates = enumerate(element, request, shape);
    if (count > candidates.size()) candidates.append(enumerateSmall(request, shape));
    for (const Candidate& candidate : candidates) {
      ConsideredSchedule one{candidate, std::nullopt};
      one.estimate = estimate(candidate, shape, element, *chip, batch, &one.refusal);
      if (one.estimate && !holds(*one.estimate, candidate, request.minBlocks, *chip, false, one.refusal))
        one.estimate = std::nullopt;
      // Different ways lead to one candidate where sequences are short.
      if (llvm::none_of(decision.considered, [&](const auto& other) { return other.candidate == candidate; }))
        decision.considered.push_back(one);
    }
    return decision;
  }

  std::shared_ptr<const TuningTable> userTable;  ///< comes before those of the compiler; may be null
};

}  // namespace

ScheduleDecision decideSchedule(ragged::AttentionOp op, const ChooseScheduleOptions& options,
                                const std::shared_ptr<const TuningTable>& userTable) {
  op.getContext()->loadDialect<RaggedKernelDialect>();  // as the pass manager does for the pass
  ChooseSchedule pass(options);
  pass.userTable = userTable;
  return pass.decide(op);
}

std::unique_ptr<Pass> createChooseSchedule(const ChooseScheduleOptions& options,
                                           std::shared_ptr<const TuningTable> userTable) {
  auto pass = std::make_unique<ChooseSchedule>(options);
  pass->userTable = std::move(userTable);
  return pass;
}

}  // namespace raggedc
