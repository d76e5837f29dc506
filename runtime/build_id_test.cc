#include "runtime/build_id.h"

#include <gtest/gtest.h>

namespace raggedc {
namespace {

TEST(BuildIdTest, IsAnIdThatStays) {
  const std::string id = BuildId();
  EXPECT_GE(id.size(), 16u);
  EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos) << id;
  EXPECT_EQ(BuildId(), id);
}

}  // namespace
}  // namespace raggedc
