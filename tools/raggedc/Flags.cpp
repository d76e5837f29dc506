//===- Flags.cpp - flags that several verbs share --------------------------===//

#include "tools/raggedc/Flags.h"

#include "dialect/ragged/Ragged.h"
#include "llvm/Support/Regex.h"
#include "passes/CostModel.h"
#include "runtime/strings.h"

namespace raggedc {

namespace {

constexpr size_t kLongestRegex = 256;

[[noreturn]] void fail(const std::string& name, const std::string& expected, const std::string& got) {
  throw CLI::ValidationError(name, StrCat("expected ", expected, ", got '", Printable(got), "'"));
}

}  // namespace

std::string listAlternatives(const std::vector<std::string>& words) {
  std::string text;
  for (size_t i = 0; i < words.size(); ++i)
    text += StrCat(i == 0 ? "" : i + 1 == words.size() ? " or " : ", ", words[i]);
  return text;
}

CLI::Option* addSizeFlag(CLI::App& app, const std::string& name, int64_t& target, int64_t minimum, int64_t maximum,
                         int64_t multiple, const std::string& help) {
  std::string expected = multiple == 1 ? StrCat("an integer from ", minimum, " to ", maximum)
                                       : StrCat("a multiple of ", multiple, " from ", minimum, " to ", maximum);
  return app
      .add_option_function<std::string>(
          name,
          [=, &target](const std::string& text) {
            std::optional<int64_t> value = ParseInt(text);
            if (!value || *value < minimum || *value > maximum || *value % multiple != 0) fail(name, expected, text);
            target = *value;
          },
          help)
      ->type_name("N");
}

CLI::Option* addWordFlag(CLI::App& app, const std::string& name, std::string& target,
                         const std::vector<std::string>& words, const std::string& help) {
  std::string option = name.substr(0, name.find(','));
  return app
      .add_option_function<std::string>(
          name,
          [=, &target](const std::string& text) {
            if (std::find(words.begin(), words.end(), text) == words.end()) {
              std::vector<std::string_view> known(words.begin(), words.end());
              throw CLI::ValidationError(option, StrCat("expected ", listAlternatives(words), ", got '",
                                                        Printable(text), "'", DidYouMean(text, known)));
            }
            target = text;
          },
          help + ": " + listAlternatives(words))
      ->type_name("WORD");
}

CLI::Option* addPathFlag(CLI::App& app, const std::string& name, std::string& target, const std::string& help,
                         const std::string& placeholder) {
  std::string option = name.substr(0, name.find(','));
  return app
      .add_option_function<std::string>(
          name,
          [=, &target](const std::string& text) {
            if (text.empty()) fail(option, "the name of a file", text);
            target = text;
          },
          help)
      ->type_name(placeholder);
}

CLI::Option* addPathsFlag(CLI::App& app, const std::string& name, std::vector<std::string>& target,
                          const std::string& help, const std::string& placeholder) {
  return app
      .add_option_function<std::vector<std::string>>(
          name,
          [=, &target](const std::vector<std::string>& texts) {
            for (const std::string& text : texts)
              if (text.empty()) fail(name, "the name of a file", text);
            target = texts;
          },
          help)
      ->type_name(placeholder);
}

CLI::Option* addArchFlag(CLI::App& app, std::string& arch, const std::string& help) {
  return app
      .add_option_function<std::string>(
          "--arch",
          [&arch](const std::string& text) {
            if (!getChip(text)) fail("--arch", knownArchs().str(), text);
            arch = text;
          },
          help)
      ->type_name("ARCH");
}

CLI::Option* addArchsFlag(CLI::App& app, std::vector<std::string>& archs, const std::string& help) {
  return app
      .add_option_function<std::string>(
          "--arch",
          [&archs](const std::string& text) {
            archs.clear();
            for (std::string_view item : Split(text, ',')) {
              std::string arch(item);
              if (!getChip(arch)) fail("--arch", knownArchs().str(), arch);
              if (llvm::is_contained(archs, arch)) fail("--arch", "each architecture once", arch);
              archs.push_back(std::move(arch));
            }
          },
          help)
      ->type_name("ARCH");
}

void addNoCacheFlag(CLI::App& app, bool& target) {
  app.add_flag("--no-cache", target, "compile even what the disk cache has, and keep nothing there");
}

void addCompileFlags(CLI::App& app, CompileOptions& options) {
  options.useUserTable = true;
  const std::string sizes = "Sizes (replace or fill in what the input says)", choices = "Schedule (default: chosen)";
  auto size = [&](const char* name, int64_t& target, int64_t minimum, int64_t maximum, int64_t multiple,
                  const char* help, const std::string& group) {
    addSizeFlag(app, name, target, minimum, maximum, multiple, help)->group(group);
  };
  size("--head-dim", options.headDim, 16, 256, 8, "head dimension of q and k", sizes);
  size("--head-dim-v", options.headDimV, 16, 256, 8, "head dimension of v and the result", sizes);
  size("--heads", options.heads, 1, mlir::ragged::kMaxHeads, 1, "query heads", sizes);
  size("--kv-heads", options.kvHeads, 1, mlir::ragged::kMaxHeads, 1, "key and value heads", sizes);
  size("--max-seqlen", options.maxSeqlen, 1, mlir::ragged::kMaxSeqlen, 1, "capacity: the longest sequence", sizes);
  size("--block-m", options.blockM, 16, 256, 16, "query rows of a tile", choices);
  size("--block-n", options.blockN, 16, 256, 16, "key rows of a tile", choices);
  size("--batch", options.batch, 1, INT32_MAX, 1, "sequences a launch is expected to have", choices);
  addWordFlag(app, "--family", options.family, {"auto", "warp", "single", "online", "latency", "ring"},
              "schedule family")
      ->group(choices);
  addWordFlag(app, "--softmax", options.softmax, {"auto", "single_pass", "online"}, "softmax variant")->group(choices);
  addWordFlag(app, "--mma", options.mma, {"auto", "warp", "warpgroup"},
              "unit of a matrix product; warpgroup is wgmma of sm_90a")
      ->group(choices);
  addWordFlag(app, "--copies", options.copies, {"auto", "cp_async", "tensor"},
              "how rows get to shared memory; tensor is by tensor maps (TMA) of sm_90a, in the family ring")
      ->group(choices);
  size("--warps", options.warps, 1, 16, 1, "warps of a block", choices);
  size("--stages", options.stages, 1, 16, 1, "slots of the asynchronous pipeline", choices);
  size("--min-blocks", options.minBlocks, 1, 16, 1, "blocks that must fit on a multiprocessor", choices);
  size("--rows-per-block", options.rowsPerBlock, 16, 65536, 16, "query rows of a sequence that one block does",
       choices);
  addWordFlag(app, "--dependent-launch", options.dependentLaunch, {"auto", "off"},
              "begin while the kernel in front ends (sm_90 on)")
      ->group(choices);
  app.add_flag("--quick", options.quick, "the schedule that compiles soonest, not the one that runs fastest")
      ->group(choices);
  app.add_flag("--allow-spills", options.allowSpills, "accept kernels that spill registers")->group(choices);
  app.add_option_function<std::string>(
         "--remarks-filter",
         [&options](const std::string& text) {
           // Repetition counts multiply: a few of them in a row ask for more memory than there is.
           std::string error;
           if (text.size() > kLongestRegex || text.find('{') != std::string::npos || !llvm::Regex(text).isValid(error))
             fail("--remarks-filter",
                  StrCat("a regular expression of at most ", kLongestRegex, " characters, without {}"), text);
           options.remarksFilter = text;
         },
         "print remarks of the categories that match, e.g. choose-schedule")
      ->type_name("REGEX");
}

}  // namespace raggedc
