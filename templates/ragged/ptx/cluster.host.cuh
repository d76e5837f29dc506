// Host twins of cluster.cuh.
#pragma once

#include "host/prelude.h"
#include "ragged/types.cuh"

namespace ragged::ptx {

__device__ __forceinline__ u32 cluster_rank() {
  return ragged_host::api->position()->cluster_rank;
}
__device__ __forceinline__ u32 cluster_size() {
  return ragged_host::api->position()->cluster_size;
}

__device__ __forceinline__ void cluster_arrive(int line = __builtin_LINE()) {
  ragged_host::api->cluster_arrive(line);
}
__device__ __forceinline__ void cluster_wait(int line = __builtin_LINE()) {
  ragged_host::api->cluster_wait(line);
}

__device__ __forceinline__ u32 cluster_map_shared(u32 address, u32 rank) {
  return ragged_host::api->map_shared_rank(address, rank);
}

__device__ __forceinline__ u32 load_shared_cluster(u32 address, int line = __builtin_LINE()) {
  u32 v;
  ragged_host::api->load_shared(&v, address, 4, line);
  return v;
}
__device__ __forceinline__ u32x4 load_shared_cluster_16(u32 address, int line = __builtin_LINE()) {
  u32x4 v;
  ragged_host::api->load_shared(&v, address, 16, line);
  return v;
}

__device__ __forceinline__ void store_shared_cluster(u32 address, u32 v, int line = __builtin_LINE()) {
  ragged_host::api->store_shared(address, &v, 4, line);
}
__device__ __forceinline__ void store_shared_cluster(u32 address, u32x4 v, int line = __builtin_LINE()) {
  ragged_host::api->store_shared(address, &v, 16, line);
}

__device__ __forceinline__ void store_async_cluster(u32 address, u32 v, u32 mbarrier, int line = __builtin_LINE()) {
  ragged_host::api->store_async(address, &v, 4, mbarrier, line);
}
__device__ __forceinline__ void store_async_cluster(u32 address, u32x4 v, u32 mbarrier, int line = __builtin_LINE()) {
  ragged_host::api->store_async(address, &v, 16, mbarrier, line);
}

}  // namespace ragged::ptx
