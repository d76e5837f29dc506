// RUN: split-file %s %t
// RUN: ragged-opt %t/fill.mlir --ragged-specialise="heads=12 head-dim=64 max-seqlen=197" | FileCheck %t/fill.mlir
// RUN: ragged-opt %t/grouped.mlir --ragged-specialise="heads=16 kv-heads=4 head-dim=128 head-dim-v=64 max-seqlen=512 block-m=64 block-n=32" | FileCheck %t/grouped.mlir
// RUN: ragged-opt %t/types.mlir --ragged-specialise="max-seqlen=64" | FileCheck %t/types.mlir
// RUN: ragged-opt %t/replace.mlir --ragged-specialise="heads=12 head-dim=64 max-seqlen=577 block-m=128 block-n=16" | FileCheck %t/replace.mlir
// RUN: ragged-opt %t/nothing.mlir --ragged-specialise | FileCheck %t/nothing.mlir
// RUN: ragged-opt %t/chain.mlir --ragged-specialise="heads=12 head-dim=64 max-seqlen=197" | FileCheck %t/chain.mlir
// RUN: ragged-opt %t/casts.mlir --ragged-specialise="heads=12 head-dim=64 max-seqlen=197" | FileCheck %t/casts.mlir
// RUN: ragged-opt %t/types.mlir --pass-pipeline="builtin.module(ragged-specialise{max-seqlen=64},ragged-specialise{max-seqlen=64})" | FileCheck %t/types.mlir

//--- fill.mlir
// Arguments and results follow; kv-heads is heads, head-dim-v is head-dim.
// CHECK: func.func @fill(%{{.*}}: tensor<?x12x64xbf16>, %{{.*}}: tensor<?x12x64xbf16>, %{{.*}}: tensor<?x12x64xbf16>, %{{.*}}: tensor<?xi32>) -> tensor<?x12x64xbf16>
// CHECK-NEXT: %[[O:.*]] = ragged.attention {{.*}} {max_seqlen = 197 : i64} : tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
// CHECK-NEXT: return %[[O]] : tensor<?x12x64xbf16>
func.func @fill(%q: tensor<?x?x?xbf16>, %k: tensor<?x?x?xbf16>, %v: tensor<?x?x?xbf16>, %offsets: tensor<?xi32>)
    -> tensor<?x?x?xbf16> {
  %o = ragged.attention %q, %k, %v offsets(%offsets)
       : tensor<?x?x?xbf16>, tensor<?x?x?xbf16>, tensor<?x?x?xbf16>, tensor<?xi32> -> tensor<?x?x?xbf16>
  return %o : tensor<?x?x?xbf16>
}
// CHECK: func.func @fill_packed(%{{.*}}: tensor<?x3x12x64xbf16>, %{{.*}}: tensor<?xi32>) -> tensor<?x12x64xbf16>
func.func @fill_packed(%qkv: tensor<?x?x?x?xbf16>, %offsets: tensor<?xi32>) -> tensor<?x?x?xbf16> {
  %o = ragged.attention %qkv offsets(%offsets) : tensor<?x?x?x?xbf16>, tensor<?xi32> -> tensor<?x?x?xbf16>
  return %o : tensor<?x?x?xbf16>
}

//--- grouped.mlir
// CHECK: func.func @grouped(%{{.*}}: tensor<?x16x128xf16>, %{{.*}}: tensor<?x4x128xf16>, %{{.*}}: tensor<?x4x64xf16>, %{{.*}}: tensor<?xi32>) -> tensor<?x16x64xf16>
// CHECK-NEXT: {block_m = 64 : i64, block_n = 32 : i64, causal, max_seqlen = 512 : i64} : tensor<?x16x128xf16>, tensor<?x4x128xf16>, tensor<?x4x64xf16>, tensor<?xi32> -> tensor<?x16x64xf16>
func.func @grouped(%q: tensor<?x?x?xf16>, %k: tensor<?x?x?xf16>, %v: tensor<?x?x?xf16>, %offsets: tensor<?xi32>)
    -> tensor<?x?x?xf16> {
  %o = ragged.attention %q, %k, %v offsets(%offsets) {causal}
       : tensor<?x?x?xf16>, tensor<?x?x?xf16>, tensor<?x?x?xf16>, tensor<?xi32> -> tensor<?x?x?xf16>
  return %o : tensor<?x?x?xf16>
}

//--- types.mlir
// What one type knows, those that must agree with it learn: no option needed. Rows and batch stay as they were.
// CHECK: func.func @types(%{{.*}}: tensor<?x12x32xf16>, %{{.*}}: tensor<640x4x32xf16>, %{{.*}}: tensor<?x4x48xf16>, %{{.*}}: tensor<9xi32>) -> tensor<?x12x48xf16>
func.func @types(%q: tensor<?x12x?xf16>, %k: tensor<640x?x32xf16>, %v: tensor<?x4x?xf16>, %offsets: tensor<9xi32>)
    -> tensor<?x?x48xf16> {
  %o = ragged.attention %q, %k, %v offsets(%offsets)
       : tensor<?x12x?xf16>, tensor<640x?x32xf16>, tensor<?x4x?xf16>, tensor<9xi32> -> tensor<?x?x48xf16>
  return %o : tensor<?x?x48xf16>
}
// The encoding stays, and still fits.
// CHECK: func.func @strides(%{{.*}}: tensor<?x3x12x64xf16, #ragged.strides<[4608, 768, 64, 1]>>, %{{.*}}: tensor<?xi32>) -> tensor<?x12x64xf16>
func.func @strides(%qkv: tensor<?x3x12x?xf16, #ragged.strides<[4608, 768, 64, 1]>>, %offsets: tensor<?xi32>)
    -> tensor<?x?x64xf16> {
  %o = ragged.attention %qkv offsets(%offsets)
       : tensor<?x3x12x?xf16, #ragged.strides<[4608, 768, 64, 1]>>, tensor<?xi32> -> tensor<?x?x64xf16>
  return %o : tensor<?x?x64xf16>
}

//--- replace.mlir
// Options replace the operation's own capacity and block sizes.
// CHECK: {block_m = 128 : i64, block_n = 16 : i64, max_seqlen = 577 : i64}
func.func @replace(%qkv: tensor<?x3x12x64xbf16>, %offsets: tensor<?xi32>) -> tensor<?x12x64xbf16> {
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 197 : i64, block_m = 64 : i64}
       : tensor<?x3x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return %o : tensor<?x12x64xbf16>
}

//--- nothing.mlir
// CHECK: {block_m = 64 : i64, max_seqlen = 197 : i64} : tensor<?x3x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
func.func @nothing(%qkv: tensor<?x3x12x64xbf16>, %offsets: tensor<?xi32>) -> tensor<?x12x64xbf16> {
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 197 : i64, block_m = 64 : i64}
       : tensor<?x3x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return %o : tensor<?x12x64xbf16>
}
// CHECK: func.func @other(%{{.*}}: tensor<?x?xf32>) -> tensor<?x?xf32>
func.func @other(%x: tensor<?x?xf32>) -> tensor<?x?xf32> {
  return %x : tensor<?x?xf32>
}

//--- chain.mlir
// Attention tells pack and unpack what a row is; max-seqlen is the padded length that nobody knows.
// CHECK: func.func @chain(%{{.*}}: tensor<?x197x3x12x64xbf16>, %{{.*}}: tensor<?x197xi1>) -> tensor<?x197x12x64xbf16>
// CHECK: ragged.pack {{.*}} : tensor<?x197x3x12x64xbf16>, tensor<?x197xi1> -> tensor<?x3x12x64xbf16>, tensor<?xi32>, tensor<?xi32>
// CHECK: ragged.attention {{.*}} : tensor<?x3x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
// CHECK: ragged.unpack {{.*}} : tensor<?x12x64xbf16>, tensor<?xi32>, tensor<?xi32> -> tensor<?x197x12x64xbf16>
func.func @chain(%x: tensor<?x?x3x?x?xbf16>, %keep: tensor<?x?xi1>) -> tensor<?x?x?x?xbf16> {
  %rows, %offsets, %indices = ragged.pack %x, %keep
       : tensor<?x?x3x?x?xbf16>, tensor<?x?xi1> -> tensor<?x3x?x?xbf16>, tensor<?xi32>, tensor<?xi32>
  %o = ragged.attention %rows offsets(%offsets) : tensor<?x3x?x?xbf16>, tensor<?xi32> -> tensor<?x?x?xbf16>
  %y = ragged.unpack %o, %indices, %offsets
       : tensor<?x?x?xbf16>, tensor<?xi32>, tensor<?xi32> -> tensor<?x?x?x?xbf16>
  return %y : tensor<?x?x?x?xbf16>
}
// A padded length that is known need not be the capacity.
// CHECK: func.func @padded_further(%{{.*}}: tensor<?x256x8xbf16>, %{{.*}}: tensor<?x256xi1>)
func.func @padded_further(%x: tensor<?x256x8xbf16>, %keep: tensor<?x?xi1>) -> tensor<?x8xbf16> {
  %rows, %offsets, %indices = ragged.pack %x, %keep
       : tensor<?x256x8xbf16>, tensor<?x?xi1> -> tensor<?x8xbf16>, tensor<?xi32>, tensor<?xi32>
  return %rows : tensor<?x8xbf16>
}

//--- casts.mlir
// Operations of others keep the types they had.
// CHECK: func.func @casts(%[[Q:.*]]: tensor<?x12x64xf32>, %{{.*}}: tensor<?xi32>) -> tensor<?x?x?xf32>
// CHECK-NEXT: %[[OLD:.*]] = tensor.cast %[[Q]] : tensor<?x12x64xf32> to tensor<?x?x?xf32>
// CHECK: tensor.dim %[[Q]], %{{.*}} : tensor<?x12x64xf32>
// CHECK: %[[K:.*]] = math.absf %[[OLD]] : tensor<?x?x?xf32>
// CHECK-NEXT: %[[NEW:.*]] = tensor.cast %[[K]] : tensor<?x?x?xf32> to tensor<?x12x64xf32>
// CHECK-NEXT: %[[O:.*]] = ragged.attention %[[Q]], %[[NEW]], %[[NEW]] offsets
// CHECK-NEXT: tensor.cast %[[O]] : tensor<?x12x64xf32> to tensor<?x?x?xf32>
func.func @casts(%q: tensor<?x?x?xf32>, %offsets: tensor<?xi32>) -> tensor<?x?x?xf32> {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %q, %c0 : tensor<?x?x?xf32>
  %k = math.absf %q : tensor<?x?x?xf32>
  %o = ragged.attention %q, %k, %k offsets(%offsets)
       : tensor<?x?x?xf32>, tensor<?x?x?xf32>, tensor<?x?x?xf32>, tensor<?xi32> -> tensor<?x?x?xf32>
  %r = math.absf %o : tensor<?x?x?xf32>
  return %r : tensor<?x?x?xf32>
}
