//===- TuneCommand.cpp - raggedc tune --------------------------------------===//

#include <sys/stat.h>

#include <algorithm>
#include <ctime>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "runtime/cache_directory.h"
#include "runtime/file_io.h"
#include "runtime/inputs.h"
#include "runtime/strings.h"
#include "runtime/tuning_file.h"
#include "tools/raggedc/CachedBinary.h"
#include "tools/raggedc/Command.h"
#include "tools/raggedc/CompilerId.h"
#include "tools/raggedc/Diagnostics.h"
#include "tools/raggedc/Flags.h"
#include "tools/raggedc/TextLimits.h"
#include "tools/raggedc/tune/Gpu.h"
#include "tools/raggedc/tune/Progress.h"
#include "tools/raggedc/tune/Report.h"
#include "tools/raggedc/tune/Table.h"

namespace raggedc {

namespace {

using Json = nlohmann::ordered_json;

std::string getDate() {
  std::time_t now = std::time(nullptr);
  std::tm utc = {};
  gmtime_r(&now, &utc);
  char text[16];
  std::strftime(text, sizeof text, "%Y-%m-%d", &utc);
  return text;
}

class TuneCommand : public Command {
 public:
  explicit TuneCommand(CLI::App& parent) {
    app = parent.add_subcommand("tune", "measure schedules on this GPU and keep those that win in a table");
    inputs.addFlags(*app);
    addPathFlag(*app, "--shapes", shapesPath, "JSON list of {spec, batch, lengths or keep} to tune instead", "FILE");
    app->add_option("--batch", batchText, "sequences that a launch is expected to have (default: many)")
        ->type_name("many,1,4,...");
    app->add_option("--lengths", lengthsText, "rows of each sequence of a call, with one --batch")
        ->type_name("197,40,0,...");
    app->add_option_function<std::string>(
           "--keep",
           [this](const std::string& text) {
             std::optional<float> value = ParseFloat(text);
             if (!value || !(*value > 0 && *value <= 1))
               throw CLI::ValidationError("--keep",
                                          "expected a number above 0 and at most 1, got '" + Printable(text) + "'");
             keep = *value;
           },
           "part of the capacity around which lengths are drawn (default: 1, all of it)")
        ->type_name("K");
    addSizeFlag(*app, "--seed", seed, 0, INT32_MAX, 1, "of the drawn lengths (default: 0)");
    addSizeFlag(*app, "--budget", budget, 1, 1 << 20, 1, "seconds for everything; what is left is for --resume");
    addSizeFlag(*app, "--candidates", shapeOptions.mostCandidates, 1, 1000, 1,
                "schedules to compile for a shape, by predicted time (default: 64)");
    addSizeFlag(*app, "--threads", threads, 1, 64, 1, "that compile (default: one for each core but one)");
    addSizeFlag(*app, "--device", device, 0, 1023, 1, "ordinal of the GPU (default: 0)");
    addPathFlag(*app, "-o,--output", outputPath, "table to write (default: where raggedc looks for it)", "FILE");
    app->add_flag("--ranges", shapeOptions.wideRanges,
                  "what is found holds between the shapes too: from the next smaller capacity, for all batches");
    app->add_flag("--resume", resume, "leave out the shapes that the table has");
    app->add_flag("-v,--verbose", verbose, "every candidate that was measured, not only the best");
    app->add_flag("--json", json, "print JSON, every candidate included");
    addNoCacheFlag(*app, noCache);
  }

  int run() override {
    Status status = work();
    if (!status.ok()) printError(status);
    return ExitCode(status);
  }

 private:
  Status work() {
    RAGGEDC_ASSIGN_OR_RETURN(std::vector<TuneRequest> requests, shapesPath.empty() ? readFlags() : readShapes());
    shapeOptions.seed = uint64_t(seed);
    // What is wrong with the programs is said before any GPU is looked for.
    TuneShapeOptions anywhere = shapeOptions;
    anywhere.arch = CompileOptions().arch;
    RAGGEDC_RETURN_IF_ERROR(findTuneShapes(requests, anywhere).status());

    Result<std::unique_ptr<BenchDevice>> opened = BenchDevice::open(int(device));
    if (!opened.ok()) return opened.status().WithContext("tune: expected a GPU to measure on");
    gpu = std::move(*opened);
    shapeOptions.arch = gpu->info.Arch();
    if (!getChip(shapeOptions.arch))
      return EnvironmentError(StrCat("tune: expected a GPU of ", knownArchs().str(), ", got ", shapeOptions.arch));
    RAGGEDC_ASSIGN_OR_RETURN(TuneShapes found, findTuneShapes(requests, shapeOptions));
    const std::vector<TuneShape>& shapes = found.shapes;
    for (const std::string& note : found.notes) printNote(note);
    noteCapacities(shapes);
    RAGGEDC_RETURN_IF_ERROR(openTable());
    if (!noCache) {
      RAGGEDC_ASSIGN_OR_RETURN(cache, openDiskCache());
    }
    report = {{"gpu", table.gpu},    {"arch", table.arch},      {"driver", table.driver},
              {"table", outputPath}, {"shapes", Json::array()}, {"failed", Json::array()}};
    Status tuned = tuneAll(shapes);
    // What was measured is printed whatever became of the others.
    if (json) RAGGEDC_RETURN_IF_ERROR(WriteFile("-", report.dump(2) + "\n"));
    return tuned;
  }

  /// Kernels of the C API are made for other capacities than programs say.
  static void noteCapacities(const std::vector<TuneShape>& shapes) {
    std::map<int64_t, int64_t> notes;  // what a program says, what the C API makes of it
    for (const TuneShape& shape : shapes) {
      int64_t capacity = raggedc_capacity(int32_t(shape.spec.max_seqlen));
      if (capacity > 0 && llvm::none_of(shapes, [&](const TuneShape& one) {
            return one.shapes.firstCapacity <= capacity && capacity <= one.shapes.lastCapacity;
          }))
        notes[shape.spec.max_seqlen] = capacity;
    }
    constexpr size_t kMost = 3;
    if (notes.size() > kMost)
      printNote(StrCat("max_seqlen=", notes.begin()->first, " and ", notes.size() - 1,
                       " more: the C API compiles them for larger capacities, for which this says nothing, unless "
                       "RAGGEDC_EXACT is set"));
    else
      for (auto [asked, capacity] : notes)
        printNote(StrCat("max_seqlen=", asked, ": the C API compiles it for capacity ", capacity,
                         ", for which this says nothing, unless RAGGEDC_EXACT is set"));
    for (const TuneShape& shape : shapes) {
      int64_t batch = raggedc_batch(int32_t(shape.batch));
      if (&shape != &*llvm::find_if(shapes, [&](const TuneShape& other) { return other.batch == shape.batch; }) ||
          llvm::any_of(shapes, [&](const TuneShape& other) {
            return other.shapes.firstBatch <= batch && batch <= other.shapes.lastBatch;
          }))
        continue;
      printNote(StrCat("--batch ", shape.batch, ": the C API takes it for ", batch,
                       ", for which this says nothing, unless RAGGEDC_EXACT is set"));
    }
  }

  Result<std::vector<TuneRequest>> readShapes() {
    if (inputs.count() > 0) return InvalidArgument("--shapes: expected no IN.mlir or --spec beside it, got both");
    for (const char* other : {"--batch", "--lengths", "--keep"})
      if (app->count(other)) return InvalidArgument(StrCat("--shapes: expected no ", other, " beside it, got both"));
    RAGGEDC_ASSIGN_OR_RETURN(std::string text, ReadFile(shapesPath, kLargestText));
    const std::string name = shapesPath == "-" ? "<stdin>" : Printable(shapesPath, 4096);
    RAGGEDC_ASSIGN_OR_RETURN(std::vector<ShapeRequest> shapes, parseShapesFile(text, name));
    return toRequests(shapes);
  }

  /// Each program with each batch.
  Result<std::vector<TuneRequest>> readFlags() {
    RAGGEDC_ASSIGN_OR_RETURN(std::vector<SourceText> sources, readInputs(inputs));
    std::vector<int64_t> batches{0};
    if (app->count("--batch")) {
      RAGGEDC_ASSIGN_OR_RETURN(batches, parseBatches(batchText));
    }
    RAGGEDC_ASSIGN_OR_RETURN(std::vector<int64_t> lengths, readLengths(batches));
    std::vector<TuneRequest> requests;
    for (const SourceText& source : sources)
      for (int64_t batch : batches) requests.push_back({source, batch, lengths, keep});
    return requests;
  }

  Result<std::vector<int64_t>> readLengths(const std::vector<int64_t>& batches) {
    if (app->count("--lengths") == 0) return std::vector<int64_t>();
    if (app->count("--keep")) return InvalidArgument("--keep: expected no --lengths beside it, got both");
    if (batches.size() != 1)
      return InvalidArgument(StrCat("--lengths: expected one --batch beside it, got ", batches.size()));
    Result<std::vector<int64_t>> lengths = ParseLengths(lengthsText);
    if (!lengths.ok()) return lengths.status().WithContext("--lengths");
    if (*std::max_element(lengths->begin(), lengths->end()) == 0)
      return InvalidArgument("--lengths: expected a sequence that is not empty, got none");
    int64_t batch = batches.front();
    if (batch != 0 && int64_t(lengths->size()) != batch)
      return InvalidArgument(StrCat("--lengths: expected ", batch, " as --batch says, got ", lengths->size()));
    return lengths;
  }

  /// The table to add to: that of the file, if it is of this GPU and compiler.
  Status openTable() {
    table.compiler = compilerId();
    table.gpu = gpu->driver->NameOf(gpu->info.ordinal);
    table.arch = shapeOptions.arch;
    table.driver = gpu->driver->VersionText();
    table.date = getDate();
    if (outputPath.empty()) {
      outputPath = TuningFilePath(table.arch);
      if (outputPath.empty())
        return InvalidArgument("-o: expected a file, as neither RAGGEDC_TUNING_TABLE nor HOME names one, got none");
      if (size_t slash = outputPath.rfind('/'); slash != std::string::npos && slash > 0)
        MakePrivateFolder(outputPath.substr(0, slash));
    }
    RAGGEDC_ASSIGN_OR_RETURN(std::optional<TuningFile> file, ReadTuningFile(outputPath));
    if (!file) return OkStatus();
    std::string problem = takeEntries(table, file->bytes);
    if (problem.empty()) return OkStatus();
    if (resume) return InvalidArgument(StrCat("--resume: ", Printable(outputPath, 4096), ": ", problem));
    printNote(StrCat(Printable(outputPath, 4096), ": ", problem, "; a new table takes its place"));
    return OkStatus();
  }

  Status tuneAll(const std::vector<TuneShape>& shapes) {
    std::vector<const TuneShape*> left;
    for (const TuneShape& shape : shapes)
      if (!resume || !hasEntry(table, shape.shapes)) left.push_back(&shape);
    double begin = seconds();
    Status firstFailure;
    size_t done = 0;
    for (; done < left.size(); ++done) {
      double used = seconds() - begin;
      if (budget > 0 && used >= double(budget)) break;
      TuneLimits limits;
      // Each of those that are left gets as much of what is left.
      if (budget > 0) limits.seconds = (double(budget) - used) / double(left.size() - done);
      size_t cores = std::max(1u, std::thread::hardware_concurrency());
      limits.threads = threads > 0 ? size_t(threads) : std::max<size_t>(1, cores - 1);
      Status status = tune(*left[done], limits, StrCat("[", done + 1, "/", left.size(), "] "));
      if (status.ok()) continue;
      status = status.WithContext(left[done]->describe());
      if (left.size() == 1 || cannotWrite) return status;
      // The others may do.
      printError(status);
      report["failed"].push_back(
          {{"spec", ToString(left[done]->spec)}, {"batch", left[done]->batch}, {"why", status.message()}});
      if (firstFailure.ok()) firstFailure = status;
    }
    report["left"] = left.size() - done;
    if (done < left.size())
      printNote(StrCat("the time is over: ", left.size() - done, " of ", left.size(), " shapes are left for --resume"));
    if (firstFailure.ok()) return OkStatus();
    return Status(firstFailure.code(), StrCat("expected a result for every shape, got none for ",
                                              report["failed"].size(), " of ", left.size()));
  }

  Status tune(const TuneShape& shape, const TuneLimits& limits, const std::string& prefix) {
    double begin = seconds();
    bar.begin(StrCat(prefix, shape.describe()));
    RAGGEDC_ASSIGN_OR_RETURN(std::unique_ptr<GpuRunner> runner, GpuRunner::make(*gpu, shape, cache.get()));
    Result<TuneResult> result = searchSchedules(shape.candidates.size(), shape.byDefault, *runner, limits,
                                                [&](const TuneStep& step) { bar.show(step); });
    bar.end();
    if (!result.ok()) return result.status();
    TuningEntry entry = makeEntry(shape, *result, runner->rows());
    putEntry(table, entry);
    if (Status written = writeTable(); !written.ok()) {
      cannotWrite = true;
      return written;
    }
    report["shapes"].push_back(toJson(shape, *result, entry.tokens, seconds() - begin));
    return json ? OkStatus() : WriteFile("-", toText(shape, *result, verbose));
  }

  /// Whole or not at all, and for its owner alone to write to, whatever the umask: else it would be refused.
  Status writeTable() {
    RAGGEDC_RETURN_IF_ERROR(WriteFile(outputPath, printTuningTable(table)));
    struct stat info = {};
    if (outputPath != "-" && ::stat(outputPath.c_str(), &info) == 0 && S_ISREG(info.st_mode))
      ::chmod(outputPath.c_str(), info.st_mode & 07777 & ~mode_t(S_IWGRP | S_IWOTH));
    return OkStatus();
  }

  static double seconds() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
  }

  Inputs inputs;
  TuneShapeOptions shapeOptions;
  std::string batchText, lengthsText, shapesPath, outputPath;
  double keep = 1;
  int64_t seed = 0, budget = 0, threads = 0, device = 0;
  bool resume = false, json = false, verbose = false, noCache = false, cannotWrite = false;
  std::unique_ptr<BenchDevice> gpu;
  std::unique_ptr<DiskCache> cache;
  TuningTable table;
  Json report;
  ProgressBar bar;
};

}  // namespace

std::unique_ptr<Command> makeTuneCommand(CLI::App& parent) {
  return std::make_unique<TuneCommand>(parent);
}

}  // namespace raggedc
