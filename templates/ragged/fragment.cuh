// What a warp holds in registers. Lane = 4 * g + t throughout (g: "group", t: thread in the quad that shares two rows).
#pragma once

#include "ragged/types.cuh"

namespace ragged {

// A 16 x kCols float matrix as the C fragments of m16n8 tiles: value[n][0..1] is row g, columns 8n+2t and 8n+2t+1;
// value[n][2..3] is row g+8.
template <int kRows, int kCols>
struct Acc {
  static_assert(kRows == 16 && kCols % 8 == 0, "expected 16 rows and columns in eights");
  static constexpr int kTiles = kCols / 8;
  f32 value[kTiles][4];
};

// A 16 x kCols matrix as the A fragments of consecutive mma steps of 32 bytes (four registers each), then, for 16-bit
// types with kCols % 16 == 8, of one step of 16 bytes (two registers).
template <class T, int kRows, int kCols>
struct Operand {
  static_assert(kRows == 16 && kCols % 8 == 0, "expected 16 rows and columns in eights");
  u32 reg[kCols * sizeof(T) / 8];
};

// A float for each row: rows g and g+8 of the quad.
struct RowVector {
  f32 value[2];
};

}  // namespace ragged
