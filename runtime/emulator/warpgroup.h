// wgmma: products of a warpgroup that run asynchronously, their operands in shared memory.
#ifndef RAGGEDC_RUNTIME_EMULATOR_WARPGROUP_H_
#define RAGGEDC_RUNTIME_EMULATOR_WARPGROUP_H_

namespace raggedc::emulator {

class Cluster;

class WarpgroupState {
 public:
  explicit WarpgroupState(Cluster& cluster) : cluster_(cluster) {}
  void Reset() {}

 private:
  [[maybe_unused]] Cluster& cluster_;
};

}  // namespace raggedc::emulator

#endif  // RAGGEDC_RUNTIME_EMULATOR_WARPGROUP_H_
