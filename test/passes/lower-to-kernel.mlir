// Operations of `ragged` become kernels and launches. The kernels are plain: every copy is awaited at once, every tile of
// scores is scaled and masked, a softmax step a block of keys. What is here in which order is what the other passes rewrite.
// Constants meet at the top of a kernel only to keep this readable.
// RUN: split-file %s %t
// RUN: ragged-opt %t/warp.mlir --ragged-lower-to-kernel --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %t/warp.mlir --implicit-check-not=ragged. --implicit-check-not="block async" --implicit-check-not=warpgroup
// RUN: ragged-opt %t/single.mlir --ragged-lower-to-kernel --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %t/single.mlir --implicit-check-not=ragged. --implicit-check-not="block async" --implicit-check-not=warpgroup
// RUN: ragged-opt %t/online.mlir --ragged-lower-to-kernel --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %t/online.mlir --implicit-check-not=ragged. --implicit-check-not="block async" --implicit-check-not=warpgroup
// RUN: ragged-opt %t/parts.mlir --ragged-lower-to-kernel --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %t/parts.mlir --implicit-check-not=ragged. --implicit-check-not="block async" --implicit-check-not=warpgroup
// RUN: ragged-opt %t/grouped.mlir --ragged-lower-to-kernel --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %t/grouped.mlir --implicit-check-not=ragged. --implicit-check-not="block async" --implicit-check-not=warpgroup
// RUN: ragged-opt %t/layouts.mlir --ragged-lower-to-kernel --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %t/layouts.mlir
// RUN: ragged-opt %t/pack.mlir --ragged-lower-to-kernel --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %t/pack.mlir --implicit-check-not=ragged. --implicit-check-not="block async" --implicit-check-not=warpgroup
// RUN: ragged-opt %t/unpack.mlir --ragged-lower-to-kernel --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %t/unpack.mlir --implicit-check-not=ragged. --implicit-check-not="block async" --implicit-check-not=warpgroup
// RUN: ragged-opt %t/several.mlir --ragged-lower-to-kernel | FileCheck %t/several.mlir --implicit-check-not=ragged. --implicit-check-not="block async" --implicit-check-not=warpgroup
// RUN: ragged-opt %t/swapped.mlir --ragged-lower-to-kernel | FileCheck %t/swapped.mlir --implicit-check-not=ragged. --implicit-check-not="block async" --implicit-check-not=warpgroup
// RUN: ragged-opt %t/outside.mlir --ragged-lower-to-kernel | FileCheck %t/outside.mlir --implicit-check-not=ragged. --implicit-check-not="block async" --implicit-check-not=warpgroup
// RUN: ragged-opt %t/invalid.mlir --ragged-lower-to-kernel --split-input-file --verify-diagnostics

//--- warp.mlir
// A warp has a sequence and head to itself; the second block of a sequence has a warp without a head, which leaves. Rows
// and keys are zeroed up to whole tiles of the sequence, not of the capacity. No barrier is wider than a warp.
// CHECK-LABEL: ragged_kernel.kernel @warp_attention(
// CHECK:      %block_id = ragged_kernel.block_id x
// CHECK-NEXT: %head_group = arith.remui %block_id, %c2
// CHECK-NEXT: %seq = arith.divui %block_id, %c2
// CHECK-NEXT: %warp_id = ragged_kernel.warp_id
// CHECK-NEXT: [[V0:%.*]] = arith.muli %head_group, %c2
// CHECK-NEXT: %head = arith.addi [[V0]], %warp_id
// CHECK-NEXT: [[V1:%.*]] = arith.cmpi sge, %head, %c3
// CHECK-NEXT: ragged_kernel.exit_if [[V1]]
// CHECK-NEXT: %begin, %length = ragged_kernel.sequence %offsets[%seq] capacity(40)
// CHECK-NEXT: [[V2:%.*]] = arith.cmpi eq, %length, %c0
// CHECK-NEXT: ragged_kernel.exit_if [[V2]]
// CHECK-NEXT: %q_rows = ragged_kernel.global_rows %q[%begin, %head] head_stride(32) offset(0) : !ragged_kernel.ptr<f16> -> !ragged_kernel.rows<f16, stride = 96>
// CHECK-NEXT: %k_rows = ragged_kernel.global_rows %k[%begin, %head] head_stride(32) offset(0) : !ragged_kernel.ptr<f16> -> !ragged_kernel.rows<f16, stride = 96>
// CHECK-NEXT: %v_rows = ragged_kernel.global_rows %v[%begin, %head] head_stride(32) offset(0) : !ragged_kernel.ptr<f16> -> !ragged_kernel.rows<f16, stride = 96>
// CHECK-NEXT: %out_rows = ragged_kernel.global_rows %out[%begin, %head] head_stride(32) offset(0) : !ragged_kernel.ptr<f16> -> !ragged_kernel.rows<f16, stride = 96>
// CHECK-NEXT: %q_tiles = ragged_kernel.alloc_shared offset(16384) : !ragged_kernel.shared<2x48x32xf16, <xor, 64>>
// CHECK-NEXT: %q_tile = ragged_kernel.slot %q_tiles[%warp_id]
// CHECK-NEXT: %k_tiles = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<2x64x32xf16, <xor, 64>>
// CHECK-NEXT: %k_tile = ragged_kernel.slot %k_tiles[%warp_id]
// CHECK-NEXT: %v_tiles = ragged_kernel.alloc_shared offset(8192) : !ragged_kernel.shared<2x64x32xf16, <xor, 64>>
// CHECK-NEXT: %v_tile = ragged_kernel.slot %v_tiles[%warp_id]
// CHECK-NEXT: [[V3:%.*]] = arith.addi %length, %c15
// CHECK-NEXT: [[V4:%.*]] = arith.divui [[V3]], %c16
// CHECK-NEXT: [[V5:%.*]] = arith.muli [[V4]], %c16
// CHECK-NEXT: %row_limit = arith.minsi [[V5]], %c48
// CHECK-NEXT: [[V6:%.*]] = arith.addi %length, %c31
// CHECK-NEXT: [[V7:%.*]] = arith.divui [[V6]], %c32
// CHECK-NEXT: [[V8:%.*]] = arith.muli [[V7]], %c32
// CHECK-NEXT: %key_limit = arith.minsi [[V8]], %c64
// CHECK-NEXT: %q_copy = ragged_kernel.copy_async warp %q_rows to %q_tile valid(%length) limit(%row_limit)
// CHECK-NEXT: %q_group = ragged_kernel.commit_group(%q_copy)
// CHECK-NEXT: ragged_kernel.wait_group %q_group pending(0)
// CHECK-NEXT: ragged_kernel.barrier warp
// CHECK-NEXT: %k_copy = ragged_kernel.copy_async warp %k_rows to %k_tile valid(%length) limit(%key_limit)
// CHECK-NEXT: %k_group = ragged_kernel.commit_group(%k_copy)
// CHECK-NEXT: ragged_kernel.wait_group %k_group pending(0)
// CHECK-NEXT: ragged_kernel.barrier warp
// CHECK-NEXT: %v_copy = ragged_kernel.copy_async warp %v_rows to %v_tile valid(%length) limit(%key_limit)
// CHECK-NEXT: %v_group = ragged_kernel.commit_group(%v_copy)
// CHECK-NEXT: ragged_kernel.wait_group %v_group pending(0)
// CHECK-NEXT: ragged_kernel.barrier warp
// CHECK-NEXT: scf.for %row = %c0 to %length step %c16 {
// CHECK-NEXT:   %q_rows_tile = ragged_kernel.shared_rows %q_tile[%row] : !ragged_kernel.shared<48x32xf16, <xor, 64>> -> !ragged_kernel.shared<16x32xf16, <xor, 64>>
// CHECK-NEXT:   %q_operand = ragged_kernel.load_operand %q_rows_tile
// CHECK-NEXT:   %acc = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT:   %max = ragged_kernel.fill 0xFF800000
// CHECK-NEXT:   %sum = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT:   [[V9:%.*]]:3 = scf.for %key = %c0 to %length step %c32 iter_args(%acc_2 = %acc, %max_3 = %max, %sum_4 = %sum)
// CHECK-NEXT:     %k_block = ragged_kernel.shared_rows %k_tile[%key] : !ragged_kernel.shared<64x32xf16, <xor, 64>> -> !ragged_kernel.shared<32x32xf16, <xor, 64>>
// CHECK-NEXT:     %v_block = ragged_kernel.shared_rows %v_tile[%key] : !ragged_kernel.shared<64x32xf16, <xor, 64>> -> !ragged_kernel.shared<32x32xf16, <xor, 64>>
// CHECK-NEXT:     %scores = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT:     %scores_5 = ragged_kernel.mma_issue nt %q_operand, %k_block, %scores
// CHECK-NEXT:     %scores_6 = ragged_kernel.mma_wait %scores_5
// CHECK-NEXT:     %scores_7 = ragged_kernel.scale %scores_6 by 0.176776692
// CHECK-NEXT:     %scores_8 = ragged_kernel.apply_mask %scores_7 row(%row) key(%key) length(%length)
// CHECK-NEXT:     %acc_9, %max_10, %sum_11 = ragged_kernel.softmax_step %scores_8, %v_block, %acc_2, %max_3, %sum_4
// CHECK-NEXT:     scf.yield %acc_9, %max_10, %sum_11
// CHECK-NEXT:   }
// CHECK-NEXT:   %sum_0 = ragged_kernel.reduce_sum [[V9]]#2
// CHECK-NEXT:   %acc_1 = ragged_kernel.normalize [[V9]]#0, %sum_0
// CHECK-NEXT:   %out_tile_rows = ragged_kernel.rows_from %out_rows[%row]
// CHECK-NEXT:   %rows_left = arith.subi %length, %row
// CHECK-NEXT:   ragged_kernel.store_rows %acc_1 to %out_tile_rows valid(%rows_left) staging(%q_rows_tile)
// CHECK-NEXT: }
// CHECK-NEXT: ragged_kernel.return
// CHECK-LABEL: func.func @warp(
// CHECK-NEXT: [[OUT:%.*]] = ragged_kernel.launch @warp_attention({{%.*}}, {{%.*}}, {{%.*}}, {{%.*}}) grid(<operand = 3, dim = 0, add = -1, mul = 2>, <operand = -1, dim = 0, add = 0, mul = 1>) extents([#ragged_kernel.extent<operand = 0, dim = 0, add = 0, mul = 1>])
// CHECK-NEXT: return [[OUT]]
func.func @warp(%q: tensor<?x3x32xf16>, %k: tensor<?x3x32xf16>, %v: tensor<?x3x32xf16>,
    %offsets: tensor<?xi32>) -> tensor<?x3x32xf16> {
  %o = ragged.attention %q, %k, %v offsets(%offsets) {max_seqlen = 40 : i64, ragged_kernel.schedule =
         #ragged_kernel.schedule<family = warp, block_m = 16, block_n = 32, rows_per_block = 48, warps = 2,
           stages = 1, heads_per_block = 2, min_blocks = 4, softmax = online, q_in_registers = true, reason = "asked">}
       : tensor<?x3x32xf16>, tensor<?x3x32xf16>, tensor<?x3x32xf16>, tensor<?xi32> -> tensor<?x3x32xf16>
  return %o : tensor<?x3x32xf16>
}

//--- single.mlir
// K and V of a head stay in shared memory, and each warp walks over row tiles. Packed operands are one pointer with three
// bases. For a single pass the tiles end with the capacity (208 rows), not with a multiple of the keys at a time (256).
// CHECK: ragged_kernel.kernel @single_attention(%qkv: !ragged_kernel.ptr<bf16>, %offsets: !ragged_kernel.ptr<i32>, %out: !ragged_kernel.ptr<bf16>)
// CHECK-SAME: block_size = 128 : i64, min_blocks = 4 : i64,
// CHECK-SAME: shared_bytes = 61440 : i64, spec = {causal = false, dim = 64 : i64, dim_v = 64 : i64, dtype = bf16, heads = 12 : i64, kv_heads = 12 : i64, max_seqlen = 197 : i64, packed = true, scale = 1.250000e-01 : f32}
// CHECK:      %block_id = ragged_kernel.block_id x
// CHECK-NEXT: %head = arith.remui %block_id, %c12
// CHECK-NEXT: %seq = arith.divui %block_id, %c12
// CHECK-NEXT: %begin, %length = ragged_kernel.sequence %offsets[%seq] capacity(197)
// CHECK-NEXT: [[V0:%.*]] = arith.cmpi sle, %length, %c0
// CHECK-NEXT: ragged_kernel.exit_if [[V0]]
// CHECK-NEXT: %q_rows = ragged_kernel.global_rows %qkv[%begin, %head] head_stride(64) offset(0) : !ragged_kernel.ptr<bf16> -> !ragged_kernel.rows<bf16, stride = 2304>
// CHECK-NEXT: %k_rows = ragged_kernel.global_rows %qkv[%begin, %head] head_stride(64) offset(768) : !ragged_kernel.ptr<bf16> -> !ragged_kernel.rows<bf16, stride = 2304>
// CHECK-NEXT: %v_rows = ragged_kernel.global_rows %qkv[%begin, %head] head_stride(64) offset(1536) : !ragged_kernel.ptr<bf16> -> !ragged_kernel.rows<bf16, stride = 2304>
// CHECK-NEXT: %out_rows = ragged_kernel.global_rows %out[%begin, %head] head_stride(64) offset(0) : !ragged_kernel.ptr<bf16> -> !ragged_kernel.rows<bf16, stride = 768>
// CHECK-NEXT: %k_tile = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<208x64xbf16, <xor, 128>>
// CHECK-NEXT: %v_tile = ragged_kernel.alloc_shared offset(26624) : !ragged_kernel.shared<208x64xbf16, <xor, 128>>
// CHECK-NEXT: %q_tiles = ragged_kernel.alloc_shared offset(53248) : !ragged_kernel.shared<4x16x64xbf16, <xor, 128>>
// CHECK-NEXT: %warp_id = ragged_kernel.warp_id
// CHECK-NEXT: %q_tile = ragged_kernel.slot %q_tiles[%warp_id]
// CHECK-NEXT: [[V1:%.*]] = arith.addi %length, %c63
// CHECK-NEXT: [[V2:%.*]] = arith.divui [[V1]], %c64
// CHECK-NEXT: [[V3:%.*]] = arith.muli [[V2]], %c64
// CHECK-NEXT: %key_limit = arith.minsi [[V3]], %c208
// CHECK-NEXT: %warp_row = arith.muli %warp_id, %c16
// CHECK-NEXT: %k_copy = ragged_kernel.copy_async block %k_rows to %k_tile valid(%length) limit(%key_limit)
// CHECK-NEXT: %k_group = ragged_kernel.commit_group(%k_copy)
// CHECK-NEXT: ragged_kernel.wait_group %k_group pending(0)
// CHECK-NEXT: ragged_kernel.barrier block
// CHECK-NEXT: %v_copy = ragged_kernel.copy_async block %v_rows to %v_tile valid(%length) limit(%key_limit)
// CHECK-NEXT: %v_group = ragged_kernel.commit_group(%v_copy)
// CHECK-NEXT: ragged_kernel.wait_group %v_group pending(0)
// CHECK-NEXT: ragged_kernel.barrier block
// CHECK-NEXT: scf.for %row = %warp_row to %length step %c64 {
// CHECK-NEXT:   %rows_left = arith.subi %length, %row
// CHECK-NEXT:   %q_tile_rows = ragged_kernel.rows_from %q_rows[%row]
// CHECK-NEXT:   %q_copy = ragged_kernel.copy_async warp %q_tile_rows to %q_tile valid(%rows_left)
// CHECK-NEXT:   %q_group = ragged_kernel.commit_group(%q_copy)
// CHECK-NEXT:   ragged_kernel.wait_group %q_group pending(0)
// CHECK-NEXT:   ragged_kernel.barrier warp
// CHECK-NEXT:   %q_operand = ragged_kernel.load_operand %q_tile
// CHECK-NEXT:   %acc = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT:   %max = ragged_kernel.fill 0xFF800000
// CHECK-NEXT:   %sum = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT:   [[V4:%.*]]:3 = scf.for %key = %c0 to %length step %c64 iter_args(%acc_2 = %acc, %max_3 = %max, %sum_4 = %sum)
// CHECK-NEXT:     %k_block = ragged_kernel.shared_rows %k_tile[%key] : !ragged_kernel.shared<208x64xbf16, <xor, 128>> -> !ragged_kernel.shared<64x64xbf16, <xor, 128>>
// CHECK-NEXT:     %v_block = ragged_kernel.shared_rows %v_tile[%key] : !ragged_kernel.shared<208x64xbf16, <xor, 128>> -> !ragged_kernel.shared<64x64xbf16, <xor, 128>>
// CHECK-NEXT:     %scores = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT:     %scores_5 = ragged_kernel.mma_issue nt %q_operand, %k_block, %scores
// CHECK-NEXT:     %scores_6 = ragged_kernel.mma_wait %scores_5
// CHECK-NEXT:     %scores_7 = ragged_kernel.scale %scores_6 by 1.250000e-01
// CHECK-NEXT:     %scores_8 = ragged_kernel.apply_mask %scores_7 row(%row) key(%key) length(%length)
// CHECK-NEXT:     %acc_9, %max_10, %sum_11 = ragged_kernel.softmax_step %scores_8, %v_block, %acc_2, %max_3, %sum_4
// CHECK-NEXT:     scf.yield %acc_9, %max_10, %sum_11
// CHECK-NEXT:   }
// CHECK-NEXT:   %sum_0 = ragged_kernel.reduce_sum [[V4]]#2
// CHECK-NEXT:   %acc_1 = ragged_kernel.normalize [[V4]]#0, %sum_0
// CHECK-NEXT:   %out_tile_rows = ragged_kernel.rows_from %out_rows[%row]
// CHECK-NEXT:   ragged_kernel.store_rows %acc_1 to %out_tile_rows valid(%rows_left) staging(%q_tile)
// CHECK-NEXT: }
// CHECK-NEXT: ragged_kernel.return
// CHECK-LABEL: func.func @single(
// CHECK-NEXT: ragged_kernel.launch @single_attention({{%.*}}, {{%.*}}) grid(<operand = 1, dim = 0, add = -1, mul = 12>, <operand = -1, dim = 0, add = 0, mul = 1>) extents([#ragged_kernel.extent<operand = 0, dim = 0, add = 0, mul = 1>])
func.func @single(%qkv: tensor<?x3x12x64xbf16>,
    %offsets: tensor<?xi32>) -> tensor<?x12x64xbf16> {
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 197 : i64, ragged_kernel.schedule =
         #ragged_kernel.schedule<family = single, block_m = 64, block_n = 64, rows_per_block = 208, warps = 4,
           stages = 1, heads_per_block = 1, min_blocks = 4, softmax = single_pass, q_in_registers = true, reason = "asked">}
       : tensor<?x3x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return %o : tensor<?x12x64xbf16>
}

//--- online.mlir
// Blocks of keys pass through one slot; a barrier frees it, another shows the copies. Warps whose rows lie beyond the
// sequence pass the barriers only. Shared memory has room for the ring that pipeline-loads will make (two slots).
// CHECK: ragged_kernel.kernel @online_attention(
// CHECK-SAME: shared_bytes = 24576 : i64
// CHECK:      %block_id = ragged_kernel.block_id x
// Of 16 row blocks eight are neighbours.
// CHECK-NEXT: %block_group = arith.divui %block_id, %c8
// CHECK-NEXT: %head = arith.remui %block_group, %c12
// CHECK-NEXT: %seq_row_block = arith.divui %block_group, %c12
// CHECK-NEXT: [[PART:%.*]] = arith.remui %seq_row_block, %c2
// CHECK-NEXT: [[FIRST:%.*]] = arith.muli [[PART]], %c8
// CHECK-NEXT: [[NEXT:%.*]] = arith.remui %block_id, %c8
// CHECK-NEXT: %row_block = arith.addi [[FIRST]], [[NEXT]]
// CHECK-NEXT: %seq = arith.divui %seq_row_block, %c2
// CHECK-NEXT: %begin, %length = ragged_kernel.sequence %offsets[%seq] capacity(1024)
// CHECK-NEXT: %first_row = arith.muli %row_block, %c64
// CHECK-NEXT: [[V0:%.*]] = arith.cmpi sge, %first_row, %length
// CHECK-NEXT: ragged_kernel.exit_if [[V0]]
// CHECK-NEXT: %q_rows = ragged_kernel.global_rows %q[%begin, %head] head_stride(64) offset(0) : !ragged_kernel.ptr<bf16> -> !ragged_kernel.rows<bf16, stride = 768>
// CHECK-NEXT: %k_rows = ragged_kernel.global_rows %k[%begin, %head] head_stride(64) offset(0) : !ragged_kernel.ptr<bf16> -> !ragged_kernel.rows<bf16, stride = 768>
// CHECK-NEXT: %v_rows = ragged_kernel.global_rows %v[%begin, %head] head_stride(64) offset(0) : !ragged_kernel.ptr<bf16> -> !ragged_kernel.rows<bf16, stride = 768>
// CHECK-NEXT: %out_rows = ragged_kernel.global_rows %out[%begin, %head] head_stride(64) offset(0) : !ragged_kernel.ptr<bf16> -> !ragged_kernel.rows<bf16, stride = 768>
// CHECK-NEXT: %k_slots = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<1x32x64xbf16, <xor, 128>>
// CHECK-NEXT: %v_slots = ragged_kernel.alloc_shared offset(8192) : !ragged_kernel.shared<1x32x64xbf16, <xor, 128>>
// CHECK-NEXT: %q_tiles = ragged_kernel.alloc_shared offset(16384) : !ragged_kernel.shared<4x16x64xbf16, <xor, 128>>
// CHECK-NEXT: %warp_id = ragged_kernel.warp_id
// CHECK-NEXT: %q_tile = ragged_kernel.slot %q_tiles[%warp_id]
// CHECK-NEXT: [[V1:%.*]] = arith.muli %warp_id, %c16
// CHECK-NEXT: %row = arith.addi %first_row, [[V1]]
// CHECK-NEXT: %rows_left = arith.subi %length, %row
// CHECK-NEXT: %q_tile_rows = ragged_kernel.rows_from %q_rows[%row]
// CHECK-NEXT: %q_copy = ragged_kernel.copy_async warp %q_tile_rows to %q_tile valid(%rows_left)
// CHECK-NEXT: %q_group = ragged_kernel.commit_group(%q_copy)
// CHECK-NEXT: ragged_kernel.wait_group %q_group pending(0)
// CHECK-NEXT: ragged_kernel.barrier warp
// CHECK-NEXT: %q_operand = ragged_kernel.load_operand %q_tile
// CHECK-NEXT: %acc = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT: %max = ragged_kernel.fill 0xFF800000
// CHECK-NEXT: %sum = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT: [[V2:%.*]]:3 = scf.for %key = %c0 to %length step %c32 iter_args(%acc_2 = %acc, %max_3 = %max, %sum_4 = %sum)
// CHECK-NEXT:   %k_block = ragged_kernel.slot %k_slots[%c0]
// CHECK-NEXT:   %v_block = ragged_kernel.slot %v_slots[%c0]
// CHECK-NEXT:   ragged_kernel.barrier block
// CHECK-NEXT:   %keys_left = arith.subi %length, %key
// CHECK-NEXT:   %k_block_rows = ragged_kernel.rows_from %k_rows[%key]
// CHECK-NEXT:   %v_block_rows = ragged_kernel.rows_from %v_rows[%key]
// CHECK-NEXT:   %k_copy = ragged_kernel.copy_async block %k_block_rows to %k_block valid(%keys_left)
// CHECK-NEXT:   %v_copy = ragged_kernel.copy_async block %v_block_rows to %v_block valid(%keys_left)
// CHECK-NEXT:   %kv_group = ragged_kernel.commit_group(%k_copy, %v_copy)
// CHECK-NEXT:   ragged_kernel.wait_group %kv_group pending(0)
// CHECK-NEXT:   ragged_kernel.barrier block
// CHECK-NEXT:   [[V3:%.*]] = arith.cmpi slt, %row, %length
// CHECK-NEXT:   [[V4:%.*]]:3 = scf.if [[V3]]
// CHECK-NEXT:     %scores = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT:     %scores_5 = ragged_kernel.mma_issue nt %q_operand, %k_block, %scores
// CHECK-NEXT:     %scores_6 = ragged_kernel.mma_wait %scores_5
// CHECK-NEXT:     %scores_7 = ragged_kernel.scale %scores_6 by 1.250000e-01
// CHECK-NEXT:     %scores_8 = ragged_kernel.apply_mask %scores_7 row(%row) key(%key) length(%length)
// CHECK-NEXT:     %acc_9, %max_10, %sum_11 = ragged_kernel.softmax_step %scores_8, %v_block, %acc_2, %max_3, %sum_4
// CHECK-NEXT:     scf.yield %acc_9, %max_10, %sum_11
// CHECK-NEXT:   } else {
// CHECK-NEXT:     scf.yield %acc_2, %max_3, %sum_4
// CHECK-NEXT:   }
// CHECK-NEXT:   scf.yield [[V4]]#0, [[V4]]#1, [[V4]]#2
// CHECK-NEXT: }
// CHECK-NEXT: %sum_0 = ragged_kernel.reduce_sum [[V2]]#2
// CHECK-NEXT: %acc_1 = ragged_kernel.normalize [[V2]]#0, %sum_0
// CHECK-NEXT: %out_tile_rows = ragged_kernel.rows_from %out_rows[%row]
// CHECK-NEXT: ragged_kernel.store_rows %acc_1 to %out_tile_rows valid(%rows_left) staging(%q_tile)
// CHECK-NEXT: ragged_kernel.return
// CHECK-LABEL: func.func @online(
// CHECK-NEXT: ragged_kernel.launch @online_attention({{.*}}) grid(<operand = 3, dim = 0, add = -1, mul = 192>,
func.func @online(%q: tensor<?x12x64xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<?x12x64xbf16>,
    %offsets: tensor<?xi32>) -> tensor<?x12x64xbf16> {
  %o = ragged.attention %q, %k, %v offsets(%offsets) {max_seqlen = 1024 : i64, ragged_kernel.schedule =
         #ragged_kernel.schedule<family = online, block_m = 64, block_n = 32, rows_per_block = 64, warps = 4,
           stages = 2, heads_per_block = 1, min_blocks = 4, softmax = online, q_in_registers = true, reason = "asked">}
       : tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return %o : tensor<?x12x64xbf16>
}

//--- parts.mlir
// A block with more rows than its warps take at once visits the keys again for each part, after a barrier. Causal: the keys
// of a part end with its last row, and a warp skips the keys behind its own.
// CHECK-LABEL: ragged_kernel.kernel @parts_attention(
// CHECK:      [[LAST:%.*]] = arith.addi %first_row, %c128
// CHECK-NEXT: %row_end = arith.minsi %length, [[LAST]]
// CHECK-NEXT: scf.for %block_row = %first_row to %row_end step %c64 {
// CHECK-NEXT:   ragged_kernel.barrier block
// CHECK-NEXT:   [[V0:%.*]] = arith.muli %warp_id, %c16
// CHECK-NEXT:   %row = arith.addi %block_row, [[V0]]
// CHECK-NEXT:   [[V1:%.*]] = arith.addi %block_row, %c64
// CHECK-NEXT:   %key_end = arith.minsi %length, [[V1]]
// CHECK-NEXT:   %rows_left = arith.subi %length, %row
// CHECK-NEXT:   %q_tile_rows = ragged_kernel.rows_from %q_rows[%row]
// CHECK-NEXT:   %q_copy = ragged_kernel.copy_async warp %q_tile_rows to %q_tile valid(%rows_left)
// CHECK-NEXT:   %q_group = ragged_kernel.commit_group(%q_copy)
// CHECK-NEXT:   ragged_kernel.wait_group %q_group pending(0)
// CHECK-NEXT:   ragged_kernel.barrier warp
// CHECK-NEXT:   %q_operand = ragged_kernel.load_operand %q_tile
// CHECK-NEXT:   %acc = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT:   %max = ragged_kernel.fill 0xFF800000
// CHECK-NEXT:   %sum = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT:   [[V2:%.*]]:3 = scf.for %key = %c0 to %key_end step %c32 iter_args(%acc_2 = %acc, %max_3 = %max, %sum_4 = %sum)
// CHECK-NEXT:     %k_block = ragged_kernel.slot %k_slots[%c0]
// CHECK-NEXT:     %v_block = ragged_kernel.slot %v_slots[%c0]
// CHECK-NEXT:     ragged_kernel.barrier block
// CHECK-NEXT:     %keys_left = arith.subi %length, %key
// CHECK-NEXT:     %k_block_rows = ragged_kernel.rows_from %k_rows[%key]
// CHECK-NEXT:     %v_block_rows = ragged_kernel.rows_from %v_rows[%key]
// CHECK-NEXT:     %k_copy = ragged_kernel.copy_async block %k_block_rows to %k_block valid(%keys_left)
// CHECK-NEXT:     %v_copy = ragged_kernel.copy_async block %v_block_rows to %v_block valid(%keys_left)
// CHECK-NEXT:     %kv_group = ragged_kernel.commit_group(%k_copy, %v_copy)
// CHECK-NEXT:     ragged_kernel.wait_group %kv_group pending(0)
// CHECK-NEXT:     ragged_kernel.barrier block
// CHECK-NEXT:     [[V3:%.*]] = arith.cmpi slt, %row, %length
// CHECK-NEXT:     [[V4:%.*]] = arith.addi %row, %c16
// CHECK-NEXT:     [[V5:%.*]] = arith.cmpi slt, %key, [[V4]]
// CHECK-NEXT:     [[V6:%.*]] = arith.andi [[V3]], [[V5]]
// CHECK-NEXT:     [[V7:%.*]]:3 = scf.if [[V6]]
// CHECK-NEXT:       %scores = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT:       %scores_5 = ragged_kernel.mma_issue nt %q_operand, %k_block, %scores
// CHECK-NEXT:       %scores_6 = ragged_kernel.mma_wait %scores_5
// CHECK-NEXT:       %scores_7 = ragged_kernel.scale %scores_6 by 1.250000e-01
// CHECK-NEXT:       %scores_8 = ragged_kernel.apply_mask %scores_7 row(%row) key(%key) length(%length) {causal}
// CHECK-NEXT:       %acc_9, %max_10, %sum_11 = ragged_kernel.softmax_step %scores_8, %v_block, %acc_2, %max_3, %sum_4
// CHECK-NEXT:       scf.yield %acc_9, %max_10, %sum_11
// CHECK-NEXT:     } else {
// CHECK-NEXT:       scf.yield %acc_2, %max_3, %sum_4
// CHECK-NEXT:     }
// CHECK-NEXT:     scf.yield [[V7]]#0, [[V7]]#1, [[V7]]#2
// CHECK-NEXT:   }
// CHECK-NEXT:   %sum_0 = ragged_kernel.reduce_sum [[V2]]#2
// CHECK-NEXT:   %acc_1 = ragged_kernel.normalize [[V2]]#0, %sum_0
// CHECK-NEXT:   %out_tile_rows = ragged_kernel.rows_from %out_rows[%row]
// CHECK-NEXT:   ragged_kernel.store_rows %acc_1 to %out_tile_rows valid(%rows_left) staging(%q_tile)
// CHECK-NEXT: }
// CHECK-NEXT: ragged_kernel.return
// CHECK-LABEL: func.func @parts(
// CHECK-NEXT: ragged_kernel.launch @parts_attention({{.*}}) grid(<operand = 3, dim = 0, add = -1, mul = 96>,
func.func @parts(%q: tensor<?x12x64xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<?x12x64xbf16>,
    %offsets: tensor<?xi32>) -> tensor<?x12x64xbf16> {
  %o = ragged.attention %q, %k, %v offsets(%offsets) {max_seqlen = 1024 : i64, causal, ragged_kernel.schedule =
         #ragged_kernel.schedule<family = online, block_m = 64, block_n = 32, rows_per_block = 128, warps = 4,
           stages = 1, heads_per_block = 1, min_blocks = 4, softmax = online, q_in_registers = true, reason = "asked">}
       : tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return %o : tensor<?x12x64xbf16>
}

//--- grouped.mlir
// Four query heads share a key head; v is narrower than q and k, so the result is staged beside Q. A sequence is divided
// between two blocks, and a causal block loads no key behind its last row, nor does a warp visit one.
// CHECK-LABEL: ragged_kernel.kernel @grouped_attention(
// CHECK:      %block_id = ragged_kernel.block_id x
// CHECK-NEXT: %block_group = arith.divui %block_id, %c2
// CHECK-NEXT: %head = arith.remui %block_group, %c8
// CHECK-NEXT: %seq = arith.divui %block_group, %c8
// CHECK-NEXT: %row_block = arith.remui %block_id, %c2
// CHECK-NEXT: %begin, %length = ragged_kernel.sequence %offsets[%seq] capacity(197)
// CHECK-NEXT: %first_row = arith.muli %row_block, %c112
// CHECK-NEXT: [[V0:%.*]] = arith.cmpi sge, %first_row, %length
// CHECK-NEXT: ragged_kernel.exit_if [[V0]]
// CHECK-NEXT: %kv_head = arith.divui %head, %c4
// CHECK-NEXT: %q_rows = ragged_kernel.global_rows %q[%begin, %head] head_stride(64) offset(0) : !ragged_kernel.ptr<f16> -> !ragged_kernel.rows<f16, stride = 512>
// CHECK-NEXT: %k_rows = ragged_kernel.global_rows %k[%begin, %kv_head] head_stride(64) offset(0) : !ragged_kernel.ptr<f16> -> !ragged_kernel.rows<f16, stride = 128>
// CHECK-NEXT: %v_rows = ragged_kernel.global_rows %v[%begin, %kv_head] head_stride(32) offset(0) : !ragged_kernel.ptr<f16> -> !ragged_kernel.rows<f16, stride = 64>
// CHECK-NEXT: %out_rows = ragged_kernel.global_rows %out[%begin, %head] head_stride(32) offset(0) : !ragged_kernel.ptr<f16> -> !ragged_kernel.rows<f16, stride = 256>
// CHECK-NEXT: %k_tile = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<224x64xf16, <xor, 128>>
// CHECK-NEXT: %v_tile = ragged_kernel.alloc_shared offset(28672) : !ragged_kernel.shared<224x32xf16, <xor, 64>>
// CHECK-NEXT: %q_tiles = ragged_kernel.alloc_shared offset(43008) : !ragged_kernel.shared<2x16x64xf16, <xor, 128>>
// CHECK-NEXT: %out_tiles = ragged_kernel.alloc_shared offset(47104) : !ragged_kernel.shared<2x16x32xf16, <xor, 64>>
// CHECK-NEXT: %warp_id = ragged_kernel.warp_id
// CHECK-NEXT: %q_tile = ragged_kernel.slot %q_tiles[%warp_id]
// CHECK-NEXT: %out_tile = ragged_kernel.slot %out_tiles[%warp_id]
// CHECK-NEXT: [[V1:%.*]] = arith.addi %first_row, %c112
// CHECK-NEXT: %row_end = arith.minsi %length, [[V1]]
// CHECK-NEXT: [[V2:%.*]] = arith.addi %row_end, %c31
// CHECK-NEXT: [[V3:%.*]] = arith.divui [[V2]], %c32
// CHECK-NEXT: [[V4:%.*]] = arith.muli [[V3]], %c32
// CHECK-NEXT: %key_limit = arith.minsi [[V4]], %c224
// CHECK-NEXT: [[V5:%.*]] = arith.muli %warp_id, %c16
// CHECK-NEXT: %warp_row = arith.addi %first_row, [[V5]]
// CHECK-NEXT: %k_copy = ragged_kernel.copy_async block %k_rows to %k_tile valid(%length) limit(%key_limit)
// CHECK-NEXT: %k_group = ragged_kernel.commit_group(%k_copy)
// CHECK-NEXT: ragged_kernel.wait_group %k_group pending(0)
// CHECK-NEXT: ragged_kernel.barrier block
// CHECK-NEXT: %v_copy = ragged_kernel.copy_async block %v_rows to %v_tile valid(%length) limit(%key_limit)
// CHECK-NEXT: %v_group = ragged_kernel.commit_group(%v_copy)
// CHECK-NEXT: ragged_kernel.wait_group %v_group pending(0)
// CHECK-NEXT: ragged_kernel.barrier block
// CHECK-NEXT: scf.for %row = %warp_row to %row_end step %c32 {
// CHECK-NEXT:   %rows_left = arith.subi %length, %row
// CHECK-NEXT:   %q_tile_rows = ragged_kernel.rows_from %q_rows[%row]
// CHECK-NEXT:   %q_copy = ragged_kernel.copy_async warp %q_tile_rows to %q_tile valid(%rows_left)
// CHECK-NEXT:   %q_group = ragged_kernel.commit_group(%q_copy)
// CHECK-NEXT:   ragged_kernel.wait_group %q_group pending(0)
// CHECK-NEXT:   ragged_kernel.barrier warp
// CHECK-NEXT:   %q_operand = ragged_kernel.load_operand %q_tile
// CHECK-NEXT:   [[V6:%.*]] = arith.addi %row, %c16
// CHECK-NEXT:   %key_end = arith.minsi %length, [[V6]]
// CHECK-NEXT:   %acc = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT:   %max = ragged_kernel.fill 0xFF800000
// CHECK-NEXT:   %sum = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT:   [[V7:%.*]]:3 = scf.for %key = %c0 to %key_end step %c32 iter_args(%acc_2 = %acc, %max_3 = %max, %sum_4 = %sum)
// CHECK-NEXT:     %k_block = ragged_kernel.shared_rows %k_tile[%key] : !ragged_kernel.shared<224x64xf16, <xor, 128>> -> !ragged_kernel.shared<32x64xf16, <xor, 128>>
// CHECK-NEXT:     %v_block = ragged_kernel.shared_rows %v_tile[%key] : !ragged_kernel.shared<224x32xf16, <xor, 64>> -> !ragged_kernel.shared<32x32xf16, <xor, 64>>
// CHECK-NEXT:     %scores = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT:     %scores_5 = ragged_kernel.mma_issue nt %q_operand, %k_block, %scores
// CHECK-NEXT:     %scores_6 = ragged_kernel.mma_wait %scores_5
// CHECK-NEXT:     %scores_7 = ragged_kernel.scale %scores_6 by 5.000000e-01
// CHECK-NEXT:     %scores_8 = ragged_kernel.apply_mask %scores_7 row(%row) key(%key) length(%length) {causal}
// CHECK-NEXT:     %acc_9, %max_10, %sum_11 = ragged_kernel.softmax_step %scores_8, %v_block, %acc_2, %max_3, %sum_4
// CHECK-NEXT:     scf.yield %acc_9, %max_10, %sum_11
// CHECK-NEXT:   }
// CHECK-NEXT:   %sum_0 = ragged_kernel.reduce_sum [[V7]]#2
// CHECK-NEXT:   %acc_1 = ragged_kernel.normalize [[V7]]#0, %sum_0
// CHECK-NEXT:   %out_tile_rows = ragged_kernel.rows_from %out_rows[%row]
// CHECK-NEXT:   ragged_kernel.store_rows %acc_1 to %out_tile_rows valid(%rows_left) staging(%out_tile)
// CHECK-NEXT: }
// CHECK-NEXT: ragged_kernel.return
// CHECK-LABEL: func.func @grouped(
// CHECK-NEXT: ragged_kernel.launch @grouped_attention({{.*}}) grid(<operand = 3, dim = 0, add = -1, mul = 16>,
func.func @grouped(%q: tensor<?x8x64xf16>, %k: tensor<?x2x64xf16>, %v: tensor<?x2x32xf16>,
    %offsets: tensor<?xi32>) -> tensor<?x8x32xf16> {
  %o = ragged.attention %q, %k, %v offsets(%offsets) {max_seqlen = 197 : i64, causal, scale = 0.5 : f32, ragged_kernel.schedule =
         #ragged_kernel.schedule<family = single, block_m = 32, block_n = 32, rows_per_block = 112, warps = 2,
           stages = 1, heads_per_block = 1, min_blocks = 4, softmax = online, q_in_registers = true, reason = "asked">}
       : tensor<?x8x64xf16>, tensor<?x2x64xf16>, tensor<?x2x32xf16>, tensor<?xi32> -> tensor<?x8x32xf16>
  return %o : tensor<?x8x32xf16>
}

//--- layouts.mlir
// Strides and bases of operands become constants of their rows.
// CHECK-LABEL: ragged_kernel.kernel @strided_attention(
// CHECK:      %q_rows = ragged_kernel.global_rows %q[%begin, %head] head_stride(128) offset(0) : !ragged_kernel.ptr<bf16> -> !ragged_kernel.rows<bf16, stride = 4608>
// CHECK-NEXT: %k_rows = ragged_kernel.global_rows %k[%begin, %head] head_stride(655360) offset(0) : !ragged_kernel.ptr<bf16> -> !ragged_kernel.rows<bf16, stride = 64>
// CHECK-NEXT: %v_rows = ragged_kernel.global_rows %v[%begin, %head] head_stride(64) offset(0) : !ragged_kernel.ptr<bf16> -> !ragged_kernel.rows<bf16, stride = 768>
// CHECK-NEXT: %out_rows = ragged_kernel.global_rows %out[%begin, %head] head_stride(64) offset(0) : !ragged_kernel.ptr<bf16> -> !ragged_kernel.rows<bf16, stride = 768>
func.func @strided(%q: tensor<?x12x64xbf16, #ragged.strides<[4608, 128, 1]>>, %k: tensor<?x12x64xbf16, #ragged.strides<[64, 655360, 1]>>, %v: tensor<?x12x64xbf16>,
    %offsets: tensor<?xi32>) -> tensor<?x12x64xbf16, #ragged.strides<[768, 64, 1]>> {
  %o = ragged.attention %q, %k, %v offsets(%offsets) {max_seqlen = 64 : i64, ragged_kernel.schedule =
         #ragged_kernel.schedule<family = online, block_m = 64, block_n = 32, rows_per_block = 64, warps = 4,
           stages = 1, heads_per_block = 1, min_blocks = 4, softmax = online, q_in_registers = true, reason = "asked">}
       : tensor<?x12x64xbf16, #ragged.strides<[4608, 128, 1]>>, tensor<?x12x64xbf16, #ragged.strides<[64, 655360, 1]>>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16, #ragged.strides<[768, 64, 1]>>
  return %o : tensor<?x12x64xbf16, #ragged.strides<[768, 64, 1]>>
}
// CHECK-LABEL: ragged_kernel.kernel @packed_strided_attention(
// CHECK:      %q_rows = ragged_kernel.global_rows %qkv[%begin, %head] head_stride(64) offset(0) : !ragged_kernel.ptr<bf16> -> !ragged_kernel.rows<bf16, stride = 1024>
// CHECK-NEXT: %k_rows = ragged_kernel.global_rows %qkv[%begin, %head] head_stride(64) offset(256) : !ragged_kernel.ptr<bf16> -> !ragged_kernel.rows<bf16, stride = 1024>
// CHECK-NEXT: %v_rows = ragged_kernel.global_rows %qkv[%begin, %head] head_stride(64) offset(512) : !ragged_kernel.ptr<bf16> -> !ragged_kernel.rows<bf16, stride = 1024>
// CHECK-NEXT: %out_rows = ragged_kernel.global_rows %out[%begin, %head] head_stride(64) offset(0) : !ragged_kernel.ptr<bf16> -> !ragged_kernel.rows<bf16, stride = 256>
func.func @packed_strided(%qkv: tensor<?x3x4x64xbf16, #ragged.strides<[1024, 256, 64, 1]>>,
    %offsets: tensor<?xi32>) -> tensor<?x4x64xbf16> {
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 64 : i64, ragged_kernel.schedule =
         #ragged_kernel.schedule<family = online, block_m = 64, block_n = 32, rows_per_block = 64, warps = 4,
           stages = 1, heads_per_block = 1, min_blocks = 4, softmax = online, q_in_registers = true, reason = "asked">}
       : tensor<?x3x4x64xbf16, #ragged.strides<[1024, 256, 64, 1]>>, tensor<?xi32> -> tensor<?x4x64xbf16>
  return %o : tensor<?x4x64xbf16>
}
// Rows of 288 bytes are padded to an odd multiple of 16. Q that does not fit registers stays in shared memory.
// CHECK-LABEL: ragged_kernel.kernel @padded_attention(
// CHECK:      %k_tile = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<64x72xf32, <padded, 304>>
// CHECK-NEXT: %v_tile = ragged_kernel.alloc_shared offset(19456) : !ragged_kernel.shared<64x72xf32, <padded, 304>>
// CHECK-NEXT: %q_tiles = ragged_kernel.alloc_shared offset(38912) : !ragged_kernel.shared<4x16x72xf32, <padded, 304>>
// CHECK:        %acc = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT:   %max = ragged_kernel.fill 0xFF800000
// CHECK-NEXT:   %sum = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT:   [[V0:%.*]]:3 = scf.for %key = %c0 to %length step %c32 iter_args(%acc_2 = %acc, %max_3 = %max, %sum_4 = %sum)
// CHECK-NEXT:     %k_block = ragged_kernel.shared_rows %k_tile[%key] : !ragged_kernel.shared<64x72xf32, <padded, 304>> -> !ragged_kernel.shared<32x72xf32, <padded, 304>>
// CHECK-NEXT:     %v_block = ragged_kernel.shared_rows %v_tile[%key] : !ragged_kernel.shared<64x72xf32, <padded, 304>> -> !ragged_kernel.shared<32x72xf32, <padded, 304>>
// CHECK-NEXT:     %scores = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT:     %scores_5 = ragged_kernel.mma_issue nt %q_tile, %k_block, %scores
// CHECK-NEXT:     %scores_6 = ragged_kernel.mma_wait %scores_5
func.func @padded(%q: tensor<?x4x72xf32>, %k: tensor<?x4x72xf32>, %v: tensor<?x4x72xf32>,
    %offsets: tensor<?xi32>) -> tensor<?x4x72xf32> {
  %o = ragged.attention %q, %k, %v offsets(%offsets) {max_seqlen = 64 : i64, ragged_kernel.schedule =
         #ragged_kernel.schedule<family = single, block_m = 64, block_n = 32, rows_per_block = 64, warps = 4,
           stages = 1, heads_per_block = 1, min_blocks = 4, softmax = online, q_in_registers = false, reason = "asked">}
       : tensor<?x4x72xf32>, tensor<?x4x72xf32>, tensor<?x4x72xf32>, tensor<?xi32> -> tensor<?x4x72xf32>
  return %o : tensor<?x4x72xf32>
}

//--- pack.mlir
// Two kernels: offsets and indices, with a block for each offset, the last of which has no sequence; then the rows.
// CHECK-LABEL: ragged_kernel.kernel @pack_pack_indices(
// CHECK:      %seq = ragged_kernel.block_id x
// CHECK-NEXT: %scratch = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<32xi32>
// CHECK-NEXT: %first = arith.muli %seq, %c197
// CHECK-NEXT: %before = ragged_kernel.count_kept %keep[%c0, %first] scratch(%scratch)
// CHECK-NEXT: %thread = ragged_kernel.thread_id
// CHECK-NEXT: [[V0:%.*]] = arith.cmpi eq, %thread, %c0
// CHECK-NEXT: scf.if [[V0]] {
// CHECK-NEXT:   ragged_kernel.store %before to %offsets[%seq]
// CHECK-NEXT: }
// CHECK-NEXT: %blocks = ragged_kernel.grid_size x
// CHECK-NEXT: [[V1:%.*]] = arith.addi %seq, %c1
// CHECK-NEXT: [[V2:%.*]] = arith.cmpi eq, [[V1]], %blocks
// CHECK-NEXT: ragged_kernel.exit_if [[V2]]
// CHECK-NEXT: %kept = ragged_kernel.compact_kept %keep[%first, %c197] to %indices[%before] scratch(%scratch)
// CHECK-NEXT: ragged_kernel.return
// CHECK-LABEL: ragged_kernel.kernel @pack_pack_rows(
// CHECK:      %block_id = ragged_kernel.block_id x
// CHECK-NEXT: %seq = ragged_kernel.block_id y
// CHECK-NEXT: %begin, %length = ragged_kernel.sequence %offsets[%seq] capacity(197)
// CHECK-NEXT: %start = arith.muli %block_id, %c16
// CHECK-NEXT: [[V0:%.*]] = arith.addi %start, %c16
// CHECK-NEXT: %end = arith.minsi [[V0]], %length
// CHECK-NEXT: %warp_id = ragged_kernel.warp_id
// CHECK-NEXT: [[V1:%.*]] = arith.addi %start, %warp_id
// CHECK-NEXT: scf.for %row = [[V1]] to %end step %c8 {
// CHECK-NEXT:   %target = arith.addi %begin, %row
// CHECK-NEXT:   %source = ragged_kernel.load %indices[%target]
// CHECK-NEXT:   ragged_kernel.copy_row %x[%source] to %rows[%target] bytes(1536)
// CHECK-NEXT: }
// CHECK-NEXT: ragged_kernel.return
// CHECK-LABEL: func.func @pack(
// CHECK-SAME: [[X:%[a-z0-9]+]]: tensor<?x197x768xbf16>, [[KEEP:%[a-z0-9]+]]: tensor<?x197xi1>
// CHECK-NEXT: [[LIST:%.*]]:2 = ragged_kernel.launch @pack_pack_indices([[KEEP]]) grid(<operand = 0, dim = 0, add = 1, mul = 1>, <operand = -1, dim = 0, add = 0, mul = 1>) extents([#ragged_kernel.extent<operand = 0, dim = 0, add = 1, mul = 1>, #ragged_kernel.extent<operand = 0, dim = 0, add = 0, mul = 197>])
// CHECK-NEXT: [[ROWS:%.*]] = ragged_kernel.launch @pack_pack_rows([[X]], [[LIST]]#0, [[LIST]]#1) grid(<operand = -1, dim = 0, add = 0, mul = 13>, <operand = 0, dim = 0, add = 0, mul = 1>) extents([#ragged_kernel.extent<operand = 0, dim = 0, add = 0, mul = 197>])
// CHECK-NEXT: return [[ROWS]], [[LIST]]#0, [[LIST]]#1
func.func @pack(%x: tensor<?x197x768xbf16>, %keep: tensor<?x197xi1>) -> (tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32>) {
  %rows, %offsets, %indices = ragged.pack %x, %keep
      : tensor<?x197x768xbf16>, tensor<?x197xi1> -> tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32>
  return %rows, %offsets, %indices : tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32>
}

//--- unpack.mlir
// A block owns 16 padded rows: it looks up where each comes from, then copies or fills. -1 is 0xBF80BF80 in pairs of bf16.
// CHECK-LABEL: ragged_kernel.kernel @unpack_unpack(
// CHECK:      %block_id = ragged_kernel.block_id x
// CHECK-NEXT: %seq = ragged_kernel.block_id y
// CHECK-NEXT: %begin, %length = ragged_kernel.sequence %offsets[%seq] capacity(197)
// CHECK-NEXT: %start = arith.muli %block_id, %c16
// CHECK-NEXT: [[V0:%.*]] = arith.subi %c197, %start
// CHECK-NEXT: %count = arith.minsi [[V0]], %c16
// CHECK-NEXT: [[V1:%.*]] = arith.muli %seq, %c197
// CHECK-NEXT: %first = arith.addi [[V1]], %start
// CHECK-NEXT: %source_of = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<16xi32>
// CHECK-NEXT: %thread = ragged_kernel.thread_id
// CHECK-NEXT: [[V2:%.*]] = arith.cmpi slt, %thread, %c16
// CHECK-NEXT: scf.if [[V2]] {
// CHECK-NEXT:   ragged_kernel.store %c-1 to %source_of[%thread]
// CHECK-NEXT: }
// CHECK-NEXT: ragged_kernel.barrier block
// CHECK-NEXT: scf.for %row = %thread to %length step %c256 {
// CHECK-NEXT:   %packed_row = arith.addi %begin, %row
// CHECK-NEXT:   %index = ragged_kernel.load %indices[%packed_row]
// CHECK-NEXT:   %place = arith.subi %index, %first
// CHECK-NEXT:   [[V3:%.*]] = arith.cmpi sge, %place, %c0
// CHECK-NEXT:   [[V4:%.*]] = arith.cmpi slt, %place, %count
// CHECK-NEXT:   [[V5:%.*]] = arith.andi [[V3]], [[V4]]
// CHECK-NEXT:   scf.if [[V5]] {
// CHECK-NEXT:     ragged_kernel.store %packed_row to %source_of[%place]
// CHECK-NEXT:   }
// CHECK-NEXT: }
// CHECK-NEXT: ragged_kernel.barrier block
// CHECK-NEXT: %warp_id = ragged_kernel.warp_id
// CHECK-NEXT: scf.for %i = %warp_id to %count step %c8 {
// CHECK-NEXT:   %packed_row = ragged_kernel.load %source_of[%i]
// CHECK-NEXT:   %target = arith.addi %first, %i
// CHECK-NEXT:   [[V3:%.*]] = arith.cmpi sge, %packed_row, %c0
// CHECK-NEXT:   scf.if [[V3]] {
// CHECK-NEXT:     ragged_kernel.copy_row %rows[%packed_row] to %out[%target] bytes(1536)
// CHECK-NEXT:   } else {
// CHECK-NEXT:     ragged_kernel.fill_row %out[%target] pattern(-1082081408) bytes(1536)
// CHECK-NEXT:   }
// CHECK-NEXT: }
// CHECK-NEXT: ragged_kernel.return
// CHECK-LABEL: func.func @unpack(
// CHECK-NEXT: ragged_kernel.launch @unpack_unpack({{%.*}}, {{%.*}}, {{%.*}}) grid(<operand = -1, dim = 0, add = 0, mul = 13>, <operand = 2, dim = 0, add = -1, mul = 1>) extents([#ragged_kernel.extent<operand = 2, dim = 0, add = -1, mul = 1>])
func.func @unpack(%rows: tensor<?x768xbf16>, %indices: tensor<?xi32>, %offsets: tensor<?xi32>) -> tensor<?x197x768xbf16> {
  %x = ragged.unpack %rows, %indices, %offsets {fill = -1.0}
      : tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32> -> tensor<?x197x768xbf16>
  return %x : tensor<?x197x768xbf16>
}
// CHECK-LABEL: ragged_kernel.kernel @unpack_f32_unpack(
// CHECK:          ragged_kernel.copy_row %rows[%packed_row] to %out[%target] bytes(60)
// CHECK-NEXT:   } else {
// CHECK-NEXT:     ragged_kernel.fill_row %out[%target] pattern(-1082130432) bytes(60)
func.func @unpack_f32(%rows: tensor<?x3x5xf32>, %indices: tensor<?xi32>, %offsets: tensor<?xi32>) -> tensor<?x197x3x5xf32> {
  %x = ragged.unpack %rows, %indices, %offsets {fill = -1.0}
      : tensor<?x3x5xf32>, tensor<?xi32>, tensor<?xi32> -> tensor<?x197x3x5xf32>
  return %x : tensor<?x197x3x5xf32>
}

//--- several.mlir
// A kernel stands before the function that launches it. Its name is the function's, spelled as C can; a name that is taken
// gets a number. The order of launches is that of the operations.
// CHECK: ragged_kernel.kernel @several_attention(
// CHECK: ragged_kernel.kernel @several_attention_1(
// CHECK: func.func @several(
// CHECK-NEXT: [[FIRST:%.*]] = ragged_kernel.launch @several_attention(
// CHECK-NEXT: ragged_kernel.launch @several_attention_1([[FIRST]], [[FIRST]], [[FIRST]],
// CHECK: ragged_kernel.kernel @_2_b_c_attention(
// CHECK: func.func @"2 b/c"(
func.func @several(%q: tensor<?x2x16xbf16>, %offsets: tensor<?xi32>) -> tensor<?x2x16xbf16> {
  %a = ragged.attention %q, %q, %q offsets(%offsets) {max_seqlen = 16 : i64, ragged_kernel.schedule =
         #ragged_kernel.schedule<family = warp, block_m = 16, block_n = 32, rows_per_block = 16, warps = 1,
           stages = 1, heads_per_block = 1, min_blocks = 4, softmax = online, q_in_registers = true, reason = "asked">}
       : tensor<?x2x16xbf16>, tensor<?x2x16xbf16>, tensor<?x2x16xbf16>, tensor<?xi32> -> tensor<?x2x16xbf16>
  %b = ragged.attention %a, %a, %a offsets(%offsets) {max_seqlen = 16 : i64, ragged_kernel.schedule =
         #ragged_kernel.schedule<family = warp, block_m = 16, block_n = 32, rows_per_block = 16, warps = 1,
           stages = 1, heads_per_block = 1, min_blocks = 4, softmax = online, q_in_registers = true, reason = "asked">}
       : tensor<?x2x16xbf16>, tensor<?x2x16xbf16>, tensor<?x2x16xbf16>, tensor<?xi32> -> tensor<?x2x16xbf16>
  return %b : tensor<?x2x16xbf16>
}
func.func @"2 b/c"(%q: tensor<?x2x16xbf16>, %offsets: tensor<?xi32>) -> tensor<?x2x16xbf16> {
  %a = ragged.attention %q, %q, %q offsets(%offsets) {max_seqlen = 16 : i64, ragged_kernel.schedule =
         #ragged_kernel.schedule<family = warp, block_m = 16, block_n = 32, rows_per_block = 16, warps = 1,
           stages = 1, heads_per_block = 1, min_blocks = 4, softmax = online, q_in_registers = true, reason = "asked">}
       : tensor<?x2x16xbf16>, tensor<?x2x16xbf16>, tensor<?x2x16xbf16>, tensor<?xi32> -> tensor<?x2x16xbf16>
  return %a : tensor<?x2x16xbf16>
}

//--- swapped.mlir
// The same operations in another order: launches follow the order of each function, and what depends on what stays so.
// A kernel takes no name that something else has, be it above or below.
// CHECK: ragged_kernel.kernel @a_pack_indices(
// CHECK: ragged_kernel.kernel @a_pack_rows_1(
// CHECK: ragged_kernel.kernel @a_attention(
// CHECK: ragged_kernel.kernel @a_unpack(
// CHECK-LABEL: func.func @a(
// CHECK-SAME: [[X:%[a-z0-9]+]]: tensor<?x16x2x16xbf16>, [[KEEP:%[a-z0-9]+]]: tensor<?x16xi1>
// CHECK-NEXT: [[LIST:%.*]]:2 = ragged_kernel.launch @a_pack_indices([[KEEP]])
// CHECK-NEXT: [[ROWS:%.*]] = ragged_kernel.launch @a_pack_rows_1([[X]], [[LIST]]#0, [[LIST]]#1)
// CHECK-NEXT: [[OUT:%.*]] = ragged_kernel.launch @a_attention([[ROWS]], [[ROWS]], [[ROWS]], [[LIST]]#0)
// CHECK-NEXT: [[PADDED:%.*]] = ragged_kernel.launch @a_unpack([[OUT]], [[LIST]]#1, [[LIST]]#0)
// CHECK-NEXT: return [[PADDED]]
#warp = #ragged_kernel.schedule<family = warp, block_m = 16, block_n = 16, rows_per_block = 16, warps = 1, stages = 1,
          heads_per_block = 1, min_blocks = 4, softmax = online, q_in_registers = true, reason = "asked">
func.func @a(%x: tensor<?x16x2x16xbf16>, %keep: tensor<?x16xi1>) -> tensor<?x16x2x16xbf16> {
  %rows, %offsets, %indices = ragged.pack %x, %keep
      : tensor<?x16x2x16xbf16>, tensor<?x16xi1> -> tensor<?x2x16xbf16>, tensor<?xi32>, tensor<?xi32>
  %o = ragged.attention %rows, %rows, %rows offsets(%offsets) {max_seqlen = 16 : i64, ragged_kernel.schedule = #warp}
      : tensor<?x2x16xbf16>, tensor<?x2x16xbf16>, tensor<?x2x16xbf16>, tensor<?xi32> -> tensor<?x2x16xbf16>
  %y = ragged.unpack %o, %indices, %offsets : tensor<?x2x16xbf16>, tensor<?xi32>, tensor<?xi32> -> tensor<?x16x2x16xbf16>
  return %y : tensor<?x16x2x16xbf16>
}
// CHECK: ragged_kernel.kernel @b_attention_2(
// CHECK: ragged_kernel.kernel @b_unpack(
// CHECK: ragged_kernel.kernel @b_pack_indices(
// CHECK: ragged_kernel.kernel @b_pack_rows(
// CHECK-LABEL: func.func @b(
// CHECK-SAME: [[Q:%[a-z0-9]+]]: tensor<?x2x16xbf16>, [[INDICES:%[a-z0-9]+]]: tensor<?xi32>, [[OFFSETS:%[a-z0-9]+]]: tensor<?xi32>, [[KEEP:%[a-z0-9]+]]: tensor<?x16xi1>
// CHECK-NEXT: [[OUT:%.*]] = ragged_kernel.launch @b_attention_2([[Q]], [[Q]], [[Q]], [[OFFSETS]])
// CHECK-NEXT: [[PADDED:%.*]] = ragged_kernel.launch @b_unpack([[OUT]], [[INDICES]], [[OFFSETS]])
// CHECK-NEXT: [[LIST:%.*]]:2 = ragged_kernel.launch @b_pack_indices([[KEEP]])
// CHECK-NEXT: [[ROWS:%.*]] = ragged_kernel.launch @b_pack_rows([[PADDED]], [[LIST]]#0, [[LIST]]#1)
// CHECK-NEXT: return [[ROWS]]
func.func @b(%q: tensor<?x2x16xbf16>, %indices: tensor<?xi32>, %offsets: tensor<?xi32>, %keep: tensor<?x16xi1>) -> tensor<?x2x16xbf16> {
  %o = ragged.attention %q, %q, %q offsets(%offsets) {max_seqlen = 16 : i64, ragged_kernel.schedule = #warp}
      : tensor<?x2x16xbf16>, tensor<?x2x16xbf16>, tensor<?x2x16xbf16>, tensor<?xi32> -> tensor<?x2x16xbf16>
  %y = ragged.unpack %o, %indices, %offsets : tensor<?x2x16xbf16>, tensor<?xi32>, tensor<?xi32> -> tensor<?x16x2x16xbf16>
  %rows, %o2, %i2 = ragged.pack %y, %keep
      : tensor<?x16x2x16xbf16>, tensor<?x16xi1> -> tensor<?x2x16xbf16>, tensor<?xi32>, tensor<?xi32>
  return %rows : tensor<?x2x16xbf16>
}
func.func private @a_pack_rows()
func.func private @b_attention()
func.func private @b_attention_1()

//--- outside.mlir
// Operations outside a function, in the module itself or in a region that is no function, become launches there.
// CHECK: ragged_kernel.kernel @ragged_attention(
// CHECK: ragged_kernel.launch @ragged_attention(
// CHECK: ragged_kernel.kernel @ragged_pack_indices(
// CHECK: ragged_kernel.kernel @ragged_pack_rows(
// CHECK: [[LIST:%.*]]:2 = ragged_kernel.launch @ragged_pack_indices(
// CHECK: [[ROWS:%.*]] = ragged_kernel.launch @ragged_pack_rows(
// CHECK: ragged_kernel.kernel @ragged_unpack(
// CHECK: scf.execute_region
// CHECK-NEXT: [[PADDED:%.*]] = ragged_kernel.launch @ragged_unpack([[ROWS]], [[LIST]]#1, [[LIST]]#0)
// CHECK-NEXT: scf.yield [[PADDED]]
#warp = #ragged_kernel.schedule<family = warp, block_m = 16, block_n = 16, rows_per_block = 16, warps = 1, stages = 1,
          heads_per_block = 1, min_blocks = 4, softmax = online, q_in_registers = true, reason = "asked">
%q = tensor.empty() : tensor<197x2x16xbf16>
%list = tensor.empty() : tensor<2xi32>
%o = ragged.attention %q, %q, %q offsets(%list) {max_seqlen = 16 : i64, ragged_kernel.schedule = #warp}
     : tensor<197x2x16xbf16>, tensor<197x2x16xbf16>, tensor<197x2x16xbf16>, tensor<2xi32> -> tensor<197x2x16xbf16>
%x = tensor.empty() : tensor<3x16x8xbf16>
%keep = tensor.empty() : tensor<3x16xi1>
%rows, %offsets, %indices = ragged.pack %x, %keep
    : tensor<3x16x8xbf16>, tensor<3x16xi1> -> tensor<?x8xbf16>, tensor<?xi32>, tensor<?xi32>
%y = scf.execute_region -> tensor<?x16x8xbf16> {
  %padded = ragged.unpack %rows, %indices, %offsets : tensor<?x8xbf16>, tensor<?xi32>, tensor<?xi32> -> tensor<?x16x8xbf16>
  scf.yield %padded : tensor<?x16x8xbf16>
}
// The kernels of a module within a module stay in it.
// CHECK: module @inner {
// CHECK-NEXT: ragged_kernel.kernel @f_unpack(
// CHECK: func.func @f(
// CHECK-NEXT: ragged_kernel.launch @f_unpack(
module @inner {
  func.func @f(%r: tensor<?x8xbf16>, %l: tensor<?xi32>) -> tensor<?x16x8xbf16> {
    %p = ragged.unpack %r, %l, %l : tensor<?x8xbf16>, tensor<?xi32>, tensor<?xi32> -> tensor<?x16x8xbf16>
    return %p : tensor<?x16x8xbf16>
  }
}

//--- invalid.mlir
// What is missing is said once, before anything is rewritten.
func.func @unscheduled(%q: tensor<?x2x16xbf16>, %offsets: tensor<?xi32>) -> tensor<?x2x16xbf16> {
  // expected-error @+1 {{'ragged.attention' op expected a schedule; run ragged-choose-schedule before ragged-lower-to-kernel}}
  %a = ragged.attention %q, %q, %q offsets(%offsets) {max_seqlen = 16 : i64}
       : tensor<?x2x16xbf16>, tensor<?x2x16xbf16>, tensor<?x2x16xbf16>, tensor<?xi32> -> tensor<?x2x16xbf16>
  // expected-error @+1 {{'ragged.attention' op expected a schedule; run ragged-choose-schedule before ragged-lower-to-kernel}}
  %b = ragged.attention %q, %q, %q offsets(%offsets) {max_seqlen = 16 : i64, ragged_kernel.schedule = "warp"}
       : tensor<?x2x16xbf16>, tensor<?x2x16xbf16>, tensor<?x2x16xbf16>, tensor<?xi32> -> tensor<?x2x16xbf16>
  return %b : tensor<?x2x16xbf16>
}

// -----

func.func @unpadded(%x: tensor<?x?x768xbf16>, %keep: tensor<?x?xi1>) -> tensor<?x?x768xbf16> {
  // expected-error @+1 {{'ragged.pack' op expected a static padded length and row; run ragged-specialise}}
  %rows, %offsets, %indices = ragged.pack %x, %keep
      : tensor<?x?x768xbf16>, tensor<?x?xi1> -> tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32>
  // expected-error @+1 {{'ragged.unpack' op expected a static padded length and row; run ragged-specialise}}
  %y = ragged.unpack %rows, %indices, %offsets
      : tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32> -> tensor<?x?x768xbf16>
  return %y : tensor<?x?x768xbf16>
}

// -----

// A schedule alone does not make the sizes known.
#warp = #ragged_kernel.schedule<family = warp, block_m = 16, block_n = 16, rows_per_block = 16, warps = 1, stages = 1,
          heads_per_block = 1, min_blocks = 4, softmax = online, q_in_registers = true, reason = "asked">
func.func @unknown(%q: tensor<?x?x16xbf16>, %p: tensor<?x2x16xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{'ragged.attention' op expected heads, head dimensions and max_seqlen to be known; run ragged-specialise}}
  %a = ragged.attention %q, %q, %q offsets(%offsets) {max_seqlen = 16 : i64, ragged_kernel.schedule = #warp}
       : tensor<?x?x16xbf16>, tensor<?x?x16xbf16>, tensor<?x?x16xbf16>, tensor<?xi32> -> tensor<?x?x16xbf16>
  // expected-error @+1 {{'ragged.attention' op expected heads, head dimensions and max_seqlen to be known; run ragged-specialise}}
  %b = ragged.attention %p, %p, %p offsets(%offsets) {ragged_kernel.schedule = #warp}
       : tensor<?x2x16xbf16>, tensor<?x2x16xbf16>, tensor<?x2x16xbf16>, tensor<?xi32> -> tensor<?x2x16xbf16>
  return
}

// -----

// A kernel launches nothing.
ragged_kernel.kernel @inside(%p: !ragged_kernel.ptr<i32>) attributes {block_size = 32 : i64} {
  %x = tensor.empty() : tensor<3x16x8xbf16>
  %keep = tensor.empty() : tensor<3x16xi1>
  // expected-error @+1 {{'ragged.pack' op expected to be outside of a kernel}}
  %rows, %offsets, %indices = ragged.pack %x, %keep
      : tensor<3x16x8xbf16>, tensor<3x16xi1> -> tensor<?x8xbf16>, tensor<?xi32>, tensor<?xi32>
  ragged_kernel.return
}

// -----

// Schedules that somebody wrote by hand. Each of these would divide by nothing, leave rows or heads out, or need tiles that
// do not exist.
func.func @schedules(%q: tensor<?x4x64xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected warps of the schedule to be from 1 to 32, got 0}}
  ragged.attention %q, %q, %q offsets(%offsets) {max_seqlen = 100 : i64, ragged_kernel.schedule =
      #ragged_kernel.schedule<family = single, block_m = 64, block_n = 32, rows_per_block = 112, warps = 0, stages = 1, heads_per_block = 1, min_blocks = 4, softmax = online, q_in_registers = true, reason = "by hand">}
      : tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?xi32> -> tensor<?x4x64xbf16>
  // expected-error @+1 {{expected warps of the schedule to be from 1 to 32, got 33}}
  ragged.attention %q, %q, %q offsets(%offsets) {max_seqlen = 100 : i64, ragged_kernel.schedule =
      #ragged_kernel.schedule<family = single, block_m = 64, block_n = 32, rows_per_block = 112, warps = 33, stages = 1, heads_per_block = 1, min_blocks = 4, softmax = online, q_in_registers = true, reason = "by hand">}
      : tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?xi32> -> tensor<?x4x64xbf16>
  // expected-error @+1 {{expected stages of the schedule to be from 1 to 8, got 0}}
  ragged.attention %q, %q, %q offsets(%offsets) {max_seqlen = 100 : i64, ragged_kernel.schedule =
      #ragged_kernel.schedule<family = single, block_m = 64, block_n = 32, rows_per_block = 112, warps = 4, stages = 0, heads_per_block = 1, min_blocks = 4, softmax = online, q_in_registers = true, reason = "by hand">}
      : tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?xi32> -> tensor<?x4x64xbf16>
  // expected-error @+1 {{expected stages of the schedule to be from 1 to 8, got 9}}
  ragged.attention %q, %q, %q offsets(%offsets) {max_seqlen = 100 : i64, ragged_kernel.schedule =
      #ragged_kernel.schedule<family = single, block_m = 64, block_n = 32, rows_per_block = 112, warps = 4, stages = 9, heads_per_block = 1, min_blocks = 4, softmax = online, q_in_registers = true, reason = "by hand">}
      : tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?xi32> -> tensor<?x4x64xbf16>
  // expected-error @+1 {{expected block_n of the schedule to be a multiple of 16 from 16 to 256, got 0}}
  ragged.attention %q, %q, %q offsets(%offsets) {max_seqlen = 100 : i64, ragged_kernel.schedule =
      #ragged_kernel.schedule<family = single, block_m = 64, block_n = 0, rows_per_block = 112, warps = 4, stages = 1, heads_per_block = 1, min_blocks = 4, softmax = online, q_in_registers = true, reason = "by hand">}
      : tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?xi32> -> tensor<?x4x64xbf16>
  // expected-error @+1 {{expected block_n of the schedule to be a multiple of 16 from 16 to 256, got 40}}
  ragged.attention %q, %q, %q offsets(%offsets) {max_seqlen = 100 : i64, ragged_kernel.schedule =
      #ragged_kernel.schedule<family = single, block_m = 64, block_n = 40, rows_per_block = 112, warps = 4, stages = 1, heads_per_block = 1, min_blocks = 4, softmax = online, q_in_registers = true, reason = "by hand">}
      : tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?xi32> -> tensor<?x4x64xbf16>
  // expected-error @+1 {{expected block_n of the schedule to be a multiple of 16 from 16 to 256, got 272}}
  ragged.attention %q, %q, %q offsets(%offsets) {max_seqlen = 100 : i64, ragged_kernel.schedule =
      #ragged_kernel.schedule<family = single, block_m = 64, block_n = 272, rows_per_block = 112, warps = 4, stages = 1, heads_per_block = 1, min_blocks = 4, softmax = online, q_in_registers = true, reason = "by hand">}
      : tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?xi32> -> tensor<?x4x64xbf16>
  // expected-error @+1 {{expected heads_per_block of the schedule to be 1, got 2}}
  ragged.attention %q, %q, %q offsets(%offsets) {max_seqlen = 100 : i64, ragged_kernel.schedule =
      #ragged_kernel.schedule<family = single, block_m = 64, block_n = 32, rows_per_block = 112, warps = 4, stages = 1, heads_per_block = 2, min_blocks = 4, softmax = online, q_in_registers = true, reason = "by hand">}
      : tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?xi32> -> tensor<?x4x64xbf16>
  // expected-error @+1 {{expected heads_per_block of the schedule to be 4, got 2}}
  ragged.attention %q, %q, %q offsets(%offsets) {max_seqlen = 100 : i64, ragged_kernel.schedule =
      #ragged_kernel.schedule<family = warp, block_m = 64, block_n = 32, rows_per_block = 112, warps = 4, stages = 1, heads_per_block = 2, min_blocks = 4, softmax = online, q_in_registers = true, reason = "by hand">}
      : tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?xi32> -> tensor<?x4x64xbf16>
  // expected-error @+1 {{expected rows_per_block of the schedule to be a positive multiple of 16, got 0}}
  ragged.attention %q, %q, %q offsets(%offsets) {max_seqlen = 100 : i64, ragged_kernel.schedule =
      #ragged_kernel.schedule<family = single, block_m = 64, block_n = 32, rows_per_block = 0, warps = 4, stages = 1, heads_per_block = 1, min_blocks = 4, softmax = online, q_in_registers = true, reason = "by hand">}
      : tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?xi32> -> tensor<?x4x64xbf16>
  // expected-error @+1 {{expected rows_per_block of the schedule to be a positive multiple of 16, got -16}}
  ragged.attention %q, %q, %q offsets(%offsets) {max_seqlen = 100 : i64, ragged_kernel.schedule =
      #ragged_kernel.schedule<family = single, block_m = 64, block_n = 32, rows_per_block = -16, warps = 4, stages = 1, heads_per_block = 1, min_blocks = 4, softmax = online, q_in_registers = true, reason = "by hand">}
      : tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?xi32> -> tensor<?x4x64xbf16>
  // expected-error @+1 {{expected rows_per_block of the schedule to be a positive multiple of 16, got 40}}
  ragged.attention %q, %q, %q offsets(%offsets) {max_seqlen = 100 : i64, ragged_kernel.schedule =
      #ragged_kernel.schedule<family = single, block_m = 64, block_n = 32, rows_per_block = 40, warps = 4, stages = 1, heads_per_block = 1, min_blocks = 4, softmax = online, q_in_registers = true, reason = "by hand">}
      : tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?xi32> -> tensor<?x4x64xbf16>
  // expected-error @+1 {{expected rows_per_block of the schedule to be a positive multiple of 112, got 96}}
  ragged.attention %q, %q, %q offsets(%offsets) {max_seqlen = 100 : i64, ragged_kernel.schedule =
      #ragged_kernel.schedule<family = warp, block_m = 64, block_n = 32, rows_per_block = 96, warps = 4, stages = 1, heads_per_block = 4, min_blocks = 4, softmax = online, q_in_registers = true, reason = "by hand">}
      : tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?xi32> -> tensor<?x4x64xbf16>
  // expected-error @+1 {{expected rows_per_block of the schedule to be a positive multiple of 64, got 48}}
  ragged.attention %q, %q, %q offsets(%offsets) {max_seqlen = 100 : i64, ragged_kernel.schedule =
      #ragged_kernel.schedule<family = online, block_m = 64, block_n = 32, rows_per_block = 48, warps = 4, stages = 1, heads_per_block = 1, min_blocks = 4, softmax = online, q_in_registers = true, reason = "by hand">}
      : tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?xi32> -> tensor<?x4x64xbf16>
  // expected-error @+1 {{expected the online family to have the online softmax, got single_pass}}
  ragged.attention %q, %q, %q offsets(%offsets) {max_seqlen = 100 : i64, ragged_kernel.schedule =
      #ragged_kernel.schedule<family = online, block_m = 64, block_n = 32, rows_per_block = 64, warps = 4, stages = 1, heads_per_block = 1, min_blocks = 4, softmax = single_pass, q_in_registers = true, reason = "by hand">}
      : tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?xi32> -> tensor<?x4x64xbf16>
  // expected-error @+1 {{expected block_n of the schedule to be at most 112 for a single pass, got 128}}
  ragged.attention %q, %q, %q offsets(%offsets) {max_seqlen = 100 : i64, ragged_kernel.schedule =
      #ragged_kernel.schedule<family = single, block_m = 64, block_n = 128, rows_per_block = 112, warps = 4, stages = 1, heads_per_block = 1, min_blocks = 4, softmax = single_pass, q_in_registers = true, reason = "by hand">}
      : tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?xi32> -> tensor<?x4x64xbf16>
  return
}
