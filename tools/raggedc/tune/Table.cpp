//===- Table.cpp - what a search found, in a tuning table ------------------===//

#include "tools/raggedc/tune/Table.h"

#include "llvm/ADT/STLExtras.h"
#include "runtime/strings.h"

namespace raggedc {

TuningEntry makeEntry(const TuneShape& shape, const TuneResult& result, int64_t tokens) {
  auto measured = [&](const TuneTime& time) {
    MeasuredSchedule schedule = shape.candidates[time.candidate];
    schedule.microseconds = time.median;
    schedule.noise = time.noise;
    return schedule;
  };
  TuningEntry entry;
  entry.shapes = shape.shapes;
  entry.sequences = int64_t(shape.lengths.size());
  entry.tokens = tokens;
  entry.byDefault = measured(result.byDefault);
  if (result.bestWins) {
    entry.chosen = measured(*result.best);
    if (result.second) entry.runnerUp = measured(*result.second);
  } else if (result.best) {
    entry.runnerUp = measured(*result.best);
  }
  return entry;
}

void putEntry(TuningTable& table, const TuningEntry& entry) {
  llvm::erase_if(table.entries, [&](const TuningEntry& one) { return one.shapes == entry.shapes; });
  table.entries.insert(table.entries.begin(), entry);
}

bool hasEntry(const TuningTable& table, const TuningClass& shapes) {
  return llvm::any_of(table.entries, [&](const TuningEntry& one) { return one.shapes == shapes; });
}

std::string takeEntries(TuningTable& table, llvm::StringRef text) {
  std::string problem;
  std::optional<TuningTable> read = parseTuningTable(text, problem);
  if (!read) return Printable(problem, 512);
  if (read->compiler != table.compiler) return "expected a table of this compiler's kernels, got one of another's";
  if (read->gpu != table.gpu || read->arch != table.arch)
    return StrCat("expected a table of ", table.gpu, " (", table.arch, "), got one of ", Printable(read->gpu), " (",
                  Printable(read->arch), ")");
  table.entries = std::move(read->entries);
  return "";
}

}  // namespace raggedc
