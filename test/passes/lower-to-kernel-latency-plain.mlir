// The family latency with weights without a maximum (bf16, no causal mask).
// RUN: split-file %s %t
// RUN: ragged-opt %t/parts.mlir --ragged-lower-to-kernel --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %t/parts.mlir --implicit-check-not=softmax_step
// RUN: ragged-opt %t/widths.mlir --ragged-lower-to-kernel --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %t/widths.mlir --implicit-check-not=softmax_step
// RUN: ragged-opt %t/groups.mlir --ragged-lower-to-kernel --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %t/groups.mlir --implicit-check-not=softmax_step
// Under a maximum: f16, which overflows; results of another width than Q has, whose rows of V have no room for keys.
// RUN: sed 's/bf16/f16/g' %t/parts.mlir | ragged-opt --ragged-lower-to-kernel | FileCheck %t/max.mlir --implicit-check-not=add_partials
// RUN: sed 's/bf16/f16/g' %t/groups.mlir | ragged-opt --ragged-lower-to-kernel | FileCheck %t/max.mlir --implicit-check-not=add_partials
// RUN: ragged-opt %t/max.mlir --ragged-lower-to-kernel | FileCheck %t/max.mlir --implicit-check-not=add_partials

//--- parts.mlir
// Parts of 32 keys, each with its output before the next has scores. Only the first can be all there is: of a few keys one may
// have all the weight, which is 1 under their maximum.
// CHECK-LABEL: ragged_kernel.kernel @latency_attention(
// CHECK:      %acc = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT: %sum = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT: [[K1:%.*]] = ragged_kernel.shared_rows %k_tile[%c0]
// CHECK-NEXT: [[V1:%.*]] = ragged_kernel.shared_rows %v_tile[%c0]
// CHECK:      ragged_kernel.mma_issue nt %q_operand, [[K1]],
// CHECK:      [[S1:%.*]] = ragged_kernel.apply_mask {{.*}} row(%row) key(%first_key) length(%way_end)
// CHECK-NEXT: [[FEW:%.*]] = arith.cmpi sle, %length, %c16
// CHECK-NEXT: %max = scf.if [[FEW]]
// CHECK-NEXT:   [[LOW:%.*]] = ragged_kernel.fill 0xFF800000
// CHECK-NEXT:   [[PART:%.*]] = ragged_kernel.row_max [[S1]], [[LOW]]
// CHECK-NEXT:   [[TOP:%.*]] = ragged_kernel.reduce_max [[PART]]
// CHECK-NEXT:   scf.yield [[TOP]]
// CHECK-NEXT: } else {
// CHECK-NEXT:   [[ZERO:%.*]] = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT:   scf.yield [[ZERO]]
// CHECK-NEXT: }
// CHECK-NEXT: [[W1:%.*]] = ragged_kernel.exp_diff e [[S1]], %max scale(1.000000e+00)
// CHECK-NEXT: [[SUM1:%.*]] = ragged_kernel.row_sum [[W1]], %sum
// CHECK-NEXT: [[P1:%.*]] = ragged_kernel.to_operand [[W1]]
// CHECK-NEXT: [[O1:%.*]] = ragged_kernel.mma_issue nn [[P1]], [[V1]], %acc
// CHECK-NEXT: [[ACC1:%.*]] = ragged_kernel.mma_wait [[O1]]
// CHECK-NEXT: [[MORE:%.*]] = arith.cmpi sgt, %way_keys, %c32
// CHECK-NEXT: [[BOTH:%.*]]:2 = scf.if [[MORE]]
// CHECK:        [[S2:%.*]] = ragged_kernel.apply_mask
// CHECK-NEXT:   [[NONE:%.*]] = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT:   [[W2:%.*]] = ragged_kernel.exp_diff e [[S2]], [[NONE]] scale(1.000000e+00)
// CHECK-NEXT:   [[SUM2:%.*]] = ragged_kernel.row_sum [[W2]], [[SUM1]]
// CHECK-NEXT:   [[P2:%.*]] = ragged_kernel.to_operand [[W2]]
// CHECK-NEXT:   [[O2:%.*]] = ragged_kernel.mma_issue nn [[P2]], {{%.*}}, [[ACC1]]
// CHECK-NEXT:   [[ACC2:%.*]] = ragged_kernel.mma_wait [[O2]]
// CHECK-NEXT:   scf.yield [[ACC2]], [[SUM2]]
// CHECK-NEXT: } else {
// CHECK-NEXT:   scf.yield [[ACC1]], [[SUM1]]
// CHECK-NEXT: }
// CHECK:      arith.cmpi sgt, %way_keys, %c64
// CHECK:      arith.cmpi sgt, %way_keys, %c96
// CHECK-NEXT: [[ALL:%.*]]:2 = scf.if
// CHECK:        ragged_kernel.mma_issue nt {{.*}} -> !ragged_kernel.pending<16x16xf32>
// CHECK:      } else {
// CHECK:      }
// Results go where the warps of the way read keys until then.
// CHECK-NEXT: ragged_kernel.barrier group warps(2)
// CHECK-NEXT: %partials = ragged_kernel.alloc_partials offset(4096)
// CHECK-NEXT: [[SUM:%.*]] = ragged_kernel.reduce_sum [[ALL]]#1
// CHECK-NEXT: [[SAME:%.*]] = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT: ragged_kernel.store_partial [[ALL]]#0, [[SAME]], [[SUM]] to %partials[%way, %row_tile]
// CHECK-NEXT: ragged_kernel.barrier block
// CHECK-NEXT: %part = ragged_kernel.add_partials %partials[%way, %row_tile]
// CHECK-NEXT: %out_tile_rows = ragged_kernel.rows_from %out_rows[%row]
// CHECK-NEXT: %rows_left = arith.subi %length, %row
// The sum of a row is that of all ways. One warp attends again, to the keys of all ways, 16 at a time where V was: its Q is
// still there.
// CHECK-NEXT: %strays = ragged_kernel.out_of_range %part from(5.42101086E-20) to(1.84467441E+19)
// CHECK-NEXT: scf.if %strays {
// CHECK-NEXT:   [[FIRST:%.*]] = arith.cmpi eq, %way, %c0
// CHECK-NEXT:   scf.if [[FIRST]] {
// CHECK-NEXT:     %scratch_tiles = ragged_kernel.alloc_shared offset(32768) : !ragged_kernel.shared<2x16x64xbf16, <xor, 128>>
// CHECK-NEXT:     %scratch = ragged_kernel.slot %scratch_tiles[%row_tile]
// CHECK:          [[LOOP:%.*]]:3 = scf.for %key = %c0 to %length step %c16 iter_args([[A:%.*]] = {{%.*}}, [[M:%.*]] = {{%.*}}, [[L:%.*]] = {{%.*}})
// CHECK-NEXT:       ragged_kernel.barrier warp
// CHECK-NEXT:       [[FROM:%.*]] = ragged_kernel.rows_from %k_rows[%key]
// CHECK-NEXT:       [[LEFT:%.*]] = arith.subi %length, %key
// CHECK-NEXT:       [[COPY:%.*]] = ragged_kernel.copy_async warp [[FROM]] to %scratch valid([[LEFT]])
// CHECK-NEXT:       [[GROUP:%.*]] = ragged_kernel.commit_group([[COPY]])
// CHECK-NEXT:       ragged_kernel.wait_group [[GROUP]] pending(0)
// CHECK-NEXT:       ragged_kernel.barrier warp
// CHECK:            ragged_kernel.mma_issue nt %q_rows_tile, %scratch,
// CHECK:            ragged_kernel.mask_keys {{.*}} key(%key) length(%length)
// CHECK:            ragged_kernel.correction e [[M]],
// CHECK:            ragged_kernel.to_operand
// CHECK-NEXT:       ragged_kernel.barrier warp
// CHECK-NEXT:       [[FROMV:%.*]] = ragged_kernel.rows_from %v_rows[%key]
// CHECK-NEXT:       [[LEFTV:%.*]] = arith.subi %length, %key
// CHECK-NEXT:       [[COPYV:%.*]] = ragged_kernel.copy_async warp [[FROMV]] to %scratch valid([[LEFTV]])
// CHECK-NEXT:       [[GROUPV:%.*]] = ragged_kernel.commit_group([[COPYV]])
// CHECK-NEXT:       ragged_kernel.wait_group [[GROUPV]] pending(0)
// CHECK-NEXT:       ragged_kernel.barrier warp
// CHECK-NEXT:       ragged_kernel.mma_issue nn {{%.*}}, %scratch,
// CHECK:          [[TOTAL:%.*]] = ragged_kernel.reduce_sum [[LOOP]]#2
// CHECK-NEXT:     [[ROWS:%.*]] = ragged_kernel.normalize [[LOOP]]#0, [[TOTAL]]
// CHECK-NEXT:     ragged_kernel.store_rows [[ROWS]] to %out_tile_rows valid(%rows_left) staging(%scratch)
// CHECK-NEXT:   }
// CHECK-NEXT: } else {
// CHECK-NEXT:   ragged_kernel.store_part %part to %out_tile_rows way(%way) valid(%rows_left)
// CHECK-NEXT: }
// CHECK-NEXT: ragged_kernel.return
func.func @latency(%q: tensor<?x12x64xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<?x12x64xbf16>,
    %offsets: tensor<?xi32>) -> tensor<?x12x64xbf16> {
  %o = ragged.attention %q, %k, %v offsets(%offsets) {max_seqlen = 197 : i64, ragged_kernel.schedule =
         #ragged_kernel.schedule<family = latency, block_m = 32, block_n = 112, rows_per_block = 32, warps = 4,
           stages = 1, heads_per_block = 1, min_blocks = 2, softmax = single_pass, q_in_registers = true, reason = "by hand">}
       : tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return %o : tensor<?x12x64xbf16>
}

//--- widths.mlir
// A few keys take the narrowest tile.
// CHECK-LABEL: ragged_kernel.kernel @latency_attention(
// CHECK:      ragged_kernel.load_operand
// CHECK-NEXT: [[IS_MORE:%.*]] = arith.cmpi sgt, %way_keys, %c16
// CHECK-NEXT: [[BOTH:%.*]]:2 = scf.if [[IS_MORE]]
// CHECK:        ragged_kernel.mma_issue nt {{.*}} -> !ragged_kernel.pending<16x32xf32>
// CHECK:        [[S1:%.*]] = ragged_kernel.apply_mask
// CHECK-NEXT:   [[NONE:%.*]] = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT:   ragged_kernel.exp_diff e [[S1]], [[NONE]]
// CHECK:      } else {
// CHECK:        ragged_kernel.mma_issue nt {{.*}} -> !ragged_kernel.pending<16x16xf32>
// CHECK:        [[S2:%.*]] = ragged_kernel.apply_mask
// CHECK-NEXT:   [[FEW:%.*]] = arith.cmpi sle, %length, %c16
// CHECK-NEXT:   [[MAX:%.*]] = scf.if [[FEW]]
// CHECK:        ragged_kernel.exp_diff e [[S2]], [[MAX]]
// CHECK:      }
// CHECK-NEXT: %partials
// CHECK-NEXT: ragged_kernel.reduce_sum [[BOTH]]#1
func.func @latency(%q: tensor<?x12x64xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<?x12x64xbf16>,
    %offsets: tensor<?xi32>) -> tensor<?x12x64xbf16> {
  %o = ragged.attention %q, %k, %v offsets(%offsets) {max_seqlen = 70 : i64, ragged_kernel.schedule =
         #ragged_kernel.schedule<family = latency, block_m = 32, block_n = 32, rows_per_block = 32, warps = 6,
           stages = 1, heads_per_block = 1, min_blocks = 2, softmax = single_pass, q_in_registers = true, reason = "by hand">}
       : tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return %o : tensor<?x12x64xbf16>
}

//--- groups.mlir
// Tiles of 64 keys that pass, and a part of 32 where the sequence ends: there all the keys there are may be few.
// CHECK-LABEL: ragged_kernel.kernel @groups_attention(
// CHECK:      [[ALL:%.*]]:2 = scf.for [[KEY:%.*]] = %first_key to %seq_length step %c192 iter_args([[ACC:%.*]] = %acc, [[SUM:%.*]] = %sum)
// CHECK:        [[BOTH:%.*]]:2 = scf.if
// CHECK:          [[S1:%.*]] = ragged_kernel.apply_mask {{.*}} : !ragged_kernel.acc<16x64xf32>
// CHECK-NEXT:     [[NONE:%.*]] = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT:     [[W1:%.*]] = ragged_kernel.exp_diff e [[S1]], [[NONE]]
// CHECK-NEXT:     [[SUM1:%.*]] = ragged_kernel.row_sum [[W1]], [[SUM]]
// CHECK-NEXT:     [[P1:%.*]] = ragged_kernel.to_operand [[W1]]
// CHECK-NEXT:     [[O1:%.*]] = ragged_kernel.mma_issue warpgroup nn [[P1]], %v_tile, [[ACC]]
// CHECK-NEXT:     [[ACC1:%.*]] = ragged_kernel.mma_wait warpgroup [[O1]]
// CHECK-NEXT:     scf.yield [[ACC1]], [[SUM1]]
// CHECK-NEXT:   } else {
// CHECK:          [[S2:%.*]] = ragged_kernel.apply_mask {{.*}} : !ragged_kernel.acc<16x32xf32>
// CHECK-NEXT:     [[FEW:%.*]] = arith.cmpi sle, %seq_length, %c16
// CHECK-NEXT:     [[MAX:%.*]] = scf.if [[FEW]]
// CHECK:          [[W2:%.*]] = ragged_kernel.exp_diff e [[S2]], [[MAX]]
// CHECK-NEXT:     ragged_kernel.row_sum [[W2]], [[SUM]]
// CHECK:        }
// CHECK-NEXT:   scf.yield [[BOTH]]#0, [[BOTH]]#1
// CHECK-NEXT: }
// CHECK-NEXT: %partials
// CHECK-NEXT: ragged_kernel.reduce_sum [[ALL]]#1
// CHECK-NEXT: ragged_kernel.barrier group warps(4)
// CHECK:      ragged_kernel.shared_rows %q_group{{.*}} -> !ragged_kernel.shared<16x64xbf16
// CHECK:      ragged_kernel.add_partials
// CHECK:      ragged_kernel.alloc_shared offset(81920) : !ragged_kernel.shared<4x16x64xbf16
// CHECK:      scf.for %{{.*}} = %c0 to %seq_length step %c16
func.func @groups(%qkv: tensor<?x3x12x64xbf16>, %offsets: tensor<?xi32>) -> tensor<?x12x64xbf16> {
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 577 : i64, ragged_kernel.schedule =
         #ragged_kernel.schedule<family = latency, block_m = 64, block_n = 64, rows_per_block = 64, warps = 12,
           stages = 3, heads_per_block = 1, min_blocks = 1, softmax = online, q_in_registers = false, warpgroups = true, reason = "by hand">}
       : tensor<?x3x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return %o : tensor<?x12x64xbf16>
}

//--- max.mlir
// CHECK: ragged_kernel.softmax_step
// CHECK: ragged_kernel.join_partials
func.func @latency(%q: tensor<?x12x64xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<?x12x32xbf16>,
    %offsets: tensor<?xi32>) -> tensor<?x12x32xbf16> {
  %o = ragged.attention %q, %k, %v offsets(%offsets) {max_seqlen = 70 : i64, ragged_kernel.schedule =
         #ragged_kernel.schedule<family = latency, block_m = 32, block_n = 48, rows_per_block = 32, warps = 4,
           stages = 1, heads_per_block = 1, min_blocks = 2, softmax = single_pass, q_in_registers = true, reason = "by hand">}
       : tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x32xbf16>, tensor<?xi32> -> tensor<?x12x32xbf16>
  return %o : tensor<?x12x32xbf16>
}
