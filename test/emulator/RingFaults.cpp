//===- RingFaults.cpp - edits that break kernels whose blocks stay ---------===//
//
// `ring` holds whole heads in four stages, `stream` passes tiles of keys through
// eight slots. The lengths are such that each block goes round them. In
// `stream_short` nearly all sequences are of one tile, so many that slots of Q are
// what the copying warpgroup waits for; `stream_far` has rows that stray.
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
          {"threads " + who + " wait at line ", " of the mbarrier at shared address ",
           missing + " and 0 bytes are missing"},
          ""};
}

}  // namespace

std::vector<Planted> getRingFaults() {
  const char* const copyLine = "ptx::cp_async_16_if(";
  const char* const scoresLine = "ptx::wgmma_shared<";
  const char* const resultLine = "ptx::wgmma_registers<";
  const char* const storeWork = "ptx::store_shared(work + at * 4";
  const char* const loadWork = "ptx::load_shared<int>(work + at_2 * 4)";
  const char* const storeEnd = "ptx::store_shared(work + at_2 * 4, static_cast<u32>(0));";
  const char* const inRange = "const bool strays = warp::out_of_range(sum, 5.42101086e-20f, 1.84467441e+19f);";
  const char* const chunk = "16 bytes at shared address";
  return {
      // An arrival less: of the copies of keys, of the thread that says which sequence it is, of the copies of V, of a
      // warp that is done with a stage.
      {"RingKeysDoNotArrive", "ring", "      arrive_copies(full_qk.at(stage));\n", "",
       neverEnds("0-383", "128 of 129 arrivals")},
      {"RingWorkDoesNotArrive", "ring", "        arrive(full_qk.at(stage));\n", "",
       neverEnds("0-383", "1 of 129 arrivals")},
      {"RingValuesDoNotArrive", "ring", "      arrive_copies(full_v.at(stage));\n", "",
       neverEnds("0-383", "128 of 128 arrivals")},
      {"RingStageNotReleased", "ring", "      warp::arrive(empty.at(stage_3));\n", "",
       neverEnds("384-511", "12 of 12 arrivals")},
      {"RingOneWarpDoesNotRelease", "ring", "      warp::arrive(empty.at(stage_3));\n",
       "      if (warp_id != 5) warp::arrive(empty.at(stage_3));\n", neverEnds("384-511", "1 of 12 arrivals")},
      {"RingArrivalsOfOneMore", "ring", "block::init_barriers<129>(", "block::init_barriers<130>(",
       neverEnds("0-383", "1 of 130 arrivals")},
      {"StreamItemDoesNotArrive", "stream",
       "          commit_group();\n          warp::arrive(full_item.at(item_slot));\n", "          commit_group();\n",
       neverEnds("0-383", "4 of 4 arrivals")},
      {"StreamIdleWarpsDoNotRelease", "stream", "            warp::arrive(empty.at(slot_11));\n", "",
       neverEnds("384-511", "8 of 12 arrivals")},
      {"StreamLastTilesNotShown", "stream", "      arrive(full.at(slot_5));\n", "",
       neverEnds("0-383", "128 of 128 arrivals")},

      // Copies of one tile, which arrive by themselves.
      {"StreamKeysAloneDoNotArrive", "stream", "                arrive_copies(full.at(slot_4));\n", "",
       neverEnds("0-383", "128 of 128 arrivals")},
      {"StreamValuesAloneDoNotArrive", "stream", "                arrive_copies(full.at(slot_after));\n", "",
       neverEnds("0-383", "128 of 128 arrivals")},

      // The end is not told, or what is held is not, before tiles that arrive by themselves come between.
      {"StreamEndNotTold", "stream", "      warp::arrive(full_item.at(item_slot_2));\n", "",
       neverEnds("0-383", "4 of 4 arrivals")},
      {"StreamHeldTilesNotShown", "stream", "              arrive(full.at(slot_3));\n", "",
       neverEnds("0-383", "128 of 128 arrivals")},
      {"StreamHeldTilesBehindOnesAlone", "stream", "(is_pending || tail_key == 0)", "(is_pending)",
       neverEnds("0-383", "128 of 128 arrivals")},
      {"StreamHeldTilesNotAwaited",
       "stream",
       "          if (v_7) {\n            wait_group<0>();\n",
       "          if (v_7) {\n",
       {FaultKind::kRace, resultLine, {"asynchronous read after a write", chunk}, copyLine}},
      {"StreamHeldTilesNotFenced",
       "stream",
       "          if (v_7) {\n            wait_group<0>();\n            ptx::fence_proxy_async_shared();\n",
       "          if (v_7) {\n            wait_group<0>();\n",
       {FaultKind::kProxy, resultLine, {"fence.proxy.async", chunk}, copyLine}},
      {"StreamLastTilesNotAwaited",
       "stream",
       "    ptx::griddepcontrol_launch_dependents();\n    wait_group<0>();\n",
       "    ptx::griddepcontrol_launch_dependents();\n",
       {FaultKind::kInFlight, resultLine, {"asynchronous read before", chunk}, copyLine}},
      {"StreamLastTilesNotFenced",
       "stream",
       "    wait_group<0>();\n    ptx::fence_proxy_async_shared();\n    const int v_15",
       "    wait_group<0>();\n    const int v_15",
       {FaultKind::kProxy, resultLine, {"fence.proxy.async", chunk}, copyLine}},

      // Slots of Q: of which item, in which lap, until when.
      {"StreamQueriesNotReleased", "stream", "          warp::arrive(empty_q.at(q_slot_6));\n", "",
       neverEnds("384-511", "12 of 12 arrivals")},
      {"StreamQueriesInTheWrongPhase", "stream", "const int q_phase = v_6 ? 0 : 1;", "const int q_phase = v_6 ? 1 : 0;",
       neverEnds("384-511", "12 of 12 arrivals")},
      {"StreamQueriesOfOneLap", "stream", "piece_after_4 = v_12 >= 12 ? v_12 - 12 : v_12;",
       "piece_after_4 = v_12 >= 6 ? v_12 - 6 : v_12;", neverEnds("384-511", "12 of 12 arrivals")},
      {"StreamItemsPhaseStays", "stream", "const int item_phase = count_4 / 6 % 2;", "const int item_phase = 0;",
       neverEnds("0-383", "4 of 4 arrivals")},
      {"StreamQueriesNotWaitedFor",
       "stream_short",
       "          wait_phase(empty_q.at(q_slot), q_phase);\n",
       "",
       {FaultKind::kInFlight, copyLine, {"asynchronous write before the asynchronous write to it", chunk}, copyLine}},
      {"StreamQueriesReleasedByEleven",
       "stream_short",
       "block::init_barriers<12>(empty_q);",
       "block::init_barriers<11>(empty_q);",
       {FaultKind::kRace, copyLine, {"write after a write", chunk}, "ptx::store_shared(staging."}},
      {"StreamEndNotWaitedFor",
       "stream_short",
       "      wait_phase(empty_q.at(q_slot_3), q_phase_2);\n",
       "",
       {FaultKind::kRace, storeEnd, {"write after a read", "4 bytes at shared address"}, "ptx::load_shared<int>(work"}},

      // Those who attend again have Q in registers before keys take its place, which is the warp's own.
      {"StreamRowsNeverStray", "stream_far", inRange, "const bool strays = false;", {}, true},
      {"StreamAgainKeysOverQueries",
       "stream_far",
       "                warp::barrier();\n                const int keys_left = ",
       "                const int keys_left = ",
       {FaultKind::kRace, copyLine, {"write after a read", chunk}, "ptx::ldmatrix<"}},
      {"StreamAgainQueriesReadLater",
       "stream_far",
       "warp::mma_nt(scores_4, q_operand, q_warp);",
       "warp::mma_nt(scores_4, warp::load_operand(q_warp), q_warp);",
       {},
       true},
      {"StreamAgainInThePlaceOfAnotherWarp",
       "stream_far",
       "warp::copy_async(q_warp, k_rows_2.rows(key_3), ",
       "warp::copy_async(q_group.rows<16>(0), k_rows_2.rows(key_3), ",
       {FaultKind::kRace, copyLine, {"write after a write", chunk}, copyLine}},

      // An arrival too many, or too early: who waits goes on before the copies are there, or before all have read.
      {"RingArrivalsOfOneLess",
       "ring",
       "block::init_barriers<129>(",
       "block::init_barriers<128>(",
       {FaultKind::kInFlight, scoresLine, {"asynchronous read before", chunk}, copyLine}},
      {"RingReleasedByEleven",
       "ring",
       "block::init_barriers<12>(",
       "block::init_barriers<11>(",
       {FaultKind::kRace, storeWork, {"write after a read", "4 bytes at shared address"}, loadWork, -1, 384}},
      {"RingStageNotWaitedFor",
       "ring",
       "      wait_phase(empty.at(stage), phase);\n",
       "",
       {FaultKind::kInFlight, copyLine, {"asynchronous write before the asynchronous write to it", chunk}, copyLine}},
      {"RingReleasedBeforeOthersHaveV",
       "ring",
       "      wait_phase(full_v.at(stage_3), phase_2);\n      warp::arrive(empty.at(stage_3));",
       "      warp::arrive(empty.at(stage_3));",
       {FaultKind::kRace, copyLine, {"asynchronous write after a write", chunk}, copyLine}},
      {"StreamTailReleasesItsTileEarly",
       "stream",
       "scores_2, q_group, k_keys);\n            warpgroup::wait<0>();\n            warp::arrive(empty.at(slot_7));",
       "scores_2, q_group, k_keys);\n            warp::arrive(empty.at(slot_7));\n            warpgroup::wait<0>();",
       {FaultKind::kRace, copyLine, {"write after a read", chunk}, scoresLine}},
      {"StreamScoresReleaseTheirTileEarly",
       "stream",
       "              warpgroup::wait<1>();\n              warp::arrive(empty.at(slot_10));\n",
       "              warp::arrive(empty.at(slot_10));\n              warpgroup::wait<1>();\n",
       {FaultKind::kRace, copyLine, {"write after a read", chunk}, scoresLine}},
      {"StreamResultsReleaseTheirTileEarly",
       "stream",
       "            warpgroup::wait<0>();\n            warp::arrive(empty.at(slot_12));",
       "            warp::arrive(empty.at(slot_12));\n            warpgroup::wait<0>();",
       {FaultKind::kRace, copyLine, {"write after a read", chunk}, resultLine}},
      {"StreamTileNotWaitedFor",
       "stream",
       "              wait_phase(empty.at(slot_4), phase_3);\n",
       "",
       {FaultKind::kRace, copyLine, {"write after a read", chunk}, scoresLine}},
      {"StreamTileShownEarly",
       "stream",
       "                held_after_5 = held_after;\n              } else {\n                commit_group();\n"
       "                wait_group<2>();",
       "                held_after_5 = held_after;\n              } else {\n                commit_group();\n"
       "                wait_group<3>();",
       {FaultKind::kInFlight, resultLine, {"asynchronous read before", chunk}, copyLine}},

      // Another phase: what is waited for never ends, or is over before it begins.
      {"RingProducerInTheWrongPhase", "ring", "    int phase = 1;\n", "    int phase = 0;\n",
       neverEnds("384-511", "12 of 12 arrivals")},
      {"RingConsumersInTheWrongPhase",
       "ring",
       "    int phase_2 = 0;\n",
       "    int phase_2 = 1;\n",
       {FaultKind::kRace, loadWork, {"read after a write without a barrier", "4 bytes at shared address"}, storeWork}},
      {"RingProducersPhaseStays",
       "ring",
       "wraps ? phase ^ 1 : phase;",
       "phase;",
       {FaultKind::kInFlight, copyLine, {"asynchronous write before the asynchronous write to it", chunk}, copyLine}},
      {"RingConsumersPhaseStays", "ring", "wraps_2 ? phase_2 ^ 1 : phase_2;", "phase_2;",
       neverEnds("384-511", "12 of 12 arrivals")},
      {"StreamPhaseStays", "stream", "const int phase_after_2 = wraps ? phase_3 ^ 1 : phase_3;",
       "const int phase_after_2 = phase_3;", neverEnds("0-383", "128 of 128 arrivals")},

      // What copies wrote, and products read through the other proxy.
      {"RingKeysNotFenced",
       "ring",
       "warp::uniform(value_2);\n      ptx::fence_proxy_async_shared();\n",
       "warp::uniform(value_2);\n",
       {FaultKind::kProxy, scoresLine, {"fence.proxy.async", chunk}, copyLine}},
      {"RingValuesNotFenced",
       "ring",
       "            ptx::fence_proxy_async_shared();\n            warpgroup::mma_nn<true>(acc_3, p_tail_2, ",
       "            warpgroup::mma_nn<true>(acc_3, p_tail_2, ",
       {FaultKind::kProxy, resultLine, {"fence.proxy.async", chunk}, copyLine}},
      {"StreamTilesNotFenced",
       "stream",
       "                held_after_2 = held_4;\n              } else {\n                commit_group();\n"
       "                wait_group<2>();\n                ptx::fence_proxy_async_shared();\n",
       "                held_after_2 = held_4;\n              } else {\n                commit_group();\n"
       "                wait_group<2>();\n",
       {FaultKind::kProxy, resultLine, {"fence.proxy.async", chunk}, copyLine}},
      {"StreamKeysAloneNotFenced",
       "stream",
       "          if (tail_key_3 == 0) ptx::fence_proxy_async_shared();\n",
       "",
       {FaultKind::kProxy, scoresLine, {"fence.proxy.async", chunk}, copyLine}},
      {"StreamValuesAloneNotFenced",
       "stream",
       "            ptx::fence_proxy_async_shared();\n            warpgroup::mma_nn<true>(acc, p_tail, ",
       "            warpgroup::mma_nn<true>(acc, p_tail, ",
       {FaultKind::kProxy, resultLine, {"fence.proxy.async", chunk}, copyLine}},

      // Rows behind the last that are multiplied, and hold whatever lay there.
      {"RingTailOfVNotZeroed",
       "ring",
       "v_rows, sequence.length, tail_width);",
       "v_rows, sequence.length, sequence.length);",
       {FaultKind::kUninitialised, resultLine, {"read of what was never written", chunk}, ""}},
      {"RingTailOfKNotZeroed",
       "ring",
       "k_rows, sequence.length, tail_width);",
       "k_rows, sequence.length, sequence.length);",
       {FaultKind::kUninitialised, scoresLine, {"read of what was never written", chunk}, ""}},
      {"RingTailOfQNotZeroed",
       "ring",
       "q_rows, sequence.length, row_limit);",
       "q_rows, sequence.length, sequence.length);",
       {FaultKind::kUninitialised, scoresLine, {"read of what was never written", chunk}, ""}},
      {"StreamTailOfVNotZeroed",
       "stream",
       "v_rows.rows(v_key), v_valid, 96);",
       "v_rows.rows(v_key), v_valid, v_valid);",
       {FaultKind::kUninitialised, resultLine, {"read of what was never written", chunk}, ""}},

      // Registers: more than there are, more than the others gave, not of the whole warpgroup.
      {"RingProducerKeepsRegisters",
       "ring",
       "ptx::setmaxnreg_dec<32>();",
       "ptx::setmaxnreg_dec<40>();",
       {FaultKind::kDeadlock,
        "ptx::mbarrier_wait_parity(mbarrier, phase)",
        {" for 4096 registers for setmaxnreg.inc, of which its block has 3072"},
        ""}},
      {"RingConsumersTakeTooMany",
       "ring",
       "ptx::setmaxnreg_inc<160>();",
       "ptx::setmaxnreg_inc<168>();",
       {FaultKind::kDeadlock,
        "ptx::mbarrier_wait_parity(mbarrier, phase)",
        {" for 5120 registers for setmaxnreg.inc, of which its block has 2048"},
        ""}},
      {"RingOneWarpGivesRegisters",
       "ring",
       "    ptx::setmaxnreg_dec<32>();",
       "    if (ptx::warp() == 12) ptx::setmaxnreg_dec<32>();",
       {FaultKind::kDeadlock,
        "ptx::setmaxnreg_inc<160>();",
        {"threads 384-415 wait at line ", " with thread 416"},
        ""}},

      // The kernel in front, and which items a block has.
      {"RingProducerAloneWaitsForTheKernelInFront",
       "ring",
       "  ptx::griddepcontrol_wait();\n  if (group_id == 3) {\n",
       "  if (group_id == 3) {\n    ptx::griddepcontrol_wait();\n",
       {FaultKind::kDependency, "ptx::store_global(", {"an access to global memory before griddepcontrol.wait"}, ""}},
      {"StreamItemsMissing",
       "stream",
       "const int items = batch * ",
       "const int items = (batch - 1) * ",
       {FaultKind::kUnwritten, "", {"(of sequence 7, which begins at row 1291) of 'out' was not written"}, ""}},
      {"RingBarriersNotShared",
       "ring",
       "  block::barrier();\n  const int group_id",
       "  const int group_id",
       {FaultKind::kRace, "ptx::mbarrier_wait_parity", {"without a barrier after its mbarrier.init"}, ""}},
  };
}

}  // namespace raggedc
