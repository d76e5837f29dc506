//===- Start.cpp - from a spec to a result, in fresh processes -------------===//

#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Program.h"
#include "runtime/bundle.h"
#include "runtime/file_io.h"
#include "runtime/strings.h"
#include "runtime/temporary_folder.h"
#include "tools/raggedc/AheadOfTime.h"
#include "tools/raggedc/CompilerId.h"
#include "tools/raggedc/bench/Bench.h"

namespace raggedc {

namespace {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

constexpr unsigned kPatience = 120;  ///< seconds for a child

double milliseconds(Clock::time_point begin, Clock::time_point end) {
  return std::chrono::duration<double, std::milli>(end - begin).count();
}

int anchor;  ///< whose address says which program this is

/// Runs this program again and returns the line it prints.
Result<Json> runChild(const TemporaryFolder& folder, int device, const std::string& spec, const StartChild& child) {
  std::string program = llvm::sys::fs::getMainExecutable("raggedc", &anchor);
  std::string out = folder.path() + "/out", err = folder.path() + "/err", ordinal = std::to_string(device), failure;
  llvm::SmallVector<llvm::StringRef> args{program, "bench", "start", "--child", "--device", ordinal, "--spec", spec};
  if (!child.cache.empty()) args.append({"--child-cache", child.cache});
  if (!child.bundle.empty()) args.append({"--child-bundle", child.bundle});
  if (child.quick) args.push_back("--child-quick");
  std::error_code ignored;
  for (const std::string& path : {out, err}) std::filesystem::remove(path, ignored);  // they are opened, not truncated
  std::optional<llvm::StringRef> redirects[] = {llvm::StringRef("/dev/null"), llvm::StringRef(out),
                                                llvm::StringRef(err)};
  int code = llvm::sys::ExecuteAndWait(program, args, std::nullopt, redirects, kPatience, 0, &failure);
  if (code != 0) {
    Result<std::string> said = ReadFile(err, 1 << 16);
    std::string text = said.ok() && !said->empty() ? *said : failure;
    return EnvironmentError(StrCat("expected a process that starts afresh to succeed, got exit code ", code, ": ",
                                   Printable(Trim(text), 1000)));
  }
  RAGGEDC_ASSIGN_OR_RETURN(std::string line, ReadFile(out, 1 << 16));
  Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return InternalError(StrCat("expected JSON of the child, got ", Printable(line, 200)));
  return json;
}

/// The spec that kernels are compiled for when this one is asked for.
raggedc_spec toCapacity(raggedc_spec spec) {
  if (!(spec.flags & RAGGEDC_EXACT)) {
    spec.max_seqlen = raggedc_capacity(spec.max_seqlen);
    spec.batch = raggedc_batch(spec.batch);
  }
  spec.flags &= ~uint32_t(RAGGEDC_EXACT);
  return spec;
}

Status writeBundle(const BenchDevice& device, raggedc_spec spec, const std::string& path) {
  CompileOptions options;
  options.useUserTable = true;  // as the kernels have that the C API compiles
  spec = toCapacity(spec);
  options.batch = std::exchange(spec.batch, 0);
  RAGGEDC_ASSIGN_OR_RETURN(std::string text, printApiSpec(spec));
  RAGGEDC_ASSIGN_OR_RETURN(SourceText source, readInput({"", text}));
  RAGGEDC_ASSIGN_OR_RETURN(std::vector<BundleItem> items, compileAhead(source, device.info.Arch(), options));
  RAGGEDC_ASSIGN_OR_RETURN(std::string bytes, SerializeBundle(items, compilerId()));
  return WriteFile(path, bytes);
}

}  // namespace

Result<std::string> benchStartChild(int ordinal, const std::string& text, const StartChild& child) {
  // Layers from the environment would make a cold start a warm one.
  ::unsetenv("RAGGEDC_CACHE_BASE");
  Clock::time_point begin = Clock::now();
  RAGGEDC_ASSIGN_OR_RETURN(std::unique_ptr<BenchDevice> device, BenchDevice::open(ordinal));
  RAGGEDC_ASSIGN_OR_RETURN(raggedc_spec forOperands, parseApiSpec(text));
  std::vector<int64_t> lengths{forOperands.max_seqlen, 1, 0, (forOperands.max_seqlen + 1) / 2};
  RAGGEDC_ASSIGN_OR_RETURN(std::unique_ptr<Operands> operands,
                           Operands::make(*device, forOperands, lengths, Operands::Values::Ones));
  RAGGEDC_RETURN_IF_ERROR(device->stream.Synchronize());
  Clock::time_point ready = Clock::now();

  // What a program that embeds raggedc does, once it has its GPU and its data.
  raggedc_context_options options = RAGGEDC_CONTEXT_OPTIONS_INIT;
  const char* bundle = child.bundle.c_str();
  options.cache_directory = child.cache.c_str();
  if (!child.bundle.empty()) {
    options.bundles = &bundle;
    options.bundle_count = 1;
    options.policy = RAGGEDC_COMPILE_NEVER;
  }
  if (child.quick) options.policy = RAGGEDC_COMPILE_QUICK_FIRST;
  RAGGEDC_ASSIGN_OR_RETURN(ContextHandle context, makeContext(options));
  Clock::time_point opened = Clock::now();
  RAGGEDC_ASSIGN_OR_RETURN(raggedc_spec spec, parseApiSpec(text));
  KernelHandle kernel;
  Clock::time_point found;
  if (child.quick) {
    // Handles are never of a kernel that stands in for another one.
    RAGGEDC_RETURN_IF_ERROR(checkApi(raggedc_launch(context.get(), &spec, &operands->args, device->stream.get())));
    found = Clock::now();
  } else {
    RAGGEDC_ASSIGN_OR_RETURN(kernel, getKernel(context.get(), spec, ordinal));
    found = Clock::now();
    RAGGEDC_RETURN_IF_ERROR(operands->addWorkspace(kernel.get()));
    RAGGEDC_RETURN_IF_ERROR(checkApi(raggedc_kernel_launch(kernel.get(), &operands->args, device->stream.get())));
  }
  RAGGEDC_RETURN_IF_ERROR(device->stream.Synchronize());
  Clock::time_point first = Clock::now();
  if (child.quick) {
    RAGGEDC_RETURN_IF_ERROR(operands->check());  // of the quick kernel
    RAGGEDC_RETURN_IF_ERROR(checkApi(raggedc_context_wait(context.get())));
  }
  Clock::time_point right = Clock::now();
  RAGGEDC_RETURN_IF_ERROR(checkApi(raggedc_launch(context.get(), &spec, &operands->args, device->stream.get())));
  RAGGEDC_RETURN_IF_ERROR(device->stream.Synchronize());
  Clock::time_point second = Clock::now();
  RAGGEDC_RETURN_IF_ERROR(operands->check());

  raggedc_context_stats stats = RAGGEDC_CONTEXT_STATS_INIT;
  RAGGEDC_RETURN_IF_ERROR(checkApi(raggedc_context_stats_get(context.get(), &stats)));
  Json json{{"cuda_ms", milliseconds(begin, ready)},    {"context_ms", milliseconds(ready, opened)},
            {"kernel_ms", milliseconds(opened, found)}, {"launchable_ms", milliseconds(ready, found)},
            {"result_ms", milliseconds(ready, first)},  {"right_ms", milliseconds(ready, right)},
            {"again_ms", milliseconds(right, second)},  {"compiled", stats.compiled}};
  return json.dump() + "\n";
}

Result<StartResult> benchStart(const BenchDevice& device, const std::string& text, int64_t repeat) {
  RAGGEDC_ASSIGN_OR_RETURN(raggedc_spec spec, parseApiSpec(text));
  RAGGEDC_ASSIGN_OR_RETURN(TemporaryFolder folder, TemporaryFolder::Make("raggedc-bench-"));
  std::string bundle = folder.path() + "/kernel.bundle";
  RAGGEDC_RETURN_IF_ERROR(writeBundle(device, spec, bundle));

  StartResult result;
  result.spec = text;
  struct Column {
    const char* what;
    const char* key;
    double limit;
  };
  auto measure = [&](int compiled, auto childOf, std::vector<Column> columns) -> Status {
    size_t firstRow = result.rows.size();
    for (const Column& column : columns) result.rows.push_back({column.what, {}, column.limit});
    // One more than counted, and first: files come into the page cache.
    for (int64_t i = -1; i < repeat; ++i) {
      RAGGEDC_ASSIGN_OR_RETURN(Json times, runChild(folder, device.info.ordinal, text, childOf(i)));
      if (times["compiled"] != compiled)
        return InternalError(
            StrCat(columns.front().what, ": expected ", compiled, " compilations, got ", times["compiled"].dump()));
      if (i < 0) continue;
      for (size_t c = 0; c < columns.size(); ++c)
        result.rows[firstRow + c].samples.push_back(times[columns[c].key].get<double>());
    }
    return OkStatus();
  };
  auto cold = [&](int64_t i) { return StartChild{StrCat(folder.path(), "/cold", i), "", false}; };
  RAGGEDC_RETURN_IF_ERROR(measure(1, cold,
                                  {{"nothing cached: to the first result", "result_ms", 250},
                                   {"  of it, to a launchable kernel", "launchable_ms", 0}}));
  auto quick = [&](int64_t i) { return StartChild{StrCat(folder.path(), "/quick", i), "", true}; };
  RAGGEDC_RETURN_IF_ERROR(measure(2, quick,
                                  {{"nothing cached, quick first: to the first result", "result_ms", 250},
                                   {"  until the right kernel is there too", "right_ms", 0}}));
  auto filled = [&](int64_t) { return StartChild{StrCat(folder.path(), "/cold", 0), "", false}; };
  RAGGEDC_RETURN_IF_ERROR(measure(0, filled,
                                  {{"kernel on disk: to a launchable kernel", "launchable_ms", 1},
                                   {"  of it, making the context", "context_ms", 0},
                                   {"  of it, reading and loading the kernel", "kernel_ms", 0},
                                   {"kernel on disk: to the first result", "result_ms", 0}}));
  auto bundled = [&](int64_t) { return StartChild{"", bundle, false}; };
  RAGGEDC_RETURN_IF_ERROR(measure(0, bundled,
                                  {{"kernel in a bundle: to the first result", "result_ms", 5},
                                   {"  of it, to a launchable kernel", "launchable_ms", 0},
                                   {"kernel in memory: to the next result", "again_ms", 0},
                                   {"before all of these: CUDA, and data on the GPU", "cuda_ms", 0}}));
  return result;
}

}  // namespace raggedc
