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

// A schedule is said, with numbers, when its remarks are asked for; part of the category's name is enough.
// RUN: raggedc compile %s --heads 8 --head-dim 64 --max-seqlen 100 --remarks-filter choose -o /dev/null 2>&1 \
// RUN:   | FileCheck %s --check-prefix=REMARK
// REMARK: raggedc-compile-flags.mlir:[[#]]:8: remark: choose-schedule: {{.*}} softmax: {{.*}} clocks a sequence and head
// RUN: raggedc compile %s --heads 8 --head-dim 64 --max-seqlen 100 --remarks-filter nothing -o /dev/null 2>&1 \
// RUN:   | count 0

func.func @open(%q: tensor<?x?x?xf16>, %k: tensor<?x?x?xf16>, %v: tensor<?x?x?xf16>,
                %offsets: tensor<?xi32>) -> tensor<?x?x?xf16> {
  %o = ragged.attention %q, %k, %v offsets(%offsets)
       : tensor<?x?x?xf16>, tensor<?x?x?xf16>, tensor<?x?x?xf16>, tensor<?xi32> -> tensor<?x?x?xf16>
  return %o : tensor<?x?x?xf16>
}
