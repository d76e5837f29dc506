// From attention and pack to what is printed, one shape a family. Each pass has its own test; here it is whether they fit: what
// waits for what, which tiles are masked, and that nothing of `ragged`, nothing unscaled and no step of softmax is left.
// RUN: split-file %s %t
// RUN: ragged-opt %t/warp.mlir --raggedc-pipeline="heads=3 head-dim=32 family=warp softmax=single_pass queries=registers block-n=32 warps=2" --mlir-use-nameloc-as-prefix | FileCheck %t/warp.mlir --implicit-check-not=" ragged." --implicit-check-not=softmax_step --implicit-check-not=apply_mask --implicit-check-not=.scale
// RUN: ragged-opt %t/single.mlir --raggedc-pipeline="heads=3 head-dim=32 family=single mma=warp softmax=single_pass queries=registers block-n=64 warps=4 stages=2" --mlir-use-nameloc-as-prefix | FileCheck %t/single.mlir --implicit-check-not=" ragged." --implicit-check-not=softmax_step --implicit-check-not=apply_mask --implicit-check-not=.scale
// RUN: ragged-opt %t/online.mlir --raggedc-pipeline="heads=3 head-dim=32 family=online mma=warp queries=registers block-n=32 warps=4 stages=2 rows-per-block=64" --mlir-use-nameloc-as-prefix | FileCheck %t/online.mlir --implicit-check-not=" ragged." --implicit-check-not=softmax_step --implicit-check-not=apply_mask --implicit-check-not=.scale
// RUN: ragged-opt %t/pack.mlir --raggedc-pipeline="heads=3 head-dim=32 family=warp block-n=16 warps=1 max-seqlen=16" --mlir-use-nameloc-as-prefix | FileCheck %t/pack.mlir --implicit-check-not=" ragged."

//--- warp.mlir
// A sequence and head belong to a warp. Q, K and V are awaited together, once, and after the one barrier of the warp nothing is
// copied any more. All scores first, in a single pass, then exponentials and the products with V; the second tile of keys only
// if the sequence reaches it. The scale is in the exponentials (0.255 = log2(e) / sqrt(32)).
// CHECK-LABEL: ragged_kernel.kernel @warp_attention(
// CHECK:      %row_limit = arith.minsi {{%.*}}, %c48
// CHECK-NEXT: [[V0:%.*]] = arith.addi %length, %c31
// CHECK-NEXT: [[V1:%.*]] = arith.divui [[V0]], %c32
// CHECK-NEXT: [[V2:%.*]] = arith.muli [[V1]], %c32
// CHECK-NEXT: %key_limit = arith.minsi [[V2]], %c48
// CHECK-NEXT: %q_copy = ragged_kernel.copy_async warp %q_rows to %q_tile valid(%length) limit(%row_limit)
// CHECK-NEXT: %q_group = ragged_kernel.commit_group(%q_copy)
// CHECK-NEXT: %k_copy = ragged_kernel.copy_async warp %k_rows to %k_tile valid(%length) limit(%key_limit)
// CHECK-NEXT: %k_group = ragged_kernel.commit_group(%k_copy)
// CHECK-NEXT: %v_copy = ragged_kernel.copy_async warp %v_rows to %v_tile valid(%length) limit(%key_limit)
// CHECK-NEXT: %v_group = ragged_kernel.commit_group(%v_copy)
// CHECK-NEXT: ragged_kernel.launch_dependents
// CHECK-NEXT: ragged_kernel.wait_group %q_group, %k_group, %v_group pending(0)
// CHECK-NEXT: ragged_kernel.barrier warp
// CHECK-NEXT: scf.for %row = %c0 to %length step %c16 {
// CHECK-NEXT:   %q_rows_tile = ragged_kernel.shared_rows %q_tile[%row]
// CHECK-NEXT:   %q_operand = ragged_kernel.load_operand %q_rows_tile
// CHECK-NEXT:   %acc = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT:   %max = ragged_kernel.fill 0xFF800000
// CHECK-NEXT:   %sum = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT:   %k_block = ragged_kernel.shared_rows %k_tile[%c0]
// CHECK-NEXT:   %scores = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT:   %scores_0 = ragged_kernel.mma_issue nt %q_operand, %k_block, %scores
// CHECK-NEXT:   %scores_1 = ragged_kernel.mma_wait %scores_0
// CHECK-NEXT:   [[V3:%.*]] = arith.cmpi slt, %length, %c32
// CHECK-NEXT:   [[V4:%.*]] = scf.if [[V3]] -> (!ragged_kernel.acc<16x32xf32>) {
// CHECK-NEXT:     %scores_11 = ragged_kernel.mask_keys %scores_1 key(%c0) length(%length)
// CHECK-NEXT:     scf.yield %scores_11
// CHECK-NEXT:   } else {
// CHECK-NEXT:     scf.yield %scores_1
// CHECK-NEXT:   }
// CHECK-NEXT:   %max_2 = ragged_kernel.row_max [[V4]], %max
// CHECK-NEXT:   %v_block = ragged_kernel.shared_rows %v_tile[%c0]
// CHECK-NEXT:   %live1 = arith.cmpi sgt, %length, %c32
// CHECK-NEXT:   %scores1:2 = scf.if %live1 -> (!ragged_kernel.acc<16x16xf32>, !ragged_kernel.row_vector<16>) {
// CHECK-NEXT:     %k_block_11 = ragged_kernel.shared_rows %k_tile[%c32]
// CHECK-NEXT:     %scores_12 = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT:     %scores_13 = ragged_kernel.mma_issue nt %q_operand, %k_block_11, %scores_12
// CHECK-NEXT:     %scores_14 = ragged_kernel.mma_wait %scores_13
// CHECK-NEXT:     [[V5:%.*]] = arith.cmpi slt, %length, %c48
// CHECK-NEXT:     [[V6:%.*]] = scf.if [[V5]] -> (!ragged_kernel.acc<16x16xf32>) {
// CHECK-NEXT:       %scores_16 = ragged_kernel.mask_keys %scores_14 key(%c32) length(%length)
// CHECK-NEXT:       scf.yield %scores_16
// CHECK-NEXT:     } else {
// CHECK-NEXT:       scf.yield %scores_14
// CHECK-NEXT:     }
// CHECK-NEXT:     %max_15 = ragged_kernel.row_max [[V6]], %max_2
// CHECK-NEXT:     scf.yield [[V6]], %max_15
// CHECK-NEXT:   } else {
// CHECK-NEXT:     scf.yield {{%.*}}, %max_2
// CHECK-NEXT:   }
// CHECK-NEXT:   %v_block_3 = ragged_kernel.shared_rows %v_tile[%c32]
// CHECK-NEXT:   %max_4 = ragged_kernel.reduce_max %scores1#1
// CHECK-NEXT:   %weights = ragged_kernel.exp_diff two [[V4]], %max_4 scale(0.255034864)
// CHECK-NEXT:   %sum_5 = ragged_kernel.row_sum %weights, %sum
// CHECK-NEXT:   %p = ragged_kernel.to_operand %weights
// CHECK-NEXT:   %acc_6 = ragged_kernel.mma_issue nn %p, %v_block, %acc
// CHECK-NEXT:   %acc_7 = ragged_kernel.mma_wait %acc_6
// CHECK-NEXT:   %acc_8:2 = scf.if %live1 -> (!ragged_kernel.acc<16x32xf32>, !ragged_kernel.row_vector<16>) {
// CHECK-NEXT:     %weights_11 = ragged_kernel.exp_diff two %scores1#0, %max_4 scale(0.255034864)
// CHECK-NEXT:     %sum_12 = ragged_kernel.row_sum %weights_11, %sum_5
// CHECK-NEXT:     %p_13 = ragged_kernel.to_operand %weights_11
// CHECK-NEXT:     %acc_14 = ragged_kernel.mma_issue nn %p_13, %v_block_3, %acc_7
// CHECK-NEXT:     %acc_15 = ragged_kernel.mma_wait %acc_14
// CHECK-NEXT:     scf.yield %acc_15, %sum_12
// CHECK-NEXT:   } else {
// CHECK-NEXT:     scf.yield %acc_7, %sum_5
// CHECK-NEXT:   }
// CHECK-NEXT:   %sum_9 = ragged_kernel.reduce_sum %acc_8#1
// CHECK-NEXT:   %acc_10 = ragged_kernel.normalize %acc_8#0, %sum_9
// CHECK-NEXT:   %out_tile_rows = ragged_kernel.rows_from %out_rows[%row]
// CHECK-NEXT:   %rows_left = arith.subi %length, %row
// CHECK-NEXT:   ragged_kernel.store_rows %acc_10 to %out_tile_rows valid(%rows_left) staging(%q_rows_tile)
// CHECK-NEXT: }
// CHECK-NEXT: ragged_kernel.return
// CHECK-LABEL: func.func @warp(
// CHECK-NEXT: ragged_kernel.launch @warp_attention(
// CHECK-NEXT: return
func.func @warp(%qkv: tensor<?x3x?x?xbf16>, %offsets: tensor<?xi32>) -> tensor<?x?x?xbf16> {
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 40 : i64} : tensor<?x3x?x?xbf16>, tensor<?xi32> -> tensor<?x?x?xbf16>
  return %o : tensor<?x?x?xbf16>
}

//--- single.mlir
// The block's warps share K and V: one wait and one barrier of the block, and none after that. Q comes by the warp's own
// barriers: arrived before it is read, read before the next rows overwrite it. The result has a staging tile of its own.
// CHECK-LABEL: ragged_kernel.kernel @single_attention(
// CHECK:      %key_limit = arith.minsi {{%.*}}, %c112
// CHECK-NEXT: %warp_row = arith.muli %warp_id, %c16
// CHECK-NEXT: %k_copy = ragged_kernel.copy_async block %k_rows to %k_tile valid(%length) limit(%key_limit)
// CHECK-NEXT: %k_group = ragged_kernel.commit_group(%k_copy)
// CHECK-NEXT: %v_copy = ragged_kernel.copy_async block %v_rows to %v_tile valid(%length) limit(%key_limit)
// CHECK-NEXT: %v_group = ragged_kernel.commit_group(%v_copy)
// CHECK-NEXT: [[V0:%.*]] = arith.cmpi slt, %warp_row, %length
// CHECK-NEXT: scf.if [[V0]] {
// CHECK-NEXT:   %q_tile_rows = ragged_kernel.rows_from %q_rows[%warp_row]
// CHECK-NEXT:   %rows_left = arith.subi %length, %warp_row
// CHECK-NEXT:   %q_copy = ragged_kernel.copy_async warp %q_tile_rows to %q_tile valid(%rows_left)
// CHECK-NEXT: }
// CHECK-NEXT: %next_group = ragged_kernel.commit_group()
// CHECK-NEXT: ragged_kernel.launch_dependents
// CHECK-NEXT: ragged_kernel.wait_group %k_group, %v_group pending(0)
// CHECK-NEXT: ragged_kernel.barrier block
// CHECK-NEXT: scf.for %row = %warp_row to %length step %c64 {
// CHECK-NEXT:   %rows_left = arith.subi %length, %row
// CHECK-NEXT:   ragged_kernel.wait_group pending(0)
// CHECK-NEXT:   ragged_kernel.barrier warp
// CHECK-NEXT:   %q_operand = ragged_kernel.load_operand %q_tile
// CHECK-NEXT:   ragged_kernel.barrier warp
// CHECK-NEXT:   %next_row = arith.addi %row, %c64
// CHECK-NEXT:   [[V1:%.*]] = arith.cmpi slt, %next_row, %length
// CHECK-NEXT:   scf.if [[V1]] {
// CHECK-NEXT:     %q_tile_rows = ragged_kernel.rows_from %q_rows[%next_row]
// CHECK-NEXT:     %rows_left_12 = arith.subi %length, %next_row
// CHECK-NEXT:     %q_copy = ragged_kernel.copy_async warp %q_tile_rows to %q_tile valid(%rows_left_12)
// CHECK-NEXT:   }
// CHECK-NEXT:   %next_group_0 = ragged_kernel.commit_group()
// CHECK-NEXT:   %acc = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT:   %max = ragged_kernel.fill 0xFF800000
// CHECK-NEXT:   %sum = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT:   %k_block = ragged_kernel.shared_rows %k_tile[%c0]
// CHECK-NEXT:   %scores = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT:   %scores_1 = ragged_kernel.mma_issue nt %q_operand, %k_block, %scores
// CHECK-NEXT:   %scores_2 = ragged_kernel.mma_wait %scores_1
// CHECK-NEXT:   [[V2:%.*]] = arith.cmpi slt, %length, %c64
// CHECK-NEXT:   [[V3:%.*]] = scf.if [[V2]] -> (!ragged_kernel.acc<16x64xf32>) {
// CHECK-NEXT:     %scores_12 = ragged_kernel.mask_keys %scores_2 key(%c0) length(%length)
// CHECK-NEXT:     scf.yield %scores_12
// CHECK-NEXT:   } else {
// CHECK-NEXT:     scf.yield %scores_2
// CHECK-NEXT:   }
// CHECK-NEXT:   %max_3 = ragged_kernel.row_max [[V3]], %max
// CHECK-NEXT:   %v_block = ragged_kernel.shared_rows %v_tile[%c0]
// CHECK-NEXT:   %live1 = arith.cmpi sgt, %length, %c64
// CHECK-NEXT:   %scores1:2 = scf.if %live1 -> (!ragged_kernel.acc<16x48xf32>, !ragged_kernel.row_vector<16>) {
// CHECK-NEXT:     %k_block_12 = ragged_kernel.shared_rows %k_tile[%c64]
// CHECK-NEXT:     %scores_13 = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT:     %scores_14 = ragged_kernel.mma_issue nt %q_operand, %k_block_12, %scores_13
// CHECK-NEXT:     %scores_15 = ragged_kernel.mma_wait %scores_14
// CHECK-NEXT:     [[V4:%.*]] = arith.cmpi slt, %length, %c112
// CHECK-NEXT:     [[V5:%.*]] = scf.if [[V4]] -> (!ragged_kernel.acc<16x48xf32>) {
// CHECK-NEXT:       %scores_17 = ragged_kernel.mask_keys %scores_15 key(%c64) length(%length)
// CHECK-NEXT:       scf.yield %scores_17
// CHECK-NEXT:     } else {
// CHECK-NEXT:       scf.yield %scores_15
// CHECK-NEXT:     }
// CHECK-NEXT:     %max_16 = ragged_kernel.row_max [[V5]], %max_3
// CHECK-NEXT:     scf.yield [[V5]], %max_16
// CHECK-NEXT:   } else {
// CHECK-NEXT:     scf.yield {{%.*}}, %max_3
// CHECK-NEXT:   }
// CHECK-NEXT:   %v_block_4 = ragged_kernel.shared_rows %v_tile[%c64]
// CHECK-NEXT:   %max_5 = ragged_kernel.reduce_max %scores1#1
// CHECK-NEXT:   %weights = ragged_kernel.exp_diff two [[V3]], %max_5 scale(0.255034864)
// CHECK-NEXT:   %sum_6 = ragged_kernel.row_sum %weights, %sum
// CHECK-NEXT:   %p = ragged_kernel.to_operand %weights
// CHECK-NEXT:   %acc_7 = ragged_kernel.mma_issue nn %p, %v_block, %acc
// CHECK-NEXT:   %acc_8 = ragged_kernel.mma_wait %acc_7
// CHECK-NEXT:   %acc_9:2 = scf.if %live1 -> (!ragged_kernel.acc<16x32xf32>, !ragged_kernel.row_vector<16>) {
// CHECK-NEXT:     %weights_12 = ragged_kernel.exp_diff two %scores1#0, %max_5 scale(0.255034864)
// CHECK-NEXT:     %sum_13 = ragged_kernel.row_sum %weights_12, %sum_6
// CHECK-NEXT:     %p_14 = ragged_kernel.to_operand %weights_12
// CHECK-NEXT:     %acc_15 = ragged_kernel.mma_issue nn %p_14, %v_block_4, %acc_8
// CHECK-NEXT:     %acc_16 = ragged_kernel.mma_wait %acc_15
// CHECK-NEXT:     scf.yield %acc_16, %sum_13
// CHECK-NEXT:   } else {
// CHECK-NEXT:     scf.yield %acc_8, %sum_6
// CHECK-NEXT:   }
// CHECK-NEXT:   %sum_10 = ragged_kernel.reduce_sum %acc_9#1
// CHECK-NEXT:   %acc_11 = ragged_kernel.normalize %acc_9#0, %sum_10
// CHECK-NEXT:   %out_tile_rows = ragged_kernel.rows_from %out_rows[%row]
// CHECK-NEXT:   ragged_kernel.store_rows %acc_11 to %out_tile_rows valid(%rows_left) staging(%out_tile)
// CHECK-NEXT: }
// CHECK-NEXT: ragged_kernel.return
// CHECK-LABEL: func.func @single(
// CHECK-NEXT: ragged_kernel.launch @single_attention(
// CHECK-NEXT: return
func.func @single(%qkv: tensor<?x3x?x?xf16>, %offsets: tensor<?xi32>) -> tensor<?x?x?xf16> {
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 100 : i64} : tensor<?x3x?x?xf16>, tensor<?xi32> -> tensor<?x?x?xf16>
  return %o : tensor<?x?x?xf16>
}

//--- online.mlir
// Keys pass through two slots, with one barrier a block of keys. Q is awaited while the first keys are still on their way (one
// group pending); a block of keys is awaited (none pending) before the next is started, which has the whole iteration to
// arrive. Warps that have no rows, or only rows before these keys, pass the barrier and do nothing.
// CHECK-LABEL: ragged_kernel.kernel @online_attention(
// CHECK:      %rows_left = arith.subi %length, %row
// CHECK-NEXT: %q_tile_rows = ragged_kernel.rows_from %q_rows[%row]
// CHECK-NEXT: %q_copy = ragged_kernel.copy_async warp %q_tile_rows to %q_tile valid(%rows_left)
// CHECK-NEXT: %q_group = ragged_kernel.commit_group(%q_copy)
// CHECK-NEXT: %next_slot = ragged_kernel.slot %k_slots[%c0]
// CHECK-NEXT: %k_block_rows = ragged_kernel.rows_from %k_rows[%c0]
// CHECK-NEXT: %k_copy = ragged_kernel.copy_async block %k_block_rows to %next_slot valid(%length)
// CHECK-NEXT: %next_slot_0 = ragged_kernel.slot %v_slots[%c0]
// CHECK-NEXT: %v_block_rows = ragged_kernel.rows_from %v_rows[%c0]
// CHECK-NEXT: %v_copy = ragged_kernel.copy_async block %v_block_rows to %next_slot_0 valid(%length)
// CHECK-NEXT: %prologue = ragged_kernel.commit_group()
// CHECK-NEXT: ragged_kernel.launch_dependents
// CHECK-NEXT: ragged_kernel.wait_group %q_group pending(1)
// CHECK-NEXT: ragged_kernel.barrier warp
// CHECK-NEXT: %q_operand = ragged_kernel.load_operand %q_tile
// CHECK-NEXT: %acc = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT: %max = ragged_kernel.fill 0xFF800000
// CHECK-NEXT: %sum = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT: [[V0:%.*]]:3 = scf.for %key = %c0 to %key_end step %c32 iter_args(%acc_3 = %acc, %max_4 = %max, %sum_5 = %sum)
// CHECK-NEXT:   ragged_kernel.wait_group pending(0)
// CHECK-NEXT:   ragged_kernel.barrier block
// CHECK-NEXT:   %next_key = arith.addi %key, %c32
// CHECK-NEXT:   [[V1:%.*]] = arith.divui %next_key, %c32
// CHECK-NEXT:   %free_slot = arith.remui [[V1]], %c2
// CHECK-NEXT:   [[V2:%.*]] = arith.cmpi slt, %next_key, %key_end
// CHECK-NEXT:   scf.if [[V2]] {
// CHECK-NEXT:     %next_slot_6 = ragged_kernel.slot %k_slots[%free_slot]
// CHECK-NEXT:     %k_block_rows_7 = ragged_kernel.rows_from %k_rows[%next_key]
// CHECK-NEXT:     %keys_left = arith.subi %length, %next_key
// CHECK-NEXT:     %k_copy_8 = ragged_kernel.copy_async block %k_block_rows_7 to %next_slot_6 valid(%keys_left)
// CHECK-NEXT:     %next_slot_9 = ragged_kernel.slot %v_slots[%free_slot]
// CHECK-NEXT:     %v_block_rows_10 = ragged_kernel.rows_from %v_rows[%next_key]
// CHECK-NEXT:     %v_copy_11 = ragged_kernel.copy_async block %v_block_rows_10 to %next_slot_9 valid(%keys_left)
// CHECK-NEXT:   }
// CHECK-NEXT:   %group = ragged_kernel.commit_group()
// CHECK-NEXT:   [[V3:%.*]] = arith.divui %key, %c32
// CHECK-NEXT:   %slot = arith.remui [[V3]], %c2
// CHECK-NEXT:   %k_block = ragged_kernel.slot %k_slots[%slot]
// CHECK-NEXT:   %v_block = ragged_kernel.slot %v_slots[%slot]
// CHECK-NEXT:   [[V4:%.*]] = arith.cmpi slt, %row, %length
// CHECK-NEXT:   [[V5:%.*]] = arith.addi %row, %c16
// CHECK-NEXT:   [[V6:%.*]] = arith.cmpi slt, %key, [[V5]]
// CHECK-NEXT:   [[V7:%.*]] = arith.andi [[V4]], [[V6]]
// CHECK-NEXT:   [[V8:%.*]]:3 = scf.if [[V7]] -> (!ragged_kernel.acc<16x32xf32>, !ragged_kernel.row_vector<16>, !ragged_kernel.row_vector<16>) {
// CHECK-NEXT:     %scores = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT:     %scores_6 = ragged_kernel.mma_issue nt %q_operand, %k_block, %scores
// CHECK-NEXT:     %scores_7 = ragged_kernel.mma_wait %scores_6
// CHECK-NEXT:     [[V9:%.*]] = arith.addi %key, %c32
// CHECK-NEXT:     [[V10:%.*]] = arith.cmpi sgt, [[V9]], %length
// CHECK-NEXT:     [[V11:%.*]] = scf.if [[V10]] -> (!ragged_kernel.acc<16x32xf32>) {
// CHECK-NEXT:       %scores_14 = ragged_kernel.mask_keys %scores_7 key(%key) length(%length)
// CHECK-NEXT:       scf.yield %scores_14
// CHECK-NEXT:     } else {
// CHECK-NEXT:       scf.yield %scores_7
// CHECK-NEXT:     }
// CHECK-NEXT:     [[V12:%.*]] = arith.addi %row, %c1
// CHECK-NEXT:     [[V13:%.*]] = arith.addi %key, %c32
// CHECK-NEXT:     [[V14:%.*]] = arith.cmpi sgt, [[V13]], [[V12]]
// CHECK-NEXT:     [[V15:%.*]] = scf.if [[V14]] -> (!ragged_kernel.acc<16x32xf32>) {
// CHECK-NEXT:       %scores_14 = ragged_kernel.mask_causal [[V11]] row(%row) key(%key)
// CHECK-NEXT:       scf.yield %scores_14
// CHECK-NEXT:     } else {
// CHECK-NEXT:       scf.yield [[V11]]
// CHECK-NEXT:     }
// CHECK-NEXT:     %new_max = ragged_kernel.row_max [[V15]], %max_4
// CHECK-NEXT:     %new_max_8 = ragged_kernel.reduce_max %new_max
// CHECK-NEXT:     %correction = ragged_kernel.correction two %max_4, %new_max_8 scale(0.255034864)
// CHECK-NEXT:     %weights = ragged_kernel.exp_diff two [[V15]], %new_max_8 scale(0.255034864)
// CHECK-NEXT:     %sum_9 = ragged_kernel.mul_rows %sum_5, %correction
// CHECK-NEXT:     %sum_10 = ragged_kernel.row_sum %weights, %sum_9
// CHECK-NEXT:     %acc_11 = ragged_kernel.rescale %acc_3, %correction
// CHECK-NEXT:     %p = ragged_kernel.to_operand %weights
// CHECK-NEXT:     %acc_12 = ragged_kernel.mma_issue nn %p, %v_block, %acc_11
// CHECK-NEXT:     %acc_13 = ragged_kernel.mma_wait %acc_12
// CHECK-NEXT:     scf.yield %acc_13, %new_max_8, %sum_10
// CHECK-NEXT:   } else {
// CHECK-NEXT:     scf.yield %acc_3, %max_4, %sum_5
// CHECK-NEXT:   }
// CHECK-NEXT:   scf.yield [[V8]]#0, [[V8]]#1, [[V8]]#2
// CHECK-NEXT: }
// CHECK-NEXT: %sum_1 = ragged_kernel.reduce_sum [[V0]]#2
// CHECK-NEXT: %acc_2 = ragged_kernel.normalize [[V0]]#0, %sum_1
// CHECK-NEXT: %out_tile_rows = ragged_kernel.rows_from %out_rows[%row]
// CHECK-NEXT: ragged_kernel.store_rows %acc_2 to %out_tile_rows valid(%rows_left) staging(%q_tile)
// CHECK-NEXT: ragged_kernel.return
// CHECK-LABEL: func.func @online(
// CHECK-NEXT: ragged_kernel.launch @online_attention(
// CHECK-NEXT: return
func.func @online(%qkv: tensor<?x3x?x?xbf16>, %offsets: tensor<?xi32>) -> tensor<?x?x?xbf16> {
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 1024 : i64, causal} : tensor<?x3x?x?xbf16>, tensor<?xi32> -> tensor<?x?x?xbf16>
  return %o : tensor<?x?x?xbf16>
}

//--- pack.mlir
// Three kernels on one stream. Nobody on the host knows the offsets: the second and the third read what the first wrote, and the
// attention's grid follows from how many there are. No kernel of the pack has copies in flight.
// CHECK-LABEL: ragged_kernel.kernel @chain_pack_indices(
// CHECK-NOT:  copy_async
// CHECK:      %before = ragged_kernel.count_kept
// CHECK:      ragged_kernel.store %before to %offsets[%seq]
// CHECK:      %kept = ragged_kernel.compact_kept
// CHECK-NEXT: ragged_kernel.return
// CHECK-LABEL: ragged_kernel.kernel @chain_pack_rows(
// CHECK-NOT:  copy_async
// CHECK:      %begin, %length = ragged_kernel.sequence %offsets[%seq] capacity(16)
// CHECK:      %source = ragged_kernel.load %indices[
// CHECK-NEXT: ragged_kernel.copy_row %x[%source] to %rows[%target] bytes(576)
// CHECK-LABEL: ragged_kernel.kernel @chain_attention(
// CHECK:      %begin, %length = ragged_kernel.sequence %offsets[%seq] capacity(16)
// CHECK:      %q_copy = ragged_kernel.copy_async warp %q_rows to %q_tile
// CHECK-NEXT: %q_group = ragged_kernel.commit_group(%q_copy)
// CHECK-NEXT: %k_copy = ragged_kernel.copy_async warp %k_rows to %k_tile
// CHECK-NEXT: %k_group = ragged_kernel.commit_group(%k_copy)
// CHECK-NEXT: %v_copy = ragged_kernel.copy_async warp %v_rows to %v_tile
// CHECK-NEXT: %v_group = ragged_kernel.commit_group(%v_copy)
// CHECK-NEXT: ragged_kernel.launch_dependents
// CHECK-NEXT: ragged_kernel.wait_group %q_group, %k_group, %v_group pending(0)
// CHECK-NEXT: ragged_kernel.barrier warp
// CHECK-LABEL: func.func @chain(
// CHECK-SAME: [[X:%[a-z0-9]+]]: tensor<?x16x3x3x32xbf16>, [[KEEP:%[a-z0-9]+]]: tensor<?x16xi1>
// CHECK-NEXT: [[LIST:%.*]]:2 = ragged_kernel.launch @chain_pack_indices([[KEEP]]) grid(<operand = 0, dim = 0, add = 1, mul = 1>,
// CHECK-NEXT: [[ROWS:%.*]] = ragged_kernel.launch @chain_pack_rows([[X]], [[LIST]]#0, [[LIST]]#1)
// CHECK-NEXT: [[OUT:%.*]] = ragged_kernel.launch @chain_attention([[ROWS]], [[LIST]]#0) grid(<operand = 1, dim = 0, add = -1, mul = 3>,
// CHECK-NEXT: return [[OUT]]
func.func @chain(%x: tensor<?x?x3x?x?xbf16>, %keep: tensor<?x?xi1>) -> tensor<?x?x?xbf16> {
  %rows, %offsets, %indices = ragged.pack %x, %keep
       : tensor<?x?x3x?x?xbf16>, tensor<?x?xi1> -> tensor<?x3x?x?xbf16>, tensor<?xi32>, tensor<?xi32>
  %o = ragged.attention %rows offsets(%offsets) : tensor<?x3x?x?xbf16>, tensor<?xi32> -> tensor<?x?x?xbf16>
  return %o : tensor<?x?x?xbf16>
}
