// The family single with bf16 takes weights without a maximum: that of a row is taken to be zero,
// its sum says afterwards whether that was right, and a warp of which a row strays attends again.

// Half of the keys each: the scores of both are issued first.
// RUN: ragged-opt %s --ragged-specialise="max-seqlen=197 block-n=208" --ragged-choose-schedule="arch=sm_90a family=single mma=warpgroup softmax=single_pass warps=4 rows-per-block=256" --ragged-lower-to-kernel --ragged-kernel-lower-softmax --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %s --check-prefixes=TWO,AGAIN --implicit-check-not=softmax_step
// From six tiles of 16 keys on, and not with fewer.
// RUN: ragged-opt %s --ragged-specialise="max-seqlen=81" --ragged-choose-schedule="arch=sm_90a family=single mma=warpgroup softmax=single_pass warps=4 rows-per-block=128" --ragged-lower-to-kernel --ragged-kernel-lower-softmax --canonicalize | FileCheck %s --check-prefix=LEAST
// RUN: ragged-opt %s --ragged-specialise="max-seqlen=80" --ragged-choose-schedule="arch=sm_90a family=single mma=warpgroup softmax=single_pass warps=4 rows-per-block=128" --ragged-lower-to-kernel --ragged-kernel-lower-softmax --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %s --check-prefixes=ONE,AGAIN --implicit-check-not=softmax_step
// Results too narrow for two.
// RUN: sed 's/12x64x/12x32x/g' %s | ragged-opt --ragged-specialise="max-seqlen=197" --ragged-choose-schedule="arch=sm_90a family=single mma=warpgroup softmax=single_pass warps=4 rows-per-block=256" --ragged-lower-to-kernel --ragged-kernel-lower-softmax --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %s --check-prefixes=ONE,AGAIN --implicit-check-not=softmax_step
// Several tiles of a single pass, each with its output before the next.
// RUN: ragged-opt %s --ragged-specialise="max-seqlen=197 block-n=96" --ragged-choose-schedule="arch=sm_90a family=single mma=warpgroup softmax=single_pass warps=4 rows-per-block=256" --ragged-lower-to-kernel --ragged-kernel-lower-softmax --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %s --check-prefixes=TILES,AGAIN --implicit-check-not=softmax_step
// Products of warps, tile after tile too: 16 rows of one warp.
// RUN: ragged-opt %s --ragged-specialise="max-seqlen=49 block-n=32" --ragged-choose-schedule="arch=sm_90a family=single mma=warp softmax=single_pass stages=2" --ragged-lower-to-kernel --ragged-kernel-lower-softmax --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %s --check-prefixes=WARP,AGAIN --implicit-check-not=softmax_step
// RUN: ragged-opt %s --ragged-specialise="max-seqlen=197 block-n=48" --ragged-choose-schedule="arch=sm_80 family=single mma=warp softmax=online" --ragged-lower-to-kernel --ragged-kernel-lower-softmax | FileCheck %s --check-prefix=PLAIN
// Where results are staged in Q's own place, it is there still.
// RUN: ragged-opt %s --ragged-specialise="max-seqlen=49 block-n=32" --ragged-choose-schedule="arch=sm_90a family=single mma=warp softmax=single_pass stages=1" --ragged-lower-to-kernel --ragged-kernel-lower-softmax --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %s --check-prefix=SAME
// Sequences as short as they get.
// RUN: ragged-opt %s --ragged-specialise="max-seqlen=17" --ragged-choose-schedule="arch=sm_90a family=single mma=warpgroup softmax=single_pass warps=4 rows-per-block=64" --ragged-lower-to-kernel --ragged-kernel-lower-softmax --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %s --check-prefixes=ONE,AGAIN --implicit-check-not=softmax_step
// Keys that stay, some at a time.
// RUN: ragged-opt %s --ragged-specialise="max-seqlen=197 block-n=48" --ragged-choose-schedule="arch=sm_90a family=single mma=warpgroup softmax=online warps=4 stages=2 rows-per-block=256" --ragged-lower-to-kernel --ragged-kernel-lower-softmax --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %s --check-prefixes=LOOP,AGAIN --implicit-check-not=softmax_step
// The causal mask is taken along.
// RUN: sed 's/offsets(%offsets)/offsets(%offsets) {causal}/' %s | ragged-opt --ragged-specialise="max-seqlen=197 block-n=208" --ragged-choose-schedule="arch=sm_90a family=single mma=warpgroup softmax=single_pass warps=4 rows-per-block=256" --ragged-lower-to-kernel --ragged-kernel-lower-softmax --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %s --check-prefix=CAUSAL

// Under a maximum as ever: f16, which overflows; products of warps with wide results, and in the family warp; keys that pass; two
// products for which registers are short, and results that are staged in rows of another width than Q has.
// RUN: sed 's/bf16/f16/g' %s | ragged-opt --ragged-specialise="max-seqlen=197 block-n=208" --ragged-choose-schedule="arch=sm_90a family=single mma=warpgroup softmax=single_pass" --ragged-lower-to-kernel --ragged-kernel-lower-softmax | FileCheck %s --check-prefix=MAX --implicit-check-not=out_of_range
// RUN: sed 's/bf16/f16/g' %s | ragged-opt --ragged-specialise="max-seqlen=197 block-n=48" --ragged-choose-schedule="arch=sm_90a family=single mma=warpgroup softmax=online" --ragged-lower-to-kernel --ragged-kernel-lower-softmax | FileCheck %s --check-prefix=MAX --implicit-check-not=out_of_range
// RUN: sed 's/12x64x/12x72x/g' %s | ragged-opt --ragged-specialise="max-seqlen=49" --ragged-choose-schedule="arch=sm_90a family=single mma=warp" --ragged-lower-to-kernel --ragged-kernel-lower-softmax | FileCheck %s --check-prefix=MAX --implicit-check-not=out_of_range
// RUN: ragged-opt %s --ragged-specialise="max-seqlen=49" --ragged-choose-schedule="arch=sm_90a family=warp" --ragged-lower-to-kernel --ragged-kernel-lower-softmax | FileCheck %s --check-prefix=MAX --implicit-check-not=out_of_range
// RUN: sed "s/bf16/f16/g" %s | ragged-opt --ragged-specialise="max-seqlen=197" --ragged-choose-schedule="arch=sm_90a family=online mma=warpgroup" --ragged-lower-to-kernel --ragged-kernel-lower-softmax | FileCheck %s --check-prefix=MAX --implicit-check-not=out_of_range
// RUN: sed 's/12x64x/12x80x/g' %s | ragged-opt --ragged-specialise="max-seqlen=100" --ragged-choose-schedule="arch=sm_90a family=single mma=warpgroup softmax=single_pass warps=8 rows-per-block=128" --ragged-lower-to-kernel --ragged-kernel-lower-softmax | FileCheck %s --check-prefix=MAX --implicit-check-not=out_of_range
// RUN: sed 's/%%v: tensor<?x12x64x/%%v: tensor<?x12x32x/; s/-> tensor<?x12x64x/-> tensor<?x12x32x/; s/return %%o : tensor<?x12x64x/return %%o : tensor<?x12x32x/; s/tensor<?x12x64xbf16>, tensor<?xi32>/tensor<?x12x32xbf16>, tensor<?xi32>/' %s | ragged-opt --ragged-specialise="max-seqlen=197 block-n=208" --ragged-choose-schedule="arch=sm_90a family=single mma=warpgroup softmax=single_pass" --ragged-lower-to-kernel --ragged-kernel-lower-softmax | FileCheck %s --check-prefix=MAX --implicit-check-not=out_of_range
// MAX: ragged_kernel.row_max

// TWO-LABEL: ragged_kernel.kernel @f_attention(
// TWO:      %q_operand = ragged_kernel.load_operand %q_tile
// TWO:      %[[ACC:.*]] = ragged_kernel.fill 0.000000e+00 : !ragged_kernel.acc<16x64xf32>
// TWO-NEXT: %[[SUM:.*]] = ragged_kernel.fill 0.000000e+00 : !ragged_kernel.row_vector<16>
// TWO-NEXT: %[[K1:.*]] = ragged_kernel.shared_rows %k_tile[%c0]
// TWO-NEXT: ragged_kernel.fill
// TWO-NEXT: %[[S1:.*]] = ragged_kernel.mma_issue warpgroup nt fresh %q_operand, %[[K1]],
// TWO-NEXT: %[[K2:.*]] = ragged_kernel.shared_rows %k_tile[%c112]
// TWO-NEXT: ragged_kernel.fill
// TWO-NEXT: %[[S2:.*]] = ragged_kernel.mma_issue warpgroup nt fresh %q_operand, %[[K2]], {{.*}} -> !ragged_kernel.pending<16x96xf32>
// TWO-NEXT: %[[W1:.*]] = ragged_kernel.mma_wait warpgroup %[[S1]] newer(1) : {{.*}} -> !ragged_kernel.acc<16x112xf32>
// TWO-NEXT: %[[W2:.*]] = ragged_kernel.scale %[[W1]] by 1.250000e-01
// TWO-NEXT: %[[W3:.*]] = ragged_kernel.apply_mask %[[W2]] row(%row) key(%c0) length(%seq_length)
// Of a few keys one may have all the weight, which is 1 then.
// TWO-NEXT: %[[ARE_FEW:.*]] = arith.cmpi sle, %seq_length, %c16
// TWO-NEXT: %max = scf.if %[[ARE_FEW]] -> (!ragged_kernel.row_vector<16>) {
// TWO-NEXT:   %[[LOW:.*]] = ragged_kernel.fill 0xFF800000
// TWO-NEXT:   %[[PART:.*]] = ragged_kernel.row_max %[[W3]], %[[LOW]]
// TWO-NEXT:   %[[TOP:.*]] = ragged_kernel.reduce_max %[[PART]]
// TWO-NEXT:   scf.yield %[[TOP]]
// TWO-NEXT: } else {
// TWO-NEXT:   %[[ZERO:.*]] = ragged_kernel.fill 0.000000e+00 : !ragged_kernel.row_vector<16>
// TWO-NEXT:   scf.yield %[[ZERO]]
// TWO-NEXT: }
// TWO-NEXT: %[[W4:.*]] = ragged_kernel.exp_diff e %[[W3]], %max scale(1.000000e+00)
// TWO-NEXT: %[[SUM1:.*]] = ragged_kernel.row_sum %[[W4]], %[[SUM]]
// TWO-NEXT: %[[P1:.*]] = ragged_kernel.to_operand %[[W4]]
// TWO-NEXT: %[[V1:.*]] = ragged_kernel.shared_rows %v_tile[%c0]
// The output of the first half is summed up under the exponentials of the second.
// TWO-NEXT: %[[O1:.*]] = ragged_kernel.mma_issue warpgroup nn fresh %[[P1]], %[[V1]], %[[ACC]]
// TWO-NEXT: %[[X1:.*]] = ragged_kernel.mma_wait warpgroup %[[S2]] newer(1)
// TWO-NEXT: %[[X2:.*]] = ragged_kernel.scale %[[X1]] by 1.250000e-01
// TWO-NEXT: %[[X3:.*]] = ragged_kernel.apply_mask %[[X2]] row(%row) key(%c112) length(%seq_length)
// TWO-NEXT: %[[NONE:.*]] = ragged_kernel.fill 0.000000e+00 : !ragged_kernel.row_vector<16>
// TWO-NEXT: %[[X4:.*]] = ragged_kernel.exp_diff e %[[X3]], %[[NONE]] scale(1.000000e+00)
// TWO-NEXT: %[[SUM2:.*]] = ragged_kernel.row_sum %[[X4]], %[[SUM1]]
// TWO-NEXT: %[[P2:.*]] = ragged_kernel.to_operand %[[X4]]
// TWO-NEXT: %[[V2:.*]] = ragged_kernel.shared_rows %v_tile[%c112]
// TWO-NEXT: %[[O2:.*]] = ragged_kernel.mma_wait warpgroup %[[O1]] :
// TWO-NEXT: %[[O3:.*]] = ragged_kernel.mma_issue warpgroup nn %[[P2]], %[[V2]], %[[O2]]
// TWO-NEXT: %[[OUT:.*]] = ragged_kernel.mma_wait warpgroup %[[O3]] :
// TWO-NEXT: ragged_kernel.reduce_sum %[[SUM2]]

// LEAST:     ragged_kernel.mma_issue warpgroup nt fresh {{.*}} -> !ragged_kernel.pending<16x48xf32>
// LEAST:     ragged_kernel.mma_issue warpgroup nt fresh {{.*}} -> !ragged_kernel.pending<16x48xf32>
// LEAST:     ragged_kernel.mma_issue warpgroup nn fresh
// LEAST:     ragged_kernel.mma_issue warpgroup nn %

// ONE-LABEL: ragged_kernel.kernel @f_attention(
// ONE:      %[[S:.*]] = ragged_kernel.mma_issue warpgroup nt fresh
// ONE-NEXT: ragged_kernel.mma_wait warpgroup %[[S]] :
// ONE:      %[[SCORES:.*]] = ragged_kernel.apply_mask
// ONE-NEXT: %[[ARE_FEW:.*]] = arith.cmpi sle, %seq_length, %c16
// ONE-NEXT: %max = scf.if %[[ARE_FEW]] -> (!ragged_kernel.row_vector<16>) {
// ONE-NEXT:   %[[LOW:.*]] = ragged_kernel.fill 0xFF800000
// ONE-NEXT:   %[[PART:.*]] = ragged_kernel.row_max %[[SCORES]], %[[LOW]]
// ONE-NEXT:   %[[TOP:.*]] = ragged_kernel.reduce_max %[[PART]]
// ONE-NEXT:   scf.yield %[[TOP]]
// ONE-NEXT: } else {
// ONE-NEXT:   %[[ZERO:.*]] = ragged_kernel.fill 0.000000e+00 : !ragged_kernel.row_vector<16>
// ONE-NEXT:   scf.yield %[[ZERO]]
// ONE-NEXT: }
// ONE-NEXT: ragged_kernel.exp_diff e %[[SCORES]], %max scale
// ONE-NEXT: ragged_kernel.row_sum
// ONE-NEXT: ragged_kernel.to_operand
// ONE-NEXT: ragged_kernel.shared_rows %v_tile[%c0]
// ONE-NEXT: %[[O:.*]] = ragged_kernel.mma_issue warpgroup nn fresh
// ONE-NEXT: %[[OUT:.*]] = ragged_kernel.mma_wait warpgroup %[[O]] :
// ONE-NEXT: ragged_kernel.reduce_sum

// TILES-LABEL: ragged_kernel.kernel @f_attention(
// TILES:      %[[ACC:.*]] = ragged_kernel.fill 0.000000e+00 : !ragged_kernel.acc<16x64xf32>
// TILES-NEXT: %[[SUM:.*]] = ragged_kernel.fill 0.000000e+00 : !ragged_kernel.row_vector<16>
// TILES-NEXT: %[[K1:.*]] = ragged_kernel.shared_rows %k_tile[%c0]
// TILES:      %[[S1:.*]] = ragged_kernel.mma_issue warpgroup nt fresh %q_operand, %[[K1]],
// TILES-NEXT: ragged_kernel.mma_wait warpgroup %[[S1]] :
// TILES:      %[[M1:.*]] = ragged_kernel.apply_mask {{.*}} key(%c0) length(%seq_length)
// TILES-NEXT: %[[ARE_FEW:.*]] = arith.cmpi sle, %seq_length, %c16
// TILES-NEXT: %max = scf.if %[[ARE_FEW]] -> (!ragged_kernel.row_vector<16>) {
// TILES-NEXT:   %[[LOW:.*]] = ragged_kernel.fill 0xFF800000
// TILES-NEXT:   %[[PART:.*]] = ragged_kernel.row_max %[[M1]], %[[LOW]]
// TILES-NEXT:   %[[TOP:.*]] = ragged_kernel.reduce_max %[[PART]]
// TILES-NEXT:   scf.yield %[[TOP]]
// TILES-NEXT: } else {
// TILES-NEXT:   %[[ZERO:.*]] = ragged_kernel.fill 0.000000e+00 : !ragged_kernel.row_vector<16>
// TILES-NEXT:   scf.yield %[[ZERO]]
// TILES-NEXT: }
// TILES-NEXT: %[[W1:.*]] = ragged_kernel.exp_diff e %[[M1]], %max
// TILES-NEXT: %[[SUM1:.*]] = ragged_kernel.row_sum %[[W1]], %[[SUM]]
// TILES-NEXT: %[[P1:.*]] = ragged_kernel.to_operand %[[W1]]
// TILES-NEXT: %[[V1:.*]] = ragged_kernel.shared_rows %v_tile[%c0]
// TILES-NEXT: %[[O1:.*]] = ragged_kernel.mma_issue warpgroup nn fresh %[[P1]], %[[V1]], %[[ACC]]
// TILES-NEXT: %[[ACC1:.*]] = ragged_kernel.mma_wait warpgroup %[[O1]] :
// TILES-NEXT: %live1 = arith.cmpi sgt, %seq_length, %c96
// TILES-NEXT: %[[BOTH1:.*]]:2 = scf.if %live1
// TILES-NEXT:   %[[K2:.*]] = ragged_kernel.shared_rows %k_tile[%c96]
// TILES:        ragged_kernel.mma_issue warpgroup nt fresh %q_operand, %[[K2]],
// TILES:        %[[M2:.*]] = ragged_kernel.apply_mask {{.*}} key(%c96) length(%seq_length)
// TILES-NEXT:   %[[ZERO2:.*]] = ragged_kernel.fill 0.000000e+00 : !ragged_kernel.row_vector<16>
// TILES-NEXT:   %[[W2:.*]] = ragged_kernel.exp_diff e %[[M2]], %[[ZERO2]]
// TILES-NEXT:   %[[SUM2:.*]] = ragged_kernel.row_sum %[[W2]], %[[SUM1]]
// TILES-NEXT:   %[[P2:.*]] = ragged_kernel.to_operand %[[W2]]
// TILES-NEXT:   %[[V2:.*]] = ragged_kernel.shared_rows %v_tile[%c96]
// TILES-NEXT:   %[[O2:.*]] = ragged_kernel.mma_issue warpgroup nn %[[P2]], %[[V2]], %[[ACC1]]
// TILES-NEXT:   %[[ACC2:.*]] = ragged_kernel.mma_wait warpgroup %[[O2]] :
// TILES-NEXT:   scf.yield %[[ACC2]], %[[SUM2]]
// TILES-NEXT: } else {
// TILES-NEXT:   scf.yield %[[ACC1]], %[[SUM1]]
// TILES-NEXT: }
// The last is as narrow as the capacity leaves it.
// TILES-NEXT: %live2 = arith.cmpi sgt, %seq_length, %c192
// TILES-NEXT: %[[ALL:.*]]:2 = scf.if %live2
// TILES:        ragged_kernel.mma_issue warpgroup nt fresh {{.*}} -> !ragged_kernel.pending<16x16xf32>
// TILES:        ragged_kernel.mma_issue warpgroup nn %{{.*}}, %{{.*}}, %[[BOTH1]]#0
// TILES:      } else {
// TILES-NEXT:   scf.yield %[[BOTH1]]#0, %[[BOTH1]]#1
// TILES-NEXT: }
// TILES-NEXT: ragged_kernel.reduce_sum %[[ALL]]#1

// WARP-LABEL: ragged_kernel.kernel @f_attention(
// WARP:      %[[ACC:.*]] = ragged_kernel.fill 0.000000e+00 : !ragged_kernel.acc<16x64xf32>
// WARP-NEXT: %[[SUM:.*]] = ragged_kernel.fill 0.000000e+00 : !ragged_kernel.row_vector<16>
// WARP-NEXT: %[[K1:.*]] = ragged_kernel.shared_rows %k_tile[%c0]
// WARP:      %[[S1:.*]] = ragged_kernel.mma_issue nt %q_operand, %[[K1]],
// WARP-NEXT: ragged_kernel.mma_wait %[[S1]] :
// WARP:      %[[M1:.*]] = ragged_kernel.apply_mask {{.*}} key(%c0) length(%length)
// WARP-NEXT: %[[ARE_FEW:.*]] = arith.cmpi sle, %length, %c16
// WARP-NEXT: %max = scf.if %[[ARE_FEW]] -> (!ragged_kernel.row_vector<16>) {
// WARP-NEXT:   %[[LOW:.*]] = ragged_kernel.fill 0xFF800000
// WARP-NEXT:   %[[PART:.*]] = ragged_kernel.row_max %[[M1]], %[[LOW]]
// WARP-NEXT:   %[[TOP:.*]] = ragged_kernel.reduce_max %[[PART]]
// WARP-NEXT:   scf.yield %[[TOP]]
// WARP-NEXT: } else {
// WARP-NEXT:   %[[ZERO:.*]] = ragged_kernel.fill 0.000000e+00 : !ragged_kernel.row_vector<16>
// WARP-NEXT:   scf.yield %[[ZERO]]
// WARP-NEXT: }
// WARP-NEXT: %[[W1:.*]] = ragged_kernel.exp_diff e %[[M1]], %max
// WARP-NEXT: %[[SUM1:.*]] = ragged_kernel.row_sum %[[W1]], %[[SUM]]
// WARP-NEXT: %[[P1:.*]] = ragged_kernel.to_operand %[[W1]]
// WARP-NEXT: %[[V1:.*]] = ragged_kernel.shared_rows %v_tile[%c0]
// WARP-NEXT: %[[O1:.*]] = ragged_kernel.mma_issue nn %[[P1]], %[[V1]], %[[ACC]]
// WARP-NEXT: %[[ACC1:.*]] = ragged_kernel.mma_wait %[[O1]] :
// WARP-NEXT: %live1 = arith.cmpi sgt, %length, %c32
// WARP-NEXT: %[[ALL:.*]]:2 = scf.if %live1
// WARP-NEXT:   %[[K2:.*]] = ragged_kernel.shared_rows %k_tile[%c32]
// WARP:        ragged_kernel.mma_issue nt %q_operand, %[[K2]],
// WARP:        %[[M2:.*]] = ragged_kernel.apply_mask {{.*}} key(%c32) length(%length)
// WARP-NEXT:   %[[ZERO2:.*]] = ragged_kernel.fill 0.000000e+00 : !ragged_kernel.row_vector<16>
// WARP-NEXT:   %[[W2:.*]] = ragged_kernel.exp_diff e %[[M2]], %[[ZERO2]]
// WARP-NEXT:   %[[SUM2:.*]] = ragged_kernel.row_sum %[[W2]], %[[SUM1]]
// WARP-NEXT:   %[[P2:.*]] = ragged_kernel.to_operand %[[W2]]
// WARP-NEXT:   %[[V2:.*]] = ragged_kernel.shared_rows %v_tile[%c32]
// WARP-NEXT:   %[[O2:.*]] = ragged_kernel.mma_issue nn %[[P2]], %[[V2]], %[[ACC1]]
// WARP-NEXT:   %[[ACC2:.*]] = ragged_kernel.mma_wait %[[O2]] :
// WARP-NEXT:   scf.yield %[[ACC2]], %[[SUM2]]
// WARP-NEXT: } else {
// WARP-NEXT:   scf.yield %[[ACC1]], %[[SUM1]]
// WARP-NEXT: }
// WARP-NEXT: ragged_kernel.reduce_sum %[[ALL]]#1

// PLAIN: ragged_kernel.out_of_range

// SAME:      scf.if %strays
// SAME-NEXT:   ragged_kernel.fill 0.000000e+00
// SAME:          ragged_kernel.mma_issue nt %q_tile,
// SAME:      ragged_kernel.store_rows {{.*}} staging(%q_tile)

// LOOP-LABEL: ragged_kernel.kernel @f_attention(
// LOOP:      %[[ALL:.*]]:2 = scf.for %key = %c0 to %seq_length step %c48 iter_args(%[[ACC:.*]] = %{{.*}}, %[[SUM:.*]] = %{{.*}})
// LOOP:        %[[SCORES:.*]] = ragged_kernel.apply_mask
// LOOP-NEXT: %[[ARE_FEW:.*]] = arith.cmpi sle, %seq_length, %c16
// LOOP-NEXT: %max = scf.if %[[ARE_FEW]] -> (!ragged_kernel.row_vector<16>) {
// LOOP-NEXT:   %[[LOW:.*]] = ragged_kernel.fill 0xFF800000
// LOOP-NEXT:   %[[PART:.*]] = ragged_kernel.row_max %[[SCORES]], %[[LOW]]
// LOOP-NEXT:   %[[TOP:.*]] = ragged_kernel.reduce_max %[[PART]]
// LOOP-NEXT:   scf.yield %[[TOP]]
// LOOP-NEXT: } else {
// LOOP-NEXT:   %[[ZERO:.*]] = ragged_kernel.fill 0.000000e+00 : !ragged_kernel.row_vector<16>
// LOOP-NEXT:   scf.yield %[[ZERO]]
// LOOP-NEXT: }
// LOOP-NEXT:   %[[W:.*]] = ragged_kernel.exp_diff e %[[SCORES]], %max scale(1.000000e+00)
// LOOP-NEXT:   %[[NEW:.*]] = ragged_kernel.row_sum %[[W]], %[[SUM]]
// LOOP-NEXT:   %[[P:.*]] = ragged_kernel.to_operand %[[W]]
// LOOP-NEXT:   %[[PENDING:.*]] = ragged_kernel.mma_issue warpgroup nn %[[P]], %v_block, %[[ACC]]
// LOOP-NEXT:   %[[OUT:.*]] = ragged_kernel.mma_wait warpgroup %[[PENDING]]
// LOOP-NEXT:   scf.yield %[[OUT]], %[[NEW]]
// LOOP-NEXT: }
// LOOP-NEXT: ragged_kernel.reduce_sum %[[ALL]]#1

// Rows between 2^-64 and 2^64 are right. A warp with others begins from nothing: its Q comes to where its result will be staged, as that of its next rows may be where it was.
// AGAIN-NEXT: %strays = ragged_kernel.out_of_range %[[TOTAL:.*]] from(5.42101086E-20) to(1.84467441E+19)
// AGAIN-NEXT: %[[BOTH:.*]]:2 = scf.if %strays
// AGAIN-NEXT:   %[[COPY:.*]] = ragged_kernel.copy_async warp %q_tile_rows to %out_tile valid(%rows_left)
// AGAIN-NEXT:   %[[GROUP:.*]] = ragged_kernel.commit_group(%[[COPY]])
// AGAIN-NEXT:   ragged_kernel.wait_group %[[GROUP]] pending(0)
// AGAIN-NEXT:   ragged_kernel.barrier warp
// AGAIN-NEXT:   %[[ACC0:.*]] = ragged_kernel.fill 0.000000e+00 : !ragged_kernel.acc<16x
// AGAIN-NEXT:   %[[MAX0:.*]] = ragged_kernel.fill 0xFF800000
// AGAIN-NEXT:   %[[SUM0:.*]] = ragged_kernel.fill 0.000000e+00
// AGAIN-NEXT:   %[[LOOP:.*]]:3 = scf.for %[[KEY:.*]] = %c0 to %{{(seq_)?}}length step %c16 iter_args(%[[A:.*]] = %[[ACC0]], %[[M:.*]] = %[[MAX0]], %[[L:.*]] = %[[SUM0]])
// AGAIN-NEXT:     %[[K:.*]] = ragged_kernel.shared_rows %k_tile[%[[KEY]]]
// AGAIN-NEXT:     %[[NONE:.*]] = ragged_kernel.fill 0.000000e+00 : !ragged_kernel.acc<16x16xf32>
// AGAIN-NEXT:     %[[PENDING:.*]] = ragged_kernel.mma_issue nt %out_tile, %[[K]], %[[NONE]]
// AGAIN-NEXT:     %[[PRODUCT:.*]] = ragged_kernel.mma_wait %[[PENDING]]
// AGAIN-NEXT:     %[[SCALED:.*]] = ragged_kernel.scale %[[PRODUCT]]
// AGAIN-NEXT:     %[[S:.*]] = ragged_kernel.apply_mask %[[SCALED]] row(%row) key(%[[KEY]]) length(%{{(seq_)?}}length)
// AGAIN-NEXT:     %[[PART:.*]] = ragged_kernel.row_max %[[S]], %[[M]]
// AGAIN-NEXT:     %[[NEWM:.*]] = ragged_kernel.reduce_max %[[PART]]
// AGAIN-NEXT:     %[[C:.*]] = ragged_kernel.correction e %[[M]], %[[NEWM]]
// AGAIN-NEXT:     %[[W:.*]] = ragged_kernel.exp_diff e %[[S]], %[[NEWM]]
// AGAIN-NEXT:     %[[OLDL:.*]] = ragged_kernel.mul_rows %[[L]], %[[C]]
// AGAIN-NEXT:     %[[NEWL:.*]] = ragged_kernel.row_sum %[[W]], %[[OLDL]]
// AGAIN-NEXT:     %[[OLDA:.*]] = ragged_kernel.rescale %[[A]], %[[C]]
// AGAIN-NEXT:     %[[P:.*]] = ragged_kernel.to_operand %[[W]]
// AGAIN-NEXT:     %[[V:.*]] = ragged_kernel.shared_rows %v_tile[%[[KEY]]]
// AGAIN-NEXT:     %[[ISSUED:.*]] = ragged_kernel.mma_issue nn %[[P]], %[[V]], %[[OLDA]]
// AGAIN-NEXT:     %[[NEWA:.*]] = ragged_kernel.mma_wait %[[ISSUED]]
// AGAIN-NEXT:     scf.yield %[[NEWA]], %[[NEWM]], %[[NEWL]]
// AGAIN-NEXT:   }
// AGAIN-NEXT:   %[[TOTAL2:.*]] = ragged_kernel.reduce_sum %[[LOOP]]#2
// AGAIN-NEXT:   scf.yield %[[LOOP]]#0, %[[TOTAL2]]
// AGAIN-NEXT: } else {
// AGAIN-NEXT:   scf.yield %{{.*}}, %[[TOTAL]]
// AGAIN-NEXT: }
// AGAIN-NEXT: ragged_kernel.normalize %[[BOTH]]#0, %[[BOTH]]#1

// CAUSAL:     %key_end = arith.minsi
// CAUSAL:     ragged_kernel.apply_mask {{.*}} {causal} : !ragged_kernel.acc<16x112xf32>
// Of the first sixteen rows none has more than sixteen keys.
// CAUSAL:     %[[BEHIND:.*]] = arith.addi %row, %c16
// CAUSAL-NEXT: %most_keys = arith.minsi %seq_length, %[[BEHIND]]
// CAUSAL-NEXT: arith.cmpi sle, %most_keys, %c16
// CAUSAL-NEXT: scf.if
// CAUSAL:     ragged_kernel.apply_mask {{.*}} {causal} : !ragged_kernel.acc<16x96xf32>
// CAUSAL:     ragged_kernel.out_of_range
// CAUSAL-NEXT: scf.if %strays
// CAUSAL:     scf.for %key = %c0 to %key_end step %c16
// CAUSAL:       ragged_kernel.apply_mask {{.*}} key(%key) length(%seq_length) {causal} : !ragged_kernel.acc<16x16xf32>
func.func @f(%q: tensor<?x12x64xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<?x12x64xbf16>, %offsets: tensor<?xi32>)
    -> tensor<?x12x64xbf16> {
  %o = ragged.attention %q, %k, %v offsets(%offsets)
      : tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return %o : tensor<?x12x64xbf16>
}
