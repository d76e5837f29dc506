#include "runtime/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

namespace raggedc {
namespace {

TEST(ParallelTest, EveryIndexOnce) {
  for (const int threads : {0, 1, 3, 16}) {
    std::vector<std::atomic<int>> calls(1000);
    ParallelFor(1000, threads, [&](int64_t i) { ++calls[static_cast<size_t>(i)]; });
    for (const std::atomic<int>& count : calls) EXPECT_EQ(count, 1);
  }
}

TEST(ParallelTest, NothingToDo) {
  ParallelFor(0, 4, [](int64_t) { FAIL(); });
}

}  // namespace
}  // namespace raggedc
