//===- Lookup.cpp - finding a kernel in memory -----------------------------===//

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <latch>
#include <thread>

#include "tools/raggedc/bench/Bench.h"

namespace raggedc {

namespace {

constexpr int kBatch = 256;  ///< calls between two looks at the clock, whose own cost is then a fraction of one
constexpr int kSamples = 1000;
constexpr size_t kSpecs = 4;

}  // namespace

Result<std::vector<LookupRow>> benchLookup(const BenchDevice& device, const std::string& text, int64_t repeat) {
  using Clock = std::chrono::steady_clock;
  RAGGEDC_ASSIGN_OR_RETURN(raggedc_spec spec, parseApiSpec(text));
  raggedc_context_options options = RAGGEDC_CONTEXT_OPTIONS_INIT;
  RAGGEDC_ASSIGN_OR_RETURN(ContextHandle context, makeContext(options));
  RAGGEDC_ASSIGN_OR_RETURN(std::unique_ptr<Operands> operands,
                           Operands::make(device, spec, {0}, Operands::Values::Ones));
  // The spec and shorter ones. Each is launched once, which makes its kernel.
  std::array<raggedc_spec, kSpecs> specs;
  for (size_t i = 0; i < kSpecs; ++i) {
    specs[i] = spec;
    specs[i].max_seqlen = std::max(1, spec.max_seqlen >> i);
    RAGGEDC_ASSIGN_OR_RETURN(KernelHandle kernel, getKernel(context.get(), specs[i], device.info.ordinal));
    RAGGEDC_RETURN_IF_ERROR(operands->addWorkspace(kernel.get()));
    RAGGEDC_RETURN_IF_ERROR(checkApi(raggedc_launch(context.get(), &specs[i], &operands->args, device.stream.get())));
    RAGGEDC_RETURN_IF_ERROR(device.stream.Synchronize());
  }

  // With no sequences the call ends where it would launch: the kernel has been found.
  raggedc_launch_args none = operands->args;
  none.sequences = 0;
  auto measure = [&](const char* what, size_t specCount, int64_t threadCount, double limit) -> Result<LookupRow> {
    std::vector<std::vector<double>> samples(static_cast<size_t>(threadCount));
    std::latch start(threadCount);
    std::atomic<int> failures = 0;
    std::vector<std::thread> threads;
    for (std::vector<double>& mine : samples)
      threads.emplace_back([&] {
        int failed = 0;
        size_t next = 0;
        auto call = [&] {
          failed |= raggedc_launch(context.get(), &specs[next], &none, device.stream.get());
          next = next + 1 == specCount ? 0 : next + 1;
        };
        mine.reserve(size_t(kSamples * repeat));
        for (int i = 0; i < kBatch; ++i) call();
        start.arrive_and_wait();
        for (int64_t i = 0; i < kSamples * repeat; ++i) {
          Clock::time_point begin = Clock::now();
          for (int j = 0; j < kBatch; ++j) call();
          mine.push_back(std::chrono::duration<double, std::nano>(Clock::now() - begin).count() / kBatch);
        }
        failures |= failed;
      });
    for (std::thread& thread : threads) thread.join();
    if (failures != 0) return InternalError("expected every lookup to succeed, got an error");
    std::vector<double> all;
    for (const std::vector<double>& mine : samples) all.insert(all.end(), mine.begin(), mine.end());
    return LookupRow{what, threadCount, percentile(all, 0.50), percentile(all, 0.99), limit};
  };

  constexpr double kLimit = 40;
  std::vector<LookupRow> rows;
  for (int64_t threads : {1, 8}) {
    RAGGEDC_ASSIGN_OR_RETURN(rows.emplace_back(), measure("one spec", 1, threads, kLimit));
    RAGGEDC_ASSIGN_OR_RETURN(rows.emplace_back(), measure("four specs in turn", kSpecs, threads, 0));
  }
  return rows;
}

}  // namespace raggedc
