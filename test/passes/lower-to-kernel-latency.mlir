// The family latency: warps divide the keys of a few rows, and join what they have. Under a maximum: f16, and causal masks.
// With bf16: lower-to-kernel-latency-plain.mlir.
// RUN: split-file %s %t
// RUN: ragged-opt %t/widths.mlir --ragged-lower-to-kernel --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %t/widths.mlir --implicit-check-not=ragged.
// RUN: ragged-opt %t/parts.mlir --ragged-lower-to-kernel --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %t/parts.mlir --implicit-check-not=ragged.
// RUN: ragged-opt %t/invalid.mlir --ragged-lower-to-kernel --split-input-file --verify-diagnostics

//--- widths.mlir
// Two tiles of rows, three ways. What a way does depends on nobody but the warps of its group: its keys, its copies, its wait for
// V. Q is everybody's, so one barrier of the block stands before the scores. Slots of K are as large as the results that go
// there at last (80 rows of 128 bytes for 2 x 4736). A third of the keys is at most 32, or no more than 16: then the tile is
// narrower, and so are the copies.
// CHECK-LABEL: ragged_kernel.kernel @latency_attention(
// CHECK:      %warp_id = ragged_kernel.warp_id
// CHECK-NEXT: %row_tile = arith.remui %warp_id, %c2
// CHECK-NEXT: %way = arith.divui %warp_id, %c2
// CHECK-NEXT: [[V0:%.*]] = arith.muli %row_tile, %c16
// CHECK-NEXT: %row = arith.addi %first_row, [[V0]]
// CHECK-NEXT: [[V1:%.*]] = arith.addi %length, %c47
// CHECK-NEXT: [[V2:%.*]] = arith.divui [[V1]], %c48
// CHECK-NEXT: %way_keys = arith.muli [[V2]], %c16
// CHECK-NEXT: %first_key = arith.muli %way, %way_keys
// CHECK-NEXT: [[V3:%.*]] = arith.addi %first_key, %way_keys
// CHECK-NEXT: %way_end = arith.minsi %length, [[V3]]
// CHECK-NEXT: %q_tile = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<32x64xf16, <xor, 128>>
// CHECK-NEXT: %k_tiles = ragged_kernel.alloc_shared offset(4096) : !ragged_kernel.shared<3x80x64xf16, <xor, 128>>
// CHECK-NEXT: %k_slot = ragged_kernel.slot %k_tiles[%way]
// CHECK-NEXT: %v_tiles = ragged_kernel.alloc_shared offset(34816) : !ragged_kernel.shared<3x32x64xf16, <xor, 128>>
// CHECK-NEXT: %v_slot = ragged_kernel.slot %v_tiles[%way]
// CHECK-NEXT: %q_block_rows = ragged_kernel.rows_from %q_rows[%first_row]
// CHECK-NEXT: %block_rows_left = arith.subi %length, %first_row
// CHECK-NEXT: %q_copy = ragged_kernel.copy_async group warps(6) %q_block_rows to %q_tile valid(%block_rows_left)
// CHECK-NEXT: %k_way_rows = ragged_kernel.rows_from %k_rows[%first_key]
// CHECK-NEXT: %k_part = ragged_kernel.shared_rows %k_slot[%c0] : !ragged_kernel.shared<80x64xf16, <xor, 128>> -> !ragged_kernel.shared<16x64xf16, <xor, 128>>
// CHECK-NEXT: %keys_left = arith.subi %way_end, %first_key
// CHECK-NEXT: %k_copy = ragged_kernel.copy_async group warps(2) %k_way_rows to %k_part valid(%keys_left)
// CHECK-NEXT: [[V4:%.*]] = arith.cmpi sgt, %way_keys, %c16
// CHECK-NEXT: scf.if [[V4]] {
// CHECK-NEXT:   [[V5:%.*]] = arith.addi %first_key, %c16
// CHECK-NEXT:   %k_way_rows_1 = ragged_kernel.rows_from %k_rows[[[V5]]]
// CHECK-NEXT:   %k_part_2 = ragged_kernel.shared_rows %k_slot[%c16] : !ragged_kernel.shared<80x64xf16, <xor, 128>> -> !ragged_kernel.shared<16x64xf16, <xor, 128>>
// CHECK-NEXT:   %keys_left_3 = arith.subi %way_end, [[V5]]
// CHECK-NEXT:   %k_copy_4 = ragged_kernel.copy_async group warps(2) %k_way_rows_1 to %k_part_2 valid(%keys_left_3)
// CHECK-NEXT: }
// CHECK-NEXT: %qk_group = ragged_kernel.commit_group(%q_copy, %k_copy)
// CHECK-NEXT: %v_way_rows = ragged_kernel.rows_from %v_rows[%first_key]
// CHECK-NEXT: %v_part = ragged_kernel.shared_rows %v_slot[%c0] : !ragged_kernel.shared<32x64xf16, <xor, 128>> -> !ragged_kernel.shared<16x64xf16, <xor, 128>>
// CHECK-NEXT: %keys_left_0 = arith.subi %way_end, %first_key
// CHECK-NEXT: %v_copy = ragged_kernel.copy_async group warps(2) %v_way_rows to %v_part valid(%keys_left_0)
// CHECK-NEXT: [[V6:%.*]] = arith.cmpi sgt, %way_keys, %c16
// CHECK-NEXT: scf.if [[V6]] {
// CHECK-NEXT:   [[V7:%.*]] = arith.addi %first_key, %c16
// CHECK-NEXT:   %v_way_rows_1 = ragged_kernel.rows_from %v_rows[[[V7]]]
// CHECK-NEXT:   %v_part_2 = ragged_kernel.shared_rows %v_slot[%c16] : !ragged_kernel.shared<32x64xf16, <xor, 128>> -> !ragged_kernel.shared<16x64xf16, <xor, 128>>
// CHECK-NEXT:   %keys_left_3 = arith.subi %way_end, [[V7]]
// CHECK-NEXT:   %v_copy_4 = ragged_kernel.copy_async group warps(2) %v_way_rows_1 to %v_part_2 valid(%keys_left_3)
// CHECK-NEXT: }
// CHECK-NEXT: %v_group = ragged_kernel.commit_group(%v_copy)
// CHECK-NEXT: ragged_kernel.wait_group %qk_group pending(1)
// CHECK-NEXT: ragged_kernel.barrier block
// CHECK-NEXT: [[V7:%.*]] = arith.muli %row_tile, %c16
// CHECK-NEXT: %q_rows_tile = ragged_kernel.shared_rows %q_tile[[[V7]]] : !ragged_kernel.shared<32x64xf16, <xor, 128>> -> !ragged_kernel.shared<16x64xf16, <xor, 128>>
// CHECK-NEXT: %q_operand = ragged_kernel.load_operand %q_rows_tile
// CHECK-NEXT: [[V8:%.*]] = arith.cmpi sgt, %way_keys, %c16
// CHECK-NEXT: [[V9:%.*]]:3 = scf.if [[V8]]
// CHECK-NEXT:   ragged_kernel.wait_group %v_group pending(0)
// CHECK-NEXT:   ragged_kernel.barrier group warps(2)
// CHECK-NEXT:   %k_tile = ragged_kernel.shared_rows %k_slot[%c0] : !ragged_kernel.shared<80x64xf16, <xor, 128>> -> !ragged_kernel.shared<32x64xf16, <xor, 128>>
// CHECK-NEXT:   %v_tile = ragged_kernel.shared_rows %v_slot[%c0] : !ragged_kernel.shared<32x64xf16, <xor, 128>> -> !ragged_kernel.shared<32x64xf16, <xor, 128>>
// CHECK-NEXT:   %acc = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT:   %max = ragged_kernel.fill 0xFF800000
// CHECK-NEXT:   %sum_1 = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT:   %scores = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT:   %scores_2 = ragged_kernel.mma_issue nt %q_operand, %k_tile, %scores
// CHECK-NEXT:   %scores_3 = ragged_kernel.mma_wait %scores_2
// CHECK-NEXT:   %scores_4 = ragged_kernel.scale %scores_3 by 1.250000e-01
// CHECK-NEXT:   %scores_5 = ragged_kernel.apply_mask %scores_4 row(%row) key(%first_key) length(%way_end)
// CHECK-NEXT:   %acc_6, %max_7, %sum_8 = ragged_kernel.softmax_step %scores_5, %v_tile, %acc, %max, %sum_1
// CHECK-NEXT:   scf.yield %acc_6, %max_7, %sum_8
// CHECK-NEXT: } else {
// CHECK-NEXT:   ragged_kernel.wait_group %v_group pending(0)
// CHECK-NEXT:   ragged_kernel.barrier group warps(2)
// CHECK-NEXT:   %k_tile = ragged_kernel.shared_rows %k_slot[%c0] : !ragged_kernel.shared<80x64xf16, <xor, 128>> -> !ragged_kernel.shared<16x64xf16, <xor, 128>>
// CHECK-NEXT:   %v_tile = ragged_kernel.shared_rows %v_slot[%c0] : !ragged_kernel.shared<32x64xf16, <xor, 128>> -> !ragged_kernel.shared<16x64xf16, <xor, 128>>
// CHECK-NEXT:   %acc = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT:   %max = ragged_kernel.fill 0xFF800000
// CHECK-NEXT:   %sum_1 = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT:   %scores = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT:   %scores_2 = ragged_kernel.mma_issue nt %q_operand, %k_tile, %scores
// CHECK-NEXT:   %scores_3 = ragged_kernel.mma_wait %scores_2
// CHECK-NEXT:   %scores_4 = ragged_kernel.scale %scores_3 by 1.250000e-01
// CHECK-NEXT:   %scores_5 = ragged_kernel.apply_mask %scores_4 row(%row) key(%first_key) length(%way_end)
// CHECK-NEXT:   %acc_6, %max_7, %sum_8 = ragged_kernel.softmax_step %scores_5, %v_tile, %acc, %max, %sum_1
// CHECK-NEXT:   scf.yield %acc_6, %max_7, %sum_8
// CHECK-NEXT: }
// CHECK-NEXT: %partials = ragged_kernel.alloc_partials offset(4096) : !ragged_kernel.partials<3, 2, 64, stride = 10240>
// CHECK-NEXT: %sum = ragged_kernel.reduce_sum [[V9]]#2
// CHECK-NEXT: ragged_kernel.store_partial [[V9]]#0, [[V9]]#1, %sum to %partials[%way, %row_tile]
// CHECK-NEXT: ragged_kernel.barrier block
// CHECK-NEXT: %part = ragged_kernel.join_partials e %partials[%way, %row_tile] scale(1.000000e+00) : !ragged_kernel.partials<3, 2, 64, stride = 10240> -> !ragged_kernel.part<16, 64, ways = 3>
// CHECK-NEXT: %out_tile_rows = ragged_kernel.rows_from %out_rows[%row]
// CHECK-NEXT: %rows_left = arith.subi %length, %row
// CHECK-NEXT: ragged_kernel.store_part %part to %out_tile_rows way(%way) valid(%rows_left)
// CHECK-NEXT: ragged_kernel.return
// CHECK:      grid(<operand = 3, dim = 0, add = -1, mul = 36>,
func.func @latency(%q: tensor<?x12x64xf16>, %k: tensor<?x12x64xf16>, %v: tensor<?x12x64xf16>,
    %offsets: tensor<?xi32>) -> tensor<?x12x64xf16> {
  %o = ragged.attention %q, %k, %v offsets(%offsets) {max_seqlen = 70 : i64, ragged_kernel.schedule =
         #ragged_kernel.schedule<family = latency, block_m = 32, block_n = 32, rows_per_block = 32, warps = 6,
           stages = 1, heads_per_block = 1, min_blocks = 2, softmax = single_pass, q_in_registers = true, reason = "by hand">}
       : tensor<?x12x64xf16>, tensor<?x12x64xf16>, tensor<?x12x64xf16>, tensor<?xi32> -> tensor<?x12x64xf16>
  return %o : tensor<?x12x64xf16>
}

//--- parts.mlir
// Many keys: parts of 32, of which the last is narrower, and copied only as far as the way goes. The loop is for the softmax to be
// written out over. Causal: a block needs the keys up to its own last row, and divides those. One tile of rows: a way is a
// warp. Q in shared memory.
// CHECK-LABEL: ragged_kernel.kernel @latency_attention(
// CHECK:      %warp_id = ragged_kernel.warp_id
// CHECK-NEXT: [[V0:%.*]] = arith.addi %first_row, %c16
// CHECK-NEXT: %keys_needed = arith.minsi %length, [[V0]]
// CHECK-NEXT: [[V1:%.*]] = arith.addi %keys_needed, %c31
// CHECK-NEXT: [[V2:%.*]] = arith.divui [[V1]], %c32
// CHECK-NEXT: %way_keys = arith.muli [[V2]], %c16
// CHECK-NEXT: %first_key = arith.muli %warp_id, %way_keys
// CHECK-NEXT: [[V3:%.*]] = arith.addi %first_key, %way_keys
// CHECK-NEXT: %way_end = arith.minsi %keys_needed, [[V3]]
// CHECK-NEXT: %q_tile = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<16x64xbf16, <xor, 128>>
// CHECK-NEXT: %k_tiles = ragged_kernel.alloc_shared offset(2048) : !ragged_kernel.shared<2x112x64xbf16, <xor, 128>>
// CHECK-NEXT: %k_slot = ragged_kernel.slot %k_tiles[%warp_id]
// CHECK-NEXT: %v_tiles = ragged_kernel.alloc_shared offset(30720) : !ragged_kernel.shared<2x112x64xbf16, <xor, 128>>
// CHECK-NEXT: %v_slot = ragged_kernel.slot %v_tiles[%warp_id]
// CHECK-NEXT: %q_block_rows = ragged_kernel.rows_from %q_rows[%first_row]
// CHECK-NEXT: %block_rows_left = arith.subi %length, %first_row
// CHECK-NEXT: %q_copy = ragged_kernel.copy_async group warps(2) %q_block_rows to %q_tile valid(%block_rows_left)
// CHECK-NEXT: %k_way_rows = ragged_kernel.rows_from %k_rows[%first_key]
// CHECK-NEXT: %k_part = ragged_kernel.shared_rows %k_slot[%c0] : !ragged_kernel.shared<112x64xbf16, <xor, 128>> -> !ragged_kernel.shared<32x64xbf16, <xor, 128>>
// CHECK-NEXT: %keys_left = arith.subi %way_end, %first_key
// CHECK-NEXT: %k_copy = ragged_kernel.copy_async group %k_way_rows to %k_part valid(%keys_left)
// CHECK-NEXT: [[V4:%.*]] = arith.cmpi sgt, %way_keys, %c32
// CHECK-NEXT: scf.if [[V4]] {
// CHECK-NEXT:   [[V5:%.*]] = arith.addi %first_key, %c32
// CHECK-NEXT:   %k_way_rows_2 = ragged_kernel.rows_from %k_rows[[[V5]]]
// CHECK-NEXT:   %k_part_3 = ragged_kernel.shared_rows %k_slot[%c32] : !ragged_kernel.shared<112x64xbf16, <xor, 128>> -> !ragged_kernel.shared<32x64xbf16, <xor, 128>>
// CHECK-NEXT:   %keys_left_4 = arith.subi %way_end, [[V5]]
// CHECK-NEXT:   %k_copy_5 = ragged_kernel.copy_async group %k_way_rows_2 to %k_part_3 valid(%keys_left_4)
// CHECK-NEXT: }
// CHECK-NEXT: [[V6:%.*]] = arith.cmpi sgt, %way_keys, %c64
// CHECK-NEXT: scf.if [[V6]] {
// CHECK-NEXT:   [[V7:%.*]] = arith.addi %first_key, %c64
// CHECK-NEXT:   %k_way_rows_2 = ragged_kernel.rows_from %k_rows[[[V7]]]
// CHECK-NEXT:   %k_part_3 = ragged_kernel.shared_rows %k_slot[%c64] : !ragged_kernel.shared<112x64xbf16, <xor, 128>> -> !ragged_kernel.shared<32x64xbf16, <xor, 128>>
// CHECK-NEXT:   %keys_left_4 = arith.subi %way_end, [[V7]]
// CHECK-NEXT:   %k_copy_5 = ragged_kernel.copy_async group %k_way_rows_2 to %k_part_3 valid(%keys_left_4)
// CHECK-NEXT: }
// CHECK-NEXT: [[V7:%.*]] = arith.cmpi sgt, %way_keys, %c96
// CHECK-NEXT: scf.if [[V7]] {
// CHECK-NEXT:   [[V8:%.*]] = arith.addi %first_key, %c96
// CHECK-NEXT:   %k_way_rows_2 = ragged_kernel.rows_from %k_rows[[[V8]]]
// CHECK-NEXT:   %k_part_3 = ragged_kernel.shared_rows %k_slot[%c96] : !ragged_kernel.shared<112x64xbf16, <xor, 128>> -> !ragged_kernel.shared<16x64xbf16, <xor, 128>>
// CHECK-NEXT:   %keys_left_4 = arith.subi %way_end, [[V8]]
// CHECK-NEXT:   %k_copy_5 = ragged_kernel.copy_async group %k_way_rows_2 to %k_part_3 valid(%keys_left_4)
// CHECK-NEXT: }
// CHECK-NEXT: %qk_group = ragged_kernel.commit_group(%q_copy, %k_copy)
// CHECK-NEXT: %v_way_rows = ragged_kernel.rows_from %v_rows[%first_key]
// CHECK-NEXT: %v_part = ragged_kernel.shared_rows %v_slot[%c0] : !ragged_kernel.shared<112x64xbf16, <xor, 128>> -> !ragged_kernel.shared<32x64xbf16, <xor, 128>>
// CHECK-NEXT: %keys_left_0 = arith.subi %way_end, %first_key
// CHECK-NEXT: %v_copy = ragged_kernel.copy_async group %v_way_rows to %v_part valid(%keys_left_0)
// CHECK-NEXT: [[V8:%.*]] = arith.cmpi sgt, %way_keys, %c32
// CHECK-NEXT: scf.if [[V8]] {
// CHECK-NEXT:   [[V9:%.*]] = arith.addi %first_key, %c32
// CHECK-NEXT:   %v_way_rows_2 = ragged_kernel.rows_from %v_rows[[[V9]]]
// CHECK-NEXT:   %v_part_3 = ragged_kernel.shared_rows %v_slot[%c32] : !ragged_kernel.shared<112x64xbf16, <xor, 128>> -> !ragged_kernel.shared<32x64xbf16, <xor, 128>>
// CHECK-NEXT:   %keys_left_4 = arith.subi %way_end, [[V9]]
// CHECK-NEXT:   %v_copy_5 = ragged_kernel.copy_async group %v_way_rows_2 to %v_part_3 valid(%keys_left_4)
// CHECK-NEXT: }
// CHECK-NEXT: [[V9:%.*]] = arith.cmpi sgt, %way_keys, %c64
// CHECK-NEXT: scf.if [[V9]] {
// CHECK-NEXT:   [[V10:%.*]] = arith.addi %first_key, %c64
// CHECK-NEXT:   %v_way_rows_2 = ragged_kernel.rows_from %v_rows[[[V10]]]
// CHECK-NEXT:   %v_part_3 = ragged_kernel.shared_rows %v_slot[%c64] : !ragged_kernel.shared<112x64xbf16, <xor, 128>> -> !ragged_kernel.shared<32x64xbf16, <xor, 128>>
// CHECK-NEXT:   %keys_left_4 = arith.subi %way_end, [[V10]]
// CHECK-NEXT:   %v_copy_5 = ragged_kernel.copy_async group %v_way_rows_2 to %v_part_3 valid(%keys_left_4)
// CHECK-NEXT: }
// CHECK-NEXT: [[V10:%.*]] = arith.cmpi sgt, %way_keys, %c96
// CHECK-NEXT: scf.if [[V10]] {
// CHECK-NEXT:   [[V11:%.*]] = arith.addi %first_key, %c96
// CHECK-NEXT:   %v_way_rows_2 = ragged_kernel.rows_from %v_rows[[[V11]]]
// CHECK-NEXT:   %v_part_3 = ragged_kernel.shared_rows %v_slot[%c96] : !ragged_kernel.shared<112x64xbf16, <xor, 128>> -> !ragged_kernel.shared<16x64xbf16, <xor, 128>>
// CHECK-NEXT:   %keys_left_4 = arith.subi %way_end, [[V11]]
// CHECK-NEXT:   %v_copy_5 = ragged_kernel.copy_async group %v_way_rows_2 to %v_part_3 valid(%keys_left_4)
// CHECK-NEXT: }
// CHECK-NEXT: %v_group = ragged_kernel.commit_group(%v_copy)
// CHECK-NEXT: ragged_kernel.wait_group %qk_group pending(1)
// CHECK-NEXT: ragged_kernel.barrier block
// CHECK-NEXT: %q_rows_tile = ragged_kernel.shared_rows %q_tile[%c0] : !ragged_kernel.shared<16x64xbf16, <xor, 128>> -> !ragged_kernel.shared<16x64xbf16, <xor, 128>>
// CHECK-NEXT: ragged_kernel.wait_group %v_group pending(0)
// CHECK-NEXT: ragged_kernel.barrier group
// CHECK-NEXT: %k_tile = ragged_kernel.shared_rows %k_slot[%c0] : !ragged_kernel.shared<112x64xbf16, <xor, 128>> -> !ragged_kernel.shared<112x64xbf16, <xor, 128>>
// CHECK-NEXT: %v_tile = ragged_kernel.shared_rows %v_slot[%c0] : !ragged_kernel.shared<112x64xbf16, <xor, 128>> -> !ragged_kernel.shared<112x64xbf16, <xor, 128>>
// CHECK-NEXT: %acc = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT: %max = ragged_kernel.fill 0xFF800000
// CHECK-NEXT: %sum = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT: [[V11:%.*]]:3 = scf.for %key = %c0 to %way_keys step %c32 iter_args(%acc_2 = %acc, %max_3 = %max, %sum_4 = %sum)
// CHECK-NEXT:   %k_part_5 = ragged_kernel.shared_rows %k_tile[%key] : !ragged_kernel.shared<112x64xbf16, <xor, 128>> -> !ragged_kernel.shared<32x64xbf16, <xor, 128>>
// CHECK-NEXT:   %v_part_6 = ragged_kernel.shared_rows %v_tile[%key] : !ragged_kernel.shared<112x64xbf16, <xor, 128>> -> !ragged_kernel.shared<32x64xbf16, <xor, 128>>
// CHECK-NEXT:   [[V12:%.*]] = arith.addi %first_key, %key
// CHECK-NEXT:   %scores = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT:   %scores_7 = ragged_kernel.mma_issue nt %q_rows_tile, %k_part_5, %scores
// CHECK-NEXT:   %scores_8 = ragged_kernel.mma_wait %scores_7
// CHECK-NEXT:   %scores_9 = ragged_kernel.scale %scores_8 by 1.250000e-01
// CHECK-NEXT:   %scores_10 = ragged_kernel.apply_mask %scores_9 row(%first_row) key([[V12]]) length(%way_end) {causal}
// CHECK-NEXT:   %acc_11, %max_12, %sum_13 = ragged_kernel.softmax_step %scores_10, %v_part_6, %acc_2, %max_3, %sum_4
// CHECK-NEXT:   scf.yield %acc_11, %max_12, %sum_13
// CHECK-NEXT: }
// CHECK-NEXT: %partials = ragged_kernel.alloc_partials offset(2048) : !ragged_kernel.partials<2, 1, 64, stride = 14336>
// CHECK-NEXT: %sum_1 = ragged_kernel.reduce_sum [[V11]]#2
// CHECK-NEXT: ragged_kernel.store_partial [[V11]]#0, [[V11]]#1, %sum_1 to %partials[%warp_id, %c0]
// CHECK-NEXT: ragged_kernel.barrier block
// CHECK-NEXT: %part = ragged_kernel.join_partials e %partials[%warp_id, %c0] scale(1.000000e+00) : !ragged_kernel.partials<2, 1, 64, stride = 14336> -> !ragged_kernel.part<16, 64, ways = 2>
// CHECK-NEXT: %out_tile_rows = ragged_kernel.rows_from %out_rows[%first_row]
// CHECK-NEXT: %rows_left = arith.subi %length, %first_row
// CHECK-NEXT: ragged_kernel.store_part %part to %out_tile_rows way(%warp_id) valid(%rows_left)
// CHECK-NEXT: ragged_kernel.return
func.func @latency(%q: tensor<?x12x64xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<?x12x64xbf16>,
    %offsets: tensor<?xi32>) -> tensor<?x12x64xbf16> {
  %o = ragged.attention %q, %k, %v offsets(%offsets) {causal, max_seqlen = 197 : i64, ragged_kernel.schedule =
         #ragged_kernel.schedule<family = latency, block_m = 16, block_n = 112, rows_per_block = 16, warps = 2,
           stages = 1, heads_per_block = 1, min_blocks = 2, softmax = single_pass, q_in_registers = false, reason = "by hand">}
       : tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return %o : tensor<?x12x64xbf16>
}

//--- invalid.mlir
// Schedules that leave keys out, that share a tile unevenly, or that are another family's.
#few_ways = #ragged_kernel.schedule<family = latency, block_m = 32, block_n = 32, rows_per_block = 32, warps = 2,
  stages = 1, heads_per_block = 1, min_blocks = 1, softmax = single_pass, q_in_registers = true, reason = "by hand">
func.func @few_ways(%qkv: tensor<?x3x12x64xbf16>, %offsets: tensor<?xi32>) -> tensor<?x12x64xbf16> {
  // expected-error @+1 {{expected warps of the schedule to be 2 to 15 times 2, the tiles of 16 rows, got 2}}
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 70 : i64, ragged_kernel.schedule = #few_ways}
       : tensor<?x3x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return %o : tensor<?x12x64xbf16>
}

// -----

#uneven = #ragged_kernel.schedule<family = latency, block_m = 32, block_n = 32, rows_per_block = 32, warps = 7,
  stages = 1, heads_per_block = 1, min_blocks = 1, softmax = single_pass, q_in_registers = true, reason = "by hand">
func.func @uneven(%qkv: tensor<?x3x12x64xbf16>, %offsets: tensor<?xi32>) -> tensor<?x12x64xbf16> {
  // expected-error @+1 {{expected warps of the schedule to be 2 to 15 times 2, the tiles of 16 rows, got 7}}
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 70 : i64, ragged_kernel.schedule = #uneven}
       : tensor<?x3x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return %o : tensor<?x12x64xbf16>
}

// -----

#few_keys = #ragged_kernel.schedule<family = latency, block_m = 16, block_n = 32, rows_per_block = 16, warps = 2,
  stages = 1, heads_per_block = 1, min_blocks = 1, softmax = single_pass, q_in_registers = true, reason = "by hand">
func.func @few_keys(%qkv: tensor<?x3x12x64xbf16>, %offsets: tensor<?xi32>) -> tensor<?x12x64xbf16> {
  // expected-error @+1 {{expected block_n of the schedule to be at least 48, got 32}}
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 70 : i64, ragged_kernel.schedule = #few_keys}
       : tensor<?x3x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return %o : tensor<?x12x64xbf16>
}

// -----

#rows = #ragged_kernel.schedule<family = latency, block_m = 24, block_n = 48, rows_per_block = 24, warps = 2,
  stages = 1, heads_per_block = 1, min_blocks = 1, softmax = single_pass, q_in_registers = true, reason = "by hand">
func.func @rows(%qkv: tensor<?x3x12x64xbf16>, %offsets: tensor<?xi32>) -> tensor<?x12x64xbf16> {
  // expected-error @+1 {{expected rows_per_block of the schedule to be a positive multiple of 16, got 24}}
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 70 : i64, ragged_kernel.schedule = #rows}
       : tensor<?x3x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return %o : tensor<?x12x64xbf16>
}

// -----

#online = #ragged_kernel.schedule<family = latency, block_m = 16, block_n = 48, rows_per_block = 16, warps = 2,
  stages = 1, heads_per_block = 1, min_blocks = 1, softmax = online, q_in_registers = true, reason = "by hand">
func.func @online(%qkv: tensor<?x3x12x64xbf16>, %offsets: tensor<?xi32>) -> tensor<?x12x64xbf16> {
  // expected-error @+1 {{expected products of warps in the family latency to have a single pass and one stage}}
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 70 : i64, ragged_kernel.schedule = #online}
       : tensor<?x3x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return %o : tensor<?x12x64xbf16>
}

// -----

// With products of warpgroups.
#rows = #ragged_kernel.schedule<family = latency, block_m = 32, block_n = 48, rows_per_block = 32, warps = 4,
  stages = 2, heads_per_block = 1, min_blocks = 1, softmax = online, q_in_registers = false, warpgroups = true, reason = "by hand">
#ways = #ragged_kernel.schedule<family = latency, block_m = 128, block_n = 48, rows_per_block = 128, warps = 8,
  stages = 2, heads_per_block = 1, min_blocks = 1, softmax = online, q_in_registers = false, warpgroups = true, reason = "by hand">
#many = #ragged_kernel.schedule<family = latency, block_m = 64, block_n = 48, rows_per_block = 64, warps = 20,
  stages = 2, heads_per_block = 1, min_blocks = 1, softmax = online, q_in_registers = false, warpgroups = true, reason = "by hand">
#stage = #ragged_kernel.schedule<family = latency, block_m = 64, block_n = 48, rows_per_block = 64, warps = 8,
  stages = 1, heads_per_block = 1, min_blocks = 1, softmax = online, q_in_registers = false, warpgroups = true, reason = "by hand">
#pass = #ragged_kernel.schedule<family = latency, block_m = 64, block_n = 48, rows_per_block = 64, warps = 8,
  stages = 2, heads_per_block = 1, min_blocks = 1, softmax = single_pass, q_in_registers = false, warpgroups = true, reason = "by hand">
#queries = #ragged_kernel.schedule<family = latency, block_m = 64, block_n = 48, rows_per_block = 64, warps = 8,
  stages = 2, heads_per_block = 1, min_blocks = 1, softmax = online, q_in_registers = true, warpgroups = true, reason = "by hand">
func.func @groups(%qkv: tensor<?x3x12x64xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected rows_per_block of the schedule to be 64 or 128, got 32}}
  ragged.attention %qkv offsets(%offsets) {max_seqlen = 70 : i64, ragged_kernel.schedule = #rows}
       : tensor<?x3x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  // expected-error @+1 {{expected warps of the schedule to be 2 to 4 times 8, the tiles of 16 rows, got 8}}
  ragged.attention %qkv offsets(%offsets) {max_seqlen = 70 : i64, ragged_kernel.schedule = #ways}
       : tensor<?x3x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  // expected-error @+1 {{expected warps of the schedule to be 2 to 4 times 4, the tiles of 16 rows, got 20}}
  ragged.attention %qkv offsets(%offsets) {max_seqlen = 70 : i64, ragged_kernel.schedule = #many}
       : tensor<?x3x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  // expected-error @+1 {{expected stages of the schedule to be at least 2, got 1}}
  ragged.attention %qkv offsets(%offsets) {max_seqlen = 70 : i64, ragged_kernel.schedule = #stage}
       : tensor<?x3x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  // expected-error @+1 {{expected products of warpgroups in the family latency to have q in shared memory and the online softmax}}
  ragged.attention %qkv offsets(%offsets) {max_seqlen = 70 : i64, ragged_kernel.schedule = #pass}
       : tensor<?x3x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  // expected-error @+1 {{expected products of warpgroups in the family latency to have q in shared memory and the online softmax}}
  ragged.attention %qkv offsets(%offsets) {max_seqlen = 70 : i64, ragged_kernel.schedule = #queries}
       : tensor<?x3x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return
}
