#include "tools/raggedc/Command.h"
namespace raggedc {
std::unique_ptr<Command> makeExplainCommand(CLI::App& parent) {
  struct E : Command {
    int run() override { return 0; }
  };
  auto e = std::make_unique<E>();
  e->app = parent.add_subcommand("explain", "x");
  return e;
}
}  // namespace raggedc
