//===- Matrix.h - the kernels that must compile -----------------*- C++ -*-===//

#ifndef RAGGEDC_TEST_NVRTC_MATRIX_H
#define RAGGEDC_TEST_NVRTC_MATRIX_H

#include <string>
#include <vector>

namespace raggedc {

/// One kernel or, for pack and unpack, one module.
struct Case {
  std::string family;  ///< warp, single, online, pack or unpack: what the summary is by
  std::string arch;
  std::string spec;  ///< of an attention; "" if there is `text`
  std::string text;  ///< MLIR
  int64_t batch = 0, warps = 0;

  /// How to see the same failure again.
  std::string reproduce() const;
};

/// All cases.
std::vector<Case> makeMatrix();

}  // namespace raggedc

#endif  // RAGGEDC_TEST_NVRTC_MATRIX_H
