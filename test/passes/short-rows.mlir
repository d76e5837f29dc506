// The last rows of a sequence, up to eight behind whole blocks of 64, have products of their own: keys are rows, queries
// columns. Weights go through shared memory, and are summed up by a product with ones.

// RUN: ragged-opt %s --ragged-specialise="max-seqlen=197" --ragged-choose-schedule="arch=sm_90a family=ring" --ragged-lower-to-kernel --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %s --check-prefixes=RING,SHORT
// RUN: ragged-opt %s --ragged-specialise="max-seqlen=197" --ragged-choose-schedule="arch=sm_90a family=single mma=warpgroup softmax=single_pass warps=4 stages=2 rows-per-block=256" --ragged-lower-to-kernel --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %s --check-prefixes=SINGLE,SHORT
// One row and eight.
// RUN: ragged-opt %s --ragged-specialise="max-seqlen=257" --ragged-choose-schedule="arch=sm_90a family=ring" --ragged-lower-to-kernel | FileCheck %s --check-prefix=HAS
// RUN: ragged-opt %s --ragged-specialise="max-seqlen=200" --ragged-choose-schedule="arch=sm_90a family=ring" --ragged-lower-to-kernel | FileCheck %s --check-prefix=HAS
// RUN: ragged-opt %s --ragged-specialise="max-seqlen=200" --ragged-choose-schedule="arch=sm_90a family=single mma=warpgroup softmax=single_pass warps=4 stages=2 rows-per-block=256" --ragged-lower-to-kernel | FileCheck %s --check-prefix=HAS
// HAS: ragged_kernel.mask_rows

// None of f16, whose weights overflow; under a causal mask; of no row or more than eight; of other head dimensions; where
// several blocks have the rows of a sequence; where rows are copied by tensor maps.
// RUN: sed 's/bf16/f16/g' %s | ragged-opt --ragged-specialise="max-seqlen=197" --ragged-choose-schedule="arch=sm_90a family=ring" --ragged-lower-to-kernel | FileCheck %s --check-prefix=NONE --implicit-check-not=mask_rows
// RUN: sed 's/bf16/f16/g' %s | ragged-opt --ragged-specialise="max-seqlen=197" --ragged-choose-schedule="arch=sm_90a family=single mma=warpgroup softmax=single_pass warps=4 stages=2 rows-per-block=256" --ragged-lower-to-kernel | FileCheck %s --check-prefix=NONE --implicit-check-not=mask_rows
// RUN: sed 's/offsets(%offsets)/offsets(%offsets) {causal}/' %s | ragged-opt --ragged-specialise="max-seqlen=197" --ragged-choose-schedule="arch=sm_90a family=single mma=warpgroup softmax=single_pass warps=4 stages=2 rows-per-block=256" --ragged-lower-to-kernel | FileCheck %s --check-prefix=NONE --implicit-check-not=mask_rows
// RUN: ragged-opt %s --ragged-specialise="max-seqlen=192" --ragged-choose-schedule="arch=sm_90a family=ring" --ragged-lower-to-kernel | FileCheck %s --check-prefix=NONE --implicit-check-not=mask_rows
// RUN: ragged-opt %s --ragged-specialise="max-seqlen=201" --ragged-choose-schedule="arch=sm_90a family=ring" --ragged-lower-to-kernel | FileCheck %s --check-prefix=NONE --implicit-check-not=mask_rows
// RUN: ragged-opt %s --ragged-specialise="max-seqlen=208" --ragged-choose-schedule="arch=sm_90a family=single mma=warpgroup softmax=single_pass warps=4 stages=2 rows-per-block=256" --ragged-lower-to-kernel | FileCheck %s --check-prefix=NONE --implicit-check-not=mask_rows
// RUN: sed 's/12x64x/12x128x/g' %s | ragged-opt --ragged-specialise="max-seqlen=197" --ragged-choose-schedule="arch=sm_90a family=ring" --ragged-lower-to-kernel | FileCheck %s --check-prefix=NONE --implicit-check-not=mask_rows
// RUN: sed 's/12x64x/12x128x/g' %s | ragged-opt --ragged-specialise="max-seqlen=197" --ragged-choose-schedule="arch=sm_90a family=single mma=warpgroup" --ragged-lower-to-kernel | FileCheck %s --check-prefix=NONE --implicit-check-not=mask_rows
// RUN: sed 's/12x64x/12x32x/g' %s | ragged-opt --ragged-specialise="max-seqlen=197" --ragged-choose-schedule="arch=sm_90a family=ring" --ragged-lower-to-kernel | FileCheck %s --check-prefix=NONE --implicit-check-not=mask_rows
// RUN: ragged-opt %s --ragged-specialise="max-seqlen=197" --ragged-choose-schedule="arch=sm_90a family=single mma=warpgroup softmax=single_pass warps=4 stages=2 rows-per-block=64" --ragged-lower-to-kernel | FileCheck %s --check-prefix=NONE --implicit-check-not=mask_rows
// RUN: ragged-opt %s --ragged-specialise="max-seqlen=197" --ragged-choose-schedule="arch=sm_90a family=ring copies=tensor" --ragged-lower-to-kernel | FileCheck %s --check-prefix=NONE --implicit-check-not=mask_rows
// Tiles that pass, unless they stay (lower-to-kernel-ring-stays.mlir), and a multiprocessor that would have a block less.
// RUN: ragged-opt %s --ragged-specialise="max-seqlen=577" --ragged-choose-schedule="arch=sm_90a family=ring stages=11" --ragged-lower-to-kernel | FileCheck %s --check-prefix=NONE --implicit-check-not=mask_rows
// RUN: ragged-opt %s --ragged-specialise="max-seqlen=133" --ragged-choose-schedule="arch=sm_90a family=single mma=warpgroup softmax=single_pass warps=4 stages=2 rows-per-block=192" --ragged-lower-to-kernel | FileCheck %s --check-prefix=NONE --implicit-check-not=mask_rows
// NONE: ragged_kernel.mma_issue warpgroup

// A stage has the whole blocks of Q and a tile of 16 rows.
// RING-LABEL: ragged_kernel.kernel @f_attention(
// RING-DAG:   %q_tiles = ragged_kernel.alloc_shared {{.*}} : !ragged_kernel.shared<2x208x64xbf16, <xor, 128>>
// RING-DAG:   %p_tiles = ragged_kernel.alloc_shared {{.*}} : !ragged_kernel.shared<2x208x8xbf16, <padded, 16>>
// RING:       %row_limit = arith.minsi %{{.*}}, %c208
// RING:       %[[GROUP:.*]] = ragged_kernel.uniform %group_row
// RING-NEXT:  %[[IS:.*]] = arith.cmpi eq, %[[GROUP]], %c192
// RING-NEXT:  scf.if %[[IS]] {
// RING-NEXT:    %[[Q:.*]] = ragged_kernel.shared_rows %q_tile[%c192] : {{.*}} -> !ragged_kernel.shared<16x64xbf16, <xor, 128>>
// RING-NEXT:    %p_tile = ragged_kernel.slot %p_tiles[%{{.*}}]

// The loop has the whole blocks.
// SINGLE-LABEL: ragged_kernel.kernel @f_attention(
// SINGLE:      %q_last_tile = ragged_kernel.alloc_shared offset(69632) : !ragged_kernel.shared<16x64xbf16, <xor, 128>>
// SINGLE-NEXT: %q_last_rows = ragged_kernel.rows_from %q_rows[%c192]
// SINGLE-NEXT: %[[LEFT:.*]] = arith.subi %seq_length, %c192
// SINGLE-NEXT: ragged_kernel.copy_async block %q_last_rows to %q_last_tile valid(%[[LEFT]]) :
// SINGLE:      %row_end = arith.minsi %seq_length, %c192
// SINGLE:      scf.for %group_row = %c0 to %row_end step %c64 {
// SINGLE:        ragged_kernel.store_rows
// SINGLE-NEXT: }
// SINGLE-NEXT: %[[LONG:.*]] = arith.cmpi sgt, %seq_length, %c192
// SINGLE-NEXT: scf.if %[[LONG]] {
// SINGLE-NEXT:   %p_tile = ragged_kernel.alloc_shared offset(71680) : !ragged_kernel.shared<208x8xbf16, <padded, 16>>

// Scores of 64 keys each are issued one behind the other, the last of them once more where no 64 are left.
// SHORT-NEXT: %warp_of_group = arith.remui %warp_id, %c4
// SHORT-NEXT: %q_last = ragged_kernel.shared_rows %[[TILE:.*]][%c0] : {{.*}} -> !ragged_kernel.shared<8x64xbf16, <xor, 128>>
// SHORT-NEXT: %[[K0:.*]] = ragged_kernel.shared_rows %k_tile[%c0]
// SHORT-NEXT: ragged_kernel.fill 0.000000e+00
// SHORT-NEXT: %[[S0:.*]] = ragged_kernel.mma_issue warpgroup nt fresh %[[K0]], %q_last, {{.*}} -> !ragged_kernel.pending<16x8xf32>
// SHORT-NEXT: %[[K1:.*]] = ragged_kernel.shared_rows %k_tile[%c64]
// SHORT-NEXT: ragged_kernel.fill
// SHORT-NEXT: %[[S1:.*]] = ragged_kernel.mma_issue warpgroup nt fresh %[[K1]], %q_last,
// SHORT-NEXT: %[[K2:.*]] = ragged_kernel.shared_rows %k_tile[%c128]
// SHORT-NEXT: ragged_kernel.fill
// SHORT-NEXT: %[[S2:.*]] = ragged_kernel.mma_issue warpgroup nt fresh %[[K2]], %q_last,
// SHORT-NEXT: %[[K3:.*]] = ragged_kernel.shared_rows %k_tile[%c144]
// SHORT-NEXT: ragged_kernel.fill
// SHORT-NEXT: %[[S3:.*]] = ragged_kernel.mma_issue warpgroup nt fresh %[[K3]], %q_last,
// A warp's 16 of them are weighed and stored while later ones are under way.
// SHORT-NEXT: %[[ROW:.*]] = arith.muli %warp_of_group, %c16
// SHORT-NEXT: ragged_kernel.mma_wait warpgroup %[[S0]] newer(3)
// SHORT:      %[[W0:.*]] = ragged_kernel.exp_diff
// SHORT-NEXT: %[[P0:.*]] = ragged_kernel.shared_rows %p_tile[%[[ROW]]]
// SHORT-NEXT: ragged_kernel.store_tile %[[W0]] to %[[P0]] : !ragged_kernel.acc<16x8xf32>, !ragged_kernel.shared<16x8xbf16, <padded, 16>>
// SHORT-NEXT: ragged_kernel.mma_wait warpgroup %[[S1]] newer(2)
// SHORT:      %[[ROW1:.*]] = arith.addi %[[ROW]], %c64
// SHORT:      %[[W1:.*]] = ragged_kernel.exp_diff
// SHORT-NEXT: %[[P1:.*]] = ragged_kernel.shared_rows %p_tile[%[[ROW1]]]
// SHORT-NEXT: ragged_kernel.store_tile %[[W1]] to %[[P1]]
// SHORT-NEXT: ragged_kernel.mma_wait warpgroup %[[S2]] newer(1)
// SHORT:      %[[ROW2:.*]] = arith.addi %[[ROW]], %c128
// SHORT:      ragged_kernel.shared_rows %p_tile[%[[ROW2]]]
// SHORT-NEXT: ragged_kernel.store_tile
// SHORT-NEXT: ragged_kernel.mma_wait warpgroup %[[S3]] :
// The keys from 192 on are those of the last warp.
// SHORT:      %[[LAST:.*]] = arith.cmpi eq, %warp_of_group, %c3
// SHORT-NEXT: scf.if %[[LAST]] {
// SHORT-NEXT:   %[[LIVE:.*]] = ragged_kernel.mask_rows %{{.*}} key(%c192) length(%[[LENGTH:.*]]) :
// SHORT-NEXT:   ragged_kernel.fill
// SHORT-NEXT:   %[[W3:.*]] = ragged_kernel.exp_diff {{[a-z]+}} %[[LIVE]],
// SHORT-NEXT:   %[[P3:.*]] = ragged_kernel.shared_rows %p_tile[%c192]
// SHORT-NEXT:   ragged_kernel.store_tile %[[W3]] to %[[P3]]
// SHORT-NEXT: }
// RING-NEXT:  ragged_kernel.wait_barrier %full_v[%{{.*}}]
// RING-NEXT:  ragged_kernel.fence_async
// SHORT-NEXT: ragged_kernel.barrier group warps(4) async
// SHORT-NEXT: %p_keys = ragged_kernel.shared_rows %p_tile[%c0] : {{.*}} -> !ragged_kernel.shared<208x8xbf16, <padded, 16>>
// SHORT-NEXT: %v_keys = ragged_kernel.shared_rows %v_tile[%c0]
// SHORT-NEXT: %ones = ragged_kernel.fill 1.000000e+00 : !ragged_kernel.operand<16x208xbf16>
// SHORT-NEXT: ragged_kernel.fill
// SHORT-NEXT: %[[VP:.*]] = ragged_kernel.mma_issue warpgroup tn fresh %v_keys, %p_keys,
// SHORT-NEXT: ragged_kernel.fill
// SHORT-NEXT: %[[OP:.*]] = ragged_kernel.mma_issue warpgroup nn fresh %ones, %p_keys,
// SHORT-NEXT: %[[ACC:.*]] = ragged_kernel.mma_wait warpgroup %[[VP]] newer(1)
// SHORT-NEXT: %[[SUMS:.*]] = ragged_kernel.mma_wait warpgroup %[[OP]] :
// SHORT-NEXT: %rows_left = arith.subi %[[LENGTH]], %c192
// SHORT-NEXT: %[[OUT:.*]] = ragged_kernel.rows_from %out_rows[%c192]
// SHORT-NEXT: %strays = ragged_kernel.out_of_range %[[SUMS]]
// A warp alone attends again, to all rows.
// SHORT-NEXT: scf.if %strays {
// SHORT-NEXT:   %[[FIRST:.*]] = arith.cmpi eq, %warp_of_group, %c0
// SHORT-NEXT:   scf.if %[[FIRST]] {
// SHORT:          scf.for %key = %c0 to %[[LENGTH]] step %c16
// SHORT:            ragged_kernel.mma_issue nt %[[TILE]],
// SHORT:            ragged_kernel.mask_keys {{.*}} key(%key) length(%[[LENGTH]])
// SHORT:          ragged_kernel.store_rows %{{.*}} to %[[OUT]] valid(%rows_left) staging(%[[TILE]])
// SHORT-NEXT:   }
// SHORT-NEXT: } else {
// SHORT-NEXT:   %[[DIVIDED:.*]] = ragged_kernel.divide %[[ACC]] by %[[SUMS]]
// SHORT-NEXT:   %[[COL:.*]] = arith.muli %warp_of_group, %c16
// SHORT-NEXT:   ragged_kernel.store_transposed %[[DIVIDED]] to %[[OUT]] first(%[[COL]]) valid(%rows_left)
// SHORT-NEXT: }
// Whole blocks as ever.
// RING-NEXT:  } else {
// RING:         ragged_kernel.mma_issue warpgroup nt fresh
// SINGLE-NEXT: }
// SINGLE-NEXT: ragged_kernel.return
func.func @f(%q: tensor<?x12x64xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<?x12x64xbf16>, %offsets: tensor<?xi32>)
    -> tensor<?x12x64xbf16> {
  %o = ragged.attention %q, %k, %v offsets(%offsets)
      : tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return %o : tensor<?x12x64xbf16>
}
