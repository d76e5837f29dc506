// The family single copies V last and waits for it in front of the first product that reads it.
// RUN: ragged-opt %s --raggedc-pipeline="max-seqlen=197 arch=sm_90a family=single mma=warpgroup block-n=208 softmax=single_pass stages=2 warps=4 rows-per-block=256" --mlir-use-nameloc-as-prefix | FileCheck %s --check-prefixes=CHECK,ONE --implicit-check-not=ragged_kernel.barrier --implicit-check-not=ragged_kernel.wait_group
// Where rows are all taken at once, warps that have none pass the same barrier behind the loop.
// RUN: ragged-opt %s --raggedc-pipeline="max-seqlen=197 arch=sm_90a family=single mma=warpgroup block-n=208 softmax=single_pass stages=2 warps=8 rows-per-block=128" --mlir-use-nameloc-as-prefix | FileCheck %s --check-prefixes=CHECK,TWO --implicit-check-not=ragged_kernel.barrier --implicit-check-not=ragged_kernel.wait_group
// Warps of one block that go round the loop a different number of times cannot; nor is there anything to gain with one
// stage, where each block of rows waits for its Q.
// RUN: ragged-opt %s --raggedc-pipeline="max-seqlen=197 arch=sm_90a family=single mma=warpgroup block-n=208 softmax=single_pass stages=2 warps=8 rows-per-block=256" --mlir-use-nameloc-as-prefix | FileCheck %s --check-prefix=EARLY
// RUN: ragged-opt %s --raggedc-pipeline="max-seqlen=197 arch=sm_90a family=single mma=warpgroup block-n=208 softmax=single_pass stages=1 warps=4 rows-per-block=256" --mlir-use-nameloc-as-prefix | FileCheck %s --check-prefix=EARLY

// CHECK-LABEL: ragged_kernel.kernel @f_attention(
// CHECK:      %k_copy = ragged_kernel.copy_async block
// CHECK-NEXT: %k_group = ragged_kernel.commit_group(%k_copy)
// CHECK:        %q_copy = ragged_kernel.copy_async warp
// CHECK:      %next_group = ragged_kernel.commit_group()
// CHECK-NEXT: %v_copy = ragged_kernel.copy_async block
// CHECK-NEXT: %v_group = ragged_kernel.commit_group(%v_copy)
// CHECK-NEXT: ragged_kernel.launch_dependents
// CHECK-NEXT: ragged_kernel.wait_group %k_group pending(1)
// CHECK-NEXT: ragged_kernel.barrier block async
// CHECK-NEXT: scf.for
// CHECK:        ragged_kernel.load_operand
// Q of the next rows goes to the same tile.
// CHECK-NEXT:   ragged_kernel.barrier warp
// CHECK:          ragged_kernel.copy_async warp
// CHECK:        ragged_kernel.commit_group()
// CHECK:        ragged_kernel.mma_issue warpgroup nt
// CHECK:        ragged_kernel.to_operand
// That group may be under way.
// CHECK-NEXT:   ragged_kernel.wait_group %v_group pending(1)
// CHECK-NEXT:   ragged_kernel.barrier block async
// CHECK-NEXT:   ragged_kernel.mma_issue warpgroup nn
// CHECK:        ragged_kernel.store_rows
// CHECK-NEXT:   ragged_kernel.wait_group pending(0)
// CHECK-NEXT:   ragged_kernel.barrier warp
// CHECK-NEXT: }
// ONE-NEXT:   ragged_kernel.return
// TWO-NEXT:   %[[NONE:.*]] = arith.cmpi sge, %first_group_row, %row_end
// TWO-NEXT:   scf.if %[[NONE]] {
// TWO-NEXT:     ragged_kernel.wait_group %v_group pending(0)
// TWO-NEXT:     ragged_kernel.barrier block async
// TWO-NEXT:   }
// TWO-NEXT:   ragged_kernel.return

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
