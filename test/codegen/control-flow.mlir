// scf.for and scf.if.
// RUN: ragged-translate --emit-cuda %s | FileCheck %s

!acc = !ragged_kernel.acc<16x8xf32>
!vector = !ragged_kernel.row_vector<16>

// A loop's variables: what it carries is updated where it stands.
// CHECK-LABEL: loop() {
// CHECK-NEXT:   const int n = ptx::thread();
// CHECK-NEXT:   Acc<16, 8> acc;
// CHECK-NEXT:   warp::fill(acc, 0.0f);
// CHECK-NEXT:   RowVector sum = warp::fill_rows(0.0f);
// CHECK-NEXT:   for (int i = 0; i < n; i += 16) {
// CHECK-NEXT:     warp::mask_keys(acc, i, n);
// CHECK-NEXT:     sum = warp::row_sum_partial(acc, sum);
// CHECK-NEXT:   }
// CHECK-NEXT:   sum = warp::reduce_sum(sum);
// CHECK-NEXT:   warp::normalize(acc, sum);
// CHECK-NEXT: }
ragged_kernel.kernel @loop() attributes {block_size = 32 : i64} {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %n = ragged_kernel.thread_id loc("n")
  %acc = ragged_kernel.fill 0.0 : !acc loc("acc")
  %sum = ragged_kernel.fill 0.0 : !vector loc("sum")
  %r:2 = scf.for %i = %c0 to %n step %c16 iter_args(%a = %acc, %s = %sum) -> (!acc, !vector) {
    %a1 = ragged_kernel.mask_keys %a key(%i) length(%n) : !acc
    %s1 = ragged_kernel.row_sum %a1, %s : !acc, !vector
    scf.yield %a1, %s1 : !acc, !vector
  }
  %total = ragged_kernel.reduce_sum %r#1 : !vector
  %out = ragged_kernel.normalize %r#0, %total : !acc, !vector
  ragged_kernel.return
}

// Bounds are conditions of a `for`: what binds less than `<` is in parentheses.
// CHECK-LABEL: bounds(const int* p) {
// CHECK:        for (int i = t < 8 ? t : 8; i < (t < 8 ? t : 8); i += 1) {
// CHECK-NEXT:   }
// CHECK-NEXT:   for (int i_2 = 0; i_2 < t + 1; i_2 += 2) {
// CHECK-NEXT:     for (int i_3 = i_2; i_3 < i_2 + 2; i_3 += 1) {
// CHECK-NEXT:       const int value = ptx::load_global<int>(p + i_3);
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
ragged_kernel.kernel @bounds(%p: !ragged_kernel.ptr<i32> loc("p")) attributes {block_size = 32 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c8 = arith.constant 8 : index
  %t = ragged_kernel.thread_id loc("t")
  %low = arith.minsi %t, %c8 : index
  %high = arith.minsi %t, %c8 : index
  scf.for %i = %low to %high step %c1 {
  }
  %end = arith.addi %t, %c1 : index
  scf.for %i = %c0 to %end step %c2 {
    %stop = arith.addi %i, %c2 : index
    scf.for %j = %i to %stop step %c1 {
      %value = ragged_kernel.load %p[%j] : !ragged_kernel.ptr<i32>
    }
  }
  ragged_kernel.return
}

// One statement goes on the line of its condition; declarations, loops and conditionals do not.
// CHECK-LABEL: conditionals(int* p) {
// CHECK:        if (t < 8) ptx::store_global(p + t, static_cast<u32>(0));
// CHECK-NEXT:   if (t < 8) {
// CHECK-NEXT:     ptx::store_global(p + t, static_cast<u32>(0));
// CHECK-NEXT:     ptx::store_global(p + t, static_cast<u32>(1));
// CHECK-NEXT:   }
// CHECK-NEXT:   if (t < 8) {
// CHECK-NEXT:     const int value = ptx::load_global<int>(p + t);
// CHECK-NEXT:   }
// CHECK-NEXT:   if (t < 8) {
// CHECK-NEXT:     ptx::store_global(p + t, static_cast<u32>(0));
// CHECK-NEXT:   } else {
// CHECK-NEXT:     ptx::store_global(p + t, static_cast<u32>(1));
// CHECK-NEXT:   }
// CHECK-NEXT:   if (t < 8) {
// CHECK-NEXT:     if (t == 0) return;
// CHECK-NEXT:   }
// CHECK-NEXT:   if (t < 8) {
// CHECK-NEXT:     for (int i = 0; i < t; i += 1) {
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT:   if (t < 8) {
// CHECK-NEXT:   } else {
// CHECK-NEXT:     warp::barrier();
// CHECK-NEXT:   }
// CHECK-NEXT:   block::barrier();
// CHECK-NEXT: }
ragged_kernel.kernel @conditionals(%p: !ragged_kernel.ptr<i32> loc("p")) attributes {block_size = 32 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %t = ragged_kernel.thread_id loc("t")
  %b1 = arith.cmpi slt, %t, %c8 : index
  scf.if %b1 {
    ragged_kernel.store %c0 to %p[%t] : !ragged_kernel.ptr<i32>
  }
  %b2 = arith.cmpi slt, %t, %c8 : index
  scf.if %b2 {
    ragged_kernel.store %c0 to %p[%t] : !ragged_kernel.ptr<i32>
    ragged_kernel.store %c1 to %p[%t] : !ragged_kernel.ptr<i32>
  }
  %b3 = arith.cmpi slt, %t, %c8 : index
  scf.if %b3 {
    %value = ragged_kernel.load %p[%t] : !ragged_kernel.ptr<i32>
  }
  %b4 = arith.cmpi slt, %t, %c8 : index
  scf.if %b4 {
    ragged_kernel.store %c0 to %p[%t] : !ragged_kernel.ptr<i32>
  } else {
    ragged_kernel.store %c1 to %p[%t] : !ragged_kernel.ptr<i32>
  }
  %b5 = arith.cmpi slt, %t, %c8 : index
  scf.if %b5 {
    %first = arith.cmpi eq, %t, %c0 : index
    ragged_kernel.exit_if %first
  }
  %b6 = arith.cmpi slt, %t, %c8 : index
  scf.if %b6 {
    scf.for %i = %c0 to %t step %c1 {
    }
  }
  %b7 = arith.cmpi slt, %t, %c8 : index
  scf.if %b7 {
  } else {
    ragged_kernel.barrier warp
  }
  // Nothing in it: nothing of it.
  %b8 = arith.cmpi slt, %t, %c8 : index
  scf.if %b8 {
  }
  ragged_kernel.barrier block
  ragged_kernel.return
}

// A mask under a condition: the tile has one variable, and the other branch is empty.
// CHECK-LABEL: mask_if() {
// CHECK:        warp::fill(scores, 0.0f);
// CHECK-NEXT:   if (n > 8) warp::mask_keys(scores, 0, n);
// CHECK-NEXT:   warp::scale(scores, 2.0f);
// CHECK-NEXT: }
ragged_kernel.kernel @mask_if() attributes {block_size = 32 : i64} {
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %n = ragged_kernel.thread_id loc("n")
  %scores = ragged_kernel.fill 0.0 : !acc loc("scores")
  %reaches = arith.cmpi sgt, %n, %c8 : index
  %masked = scf.if %reaches -> (!acc) {
    %m = ragged_kernel.mask_keys %scores key(%c0) length(%n) : !acc
    scf.yield %m : !acc
  } else {
    scf.yield %scores : !acc
  }
  %scaled = ragged_kernel.scale %masked by 2.0 : !acc
  ragged_kernel.return
}

// A tile that only one branch makes: declared before, left alone in the other. The maximum continues in its variable.
// CHECK-LABEL: tile_if() {
// CHECK-NEXT:   const int n = ptx::thread();
// CHECK-NEXT:   RowVector most = warp::fill_rows(-kInfinity);
// CHECK-NEXT:   const bool live = n > 8;
// CHECK-NEXT:   Acc<16, 8> scores1;
// CHECK-NEXT:   if (live) {
// CHECK-NEXT:     warp::fill(scores1, 0.0f);
// CHECK-NEXT:     warp::scale(scores1, 2.0f);
// CHECK-NEXT:     most = warp::row_max_partial(scores1, most);
// CHECK-NEXT:   }
// CHECK-NEXT:   most = warp::reduce_max(most);
// CHECK-NEXT:   if (live) warp::exp_diff(scores1, most, 1.0f);
// CHECK-NEXT: }
ragged_kernel.kernel @tile_if() attributes {block_size = 32 : i64} {
  %c8 = arith.constant 8 : index
  %n = ragged_kernel.thread_id loc("n")
  %none = ragged_kernel.fill 0xFF800000 : !vector loc("most")
  %live = arith.cmpi sgt, %n, %c8 : index loc("live")
  %r:2 = scf.if %live -> (!acc, !vector) {
    %fill = ragged_kernel.fill 0.0 : !acc
    %s = ragged_kernel.scale %fill by 2.0 : !acc
    %m = ragged_kernel.row_max %s, %none : !acc, !vector
    scf.yield %s, %m : !acc, !vector
  } else {
    %unused = ub.poison : !acc
    scf.yield %unused, %none : !acc, !vector
  } loc("scores1")
  %max = ragged_kernel.reduce_max %r#1 : !vector
  scf.if %live {
    %w = ragged_kernel.exp_diff e %r#0, %max scale(1.0) : !acc, !vector
  }
  ragged_kernel.return
}

// The poison value may have moved out, and serve several.
// CHECK-LABEL: poison_outside() {
// CHECK-NOT:    poison
// CHECK:        Acc<16, 8> first;
// CHECK-NEXT:   if (live) warp::fill(first, 0.0f);
// CHECK-NEXT:   Acc<16, 8> second;
// CHECK-NEXT:   if (live) warp::fill(second, 1.0f);
// CHECK-NEXT:   if (live) warp::scale(first, 2.0f);
// CHECK-NEXT:   if (live) warp::scale(second, 2.0f);
// CHECK-NEXT: }
ragged_kernel.kernel @poison_outside() attributes {block_size = 32 : i64} {
  %c8 = arith.constant 8 : index
  %poison = ub.poison : !acc loc("poison")
  %n = ragged_kernel.thread_id loc("n")
  %live = arith.cmpi sgt, %n, %c8 : index loc("live")
  %a = scf.if %live -> (!acc) {
    %fill = ragged_kernel.fill 0.0 : !acc
    scf.yield %fill : !acc
  } else {
    scf.yield %poison : !acc
  } loc("first")
  %b = scf.if %live -> (!acc) {
    %fill = ragged_kernel.fill 1.0 : !acc
    scf.yield %fill : !acc
  } else {
    scf.yield %poison : !acc
  } loc("second")
  scf.if %live {
    %w = ragged_kernel.scale %a by 2.0 : !acc
  }
  scf.if %live {
    %w = ragged_kernel.scale %b by 2.0 : !acc
  }
  ragged_kernel.return
}

// Scalars: a conditional assigns, a loop counts.
// CHECK-LABEL: scalars(int* p) {
// CHECK:        int chosen;
// CHECK-NEXT:   bool chosen_2;
// CHECK-NEXT:   if (t < 8) {
// CHECK-NEXT:     const int sum = t + 8;
// CHECK-NEXT:     ptx::store_global(p + sum, static_cast<u32>(sum));
// CHECK-NEXT:     chosen = sum;
// CHECK-NEXT:     chosen_2 = true;
// CHECK-NEXT:   } else {
// CHECK-NEXT:     chosen = t * 8;
// CHECK-NEXT:     chosen_2 = t == 9;
// CHECK-NEXT:   }
// CHECK-NEXT:   int v = 0;
// CHECK-NEXT:   int v_2 = t + 1;
// CHECK-NEXT:   for (int i = 0; i < chosen; i += 1) {
// CHECK-NEXT:     const int load = ptx::load_global<int>(p + i);
// CHECK-NEXT:     v = v + load;
// CHECK-NEXT:   }
// CHECK-NEXT:   ptx::store_global(p + v, static_cast<u32>(v_2));
// CHECK-NEXT:   if (chosen_2) return;
ragged_kernel.kernel @scalars(%p: !ragged_kernel.ptr<i32> loc("p")) attributes {block_size = 32 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %c9 = arith.constant 9 : index
  %true = arith.constant true
  %t = ragged_kernel.thread_id loc("t")
  %b = arith.cmpi slt, %t, %c8 : index
  %v, %w = scf.if %b -> (index, i1) {
    %sum = arith.addi %t, %c8 : index loc("sum")
    ragged_kernel.store %sum to %p[%sum] : !ragged_kernel.ptr<i32>
    scf.yield %sum, %true : index, i1
  } else {
    %product = arith.muli %t, %c8 : index
    %nine = arith.cmpi eq, %t, %c9 : index
    scf.yield %product, %nine : index, i1
  } loc("chosen")
  %start = arith.addi %t, %c1 : index
  %r:2 = scf.for %i = %c0 to %v step %c1 iter_args(%n = %c0, %same = %start) -> (index, index) {
    %load = ragged_kernel.load %p[%i] : !ragged_kernel.ptr<i32> loc("load")
    %next = arith.addi %n, %load : index
    scf.yield %next, %same : index, index
  }
  ragged_kernel.store %r#1 to %p[%r#0] : !ragged_kernel.ptr<i32>
  ragged_kernel.exit_if %w
  ragged_kernel.return
}
