//===- Progress.cpp - how far raggedc tune is ------------------------------===//

#include "tools/raggedc/tune/Progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "runtime/strings.h"

namespace raggedc {

namespace {

constexpr size_t kBar = 20;
constexpr size_t kColumns = 80;  ///< of a terminal that does not say

size_t countColumns() {
  winsize size = {};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : kColumns;
}

}  // namespace

std::string drawProgress(const std::string& label, const TuneStep& step, size_t columns) {
  // Half of the bar is the first pass, half the final.
  double done = 0;
  if (step.total > 0) done += 0.5 * double(step.prepared) / double(step.total);
  if (step.rounds > 0) done += 0.5 * double(step.round) / double(step.rounds);
  size_t filled = std::min(kBar, size_t(done * double(kBar) + 1e-9));
  char best[32] = "";
  if (step.best > 0) std::snprintf(best, sizeof best, ", best %.2f us", step.best);
  std::string text = StrCat("[", std::string(filled, '#'), std::string(kBar - filled, '-'), "] ",
                            step.round > 0 ? StrCat("round ", step.round, " of ", step.rounds)
                                           : StrCat(step.prepared, " of ", step.total, " candidates"),
                            best, "  ", label);
  if (text.size() > columns) text.resize(columns);
  return text;
}

ProgressBar::ProgressBar() {
  const char* terminal = std::getenv("TERM");
  isTerminal = ::isatty(STDERR_FILENO) != 0 && !(terminal && std::strcmp(terminal, "dumb") == 0);
}

void ProgressBar::begin(const std::string& text) {
  label = text;
  if (!isTerminal) std::fprintf(stderr, "raggedc: tuning %s\n", label.c_str());
}

void ProgressBar::show(const TuneStep& step) {
  // The last column stays free, or some terminals would go to the next line.
  if (isTerminal) std::fprintf(stderr, "\r\x1b[K%s", drawProgress(label, step, countColumns() - 1).c_str());
}

void ProgressBar::end() {
  if (isTerminal) std::fputs("\r\x1b[K", stderr);
}

}  // namespace raggedc
