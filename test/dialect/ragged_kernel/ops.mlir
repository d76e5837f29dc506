// Every operation, type and attribute, through text, through bytecode and in generic form.
// RUN: ragged-opt %s | ragged-opt | FileCheck %s
// RUN: ragged-opt %s --emit-bytecode | ragged-opt | FileCheck %s
// RUN: ragged-opt %s --mlir-print-op-generic | ragged-opt | FileCheck %s

// One space is enough.
// RUN: ragged-opt %s | not grep -E "[^ ]  "

// Short names for the types of this file; they print in full.
!tile = !ragged_kernel.shared<64x64xbf16, <xor, 128>>
!slot = !ragged_kernel.shared<16x64xbf16, <xor, 128>>
!slots = !ragged_kernel.shared<4x16x64xbf16, <xor, 128>>
!rows = !ragged_kernel.rows<bf16, stride = 768>
!scores = !ragged_kernel.acc<16x64xf32>
!vector = !ragged_kernel.row_vector<16>

//===----------------------------------------------------------------------===//
// kernel, launch, schedule, extent
//===----------------------------------------------------------------------===//

// CHECK-LABEL: ragged_kernel.kernel @empty(
// CHECK-SAME: %{{.*}}: !ragged_kernel.ptr<i32>) attributes {block_size = 32 : i64, min_blocks = 1 : i64, shared_bytes = 0 : i64} {
// CHECK-NEXT: ragged_kernel.return
ragged_kernel.kernel @empty(%offsets: !ragged_kernel.ptr<i32>)
    attributes {block_size = 32 : i64, min_blocks = 1 : i64, shared_bytes = 0 : i64} {
  ragged_kernel.return
}

// Five parameters, one of each element type; visibility, schedule and spec.
// CHECK-LABEL: ragged_kernel.kernel private @full(
// CHECK-SAME: !ragged_kernel.ptr<bf16>, %{{.*}}: !ragged_kernel.ptr<f16>, %{{.*}}: !ragged_kernel.ptr<f32>, %{{.*}}: !ragged_kernel.ptr<i32>, %{{.*}}: !ragged_kernel.ptr<i1> {test.name = "keep"})
// CHECK-SAME: attributes {block_size = 1024 : i64, min_blocks = 2 : i64,
// CHECK-SAME: schedule = #ragged_kernel.schedule<family = single, block_m = 128, block_n = 64, rows_per_block = 256, warps = 8, stages = 2, heads_per_block = 1, min_blocks = 2, softmax = single_pass, q_in_registers = true, reason = "it is \22quoted\22">,
// CHECK-SAME: shared_bytes = 232448 : i64, spec = {causal = true, dim = 64 : i64, dtype = bf16, scale = 1.250000e-01 : f32}} {
ragged_kernel.kernel private @full(%x: !ragged_kernel.ptr<bf16>, %y: !ragged_kernel.ptr<f16>, %z: !ragged_kernel.ptr<f32>,
    %i: !ragged_kernel.ptr<i32>, %keep: !ragged_kernel.ptr<i1> {test.name = "keep"})
    attributes {block_size = 1024 : i64, min_blocks = 2 : i64, shared_bytes = 232448 : i64,
      schedule = #ragged_kernel.schedule<family = single, block_m = 128, block_n = 64, rows_per_block = 256, warps = 8,
        stages = 2, heads_per_block = 1, min_blocks = 2, softmax = single_pass, q_in_registers = true,
        reason = "it is \"quoted\"">,
      spec = {causal = true, dim = 64 : i64, dtype = bf16, scale = 1.250000e-01 : f32}} {
  ragged_kernel.return
}

// The other families and softmax; products of warps are not said, those of warpgroups are.
// CHECK-LABEL: func.func private @schedules()
// CHECK-SAME: a = #ragged_kernel.schedule<family = warp,
// CHECK-SAME: softmax = online, q_in_registers = false, reason = "">
// CHECK-SAME: b = #ragged_kernel.schedule<family = online,
// CHECK-SAME: q_in_registers = true, reason = "">
// CHECK-SAME: c = #ragged_kernel.schedule<family = single,
// CHECK-SAME: q_in_registers = true, warpgroups = true, reason = "">
// CHECK-SAME: d = #ragged_kernel.schedule<family = latency,
func.func private @schedules() attributes {
  a = #ragged_kernel.schedule<family = warp, block_m = 16, block_n = 16, rows_per_block = 48, warps = 4, stages = 1,
    heads_per_block = 4, min_blocks = 1, softmax = online, q_in_registers = false, reason = "">,
  b = #ragged_kernel.schedule<family = online, block_m = 64, block_n = 32, rows_per_block = 64, warps = 4, stages = 3,
    heads_per_block = 1, min_blocks = 4, softmax = online, q_in_registers = true, warpgroups = false, reason = "">,
  c = #ragged_kernel.schedule<family = single, block_m = 64, block_n = 48, rows_per_block = 64, warps = 4, stages = 2,
    heads_per_block = 1, min_blocks = 4, softmax = online, q_in_registers = true, warpgroups = true, reason = "">,
  d = #ragged_kernel.schedule<family = latency, block_m = 32, block_n = 64, rows_per_block = 32, warps = 8, stages = 1,
    heads_per_block = 1, min_blocks = 1, softmax = single_pass, q_in_registers = true, reason = "">}

// The other attribute, on its own.
// CHECK-LABEL: func.func private @layouts() attributes {even_panels = #ragged_kernel.layout<even_panels, 2048>, padded = #ragged_kernel.layout<padded, 144>, panels = #ragged_kernel.layout<panels, 1024>, xor = #ragged_kernel.layout<xor, 1024>}
func.func private @layouts() attributes {
  even_panels = #ragged_kernel.layout<even_panels, 2048>,
  padded = #ragged_kernel.layout<padded, 144>, panels = #ragged_kernel.layout<panels, 1024>, xor = #ragged_kernel.layout<xor, 1024>}

// CHECK-LABEL: func.func @launch
// CHECK: ragged_kernel.launch @empty(%{{.*}}) grid(<operand = 0, dim = 0, add = -1, mul = 12>, <operand = -1, dim = 0, add = 0, mul = 1>) extents([]) : (tensor<?xi32>) -> ()
// CHECK: %{{.*}}:2 = ragged_kernel.launch @full(%{{.*}}, %{{.*}}, %{{.*}}) grid(<operand = -1, dim = 0, add = 0, mul = 7>, <operand = 0, dim = 1, add = 0, mul = 1>) extents([#ragged_kernel.extent<operand = 0, dim = 0, add = 1, mul = 1>, #ragged_kernel.extent<operand = -1, dim = 0, add = 0, mul = 197>]) : (tensor<?x197xbf16>, tensor<?xf16>, tensor<8xf32>) -> (tensor<?xi32>, tensor<197xi1>)
func.func @launch(%offsets: tensor<?xi32>, %x: tensor<?x197xbf16>, %y: tensor<?xf16>, %z: tensor<8xf32>) {
  ragged_kernel.launch @empty(%offsets)
      grid(<operand = 0, dim = 0, add = -1, mul = 12>, <operand = -1, dim = 0, add = 0, mul = 1>) extents([])
      : (tensor<?xi32>) -> ()
  %r:2 = ragged_kernel.launch @full(%x, %y, %z)
      grid(<operand = -1, dim = 0, add = 0, mul = 7>, <operand = 0, dim = 1, add = 0, mul = 1>)
      extents([#ragged_kernel.extent<operand = 0, dim = 0, add = 1, mul = 1>,
               #ragged_kernel.extent<operand = -1, dim = 0, add = 0, mul = 197>])
      : (tensor<?x197xbf16>, tensor<?xf16>, tensor<8xf32>) -> (tensor<?xi32>, tensor<197xi1>)
  return
}

//===----------------------------------------------------------------------===//
// Which work
//===----------------------------------------------------------------------===//

// Results have names of their own.
// CHECK-LABEL: ragged_kernel.kernel @work
// CHECK-NEXT: %block = ragged_kernel.block_id x
// CHECK-NEXT: %block_0 = ragged_kernel.block_id y
// CHECK-NEXT: %blocks = ragged_kernel.grid_size x
// CHECK-NEXT: %blocks_1 = ragged_kernel.grid_size y
// CHECK-NEXT: %warp = ragged_kernel.warp_id
// CHECK-NEXT: %thread = ragged_kernel.thread_id
// CHECK-NEXT: %begin, %length = ragged_kernel.sequence %{{.*}}[%block] capacity(197) : !ragged_kernel.ptr<i32>
// CHECK-NEXT: %[[EMPTY:.*]] = arith.cmpi eq, %length, %warp
// CHECK-NEXT: ragged_kernel.exit_if %[[EMPTY]]
ragged_kernel.kernel @work(%offsets: !ragged_kernel.ptr<i32>) attributes {block_size = 64 : i64} {
  %0 = ragged_kernel.block_id x
  %1 = ragged_kernel.block_id y
  %2 = ragged_kernel.grid_size x
  %3 = ragged_kernel.grid_size y
  %4 = ragged_kernel.warp_id
  %5 = ragged_kernel.thread_id
  %6, %7 = ragged_kernel.sequence %offsets[%0] capacity(197) : !ragged_kernel.ptr<i32>
  %8 = arith.cmpi eq, %7, %4 : index
  ragged_kernel.exit_if %8
  ragged_kernel.return
}

//===----------------------------------------------------------------------===//
// Views, copies, synchronisation
//===----------------------------------------------------------------------===//

// CHECK-LABEL: ragged_kernel.kernel @views
// CHECK: %rows = ragged_kernel.global_rows %{{.*}}[%[[BLOCK:.*]], %[[BLOCK]]] head_stride(64) offset(1536) : !ragged_kernel.ptr<bf16> -> !ragged_kernel.rows<bf16, stride = 768>
// CHECK-NEXT: %rows_0 = ragged_kernel.rows_from %rows[%[[BLOCK]]] : !ragged_kernel.rows<bf16, stride = 768>
// CHECK-NEXT: %tile = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<4x16x64xbf16, <xor, 128>>
// CHECK-NEXT: %tile_1 = ragged_kernel.alloc_shared offset(8192) : !ragged_kernel.shared<208x72xbf16, <padded, 144>>
// CHECK-NEXT: %tile_2 = ragged_kernel.alloc_shared offset(128) : !ragged_kernel.shared<16x256xf32, <xor, 1024>>
// CHECK-NEXT: %tile_3 = ragged_kernel.alloc_shared offset(256) : !ragged_kernel.shared<8x16xf16, <padded, 48>>
// CHECK-NEXT: %tile_4 = ragged_kernel.alloc_shared offset(512) : !ragged_kernel.shared<32xi32>
// CHECK-NEXT: %slot = ragged_kernel.slot %tile[%[[BLOCK]]] : !ragged_kernel.shared<4x16x64xbf16, <xor, 128>> -> !ragged_kernel.shared<16x64xbf16, <xor, 128>>
// CHECK-NEXT: %tile_rows = ragged_kernel.shared_rows %slot[%[[BLOCK]]] : !ragged_kernel.shared<16x64xbf16, <xor, 128>> -> !ragged_kernel.shared<8x64xbf16, <xor, 128>>
ragged_kernel.kernel @views(%q: !ragged_kernel.ptr<bf16>) attributes {block_size = 32 : i64, shared_bytes = 65536 : i64} {
  %i = ragged_kernel.block_id x
  %rows = ragged_kernel.global_rows %q[%i, %i] head_stride(64) offset(1536) : !ragged_kernel.ptr<bf16> -> !rows
  %from = ragged_kernel.rows_from %rows[%i] : !rows
  %slots = ragged_kernel.alloc_shared offset(0) : !slots
  %padded = ragged_kernel.alloc_shared offset(8192) : !ragged_kernel.shared<208x72xbf16, <padded, 144>>
  %wide = ragged_kernel.alloc_shared offset(128) : !ragged_kernel.shared<16x256xf32, <xor, 1024>>
  %half = ragged_kernel.alloc_shared offset(256) : !ragged_kernel.shared<8x16xf16, <padded, 48>>
  %array = ragged_kernel.alloc_shared offset(512) : !ragged_kernel.shared<32xi32>
  %slot = ragged_kernel.slot %slots[%i] : !slots -> !slot
  %some = ragged_kernel.shared_rows %slot[%i] : !slot -> !ragged_kernel.shared<8x64xbf16, <xor, 128>>
  ragged_kernel.return
}

// CHECK-LABEL: ragged_kernel.kernel @copies
// CHECK: %copy = ragged_kernel.copy_async block %rows to %tile valid(%[[N:.*]]) limit(%[[N]]) : !ragged_kernel.rows<bf16, stride = 768>, !ragged_kernel.shared<64x64xbf16, <xor, 128>>
// CHECK-NEXT: %copy_0 = ragged_kernel.copy_async warp %rows to %tile valid(%[[N]]) : !ragged_kernel.rows<bf16, stride = 768>, !ragged_kernel.shared<64x64xbf16, <xor, 128>>
// CHECK-NEXT: %group = ragged_kernel.commit_group(%copy, %copy_0)
// CHECK-NEXT: %group_1 = ragged_kernel.commit_group()
// CHECK-NEXT: %group_2 = ragged_kernel.commit_group()
// CHECK-NEXT: ragged_kernel.wait_group %group, %group_1 pending(0)
// CHECK-NEXT: ragged_kernel.wait_group pending(7)
// CHECK-NEXT: ragged_kernel.barrier warp
// CHECK-NEXT: ragged_kernel.barrier block
// CHECK-NEXT: ragged_kernel.barrier block async
// CHECK-NEXT: %copy_3 = ragged_kernel.copy_async group %rows to %tile valid(%[[N]]) : !ragged_kernel.rows<bf16, stride = 768>, !ragged_kernel.shared<64x64xbf16, <xor, 128>>
// CHECK-NEXT: %copy_4 = ragged_kernel.copy_async group warps(4) %rows to %tile valid(%[[N]]) : !ragged_kernel.rows<bf16, stride = 768>, !ragged_kernel.shared<64x64xbf16, <xor, 128>>
// CHECK-NEXT: ragged_kernel.barrier group
// CHECK-NEXT: ragged_kernel.barrier group warps(2)
// CHECK-NEXT: ragged_kernel.barrier group warps(4) async
ragged_kernel.kernel @copies(%q: !ragged_kernel.ptr<bf16>) attributes {block_size = 128 : i64, shared_bytes = 65536 : i64} {
  %n = ragged_kernel.block_id x
  %rows = ragged_kernel.global_rows %q[%n, %n] head_stride(64) offset(0) : !ragged_kernel.ptr<bf16> -> !rows
  %tile = ragged_kernel.alloc_shared offset(0) : !tile
  %copy = ragged_kernel.copy_async block %rows to %tile valid(%n) limit(%n) : !rows, !tile
  %all = ragged_kernel.copy_async warp %rows to %tile valid(%n) : !rows, !tile
  %group = ragged_kernel.commit_group(%copy, %all)
  %empty = ragged_kernel.commit_group()
  %another = ragged_kernel.commit_group()
  ragged_kernel.wait_group %group, %empty pending(0)
  ragged_kernel.wait_group pending(7)
  ragged_kernel.barrier warp
  ragged_kernel.barrier block
  ragged_kernel.barrier block async
  %own = ragged_kernel.copy_async group %rows to %tile valid(%n) : !rows, !tile
  %ours = ragged_kernel.copy_async group warps(4) %rows to %tile valid(%n) : !rows, !tile
  ragged_kernel.barrier group
  ragged_kernel.barrier group warps(2)
  ragged_kernel.barrier group warps(4) async
  ragged_kernel.return
}

//===----------------------------------------------------------------------===//
// Warps that share rows
//===----------------------------------------------------------------------===//

// CHECK-LABEL: ragged_kernel.kernel @join
// CHECK: %partials = ragged_kernel.alloc_partials offset(128) : !ragged_kernel.partials<4, 2, 64, stride = 9472>
// CHECK-NEXT: ragged_kernel.store_partial %acc, %[[MAX:.*]], %[[SUM:.*]] to %partials[%warp, %thread] : !ragged_kernel.acc<16x64xf32>, !ragged_kernel.row_vector<16>, !ragged_kernel.partials<4, 2, 64, stride = 9472>
// CHECK-NEXT: %part = ragged_kernel.join_partials two %partials[%warp, %thread] scale(1.250000e-01) : !ragged_kernel.partials<4, 2, 64, stride = 9472> -> !ragged_kernel.part<16, 64, ways = 4>
// CHECK-NEXT: %part_2 = ragged_kernel.join_partials e %partials[%thread, %warp] scale(1.000000e+00) : !ragged_kernel.partials<4, 2, 64, stride = 9472> -> !ragged_kernel.part<16, 64, ways = 4>
// CHECK-NEXT: %part_3 = ragged_kernel.add_partials %partials[%warp, %thread] : !ragged_kernel.partials<4, 2, 64, stride = 9472> -> !ragged_kernel.part<16, 64, ways = 4>
// CHECK-NEXT: %strays = ragged_kernel.out_of_range %part_3 from(5.000000e-01) to(2.560000e+02) : !ragged_kernel.part<16, 64, ways = 4>
// CHECK-NEXT: ragged_kernel.store_part %part to %rows way(%warp) valid(%thread) : !ragged_kernel.part<16, 64, ways = 4>, !ragged_kernel.rows<bf16, stride = 768>
ragged_kernel.kernel @join(%out: !ragged_kernel.ptr<bf16>) attributes {block_size = 256 : i64, shared_bytes = 38016 : i64} {
  %w = ragged_kernel.warp_id
  %n = ragged_kernel.thread_id
  %rows = ragged_kernel.global_rows %out[%n, %n] head_stride(64) offset(0) : !ragged_kernel.ptr<bf16> -> !rows
  %acc = ragged_kernel.fill 1.0 : !scores
  %max = ragged_kernel.fill 0.0 : !vector
  %sum = ragged_kernel.fill 2.0 : !vector
  %partials = ragged_kernel.alloc_partials offset(128) : !ragged_kernel.partials<4, 2, 64, stride = 9472>
  ragged_kernel.store_partial %acc, %max, %sum to %partials[%w, %n] : !scores, !vector, !ragged_kernel.partials<4, 2, 64, stride = 9472>
  %a = ragged_kernel.join_partials two %partials[%w, %n] scale(0.125)
      : !ragged_kernel.partials<4, 2, 64, stride = 9472> -> !ragged_kernel.part<16, 64, ways = 4>
  %b = ragged_kernel.join_partials e %partials[%n, %w] scale(1.0)
      : !ragged_kernel.partials<4, 2, 64, stride = 9472> -> !ragged_kernel.part<16, 64, ways = 4>
  %c = ragged_kernel.add_partials %partials[%w, %n]
      : !ragged_kernel.partials<4, 2, 64, stride = 9472> -> !ragged_kernel.part<16, 64, ways = 4>
  %strays = ragged_kernel.out_of_range %c from(0.5) to(256.0) : !ragged_kernel.part<16, 64, ways = 4>
  ragged_kernel.store_part %a to %rows way(%w) valid(%n) : !ragged_kernel.part<16, 64, ways = 4>, !rows
  ragged_kernel.return
}

//===----------------------------------------------------------------------===//
// Matrix products, masks, softmax, store
//===----------------------------------------------------------------------===//

// CHECK-LABEL: ragged_kernel.kernel @products
// CHECK: %operand = ragged_kernel.load_operand %slot : !ragged_kernel.shared<16x64xbf16, <xor, 128>> -> !ragged_kernel.operand<16x64xbf16>
// CHECK-NEXT: %acc = ragged_kernel.fill 0.000000e+00 : !ragged_kernel.acc<16x64xf32>
// CHECK-NEXT: %pending = ragged_kernel.mma_issue nt %operand, %tile, %acc : !ragged_kernel.operand<16x64xbf16>, !ragged_kernel.shared<64x64xbf16, <xor, 128>>, !ragged_kernel.acc<16x64xf32> -> !ragged_kernel.pending<16x64xf32>
// CHECK-NEXT: %acc_1 = ragged_kernel.mma_wait %pending : !ragged_kernel.pending<16x64xf32> -> !ragged_kernel.acc<16x64xf32>
// CHECK-NEXT: %p = ragged_kernel.to_operand %acc_1 : !ragged_kernel.acc<16x64xf32> -> !ragged_kernel.operand<16x64xbf16>
// CHECK-NEXT: ragged_kernel.widen %p : !ragged_kernel.operand<16x64xbf16> -> !ragged_kernel.operand<16x96xbf16>
// CHECK-NEXT: %{{.*}} = ragged_kernel.mma_issue nn %p, %tile, %acc : !ragged_kernel.operand<16x64xbf16>, !ragged_kernel.shared<64x64xbf16, <xor, 128>>, !ragged_kernel.acc<16x64xf32> -> !ragged_kernel.pending<16x64xf32>
// CHECK-NEXT: ragged_kernel.mma_issue nt %slot, %tile, %acc : !ragged_kernel.shared<16x64xbf16, <xor, 128>>, !ragged_kernel.shared<64x64xbf16, <xor, 128>>, !ragged_kernel.acc<16x64xf32> -> !ragged_kernel.pending<16x64xf32>
ragged_kernel.kernel @products() attributes {block_size = 32 : i64, shared_bytes = 65536 : i64} {
  %tile = ragged_kernel.alloc_shared offset(0) : !tile
  %i = ragged_kernel.warp_id
  %q_slots = ragged_kernel.alloc_shared offset(8192) : !slots
  %q_slot = ragged_kernel.slot %q_slots[%i] : !slots -> !slot
  %q = ragged_kernel.load_operand %q_slot : !slot -> !ragged_kernel.operand<16x64xbf16>
  %zero = ragged_kernel.fill 0.0 : !scores
  %s = ragged_kernel.mma_issue nt %q, %tile, %zero
      : !ragged_kernel.operand<16x64xbf16>, !tile, !scores -> !ragged_kernel.pending<16x64xf32>
  %scores = ragged_kernel.mma_wait %s : !ragged_kernel.pending<16x64xf32> -> !scores
  %p = ragged_kernel.to_operand %scores : !scores -> !ragged_kernel.operand<16x64xbf16>
  %wide = ragged_kernel.widen %p : !ragged_kernel.operand<16x64xbf16> -> !ragged_kernel.operand<16x96xbf16>
  %o = ragged_kernel.mma_issue nn %p, %tile, %zero
      : !ragged_kernel.operand<16x64xbf16>, !tile, !scores -> !ragged_kernel.pending<16x64xf32>
  %t = ragged_kernel.mma_issue nt %q_slot, %tile, %zero
      : !slot, !tile, !scores -> !ragged_kernel.pending<16x64xf32>
  ragged_kernel.return
}

// Products of warpgroups: Q in registers or 64 rows of it in shared memory, with and without what the accumulator held, and
// added to one that is under way.
// CHECK-LABEL: ragged_kernel.kernel @warpgroups
// CHECK: %operand = ragged_kernel.load_operand
// CHECK-NEXT: %acc = ragged_kernel.fill 0.000000e+00 : !ragged_kernel.acc<16x64xf32>
// CHECK-NEXT: %[[ROWS:.*]] = ragged_kernel.fill 0.000000e+00 : !ragged_kernel.row_vector<16>
// CHECK-NEXT: %pending = ragged_kernel.mma_issue warpgroup nt fresh %operand, %tile, %acc : !ragged_kernel.operand<16x64xbf16>, !ragged_kernel.shared<64x64xbf16, <xor, 128>>, !ragged_kernel.acc<16x64xf32> -> !ragged_kernel.pending<16x64xf32>
// CHECK-NEXT: %[[S:.*]] = ragged_kernel.mma_wait warpgroup %pending : !ragged_kernel.pending<16x64xf32> -> !ragged_kernel.acc<16x64xf32>
// CHECK-NEXT: %[[PENDING:.*]] = ragged_kernel.mma_issue warpgroup nt %tile, %tile, %[[S]] {mark} : !ragged_kernel.shared<64x64xbf16, <xor, 128>>, !ragged_kernel.shared<64x64xbf16, <xor, 128>>, !ragged_kernel.acc<16x64xf32> -> !ragged_kernel.pending<16x64xf32>
// CHECK-NEXT: %[[T:.*]] = ragged_kernel.mma_wait warpgroup %[[PENDING]] {mark} : !ragged_kernel.pending<16x64xf32> -> !ragged_kernel.acc<16x64xf32>
// CHECK-NEXT: %p = ragged_kernel.to_operand %[[T]]
// CHECK-NEXT: %[[LAST:.*]] = ragged_kernel.mma_issue warpgroup nn %p, %tile, %acc : !ragged_kernel.operand<16x64xbf16>, !ragged_kernel.shared<64x64xbf16, <xor, 128>>, !ragged_kernel.acc<16x64xf32> -> !ragged_kernel.pending<16x64xf32>
// CHECK-NEXT: %[[MORE:.*]] = ragged_kernel.mma_issue warpgroup nn %p, %tile, %[[LAST]] : !ragged_kernel.operand<16x64xbf16>, !ragged_kernel.shared<64x64xbf16, <xor, 128>>, !ragged_kernel.pending<16x64xf32> -> !ragged_kernel.pending<16x64xf32>
// CHECK-NEXT: %[[O:.*]] = ragged_kernel.mma_wait warpgroup %[[MORE]] : !ragged_kernel.pending<16x64xf32> -> !ragged_kernel.acc<16x64xf32>
// CHECK-NEXT: ragged_kernel.softmax_step %[[T]], %tile, %[[O]], %[[ROWS]], %[[ROWS]] {warpgroup} : !ragged_kernel.acc<16x64xf32>, !ragged_kernel.shared<64x64xbf16, <xor, 128>>, !ragged_kernel.acc<16x64xf32>
ragged_kernel.kernel @warpgroups() attributes {block_size = 128 : i64, shared_bytes = 65536 : i64} {
  %tile = ragged_kernel.alloc_shared offset(0) : !tile
  %q_tile = ragged_kernel.alloc_shared offset(8192) : !slot
  %q = ragged_kernel.load_operand %q_tile : !slot -> !ragged_kernel.operand<16x64xbf16>
  %zero = ragged_kernel.fill 0.0 : !scores
  %rows = ragged_kernel.fill 0.0 : !vector
  %s = ragged_kernel.mma_issue warpgroup nt fresh %q, %tile, %zero
      : !ragged_kernel.operand<16x64xbf16>, !tile, !scores -> !ragged_kernel.pending<16x64xf32>
  %scores = ragged_kernel.mma_wait warpgroup %s : !ragged_kernel.pending<16x64xf32> -> !scores
  %t = ragged_kernel.mma_issue warpgroup nt %tile, %tile, %scores {mark}
      : !tile, !tile, !scores -> !ragged_kernel.pending<16x64xf32>
  %more = ragged_kernel.mma_wait warpgroup %t {mark} : !ragged_kernel.pending<16x64xf32> -> !scores
  %p = ragged_kernel.to_operand %more : !scores -> !ragged_kernel.operand<16x64xbf16>
  %o = ragged_kernel.mma_issue warpgroup nn %p, %tile, %zero
      : !ragged_kernel.operand<16x64xbf16>, !tile, !scores -> !ragged_kernel.pending<16x64xf32>
  %o_more = ragged_kernel.mma_issue warpgroup nn %p, %tile, %o
      : !ragged_kernel.operand<16x64xbf16>, !tile, !ragged_kernel.pending<16x64xf32> -> !ragged_kernel.pending<16x64xf32>
  %acc = ragged_kernel.mma_wait warpgroup %o_more : !ragged_kernel.pending<16x64xf32> -> !scores
  %a, %m, %n = ragged_kernel.softmax_step %more, %tile, %acc, %rows, %rows {warpgroup} : !scores, !tile, !scores
  ragged_kernel.return
}

// CHECK-LABEL: ragged_kernel.kernel @softmax
// CHECK: %acc = ragged_kernel.fill 0.000000e+00 : !ragged_kernel.acc<16x64xf32>
// CHECK-NEXT: %acc_1 = ragged_kernel.fill 0xFF800000 : !ragged_kernel.row_vector<16>
// CHECK-NEXT: %scores = ragged_kernel.scale %acc by 1.250000e-01 : !ragged_kernel.acc<16x64xf32>
// CHECK-NEXT: %scores_2 = ragged_kernel.apply_mask %scores row(%[[I:.*]]) key(%[[I]]) length(%[[I]]) {causal} : !ragged_kernel.acc<16x64xf32>
// CHECK-NEXT: %scores_3 = ragged_kernel.apply_mask %scores_2 row(%[[I]]) key(%[[I]]) length(%[[I]]) : !ragged_kernel.acc<16x64xf32>
// CHECK-NEXT: %scores_4 = ragged_kernel.mask_keys %scores_3 key(%[[I]]) length(%[[I]]) : !ragged_kernel.acc<16x64xf32>
// CHECK-NEXT: %scores_5 = ragged_kernel.mask_causal %scores_4 row(%[[I]]) key(%[[I]]) : !ragged_kernel.acc<16x64xf32>
// CHECK-NEXT: %max = ragged_kernel.row_max %scores_5, %acc_1 : !ragged_kernel.acc<16x64xf32>, !ragged_kernel.row_vector<16>
// CHECK-NEXT: %max_6 = ragged_kernel.reduce_max %max : !ragged_kernel.row_vector<16>
// CHECK-NEXT: %correction = ragged_kernel.correction e %acc_1, %max_6 scale(1.000000e+00) : !ragged_kernel.row_vector<16>
// CHECK-NEXT: %weights = ragged_kernel.exp_diff two %scores_5, %max_6 scale(0.180336878) : !ragged_kernel.acc<16x64xf32>, !ragged_kernel.row_vector<16>
// CHECK-NEXT: %sum = ragged_kernel.mul_rows %acc_1, %correction : !ragged_kernel.row_vector<16>
// CHECK-NEXT: %sum_7 = ragged_kernel.row_sum %weights, %sum : !ragged_kernel.acc<16x64xf32>, !ragged_kernel.row_vector<16>
// CHECK-NEXT: %sum_8 = ragged_kernel.reduce_sum %sum_7 : !ragged_kernel.row_vector<16>
// CHECK-NEXT: %acc_9 = ragged_kernel.rescale %acc, %correction : !ragged_kernel.acc<16x64xf32>, !ragged_kernel.row_vector<16>
// CHECK-NEXT: %acc_10 = ragged_kernel.normalize %acc_9, %sum_8 : !ragged_kernel.acc<16x64xf32>, !ragged_kernel.row_vector<16>
// CHECK-NEXT: %acc_11, %max_12, %sum_13 = ragged_kernel.softmax_step %scores_5, %tile, %acc_10, %max_6, %sum_8 : !ragged_kernel.acc<16x64xf32>, !ragged_kernel.shared<64x64xbf16, <xor, 128>>, !ragged_kernel.acc<16x64xf32>
// CHECK-NEXT: %acc_14, %max_15, %sum_16 = ragged_kernel.softmax_step %scores_5, %tile, %acc_10, %max_6, %sum_8 {mark} : !ragged_kernel.acc<16x64xf32>, !ragged_kernel.shared<64x64xbf16, <xor, 128>>, !ragged_kernel.acc<16x64xf32>
// CHECK-NEXT: ragged_kernel.store_rows %acc_11 to %rows valid(%[[I]]) staging(%slot) : !ragged_kernel.acc<16x64xf32>, !ragged_kernel.rows<bf16, stride = 768>, !ragged_kernel.shared<16x64xbf16, <xor, 128>>
ragged_kernel.kernel @softmax(%out: !ragged_kernel.ptr<bf16>) attributes {block_size = 32 : i64, shared_bytes = 65536 : i64} {
  %i = ragged_kernel.warp_id
  %tile = ragged_kernel.alloc_shared offset(0) : !tile
  %slots = ragged_kernel.alloc_shared offset(8192) : !slots
  %staging = ragged_kernel.slot %slots[%i] : !slots -> !slot
  %rows = ragged_kernel.global_rows %out[%i, %i] head_stride(64) offset(0) : !ragged_kernel.ptr<bf16> -> !rows
  %zero = ragged_kernel.fill 0.0 : !scores
  %none = ragged_kernel.fill 0xFF800000 : !vector
  %scaled = ragged_kernel.scale %zero by 0.125 : !scores
  %all = ragged_kernel.apply_mask %scaled row(%i) key(%i) length(%i) {causal} : !scores
  %masked = ragged_kernel.apply_mask %all row(%i) key(%i) length(%i) : !scores
  %keys = ragged_kernel.mask_keys %masked key(%i) length(%i) : !scores
  %causal = ragged_kernel.mask_causal %keys row(%i) key(%i) : !scores
  %partial = ragged_kernel.row_max %causal, %none : !scores, !vector
  %max = ragged_kernel.reduce_max %partial : !vector
  %factor = ragged_kernel.correction e %none, %max scale(1.0) : !vector
  %weights = ragged_kernel.exp_diff two %causal, %max scale(0.180336878) : !scores, !vector
  %old = ragged_kernel.mul_rows %none, %factor : !vector
  %with = ragged_kernel.row_sum %weights, %old : !scores, !vector
  %sum = ragged_kernel.reduce_sum %with : !vector
  %acc = ragged_kernel.rescale %zero, %factor : !scores, !vector
  %out_tile = ragged_kernel.normalize %acc, %sum : !scores, !vector
  %a, %m, %s = ragged_kernel.softmax_step %causal, %tile, %out_tile, %max, %sum : !scores, !tile, !scores
  %a1, %m1, %s1 = ragged_kernel.softmax_step %causal, %tile, %out_tile, %max, %sum {mark} : !scores, !tile, !scores
  ragged_kernel.store_rows %a to %rows valid(%i) staging(%staging) : !scores, !rows, !slot
  ragged_kernel.return
}

//===----------------------------------------------------------------------===//
// Pack and unpack
//===----------------------------------------------------------------------===//

// CHECK-LABEL: ragged_kernel.kernel @pack
// CHECK: %kept = ragged_kernel.count_kept %{{.*}}[%[[I:.*]], %[[I]]] scratch(%tile) : !ragged_kernel.ptr<i1>, !ragged_kernel.shared<32xi32>
// CHECK-NEXT: %kept_0 = ragged_kernel.compact_kept %{{.*}}[%[[I]], %[[I]]] to %[[LIST:.*]][%kept] scratch(%tile) : !ragged_kernel.ptr<i1>, !ragged_kernel.ptr<i32>, !ragged_kernel.shared<32xi32>
// CHECK-NEXT: %value = ragged_kernel.load %[[LIST]][%kept_0] : !ragged_kernel.ptr<i32>
// CHECK-NEXT: %value_1 = ragged_kernel.load %tile[%[[I]]] : !ragged_kernel.shared<32xi32>
// CHECK-NEXT: ragged_kernel.store %value to %[[LIST]][%[[I]]] : !ragged_kernel.ptr<i32>
// CHECK-NEXT: ragged_kernel.store %value_1 to %tile[%[[I]]] : !ragged_kernel.shared<32xi32>
// CHECK-NEXT: ragged_kernel.copy_row %[[X:.*]][%value] to %[[ROWS:.*]][%value_1] bytes(1536) : !ragged_kernel.ptr<bf16>, !ragged_kernel.ptr<bf16>
// CHECK-NEXT: ragged_kernel.fill_row %[[ROWS]][%[[I]]] pattern(-1) bytes(2) : !ragged_kernel.ptr<bf16>
ragged_kernel.kernel @pack(%keep: !ragged_kernel.ptr<i1>, %list: !ragged_kernel.ptr<i32>, %x: !ragged_kernel.ptr<bf16>,
    %rows: !ragged_kernel.ptr<bf16>) attributes {block_size = 256 : i64, shared_bytes = 128 : i64} {
  %i = ragged_kernel.thread_id
  %scratch = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<32xi32>
  %before = ragged_kernel.count_kept %keep[%i, %i] scratch(%scratch) : !ragged_kernel.ptr<i1>, !ragged_kernel.shared<32xi32>
  %kept = ragged_kernel.compact_kept %keep[%i, %i] to %list[%before] scratch(%scratch)
      : !ragged_kernel.ptr<i1>, !ragged_kernel.ptr<i32>, !ragged_kernel.shared<32xi32>
  %a = ragged_kernel.load %list[%kept] : !ragged_kernel.ptr<i32>
  %b = ragged_kernel.load %scratch[%i] : !ragged_kernel.shared<32xi32>
  ragged_kernel.store %a to %list[%i] : !ragged_kernel.ptr<i32>
  ragged_kernel.store %b to %scratch[%i] : !ragged_kernel.shared<32xi32>
  ragged_kernel.copy_row %x[%a] to %rows[%b] bytes(1536) : !ragged_kernel.ptr<bf16>, !ragged_kernel.ptr<bf16>
  ragged_kernel.fill_row %rows[%i] pattern(-1) bytes(2) : !ragged_kernel.ptr<bf16>
  ragged_kernel.return
}

// Types on their own.
// CHECK-LABEL: func.func private @types(!ragged_kernel.token, !ragged_kernel.operand<16x8xf32>, !ragged_kernel.pending<16x8xf32>, !ragged_kernel.rows<f32, stride = 8>, !ragged_kernel.shared<32xi32>)
// CHECK-SAME: -> !ragged_kernel.acc<16x8xf32>
func.func private @types(!ragged_kernel.token, !ragged_kernel.operand<16x8xf32>, !ragged_kernel.pending<16x8xf32>,
    !ragged_kernel.rows<f32, stride = 8>, !ragged_kernel.shared<32xi32>) -> !ragged_kernel.acc<16x8xf32>

//===----------------------------------------------------------------------===//
// Dependent launch
//===----------------------------------------------------------------------===//

// CHECK-LABEL: ragged_kernel.kernel @dependent_launch(
// CHECK:      ragged_kernel.block_id x
// CHECK-NEXT: ragged_kernel.grid_dependency_wait
// CHECK-NEXT: ragged_kernel.load
// CHECK-NEXT: ragged_kernel.launch_dependents
// CHECK-NEXT: scf.for
// CHECK-NEXT:   ragged_kernel.launch_dependents {test.name = "again"}
ragged_kernel.kernel @dependent_launch(%offsets: !ragged_kernel.ptr<i32>) attributes {block_size = 32 : i64} {
  %block = ragged_kernel.block_id x
  ragged_kernel.grid_dependency_wait
  %length = ragged_kernel.load %offsets[%block] : !ragged_kernel.ptr<i32>
  ragged_kernel.launch_dependents
  scf.for %i = %block to %length step %block {
    ragged_kernel.launch_dependents {test.name = "again"}
  }
  ragged_kernel.return
}

//===----------------------------------------------------------------------===//
// Producers and consumers
//===----------------------------------------------------------------------===//

// CHECK-LABEL: ragged_kernel.kernel @ring(%{{.*}}: !ragged_kernel.ptr<bf16>, %{{.*}}: index)
// CHECK:      %barriers = ragged_kernel.alloc_barriers offset(8192) : !ragged_kernel.barriers<2>
// CHECK-NEXT: ragged_kernel.init_barriers %barriers arrivals(129) : !ragged_kernel.barriers<2>
// CHECK-NEXT: ragged_kernel.barrier block
// CHECK-NEXT: %warpgroup = ragged_kernel.warpgroup_id
// CHECK:      ragged_kernel.uniform %{{.*}} {mark}
// CHECK:      scf.if
// CHECK-NEXT:   ragged_kernel.set_registers to(32)
// CHECK-NEXT:   ragged_kernel.wait_barrier %barriers[%[[I:.*]]] phase(%[[I]]) : !ragged_kernel.barriers<2>
// CHECK-NEXT:   %copy = ragged_kernel.copy_async warpgroup %rows to %tile valid(%[[I]]) limit(%[[I]]) : !ragged_kernel.rows<bf16, stride = 768>, !ragged_kernel.shared<64x64xbf16, <xor, 128>>
// CHECK-NEXT:   ragged_kernel.arrive_copies(%copy) at %barriers[%[[I]]] : !ragged_kernel.barriers<2>
// CHECK-NEXT:   ragged_kernel.arrive_copies() at %barriers[%[[I]]] : !ragged_kernel.barriers<2>
// CHECK-NEXT:   ragged_kernel.arrive %barriers[%[[I]]] : !ragged_kernel.barriers<2>
// CHECK-NEXT:   ragged_kernel.launch_dependents
// CHECK-NEXT: } else {
// CHECK-NEXT:   ragged_kernel.set_registers increase to(160)
// CHECK-NEXT:   ragged_kernel.fence_async
// CHECK-NEXT:   %acc = ragged_kernel.fill
// CHECK-NEXT:   %[[A:.*]] = ragged_kernel.mma_issue warpgroup nt
// CHECK-NEXT:   %[[B:.*]] = ragged_kernel.mma_issue warpgroup nt
// CHECK-NEXT:   ragged_kernel.mma_wait warpgroup %[[A]] newer(1) : !ragged_kernel.pending<16x64xf32> -> !ragged_kernel.acc<16x64xf32>
// CHECK-NEXT:   ragged_kernel.mma_wait warpgroup %[[B]] : !ragged_kernel.pending<16x64xf32> -> !ragged_kernel.acc<16x64xf32>
// CHECK-NEXT:   %[[R:.*]] = ragged_kernel.fill
// CHECK-NEXT:   %p = ragged_kernel.to_operand
// CHECK-NEXT:   %[[SUM:.*]] = ragged_kernel.add_rows %[[R]], %[[R]] : !ragged_kernel.row_vector<16>
// CHECK-NEXT:   %rises = ragged_kernel.outgrows %[[SUM]], %[[R]] limit(2.560000e+02) : !ragged_kernel.row_vector<16>
// CHECK-NEXT:   %strays = ragged_kernel.out_of_range %[[SUM]] from(5.000000e-01) to(2.560000e+02) : !ragged_kernel.row_vector<16>
// CHECK-NEXT:   ragged_kernel.arrive warp %barriers[%[[I]]] : !ragged_kernel.barriers<2>
ragged_kernel.kernel @ring(%x: !ragged_kernel.ptr<bf16>, %batch: index)
    attributes {block_size = 256 : i64, shared_bytes = 8320 : i64} {
  %tile = ragged_kernel.alloc_shared offset(0) : !tile
  %barriers = ragged_kernel.alloc_barriers offset(8192) : !ragged_kernel.barriers<2>
  ragged_kernel.init_barriers %barriers arrivals(129) : !ragged_kernel.barriers<2>
  ragged_kernel.barrier block
  %group = ragged_kernel.warpgroup_id
  %i = ragged_kernel.block_id x
  %rows = ragged_kernel.global_rows %x[%i, %i] head_stride(64) offset(0) : !ragged_kernel.ptr<bf16> -> !rows
  %same = ragged_kernel.uniform %i {mark}
  %copies = arith.cmpi eq, %group, %same : index
  scf.if %copies {
    ragged_kernel.set_registers to(32)
    ragged_kernel.wait_barrier %barriers[%i] phase(%i) : !ragged_kernel.barriers<2>
    %copy = ragged_kernel.copy_async warpgroup %rows to %tile valid(%i) limit(%i) : !rows, !tile
    ragged_kernel.arrive_copies(%copy) at %barriers[%i] : !ragged_kernel.barriers<2>
    ragged_kernel.arrive_copies() at %barriers[%i] : !ragged_kernel.barriers<2>
    ragged_kernel.arrive %barriers[%i] : !ragged_kernel.barriers<2>
    ragged_kernel.launch_dependents
  } else {
    ragged_kernel.set_registers increase to(160)
    ragged_kernel.fence_async
    %zero = ragged_kernel.fill 0.0 : !scores
    %a = ragged_kernel.mma_issue warpgroup nt %tile, %tile, %zero : !tile, !tile, !scores -> !ragged_kernel.pending<16x64xf32>
    %b = ragged_kernel.mma_issue warpgroup nt %tile, %tile, %zero : !tile, !tile, !scores -> !ragged_kernel.pending<16x64xf32>
    %c = ragged_kernel.mma_wait warpgroup %a newer(1) : !ragged_kernel.pending<16x64xf32> -> !scores
    %d = ragged_kernel.mma_wait warpgroup %b : !ragged_kernel.pending<16x64xf32> -> !scores
    %v = ragged_kernel.fill 0.0 : !vector
    %p = ragged_kernel.to_operand %d : !scores -> !ragged_kernel.operand<16x64xbf16>
    %sum = ragged_kernel.add_rows %v, %v : !vector
    %e = ragged_kernel.outgrows %sum, %v limit(256.0) : !vector
    %f = ragged_kernel.out_of_range %sum from(0.5) to(256.0) : !vector
    ragged_kernel.arrive warp %barriers[%i] : !ragged_kernel.barriers<2>
  }
  ragged_kernel.return
}

// What the lanes of a warp look at, each for itself.
// CHECK-LABEL: ragged_kernel.kernel @survey(
// CHECK:      %begins, %lengths = ragged_kernel.lane_sequence %{{.*}}[%thread] capacity(197) : !ragged_kernel.ptr<i32>
// CHECK-NEXT: %value = ragged_kernel.from_lane %lengths[%[[I:.*]]]
// CHECK-NEXT: %is_pending = ragged_kernel.barrier_pending %barriers[%[[I]]] phase(%value) : !ragged_kernel.barriers<2>
// CHECK-NEXT: ragged_kernel.exit_if %is_pending
ragged_kernel.kernel @survey(%offsets: !ragged_kernel.ptr<i32>) attributes {block_size = 32 : i64, shared_bytes = 128 : i64} {
  %i = arith.constant 0 : index
  %barriers = ragged_kernel.alloc_barriers offset(0) : !ragged_kernel.barriers<2>
  %thread = ragged_kernel.thread_id
  %begins, %lengths = ragged_kernel.lane_sequence %offsets[%thread] capacity(197) : !ragged_kernel.ptr<i32>
  %length = ragged_kernel.from_lane %lengths[%i]
  %is_pending = ragged_kernel.barrier_pending %barriers[%i] phase(%length) : !ragged_kernel.barriers<2>
  ragged_kernel.exit_if %is_pending
  ragged_kernel.return
}

// A grid of resident blocks, and a number behind the pointers.
// CHECK-LABEL: func.func @launch_resident
// CHECK: ragged_kernel.launch @ring(%{{.*}}) grid(<operand = 0, dim = 0, add = 0, mul = 12>, <operand = -1, dim = 0, add = 0, mul = 1>) resident(1) extents([]) scalars([#ragged_kernel.extent<operand = 0, dim = 0, add = 0, mul = 1>]) : (tensor<?xbf16>) -> ()
func.func @launch_resident(%x: tensor<?xbf16>) {
  ragged_kernel.launch @ring(%x)
      grid(<operand = 0, dim = 0, add = 0, mul = 12>, <operand = -1, dim = 0, add = 0, mul = 1>) resident(1) extents([])
      scalars([#ragged_kernel.extent<operand = 0, dim = 0, add = 0, mul = 1>]) : (tensor<?xbf16>) -> ()
  return
}

!map = !ragged_kernel.tensor_map<bf16, cols = 2304, stride = 2304, box = 16 by 64>

// Copies by tensor maps, which come behind numbers.
// CHECK-LABEL: ragged_kernel.kernel @tensor_copies(
// CHECK-SAME:    %{{.*}}: index, %[[MAP:.*]]: !ragged_kernel.tensor_map<bf16, cols = 2304, stride = 2304, box = 16 by 64>, %{{.*}}: !ragged_kernel.tensor_map<f16, cols = 128, stride = 256, box = 8 by 16>)
// CHECK:         ragged_kernel.prefetch_map %[[MAP]] : !ragged_kernel.tensor_map<bf16, cols = 2304, stride = 2304, box = 16 by 64>
// CHECK-NEXT:    ragged_kernel.grid_dependency_wait
// CHECK:         ragged_kernel.copy_tensor %[[MAP]][%[[I:.*]], %[[I]]] of %{{.*}} to %{{.*}} valid(%[[I]]) limit(%[[I]]) at %barriers[%[[I]]] : !ragged_kernel.tensor_map<bf16, cols = 2304, stride = 2304, box = 16 by 64>, !ragged_kernel.rows<bf16, stride = 2304>, !ragged_kernel.shared<64x64xbf16, <xor, 128>>, !ragged_kernel.barriers<2>
// CHECK:         ragged_kernel.copy_tensor {{.*}}, !ragged_kernel.shared<64x128xbf16, <panels, 8192>>, !ragged_kernel.barriers<2>
ragged_kernel.kernel @tensor_copies(%x: !ragged_kernel.ptr<bf16>, %n: index, %map: !map,
    %other: !ragged_kernel.tensor_map<f16, cols = 128, stride = 256, box = 8 by 16>)
    attributes {block_size = 128 : i64, shared_bytes = 24704 : i64} {
  ragged_kernel.prefetch_map %map : !map
  ragged_kernel.grid_dependency_wait
  %tile = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<64x64xbf16, <xor, 128>>
  %wide = ragged_kernel.alloc_shared offset(8192) : !ragged_kernel.shared<64x128xbf16, <panels, 8192>>
  %barriers = ragged_kernel.alloc_barriers offset(24576) : !ragged_kernel.barriers<2>
  %i = ragged_kernel.block_id x
  %rows = ragged_kernel.global_rows %x[%i, %i] head_stride(64) offset(0) : !ragged_kernel.ptr<bf16> -> !ragged_kernel.rows<bf16, stride = 2304>
  ragged_kernel.copy_tensor %map[%i, %i] of %rows to %tile valid(%i) limit(%i) at %barriers[%i]
      : !map, !ragged_kernel.rows<bf16, stride = 2304>, !ragged_kernel.shared<64x64xbf16, <xor, 128>>, !ragged_kernel.barriers<2>
  ragged_kernel.copy_tensor %map[%i, %i] of %rows to %wide valid(%i) limit(%i) at %barriers[%i]
      : !map, !ragged_kernel.rows<bf16, stride = 2304>, !ragged_kernel.shared<64x128xbf16, <panels, 8192>>, !ragged_kernel.barriers<2>
  ragged_kernel.return
}

// CHECK-LABEL: func.func @launch_maps
// CHECK: ragged_kernel.launch @two(%{{.*}}, %{{.*}}) {{.*}} scalars([{{.*}}]) tensor_maps [0, 1] : (tensor<?x2304xbf16>, tensor<?xf16>) -> ()
ragged_kernel.kernel @two(%x: !ragged_kernel.ptr<bf16>, %y: !ragged_kernel.ptr<f16>, %n: index, %map: !map,
    %other: !ragged_kernel.tensor_map<f16, cols = 128, stride = 256, box = 8 by 16>) attributes {block_size = 128 : i64} {
  ragged_kernel.return
}
func.func @launch_maps(%x: tensor<?x2304xbf16>, %y: tensor<?xf16>) {
  ragged_kernel.launch @two(%x, %y)
      grid(<operand = -1, dim = 0, add = 0, mul = 1>, <operand = -1, dim = 0, add = 0, mul = 1>) extents([])
      scalars([#ragged_kernel.extent<operand = 0, dim = 0, add = 0, mul = 1>]) tensor_maps [0, 1]
      : (tensor<?x2304xbf16>, tensor<?xf16>) -> ()
  return
}

//===----------------------------------------------------------------------===//
// The last rows of a sequence: queries are columns
//===----------------------------------------------------------------------===//

// CHECK-LABEL: ragged_kernel.kernel @short_rows(
// CHECK:      %[[QK:.*]] = ragged_kernel.mma_issue warpgroup nt fresh %[[KEYS:.*]], %{{.*}}, %[[NONE:.*]] : !ragged_kernel.shared<64x64xbf16, <xor, 128>>, !ragged_kernel.shared<8x64xbf16, <xor, 128>>, !ragged_kernel.acc<16x8xf32> -> !ragged_kernel.pending<16x8xf32>
// CHECK-NEXT: %[[S:.*]] = ragged_kernel.mma_wait warpgroup %[[QK]] :
// CHECK-NEXT: %[[LIVE:.*]] = ragged_kernel.mask_rows %[[S]] key(%[[I:.*]]) length(%[[I]]) : !ragged_kernel.acc<16x8xf32>
// CHECK-NEXT: ragged_kernel.store_tile %[[LIVE]] to %{{.*}} : !ragged_kernel.acc<16x8xf32>, !ragged_kernel.shared<16x8xbf16, <padded, 16>>
// CHECK-NEXT: %[[ONES:.*]] = ragged_kernel.fill 1.000000e+00 : !ragged_kernel.operand<16x64xbf16>
// CHECK-NEXT: %[[VP:.*]] = ragged_kernel.mma_issue warpgroup tn fresh %[[KEYS]], %[[P:.*]], %[[NONE]] : !ragged_kernel.shared<64x64xbf16, <xor, 128>>, !ragged_kernel.shared<64x8xbf16, <padded, 16>>, !ragged_kernel.acc<16x8xf32> -> !ragged_kernel.pending<16x8xf32>
// CHECK-NEXT: %[[OP:.*]] = ragged_kernel.mma_issue warpgroup nn fresh %[[ONES]], %[[P]], %[[NONE]] : !ragged_kernel.operand<16x64xbf16>, !ragged_kernel.shared<64x8xbf16, <padded, 16>>, !ragged_kernel.acc<16x8xf32> -> !ragged_kernel.pending<16x8xf32>
// CHECK-NEXT: %[[ACC:.*]] = ragged_kernel.mma_wait warpgroup %[[VP]] newer(1) :
// CHECK-NEXT: %[[SUMS:.*]] = ragged_kernel.mma_wait warpgroup %[[OP]] :
// CHECK-NEXT: ragged_kernel.out_of_range %[[SUMS]] from(2.500000e-01) to(4.000000e+00) : !ragged_kernel.acc<16x8xf32>
// CHECK-NEXT: %[[OUT:.*]] = ragged_kernel.divide %[[ACC]] by %[[SUMS]] : !ragged_kernel.acc<16x8xf32>
// CHECK-NEXT: ragged_kernel.store_transposed %[[OUT]] to %{{.*}} first(%[[I]]) valid(%[[I]]) : !ragged_kernel.acc<16x8xf32>, !ragged_kernel.rows<bf16, stride = 768>
!few = !ragged_kernel.acc<16x8xf32>
!few_pending = !ragged_kernel.pending<16x8xf32>
!few_last = !ragged_kernel.shared<8x64xbf16, <xor, 128>>
!few_weights = !ragged_kernel.shared<64x8xbf16, <padded, 16>>
!few_rows = !ragged_kernel.shared<16x8xbf16, <padded, 16>>
ragged_kernel.kernel @short_rows(%out: !ragged_kernel.ptr<bf16>)
    attributes {block_size = 128 : i64, shared_bytes = 12288 : i64} {
  %keys = ragged_kernel.alloc_shared offset(0) : !tile
  %last = ragged_kernel.alloc_shared offset(8192) : !few_last
  %p_tile = ragged_kernel.alloc_shared offset(9216) : !few_weights
  %i = ragged_kernel.block_id x
  %rows = ragged_kernel.global_rows %out[%i, %i] head_stride(64) offset(0) : !ragged_kernel.ptr<bf16> -> !rows
  %p_rows = ragged_kernel.shared_rows %p_tile[%i] : !few_weights -> !few_rows
  %none = ragged_kernel.fill 0.0 : !few
  %qk = ragged_kernel.mma_issue warpgroup nt fresh %keys, %last, %none : !tile, !few_last, !few -> !few_pending
  %scores = ragged_kernel.mma_wait warpgroup %qk : !few_pending -> !few
  %live = ragged_kernel.mask_rows %scores key(%i) length(%i) : !few
  ragged_kernel.store_tile %live to %p_rows : !few, !few_rows
  %ones = ragged_kernel.fill 1.0 : !ragged_kernel.operand<16x64xbf16>
  %vp = ragged_kernel.mma_issue warpgroup tn fresh %keys, %p_tile, %none : !tile, !few_weights, !few -> !few_pending
  %op = ragged_kernel.mma_issue warpgroup nn fresh %ones, %p_tile, %none
      : !ragged_kernel.operand<16x64xbf16>, !few_weights, !few -> !few_pending
  %acc = ragged_kernel.mma_wait warpgroup %vp newer(1) : !few_pending -> !few
  %sums = ragged_kernel.mma_wait warpgroup %op : !few_pending -> !few
  %strays = ragged_kernel.out_of_range %sums from(0.25) to(4.0) : !few
  %divided = ragged_kernel.divide %acc by %sums : !few
  ragged_kernel.store_transposed %divided to %rows first(%i) valid(%i) : !few, !rows
  ragged_kernel.return
}
