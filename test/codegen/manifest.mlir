// The manifest: what the runtime must know of a function's values, kernels and launches.
// RUN: split-file %s %t
// RUN: ragged-translate --emit-manifest --arch=sm_80 %t/chain.mlir | FileCheck %t/chain.mlir
// RUN: ragged-translate --emit-manifest %t/names.mlir | FileCheck %t/names.mlir
// RUN: ragged-translate --emit-manifest --split-input-file --verify-diagnostics %t/invalid.mlir

//--- chain.mlir
// Two kernels, one value between them, a view with strides. Values come in the order of arguments, then launches.
// CHECK:      {
// CHECK-NEXT:   "arch": "sm_80",
// CHECK-NEXT:   "kernels": [
// CHECK-NEXT:     {
// CHECK-NEXT:       "allow_spills": false,
// CHECK-NEXT:       "block": [
// CHECK-NEXT:         256,
// CHECK-NEXT:         1,
// CHECK-NEXT:         1
// CHECK-NEXT:       ],
// CHECK-NEXT:       "min_blocks_per_sm": 6,
// CHECK-NEXT:       "op": "pack_indices",
// CHECK-NEXT:       "params": [
// CHECK-NEXT:         "keep",
// CHECK-NEXT:         "offsets"
// CHECK-NEXT:       ],
// CHECK-NEXT:       "programmatic_launch": false,
// CHECK-NEXT:       "schedule": {},
// CHECK-NEXT:       "shared_bytes": 128,
// CHECK-NEXT:       "spec": {
// CHECK-NEXT:         "causal": false,
// CHECK-NEXT:         "dim": 64,
// CHECK-NEXT:         "dtype": "bf16",
// CHECK-NEXT:         "scale": 0.125
// CHECK-NEXT:       },
// CHECK-NEXT:       "status_symbol": "ragged_status",
// CHECK-NEXT:       "symbol": "chain_pack_indices_1"
// CHECK-NEXT:     },
// CHECK-NEXT:     {
// CHECK:            "op": "attention",
// CHECK-NEXT:       "params": [
// CHECK-NEXT:         "qkv",
// CHECK-NEXT:         "offsets",
// CHECK-NEXT:         "out"
// CHECK-NEXT:       ],
// CHECK-NEXT:       "programmatic_launch": true,
// CHECK-NEXT:       "schedule": {
// CHECK-NEXT:         "block_m": 64,
// CHECK-NEXT:         "block_n": 32,
// CHECK-NEXT:         "copies": "cp_async",
// CHECK-NEXT:         "family": "online",
// CHECK-NEXT:         "heads_per_block": 1,
// CHECK:              "q_in_registers": true,
// CHECK-NEXT:         "reason": "said \"so\"",
// CHECK-NEXT:         "rows_per_block": 64,
// CHECK-NEXT:         "softmax": "online",
// CHECK-NEXT:         "stages": 2,
// CHECK-NEXT:         "warps": 4
// CHECK-NEXT:       },
// CHECK:            "symbol": "an_unpack_attention"
// CHECK-NEXT:     }
// CHECK-NEXT:   ],
// CHECK-NEXT:   "launches": [
// CHECK-NEXT:     {
// CHECK-NEXT:       "args": [
// CHECK-NEXT:         "keep",
// CHECK-NEXT:         "offsets"
// CHECK-NEXT:       ],
// CHECK-NEXT:       "grid": [
// CHECK-NEXT:         {
// CHECK-NEXT:           "add": 0,
// CHECK-NEXT:           "dim": 0,
// CHECK-NEXT:           "mul": 1,
// CHECK-NEXT:           "value": "keep"
// CHECK-NEXT:         },
// CHECK-NEXT:         3,
// CHECK-NEXT:         1
// CHECK-NEXT:       ],
// CHECK-NEXT:       "kernel": "chain_pack_indices_1"
// CHECK-NEXT:     },
// CHECK-NEXT:     {
// CHECK-NEXT:       "args": [
// CHECK-NEXT:         "qkv",
// CHECK-NEXT:         "offsets",
// CHECK-NEXT:         "out"
// CHECK-NEXT:       ],
// CHECK-NEXT:       "grid": [
// CHECK-NEXT:         {
// CHECK-NEXT:           "add": -1,
// CHECK-NEXT:           "dim": 0,
// CHECK-NEXT:           "mul": 12,
// CHECK-NEXT:           "value": "offsets"
// CHECK-NEXT:         },
// CHECK-NEXT:         1,
// CHECK-NEXT:         1
// CHECK-NEXT:       ],
// CHECK-NEXT:       "kernel": "an_unpack_attention"
// CHECK-NEXT:     }
// CHECK-NEXT:   ],
// CHECK-NEXT:   "name": "chain",
// CHECK-NEXT:   "raggedc_manifest": 1,
// CHECK-NEXT:   "values": [
// CHECK-NEXT:     {
// CHECK-NEXT:       "dtype": "bf16",
// CHECK-NEXT:       "name": "qkv",
// CHECK-NEXT:       "role": "input",
// CHECK-NEXT:       "shape": [
// CHECK-NEXT:         {
// CHECK-NEXT:           "dim": 0,
// CHECK-NEXT:           "value": "qkv"
// CHECK-NEXT:         },
// CHECK-NEXT:         3,
// CHECK-NEXT:         12,
// CHECK-NEXT:         64
// CHECK-NEXT:       ],
// CHECK-NEXT:       "strides": [
// CHECK-NEXT:         4608,
// CHECK-NEXT:         768,
// CHECK-NEXT:         64,
// CHECK-NEXT:         1
// CHECK-NEXT:       ]
// CHECK-NEXT:     },
// CHECK-NEXT:     {
// CHECK-NEXT:       "dtype": "i1",
// CHECK-NEXT:       "name": "keep",
// CHECK-NEXT:       "role": "input",
// CHECK-NEXT:       "shape": [
// CHECK-NEXT:         {
// CHECK-NEXT:           "dim": 0,
// CHECK-NEXT:           "value": "keep"
// CHECK-NEXT:         },
// CHECK-NEXT:         197
// CHECK-NEXT:       ],
// CHECK-NEXT:       "strides": [
// CHECK-NEXT:         197,
// CHECK-NEXT:         1
// CHECK-NEXT:       ]
// CHECK-NEXT:     },
// CHECK-NEXT:     {
// CHECK-NEXT:       "dtype": "i32",
// CHECK-NEXT:       "name": "offsets",
// CHECK-NEXT:       "role": "temporary",
// CHECK-NEXT:       "shape": [
// CHECK-NEXT:         {
// CHECK-NEXT:           "add": 1,
// CHECK-NEXT:           "dim": 0,
// CHECK-NEXT:           "mul": 1,
// CHECK-NEXT:           "value": "keep"
// CHECK-NEXT:         }
// CHECK-NEXT:       ],
// CHECK-NEXT:       "strides": [
// CHECK-NEXT:         1
// CHECK-NEXT:       ]
// CHECK-NEXT:     },
// CHECK-NEXT:     {
// CHECK-NEXT:       "dtype": "bf16",
// CHECK-NEXT:       "name": "out",
// CHECK-NEXT:       "role": "output",
// CHECK:            "strides": [
// CHECK-NEXT:         768,
// CHECK-NEXT:         64,
// CHECK-NEXT:         1
// CHECK-NEXT:       ]
// CHECK-NEXT:     }
// CHECK-NEXT:   ]
// CHECK-NEXT: }
ragged_kernel.kernel @chain_pack_indices_1(%keep: !ragged_kernel.ptr<i1> loc("keep"),
    %offsets: !ragged_kernel.ptr<i32> loc("offsets"))
    attributes {block_size = 256 : i64, min_blocks = 6 : i64, shared_bytes = 128 : i64,
                spec = {causal = false, dim = 64 : i64, dtype = bf16, scale = 0.125 : f32}} {
  ragged_kernel.return
}
// What a kernel does is the end of its name, whatever the function is called.
ragged_kernel.kernel @an_unpack_attention(%qkv: !ragged_kernel.ptr<bf16> loc("qkv"),
    %offsets: !ragged_kernel.ptr<i32> loc("offsets"), %out: !ragged_kernel.ptr<bf16> loc("out"))
    attributes {block_size = 128 : i64,
      schedule = #ragged_kernel.schedule<family = online, block_m = 64, block_n = 32, rows_per_block = 64, warps = 4,
        stages = 2, heads_per_block = 1, min_blocks = 3, softmax = online, q_in_registers = true,
        reason = "said \"so\"">} {
  ragged_kernel.grid_dependency_wait
  ragged_kernel.return
}
func.func @chain(%qkv: tensor<?x3x12x64xbf16, #ragged.strides<[4608, 768, 64, 1]>>, %keep: tensor<?x197xi1>)
    -> tensor<?x12x64xbf16> {
  %offsets = ragged_kernel.launch @chain_pack_indices_1(%keep)
      grid(<operand = 0, dim = 0, add = 0, mul = 1>, <operand = -1, dim = 0, add = 0, mul = 3>)
      extents([#ragged_kernel.extent<operand = 0, dim = 0, add = 1, mul = 1>]) : (tensor<?x197xi1>) -> tensor<?xi32>
  %out = ragged_kernel.launch @an_unpack_attention(%qkv, %offsets)
      grid(<operand = 1, dim = 0, add = -1, mul = 12>, <operand = -1, dim = 0, add = 0, mul = 1>)
      extents([#ragged_kernel.extent<operand = 0, dim = 0, add = 0, mul = 1>])
      : (tensor<?x3x12x64xbf16, #ragged.strides<[4608, 768, 64, 1]>>, tensor<?xi32>) -> tensor<?x12x64xbf16>
  return %out : tensor<?x12x64xbf16>
}

//--- names.mlir
// An argument is called what its attribute says, else what the first kernel calls it, else by its number; results are
// called before temporaries, packed rows `out`; a name that is taken gets a number.
// CHECK: "values": [
// CHECK: "name": "tokens",
// CHECK: "name": "x",
// CHECK: "name": "arg2",
// CHECK: "name": "x_1",
// CHECK: "name": "out_1",
// CHECK: "role": "temporary",
// CHECK: "name": "out",
// CHECK: "role": "output",
ragged_kernel.kernel @k(%x: !ragged_kernel.ptr<i32> loc("x"), %rows: !ragged_kernel.ptr<i32> loc("rows"))
    attributes {block_size = 32 : i64} {
  ragged_kernel.return
}
func.func @names(%a: tensor<?xi32> {ragged.name = "tokens"}, %b: tensor<?xi32>, %c: tensor<?xi32>, %d: tensor<?xi32>)
    -> tensor<?xi32> {
  %0 = ragged_kernel.launch @k(%a)
      grid(<operand = -1, dim = 0, add = 0, mul = 1>, <operand = -1, dim = 0, add = 0, mul = 1>)
      extents([#ragged_kernel.extent<operand = 0, dim = 0, add = 0, mul = 1>]) : (tensor<?xi32>) -> tensor<?xi32>
  %1 = ragged_kernel.launch @k(%b)
      grid(<operand = -1, dim = 0, add = 0, mul = 1>, <operand = -1, dim = 0, add = 0, mul = 1>)
      extents([#ragged_kernel.extent<operand = 0, dim = 0, add = 0, mul = 1>]) : (tensor<?xi32>) -> tensor<?xi32>
  ragged_kernel.launch @k(%d, %0)
      grid(<operand = -1, dim = 0, add = 0, mul = 1>, <operand = -1, dim = 0, add = 0, mul = 1>)
      extents([]) : (tensor<?xi32>, tensor<?xi32>) -> ()
  return %1 : tensor<?xi32>
}

//--- invalid.mlir
// expected-error @below {{expected one function for a manifest, got 0}}
module {
}

// -----

// expected-error @below {{expected one function for a manifest, got 2}}
module {
  func.func private @a()
  func.func private @b()
}

// -----

// expected-error @below {{'func.func' op expected a body for a manifest}}
func.func private @external(%x: tensor<?xi32>) -> tensor<?xi32>

// -----

func.func @other(%x: tensor<?xi32>) {
  // expected-error @below {{'arith.addi' op expected only kernel launches in a function for a manifest}}
  %0 = arith.addi %x, %x : tensor<?xi32>
  return
}

// -----

// expected-error @below {{'func.func' op expected every result to be made by a kernel launch}}
func.func @identity(%x: tensor<?xi32>) -> tensor<?xi32> {
  return %x : tensor<?xi32>
}

// -----

// expected-error @below {{'func.func' op expected ranked tensors of bf16, f16, f32, i32 or i1, got 'index'}}
func.func @scalar(%n: index) {
  return
}

// -----

// expected-error @below {{'func.func' op expected ranked tensors of bf16, f16, f32, i32 or i1, got 'tensor<?xi64>'}}
func.func @long(%n: tensor<?xi64>) {
  return
}
