// Parses JSON that somebody else wrote: bounded depth, no duplicate keys, errors as a Status.
#ifndef RAGGEDC_RUNTIME_JSON_H_
#define RAGGEDC_RUNTIME_JSON_H_

#include <nlohmann/json.hpp>
#include <string_view>

#include "runtime/status.h"

namespace raggedc {

using Json = nlohmann::json;

// The parsed text, or an invalid argument that says at which byte (from 0) what was wrong. Objects and arrays may be
// nested 32 deep. Duplicate keys are errors, where plain nlohmann::json would keep the last one.
Result<Json> ParseJson(std::string_view text);

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_JSON_H_
