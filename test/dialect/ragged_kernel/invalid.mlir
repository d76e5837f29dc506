// One test per constraint of the .td files, named after its label.
// RUN: ragged-opt %s --split-input-file --verify-diagnostics

//===----------------------------------------------------------------------===//
// Types and attributes
//===----------------------------------------------------------------------===//

// expected-error @+1 {{expected xor row bytes to be a power of two from 32 to 1024, got 96}}
func.func private @layout_c1(!ragged_kernel.shared<16x48xbf16, <xor, 96>>)

// -----

// expected-error @+1 {{expected xor row bytes to be a power of two from 32 to 1024, got 2048}}
func.func private @layout_c1_wide(!ragged_kernel.shared<16x48xbf16, <xor, 2048>>)

// -----

// expected-error @+1 {{expected xor row bytes to be a power of two from 32 to 1024, got 16}}
func.func private @layout_c1_narrow(!ragged_kernel.shared<16x8xbf16, <xor, 16>>)

// -----

// expected-error @+1 {{expected padded row bytes to be an odd multiple of 16, got 96}}
func.func private @layout_c2(!ragged_kernel.shared<16x48xbf16, <padded, 96>>)

// -----

// expected-error @+1 {{expected padded row bytes to be an odd multiple of 16, got 100}}
func.func private @layout_c2_chunk(!ragged_kernel.shared<16x48xbf16, <padded, 100>>)

// -----

// expected-error @+1 {{expected padded row bytes to be an odd multiple of 16, got -16}}
func.func private @layout_c2_negative() attributes {a = #ragged_kernel.layout<padded, -16>}

// -----

// expected-error @+1 {{expected panels to be a positive multiple of 1024 bytes apart, got 2560}}
func.func private @layout_c3(!ragged_kernel.shared<16x128xbf16, <panels, 2560>>)

// -----

// expected-error @+1 {{expected panels to be a positive multiple of 1024 bytes apart, got 0}}
func.func private @layout_c3_zero() attributes {a = #ragged_kernel.layout<panels, 0>}

// -----

// expected-error @+1 {{expected a pointer to bf16, f16, f32, i32 or i1, got 'f64'}}
func.func private @ptr_c1(!ragged_kernel.ptr<f64>)

// -----

// expected-error @+1 {{expected rows of bf16, f16 or f32, got 'i32'}}
func.func private @rows_c1(!ragged_kernel.rows<i32, stride = 768>)

// -----

// expected-error @+1 {{expected a positive stride, got 0}}
func.func private @rows_c2(!ragged_kernel.rows<bf16, stride = 0>)

// -----

// expected-error @+1 {{expected a shared tile to have 1 to 3 positive sizes}}
func.func private @shared_c1(!ragged_kernel.shared<2x2x16x64xbf16, <xor, 128>>)

// -----

// expected-error @+1 {{expected a shared tile to have 1 to 3 positive sizes}}
func.func private @shared_c1_size(!ragged_kernel.shared<0x64xbf16, <xor, 128>>)

// -----

// expected-error @+1 {{expected a shared tile to have 1 to 3 positive sizes}}
func.func private @shared_c1_rank(!ragged_kernel.shared<bf16>)

// -----

// expected-error @+1 {{expected a shared array to have i32 elements and no layout, got 'f32'}}
func.func private @shared_c2(!ragged_kernel.shared<32xf32>)

// -----

// expected-error @+1 {{expected a shared array to have i32 elements and no layout, got 'i32'}}
func.func private @shared_c2_layout(!ragged_kernel.shared<32xi32, <xor, 128>>)

// -----

// expected-error @+1 {{expected a shared tile of bf16, f16 or f32, got 'i32'}}
func.func private @shared_c3(!ragged_kernel.shared<16x32xi32, <xor, 128>>)

// -----

// expected-error @+1 {{expected a layout that holds 16 rows of 144 bytes, got 128}}
func.func private @shared_c4(!ragged_kernel.shared<16x72xbf16, <xor, 128>>)

// -----

// expected-error @+1 {{expected a layout that holds 16 rows of 128 bytes, got 0}}
func.func private @shared_c4_none(!ragged_kernel.shared<16x64xbf16>)

// -----

// expected-error @+1 {{expected a layout that holds 32 rows of 256 bytes, got 2048}}
func.func private @shared_c4_panels(!ragged_kernel.shared<32x128xbf16, <panels, 2048>>)

// -----

// expected-error @+1 {{expected the rows of a shared tile to be a multiple of 8, got 12}}
func.func private @shared_c5(!ragged_kernel.shared<4x12x64xbf16, <xor, 128>>)

// -----

// expected-error @+1 {{expected a register tile to have rows and columns}}
func.func private @acc_rank(!ragged_kernel.acc<16xf32>)

// -----

// expected-error @+1 {{expected a register tile to have rows and columns}}
func.func private @operand_size(!ragged_kernel.operand<16x0xbf16>)

//===----------------------------------------------------------------------===//
// kernel
//===----------------------------------------------------------------------===//

// -----

// expected-error @+1 {{expected at most 5 pointers, got 6}}
ragged_kernel.kernel @kernel_c1(%a: !ragged_kernel.ptr<i32>, %b: !ragged_kernel.ptr<i32>, %c: !ragged_kernel.ptr<i32>,
    %d: !ragged_kernel.ptr<i32>, %e: !ragged_kernel.ptr<i32>, %f: !ragged_kernel.ptr<i32>)
    attributes {block_size = 32 : i64} {
  ragged_kernel.return
}

// -----

// expected-error @+1 {{expected parameters to be pointers, got 'i32'}}
ragged_kernel.kernel @kernel_c1_pointer(%n: i32) attributes {block_size = 32 : i64} {
  ragged_kernel.return
}

// -----

// A number is the last parameter.
// expected-error @+1 {{expected parameters to be pointers, got 'index'}}
ragged_kernel.kernel @kernel_c1_number(%n: index, %offsets: !ragged_kernel.ptr<i32>) attributes {block_size = 32 : i64} {
  ragged_kernel.return
}

// -----

// expected-error @+1 {{expected no results, got 1}}
ragged_kernel.kernel @kernel_c2() -> index attributes {block_size = 32 : i64} {
  ragged_kernel.return
}

// -----

// expected-error @+1 {{expected block_size to be a multiple of 32 from 32 to 1024, got 48}}
ragged_kernel.kernel @kernel_c3() attributes {block_size = 48 : i64} {
  ragged_kernel.return
}

// -----

// expected-error @+1 {{expected block_size to be a multiple of 32 from 32 to 1024, got 1056}}
ragged_kernel.kernel @kernel_c3_large() attributes {block_size = 1056 : i64} {
  ragged_kernel.return
}

// -----

// expected-error @+1 {{expected block_size to be a multiple of 32 from 32 to 1024, got 0}}
ragged_kernel.kernel @kernel_c3_zero() attributes {block_size = 0 : i64} {
  ragged_kernel.return
}

// -----

ragged_kernel.kernel @kernel_c4() attributes {block_size = 32 : i64, shared_bytes = 2175 : i64} {
  // expected-error @+1 {{expected the tile to end within shared_bytes = 2175, got 2176}}
  %tile = ragged_kernel.alloc_shared offset(128) : !ragged_kernel.shared<16x64xbf16, <xor, 128>>
  ragged_kernel.return
}

// -----

// In a region of the kernel too; slots count, and padding.
ragged_kernel.kernel @kernel_c4_slots(%offsets: !ragged_kernel.ptr<i32>)
    attributes {block_size = 32 : i64, shared_bytes = 4607 : i64} {
  %begin, %length = ragged_kernel.sequence %offsets[%length] capacity(8) : !ragged_kernel.ptr<i32>
  scf.for %i = %begin to %length step %length {
    // expected-error @+1 {{expected the tile to end within shared_bytes = 4607, got 4608}}
    %tile = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<2x16x72xbf16, <padded, 144>>
  }
  ragged_kernel.return
}

// -----

// expected-error @+1 {{expected min_blocks to be from 1 to 32, got 0}}
ragged_kernel.kernel @kernel_c5() attributes {block_size = 32 : i64, min_blocks = 0 : i64} {
  ragged_kernel.return
}

// -----

// expected-error @+1 {{expected shared_bytes to be from 0 to 232448, got 232449}}
ragged_kernel.kernel @kernel_c6() attributes {block_size = 32 : i64, shared_bytes = 232449 : i64} {
  ragged_kernel.return
}

// -----

// expected-error @+1 {{expected shared_bytes to be from 0 to 232448, got -1}}
ragged_kernel.kernel @kernel_c6_negative() attributes {block_size = 32 : i64, shared_bytes = -1 : i64} {
  ragged_kernel.return
}

// -----

module {
  func.func @kernel_parent() {
    // expected-error @+1 {{'ragged_kernel.kernel' op expects parent op 'builtin.module'}}
    ragged_kernel.kernel @inside() attributes {block_size = 32 : i64} {
      ragged_kernel.return
    }
    return
  }
}

// -----

// expected-error @+1 {{requires attribute 'block_size'}}
ragged_kernel.kernel @kernel_block_size() {
  ragged_kernel.return
}

// -----

func.func @return_parent() {
  // expected-error @+1 {{'ragged_kernel.return' op expects parent op 'ragged_kernel.kernel'}}
  ragged_kernel.return
}

//===----------------------------------------------------------------------===//
// launch
//===----------------------------------------------------------------------===//

// -----

func.func @launch_c1(%x: tensor<?xi32>) {
  // expected-error @+1 {{expected @missing to be a ragged_kernel.kernel}}
  ragged_kernel.launch @missing(%x)
      grid(<operand = -1, dim = 0, add = 0, mul = 1>, <operand = -1, dim = 0, add = 0, mul = 1>) extents([])
      : (tensor<?xi32>) -> ()
  return
}

// -----

func.func private @function(tensor<?xi32>)
func.func @launch_c1_function(%x: tensor<?xi32>) {
  // expected-error @+1 {{expected @function to be a ragged_kernel.kernel}}
  ragged_kernel.launch @function(%x)
      grid(<operand = -1, dim = 0, add = 0, mul = 1>, <operand = -1, dim = 0, add = 0, mul = 1>) extents([])
      : (tensor<?xi32>) -> ()
  return
}

// -----

ragged_kernel.kernel @k(%a: !ragged_kernel.ptr<i32>, %b: !ragged_kernel.ptr<i32>) attributes {block_size = 32 : i64} {
  ragged_kernel.return
}
func.func @launch_c1_count(%x: tensor<?xi32>) {
  // expected-error @+1 {{expected 2 operands and results for @k, got 1}}
  ragged_kernel.launch @k(%x)
      grid(<operand = -1, dim = 0, add = 0, mul = 1>, <operand = -1, dim = 0, add = 0, mul = 1>) extents([])
      : (tensor<?xi32>) -> ()
  return
}

// -----

ragged_kernel.kernel @k(%a: !ragged_kernel.ptr<i32>, %b: !ragged_kernel.ptr<bf16>) attributes {block_size = 32 : i64} {
  ragged_kernel.return
}
func.func @launch_c1_element(%x: tensor<?xi32>) {
  // expected-error @+1 {{expected a tensor of 'bf16', got 'tensor<?xf16>'}}
  %r = ragged_kernel.launch @k(%x)
      grid(<operand = -1, dim = 0, add = 0, mul = 1>, <operand = -1, dim = 0, add = 0, mul = 1>)
      extents([#ragged_kernel.extent<operand = 0, dim = 0, add = 0, mul = 1>]) : (tensor<?xi32>) -> tensor<?xf16>
  return
}

// -----

ragged_kernel.kernel @k(%a: !ragged_kernel.ptr<i32>, %batch: index) attributes {block_size = 32 : i64} {
  ragged_kernel.return
}
func.func @launch_c1_scalars(%x: tensor<?xi32>) {
  // expected-error @+1 {{expected 1 scalars for @k, got 0}}
  ragged_kernel.launch @k(%x)
      grid(<operand = -1, dim = 0, add = 0, mul = 1>, <operand = -1, dim = 0, add = 0, mul = 1>) extents([])
      : (tensor<?xi32>) -> ()
  return
}

// -----

ragged_kernel.kernel @k(%a: !ragged_kernel.ptr<i32>, %batch: index) attributes {block_size = 32 : i64} {
  ragged_kernel.return
}
func.func @launch_c3_scalar(%x: tensor<?xi32>) {
  // expected-error @+1 {{expected an extent over a dimension of an operand, got #ragged_kernel.extent<operand = 1, dim = 0, add = 0, mul = 1>}}
  ragged_kernel.launch @k(%x)
      grid(<operand = -1, dim = 0, add = 0, mul = 1>, <operand = -1, dim = 0, add = 0, mul = 1>) extents([])
      scalars([#ragged_kernel.extent<operand = 1, dim = 0, add = 0, mul = 1>]) : (tensor<?xi32>) -> ()
  return
}

// -----

ragged_kernel.kernel @k(%a: !ragged_kernel.ptr<i32>) attributes {block_size = 32 : i64} {
  ragged_kernel.return
}
func.func @launch_c4(%x: tensor<?xi32>) {
  // expected-error @+1 {{expected resident to be from 0 to 32, got 33}}
  ragged_kernel.launch @k(%x)
      grid(<operand = -1, dim = 0, add = 0, mul = 1>, <operand = -1, dim = 0, add = 0, mul = 1>) resident(33) extents([])
      : (tensor<?xi32>) -> ()
  return
}

// -----

ragged_kernel.kernel @k(%a: !ragged_kernel.ptr<i32>, %b: !ragged_kernel.ptr<bf16>) attributes {block_size = 32 : i64} {
  ragged_kernel.return
}
func.func @launch_c2(%x: tensor<?xi32>) {
  // expected-error @+1 {{expected one extent per result, got 0}}
  %r = ragged_kernel.launch @k(%x)
      grid(<operand = -1, dim = 0, add = 0, mul = 1>, <operand = -1, dim = 0, add = 0, mul = 1>) extents([])
      : (tensor<?xi32>) -> tensor<?xbf16>
  return
}

// -----

ragged_kernel.kernel @k(%a: !ragged_kernel.ptr<i32>) attributes {block_size = 32 : i64} {
  ragged_kernel.return
}
func.func @launch_c3(%x: tensor<?xi32>) {
  // expected-error @+1 {{expected an extent over a dimension of an operand, got #ragged_kernel.extent<operand = 1, dim = 0, add = 0, mul = 1>}}
  ragged_kernel.launch @k(%x)
      grid(<operand = 1, dim = 0, add = 0, mul = 1>, <operand = -1, dim = 0, add = 0, mul = 1>) extents([])
      : (tensor<?xi32>) -> ()
  return
}

// -----

ragged_kernel.kernel @k(%a: !ragged_kernel.ptr<i32>) attributes {block_size = 32 : i64} {
  ragged_kernel.return
}
func.func @launch_c3_dim(%x: tensor<?xi32>) {
  // expected-error @+1 {{expected an extent over a dimension of an operand, got #ragged_kernel.extent<operand = 0, dim = 1, add = 0, mul = 1>}}
  ragged_kernel.launch @k(%x)
      grid(<operand = -1, dim = 0, add = 0, mul = 1>, <operand = 0, dim = 1, add = 0, mul = 1>) extents([])
      : (tensor<?xi32>) -> ()
  return
}

// -----

ragged_kernel.kernel @k(%a: !ragged_kernel.ptr<i32>, %b: !ragged_kernel.ptr<bf16>) attributes {block_size = 32 : i64} {
  ragged_kernel.return
}
func.func @launch_c3_result(%x: tensor<?xi32>) {
  // expected-error @+1 {{expected an extent over a dimension of an operand, got #ragged_kernel.extent<operand = 0, dim = -1, add = 0, mul = 1>}}
  %r = ragged_kernel.launch @k(%x)
      grid(<operand = -1, dim = 0, add = 0, mul = 1>, <operand = -1, dim = 0, add = 0, mul = 1>)
      extents([#ragged_kernel.extent<operand = 0, dim = -1, add = 0, mul = 1>]) : (tensor<?xi32>) -> tensor<?xbf16>
  return
}

// -----

ragged_kernel.kernel @k(%a: !ragged_kernel.ptr<i32>) attributes {block_size = 32 : i64} {
  ragged_kernel.return
}
func.func @launch_ranked(%x: tensor<*xi32>) {
  // expected-error @+1 {{operand #0 must be variadic of ranked tensor of any type values}}
  ragged_kernel.launch @k(%x)
      grid(<operand = -1, dim = 0, add = 0, mul = 1>, <operand = -1, dim = 0, add = 0, mul = 1>) extents([])
      : (tensor<*xi32>) -> ()
  return
}

//===----------------------------------------------------------------------===//
// Sequence, views
//===----------------------------------------------------------------------===//

// -----

func.func @sequence_c1(%offsets: !ragged_kernel.ptr<bf16>, %i: index) {
  // expected-error @+1 {{expected offsets of i32, got 'bf16'}}
  %begin, %length = ragged_kernel.sequence %offsets[%i] capacity(197) : !ragged_kernel.ptr<bf16>
  return
}

// -----

func.func @sequence_c2(%offsets: !ragged_kernel.ptr<i32>, %i: index) {
  // expected-error @+1 {{expected a capacity of at least 1, got 0}}
  %begin, %length = ragged_kernel.sequence %offsets[%i] capacity(0) : !ragged_kernel.ptr<i32>
  return
}

// -----

func.func @sequence_c2_negative(%offsets: !ragged_kernel.ptr<i32>, %i: index) {
  // expected-error @+1 {{expected a capacity of at least 1, got -3}}
  %begin, %length = ragged_kernel.sequence %offsets[%i] capacity(-3) : !ragged_kernel.ptr<i32>
  return
}

// -----

func.func @lane_sequence_c1(%offsets: !ragged_kernel.ptr<bf16>, %i: index) {
  // expected-error @+1 {{expected offsets of i32, got 'bf16'}}
  %begins, %lengths = ragged_kernel.lane_sequence %offsets[%i] capacity(197) : !ragged_kernel.ptr<bf16>
  return
}

// -----

func.func @lane_sequence_c2(%offsets: !ragged_kernel.ptr<i32>, %i: index) {
  // expected-error @+1 {{expected a capacity of at least 1, got 0}}
  %begins, %lengths = ragged_kernel.lane_sequence %offsets[%i] capacity(0) : !ragged_kernel.ptr<i32>
  return
}

// -----

func.func @global_rows_c1(%q: !ragged_kernel.ptr<bf16>, %i: index) {
  // expected-error @+1 {{expected pointer and rows of one element type, got 'bf16' and 'f16'}}
  %rows = ragged_kernel.global_rows %q[%i, %i] head_stride(64) offset(0)
      : !ragged_kernel.ptr<bf16> -> !ragged_kernel.rows<f16, stride = 768>
  return
}

// -----

func.func @alloc_shared_c1() {
  // expected-error @+1 {{expected the offset to be a non-negative multiple of 128, got 64}}
  %tile = ragged_kernel.alloc_shared offset(64) : !ragged_kernel.shared<16x64xbf16, <xor, 128>>
  return
}

// -----

func.func @alloc_shared_c1_negative() {
  // expected-error @+1 {{expected the offset to be a non-negative multiple of 128, got -128}}
  %tile = ragged_kernel.alloc_shared offset(-128) : !ragged_kernel.shared<16x64xbf16, <xor, 128>>
  return
}

// -----

func.func @slot_c1(%tile: !ragged_kernel.shared<16x64xbf16, <xor, 128>>, %i: index) {
  // expected-error @+1 {{expected one slot of the operand, got '!ragged_kernel.shared<16x64xbf16, <xor, 128>>' and '!ragged_kernel.shared<16x64xbf16, <xor, 128>>'}}
  %slot = ragged_kernel.slot %tile[%i]
      : !ragged_kernel.shared<16x64xbf16, <xor, 128>> -> !ragged_kernel.shared<16x64xbf16, <xor, 128>>
  return
}

// -----

func.func @slot_c1_rows(%tile: !ragged_kernel.shared<4x16x64xbf16, <xor, 128>>, %i: index) {
  // expected-error @+1 {{expected one slot of the operand}}
  %slot = ragged_kernel.slot %tile[%i]
      : !ragged_kernel.shared<4x16x64xbf16, <xor, 128>> -> !ragged_kernel.shared<8x64xbf16, <xor, 128>>
  return
}

// -----

func.func @shared_rows_c1(%tile: !ragged_kernel.shared<16x64xbf16, <xor, 128>>, %i: index) {
  // expected-error @+1 {{expected rows of the operand, got '!ragged_kernel.shared<16x64xbf16, <xor, 128>>' and '!ragged_kernel.shared<24x64xbf16, <xor, 128>>'}}
  %rows = ragged_kernel.shared_rows %tile[%i]
      : !ragged_kernel.shared<16x64xbf16, <xor, 128>> -> !ragged_kernel.shared<24x64xbf16, <xor, 128>>
  return
}

// -----

func.func @shared_rows_c1_columns(%tile: !ragged_kernel.shared<16x64xbf16, <xor, 128>>, %i: index) {
  // expected-error @+1 {{expected rows of the operand}}
  %rows = ragged_kernel.shared_rows %tile[%i]
      : !ragged_kernel.shared<16x64xbf16, <xor, 128>> -> !ragged_kernel.shared<8x32xbf16, <xor, 128>>
  return
}

// -----

func.func @shared_rows_c1_slots(%tile: !ragged_kernel.shared<2x16x64xbf16, <xor, 128>>, %i: index) {
  // expected-error @+1 {{expected rows of the operand}}
  %rows = ragged_kernel.shared_rows %tile[%i]
      : !ragged_kernel.shared<2x16x64xbf16, <xor, 128>> -> !ragged_kernel.shared<8x64xbf16, <xor, 128>>
  return
}

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

// -----

func.func @copy_async_c1(%rows: !ragged_kernel.rows<bf16, stride = 64>, %n: index,
                         %tile: !ragged_kernel.shared<16x64xf16, <xor, 128>>) {
  // expected-error @+1 {{expected rows and tile of one element type, got 'bf16' and 'f16'}}
  %copy = ragged_kernel.copy_async warp %rows to %tile valid(%n)
      : !ragged_kernel.rows<bf16, stride = 64>, !ragged_kernel.shared<16x64xf16, <xor, 128>>
  return
}

// -----

func.func @copy_async_c2(%rows: !ragged_kernel.rows<bf16, stride = 64>, %n: index,
                         %tile: !ragged_kernel.shared<4x16x64xbf16, <xor, 128>>) {
  // expected-error @+1 {{expected a tile without slots, got '!ragged_kernel.shared<4x16x64xbf16, <xor, 128>>'}}
  %copy = ragged_kernel.copy_async warp %rows to %tile valid(%n)
      : !ragged_kernel.rows<bf16, stride = 64>, !ragged_kernel.shared<4x16x64xbf16, <xor, 128>>
  return
}

// -----

func.func @copy_async_c3(%rows: !ragged_kernel.rows<bf16, stride = 64>, %n: index,
                         %tile: !ragged_kernel.shared<16x64xbf16, <xor, 128>>) {
  // expected-error @+1 {{expected warps of a group to be a divisor of 2, and 1 for other scopes, got 2}}
  %copy = ragged_kernel.copy_async warp warps(2) %rows to %tile valid(%n)
      : !ragged_kernel.rows<bf16, stride = 64>, !ragged_kernel.shared<16x64xbf16, <xor, 128>>
  return
}

// -----

func.func @copy_async_c4(%rows: !ragged_kernel.rows<bf16, stride = 64>, %n: index,
                         %tile: !ragged_kernel.shared<16x64xbf16, <xor, 128>>) {
  // expected-error @+1 {{expected a group to copy a whole tile, got a limit}}
  %copy = ragged_kernel.copy_async group warps(2) %rows to %tile valid(%n) limit(%n)
      : !ragged_kernel.rows<bf16, stride = 64>, !ragged_kernel.shared<16x64xbf16, <xor, 128>>
  return
}

// -----

func.func @wait_group_c1() {
  // expected-error @+1 {{expected pending from 0 to 7, got 8}}
  ragged_kernel.wait_group pending(8)
  return
}

// -----

func.func @wait_group_c1_negative() {
  // expected-error @+1 {{expected pending from 0 to 7, got -1}}
  ragged_kernel.wait_group pending(-1)
  return
}

// -----

func.func @scope() {
  // expected-error @+1 {{expected string or keyword containing one of the following enum values for attribute 'scope' [warp, block, group, warpgroup]}}
  ragged_kernel.barrier cluster
  return
}

// -----

func.func @barrier_c1() {
  // expected-error @+1 {{expected the scope of an async barrier to be group or block, got warp}}
  ragged_kernel.barrier warp async
  return
}

// -----

func.func @barrier_c1_warpgroup() {
  // expected-error @+1 {{expected the scope of a barrier to be warp, group or block, got warpgroup}}
  ragged_kernel.barrier warpgroup
  return
}

// -----

func.func @barrier_c2() {
  // expected-error @+1 {{expected warps of a group to be a divisor of 2, and 1 for other scopes, got 2}}
  ragged_kernel.barrier block warps(2)
  return
}

// -----

ragged_kernel.kernel @three_of_four() attributes {block_size = 128 : i64} {
  // expected-error @+1 {{expected warps of a group to be a divisor of 4, and 1 for other scopes, got 3}}
  ragged_kernel.barrier group warps(3)
  ragged_kernel.return
}

// -----

ragged_kernel.kernel @sixteen_groups() attributes {block_size = 1024 : i64} {
  // expected-error @+1 {{expected at most 15 groups with a barrier each, got 16}}
  ragged_kernel.barrier group warps(2)
  ragged_kernel.return
}

//===----------------------------------------------------------------------===//
// Warps that share rows
//===----------------------------------------------------------------------===//

// -----

// expected-error @+1 {{expected ways and tiles of partials to be positive and columns a multiple of 8, got 4, 2 and 60}}
func.func @partials_c1(%p: !ragged_kernel.partials<4, 2, 60, stride = 9472>) {
  return
}

// -----

// A row of 64 floats takes 288 bytes; 16 of them with maxima and sums 4736.
// expected-error @+1 {{expected the stride of partials to be a multiple of 32 from 9472 on, got 9440}}
func.func @partials_c2(%p: !ragged_kernel.partials<4, 2, 64, stride = 9440>) {
  return
}

// -----

// expected-error @+1 {{expected the stride of partials to be a multiple of 32 from 4736 on, got 4752}}
func.func @stride(%p: !ragged_kernel.partials<4, 1, 64, stride = 4752>) {
  return
}

// -----

// expected-error @+1 {{expected a part of 16 rows, columns in eights and at least one way, got 16, 64 and 0}}
func.func @part_c1(%p: !ragged_kernel.part<16, 64, ways = 0>) {
  return
}

// -----

func.func @alloc_partials_c1() {
  // expected-error @+1 {{expected the offset to be a non-negative multiple of 128, got 64}}
  %partials = ragged_kernel.alloc_partials offset(64) : !ragged_kernel.partials<4, 2, 64, stride = 9472>
  return
}

// -----

ragged_kernel.kernel @partials_beyond() attributes {block_size = 64 : i64, shared_bytes = 37887 : i64} {
  // expected-error @+1 {{expected the tile to end within shared_bytes = 37887, got 37888}}
  %partials = ragged_kernel.alloc_partials offset(0) : !ragged_kernel.partials<4, 2, 64, stride = 9472>
  ragged_kernel.return
}

// -----

func.func @store_partial_c1(%acc: !ragged_kernel.acc<16x72xf32>, %rows: !ragged_kernel.row_vector<16>, %i: index,
                            %partials: !ragged_kernel.partials<4, 2, 64, stride = 9472>) {
  // expected-error @+1 {{expected an accumulator of the partials' columns, got '!ragged_kernel.acc<16x72xf32>'}}
  ragged_kernel.store_partial %acc, %rows, %rows to %partials[%i, %i]
      : !ragged_kernel.acc<16x72xf32>, !ragged_kernel.row_vector<16>, !ragged_kernel.partials<4, 2, 64, stride = 9472>
  return
}

// -----

func.func @join_partials_c1(%i: index, %partials: !ragged_kernel.partials<4, 2, 64, stride = 9472>) {
  // expected-error @+1 {{expected a part of the partials' columns and ways, got '!ragged_kernel.partials<4, 2, 64, stride = 9472>'}}
  %part = ragged_kernel.join_partials two %partials[%i, %i] scale(1.0)
      : !ragged_kernel.partials<4, 2, 64, stride = 9472> -> !ragged_kernel.part<16, 64, ways = 2>
  return
}

// -----

func.func @add_partials_c1(%i: index, %partials: !ragged_kernel.partials<4, 2, 64, stride = 9472>) {
  // expected-error @+1 {{expected a part of the partials' columns and ways, got '!ragged_kernel.partials<4, 2, 64, stride = 9472>'}}
  %part = ragged_kernel.add_partials %partials[%i, %i]
      : !ragged_kernel.partials<4, 2, 64, stride = 9472> -> !ragged_kernel.part<16, 72, ways = 4>
  return
}

//===----------------------------------------------------------------------===//
// Matrix products
//===----------------------------------------------------------------------===//

// -----

func.func @load_operand_c1(%tile: !ragged_kernel.shared<32x64xbf16, <xor, 128>>) {
  // expected-error @+1 {{expected an operand of the tile's 16 rows, got '!ragged_kernel.shared<32x64xbf16, <xor, 128>>' and '!ragged_kernel.operand<16x64xbf16>'}}
  %q = ragged_kernel.load_operand %tile
      : !ragged_kernel.shared<32x64xbf16, <xor, 128>> -> !ragged_kernel.operand<16x64xbf16>
  return
}

// -----

func.func @load_operand_c1_type(%tile: !ragged_kernel.shared<16x64xbf16, <xor, 128>>) {
  // expected-error @+1 {{expected an operand of the tile's 16 rows}}
  %q = ragged_kernel.load_operand %tile
      : !ragged_kernel.shared<16x64xbf16, <xor, 128>> -> !ragged_kernel.operand<16x64xf16>
  return
}

// -----

func.func @mma_issue_c1_nt(%q: !ragged_kernel.operand<16x64xbf16>, %k: !ragged_kernel.shared<32x48xbf16, <padded, 112>>,
                           %zero: !ragged_kernel.acc<16x32xf32>) {
  // expected-error @+1 {{expected sizes of a product, got a 16x64, b 48x32, accumulator 16x32}}
  %s = ragged_kernel.mma_issue nt %q, %k, %zero : !ragged_kernel.operand<16x64xbf16>,
      !ragged_kernel.shared<32x48xbf16, <padded, 112>>, !ragged_kernel.acc<16x32xf32> -> !ragged_kernel.pending<16x32xf32>
  return
}

// -----

func.func @mma_issue_c1_nn(%p: !ragged_kernel.operand<16x32xbf16>, %v: !ragged_kernel.shared<32x64xbf16, <xor, 128>>,
                           %acc: !ragged_kernel.acc<16x32xf32>) {
  // expected-error @+1 {{expected sizes of a product, got a 16x32, b 32x64, accumulator 16x32}}
  %o = ragged_kernel.mma_issue nn %p, %v, %acc : !ragged_kernel.operand<16x32xbf16>,
      !ragged_kernel.shared<32x64xbf16, <xor, 128>>, !ragged_kernel.acc<16x32xf32> -> !ragged_kernel.pending<16x32xf32>
  return
}

// -----

func.func @mma_issue_c1_result(%p: !ragged_kernel.operand<16x32xbf16>, %v: !ragged_kernel.shared<32x64xbf16, <xor, 128>>,
                               %acc: !ragged_kernel.acc<16x64xf32>) {
  // expected-error @+1 {{expected sizes of a product}}
  %o = ragged_kernel.mma_issue nn %p, %v, %acc : !ragged_kernel.operand<16x32xbf16>,
      !ragged_kernel.shared<32x64xbf16, <xor, 128>>, !ragged_kernel.acc<16x64xf32> -> !ragged_kernel.pending<16x32xf32>
  return
}

// -----

func.func @mma_issue_c1_slots(%q: !ragged_kernel.shared<4x16x64xbf16, <xor, 128>>,
                              %k: !ragged_kernel.shared<32x64xbf16, <xor, 128>>, %zero: !ragged_kernel.acc<16x32xf32>) {
  // expected-error @+1 {{expected sizes of a product}}
  %s = ragged_kernel.mma_issue nt %q, %k, %zero : !ragged_kernel.shared<4x16x64xbf16, <xor, 128>>,
      !ragged_kernel.shared<32x64xbf16, <xor, 128>>, !ragged_kernel.acc<16x32xf32> -> !ragged_kernel.pending<16x32xf32>
  return
}

// -----

func.func @mma_issue_c2(%q: !ragged_kernel.operand<16x64xf16>, %k: !ragged_kernel.shared<32x64xbf16, <xor, 128>>,
                        %zero: !ragged_kernel.acc<16x32xf32>) {
  // expected-error @+1 {{expected operands of one element type and an f32 accumulator, got 'f16', 'bf16' and 'f32'}}
  %s = ragged_kernel.mma_issue nt %q, %k, %zero : !ragged_kernel.operand<16x64xf16>,
      !ragged_kernel.shared<32x64xbf16, <xor, 128>>, !ragged_kernel.acc<16x32xf32> -> !ragged_kernel.pending<16x32xf32>
  return
}

// -----

func.func @mma_issue_c2_acc(%q: !ragged_kernel.operand<16x64xf16>, %k: !ragged_kernel.shared<32x64xf16, <xor, 128>>,
                            %zero: !ragged_kernel.acc<16x32xf16>) {
  // expected-error @+1 {{expected operands of one element type and an f32 accumulator, got 'f16', 'f16' and 'f16'}}
  %s = ragged_kernel.mma_issue nt %q, %k, %zero : !ragged_kernel.operand<16x64xf16>,
      !ragged_kernel.shared<32x64xf16, <xor, 128>>, !ragged_kernel.acc<16x32xf16> -> !ragged_kernel.pending<16x32xf16>
  return
}

// -----

// A warp's product has finished when it is issued.
func.func @mma_issue_c6(%p: !ragged_kernel.operand<16x64xbf16>, %v: !ragged_kernel.shared<64x64xbf16, <xor, 128>>,
                        %pending: !ragged_kernel.pending<16x64xf32>) {
  // expected-error @+1 {{expected a product under way to be added to by a warpgroup, and not afresh}}
  %o = ragged_kernel.mma_issue nn %p, %v, %pending : !ragged_kernel.operand<16x64xbf16>,
      !ragged_kernel.shared<64x64xbf16, <xor, 128>>, !ragged_kernel.pending<16x64xf32> -> !ragged_kernel.pending<16x64xf32>
  return
}

// -----

func.func @mma_issue_c6_fresh(%p: !ragged_kernel.operand<16x64xbf16>, %v: !ragged_kernel.shared<64x64xbf16, <xor, 128>>,
                              %pending: !ragged_kernel.pending<16x64xf32>) {
  // expected-error @+1 {{expected a product under way to be added to by a warpgroup, and not afresh}}
  %o = ragged_kernel.mma_issue warpgroup nn fresh %p, %v, %pending : !ragged_kernel.operand<16x64xbf16>,
      !ragged_kernel.shared<64x64xbf16, <xor, 128>>, !ragged_kernel.pending<16x64xf32> -> !ragged_kernel.pending<16x64xf32>
  return
}

// -----

// Its sizes count as those of an accumulator.
func.func @mma_issue_c1_pending(%p: !ragged_kernel.operand<16x64xbf16>, %v: !ragged_kernel.shared<64x64xbf16, <xor, 128>>,
                                %pending: !ragged_kernel.pending<16x32xf32>) {
  // expected-error @+1 {{expected sizes of a product, got a 16x64, b 64x64, accumulator 16x32}}
  %o = ragged_kernel.mma_issue warpgroup nn %p, %v, %pending : !ragged_kernel.operand<16x64xbf16>,
      !ragged_kernel.shared<64x64xbf16, <xor, 128>>, !ragged_kernel.pending<16x32xf32> -> !ragged_kernel.pending<16x64xf32>
  return
}

// -----

// A warpgroup has 64 rows of a in shared memory, a warp 16.
func.func @mma_issue_c1_group(%a: !ragged_kernel.shared<16x64xbf16, <xor, 128>>, %b: !ragged_kernel.shared<32x64xbf16, <xor, 128>>,
    %acc: !ragged_kernel.acc<16x32xf32>) {
  // expected-error @+1 {{expected sizes of a product, got a 16x64, b 64x32, accumulator 16x32}}
  %s = ragged_kernel.mma_issue warpgroup nt %a, %b, %acc : !ragged_kernel.shared<16x64xbf16, <xor, 128>>, !ragged_kernel.shared<32x64xbf16, <xor, 128>>,
      !ragged_kernel.acc<16x32xf32> -> !ragged_kernel.pending<16x32xf32>
  return
}

// -----

func.func @mma_issue_c1_warp(%a: !ragged_kernel.shared<64x64xbf16, <xor, 128>>, %b: !ragged_kernel.shared<32x64xbf16, <xor, 128>>,
    %acc: !ragged_kernel.acc<16x32xf32>) {
  // expected-error @+1 {{expected sizes of a product, got a 64x64, b 64x32, accumulator 16x32}}
  %s = ragged_kernel.mma_issue nt %a, %b, %acc : !ragged_kernel.shared<64x64xbf16, <xor, 128>>, !ragged_kernel.shared<32x64xbf16, <xor, 128>>,
      !ragged_kernel.acc<16x32xf32> -> !ragged_kernel.pending<16x32xf32>
  return
}

// -----

// Elements of 32 bits.
func.func @mma_issue_c3(%a: !ragged_kernel.operand<16x32xf32>, %b: !ragged_kernel.shared<32x32xf32, <xor, 128>>,
    %acc: !ragged_kernel.acc<16x32xf32>) {
  // expected-error @+1 {{expected a product of a warpgroup to have a in registers or, for nt and tn, in a shared tile, elements of 16 bits, rows that fill an xor layout of 32, 64 or 128 bytes or lie in panels, and 16 to 256 keys in sixteens, got '!ragged_kernel.operand<16x32xf32>' and '!ragged_kernel.shared<32x32xf32, <xor, 128>>'}}
  %s = ragged_kernel.mma_issue warpgroup nt %a, %b, %acc : !ragged_kernel.operand<16x32xf32>, !ragged_kernel.shared<32x32xf32, <xor, 128>>,
      !ragged_kernel.acc<16x32xf32> -> !ragged_kernel.pending<16x32xf32>
  return
}

// -----

// Rows with padding between them.
func.func @mma_issue_c3_padded(%a: !ragged_kernel.operand<16x64xbf16>, %b: !ragged_kernel.shared<32x64xbf16, <padded, 144>>,
    %acc: !ragged_kernel.acc<16x32xf32>) {
  // expected-error @+1 {{got '!ragged_kernel.operand<16x64xbf16>' and '!ragged_kernel.shared<32x64xbf16, <padded, 144>>'}}
  %s = ragged_kernel.mma_issue warpgroup nt %a, %b, %acc : !ragged_kernel.operand<16x64xbf16>, !ragged_kernel.shared<32x64xbf16, <padded, 144>>,
      !ragged_kernel.acc<16x32xf32> -> !ragged_kernel.pending<16x32xf32>
  return
}

// -----

// Rows that do not fill the layout.
func.func @mma_issue_c3_narrow(%a: !ragged_kernel.operand<16x48xbf16>, %b: !ragged_kernel.shared<32x48xbf16, <xor, 128>>,
    %acc: !ragged_kernel.acc<16x32xf32>) {
  // expected-error @+1 {{got '!ragged_kernel.operand<16x48xbf16>' and '!ragged_kernel.shared<32x48xbf16, <xor, 128>>'}}
  %s = ragged_kernel.mma_issue warpgroup nt %a, %b, %acc : !ragged_kernel.operand<16x48xbf16>, !ragged_kernel.shared<32x48xbf16, <xor, 128>>,
      !ragged_kernel.acc<16x32xf32> -> !ragged_kernel.pending<16x32xf32>
  return
}

// -----

// Rows wider than the widest swizzle.
func.func @mma_issue_c3_wide(%a: !ragged_kernel.operand<16x32xbf16>, %b: !ragged_kernel.shared<32x128xbf16, <xor, 256>>,
    %acc: !ragged_kernel.acc<16x128xf32>) {
  // expected-error @+1 {{got '!ragged_kernel.operand<16x32xbf16>' and '!ragged_kernel.shared<32x128xbf16, <xor, 256>>'}}
  %s = ragged_kernel.mma_issue warpgroup nn %a, %b, %acc : !ragged_kernel.operand<16x32xbf16>, !ragged_kernel.shared<32x128xbf16, <xor, 256>>,
      !ragged_kernel.acc<16x128xf32> -> !ragged_kernel.pending<16x128xf32>
  return
}

// -----

// An odd number of 16 bytes, along which is summed.
func.func @mma_issue_c3_odd(%a: !ragged_kernel.operand<16x72xbf16>, %b: !ragged_kernel.shared<32x72xbf16, <panels, 4096>>,
    %acc: !ragged_kernel.acc<16x32xf32>) {
  // expected-error @+1 {{got '!ragged_kernel.operand<16x72xbf16>' and '!ragged_kernel.shared<32x72xbf16, <panels, 4096>>'}}
  %s = ragged_kernel.mma_issue warpgroup nt %a, %b, %acc : !ragged_kernel.operand<16x72xbf16>, !ragged_kernel.shared<32x72xbf16, <panels, 4096>>,
      !ragged_kernel.acc<16x32xf32> -> !ragged_kernel.pending<16x32xf32>
  return
}

// -----

// Weights in shared memory.
func.func @mma_issue_c3_shared_nn(%a: !ragged_kernel.shared<64x64xbf16, <xor, 128>>, %b: !ragged_kernel.shared<64x64xbf16, <xor, 128>>,
    %acc: !ragged_kernel.acc<16x64xf32>) {
  // expected-error @+1 {{got '!ragged_kernel.shared<64x64xbf16, <xor, 128>>' and '!ragged_kernel.shared<64x64xbf16, <xor, 128>>'}}
  %s = ragged_kernel.mma_issue warpgroup nn %a, %b, %acc : !ragged_kernel.shared<64x64xbf16, <xor, 128>>, !ragged_kernel.shared<64x64xbf16, <xor, 128>>,
      !ragged_kernel.acc<16x64xf32> -> !ragged_kernel.pending<16x64xf32>
  return
}

// -----

// Q in shared memory, with padding.
func.func @mma_issue_c3_shared_padded(%a: !ragged_kernel.shared<64x64xbf16, <padded, 144>>, %b: !ragged_kernel.shared<32x64xbf16, <xor, 128>>,
    %acc: !ragged_kernel.acc<16x32xf32>) {
  // expected-error @+1 {{got '!ragged_kernel.shared<64x64xbf16, <padded, 144>>' and '!ragged_kernel.shared<32x64xbf16, <xor, 128>>'}}
  %s = ragged_kernel.mma_issue warpgroup nt %a, %b, %acc : !ragged_kernel.shared<64x64xbf16, <padded, 144>>, !ragged_kernel.shared<32x64xbf16, <xor, 128>>,
      !ragged_kernel.acc<16x32xf32> -> !ragged_kernel.pending<16x32xf32>
  return
}

// -----

// Keys beside sixteens.
func.func @mma_issue_c3_keys(%a: !ragged_kernel.operand<16x64xbf16>, %b: !ragged_kernel.shared<24x64xbf16, <xor, 128>>,
    %acc: !ragged_kernel.acc<16x24xf32>) {
  // expected-error @+1 {{got '!ragged_kernel.operand<16x64xbf16>' and '!ragged_kernel.shared<24x64xbf16, <xor, 128>>'}}
  %s = ragged_kernel.mma_issue warpgroup nt %a, %b, %acc : !ragged_kernel.operand<16x64xbf16>, !ragged_kernel.shared<24x64xbf16, <xor, 128>>,
      !ragged_kernel.acc<16x24xf32> -> !ragged_kernel.pending<16x24xf32>
  return
}

// -----

// More keys than a product has.
func.func @mma_issue_c3_many_keys(%a: !ragged_kernel.operand<16x64xbf16>, %b: !ragged_kernel.shared<272x64xbf16, <xor, 128>>,
    %acc: !ragged_kernel.acc<16x272xf32>) {
  // expected-error @+1 {{got '!ragged_kernel.operand<16x64xbf16>' and '!ragged_kernel.shared<272x64xbf16, <xor, 128>>'}}
  %s = ragged_kernel.mma_issue warpgroup nt %a, %b, %acc : !ragged_kernel.operand<16x64xbf16>, !ragged_kernel.shared<272x64xbf16, <xor, 128>>,
      !ragged_kernel.acc<16x272xf32> -> !ragged_kernel.pending<16x272xf32>
  return
}

// -----

func.func @mma_issue_c4(%a: !ragged_kernel.operand<16x64xbf16>, %b: !ragged_kernel.shared<32x64xbf16, <xor, 128>>,
    %acc: !ragged_kernel.acc<16x32xf32>) {
  // expected-error @+1 {{expected a fresh product to be that of a warpgroup}}
  %s = ragged_kernel.mma_issue nt fresh %a, %b, %acc : !ragged_kernel.operand<16x64xbf16>, !ragged_kernel.shared<32x64xbf16, <xor, 128>>,
      !ragged_kernel.acc<16x32xf32> -> !ragged_kernel.pending<16x32xf32>
  return
}

// -----

func.func @mma_wait_c1(%pending: !ragged_kernel.pending<16x32xf32>) {
  // expected-error @+1 {{expected the accumulator of the product, got '!ragged_kernel.pending<16x32xf32>' and '!ragged_kernel.acc<16x64xf32>'}}
  %acc = ragged_kernel.mma_wait %pending : !ragged_kernel.pending<16x32xf32> -> !ragged_kernel.acc<16x64xf32>
  return
}

// -----

func.func @mma_wait_c2(%q: !ragged_kernel.operand<16x64xbf16>, %k: !ragged_kernel.shared<32x64xbf16, <xor, 128>>,
    %zero: !ragged_kernel.acc<16x32xf32>) {
  %s = ragged_kernel.mma_issue warpgroup nt %q, %k, %zero : !ragged_kernel.operand<16x64xbf16>, !ragged_kernel.shared<32x64xbf16, <xor, 128>>,
      !ragged_kernel.acc<16x32xf32> -> !ragged_kernel.pending<16x32xf32>
  // expected-error @+1 {{expected to wait as a warpgroup, as the product was issued}}
  %scores = ragged_kernel.mma_wait %s : !ragged_kernel.pending<16x32xf32> -> !ragged_kernel.acc<16x32xf32>
  return
}

// -----

func.func @mma_wait_c2_warp(%q: !ragged_kernel.operand<16x64xbf16>, %k: !ragged_kernel.shared<32x64xbf16, <xor, 128>>,
    %zero: !ragged_kernel.acc<16x32xf32>) {
  %s = ragged_kernel.mma_issue nt %q, %k, %zero : !ragged_kernel.operand<16x64xbf16>, !ragged_kernel.shared<32x64xbf16, <xor, 128>>,
      !ragged_kernel.acc<16x32xf32> -> !ragged_kernel.pending<16x32xf32>
  // expected-error @+1 {{expected to wait as a warp, as the product was issued}}
  %scores = ragged_kernel.mma_wait warpgroup %s : !ragged_kernel.pending<16x32xf32> -> !ragged_kernel.acc<16x32xf32>
  return
}

// -----

func.func @mma_wait_c3(%pending: !ragged_kernel.pending<16x32xf32>) {
  // expected-error @+1 {{expected newer to be from 0 to 7 for a warpgroup and 0 for a warp, got 8}}
  %acc = ragged_kernel.mma_wait warpgroup %pending newer(8)
      : !ragged_kernel.pending<16x32xf32> -> !ragged_kernel.acc<16x32xf32>
  return
}

// -----

func.func @mma_wait_c3_warp(%pending: !ragged_kernel.pending<16x32xf32>) {
  // expected-error @+1 {{expected newer to be from 0 to 7 for a warpgroup and 0 for a warp, got 1}}
  %acc = ragged_kernel.mma_wait %pending newer(1) : !ragged_kernel.pending<16x32xf32> -> !ragged_kernel.acc<16x32xf32>
  return
}

// -----

func.func @mma_wait_c4(%q: !ragged_kernel.operand<16x64xbf16>, %k: !ragged_kernel.shared<32x64xbf16, <xor, 128>>,
    %zero: !ragged_kernel.acc<16x32xf32>) {
  %s = ragged_kernel.mma_issue warpgroup nt %q, %k, %zero : !ragged_kernel.operand<16x64xbf16>, !ragged_kernel.shared<32x64xbf16, <xor, 128>>,
      !ragged_kernel.acc<16x32xf32> -> !ragged_kernel.pending<16x32xf32>
  // expected-error @+1 {{expected at most 0 newer products, which were issued since, got 1}}
  %scores = ragged_kernel.mma_wait warpgroup %s newer(1)
      : !ragged_kernel.pending<16x32xf32> -> !ragged_kernel.acc<16x32xf32>
  return
}

// -----

func.func @to_operand_c1(%acc: !ragged_kernel.acc<16x32xf32>) {
  // expected-error @+1 {{expected an operand of the accumulator's sizes, got '!ragged_kernel.acc<16x32xf32>' and '!ragged_kernel.operand<16x64xbf16>'}}
  %p = ragged_kernel.to_operand %acc : !ragged_kernel.acc<16x32xf32> -> !ragged_kernel.operand<16x64xbf16>
  return
}

// -----

func.func @widen_c1_columns(%p: !ragged_kernel.operand<16x32xbf16>) {
  // expected-error @+1 {{expected an operand with no fewer columns and otherwise the same, got '!ragged_kernel.operand<16x32xbf16>' and '!ragged_kernel.operand<16x16xbf16>'}}
  %wide = ragged_kernel.widen %p : !ragged_kernel.operand<16x32xbf16> -> !ragged_kernel.operand<16x16xbf16>
  return
}

// -----

func.func @widen_c1_element(%p: !ragged_kernel.operand<16x32xbf16>) {
  // expected-error @+1 {{expected an operand with no fewer columns and otherwise the same, got '!ragged_kernel.operand<16x32xbf16>' and '!ragged_kernel.operand<16x64xf16>'}}
  %wide = ragged_kernel.widen %p : !ragged_kernel.operand<16x32xbf16> -> !ragged_kernel.operand<16x64xf16>
  return
}

// -----

func.func @softmax_step(%s: !ragged_kernel.row_vector<16>, %v: !ragged_kernel.shared<32x64xbf16, <xor, 128>>,
                        %acc: !ragged_kernel.acc<16x64xf32>) {
  // expected-error @+1 {{expected scores to be an accumulator, got '!ragged_kernel.row_vector<16>'}}
  %a, %m, %t = ragged_kernel.softmax_step %s, %v, %acc, %s, %s
      : !ragged_kernel.row_vector<16>, !ragged_kernel.shared<32x64xbf16, <xor, 128>>, !ragged_kernel.acc<16x64xf32>
  return
}

// -----

func.func @store_rows_c1(%acc: !ragged_kernel.acc<16x64xf32>, %rows: !ragged_kernel.rows<bf16, stride = 768>, %n: index,
                         %staging: !ragged_kernel.shared<16x32xbf16, <xor, 64>>) {
  // expected-error @+1 {{expected staging of 16x64, got '!ragged_kernel.shared<16x32xbf16, <xor, 64>>'}}
  ragged_kernel.store_rows %acc to %rows valid(%n) staging(%staging) : !ragged_kernel.acc<16x64xf32>,
      !ragged_kernel.rows<bf16, stride = 768>, !ragged_kernel.shared<16x32xbf16, <xor, 64>>
  return
}

// -----

func.func @store_rows_c2(%acc: !ragged_kernel.acc<16x64xf32>, %rows: !ragged_kernel.rows<f16, stride = 768>, %n: index,
                         %staging: !ragged_kernel.shared<16x64xbf16, <xor, 128>>) {
  // expected-error @+1 {{expected staging and rows of one element type, got 'bf16' and 'f16'}}
  ragged_kernel.store_rows %acc to %rows valid(%n) staging(%staging) : !ragged_kernel.acc<16x64xf32>,
      !ragged_kernel.rows<f16, stride = 768>, !ragged_kernel.shared<16x64xbf16, <xor, 128>>
  return
}

//===----------------------------------------------------------------------===//
// Pack and unpack
//===----------------------------------------------------------------------===//

// -----

func.func @count_kept_c1(%keep: !ragged_kernel.ptr<i32>, %i: index, %scratch: !ragged_kernel.shared<32xi32>) {
  // expected-error @+1 {{expected a mask of i1 and an array for scratch, got '!ragged_kernel.ptr<i32>' and '!ragged_kernel.shared<32xi32>'}}
  %n = ragged_kernel.count_kept %keep[%i, %i] scratch(%scratch)
      : !ragged_kernel.ptr<i32>, !ragged_kernel.shared<32xi32>
  return
}

// -----

func.func @compact_kept_c1(%keep: !ragged_kernel.ptr<i1>, %i: index, %list: !ragged_kernel.ptr<i32>,
                           %scratch: !ragged_kernel.shared<16x64xbf16, <xor, 128>>) {
  // expected-error @+1 {{expected a mask of i1 and an array for scratch, got '!ragged_kernel.ptr<i1>' and '!ragged_kernel.shared<16x64xbf16, <xor, 128>>'}}
  %n = ragged_kernel.compact_kept %keep[%i, %i] to %list[%i] scratch(%scratch)
      : !ragged_kernel.ptr<i1>, !ragged_kernel.ptr<i32>, !ragged_kernel.shared<16x64xbf16, <xor, 128>>
  return
}

// -----

func.func @compact_kept_c2(%keep: !ragged_kernel.ptr<i1>, %i: index, %scratch: !ragged_kernel.shared<32xi32>) {
  // expected-error @+1 {{expected indices of i32, got 'i1'}}
  %n = ragged_kernel.compact_kept %keep[%i, %i] to %keep[%i] scratch(%scratch)
      : !ragged_kernel.ptr<i1>, !ragged_kernel.ptr<i1>, !ragged_kernel.shared<32xi32>
  return
}

// -----

func.func @load_c1(%memory: !ragged_kernel.ptr<bf16>, %i: index) {
  // expected-error @+1 {{expected a pointer to i32 or a shared array, got '!ragged_kernel.ptr<bf16>'}}
  %value = ragged_kernel.load %memory[%i] : !ragged_kernel.ptr<bf16>
  return
}

// -----

func.func @load_c1_tile(%memory: !ragged_kernel.shared<16x64xbf16, <xor, 128>>, %i: index) {
  // expected-error @+1 {{expected a pointer to i32 or a shared array, got '!ragged_kernel.shared<16x64xbf16, <xor, 128>>'}}
  %value = ragged_kernel.load %memory[%i] : !ragged_kernel.shared<16x64xbf16, <xor, 128>>
  return
}

// -----

func.func @store_c1(%memory: !ragged_kernel.ptr<i1>, %i: index) {
  // expected-error @+1 {{expected a pointer to i32 or a shared array, got '!ragged_kernel.ptr<i1>'}}
  ragged_kernel.store %i to %memory[%i] : !ragged_kernel.ptr<i1>
  return
}

// -----

func.func @copy_row_c1(%x: !ragged_kernel.ptr<bf16>, %i: index) {
  // expected-error @+1 {{expected bytes to be a positive multiple of 2, got 3}}
  ragged_kernel.copy_row %x[%i] to %x[%i] bytes(3) : !ragged_kernel.ptr<bf16>, !ragged_kernel.ptr<bf16>
  return
}

// -----

func.func @copy_row_c1_zero(%x: !ragged_kernel.ptr<i1>, %i: index) {
  // expected-error @+1 {{expected bytes to be a positive multiple of 2, got 0}}
  ragged_kernel.copy_row %x[%i] to %x[%i] bytes(0) : !ragged_kernel.ptr<i1>, !ragged_kernel.ptr<i1>
  return
}

// -----

func.func @copy_row_c1_element(%x: !ragged_kernel.ptr<f32>, %i: index) {
  // expected-error @+1 {{expected bytes to be a positive multiple of 4, got 6}}
  ragged_kernel.copy_row %x[%i] to %x[%i] bytes(6) : !ragged_kernel.ptr<f32>, !ragged_kernel.ptr<f32>
  return
}

// -----

func.func @copy_row_c2(%x: !ragged_kernel.ptr<bf16>, %y: !ragged_kernel.ptr<f16>, %i: index) {
  // expected-error @+1 {{expected pointers of one element type, got '!ragged_kernel.ptr<bf16>' and '!ragged_kernel.ptr<f16>'}}
  ragged_kernel.copy_row %x[%i] to %y[%i] bytes(4) : !ragged_kernel.ptr<bf16>, !ragged_kernel.ptr<f16>
  return
}

// -----

func.func @fill_row_c1(%x: !ragged_kernel.ptr<f32>, %i: index) {
  // expected-error @+1 {{expected bytes to be a positive multiple of 4, got 2}}
  ragged_kernel.fill_row %x[%i] pattern(0) bytes(2) : !ragged_kernel.ptr<f32>
  return
}

// -----

ragged_kernel.kernel @grid_dependency_wait_c1(%offsets: !ragged_kernel.ptr<i32>) attributes {block_size = 32 : i64} {
  %block = ragged_kernel.block_id x
  %zero = arith.constant 0 : index
  %first = arith.cmpi eq, %block, %zero : index
  scf.if %first {
    // expected-error @+1 {{expected to be in the kernel's own block, got scf.if}}
    ragged_kernel.grid_dependency_wait
  }
  ragged_kernel.return
}

// -----

ragged_kernel.kernel @grid_dependency_wait_c2(%offsets: !ragged_kernel.ptr<i32>) attributes {block_size = 32 : i64} {
  %block = ragged_kernel.block_id x
  %length = ragged_kernel.load %offsets[%block] : !ragged_kernel.ptr<i32>
  // expected-error @+1 {{expected nothing in front that touches global memory or leaves the kernel, got ragged_kernel.load}}
  ragged_kernel.grid_dependency_wait
  ragged_kernel.return
}

// -----

// Blocks that left without waiting could all be of one grid.
ragged_kernel.kernel @grid_dependency_wait_c2_exit(%offsets: !ragged_kernel.ptr<i32>)
    attributes {block_size = 32 : i64} {
  %block = ragged_kernel.block_id x
  %zero = arith.constant 0 : index
  %first = arith.cmpi eq, %block, %zero : index
  ragged_kernel.exit_if %first
  // expected-error @+1 {{expected nothing in front that touches global memory or leaves the kernel, got ragged_kernel.exit_if}}
  ragged_kernel.grid_dependency_wait
  ragged_kernel.return
}

// -----

// Also where it is inside a conditional.
ragged_kernel.kernel @grid_dependency_wait_c2_nested(%offsets: !ragged_kernel.ptr<i32>)
    attributes {block_size = 32 : i64} {
  %block = ragged_kernel.block_id x
  %zero = arith.constant 0 : index
  %first = arith.cmpi eq, %block, %zero : index
  scf.if %first {
    ragged_kernel.store %block to %offsets[%block] : !ragged_kernel.ptr<i32>
  }
  // expected-error @+1 {{expected nothing in front that touches global memory or leaves the kernel, got scf.if}}
  ragged_kernel.grid_dependency_wait
  ragged_kernel.return
}

// -----

ragged_kernel.kernel @launch_dependents_c1(%offsets: !ragged_kernel.ptr<i32>) attributes {block_size = 32 : i64} {
  %warp = ragged_kernel.warp_id
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  scf.for %i = %zero to %warp step %one {
    %first = arith.cmpi eq, %i, %zero : index
    scf.if %first {
      // expected-error @+1 {{expected to be in the kernel's own block or in a loop there, got scf.if}}
      ragged_kernel.launch_dependents
    }
  }
  ragged_kernel.return
}

//===----------------------------------------------------------------------===//
// Producers and consumers
//===----------------------------------------------------------------------===//

// -----

// expected-error @+1 {{expected 1 to 64 barriers, got 0}}
func.func private @barriers_c1(!ragged_kernel.barriers<0>)

// -----

func.func @alloc_barriers_c1() {
  // expected-error @+1 {{expected the offset to be a non-negative multiple of 8, got 12}}
  %full = ragged_kernel.alloc_barriers offset(12) : !ragged_kernel.barriers<2>
  return
}

// -----

ragged_kernel.kernel @kernel_c4_barriers() attributes {block_size = 32 : i64, shared_bytes = 128 : i64} {
  // expected-error @+1 {{expected the tile to end within shared_bytes = 128, got 136}}
  %full = ragged_kernel.alloc_barriers offset(120) : !ragged_kernel.barriers<2>
  ragged_kernel.return
}

// -----

func.func @init_barriers_c1(%full: !ragged_kernel.barriers<2>) {
  // expected-error @+1 {{expected 1 to 1024 arrivals, got 0}}
  ragged_kernel.init_barriers %full arrivals(0) : !ragged_kernel.barriers<2>
  return
}

// -----

func.func @set_registers_c1() {
  // expected-error @+1 {{expected 24 to 256 registers in eights, got 100}}
  ragged_kernel.set_registers increase to(100)
  return
}

// -----

// expected-error @+1 {{expected a tensor map of bf16, f16 or f32, got 'i32'}}
func.func private @tensor_map_c1(!ragged_kernel.tensor_map<i32, cols = 64, stride = 64, box = 16 by 32>)

// -----

// expected-error @+1 {{expected rows of at least 64 columns, a multiple of 16 bytes apart, got 60 columns and a stride of 128 bytes}}
func.func private @tensor_map_c2_columns(!ragged_kernel.tensor_map<bf16, cols = 60, stride = 64, box = 16 by 64>)

// -----

// expected-error @+1 {{expected rows of at least 64 columns, a multiple of 16 bytes apart, got 64 columns and a stride of 136 bytes}}
func.func private @tensor_map_c2_stride(!ragged_kernel.tensor_map<bf16, cols = 64, stride = 68, box = 16 by 64>)

// -----

// expected-error @+1 {{expected boxes of 8 to 256 rows in eights, got 12}}
func.func private @tensor_map_c3(!ragged_kernel.tensor_map<bf16, cols = 64, stride = 64, box = 12 by 64>)

// -----

// expected-error @+1 {{expected boxes of 32, 64 or 128 bytes a row, got 96}}
func.func private @tensor_map_c4(!ragged_kernel.tensor_map<bf16, cols = 64, stride = 64, box = 16 by 48>)

// -----

!map = !ragged_kernel.tensor_map<bf16, cols = 64, stride = 64, box = 16 by 64>
ragged_kernel.kernel @copy_tensor_c1(%x: !ragged_kernel.ptr<bf16>, %map: !map)
    attributes {block_size = 32 : i64, shared_bytes = 8320 : i64} {
  %tile = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<64x64xbf16, <xor, 128>>
  %barriers = ragged_kernel.alloc_barriers offset(8192) : !ragged_kernel.barriers<1>
  %i = ragged_kernel.block_id x
  %rows = ragged_kernel.global_rows %x[%i, %i] head_stride(64) offset(0) : !ragged_kernel.ptr<bf16> -> !ragged_kernel.rows<bf16, stride = 128>
  // expected-error @+1 {{expected map, rows and tile of one element type and stride}}
  ragged_kernel.copy_tensor %map[%i, %i] of %rows to %tile valid(%i) limit(%i) at %barriers[%i]
      : !map, !ragged_kernel.rows<bf16, stride = 128>, !ragged_kernel.shared<64x64xbf16, <xor, 128>>, !ragged_kernel.barriers<1>
  ragged_kernel.return
}

// -----

// Rows of 96 bytes leave a part of the panel's swizzle empty.
!map = !ragged_kernel.tensor_map<bf16, cols = 64, stride = 64, box = 16 by 64>
ragged_kernel.kernel @copy_tensor_c2(%x: !ragged_kernel.ptr<bf16>, %map: !map)
    attributes {block_size = 32 : i64, shared_bytes = 8320 : i64} {
  %tile = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<64x48xbf16, <panels, 8192>>
  %barriers = ragged_kernel.alloc_barriers offset(8192) : !ragged_kernel.barriers<1>
  %i = ragged_kernel.block_id x
  %rows = ragged_kernel.global_rows %x[%i, %i] head_stride(64) offset(0) : !ragged_kernel.ptr<bf16> -> !ragged_kernel.rows<bf16, stride = 64>
  // expected-error @+1 {{expected a tile without slots, with rows of whole boxes, got '!ragged_kernel.shared<64x48xbf16, <panels, 8192>>' for boxes of 64 columns}}
  ragged_kernel.copy_tensor %map[%i, %i] of %rows to %tile valid(%i) limit(%i) at %barriers[%i]
      : !map, !ragged_kernel.rows<bf16, stride = 64>, !ragged_kernel.shared<64x48xbf16, <panels, 8192>>, !ragged_kernel.barriers<1>
  ragged_kernel.return
}

// -----

!map = !ragged_kernel.tensor_map<bf16, cols = 64, stride = 64, box = 16 by 32>
ragged_kernel.kernel @copy_tensor_c2_swizzle(%x: !ragged_kernel.ptr<bf16>, %map: !map)
    attributes {block_size = 32 : i64, shared_bytes = 8320 : i64} {
  %tile = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<64x64xbf16, <xor, 128>>
  %barriers = ragged_kernel.alloc_barriers offset(8192) : !ragged_kernel.barriers<1>
  %i = ragged_kernel.block_id x
  %rows = ragged_kernel.global_rows %x[%i, %i] head_stride(64) offset(0) : !ragged_kernel.ptr<bf16> -> !ragged_kernel.rows<bf16, stride = 64>
  // expected-error @+1 {{with rows of whole boxes, got '!ragged_kernel.shared<64x64xbf16, <xor, 128>>' for boxes of 32 columns}}
  ragged_kernel.copy_tensor %map[%i, %i] of %rows to %tile valid(%i) limit(%i) at %barriers[%i]
      : !map, !ragged_kernel.rows<bf16, stride = 64>, !ragged_kernel.shared<64x64xbf16, <xor, 128>>, !ragged_kernel.barriers<1>
  ragged_kernel.return
}

// -----

!map = !ragged_kernel.tensor_map<bf16, cols = 64, stride = 64, box = 16 by 64>
ragged_kernel.kernel @copy_tensor_c3(%x: !ragged_kernel.ptr<bf16>, %a: !map, %b: !map)
    attributes {block_size = 32 : i64, shared_bytes = 8320 : i64} {
  %tile = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<64x64xbf16, <xor, 128>>
  %barriers = ragged_kernel.alloc_barriers offset(8192) : !ragged_kernel.barriers<1>
  %i = ragged_kernel.block_id x
  %rows = ragged_kernel.global_rows %x[%i, %i] head_stride(64) offset(0) : !ragged_kernel.ptr<bf16> -> !ragged_kernel.rows<bf16, stride = 64>
  %is = arith.cmpi eq, %i, %i : index
  %map = arith.select %is, %a, %b : !map
  // expected-error @+1 {{expected the map to be a parameter of the kernel}}
  ragged_kernel.copy_tensor %map[%i, %i] of %rows to %tile valid(%i) limit(%i) at %barriers[%i]
      : !map, !ragged_kernel.rows<bf16, stride = 64>, !ragged_kernel.shared<64x64xbf16, <xor, 128>>, !ragged_kernel.barriers<1>
  ragged_kernel.return
}

// -----

// Maps come last.
!map = !ragged_kernel.tensor_map<bf16, cols = 64, stride = 64, box = 16 by 64>
// expected-error @+1 {{expected parameters to be pointers, got '!ragged_kernel.tensor_map<bf16, cols = 64, stride = 64, box = 16 by 64>'}}
ragged_kernel.kernel @kernel_c1_map(%map: !map, %n: index) attributes {block_size = 32 : i64} {
  ragged_kernel.return
}

// -----

!map = !ragged_kernel.tensor_map<bf16, cols = 64, stride = 64, box = 16 by 64>
// expected-error @+1 {{expected at most 3 tensor maps, got 4}}
ragged_kernel.kernel @kernel_c1_maps(%a: !map, %b: !map, %c: !map, %d: !map) attributes {block_size = 32 : i64} {
  ragged_kernel.return
}

// -----

!map = !ragged_kernel.tensor_map<bf16, cols = 64, stride = 64, box = 16 by 64>
ragged_kernel.kernel @k(%a: !ragged_kernel.ptr<bf16>, %map: !map) attributes {block_size = 32 : i64} {
  ragged_kernel.return
}
func.func @launch_c5_count(%x: tensor<?xbf16>) {
  // expected-error @+1 {{expected 1 tensor maps for @k, got 0}}
  ragged_kernel.launch @k(%x)
      grid(<operand = -1, dim = 0, add = 0, mul = 1>, <operand = -1, dim = 0, add = 0, mul = 1>) extents([])
      : (tensor<?xbf16>) -> ()
  return
}

// -----

!map = !ragged_kernel.tensor_map<bf16, cols = 64, stride = 64, box = 16 by 64>
ragged_kernel.kernel @k(%a: !ragged_kernel.ptr<bf16>, %b: !ragged_kernel.ptr<f16>, %map: !map) attributes {block_size = 32 : i64} {
  ragged_kernel.return
}
func.func @launch_c5_element(%x: tensor<?xbf16>, %y: tensor<?xf16>) {
  // expected-error @+1 {{expected a tensor map of an operand of 'bf16', got one of operand 1}}
  ragged_kernel.launch @k(%x, %y)
      grid(<operand = -1, dim = 0, add = 0, mul = 1>, <operand = -1, dim = 0, add = 0, mul = 1>) extents([])
      tensor_maps [1] : (tensor<?xbf16>, tensor<?xf16>) -> ()
  return
}

// -----

!map = !ragged_kernel.tensor_map<bf16, cols = 64, stride = 64, box = 16 by 64>
ragged_kernel.kernel @k(%a: !ragged_kernel.ptr<bf16>, %map: !map) attributes {block_size = 32 : i64} {
  ragged_kernel.return
}
func.func @launch_c5_operand(%x: tensor<?xbf16>) {
  // expected-error @+1 {{expected a tensor map of an operand of 'bf16', got one of operand 1}}
  ragged_kernel.launch @k(%x)
      grid(<operand = -1, dim = 0, add = 0, mul = 1>, <operand = -1, dim = 0, add = 0, mul = 1>) extents([])
      tensor_maps [1] : (tensor<?xbf16>) -> ()
  return
}

// -----

func.func @mma_issue_c3_tn(%a: !ragged_kernel.shared<32x64xbf16, <xor, 128>>, %b: !ragged_kernel.shared<32x64xbf16, <xor, 128>>,
                           %acc: !ragged_kernel.acc<16x64xf32>) {
  // expected-error @+1 {{expected a product of a warpgroup to have}}
  %o = ragged_kernel.mma_issue warpgroup tn %a, %b, %acc : !ragged_kernel.shared<32x64xbf16, <xor, 128>>,
      !ragged_kernel.shared<32x64xbf16, <xor, 128>>, !ragged_kernel.acc<16x64xf32> -> !ragged_kernel.pending<16x64xf32>
  return
}

// -----

func.func @mma_issue_c3_tn_swizzled(%a: !ragged_kernel.shared<32x64xbf16, <xor, 128>>, %b: !ragged_kernel.shared<32x8xbf16, <padded, 48>>,
                                    %acc: !ragged_kernel.acc<16x8xf32>) {
  // expected-error @+1 {{expected a product of a warpgroup to have}}
  %o = ragged_kernel.mma_issue warpgroup tn %a, %b, %acc : !ragged_kernel.shared<32x64xbf16, <xor, 128>>,
      !ragged_kernel.shared<32x8xbf16, <padded, 48>>, !ragged_kernel.acc<16x8xf32> -> !ragged_kernel.pending<16x8xf32>
  return
}

// -----

func.func @mma_issue_c1_tn(%a: !ragged_kernel.shared<64x32xbf16, <xor, 64>>, %b: !ragged_kernel.shared<64x8xbf16, <padded, 16>>,
                           %acc: !ragged_kernel.acc<16x8xf32>) {
  // expected-error @+1 {{expected sizes of a product, got a 32x64, b 64x8, accumulator 16x8}}
  %o = ragged_kernel.mma_issue warpgroup tn %a, %b, %acc : !ragged_kernel.shared<64x32xbf16, <xor, 64>>,
      !ragged_kernel.shared<64x8xbf16, <padded, 16>>, !ragged_kernel.acc<16x8xf32> -> !ragged_kernel.pending<16x8xf32>
  return
}

// -----

// The form is for warpgroups and shared tiles.
func.func @mma_issue_c5_warp(%a: !ragged_kernel.shared<32x16xbf16, <xor, 32>>, %b: !ragged_kernel.shared<32x8xbf16, <padded, 16>>,
                             %acc: !ragged_kernel.acc<16x8xf32>) {
  // expected-error @+1 {{expected form tn to be of a warpgroup, with a in a shared tile}}
  %o = ragged_kernel.mma_issue tn %a, %b, %acc : !ragged_kernel.shared<32x16xbf16, <xor, 32>>,
      !ragged_kernel.shared<32x8xbf16, <padded, 16>>, !ragged_kernel.acc<16x8xf32> -> !ragged_kernel.pending<16x8xf32>
  return
}

// -----

func.func @mma_issue_c5_registers(%a: !ragged_kernel.operand<16x16xbf16>, %b: !ragged_kernel.shared<16x8xbf16, <padded, 16>>,
                                  %acc: !ragged_kernel.acc<16x8xf32>) {
  // expected-error @+1 {{expected form tn to be of a warpgroup, with a in a shared tile}}
  %o = ragged_kernel.mma_issue warpgroup tn %a, %b, %acc : !ragged_kernel.operand<16x16xbf16>,
      !ragged_kernel.shared<16x8xbf16, <padded, 16>>, !ragged_kernel.acc<16x8xf32> -> !ragged_kernel.pending<16x8xf32>
  return
}

// -----

func.func @store_tile_c1(%acc: !ragged_kernel.acc<16x8xf32>, %tile: !ragged_kernel.shared<8x16xbf16, <padded, 48>>) {
  // expected-error @+1 {{expected a tile of the accumulator's sizes with elements of 16 bits, got}}
  ragged_kernel.store_tile %acc to %tile : !ragged_kernel.acc<16x8xf32>, !ragged_kernel.shared<8x16xbf16, <padded, 48>>
  return
}

// -----

func.func @store_tile_c1_element(%acc: !ragged_kernel.acc<16x8xf32>, %tile: !ragged_kernel.shared<16x8xf32, <padded, 48>>) {
  // expected-error @+1 {{expected a tile of the accumulator's sizes with elements of 16 bits, got}}
  ragged_kernel.store_tile %acc to %tile : !ragged_kernel.acc<16x8xf32>, !ragged_kernel.shared<16x8xf32, <padded, 48>>
  return
}

// -----

func.func @store_tile_c1_slots(%acc: !ragged_kernel.acc<16x8xf32>, %tiles: !ragged_kernel.shared<2x16x8xbf16, <padded, 16>>) {
  // expected-error @+1 {{expected a tile of the accumulator's sizes with elements of 16 bits, got}}
  ragged_kernel.store_tile %acc to %tiles : !ragged_kernel.acc<16x8xf32>, !ragged_kernel.shared<2x16x8xbf16, <padded, 16>>
  return
}
