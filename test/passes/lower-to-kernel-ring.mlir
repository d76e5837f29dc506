// The family ring: which warpgroup does what, who waits for whom, and in which order products are issued.
// RUN: ragged-opt %s --ragged-specialise="max-seqlen=205" --ragged-choose-schedule="arch=sm_90a family=ring" --ragged-lower-to-kernel --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %s --check-prefix=RESIDENT
// RUN: ragged-opt %s --ragged-specialise="max-seqlen=577" --ragged-choose-schedule="arch=sm_90a family=ring copies=cp_async" --ragged-lower-to-kernel --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %s --check-prefix=STREAM
// The passes behind it have nothing to do but to place the two words of a dependent launch.
// RUN: ragged-opt %s --raggedc-pipeline="max-seqlen=205 arch=sm_90a family=ring" --mlir-use-nameloc-as-prefix | FileCheck %s --check-prefix=ALL

// Sizes that need no second width of the tail, or no chunk.
// RUN: ragged-opt %s --ragged-specialise="max-seqlen=64" --ragged-choose-schedule="arch=sm_90a family=ring" --ragged-lower-to-kernel --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %s --check-prefix=SMALL

// A capacity of whole chunks has tails and slots as wide as one, and a whole tail has no mask.
// RUN: ragged-opt %s --ragged-specialise="max-seqlen=384 block-n=96" --ragged-choose-schedule="arch=sm_90a family=ring stages=14" --ragged-lower-to-kernel --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %s --check-prefix=WHOLE
// Two warpgroups that compute have more registers.
// RUN: ragged-opt %s --ragged-specialise="max-seqlen=384" --ragged-choose-schedule="arch=sm_90a family=ring warps=12" --ragged-lower-to-kernel --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %s --check-prefix=TWO

// Weights of f16 would overflow: under a maximum.
// RUN: sed 's/bf16/f16/g' %s | ragged-opt --ragged-specialise="max-seqlen=197" --ragged-choose-schedule="arch=sm_90a family=ring" --ragged-lower-to-kernel | FileCheck %s --check-prefix=MAX --implicit-check-not=out_of_range
// MAX: ragged_kernel.row_max

// What it cannot do.
// RUN: not ragged-opt %s --raggedc-pipeline="max-seqlen=197 arch=sm_90a family=ring softmax=single_pass" 2>&1 | FileCheck %s --check-prefix=SOFTMAX
// SOFTMAX: error: {{.*}}expected a schedule that fits sm_90a
// RUN: not ragged-opt %s --raggedc-pipeline="max-seqlen=197 arch=sm_90 family=ring" 2>&1 | FileCheck %s --check-prefix=ARCH
// ARCH: error: {{.*}}wgmma needs sm_90a, got sm_90

// RESIDENT-LABEL: ragged_kernel.kernel @f_attention(
// RESIDENT-SAME: %batch: index) attributes {block_size = 512 : i64
// RESIDENT:      %k_tiles = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<2x208x64xbf16, <xor, 128>>
// RESIDENT:      %v_tiles = ragged_kernel.alloc_shared offset(53248) : !ragged_kernel.shared<2x208x64xbf16, <xor, 128>>
// RESIDENT:      %q_tiles = ragged_kernel.alloc_shared offset(106496) : !ragged_kernel.shared<2x256x64xbf16, <xor, 128>>
// RESIDENT:      ragged_kernel.init_barriers %full_qk arrivals(129)
// RESIDENT:      ragged_kernel.init_barriers %full_v arrivals(128)
// RESIDENT:      ragged_kernel.init_barriers %empty arrivals(12)
// RESIDENT:      ragged_kernel.barrier block
// RESIDENT:      %items = arith.muli %batch
// RESIDENT:      scf.if
// RESIDENT-NEXT:   ragged_kernel.set_registers to(32)
// RESIDENT:        scf.for %item = %block_id to %items step %blocks
// RESIDENT:          ragged_kernel.sequence
// RESIDENT:          ragged_kernel.wait_barrier %empty[%stage] phase(%phase)
// RESIDENT:          %q_copy = ragged_kernel.copy_async warpgroup
// RESIDENT:          %k_copy = ragged_kernel.copy_async warpgroup
// RESIDENT-NEXT:     ragged_kernel.arrive_copies(%q_copy, %k_copy) at %full_qk[%stage]
// RESIDENT:          ragged_kernel.store %begin to %work
// RESIDENT:          ragged_kernel.arrive %full_qk[%stage]
// RESIDENT:          %v_copy = ragged_kernel.copy_async warpgroup
// RESIDENT-NEXT:     ragged_kernel.arrive_copies(%v_copy) at %full_v[%stage]
// RESIDENT:        }
// RESIDENT-NEXT:   ragged_kernel.wait_group pending(0)
// RESIDENT-NEXT: } else {
// RESIDENT-NEXT:   ragged_kernel.set_registers increase to(160)
// RESIDENT:        scf.for %item = %block_id to %items step %blocks
// RESIDENT-NEXT:     %[[STAGE:.*]] = ragged_kernel.uniform %stage
// RESIDENT-NEXT:     ragged_kernel.wait_barrier %full_qk[%[[STAGE]]] phase(%phase)
// RESIDENT:          %length{{.*}} = ragged_kernel.uniform
// RESIDENT:          ragged_kernel.fence_async
// RESIDENT:          scf.for %group_row =
// RESIDENT-NEXT:       %{{.*}} = ragged_kernel.uniform %group_row
// The tail, with its mask and the wait for V in front of the first product with it.
// RESIDENT:            scf.if
// RESIDENT:              ragged_kernel.mma_issue warpgroup nt fresh {{.*}}<48x64xbf16
// RESIDENT:              ragged_kernel.mma_wait warpgroup
// RESIDENT:              ragged_kernel.mask_keys
// RESIDENT:              ragged_kernel.exp_diff two
// RESIDENT:              scf.if
// RESIDENT:                ragged_kernel.wait_barrier %full_v[%[[STAGE]]] phase(%phase)
// RESIDENT-NEXT:           ragged_kernel.fence_async
// RESIDENT:                ragged_kernel.mma_issue warpgroup nn fresh
// RESIDENT:              } else {
// RESIDENT:                ragged_kernel.wait_barrier %full_v[%[[STAGE]]] phase(%phase)
// Two products at once, and the softmax of the first under the second. No mask, and no loop for one chunk.
// RESIDENT:                %[[S:.*]] = ragged_kernel.mma_issue warpgroup nt fresh {{.*}}<96x64xbf16
// RESIDENT-NEXT:           %[[O:.*]] = ragged_kernel.mma_issue warpgroup nn fresh
// RESIDENT-NEXT:           %[[SCORES:.*]] = ragged_kernel.mma_wait warpgroup %[[S]] newer(1)
// RESIDENT-NEXT:           %[[ZERO:.*]] = ragged_kernel.fill 0.000000e+00 : !ragged_kernel.row_vector<16>
// RESIDENT-NEXT:           ragged_kernel.exp_diff two %[[SCORES]], %[[ZERO]] scale
// RESIDENT-NEXT:           ragged_kernel.row_sum
// RESIDENT-NEXT:           ragged_kernel.mma_wait warpgroup %[[O]] :
// RESIDENT-NEXT:           ragged_kernel.to_operand
// RESIDENT-NOT:            scf.for
// RESIDENT:                ragged_kernel.mma_issue warpgroup nn %
// RESIDENT:              ragged_kernel.mma_issue warpgroup nt fresh {{.*}}<112x64xbf16
// A warp with rows whose sums say that they needed a maximum attends again, alone, from its Q and the keys, which are all
// still there. Its result is staged where its Q was, behind that.
// RESIDENT:              %[[LEFT:.*]] = arith.cmpi sgt, %rows_left
// RESIDENT-NEXT:         scf.if %[[LEFT]] {
// RESIDENT-NEXT:           %[[SUM:.*]] = ragged_kernel.reduce_sum
// RESIDENT-NEXT:           %strays = ragged_kernel.out_of_range %[[SUM]] from(5.42101086E-20) to(1.84467441E+19)
// RESIDENT-NEXT:           %[[SHORT:.*]] = arith.cmpi sle, %[[LENGTH:.*]], %c16
// RESIDENT-NEXT:           %again = arith.ori %strays, %[[SHORT]]
// RESIDENT-NEXT:           scf.if %again
// RESIDENT:                  scf.for %[[KEY:.*]] = %c0 to %[[LENGTH]] step %c16
// RESIDENT-NEXT:               %[[KEYS:.*]] = ragged_kernel.shared_rows %[[K:.*]][%[[KEY]]]
// RESIDENT:                    ragged_kernel.mma_issue nt %q_warp, %[[KEYS]],
// RESIDENT:                    ragged_kernel.mask_keys {{.*}} key(%[[KEY]]) length(%[[LENGTH]])
// RESIDENT-NEXT:               ragged_kernel.row_max
// RESIDENT-NEXT:               ragged_kernel.reduce_max
// RESIDENT-NEXT:               ragged_kernel.correction two
// RESIDENT-NEXT:               ragged_kernel.exp_diff two
// RESIDENT-NEXT:               ragged_kernel.mul_rows
// RESIDENT-NEXT:               ragged_kernel.row_sum
// RESIDENT-NEXT:               ragged_kernel.rescale
// RESIDENT-NEXT:               ragged_kernel.to_operand
// RESIDENT-NEXT:               %[[VALUES:.*]] = ragged_kernel.shared_rows %{{.*}}[%[[KEY]]]
// RESIDENT-NEXT:               ragged_kernel.mma_issue nn %{{.*}}, %[[VALUES]],
// RESIDENT:                  ragged_kernel.reduce_sum
// RESIDENT:                ragged_kernel.normalize
// RESIDENT:                ragged_kernel.store_rows {{.*}} staging(%q_warp)
// Everyone waits for V, so that nobody mistakes its phase, and gives the stage back.
// RESIDENT:          ragged_kernel.wait_barrier %full_v[%[[STAGE]]] phase(%phase)
// RESIDENT-NEXT:     ragged_kernel.arrive warp %empty[%[[STAGE]]]
// RESIDENT:      func.func @f
// RESIDENT:        ragged_kernel.launch @f_attention{{.*}} grid(<operand = 3, dim = 0, add = -1, mul = 12>, {{.*}}) resident(1)
// RESIDENT-SAME:   scalars([#ragged_kernel.extent<operand = 3, dim = 0, add = -1, mul = 1>])

// STREAM-LABEL: ragged_kernel.kernel @f_attention(
// STREAM:      %kv_tiles = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<11x112x64xbf16, <xor, 128>>
// STREAM:      %q_tiles = ragged_kernel.alloc_shared offset(157696) : !ragged_kernel.shared<3x192x64xbf16, <xor, 128>>
// STREAM:      ragged_kernel.init_barriers %full_item arrivals(1)
// STREAM:      ragged_kernel.init_barriers %full arrivals(128)
// STREAM:      ragged_kernel.set_registers to(32)
// Each lane looks at an item. Of one that has rows they are as many groups of 64 as those of the others or one more.
// STREAM:      scf.for %first_item = %block_id to %items
// STREAM:        %item_of_lane = arith.addi %first_item
// STREAM:        %begins, %lengths = ragged_kernel.lane_sequence
// STREAM:        %parts = arith.divui
// STREAM:        arith.cmpi slt, %part, %parts
// STREAM:        scf.for %found = %c0 to %c32 step %c1
// STREAM-NEXT:     %length = ragged_kernel.from_lane %{{.*}}[%found]
// STREAM-NEXT:     %[[HAS_ROWS:.*]] = arith.cmpi sgt, %length, %c0
// STREAM-NEXT:     scf.if %[[HAS_ROWS]]
// STREAM:            %each = arith.divui %groups{{.*}}, %parts
// STREAM:            %more = arith.remui %groups{{.*}}, %parts
// What is held goes before a wait for those that compute. Q comes before the tiles, which are handed over two late.
// STREAM:      %is_pending = ragged_kernel.barrier_pending %empty_item[%buffer] phase(%item_phase)
// STREAM-NEXT: scf.if %is_pending
// STREAM-NEXT:   ragged_kernel.wait_group pending(0)
// STREAM-NEXT:   ragged_kernel.fence_async
// STREAM:        scf.for
// STREAM:          ragged_kernel.arrive %full[
// STREAM:      %held{{.*}} = arith.select %is_pending, %c0
// STREAM-NEXT: ragged_kernel.wait_barrier %empty_item[%buffer] phase(%item_phase)
// STREAM:      ragged_kernel.store %head to %work
// STREAM:      %q_copy = ragged_kernel.copy_async warpgroup
// STREAM-NEXT: %{{.*}} = ragged_kernel.commit_group(%q_copy)
// STREAM:      scf.for %key{{.*}} = %c-96
// STREAM:        ragged_kernel.wait_barrier %empty[%slot{{.*}}] phase(%phase{{.*}})
// STREAM:        %k_copy = ragged_kernel.copy_async warpgroup
// STREAM-NEXT:   %{{.*}} = ragged_kernel.commit_group(%k_copy)
// STREAM-NEXT:   ragged_kernel.wait_group pending(2)
// STREAM-NEXT:   ragged_kernel.fence_async
// STREAM:        scf.if
// STREAM:          ragged_kernel.arrive %full[%oldest{{.*}}]
// The whole tile of V is there for the tail, as far as its weights reach.
// STREAM:        %v_limit = arith.select %is_tail{{.*}}, %c112, %c96
// STREAM:        %v_copy = ragged_kernel.copy_async warpgroup
// STREAM-NOT:  copy_async
// At last what is held, and, if there could have been more items, one that ends at row 0.
// STREAM:      ragged_kernel.wait_group pending(0)
// STREAM-NEXT: ragged_kernel.fence_async
// STREAM:      scf.for
// STREAM:        ragged_kernel.arrive %full[
// STREAM:      %next_item = arith.addi %block_id
// STREAM-NEXT: arith.cmpi slt, %next_item, %items
// STREAM-NEXT: scf.if
// STREAM:        ragged_kernel.wait_barrier %empty_item[
// STREAM:        ragged_kernel.store %c0 to %work
// STREAM:        ragged_kernel.arrive %full_item[
// STREAM:      ragged_kernel.set_registers increase to(160)
// STREAM:      scf.for %count
// STREAM-NEXT:   arith.cmpi sge, %turn, %c0
// STREAM-NEXT:   scf.if
// The tails have scores and weights of their own; a narrow one's weights get zeros, and all goes on as one.
// STREAM:      scf.if
// STREAM:        ragged_kernel.mma_issue warpgroup nt fresh {{.*}}<48x64xbf16
// STREAM:        ragged_kernel.mask_keys
// Without a maximum, which a warp takes whose rows stray or have few keys.
// STREAM:        %[[SUMS:.*]] = ragged_kernel.reduce_sum
// STREAM-NEXT:   %strays = ragged_kernel.out_of_range %[[SUMS]]
// STREAM:        scf.if %again
// STREAM:          ragged_kernel.mma_issue nt %q_warp,
// STREAM:          ragged_kernel.mask_keys
// STREAM:          ragged_kernel.reduce_max
// STREAM:        ragged_kernel.widen %{{.*}} : !ragged_kernel.operand<16x48xbf16> -> !ragged_kernel.operand<16x112xbf16>
// STREAM:      } else {
// STREAM:        ragged_kernel.mma_issue warpgroup nt fresh {{.*}}<112x64xbf16
// STREAM:        ragged_kernel.mask_keys
// STREAM:        scf.if %again
// STREAM:          ragged_kernel.mask_keys
// STREAM-NOT:    mask_keys
// In the loop over chunks, the maximum stays unless it must rise; then a warp computes its scores again.
// STREAM:      scf.for %key{{.*}} = %{{.*}} to %c0 step %c96
// STREAM-NEXT:   %[[SLOT:.*]] = ragged_kernel.uniform %slot
// STREAM-NEXT:   ragged_kernel.wait_barrier %full[%[[SLOT]]]
// STREAM:        ragged_kernel.wait_barrier %full[
// STREAM:        ragged_kernel.mma_issue warpgroup nt fresh
// STREAM-NEXT:   ragged_kernel.mma_issue warpgroup nn
// STREAM-NEXT:   ragged_kernel.mma_wait warpgroup %{{.*}} newer(1)
// STREAM-NEXT:   ragged_kernel.exp_diff two
// STREAM-NEXT:   ragged_kernel.fill
// STREAM-NEXT:   %chunk_sum{{.*}} = ragged_kernel.row_sum
// STREAM-NEXT:   %rises{{.*}} = ragged_kernel.outgrows %chunk_sum{{.*}}, %max{{.*}} limit(1.84467441E+19)
// STREAM-NEXT:   ragged_kernel.add_rows
// STREAM-NEXT:   ragged_kernel.mma_wait warpgroup
// STREAM-NEXT:   ragged_kernel.arrive warp %empty[
// STREAM-NEXT:   %[[P:.*]] = ragged_kernel.to_operand
// STREAM-NEXT:   scf.if %rises
// STREAM:          ragged_kernel.mma_issue nt %q_warp
// STREAM:        } else {
// STREAM-NEXT:     scf.yield
// STREAM:        ragged_kernel.arrive warp %empty[
// A warpgroup without rows takes tiles and gives them back.
// STREAM:      scf.for %tile{{.*}} =
// STREAM:        ragged_kernel.wait_barrier %full[
// STREAM:        ragged_kernel.arrive warp %empty[
// STREAM:      ragged_kernel.arrive warp %empty_item[%buffer{{.*}}]

// WHOLE:      ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<14x96x64xbf16, <xor, 128>>
// WHOLE:      ragged_kernel.mma_issue warpgroup nt fresh {{.*}}<48x64xbf16
// WHOLE:      ragged_kernel.mask_keys
// WHOLE:      ragged_kernel.mma_issue warpgroup nt fresh {{.*}}<96x64xbf16
// WHOLE:      scf.if
// WHOLE-NEXT:   ragged_kernel.mask_keys
// WHOLE-NEXT:   scf.yield
// WHOLE-NEXT: } else {

// TWO:      attributes {block_size = 384 : i64
// TWO:      ragged_kernel.init_barriers %empty_item arrivals(8)
// TWO:      ragged_kernel.set_registers to(40)
// TWO:      ragged_kernel.set_registers increase to(232)

// ALL:      ragged_kernel.init_barriers
// ALL:      ragged_kernel.barrier block
// ALL:      ragged_kernel.grid_dependency_wait
// ALL-NEXT: scf.if
// ALL:        ragged_kernel.sequence
// ALL:          scf.yield
// ALL-NEXT:   }
// ALL-NEXT:   ragged_kernel.launch_dependents
// ALL-NEXT:   ragged_kernel.wait_group pending(0)
// ALL-NEXT: } else {

// SMALL:      ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<4x64x64xbf16, <xor, 128>>
// SMALL:      ragged_kernel.mma_issue warpgroup nt
// SMALL:      ragged_kernel.mma_issue warpgroup nn
// SMALL-NOT:  ragged_kernel.mma_issue warpgroup
func.func @f(%q: tensor<?x12x64xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<?x12x64xbf16>, %offsets: tensor<?xi32>)
    -> tensor<?x12x64xbf16> {
  %o = ragged.attention %q, %k, %v offsets(%offsets)
      : tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return %o : tensor<?x12x64xbf16>
}
