// A schedule for each attention, and the reason for it.
// RUN: split-file %s %t

// By itself: an attribute, and a remark that says the same with numbers.
// RUN: ragged-opt %t/three.mlir --ragged-choose-schedule | FileCheck %t/three.mlir
// RUN: ragged-opt %t/three.mlir --ragged-choose-schedule --remarks-filter=choose-schedule -o /dev/null 2>&1 | FileCheck %t/three.mlir --check-prefix=REMARK
// RUN: ragged-opt %t/three.mlir --ragged-choose-schedule --remarks-filter=other -o /dev/null 2>&1 | count 0

// Each option, and each attribute of the operation, binds the choice.
// RUN: ragged-opt %t/one.mlir --ragged-choose-schedule="family=warp" | FileCheck %t/one.mlir --check-prefix=WARP
// RUN: ragged-opt %t/one.mlir --ragged-choose-schedule="family=single" | FileCheck %t/one.mlir --check-prefix=SINGLE
// RUN: ragged-opt %t/one.mlir --ragged-choose-schedule="family=online" | FileCheck %t/one.mlir --check-prefix=ONLINE
// RUN: ragged-opt %t/one.mlir --ragged-choose-schedule="softmax=single_pass" | FileCheck %t/one.mlir --check-prefix=SINGLE-PASS
// RUN: ragged-opt %t/one.mlir --ragged-choose-schedule="softmax=online" | FileCheck %t/one.mlir --check-prefix=ONLINE-SOFTMAX
// RUN: ragged-opt %t/one.mlir --ragged-choose-schedule="warps=3" | FileCheck %t/one.mlir --check-prefix=WARPS
// RUN: ragged-opt %t/one.mlir --ragged-choose-schedule="family=online stages=4" | FileCheck %t/one.mlir --check-prefix=STAGES
// RUN: ragged-opt %t/one.mlir --ragged-choose-schedule="family=online stages=1" | FileCheck %t/one.mlir --check-prefix=STAGE
// RUN: ragged-opt %t/one.mlir --ragged-choose-schedule="min-blocks=5" | FileCheck %t/one.mlir --check-prefix=MIN-BLOCKS
// RUN: ragged-opt %t/one.mlir --ragged-choose-schedule="queries=registers" | FileCheck %t/one.mlir --check-prefix=REGISTERS
// RUN: ragged-opt %t/one.mlir --ragged-choose-schedule="family=single queries=shared stages=2" | FileCheck %t/one.mlir --check-prefix=SHARED
// RUN: ragged-opt %t/one.mlir --ragged-choose-schedule="family=single rows-per-block=48" | FileCheck %t/one.mlir --check-prefix=ROWS
// RUN: ragged-opt %t/one.mlir --ragged-choose-schedule="family=single batch=1" | FileCheck %t/one.mlir --check-prefix=BATCH
// RUN: ragged-opt %t/one.mlir --ragged-choose-schedule="family=single batch=100000" | FileCheck %t/one.mlir --check-prefix=MANY
// RUN: ragged-opt %t/one.mlir --ragged-choose-schedule="arch=sm_86" | FileCheck %t/one.mlir --check-prefix=ARCH
// RUN: ragged-opt %t/one.mlir --ragged-specialise="block-m=64 block-n=48" --ragged-choose-schedule="family=single" | FileCheck %t/one.mlir --check-prefix=BLOCKS

// Keys divided among the warps of a block: by itself for so few sequences that the chip has room, and on request. Ways follow from
// rows and warps, and the keys of a way from the ways.
// RUN: sed "s/197/185/" %t/plain.mlir | ragged-opt --ragged-choose-schedule="batch=1" | FileCheck %t/plain.mlir --check-prefix=FEW
// RUN: ragged-opt %t/plain.mlir --ragged-choose-schedule="batch=64" | FileCheck %t/plain.mlir --check-prefix=ENOUGH
// RUN: ragged-opt %t/plain.mlir --ragged-choose-schedule="family=latency" | FileCheck %t/plain.mlir --check-prefix=LATENCY
// RUN: ragged-opt %t/plain.mlir --ragged-choose-schedule="family=latency rows-per-block=32 warps=6" | FileCheck %t/plain.mlir --check-prefix=WAYS
// RUN: ragged-opt %t/plain.mlir --ragged-specialise="block-m=16 block-n=80" --ragged-choose-schedule="family=latency warps=3" | FileCheck %t/plain.mlir --check-prefix=KEYS
// RUN: ragged-opt %t/plain.mlir --ragged-specialise="max-seqlen=27 block-n=48" --ragged-choose-schedule="family=latency" --ragged-lower-to-kernel -o /dev/null
// RUN: ragged-opt %t/wide.mlir --ragged-choose-schedule="family=latency" | FileCheck %t/wide.mlir --check-prefix=LATENCY-WIDE
// RUN: ragged-opt %t/f32.mlir --ragged-choose-schedule="family=latency" | FileCheck %t/f32.mlir --check-prefix=LATENCY-WIDE
// Ways that are warps have all scores of their rows at once, ways that are warpgroups have tiles of keys pass.
// RUN: ragged-opt %t/plain.mlir --ragged-choose-schedule="family=latency mma=warpgroup" | FileCheck %t/plain.mlir --check-prefix=LATENCY-GROUPS
// RUN: ragged-opt %t/plain.mlir --ragged-choose-schedule="family=latency softmax=online" | FileCheck %t/plain.mlir --check-prefix=LATENCY-GROUPS
// RUN: ragged-opt %t/plain.mlir --ragged-choose-schedule="family=latency stages=2" | FileCheck %t/plain.mlir --check-prefix=LATENCY-GROUPS
// RUN: ragged-opt %t/plain.mlir --ragged-specialise="block-n=80" --ragged-choose-schedule="family=latency mma=warpgroup warps=12 stages=3" | FileCheck %t/plain.mlir --check-prefix=THREE-WAYS
// RUN: ragged-opt %t/plain.mlir --ragged-choose-schedule="family=latency mma=warpgroup rows-per-block=128" | FileCheck %t/plain.mlir --check-prefix=MORE-ROWS
// RUN: not ragged-opt %t/plain.mlir --ragged-choose-schedule="family=latency softmax=online mma=warp" 2>&1 | FileCheck %s --check-prefix=NO-ONLINE
// NO-ONLINE: got none of 0 candidates: no schedule has family=latency and softmax=online and mma=warp together; nearest that fits: family={{[a-z]+}}, softmax=single_pass or mma=warpgroup{{$}}
// RUN: not ragged-opt %t/plain.mlir --ragged-choose-schedule="family=latency stages=2 arch=sm_90" 2>&1 | FileCheck %s --check-prefix=NO-STAGES
// NO-STAGES: got none of {{[1-9][0-9]*}} candidates: wgmma needs sm_90a, got sm_90; nearest that fits: sm_90a, family={{[a-z]+}} or stages=1{{$}}
// RUN: not ragged-opt %t/plain.mlir --ragged-choose-schedule="family=latency mma=warpgroup queries=registers" 2>&1 | FileCheck %s --check-prefix=NO-REGISTERS
// NO-REGISTERS: got none of 0 candidates: no schedule has family=latency and queries=registers and mma=warpgroup together; nearest that fits: family={{[a-z]+}}, queries=shared or mma=warp{{$}}
// RUN: not ragged-opt %t/plain.mlir --ragged-choose-schedule="family=latency mma=warpgroup warps=16 rows-per-block=64 stages=8" 2>&1 | FileCheck %s --check-prefix=NO-SLOTS
// NO-SLOTS: got none of {{[1-9][0-9]*}} candidates: latency with wgmma of 16 warps, 32 keys at a time and 8 stages needs 264 KiB of shared memory a block at capacity 197, sm_90a has 227 KiB; nearest that fits: {{.*}}stages=6
// RUN: not ragged-opt %t/plain.mlir --ragged-choose-schedule="family=latency rows-per-block=32 warps=5" 2>&1 | FileCheck %s --check-prefix=NO-WARPS
// NO-WARPS: got none of 0 candidates: no schedule has family=latency and {{.*}}warps=5{{.*}} together; nearest that fits: {{.*}}
// RUN: not ragged-opt %t/large.mlir --ragged-choose-schedule="family=latency" 2>&1 | FileCheck %s --check-prefix=NO-ROOM
// NO-ROOM: fits sm_90a, got none of {{[1-9][0-9]*}} candidates: latency {{.*}} needs [[#]] KiB of shared memory a block at capacity 577, sm_90a has 227 KiB; nearest that fits: capacity [[#]] or family={{[a-z]+}}{{$}}

// The unit of the products: warps, or groups of four with wgmma, which is what sm_90a gets by itself where it can. In the
// family single Q is then in registers, online it is in shared memory.
// RUN: ragged-opt %t/plain.mlir --ragged-choose-schedule="mma=warp" | FileCheck %t/plain.mlir --check-prefix=MMA-WARP --implicit-check-not=warpgroups --implicit-check-not=wgmma
// RUN: ragged-opt %t/one.mlir --ragged-choose-schedule="mma=warpgroup family=single" | FileCheck %t/one.mlir --check-prefix=GROUP-SINGLE
// RUN: ragged-opt %t/one.mlir --ragged-choose-schedule="mma=warpgroup family=online" | FileCheck %t/one.mlir --check-prefix=GROUP-ONLINE
// RUN: ragged-opt %t/one.mlir --ragged-choose-schedule="mma=warpgroup family=online queries=registers" | FileCheck %t/one.mlir --check-prefix=GROUP-REGISTERS
// RUN: ragged-opt %t/one.mlir --ragged-choose-schedule="mma=warpgroup warps=8" | FileCheck %t/one.mlir --check-prefix=GROUP-WARPS
// RUN: ragged-opt %t/plain.mlir --ragged-choose-schedule | FileCheck %t/plain.mlir --check-prefix=GROUP-AUTO
// RUN: ragged-opt %t/plain.mlir --ragged-choose-schedule="mma=auto arch=sm_90" | FileCheck %t/plain.mlir --check-prefix=MMA-WARP --implicit-check-not=warpgroups
// RUN: ragged-opt %t/plain.mlir --ragged-choose-schedule="arch=sm_100a" | FileCheck %t/plain.mlir --check-prefix=MMA-WARP --implicit-check-not=warpgroups
// RUN: ragged-opt %t/wide.mlir --ragged-choose-schedule | FileCheck %t/wide.mlir
// RUN: ragged-opt %t/f32.mlir --ragged-choose-schedule | FileCheck %t/f32.mlir --implicit-check-not=warpgroups

// Every architecture is known, with and without its letter.
// RUN: ragged-opt %t/one.mlir --ragged-choose-schedule="arch=sm_80" -o /dev/null
// RUN: ragged-opt %t/one.mlir --ragged-choose-schedule="arch=sm_89" -o /dev/null
// RUN: ragged-opt %t/one.mlir --ragged-choose-schedule="arch=sm_90" -o /dev/null
// RUN: ragged-opt %t/one.mlir --ragged-choose-schedule="arch=sm_90a" -o /dev/null
// RUN: ragged-opt %t/one.mlir --ragged-choose-schedule="arch=sm_100a" -o /dev/null
// RUN: ragged-opt %t/one.mlir --ragged-choose-schedule="arch=sm_103a" -o /dev/null
// RUN: ragged-opt %t/one.mlir --ragged-choose-schedule="arch=sm_120a" -o /dev/null

// What was measured counts more than what was estimated, if nobody asks for anything.
// RUN: ragged-opt %t/tuned.mlir --ragged-choose-schedule | FileCheck %t/tuned.mlir --check-prefix=TUNED
// RUN: ragged-opt %t/tuned.mlir --ragged-choose-schedule="arch=sm_80" | FileCheck %t/tuned.mlir --check-prefix=ESTIMATED
// RUN: ragged-opt %t/tuned.mlir --ragged-choose-schedule="arch=sm_90" | FileCheck %t/tuned.mlir --check-prefix=ESTIMATED
// RUN: ragged-opt %t/tuned.mlir --ragged-choose-schedule="mma=warpgroup" | FileCheck %t/tuned.mlir --check-prefix=ESTIMATED
// RUN: ragged-opt %t/tuned.mlir --ragged-choose-schedule="warps=4" | FileCheck %t/tuned.mlir --check-prefix=ESTIMATED

// RUN: not ragged-opt %t/one.mlir --ragged-choose-schedule="arch=sm_75" 2>&1 | FileCheck %s --check-prefix=BAD-ARCH
// BAD-ARCH: error: expected arch to be sm_80, sm_86, sm_89, sm_90a, sm_100a, sm_103a or sm_120a, got 'sm_75'
// RUN: not ragged-opt %t/one.mlir --ragged-choose-schedule="arch=" 2>&1 | FileCheck %s --check-prefix=NO-ARCH
// NO-ARCH: got ''
// RUN: not ragged-opt %t/one.mlir --ragged-choose-schedule="family=rings" 2>&1 | FileCheck %s --check-prefix=BAD-FAMILY
// BAD-FAMILY: error: expected family to be one of auto, warp, single, online, latency, ring, got 'rings'
// RUN: not ragged-opt %t/one.mlir --ragged-choose-schedule="softmax=two" 2>&1 | FileCheck %s --check-prefix=BAD-SOFTMAX
// BAD-SOFTMAX: error: expected softmax to be one of auto, single_pass, online, got 'two'
// RUN: not ragged-opt %t/one.mlir --ragged-choose-schedule="queries=global" 2>&1 | FileCheck %s --check-prefix=BAD-QUERIES
// BAD-QUERIES: error: expected queries to be one of auto, registers, shared, got 'global'
// RUN: not ragged-opt %t/one.mlir --ragged-choose-schedule="mma=block" 2>&1 | FileCheck %s --check-prefix=BAD-MMA
// BAD-MMA: error: expected mma to be one of auto, warp, warpgroup, got 'block'
// RUN: not ragged-opt %t/one.mlir --ragged-choose-schedule="warps=17" 2>&1 | FileCheck %s --check-prefix=BAD-WARPS
// BAD-WARPS: error: expected warps to be from 0 to 16, got 17
// RUN: not ragged-opt %t/one.mlir --ragged-choose-schedule="stages=-1" 2>&1 | FileCheck %s --check-prefix=BAD-STAGES
// BAD-STAGES: error: expected stages to be from 0 to 16, got -1
// RUN: not ragged-opt %t/one.mlir --ragged-choose-schedule="min-blocks=17" 2>&1 | FileCheck %s --check-prefix=BAD-BLOCKS
// BAD-BLOCKS: error: expected min-blocks to be from 0 to 16, got 17
// RUN: not ragged-opt %t/one.mlir --ragged-choose-schedule="batch=-1" 2>&1 | FileCheck %s --check-prefix=BAD-BATCH
// BAD-BATCH: error: expected batch to be from 0 to 2147483647, got -1
// RUN: not ragged-opt %t/one.mlir --ragged-choose-schedule="rows-per-block=40" 2>&1 | FileCheck %s --check-prefix=BAD-ROWS
// BAD-ROWS: error: expected rows-per-block to be a multiple of 16, got 40
// RUN: not ragged-opt %t/one.mlir --ragged-choose-schedule="rows-per-block=-16" 2>&1 | FileCheck %s --check-prefix=NEGATIVE-ROWS
// NEGATIVE-ROWS: error: expected rows-per-block to be a multiple of 16, got -16

// What stands in the way is named with its limit, and what fits in its place. Shared memory:
// RUN: not ragged-opt %t/long.mlir --ragged-choose-schedule="family=single" 2>&1 | FileCheck %s --check-prefix=SHARED-LIMIT
// SHARED-LIMIT: long.mlir:[[#]]:8: error: 'ragged.attention' op expected a schedule that fits sm_90a, got none of {{[1-9][0-9]*}} candidates: single {{.*}} needs 258 KiB of shared memory a block at capacity 1024, sm_90a has 227 KiB; nearest that fits: capacity 896 or family={{[a-z]+}}{{$}}
// RUN: not ragged-opt %t/large.mlir --ragged-choose-schedule="family=single arch=sm_86" 2>&1 | FileCheck %s --check-prefix=LARGE
// LARGE: large.mlir:[[#]]:8: error: 'ragged.attention' op expected a schedule that fits sm_86, got none of {{[1-9][0-9]*}} candidates: {{.*}} needs 1200 KiB of shared memory a block at capacity 577, sm_86 has 99 KiB; nearest that fits: capacity 32 or family={{[a-z]+}}{{$}}
// RUN: not ragged-opt %t/plain.mlir --ragged-choose-schedule="family=single min-blocks=16" 2>&1 | FileCheck %s --check-prefix=RESIDENT
// RESIDENT: got none of {{[1-9][0-9]*}} candidates: so many blocks of single {{.*}} need 880 KiB of shared memory, a multiprocessor of sm_90a has 228 KiB; nearest that fits: capacity 32, family={{[a-z]+}} or min-blocks={{[2-9]$}}
// RUN: not ragged-opt %t/narrow.mlir --ragged-choose-schedule="warps=8 min-blocks=8 arch=sm_86" 2>&1 | FileCheck %s --check-prefix=THREADS
// THREADS: got none of {{[1-9][0-9]*}} candidates: so many blocks of {{.*}} have 2048 threads, a multiprocessor of sm_86 holds 1536; nearest that fits: warps=6 or min-blocks=6{{$}}
// Registers.
// RUN: not ragged-opt %t/tuned.mlir --ragged-choose-schedule="softmax=single_pass" 2>&1 | FileCheck %s --check-prefix=REGISTER-LIMIT
// REGISTER-LIMIT: got none of {{[1-9][0-9]*}} candidates: single {{.*}} with single-pass softmax needs about 352 registers a thread at capacity 577, sm_90a has 248 to give; nearest that fits: capacity 384 or softmax=online{{$}}
// Chips, elements, head dimensions, families, warps and a place of Q that wgmma cannot have.
// RUN: not ragged-opt %t/one.mlir --ragged-choose-schedule="mma=warpgroup arch=sm_80" 2>&1 | FileCheck %s --check-prefix=GROUP-SM80
// GROUP-SM80: one.mlir:[[#]]:8: error: 'ragged.attention' op expected a schedule that fits sm_80, got none of {{[1-9][0-9]*}} candidates: wgmma needs sm_90a, got sm_80; nearest that fits: sm_90a or mma=warp{{$}}
// RUN: not ragged-opt %t/one.mlir --ragged-choose-schedule="mma=warpgroup arch=sm_90" 2>&1 | FileCheck %s --check-prefix=GROUP-SM90
// GROUP-SM90: got none of {{[1-9][0-9]*}} candidates: wgmma needs sm_90a, got sm_90; nearest that fits: sm_90a or mma=warp{{$}}
// RUN: not ragged-opt %t/f32.mlir --ragged-choose-schedule="mma=warpgroup" 2>&1 | FileCheck %s --check-prefix=GROUP-F32
// GROUP-F32: got none of 0 candidates: mma=warpgroup takes bf16 and f16, got f32; nearest that fits: mma=warp{{$}}
// RUN: not ragged-opt %t/wider.mlir --ragged-choose-schedule="family=ring" 2>&1 | FileCheck %s --check-prefix=RING-WIDE
// RING-WIDE: got none of 0 candidates: family=ring takes no head dimension 160; nearest that fits: head dimension 128 or family={{[a-z]+}}{{$}}
// RUN: not ragged-opt %t/one.mlir --ragged-choose-schedule="family=ring" 2>&1 | FileCheck %s --check-prefix=RING-CAUSAL
// RING-CAUSAL: got none of 0 candidates: no schedule has family=ring; nearest that fits: family={{[a-z]+}}{{$}}
// RUN: not ragged-opt %t/one.mlir --ragged-choose-schedule="mma=warpgroup family=warp" 2>&1 | FileCheck %s --check-prefix=GROUP-FAMILY
// GROUP-FAMILY: got none of 0 candidates: no schedule has family=warp and mma=warpgroup together; nearest that fits: family={{[a-z]+}} or mma=warp{{$}}
// RUN: not ragged-opt %t/one.mlir --ragged-choose-schedule="mma=warpgroup warps=6" 2>&1 | FileCheck %s --check-prefix=GROUP-SIX
// GROUP-SIX: got none of 0 candidates: no schedule has mma=warpgroup and warps=6 together; nearest that fits: mma=warp or warps=4{{$}}
// RUN: not ragged-opt %t/one.mlir --ragged-choose-schedule="mma=warpgroup family=single queries=shared" 2>&1 | FileCheck %s --check-prefix=GROUP-QUERIES
// GROUP-QUERIES: got none of 0 candidates: no schedule has family=single and queries=shared and mma=warpgroup together; nearest that fits: family={{[a-z]+}}, queries=registers or mma=warp{{$}}
// Keys at a time as wide as the output, with which ptxas loses queries in registers: another width, or the other softmax.
// RUN: not ragged-opt %t/one.mlir --ragged-specialise="block-n=64" --ragged-choose-schedule="family=single mma=warpgroup softmax=online" 2>&1 | FileCheck %s --check-prefix=WIDTHS
// WIDTHS: got none of {{[1-9][0-9]*}} candidates: single with wgmma, online softmax and queries in registers takes no block_n of 64, the head dimension of v, with which ptxas overwrites the queries; nearest that fits: family={{[a-z]+}}, softmax=single_pass, mma=warp or block-n=48{{$}}
// RUN: not ragged-opt %t/one.mlir --ragged-specialise="block-n=64" --ragged-choose-schedule="family=online mma=warpgroup queries=registers" 2>&1 | FileCheck %s --check-prefix=WIDTHS-ONLINE
// WIDTHS-ONLINE: candidates: online with wgmma, online softmax and queries in registers takes no block_n of 64, {{.*}}; nearest that fits: family={{[a-z]+}}, queries=shared, mma=warp or block-n=48{{$}}
// RUN: ragged-opt %t/one.mlir --ragged-specialise="block-n=64" --ragged-choose-schedule="family=single mma=warpgroup" | FileCheck %t/one.mlir --check-prefix=WIDTHS-PASS
// RUN: ragged-opt %t/one.mlir --ragged-specialise="block-n=48" --ragged-choose-schedule="family=single mma=warpgroup softmax=online" -o /dev/null
// What contradicts itself, or asks for more heads than there are.
// RUN: not ragged-opt %t/one.mlir --ragged-choose-schedule="family=online softmax=single_pass" 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: one.mlir:[[#]]:8: error: 'ragged.attention' op expected a schedule that fits sm_90a, got none of 0 candidates: no schedule has family=online and softmax=single_pass together; nearest that fits: family={{single|warp}} or softmax=online{{$}}
// RUN: not ragged-opt %t/one.mlir --ragged-choose-schedule="family=single stages=3" 2>&1 | FileCheck %s --check-prefix=DEEP
// DEEP: got none of 0 candidates: no schedule has family=single and stages=3 together; nearest that fits: family={{[a-z]+}} or stages=2{{$}}
// RUN: not ragged-opt %t/one.mlir --ragged-choose-schedule="family=warp warps=16" 2>&1 | FileCheck %s --check-prefix=HEADS
// HEADS: got none of 0 candidates: family=warp and warps=16 takes more heads than 12; nearest that fits: family={{[a-z]+}} or warps=
// RUN: not ragged-opt %t/unknown.mlir --ragged-choose-schedule 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// UNKNOWN: unknown.mlir:[[#]]:8: error: 'ragged.attention' op expected heads, head dimensions and max_seqlen to be known; run ragged-specialise
// RUN: not ragged-opt %t/capacity.mlir --ragged-choose-schedule 2>&1 | FileCheck %s --check-prefix=CAPACITY
// CAPACITY: capacity.mlir:[[#]]:8: error: 'ragged.attention' op expected heads, head dimensions and max_seqlen to be known; run ragged-specialise

//--- three.mlir
// Other operations stay as they are. Short sequences get a warp each, long ones pass through a ring.
// CHECK-LABEL: func.func @short
// CHECK: ragged.attention %{{.*}} offsets(%{{.*}}) {max_seqlen = 16 : i64, ragged_kernel.schedule = #ragged_kernel.schedule<
// CHECK-SAME: family = {{warp|single}}, block_m = 16,
// CHECK-SAME: heads_per_block = {{[1-4]}}, min_blocks = {{[0-9]+}}, softmax = single_pass, q_in_registers = true,
// CHECK-SAME: reason = "{{.*}}">}
// CHECK-LABEL: func.func @long
// CHECK: ragged.attention %{{.*}} {causal, max_seqlen = 4096 : i64, ragged_kernel.schedule = #ragged_kernel.schedule<
// CHECK-SAME: family = online, block_m = [[#M:]],
// CHECK-SAME: block_n = {{[0-9]+}}, rows_per_block = {{[0-9]+}}, warps = [[#div(M,16)]], stages = {{[23]}}, heads_per_block = 1,
// CHECK-SAME: softmax = online
// CHECK-LABEL: func.func @pack
// CHECK: ragged.pack
// CHECK-NOT: schedule

// One remark for each, at its place, with what binds, the clocks of each unit, the resources and how many were compared.
// REMARK: three.mlir:[[#]]:8: remark: [Passed] Schedule | Category:choose-schedule | Function=short |
// REMARK-SAME: {{warp|single}} with single-pass softmax{{( and wgmma)?}}: {{device memory|L2 cache|shared memory|ex2|tensor cores|latency}} binds at {{[0-9]+}} clocks a sequence and head (device memory {{[0-9]+}}, L2 {{[0-9]+}}, tensor {{[0-9]+}}, shared {{[0-9]+}}, ex2 {{[0-9]+}}); about {{[0-9]+}} registers and {{[0-9]+}} bytes of shared memory, {{[0-9]+}} blocks of {{[0-9]+}} warps on a multiprocessor of sm_90a; best of {{[1-9][0-9]*}} candidates
// REMARK: three.mlir:[[#]]:8: remark: [Passed] Schedule | Category:choose-schedule | Function=long |
// REMARK-SAME: online with online softmax and wgmma: {{.*}} on a multiprocessor of sm_90a; best of
// REMARK-NOT: remark
func.func @short(%qkv: tensor<?x3x12x64xbf16>, %offsets: tensor<?xi32>) -> tensor<?x12x64xbf16> {
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 16 : i64}
       : tensor<?x3x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return %o : tensor<?x12x64xbf16>
}
func.func @long(%qkv: tensor<?x3x12x64xbf16>, %offsets: tensor<?xi32>) -> tensor<?x12x64xbf16> {
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 4096 : i64, causal}
       : tensor<?x3x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return %o : tensor<?x12x64xbf16>
}
func.func @pack(%x: tensor<?x197x768xbf16>, %keep: tensor<?x197xi1>) -> tensor<?xi32> {
  %rows, %offsets, %indices = ragged.pack %x, %keep
      : tensor<?x197x768xbf16>, tensor<?x197xi1> -> tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32>
  return %offsets : tensor<?xi32>
}

//--- one.mlir
// The padded capacity is 112 rows.
// WARP: family = warp, block_m = 16, block_n = {{[0-9]+}}, rows_per_block = 112, warps = [[W:[0-9]+]], stages = 1, heads_per_block = [[W]],
// SINGLE: family = single, block_m = [[#M:]],
// SINGLE-SAME: block_n = {{[0-9]+}}, rows_per_block = {{[0-9]+}}, warps = [[#div(M,16)]], stages = {{[12]}}, heads_per_block = 1,
// ONLINE: family = online, {{.*}} stages = {{[23]}}, heads_per_block = 1, min_blocks = {{[0-9]+}}, softmax = online,
// SINGLE-PASS: family = {{warp|single}}, {{.*}} softmax = single_pass, {{.*}} reason = "{{warp|single}} with single-pass softmax
// ONLINE-SOFTMAX: softmax = online, {{.*}} with online softmax
// WARPS: warps = 3,
// STAGES: stages = 4,
// STAGE: stages = 1,
// MIN-BLOCKS: min_blocks = 5,
// REGISTERS: q_in_registers = true,
// Q in shared memory is still being read when the next would come: there is nothing to prefetch.
// SHARED: stages = 1, {{.*}} q_in_registers = false,
// ROWS: rows_per_block = 48,
// With few sequences a block takes a part of the rows, with many all of them.
// BATCH: rows_per_block = {{16|32|64}},
// MANY: rows_per_block = {{112|128}},
// ARCH: on a multiprocessor of sm_86;
// BLOCKS: block_m = 64, block_n = 48, rows_per_block = 128, warps = 4,
// GROUP-SINGLE: family = single, block_m = 64, {{.*}} warps = 4, {{.*}} q_in_registers = true, warpgroups = true, reason = "single with {{.*}} softmax and wgmma:
// GROUP-ONLINE: family = online, {{.*}} q_in_registers = false, warpgroups = true, reason = "online with online softmax and wgmma:
// GROUP-REGISTERS: family = online, {{.*}} q_in_registers = true, warpgroups = true,
// WIDTHS-PASS: block_n = 64, {{.*}} softmax = single_pass, q_in_registers = true, warpgroups = true,
// GROUP-WARPS: block_m = 128, {{.*}} warps = 8, {{.*}} warpgroups = true,
func.func @one(%qkv: tensor<?x3x12x64xbf16>, %offsets: tensor<?xi32>) -> tensor<?x12x64xbf16> {
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 100 : i64, scale = 0.5 : f32, causal}
       : tensor<?x3x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return %o : tensor<?x12x64xbf16>
}

//--- tuned.mlir
// TUNED: family = online, block_m = 128, block_n = 96, rows_per_block = 128, warps = 8, stages = 3,
// TUNED-SAME: q_in_registers = false, warpgroups = true, reason = "{{.*}} chosen from runs on NVIDIA H200
// ESTIMATED: best of {{[0-9]+}} candidates
func.func @tuned(%qkv: tensor<?x3x12x64xbf16>, %offsets: tensor<?xi32>) -> tensor<?x12x64xbf16> {
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 577 : i64}
       : tensor<?x3x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return %o : tensor<?x12x64xbf16>
}

//--- long.mlir
func.func @long(%qkv: tensor<?x3x12x64xbf16>, %offsets: tensor<?xi32>) -> tensor<?x12x64xbf16> {
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 1024 : i64}
       : tensor<?x3x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return %o : tensor<?x12x64xbf16>
}

//--- narrow.mlir
func.func @narrow(%qkv: tensor<?x3x2x16xf16>, %offsets: tensor<?xi32>) -> tensor<?x2x16xf16> {
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 32 : i64}
       : tensor<?x3x2x16xf16>, tensor<?xi32> -> tensor<?x2x16xf16>
  return %o : tensor<?x2x16xf16>
}

//--- large.mlir
func.func @large(%qkv: tensor<?x3x12x256xf32>, %offsets: tensor<?xi32>) -> tensor<?x12x256xf32> {
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 577 : i64}
       : tensor<?x3x12x256xf32>, tensor<?xi32> -> tensor<?x12x256xf32>
  return %o : tensor<?x12x256xf32>
}

//--- unknown.mlir
func.func @unknown(%qkv: tensor<?x3x?x64xbf16>, %offsets: tensor<?xi32>) -> tensor<?x?x64xbf16> {
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 577 : i64}
       : tensor<?x3x?x64xbf16>, tensor<?xi32> -> tensor<?x?x64xbf16>
  return %o : tensor<?x?x64xbf16>
}

//--- capacity.mlir
func.func @capacity(%qkv: tensor<?x3x12x64xbf16>, %offsets: tensor<?xi32>) -> tensor<?x12x64xbf16> {
  %o = ragged.attention %qkv offsets(%offsets) : tensor<?x3x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
  return %o : tensor<?x12x64xbf16>
}

//--- plain.mlir
// MMA-WARP: q_in_registers = true, reason =
// FEW: family = latency, block_m = [[#R:]],
// FEW-SAME: block_n = {{[0-9]+}}, rows_per_block = [[#R]], warps = {{[0-9]+}}, stages = 1, heads_per_block = 1,
// FEW-SAME: softmax = single_pass, q_in_registers = true, reason = "latency with single-pass softmax: {{.*}} best of {{[0-9]+}} candidates
// ENOUGH: family = ring, block_m = 192, block_n = 64, rows_per_block = 256, warps = 16, stages = 2,
// LATENCY: family = latency, block_m = [[#R:]],
// LATENCY-SAME: block_n = {{[0-9]+}}, rows_per_block = [[#R]],
// LATENCY-GROUPS: family = latency, block_m = 64, block_n = {{32|64|96|128}}, rows_per_block = 64, warps = {{8|12|16}}, stages = {{[23]}},
// LATENCY-GROUPS-SAME: softmax = online, q_in_registers = false, warpgroups = true, reason = "latency with online softmax and wgmma:
// THREE-WAYS: family = latency, block_m = 64, block_n = 80, rows_per_block = 64, warps = 12, stages = 3,
// MORE-ROWS: family = latency, block_m = 128, block_n = {{32|64|96|128}}, rows_per_block = 128, warps = 16,
// 13 tiles of 16 keys for three ways: five each at most.
// WAYS: family = latency, block_m = 32, block_n = 80, rows_per_block = 32, warps = 6,
// KEYS: family = latency, block_m = 16, block_n = 80, rows_per_block = 16, warps = 3,
// GROUP-AUTO: warpgroups = true, reason = "{{.*}} and wgmma: {{.*}} best of
func.func @plain(%qkv: tensor<?x3x12x64xf16>, %offsets: tensor<?xi32>) -> tensor<?x12x64xf16> {
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 197 : i64}
       : tensor<?x3x12x64xf16>, tensor<?xi32> -> tensor<?x12x64xf16>
  return %o : tensor<?x12x64xf16>
}

//--- wide.mlir
// Rows of 80 elements fill no swizzle; there are other layouts.
// CHECK: ragged_kernel.schedule{{.*}} warpgroups = true
// LATENCY-WIDE: family = latency,
func.func @wide(%qkv: tensor<?x3x12x80xbf16>, %offsets: tensor<?xi32>) -> tensor<?x12x80xbf16> {
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 100 : i64}
       : tensor<?x3x12x80xbf16>, tensor<?xi32> -> tensor<?x12x80xbf16>
  return %o : tensor<?x12x80xbf16>
}

//--- wider.mlir
func.func @wider(%qkv: tensor<?x3x12x160xbf16>, %offsets: tensor<?xi32>) -> tensor<?x12x160xbf16> {
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 100 : i64}
       : tensor<?x3x12x160xbf16>, tensor<?xi32> -> tensor<?x12x160xbf16>
  return %o : tensor<?x12x160xbf16>
}

//--- f32.mlir
// Products of warpgroups are of 16 bits.
// CHECK: ragged_kernel.schedule
// LATENCY-WIDE: family = latency,
func.func @f32(%qkv: tensor<?x3x12x32xf32>, %offsets: tensor<?xi32>) -> tensor<?x12x32xf32> {
  %o = ragged.attention %qkv offsets(%offsets) {max_seqlen = 100 : i64}
       : tensor<?x3x12x32xf32>, tensor<?xi32> -> tensor<?x12x32xf32>
  return %o : tensor<?x12x32xf32>
}
