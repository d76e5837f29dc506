//===- main.cpp - the program raggedc --------------------------------------===//
//
// Exit codes: 0 ok, 1 the input or the command line is wrong, 2 the environment
// is wrong.
//
//===----------------------------------------------------------------------===//

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <new>
#include <sstream>
#include <vector>

#include "llvm/Support/ErrorHandling.h"
#include "runtime/file_io.h"
#include "runtime/strings.h"
#include "tools/raggedc/Command.h"
#include "tools/raggedc/Diagnostics.h"
#include "tools/raggedc/Flags.h"

namespace {

using namespace raggedc;

/// LLVM's own code and what it calls cannot pass an exception on: such an end is said as any other and is no abort.
[[noreturn]] void failHard(const char* message) {
  printError(EnvironmentError(message));
  std::_Exit(2);
}
constexpr char kNoMemory[] = "expected enough memory, got none";

void installHandlers() {
  // A reader that goes away is an error to report, not a signal to die of.
  std::signal(SIGPIPE, SIG_IGN);
  std::set_terminate([] { failHard(kNoMemory); });
  llvm::install_bad_alloc_error_handler([](void*, const char*, bool) { failHard(kNoMemory); });
  llvm::install_fatal_error_handler([](void*, const char* reason, bool) { failHard(reason); });
}

/// What CLI11 says, in our words.
std::string describe(const CLI::ParseError& error, const CLI::App& app, int argc, char** argv) {
  std::string text = error.what();
  size_t colon = text.find(": ");
  std::string head = text.substr(0, colon), tail = colon == std::string::npos ? "" : text.substr(colon + 2);
  if (dynamic_cast<const CLI::RequiredError*>(&error)) {
    // A verb, or one of its own verbs.
    const CLI::App* at = &app;
    int depth = 1;
    for (; !at->get_subcommands().empty(); ++depth) at = at->get_subcommands().front();
    std::vector<std::string> verbs;
    for (const CLI::App* one : at->get_subcommands([](const CLI::App*) { return true; }))
      verbs.push_back(one->get_name());
    if (!verbs.empty()) {
      const std::vector<std::string_view> known(verbs.begin(), verbs.end());
      std::string got =
          argc > depth ? StrCat("'", Printable(argv[depth]), "'", DidYouMean(argv[depth], known)) : "none";
      return StrCat("expected ", depth == 1 ? "a command, " : "", listAlternatives(verbs), ", got ", got);
    }
  }
  if (dynamic_cast<const CLI::ExtrasError*>(&error)) {
    // CLI11 names them all, the last one first.
    std::vector<std::string_view> extras = Split(tail, ' ');
    std::string_view first = tail;
    for (int i = argc - 1; i > 0; --i)
      if (std::find(extras.begin(), extras.end(), argv[i]) != extras.end()) first = argv[i];
    return StrCat("expected nothing but the flags that there are, got '", Printable(first), "'");
  }
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error))
    return StrCat(head, ": expected one value, got ", tail.find("missing") != std::string::npos ? "none" : "several");
  if (dynamic_cast<const CLI::ConversionError*>(&error))
    return StrCat(Printable(tail.substr(0, tail.find(' ')), 256), ": expected no value, got one");
  return text;
}

int runProgram(int argc, char** argv) {
  CLI::App app{"raggedc: masked ragged attention, from MLIR to small specialised CUDA kernels", "raggedc"};
  app.set_version_flag("--version", "raggedc " RAGGEDC_VERSION);
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  std::vector<std::unique_ptr<Command>> commands;
  commands.push_back(makeCompileCommand(app));
  commands.push_back(makeRunCommand(app));
  commands.push_back(makeExplainCommand(app));
  commands.push_back(makeCacheCommand(app));
  commands.push_back(makeBundleCommand(app));
  commands.push_back(makeBenchCommand(app));
  commands.push_back(makeTuneCommand(app));
  commands.push_back(makeDoctorCommand(app));
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {  // --help and --version
    std::ostringstream text;
    app.exit(success, text, text);
    Status status = WriteFile("-", text.str());
    if (!status.ok()) printError(status);
    return ExitCode(status);
  } catch (const CLI::ParseError& error) {
    std::string verb;
    for (const auto& command : commands)
      if (command->app->parsed()) verb = command->app->get_name() + " ";
    printError(InvalidArgument(describe(error, app, argc, argv) + " (raggedc " + verb + "--help lists what there is)"));
    return 1;
  }
  for (const auto& command : commands)
    if (command->app->parsed()) return command->run();
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  installHandlers();
  try {
    return runProgram(argc, argv);
  } catch (const std::bad_alloc&) {
    printError(EnvironmentError(kNoMemory));
    return 2;
  }
}
