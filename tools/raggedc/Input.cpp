//===- Input.cpp - the program a verb works on -----------------------------===//

#include "tools/raggedc/Input.h"

#include "llvm/ADT/STLExtras.h"
#include "runtime/file_io.h"
#include "tools/raggedc/Flags.h"
#include "tools/raggedc/TextLimits.h"

namespace raggedc {

namespace {

constexpr char kSpecHelp[] = "one line instead of a file, e.g. bf16,heads=12,dim=64,max_seqlen=197";

Result<SourceText> readSpec(const std::string& text) {
  Result<Spec> spec = ParseSpec(text);
  if (!spec.ok()) return spec.status().WithContext("--spec");
  return SourceText{ToMlir(*spec), "<spec>", *spec};
}

Result<SourceText> readPath(const std::string& path) {
  RAGGEDC_ASSIGN_OR_RETURN(std::string text, ReadFile(path, kLargestText));
  return SourceText{std::move(text), path == "-" ? "<stdin>" : path, std::nullopt};
}

Status failWithNone() {
  return InvalidArgument("expected IN.mlir or --spec, got neither");
}

}  // namespace

void Input::addFlags(CLI::App& app) {
  addPathFlag(app, "input", path, "MLIR file, or - for standard input", "IN.mlir");
  app.add_option("--spec", spec, kSpecHelp)->type_name("SPEC");
}

void Inputs::addFlags(CLI::App& app) {
  addPathsFlag(app, "input", paths, "MLIR file, or - for standard input; several for a bundle", "IN.mlir");
  app.add_option("--spec", specs, std::string(kSpecHelp) + "; again and again for a bundle")
      ->type_name("SPEC")
      ->allow_extra_args(false);
}

Result<SourceText> readInput(const Input& input) {
  if (input.path.empty() && input.spec.empty()) return failWithNone();
  if (!input.path.empty() && !input.spec.empty()) return InvalidArgument("expected IN.mlir or --spec, got both");
  return input.spec.empty() ? readPath(input.path) : readSpec(input.spec);
}

Result<std::vector<SourceText>> readInputs(const Inputs& inputs) {
  if (inputs.count() == 0) return failWithNone();
  if (llvm::count(inputs.paths, "-") > 1) return InvalidArgument("expected standard input once, got it several times");
  std::vector<SourceText> sources;
  for (const std::string& path : inputs.paths) {
    RAGGEDC_ASSIGN_OR_RETURN(SourceText source, readPath(path));
    sources.push_back(std::move(source));
  }
  for (const std::string& spec : inputs.specs) {
    RAGGEDC_ASSIGN_OR_RETURN(SourceText source, readSpec(spec));
    if (inputs.specs.size() > 1) source.name = "<spec " + std::to_string(&spec - inputs.specs.data() + 1) + ">";
    sources.push_back(std::move(source));
  }
  return sources;
}

std::string describeInput(const Input& input) {
  return input.spec.empty() ? input.path : "--spec " + input.spec;
}

}  // namespace raggedc
