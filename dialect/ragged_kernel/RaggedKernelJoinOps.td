//===-- RaggedKernelJoinOps.td - warps that share rows ---------*- tablegen -*-===//
//
// Where the keys of a row are divided among warps: their results wait in shared
// memory, and the same warps join them.
//
//===----------------------------------------------------------------------===//
#ifndef RAGGED_KERNEL_JOIN_OPS_TD
#define RAGGED_KERNEL_JOIN_OPS_TD

def RK_PartialsType : RK_Type<"Partials", "partials"> {
  let summary = "maxima, sums and outputs in shared memory of warps that share rows";
  let description = [{
    `!ragged_kernel.partials<4, 2, 64, stride = 9472>`: 4 ways (warps that share rows, each with its own keys) times 2 tiles
    of 16 rows times 64 columns, all f32. Results of a way are back to back, the ways `stride` bytes apart, so that each can
    lie where its own keys were.

    A tile takes 16 rows of an odd multiple of 32 bytes, which four rows of an accumulator are written to and eight read
    from without bank conflicts, and 128 bytes for maxima and sums.

    Constraints: (partials_c1) positive numbers of ways and tiles, columns a positive multiple of 8; (partials_c2) the
    stride is a multiple of 32 and holds the tiles of a way.
  }];
  let parameters = (ins "int64_t":$ways, "int64_t":$tiles, "int64_t":$cols, "int64_t":$stride);
  let assemblyFormat = "`<` $ways `,` $tiles `,` $cols `,` `stride` `=` $stride `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Bytes of the result of one warp: 16 rows of `cols` floats, their maxima and sums.
    static int64_t getTileBytes(int64_t cols);
    int64_t getBytes() const { return (getWays() - 1) * getStride() + getTiles() * getTileBytes(getCols()); }
  }];
}

def RK_PartType : RK_Type<"Part", "part"> {
  let summary = "what one of the warps that share 16 rows holds of their output (f32)";
  let description = [{
    `!ragged_kernel.part<16, 64, ways = 4>`: a quarter of 16x64. A thread has pieces of 8 columns of one row, as it will
    write them; where they do not come out even, some threads have one less.

    Constraints: (part_c1) 16 rows, columns a positive multiple of 8, a positive number of ways.
  }];
  let parameters = (ins "int64_t":$rows, "int64_t":$cols, "int64_t":$ways);
  let assemblyFormat = "`<` $rows `,` $cols `,` `ways` `=` $ways `>`";
  let genVerifyDecl = 1;
}

def RK_AllocPartialsOp : RK_NamedOp<"alloc_partials", ["partials"], [Pure]> {
  let summary = "room for partial results at a byte offset of the block's shared memory";
  let description = [{
    Like `alloc_shared`.

    Constraints: (alloc_partials_c1) the offset is a non-negative multiple of 128.
    ```mlir
    %partials = ragged_kernel.alloc_partials offset(0) : !ragged_kernel.partials<4, 2, 64, stride = 9472>
    ```
  }];
  let arguments = (ins I64Attr:$offset);
  let results = (outs RK_PartialsType:$result);
  let assemblyFormat = "`offset` `(` $offset `)` attr-dict `:` qualified(type($result))";
  let hasVerifier = 1;
}

def RK_StorePartialOp : RK_Op<"store_partial", [AllTypesMatch<["max", "sum"]>]> {
  let summary = "a warp's maximum, sum and output over its own keys to shared memory";
  let description = [{
    `acc` is the sum of base ^ (scale * (s - max)) v over the warp's keys and `sum` that of the weights, as the softmax left
    them: neither is normalised, and maximum and sum are complete (`reduce_max`, `reduce_sum`).

    Edge cases: a warp without a live key for a row has a maximum of -inf, and zeros.

    Constraints: (store_partial_c1) the accumulator has the columns of the partials.
    ```mlir
    ragged_kernel.store_partial %acc, %max, %sum to %partials[%way, %tile]
        : !ragged_kernel.acc<16x64xf32>, !ragged_kernel.row_vector<16>,
        !ragged_kernel.partials<4, 2, 64, stride = 9472>
    ```
  }];
  let arguments = (ins RK_AccType:$acc, RK_RowVectorType:$max, RK_RowVectorType:$sum, RK_PartialsType:$partials,
      Index:$way, Index:$tile);
  let assemblyFormat = [{
    $acc `,` $max `,` $sum `to` $partials `[` $way `,` $tile `]` attr-dict
    `:` qualified(type($acc)) `,` qualified(type($max)) `,` qualified(type($partials))
  }];
  let hasVerifier = 1;
}

def RK_JoinPartialsOp : RK_NamedOp<"join_partials", ["part"], [MemoryEffects<[MemRead]>]> {
  let summary = "softmax over the keys of all ways, from what each way has of it";
  let description = [{
    With m_w, l_w, a_w the maximum, sum and output of way w, M = max over w of m_w and f_w = base ^ (scale * (m_w - M)):
    the row is (sum over w of f_w a_w) / (sum over w of f_w l_w). Each of the ways' warps computes its own part of the
    tile's columns.

    Edge cases: a way with m_w = -inf counts nothing; a row without any live key is zero.

    Constraints: (join_partials_c1) the part is that of the partials' columns and ways.
    ```mlir
    %part = ragged_kernel.join_partials two %partials[%way, %tile] scale(0.180336878)
        : !ragged_kernel.partials<4, 2, 64, stride = 9472> -> !ragged_kernel.part<16, 64, ways = 4>
    ```
  }];
  let arguments = (ins RK_ExpBaseAttr:$base, RK_PartialsType:$partials, Index:$way, Index:$tile, F32Attr:$scale);
  let results = (outs RK_PartType:$result);
  let assemblyFormat = [{
    $base $partials `[` $way `,` $tile `]` `scale` `(` $scale `)` attr-dict
    `:` qualified(type($partials)) `->` qualified(type($result))
  }];
  let hasVerifier = 1;
}

def RK_AddPartialsOp : RK_NamedOp<"add_partials", ["part"], [MemoryEffects<[MemRead]>]> {
  let summary = "softmax over the keys of all ways, whose weights were taken without a maximum";
  let description = [{
    With l_w, a_w the sum and output of way w: the row is (sum over w of a_w) / (sum over w of l_w). Maxima are not read; all
    ways that have keys of a row must have taken its weights against the same one. Each of the ways' warps computes its own
    part of the tile's columns, and the sums are added up in the same order by all of them.

    Edge cases: a row whose weights are all zero is zero; `out_of_range` of the part says whether its sums can be trusted.

    Constraints: (add_partials_c1) the part is that of the partials' columns and ways.
    ```mlir
    %part = ragged_kernel.add_partials %partials[%way, %tile]
        : !ragged_kernel.partials<4, 2, 64, stride = 9472> -> !ragged_kernel.part<16, 64, ways = 4>
    ```
  }];
  let arguments = (ins RK_PartialsType:$partials, Index:$way, Index:$tile);
  let results = (outs RK_PartType:$result);
  let assemblyFormat = [{
    $partials `[` $way `,` $tile `]` attr-dict `:` qualified(type($partials)) `->` qualified(type($result))
  }];
  let hasVerifier = 1;
}

def RK_StorePartOp : RK_Op<"store_part"> {
  let summary = "round a warp's part of 16 rows and write it";
  let description = [{
    Writes way `way`'s part of rows 0 to `valid` - 1 of `rows`, 16 bytes at a time; rows from `valid` on belong to the next
    sequence.
    ```mlir
    ragged_kernel.store_part %part to %out_rows way(%way) valid(%left)
        : !ragged_kernel.part<16, 64, ways = 4>, !ragged_kernel.rows<bf16, stride = 768>
    ```
  }];
  let arguments = (ins RK_PartType:$part, RK_RowsType:$rows, Index:$way, Index:$valid);
  let assemblyFormat = [{
    $part `to` $rows `way` `(` $way `)` `valid` `(` $valid `)` attr-dict
    `:` qualified(type($part)) `,` qualified(type($rows))
  }];
}

#endif
