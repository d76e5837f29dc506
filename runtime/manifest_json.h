// A manifest back as text.
#ifndef RAGGEDC_RUNTIME_MANIFEST_JSON_H_
#define RAGGEDC_RUNTIME_MANIFEST_JSON_H_

#include <string>

#include "runtime/manifest.h"

namespace raggedc {

// JSON in one line that ParseManifest reads back as an equal manifest. `capacity`, `family` and `reason` are not
// written by themselves, as they are read from spec_json and schedule_json. "" when one of those two is not a JSON
// object, or a name is not UTF-8.
std::string ToJson(const Manifest& manifest);

}  // namespace raggedc

#endif  // RAGGEDC_RUNTIME_MANIFEST_JSON_H_
