// One call of a template for each tile operation, with its template arguments.
// RUN: ragged-translate --emit-cuda %s | FileCheck %s

!k = !ragged_kernel.shared<64x64xbf16, <xor, 128>>
!slot = !ragged_kernel.shared<16x64xbf16, <xor, 128>>
!slots = !ragged_kernel.shared<4x16x64xbf16, <xor, 128>>
!rows = !ragged_kernel.rows<bf16, stride = 768>
!scores = !ragged_kernel.acc<16x64xf32>
!vector = !ragged_kernel.row_vector<16>
!pending = !ragged_kernel.pending<16x64xf32>
!operand = !ragged_kernel.operand<16x64xbf16>

// Only the widths of warpgroup products that occur are compiled.
// CHECK:      #define RAGGED_WGMMA_CHOSEN
// CHECK-NEXT: #define RAGGED_WGMMA_64
// CHECK-NOT:  #define RAGGED_WGMMA_{{[0-9]}}

// CHECK-LABEL: work(const int* offsets) {
// CHECK-NEXT:   const int block_ = ptx::block_x();
// CHECK-NEXT:   const int seq = ptx::block_y();
// CHECK-NEXT:   const int blocks = ptx::grid_x();
// CHECK-NEXT:   const int warp_ = ptx::warp();
// CHECK-NEXT:   const int thread = ptx::thread();
// CHECK-NEXT:   const Sequence sequence = decode_sequence<197>(offsets, seq, &ragged_status);
// CHECK-NEXT:   if (sequence.length == 0) return;
// CHECK-NEXT:   const Sequence sequence_2 = decode_sequence<8>(offsets, sequence.begin, &ragged_status);
// CHECK-NEXT:   if (sequence_2.begin == blocks) return;
// CHECK-NEXT: }
ragged_kernel.kernel @work(%offsets: !ragged_kernel.ptr<i32> loc("offsets")) attributes {block_size = 64 : i64} {
  %block = ragged_kernel.block_id x
  %seq = ragged_kernel.block_id y loc("seq")
  %blocks = ragged_kernel.grid_size x
  %warp = ragged_kernel.warp_id
  %thread = ragged_kernel.thread_id
  %begin, %length = ragged_kernel.sequence %offsets[%seq] capacity(197) : !ragged_kernel.ptr<i32>
  %zero = arith.constant 0 : index
  %empty = arith.cmpi eq, %length, %zero : index
  ragged_kernel.exit_if %empty
  %begin2, %length2 = ragged_kernel.sequence %offsets[%begin] capacity(8) : !ragged_kernel.ptr<i32>
  %second = arith.cmpi eq, %begin2, %blocks : index
  ragged_kernel.exit_if %second
  ragged_kernel.return
}

// CHECK-LABEL: overlaps(const int* offsets) {
// CHECK-NEXT:   const int block_ = ptx::block_x();
// CHECK-NEXT:   ptx::griddepcontrol_wait();
// CHECK-NEXT:   const Sequence sequence = decode_sequence<8>(offsets, block_, &ragged_status);
// CHECK-NEXT:   ptx::griddepcontrol_launch_dependents();
// CHECK-NEXT: }
ragged_kernel.kernel @overlaps(%offsets: !ragged_kernel.ptr<i32> loc("offsets")) attributes {block_size = 64 : i64} {
  %block = ragged_kernel.block_id x
  ragged_kernel.grid_dependency_wait
  %begin, %length = ragged_kernel.sequence %offsets[%block] capacity(8) : !ragged_kernel.ptr<i32>
  ragged_kernel.launch_dependents
  ragged_kernel.return
}

// Views: rows of a head (base and head left out where they are 0, 64 bits where 32 might not do), tiles, slots. A view
// with one use stands where it is used.
// CHECK-LABEL: views(const bf16* q, bf16* out) {
// CHECK-NEXT:   extern __shared__ __align__(128) u8 shared_memory[];
// CHECK-NEXT:   const u32 shared_base = ptx::shared_address(shared_memory);
// CHECK-NEXT:   const int i = ptx::block_x();
// CHECK-NEXT:   const auto a = GlobalRows<const bf16, 768>{q + i * 64}.rows(i);
// CHECK-NEXT:   const auto b = GlobalRows<const bf16, 2304>{q + 768}.rows(0);
// CHECK-NEXT:   const auto c = GlobalRows<const bf16, 64>{q + 1536 + static_cast<i64>(i + 1) * 32768}.rows(i + 2);
// CHECK-NEXT:   const auto d = GlobalRows<bf16, 768>{out + (i + 1) * 32760}.rows(i);
// CHECK-NEXT:   const GlobalRows<const bf16, 768> e = a.rows(i);
// CHECK-NEXT:   const GlobalRows<bf16, 768> f = d.rows(i);
// CHECK-NEXT:   const SharedSlots<bf16, 4, 16, 64, layout::Xor<128>> slots{shared_base};
// CHECK-NEXT:   const SharedTile<bf16, 64, 64, layout::Xor<128>> k_tile{shared_base + 8192};
// CHECK-NEXT:   const SharedTile<f16, 16, 72, layout::Padded<144>> padded{shared_base + 16384};
// CHECK-NEXT:   const SharedTile<f16, 64, 128, layout::Panels<8192>> panels{shared_base + 16384};
// CHECK-NEXT:   const SharedSlots<f16, 2, 64, 72, layout::EvenPanels<8192>> even_panels{shared_base + 16384};
// CHECK-NEXT:   const u32 array = shared_base + 512;
// CHECK-NEXT:   const SharedTile<bf16, 16, 64, layout::Xor<128>> s = slots.slot(i);
// CHECK-NEXT:   warp::copy_async(s, e, i);
// CHECK-NEXT:   warp::copy_async(s, e.rows(i + 1), i);
// CHECK-NEXT:   warp::copy_async(slots.slot(3), b, i);
// CHECK-NEXT:   block::copy_async<128>(k_tile.rows<16>(i * 16), c, i, 48);
// CHECK-NEXT:   const SharedTile<bf16, 8, 64, layout::Xor<128>> h = k_tile.rows<8>(i);
// CHECK-NEXT:   block::copy_async<128>(h, c, 8);
// CHECK-NEXT:   warp::copy_async(h, b, 8);
// CHECK-NEXT:   commit_group();
// CHECK-NEXT:   wait_group<2>();
// CHECK-NEXT:   warp::barrier();
// CHECK-NEXT:   block::barrier();
// CHECK-NEXT:   Acc<16, 64> acc;
// CHECK-NEXT:   warp::fill(acc, 0.0f);
// CHECK-NEXT:   warp::store_rows<bf16>(acc, s, f, i);
// CHECK-NEXT:   warp::store_rows<bf16>(acc, s, f.rows(8), 8);
// CHECK-NEXT: }
ragged_kernel.kernel @views(%q: !ragged_kernel.ptr<bf16> loc("q"), %out: !ragged_kernel.ptr<bf16> loc("out"))
    attributes {block_size = 128 : i64, shared_bytes = 65536 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %c8 = arith.constant 8 : index
  %c16 = arith.constant 16 : index
  %c48 = arith.constant 48 : index
  %i = ragged_kernel.block_id x loc("i")
  %a = ragged_kernel.global_rows %q[%i, %i] head_stride(64) offset(0) : !ragged_kernel.ptr<bf16> -> !rows loc("a")
  %b = ragged_kernel.global_rows %q[%c0, %c0] head_stride(64) offset(768)
      : !ragged_kernel.ptr<bf16> -> !ragged_kernel.rows<bf16, stride = 2304> loc("b")
  %i1 = arith.addi %i, %c1 : index
  %i2 = arith.addi %i, %c2 : index
  %c = ragged_kernel.global_rows %q[%i2, %i1] head_stride(32768) offset(1536)
      : !ragged_kernel.ptr<bf16> -> !ragged_kernel.rows<bf16, stride = 64> loc("c")
  %i3 = arith.addi %i, %c1 : index
  %d = ragged_kernel.global_rows %out[%i, %i3] head_stride(32760) offset(0) : !ragged_kernel.ptr<bf16> -> !rows loc("d")
  %e = ragged_kernel.rows_from %a[%i] : !rows loc("e")
  %f = ragged_kernel.rows_from %d[%i] : !rows loc("f")
  %slots = ragged_kernel.alloc_shared offset(0) : !slots loc("slots")
  %k_tile = ragged_kernel.alloc_shared offset(8192) : !k loc("k_tile")
  %padded = ragged_kernel.alloc_shared offset(16384) : !ragged_kernel.shared<16x72xf16, <padded, 144>> loc("padded")
  %panels = ragged_kernel.alloc_shared offset(16384) : !ragged_kernel.shared<64x128xf16, <panels, 8192>> loc("panels")
  %even = ragged_kernel.alloc_shared offset(16384) : !ragged_kernel.shared<2x64x72xf16, <even_panels, 8192>> loc("even_panels")
  %array = ragged_kernel.alloc_shared offset(512) : !ragged_kernel.shared<32xi32> loc("array")
  %s = ragged_kernel.slot %slots[%i] : !slots -> !slot loc("s")
  %t1 = ragged_kernel.copy_async warp %e to %s valid(%i) : !rows, !slot
  %i4 = arith.addi %i, %c1 : index
  %g = ragged_kernel.rows_from %e[%i4] : !rows
  %t2 = ragged_kernel.copy_async warp %g to %s valid(%i) : !rows, !slot
  %s3 = ragged_kernel.slot %slots[%c3] : !slots -> !slot
  %t3 = ragged_kernel.copy_async warp %b to %s3 valid(%i) : !ragged_kernel.rows<bf16, stride = 2304>, !slot
  %i16 = arith.muli %i, %c16 : index
  %kr = ragged_kernel.shared_rows %k_tile[%i16] : !k -> !slot
  %t4 = ragged_kernel.copy_async block %c to %kr valid(%i) limit(%c48) : !ragged_kernel.rows<bf16, stride = 64>, !slot
  %h = ragged_kernel.shared_rows %k_tile[%i] : !k -> !ragged_kernel.shared<8x64xbf16, <xor, 128>> loc("h")
  %t5 = ragged_kernel.copy_async block %c to %h valid(%c8)
      : !ragged_kernel.rows<bf16, stride = 64>, !ragged_kernel.shared<8x64xbf16, <xor, 128>>
  %t6 = ragged_kernel.copy_async warp %b to %h valid(%c8)
      : !ragged_kernel.rows<bf16, stride = 2304>, !ragged_kernel.shared<8x64xbf16, <xor, 128>>
  %group = ragged_kernel.commit_group(%t1, %t2)
  ragged_kernel.wait_group %group pending(2)
  ragged_kernel.barrier warp
  ragged_kernel.barrier block
  %acc = ragged_kernel.fill 0.0 : !scores
  ragged_kernel.store_rows %acc to %f valid(%i) staging(%s) : !scores, !rows, !slot
  %f8 = ragged_kernel.rows_from %f[%c8] : !rows
  ragged_kernel.store_rows %acc to %f8 valid(%c8) staging(%s) : !scores, !rows, !slot
  ragged_kernel.return
}

// Matrix products, masks and softmax, each in the variable of the one before. A wait prints nothing: mma.sync is
// complete when issued.
// CHECK-LABEL: softmax() {
// CHECK:        const int i = ptx::warp();
// CHECK:        const Operand<bf16, 16, 64> q = warp::load_operand(slots.slot(i));
// CHECK-NEXT:   Acc<16, 64> acc;
// CHECK-NEXT:   warp::fill(acc, 0.0f);
// CHECK-NEXT:   RowVector row_max = warp::fill_rows(-kInfinity);
// CHECK-NEXT:   RowVector sum = warp::fill_rows(0.0f);
// CHECK-NEXT:   Acc<16, 64> scores;
// CHECK-NEXT:   warp::fill(scores, 0.0f);
// CHECK-NEXT:   warp::mma_nt(scores, q, k_tile);
// CHECK-NEXT:   warp::scale(scores, 0.125f);
// CHECK-NEXT:   warp::mask_keys(scores, i, 7);
// CHECK-NEXT:   warp::mask_causal(scores, i, i);
// CHECK-NEXT:   warp::mask_keys(scores, i, 8);
// CHECK-NEXT:   warp::mask_causal(scores, 8, i);
// CHECK-NEXT:   RowVector new_max = warp::row_max_partial(scores, row_max);
// CHECK-NEXT:   new_max = warp::reduce_max(new_max);
// CHECK-NEXT:   RowVector correction = warp::exp_correction(row_max, new_max, 1.0f);
// CHECK-NEXT:   RowVector correction_2 = warp::exp2_correction(row_max, new_max, 0.180336878f);
// CHECK-NEXT:   warp::exp2_diff(scores, new_max, 0.180336878f);
// CHECK-NEXT:   warp::exp_diff(scores, new_max, 1.0f);
// CHECK-NEXT:   sum = warp::mul(sum, correction);
// CHECK-NEXT:   sum = warp::row_sum_partial(scores, sum);
// CHECK-NEXT:   sum = warp::reduce_sum(sum);
// CHECK-NEXT:   warp::rescale(acc, correction_2);
// CHECK-NEXT:   const Operand<bf16, 16, 64> p = warp::to_operand<bf16>(scores);
// CHECK-NEXT:   warp::mma_nn(acc, p, k_tile);
// CHECK-NEXT:   warp::mma_nt(acc, slots.slot(1), k_tile);
// CHECK-NEXT:   warp::mask_keys(acc, i, 7);
// CHECK-NEXT:   warp::normalize(acc, sum);
// CHECK-NEXT: }
ragged_kernel.kernel @softmax() attributes {block_size = 32 : i64, shared_bytes = 65536 : i64} {
  %c1 = arith.constant 1 : index
  %c7 = arith.constant 7 : index
  %c8 = arith.constant 8 : index
  %i = ragged_kernel.warp_id loc("i")
  %slots = ragged_kernel.alloc_shared offset(0) : !slots loc("slots")
  %k_tile = ragged_kernel.alloc_shared offset(8192) : !k loc("k_tile")
  %slot = ragged_kernel.slot %slots[%i] : !slots -> !slot
  %q = ragged_kernel.load_operand %slot : !slot -> !operand loc("q")
  %zero = ragged_kernel.fill 0.0 : !scores loc("acc")
  %none = ragged_kernel.fill 0xFF800000 : !vector loc("max")
  %nothing = ragged_kernel.fill 0.0 : !vector loc("sum")
  %fill = ragged_kernel.fill 0.0 : !scores loc("scores")
  %issue = ragged_kernel.mma_issue nt %q, %k_tile, %fill : !operand, !k, !scores -> !pending
  %s = ragged_kernel.mma_wait %issue : !pending -> !scores
  %scaled = ragged_kernel.scale %s by 0.125 : !scores
  %both = ragged_kernel.apply_mask %scaled row(%i) key(%i) length(%c7) {causal} : !scores
  %keys = ragged_kernel.mask_keys %both key(%i) length(%c8) : !scores
  %causal = ragged_kernel.mask_causal %keys row(%i) key(%c8) : !scores
  %partial = ragged_kernel.row_max %causal, %none : !scores, !vector loc("new_max")
  %max = ragged_kernel.reduce_max %partial : !vector
  %factor = ragged_kernel.correction e %none, %max scale(1.0) : !vector
  %factor2 = ragged_kernel.correction two %none, %max scale(0.180336878) : !vector
  %w2 = ragged_kernel.exp_diff two %causal, %max scale(0.180336878) : !scores, !vector
  %w = ragged_kernel.exp_diff e %w2, %max scale(1.0) : !scores, !vector
  %old = ragged_kernel.mul_rows %nothing, %factor : !vector
  %with = ragged_kernel.row_sum %w, %old : !scores, !vector
  %sum = ragged_kernel.reduce_sum %with : !vector
  %acc = ragged_kernel.rescale %zero, %factor2 : !scores, !vector
  %p = ragged_kernel.to_operand %w : !scores -> !operand
  %pending = ragged_kernel.mma_issue nn %p, %k_tile, %acc : !operand, !k, !scores -> !pending
  %o = ragged_kernel.mma_wait %pending : !pending -> !scores
  %slot1 = ragged_kernel.slot %slots[%c1] : !slots -> !slot
  %pending2 = ragged_kernel.mma_issue nt %slot1, %k_tile, %o : !slot, !k, !scores -> !pending
  %o2 = ragged_kernel.mma_wait %pending2 : !pending -> !scores
  %masked = ragged_kernel.apply_mask %o2 row(%i) key(%i) length(%c7) : !scores
  %out = ragged_kernel.normalize %masked, %sum : !scores, !vector
  ragged_kernel.return
}

// Products of warpgroups say whether the accumulator counts. Nobody reads the zeros of one that is fresh, so none are stored;
// those that a rescale or another product reads are. Shared memory begins where the swizzle of the hardware repeats. A wait
// is for all products.
// CHECK-LABEL: warpgroups() {
// CHECK-NEXT:   extern __shared__ __align__(1024) u8 shared_memory[];
// CHECK:        block::barrier_async();
// CHECK-NEXT:   block::barrier();
// CHECK-NEXT:   group::barrier_async<4>();
// CHECK-NEXT:   const Operand<bf16, 16, 64> q = warp::load_operand(slot);
// CHECK-NEXT:   Acc<16, 64> scores;
// CHECK-NEXT:   warpgroup::mma_nt<true>(scores, q, k_tile);
// CHECK-NEXT:   warpgroup::wait<0>();
// CHECK-NEXT:   const Operand<bf16, 16, 64> p = warp::to_operand<bf16>(scores);
// CHECK-NEXT:   Acc<16, 64> acc;
// CHECK-NEXT:   warp::fill(acc, 0.0f);
// CHECK-NEXT:   warpgroup::mma_nn<false>(acc, p, k_tile);
// CHECK-NEXT:   warpgroup::wait<0>();
// CHECK-NEXT:   Acc<16, 64> fresh;
// CHECK-NEXT:   warpgroup::mma_nn<true>(fresh, p, k_tile);
// CHECK-NEXT:   warpgroup::wait<0>();
// CHECK-NEXT:   warpgroup::mma_nt<false>(fresh, k_tile, k_tile);
// CHECK-NEXT:   warpgroup::wait<0>();
// CHECK-NEXT:   Acc<16, 64> both;
// CHECK-NEXT:   warp::fill(both, 0.0f);
// CHECK-NEXT:   Acc<16, 64> first;
// CHECK-NEXT:   warpgroup::mma_nn<true>(first, p, k_tile);
// CHECK-NEXT:   warpgroup::wait<0>();
// CHECK-NEXT:   warp::scale(both, 0.5f);
// CHECK-NEXT: }
ragged_kernel.kernel @warpgroups() attributes {block_size = 128 : i64, shared_bytes = 65536 : i64} {
  %k_tile = ragged_kernel.alloc_shared offset(8192) : !k loc("k_tile")
  %slot = ragged_kernel.alloc_shared offset(0) : !slot loc("slot")
  ragged_kernel.barrier block async
  ragged_kernel.barrier block
  ragged_kernel.barrier group warps(4) async
  %q = ragged_kernel.load_operand %slot : !slot -> !operand loc("q")
  %nothing = ragged_kernel.fill 0.0 : !scores loc("scores")
  %issue = ragged_kernel.mma_issue warpgroup nt fresh %q, %k_tile, %nothing : !operand, !k, !scores -> !pending
  %s = ragged_kernel.mma_wait warpgroup %issue : !pending -> !scores
  %p = ragged_kernel.to_operand %s : !scores -> !operand loc("p")
  %zero = ragged_kernel.fill 0.0 : !scores loc("acc")
  %issue2 = ragged_kernel.mma_issue warpgroup nn %p, %k_tile, %zero : !operand, !k, !scores -> !pending
  %o = ragged_kernel.mma_wait warpgroup %issue2 : !pending -> !scores
  %nothing2 = ragged_kernel.fill 0.0 : !scores loc("fresh")
  %issue3 = ragged_kernel.mma_issue warpgroup nn fresh %p, %k_tile, %nothing2 : !operand, !k, !scores -> !pending
  %o3 = ragged_kernel.mma_wait warpgroup %issue3 : !pending -> !scores
  %issue4 = ragged_kernel.mma_issue warpgroup nt %k_tile, %k_tile, %o3 : !k, !k, !scores -> !pending
  %o4 = ragged_kernel.mma_wait warpgroup %issue4 : !pending -> !scores
  %both = ragged_kernel.fill 0.0 : !scores loc("both")
  %issue5 = ragged_kernel.mma_issue warpgroup nn fresh %p, %k_tile, %both : !operand, !k, !scores -> !pending loc("first")
  %o5 = ragged_kernel.mma_wait warpgroup %issue5 : !pending -> !scores
  %scaled = ragged_kernel.scale %both by 0.5 : !scores
  ragged_kernel.return
}

// Of two fresh products of one fill one has its variable, the other one of its own; neither is filled or copied.
// CHECK-LABEL: twice() {
// CHECK:        Acc<16, 64> nothing;
// CHECK-NEXT:   Acc<16, 64> first;
// CHECK-NEXT:   warpgroup::mma_nt<true>(first, k_tile, k_tile);
// CHECK-NEXT:   warpgroup::wait<0>();
// CHECK-NEXT:   warpgroup::mma_nt<true>(nothing, k_tile, k_tile);
// CHECK-NEXT:   warpgroup::wait<0>();
// CHECK-NEXT: }
ragged_kernel.kernel @twice() attributes {block_size = 128 : i64, shared_bytes = 65536 : i64} {
  %k_tile = ragged_kernel.alloc_shared offset(0) : !k loc("k_tile")
  %nothing = ragged_kernel.fill 0.0 : !scores loc("nothing")
  %issue = ragged_kernel.mma_issue warpgroup nt fresh %k_tile, %k_tile, %nothing : !k, !k, !scores -> !pending loc("first")
  %s = ragged_kernel.mma_wait warpgroup %issue : !pending -> !scores
  %issue2 = ragged_kernel.mma_issue warpgroup nt fresh %k_tile, %k_tile, %nothing : !k, !k, !scores -> !pending loc("second")
  %s2 = ragged_kernel.mma_wait warpgroup %issue2 : !pending -> !scores
  ragged_kernel.return
}

// tf32 and f16 operands name their type.
// CHECK-LABEL: types() {
// CHECK:        const Operand<f32, 16, 8> operand = warp::load_operand(tile);
// CHECK:        const Operand<f16, 16, 8> p = warp::to_operand<f16>(acc);
// CHECK:        const Operand<f32, 16, 8> p_2 = warp::to_operand<f32>(acc);
ragged_kernel.kernel @types() attributes {block_size = 32 : i64, shared_bytes = 65536 : i64} {
  %tile = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<16x8xf32, <xor, 32>>
  %operand = ragged_kernel.load_operand %tile : !ragged_kernel.shared<16x8xf32, <xor, 32>> -> !ragged_kernel.operand<16x8xf32>
  %acc = ragged_kernel.fill 0.0 : !ragged_kernel.acc<16x8xf32>
  %a = ragged_kernel.to_operand %acc : !ragged_kernel.acc<16x8xf32> -> !ragged_kernel.operand<16x8xf16>
  %b = ragged_kernel.to_operand %acc : !ragged_kernel.acc<16x8xf32> -> !ragged_kernel.operand<16x8xf32>
  ragged_kernel.return
}

// CHECK-LABEL: pack(const u8* keep, int* list, const bf16* x, bf16* rows) {
// CHECK:        const int i = ptx::thread();
// CHECK-NEXT:   const u32 scratch = shared_base;
// CHECK-NEXT:   const int kept = block::count_kept<256>(keep, 0, i, scratch);
// CHECK-NEXT:   const int kept_2 = block::compact_kept<256>(keep + i, 197, i, list + kept, scratch);
// CHECK-NEXT:   const int value = ptx::load_global<int>(list + kept_2);
// CHECK-NEXT:   const int value_2 = ptx::load_shared<int>(scratch + (i + 1) * 4);
// CHECK-NEXT:   ptx::store_global(list + i, static_cast<u32>(value));
// CHECK-NEXT:   ptx::store_shared(scratch + i * 4, static_cast<u32>(value_2));
// CHECK-NEXT:   ptx::store_global(list + (i < 197 ? i : 197), static_cast<u32>(i + 1));
// CHECK-NEXT:   warp::copy_row<1536>(GlobalRows<const bf16, 768>{x}.rows(value).data, GlobalRows<bf16, 768>{rows}.rows(value_2).data);
// CHECK-NEXT:   warp::fill_row<1536>(GlobalRows<bf16, 768>{rows}.rows(i).data, 4294967295u);
// CHECK-NEXT: }
ragged_kernel.kernel @pack(%keep: !ragged_kernel.ptr<i1> loc("keep"), %list: !ragged_kernel.ptr<i32> loc("list"),
    %x: !ragged_kernel.ptr<bf16> loc("x"), %rows: !ragged_kernel.ptr<bf16> loc("rows"))
    attributes {block_size = 256 : i64, shared_bytes = 128 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c197 = arith.constant 197 : index
  %i = ragged_kernel.thread_id loc("i")
  %scratch = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<32xi32> loc("scratch")
  %before = ragged_kernel.count_kept %keep[%c0, %i] scratch(%scratch) : !ragged_kernel.ptr<i1>, !ragged_kernel.shared<32xi32>
  %kept = ragged_kernel.compact_kept %keep[%i, %c197] to %list[%before] scratch(%scratch)
      : !ragged_kernel.ptr<i1>, !ragged_kernel.ptr<i32>, !ragged_kernel.shared<32xi32>
  %a = ragged_kernel.load %list[%kept] : !ragged_kernel.ptr<i32>
  %i1 = arith.addi %i, %c1 : index
  %b = ragged_kernel.load %scratch[%i1] : !ragged_kernel.shared<32xi32>
  ragged_kernel.store %a to %list[%i] : !ragged_kernel.ptr<i32>
  ragged_kernel.store %b to %scratch[%i] : !ragged_kernel.shared<32xi32>
  %next = arith.addi %i, %c1 : index
  %at = arith.minsi %i, %c197 : index
  ragged_kernel.store %next to %list[%at] : !ragged_kernel.ptr<i32>
  ragged_kernel.copy_row %x[%a] to %rows[%b] bytes(1536) : !ragged_kernel.ptr<bf16>, !ragged_kernel.ptr<bf16>
  ragged_kernel.fill_row %rows[%i] pattern(-1) bytes(1536) : !ragged_kernel.ptr<bf16>
  ragged_kernel.return
}

// Groups of warps, and warps that join their results. The primitive's exponentials are of base two: log2(e) is 1.44269502.
// CHECK-LABEL: join(const bf16* k, bf16* out) {
// CHECK:        const int way = ptx::warp();
// CHECK-NEXT:   const auto k_rows = GlobalRows<const bf16, 768>{k}.rows(0);
// CHECK-NEXT:   const auto out_rows = GlobalRows<bf16, 768>{out}.rows(0);
// CHECK-NEXT:   const SharedTile<bf16, 64, 64, layout::Xor<128>> tile{shared_base};
// CHECK-NEXT:   group::copy_async<2>(tile, k_rows, way);
// CHECK-NEXT:   group::barrier<2>();
// CHECK-NEXT:   group::barrier<1>();
// CHECK-NEXT:   Acc<16, 64> acc;
// CHECK-NEXT:   warp::fill(acc, 1.0f);
// CHECK-NEXT:   RowVector row_max = warp::fill_rows(0.0f);
// CHECK-NEXT:   const Partials<4, 2, 64, 9472> partials{shared_base + 8192};
// CHECK-NEXT:   warp::store_partial(partials, way, 1, acc, row_max, row_max);
// CHECK-NEXT:   const Part<64, 4> part = warp::join_partials(partials, way, 1, 0.180336878f);
// CHECK-NEXT:   warp::store_part(part, out_rows, way, way + 1);
// CHECK-NEXT:   const Part<64, 4> part_2 = warp::join_partials(partials, 0, way, 1.44269502f);
// CHECK-NEXT:   warp::store_part(part_2, out_rows, 0, way);
// CHECK-NEXT:   const Part<64, 4> part_3 = warp::add_partials(partials, way, 1);
// CHECK-NEXT:   const bool strays = warp::out_of_range(part_3, 0.5f, 256.0f);
// CHECK-NEXT:   if (strays) warp::store_part(part_3, out_rows, way, way);
// CHECK-NEXT: }
ragged_kernel.kernel @join(%k: !ragged_kernel.ptr<bf16> loc("k"), %out: !ragged_kernel.ptr<bf16> loc("out"))
    attributes {block_size = 256 : i64, shared_bytes = 46080 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %way = ragged_kernel.warp_id loc("way")
  %k_rows = ragged_kernel.global_rows %k[%c0, %c0] head_stride(64) offset(0) : !ragged_kernel.ptr<bf16> -> !rows loc("k_rows")
  %out_rows = ragged_kernel.global_rows %out[%c0, %c0] head_stride(64) offset(0) : !ragged_kernel.ptr<bf16> -> !rows loc("out_rows")
  %tile = ragged_kernel.alloc_shared offset(0) : !k
  %copy = ragged_kernel.copy_async group warps(2) %k_rows to %tile valid(%way) : !rows, !k
  ragged_kernel.barrier group warps(2)
  ragged_kernel.barrier group
  %acc = ragged_kernel.fill 1.0 : !scores
  %max = ragged_kernel.fill 0.0 : !vector loc("max")
  %partials = ragged_kernel.alloc_partials offset(8192) : !ragged_kernel.partials<4, 2, 64, stride = 9472>
  ragged_kernel.store_partial %acc, %max, %max to %partials[%way, %c1] : !scores, !vector, !ragged_kernel.partials<4, 2, 64, stride = 9472>
  %part = ragged_kernel.join_partials two %partials[%way, %c1] scale(0.180336878)
      : !ragged_kernel.partials<4, 2, 64, stride = 9472> -> !ragged_kernel.part<16, 64, ways = 4>
  %left = arith.addi %way, %c1 : index
  ragged_kernel.store_part %part to %out_rows way(%way) valid(%left) : !ragged_kernel.part<16, 64, ways = 4>, !rows
  %other = ragged_kernel.join_partials e %partials[%c0, %way] scale(1.0)
      : !ragged_kernel.partials<4, 2, 64, stride = 9472> -> !ragged_kernel.part<16, 64, ways = 4>
  ragged_kernel.store_part %other to %out_rows way(%c0) valid(%way) : !ragged_kernel.part<16, 64, ways = 4>, !rows
  %added = ragged_kernel.add_partials %partials[%way, %c1]
      : !ragged_kernel.partials<4, 2, 64, stride = 9472> -> !ragged_kernel.part<16, 64, ways = 4>
  %strays = ragged_kernel.out_of_range %added from(0.5) to(256.0) : !ragged_kernel.part<16, 64, ways = 4> loc("strays")
  scf.if %strays {
    ragged_kernel.store_part %added to %out_rows way(%way) valid(%way) : !ragged_kernel.part<16, 64, ways = 4>, !rows
  }
  ragged_kernel.return
}
