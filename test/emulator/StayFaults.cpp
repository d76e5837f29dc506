//===- StayFaults.cpp - edits that break tiles that stay -------------------===//
//
// Heads whose tiles have slots all at once, so that a block keeps them for all
// items of a head: `stays`. In `stays_short` some rows, one to eight behind whole
// blocks, have products of their own over these tiles; in `stays_narrow` too, and
// the last tile has few keys; in `stays_far` rows stray.
//
//===----------------------------------------------------------------------===//

#include "test/emulator/PlantedFaults.h"

namespace raggedc {

using emulator::FaultKind;

namespace {

/// Threads wait for a phase of an mbarrier that never ends.
Expected neverEnds(std::string who, std::string missing) {
  return {FaultKind::kDeadlock,
          "ptx::mbarrier_wait_parity(mbarrier, phase)",
          {"threads " + who + " wait at line ", missing + " and 0 bytes are missing"},
          ""};
}

}  // namespace

std::vector<Planted> getStayFaults() {
  const char* const copyLine = "ptx::cp_async_16_if(";
  const char* const scoresLine = "ptx::wgmma_shared<T, kN, false, false>";
  const char* const valuesLine = "ptx::wgmma_shared<T, kN, true, true>";
  const char* const resultLine = "ptx::wgmma_registers<";
  const char* const weightsLine = "ptx::store_shared(to.row_chunk_address(";
  const char* const storeLine = "if (row < valid) ptx::store_global(to, ";
  const char* const outLine = "ptx::store_global(to + row * kStride";
  const char* const stay = "const int stay = is_kept_2 && end_row < length ? 1 : 0;";
  const char* const areThere = "const bool are_there = is_kept_2 && part_4 > 0;";
  const char* const inShort = "16 bytes at shared address";
  const Expected noTile = neverEnds("0-383", "128 of 128 arrivals");
  const Expected noRoom = neverEnds("384-511", "12 of 12 arrivals");
  return {
      // Which items keep tiles, and which find them.
      {"StayNotSaid", "stays", "static_cast<u32>(stay));", "0u);", noTile},
      {"StaysBehindItsHead",
       "stays",
       stay,
       "const int stay = is_kept_2 ? 1 : 0;",
       {FaultKind::kInFlight, scoresLine, {"asynchronous read before", inShort}, copyLine}},
      {"StaysInItemsOfTheRest", "stays", stay, "const int stay = end_row < length ? 1 : 0;", noTile},
      {"StaysAndIsNotThere", "stays", areThere, "const bool are_there = is_kept_2;", noTile},
      {"StaysNotInTheRest", "stays", areThere, "const bool are_there = part_4 > 0;", noTile},
      {"StaysAndIsCopiedAgain",
       "stays",
       "const int key_end = are_there ? -64 : tail_key_2 + 1;",
       "const int key_end = tail_key_2 + 1;",
       {FaultKind::kInFlight, scoresLine, {"asynchronous read before", inShort}, copyLine}},

      // The order of items: of a head one after the other, from the first on; and those of heads that are left.
      {"StaysLastItemFirst", "stays",
       "const int part_2 = is_kept ? step % 2 :", "const int part_2 = is_kept ? 1 - step % 2 :", noTile},
      {"StaysItemsOfSeveralHeads", "stays",
       "is_kept ? block_id + round * blocks :", "is_kept ? (block_id + step * blocks) % kept_heads :", noTile},
      {"StaysRestFromTheFirst",
       "stays",
       ": kept_heads + static_cast<int>(static_cast<u32>(v_2)",
       ": static_cast<int>(static_cast<u32>(v_2)",
       {FaultKind::kRace, outLine, {"write after another write", "of 'out'"}, outLine}},
      {"StaysRestOfOneItem",
       "stays",
       ": static_cast<int>(static_cast<u32>(v_2) / static_cast<u32>(rest_heads));",
       ": 0;",
       {FaultKind::kRace, outLine, {"write after another write", "of 'out'"}, outLine}},
      {"StaysOneRoundMore",
       "stays",
       "    const int kept_steps = rounds * 2;\n",
       "    const int kept_steps = (rounds + 1) * 2;\n",
       {FaultKind::kRace, outLine, {"write after another write", "of 'out'"}, outLine}},

      // Each tile is given back in the last item of its head, by all, and to its own slot.
      {"StaysNarrowTailFreed", "stays", "const int freed = v_22 ? 10 : slot_8;", "const int freed = slot_8;", noTile},
      {"StaysTailFreed", "stays", "const int freed_2 = v_22 ? 10 : slot_8;", "const int freed_2 = slot_8;", noTile},
      {"StaysFirstKeysFreed", "stays", "const int freed_4 = v_22 ? 10 : slot_10;", "const int freed_4 = slot_10;",
       noTile},
      {"StaysFirstValuesFreed", "stays", "const int freed_5 = v_22 ? 10 : slot_11;", "const int freed_5 = slot_11;",
       noTile},
      {"StaysKeysFreed", "stays", "const int freed_6 = v_22 ? 10 : slot_13;", "const int freed_6 = slot_13;", noTile},
      {"StaysValuesFreed", "stays", "const int freed_7 = v_22 ? 10 : slot_14;", "const int freed_7 = slot_14;", noTile},
      {"StaysLastValuesFreed", "stays", "const int freed_8 = v_22 ? 10 : slot_15;", "const int freed_8 = slot_15;",
       noTile},
      {"StaysLastSlotFreedInstead", "stays", "const int freed_8 = v_22 ? 10 : slot_15;",
       "const int freed_8 = v_22 ? 9 : slot_15;", noTile},
      {"StaysPassedByTheIdle",
       "stays",
       " && stay_2 != 1 ?",
       " ?",
       {FaultKind::kRace, copyLine, {"write after a read", inShort}, scoresLine}},
      {"StaysNextHeadDoesNotWait",
       "stays",
       "              wait_phase(empty.at(slot_5), phase_3);\n",
       "",
       {FaultKind::kRace, copyLine, {"write after a read", inShort}, scoresLine}},
      {"StaysNextItemsSlotMovesOn", "stays", "const int slot_after_16 = v_22 ? slot_7 : slot_after_6;",
       "const int slot_after_16 = slot_after_6;", noTile},
      {"StaysNextItemsPhaseMovesOn", "stays", "= v_22 ? phase_4 : phase_after_6;", "= phase_after_6;", noTile},

      // No tile says that Q is there: all that copied say so.
      {"StaysQueriesNotAwaited",
       "stays",
       "          if (are_there) {\n            wait_group<0>();\n",
       "          if (are_there) {\n",
       {FaultKind::kInFlight, scoresLine, {"asynchronous read before", inShort}, copyLine}},
      {"StaysQueriesNotFenced",
       "stays",
       "          if (are_there) {\n            wait_group<0>();\n            ptx::fence_proxy_async_shared();\n",
       "          if (are_there) {\n            wait_group<0>();\n",
       {FaultKind::kProxy, scoresLine, {"fence.proxy.async", inShort}, copyLine}},
      {"StaysQueriesOfThreeWarps",
       "stays",
       "block::init_barriers<4>(full_item);",
       "block::init_barriers<3>(full_item);",
       {FaultKind::kRace, scoresLine, {"asynchronous read after a write", inShort}, copyLine}},
      {"StaysQueriesOfOneSlotWaitedFor",
       "stays",
       "const int v_7 = piece_2 + (groups_3 - 1);",
       "const int v_7 = piece_2;",
       {FaultKind::kInFlight, scoresLine, {"asynchronous read before", inShort}, copyLine}},
      {"StaysHeldTilesNotShown", "stays", "              arrive(full.at(slot_4));\n", "", noTile},
      {"StaysHeldTilesShownTwice", "stays", "const int held_4 = are_there ? 0 : held_3;", "const int held_4 = held_3;",
       neverEnds("0-383", "128 of 128 arrivals")},

      // The place of short rows, from one item that has them to the next.
      {"StayShortNotSaid", "stays_short", "const int stay_2 = is_short ? 2 : stay;", "const int stay_2 = stay;",
       neverEnds("384-511", "4 of 4 arrivals")},
      {"StayShortPlaceNotReleased", "stays_short", "          warp::arrive(empty_last.at(0));\n", "",
       neverEnds("384-511", "4 of 4 arrivals")},
      {"StayShortPlaceInTheWrongPhase", "stays_short", "    int last_phase = 1;\n", "    int last_phase = 0;\n",
       neverEnds("384-511", "4 of 4 arrivals")},
      {"StayShortPlaceNotWaitedFor",
       "stays_short",
       "            wait_phase(empty_last.at(0), last_phase_2);\n",
       "",
       {FaultKind::kRace, scoresLine, {"asynchronous read after a write", inShort}, copyLine}},
      {"StayShortPlacesPhaseStays",
       "stays_short",
       "last_phase_4 = last_phase_2 ^ 1;",
       "last_phase_4 = last_phase_2;",
       {FaultKind::kRace, scoresLine, {"asynchronous read after a write", inShort}, copyLine}},
      {"StayShortPlaceReleasedByThree", "stays_short", "block::init_barriers<4>(empty_last);",
       "block::init_barriers<3>(empty_last);", neverEnds("384-511", "of 3 arrivals")},
      // Who has short rows of the head before waits for its tiles.
      {"StayShortHeldWhileWaitingForThePlace", "stays_short", " || tail_key == 0 || is_short)", " || tail_key == 0)",
       noTile},
      {"StayShortQueriesNotCopied",
       "stays_short",
       "            warpgroup::copy_async(q_last_tile, q_rows.rows(end_row), row_count_2, 16);\n",
       "",
       {FaultKind::kUninitialised, scoresLine, {"read of what was never written", inShort}, ""}},
      {"StayShortWholeBlocksToo",
       "stays_short",
       "static_cast<u32>(rows_behind_2 - 1) < static_cast<u32>(8)",
       "static_cast<u32>(rows_behind_2) < static_cast<u32>(8)",
       {FaultKind::kRace, scoresLine, {"asynchronous read after a write", inShort}, copyLine}},

      // Tiles in the order of their use; the last of two that are waited for has come behind the others.
      {"StayShortValuesNotWaitedFor",
       "stays_short",
       "            wait_phase(full.at(slot_11), phase_8);\n",
       "",
       {FaultKind::kRace, valuesLine, {"asynchronous read after a write", inShort}, copyLine}},
      {"StayShortPhaseOfASlotStays", "stays_short", "const int phase_8 = v_37 ? phase_4 ^ 1 : phase_4;",
       "const int phase_8 = phase_4 ^ 1;", neverEnds("128-255", "128 of 128 arrivals")},
      {"StayShortKeysBehindTheLastTileCount",
       "stays_short",
       "const int live_keys_4 = v_31 <= chunks ? live_keys_3 : 0;",
       "const int live_keys_4 = live_keys_3;",
       {},
       true},
      {"StayShortTailAsAChunk",
       "stays_short",
       "const int live_keys = v_25 == 0 ? length_2 - tail_key_3 : 64;",
       "const int live_keys = 64;",
       {},
       true},
      {"StayShortKeysBehindAChunkCount",
       "stays_short",
       "            warp::mask_rows(scores_2, v_38 + 16, live_keys_2);\n",
       "",
       {},
       true},
      {"StayShortOnlyTheSecondTile",
       "stays_short",
       "warpgroup::mma_tn<false>(acc, kv_tiles.slot(slot_11)",
       "warpgroup::mma_tn<true>(acc, kv_tiles.slot(slot_11)",
       {},
       true},
      {"StayShortOnlyTheLastTiles",
       "stays_short",
       "warpgroup::mma_tn<false>(acc, kv_tiles.slot(slot_9)",
       "warpgroup::mma_tn<true>(acc, kv_tiles.slot(slot_9)",
       {},
       true},
      {"StayShortSumsOfTheLastTiles",
       "stays_short",
       "warpgroup::mma_nn<false>(sums, ones",
       "warpgroup::mma_nn<true>(sums, ones",
       {},
       true},
      // Rows behind a chunk, and behind the tail, that are multiplied.
      {"StayShortChunksNotZeroed",
       "stays_short",
       "const int chunk_limit = is_kept_2 ? 80 : 64;",
       "const int chunk_limit = 64;",
       {FaultKind::kUninitialised, valuesLine, {"read of what was never written", inShort}, ""}},
      {"StayShortTailNotZeroed",
       "stays_narrow",
       "const int tail_limit = is_kept_2 ? 80 : tail_width;",
       "const int tail_limit = tail_width;",
       {FaultKind::kUninitialised, scoresLine, {"read of what was never written", inShort}, ""}},

      // Weights: where, by whom, until when.
      {"StayShortWeightsWithoutBarrier",
       "stays_short",
       "            group::barrier_async<4>();\n",
       "            ptx::fence_proxy_async_shared();\n",
       {FaultKind::kRace, valuesLine, {"asynchronous read after a write", inShort}, weightsLine}},
      {"StayShortWeightsNotForProducts",
       "stays_short",
       "            group::barrier_async<4>();\n",
       "            group::barrier<4>();\n",
       {FaultKind::kProxy, valuesLine, {"fence.proxy.async", inShort}, weightsLine}},
      {"StayShortWeightsOfTwoTilesInOnePlace",
       "stays_short",
       "p_tile.rows<16>(v_38 + 208));",
       "p_tile.rows<16>(v_38 + 128));",
       {FaultKind::kUninitialised, valuesLine, {"read of what was never written", inShort}, ""}},
      {"StayShortWeightsOverQueries",
       "stays_short",
       "warp::store_tile(scores, p_tile.rows<16>(v_38 + 128));",
       "warp::store_tile(scores, p_tile.rows<16>(v_38 + 64));",
       {FaultKind::kUninitialised, valuesLine, {"read of what was never written", inShort}, ""}},
      {"StayShortWeightsByTwoWarps",
       "stays_short",
       "if (warp_of_group >= 3) warp::store_tile(scores_2,",
       "if (warp_of_group >= 2) warp::store_tile(scores_2,",
       {FaultKind::kRace, weightsLine, {"write after a write", "4 bytes at shared address"}, weightsLine}},
      {"StayShortWeightsByNobody",
       "stays_short",
       "if (warp_of_group >= 3) warp::store_tile(scores_2,",
       "if (warp_of_group >= 4) warp::store_tile(scores_2,",
       {FaultKind::kUninitialised, valuesLine, {"read of what was never written", inShort}, ""}},
      {"StayShortSumsNotAwaited",
       "stays_short",
       "            warpgroup::wait<1>();\n            warpgroup::wait<0>();\n          }",
       "            warpgroup::wait<1>();\n          }",
       {FaultKind::kInFlight, weightsLine, {"still reads it", "at shared address"}, resultLine}},
      {"StayShortScoresNotAwaited",
       "stays_short",
       "            warpgroup::wait<3>();\n",
       "",
       {FaultKind::kInFlight, "ptx::fma(acc", {"a result that was not waited for"}, ""}},

      // Rows of another sequence.
      {"StayShortRowsBeyondTheSequence",
       "stays_short",
       "warp_of_group * 16, rows_left);",
       "warp_of_group * 16, 8);",
       {FaultKind::kForeignRow, storeLine, {"of 'out'"}, ""}},

      // Those who attend again: one warp, for short rows, in a place of its own.
      {"StayShortRowsNeverStray",
       "stays_far",
       "const bool strays = warp::out_of_range(sums, 5.42101086e-20f, 1.84467441e+19f);",
       "const bool strays = false;",
       {},
       true},
      {"StayRowsNeverStray",
       "stays_far",
       "const bool strays_2 = warp::out_of_range(sum_2, 5.42101086e-20f, 1.84467441e+19f);",
       "const bool strays_2 = false;",
       {},
       true},
      {"StayShortAgainByAllWarps",
       "stays_far",
       "if (warp_of_group == 0) {",
       "if (warp_of_group >= 0) {",
       {FaultKind::kRace, copyLine, {"write after a write", inShort}, copyLine}},
      {"StayShortAgainKeysOverValues",
       "stays_far",
       "                warp::barrier();\n                const int keys_left = ",
       "                const int keys_left = ",
       {FaultKind::kRace, copyLine, {"write after a read", inShort}, "ptx::ldmatrix<"}},
  };
}

}  // namespace raggedc
