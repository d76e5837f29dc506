// Values that share a variable, and values that must not: each case is one that a careless printer gets wrong.
// RUN: ragged-translate --emit-cuda %s | FileCheck %s

!acc = !ragged_kernel.acc<16x8xf32>
!vector = !ragged_kernel.row_vector<16>
!pending = !ragged_kernel.pending<16x8xf32>
!operand = !ragged_kernel.operand<16x8xf32>

//===----------------------------------------------------------------------===//
// In place
//===----------------------------------------------------------------------===//

// The operand is used again: the update works on a copy, whichever use comes last.
// CHECK-LABEL: used_again() {
// CHECK-NEXT:   Acc<16, 8> a;
// CHECK-NEXT:   warp::fill(a, 0.0f);
// CHECK-NEXT:   Acc<16, 8> b = a;
// CHECK-NEXT:   warp::scale(b, 2.0f);
// CHECK-NEXT:   warp::scale(a, 3.0f);
// CHECK-NEXT:   RowVector m = warp::fill_rows(0.0f);
// CHECK-NEXT:   RowVector s = warp::row_sum_partial(a, m);
// CHECK-NEXT:   m = warp::row_max_partial(b, m);
// CHECK-NEXT:   s = warp::mul(s, m);
// CHECK-NEXT: }
ragged_kernel.kernel @used_again() attributes {block_size = 32 : i64} {
  %a = ragged_kernel.fill 0.0 : !acc loc("a")
  %b = ragged_kernel.scale %a by 2.0 : !acc loc("b")
  %c = ragged_kernel.scale %a by 3.0 : !acc loc("c")
  %m = ragged_kernel.fill 0.0 : !vector loc("m")
  %s = ragged_kernel.row_sum %c, %m : !acc, !vector loc("s")
  %n = ragged_kernel.row_max %b, %m : !acc, !vector loc("n")
  %p = ragged_kernel.mul_rows %s, %n : !vector loc("p")
  ragged_kernel.return
}

// A product that starts from an accumulator that is needed again, and one that is awaited twice.
// CHECK-LABEL: products() {
// CHECK:        Acc<16, 8> a;
// CHECK-NEXT:   warp::fill(a, 0.0f);
// CHECK-NEXT:   Acc<16, 8> s = a;
// CHECK-NEXT:   warp::mma_nn(s, p, tile);
// CHECK-NEXT:   Acc<16, 8> b = s;
// CHECK-NEXT:   warp::scale(b, 2.0f);
// CHECK-NEXT:   warp::scale(s, 3.0f);
// CHECK-NEXT:   warp::scale(a, 4.0f);
// CHECK-NEXT: }
ragged_kernel.kernel @products() attributes {block_size = 32 : i64, shared_bytes = 1024 : i64} {
  %tile = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<8x8xf32, <xor, 32>> loc("tile")
  %z = ragged_kernel.fill 0.0 : !acc loc("z")
  %p = ragged_kernel.to_operand %z : !acc -> !operand loc("p")
  %a = ragged_kernel.fill 0.0 : !acc loc("a")
  %s = ragged_kernel.mma_issue nn %p, %tile, %a
      : !operand, !ragged_kernel.shared<8x8xf32, <xor, 32>>, !acc -> !pending loc("s")
  %b = ragged_kernel.mma_wait %s : !pending -> !acc loc("b")
  %b2 = ragged_kernel.scale %b by 2.0 : !acc
  %c = ragged_kernel.mma_wait %s : !pending -> !acc loc("c")
  %c3 = ragged_kernel.scale %c by 3.0 : !acc
  %a4 = ragged_kernel.scale %a by 4.0 : !acc
  ragged_kernel.return
}

// An operand from outside a loop is read again in the next iteration.
// CHECK-LABEL: outside_loop() {
// CHECK:        for (int i = 0; i < 8; i += 1) {
// CHECK-NEXT:     Acc<16, 8> b = a;
// CHECK-NEXT:     warp::scale(b, 2.0f);
// CHECK-NEXT:     if (i == 0) {
// CHECK-NEXT:       Acc<16, 8> c = a;
// CHECK-NEXT:       warp::scale(c, 3.0f);
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT: }
ragged_kernel.kernel @outside_loop() attributes {block_size = 32 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %a = ragged_kernel.fill 0.0 : !acc loc("a")
  scf.for %i = %c0 to %c8 step %c1 {
    %b = ragged_kernel.scale %a by 2.0 : !acc loc("b")
    %first = arith.cmpi eq, %i, %c0 : index
    scf.if %first {
      %c = ragged_kernel.scale %a by 3.0 : !acc loc("c")
    }
  }
  ragged_kernel.return
}

// A choice between two tiles is a tile of its own: an update of it changes neither.
// CHECK-LABEL: select() {
// CHECK:        Acc<16, 8> chosen = t == 0 ? a : b;
// CHECK-NEXT:   warp::scale(chosen, 2.0f);
// CHECK-NEXT:   warp::scale(a, 3.0f);
// CHECK-NEXT:   warp::scale(b, 4.0f);
// CHECK-NEXT: }
ragged_kernel.kernel @select() attributes {block_size = 32 : i64} {
  %c0 = arith.constant 0 : index
  %t = ragged_kernel.thread_id loc("t")
  %a = ragged_kernel.fill 0.0 : !acc loc("a")
  %b = ragged_kernel.fill 1.0 : !acc loc("b")
  %first = arith.cmpi eq, %t, %c0 : index
  %chosen = arith.select %first, %a, %b : !acc loc("chosen")
  %c = ragged_kernel.scale %chosen by 2.0 : !acc
  %a3 = ragged_kernel.scale %a by 3.0 : !acc
  %b4 = ragged_kernel.scale %b by 4.0 : !acc
  ragged_kernel.return
}

// A value that may be anything, updated.
// CHECK-LABEL: poison() {
// CHECK-NEXT:   Acc<16, 8> a;
// CHECK-NEXT:   warp::scale(a, 2.0f);
// CHECK-NEXT:   Acc<16, 8> v;
// CHECK-NEXT:   for (int i = 0; i < 8; i += 1) {
// CHECK-NEXT:     Acc<16, 8> acc;
// CHECK-NEXT:     warp::fill(acc, 0.0f);
// CHECK-NEXT:     v = acc;
// CHECK-NEXT:   }
// CHECK-NEXT:   int b;
// CHECK-NEXT:   warp::mask_keys(v, b, 8);
// CHECK-NEXT: }
ragged_kernel.kernel @poison() attributes {block_size = 32 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %a = ub.poison : !acc loc("a")
  %a2 = ragged_kernel.scale %a by 2.0 : !acc
  %init = ub.poison : !acc loc("init")
  %r = scf.for %i = %c0 to %c8 step %c1 iter_args(%x = %init) -> (!acc) {
    %y = ragged_kernel.fill 0.0 : !acc
    scf.yield %y : !acc
  }
  %b = ub.poison : index loc("b")
  %m = ragged_kernel.mask_keys %r key(%b) length(%c8) : !acc
  ragged_kernel.return
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

// The initial value is used after the loop, in the loop, or by two variables of it: it stays as it is.
// CHECK-LABEL: initial() {
// CHECK:        warp::fill(a, 0.0f);
// CHECK-NEXT:   Acc<16, 8> [[X:v[_0-9]*]] = a;
// CHECK-NEXT:   for (int i = 0; i < 8; i += 1) {
// CHECK-NEXT:     warp::scale([[X]], 2.0f);
// CHECK-NEXT:   }
// CHECK-NEXT:   Acc<16, 8> [[Y:v[_0-9]*]] = a;
// CHECK-NEXT:   for (int i_2 = 0; i_2 < 8; i_2 += 1) {
// CHECK-NEXT:     m = warp::row_max_partial(a, m);
// CHECK-NEXT:     warp::rescale([[Y]], m);
// CHECK-NEXT:   }
// CHECK-NEXT:   Acc<16, 8> [[Z:v[_0-9]*]] = a;
// CHECK-NEXT:   Acc<16, 8> [[W:v[_0-9]*]] = a;
// CHECK-NEXT:   for (int i_3 = 0; i_3 < 8; i_3 += 1) {
// CHECK-NEXT:     warp::scale([[Z]], 2.0f);
// CHECK-NEXT:     warp::scale([[W]], 3.0f);
// CHECK-NEXT:   }
// CHECK-NEXT: }
ragged_kernel.kernel @initial() attributes {block_size = 32 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %m = ragged_kernel.fill 0.0 : !vector loc("m")
  %a = ragged_kernel.fill 0.0 : !acc loc("a")
  %r = scf.for %i = %c0 to %c8 step %c1 iter_args(%x = %a) -> (!acc) {
    %y = ragged_kernel.scale %x by 2.0 : !acc
    scf.yield %y : !acc
  }
  %s:2 = scf.for %i = %c0 to %c8 step %c1 iter_args(%x = %a, %n = %m) -> (!acc, !vector) {
    %most = ragged_kernel.row_max %a, %n : !acc, !vector
    %y = ragged_kernel.rescale %x, %most : !acc, !vector
    scf.yield %y, %most : !acc, !vector
  }
  %t:2 = scf.for %i = %c0 to %c8 step %c1 iter_args(%x = %a, %y = %a) -> (!acc, !acc) {
    %x2 = ragged_kernel.scale %x by 2.0 : !acc
    %y3 = ragged_kernel.scale %y by 3.0 : !acc
    scf.yield %x2, %y3 : !acc, !acc
  }
  ragged_kernel.return
}

// The initial value is yielded: each iteration starts from it.
// CHECK-LABEL: yields_initial() {
// CHECK:        warp::fill(a, 0.0f);
// CHECK-NEXT:   Acc<16, 8> v = a;
// CHECK-NEXT:   for (int i = 0; i < 8; i += 1) {
// CHECK-NEXT:     warp::scale(v, 2.0f);
// CHECK-NEXT:     s = warp::row_sum_partial(v, s);
// CHECK-NEXT:     v = a;
// CHECK-NEXT:   }
// CHECK-NEXT: }
ragged_kernel.kernel @yields_initial() attributes {block_size = 32 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %s = ragged_kernel.fill 0.0 : !vector loc("s")
  %a = ragged_kernel.fill 0.0 : !acc loc("a")
  %r:2 = scf.for %i = %c0 to %c8 step %c1 iter_args(%x = %a, %sum = %s) -> (!acc, !vector) {
    %y = ragged_kernel.scale %x by 2.0 : !acc
    %next = ragged_kernel.row_sum %y, %sum : !acc, !vector
    scf.yield %a, %next : !acc, !vector
  }
  ragged_kernel.return
}

// What a loop carries is used after its update in the same iteration: the update works on a copy, moved at the end.
// CHECK-LABEL: old_and_new() {
// CHECK:        for (int i = 0; i < 8; i += 1) {
// CHECK-NEXT:     RowVector new_max = warp::row_max_partial(a, old_max);
// CHECK-NEXT:     RowVector correction = warp::exp_correction(old_max, new_max, 1.0f);
// CHECK-NEXT:     sum = warp::mul(sum, correction);
// CHECK-NEXT:     old_max = new_max;
// CHECK-NEXT:   }
ragged_kernel.kernel @old_and_new() attributes {block_size = 32 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %a = ragged_kernel.fill 0.0 : !acc loc("a")
  %max = ragged_kernel.fill 0xFF800000 : !vector loc("old_max")
  %sum = ragged_kernel.fill 0.0 : !vector loc("sum")
  %r:2 = scf.for %i = %c0 to %c8 step %c1 iter_args(%m = %max, %s = %sum) -> (!vector, !vector) {
    %n = ragged_kernel.row_max %a, %m : !acc, !vector loc("new_max")
    %c = ragged_kernel.correction e %m, %n scale(1.0) : !vector
    %t = ragged_kernel.mul_rows %s, %c : !vector
    scf.yield %n, %t : !vector, !vector
  }
  ragged_kernel.return
}

// Crossed yields are read before any is written: tiles, scalars, and an expression over a variable that moves.
// CHECK-LABEL: crossed(int* p) {
// CHECK:        for (int i = 0; i < 8; i += 1) {
// CHECK-NEXT:     warp::scale(a, 2.0f);
// CHECK-NEXT:     const auto next_a = b;
// CHECK-NEXT:     const auto next_b = a;
// CHECK-NEXT:     a = next_a;
// CHECK-NEXT:     b = next_b;
// CHECK-NEXT:   }
// CHECK-NEXT:   int x = 1;
// CHECK-NEXT:   int y = 2;
// CHECK-NEXT:   for (int i_2 = 0; i_2 < 8; i_2 += 1) {
// CHECK-NEXT:     const auto next_x = x + y;
// CHECK-NEXT:     const auto next_y = x * 8;
// CHECK-NEXT:     x = next_x;
// CHECK-NEXT:     y = next_y;
// CHECK-NEXT:   }
// CHECK-NEXT:   int x_2 = 1;
// CHECK-NEXT:   for (int i_3 = 0; i_3 < 8; i_3 += 1) {
// CHECK-NEXT:     x_2 = x_2 + 1;
// CHECK-NEXT:   }
// CHECK-NEXT:   ptx::store_global(p + x, static_cast<u32>(y + x_2));
// CHECK-NEXT: }
ragged_kernel.kernel @crossed(%p: !ragged_kernel.ptr<i32> loc("p")) attributes {block_size = 32 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c8 = arith.constant 8 : index
  %a = ragged_kernel.fill 0.0 : !acc loc("a")
  %b = ragged_kernel.fill 1.0 : !acc loc("b")
  %r:2 = scf.for %i = %c0 to %c8 step %c1 iter_args(%x = %a, %y = %b) -> (!acc, !acc) {
    %x2 = ragged_kernel.scale %x by 2.0 : !acc
    scf.yield %y, %x2 : !acc, !acc
  }
  // Generic form, because only it can name what a loop carries.
  %s:2 = "scf.for"(%c0, %c8, %c1, %c1, %c2) ({
  ^bb0(%i: index, %x: index loc("x"), %y: index loc("y")):
    %sum = arith.addi %x, %y : index
    %product = arith.muli %x, %c8 : index
    scf.yield %sum, %product : index, index
  }) : (index, index, index, index, index) -> (index, index)
  %t = "scf.for"(%c0, %c8, %c1, %c1) ({
  ^bb0(%i: index, %x: index loc("x")):
    %next = arith.addi %x, %c1 : index
    scf.yield %next : index
  }) : (index, index, index, index) -> index
  %u = arith.addi %s#1, %t : index
  ragged_kernel.store %u to %p[%s#0] : !ragged_kernel.ptr<i32>
  ragged_kernel.return
}

// Nested loops carry one variable through, unless the outer value is needed after the inner loop.
// CHECK-LABEL: nested() {
// CHECK:        Acc<16, 8> a;
// CHECK-NEXT:   warp::fill(a, 0.0f);
// CHECK-NEXT:   for (int i = 0; i < 8; i += 1) {
// CHECK-NEXT:     for (int i_2 = 0; i_2 < 8; i_2 += 1) {
// CHECK-NEXT:       warp::scale(a, 2.0f);
// CHECK-NEXT:     }
// CHECK-NEXT:   }
// CHECK-NEXT:   for (int i_3 = 0; i_3 < 8; i_3 += 1) {
// CHECK-NEXT:     Acc<16, 8> v = a;
// CHECK-NEXT:     for (int i_4 = 0; i_4 < 8; i_4 += 1) {
// CHECK-NEXT:       warp::scale(v, 3.0f);
// CHECK-NEXT:     }
// CHECK-NEXT:     m = warp::row_max_partial(a, m);
// CHECK-NEXT:     a = v;
// CHECK-NEXT:   }
ragged_kernel.kernel @nested() attributes {block_size = 32 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %m = ragged_kernel.fill 0.0 : !vector loc("m")
  %a = ragged_kernel.fill 0.0 : !acc loc("a")
  %r = scf.for %i = %c0 to %c8 step %c1 iter_args(%x = %a) -> (!acc) {
    %s = scf.for %j = %c0 to %c8 step %c1 iter_args(%y = %x) -> (!acc) {
      %z = ragged_kernel.scale %y by 2.0 : !acc
      scf.yield %z : !acc
    }
    scf.yield %s : !acc
  }
  %t:2 = scf.for %i = %c0 to %c8 step %c1 iter_args(%x = %r, %n = %m) -> (!acc, !vector) {
    %s = scf.for %j = %c0 to %c8 step %c1 iter_args(%y = %x) -> (!acc) {
      %z = ragged_kernel.scale %y by 3.0 : !acc
      scf.yield %z : !acc
    }
    %o = ragged_kernel.row_max %x, %n : !acc, !vector
    scf.yield %s, %o : !acc, !vector
  }
  ragged_kernel.return
}

// An inner loop starts each time from what lies outside the outer one.
// CHECK-LABEL: restarted() {
// CHECK:        for (int i = 0; i < 8; i += 1) {
// CHECK-NEXT:     Acc<16, 8> v = a;
// CHECK-NEXT:     for (int i_2 = 0; i_2 < 8; i_2 += 1) {
// CHECK-NEXT:       warp::scale(v, 2.0f);
// CHECK-NEXT:     }
// CHECK-NEXT:     m = warp::row_max_partial(v, m);
// CHECK-NEXT:   }
ragged_kernel.kernel @restarted() attributes {block_size = 32 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %m = ragged_kernel.fill 0.0 : !vector loc("m")
  %a = ragged_kernel.fill 0.0 : !acc loc("a")
  %r = scf.for %i = %c0 to %c8 step %c1 iter_args(%n = %m) -> (!vector) {
    %s = scf.for %j = %c0 to %c8 step %c1 iter_args(%y = %a) -> (!acc) {
      %z = ragged_kernel.scale %y by 2.0 : !acc
      scf.yield %z : !acc
    }
    %o = ragged_kernel.row_max %s, %n : !acc, !vector
    scf.yield %o : !vector
  }
  ragged_kernel.return
}

//===----------------------------------------------------------------------===//
// Conditionals
//===----------------------------------------------------------------------===//

// Updated in one branch, used after it: a copy. Updated in both branches: one variable.
// CHECK-LABEL: branches() {
// CHECK:        Acc<16, 8> a;
// CHECK-NEXT:   warp::fill(a, 0.0f);
// CHECK-NEXT:   Acc<16, 8> r;
// CHECK-NEXT:   if (live) {
// CHECK-NEXT:     r = a;
// CHECK-NEXT:     warp::scale(r, 2.0f);
// CHECK-NEXT:   } else {
// CHECK-NEXT:     r = a;
// CHECK-NEXT:   }
// CHECK-NEXT:   warp::scale(r, 5.0f);
// CHECK-NEXT:   if (live) {
// CHECK-NEXT:     warp::scale(a, 3.0f);
// CHECK-NEXT:   } else {
// CHECK-NEXT:     warp::scale(a, 4.0f);
// CHECK-NEXT:   }
// CHECK-NEXT:   warp::scale(a, 6.0f);
// CHECK-NEXT: }
ragged_kernel.kernel @branches() attributes {block_size = 32 : i64} {
  %c0 = arith.constant 0 : index
  %t = ragged_kernel.thread_id loc("t")
  %live = arith.cmpi eq, %t, %c0 : index loc("live")
  %a = ragged_kernel.fill 0.0 : !acc loc("a")
  %r = scf.if %live -> (!acc) {
    %b = ragged_kernel.scale %a by 2.0 : !acc
    scf.yield %b : !acc
  } else {
    scf.yield %a : !acc
  } loc("r")
  %r5 = ragged_kernel.scale %r by 5.0 : !acc
  %s = scf.if %live -> (!acc) {
    %b = ragged_kernel.scale %a by 3.0 : !acc
    scf.yield %b : !acc
  } else {
    %b = ragged_kernel.scale %a by 4.0 : !acc
    scf.yield %b : !acc
  } loc("s")
  %s6 = ragged_kernel.scale %s by 6.0 : !acc
  ragged_kernel.return
}

// What one branch leaves as it was, and the other makes anew without reading it, keeps its variable.
// CHECK-LABEL: left() {
// CHECK:        Acc<16, 8> a;
// CHECK-NEXT:   warp::fill(a, 0.0f);
// CHECK-NEXT:   RowVector m = warp::fill_rows(0.0f);
// CHECK-NEXT:   if (live) {
// CHECK-NEXT:     warp::fill(a, 1.0f);
// CHECK-NEXT:     m = warp::fill_rows(1.0f);
// CHECK-NEXT:   }
// CHECK-NEXT:   warp::rescale(a, m);
// CHECK-NEXT:   if (live) {
// CHECK-NEXT:   } else {
// CHECK-NEXT:     warp::fill(a, 2.0f);
// CHECK-NEXT:   }
// CHECK-NEXT:   warp::scale(a, 3.0f);
// CHECK-NEXT: }
ragged_kernel.kernel @left() attributes {block_size = 32 : i64} {
  %c0 = arith.constant 0 : index
  %t = ragged_kernel.thread_id loc("t")
  %live = arith.cmpi eq, %t, %c0 : index loc("live")
  %a = ragged_kernel.fill 0.0 : !acc loc("a")
  %m = ragged_kernel.fill 0.0 : !vector loc("m")
  %r:2 = scf.if %live -> (!acc, !vector) {
    %b = ragged_kernel.fill 1.0 : !acc loc("b")
    %n = ragged_kernel.fill 1.0 : !vector loc("n")
    scf.yield %b, %n : !acc, !vector
  } else {
    scf.yield %a, %m : !acc, !vector
  } loc("r")
  %x = ragged_kernel.rescale %r#0, %r#1 : !acc, !vector loc("x")
  %s = scf.if %live -> (!acc) {
    scf.yield %x : !acc
  } else {
    %b = ragged_kernel.fill 2.0 : !acc loc("b")
    scf.yield %b : !acc
  } loc("s")
  %s3 = ragged_kernel.scale %s by 3.0 : !acc
  ragged_kernel.return
}

// Not where it is read afterwards, in the other branch, or in the next iteration, nor for two results.
// CHECK-LABEL: not_left() {
// CHECK:        Acc<16, 8> r;
// CHECK-NEXT:   if (live) {
// CHECK-NEXT:     warp::fill(r, 1.0f);
// CHECK-NEXT:   } else {
// CHECK-NEXT:     r = a;
// CHECK-NEXT:   }
// CHECK-NEXT:   warp::scale(r, 2.0f);
// CHECK-NEXT:   Acc<16, 8> s;
// CHECK-NEXT:   if (live) {
// CHECK-NEXT:     z = warp::row_sum_partial(a, z);
// CHECK-NEXT:     warp::fill(s, 3.0f);
// CHECK-NEXT:     warp::rescale(s, z);
// CHECK-NEXT:   } else {
// CHECK-NEXT:     s = a;
// CHECK-NEXT:   }
// CHECK-NEXT:   warp::scale(s, 4.0f);
// CHECK:        for (int i = 0; i < 8; i += 1) {
// CHECK-NEXT:     Acc<16, 8> u;
// CHECK-NEXT:     if (live) {
// CHECK-NEXT:       warp::fill(u, 5.0f);
// CHECK-NEXT:     } else {
// CHECK-NEXT:       u = b;
// CHECK-NEXT:     }
// CHECK-NEXT:     warp::scale(u, 6.0f);
// CHECK-NEXT:   }
// CHECK:        Acc<16, 8> v;
// CHECK-NEXT:   Acc<16, 8> v_2;
// CHECK-NEXT:   if (live) {
// CHECK-NEXT:     warp::fill(v, 7.0f);
// CHECK-NEXT:     warp::fill(v_2, 8.0f);
// CHECK-NEXT:   } else {
// CHECK-NEXT:     v = c;
// CHECK-NEXT:     v_2 = c;
// CHECK-NEXT:   }
// CHECK-NEXT:   warp::scale(v, 9.0f);
// CHECK-NEXT:   warp::scale(v_2, 10.0f);
// CHECK-NEXT: }
ragged_kernel.kernel @not_left() attributes {block_size = 32 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %t = ragged_kernel.thread_id loc("t")
  %live = arith.cmpi eq, %t, %c0 : index loc("live")
  %z = ragged_kernel.fill 0.0 : !vector loc("z")
  %a = ragged_kernel.fill 0.0 : !acc loc("a")
  %r = scf.if %live -> (!acc) {
    %n = ragged_kernel.fill 1.0 : !acc
    scf.yield %n : !acc
  } else {
    scf.yield %a : !acc
  } loc("r")
  %r2 = ragged_kernel.scale %r by 2.0 : !acc
  %s = scf.if %live -> (!acc) {
    %m = ragged_kernel.row_sum %a, %z : !acc, !vector loc("m")
    %n = ragged_kernel.fill 3.0 : !acc
    %o = ragged_kernel.rescale %n, %m : !acc, !vector
    scf.yield %o : !acc
  } else {
    scf.yield %a : !acc
  } loc("s")
  %s4 = ragged_kernel.scale %s by 4.0 : !acc
  %b = ragged_kernel.fill 0.5 : !acc loc("b")
  scf.for %i = %c0 to %c8 step %c1 {
    %u = scf.if %live -> (!acc) {
      %n = ragged_kernel.fill 5.0 : !acc
      scf.yield %n : !acc
    } else {
      scf.yield %b : !acc
    } loc("u")
    %u6 = ragged_kernel.scale %u by 6.0 : !acc
  }
  %c = ragged_kernel.fill 0.25 : !acc loc("c")
  %v:2 = scf.if %live -> (!acc, !acc) {
    %n = ragged_kernel.fill 7.0 : !acc
    %o = ragged_kernel.fill 8.0 : !acc
    scf.yield %n, %o : !acc, !acc
  } else {
    scf.yield %c, %c : !acc, !acc
  } loc("v")
  %v9 = ragged_kernel.scale %v#0 by 9.0 : !acc
  %v10 = ragged_kernel.scale %v#1 by 10.0 : !acc
  ragged_kernel.return
}

// Two results of one conditional that hold the same value are updated apart from each other afterwards.
// CHECK-LABEL: twins() {
// CHECK:        Acc<16, 8> r;
// CHECK-NEXT:   Acc<16, 8> r_2;
// CHECK-NEXT:   if (live) {
// CHECK-NEXT:     warp::fill(r, 0.0f);
// CHECK-NEXT:     r_2 = r;
// CHECK-NEXT:   } else {
// CHECK-NEXT:     warp::fill(r, 1.0f);
// CHECK-NEXT:     r_2 = r;
// CHECK-NEXT:   }
// CHECK-NEXT:   warp::scale(r, 2.0f);
// CHECK-NEXT:   warp::scale(r_2, 3.0f);
// CHECK-NEXT:   Acc<16, 8> s;
// CHECK-NEXT:   if (live) {
// CHECK-NEXT:     warp::scale(r, 4.0f);
// CHECK-NEXT:     s = r;
// CHECK-NEXT:   } else {
// CHECK-NEXT:     s = r;
// CHECK-NEXT:   }
// CHECK-NEXT:   warp::scale(r, 5.0f);
// CHECK-NEXT:   warp::scale(s, 6.0f);
// CHECK-NEXT: }
ragged_kernel.kernel @twins() attributes {block_size = 32 : i64} {
  %c0 = arith.constant 0 : index
  %t = ragged_kernel.thread_id loc("t")
  %live = arith.cmpi eq, %t, %c0 : index loc("live")
  %r:2 = scf.if %live -> (!acc, !acc) {
    %x = ragged_kernel.fill 0.0 : !acc
    scf.yield %x, %x : !acc, !acc
  } else {
    %y = ragged_kernel.fill 1.0 : !acc
    scf.yield %y, %y : !acc, !acc
  } loc("r")
  %a = ragged_kernel.scale %r#0 by 2.0 : !acc
  %b = ragged_kernel.scale %r#1 by 3.0 : !acc
  %s:2 = scf.if %live -> (!acc, !acc) {
    %x = ragged_kernel.scale %a by 4.0 : !acc
    scf.yield %x, %x : !acc, !acc
  } else {
    scf.yield %a, %a : !acc, !acc
  } loc("s")
  %c = ragged_kernel.scale %s#0 by 5.0 : !acc
  %d = ragged_kernel.scale %s#1 by 6.0 : !acc
  ragged_kernel.return
}

// Two outer tiles change places in one branch.
// CHECK-LABEL: swapped() {
// CHECK:        Acc<16, 8> r;
// CHECK-NEXT:   Acc<16, 8> r_2;
// CHECK-NEXT:   if (t == 0) {
// CHECK-NEXT:     r = b;
// CHECK-NEXT:     r_2 = a;
// CHECK-NEXT:   } else {
// CHECK-NEXT:     r = a;
// CHECK-NEXT:     r_2 = b;
// CHECK-NEXT:   }
ragged_kernel.kernel @swapped() attributes {block_size = 32 : i64} {
  %c0 = arith.constant 0 : index
  %t = ragged_kernel.thread_id loc("t")
  %live = arith.cmpi eq, %t, %c0 : index loc("live")
  %a = ragged_kernel.fill 0.0 : !acc loc("a")
  %b = ragged_kernel.fill 1.0 : !acc loc("b")
  %r:2 = scf.if %live -> (!acc, !acc) {
    scf.yield %b, %a : !acc, !acc
  } else {
    scf.yield %a, %b : !acc, !acc
  } loc("r")
  %c = ragged_kernel.scale %r#0 by 2.0 : !acc
  %d = ragged_kernel.scale %r#1 by 3.0 : !acc
  ragged_kernel.return
}

// A tile of a branch that is yielded for one result, and an outer one that both branches change.
// CHECK-LABEL: mixed() {
// CHECK:        Acc<16, 8> r;
// CHECK-NEXT:   if (t == 0) {
// CHECK-NEXT:     warp::fill(r, 1.0f);
// CHECK-NEXT:     warp::rescale(a, m);
// CHECK-NEXT:   } else {
// CHECK-NEXT:     r = a;
// CHECK-NEXT:   }
// CHECK-NEXT:   warp::scale(r, 2.0f);
// CHECK-NEXT:   warp::scale(a, 3.0f);
// CHECK-NEXT: }
ragged_kernel.kernel @mixed() attributes {block_size = 32 : i64} {
  %c0 = arith.constant 0 : index
  %t = ragged_kernel.thread_id loc("t")
  %live = arith.cmpi eq, %t, %c0 : index loc("live")
  %a = ragged_kernel.fill 0.0 : !acc loc("a")
  %m = ragged_kernel.fill 0.0 : !vector loc("m")
  %r:2 = scf.if %live -> (!acc, !acc) {
    %x = ragged_kernel.fill 1.0 : !acc
    %y = ragged_kernel.rescale %a, %m : !acc, !vector
    scf.yield %x, %y : !acc, !acc
  } else {
    scf.yield %a, %a : !acc, !acc
  } loc("r")
  %c = ragged_kernel.scale %r#0 by 2.0 : !acc
  %d = ragged_kernel.scale %r#1 by 3.0 : !acc
  ragged_kernel.return
}

// A conditional in a loop: the carried tile is updated where it stands; a tile from outside is not.
// CHECK-LABEL: branch_in_loop() {
// CHECK:        for (int i = 0; i < 8; i += 1) {
// CHECK-NEXT:     if (i == 0) warp::scale(a, 2.0f);
// CHECK-NEXT:     Acc<16, 8> r;
// CHECK-NEXT:     if (i == 1) {
// CHECK-NEXT:       r = b;
// CHECK-NEXT:       warp::scale(r, 3.0f);
// CHECK-NEXT:     } else {
// CHECK-NEXT:       r = b;
// CHECK-NEXT:     }
// CHECK-NEXT:     m = warp::row_max_partial(r, m);
// CHECK-NEXT:   }
ragged_kernel.kernel @branch_in_loop() attributes {block_size = 32 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %a = ragged_kernel.fill 0.0 : !acc loc("a")
  %b = ragged_kernel.fill 0.0 : !acc loc("b")
  %m = ragged_kernel.fill 0.0 : !vector loc("m")
  %r:2 = scf.for %i = %c0 to %c8 step %c1 iter_args(%x = %a, %n = %m) -> (!acc, !vector) {
    %first = arith.cmpi eq, %i, %c0 : index
    %y = scf.if %first -> (!acc) {
      %z = ragged_kernel.scale %x by 2.0 : !acc
      scf.yield %z : !acc
    } else {
      scf.yield %x : !acc
    } loc("q")
    %second = arith.cmpi eq, %i, %c1 : index
    %w = scf.if %second -> (!acc) {
      %z = ragged_kernel.scale %b by 3.0 : !acc
      scf.yield %z : !acc
    } else {
      scf.yield %b : !acc
    } loc("r")
    %o = ragged_kernel.row_max %w, %n : !acc, !vector
    scf.yield %y, %o : !acc, !vector
  }
  ragged_kernel.return
}

// Operands are constants: as results of a conditional and carried by a loop they are variables of their own.
// CHECK-LABEL: operands() {
// CHECK:        const Operand<f32, 16, 8> p = warp::to_operand<f32>(a);
// CHECK-NEXT:   Operand<f32, 16, 8> r;
// CHECK-NEXT:   if (t == 0) {
// CHECK-NEXT:     const Operand<f32, 16, 8> q = warp::to_operand<f32>(a);
// CHECK-NEXT:     r = q;
// CHECK-NEXT:   } else {
// CHECK-NEXT:     r = p;
// CHECK-NEXT:   }
// CHECK-NEXT:   Operand<f32, 16, 8> v = r;
// CHECK-NEXT:   for (int i = 0; i < 8; i += 1) {
// CHECK-NEXT:     warp::mma_nn(a, v, tile);
// CHECK-NEXT:     v = p;
// CHECK-NEXT:   }
ragged_kernel.kernel @operands() attributes {block_size = 32 : i64, shared_bytes = 1024 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %t = ragged_kernel.thread_id loc("t")
  %live = arith.cmpi eq, %t, %c0 : index loc("live")
  %tile = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<8x8xf32, <xor, 32>> loc("tile")
  %a = ragged_kernel.fill 0.0 : !acc loc("a")
  %p = ragged_kernel.to_operand %a : !acc -> !operand
  %r = scf.if %live -> (!operand) {
    %q = ragged_kernel.to_operand %a : !acc -> !operand loc("q")
    scf.yield %q : !operand
  } else {
    scf.yield %p : !operand
  } loc("r")
  %s:2 = scf.for %i = %c0 to %c8 step %c1 iter_args(%x = %r, %acc = %a) -> (!operand, !acc) {
    %o = ragged_kernel.mma_issue nn %x, %tile, %acc
        : !operand, !ragged_kernel.shared<8x8xf32, <xor, 32>>, !acc -> !pending
    %w = ragged_kernel.mma_wait %o : !pending -> !acc
    scf.yield %p, %w : !operand, !acc
  }
  ragged_kernel.return
}
