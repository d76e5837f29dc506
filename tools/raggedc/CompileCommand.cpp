//===- CompileCommand.cpp - raggedc compile --------------------------------===//

#include <unistd.h>

#include <cstdio>

#include "runtime/file_io.h"
#include "runtime/strings.h"
#include "tools/raggedc/AheadOfTime.h"
#include "tools/raggedc/CHeader.h"
#include "tools/raggedc/CachedBinary.h"
#include "tools/raggedc/Command.h"
#include "tools/raggedc/CompilerId.h"
#include "tools/raggedc/Diagnostics.h"
#include "tools/raggedc/Flags.h"
#include "tools/raggedc/Input.h"

namespace raggedc {

namespace {

class CompileCommand : public Command {
 public:
  explicit CompileCommand(CLI::App& parent) {
    app = parent.add_subcommand("compile", "from a description to MLIR, CUDA C++, PTX, a cubin or a bundle of them");
    inputs.addFlags(*app);
    addWordFlag(*app, "--emit", emit, {"ragged", "kernel", "cuda", "manifest", "ptx", "cubin", "bundle", "c-header"},
                "what to write (default: cuda)");
    addArchsFlag(*app, archs, "architecture (default: sm_90a); several, with commas, for a bundle or a C header");
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
    const bool isAhead = emit == "bundle" || emit == "c-header";
    const bool isBinary = emit == "cubin", needsNvrtc = isBinary || emit == "ptx";
    if ((isBinary || emit == "bundle") && output == "-" && isatty(STDOUT_FILENO))
      return InvalidArgument(StrCat("--emit ", emit, ": expected -o FILE or a pipe, got a terminal"));
    if (!manifestPath.empty() && (emit == "ragged" || emit == "kernel" || isAhead))
      return InvalidArgument("--manifest: expected --emit cuda, manifest, ptx or cubin, got --emit " + emit);
    if (noCache && !isBinary) return InvalidArgument("--no-cache: expected --emit cubin, got --emit " + emit);
    if (isBinary && manifestPath.empty() && output != "-" && !IsSpecialFile(output)) manifestPath = output + ".json";
    RAGGEDC_RETURN_IF_ERROR(checkPaths());
    if (!isAhead && archs.size() > 1)
      return InvalidArgument(
          StrCat("--arch: expected one architecture without --emit bundle or c-header, got ", archs.size()));
    if (emit != "bundle" && inputs.count() > 1 && inputs.isOfOneKind())
      return InvalidArgument(StrCat("expected one program without --emit bundle, got ", inputs.count()));
    if (emit == "bundle") return workOnBundle();

    RAGGEDC_ASSIGN_OR_RETURN(SourceText source, readInput(inputs.single()));
    if (emit == "c-header") return workOnHeader(source);
    options.arch = archs.front();
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

  Status workOnBundle() {
    RAGGEDC_ASSIGN_OR_RETURN(std::vector<SourceText> sources, readInputs(inputs));
    RAGGEDC_ASSIGN_OR_RETURN(std::vector<BundleItem> items, compileAhead(sources, archs, options));
    RAGGEDC_ASSIGN_OR_RETURN(std::string bytes, SerializeBundle(items, compilerId()));
    RAGGEDC_RETURN_IF_ERROR(WriteFile(output, bytes));
    if (output != "-")
      printNote(StrCat("wrote ", Printable(output, 4096), " (", bytes.size(), " bytes): ", sources.size(),
                       sources.size() == 1 ? " program for " : " programs for ", archs.size(),
                       archs.size() == 1 ? " architecture" : " architectures"));
    return OkStatus();
  }

  Status workOnHeader(const SourceText& source) {
    // A header calls no more of the driver than there is in every one.
    if (options.copies == "tensor")
      return InvalidArgument(
          "--copies: expected auto or cp_async with --emit c-header, which makes no tensor maps, got "
          "tensor");
    options.copies = "cp_async";
    RAGGEDC_ASSIGN_OR_RETURN(std::vector<BundleItem> items, compileAhead(source, archs, options));
    RAGGEDC_ASSIGN_OR_RETURN(std::string text, emitCHeader(items, "raggedc " RAGGEDC_VERSION));
    return WriteFile(output, text);
  }

  /// Nothing is written over the input, nor two things into one place.
  Status checkPaths() {
    auto differ = [](const char* flag, const std::string& path, const std::string& other, const char* what) -> Status {
      if (!IsSameFile(path, other)) return OkStatus();
      return InvalidArgument(StrCat(flag, ": expected another file than ", what, ", got ", Printable(path, 4096)));
    };
    for (const std::string& path : inputs.paths) {
      RAGGEDC_RETURN_IF_ERROR(differ("--output", output, path, "the input"));
      RAGGEDC_RETURN_IF_ERROR(differ("--manifest", manifestPath, path, "the input"));
    }
    if (manifestPath == "-" && output == "-")
      return InvalidArgument("--manifest: expected a file, as standard output takes the result, got -");
    return differ("--manifest", manifestPath, output, "the output");
  }

  Inputs inputs;
  CompileOptions options;
  std::vector<std::string> archs = {"sm_90a"};
  std::string emit = "cuda", output = "-", manifestPath;
  bool noCache = false;
};

}  // namespace

std::unique_ptr<Command> makeCompileCommand(CLI::App& parent) {
  return std::make_unique<CompileCommand>(parent);
}

}  // namespace raggedc
