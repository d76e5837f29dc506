// The family latency with products of warpgroups, which have tiles of keys pass. With bf16: lower-to-kernel-latency-plain.mlir.
// RUN: split-file %s %t
// RUN: ragged-opt %t/groups.mlir --ragged-lower-to-kernel --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %t/groups.mlir --implicit-check-not=ragged.
// RUN: ragged-opt %t/rows.mlir --ragged-lower-to-kernel --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %t/rows.mlir --implicit-check-not=ragged.
// RUN: ragged-opt %t/panels.mlir --ragged-lower-to-kernel --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %t/panels.mlir --implicit-check-not=ragged.

//--- groups.mlir
// Three ways, a warpgroup each, for 64 rows: way w has tiles w, w + 3, ... All of its slots are filled at first, so many as the
// sequence has tiles, and the first tile is awaited with Q. After that a way waits for its own copies alone. The tile that the sequence ends
// in is a part of 32 keys, if that will do. Nothing but the way reads its keys, but all four of its warps do.
// CHECK-LABEL: ragged_kernel.kernel @groups_attention(
// CHECK:      %warpgroup = ragged_kernel.warpgroup_id
// CHECK-NEXT: %warp_id = ragged_kernel.warp_id
// CHECK-NEXT: %row_tile = arith.remui %warp_id, %c4
// CHECK-NEXT: {{%.*}} = arith.muli %row_tile, %c16
// CHECK-NEXT: %row = arith.addi %first_row, {{%.*}}
// CHECK-NEXT: %first_key = arith.muli %warpgroup, %c64
// CHECK-NEXT: %q_tiles = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<1x64x64xf16, <xor, 128>>
// CHECK-NEXT: %k_tiles = ragged_kernel.alloc_shared offset(8192) : !ragged_kernel.shared<3x192x64xf16, <xor, 128>>
// CHECK-NEXT: %k_slots = ragged_kernel.slot %k_tiles[%warpgroup]
// CHECK-NEXT: %v_tiles = ragged_kernel.alloc_shared offset(81920) : !ragged_kernel.shared<3x192x64xf16, <xor, 128>>
// CHECK-NEXT: %v_slots = ragged_kernel.slot %v_tiles[%warpgroup]
// CHECK-NEXT: %q_group_rows = ragged_kernel.rows_from %q_rows[%first_row]
// CHECK-NEXT: %q_slot = ragged_kernel.slot %q_tiles[%c0]
// CHECK-NEXT: %rows_left = arith.subi %seq_length, %first_row
// CHECK-NEXT: %q_copy = ragged_kernel.copy_async group warps(12) %q_group_rows to %q_slot valid(%rows_left)
// CHECK-NEXT: %q_group = ragged_kernel.commit_group(%q_copy)
// CHECK-NEXT: %q_group_0 = ragged_kernel.slot %q_tiles[%c0]
// CHECK-NEXT: {{%.*}} = arith.cmpi slt, %first_key, %seq_length
// CHECK-NEXT: scf.if {{%.*}}
// CHECK-NEXT:   %keys_left = arith.subi %seq_length, %first_key
// CHECK-NEXT:   %k_tile_rows = ragged_kernel.rows_from %k_rows[%first_key]
// CHECK-NEXT:   %k_tile = ragged_kernel.shared_rows %k_slots[%c0] : !ragged_kernel.shared<192x64xf16, <xor, 128>> -> !ragged_kernel.shared<64x64xf16, <xor, 128>>
// CHECK-NEXT:   %k_copy = ragged_kernel.copy_async group warps(4) %k_tile_rows to %k_tile valid(%keys_left)
// CHECK-NEXT:   %v_tile_rows = ragged_kernel.rows_from %v_rows[%first_key]
// CHECK-NEXT:   %v_tile = ragged_kernel.shared_rows %v_slots[%c0] : !ragged_kernel.shared<192x64xf16, <xor, 128>> -> !ragged_kernel.shared<64x64xf16, <xor, 128>>
// CHECK-NEXT:   %v_copy = ragged_kernel.copy_async group warps(4) %v_tile_rows to %v_tile valid(%keys_left)
// CHECK-NEXT: }
// CHECK-NEXT: %group = ragged_kernel.commit_group()
// CHECK-NEXT: %key = arith.addi %first_key, %c192
// CHECK-NEXT: {{%.*}} = arith.cmpi slt, %key, %seq_length
// CHECK-NEXT: scf.if {{%.*}}
// CHECK-NEXT:   %keys_left = arith.subi %seq_length, %key
// CHECK-NEXT:   %k_tile_rows = ragged_kernel.rows_from %k_rows[%key]
// CHECK-NEXT:   %k_tile = ragged_kernel.shared_rows %k_slots[%c64] : !ragged_kernel.shared<192x64xf16, <xor, 128>> -> !ragged_kernel.shared<64x64xf16, <xor, 128>>
// CHECK-NEXT:   %k_copy = ragged_kernel.copy_async group warps(4) %k_tile_rows to %k_tile valid(%keys_left)
// CHECK-NEXT:   %v_tile_rows = ragged_kernel.rows_from %v_rows[%key]
// CHECK-NEXT:   %v_tile = ragged_kernel.shared_rows %v_slots[%c64] : !ragged_kernel.shared<192x64xf16, <xor, 128>> -> !ragged_kernel.shared<64x64xf16, <xor, 128>>
// CHECK-NEXT:   %v_copy = ragged_kernel.copy_async group warps(4) %v_tile_rows to %v_tile valid(%keys_left)
// CHECK-NEXT: }
// CHECK-NEXT: %group_1 = ragged_kernel.commit_group()
// CHECK-NEXT: %key_2 = arith.addi %first_key, %c384
// CHECK-NEXT: {{%.*}} = arith.cmpi slt, %key_2, %seq_length
// CHECK-NEXT: scf.if {{%.*}}
// CHECK-NEXT:   %keys_left = arith.subi %seq_length, %key_2
// CHECK-NEXT:   %k_tile_rows = ragged_kernel.rows_from %k_rows[%key_2]
// CHECK-NEXT:   %k_tile = ragged_kernel.shared_rows %k_slots[%c128] : !ragged_kernel.shared<192x64xf16, <xor, 128>> -> !ragged_kernel.shared<64x64xf16, <xor, 128>>
// CHECK-NEXT:   %k_copy = ragged_kernel.copy_async group warps(4) %k_tile_rows to %k_tile valid(%keys_left)
// CHECK-NEXT:   %v_tile_rows = ragged_kernel.rows_from %v_rows[%key_2]
// CHECK-NEXT:   %v_tile = ragged_kernel.shared_rows %v_slots[%c128] : !ragged_kernel.shared<192x64xf16, <xor, 128>> -> !ragged_kernel.shared<64x64xf16, <xor, 128>>
// CHECK-NEXT:   %v_copy = ragged_kernel.copy_async group warps(4) %v_tile_rows to %v_tile valid(%keys_left)
// CHECK-NEXT: }
// CHECK-NEXT: %group_3 = ragged_kernel.commit_group()
// CHECK-NEXT: ragged_kernel.wait_group pending(2)
// CHECK-NEXT: ragged_kernel.barrier block async
// CHECK-NEXT: %acc = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT: %max = ragged_kernel.fill 0xFF800000
// CHECK-NEXT: %sum = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT: {{%.*}}:3 = scf.for %key_6 = %first_key to %seq_length step %c192 iter_args(%acc_7 = %acc, %max_8 = %max, %sum_9 = %sum)
// CHECK-NEXT:   %number = arith.divui %key_6, %c192
// CHECK-NEXT:   {{%.*}} = arith.cmpi sgt, %key_6, %first_key
// CHECK-NEXT:   scf.if {{%.*}}
// CHECK-NEXT:     ragged_kernel.wait_group pending(1)
// CHECK-NEXT:     ragged_kernel.barrier group warps(4) async
// CHECK-NEXT:     %next_key = arith.addi %key_6, %c384
// CHECK-NEXT:     {{%.*}} = arith.addi %number, %c2
// CHECK-NEXT:     %free_slot = arith.remui {{%.*}}, %c3
// CHECK-NEXT:     {{%.*}} = arith.cmpi slt, %next_key, %seq_length
// CHECK-NEXT:     scf.if {{%.*}}
// CHECK-NEXT:       %keys_left = arith.subi %seq_length, %next_key
// CHECK-NEXT:       %k_tile_rows = ragged_kernel.rows_from %k_rows[%next_key]
// CHECK-NEXT:       {{%.*}} = arith.muli %free_slot, %c64
// CHECK-NEXT:       %k_tile_11 = ragged_kernel.shared_rows %k_slots{{.*}} : !ragged_kernel.shared<192x64xf16, <xor, 128>> -> !ragged_kernel.shared<64x64xf16, <xor, 128>>
// CHECK-NEXT:       %k_copy = ragged_kernel.copy_async group warps(4) %k_tile_rows to %k_tile_11 valid(%keys_left)
// CHECK-NEXT:       %v_tile_rows = ragged_kernel.rows_from %v_rows[%next_key]
// CHECK-NEXT:       {{%.*}} = arith.muli %free_slot, %c64
// CHECK-NEXT:       %v_tile_12 = ragged_kernel.shared_rows %v_slots{{.*}} : !ragged_kernel.shared<192x64xf16, <xor, 128>> -> !ragged_kernel.shared<64x64xf16, <xor, 128>>
// CHECK-NEXT:       %v_copy = ragged_kernel.copy_async group warps(4) %v_tile_rows to %v_tile_12 valid(%keys_left)
// CHECK-NEXT:     }
// CHECK-NEXT:     %group_10 = ragged_kernel.commit_group()
// CHECK-NEXT:   }
// CHECK-NEXT:   %slot = arith.remui %number, %c3
// CHECK-NEXT:   {{%.*}} = arith.muli %slot, %c64
// CHECK-NEXT:   %k_tile = ragged_kernel.shared_rows %k_slots{{.*}} : !ragged_kernel.shared<192x64xf16, <xor, 128>> -> !ragged_kernel.shared<64x64xf16, <xor, 128>>
// CHECK-NEXT:   {{%.*}} = arith.muli %slot, %c64
// CHECK-NEXT:   %v_tile = ragged_kernel.shared_rows %v_slots{{.*}} : !ragged_kernel.shared<192x64xf16, <xor, 128>> -> !ragged_kernel.shared<64x64xf16, <xor, 128>>
// CHECK-NEXT:   {{%.*}} = arith.addi %key_6, %c32
// CHECK-NEXT:   {{%.*}} = arith.cmpi slt, {{%.*}}, %seq_length
// CHECK-NEXT:   {{%.*}}:3 = scf.if {{%.*}}
// CHECK-NEXT:     %scores = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT:     %scores_10 = ragged_kernel.mma_issue warpgroup nt fresh %q_group_0, %k_tile, %scores
// CHECK-NEXT:     %scores_11 = ragged_kernel.mma_wait warpgroup %scores_10
// CHECK-NEXT:     %scores_12 = ragged_kernel.scale %scores_11 by 1.250000e-01
// CHECK-NEXT:     %scores_13 = ragged_kernel.apply_mask %scores_12 row(%row) key(%key_6) length(%seq_length)
// CHECK-NEXT:     %acc_14, %max_15, %sum_16 = ragged_kernel.softmax_step %scores_13, %v_tile, %acc_7, %max_8, %sum_9 {warpgroup}
// CHECK-NEXT:     scf.yield %acc_14, %max_15, %sum_16
// CHECK-NEXT:   } else {
// CHECK-NEXT:     %k_part = ragged_kernel.shared_rows %k_tile[%c0] : !ragged_kernel.shared<64x64xf16, <xor, 128>> -> !ragged_kernel.shared<32x64xf16, <xor, 128>>
// CHECK-NEXT:     %v_part = ragged_kernel.shared_rows %v_tile[%c0] : !ragged_kernel.shared<64x64xf16, <xor, 128>> -> !ragged_kernel.shared<32x64xf16, <xor, 128>>
// CHECK-NEXT:     %scores = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT:     %scores_10 = ragged_kernel.mma_issue warpgroup nt fresh %q_group_0, %k_part, %scores
// CHECK-NEXT:     %scores_11 = ragged_kernel.mma_wait warpgroup %scores_10
// CHECK-NEXT:     %scores_12 = ragged_kernel.scale %scores_11 by 1.250000e-01
// CHECK-NEXT:     %scores_13 = ragged_kernel.apply_mask %scores_12 row(%row) key(%key_6) length(%seq_length)
// CHECK-NEXT:     %acc_14, %max_15, %sum_16 = ragged_kernel.softmax_step %scores_13, %v_part, %acc_7, %max_8, %sum_9 {warpgroup}
// CHECK-NEXT:     scf.yield %acc_14, %max_15, %sum_16
// CHECK-NEXT:   }
// CHECK-NEXT:   scf.yield {{%.*}}#0, {{%.*}}#1, {{%.*}}#2
// CHECK-NEXT: }
// CHECK-NEXT: %partials = ragged_kernel.alloc_partials offset(8192) : !ragged_kernel.partials<3, 4, 64, stride = 24576>
// CHECK-NEXT: %sum_4 = ragged_kernel.reduce_sum {{%.*}}#2
// CHECK-NEXT: ragged_kernel.barrier group warps(4)
// CHECK-NEXT: ragged_kernel.store_partial {{%.*}}#0, {{%.*}}#1, %sum_4 to %partials[%warpgroup, %row_tile]
// CHECK-NEXT: ragged_kernel.barrier block
// CHECK-NEXT: %part = ragged_kernel.join_partials e %partials[%warpgroup, %row_tile] scale(1.000000e+00)
// CHECK-NEXT: %out_tile_rows = ragged_kernel.rows_from %out_rows[%row]
// CHECK-NEXT: %rows_left_5 = arith.subi %seq_length, %row
// CHECK-NEXT: ragged_kernel.store_part %part to %out_tile_rows way(%warpgroup) valid(%rows_left_5)
// CHECK-NEXT: ragged_kernel.return
// CHECK:      grid(<operand = 1, dim = 0, add = -1, mul = 120>,
func.func @groups(%qkv: tensor<?x3x12x64xf16>, %offsets: tensor<?xi32>) -> tensor<?x12x64xf16> {
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 577 : i64, ragged_kernel.schedule =
         #ragged_kernel.schedule<family = latency, block_m = 64, block_n = 64, rows_per_block = 64, warps = 12,
           stages = 3, heads_per_block = 1, min_blocks = 1, softmax = online, q_in_registers = false, warpgroups = true, reason = "by hand">}
       : tensor<?x3x12x64xf16>, tensor<?xi32> -> tensor<?x12x64xf16>
  return %o : tensor<?x12x64xf16>
}

//--- rows.mlir
// Two ways of two warpgroups each, for 128 rows: eight warps copy and wait together, and each warpgroup multiplies its own 64 rows of
// Q. Causal: a block needs the keys up to its own last row. Slots of K are as large as the results that go there at last (304 rows
// of 128 bytes for 8 x 4736). Tiles of 32 keys have no parts.
// CHECK-LABEL: ragged_kernel.kernel @rows_attention(
// CHECK:      %warpgroup = ragged_kernel.warpgroup_id
// CHECK-NEXT: %warp_id = ragged_kernel.warp_id
// CHECK-NEXT: %way = arith.divui %warpgroup, %c2
// CHECK-NEXT: %row_tile = arith.remui %warp_id, %c8
// CHECK-NEXT: {{%.*}} = arith.muli %row_tile, %c16
// CHECK-NEXT: %row = arith.addi %first_row, {{%.*}}
// CHECK-NEXT: {{%.*}} = arith.addi %first_row, %c128
// CHECK-NEXT: %keys_needed = arith.minsi %seq_length, {{%.*}}
// CHECK-NEXT: %first_key = arith.muli %way, %c32
// CHECK-NEXT: %q_tiles = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<2x64x64xbf16, <xor, 128>>
// CHECK-NEXT: %k_tiles = ragged_kernel.alloc_shared offset(16384) : !ragged_kernel.shared<2x304x64xbf16, <xor, 128>>
// CHECK-NEXT: %k_slots = ragged_kernel.slot %k_tiles[%way]
// CHECK-NEXT: %v_tiles = ragged_kernel.alloc_shared offset(94208) : !ragged_kernel.shared<2x64x64xbf16, <xor, 128>>
// CHECK-NEXT: %v_slots = ragged_kernel.slot %v_tiles[%way]
// CHECK-NEXT: %q_group_rows = ragged_kernel.rows_from %q_rows[%first_row]
// CHECK-NEXT: %q_slot = ragged_kernel.slot %q_tiles[%c0]
// CHECK-NEXT: %rows_left = arith.subi %seq_length, %first_row
// CHECK-NEXT: %q_copy = ragged_kernel.copy_async group warps(16) %q_group_rows to %q_slot valid(%rows_left)
// CHECK-NEXT: %group_row = arith.addi %first_row, %c64
// CHECK-NEXT: %q_group_rows_0 = ragged_kernel.rows_from %q_rows[%group_row]
// CHECK-NEXT: %q_slot_1 = ragged_kernel.slot %q_tiles[%c1]
// CHECK-NEXT: %rows_left_2 = arith.subi %seq_length, %group_row
// CHECK-NEXT: %q_copy_3 = ragged_kernel.copy_async group warps(16) %q_group_rows_0 to %q_slot_1 valid(%rows_left_2)
// CHECK-NEXT: %q_group = ragged_kernel.commit_group(%q_copy, %q_copy_3)
// CHECK-NEXT: {{%.*}} = arith.remui %warpgroup, %c2
// CHECK-NEXT: %q_group_4 = ragged_kernel.slot %q_tiles{{.*}}
// CHECK:      {{%.*}}:3 = scf.for %key_8 = %first_key to %keys_needed step %c64 iter_args(%acc_9 = %acc, %max_10 = %max, %sum_11 = %sum)
// CHECK-NEXT:   %number = arith.divui %key_8, %c64
// CHECK-NEXT:   {{%.*}} = arith.cmpi sgt, %key_8, %first_key
// CHECK-NEXT:   scf.if {{%.*}}
// CHECK-NEXT:     ragged_kernel.wait_group pending(0)
// CHECK-NEXT:     ragged_kernel.barrier group warps(8) async
// CHECK-NEXT:     %next_key = arith.addi %key_8, %c64
// CHECK-NEXT:     {{%.*}} = arith.addi %number, %c1
// CHECK-NEXT:     %free_slot = arith.remui {{%.*}}, %c2
// CHECK-NEXT:     {{%.*}} = arith.cmpi slt, %next_key, %keys_needed
// CHECK-NEXT:     scf.if {{%.*}}
// CHECK-NEXT:       %keys_left = arith.subi %keys_needed, %next_key
// CHECK-NEXT:       %k_tile_rows = ragged_kernel.rows_from %k_rows[%next_key]
// CHECK-NEXT:       {{%.*}} = arith.muli %free_slot, %c32
// CHECK-NEXT:       %k_tile_20 = ragged_kernel.shared_rows %k_slots{{.*}} : !ragged_kernel.shared<304x64xbf16, <xor, 128>> -> !ragged_kernel.shared<32x64xbf16, <xor, 128>>
// CHECK-NEXT:       %k_copy = ragged_kernel.copy_async group warps(8) %k_tile_rows to %k_tile_20 valid(%keys_left)
// CHECK-NEXT:       %v_tile_rows = ragged_kernel.rows_from %v_rows[%next_key]
// CHECK-NEXT:       {{%.*}} = arith.muli %free_slot, %c32
// CHECK-NEXT:       %v_tile_21 = ragged_kernel.shared_rows %v_slots{{.*}} : !ragged_kernel.shared<64x64xbf16, <xor, 128>> -> !ragged_kernel.shared<32x64xbf16, <xor, 128>>
// CHECK-NEXT:       %v_copy = ragged_kernel.copy_async group warps(8) %v_tile_rows to %v_tile_21 valid(%keys_left)
// CHECK-NEXT:     }
// CHECK-NEXT:     %group_19 = ragged_kernel.commit_group()
// CHECK-NEXT:   }
// CHECK-NEXT:   %slot = arith.remui %number, %c2
// CHECK-NEXT:   {{%.*}} = arith.muli %slot, %c32
// CHECK-NEXT:   %k_tile = ragged_kernel.shared_rows %k_slots{{.*}} : !ragged_kernel.shared<304x64xbf16, <xor, 128>> -> !ragged_kernel.shared<32x64xbf16, <xor, 128>>
// CHECK-NEXT:   {{%.*}} = arith.muli %slot, %c32
// CHECK-NEXT:   %v_tile = ragged_kernel.shared_rows %v_slots{{.*}} : !ragged_kernel.shared<64x64xbf16, <xor, 128>> -> !ragged_kernel.shared<32x64xbf16, <xor, 128>>
// CHECK-NEXT:   %scores = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT:   %scores_12 = ragged_kernel.mma_issue warpgroup nt fresh %q_group_4, %k_tile, %scores
// CHECK-NEXT:   %scores_13 = ragged_kernel.mma_wait warpgroup %scores_12
// CHECK-NEXT:   %scores_14 = ragged_kernel.scale %scores_13 by 1.250000e-01
// CHECK-NEXT:   %scores_15 = ragged_kernel.apply_mask %scores_14 row(%row) key(%key_8) length(%keys_needed) {causal}
// CHECK-NEXT:   %acc_16, %max_17, %sum_18 = ragged_kernel.softmax_step %scores_15, %v_tile, %acc_9, %max_10, %sum_11 {warpgroup}
// CHECK-NEXT:   scf.yield %acc_16, %max_17, %sum_18
// CHECK:      %partials = ragged_kernel.alloc_partials offset(16384) : !ragged_kernel.partials<2, 8, 64, stride = 38912>
// CHECK-NEXT: %sum_6 = ragged_kernel.reduce_sum {{%.*}}#2
// CHECK-NEXT: ragged_kernel.barrier group warps(8)
// CHECK-NEXT: ragged_kernel.store_partial {{%.*}}#0, {{%.*}}#1, %sum_6 to %partials[%way, %row_tile]
// CHECK-NEXT: ragged_kernel.barrier block
// CHECK-NEXT: %part = ragged_kernel.join_partials e %partials[%way, %row_tile] scale(1.000000e+00)
// CHECK-NEXT: %out_tile_rows = ragged_kernel.rows_from %out_rows[%row]
// CHECK-NEXT: %rows_left_7 = arith.subi %seq_length, %row
// CHECK-NEXT: ragged_kernel.store_part %part to %out_tile_rows way(%way) valid(%rows_left_7)
// CHECK-NEXT: ragged_kernel.return
// CHECK:      grid(<operand = 1, dim = 0, add = -1, mul = 60>,
func.func @rows(%qkv: tensor<?x3x12x64xbf16>, %offsets: tensor<?xi32>) -> tensor<?x12x64xbf16> {
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 577 : i64, causal, ragged_kernel.schedule =
         #ragged_kernel.schedule<family = latency, block_m = 128, block_n = 32, rows_per_block = 128, warps = 16,
           stages = 2, heads_per_block = 1, min_blocks = 1, softmax = online, q_in_registers = false, warpgroups = true, reason = "by hand">}
       : tensor<?x3x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return %o : tensor<?x12x64xbf16>
}

//--- panels.mlir
// Rows of 144 bytes lie in two panels, which are as long as all slots of a way: 9 times 16 bytes are no even number, so those of K and
// Q have one more.
// CHECK: ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<1x64x72xbf16, <even_panels, 8192>>
// CHECK: ragged_kernel.alloc_shared offset(16384) : !ragged_kernel.shared<2x128x72xbf16, <even_panels, 16384>>
// CHECK: ragged_kernel.alloc_shared offset(81920) : !ragged_kernel.shared<2x128x72xbf16, <panels, 16384>>
// CHECK: ragged_kernel.shared_rows {{.*}} -> !ragged_kernel.shared<64x72xbf16, <even_panels, 16384>>
// CHECK: ragged_kernel.alloc_partials offset(16384) : !ragged_kernel.partials<2, 4, 72, stride = 32768>
func.func @panels(%qkv: tensor<?x3x12x72xbf16>, %offsets: tensor<?xi32>) -> tensor<?x12x72xbf16> {
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 577 : i64, ragged_kernel.schedule =
         #ragged_kernel.schedule<family = latency, block_m = 64, block_n = 64, rows_per_block = 64, warps = 8,
           stages = 2, heads_per_block = 1, min_blocks = 1, softmax = online, q_in_registers = false, warpgroups = true, reason = "by hand">}
       : tensor<?x3x12x72xbf16>, tensor<?xi32> -> tensor<?x12x72xbf16>
  return %o : tensor<?x12x72xbf16>
}
