// Replays the inputs that fuzzing found worth keeping (runtime/fuzz/corpus) through the same functions.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "runtime/file_io.h"
#include "runtime/fuzz/check.h"

namespace raggedc {
namespace {

void Replay(const char* folder, void (*check)(std::string_view)) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(RAGGEDC_FUZZ_CORPUS) + "/" + folder)) {
    SCOPED_TRACE(entry.path().filename().string());
    const Result<std::string> bytes = ReadFile(entry.path().string());
    ASSERT_TRUE(bytes.ok()) << bytes.status().message();
    check(*bytes);
    ++files;
  }
  EXPECT_GE(files, 10);
}

TEST(FuzzCorpusTest, Bundle) {
  Replay("bundle", CheckBundle);
}
TEST(FuzzCorpusTest, Entry) {
  Replay("entry", CheckEntry);
}
TEST(FuzzCorpusTest, Safetensors) {
  Replay("safetensors", CheckSafetensors);
}
TEST(FuzzCorpusTest, Spec) {
  Replay("spec", CheckSpec);
}

}  // namespace
}  // namespace raggedc
