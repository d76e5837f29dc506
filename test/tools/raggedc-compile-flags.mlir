// Flags fill in what the program leaves open, and restrict the schedule.
// RUN: raggedc compile %s --emit ragged --heads 8 --kv-heads 2 --head-dim 64 --max-seqlen 100 | FileCheck %s --check-prefix=SIZES
// SIZES: func.func @open(%q: tensor<?x8x64xf16>, %k: tensor<?x2x64xf16>, %v: tensor<?x2x64xf16>
// SIZES: max_seqlen = 100 : i64

// RUN: raggedc compile %s --emit ragged --heads 8 --head-dim 64 --head-dim-v 32 --max-seqlen 100 | FileCheck %s --check-prefix=DIMV
// DIMV: %v: tensor<?x8x32xf16>

// RUN: raggedc compile %s --emit kernel --heads 8 --head-dim 64 --max-seqlen 100 --family online --block-m 64 \
// RUN:   --block-n 32 --stages 3 --min-blocks 2 | FileCheck %s --check-prefix=ONLINE
// ONLINE: min_blocks = 2 : i64
// ONLINE-SAME: family = online, block_m = 64, block_n = 32,{{.*}} warps = 4, stages = 3

// RUN: raggedc compile %s --emit kernel --heads 8 --head-dim 64 --max-seqlen 100 --family single --warps 2 \
// RUN:   --softmax single_pass --rows-per-block 32 | FileCheck %s --check-prefix=SINGLE
// SINGLE: family = single,{{.*}} rows_per_block = 32, warps = 2,{{.*}} softmax = single_pass

// The schedule that compiles soonest, as far as it is left open.
// RUN: raggedc compile %s --emit kernel --heads 8 --head-dim 64 --max-seqlen 100 --quick | FileCheck %s --check-prefix=QUICK
// QUICK: family = online,{{.*}} block_n = 16,{{.*}} softmax = online
// RUN: raggedc compile %s --emit kernel --heads 8 --head-dim 64 --max-seqlen 100 --quick --family single \
// RUN:   | FileCheck %s --check-prefix=QUICK-SINGLE
// QUICK-SINGLE: family = single
// RUN: raggedc compile %s --emit kernel --heads 8 --head-dim 64 --max-seqlen 100 --quick --block-n 32 \
// RUN:   | FileCheck %s --check-prefix=QUICK-32
// QUICK-32: family = online,{{.*}} block_n = 32,

// The unit of matrix products. By itself it is a warpgroup where wgmma can have the program, else a warp.
// RUN: raggedc compile %s --emit kernel --heads 8 --head-dim 64 --max-seqlen 100 --mma warp > %t.warp.mlir
// RUN: FileCheck %s --check-prefix=WARP --implicit-check-not=warpgroup < %t.warp.mlir
// RUN: raggedc compile %s --emit kernel --heads 8 --head-dim 64 --max-seqlen 100 --arch sm_80 \
// RUN:   | FileCheck %s --check-prefix=WARP --implicit-check-not=warpgroup
// WARP: mma_issue nt %
// RUN: raggedc compile %s --emit kernel --heads 8 --head-dim 64 --max-seqlen 100 > %t.default.mlir
// RUN: FileCheck %s --check-prefix=WARPGROUP < %t.default.mlir
// RUN: raggedc compile %s --emit kernel --heads 8 --head-dim 64 --max-seqlen 100 --mma warpgroup > %t.warpgroup.mlir
// RUN: FileCheck %s --check-prefix=WARPGROUP < %t.warpgroup.mlir
// RUN: raggedc compile %s --emit kernel --heads 8 --head-dim 72 --max-seqlen 100 --mma warpgroup > %t.odd.mlir
// RUN: FileCheck %s --check-prefix=WARPGROUP < %t.odd.mlir
// WARPGROUP: warpgroups = true
// WARPGROUP: mma_issue warpgroup nt fresh %

// RUN: not raggedc compile %s --heads 8 --head-dim 64 --max-seqlen 100 --mma block -o /dev/null 2>&1 \
// RUN:   | FileCheck %s --check-prefix=BAD-MMA
// BAD-MMA: raggedc: error: --mma: expected auto, warp or warpgroup, got 'block'
// RUN: not raggedc compile %s --heads 8 --head-dim 80 --max-seqlen 100 --mma warpgroup --arch sm_86 -o /dev/null 2>&1 \
// RUN:   | FileCheck %s --check-prefix=NO-WARPGROUP
// NO-WARPGROUP: raggedc-compile-flags.mlir:[[#]]:8: error: {{.*}} got none of {{[0-9]+}} candidates: wgmma needs sm_90a, got sm_86; nearest that fits: sm_90a or mma=warp{{$}}

// Kernels of sm_90 and newer begin while the one in front ends, unless told not to; older ones cannot.
// RUN: raggedc compile %s --emit kernel --heads 8 --head-dim 64 --max-seqlen 100 | FileCheck %s --check-prefix=OVERLAP
// RUN: raggedc compile %s --emit kernel --heads 8 --head-dim 64 --max-seqlen 100 --dependent-launch auto \
// RUN:   | FileCheck %s --check-prefix=OVERLAP
// OVERLAP: ragged_kernel.grid_dependency_wait
// OVERLAP: ragged_kernel.launch_dependents
// RUN: raggedc compile %s --emit kernel --heads 8 --head-dim 64 --max-seqlen 100 --dependent-launch off \
// RUN:   | FileCheck %s --check-prefix=ALONE --implicit-check-not=grid_dep --implicit-check-not=launch_dep
// RUN: raggedc compile %s --emit kernel --heads 8 --head-dim 64 --max-seqlen 100 --arch sm_89 \
// RUN:   | FileCheck %s --check-prefix=ALONE --implicit-check-not=grid_dep --implicit-check-not=launch_dep
// ALONE: ragged_kernel.return
// RUN: not raggedc compile %s --heads 8 --head-dim 64 --max-seqlen 100 --dependent-launch on -o /dev/null 2>&1 \
// RUN:   | FileCheck %s --check-prefix=BAD-OVERLAP
// BAD-OVERLAP: raggedc: error: --dependent-launch: expected auto or off, got 'on'

// A schedule is said, with numbers, when its remarks are asked for; part of the category's name is enough.
// RUN: raggedc compile %s --heads 8 --head-dim 64 --max-seqlen 100 --remarks-filter choose -o /dev/null 2>&1 \
// RUN:   | FileCheck %s --check-prefix=REMARK
// REMARK: raggedc-compile-flags.mlir:[[#]]:8: remark: choose-schedule: {{.*}} softmax{{( and wgmma)?}}: {{.*}} clocks a sequence and head
// RUN: raggedc compile %s --heads 8 --head-dim 64 --max-seqlen 100 --remarks-filter nothing -o /dev/null 2>&1 \
// RUN:   | count 0

func.func @open(%q: tensor<?x?x?xf16>, %k: tensor<?x?x?xf16>, %v: tensor<?x?x?xf16>,
                %offsets: tensor<?xi32>) -> tensor<?x?x?xf16> {
  %o = ragged.attention %q, %k, %v offsets(%offsets)
       : tensor<?x?x?xf16>, tensor<?x?x?xf16>, tensor<?x?x?xf16>, tensor<?xi32> -> tensor<?x?x?xf16>
  return %o : tensor<?x?x?xf16>
}
