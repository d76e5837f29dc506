//===- Report.h - what raggedc tune says of a shape -------------*- C++ -*-===//

#ifndef RAGGEDC_TOOLS_RAGGEDC_TUNE_REPORT_H
#define RAGGEDC_TOOLS_RAGGEDC_TUNE_REPORT_H

#include <nlohmann/json.hpp>
#include <string>

#include "tools/raggedc/tune/Search.h"
#include "tools/raggedc/tune/Shapes.h"

namespace raggedc {

/// For people. `verbose`: with a line for each candidate that was measured, and for each that failed.
std::string toText(const TuneShape& shape, const TuneResult& result, bool verbose);

/// For programs. `tokens`: rows of a call; `seconds`: what the search took.
nlohmann::ordered_json toJson(const TuneShape& shape, const TuneResult& result, int64_t tokens, double seconds);

}  // namespace raggedc

#endif  // RAGGEDC_TOOLS_RAGGEDC_TUNE_REPORT_H
