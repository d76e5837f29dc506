//===- Shapes.cpp - what raggedc tune measures -----------------------------===//

#include "tools/raggedc/tune/Shapes.h"

#include <algorithm>
#include <cmath>

#include "passes/ChooseSchedule.h"
#include "runtime/strings.h"
#include "tools/raggedc/Compiler.h"
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

TuningClass toClass(const Spec& spec, const std::string& dtype, std::pair<int64_t, int64_t> batches) {
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
  std::tie(shapes.firstBatch, shapes.lastBatch) = batches;
  return shapes;
}

/// Candidates of one attention, with one block more on a multiprocessor where the estimate of registers alone is
/// against it: that estimate is careful, and ptxas has the last word.
void addCandidates(TuneShape& shape, const ScheduleDecision& decision, const Chip& chip, int64_t most) {
  std::vector<std::pair<double, MeasuredSchedule>> priced;
  for (const ConsideredSchedule& one : decision.considered) {
    if (!one.estimate) continue;
    int64_t resident = std::min(chip.sharedPerMultiprocessor / (one.estimate->sharedBytes + 1024),
                                chip.maxThreads / (one.candidate.warps * 32));
    for (int64_t blocks : {one.estimate->blocks, one.estimate->blocks + 1})
      if (blocks <= std::min<int64_t>(resident, 16))
        priced.push_back({one.estimate->total, MeasuredSchedule{one.candidate, blocks}});
  }
  shape.considered = priced.size();
  std::vector<size_t> order(priced.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return std::pair(priced[a].first, a) < std::pair(priced[b].first, b); });
  MeasuredSchedule byDefault{*decision.chosen, decision.minBlocks};
  for (size_t i : order)
    if (int64_t(shape.candidates.size()) < most && priced[i].first <= kNoChance * priced[order.front()].first)
      shape.candidates.push_back(priced[i].second);
  auto it = llvm::find(shape.candidates, byDefault);
  shape.byDefault = size_t(it - shape.candidates.begin());
  if (it == shape.candidates.end()) shape.candidates.push_back(byDefault);
}

}  // namespace

std::string TuneShape::describe() const {
  return StrCat(ToString(spec), ", ", batch == 0 ? "many" : std::to_string(batch),
                batch == 1 ? " sequence" : " sequences");
}

Result<std::vector<int64_t>> parseBatches(const std::string& text) {
  std::vector<int64_t> batches;
  for (std::string_view piece : Split(text, ',')) {
    std::string_view word = Trim(piece);
    std::optional<int64_t> value = word == "many" ? 0 : ParseInt(word);
    if (!value || (*value == 0 && word != "many") || *value < 0 || *value > (1 << 20))
      return InvalidArgument(
          StrCat("--batch: expected many or integers from 1 to ", 1 << 20, ", got '", Printable(piece), "'"));
    batches.push_back(*value);
  }
  std::sort(batches.begin(), batches.end());
  batches.erase(std::unique(batches.begin(), batches.end()), batches.end());
  return batches;
}

std::pair<int64_t, int64_t> getBatchRange(const std::vector<int64_t>& batches, int64_t batch) {
  std::pair<int64_t, int64_t> range{batch, batch};
  if (batch == 0) return range;
  auto halfway = [](int64_t a, int64_t b) { return int64_t(std::floor(std::sqrt(double(a) * double(b)))); };
  for (int64_t other : batches) {
    if (other == 0) continue;
    if (other < batch) range.first = halfway(other, batch) + 1;  // the last smaller one counts
    if (other > batch) {
      range.second = halfway(batch, other);
      break;
    }
  }
  return range;
}

Result<std::vector<TuneShape>> findTuneShapes(const std::vector<SourceText>& sources, const TuneShapeOptions& options) {
  std::vector<TuneShape> shapes;
  for (const SourceText& source : sources)
    for (int64_t batch : options.batches) {
      CompileOptions compile;
      compile.arch = options.arch;
      Compiler compiler(compile);
      RAGGEDC_RETURN_IF_ERROR(compiler.parse(source.text, source.name));
      RAGGEDC_RETURN_IF_ERROR(compiler.specialise());
      ChooseScheduleOptions pass;
      pass.arch = options.arch;
      pass.batch = batch;
      Status status;
      compiler.module().walk([&](mlir::ragged::AttentionOp op) {
        TuneShape shape;
        shape.spec = toSpec(op);
        shape.batch = batch;
        shape.shapes = toClass(shape.spec, getDTypeName(op.getElementType()), getBatchRange(options.batches, batch));
        if (llvm::any_of(shapes, [&](const TuneShape& other) { return other.shapes == shape.shapes; })) return;
        ScheduleDecision decision = decideSchedule(op, pass, nullptr);
        if (!decision.chosen) return;
        shape.lengths = options.lengths;
        if (shape.lengths.empty())
          shape.lengths =
              drawLengths(batch == 0 ? kManySequences : batch, shape.spec.max_seqlen, options.keep, options.seed);
        if (int64_t longest = *llvm::max_element(shape.lengths); longest > shape.spec.max_seqlen)
          status = InvalidArgument(StrCat("--lengths: expected at most ", shape.spec.max_seqlen, ", got ", longest));
        addCandidates(shape, decision, *getChip(options.arch), options.mostCandidates);
        shapes.push_back(std::move(shape));
      });
      RAGGEDC_RETURN_IF_ERROR(status);
    }
  return shapes;
}

}  // namespace raggedc
