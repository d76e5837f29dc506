// How far a computed tensor is from the reference.
#ifndef RAGGEDC_RUNTIME_COMPARE_H_
#define RAGGEDC_RUNTIME_COMPARE_H_

#include <cstdint>
#include <string>

#include "runtime/dtype.h"
#include "runtime/reference/program.h"
#include "runtime/status.h"
#include "runtime/tensor.h"

namespace raggedc {

struct Comparison {
  // ||actual - expected|| / ||expected|| (Frobenius) over written elements; NaN when an element of either is NaN, and
  // infinite when expected is all zero and actual is not. For integers: 0 when all are equal, else infinite.
  double relative_error = 0;
  double largest_absolute_error = 0;
  int64_t compared = 0;      // elements
  int64_t nan_elements = 0;  // of actual, where expected has a number
  // With poison: elements that should have been written and still hold it (in whole rows), and elements that should
  // have been left alone and do not.
  int64_t rows_never_written = 0;
  int64_t rows_overwritten = 0;

  // True when the error is at most `tolerance` (a NaN never is) and no row was missed or overwritten.
  bool Passes(double tolerance) const;
};

// The limits of the project: 2.5e-3 bf16, 4e-4 f16, 1e-3 for f32 through tf32 and 1e-6 for f32 otherwise, 0 for
// integers.
double Tolerance(DType dtype, bool tf32 = false);

// Compares `actual`, in any element type, with the reference. With `poisoned`, actual was filled with the byte 0xff
// before it was computed, and rows are checked for having been written or left alone. An invalid argument when the
// shapes differ.
Result<Comparison> Compare(const Tensor& actual, const ReferenceValue& expected, bool poisoned);

// "relative error 1.6e-03 over 270336 elements", with what else went wrong.
std::string Describe(const Comparison& comparison);

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_COMPARE_H_
