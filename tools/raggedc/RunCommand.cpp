//===- RunCommand.cpp - raggedc run ----------------------------------------===//

#include <algorithm>
#include <cinttypes>
#include <cstdio>

#include "runtime/compare.h"
#include "runtime/emulator/emulator.h"
#include "runtime/executor.h"
#include "runtime/file_io.h"
#include "runtime/inputs.h"
#include "runtime/manifest.h"
#include "runtime/safetensors.h"
#include "runtime/strings.h"
#include "tools/raggedc/CachedBinary.h"
#include "tools/raggedc/Command.h"
#include "tools/raggedc/Diagnostics.h"
#include "tools/raggedc/Flags.h"
#include "tools/raggedc/Input.h"

namespace raggedc {

namespace {

constexpr int64_t kMaximumSource = 64 << 20;  ///< bytes of an edited source

/// A few sequences of very different length, an empty one among them; none so long that the reference takes minutes.
std::vector<int64_t> getDefaultLengths(int64_t capacity) {
  capacity = std::min<int64_t>(capacity, 4096);
  return {capacity, capacity / 5, 0, capacity * 3 / 5, 1};
}

std::string formatLengths(const std::vector<int64_t>& lengths) {
  std::string text;
  for (size_t i = 0; i < lengths.size(); ++i) text += StrCat(i ? "," : "", lengths[i]);
  return text;
}

std::string formatError(double error) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2e", error);
  return text;
}

std::string formatTime(double microseconds) {
  char text[32];
  if (microseconds < 1000)
    std::snprintf(text, sizeof text, "%.2f us", microseconds);
  else
    std::snprintf(text, sizeof text, "%.2f ms", microseconds / 1000);
  return text;
}

class RunCommand : public Command {
 public:
  explicit RunCommand(CLI::App& parent) {
    app = parent.add_subcommand("run", "run a program on the GPU, or on the CPU with the reference or the emulator");
    input.addFlags(*app);
    addWordFlag(*app, "--on", where, {"auto", "cuda", "emulator", "reference"}, "where to run (default: auto)");
    addPathFlag(*app, "--inputs", inputsPath, "tensors to run on (default: random ones)", "X.safetensors");
    addPathFlag(*app, "--output", outputPath, "file for the results", "Y.safetensors");
    app->add_option("--lengths", lengthsText, "rows of each sequence of random inputs")->type_name("197,40,0,...");
    app->add_option_function<std::string>(
           "--seed",
           [this](const std::string& text) {
             std::optional<int64_t> value = ParseInt(text);
             if (!value || *value < 0)
               throw CLI::ValidationError("--seed", "expected an integer of at least 0, got '" + Printable(text) + "'");
             seed = static_cast<uint64_t>(*value);
           },
           "seed of random inputs (default: 1)")
        ->type_name("N");
    addPathFlag(*app, "--cuda", cudaPath, "run this source, an edited one of the program, in place of the emitted",
                "EDITED.cu");
    app->add_flag("--no-checks", noChecks, "emulator: faster, without the checks of races, initialisation and rows");
    addSizeFlag(*app, "--timeout", timeout, 1, 86400, 1,
                "emulator: seconds until a kernel counts as endless (default: 120)");
    app->add_flag("--check", check, "compare with the reference; exit 1 if the error is above the limit");
    addArchFlag(*app, arch, "architecture to compile for (default: the GPU's)");
    addNoCacheFlag(*app, noCache);
    addCompileFlags(*app, options);
  }

  int run() override {
    Status status = work();
    if (!status.ok()) printError(status);
    return status.ok() ? (passed ? 0 : 1) : ExitCode(status);
  }

 private:
  Status work() {
    if (!inputsPath.empty() && (!lengthsText.empty() || app->count("--seed")))
      return InvalidArgument("--inputs: expected no --lengths and no --seed beside it, got both");
    if (inputsPath == "-" && input.path == "-")
      return InvalidArgument("--inputs: expected a file, as the program comes from standard input, got -");
    for (const std::string& path : {input.path, inputsPath})
      if (!outputPath.empty() && !path.empty() && IsSameFile(outputPath, path))
        return InvalidArgument("--output: expected another file than the input, got " + Printable(outputPath, 4096));
    if (check && where == "reference")
      return InvalidArgument(
          "--check: expected --on cuda, emulator or auto, as it compares with the reference, got --on reference");
    RAGGEDC_RETURN_IF_ERROR(checkPlace());
    RAGGEDC_ASSIGN_OR_RETURN(bool onDevice, chooseDevice());
    bool onEmulator = where == "emulator";
    options.arch = !arch.empty() ? arch : onDevice ? device.Arch() : options.arch;

    RAGGEDC_ASSIGN_OR_RETURN(SourceText source, readInput(input));
    Compiler compiler(options);
    spec = source.spec;
    RAGGEDC_RETURN_IF_ERROR(compiler.parse(source.text, source.name));
    RAGGEDC_RETURN_IF_ERROR(compiler.specialise());
    RAGGEDC_ASSIGN_OR_RETURN(program, compiler.program());
    RAGGEDC_RETURN_IF_ERROR(makeInputs());
    text = StrCat(program.name, " on ", describePlace(onDevice), ", ", inputsText, "\n");

    if (onDevice || onEmulator) {
      RAGGEDC_RETURN_IF_ERROR(onDevice ? runOnDevice(compiler) : runOnEmulator(compiler));
      if (check) RAGGEDC_RETURN_IF_ERROR(compareWithReference());
    } else {
      RAGGEDC_RETURN_IF_ERROR(runReference());
    }
    if (!inputsPath.empty()) noteUnusedInputs();
    if (!outputPath.empty()) RAGGEDC_RETURN_IF_ERROR(WriteSafetensors(outputPath, outputs));
    if (!outputPath.empty() && outputPath != "-") text += StrCat("  results in ", outputPath, "\n");
    // Results and report must not mix.
    if (outputPath != "-") return WriteFile("-", text);
    std::fputs(text.c_str(), stderr);
    return OkStatus();
  }

  /// Flags that some places to run at have no use for.
  Status checkPlace() {
    if (where == "reference" && !cudaPath.empty())
      return InvalidArgument("--cuda: expected --on cuda or emulator, which run a source, got --on reference");
    if (noCache && where != "auto" && where != "cuda")
      return InvalidArgument("--no-cache: expected --on cuda or auto, got --on " + where);
    if (where == "emulator") return OkStatus();
    for (const char* flag : {"--no-checks", "--timeout"})
      if (app->count(flag)) return InvalidArgument(StrCat(flag, ": expected --on emulator, got --on ", where));
    return OkStatus();
  }

  /// Whether to use the GPU; says why not if `auto` finds none.
  Result<bool> chooseDevice() {
    if (where == "reference" || where == "emulator") return false;
    auto find = [&]() -> Status {
      RAGGEDC_ASSIGN_OR_RETURN(const CudaDriver* driver, CudaDriver::Load());
      RAGGEDC_ASSIGN_OR_RETURN(device, driver->Device(0));
      deviceName = driver->NameOf(0);
      return OkStatus();
    };
    Status status = find();
    if (status.ok()) return true;
    if (where == "cuda") return status.WithContext("--on cuda");
    if (!cudaPath.empty())
      return status.WithContext("--cuda: expected a GPU, as the reference runs no source (--on emulator does)");
    printNote(StrCat("no GPU to use (", status.message(), "): the reference runs it on the CPU"));
    return false;
  }

  Status makeInputs() {
    if (!inputsPath.empty()) {
      RAGGEDC_ASSIGN_OR_RETURN(SafetensorsFile file, ReadSafetensors(inputsPath));
      inputs = std::move(file.tensors);
      inputsText = StrCat("inputs ", inputsPath);
      return OkStatus();
    }
    std::vector<int64_t> lengths = getDefaultLengths(getCapacity(program));
    if (app->count("--lengths")) {
      Result<std::vector<int64_t>> given = ParseLengths(lengthsText);
      if (!given.ok()) return given.status().WithContext("--lengths");
      lengths = std::move(*given);
    }
    inputsText = StrCat("lengths ", formatLengths(lengths), ", seed ", seed);
    Result<std::vector<Tensor>> tensors = GenerateInputs(program, lengths, seed);
    if (!tensors.ok()) return tensors.status().WithContext("random inputs");
    inputs = std::move(*tensors);
    return OkStatus();
  }

  /// Files may hold more than one program needs; that may also be a name that was mistyped.
  void noteUnusedInputs() {
    constexpr size_t kMostListed = 8;
    std::string unused;
    size_t count = 0;
    for (const Tensor& tensor : inputs) {
      auto isIt = [&](const ProgramValue& value) { return value.name == tensor.name; };
      if (std::any_of(program.inputs.begin(), program.inputs.end(), isIt) || ++count > kMostListed) continue;
      unused += (unused.empty() ? "" : ", ") + Printable(tensor.name);
    }
    if (count > 0)
      printNote(StrCat("--inputs: the program takes no ", unused, count > kMostListed ? ", ..." : "", "; not used"));
  }

  /// What runs: the emitted source or the edited one, under the manifest of the program.
  Status makeSource(Compiler& compiler) {
    RAGGEDC_RETURN_IF_ERROR(compiler.lower());
    RAGGEDC_ASSIGN_OR_RETURN(cuda, compiler.emitCuda());
    RAGGEDC_ASSIGN_OR_RETURN(manifestText, compiler.emitManifest());
    RAGGEDC_ASSIGN_OR_RETURN(manifest, ParseManifest(manifestText));
    cudaName = program.name + ".cu";
    if (cudaPath.empty()) return OkStatus();
    RAGGEDC_ASSIGN_OR_RETURN(cuda, ReadFile(cudaPath, kMaximumSource));
    cudaName = cudaPath;
    return OkStatus();
  }

  Status runOnEmulator(Compiler& compiler) {
    RAGGEDC_RETURN_IF_ERROR(makeSource(compiler));
    EmulatorOptions emulatorOptions;
    emulatorOptions.checks = !noChecks;
    emulatorOptions.timeout_seconds = double(timeout);
    emulatorOptions.source_name = cudaName;
    RAGGEDC_ASSIGN_OR_RETURN(EmulationResult result, Emulate(manifest, cuda, inputs, emulatorOptions));
    outputs = std::move(result.outputs);
    noteReport(result.notes, result.status_word);
    char times[160];
    std::snprintf(times, sizeof times, "  compiled in %.1f ms to text and %s\n", compiler.milliseconds(),
                  result.compile_milliseconds > 0
                      ? StrCat(int64_t(result.compile_milliseconds + 0.5), " ms for the CPU").c_str()
                      : "found compiled for the CPU");
    text += times;
    int64_t blocks = 0;
    for (const EmulatedLaunch& launch : result.launches) blocks += launch.blocks;
    text += StrCat("  emulator ", formatTime(result.run_milliseconds * 1000), " for ", blocks, " blocks, ",
                   result.faults.size(), result.faults.size() == 1 ? " fault" : " faults", "\n");
    for (const emulator::Fault& fault : result.faults) printError(InvalidArgument(emulator::Describe(fault, cudaName)));
    if (!result.faults.empty() && cudaPath.empty())
      printNote("the lines are of the source that `raggedc compile --emit cuda` prints");
    passed = passed && result.faults.empty();
    return OkStatus();
  }

  std::string describePlace(bool onDevice) const {
    if (onDevice) return StrCat(deviceName, " (", options.arch, ")");
    return where == "emulator" ? StrCat("the emulator (", options.arch, ")") : "the CPU";
  }

  static void noteReport(const std::vector<std::string>& notes, uint32_t statusWord) {
    for (const std::string& note : notes) printNote(note);
    if (notes.empty() && statusWord != 0) printNote(DescribeStatusWord(statusWord));
  }

  Status runOnDevice(Compiler& compiler) {
    RAGGEDC_RETURN_IF_ERROR(makeSource(compiler));
    BinaryOptions binaryOptions;
    binaryOptions.arch = options.arch;
    binaryOptions.name = cudaName;
    binaryOptions.allowSpills = options.allowSpills;
    binaryOptions.asked = describeSchedule(options);
    // An edited source is not what the spec stands for.
    BinarySource binarySource{cuda, manifestText, options, cudaPath.empty() ? spec : std::nullopt};
    std::unique_ptr<DiskCache> cache;
    if (!noCache) {
      RAGGEDC_ASSIGN_OR_RETURN(cache, openDiskCache());
    }
    RAGGEDC_ASSIGN_OR_RETURN(CachedBinary built, buildCachedBinary(cache.get(), binarySource, binaryOptions));
    TimingOptions timingOptions;
    RAGGEDC_ASSIGN_OR_RETURN(ExecutionResult result,
                             Execute(manifest, built.binary.cubin, inputs, ExecutorOptions(), &timingOptions));
    outputs = std::move(result.outputs);
    noteReport(result.report.notes, result.report.status_word);
    char times[160];
    std::snprintf(times, sizeof times, "  compiled in %.1f ms to text and %s\n", compiler.milliseconds(),
                  built.isHit() ? ("found in " + built.describeHit()).c_str()
                                : StrCat(int64_t(built.binary.nvrtcMilliseconds + 0.5), " ms to a cubin").c_str());
    text += times;
    text += StrCat("  GPU ", formatTime(result.timing.median_us), " a call (median of graph launches)\n");
    return OkStatus();
  }

  Status runReference() {
    RAGGEDC_ASSIGN_OR_RETURN(ReferenceResult reference, RunProgram(program, inputs));
    if (reference.clamped_sequences > 0)
      printNote(StrCat(reference.clamped_sequences, " sequences are longer than the capacity ", getCapacity(program),
                       "; rows beyond it are not written"));
    text += StrCat("  CPU ", formatTime(reference.milliseconds * 1000), " (float64 reference)\n");
    for (size_t i = 0; i < program.outputs.size(); ++i) {
      const ReferenceValue& value = reference.outputs[i];
      outputs.push_back(RoundReference(value, program.outputs[i].dtype));
      outputs.back().name = program.outputs[i].name;
      text += StrCat("  ", describeOutput(outputs.back()));
      if (check && IsFloat(program.outputs[i].dtype)) {
        RAGGEDC_ASSIGN_OR_RETURN(Comparison rounding, Compare(outputs.back(), value, /*poisoned=*/false));
        text +=
            StrCat(": not checked; rounding to ", DTypeName(program.outputs[i].dtype), " alone makes an error of ",
                   formatError(rounding.relative_error), " of the ", formatError(getLimit(i)), " a kernel may make");
      }
      text += "\n";
    }
    return OkStatus();
  }

  Status compareWithReference() {
    RAGGEDC_ASSIGN_OR_RETURN(ReferenceResult reference, RunProgram(program, inputs));
    text += StrCat("  CPU ", formatTime(reference.milliseconds * 1000), " (float64 reference)\n");
    for (size_t i = 0; i < program.outputs.size(); ++i) {
      const Tensor* output = FindTensor(outputs, program.outputs[i].name);
      if (!output) return InternalError(StrCat("expected a result '", program.outputs[i].name, "', got none"));
      RAGGEDC_ASSIGN_OR_RETURN(Comparison comparison, Compare(*output, reference.outputs[i], /*poisoned=*/true));
      bool good = comparison.Passes(getLimit(i));
      passed = passed && good;
      text += StrCat("  ", describeOutput(*output), ": ", Describe(comparison), ", limit ", formatError(getLimit(i)),
                     good ? ": ok" : ": FAILED", "\n");
    }
    return OkStatus();
  }

  /// What is only moved must arrive as it was. f32 is multiplied as tf32.
  double getLimit(size_t output) const {
    return getComputedOutputs(program)[output] ? Tolerance(program.outputs[output].dtype, /*tf32=*/true) : 0;
  }

  static std::string describeOutput(const Tensor& tensor) {
    return StrCat(tensor.name, " ", DTypeName(tensor.dtype), " ", FormatShape(tensor.shape));
  }

  Input input;
  CompileOptions options;
  std::string where = "auto", inputsPath, outputPath, cudaPath, lengthsText, arch;
  uint64_t seed = 1;
  int64_t timeout = 120;
  bool check = false, noChecks = false, noCache = false;
  std::optional<Spec> spec;

  DeviceInfo device;
  std::string deviceName;
  Program program;
  std::string cuda, cudaName, manifestText;
  Manifest manifest;
  std::vector<Tensor> inputs, outputs;
  std::string inputsText, text;
  bool passed = true;
};

}  // namespace

std::unique_ptr<Command> makeRunCommand(CLI::App& parent) {
  return std::make_unique<RunCommand>(parent);
}

}  // namespace raggedc
