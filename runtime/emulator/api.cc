#include "runtime/emulator/api.h"

#include "runtime/emulator/cluster.h"
#include "runtime/emulator/memory_access.h"
#include "runtime/emulator/warp.h"
#include "runtime/strings.h"

// Which copy of an inlined wrapper calls. Only the function that emulated code calls itself can ask.
#define RAGGEDC_SITE __builtin_return_address(0)

namespace raggedc::emulator {
namespace {

Cluster& Here() {
  return Cluster::Current();
}

// For what the counters put together by the place it was called from.
Cluster& CalledFrom(const void* site) {
  Cluster& cluster = Here();
  cluster.self().site = site;
  return cluster;
}

const abi::Position* GetPosition() {
  return &Here().self().position;
}

uint32_t SharedAddress(const void* pointer) {
  return static_cast<uint32_t>(static_cast<const char*>(pointer) -
                               static_cast<const char*>(Here().launch().shared_symbol));
}

void Count(abi::Counter counter, uint32_t n) {
  if (counter == abi::Counter::kEx2) Here().counters().ex2 += n;
}

void ApiLoadGlobal(void* to, const void* from, uint32_t bytes, int line) {
  LoadGlobal(CalledFrom(RAGGEDC_SITE), to, from, bytes, line);
}
void ApiStoreGlobal(void* to, const void* value, uint32_t bytes, int line) {
  StoreGlobal(CalledFrom(RAGGEDC_SITE), to, value, bytes, line);
}
void ApiLoadShared(void* to, uint32_t from, uint32_t bytes, int line) {
  LoadShared(CalledFrom(RAGGEDC_SITE), to, from, bytes, line);
}
void ApiStoreShared(uint32_t to, const void* value, uint32_t bytes, int line) {
  StoreShared(CalledFrom(RAGGEDC_SITE), to, value, bytes, line);
}
uint32_t ApiAtomicGlobal(abi::Atomic operation, void* address, uint32_t value, uint32_t compare, int line) {
  return AtomicGlobal(Here(), operation, address, value, compare, line);
}
uint32_t ApiAtomicShared(abi::Atomic operation, uint32_t address, uint32_t value, uint32_t compare, int line) {
  return AtomicShared(CalledFrom(RAGGEDC_SITE), operation, address, value, compare, line);
}
void ApiCopyAsync(uint32_t to, const void* from, uint32_t bytes, uint32_t source_bytes, int line) {
  CopyAsync(CalledFrom(RAGGEDC_SITE), to, from, bytes, source_bytes, line);
}
void ApiCommitCopies(int line) {
  CommitCopies(Here(), line);
}
void ApiWaitCopies(uint32_t pending, int line) {
  WaitCopies(Here(), pending, line);
}

void ApiBarrier(uint32_t id, uint32_t threads, bool wait, int line) {
  Here().Barrier(id, threads, wait, line, RAGGEDC_SITE);
}
void ApiWarpBarrier(uint32_t mask, int line) {
  Here().WarpBarrier(mask, line, RAGGEDC_SITE);
}
void ApiClusterArrive(int line) {
  Here().ClusterArrive(line);
}
void ApiClusterWait(int line) {
  Here().ClusterWait(line);
}
uint32_t ApiMapSharedRank(uint32_t address, uint32_t rank) {
  return Here().MapRank(address, rank);
}

uint32_t ApiShuffle(abi::Shuffle kind, uint32_t value, uint32_t argument, uint32_t mask, int line) {
  return ShuffleLanes(Here(), kind, value, argument, mask, line, RAGGEDC_SITE);
}
uint32_t ApiVote(abi::Vote kind, bool predicate, uint32_t mask, int line) {
  return VoteLanes(Here(), kind, predicate, mask, line, RAGGEDC_SITE);
}
bool ApiElect(uint32_t mask, int line) {
  return ElectLane(Here(), mask, line, RAGGEDC_SITE);
}
void ApiLoadMatrix(uint32_t* registers, uint32_t count, bool transposed, uint32_t address, int line) {
  LoadMatrix(Here(), registers, count, transposed, address, line, RAGGEDC_SITE);
}
void ApiStoreMatrix(const uint32_t* registers, uint32_t count, bool transposed, uint32_t address, int line) {
  StoreMatrix(Here(), registers, count, transposed, address, line, RAGGEDC_SITE);
}
void ApiMma(abi::Element type, uint32_t k_bytes, float* c, const uint32_t* a, const uint32_t* b, int line) {
  Mma(Here(), type, k_bytes, c, a, b, line, RAGGEDC_SITE);
}

void Poisoned(const char* what, int line) {
  if (Here().launch().checks) {
    Here().Report(FaultKind::kInFlight, line, StrCat(what, " with a result that was not waited for"));
  }
}

abi::Api MakeApi() {
  abi::Api api = {};
  api.version = abi::kAbiVersion;
  api.bytes = sizeof api;
  api.position = GetPosition;
  api.shared_address = SharedAddress;
  api.count = Count;
  api.load_global = ApiLoadGlobal;
  api.store_global = ApiStoreGlobal;
  api.load_shared = ApiLoadShared;
  api.store_shared = ApiStoreShared;
  api.atomic_global = ApiAtomicGlobal;
  api.atomic_shared = ApiAtomicShared;
  api.copy_async = ApiCopyAsync;
  api.commit_copies = ApiCommitCopies;
  api.wait_copies = ApiWaitCopies;
  api.barrier = ApiBarrier;
  api.warp_barrier = ApiWarpBarrier;
  api.cluster_arrive = ApiClusterArrive;
  api.cluster_wait = ApiClusterWait;
  api.map_shared_rank = ApiMapSharedRank;
  api.shuffle = ApiShuffle;
  api.vote = ApiVote;
  api.elect = ApiElect;
  api.load_matrix = ApiLoadMatrix;
  api.store_matrix = ApiStoreMatrix;
  api.mma = ApiMma;
  api.poisoned = Poisoned;
  AddAsyncFunctions(&api);
  return api;
}

}  // namespace

const ragged_host::Api& HostApi() {
  static const abi::Api api = MakeApi();
  return api;
}

}  // namespace raggedc::emulator
