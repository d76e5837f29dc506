// Where kernels come from: bundles, the cache on disk, the compiler with NVRTC. The driver and the compiler are fakes,
// the rest is not.
#include <gtest/gtest.h>

#include <filesystem>

#include "runtime/api/testing/fake_source.h"
#include "runtime/bundle.h"
#include "runtime/disk_cache/library_notes.h"
#include "runtime/file_io.h"
#include "runtime/nvrtc.h"

namespace raggedc {
namespace {

class DefaultSourceTest : public ::testing::Test {
 protected:
  DefaultSourceTest() { fake_cuda::Reset(); }
  ~DefaultSourceTest() override { raggedc_context_destroy(context_); }

  raggedc_status MakeContext() {
    raggedc_context_destroy(context_);
    options_.driver_library = RAGGEDC_FAKE_CUDA;
    options_.warning = [](void* user, const char* text) {
      static_cast<DefaultSourceTest*>(user)->warnings_.push_back(text);
    };
    options_.warning_user = this;
    return raggedc_context_create(&options_, &context_);
  }

  raggedc_status Launch(const char* text) {
    raggedc_spec spec = RAGGEDC_SPEC_INIT;
    EXPECT_EQ(raggedc_spec_parse(text, &spec), RAGGEDC_OK);
    raggedc_launch_args args = RAGGEDC_LAUNCH_ARGS_INIT;
    args.sequences = 3;
    args.q = args.k = args.v = args.out = reinterpret_cast<void*>(0x1000);
    args.offsets = reinterpret_cast<int32_t*>(0x1000);
    return raggedc_launch(context_, &spec, &args, nullptr);
  }

  uint64_t Compiled() {
    raggedc_context_stats stats = RAGGEDC_CONTEXT_STATS_INIT;
    EXPECT_EQ(raggedc_context_stats_get(context_, &stats), RAGGEDC_OK);
    return stats.compiled;
  }

  static bool HasNvrtc() { return Nvrtc::Load().ok(); }

  // A bundle of a kernel for sm_90a.
  std::string WriteBundle(const std::string& name, const std::string& spec_text) {
    BundleItem item;
    item.spec = *ParseSpec(spec_text);
    item.manifest =
        R"({"raggedc_manifest": 1, "name": "ragged", "arch": "sm_90a", "values": [
             {"name": "q", "role": "input", "dtype": "bf16", "shape": [{"value": "q", "dim": 0}, 12, 64]},
             {"name": "offsets", "role": "input", "dtype": "i32", "shape": [{"value": "offsets", "dim": 0}]}],
            "kernels": [{"symbol": "bundled", "op": "attention", "params": ["q", "q", "q", "offsets", "q"], "block": [64, 1, 1],
             "shared_bytes": 0, "min_blocks_per_sm": 1, "status_symbol": "", "allow_spills": false,
             "programmatic_launch": true, "spec": {"max_seqlen": 64}, "schedule": {}}],
            "launches": [{"kernel": "bundled", "args": ["q", "q", "q", "offsets", "q"], "grid": [1, 1, 1]}]})";
    item.cubin = std::string("\177ELF") + std::string(60, '\0');
    const Result<std::string> bytes = SerializeBundle(std::vector<BundleItem>{item}, "test");
    EXPECT_TRUE(bytes.ok()) << bytes.status().message();
    const std::string path = directory_.File(name);
    EXPECT_TRUE(WriteFile(path, *bytes).ok());
    return path;
  }

  const TemporaryDirectory directory_;
  const std::string cache_ = directory_.File("cache");
  const ScopedEnvironment compiler_{"RAGGEDC_COMPILER", RAGGEDC_FAKE_COMPILER_LIBRARY};
  const ScopedEnvironment base_{"RAGGEDC_CACHE_BASE", nullptr};
  const ScopedEnvironment tuning_{"RAGGEDC_TUNING_TABLE", "none"};
  raggedc_context_options options_ = RAGGEDC_CONTEXT_OPTIONS_INIT;
  raggedc_context* context_ = nullptr;
  std::vector<std::string> warnings_;
};

constexpr char kSpec[] = "bf16,heads=12,dim=64,max_seqlen=64";

// Before any test that loads the compiler, which is then kept for the process: GoogleTest runs tests in this order.
TEST_F(DefaultSourceTest, ACompilerOfAnotherInterface) {
  const ScopedEnvironment fault("RAGGEDC_FAKE_COMPILER", "abi");
  options_.cache_directory = "";
  ASSERT_EQ(MakeContext(), RAGGEDC_OK) << raggedc_last_error();
  EXPECT_EQ(Launch(kSpec), RAGGEDC_ERROR_UNAVAILABLE);
  EXPECT_NE(std::string(raggedc_last_error()).find("to have the binary interface 1, got 2"), std::string::npos)
      << raggedc_last_error();
}

TEST_F(DefaultSourceTest, CompilesOnceAndKeepsItOnDisk) {
  if (!HasNvrtc()) GTEST_SKIP() << "this machine has no NVRTC";
  options_.cache_directory = cache_.c_str();
  for (int round = 0; round < 3; ++round) {
    ASSERT_EQ(MakeContext(), RAGGEDC_OK) << raggedc_last_error();
    ASSERT_EQ(Launch(kSpec), RAGGEDC_OK) << raggedc_last_error();
    ASSERT_EQ(Launch("bf16,heads=12,dim=64,max_seqlen=50"), RAGGEDC_OK) << raggedc_last_error();
    EXPECT_EQ(Compiled(), round == 0 ? 1u : 0u);
  }
  ASSERT_EQ(Launch("bf16,heads=12,dim=64,max_seqlen=64,batch=4"), RAGGEDC_OK);
  EXPECT_EQ(Compiled(), 1u);  // another kernel
  for (const fake_cuda::Launch& launch : fake_cuda::TakeLaunches()) {
    EXPECT_EQ(launch.grid[0], 36u);
    EXPECT_TRUE(launch.programmatic);
  }
  EXPECT_TRUE(std::filesystem::exists(cache_));
  EXPECT_EQ(warnings_, std::vector<std::string>());
}

// The bytes of the user's table decide the schedule, so they are part of what a kernel is found by.
TEST_F(DefaultSourceTest, AnotherTuningTableIsAnotherKernel) {
  if (!HasNvrtc()) GTEST_SKIP() << "this machine has no NVRTC";
  options_.cache_directory = cache_.c_str();
  const std::string a = directory_.File("a.json"), same = directory_.File("same.json"), b = directory_.File("b.json");
  for (const auto& [path, bytes] : {std::pair(a, "table"), {same, "table"}, {b, "another table"}}) {
    ASSERT_TRUE(WriteFile(path, bytes).ok());
    std::filesystem::permissions(path, std::filesystem::perms::owner_read);
  }
  const std::pair<std::string, uint64_t> rounds[] = {{"none", 1}, {a, 1}, {"none", 0}, {same, 0}, {b, 1}, {a, 0}};
  for (const auto& [table, compiled] : rounds) {
    const ScopedEnvironment named("RAGGEDC_TUNING_TABLE", table.c_str());
    ASSERT_EQ(MakeContext(), RAGGEDC_OK) << raggedc_last_error();
    ASSERT_EQ(Launch(kSpec), RAGGEDC_OK) << raggedc_last_error();
    EXPECT_EQ(Compiled(), compiled) << table;
  }
  EXPECT_EQ(warnings_, std::vector<std::string>());
}

TEST_F(DefaultSourceTest, AUselessTuningTableIsWarnedOfOnce) {
  if (!HasNvrtc()) GTEST_SKIP() << "this machine has no NVRTC";
  options_.cache_directory = "";
  const std::string table = directory_.File("table.json");
  ASSERT_TRUE(WriteFile(table, "useless").ok());
  std::filesystem::permissions(table, std::filesystem::perms::owner_read);
  const ScopedEnvironment named("RAGGEDC_TUNING_TABLE", table.c_str());
  ASSERT_EQ(MakeContext(), RAGGEDC_OK) << raggedc_last_error();
  ASSERT_EQ(Launch(kSpec), RAGGEDC_OK) << raggedc_last_error();
  ASSERT_EQ(Launch("bf16,heads=3,dim=64,max_seqlen=64"), RAGGEDC_OK) << raggedc_last_error();
  EXPECT_EQ(Compiled(), 2u);
  EXPECT_EQ(warnings_, std::vector<std::string>{"tuning table " + table +
                                                ": expected a useful table, got another; it is not used"});
}

// Whether this process has a file open whose path has `name` in it.
bool IsMapped(const std::string& name) {
  const Result<std::string> maps = ReadFile("/proc/self/maps", 1 << 24);
  EXPECT_TRUE(maps.ok());
  return maps.ok() && maps->find(name) != std::string::npos;
}

// In processes of their own, since what one has opened stays open: the first compiles, the second opens neither the
// compiler nor NVRTC, and does for a kernel that is not there.
TEST_F(DefaultSourceTest, AKernelOnDiskIsFoundWithoutOpeningLibraries) {
  constexpr char kCacheName[] = "RAGGEDC_TEST_CACHE";
  const bool is_child = std::getenv(kCacheName) != nullptr;
  if (!is_child && !HasNvrtc()) GTEST_SKIP() << "this machine has no NVRTC";
  const std::string cache = is_child ? std::getenv(kCacheName) : cache_;
  const ScopedEnvironment named(kCacheName, cache.c_str());
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto launch = [&](const char* spec, uint64_t compiled, bool opens) {
    options_.cache_directory = cache.c_str();
    const bool ok = MakeContext() == RAGGEDC_OK && Launch(spec) == RAGGEDC_OK && Compiled() == compiled &&
                    warnings_.empty() && IsMapped("libnvrtc") == opens && IsMapped("fake_compiler") == opens;
    std::fprintf(stderr, "%s; compiled %d, opened %d %d\n", raggedc_last_error(), static_cast<int>(Compiled()),
                 IsMapped("libnvrtc"), IsMapped("fake_compiler"));
    std::exit(ok ? 0 : 1);  // which waits for what is being kept
  };
  EXPECT_EXIT(launch(kSpec, 1, true), ::testing::ExitedWithCode(0), "");
  EXPECT_EXIT(launch(kSpec, 0, false), ::testing::ExitedWithCode(0), "");
  EXPECT_EXIT(launch("bf16,heads=12,dim=64,max_seqlen=30", 1, true), ::testing::ExitedWithCode(0), "");
  EXPECT_EXIT(launch("bf16,heads=12,dim=64,max_seqlen=30", 0, false), ::testing::ExitedWithCode(0), "");

  // A note that is wrong, whatever made it so, hides no kernel.
  if (!is_child) {
    DiskCacheOptions options;
    options.directory = cache;
    const LibraryNotes notes(options, std::chrono::seconds(0));
    notes.Note("nvrtc", Nvrtc::Candidates(), (*Nvrtc::Load())->path(), "12345");
  }
  options_.policy = RAGGEDC_COMPILE_NEVER;
  EXPECT_EXIT(launch(kSpec, 0, true), ::testing::ExitedWithCode(0), "");
  EXPECT_EXIT(launch(kSpec, 0, false), ::testing::ExitedWithCode(0), "");
}

TEST_F(DefaultSourceTest, NoCache) {
  if (!HasNvrtc()) GTEST_SKIP() << "this machine has no NVRTC";
  const ScopedEnvironment named("RAGGEDC_CACHE_DIR", cache_.c_str());
  options_.cache_directory = "";
  for (int round = 0; round < 2; ++round) {
    ASSERT_EQ(MakeContext(), RAGGEDC_OK);
    ASSERT_EQ(Launch(kSpec), RAGGEDC_OK) << raggedc_last_error();
    EXPECT_EQ(Compiled(), 1u);
  }
  EXPECT_FALSE(std::filesystem::exists(cache_));
}

TEST_F(DefaultSourceTest, TheEnvironmentsCache) {
  if (!HasNvrtc()) GTEST_SKIP() << "this machine has no NVRTC";
  const ScopedEnvironment named("RAGGEDC_CACHE_DIR", cache_.c_str());
  for (int round = 0; round < 2; ++round) {
    ASSERT_EQ(MakeContext(), RAGGEDC_OK);
    ASSERT_EQ(Launch(kSpec), RAGGEDC_OK) << raggedc_last_error();
    EXPECT_EQ(Compiled(), round == 0 ? 1u : 0u);
  }
}

// Each with the words of whoever refused; nothing is kept, and the right thing works afterwards.
TEST_F(DefaultSourceTest, FailuresOfTheCompilerAndOfNvrtc) {
  if (!HasNvrtc()) GTEST_SKIP() << "this machine has no NVRTC";
  options_.cache_directory = cache_.c_str();
  ASSERT_EQ(MakeContext(), RAGGEDC_OK);
  {
    const ScopedEnvironment fault("RAGGEDC_FAKE_COMPILER", "refuse");
    EXPECT_EQ(Launch(kSpec), RAGGEDC_ERROR_INVALID_ARGUMENT);
    EXPECT_STREQ(raggedc_last_error(),
                 "compiling bf16,heads=12,dim=64,max_seqlen=64: <spec>:1:1: error: expected another spec, got "
                 "bf16,heads=12,dim=64,max_seqlen=64");
  }
  {
    const ScopedEnvironment fault("RAGGEDC_FAKE_COMPILER", "nonsense");
    EXPECT_EQ(Launch(kSpec), RAGGEDC_ERROR_INTERNAL) << raggedc_last_error();
  }
  EXPECT_EQ(Launch(kSpec), RAGGEDC_OK) << raggedc_last_error();
}

TEST_F(DefaultSourceTest, ACacheThatCannotBeUsedIsAWarning) {
  if (!HasNvrtc()) GTEST_SKIP() << "this machine has no NVRTC";
  options_.cache_directory = "/dev/null/cache";
  ASSERT_EQ(MakeContext(), RAGGEDC_OK);
  EXPECT_EQ(Launch(kSpec), RAGGEDC_OK) << raggedc_last_error();
  EXPECT_EQ(warnings_.size(), 1u);
}

TEST_F(DefaultSourceTest, BundlesComeFirst) {
  const std::string path = WriteBundle("a.bundle", kSpec);
  const std::string other = WriteBundle("b.bundle", "bf16,heads=3,dim=64,max_seqlen=64");
  const char* bundles[] = {other.c_str(), path.c_str()};
  options_.bundles = bundles;
  options_.bundle_count = 2;
  options_.policy = RAGGEDC_COMPILE_NEVER;
  options_.cache_directory = cache_.c_str();
  ASSERT_EQ(MakeContext(), RAGGEDC_OK) << raggedc_last_error();
  EXPECT_EQ(Launch(kSpec), RAGGEDC_OK) << raggedc_last_error();
  EXPECT_EQ(Launch("bf16,heads=3,dim=64,max_seqlen=50"), RAGGEDC_OK) << raggedc_last_error();
  for (const fake_cuda::Launch& launch : fake_cuda::TakeLaunches()) EXPECT_EQ(launch.symbol, "bundled");
  EXPECT_EQ(Launch("bf16,heads=3,dim=64,max_seqlen=100"), RAGGEDC_ERROR_NO_KERNEL);
  EXPECT_EQ(Compiled(), 0u);
  EXPECT_FALSE(std::filesystem::exists(cache_));
}

// The note that a kernel may be launched with the attribute comes through a bundle, and the context has the last word.
TEST_F(DefaultSourceTest, PlainLaunches) {
  const std::string path = WriteBundle("a.bundle", kSpec);
  const char* bundles[] = {path.c_str()};
  options_.bundles = bundles;
  options_.bundle_count = 1;
  options_.policy = RAGGEDC_COMPILE_NEVER;
  options_.cache_directory = "";
  for (const uint32_t flags : {uint32_t{0}, uint32_t{RAGGEDC_PLAIN_LAUNCHES}}) {
    options_.flags = flags;
    ASSERT_EQ(MakeContext(), RAGGEDC_OK) << raggedc_last_error();
    ASSERT_EQ(Launch(kSpec), RAGGEDC_OK) << raggedc_last_error();
    const std::vector<fake_cuda::Launch> launches = fake_cuda::TakeLaunches();
    ASSERT_EQ(launches.size(), 1u);
    EXPECT_EQ(launches[0].programmatic, flags == 0);
  }
}

TEST_F(DefaultSourceTest, ABundleThatIsNone) {
  const std::string path = directory_.File("c.bundle");
  ASSERT_TRUE(WriteFile(path, "not a bundle").ok());
  const char* bundles[] = {path.c_str()};
  options_.bundles = bundles;
  options_.bundle_count = 1;
  EXPECT_EQ(MakeContext(), RAGGEDC_ERROR_INVALID_ARGUMENT);
  EXPECT_NE(std::string(raggedc_last_error()).find("c.bundle"), std::string::npos) << raggedc_last_error();
  EXPECT_EQ(context_, nullptr);
  options_.bundles = nullptr;
  EXPECT_EQ(MakeContext(), RAGGEDC_ERROR_INVALID_ARGUMENT);
  EXPECT_STREQ(raggedc_last_error(), "expected options.bundles, got null");
}

// A bundle damaged after it was opened costs a compilation and a warning; without a compiler it is an error.
TEST_F(DefaultSourceTest, ABundleDamagedLater) {
  if (!HasNvrtc()) GTEST_SKIP() << "this machine has no NVRTC";
  const std::string path = WriteBundle("d.bundle", kSpec);
  const char* bundles[] = {path.c_str()};
  options_.bundles = bundles;
  options_.bundle_count = 1;
  options_.cache_directory = "";
  for (const uint32_t policy : {RAGGEDC_COMPILE_NOW, RAGGEDC_COMPILE_NEVER}) {
    options_.policy = policy;
    WriteBundle("d.bundle", kSpec);
    warnings_.clear();
    ASSERT_EQ(MakeContext(), RAGGEDC_OK);
    Result<std::string> bytes = ReadFile(path, 1 << 20);
    ASSERT_TRUE(bytes.ok());
    (*bytes)[bytes->find("\177ELF") + 9] ^= 1;
    std::filesystem::resize_file(path, 0);  // the same file, not another of its name
    FILE* file = std::fopen(path.c_str(), "r+b");
    std::fwrite(bytes->data(), 1, bytes->size(), file);
    std::fclose(file);
    if (policy == RAGGEDC_COMPILE_NOW) {
      EXPECT_EQ(Launch(kSpec), RAGGEDC_OK) << raggedc_last_error();
      EXPECT_EQ(warnings_.size(), 1u);
    } else {
      EXPECT_EQ(Launch(kSpec), RAGGEDC_ERROR_INVALID_ARGUMENT);
    }
  }
}

}  // namespace
}  // namespace raggedc
