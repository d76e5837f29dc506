// The same pass for products of warpgroups: four warps that issue together take 64 rows, so whatever they decide on, the
// loop over rows, its keys and whether there is anything to do, must be the same for all four. What the products read from
// shared memory is shown to them by an async barrier of the block.
// RUN: split-file %s %t
// RUN: ragged-opt %t/group.mlir --ragged-lower-to-kernel --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %t/group.mlir --implicit-check-not=ragged.
// RUN: ragged-opt %t/groups.mlir --ragged-lower-to-kernel --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %t/groups.mlir
// RUN: ragged-opt %t/online.mlir --ragged-lower-to-kernel --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %t/online.mlir --implicit-check-not=ragged.
// RUN: ragged-opt %t/last-keys.mlir --ragged-lower-to-kernel --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %t/last-keys.mlir
// RUN: ragged-opt %t/parts.mlir --ragged-lower-to-kernel --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %t/parts.mlir
// RUN: ragged-opt %t/registers.mlir --ragged-lower-to-kernel --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %t/registers.mlir
// RUN: ragged-opt %t/partly.mlir --ragged-lower-to-kernel --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %t/partly.mlir
// RUN: ragged-opt %t/panels.mlir --ragged-lower-to-kernel --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %t/panels.mlir
// RUN: ragged-opt %t/invalid.mlir --ragged-lower-to-kernel --split-input-file --verify-diagnostics

//--- group.mlir
// One warpgroup. The loop goes over the rows of the group; within it each warp has its own 16, whose Q it copies and loads by
// itself, behind a barrier of the warp. Causal: the keys of all four end with the last row of the group.
// CHECK-LABEL: ragged_kernel.kernel @group_attention(
// CHECK:      %k_tile = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<144x64xf16, <xor, 128>>
// CHECK-NEXT: %v_tile = ragged_kernel.alloc_shared offset(18432) : !ragged_kernel.shared<144x64xf16, <xor, 128>>
// CHECK-NEXT: %q_tiles = ragged_kernel.alloc_shared offset(36864) : !ragged_kernel.shared<4x16x64xf16, <xor, 128>>
// CHECK-NEXT: %out_tiles = ragged_kernel.alloc_shared offset(45056) : !ragged_kernel.shared<4x16x64xf16, <xor, 128>>
// CHECK-NEXT: %warp_id = ragged_kernel.warp_id
// CHECK-NEXT: %q_tile = ragged_kernel.slot %q_tiles[%warp_id]
// CHECK-NEXT: %out_tile = ragged_kernel.slot %out_tiles[%warp_id]
// CHECK-NEXT: [[V0:%.*]] = arith.addi %seq_length, %c47
// CHECK-NEXT: [[V1:%.*]] = arith.divui [[V0]], %c48
// CHECK-NEXT: [[V2:%.*]] = arith.muli [[V1]], %c48
// CHECK-NEXT: %key_limit = arith.minsi [[V2]], %c144
// CHECK-NEXT: %k_copy = ragged_kernel.copy_async block %k_rows to %k_tile valid(%seq_length) limit(%key_limit)
// CHECK-NEXT: %k_group = ragged_kernel.commit_group(%k_copy)
// CHECK-NEXT: ragged_kernel.wait_group %k_group pending(0)
// CHECK-NEXT: ragged_kernel.barrier block async
// CHECK-NEXT: %v_copy = ragged_kernel.copy_async block %v_rows to %v_tile valid(%seq_length) limit(%key_limit)
// CHECK-NEXT: %v_group = ragged_kernel.commit_group(%v_copy)
// CHECK-NEXT: ragged_kernel.wait_group %v_group pending(0)
// CHECK-NEXT: ragged_kernel.barrier block async
// CHECK-NEXT: scf.for %group_row = %c0 to %seq_length step %c64 {
// CHECK-NEXT:   [[V3:%.*]] = arith.remui %warp_id, %c4
// CHECK-NEXT:   [[V4:%.*]] = arith.muli [[V3]], %c16
// CHECK-NEXT:   %row = arith.addi %group_row, [[V4]]
// CHECK-NEXT:   %rows_left = arith.subi %seq_length, %row
// CHECK-NEXT:   %q_tile_rows = ragged_kernel.rows_from %q_rows[%row]
// CHECK-NEXT:   %q_copy = ragged_kernel.copy_async warp %q_tile_rows to %q_tile valid(%rows_left)
// CHECK-NEXT:   %q_group = ragged_kernel.commit_group(%q_copy)
// CHECK-NEXT:   ragged_kernel.wait_group %q_group pending(0)
// CHECK-NEXT:   ragged_kernel.barrier warp
// CHECK-NEXT:   %q_operand = ragged_kernel.load_operand %q_tile
// CHECK-NEXT:   [[V5:%.*]] = arith.addi %group_row, %c64
// CHECK-NEXT:   %key_end = arith.minsi %seq_length, [[V5]]
// CHECK-NEXT:   %acc = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT:   %max = ragged_kernel.fill 0xFF800000
// CHECK-NEXT:   %sum = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT:   [[V6:%.*]]:3 = scf.for %key = %c0 to %key_end step %c48 iter_args(%acc_2 = %acc, %max_3 = %max, %sum_4 = %sum)
// CHECK-NEXT:     %k_block = ragged_kernel.shared_rows %k_tile[%key] : !ragged_kernel.shared<144x64xf16, <xor, 128>> -> !ragged_kernel.shared<48x64xf16, <xor, 128>>
// CHECK-NEXT:     %v_block = ragged_kernel.shared_rows %v_tile[%key] : !ragged_kernel.shared<144x64xf16, <xor, 128>> -> !ragged_kernel.shared<48x64xf16, <xor, 128>>
// CHECK-NEXT:     %scores = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT:     %scores_5 = ragged_kernel.mma_issue warpgroup nt fresh %q_operand, %k_block, %scores : !ragged_kernel.operand<16x64xf16>, !ragged_kernel.shared<48x64xf16, <xor, 128>>, !ragged_kernel.acc<16x48xf32>
// CHECK-NEXT:     %scores_6 = ragged_kernel.mma_wait warpgroup %scores_5
// CHECK-NEXT:     %scores_7 = ragged_kernel.scale %scores_6 by 1.250000e-01
// CHECK-NEXT:     %scores_8 = ragged_kernel.apply_mask %scores_7 row(%row) key(%key) length(%seq_length) {causal}
// CHECK-NEXT:     %acc_9, %max_10, %sum_11 = ragged_kernel.softmax_step %scores_8, %v_block, %acc_2, %max_3, %sum_4 {warpgroup}
// CHECK-NEXT:     scf.yield %acc_9, %max_10, %sum_11
// CHECK-NEXT:   }
// CHECK-NEXT:   %sum_0 = ragged_kernel.reduce_sum [[V6]]#2
// CHECK-NEXT:   %acc_1 = ragged_kernel.normalize [[V6]]#0, %sum_0
// CHECK-NEXT:   %out_tile_rows = ragged_kernel.rows_from %out_rows[%row]
// CHECK-NEXT:   ragged_kernel.store_rows %acc_1 to %out_tile_rows valid(%rows_left) staging(%out_tile)
// CHECK-NEXT: }
// CHECK-NEXT: ragged_kernel.return
func.func @group(%qkv: tensor<?x3x2x64xf16>, %offsets: tensor<?xi32>) -> tensor<?x2x64xf16> {
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 100 : i64, causal, ragged_kernel.schedule =
         #ragged_kernel.schedule<family = single, block_m = 64, block_n = 48, rows_per_block = 128, warps = 4,
           stages = 2, heads_per_block = 1, min_blocks = 2, softmax = online, q_in_registers = true, warpgroups = true, reason = "asked">}
       : tensor<?x3x2x64xf16>, tensor<?xi32> -> tensor<?x2x64xf16>
  return %o : tensor<?x2x64xf16>
}

//--- groups.mlir
// Two warpgroups in a block start 64 rows apart and step over each other.
// CHECK-LABEL: ragged_kernel.kernel @groups_attention(
// CHECK:      [[V0:%.*]] = arith.divui %warp_id, %c4
// CHECK-NEXT: [[V1:%.*]] = arith.muli [[V0]], %c64
// CHECK-NEXT: %first_group_row = arith.addi %first_row, [[V1]]
// CHECK-NEXT: %k_copy = ragged_kernel.copy_async block %k_rows to %k_tile valid(%seq_length) limit(%key_limit)
// CHECK-NEXT: %k_group = ragged_kernel.commit_group(%k_copy)
// CHECK-NEXT: ragged_kernel.wait_group %k_group pending(0)
// CHECK-NEXT: ragged_kernel.barrier block async
// CHECK-NEXT: %v_copy = ragged_kernel.copy_async block %v_rows to %v_tile valid(%seq_length) limit(%key_limit)
// CHECK-NEXT: %v_group = ragged_kernel.commit_group(%v_copy)
// CHECK-NEXT: ragged_kernel.wait_group %v_group pending(0)
// CHECK-NEXT: ragged_kernel.barrier block async
// CHECK-NEXT: scf.for %group_row = %first_group_row to %row_end step %c128 {
// CHECK-NEXT:   [[V2:%.*]] = arith.remui %warp_id, %c4
// CHECK-NEXT:   [[V3:%.*]] = arith.muli [[V2]], %c16
// CHECK-NEXT:   %row = arith.addi %group_row, [[V3]]
func.func @groups(%qkv: tensor<?x3x2x64xf16>, %offsets: tensor<?xi32>) -> tensor<?x2x64xf16> {
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 200 : i64, ragged_kernel.schedule =
         #ragged_kernel.schedule<family = single, block_m = 128, block_n = 48, rows_per_block = 128, warps = 8,
           stages = 2, heads_per_block = 1, min_blocks = 2, softmax = online, q_in_registers = true, warpgroups = true, reason = "asked">}
       : tensor<?x3x2x64xf16>, tensor<?xi32> -> tensor<?x2x64xf16>
  return %o : tensor<?x2x64xf16>
}

//--- online.mlir
// Two warpgroups, whose Q is read from shared memory: a tile of 64 rows each, of which a warp copies 16. That makes the barrier
// behind the copies one of the block, for the products. Warpgroups as a whole skip blocks of keys: those without rows, and
// those whose last row lies before the keys. The scores are masked by the warp's own rows.
// Where the sequence lies is the same for a whole warp, and known to be.
// CHECK-LABEL: ragged_kernel.kernel @online_attention(
// CHECK:      %seq_begin = ragged_kernel.uniform %begin
// CHECK-NEXT: %seq_length = ragged_kernel.uniform %length
// CHECK:      %k_slots = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<1x32x32xf16, <xor, 64>>
// CHECK-NEXT: %v_slots = ragged_kernel.alloc_shared offset(4096) : !ragged_kernel.shared<1x32x32xf16, <xor, 64>>
// CHECK-NEXT: %q_tiles = ragged_kernel.alloc_shared offset(8192) : !ragged_kernel.shared<2x64x32xf16, <xor, 64>>
// CHECK-NEXT: %warp_id = ragged_kernel.warp_id
// CHECK-NEXT: [[V0:%.*]] = arith.divui %warp_id, %c4
// CHECK-NEXT: %unit = ragged_kernel.uniform [[V0]]
// CHECK-NEXT: %q_group = ragged_kernel.slot %q_tiles[%unit]
// CHECK-NEXT: [[V1:%.*]] = arith.remui %warp_id, %c4
// CHECK-NEXT: [[V2:%.*]] = arith.muli [[V1]], %c16
// CHECK-NEXT: %q_tile = ragged_kernel.shared_rows %q_group[[[V2]]] : !ragged_kernel.shared<64x32xf16, <xor, 64>> -> !ragged_kernel.shared<16x32xf16, <xor, 64>>
// CHECK-NEXT: [[V3:%.*]] = arith.muli %warp_id, %c16
// CHECK-NEXT: %row = arith.addi %first_row, [[V3]]
// CHECK-NEXT: [[V4:%.*]] = arith.addi %first_row, %c128
// CHECK-NEXT: %key_end = arith.minsi %seq_length, [[V4]]
// CHECK-NEXT: %rows_left = arith.subi %seq_length, %row
// CHECK-NEXT: %q_tile_rows = ragged_kernel.rows_from %q_rows[%row]
// CHECK-NEXT: %q_copy = ragged_kernel.copy_async warp %q_tile_rows to %q_tile valid(%rows_left)
// CHECK-NEXT: %q_group_0 = ragged_kernel.commit_group(%q_copy)
// CHECK-NEXT: ragged_kernel.wait_group %q_group_0 pending(0)
// CHECK-NEXT: ragged_kernel.barrier block async
// CHECK-NEXT: [[V6:%.*]] = arith.muli %unit, %c64
// CHECK-NEXT: %group_row = arith.addi %first_row, [[V6]]
// CHECK-NEXT: %acc = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT: %max = ragged_kernel.fill 0xFF800000
// CHECK-NEXT: %sum = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT: [[V7:%.*]]:3 = scf.for %key = %c0 to %key_end step %c32 iter_args(%acc_3 = %acc, %max_4 = %max, %sum_5 = %sum)
// CHECK-NEXT:   %k_block = ragged_kernel.slot %k_slots[%c0]
// CHECK-NEXT:   %v_block = ragged_kernel.slot %v_slots[%c0]
// CHECK-NEXT:   ragged_kernel.barrier block{{$}}
// CHECK-NEXT:   %keys_left = arith.subi %seq_length, %key
// CHECK-NEXT:   %k_block_rows = ragged_kernel.rows_from %k_rows[%key]
// CHECK-NEXT:   %v_block_rows = ragged_kernel.rows_from %v_rows[%key]
// CHECK-NEXT:   %k_copy = ragged_kernel.copy_async block %k_block_rows to %k_block valid(%keys_left)
// CHECK-NEXT:   %v_copy = ragged_kernel.copy_async block %v_block_rows to %v_block valid(%keys_left)
// CHECK-NEXT:   %kv_group = ragged_kernel.commit_group(%k_copy, %v_copy)
// CHECK-NEXT:   ragged_kernel.wait_group %kv_group pending(0)
// CHECK-NEXT:   ragged_kernel.barrier block async
// CHECK-NEXT:   [[V8:%.*]] = arith.cmpi slt, %group_row, %seq_length
// CHECK-NEXT:   [[V9:%.*]] = arith.addi %group_row, %c64
// CHECK-NEXT:   [[V10:%.*]] = arith.cmpi slt, %key, [[V9]]
// CHECK-NEXT:   [[V11:%.*]] = arith.andi [[V8]], [[V10]]
// CHECK-NEXT:   [[V12:%.*]]:3 = scf.if [[V11]]
// CHECK-NEXT:     %scores = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT:     %scores_6 = ragged_kernel.mma_issue warpgroup nt fresh %q_group, %k_block, %scores : !ragged_kernel.shared<64x32xf16, <xor, 64>>, !ragged_kernel.shared<32x32xf16, <xor, 64>>, !ragged_kernel.acc<16x32xf32>
// CHECK-NEXT:     %scores_7 = ragged_kernel.mma_wait warpgroup %scores_6
// CHECK-NEXT:     %scores_8 = ragged_kernel.scale %scores_7 by 0.176776692
// CHECK-NEXT:     %scores_9 = ragged_kernel.apply_mask %scores_8 row(%row) key(%key) length(%seq_length) {causal}
// CHECK-NEXT:     %acc_10, %max_11, %sum_12 = ragged_kernel.softmax_step %scores_9, %v_block, %acc_3, %max_4, %sum_5 {warpgroup}
// CHECK-NEXT:     scf.yield %acc_10, %max_11, %sum_12
// CHECK-NEXT:   } else {
// CHECK-NEXT:     scf.yield %acc_3, %max_4, %sum_5
// CHECK-NEXT:   }
// CHECK-NEXT:   scf.yield [[V12]]#0, [[V12]]#1, [[V12]]#2
// CHECK-NEXT: }
// CHECK-NEXT: %sum_1 = ragged_kernel.reduce_sum [[V7]]#2
// CHECK-NEXT: %acc_2 = ragged_kernel.normalize [[V7]]#0, %sum_1
// CHECK-NEXT: %out_tile_rows = ragged_kernel.rows_from %out_rows[%row]
// CHECK-NEXT: ragged_kernel.store_rows %acc_2 to %out_tile_rows valid(%rows_left) staging(%q_tile)
// CHECK-NEXT: ragged_kernel.return
func.func @online(%qkv: tensor<?x3x2x32xf16>, %offsets: tensor<?xi32>) -> tensor<?x2x32xf16> {
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 200 : i64, causal, ragged_kernel.schedule =
         #ragged_kernel.schedule<family = online, block_m = 128, block_n = 32, rows_per_block = 128, warps = 8,
           stages = 2, heads_per_block = 1, min_blocks = 2, softmax = online, q_in_registers = false, warpgroups = true, reason = "asked">}
       : tensor<?x3x2x32xf16>, tensor<?xi32> -> tensor<?x2x32xf16>
  return %o : tensor<?x2x32xf16>
}

//--- last-keys.mlir
// Where the sequence ends within the next 32 keys, these are all that is computed of the block.
// CHECK-LABEL: ragged_kernel.kernel @last_keys_attention(
// CHECK:         %[[REACH:.*]] = arith.addi %key, %c32 : index
// CHECK-NEXT:    %[[MORE:.*]] = arith.cmpi slt, %[[REACH]], %seq_length : index
// CHECK-NEXT:    %{{.*}} = scf.if %[[MORE]]
// CHECK-NOT:     part
// CHECK:           ragged_kernel.softmax_step %{{.*}} !ragged_kernel.acc<16x64xf32>, !ragged_kernel.shared<64x64xf16, <xor, 128>>
// CHECK:         } else {
// CHECK-NEXT:      %k_part = ragged_kernel.shared_rows %{{.*}}[%c0] : {{.*}} -> !ragged_kernel.shared<32x64xf16, <xor, 128>>
// CHECK-NEXT:      %v_part = ragged_kernel.shared_rows %{{.*}}[%c0] : {{.*}} -> !ragged_kernel.shared<32x64xf16, <xor, 128>>
// CHECK:           ragged_kernel.mma_issue warpgroup nt fresh %{{.*}}, %k_part,
// CHECK:           ragged_kernel.apply_mask %{{.*}} row(%{{.*}}) key(%key) length(%seq_length)
// CHECK:           ragged_kernel.softmax_step %{{.*}}, %v_part,
func.func @last_keys(%qkv: tensor<?x3x2x64xf16>, %offsets: tensor<?xi32>) -> tensor<?x2x64xf16> {
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 197 : i64, ragged_kernel.schedule =
         #ragged_kernel.schedule<family = online, block_m = 64, block_n = 64, rows_per_block = 64, warps = 4,
           stages = 1, heads_per_block = 1, min_blocks = 4, softmax = online, q_in_registers = false, warpgroups = true,
           reason = "asked">}
       : tensor<?x3x2x64xf16>, tensor<?xi32> -> tensor<?x2x64xf16>
  return %o : tensor<?x2x64xf16>
}

//--- parts.mlir
// A block with two tiles of rows, one after the other: before Q of the second is copied, a barrier says that every warp is
// through with the first.
// CHECK-LABEL: ragged_kernel.kernel @parts_attention(
// CHECK:      scf.for %block_row = %first_row to %row_end step %c64 {
// CHECK-NEXT:   ragged_kernel.barrier block{{$}}
// CHECK-NEXT:   [[V0:%.*]] = arith.muli %warp_id, %c16
// CHECK-NEXT:   %row = arith.addi %block_row, [[V0]]
// CHECK-NEXT:   %rows_left = arith.subi %seq_length, %row
// CHECK-NEXT:   %q_tile_rows = ragged_kernel.rows_from %q_rows[%row]
// CHECK-NEXT:   %q_copy = ragged_kernel.copy_async warp %q_tile_rows to %q_tile valid(%rows_left)
// CHECK-NEXT:   %q_group_0 = ragged_kernel.commit_group(%q_copy)
// CHECK-NEXT:   ragged_kernel.wait_group %q_group_0 pending(0)
// CHECK-NEXT:   ragged_kernel.barrier block async
// CHECK-NEXT:   %acc = ragged_kernel.fill 0.000000e+00
func.func @parts(%qkv: tensor<?x3x2x16xf16>, %offsets: tensor<?xi32>) -> tensor<?x2x16xf16> {
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 200 : i64, ragged_kernel.schedule =
         #ragged_kernel.schedule<family = online, block_m = 64, block_n = 32, rows_per_block = 128, warps = 4,
           stages = 2, heads_per_block = 1, min_blocks = 2, softmax = online, q_in_registers = false, warpgroups = true, reason = "asked">}
       : tensor<?x3x2x16xf16>, tensor<?xi32> -> tensor<?x2x16xf16>
  return %o : tensor<?x2x16xf16>
}

//--- registers.mlir
// Q in registers is each warp's own, as in the family single. The tiles of K and V begin at multiples of 1024 bytes, after which
// the hardware's swizzle repeats, and not at the 4608 bytes of three slots.
// CHECK-LABEL: ragged_kernel.kernel @registers_attention(
// CHECK:      %k_slots = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<1x48x16xf16, <xor, 32>>
// CHECK-NEXT: %v_slots = ragged_kernel.alloc_shared offset(5120) : !ragged_kernel.shared<1x48x16xf16, <xor, 32>>
// CHECK-NEXT: %q_tiles = ragged_kernel.alloc_shared offset(10240) : !ragged_kernel.shared<4x16x16xf16, <xor, 32>>
// CHECK-NEXT: %warp_id = ragged_kernel.warp_id
// CHECK-NEXT: %q_tile = ragged_kernel.slot %q_tiles[%warp_id]
// CHECK-NEXT: [[V0:%.*]] = arith.muli %warp_id, %c16
// CHECK-NEXT: %row = arith.addi %first_row, [[V0]]
// CHECK-NEXT: %rows_left = arith.subi %seq_length, %row
// CHECK-NEXT: %q_tile_rows = ragged_kernel.rows_from %q_rows[%row]
// CHECK-NEXT: %q_copy = ragged_kernel.copy_async warp %q_tile_rows to %q_tile valid(%rows_left)
// CHECK-NEXT: %q_group = ragged_kernel.commit_group(%q_copy)
// CHECK-NEXT: ragged_kernel.wait_group %q_group pending(0)
// CHECK-NEXT: ragged_kernel.barrier warp
// CHECK-NEXT: %q_operand = ragged_kernel.load_operand %q_tile
func.func @registers(%qkv: tensor<?x3x2x16xf16>, %offsets: tensor<?xi32>) -> tensor<?x2x16xf16> {
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 200 : i64, ragged_kernel.schedule =
         #ragged_kernel.schedule<family = online, block_m = 64, block_n = 48, rows_per_block = 64, warps = 4,
           stages = 3, heads_per_block = 1, min_blocks = 2, softmax = online, q_in_registers = true, warpgroups = true, reason = "asked">}
       : tensor<?x3x2x16xf16>, tensor<?xi32> -> tensor<?x2x16xf16>
  return %o : tensor<?x2x16xf16>
}

//--- partly.mlir
// Rows that fill no swizzle lie in panels, the last in part. K and Q, along whose rows is summed, have an even number of 16
// bytes (72 elements: 9 and one of zeros), V does not (88: 11). Q in shared memory is that of the whole group, each warp's
// part a view of it; what only warps read, the result on its way out, keeps rows with padding.
// CHECK-LABEL: ragged_kernel.kernel @partly_attention(
// CHECK:     %k_slots = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<1x96x72xbf16, <even_panels, 12288>>
// CHECK:     %v_slots = ragged_kernel.alloc_shared offset(24576) : !ragged_kernel.shared<1x96x88xbf16, <panels, 12288>>
// CHECK:     %q_tiles = ragged_kernel.alloc_shared offset(49152) : !ragged_kernel.shared<1x64x72xbf16, <even_panels, 8192>>
// CHECK:     %out_tiles = ragged_kernel.alloc_shared offset(65536) : !ragged_kernel.shared<4x16x88xbf16, <padded, 176>>
// CHECK:     %q_tile = ragged_kernel.shared_rows %q_group{{.*}} -> !ragged_kernel.shared<16x72xbf16, <even_panels, 8192>>
// CHECK:     mma_issue warpgroup nt fresh %q_group, %k_block, %scores : !ragged_kernel.shared<64x72xbf16, <even_panels, 8192>>, !ragged_kernel.shared<96x72xbf16, <even_panels, 12288>>
// CHECK:     %k_part = ragged_kernel.shared_rows %k_block{{.*}} -> !ragged_kernel.shared<32x72xbf16, <even_panels, 12288>>
func.func @partly(%q: tensor<?x4x72xbf16>, %v: tensor<?x4x88xbf16>, %offsets: tensor<?xi32>) -> tensor<?x4x88xbf16> {
  %o = ragged.attention %q, %q, %v offsets(%offsets) {max_seqlen = 200 : i64, ragged_kernel.schedule =
      #ragged_kernel.schedule<family = online, block_m = 64, block_n = 96, rows_per_block = 64, warps = 4, stages = 1, heads_per_block = 1, min_blocks = 2, softmax = online, q_in_registers = false, warpgroups = true, reason = "by hand">}
      : tensor<?x4x72xbf16>, tensor<?x4x72xbf16>, tensor<?x4x88xbf16>, tensor<?xi32> -> tensor<?x4x88xbf16>
  return %o : tensor<?x4x88xbf16>
}

//--- panels.mlir
// Rows of several times 128 bytes lie in panels. Q that goes to registers is a warp's and laid out for it; the result is
// staged where it was.
// CHECK-LABEL: ragged_kernel.kernel @panels_attention(
// CHECK:     %k_tile = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<112x128xf16, <panels, 14336>>
// CHECK:     %v_tile = ragged_kernel.alloc_shared offset(28672) : !ragged_kernel.shared<112x128xf16, <panels, 14336>>
// CHECK:     %q_tiles = ragged_kernel.alloc_shared offset(57344) : !ragged_kernel.shared<4x16x128xf16, <xor, 256>>
// CHECK-NOT: out_tiles
func.func @panels(%q: tensor<?x4x128xf16>, %offsets: tensor<?xi32>) -> tensor<?x4x128xf16> {
  %o = ragged.attention %q, %q, %q offsets(%offsets) {max_seqlen = 100 : i64, ragged_kernel.schedule =
      #ragged_kernel.schedule<family = single, block_m = 64, block_n = 112, rows_per_block = 128, warps = 4, stages = 1, heads_per_block = 1, min_blocks = 2, softmax = single_pass, q_in_registers = true, warpgroups = true, reason = "by hand">}
      : tensor<?x4x128xf16>, tensor<?x4x128xf16>, tensor<?x4x128xf16>, tensor<?xi32> -> tensor<?x4x128xf16>
  return %o : tensor<?x4x128xf16>
}

//--- invalid.mlir
// What warpgroups cannot have, in schedules that somebody wrote by hand.
func.func @schedules(%q: tensor<?x4x64xbf16>, %f32: tensor<?x4x64xf32>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected warps of the schedule to be a multiple of 4 for products of warpgroups, got 2}}
  ragged.attention %q, %q, %q offsets(%offsets) {max_seqlen = 100 : i64, ragged_kernel.schedule =
      #ragged_kernel.schedule<family = single, block_m = 32, block_n = 32, rows_per_block = 128, warps = 2, stages = 1, heads_per_block = 1, min_blocks = 4, softmax = online, q_in_registers = true, warpgroups = true, reason = "by hand">}
      : tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?xi32> -> tensor<?x4x64xbf16>
  // expected-error @+1 {{expected warps of the schedule to be a multiple of 4 for products of warpgroups, got 6}}
  ragged.attention %q, %q, %q offsets(%offsets) {max_seqlen = 100 : i64, ragged_kernel.schedule =
      #ragged_kernel.schedule<family = online, block_m = 96, block_n = 32, rows_per_block = 96, warps = 6, stages = 1, heads_per_block = 1, min_blocks = 4, softmax = online, q_in_registers = false, warpgroups = true, reason = "by hand">}
      : tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?xi32> -> tensor<?x4x64xbf16>
  // expected-error @+1 {{expected block_n of the schedule to be another than the head dimension of v where a warpgroup's queries stay in registers, got 64}}
  ragged.attention %q, %q, %q offsets(%offsets) {max_seqlen = 100 : i64, ragged_kernel.schedule =
      #ragged_kernel.schedule<family = single, block_m = 64, block_n = 64, rows_per_block = 128, warps = 4, stages = 1, heads_per_block = 1, min_blocks = 4, softmax = online, q_in_registers = true, warpgroups = true, reason = "by hand">}
      : tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?xi32> -> tensor<?x4x64xbf16>
  // expected-error @+1 {{expected products of warpgroups in the family online, or single with Q in registers}}
  ragged.attention %q, %q, %q offsets(%offsets) {max_seqlen = 100 : i64, ragged_kernel.schedule =
      #ragged_kernel.schedule<family = warp, block_m = 64, block_n = 32, rows_per_block = 112, warps = 4, stages = 1, heads_per_block = 4, min_blocks = 4, softmax = online, q_in_registers = true, warpgroups = true, reason = "by hand">}
      : tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?xi32> -> tensor<?x4x64xbf16>
  // expected-error @+1 {{expected products of warpgroups in the family online, or single with Q in registers}}
  ragged.attention %q, %q, %q offsets(%offsets) {max_seqlen = 100 : i64, ragged_kernel.schedule =
      #ragged_kernel.schedule<family = single, block_m = 64, block_n = 32, rows_per_block = 128, warps = 4, stages = 1, heads_per_block = 1, min_blocks = 4, softmax = online, q_in_registers = false, warpgroups = true, reason = "by hand">}
      : tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?xi32> -> tensor<?x4x64xbf16>
  // expected-error @+1 {{expected products of warpgroups to have 16-bit elements, got 'f32'}}
  ragged.attention %f32, %f32, %f32 offsets(%offsets) {max_seqlen = 100 : i64, ragged_kernel.schedule =
      #ragged_kernel.schedule<family = online, block_m = 64, block_n = 32, rows_per_block = 64, warps = 4, stages = 1, heads_per_block = 1, min_blocks = 4, softmax = online, q_in_registers = false, warpgroups = true, reason = "by hand">}
      : tensor<?x4x64xf32>, tensor<?x4x64xf32>, tensor<?x4x64xf32>, tensor<?xi32> -> tensor<?x4x64xf32>
  // Rows of a block are those of whole warpgroups, also in the family single.
  // expected-error @+1 {{expected rows_per_block of the schedule to be a positive multiple of 64, got 112}}
  ragged.attention %q, %q, %q offsets(%offsets) {max_seqlen = 100 : i64, ragged_kernel.schedule =
      #ragged_kernel.schedule<family = single, block_m = 64, block_n = 32, rows_per_block = 112, warps = 4, stages = 1, heads_per_block = 1, min_blocks = 4, softmax = online, q_in_registers = true, warpgroups = true, reason = "by hand">}
      : tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?xi32> -> tensor<?x4x64xbf16>
  return
}
