// lookup_bench [--json]: nanoseconds of a launch over the fake driver, whose cuLaunchKernel does next to nothing,
// beside that call alone; for one thread and eight. What is left after taking the bare call away is raggedc's.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <latch>
#include <string>
#include <thread>
#include <vector>

#include "runtime/api/testing/fake_source.h"

namespace raggedc {
namespace {

constexpr int kBatch = 256;  // launches between two looks at the clock, whose own cost is then a fraction of one
constexpr int kSamples = 4000;

struct Times {
  double p50 = 0;
  double p99 = 0;
};

// Nanoseconds of a call, over all threads, each with a `make()` of its own.
template <typename Make>
Times Measure(int thread_count, Make make) {
  std::vector<std::vector<double>> samples(static_cast<size_t>(thread_count));
  std::latch start(thread_count);
  std::vector<std::thread> threads;
  for (std::vector<double>& mine : samples) {
    threads.emplace_back([&] {
      auto call = make();
      mine.reserve(kSamples);
      for (int i = 0; i < kBatch; ++i) call();
      start.arrive_and_wait();
      for (int i = 0; i < kSamples; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        for (int j = 0; j < kBatch; ++j) call();
        mine.push_back(std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - begin).count() /
                       kBatch);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::vector<double> all;
  for (const std::vector<double>& mine : samples) all.insert(all.end(), mine.begin(), mine.end());
  std::sort(all.begin(), all.end());
  return {all[all.size() / 2], all[all.size() * 99 / 100]};
}

int Run(bool json) {
  fake_cuda::Reset();
  fake_cuda::Record(false);
  ContextSettings settings;
  settings.driver_library = RAGGEDC_FAKE_CUDA;
  auto state = std::make_shared<FakeSourceState>();
  // Three tensor maps; making one takes the fake driver next to nothing too.
  constexpr int64_t kWithMaps = 1024;
  state->change = [](CompiledKernel& compiled) {
    if (compiled.manifest.kernels[0].capacity != kWithMaps) return;
    for (const char* value : {"q", "k", "v"}) {
      compiled.manifest.kernels[0].params.push_back(StrCat(value, "_map"));
      compiled.manifest.launches[0].tensor_maps.push_back({value, {768, 2147483647}, {1536}, {64, 16}, 128});
    }
  };
  raggedc_context context;
  if (!Context::Create(settings, std::make_unique<FakeSource>(state), &context.impl).ok()) return 2;
  const CudaDriver* driver = *CudaDriver::Load(RAGGEDC_FAKE_CUDA);

  const auto spec_of = [](int32_t max_seqlen) {
    raggedc_spec spec = RAGGEDC_SPEC_INIT;
    spec.heads = 12;
    spec.dim = 64;
    spec.max_seqlen = max_seqlen;
    return spec;
  };
  raggedc_launch_args args = RAGGEDC_LAUNCH_ARGS_INIT;
  args.sequences = 64;
  args.q = args.k = args.v = args.out = reinterpret_cast<void*>(0x1000);
  args.offsets = reinterpret_cast<int32_t*>(0x1000);
  const raggedc_spec spec = spec_of(197);
  raggedc_kernel* kernel = nullptr;
  if (raggedc_kernel_get(&context, &spec, 0, &kernel) != RAGGEDC_OK) return 2;
  const raggedc_spec with_maps = spec_of(kWithMaps);
  raggedc_kernel* mapped = nullptr;
  if (raggedc_kernel_get(&context, &with_maps, 0, &mapped) != RAGGEDC_OK) return 2;

  cu::Library library = nullptr;
  cu::Kernel bare = nullptr;
  const std::string image = fake_cuda::Image("sm_90a", "bare", 5);
  driver->api().LibraryLoadData(&library, image.c_str(), nullptr, nullptr, 0, nullptr, nullptr, 0);
  driver->api().LibraryGetKernel(&bare, library, "bare");

  if (json) std::printf("[");
  bool first = true;
  const auto report = [&](const char* what, int threads, const Times& times, const Times& floor) {
    if (json) {
      std::printf(
          "%s\n  {\"what\": \"%s\", \"threads\": %d, \"p50_ns\": %.1f, \"p99_ns\": %.1f, \"beyond_bare_ns\": %.1f}",
          first ? "" : ",", what, threads, times.p50, times.p99, times.p50 - floor.p50);
    } else {
      std::printf("%-22s %7d %8.1f %8.1f %12.1f\n", what, threads, times.p50, times.p99, times.p50 - floor.p50);
    }
    first = false;
  };
  if (!json) std::printf("%-22s %7s %8s %8s %12s\n", "", "threads", "p50 ns", "p99 ns", "beyond bare");
  for (const int threads : {1, 8}) {
    const Times floor = Measure(threads, [&] {
      return [&, pointers = std::array<uint64_t, 5>{}]() mutable {
        void* params[5];
        for (size_t i = 0; i < 5; ++i) params[i] = &pointers[i];
        driver->api().LaunchKernel(bare, 768, 1, 1, 128, 1, 1, 61440, nullptr, params, nullptr);
      };
    });
    report("bare cuLaunchKernel", threads, floor, floor);
    report("kernel launch", threads,
           Measure(threads, [&] { return [&] { (void)raggedc_kernel_launch(kernel, &args, nullptr); }; }), floor);
    report("with kept maps", threads,
           Measure(threads, [&] { return [&] { (void)raggedc_kernel_launch(mapped, &args, nullptr); }; }), floor);
    report("with new maps", threads,
           Measure(threads,
                   [&] {
                     return [&, others = args, at = uintptr_t{0}]() mutable {
                       others.q = others.k = others.v = reinterpret_cast<void*>((at = at % 1000 + 1) << 20);
                       (void)raggedc_kernel_launch(mapped, &others, nullptr);
                     };
                   }),
           floor);
    report("prepared launch", threads,
           Measure(threads,
                   [&] {
                     auto destroy = [](raggedc_prepared* prepared) { raggedc_prepared_destroy(prepared); };
                     raggedc_prepared* prepared = nullptr;
                     (void)raggedc_prepared_create(kernel, &args, &prepared);
                     return [owned = std::shared_ptr<raggedc_prepared>(prepared, destroy)] {
                       (void)raggedc_prepared_launch(owned.get(), nullptr);
                     };
                   }),
           floor);
    report("by spec", threads,
           Measure(threads, [&] { return [&] { (void)raggedc_launch(&context, &spec, &args, nullptr); }; }), floor);
    report("by 4 specs in turn", threads,
           Measure(threads,
                   [&] {
                     return [&, specs = std::array{spec_of(197), spec_of(120), spec_of(60), spec_of(30)},
                             i = size_t{0}]() mutable {
                       (void)raggedc_launch(&context, &specs[i++ % specs.size()], &args, nullptr);
                     };
                   }),
           floor);
    report("by 200 specs in turn", threads,
           Measure(threads,
                   [&] {
                     return [&, spec = spec_of(0)]() mutable {
                       spec.max_seqlen = spec.max_seqlen % 200 + 1;
                       (void)raggedc_launch(&context, &spec, &args, nullptr);
                     };
                   }),
           floor);
  }
  if (json) std::printf("\n]\n");
  raggedc_kernel_release(kernel);
  raggedc_kernel_release(mapped);
  return 0;
}

}  // namespace
}  // namespace raggedc

int main(int argc, char** argv) {
  return raggedc::Run(argc > 1 && std::strcmp(argv[1], "--json") == 0);
}
