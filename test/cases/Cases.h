//===- Cases.h - kernels to run, with inputs --------------------*- C++ -*-===//

#ifndef RAGGEDC_TEST_CASES_CASES_H
#define RAGGEDC_TEST_CASES_CASES_H

#include <cstdint>
#include <string>
#include <vector>

namespace raggedc {

/// A family as tests name it: `online` is that of warps, `online/warpgroup` that of wgmma, `auto` either.
struct FamilyRequest {
  std::string family, mma;

  explicit FamilyRequest(const std::string& name)
      : family(name.substr(0, name.find('/'))),
        mma(name == "auto"   ? "auto"
            : family == name ? "warp"
                             : name.substr(family.size() + 1)) {}
};

/// One program with one set of random inputs.
struct KernelCase {
  std::string spec;                               ///< of an attention; "" if there is `text`
  std::string text;                               ///< MLIR
  std::string name;                               ///< of `text`
  std::string arch;                               ///< "": what runs it decides
  std::string family = "auto", softmax = "auto";  ///< the family as in FamilyRequest
  std::string copies = "auto";
  int64_t batch = 0, warps = 0, stages = 0, rowsPerBlock = 0;  ///< 0: as the cost model likes
  std::vector<int64_t> lengths;
  /// Rows of NaN in front of the first sequence and behind the last, which belong to none. Only for attention alone.
  int64_t rowsBefore = 0, rowsBehind = 0;
  uint64_t seed = 1;

  /// Spec or name, and what is asked of the schedule: what --filter looks at. Cases with the same label have the same
  /// kernels.
  std::string label() const;
  /// A command that runs the same inputs. `more`: further flags.
  std::string reproduce(const std::string& more = "") const;
};

/// For a GPU, where a launch costs nothing. Shapes, lengths and inputs are drawn from `seed`. `quick` leaves a sample.
std::vector<KernelCase> makeGpuCases(uint64_t seed, bool quick);

/// For the emulator: as few rows as show everything. Lengths, inputs and the shapes of some are drawn from `seed`; the
/// other shapes are the same each time, so that their compiled emulations can be kept. Cases with the same label are
/// neighbours.
std::vector<KernelCase> makeEmulatorCases(uint64_t seed);

}  // namespace raggedc

#endif  // RAGGEDC_TEST_CASES_CASES_H
