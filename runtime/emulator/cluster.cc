#include "runtime/emulator/cluster.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "runtime/emulator/bulk_copy.h"
#include "runtime/emulator/register_pool.h"
#include "runtime/emulator/warpgroup.h"
#include "runtime/strings.h"

namespace raggedc::emulator {
namespace {

// So many loads of one address at one line, and nothing else between them, are a loop that waits for memory to change.
constexpr uint32_t kLoadsBeforePoll = 1000;

constexpr uint32_t kRankShift = 24;  // plain addresses have no rank; rank r has r + 1 in the high byte

const char* NameOf(int kind) {
  switch (kind) {
    case Cluster::kWarpBarrier:
      return "a warp barrier";
    case Cluster::kShuffle:
      return "a shuffle";
    case Cluster::kVote:
      return "a vote";
    case Cluster::kElect:
      return "elect.sync";
    case Cluster::kLoadMatrix:
      return "ldmatrix";
    case Cluster::kStoreMatrix:
      return "stmatrix";
    case Cluster::kMma:
      return "mma.sync";
    case Cluster::kWarpgroup:
      return "wgmma";
  }
  return "an instruction of the warp";
}

}  // namespace

thread_local Cluster* Cluster::current_ = nullptr;

Cluster::Cluster(const Launch& launch, GlobalMemory* global, FaultLog* faults, Counters* counters, Progress* progress)
    : launch_(launch),
      global_(global),
      faults_(faults),
      counters_(counters),
      progress_(progress),
      order_(launch.threads * launch.cluster, BulkState::kAgents),
      blocks_(launch.cluster),
      bulk_(std::make_unique<BulkState>(*this)),
      warpgroups_(std::make_unique<WarpgroupState>(*this)),
      registers_(std::make_unique<RegisterPool>(*this)) {
  const uint32_t warps = (launch.threads + 31) / 32;
  for (BlockState& block : blocks_) {
    block.shared =
        std::make_unique<SharedMemory>(launch.shared_bytes, launch.threads * launch.cluster, order_, launch.checks,
                                       [this](FaultKind kind, const Accessor& accessor, const std::string& message,
                                              const Accessor* other) { ReportShared(kind, accessor, message, other); });
    block.meetings.resize(warps);
    block.group_meetings.resize((warps + 3) / 4);
    block.traffic.resize(warps);
  }
}

Cluster::~Cluster() = default;

void Cluster::MakeThreads() {
  for (uint32_t rank = 0; rank < launch_.cluster; ++rank) {
    for (uint32_t index = 0; index < launch_.threads; ++index) {
      auto thread = std::make_unique<Thread>();
      thread->agent = rank * launch_.threads + index;
      thread->position.thread = index;
      thread->position.threads = launch_.threads;
      thread->position.cluster_rank = rank;
      thread->position.cluster_size = launch_.cluster;
      Thread* raw = thread.get();
      thread->fiber = std::make_unique<Fiber>([this, raw] { ThreadBody(raw); });
      threads_.push_back(std::move(thread));
    }
  }
}

void Cluster::ThreadBody(Thread* thread) {
  launch_.entry(launch_.args.data());
  EndThread(thread);
}

void Cluster::Run(uint64_t first_block) {
  if (threads_.empty()) MakeThreads();
  first_block_ = first_block;
  current_ = this;
  aborted_ = false;
  progressed_ = false;
  order_.Reset();
  bulk_->Reset();
  warpgroups_->Reset();
  registers_->Reset();
  cluster_barrier_ = ClusterBarrier();
  ready_.clear();
  polling_.clear();
  const uint32_t warps = (launch_.threads + 31) / 32;
  for (BlockState& block : blocks_) {
    block.shared->Reset();
    block.barriers = {};
    for (auto& meetings : block.meetings) meetings.clear();
    for (auto& meeting : block.group_meetings) meeting.reset();
    block.reads.Clear();
    for (WarpTraffic& traffic : block.traffic) traffic.Clear();
    block.live = launch_.threads;
    block.live_lanes.assign(warps, 0xffffffffu);
    if (launch_.threads % 32 != 0) block.live_lanes.back() = (1u << launch_.threads % 32) - 1;
  }
  for (const std::unique_ptr<Thread>& thread : threads_) {
    const uint64_t id = first_block + thread->position.cluster_rank;
    thread->position.block[0] = static_cast<uint32_t>(id % launch_.grid[0]);
    thread->position.block[1] = static_cast<uint32_t>(id / launch_.grid[0] % launch_.grid[1]);
    thread->position.block[2] = static_cast<uint32_t>(id / launch_.grid[0] / launch_.grid[1]);
    for (int i = 0; i < 3; ++i) thread->position.grid[i] = launch_.grid[static_cast<size_t>(i)];
    thread->state = Thread::State::kReady;
    thread->line = 0;
    thread->repeated_loads = thread->loads = 0;
    thread->meeting = nullptr;
    thread->waited_for_grid = false;
    thread->cluster_phase = 0;
    thread->open_copies.clear();
    thread->copy_groups.clear();
    ready_.push_back(thread.get());
  }
  progress_->running = true;
  while (!aborted_) {
    if (ready_.empty() && !polling_.empty() && progressed_) {
      progressed_ = false;
      for (Thread* thread : polling_) {
        thread->state = Thread::State::kReady;
        ready_.push_back(thread);
      }
      polling_.clear();
    }
    if (ready_.empty()) break;
    running_ = ready_.front();
    ready_.pop_front();
    std::memcpy(progress_->block, running_->position.block, sizeof progress_->block);
    progress_->thread = running_->position.thread;
    running_->fiber->Resume();
  }
  const bool ended = std::all_of(threads_.begin(), threads_.end(),
                                 [](const auto& thread) { return thread->state == Thread::State::kDone; });
  if (!ended) {
    if (!aborted_) ReportDeadlock();
    threads_.clear();  // unwinds what is left on their stacks
  } else {
    bulk_->Finish();
    warpgroups_->Finish();
  }
  progress_->running = false;
  running_ = nullptr;
  current_ = nullptr;
}

void Cluster::RequireGridWait(Thread* thread, int line, const char* before) {
  if (!launch_.programmatic || !launch_.checks || thread->waited_for_grid) return;
  ReportOf(thread, FaultKind::kDependency, line, StrCat(before, " before griddepcontrol.wait"));
  thread->waited_for_grid = true;
}

void Cluster::GridDependencyWait(int line) {
  Enter(line);
  self().waited_for_grid = true;
}

void Cluster::EndThread(Thread* thread) {
  RequireGridWait(thread, thread->line, "the end of a thread");
  thread->state = Thread::State::kDone;
  BlockState& own = block();
  --own.live;
  own.live_lanes[thread->warp()] &= ~(1u << thread->lane());
  if (own.live_lanes[thread->warp()] == 0) FlushTraffic();
  NoteProgress();
  // A barrier of the whole block waits for those that have not ended.
  for (BarrierState& barrier : own.barriers) {
    if (barrier.arrived > 0 && barrier.expected == 0 && barrier.arrived >= own.live) CompleteBarrier(own, barrier);
  }
}

GlobalAccessor Cluster::global_accessor(int line) {
  Thread& thread = self();
  RequireGridWait(&thread, line, "an access to global memory");
  GlobalAccessor accessor;
  accessor.site = {
      line, thread.position.thread, {thread.position.block[0], thread.position.block[1], thread.position.block[2]}};
  accessor.cluster = first_block_;
  accessor.agent = thread.agent;
  accessor.order = &order_;
  return accessor;
}

void Cluster::ReportOf(const Thread* thread, FaultKind kind, int line, const std::string& message, int other_line) {
  Fault fault;
  fault.kind = kind;
  fault.kernel = launch_.kernel;
  fault.site.line = line;
  if (thread != nullptr) {
    fault.site.thread = thread->position.thread;
    std::copy_n(thread->position.block, 3, fault.site.block.begin());
  }
  fault.message = message;
  faults_->Add(std::move(fault), other_line);
}

const Thread* Cluster::ThreadOf(uint32_t agent) const {
  return agent < threads_.size() ? threads_[agent].get() : nullptr;
}

void Cluster::ReportShared(FaultKind kind, const Accessor& accessor, const std::string& message,
                           const Accessor* other) {
  // Who accesses is not who runs where the last lane to come does the work for its warp.
  const Thread* thread = ThreadOf(accessor.agent) != nullptr ? ThreadOf(accessor.agent) : running_;
  std::string text = message;
  if (other != nullptr) {
    text += StrCat("; other access: line ", other->line);
    if (const Thread* who = ThreadOf(other->agent); who != nullptr) {
      text += StrCat(", thread ", who->position.thread);
      if (launch_.cluster > 1) text += StrCat(" of block ", who->position.cluster_rank, " of the cluster");
    } else {
      text += ", asynchronous";
    }
  }
  ReportOf(thread, kind, accessor.line, text, other != nullptr ? other->line : 0);
}

void Cluster::Abort(FaultKind kind, int line, const std::string& message) {
  Report(kind, line, message);
  aborted_ = true;
  for (;;) self().fiber->Suspend();
}

void Cluster::Enter(int line) {
  Thread& thread = self();
  thread.line = line;
  thread.repeated_loads = thread.loads = 0;
  progress_->line = line;
}

void Cluster::EnterLoad(int line, uint64_t address) {
  Thread& thread = self();
  const bool again = thread.line == line && thread.loaded == address;
  const uint32_t repeated = again ? thread.repeated_loads + 1 : 0;
  const uint32_t loads = thread.loads + 1;
  Enter(line);
  thread.loaded = address;
  thread.repeated_loads = repeated;
  thread.loads = loads;
  if (loads < kLoadsBeforePoll) return;
  thread.loads = 0;
  if (repeated + 1 >= kLoadsBeforePoll) {
    Poll(line, "a change of memory that it reads again and again");
    return;
  }
  ready_.push_back(&thread);
  thread.fiber->Suspend();
}

void Cluster::Block(int line, std::string what) {
  Thread& thread = self();
  thread.line = line;
  thread.waits_for = std::move(what);
  thread.state = Thread::State::kBlocked;
  thread.fiber->Suspend();
}

void Cluster::Wake(Thread& thread) {
  thread.state = Thread::State::kReady;
  thread.meeting = nullptr;
  ready_.push_back(&thread);
  NoteProgress();
}

void Cluster::Poll(int line, std::string what) {
  Thread& thread = self();
  thread.line = line;
  thread.waits_for = std::move(what);
  thread.state = Thread::State::kPolling;
  polling_.push_back(&thread);
  thread.fiber->Suspend();
}

void Cluster::ReportDeadlock() {
  // Threads that wait for the same at the same line are named together.
  struct Group {
    std::string what;
    int line;
    uint32_t rank;
    std::vector<uint32_t> threads;
  };
  std::vector<Group> groups;
  bool ended_lane = false;
  for (const std::unique_ptr<Thread>& thread : threads_) {
    if (thread->state == Thread::State::kDone) continue;
    std::string what = thread->waits_for;
    if (const Meeting* meeting = thread->meeting; meeting != nullptr) {
      const BlockState& own = blocks_[thread->position.cluster_rank];
      for (uint32_t word = 0; word < 4; ++word) {
        const uint32_t missing = meeting->mask[word] & ~meeting->arrived[word];
        const bool group = meeting->kind == kWarpgroup;
        const uint32_t warp = group ? thread->warp() / 4 * 4 + word : thread->warp();
        if (missing == 0 || warp >= own.live_lanes.size()) continue;
        if ((missing & ~own.live_lanes[warp]) != 0) {
          ended_lane = true;
          what += StrCat(" with thread ",
                         warp * 32 + static_cast<uint32_t>(std::countr_zero(missing & ~own.live_lanes[warp])),
                         ", which has ended");
        } else {
          what += StrCat(" with thread ", warp * 32 + static_cast<uint32_t>(std::countr_zero(missing)));
        }
        break;
      }
    }
    const auto found = std::find_if(groups.begin(), groups.end(), [&](const Group& group) {
      return group.what == what && group.line == thread->line && group.rank == thread->position.cluster_rank;
    });
    Group& group = found != groups.end()
                       ? *found
                       : groups.emplace_back(Group{what, thread->line, thread->position.cluster_rank, {}});
    group.threads.push_back(thread->position.thread);
  }
  std::string text;
  for (const Group& group : groups) {
    text += text.empty() ? "" : "; ";
    text += group.threads.size() == 1 ? "thread " : "threads ";
    for (size_t i = 0; i < group.threads.size();) {
      size_t end = i;
      while (end + 1 < group.threads.size() && group.threads[end + 1] == group.threads[end] + 1) ++end;
      text += StrCat(i > 0 ? "," : "", group.threads[i]);
      if (end > i) text += StrCat("-", group.threads[end]);
      i = end + 1;
    }
    if (launch_.cluster > 1) text += StrCat(" of block ", group.rank, " of the cluster");
    text += StrCat(group.threads.size() == 1 ? " waits" : " wait", " at line ", group.line, " for ", group.what);
  }
  for (const std::unique_ptr<Thread>& thread : threads_) {
    if (thread->state != Thread::State::kDone) {
      running_ = thread.get();
      break;
    }
  }
  Report(ended_lane ? FaultKind::kDivergence : FaultKind::kDeadlock, running_->line, text);
}

SharedMemory& Cluster::Resolve(uint32_t* address) {
  const uint32_t rank = *address >> kRankShift;
  if (rank == 0) return shared();
  *address &= (1u << kRankShift) - 1;
  return shared(std::min(rank - 1, launch_.cluster - 1));
}

uint32_t Cluster::MapRank(uint32_t address, uint32_t rank) {
  return (address & ((1u << kRankShift) - 1)) | (rank + 1) << kRankShift;
}

Meeting* Cluster::MeetIn(Meeting* meeting, MeetingKind kind, const std::array<uint32_t, 4>& mask, uint32_t slot,
                         bool aligned, void* args, int line, const void* site) {
  Enter(line);
  const bool first = meeting->arrived == std::array<uint32_t, 4>{};
  if (first) {
    meeting->kind = kind;
    meeting->line = line;
    meeting->site = site;
    meeting->mask = mask;
  } else if (meeting->kind != kind || (aligned && (meeting->site != site || meeting->line != line))) {
    uint32_t other = 0;
    while ((meeting->arrived[other / 32] >> other % 32 & 1) == 0) ++other;
    Abort(FaultKind::kDivergence, line,
          StrCat("expected the lanes of a warp to meet at one instruction; this one is at ", NameOf(kind), ", lane ",
                 other % 32, " at ", NameOf(meeting->kind), " in line ", meeting->line,
                 line == meeting->line && kind == meeting->kind ? " (another place of the same line)" : ""));
  }
  meeting->args[slot] = args;
  meeting->arrived[slot / 32] |= 1u << slot % 32;
  if (meeting->arrived == mask) {
    FlushTraffic();
    return meeting;
  }
  self().meeting = meeting;
  Block(line, NameOf(kind));
  return nullptr;
}

Meeting* Cluster::Meet(MeetingKind kind, uint32_t mask, bool aligned, void* args, int line, const void* site) {
  const Thread& thread = self();
  if ((mask >> thread.lane() & 1) == 0) {
    Abort(FaultKind::kMisuse, line,
          StrCat("expected the mask of ", NameOf(kind), " to hold the lane that executes it"));
  }
  auto& meetings = block().meetings[thread.warp()];
  // Lanes of disjoint masks may meet at the same time; a lane is in one meeting at a time.
  const auto waits_here = [&](const auto& candidate) {
    return candidate->arrived[0] != 0 && (candidate->mask[0] & mask) != 0;
  };
  auto found = std::find_if(meetings.begin(), meetings.end(), waits_here);
  if (found == meetings.end()) {
    found = std::find_if(meetings.begin(), meetings.end(), [](const auto& m) { return m->arrived[0] == 0; });
  }
  if (found == meetings.end()) found = meetings.insert(found, std::make_unique<Meeting>());
  Meeting* meeting = found->get();
  if (meeting->arrived[0] != 0 && meeting->mask[0] != mask) {
    Abort(FaultKind::kDivergence, line,
          StrCat("expected one mask for lanes that meet at ", NameOf(kind),
                 ", got two that overlap; the other is of line ", meeting->line));
  }
  return MeetIn(meeting, kind, {mask, 0, 0, 0}, thread.lane(), aligned, args, line, site);
}

Meeting* Cluster::MeetWarpgroup(void* args, int line, const void* site) {
  const Thread& thread = self();
  std::unique_ptr<Meeting>& meeting = block().group_meetings[thread.warp() / 4];
  if (meeting == nullptr) meeting = std::make_unique<Meeting>();
  if (launch_.threads % 128 != 0) {
    Abort(FaultKind::kMisuse, line,
          StrCat("expected whole warpgroups of 128 threads for wgmma, got blocks of ", launch_.threads));
  }
  constexpr uint32_t kAll = 0xffffffffu;
  return MeetIn(meeting.get(), kWarpgroup, {kAll, kAll, kAll, kAll}, thread.position.thread % 128, true, args, line,
                site);
}

void Cluster::Release(Meeting* meeting) {
  const Thread& last = self();
  const uint32_t base = meeting->kind == kWarpgroup ? last.position.thread / 128 * 128 : last.warp() * 32;
  const std::array<uint32_t, 4> arrived = std::exchange(meeting->arrived, {});
  for (uint32_t i = 0; i < 128; ++i) {
    if ((arrived[i / 32] >> i % 32 & 1) == 0 || base + i == last.position.thread) continue;
    Wake(thread(last.position.cluster_rank, base + i));
  }
}

void Cluster::Barrier(uint32_t id, uint32_t threads, bool wait, int line, const void* site) {
  Enter(line);
  Thread& thread = self();
  BlockState& own = block();
  if (id >= own.barriers.size()) Abort(FaultKind::kMisuse, line, StrCat("expected a barrier in 0..15, got ", id));
  if (!wait && threads == 0) Abort(FaultKind::kMisuse, line, "expected bar.arrive to say for how many threads");
  if (threads % 32 != 0 || (threads > launch_.threads)) {
    Abort(FaultKind::kMisuse, line,
          StrCat("expected whole warps of the block at a barrier, got ", threads, " of ", launch_.threads, " threads"));
  }
  BarrierState& barrier = own.barriers[id];
  if (barrier.arrived == 0) {
    barrier.expected = threads;
    barrier.line = line;
    barrier.sites.assign((launch_.threads + 31) / 32, {});
  } else if (barrier.expected != threads) {
    Abort(FaultKind::kMisuse, line,
          StrCat("expected one number of threads at barrier ", id, ", got ", threads, " here and ", barrier.expected,
                 " at line ", barrier.line));
  }
  auto& [warp_site, warp_line] = barrier.sites[thread.warp()];
  if (warp_site != nullptr && (warp_site != site || warp_line != line)) {
    Abort(FaultKind::kDivergence, line,
          StrCat("expected the lanes of a warp at one bar.sync, got others at that of line ", warp_line,
                 warp_line == line ? " (another place of the same line)" : "", " for barrier ", id));
  }
  warp_site = site;
  warp_line = line;
  if (launch_.checks) order_.Release(thread.agent, &barrier.clocks);
  order_.Advance(thread.agent);
  ++barrier.arrived;
  if (barrier.arrived >= (barrier.expected != 0 ? barrier.expected : own.live)) {
    if (wait && launch_.checks) order_.Acquire(thread.agent, barrier.clocks);
    CompleteBarrier(own, barrier);
  } else if (wait) {
    barrier.waiting.push_back(&thread);
    Block(line, StrCat("barrier ", id));
  }
}

void Cluster::CompleteBarrier(BlockState& own, BarrierState& barrier) {
  ++counters_->block_barriers;
  if (launch_.counts) {
    for (WarpTraffic& traffic : own.traffic) traffic.Flush(counters_);
  }
  const std::vector<Thread*> waiting = std::exchange(barrier.waiting, {});
  for (Thread* thread : waiting) {
    if (launch_.checks) order_.Acquire(thread->agent, barrier.clocks);
    Wake(*thread);
  }
  barrier = BarrierState();
}

void Cluster::WarpBarrier(uint32_t mask, int line, const void* site) {
  Meeting* meeting = Meet(kWarpBarrier, mask, /*aligned=*/false, nullptr, line, site);
  if (meeting == nullptr) return;
  ++counters_->warp_barriers;
  if (launch_.checks) {
    Thread& last = self();
    std::vector<Clock> clocks;
    for (int pass = 0; pass < 2; ++pass) {
      for (uint32_t lane = 0; lane < 32; ++lane) {
        if ((meeting->mask[0] >> lane & 1) == 0) continue;
        const uint32_t agent = thread(last.position.cluster_rank, last.warp() * 32 + lane).agent;
        if (pass == 0) {
          order_.Release(agent, &clocks);
          order_.Advance(agent);
        } else {
          order_.Acquire(agent, clocks);
        }
      }
    }
  }
  Release(meeting);
}

void Cluster::ClusterArrive(int line) {
  Enter(line);
  Thread& thread = self();
  ClusterBarrier& barrier = cluster_barrier_;
  if (thread.cluster_phase > barrier.phase) {
    Abort(FaultKind::kMisuse, line, "expected barrier.cluster.wait between two arrivals of a thread");
  }
  thread.cluster_phase = barrier.phase + 1;
  if (launch_.checks) order_.Release(thread.agent, &barrier.clocks[barrier.phase % 2]);
  order_.Advance(thread.agent);
  uint32_t live = 0;
  for (const BlockState& block : blocks_) live += block.live;
  if (++barrier.arrived < live) return;
  // The phase is over. The clocks of the one before are needed no more: everybody has arrived since, so has waited.
  barrier.arrived = 0;
  ++barrier.phase;
  barrier.clocks[barrier.phase % 2].clear();
  for (Thread* waiting : std::exchange(barrier.waiting, {})) Wake(*waiting);
}

void Cluster::ClusterWait(int line) {
  Enter(line);
  Thread& thread = self();
  ClusterBarrier& barrier = cluster_barrier_;
  if (thread.cluster_phase > barrier.phase) {
    barrier.waiting.push_back(&thread);
    Block(line, "the barrier of the cluster");
  }
  if (launch_.checks) order_.Acquire(thread.agent, barrier.clocks[(thread.cluster_phase + 1) % 2]);
}

}  // namespace raggedc::emulator
