#include "runtime/compare.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "runtime/strings.h"

namespace raggedc {
namespace {

bool IsPoison(const Tensor& tensor, int64_t first, int64_t count) {
  const int64_t size = DTypeSize(tensor.dtype);
  const auto begin = tensor.data.begin() + first * size;
  return std::all_of(begin, begin + count * size, [](uint8_t byte) { return byte == 0xff; });
}

}  // namespace

bool Comparison::Passes(double tolerance) const {
  // Written so that a NaN fails.
  return relative_error <= tolerance && nan_elements == 0 && rows_never_written == 0 && rows_overwritten == 0;
}

double Tolerance(DType dtype, bool tf32) {
  switch (dtype) {
    case DType::kBf16:
      return 2.5e-3;
    case DType::kF16:
      return 4e-4;
    case DType::kF32:
      return tf32 ? 1e-3 : 1e-6;
    default:
      return 0;
  }
}

Result<Comparison> Compare(const Tensor& actual, const ReferenceValue& expected, bool poisoned) {
  if (actual.shape != expected.tensor.shape) {
    return InvalidArgument(StrCat("expected '", Printable(actual.name), "' to be ", FormatShape(expected.tensor.shape),
                                  ", got ", FormatShape(actual.shape)));
  }
  Comparison comparison;
  double difference = 0;
  double magnitude = 0;
  const int64_t row_elements = expected.RowElements();
  for (size_t row = 0; row < expected.rows.size(); ++row) {
    const int64_t first = static_cast<int64_t>(row) * row_elements;
    if (expected.rows[row] == RowState::kUnspecified || row_elements == 0) continue;
    const bool is_poison = poisoned && IsPoison(actual, first, row_elements);
    if (expected.rows[row] == RowState::kUntouched) {
      if (poisoned && !is_poison) ++comparison.rows_overwritten;
      continue;
    }
    if (is_poison) ++comparison.rows_never_written;
    for (int64_t i = first; i < first + row_elements; ++i) {
      const double want = expected.tensor.Get(i);
      const double have = actual.Get(i);
      const double error = std::abs(have - want);
      if (std::isnan(have) && !std::isnan(want)) ++comparison.nan_elements;
      difference += error * error;
      magnitude += want * want;
      if (error > comparison.largest_absolute_error) comparison.largest_absolute_error = error;
    }
    comparison.compared += row_elements;
  }
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (!IsFloat(expected.tensor.dtype)) {
    comparison.relative_error = difference == 0 ? 0 : kInfinity;
  } else if (magnitude == 0) {
    comparison.relative_error = difference == 0 ? 0 : std::isnan(difference) ? difference : kInfinity;
  } else {
    comparison.relative_error = std::sqrt(difference / magnitude);
  }
  return comparison;
}

std::string Describe(const Comparison& comparison) {
  char error[32];
  std::snprintf(error, sizeof(error), "%.2e", comparison.relative_error);
  std::string text = StrCat("relative error ", error, " over ", comparison.compared, " elements");
  if (comparison.nan_elements > 0) text += StrCat(", ", comparison.nan_elements, " NaN");
  if (comparison.rows_never_written > 0) text += StrCat(", ", comparison.rows_never_written, " rows never written");
  if (comparison.rows_overwritten > 0) {
    text += StrCat(", ", comparison.rows_overwritten, " rows written that should be left alone");
  }
  return text;
}

}  // namespace raggedc
