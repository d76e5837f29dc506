#include "runtime/status.h"

#include <gtest/gtest.h>

#include <memory>

namespace raggedc {
namespace {

Result<int> Half(int value) {
  if (value % 2 != 0) return InvalidArgument("expected an even number");
  return value / 2;
}

Result<int> Quarter(int value) {
  RAGGEDC_ASSIGN_OR_RETURN(const int half, Half(value));
  return Half(half);
}

TEST(StatusTest, ExitCodes) {
  EXPECT_EQ(ExitCode(OkStatus()), 0);
  EXPECT_EQ(ExitCode(InvalidArgument("x")), 1);
  EXPECT_EQ(ExitCode(EnvironmentError("x")), 2);
  EXPECT_EQ(ExitCode(InternalError("x")), 2);
}

TEST(StatusTest, ContextGoesInFront) {
  const Status status = EnvironmentError("no space").WithContext("out.cubin");
  EXPECT_EQ(status.message(), "out.cubin: no space");
  EXPECT_EQ(status.code(), StatusCode::kEnvironment);
  EXPECT_TRUE(OkStatus().WithContext("anything").ok());
}

TEST(StatusTest, ResultsPropagate) {
  EXPECT_EQ(*Quarter(8), 2);
  EXPECT_EQ(Quarter(6).status().message(), "expected an even number");
}

TEST(StatusTest, ResultsHoldMoveOnlyValues) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(7);
  const std::unique_ptr<int> value = std::move(result).value();
  EXPECT_EQ(*value, 7);
}

TEST(StatusDeathTest, ReadingAFailedResultEndsTheProcess) {
  const Result<int> result = InvalidArgument("x");
  EXPECT_DEATH((void)result.value(), "");
}

}  // namespace
}  // namespace raggedc
