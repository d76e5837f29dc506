// For tests: runs C++ functions as kernels of a Cluster. They call the table of functions as emulated code does.
#ifndef RAGGEDC_RUNTIME_EMULATOR_CLUSTER_RUNNER_H_
#define RAGGEDC_RUNTIME_EMULATOR_CLUSTER_RUNNER_H_

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/emulator/api.h"
#include "runtime/emulator/cluster.h"

namespace raggedc::emulator {

struct TestLaunch {
  uint32_t threads = 32;
  uint32_t cluster = 1;
  uint32_t shared_bytes = 1024;
  std::array<uint32_t, 3> grid = {1, 1, 1};
  bool programmatic = false;
  bool checks = true;
  bool counts = false;
  std::vector<GlobalBuffer> buffers = {};
  std::vector<RowOwnership> ownership = {};
  const void* shared_symbol = nullptr;
};

class ClusterRunner {
 public:
  explicit ClusterRunner(const TestLaunch& test) {
    launch_.kernel = "test";
    launch_.entry = [](void* const* args) { (*static_cast<const std::function<void()>*>(args[0]))(); };
    launch_.grid = test.grid;
    launch_.threads = test.threads;
    launch_.cluster = test.cluster;
    launch_.shared_bytes = test.shared_bytes;
    launch_.programmatic = test.programmatic;
    launch_.checks = test.checks;
    launch_.counts = test.counts;
    launch_.shared_symbol = test.shared_symbol;
    memory_ = std::make_unique<GlobalMemory>(
        test.buffers, test.checks,
        [this](FaultKind kind, const GlobalAccessor& accessor, const std::string& message, int line) {
          Fault fault;
          fault.kind = kind;
          fault.kernel = launch_.kernel;
          fault.site = accessor.site;
          fault.message = message;
          log_.Add(std::move(fault), line);
        });
    memory_->BeginLaunch(test.ownership, test.grid, test.threads);
  }

  // All blocks one after the other; what was found, as people read it.
  std::vector<std::string> Run(const std::function<void()>& body) {
    std::vector<std::string> texts;
    for (const Fault& fault : RunForFaults(body)) texts.push_back(Describe(fault, "t.cu"));
    return texts;
  }

  std::vector<Fault> RunForFaults(const std::function<void()>& body) {
    launch_.args = {const_cast<std::function<void()>*>(&body)};
    Cluster cluster(launch_, memory_.get(), &log_, &counters_, &progress_);
    const uint64_t blocks = uint64_t{launch_.grid[0]} * launch_.grid[1] * launch_.grid[2];
    for (uint64_t block = 0; block < blocks; block += launch_.cluster) cluster.Run(block);
    return log_.Take();
  }

  const Counters& counters() const { return counters_; }
  GlobalMemory& memory() { return *memory_; }

 private:
  Launch launch_;
  FaultLog log_{16};
  Counters counters_;
  Progress progress_ = {};
  std::unique_ptr<GlobalMemory> memory_;
};

// What kernels of tests call.
inline const ragged_host::Api* const kApi = &HostApi();
inline uint32_t ThreadIndex() {
  return kApi->position()->thread;
}
inline uint32_t LaneIndex() {
  return ThreadIndex() % 32;
}
inline void StoreWord(uint32_t address, uint32_t value, int line) {
  kApi->store_shared(address, &value, 4, line);
}
inline uint32_t LoadWord(uint32_t address, int line) {
  uint32_t value = 0;
  kApi->load_shared(&value, address, 4, line);
  return value;
}

}  // namespace raggedc::emulator

#endif  // RAGGEDC_RUNTIME_EMULATOR_CLUSTER_RUNNER_H_
