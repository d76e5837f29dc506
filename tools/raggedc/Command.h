//===- Command.h - a verb of the command line -------------------*- C++ -*-===//

#ifndef RAGGEDC_TOOLS_RAGGEDC_COMMAND_H
#define RAGGEDC_TOOLS_RAGGEDC_COMMAND_H

#include <CLI/CLI.hpp>
#include <memory>

namespace raggedc {

/// One verb: declares its flags when it is made, and does its work in run(), which returns the exit code and prints
/// its own errors.
class Command {
 public:
  virtual ~Command() = default;
  virtual int run() = 0;

  CLI::App* app = nullptr;
};

std::unique_ptr<Command> makeCompileCommand(CLI::App& parent);
std::unique_ptr<Command> makeRunCommand(CLI::App& parent);
std::unique_ptr<Command> makeExplainCommand(CLI::App& parent);
std::unique_ptr<Command> makeCacheCommand(CLI::App& parent);
std::unique_ptr<Command> makeBundleCommand(CLI::App& parent);
std::unique_ptr<Command> makeBenchCommand(CLI::App& parent);
std::unique_ptr<Command> makeTuneCommand(CLI::App& parent);
std::unique_ptr<Command> makeDoctorCommand(CLI::App& parent);

}  // namespace raggedc

#endif  // RAGGEDC_TOOLS_RAGGEDC_COMMAND_H
