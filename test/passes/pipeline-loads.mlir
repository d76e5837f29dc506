// Copies in flight while something else runs. What a sequence must keep: between a copy and what reads it, a wait that is
// strong enough and then a barrier of everybody who copied; between the last reading of memory and the next copy over it, a
// barrier of everybody who read. Each kernel is small and says what it is about.
// RUN: split-file %s %t
// RUN: ragged-opt %t/ring.mlir --ragged-kernel-pipeline-loads --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %t/ring.mlir --implicit-check-not="block async"
// RUN: ragged-opt %t/async.mlir --ragged-kernel-pipeline-loads --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %t/async.mlir
// RUN: ragged-opt %t/rows.mlir --ragged-kernel-pipeline-loads --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %t/rows.mlir --implicit-check-not="block async"
// RUN: ragged-opt %t/waits.mlir --ragged-kernel-pipeline-loads | FileCheck %t/waits.mlir --implicit-check-not="block async"
// RUN: ragged-opt %t/lowered.mlir --ragged-lower-to-kernel --ragged-kernel-pipeline-loads --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %t/lowered.mlir --implicit-check-not="block async"

// Forms that are left alone come out as they went in.
// RUN: ragged-opt %t/alone.mlir -o %t/alone.before
// RUN: ragged-opt %t/alone.mlir --ragged-kernel-pipeline-loads -o %t/alone.after
// RUN: diff %t/alone.before %t/alone.after
// With two stages this kernel changes; with one, or no schedule, it does not.
// RUN: sed 's/stages = 1/stages = 2/' %t/plain.mlir | ragged-opt --ragged-kernel-pipeline-loads --mlir-use-nameloc-as-prefix | FileCheck %t/plain.mlir --check-prefix=TWO
// RUN: ragged-opt %t/plain.mlir -o %t/plain.before
// RUN: ragged-opt %t/plain.mlir --ragged-kernel-pipeline-loads -o %t/plain.after
// RUN: diff %t/plain.before %t/plain.after
// RUN: sed 's/, schedule = #one//' %t/plain.mlir | ragged-opt -o %t/unscheduled.before
// RUN: sed 's/, schedule = #one//' %t/plain.mlir | ragged-opt --ragged-kernel-pipeline-loads -o %t/unscheduled.after
// RUN: diff %t/unscheduled.before %t/unscheduled.after

//--- ring.mlir
#two = #ragged_kernel.schedule<family = online, block_m = 64, block_n = 32, rows_per_block = 64, warps = 4, stages = 2,
         heads_per_block = 1, min_blocks = 1, softmax = online, q_in_registers = true, reason = "by hand">
#three = #ragged_kernel.schedule<family = online, block_m = 64, block_n = 32, rows_per_block = 64, warps = 4, stages = 3,
         heads_per_block = 1, min_blocks = 1, softmax = online, q_in_registers = true, reason = "by hand">
#four = #ragged_kernel.schedule<family = online, block_m = 64, block_n = 32, rows_per_block = 64, warps = 4, stages = 4,
         heads_per_block = 1, min_blocks = 1, softmax = online, q_in_registers = true, reason = "by hand">
!ptr = !ragged_kernel.ptr<bf16>
!list = !ragged_kernel.ptr<i32>
!rows = !ragged_kernel.rows<bf16, stride = 768>
!slots = !ragged_kernel.shared<1x32x64xbf16, <xor, 128>>
!keys = !ragged_kernel.shared<32x64xbf16, <xor, 128>>
!tile = !ragged_kernel.shared<16x64xbf16, <xor, 128>>
!staging = !ragged_kernel.shared<16x32xbf16, <xor, 64>>
!operand = !ragged_kernel.operand<16x64xbf16>
!acc = !ragged_kernel.acc<16x32xf32>
!pending = !ragged_kernel.pending<16x32xf32>

// A ring of two: while a block of keys is computed, the next one is on its way to the other slot. Its first copy is started
// ahead of the wait for Q, which leaves it pending. In the loop: this block has arrived in every thread, and every warp is
// through with the other slot (one barrier says both), so the next block may go there; then this one is read.
// CHECK-LABEL: ragged_kernel.kernel @two(
// CHECK:      %tile = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<2x32x64xbf16, <xor, 128>>
// CHECK-NEXT: %tile_0 = ragged_kernel.alloc_shared offset(8192) : !ragged_kernel.shared<16x64xbf16, <xor, 128>>
// CHECK-NEXT: %tile_1 = ragged_kernel.alloc_shared offset(10240) : !ragged_kernel.shared<16x32xbf16, <xor, 64>>
// CHECK-NEXT: %copy = ragged_kernel.copy_async warp %rows to %tile_0 valid(%length)
// CHECK-NEXT: %group = ragged_kernel.commit_group(%copy)
// CHECK-NEXT: %next_slot = ragged_kernel.slot %tile[%c0]
// CHECK-NEXT: %rows_2 = ragged_kernel.rows_from %rows[%c0]
// CHECK-NEXT: %copy_3 = ragged_kernel.copy_async block %rows_2 to %next_slot valid(%length)
// CHECK-NEXT: %prologue = ragged_kernel.commit_group()
// CHECK-NEXT: ragged_kernel.wait_group %group pending(1)
// CHECK-NEXT: ragged_kernel.barrier warp
// CHECK-NEXT: %operand = ragged_kernel.load_operand %tile_0
// CHECK-NEXT: %acc = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT: [[V0:%.*]] = scf.for %arg3 = %c0 to %length step %c32 iter_args(%arg4 = %acc)
// CHECK-NEXT:   ragged_kernel.wait_group pending(0)
// CHECK-NEXT:   ragged_kernel.barrier block
// CHECK-NEXT:   %next_key = arith.addi %arg3, %c32
// CHECK-NEXT:   [[V1:%.*]] = arith.divui %next_key, %c32
// CHECK-NEXT:   %free_slot = arith.remui [[V1]], %c2
// CHECK-NEXT:   [[V2:%.*]] = arith.cmpi slt, %next_key, %length
// CHECK-NEXT:   scf.if [[V2]] {
// CHECK-NEXT:     %next_slot_7 = ragged_kernel.slot %tile[%free_slot]
// CHECK-NEXT:     %rows_8 = ragged_kernel.rows_from %rows[%next_key]
// CHECK-NEXT:     [[V3:%.*]] = arith.subi %length, %next_key
// CHECK-NEXT:     %copy_9 = ragged_kernel.copy_async block %rows_8 to %next_slot_7 valid([[V3]])
// CHECK-NEXT:   }
// CHECK-NEXT:   %group_4 = ragged_kernel.commit_group()
// CHECK-NEXT:   [[V4:%.*]] = arith.divui %arg3, %c32
// CHECK-NEXT:   %slot = arith.remui [[V4]], %c2
// CHECK-NEXT:   %slot_5 = ragged_kernel.slot %tile[%slot]
// CHECK-NEXT:   %pending = ragged_kernel.mma_issue nt %operand, %slot_5, %arg4
// CHECK-NEXT:   %acc_6 = ragged_kernel.mma_wait %pending
// CHECK-NEXT:   scf.yield %acc_6
// CHECK-NEXT: }
// CHECK-NEXT: ragged_kernel.store_rows [[V0]] to %rows valid(%length) staging(%tile_1)
// CHECK-NEXT: ragged_kernel.return
ragged_kernel.kernel @two(%x: !ptr, %offsets: !list, %out: !ptr)
    attributes {block_size = 128 : i64, min_blocks = 1 : i64, shared_bytes = 16384 : i64, schedule = #two} {
  %c0 = arith.constant 0 : index
  %c32 = arith.constant 32 : index
  %begin, %length = ragged_kernel.sequence %offsets[%c0] capacity(197) : !list
  %rows = ragged_kernel.global_rows %x[%begin, %c0] head_stride(64) offset(0) : !ptr -> !rows
  %k_slots = ragged_kernel.alloc_shared offset(0) : !slots
  %q_tile = ragged_kernel.alloc_shared offset(8192) : !tile
  %staging = ragged_kernel.alloc_shared offset(10240) : !staging
  %q_copy = ragged_kernel.copy_async warp %rows to %q_tile valid(%length) : !rows, !tile
  %q_group = ragged_kernel.commit_group(%q_copy)
  ragged_kernel.wait_group %q_group pending(0)
  ragged_kernel.barrier warp
  %q = ragged_kernel.load_operand %q_tile : !tile -> !operand
  %zero = ragged_kernel.fill 0.0 : !acc
  %sum = scf.for %key = %c0 to %length step %c32 iter_args(%acc = %zero) -> !acc {
    %slot = ragged_kernel.slot %k_slots[%c0] : !slots -> !keys
    ragged_kernel.barrier block
    %left = arith.subi %length, %key : index
    %from = ragged_kernel.rows_from %rows[%key] : !rows
    %copy = ragged_kernel.copy_async block %from to %slot valid(%left) : !rows, !keys
    %group = ragged_kernel.commit_group(%copy)
    ragged_kernel.wait_group %group pending(0)
    ragged_kernel.barrier block
    %pending = ragged_kernel.mma_issue nt %q, %slot, %acc : !operand, !keys, !acc -> !pending
    %scores = ragged_kernel.mma_wait %pending : !pending -> !acc
    scf.yield %scores : !acc
  }
  ragged_kernel.store_rows %sum to %rows valid(%length) staging(%staging) : !acc, !rows, !staging
  ragged_kernel.return
}

// A ring of three, for two tiles in one group, and no other wait to go ahead of. Two blocks are on their way before the loop,
// the second only if there is one; its group is committed all the same, since waits count groups. A wait leaves one pending:
// the block after this one.
// CHECK-LABEL: ragged_kernel.kernel @three(
// CHECK:      %tile = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<3x32x64xbf16, <xor, 128>>
// CHECK-NEXT: %tile_0 = ragged_kernel.alloc_shared offset(12288) : !ragged_kernel.shared<3x32x64xbf16, <xor, 128>>
// CHECK-NEXT: %tile_1 = ragged_kernel.alloc_shared offset(24576) : !ragged_kernel.shared<16x64xbf16, <xor, 128>>
// CHECK-NEXT: %tile_2 = ragged_kernel.alloc_shared offset(26624) : !ragged_kernel.shared<16x32xbf16, <xor, 64>>
// CHECK-NEXT: %operand = ragged_kernel.load_operand %tile_1
// CHECK-NEXT: %acc = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT: %next_slot = ragged_kernel.slot %tile[%c0]
// CHECK-NEXT: %rows_3 = ragged_kernel.rows_from %rows[%c0]
// CHECK-NEXT: %copy = ragged_kernel.copy_async block %rows_3 to %next_slot valid(%length)
// CHECK-NEXT: %next_slot_4 = ragged_kernel.slot %tile_0[%c0]
// CHECK-NEXT: %copy_5 = ragged_kernel.copy_async block %rows_3 to %next_slot_4 valid(%length)
// CHECK-NEXT: %prologue = ragged_kernel.commit_group()
// CHECK-NEXT: [[V0:%.*]] = arith.cmpi sgt, %length, %c32
// CHECK-NEXT: scf.if [[V0]] {
// CHECK-NEXT:   %next_slot_7 = ragged_kernel.slot %tile[%c1]
// CHECK-NEXT:   %rows_8 = ragged_kernel.rows_from %rows[%c32]
// CHECK-NEXT:   [[V1:%.*]] = arith.subi %length, %c32
// CHECK-NEXT:   %copy_9 = ragged_kernel.copy_async block %rows_8 to %next_slot_7 valid([[V1]])
// CHECK-NEXT:   %next_slot_10 = ragged_kernel.slot %tile_0[%c1]
// CHECK-NEXT:   %copy_11 = ragged_kernel.copy_async block %rows_8 to %next_slot_10 valid([[V1]])
// CHECK-NEXT: }
// CHECK-NEXT: %prologue_6 = ragged_kernel.commit_group()
// CHECK-NEXT: [[V2:%.*]] = scf.for %arg3 = %c0 to %length step %c32 iter_args(%arg4 = %acc)
// CHECK-NEXT:   ragged_kernel.wait_group pending(1)
// CHECK-NEXT:   ragged_kernel.barrier block
// CHECK-NEXT:   %next_key = arith.addi %arg3, %c64
// CHECK-NEXT:   [[V3:%.*]] = arith.divui %next_key, %c32
// CHECK-NEXT:   %free_slot = arith.remui [[V3]], %c3
// CHECK-NEXT:   [[V4:%.*]] = arith.cmpi slt, %next_key, %length
// CHECK-NEXT:   scf.if [[V4]] {
// CHECK-NEXT:     %next_slot_12 = ragged_kernel.slot %tile[%free_slot]
// CHECK-NEXT:     %rows_13 = ragged_kernel.rows_from %rows[%next_key]
// CHECK-NEXT:     [[V5:%.*]] = arith.subi %length, %next_key
// CHECK-NEXT:     %copy_14 = ragged_kernel.copy_async block %rows_13 to %next_slot_12 valid([[V5]])
// CHECK-NEXT:     %next_slot_15 = ragged_kernel.slot %tile_0[%free_slot]
// CHECK-NEXT:     %copy_16 = ragged_kernel.copy_async block %rows_13 to %next_slot_15 valid([[V5]])
// CHECK-NEXT:   }
// CHECK-NEXT:   %group = ragged_kernel.commit_group()
// CHECK-NEXT:   [[V6:%.*]] = arith.divui %arg3, %c32
// CHECK-NEXT:   %slot = arith.remui [[V6]], %c3
// CHECK-NEXT:   %slot_7 = ragged_kernel.slot %tile[%slot]
// CHECK-NEXT:   %slot_8 = ragged_kernel.slot %tile_0[%slot]
// CHECK-NEXT:   %pending = ragged_kernel.mma_issue nt %operand, %slot_7, %arg4
// CHECK-NEXT:   %acc_9 = ragged_kernel.mma_wait %pending
// CHECK-NEXT:   %pending_10 = ragged_kernel.mma_issue nt %operand, %slot_8, %acc_9
// CHECK-NEXT:   %acc_11 = ragged_kernel.mma_wait %pending_10
// CHECK-NEXT:   scf.yield %acc_11
// CHECK-NEXT: }
// CHECK-NEXT: ragged_kernel.store_rows [[V2]] to %rows valid(%length) staging(%tile_2)
// CHECK-NEXT: ragged_kernel.return
ragged_kernel.kernel @three(%x: !ptr, %offsets: !list, %out: !ptr)
    attributes {block_size = 128 : i64, min_blocks = 1 : i64, shared_bytes = 32768 : i64, schedule = #three} {
  %c0 = arith.constant 0 : index
  %c32 = arith.constant 32 : index
  %begin, %length = ragged_kernel.sequence %offsets[%c0] capacity(197) : !list
  %rows = ragged_kernel.global_rows %x[%begin, %c0] head_stride(64) offset(0) : !ptr -> !rows
  %k_slots = ragged_kernel.alloc_shared offset(0) : !slots
  %v_slots = ragged_kernel.alloc_shared offset(12288) : !slots
  %q_tile = ragged_kernel.alloc_shared offset(24576) : !tile
  %staging = ragged_kernel.alloc_shared offset(26624) : !staging
  %q = ragged_kernel.load_operand %q_tile : !tile -> !operand
  %zero = ragged_kernel.fill 0.0 : !acc
  %sum = scf.for %key = %c0 to %length step %c32 iter_args(%acc = %zero) -> !acc {
    %k = ragged_kernel.slot %k_slots[%c0] : !slots -> !keys
    %v = ragged_kernel.slot %v_slots[%c0] : !slots -> !keys
    ragged_kernel.barrier block
    %left = arith.subi %length, %key : index
    %from = ragged_kernel.rows_from %rows[%key] : !rows
    %k_copy = ragged_kernel.copy_async block %from to %k valid(%left) : !rows, !keys
    %v_copy = ragged_kernel.copy_async block %from to %v valid(%left) : !rows, !keys
    %group = ragged_kernel.commit_group(%k_copy, %v_copy)
    ragged_kernel.wait_group %group pending(0)
    ragged_kernel.barrier block
    %pending = ragged_kernel.mma_issue nt %q, %k, %acc : !operand, !keys, !acc -> !pending
    %scores = ragged_kernel.mma_wait %pending : !pending -> !acc
    %pending2 = ragged_kernel.mma_issue nt %q, %v, %scores : !operand, !keys, !acc -> !pending
    %scores2 = ragged_kernel.mma_wait %pending2 : !pending -> !acc
    scf.yield %scores2 : !acc
  }
  ragged_kernel.store_rows %sum to %rows valid(%length) staging(%staging) : !acc, !rows, !staging
  ragged_kernel.return
}

// A ring of four in a loop over rows, which visits the keys again: what starts the ring is in the outer loop, behind its
// barrier, which says that every warp is through with the slots of the last visit, and which no copy may go ahead of.
// CHECK-LABEL: ragged_kernel.kernel @four(
// CHECK:      %tile = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<4x32x64xbf16, <xor, 128>>
// CHECK-NEXT: %tile_0 = ragged_kernel.alloc_shared offset(16384) : !ragged_kernel.shared<16x64xbf16, <xor, 128>>
// CHECK-NEXT: %tile_1 = ragged_kernel.alloc_shared offset(18432) : !ragged_kernel.shared<16x32xbf16, <xor, 64>>
// CHECK-NEXT: %acc = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT: scf.for %arg3 = %c0 to %length step %c64 {
// CHECK-NEXT:   %copy = ragged_kernel.copy_async warp %rows to %tile_0 valid(%arg3)
// CHECK-NEXT:   %group = ragged_kernel.commit_group(%copy)
// CHECK-NEXT:   %next_slot = ragged_kernel.slot %tile[%c0]
// CHECK-NEXT:   ragged_kernel.wait_group %group pending(0)
// CHECK-NEXT:   ragged_kernel.barrier block
// CHECK-NEXT:   %copy_2 = ragged_kernel.copy_async block %rows to %next_slot valid(%c0)
// CHECK-NEXT:   %prologue = ragged_kernel.commit_group()
// CHECK-NEXT:   [[V0:%.*]] = arith.cmpi sgt, %length, %c32
// CHECK-NEXT:   scf.if [[V0]] {
// CHECK-NEXT:     %next_slot_5 = ragged_kernel.slot %tile[%c1]
// CHECK-NEXT:     %copy_6 = ragged_kernel.copy_async block %rows to %next_slot_5 valid(%c32)
// CHECK-NEXT:   }
// CHECK-NEXT:   %prologue_3 = ragged_kernel.commit_group()
// CHECK-NEXT:   [[V1:%.*]] = arith.cmpi sgt, %length, %c64
// CHECK-NEXT:   scf.if [[V1]] {
// CHECK-NEXT:     %next_slot_5 = ragged_kernel.slot %tile[%c2]
// CHECK-NEXT:     %copy_6 = ragged_kernel.copy_async block %rows to %next_slot_5 valid(%c64)
// CHECK-NEXT:   }
// CHECK-NEXT:   %prologue_4 = ragged_kernel.commit_group()
// CHECK-NEXT:   [[V2:%.*]] = scf.for %arg4 = %c0 to %length step %c32 iter_args(%arg5 = %acc)
// CHECK-NEXT:     ragged_kernel.wait_group pending(2)
// CHECK-NEXT:     ragged_kernel.barrier block
// CHECK-NEXT:     %next_key = arith.addi %arg4, %c96
// CHECK-NEXT:     [[V3:%.*]] = arith.divui %next_key, %c32
// CHECK-NEXT:     %free_slot = arith.remui [[V3]], %c4
// CHECK-NEXT:     [[V4:%.*]] = arith.cmpi slt, %next_key, %length
// CHECK-NEXT:     scf.if [[V4]] {
// CHECK-NEXT:       %next_slot_8 = ragged_kernel.slot %tile[%free_slot]
// CHECK-NEXT:       %copy_9 = ragged_kernel.copy_async block %rows to %next_slot_8 valid(%next_key)
// CHECK-NEXT:     }
// CHECK-NEXT:     %group_5 = ragged_kernel.commit_group()
// CHECK-NEXT:     [[V5:%.*]] = arith.divui %arg4, %c32
// CHECK-NEXT:     %slot = arith.remui [[V5]], %c4
// CHECK-NEXT:     %slot_6 = ragged_kernel.slot %tile[%slot]
// CHECK-NEXT:     %pending = ragged_kernel.mma_issue nt %tile_0, %slot_6, %arg5
// CHECK-NEXT:     %acc_7 = ragged_kernel.mma_wait %pending
// CHECK-NEXT:     scf.yield %acc_7
// CHECK-NEXT:   }
// CHECK-NEXT:   ragged_kernel.store_rows [[V2]] to %rows valid(%length) staging(%tile_1)
// CHECK-NEXT: }
// CHECK-NEXT: ragged_kernel.return
ragged_kernel.kernel @four(%x: !ptr, %offsets: !list, %out: !ptr)
    attributes {block_size = 128 : i64, min_blocks = 1 : i64, shared_bytes = 32768 : i64, schedule = #four} {
  %c0 = arith.constant 0 : index
  %c32 = arith.constant 32 : index
  %c64 = arith.constant 64 : index
  %begin, %length = ragged_kernel.sequence %offsets[%c0] capacity(197) : !list
  %rows = ragged_kernel.global_rows %x[%begin, %c0] head_stride(64) offset(0) : !ptr -> !rows
  %k_slots = ragged_kernel.alloc_shared offset(0) : !slots
  %q_tile = ragged_kernel.alloc_shared offset(16384) : !tile
  %staging = ragged_kernel.alloc_shared offset(18432) : !staging
  %zero = ragged_kernel.fill 0.0 : !acc
  scf.for %row = %c0 to %length step %c64 {
    %q_copy = ragged_kernel.copy_async warp %rows to %q_tile valid(%row) : !rows, !tile
    %q_group = ragged_kernel.commit_group(%q_copy)
    ragged_kernel.wait_group %q_group pending(0)
    ragged_kernel.barrier block
    %sum = scf.for %key = %c0 to %length step %c32 iter_args(%acc = %zero) -> !acc {
      %slot = ragged_kernel.slot %k_slots[%c0] : !slots -> !keys
      ragged_kernel.barrier block
      %copy = ragged_kernel.copy_async block %rows to %slot valid(%key) : !rows, !keys
      %group = ragged_kernel.commit_group(%copy)
      ragged_kernel.wait_group %group pending(0)
      ragged_kernel.barrier block
      %pending = ragged_kernel.mma_issue nt %q_tile, %slot, %acc : !tile, !keys, !acc -> !pending
      %scores = ragged_kernel.mma_wait %pending : !pending -> !acc
      scf.yield %scores : !acc
    }
    ragged_kernel.store_rows %sum to %rows valid(%length) staging(%staging) : !acc, !rows, !staging
  }
  ragged_kernel.return
}

//--- rows.mlir
#two = #ragged_kernel.schedule<family = single, block_m = 64, block_n = 32, rows_per_block = 64, warps = 4, stages = 2,
         heads_per_block = 1, min_blocks = 1, softmax = online, q_in_registers = true, reason = "by hand">
!ptr = !ragged_kernel.ptr<bf16>
!list = !ragged_kernel.ptr<i32>
!rows = !ragged_kernel.rows<bf16, stride = 768>
!slots = !ragged_kernel.shared<1x32x64xbf16, <xor, 128>>
!keys = !ragged_kernel.shared<32x64xbf16, <xor, 128>>
!tile = !ragged_kernel.shared<16x64xbf16, <xor, 128>>
!staging = !ragged_kernel.shared<16x32xbf16, <xor, 64>>
!operand = !ragged_kernel.operand<16x64xbf16>
!acc = !ragged_kernel.acc<16x32xf32>
!pending = !ragged_kernel.pending<16x32xf32>

// The warp's next rows of Q arrive while this row tile is computed; the first ones, if this warp has any, together with K and
// V. A barrier of the warp between reading a tile and copying the next one over it, another between wait and reading.
// CHECK-LABEL: ragged_kernel.kernel @next_rows(
// CHECK:      %tile = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<32x64xbf16, <xor, 128>>
// CHECK-NEXT: %tile_0 = ragged_kernel.alloc_shared offset(4096) : !ragged_kernel.shared<16x64xbf16, <xor, 128>>
// CHECK-NEXT: %tile_1 = ragged_kernel.alloc_shared offset(6144) : !ragged_kernel.shared<16x32xbf16, <xor, 64>>
// CHECK-NEXT: %copy = ragged_kernel.copy_async block %rows to %tile valid(%length)
// CHECK-NEXT: %group = ragged_kernel.commit_group(%copy)
// CHECK-NEXT: [[V0:%.*]] = arith.cmpi slt, %warp, %length
// CHECK-NEXT: scf.if [[V0]] {
// CHECK-NEXT:   %rows_2 = ragged_kernel.rows_from %rows[%warp]
// CHECK-NEXT:   [[V1:%.*]] = arith.subi %length, %warp
// CHECK-NEXT:   %copy_3 = ragged_kernel.copy_async warp %rows_2 to %tile_0 valid([[V1]])
// CHECK-NEXT: }
// CHECK-NEXT: %next_group = ragged_kernel.commit_group()
// CHECK-NEXT: ragged_kernel.wait_group %group pending(0)
// CHECK-NEXT: ragged_kernel.barrier block
// CHECK-NEXT: scf.for %arg3 = %warp to %length step %c64 {
// CHECK-NEXT:   [[V2:%.*]] = arith.subi %length, %arg3
// CHECK-NEXT:   %rows_2 = ragged_kernel.rows_from %rows[%arg3]
// CHECK-NEXT:   ragged_kernel.wait_group pending(0)
// CHECK-NEXT:   ragged_kernel.barrier warp
// CHECK-NEXT:   %operand = ragged_kernel.load_operand %tile_0
// CHECK-NEXT:   ragged_kernel.barrier warp
// CHECK-NEXT:   %next_row = arith.addi %arg3, %c64
// CHECK-NEXT:   [[V3:%.*]] = arith.cmpi slt, %next_row, %length
// CHECK-NEXT:   scf.if [[V3]] {
// CHECK-NEXT:     %rows_5 = ragged_kernel.rows_from %rows[%next_row]
// CHECK-NEXT:     [[V4:%.*]] = arith.subi %length, %next_row
// CHECK-NEXT:     %copy_6 = ragged_kernel.copy_async warp %rows_5 to %tile_0 valid([[V4]])
// CHECK-NEXT:   }
// CHECK-NEXT:   %next_group_3 = ragged_kernel.commit_group()
// CHECK-NEXT:   %acc = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT:   %pending = ragged_kernel.mma_issue nt %operand, %tile, %acc
// CHECK-NEXT:   %acc_4 = ragged_kernel.mma_wait %pending
// CHECK-NEXT:   ragged_kernel.store_rows %acc_4 to %rows_2 valid([[V2]]) staging(%tile_1)
// CHECK-NEXT: }
// CHECK-NEXT: ragged_kernel.return
ragged_kernel.kernel @next_rows(%x: !ptr, %offsets: !list, %out: !ptr)
    attributes {block_size = 128 : i64, min_blocks = 1 : i64, shared_bytes = 16384 : i64, schedule = #two} {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %begin, %length = ragged_kernel.sequence %offsets[%c0] capacity(197) : !list
  %warp = ragged_kernel.warp_id
  %rows = ragged_kernel.global_rows %x[%begin, %c0] head_stride(64) offset(0) : !ptr -> !rows
  %k_tile = ragged_kernel.alloc_shared offset(0) : !keys
  %q_tile = ragged_kernel.alloc_shared offset(4096) : !tile
  %staging = ragged_kernel.alloc_shared offset(6144) : !staging
  %k_copy = ragged_kernel.copy_async block %rows to %k_tile valid(%length) : !rows, !keys
  %k_group = ragged_kernel.commit_group(%k_copy)
  ragged_kernel.wait_group %k_group pending(0)
  ragged_kernel.barrier block
  scf.for %row = %warp to %length step %c64 {
    %left = arith.subi %length, %row : index
    %from = ragged_kernel.rows_from %rows[%row] : !rows
    %q_copy = ragged_kernel.copy_async warp %from to %q_tile valid(%left) : !rows, !tile
    %q_group = ragged_kernel.commit_group(%q_copy)
    ragged_kernel.wait_group %q_group pending(0)
    ragged_kernel.barrier warp
    %q = ragged_kernel.load_operand %q_tile : !tile -> !operand
    %zero = ragged_kernel.fill 0.0 : !acc
    %pending = ragged_kernel.mma_issue nt %q, %k_tile, %zero : !operand, !keys, !acc -> !pending
    %scores = ragged_kernel.mma_wait %pending : !pending -> !acc
    ragged_kernel.store_rows %scores to %from valid(%left) staging(%staging) : !acc, !rows, !staging
  }
  ragged_kernel.return
}

// Where the row loop starts is known only after the wait: the first rows go behind it.
// CHECK-LABEL: ragged_kernel.kernel @unknown_start(
// CHECK:      %tile = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<32x64xbf16, <xor, 128>>
// CHECK-NEXT: %tile_0 = ragged_kernel.alloc_shared offset(4096) : !ragged_kernel.shared<16x64xbf16, <xor, 128>>
// CHECK-NEXT: %tile_1 = ragged_kernel.alloc_shared offset(6144) : !ragged_kernel.shared<16x32xbf16, <xor, 64>>
// CHECK-NEXT: %copy = ragged_kernel.copy_async block %rows to %tile valid(%length)
// CHECK-NEXT: %group = ragged_kernel.commit_group(%copy)
// CHECK-NEXT: %warp = ragged_kernel.warp_id
// CHECK-NEXT: [[V0:%.*]] = arith.cmpi slt, %warp, %length
// CHECK-NEXT: scf.if [[V0]] {
// CHECK-NEXT:   %copy_2 = ragged_kernel.copy_async warp %rows to %tile_0 valid(%warp)
// CHECK-NEXT: }
// CHECK-NEXT: %next_group = ragged_kernel.commit_group()
// CHECK-NEXT: ragged_kernel.wait_group %group pending(0)
// CHECK-NEXT: ragged_kernel.barrier block
// CHECK-NEXT: scf.for %arg3 = %warp to %length step %c64 {
// CHECK-NEXT:   ragged_kernel.wait_group pending(0)
// CHECK-NEXT:   ragged_kernel.barrier warp
// CHECK-NEXT:   %operand = ragged_kernel.load_operand %tile_0
// CHECK-NEXT:   ragged_kernel.barrier warp
// CHECK-NEXT:   %next_row = arith.addi %arg3, %c64
// CHECK-NEXT:   [[V1:%.*]] = arith.cmpi slt, %next_row, %length
// CHECK-NEXT:   scf.if [[V1]] {
// CHECK-NEXT:     %copy_4 = ragged_kernel.copy_async warp %rows to %tile_0 valid(%next_row)
// CHECK-NEXT:   }
// CHECK-NEXT:   %next_group_2 = ragged_kernel.commit_group()
// CHECK-NEXT:   %acc = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT:   %pending = ragged_kernel.mma_issue nt %operand, %tile, %acc
// CHECK-NEXT:   %acc_3 = ragged_kernel.mma_wait %pending
// CHECK-NEXT:   ragged_kernel.store_rows %acc_3 to %rows valid(%length) staging(%tile_1)
// CHECK-NEXT: }
// CHECK-NEXT: ragged_kernel.return
ragged_kernel.kernel @unknown_start(%x: !ptr, %offsets: !list, %out: !ptr)
    attributes {block_size = 128 : i64, min_blocks = 1 : i64, shared_bytes = 16384 : i64, schedule = #two} {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %begin, %length = ragged_kernel.sequence %offsets[%c0] capacity(197) : !list
  %rows = ragged_kernel.global_rows %x[%begin, %c0] head_stride(64) offset(0) : !ptr -> !rows
  %k_tile = ragged_kernel.alloc_shared offset(0) : !keys
  %q_tile = ragged_kernel.alloc_shared offset(4096) : !tile
  %staging = ragged_kernel.alloc_shared offset(6144) : !staging
  %k_copy = ragged_kernel.copy_async block %rows to %k_tile valid(%length) : !rows, !keys
  %k_group = ragged_kernel.commit_group(%k_copy)
  ragged_kernel.wait_group %k_group pending(0)
  ragged_kernel.barrier block
  %warp = ragged_kernel.warp_id
  scf.for %row = %warp to %length step %c64 {
    %q_copy = ragged_kernel.copy_async warp %rows to %q_tile valid(%row) : !rows, !tile
    %q_group = ragged_kernel.commit_group(%q_copy)
    ragged_kernel.wait_group %q_group pending(0)
    ragged_kernel.barrier warp
    %q = ragged_kernel.load_operand %q_tile : !tile -> !operand
    %zero = ragged_kernel.fill 0.0 : !acc
    %pending = ragged_kernel.mma_issue nt %q, %k_tile, %zero : !operand, !keys, !acc -> !pending
    %scores = ragged_kernel.mma_wait %pending : !pending -> !acc
    ragged_kernel.store_rows %scores to %rows valid(%length) staging(%staging) : !acc, !rows, !staging
  }
  ragged_kernel.return
}

// The memory of the first rows is still being read after the wait: they go behind that, too.
// CHECK-LABEL: ragged_kernel.kernel @in_use(
// CHECK:      %tile = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<32x64xbf16, <xor, 128>>
// CHECK-NEXT: %tile_0 = ragged_kernel.alloc_shared offset(4096) : !ragged_kernel.shared<16x64xbf16, <xor, 128>>
// CHECK-NEXT: %tile_1 = ragged_kernel.alloc_shared offset(6144) : !ragged_kernel.shared<16x32xbf16, <xor, 64>>
// CHECK-NEXT: %copy = ragged_kernel.copy_async block %rows to %tile valid(%length)
// CHECK-NEXT: %group = ragged_kernel.commit_group(%copy)
// CHECK-NEXT: ragged_kernel.wait_group %group pending(0)
// CHECK-NEXT: ragged_kernel.barrier block
// CHECK-NEXT: %operand = ragged_kernel.load_operand %tile_0
// CHECK-NEXT: %acc = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT: %pending = ragged_kernel.mma_issue nt %operand, %tile, %acc
// CHECK-NEXT: %acc_2 = ragged_kernel.mma_wait %pending
// CHECK-NEXT: ragged_kernel.barrier warp
// CHECK-NEXT: [[V0:%.*]] = arith.cmpi slt, %warp, %length
// CHECK-NEXT: scf.if [[V0]] {
// CHECK-NEXT:   %copy_3 = ragged_kernel.copy_async warp %rows to %tile_0 valid(%warp)
// CHECK-NEXT: }
// CHECK-NEXT: %next_group = ragged_kernel.commit_group()
// CHECK-NEXT: scf.for %arg3 = %warp to %length step %c64 {
// CHECK-NEXT:   ragged_kernel.wait_group pending(0)
// CHECK-NEXT:   ragged_kernel.barrier warp
// CHECK-NEXT:   %operand_3 = ragged_kernel.load_operand %tile_0
// CHECK-NEXT:   ragged_kernel.barrier warp
// CHECK-NEXT:   %next_row = arith.addi %arg3, %c64
// CHECK-NEXT:   [[V1:%.*]] = arith.cmpi slt, %next_row, %length
// CHECK-NEXT:   scf.if [[V1]] {
// CHECK-NEXT:     %copy_7 = ragged_kernel.copy_async warp %rows to %tile_0 valid(%next_row)
// CHECK-NEXT:   }
// CHECK-NEXT:   %next_group_4 = ragged_kernel.commit_group()
// CHECK-NEXT:   %pending_5 = ragged_kernel.mma_issue nt %operand_3, %tile, %acc_2
// CHECK-NEXT:   %acc_6 = ragged_kernel.mma_wait %pending_5
// CHECK-NEXT:   ragged_kernel.store_rows %acc_6 to %rows valid(%length) staging(%tile_1)
// CHECK-NEXT: }
// CHECK-NEXT: ragged_kernel.return
ragged_kernel.kernel @in_use(%x: !ptr, %offsets: !list, %out: !ptr)
    attributes {block_size = 128 : i64, min_blocks = 1 : i64, shared_bytes = 16384 : i64, schedule = #two} {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %warp = ragged_kernel.warp_id
  %begin, %length = ragged_kernel.sequence %offsets[%c0] capacity(197) : !list
  %rows = ragged_kernel.global_rows %x[%begin, %c0] head_stride(64) offset(0) : !ptr -> !rows
  %k_tile = ragged_kernel.alloc_shared offset(0) : !keys
  %q_tile = ragged_kernel.alloc_shared offset(4096) : !tile
  %staging = ragged_kernel.alloc_shared offset(6144) : !staging
  %k_copy = ragged_kernel.copy_async block %rows to %k_tile valid(%length) : !rows, !keys
  %k_group = ragged_kernel.commit_group(%k_copy)
  ragged_kernel.wait_group %k_group pending(0)
  ragged_kernel.barrier block
  %q0 = ragged_kernel.load_operand %q_tile : !tile -> !operand
  %zero = ragged_kernel.fill 0.0 : !acc
  %pending0 = ragged_kernel.mma_issue nt %q0, %k_tile, %zero : !operand, !keys, !acc -> !pending
  %scores0 = ragged_kernel.mma_wait %pending0 : !pending -> !acc
  ragged_kernel.barrier warp
  scf.for %row = %warp to %length step %c64 {
    %q_copy = ragged_kernel.copy_async warp %rows to %q_tile valid(%row) : !rows, !tile
    %q_group = ragged_kernel.commit_group(%q_copy)
    ragged_kernel.wait_group %q_group pending(0)
    ragged_kernel.barrier warp
    %q = ragged_kernel.load_operand %q_tile : !tile -> !operand
    %pending = ragged_kernel.mma_issue nt %q, %k_tile, %scores0 : !operand, !keys, !acc -> !pending
    %scores = ragged_kernel.mma_wait %pending : !pending -> !acc
    ragged_kernel.store_rows %scores to %rows valid(%length) staging(%staging) : !acc, !rows, !staging
  }
  ragged_kernel.return
}

//--- waits.mlir
!ptr = !ragged_kernel.ptr<bf16>
!list = !ragged_kernel.ptr<i32>
!rows = !ragged_kernel.rows<bf16, stride = 768>
!tile = !ragged_kernel.shared<16x64xbf16, <xor, 128>>
!operand = !ragged_kernel.operand<16x64xbf16>

// The wait of a group of warps is for its own copies: what others copied is read above it, and it stands in front of the first
// reader of its own, which may be under a condition. The other wait is for some of the groups only and stays where it is.
// CHECK-LABEL: ragged_kernel.kernel @group(
// CHECK:      %group_2 = ragged_kernel.commit_group(%copy_1)
// CHECK-NEXT: ragged_kernel.wait_group %group pending(1)
// CHECK-NEXT: ragged_kernel.barrier block
// CHECK-NEXT: ragged_kernel.load_operand %tile :
// CHECK-NEXT: %warp = ragged_kernel.warp_id
// CHECK-NEXT: [[V0:%.*]] = arith.cmpi slt, %warp, %length
// CHECK-NEXT: ragged_kernel.wait_group %group_2 pending(0)
// CHECK-NEXT: ragged_kernel.barrier group warps(2)
// CHECK-NEXT: scf.if [[V0]] {
// CHECK-NEXT:   ragged_kernel.load_operand %tile_0 :
// CHECK-NEXT: }
// CHECK-NEXT: ragged_kernel.return
ragged_kernel.kernel @group(%x: !ptr, %offsets: !list) attributes {block_size = 128 : i64, shared_bytes = 8192 : i64} {
  %c0 = arith.constant 0 : index
  %begin, %length = ragged_kernel.sequence %offsets[%c0] capacity(197) : !list
  %rows = ragged_kernel.global_rows %x[%begin, %c0] head_stride(64) offset(0) : !ptr -> !rows
  %a = ragged_kernel.alloc_shared offset(0) : !tile
  %b = ragged_kernel.alloc_shared offset(2048) : !tile
  %copy = ragged_kernel.copy_async group warps(4) %rows to %a valid(%length) : !rows, !tile
  %group = ragged_kernel.commit_group(%copy)
  %copy_b = ragged_kernel.copy_async group warps(2) %rows to %b valid(%length) : !rows, !tile
  %group_b = ragged_kernel.commit_group(%copy_b)
  ragged_kernel.wait_group %group pending(1)
  ragged_kernel.barrier block
  ragged_kernel.wait_group %group_b pending(0)
  ragged_kernel.barrier group warps(2)
  %q = ragged_kernel.load_operand %a : !tile -> !operand
  %warp = ragged_kernel.warp_id
  %some = arith.cmpi slt, %warp, %length : index
  scf.if %some {
    %k = ragged_kernel.load_operand %b : !tile -> !operand
  }
  ragged_kernel.return
}

// Nothing is read before the loop: all copies are in flight together, and one wait names all groups. Its barrier is the widest
// of theirs. It stands directly in front of the reader, with what is computed meanwhile above it, but not inside: a barrier
// under a condition would not be passed by all.
// CHECK-LABEL: ragged_kernel.kernel @merged(
// CHECK:      %copy = ragged_kernel.copy_async block %rows to %tile valid(%length)
// CHECK-NEXT: %group = ragged_kernel.commit_group(%copy)
// CHECK-NEXT: %copy_1 = ragged_kernel.copy_async warp %rows to %tile_0 valid(%length)
// CHECK-NEXT: %group_2 = ragged_kernel.commit_group(%copy_1)
// CHECK-NEXT: %warp = ragged_kernel.warp_id
// CHECK-NEXT: [[V0:%.*]] = arith.cmpi slt, %warp, %length
// CHECK-NEXT: ragged_kernel.wait_group %group, %group_2 pending(0)
// CHECK-NEXT: ragged_kernel.barrier block
// CHECK-NEXT: scf.if [[V0]] {
// CHECK-NEXT:   ragged_kernel.load_operand %tile :
// CHECK-NEXT:   ragged_kernel.load_operand %tile_0 :
// CHECK-NEXT: }
// CHECK-NEXT: ragged_kernel.return
ragged_kernel.kernel @merged(%x: !ptr, %offsets: !list) attributes {block_size = 128 : i64, shared_bytes = 8192 : i64} {
  %c0 = arith.constant 0 : index
  %begin, %length = ragged_kernel.sequence %offsets[%c0] capacity(197) : !list
  %rows = ragged_kernel.global_rows %x[%begin, %c0] head_stride(64) offset(0) : !ptr -> !rows
  %a = ragged_kernel.alloc_shared offset(0) : !tile
  %b = ragged_kernel.alloc_shared offset(2048) : !tile
  %a_copy = ragged_kernel.copy_async block %rows to %a valid(%length) : !rows, !tile
  %a_group = ragged_kernel.commit_group(%a_copy)
  ragged_kernel.wait_group %a_group pending(0)
  ragged_kernel.barrier block
  %b_copy = ragged_kernel.copy_async warp %rows to %b valid(%length) : !rows, !tile
  %b_group = ragged_kernel.commit_group(%b_copy)
  ragged_kernel.wait_group %b_group pending(0)
  ragged_kernel.barrier warp
  %warp = ragged_kernel.warp_id
  %some = arith.cmpi slt, %warp, %length : index
  scf.if %some {
    %x0 = ragged_kernel.load_operand %a : !tile -> !operand
    %x1 = ragged_kernel.load_operand %b : !tile -> !operand
  }
  ragged_kernel.return
}

// Two warps' copies need no barrier of the block.
// CHECK-LABEL: ragged_kernel.kernel @merged_warp(
// CHECK:      ragged_kernel.wait_group %group, %group_{{[0-9]+}} pending(0)
// CHECK-NEXT: ragged_kernel.barrier warp
// CHECK-NEXT: ragged_kernel.load_operand %tile :
// CHECK-NEXT: ragged_kernel.return
ragged_kernel.kernel @merged_warp(%x: !ptr, %offsets: !list) attributes {block_size = 128 : i64, shared_bytes = 8192 : i64} {
  %c0 = arith.constant 0 : index
  %begin, %length = ragged_kernel.sequence %offsets[%c0] capacity(197) : !list
  %rows = ragged_kernel.global_rows %x[%begin, %c0] head_stride(64) offset(0) : !ptr -> !rows
  %a = ragged_kernel.alloc_shared offset(0) : !tile
  %b = ragged_kernel.alloc_shared offset(2048) : !tile
  %a_copy = ragged_kernel.copy_async warp %rows to %a valid(%length) : !rows, !tile
  %a_group = ragged_kernel.commit_group(%a_copy)
  ragged_kernel.wait_group %a_group pending(0)
  ragged_kernel.barrier warp
  %b_copy = ragged_kernel.copy_async warp %rows to %b valid(%length) : !rows, !tile
  %b_group = ragged_kernel.commit_group(%b_copy)
  ragged_kernel.wait_group %b_group pending(0)
  ragged_kernel.barrier warp
  %x0 = ragged_kernel.load_operand %a : !tile -> !operand
  ragged_kernel.return
}

//--- async.mlir
#three = #ragged_kernel.schedule<family = online, block_m = 64, block_n = 32, rows_per_block = 64, warps = 4, stages = 3,
         heads_per_block = 1, min_blocks = 1, softmax = online, q_in_registers = false, warpgroups = true, reason = "by hand">
!ptr = !ragged_kernel.ptr<bf16>
!list = !ragged_kernel.ptr<i32>
!rows = !ragged_kernel.rows<bf16, stride = 768>
!slots = !ragged_kernel.shared<1x32x64xbf16, <xor, 128>>
!keys = !ragged_kernel.shared<32x64xbf16, <xor, 128>>
!tile = !ragged_kernel.shared<64x64xbf16, <xor, 128>>
!staging = !ragged_kernel.shared<16x32xbf16, <xor, 64>>
!acc = !ragged_kernel.acc<16x32xf32>
!pending = !ragged_kernel.pending<16x32xf32>

// What products of warpgroups read must still be shown to them: behind the wait for Q, and by the one barrier of a ring.
// CHECK-LABEL: ragged_kernel.kernel @ring(
// CHECK:      %prologue = ragged_kernel.commit_group()
// CHECK:      %prologue_{{[0-9]+}} = ragged_kernel.commit_group()
// CHECK-NEXT: ragged_kernel.wait_group %group pending(
// CHECK-NEXT: ragged_kernel.barrier block async
// CHECK-NEXT: scf.for
// CHECK-NEXT:   ragged_kernel.wait_group pending(1)
// CHECK-NEXT:   ragged_kernel.barrier block async
// CHECK-NEXT:   %next_key
// CHECK-NOT:  ragged_kernel.barrier
// CHECK:      ragged_kernel.return
ragged_kernel.kernel @ring(%x: !ptr, %offsets: !list, %out: !ptr)
    attributes {block_size = 128 : i64, min_blocks = 1 : i64, shared_bytes = 32768 : i64, schedule = #three} {
  %c0 = arith.constant 0 : index
  %c32 = arith.constant 32 : index
  %begin, %length = ragged_kernel.sequence %offsets[%c0] capacity(197) : !list
  %rows = ragged_kernel.global_rows %x[%begin, %c0] head_stride(64) offset(0) : !ptr -> !rows
  %k_slots = ragged_kernel.alloc_shared offset(0) : !slots
  %q_tile = ragged_kernel.alloc_shared offset(12288) : !tile
  %staging = ragged_kernel.alloc_shared offset(20480) : !staging
  %q_copy = ragged_kernel.copy_async warp %rows to %q_tile valid(%length) : !rows, !tile
  %q_group = ragged_kernel.commit_group(%q_copy)
  ragged_kernel.wait_group %q_group pending(0)
  ragged_kernel.barrier block async
  %zero = ragged_kernel.fill 0.0 : !acc
  %sum = scf.for %key = %c0 to %length step %c32 iter_args(%acc = %zero) -> !acc {
    %slot = ragged_kernel.slot %k_slots[%c0] : !slots -> !keys
    ragged_kernel.barrier block
    %left = arith.subi %length, %key : index
    %from = ragged_kernel.rows_from %rows[%key] : !rows
    %copy = ragged_kernel.copy_async block %from to %slot valid(%left) : !rows, !keys
    %group = ragged_kernel.commit_group(%copy)
    ragged_kernel.wait_group %group pending(0)
    ragged_kernel.barrier block async
    %pending = ragged_kernel.mma_issue warpgroup nt %q_tile, %slot, %acc : !tile, !keys, !acc -> !pending
    %scores = ragged_kernel.mma_wait warpgroup %pending : !pending -> !acc
    scf.yield %scores : !acc
  }
  ragged_kernel.store_rows %sum to %rows valid(%length) staging(%staging) : !acc, !rows, !staging
  ragged_kernel.return
}

// One barrier for several waits is async if any of them was, whichever it is.
// CHECK-LABEL: ragged_kernel.kernel @merged(
// CHECK:      ragged_kernel.wait_group %group, %group_{{[0-9]+}}, %group_{{[0-9]+}} pending(0)
// CHECK-NEXT: ragged_kernel.barrier block async
// CHECK-NEXT: ragged_kernel.mma_issue warpgroup
// CHECK-NOT:  ragged_kernel.barrier
// CHECK:      ragged_kernel.return
ragged_kernel.kernel @merged(%x: !ptr, %offsets: !list) attributes {block_size = 128 : i64, shared_bytes = 32768 : i64} {
  %c0 = arith.constant 0 : index
  %begin, %length = ragged_kernel.sequence %offsets[%c0] capacity(197) : !list
  %rows = ragged_kernel.global_rows %x[%begin, %c0] head_stride(64) offset(0) : !ptr -> !rows
  %a = ragged_kernel.alloc_shared offset(0) : !tile
  %b = ragged_kernel.alloc_shared offset(8192) : !keys
  %c = ragged_kernel.alloc_shared offset(12288) : !keys
  %a_copy = ragged_kernel.copy_async block %rows to %a valid(%length) : !rows, !tile
  %a_group = ragged_kernel.commit_group(%a_copy)
  ragged_kernel.wait_group %a_group pending(0)
  ragged_kernel.barrier block
  %b_copy = ragged_kernel.copy_async block %rows to %b valid(%length) : !rows, !keys
  %b_group = ragged_kernel.commit_group(%b_copy)
  ragged_kernel.wait_group %b_group pending(0)
  ragged_kernel.barrier block async
  %c_copy = ragged_kernel.copy_async warp %rows to %c valid(%length) : !rows, !keys
  %c_group = ragged_kernel.commit_group(%c_copy)
  ragged_kernel.wait_group %c_group pending(0)
  ragged_kernel.barrier warp
  %zero = ragged_kernel.fill 0.0 : !acc
  %pending = ragged_kernel.mma_issue warpgroup nt fresh %a, %b, %zero : !tile, !keys, !acc -> !pending
  %scores = ragged_kernel.mma_wait warpgroup %pending : !pending -> !acc
  %staging = ragged_kernel.alloc_shared offset(20480) : !staging
  ragged_kernel.store_rows %scores to %rows valid(%length) staging(%staging) : !acc, !rows, !staging
  ragged_kernel.return
}

//--- alone.mlir
#two = #ragged_kernel.schedule<family = online, block_m = 64, block_n = 16, rows_per_block = 64, warps = 4, stages = 2,
         heads_per_block = 1, min_blocks = 1, softmax = online, q_in_registers = true, reason = "by hand">
!ptr = !ragged_kernel.ptr<bf16>
!list = !ragged_kernel.ptr<i32>
!rows = !ragged_kernel.rows<bf16, stride = 768>
!slot = !ragged_kernel.shared<1x16x64xbf16, <xor, 128>>
!slots = !ragged_kernel.shared<4x16x64xbf16, <xor, 128>>
!tile = !ragged_kernel.shared<16x64xbf16, <xor, 128>>
!operand = !ragged_kernel.operand<16x64xbf16>
!acc = !ragged_kernel.acc<16x64xf32>

// Loops that look like a ring of keys, and are none.
ragged_kernel.kernel @no_ring(%x: !ptr, %offsets: !list)
    attributes {block_size = 128 : i64, shared_bytes = 16384 : i64, schedule = #two} {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %begin, %length = ragged_kernel.sequence %offsets[%c0] capacity(197) : !list
  %rows = ragged_kernel.global_rows %x[%begin, %c0] head_stride(64) offset(0) : !ptr -> !rows
  %one = ragged_kernel.alloc_shared offset(0) : !slot
  %four = ragged_kernel.alloc_shared offset(2048) : !slots
  %tile = ragged_kernel.alloc_shared offset(10240) : !tile
  // Which slot a block belongs to follows from its first key if that starts at 0 ...
  scf.for %key = %begin to %length step %c16 {
    %slot = ragged_kernel.slot %one[%c0] : !slot -> !tile
    ragged_kernel.barrier block
    %copy = ragged_kernel.copy_async block %rows to %slot valid(%key) : !rows, !tile
    %group = ragged_kernel.commit_group(%copy)
    ragged_kernel.wait_group %group pending(0)
    ragged_kernel.barrier block
    %k = ragged_kernel.load_operand %slot : !tile -> !operand
  }
  // ... and goes up in steps that are known.
  scf.for %key = %c0 to %length step %begin {
    %slot = ragged_kernel.slot %one[%c0] : !slot -> !tile
    ragged_kernel.barrier block
    %copy = ragged_kernel.copy_async block %rows to %slot valid(%key) : !rows, !tile
    %group = ragged_kernel.commit_group(%copy)
    ragged_kernel.wait_group %group pending(0)
    ragged_kernel.barrier block
    %k = ragged_kernel.load_operand %slot : !tile -> !operand
  }
  // What a later block is copied from must not depend on what this iteration finds.
  %last = scf.for %key = %c0 to %length step %c16 iter_args(%valid = %length) -> index {
    %slot = ragged_kernel.slot %one[%c0] : !slot -> !tile
    ragged_kernel.barrier block
    %copy = ragged_kernel.copy_async block %rows to %slot valid(%valid) : !rows, !tile
    %group = ragged_kernel.commit_group(%copy)
    ragged_kernel.wait_group %group pending(0)
    ragged_kernel.barrier block
    %k = ragged_kernel.load_operand %slot : !tile -> !operand
    scf.yield %key : index
  }
  scf.for %key = %c0 to %length step %c16 {
    %valid = ragged_kernel.load %offsets[%key] : !list
    %slot = ragged_kernel.slot %one[%c0] : !slot -> !tile
    ragged_kernel.barrier block
    %copy = ragged_kernel.copy_async block %rows to %slot valid(%valid) : !rows, !tile
    %group = ragged_kernel.commit_group(%copy)
    ragged_kernel.wait_group %group pending(0)
    ragged_kernel.barrier block
    %k = ragged_kernel.load_operand %slot : !tile -> !operand
  }
  // Slots that are somebody's already, or none.
  scf.for %key = %c0 to %length step %c16 {
    %slot = ragged_kernel.slot %four[%c0] : !slots -> !tile
    ragged_kernel.barrier block
    %copy = ragged_kernel.copy_async block %rows to %slot valid(%key) : !rows, !tile
    %group = ragged_kernel.commit_group(%copy)
    ragged_kernel.wait_group %group pending(0)
    ragged_kernel.barrier block
    %k = ragged_kernel.load_operand %slot : !tile -> !operand
  }
  scf.for %key = %c0 to %length step %c16 {
    ragged_kernel.barrier block
    %copy = ragged_kernel.copy_async block %rows to %tile valid(%key) : !rows, !tile
    %group = ragged_kernel.commit_group(%copy)
    ragged_kernel.wait_group %group pending(0)
    ragged_kernel.barrier block
    %k = ragged_kernel.load_operand %tile : !tile -> !operand
  }
  // The slot is read before the copy: what the last iteration left there.
  scf.for %key = %c0 to %length step %c16 {
    %slot = ragged_kernel.slot %one[%c0] : !slot -> !tile
    %k = ragged_kernel.load_operand %slot : !tile -> !operand
    ragged_kernel.barrier block
    %copy = ragged_kernel.copy_async block %rows to %slot valid(%key) : !rows, !tile
    %group = ragged_kernel.commit_group(%copy)
    ragged_kernel.wait_group %group pending(0)
    ragged_kernel.barrier block
  }
  // The copies are not awaited at once.
  scf.for %key = %c0 to %length step %c16 {
    %slot = ragged_kernel.slot %one[%c0] : !slot -> !tile
    ragged_kernel.barrier block
    %copy = ragged_kernel.copy_async block %rows to %slot valid(%key) : !rows, !tile
    %group = ragged_kernel.commit_group(%copy)
    ragged_kernel.wait_group %group pending(1)
    ragged_kernel.barrier block
    %k = ragged_kernel.load_operand %slot : !tile -> !operand
  }
  ragged_kernel.return
}

// Row loops whose next rows must not be copied ahead.
ragged_kernel.kernel @no_next_rows(%x: !ptr, %offsets: !list)
    attributes {block_size = 128 : i64, shared_bytes = 4096 : i64, schedule = #two} {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %begin, %length = ragged_kernel.sequence %offsets[%c0] capacity(197) : !list
  %rows = ragged_kernel.global_rows %x[%begin, %c0] head_stride(64) offset(0) : !ptr -> !rows
  %tile = ragged_kernel.alloc_shared offset(0) : !tile
  %acc = ragged_kernel.fill 0.0 : !acc
  // The result is staged where they would arrive.
  scf.for %row = %begin to %length step %c16 {
    %copy = ragged_kernel.copy_async warp %rows to %tile valid(%row) : !rows, !tile
    %group = ragged_kernel.commit_group(%copy)
    ragged_kernel.wait_group %group pending(0)
    ragged_kernel.barrier warp
    %q = ragged_kernel.load_operand %tile : !tile -> !operand
    ragged_kernel.store_rows %acc to %rows valid(%row) staging(%tile) : !acc, !rows, !tile
  }
  // The tile is not read into registers, but by each product.
  %scores = ragged_kernel.fill 0.0 : !ragged_kernel.acc<16x16xf32>
  scf.for %row = %begin to %length step %c16 {
    %copy = ragged_kernel.copy_async warp %rows to %tile valid(%row) : !rows, !tile
    %group = ragged_kernel.commit_group(%copy)
    ragged_kernel.wait_group %group pending(0)
    ragged_kernel.barrier warp
    %pending = ragged_kernel.mma_issue nt %tile, %tile, %scores : !tile, !tile, !ragged_kernel.acc<16x16xf32> -> !ragged_kernel.pending<16x16xf32>
  }
  // How many of the next rows there are is found while this tile is computed.
  %last = scf.for %row = %begin to %length step %c16 iter_args(%valid = %length) -> index {
    %copy = ragged_kernel.copy_async warp %rows to %tile valid(%valid) : !rows, !tile
    %group = ragged_kernel.commit_group(%copy)
    ragged_kernel.wait_group %group pending(0)
    ragged_kernel.barrier warp
    %q = ragged_kernel.load_operand %tile : !tile -> !operand
    scf.yield %row : index
  }
  // The block's rows, not a warp's.
  scf.for %row = %begin to %length step %c16 {
    %copy = ragged_kernel.copy_async block %rows to %tile valid(%row) : !rows, !tile
    %group = ragged_kernel.commit_group(%copy)
    ragged_kernel.wait_group %group pending(0)
    ragged_kernel.barrier block
    %q = ragged_kernel.load_operand %tile : !tile -> !operand
  }
  ragged_kernel.return
}

// Waits that stay where they are.
ragged_kernel.kernel @no_sinking(%x: !ptr, %offsets: !list) attributes {block_size = 128 : i64, shared_bytes = 4096 : i64} {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %begin, %length = ragged_kernel.sequence %offsets[%c0] capacity(197) : !list
  %rows = ragged_kernel.global_rows %x[%begin, %c0] head_stride(64) offset(0) : !ptr -> !rows
  %tile = ragged_kernel.alloc_shared offset(0) : !tile
  %a_copy = ragged_kernel.copy_async block %rows to %tile valid(%length) : !rows, !tile
  %a_group = ragged_kernel.commit_group(%a_copy)
  // One that leaves copies in flight, or says nothing of what it is for: it may be for anything.
  ragged_kernel.wait_group %a_group pending(1)
  ragged_kernel.barrier warp
  ragged_kernel.wait_group pending(0)
  ragged_kernel.barrier warp
  // Another barrier shows the copies to the block.
  ragged_kernel.wait_group %a_group pending(0)
  ragged_kernel.barrier warp
  ragged_kernel.barrier block
  // The next wait may be for anything, so it is not passed either.
  ragged_kernel.wait_group %a_group pending(0)
  ragged_kernel.barrier block
  ragged_kernel.wait_group pending(0)
  ragged_kernel.barrier warp
  %empty = arith.cmpi eq, %length, %c0 : index
  // Not every thread gets to the reader.
  %b_copy = ragged_kernel.copy_async block %rows to %tile valid(%length) : !rows, !tile
  %b_group = ragged_kernel.commit_group(%b_copy)
  ragged_kernel.wait_group %b_group pending(0)
  ragged_kernel.barrier block
  ragged_kernel.exit_if %empty
  // The barrier also says that the last copy's rows have been read, and the next copy overwrites them.
  %q = ragged_kernel.load_operand %tile : !tile -> !operand
  %c_copy = ragged_kernel.copy_async warp %rows to %tile valid(%length) : !rows, !tile
  %c_group = ragged_kernel.commit_group(%c_copy)
  ragged_kernel.wait_group %c_group pending(0)
  ragged_kernel.barrier block
  %d_copy = ragged_kernel.copy_async block %rows to %tile valid(%length) : !rows, !tile
  scf.for %row = %c0 to %length step %c16 {
    %e_copy = ragged_kernel.copy_async warp %rows to %tile valid(%length) : !rows, !tile
    %e_group = ragged_kernel.commit_group(%e_copy)
    ragged_kernel.wait_group %e_group pending(0)
    ragged_kernel.barrier block
    %f_copy = ragged_kernel.copy_async block %rows to %tile valid(%length) : !rows, !tile
  }
  ragged_kernel.return
}

//--- plain.mlir
#one = #ragged_kernel.schedule<family = online, block_m = 64, block_n = 16, rows_per_block = 64, warps = 4, stages = 1,
         heads_per_block = 1, min_blocks = 1, softmax = online, q_in_registers = true, reason = "by hand">
!ptr = !ragged_kernel.ptr<bf16>
!list = !ragged_kernel.ptr<i32>
!rows = !ragged_kernel.rows<bf16, stride = 768>
!slot = !ragged_kernel.shared<1x16x64xbf16, <xor, 128>>
!tile = !ragged_kernel.shared<16x64xbf16, <xor, 128>>
!operand = !ragged_kernel.operand<16x64xbf16>

// TWO: !ragged_kernel.shared<2x16x64xbf16,
// TWO: %prologue = ragged_kernel.commit_group()
// TWO: %next_group = ragged_kernel.commit_group()
ragged_kernel.kernel @plain(%x: !ptr, %offsets: !list)
    attributes {block_size = 128 : i64, shared_bytes = 16384 : i64, schedule = #one} {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %begin, %length = ragged_kernel.sequence %offsets[%c0] capacity(197) : !list
  %rows = ragged_kernel.global_rows %x[%begin, %c0] head_stride(64) offset(0) : !ptr -> !rows
  %slots = ragged_kernel.alloc_shared offset(0) : !slot
  %tile = ragged_kernel.alloc_shared offset(8192) : !tile
  scf.for %key = %c0 to %length step %c16 {
    %slot = ragged_kernel.slot %slots[%c0] : !slot -> !tile
    ragged_kernel.barrier block
    %copy = ragged_kernel.copy_async block %rows to %slot valid(%key) : !rows, !tile
    %group = ragged_kernel.commit_group(%copy)
    ragged_kernel.wait_group %group pending(0)
    ragged_kernel.barrier block
    %k = ragged_kernel.load_operand %slot : !tile -> !operand
  }
  scf.for %row = %begin to %length step %c16 {
    %copy = ragged_kernel.copy_async warp %rows to %tile valid(%row) : !rows, !tile
    %group = ragged_kernel.commit_group(%copy)
    ragged_kernel.wait_group %group pending(0)
    ragged_kernel.barrier warp
    %q = ragged_kernel.load_operand %tile : !tile -> !operand
  }
  ragged_kernel.return
}

//--- lowered.mlir
// As it is lowered: K and V of a head in one wait, which the first rows of Q go ahead of; then the next rows ahead of each row
// tile. The result has a staging tile of its own.
// CHECK-LABEL: ragged_kernel.kernel @single_attention(
// CHECK:      %row_end = arith.minsi %length, {{%.*}}
// CHECK-NEXT: [[V0:%.*]] = arith.addi %length, %c63
// CHECK-NEXT: [[V1:%.*]] = arith.divui [[V0]], %c64
// CHECK-NEXT: [[V2:%.*]] = arith.muli [[V1]], %c64
// CHECK-NEXT: %key_limit = arith.minsi [[V2]], %c256
// CHECK-NEXT: [[V3:%.*]] = arith.muli %warp_id, %c16
// CHECK-NEXT: %warp_row = arith.addi %first_row, [[V3]]
// CHECK-NEXT: %k_copy = ragged_kernel.copy_async block %k_rows to %k_tile valid(%length) limit(%key_limit)
// CHECK-NEXT: %k_group = ragged_kernel.commit_group(%k_copy)
// CHECK-NEXT: %v_copy = ragged_kernel.copy_async block %v_rows to %v_tile valid(%length) limit(%key_limit)
// CHECK-NEXT: %v_group = ragged_kernel.commit_group(%v_copy)
// CHECK-NEXT: [[V4:%.*]] = arith.cmpi slt, %warp_row, %row_end
// CHECK-NEXT: scf.if [[V4]] {
// CHECK-NEXT:   %q_tile_rows = ragged_kernel.rows_from %q_rows[%warp_row]
// CHECK-NEXT:   %rows_left = arith.subi %length, %warp_row
// CHECK-NEXT:   %q_copy = ragged_kernel.copy_async warp %q_tile_rows to %q_tile valid(%rows_left)
// CHECK-NEXT: }
// CHECK-NEXT: %next_group = ragged_kernel.commit_group()
// CHECK-NEXT: ragged_kernel.wait_group %k_group, %v_group pending(0)
// CHECK-NEXT: ragged_kernel.barrier block
// CHECK-NEXT: scf.for %row = %warp_row to %row_end step %c64 {
// CHECK-NEXT:   %rows_left = arith.subi %length, %row
// CHECK-NEXT:   ragged_kernel.wait_group pending(0)
// CHECK-NEXT:   ragged_kernel.barrier warp
// CHECK-NEXT:   %q_operand = ragged_kernel.load_operand %q_tile
// CHECK-NEXT:   ragged_kernel.barrier warp
// CHECK-NEXT:   %next_row = arith.addi %row, %c64
// CHECK-NEXT:   [[V5:%.*]] = arith.cmpi slt, %next_row, %row_end
// CHECK-NEXT:   scf.if [[V5]] {
// CHECK-NEXT:     %q_tile_rows = ragged_kernel.rows_from %q_rows[%next_row]
// CHECK-NEXT:     %rows_left_3 = arith.subi %length, %next_row
// CHECK-NEXT:     %q_copy = ragged_kernel.copy_async warp %q_tile_rows to %q_tile valid(%rows_left_3)
// CHECK-NEXT:   }
// CHECK-NEXT:   %next_group_0 = ragged_kernel.commit_group()
func.func @single(%qkv: tensor<?x3x12x64xbf16>, %offsets: tensor<?xi32>) -> tensor<?x12x64xbf16> {
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 197 : i64, ragged_kernel.schedule =
         #ragged_kernel.schedule<family = single, block_m = 64, block_n = 64, rows_per_block = 112, warps = 4,
           stages = 2, heads_per_block = 1, min_blocks = 4, softmax = online, q_in_registers = true, reason = "by hand">}
       : tensor<?x3x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return %o : tensor<?x12x64xbf16>
}

// The keys of a row block visited twice, with Q in shared memory and a ring of three. The copies that start the ring go ahead
// of the wait for Q and leave two groups pending; they stay behind the barrier of the outer loop.
// CHECK-LABEL: ragged_kernel.kernel @online_attention(
// CHECK:      %row_end = arith.minsi %length, {{%.*}}
// CHECK-NEXT: scf.for %block_row = %first_row to %row_end step %c64 {
// CHECK-NEXT:   ragged_kernel.barrier block
// CHECK-NEXT:   [[V0:%.*]] = arith.muli %warp_id, %c16
// CHECK-NEXT:   %row = arith.addi %block_row, [[V0]]
// CHECK-NEXT:   %rows_left = arith.subi %length, %row
// CHECK-NEXT:   %q_tile_rows = ragged_kernel.rows_from %q_rows[%row]
// CHECK-NEXT:   %q_copy = ragged_kernel.copy_async warp %q_tile_rows to %q_tile valid(%rows_left)
// CHECK-NEXT:   %q_group = ragged_kernel.commit_group(%q_copy)
// CHECK-NEXT:   %next_slot = ragged_kernel.slot %k_slots[%c0]
// CHECK-NEXT:   %k_block_rows = ragged_kernel.rows_from %k_rows[%c0]
// CHECK-NEXT:   %k_copy = ragged_kernel.copy_async block %k_block_rows to %next_slot valid(%length)
// CHECK-NEXT:   %next_slot_0 = ragged_kernel.slot %v_slots[%c0]
// CHECK-NEXT:   %v_block_rows = ragged_kernel.rows_from %v_rows[%c0]
// CHECK-NEXT:   %v_copy = ragged_kernel.copy_async block %v_block_rows to %next_slot_0 valid(%length)
// CHECK-NEXT:   %prologue = ragged_kernel.commit_group()
// CHECK-NEXT:   [[V1:%.*]] = arith.cmpi sgt, %length, %c32
// CHECK-NEXT:   scf.if [[V1]] {
// CHECK-NEXT:     %next_slot_4 = ragged_kernel.slot %k_slots[%c1]
// CHECK-NEXT:     %k_block_rows_5 = ragged_kernel.rows_from %k_rows[%c32]
// CHECK-NEXT:     %keys_left = arith.subi %length, %c32
// CHECK-NEXT:     %k_copy_6 = ragged_kernel.copy_async block %k_block_rows_5 to %next_slot_4 valid(%keys_left)
// CHECK-NEXT:     %next_slot_7 = ragged_kernel.slot %v_slots[%c1]
// CHECK-NEXT:     %v_block_rows_8 = ragged_kernel.rows_from %v_rows[%c32]
// CHECK-NEXT:     %v_copy_9 = ragged_kernel.copy_async block %v_block_rows_8 to %next_slot_7 valid(%keys_left)
// CHECK-NEXT:   }
// CHECK-NEXT:   %prologue_1 = ragged_kernel.commit_group()
// CHECK-NEXT:   ragged_kernel.wait_group %q_group pending(2)
// CHECK-NEXT:   ragged_kernel.barrier warp
// CHECK-NEXT:   %acc = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT:   %max = ragged_kernel.fill 0xFF800000
// CHECK-NEXT:   %sum = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT:   [[V2:%.*]]:3 = scf.for %key = %c0 to %length step %c32 iter_args(%acc_4 = %acc, %max_5 = %max, %sum_6 = %sum)
// CHECK-NEXT:     ragged_kernel.wait_group pending(1)
// CHECK-NEXT:     ragged_kernel.barrier block
// CHECK-NEXT:     %next_key = arith.addi %key, %c64
// CHECK-NEXT:     [[V3:%.*]] = arith.divui %next_key, %c32
// CHECK-NEXT:     %free_slot = arith.remui [[V3]], %c3
// CHECK-NEXT:     [[V4:%.*]] = arith.cmpi slt, %next_key, %length
// CHECK-NEXT:     scf.if [[V4]] {
// CHECK-NEXT:       %next_slot_7 = ragged_kernel.slot %k_slots[%free_slot]
// CHECK-NEXT:       %k_block_rows_8 = ragged_kernel.rows_from %k_rows[%next_key]
// CHECK-NEXT:       %keys_left = arith.subi %length, %next_key
// CHECK-NEXT:       %k_copy_9 = ragged_kernel.copy_async block %k_block_rows_8 to %next_slot_7 valid(%keys_left)
// CHECK-NEXT:       %next_slot_10 = ragged_kernel.slot %v_slots[%free_slot]
// CHECK-NEXT:       %v_block_rows_11 = ragged_kernel.rows_from %v_rows[%next_key]
// CHECK-NEXT:       %v_copy_12 = ragged_kernel.copy_async block %v_block_rows_11 to %next_slot_10 valid(%keys_left)
// CHECK-NEXT:     }
// CHECK-NEXT:     %group = ragged_kernel.commit_group()
// CHECK-NEXT:     [[V5:%.*]] = arith.divui %key, %c32
// CHECK-NEXT:     %slot = arith.remui [[V5]], %c3
// CHECK-NEXT:     %k_block = ragged_kernel.slot %k_slots[%slot]
// CHECK-NEXT:     %v_block = ragged_kernel.slot %v_slots[%slot]
func.func @online(%q: tensor<?x12x64xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<?x12x64xbf16>,
    %offsets: tensor<?xi32>) -> tensor<?x12x64xbf16> {
  %o = ragged.attention %q, %k, %v offsets(%offsets) {max_seqlen = 1024 : i64, ragged_kernel.schedule =
         #ragged_kernel.schedule<family = online, block_m = 64, block_n = 32, rows_per_block = 128, warps = 4,
           stages = 3, heads_per_block = 1, min_blocks = 4, softmax = online, q_in_registers = false, reason = "by hand">}
       : tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return %o : tensor<?x12x64xbf16>
}
