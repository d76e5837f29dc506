// Scalar types of the generated kernels. The 16-bit float types are storage only: arithmetic happens in f32 and on the
// tensor cores. A float operand runs on the tensor cores as tf32.
#pragma once

namespace ragged {

using u8 = unsigned char;
using u16 = unsigned short;
using u32 = unsigned int;
using u64 = unsigned long long;
using i32 = int;
using i64 = long long;
using f32 = float;

struct bf16 {
  u16 bits;
};
struct f16 {
  u16 bits;
};

// What one 8-byte or 16-byte access moves.
struct u32x2 {
  u32 x, y;
};
struct u32x4 {
  u32 x, y, z, w;
};

template <class A, class B>
inline constexpr bool is_same = false;
template <class A>
inline constexpr bool is_same<A, A> = true;

inline constexpr int kWarpThreads = 32;
inline constexpr int kChunkBytes = 16;  // of a cp.async, of an ldmatrix row, of the widest access
inline constexpr f32 kInfinity = __builtin_bit_cast(f32, 0x7f800000u);

}  // namespace ragged
