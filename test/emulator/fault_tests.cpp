//===- fault_tests.cpp - planted faults ------------------------------------===//
//
// Takes the emitted source of a kernel, edits its text in a named way, and
// expects the emulator to say what is wrong, and where. An edit whose text is
// not there fails its test.
//
//===----------------------------------------------------------------------===//

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "runtime/strings.h"
#include "test/cases/CaseBuilder.h"
#include "test/emulator/Kernel.h"
#include "test/emulator/PlantedFaults.h"

using namespace raggedc;
using emulator::Fault;
using emulator::FaultKind;
using emulator::FaultName;

namespace {

KernelCase getAttention(const std::string& family, const std::string& spec, std::vector<int64_t> lengths) {
  KernelCase test;
  test.spec = spec;
  test.family = family;
  test.lengths = std::move(lengths);
  return test;
}

KernelCase getText(const std::string& name, const std::string& text, std::vector<int64_t> lengths) {
  KernelCase test;
  test.name = name;
  test.text = text;
  test.lengths = std::move(lengths);
  return test;
}

/// Row and key tiles of 16 and 32: there are tails of both, an empty sequence, one of a row, and one of all.
std::map<std::string, KernelCase> getCases() {
  std::map<std::string, KernelCase> cases;
  cases["warp"] = getAttention("warp", "bf16,heads=1,dim=64,max_seqlen=40", {33, 0, 1, 40, 20});
  cases["single"] = getAttention("single", "bf16,heads=1,dim=64,max_seqlen=70", {33, 0, 1, 70, 20});
  KernelCase& single = cases["single"];
  single.warps = 2;
  single.stages = 1;
  single.softmax = "single_pass";
  cases["online"] = getAttention("online", "bf16,heads=1,dim=64,max_seqlen=70,block_n=32", {33, 0, 1, 70, 20});
  cases["online"].warps = 2;
  cases["online"].stages = 2;
  cases["lagged"] =
      getAttention("online/warpgroup", "f16,heads=1,dim=64,max_seqlen=260,block_n=96,scale=8", {260, 97, 0, 1, 200});
  cases["plain_online"] =
      getAttention("online/warpgroup", "bf16,heads=1,dim=64,max_seqlen=260,block_n=96,scale=8", {260, 97, 0, 1, 200});
  for (const char* name : {"lagged", "plain_online"}) {
    cases[name].warps = 8;
    cases[name].arch = "sm_90a";
  }
  // Rows of 130 take a second block, where one warpgroup has none.
  for (const auto& [name, options, lengths] :
       {std::tuple("plain", "", std::vector<int64_t>{33, 0, 1, 197, 16, 130, 17}),
        std::tuple("plain_far", ",scale=8", std::vector<int64_t>{33, 197, 130, 1, 1, 1, 1}),
        std::tuple("plain_tiles", ",block_n=96", std::vector<int64_t>{33, 0, 1, 197, 16, 130, 96, 97}),
        std::tuple("plain_rows", ",scale=8", std::vector<int64_t>{197}),
        // Five rows behind whole blocks, one, and none.
        std::tuple("short", "", std::vector<int64_t>{197, 193, 192, 33}),
        std::tuple("short_far", ",scale=8", std::vector<int64_t>{197, 193})}) {
    KernelCase& plain = cases[name] =
        getAttention("single/warpgroup", StrCat("bf16,heads=1,dim=64,max_seqlen=197", options), lengths);
    const std::string which = name;
    const bool isLate = which == "plain" || which == "plain_far" || which == "plain_tiles";
    plain.warps = isLate ? 8 : 4;
    plain.rowsPerBlock = isLate ? 128 : 256;
    plain.stages = 2;
    plain.softmax = "single_pass";
    plain.arch = "sm_90a";
  }
  // Two warps a tile of rows and two tiles: groups of two, and results of four warps.
  cases["latency"] = getAttention("latency", "bf16,heads=1,dim=64,max_seqlen=70,block_m=32", {33, 0, 1, 70, 20});
  cases["latency"].warps = 4;
  cases["plain_ways"] = getAttention("latency", "bf16,heads=1,dim=64,max_seqlen=200,block_m=32,scale=8",
                                     {200, 33, 1, 0, 1, 70, 1, 20, 1});
  cases["plain_ways"].warps = 4;
  // Three blocks stay; each goes round its four stages, or its eight slots, which sequences of 400 do within one item.
  cases["ring"] = getAttention("ring/warpgroup", "bf16,heads=1,dim=64,max_seqlen=70",
                               {33, 0, 1, 70, 20, 64, 50, 70, 40, 16, 70, 3, 70, 70, 33, 48, 49, 1});
  cases["stream"] = getAttention("ring/warpgroup", "bf16,heads=1,dim=64,max_seqlen=404,block_n=96",
                                 {33, 0, 193, 404, 330, 1, 330, 404});
  cases["stream"].stages = 8;
  // The slots are for more items of one tile of K and one of V than Q is.
  cases["stream_short"] = getAttention("ring/warpgroup", "bf16,heads=1,dim=64,max_seqlen=800,block_n=64",
                                       {20, 33, 1,  60, 20, 20, 0,  17, 20, 40, 20, 20, 90, 20, 20, 3, 20,
                                        20, 20, 20, 20, 64, 20, 16, 20, 20, 20, 20, 20, 20, 20, 20, 20});
  cases["stream_short"].stages = 13;
  cases["stream_short"].warps = 16;
  cases["stream_short"].rowsPerBlock = 128;
  cases["stream_far"] =
      getAttention("ring/warpgroup", "bf16,heads=1,dim=64,max_seqlen=404,block_n=96,scale=8", {330, 0, 20, 193});
  cases["stream_far"].stages = 8;
  // Slots for the tiles of one head, and three heads that each block keeps; of eleven, two are left. Of all
  // `stays_short` but one, rows are behind whole blocks, one block of them in some.
  const std::vector<int64_t> nearly{261, 200, 257, 256, 200, 260, 261, 200, 261, 261, 265, 261};
  for (const auto& [name, options, stages, lengths] :
       {std::tuple("stays", "330,block_n=64", 10,
                   std::vector<int64_t>{330, 300, 200, 330, 321, 330, 330, 330, 330, 330, 330}),
        std::tuple("stays_short", "261,block_n=64", 8, nearly),
        std::tuple("stays_narrow", "257,block_n=80", 8, std::vector<int64_t>{257, 257, 193, 257, 241, 257}),
        std::tuple("stays_far", "261,block_n=64,scale=8", 8, std::vector<int64_t>{261, 257, 200, 261})}) {
    cases[name] = getAttention("ring/warpgroup", StrCat("bf16,heads=1,dim=64,max_seqlen=", options), lengths);
    cases[name].stages = stages;
    cases[name].warps = 16;
    cases[name].rowsPerBlock = 192;
  }
  cases["ring_far"] = getAttention("ring/warpgroup", "bf16,heads=1,dim=64,max_seqlen=70,scale=8", {70, 33, 0, 50});
  for (const char* name : {"stream", "stream_far"}) {
    cases[name].warps = 16;
    cases[name].rowsPerBlock = 128;
  }
  for (const char* name : {"ring", "ring_far", "stream", "stream_far", "stream_short", "stays", "stays_far",
                           "stays_narrow", "stays_short"}) {
    cases[name].arch = "sm_90a";
    cases[name].batch = int64_t(cases[name].lengths.size());
  }
  cases["pack"] = getText("pack", packText("bf16", 33, "24"), {33, 0, 1, 20});
  cases["unpack"] = getText("unpack", unpackText("bf16", 33, "24"), {33, 0, 1, 20});
  return cases;
}

// A tile that is written by stores, multiplied by a warpgroup, and copied out by a bulk store.
const char* const kHopperCode = R"(
extern "C" __global__ void __launch_bounds__(128) hand(const bf16* in, bf16* out) {
  extern __shared__ __align__(1024) u8 shared_memory[];
  const u32 base = ptx::shared_address(shared_memory);
  const u32 mbarrier = base + 12288;
  if (ptx::thread() == 0) ptx::mbarrier_init(mbarrier, 1);
  if (ptx::thread() == 0) ptx::fence_mbarrier_init();
  ptx::bar_sync<0>();
  if (ptx::thread() == 0) {
    ptx::mbarrier_arrive_expect_tx(mbarrier, 2048);
    ptx::cp_async_bulk_load(base, in, 2048, mbarrier);
  }
  ptx::mbarrier_wait_parity(mbarrier, 0);
  f32 d[4];
  const u32 a[4] = {0x3f803f80u, 0x3f803f80u, 0x3f803f80u, 0x3f803f80u};
  ptx::wgmma_fence();
  ptx::wgmma_registers<bf16, 8, false>(d, a, matrix_descriptor<Swizzle::kNone>(base, 128, 256), false);
  ptx::wgmma_commit_group();
  ptx::wgmma_wait_group<0>();
  const u32 to = base + 4096 + ptx::thread() * 16;
  ptx::store_shared(to, u32x4{ptx::cvt_pair<bf16>(d[0], d[1]), ptx::cvt_pair<bf16>(d[2], d[3]), 0, 0});
  ptx::fence_proxy_async_shared();
  ptx::bar_sync<0>();
  if (ptx::thread() == 0) {
    ptx::cp_async_bulk_store(out, base + 4096, 2048);
    ptx::cp_async_bulk_commit_group();
    ptx::cp_async_bulk_wait_group<0>();
  }
}
)";

/// Compiled once each.
const Kernel& getKernel(const std::string& name) {
  static std::map<std::string, Kernel> kernels;
  auto found = kernels.find(name);
  if (found != kernels.end()) return found->second;
  if (name == "hopper")
    return kernels[name] =
               makeHandWritten({"matrix_descriptor.cuh", "ptx/bulk_copy.cuh", "ptx/math.cuh", "ptx/mbarrier.cuh",
                                "ptx/memory.cuh", "ptx/memory_wide.cuh", "ptx/proxy.cuh", "ptx/special.cuh",
                                "ptx/sync.cuh", "ptx/warpgroup.cuh", "ptx/warpgroup_mma.cuh"},
                               kHopperCode, 128, 1024);
  // The kernel of sm_90 and newer waits for the one in front of it.
  Result<Kernel> kernel =
      name == "dependent" ? makeKernel(getCases().at("warp"), "sm_90a") : makeKernel(getCases().at(name));
  EXPECT_TRUE(kernel.ok()) << kernel.status().message();
  return kernels[name] = kernel.ok() ? std::move(*kernel) : Kernel();
}

std::string describeAll(const EmulationResult& result) {
  std::string text;
  for (const Fault& fault : result.faults) text += emulator::Describe(fault, "kernel.cu") + "\n";
  return text;
}

/// The number behind "other access: line ".
int getOtherLine(const std::string& message) {
  const std::string marker = "other access: line ";
  const size_t at = message.find(marker);
  return at == std::string::npos ? 0 : std::atoi(message.c_str() + at + marker.size());
}

bool hasAll(const std::string& text, const std::vector<std::string>& parts) {
  for (const std::string& part : parts)
    if (text.find(part) == std::string::npos) return false;
  return true;
}

/// Why `fault` is not the expected one; "" if it is.
std::string explainMismatch(const Fault& fault, const Expected& expected, const std::string& cuda) {
  if (fault.kind != expected.kind) return StrCat("expected ", FaultName(expected.kind));
  const std::string line = getLine(cuda, fault.site.line);
  if (expected.at.empty() != (fault.site.line == 0) || line.find(expected.at) == std::string::npos)
    return StrCat("expected a line with '", expected.at, "', got '", line, "'");
  if (!hasAll(fault.message, expected.says)) return "expected another message";
  const std::string other = getLine(cuda, getOtherLine(fault.message));
  if (expected.other.empty() != other.empty() || other.find(expected.other) == std::string::npos)
    return StrCat("expected the other access in a line with '", expected.other, "', got '", other, "'");
  if (expected.block >= 0 && fault.site.block[0] != static_cast<uint32_t>(expected.block))
    return "expected another block";
  if (expected.thread >= 0 && fault.site.thread != static_cast<uint32_t>(expected.thread))
    return "expected another thread";
  return "";
}

class CleanKernel : public testing::TestWithParam<const char*> {};

TEST_P(CleanKernel, HasNoFault) {
  const Kernel& kernel = getKernel(GetParam());
  Result<EmulationResult> result = emulate(kernel, kernel.module.cuda);
  ASSERT_TRUE(result.ok()) << result.status().message();
  EXPECT_EQ(describeAll(*result), "");
  if (kernel.test.label().empty()) return;
  const Status status = compareWithReference(kernel, *result);
  EXPECT_TRUE(status.ok()) << status.message();
}

INSTANTIATE_TEST_SUITE_P(Emulator, CleanKernel,
                         testing::Values("warp", "single", "online", "lagged", "latency", "plain", "plain_far",
                                         "plain_rows", "plain_tiles", "plain_ways", "plain_online", "ring", "ring_far",
                                         "short", "short_far", "stays", "stays_far", "stays_narrow", "stays_short",
                                         "stream", "stream_far", "stream_short", "pack", "unpack", "hopper",
                                         "dependent"),
                         [](const auto& info) { return std::string(info.param); });

class PlantedFault : public testing::TestWithParam<Planted> {};

TEST_P(PlantedFault, IsReported) {
  const Planted& planted = GetParam();
  const Kernel& kernel = getKernel(planted.kernel);
  std::string cuda = kernel.module.cuda;
  for (const auto& [from, to] : {std::pair(planted.from, planted.to), std::pair(planted.alsoFrom, planted.alsoTo)}) {
    if (from.empty()) continue;
    const size_t at = cuda.find(from);
    ASSERT_NE(at, std::string::npos) << "the source does not have\n" << from;
    ASSERT_EQ(cuda.find(from, at + 1), std::string::npos) << "the source has it twice:\n" << from;
    cuda.replace(at, from.size(), to);
  }
  Result<EmulationResult> result = emulate(kernel, cuda, planted.timeout);
  ASSERT_TRUE(result.ok()) << result.status().message();
  if (planted.isWrongResult) {
    EXPECT_EQ(describeAll(*result), "");
    EXPECT_FALSE(compareWithReference(kernel, *result).ok()) << "the results are right";
    return;
  }
  std::string reasons;
  for (const Fault& fault : result->faults) {
    const std::string reason = explainMismatch(fault, planted.expected, cuda);
    if (reason.empty()) {
      EXPECT_NE(kernel.manifest.FindKernel(fault.kernel), nullptr) << fault.kernel;
      return;
    }
    reasons += StrCat(reason, ": ", emulator::Describe(fault, "kernel.cu"), "\n");
  }
  FAIL() << "none of these is " << FaultName(planted.expected.kind) << " as planted:\n" << reasons;
}

INSTANTIATE_TEST_SUITE_P(Emulator, PlantedFault, testing::ValuesIn(getPlantedFaults()),
                         [](const auto& info) { return info.param.name; });

/// Edits that PTX allows. Letting the kernel behind begin is a hint that counts once a block, and its end counts too;
/// when that kernel may read is for its own wait to say.
struct Allowed {
  const char *name, *kernel, *from, *to;
};

void PrintTo(const Allowed& allowed, std::ostream* stream) {
  *stream << allowed.name;
}

const char* const kRelease = "ptx::griddepcontrol_launch_dependents();\n";
const char* const kGridWait = "  ptx::griddepcontrol_wait();\n";

class AllowedEdit : public testing::TestWithParam<Allowed> {};

TEST_P(AllowedEdit, HasNoFault) {
  const Kernel& kernel = getKernel(GetParam().kernel);
  std::string cuda = kernel.module.cuda;
  const size_t at = cuda.find(GetParam().from);
  ASSERT_NE(at, std::string::npos) << "the source does not have\n" << GetParam().from;
  ASSERT_EQ(cuda.find(GetParam().from, at + 1), std::string::npos) << "the source has it twice:\n" << GetParam().from;
  cuda.replace(at, std::string(GetParam().from).size(), GetParam().to);
  Result<EmulationResult> result = emulate(kernel, cuda);
  ASSERT_TRUE(result.ok()) << result.status().message();
  EXPECT_EQ(describeAll(*result), "");
  const Status status = compareWithReference(kernel, *result);
  EXPECT_TRUE(status.ok()) << status.message();
}

INSTANTIATE_TEST_SUITE_P(
    Emulator, AllowedEdit,
    testing::Values(
        Allowed{"NeverLetsTheNextBegin", "dependent", kRelease, "\n"},
        Allowed{"LetsTheNextBeginTwice", "dependent", kRelease,
                "ptx::griddepcontrol_launch_dependents();\n  ptx::griddepcontrol_launch_dependents();\n"},
        Allowed{"LetsTheNextBeginAtOnce", "dependent", kGridWait,
                "  ptx::griddepcontrol_launch_dependents();\n  ptx::griddepcontrol_wait();\n"},
        Allowed{"OneThreadLetsTheNextBegin", "dependent", kRelease,
                "if (ptx::thread() == 0) ptx::griddepcontrol_launch_dependents();\n"},
        // What is held would only be shown later.
        Allowed{"StreamWaitsForQueriesWithTilesHeld", "stream", "(is_pending || tail_key == 0)", "(tail_key == 0)"},
        // Q has been read when keys come.
        Allowed{"StaysAttendsAgainOverQueries", "stays_far", "q_last_tile.rows<16>(16)", "q_last_tile.rows<16>(0)"},
        Allowed{"RingNeverLetsTheNextBegin", "ring", kRelease, "\n"},
        Allowed{"RingLetsTheNextBeginAtOnce", "ring", kGridWait,
                "  ptx::griddepcontrol_launch_dependents();\n  ptx::griddepcontrol_wait();\n"},
        Allowed{"WaitsTwice", "dependent", kGridWait,
                "  ptx::griddepcontrol_wait();\n  ptx::griddepcontrol_wait();\n"}),
    [](const auto& info) { return info.param.name; });

// A new kind of fault needs a kernel here that has it.
TEST(PlantedFaults, OfEveryKind) {
  std::set<std::string_view> planted;
  for (const Planted& fault : getPlantedFaults())
    if (!fault.isWrongResult) planted.insert(FaultName(fault.expected.kind));
  for (int kind = 0; kind <= static_cast<int>(FaultKind::kTimeout); ++kind)
    EXPECT_EQ(planted.count(FaultName(static_cast<FaultKind>(kind))), 1u) << FaultName(static_cast<FaultKind>(kind));
  EXPECT_EQ(FaultName(static_cast<FaultKind>(static_cast<int>(FaultKind::kTimeout) + 1)), "unknown");
}

}  // namespace
