// mbarrier objects and the bulk copies (TMA) that complete on them.
//
// A copy's bytes arrive when a thread waits for its mbarrier, one copy after the other until the phase is over; until
// then they are in flight. Bulk stores read shared memory when their group is waited for, and write global memory when
// it is waited for completely, or when the block ends.
#ifndef RAGGEDC_RUNTIME_EMULATOR_BULK_COPY_H_
#define RAGGEDC_RUNTIME_EMULATOR_BULK_COPY_H_

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/emulator/cluster.h"
#include "runtime/emulator/tensor_map.h"

namespace raggedc::emulator {

class BulkState {
 public:
  // Rows of Order behind the threads': those of mbarriers, which take turns, and then those of warpgroups.
  static constexpr uint32_t kMbarrierAgents = 24;
  static constexpr uint32_t kAgents = kMbarrierAgents + 8;

  explicit BulkState(Cluster& cluster) : cluster_(cluster) {}
  void Reset();
  // All threads have ended: what is still under way is a fault, what was only not waited for happens now.
  void Finish();

  // Addresses may be those of another block of the cluster. Counts and bytes as in the instructions.
  void Init(uint32_t address, uint32_t count, int line);
  void Invalidate(uint32_t address, int line);
  void FenceInit(int line);
  void Arrive(uint32_t address, uint32_t count, uint32_t transaction_bytes, int line);
  void Expect(uint32_t address, uint32_t transaction_bytes, int line);
  void ArriveCopies(uint32_t address, int line);
  void Wait(uint32_t address, uint32_t parity, int line);
  // Says no the first time unless the phase is over already: bytes arrive only for those that come back.
  bool Test(uint32_t address, uint32_t parity, int line);

  void Load(uint32_t to, const void* from, uint32_t bytes, uint32_t mbarrier, uint32_t multicast, int line);
  void LoadTensor(uint32_t to, const void* map, uint32_t rank, const int* coordinates, uint32_t mbarrier,
                  uint32_t multicast, int line);
  void StoreAsync(uint32_t to, const void* value, uint32_t bytes, uint32_t mbarrier, int line);
  void Store(void* to, uint32_t from, uint32_t bytes, int line);
  void StoreTensor(const void* map, uint32_t rank, const int* coordinates, uint32_t from, int line);
  void Commit(int line);
  void WaitGroups(uint32_t pending, bool read_only, int line);

  void FenceProxy(bool shared, bool global, int line);

 private:
  struct GlobalPart {  // bytes in a row, or a box of a tensor
    bool tensor = false;
    uint8_t* bytes_at = nullptr;
    TensorView view;
    std::array<int64_t, 5> at = {};
    GlobalAccessor accessor;
  };
  struct SharedPart {
    uint32_t address = 0;
    uint32_t bytes = 0;
  };
  struct Copy {  // something that will complete on an mbarrier
    uint32_t to = 0;
    uint32_t bytes = 0;
    int line = 0;
    bool landing = false;  // shared memory has been reserved for it
    bool from_global = false;
    std::vector<SharedPart> parts;
    GlobalPart source;
    std::vector<uint8_t> value;  // of st.async
    Thread* thread = nullptr;    // of cp.async.mbarrier.arrive: its copies up to the number arrive
    uint64_t last_copy = 0;
  };
  struct Mbarrier {
    uint32_t rank = 0;
    uint32_t address = 0;
    uint32_t count = 0;
    uint32_t pending = 0;  // arrivals missing in this phase
    int64_t bytes = 0;     // missing in this phase
    uint32_t phases = 0;   // that are over
    uint64_t content = 0;  // what shared memory holds where it lies
    int init_line = 0;
    uint32_t init_agent = 0;
    Clock init_clock = 0;
    bool init_fenced = false;
    Clock fence_clock = 0;
    uint32_t agent = 0;              // stands for what completes on it
    std::vector<Clock> clocks;       // of what arrived so far
    std::vector<Clock> over_clocks;  // of what arrived in the phases that are over
    std::deque<Copy> copies;
  };
  struct BulkStore {
    uint32_t rank = 0;
    uint32_t from = 0;
    uint32_t bytes = 0;
    int line = 0;
    bool reading = false;
    std::vector<SharedPart> parts;
    GlobalPart target;
    const GlobalMemory::BlockReads* reads = nullptr;
    std::vector<uint8_t> image;
  };
  struct ThreadStores {
    std::vector<BulkStore> open;
    std::deque<std::vector<BulkStore>> groups;
  };

  uint32_t RankOf(uint32_t* address);
  Mbarrier& Find(uint32_t address, int line, const char* doing);
  bool IsOver(const Mbarrier& mbarrier, uint32_t parity) const { return mbarrier.phases % 2 != parity; }
  void Leave(const Mbarrier& mbarrier);
  std::string Missing(const Mbarrier& mbarrier, uint32_t parity) const;
  void AddBytes(Mbarrier& mbarrier, int64_t bytes, int line);
  void EndPhaseIfComplete(Mbarrier& mbarrier);
  void Deliver(Mbarrier& mbarrier);
  void ArriveOne(Mbarrier& mbarrier, uint32_t count, int line);

  // Reads the map and checks that it fits the instruction.
  GlobalPart PartOf(const void* map, uint32_t rank, const int* coordinates, uint32_t shared_address, int line);
  static std::vector<SharedPart> PartsOf(const TensorView& view, uint32_t address);
  void Issue(Copy copy, uint32_t to, uint32_t mbarrier, uint32_t multicast, int line);
  void IssueStore(BulkStore store, int line);
  void ReadSource(BulkStore& store, uint32_t agent);
  void WriteTarget(const BulkStore& store);
  std::vector<uint8_t> ReadGlobal(const Copy& copy);
  void CountGlobal(const GlobalPart& part, uint32_t bytes, bool write);

  Cluster& cluster_;
  std::map<std::pair<uint32_t, uint32_t>, Mbarrier> mbarriers_;  // by rank and address
  std::map<uint32_t, ThreadStores> stores_;                      // by agent
  uint32_t made_ = 0;                                            // so many mbarriers
};

}  // namespace raggedc::emulator

#endif  // RAGGEDC_RUNTIME_EMULATOR_BULK_COPY_H_
