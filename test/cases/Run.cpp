//===- Run.cpp - what is done with a case wherever it runs -----------------===//

#include "test/cases/Run.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>

#include "runtime/compare.h"
#include "runtime/executor.h"
#include "runtime/inputs.h"
#include "runtime/spec.h"
#include "runtime/strings.h"

namespace raggedc {

Result<CudaModule> compileCase(const KernelCase& test, const std::string& arch) {
  std::string text = test.text;
  if (text.empty()) {
    RAGGEDC_ASSIGN_OR_RETURN(Spec spec, ParseSpec(test.spec));
    text = ToMlir(spec);
  }
  CompileOptions options;
  options.arch = test.arch.empty() ? arch : test.arch;
  const FamilyRequest request(test.family);
  options.family = request.family;
  options.mma = request.mma;
  options.softmax = test.softmax;
  options.copies = test.copies;
  options.batch = test.batch;
  options.warps = test.warps;
  options.stages = test.stages;
  options.rowsPerBlock = test.rowsPerBlock;
  return compileToCuda(text, "<case>", options);
}

bool isRefusal(const KernelCase& test, const Status& status) {
  return test.family != "auto" && status.message().find("expected a schedule that fits") != std::string::npos;
}

Result<std::vector<Tensor>> makeInputs(const KernelCase& test, const Program& program) {
  std::vector<int64_t> lengths = test.lengths;
  if (test.rowsBefore > 0) lengths.insert(lengths.begin(), test.rowsBefore);
  if (test.rowsBehind > 0) lengths.push_back(test.rowsBehind);
  RAGGEDC_ASSIGN_OR_RETURN(std::vector<Tensor> inputs, GenerateInputs(program, lengths, test.seed));
  for (Tensor& tensor : inputs) {
    if (tensor.name != "offsets") {
      // A product with any of these would show.
      const int64_t rows = tensor.shape.empty() ? 0 : tensor.shape[0];
      const int64_t rowBytes = rows == 0 ? 0 : static_cast<int64_t>(tensor.data.size()) / rows;
      std::memset(tensor.data.data(), kPoison, static_cast<size_t>(std::min(test.rowsBefore, rows) * rowBytes));
      const int64_t behind = std::min(test.rowsBehind, rows) * rowBytes;
      std::memset(tensor.data.data() + tensor.data.size() - behind, kPoison, static_cast<size_t>(behind));
      continue;
    }
    const int32_t* begin = tensor.As<int32_t>() + (test.rowsBefore > 0 ? 1 : 0);
    tensor = MakeI32Tensor("offsets", std::vector<int32_t>(begin, begin + test.lengths.size() + 1));
  }
  return inputs;
}

Result<ReferenceResult> runReference(const Program& program, const std::vector<Tensor>& inputs) {
  ReferenceOptions options;
  options.threads = 1;
  return RunProgram(program, inputs, options);
}

Status checkStatusWord(const ReferenceResult& reference, uint32_t statusWord) {
  const uint32_t expected = reference.clamped_sequences > 0 ? kStatusClamped : 0;
  if (statusWord == expected) return OkStatus();
  return InternalError(StrCat("expected the status word ", expected, ", got ", statusWord));
}

void ErrorRecords::add(const std::string& group, double error, const std::string& label) {
  std::lock_guard lock(mutex);
  Record& record = records[group];
  ++record.cases;
  if (error <= record.error) return;
  record.error = error;
  record.label = label;
}

void ErrorRecords::print() const {
  std::lock_guard lock(mutex);
  for (const auto& [group, record] : records)
    std::printf("%-16s %5d cases, largest error %.2e  %s\n", group.c_str(), record.cases, record.error,
                record.label.c_str());
}

Status compareOutputs(const KernelCase& test, const Program& program, const ReferenceResult& reference,
                      const std::vector<Tensor>& outputs, ErrorRecords& records) {
  const std::vector<bool> computed = getComputedOutputs(program);
  for (size_t i = 0; i < program.outputs.size(); ++i) {
    const ProgramValue& output = program.outputs[i];
    const Tensor* actual = FindTensor(outputs, output.name);
    if (!actual) return InternalError(StrCat("expected a result '", output.name, "', got none"));
    RAGGEDC_ASSIGN_OR_RETURN(Comparison comparison, Compare(*actual, reference.outputs[i], /*poisoned=*/true));
    const double limit = computed[i] ? Tolerance(output.dtype, /*tf32=*/true) : 0;
    records.add(StrCat(computed[i] ? test.family : "moved", " ", DTypeName(output.dtype)), comparison.relative_error,
                test.label());
    if (!comparison.Passes(limit))
      return InternalError(StrCat("'", output.name, "': ", Describe(comparison), ", limit ", limit));
  }
  return OkStatus();
}

uint64_t drawSeed() {
  return static_cast<uint64_t>(std::chrono::system_clock::now().time_since_epoch().count()) >> 20;
}

}  // namespace raggedc
