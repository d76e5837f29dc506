//===- PlainFaults.cpp - edits that break weights without a maximum --------===//
//
// `plain` is the family single with two products of half of the keys, blocks of
// 128 rows that are taken at once, and keys of the second half that come late;
// `plain_far` the same with scores so large that rows stray, `plain_rows` with a
// warpgroup that walks over all rows, whose Q takes the place of the one before.
//
// `plain_tiles` is one with tiles of 96 keys, each with its output before the next.
//
// `plain_ways` is the family latency: two ways, and two warps each for two tiles of rows.
//
// What plain_tests.cpp looks at instead: that a sequence of a key has exactly its
// value, and sums that are too small, which inputs at random do not have.
//
//===----------------------------------------------------------------------===//

#include "test/emulator/PlantedFaults.h"

namespace raggedc {

using emulator::FaultKind;

std::vector<Planted> getPlainFaults() {
  const char* const inRange = "const bool strays = warp::out_of_range(sum, 5.42101086e-20f, 1.84467441e+19f);";
  const char* const copyLine = "ptx::cp_async_16_if(";
  const char* const scoresLine = "ptx::wgmma_registers_four<";
  const char* const resultLine = "ptx::wgmma_registers<";
  const char* const late = "    wait_group<2>();\n    block::barrier_async();\n    warpgroup::mma_nt<true>(scores_2, ";
  const char* const values = "    wait_group<1>();\n    block::barrier_async();\n    warpgroup::mma_nn<true>(acc, p, ";
  const char* const idle =
      "    wait_group<1>();\n    block::barrier_async();\n    wait_group<0>();\n    block::barrier_async();\n  }\n}";
  const char* const again = "      wait_group<0>();\n      warp::barrier();\n      for (int key = 0;";
  const char* const wayAgain = "        wait_group<0>();\n        warp::barrier();\n        warp::mma_nt(scores_5, ";
  const char* const wayValues = "        wait_group<0>();\n        warp::barrier();\n        warp::mma_nn(acc_2, p_5, ";
  const char* const chunk = "16 bytes at shared address";
  return {
      // Infinite weights.
      {"PlainRowsNeverStray", "plain_far", inRange, "const bool strays = false;", {}, true},
      {"PlainSumsHaveNoMost",
       "plain_far",
       inRange,
       "const bool strays = warp::out_of_range(sum, 5.42101086e-20f, kInfinity);",
       {},
       true},
      {"RingRowsNeverStray",
       "ring_far",
       "const bool strays_2 = warp::out_of_range(sum_2, 5.42101086e-20f, 1.84467441e+19f);",
       "const bool strays_2 = false;",
       {},
       true},

      // Those who attend again.
      {"PlainAgainOutputNotRescaled", "plain_far", "        warp::rescale(acc, correction);\n", "", {}, true},
      {"PlainAgainSumNotRescaled", "plain_far", "        sum = warp::mul(sum, correction);\n", "", {}, true},
      {"PlainAgainOnTopOfTheFirst", "plain_far", "      warp::fill(acc, 0.0f);\n", "", {}, true},
      {"PlainAgainSumOnTopOfTheFirst",
       "plain_far",
       "      sum = warp::fill_rows(0.0f);\n      wait_group<0>();\n",
       "      wait_group<0>();\n",
       {},
       true},
      {"PlainAgainNotReduced", "plain_far", "      sum = warp::reduce_sum(sum);\n    }\n", "    }\n", {}, true},
      // A single key beside fifteen of zeros, which attends again for its score where it has no maximum before.
      {"PlainAgainNotMasked",
       "plain_far",
       "        if (key + 16 > seq_length) warp::mask_keys(scores_3, key, seq_length);\n",
       "",
       {},
       true,
       60,
       "    if (seq_length <= 16) {\n",
       "    if (seq_length < 0) {\n"},
      {"PlainAgainWithTheNextRows",
       "plain_rows",
       "warp::mma_nt(scores_3, out_tile, ",
       "warp::mma_nt(scores_3, q_tile, ",
       {},
       true},
      {"PlainAgainQNotAwaited",
       "plain_far",
       again,
       "      warp::barrier();\n      for (int key = 0;",
       {FaultKind::kInFlight, "ptx::ldmatrix<", {chunk}, copyLine}},
      {"PlainAgainQNotShown",
       "plain_far",
       again,
       "      wait_group<0>();\n      for (int key = 0;",
       {FaultKind::kRace, "ptx::ldmatrix<", {chunk}, copyLine}},

      // Ways that share rows. The first attends again, to the keys of all.
      {"WaysNeverStray",
       "plain_ways",
       "const bool strays = warp::out_of_range(part, 5.42101086e-20f, 1.84467441e+19f);",
       "const bool strays = false;",
       {},
       true},
      {"WaysAgainByNobody",
       "plain_ways",
       "    if (way == 0) {\n",
       "    if (way == 2) {\n",
       {FaultKind::kUnwritten, "", {"row 0 (of sequence 0"}, ""}},
      {"WaysAgainByAll",
       "plain_ways",
       "    if (way == 0) {\n",
       "    if (way >= 0) {\n",
       {FaultKind::kRace, copyLine, {chunk}, copyLine}},
      {"WaysAgainInOnePlace",
       "plain_ways",
       "scratch = scratch_tiles.slot(row_tile)",
       "scratch = scratch_tiles.slot(0)",
       {FaultKind::kRace, copyLine, {chunk}, copyLine}},
      {"WaysAgainWithKeysOfOne",
       "plain_ways",
       "      for (int key = 0; key < sequence.length; key += 16) {\n",
       "      for (int key = 0; key < way_end; key += 16) {\n",
       {},
       true},
      {"WaysAgainWithRowsOfAnother",
       "plain_ways",
       "warp::mma_nt(scores_5, q_rows_tile, ",
       "warp::mma_nt(scores_5, q_tile.rows<16>(0), ",
       {},
       true},
      {"WaysAgainNotMasked",
       "plain_ways",
       "        warp::mask_keys(scores_5, key, sequence.length);\n",
       "",
       {},
       true,
       60,
       "  if (sequence.length <= 16) {\n",
       "  if (sequence.length < 0) {\n"},
      {"WaysAgainKeysNotAwaited",
       "plain_ways",
       wayAgain,
       "        warp::barrier();\n        warp::mma_nt(scores_5, ",
       {FaultKind::kInFlight, "ptx::ldmatrix<", {chunk}, copyLine}},
      {"WaysAgainKeysNotShown",
       "plain_ways",
       wayAgain,
       "        wait_group<0>();\n        warp::mma_nt(scores_5, ",
       {FaultKind::kRace, "ptx::ldmatrix<", {chunk}, copyLine}},
      {"WaysAgainValuesNotAwaited",
       "plain_ways",
       wayValues,
       "        warp::barrier();\n        warp::mma_nn(acc_2, p_5, ",
       {FaultKind::kInFlight, "ptx::ldmatrix<", {chunk}, copyLine}},
      {"WaysAgainValuesNotShown",
       "plain_ways",
       wayValues,
       "        wait_group<0>();\n        warp::mma_nn(acc_2, p_5, ",
       {FaultKind::kRace, "ptx::ldmatrix<", {chunk}, copyLine}},
      {"WaysAgainValuesOverKeys",
       "plain_ways",
       "        const Operand<bf16, 16, 16> p_5 = warp::to_operand<bf16>(scores_5);\n        warp::barrier();\n",
       "        const Operand<bf16, 16, 16> p_5 = warp::to_operand<bf16>(scores_5);\n",
       {FaultKind::kRace, copyLine, {chunk}, "ptx::ldmatrix<"}},
      {"WaysAgainKeysOverValues",
       "plain_ways",
       "        warp::barrier();\n        const int keys_left_9",
       "        const int keys_left_9",
       {FaultKind::kRace, copyLine, {chunk}, "ptx::ldmatrix<"}},
      // What they have, when all are through.
      {"WaysResultsOverKeys",
       "plain_ways",
       "  group::barrier<2>();\n  const Partials",
       "  const Partials",
       {FaultKind::kRace, "ptx::store_shared(", {}, "ptx::ldmatrix<"}},
      {"WaysAddOne",
       "plain_ways",
       "    total += __builtin_bit_cast(f32, ptx::load_shared_8(state + other * kStride).y);\n",
       "    total = __builtin_bit_cast(f32, ptx::load_shared_8(state + other * kStride).y);\n",
       {},
       true},
      // A sum that is missing would only have the first way attend again.
      {"WaysSumTwice",
       "latency",
       "    sum = warp::row_sum_partial(scores_2, sum);\n",
       "    sum = warp::row_sum_partial(scores_2, sum);\n    sum = warp::row_sum_partial(scores_2, sum);\n",
       {},
       true},

      // Tile after tile.
      {"PlainTileNotMasked",
       "plain_tiles",
       "      if (seq_length < 192) warp::mask_keys(scores_2, 96, seq_length);\n",
       "",
       {},
       true},
      {"PlainTileNotSummed", "plain_tiles", "      sum = warp::row_sum_partial(scores_2, sum);\n", "", {}, true},
      {"PlainTileInsteadOfTheOnesBefore",
       "plain_tiles",
       "warpgroup::mma_nn<false>(acc, p_2, ",
       "warpgroup::mma_nn<true>(acc, p_2, ",
       {},
       true},
      {"PlainTileOfValuesIsTheFirst", "plain_tiles", "p_2, v_tile.rows<96>(96)", "p_2, v_tile.rows<96>(0)", {}, true},
      {"PlainTileMissing", "plain_tiles", "    if (seq_length > 96) {\n", "    if (seq_length > 192) {\n", {}, true},
      {"PlainTileScoresNotAwaited",
       "plain_tiles",
       "      warpgroup::wait<0>();\n      if (seq_length < 192)",
       "      if (seq_length < 192)",
       {FaultKind::kInFlight, "ptx::fma(acc.value", {"a result that was not waited for"}, ""}},

      // Keys of the second half.
      {"PlainLateKeysNotAwaited",
       "plain",
       late,
       "    block::barrier_async();\n    warpgroup::mma_nt<true>(scores_2, ",
       {FaultKind::kInFlight, scoresLine, {chunk}, copyLine}},
      {"PlainLateKeysAwaitedTooWeakly",
       "plain",
       late,
       "    wait_group<3>();\n    block::barrier_async();\n    warpgroup::mma_nt<true>(scores_2, ",
       {FaultKind::kInFlight, scoresLine, {chunk}, copyLine}},
      {"PlainLateKeysWithoutBarrier",
       "plain",
       late,
       "    wait_group<2>();\n    warpgroup::mma_nt<true>(scores_2, ",
       {FaultKind::kRace, scoresLine, {chunk}, copyLine}},
      {"PlainLateKeysNotForProducts",
       "plain",
       late,
       "    wait_group<2>();\n    block::barrier();\n    warpgroup::mma_nt<true>(scores_2, ",
       {FaultKind::kProxy, scoresLine, {chunk}, copyLine}},
      {"PlainLateKeysAreTheFirst", "plain", "k_rows.rows(112), seq_length - 112", "k_rows, seq_length", {}, true},
      {"PlainSecondHalfNotMasked",
       "plain",
       "    if (seq_length < 208) warp::mask_keys(scores_2, 112, seq_length);\n",
       "",
       {},
       true},
      {"PlainSecondHalfAsTheFirst",
       "plain",
       "scores_2, q_operand, k_tile.rows<96>(112)",
       "scores_2, q_operand, k_tile.rows<96>(0)",
       {},
       true},
      {"PlainSecondHalfNotSummed", "plain", "    sum = warp::row_sum_partial(scores_2, sum);\n", "", {}, true},
      // Warps without rows have copied for the others: they wait ahead of each barrier of those.
      {"PlainIdleWarpsDoNotWait",
       "plain",
       idle,
       "    block::barrier_async();\n    wait_group<0>();\n    block::barrier_async();\n  }\n}",
       {FaultKind::kRace, scoresLine, {chunk}, copyLine}},
      {"PlainIdleWarpsWaitTooLate",
       "plain",
       idle,
       "    wait_group<2>();\n    block::barrier_async();\n    wait_group<0>();\n    block::barrier_async();\n  }\n}",
       {FaultKind::kRace, scoresLine, {chunk}, copyLine}},
      {"PlainIdleWarpsDoNotWaitForValues",
       "plain",
       idle,
       "    wait_group<1>();\n    block::barrier_async();\n    block::barrier_async();\n  }\n}",
       {FaultKind::kInFlight, resultLine, {chunk}, copyLine}},

      // V.
      {"PlainValuesNotAwaited",
       "plain",
       values,
       "    block::barrier_async();\n    warpgroup::mma_nn<true>(acc, p, ",
       {FaultKind::kInFlight, resultLine, {chunk}, copyLine}},
      {"PlainValuesWithoutBarrier",
       "plain",
       values,
       "    wait_group<1>();\n    warpgroup::mma_nn<true>(acc, p, ",
       {FaultKind::kRace, resultLine, {chunk}, copyLine}},

      // Products in flight.
      {"PlainScoresNotAwaited",
       "plain",
       "    warpgroup::wait<1>();\n    if (seq_length < 112)",
       "    if (seq_length < 112)",
       {FaultKind::kInFlight, "ptx::fma(acc.value", {"a result that was not waited for"}, ""}},
      {"PlainSecondScoresNotAwaited",
       "plain",
       "    warpgroup::wait<1>();\n    if (seq_length < 208)",
       "    if (seq_length < 208)",
       {FaultKind::kInFlight, "ptx::fma(acc.value", {"a result that was not waited for"}, ""}},
  };
}

}  // namespace raggedc
