// Masks are evaluated on the tiles that need them: those that reach beyond the length, or beyond the diagonal.
// RUN: split-file %s %t
// RUN: ragged-opt %t/hand.mlir --ragged-kernel-split-mask-ranges | FileCheck %t/hand.mlir --implicit-check-not=apply_mask
// RUN: ragged-opt %t/lowered.mlir --ragged-lower-to-kernel --ragged-kernel-lower-softmax --ragged-kernel-split-mask-ranges --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %t/lowered.mlir --implicit-check-not=apply_mask

// Nothing to split: all comes out as it went in.
// RUN: ragged-opt %t/alone.mlir -o %t/alone.before
// RUN: ragged-opt %t/alone.mlir --ragged-kernel-split-mask-ranges -o %t/alone.after
// RUN: diff %t/alone.before %t/alone.after

//--- hand.mlir
!list = !ragged_kernel.ptr<i32>
!scores = !ragged_kernel.acc<16x32xf32>
!narrow = !ragged_kernel.acc<16x16xf32>
!max = !ragged_kernel.row_vector<16>

// Only the tile in which the sequence ends has keys beyond it: first key + keys > length. Elsewhere the tile stays as it is.
// CHECK-LABEL: ragged_kernel.kernel @length(
// CHECK:      scf.for %[[KEY:.*]] = %c0 to %length step %c32
// CHECK-NEXT:   %acc_0 = ragged_kernel.fill 1.000000e+00
// CHECK-NEXT:   %[[KEYS:.*]] = arith.constant 32 : index
// CHECK-NEXT:   %[[END:.*]] = arith.addi %[[KEY]], %[[KEYS]]
// CHECK-NEXT:   %[[REACHES:.*]] = arith.cmpi sgt, %[[END]], %length
// CHECK-NEXT:   %[[TILE:.*]] = scf.if %[[REACHES]] -> (!ragged_kernel.acc<16x32xf32>) {
// CHECK-NEXT:     %[[MASKED:.*]] = ragged_kernel.mask_keys %acc_0 key(%[[KEY]]) length(%length)
// CHECK-NEXT:     scf.yield %[[MASKED]]
// CHECK-NEXT:   } else {
// CHECK-NEXT:     scf.yield %acc_0
// CHECK-NEXT:   }
// CHECK-NEXT:   ragged_kernel.row_max %[[TILE]],
ragged_kernel.kernel @length(%offsets: !list) attributes {block_size = 32 : i64} {
  %c0 = arith.constant 0 : index
  %c32 = arith.constant 32 : index
  %begin, %length = ragged_kernel.sequence %offsets[%c0] capacity(197) : !list
  %max = ragged_kernel.fill 0xFF800000 : !max
  %all = scf.for %key = %c0 to %length step %c32 iter_args(%before = %max) -> !max {
    %scores = ragged_kernel.fill 1.0 : !scores
    %masked = ragged_kernel.apply_mask %scores row(%c0) key(%key) length(%length) : !scores
    %after = ragged_kernel.row_max %masked, %before : !scores, !max
    scf.yield %after : !max
  }
  ragged_kernel.return
}

// Causal: a row sees no key after itself, and the first row of the tile sees least. If the tile's last key is not after that
// row (first key + keys <= first row + 1), every row sees all of it. What the length left is masked further.
// CHECK-LABEL: ragged_kernel.kernel @causal(
// CHECK:      scf.for %[[ROW:.*]] = %c0 to %length step %c16
// CHECK:        scf.for %[[KEY:.*]] = %c0 to %length step %c32
// CHECK:          %[[END:.*]] = arith.addi %[[KEY]], %{{c32_[0-9]+}}
// CHECK-NEXT:     %[[REACHES:.*]] = arith.cmpi sgt, %[[END]], %length
// CHECK-NEXT:     %[[TILE:.*]] = scf.if %[[REACHES]]
// CHECK-NEXT:       ragged_kernel.mask_keys %acc_0 key(%[[KEY]]) length(%length)
// CHECK-NEXT:       scf.yield
// CHECK-NEXT:     } else {
// CHECK-NEXT:       scf.yield %acc_0
// CHECK-NEXT:     }
// CHECK-NEXT:     %[[ONE:.*]] = arith.constant 1 : index
// CHECK-NEXT:     %[[BEYOND:.*]] = arith.addi %[[ROW]], %[[ONE]]
// CHECK-NEXT:     %[[KEYS:.*]] = arith.constant 32 : index
// CHECK-NEXT:     %[[END2:.*]] = arith.addi %[[KEY]], %[[KEYS]]
// CHECK-NEXT:     %[[CROSSES:.*]] = arith.cmpi sgt, %[[END2]], %[[BEYOND]]
// CHECK-NEXT:     %[[BOTH:.*]] = scf.if %[[CROSSES]]
// CHECK-NEXT:       %[[MASKED:.*]] = ragged_kernel.mask_causal %[[TILE]] row(%[[ROW]]) key(%[[KEY]])
// CHECK-NEXT:       scf.yield %[[MASKED]]
// CHECK-NEXT:     } else {
// CHECK-NEXT:       scf.yield %[[TILE]]
// CHECK-NEXT:     }
// CHECK-NEXT:     ragged_kernel.row_max %[[BOTH]],
ragged_kernel.kernel @causal(%offsets: !list) attributes {block_size = 32 : i64} {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c32 = arith.constant 32 : index
  %begin, %length = ragged_kernel.sequence %offsets[%c0] capacity(197) : !list
  %max = ragged_kernel.fill 0xFF800000 : !max
  scf.for %row = %c0 to %length step %c16 {
    %all = scf.for %key = %c0 to %length step %c32 iter_args(%before = %max) -> !max {
      %scores = ragged_kernel.fill 1.0 : !scores
      %masked = ragged_kernel.apply_mask %scores row(%row) key(%key) length(%length) {causal} : !scores
      %after = ragged_kernel.row_max %masked, %before : !scores, !max
      scf.yield %after : !max
    }
  }
  ragged_kernel.return
}

// How far a tile reaches is a matter of its own width, not of a loop's step; and each mask of a kernel has its own tile.
// CHECK-LABEL: ragged_kernel.kernel @widths(
// CHECK:      %[[SIXTEEN:.*]] = arith.constant 16 : index
// CHECK-NEXT: arith.addi %begin, %[[SIXTEEN]]
// CHECK:        ragged_kernel.mask_keys %acc key(%begin) length(%length) : !ragged_kernel.acc<16x16xf32>
// CHECK:      %[[THIRTYTWO:.*]] = arith.constant 32 : index
// CHECK-NEXT: arith.addi %c192, %[[THIRTYTWO]]
// CHECK:        ragged_kernel.mask_keys %acc_0 key(%c192) length(%begin) : !ragged_kernel.acc<16x32xf32>
// CHECK-NOT:    mask_
ragged_kernel.kernel @widths(%offsets: !list) attributes {block_size = 32 : i64} {
  %c0 = arith.constant 0 : index
  %c192 = arith.constant 192 : index
  %begin, %length = ragged_kernel.sequence %offsets[%c0] capacity(197) : !list
  %narrow = ragged_kernel.fill 1.0 : !narrow
  %wide = ragged_kernel.fill 1.0 : !scores
  %a = ragged_kernel.apply_mask %narrow row(%c0) key(%begin) length(%length) : !narrow
  %b = ragged_kernel.apply_mask %wide row(%c0) key(%c192) length(%begin) : !scores
  ragged_kernel.return
}

//--- lowered.mlir
// A single pass, over 100 rows in tiles of 64 and 48 keys: each tile of the unrolled loop asks for itself, against a constant.
// CHECK-LABEL: ragged_kernel.kernel @single_pass_attention(
// CHECK:      %[[FIRST:.*]] = ragged_kernel.scale
// CHECK-NEXT: %[[SHORT:.*]] = arith.cmpi slt, %length, %c64
// CHECK-NEXT: %[[MASKED:.*]] = scf.if %[[SHORT]] -> (!ragged_kernel.acc<16x64xf32>) {
// CHECK-NEXT:   ragged_kernel.mask_keys %[[FIRST]] key(%c0) length(%length)
// CHECK-NEXT:   scf.yield
// CHECK-NEXT: } else {
// CHECK-NEXT:   scf.yield %[[FIRST]]
// CHECK-NEXT: }
// CHECK-NEXT: ragged_kernel.row_max %[[MASKED]],
// CHECK:      scf.if %live1
// CHECK:        %[[SECOND:.*]] = ragged_kernel.scale
// CHECK-NEXT:   %[[SHORT2:.*]] = arith.cmpi slt, %length, %c112
// CHECK-NEXT:   %[[MASKED2:.*]] = scf.if %[[SHORT2]] -> (!ragged_kernel.acc<16x48xf32>) {
// CHECK-NEXT:     ragged_kernel.mask_keys %[[SECOND]] key(%c64) length(%length)
// CHECK-NEXT:     scf.yield
// CHECK-NEXT:   } else {
// CHECK-NEXT:     scf.yield %[[SECOND]]
// CHECK-NEXT:   }
// CHECK-NEXT:   ragged_kernel.row_max %[[MASKED2]],
// CHECK-NOT:  mask_
// CHECK:      ragged_kernel.return
func.func @single_pass(%qkv: tensor<?x3x12x64xf16>, %offsets: tensor<?xi32>) -> tensor<?x12x64xf16> {
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 100 : i64, ragged_kernel.schedule =
         #ragged_kernel.schedule<family = single, block_m = 64, block_n = 64, rows_per_block = 112, warps = 4,
           stages = 1, heads_per_block = 1, min_blocks = 4, softmax = single_pass, q_in_registers = true, reason = "by hand">}
       : tensor<?x3x12x64xf16>, tensor<?xi32> -> tensor<?x12x64xf16>
  return %o : tensor<?x12x64xf16>
}

// Keys in a loop, causal: both questions for each tile.
// CHECK-LABEL: ragged_kernel.kernel @warp_attention(
// CHECK:        %[[SCORES:.*]] = ragged_kernel.scale
// CHECK-NEXT:   %[[END:.*]] = arith.addi %key, %c32
// CHECK-NEXT:   %[[REACHES:.*]] = arith.cmpi sgt, %[[END]], %length
// CHECK-NEXT:   %[[TILE:.*]] = scf.if %[[REACHES]] -> (!ragged_kernel.acc<16x32xf32>) {
// CHECK-NEXT:     ragged_kernel.mask_keys %[[SCORES]] key(%key) length(%length)
// CHECK-NEXT:     scf.yield
// CHECK-NEXT:   } else {
// CHECK-NEXT:     scf.yield %[[SCORES]]
// CHECK-NEXT:   }
// CHECK-NEXT:   %[[BEYOND:.*]] = arith.addi %row, %c1
// CHECK-NEXT:   %[[END2:.*]] = arith.addi %key, %c32
// CHECK-NEXT:   %[[CROSSES:.*]] = arith.cmpi sgt, %[[END2]], %[[BEYOND]]
// CHECK-NEXT:   %[[BOTH:.*]] = scf.if %[[CROSSES]] -> (!ragged_kernel.acc<16x32xf32>) {
// CHECK-NEXT:     ragged_kernel.mask_causal %[[TILE]] row(%row) key(%key)
// CHECK-NEXT:     scf.yield
// CHECK-NEXT:   } else {
// CHECK-NEXT:     scf.yield %[[TILE]]
// CHECK-NEXT:   }
// CHECK-NEXT:   ragged_kernel.row_max %[[BOTH]],
// CHECK-NOT:  mask_
// CHECK:      ragged_kernel.return
func.func @warp(%qkv: tensor<?x3x12x64xbf16>, %offsets: tensor<?xi32>) -> tensor<?x12x64xbf16> {
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 40 : i64, causal, ragged_kernel.schedule =
         #ragged_kernel.schedule<family = warp, block_m = 64, block_n = 32, rows_per_block = 48, warps = 2,
           stages = 1, heads_per_block = 2, min_blocks = 4, softmax = online, q_in_registers = true, reason = "by hand">}
       : tensor<?x3x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return %o : tensor<?x12x64xbf16>
}

// The same in a ring of keys, for the warps that this block of keys concerns.
// CHECK-LABEL: ragged_kernel.kernel @online_attention(
// CHECK:          %[[SCORES:.*]] = ragged_kernel.scale
// CHECK-NEXT:     %[[END:.*]] = arith.addi %key, %c32
// CHECK-NEXT:     %[[REACHES:.*]] = arith.cmpi sgt, %[[END]], %length
// CHECK-NEXT:     %[[TILE:.*]] = scf.if %[[REACHES]] -> (!ragged_kernel.acc<16x32xf32>) {
// CHECK-NEXT:       ragged_kernel.mask_keys %[[SCORES]] key(%key) length(%length)
// CHECK-NEXT:       scf.yield
// CHECK-NEXT:     } else {
// CHECK-NEXT:       scf.yield %[[SCORES]]
// CHECK-NEXT:     }
// CHECK-NEXT:     %[[BEYOND:.*]] = arith.addi %row, %c1
// CHECK-NEXT:     %[[END2:.*]] = arith.addi %key, %c32
// CHECK-NEXT:     %[[CROSSES:.*]] = arith.cmpi sgt, %[[END2]], %[[BEYOND]]
// CHECK-NEXT:     %[[BOTH:.*]] = scf.if %[[CROSSES]] -> (!ragged_kernel.acc<16x32xf32>) {
// CHECK-NEXT:       ragged_kernel.mask_causal %[[TILE]] row(%row) key(%key)
// CHECK-NEXT:       scf.yield
// CHECK-NEXT:     } else {
// CHECK-NEXT:       scf.yield %[[TILE]]
// CHECK-NEXT:     }
// CHECK-NEXT:     ragged_kernel.row_max %[[BOTH]],
// CHECK-NOT:  mask_
// CHECK:      ragged_kernel.return
func.func @online(%qkv: tensor<?x3x12x64xbf16>, %offsets: tensor<?xi32>) -> tensor<?x12x64xbf16> {
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 1024 : i64, causal, ragged_kernel.schedule =
         #ragged_kernel.schedule<family = online, block_m = 64, block_n = 32, rows_per_block = 64, warps = 4,
           stages = 2, heads_per_block = 1, min_blocks = 4, softmax = online, q_in_registers = true, reason = "by hand">}
       : tensor<?x3x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return %o : tensor<?x12x64xbf16>
}

//--- alone.mlir
!list = !ragged_kernel.ptr<i32>
!scores = !ragged_kernel.acc<16x32xf32>

// Masks that are split already, or that somebody wants on every tile.
ragged_kernel.kernel @split(%offsets: !list) attributes {block_size = 32 : i64} {
  %c0 = arith.constant 0 : index
  %begin, %length = ragged_kernel.sequence %offsets[%c0] capacity(197) : !list
  %scores = ragged_kernel.fill 1.0 : !scores
  %keys = ragged_kernel.mask_keys %scores key(%c0) length(%length) : !scores
  %causal = ragged_kernel.mask_causal %keys row(%c0) key(%c0) : !scores
  ragged_kernel.return
}

// No scores, no masks.
ragged_kernel.kernel @none(%offsets: !list) attributes {block_size = 32 : i64} {
  ragged_kernel.return
}
