//===- libraggedc_test.cpp - the compiler as a library in a process --------===//

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "runtime/include/raggedc/compiler.h"
#include "runtime/testing.h"

extern "C" size_t options_size_in_c(void);

namespace {

constexpr char kSpec[] = "bf16,heads=12,dim=64,max_seqlen=197";

/// The functions of the library, found as any program finds them.
struct Library {
  decltype(&raggedc_compiler_compile) compile;
  decltype(&raggedc_compiler_result_cuda) cuda;
  decltype(&raggedc_compiler_result_manifest) manifest;
  decltype(&raggedc_compiler_result_name) name;
  decltype(&raggedc_compiler_result_diagnostics) diagnostics;
  decltype(&raggedc_compiler_result_milliseconds) milliseconds;
  decltype(&raggedc_compiler_result_destroy) destroy;
  decltype(&raggedc_compiler_abi) abi;
  decltype(&raggedc_compiler_version) version;
  decltype(&raggedc_compiler_build_id) buildId;
};

bool open(const char* path, Library& library) {
  void* handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!handle) return false;
  auto find = [&](auto& function, const char* symbol) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(handle, symbol));
    return function != nullptr;
  };
  return find(library.compile, "raggedc_compiler_compile") && find(library.cuda, "raggedc_compiler_result_cuda") &&
         find(library.manifest, "raggedc_compiler_result_manifest") &&
         find(library.name, "raggedc_compiler_result_name") &&
         find(library.diagnostics, "raggedc_compiler_result_diagnostics") &&
         find(library.milliseconds, "raggedc_compiler_result_milliseconds") &&
         find(library.destroy, "raggedc_compiler_result_destroy") && find(library.abi, "raggedc_compiler_abi") &&
         find(library.version, "raggedc_compiler_version") && find(library.buildId, "raggedc_compiler_build_id");
}

const Library& library() {
  static const Library opened = [] {
    Library found;
    if (!open(RAGGEDC_LIBRARY, found)) {
      std::fprintf(stderr, "expected " RAGGEDC_LIBRARY " to open, got %s\n", dlerror());
      std::abort();
    }
    return found;
  }();
  return opened;
}

struct Outcome {
  int32_t code = -1;
  std::string cuda, manifest, name, diagnostics;
};

Outcome compile(const std::string& text, const raggedc_compiler_options* options = nullptr) {
  const Library& lib = library();
  raggedc_compiler_result* result = nullptr;
  Outcome outcome;
  outcome.code = lib.compile(text.data(), text.size(), options, &result);
  size_t size = 0;
  const char* cuda = lib.cuda(result, &size);
  outcome.cuda.assign(cuda, size);
  EXPECT_EQ(std::strlen(cuda), size);
  outcome.manifest = lib.manifest(result, nullptr);
  outcome.name = lib.name(result, nullptr);
  outcome.diagnostics = lib.diagnostics(result, nullptr);
  lib.destroy(result);
  return outcome;
}

raggedc_compiler_options makeOptions() {
  raggedc_compiler_options options = {};
  options.struct_size = sizeof options;
  return options;
}

std::string outputOf(const std::string& command) {
  std::string text;
  FILE* pipe = popen(command.c_str(), "r");
  char buffer[4096];
  while (size_t got = std::fread(buffer, 1, sizeof buffer, pipe)) text.append(buffer, got);
  EXPECT_EQ(pclose(pipe), 0) << command;
  return text;
}

TEST(LibraryTest, ExportsNothingButItsFunctions) {
  std::string symbols = outputOf(RAGGEDC_NM " -D --defined-only --format=just-symbols " RAGGEDC_LIBRARY);
  EXPECT_EQ(symbols,
            "raggedc_compiler_abi\nraggedc_compiler_build_id\nraggedc_compiler_compile\nraggedc_compiler_result_cuda\n"
            "raggedc_compiler_result_destroy\nraggedc_compiler_result_diagnostics\nraggedc_compiler_result_manifest\n"
            "raggedc_compiler_result_milliseconds\nraggedc_compiler_result_name\nraggedc_compiler_version\n");
}

TEST(LibraryTest, NeedsOnlyTheCLibrary) {
  std::string dynamic = outputOf(RAGGEDC_READELF " --needed-libs " RAGGEDC_LIBRARY);
  for (const char* other : {"LLVM", "MLIR", "libstdc++", "libgcc", "libz", "cuda"})
    EXPECT_EQ(dynamic.find(other), std::string::npos) << dynamic;
}

TEST(LibraryTest, SaysWhatItIs) {
  EXPECT_EQ(library().abi(), RAGGEDC_COMPILER_ABI);
  EXPECT_STREQ(library().version(), RAGGEDC_VERSION);
  EXPECT_EQ(std::string(library().buildId()).rfind("raggedc ", 0), 0u) << library().buildId();
}

// One cache on disk serves both, as it tells compilers apart by this.
TEST(LibraryTest, IsTheSameCompilerAsTheProgram) {
  if (std::system(RAGGEDC_PROGRAM " doctor > /dev/null") != 0) GTEST_SKIP() << "no NVRTC";
  raggedc::TemporaryDirectory folder;
  std::string path = folder.File("a.bundle");
  outputOf(std::string(RAGGEDC_PROGRAM " compile --spec bf16,heads=1,dim=16,max_seqlen=16 --emit bundle > ") + path);
  std::string listed = outputOf(std::string(RAGGEDC_PROGRAM " bundle list --json ") + path);
  EXPECT_NE(listed.find(std::string("\"producer\": \"") + library().buildId() + "\""), std::string::npos) << listed;
}

TEST(LibraryTest, CompilesWhatTheProgramCompiles) {
  Outcome outcome = compile(kSpec);
  ASSERT_EQ(outcome.code, RAGGEDC_COMPILER_OK) << outcome.diagnostics;
  EXPECT_EQ(outcome.name, "ragged");
  EXPECT_EQ(outcome.diagnostics, "");
  std::string program = std::string(RAGGEDC_PROGRAM) + " compile --spec " + kSpec;
  EXPECT_EQ(outcome.cuda, outputOf(program));
  EXPECT_EQ(outcome.manifest, outputOf(program + " --emit manifest"));

  raggedc_compiler_options options = makeOptions();
  options.arch = "sm_80";
  options.family = "single";
  options.softmax = "online";
  options.batch = 3;
  options.block_m = 32;
  options.block_n = 64;
  options.warps = 2;
  options.stages = 2;
  options.min_blocks = 2;
  options.rows_per_block = 208;
  options.allow_spills = 1;
  program +=
      " --arch sm_80 --family single --softmax online --batch 3 --block-m 32 --block-n 64 --warps 2 --stages 2 "
      "--min-blocks 2 --rows-per-block 208 --allow-spills";
  outcome = compile(kSpec, &options);
  ASSERT_EQ(outcome.code, RAGGEDC_COMPILER_OK) << outcome.diagnostics;
  EXPECT_EQ(outcome.cuda, outputOf(program));
  EXPECT_EQ(outcome.manifest, outputOf(program + " --emit manifest"));
}

constexpr char kOpenModule[] =
    "func.func @f(%qkv: tensor<?x3x4x64xbf16>, %offsets: tensor<?xi32>) -> tensor<?x4x64xbf16> {\n"
    "  %o = ragged.attention %qkv offsets(%offsets) : tensor<?x3x4x64xbf16>, tensor<?xi32> -> tensor<?x4x64xbf16>\n"
    "  return %o : tensor<?x4x64xbf16>\n}\n";

TEST(LibraryTest, CompilesAModule) {
  raggedc_compiler_options options = makeOptions();
  options.input = RAGGEDC_COMPILER_MLIR;
  Outcome outcome = compile(kOpenModule, &options);
  EXPECT_EQ(outcome.code, RAGGEDC_COMPILER_INVALID_ARGUMENT);
  EXPECT_EQ(outcome.diagnostics.rfind("<module>:2:8: error: 'ragged.attention' op expected max_seqlen, got none", 0),
            0u)
      << outcome.diagnostics;
  EXPECT_EQ(outcome.cuda + outcome.manifest + outcome.name, "");

  options.name = "block.mlir";
  EXPECT_EQ(compile(kOpenModule, &options).diagnostics.rfind("block.mlir:2:8: error: ", 0), 0u);

  options.max_seqlen = 50;
  outcome = compile(kOpenModule, &options);
  EXPECT_EQ(outcome.code, RAGGEDC_COMPILER_OK) << outcome.diagnostics;
  EXPECT_EQ(outcome.name, "f");
  EXPECT_NE(outcome.manifest.find("\"max_seqlen\": 50"), std::string::npos);
}

TEST(LibraryTest, SaysWhatIsWrong) {
  EXPECT_EQ(compile("bf16,heads=12,dim=60,max_seqlen=197").diagnostics,
            "<spec>: expected dim to be a multiple of 8 in 16..256, got 60");
  EXPECT_EQ(compile(std::string("bf16\0,heads=1", 13)).code, RAGGEDC_COMPILER_INVALID_ARGUMENT);

  raggedc_compiler_options options = makeOptions();
  options.arch = "sm_70";
  EXPECT_EQ(compile(kSpec, &options).diagnostics,
            "--arch: expected sm_80, sm_86, sm_89, sm_90a, sm_100a, sm_103a or sm_120a, got 'sm_70'");
  options = makeOptions();
  options.family = "square";
  EXPECT_NE(compile(kSpec, &options).diagnostics.find("expected family to be one of"), std::string::npos);
  options = makeOptions();
  options.warps = -1;
  EXPECT_EQ(compile(kSpec, &options).diagnostics, "options: expected warps to be from 0 to 2147483647, got -1");
  options = makeOptions();
  options.input = 7;
  EXPECT_EQ(compile(kSpec, &options).diagnostics, "options: expected input to be 0 or 1, got 7");
}

TEST(LibraryTest, DependentLaunchCanBeLeftOut) {
  raggedc_compiler_options options = makeOptions();
  Outcome with = compile(kSpec, &options);
  EXPECT_NE(with.cuda.find("griddepcontrol_wait();"), std::string::npos);
  EXPECT_NE(with.manifest.find("\"programmatic_launch\": true"), std::string::npos);
  options.dependent_launch = "off";
  Outcome without = compile(kSpec, &options);
  EXPECT_EQ(without.code, RAGGEDC_COMPILER_OK) << without.diagnostics;
  EXPECT_EQ(without.cuda.find("  ptx::griddepcontrol_wait();"), std::string::npos);
  EXPECT_NE(without.manifest.find("\"programmatic_launch\": false"), std::string::npos);
  options.dependent_launch = "on";
  EXPECT_EQ(compile(kSpec, &options).diagnostics, "options: expected dependent_launch to be auto or off, got 'on'");
}

TEST(LibraryTest, ChoosesTheUnitOfProducts) {
  raggedc_compiler_options options = makeOptions();
  options.mma = "warp";
  Outcome outcome = compile(kSpec, &options);
  EXPECT_EQ(outcome.code, RAGGEDC_COMPILER_OK) << outcome.diagnostics;
  EXPECT_EQ(outcome.cuda.find("  warpgroup::mma"), std::string::npos);
  options.mma = "warpgroup";
  EXPECT_NE(compile(kSpec, &options).cuda.find("warpgroup::mma"), std::string::npos);
  options.mma = "tensor";
  EXPECT_EQ(compile(kSpec, &options).code, RAGGEDC_COMPILER_INVALID_ARGUMENT);
}

TEST(LibraryTest, QuickIsAScheduleOfItsOwn) {
  raggedc_compiler_options options = makeOptions();
  Outcome fine = compile(kSpec, &options);
  options.quick = 1;
  Outcome quick = compile(kSpec, &options);
  EXPECT_EQ(quick.code, RAGGEDC_COMPILER_OK) << quick.diagnostics;
  EXPECT_NE(quick.manifest.find("\"family\": \"online\""), std::string::npos);
  EXPECT_NE(quick.cuda, fine.cuda);
  options.quick = 0;
  options.family = "online";
  options.softmax = "online";
  options.block_n = 16;
  EXPECT_EQ(compile(kSpec, &options).cuda, quick.cuda);
  // What is asked for beside it holds.
  options = makeOptions();
  options.quick = 1;
  options.family = "single";
  EXPECT_NE(compile(kSpec, &options).manifest.find("\"family\": \"single\""), std::string::npos);
}

TEST(LibraryTest, KnowsStructsOfOtherVersions) {
  EXPECT_EQ(options_size_in_c(), sizeof(raggedc_compiler_options));
  // An older caller ends before the schedule: what lies beyond is not read.
  raggedc_compiler_options options = makeOptions();
  options.struct_size = offsetof(raggedc_compiler_options, batch);
  options.arch = "sm_80";
  options.warps = -1;
  Outcome outcome = compile(kSpec, &options);
  EXPECT_EQ(outcome.code, RAGGEDC_COMPILER_OK) << outcome.diagnostics;
  EXPECT_NE(outcome.manifest.find("\"arch\": \"sm_80\""), std::string::npos);

  struct {
    raggedc_compiler_options known;
    int64_t later;
  } newer = {makeOptions(), 0};
  newer.known.struct_size = sizeof newer;
  EXPECT_EQ(compile(kSpec, &newer.known).code, RAGGEDC_COMPILER_OK);
  newer.later = 1;
  EXPECT_NE(compile(kSpec, &newer.known).diagnostics.find("that this version does not know"), std::string::npos);

  options.struct_size = 0;
  EXPECT_EQ(compile(kSpec, &options).diagnostics, "options: expected struct_size to be set, got 0");
  options.struct_size = ~size_t{0};
  EXPECT_EQ(compile(kSpec, &options).code, RAGGEDC_COMPILER_INVALID_ARGUMENT);
}

TEST(LibraryTest, ATuningTableOfThisBuildDecides) {
  auto makeTable = [](const std::string& compiler, const std::string& arch) {
    return R"({"format": "raggedc tuning table", "version": 1, "compiler": ")" + compiler +
           R"(", "gpu": "GPU", "arch": ")" + arch + R"(", "driver": "1", "date": "today", "entries": [{
             "shape": {"dtypes": ["bf16"], "head_dim": 64, "head_dim_v": 64, "capacity": [561, 592]},
             "chosen": {"schedule": {"family": "online", "softmax": "online", "mma": "warpgroup", "warps": 4,
                                     "rows_per_block": 64, "block_n": 64, "stages": 2, "queries": "shared"}}}]})";
  };
  const std::string spec = "bf16,heads=12,dim=64,max_seqlen=577", own = library().buildId();
  Outcome plain = compile(spec);
  auto with = [&](const std::string& table) {
    raggedc_compiler_options options = makeOptions();
    options.tuning_table = table.data();
    options.tuning_table_size = table.size();
    Outcome outcome = compile(spec, &options);
    EXPECT_EQ(outcome.code, RAGGEDC_COMPILER_OK) << outcome.diagnostics;
    return outcome;
  };
  Outcome tuned = with(makeTable(own, "sm_90a"));
  EXPECT_EQ(tuned.diagnostics, "");
  EXPECT_NE(tuned.cuda.find("chosen from runs on GPU, today"), std::string::npos);
  EXPECT_NE(tuned.cuda, plain.cuda);
  // One that is of no use is said to be, and changes nothing.
  for (const auto& [table, why] :
       {std::pair(makeTable(own, "sm_80"), std::string("expected measurements on sm_90a, got sm_80")),
        {makeTable("other", "sm_90a"), "expected measurements of '" + own + "', got those of 'other'"},
        {std::string("{"), "expected JSON"}}) {
    Outcome outcome = with(table);
    EXPECT_NE(outcome.diagnostics.find(why), std::string::npos) << outcome.diagnostics;
    EXPECT_EQ(outcome.cuda, plain.cuda);
  }
}

TEST(LibraryTest, TakesNullWhereItSaysSo) {
  EXPECT_EQ(library().compile(kSpec, sizeof kSpec - 1, nullptr, nullptr), RAGGEDC_COMPILER_INVALID_ARGUMENT);
  raggedc_compiler_result* result = nullptr;
  EXPECT_EQ(library().compile(nullptr, 0, nullptr, &result), RAGGEDC_COMPILER_INVALID_ARGUMENT);
  ASSERT_NE(result, nullptr);
  EXPECT_STREQ(library().diagnostics(result, nullptr), "expected a text, got none");
  library().destroy(result);
  library().destroy(nullptr);
  size_t size = 1;
  EXPECT_STREQ(library().cuda(nullptr, &size), "");
  EXPECT_EQ(size, 0u);
  EXPECT_EQ(library().milliseconds(nullptr), 0);
}

TEST(LibraryTest, EightThreadsCompileAtOnce) {
  constexpr int kThreads = 8, kRounds = 6;
  auto specOf = [](int thread, int round) {
    const char* dtypes[] = {"bf16", "f16", "f32"};
    return std::string(dtypes[thread % 3]) + ",heads=" + std::to_string(1 + thread) +
           ",dim=" + std::to_string(32 + 8 * round) + ",max_seqlen=" + std::to_string(40 + 31 * thread);
  };
  std::vector<Outcome> outcomes(kThreads * kRounds);
  std::atomic<int> waiting = kThreads;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread)
    threads.emplace_back([&, thread] {
      for (--waiting; waiting > 0;) std::this_thread::yield();
      for (int round = 0; round < kRounds; ++round) {
        raggedc_compiler_options options = makeOptions();
        options.arch = thread % 2 ? "sm_80" : "sm_90a";
        outcomes[thread * kRounds + round] = compile(specOf(thread, round) + (round == 3 ? ",oops" : ""), &options);
      }
    });
  for (std::thread& thread : threads) thread.join();
  for (int thread = 0; thread < kThreads; ++thread)
    for (int round = 0; round < kRounds; ++round) {
      const Outcome& outcome = outcomes[thread * kRounds + round];
      SCOPED_TRACE(specOf(thread, round));
      if (round == 3) {
        EXPECT_EQ(outcome.diagnostics, "<spec>: expected a known key, got 'oops'");
        continue;
      }
      // What a thread made among others is what one makes alone.
      raggedc_compiler_options options = makeOptions();
      options.arch = thread % 2 ? "sm_80" : "sm_90a";
      Outcome alone = compile(specOf(thread, round), &options);
      EXPECT_EQ(outcome.code, RAGGEDC_COMPILER_OK) << outcome.diagnostics;
      EXPECT_EQ(outcome.cuda, alone.cuda);
      EXPECT_EQ(outcome.manifest, alone.manifest);
      EXPECT_FALSE(outcome.cuda.empty());
    }
}

/// Runs `body` in a process of its own, which has opened nothing yet; whether it returned true.
template <typename Body>
bool inFreshProcess(const Body& body) {
  pid_t child = fork();
  if (child == 0) _exit(body() ? 0 : 1);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool compiles(const Library& lib) {
  raggedc_compiler_result* result = nullptr;
  int32_t code = lib.compile(kSpec, sizeof kSpec - 1, nullptr, &result);
  bool good = code == RAGGEDC_COMPILER_OK && std::strstr(lib.cuda(result, nullptr), "__global__");
  if (!good) std::fprintf(stderr, "got %d: %s\n", code, lib.diagnostics(result, nullptr));
  lib.destroy(result);
  return good;
}

/// LLVM and MLIR with their symbols for everyone to find, as the worst neighbour has them.
bool openOthers() {
  for (const char* path : {RAGGEDC_OTHER_LLVM, RAGGEDC_OTHER_MLIR})
    if (!dlopen(path, RTLD_NOW | RTLD_GLOBAL)) {
      std::fprintf(stderr, "%s\n", dlerror());
      return false;
    }
  return dlsym(RTLD_DEFAULT, "LLVMContextCreate") && dlsym(RTLD_DEFAULT, "_ZN4mlir11MLIRContextC1ENS0_9ThreadingE");
}

/// The other LLVM still does its work.
bool useOther() {
  auto create = reinterpret_cast<void* (*)()>(dlsym(RTLD_DEFAULT, "LLVMContextCreate"));
  auto name = reinterpret_cast<void* (*)(const char*, void*)>(dlsym(RTLD_DEFAULT, "LLVMModuleCreateWithNameInContext"));
  auto print = reinterpret_cast<char* (*)(void*)>(dlsym(RTLD_DEFAULT, "LLVMPrintModuleToString"));
  return create && name && print && std::strstr(print(name("other", create())), "other");
}

// Other tests open the library in this process, so these must come before them in a process that is forked early; gtest
// runs suites in order of definition, and a name with "DeathTest" first of all.
TEST(NeighbourDeathTest, AfterAnotherLlvm) {
  EXPECT_TRUE(inFreshProcess([] {
    Library lib;
    return openOthers() && open(RAGGEDC_LIBRARY, lib) && compiles(lib) && useOther() && compiles(lib);
  }));
}

TEST(NeighbourDeathTest, BeforeAnotherLlvm) {
  EXPECT_TRUE(inFreshProcess([] {
    Library lib;
    return open(RAGGEDC_LIBRARY, lib) && compiles(lib) && openOthers() && compiles(lib) && useOther();
  }));
}

// Not a limit to keep to, but one that a second context or a thread pool would break.
TEST(NeighbourDeathTest, StartsInMilliseconds) {
  EXPECT_TRUE(inFreshProcess([] {
    auto now = [] { return std::chrono::steady_clock::now(); };
    auto since = [&](auto begin) { return std::chrono::duration<double, std::milli>(now() - begin).count(); };
    Library lib;
    auto begin = now();
    if (!open(RAGGEDC_LIBRARY, lib)) return false;
    double opened = since(begin);
    if (!compiles(lib)) return false;
    double first = since(begin);
    begin = now();
    if (!compiles(lib)) return false;
    std::printf("opened in %.2f ms, first text after %.2f ms, the second took %.2f ms\n", opened, first, since(begin));
    std::fflush(stdout);
    return first < 1000;
  }));
}

}  // namespace
