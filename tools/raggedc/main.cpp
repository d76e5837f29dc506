//===- main.cpp - the program raggedc --------------------------------------===//
//
// Exit codes: 0 ok, 1 the input or the command line is wrong, 2 the environment
// is wrong.
//
//===----------------------------------------------------------------------===//

#include <csignal>
#include <new>
#include <vector>

#include "tools/raggedc/Command.h"
#include "tools/raggedc/Diagnostics.h"

namespace {

int runProgram(int argc, char** argv) {
  using namespace raggedc;
  CLI::App app{"raggedc: masked ragged attention, from MLIR to small specialised CUDA kernels", "raggedc"};
  app.set_version_flag("--version", "raggedc " RAGGEDC_VERSION);
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  std::vector<std::unique_ptr<Command>> commands;
  commands.push_back(makeCompileCommand(app));
  commands.push_back(makeRunCommand(app));
  commands.push_back(makeExplainCommand(app));
  commands.push_back(makeDoctorCommand(app));
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {  // --help and --version
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    std::string verb;
    for (const auto& command : commands)
      if (command->app->parsed()) verb = command->app->get_name() + " ";
    printError(InvalidArgument(std::string(error.what()) + " (raggedc " + verb + "--help lists what there is)"));
    return 1;
  }
  for (const auto& command : commands)
    if (command->app->parsed()) return command->run();
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  // A reader that goes away is an error to report, not a signal to die of.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return runProgram(argc, argv);
  } catch (const std::bad_alloc&) {
    raggedc::printError(raggedc::EnvironmentError("expected enough memory, got none"));
    return 2;
  }
}
