//===- ScheduleFields.h - a schedule as named values ------------*- C++ -*-===//
//
// The fields of a candidate by name: what tables, JSON and messages are made
// of. A field that a new family needs is one line in ScheduleFields.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef RAGGEDC_PASSES_SCHEDULEFIELDS_H
#define RAGGEDC_PASSES_SCHEDULEFIELDS_H

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "passes/CostModel.h"

namespace raggedc {

/// A word or a number.
using FieldValue = std::variant<std::string, int64_t>;
std::string toString(const FieldValue& value);

/// Every field, in the order of reading: family, softmax, mma, warps, rows_per_block, block_n, stages, heads_per_block,
/// queries, copies.
std::vector<std::pair<std::string, FieldValue>> getFields(const Candidate& candidate);

/// The candidate with these fields; one that is not there has the value that means nothing special, and
/// copies of tiles that pass in the family `ring` go by tensor maps then. On an error
/// `problem` says what was expected and found.
std::optional<Candidate> fromFields(const std::vector<std::pair<std::string, FieldValue>>& fields,
                                    std::string& problem);

/// `single, single-pass softmax, wgmma, 4 warps a block, 256 query rows a block, 208 keys at a time, 2 stages`.
std::string describe(const Candidate& candidate);

}  // namespace raggedc

#endif  // RAGGEDC_PASSES_SCHEDULEFIELDS_H
