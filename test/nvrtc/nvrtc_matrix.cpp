//===- nvrtc_matrix.cpp - every kernel compiles and does not spill ---------===//
//
// Usage: nvrtc_matrix [--filter TEXT] [--jobs N] [--list]
//
// TEXT selects cases whose reproducing command holds it. Prints each failure,
// the most registers of each family, and `N passed, N failed`. A family may
// refuse a shape that does not fit the chip, and is then listed; the free choice
// may not.
//
//===----------------------------------------------------------------------===//

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <map>
#include <mutex>

#include "runtime/manifest.h"
#include "runtime/parallel.h"
#include "runtime/spec.h"
#include "runtime/strings.h"
#include "test/cases/Cases.h"
#include "test/nvrtc/Matrix.h"
#include "tools/raggedc/Binary.h"
#include "tools/raggedc/Compiler.h"

using namespace raggedc;

namespace {

/// ptxas never gives a thread more.
constexpr int64_t kMostRegisters = 255;

/// What `__launch_bounds__` leaves each thread.
int64_t registersAllowed(int64_t threads, int64_t minBlocks) {
  return std::min(kMostRegisters, 65536 / (threads * minBlocks) / 8 * 8);
}

/// The most that a family's kernels took.
struct Record {
  int64_t kernels = 0, registers = 0;
  size_t cubinBytes = 0;
  double nvrtcMilliseconds = 0;
  std::string spec;
  std::vector<std::string> refused;  ///< what the family has no schedule for
};

/// Whether a family that was asked for says that it cannot do this shape on this chip.
bool isRefusal(const Case& test, const Status& status) {
  return test.family != "auto" && status.code() == StatusCode::kInvalidArgument &&
         status.message().find("expected a schedule that fits " + test.arch) != std::string::npos;
}

Status checkCase(const Case& test, std::map<std::string, Record>& records, std::mutex& mutex) {
  std::string text = test.text;
  if (text.empty()) {
    RAGGEDC_ASSIGN_OR_RETURN(Spec spec, ParseSpec(test.spec));
    text = ToMlir(spec);
  }
  CompileOptions options;
  options.arch = test.arch;
  options.batch = test.batch;
  options.warps = test.warps;
  if (!test.spec.empty()) {
    const FamilyRequest request(test.family);
    options.family = request.family;
    options.mma = request.mma;
  }
  Result<CudaModule> compiled = compileToCuda(text, "<matrix>", options);
  if (!compiled.ok() && isRefusal(test, compiled.status())) {
    std::lock_guard lock(mutex);
    records[test.family].refused.push_back(StrCat(test.arch, " ", test.spec));
    return OkStatus();
  }
  RAGGEDC_ASSIGN_OR_RETURN(CudaModule module, std::move(compiled));
  RAGGEDC_ASSIGN_OR_RETURN(Manifest manifest, ParseManifest(module.manifest));
  BinaryOptions binaryOptions;
  binaryOptions.arch = test.arch;
  RAGGEDC_ASSIGN_OR_RETURN(Binary binary, buildBinary(module.cuda, binaryOptions));
  if (binary.cubin.size() < 1000) return InternalError("expected a cubin, got nothing like one");
  for (const ManifestKernel& kernel : manifest.kernels) {
    const KernelResources* resources = FindResources(binary.resources, kernel.symbol);
    if (!resources) return InternalError(StrCat("expected a report on ", kernel.symbol, ", got none"));
    int64_t allowed = registersAllowed(kernel.block[0], kernel.min_blocks_per_sm);
    if (resources->registers > allowed)
      return InternalError(StrCat("expected at most ", allowed, " registers, got ", resources->registers));
    std::lock_guard lock(mutex);
    Record& record = records[test.family];
    ++record.kernels;
    record.cubinBytes = std::max(record.cubinBytes, binary.cubin.size());
    record.nvrtcMilliseconds = std::max(record.nvrtcMilliseconds, binary.nvrtcMilliseconds);
    if (resources->registers > record.registers) {
      record.registers = resources->registers;
      record.spec = test.spec.empty() ? kernel.symbol : StrCat(test.arch, " ", test.spec);
    }
  }
  return OkStatus();
}

}  // namespace

int main(int argc, char** argv) {
  std::string filter;
  int jobs = 0;
  bool list = false;
  for (int i = 1; i < argc; ++i) {
    std::string flag = argv[i];
    if (flag == "--list") {
      list = true;
    } else if (flag == "--filter" && i + 1 < argc) {
      filter = argv[++i];
    } else if (flag == "--jobs" && i + 1 < argc) {
      jobs = std::atoi(argv[++i]);
    } else {
      std::fprintf(stderr, "usage: nvrtc_matrix [--filter TEXT] [--jobs N] [--list]\n");
      return 1;
    }
  }
  std::vector<Case> cases = makeMatrix();
  std::erase_if(cases, [&](const Case& test) { return test.reproduce().find(filter) == std::string::npos; });
  if (list) {
    for (const Case& test : cases) std::printf("%s\n", test.reproduce().c_str());
    return 0;
  }

  auto begin = std::chrono::steady_clock::now();
  std::map<std::string, Record> records;
  std::mutex mutex;
  std::atomic<int> passed = 0, failed = 0;
  ParallelFor(static_cast<int64_t>(cases.size()), jobs, [&](int64_t i) {
    const Case& test = cases[static_cast<size_t>(i)];
    Status status = checkCase(test, records, mutex);
    (status.ok() ? passed : failed)++;
    if (status.ok()) return;
    std::lock_guard lock(mutex);
    std::printf("FAIL %s\n     %s\n", test.reproduce().c_str(), status.message().c_str());
    std::fflush(stdout);
  });

  std::printf("\nfamily  kernels  registers at most  cubin at most  NVRTC at most\n");
  for (const auto& [family, record] : records)
    std::printf("%-6s  %7lld  %9lld          %7zu bytes  %7.0f ms   %s\n", family.c_str(),
                static_cast<long long>(record.kernels), static_cast<long long>(record.registers), record.cubinBytes,
                record.nvrtcMilliseconds, record.spec.c_str());
  for (const auto& [family, record] : records)
    for (const std::string& shape : record.refused) std::printf("%s does not fit: %s\n", family.c_str(), shape.c_str());
  double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::printf("%.0f seconds\n%d passed, %d failed\n", seconds, passed.load(), failed.load());
  return failed == 0 ? 0 : 1;
}
