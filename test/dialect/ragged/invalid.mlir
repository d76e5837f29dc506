// One test per constraint of RaggedOps.td and RaggedAttrs.td, named after its label.
// RUN: ragged-opt %s --split-input-file --verify-diagnostics

//===----------------------------------------------------------------------===//
// attention
//===----------------------------------------------------------------------===//

func.func @attention_c1(%q: tensor<?x12x64xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{'ragged.attention' op expected q alone, packed, or q, k and v, got q and k}}
  %o = "ragged.attention"(%q, %q, %offsets) <{operandSegmentSizes = array<i32: 1, 1, 0, 1>}>
       : (tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32>) -> tensor<?x12x64xbf16>
  return
}

// -----

func.func @attention_c1_types(%q: tensor<?x12x64xbf16>, %offsets: tensor<?xi32>) {
  %o = ragged.attention %q, %q, %q offsets(%offsets)
       // expected-error @+1 {{expected 4 operand types, one per operand, got 2}}
       : tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return
}

// -----

func.func @attention_c1_ranked(%q: tensor<*xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<?x12x64xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{'ragged.attention' op operand #0 must be ranked tensor of any type values, but got 'tensor<*xbf16>'}}
  %o = ragged.attention %q, %k, %v offsets(%offsets)
       : tensor<*xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return
}

// -----

func.func @attention_c2_packed(%qkv: tensor<?x12x64xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected a packed operand of (rows, 3, heads, dim), got 'tensor<?x12x64xbf16>'}}
  %o = ragged.attention %qkv offsets(%offsets)
       : tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return
}

// -----

func.func @attention_c2_packed_three(%qkv: tensor<?x2x12x64xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected a packed operand of (rows, 3, heads, dim), got 'tensor<?x2x12x64xbf16>'}}
  %o = ragged.attention %qkv offsets(%offsets)
       : tensor<?x2x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return
}

// -----

func.func @attention_c2_q(%q: tensor<?x3x12x64xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<?x12x64xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected q to be (rows, heads, dim), got 'tensor<?x3x12x64xbf16>'}}
  %o = ragged.attention %q, %k, %v offsets(%offsets)
       : tensor<?x3x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return
}

// -----

func.func @attention_c2_v(%q: tensor<?x12x64xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<?x64xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected v to be (rows, heads, dim), got 'tensor<?x64xbf16>'}}
  %o = ragged.attention %q, %k, %v offsets(%offsets)
       : tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return
}

// -----

func.func @attention_c2_out(%q: tensor<?x12x64xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<?x12x64xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected the result to be (rows, heads, dim), got 'tensor<?x768xbf16>'}}
  %o = ragged.attention %q, %k, %v offsets(%offsets)
       : tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x768xbf16>
  return
}

// -----

func.func @attention_c3(%q: tensor<?x12x64xf64>, %k: tensor<?x12x64xf64>, %v: tensor<?x12x64xf64>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected an element type of bf16, f16 or f32, got 'f64'}}
  %o = ragged.attention %q, %k, %v offsets(%offsets)
       : tensor<?x12x64xf64>, tensor<?x12x64xf64>, tensor<?x12x64xf64>, tensor<?xi32> -> tensor<?x12x64xf64>
  return
}

// -----

func.func @attention_c3_integer(%q: tensor<?x12x64xi8>, %k: tensor<?x12x64xi8>, %v: tensor<?x12x64xi8>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected an element type of bf16, f16 or f32, got 'i8'}}
  %o = ragged.attention %q, %k, %v offsets(%offsets)
       : tensor<?x12x64xi8>, tensor<?x12x64xi8>, tensor<?x12x64xi8>, tensor<?xi32> -> tensor<?x12x64xi8>
  return
}

// -----

func.func @attention_c3_mixed(%q: tensor<?x12x64xbf16>, %k: tensor<?x12x64xf16>, %v: tensor<?x12x64xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected k to have the element type of q, 'bf16', got 'f16'}}
  %o = ragged.attention %q, %k, %v offsets(%offsets)
       : tensor<?x12x64xbf16>, tensor<?x12x64xf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return
}

// -----

func.func @attention_c3_out(%q: tensor<?x12x64xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<?x12x64xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected the result to have the element type of q, 'bf16', got 'f32'}}
  %o = ragged.attention %q, %k, %v offsets(%offsets)
       : tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xf32>
  return
}

// -----

func.func @attention_c4_60(%q: tensor<?x12x60xbf16>, %k: tensor<?x12x60xbf16>, %v: tensor<?x12x60xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected head dimension to be a multiple of 8 from 16 to 256, got 60}}
  %o = ragged.attention %q, %k, %v offsets(%offsets)
       : tensor<?x12x60xbf16>, tensor<?x12x60xbf16>, tensor<?x12x60xbf16>, tensor<?xi32> -> tensor<?x12x60xbf16>
  return
}

// -----

func.func @attention_c4_8(%q: tensor<?x12x8xbf16>, %k: tensor<?x12x8xbf16>, %v: tensor<?x12x8xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected head dimension to be a multiple of 8 from 16 to 256, got 8}}
  %o = ragged.attention %q, %k, %v offsets(%offsets)
       : tensor<?x12x8xbf16>, tensor<?x12x8xbf16>, tensor<?x12x8xbf16>, tensor<?xi32> -> tensor<?x12x8xbf16>
  return
}

// -----

func.func @attention_c4_264(%q: tensor<?x12x264xbf16>, %k: tensor<?x12x264xbf16>, %v: tensor<?x12x264xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected head dimension to be a multiple of 8 from 16 to 256, got 264}}
  %o = ragged.attention %q, %k, %v offsets(%offsets)
       : tensor<?x12x264xbf16>, tensor<?x12x264xbf16>, tensor<?x12x264xbf16>, tensor<?xi32> -> tensor<?x12x264xbf16>
  return
}

// -----

func.func @attention_c4_v(%q: tensor<?x12x64xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<?x12x36xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected head dimension to be a multiple of 8 from 16 to 256, got 36}}
  %o = ragged.attention %q, %k, %v offsets(%offsets)
       : tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x36xbf16>, tensor<?xi32> -> tensor<?x12x36xbf16>
  return
}

// -----

func.func @attention_c4_packed(%qkv: tensor<?x3x12x60xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected head dimension to be a multiple of 8 from 16 to 256, got 60}}
  %o = ragged.attention %qkv offsets(%offsets)
       : tensor<?x3x12x60xbf16>, tensor<?xi32> -> tensor<?x12x60xbf16>
  return
}

// -----

func.func @attention_c5(%q: tensor<?x12x32xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<?x12x64xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected q and k to have the same head dimension, got 32 and 64}}
  %o = ragged.attention %q, %k, %v offsets(%offsets)
       : tensor<?x12x32xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return
}

// -----

func.func @attention_c6(%q: tensor<?x12x64xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<?x6x64xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected k and v to have the same heads, got 12 and 6}}
  %o = ragged.attention %q, %k, %v offsets(%offsets)
       : tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x6x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return
}

// -----

func.func @attention_c7(%q: tensor<?x16x64xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<?x12x64xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected the heads of q to be a multiple of those of k, 12, got 16}}
  %o = ragged.attention %q, %k, %v offsets(%offsets)
       : tensor<?x16x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x16x64xbf16>
  return
}

// -----

func.func @attention_c7_fewer(%q: tensor<?x6x64xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<?x12x64xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected the heads of q to be a multiple of those of k, 12, got 6}}
  %o = ragged.attention %q, %k, %v offsets(%offsets)
       : tensor<?x6x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x6x64xbf16>
  return
}

// -----

func.func @attention_c7_none(%q: tensor<?x0x64xbf16>, %k: tensor<?x0x64xbf16>, %v: tensor<?x0x64xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected heads to be from 1 to 65535, got 0}}
  %o = ragged.attention %q, %k, %v offsets(%offsets)
       : tensor<?x0x64xbf16>, tensor<?x0x64xbf16>, tensor<?x0x64xbf16>, tensor<?xi32> -> tensor<?x0x64xbf16>
  return
}

// -----

func.func @attention_c7_many(%q: tensor<?x65536x64xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<?x12x64xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected heads to be from 1 to 65535, got 65536}}
  %o = ragged.attention %q, %k, %v offsets(%offsets)
       : tensor<?x65536x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x65536x64xbf16>
  return
}

// -----

func.func @attention_c8_heads(%q: tensor<?x12x64xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<?x12x64xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected the result to have the heads of q, 12, got 6}}
  %o = ragged.attention %q, %k, %v offsets(%offsets)
       : tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x6x64xbf16>
  return
}

// -----

func.func @attention_c8_dim(%q: tensor<?x12x64xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<?x12x64xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected the result to have the head dimension of v, 64, got 32}}
  %o = ragged.attention %q, %k, %v offsets(%offsets)
       : tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x12x32xbf16>
  return
}

// -----

func.func @attention_c9(%q: tensor<100x12x64xbf16>, %k: tensor<101x12x64xbf16>, %v: tensor<?x12x64xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected k to have the rows of the operands before it, 100, got 101}}
  %o = ragged.attention %q, %k, %v offsets(%offsets)
       : tensor<100x12x64xbf16>, tensor<101x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return
}

// -----

func.func @attention_c9_out(%q: tensor<?x12x64xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<100x12x64xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected the result to have the rows of the operands before it, 100, got 99}}
  %o = ragged.attention %q, %k, %v offsets(%offsets)
       : tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<100x12x64xbf16>, tensor<?xi32> -> tensor<99x12x64xbf16>
  return
}

// -----

func.func @attention_c9_most(%q: tensor<2147483648x12x64xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<?x12x64xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected at most 2147483647 rows, got 2147483648}}
  %o = ragged.attention %q, %k, %v offsets(%offsets)
       : tensor<2147483648x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return
}

// -----

func.func @attention_c10(%q: tensor<?x12x64xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<?x12x64xbf16>, %offsets: tensor<?xi64>) {
  // expected-error @+1 {{expected offsets to be a one-dimensional tensor of i32, got 'tensor<?xi64>'}}
  %o = ragged.attention %q, %k, %v offsets(%offsets)
       : tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi64> -> tensor<?x12x64xbf16>
  return
}

// -----

func.func @attention_c10_rank(%q: tensor<?x12x64xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<?x12x64xbf16>, %offsets: tensor<?x1xi32>) {
  // expected-error @+1 {{expected offsets to be a one-dimensional tensor of i32, got 'tensor<?x1xi32>'}}
  %o = ragged.attention %q, %k, %v offsets(%offsets)
       : tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x1xi32> -> tensor<?x12x64xbf16>
  return
}

// -----

func.func @attention_c10_signed(%q: tensor<?x12x64xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<?x12x64xbf16>, %offsets: tensor<?xui32>) {
  // expected-error @+1 {{expected offsets to be a one-dimensional tensor of i32, got 'tensor<?xui32>'}}
  %o = ragged.attention %q, %k, %v offsets(%offsets)
       : tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xui32> -> tensor<?x12x64xbf16>
  return
}

// -----

func.func @attention_c10_empty(%q: tensor<?x12x64xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<?x12x64xbf16>, %offsets: tensor<0xi32>) {
  // expected-error @+1 {{expected offsets to have batch+1 elements, at least 1, got 0}}
  %o = ragged.attention %q, %k, %v offsets(%offsets)
       : tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<0xi32> -> tensor<?x12x64xbf16>
  return
}

// -----

func.func @attention_c11_0(%q: tensor<?x12x64xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<?x12x64xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected max_seqlen to be from 1 to 65536, got 0}}
  %o = ragged.attention %q, %k, %v offsets(%offsets) {max_seqlen = 0 : i64}
       : tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return
}

// -----

func.func @attention_c11_minus(%q: tensor<?x12x64xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<?x12x64xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected max_seqlen to be from 1 to 65536, got -1}}
  %o = ragged.attention %q, %k, %v offsets(%offsets) {max_seqlen = -1 : i64}
       : tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return
}

// -----

func.func @attention_c11_most(%q: tensor<?x12x64xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<?x12x64xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected max_seqlen to be from 1 to 65536, got 65537}}
  %o = ragged.attention %q, %k, %v offsets(%offsets) {max_seqlen = 65537 : i64}
       : tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return
}

// -----

func.func @attention_c11_type(%q: tensor<?x12x64xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<?x12x64xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{'ragged.attention' op attribute 'max_seqlen' failed to satisfy constraint: 64-bit signless integer attribute}}
  %o = ragged.attention %q, %k, %v offsets(%offsets) {max_seqlen = 197 : i32}
       : tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return
}

// -----

func.func @attention_c12_block_m(%q: tensor<?x12x64xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<?x12x64xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected block_m to be a multiple of 16 from 16 to 256, got 40}}
  %o = ragged.attention %q, %k, %v offsets(%offsets) {block_m = 40 : i64}
       : tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return
}

// -----

func.func @attention_c12_block_m_0(%q: tensor<?x12x64xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<?x12x64xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected block_m to be a multiple of 16 from 16 to 256, got 0}}
  %o = ragged.attention %q, %k, %v offsets(%offsets) {block_m = 0 : i64}
       : tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return
}

// -----

func.func @attention_c12_block_n(%q: tensor<?x12x64xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<?x12x64xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected block_n to be a multiple of 16 from 16 to 256, got 272}}
  %o = ragged.attention %q, %k, %v offsets(%offsets) {block_n = 272 : i64}
       : tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return
}

// -----

func.func @attention_c13(%q: tensor<?x12x64xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<?x12x64xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected scale to be finite and positive, got 0.000000e+00 : f32}}
  %o = ragged.attention %q, %k, %v offsets(%offsets) {scale = 0.0 : f32}
       : tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return
}

// -----

func.func @attention_c13_negative(%q: tensor<?x12x64xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<?x12x64xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected scale to be finite and positive, got -1.250000e-01 : f32}}
  %o = ragged.attention %q, %k, %v offsets(%offsets) {scale = -0.125 : f32}
       : tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return
}

// -----

func.func @attention_c13_infinite(%q: tensor<?x12x64xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<?x12x64xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected scale to be finite and positive, got 0x7F800000 : f32}}
  %o = ragged.attention %q, %k, %v offsets(%offsets) {scale = 0x7F800000 : f32}
       : tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return
}

// -----

func.func @attention_c13_nan(%q: tensor<?x12x64xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<?x12x64xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected scale to be finite and positive, got 0x7FC00000 : f32}}
  %o = ragged.attention %q, %k, %v offsets(%offsets) {scale = 0x7FC00000 : f32}
       : tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return
}

// -----

func.func @attention_c14(%q: tensor<?x12x64xbf16, "column major">, %k: tensor<?x12x64xbf16>, %v: tensor<?x12x64xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected no encoding but #ragged.strides, got "column major"}}
  %o = ragged.attention %q, %k, %v offsets(%offsets)
       : tensor<?x12x64xbf16, "column major">, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return
}

// -----

func.func @attention_c14_offsets(%q: tensor<?x12x64xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<?x12x64xbf16>, %offsets: tensor<?xi32, #ragged.strides<[1]>>) {
  // expected-error @+1 {{expected offsets to be contiguous, got 'tensor<?xi32, #ragged.strides<[1]>>'}}
  %o = ragged.attention %q, %k, %v offsets(%offsets)
       : tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32, #ragged.strides<[1]>> -> tensor<?x12x64xbf16>
  return
}

// -----

//===----------------------------------------------------------------------===//
// #ragged.strides
//===----------------------------------------------------------------------===//

// expected-error @+1 {{expected 3 strides for a tensor of rank 3, got 2}}
func.func private @strides_c1(tensor<?x12x64xbf16, #ragged.strides<[768, 1]>>)

// -----

// expected-error @+1 {{expected the innermost stride to be 1, got 2}}
func.func private @strides_c2(tensor<?x12x64xbf16, #ragged.strides<[1536, 128, 2]>>)

// -----

// expected-error @+1 {{expected every stride but the innermost to be a multiple of 8 from 8 to 2147483640, got 0}}
func.func private @strides_c3_0(tensor<?x12x64xbf16, #ragged.strides<[0, 64, 1]>>)

// -----

// expected-error @+1 {{expected every stride but the innermost to be a multiple of 8 from 8 to 2147483640, got -768}}
func.func private @strides_c3_minus(tensor<?x12x64xbf16, #ragged.strides<[-768, 64, 1]>>)

// -----

// expected-error @+1 {{expected every stride but the innermost to be a multiple of 8 from 8 to 2147483640, got 772}}
func.func private @strides_c3_multiple(tensor<?x12x64xbf16, #ragged.strides<[772, 64, 1]>>)

// -----

// expected-error @+1 {{expected every stride but the innermost to be a multiple of 8 from 8 to 2147483640, got 2147483648}}
func.func private @strides_c3_most(tensor<?x12x64xbf16, #ragged.strides<[2147483648, 64, 1]>>)

// -----

// expected-error @+1 {{expected the stride of dimension 1 to be at least 64, the span of the dimensions inside it, got 56}}
func.func private @strides_c4(tensor<?x12x64xbf16, #ragged.strides<[768, 56, 1]>>)

// -----

// expected-error @+1 {{expected the stride of dimension 0 to be at least 768, the span of the dimensions inside it, got 760}}
func.func private @strides_c4_rows(tensor<?x12x64xbf16, #ragged.strides<[760, 64, 1]>>)

// -----

// expected-error @+1 {{expected the stride of dimension 1 to be at least 768, the span of the dimensions inside it, got 384}}
func.func private @strides_c4_packed(tensor<?x3x12x64xbf16, #ragged.strides<[2304, 384, 64, 1]>>)

// -----

// expected-error @+1 {{expected the stride of dimension 1 to be at least 6400, the span of the dimensions inside it, got 6392}}
func.func private @strides_c4_heads_outermost(tensor<100x12x64xbf16, #ragged.strides<[64, 6392, 1]>>)

// -----

// expected-error @+1 {{expected the stride of dimension 1 to be at least 128, the span of the dimensions inside it, got 64}}
func.func private @strides_c4_same(tensor<?x12x64xbf16, #ragged.strides<[64, 64, 1]>>)

// -----

//===----------------------------------------------------------------------===//
// pack
//===----------------------------------------------------------------------===//

func.func @pack_c1(%x: tensor<?x197xbf16>, %keep: tensor<?x197xi1>) {
  // expected-error @+1 {{expected x to be (batch, N, ...) of bf16, f16 or f32, got 'tensor<?x197xbf16>'}}
  %rows, %offsets, %indices = ragged.pack %x, %keep
       : tensor<?x197xbf16>, tensor<?x197xi1> -> tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32>
  return
}

// -----

func.func @pack_c1_type(%x: tensor<?x197x768xf64>, %keep: tensor<?x197xi1>) {
  // expected-error @+1 {{expected x to be (batch, N, ...) of bf16, f16 or f32, got 'tensor<?x197x768xf64>'}}
  %rows, %offsets, %indices = ragged.pack %x, %keep
       : tensor<?x197x768xf64>, tensor<?x197xi1> -> tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32>
  return
}

// -----

func.func @pack_c2(%x: tensor<?x197x768xbf16>, %keep: tensor<?x197xi8>) {
  // expected-error @+1 {{expected keep to be a tensor of i1 of the first two dimensions of x, ?x197, got 'tensor<?x197xi8>'}}
  %rows, %offsets, %indices = ragged.pack %x, %keep
       : tensor<?x197x768xbf16>, tensor<?x197xi8> -> tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32>
  return
}

// -----

func.func @pack_c2_rank(%x: tensor<?x197x768xbf16>, %keep: tensor<?xi1>) {
  // expected-error @+1 {{expected keep to be a tensor of i1 of the first two dimensions of x, ?x197, got 'tensor<?xi1>'}}
  %rows, %offsets, %indices = ragged.pack %x, %keep
       : tensor<?x197x768xbf16>, tensor<?xi1> -> tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32>
  return
}

// -----

func.func @pack_c2_length(%x: tensor<?x197x768xbf16>, %keep: tensor<?x196xi1>) {
  // expected-error @+1 {{expected keep to be a tensor of i1 of the first two dimensions of x, ?x197, got 'tensor<?x196xi1>'}}
  %rows, %offsets, %indices = ragged.pack %x, %keep
       : tensor<?x197x768xbf16>, tensor<?x196xi1> -> tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32>
  return
}

// -----

func.func @pack_c2_batch(%x: tensor<4x197x768xbf16>, %keep: tensor<3x197xi1>) {
  // expected-error @+1 {{expected keep to be a tensor of i1 of the first two dimensions of x, 4x197, got 'tensor<3x197xi1>'}}
  %rows, %offsets, %indices = ragged.pack %x, %keep
       : tensor<4x197x768xbf16>, tensor<3x197xi1> -> tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32>
  return
}

// -----

func.func @pack_c3(%x: tensor<?x197x768xbf16>, %keep: tensor<?x197xi1>) {
  // expected-error @+1 {{expected rows to have the element type and the row dimensions of x, 'tensor<?x197x768xbf16>', got 'tensor<?x768xf16>'}}
  %rows, %offsets, %indices = ragged.pack %x, %keep
       : tensor<?x197x768xbf16>, tensor<?x197xi1> -> tensor<?x768xf16>, tensor<?xi32>, tensor<?xi32>
  return
}

// -----

func.func @pack_c3_rank(%x: tensor<?x197x768xbf16>, %keep: tensor<?x197xi1>) {
  // expected-error @+1 {{expected rows to have the element type and the row dimensions of x, 'tensor<?x197x768xbf16>', got 'tensor<?x12x64xbf16>'}}
  %rows, %offsets, %indices = ragged.pack %x, %keep
       : tensor<?x197x768xbf16>, tensor<?x197xi1> -> tensor<?x12x64xbf16>, tensor<?xi32>, tensor<?xi32>
  return
}

// -----

func.func @pack_c3_dim(%x: tensor<?x197x768xbf16>, %keep: tensor<?x197xi1>) {
  // expected-error @+1 {{expected rows to have the element type and the row dimensions of x, 'tensor<?x197x768xbf16>', got 'tensor<?x384xbf16>'}}
  %rows, %offsets, %indices = ragged.pack %x, %keep
       : tensor<?x197x768xbf16>, tensor<?x197xi1> -> tensor<?x384xbf16>, tensor<?xi32>, tensor<?xi32>
  return
}

// -----

func.func @pack_c4(%x: tensor<?x197x768xbf16>, %keep: tensor<?x197xi1>) {
  // expected-error @+1 {{expected offsets to be a one-dimensional tensor of i32, got 'tensor<?xi64>'}}
  %rows, %offsets, %indices = ragged.pack %x, %keep
       : tensor<?x197x768xbf16>, tensor<?x197xi1> -> tensor<?x768xbf16>, tensor<?xi64>, tensor<?xi32>
  return
}

// -----

func.func @pack_c4_batch(%x: tensor<4x197x768xbf16>, %keep: tensor<?x197xi1>) {
  // expected-error @+1 {{expected offsets to have batch+1 elements, 5, got 4}}
  %rows, %offsets, %indices = ragged.pack %x, %keep
       : tensor<4x197x768xbf16>, tensor<?x197xi1> -> tensor<?x768xbf16>, tensor<4xi32>, tensor<?xi32>
  return
}

// -----

func.func @pack_c4_empty(%x: tensor<?x197x768xbf16>, %keep: tensor<?x197xi1>) {
  // expected-error @+1 {{expected offsets to have batch+1 elements, at least 1, got 0}}
  %rows, %offsets, %indices = ragged.pack %x, %keep
       : tensor<?x197x768xbf16>, tensor<?x197xi1> -> tensor<?x768xbf16>, tensor<0xi32>, tensor<?xi32>
  return
}

// -----

func.func @pack_c5(%x: tensor<?x197x768xbf16>, %keep: tensor<?x197xi1>) {
  // expected-error @+1 {{expected indices to be a one-dimensional tensor of i32, got 'tensor<?xindex>'}}
  %rows, %offsets, %indices = ragged.pack %x, %keep
       : tensor<?x197x768xbf16>, tensor<?x197xi1> -> tensor<?x768xbf16>, tensor<?xi32>, tensor<?xindex>
  return
}

// -----

func.func @pack_c6(%x: tensor<4x197x768xbf16>, %keep: tensor<?x197xi1>) {
  // expected-error @+1 {{expected rows to have a capacity of batch * N, 788, got 640}}
  %rows, %offsets, %indices = ragged.pack %x, %keep
       : tensor<4x197x768xbf16>, tensor<?x197xi1> -> tensor<640x768xbf16>, tensor<?xi32>, tensor<?xi32>
  return
}

// -----

func.func @pack_c6_unknown(%x: tensor<?x197x768xbf16>, %keep: tensor<?x197xi1>) {
  // expected-error @+1 {{expected indices to have a capacity of batch * N, ?, got 197}}
  %rows, %offsets, %indices = ragged.pack %x, %keep
       : tensor<?x197x768xbf16>, tensor<?x197xi1> -> tensor<?x768xbf16>, tensor<?xi32>, tensor<197xi32>
  return
}

// -----

func.func @pack_c7_bytes(%x: tensor<?x197x7xbf16>, %keep: tensor<?x197xi1>) {
  // expected-error @+1 {{expected the bytes of a row to be a multiple of 4, at most 2147483647 elements, got 7 elements of 'bf16'}}
  %rows, %offsets, %indices = ragged.pack %x, %keep
       : tensor<?x197x7xbf16>, tensor<?x197xi1> -> tensor<?x7xbf16>, tensor<?xi32>, tensor<?xi32>
  return
}

// -----

func.func @pack_c7_large(%x: tensor<?x197x65536x65536xf32>, %keep: tensor<?x197xi1>) {
  // expected-error @+1 {{expected the bytes of a row to be a multiple of 4, at most 2147483647 elements, got 4294967296 elements of 'f32'}}
  %rows, %offsets, %indices = ragged.pack %x, %keep
       : tensor<?x197x65536x65536xf32>, tensor<?x197xi1> -> tensor<?x65536x65536xf32>, tensor<?xi32>, tensor<?xi32>
  return
}

// -----

func.func @pack_c7_length(%x: tensor<?x0x768xbf16>, %keep: tensor<?x0xi1>) {
  // expected-error @+1 {{expected a padded length of at least 1, got 0}}
  %rows, %offsets, %indices = ragged.pack %x, %keep
       : tensor<?x0x768xbf16>, tensor<?x0xi1> -> tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32>
  return
}

// -----

func.func @pack_c7_row(%x: tensor<?x197x0xbf16>, %keep: tensor<?x197xi1>) {
  // expected-error @+1 {{expected row dimensions to be at least 1, got 0}}
  %rows, %offsets, %indices = ragged.pack %x, %keep
       : tensor<?x197x0xbf16>, tensor<?x197xi1> -> tensor<?x0xbf16>, tensor<?xi32>, tensor<?xi32>
  return
}

// -----

func.func @pack_c8(%x: tensor<65536x32768x8xbf16>, %keep: tensor<?x?xi1>) {
  // expected-error @+1 {{expected at most 2147483647 positions in the batch, got 2147483648}}
  %rows, %offsets, %indices = ragged.pack %x, %keep
       : tensor<65536x32768x8xbf16>, tensor<?x?xi1> -> tensor<?x8xbf16>, tensor<?xi32>, tensor<?xi32>
  return
}

// -----

func.func @pack_c9(%x: tensor<?x197x768xbf16, #ragged.strides<[302592, 1536, 1]>>, %keep: tensor<?x197xi1>) {
  // expected-error @+1 {{expected x to be contiguous, got 'tensor<?x197x768xbf16, #ragged.strides<[302592, 1536, 1]>>'}}
  %rows, %offsets, %indices = ragged.pack %x, %keep
       : tensor<?x197x768xbf16, #ragged.strides<[302592, 1536, 1]>>, tensor<?x197xi1> -> tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32>
  return
}

// -----

func.func @pack_c9_rows(%x: tensor<?x197x768xbf16>, %keep: tensor<?x197xi1>) {
  // expected-error @+1 {{expected rows to be contiguous, got 'tensor<?x768xbf16, #ragged.strides<[1536, 1]>>'}}
  %rows, %offsets, %indices = ragged.pack %x, %keep
       : tensor<?x197x768xbf16>, tensor<?x197xi1> -> tensor<?x768xbf16, #ragged.strides<[1536, 1]>>, tensor<?xi32>, tensor<?xi32>
  return
}

// -----

//===----------------------------------------------------------------------===//
// unpack
//===----------------------------------------------------------------------===//

func.func @unpack_c1(%rows: tensor<?xbf16>, %indices: tensor<?xi32>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected rows to be (capacity, ...) of bf16, f16 or f32, got 'tensor<?xbf16>'}}
  %x = ragged.unpack %rows, %indices, %offsets
       : tensor<?xbf16>, tensor<?xi32>, tensor<?xi32> -> tensor<?x197xbf16>
  return
}

// -----

func.func @unpack_c1_type(%rows: tensor<?x768xi32>, %indices: tensor<?xi32>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected rows to be (capacity, ...) of bf16, f16 or f32, got 'tensor<?x768xi32>'}}
  %x = ragged.unpack %rows, %indices, %offsets
       : tensor<?x768xi32>, tensor<?xi32>, tensor<?xi32> -> tensor<?x197x768xi32>
  return
}

// -----

func.func @unpack_c2(%rows: tensor<?x768xbf16>, %indices: tensor<?xi32>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected the result to have the element type and the row dimensions of rows, 'tensor<?x768xbf16>', got 'tensor<?x197x768xf16>'}}
  %x = ragged.unpack %rows, %indices, %offsets
       : tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32> -> tensor<?x197x768xf16>
  return
}

// -----

func.func @unpack_c2_rank(%rows: tensor<?x768xbf16>, %indices: tensor<?xi32>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected the result to have the element type and the row dimensions of rows, 'tensor<?x768xbf16>', got 'tensor<?x768xbf16>'}}
  %x = ragged.unpack %rows, %indices, %offsets
       : tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32> -> tensor<?x768xbf16>
  return
}

// -----

func.func @unpack_c2_dim(%rows: tensor<?x768xbf16>, %indices: tensor<?xi32>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected the result to have the element type and the row dimensions of rows, 'tensor<?x768xbf16>', got 'tensor<?x197x384xbf16>'}}
  %x = ragged.unpack %rows, %indices, %offsets
       : tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32> -> tensor<?x197x384xbf16>
  return
}

// -----

func.func @unpack_c3(%rows: tensor<?x768xbf16>, %indices: tensor<?xi64>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected indices to be a one-dimensional tensor of i32, got 'tensor<?xi64>'}}
  %x = ragged.unpack %rows, %indices, %offsets
       : tensor<?x768xbf16>, tensor<?xi64>, tensor<?xi32> -> tensor<?x197x768xbf16>
  return
}

// -----

func.func @unpack_c3_rows(%rows: tensor<640x768xbf16>, %indices: tensor<641xi32>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected as many indices as rows, 640, got 641}}
  %x = ragged.unpack %rows, %indices, %offsets
       : tensor<640x768xbf16>, tensor<641xi32>, tensor<?xi32> -> tensor<?x197x768xbf16>
  return
}

// -----

func.func @unpack_c4(%rows: tensor<?x768xbf16>, %indices: tensor<?xi32>, %offsets: tensor<?xf32>) {
  // expected-error @+1 {{expected offsets to be a one-dimensional tensor of i32, got 'tensor<?xf32>'}}
  %x = ragged.unpack %rows, %indices, %offsets
       : tensor<?x768xbf16>, tensor<?xi32>, tensor<?xf32> -> tensor<?x197x768xbf16>
  return
}

// -----

func.func @unpack_c4_batch(%rows: tensor<?x768xbf16>, %indices: tensor<?xi32>, %offsets: tensor<6xi32>) {
  // expected-error @+1 {{expected offsets to have batch+1 elements, 5, got 6}}
  %x = ragged.unpack %rows, %indices, %offsets
       : tensor<?x768xbf16>, tensor<?xi32>, tensor<6xi32> -> tensor<4x197x768xbf16>
  return
}

// -----

func.func @unpack_c5_bytes(%rows: tensor<?x3xf16>, %indices: tensor<?xi32>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected the bytes of a row to be a multiple of 4, at most 2147483647 elements, got 3 elements of 'f16'}}
  %x = ragged.unpack %rows, %indices, %offsets
       : tensor<?x3xf16>, tensor<?xi32>, tensor<?xi32> -> tensor<?x197x3xf16>
  return
}

// -----

func.func @unpack_c5_length(%rows: tensor<?x768xbf16>, %indices: tensor<?xi32>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected a padded length of at least 1, got 0}}
  %x = ragged.unpack %rows, %indices, %offsets
       : tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32> -> tensor<?x0x768xbf16>
  return
}

// -----

func.func @unpack_c5_row(%rows: tensor<?x0xbf16>, %indices: tensor<?xi32>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected row dimensions to be at least 1, got 0}}
  %x = ragged.unpack %rows, %indices, %offsets
       : tensor<?x0xbf16>, tensor<?xi32>, tensor<?xi32> -> tensor<?x197x0xbf16>
  return
}

// -----

func.func @unpack_c6(%rows: tensor<?x768xbf16>, %indices: tensor<?xi32>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected at most 2147483647 positions in the batch, got 2147483648}}
  %x = ragged.unpack %rows, %indices, %offsets
       : tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32> -> tensor<65536x32768x768xbf16>
  return
}

// -----

func.func @unpack_c6_rows(%rows: tensor<2147483648x768xbf16>, %indices: tensor<?xi32>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected at most 2147483647 rows, got 2147483648}}
  %x = ragged.unpack %rows, %indices, %offsets
       : tensor<2147483648x768xbf16>, tensor<?xi32>, tensor<?xi32> -> tensor<?x197x768xbf16>
  return
}

// -----

func.func @unpack_c7(%rows: tensor<?x768xf16>, %indices: tensor<?xi32>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected fill to be finite in 'f16', got 1.000000e+05 : f64}}
  %x = ragged.unpack %rows, %indices, %offsets {fill = 1.0e5}
       : tensor<?x768xf16>, tensor<?xi32>, tensor<?xi32> -> tensor<?x197x768xf16>
  return
}

// -----

func.func @unpack_c7_type(%rows: tensor<?x768xbf16>, %indices: tensor<?xi32>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{'ragged.unpack' op attribute 'fill' failed to satisfy constraint: float attribute of type f32 or f64}}
  %x = ragged.unpack %rows, %indices, %offsets {fill = 1.0 : bf16}
       : tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32> -> tensor<?x197x768xbf16>
  return
}

// -----

func.func @unpack_c7_integer(%rows: tensor<?x768xbf16>, %indices: tensor<?xi32>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{'ragged.unpack' op attribute 'fill' failed to satisfy constraint: float attribute of type f32 or f64}}
  %x = ragged.unpack %rows, %indices, %offsets {fill = 1 : i32}
       : tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32> -> tensor<?x197x768xbf16>
  return
}

// -----

func.func @unpack_c8(%rows: tensor<?x768xbf16>, %indices: tensor<?xi32>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected the result to be contiguous, got 'tensor<?x197x768xbf16, #ragged.strides<[302592, 1536, 1]>>'}}
  %x = ragged.unpack %rows, %indices, %offsets
       : tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32> -> tensor<?x197x768xbf16, #ragged.strides<[302592, 1536, 1]>>
  return
}

// -----

func.func @unpack_c8_rows(%rows: tensor<?x768xbf16, #ragged.strides<[1536, 1]>>, %indices: tensor<?xi32>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected rows to be contiguous, got 'tensor<?x768xbf16, #ragged.strides<[1536, 1]>>'}}
  %x = ragged.unpack %rows, %indices, %offsets
       : tensor<?x768xbf16, #ragged.strides<[1536, 1]>>, tensor<?xi32>, tensor<?xi32> -> tensor<?x197x768xbf16>
  return
}
