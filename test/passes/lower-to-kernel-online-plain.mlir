// Weights without a maximum (PlainWeights.h) in the family online, where keys pass: bf16, products of warpgroups, no causal
// mask. The loop carries output and sums only; behind it the sums say whether that was right, and rows whose sums are not
// take all of their keys again, 16 at a time, from global memory, to where their Q was.
// RUN: split-file %s %t
// RUN: ragged-opt %t/plain.mlir --ragged-lower-to-kernel --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %t/plain.mlir --implicit-check-not=softmax_step
// RUN: ragged-opt %t/not.mlir --ragged-lower-to-kernel --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %t/not.mlir --implicit-check-not=out_of_range

//--- plain.mlir
// CHECK-LABEL: ragged_kernel.kernel @plain_attention(
// CHECK:      [[LOOP:%.*]]:2 = scf.for %key = %c0 to %seq_length step %c64 iter_args(%acc_{{[0-9]+}} = %acc, %sum_{{[0-9]+}} = %sum)
// CHECK:          ragged_kernel.apply_mask
// CHECK-NEXT:     %zero = ragged_kernel.fill 0.000000e+00 : !ragged_kernel.row_vector<16>
// CHECK-NEXT:     %weights = ragged_kernel.exp_diff e %{{.*}}, %zero scale(1.000000e+00)
// CHECK-NEXT:     ragged_kernel.row_sum %weights
// CHECK-NEXT:     %p = ragged_kernel.to_operand %weights
// CHECK-NEXT:     ragged_kernel.mma_issue warpgroup nn %p, %v_block
// A part of 32 keys may have all the keys there are: of 16 their maximum is taken.
// CHECK:        } else {
// CHECK:          arith.cmpi sle, %seq_length, %c16
// CHECK-NEXT:     %max = scf.if
// CHECK-NEXT:       ragged_kernel.fill 0xFF800000
// CHECK-NEXT:       ragged_kernel.row_max
// CHECK-NEXT:       ragged_kernel.reduce_max
// CHECK:          } else {
// CHECK-NEXT:       ragged_kernel.fill 0.000000e+00
// CHECK:          ragged_kernel.exp_diff e %{{.*}}, %max scale(1.000000e+00)
// CHECK:          ragged_kernel.mma_issue warpgroup nn %{{.*}}, %v_part
// Warps without rows have sums of zero, and ask nobody.
// CHECK:      [[HAS:%.*]] = arith.cmpi sgt, %rows_left, %c0
// CHECK-NEXT: scf.if [[HAS]] {
// CHECK-NEXT: %[[SUM:.*]] = ragged_kernel.reduce_sum [[LOOP]]#1
// CHECK-NEXT: %strays = ragged_kernel.out_of_range %[[SUM]] from(5.42101086E-20) to(1.84467441E+19)
// CHECK-NEXT: [[SETTLED:%.*]]:2 = scf.if %strays
// CHECK-NEXT:   %q_operand = ragged_kernel.load_operand %q_tile
// CHECK:        scf.for %{{.*}} = %c0 to %seq_length step %c16
// CHECK-NEXT:     ragged_kernel.barrier warp
// CHECK-NEXT:     ragged_kernel.rows_from %k_rows
// CHECK-NEXT:     arith.subi %seq_length
// CHECK-NEXT:     %k_copy{{.*}} = ragged_kernel.copy_async warp %{{.*}} to %q_tile
// CHECK:          ragged_kernel.wait_group
// CHECK-NEXT:     ragged_kernel.barrier warp
// CHECK:          ragged_kernel.mma_issue nt %q_operand, %q_tile
// CHECK:          ragged_kernel.correction
// CHECK:          ragged_kernel.barrier warp
// CHECK-NEXT:     ragged_kernel.rows_from %v_rows
// CHECK:          ragged_kernel.copy_async warp %{{.*}} to %q_tile
// CHECK:          ragged_kernel.mma_issue nn %{{.*}}, %q_tile
// CHECK:        } else {
// CHECK-NEXT:     scf.yield [[LOOP]]#0, %[[SUM]]
// CHECK:      ragged_kernel.normalize [[SETTLED]]#0, [[SETTLED]]#1
// CHECK:      ragged_kernel.store_rows
func.func @plain(%qkv: tensor<?x3x2x64xbf16>, %offsets: tensor<?xi32>) -> tensor<?x2x64xbf16> {
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 577 : i64, ragged_kernel.schedule =
         #ragged_kernel.schedule<family = online, block_m = 64, block_n = 64, rows_per_block = 64, warps = 4,
           stages = 2, heads_per_block = 1, min_blocks = 4, softmax = online, q_in_registers = false, warpgroups = true, reason = "asked">}
       : tensor<?x3x2x64xbf16>, tensor<?xi32> -> tensor<?x2x64xbf16>
  return %o : tensor<?x2x64xbf16>
}

//--- not.mlir
// Not of f16, whose weights would overflow, nor causal, where the first rows have few keys, nor in narrow blocks, which
// are there to compile quickly.
// CHECK-LABEL: ragged_kernel.kernel @half_attention(
// CHECK:         ragged_kernel.softmax_step
// CHECK-LABEL: ragged_kernel.kernel @causal_attention(
// CHECK:         ragged_kernel.softmax_step
// CHECK-LABEL: ragged_kernel.kernel @narrow_attention(
// CHECK:         ragged_kernel.softmax_step
func.func @half(%qkv: tensor<?x3x2x64xf16>, %offsets: tensor<?xi32>) -> tensor<?x2x64xf16> {
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 577 : i64, ragged_kernel.schedule =
         #ragged_kernel.schedule<family = online, block_m = 64, block_n = 64, rows_per_block = 64, warps = 4,
           stages = 2, heads_per_block = 1, min_blocks = 4, softmax = online, q_in_registers = false, warpgroups = true, reason = "asked">}
       : tensor<?x3x2x64xf16>, tensor<?xi32> -> tensor<?x2x64xf16>
  return %o : tensor<?x2x64xf16>
}
func.func @causal(%qkv: tensor<?x3x2x64xbf16>, %offsets: tensor<?xi32>) -> tensor<?x2x64xbf16> {
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 577 : i64, causal, ragged_kernel.schedule =
         #ragged_kernel.schedule<family = online, block_m = 64, block_n = 64, rows_per_block = 64, warps = 4,
           stages = 2, heads_per_block = 1, min_blocks = 4, softmax = online, q_in_registers = false, warpgroups = true, reason = "asked">}
       : tensor<?x3x2x64xbf16>, tensor<?xi32> -> tensor<?x2x64xbf16>
  return %o : tensor<?x2x64xbf16>
}
func.func @narrow(%qkv: tensor<?x3x2x64xbf16>, %offsets: tensor<?xi32>) -> tensor<?x2x64xbf16> {
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 577 : i64, ragged_kernel.schedule =
         #ragged_kernel.schedule<family = online, block_m = 64, block_n = 32, rows_per_block = 64, warps = 4,
           stages = 2, heads_per_block = 1, min_blocks = 4, softmax = online, q_in_registers = false, warpgroups = true, reason = "asked">}
       : tensor<?x3x2x64xbf16>, tensor<?xi32> -> tensor<?x2x64xbf16>
  return %o : tensor<?x2x64xbf16>
}
