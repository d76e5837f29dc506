//===- Input.cpp - the program a verb works on -----------------------------===//

#include "tools/raggedc/Input.h"

#include "runtime/file_io.h"
#include "tools/raggedc/Flags.h"
#include "tools/raggedc/TextLimits.h"

namespace raggedc {

void Input::addFlags(CLI::App& app) {
  addPathFlag(app, "input", path, "MLIR file, or - for standard input", "IN.mlir");
  app.add_option("--spec", spec, "one line instead of a file, e.g. bf16,heads=12,dim=64,max_seqlen=197")
      ->type_name("SPEC");
}

Result<SourceText> readInput(const Input& input) {
  if (input.path.empty() == input.spec.empty())
    return InvalidArgument(input.path.empty() ? "expected IN.mlir or --spec, got neither"
                                              : "expected IN.mlir or --spec, got both");
  if (!input.spec.empty()) {
    Result<Spec> spec = ParseSpec(input.spec);
    if (!spec.ok()) return spec.status().WithContext("--spec");
    return SourceText{ToMlir(*spec), "<spec>", *spec};
  }
  RAGGEDC_ASSIGN_OR_RETURN(std::string text, ReadFile(input.path, kLargestText));
  return SourceText{std::move(text), input.path == "-" ? "<stdin>" : input.path, std::nullopt};
}

std::string describeInput(const Input& input) {
  return input.spec.empty() ? input.path : "--spec " + input.spec;
}

}  // namespace raggedc
