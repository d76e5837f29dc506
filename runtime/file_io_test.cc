#include "runtime/file_io.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "runtime/testing.h"

namespace raggedc {
namespace {

TEST(FileIoTest, WritesAndReadsBack) {
  const TemporaryDirectory directory;
  const std::string path = directory.File("x.bin");
  const std::string bytes("a\0b", 3);
  RAGGEDC_ASSERT_OK(WriteFile(path, bytes));
  EXPECT_EQ(*ReadFile(path), bytes);
  RAGGEDC_ASSERT_OK(WriteFile(path, ""));
  EXPECT_EQ(*ReadFile(path), "");
}

TEST(FileIoTest, LeavesNothingButTheFile) {
  const TemporaryDirectory directory;
  RAGGEDC_ASSERT_OK(WriteFile(directory.File("x"), "1"));
  RAGGEDC_ASSERT_OK(WriteFile(directory.File("x"), "2"));
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory.path())) files += entry.exists();
  EXPECT_EQ(files, 1);
}

TEST(FileIoTest, NewFilesAreReadableAndOldOnesKeepTheirMode) {
  const TemporaryDirectory directory;
  const std::string path = directory.File("x");
  const mode_t mask = ::umask(022);
  RAGGEDC_ASSERT_OK(WriteFile(path, "1"));
  ::umask(mask);
  struct stat info;
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0644u);
  ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
  RAGGEDC_ASSERT_OK(WriteFile(path, "2"));
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST(FileIoTest, MissingFileIsTheUsersMistake) {
  ExpectInvalid(ReadFile("/nowhere/x").status(), "cannot read /nowhere/x: No such file or directory");
}

TEST(FileIoTest, DirectoryCannotBeReadOrWritten) {
  const TemporaryDirectory directory;
  ExpectInvalid(ReadFile(directory.path()).status(), "cannot read " + directory.path() + ": Is a directory");
  const Status status = WriteFile(directory.path(), "x");
  EXPECT_EQ(status.code(), StatusCode::kEnvironment);
  EXPECT_EQ(status.message(), "cannot write " + directory.path() + ": it is a directory");
}

TEST(FileIoTest, UnwritablePlaceIsTheMachines) {
  const Status status = WriteFile("/nowhere/x", "x");
  EXPECT_EQ(status.code(), StatusCode::kEnvironment);
  EXPECT_EQ(status.message(), "cannot write /nowhere/x: No such file or directory");
}

TEST(FileIoTest, FullDeviceIsReportedAndLeavesNothing) {
  const Status status = WriteFile("/dev/full", "x");
  EXPECT_EQ(status.code(), StatusCode::kEnvironment);
  EXPECT_EQ(status.message(), "cannot write /dev/full: No space left on device");
}

TEST(FileIoTest, ReadingEndsAtTheLimit) {
  const TemporaryDirectory directory;
  const std::string path = directory.File("x");
  RAGGEDC_ASSERT_OK(WriteFile(path, "12345"));
  EXPECT_EQ(*ReadFile(path, 5), "12345");
  ExpectInvalid(ReadFile(path, 4).status(), "cannot read " + path + ": expected at most 4 bytes, got 5");
  ExpectInvalid(ReadFile("/dev/zero", 100000).status(),
                "cannot read /dev/zero: expected at most 100000 bytes, got more");
}

TEST(FileIoTest, SameFile) {
  const TemporaryDirectory directory;
  const std::string path = directory.File("x");
  EXPECT_TRUE(IsSameFile(path, directory.File("./x")));  // what will be one
  EXPECT_FALSE(IsSameFile(path, directory.File("y")));
  RAGGEDC_ASSERT_OK(WriteFile(path, "1"));
  ASSERT_EQ(::symlink(path.c_str(), directory.File("link").c_str()), 0);
  EXPECT_TRUE(IsSameFile(path, directory.File("link")));
  EXPECT_FALSE(IsSameFile(path, directory.File("y")));
  EXPECT_FALSE(IsSameFile("-", "-"));
  EXPECT_FALSE(IsSameFile("/dev/null", "/dev/null"));
  EXPECT_TRUE(IsSpecialFile("/dev/null"));
  EXPECT_FALSE(IsSpecialFile(path));
  EXPECT_FALSE(IsSpecialFile(directory.File("y")));
}

}  // namespace
}  // namespace raggedc
