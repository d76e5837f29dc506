// mbarrier objects and the bulk copies (TMA) that complete on them.
#ifndef RAGGEDC_RUNTIME_EMULATOR_BULK_COPY_H_
#define RAGGEDC_RUNTIME_EMULATOR_BULK_COPY_H_

#include <cstdint>

namespace raggedc::emulator {

class Cluster;

class BulkState {
 public:
  static constexpr uint32_t kAgents = 32;  // rows of Order behind the threads': the mbarriers take turns

  explicit BulkState(Cluster& cluster) : cluster_(cluster) {}
  void Reset() {}

 private:
  [[maybe_unused]] Cluster& cluster_;
};

}  // namespace raggedc::emulator

#endif  // RAGGEDC_RUNTIME_EMULATOR_BULK_COPY_H_
