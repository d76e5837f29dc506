// Every form of every operation, through text and through bytecode.
// RUN: ragged-opt %s | ragged-opt | FileCheck %s
// RUN: ragged-opt %s --emit-bytecode | ragged-opt | FileCheck %s
// RUN: ragged-opt %s --mlir-print-op-generic | ragged-opt | FileCheck %s

// CHECK-LABEL: func.func @attention
// CHECK: ragged.attention %{{.*}}, %{{.*}}, %{{.*}} offsets(%{{.*}}) {max_seqlen = 197 : i64} : tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
func.func @attention(%q: tensor<?x12x64xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<?x12x64xbf16>,
                     %offsets: tensor<?xi32>) -> tensor<?x12x64xbf16> {
  %o = ragged.attention %q, %k, %v offsets(%offsets) {max_seqlen = 197 : i64}
       : tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return %o : tensor<?x12x64xbf16>
}

// CHECK-LABEL: func.func @attention_packed
// CHECK: ragged.attention %{{.*}} offsets(%{{.*}}) {max_seqlen = 197 : i64} : tensor<?x3x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
func.func @attention_packed(%qkv: tensor<?x3x12x64xbf16>, %offsets: tensor<?xi32>) -> tensor<?x12x64xbf16> {
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 197 : i64}
       : tensor<?x3x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return %o : tensor<?x12x64xbf16>
}

// Attributes print in the order of their names, whatever order they were written in.
// CHECK-LABEL: func.func @attention_attributes
// CHECK: {block_m = 64 : i64, block_n = 32 : i64, causal, max_seqlen = 197 : i64, scale = 1.250000e-01 : f32}
func.func @attention_attributes(%q: tensor<?x12x64xf16>, %offsets: tensor<?xi32>) -> tensor<?x12x64xf16> {
  %o = ragged.attention %q, %q, %q offsets(%offsets)
         {max_seqlen = 197 : i64, causal, scale = 0.125 : f32, block_m = 64 : i64, block_n = 32 : i64}
       : tensor<?x12x64xf16>, tensor<?x12x64xf16>, tensor<?x12x64xf16>, tensor<?xi32> -> tensor<?x12x64xf16>
  return %o : tensor<?x12x64xf16>
}

// Everything that ragged-specialise can fill in may be unknown.
// CHECK-LABEL: func.func @attention_unspecialised
// CHECK: ragged.attention %{{.*}}, %{{.*}}, %{{.*}} offsets(%{{.*}}) : tensor<?x?x?xf32>, tensor<?x?x?xf32>, tensor<?x?x?xf32>, tensor<?xi32> -> tensor<?x?x?xf32>
func.func @attention_unspecialised(%q: tensor<?x?x?xf32>, %offsets: tensor<?xi32>) -> tensor<?x?x?xf32> {
  %o = ragged.attention %q, %q, %q offsets(%offsets)
       : tensor<?x?x?xf32>, tensor<?x?x?xf32>, tensor<?x?x?xf32>, tensor<?xi32> -> tensor<?x?x?xf32>
  return %o : tensor<?x?x?xf32>
}

// CHECK-LABEL: func.func @attention_packed_unspecialised
// CHECK: ragged.attention %{{.*}} offsets(%{{.*}}) : tensor<?x?x?x?xf32>, tensor<?xi32> -> tensor<?x?x?xf32>
func.func @attention_packed_unspecialised(%qkv: tensor<?x?x?x?xf32>, %offsets: tensor<?xi32>) -> tensor<?x?x?xf32> {
  %o = ragged.attention %qkv offsets(%offsets) : tensor<?x?x?x?xf32>, tensor<?xi32> -> tensor<?x?x?xf32>
  return %o : tensor<?x?x?xf32>
}

// Four query heads to a key head, values of another dimension, rows and batch known.
// CHECK-LABEL: func.func @attention_grouped
// CHECK: tensor<640x16x128xf16>, tensor<640x4x128xf16>, tensor<?x4x256xf16>, tensor<9xi32> -> tensor<640x16x256xf16>
func.func @attention_grouped(%q: tensor<640x16x128xf16>, %k: tensor<640x4x128xf16>, %v: tensor<?x4x256xf16>,
                             %offsets: tensor<9xi32>) -> tensor<640x16x256xf16> {
  %o = ragged.attention %q, %k, %v offsets(%offsets) {max_seqlen = 512 : i64}
       : tensor<640x16x128xf16>, tensor<640x4x128xf16>, tensor<?x4x256xf16>, tensor<9xi32> -> tensor<640x16x256xf16>
  return %o : tensor<640x16x256xf16>
}

// The ends of each range, and no sequence at all.
// CHECK-LABEL: func.func @attention_limits
// CHECK: {block_m = 16 : i64, block_n = 256 : i64, max_seqlen = 1 : i64}
// CHECK: {max_seqlen = 65536 : i64}
func.func @attention_limits(%q: tensor<0x1x16xbf16>, %r: tensor<2147483647x65535x256xbf16>, %offsets: tensor<1xi32>) {
  %o = ragged.attention %q, %q, %q offsets(%offsets) {max_seqlen = 1 : i64, block_m = 16 : i64, block_n = 256 : i64}
       : tensor<0x1x16xbf16>, tensor<0x1x16xbf16>, tensor<0x1x16xbf16>, tensor<1xi32> -> tensor<0x1x16xbf16>
  %p = ragged.attention %r, %r, %r offsets(%offsets) {max_seqlen = 65536 : i64}
       : tensor<2147483647x65535x256xbf16>, tensor<2147483647x65535x256xbf16>, tensor<2147483647x65535x256xbf16>,
         tensor<1xi32> -> tensor<2147483647x65535x256xbf16>
  return
}

// Views into a wider tensor; heads outermost; rows padded to 80; a packed tensor that is one of two halves.
// CHECK-LABEL: func.func @attention_strided
// CHECK: tensor<?x12x64xbf16, #ragged.strides<[2304, 64, 1]>>, tensor<?x12x64xbf16, #ragged.strides<[64, 65536, 1]>>, tensor<?x12x64xbf16, #ragged.strides<[960, 80, 1]>>, tensor<?xi32> -> tensor<?x12x64xbf16, #ragged.strides<[768, 64, 1]>>
// CHECK: tensor<?x3x12x64xbf16, #ragged.strides<[4608, 768, 64, 1]>>
func.func @attention_strided(%q: tensor<?x12x64xbf16, #ragged.strides<[2304, 64, 1]>>,
                             %k: tensor<?x12x64xbf16, #ragged.strides<[64, 65536, 1]>>,
                             %v: tensor<?x12x64xbf16, #ragged.strides<[960, 80, 1]>>,
                             %qkv: tensor<?x3x12x64xbf16, #ragged.strides<[4608, 768, 64, 1]>>,
                             %offsets: tensor<?xi32>) {
  %o = ragged.attention %q, %k, %v offsets(%offsets)
       : tensor<?x12x64xbf16, #ragged.strides<[2304, 64, 1]>>, tensor<?x12x64xbf16, #ragged.strides<[64, 65536, 1]>>,
         tensor<?x12x64xbf16, #ragged.strides<[960, 80, 1]>>, tensor<?xi32>
         -> tensor<?x12x64xbf16, #ragged.strides<[768, 64, 1]>>
  %p = ragged.attention %qkv offsets(%offsets)
       : tensor<?x3x12x64xbf16, #ragged.strides<[4608, 768, 64, 1]>>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return
}

// CHECK-LABEL: func.func @pack
// CHECK: %rows, %offsets, %indices = ragged.pack %{{.*}}, %{{.*}} : tensor<?x197x768xbf16>, tensor<?x197xi1> -> tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32>
func.func @pack(%x: tensor<?x197x768xbf16>, %keep: tensor<?x197xi1>)
    -> (tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32>) {
  %rows, %offsets, %indices = ragged.pack %x, %keep
       : tensor<?x197x768xbf16>, tensor<?x197xi1> -> tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32>
  return %rows, %offsets, %indices : tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32>
}

// CHECK-LABEL: func.func @pack_static
// CHECK: tensor<4x197x3x12x64xf16>, tensor<4x197xi1> -> tensor<788x3x12x64xf16>, tensor<5xi32>, tensor<788xi32>
func.func @pack_static(%x: tensor<4x197x3x12x64xf16>, %keep: tensor<4x197xi1>) -> tensor<788x3x12x64xf16> {
  %rows, %offsets, %indices = ragged.pack %x, %keep
       : tensor<4x197x3x12x64xf16>, tensor<4x197xi1> -> tensor<788x3x12x64xf16>, tensor<5xi32>, tensor<788xi32>
  return %rows : tensor<788x3x12x64xf16>
}

// One f32 or two 16-bit elements are the narrowest row; everything may be unknown; the batch may be empty.
// CHECK-LABEL: func.func @pack_limits
// CHECK: tensor<?x1x1xf32>
// CHECK: tensor<?x?x?xbf16>, tensor<?x?xi1> -> tensor<?x?xbf16>, tensor<?xi32>, tensor<?xi32>
// CHECK: tensor<0x8x2xf16>, tensor<0x8xi1> -> tensor<0x2xf16>, tensor<1xi32>, tensor<0xi32>
func.func @pack_limits(%x: tensor<?x1x1xf32>, %y: tensor<?x?x?xbf16>, %z: tensor<0x8x2xf16>, %keep: tensor<?x?xi1>,
                       %none: tensor<0x8xi1>) {
  %a:3 = ragged.pack %x, %keep : tensor<?x1x1xf32>, tensor<?x?xi1> -> tensor<?x1xf32>, tensor<?xi32>, tensor<?xi32>
  %b:3 = ragged.pack %y, %keep : tensor<?x?x?xbf16>, tensor<?x?xi1> -> tensor<?x?xbf16>, tensor<?xi32>, tensor<?xi32>
  %c:3 = ragged.pack %z, %none : tensor<0x8x2xf16>, tensor<0x8xi1> -> tensor<0x2xf16>, tensor<1xi32>, tensor<0xi32>
  return
}

// A fill of 0.0 is not printed: it is what no fill means.
// CHECK-LABEL: func.func @unpack
// CHECK: ragged.unpack %{{.*}}, %{{.*}}, %{{.*}} : tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32> -> tensor<?x197x768xbf16>
func.func @unpack(%rows: tensor<?x768xbf16>, %indices: tensor<?xi32>, %offsets: tensor<?xi32>)
    -> tensor<?x197x768xbf16> {
  %x = ragged.unpack %rows, %indices, %offsets {fill = 0.0}
       : tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32> -> tensor<?x197x768xbf16>
  return %x : tensor<?x197x768xbf16>
}

// CHECK-LABEL: func.func @unpack_fill
// CHECK: {fill = -1.500000e+00 : f64}
// CHECK: {fill = 0xFF800000 : f32} : tensor<640x3x12x64xf16>, tensor<640xi32>, tensor<5xi32> -> tensor<4x197x3x12x64xf16>
// CHECK: {fill = 0x7FF8000000000000 : f64}
func.func @unpack_fill(%rows: tensor<640x3x12x64xf16>, %indices: tensor<640xi32>, %offsets: tensor<5xi32>) {
  %a = ragged.unpack %rows, %indices, %offsets {fill = -1.5}
       : tensor<640x3x12x64xf16>, tensor<640xi32>, tensor<5xi32> -> tensor<4x197x3x12x64xf16>
  %b = ragged.unpack %rows, %indices, %offsets {fill = 0xFF800000 : f32}
       : tensor<640x3x12x64xf16>, tensor<640xi32>, tensor<5xi32> -> tensor<4x197x3x12x64xf16>
  %c = ragged.unpack %rows, %indices, %offsets {fill = 0x7FF8000000000000 : f64}
       : tensor<640x3x12x64xf16>, tensor<640xi32>, tensor<5xi32> -> tensor<4x197x3x12x64xf16>
  return
}
