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

def ChooseSchedule : Pass<"ragged-choose-schedule", "::mlir::ModuleOp"> {
  let summary = "pick a schedule family and tile sizes for each attention, and say why";
  let description = [{
    Sets `ragged_kernel.schedule` on every `ragged.attention`: the candidates of each family that fit the chip are priced
    by the cost model (passes/CostModel.h) and the cheapest is taken. `block_m` and `block_n` of the operation, and the
    options of this pass, restrict the candidates; a restriction that leaves none is an error. Each decision is a remark
    (`--remarks-filter=choose-schedule`) and the `reason` of the schedule.

    `batch` is the batch the kernel is expected to run with: a small one leaves multiprocessors empty unless the rows of
    a sequence are divided among blocks. 0 means that there are always enough sequences.

    ```
    ragged-opt --ragged-choose-schedule="arch=sm_90a" attention.mlir
    ```
  }];
  let options = [
    Option<"arch", "arch", "std::string", "\"sm_90a\"", "architecture the kernel is for">,
    Option<"batch", "batch", "int64_t", "0", "sequences of a launch, 0: many">,
    Option<"family", "family", "std::string", "\"auto\"", "auto, warp, single, online, latency or ring">,
    Option<"softmax", "softmax", "std::string", "\"auto\"", "auto, single_pass or online">,
    Option<"mma", "mma", "std::string", "\"auto\"", "unit of a matrix product: auto, warp or warpgroup (sm_90a)">,
    Option<"warps", "warps", "int64_t", "0", "warps of a block, 0: choose">,
    Option<"stages", "stages", "int64_t", "0", "slots of the asynchronous pipeline, 0: choose">,
    Option<"minBlocks", "min-blocks", "int64_t", "0", "blocks that must fit on a multiprocessor, 0: choose">,
    Option<"queries", "queries", "std::string", "\"auto\"", "where Q waits for its products: auto, registers or shared">,
    Option<"copies", "copies", "std::string", "\"auto\"",
           "how rows get to shared memory: auto, cp_async or tensor (by tensor maps, sm_90a)">,
    Option<"rowsPerBlock", "rows-per-block", "int64_t", "0", "query rows of a sequence that one block does, 0: choose">,
  ];
  let dependentDialects = ["::mlir::ragged_kernel::RaggedKernelDialect"];
}

def LowerToKernel : Pass<"ragged-lower-to-kernel", "::mlir::ModuleOp"> {
  let summary = "turn ragged operations into kernels and launches";
  let description = [{
    A full conversion: no operation of `ragged` is left. An attention becomes one kernel in the form of its schedule's
    family, a pack two (indices and offsets; rows), an unpack one; each operation becomes a `ragged_kernel.launch`.

    The kernels are correct but plain: every copy is awaited at once, every tile of scores is scaled and masked, and the
    softmax is one `softmax_step` a block of keys. The passes that follow rewrite that.
  }];
  let dependentDialects = ["::mlir::ragged_kernel::RaggedKernelDialect", "::mlir::arith::ArithDialect",
                           "::mlir::scf::SCFDialect", "::mlir::func::FuncDialect"];
}

def LowerSoftmax : Pass<"ragged-kernel-lower-softmax", "::mlir::ragged_kernel::KernelOp"> {
  let summary = "write softmax steps out, in a single pass or online";
  let description = [{
    `single_pass`: the loop over keys is unrolled up to the capacity; first all tiles of scores (kept in registers) and
    their maximum, then exponentials, sums and products with V. Tiles beyond the sequence are skipped at run time. No
    value is ever rescaled.

    `online`: the loop stays; each block of keys raises the maximum and rescales what was summed before.
    Where scores are products of warpgroups and registers suffice, weights are taken against the maximum of the blocks
    before, and it follows only where their sums have outgrown it (`outgrows`).
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect", "::mlir::ub::UBDialect"];
}

def SplitMaskRanges : Pass<"ragged-kernel-split-mask-ranges", "::mlir::ragged_kernel::KernelOp"> {
  let summary = "evaluate masks only on the tiles that need them";
  let description = [{
    An `apply_mask` becomes a `mask_keys` under the condition that the tile reaches beyond the length and, if causal, a
    `mask_causal` under the condition that it reaches beyond the diagonal. The conditions are the same in a whole warp.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect", "::mlir::ub::UBDialect"];
}

def PipelineLoads : Pass<"ragged-kernel-pipeline-loads", "::mlir::ragged_kernel::KernelOp"> {
  let summary = "keep copies in flight while something else runs";
  let description = [{
    Four rewrites, by what a kernel has:
    * copies that are awaited one by one before anything reads them are put in flight together, one wait for all;
    * a loop that copies blocks of keys becomes a ring of `stages` slots: the copy of a later block is started when the
      barrier has freed its slot, and awaited `stages - 1` iterations later;
    * with two stages, a loop over row tiles that copies its Q rows starts the next tile's copy as soon as the operand of
      this tile is in registers;
    * behind that, a kernel of the family `single` copies V last and waits for it in front of the first product that reads
      it, where all of its warps can pass a barrier there.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect", "::mlir::ub::UBDialect"];
}

def DependentLaunch : Pass<"ragged-kernel-dependent-launch", "::mlir::ragged_kernel::KernelOp"> {
  let summary = "let a kernel begin while the one in front of it in the stream ends";
  let description = [{
    Puts a `grid_dependency_wait` in front of the first operation that touches global memory or leaves the kernel, and a
    `launch_dependents` behind the copies that are started before anything waits for them: those in front of the first
    loop or, where there are none, of that loop's body. Released earlier, blocks of the next kernel would take their
    places on few multiprocessors, those that got the least of this one; later, they would begin late. Kernels that copy
    nothing to shared memory release when they end.

    Runs behind `ragged-kernel-pipeline-loads`, for sm_90 and newer. A kernel that has the operations is left as it is.
  }];
}

def FoldScale : Pass<"ragged-kernel-fold-scale", "::mlir::ragged_kernel::KernelOp"> {
  let summary = "fold the scale of the scores, and log2(e), into the exponentials";
  let description = [{
    A positive scale commutes with masks and maxima, so `scale` operations are dropped and the factor goes into
    `exp_diff` and `correction`, which become base two: e^(s (x - m)) = 2^(x c - m c) with c = s log2(e), one fused
    multiply-add and one ex2 an element.
  }];
}

#endif  // RAGGEDC_PASSES
