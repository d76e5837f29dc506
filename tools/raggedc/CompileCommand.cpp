//===- CompileCommand.cpp - raggedc compile --------------------------------===//

#include <unistd.h>

#include <cstdio>

#include "runtime/file_io.h"
#include "runtime/strings.h"
#include "tools/raggedc/CachedBinary.h"
#include "tools/raggedc/Command.h"
#include "tools/raggedc/Diagnostics.h"
#include "tools/raggedc/Flags.h"
#include "tools/raggedc/Input.h"

namespace raggedc {

namespace {

class CompileCommand : public Command {
 public:
  explicit CompileCommand(CLI::App& parent) {
    app = parent.add_subcommand("compile", "from a description to MLIR, CUDA C++, PTX or a cubin");
    input.addFlags(*app);
    addWordFlag(*app, "--emit", emit, {"ragged", "kernel", "cuda", "manifest", "ptx", "cubin"},
                "what to write (default: cuda)");
    addArchFlag(*app, options.arch, "architecture (default: sm_90a)");
    addPathFlag(*app, "-o,--output", output, "file to write (default: standard output)", "FILE");
    addPathFlag(*app, "--manifest", manifestPath, "file for the manifest (default, with a cubin in FILE: FILE.json)",
                "FILE");
    addNoCacheFlag(*app, noCache);
    addCompileFlags(*app, options);
  }

  int run() override {
    Status status = work();
    if (!status.ok()) printError(status);
    return ExitCode(status);
  }

 private:
  Status work() {
    const bool isBinary = emit == "cubin", needsNvrtc = isBinary || emit == "ptx";
    if (isBinary && output == "-" && isatty(STDOUT_FILENO))
      return InvalidArgument("--emit cubin: expected -o FILE or a pipe, got a terminal");
    if (!manifestPath.empty() && (emit == "ragged" || emit == "kernel"))
      return InvalidArgument("--manifest: expected --emit cuda, manifest, ptx or cubin, got --emit " + emit);
    if (noCache && !isBinary) return InvalidArgument("--no-cache: expected --emit cubin, got --emit " + emit);
    if (isBinary && manifestPath.empty() && output != "-" && !IsSpecialFile(output)) manifestPath = output + ".json";
    RAGGEDC_RETURN_IF_ERROR(checkPaths());

    RAGGEDC_ASSIGN_OR_RETURN(SourceText source, readInput(input));
    Compiler compiler(options);
    RAGGEDC_RETURN_IF_ERROR(compiler.parse(source.text, source.name));
    RAGGEDC_RETURN_IF_ERROR(compiler.specialise());
    if (emit == "ragged") return WriteFile(output, compiler.print());
    RAGGEDC_RETURN_IF_ERROR(compiler.lower());
    if (emit == "kernel") return WriteFile(output, compiler.print());
    BinarySource binarySource;
    binarySource.options = options;
    binarySource.spec = source.spec;
    std::string &cuda = binarySource.cuda, &manifest = binarySource.manifest;
    RAGGEDC_ASSIGN_OR_RETURN(cuda, compiler.emitCuda());
    RAGGEDC_ASSIGN_OR_RETURN(manifest, compiler.emitManifest());
    CachedBinary built;
    if (needsNvrtc) {
      BinaryOptions binaryOptions;
      binaryOptions.arch = options.arch;
      binaryOptions.name = compiler.function().getName().str() + ".cu";
      binaryOptions.wantPtx = emit == "ptx";
      binaryOptions.allowSpills = options.allowSpills;
      binaryOptions.asked = describeSchedule(options);
      std::unique_ptr<DiskCache> cache;
      if (!noCache) {
        RAGGEDC_ASSIGN_OR_RETURN(cache, openDiskCache());
      }
      RAGGEDC_ASSIGN_OR_RETURN(built, buildCachedBinary(cache.get(), binarySource, binaryOptions));
    }
    // Everything is there: write.
    if (!manifestPath.empty()) RAGGEDC_RETURN_IF_ERROR(WriteFile(manifestPath, manifest));
    const std::string& text = emit == "cuda"       ? cuda
                              : emit == "manifest" ? manifest
                              : emit == "ptx"      ? built.binary.ptx
                                                   : built.binary.cubin;
    Status written = WriteFile(output, text);
    if (!written.ok() && !manifestPath.empty()) std::remove(manifestPath.c_str());
    RAGGEDC_RETURN_IF_ERROR(written);
    if (isBinary && output != "-")
      printNote(StrCat("wrote ", Printable(output, 4096), " (", text.size(), " bytes)",
                       manifestPath.empty() ? "" : " and its manifest " + Printable(manifestPath, 4096),
                       built.isHit() ? ", from " + built.describeHit() : ""));
    return OkStatus();
  }

  /// Nothing is written over the input, nor two things into one place.
  Status checkPaths() {
    auto differ = [](const char* flag, const std::string& path, const std::string& other, const char* what) -> Status {
      if (!IsSameFile(path, other)) return OkStatus();
      return InvalidArgument(StrCat(flag, ": expected another file than ", what, ", got ", Printable(path, 4096)));
    };
    if (!input.path.empty()) {
      RAGGEDC_RETURN_IF_ERROR(differ("--output", output, input.path, "the input"));
      RAGGEDC_RETURN_IF_ERROR(differ("--manifest", manifestPath, input.path, "the input"));
    }
    if (manifestPath == "-" && output == "-")
      return InvalidArgument("--manifest: expected a file, as standard output takes the result, got -");
    return differ("--manifest", manifestPath, output, "the output");
  }

  Input input;
  CompileOptions options;
  std::string emit = "cuda", output = "-", manifestPath;
  bool noCache = false;
};

}  // namespace

std::unique_ptr<Command> makeCompileCommand(CLI::App& parent) {
  return std::make_unique<CompileCommand>(parent);
}

}  // namespace raggedc
