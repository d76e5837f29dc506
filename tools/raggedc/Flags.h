//===- Flags.h - flags that several verbs share -----------------*- C++ -*-===//

#ifndef RAGGEDC_TOOLS_RAGGEDC_FLAGS_H
#define RAGGEDC_TOOLS_RAGGEDC_FLAGS_H

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "tools/raggedc/Compiler.h"

namespace raggedc {

/// `a, b or c`.
std::string listAlternatives(const std::vector<std::string>& words);

/// `--NAME N` into `target`, an integer in [minimum, maximum] that is a multiple of `multiple`. Whatever else is given
/// is an error that says what was expected; so an explicit 0 never means "choose".
CLI::Option* addSizeFlag(CLI::App& app, const std::string& name, int64_t& target, int64_t minimum, int64_t maximum,
                         int64_t multiple, const std::string& help);

/// `--NAME WORD` into `target`, one of `words`.
CLI::Option* addWordFlag(CLI::App& app, const std::string& name, std::string& target,
                         const std::vector<std::string>& words, const std::string& help);

/// `--NAME FILE` into `target`; an empty name is an error.
CLI::Option* addPathFlag(CLI::App& app, const std::string& name, std::string& target, const std::string& help,
                         const std::string& placeholder);

/// The same for any number of files.
CLI::Option* addPathsFlag(CLI::App& app, const std::string& name, std::vector<std::string>& target,
                          const std::string& help, const std::string& placeholder);

/// The flags that specialise and schedule, and --remarks-filter. Not --arch, whose default differs.
void addCompileFlags(CLI::App& app, CompileOptions& options);

/// --no-cache.
void addNoCacheFlag(CLI::App& app, bool& target);

/// --arch, checked against what the cost model knows.
CLI::Option* addArchFlag(CLI::App& app, std::string& arch, const std::string& help);

/// --arch with one or more, separated by commas; none twice.
CLI::Option* addArchsFlag(CLI::App& app, std::vector<std::string>& archs, const std::string& help);

}  // namespace raggedc

#endif  // RAGGEDC_TOOLS_RAGGEDC_FLAGS_H
