// start_bench [--driver FILE] [--spec SPEC] [--repeat N]: milliseconds from a spec to a launchable kernel, in processes
// of their own, through the libraries as they are installed. The fake driver takes no time, so what is left is
// raggedc's and NVRTC's; `raggedc bench start` has the whole on a GPU.
#include <raggedc/raggedc.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

double Milliseconds(Clock::time_point begin, Clock::time_point end) {
  return std::chrono::duration<double, std::milli>(end - begin).count();
}

void Require(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "start_bench: %s: %s\n", what, raggedc_last_error());
  std::_Exit(1);
}

struct Times {
  double context = 0, kernel = 0;
  uint64_t compiled = 0;
};

Times Start(const char* driver, const char* text, const char* cache, bool quick) {
  // As programs do that have used CUDA before: the driver is open.
  raggedc_context_options options = RAGGEDC_CONTEXT_OPTIONS_INIT;
  options.driver_library = driver;
  options.cache_directory = "";
  raggedc_context* before = nullptr;
  Require(raggedc_context_create(&options, &before) == RAGGEDC_OK, "a context");
  raggedc_context_destroy(before);
  options.cache_directory = cache;
  options.policy = quick ? RAGGEDC_COMPILE_QUICK_FIRST : RAGGEDC_COMPILE_NOW;

  const Clock::time_point begin = Clock::now();
  raggedc_context* context = nullptr;
  Require(raggedc_context_create(&options, &context) == RAGGEDC_OK, "a context");
  const Clock::time_point opened = Clock::now();
  raggedc_spec spec = RAGGEDC_SPEC_INIT;
  Require(raggedc_spec_parse(text, &spec) == RAGGEDC_OK, text);
  raggedc_kernel* kernel = nullptr;
  if (quick) {
    raggedc_launch_args args = RAGGEDC_LAUNCH_ARGS_INIT;
    args.sequences = 1;
    args.q = args.k = args.v = args.out = reinterpret_cast<void*>(0x1000);
    args.offsets = reinterpret_cast<const int32_t*>(0x1000);
    Require(raggedc_launch(context, &spec, &args, nullptr) == RAGGEDC_OK, "a launch");
  } else {
    Require(raggedc_kernel_get(context, &spec, 0, &kernel) == RAGGEDC_OK, "a kernel");
  }
  Times times = {Milliseconds(begin, opened), Milliseconds(opened, Clock::now()), 0};
  if (quick) Require(raggedc_context_wait(context) == RAGGEDC_OK, "the right kernel");
  raggedc_context_stats stats = RAGGEDC_CONTEXT_STATS_INIT;
  Require(raggedc_context_stats_get(context, &stats) == RAGGEDC_OK, "statistics");
  times.compiled = stats.compiled;
  raggedc_kernel_release(kernel);
  raggedc_context_destroy(context);
  return times;
}

// Starts this program again and reads what it measured.
Times Child(const std::string& driver, const std::string& spec, const std::string& cache, bool quick = false) {
  int ends[2];
  Require(pipe(ends) == 0, "pipe");
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], 1);
    close(ends[0]);
    execl("/proc/self/exe", "start_bench", "--child", driver.c_str(), spec.c_str(), cache.c_str(),
          quick ? "quick" : "now", nullptr);
    std::_Exit(1);
  }
  close(ends[1]);
  FILE* const from = fdopen(ends[0], "r");
  Times times;
  unsigned long long compiled = 0;
  const bool read = std::fscanf(from, "%lf %lf %llu", &times.context, &times.kernel, &compiled) == 3;
  times.compiled = compiled;
  std::fclose(from);
  int status = 0;
  waitpid(child, &status, 0);
  Require(child > 0 && status == 0 && read, "a process that starts afresh");
  return times;
}

void Report(const char* what, std::vector<Times> all) {
  const auto median = [&](auto value) {
    std::sort(all.begin(), all.end(), [&](const Times& a, const Times& b) { return value(a) < value(b); });
    return value(all[all.size() / 2]);
  };
  const double context = median([](const Times& times) { return times.context; });
  const double kernel = median([](const Times& times) { return times.kernel; });
  const double sum = median([](const Times& times) { return times.context + times.kernel; });
  std::printf("%-18s %9.3f ms  context %.3f, kernel %.3f; best %.3f\n", what, sum, context, kernel,
              all.front().context + all.front().kernel);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 6 && std::strcmp(argv[1], "--child") == 0) {
    const Times times = Start(argv[2], argv[3], argv[4], std::strcmp(argv[5], "quick") == 0);
    std::printf("%.6f %.6f %llu\n", times.context, times.kernel, static_cast<unsigned long long>(times.compiled));
    return 0;
  }
  std::string driver = RAGGEDC_FAKE_CUDA, spec = "bf16,heads=12,dim=64,max_seqlen=197";
  int repeat = 11;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::strcmp(argv[i], "--driver") == 0) driver = argv[i + 1];
    if (std::strcmp(argv[i], "--spec") == 0) spec = argv[i + 1];
    if (std::strcmp(argv[i], "--repeat") == 0) repeat = std::max(1, std::atoi(argv[i + 1]));
  }
  char folder[] = "/tmp/raggedc_start_bench_XXXXXX";
  Require(mkdtemp(folder) != nullptr, "a folder");
  std::vector<Times> cold, quick, disk;
  for (int i = -1; i < repeat; ++i) {
    const Times times = Child(driver, spec, std::string(folder) + "/" + std::to_string(i));
    Require(times.compiled == 1, "one compilation");
    if (i >= 0) cold.push_back(times);
    const Times first = Child(driver, spec, std::string(folder) + "/quick" + std::to_string(i), true);
    Require(first.compiled == 2, "a quick compilation and another one");
    if (i >= 0) quick.push_back(first);
  }
  for (int i = -1; i < 10 * repeat; ++i) {
    const Times times = Child(driver, spec, std::string(folder) + "/0");
    Require(times.compiled == 0, "no compilation");
    if (i >= 0) disk.push_back(times);
  }
  Report("nothing cached", cold);
  Report("  quick first", quick);
  Report("kernel on disk", disk);
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  return 0;
}
