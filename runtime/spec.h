// The one-line description of a masked ragged attention: `bf16,heads=12,dim=64,max_seqlen=197`.
//
// The element type comes first (bf16, f16 or f32), then keys and flags in any order, separated by commas:
//   heads=N          query heads, 1..65535                                            required
//   kv_heads=N       heads of k and v; divides heads                                  default heads
//   dim=N            head dimension of q and k, a multiple of 8 in 16..256            required
//   dim_v=N          head dimension of v and of the result, same range                default dim
//   max_seqlen=N     capacity: the longest sequence to compile for, 1..65536          required
//   scale=X          factor of the scores, finite and above 0                         default 1/sqrt(dim)
//   causal           row i sees rows j <= i only
//   packed           q, k and v are one operand (rows, 3, heads, dim); needs kv_heads=heads and dim_v=dim
//   block_m=N        rows of q in a block, a multiple of 16 in 16..256                default: compiler's choice
//   block_n=N        rows of k and v in a step, a multiple of 16 in 16..256           default: compiler's choice
//   q_strides=AxB    elements from row to row (A) and from head to head (B), multiples of 8; likewise k_strides,
//                    v_strides and out_strides, and qkv_strides=AxBxC with packed     default dense
//   name=IDENT       name of the function, at most 64 characters                      default "ragged"
#ifndef RAGGEDC_RUNTIME_SPEC_H_
#define RAGGEDC_RUNTIME_SPEC_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/dtype.h"
#include "runtime/status.h"

namespace raggedc {

// Every field that changes the generated code. Compared by value; a Spec from ParseSpec is complete: all defaults are
// filled in and all constraints above hold.
struct Spec {
  std::string name = "ragged";
  DType dtype = DType::kBf16;  // kBf16, kF16 or kF32
  int64_t heads = 0;
  int64_t kv_heads = 0;
  int64_t dim = 0;
  int64_t dim_v = 0;
  int64_t max_seqlen = 0;
  float scale = 0;
  bool causal = false;
  bool packed = false;
  int64_t block_m = 0;  // 0: the compiler chooses
  int64_t block_n = 0;  // 0: the compiler chooses
  // Strides in elements of all dimensions but the innermost, whose stride is 1. Empty means dense (and a dense layout
  // is always stored as empty). q_strides, k_strides and v_strides are empty when packed, qkv_strides when not.
  std::vector<int64_t> q_strides;
  std::vector<int64_t> k_strides;
  std::vector<int64_t> v_strides;
  std::vector<int64_t> qkv_strides;
  std::vector<int64_t> out_strides;

  bool operator==(const Spec&) const = default;
};

struct SpecHash {
  size_t operator()(const Spec& spec) const;
};

// The scale when none is given: 1/sqrt(dim), rounded to float.
float DefaultScale(int64_t dim);

// Errors are invalid arguments that name the key and say what was expected and found.
Result<Spec> ParseSpec(std::string_view text);

// The canonical text: required keys first, defaults left out. ParseSpec(ToString(s)) == s.
std::string ToString(const Spec& spec);

// An MLIR module text with one `func.func @name` that holds one `ragged.attention`: operands %q, %k, %v (or %qkv) and
// %offsets. The operation has a `scale` only when it is not the default.
std::string ToMlir(const Spec& spec);

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_SPEC_H_
