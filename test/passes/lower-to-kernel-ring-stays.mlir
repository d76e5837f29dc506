// The family ring where all tiles of a head have slots: its items come one after the other, and K and V once. Rows behind
// the last whole 64 have products of their own, over the tiles that have stayed.
// RUN: ragged-opt %s --ragged-specialise="max-seqlen=577 block-n=96" --ragged-choose-schedule="arch=sm_90a family=ring stages=12 rows-per-block=192" --ragged-lower-to-kernel --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %s --check-prefixes=KEEPS,SHORT
// Ten rows more are no short ones, and the tiles fill their slots as far as they are read.
// RUN: ragged-opt %s --ragged-specialise="max-seqlen=587 block-n=96" --ragged-choose-schedule="arch=sm_90a family=ring stages=12 rows-per-block=192" --ragged-lower-to-kernel --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %s --check-prefixes=KEEPS,WHOLE --implicit-check-not=mask_rows --implicit-check-not=empty_last
// Tiles stay with other head dimensions and f16 too, but rows are no short ones; nor where a tile has fewer keys than a
// product has rows.
// RUN: sed 's/12x64x/12x128x/g' %s | ragged-opt --ragged-specialise="max-seqlen=257 block-n=64" --ragged-choose-schedule="arch=sm_90a family=ring rows-per-block=128" --ragged-lower-to-kernel --mlir-use-nameloc-as-prefix | FileCheck %s --check-prefix=OTHERS --implicit-check-not=mask_rows
// RUN: sed 's/bf16/f16/g' %s | ragged-opt --ragged-specialise="max-seqlen=577 block-n=96" --ragged-choose-schedule="arch=sm_90a family=ring stages=12 rows-per-block=192" --ragged-lower-to-kernel --mlir-use-nameloc-as-prefix | FileCheck %s --check-prefix=OTHERS --implicit-check-not=mask_rows
// RUN: ragged-opt %s --ragged-specialise="max-seqlen=257 block-n=48" --ragged-choose-schedule="arch=sm_90a family=ring rows-per-block=192" --ragged-lower-to-kernel --mlir-use-nameloc-as-prefix | FileCheck %s --check-prefix=OTHERS --implicit-check-not=mask_rows
// OTHERS: %kept_steps = arith.muli
// OTHERS: %freed{{.*}} = arith.select

// Nothing stays with a slot less, or by tensor maps.
// RUN: ragged-opt %s --ragged-specialise="max-seqlen=577 block-n=96" --ragged-choose-schedule="arch=sm_90a family=ring stages=11 rows-per-block=192" --ragged-lower-to-kernel --mlir-use-nameloc-as-prefix | FileCheck %s --check-prefix=PASSES --implicit-check-not=mask_rows --implicit-check-not=kept --implicit-check-not=freed
// RUN: ragged-opt %s --ragged-specialise="max-seqlen=330 block-n=96" --ragged-choose-schedule="arch=sm_90a family=ring stages=11 rows-per-block=192 copies=tensor" --ragged-lower-to-kernel --mlir-use-nameloc-as-prefix | FileCheck %s --check-prefix=PASSES --implicit-check-not=mask_rows --implicit-check-not=kept --implicit-check-not=freed
// PASSES: %empty = ragged_kernel.alloc_barriers {{.*}} : !ragged_kernel.barriers<11>

// One barrier more takes what is not given back.
// KEEPS-LABEL: ragged_kernel.kernel @f_attention(
// KEEPS:      %kv_tiles = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<12x112x64xbf16, <xor, 128>>
// KEEPS-NEXT: %q_tiles = ragged_kernel.alloc_shared offset(172032) : !ragged_kernel.shared<6x64x64xbf16, <xor, 128>>
// Weights come behind 16 rows of Q.
// SHORT-NEXT: %q_last_tile = ragged_kernel.alloc_shared offset(221184) : !ragged_kernel.shared<64x64xbf16, <xor, 128>>
// SHORT-NEXT: %p_tile = ragged_kernel.alloc_shared offset(221184) : !ragged_kernel.shared<512x8xbf16, <padded, 16>>
// SHORT:      %empty_last = ragged_kernel.alloc_barriers {{.*}} : !ragged_kernel.barriers<1>
// SHORT-NEXT: ragged_kernel.init_barriers %empty_last arrivals(4)
// KEEPS:      %full = ragged_kernel.alloc_barriers {{.*}} : !ragged_kernel.barriers<12>
// KEEPS:      %empty = ragged_kernel.alloc_barriers {{.*}} : !ragged_kernel.barriers<13>
// KEEPS-NEXT: ragged_kernel.init_barriers %empty arrivals(12)
// KEEPS-NEXT: %work = ragged_kernel.alloc_shared {{.*}} : !ragged_kernel.shared<42xi32>

// Whether lengths are even: of all rows that there could be, three quarters are. Then whole rounds of heads are kept.
// KEEPS:      ragged_kernel.set_registers to(32)
// KEEPS-NEXT: %[[LAST:.*]] = arith.subi %batch, %c1
// KEEPS-NEXT: %begins, %lengths = ragged_kernel.lane_sequence %offsets[%[[LAST]]] capacity({{577|587}})
// KEEPS-NEXT: %all_rows = arith.addi %begins, %lengths
// SHORT-NEXT: %[[LEAST:.*]] = arith.muli %batch, %c432
// WHOLE-NEXT: %[[LEAST:.*]] = arith.muli %batch, %c440
// KEEPS-NEXT: %[[EVEN:.*]] = arith.cmpi sge, %all_rows, %[[LEAST]]
// KEEPS-NEXT: %heads = arith.muli %batch, %c12
// KEEPS-NEXT: %[[ROUNDS:.*]] = arith.divui %heads, %blocks
// KEEPS-NEXT: %rounds = arith.select %[[EVEN]], %[[ROUNDS]], %c0
// KEEPS-NEXT: %kept_steps = arith.muli %rounds, %c4
// KEEPS-NEXT: %kept_heads = arith.muli %rounds, %blocks
// KEEPS-NEXT: %[[REST:.*]] = arith.subi %heads, %kept_heads
// KEEPS-NEXT: %rest_heads = arith.maxsi %[[REST]], %c1
// Steps of a block: all items of a head, then those of its next one, a grid further on; behind them items of what is left.
// KEEPS:      scf.for %first_step =
// KEEPS:        %is_kept = arith.cmpi slt, %step, %kept_steps
// KEEPS-NEXT:   %round = arith.divui %step, %c4
// KEEPS-NEXT:   %[[BEFORE:.*]] = arith.muli %round, %blocks
// KEEPS-NEXT:   %[[KEPT:.*]] = arith.addi %block_id, %[[BEFORE]]
// KEEPS:        %[[OF_REST:.*]] = arith.remui %[[NUMBER:.*]], %rest_heads
// KEEPS-NEXT:   %[[REST_HEAD:.*]] = arith.addi %kept_heads, %[[OF_REST]]
// KEEPS-NEXT:   %head_of_all = arith.select %is_kept, %[[KEPT]], %[[REST_HEAD]]
// KEEPS-NEXT:   %[[PART:.*]] = arith.remui %step, %c4
// KEEPS-NEXT:   %[[REST_PART:.*]] = arith.divui %[[NUMBER]], %rest_heads
// KEEPS-NEXT:   arith.select %is_kept, %[[PART]], %[[REST_PART]]
// KEEPS-NEXT:   %[[BY_HEADS:.*]] = arith.cmpi sgt, %kept_steps, %c0
// KEEPS:        arith.select %[[BY_HEADS]], %{{.*}}, %head
// One to eight rows behind the last whole 64 of a kept head with more keys than one tile are no rows of its items.
// SHORT:        %rows_behind = arith.remui %[[LENGTH:.*]], %c64
// SHORT-NEXT:   %[[ROWS:.*]] = arith.subi %[[LENGTH]], %rows_behind
// SHORT-NEXT:   %[[LESS:.*]] = arith.subi %rows_behind, %c1
// SHORT-NEXT:   %[[FEW:.*]] = arith.cmpi ult, %[[LESS]], %c8
// SHORT-NEXT:   %[[MORE:.*]] = arith.cmpi sgt, %[[LENGTH]], %c112
// SHORT-NEXT:   %[[BOTH:.*]] = arith.andi %[[FEW]], %[[MORE]]
// SHORT-NEXT:   %[[SHORT:.*]] = arith.andi %[[BOTH]], %is_kept
// SHORT-NEXT:   %rows_end = arith.select %[[SHORT]], %[[ROWS]], %[[LENGTH]]

// All items of a head but the last keep its tiles, and all but the first find them.
// KEEPS:      scf.for %found
// KEEPS:        %is_kept{{.*}} = arith.cmpi slt, %step{{.*}}, %kept_steps
// KEEPS:        %[[OTHER:.*]] = arith.cmpi slt, %end_row, %[[END:.*]] : index
// KEEPS-NEXT:   %[[STAYS:.*]] = arith.andi %[[IS_KEPT:.*]], %[[OTHER]] : i1
// KEEPS-NEXT:   %stay = arith.select %[[STAYS]], %c1, %c0 : index
// KEEPS-NEXT:   %[[NOT_FIRST:.*]] = arith.cmpi sgt, %part{{.*}}, %c0
// KEEPS-NEXT:   %are_there = arith.andi %[[IS_KEPT]], %[[NOT_FIRST]] : i1
// SHORT-NEXT:   %[[LAST:.*]] = arith.cmpi eq, %end_row, %[[END]]
// SHORT-NEXT:   %is_short = arith.andi %[[LAST]], %{{.*}} : i1
// SHORT-NEXT:   %[[STAY:.*]] = arith.select %is_short, %c2, %stay
// What is held goes ahead of a wait for the place of short rows too.
// KEEPS:        ragged_kernel.barrier_pending %empty_q[
// SHORT:        %[[OR:.*]] = arith.ori %{{.*}}, %is_short
// SHORT-NEXT:   %[[FLUSH:.*]] = arith.andi %{{.*}}, %[[OR]]
// SHORT-NEXT:   scf.if %[[FLUSH]]
// KEEPS:        ragged_kernel.wait_barrier %empty_q[
// SHORT:        ragged_kernel.store %[[STAY]] to %work
// WHOLE:        ragged_kernel.store %stay to %work
// KEEPS:        scf.for %i =
// KEEPS:          %q_copy = ragged_kernel.copy_async warpgroup
// SHORT:        scf.if %is_short
// SHORT-NEXT:     ragged_kernel.wait_barrier %empty_last[%c0] phase(%last_phase{{.*}})
// SHORT:          ragged_kernel.copy_async warpgroup %{{.*}} to %q_last_tile valid(%row_count) limit(%c16)
// SHORT-NEXT:     %[[FLIPPED:.*]] = arith.xori %last_phase
// SHORT-NEXT:     scf.yield %[[FLIPPED]]
// Where no tile follows whose words would say that Q is there, it is waited for.
// KEEPS:        ragged_kernel.commit_group()
// KEEPS-NEXT:   scf.if %are_there
// KEEPS-NEXT:     ragged_kernel.wait_group pending(0)
// KEEPS-NEXT:     ragged_kernel.fence_async
// KEEPS:        ragged_kernel.arrive warp %full_item[
// Tiles that are read as a whole are filled as a whole, and none is copied that is there.
// SHORT:        %chunk_limit = arith.select %is_kept{{.*}}, %c112, %c96
// SHORT-NEXT:   %tail_limit = arith.select %is_kept{{.*}}, %c112, %tail_width
// KEEPS:        %key_end = arith.select %are_there, %c-96, %{{.*}}
// KEEPS:        scf.for %key = %c-96 to %key_end step %c96
// SHORT:          %k_limit = arith.select %is_tail, %tail_limit, %chunk_limit
// WHOLE:          %k_limit = arith.select %is_tail, %tail_width, %c96
// SHORT:          %v_limit = arith.select %is_tail, %c112, %chunk_limit
// WHOLE:          %v_limit = arith.select %is_tail, %c112, %c96
// The mark behind the last item keeps nothing.
// KEEPS:      scf.if
// KEEPS-COUNT-7: ragged_kernel.store %c0 to %work

// KEEPS:      ragged_kernel.set_registers increase to(160)
// KEEPS:      %stay{{.*}} = ragged_kernel.uniform
// KEEPS:      %[[STAYING:.*]] = arith.cmpi eq, %stay{{.*}}, %c1
// Short rows are the next warpgroup's in turn, ahead of its own block of rows.
// SHORT-NEXT: %[[IS_SHORT:.*]] = arith.cmpi eq, %stay{{.*}}, %c2
// SHORT-NEXT: %[[ONE_MORE:.*]] = arith.addi %groups, %c1
// SHORT-NEXT: %units = arith.select %[[IS_SHORT]], %[[ONE_MORE]], %groups
// SHORT-NEXT: %[[NEXT:.*]] = arith.remui %groups, %c3
// SHORT-NEXT: %[[OWN:.*]] = arith.cmpi eq, %first, %[[NEXT]]
// SHORT-NEXT: %[[DOES:.*]] = arith.andi %[[IS_SHORT]], %[[OWN]]
// SHORT-NEXT: scf.if %[[DOES]]
// SHORT-NEXT:   %[[Q:.*]] = ragged_kernel.shared_rows %q_last_tile[%c0]
// SHORT:        %[[TILES:.*]] = arith.addi %chunks, %c1
// SHORT:        scf.for %tile = %c0 to %[[TILES]] step %c2
// Two tiles at a time. K of tile t is number 2 t - 1 of the slots, or the first, V of it 2 t + 2, or the last. Behind the
// last tile that one comes once more, and no key of it counts.
// SHORT-NEXT:     %[[T:.*]] = arith.minsi %tile, %chunks
// SHORT-NEXT:     %is_tail = arith.cmpi eq, %[[T]], %c0
// SHORT-NEXT:     %[[TWICE:.*]] = arith.muli %[[T]], %c2
// SHORT-NEXT:     %[[K:.*]] = arith.subi %[[TWICE]], %c1
// SHORT-NEXT:     arith.maxsi %[[K]], %c0
// SHORT:          %[[V:.*]] = arith.addi %[[TWICE]], %c2
// SHORT:          arith.minsi %[[V]],
// SHORT:          %live_keys = arith.select %is_tail, %{{.*}}, %c96
// SHORT-NEXT:     ragged_kernel.wait_barrier %full[
// SHORT-NEXT:     ragged_kernel.wait_barrier %full[
// SHORT:          %[[EXISTS:.*]] = arith.cmpi sle, %tile, %chunks
// SHORT-NEXT:     %[[LIVE:.*]] = arith.select %[[EXISTS]], %live_keys, %c0
// SHORT:          %[[SECOND:.*]] = arith.addi %tile, %c1
// SHORT-NEXT:     arith.minsi %[[SECOND]], %chunks
// SHORT:          ragged_kernel.wait_barrier %full[
// SHORT-NEXT:     ragged_kernel.wait_barrier %full[
// SHORT:          %[[EXISTS:.*]] = arith.cmpi sle, %[[SECOND]], %chunks
// SHORT-NEXT:     %[[LIVE2:.*]] = arith.select %[[EXISTS]], %{{.*}}, %c0
// The products of the tiles before read their weights until then.
// SHORT-NEXT:     ragged_kernel.barrier group warps(4){{$}}
// SHORT-NEXT:     %q_last = ragged_kernel.shared_rows %[[Q]][%c0]
// Of 112 keys, 64 and the last 64; the second time the first warp has nothing new.
// SHORT:          %[[S0:.*]] = ragged_kernel.mma_issue warpgroup nt fresh %k_keys, %q_last,
// SHORT:          ragged_kernel.shared_rows %k_slot[%c48]
// SHORT:          %[[S1:.*]] = ragged_kernel.mma_issue warpgroup nt fresh
// SHORT:          %[[S2:.*]] = ragged_kernel.mma_issue warpgroup nt fresh
// SHORT:          %[[S3:.*]] = ragged_kernel.mma_issue warpgroup nt fresh
// SHORT:          %[[W0:.*]] = ragged_kernel.mma_wait warpgroup %[[S0]] newer(3)
// SHORT-NEXT:     ragged_kernel.mask_rows %[[W0]] key(%{{.*}}) length(%[[LIVE]])
// SHORT:          ragged_kernel.mma_wait warpgroup %[[S1]] newer(2)
// SHORT-NEXT:     ragged_kernel.mask_rows %{{.*}} length(%[[LIVE]])
// SHORT:          ragged_kernel.mma_wait warpgroup %[[S2]] newer(1)
// SHORT-NEXT:     ragged_kernel.mask_rows %{{.*}} length(%[[LIVE2]])
// SHORT:          ragged_kernel.mma_wait warpgroup %[[S3]] :
// SHORT-NEXT:     ragged_kernel.mask_rows %{{.*}} length(%[[LIVE2]])
// No branch while products are under way.
// SHORT:          ragged_kernel.store_tile
// SHORT-NEXT:     %[[NEW:.*]] = arith.cmpi sge, %warp_of_group, %c1
// SHORT-NEXT:     scf.if %[[NEW]]
// SHORT:            ragged_kernel.store_tile
// SHORT:          ragged_kernel.store_tile
// SHORT:          scf.if
// SHORT:            ragged_kernel.store_tile
// SHORT:          ragged_kernel.barrier group warps(4) async
// The second product adds to the first, which is under way.
// SHORT-NEXT:     %[[P0:.*]] = ragged_kernel.shared_rows %p_tile[%c128]
// SHORT-NEXT:     %[[O0:.*]] = ragged_kernel.mma_issue warpgroup tn %v_slot, %[[P0]], %{{.*}} !ragged_kernel.acc<16x8xf32> ->
// SHORT-NEXT:     %[[P1:.*]] = ragged_kernel.shared_rows %p_tile[%c240]
// SHORT-NEXT:     %[[O1:.*]] = ragged_kernel.mma_issue warpgroup tn %{{.*}}, %[[P1]], %[[O0]] : {{.*}} !ragged_kernel.pending<16x8xf32> ->
// SHORT-NEXT:     %ones = ragged_kernel.fill 1.000000e+00 : !ragged_kernel.operand<16x224xbf16>
// SHORT-NEXT:     %[[P:.*]] = ragged_kernel.shared_rows %p_tile[%c128] {{.*}}<224x8xbf16
// SHORT-NEXT:     %[[SP:.*]] = ragged_kernel.mma_issue warpgroup nn %ones, %[[P]],
// SHORT-NEXT:     %[[ACC:.*]] = ragged_kernel.mma_wait warpgroup %[[O1]] newer(1)
// SHORT-NEXT:     %[[SUMS:.*]] = ragged_kernel.mma_wait warpgroup %[[SP]] :
// SHORT-NEXT:     scf.yield %[[ACC]], %[[SUMS]]
// Out of range, one warp attends again, to keys that come to a place of its own.
// SHORT:        %strays = ragged_kernel.out_of_range
// SHORT-NEXT:   scf.if %strays
// SHORT:          %[[SCRATCH:.*]] = ragged_kernel.shared_rows %q_last_tile[%c16]
// SHORT-NEXT:     %q_operand = ragged_kernel.load_operand %[[Q]]
// SHORT:          ragged_kernel.copy_async warp %{{.*}} to %scratch
// SHORT:          ragged_kernel.store_rows {{.*}} staging(%[[Q]])
// SHORT:        } else {
// SHORT:          ragged_kernel.store_transposed
// SHORT:        ragged_kernel.arrive warp %empty_last[%c0]

// Slots are given back in the last item of a head only, and the next one begins where this did.
// KEEPS:      ragged_kernel.mma_issue warpgroup nt fresh {{.*}}<48x64xbf16
// KEEPS-NEXT: ragged_kernel.mma_wait
// KEEPS-NEXT: %[[FREED:.*]] = arith.select %[[STAYING]], %c12, %{{.*}}
// KEEPS-NEXT: ragged_kernel.arrive warp %empty[%[[FREED]]]
// KEEPS:      scf.for %key
// KEEPS:        ragged_kernel.mma_wait warpgroup %{{.*}} newer(1)
// KEEPS-NEXT:   %[[FREED:.*]] = arith.select %[[STAYING]], %c12, %{{.*}}
// KEEPS-NEXT:   ragged_kernel.arrive warp %empty[%[[FREED]]]
// KEEPS:        ragged_kernel.mma_wait warpgroup
// KEEPS-NEXT:   %[[FREED:.*]] = arith.select %[[STAYING]], %c12, %{{.*}}
// KEEPS-NEXT:   ragged_kernel.arrive warp %empty[%[[FREED]]]
// KEEPS:      ragged_kernel.out_of_range
// KEEPS:      ragged_kernel.copy_async warp %{{.*}} to %q_warp
// A warpgroup without rows has nothing to pass by where tiles stay.
// KEEPS:      %[[SOME:.*]] = arith.cmpi slt, %first_row, %end_row
// KEEPS-NEXT: %[[GOES:.*]] = arith.cmpi ne, %stay{{.*}}, %c1
// KEEPS-NEXT: %[[TAKES:.*]] = arith.andi %[[SOME]], %[[GOES]]
// KEEPS:      %tiles = arith.select %[[TAKES]], %{{.*}}, %c0
// KEEPS-NEXT: scf.for %tile{{.*}} = %c0 to %tiles
// KEEPS:      arith.select %[[STAYING]], %slot, %{{.*}}
// KEEPS-NEXT: arith.select %[[STAYING]], %phase, %{{.*}}
func.func @f(%q: tensor<?x12x64xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<?x12x64xbf16>, %offsets: tensor<?xi32>)
    -> tensor<?x12x64xbf16> {
  %o = ragged.attention %q, %k, %v offsets(%offsets)
      : tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return %o : tensor<?x12x64xbf16>
}
