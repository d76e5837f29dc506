//===- ExplainCommand.cpp - raggedc explain --------------------------------===//

#include "runtime/file_io.h"
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
    app->add_flag("--json", json, "print JSON");
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
    RAGGEDC_ASSIGN_OR_RETURN(Explanation explanation,
                             explain(source, options, options.batch > 0 ? options.batch : kDefaultBatch));
    return WriteFile("-", json ? toJson(explanation) : toText(explanation));
  }

  Input input;
  CompileOptions options;
  bool json = false;
};

}  // namespace

std::unique_ptr<Command> makeExplainCommand(CLI::App& parent) {
  return std::make_unique<ExplainCommand>(parent);
}

}  // namespace raggedc
