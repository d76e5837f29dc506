// The blocks of one cluster (mostly a single block) as they run: a fiber for each thread, warps whose lanes meet at
// collective instructions, barriers, copies under way. One system thread runs a cluster at a time.
//
// The functions that stand for instructions are in several files: threads and barriers in cluster.cc, memory in
// memory_access.cc, warp exchanges and tensor cores in warp.cc and warpgroup.cc, mbarriers and bulk copies in
// mbarrier.cc and bulk_copy.cc. They are what the table of templates/host/abi.h points to (api.cc).
#ifndef RAGGEDC_RUNTIME_EMULATOR_CLUSTER_H_
#define RAGGEDC_RUNTIME_EMULATOR_CLUSTER_H_

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/emulator/counters.h"
#include "runtime/emulator/fault.h"
#include "runtime/emulator/fiber.h"
#include "runtime/emulator/global_memory.h"
#include "runtime/emulator/order.h"
#include "runtime/emulator/shared_memory.h"
#include "templates/host/abi.h"

namespace raggedc::emulator {

namespace abi = ragged_host;

// The emitted kernel, as the host's compiler made it.
using KernelEntry = void (*)(void* const* args);

// One launch. What it points to outlives it.
struct Launch {
  std::string kernel;
  KernelEntry entry = nullptr;
  std::vector<void*> args;
  std::array<uint32_t, 3> grid = {1, 1, 1};
  uint32_t threads = 1;  // of a block
  uint32_t cluster = 1;  // blocks of a cluster, along x
  uint32_t shared_bytes = 0;
  const void* shared_symbol = nullptr;  // what stands for the start of shared memory in the emitted code
  bool programmatic = false;  // the kernel in front may still run: griddepcontrol.wait comes before everything else
  bool checks = true;
  bool counts = false;
};

// What a worker is doing, for whoever watches from outside. Written without locks; one for each worker.
struct Progress {
  uint32_t block[3];
  uint32_t thread;
  int line;
  bool running;
};

struct Thread;
class WarpgroupState;  // warpgroup.cc
class RegisterPool;    // register_pool.cc
class BulkState;       // bulk_copy.cc

// An instruction that several threads execute together. The last to come does the work for all.
struct Meeting {
  int kind = 0;
  int line = 0;
  const void* site = nullptr;
  std::array<uint32_t, 4> mask = {};     // of the threads that must come, 32 of a warp a word
  std::array<uint32_t, 4> arrived = {};  // none: nobody waits here
  std::array<void*, 128> args = {};      // of the threads that came
};

struct AsyncCopy {  // of cp.async
  uint32_t to = 0;
  const void* from = nullptr;
  uint32_t bytes = 0;
  uint32_t source_bytes = 0;
  int line = 0;
  uint64_t number = 0;        // of the thread's copies, from 1
  uint32_t arrived_with = 0;  // the agent of the mbarrier that delivered it, 0: none did
  Clock arrived_clock = 0;    // of that agent, then
};

struct CopyArrival {  // a cp.async.mbarrier.arrive that has not been delivered
  uint64_t last_copy = 0;
  uint32_t agent = 0;  // of the mbarrier
};

struct Thread {
  abi::Position position = {};
  uint32_t agent = 0;  // in the cluster: rank * threads + thread
  std::unique_ptr<Fiber> fiber;
  enum class State { kReady, kBlocked, kPolling, kDone } state = State::kReady;
  int line = 0;                                    // of the last call
  const void* site = nullptr;                      // its return address
  std::string waits_for;                           // while blocked: "barrier 0", "lanes of its warp at shfl.sync"
  const Meeting* meeting = nullptr;                // while blocked at one
  uint64_t loaded = 0;                             // the address of its last load
  uint32_t repeated_loads = 0;                     // so many of it at one line, without another call between them
  uint32_t loads = 0;                              // so many of any, without another call between them
  bool waited_for_grid = false;                    // griddepcontrol.wait, or its lack was reported
  uint32_t cluster_phase = 0;                      // of the cluster's barrier: arrived for so many
  uint64_t copies = 0;                             // so many cp.async
  std::vector<AsyncCopy> open_copies;              // not committed
  std::deque<std::vector<AsyncCopy>> copy_groups;  // oldest first
  std::deque<CopyArrival> copy_arrivals;           // oldest first

  uint32_t lane() const { return position.thread % 32; }
  uint32_t warp() const { return position.thread / 32; }
};

class Cluster {
 public:
  Cluster(const Launch& launch, GlobalMemory* global, FaultLog* faults, Counters* counters, Progress* progress);
  ~Cluster();

  // Runs the blocks first_block .. first_block + launch.cluster - 1 (x fastest) to their end or to a deadlock.
  void Run(uint64_t first_block);

  // The cluster and the thread that run on this system thread.
  static Cluster& Current() { return *current_; }
  Thread& self() { return *running_; }

  const Launch& launch() const { return launch_; }
  Order& order() { return order_; }
  GlobalMemory& global() { return *global_; }
  Counters& counters() { return *counters_; }
  SharedMemory& shared(uint32_t rank) { return *blocks_[rank].shared; }
  SharedMemory& shared() { return shared(self().position.cluster_rank); }
  GlobalMemory::BlockReads& reads() { return blocks_[self().position.cluster_rank].reads; }
  Thread& thread(uint32_t rank, uint32_t index) { return *threads_[rank * launch_.threads + index]; }

  // The shared memory that an address of the running thread means, and the address in it: plain addresses are of its
  // own block, those of map_shared_rank of another.
  SharedMemory& Resolve(uint32_t* address);
  uint32_t MapRank(uint32_t address, uint32_t rank);

  Accessor accessor(int line) { return {self().agent, line}; }
  // For an access that the running thread asks for. Reports one that comes before the kernel in front was waited for.
  GlobalAccessor global_accessor(int line);

  // An access of the running thread, for the counters.
  void Note(Space space, int line, uint64_t address, uint32_t bytes) {
    if (!launch_.counts) return;
    block().traffic[self().warp()].Note(space, line, self().site, self().lane(), address, bytes);
  }
  void FlushTraffic() {
    if (launch_.counts) block().traffic[self().warp()].Flush(counters_);
  }

  // Reports something about the running thread, or about another.
  void Report(FaultKind kind, int line, const std::string& message, int other_line = 0) {
    ReportOf(running_, kind, line, message, other_line);
  }
  void ReportOf(const Thread* thread, FaultKind kind, int line, const std::string& message, int other_line = 0);
  // Reports and ends the whole cluster; does not return.
  [[noreturn]] void Abort(FaultKind kind, int line, const std::string& message);

  // The running thread entered a wrapper. Loads say what they read: a thread that reads one address again and again
  // waits for somebody to write it. One that does nothing but load lets the others run now and then.
  void Enter(int line);
  void EnterLoad(int line, uint64_t address);
  // Leaves the processor until Wake; `what` is what a deadlock report says it waits for.
  void Block(int line, std::string what);
  void Wake(Thread& thread);
  // Leaves the processor until something has changed (see NoteProgress); a deadlock when nothing can.
  void Poll(int line, std::string what);
  void NoteProgress() { progressed_ = true; }

  // The lanes of `mask` of the running thread's warp meet. Returns the meeting to the last that comes, which does the
  // work and calls Release; null to the others, after it was done. `aligned`: they must come from one place in the
  // code.
  enum MeetingKind {
    kWarpBarrier = 1,
    kShuffle,
    kVote,
    kElect,
    kLoadMatrix,
    kStoreMatrix,
    kMma,
    kWarpMisc,
    kWarpgroup
  };
  Meeting* Meet(MeetingKind kind, uint32_t mask, bool aligned, void* args, int line, const void* site);
  // The same for the 128 threads of a warpgroup.
  Meeting* MeetWarpgroup(void* args, int line, const void* site);
  void Release(Meeting* meeting);

  // Instructions. `site` is the return address of the call, which tells one inlined copy from another.
  void Barrier(uint32_t id, uint32_t threads, bool wait, int line, const void* site);
  void WarpBarrier(uint32_t mask, int line, const void* site);
  void ClusterArrive(int line);
  void ClusterWait(int line);
  void GridDependencyWait(int line);

  BulkState& bulk() { return *bulk_; }
  WarpgroupState& warpgroups() { return *warpgroups_; }
  RegisterPool& registers() { return *registers_; }

 private:
  struct BarrierState {
    uint32_t expected = 0;  // 0: all threads that have not ended
    uint32_t arrived = 0;
    std::vector<Thread*> waiting;
    std::vector<std::pair<const void*, int>> sites;  // of each warp that waits: an aligned barrier has one place a warp
    std::vector<Clock> clocks;
    int line = 0;
  };
  struct ClusterBarrier {
    uint32_t phase = 0;  // so many are over
    uint32_t arrived = 0;
    std::vector<Thread*> waiting;
    std::array<std::vector<Clock>, 2> clocks;  // of the phase under way and of the one before, by phase % 2
  };
  struct BlockState {
    std::unique_ptr<SharedMemory> shared;
    std::array<BarrierState, 16> barriers;
    std::vector<std::vector<std::unique_ptr<Meeting>>> meetings;  // by warp
    std::vector<std::unique_ptr<Meeting>> group_meetings;         // by warpgroup
    GlobalMemory::BlockReads reads;
    uint32_t live = 0;                 // threads that have not ended
    std::vector<uint32_t> live_lanes;  // by warp
    std::vector<WarpTraffic> traffic;  // by warp
  };

  void ReportShared(FaultKind kind, const Accessor& accessor, const std::string& message, const Accessor* other);
  // The thread that an agent is; null for those of mbarriers.
  const Thread* ThreadOf(uint32_t agent) const;
  void MakeThreads();
  void ThreadBody(Thread* thread);
  void EndThread(Thread* thread);
  void RequireGridWait(Thread* thread, int line, const char* before);
  void CompleteBarrier(BlockState& block, BarrierState& barrier);
  void ReportDeadlock();
  BlockState& block() { return blocks_[self().position.cluster_rank]; }
  Meeting* MeetIn(Meeting* meeting, MeetingKind kind, const std::array<uint32_t, 4>& mask, uint32_t slot, bool aligned,
                  void* args, int line, const void* site);

  static thread_local Cluster* current_;

  const Launch& launch_;
  GlobalMemory* global_;
  FaultLog* faults_;
  Counters* counters_;
  Progress* progress_;
  Order order_;
  std::vector<BlockState> blocks_;
  std::vector<std::unique_ptr<Thread>> threads_;
  std::deque<Thread*> ready_;
  std::vector<Thread*> polling_;
  Thread* running_ = nullptr;
  bool progressed_ = false;
  bool aborted_ = false;
  uint64_t first_block_ = 0;
  ClusterBarrier cluster_barrier_;
  std::unique_ptr<BulkState> bulk_;
  std::unique_ptr<WarpgroupState> warpgroups_;
  std::unique_ptr<RegisterPool> registers_;
};

}  // namespace raggedc::emulator

#endif  // RAGGEDC_RUNTIME_EMULATOR_CLUSTER_H_
