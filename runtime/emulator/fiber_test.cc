#include "runtime/emulator/fiber.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace raggedc::emulator {
namespace {

TEST(FiberTest, TakesTurns) {
  std::string text;
  Fiber* inside = nullptr;
  Fiber fiber([&] {
    for (const char c : {'a', 'b', 'c'}) {
      text += c;
      inside->Suspend();
    }
  });
  inside = &fiber;
  for (int i = 0; i < 3; ++i) {
    fiber.Resume();
    text += '-';
  }
  EXPECT_EQ(text, "a-b-c-");
  fiber.Resume();  // returns from the body
  EXPECT_EQ(text, "a-b-c-");
  fiber.Resume();  // begins again
  EXPECT_EQ(text, "a-b-c-a");
}

TEST(FiberTest, LocalsLiveThroughASuspension) {
  std::vector<std::unique_ptr<Fiber>> fibers(40);
  std::vector<int> sums(fibers.size());
  for (size_t i = 0; i < fibers.size(); ++i) {
    fibers[i] = std::make_unique<Fiber>([&, i] {
      int values[1000];
      for (int j = 0; j < 1000; ++j) {
        values[j] = static_cast<int>(i) + j;
        if (j % 100 == 0) fibers[i]->Suspend();
      }
      for (const int value : values) sums[i] += value;
    });
  }
  for (int turn = 0; turn <= 10; ++turn) {
    for (const auto& fiber : fibers) fiber->Resume();
  }
  for (size_t i = 0; i < fibers.size(); ++i) EXPECT_EQ(sums[i], 499500 + 1000 * static_cast<int>(i));
}

struct Counted {
  explicit Counted(int* count) : count(count) { ++*count; }
  ~Counted() { --*count; }
  int* count;
};

TEST(FiberTest, UnwindsWhenDestroyed) {
  int alive = 0;
  Fiber* inside = nullptr;
  auto fiber = std::make_unique<Fiber>([&] {
    const Counted outer(&alive);
    const std::string text(1000, 'x');
    [&] {
      const Counted inner(&alive);
      inside->Suspend();
      FAIL() << "resumed";
    }();
  });
  inside = fiber.get();
  fiber->Resume();
  EXPECT_EQ(alive, 2);
  fiber.reset();
  EXPECT_EQ(alive, 0);
}

TEST(FiberTest, NeverBegun) {
  int runs = 0;
  {
    Fiber fiber([&] { ++runs; });
  }
  EXPECT_EQ(runs, 0);
}

TEST(FiberTest, DestroyedAfterItsBody) {
  int runs = 0;
  {
    Fiber fiber([&] { ++runs; });
    fiber.Resume();
  }
  EXPECT_EQ(runs, 1);
}

// Emulated code is compiled without optimisation of its stack: fragments of 16 x 256 floats a few times over.
TEST(FiberTest, HasRoomForFragments) {
  float sum = 0;
  Fiber fiber([&] {
    volatile float values[40960];
    for (int i = 0; i < 40960; ++i) values[i] = 1;
    for (int i = 0; i < 40960; ++i) sum += values[i];
  });
  fiber.Resume();
  EXPECT_EQ(sum, 40960);
}

}  // namespace
}  // namespace raggedc::emulator
