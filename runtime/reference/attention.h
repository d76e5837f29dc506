// Attention on the CPU, by the definition: scores, softmax and sums in double, one row at a time.
#ifndef RAGGEDC_RUNTIME_REFERENCE_ATTENTION_H_
#define RAGGEDC_RUNTIME_REFERENCE_ATTENTION_H_

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/reference/program.h"
#include "runtime/tensor.h"

namespace raggedc {

// The elements (row, head, 0..dim-1) of an operand, anywhere in a tensor's storage. Strides are in elements; the
// elements of one head and row are neighbours.
struct HeadView {
  const Tensor* storage = nullptr;
  int64_t first = 0;  // position of element (0, 0, 0)
  int64_t rows = 0;
  int64_t heads = 0;
  int64_t dim = 0;
  int64_t row_stride = 0;
  int64_t head_stride = 0;
};

// A dense tensor (rows, heads, dim) as a view, and part 0, 1 or 2 (q, k or v) of a dense packed (rows, 3, heads, dim).
HeadView ViewOf(const Tensor& tensor);
HeadView ViewOfPacked(const Tensor& tensor, int part);

struct AttentionProblem {
  HeadView q, k, v;                  // k and v have as many heads, which divide those of q
  std::span<const int32_t> offsets;  // checked (see CheckOffsets)
  int64_t max_seqlen = 0;
  bool causal = false;
  double scale = 1;
};

struct AttentionResult {
  Tensor out;                  // f64 (rows, heads, dim_v); NaN in rows that are not written
  std::vector<RowState> rows;  // one for each row
  int64_t clamped_sequences = 0;
};

// Sequences longer than max_seqlen are cut: their first max_seqlen rows attend to each other, the rest is untouched.
AttentionResult ReferenceAttention(const AttentionProblem& problem, int threads = 0);

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_REFERENCE_ATTENTION_H_
