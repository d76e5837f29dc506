//===- ExplainCommand.cpp - raggedc explain --------------------------------===//

#include "runtime/file_io.h"
#include "runtime/inputs.h"
#include "tools/raggedc/Command.h"
#include "tools/raggedc/Diagnostics.h"
#include "tools/raggedc/Explanation.h"
#include "tools/raggedc/Flags.h"

namespace raggedc {

namespace {

/// What times are for when no --batch says it: enough sequences to fill any chip.
constexpr int64_t kDefaultBatch = 64;

class ExplainCommand : public Command {
 public:
  explicit ExplainCommand(CLI::App& parent) {
    app = parent.add_subcommand("explain", "the schedule and why, what the kernels take, floors and predicted time");
    input.addFlags(*app);
    addArchFlag(*app, options.arch, "architecture (default: sm_90a)");
    app->add_flag("--emulate", emulate,
                  "run it on the emulator and print what the kernels do: bytes, conflicts, products");
    app->add_option("--lengths", lengthsText,
                    "emulator: rows of each sequence (default: one sequence of full capacity)")
        ->type_name("197,40,0,...");
    addSizeFlag(*app, "--candidates", candidates, 1, 10000, 1,
                "schedules to list, the best first; JSON has them all (default: 6)");
    app->add_flag("--json", json, "print JSON");
    addNoCacheFlag(*app, noCache);
    addCompileFlags(*app, options);
  }

  int run() override {
    Status status = work();
    if (!status.ok()) printError(status);
    return ExitCode(status);
  }

 private:
  Status work() {
    RAGGEDC_ASSIGN_OR_RETURN(SourceText source, readInput(input));
    EmulatedLengths lengths;
    if (app->count("--lengths") && !emulate)
      return InvalidArgument("--lengths: expected --emulate beside it, got none");
    if (emulate) lengths.emplace();
    if (app->count("--lengths")) {
      Result<std::vector<int64_t>> given = ParseLengths(lengthsText);
      if (!given.ok()) return given.status().WithContext("--lengths");
      lengths = std::move(*given);
    }
    std::unique_ptr<DiskCache> cache;
    if (!noCache) {
      RAGGEDC_ASSIGN_OR_RETURN(cache, openDiskCache());
    }
    RAGGEDC_ASSIGN_OR_RETURN(
        Explanation explanation,
        explain(source, options, options.batch > 0 ? options.batch : kDefaultBatch, lengths, cache.get()));
    return WriteFile("-", json ? toJson(explanation) : toText(explanation, candidates));
  }

  Input input;
  CompileOptions options;
  std::string lengthsText;
  int64_t candidates = 6;
  bool json = false, emulate = false, noCache = false;
};

}  // namespace

std::unique_ptr<Command> makeExplainCommand(CLI::App& parent) {
  return std::make_unique<ExplainCommand>(parent);
}

}  // namespace raggedc
