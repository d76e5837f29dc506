//===-- RaggedKernelShortOps.td - the last rows of a sequence --*- tablegen -*-===//
//
// A warpgroup's products have 64 rows, and the last of a sequence are often a
// few: of 197 = 3 x 64 + 5 tokens five. For at most eight of them rows and keys
// change places: 64 keys are the rows of a product, and the queries its columns.
//
//===----------------------------------------------------------------------===//
#ifndef RAGGED_KERNEL_SHORT_OPS_TD
#define RAGGED_KERNEL_SHORT_OPS_TD

def RK_MaskRowsOp : RK_InPlaceOp<"mask_rows", "scores", "Acc", [Pure, AllTypesMatch<["acc", "result"]>]> {
  let summary = "-inf where a row is a key beyond the sequence";
  let description = [{
    Row r of the accumulator is key `first_key + r`; from `length` on keys are dead.
    ```mlir
    %live = ragged_kernel.mask_rows %scores key(%key) length(%length) : !ragged_kernel.acc<16x8xf32>
    ```
  }];
  let arguments = (ins RK_AccType:$acc, Index:$first_key, Index:$length);
  let results = (outs RK_AccType:$result);
  let assemblyFormat = "$acc `key` `(` $first_key `)` `length` `(` $length `)` attr-dict `:` qualified(type($acc))";
}

def RK_StoreTileOp : RK_Op<"store_tile"> {
  let summary = "round an accumulator and write it to shared memory";
  let description = [{
    Products of warpgroups see it behind the next async barrier.

    Constraints: (store_tile_c1) the tile has the accumulator's sizes, and elements of 16 bits.
    ```mlir
    ragged_kernel.store_tile %weights to %p_rows : !ragged_kernel.acc<16x8xf32>, !ragged_kernel.shared<16x8xbf16, <padded, 16>>
    ```
  }];
  let arguments = (ins RK_AccType:$acc, RK_SharedType:$tile);
  let assemblyFormat = "$acc `to` $tile attr-dict `:` qualified(type($acc)) `,` qualified(type($tile))";
  let hasVerifier = 1;
}

def RK_DivideOp : RK_InPlaceOp<"divide", "acc", "Acc", [Pure, AllTypesMatch<["acc", "by", "result"]>]> {
  let summary = "an accumulator by another, element by element";
  let description = [{
    Edge cases: by 0 it is 0.
    ```mlir
    %out = ragged_kernel.divide %sums_of_values by %sums : !ragged_kernel.acc<16x8xf32>
    ```
  }];
  let arguments = (ins RK_AccType:$acc, RK_AccType:$by);
  let results = (outs RK_AccType:$result);
  let assemblyFormat = "$acc `by` $by attr-dict `:` qualified(type($acc))";
}

def RK_StoreTransposedOp : RK_Op<"store_transposed"> {
  let summary = "round an accumulator and write its columns as rows";
  let description = [{
    Column c becomes row c of `rows`, from element `first` on, for c < `valid`.
    ```mlir
    ragged_kernel.store_transposed %acc to %out_rows first(%col) valid(%left) : !ragged_kernel.acc<16x8xf32>,
        !ragged_kernel.rows<bf16, stride = 768>
    ```
  }];
  let arguments = (ins RK_AccType:$acc, RK_RowsType:$rows, Index:$first, Index:$valid);
  let assemblyFormat = [{
    $acc `to` $rows `first` `(` $first `)` `valid` `(` $valid `)` attr-dict `:` qualified(type($acc)) `,`
    qualified(type($rows))
  }];
}

#endif
