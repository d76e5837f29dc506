//===- Run.h - what is done with a case wherever it runs --------*- C++ -*-===//

#ifndef RAGGEDC_TEST_CASES_RUN_H
#define RAGGEDC_TEST_CASES_RUN_H

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/reference/program.h"
#include "runtime/status.h"
#include "runtime/tensor.h"
#include "test/cases/Cases.h"
#include "tools/raggedc/Compiler.h"

namespace raggedc {

/// For the architecture that the case names, else for `arch`.
Result<CudaModule> compileCase(const KernelCase& test, const std::string& arch);

/// Whether a family that was asked for says that the shape does not fit the chip.
bool isRefusal(const KernelCase& test, const Status& status);

/// The runtime's random inputs, and rows of no sequence around them.
Result<std::vector<Tensor>> makeInputs(const KernelCase& test, const Program& program);

/// On one thread: the cases are what runs in parallel.
Result<ReferenceResult> runReference(const Program& program, const std::vector<Tensor>& inputs);

/// Of the launches of a case.
Status checkStatusWord(const ReferenceResult& reference, uint32_t statusWord);

/// The largest error of each group of cases. Thread-safe.
class ErrorRecords {
 public:
  void add(const std::string& group, double error, const std::string& label);
  void print() const;

 private:
  struct Record {
    int cases = 0;
    double error = 0;
    std::string label;
  };
  mutable std::mutex mutex;
  std::map<std::string, Record> records;
};

/// Results, computed into poisoned memory, against the reference: exactly where data is only moved, else within the
/// limits of the project.
Status compareOutputs(const KernelCase& test, const Program& program, const ReferenceResult& reference,
                      const std::vector<Tensor>& outputs, ErrorRecords& records);

/// A seed that no other run has.
uint64_t drawSeed();

}  // namespace raggedc

#endif  // RAGGEDC_TEST_CASES_RUN_H
