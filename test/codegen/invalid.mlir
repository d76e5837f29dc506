// What has no printed form is named at its operation, and no text comes out.
// RUN: ragged-translate --emit-cuda %s --split-input-file --verify-diagnostics | FileCheck %s --allow-empty --implicit-check-not=__global__

// CHECK-NOT: __global__

ragged_kernel.kernel @softmax_step() attributes {block_size = 32 : i64, shared_bytes = 4096 : i64} {
  %v = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<16x8xbf16, <padded, 16>>
  %s = ragged_kernel.fill 0.0 : !ragged_kernel.acc<16x16xf32>
  %a = ragged_kernel.fill 0.0 : !ragged_kernel.acc<16x8xf32>
  %m = ragged_kernel.fill 0.0 : !ragged_kernel.row_vector<16>
  // expected-error @+1 {{'ragged_kernel.softmax_step' op has no CUDA form}}
  %a1, %m1, %t1 = ragged_kernel.softmax_step %s, %v, %a, %m, %m
      : !ragged_kernel.acc<16x16xf32>, !ragged_kernel.shared<16x8xbf16, <padded, 16>>, !ragged_kernel.acc<16x8xf32>
  ragged_kernel.return
}

// -----

ragged_kernel.kernel @grid_size_y() attributes {block_size = 32 : i64} {
  // expected-error @+1 {{'ragged_kernel.grid_size' op has no CUDA form for axis y}}
  %y = ragged_kernel.grid_size y
  ragged_kernel.return
}

// -----

// Also deep inside.
ragged_kernel.kernel @nested() attributes {block_size = 32 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %true = arith.constant true
  scf.for %i = %c0 to %c1 step %c1 {
    scf.if %true {
    } else {
      // expected-error @+1 {{'ragged_kernel.grid_size' op has no CUDA form for axis y}}
      %y = ragged_kernel.grid_size y
    }
  }
  ragged_kernel.return
}

// -----

ragged_kernel.kernel @loop() attributes {block_size = 32 : i64} {
  %true = arith.constant true
  // expected-error @+1 {{'scf.while' op has no CUDA form}}
  scf.while : () -> () {
    scf.condition(%true)
  } do {
    scf.yield
  }
  ragged_kernel.return
}

// -----

func.func private @function()
ragged_kernel.kernel @call() attributes {block_size = 32 : i64} {
  // expected-error @+1 {{'func.call' op has no CUDA form}}
  func.call @function() : () -> ()
  ragged_kernel.return
}

// -----

ragged_kernel.kernel @math() attributes {block_size = 32 : i64} {
  %x = arith.constant 1.0 : f32
  // expected-error @+1 {{'math.tanh' op has no CUDA form}}
  %y = math.tanh %x : f32
  ragged_kernel.return
}

// -----

// The same where it would stand in an expression.
ragged_kernel.kernel @math_inside() attributes {block_size = 32 : i64} {
  %x = arith.constant 1.0 : f32
  // expected-error @+1 {{'math.tanh' op has no CUDA form}}
  %y = math.tanh %x : f32
  %z = arith.addf %y, %y : f32
  ragged_kernel.return
}

// -----

ragged_kernel.kernel @predicate() attributes {block_size = 32 : i64} {
  %x = arith.constant 1.0 : f32
  // expected-error @+1 {{'arith.cmpf' op has no CUDA form}}
  %y = arith.cmpf ueq, %x, %x : f32
  ragged_kernel.exit_if %y
  ragged_kernel.return
}

// -----

ragged_kernel.kernel @minnum() attributes {block_size = 32 : i64} {
  %x = arith.constant 1.0 : f32
  // expected-error @+1 {{'arith.minnumf' op has no CUDA form}}
  %y = arith.minnumf %x, %x : f32
  ragged_kernel.return
}

// -----

// Scalars are 32-bit integers, truth values and f32.
ragged_kernel.kernel @wide_constant() attributes {block_size = 32 : i64} {
  // expected-error @+1 {{'arith.constant' op has no CUDA form}}
  %x = arith.constant 2147483648 : index
  ragged_kernel.return
}

// -----

ragged_kernel.kernel @wide() attributes {block_size = 32 : i64} {
  %t = ragged_kernel.thread_id
  // expected-error @+1 {{'arith.index_cast' op has no CUDA type: 'i64'}}
  %x = arith.index_cast %t : index to i64
  ragged_kernel.return
}

// -----

ragged_kernel.kernel @f64() attributes {block_size = 32 : i64} {
  // expected-error @+1 {{'arith.constant' op has no CUDA type: 'f64'}}
  %x = arith.constant 1.0 : f64
  ragged_kernel.return
}

// -----

ragged_kernel.kernel @vector() attributes {block_size = 32 : i64} {
  // expected-error @+1 {{'arith.constant' op has no CUDA type: 'vector<4xf32>'}}
  %x = arith.constant dense<1.0> : vector<4xf32>
  ragged_kernel.return
}

// -----

ragged_kernel.kernel @token_if() attributes {block_size = 32 : i64} {
  %true = arith.constant true
  // expected-error @+1 {{'scf.if' op yields a value with no CUDA type: '!ragged_kernel.token'}}
  %x = scf.if %true -> (!ragged_kernel.token) {
    %a = ragged_kernel.commit_group()
    scf.yield %a : !ragged_kernel.token
  } else {
    %b = ragged_kernel.commit_group()
    scf.yield %b : !ragged_kernel.token
  }
  ragged_kernel.return
}

// -----

ragged_kernel.kernel @token_for() attributes {block_size = 32 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %a = ragged_kernel.commit_group()
  // expected-error @+1 {{'scf.for' op carries a value with no CUDA type: '!ragged_kernel.token'}}
  %x = scf.for %i = %c0 to %c1 step %c1 iter_args(%y = %a) -> (!ragged_kernel.token) {
    scf.yield %y : !ragged_kernel.token
  }
  ragged_kernel.return
}

// -----

ragged_kernel.kernel @poison() attributes {block_size = 32 : i64} {
  // expected-error @+1 {{'ub.poison' op has no CUDA type: '!ragged_kernel.token'}}
  %a = ub.poison : !ragged_kernel.token
  ragged_kernel.wait_group %a pending(0)
  ragged_kernel.return
}

// -----

// expected-error @+1 {{'ragged_kernel.kernel' op expected a name that is a C identifier, got 'deit-base'}}
ragged_kernel.kernel @"deit-base"() attributes {block_size = 32 : i64} {
  ragged_kernel.return
}

// -----

// expected-error @+1 {{'ragged_kernel.kernel' op expected a name that is a C identifier, got 'delete'}}
ragged_kernel.kernel @delete() attributes {block_size = 32 : i64} {
  ragged_kernel.return
}
