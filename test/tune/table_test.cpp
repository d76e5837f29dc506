//===- table_test.cpp - tuning tables as text, as entries, as a choice ------===//

#include <gtest/gtest.h>

#include "passes/ChooseSchedule.h"
#include "passes/ScheduleFields.h"
#include "runtime/include/raggedc/raggedc.h"
#include "tools/raggedc/Compiler.h"
#include "tools/raggedc/CompilerId.h"
#include "tools/raggedc/UserTable.h"
#include "tools/raggedc/tune/Table.h"

namespace raggedc {
namespace {

using mlir::ragged_kernel::Family;
using mlir::ragged_kernel::Softmax;

const Candidate kOnline{Family::Online, Softmax::Online, 96, 8, 3, 1, 128, false, true};
const Candidate kSingle{Family::Single, Softmax::SinglePass, 208, 4, 2, 1, 256, true, true};

TuningTable makeTable() {
  TuningTable table;
  table.compiler = "raggedc 0123 llvm 22";
  table.gpu = "NVIDIA H200";
  table.arch = "sm_90a";
  table.driver = "580.1";
  table.date = "2026-11-21";
  TuningEntry& entry = table.entries.emplace_back();
  entry.shapes = {{"bf16"}, 12, 4, 64, 72, true, 193, 208, 3, 8};
  entry.sequences = 4;
  entry.tokens = 788;
  entry.chosen = MeasuredSchedule{kOnline, 2, 37.125, 0.25};
  entry.byDefault = MeasuredSchedule{kSingle, 3, 40.5, 0.5};
  entry.runnerUp = MeasuredSchedule{kSingle, 4, 38, 0};
  table.entries.push_back({{{"f16", "f32"}, 0, 0, 32, 32, false, 1, 16, 0, 0}, 64, 12608, {}, {}, {}});
  return table;
}

std::string problemOf(const std::string& text) {
  std::string problem;
  EXPECT_FALSE(parseTuningTable(text, problem).has_value()) << text;
  EXPECT_FALSE(problem.empty()) << text;
  return problem;
}

/// The printed table with one piece of it replaced.
std::string with(const std::string& from, const std::string& to) {
  std::string text = printTuningTable(makeTable());
  size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from << " in " << text;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST(TuningTableTest, WhatIsPrintedIsRead) {
  std::string problem;
  std::optional<TuningTable> read = parseTuningTable(printTuningTable(makeTable()), problem);
  ASSERT_TRUE(read.has_value()) << problem;
  EXPECT_EQ(*read, makeTable());
}

TEST(TuningTableTest, WhatIsDamagedIsRefusedWithTheReason) {
  EXPECT_NE(problemOf("").find("expected JSON"), std::string::npos);
  EXPECT_NE(problemOf("{\"format\": ").find("expected JSON"), std::string::npos);
  EXPECT_NE(problemOf("[]").find("expected the format"), std::string::npos);
  EXPECT_NE(problemOf("{\"format\": \"shopping list\"}").find("expected the format"), std::string::npos);
  EXPECT_EQ(problemOf(with("\"version\": 1", "\"version\": 2")), "expected format version 1, got 2");
  EXPECT_EQ(problemOf(with("\"online\"", "\"on line\"")), "expected family to be a family, got on line");
  EXPECT_EQ(problemOf(with("\"warps\": 8", "\"warps\": 99")), "expected warps to be an integer from 1 to 16, got 99");
  EXPECT_EQ(problemOf(with("\"stages\": 3", "\"stages\": \"3\"")),
            "expected stages to be an integer from 1 to 16, got 3");
  EXPECT_EQ(problemOf(with("\"stages\": 3", "\"depth\": 3")),
            "expected stages to be an integer from 1 to 16, got none");
  EXPECT_EQ(problemOf(with("\"queries\"", "\"colour\"")), "expected a field of a schedule, got colour");
  EXPECT_EQ(problemOf(with("\"ns\": 37125", "\"ns\": -1")), "expected ns to be an integer, got -1");
  EXPECT_EQ(problemOf(with("\"bf16\"", "\"bf8\"")), "expected dtypes to be bf16, f16 and f32, got \"bf8\"");
  EXPECT_EQ(problemOf(with("\"min_blocks\": 2", "\"min_blocks\": 99")), "expected min_blocks to be at most 16, got 99");
  EXPECT_EQ(problemOf(with("\"sequences\": 4", "\"sequences\": 1e30")),
            "expected sequences to be an integer, got 1e+30");
  EXPECT_NE(problemOf(with("193", "209")).find("expected capacity to be the first and the last"), std::string::npos);
  EXPECT_NE(problemOf(with("\"arch\"", "\"ark\"")).find("expected arch to be a short text, got none"),
            std::string::npos);
}

/// Tables that say nothing of copies were measured with copies by threads.
TEST(TuningTableTest, CopiesOfScheduleFields) {
  auto read = [](const char* family, int64_t stages, const char* copies) {
    std::vector<std::pair<std::string, FieldValue>> fields{{"family", family},       {"softmax", "online"},
                                                           {"warps", int64_t{16}},   {"rows_per_block", int64_t{192}},
                                                           {"block_n", int64_t{96}}, {"stages", stages}};
    if (copies) fields.emplace_back("copies", copies);
    std::string problem;
    std::optional<Candidate> candidate = fromFields(fields, problem);
    return candidate ? std::string(candidate->tensorCopies ? "tensor" : "cp_async") : problem;
  };
  EXPECT_EQ(read("ring", 12, nullptr), "cp_async");
  EXPECT_EQ(read("online", 12, nullptr), "cp_async");
  EXPECT_EQ(read("ring", 12, "cp_async"), "cp_async");
  EXPECT_EQ(read("ring", 2, "tensor"), "tensor");
  EXPECT_EQ(read("ring", 12, "tma"), "expected copies to be cp_async or tensor, got tma");
}

TEST(TuningTableTest, BracketsWithoutEndDoNotExhaustTheStack) {
  EXPECT_EQ(problemOf(std::string(1 << 20, '[')), "expected JSON nested at most 16 deep, got more");
  EXPECT_NE(problemOf("\"" + std::string(1 << 20, '[')).find("expected JSON"), std::string::npos);
}

TEST(TuningTableTest, EveryTruncationIsRefused) {
  std::string whole = printTuningTable(makeTable());
  for (size_t length = 0; length + 2 < whole.size(); ++length) {
    std::string problem;
    EXPECT_FALSE(parseTuningTable(llvm::StringRef(whole).take_front(length), problem)) << length;
  }
}

TEST(TuningTableTest, AnEntryIsForItsClassAlone) {
  TuningTable table = makeTable();
  AttentionShape shape{2, 12, 4, 64, 72, 197, true};
  const TuningEntry* entry = &table.entries[0];
  EXPECT_EQ(table.find("sm_90a", shape, "bf16", 4), entry);
  EXPECT_EQ(table.find("sm_90", shape, "bf16", 4), nullptr);
  EXPECT_EQ(table.find("sm_90a", shape, "f16", 4), nullptr);
  for (auto [batch, is] : {std::pair(0, false), {2, false}, {3, true}, {8, true}, {9, false}})
    EXPECT_EQ(table.find("sm_90a", shape, "bf16", batch) != nullptr, is) << batch;
  for (auto [capacity, is] : {std::pair(192, false), {193, true}, {208, true}, {209, false}}) {
    shape.capacity = capacity;
    EXPECT_EQ(table.find("sm_90a", shape, "bf16", 4) != nullptr, is) << capacity;
  }
  shape.capacity = 197;
  auto without = [&](auto change) {
    AttentionShape other = shape;
    change(other);
    return table.find("sm_90a", other, "bf16", 4) == nullptr;
  };
  EXPECT_TRUE(without([](AttentionShape& other) { other.headsQ = 8; }));
  EXPECT_TRUE(without([](AttentionShape& other) { other.headsKV = 12; }));
  EXPECT_TRUE(without([](AttentionShape& other) { other.headDim = 72; }));
  EXPECT_TRUE(without([](AttentionShape& other) { other.headDimV = 64; }));
  EXPECT_TRUE(without([](AttentionShape& other) { other.causal = false; }));
  // 0 heads in an entry are any.
  EXPECT_EQ(table.find("sm_90a", {2, 7, 7, 32, 32, 9, false}, "f16", 0), &table.entries[1]);
}

TEST(TuningTableTest, FieldsNameEveryMemberOfACandidate) {
  for (const Candidate& candidate : {kOnline, kSingle}) {
    std::string problem;
    std::optional<Candidate> read = fromFields(getFields(candidate), problem);
    ASSERT_TRUE(read.has_value()) << problem;
    EXPECT_EQ(*read, candidate);
  }
}

TEST(TuningTableTest, TheShippedOnesAreWhole) {
  ASSERT_FALSE(shippedTuningTables().empty());
  for (const TuningTable& table : shippedTuningTables()) {
    EXPECT_TRUE(getChip(table.arch).has_value()) << table.arch;
    EXPECT_FALSE(table.entries.empty());
    EXPECT_EQ(table.describeOrigin().substr(0, 8), "runs on ");
  }
}

/// A schedule of a table that does not fit is passed over in silence, so those that come with the compiler must, at
/// both ends of their capacities.
TEST(TuningTableTest, TheShippedSchedulesAreTaken) {
  constexpr int64_t kHeads = 12;
  for (const TuningTable& table : shippedTuningTables())
    for (const TuningEntry& entry : table.entries) {
      const TuningClass& shapes = entry.shapes;
      if (!entry.chosen) continue;
      for (int64_t capacity : {shapes.firstCapacity, shapes.lastCapacity}) {
        ChooseScheduleOptions options;
        options.arch = table.arch;
        options.batch = shapes.lastBatchHeads ? (shapes.firstBatchHeads + kHeads - 1) / kHeads : shapes.firstBatch;
        std::string text = shapes.dtypes.front() + ",heads=" + std::to_string(kHeads) +
                           ",dim=" + std::to_string(shapes.headDim) + ",max_seqlen=" + std::to_string(capacity);
        Spec spec = *ParseSpec(text);
        Compiler compiler{CompileOptions()};
        ASSERT_TRUE(compiler.parse(ToMlir(spec), "<test>").ok()) << text;
        ASSERT_TRUE(compiler.specialise().ok()) << text;
        compiler.module().walk([&](mlir::ragged::AttentionOp op) {
          ScheduleDecision decision = decideSchedule(op, options, nullptr);
          // Entries in front come first.
          if (decision.shippedEntry != &entry) return;
          EXPECT_EQ(decision.by, ScheduleDecision::By::ShippedTable)
              << text << ", " << options.batch << " sequences: the schedule for capacities " << shapes.firstCapacity
              << " to " << shapes.lastCapacity << " is not among those that fit";
        });
      }
    }
}

TEST(UserTableTest, OnlyOfThisCompilerAndArchitecture) {
  TuningTable table = makeTable();
  std::string problem;
  EXPECT_EQ(readUserTable(printTuningTable(table), "sm_90a", problem), nullptr);
  EXPECT_EQ(problem, "expected measurements of '" + compilerId() +
                         "', got those of 'raggedc 0123 llvm 22'; raggedc tune makes new ones");
  table.compiler = compilerId();
  EXPECT_EQ(readUserTable(printTuningTable(table), "sm_80", problem), nullptr);
  EXPECT_EQ(problem, "expected measurements on sm_80, got sm_90a");
  ASSERT_NE(readUserTable(printTuningTable(table), "sm_90a", problem), nullptr);
  EXPECT_EQ(problem, "");
}

/// The schedule of the kernel that is made with a table.
std::string compileWith(std::shared_ptr<const TuningTable> table, int64_t capacity, int64_t warps = 0) {
  CompileOptions options;
  options.tuning = std::move(table);
  options.warps = warps;
  Spec spec = *ParseSpec("bf16,heads=12,dim=64,max_seqlen=" + std::to_string(capacity));
  Result<CudaModule> made = compileToCuda(ToMlir(spec), "<test>", options);
  EXPECT_TRUE(made.ok()) << made.status().message();
  return made.ok() ? made->cuda : "";
}

TEST(UserTableTest, ItsScheduleComesBeforeTheCompilersOwn) {
  auto table = std::make_shared<TuningTable>();
  table->gpu = "GPU under test";
  table->arch = "sm_90a";
  table->date = "today";
  TuningEntry entry;
  entry.shapes = {{"bf16"}, 12, 12, 64, 64, false, 560, 592, 0, 0};
  entry.chosen = MeasuredSchedule{{Family::Online, Softmax::Online, 64, 4, 2, 1, 64, false, true}, 2};
  table->entries = {entry};
  std::string with = compileWith(table, 577), without = compileWith(nullptr, 577);
  EXPECT_NE(with.find("chosen from runs on GPU under test, today"), std::string::npos) << with.substr(0, 2000);
  EXPECT_NE(without.find("chosen from runs on NVIDIA H200"), std::string::npos) << without.substr(0, 2000);
  EXPECT_NE(with, without);
  // Who asks for something gets that.
  EXPECT_EQ(compileWith(table, 577, 8), compileWith(nullptr, 577, 8));
  // Beside its range nothing changes.
  EXPECT_EQ(compileWith(table, 593), compileWith(nullptr, 593));
}

TEST(UserTableTest, AScheduleThatIsNoneForTheShapeIsNotUsed) {
  auto table = std::make_shared<TuningTable>();
  table->arch = "sm_90a";
  TuningEntry entry;
  entry.shapes = {{"bf16"}, 12, 12, 64, 64, false, 560, 592, 0, 0};
  for (Candidate candidate :
       {Candidate{Family::Warp, Softmax::SinglePass, 32, 1, 1, 1, 16, true, false},        // not so many rows
        Candidate{Family::Online, Softmax::Online, 96, 7, 3, 1, 112, false, true},         // no warpgroups of 7 warps
        Candidate{Family::Single, Softmax::SinglePass, 224, 4, 2, 1, 640, true, true}}) {  // registers
    entry.chosen = MeasuredSchedule{candidate, 1};
    table->entries = {entry};
    EXPECT_EQ(compileWith(std::make_shared<TuningTable>(*table), 577), compileWith(nullptr, 577));
  }
}

/// The C API rounds what it is told of the number of sequences; the tables that come with the compiler are found as
/// ever.
TEST(TuningTableTest, RoundedBatchesStayInTheirRanges) {
  for (const TuningTable& table : shippedTuningTables())
    for (const TuningEntry& entry : table.entries) {
      const TuningClass& shapes = entry.shapes;
      AttentionShape shape{2, 12, 12, shapes.headDim, shapes.headDimV, shapes.lastCapacity, shapes.causal};
      for (int32_t batch = 0; batch < 3000; ++batch) {
        if (!shapes.matches(shape, shapes.dtypes[0], batch)) continue;
        EXPECT_TRUE(shapes.matches(shape, shapes.dtypes[0], raggedc_batch(batch)))
            << batch << " of " << shapes.firstBatch << " to " << shapes.lastBatch;
      }
    }
}

/// Entries may be for numbers of heads of all sequences together, where the number of sequences is given.
TEST(TuningTableTest, HeadsOfAllSequencesTogether) {
  TuningClass shapes{{"bf16"}, 0, 0, 64, 64, false, 97, 112, 0, 0, 577, 1536};
  AttentionShape twelve{2, 12, 12, 64, 64, 112, false}, six{2, 6, 6, 64, 64, 112, false};
  EXPECT_TRUE(shapes.matches(twelve, "bf16", 64));
  EXPECT_TRUE(shapes.matches(twelve, "bf16", 128));
  EXPECT_FALSE(shapes.matches(twelve, "bf16", 48));
  EXPECT_FALSE(shapes.matches(twelve, "bf16", 129));
  EXPECT_TRUE(shapes.matches(six, "bf16", 128));
  EXPECT_FALSE(shapes.matches(six, "bf16", 64));
  EXPECT_FALSE(shapes.matches(twelve, "bf16", 0));
}

TEST(TuneTableTest, OnlyWhatWinsIsChosen) {
  TuneShape shape;
  shape.shapes = makeTable().entries[0].shapes;
  shape.lengths = {197, 40};
  shape.candidates = {MeasuredSchedule{kSingle, 3}, MeasuredSchedule{kOnline, 2}, MeasuredSchedule{kOnline, 1}};
  TuneResult result;
  result.byDefault = {0, 40, 0.5, 15};
  result.best = TuneTime{1, 37, 0.25, 15};
  result.second = TuneTime{2, 39, 0.125, 15};
  TuningEntry stays = makeEntry(shape, result, 237);
  EXPECT_FALSE(stays.chosen.has_value());
  EXPECT_EQ(stays.runnerUp, (MeasuredSchedule{kOnline, 2, 37, 0.25}));
  EXPECT_EQ(stays.byDefault, (MeasuredSchedule{kSingle, 3, 40, 0.5}));
  result.bestWins = true;
  TuningEntry wins = makeEntry(shape, result, 237);
  EXPECT_EQ(wins.chosen, (MeasuredSchedule{kOnline, 2, 37, 0.25}));
  EXPECT_EQ(wins.runnerUp, (MeasuredSchedule{kOnline, 1, 39, 0.125}));
  EXPECT_EQ(wins.sequences, 2);
  EXPECT_EQ(wins.tokens, 237);

  TuningTable table = makeTable();
  EXPECT_TRUE(hasEntry(table, shape.shapes));
  putEntry(table, wins);
  ASSERT_EQ(table.entries.size(), 2u);
  EXPECT_EQ(table.entries[0], wins);
  wins.shapes.lastBatch = 9;
  EXPECT_FALSE(hasEntry(table, wins.shapes));
  putEntry(table, wins);
  ASSERT_EQ(table.entries.size(), 3u);
  // Of two for one attention the later one counts.
  EXPECT_EQ(table.find("sm_90a", {2, 12, 4, 64, 72, 197, true}, "bf16", 4)->shapes.lastBatch, 9);
}

TEST(TuneTableTest, EntriesOfAnotherCompilerOrGpuAreNotTaken) {
  TuningTable table = makeTable();
  table.entries.clear();
  std::string text = printTuningTable(makeTable());
  EXPECT_EQ(takeEntries(table, text), "");
  EXPECT_EQ(table.entries, makeTable().entries);
  table.gpu = "NVIDIA H100";
  EXPECT_EQ(takeEntries(table, text), "expected a table of NVIDIA H100 (sm_90a), got one of NVIDIA H200 (sm_90a)");
  table.compiler = "other";
  EXPECT_EQ(takeEntries(table, text), "expected a table of this compiler's kernels, got one of another's");
  EXPECT_NE(takeEntries(table, "{"), "");
}

}  // namespace
}  // namespace raggedc
