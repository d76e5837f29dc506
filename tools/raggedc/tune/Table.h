//===- Table.h - what a search found, in a tuning table ---------*- C++ -*-===//

#ifndef RAGGEDC_TOOLS_RAGGEDC_TUNE_TABLE_H
#define RAGGEDC_TOOLS_RAGGEDC_TUNE_TABLE_H

#include <string>

#include "passes/TuningTable.h"
#include "tools/raggedc/tune/Search.h"
#include "tools/raggedc/tune/Shapes.h"

namespace raggedc {

/// The entry of a shape: a schedule only where one beat the default. `tokens`: rows of a call.
TuningEntry makeEntry(const TuneShape& shape, const TuneResult& result, int64_t tokens);

/// Puts the entry in front, where it counts before others for some of its shapes; one for the same shapes goes.
void putEntry(TuningTable& table, const TuningEntry& entry);

bool hasEntry(const TuningTable& table, const TuningClass& shapes);

/// Takes the entries of the table in `text` over if it is of the same compiler, GPU and architecture; else says why
/// not.
std::string takeEntries(TuningTable& table, llvm::StringRef text);

}  // namespace raggedc

#endif  // RAGGEDC_TOOLS_RAGGEDC_TUNE_TABLE_H
