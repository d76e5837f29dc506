//===- Kernel.h - one emitted kernel to run, edited or not ------*- C++ -*-===//

#ifndef RAGGEDC_TEST_EMULATOR_KERNEL_H
#define RAGGEDC_TEST_EMULATOR_KERNEL_H

#include <string>
#include <vector>

#include "runtime/emulator/emulator.h"
#include "runtime/manifest.h"
#include "runtime/status.h"
#include "test/cases/Cases.h"
#include "tools/raggedc/Compiler.h"

namespace raggedc {

/// What the compiler made of a case, and its inputs.
struct Kernel {
  KernelCase test;
  CudaModule module;
  Manifest manifest;
  std::vector<Tensor> inputs;
};

Result<Kernel> makeKernel(const KernelCase& test, const std::string& arch = "sm_80");

/// `code` behind the device templates that it names, as if emitted: one kernel `hand` of `threads` threads, one block,
/// with a bf16 input and output of `elements` each.
Kernel makeHandWritten(const std::vector<std::string>& headers, const std::string& code, int64_t threads,
                       int64_t elements);

/// Blocks one after the other, so that each run is like the one before.
Result<EmulationResult> emulate(const Kernel& kernel, const std::string& cuda, double timeoutSeconds = 60,
                                bool counts = false);

/// Against the reference, as `raggedc run --check` does.
Status compareWithReference(const Kernel& kernel, const EmulationResult& result);

/// Line `number`, from 1; "" if there is none.
std::string getLine(const std::string& text, int number);

}  // namespace raggedc

#endif  // RAGGEDC_TEST_EMULATOR_KERNEL_H
