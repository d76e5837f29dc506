// raggedc_spec as callers write it, as it is looked up, and as the rest of the runtime knows it.
#ifndef RAGGEDC_RUNTIME_API_SPEC_KEY_H_
#define RAGGEDC_RUNTIME_API_SPEC_KEY_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "runtime/include/raggedc/raggedc.h"
#include "runtime/spec.h"
#include "runtime/status.h"

namespace raggedc {

// Compared as bytes, so there must be none between the fields.
static_assert(sizeof(raggedc_spec) == 12 * sizeof(int32_t) + 11 * sizeof(int64_t));

inline bool SameBytes(const raggedc_spec& a, const raggedc_spec& b) {
  return std::memcmp(&a, &b, sizeof(raggedc_spec)) == 0;
}

// A spec with what a reader need not know filled in: kv_heads, dim_v, the capacity as max_seqlen, the rounded batch and
// no RAGGEDC_EXACT; the architecture, as a position in the context's list; and whether it is the kernel that compiles
// soonest.
struct SpecKey {
  raggedc_spec spec = RAGGEDC_SPEC_INIT;
  uint32_t arch = 0;
  uint32_t quick = 0;
  bool operator==(const SpecKey& other) const {
    return arch == other.arch && quick == other.quick && SameBytes(spec, other.spec);
  }
};
uint64_t HashOf(const SpecKey& key);
struct SpecKeyHash {
  size_t operator()(const SpecKey& key) const { return HashOf(key); }
};

// Without checking anything but the capacity and the batch; two keys of one kernel may still differ.
SpecKey QuickKey(const raggedc_spec& spec, uint64_t arch);

// The caller's structure, which may be of an older or newer header, as this library's. An invalid argument for a
// struct_size that is too small or that brings fields this library does not know.
Status CopySpec(const raggedc_spec* given, raggedc_spec* spec);

// A checked spec, in the form that is the same for all that ask for the same kernel, and back. Errors are invalid
// arguments that name the field.
struct CheckedSpec {
  Spec spec;
  int32_t batch = 0;
  bool quick = false;  // with the schedule that compiles soonest; not of a raggedc_spec

  // "", "batch=4" or "batch=4 quick", in the place of the compiler's flags in a KernelKey.
  std::string Options() const;
};
Result<CheckedSpec> CheckSpec(const raggedc_spec& spec);
raggedc_spec ToStruct(const CheckedSpec& checked);

// The one-line form, with batch=N.
std::string ToString(const CheckedSpec& checked);

// The reverse of raggedc_spec_print.
Status ParseSpecStruct(std::string_view text, raggedc_spec* spec);

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_API_SPEC_KEY_H_
