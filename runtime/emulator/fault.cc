#include "runtime/emulator/fault.h"

#include <algorithm>
#include <utility>

#include "runtime/strings.h"

namespace raggedc::emulator {

std::string_view FaultName(FaultKind kind) {
  switch (kind) {
    case FaultKind::kGlobalBounds:
      return "global-bounds";
    case FaultKind::kSharedBounds:
      return "shared-bounds";
    case FaultKind::kMisaligned:
      return "misaligned";
    case FaultKind::kUninitialised:
      return "uninitialised";
    case FaultKind::kInFlight:
      return "in-flight";
    case FaultKind::kRace:
      return "race";
    case FaultKind::kDivergence:
      return "divergence";
    case FaultKind::kDeadlock:
      return "deadlock";
    case FaultKind::kReadOnly:
      return "read-only";
    case FaultKind::kForeignRow:
      return "foreign-row";
    case FaultKind::kUnwritten:
      return "unwritten";
    case FaultKind::kProxy:
      return "proxy";
    case FaultKind::kDependency:
      return "dependency";
    case FaultKind::kMisuse:
      return "misuse";
    case FaultKind::kCrash:
      return "crash";
    case FaultKind::kTimeout:
      return "timeout";
  }
  return "unknown";
}

std::string Describe(const Site& site) {
  std::string block = StrCat(site.block[0]);
  if (site.block[1] != 0 || site.block[2] != 0) block = StrCat("(", block, ",", site.block[1], ",", site.block[2], ")");
  return StrCat("line ", site.line, ", block ", block, ", thread ", site.thread);
}

std::string Describe(const Fault& fault, std::string_view source_name) {
  std::string text = std::string(source_name);
  if (fault.site.line > 0) text += StrCat(":", fault.site.line, ": error");
  text += StrCat(": ", FaultName(fault.kind), " in ", fault.kernel);
  // A row that nobody wrote has no place; a crash has one even where no line is known yet.
  if (fault.kind != FaultKind::kUnwritten) {
    const std::string where = Describe(fault.site);
    text += where.substr(where.find(','));  // the line stands in front
  }
  text += StrCat(": ", fault.message);
  if (fault.count > 1) text += StrCat(" (", fault.count, " times)");
  return text;
}

void FaultLog::Add(Fault fault, int other_line) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::tuple<FaultKind, int, int, std::string> key(fault.kind, fault.site.line, other_line, fault.kernel);
  const auto found = std::find(keys_.begin(), keys_.end(), key);
  if (found != keys_.end()) {
    ++faults_[static_cast<size_t>(found - keys_.begin())].count;
    return;
  }
  if (faults_.size() >= most_) return;
  keys_.push_back(std::move(key));
  faults_.push_back(std::move(fault));
  if (found_) found_(faults_.back());
}

bool FaultLog::empty() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return faults_.empty();
}

bool FaultLog::full() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return faults_.size() >= most_;
}

std::vector<Fault> FaultLog::Take() {
  const std::lock_guard<std::mutex> lock(mutex_);
  keys_.clear();
  return std::exchange(faults_, {});
}

}  // namespace raggedc::emulator
