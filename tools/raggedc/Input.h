//===- Input.h - the program a verb works on --------------------*- C++ -*-===//

#ifndef RAGGEDC_TOOLS_RAGGEDC_INPUT_H
#define RAGGEDC_TOOLS_RAGGEDC_INPUT_H

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "runtime/spec.h"
#include "runtime/status.h"

namespace raggedc {

/// Where the program comes from: a file, standard input (`-`), or a one-line spec.
struct Input {
  std::string path;
  std::string spec;

  /// IN.mlir and --spec.
  void addFlags(CLI::App& app);
};

struct SourceText {
  std::string text;                         ///< MLIR
  std::string name;                         ///< in messages: the path, `<stdin>` or `<spec>`
  std::optional<Spec> spec = std::nullopt;  ///< of which the text was written
};

/// Reads the file, or writes the spec out as MLIR. Exactly one of the two must be given.
Result<SourceText> readInput(const Input& input);

/// How to give the same input again: `--spec ...` or the path.
std::string describeInput(const Input& input);

}  // namespace raggedc

#endif  // RAGGEDC_TOOLS_RAGGEDC_INPUT_H
