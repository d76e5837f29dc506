// Kernels that may begin while the one in front of them still runs.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "runtime/emulator/cluster_runner.h"

namespace raggedc::emulator {
namespace {

class DependentLaunch : public testing::Test {
 protected:
  DependentLaunch() {
    test_.programmatic = true;
    test_.threads = 64;
    test_.buffers = {{"memory", reinterpret_cast<uint8_t*>(memory_), sizeof memory_, true, true, {}}};
  }

  std::vector<Fault> Run(const std::function<void()>& body) { return ClusterRunner(test_).RunForFaults(body); }

  void Load(int line) {
    uint32_t value = 0;
    kApi->load_global(&value, memory_ + ThreadIndex(), 4, line);
  }
  void Store(int line) {
    const uint32_t value = 1;
    kApi->store_global(memory_ + ThreadIndex(), &value, 4, line);
  }
  static void Wait(int line) { kApi->dependent_launch(true, line); }
  static void Release(int line) { kApi->dependent_launch(false, line); }

  TestLaunch test_;
  alignas(16) uint32_t memory_[64] = {};
};

// So many threads did it at that line.
void ExpectFault(const std::vector<Fault>& faults, int line, int64_t count, const std::string& message) {
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_EQ(FaultName(faults[0].kind), FaultName(FaultKind::kDependency));
  EXPECT_EQ(faults[0].message, message);
  EXPECT_EQ(faults[0].site.line, line);
  EXPECT_EQ(faults[0].count, count);
}

TEST_F(DependentLaunch, EverythingBehindTheWait) {
  const std::vector<Fault> faults = Run([&] {
    StoreWord(ThreadIndex() * 4, 7, 1);  // shared memory is the kernel's own
    Wait(2);
    Load(3);
    Release(4);
    Release(5);
    Store(6);
  });
  EXPECT_TRUE(faults.empty());
}

TEST_F(DependentLaunch, ALoadBefore) {
  ExpectFault(Run([&] {
                Load(1);
                Wait(2);
              }),
              1, 64, "an access to global memory before griddepcontrol.wait");
}

TEST_F(DependentLaunch, AStoreBeforeAndLettingOthersBeginIsNoWait) {
  ExpectFault(Run([&] {
                Release(1);
                Store(2);
                Wait(3);
              }),
              2, 64, "an access to global memory before griddepcontrol.wait");
}

TEST_F(DependentLaunch, AnAsynchronousCopyBefore) {
  ExpectFault(Run([&] {
                if (ThreadIndex() == 3) kApi->copy_async(0, memory_, 16, 16, 1);
                Wait(2);
                kApi->commit_copies(3);
                kApi->wait_copies(0, 4);
              }),
              1, 1, "an access to global memory before griddepcontrol.wait");
}

// Others of the block waited, and it did nothing with global memory: it is the end of all blocks that counts.
TEST_F(DependentLaunch, AThreadThatLeavesBefore) {
  ExpectFault(Run([&] {
                StoreWord(ThreadIndex() * 4, 7, 1);
                if (ThreadIndex() < 32) return;
                Wait(2);
                Load(3);
              }),
              1, 32, "the end of a thread before griddepcontrol.wait");
}

// Each block anew.
TEST_F(DependentLaunch, EachBlockWaits) {
  test_.grid = {3, 1, 1};
  ExpectFault(Run([&] {
                if (kApi->position()->block[0] != 2) Wait(1);
                Load(2);
              }),
              2, 64, "an access to global memory before griddepcontrol.wait");
}

TEST_F(DependentLaunch, NothingToWaitForInOtherLaunches) {
  test_.programmatic = false;
  EXPECT_TRUE(Run([&] { Load(1); }).empty());
  test_.programmatic = true;
  test_.checks = false;
  EXPECT_TRUE(Run([&] { Load(1); }).empty());
}

}  // namespace
}  // namespace raggedc::emulator
