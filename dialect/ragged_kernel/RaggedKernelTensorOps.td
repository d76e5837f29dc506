//===-- RaggedKernelTensorOps.td - copies by tensor maps -------*- tablegen -*-===//
#ifndef RAGGED_KERNEL_TENSOR_OPS_TD
#define RAGGED_KERNEL_TENSOR_OPS_TD

def RK_TensorMapType : RK_Type<"TensorMap", "tensor_map"> {
  let summary = "what copies of boxes have to know of a tensor; a kernel parameter";
  let description = [{
    `!ragged_kernel.tensor_map<bf16, cols = 2304, stride = 2304, box = 16 by 64>`: rows of 2304 elements, 2304 elements
    apart, of which a copy moves boxes of 16 rows and 64 columns. How many rows there are is not said. Rows of a box lie
    as the layout `xor` of their bytes has them.

    Constraints: (tensor_map_c1) elements are bf16, f16 or f32; (tensor_map_c2) rows are a positive
    multiple of 16 bytes apart and at least as wide as a box; (tensor_map_c3) boxes have 8 to 256 rows in eights;
    (tensor_map_c4) and rows of 32, 64 or 128 bytes.
  }];
  let parameters = (ins "::mlir::Type":$elementType, "int64_t":$cols, "int64_t":$stride, "int64_t":$boxRows,
                        "int64_t":$boxCols);
  let assemblyFormat = [{
    `<` $elementType `,` `cols` `=` $cols `,` `stride` `=` $stride `,` `box` `=` $boxRows `by` $boxCols `>`
  }];
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    int64_t getElementBytes() const { return getElementType().getIntOrFloatBitWidth() / 8; }
    /// Of a row of a box.
    int64_t getBoxBytes() const { return getBoxCols() * getElementBytes(); }
    /// Whether rows of `cols` elements that lie by `layout` are one or several boxes side by side.
    bool fillsRows(LayoutAttr layout, int64_t cols) const;
  }];
}

def RK_PrefetchMapOp : RK_Op<"prefetch_map"> {
  let summary = "bring a tensor map near before it is used";
  let description = [{
    By one thread of the block. Reads nothing of the tensor.
    ```mlir
    ragged_kernel.prefetch_map %qkv_map : !ragged_kernel.tensor_map<bf16, cols = 2304, stride = 2304, box = 16 by 64>
    ```
  }];
  let arguments = (ins RK_TensorMapType:$map);
  let assemblyFormat = "$map attr-dict `:` qualified(type($map))";
}

def RK_CopyTensorOp : RK_Op<"copy_tensor"> {
  let summary = "start copying rows to shared memory by a tensor map";
  let description = [{
    `tile[i][j] = map[row + i][col + j]` for i < min(valid, limit), 0 from there to `limit`; rows from `limit` on stay.
    One warp issues it, and arrives at the barrier, once; the phase is over when all bytes are there too, and who waits
    for it needs no fence before its products. Rows that fill a box go as boxes, the few behind them in chunks of 16 bytes
    from `rows`, which are the same rows in global memory: nothing but the valid rows is read.

    Edge cases: without a valid row the tile is zeros.

    Constraints: (copy_tensor_c1) map, rows and tile have one element type, and map and rows one stride; (copy_tensor_c2)
    the tile has no slots, and rows of whole boxes; (copy_tensor_c3) the map is a parameter of the kernel.
    ```mlir
    ragged_kernel.copy_tensor %qkv_map[%row, %col] of %k_rows to %k_tile valid(%valid) limit(%limit) at %full[%slot]
        : !ragged_kernel.tensor_map<bf16, cols = 2304, stride = 2304, box = 16 by 64>,
          !ragged_kernel.rows<bf16, stride = 2304>, !ragged_kernel.shared<112x64xbf16, <xor, 128>>,
          !ragged_kernel.barriers<12>
    ```
  }];
  let arguments = (ins RK_TensorMapType:$map, Index:$row, Index:$col, RK_RowsType:$rows, RK_SharedType:$tile,
      Index:$valid, Index:$limit, RK_BarriersType:$barriers, Index:$index);
  let assemblyFormat = [{
    $map `[` $row `,` $col `]` `of` $rows `to` $tile `valid` `(` $valid `)` `limit` `(` $limit `)`
    `at` $barriers `[` $index `]` attr-dict
    `:` qualified(type($map)) `,` qualified(type($rows)) `,` qualified(type($tile)) `,` qualified(type($barriers))
  }];
  let hasVerifier = 1;
}

#endif
