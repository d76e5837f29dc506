// The family ring with copies by tensor maps: one warp copies, nobody waits for data but its readers.
// RUN: ragged-opt %s --raggedc-pipeline="max-seqlen=577 arch=sm_90a family=ring copies=tensor block-n=96 stages=11 rows-per-block=192" --mlir-use-nameloc-as-prefix | FileCheck %s
// It is for those who ask.
// RUN: ragged-opt %s --raggedc-pipeline="max-seqlen=577 arch=sm_90a family=ring rows-per-block=192 block-n=96" | FileCheck %s --check-prefix=PLAIN
// RUN: ragged-opt %s --raggedc-pipeline="max-seqlen=577 arch=sm_90a family=ring rows-per-block=192 block-n=96 copies=cp_async" | FileCheck %s --check-prefix=PLAIN
// RUN: ragged-opt %s --raggedc-pipeline="max-seqlen=197 arch=sm_90a family=ring" | FileCheck %s --check-prefix=PLAIN
// Whole heads too.
// RUN: ragged-opt %s --raggedc-pipeline="max-seqlen=197 arch=sm_90a family=ring copies=tensor" --mlir-use-nameloc-as-prefix | FileCheck %s --check-prefix=WHOLE
// WHOLE:     ragged_kernel.init_barriers %full_qk arrivals(2)
// WHOLE:     ragged_kernel.init_barriers %full_v arrivals(1)
// WHOLE:     ragged_kernel.wait_barrier %empty[%stage]
// WHOLE:     ragged_kernel.fence_async
// WHOLE:     ragged_kernel.copy_tensor %q_map{{.*}} at %full_qk[%stage]
// WHOLE:     ragged_kernel.copy_tensor %k_map{{.*}} at %full_qk[%stage]
// WHOLE:     ragged_kernel.copy_tensor %v_map{{.*}} at %full_v[%stage]
// WHOLE-NOT: fence_async
// PLAIN-NOT: copy_tensor
// PLAIN: ragged_kernel.copy_async warpgroup

// What it cannot do.
// RUN: not ragged-opt %s --raggedc-pipeline="max-seqlen=197 arch=sm_90a family=single copies=tensor" 2>&1 | FileCheck %s --check-prefix=FAMILY
// FAMILY: error: {{.*}}no schedule has family=single and copies=tensor together
// RUN: not ragged-opt %s --raggedc-pipeline="max-seqlen=577 arch=sm_90a family=ring copies=tma" 2>&1 | FileCheck %s --check-prefix=WORD
// WORD: error: expected copies to be one of auto, cp_async, tensor, got 'tma'

// CHECK-LABEL: ragged_kernel.kernel @f_attention(
// CHECK-SAME:    %batch: index, %q_map: !ragged_kernel.tensor_map<bf16, cols = 768, stride = 768, box = 16 by 64>, %k_map: !ragged_kernel.tensor_map<bf16, cols = 768, stride = 768, box = 16 by 64>, %v_map:
// CHECK:         ragged_kernel.prefetch_map %q_map
// CHECK-NEXT:    ragged_kernel.prefetch_map %k_map
// CHECK-NEXT:    ragged_kernel.prefetch_map %v_map
// CHECK:         ragged_kernel.init_barriers %full_item arrivals(1)
// Each slot of 64 rows of Q has a barrier that counts its bytes.
// CHECK:         ragged_kernel.init_barriers %full_q arrivals(1)
// CHECK:         ragged_kernel.init_barriers %full arrivals(1)
// CHECK:         ragged_kernel.grid_dependency_wait
// CHECK:         ragged_kernel.set_registers to(32)
// CHECK:         %[[WARP:.*]] = ragged_kernel.warp_id
// CHECK-NEXT:    %[[FIRST:.*]] = arith.cmpi eq, %[[WARP]], %c12
// CHECK-NEXT:    scf.if %[[FIRST]] {
// CHECK-NOT:       ragged_kernel.copy_async
// CHECK-NOT:       ragged_kernel.wait_group
// CHECK:           scf.for %first_step
// Q goes to where results were staged.
// CHECK:             ragged_kernel.wait_barrier %empty_q[%q_slot] phase(%q_phase)
// CHECK-NEXT:        ragged_kernel.fence_async
// CHECK:             ragged_kernel.store
// CHECK:             ragged_kernel.arrive %full_item[%item_slot]
// CHECK:             scf.for %i = %c0 to %groups
// CHECK:               ragged_kernel.copy_tensor %q_map[%q_item_row, %{{.*}}] of %q_item_rows to %q_tile {{.*}} at %full_q[%q_slot{{.*}}]
// CHECK:             scf.for %key
// CHECK:               ragged_kernel.wait_barrier %empty[%slot{{.*}}] phase(%phase{{.*}})
// CHECK:               ragged_kernel.copy_tensor %k_map[%k_row, %{{.*}}] of %k_rows{{.*}} to %k_tile valid(%k_valid) limit(%k_limit) at %full[%slot{{.*}}]
// CHECK:               ragged_kernel.wait_barrier %empty[
// CHECK:               ragged_kernel.copy_tensor %v_map[%v_row, %{{.*}}] of %v_rows{{.*}} to %v_tile valid(%v_valid) limit(%v_limit) at %full[
// CHECK:           ragged_kernel.launch_dependents
// The mark behind the last item is a word only.
// CHECK:             ragged_kernel.wait_barrier %empty_q[%q_slot] phase(%q_phase)
// CHECK-NEXT:        ragged_kernel.barrier warp
// CHECK:               ragged_kernel.arrive %full_item[%item_slot]
// CHECK:         } else {
// CHECK-NEXT:    ragged_kernel.set_registers increase to(160)
// CHECK:         ragged_kernel.wait_barrier %full_item[%item_slot] phase(%item_phase)
// CHECK:         ragged_kernel.wait_barrier %full_q[%q_slot] phase(%q_phase)
// CHECK:         ragged_kernel.wait_barrier %full[
// CHECK-NOT:     ragged_kernel.fence_async
// CHECK:       func.func @f
// CHECK:         ragged_kernel.launch @f_attention{{.*}} tensor_maps [0, 1, 2]
func.func @f(%q: tensor<?x12x64xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<?x12x64xbf16>, %offsets: tensor<?xi32>)
    -> tensor<?x12x64xbf16> {
  %o = ragged.attention %q, %k, %v offsets(%offsets)
      : tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return %o : tensor<?x12x64xbf16>
}
