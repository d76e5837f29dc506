#include "runtime/bundle.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <list>
#include <random>
#include <thread>

#include "runtime/bundle_format.h"
#include "runtime/file_io.h"
#include "runtime/fuzz/check.h"
#include "runtime/strings.h"
#include "runtime/testing.h"

namespace raggedc {
namespace {

std::string ManifestText(const std::string& name, const std::string& arch, int shared_bytes, int capacity) {
  return StrCat(R"({"raggedc_manifest": 1, "name": ")", name, R"(", "arch": ")", arch, R"(", "values": [
    {"name": "offsets", "role": "input", "dtype": "i32", "shape": [{"value": "offsets", "dim": 0}]}],
    "kernels": [{"symbol": ")",
                name,
                R"(_attention", "op": "attention", "params": ["offsets"], "block": [128, 1, 1], "shared_bytes": )",
                shared_bytes, R"(, "spec": {"max_seqlen": )", capacity, R"(}}], "launches": []})");
}

BundleItem MakeItem(const std::string& name, const std::string& arch, const char* spec = nullptr,
                    int shared_bytes = 1000) {
  BundleItem item;
  if (spec != nullptr) {
    const Result<Spec> parsed = ParseSpec(spec);
    EXPECT_TRUE(parsed.ok()) << parsed.status().message();
    item.spec = *parsed;
  }
  item.options = "--warps 4";
  item.manifest = ManifestText(name, arch, shared_bytes, item.spec ? static_cast<int>(item.spec->max_seqlen) : 64);
  item.cubin = std::string(
                   "\x7f"
                   "ELF") +
               name + arch + std::string(100 + name.size(), '\x5a');
  KernelResources resources;
  resources.symbol = name + "_attention";
  resources.registers = 119;
  resources.static_shared_bytes = 16;
  resources.stack_bytes = 8;
  resources.spill_store_bytes = 4;
  resources.spill_load_bytes = 2;
  resources.barriers = 1;
  resources.ptxas_milliseconds = 12.5;
  item.resources = {resources};
  item.nvrtc_version = 13050;
  return item;
}

constexpr char kSpec[] = "bf16,heads=12,dim=64,max_seqlen=197";

std::vector<BundleItem> SomeItems() {
  return {MakeItem("deit", "sm_80", kSpec), MakeItem("deit", "sm_90a", kSpec), MakeItem("block", "sm_90a"),
          MakeItem("ragged", "sm_80", "f16,heads=4,dim=32,max_seqlen=50")};
}

std::string SomeBundle() {
  return *SerializeBundle(SomeItems(), "raggedc 0.1.0");
}

std::unique_ptr<Bundle> OpenBytes(std::string bytes) {
  static std::list<std::string> kept;  // a bundle does not own its bytes
  kept.push_back(std::move(bytes));
  Result<std::unique_ptr<Bundle>> bundle = Bundle::FromMemory(kept.back(), "b");
  EXPECT_TRUE(bundle.ok()) << bundle.status().message();
  return bundle.ok() ? *std::move(bundle) : nullptr;
}

void ExpectError(const std::string& bytes, const std::string& message) {
  ExpectInvalid(Bundle::FromMemory(bytes, "b").status(), "b: " + message);
}

template <typename Number>
std::string With(std::string bytes, size_t at, Number number) {
  std::string raw;
  bundle_format::Put(&raw, number);
  return bytes.replace(at, raw.size(), raw);
}

// "deit sm_90a", or "none".
template <typename Key>
std::string Found(const Bundle& bundle, const Key& key, const BundleTarget& target) {
  const Result<Bundle::Value> kernel = bundle.Find(key, target);
  if (!kernel.ok()) return kernel.status().message();
  return *kernel == nullptr ? "none" : (*kernel)->manifest.name + " " + (*kernel)->manifest.arch;
}

TEST(BundleTest, EverythingSurvivesTheRoundTrip) {
  const TemporaryDirectory directory;
  const std::string path = directory.File("some.bundle");
  RAGGEDC_ASSERT_OK(WriteFile(path, SomeBundle()));
  const Result<std::unique_ptr<Bundle>> bundle = Bundle::Open(path);
  ASSERT_TRUE(bundle.ok()) << bundle.status().message();
  EXPECT_EQ((*bundle)->name(), path);
  EXPECT_EQ((*bundle)->producer(), "raggedc 0.1.0");
  EXPECT_EQ((*bundle)->bytes(), static_cast<int64_t>(SomeBundle().size()));
  ASSERT_EQ((*bundle)->entries().size(), 4u);
  const char* order[] = {"block sm_90a", "deit sm_80", "deit sm_90a", "ragged sm_80"};
  for (size_t i = 0; i < 4; ++i) {
    const BundleEntry& entry = (*bundle)->entries()[i];
    EXPECT_EQ(entry.name + " " + entry.arch, order[i]);
    EXPECT_EQ(entry.options, "--warps 4");
    EXPECT_EQ(entry.shared_bytes, 1000);
    EXPECT_EQ(entry.nvrtc_version, 13050);
    const BundleItem item = MakeItem(entry.name, entry.arch,
                                     i == 0   ? nullptr
                                     : i == 3 ? "f16,heads=4,dim=32,max_seqlen=50"
                                              : kSpec);
    EXPECT_EQ(entry.spec, item.spec);
    EXPECT_EQ(entry.capacity, item.spec ? item.spec->max_seqlen : 64);
    const Result<Bundle::Value> kernel = (*bundle)->Load(i);
    ASSERT_TRUE(kernel.ok()) << kernel.status().message();
    EXPECT_EQ((*kernel)->cubin, item.cubin);
    EXPECT_EQ(entry.cubin_bytes, static_cast<int64_t>(item.cubin.size()));
    EXPECT_EQ((*kernel)->manifest.kernels[0].symbol, entry.name + "_attention");
    std::vector<KernelResources> resources = item.resources;
    resources[0].ptxas_milliseconds = 0;
    EXPECT_EQ((*kernel)->resources, resources);
  }
  RAGGEDC_ASSERT_OK((*bundle)->Verify());
  ExpectInvalid((*bundle)->Load(4).status(), path + ": expected an entry below 4, got 4");
}

TEST(BundleTest, NothingAtAll) {
  const Result<std::string> bytes = SerializeBundle({}, "");
  ASSERT_TRUE(bytes.ok());
  EXPECT_EQ(bytes->size(), 64u);
  const auto bundle = OpenBytes(*bytes);
  EXPECT_TRUE(bundle->entries().empty());
  RAGGEDC_ASSERT_OK(bundle->Verify());
  EXPECT_EQ(Found(*bundle, "deit", {"sm_90a"}), "none");
}

TEST(BundleTest, BytesDependOnTheItemsAlone) {
  std::vector<BundleItem> items = SomeItems();
  const std::string bytes = SomeBundle();
  std::sort(items.begin(), items.end(), [](const auto& a, const auto& b) { return a.cubin > b.cubin; });
  items[0].resources[0].ptxas_milliseconds = 99;  // another run of the same compiler
  EXPECT_EQ(*SerializeBundle(items, "raggedc 0.1.0"), bytes);
  items[0].resources[0].registers = 120;
  EXPECT_NE(*SerializeBundle(items, "raggedc 0.1.0"), bytes);
}

TEST(BundleTest, CubinsAreAligned) {
  const std::string bytes = SomeBundle();
  int cubins = 0;
  for (size_t at = bytes.find("\x7f"
                              "ELF");
       at != std::string::npos; at = bytes.find("\x7f"
                                                "ELF",
                                                at + 1)) {
    EXPECT_EQ(at % 64, 0u);
    ++cubins;
  }
  EXPECT_EQ(cubins, 4);
}

TEST(BundleTest, FindsBySpecUnderAnyName) {
  const auto bundle = OpenBytes(SomeBundle());
  EXPECT_EQ(Found(*bundle, *ParseSpec(kSpec), {"sm_90a"}), "deit sm_90a");
  EXPECT_EQ(Found(*bundle, *ParseSpec(std::string(kSpec) + ",name=x"), {"sm_90a"}), "deit sm_90a");
  EXPECT_EQ(Found(*bundle, *ParseSpec(std::string(kSpec) + ",causal"), {"sm_90a"}), "none");
  EXPECT_EQ(Found(*bundle, *ParseSpec("bf16,heads=12,dim=64,max_seqlen=196"), {"sm_90a"}), "none");
  EXPECT_EQ(Found(*bundle, "block", {"sm_90a"}), "block sm_90a");
  EXPECT_EQ(Found(*bundle, "bloc", {"sm_90a"}), "none");
}

TEST(BundleTest, FindsWhatRunsThere) {
  const auto bundle = OpenBytes(SomeBundle());
  const Spec spec = *ParseSpec(kSpec);
  for (const char* arch : {"sm_80", "sm_86", "sm_89"}) EXPECT_EQ(Found(*bundle, spec, {arch}), "deit sm_80");
  for (const char* arch : {"sm_90", "sm_90a"}) EXPECT_EQ(Found(*bundle, spec, {arch}), "deit sm_90a");
  for (const char* arch : {"sm_87", "sm_100a", "sm_75", "", "x", "sm_"}) {
    EXPECT_EQ(Found(*bundle, spec, {arch}), "none") << arch;
  }
}

TEST(BundleTest, FindsTheBestOfSeveral) {
  std::vector<BundleItem> items;
  for (const char* arch : {"sm_80", "sm_86", "sm_90", "sm_90a", "sm_100f", "sm_100a", "sm_103a", "sm_120"}) {
    items.push_back(MakeItem("deit", arch, kSpec));
  }
  const auto bundle = OpenBytes(*SerializeBundle(items, ""));
  const std::pair<const char*, const char*> expected[] = {
      {"sm_80", "sm_80"},     {"sm_86", "sm_86"},    {"sm_89", "sm_86"},    {"sm_90a", "sm_90a"},
      {"sm_100a", "sm_100a"}, {"sm_103", "sm_103a"}, {"sm_120a", "sm_120"}, {"sm_121", "sm_120"}};
  for (const auto& [device, best] : expected) {
    EXPECT_EQ(Found(*bundle, "deit", {device}), StrCat("deit ", best)) << device;
  }
  // A family's runs on what came later in it.
  items.erase(items.begin() + 6);
  EXPECT_EQ(Found(*OpenBytes(*SerializeBundle(items, "")), "deit", {"sm_103a"}), "deit sm_100f");
}

TEST(BundleTest, FindsWhatFitsIntoSharedMemory) {
  const std::vector<BundleItem> items = {MakeItem("deit", "sm_80", kSpec, 90000),
                                         MakeItem("deit", "sm_86", kSpec, 101376)};
  const auto bundle = OpenBytes(*SerializeBundle(items, ""));
  EXPECT_EQ(Found(*bundle, "deit", {"sm_86", 101376}), "deit sm_86");
  EXPECT_EQ(Found(*bundle, "deit", {"sm_86", 101375}), "deit sm_80");
  EXPECT_EQ(Found(*bundle, "deit", {"sm_86", 50000}), "none");
}

TEST(BundleTest, RunsOnlyWhereItRuns) {
  EXPECT_TRUE(RunsOn("sm_80", "sm_89"));
  EXPECT_FALSE(RunsOn("sm_89", "sm_80"));
  EXPECT_FALSE(RunsOn("sm_80", "sm_90a"));
  EXPECT_TRUE(RunsOn("sm_90a", "sm_90"));
  EXPECT_FALSE(RunsOn("sm_100a", "sm_103"));
  EXPECT_TRUE(RunsOn("sm_100f", "sm_103a"));
  EXPECT_FALSE(RunsOn("sm_103f", "sm_100a"));
  EXPECT_TRUE(RunsOn("sm_120f", "sm_121a"));
  EXPECT_FALSE(RunsOn("sm_100f", "sm_120a"));
  EXPECT_FALSE(RunsOn("sm_86", "sm_87"));
  EXPECT_TRUE(RunsOn("sm_87", "sm_87"));
  EXPECT_FALSE(RunsOn("sm_87", "sm_89"));
  for (const char* text : {"", "sm_", "sm_a", "sm_9", "sm_9000", "sm_90b", "sm_+90", "sm_90aa", "90"}) {
    EXPECT_FALSE(RunsOn(text, text)) << text;
  }
}

TEST(BundleTest, SharesWhatIsLoaded) {
  const auto bundle = OpenBytes(SomeBundle());
  std::vector<Bundle::Value> values(16);
  std::vector<std::thread> threads;
  for (Bundle::Value& value : values) threads.emplace_back([&] { value = *bundle->Find("block", {"sm_90a"}); });
  for (std::thread& thread : threads) thread.join();
  for (const Bundle::Value& value : values) EXPECT_EQ(value, values[0]);
  const std::weak_ptr<const CompiledKernel> kept = values[0];
  values.clear();
  EXPECT_TRUE(kept.expired());
}

TEST(BundleTest, WriterRefusesWhatCannotBeFound) {
  const auto refuse = [](const std::vector<BundleItem>& items, const std::string& message) {
    ExpectInvalid(SerializeBundle(items, "").status(), message);
  };
  refuse({MakeItem("a", "sm_80", kSpec), MakeItem("b", "sm_80", "bf16,dim=64,heads=12,max_seqlen=197,name=b")},
         "expected one module for bf16,heads=12,dim=64,max_seqlen=197 and sm_80 in a bundle, got two");
  refuse({MakeItem("a", "sm_80"), MakeItem("a", "sm_80")},
         "expected one module called a for sm_80 in a bundle, got two");
  refuse({MakeItem("a", "sm_80"), MakeItem("a", "sm_80", kSpec)},
         "expected one module called a for sm_80 in a bundle, got two");
  BundleItem item = MakeItem("a", "sm_80");
  item.cubin = "ELF";
  refuse({item}, "a for sm_80: expected a cubin, got 3 bytes of something else");
  refuse({MakeItem("a", "x86")}, "a for x86: expected an architecture such as sm_90a");
  item.manifest = "{}";
  EXPECT_FALSE(SerializeBundle(std::vector<BundleItem>{item}, "").ok());
}

TEST(BundleTest, SpecsTellModulesOfOneNameApart) {
  const std::vector<BundleItem> items = {MakeItem("ragged", "sm_80", kSpec),
                                         MakeItem("ragged", "sm_80", "f16,heads=4,dim=32,max_seqlen=50")};
  const auto bundle = OpenBytes(*SerializeBundle(items, ""));
  EXPECT_EQ((*bundle->Find(*ParseSpec("f16,heads=4,dim=32,max_seqlen=50"), {"sm_80"}))->manifest.kernels[0].capacity,
            50);
  EXPECT_EQ((*bundle->Find(*ParseSpec(kSpec), {"sm_80"}))->manifest.kernels[0].capacity, 197);
  EXPECT_EQ(Found(*bundle, "ragged", {"sm_80"}),
            "b: expected one program called ragged, got several, which their specs tell apart");
}

TEST(BundleTest, OtherFiles) {
  const std::string message = "expected a bundle, as raggedc compile --emit bundle writes it, got another file";
  ExpectError("", message);
  ExpectError("x", message);
  ExpectError(std::string(200, '\0'), message);
  ExpectError(std::string("\x7f"
                          "ELF") +
                  std::string(200, '\0'),
              message);
  // As a transfer as text leaves it.
  std::string bytes = SomeBundle();
  bytes.insert(7, "\r");
  ExpectError(bytes, message);
}

TEST(BundleTest, FutureVersion) {
  ExpectError(With<uint32_t>(SomeBundle(), 8, 2),
              "expected a bundle of version 1, got version 2, which a later raggedc writes");
  ExpectError(With<uint32_t>(SomeBundle(), 8, 0), "expected a bundle of version 1, got version 0");
}

TEST(BundleTest, CutAnywhere) {
  const std::string bytes = SomeBundle();
  for (size_t size = 0; size < bytes.size(); ++size) {
    const Result<std::unique_ptr<Bundle>> bundle = Bundle::FromMemory(std::string_view(bytes).substr(0, size), "b");
    ASSERT_EQ(bundle.status().code(), StatusCode::kInvalidArgument) << size;
  }
  ExpectError(bytes.substr(0, 20), "expected a header of 64 bytes, got a file of 20: the bundle is damaged");
  ExpectError(bytes + "x", StrCat("expected a file of ", bytes.size(), " bytes, as its header says, got ",
                                  bytes.size() + 1, ": the bundle is damaged"));
}

TEST(BundleTest, FlippedAnywhere) {
  const std::string bytes = SomeBundle();
  for (size_t at = 0; at < bytes.size(); ++at) {
    std::string flipped = bytes;
    flipped[at] = static_cast<char>(flipped[at] ^ (1 << at % 8));
    const Result<std::unique_ptr<Bundle>> bundle = Bundle::FromMemory(flipped, "b");
    const Status status = bundle.ok() ? (*bundle)->Verify() : bundle.status();
    ASSERT_EQ(status.code(), StatusCode::kInvalidArgument) << "byte " << at;
  }
}

TEST(BundleTest, DamageOfOneEntryLeavesTheOthers) {
  std::string bytes = SomeBundle();
  bytes.back() = 1;  // even in the zeros after it
  const auto bundle = OpenBytes(bytes);
  EXPECT_EQ(Found(*bundle, "ragged", {"sm_80"}),
            "b: ragged for sm_80: expected the entry to match its hash, got another one: the bundle is damaged");
  EXPECT_EQ(Found(*bundle, "deit", {"sm_80"}), "deit sm_80");
  EXPECT_FALSE(bundle->Verify().ok());
}

// Another module's bytes under an entry, with all hashes right: as a tool of one's own would make it.
TEST(BundleTest, SwappedEntries) {
  using namespace bundle_format;
  const std::vector<BundleItem> items = {MakeItem("deit", "sm_80"), MakeItem("seit", "sm_80")};
  std::string bytes = *SerializeBundle(items, "");
  const size_t one = bytes.find(
                   "\x7f"
                   "ELF"),
               two = bytes.find(
                   "\x7f"
                   "ELF",
                   one + 1);
  ASSERT_EQ(two - one, bytes.size() - two);
  bytes = bytes.substr(0, one) + bytes.substr(two) + bytes.substr(one, two - one);
  EXPECT_FALSE(OpenBytes(bytes)->Load(0).ok());
  const std::string repaired = WithRightHashes(bytes);
  EXPECT_EQ(Found(*OpenBytes(repaired), "deit", {"sm_80"}),
            "b: deit for sm_80: expected the manifest to say what the table says, got something else: the bundle is "
            "damaged");
}

// Numbers that lie, with all hashes right.
TEST(BundleTest, TablesThatDoNotAgree) {
  const std::string bytes = SomeBundle();
  ASSERT_EQ(WithRightHashes(bytes), bytes);
  const size_t record = bundle_format::kHeaderBytes;
  for (const size_t at : {size_t{12}, size_t{24}, size_t{32}, size_t{36}, size_t{40}, record, record + 8, record + 16,
                          record + 24, record + 48, record + 56, record + 64, record + 72, record + 84, record + 88}) {
    for (const uint64_t value : {uint64_t{1}, uint64_t{1} << 31, uint64_t{1} << 63, ~uint64_t{0}}) {
      const std::string wrong = WithRightHashes(at % 8 == 0 && at != 32 && at != record + 48 && at != record + 56
                                                    ? With<uint64_t>(bytes, at, value)
                                                    : With<uint32_t>(bytes, at, static_cast<uint32_t>(value | 1)));
      const Result<std::unique_ptr<Bundle>> bundle = Bundle::FromMemory(wrong, "b");
      const Status status = bundle.ok() ? (*bundle)->Verify() : bundle.status();
      EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << at << " " << value;
    }
  }
}

// Sizes that add up once they overflow.
TEST(BundleTest, SizesThatOverflow) {
  const std::string bytes = *SerializeBundle(std::vector<BundleItem>{MakeItem("a", "sm_80")}, "");
  const size_t record = bundle_format::kHeaderBytes;
  bundle_format::Cursor sizes(std::string_view(bytes).substr(record + 8));
  const uint64_t cubin = sizes.Take<uint64_t>(), manifest = sizes.Take<uint64_t>();
  const std::string wrong =
      With<uint64_t>(With<uint64_t>(bytes, record + 8, ~uint64_t{0}), record + 16, cubin + manifest + 1);
  ExpectError(WithRightHashes(wrong),
              "expected entry 0 to agree with the file, got one that does not: the bundle is damaged");
}

TEST(BundleTest, RandomDamage) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(StrCat("seed ", seed));
  std::mt19937 random(seed);
  const std::string bytes = SomeBundle();
  for (int i = 0; i < 3000; ++i) {
    std::string damaged = bytes;
    for (int j = 0; j <= i % 4; ++j) damaged[random() % (i % 2 ? 700 : damaged.size())] = static_cast<char>(random());
    if (i % 7 == 0) damaged.resize(random() % damaged.size());
    CheckBundle(damaged);
  }
}

TEST(BundleTest, FilesThatAreNone) {
  const TemporaryDirectory directory;
  ExpectInvalid(Bundle::Open("/nowhere/x.bundle").status(), "cannot read /nowhere/x.bundle: No such file or directory");
  ExpectInvalid(Bundle::Open(directory.path()).status(),
                "cannot read " + directory.path() + ": expected a regular file");
  ExpectInvalid(Bundle::Open("/dev/zero").status(), "cannot read /dev/zero: expected a regular file");
  const std::string pipe = directory.File("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  ExpectInvalid(Bundle::Open(pipe).status(), "cannot read " + pipe + ": expected a regular file");
  RAGGEDC_ASSERT_OK(WriteFile(directory.File("empty"), ""));
  EXPECT_FALSE(Bundle::Open(directory.File("empty")).ok());
  std::filesystem::create_symlink("loop", directory.File("loop"));
  EXPECT_FALSE(Bundle::Open(directory.File("loop")).ok());
}

// Cut or written over while it is open: an error, no signal, no other bytes.
TEST(BundleTest, ChangedWhileOpen) {
  const TemporaryDirectory directory;
  const std::string path = directory.File("some.bundle");
  RAGGEDC_ASSERT_OK(WriteFile(path, SomeBundle()));
  const auto bundle = *Bundle::Open(path);
  const Bundle::Value before = *bundle->Find("deit", {"sm_80"});
  ASSERT_EQ(::truncate(path.c_str(), 500), 0);
  EXPECT_EQ(Found(*bundle, "block", {"sm_90a"}),
            path + ": block for sm_90a: expected the file to stay as it is while it is in use, got a shorter one");
  EXPECT_EQ(*bundle->Find("deit", {"sm_80"}), before);
  {
    std::ofstream file(path, std::ios::binary);
    file << std::string(SomeBundle().size(), 'x');
  }
  EXPECT_FALSE(bundle->Find("block", {"sm_90a"}).ok());
  // A new file under the name does not disturb who has the old one.
  RAGGEDC_ASSERT_OK(WriteFile(path, SomeBundle()));
  const auto again = *Bundle::Open(path);
  RAGGEDC_ASSERT_OK(WriteFile(path, *SerializeBundle({}, "")));
  EXPECT_EQ(Found(*again, "block", {"sm_90a"}), "block sm_90a");
}

}  // namespace
}  // namespace raggedc
