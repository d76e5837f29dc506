// Schedules with copies by tensor maps that nobody can follow.
// RUN: ragged-opt %s --ragged-lower-to-kernel --verify-diagnostics

func.func @rows(%q: tensor<?x4x48xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected copies by tensor maps where rows are multiples of 128 bytes, or 32 or 64, got 96}}
  ragged.attention %q, %q, %q offsets(%offsets) {max_seqlen = 100 : i64, ragged_kernel.schedule =
      #ragged_kernel.schedule<family = ring, block_m = 192, block_n = 96, rows_per_block = 128, warps = 16, stages = 2, heads_per_block = 1, min_blocks = 1, softmax = online, q_in_registers = false, warpgroups = true, tensor_copies = true, reason = "by hand">}
      : tensor<?x4x48xbf16>, tensor<?x4x48xbf16>, tensor<?x4x48xbf16>, tensor<?xi32> -> tensor<?x4x48xbf16>
  return
}

func.func @family(%q: tensor<?x4x64xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected copies by tensor maps in the family ring only, got online}}
  ragged.attention %q, %q, %q offsets(%offsets) {max_seqlen = 100 : i64, ragged_kernel.schedule =
      #ragged_kernel.schedule<family = online, block_m = 64, block_n = 64, rows_per_block = 64, warps = 4, stages = 2, heads_per_block = 1, min_blocks = 1, softmax = online, q_in_registers = false, warpgroups = true, tensor_copies = true, reason = "by hand">}
      : tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?xi32> -> tensor<?x4x64xbf16>
  return
}
