#include "runtime/emulator/order.h"

#include <gtest/gtest.h>

#include <vector>

namespace raggedc::emulator {
namespace {

TEST(Order, ThreadsStartUnordered) {
  const Order order(3, 2);
  EXPECT_EQ(order.width(), 5u);
  EXPECT_TRUE(order.Knows(0, 0, order.Now(0)));
  EXPECT_FALSE(order.Knows(0, 1, order.Now(1)));
  EXPECT_FALSE(order.Knows(4, 0, order.Now(0)));
}

TEST(Order, AcquireLearnsWhatWasReleased) {
  Order order(3, 0);
  const Clock before = order.Now(0);
  std::vector<Clock> barrier;
  order.Release(0, &barrier);
  order.Advance(0);
  const Clock after = order.Now(0);
  EXPECT_FALSE(order.Knows(1, 0, before));
  order.Acquire(1, barrier);
  EXPECT_TRUE(order.Knows(1, 0, before));
  EXPECT_FALSE(order.Knows(1, 0, after));
  EXPECT_FALSE(order.Knows(0, 1, order.Now(1)));
  EXPECT_FALSE(order.Knows(2, 0, before));
  // And hands it on.
  std::vector<Clock> next;
  order.Release(1, &next);
  order.Acquire(2, next);
  EXPECT_TRUE(order.Knows(2, 0, before));
  EXPECT_FALSE(order.Knows(2, 0, after));
}

TEST(Order, ReleasesJoin) {
  Order order(4, 0);
  std::vector<Clock> barrier;
  for (const uint32_t agent : {0u, 1u, 2u}) {
    order.Release(agent, &barrier);
    order.Advance(agent);
  }
  order.Acquire(3, barrier);
  for (const uint32_t agent : {0u, 1u, 2u}) EXPECT_TRUE(order.Knows(3, agent, order.Now(agent) - 1));
  order.Acquire(3, {});  // nobody released
}

TEST(Order, FencesCoverWhatWasKnownThen) {
  Order order(2, 1);
  EXPECT_FALSE(order.KnowsFenced(1, 0, order.Now(0)));
  const Clock first = order.Now(0);
  order.Fence(0);
  order.Advance(0);
  const Clock second = order.Now(0);
  EXPECT_TRUE(order.KnowsFenced(0, 0, first));
  EXPECT_FALSE(order.KnowsFenced(0, 0, second));
  EXPECT_FALSE(order.KnowsFenced(1, 0, first));
  std::vector<Clock> barrier;
  order.Release(0, &barrier);
  order.Acquire(1, barrier);
  EXPECT_TRUE(order.KnowsFenced(1, 0, first));
  EXPECT_FALSE(order.KnowsFenced(1, 0, second));
  EXPECT_TRUE(order.Knows(1, 0, second));
}

TEST(Order, ResetForgets) {
  Order order(2, 0);
  std::vector<Clock> barrier;
  order.Fence(0);
  order.Release(0, &barrier);
  order.Acquire(1, barrier);
  order.Reset();
  EXPECT_FALSE(order.Knows(1, 0, order.Now(0)));
  EXPECT_FALSE(order.KnowsFenced(0, 0, order.Now(0)));
}

}  // namespace
}  // namespace raggedc::emulator
