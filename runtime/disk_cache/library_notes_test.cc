#include "runtime/disk_cache/library_notes.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "runtime/library_search.h"
#include "runtime/testing.h"

namespace raggedc {
namespace {

namespace fs = std::filesystem;

class LibraryNotesTest : public ::testing::Test {
 protected:
  LibraryNotesTest() {
    options_.directory = directory_.File("cache");
    Put(library_, "library one");
  }

  static void Put(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::trunc) << text; }

  LibraryNotes Notes() const { return LibraryNotes(options_, std::chrono::seconds(0)); }
  void Note() { Notes().Note("nvrtc", names_, library_, "13000"); }
  std::string Recall() const { return Notes().Recall("nvrtc", names_).value_or("nothing"); }

  // The one file that holds the note.
  std::string NoteFile() const {
    std::string found;
    for (const fs::directory_entry& file : fs::directory_iterator(options_.directory + "/kernels")) {
      EXPECT_EQ(found, "");
      found = file.path();
    }
    return found;
  }

  const TemporaryDirectory directory_;
  const std::string earlier_ = directory_.File("earlier.so"), library_ = directory_.File("library.so");
  std::vector<std::string> names_ = {earlier_, library_};
  DiskCacheOptions options_;
};

TEST_F(LibraryNotesTest, KnowsWhatItWasTold) {
  EXPECT_EQ(Recall(), "nothing");
  Note();
  EXPECT_EQ(Recall(), "13000");
  EXPECT_EQ(Notes().Recall("compiler", names_), std::nullopt);
  names_.pop_back();
  EXPECT_EQ(Recall(), "nothing");
}

TEST_F(LibraryNotesTest, AReplacedLibrary) {
  Note();
  struct stat before = {};
  ASSERT_EQ(stat(library_.c_str(), &before), 0);
  // As an installer does it: another file of the same size and time is renamed over it.
  const std::string other = directory_.File("other.so");
  Put(other, "library two");
  const timespec times[] = {before.st_atim, before.st_mtim};
  ASSERT_EQ(utimensat(AT_FDCWD, other.c_str(), times, 0), 0);
  fs::rename(other, library_);
  EXPECT_EQ(Recall(), "nothing");
  Notes().Note("nvrtc", names_, library_, "13010");
  EXPECT_EQ(Recall(), "13010");
}

TEST_F(LibraryNotesTest, ALibraryWrittenOver) {
  Note();
  struct stat before = {};
  ASSERT_EQ(stat(library_.c_str(), &before), 0);
  usleep(50'000);  // the clock of the file system ticks
  Put(library_, "library two");
  const timespec times[] = {before.st_atim, before.st_mtim};
  ASSERT_EQ(utimensat(AT_FDCWD, library_.c_str(), times, 0), 0);
  struct stat after = {};
  ASSERT_EQ(stat(library_.c_str(), &after), 0);
  ASSERT_EQ(after.st_ino, before.st_ino);
  ASSERT_EQ(after.st_size, before.st_size);
  EXPECT_EQ(Recall(), "nothing");
}

TEST_F(LibraryNotesTest, ALinkThatPointsElsewhere) {
  const std::string link = directory_.File("link.so"), other = directory_.File("other.so");
  Put(other, "library two");
  fs::create_symlink(library_, link);
  names_ = {link};
  Notes().Note("nvrtc", names_, link, "13000");
  EXPECT_EQ(Recall(), "13000");
  fs::remove(link);
  fs::create_symlink(other, link);
  EXPECT_EQ(Recall(), "nothing");
}

TEST_F(LibraryNotesTest, OneThatWouldBeFoundFirst) {
  Note();
  Put(earlier_, "another");
  EXPECT_EQ(Recall(), "nothing");
  fs::remove(earlier_);
  EXPECT_EQ(Recall(), "13000");
  fs::remove(library_);
  EXPECT_EQ(Recall(), "nothing");
}

// What comes after the one that was found is not asked, whatever becomes of it.
TEST_F(LibraryNotesTest, OneThatWouldBeFoundLater) {
  const std::string later = directory_.File("later.so");
  names_.push_back(later);
  names_.push_back("libc.so.6");
  Note();
  Put(later, "another");
  EXPECT_EQ(Recall(), "13000");
}

TEST_F(LibraryNotesTest, OneOfNoneOfTheNames) {
  const std::string other = directory_.File("other.so");
  Put(other, "another");
  Notes().Note("nvrtc", names_, other, "13000");
  EXPECT_EQ(Recall(), "nothing");
  // By its name alone, and found in another folder.
  names_ = {"libraggedc_other.so"};
  Note();
  EXPECT_EQ(Recall(), "nothing");
  const std::string found = directory_.File("libraggedc_other.so");
  Put(found, "another");
  Notes().Note("nvrtc", names_, found, "13000");
  EXPECT_EQ(Recall(), "13000");
  fs::remove(found);
  EXPECT_EQ(Recall(), "nothing");
}

TEST_F(LibraryNotesTest, OneThatIsOpenIsAskedItself) {
  names_ = {"libc.so.6", library_};
  EXPECT_TRUE(IsLibraryOpen(names_));
  Note();
  EXPECT_EQ(Recall(), "nothing");
  names_ = {"libraggedc_no_such_library.so", library_};
  EXPECT_FALSE(IsLibraryOpen(names_));
  Note();
  EXPECT_EQ(Recall(), "13000");
}

// Places of the loader are part of the answer, for names without a folder only.
TEST_F(LibraryNotesTest, WhereTheLoaderLooks) {
  EXPECT_EQ(DescribeLibrarySearch({library_}), library_ + ": " + FileIdentity(library_) + "\n");
  const std::string text = DescribeLibrarySearch({"libc.so.6"});
  EXPECT_NE(text.find("/etc/ld.so.cache: "), std::string::npos) << text;
  EXPECT_NE(text.find("/libc.so.6: "), std::string::npos) << text;
  EXPECT_EQ(DescribeLibrarySearch({"libc.so.6"}), text);
  EXPECT_EQ(FileIdentity(earlier_), "-");
}

TEST_F(LibraryNotesTest, ANewFileIsNotNoted) {
  LibraryNotes(options_, std::chrono::hours(1)).Note("nvrtc", names_, library_, "13000");
  EXPECT_EQ(Recall(), "nothing");
}

TEST_F(LibraryNotesTest, DamagedNotes) {
  Note();
  std::ifstream file(NoteFile());
  const std::string good((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  ASSERT_FALSE(good.empty());
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] ^= 1;
    Put(NoteFile(), bad);
    ASSERT_EQ(Recall(), "nothing") << i;
    Put(NoteFile(), good.substr(0, i));
    ASSERT_EQ(Recall(), "nothing") << i;
  }
  Put(NoteFile(), good);
  EXPECT_EQ(Recall(), "13000");
}

TEST_F(LibraryNotesTest, FoldersThatOthersMayWriteTo) {
  Note();
  fs::permissions(options_.directory, fs::perms::group_write, fs::perm_options::add);
  EXPECT_EQ(Recall(), "nothing");
  options_.insecure = true;
  EXPECT_EQ(Recall(), "13000");
}

TEST_F(LibraryNotesTest, NoPlaceToKeepThem) {
  options_.max_bytes = 0;
  Note();
  EXPECT_FALSE(fs::exists(options_.directory));
  options_.directory = "";
  Note();
  EXPECT_EQ(Recall(), "nothing");
}

// What is no kernel is left alone by whoever looks after the kernels, and their number is bounded.
TEST_F(LibraryNotesTest, BesideTheKernels) {
  for (int i = 0; i < 100; ++i) {
    names_[0] = earlier_ + std::to_string(i);
    Note();
    EXPECT_EQ(Recall(), "13000");
  }
  const fs::directory_iterator files(options_.directory + "/kernels");
  EXPECT_LE(std::distance(begin(files), end(files)), 8);
  options_.producer = "test";
  const Result<std::unique_ptr<DiskCache>> cache = DiskCache::Open(options_);
  ASSERT_TRUE(cache.ok());
  EXPECT_TRUE((*cache)->List().empty());
}

}  // namespace
}  // namespace raggedc
