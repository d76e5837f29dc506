//===- BenchCommand.cpp - raggedc bench ------------------------------------===//

#include <algorithm>

#include "runtime/file_io.h"
#include "runtime/inputs.h"
#include "runtime/strings.h"
#include "tools/raggedc/Command.h"
#include "tools/raggedc/Diagnostics.h"
#include "tools/raggedc/Flags.h"
#include "tools/raggedc/bench/Bench.h"

namespace raggedc {

namespace {

class BenchCommand : public Command {
 public:
  explicit BenchCommand(CLI::App& parent) {
    app = parent.add_subcommand("bench", "measure launches, lookups, starts and kernels on a GPU");
    const std::vector<std::string> words = {"dispatch", "lookup", "start", "gpu"};
    app->add_option_function<std::vector<std::string>>(
           "what",
           [this, words](const std::vector<std::string>& given) {
             std::vector<std::string_view> known(words.begin(), words.end());
             for (const std::string& word : given)
               if (std::find(words.begin(), words.end(), word) == words.end())
                 throw CLI::ValidationError("bench", StrCat("expected ", listAlternatives(words), ", got '",
                                                            Printable(word), "'", DidYouMean(word, known)));
             what = given;
           },
           "dispatch: host time of each way to launch beside a bare launch; lookup: finding a kernel in memory; start: "
           "from a spec to a result in a fresh process; gpu: GPU time for each shape (default: all)")
        ->type_name("dispatch|lookup|start|gpu");
    app->add_option("--spec", spec, "the attention, instead of 12 bf16 heads of 64 and 197 rows; of gpu with --lengths")
        ->type_name("SPEC");
    app->add_option("--lengths", lengthsText, "gpu: rows of each sequence, with --spec")->type_name("197,40,0,...");
    addSizeFlag(*app, "--seed", seed, 0, INT32_MAX, 1, "gpu: of the default shapes' random lengths (default: 0)");
    addSizeFlag(*app, "--repeat", repeat, 1, 1000, 1,
                "processes for each start, and so many times the samples of all others (default: 5)");
    addSizeFlag(*app, "--device", device, 0, 1023, 1, "ordinal of the GPU (default: 0)");
    addPathFlag(*app, "--json", jsonPath, "write all figures as JSON, - for standard output and no table", "FILE");
    addPathFlag(*app, "--plot", plotPath, "draw them, as SVG", "FILE.svg");
    // What a process of `start` is told; for raggedc alone.
    app->add_flag("--child", isChild)->group("");
    app->add_option("--child-cache", child.cache)->group("");
    app->add_option("--child-bundle", child.bundle)->group("");
    app->add_flag("--child-quick", child.quick)->group("");
  }

  int run() override {
    Status status = work();
    if (!status.ok()) printError(status);
    return ExitCode(status);
  }

 private:
  bool wants(std::string_view word) const {
    return what.empty() || std::find(what.begin(), what.end(), word) != what.end();
  }

  Status work() {
    if (isChild) {
      RAGGEDC_ASSIGN_OR_RETURN(std::string line, benchStartChild(int(device), spec, child));
      return WriteFile("-", line);
    }
    Result<raggedc_spec> parsed = parseApiSpec(spec);
    if (!parsed.ok()) return parsed.status().WithContext("--spec");
    std::vector<GpuCell> cells;
    RAGGEDC_RETURN_IF_ERROR(makeCells(*parsed, cells));
    if (jsonPath == "-" && plotPath == "-")
      return InvalidArgument("--plot: expected a file, as standard output takes the JSON, got -");
    if (!plotPath.empty() && IsSameFile(jsonPath, plotPath))
      return InvalidArgument(StrCat("--plot: expected another file than --json, got ", Printable(plotPath, 4096)));

    Result<std::unique_ptr<BenchDevice>> opened = BenchDevice::open(int(device));
    if (!opened.ok()) return opened.status().WithContext("bench: expected a GPU to measure on");
    const BenchDevice& gpu = **opened;
    BenchReport report;
    report.device = gpu.driver->NameOf(gpu.info.ordinal);
    report.arch = gpu.info.Arch();
    report.driver = gpu.driver->VersionText();
    report.repeat = repeat;
    // Starts first, before this process loads the machine with anything else.
    if (wants("start")) {
      RAGGEDC_ASSIGN_OR_RETURN(report.start, benchStart(gpu, spec, repeat));
    }
    if (wants("dispatch")) {
      RAGGEDC_ASSIGN_OR_RETURN(report.dispatch, benchDispatch(gpu, spec, repeat));
    }
    if (wants("lookup")) {
      RAGGEDC_ASSIGN_OR_RETURN(report.lookup, benchLookup(gpu, spec, repeat));
    }
    if (wants("gpu")) {
      RAGGEDC_ASSIGN_OR_RETURN(report.gpu, benchGpu(gpu, cells, uint64_t(seed), repeat));
    }
    if (!plotPath.empty()) RAGGEDC_RETURN_IF_ERROR(WriteFile(plotPath, toSvg(report)));
    if (!jsonPath.empty()) RAGGEDC_RETURN_IF_ERROR(WriteFile(jsonPath, toJson(report)));
    return jsonPath == "-" || plotPath == "-" ? OkStatus() : WriteFile("-", toText(report));
  }

  /// What `gpu` measures: the shapes of the protocol, or the one that is asked for.
  Status makeCells(const raggedc_spec& parsed, std::vector<GpuCell>& cells) {
    if (app->count("--lengths") == 0) {
      if (app->count("--spec") && wants("gpu") && !what.empty())
        return InvalidArgument("gpu: expected --lengths beside --spec, got none");
      cells = defaultCells(uint64_t(seed));
      return OkStatus();
    }
    if (app->count("--spec") == 0) return InvalidArgument("--lengths: expected --spec beside it, got none");
    if (!wants("gpu")) return InvalidArgument("--lengths: expected gpu to be measured, got other words only");
    Result<std::vector<int64_t>> lengths = ParseLengths(lengthsText);
    if (!lengths.ok()) return lengths.status().WithContext("--lengths");
    int64_t longest = *std::max_element(lengths->begin(), lengths->end());
    if (longest > parsed.max_seqlen)
      return InvalidArgument(StrCat("--lengths: expected at most ", parsed.max_seqlen, ", got ", longest));
    if (longest == 0) return InvalidArgument("--lengths: expected a sequence that is not empty, got none");
    cells = {{spec, std::move(*lengths)}};
    return OkStatus();
  }

  std::vector<std::string> what;
  std::string spec = "bf16,heads=12,dim=64,max_seqlen=197", lengthsText, jsonPath, plotPath;
  int64_t seed = 0, repeat = 5, device = 0;
  bool isChild = false;
  StartChild child;
};

}  // namespace

std::unique_ptr<Command> makeBenchCommand(CLI::App& parent) {
  return std::make_unique<BenchCommand>(parent);
}

}  // namespace raggedc
