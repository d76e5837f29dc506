//===- Shapes.cpp - what raggedc tune measures -----------------------------===//

#include "tools/raggedc/tune/Shapes.h"

#include <algorithm>
#include <numeric>

#include "passes/ChooseSchedule.h"
#include "runtime/strings.h"
#include "tools/raggedc/Compiler.h"
#include "tools/raggedc/ScheduleExplanation.h"
#include "tools/raggedc/bench/Bench.h"

namespace raggedc {

namespace {

/// Predicted to take so many times the best: never seen to win.
constexpr double kNoChance = 2.5;

Spec toSpec(mlir::ragged::AttentionOp op) {
  Spec spec;
  std::string dtype = getDTypeName(op.getElementType());
  spec.dtype = dtype == "bf16" ? DType::kBf16 : dtype == "f16" ? DType::kF16 : DType::kF32;
  spec.heads = op.getHeadsQ();
  spec.kv_heads = op.getHeadsKV();
  spec.dim = op.getHeadDim();
  spec.dim_v = op.getHeadDimV();
  spec.max_seqlen = static_cast<int64_t>(op.getMaxSeqlen().value_or(0));
  spec.scale = DefaultScale(spec.dim);
  spec.causal = op.getCausal();
  spec.packed = op.isPacked();
  return spec;
}

TuningClass toClass(const Spec& spec, const std::string& dtype, int64_t batch) {
  TuningClass shapes;
  shapes.dtypes = {dtype};
  shapes.heads = spec.heads;
  shapes.kvHeads = spec.kv_heads;
  shapes.headDim = spec.dim;
  shapes.headDimV = spec.dim_v;
  shapes.causal = spec.causal;
  // Capacities of as many tiles of 16 rows have the same kernels.
  shapes.lastCapacity = llvm::alignTo(spec.max_seqlen, mlir::ragged_kernel::kWarpRows);
  shapes.firstCapacity = shapes.lastCapacity - mlir::ragged_kernel::kWarpRows + 1;
  shapes.firstBatch = shapes.lastBatch = batch;
  return shapes;
}

/// Candidates of one attention, with one block more on a multiprocessor where the estimate of registers alone is
/// against it: that estimate is careful, and ptxas has the last word.
void addCandidates(TuneShape& shape, const ScheduleDecision& decision, const AttentionShape& attention,
                   const Chip& chip, int64_t most) {
  struct Priced {
    double clocks, microseconds;
    MeasuredSchedule schedule;
  };
  std::vector<Priced> priced;
  const int64_t sequences = shape.batch == 0 ? kManySequences : shape.batch;
  for (const ConsideredSchedule& one : decision.considered) {
    if (!one.estimate) continue;
    PredictedTime time = predictTime(one.candidate, *one.estimate, attention, chip, shape.batch, sequences);
    int64_t resident = std::min(chip.sharedPerMultiprocessor / (one.estimate->sharedBytes + 1024),
                                chip.maxThreads / (one.candidate.warps * 32));
    for (int64_t blocks : {one.estimate->blocks, one.estimate->blocks + 1})
      if (blocks <= std::min<int64_t>(resident, 16))
        priced.push_back({one.estimate->total, time.microseconds, MeasuredSchedule{one.candidate, blocks}});
  }
  shape.considered = priced.size();
  std::vector<size_t> order(priced.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return std::pair(priced[a].clocks, a) < std::pair(priced[b].clocks, b); });
  MeasuredSchedule byDefault{*decision.chosen, decision.minBlocks};
  auto take = [&](const Priced& one) {
    shape.candidates.push_back(one.schedule);
    shape.predicted.push_back(one.microseconds);
  };
  for (size_t i : order)
    if (int64_t(shape.candidates.size()) < most && priced[i].clocks <= kNoChance * priced[order.front()].clocks)
      take(priced[i]);
  auto it = llvm::find(shape.candidates, byDefault);
  shape.byDefault = size_t(it - shape.candidates.begin());
  if (it != shape.candidates.end()) return;
  // Its price is that of the same schedule with another number of blocks, if there is one.
  auto same = llvm::find_if(priced, [&](const Priced& one) { return one.schedule.candidate == byDefault.candidate; });
  take({0, same == priced.end() ? 0 : same->microseconds, byDefault});
}

}  // namespace

Result<std::vector<int64_t>> parseBatches(const std::string& text) {
  std::vector<int64_t> batches;
  for (std::string_view piece : Split(text, ',')) {
    std::string_view word = Trim(piece);
    std::optional<int64_t> value = word == "many" ? 0 : ParseInt(word);
    if (!value || (*value == 0 && word != "many") || *value < 0 || *value > kMostSequences)
      return InvalidArgument(
          StrCat("--batch: expected many or integers from 1 to ", kMostSequences, ", got '", Printable(piece), "'"));
    batches.push_back(*value);
  }
  std::sort(batches.begin(), batches.end());
  batches.erase(std::unique(batches.begin(), batches.end()), batches.end());
  return batches;
}

std::vector<TuneRequest> toRequests(const std::vector<ShapeRequest>& shapes) {
  std::vector<TuneRequest> requests;
  for (const ShapeRequest& shape : shapes)
    requests.push_back({{ToMlir(shape.spec), shape.name, shape.spec}, shape.batch, shape.lengths, shape.keep});
  return requests;
}

Result<TuneShapes> findTuneShapes(const std::vector<TuneRequest>& requests, const TuneShapeOptions& options) {
  TuneShapes found;
  std::vector<std::string> names;  // of the requests that the shapes come from
  for (const TuneRequest& request : requests) {
    CompileOptions compile;
    compile.arch = options.arch;
    Compiler compiler(compile);
    RAGGEDC_RETURN_IF_ERROR(compiler.parse(request.source.text, request.source.name));
    RAGGEDC_RETURN_IF_ERROR(compiler.specialise());
    ChooseScheduleOptions pass;
    pass.arch = options.arch;
    pass.batch = request.batch;
    Status status;
    compiler.module().walk([&](mlir::ragged::AttentionOp op) {
      TuneShape shape;
      shape.spec = toSpec(op);
      shape.batch = request.batch;
      shape.shapes = toClass(shape.spec, getDTypeName(op.getElementType()), request.batch);
      auto same = llvm::find_if(found.shapes, [&](const TuneShape& other) { return other.shapes == shape.shapes; });
      if (same != found.shapes.end()) {
        if (const std::string& first = names[size_t(same - found.shapes.begin())]; first != request.source.name)
          found.notes.push_back(StrCat(request.source.name, ": left out, ", first, " has the same kernels"));
        return;
      }
      ScheduleDecision decision = decideSchedule(op, pass, nullptr);
      if (!decision.chosen) return;
      shape.lengths = request.lengths;
      if (shape.lengths.empty())
        shape.lengths = drawLengths(request.batch == 0 ? kManySequences : request.batch, shape.spec.max_seqlen,
                                    request.keep, options.seed);
      if (int64_t longest = *llvm::max_element(shape.lengths); longest > shape.spec.max_seqlen)
        status = InvalidArgument(StrCat("--lengths: expected at most ", shape.spec.max_seqlen, ", got ", longest));
      addCandidates(shape, decision, AttentionShape::of(op), *getChip(options.arch), options.mostCandidates);
      found.shapes.push_back(std::move(shape));
      names.push_back(request.source.name);
    });
    RAGGEDC_RETURN_IF_ERROR(status);
  }
  std::vector<TuningClass*> classes;
  for (TuneShape& shape : found.shapes) classes.push_back(&shape.shapes);
  setRanges(classes, options.wideRanges);
  return found;
}

}  // namespace raggedc
