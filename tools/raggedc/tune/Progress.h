//===- Progress.h - how far raggedc tune is ---------------------*- C++ -*-===//

#ifndef RAGGEDC_TOOLS_RAGGEDC_TUNE_PROGRESS_H
#define RAGGEDC_TOOLS_RAGGEDC_TUNE_PROGRESS_H

#include <string>

#include "tools/raggedc/tune/Search.h"

namespace raggedc {

/// `[#####-----]` and what is going on, in at most so many columns.
std::string drawProgress(const std::string& label, const TuneStep& step, size_t columns);

/// A bar on standard error that overwrites itself, on a terminal; elsewhere a line when something begins.
class ProgressBar {
 public:
  ProgressBar();
  void begin(const std::string& label);
  void show(const TuneStep& step);
  void end();

 private:
  bool isTerminal;
  std::string label;
};

}  // namespace raggedc

#endif  // RAGGEDC_TOOLS_RAGGEDC_TUNE_PROGRESS_H
