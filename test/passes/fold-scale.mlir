// The scale of the scores moves into the exponentials, which become base two: e^(s (x - m)) = 2^(s log2(e) (x - m)). It may
// only move when everything that the maxima and exponentials see is scaled by the same positive factor.
// RUN: split-file %s %t
// RUN: ragged-opt %t/fold.mlir --ragged-kernel-fold-scale | FileCheck %t/fold.mlir --implicit-check-not=ragged_kernel.scale
// RUN: ragged-opt %t/fold.mlir --ragged-kernel-fold-scale --ragged-kernel-fold-scale | FileCheck %t/fold.mlir --implicit-check-not=ragged_kernel.scale
// RUN: ragged-opt %t/keep.mlir --ragged-kernel-fold-scale | FileCheck %t/keep.mlir --implicit-check-not="exp_diff two" --implicit-check-not="correction two"
// RUN: ragged-opt %t/steps.mlir --ragged-kernel-fold-scale | FileCheck %t/steps.mlir

//--- fold.mlir
// The scale is gone, whoever read it reads the product itself. 0.125 log2(e) = 0.180336878 in the exponential and in the
// correction alike.
// CHECK-LABEL: ragged_kernel.kernel @plain(
// CHECK:      [[X:%.*]] = ragged_kernel.fill 1.000000e+00
// CHECK-NEXT: [[MAX:%.*]] = ragged_kernel.fill 0xFF800000
// CHECK-NEXT: [[SUM:%.*]] = ragged_kernel.fill 0.000000e+00
// CHECK-NEXT: [[MASKED:%.*]] = ragged_kernel.apply_mask [[X]] row
// CHECK-NEXT: [[PART:%.*]] = ragged_kernel.row_max [[MASKED]], [[MAX]]
// CHECK-NEXT: [[NEW:%.*]] = ragged_kernel.reduce_max [[PART]]
// CHECK-NEXT: ragged_kernel.correction two [[MAX]], [[NEW]] scale(0.180336878)
// CHECK-NEXT: ragged_kernel.exp_diff two [[MASKED]], [[NEW]] scale(0.180336878)
// CHECK-NEXT: ragged_kernel.return
ragged_kernel.kernel @plain(%p: !ragged_kernel.ptr<i32>) attributes {block_size = 32 : i64} {
  %row = ragged_kernel.warp_id
  %key = ragged_kernel.thread_id
  %x = ragged_kernel.fill 1.0 : !ragged_kernel.acc<16x32xf32>
  %max = ragged_kernel.fill 0xFF800000 : !ragged_kernel.row_vector<16>
  %sum = ragged_kernel.fill 0.0 : !ragged_kernel.row_vector<16>
  %scores = ragged_kernel.scale %x by 0.125 : !ragged_kernel.acc<16x32xf32>
  %masked = ragged_kernel.apply_mask %scores row(%row) key(%key) length(%key) : !ragged_kernel.acc<16x32xf32>
  %part = ragged_kernel.row_max %masked, %max : !ragged_kernel.acc<16x32xf32>, !ragged_kernel.row_vector<16>
  %new = ragged_kernel.reduce_max %part : !ragged_kernel.row_vector<16>
  %c = ragged_kernel.correction e %max, %new scale(1.0) : !ragged_kernel.row_vector<16>
  %w = ragged_kernel.exp_diff e %masked, %new scale(1.0) : !ragged_kernel.acc<16x32xf32>, !ragged_kernel.row_vector<16>
  ragged_kernel.return
}
// What joins the results of warps that divide the keys compares their maxima, which are those of the scores without scale.
// CHECK-LABEL: ragged_kernel.kernel @join(
// CHECK:      ragged_kernel.join_partials two {{.*}} scale(0.180336878)
ragged_kernel.kernel @join(%p: !ragged_kernel.ptr<i32>) attributes {block_size = 64 : i64, shared_bytes = 9472 : i64} {
  %way = ragged_kernel.warp_id
  %x = ragged_kernel.fill 1.0 : !ragged_kernel.acc<16x32xf32>
  %none = ragged_kernel.fill 0xFF800000 : !ragged_kernel.row_vector<16>
  %scores = ragged_kernel.scale %x by 0.125 : !ragged_kernel.acc<16x32xf32>
  %max = ragged_kernel.row_max %scores, %none : !ragged_kernel.acc<16x32xf32>, !ragged_kernel.row_vector<16>
  %partials = ragged_kernel.alloc_partials offset(0) : !ragged_kernel.partials<2, 1, 64, stride = 4736>
  %part = ragged_kernel.join_partials e %partials[%way, %way] scale(1.0)
      : !ragged_kernel.partials<2, 1, 64, stride = 4736> -> !ragged_kernel.part<16, 64, ways = 2>
  ragged_kernel.return
}
// A factor that is no power of two, rounded once: 0.176776692 log2(e). A factor that an exponential has already is kept: 2
// of them. One that is base two already takes the scale alone.
// CHECK-LABEL: ragged_kernel.kernel @numbers(
// CHECK:      ragged_kernel.exp_diff two {{.*}} scale(0.255034864)
// CHECK-NEXT: ragged_kernel.exp_diff two {{.*}} scale(0.510069728)
// CHECK-NEXT: ragged_kernel.exp_diff two {{.*}} scale(0.0883883461)
// CHECK-NEXT: ragged_kernel.correction two {{.*}} scale(0.255034864)
// CHECK-NEXT: ragged_kernel.correction two {{.*}} scale(0.0883883461)
ragged_kernel.kernel @numbers(%p: !ragged_kernel.ptr<i32>) attributes {block_size = 32 : i64} {
  %row = ragged_kernel.warp_id
  %key = ragged_kernel.thread_id
  %x = ragged_kernel.fill 1.0 : !ragged_kernel.acc<16x32xf32>
  %max = ragged_kernel.fill 0xFF800000 : !ragged_kernel.row_vector<16>
  %sum = ragged_kernel.fill 0.0 : !ragged_kernel.row_vector<16>
  %scores = ragged_kernel.scale %x by 0.176776692 : !ragged_kernel.acc<16x32xf32>
  %part = ragged_kernel.row_max %scores, %max : !ragged_kernel.acc<16x32xf32>, !ragged_kernel.row_vector<16>
  %w = ragged_kernel.exp_diff e %scores, %part scale(1.0) : !ragged_kernel.acc<16x32xf32>, !ragged_kernel.row_vector<16>
  %w1 = ragged_kernel.exp_diff e %scores, %part scale(2.0) : !ragged_kernel.acc<16x32xf32>, !ragged_kernel.row_vector<16>
  %w2 = ragged_kernel.exp_diff two %scores, %part scale(0.5) : !ragged_kernel.acc<16x32xf32>, !ragged_kernel.row_vector<16>
  %c = ragged_kernel.correction e %max, %part scale(1.0) : !ragged_kernel.row_vector<16>
  %c2 = ragged_kernel.correction two %max, %part scale(0.5) : !ragged_kernel.row_vector<16>
  ragged_kernel.return
}
// Nothing is scaled: base two all the same, log2(e) in each factor.
// CHECK-LABEL: ragged_kernel.kernel @unscaled(
// CHECK:      ragged_kernel.exp_diff two {{.*}} scale(1.44269502)
// CHECK-NEXT: ragged_kernel.correction two {{.*}} scale(1.44269502)
ragged_kernel.kernel @unscaled(%p: !ragged_kernel.ptr<i32>) attributes {block_size = 32 : i64} {
  %row = ragged_kernel.warp_id
  %key = ragged_kernel.thread_id
  %x = ragged_kernel.fill 1.0 : !ragged_kernel.acc<16x32xf32>
  %max = ragged_kernel.fill 0xFF800000 : !ragged_kernel.row_vector<16>
  %sum = ragged_kernel.fill 0.0 : !ragged_kernel.row_vector<16>
  %part = ragged_kernel.row_max %x, %max : !ragged_kernel.acc<16x32xf32>, !ragged_kernel.row_vector<16>
  %w = ragged_kernel.exp_diff e %x, %part scale(1.0) : !ragged_kernel.acc<16x32xf32>, !ragged_kernel.row_vector<16>
  %c = ragged_kernel.correction e %max, %part scale(1.0) : !ragged_kernel.row_vector<16>
  ragged_kernel.return
}
// Two tiles under one maximum, as in a single pass: the second with its masks under a condition, and not live everywhere.
// CHECK-LABEL: ragged_kernel.kernel @tiles(
// CHECK:      [[X:%.*]] = ragged_kernel.fill 1.000000e+00
// CHECK:      [[PART:%.*]] = ragged_kernel.row_max [[X]],
// CHECK:      [[BOTH:%.*]]:2 = scf.if
// CHECK-NEXT:   [[MASKED:%.*]] = scf.if
// CHECK-NEXT:     [[KEYS:%.*]] = ragged_kernel.mask_keys [[X]]
// CHECK-NEXT:     [[CAUSAL:%.*]] = ragged_kernel.mask_causal [[KEYS]]
// CHECK-NEXT:     scf.yield [[CAUSAL]]
// CHECK-NEXT:   } else {
// CHECK-NEXT:     scf.yield [[X]]
// CHECK-NEXT:   }
// CHECK-NEXT:   [[NEW:%.*]] = ragged_kernel.row_max [[MASKED]], [[PART]]
// CHECK-NEXT:   scf.yield [[MASKED]], [[NEW]]
// CHECK-NEXT: } else {
// CHECK-NEXT:   [[UNUSED:%.*]] = ub.poison
// CHECK-NEXT:   scf.yield [[UNUSED]], [[PART]]
// CHECK:      ragged_kernel.exp_diff two [[X]], [[BOTH]]#1 scale(0.180336878)
// CHECK-NEXT: scf.if
// CHECK-NEXT:   ragged_kernel.exp_diff two [[BOTH]]#0, [[BOTH]]#1 scale(0.180336878)
ragged_kernel.kernel @tiles(%p: !ragged_kernel.ptr<i32>) attributes {block_size = 32 : i64} {
  %row = ragged_kernel.warp_id
  %key = ragged_kernel.thread_id
  %x = ragged_kernel.fill 1.0 : !ragged_kernel.acc<16x32xf32>
  %max = ragged_kernel.fill 0xFF800000 : !ragged_kernel.row_vector<16>
  %sum = ragged_kernel.fill 0.0 : !ragged_kernel.row_vector<16>
  %a = ragged_kernel.scale %x by 0.125 : !ragged_kernel.acc<16x32xf32>
  %part = ragged_kernel.row_max %a, %max : !ragged_kernel.acc<16x32xf32>, !ragged_kernel.row_vector<16>
  %live = arith.cmpi slt, %row, %key : index
  %both:2 = scf.if %live -> (!ragged_kernel.acc<16x32xf32>, !ragged_kernel.row_vector<16>) {
    %b = ragged_kernel.scale %x by 0.125 : !ragged_kernel.acc<16x32xf32>
    %masked = scf.if %live -> (!ragged_kernel.acc<16x32xf32>) {
      %keys = ragged_kernel.mask_keys %b key(%key) length(%key) : !ragged_kernel.acc<16x32xf32>
      %causal = ragged_kernel.mask_causal %keys row(%row) key(%key) : !ragged_kernel.acc<16x32xf32>
      scf.yield %causal : !ragged_kernel.acc<16x32xf32>
    } else {
      scf.yield %b : !ragged_kernel.acc<16x32xf32>
    }
    %new = ragged_kernel.row_max %masked, %part : !ragged_kernel.acc<16x32xf32>, !ragged_kernel.row_vector<16>
    scf.yield %masked, %new : !ragged_kernel.acc<16x32xf32>, !ragged_kernel.row_vector<16>
  } else {
    %unused = ub.poison : !ragged_kernel.acc<16x32xf32>
    scf.yield %unused, %part : !ragged_kernel.acc<16x32xf32>, !ragged_kernel.row_vector<16>
  }
  %w = ragged_kernel.exp_diff e %a, %both#1 scale(1.0) : !ragged_kernel.acc<16x32xf32>, !ragged_kernel.row_vector<16>
  scf.if %live {
    %w1 = ragged_kernel.exp_diff e %both#0, %both#1 scale(1.0) : !ragged_kernel.acc<16x32xf32>, !ragged_kernel.row_vector<16>
  }
  ragged_kernel.return
}

//--- keep.mlir
// The maximum of the scaled scores is the minimum of the others.
// CHECK-LABEL: ragged_kernel.kernel @negative(
// CHECK:         ragged_kernel.scale {{.*}} by -1.250000e-01
// CHECK:         ragged_kernel.exp_diff e {{.*}} scale(1.000000e+00)
ragged_kernel.kernel @negative(%p: !ragged_kernel.ptr<i32>) attributes {block_size = 32 : i64} {
  %row = ragged_kernel.warp_id
  %key = ragged_kernel.thread_id
  %x = ragged_kernel.fill 1.0 : !ragged_kernel.acc<16x32xf32>
  %max = ragged_kernel.fill 0xFF800000 : !ragged_kernel.row_vector<16>
  %sum = ragged_kernel.fill 0.0 : !ragged_kernel.row_vector<16>
  %scores = ragged_kernel.scale %x by -0.125 : !ragged_kernel.acc<16x32xf32>
  %part = ragged_kernel.row_max %scores, %max : !ragged_kernel.acc<16x32xf32>, !ragged_kernel.row_vector<16>
  %w = ragged_kernel.exp_diff e %scores, %part scale(1.0) : !ragged_kernel.acc<16x32xf32>, !ragged_kernel.row_vector<16>
  ragged_kernel.return
}
// The exponent of a masked score would be 0 * -inf, which is not a number.
// CHECK-LABEL: ragged_kernel.kernel @zero(
// CHECK:         ragged_kernel.scale {{.*}} by 0.000000e+00
// CHECK:         ragged_kernel.exp_diff e {{.*}} scale(1.000000e+00)
ragged_kernel.kernel @zero(%p: !ragged_kernel.ptr<i32>) attributes {block_size = 32 : i64} {
  %row = ragged_kernel.warp_id
  %key = ragged_kernel.thread_id
  %x = ragged_kernel.fill 1.0 : !ragged_kernel.acc<16x32xf32>
  %max = ragged_kernel.fill 0xFF800000 : !ragged_kernel.row_vector<16>
  %sum = ragged_kernel.fill 0.0 : !ragged_kernel.row_vector<16>
  %scores = ragged_kernel.scale %x by 0.0 : !ragged_kernel.acc<16x32xf32>
  %part = ragged_kernel.row_max %scores, %max : !ragged_kernel.acc<16x32xf32>, !ragged_kernel.row_vector<16>
  %w = ragged_kernel.exp_diff e %scores, %part scale(1.0) : !ragged_kernel.acc<16x32xf32>, !ragged_kernel.row_vector<16>
  ragged_kernel.return
}
// Not a number is not positive.
// CHECK-LABEL: ragged_kernel.kernel @nan(
// CHECK:         ragged_kernel.scale {{.*}} by 0x7FC00000
// CHECK:         ragged_kernel.exp_diff e {{.*}} scale(1.000000e+00)
ragged_kernel.kernel @nan(%p: !ragged_kernel.ptr<i32>) attributes {block_size = 32 : i64} {
  %row = ragged_kernel.warp_id
  %key = ragged_kernel.thread_id
  %x = ragged_kernel.fill 1.0 : !ragged_kernel.acc<16x32xf32>
  %max = ragged_kernel.fill 0xFF800000 : !ragged_kernel.row_vector<16>
  %sum = ragged_kernel.fill 0.0 : !ragged_kernel.row_vector<16>
  %scores = ragged_kernel.scale %x by 0x7FC00000 : !ragged_kernel.acc<16x32xf32>
  %part = ragged_kernel.row_max %scores, %max : !ragged_kernel.acc<16x32xf32>, !ragged_kernel.row_vector<16>
  %w = ragged_kernel.exp_diff e %scores, %part scale(1.0) : !ragged_kernel.acc<16x32xf32>, !ragged_kernel.row_vector<16>
  ragged_kernel.return
}
// Two factors under one maximum.
// CHECK-LABEL: ragged_kernel.kernel @factors(
// CHECK:         ragged_kernel.scale {{.*}} by 1.250000e-01
// CHECK:         ragged_kernel.scale {{.*}} by 2.500000e-01
// CHECK:         ragged_kernel.exp_diff e {{.*}} scale(1.000000e+00)
// CHECK:         ragged_kernel.exp_diff e {{.*}} scale(1.000000e+00)
ragged_kernel.kernel @factors(%p: !ragged_kernel.ptr<i32>) attributes {block_size = 32 : i64} {
  %row = ragged_kernel.warp_id
  %key = ragged_kernel.thread_id
  %x = ragged_kernel.fill 1.0 : !ragged_kernel.acc<16x32xf32>
  %max = ragged_kernel.fill 0xFF800000 : !ragged_kernel.row_vector<16>
  %sum = ragged_kernel.fill 0.0 : !ragged_kernel.row_vector<16>
  %a = ragged_kernel.scale %x by 0.125 : !ragged_kernel.acc<16x32xf32>
  %b = ragged_kernel.scale %x by 0.25 : !ragged_kernel.acc<16x32xf32>
  %part = ragged_kernel.row_max %a, %max : !ragged_kernel.acc<16x32xf32>, !ragged_kernel.row_vector<16>
  %new = ragged_kernel.row_max %b, %part : !ragged_kernel.acc<16x32xf32>, !ragged_kernel.row_vector<16>
  %w = ragged_kernel.exp_diff e %a, %new scale(1.0) : !ragged_kernel.acc<16x32xf32>, !ragged_kernel.row_vector<16>
  %w1 = ragged_kernel.exp_diff e %b, %new scale(1.0) : !ragged_kernel.acc<16x32xf32>, !ragged_kernel.row_vector<16>
  ragged_kernel.return
}
// Scaled twice: the first scale reaches the second, which is neither maximum nor exponential.
// CHECK-LABEL: ragged_kernel.kernel @twice(
// CHECK:         ragged_kernel.scale {{.*}} by 1.250000e-01
// CHECK:         ragged_kernel.scale {{.*}} by 1.250000e-01
// CHECK:         ragged_kernel.exp_diff e {{.*}} scale(1.000000e+00)
ragged_kernel.kernel @twice(%p: !ragged_kernel.ptr<i32>) attributes {block_size = 32 : i64} {
  %row = ragged_kernel.warp_id
  %key = ragged_kernel.thread_id
  %x = ragged_kernel.fill 1.0 : !ragged_kernel.acc<16x32xf32>
  %max = ragged_kernel.fill 0xFF800000 : !ragged_kernel.row_vector<16>
  %sum = ragged_kernel.fill 0.0 : !ragged_kernel.row_vector<16>
  %a = ragged_kernel.scale %x by 0.125 : !ragged_kernel.acc<16x32xf32>
  %b = ragged_kernel.scale %a by 0.125 : !ragged_kernel.acc<16x32xf32>
  %part = ragged_kernel.row_max %b, %max : !ragged_kernel.acc<16x32xf32>, !ragged_kernel.row_vector<16>
  %w = ragged_kernel.exp_diff e %b, %part scale(1.0) : !ragged_kernel.acc<16x32xf32>, !ragged_kernel.row_vector<16>
  ragged_kernel.return
}
// The scaled scores are themselves a result, here of a sum.
// CHECK-LABEL: ragged_kernel.kernel @other_reader(
// CHECK:         ragged_kernel.scale {{.*}} by 1.250000e-01
// CHECK:         ragged_kernel.exp_diff e {{.*}} scale(1.000000e+00)
// CHECK:         ragged_kernel.row_sum
ragged_kernel.kernel @other_reader(%p: !ragged_kernel.ptr<i32>) attributes {block_size = 32 : i64} {
  %row = ragged_kernel.warp_id
  %key = ragged_kernel.thread_id
  %x = ragged_kernel.fill 1.0 : !ragged_kernel.acc<16x32xf32>
  %max = ragged_kernel.fill 0xFF800000 : !ragged_kernel.row_vector<16>
  %sum = ragged_kernel.fill 0.0 : !ragged_kernel.row_vector<16>
  %scores = ragged_kernel.scale %x by 0.125 : !ragged_kernel.acc<16x32xf32>
  %part = ragged_kernel.row_max %scores, %max : !ragged_kernel.acc<16x32xf32>, !ragged_kernel.row_vector<16>
  %w = ragged_kernel.exp_diff e %scores, %part scale(1.0) : !ragged_kernel.acc<16x32xf32>, !ragged_kernel.row_vector<16>
  %total = ragged_kernel.row_sum %scores, %sum : !ragged_kernel.acc<16x32xf32>, !ragged_kernel.row_vector<16>
  ragged_kernel.return
}
// An exponential of scores that nobody scaled.
// CHECK-LABEL: ragged_kernel.kernel @unscaled_exponential(
// CHECK:         ragged_kernel.scale {{.*}} by 1.250000e-01
// CHECK:         ragged_kernel.exp_diff e {{.*}} scale(1.000000e+00)
// CHECK:         ragged_kernel.exp_diff e {{.*}} scale(1.000000e+00)
ragged_kernel.kernel @unscaled_exponential(%p: !ragged_kernel.ptr<i32>) attributes {block_size = 32 : i64} {
  %row = ragged_kernel.warp_id
  %key = ragged_kernel.thread_id
  %x = ragged_kernel.fill 1.0 : !ragged_kernel.acc<16x32xf32>
  %max = ragged_kernel.fill 0xFF800000 : !ragged_kernel.row_vector<16>
  %sum = ragged_kernel.fill 0.0 : !ragged_kernel.row_vector<16>
  %scores = ragged_kernel.scale %x by 0.125 : !ragged_kernel.acc<16x32xf32>
  %part = ragged_kernel.row_max %scores, %max : !ragged_kernel.acc<16x32xf32>, !ragged_kernel.row_vector<16>
  %w = ragged_kernel.exp_diff e %scores, %part scale(1.0) : !ragged_kernel.acc<16x32xf32>, !ragged_kernel.row_vector<16>
  %w1 = ragged_kernel.exp_diff e %x, %part scale(1.0) : !ragged_kernel.acc<16x32xf32>, !ragged_kernel.row_vector<16>
  ragged_kernel.return
}
// A maximum over scores of which some are not scaled.
// CHECK-LABEL: ragged_kernel.kernel @unscaled_maximum(
// CHECK:         ragged_kernel.scale {{.*}} by 1.250000e-01
// CHECK:         ragged_kernel.exp_diff e {{.*}} scale(1.000000e+00)
ragged_kernel.kernel @unscaled_maximum(%p: !ragged_kernel.ptr<i32>) attributes {block_size = 32 : i64} {
  %row = ragged_kernel.warp_id
  %key = ragged_kernel.thread_id
  %x = ragged_kernel.fill 1.0 : !ragged_kernel.acc<16x32xf32>
  %max = ragged_kernel.fill 0xFF800000 : !ragged_kernel.row_vector<16>
  %sum = ragged_kernel.fill 0.0 : !ragged_kernel.row_vector<16>
  %scores = ragged_kernel.scale %x by 0.125 : !ragged_kernel.acc<16x32xf32>
  %part = ragged_kernel.row_max %scores, %max : !ragged_kernel.acc<16x32xf32>, !ragged_kernel.row_vector<16>
  %new = ragged_kernel.row_max %x, %part : !ragged_kernel.acc<16x32xf32>, !ragged_kernel.row_vector<16>
  %w = ragged_kernel.exp_diff e %scores, %new scale(1.0) : !ragged_kernel.acc<16x32xf32>, !ragged_kernel.row_vector<16>
  ragged_kernel.return
}
// A condition decides whether the scores are scaled.
// CHECK-LABEL: ragged_kernel.kernel @one_side(
// CHECK:         ragged_kernel.scale {{.*}} by 1.250000e-01
// CHECK:         ragged_kernel.exp_diff e {{.*}} scale(1.000000e+00)
ragged_kernel.kernel @one_side(%p: !ragged_kernel.ptr<i32>) attributes {block_size = 32 : i64} {
  %row = ragged_kernel.warp_id
  %key = ragged_kernel.thread_id
  %x = ragged_kernel.fill 1.0 : !ragged_kernel.acc<16x32xf32>
  %max = ragged_kernel.fill 0xFF800000 : !ragged_kernel.row_vector<16>
  %sum = ragged_kernel.fill 0.0 : !ragged_kernel.row_vector<16>
  %live = arith.cmpi slt, %row, %key : index
  %scores = scf.if %live -> (!ragged_kernel.acc<16x32xf32>) {
    %scaled = ragged_kernel.scale %x by 0.125 : !ragged_kernel.acc<16x32xf32>
    scf.yield %scaled : !ragged_kernel.acc<16x32xf32>
  } else {
    scf.yield %x : !ragged_kernel.acc<16x32xf32>
  }
  %part = ragged_kernel.row_max %scores, %max : !ragged_kernel.acc<16x32xf32>, !ragged_kernel.row_vector<16>
  %w = ragged_kernel.exp_diff e %scores, %part scale(1.0) : !ragged_kernel.acc<16x32xf32>, !ragged_kernel.row_vector<16>
  ragged_kernel.return
}
// Scores that a loop carries to the next block are not followed.
// CHECK-LABEL: ragged_kernel.kernel @loop(
// CHECK:         ragged_kernel.scale {{.*}} by 1.250000e-01
// CHECK:         ragged_kernel.exp_diff e {{.*}} scale(1.000000e+00)
ragged_kernel.kernel @loop(%p: !ragged_kernel.ptr<i32>) attributes {block_size = 32 : i64} {
  %row = ragged_kernel.warp_id
  %key = ragged_kernel.thread_id
  %x = ragged_kernel.fill 1.0 : !ragged_kernel.acc<16x32xf32>
  %max = ragged_kernel.fill 0xFF800000 : !ragged_kernel.row_vector<16>
  %sum = ragged_kernel.fill 0.0 : !ragged_kernel.row_vector<16>
  %c1 = arith.constant 1 : index
  %scores = scf.for %i = %row to %key step %c1 iter_args(%before = %x) -> (!ragged_kernel.acc<16x32xf32>) {
    %scaled = ragged_kernel.scale %x by 0.125 : !ragged_kernel.acc<16x32xf32>
    scf.yield %scaled : !ragged_kernel.acc<16x32xf32>
  }
  %part = ragged_kernel.row_max %scores, %max : !ragged_kernel.acc<16x32xf32>, !ragged_kernel.row_vector<16>
  %w = ragged_kernel.exp_diff e %scores, %part scale(1.0) : !ragged_kernel.acc<16x32xf32>, !ragged_kernel.row_vector<16>
  ragged_kernel.return
}

//--- steps.mlir
// Before ragged-kernel-lower-softmax the maxima and exponentials are still in the step; its scores keep their scale.
// CHECK:      [[SCORES:%.*]] = ragged_kernel.scale {{.*}} by 1.250000e-01
// CHECK-NEXT: ragged_kernel.softmax_step [[SCORES]],
ragged_kernel.kernel @steps() attributes {block_size = 32 : i64, shared_bytes = 4096 : i64} {
  %x = ragged_kernel.fill 1.0 : !ragged_kernel.acc<16x32xf32>
  %v = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<32x64xbf16, <xor, 128>>
  %acc = ragged_kernel.fill 0.0 : !ragged_kernel.acc<16x64xf32>
  %max = ragged_kernel.fill 0xFF800000 : !ragged_kernel.row_vector<16>
  %sum = ragged_kernel.fill 0.0 : !ragged_kernel.row_vector<16>
  %scores = ragged_kernel.scale %x by 0.125 : !ragged_kernel.acc<16x32xf32>
  %a, %m, %s = ragged_kernel.softmax_step %scores, %v, %acc, %max, %sum
      : !ragged_kernel.acc<16x32xf32>, !ragged_kernel.shared<32x64xbf16, <xor, 128>>, !ragged_kernel.acc<16x64xf32>
  ragged_kernel.return
}
