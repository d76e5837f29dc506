#include "runtime/tuning_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vector>

#include "runtime/file_io.h"
#include "runtime/testing.h"

namespace raggedc {
namespace {

TEST(TuningFileTest, TheFirstPlaceThatIsNamed) {
  const ScopedEnvironment home("HOME", "/home/me"), xdg("XDG_CONFIG_HOME", "/config"), own("RAGGEDC_TUNING_TABLE", "t");
  EXPECT_EQ(TuningFilePath("sm_90a"), "t");
  const ScopedEnvironment none("RAGGEDC_TUNING_TABLE", "none");
  EXPECT_EQ(TuningFilePath("sm_90a"), "");
  const ScopedEnvironment no_own("RAGGEDC_TUNING_TABLE", nullptr);
  EXPECT_EQ(TuningFilePath("sm_90a"), "/config/raggedc/tuning-sm_90a.json");
  const ScopedEnvironment relative("XDG_CONFIG_HOME", "config");
  EXPECT_EQ(TuningFilePath("sm_80"), "/home/me/.config/raggedc/tuning-sm_80.json");
  const ScopedEnvironment no_home("HOME", nullptr);
  EXPECT_EQ(TuningFilePath("sm_80"), "");
}

class TuningFileReadTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& bytes, mode_t mode = 0600) {
    const std::string path = directory_.File(name);
    EXPECT_TRUE(WriteFile(path, bytes).ok());
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return path;
  }
  std::string Error(const std::string& path) {
    const Result<std::optional<TuningFile>> file = ReadTuningFile(path);
    return file.ok() ? "" : file.status().message();
  }

  const TemporaryDirectory directory_;
};

TEST_F(TuningFileReadTest, OtherBytesHaveAnotherHash) {
  const auto read = [&](const std::string& path) { return **ReadTuningFile(path); };
  const TuningFile a = read(Write("a", "one")), b = read(Write("b", "two")), c = read(Write("c", "one", 0644));
  EXPECT_EQ(a.bytes, "one");
  EXPECT_EQ(a.hash.size(), 32u);
  EXPECT_NE(a.hash, b.hash);
  EXPECT_EQ(a.hash, c.hash);
}

TEST_F(TuningFileReadTest, NoFileIsNoError) {
  EXPECT_FALSE(ReadTuningFile("")->has_value());
  EXPECT_FALSE(ReadTuningFile(directory_.File("missing"))->has_value());
  EXPECT_FALSE(ReadTuningFile(Write("file", "") + "/below")->has_value());
}

TEST_F(TuningFileReadTest, WhatOthersMayWriteToIsRefused) {
  EXPECT_NE(Error(Write("group", "{}", 0620)).find("its owner alone may write to, got one that its group may"),
            std::string::npos);
  EXPECT_NE(Error(Write("all", "{}", 0606)).find("got one that everyone may"), std::string::npos);
  EXPECT_EQ(Error(Write("readable", "{}", 0644)), "");
}

TEST_F(TuningFileReadTest, WhatSomebodyElseOwnsIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  const std::string path = Write("other", "{}");
  ASSERT_EQ(::chown(path.c_str(), 12345, 12345), 0);
  EXPECT_NE(Error(path).find("expected a file of this user or of root, got one of user 12345"), std::string::npos);
}

TEST_F(TuningFileReadTest, WhatIsNoFileOrTooLargeIsRefused) {
  EXPECT_NE(Error(directory_.File("")).find("expected a file, got something else"), std::string::npos);
  const std::string pipe = directory_.File("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_NE(Error(pipe).find("expected a file, got something else"), std::string::npos);
  EXPECT_NE(Error(Write("large", std::string(kLargestTuningFile + 1, ' '))).find("bytes, got more"), std::string::npos);
}

TEST_F(TuningFileReadTest, ReadOnceAndWarnedOfOnce) {
  std::vector<std::string> warnings;
  const auto warn = [&](const std::string& text) { warnings.push_back(text); };
  const std::string path = Write("table", "one");
  const ScopedEnvironment named("RAGGEDC_TUNING_TABLE", path.c_str());
  const TuningFile* first = UserTuningFile("sm_90a", warn);
  ASSERT_NE(first, nullptr);
  Write("table", "two");
  EXPECT_EQ(UserTuningFile("sm_80", warn), first);
  EXPECT_EQ(first->bytes, "one");
  EXPECT_TRUE(warnings.empty());
  WarnOfTuningFile(*first, "expected JSON, got none", warn);
  WarnOfTuningFile(*first, "expected JSON, got none", warn);
  EXPECT_EQ(warnings, std::vector<std::string>{"tuning table " + path + ": expected JSON, got none; it is not used"});
}

TEST_F(TuningFileReadTest, AFileThatIsNamedAndCannotBeUsedIsWarnedOfOnce) {
  std::vector<std::string> warnings;
  const auto warn = [&](const std::string& text) { warnings.push_back(text); };
  const std::string missing = directory_.File("nowhere"), refused = Write("refused", "{}", 0666);
  for (const std::string& path : {missing, refused, missing, refused}) {
    const ScopedEnvironment named("RAGGEDC_TUNING_TABLE", path.c_str());
    EXPECT_EQ(UserTuningFile("sm_90a", warn), nullptr);
  }
  ASSERT_EQ(warnings.size(), 2u);
  EXPECT_NE(warnings[0].find("expected the file that RAGGEDC_TUNING_TABLE names, got none"), std::string::npos);
  EXPECT_NE(warnings[1].find("everyone may; it is not used"), std::string::npos);
}

}  // namespace
}  // namespace raggedc
