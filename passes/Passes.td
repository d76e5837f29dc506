// Declarations of every pass of raggedc, in the order in which the pipeline runs them.

#ifndef RAGGEDC_PASSES
#define RAGGEDC_PASSES

include "mlir/Pass/PassBase.td"

def Specialise : Pass<"ragged-specialise", "::mlir::ModuleOp"> {
  let summary = "make head counts, head dimensions, capacity and block sizes constants";
  let description = [{
    Turns the dynamic head counts and head dimensions of `ragged` operations, and of the function arguments and results
    they use, into constants, and sets `max_seqlen`, `block_m` and `block_n`. After the pass only the number of rows and
    the number of sequences are unknown.

    Where a constant comes from, first match wins:
    1. a static dimension in the types (dimensions that must be equal share it: q and k, k and v, v and the result, the
       rows of a `ragged.pack` and its input);
    2. the option. An option that contradicts a static dimension is an error.

    For `max_seqlen`, `block_m` and `block_n` it is the other way round: the option replaces the operation's attribute,
    so one description serves several capacities and a tuner can try block sizes without editing text.

    `max-seqlen` also supplies an unknown padded length of `ragged.pack` and `ragged.unpack`, `kv-heads` defaults to
    `heads`, and `head-dim-v` to `head-dim`. An operation that still has an unknown is an error that names the option.

    ```
    ragged-opt --ragged-specialise="heads=12 head-dim=64 max-seqlen=197" attention.mlir
    ```
  }];
  let options = [
    Option<"headDim", "head-dim", "int64_t", "0", "head dimension of q and k (0: as the types say)">,
    Option<"headDimV", "head-dim-v", "int64_t", "0", "head dimension of v and the result (0: head-dim)">,
    Option<"heads", "heads", "int64_t", "0", "query heads (0: as the types say)">,
    Option<"kvHeads", "kv-heads", "int64_t", "0", "key and value heads (0: heads)">,
    Option<"maxSeqlen", "max-seqlen", "int64_t", "0", "capacity of a sequence in rows (0: as the operation says)">,
    Option<"blockM", "block-m", "int64_t", "0", "query rows of a tile (0: as the operation or the schedule says)">,
    Option<"blockN", "block-n", "int64_t", "0", "key rows of a tile (0: as the operation or the schedule says)">,
  ];
  let dependentDialects = ["::mlir::tensor::TensorDialect"];
}

#endif  // RAGGEDC_PASSES
