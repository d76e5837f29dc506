// Schedules of the family ring that nobody can follow, each for one reason.
// RUN: ragged-opt %s --ragged-lower-to-kernel --verify-diagnostics

func.func @schedules(%q: tensor<?x4x64xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected the family ring to have no causal mask}}
  ragged.attention %q, %q, %q offsets(%offsets) {max_seqlen = 100 : i64, causal, ragged_kernel.schedule =
      #ragged_kernel.schedule<family = ring, block_m = 192, block_n = 96, rows_per_block = 128, warps = 16, stages = 2, heads_per_block = 1, min_blocks = 1, softmax = online, q_in_registers = false, warpgroups = true, reason = "by hand">}
      : tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?xi32> -> tensor<?x4x64xbf16>
  // expected-error @+1 {{expected the family ring to have products of warpgroups with q in shared memory, the online softmax, 16 or 12 warps and one block a multiprocessor}}
  ragged.attention %q, %q, %q offsets(%offsets) {max_seqlen = 100 : i64, ragged_kernel.schedule =
      #ragged_kernel.schedule<family = ring, block_m = 192, block_n = 96, rows_per_block = 128, warps = 8, stages = 2, heads_per_block = 1, min_blocks = 1, softmax = online, q_in_registers = false, warpgroups = true, reason = "by hand">}
      : tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?xi32> -> tensor<?x4x64xbf16>
  // expected-error @+1 {{expected the family ring to have products of warpgroups with q in shared memory, the online softmax, 16 or 12 warps and one block a multiprocessor}}
  ragged.attention %q, %q, %q offsets(%offsets) {max_seqlen = 100 : i64, ragged_kernel.schedule =
      #ragged_kernel.schedule<family = ring, block_m = 192, block_n = 96, rows_per_block = 128, warps = 16, stages = 2, heads_per_block = 1, min_blocks = 1, softmax = online, q_in_registers = true, warpgroups = true, reason = "by hand">}
      : tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?xi32> -> tensor<?x4x64xbf16>
  // expected-error @+1 {{expected at least 2 stages of the family ring, got 1}}
  ragged.attention %q, %q, %q offsets(%offsets) {max_seqlen = 100 : i64, ragged_kernel.schedule =
      #ragged_kernel.schedule<family = ring, block_m = 192, block_n = 96, rows_per_block = 128, warps = 16, stages = 1, heads_per_block = 1, min_blocks = 1, softmax = online, q_in_registers = false, warpgroups = true, reason = "by hand">}
      : tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?xi32> -> tensor<?x4x64xbf16>
  // expected-error @+1 {{expected at least 4 stages of the family ring, got 3}}
  ragged.attention %q, %q, %q offsets(%offsets) {max_seqlen = 400 : i64, ragged_kernel.schedule =
      #ragged_kernel.schedule<family = ring, block_m = 192, block_n = 96, rows_per_block = 192, warps = 16, stages = 3, heads_per_block = 1, min_blocks = 1, softmax = online, q_in_registers = false, warpgroups = true, reason = "by hand">}
      : tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?xi32> -> tensor<?x4x64xbf16>
  // expected-error @+1 {{expected stages of the schedule to be from 1 to 16, got 17}}
  ragged.attention %q, %q, %q offsets(%offsets) {max_seqlen = 400 : i64, ragged_kernel.schedule =
      #ragged_kernel.schedule<family = ring, block_m = 192, block_n = 96, rows_per_block = 192, warps = 16, stages = 17, heads_per_block = 1, min_blocks = 1, softmax = online, q_in_registers = false, warpgroups = true, reason = "by hand">}
      : tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?xi32> -> tensor<?x4x64xbf16>
  // expected-error @+1 {{expected rows_per_block of the family ring to be at most 128, or to have all of the capacity, got 192}}
  ragged.attention %q, %q, %q offsets(%offsets) {max_seqlen = 400 : i64, ragged_kernel.schedule =
      #ragged_kernel.schedule<family = ring, block_m = 192, block_n = 96, rows_per_block = 192, warps = 12, stages = 8, heads_per_block = 1, min_blocks = 1, softmax = online, q_in_registers = false, warpgroups = true, reason = "by hand">}
      : tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?xi32> -> tensor<?x4x64xbf16>
  // expected-error @+1 {{expected block_n of the family ring to be from 32 to 112, got 128}}
  ragged.attention %q, %q, %q offsets(%offsets) {max_seqlen = 100 : i64, ragged_kernel.schedule =
      #ragged_kernel.schedule<family = ring, block_m = 192, block_n = 128, rows_per_block = 128, warps = 16, stages = 2, heads_per_block = 1, min_blocks = 1, softmax = online, q_in_registers = false, warpgroups = true, reason = "by hand">}
      : tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?xi32> -> tensor<?x4x64xbf16>
  // expected-error @+1 {{expected the stages of the family ring to fit 232448 bytes of shared memory, got}}
  ragged.attention %q, %q, %q offsets(%offsets) {max_seqlen = 197 : i64, ragged_kernel.schedule =
      #ragged_kernel.schedule<family = ring, block_m = 192, block_n = 96, rows_per_block = 256, warps = 16, stages = 4, heads_per_block = 1, min_blocks = 1, softmax = online, q_in_registers = false, warpgroups = true, reason = "by hand">}
      : tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?x4x64xbf16>, tensor<?xi32> -> tensor<?x4x64xbf16>
  return
}

func.func @wide(%q: tensor<?x4x128xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected block_n of the family ring to be from 32 to 64, got 80}}
  ragged.attention %q, %q, %q offsets(%offsets) {max_seqlen = 400 : i64, ragged_kernel.schedule =
      #ragged_kernel.schedule<family = ring, block_m = 192, block_n = 80, rows_per_block = 192, warps = 16, stages = 6, heads_per_block = 1, min_blocks = 1, softmax = online, q_in_registers = false, warpgroups = true, reason = "by hand">}
      : tensor<?x4x128xbf16>, tensor<?x4x128xbf16>, tensor<?x4x128xbf16>, tensor<?xi32> -> tensor<?x4x128xbf16>
  // expected-error @+1 {{expected block_n of the family ring to be from 32 to 144, got 160}}
  ragged.attention %q, %q, %q offsets(%offsets) {max_seqlen = 400 : i64, ragged_kernel.schedule =
      #ragged_kernel.schedule<family = ring, block_m = 128, block_n = 160, rows_per_block = 128, warps = 12, stages = 4, heads_per_block = 1, min_blocks = 1, softmax = online, q_in_registers = false, warpgroups = true, reason = "by hand">}
      : tensor<?x4x128xbf16>, tensor<?x4x128xbf16>, tensor<?x4x128xbf16>, tensor<?xi32> -> tensor<?x4x128xbf16>
  return
}

func.func @too_wide(%q: tensor<?x4x136xbf16>, %offsets: tensor<?xi32>) {
  // expected-error @+1 {{expected the family ring to have one head dimension of at most 128, got 136 and 136}}
  ragged.attention %q, %q, %q offsets(%offsets) {max_seqlen = 100 : i64, ragged_kernel.schedule =
      #ragged_kernel.schedule<family = ring, block_m = 192, block_n = 64, rows_per_block = 128, warps = 16, stages = 2, heads_per_block = 1, min_blocks = 1, softmax = online, q_in_registers = false, warpgroups = true, reason = "by hand">}
      : tensor<?x4x136xbf16>, tensor<?x4x136xbf16>, tensor<?x4x136xbf16>, tensor<?xi32> -> tensor<?x4x136xbf16>
  return
}
