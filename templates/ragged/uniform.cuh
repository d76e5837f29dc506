// What the lanes of a warp share, told to the compiler: it keeps that in uniform registers, where descriptors of wgmma
// have to be. From a register of every lane each word of each descriptor is moved there first.
#pragma once

#include "ragged/ptx/lanes.cuh"
#include "ragged/shared_tile.cuh"

namespace ragged::warp {

// The tile, whose address is the same in all lanes.
template <class T, int kRows, int kCols, class Layout>
__device__ __forceinline__ SharedTile<T, kRows, kCols, Layout> uniform(SharedTile<T, kRows, kCols, Layout> tile) {
  return {ptx::reduce_or(tile.address)};
}

}  // namespace ragged::warp
