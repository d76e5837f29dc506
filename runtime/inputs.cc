#include "runtime/inputs.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <variant>

#include "runtime/offsets.h"
#include "runtime/strings.h"

namespace raggedc {
namespace {

// SplitMix64: tiny, passes the usual tests, and the same on every machine.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t Next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }

  // Even in [0, limit), for limits far below 2^64.
  int64_t Below(int64_t limit) { return static_cast<int64_t>(Next() % static_cast<uint64_t>(limit)); }

  // The sum of twelve uniform numbers of 16 bits: mean 0, variance 1, nearly normal.
  double Normal() {
    int64_t sum = 0;
    for (int word = 0; word < 3; ++word) {
      const uint64_t bits = Next();
      for (int shift = 0; shift < 64; shift += 16) sum += static_cast<int64_t>((bits >> shift) & 0xffff);
    }
    return static_cast<double>(sum - 6 * 65535) / 65536.0;
  }

  // `count` different numbers of [0, limit), rising (selection sampling).
  std::vector<int64_t> Choose(int64_t count, int64_t limit) {
    std::vector<int64_t> chosen;
    for (int64_t i = 0; i < limit && count > 0; ++i) {
      if (Below(limit - i) >= count) continue;
      chosen.push_back(i);
      --count;
    }
    return chosen;
  }

 private:
  uint64_t state_;
};

// What the steps use an input for.
enum class Role { kRows, kOffsets, kIndices, kPadded, kKeep };

struct Usage {
  Role role;
  int64_t positions;  // of a padded tensor; 0 otherwise
};

std::optional<Usage> UsageOf(const Program& program, const std::string& name) {
  for (const Step& step : program.steps) {
    if (const auto* attention = std::get_if<AttentionStep>(&step)) {
      if (name == attention->offsets) return Usage{Role::kOffsets, 0};
      for (const std::string& operand : {attention->q, attention->k, attention->v, attention->qkv}) {
        if (name == operand) return Usage{Role::kRows, 0};
      }
    } else if (const auto* pack = std::get_if<PackStep>(&step)) {
      if (name == pack->x) return Usage{Role::kPadded, 0};
      if (name == pack->keep) return Usage{Role::kKeep, 0};
    } else if (const auto* unpack = std::get_if<UnpackStep>(&step)) {
      if (name == unpack->rows) return Usage{Role::kRows, 0};
      if (name == unpack->offsets) return Usage{Role::kOffsets, 0};
      if (name == unpack->indices) return Usage{Role::kIndices, unpack->positions};
    }
  }
  return std::nullopt;
}

class Generator {
 public:
  Generator(std::span<const int64_t> lengths, std::vector<int32_t> offsets)
      : lengths_(lengths), offsets_(std::move(offsets)) {}

  Result<Tensor> Make(const ProgramValue& input, const Usage& usage, Random random, int64_t budget) const {
    switch (usage.role) {
      case Role::kOffsets:
        return MakeI32Tensor(input.name, offsets_);
      case Role::kRows:
        return MakeNormal(input, offsets_.back(), random, budget);
      case Role::kPadded:
        return MakeNormal(input, batch(), random, budget);
      case Role::kKeep:
        return MakeKeep(input, random);
      case Role::kIndices:
        return MakeIndices(input, usage.positions, random);
    }
    return InternalError("expected a known role, got none");
  }

 private:
  int64_t batch() const { return static_cast<int64_t>(lengths_.size()); }

  // The input's shape with `leading` for its first dimension; the others must be fixed.
  static Result<std::vector<int64_t>> ShapeOf(const ProgramValue& input, int64_t leading) {
    std::vector<int64_t> shape = input.shape;
    if (!shape.empty() && shape[0] == kDynamic) shape[0] = leading;
    const bool fits =
        !shape.empty() && shape[0] == leading && std::find(shape.begin(), shape.end(), kDynamic) == shape.end();
    if (fits) return shape;
    return InvalidArgument(StrCat("expected '", Printable(input.name), "' to have ", leading,
                                  " as its first dimension and fixed others, got ", FormatShape(input.shape)));
  }

  static Result<Tensor> MakeNormal(const ProgramValue& input, int64_t leading, Random random, int64_t budget) {
    RAGGEDC_ASSIGN_OR_RETURN(std::vector<int64_t> shape, ShapeOf(input, leading));
    RAGGEDC_ASSIGN_OR_RETURN(const int64_t elements, CheckedNumElements(shape));
    if (elements > budget / DTypeSize(input.dtype)) {
      return EnvironmentError(StrCat("expected all inputs to fit a quarter of this machine's memory, of which ", budget,
                                     " bytes are left, got '", Printable(input.name), "' of ", DTypeName(input.dtype),
                                     " ", FormatShape(shape)));
    }
    Tensor tensor = MakeTensor(input.name, input.dtype, std::move(shape));
    for (int64_t i = 0; i < tensor.NumElements(); ++i) tensor.Set(i, random.Normal());
    return tensor;
  }

  Status CheckLengths(const ProgramValue& input, int64_t positions) const {
    for (size_t b = 0; b < lengths_.size(); ++b) {
      if (lengths_[b] <= positions) continue;
      return InvalidArgument(StrCat("expected lengths of at most ", positions, ", the positions of '",
                                    Printable(input.name), "', got ", lengths_[b], " at position ", b));
    }
    return OkStatus();
  }

  Result<Tensor> MakeKeep(const ProgramValue& input, Random random) const {
    RAGGEDC_ASSIGN_OR_RETURN(std::vector<int64_t> shape, ShapeOf(input, batch()));
    const int64_t positions = shape.size() == 2 ? shape[1] : 0;
    RAGGEDC_RETURN_IF_ERROR(CheckLengths(input, positions));
    Tensor tensor = MakeTensor(input.name, DType::kBool, std::move(shape));
    for (int64_t b = 0; b < batch(); ++b) {
      for (const int64_t i : random.Choose(lengths_[static_cast<size_t>(b)], positions))
        tensor.Set(b * positions + i, 1);
    }
    return tensor;
  }

  Result<Tensor> MakeIndices(const ProgramValue& input, int64_t positions, Random random) const {
    RAGGEDC_RETURN_IF_ERROR(CheckLengths(input, positions));
    std::vector<int32_t> indices;
    for (int64_t b = 0; b < batch(); ++b) {
      for (const int64_t i : random.Choose(lengths_[static_cast<size_t>(b)], positions)) {
        indices.push_back(static_cast<int32_t>(b * positions + i));
      }
    }
    return MakeI32Tensor(input.name, indices);
  }

  std::span<const int64_t> lengths_;
  std::vector<int32_t> offsets_;
};

}  // namespace

Result<std::vector<int64_t>> ParseLengths(std::string_view text) {
  std::vector<int64_t> lengths;
  if (Trim(text).empty()) return InvalidArgument("expected lengths such as 197,40,0, got nothing");
  for (const std::string_view piece : Split(text, ',')) {
    const std::optional<int64_t> length = ParseInt(Trim(piece));
    if (!length || *length < 0 || *length > 2147483647) {
      return InvalidArgument(StrCat("expected lengths to be integers in 0..2147483647, got '", Printable(piece), "'"));
    }
    lengths.push_back(*length);
  }
  return lengths;
}

std::vector<int64_t> RandomLengths(int64_t batch, int64_t minimum, int64_t maximum, uint64_t seed) {
  Random random(seed);
  std::vector<int64_t> lengths;
  for (int64_t b = 0; b < batch; ++b) lengths.push_back(minimum + random.Below(maximum - minimum + 1));
  return lengths;
}

Result<std::vector<Tensor>> GenerateInputs(const Program& program, std::span<const int64_t> lengths, uint64_t seed) {
  RAGGEDC_ASSIGN_OR_RETURN(std::vector<int32_t> offsets, OffsetsFromLengths(lengths));
  const Generator generator(lengths, std::move(offsets));
  Random seeds(seed);
  std::vector<Tensor> tensors;
  int64_t budget = MemoryBudget();
  for (const ProgramValue& input : program.inputs) {
    const std::optional<Usage> usage = UsageOf(program, input.name);
    if (!usage) {
      return InvalidArgument(StrCat("expected every input to be used by an operation, got '", Printable(input.name),
                                    "', which is not; give it with --inputs"));
    }
    RAGGEDC_ASSIGN_OR_RETURN(Tensor tensor, generator.Make(input, *usage, Random(seeds.Next()), budget));
    budget -= static_cast<int64_t>(tensor.data.size());
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

}  // namespace raggedc
