// Where a kernel waits for the one in front, and where it lets the one behind begin. Each kernel is small and says what it is
// about.
// RUN: ragged-opt %s --ragged-kernel-dependent-launch | FileCheck %s --implicit-check-not=grid_dependency_wait --implicit-check-not=launch_dependents

// A second time changes nothing.
// RUN: ragged-opt %s --ragged-kernel-dependent-launch -o %t.once
// RUN: ragged-opt %t.once --ragged-kernel-dependent-launch -o %t.twice
// RUN: diff %t.once %t.twice

// The pipeline has the pass for sm_90 and newer, unless it is told not to.
// RUN: ragged-opt %S/../../examples/deit_base_224.mlir --raggedc-pipeline=arch=sm_90a | FileCheck %s --check-prefix=ON
// RUN: ragged-opt %S/../../examples/deit_base_224.mlir --raggedc-pipeline=arch=sm_100a | FileCheck %s --check-prefix=ON
// RUN: ragged-opt %S/../../examples/deit_base_224.mlir --raggedc-pipeline=arch=sm_120a | FileCheck %s --check-prefix=ON
// RUN: ragged-opt %S/../../examples/deit_base_224.mlir --raggedc-pipeline=arch=sm_89 | FileCheck %s --check-prefix=OFF
// RUN: ragged-opt %S/../../examples/deit_base_224.mlir --raggedc-pipeline="arch=sm_90a dependent-launch=off" | FileCheck %s --check-prefix=OFF
// ON:      ragged_kernel.grid_dependency_wait
// ON:      ragged_kernel.launch_dependents
// OFF-NOT: ragged_kernel.grid_dependency_wait
// OFF-NOT: ragged_kernel.launch_dependents
// OFF:     return

!ptr = !ragged_kernel.ptr<bf16>
!list = !ragged_kernel.ptr<i32>
!rows = !ragged_kernel.rows<bf16, stride = 64>
!tile = !ragged_kernel.shared<16x64xbf16, <xor, 128>>
!operand = !ragged_kernel.operand<16x64xbf16>

// What needs no global memory goes ahead; the copies are all in flight when the next kernel may begin.
// CHECK-LABEL: ragged_kernel.kernel @copies(
// CHECK:      ragged_kernel.alloc_shared
// CHECK-NEXT: ragged_kernel.barrier block
// CHECK-NEXT: ragged_kernel.grid_dependency_wait
// CHECK-NEXT: ragged_kernel.sequence
// CHECK:      ragged_kernel.copy_async
// CHECK-NEXT: ragged_kernel.commit_group
// CHECK-NEXT: arith.cmpi
// CHECK-NEXT: scf.if
// CHECK-NEXT:   ragged_kernel.copy_async
// CHECK-NEXT: }
// CHECK-NEXT: ragged_kernel.commit_group
// CHECK-NEXT: ragged_kernel.launch_dependents
// CHECK-NEXT: ragged_kernel.wait_group
// CHECK:      ragged_kernel.copy_async
// CHECK:      ragged_kernel.return
ragged_kernel.kernel @copies(%q: !ptr, %offsets: !list) attributes {block_size = 32 : i64, shared_bytes = 2048 : i64} {
  %zero = arith.constant 0 : index
  %block = ragged_kernel.block_id x
  %tile = ragged_kernel.alloc_shared offset(0) : !tile
  ragged_kernel.barrier block
  %begin, %length = ragged_kernel.sequence %offsets[%block] capacity(16) : !list
  %rows = ragged_kernel.global_rows %q[%begin, %zero] head_stride(64) offset(0) : !ptr -> !rows
  %first = ragged_kernel.copy_async warp %rows to %tile valid(%length) : !rows, !tile
  %group = ragged_kernel.commit_group(%first)
  %some = arith.cmpi sgt, %length, %zero : index
  scf.if %some {
    %second = ragged_kernel.copy_async warp %rows to %tile valid(%length) : !rows, !tile
  }
  %others = ragged_kernel.commit_group()
  ragged_kernel.wait_group pending(0)
  ragged_kernel.barrier warp
  %operand = ragged_kernel.load_operand %tile : !tile -> !operand
  %third = ragged_kernel.copy_async warp %rows to %tile valid(%length) : !rows, !tile
  ragged_kernel.return
}

// Nobody leaves before the wait.
// CHECK-LABEL: ragged_kernel.kernel @leaves(
// CHECK:      arith.cmpi
// CHECK-NEXT: ragged_kernel.grid_dependency_wait
// CHECK-NEXT: ragged_kernel.exit_if
// CHECK:      ragged_kernel.return
ragged_kernel.kernel @leaves(%offsets: !list) attributes {block_size = 32 : i64} {
  %zero = arith.constant 0 : index
  %block = ragged_kernel.block_id x
  %first = arith.cmpi eq, %block, %zero : index
  ragged_kernel.exit_if %first
  ragged_kernel.store %block to %offsets[%block] : !list
  ragged_kernel.return
}

// An access inside a conditional counts, one to shared memory alone would not; without copies nothing is let go early.
// CHECK-LABEL: ragged_kernel.kernel @nested(
// CHECK:      ragged_kernel.grid_dependency_wait
// CHECK-NEXT: scf.if
// CHECK:      ragged_kernel.return
ragged_kernel.kernel @nested(%offsets: !list) attributes {block_size = 32 : i64} {
  %zero = arith.constant 0 : index
  %block = ragged_kernel.block_id x
  %first = arith.cmpi eq, %block, %zero : index
  scf.if %first {
    ragged_kernel.store %block to %offsets[%block] : !list
  }
  ragged_kernel.return
}

// Even a kernel that does nothing waits: the one behind it takes its end for that of all before.
// CHECK-LABEL: ragged_kernel.kernel @nothing(
// CHECK:      ragged_kernel.grid_dependency_wait
// CHECK-NEXT: ragged_kernel.return
ragged_kernel.kernel @nothing(%offsets: !list) attributes {block_size = 32 : i64} {
  ragged_kernel.return
}

// Copies of a loop whose iterations begin with them: behind those, not behind the ones at its end.
// CHECK-LABEL: ragged_kernel.kernel @loop(
// CHECK:      ragged_kernel.grid_dependency_wait
// CHECK:      scf.for
// CHECK:        ragged_kernel.copy_async
// CHECK-NEXT:   ragged_kernel.commit_group
// CHECK-NEXT:   ragged_kernel.launch_dependents
// CHECK-NEXT:   scf.for
// CHECK:          ragged_kernel.copy_async
// CHECK:      ragged_kernel.return
ragged_kernel.kernel @loop(%q: !ptr, %offsets: !list) attributes {block_size = 32 : i64, shared_bytes = 2048 : i64} {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %block = ragged_kernel.block_id x
  %begin, %length = ragged_kernel.sequence %offsets[%block] capacity(16) : !list
  %rows = ragged_kernel.global_rows %q[%begin, %zero] head_stride(64) offset(0) : !ptr -> !rows
  %tile = ragged_kernel.alloc_shared offset(0) : !tile
  scf.for %i = %zero to %length step %one {
    %copy = ragged_kernel.copy_async warp %rows to %tile valid(%length) : !rows, !tile
    %group = ragged_kernel.commit_group(%copy)
    scf.for %j = %zero to %length step %one {
      %next = ragged_kernel.copy_async warp %rows to %tile valid(%length) : !rows, !tile
    }
  }
  ragged_kernel.return
}

// A ring waits for an earlier block before it copies a later one.
// CHECK-LABEL: ragged_kernel.kernel @ring(
// CHECK:      ragged_kernel.grid_dependency_wait
// CHECK:      scf.for
// CHECK-NEXT:   ragged_kernel.wait_group
// CHECK-NEXT:   ragged_kernel.barrier
// CHECK-NEXT:   ragged_kernel.copy_async
// CHECK-NEXT:   ragged_kernel.commit_group
// CHECK-NEXT:   ragged_kernel.launch_dependents
// CHECK:      ragged_kernel.return
ragged_kernel.kernel @ring(%q: !ptr, %offsets: !list) attributes {block_size = 32 : i64, shared_bytes = 2048 : i64} {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %block = ragged_kernel.block_id x
  %begin, %length = ragged_kernel.sequence %offsets[%block] capacity(16) : !list
  %rows = ragged_kernel.global_rows %q[%begin, %zero] head_stride(64) offset(0) : !ptr -> !rows
  %tile = ragged_kernel.alloc_shared offset(0) : !tile
  scf.for %i = %zero to %length step %one {
    ragged_kernel.wait_group pending(0)
    ragged_kernel.barrier warp
    %copy = ragged_kernel.copy_async warp %rows to %tile valid(%length) : !rows, !tile
    %group = ragged_kernel.commit_group(%copy)
    %operand = ragged_kernel.load_operand %tile : !tile -> !operand
  }
  ragged_kernel.return
}
