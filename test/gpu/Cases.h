//===- Cases.h - what the GPU tests run -------------------------*- C++ -*-===//

#ifndef RAGGEDC_TEST_GPU_CASES_H
#define RAGGEDC_TEST_GPU_CASES_H

#include <cstdint>
#include <string>
#include <vector>

namespace raggedc {

/// One program with one set of random inputs.
struct GpuCase {
  std::string spec;  ///< of an attention; "" if there is `text`
  std::string text;  ///< MLIR
  std::string name;  ///< of `text`
  std::string family = "auto";
  int64_t batch = 0;
  std::vector<int64_t> lengths;
  /// Rows in front of the first sequence and behind the last, which belong to none. Only for attention alone.
  int64_t rowsBefore = 0, rowsBehind = 0;
  uint64_t seed = 1;

  /// Spec or name, family, batch: what --filter looks at.
  std::string label() const;
  /// A command that runs the same inputs.
  std::string reproduce() const;
};

/// All cases; lengths, options and inputs are drawn from `seed`. `quick` leaves a sample.
std::vector<GpuCase> makeGpuCases(uint64_t seed, bool quick);

}  // namespace raggedc

#endif  // RAGGEDC_TEST_GPU_CASES_H
