// The table that emulated code calls.
#ifndef RAGGEDC_RUNTIME_EMULATOR_API_H_
#define RAGGEDC_RUNTIME_EMULATOR_API_H_

#include "templates/host/abi.h"

namespace raggedc::emulator {

// Every function works for the cluster that runs on the calling system thread.
const ragged_host::Api& HostApi();

// Fills in what is asynchronous: mbarriers, bulk copies, warpgroups (api_async.cc).
void AddAsyncFunctions(ragged_host::Api* api);

}  // namespace raggedc::emulator

#endif  // RAGGEDC_RUNTIME_EMULATOR_API_H_
