// Runs functions as kernels, for the tests of this folder. The functions call host twins, which call the emulator that
// they are linked with. Includes the prelude, whose macros are CUDA's words: to be included behind everything else.
#ifndef RAGGEDC_RUNTIME_EMULATOR_KERNEL_TESTING_H_
#define RAGGEDC_RUNTIME_EMULATOR_KERNEL_TESTING_H_

#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "runtime/emulator/cluster_runner.h"
#include "runtime/strings.h"
// Behind the rest.
#include "host/prelude.h"

namespace raggedc::emulator {

// Stands for the start of shared memory in test kernels.
alignas(1024) inline unsigned char shared_symbol[1024];

// A buffer that tensor maps may point to.
class Buffer {
 public:
  Buffer(std::string name, int64_t bytes, bool writable, bool initialised)
      : storage_(static_cast<size_t>(bytes) + 64), buffer_{std::move(name), nullptr, bytes, writable, initialised, {}} {
    buffer_.data = storage_.data() + (64 - std::bit_cast<uintptr_t>(storage_.data()) % 64) % 64;
  }
  template <typename T>
  T* as() {
    return reinterpret_cast<T*>(buffer_.data);
  }
  const GlobalBuffer& global() const { return buffer_; }

 private:
  std::vector<uint8_t> storage_;
  GlobalBuffer buffer_;
};

struct KernelShape {
  uint32_t threads = 32;
  uint32_t cluster = 1;
  uint32_t shared_bytes = 4096;
  bool checks = true;
};

struct KernelRun {
  std::vector<Fault> faults;
  Counters counters;

  std::string Text() const {
    std::string text;
    for (const Fault& fault : faults) text += Describe(fault, "test") + "\n";
    return text;
  }
};

// One cluster; the kernel gets the pointers of `args`.
inline KernelRun RunKernel(const KernelShape& shape, KernelEntry entry, std::vector<Buffer*> buffers = {},
                           std::vector<void*> more_args = {}) {
  ragged_host::api = &HostApi();
  std::vector<void*> args;
  TestLaunch launch;
  launch.threads = shape.threads;
  launch.cluster = shape.cluster;
  launch.grid = {shape.cluster, 1, 1};
  launch.shared_bytes = shape.shared_bytes;
  launch.shared_symbol = shared_symbol;
  launch.checks = shape.checks;
  launch.counts = true;
  for (Buffer* buffer : buffers) {
    launch.buffers.push_back(buffer->global());
    args.push_back(buffer->global().data);
  }
  args.insert(args.end(), more_args.begin(), more_args.end());
  ClusterRunner runner(launch);
  KernelRun run;
  run.faults = runner.RunForFaults([&] { entry(args.data()); });
  run.counters = runner.counters();
  return run;
}

inline void ExpectClean(const KernelRun& run) {
  EXPECT_TRUE(run.faults.empty()) << run.Text();
}

// The first fault is of this kind and its message has this text.
inline void ExpectFault(const KernelRun& run, FaultKind kind, const std::string& text) {
  ASSERT_FALSE(run.faults.empty()) << "expected " << FaultName(kind);
  EXPECT_EQ(FaultName(run.faults[0].kind), FaultName(kind)) << run.Text();
  EXPECT_NE(run.faults[0].message.find(text), std::string::npos) << run.Text();
  EXPECT_GT(run.faults[0].site.line, 0) << run.Text();
}

template <typename T>
T* Arg(void* const* args, int index) {
  return static_cast<T*>(args[index]);
}

}  // namespace raggedc::emulator

#endif  // RAGGEDC_RUNTIME_EMULATOR_KERNEL_TESTING_H_
