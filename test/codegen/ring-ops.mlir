// Operations of producers and consumers, one call of a template each.
// RUN: ragged-translate --emit-cuda %s | FileCheck %s

!tile = !ragged_kernel.shared<64x64xbf16, <xor, 128>>
!rows = !ragged_kernel.rows<bf16, stride = 768>
!scores = !ragged_kernel.acc<16x64xf32>
!vector = !ragged_kernel.row_vector<16>
!wide_tile = !ragged_kernel.shared<128x64xbf16, <xor, 128>>
!pending = !ragged_kernel.pending<16x64xf32>

// A number is a parameter like the pointers.
// CHECK-LABEL: ring(const bf16* x, int batch) {
// CHECK:        const Barriers<2> full{shared_base + 8192};
// CHECK-NEXT:   block::init_barriers<129>(full);
// CHECK-NEXT:   const Barriers<1> empty{shared_base + 8208};
// CHECK-NEXT:   block::init_barriers<12>(empty);
// CHECK-NEXT:   block::barrier();
// CHECK-NEXT:   const int group_id = warpgroup::index();
// CHECK-NEXT:   const int blocks = ptx::grid_x();
// CHECK-NEXT:   const auto rows = GlobalRows<const bf16, 768>{x + batch * 64}.rows(0);
// CHECK-NEXT:   if (group_id == 1) {
// CHECK-NEXT:     ptx::setmaxnreg_dec<32>();
// CHECK-NEXT:     int v = 1;
// CHECK-NEXT:     for (int i = group_id; i < batch; i += blocks) {
// CHECK-NEXT:       wait_phase(empty.at(0), v);
// CHECK-NEXT:       warpgroup::copy_async(tile, rows, batch, blocks);
// CHECK-NEXT:       warpgroup::copy_async(tile, rows, batch);
// CHECK-NEXT:       arrive_copies(full.at(i + 1));
// CHECK-NEXT:       arrive(full.at(i));
// CHECK-NEXT:       v = v ^ 1;
// CHECK-NEXT:     }
// CHECK-NEXT:   } else {
// CHECK-NEXT:     ptx::setmaxnreg_inc<160>();
// CHECK-NEXT:     ptx::fence_proxy_async_shared();
// CHECK-NEXT:     Acc<16, 64> scores;
// CHECK-NEXT:     warpgroup::mma_nt<true>(scores, tile, tile);
// CHECK-NEXT:     Acc<16, 64> scores_2;
// CHECK-NEXT:     warpgroup::mma_nt<true>(scores_2, tile, tile);
// CHECK-NEXT:     warpgroup::wait<1>();
// CHECK-NEXT:     RowVector sum = warp::row_sum_partial(scores, none);
// CHECK-NEXT:     const Operand<bf16, 16, 64> p = warp::to_operand<bf16>(scores);
// CHECK-NEXT:     const bool rises = warp::outgrows(sum, none, 256.0f);
// CHECK-NEXT:     const bool strays = warp::out_of_range(sum, 8.27180613e-25f, 256.0f);
// CHECK-NEXT:     none = warp::add(none, sum);
// CHECK-NEXT:     warpgroup::wait<0>();
// CHECK-NEXT:     if (rises || strays) warp::rescale(scores_2, none);
// CHECK-NEXT:     const int same = warp::uniform(batch);
// CHECK-NEXT:     const Operand<bf16, 16, 96> wide = warp::widen<96>(p);
// CHECK-NEXT:     Acc<16, 64> acc;
// CHECK-NEXT:     warpgroup::mma_nn<true>(acc, wide, wide_tile.rows<96>(same));
// CHECK-NEXT:     warpgroup::wait<0>();
// CHECK-NEXT:     warp::arrive(empty.at(0));
// CHECK-NEXT:   }
// CHECK-NEXT: }
ragged_kernel.kernel @ring(%x: !ragged_kernel.ptr<bf16> loc("x"), %batch: index loc("batch"))
    attributes {block_size = 256 : i64, shared_bytes = 32768 : i64} {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %tile = ragged_kernel.alloc_shared offset(0) : !tile loc("tile")
  %wide_tile = ragged_kernel.alloc_shared offset(16384) : !wide_tile loc("wide_tile")
  %none = ragged_kernel.fill 0.0 : !vector loc("none")
  %full = ragged_kernel.alloc_barriers offset(8192) : !ragged_kernel.barriers<2> loc("full")
  ragged_kernel.init_barriers %full arrivals(129) : !ragged_kernel.barriers<2>
  %empty = ragged_kernel.alloc_barriers offset(8208) : !ragged_kernel.barriers<1> loc("empty")
  ragged_kernel.init_barriers %empty arrivals(12) : !ragged_kernel.barriers<1>
  ragged_kernel.barrier block
  %group = ragged_kernel.warpgroup_id loc("group_id")
  %blocks = ragged_kernel.grid_size x
  %rows = ragged_kernel.global_rows %x[%zero, %batch] head_stride(64) offset(0) : !ragged_kernel.ptr<bf16> -> !rows
  %copies = arith.cmpi eq, %group, %one : index
  scf.if %copies {
    ragged_kernel.set_registers to(32)
    scf.for %item = %group to %batch step %blocks iter_args(%phase = %one) -> (index) {
      ragged_kernel.wait_barrier %empty[%zero] phase(%phase) : !ragged_kernel.barriers<1>
      %a = ragged_kernel.copy_async warpgroup %rows to %tile valid(%batch) limit(%blocks) : !rows, !tile
      %b = ragged_kernel.copy_async warpgroup %rows to %tile valid(%batch) : !rows, !tile
      %next = arith.addi %item, %one : index
      ragged_kernel.arrive_copies(%a, %b) at %full[%next] : !ragged_kernel.barriers<2>
      ragged_kernel.arrive %full[%item] : !ragged_kernel.barriers<2>
      %flipped = arith.xori %phase, %one : index
      scf.yield %flipped : index
    }
  } else {
    ragged_kernel.set_registers increase to(160)
    ragged_kernel.fence_async
    %start = ragged_kernel.fill 0.0 : !scores loc("scores")
    %p = ragged_kernel.mma_issue warpgroup nt fresh %tile, %tile, %start : !tile, !tile, !scores -> !pending
    %other = ragged_kernel.fill 0.0 : !scores loc("scores")
    %q = ragged_kernel.mma_issue warpgroup nt fresh %tile, %tile, %other : !tile, !tile, !scores -> !pending
    %s = ragged_kernel.mma_wait warpgroup %p newer(1) : !pending -> !scores
    %sum = ragged_kernel.row_sum %s, %none : !scores, !vector
    %weights = ragged_kernel.to_operand %s : !scores -> !ragged_kernel.operand<16x64xbf16> loc("p")
    %rises = ragged_kernel.outgrows %sum, %none limit(256.0) : !vector loc("rises")
    %strays = ragged_kernel.out_of_range %sum from(8.27180613E-25) to(256.0) : !vector loc("strays")
    %total = ragged_kernel.add_rows %none, %sum : !vector loc("total")
    %t = ragged_kernel.mma_wait warpgroup %q : !pending -> !scores
    %again = arith.ori %rises, %strays : i1
    scf.if %again {
      %u = ragged_kernel.rescale %t, %total : !scores, !vector
    }
    %same = ragged_kernel.uniform %batch loc("same")
    %wide = ragged_kernel.widen %weights : !ragged_kernel.operand<16x64xbf16> -> !ragged_kernel.operand<16x96xbf16> loc("wide")
    %values = ragged_kernel.shared_rows %wide_tile[%same] : !wide_tile -> !ragged_kernel.shared<96x64xbf16, <xor, 128>>
    %none_yet = ragged_kernel.fill 0.0 : !scores loc("acc")
    %o = ragged_kernel.mma_issue warpgroup nn fresh %wide, %values, %none_yet : !ragged_kernel.operand<16x96xbf16>, !ragged_kernel.shared<96x64xbf16, <xor, 128>>, !scores -> !pending
    %acc = ragged_kernel.mma_wait warpgroup %o : !pending -> !scores
    ragged_kernel.arrive warp %empty[%zero] : !ragged_kernel.barriers<1>
  }
  ragged_kernel.return
}

// Each lane's own sequence, then that of one lane for all.
// CHECK-LABEL: survey(const int* offsets) {
// CHECK:        const Barriers<2> empty{shared_base};
// CHECK-NEXT:   const int thread = ptx::thread();
// CHECK-NEXT:   const Sequence sequences = decode_sequence<197, true>(offsets, thread, &ragged_status);
// CHECK-NEXT:   const int length = warp::from_lane(sequences.length, 3);
// CHECK-NEXT:   const bool is_pending = warp::is_pending(empty.at(1), length);
// CHECK-NEXT:   if (is_pending) return;
// CHECK-NEXT: }
ragged_kernel.kernel @survey(%offsets: !ragged_kernel.ptr<i32> loc("offsets"))
    attributes {block_size = 32 : i64, shared_bytes = 128 : i64} {
  %one = arith.constant 1 : index
  %three = arith.constant 3 : index
  %empty = ragged_kernel.alloc_barriers offset(0) : !ragged_kernel.barriers<2> loc("empty")
  %thread = ragged_kernel.thread_id
  %begins, %lengths = ragged_kernel.lane_sequence %offsets[%thread] capacity(197) : !ragged_kernel.ptr<i32>
  %length = ragged_kernel.from_lane %lengths[%three] loc("length")
  %is_pending = ragged_kernel.barrier_pending %empty[%one] phase(%length) : !ragged_kernel.barriers<2>
  ragged_kernel.exit_if %is_pending
  ragged_kernel.return
}
