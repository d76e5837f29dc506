// The family single copies V last and waits for it in front of the first product that reads it.
// RUN: ragged-opt %s --raggedc-pipeline="max-seqlen=205 arch=sm_90a family=single mma=warpgroup block-n=208 softmax=single_pass stages=2 warps=4 rows-per-block=256" --mlir-use-nameloc-as-prefix | FileCheck %s --check-prefixes=CHECK,ONE --implicit-check-not=ragged_kernel.barrier --implicit-check-not=ragged_kernel.wait_group
// Where rows are all taken at once, keys of the second half come late as well, and warps that have no rows pass the same
// barriers behind the loop.
// RUN: ragged-opt %s --raggedc-pipeline="max-seqlen=205 arch=sm_90a family=single mma=warpgroup block-n=208 softmax=single_pass stages=2 warps=8 rows-per-block=128" --mlir-use-nameloc-as-prefix | FileCheck %s --check-prefixes=CHECK,TWO --implicit-check-not=ragged_kernel.barrier --implicit-check-not=ragged_kernel.wait_group
// RUN: ragged-opt %s --raggedc-pipeline="max-seqlen=205 arch=sm_90a family=single mma=warpgroup block-n=208 softmax=single_pass stages=2 warps=4 rows-per-block=64" --mlir-use-nameloc-as-prefix | FileCheck %s --check-prefix=LATE
// RUN: sed 's/bf16/f16/g' %s | ragged-opt --raggedc-pipeline="max-seqlen=205 arch=sm_90a family=single mma=warpgroup block-n=208 softmax=single_pass stages=2 warps=4 rows-per-block=64" --mlir-use-nameloc-as-prefix | FileCheck %s --check-prefix=WHOLE
// Tile after tile: V is read before the keys of the second, which are awaited with it. Under a maximum they are not.
// RUN: ragged-opt %s --raggedc-pipeline="max-seqlen=205 arch=sm_90a family=single mma=warpgroup block-n=96 softmax=single_pass stages=2 warps=8 rows-per-block=128" --mlir-use-nameloc-as-prefix | FileCheck %s --check-prefix=TILES
// RUN: sed 's/bf16/f16/g' %s | ragged-opt --raggedc-pipeline="max-seqlen=205 arch=sm_90a family=single mma=warpgroup block-n=96 softmax=single_pass stages=2 warps=8 rows-per-block=128" --mlir-use-nameloc-as-prefix | FileCheck %s --check-prefix=WHOLE
// Warps of one block that go round the loop a different number of times cannot; nor is there anything to gain with one
// stage, where each block of rows waits for its Q.
// RUN: ragged-opt %s --raggedc-pipeline="max-seqlen=205 arch=sm_90a family=single mma=warpgroup block-n=208 softmax=single_pass stages=2 warps=8 rows-per-block=256" --mlir-use-nameloc-as-prefix | FileCheck %s --check-prefix=EARLY
// RUN: ragged-opt %s --raggedc-pipeline="max-seqlen=205 arch=sm_90a family=single mma=warpgroup block-n=208 softmax=single_pass stages=1 warps=4 rows-per-block=256" --mlir-use-nameloc-as-prefix | FileCheck %s --check-prefix=EARLY

// TILES:      %k_first = ragged_kernel.shared_rows %k_tile[%c0] : {{.*}} -> !ragged_kernel.shared<96x64xbf16
// TILES:      %k_group = ragged_kernel.commit_group
// TILES:      %next_group = ragged_kernel.commit_group()
// TILES:      %k_rest = ragged_kernel.shared_rows %k_tile[%c96] : {{.*}} -> !ragged_kernel.shared<112x64xbf16
// TILES:      %k_rest_group = ragged_kernel.commit_group
// TILES-NEXT: %v_copy = ragged_kernel.copy_async block
// TILES-NEXT: %v_group = ragged_kernel.commit_group(%v_copy)
// TILES-NEXT: ragged_kernel.launch_dependents
// TILES-NEXT: ragged_kernel.wait_group %k_group pending(2)
// TILES-NEXT: ragged_kernel.barrier block async
// TILES:      scf.for
// TILES-NOT:    ragged_kernel.wait_group
// TILES:        ragged_kernel.wait_group %v_group pending(1)
// TILES-NEXT:   ragged_kernel.barrier block async
// TILES-NEXT:   ragged_kernel.mma_issue warpgroup nn fresh
// TILES-NOT:    ragged_kernel.wait_group
// TILES:        %live1
// TILES:        ragged_kernel.store_rows
// Warps without rows pass that barrier too.
// TILES:      scf.if
// TILES-NEXT:   ragged_kernel.wait_group %v_group pending(0)
// TILES-NEXT:   ragged_kernel.barrier block async
// TILES-NEXT: }
// TILES-NEXT: ragged_kernel.return

// CHECK-LABEL: ragged_kernel.kernel @f_attention(
// The keys of the first product go first and those of the second behind Q, where all rows are taken at once.
// ONE:        %k_copy = ragged_kernel.copy_async block %k_rows to %k_tile valid(%seq_length)
// TWO:        %k_first = ragged_kernel.shared_rows %k_tile[%c0] : {{.*}} -> !ragged_kernel.shared<112x64xbf16
// TWO-NEXT:   %[[FIRST:.*]] = arith.minsi %key_limit, %c112
// TWO-NEXT:   %k_copy = ragged_kernel.copy_async block %k_rows to %k_first valid(%seq_length) limit(%[[FIRST]])
// CHECK-NEXT: %k_group = ragged_kernel.commit_group(%k_copy)
// CHECK:        %q_copy = ragged_kernel.copy_async warp
// CHECK:      %next_group = ragged_kernel.commit_group()
// TWO-NEXT:   %k_rest = ragged_kernel.shared_rows %k_tile[%c112] : {{.*}} -> !ragged_kernel.shared<96x64xbf16
// TWO-NEXT:   %k_rest_rows = ragged_kernel.rows_from %k_rows[%c112]
// TWO-NEXT:   %[[VALID:.*]] = arith.subi %seq_length, %c112
// TWO-NEXT:   %[[LIMIT:.*]] = arith.subi %key_limit, %c112
// TWO-NEXT:   %k_rest_copy = ragged_kernel.copy_async block %k_rest_rows to %k_rest valid(%[[VALID]]) limit(%[[LIMIT]])
// TWO-NEXT:   %k_rest_group = ragged_kernel.commit_group(%k_rest_copy)
// CHECK-NEXT: %v_copy = ragged_kernel.copy_async block
// CHECK-NEXT: %v_group = ragged_kernel.commit_group(%v_copy)
// CHECK-NEXT: ragged_kernel.launch_dependents
// ONE-NEXT:   ragged_kernel.wait_group %k_group pending(1)
// TWO-NEXT:   ragged_kernel.wait_group %k_group pending(2)
// CHECK-NEXT: ragged_kernel.barrier block async
// CHECK-NEXT: scf.for
// CHECK:        ragged_kernel.load_operand
// Q of the next rows goes to the same tile.
// CHECK-NEXT:   ragged_kernel.barrier warp
// CHECK:          ragged_kernel.copy_async warp
// CHECK:        ragged_kernel.commit_group()
// CHECK:        %[[S1:.*]] = ragged_kernel.mma_issue warpgroup nt
// V and that group may be under way.
// TWO:          ragged_kernel.wait_group %k_rest_group pending(2)
// TWO-NEXT:     ragged_kernel.barrier block async
// TWO-NEXT:     ragged_kernel.mma_issue warpgroup nt
// ONE:          ragged_kernel.mma_issue warpgroup nt
// CHECK-NEXT:   ragged_kernel.mma_wait warpgroup %[[S1]] newer(1)
// CHECK:        ragged_kernel.to_operand
// CHECK-NEXT:   ragged_kernel.shared_rows %v_tile
// CHECK-NEXT:   ragged_kernel.wait_group %v_group pending(1)
// CHECK-NEXT:   ragged_kernel.barrier block async
// CHECK-NEXT:   ragged_kernel.mma_issue warpgroup nn fresh
// CHECK:        ragged_kernel.mma_issue warpgroup nn
// A warp that attends again has its own Q back first.
// CHECK:        scf.if %strays
// CHECK:          %[[Q:.*]] = ragged_kernel.copy_async warp %{{.*}} to %out_tile
// CHECK-NEXT:     %[[GROUP:.*]] = ragged_kernel.commit_group(%[[Q]])
// CHECK:          ragged_kernel.wait_group %[[GROUP]] pending(0)
// CHECK-NEXT:     ragged_kernel.barrier warp
// CHECK-NEXT:     scf.for
// CHECK:        ragged_kernel.store_rows
// CHECK-NEXT:   ragged_kernel.wait_group pending(0)
// CHECK-NEXT:   ragged_kernel.barrier warp
// CHECK-NEXT: }
// ONE-NEXT:   ragged_kernel.return
// TWO-NEXT:   %[[NONE:.*]] = arith.cmpi sge, %first_group_row, %row_end
// TWO-NEXT:   scf.if %[[NONE]] {
// TWO-NEXT:     ragged_kernel.wait_group %k_rest_group pending(1)
// TWO-NEXT:     ragged_kernel.barrier block async
// TWO-NEXT:     ragged_kernel.wait_group %v_group pending(0)
// TWO-NEXT:     ragged_kernel.barrier block async
// TWO-NEXT:   }
// TWO-NEXT:   ragged_kernel.return

// A warpgroup of one block of 64 rows has its keys late too, and nobody is without rows. A single product reads them all.
// LATE:     ragged_kernel.copy_async block %k_rows to %k_first
// LATE:     ragged_kernel.copy_async block %k_rest_rows to %k_rest
// LATE:     scf.for
// LATE:       ragged_kernel.wait_group %k_rest_group pending(2)
// LATE-NEXT:  ragged_kernel.barrier block async
// LATE-NEXT:  ragged_kernel.mma_issue warpgroup nt
// LATE:       ragged_kernel.wait_group %v_group pending(1)
// LATE-NEXT:  ragged_kernel.barrier block async
// LATE-NOT: ragged_kernel.wait_group %v_group
// WHOLE:     ragged_kernel.copy_async block %k_rows to %k_tile
// WHOLE:     ragged_kernel.wait_group %k_group pending(1)
// WHOLE:     scf.for
// WHOLE-NOT: %k_rest
// WHOLE:       ragged_kernel.wait_group %v_group pending(1)

// EARLY:     ragged_kernel.commit_group(%v_copy)
// EARLY:     ragged_kernel.wait_group {{.*}}%v_group pending(0)
// EARLY:     scf.for
// EARLY-NOT: ragged_kernel.barrier block
// EARLY:     ragged_kernel.return
func.func @f(%q: tensor<?x12x64xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<?x12x64xbf16>, %offsets: tensor<?xi32>)
    -> tensor<?x12x64xbf16> {
  %o = ragged.attention %q, %k, %v offsets(%offsets)
      : tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return %o : tensor<?x12x64xbf16>
}
