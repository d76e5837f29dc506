#include "runtime/reference/attention.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "runtime/parallel.h"

namespace raggedc {
namespace {

constexpr int64_t kRowsPerTask = 64;

// Rows [begin, end) of one head of one sequence.
struct Task {
  int64_t sequence_begin;
  int64_t length;  // after clamping
  int64_t head;
  int64_t begin;  // within the sequence
  int64_t end;
};

void LoadRow(const HeadView& view, int64_t row, int64_t head, double* out) {
  const int64_t position = view.first + row * view.row_stride + head * view.head_stride;
  const Tensor& storage = *view.storage;
  switch (storage.dtype) {
    case DType::kBf16:
      for (int64_t d = 0; d < view.dim; ++d) out[d] = Bf16ToFloat(storage.As<uint16_t>()[position + d]);
      return;
    case DType::kF32:
      for (int64_t d = 0; d < view.dim; ++d) out[d] = storage.As<float>()[position + d];
      return;
    default:
      for (int64_t d = 0; d < view.dim; ++d) out[d] = storage.Get(position + d);
      return;
  }
}

// Turns scores into probabilities: exp(s - max) / sum, in place.
void Softmax(std::span<double> scores) {
  const double maximum = *std::max_element(scores.begin(), scores.end());
  double sum = 0;
  for (double& score : scores) {
    score = std::exp(score - maximum);
    sum += score;
  }
  for (double& score : scores) score /= sum;
}

void RunTask(const AttentionProblem& problem, const Task& task, Tensor* out) {
  const HeadView& k = problem.k;
  const HeadView& v = problem.v;
  const int64_t kv_head = task.head / (problem.q.heads / k.heads);
  const int64_t visible = problem.causal ? task.end : task.length;  // rows of k and v that this task can see

  // k transposed, so that the loop over rows of k is the inner one and runs over neighbours.
  std::vector<double> k_transposed(static_cast<size_t>(k.dim * visible));
  std::vector<double> v_rows(static_cast<size_t>(v.dim * visible));
  std::vector<double> row(static_cast<size_t>(k.dim));
  for (int64_t j = 0; j < visible; ++j) {
    LoadRow(k, task.sequence_begin + j, kv_head, row.data());
    for (int64_t d = 0; d < k.dim; ++d)
      k_transposed[static_cast<size_t>(d * visible + j)] = row[static_cast<size_t>(d)];
    LoadRow(v, task.sequence_begin + j, kv_head, v_rows.data() + j * v.dim);
  }

  std::vector<double> scores(static_cast<size_t>(visible));
  for (int64_t i = task.begin; i < task.end; ++i) {
    const int64_t count = problem.causal ? i + 1 : task.length;
    LoadRow(problem.q, task.sequence_begin + i, task.head, row.data());
    std::fill(scores.begin(), scores.end(), 0.0);
    for (int64_t d = 0; d < k.dim; ++d) {
      const double factor = row[static_cast<size_t>(d)] * problem.scale;
      const double* column = k_transposed.data() + d * visible;
      for (int64_t j = 0; j < count; ++j) scores[static_cast<size_t>(j)] += factor * column[j];
    }
    Softmax(std::span<double>(scores).first(static_cast<size_t>(count)));
    double* target = out->As<double>() + ((task.sequence_begin + i) * problem.q.heads + task.head) * v.dim;
    std::fill(target, target + v.dim, 0.0);
    for (int64_t j = 0; j < count; ++j) {
      const double probability = scores[static_cast<size_t>(j)];
      const double* source = v_rows.data() + j * v.dim;
      for (int64_t d = 0; d < v.dim; ++d) target[d] += probability * source[d];
    }
  }
}

}  // namespace

HeadView ViewOf(const Tensor& tensor) {
  const int64_t heads = tensor.shape[1];
  const int64_t dim = tensor.shape[2];
  return {&tensor, 0, tensor.shape[0], heads, dim, heads * dim, dim};
}

HeadView ViewOfPacked(const Tensor& tensor, int part) {
  const int64_t heads = tensor.shape[2];
  const int64_t dim = tensor.shape[3];
  return {&tensor, part * heads * dim, tensor.shape[0], heads, dim, 3 * heads * dim, dim};
}

AttentionResult ReferenceAttention(const AttentionProblem& problem, int threads) {
  AttentionResult result;
  result.out = MakeTensor("", DType::kF64, {problem.q.rows, problem.q.heads, problem.v.dim});
  std::fill_n(result.out.As<double>(), result.out.NumElements(), std::numeric_limits<double>::quiet_NaN());
  result.rows.assign(static_cast<size_t>(problem.q.rows), RowState::kUntouched);

  std::vector<Task> tasks;
  for (size_t b = 0; b + 1 < problem.offsets.size(); ++b) {
    const int64_t begin = problem.offsets[b];
    const int64_t length = std::min<int64_t>(problem.offsets[b + 1] - begin, problem.max_seqlen);
    if (length < problem.offsets[b + 1] - begin) ++result.clamped_sequences;
    std::fill_n(result.rows.begin() + begin, length, RowState::kWritten);
    for (int64_t head = 0; head < problem.q.heads; ++head) {
      for (int64_t row = 0; row < length; row += kRowsPerTask) {
        tasks.push_back({begin, length, head, row, std::min(row + kRowsPerTask, length)});
      }
    }
  }
  ParallelFor(static_cast<int64_t>(tasks.size()), threads,
              [&](int64_t i) { RunTask(problem, tasks[static_cast<size_t>(i)], &result.out); });
  return result;
}

}  // namespace raggedc
