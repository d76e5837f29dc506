//===- RingFaults.cpp - edits that break kernels whose blocks stay ---------===//
//
// `ring` holds whole heads in four stages, `stream` passes tiles of keys through
// eight slots. The lengths are such that each block goes round them.
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
       "            arrive(full_item.at(buffer));\n          }\n          warpgroup::copy_async(q_tiles",
       "          }\n          warpgroup::copy_async(q_tiles", neverEnds("0-383", "1 of 1 arrivals")},
      {"StreamIdleWarpsDoNotRelease", "stream", "            warp::arrive(empty.at(slot_11));\n", "",
       neverEnds("384-511", "8 of 12 arrivals")},
      {"StreamLastTilesNotShown", "stream", "      arrive(full.at(slot_5));\n    }\n    const int next_item",
       "    }\n    const int next_item", neverEnds("0-383", "128 of 128 arrivals")},

      // The end is not told, or at once of nothing; what is held stays while the copying warpgroup waits for a buffer.
      {"StreamEndNotTold", "stream", "        arrive(full_item.at(buffer_2));\n", "",
       neverEnds("0-383", "1 of 1 arrivals")},
      {"StreamHeldTilesNotShown", "stream_short", "              arrive(full.at(slot_3));\n", "",
       neverEnds("0-383", "128 of 128 arrivals")},

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
      {"StreamScoresReleaseTheirTileEarly",
       "stream",
       "scores_3, q_group, k_keys);\n            warpgroup::wait<0>();",
       "scores_3, q_group, k_keys);\n            warp::arrive(empty.at(slot_7));\n            warpgroup::wait<0>();",
       {FaultKind::kRace, copyLine, {"write after a read", chunk}, scoresLine},
       false,
       60,
       "            warp::arrive(empty.at(slot_7));\n            p_tail = p_tail_7;\n",
       "            p_tail = p_tail_7;\n"},
      {"StreamResultsReleaseTheirTileEarly",
       "stream",
       "p, kv_tiles.slot(slot_10).rows<96>(0));\n            warpgroup::wait<0>();\n            "
       "warp::arrive(empty.at(slot_10));",
       "p, kv_tiles.slot(slot_10).rows<96>(0));\n            warp::arrive(empty.at(slot_10));\n            "
       "warpgroup::wait<0>();",
       {FaultKind::kRace, copyLine, {"write after a read", chunk}, resultLine}},
      {"StreamTileNotWaitedFor",
       "stream",
       "              wait_phase(empty.at(slot_4), phase_3);\n",
       "",
       {FaultKind::kRace, copyLine, {"write after a read", chunk}, scoresLine}},
      {"StreamTileShownEarly",
       "stream",
       "v_rows.rows(v_key), v_valid, 96);\n              commit_group();\n              wait_group<2>();",
       "v_rows.rows(v_key), v_valid, 96);\n              commit_group();\n              wait_group<3>();",
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
       "k_rows.rows(k_key), k_valid, k_limit);\n              commit_group();\n              wait_group<2>();\n"
       "              ptx::fence_proxy_async_shared();\n",
       "k_rows.rows(k_key), k_valid, k_limit);\n              commit_group();\n              wait_group<2>();\n",
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
