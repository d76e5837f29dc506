#include "runtime/reference/program.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <limits>
#include <map>
#include <memory>

#include "runtime/offsets.h"
#include "runtime/reference/attention.h"
#include "runtime/reference/pack.h"
#include "runtime/reference/unpack.h"
#include "runtime/strings.h"

namespace raggedc {
namespace {

// A named value while the program runs: the caller's tensor or a step's result.
struct Value {
  const Tensor* tensor = nullptr;
  std::shared_ptr<const ReferenceValue> result;  // null for an input, which counts as written throughout

  // The least defined state of the elements [first, first + count).
  RowState StateOf(int64_t first, int64_t count) const {
    if (result == nullptr || count == 0) return RowState::kWritten;
    const int64_t unit = result->RowElements();
    for (int64_t row = first / unit; row <= (first + count - 1) / unit; ++row) {
      if (result->rows[static_cast<size_t>(row)] != RowState::kWritten) return RowState::kUnspecified;
    }
    return RowState::kWritten;
  }
};

class Machine {
 public:
  Machine(const Program& program, const ReferenceOptions& options) : program_(program), options_(options) {}

  Status BindInputs(std::span<const Tensor> inputs);
  Status Run(const AttentionStep& step);
  Status Run(const PackStep& step);
  Status Run(const UnpackStep& step);
  Result<std::vector<ReferenceValue>> TakeOutputs() const;
  int64_t clamped_sequences() const { return clamped_sequences_; }

 private:
  Result<Value> Find(const std::string& name) const;
  Result<Value> FindRanked(const std::string& name, size_t minimum_rank, size_t maximum_rank) const;
  Result<std::span<const int32_t>> FindIntegers(const std::string& name) const;
  Status Store(const std::string& name, Tensor tensor, std::vector<RowState> rows);

  const Program& program_;
  const ReferenceOptions& options_;
  std::map<std::string, Value> values_;
  int64_t clamped_sequences_ = 0;
};

std::string Quote(std::string_view name) {
  return StrCat("'", Printable(name), "'");
}

bool ShapeFits(std::span<const int64_t> expected, std::span<const int64_t> given) {
  return std::equal(expected.begin(), expected.end(), given.begin(), given.end(),
                    [](int64_t want, int64_t have) { return want == kDynamic || want == have; });
}

std::string FormatType(const ProgramValue& value) {
  std::string shape = "[";
  for (size_t i = 0; i < value.shape.size(); ++i) {
    shape += StrCat(i == 0 ? "" : ", ", value.shape[i] == kDynamic ? "?" : std::to_string(value.shape[i]));
  }
  return StrCat(DTypeName(value.dtype), " ", shape, "]");
}

Status Machine::BindInputs(std::span<const Tensor> inputs) {
  for (const ProgramValue& input : program_.inputs) {
    RAGGEDC_ASSIGN_OR_RETURN(const Tensor* tensor, RequireTensor(inputs, input.name));
    const bool type_fits = tensor->dtype == input.dtype || (input.dtype == DType::kBool && tensor->dtype == DType::kU8);
    if (!type_fits || !ShapeFits(input.shape, tensor->shape)) {
      return InvalidArgument(StrCat("expected ", Quote(input.name), " to be ", FormatType(input), ", got ",
                                    DTypeName(tensor->dtype), " ", FormatShape(tensor->shape)));
    }
    values_[input.name] = {tensor, nullptr};
  }
  return OkStatus();
}

Result<Value> Machine::Find(const std::string& name) const {
  const auto found = values_.find(name);
  if (found == values_.end())
    return InvalidArgument(StrCat("expected a value ", Quote(name), ", got none of that name"));
  return found->second;
}

Result<Value> Machine::FindRanked(const std::string& name, size_t minimum_rank, size_t maximum_rank) const {
  RAGGEDC_ASSIGN_OR_RETURN(Value value, Find(name));
  const size_t rank = value.tensor->shape.size();
  if (rank >= minimum_rank && rank <= maximum_rank) return value;
  return InvalidArgument(StrCat("expected ", Quote(name), " to have ", minimum_rank,
                                maximum_rank > minimum_rank ? " or more" : "", " dimensions, got ",
                                FormatShape(value.tensor->shape)));
}

Result<std::span<const int32_t>> Machine::FindIntegers(const std::string& name) const {
  RAGGEDC_ASSIGN_OR_RETURN(const Value value, FindRanked(name, 1, 1));
  if (value.tensor->dtype != DType::kI32) {
    return InvalidArgument(StrCat("expected ", Quote(name), " to be i32, got ", DTypeName(value.tensor->dtype)));
  }
  return std::span<const int32_t>(value.tensor->As<int32_t>(), static_cast<size_t>(value.tensor->shape[0]));
}

Status Machine::Store(const std::string& name, Tensor tensor, std::vector<RowState> rows) {
  tensor.name = name;
  auto result = std::make_shared<ReferenceValue>(ReferenceValue{std::move(tensor), std::move(rows)});
  const Tensor* stored = &result->tensor;
  if (!values_.try_emplace(name, Value{stored, std::move(result)}).second) {
    return InvalidArgument(StrCat("expected distinct value names, got ", Quote(name), " twice"));
  }
  return OkStatus();
}

Status Machine::Run(const AttentionStep& step) {
  AttentionProblem problem;
  std::vector<Value> operands;
  const bool is_packed = !step.qkv.empty();
  if (is_packed) {
    RAGGEDC_ASSIGN_OR_RETURN(const Value qkv, FindRanked(step.qkv, 4, 4));
    if (qkv.tensor->shape[1] != 3) {
      return InvalidArgument(
          StrCat("expected ", Quote(step.qkv), " to be [rows, 3, heads, dim], got ", FormatShape(qkv.tensor->shape)));
    }
    problem.q = ViewOfPacked(*qkv.tensor, 0);
    problem.k = ViewOfPacked(*qkv.tensor, 1);
    problem.v = ViewOfPacked(*qkv.tensor, 2);
    operands = {qkv};
  } else {
    RAGGEDC_ASSIGN_OR_RETURN(const Value q, FindRanked(step.q, 3, 3));
    RAGGEDC_ASSIGN_OR_RETURN(const Value k, FindRanked(step.k, 3, 3));
    RAGGEDC_ASSIGN_OR_RETURN(const Value v, FindRanked(step.v, 3, 3));
    problem.q = ViewOf(*q.tensor);
    problem.k = ViewOf(*k.tensor);
    problem.v = ViewOf(*v.tensor);
    operands = {q, k, v};
  }
  const auto mismatch = [](const std::string& name, const Tensor& tensor, std::initializer_list<int64_t> expected) {
    return InvalidArgument(StrCat("expected ", Quote(name), " to be ", FormatShape(std::vector<int64_t>(expected)),
                                  ", got ", FormatShape(tensor.shape)));
  };
  const HeadView& q = problem.q;
  const HeadView& k = problem.k;
  const HeadView& v = problem.v;
  if (k.rows != q.rows || k.dim != q.dim) return mismatch(step.k, *k.storage, {q.rows, k.heads, q.dim});
  if (v.rows != q.rows || v.heads != k.heads) return mismatch(step.v, *v.storage, {q.rows, k.heads, v.dim});
  if (k.heads == 0 || q.heads % k.heads != 0) {
    return InvalidArgument(
        StrCat("expected the heads of q to be a multiple of those of k, got ", q.heads, " and ", k.heads));
  }
  if (step.max_seqlen < 1)
    return InvalidArgument(StrCat("expected max_seqlen to be at least 1, got ", step.max_seqlen));
  RAGGEDC_ASSIGN_OR_RETURN(problem.offsets, FindIntegers(step.offsets));
  if (const Status status = CheckOffsets(problem.offsets, q.rows); !status.ok()) {
    return status.WithContext(Quote(step.offsets));
  }
  problem.max_seqlen = step.max_seqlen;
  problem.causal = step.causal;
  problem.scale = step.scale;
  AttentionResult result = ReferenceAttention(problem, options_.threads);
  clamped_sequences_ += result.clamped_sequences;

  // A sequence with an unspecified row in it has unspecified results.
  for (size_t b = 0; b + 1 < problem.offsets.size(); ++b) {
    const int64_t begin = problem.offsets[b];
    const int64_t length = std::min<int64_t>(problem.offsets[b + 1] - begin, step.max_seqlen);
    for (const Value& operand : operands) {
      const int64_t row_elements = q.rows == 0 ? 0 : operand.tensor->NumElements() / q.rows;
      if (operand.StateOf(begin * row_elements, length * row_elements) == RowState::kWritten) continue;
      std::fill_n(result.rows.begin() + begin, length, RowState::kUnspecified);
    }
  }
  return Store(step.out, std::move(result.out), std::move(result.rows));
}

// What the reference hands on: floats become f64, so that nothing is rounded between steps or before comparing.
Tensor Widen(Tensor tensor) {
  return IsFloat(tensor.dtype) ? ConvertTensor(tensor, DType::kF64) : std::move(tensor);
}

Status Machine::Run(const PackStep& step) {
  RAGGEDC_ASSIGN_OR_RETURN(const Value x, FindRanked(step.x, 2, 16));
  RAGGEDC_ASSIGN_OR_RETURN(const Value keep, FindRanked(step.keep, 2, 2));
  const std::vector<int64_t> mask_shape(x.tensor->shape.begin(), x.tensor->shape.begin() + 2);
  if (DTypeSize(keep.tensor->dtype) != 1 || keep.tensor->shape != mask_shape) {
    return InvalidArgument(StrCat("expected ", Quote(step.keep), " to be i1 ", FormatShape(mask_shape), ", got ",
                                  DTypeName(keep.tensor->dtype), " ", FormatShape(keep.tensor->shape)));
  }
  const int64_t capacity = mask_shape[0] * mask_shape[1];
  if (capacity > std::numeric_limits<int32_t>::max()) {
    return InvalidArgument(StrCat("expected batch x positions of ", Quote(step.x), " to fit i32, got ", capacity));
  }
  PackResult packed = ReferencePack(*x.tensor, *keep.tensor);
  const int64_t row_elements = capacity == 0 ? 0 : x.tensor->NumElements() / capacity;
  std::vector<RowState> rows(static_cast<size_t>(capacity), RowState::kUnspecified);
  std::vector<RowState> indices = rows;
  for (int64_t r = 0; r < packed.total; ++r) {
    const int64_t source = packed.indices.As<int32_t>()[r];
    rows[static_cast<size_t>(r)] = x.StateOf(source * row_elements, row_elements);
    indices[static_cast<size_t>(r)] = RowState::kWritten;
  }
  std::vector<RowState> offsets(static_cast<size_t>(packed.offsets.NumElements()), RowState::kWritten);
  RAGGEDC_RETURN_IF_ERROR(Store(step.rows, Widen(std::move(packed.rows)), std::move(rows)));
  RAGGEDC_RETURN_IF_ERROR(Store(step.offsets, std::move(packed.offsets), std::move(offsets)));
  return Store(step.indices, std::move(packed.indices), std::move(indices));
}

Status Machine::Run(const UnpackStep& step) {
  RAGGEDC_ASSIGN_OR_RETURN(const Value rows, FindRanked(step.rows, 1, 16));
  RAGGEDC_ASSIGN_OR_RETURN(const std::span<const int32_t> indices, FindIntegers(step.indices));
  RAGGEDC_ASSIGN_OR_RETURN(const std::span<const int32_t> offsets, FindIntegers(step.offsets));
  const int64_t capacity = std::min<int64_t>(rows.tensor->shape[0], static_cast<int64_t>(indices.size()));
  if (const Status status = CheckOffsets(offsets, capacity); !status.ok())
    return status.WithContext(Quote(step.offsets));
  if (const Status status = CheckIndices(indices, offsets, step.positions); !status.ok()) {
    return status.WithContext(Quote(step.indices));
  }
  const int64_t row_elements = rows.tensor->shape[0] == 0 ? 0 : rows.tensor->NumElements() / rows.tensor->shape[0];
  UnpackResult unpacked = ReferenceUnpack(*rows.tensor, indices, offsets, step.positions, step.fill);
  std::vector<RowState> states(unpacked.sources.size(), RowState::kWritten);
  for (size_t i = 0; i < states.size(); ++i) {
    if (unpacked.sources[i] >= 0) states[i] = rows.StateOf(unpacked.sources[i] * row_elements, row_elements);
  }
  return Store(step.out, Widen(std::move(unpacked.out)), std::move(states));
}

Result<std::vector<ReferenceValue>> Machine::TakeOutputs() const {
  std::vector<ReferenceValue> outputs;
  for (const ProgramValue& output : program_.outputs) {
    RAGGEDC_ASSIGN_OR_RETURN(const Value value, Find(output.name));
    if (!ShapeFits(output.shape, value.tensor->shape)) {
      return InvalidArgument(StrCat("expected ", Quote(output.name), " to be ", FormatType(output), ", got ",
                                    FormatShape(value.tensor->shape)));
    }
    if (value.result != nullptr) {
      outputs.push_back(*value.result);
      continue;
    }
    outputs.push_back({Widen(*value.tensor), {}});
    outputs.back().rows.assign(value.tensor->NumElements() == 0 ? 0 : 1, RowState::kWritten);
  }
  return outputs;
}

}  // namespace

Program ProgramFromSpec(const Spec& spec) {
  const auto operand = [&](const char* name, std::vector<int64_t> row_shape) {
    row_shape.insert(row_shape.begin(), kDynamic);
    return ProgramValue{name, spec.dtype, std::move(row_shape)};
  };
  Program program;
  program.name = spec.name;
  AttentionStep step;
  if (spec.packed) {
    step.qkv = "qkv";
    program.inputs = {operand("qkv", {3, spec.heads, spec.dim})};
  } else {
    step.q = "q";
    step.k = "k";
    step.v = "v";
    program.inputs = {operand("q", {spec.heads, spec.dim}), operand("k", {spec.kv_heads, spec.dim}),
                      operand("v", {spec.kv_heads, spec.dim_v})};
  }
  program.inputs.push_back({"offsets", DType::kI32, {kDynamic}});
  step.offsets = "offsets";
  step.out = "out";
  step.max_seqlen = spec.max_seqlen;
  step.causal = spec.causal;
  step.scale = spec.scale;
  program.steps = {step};
  program.outputs = {operand("out", {spec.heads, spec.dim_v})};
  return program;
}

const ReferenceValue* ReferenceResult::Find(std::string_view name) const {
  const auto found = std::find_if(outputs.begin(), outputs.end(),
                                  [&](const ReferenceValue& value) { return value.tensor.name == name; });
  return found == outputs.end() ? nullptr : &*found;
}

Result<ReferenceResult> RunProgram(const Program& program, std::span<const Tensor> inputs,
                                   const ReferenceOptions& options) {
  const auto begin = std::chrono::steady_clock::now();
  Machine machine(program, options);
  RAGGEDC_RETURN_IF_ERROR(machine.BindInputs(inputs));
  for (const Step& step : program.steps) {
    RAGGEDC_RETURN_IF_ERROR(std::visit([&](const auto& concrete) { return machine.Run(concrete); }, step));
  }
  ReferenceResult result;
  RAGGEDC_ASSIGN_OR_RETURN(result.outputs, machine.TakeOutputs());
  result.clamped_sequences = machine.clamped_sequences();
  result.milliseconds = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
  return result;
}

Tensor RoundReference(const ReferenceValue& value, DType dtype) {
  Tensor rounded = value.tensor.dtype == dtype ? value.tensor : ConvertTensor(value.tensor, dtype);
  const int64_t row_bytes = value.RowElements() * DTypeSize(dtype);
  for (size_t row = 0; row < value.rows.size(); ++row) {
    if (value.rows[row] == RowState::kWritten) continue;
    std::memset(rounded.data.data() + static_cast<int64_t>(row) * row_bytes, 0xff, static_cast<size_t>(row_bytes));
  }
  return rounded;
}

}  // namespace raggedc
