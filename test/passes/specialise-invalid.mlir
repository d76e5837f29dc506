// RUN: split-file %s %t
// RUN: ragged-opt %t/unknown.mlir --ragged-specialise --split-input-file --verify-diagnostics -o /dev/null
// RUN: ragged-opt %t/conflict.mlir --ragged-specialise="heads=12 kv-heads=4 head-dim=64 head-dim-v=32" --split-input-file --verify-diagnostics -o /dev/null
// RUN: not ragged-opt %t/program.mlir --ragged-specialise="head-dim=60" 2>&1 | FileCheck %s --check-prefix=DIM
// RUN: not ragged-opt %t/program.mlir --ragged-specialise="head-dim-v=8" 2>&1 | FileCheck %s --check-prefix=DIMV
// RUN: not ragged-opt %t/program.mlir --ragged-specialise="heads=-1" 2>&1 | FileCheck %s --check-prefix=HEADS
// RUN: not ragged-opt %t/program.mlir --ragged-specialise="kv-heads=65536" 2>&1 | FileCheck %s --check-prefix=KVHEADS
// RUN: not ragged-opt %t/program.mlir --ragged-specialise="max-seqlen=65537" 2>&1 | FileCheck %s --check-prefix=SEQLEN
// RUN: not ragged-opt %t/program.mlir --ragged-specialise="block-m=40" 2>&1 | FileCheck %s --check-prefix=BLOCKM
// RUN: not ragged-opt %t/program.mlir --ragged-specialise="block-n=512" 2>&1 | FileCheck %s --check-prefix=BLOCKN
// RUN: not ragged-opt %t/program.mlir --ragged-specialise="heads=12 kv-heads=5 head-dim=64 max-seqlen=197" 2>&1 | FileCheck %s --check-prefix=MULTIPLE

// DIM: program.mlir:0:0: error: expected head-dim to be a multiple of 8 from 16 to 256, got 60
// DIMV: error: expected head-dim-v to be a multiple of 8 from 16 to 256, got 8
// HEADS: error: expected heads to be from 1 to 65535, got -1
// KVHEADS: error: expected kv-heads to be from 1 to 65535, got 65536
// SEQLEN: error: expected max-seqlen to be from 1 to 65536, got 65537
// BLOCKM: error: expected block-m to be a multiple of 16 from 16 to 256, got 40
// BLOCKN: error: expected block-n to be a multiple of 16 from 16 to 256, got 512
// MULTIPLE: program.mlir:3:8: error: 'ragged.attention' op expected the heads of q to be a multiple of those of k, 5, got 12

//--- program.mlir
func.func @program(%q: tensor<?x?x?xbf16>, %k: tensor<?x?x?xbf16>, %v: tensor<?x?x?xbf16>, %offsets: tensor<?xi32>)
    -> tensor<?x?x?xbf16> {
  %o = ragged.attention %q, %k, %v offsets(%offsets)
       : tensor<?x?x?xbf16>, tensor<?x?x?xbf16>, tensor<?x?x?xbf16>, tensor<?xi32> -> tensor<?x?x?xbf16>
  return %o : tensor<?x?x?xbf16>
}

//--- unknown.mlir
func.func @heads(%qkv: tensor<?x3x?x64xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{'ragged.attention' op expected heads to be static, got ?; option heads supplies it}}
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 197 : i64}
       : tensor<?x3x?x64xbf16>, tensor<?xi32> -> tensor<?x?x64xbf16>
  return
}

// -----

func.func @kv_heads(%q: tensor<?x12x64xbf16>, %k: tensor<?x?x64xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected key heads to be static, got ?; option kv-heads supplies it}}
  %o = ragged.attention %q, %k, %k offsets(%offsets) {max_seqlen = 197 : i64}
       : tensor<?x12x64xbf16>, tensor<?x?x64xbf16>, tensor<?x?x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return
}

// -----

func.func @head_dim(%q: tensor<?x12x?xbf16>, %v: tensor<?x12x64xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected head dimension to be static, got ?; option head-dim supplies it}}
  %o = ragged.attention %q, %q, %v offsets(%offsets) {max_seqlen = 197 : i64}
       : tensor<?x12x?xbf16>, tensor<?x12x?xbf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return
}

// -----

func.func @head_dim_v(%q: tensor<?x12x64xbf16>, %v: tensor<?x12x?xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected value head dimension to be static, got ?; option head-dim-v supplies it}}
  %o = ragged.attention %q, %q, %v offsets(%offsets) {max_seqlen = 197 : i64}
       : tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x?xbf16>, tensor<?xi32> -> tensor<?x12x?xbf16>
  return
}

// -----

func.func @max_seqlen(%qkv: tensor<?x3x12x64xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected max_seqlen, got none; option max-seqlen supplies it}}
  %o = ragged.attention %qkv offsets(%offsets) : tensor<?x3x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return
}

// -----

func.func @padded_length(%x: tensor<?x?x768xbf16>, %keep: tensor<?x?xi1>) {
  // expected-error @+1 {{'ragged.pack' op expected padded length to be static, got ?; option max-seqlen supplies it}}
  %r:3 = ragged.pack %x, %keep
       : tensor<?x?x768xbf16>, tensor<?x?xi1> -> tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32>
  return
}

// -----

// No option knows a row that no attention uses.
func.func @row(%rows: tensor<?x?xbf16>, %indices: tensor<?xi32>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{'ragged.unpack' op expected row dimension to be static, got ?}}
  %x = ragged.unpack %rows, %indices, %offsets
       : tensor<?x?xbf16>, tensor<?xi32>, tensor<?xi32> -> tensor<?x197x?xbf16>
  return
}

// -----

// Two operations that share a value make what they know meet.
func.func @two(%q: tensor<?x12x?xbf16>, %k: tensor<?x12x64xbf16>, %l: tensor<?x12x32xbf16>, %offsets: tensor<?xi32>) {
  %o = ragged.attention %q, %k, %k offsets(%offsets) {max_seqlen = 197 : i64}
       : tensor<?x12x?xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  // expected-error @+1 {{expected one value for head dimension, got 64 and 32}}
  %p = ragged.attention %q, %l, %l offsets(%offsets) {max_seqlen = 197 : i64}
       : tensor<?x12x?xbf16>, tensor<?x12x32xbf16>, tensor<?x12x32xbf16>, tensor<?xi32> -> tensor<?x12x32xbf16>
  return
}

// -----

// expected-error @+1 {{expected the stride of dimension 1 to be at least 128, the span of the dimensions inside it, got 64}}
func.func @strides(%q: tensor<?x12x?xbf16, #ragged.strides<[2304, 64, 1]>>, %k: tensor<?x12x128xbf16>,
                   %offsets: tensor<?xi32>) {
  %o = ragged.attention %q, %k, %k offsets(%offsets) {max_seqlen = 197 : i64}
       : tensor<?x12x?xbf16, #ragged.strides<[2304, 64, 1]>>, tensor<?x12x128xbf16>, tensor<?x12x128xbf16>,
         tensor<?xi32> -> tensor<?x12x128xbf16>
  return
}

// -----

// expected-error @+1 {{expected a function to specialise not to be called, got a use of @callee}}
func.func @callee(%q: tensor<?x12x?xbf16>, %k: tensor<?x12x64xbf16>, %offsets: tensor<?xi32>) -> tensor<?x12x64xbf16> {
  %o = ragged.attention %q, %k, %k offsets(%offsets) {max_seqlen = 197 : i64}
       : tensor<?x12x?xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return %o : tensor<?x12x64xbf16>
}
func.func @caller(%q: tensor<?x12x?xbf16>, %k: tensor<?x12x64xbf16>, %offsets: tensor<?xi32>) -> tensor<?x12x64xbf16> {
  %o = call @callee(%q, %k, %offsets)
       : (tensor<?x12x?xbf16>, tensor<?x12x64xbf16>, tensor<?xi32>) -> tensor<?x12x64xbf16>
  return %o : tensor<?x12x64xbf16>
}

//--- conflict.mlir
func.func @head_dim(%q: tensor<?x12x32xbf16>, %k: tensor<?x4x32xbf16>, %v: tensor<?x4x32xbf16>,
                    %offsets: tensor<?xi32>) {
  // expected-error @+1 {{'ragged.attention' op expected head-dim 64 to match the operand's head dimension 32}}
  %o = ragged.attention %q, %k, %v offsets(%offsets) {max_seqlen = 197 : i64}
       : tensor<?x12x32xbf16>, tensor<?x4x32xbf16>, tensor<?x4x32xbf16>, tensor<?xi32> -> tensor<?x12x32xbf16>
  return
}

// -----

func.func @head_dim_v(%q: tensor<?x12x64xbf16>, %k: tensor<?x4x64xbf16>, %v: tensor<?x4x64xbf16>,
                      %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected head-dim-v 32 to match the operand's value head dimension 64}}
  %o = ragged.attention %q, %k, %v offsets(%offsets) {max_seqlen = 197 : i64}
       : tensor<?x12x64xbf16>, tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return
}

// -----

func.func @heads(%q: tensor<?x8x64xbf16>, %k: tensor<?x4x64xbf16>, %v: tensor<?x4x32xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected heads 12 to match the operand's heads 8}}
  %o = ragged.attention %q, %k, %v offsets(%offsets) {max_seqlen = 197 : i64}
       : tensor<?x8x64xbf16>, tensor<?x4x64xbf16>, tensor<?x4x32xbf16>, tensor<?xi32> -> tensor<?x8x32xbf16>
  return
}

// -----

func.func @kv_heads(%q: tensor<?x12x64xbf16>, %k: tensor<?x2x64xbf16>, %v: tensor<?x2x32xbf16>,
                    %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected kv-heads 4 to match the operand's key heads 2}}
  %o = ragged.attention %q, %k, %v offsets(%offsets) {max_seqlen = 197 : i64}
       : tensor<?x12x64xbf16>, tensor<?x2x64xbf16>, tensor<?x2x32xbf16>, tensor<?xi32> -> tensor<?x12x32xbf16>
  return
}

// -----

// A packed operand has as many key heads as query heads.
func.func @packed(%qkv: tensor<?x3x12x64xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected kv-heads 4 to match the operand's heads 12}}
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 197 : i64}
       : tensor<?x3x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return
}
