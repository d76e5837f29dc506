// RUN: ragged-opt %s --canonicalize --split-input-file | FileCheck %s

//===----------------------------------------------------------------------===//
// attention: scale
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func.func @default_scale
// CHECK: ragged.attention %{{.*}} offsets(%{{.*}}) {max_seqlen = 197 : i64}
func.func @default_scale(%qkv: tensor<?x3x12x64xbf16>, %offsets: tensor<?xi32>) -> tensor<?x12x64xbf16> {
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 197 : i64, scale = 0.125 : f32}
       : tensor<?x3x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return %o : tensor<?x12x64xbf16>
}

// 1/sqrt(80) in f32 is 0x3DE4F92E.
// CHECK-LABEL: func.func @default_scale_rounded
// CHECK-NOT: scale
func.func @default_scale_rounded(%qkv: tensor<?x3x12x80xbf16>, %offsets: tensor<?xi32>) -> tensor<?x12x80xbf16> {
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 197 : i64, scale = 0x3DE4F92E : f32}
       : tensor<?x3x12x80xbf16>, tensor<?xi32> -> tensor<?x12x80xbf16>
  return %o : tensor<?x12x80xbf16>
}

// One unit in the last place is another scale.
// CHECK-LABEL: func.func @other_scale
// CHECK: scale = 0.111803405 : f32
func.func @other_scale(%qkv: tensor<?x3x12x80xbf16>, %offsets: tensor<?xi32>) -> tensor<?x12x80xbf16> {
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 197 : i64, scale = 0x3DE4F92F : f32}
       : tensor<?x3x12x80xbf16>, tensor<?xi32> -> tensor<?x12x80xbf16>
  return %o : tensor<?x12x80xbf16>
}

// The head dimension of q and k counts, not that of v.
// CHECK-LABEL: func.func @scale_of_v
// CHECK: scale = 1.250000e-01 : f32
func.func @scale_of_v(%q: tensor<?x12x16xbf16>, %v: tensor<?x12x64xbf16>, %offsets: tensor<?xi32>)
    -> tensor<?x12x64xbf16> {
  %o = ragged.attention %q, %q, %v offsets(%offsets) {max_seqlen = 197 : i64, scale = 0.125 : f32}
       : tensor<?x12x16xbf16>, tensor<?x12x16xbf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return %o : tensor<?x12x64xbf16>
}

// CHECK-LABEL: func.func @scale_of_unknown_dim
// CHECK: scale = 1.250000e-01 : f32
func.func @scale_of_unknown_dim(%qkv: tensor<?x3x12x?xbf16>, %offsets: tensor<?xi32>) -> tensor<?x12x?xbf16> {
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 197 : i64, scale = 0.125 : f32}
       : tensor<?x3x12x?xbf16>, tensor<?xi32> -> tensor<?x12x?xbf16>
  return %o : tensor<?x12x?xbf16>
}

//===----------------------------------------------------------------------===//
// attention: causal
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func.func @causal_of_one_row
// CHECK-NOT: causal,
// CHECK: max_seqlen = 1 : i64
func.func @causal_of_one_row(%qkv: tensor<?x3x12x64xbf16>, %offsets: tensor<?xi32>) -> tensor<?x12x64xbf16> {
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 1 : i64, causal}
       : tensor<?x3x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return %o : tensor<?x12x64xbf16>
}

// CHECK-LABEL: func.func @causal_of_two_rows
// CHECK: {causal, max_seqlen = 2 : i64}
func.func @causal_of_two_rows(%qkv: tensor<?x3x12x64xbf16>, %offsets: tensor<?xi32>) -> tensor<?x12x64xbf16> {
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 2 : i64, causal}
       : tensor<?x3x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return %o : tensor<?x12x64xbf16>
}

// CHECK-LABEL: func.func @causal_of_unknown_rows
// CHECK: {causal}
func.func @causal_of_unknown_rows(%qkv: tensor<?x3x12x64xbf16>, %offsets: tensor<?xi32>) -> tensor<?x12x64xbf16> {
  %o = ragged.attention %qkv offsets(%offsets) {causal} : tensor<?x3x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return %o : tensor<?x12x64xbf16>
}

//===----------------------------------------------------------------------===//
// attention: slices of one packed value
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func.func @slices
// CHECK-SAME: (%[[QKV:.*]]: tensor<640x3x12x64xbf16>, %[[OFFSETS:.*]]: tensor<?xi32>)
// CHECK-NEXT: %[[O:.*]] = ragged.attention %[[QKV]] offsets(%[[OFFSETS]]) {max_seqlen = 197 : i64} : tensor<640x3x12x64xbf16>, tensor<?xi32> -> tensor<640x12x64xbf16>
// CHECK-NEXT: return %[[O]]
func.func @slices(%qkv: tensor<640x3x12x64xbf16>, %offsets: tensor<?xi32>) -> tensor<640x12x64xbf16> {
  %q = tensor.extract_slice %qkv[0, 0, 0, 0] [640, 1, 12, 64] [1, 1, 1, 1]
       : tensor<640x3x12x64xbf16> to tensor<640x12x64xbf16>
  %k = tensor.extract_slice %qkv[0, 1, 0, 0] [640, 1, 12, 64] [1, 1, 1, 1]
       : tensor<640x3x12x64xbf16> to tensor<640x12x64xbf16>
  %v = tensor.extract_slice %qkv[0, 2, 0, 0] [640, 1, 12, 64] [1, 1, 1, 1]
       : tensor<640x3x12x64xbf16> to tensor<640x12x64xbf16>
  %o = ragged.attention %q, %k, %v offsets(%offsets) {max_seqlen = 197 : i64}
       : tensor<640x12x64xbf16>, tensor<640x12x64xbf16>, tensor<640x12x64xbf16>, tensor<?xi32> -> tensor<640x12x64xbf16>
  return %o : tensor<640x12x64xbf16>
}

// CHECK-LABEL: func.func @slices_of_unknown_rows
// CHECK-SAME: (%[[QKV:.*]]: tensor<?x3x12x64xbf16>,
// CHECK-NEXT: ragged.attention %[[QKV]] offsets
func.func @slices_of_unknown_rows(%qkv: tensor<?x3x12x64xbf16>, %offsets: tensor<?xi32>) -> tensor<?x12x64xbf16> {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %qkv, %c0 : tensor<?x3x12x64xbf16>
  %q = tensor.extract_slice %qkv[0, 0, 0, 0] [%n, 1, 12, 64] [1, 1, 1, 1]
       : tensor<?x3x12x64xbf16> to tensor<?x12x64xbf16>
  %k = tensor.extract_slice %qkv[0, 1, 0, 0] [%n, 1, 12, 64] [1, 1, 1, 1]
       : tensor<?x3x12x64xbf16> to tensor<?x12x64xbf16>
  %v = tensor.extract_slice %qkv[0, 2, 0, 0] [%n, 1, 12, 64] [1, 1, 1, 1]
       : tensor<?x3x12x64xbf16> to tensor<?x12x64xbf16>
  %o = ragged.attention %q, %k, %v offsets(%offsets) {max_seqlen = 197 : i64}
       : tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return %o : tensor<?x12x64xbf16>
}

// The first %n rows are not all rows.
// CHECK-LABEL: func.func @slices_of_some_rows
// CHECK: ragged.attention %{{.*}}, %{{.*}}, %{{.*}} offsets
func.func @slices_of_some_rows(%qkv: tensor<?x3x12x64xbf16>, %offsets: tensor<?xi32>, %n: index)
    -> tensor<?x12x64xbf16> {
  %q = tensor.extract_slice %qkv[0, 0, 0, 0] [%n, 1, 12, 64] [1, 1, 1, 1]
       : tensor<?x3x12x64xbf16> to tensor<?x12x64xbf16>
  %k = tensor.extract_slice %qkv[0, 1, 0, 0] [%n, 1, 12, 64] [1, 1, 1, 1]
       : tensor<?x3x12x64xbf16> to tensor<?x12x64xbf16>
  %v = tensor.extract_slice %qkv[0, 2, 0, 0] [%n, 1, 12, 64] [1, 1, 1, 1]
       : tensor<?x3x12x64xbf16> to tensor<?x12x64xbf16>
  %o = ragged.attention %q, %k, %v offsets(%offsets) {max_seqlen = 197 : i64}
       : tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return %o : tensor<?x12x64xbf16>
}

// q, v, k are not q, k, v.
// CHECK-LABEL: func.func @slices_in_another_order
// CHECK: ragged.attention %{{.*}}, %{{.*}}, %{{.*}} offsets
func.func @slices_in_another_order(%qkv: tensor<640x3x12x64xbf16>, %offsets: tensor<?xi32>) -> tensor<640x12x64xbf16> {
  %q = tensor.extract_slice %qkv[0, 0, 0, 0] [640, 1, 12, 64] [1, 1, 1, 1]
       : tensor<640x3x12x64xbf16> to tensor<640x12x64xbf16>
  %k = tensor.extract_slice %qkv[0, 2, 0, 0] [640, 1, 12, 64] [1, 1, 1, 1]
       : tensor<640x3x12x64xbf16> to tensor<640x12x64xbf16>
  %v = tensor.extract_slice %qkv[0, 1, 0, 0] [640, 1, 12, 64] [1, 1, 1, 1]
       : tensor<640x3x12x64xbf16> to tensor<640x12x64xbf16>
  %o = ragged.attention %q, %k, %v offsets(%offsets) {max_seqlen = 197 : i64}
       : tensor<640x12x64xbf16>, tensor<640x12x64xbf16>, tensor<640x12x64xbf16>, tensor<?xi32> -> tensor<640x12x64xbf16>
  return %o : tensor<640x12x64xbf16>
}

// Some of the heads.
// CHECK-LABEL: func.func @slices_of_some_heads
// CHECK: ragged.attention %{{.*}}, %{{.*}}, %{{.*}} offsets
func.func @slices_of_some_heads(%qkv: tensor<640x3x12x64xbf16>, %offsets: tensor<?xi32>) -> tensor<640x6x64xbf16> {
  %q = tensor.extract_slice %qkv[0, 0, 0, 0] [640, 1, 6, 64] [1, 1, 1, 1]
       : tensor<640x3x12x64xbf16> to tensor<640x6x64xbf16>
  %k = tensor.extract_slice %qkv[0, 1, 0, 0] [640, 1, 6, 64] [1, 1, 1, 1]
       : tensor<640x3x12x64xbf16> to tensor<640x6x64xbf16>
  %v = tensor.extract_slice %qkv[0, 2, 0, 0] [640, 1, 6, 64] [1, 1, 1, 1]
       : tensor<640x3x12x64xbf16> to tensor<640x6x64xbf16>
  %o = ragged.attention %q, %k, %v offsets(%offsets) {max_seqlen = 197 : i64}
       : tensor<640x6x64xbf16>, tensor<640x6x64xbf16>, tensor<640x6x64xbf16>, tensor<?xi32> -> tensor<640x6x64xbf16>
  return %o : tensor<640x6x64xbf16>
}

// Slices of two values.
// CHECK-LABEL: func.func @slices_of_two
// CHECK: ragged.attention %{{.*}}, %{{.*}}, %{{.*}} offsets
func.func @slices_of_two(%a: tensor<640x3x12x64xbf16>, %b: tensor<640x3x12x64xbf16>, %offsets: tensor<?xi32>)
    -> tensor<640x12x64xbf16> {
  %q = tensor.extract_slice %a[0, 0, 0, 0] [640, 1, 12, 64] [1, 1, 1, 1]
       : tensor<640x3x12x64xbf16> to tensor<640x12x64xbf16>
  %k = tensor.extract_slice %a[0, 1, 0, 0] [640, 1, 12, 64] [1, 1, 1, 1]
       : tensor<640x3x12x64xbf16> to tensor<640x12x64xbf16>
  %v = tensor.extract_slice %b[0, 2, 0, 0] [640, 1, 12, 64] [1, 1, 1, 1]
       : tensor<640x3x12x64xbf16> to tensor<640x12x64xbf16>
  %o = ragged.attention %q, %k, %v offsets(%offsets) {max_seqlen = 197 : i64}
       : tensor<640x12x64xbf16>, tensor<640x12x64xbf16>, tensor<640x12x64xbf16>, tensor<?xi32> -> tensor<640x12x64xbf16>
  return %o : tensor<640x12x64xbf16>
}

// -----

//===----------------------------------------------------------------------===//
// pack of unpack
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func.func @pack_of_unpack
// CHECK: %[[ROWS:.*]], %[[OFFSETS:.*]], %[[INDICES:.*]] = ragged.pack
// CHECK-NEXT: return %[[ROWS]], %[[OFFSETS]], %[[INDICES]]
func.func @pack_of_unpack(%x: tensor<?x197x768xbf16>, %keep: tensor<?x197xi1>)
    -> (tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32>) {
  %r0, %o0, %i0 = ragged.pack %x, %keep
       : tensor<?x197x768xbf16>, tensor<?x197xi1> -> tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32>
  %y = ragged.unpack %r0, %i0, %o0
       : tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32> -> tensor<?x197x768xbf16>
  %r1, %o1, %i1 = ragged.pack %y, %keep
       : tensor<?x197x768xbf16>, tensor<?x197xi1> -> tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32>
  return %r1, %o1, %i1 : tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32>
}

// Other rows with the same keep, which is the case that occurs: attention between pack and unpack.
// CHECK-LABEL: func.func @pack_of_unpack_of_other_rows
// CHECK-SAME: %[[R:[a-z0-9]+]]: tensor<?x384xbf16>
// CHECK: %{{.*}}, %[[OFFSETS:.*]], %[[INDICES:.*]] = ragged.pack
// CHECK-NEXT: return %[[R]], %[[OFFSETS]], %[[INDICES]]
func.func @pack_of_unpack_of_other_rows(%x: tensor<?x197x768xbf16>, %keep: tensor<?x197xi1>, %r: tensor<?x384xbf16>)
    -> (tensor<?x384xbf16>, tensor<?xi32>, tensor<?xi32>) {
  %r0, %o0, %i0 = ragged.pack %x, %keep
       : tensor<?x197x768xbf16>, tensor<?x197xi1> -> tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32>
  %y = ragged.unpack %r, %i0, %o0
       : tensor<?x384xbf16>, tensor<?xi32>, tensor<?xi32> -> tensor<?x197x384xbf16>
  %r1, %o1, %i1 = ragged.pack %y, %keep
       : tensor<?x197x384xbf16>, tensor<?x197xi1> -> tensor<?x384xbf16>, tensor<?xi32>, tensor<?xi32>
  return %r1, %o1, %i1 : tensor<?x384xbf16>, tensor<?xi32>, tensor<?xi32>
}

// Another keep chooses other rows, some of them fill.
// CHECK-LABEL: func.func @pack_of_unpack_with_another_keep
// CHECK-COUNT-2: ragged.pack
func.func @pack_of_unpack_with_another_keep(%x: tensor<?x197x768xbf16>, %keep: tensor<?x197xi1>,
                                            %other: tensor<?x197xi1>) -> tensor<?x768xbf16> {
  %r0, %o0, %i0 = ragged.pack %x, %keep
       : tensor<?x197x768xbf16>, tensor<?x197xi1> -> tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32>
  %y = ragged.unpack %r0, %i0, %o0
       : tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32> -> tensor<?x197x768xbf16>
  %r1, %o1, %i1 = ragged.pack %y, %other
       : tensor<?x197x768xbf16>, tensor<?x197xi1> -> tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32>
  return %r1 : tensor<?x768xbf16>
}

// Indices that come from elsewhere say nothing about keep.
// CHECK-LABEL: func.func @pack_of_unpack_with_other_indices
// CHECK-COUNT-2: ragged.pack
func.func @pack_of_unpack_with_other_indices(%x: tensor<?x197x768xbf16>, %keep: tensor<?x197xi1>, %i: tensor<?xi32>)
    -> tensor<?x768xbf16> {
  %r0, %o0, %i0 = ragged.pack %x, %keep
       : tensor<?x197x768xbf16>, tensor<?x197xi1> -> tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32>
  %y = ragged.unpack %r0, %i, %o0
       : tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32> -> tensor<?x197x768xbf16>
  %r1, %o1, %i1 = ragged.pack %y, %keep
       : tensor<?x197x768xbf16>, tensor<?x197xi1> -> tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32>
  return %r1 : tensor<?x768xbf16>
}

// -----

//===----------------------------------------------------------------------===//
// unpack of pack
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func.func @unpack_of_pack_of_all
// CHECK-SAME: %[[X:.*]]: tensor<2x3x8xbf16>
// CHECK-NEXT: return %[[X]]
func.func @unpack_of_pack_of_all(%x: tensor<2x3x8xbf16>) -> tensor<2x3x8xbf16> {
  %keep = arith.constant dense<true> : tensor<2x3xi1>
  %r, %o, %i = ragged.pack %x, %keep
       : tensor<2x3x8xbf16>, tensor<2x3xi1> -> tensor<6x8xbf16>, tensor<3xi32>, tensor<6xi32>
  %y = ragged.unpack %r, %i, %o {fill = 7.0}
       : tensor<6x8xbf16>, tensor<6xi32>, tensor<3xi32> -> tensor<2x3x8xbf16>
  return %y : tensor<2x3x8xbf16>
}

// Rows that were dropped become fill, so this is not x.
// CHECK-LABEL: func.func @unpack_of_pack_of_some
// CHECK: %[[Y:.*]] = ragged.unpack
// CHECK-NEXT: return %[[Y]]
func.func @unpack_of_pack_of_some(%x: tensor<2x3x8xbf16>) -> tensor<2x3x8xbf16> {
  %keep = arith.constant dense<[[true, true, true], [true, false, true]]> : tensor<2x3xi1>
  %r, %o, %i = ragged.pack %x, %keep
       : tensor<2x3x8xbf16>, tensor<2x3xi1> -> tensor<6x8xbf16>, tensor<3xi32>, tensor<6xi32>
  %y = ragged.unpack %r, %i, %o
       : tensor<6x8xbf16>, tensor<6xi32>, tensor<3xi32> -> tensor<2x3x8xbf16>
  return %y : tensor<2x3x8xbf16>
}

// CHECK-LABEL: func.func @unpack_of_pack_of_none
// CHECK: ragged.unpack
func.func @unpack_of_pack_of_none(%x: tensor<2x3x8xbf16>) -> tensor<2x3x8xbf16> {
  %keep = arith.constant dense<false> : tensor<2x3xi1>
  %r, %o, %i = ragged.pack %x, %keep
       : tensor<2x3x8xbf16>, tensor<2x3xi1> -> tensor<6x8xbf16>, tensor<3xi32>, tensor<6xi32>
  %y = ragged.unpack %r, %i, %o
       : tensor<6x8xbf16>, tensor<6xi32>, tensor<3xi32> -> tensor<2x3x8xbf16>
  return %y : tensor<2x3x8xbf16>
}

// CHECK-LABEL: func.func @unpack_of_pack_of_unknown
// CHECK: ragged.unpack
func.func @unpack_of_pack_of_unknown(%x: tensor<?x197x768xbf16>, %keep: tensor<?x197xi1>) -> tensor<?x197x768xbf16> {
  %r, %o, %i = ragged.pack %x, %keep
       : tensor<?x197x768xbf16>, tensor<?x197xi1> -> tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32>
  %y = ragged.unpack %r, %i, %o
       : tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32> -> tensor<?x197x768xbf16>
  return %y : tensor<?x197x768xbf16>
}

// Rows of another pack.
// CHECK-LABEL: func.func @unpack_of_two_packs
// CHECK: ragged.unpack
func.func @unpack_of_two_packs(%x: tensor<2x3x8xbf16>, %z: tensor<2x3x8xbf16>) -> tensor<2x3x8xbf16> {
  %keep = arith.constant dense<true> : tensor<2x3xi1>
  %r, %o, %i = ragged.pack %x, %keep
       : tensor<2x3x8xbf16>, tensor<2x3xi1> -> tensor<6x8xbf16>, tensor<3xi32>, tensor<6xi32>
  %r1, %o1, %i1 = ragged.pack %z, %keep
       : tensor<2x3x8xbf16>, tensor<2x3xi1> -> tensor<6x8xbf16>, tensor<3xi32>, tensor<6xi32>
  %y = ragged.unpack %r1, %i, %o
       : tensor<6x8xbf16>, tensor<6xi32>, tensor<3xi32> -> tensor<2x3x8xbf16>
  return %y : tensor<2x3x8xbf16>
}

// The same positions cut into items of another length.
// CHECK-LABEL: func.func @unpack_to_another_length
// CHECK: ragged.unpack
func.func @unpack_to_another_length(%x: tensor<2x3x8xbf16>) -> tensor<2x4x8xbf16> {
  %keep = arith.constant dense<true> : tensor<2x3xi1>
  %r, %o, %i = ragged.pack %x, %keep
       : tensor<2x3x8xbf16>, tensor<2x3xi1> -> tensor<6x8xbf16>, tensor<3xi32>, tensor<6xi32>
  %y = ragged.unpack %r, %i, %o
       : tensor<6x8xbf16>, tensor<6xi32>, tensor<3xi32> -> tensor<2x4x8xbf16>
  return %y : tensor<2x4x8xbf16>
}

// -----

//===----------------------------------------------------------------------===//
// unpack: fill
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func.func @fill_of_f32
// CHECK: ragged.unpack %{{.*}}, %{{.*}}, %{{.*}} : tensor<?x8xbf16>
// CHECK: {fill = 1.500000e+00 : f64}
// CHECK: {fill = -0.000000e+00 : f64}
// CHECK: {fill = 0x7FC00000 : f32}
func.func @fill_of_f32(%r: tensor<?x8xbf16>, %i: tensor<?xi32>, %o: tensor<?xi32>)
    -> (tensor<?x3x8xbf16>, tensor<?x3x8xbf16>, tensor<?x3x8xbf16>, tensor<?x3x8xbf16>) {
  %a = ragged.unpack %r, %i, %o {fill = 0.0 : f32}
       : tensor<?x8xbf16>, tensor<?xi32>, tensor<?xi32> -> tensor<?x3x8xbf16>
  %b = ragged.unpack %r, %i, %o {fill = 1.5 : f32}
       : tensor<?x8xbf16>, tensor<?xi32>, tensor<?xi32> -> tensor<?x3x8xbf16>
  %c = ragged.unpack %r, %i, %o {fill = -0.0}
       : tensor<?x8xbf16>, tensor<?xi32>, tensor<?xi32> -> tensor<?x3x8xbf16>
  %d = ragged.unpack %r, %i, %o {fill = 0x7FC00000 : f32}
       : tensor<?x8xbf16>, tensor<?xi32>, tensor<?xi32> -> tensor<?x3x8xbf16>
  return %a, %b, %c, %d : tensor<?x3x8xbf16>, tensor<?x3x8xbf16>, tensor<?x3x8xbf16>, tensor<?x3x8xbf16>
}

// -----

//===----------------------------------------------------------------------===//
// what nobody reads
//===----------------------------------------------------------------------===//

// CHECK-LABEL: func.func @unused
// CHECK-NEXT: return
func.func @unused(%qkv: tensor<?x3x12x64xbf16>, %x: tensor<?x197x768xbf16>, %keep: tensor<?x197xi1>,
                  %offsets: tensor<?xi32>) {
  %o = ragged.attention %qkv offsets(%offsets) : tensor<?x3x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  %r:3 = ragged.pack %x, %keep
       : tensor<?x197x768xbf16>, tensor<?x197xi1> -> tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32>
  return
}
