//===- CacheCommand.cpp - raggedc cache ------------------------------------===//

#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

#include "runtime/file_io.h"
#include "runtime/strings.h"
#include "tools/raggedc/CacheWarm.h"
#include "tools/raggedc/CachedBinary.h"
#include "tools/raggedc/Command.h"
#include "tools/raggedc/Diagnostics.h"
#include "tools/raggedc/Flags.h"

namespace raggedc {

namespace {

using Json = nlohmann::ordered_json;

std::string formatDay(int64_t seconds) {
  std::time_t time = seconds;
  std::tm day = {};
  char text[32] = "?";
  if (gmtime_r(&time, &day)) std::strftime(text, sizeof text, "%Y-%m-%d", &day);
  return text;
}

std::string formatBytes(int64_t bytes) {
  char text[32];
  if (bytes < 10000)
    std::snprintf(text, sizeof text, "%lld bytes", (long long)bytes);
  else if (bytes < 10000 * 1024)
    std::snprintf(text, sizeof text, "%lld KiB", (long long)(bytes >> 10));
  else
    std::snprintf(text, sizeof text, "%lld MiB", (long long)(bytes >> 20));
  return text;
}

std::string count(int64_t number, const char* what) {
  return StrCat(number, " ", what, number == 1 ? "" : "s");
}

const char* stateName(CacheEntry::State state) {
  switch (state) {
    case CacheEntry::State::kGood:
      return "good";
    case CacheEntry::State::kDamaged:
      return "damaged";
    case CacheEntry::State::kForeign:
      return "other version";
    case CacheEntry::State::kTemporary:
      return "temporary";
  }
  return "";
}

/// The spec, or the name of the first kernel of what came from MLIR.
std::string describe(const CacheEntry& entry) {
  if (entry.state != CacheEntry::State::kGood) return StrCat(stateName(entry.state), ": ", entry.problem);
  if (!entry.spec.empty()) return entry.spec;
  return entry.kernels.empty() ? "no kernel" : entry.kernels.front() + " (MLIR)";
}

Json toJson(const CacheEntry& entry) {
  Json json{{"path", entry.path},
            {"state", stateName(entry.state)},
            {"layer", entry.in_base ? "base" : "writable"},
            {"bytes", entry.bytes},
            {"last_used", entry.last_used}};
  if (entry.state != CacheEntry::State::kGood) {
    json["problem"] = entry.problem;
    return json;
  }
  json["arch"] = entry.arch;
  json["spec"] = entry.spec;
  json["source"] = entry.source;
  json["options"] = entry.options;
  json["nvrtc"] = entry.nvrtc_version;
  json["producer"] = entry.producer;
  json["kernels"] = entry.kernels;
  json["cubin_bytes"] = entry.cubin_bytes;
  json["compile_ms"] = entry.compile_milliseconds;
  return json;
}

/// Text from a file's own fields, which may not be UTF-8.
std::string dump(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

class CacheCommand : public Command {
 public:
  explicit CacheCommand(CLI::App& parent) {
    app = parent.add_subcommand("cache", "the compiled kernels on disk: list, stat, verify, clear, warm");
    app->require_subcommand(1);
    list = addVerb("list", "every kernel: when it was last used, for what, how large");
    stat = addVerb("stat", "the layers, how much is in them, and whether they can be used");
    verify = addVerb("verify", "read every kernel and check it; exit 1 if one is damaged");
    verify->add_flag("--repair", repair, "remove what is damaged");
    clear = addVerb("clear", "remove kernels");
    addSizeFlag(*clear, "--older-than", olderThan, 0, 36500, 1, "only what was not used for so many days")
        ->type_name("DAYS");
    clear->add_flag("--dry-run", dryRun, "say what would be removed, and remove nothing");
    warm = app->add_subcommand("warm", "compile specs into the cache");
    warm->add_option("spec", request.specs, "e.g. bf16,heads=12,dim=64,max_seqlen=197")->type_name("SPEC...");
    addPathFlag(*warm, "--from", request.path, "more specs, one a line, # begins a comment; - for standard input",
                "FILE");
    warm->add_option("--arch", request.archs, "architectures, with commas between (default: sm_90a)")
        ->type_name("ARCH,...");
    addSizeFlag(*warm, "--jobs", request.jobs, 1, 256, 1, "kernels to compile at a time (default: one a processor)");
  }

  int run() override {
    Status status = work();
    if (!status.ok()) printError(status);
    return status.ok() ? (passed ? 0 : 1) : ExitCode(status);
  }

 private:
  CLI::App* addVerb(const char* name, const char* help) {
    CLI::App* verb = app->add_subcommand(name, help);
    verb->add_flag("--json", json, "print JSON");
    return verb;
  }

  Status work() {
    RAGGEDC_ASSIGN_OR_RETURN(cache, openDiskCache());
    if (warm->parsed()) return warmCache(*cache, request);
    std::string text = list->parsed() ? runList() : stat->parsed() ? runStat() : verify->parsed() ? runVerify() : "";
    if (clear->parsed()) {
      RAGGEDC_ASSIGN_OR_RETURN(text, runClear());
    }
    return WriteFile("-", text);
  }

  std::string runList() {
    std::vector<CacheEntry> entries = cache->List();
    if (json) {
      Json array = Json::array();
      for (const CacheEntry& entry : entries) array.push_back(toJson(entry));
      return dump(array);
    }
    if (entries.empty()) return "no kernels\n";
    std::string text = "last used   arch         bytes  compiled in  kernel\n";
    for (const CacheEntry& entry : entries) {
      char columns[128];
      std::snprintf(columns, sizeof columns, "%-10s  %-8s  %8lld  %8.0f ms  ", formatDay(entry.last_used).c_str(),
                    Printable(entry.arch, 8).c_str(), (long long)entry.bytes, entry.compile_milliseconds);
      bool isOther = entry.state == CacheEntry::State::kGood && entry.producer != cache->options().producer;
      text += StrCat(columns, Printable(describe(entry), 400), entry.in_base ? "  [base layer]" : "",
                     isOther ? "  [another compiler]" : "", "\n");
    }
    return text;
  }

  std::string runStat() {
    std::vector<CacheLayerStat> layers = cache->Stat();
    if (json) {
      Json array = Json::array();
      for (const CacheLayerStat& layer : layers) {
        Json entry{{"directory", layer.directory},
                   {"layer", layer.in_base ? "base" : "writable"},
                   {"exists", layer.exists},
                   {"kernels", layer.entries},
                   {"bytes", layer.bytes},
                   {"temporary_files", layer.temporaries},
                   {"temporary_bytes", layer.temporary_bytes}};
        if (!layer.in_base) entry["max_bytes"] = cache->options().max_bytes;
        if (!layer.status.ok()) entry["problem"] = layer.status.message();
        array.push_back(std::move(entry));
      }
      return dump({{"producer", cache->options().producer}, {"layers", std::move(array)}});
    }
    std::string text;
    for (const CacheLayerStat& layer : layers) {
      text += StrCat(layer.in_base ? "base      " : "writable  ", Printable(layer.directory, 4096), "\n          ");
      if (!layer.status.ok()) {
        text += StrCat("not used: ", layer.status.message(), "\n");
        continue;
      }
      if (!layer.exists) text += "not there yet, ";
      text += StrCat(count(layer.entries, "kernel"), ", ", formatBytes(layer.bytes));
      if (!layer.in_base) text += StrCat(" of at most ", formatBytes(cache->options().max_bytes));
      if (layer.temporaries > 0)
        text += StrCat(", ", count(layer.temporaries, "temporary file"), ", ", formatBytes(layer.temporary_bytes));
      text += "\n";
    }
    if (cache->options().directory.empty()) text += "writable  none: HOME is not set\n";
    return text + StrCat("compiler  ", cache->options().producer, "\n");
  }

  std::string runVerify() {
    int64_t kernels = 0;
    for (const CacheLayerStat& layer : cache->Stat()) kernels += layer.entries + layer.temporaries;
    std::vector<CacheEntry> damaged = cache->Verify(repair);
    bool all = true;
    for (const CacheEntry& entry : damaged) all = all && repair && !entry.in_base;
    passed = all;
    if (json) {
      Json array = Json::array();
      for (const CacheEntry& entry : damaged) array.push_back(toJson(entry));
      return dump({{"files", kernels}, {"repaired", repair && !damaged.empty() && all}, {"damaged", std::move(array)}});
    }
    std::string text;
    for (const CacheEntry& entry : damaged)
      text += StrCat(Printable(entry.path, 4096), ": ", entry.problem,
                     !repair         ? ""
                     : entry.in_base ? " (in a base layer, which is not written to)"
                                     : " (removed)",
                     "\n");
    return text + StrCat(count(kernels, "file"), ", ", damaged.size(), " damaged\n");
  }

  Result<std::string> runClear() {
    CacheClearOptions options;
    options.dry_run = dryRun;
    if (clear->count("--older-than")) options.older_than = std::chrono::hours(24 * olderThan);
    CacheClearResult result = cache->Clear(options);
    RAGGEDC_RETURN_IF_ERROR(result.status);
    if (json) return dump({{"files", result.files}, {"bytes", result.bytes}, {"dry_run", dryRun}});
    return StrCat(dryRun ? "would remove " : "removed ", count(result.files, "file"), ", ", formatBytes(result.bytes),
                  "\n");
  }

  CLI::App *list, *stat, *verify, *clear, *warm;
  std::unique_ptr<DiskCache> cache;
  WarmRequest request;
  int64_t olderThan = 0;
  bool json = false, repair = false, dryRun = false, passed = true;
};

}  // namespace

std::unique_ptr<Command> makeCacheCommand(CLI::App& parent) {
  return std::make_unique<CacheCommand>(parent);
}

}  // namespace raggedc
