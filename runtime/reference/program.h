// A level-1 function as data: named values and the attention, pack and unpack steps between them. The reference runs it
// on the CPU. It is the runtime's own description, so that whoever holds MLIR can fill it in and this library needs
// none.
#ifndef RAGGEDC_RUNTIME_REFERENCE_PROGRAM_H_
#define RAGGEDC_RUNTIME_REFERENCE_PROGRAM_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "runtime/dtype.h"
#include "runtime/spec.h"
#include "runtime/status.h"
#include "runtime/tensor.h"

namespace raggedc {

inline constexpr int64_t kDynamic = -1;

struct ProgramValue {
  std::string name;
  DType dtype = DType::kF32;
  std::vector<int64_t> shape;  // kDynamic where it depends on the inputs
};

// out[i, h] = sum over j of softmax_j(scale * q[i, h] . k[j, g]) v[j, g], with g = h / (heads / kv_heads), i and j rows
// of one sequence, and j <= i when causal.
struct AttentionStep {
  std::string q, k, v;  // (rows, heads, dim), (rows, kv_heads, dim), (rows, kv_heads, dim_v)
  std::string qkv;      // instead of q, k and v: (rows, 3, heads, dim)
  std::string offsets;  // (batch + 1) i32
  std::string out;      // (rows, heads, dim_v)
  int64_t max_seqlen = 0;
  bool causal = false;
  float scale = 0;  // never 0 in a valid step; see DefaultScale
};

// rows, offsets, indices = the kept rows of x (batch, positions, ...) where keep (batch, positions) is not 0.
struct PackStep {
  std::string x, keep;
  std::string rows, offsets, indices;
};

// out (batch, positions, ...) = rows where indices say so, else fill.
struct UnpackStep {
  std::string rows, indices, offsets;
  std::string out;
  int64_t positions = 0;
  double fill = 0;
};

using Step = std::variant<AttentionStep, PackStep, UnpackStep>;

struct Program {
  std::string name;
  std::vector<ProgramValue> inputs;
  std::vector<Step> steps;            // in the order of execution
  std::vector<ProgramValue> outputs;  // names of step results or inputs
};

// The program that ToMlir(spec) describes.
Program ProgramFromSpec(const Spec& spec);

// What the language says about a stretch of an output.
enum class RowState : uint8_t {
  kWritten,      // has the value given
  kUntouched,    // must still hold what was there before
  kUnspecified,  // may hold anything
};

struct ReferenceValue {
  // f64 for float values (not rounded to the element type of the program), else the program's type.
  Tensor tensor;
  // One state for each group of NumElements() / rows.size() consecutive elements.
  std::vector<RowState> rows;

  int64_t RowElements() const { return rows.empty() ? 0 : tensor.NumElements() / static_cast<int64_t>(rows.size()); }
};

struct ReferenceResult {
  std::vector<ReferenceValue> outputs;  // in the program's order, named by it
  int64_t clamped_sequences = 0;        // sequences longer than a step's capacity
  double milliseconds = 0;              // wall time of the steps

  const ReferenceValue* Find(std::string_view name) const;
};

struct ReferenceOptions {
  int threads = 0;  // 0: as many as the machine runs at once
};

// Checks the inputs (names, types, shapes, offsets, indices) and runs the steps; tensors that are not inputs of the
// program are ignored. Errors are invalid arguments that name the value. Accumulates in double; reads the inputs as the
// element type they have.
Result<ReferenceResult> RunProgram(const Program& program, std::span<const Tensor> inputs,
                                   const ReferenceOptions& options = {});

// The value in its element type, rounded to nearest even; rows that are not written hold the bytes 0xff.
Tensor RoundReference(const ReferenceValue& value, DType dtype);

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_REFERENCE_PROGRAM_H_
