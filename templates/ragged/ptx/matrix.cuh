// Tensor-core instructions of one warp: ldmatrix (PTX ISA 9.7.15.5.15) and mma.sync (9.7.15.5). All lanes take part.
// With lane = 4 * g + t, the fragments of m16n8 are
//   C  c0 c1: row g, columns 2t, 2t+1       c2 c3: row g+8
//   16 bit, k16:  a0: row g, k 2t..2t+1   a1: row g+8   a2: row g, k 2t+8..2t+9   a3: row g+8    b0: column g, k
//   2t..2t+1   b1: k 2t+8..2t+9 16 bit, k8:   a0, a1 and b0 of the above tf32, k8:     a0: row g, k t          a1: row
//   g+8   a2: row g, k t+4          a3: row g+8    b0: column g, k t          b1: k t+4
#pragma once

#include "ragged/types.cuh"

namespace ragged::ptx {

// kCount matrices of 8 rows of 16 bytes; lanes 8m..8m+7 give the addresses of the rows of matrix m, which lands in
// reg[m]: lane 4g+t gets bytes 4t..4t+3 of row g or, transposed, the 16-bit elements of rows 2t and 2t+1 in column g.
template <int kCount, bool kTransposed>
__device__ __forceinline__ void ldmatrix(u32 (&reg)[kCount], u32 address) {
  static_assert(kCount == 1 || kCount == 2 || kCount == 4, "ldmatrix loads 1, 2 or 4 matrices");
  if constexpr (kCount == 4 && kTransposed) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(reg[0]), "=r"(reg[1]), "=r"(reg[2]), "=r"(reg[3])
                 : "r"(address));
  } else if constexpr (kCount == 4) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(reg[0]), "=r"(reg[1]), "=r"(reg[2]), "=r"(reg[3])
                 : "r"(address));
  } else if constexpr (kCount == 2 && kTransposed) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16 {%0, %1}, [%2];"
                 : "=r"(reg[0]), "=r"(reg[1])
                 : "r"(address));
  } else if constexpr (kCount == 2) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%0, %1}, [%2];"
                 : "=r"(reg[0]), "=r"(reg[1])
                 : "r"(address));
  } else if constexpr (kTransposed) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x1.trans.shared.b16 {%0}, [%1];" : "=r"(reg[0]) : "r"(address));
  } else {
    asm volatile("ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%0}, [%1];" : "=r"(reg[0]) : "r"(address));
  }
}

// c += a * b over 32 bytes of k: m16n8k16 for bf16 and f16, m16n8k8 for float (operands already rounded to tf32).
template <class T>
__device__ __forceinline__ void mma_32_bytes(f32 (&c)[4], u32 a0, u32 a1, u32 a2, u32 a3, u32 b0, u32 b1) {
  static_assert(is_same<T, bf16> || is_same<T, f16> || is_same<T, f32>, "operands are bf16, f16 or f32");
  if constexpr (is_same<T, bf16>) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
        "{%0, %1, %2, %3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
  } else if constexpr (is_same<T, f16>) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
        "{%0, %1, %2, %3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
  } else {
    asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
        "{%0, %1, %2, %3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
  }
}

// c += a * b over 16 bytes of k: m16n8k8 for bf16 and f16.
template <class T>
__device__ __forceinline__ void mma_16_bytes(f32 (&c)[4], u32 a0, u32 a1, u32 b0) {
  static_assert(is_same<T, bf16> || is_same<T, f16>, "operands are bf16 or f16");
  if constexpr (is_same<T, bf16>) {
    asm("mma.sync.aligned.m16n8k8.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5}, {%6}, {%0, %1, %2, %3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a0), "r"(a1), "r"(b0));
  } else {
    asm("mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5}, {%6}, {%0, %1, %2, %3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a0), "r"(a1), "r"(b0));
  }
}

}  // namespace ragged::ptx
