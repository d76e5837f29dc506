// wgmma: products of a warpgroup that run asynchronously, their operands in shared memory.
//
// A product is computed when a warp waits for its group; until then its accumulators are poison, and what it reads of
// shared memory must not be written. Values are registers by their address: that of an accumulator tells whether it was
// touched between two products.
#ifndef RAGGEDC_RUNTIME_EMULATOR_WARPGROUP_H_
#define RAGGEDC_RUNTIME_EMULATOR_WARPGROUP_H_

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "runtime/emulator/cluster.h"

namespace raggedc::emulator {

class WarpgroupState {
 public:
  explicit WarpgroupState(Cluster& cluster) : cluster_(cluster) {}
  void Reset() { warps_.clear(); }
  // All threads have ended: products that nobody waited for are a fault.
  void Finish();

  // `site` is the return address of the call.
  void Fence(int line, const void* site);
  void Multiply(const abi::WgmmaShape& shape, float* d, const uint32_t* a, uint64_t a_descriptor, uint64_t b_descriptor,
                bool accumulate, int line, const void* site);
  void Commit(int line, const void* site);
  void Wait(uint32_t pending, int line, const void* site);

 private:
  struct Product;
  struct Warp {
    bool fenced = false;                                    // since a product was last waited for
    std::vector<std::shared_ptr<Product>> flying;           // the last product of each accumulator in flight
    std::vector<std::shared_ptr<Product>> delivered;        // since the last fence; accumulators as it left them
    std::vector<std::pair<const void*, uint64_t>> sources;  // registers of a since the last fence: where, and a sum
    std::vector<std::shared_ptr<Product>> open;             // not committed
    std::deque<std::vector<std::shared_ptr<Product>>> groups;
  };

  Warp& WarpOf(const Thread& thread);
  // The agent in Order that stands for the products of a thread's warpgroup.
  uint32_t AgentOf(const Thread& thread) const;
  void CheckRegisters(Product& product, uint32_t first_thread, int line);
  void TakeOperands(Product& product, uint32_t first_thread);
  void Compute(Product& product);
  void Deliver(Warp& warp, const std::shared_ptr<Product>& product, uint32_t first_thread);

  Cluster& cluster_;
  std::map<std::pair<uint32_t, uint32_t>, Warp> warps_;  // by rank and warp
};

}  // namespace raggedc::emulator

#endif  // RAGGEDC_RUNTIME_EMULATOR_WARPGROUP_H_
