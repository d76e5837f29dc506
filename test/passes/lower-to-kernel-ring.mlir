// The family ring: which warpgroup does what, who waits for whom, and in which order products are issued.
// RUN: ragged-opt %s --ragged-specialise="max-seqlen=205" --ragged-choose-schedule="arch=sm_90a family=ring" --ragged-lower-to-kernel --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %s --check-prefix=RESIDENT
// With a slot less than all tiles of a head take they all pass; lower-to-kernel-ring-stays.mlir has more slots.
// RUN: ragged-opt %s --ragged-specialise="max-seqlen=577" --ragged-choose-schedule="arch=sm_90a family=ring copies=cp_async stages=11" --ragged-lower-to-kernel --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %s --check-prefix=STREAM
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
// Where tiles pass, the maximum lags behind.
// RUN: sed 's/bf16/f16/g' %s | ragged-opt --ragged-specialise="max-seqlen=577" --ragged-choose-schedule="arch=sm_90a family=ring stages=11" --ragged-lower-to-kernel --canonicalize --mlir-use-nameloc-as-prefix | FileCheck %s --check-prefix=LAGGED --implicit-check-not=out_of_range

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
// Of a few keys one may have all the weight, which then is exactly 1.
// RESIDENT-NEXT:         %[[FEW:.*]] = arith.cmpi sle, %length{{.*}}, %c16
// RESIDENT-NEXT:         %max = scf.if %[[FEW]]
// RESIDENT:                ragged_kernel.row_max
// RESIDENT-NEXT:           ragged_kernel.reduce_max
// RESIDENT:              } else {
// RESIDENT-NEXT:           ragged_kernel.fill 0.000000e+00
// RESIDENT:              ragged_kernel.exp_diff two %{{.*}}, %max
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
// RESIDENT-NEXT:           scf.if %strays
// RESIDENT:                  scf.for %[[KEY:.*]] = %c0 to %[[LENGTH:.*]] step %c16
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
// Q of three items, in slots of 64 rows, each with words.
// STREAM-NEXT: %q_tiles = ragged_kernel.alloc_shared offset(157696) : !ragged_kernel.shared<9x64x64xbf16, <xor, 128>>
// STREAM-NEXT: %full_item = ragged_kernel.alloc_barriers offset(231424) : !ragged_kernel.barriers<9>
// STREAM-NEXT: ragged_kernel.init_barriers %full_item arrivals(4)
// STREAM-NEXT: %empty_q = ragged_kernel.alloc_barriers offset(231496) : !ragged_kernel.barriers<9>
// STREAM-NEXT: ragged_kernel.init_barriers %empty_q arrivals(12)
// STREAM-NEXT: %full = ragged_kernel.alloc_barriers offset(231568) : !ragged_kernel.barriers<11>
// STREAM-NEXT: ragged_kernel.init_barriers %full arrivals(128)
// STREAM-NEXT: %empty = ragged_kernel.alloc_barriers offset(231656) : !ragged_kernel.barriers<11>
// STREAM-NEXT: ragged_kernel.init_barriers %empty arrivals(12)
// STREAM-NEXT: %work = ragged_kernel.alloc_shared {{.*}} : !ragged_kernel.shared<54xi32>
// STREAM:      ragged_kernel.set_registers to(32)
// Each lane looks at an item. Of one that has rows they are as many groups of 64 as those of the others or one more.
// STREAM:      scf.for %first_step = %c0 to %steps step %c32 iter_args(%count = %c0, %piece = %c0, %slot = %c0, %phase = %c1, %held = %c0)
// STREAM-NEXT:   %step = arith.addi %first_step, %lane
// STREAM:        %begins, %lengths = ragged_kernel.lane_sequence
// STREAM:        %parts = arith.divui
// STREAM-NEXT:   arith.cmpi slt, %part, %parts
// STREAM:        scf.for %found = %c0 to %c32 step %c1
// STREAM-NEXT:     %length = ragged_kernel.from_lane %{{.*}}[%found]
// STREAM-NEXT:     %[[HAS_ROWS:.*]] = arith.cmpi sgt, %length, %c0
// STREAM-NEXT:     scf.if %[[HAS_ROWS]]
// STREAM:            %each = arith.divui %groups{{.*}}, %parts
// STREAM-NEXT:       %more = arith.remui %groups{{.*}}, %parts
// The phase of a slot of Q is the lap that its number is in: the second of two begins at 9. The item's last slot is free
// when all of them are.
// STREAM:      %[[LAPS:.*]] = arith.cmpi sge, %[[LAST:.*]], %c18
// STREAM-NEXT: %[[WRAPPED:.*]] = arith.subi %[[LAST]], %c18
// STREAM-NEXT: %piece_after = arith.select %[[LAPS]], %[[WRAPPED]], %[[LAST]]
// STREAM-NEXT: %[[SECOND:.*]] = arith.cmpi sge, %piece_after, %c9
// STREAM-NEXT: %[[OF_SECOND:.*]] = arith.subi %piece_after, %c9
// STREAM-NEXT: %q_slot = arith.select %[[SECOND]], %[[OF_SECOND]], %piece_after
// STREAM-NEXT: %q_phase = arith.select %[[SECOND]], %c0, %c1
// What is held goes before a wait for those that compute, and before tiles that arrive by themselves.
// STREAM-NEXT: %is_pending = ragged_kernel.barrier_pending %empty_q[%q_slot] phase(%q_phase)
// STREAM:      %[[ALONE:.*]] = arith.cmpi eq, %tail_key{{.*}}, %c0
// STREAM-NEXT: %[[HELD:.*]] = arith.cmpi sgt, %held{{.*}}, %c0
// STREAM-NEXT: %[[OR:.*]] = arith.ori %is_pending, %[[ALONE]]
// STREAM-NEXT: %[[GOES:.*]] = arith.andi %[[HELD]], %[[OR]]
// STREAM-NEXT: scf.if %[[GOES]]
// STREAM-NEXT:   ragged_kernel.wait_group pending(0)
// STREAM-NEXT:   ragged_kernel.fence_async
// STREAM:        scf.for
// STREAM:          ragged_kernel.arrive %full[
// STREAM:      %held{{.*}} = arith.select %[[GOES]], %c0
// STREAM-NEXT: ragged_kernel.wait_barrier %empty_q[%q_slot] phase(%q_phase)
// STREAM-NEXT: %item_slot = arith.remui %count{{.*}}, %c9
// STREAM:      ragged_kernel.store %piece{{.*}} to %work
// Q comes before the tiles, which are handed over two late.
// STREAM:      scf.for %i = %c0 to %groups
// STREAM:        %q_copy = ragged_kernel.copy_async warpgroup
// STREAM:      ragged_kernel.commit_group()
// STREAM-NEXT: ragged_kernel.arrive warp %full_item[%item_slot]
// STREAM:      scf.for %key{{.*}} = %c-96
// STREAM:        ragged_kernel.wait_barrier %empty[%slot{{.*}}] phase(%phase{{.*}})
// STREAM:        %k_copy = ragged_kernel.copy_async warpgroup
// Of a sequence of one tile they arrive by themselves.
// STREAM-NEXT:   scf.if %is_alone
// STREAM-NEXT:     ragged_kernel.arrive_copies(%k_copy) at %full[
// STREAM:        } else {
// STREAM-NEXT:     %{{.*}} = ragged_kernel.commit_group(%k_copy)
// STREAM-NEXT:     ragged_kernel.wait_group pending(2)
// STREAM-NEXT:     ragged_kernel.fence_async
// STREAM:          scf.if
// STREAM:            ragged_kernel.arrive %full[%oldest{{.*}}]
// The whole tile of V is there for the tail, as far as its weights reach.
// STREAM:        %v_limit = arith.select %is_tail{{.*}}, %c112, %c96
// STREAM:        %v_copy = ragged_kernel.copy_async warpgroup
// STREAM-NEXT:   scf.if %is_alone
// STREAM-NEXT:     ragged_kernel.arrive_copies(%v_copy) at %full[
// STREAM-NOT:  copy_async
// At last what is held, and, if there could have been more items, one that ends at row 0.
// STREAM:      ragged_kernel.wait_group pending(0)
// STREAM-NEXT: ragged_kernel.fence_async
// STREAM:      scf.for
// STREAM:        ragged_kernel.arrive %full[
// STREAM:      arith.cmpi slt, %{{.*}}, %steps
// STREAM-NEXT: scf.if
// STREAM:        ragged_kernel.wait_barrier %empty_q[
// STREAM:        ragged_kernel.store %c0 to %work
// STREAM:        ragged_kernel.arrive warp %full_item[
// STREAM:      ragged_kernel.set_registers increase to(160)
// STREAM:      scf.for %count
// STREAM-NEXT:   arith.cmpi sge, %turn, %c0
// STREAM-NEXT:   scf.if
// STREAM:          ragged_kernel.wait_barrier %full_item[%item_slot] phase(%item_phase)
// STREAM:          ragged_kernel.slot %q_tiles[
// What has arrived by itself is shown to the products by those who read it.
// STREAM:      ragged_kernel.wait_barrier %full[
// STREAM:      %[[BY_ITSELF:.*]] = arith.cmpi eq, %tail_key, %c0
// STREAM-NEXT: scf.if %[[BY_ITSELF]]
// STREAM-NEXT:   ragged_kernel.fence_async
// The tails have scores and weights of their own; a narrow one's weights get zeros, and all goes on as one. Only a narrow
// one may have all keys of few.
// STREAM:      scf.if
// STREAM:        ragged_kernel.mma_issue warpgroup nt fresh {{.*}}<48x64xbf16
// STREAM:        ragged_kernel.mask_keys
// STREAM-NEXT:   %[[FEW:.*]] = arith.cmpi sle, %length, %c16
// STREAM-NEXT:   %max = scf.if %[[FEW]]
// STREAM:          ragged_kernel.reduce_max
// STREAM:        ragged_kernel.exp_diff two %{{.*}}, %max
// STREAM:        ragged_kernel.widen %{{.*}} : !ragged_kernel.operand<16x48xbf16> -> !ragged_kernel.operand<16x112xbf16>
// STREAM:      } else {
// STREAM:        ragged_kernel.mma_issue warpgroup nt fresh {{.*}}<112x64xbf16
// STREAM:        %[[MASKED:.*]] = ragged_kernel.mask_keys
// STREAM-NEXT:   %[[ZERO:.*]] = ragged_kernel.fill 0.000000e+00 : !ragged_kernel.row_vector<16>
// STREAM-NEXT:   ragged_kernel.exp_diff two %[[MASKED]], %[[ZERO]]
// Where that is all, V has come by itself too.
// STREAM:      scf.if
// STREAM:        ragged_kernel.wait_barrier %full[
// STREAM:        ragged_kernel.fence_async
// STREAM:        ragged_kernel.mma_issue warpgroup nn fresh
// STREAM:      } else {
// In the loop over chunks there is no maximum, and nothing to correct.
// STREAM:      scf.for %key{{.*}} = %{{.*}} to %c0 step %c96 iter_args(%acc{{[^,]*}}, %sum{{[^,]*}}, %p{{[^,]*}}, %slot{{[^,]*}}, %phase{{[^,]*}})
// STREAM-NEXT:   %[[SLOT:.*]] = ragged_kernel.uniform %slot
// STREAM-NEXT:   ragged_kernel.wait_barrier %full[%[[SLOT]]]
// STREAM:        %[[VSLOT:.*]] = ragged_kernel.uniform %slot
// STREAM-NEXT:   ragged_kernel.wait_barrier %full[%[[VSLOT]]]
// STREAM:        %[[S:.*]] = ragged_kernel.mma_issue warpgroup nt fresh
// STREAM-NEXT:   %[[O:.*]] = ragged_kernel.mma_issue warpgroup nn
// STREAM-NEXT:   %[[SCORES:.*]] = ragged_kernel.mma_wait warpgroup %[[S]] newer(1)
// STREAM-NEXT:   ragged_kernel.arrive warp %empty[%[[SLOT]]]
// STREAM-NEXT:   %[[ZERO:.*]] = ragged_kernel.fill 0.000000e+00 : !ragged_kernel.row_vector<16>
// STREAM-NEXT:   ragged_kernel.exp_diff two %[[SCORES]], %[[ZERO]]
// STREAM-NEXT:   ragged_kernel.row_sum
// STREAM-NEXT:   ragged_kernel.mma_wait warpgroup %[[O]]
// STREAM-NEXT:   ragged_kernel.arrive warp %empty[%[[VSLOT]]]
// STREAM-NEXT:   ragged_kernel.to_operand
// STREAM-NEXT:   scf.yield
// A warp with a row out of range attends again, to all keys, which come from global memory to where its Q was, 16 at a
// time; Q has been read before.
// STREAM:      %[[SUMS:.*]] = ragged_kernel.reduce_sum
// STREAM-NEXT: %strays = ragged_kernel.out_of_range %[[SUMS]] from(5.42101086E-20) to(1.84467441E+19)
// STREAM-NEXT: scf.if %strays
// STREAM-NEXT:   %q_operand = ragged_kernel.load_operand %q_warp
// STREAM:        scf.for %[[KEY:.*]] = %c0 to %[[LENGTH:.*]] step %c16
// STREAM-NEXT:     ragged_kernel.barrier warp
// STREAM-NEXT:     %[[K:.*]] = ragged_kernel.rows_from %k_rows{{.*}}[%[[KEY]]]
// STREAM:          %k_copy = ragged_kernel.copy_async warp %[[K]] to %q_warp valid(%keys_left)
// STREAM-NEXT:     %[[GROUP:.*]] = ragged_kernel.commit_group(%k_copy)
// STREAM-NEXT:     ragged_kernel.wait_group %[[GROUP]] pending(0)
// STREAM-NEXT:     ragged_kernel.barrier warp
// STREAM:          ragged_kernel.mma_issue nt %q_operand, %q_warp,
// STREAM:          ragged_kernel.mask_keys {{.*}} key(%[[KEY]]) length(%[[LENGTH]])
// STREAM-NEXT:     ragged_kernel.row_max
// STREAM:          ragged_kernel.barrier warp
// STREAM-NEXT:     %[[V:.*]] = ragged_kernel.rows_from %v_rows{{.*}}[%[[KEY]]]
// STREAM:          %v_copy = ragged_kernel.copy_async warp %[[V]] to %q_warp valid(%keys_left{{.*}})
// STREAM:          ragged_kernel.barrier warp
// STREAM-NEXT:     ragged_kernel.mma_issue nn %{{.*}}, %q_warp,
// STREAM:      ragged_kernel.store_rows {{.*}} staging(%q_warp)
// A warpgroup without rows takes tiles and gives them back.
// STREAM:      scf.for %tile{{.*}} =
// STREAM:        ragged_kernel.wait_barrier %full[
// STREAM-NEXT:   ragged_kernel.arrive warp %empty[
// All slots of the item's Q.
// STREAM:      scf.for %i = %c0 to %groups
// STREAM:        ragged_kernel.arrive warp %empty_q[%q_slot]

// In the loop over chunks, the maximum stays unless it must rise; then a warp computes its scores again, from a tile that
// it has not given back.
// LAGGED:      scf.for %key{{.*}} = %{{.*}} to %c0 step %c96
// LAGGED-NEXT:   %[[SLOT:.*]] = ragged_kernel.uniform %slot
// LAGGED-NEXT:   ragged_kernel.wait_barrier %full[%[[SLOT]]]
// LAGGED:        %[[VSLOT:.*]] = ragged_kernel.uniform %slot
// LAGGED-NEXT:   ragged_kernel.wait_barrier %full[%[[VSLOT]]]
// LAGGED:        ragged_kernel.mma_issue warpgroup nt fresh
// LAGGED-NEXT:   ragged_kernel.mma_issue warpgroup nn
// LAGGED-NEXT:   ragged_kernel.mma_wait warpgroup %{{.*}} newer(1)
// LAGGED-NEXT:   ragged_kernel.exp_diff two
// LAGGED-NEXT:   ragged_kernel.fill
// LAGGED-NEXT:   %chunk_sum{{.*}} = ragged_kernel.row_sum
// LAGGED-NEXT:   %rises{{.*}} = ragged_kernel.outgrows %chunk_sum{{.*}}, %max{{.*}} limit(2.560000e+02)
// LAGGED-NEXT:   ragged_kernel.add_rows
// LAGGED-NEXT:   ragged_kernel.mma_wait warpgroup
// LAGGED-NEXT:   ragged_kernel.arrive warp %empty[%[[VSLOT]]]
// LAGGED-NEXT:   %[[P:.*]] = ragged_kernel.to_operand
// LAGGED-NEXT:   scf.if %rises
// LAGGED:          ragged_kernel.mma_issue nt %q_warp
// LAGGED:        } else {
// LAGGED-NEXT:     scf.yield
// LAGGED:        ragged_kernel.arrive warp %empty[%[[SLOT]]]

// WHOLE:      ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<14x96x64xbf16, <xor, 128>>
// WHOLE:      ragged_kernel.mma_issue warpgroup nt fresh {{.*}}<48x64xbf16
// WHOLE:      ragged_kernel.mask_keys
// WHOLE:      ragged_kernel.mma_issue warpgroup nt fresh {{.*}}<96x64xbf16
// WHOLE:      scf.if
// WHOLE-NEXT:   ragged_kernel.mask_keys
// WHOLE-NEXT:   scf.yield
// WHOLE-NEXT: } else {

// TWO:      attributes {block_size = 384 : i64
// TWO:      ragged_kernel.init_barriers %empty_q arrivals(8)
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
