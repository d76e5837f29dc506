// wgmma.mma_async (PTX ISA, "Asynchronous Warpgroup Level Matrix Instructions"): d (64 x kN floats) += or = a * b over
// 32 bytes of k, by the 128 threads of a warpgroup. b, and a where it is not in registers, lie in shared memory as a
// descriptor says (matrix_descriptor.cuh). With warp w and lane 4 * g + t,
//   d[4j], d[4j + 1]: row 16w + g, columns 8j + 2t, 8j + 2t + 1        d[4j + 2], d[4j + 3]: row 16w + g + 8
//   a[0..3]: as for mma.sync (matrix.cuh), rows from 16w
// Registers need wgmma_fence before and wgmma_wait_group after (warpgroup.cuh).
#pragma once

#include "ragged/types.cuh"

namespace ragged::ptx {

// Inline PTX cannot loop: the registers of d as text and as operands, eight columns more in each line.
#define RAGGED_NAMES_8 "%0, %1, %2, %3"
#define RAGGED_NAMES_16 RAGGED_NAMES_8 ", %4, %5, %6, %7"
#define RAGGED_NAMES_24 RAGGED_NAMES_16 ", %8, %9, %10, %11"
#define RAGGED_NAMES_32 RAGGED_NAMES_24 ", %12, %13, %14, %15"
#define RAGGED_NAMES_40 RAGGED_NAMES_32 ", %16, %17, %18, %19"
#define RAGGED_NAMES_48 RAGGED_NAMES_40 ", %20, %21, %22, %23"
#define RAGGED_NAMES_56 RAGGED_NAMES_48 ", %24, %25, %26, %27"
#define RAGGED_NAMES_64 RAGGED_NAMES_56 ", %28, %29, %30, %31"
#define RAGGED_NAMES_72 RAGGED_NAMES_64 ", %32, %33, %34, %35"
#define RAGGED_NAMES_80 RAGGED_NAMES_72 ", %36, %37, %38, %39"
#define RAGGED_NAMES_88 RAGGED_NAMES_80 ", %40, %41, %42, %43"
#define RAGGED_NAMES_96 RAGGED_NAMES_88 ", %44, %45, %46, %47"
#define RAGGED_NAMES_104 RAGGED_NAMES_96 ", %48, %49, %50, %51"
#define RAGGED_NAMES_112 RAGGED_NAMES_104 ", %52, %53, %54, %55"
#define RAGGED_NAMES_120 RAGGED_NAMES_112 ", %56, %57, %58, %59"
#define RAGGED_NAMES_128 RAGGED_NAMES_120 ", %60, %61, %62, %63"
#define RAGGED_NAMES_136 RAGGED_NAMES_128 ", %64, %65, %66, %67"
#define RAGGED_NAMES_144 RAGGED_NAMES_136 ", %68, %69, %70, %71"
#define RAGGED_NAMES_152 RAGGED_NAMES_144 ", %72, %73, %74, %75"
#define RAGGED_NAMES_160 RAGGED_NAMES_152 ", %76, %77, %78, %79"
#define RAGGED_NAMES_168 RAGGED_NAMES_160 ", %80, %81, %82, %83"
#define RAGGED_NAMES_176 RAGGED_NAMES_168 ", %84, %85, %86, %87"
#define RAGGED_NAMES_184 RAGGED_NAMES_176 ", %88, %89, %90, %91"
#define RAGGED_NAMES_192 RAGGED_NAMES_184 ", %92, %93, %94, %95"
#define RAGGED_NAMES_200 RAGGED_NAMES_192 ", %96, %97, %98, %99"
#define RAGGED_NAMES_208 RAGGED_NAMES_200 ", %100, %101, %102, %103"
#define RAGGED_NAMES_216 RAGGED_NAMES_208 ", %104, %105, %106, %107"
#define RAGGED_NAMES_224 RAGGED_NAMES_216 ", %108, %109, %110, %111"
#define RAGGED_NAMES_232 RAGGED_NAMES_224 ", %112, %113, %114, %115"
#define RAGGED_NAMES_240 RAGGED_NAMES_232 ", %116, %117, %118, %119"
#define RAGGED_NAMES_248 RAGGED_NAMES_240 ", %120, %121, %122, %123"
#define RAGGED_NAMES_256 RAGGED_NAMES_248 ", %124, %125, %126, %127"
#define RAGGED_FOUR(c, i) c(d[i]), c(d[i + 1]), c(d[i + 2]), c(d[i + 3])
#define RAGGED_OPERANDS_8(c) RAGGED_FOUR(c, 0)
#define RAGGED_OPERANDS_16(c) RAGGED_OPERANDS_8(c), RAGGED_FOUR(c, 4)
#define RAGGED_OPERANDS_24(c) RAGGED_OPERANDS_16(c), RAGGED_FOUR(c, 8)
#define RAGGED_OPERANDS_32(c) RAGGED_OPERANDS_24(c), RAGGED_FOUR(c, 12)
#define RAGGED_OPERANDS_40(c) RAGGED_OPERANDS_32(c), RAGGED_FOUR(c, 16)
#define RAGGED_OPERANDS_48(c) RAGGED_OPERANDS_40(c), RAGGED_FOUR(c, 20)
#define RAGGED_OPERANDS_56(c) RAGGED_OPERANDS_48(c), RAGGED_FOUR(c, 24)
#define RAGGED_OPERANDS_64(c) RAGGED_OPERANDS_56(c), RAGGED_FOUR(c, 28)
#define RAGGED_OPERANDS_72(c) RAGGED_OPERANDS_64(c), RAGGED_FOUR(c, 32)
#define RAGGED_OPERANDS_80(c) RAGGED_OPERANDS_72(c), RAGGED_FOUR(c, 36)
#define RAGGED_OPERANDS_88(c) RAGGED_OPERANDS_80(c), RAGGED_FOUR(c, 40)
#define RAGGED_OPERANDS_96(c) RAGGED_OPERANDS_88(c), RAGGED_FOUR(c, 44)
#define RAGGED_OPERANDS_104(c) RAGGED_OPERANDS_96(c), RAGGED_FOUR(c, 48)
#define RAGGED_OPERANDS_112(c) RAGGED_OPERANDS_104(c), RAGGED_FOUR(c, 52)
#define RAGGED_OPERANDS_120(c) RAGGED_OPERANDS_112(c), RAGGED_FOUR(c, 56)
#define RAGGED_OPERANDS_128(c) RAGGED_OPERANDS_120(c), RAGGED_FOUR(c, 60)
#define RAGGED_OPERANDS_136(c) RAGGED_OPERANDS_128(c), RAGGED_FOUR(c, 64)
#define RAGGED_OPERANDS_144(c) RAGGED_OPERANDS_136(c), RAGGED_FOUR(c, 68)
#define RAGGED_OPERANDS_152(c) RAGGED_OPERANDS_144(c), RAGGED_FOUR(c, 72)
#define RAGGED_OPERANDS_160(c) RAGGED_OPERANDS_152(c), RAGGED_FOUR(c, 76)
#define RAGGED_OPERANDS_168(c) RAGGED_OPERANDS_160(c), RAGGED_FOUR(c, 80)
#define RAGGED_OPERANDS_176(c) RAGGED_OPERANDS_168(c), RAGGED_FOUR(c, 84)
#define RAGGED_OPERANDS_184(c) RAGGED_OPERANDS_176(c), RAGGED_FOUR(c, 88)
#define RAGGED_OPERANDS_192(c) RAGGED_OPERANDS_184(c), RAGGED_FOUR(c, 92)
#define RAGGED_OPERANDS_200(c) RAGGED_OPERANDS_192(c), RAGGED_FOUR(c, 96)
#define RAGGED_OPERANDS_208(c) RAGGED_OPERANDS_200(c), RAGGED_FOUR(c, 100)
#define RAGGED_OPERANDS_216(c) RAGGED_OPERANDS_208(c), RAGGED_FOUR(c, 104)
#define RAGGED_OPERANDS_224(c) RAGGED_OPERANDS_216(c), RAGGED_FOUR(c, 108)
#define RAGGED_OPERANDS_232(c) RAGGED_OPERANDS_224(c), RAGGED_FOUR(c, 112)
#define RAGGED_OPERANDS_240(c) RAGGED_OPERANDS_232(c), RAGGED_FOUR(c, 116)
#define RAGGED_OPERANDS_248(c) RAGGED_OPERANDS_240(c), RAGGED_FOUR(c, 120)
#define RAGGED_OPERANDS_256(c) RAGGED_OPERANDS_248(c), RAGGED_FOUR(c, 124)

// clang-format off
// The four forms: operands in shared memory or a in registers, 16-bit types (whose rows may be contiguous instead of k) or
// tf32. i0...: the numbers of the operands after those of d.
#define RAGGED_WGMMA_SHARED_16(n, type, i0, i1, i2, i3, i4)                                                            \
  asm volatile("{ .reg .pred p; setp.ne.b32 p, %" #i2 ", 0; "                                                          \
               "wgmma.mma_async.sync.aligned.m64n" #n "k16.f32." type "." type " {" RAGGED_NAMES_##n "}, "             \
               "%" #i0 ", %" #i1 ", p, 1, 1, %" #i3 ", %" #i4 "; }"                                                    \
               : RAGGED_OPERANDS_##n("+f")                                                                             \
               : "l"(a), "l"(b), "r"(accumulate), "n"(kTransposeA), "n"(kTransposeB))
#define RAGGED_WGMMA_SHARED_TF32(n, i0, i1, i2)                                                                        \
  asm volatile("{ .reg .pred p; setp.ne.b32 p, %" #i2 ", 0; "                                                          \
               "wgmma.mma_async.sync.aligned.m64n" #n "k8.f32.tf32.tf32 {" RAGGED_NAMES_##n "}, "                      \
               "%" #i0 ", %" #i1 ", p, 1, 1; }"                                                                        \
               : RAGGED_OPERANDS_##n("+f")                                                                             \
               : "l"(a), "l"(b), "r"(accumulate))
#define RAGGED_WGMMA_REGISTERS_16(n, type, i0, i1, i2, i3, i4, i5, i6)                                                 \
  asm volatile("{ .reg .pred p; setp.ne.b32 p, %" #i5 ", 0; "                                                          \
               "wgmma.mma_async.sync.aligned.m64n" #n "k16.f32." type "." type " {" RAGGED_NAMES_##n "}, "             \
               "{%" #i0 ", %" #i1 ", %" #i2 ", %" #i3 "}, %" #i4 ", p, 1, 1, %" #i6 "; }"                              \
               : RAGGED_OPERANDS_##n("+f")                                                                             \
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b), "r"(accumulate), "n"(kTransposeB))
#define RAGGED_WGMMA_REGISTERS_TF32(n, i0, i1, i2, i3, i4, i5)                                                         \
  asm volatile("{ .reg .pred p; setp.ne.b32 p, %" #i5 ", 0; "                                                          \
               "wgmma.mma_async.sync.aligned.m64n" #n "k8.f32.tf32.tf32 {" RAGGED_NAMES_##n "}, "                      \
               "{%" #i0 ", %" #i1 ", %" #i2 ", %" #i3 "}, %" #i4 ", p, 1, 1; }"                                        \
               : RAGGED_OPERANDS_##n("+f")                                                                             \
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b), "r"(accumulate))

// Four steps along k from nothing, of 16-bit types: so many asm statements less through which all of d has to pass,
// which takes more of a compiler's time than anything else in a kernel.
#define RAGGED_WGMMA_REGISTERS_FOUR(n, type, i0, i1, i2, i3, i4, i5, i6, i7, i8, i9, i10,                              \
                                    i11, i12, i13, i14, i15, i16, i17, i18, i19, i20)                                  \
  asm volatile("{ .reg .pred p, q; setp.ne.b32 p, 0, 0; setp.eq.b32 q, 0, 0; "                                         \
               "wgmma.mma_async.sync.aligned.m64n" #n "k16.f32." type "." type " {" RAGGED_NAMES_##n "}, "             \
               "{%" #i0 ", %" #i1 ", %" #i2 ", %" #i3 "}, %" #i16 ", p, 1, 1, %" #i20 "; "                             \
               "wgmma.mma_async.sync.aligned.m64n" #n "k16.f32." type "." type " {" RAGGED_NAMES_##n "}, "             \
               "{%" #i4 ", %" #i5 ", %" #i6 ", %" #i7 "}, %" #i17 ", q, 1, 1, %" #i20 "; "                             \
               "wgmma.mma_async.sync.aligned.m64n" #n "k16.f32." type "." type " {" RAGGED_NAMES_##n "}, "             \
               "{%" #i8 ", %" #i9 ", %" #i10 ", %" #i11 "}, %" #i18 ", q, 1, 1, %" #i20 "; "                           \
               "wgmma.mma_async.sync.aligned.m64n" #n "k16.f32." type "." type " {" RAGGED_NAMES_##n "}, "             \
               "{%" #i12 ", %" #i13 ", %" #i14 ", %" #i15 "}, %" #i19 ", q, 1, 1, %" #i20 "; }"                        \
               : RAGGED_OPERANDS_##n("=f")                                                                             \
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(a[4]), "r"(a[5]),                                     \
                 "r"(a[6]), "r"(a[7]), "r"(a[8]), "r"(a[9]), "r"(a[10]), "r"(a[11]),                                   \
                 "r"(a[12]), "r"(a[13]), "r"(a[14]), "r"(a[15]), "l"(b[0]), "l"(b[1]), "l"(b[2]),                      \
                 "l"(b[3]), "n"(kTransposeB))

template <int kN>
struct Wgmma;

#define RAGGED_WGMMA(n, i0, i1, i2, i3, i4, i5, i6, i7, i8, i9, i10, i11, i12, i13, i14, i15, i16, i17, i18, i19,      \
                     i20)                                                                                              \
  template <>                                                                                                          \
  struct Wgmma<n> {                                                                                                    \
    template <class T, bool kTransposeA, bool kTransposeB>                                                             \
    __device__ static __forceinline__ void shared(f32 (&d)[n / 2], u64 a, u64 b, u32 accumulate) {                     \
      if constexpr (is_same<T, bf16>) {                                                                                \
        RAGGED_WGMMA_SHARED_16(n, "bf16", i0, i1, i2, i3, i4);                                                         \
      } else if constexpr (is_same<T, f16>) {                                                                          \
        RAGGED_WGMMA_SHARED_16(n, "f16", i0, i1, i2, i3, i4);                                                          \
      } else {                                                                                                         \
        RAGGED_WGMMA_SHARED_TF32(n, i0, i1, i2);                                                                       \
      }                                                                                                                \
    }                                                                                                                  \
    template <class T, bool kTransposeB>                                                                               \
    __device__ static __forceinline__ void registers(f32 (&d)[n / 2], const u32 (&a)[4], u64 b, u32 accumulate) {      \
      if constexpr (is_same<T, bf16>) {                                                                                \
        RAGGED_WGMMA_REGISTERS_16(n, "bf16", i0, i1, i2, i3, i4, i5, i6);                                              \
      } else if constexpr (is_same<T, f16>) {                                                                          \
        RAGGED_WGMMA_REGISTERS_16(n, "f16", i0, i1, i2, i3, i4, i5, i6);                                               \
      } else {                                                                                                         \
        RAGGED_WGMMA_REGISTERS_TF32(n, i0, i1, i2, i3, i4, i5);                                                        \
      }                                                                                                                \
    }                                                                                                                  \
    template <class T, bool kTransposeB>                                                                               \
    __device__ static __forceinline__ void registers_four(f32 (&d)[n / 2], const u32 (&a)[16], const u64 (&b)[4]) {    \
      if constexpr (is_same<T, bf16>) {                                                                                \
        RAGGED_WGMMA_REGISTERS_FOUR(n, "bf16", i0, i1, i2, i3, i4, i5, i6, i7, i8, i9, i10, i11, i12, i13, i14, i15,   \
                                    i16, i17, i18, i19, i20);                                                          \
      } else {                                                                                                         \
        RAGGED_WGMMA_REGISTERS_FOUR(n, "f16", i0, i1, i2, i3, i4, i5, i6, i7, i8, i9, i10, i11, i12, i13, i14, i15,    \
                                    i16, i17, i18, i19, i20);                                                          \
      }                                                                                                                \
    }                                                                                                                  \
  };
// clang-format on

// A kernel that defines RAGGED_WGMMA_CHOSEN names the numbers of columns that it needs; each costs time to compile.
#if !defined(RAGGED_WGMMA_CHOSEN) || defined(RAGGED_WGMMA_8)
RAGGED_WGMMA(8, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24)
#endif
#if !defined(RAGGED_WGMMA_CHOSEN) || defined(RAGGED_WGMMA_16)
RAGGED_WGMMA(16, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28)
#endif
#if !defined(RAGGED_WGMMA_CHOSEN) || defined(RAGGED_WGMMA_24)
RAGGED_WGMMA(24, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32)
#endif
#if !defined(RAGGED_WGMMA_CHOSEN) || defined(RAGGED_WGMMA_32)
RAGGED_WGMMA(32, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36)
#endif
#if !defined(RAGGED_WGMMA_CHOSEN) || defined(RAGGED_WGMMA_40)
RAGGED_WGMMA(40, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40)
#endif
#if !defined(RAGGED_WGMMA_CHOSEN) || defined(RAGGED_WGMMA_48)
RAGGED_WGMMA(48, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44)
#endif
#if !defined(RAGGED_WGMMA_CHOSEN) || defined(RAGGED_WGMMA_56)
RAGGED_WGMMA(56, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48)
#endif
#if !defined(RAGGED_WGMMA_CHOSEN) || defined(RAGGED_WGMMA_64)
RAGGED_WGMMA(64, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52)
#endif
#if !defined(RAGGED_WGMMA_CHOSEN) || defined(RAGGED_WGMMA_72)
RAGGED_WGMMA(72, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56)
#endif
#if !defined(RAGGED_WGMMA_CHOSEN) || defined(RAGGED_WGMMA_80)
RAGGED_WGMMA(80, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60)
#endif
#if !defined(RAGGED_WGMMA_CHOSEN) || defined(RAGGED_WGMMA_88)
RAGGED_WGMMA(88, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64)
#endif
#if !defined(RAGGED_WGMMA_CHOSEN) || defined(RAGGED_WGMMA_96)
RAGGED_WGMMA(96, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64, 65, 66, 67, 68)
#endif
#if !defined(RAGGED_WGMMA_CHOSEN) || defined(RAGGED_WGMMA_104)
RAGGED_WGMMA(104, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71, 72)
#endif
#if !defined(RAGGED_WGMMA_CHOSEN) || defined(RAGGED_WGMMA_112)
RAGGED_WGMMA(112, 56, 57, 58, 59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76)
#endif
#if !defined(RAGGED_WGMMA_CHOSEN) || defined(RAGGED_WGMMA_120)
RAGGED_WGMMA(120, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 80)
#endif
#if !defined(RAGGED_WGMMA_CHOSEN) || defined(RAGGED_WGMMA_128)
RAGGED_WGMMA(128, 64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 80, 81, 82, 83, 84)
#endif
#if !defined(RAGGED_WGMMA_CHOSEN) || defined(RAGGED_WGMMA_136)
RAGGED_WGMMA(136, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 80, 81, 82, 83, 84, 85, 86, 87, 88)
#endif
#if !defined(RAGGED_WGMMA_CHOSEN) || defined(RAGGED_WGMMA_144)
RAGGED_WGMMA(144, 72, 73, 74, 75, 76, 77, 78, 79, 80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 90, 91, 92)
#endif
#if !defined(RAGGED_WGMMA_CHOSEN) || defined(RAGGED_WGMMA_152)
RAGGED_WGMMA(152, 76, 77, 78, 79, 80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 90, 91, 92, 93, 94, 95, 96)
#endif
#if !defined(RAGGED_WGMMA_CHOSEN) || defined(RAGGED_WGMMA_160)
RAGGED_WGMMA(160, 80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 90, 91, 92, 93, 94, 95, 96, 97, 98, 99, 100)
#endif
#if !defined(RAGGED_WGMMA_CHOSEN) || defined(RAGGED_WGMMA_168)
RAGGED_WGMMA(168, 84, 85, 86, 87, 88, 89, 90, 91, 92, 93, 94, 95, 96, 97, 98, 99, 100, 101, 102, 103, 104)
#endif
#if !defined(RAGGED_WGMMA_CHOSEN) || defined(RAGGED_WGMMA_176)
RAGGED_WGMMA(176, 88, 89, 90, 91, 92, 93, 94, 95, 96, 97, 98, 99, 100, 101, 102, 103, 104, 105, 106, 107, 108)
#endif
#if !defined(RAGGED_WGMMA_CHOSEN) || defined(RAGGED_WGMMA_184)
RAGGED_WGMMA(184, 92, 93, 94, 95, 96, 97, 98, 99, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112)
#endif
#if !defined(RAGGED_WGMMA_CHOSEN) || defined(RAGGED_WGMMA_192)
RAGGED_WGMMA(192, 96, 97, 98, 99, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113, 114, 115, 116)
#endif
#if !defined(RAGGED_WGMMA_CHOSEN) || defined(RAGGED_WGMMA_200)
RAGGED_WGMMA(200, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113, 114, 115, 116, 117, 118, 119,
             120)
#endif
#if !defined(RAGGED_WGMMA_CHOSEN) || defined(RAGGED_WGMMA_208)
RAGGED_WGMMA(208, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113, 114, 115, 116, 117, 118, 119, 120, 121, 122, 123,
             124)
#endif
#if !defined(RAGGED_WGMMA_CHOSEN) || defined(RAGGED_WGMMA_216)
RAGGED_WGMMA(216, 108, 109, 110, 111, 112, 113, 114, 115, 116, 117, 118, 119, 120, 121, 122, 123, 124, 125, 126, 127,
             128)
#endif
#if !defined(RAGGED_WGMMA_CHOSEN) || defined(RAGGED_WGMMA_224)
RAGGED_WGMMA(224, 112, 113, 114, 115, 116, 117, 118, 119, 120, 121, 122, 123, 124, 125, 126, 127, 128, 129, 130, 131,
             132)
#endif
#if !defined(RAGGED_WGMMA_CHOSEN) || defined(RAGGED_WGMMA_232)
RAGGED_WGMMA(232, 116, 117, 118, 119, 120, 121, 122, 123, 124, 125, 126, 127, 128, 129, 130, 131, 132, 133, 134, 135,
             136)
#endif
#if !defined(RAGGED_WGMMA_CHOSEN) || defined(RAGGED_WGMMA_240)
RAGGED_WGMMA(240, 120, 121, 122, 123, 124, 125, 126, 127, 128, 129, 130, 131, 132, 133, 134, 135, 136, 137, 138, 139,
             140)
#endif
#if !defined(RAGGED_WGMMA_CHOSEN) || defined(RAGGED_WGMMA_248)
RAGGED_WGMMA(248, 124, 125, 126, 127, 128, 129, 130, 131, 132, 133, 134, 135, 136, 137, 138, 139, 140, 141, 142, 143,
             144)
#endif
#if !defined(RAGGED_WGMMA_CHOSEN) || defined(RAGGED_WGMMA_256)
RAGGED_WGMMA(256, 128, 129, 130, 131, 132, 133, 134, 135, 136, 137, 138, 139, 140, 141, 142, 143, 144, 145, 146, 147,
             148)
#endif

#undef RAGGED_WGMMA
#undef RAGGED_WGMMA_SHARED_16
#undef RAGGED_WGMMA_SHARED_TF32
#undef RAGGED_WGMMA_REGISTERS_16
#undef RAGGED_WGMMA_REGISTERS_FOUR
#undef RAGGED_WGMMA_REGISTERS_TF32
#undef RAGGED_FOUR

// Both operands in shared memory. Transposed: its rows (M or N), not its k, are contiguous; 16-bit types only. Without
// `accumulate` the old values of d do not count.
template <class T, int kN, bool kTransposeA, bool kTransposeB>
__device__ __forceinline__ void wgmma_shared(f32 (&d)[kN / 2], u64 a, u64 b, bool accumulate) {
  static_assert(kN >= 8 && kN <= 256 && kN % 8 == 0, "expected a product of 8..256 columns in eights");
  static_assert(is_same<T, bf16> || is_same<T, f16> || is_same<T, f32>, "operands are bf16, f16 or f32");
  static_assert(!is_same<T, f32> || (!kTransposeA && !kTransposeB), "tf32 operands have contiguous k");
  Wgmma<kN>::template shared<T, kTransposeA, kTransposeB>(d, a, b, accumulate);
}

// a in registers.
template <class T, int kN, bool kTransposeB>
__device__ __forceinline__ void wgmma_registers(f32 (&d)[kN / 2], const u32 (&a)[4], u64 b, bool accumulate) {
  static_assert(kN >= 8 && kN <= 256 && kN % 8 == 0, "expected a product of 8..256 columns in eights");
  static_assert(is_same<T, bf16> || is_same<T, f16> || is_same<T, f32>, "operands are bf16, f16 or f32");
  static_assert(!is_same<T, f32> || !kTransposeB, "tf32 operands have contiguous k");
  Wgmma<kN>::template registers<T, kTransposeB>(d, a, b, accumulate);
}

// Four steps with a in registers, four for each; the old values of d do not count. 16-bit types.
template <class T, int kN, bool kTransposeB>
__device__ __forceinline__ void wgmma_registers_four(f32 (&d)[kN / 2], const u32 (&a)[16], const u64 (&b)[4]) {
  static_assert(kN >= 8 && kN <= 256 && kN % 8 == 0, "expected a product of 8..256 columns in eights");
  static_assert(is_same<T, bf16> || is_same<T, f16>, "operands are bf16 or f16");
  Wgmma<kN>::template registers_four<T, kTransposeB>(d, a, b);
}

}  // namespace ragged::ptx
