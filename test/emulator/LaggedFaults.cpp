//===- LaggedFaults.cpp - edits that break a maximum that lags behind ------===//
//
// `lagged` is the family online with 96 keys at a time, whose scores are so
// large that maxima rise in most blocks of keys: a warp computes them again.
//
//===----------------------------------------------------------------------===//

#include "test/emulator/PlantedFaults.h"

namespace raggedc {

using emulator::FaultKind;

std::vector<Planted> getLaggedFaults() {
  return {
      // Infinite weights, and what was summed under another maximum.
      {"LaggedNeverRises",
       "lagged",
       "const bool rises = warp::outgrows(chunk_sum, row_max, 256.0f);",
       "const bool rises = false;",
       {},
       true},
      {"LaggedOutputNotRescaled", "lagged", "          warp::rescale(acc, correction);\n", "", {}, true},
      {"LaggedSumNotRescaled", "lagged", "          sum = warp::mul(sum, correction);\n", "", {}, true},
      // The keys of the scores are not those that are being copied meanwhile.
      {"LaggedScoresOfTheNextKeys",
       "lagged",
       "warp::mma_nt(scores_2, q_group.rows<16>(warp_id_2 % 4 * 16), k_block);",
       "warp::mma_nt(scores_2, q_group.rows<16>(warp_id_2 % 4 * 16), k_slots.slot(free_slot));",
       {FaultKind::kInFlight, "ptx::ldmatrix<", {"16 bytes at shared address"}, "ptx::cp_async_16_if("}},
  };
}

}  // namespace raggedc
