// What warpgroups give back and take of their block's registers.
#include "runtime/emulator/kernel_testing.h"
// The twins that the kernels below call.
#include "ragged/ptx/special.host.cuh"
#include "ragged/ptx/sync.host.cuh"
#include "ragged/ptx/warpgroup.host.cuh"

namespace raggedc::emulator {
namespace {

namespace ptx = ragged::ptx;

// At most 128 registers each at launch, 65536 together.
constexpr KernelShape kFour = {.threads = 512};

bool IsOf(int group) {
  return ptx::warp() / 4 == group;
}

TEST(RegisterPoolTest, AllThatThereAre) {
  ExpectClean(RunKernel(kFour, [](void* const*) {
    if (IsOf(3))
      ptx::setmaxnreg_dec<32>();
    else
      ptx::setmaxnreg_inc<160>();
  }));
}

TEST(RegisterPoolTest, TheOrderDoesNotMatter) {
  for (int from = 0; from < 2; ++from) {
    static int who;
    who = from;
    ExpectClean(RunKernel({.threads = 256}, [](void* const*) {
      if (IsOf(who)) {
        ptx::setmaxnreg_dec<24>();
        ptx::setmaxnreg_inc<40>();
        ptx::setmaxnreg_dec<32>();
      } else {
        ptx::setmaxnreg_inc<256>();
      }
    }));
  }
}

TEST(RegisterPoolTest, WhatIsTakenMayBeGivenBack) {
  ExpectClean(RunKernel(kFour, [](void* const*) {
    // Three take turns with what the fourth gave.
    if (IsOf(3)) {
      ptx::setmaxnreg_dec<40>();
      return;
    }
    ptx::setmaxnreg_inc<216>();
    ptx::setmaxnreg_dec<128>();
  }));
}

// Of a small block a launch may have given fewer than could be: asking for the same twice, or for less than that, is no
// fault.
TEST(RegisterPoolTest, WhatALaunchGaveIsNotKnown) {
  ExpectClean(RunKernel({.threads = 128}, [](void* const*) {
    ptx::setmaxnreg_inc<160>();
    ptx::setmaxnreg_inc<160>();
    ptx::setmaxnreg_inc<200>();
    ptx::setmaxnreg_dec<200>();
  }));
}

TEST(RegisterPoolTest, FaultEightTooMany) {
  ExpectFault(RunKernel(kFour,
                        [](void* const*) {
                          if (IsOf(3))
                            ptx::setmaxnreg_dec<40>();
                          else
                            ptx::setmaxnreg_inc<160>();
                        }),
              FaultKind::kDeadlock, "4096 registers for setmaxnreg.inc, of which its block has 3072");
}

TEST(RegisterPoolTest, FaultNobodyGives) {
  ExpectFault(RunKernel(kFour, [](void* const*) { ptx::setmaxnreg_inc<136>(); }), FaultKind::kDeadlock,
              "threads 0-511 wait at line ");
}

TEST(RegisterPoolTest, FaultOneWarpOfFour) {
  ExpectFault(RunKernel(kFour,
                        [](void* const*) {
                          if (IsOf(3) && ptx::warp() != 15) ptx::setmaxnreg_dec<32>();
                        }),
              FaultKind::kDivergence, "thread 480, which has ended");
}

TEST(RegisterPoolTest, FaultDecOfMore) {
  ExpectFault(RunKernel(kFour, [](void* const*) { ptx::setmaxnreg_dec<136>(); }), FaultKind::kMisuse,
              "expected setmaxnreg.dec to fewer than the 128 registers of each thread, got 136");
}

TEST(RegisterPoolTest, FaultIncOfLess) {
  ExpectFault(RunKernel(kFour,
                        [](void* const*) {
                          ptx::setmaxnreg_dec<64>();
                          ptx::setmaxnreg_inc<56>();
                        }),
              FaultKind::kMisuse, "expected setmaxnreg.inc to more than the 64 registers of each thread, got 56");
}

TEST(RegisterPoolTest, EachBlockAnew) {
  TestLaunch launch;
  launch.threads = 256;
  launch.grid = {3, 1, 1};
  ragged_host::api = &HostApi();
  EXPECT_TRUE(ClusterRunner(launch)
                  .RunForFaults([] {
                    if (IsOf(0))
                      ptx::setmaxnreg_dec<24>();
                    else
                      ptx::setmaxnreg_inc<256>();
                  })
                  .empty());
}

}  // namespace
}  // namespace raggedc::emulator
