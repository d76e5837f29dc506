// setmaxnreg: what registers the warpgroups of a block have, and wait for.
//
// A block has no more than it was launched with, 65536 at most; what one warpgroup gives back another may take. How
// many ptxas gave each thread at launch is not known here: at most as many as a block alone on its multiprocessor can
// have, and with that it is too few only if it always is.
#ifndef RAGGEDC_RUNTIME_EMULATOR_REGISTER_POOL_H_
#define RAGGEDC_RUNTIME_EMULATOR_REGISTER_POOL_H_

#include <cstdint>
#include <vector>

#include "runtime/emulator/cluster.h"

namespace raggedc::emulator {

class RegisterPool {
 public:
  explicit RegisterPool(Cluster& cluster) : cluster_(cluster) {}
  void Reset() { blocks_.clear(); }

  // By all threads of a warpgroup, which meet. With `increase` it returns when there are so many. `site` is the return
  // address of the call.
  void Set(uint32_t registers, bool increase, int line, const void* site);

 private:
  struct Group {
    uint32_t registers = 0;  // of each thread
    bool was_set = false;    // else `registers` is the most that a launch can give
  };
  struct Block {
    std::vector<Group> groups;
    uint32_t left = 0;  // registers that were given back and not taken
  };

  Block& BlockOf(uint32_t rank);

  Cluster& cluster_;
  std::vector<Block> blocks_;  // by rank in the cluster
};

}  // namespace raggedc::emulator

#endif  // RAGGEDC_RUNTIME_EMULATOR_REGISTER_POOL_H_
