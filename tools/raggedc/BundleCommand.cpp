//===- BundleCommand.cpp - raggedc bundle ----------------------------------===//

#include "runtime/bundle.h"
#include "runtime/file_io.h"
#include "runtime/json.h"
#include "runtime/strings.h"
#include "tools/raggedc/Command.h"
#include "tools/raggedc/Diagnostics.h"
#include "tools/raggedc/Flags.h"

namespace raggedc {

namespace {

/// `text` and spaces up to `width` columns.
std::string pad(std::string text, size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

class BundleCommand : public Command {
 public:
  explicit BundleCommand(CLI::App& parent) {
    app = parent.add_subcommand("bundle", "what is in a bundle, and whether it is whole");
    app->require_subcommand(1);
    list = app->add_subcommand("list", "a line for each module in a bundle");
    list->add_flag("--json", isJson, "as JSON, with everything the bundle says");
    verify = app->add_subcommand("verify", "read and check every byte of bundles; exit 1 if one is damaged");
    addPathsFlag(*list, "bundle", paths, "file that raggedc compile --emit bundle wrote", "F.bundle");
    addPathsFlag(*verify, "bundle", paths, "files that raggedc compile --emit bundle wrote", "F.bundle");
  }

  int run() override {
    if (paths.empty()) {
      printError(InvalidArgument("expected the name of a bundle, got none"));
      return 1;
    }
    Status status = list->parsed() ? listEntries() : verifyAll();
    if (!status.ok()) printError(status);
    return failed ? 1 : ExitCode(status);
  }

 private:
  Status listEntries() {
    if (paths.size() != 1) return InvalidArgument(StrCat("expected one bundle, got ", paths.size()));
    RAGGEDC_ASSIGN_OR_RETURN(std::unique_ptr<Bundle> bundle, Bundle::Open(paths.front()));
    return WriteFile("-", isJson ? describeAsJson(*bundle) : describeAsTable(*bundle));
  }

  Status verifyAll() {
    std::string text;
    for (const std::string& path : paths) {
      Result<std::unique_ptr<Bundle>> bundle = Bundle::Open(path);
      Status status = bundle.ok() ? (*bundle)->Verify() : bundle.status();
      if (!status.ok()) printError(status);
      failed = failed || !status.ok();
      if (status.ok())
        text += StrCat((*bundle)->name(), ": ok, ", countOf(**bundle), ", ", (*bundle)->bytes(), " bytes\n");
    }
    return WriteFile("-", text);
  }

  static std::string countOf(const Bundle& bundle) {
    size_t count = bundle.entries().size();
    return StrCat(count, count == 1 ? " module" : " modules");
  }

  static std::string describeAsTable(const Bundle& bundle) {
    std::vector<std::vector<std::string>> rows = {{"program", "arch", "cubin", "shared", "spec"}};
    for (const BundleEntry& entry : bundle.entries()) {
      std::string what = entry.spec ? ToString(*entry.spec) : "-";
      if (!entry.options.empty()) what += " " + Printable(entry.options, 256);
      rows.push_back({Printable(entry.name), Printable(entry.arch), std::to_string(entry.cubin_bytes),
                      std::to_string(entry.shared_bytes), what});
    }
    std::vector<size_t> widths(rows.front().size());
    for (const auto& row : rows)
      for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    std::string text;
    for (const auto& row : rows) {
      for (size_t i = 0; i + 1 < row.size(); ++i) text += pad(row[i], widths[i] + 2);
      text += row.back() + "\n";
    }
    return StrCat(text, countOf(bundle), ", ", bundle.bytes(), " bytes, made by ", Printable(bundle.producer(), 256),
                  "\n");
  }

  static std::string describeAsJson(const Bundle& bundle) {
    Json modules = Json::array();
    for (const BundleEntry& entry : bundle.entries())
      modules.push_back({{"name", entry.name},
                         {"arch", entry.arch},
                         {"spec", entry.spec ? Json(ToString(*entry.spec)) : Json()},
                         {"options", entry.options},
                         {"cubin_bytes", entry.cubin_bytes},
                         {"shared_bytes", entry.shared_bytes},
                         {"capacity", entry.capacity},
                         {"nvrtc_version", entry.nvrtc_version},
                         {"hash", ToHex(entry.hash)}});
    Json document = {{"producer", bundle.producer()}, {"bytes", bundle.bytes()}, {"modules", std::move(modules)}};
    return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  }

  CLI::App* list;
  CLI::App* verify;
  std::vector<std::string> paths;
  bool isJson = false, failed = false;
};

}  // namespace

std::unique_ptr<Command> makeBundleCommand(CLI::App& parent) {
  return std::make_unique<BundleCommand>(parent);
}

}  // namespace raggedc
