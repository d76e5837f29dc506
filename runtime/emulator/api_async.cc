#include "runtime/emulator/api.h"
#include "runtime/emulator/bulk_copy.h"
#include "runtime/emulator/cluster.h"
#include "runtime/emulator/register_pool.h"
#include "runtime/emulator/warpgroup.h"

// Which copy of an inlined wrapper calls. Only the function that emulated code calls itself can ask.
#define RAGGEDC_SITE __builtin_return_address(0)

namespace raggedc::emulator {
namespace {

Cluster& Here() {
  return Cluster::Current();
}
BulkState& Bulk() {
  return Here().bulk();
}

void ApiMbarrierInit(uint32_t address, uint32_t count, int line) {
  Bulk().Init(address, count, line);
}
void ApiMbarrierInvalidate(uint32_t address, int line) {
  Bulk().Invalidate(address, line);
}
void ApiMbarrierArrive(uint32_t address, uint32_t count, uint32_t transaction_bytes, int line) {
  Bulk().Arrive(address, count, transaction_bytes, line);
}
void ApiMbarrierExpect(uint32_t address, uint32_t transaction_bytes, int line) {
  Bulk().Expect(address, transaction_bytes, line);
}
void ApiMbarrierArriveCopies(uint32_t address, int line) {
  Bulk().ArriveCopies(address, line);
}
void ApiMbarrierWait(uint32_t address, uint32_t parity, int line) {
  Bulk().Wait(address, parity, line);
}
bool ApiMbarrierTest(uint32_t address, uint32_t parity, int line) {
  return Bulk().Test(address, parity, line);
}
void ApiFenceMbarrierInit(int line) {
  Bulk().FenceInit(line);
}

void ApiBulkLoad(uint32_t to, const void* from, uint32_t bytes, uint32_t mbarrier, uint32_t multicast, int line) {
  Bulk().Load(to, from, bytes, mbarrier, multicast, line);
}
void ApiBulkStore(void* to, uint32_t from, uint32_t bytes, int line) {
  Bulk().Store(to, from, bytes, line);
}
void ApiTensorLoad(uint32_t to, const void* map, uint32_t rank, const int* coordinates, uint32_t mbarrier,
                   uint32_t multicast, int line) {
  Bulk().LoadTensor(to, map, rank, coordinates, mbarrier, multicast, line);
}
void ApiTensorStore(const void* map, uint32_t rank, const int* coordinates, uint32_t from, int line) {
  Bulk().StoreTensor(map, rank, coordinates, from, line);
}
void ApiBulkCommit(int line) {
  Bulk().Commit(line);
}
void ApiBulkWait(uint32_t pending, bool read_only, int line) {
  Bulk().WaitGroups(pending, read_only, line);
}
void ApiFenceAsyncProxy(bool shared, bool global, int line) {
  Bulk().FenceProxy(shared, global, line);
}
void ApiStoreAsync(uint32_t to, const void* value, uint32_t bytes, uint32_t mbarrier, int line) {
  Bulk().StoreAsync(to, value, bytes, mbarrier, line);
}

void ApiWgmmaFence(int line) {
  Here().warpgroups().Fence(line, RAGGEDC_SITE);
}
void ApiWgmma(const abi::WgmmaShape* shape, float* d, const uint32_t* a, abi::u64 a_descriptor, abi::u64 b_descriptor,
              bool accumulate, int line) {
  Here().warpgroups().Multiply(*shape, d, a, a_descriptor, b_descriptor, accumulate, line, RAGGEDC_SITE);
}
void ApiWgmmaCommit(int line) {
  Here().warpgroups().Commit(line, RAGGEDC_SITE);
}
void ApiWgmmaWait(uint32_t pending, int line) {
  Here().warpgroups().Wait(pending, line, RAGGEDC_SITE);
}
void ApiSetMaxRegisters(uint32_t registers, bool increase, int line) {
  Here().registers().Set(registers, increase, line, RAGGEDC_SITE);
}
void ApiDependentLaunch(bool wait, int line) {
  // Letting the next kernel begin changes nothing for this one.
  if (wait) {
    Here().GridDependencyWait(line);
  } else {
    Here().Enter(line);
  }
}

}  // namespace

void AddAsyncFunctions(abi::Api* api) {
  api->mbarrier_init = ApiMbarrierInit;
  api->mbarrier_invalidate = ApiMbarrierInvalidate;
  api->mbarrier_arrive = ApiMbarrierArrive;
  api->mbarrier_expect = ApiMbarrierExpect;
  api->mbarrier_arrive_copies = ApiMbarrierArriveCopies;
  api->mbarrier_wait = ApiMbarrierWait;
  api->mbarrier_test = ApiMbarrierTest;
  api->fence_mbarrier_init = ApiFenceMbarrierInit;
  api->bulk_load = ApiBulkLoad;
  api->bulk_store = ApiBulkStore;
  api->tensor_load = ApiTensorLoad;
  api->tensor_store = ApiTensorStore;
  api->bulk_commit = ApiBulkCommit;
  api->bulk_wait = ApiBulkWait;
  api->fence_async_proxy = ApiFenceAsyncProxy;
  api->store_async = ApiStoreAsync;
  api->wgmma_fence = ApiWgmmaFence;
  api->wgmma = ApiWgmma;
  api->wgmma_commit = ApiWgmmaCommit;
  api->wgmma_wait = ApiWgmmaWait;
  api->set_max_registers = ApiSetMaxRegisters;
  api->dependent_launch = ApiDependentLaunch;
}

}  // namespace raggedc::emulator
