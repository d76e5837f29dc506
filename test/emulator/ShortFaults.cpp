//===- ShortFaults.cpp - edits that break the last rows of a sequence ------===//
//
// `short` is the family single, whose warpgroup goes on to the last five rows of
// 197, `short_far` the same with scores so large that rows stray; in `ring`, of
// 70 rows, six are such. Keys are rows of their products, and queries columns.
//
//===----------------------------------------------------------------------===//

#include "test/emulator/PlantedFaults.h"

namespace raggedc {

using emulator::FaultKind;

std::vector<Planted> getShortFaults() {
  const char* const productLine = "ptx::wgmma_shared<";
  const char* const writeLine = "ptx::store_shared(to.row_chunk_address(";
  const char* const storeLine = "if (row < valid) ptx::store_global(to, ";
  const char* const ringValues =
      "          wait_phase(full_v.at(stage_3), phase_2);\n          ptx::fence_proxy_async_shared();\n          "
      "group::barrier_async<4>();\n";
  return {
      // Weights.
      {"ShortKeysNotMasked", "short", "      warp::mask_rows(scores_7, 192, seq_length);\n", "", {}, true},
      {"ShortLastKeyMasked",
       "short",
       "warp::mask_rows(scores_7, 192, seq_length);",
       "warp::mask_rows(scores_7, 192, seq_length - 1);",
       {},
       true},
      {"ShortKeysOfAnotherBlock",
       "short",
       "scores_7, k_tile.rows<64>(144), q_last",
       "scores_7, k_tile.rows<64>(128), q_last",
       {},
       true},
      {"ShortLastKeysOfAnotherWarp", "short", "if (warp_of_group == 3) {", "if (warp_of_group == 2) {", {}, true},
      {"ShortQueriesOfAnotherRow",
       "short",
       "(q_last_tile, q_rows.rows(192), ",
       "(q_last_tile, q_rows.rows(191), ",
       {},
       true},
      {"ShortSumsOfTwos",
       "short",
       "warp::fill_operand<bf16, 208>(1.0f)",
       "warp::fill_operand<bf16, 208>(2.0f)",
       {},
       true},
      {"ShortNotDivided", "short", "      warp::divide(acc_2, sums);\n", "", {}, true},
      {"ShortWeightsNotStored",
       "short",
       "    warp::store_tile(scores_4, p_tile.rows<16>(v_3));\n",
       "",
       {FaultKind::kUninitialised, productLine, {"at shared address"}, ""}},
      {"ShortLastWeightsNotStored",
       "short",
       "      warp::store_tile(scores_7, p_tile.rows<16>(192));\n",
       "",
       {FaultKind::kUninitialised, productLine, {"at shared address"}, ""}},
      {"RingShortLastWeightsNotStored",
       "ring",
       "            warp::store_tile(scores_2, p_tile.rows<16>(64));\n",
       "",
       {FaultKind::kUninitialised, productLine, {"at shared address"}, ""}},

      // Each warp reads what the four have stored, through the proxy of products.
      {"ShortWeightsWithoutBarrier",
       "short",
       "    group::barrier_async<4>();\n",
       "    ptx::fence_proxy_async_shared();\n",
       {FaultKind::kRace, productLine, {"read after a write", "at shared address"}, writeLine}},
      {"ShortWeightsNotForProducts",
       "short",
       "    group::barrier_async<4>();\n",
       "    group::barrier<4>();\n",
       {FaultKind::kProxy, productLine, {"fence.proxy.async", "at shared address"}, writeLine}},
      {"RingShortWeightsWithoutBarrier",
       "ring",
       ringValues,
       "          wait_phase(full_v.at(stage_3), phase_2);\n          ptx::fence_proxy_async_shared();\n",
       {FaultKind::kRace, productLine, {"read after a write", "at shared address"}, writeLine}},
      {"RingShortValuesNotAwaited",
       "ring",
       ringValues,
       "          ptx::fence_proxy_async_shared();\n          group::barrier_async<4>();\n",
       {FaultKind::kRace, productLine, {"read after a write", "16 bytes at shared address"}, "ptx::cp_async_16_if("}},

      // Products in flight.
      {"ShortScoresNotAwaited",
       "short",
       "    warpgroup::wait<3>();\n",
       "",
       {FaultKind::kInFlight, "ptx::fma(acc.value", {"a result that was not waited for"}, ""}},
      {"ShortSumsNotAwaited",
       "short",
       "    warpgroup::wait<1>();\n    warpgroup::wait<0>();\n    const int rows_left_4",
       "    warpgroup::wait<1>();\n    const int rows_left_4",
       {FaultKind::kInFlight, "ptx::wgmma_registers<T, kN, true>", {"ended before its wgmma was waited for"}, ""}},

      // Those who attend again: one warp does.
      {"ShortRowsNeverStray",
       "short_far",
       "const bool strays_2 = warp::out_of_range(sums, 5.42101086e-20f, 1.84467441e+19f);",
       "const bool strays_2 = false;",
       {},
       true},
      {"RingShortRowsNeverStray",
       "ring_far",
       "const bool strays = warp::out_of_range(sums, 5.42101086e-20f, 1.84467441e+19f);",
       "const bool strays = false;",
       {},
       true},
      {"ShortAgainOutputNotRescaled", "short_far", "          warp::rescale(acc_3, correction_2);\n", "", {}, true},
      {"ShortAgainSumNotRescaled", "short_far", "          sum_2 = warp::mul(sum_2, correction_2);\n", "", {}, true},
      {"ShortAgainNotReduced", "short_far", "        sum_2 = warp::reduce_sum(sum_2);\n", "", {}, true},
      {"ShortAgainByAllWarps",
       "short_far",
       "if (warp_of_group == 0) {",
       "if (warp_of_group >= 0) {",
       {FaultKind::kRace,
        "ptx::store_shared(staging.row_chunk_address(",
        {"write after a write", "at shared address"},
        "ptx::store_shared(staging.row_chunk_address("}},

      // Rows of another sequence, and rows of none.
      {"ShortRowsBeyondTheSequence",
       "short",
       "warp_of_group * 16, rows_left_4);",
       "warp_of_group * 16, 8);",
       {FaultKind::kForeignRow, storeLine, {"of 'out'"}, "", 0}},
      {"ShortColumnsOfTheNext",
       "short",
       "warp_of_group * 16, rows_left_4);",
       "warp_of_group * 16 + 16, rows_left_4);",
       {FaultKind::kForeignRow, storeLine, {"of 'out'"}, "", 0}},
      {"RingShortRowsBeyondTheSequence",
       "ring",
       "warp_of_group * 16, rows_left);",
       "warp_of_group * 16, 8);",
       {FaultKind::kForeignRow, storeLine, {"of 'out'"}, ""}},
      {"ShortLastRowNotStored",
       "short",
       "warp_of_group * 16, rows_left_4);",
       "warp_of_group * 16, rows_left_4 - 1);",
       {FaultKind::kUnwritten, "", {"row 196 (of sequence 0, which begins at row 0) of 'out' was not written"}, ""}},
      {"ShortSingleRowLeftOut",
       "short",
       "  if (seq_length > 192) {",
       "  if (seq_length > 193) {",
       {FaultKind::kUnwritten, "", {"(of sequence 1, which begins at row 197) of 'out' was not written"}, ""}},
  };
}

}  // namespace raggedc
