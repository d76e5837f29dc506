#include "runtime/api/spec_key.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "runtime/api/capacity.h"
#include "runtime/strings.h"

#define XXH_INLINE_ALL  // the header alone, nothing to link
#include <xxhash.h>

namespace raggedc {
namespace {

constexpr uint32_t kKnownFlags = RAGGEDC_CAUSAL | RAGGEDC_PACKED | RAGGEDC_EXACT;
constexpr std::array kDTypes = {DType::kBf16, DType::kF16, DType::kF32};  // by raggedc_dtype
constexpr int32_t kMaximumBatch = 1 << 20;

// The strides of one operand: the field of the structure, the key in text, the field of Spec.
template <typename Visit>
void VisitStrides(Visit visit) {
  visit("q_strides", &raggedc_spec::q_strides, &Spec::q_strides);
  visit("k_strides", &raggedc_spec::k_strides, &Spec::k_strides);
  visit("v_strides", &raggedc_spec::v_strides, &Spec::v_strides);
  visit("qkv_strides", &raggedc_spec::qkv_strides, &Spec::qkv_strides);
  visit("out_strides", &raggedc_spec::out_strides, &Spec::out_strides);
}

// The item without spaces around it and around its '='.
std::string_view ValueOf(std::string_view item, std::string_view key) {
  item = Trim(item);
  if (!item.starts_with(key)) return {};
  item = Trim(item.substr(key.size()));
  return item.starts_with('=') ? Trim(item.substr(1)) : std::string_view();
}

}  // namespace

uint64_t HashOf(const SpecKey& key) {
  static_assert(sizeof(SpecKey) == sizeof(raggedc_spec) + sizeof(uint64_t));
  return XXH3_64bits(&key, sizeof(key));
}

SpecKey QuickKey(const raggedc_spec& spec, uint64_t arch) {
  SpecKey key{spec, static_cast<uint32_t>(arch), 0};
  if (key.spec.kv_heads == 0) key.spec.kv_heads = spec.heads;
  if (key.spec.dim_v == 0) key.spec.dim_v = spec.dim;
  if ((spec.flags & RAGGEDC_EXACT) == 0) {
    if (const int32_t capacity = CapacityFor(spec.max_seqlen); capacity != 0) key.spec.max_seqlen = capacity;
    if (spec.batch > 0) key.spec.batch = BatchFor(spec.batch);
  }
  key.spec.flags &= ~uint32_t{RAGGEDC_EXACT};
  return key;
}

Status CopySpec(const raggedc_spec* given, raggedc_spec* spec) {
  // The first version of the structure; later ones only grow.
  constexpr uint32_t kSmallest = offsetof(raggedc_spec, out_strides) + sizeof(spec->out_strides);
  constexpr uint32_t kLargest = 4096;
  const uint32_t size = given->struct_size;
  if (size < kSmallest || size > kLargest) {
    return InvalidArgument(StrCat("expected the struct_size of raggedc_spec to be ", sizeof(raggedc_spec), ", got ",
                                  size, "; begin with RAGGEDC_SPEC_INIT"));
  }
  const char* bytes = reinterpret_cast<const char*>(given);
  if (std::any_of(bytes + std::min<size_t>(size, sizeof(*spec)), bytes + size, [](char byte) { return byte != 0; })) {
    return InvalidArgument(StrCat("expected a raggedc_spec of ", sizeof(raggedc_spec),
                                  " bytes, got one of a newer header with fields that this library does not know"));
  }
  *spec = RAGGEDC_SPEC_INIT;
  std::memcpy(spec, given, std::min<size_t>(size, sizeof(*spec)));
  spec->struct_size = sizeof(*spec);
  return OkStatus();
}

std::string CheckedSpec::Options() const {
  const std::string number = batch == 0 ? "" : StrCat("batch=", batch);
  return quick ? number + (number.empty() ? "quick" : " quick") : number;
}

Result<CheckedSpec> CheckSpec(const raggedc_spec& given) {
  if (given.dtype >= kDTypes.size()) {
    return InvalidArgument(StrCat("expected dtype to be RAGGEDC_BF16, RAGGEDC_F16 or RAGGEDC_F32, got ", given.dtype));
  }
  if ((given.flags & ~kKnownFlags) != 0) {
    return InvalidArgument(StrCat("expected no flags but RAGGEDC_CAUSAL, RAGGEDC_PACKED and RAGGEDC_EXACT, got bits ",
                                  given.flags & ~kKnownFlags));
  }
  if (given.batch < 0 || given.batch > kMaximumBatch) {
    return InvalidArgument(StrCat("expected batch to be in 0..", kMaximumBatch, ", got ", given.batch));
  }
  const raggedc_spec spec = QuickKey(given, 0).spec;
  // Through the text, whose parser has every constraint and names what is wrong.
  std::string text = StrCat(DTypeName(kDTypes[spec.dtype]), ",heads=", spec.heads, ",kv_heads=", spec.kv_heads,
                            ",dim=", spec.dim, ",dim_v=", spec.dim_v, ",max_seqlen=", spec.max_seqlen);
  if (spec.scale != 0) text += StrCat(",scale=", spec.scale);
  if (spec.flags & RAGGEDC_CAUSAL) text += ",causal";
  if (spec.flags & RAGGEDC_PACKED) text += ",packed";
  if (spec.block_m != 0) text += StrCat(",block_m=", spec.block_m);
  if (spec.block_n != 0) text += StrCat(",block_n=", spec.block_n);
  VisitStrides([&](const char* key, auto field, auto) {
    const auto& strides = spec.*field;
    if (std::all_of(std::begin(strides), std::end(strides), [](int64_t stride) { return stride == 0; })) return;
    text += StrCat(",", key, "=");
    for (const int64_t& stride : strides) text += StrCat(&stride == strides ? "" : "x", stride);
  });
  CheckedSpec checked;
  RAGGEDC_ASSIGN_OR_RETURN(checked.spec, ParseSpec(text));
  checked.batch = spec.batch;
  return checked;
}

raggedc_spec ToStruct(const CheckedSpec& checked) {
  const Spec& from = checked.spec;
  raggedc_spec spec = RAGGEDC_SPEC_INIT;
  spec.dtype = static_cast<uint32_t>(std::find(kDTypes.begin(), kDTypes.end(), from.dtype) - kDTypes.begin());
  spec.flags = (from.causal ? RAGGEDC_CAUSAL : 0u) | (from.packed ? RAGGEDC_PACKED : 0u);
  spec.heads = static_cast<int32_t>(from.heads);
  spec.kv_heads = static_cast<int32_t>(from.kv_heads);
  spec.dim = static_cast<int32_t>(from.dim);
  spec.dim_v = static_cast<int32_t>(from.dim_v);
  spec.max_seqlen = static_cast<int32_t>(from.max_seqlen);
  spec.scale = from.scale;
  spec.block_m = static_cast<int32_t>(from.block_m);
  spec.block_n = static_cast<int32_t>(from.block_n);
  spec.batch = checked.batch;
  VisitStrides([&](const char*, auto to, auto field) {
    std::copy((from.*field).begin(), (from.*field).end(), std::begin(spec.*to));
  });
  return spec;
}

std::string ToString(const CheckedSpec& checked) {
  return ToString(checked.spec) + (checked.batch == 0 ? "" : StrCat(",batch=", checked.batch));
}

Status ParseSpecStruct(std::string_view text, raggedc_spec* spec) {
  CheckedSpec checked;
  bool exact = false;
  std::string rest;
  const std::vector<std::string_view> items = Split(text, ',');
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0 && Trim(items[i]) == "exact" && !exact) {
      exact = true;
    } else if (const std::string_view value = ValueOf(items[i], "batch"); i > 0 && !value.empty()) {
      const std::optional<int64_t> batch = ParseInt(value);
      if (!batch || *batch < 1 || *batch > kMaximumBatch || checked.batch != 0) {
        return InvalidArgument(
            StrCat("expected batch once, an integer in 1..", kMaximumBatch, ", got '", Printable(value), "'"));
      }
      checked.batch = static_cast<int32_t>(*batch);
    } else {
      rest += StrCat(i == 0 ? "" : ",", items[i]);
    }
  }
  RAGGEDC_ASSIGN_OR_RETURN(checked.spec, ParseSpec(rest));
  *spec = ToStruct(checked);
  if (exact) spec->flags |= RAGGEDC_EXACT;
  return OkStatus();
}

}  // namespace raggedc
