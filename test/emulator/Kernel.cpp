//===- Kernel.cpp - one emitted kernel to run, edited or not ---------------===//

#include "test/emulator/Kernel.h"

#include "codegen/Templates.h"
#include "runtime/strings.h"
#include "test/cases/Run.h"

namespace raggedc {

Result<Kernel> makeKernel(const KernelCase& test, const std::string& arch) {
  Kernel kernel;
  kernel.test = test;
  RAGGEDC_ASSIGN_OR_RETURN(kernel.module, compileCase(test, arch));
  RAGGEDC_ASSIGN_OR_RETURN(kernel.manifest, ParseManifest(kernel.module.manifest));
  RAGGEDC_ASSIGN_OR_RETURN(kernel.inputs, makeInputs(test, kernel.module.program));
  return kernel;
}

Kernel makeHandWritten(const std::vector<std::string>& headers, const std::string& code, int64_t threads,
                       int64_t elements) {
  Kernel kernel;
  llvm::StringSet<> names;
  for (const std::string& header : headers) names.insert(header);
  kernel.module.cuda = StrCat(collectTemplates(names), "//---- kernels\nusing namespace ragged;\n", code);
  ManifestDim count;
  count.constant = elements;
  kernel.manifest.name = "hand";
  kernel.manifest.values = {{"in", ValueRole::kInput, DType::kBf16, {count}, {}},
                            {"out", ValueRole::kOutput, DType::kBf16, {count}, {}}};
  ManifestKernel& entry = kernel.manifest.kernels.emplace_back();
  entry.symbol = "hand";
  entry.params = {"in", "out"};
  entry.block = {threads, 1, 1};
  entry.shared_bytes = 16384;
  ManifestLaunch& launch = kernel.manifest.launches.emplace_back();
  launch.kernel = "hand";
  launch.args = {"in", "out"};
  for (ManifestDim& dim : launch.grid) dim.constant = 1;
  Tensor in = MakeTensor("in", DType::kBf16, {elements});
  for (int64_t i = 0; i < elements; ++i) in.As<uint16_t>()[i] = static_cast<uint16_t>(0x3f80 + i % 64);
  kernel.inputs = {std::move(in)};
  return kernel;
}

Result<EmulationResult> emulate(const Kernel& kernel, const std::string& cuda, double timeoutSeconds, bool counts) {
  EmulatorOptions options;
  options.threads = 1;
  options.timeout_seconds = timeoutSeconds;
  options.counts = counts;
  return Emulate(kernel.manifest, cuda, kernel.inputs, options);
}

Status compareWithReference(const Kernel& kernel, const EmulationResult& result) {
  RAGGEDC_ASSIGN_OR_RETURN(ReferenceResult reference, runReference(kernel.module.program, kernel.inputs));
  ErrorRecords records;
  return compareOutputs(kernel.test, kernel.module.program, reference, result.outputs, records);
}

std::string getLine(const std::string& text, int number) {
  size_t begin = 0;
  for (int line = 1; line < number && begin != std::string::npos; ++line) {
    begin = text.find('\n', begin);
    if (begin != std::string::npos) ++begin;
  }
  if (number < 1 || begin == std::string::npos) return "";
  return text.substr(begin, text.find('\n', begin) - begin);
}

}  // namespace raggedc
