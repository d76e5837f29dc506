// Loads, stores, atomics and cp.async of the running thread.
#ifndef RAGGEDC_RUNTIME_EMULATOR_MEMORY_ACCESS_H_
#define RAGGEDC_RUNTIME_EMULATOR_MEMORY_ACCESS_H_

#include <cstdint>

#include "runtime/emulator/cluster.h"

namespace raggedc::emulator {

void LoadGlobal(Cluster& cluster, void* to, const void* from, uint32_t bytes, int line);
void StoreGlobal(Cluster& cluster, void* to, const void* value, uint32_t bytes, int line);
void LoadShared(Cluster& cluster, void* to, uint32_t from, uint32_t bytes, int line);
void StoreShared(Cluster& cluster, uint32_t to, const void* value, uint32_t bytes, int line);
uint32_t AtomicGlobal(Cluster& cluster, abi::Atomic operation, void* address, uint32_t value, uint32_t compare,
                      int line);
uint32_t AtomicShared(Cluster& cluster, abi::Atomic operation, uint32_t address, uint32_t value, uint32_t compare,
                      int line);

// cp.async: the bytes arrive when a group is waited for, at the last moment that the rules allow.
void CopyAsync(Cluster& cluster, uint32_t to, const void* from, uint32_t bytes, uint32_t source_bytes, int line);
void CommitCopies(Cluster& cluster, int line);
void WaitCopies(Cluster& cluster, uint32_t pending, int line);
// What one copy delivers, now. Used by WaitCopies and by mbarriers that cp.async arrives on.
void FinishCopy(Cluster& cluster, const Thread& thread, const AsyncCopy& copy, uint32_t agent);

}  // namespace raggedc::emulator

#endif  // RAGGEDC_RUNTIME_EMULATOR_MEMORY_ACCESS_H_
