// Products of few rows, one call of a template each.
// RUN: ragged-translate --emit-cuda %s | FileCheck %s

!tile = !ragged_kernel.shared<64x64xbf16, <xor, 128>>
!last = !ragged_kernel.shared<8x64xbf16, <xor, 128>>
!weights = !ragged_kernel.shared<64x8xbf16, <padded, 16>>
!weights_of_warp = !ragged_kernel.shared<16x8xbf16, <padded, 16>>
!rows = !ragged_kernel.rows<bf16, stride = 768>
!acc = !ragged_kernel.acc<16x8xf32>
!pending = !ragged_kernel.pending<16x8xf32>
!operand = !ragged_kernel.operand<16x64xbf16>

// All products are 8 wide. One adds to another that is under way, in the same registers.
// CHECK:      #define RAGGED_WGMMA_CHOSEN
// CHECK-NEXT: #define RAGGED_WGMMA_8
// CHECK-NOT:  #define RAGGED_WGMMA_{{[0-9]}}

// CHECK-LABEL: few(bf16* out) {
// CHECK:        const SharedTile<bf16, 64, 8, layout::Padded<16>> p_tile{shared_base + 9216};
// CHECK-NEXT:   const SharedTile<bf16, 64, 64, layout::Xor<128>> last_values{shared_base + 11264};
// CHECK-NEXT:   const int block_ = ptx::block_x();
// CHECK-NEXT:   const auto rows = GlobalRows<bf16, 768>{out + block_ * 64}.rows(block_);
// CHECK-NEXT:   Acc<16, 8> scores;
// CHECK-NEXT:   warpgroup::mma_nt<true>(scores, keys, last);
// CHECK-NEXT:   warpgroup::wait<0>();
// CHECK-NEXT:   warp::mask_rows(scores, block_, 40);
// CHECK-NEXT:   warp::store_tile(scores, p_tile.rows<16>(block_));
// CHECK-NEXT:   const Operand<bf16, 16, 64> ones = warp::fill_operand<bf16, 64>(1.0f);
// CHECK-NEXT:   Acc<16, 8> out_2;
// CHECK-NEXT:   warpgroup::mma_tn<true>(out_2, keys, p_tile);
// CHECK-NEXT:   warpgroup::mma_tn<false>(out_2, last_values, p_tile);
// CHECK-NEXT:   Acc<16, 8> sums;
// CHECK-NEXT:   warpgroup::mma_nn<true>(sums, ones, p_tile);
// CHECK-NEXT:   warpgroup::wait<1>();
// CHECK-NEXT:   warpgroup::wait<0>();
// CHECK-NEXT:   const bool strays = warp::out_of_range(sums, 0.25f, 4.0f);
// CHECK-NEXT:   if (strays) {
// CHECK-NEXT:     warp::divide(out_2, sums);
// CHECK-NEXT:     warp::store_transposed(out_2, rows, 16, block_);
// CHECK-NEXT:   }
// CHECK-NEXT: }
ragged_kernel.kernel @few(%out: !ragged_kernel.ptr<bf16> loc("out"))
    attributes {block_size = 128 : i64, shared_bytes = 19456 : i64} {
  %length = arith.constant 40 : index
  %col = arith.constant 16 : index
  %keys = ragged_kernel.alloc_shared offset(0) : !tile loc("keys")
  %last = ragged_kernel.alloc_shared offset(8192) : !last loc("last")
  %p_tile = ragged_kernel.alloc_shared offset(9216) : !weights loc("p_tile")
  %last_values = ragged_kernel.alloc_shared offset(11264) : !tile loc("last_values")
  %i = ragged_kernel.block_id x loc("block")
  %rows = ragged_kernel.global_rows %out[%i, %i] head_stride(64) offset(0) : !ragged_kernel.ptr<bf16> -> !rows loc("rows")
  %start = ragged_kernel.fill 0.0 : !acc loc("scores")
  %qk = ragged_kernel.mma_issue warpgroup nt fresh %keys, %last, %start : !tile, !last, !acc -> !pending
  %scores = ragged_kernel.mma_wait warpgroup %qk : !pending -> !acc
  %live = ragged_kernel.mask_rows %scores key(%i) length(%length) : !acc
  %p_rows = ragged_kernel.shared_rows %p_tile[%i] : !weights -> !weights_of_warp
  ragged_kernel.store_tile %live to %p_rows : !acc, !weights_of_warp
  %ones = ragged_kernel.fill 1.0 : !operand loc("ones")
  %none = ragged_kernel.fill 0.0 : !acc loc("out")
  %vp = ragged_kernel.mma_issue warpgroup tn fresh %keys, %p_tile, %none : !tile, !weights, !acc -> !pending
  %more = ragged_kernel.mma_issue warpgroup tn %last_values, %p_tile, %vp : !tile, !weights, !pending -> !pending
  %nothing = ragged_kernel.fill 0.0 : !acc loc("sums")
  %op = ragged_kernel.mma_issue warpgroup nn fresh %ones, %p_tile, %nothing : !operand, !weights, !acc -> !pending
  %o = ragged_kernel.mma_wait warpgroup %more newer(1) : !pending -> !acc
  %sums = ragged_kernel.mma_wait warpgroup %op : !pending -> !acc
  %strays = ragged_kernel.out_of_range %sums from(0.25) to(4.0) : !acc loc("strays")
  scf.if %strays {
    %divided = ragged_kernel.divide %o by %sums : !acc
    ragged_kernel.store_transposed %divided to %rows first(%col) valid(%i) : !acc, !rows
  }
  ragged_kernel.return
}
