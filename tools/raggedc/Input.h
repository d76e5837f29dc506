//===- Input.h - the program a verb works on --------------------*- C++ -*-===//

#ifndef RAGGEDC_TOOLS_RAGGEDC_INPUT_H
#define RAGGEDC_TOOLS_RAGGEDC_INPUT_H

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

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

/// As many as are given, of files and specs.
struct Inputs {
  std::vector<std::string> paths;
  std::vector<std::string> specs;

  /// IN.mlir... and --spec, which may be repeated.
  void addFlags(CLI::App& app);

  size_t count() const { return paths.size() + specs.size(); }
  bool isOfOneKind() const { return paths.empty() || specs.empty(); }

  /// The first file and the first spec, for those who take one of them.
  Input single() const { return {paths.empty() ? "" : paths.front(), specs.empty() ? "" : specs.front()}; }
};

struct SourceText {
  std::string text;                         ///< MLIR
  std::string name;                         ///< in messages: the path, `<stdin>`, `<spec>` or, of several, `<spec 2>`
  std::optional<Spec> spec = std::nullopt;  ///< of which the text was written
};

/// Reads the file, or writes the spec out as MLIR. Exactly one of the two must be given.
Result<SourceText> readInput(const Input& input);

/// Reads all files, then writes all specs out. At least one must be given; standard input counts once.
Result<std::vector<SourceText>> readInputs(const Inputs& inputs);

/// How to give the same input again: `--spec ...` or the path.
std::string describeInput(const Input& input);

}  // namespace raggedc

#endif  // RAGGEDC_TOOLS_RAGGEDC_INPUT_H
