#include "runtime/emulator/register_pool.h"

#include <algorithm>

#include "runtime/strings.h"

namespace raggedc::emulator {
namespace {

constexpr uint32_t kGroupThreads = 128;
constexpr uint32_t kRegistersOfMultiprocessor = 65536;
constexpr uint32_t kMostOfThread = 256;  // 255, handed out in eights

}  // namespace

RegisterPool::Block& RegisterPool::BlockOf(uint32_t rank) {
  if (blocks_.empty()) blocks_.resize(cluster_.launch().cluster);
  Block& block = blocks_[rank];
  if (block.groups.empty()) {
    const uint32_t threads = cluster_.launch().threads;
    const uint32_t most = std::min(kMostOfThread, kRegistersOfMultiprocessor / threads / 8 * 8);
    block.groups.assign(threads / kGroupThreads, Group{most, false});
  }
  return block;
}

void RegisterPool::Set(uint32_t registers, bool increase, int line, const void* site) {
  const char* const name = increase ? "setmaxnreg.inc" : "setmaxnreg.dec";
  if (registers < 24 || registers > 256 || registers % 8 != 0) {
    cluster_.Abort(FaultKind::kMisuse, line, StrCat("expected ", name, " of 24 to 256 in eights, got ", registers));
  }
  Meeting* meeting = cluster_.MeetWarpgroup(nullptr, line, site);
  const Thread& thread = cluster_.self();
  Block& block = BlockOf(thread.position.cluster_rank);
  Group& group = block.groups[thread.warp() / 4];
  if (meeting != nullptr) {
    // Before the first time there may be fewer than the most.
    if (increase ? group.was_set && registers < group.registers : registers > group.registers) {
      cluster_.Abort(FaultKind::kMisuse, line,
                     StrCat("expected ", name, " to ", increase ? "more" : "fewer", " than the ", group.registers,
                            " registers of each thread, got ", registers));
    }
    if (registers <= group.registers) {
      block.left += (group.registers - registers) * kGroupThreads;
      group = {registers, true};
      cluster_.NoteProgress();
    }
    cluster_.Release(meeting);
  }
  if (!increase || !cluster_.launch().checks) return;
  // The first thread of the warpgroup that finds enough takes them for all.
  while (group.registers < registers) {
    const uint32_t needed = (registers - group.registers) * kGroupThreads;
    if (needed <= block.left) {
      block.left -= needed;
      group = {registers, true};
      cluster_.NoteProgress();
      return;
    }
    cluster_.Poll(line, StrCat(needed, " registers for setmaxnreg.inc, of which its block has ", block.left));
  }
}

}  // namespace raggedc::emulator
