#include "runtime/cache_directory.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "runtime/testing.h"

namespace raggedc {
namespace {

TEST(CacheDirectoryTest, TheFirstThatIsSet) {
  const ScopedEnvironment home("HOME", "/home/me"), xdg("XDG_CACHE_HOME", "/caches"), own("RAGGEDC_CACHE_DIR", "mine");
  EXPECT_EQ(CacheDirectory(), "mine");
  const ScopedEnvironment no_own("RAGGEDC_CACHE_DIR", nullptr);
  EXPECT_EQ(CacheDirectory(), "/caches/raggedc");
  const ScopedEnvironment relative("XDG_CACHE_HOME", "caches");
  EXPECT_EQ(CacheDirectory(), "/home/me/.cache/raggedc");
  const ScopedEnvironment no_home("HOME", nullptr);
  EXPECT_EQ(CacheDirectory(), "");
}

TEST(CacheDirectoryTest, FoldersAreMadeForTheirOwnerAlone) {
  const TemporaryDirectory directory;
  const mode_t mask = ::umask(0);
  EXPECT_TRUE(MakePrivateFolder(directory.File("a/b/c")));
  ::umask(mask);
  for (const char* name : {"a", "a/b", "a/b/c"}) {
    struct stat info = {};
    ASSERT_EQ(::stat(directory.File(name).c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777, 0700u) << name;
  }
  ASSERT_EQ(::chmod(directory.File("a/b/c").c_str(), 0777), 0);
  EXPECT_FALSE(MakePrivateFolder(directory.File("a/b/c")));
}

}  // namespace
}  // namespace raggedc
