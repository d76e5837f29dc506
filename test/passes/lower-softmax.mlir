// A step of softmax is written out: online within its loop, or in a single pass with the loop over keys unrolled. The order
// of the operations is what this pass decides, so it is checked line by line.
// RUN: split-file %s %t
// RUN: ragged-opt %t/online.mlir --ragged-kernel-lower-softmax | FileCheck %t/online.mlir --implicit-check-not=softmax_step
// RUN: ragged-opt %t/single.mlir --ragged-kernel-lower-softmax | FileCheck %t/single.mlir --implicit-check-not=softmax_step --implicit-check-not=scf.for
// RUN: ragged-opt %t/one-tile.mlir --ragged-kernel-lower-softmax | FileCheck %t/one-tile.mlir --implicit-check-not=softmax_step --implicit-check-not=scf.
// RUN: ragged-opt %t/causal.mlir --ragged-kernel-lower-softmax | FileCheck %t/causal.mlir --implicit-check-not=softmax_step --implicit-check-not=scf.for
// RUN: ragged-opt %t/causal.mlir --ragged-kernel-split-mask-ranges --ragged-kernel-lower-softmax | FileCheck %t/causal.mlir --check-prefix=SPLIT
// RUN: ragged-opt %t/causal.mlir --ragged-kernel-lower-softmax --ragged-kernel-lower-softmax | FileCheck %t/causal.mlir
// RUN: ragged-opt %t/group.mlir --ragged-kernel-lower-softmax | FileCheck %t/group.mlir --implicit-check-not=mma_
// RUN: sed 's/single_pass/online/' %t/group.mlir | ragged-opt --ragged-kernel-lower-softmax | FileCheck %t/group.mlir --check-prefix=ONLINE --implicit-check-not=mma_
// RUN: sed 's/0.0 : !out/1.0 : !out/' %t/group.mlir | ragged-opt --ragged-kernel-lower-softmax | FileCheck %t/group.mlir --check-prefix=ONES --implicit-check-not=mma_
// RUN: ragged-opt %t/lagged.mlir --ragged-kernel-lower-softmax | FileCheck %t/lagged.mlir --implicit-check-not=softmax_step
// RUN: sed 's/min_blocks = 2/min_blocks = 3/' %t/lagged.mlir | ragged-opt --ragged-kernel-lower-softmax | FileCheck %t/lagged.mlir --check-prefix=SHORT --implicit-check-not=outgrows
// RUN: sed 's/0xFF800000 : !vector/0.0 : !vector/' %t/lagged.mlir | ragged-opt --ragged-kernel-lower-softmax | FileCheck %t/lagged.mlir --check-prefix=SHORT --implicit-check-not=outgrows
// RUN: sed 's/nt fresh/nt/' %t/lagged.mlir | ragged-opt --ragged-kernel-lower-softmax | FileCheck %t/lagged.mlir --check-prefix=SHORT --implicit-check-not=outgrows
// RUN: ragged-opt %t/nothing.mlir --ragged-kernel-lower-softmax | FileCheck %t/nothing.mlir
// RUN: ragged-opt %t/alone.mlir --ragged-kernel-lower-softmax | FileCheck %t/alone.mlir
// RUN: ragged-opt %t/part-of-a-way.mlir --ragged-kernel-lower-softmax | FileCheck %t/part-of-a-way.mlir
// RUN: ragged-opt %t/invalid.mlir --ragged-kernel-lower-softmax --split-input-file --verify-diagnostics

//--- online.mlir
// The loop stays. Each block of keys raises the maximum first, complete in all threads of a row; then what was summed under
// the old maximum is corrected, and only then the block is added. The sum stays partial in each thread until after the loop.
// CHECK-LABEL: ragged_kernel.kernel @online(
// CHECK:      [[LOOP:%.*]]:3 = scf.for [[KEY:%.*]] = {{%.*}} to {{%.*}} step {{%.*}} iter_args([[ACC:%.*]] = {{%.*}}, [[MAX:%.*]] = {{%.*}}, [[SUM:%.*]] = {{%.*}})
// CHECK:        ragged_kernel.shared_rows
// CHECK-NEXT:   [[V:%.*]] = ragged_kernel.shared_rows
// CHECK:        [[SCORES:%.*]] = ragged_kernel.apply_mask
// CHECK-NEXT:   [[PART:%.*]] = ragged_kernel.row_max [[SCORES]], [[MAX]]
// CHECK-NEXT:   [[NEW:%.*]] = ragged_kernel.reduce_max [[PART]]
// CHECK-NEXT:   [[CORRECTION:%.*]] = ragged_kernel.correction e [[MAX]], [[NEW]] scale(1.000000e+00)
// CHECK-NEXT:   [[WEIGHTS:%.*]] = ragged_kernel.exp_diff e [[SCORES]], [[NEW]] scale(1.000000e+00)
// CHECK-NEXT:   [[OLD_SUM:%.*]] = ragged_kernel.mul_rows [[SUM]], [[CORRECTION]]
// CHECK-NEXT:   [[NEW_SUM:%.*]] = ragged_kernel.row_sum [[WEIGHTS]], [[OLD_SUM]]
// CHECK-NEXT:   [[OLD_ACC:%.*]] = ragged_kernel.rescale [[ACC]], [[CORRECTION]]
// CHECK-NEXT:   [[P:%.*]] = ragged_kernel.to_operand [[WEIGHTS]]
// CHECK-NEXT:   [[PENDING:%.*]] = ragged_kernel.mma_issue nn [[P]], [[V]], [[OLD_ACC]]
// CHECK-NEXT:   [[NEW_ACC:%.*]] = ragged_kernel.mma_wait [[PENDING]]
// CHECK-NEXT:   scf.yield [[NEW_ACC]], [[NEW]], [[NEW_SUM]]
// CHECK-NEXT: }
// CHECK-NEXT: [[TOTAL:%.*]] = ragged_kernel.reduce_sum [[LOOP]]#2
// CHECK-NEXT: ragged_kernel.normalize [[LOOP]]#0, [[TOTAL]]
#online = #ragged_kernel.schedule<family = single, block_m = 16, block_n = 48, rows_per_block = 112, warps = 1, stages = 1,
  heads_per_block = 1, min_blocks = 1, softmax = online, q_in_registers = true, reason = "asked">
ragged_kernel.kernel @online(%offsets: !ragged_kernel.ptr<i32>)
    attributes {block_size = 32 : i64, shared_bytes = 30720 : i64, schedule = #online} {
  %row = ragged_kernel.warp_id
  %c0 = arith.constant 0 : index
  %c48 = arith.constant 48 : index
  %begin, %length = ragged_kernel.sequence %offsets[%c0] capacity(100) : !ragged_kernel.ptr<i32>
  %k = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<112x64xf16, <xor, 128>>
  %v = ragged_kernel.alloc_shared offset(14336) : !ragged_kernel.shared<112x48xf16, <padded, 112>>
  %q_tile = ragged_kernel.alloc_shared offset(28672) : !ragged_kernel.shared<16x64xf16, <xor, 128>>
  %q = ragged_kernel.load_operand %q_tile : !ragged_kernel.shared<16x64xf16, <xor, 128>> -> !ragged_kernel.operand<16x64xf16>
  %acc = ragged_kernel.fill 0.0 : !ragged_kernel.acc<16x48xf32>
  %max = ragged_kernel.fill 0xFF800000 : !ragged_kernel.row_vector<16>
  %sum = ragged_kernel.fill 0.0 : !ragged_kernel.row_vector<16>
  %r:3 = scf.for %key = %c0 to %length step %c48 iter_args(%a = %acc, %m = %max, %s = %sum)
      -> (!ragged_kernel.acc<16x48xf32>, !ragged_kernel.row_vector<16>, !ragged_kernel.row_vector<16>) {
    %k_block = ragged_kernel.shared_rows %k[%key] : !ragged_kernel.shared<112x64xf16, <xor, 128>> -> !ragged_kernel.shared<48x64xf16, <xor, 128>>
    %v_block = ragged_kernel.shared_rows %v[%key] : !ragged_kernel.shared<112x48xf16, <padded, 112>> -> !ragged_kernel.shared<48x48xf16, <padded, 112>>
    %zero = ragged_kernel.fill 0.0 : !ragged_kernel.acc<16x48xf32>
    %pending = ragged_kernel.mma_issue nt %q, %k_block, %zero : !ragged_kernel.operand<16x64xf16>, !ragged_kernel.shared<48x64xf16, <xor, 128>>, !ragged_kernel.acc<16x48xf32> -> !ragged_kernel.pending<16x48xf32>
    %product = ragged_kernel.mma_wait %pending : !ragged_kernel.pending<16x48xf32> -> !ragged_kernel.acc<16x48xf32>
    %scores = ragged_kernel.apply_mask %product row(%row) key(%key) length(%length) : !ragged_kernel.acc<16x48xf32>
    %a1, %m1, %s1 = ragged_kernel.softmax_step %scores, %v_block, %a, %m, %s
        : !ragged_kernel.acc<16x48xf32>, !ragged_kernel.shared<48x48xf16, <padded, 112>>, !ragged_kernel.acc<16x48xf32>
    scf.yield %a1, %m1, %s1 : !ragged_kernel.acc<16x48xf32>, !ragged_kernel.row_vector<16>, !ragged_kernel.row_vector<16>
  }
  %total = ragged_kernel.reduce_sum %r#2 : !ragged_kernel.row_vector<16>
  %final = ragged_kernel.normalize %r#0, %total : !ragged_kernel.acc<16x48xf32>, !ragged_kernel.row_vector<16>
  ragged_kernel.return
}
// Without a schedule, and wherever a step stands: here under the condition that a warp has rows, and another behind it.
// CHECK-LABEL: ragged_kernel.kernel @anywhere(
// CHECK:      [[SCORES:%.*]] = ragged_kernel.fill 1.000000e+00
// CHECK-NEXT: [[V:%.*]] = ragged_kernel.alloc_shared offset(0)
// CHECK-NEXT: [[ACC:%.*]] = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT: [[MAX:%.*]] = ragged_kernel.fill 0xFF800000
// CHECK-NEXT: [[SUM:%.*]] = ragged_kernel.fill 0.000000e+00
// CHECK:      [[BRANCH:%.*]]:3 = scf.if
// CHECK-NEXT:   [[PART:%.*]] = ragged_kernel.row_max [[SCORES]], [[MAX]]
// CHECK-NEXT:   [[NEW:%.*]] = ragged_kernel.reduce_max [[PART]]
// CHECK-NEXT:   [[CORRECTION:%.*]] = ragged_kernel.correction e [[MAX]], [[NEW]] scale(1.000000e+00)
// CHECK-NEXT:   [[WEIGHTS:%.*]] = ragged_kernel.exp_diff e [[SCORES]], [[NEW]] scale(1.000000e+00)
// CHECK-NEXT:   [[OLD_SUM:%.*]] = ragged_kernel.mul_rows [[SUM]], [[CORRECTION]]
// CHECK-NEXT:   [[NEW_SUM:%.*]] = ragged_kernel.row_sum [[WEIGHTS]], [[OLD_SUM]]
// CHECK-NEXT:   [[OLD_ACC:%.*]] = ragged_kernel.rescale [[ACC]], [[CORRECTION]]
// CHECK-NEXT:   [[P:%.*]] = ragged_kernel.to_operand [[WEIGHTS]]
// CHECK-NEXT:   [[PENDING:%.*]] = ragged_kernel.mma_issue nn [[P]], [[V]], [[OLD_ACC]]
// CHECK-NEXT:   [[NEW_ACC:%.*]] = ragged_kernel.mma_wait [[PENDING]]
// CHECK-NEXT:   scf.yield [[NEW_ACC]], [[NEW]], [[NEW_SUM]]
// CHECK-NEXT: } else {
// CHECK-NEXT:   scf.yield [[ACC]], [[MAX]], [[SUM]]
// CHECK-NEXT: }
// CHECK-NEXT:  [[PART:%.*]] = ragged_kernel.row_max [[SCORES]], [[BRANCH]]#1
// CHECK-NEXT:  [[NEW:%.*]] = ragged_kernel.reduce_max [[PART]]
// CHECK-NEXT:  [[CORRECTION:%.*]] = ragged_kernel.correction e [[BRANCH]]#1, [[NEW]] scale(1.000000e+00)
// CHECK-NEXT:  [[WEIGHTS:%.*]] = ragged_kernel.exp_diff e [[SCORES]], [[NEW]] scale(1.000000e+00)
// CHECK-NEXT:  [[OLD_SUM:%.*]] = ragged_kernel.mul_rows [[BRANCH]]#2, [[CORRECTION]]
// CHECK-NEXT:  [[NEW_SUM:%.*]] = ragged_kernel.row_sum [[WEIGHTS]], [[OLD_SUM]]
// CHECK-NEXT:  [[OLD_ACC:%.*]] = ragged_kernel.rescale [[BRANCH]]#0, [[CORRECTION]]
// CHECK-NEXT:  [[P:%.*]] = ragged_kernel.to_operand [[WEIGHTS]]
// CHECK-NEXT:  [[PENDING:%.*]] = ragged_kernel.mma_issue nn [[P]], [[V]], [[OLD_ACC]]
// CHECK-NEXT:  [[NEW_ACC:%.*]] = ragged_kernel.mma_wait [[PENDING]]
// CHECK-NEXT:  ragged_kernel.reduce_sum [[NEW_SUM]]
// CHECK-NEXT:  ragged_kernel.normalize [[NEW_ACC]],
ragged_kernel.kernel @anywhere(%offsets: !ragged_kernel.ptr<i32>) attributes {block_size = 32 : i64, shared_bytes = 4096 : i64} {
  %warp = ragged_kernel.warp_id
  %begin, %length = ragged_kernel.sequence %offsets[%warp] capacity(100) : !ragged_kernel.ptr<i32>
  %scores = ragged_kernel.fill 1.0 : !ragged_kernel.acc<16x32xf32>
  %v = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<32x64xbf16, <xor, 128>>
  %acc = ragged_kernel.fill 0.0 : !ragged_kernel.acc<16x64xf32>
  %max = ragged_kernel.fill 0xFF800000 : !ragged_kernel.row_vector<16>
  %sum = ragged_kernel.fill 0.0 : !ragged_kernel.row_vector<16>
  %concerned = arith.cmpi slt, %warp, %length : index
  %b:3 = scf.if %concerned -> (!ragged_kernel.acc<16x64xf32>, !ragged_kernel.row_vector<16>, !ragged_kernel.row_vector<16>) {
    %a1, %m1, %s1 = ragged_kernel.softmax_step %scores, %v, %acc, %max, %sum
        : !ragged_kernel.acc<16x32xf32>, !ragged_kernel.shared<32x64xbf16, <xor, 128>>, !ragged_kernel.acc<16x64xf32>
    scf.yield %a1, %m1, %s1 : !ragged_kernel.acc<16x64xf32>, !ragged_kernel.row_vector<16>, !ragged_kernel.row_vector<16>
  } else {
    scf.yield %acc, %max, %sum : !ragged_kernel.acc<16x64xf32>, !ragged_kernel.row_vector<16>, !ragged_kernel.row_vector<16>
  }
  %a2, %m2, %s2 = ragged_kernel.softmax_step %scores, %v, %b#0, %b#1, %b#2
      : !ragged_kernel.acc<16x32xf32>, !ragged_kernel.shared<32x64xbf16, <xor, 128>>, !ragged_kernel.acc<16x64xf32>
  %total = ragged_kernel.reduce_sum %s2 : !ragged_kernel.row_vector<16>
  %final = ragged_kernel.normalize %a2, %total : !ragged_kernel.acc<16x64xf32>, !ragged_kernel.row_vector<16>
  ragged_kernel.return
}

//--- single.mlir
// All scores and their maximum, then all exponentials, sums and products; no correction anywhere. Capacity 100 with 48 keys
// at a time gives tiles of 48, 48 and 16, which together end with the 112 keys that are resident. The first tile is always
// live; the others are skipped, in both halves, where the sequence ends before them. The product with V keeps its 48
// columns, though they are as many as the keys of a tile.
// CHECK-LABEL: ragged_kernel.kernel @tiles(
// CHECK:      [[ROW:%.*]] = ragged_kernel.warp_id
// CHECK:      %begin, [[LENGTH:%.*]] = ragged_kernel.sequence
// CHECK-NEXT: [[K:%.*]] = ragged_kernel.alloc_shared
// CHECK-NEXT: [[V:%.*]] = ragged_kernel.alloc_shared
// CHECK:      [[Q:%.*]] = ragged_kernel.load_operand
// CHECK-NEXT: [[ACC:%.*]] = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT: [[MAX_INIT:%.*]] = ragged_kernel.fill 0xFF800000
// CHECK-NEXT: [[SUM_INIT:%.*]] = ragged_kernel.fill 0.000000e+00
// CHECK:      [[KEY0:%.*]] = arith.constant 0 : index
// CHECK-NEXT: [[K0:%.*]] = ragged_kernel.shared_rows [[K]][[[KEY0]]] : !ragged_kernel.shared<112x64xf16, <xor, 128>> -> !ragged_kernel.shared<48x64xf16, <xor, 128>>
// CHECK-NEXT: [[ZERO0:%.*]] = ragged_kernel.fill 0.000000e+00 : !ragged_kernel.acc<16x48xf32>
// CHECK-NEXT: [[PENDING0:%.*]] = ragged_kernel.mma_issue nt [[Q]], [[K0]], [[ZERO0]] : !ragged_kernel.operand<16x64xf16>, !ragged_kernel.shared<48x64xf16, <xor, 128>>, !ragged_kernel.acc<16x48xf32> -> !ragged_kernel.pending<16x48xf32>
// CHECK-NEXT: [[PRODUCT0:%.*]] = ragged_kernel.mma_wait [[PENDING0]] : !ragged_kernel.pending<16x48xf32> -> !ragged_kernel.acc<16x48xf32>
// CHECK-NEXT: [[SCORES0:%.*]] = ragged_kernel.apply_mask [[PRODUCT0]] row([[ROW]]) key([[KEY0]]) length([[LENGTH]]) : !ragged_kernel.acc<16x48xf32>
// CHECK-NEXT: [[MAX0:%.*]] = ragged_kernel.row_max [[SCORES0]], [[MAX_INIT]]
// CHECK-NEXT: [[V0:%.*]] = ragged_kernel.shared_rows [[V]][[[KEY0]]] : !ragged_kernel.shared<112x48xf16, <padded, 112>> -> !ragged_kernel.shared<48x48xf16, <padded, 112>>
// CHECK-NEXT: [[KEY1:%.*]] = arith.constant 48 : index
// CHECK-NEXT: [[FIRST1:%.*]] = arith.constant 48 : index
// CHECK-NEXT: [[LIVE1:%.*]] = arith.cmpi slt, [[FIRST1]], [[LENGTH]]
// CHECK-NEXT: [[BOTH1:%.*]]:2 = scf.if [[LIVE1]]
// CHECK-NEXT:   [[K1:%.*]] = ragged_kernel.shared_rows [[K]][[[KEY1]]] : !ragged_kernel.shared<112x64xf16, <xor, 128>> -> !ragged_kernel.shared<48x64xf16, <xor, 128>>
// CHECK-NEXT:   [[ZERO1:%.*]] = ragged_kernel.fill 0.000000e+00 : !ragged_kernel.acc<16x48xf32>
// CHECK-NEXT:   [[PENDING1:%.*]] = ragged_kernel.mma_issue nt [[Q]], [[K1]], [[ZERO1]] : !ragged_kernel.operand<16x64xf16>, !ragged_kernel.shared<48x64xf16, <xor, 128>>, !ragged_kernel.acc<16x48xf32> -> !ragged_kernel.pending<16x48xf32>
// CHECK-NEXT:   [[PRODUCT1:%.*]] = ragged_kernel.mma_wait [[PENDING1]] : !ragged_kernel.pending<16x48xf32> -> !ragged_kernel.acc<16x48xf32>
// CHECK-NEXT:   [[SCORES1:%.*]] = ragged_kernel.apply_mask [[PRODUCT1]] row([[ROW]]) key([[KEY1]]) length([[LENGTH]]) : !ragged_kernel.acc<16x48xf32>
// CHECK-NEXT:   [[MAX1:%.*]] = ragged_kernel.row_max [[SCORES1]], [[MAX0]]
// CHECK-NEXT:   scf.yield [[SCORES1]], [[MAX1]]
// CHECK-NEXT: } else {
// CHECK-NEXT:   [[UNUSED1:%.*]] = ub.poison : !ragged_kernel.acc<16x48xf32>
// CHECK-NEXT:   scf.yield [[UNUSED1]], [[MAX0]]
// CHECK-NEXT: }
// CHECK-NEXT: [[V1:%.*]] = ragged_kernel.shared_rows [[V]][[[KEY1]]] : !ragged_kernel.shared<112x48xf16, <padded, 112>> -> !ragged_kernel.shared<48x48xf16, <padded, 112>>
// CHECK-NEXT: [[KEY2:%.*]] = arith.constant 96 : index
// CHECK-NEXT: [[FIRST2:%.*]] = arith.constant 96 : index
// CHECK-NEXT: [[LIVE2:%.*]] = arith.cmpi slt, [[FIRST2]], [[LENGTH]]
// CHECK-NEXT: [[BOTH2:%.*]]:2 = scf.if [[LIVE2]]
// CHECK-NEXT:   [[K2:%.*]] = ragged_kernel.shared_rows [[K]][[[KEY2]]] : !ragged_kernel.shared<112x64xf16, <xor, 128>> -> !ragged_kernel.shared<16x64xf16, <xor, 128>>
// CHECK-NEXT:   [[ZERO2:%.*]] = ragged_kernel.fill 0.000000e+00 : !ragged_kernel.acc<16x16xf32>
// CHECK-NEXT:   [[PENDING2:%.*]] = ragged_kernel.mma_issue nt [[Q]], [[K2]], [[ZERO2]] : !ragged_kernel.operand<16x64xf16>, !ragged_kernel.shared<16x64xf16, <xor, 128>>, !ragged_kernel.acc<16x16xf32> -> !ragged_kernel.pending<16x16xf32>
// CHECK-NEXT:   [[PRODUCT2:%.*]] = ragged_kernel.mma_wait [[PENDING2]] : !ragged_kernel.pending<16x16xf32> -> !ragged_kernel.acc<16x16xf32>
// CHECK-NEXT:   [[SCORES2:%.*]] = ragged_kernel.apply_mask [[PRODUCT2]] row([[ROW]]) key([[KEY2]]) length([[LENGTH]]) : !ragged_kernel.acc<16x16xf32>
// CHECK-NEXT:   [[MAX2:%.*]] = ragged_kernel.row_max [[SCORES2]], [[BOTH1]]#1
// CHECK-NEXT:   scf.yield [[SCORES2]], [[MAX2]]
// CHECK-NEXT: } else {
// CHECK-NEXT:   [[UNUSED2:%.*]] = ub.poison : !ragged_kernel.acc<16x16xf32>
// CHECK-NEXT:   scf.yield [[UNUSED2]], [[BOTH1]]#1
// CHECK-NEXT: }
// CHECK-NEXT: [[V2:%.*]] = ragged_kernel.shared_rows [[V]][[[KEY2]]] : !ragged_kernel.shared<112x48xf16, <padded, 112>> -> !ragged_kernel.shared<16x48xf16, <padded, 112>>
// CHECK-NEXT: [[MAX:%.*]] = ragged_kernel.reduce_max [[BOTH2]]#1
// CHECK-NEXT: [[WEIGHTS0:%.*]] = ragged_kernel.exp_diff e [[SCORES0]], [[MAX]] scale(1.000000e+00) : !ragged_kernel.acc<16x48xf32>
// CHECK-NEXT: [[SUM0:%.*]] = ragged_kernel.row_sum [[WEIGHTS0]], [[SUM_INIT]]
// CHECK-NEXT: [[P0:%.*]] = ragged_kernel.to_operand [[WEIGHTS0]] : !ragged_kernel.acc<16x48xf32> -> !ragged_kernel.operand<16x48xf16>
// CHECK-NEXT: [[PV0:%.*]] = ragged_kernel.mma_issue nn [[P0]], [[V0]], [[ACC]] : !ragged_kernel.operand<16x48xf16>, !ragged_kernel.shared<48x48xf16, <padded, 112>>, !ragged_kernel.acc<16x48xf32> -> !ragged_kernel.pending<16x48xf32>
// CHECK-NEXT: [[ACC0:%.*]] = ragged_kernel.mma_wait [[PV0]]
// CHECK-NEXT: [[ADDED1:%.*]]:2 = scf.if [[LIVE1]]
// CHECK-NEXT:   [[WEIGHTS1:%.*]] = ragged_kernel.exp_diff e [[BOTH1]]#0, [[MAX]] scale(1.000000e+00) : !ragged_kernel.acc<16x48xf32>
// CHECK-NEXT:   [[SUM1:%.*]] = ragged_kernel.row_sum [[WEIGHTS1]], [[SUM0]]
// CHECK-NEXT:   [[P1:%.*]] = ragged_kernel.to_operand [[WEIGHTS1]] : !ragged_kernel.acc<16x48xf32> -> !ragged_kernel.operand<16x48xf16>
// CHECK-NEXT:   [[PV1:%.*]] = ragged_kernel.mma_issue nn [[P1]], [[V1]], [[ACC0]] : !ragged_kernel.operand<16x48xf16>, !ragged_kernel.shared<48x48xf16, <padded, 112>>, !ragged_kernel.acc<16x48xf32> -> !ragged_kernel.pending<16x48xf32>
// CHECK-NEXT:   [[ACC1:%.*]] = ragged_kernel.mma_wait [[PV1]]
// CHECK-NEXT:   scf.yield [[ACC1]], [[SUM1]]
// CHECK-NEXT: } else {
// CHECK-NEXT:   scf.yield [[ACC0]], [[SUM0]]
// CHECK-NEXT: }
// CHECK-NEXT: [[ADDED2:%.*]]:2 = scf.if [[LIVE2]]
// CHECK-NEXT:   [[WEIGHTS2:%.*]] = ragged_kernel.exp_diff e [[BOTH2]]#0, [[MAX]] scale(1.000000e+00) : !ragged_kernel.acc<16x16xf32>
// CHECK-NEXT:   [[SUM2:%.*]] = ragged_kernel.row_sum [[WEIGHTS2]], [[ADDED1]]#1
// CHECK-NEXT:   [[P2:%.*]] = ragged_kernel.to_operand [[WEIGHTS2]] : !ragged_kernel.acc<16x16xf32> -> !ragged_kernel.operand<16x16xf16>
// CHECK-NEXT:   [[PV2:%.*]] = ragged_kernel.mma_issue nn [[P2]], [[V2]], [[ADDED1]]#0 : !ragged_kernel.operand<16x16xf16>, !ragged_kernel.shared<16x48xf16, <padded, 112>>, !ragged_kernel.acc<16x48xf32> -> !ragged_kernel.pending<16x48xf32>
// CHECK-NEXT:   [[ACC2:%.*]] = ragged_kernel.mma_wait [[PV2]]
// CHECK-NEXT:   scf.yield [[ACC2]], [[SUM2]]
// CHECK-NEXT: } else {
// CHECK-NEXT:   scf.yield [[ADDED1]]#0, [[ADDED1]]#1
// CHECK-NEXT: }
// CHECK-NEXT: [[TOTAL:%.*]] = ragged_kernel.reduce_sum [[ADDED2]]#1
// CHECK-NEXT: ragged_kernel.normalize [[ADDED2]]#0, [[TOTAL]]
// CHECK-NEXT: ragged_kernel.return
#single_pass = #ragged_kernel.schedule<family = single, block_m = 16, block_n = 48, rows_per_block = 112, warps = 1, stages = 1,
  heads_per_block = 1, min_blocks = 1, softmax = single_pass, q_in_registers = true, reason = "asked">
ragged_kernel.kernel @tiles(%offsets: !ragged_kernel.ptr<i32>)
    attributes {block_size = 32 : i64, shared_bytes = 30720 : i64, schedule = #single_pass} {
  %row = ragged_kernel.warp_id
  %c0 = arith.constant 0 : index
  %c48 = arith.constant 48 : index
  %begin, %length = ragged_kernel.sequence %offsets[%c0] capacity(100) : !ragged_kernel.ptr<i32>
  %k = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<112x64xf16, <xor, 128>>
  %v = ragged_kernel.alloc_shared offset(14336) : !ragged_kernel.shared<112x48xf16, <padded, 112>>
  %q_tile = ragged_kernel.alloc_shared offset(28672) : !ragged_kernel.shared<16x64xf16, <xor, 128>>
  %q = ragged_kernel.load_operand %q_tile : !ragged_kernel.shared<16x64xf16, <xor, 128>> -> !ragged_kernel.operand<16x64xf16>
  %acc = ragged_kernel.fill 0.0 : !ragged_kernel.acc<16x48xf32>
  %max = ragged_kernel.fill 0xFF800000 : !ragged_kernel.row_vector<16>
  %sum = ragged_kernel.fill 0.0 : !ragged_kernel.row_vector<16>
  %r:3 = scf.for %key = %c0 to %length step %c48 iter_args(%a = %acc, %m = %max, %s = %sum)
      -> (!ragged_kernel.acc<16x48xf32>, !ragged_kernel.row_vector<16>, !ragged_kernel.row_vector<16>) {
    %k_block = ragged_kernel.shared_rows %k[%key] : !ragged_kernel.shared<112x64xf16, <xor, 128>> -> !ragged_kernel.shared<48x64xf16, <xor, 128>>
    %v_block = ragged_kernel.shared_rows %v[%key] : !ragged_kernel.shared<112x48xf16, <padded, 112>> -> !ragged_kernel.shared<48x48xf16, <padded, 112>>
    %zero = ragged_kernel.fill 0.0 : !ragged_kernel.acc<16x48xf32>
    %pending = ragged_kernel.mma_issue nt %q, %k_block, %zero : !ragged_kernel.operand<16x64xf16>, !ragged_kernel.shared<48x64xf16, <xor, 128>>, !ragged_kernel.acc<16x48xf32> -> !ragged_kernel.pending<16x48xf32>
    %product = ragged_kernel.mma_wait %pending : !ragged_kernel.pending<16x48xf32> -> !ragged_kernel.acc<16x48xf32>
    %scores = ragged_kernel.apply_mask %product row(%row) key(%key) length(%length) : !ragged_kernel.acc<16x48xf32>
    %a1, %m1, %s1 = ragged_kernel.softmax_step %scores, %v_block, %a, %m, %s
        : !ragged_kernel.acc<16x48xf32>, !ragged_kernel.shared<48x48xf16, <padded, 112>>, !ragged_kernel.acc<16x48xf32>
    scf.yield %a1, %m1, %s1 : !ragged_kernel.acc<16x48xf32>, !ragged_kernel.row_vector<16>, !ragged_kernel.row_vector<16>
  }
  %total = ragged_kernel.reduce_sum %r#2 : !ragged_kernel.row_vector<16>
  %final = ragged_kernel.normalize %r#0, %total : !ragged_kernel.acc<16x48xf32>, !ragged_kernel.row_vector<16>
  ragged_kernel.return
}

//--- one-tile.mlir
// A capacity of one tile needs no condition. 40 keys are padded to 48, the masks see to the rest; 20 keys are padded to 32.
// CHECK-LABEL: ragged_kernel.kernel @forty(
// CHECK:      [[SCORES:%.*]] = ragged_kernel.apply_mask {{.*}} : !ragged_kernel.acc<16x48xf32>
// CHECK-NEXT: [[MAX0:%.*]] = ragged_kernel.row_max [[SCORES]],
// CHECK-NEXT: [[V:%.*]] = ragged_kernel.shared_rows
// CHECK-NEXT: [[MAX:%.*]] = ragged_kernel.reduce_max [[MAX0]]
// CHECK-NEXT: [[WEIGHTS:%.*]] = ragged_kernel.exp_diff e [[SCORES]], [[MAX]]
// CHECK-NEXT: [[SUM:%.*]] = ragged_kernel.row_sum [[WEIGHTS]],
// CHECK-NEXT: [[P:%.*]] = ragged_kernel.to_operand [[WEIGHTS]]
// CHECK-NEXT: [[PV:%.*]] = ragged_kernel.mma_issue nn [[P]], [[V]],
// CHECK-NEXT: [[ACC:%.*]] = ragged_kernel.mma_wait [[PV]]
// CHECK-NEXT: [[TOTAL:%.*]] = ragged_kernel.reduce_sum [[SUM]]
// CHECK-NEXT: ragged_kernel.normalize [[ACC]], [[TOTAL]]
// CHECK-LABEL: ragged_kernel.kernel @twenty(
// CHECK:       ragged_kernel.mma_issue nt {{.*}} -> !ragged_kernel.pending<16x32xf32>
// CHECK:       ragged_kernel.mma_issue nn {{.*}} !ragged_kernel.shared<32x48xf16, <padded, 112>>, !ragged_kernel.acc<16x48xf32>
#single_pass = #ragged_kernel.schedule<family = single, block_m = 16, block_n = 48, rows_per_block = 112, warps = 1, stages = 1,
  heads_per_block = 1, min_blocks = 1, softmax = single_pass, q_in_registers = true, reason = "asked">
ragged_kernel.kernel @forty(%offsets: !ragged_kernel.ptr<i32>)
    attributes {block_size = 32 : i64, shared_bytes = 30720 : i64, schedule = #single_pass} {
  %row = ragged_kernel.warp_id
  %c0 = arith.constant 0 : index
  %c48 = arith.constant 48 : index
  %begin, %length = ragged_kernel.sequence %offsets[%c0] capacity(40) : !ragged_kernel.ptr<i32>
  %k = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<112x64xf16, <xor, 128>>
  %v = ragged_kernel.alloc_shared offset(14336) : !ragged_kernel.shared<112x48xf16, <padded, 112>>
  %q_tile = ragged_kernel.alloc_shared offset(28672) : !ragged_kernel.shared<16x64xf16, <xor, 128>>
  %q = ragged_kernel.load_operand %q_tile : !ragged_kernel.shared<16x64xf16, <xor, 128>> -> !ragged_kernel.operand<16x64xf16>
  %acc = ragged_kernel.fill 0.0 : !ragged_kernel.acc<16x48xf32>
  %max = ragged_kernel.fill 0xFF800000 : !ragged_kernel.row_vector<16>
  %sum = ragged_kernel.fill 0.0 : !ragged_kernel.row_vector<16>
  %r:3 = scf.for %key = %c0 to %length step %c48 iter_args(%a = %acc, %m = %max, %s = %sum)
      -> (!ragged_kernel.acc<16x48xf32>, !ragged_kernel.row_vector<16>, !ragged_kernel.row_vector<16>) {
    %k_block = ragged_kernel.shared_rows %k[%key] : !ragged_kernel.shared<112x64xf16, <xor, 128>> -> !ragged_kernel.shared<48x64xf16, <xor, 128>>
    %v_block = ragged_kernel.shared_rows %v[%key] : !ragged_kernel.shared<112x48xf16, <padded, 112>> -> !ragged_kernel.shared<48x48xf16, <padded, 112>>
    %zero = ragged_kernel.fill 0.0 : !ragged_kernel.acc<16x48xf32>
    %pending = ragged_kernel.mma_issue nt %q, %k_block, %zero : !ragged_kernel.operand<16x64xf16>, !ragged_kernel.shared<48x64xf16, <xor, 128>>, !ragged_kernel.acc<16x48xf32> -> !ragged_kernel.pending<16x48xf32>
    %product = ragged_kernel.mma_wait %pending : !ragged_kernel.pending<16x48xf32> -> !ragged_kernel.acc<16x48xf32>
    %scores = ragged_kernel.apply_mask %product row(%row) key(%key) length(%length) : !ragged_kernel.acc<16x48xf32>
    %a1, %m1, %s1 = ragged_kernel.softmax_step %scores, %v_block, %a, %m, %s
        : !ragged_kernel.acc<16x48xf32>, !ragged_kernel.shared<48x48xf16, <padded, 112>>, !ragged_kernel.acc<16x48xf32>
    scf.yield %a1, %m1, %s1 : !ragged_kernel.acc<16x48xf32>, !ragged_kernel.row_vector<16>, !ragged_kernel.row_vector<16>
  }
  %total = ragged_kernel.reduce_sum %r#2 : !ragged_kernel.row_vector<16>
  %final = ragged_kernel.normalize %r#0, %total : !ragged_kernel.acc<16x48xf32>, !ragged_kernel.row_vector<16>
  ragged_kernel.return
}
ragged_kernel.kernel @twenty(%offsets: !ragged_kernel.ptr<i32>)
    attributes {block_size = 32 : i64, shared_bytes = 30720 : i64, schedule = #single_pass} {
  %row = ragged_kernel.warp_id
  %c0 = arith.constant 0 : index
  %c48 = arith.constant 48 : index
  %begin, %length = ragged_kernel.sequence %offsets[%c0] capacity(20) : !ragged_kernel.ptr<i32>
  %k = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<112x64xf16, <xor, 128>>
  %v = ragged_kernel.alloc_shared offset(14336) : !ragged_kernel.shared<112x48xf16, <padded, 112>>
  %q_tile = ragged_kernel.alloc_shared offset(28672) : !ragged_kernel.shared<16x64xf16, <xor, 128>>
  %q = ragged_kernel.load_operand %q_tile : !ragged_kernel.shared<16x64xf16, <xor, 128>> -> !ragged_kernel.operand<16x64xf16>
  %acc = ragged_kernel.fill 0.0 : !ragged_kernel.acc<16x48xf32>
  %max = ragged_kernel.fill 0xFF800000 : !ragged_kernel.row_vector<16>
  %sum = ragged_kernel.fill 0.0 : !ragged_kernel.row_vector<16>
  %r:3 = scf.for %key = %c0 to %length step %c48 iter_args(%a = %acc, %m = %max, %s = %sum)
      -> (!ragged_kernel.acc<16x48xf32>, !ragged_kernel.row_vector<16>, !ragged_kernel.row_vector<16>) {
    %k_block = ragged_kernel.shared_rows %k[%key] : !ragged_kernel.shared<112x64xf16, <xor, 128>> -> !ragged_kernel.shared<48x64xf16, <xor, 128>>
    %v_block = ragged_kernel.shared_rows %v[%key] : !ragged_kernel.shared<112x48xf16, <padded, 112>> -> !ragged_kernel.shared<48x48xf16, <padded, 112>>
    %zero = ragged_kernel.fill 0.0 : !ragged_kernel.acc<16x48xf32>
    %pending = ragged_kernel.mma_issue nt %q, %k_block, %zero : !ragged_kernel.operand<16x64xf16>, !ragged_kernel.shared<48x64xf16, <xor, 128>>, !ragged_kernel.acc<16x48xf32> -> !ragged_kernel.pending<16x48xf32>
    %product = ragged_kernel.mma_wait %pending : !ragged_kernel.pending<16x48xf32> -> !ragged_kernel.acc<16x48xf32>
    %scores = ragged_kernel.apply_mask %product row(%row) key(%key) length(%length) : !ragged_kernel.acc<16x48xf32>
    %a1, %m1, %s1 = ragged_kernel.softmax_step %scores, %v_block, %a, %m, %s
        : !ragged_kernel.acc<16x48xf32>, !ragged_kernel.shared<48x48xf16, <padded, 112>>, !ragged_kernel.acc<16x48xf32>
    scf.yield %a1, %m1, %s1 : !ragged_kernel.acc<16x48xf32>, !ragged_kernel.row_vector<16>, !ragged_kernel.row_vector<16>
  }
  %total = ragged_kernel.reduce_sum %r#2 : !ragged_kernel.row_vector<16>
  %final = ragged_kernel.normalize %r#0, %total : !ragged_kernel.acc<16x48xf32>, !ragged_kernel.row_vector<16>
  ragged_kernel.return
}

//--- causal.mlir
// The keys end with the row tile; what is live follows from that end, not from the length.
// CHECK-LABEL: ragged_kernel.kernel @causal(
// CHECK:       [[END:%.*]] = arith.minsi
// CHECK:       [[LIVE1:%.*]] = arith.cmpi slt, {{%.*}}, [[END]]
// CHECK-NEXT:  scf.if [[LIVE1]]
// CHECK:       ragged_kernel.apply_mask {{.*}} {causal} : !ragged_kernel.acc<16x48xf32>
// CHECK:       [[LIVE2:%.*]] = arith.cmpi slt, {{%.*}}, [[END]]
// CHECK-NEXT:  scf.if [[LIVE2]]
// CHECK:       ragged_kernel.apply_mask {{.*}} {causal} : !ragged_kernel.acc<16x16xf32>
// CHECK:       scf.if [[LIVE1]]
// CHECK:       scf.if [[LIVE2]]
// Masks that are already under conditions are cloned with them. The narrow tile has 16 keys in both of its sides; a condition
// that counts the 48 keys of the others holds more often than it must, never less.
// SPLIT-LABEL: ragged_kernel.kernel @causal(
// SPLIT:       [[END:%.*]] = arith.minsi
// SPLIT:       [[KEY:%.*]] = arith.constant 96 : index
// SPLIT:       scf.if {{%.*}} -> (!ragged_kernel.acc<16x16xf32>, !ragged_kernel.row_vector<16>) {
// SPLIT:         [[PRODUCT:%.*]] = ragged_kernel.mma_wait
// SPLIT:         [[KEYS:%.*]] = scf.if {{%.*}} -> (!ragged_kernel.acc<16x16xf32>) {
// SPLIT-NEXT:      [[MASKED:%.*]] = ragged_kernel.mask_keys [[PRODUCT]] key([[KEY]]) length({{%.*}}) : !ragged_kernel.acc<16x16xf32>
// SPLIT-NEXT:      scf.yield [[MASKED]] : !ragged_kernel.acc<16x16xf32>
// SPLIT-NEXT:    } else {
// SPLIT-NEXT:      scf.yield [[PRODUCT]] : !ragged_kernel.acc<16x16xf32>
// SPLIT:         [[DIAGONAL:%.*]] = scf.if {{%.*}} -> (!ragged_kernel.acc<16x16xf32>) {
// SPLIT-NEXT:      [[MASKED:%.*]] = ragged_kernel.mask_causal [[KEYS]] row({{%.*}}) key([[KEY]]) : !ragged_kernel.acc<16x16xf32>
// SPLIT-NEXT:      scf.yield [[MASKED]] : !ragged_kernel.acc<16x16xf32>
// SPLIT-NEXT:    } else {
// SPLIT-NEXT:      scf.yield [[KEYS]] : !ragged_kernel.acc<16x16xf32>
// SPLIT-NEXT:    }
// SPLIT-NEXT:    ragged_kernel.row_max [[DIAGONAL]],
#single_pass = #ragged_kernel.schedule<family = single, block_m = 16, block_n = 48, rows_per_block = 112, warps = 1, stages = 1,
  heads_per_block = 1, min_blocks = 1, softmax = single_pass, q_in_registers = true, reason = "asked">
ragged_kernel.kernel @causal(%offsets: !ragged_kernel.ptr<i32>)
    attributes {block_size = 32 : i64, shared_bytes = 30720 : i64, schedule = #single_pass} {
  %row = ragged_kernel.warp_id
  %c0 = arith.constant 0 : index
  %c48 = arith.constant 48 : index
  %begin, %length = ragged_kernel.sequence %offsets[%c0] capacity(100) : !ragged_kernel.ptr<i32>
  %c16 = arith.constant 16 : index
  %row_end = arith.addi %row, %c16 : index
  %key_end = arith.minsi %row_end, %length : index
  %k = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<112x64xf16, <xor, 128>>
  %v = ragged_kernel.alloc_shared offset(14336) : !ragged_kernel.shared<112x48xf16, <padded, 112>>
  %q_tile = ragged_kernel.alloc_shared offset(28672) : !ragged_kernel.shared<16x64xf16, <xor, 128>>
  %q = ragged_kernel.load_operand %q_tile : !ragged_kernel.shared<16x64xf16, <xor, 128>> -> !ragged_kernel.operand<16x64xf16>
  %acc = ragged_kernel.fill 0.0 : !ragged_kernel.acc<16x48xf32>
  %max = ragged_kernel.fill 0xFF800000 : !ragged_kernel.row_vector<16>
  %sum = ragged_kernel.fill 0.0 : !ragged_kernel.row_vector<16>
  %r:3 = scf.for %key = %c0 to %key_end step %c48 iter_args(%a = %acc, %m = %max, %s = %sum)
      -> (!ragged_kernel.acc<16x48xf32>, !ragged_kernel.row_vector<16>, !ragged_kernel.row_vector<16>) {
    %k_block = ragged_kernel.shared_rows %k[%key] : !ragged_kernel.shared<112x64xf16, <xor, 128>> -> !ragged_kernel.shared<48x64xf16, <xor, 128>>
    %v_block = ragged_kernel.shared_rows %v[%key] : !ragged_kernel.shared<112x48xf16, <padded, 112>> -> !ragged_kernel.shared<48x48xf16, <padded, 112>>
    %zero = ragged_kernel.fill 0.0 : !ragged_kernel.acc<16x48xf32>
    %pending = ragged_kernel.mma_issue nt %q, %k_block, %zero : !ragged_kernel.operand<16x64xf16>, !ragged_kernel.shared<48x64xf16, <xor, 128>>, !ragged_kernel.acc<16x48xf32> -> !ragged_kernel.pending<16x48xf32>
    %product = ragged_kernel.mma_wait %pending : !ragged_kernel.pending<16x48xf32> -> !ragged_kernel.acc<16x48xf32>
    %scores = ragged_kernel.apply_mask %product row(%row) key(%key) length(%length) {causal} : !ragged_kernel.acc<16x48xf32>
    %a1, %m1, %s1 = ragged_kernel.softmax_step %scores, %v_block, %a, %m, %s
        : !ragged_kernel.acc<16x48xf32>, !ragged_kernel.shared<48x48xf16, <padded, 112>>, !ragged_kernel.acc<16x48xf32>
    scf.yield %a1, %m1, %s1 : !ragged_kernel.acc<16x48xf32>, !ragged_kernel.row_vector<16>, !ragged_kernel.row_vector<16>
  }
  %total = ragged_kernel.reduce_sum %r#2 : !ragged_kernel.row_vector<16>
  %final = ragged_kernel.normalize %r#0, %total : !ragged_kernel.acc<16x48xf32>, !ragged_kernel.row_vector<16>
  ragged_kernel.return
}

//--- group.mlir
// Products of warpgroups stay that, in the tiles of a single pass and online. Those that begin with nothing say so: all of the
// scores, and of the products with V the first one of a single pass, whose accumulator is filled with zeros.
// CHECK-LABEL: ragged_kernel.kernel @group(
// CHECK:     [[ACC:%.*]] = ragged_kernel.fill 0.000000e+00 : !ragged_kernel.acc<16x64xf32>
// CHECK:     [[S0:%.*]] = ragged_kernel.mma_issue warpgroup nt fresh {{.*}} -> !ragged_kernel.pending<16x48xf32>
// CHECK-NEXT: ragged_kernel.mma_wait warpgroup [[S0]]
// CHECK:     scf.if
// CHECK:     [[S1:%.*]] = ragged_kernel.mma_issue warpgroup nt fresh {{.*}} -> !ragged_kernel.pending<16x16xf32>
// CHECK-NEXT: ragged_kernel.mma_wait warpgroup [[S1]]
// CHECK:     [[P0:%.*]] = ragged_kernel.mma_issue warpgroup nn fresh {{%.*}}, {{%.*}}, [[ACC]] :
// CHECK-NEXT: [[O0:%.*]] = ragged_kernel.mma_wait warpgroup [[P0]]
// CHECK:     scf.if
// CHECK:     [[P1:%.*]] = ragged_kernel.mma_issue warpgroup nn {{%.*}}, {{%.*}}, [[O0]] :
// CHECK-NEXT: ragged_kernel.mma_wait warpgroup [[P1]]
// Online, weights are taken against the maximum of the keys before, which only the first block takes of its scores. Where the
// sums of the weights outgrow it, it follows; the scores are still there. One product with V for both.
// ONLINE-LABEL: ragged_kernel.kernel @group(
// ONLINE:      scf.for [[KEY:%.*]] = [[FROM:%.*]] to {{%.*}} step {{%.*}} iter_args([[ACC:%.*]] = {{%.*}}, [[OLD:%.*]] = {{%.*}}, [[SUM:%.*]] = {{%.*}})
// ONLINE:        mma_issue warpgroup nt fresh
// ONLINE-NEXT:   mma_wait warpgroup
// ONLINE-NEXT:   [[SCORES:%.*]] = ragged_kernel.apply_mask
// ONLINE-NEXT:   [[FIRST:%.*]] = arith.cmpi eq, [[KEY]], [[FROM]]
// ONLINE-NEXT:   [[MAX:%.*]] = scf.if [[FIRST]]
// ONLINE-NEXT:     [[PART:%.*]] = ragged_kernel.row_max [[SCORES]], [[OLD]]
// ONLINE-NEXT:     [[WHOLE:%.*]] = ragged_kernel.reduce_max [[PART]]
// ONLINE-NEXT:     scf.yield [[WHOLE]]
// ONLINE-NEXT:   } else {
// ONLINE-NEXT:     scf.yield [[OLD]]
// ONLINE-NEXT:   }
// ONLINE-NEXT:   [[WEIGHTS:%.*]] = ragged_kernel.exp_diff e [[SCORES]], [[MAX]] scale(1.000000e+00)
// ONLINE-NEXT:   [[ZERO:%.*]] = ragged_kernel.fill 0.000000e+00
// ONLINE-NEXT:   [[CHUNK:%.*]] = ragged_kernel.row_sum [[WEIGHTS]], [[ZERO]]
// ONLINE-NEXT:   [[RISES:%.*]] = ragged_kernel.outgrows [[CHUNK]], [[MAX]] limit(2.560000e+02)
// ONLINE-NEXT:   [[NEW_SUM:%.*]] = ragged_kernel.add_rows [[SUM]], [[CHUNK]]
// ONLINE-NEXT:   [[P:%.*]] = ragged_kernel.to_operand [[WEIGHTS]]
// ONLINE-NEXT:   [[NEXT:%.*]]:4 = scf.if [[RISES]]
// ONLINE-NEXT:     [[PART:%.*]] = ragged_kernel.row_max [[SCORES]], [[MAX]]
// ONLINE-NEXT:     [[NEW:%.*]] = ragged_kernel.reduce_max [[PART]]
// ONLINE-NEXT:     [[CORRECTION:%.*]] = ragged_kernel.correction e [[MAX]], [[NEW]] scale(1.000000e+00)
// ONLINE-NEXT:     [[AGAIN:%.*]] = ragged_kernel.exp_diff e [[SCORES]], [[NEW]] scale(1.000000e+00)
// ONLINE-NEXT:     [[SCALED:%.*]] = ragged_kernel.mul_rows [[SUM]], [[CORRECTION]]
// ONLINE-NEXT:     [[SUMS:%.*]] = ragged_kernel.row_sum [[AGAIN]], [[SCALED]]
// ONLINE-NEXT:     [[LESS:%.*]] = ragged_kernel.rescale [[ACC]], [[CORRECTION]]
// ONLINE-NEXT:     [[P2:%.*]] = ragged_kernel.to_operand [[AGAIN]]
// ONLINE-NEXT:     scf.yield [[LESS]], [[NEW]], [[SUMS]], [[P2]]
// ONLINE-NEXT:   } else {
// ONLINE-NEXT:     scf.yield [[ACC]], [[MAX]], [[NEW_SUM]], [[P]]
// ONLINE-NEXT:   }
// ONLINE-NEXT:   [[PENDING:%.*]] = ragged_kernel.mma_issue warpgroup nn [[NEXT]]#3, {{%.*}}, [[NEXT]]#0 :
// ONLINE-NEXT:   [[OUT:%.*]] = ragged_kernel.mma_wait warpgroup [[PENDING]]
// ONLINE-NEXT:   scf.yield [[OUT]], [[NEXT]]#1, [[NEXT]]#2
// An accumulator that is filled with something else counts.
// ONES-LABEL: ragged_kernel.kernel @group(
// ONES:       [[ACC:%.*]] = ragged_kernel.fill 1.000000e+00 : !ragged_kernel.acc<16x64xf32>
// ONES:       mma_issue warpgroup nt fresh
// ONES:       mma_wait
// ONES:       mma_issue warpgroup nt fresh
// ONES:       mma_wait
// ONES:       mma_issue warpgroup nn {{%.*}}, {{%.*}}, [[ACC]] :
// ONES:       mma_wait
// ONES:       mma_issue warpgroup nn {{%.*}}
// ONES:       mma_wait
#group = #ragged_kernel.schedule<family = single, block_m = 64, block_n = 48, rows_per_block = 64, warps = 4, stages = 1,
  heads_per_block = 1, min_blocks = 1, softmax = single_pass, q_in_registers = true, warpgroups = true, reason = "asked">
!tile = !ragged_kernel.shared<64x64xf16, <xor, 128>>
!keys = !ragged_kernel.shared<48x64xf16, <xor, 128>>
!scores = !ragged_kernel.acc<16x48xf32>
!out = !ragged_kernel.acc<16x64xf32>
!vector = !ragged_kernel.row_vector<16>
ragged_kernel.kernel @group(%offsets: !ragged_kernel.ptr<i32>)
    attributes {block_size = 128 : i64, shared_bytes = 24576 : i64, schedule = #group} {
  %row = ragged_kernel.warp_id
  %c0 = arith.constant 0 : index
  %c48 = arith.constant 48 : index
  %begin, %length = ragged_kernel.sequence %offsets[%c0] capacity(60) : !ragged_kernel.ptr<i32>
  %k = ragged_kernel.alloc_shared offset(0) : !tile
  %v = ragged_kernel.alloc_shared offset(8192) : !tile
  %q_tile = ragged_kernel.alloc_shared offset(16384) : !ragged_kernel.shared<16x64xf16, <xor, 128>>
  %q = ragged_kernel.load_operand %q_tile : !ragged_kernel.shared<16x64xf16, <xor, 128>> -> !ragged_kernel.operand<16x64xf16>
  %acc = ragged_kernel.fill 0.0 : !out
  %max = ragged_kernel.fill 0xFF800000 : !vector
  %sum = ragged_kernel.fill 0.0 : !vector
  %r:3 = scf.for %key = %c0 to %length step %c48 iter_args(%a = %acc, %m = %max, %s = %sum) -> (!out, !vector, !vector) {
    %k_block = ragged_kernel.shared_rows %k[%key] : !tile -> !keys
    %v_block = ragged_kernel.shared_rows %v[%key] : !tile -> !keys
    %zero = ragged_kernel.fill 0.0 : !scores
    %pending = ragged_kernel.mma_issue warpgroup nt fresh %q, %k_block, %zero
        : !ragged_kernel.operand<16x64xf16>, !keys, !scores -> !ragged_kernel.pending<16x48xf32>
    %product = ragged_kernel.mma_wait warpgroup %pending : !ragged_kernel.pending<16x48xf32> -> !scores
    %masked = ragged_kernel.apply_mask %product row(%row) key(%key) length(%length) : !scores
    %a1, %m1, %s1 = ragged_kernel.softmax_step %masked, %v_block, %a, %m, %s {warpgroup} : !scores, !keys, !out
    scf.yield %a1, %m1, %s1 : !out, !vector, !vector
  }
  %total = ragged_kernel.reduce_sum %r#2 : !vector
  %final = ragged_kernel.normalize %r#0, %total : !out, !vector
  ragged_kernel.return
}

//--- lagged.mlir
// 96 keys and 64 columns of output leave no registers for scores beside their weights where 128 are all there are: a warp
// computes its 16 rows of them again, masks included, by products of its own out of the tile of Q of the warpgroup.
// CHECK-LABEL: ragged_kernel.kernel @lagged(
// CHECK:      scf.for [[KEY:%.*]] = {{%.*}} to [[LENGTH:%.*]] step {{%.*}} iter_args([[ACC:%.*]] = {{%.*}}, [[OLD:%.*]] = {{%.*}}, [[SUM:%.*]] = {{%.*}})
// CHECK:        mma_issue warpgroup nt fresh [[Q:%.*]], [[K:%.*]], {{%.*}} :
// CHECK:        ragged_kernel.outgrows
// CHECK-NEXT:   ragged_kernel.add_rows
// CHECK-NEXT:   ragged_kernel.to_operand
// CHECK-NEXT:   scf.if
// CHECK-NEXT:     [[WARP:%.*]] = ragged_kernel.warp_id
// CHECK-NEXT:     [[C4:%.*]] = arith.constant 4
// CHECK-NEXT:     [[PLACE:%.*]] = arith.remui [[WARP]], [[C4]]
// CHECK-NEXT:     [[C16:%.*]] = arith.constant 16
// CHECK-NEXT:     [[FIRST:%.*]] = arith.muli [[PLACE]], [[C16]]
// CHECK-NEXT:     [[ROWS:%.*]] = ragged_kernel.shared_rows [[Q]][[[FIRST]]] : !ragged_kernel.shared<64x64xbf16, <xor, 128>> -> !ragged_kernel.shared<16x64xbf16, <xor, 128>>
// CHECK-NEXT:     [[ZERO:%.*]] = ragged_kernel.fill 0.000000e+00 : !ragged_kernel.acc<16x96xf32>
// CHECK-NEXT:     [[PENDING:%.*]] = ragged_kernel.mma_issue nt [[ROWS]], [[K]], [[ZERO]] :
// CHECK-NEXT:     [[PRODUCT:%.*]] = ragged_kernel.mma_wait [[PENDING]]
// CHECK-NEXT:     [[SCALED:%.*]] = ragged_kernel.scale [[PRODUCT]] by 1.250000e-01
// CHECK-NEXT:     [[SCORES:%.*]] = ragged_kernel.apply_mask [[SCALED]] row([[ROW:%.*]]) key([[KEY]]) length([[LENGTH]]) {causal}
// CHECK-NEXT:     ragged_kernel.row_max [[SCORES]],
// CHECK-NEXT:     ragged_kernel.reduce_max
// CHECK-NEXT:     ragged_kernel.correction
// CHECK-NEXT:     ragged_kernel.exp_diff e [[SCORES]],
// With fewer registers, where the loop begins with a maximum, or where scores do not begin as zeros, it stays as it was.
// SHORT-LABEL: ragged_kernel.kernel @lagged(
// SHORT:         ragged_kernel.apply_mask
// SHORT-NEXT:    ragged_kernel.row_max
// SHORT-NEXT:    ragged_kernel.reduce_max
// SHORT-NEXT:    ragged_kernel.correction
#lagged = #ragged_kernel.schedule<family = online, block_m = 128, block_n = 96, rows_per_block = 128, warps = 8, stages = 1,
  heads_per_block = 1, min_blocks = 2, softmax = online, q_in_registers = false, warpgroups = true, reason = "asked">
!q = !ragged_kernel.shared<64x64xbf16, <xor, 128>>
!keys = !ragged_kernel.shared<96x64xbf16, <xor, 128>>
!scores = !ragged_kernel.acc<16x96xf32>
!out = !ragged_kernel.acc<16x64xf32>
!vector = !ragged_kernel.row_vector<16>
ragged_kernel.kernel @lagged(%offsets: !ragged_kernel.ptr<i32>)
    attributes {block_size = 256 : i64, min_blocks = 2 : i64, shared_bytes = 32768 : i64, schedule = #lagged} {
  %row = ragged_kernel.warp_id
  %c0 = arith.constant 0 : index
  %c96 = arith.constant 96 : index
  %begin, %length = ragged_kernel.sequence %offsets[%c0] capacity(300) : !ragged_kernel.ptr<i32>
  %k = ragged_kernel.alloc_shared offset(0) : !keys
  %v = ragged_kernel.alloc_shared offset(12288) : !keys
  %q = ragged_kernel.alloc_shared offset(24576) : !q
  %acc = ragged_kernel.fill 0.0 : !out
  %max = ragged_kernel.fill 0xFF800000 : !vector
  %sum = ragged_kernel.fill 0.0 : !vector
  %r:3 = scf.for %key = %c0 to %length step %c96 iter_args(%a = %acc, %m = %max, %s = %sum) -> (!out, !vector, !vector) {
    %zero = ragged_kernel.fill 0.0 : !scores
    %pending = ragged_kernel.mma_issue warpgroup nt fresh %q, %k, %zero : !q, !keys, !scores -> !ragged_kernel.pending<16x96xf32>
    %product = ragged_kernel.mma_wait warpgroup %pending : !ragged_kernel.pending<16x96xf32> -> !scores
    %scaled = ragged_kernel.scale %product by 1.250000e-01 : !scores
    %masked = ragged_kernel.apply_mask %scaled row(%row) key(%key) length(%length) {causal} : !scores
    %a1, %m1, %s1 = ragged_kernel.softmax_step %masked, %v, %a, %m, %s {warpgroup} : !scores, !keys, !out
    scf.yield %a1, %m1, %s1 : !out, !vector, !vector
  }
  %total = ragged_kernel.reduce_sum %r#2 : !vector
  %final = ragged_kernel.normalize %r#0, %total : !out, !vector
  ragged_kernel.return
}

//--- nothing.mlir
// A kernel without a step stays as it is.
// CHECK-LABEL: ragged_kernel.kernel @nothing(
// CHECK-NEXT:  [[WARP:%.*]] = ragged_kernel.warp_id
// CHECK-NEXT:  ragged_kernel.fill_row {{%.*}}[[[WARP]]]
// CHECK-NEXT:  ragged_kernel.return
ragged_kernel.kernel @nothing(%x: !ragged_kernel.ptr<bf16>) attributes {block_size = 32 : i64} {
  %warp = ragged_kernel.warp_id
  ragged_kernel.fill_row %x[%warp] pattern(0) bytes(16) : !ragged_kernel.ptr<bf16>
  ragged_kernel.return
}

//--- alone.mlir
// A step that no loop carries on has all keys: nothing is corrected, and the maximum is complete before the first weight.
// CHECK-LABEL: ragged_kernel.kernel @alone(
// CHECK:      [[SCORES:%.*]] = ragged_kernel.fill 1.000000e+00
// CHECK-NEXT: [[V:%.*]] = ragged_kernel.alloc_shared
// CHECK-NEXT: [[ACC:%.*]] = ragged_kernel.fill 0.000000e+00 : !ragged_kernel.acc<16x48xf32>
// CHECK-NEXT: [[MAX:%.*]] = ragged_kernel.fill 0xFF800000
// CHECK-NEXT: [[SUM:%.*]] = ragged_kernel.fill 0.000000e+00 : !ragged_kernel.row_vector<16>
// CHECK-NEXT: [[PART:%.*]] = ragged_kernel.row_max [[SCORES]], [[MAX]]
// CHECK-NEXT: [[ROW_MAX:%.*]] = ragged_kernel.reduce_max [[PART]]
// CHECK-NEXT: [[WEIGHTS:%.*]] = ragged_kernel.exp_diff e [[SCORES]], [[ROW_MAX]] scale(1.000000e+00)
// CHECK-NEXT: [[ROW_SUM:%.*]] = ragged_kernel.row_sum [[WEIGHTS]], [[SUM]]
// CHECK-NEXT: [[P:%.*]] = ragged_kernel.to_operand [[WEIGHTS]]
// CHECK-NEXT: [[PENDING:%.*]] = ragged_kernel.mma_issue nn [[P]], [[V]], [[ACC]]
// CHECK-NEXT: [[OUT:%.*]] = ragged_kernel.mma_wait [[PENDING]]
// CHECK-NEXT: ragged_kernel.mul_rows [[ROW_MAX]], [[ROW_SUM]]
// CHECK-NEXT: ragged_kernel.normalize [[OUT]], [[ROW_SUM]]
// CHECK-NEXT: ragged_kernel.return
#single_pass = #ragged_kernel.schedule<family = latency, block_m = 16, block_n = 48, rows_per_block = 16, warps = 2, stages = 1,
  heads_per_block = 1, min_blocks = 1, softmax = single_pass, q_in_registers = true, reason = "asked">
ragged_kernel.kernel @alone(%offsets: !ragged_kernel.ptr<i32>)
    attributes {block_size = 64 : i64, shared_bytes = 5376 : i64, schedule = #single_pass} {
  %scores = ragged_kernel.fill 1.0 : !ragged_kernel.acc<16x48xf32>
  %v = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<48x48xf16, <padded, 112>>
  %a = ragged_kernel.fill 0.0 : !ragged_kernel.acc<16x48xf32>
  %m = ragged_kernel.fill 0xFF800000 : !ragged_kernel.row_vector<16>
  %s = ragged_kernel.fill 0.0 : !ragged_kernel.row_vector<16>
  %a1, %m1, %s1 = ragged_kernel.softmax_step %scores, %v, %a, %m, %s
      : !ragged_kernel.acc<16x48xf32>, !ragged_kernel.shared<48x48xf16, <padded, 112>>, !ragged_kernel.acc<16x48xf32>
  %used = ragged_kernel.mul_rows %m1, %s1 : !ragged_kernel.row_vector<16>
  %out = ragged_kernel.normalize %a1, %s1 : !ragged_kernel.acc<16x48xf32>, !ragged_kernel.row_vector<16>
  ragged_kernel.return
}

//--- part-of-a-way.mlir
// Where warps divide the keys the loop's bound says nothing about the sequence; the tile of V does. 80 rows are 48 and 32.
// CHECK-LABEL: ragged_kernel.kernel @way(
// CHECK:      ragged_kernel.shared_rows {{%.*}}[{{%.*}}] : !ragged_kernel.shared<80x48xf16, <padded, 112>> -> !ragged_kernel.shared<48x48xf16, <padded, 112>>
// CHECK:      [[LIVE:%.*]] = arith.cmpi slt, %c48{{.*}}, [[BOUND:%.*]] : index
// CHECK:      ragged_kernel.shared_rows {{%.*}}[{{%.*}}] : !ragged_kernel.shared<80x48xf16, <padded, 112>> -> !ragged_kernel.shared<32x48xf16, <padded, 112>>
// CHECK:      ragged_kernel.reduce_max
// CHECK:      ragged_kernel.mma_issue nn {{.*}} !ragged_kernel.shared<48x48xf16
// CHECK:      scf.if [[LIVE]]
// CHECK:        ragged_kernel.mma_issue nn {{.*}} !ragged_kernel.shared<32x48xf16
// CHECK-NOT:  ragged_kernel.mma_issue
#single_pass = #ragged_kernel.schedule<family = latency, block_m = 16, block_n = 80, rows_per_block = 16, warps = 2, stages = 1,
  heads_per_block = 1, min_blocks = 1, softmax = single_pass, q_in_registers = true, reason = "asked">
ragged_kernel.kernel @way(%offsets: !ragged_kernel.ptr<i32>)
    attributes {block_size = 64 : i64, shared_bytes = 8960 : i64, schedule = #single_pass} {
  %c0 = arith.constant 0 : index
  %c48 = arith.constant 48 : index
  %warp = ragged_kernel.warp_id
  %v = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<80x48xf16, <padded, 112>>
  %acc = ragged_kernel.fill 0.0 : !ragged_kernel.acc<16x48xf32>
  %max = ragged_kernel.fill 0xFF800000 : !ragged_kernel.row_vector<16>
  %sum = ragged_kernel.fill 0.0 : !ragged_kernel.row_vector<16>
  %r:3 = scf.for %key = %c0 to %warp step %c48 iter_args(%a = %acc, %m = %max, %s = %sum)
      -> (!ragged_kernel.acc<16x48xf32>, !ragged_kernel.row_vector<16>, !ragged_kernel.row_vector<16>) {
    %v_block = ragged_kernel.shared_rows %v[%key] : !ragged_kernel.shared<80x48xf16, <padded, 112>> -> !ragged_kernel.shared<48x48xf16, <padded, 112>>
    %scores = ragged_kernel.fill 1.0 : !ragged_kernel.acc<16x48xf32>
    %masked = ragged_kernel.apply_mask %scores row(%key) key(%key) length(%warp) : !ragged_kernel.acc<16x48xf32>
    %a1, %m1, %s1 = ragged_kernel.softmax_step %masked, %v_block, %a, %m, %s
        : !ragged_kernel.acc<16x48xf32>, !ragged_kernel.shared<48x48xf16, <padded, 112>>, !ragged_kernel.acc<16x48xf32>
    scf.yield %a1, %m1, %s1 : !ragged_kernel.acc<16x48xf32>, !ragged_kernel.row_vector<16>, !ragged_kernel.row_vector<16>
  }
  %out = ragged_kernel.normalize %r#0, %r#2 : !ragged_kernel.acc<16x48xf32>, !ragged_kernel.row_vector<16>
  ragged_kernel.return
}

//--- invalid.mlir
// A single pass needs a loop that it knows from its first key to the capacity, and in which nothing else happens.
// No loop, and not the first block of keys.
#single_pass = #ragged_kernel.schedule<family = single, block_m = 16, block_n = 48, rows_per_block = 112, warps = 1, stages = 1,
  heads_per_block = 1, min_blocks = 1, softmax = single_pass, q_in_registers = true, reason = "asked">
ragged_kernel.kernel @no_loop(%offsets: !ragged_kernel.ptr<i32>)
    attributes {block_size = 32 : i64, shared_bytes = 5376 : i64, schedule = #single_pass} {
  %scores = ragged_kernel.fill 1.0 : !ragged_kernel.acc<16x48xf32>
  %v = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<48x48xf16, <padded, 112>>
  %a = ragged_kernel.fill 0.0 : !ragged_kernel.acc<16x48xf32>
  %m = ragged_kernel.fill 0.0 : !ragged_kernel.row_vector<16>
  %s = ragged_kernel.fill 0.0 : !ragged_kernel.row_vector<16>
  // expected-error @+1 {{'ragged_kernel.softmax_step' op expected a step outside of a loop to start from nothing}}
  %a1, %m1, %s1 = ragged_kernel.softmax_step %scores, %v, %a, %m, %s
      : !ragged_kernel.acc<16x48xf32>, !ragged_kernel.shared<48x48xf16, <padded, 112>>, !ragged_kernel.acc<16x48xf32>
  ragged_kernel.return
}

// -----

// The loop starts behind the first key.
#single_pass = #ragged_kernel.schedule<family = single, block_m = 16, block_n = 48, rows_per_block = 112, warps = 1, stages = 1,
  heads_per_block = 1, min_blocks = 1, softmax = single_pass, q_in_registers = true, reason = "asked">
ragged_kernel.kernel @late(%offsets: !ragged_kernel.ptr<i32>)
    attributes {block_size = 32 : i64, shared_bytes = 5376 : i64, schedule = #single_pass} {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c48 = arith.constant 48 : index
  %begin, %length = ragged_kernel.sequence %offsets[%c0] capacity(96) : !ragged_kernel.ptr<i32>
  %scores = ragged_kernel.fill 1.0 : !ragged_kernel.acc<16x48xf32>
  %v = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<48x48xf16, <padded, 112>>
  %acc = ragged_kernel.fill 0.0 : !ragged_kernel.acc<16x48xf32>
  %max = ragged_kernel.fill 0xFF800000 : !ragged_kernel.row_vector<16>
  %sum = ragged_kernel.fill 0.0 : !ragged_kernel.row_vector<16>
  %r:3 = scf.for %key = %c16 to %length step %c48 iter_args(%a = %acc, %m = %max, %s = %sum)
      -> (!ragged_kernel.acc<16x48xf32>, !ragged_kernel.row_vector<16>, !ragged_kernel.row_vector<16>) {
    // expected-error @+1 {{'ragged_kernel.softmax_step' op expected a loop over keys that carries the step's results for the single pass}}
    %a1, %m1, %s1 = ragged_kernel.softmax_step %scores, %v, %a, %m, %s
        : !ragged_kernel.acc<16x48xf32>, !ragged_kernel.shared<48x48xf16, <padded, 112>>, !ragged_kernel.acc<16x48xf32>
    scf.yield %a1, %m1, %s1 : !ragged_kernel.acc<16x48xf32>, !ragged_kernel.row_vector<16>, !ragged_kernel.row_vector<16>
  }
  ragged_kernel.return
}

// -----

// Nobody knows how many keys at a time.
#single_pass = #ragged_kernel.schedule<family = single, block_m = 16, block_n = 48, rows_per_block = 112, warps = 1, stages = 1,
  heads_per_block = 1, min_blocks = 1, softmax = single_pass, q_in_registers = true, reason = "asked">
ragged_kernel.kernel @unknown_step(%offsets: !ragged_kernel.ptr<i32>)
    attributes {block_size = 32 : i64, shared_bytes = 5376 : i64, schedule = #single_pass} {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c48 = arith.constant 48 : index
  %begin, %length = ragged_kernel.sequence %offsets[%c0] capacity(96) : !ragged_kernel.ptr<i32>
  %scores = ragged_kernel.fill 1.0 : !ragged_kernel.acc<16x48xf32>
  %v = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<48x48xf16, <padded, 112>>
  %acc = ragged_kernel.fill 0.0 : !ragged_kernel.acc<16x48xf32>
  %max = ragged_kernel.fill 0xFF800000 : !ragged_kernel.row_vector<16>
  %sum = ragged_kernel.fill 0.0 : !ragged_kernel.row_vector<16>
  %r:3 = scf.for %key = %c0 to %length step %length iter_args(%a = %acc, %m = %max, %s = %sum)
      -> (!ragged_kernel.acc<16x48xf32>, !ragged_kernel.row_vector<16>, !ragged_kernel.row_vector<16>) {
    // expected-error @+1 {{'ragged_kernel.softmax_step' op expected a loop over keys that carries the step's results for the single pass}}
    %a1, %m1, %s1 = ragged_kernel.softmax_step %scores, %v, %a, %m, %s
        : !ragged_kernel.acc<16x48xf32>, !ragged_kernel.shared<48x48xf16, <padded, 112>>, !ragged_kernel.acc<16x48xf32>
    scf.yield %a1, %m1, %s1 : !ragged_kernel.acc<16x48xf32>, !ragged_kernel.row_vector<16>, !ragged_kernel.row_vector<16>
  }
  ragged_kernel.return
}

// -----

// The loop goes on by fewer keys than a tile has.
#single_pass = #ragged_kernel.schedule<family = single, block_m = 16, block_n = 48, rows_per_block = 112, warps = 1, stages = 1,
  heads_per_block = 1, min_blocks = 1, softmax = single_pass, q_in_registers = true, reason = "asked">
ragged_kernel.kernel @other_step(%offsets: !ragged_kernel.ptr<i32>)
    attributes {block_size = 32 : i64, shared_bytes = 5376 : i64, schedule = #single_pass} {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c48 = arith.constant 48 : index
  %begin, %length = ragged_kernel.sequence %offsets[%c0] capacity(96) : !ragged_kernel.ptr<i32>
  %scores = ragged_kernel.fill 1.0 : !ragged_kernel.acc<16x48xf32>
  %v = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<48x48xf16, <padded, 112>>
  %acc = ragged_kernel.fill 0.0 : !ragged_kernel.acc<16x48xf32>
  %max = ragged_kernel.fill 0xFF800000 : !ragged_kernel.row_vector<16>
  %sum = ragged_kernel.fill 0.0 : !ragged_kernel.row_vector<16>
  %r:3 = scf.for %key = %c0 to %length step %c16 iter_args(%a = %acc, %m = %max, %s = %sum)
      -> (!ragged_kernel.acc<16x48xf32>, !ragged_kernel.row_vector<16>, !ragged_kernel.row_vector<16>) {
    // expected-error @+1 {{'ragged_kernel.softmax_step' op expected a loop over keys that carries the step's results for the single pass}}
    %a1, %m1, %s1 = ragged_kernel.softmax_step %scores, %v, %a, %m, %s
        : !ragged_kernel.acc<16x48xf32>, !ragged_kernel.shared<48x48xf16, <padded, 112>>, !ragged_kernel.acc<16x48xf32>
    scf.yield %a1, %m1, %s1 : !ragged_kernel.acc<16x48xf32>, !ragged_kernel.row_vector<16>, !ragged_kernel.row_vector<16>
  }
  ragged_kernel.return
}

// -----

// The end does not come from a sequence, so there is no capacity.
#single_pass = #ragged_kernel.schedule<family = single, block_m = 16, block_n = 48, rows_per_block = 112, warps = 1, stages = 1,
  heads_per_block = 1, min_blocks = 1, softmax = single_pass, q_in_registers = true, reason = "asked">
ragged_kernel.kernel @unbounded(%offsets: !ragged_kernel.ptr<i32>)
    attributes {block_size = 32 : i64, shared_bytes = 5376 : i64, schedule = #single_pass} {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c48 = arith.constant 48 : index
  %first, %length = ragged_kernel.sequence %offsets[%c0] capacity(96) : !ragged_kernel.ptr<i32>
  %end = ragged_kernel.thread_id
  %scores = ragged_kernel.fill 1.0 : !ragged_kernel.acc<16x48xf32>
  %v = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<48x48xf16, <padded, 112>>
  %acc = ragged_kernel.fill 0.0 : !ragged_kernel.acc<16x48xf32>
  %max = ragged_kernel.fill 0xFF800000 : !ragged_kernel.row_vector<16>
  %sum = ragged_kernel.fill 0.0 : !ragged_kernel.row_vector<16>
  %r:3 = scf.for %key = %c0 to %end step %c48 iter_args(%a = %acc, %m = %max, %s = %sum)
      -> (!ragged_kernel.acc<16x48xf32>, !ragged_kernel.row_vector<16>, !ragged_kernel.row_vector<16>) {
    // expected-error @+1 {{'ragged_kernel.softmax_step' op expected a loop over keys that carries the step's results for the single pass}}
    %a1, %m1, %s1 = ragged_kernel.softmax_step %scores, %v, %a, %m, %s
        : !ragged_kernel.acc<16x48xf32>, !ragged_kernel.shared<48x48xf16, <padded, 112>>, !ragged_kernel.acc<16x48xf32>
    scf.yield %a1, %m1, %s1 : !ragged_kernel.acc<16x48xf32>, !ragged_kernel.row_vector<16>, !ragged_kernel.row_vector<16>
  }
  ragged_kernel.return
}

// -----

// The loop carries something else than the results.
#single_pass = #ragged_kernel.schedule<family = single, block_m = 16, block_n = 48, rows_per_block = 112, warps = 1, stages = 1,
  heads_per_block = 1, min_blocks = 1, softmax = single_pass, q_in_registers = true, reason = "asked">
ragged_kernel.kernel @swapped(%offsets: !ragged_kernel.ptr<i32>)
    attributes {block_size = 32 : i64, shared_bytes = 5376 : i64, schedule = #single_pass} {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c48 = arith.constant 48 : index
  %begin, %length = ragged_kernel.sequence %offsets[%c0] capacity(96) : !ragged_kernel.ptr<i32>
  %scores = ragged_kernel.fill 1.0 : !ragged_kernel.acc<16x48xf32>
  %v = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<48x48xf16, <padded, 112>>
  %acc = ragged_kernel.fill 0.0 : !ragged_kernel.acc<16x48xf32>
  %max = ragged_kernel.fill 0xFF800000 : !ragged_kernel.row_vector<16>
  %sum = ragged_kernel.fill 0.0 : !ragged_kernel.row_vector<16>
  %r:3 = scf.for %key = %c0 to %length step %c48 iter_args(%a = %acc, %m = %max, %s = %sum)
      -> (!ragged_kernel.acc<16x48xf32>, !ragged_kernel.row_vector<16>, !ragged_kernel.row_vector<16>) {
    // expected-error @+1 {{'ragged_kernel.softmax_step' op expected a loop over keys that carries the step's results for the single pass}}
    %a1, %m1, %s1 = ragged_kernel.softmax_step %scores, %v, %a, %m, %s
        : !ragged_kernel.acc<16x48xf32>, !ragged_kernel.shared<48x48xf16, <padded, 112>>, !ragged_kernel.acc<16x48xf32>
    scf.yield %a1, %s1, %m1 : !ragged_kernel.acc<16x48xf32>, !ragged_kernel.row_vector<16>, !ragged_kernel.row_vector<16>
  }
  ragged_kernel.return
}

// -----

// The step does not go on from where the last one ended.
#single_pass = #ragged_kernel.schedule<family = single, block_m = 16, block_n = 48, rows_per_block = 112, warps = 1, stages = 1,
  heads_per_block = 1, min_blocks = 1, softmax = single_pass, q_in_registers = true, reason = "asked">
ragged_kernel.kernel @not_carried(%offsets: !ragged_kernel.ptr<i32>)
    attributes {block_size = 32 : i64, shared_bytes = 5376 : i64, schedule = #single_pass} {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c48 = arith.constant 48 : index
  %begin, %length = ragged_kernel.sequence %offsets[%c0] capacity(96) : !ragged_kernel.ptr<i32>
  %scores = ragged_kernel.fill 1.0 : !ragged_kernel.acc<16x48xf32>
  %v = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<48x48xf16, <padded, 112>>
  %acc = ragged_kernel.fill 0.0 : !ragged_kernel.acc<16x48xf32>
  %max = ragged_kernel.fill 0xFF800000 : !ragged_kernel.row_vector<16>
  %sum = ragged_kernel.fill 0.0 : !ragged_kernel.row_vector<16>
  %r:3 = scf.for %key = %c0 to %length step %c48 iter_args(%a = %acc, %m = %max, %s = %sum)
      -> (!ragged_kernel.acc<16x48xf32>, !ragged_kernel.row_vector<16>, !ragged_kernel.row_vector<16>) {
    // expected-error @+1 {{'ragged_kernel.softmax_step' op expected a loop over keys that carries the step's results for the single pass}}
    %a1, %m1, %s1 = ragged_kernel.softmax_step %scores, %v, %a, %max, %s
        : !ragged_kernel.acc<16x48xf32>, !ragged_kernel.shared<48x48xf16, <padded, 112>>, !ragged_kernel.acc<16x48xf32>
    scf.yield %a1, %m1, %s1 : !ragged_kernel.acc<16x48xf32>, !ragged_kernel.row_vector<16>, !ragged_kernel.row_vector<16>
  }
  ragged_kernel.return
}

// -----

// The step is in a condition of the loop, as in the online family.
#single_pass = #ragged_kernel.schedule<family = single, block_m = 16, block_n = 48, rows_per_block = 112, warps = 1, stages = 1,
  heads_per_block = 1, min_blocks = 1, softmax = single_pass, q_in_registers = true, reason = "asked">
ragged_kernel.kernel @conditional(%offsets: !ragged_kernel.ptr<i32>)
    attributes {block_size = 32 : i64, shared_bytes = 5376 : i64, schedule = #single_pass} {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c48 = arith.constant 48 : index
  %begin, %length = ragged_kernel.sequence %offsets[%c0] capacity(96) : !ragged_kernel.ptr<i32>
  %scores = ragged_kernel.fill 1.0 : !ragged_kernel.acc<16x48xf32>
  %v = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<48x48xf16, <padded, 112>>
  %acc = ragged_kernel.fill 0.0 : !ragged_kernel.acc<16x48xf32>
  %max = ragged_kernel.fill 0xFF800000 : !ragged_kernel.row_vector<16>
  %sum = ragged_kernel.fill 0.0 : !ragged_kernel.row_vector<16>
  %r:3 = scf.for %key = %c0 to %length step %c48 iter_args(%a = %acc, %m = %max, %s = %sum)
      -> (!ragged_kernel.acc<16x48xf32>, !ragged_kernel.row_vector<16>, !ragged_kernel.row_vector<16>) {
    %live = arith.cmpi slt, %key, %c16 : index
    %i:3 = scf.if %live -> (!ragged_kernel.acc<16x48xf32>, !ragged_kernel.row_vector<16>, !ragged_kernel.row_vector<16>) {
    // expected-error @+1 {{'ragged_kernel.softmax_step' op expected a loop over keys that carries the step's results for the single pass}}
    %a1, %m1, %s1 = ragged_kernel.softmax_step %scores, %v, %a, %m, %s
        : !ragged_kernel.acc<16x48xf32>, !ragged_kernel.shared<48x48xf16, <padded, 112>>, !ragged_kernel.acc<16x48xf32>
    scf.yield %a1, %m1, %s1 : !ragged_kernel.acc<16x48xf32>, !ragged_kernel.row_vector<16>, !ragged_kernel.row_vector<16>
    } else {
      scf.yield %a, %m, %s : !ragged_kernel.acc<16x48xf32>, !ragged_kernel.row_vector<16>, !ragged_kernel.row_vector<16>
    }
    scf.yield %i#0, %i#1, %i#2 : !ragged_kernel.acc<16x48xf32>, !ragged_kernel.row_vector<16>, !ragged_kernel.row_vector<16>
  }
  ragged_kernel.return
}

// -----

// Copies and barriers of the loop would be lost.
#single_pass = #ragged_kernel.schedule<family = single, block_m = 16, block_n = 48, rows_per_block = 112, warps = 1, stages = 1,
  heads_per_block = 1, min_blocks = 1, softmax = single_pass, q_in_registers = true, reason = "asked">
ragged_kernel.kernel @copies(%offsets: !ragged_kernel.ptr<i32>)
    attributes {block_size = 32 : i64, shared_bytes = 5376 : i64, schedule = #single_pass} {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c48 = arith.constant 48 : index
  %begin, %length = ragged_kernel.sequence %offsets[%c0] capacity(96) : !ragged_kernel.ptr<i32>
  %scores = ragged_kernel.fill 1.0 : !ragged_kernel.acc<16x48xf32>
  %v = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<48x48xf16, <padded, 112>>
  %acc = ragged_kernel.fill 0.0 : !ragged_kernel.acc<16x48xf32>
  %max = ragged_kernel.fill 0xFF800000 : !ragged_kernel.row_vector<16>
  %sum = ragged_kernel.fill 0.0 : !ragged_kernel.row_vector<16>
  %r:3 = scf.for %key = %c0 to %length step %c48 iter_args(%a = %acc, %m = %max, %s = %sum)
      -> (!ragged_kernel.acc<16x48xf32>, !ragged_kernel.row_vector<16>, !ragged_kernel.row_vector<16>) {
    ragged_kernel.barrier block
    // expected-error @+1 {{'ragged_kernel.softmax_step' op expected a loop over keys that carries the step's results for the single pass}}
    %a1, %m1, %s1 = ragged_kernel.softmax_step %scores, %v, %a, %m, %s
        : !ragged_kernel.acc<16x48xf32>, !ragged_kernel.shared<48x48xf16, <padded, 112>>, !ragged_kernel.acc<16x48xf32>
    scf.yield %a1, %m1, %s1 : !ragged_kernel.acc<16x48xf32>, !ragged_kernel.row_vector<16>, !ragged_kernel.row_vector<16>
  }
  ragged_kernel.return
}

// -----

// Another step of the same loop would be lost.
#single_pass = #ragged_kernel.schedule<family = single, block_m = 16, block_n = 48, rows_per_block = 112, warps = 1, stages = 1,
  heads_per_block = 1, min_blocks = 1, softmax = single_pass, q_in_registers = true, reason = "asked">
ragged_kernel.kernel @two(%offsets: !ragged_kernel.ptr<i32>)
    attributes {block_size = 32 : i64, shared_bytes = 5376 : i64, schedule = #single_pass} {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c48 = arith.constant 48 : index
  %begin, %length = ragged_kernel.sequence %offsets[%c0] capacity(96) : !ragged_kernel.ptr<i32>
  %scores = ragged_kernel.fill 1.0 : !ragged_kernel.acc<16x48xf32>
  %v = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<48x48xf16, <padded, 112>>
  %acc = ragged_kernel.fill 0.0 : !ragged_kernel.acc<16x48xf32>
  %max = ragged_kernel.fill 0xFF800000 : !ragged_kernel.row_vector<16>
  %sum = ragged_kernel.fill 0.0 : !ragged_kernel.row_vector<16>
  %r:3 = scf.for %key = %c0 to %length step %c48 iter_args(%a = %acc, %m = %max, %s = %sum)
      -> (!ragged_kernel.acc<16x48xf32>, !ragged_kernel.row_vector<16>, !ragged_kernel.row_vector<16>) {
    // expected-error @+1 {{'ragged_kernel.softmax_step' op expected a loop over keys that carries the step's results for the single pass}}
    %a1, %m1, %s1 = ragged_kernel.softmax_step %scores, %v, %a, %m, %s
        : !ragged_kernel.acc<16x48xf32>, !ragged_kernel.shared<48x48xf16, <padded, 112>>, !ragged_kernel.acc<16x48xf32>
    %a2, %m2, %s2 = ragged_kernel.softmax_step %scores, %v, %a, %m, %s
        : !ragged_kernel.acc<16x48xf32>, !ragged_kernel.shared<48x48xf16, <padded, 112>>, !ragged_kernel.acc<16x48xf32>
    scf.yield %a1, %m1, %s1 : !ragged_kernel.acc<16x48xf32>, !ragged_kernel.row_vector<16>, !ragged_kernel.row_vector<16>
  }
  ragged_kernel.return
}
