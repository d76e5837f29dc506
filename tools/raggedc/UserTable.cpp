//===- UserTable.cpp - the tuning table of the user ------------------------===//

#include "tools/raggedc/UserTable.h"

#include <cstdio>
#include <map>
#include <mutex>

#include "runtime/strings.h"
#include "runtime/tuning_file.h"
#include "tools/raggedc/CompilerId.h"

namespace raggedc {

namespace {

void printWarning(const std::string& text) {
  std::fprintf(stderr, "raggedc: warning: %s\n", text.c_str());
}

}  // namespace

std::shared_ptr<const TuningTable> readUserTable(llvm::StringRef text, llvm::StringRef arch, std::string& problem) {
  std::optional<TuningTable> table = parseTuningTable(text, problem);
  if (!table) {
    problem = Printable(problem, 512);
    return nullptr;
  }
  if (table->compiler != compilerId()) {
    problem = StrCat("expected measurements of '", compilerId(), "', got those of '", Printable(table->compiler),
                     "'; raggedc tune makes new ones");
    return nullptr;
  }
  if (arch != table->arch) {
    problem = StrCat("expected measurements on ", arch.str(), ", got ", Printable(table->arch));
    return nullptr;
  }
  return std::make_shared<const TuningTable>(std::move(*table));
}

std::shared_ptr<const TuningTable> loadUserTable(const std::string& arch) {
  const TuningFile* file = UserTuningFile(arch, printWarning);
  if (!file) return nullptr;
  static std::mutex mutex;
  static auto* tables = new std::map<std::pair<const TuningFile*, std::string>, std::shared_ptr<const TuningTable>>;
  std::lock_guard<std::mutex> lock(mutex);
  auto [it, isNew] = tables->try_emplace({file, arch});
  if (!isNew) return it->second;
  std::string problem;
  it->second = readUserTable(file->bytes, arch, problem);
  if (!it->second) WarnOfTuningFile(*file, problem, printWarning);
  return it->second;
}

std::string getUserTableKey(const std::string& arch) {
  const TuningFile* file = UserTuningFile(arch, printWarning);
  return file ? " tuning=" + file->hash : "";
}

}  // namespace raggedc
