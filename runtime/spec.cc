#include "runtime/spec.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <set>

#include "runtime/strings.h"
#include "runtime/tensor.h"

namespace raggedc {
namespace {

constexpr size_t kMaximumLength = 4096;
constexpr size_t kMaximumName = 64;
constexpr int64_t kMaximumHeads = 65535;
constexpr int64_t kMaximumStride = 2147483640;

// One key that takes an integer, and its legal values.
struct IntegerKey {
  std::string_view key;
  int64_t Spec::* field;
  int64_t minimum;
  int64_t maximum;
  int64_t multiple;
};
constexpr std::array kIntegerKeys = {
    IntegerKey{"heads", &Spec::heads, 1, kMaximumHeads, 1},
    IntegerKey{"kv_heads", &Spec::kv_heads, 1, kMaximumHeads, 1},
    IntegerKey{"dim", &Spec::dim, 16, 256, 8},
    IntegerKey{"dim_v", &Spec::dim_v, 16, 256, 8},
    IntegerKey{"max_seqlen", &Spec::max_seqlen, 1, 65536, 1},
    IntegerKey{"block_m", &Spec::block_m, 16, 256, 16},
    IntegerKey{"block_n", &Spec::block_n, 16, 256, 16},
};

struct FlagKey {
  std::string_view key;
  bool Spec::* field;
};
constexpr std::array kFlagKeys = {FlagKey{"causal", &Spec::causal}, FlagKey{"packed", &Spec::packed}};

struct StridesKey {
  std::string_view key;
  std::vector<int64_t> Spec::* field;
};
constexpr std::array kStridesKeys = {
    StridesKey{"q_strides", &Spec::q_strides},     StridesKey{"k_strides", &Spec::k_strides},
    StridesKey{"v_strides", &Spec::v_strides},     StridesKey{"qkv_strides", &Spec::qkv_strides},
    StridesKey{"out_strides", &Spec::out_strides},
};

std::vector<std::string_view> AllKeys() {
  std::vector<std::string_view> keys;
  for (const IntegerKey& key : kIntegerKeys) keys.push_back(key.key);
  for (const FlagKey& key : kFlagKeys) keys.push_back(key.key);
  for (const StridesKey& key : kStridesKeys) keys.push_back(key.key);
  keys.insert(keys.end(), {"scale", "name"});
  return keys;
}

template <typename Table>
auto Find(const Table& table, std::string_view key) {
  return std::find_if(table.begin(), table.end(), [&](const auto& entry) { return entry.key == key; });
}

Status ParseInteger(const IntegerKey& key, std::string_view text, Spec* spec) {
  const std::optional<int64_t> value = ParseInt(text);
  if (!value || *value < key.minimum || *value > key.maximum || *value % key.multiple != 0) {
    const std::string multiple = key.multiple == 1 ? "an integer" : StrCat("a multiple of ", key.multiple);
    return InvalidArgument(StrCat("expected ", key.key, " to be ", multiple, " in ", key.minimum, "..", key.maximum,
                                  ", got ", value ? Printable(text) : StrCat("'", Printable(text), "'")));
  }
  spec->*key.field = *value;
  return OkStatus();
}

Status ParseStrides(const StridesKey& key, std::string_view text, Spec* spec) {
  const bool is_packed_operand = key.key == "qkv_strides";
  const size_t count = is_packed_operand ? 3 : 2;
  std::vector<int64_t> strides;
  for (const std::string_view piece : Split(text, 'x')) {
    const std::optional<int64_t> value = ParseInt(piece);
    if (!value || *value < 8 || *value > kMaximumStride || *value % 8 != 0) {
      return InvalidArgument(StrCat("expected ", key.key, " to hold multiples of 8 in 8..", kMaximumStride, ", got '",
                                    Printable(piece), "'"));
    }
    strides.push_back(*value);
  }
  if (strides.size() != count) {
    return InvalidArgument(
        StrCat("expected ", key.key, " to be ", is_packed_operand ? "AxBxC" : "AxB", ", got '", Printable(text), "'"));
  }
  spec->*key.field = std::move(strides);
  return OkStatus();
}

Status ParseScale(std::string_view text, Spec* spec) {
  const std::optional<float> value = ParseFloat(text);
  if (!value || !std::isfinite(*value) || *value <= 0) {
    return InvalidArgument(StrCat("expected scale to be a finite number above 0, got '", Printable(text), "'"));
  }
  spec->scale = *value;
  return OkStatus();
}

Status ParseName(std::string_view text, Spec* spec) {
  if (!IsIdentifier(text) || text.size() > kMaximumName) {
    return InvalidArgument(StrCat("expected name to be an identifier of at most ", kMaximumName,
                                  " letters, digits and '_', got '", Printable(text), "'"));
  }
  spec->name = text;
  return OkStatus();
}

Status ParseItem(std::string_view item, std::set<std::string_view>* seen, Spec* spec) {
  const size_t equals = item.find('=');
  const bool has_value = equals != std::string_view::npos;
  const std::string_view key = Trim(item.substr(0, equals));
  const std::string_view value = has_value ? Trim(item.substr(equals + 1)) : std::string_view();
  const std::vector<std::string_view> known = AllKeys();
  if (std::find(known.begin(), known.end(), key) == known.end()) {
    if (key.empty()) return InvalidArgument("expected a key between the commas, got nothing");
    if (!has_value && ParseDType(key)) {
      return InvalidArgument(StrCat("expected the element type as the first item only, got '", key, "' later"));
    }
    return InvalidArgument(StrCat("expected a known key, got '", Printable(key), "'", DidYouMean(key, known)));
  }
  if (!seen->insert(key).second) return InvalidArgument(StrCat("expected ", key, " once, got it twice"));
  if (const auto flag = Find(kFlagKeys, key); flag != kFlagKeys.end()) {
    if (has_value) {
      return InvalidArgument(StrCat("expected ", key, " without a value, got '", Printable(item), "'"));
    }
    spec->*flag->field = true;
    return OkStatus();
  }
  if (!has_value || value.empty())
    return InvalidArgument(StrCat("expected ", key, "=VALUE, got '", Printable(item), "'"));
  if (const auto integer = Find(kIntegerKeys, key); integer != kIntegerKeys.end()) {
    return ParseInteger(*integer, value, spec);
  }
  if (const auto strides = Find(kStridesKeys, key); strides != kStridesKeys.end()) {
    return ParseStrides(*strides, value, spec);
  }
  return key == "scale" ? ParseScale(value, spec) : ParseName(value, spec);
}

// The shape of an operand without its leading, unbounded dimension of rows.
std::vector<int64_t> RowShape(const Spec& spec, std::string_view strides_key) {
  if (strides_key == "qkv_strides") return {3, spec.heads, spec.dim};
  if (strides_key == "q_strides") return {spec.heads, spec.dim};
  if (strides_key == "k_strides") return {spec.kv_heads, spec.dim};
  if (strides_key == "v_strides") return {spec.kv_heads, spec.dim_v};
  return {spec.heads, spec.dim_v};
}

// Checks that no two elements share a place, and replaces a dense layout by "no strides".
Status FinishStrides(const StridesKey& key, Spec* spec) {
  std::vector<int64_t>& strides = spec->*key.field;
  if (strides.empty()) return OkStatus();
  if ((key.key == "qkv_strides") != spec->packed && key.key != "out_strides") {
    return InvalidArgument(StrCat("expected no ", key.key, spec->packed ? " with packed" : " without packed", ", got ",
                                  FormatShape(strides)));
  }
  const std::vector<int64_t> shape = RowShape(*spec, key.key);
  // From the innermost dimension outwards in the order of the strides, each stride must clear what lies below it.
  struct Level {
    int64_t stride;
    int64_t size;
  };
  std::vector<Level> levels;
  for (size_t i = 0; i + 1 < shape.size(); ++i) levels.push_back({strides[i + 1], shape[i]});
  std::sort(levels.begin(), levels.end(), [](const Level& a, const Level& b) { return a.stride < b.stride; });
  int64_t extent = shape.back();
  for (const Level& level : levels) {
    if (level.size == 1) continue;
    if (level.stride < extent) {
      return InvalidArgument(StrCat("expected ", key.key, " that keep the elements of a row apart (at least ", extent,
                                    " there), got ", level.stride));
    }
    extent += (level.size - 1) * level.stride;
  }
  if (strides[0] < extent) {
    return InvalidArgument(
        StrCat("expected the row stride of ", key.key, " to be at least ", extent, ", got ", strides[0]));
  }
  std::vector<int64_t> dense = {1};
  dense.insert(dense.end(), shape.begin(), shape.end());
  dense = DenseStrides(dense);
  dense.pop_back();
  if (strides == dense) strides.clear();
  return OkStatus();
}

// Fills in the defaults and checks what concerns several keys.
Status Finish(const std::set<std::string_view>& seen, Spec* spec) {
  for (const std::string_view key : {"heads", "dim", "max_seqlen"}) {
    if (!seen.contains(key)) return InvalidArgument(StrCat("expected ", key, "=VALUE, got none"));
  }
  if (spec->kv_heads == 0) spec->kv_heads = spec->heads;
  if (spec->dim_v == 0) spec->dim_v = spec->dim;
  if (spec->scale == 0) spec->scale = DefaultScale(spec->dim);
  if (spec->heads % spec->kv_heads != 0) {
    return InvalidArgument(
        StrCat("expected heads to be a multiple of kv_heads, got ", spec->heads, " and ", spec->kv_heads));
  }
  if (spec->packed && spec->kv_heads != spec->heads) {
    return InvalidArgument(
        StrCat("expected kv_heads to equal heads with packed, got ", spec->kv_heads, " and ", spec->heads));
  }
  if (spec->packed && spec->dim_v != spec->dim) {
    return InvalidArgument(StrCat("expected dim_v to equal dim with packed, got ", spec->dim_v, " and ", spec->dim));
  }
  for (const StridesKey& key : kStridesKeys) RAGGEDC_RETURN_IF_ERROR(FinishStrides(key, spec));
  return OkStatus();
}

// MLIR wants a decimal point in every float literal.
std::string MlirFloat(float value) {
  std::string text = ToText(value);
  if (text.find('.') == std::string::npos) text.insert(std::min(text.find('e'), text.size()), ".0");
  return text;
}

// `tensor<?x12x64xbf16>`, with a strides encoding unless dense.
std::string TensorType(const Spec& spec, std::string_view strides_key) {
  std::string type = "tensor<?x";
  for (const int64_t dim : RowShape(spec, strides_key)) type += StrCat(dim, "x");
  type += DTypeName(spec.dtype);
  const std::vector<int64_t>& strides = spec.*Find(kStridesKeys, strides_key)->field;
  if (!strides.empty()) {
    std::vector<int64_t> all = strides;
    all.push_back(1);
    type += StrCat(", #ragged.strides<", FormatShape(all), ">");
  }
  return type + ">";
}

}  // namespace

size_t SpecHash::operator()(const Spec& spec) const {
  size_t hash = std::hash<std::string>()(spec.name);
  const auto mix = [&hash](uint64_t value) {
    hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
    hash ^= hash >> 29;
  };
  mix(static_cast<uint64_t>(spec.dtype) * 4 + (spec.causal ? 2 : 0) + (spec.packed ? 1 : 0));
  for (const IntegerKey& key : kIntegerKeys) mix(static_cast<uint64_t>(spec.*key.field));
  mix(std::hash<float>()(spec.scale));
  for (const StridesKey& key : kStridesKeys) {
    mix((spec.*key.field).size());
    for (const int64_t stride : spec.*key.field) mix(static_cast<uint64_t>(stride));
  }
  return hash;
}

float DefaultScale(int64_t dim) {
  return static_cast<float>(1.0 / std::sqrt(static_cast<double>(dim)));
}

Result<Spec> ParseSpec(std::string_view text) {
  if (text.size() > kMaximumLength) {
    return InvalidArgument(StrCat("expected a spec of at most ", kMaximumLength, " bytes, got ", text.size()));
  }
  Spec spec;
  const std::vector<std::string_view> items = Split(text, ',');
  const std::string_view first = Trim(items[0]);
  const std::optional<DType> dtype = ParseDType(first);
  if (!dtype || !(*dtype == DType::kBf16 || *dtype == DType::kF16 || *dtype == DType::kF32)) {
    return InvalidArgument(StrCat("expected the element type bf16, f16 or f32 first, got '", Printable(first), "'"));
  }
  spec.dtype = *dtype;
  std::set<std::string_view> seen;
  for (size_t i = 1; i < items.size(); ++i) RAGGEDC_RETURN_IF_ERROR(ParseItem(Trim(items[i]), &seen, &spec));
  RAGGEDC_RETURN_IF_ERROR(Finish(seen, &spec));
  return spec;
}

std::string ToString(const Spec& spec) {
  std::string text = StrCat(DTypeName(spec.dtype), ",heads=", spec.heads);
  if (spec.kv_heads != spec.heads) text += StrCat(",kv_heads=", spec.kv_heads);
  text += StrCat(",dim=", spec.dim);
  if (spec.dim_v != spec.dim) text += StrCat(",dim_v=", spec.dim_v);
  text += StrCat(",max_seqlen=", spec.max_seqlen);
  if (spec.scale != DefaultScale(spec.dim)) text += StrCat(",scale=", spec.scale);
  if (spec.causal) text += ",causal";
  if (spec.packed) text += ",packed";
  if (spec.block_m != 0) text += StrCat(",block_m=", spec.block_m);
  if (spec.block_n != 0) text += StrCat(",block_n=", spec.block_n);
  for (const StridesKey& key : kStridesKeys) {
    const std::vector<int64_t>& strides = spec.*key.field;
    for (size_t i = 0; i < strides.size(); ++i) {
      text += i == 0 ? StrCat(",", key.key, "=", strides[i]) : StrCat("x", strides[i]);
    }
  }
  if (spec.name != Spec().name) text += StrCat(",name=", spec.name);
  return text;
}

std::string ToMlir(const Spec& spec) {
  struct Operand {
    std::string_view name;
    std::string type;
  };
  std::vector<Operand> operands;
  if (spec.packed) {
    operands = {{"%qkv", TensorType(spec, "qkv_strides")}};
  } else {
    operands = {{"%q", TensorType(spec, "q_strides")},
                {"%k", TensorType(spec, "k_strides")},
                {"%v", TensorType(spec, "v_strides")}};
  }
  const std::string result = TensorType(spec, "out_strides");
  std::string arguments, names, types;
  for (const Operand& operand : operands) {
    arguments += StrCat(operand.name, ": ", operand.type, ", ");
    names += StrCat(names.empty() ? "" : ", ", operand.name);
    types += StrCat(operand.type, ", ");
  }
  std::string attributes = StrCat("max_seqlen = ", spec.max_seqlen, " : i64");
  if (spec.causal) attributes += ", causal";
  if (spec.scale != DefaultScale(spec.dim)) attributes += StrCat(", scale = ", MlirFloat(spec.scale), " : f32");
  if (spec.block_m != 0) attributes += StrCat(", block_m = ", spec.block_m, " : i64");
  if (spec.block_n != 0) attributes += StrCat(", block_n = ", spec.block_n, " : i64");
  return StrCat("func.func @", spec.name, "(", arguments, "%offsets: tensor<?xi32>) -> ", result, " {\n",
                "  %out = ragged.attention ", names, " offsets(%offsets) {", attributes, "}\n", "      : ", types,
                "tensor<?xi32> -> ", result, "\n", "  return %out : ", result, "\n}\n");
}

}  // namespace raggedc
