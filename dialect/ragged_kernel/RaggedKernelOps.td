//===-- RaggedKernelOps.td - kernel-level operations ----------*- tablegen -*-===//
#ifndef RAGGED_KERNEL_OPS_TD
#define RAGGED_KERNEL_OPS_TD

include "dialect/ragged_kernel/RaggedKernelBase.td"
include "dialect/ragged_kernel/RaggedKernelInterfaces.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/FunctionInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class RK_Op<string mnemonic, list<Trait> traits = []> : Op<RaggedKernel_Dialect, mnemonic, traits>;

/// An operation whose results have default names in the printed IR and in the printed CUDA.
class RK_NamedOp<string mnemonic, list<string> names, list<Trait> traits = []>
    : RK_Op<mnemonic, !listconcat(traits, [DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>])> {
  string nameList = !interleave(!foreach(n, names, "\"" # n # "\""), ", ");
  let extraClassDefinition = [{
    void $cppClass::getAsmResultNames(::mlir::OpAsmSetValueNameFn setName) {
      static constexpr const char *names[] = {}] # nameList # [{};
      for (unsigned i = 0; i < getOperation()->getNumResults(); ++i)
        setName(getOperation()->getResult(i), names[i]);
    }
  }];
}

/// An operation that updates a register tile: the result takes the registers of operand `update`.
class RK_InPlaceOp<string mnemonic, string name, string update, list<Trait> traits = []>
    : RK_Op<mnemonic, !listconcat(traits, [DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>,
                                           DeclareOpInterfaceMethods<RK_InPlaceOpInterface>])> {
  let extraClassDefinition = [{
    void $cppClass::getAsmResultNames(::mlir::OpAsmSetValueNameFn setName) {
      setName(getOperation()->getResult(0), "}] # name # [{");
    }
    ::mlir::OpOperand &$cppClass::getInPlaceOperand() { return get}] # update # [{Mutable(); }
  }];
}

//===----------------------------------------------------------------------===//
// Kernels and their launches
//===----------------------------------------------------------------------===//

def RK_KernelOp : RK_Op<"kernel", [IsolatedFromAbove, Symbol, FunctionOpInterface,
                                   SingleBlock, HasParent<"::mlir::ModuleOp">]> {
  let summary = "one CUDA kernel";
  let description = [{
    The region's arguments are the kernel's parameters: at most five pointers, behind them at most one number (`index`,
    32 bits on the device) that only the launch knows, and then tensor maps; everything else is a constant.
    Blocks have `block_size` threads; `shared_bytes` is the dynamic shared memory of a block. `min_blocks` bounds
    registers through `__launch_bounds__`. `schedule` and `spec` say what the kernel was made for and are printed in the
    header comment of its source.

    Edge cases: a kernel must cope with an empty sequence, with the capacity, and with lengths beyond it.

    Constraints: (kernel_c1) at most five `ptr` parameters, then at most one `index`, then at most three `tensor_map`; (kernel_c2) no results; (kernel_c3) `block_size` is a
    multiple of 32 from 32 to 1024; (kernel_c4) every `alloc_shared`, `alloc_partials` and `alloc_barriers` lies within
    `shared_bytes`;
    (kernel_c5) `min_blocks` is from 1 to 32; (kernel_c6) `shared_bytes` is from 0 to 232448, which a block of sm_90 may
    have.

    ```mlir
    ragged_kernel.kernel @empty(%offsets: !ragged_kernel.ptr<i32>)
        attributes {block_size = 32 : i64, min_blocks = 1 : i64, shared_bytes = 0 : i64} {
      ragged_kernel.return
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<FunctionType>:$function_type, I64Attr:$block_size,
      DefaultValuedAttr<I64Attr, "1">:$min_blocks, DefaultValuedAttr<I64Attr, "0">:$shared_bytes,
      OptionalAttr<RK_ScheduleAttr>:$schedule, OptionalAttr<DictionaryAttr>:$spec,
      OptionalAttr<DictArrayAttr>:$arg_attrs, OptionalAttr<DictArrayAttr>:$res_attrs);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::llvm::ArrayRef<::mlir::Type> getArgumentTypes() { return getFunctionType().getInputs(); }
    ::llvm::ArrayRef<::mlir::Type> getResultTypes() { return getFunctionType().getResults(); }
    ::mlir::Region *getCallableRegion() { return &getBody(); }
  }];
}

def RK_ReturnOp : RK_Op<"return", [Terminator, HasParent<"KernelOp">]> {
  let summary = "end of a kernel";
  let description = "Ends the body of a `ragged_kernel.kernel`. Prints nothing.";
  let assemblyFormat = "attr-dict";
}

def RK_LaunchOp : RK_Op<"launch", [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "launch of a kernel over tensors";
  let description = [{
    What a level-1 operation becomes in its function: kernel `callee` runs over a grid of `grid_x` x `grid_y` blocks with
    the operands and then the results as parameters, in that order. The results are fresh buffers of the caller;
    `extents` gives the size of dimension 0 of each.

    With `scalars` come numbers behind them, one extent each, and with `tensor_maps` maps of these operands behind all.
    With `resident`, the grid has at most so many blocks a
    multiprocessor along x, and the kernel's blocks divide the rest of `grid_x` among them.

    Edge cases: a grid of zero blocks launches nothing.

    Constraints: (launch_c1) the callee is a kernel with one parameter per operand, result and scalar, the pointers of the
    same element type; (launch_c2) one extent per result; (launch_c3) extents name existing operands and dimensions;
    (launch_c4) `resident` is from 0 (no bound) to 32; (launch_c5) one of `tensor_maps` for each map that the callee
    takes, which names an operand of its element type.

    ```mlir
    %out = ragged_kernel.launch @k(%q, %k, %v, %offsets)
        grid(<operand = 3, dim = 0, add = -1, mul = 12>, <operand = -1, dim = 0, add = 0, mul = 1>)
        extents([#ragged_kernel.extent<operand = 0, dim = 0, add = 0, mul = 1>])
        : (tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32>) -> tensor<?x12x64xbf16>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$callee, Variadic<AnyRankedTensor>:$inputs, RK_ExtentAttr:$grid_x,
      RK_ExtentAttr:$grid_y, TypedArrayAttrBase<RK_ExtentAttr, "extents of results">:$extents,
      DefaultValuedAttr<TypedArrayAttrBase<RK_ExtentAttr, "numbers">, "{}">:$scalars,
      DefaultValuedAttr<I64Attr, "0">:$resident, DefaultValuedAttr<DenseI64ArrayAttr, "{}">:$tensor_maps);
  let results = (outs Variadic<AnyRankedTensor>:$outputs);
  let assemblyFormat = [{
    $callee `(` $inputs `)` `grid` `(` $grid_x `,` $grid_y `)` (`resident` `(` $resident^ `)`)?
    `extents` `(` $extents `)` (`scalars` `(` $scalars^ `)`)? (`tensor_maps` $tensor_maps^)? attr-dict
    `:` functional-type($inputs, $outputs)
  }];
}

//===----------------------------------------------------------------------===//
// Which work: block, warp, sequence
//===----------------------------------------------------------------------===//

def RK_BlockIdOp : RK_NamedOp<"block_id", ["block"], [Pure]> {
  let summary = "number of this block in the grid";
  let description = [{
    `blockIdx.x` or `blockIdx.y`.
    ```mlir
    %block = ragged_kernel.block_id x
    ```
  }];
  let arguments = (ins RK_GridAxisAttr:$axis);
  let results = (outs Index:$result);
  let assemblyFormat = "$axis attr-dict";
}

def RK_GridSizeOp : RK_NamedOp<"grid_size", ["blocks"], [Pure]> {
  let summary = "number of blocks along an axis of the grid";
  let description = [{
    `gridDim.x` or `gridDim.y`.
    ```mlir
    %blocks = ragged_kernel.grid_size x
    ```
  }];
  let arguments = (ins RK_GridAxisAttr:$axis);
  let results = (outs Index:$result);
  let assemblyFormat = "$axis attr-dict";
}

def RK_WarpIdOp : RK_NamedOp<"warp_id", ["warp"], [Pure]> {
  let summary = "number of this warp in its block";
  let description = [{
    `threadIdx.x / 32`, the same in all lanes of a warp.
    ```mlir
    %warp = ragged_kernel.warp_id
    ```
  }];
  let results = (outs Index:$result);
  let assemblyFormat = "attr-dict";
}

def RK_ThreadIdOp : RK_NamedOp<"thread_id", ["thread"], [Pure]> {
  let summary = "number of this thread in its block";
  let description = [{
    `threadIdx.x`.
    ```mlir
    %thread = ragged_kernel.thread_id
    ```
  }];
  let results = (outs Index:$result);
  let assemblyFormat = "attr-dict";
}

def RK_SequenceOp : RK_NamedOp<"sequence", ["begin", "length"], []> {
  let summary = "first row and length of a sequence, clamped to the capacity";
  let description = [{
    `begin = offsets[i]`, `length = clamp(offsets[i + 1] - offsets[i], 0, capacity)`.

    Edge cases: a sequence longer than the capacity is clamped and sets bit 0 of the module's sticky status word;
    decreasing offsets count as length 0 and set bit 1.

    Constraints: (sequence_c1) offsets are i32; (sequence_c2) the capacity is at least 1.

    ```mlir
    %begin, %length = ragged_kernel.sequence %offsets[%seq] capacity(197) : !ragged_kernel.ptr<i32>
    ```
  }];
  let arguments = (ins RK_PtrType:$offsets, Index:$index, I64Attr:$capacity);
  let results = (outs Index:$begin, Index:$length);
  let assemblyFormat = "$offsets `[` $index `]` `capacity` `(` $capacity `)` attr-dict `:` qualified(type($offsets))";
  let hasVerifier = 1;
}

def RK_ExitIfOp : RK_Op<"exit_if"> {
  let summary = "leave the kernel when the condition holds";
  let description = [{
    `if (condition) return;`. Before a block barrier the condition must be the same in all threads of the block.
    ```mlir
    ragged_kernel.exit_if %is_empty
    ```
  }];
  let arguments = (ins I1:$condition);
  let assemblyFormat = "$condition attr-dict";
}

//===----------------------------------------------------------------------===//
// Views of global and shared memory
//===----------------------------------------------------------------------===//

def RK_GlobalRowsOp : RK_NamedOp<"global_rows", ["rows"], [Pure]> {
  let summary = "rows of one head from a given row on";
  let description = [{
    Row r of the result starts at `ptr[(first_row + r) * stride + head * head_stride + offset]` (64-bit arithmetic).

    Constraints: (global_rows_c1) pointer and rows have the same element type.

    ```mlir
    %q_rows = ragged_kernel.global_rows %q[%begin, %head] head_stride(64) offset(0)
        : !ragged_kernel.ptr<bf16> -> !ragged_kernel.rows<bf16, stride = 768>
    ```
  }];
  let arguments = (ins RK_PtrType:$ptr, Index:$first_row, Index:$head, I64Attr:$head_stride, I64Attr:$offset);
  let results = (outs RK_RowsType:$result);
  let assemblyFormat = [{
    $ptr `[` $first_row `,` $head `]` `head_stride` `(` $head_stride `)` `offset` `(` $offset `)` attr-dict
    `:` qualified(type($ptr)) `->` qualified(type($result))
  }];
  let hasVerifier = 1;
}

def RK_RowsFromOp : RK_NamedOp<"rows_from", ["rows"], [Pure, AllTypesMatch<["rows", "result"]>]> {
  let summary = "the same rows from a later one on";
  let description = [{
    Row r of the result is row `first + r` of the operand.
    ```mlir
    %tile_rows = ragged_kernel.rows_from %q_rows[%row] : !ragged_kernel.rows<bf16, stride = 768>
    ```
  }];
  let arguments = (ins RK_RowsType:$rows, Index:$first);
  let results = (outs RK_RowsType:$result);
  let assemblyFormat = "$rows `[` $first `]` attr-dict `:` qualified(type($rows))";
}

def RK_AllocSharedOp : RK_NamedOp<"alloc_shared", ["tile"], [Pure]> {
  let summary = "a tile at a byte offset of the block's shared memory";
  let description = [{
    The lowering assigns the offsets, so that the layout of shared memory can be read off the IR. Two tiles may share
    bytes when the schedule makes their lifetimes disjoint.

    Constraints: (alloc_shared_c1) the offset is a non-negative multiple of 128.

    ```mlir
    %k_tile = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<208x64xbf16, <xor, 128>>
    ```
  }];
  let arguments = (ins I64Attr:$offset);
  let results = (outs RK_SharedType:$result);
  let assemblyFormat = "`offset` `(` $offset `)` attr-dict `:` qualified(type($result))";
  let hasVerifier = 1;
}

def RK_SlotOp : RK_NamedOp<"slot", ["slot"], [Pure]> {
  let summary = "one slot of a shared tile with slots";
  let description = [{
    Constraints: (slot_c1) the operand has slots and the result is the type of one of them.
    ```mlir
    %q_slot = ragged_kernel.slot %q_slots[%warp]
        : !ragged_kernel.shared<4x16x64xbf16, <xor, 128>> -> !ragged_kernel.shared<16x64xbf16, <xor, 128>>
    ```
  }];
  let arguments = (ins RK_SharedType:$tile, Index:$index);
  let results = (outs RK_SharedType:$result);
  let assemblyFormat = "$tile `[` $index `]` attr-dict `:` qualified(type($tile)) `->` qualified(type($result))";
  let hasVerifier = 1;
}

def RK_SharedRowsOp : RK_NamedOp<"shared_rows", ["tile_rows"], [Pure]> {
  let summary = "some rows of a shared tile";
  let description = [{
    `first` is a multiple of 8, so that the swizzle of the rows stays what it was.

    Constraints: (shared_rows_c1) the result differs from the operand in its number of rows alone and has no more.
    ```mlir
    %k_block = ragged_kernel.shared_rows %k_tile[%key]
        : !ragged_kernel.shared<208x64xbf16, <xor, 128>> -> !ragged_kernel.shared<64x64xbf16, <xor, 128>>
    ```
  }];
  let arguments = (ins RK_SharedType:$tile, Index:$first);
  let results = (outs RK_SharedType:$result);
  let assemblyFormat = "$tile `[` $first `]` attr-dict `:` qualified(type($tile)) `->` qualified(type($result))";
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Programmatic dependent launch: kernels in a row that overlap
//===----------------------------------------------------------------------===//

def RK_GridDependencyWaitOp : RK_Op<"grid_dependency_wait"> {
  let summary = "wait for the kernel in front of this one in the stream, and for what it wrote";
  let description = [{
    `griddepcontrol.wait` (sm_90 on). A kernel with this operation may be launched with programmatic stream
    serialization: its blocks then begin while the kernel in front still runs, do what needs no global memory, and
    wait here until that kernel has ended. Without that attribute the operation does nothing.

    Every thread waits before it leaves: were all blocks to leave before, this kernel could end before the one in front,
    and a third one would begin to read what the first still writes.

    Constraints: (grid_dependency_wait_c1) in the kernel's own block, where all threads come by; (grid_dependency_wait_c2)
    nothing in front of it may touch global memory or leave the kernel.

    ```mlir
    ragged_kernel.grid_dependency_wait
    ```
  }];
  let assemblyFormat = "attr-dict";
  let hasVerifier = 1;
}

def RK_LaunchDependentsOp : RK_Op<"launch_dependents"> {
  let summary = "let the kernel behind this one begin once every block has come here or ended";
  let description = [{
    `griddepcontrol.launch_dependents` (sm_90 on). Blocks of the next kernel take what this one's leave free, and wait
    at their `grid_dependency_wait`. It is a hint: nothing this kernel writes is promised to anyone before it has ended.
    The first time a block comes by counts, so it may stand in a loop, but not where a block may never come by: one
    warpgroup of a block is enough.

    Constraints: (launch_dependents_c1) not in a conditional, unless that divides a block by `warpgroup_id`.

    ```mlir
    ragged_kernel.launch_dependents
    ```
  }];
  let assemblyFormat = "attr-dict";
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Asynchronous copies and synchronisation
//===----------------------------------------------------------------------===//

def RK_CopyAsyncOp : RK_NamedOp<"copy_async", ["copy"], []> {
  let summary = "start copying rows from global to shared memory";
  let description = [{
    Row r of `tile` becomes row r of `rows` for r < `valid`, zero for `valid` <= r < `limit`, and is left alone from
    `limit` on (a short sequence does not clear the whole capacity). Zero rows matter for V: 0 * NaN is NaN. Nothing is
    read beyond `valid`. The bytes are there after the group is awaited and the scope's barrier passed.

    Of scope `group` are `warps` neighbouring warps, which copy a tile of their own. Of scope `warpgroup` are four, of
    which the block has one or more that copy.

    Edge cases: `valid` <= 0 reads nothing; without `limit` all rows of the tile are written.

    Constraints: (copy_async_c1) tile and rows have the same element type; (copy_async_c2) the tile has no slots;
    (copy_async_c3) `warps` is 1 for other scopes than `group`, and divides the warps of the kernel; (copy_async_c4) a
    group copies whole tiles, without `limit`.

    ```mlir
    %copy = ragged_kernel.copy_async block %k_rows to %k_tile valid(%length) limit(%limit)
        : !ragged_kernel.rows<bf16, stride = 768>, !ragged_kernel.shared<208x64xbf16, <xor, 128>>
    ```
  }];
  let arguments = (ins RK_ScopeAttr:$scope, RK_RowsType:$rows, RK_SharedType:$tile, Index:$valid,
      Optional<Index>:$limit, DefaultValuedAttr<I64Attr, "1">:$warps);
  let results = (outs RK_TokenType:$token);
  let assemblyFormat = [{
    $scope (`warps` `(` $warps^ `)`)? $rows `to` $tile `valid` `(` $valid `)` (`limit` `(` $limit^ `)`)? attr-dict
    `:` qualified(type($rows)) `,` qualified(type($tile))
  }];
  let hasVerifier = 1;
}

def RK_CommitGroupOp : RK_NamedOp<"commit_group", ["group"], []> {
  let summary = "make one group of the copies started since the last commit";
  let description = [{
    The operands name the copies of the group, for the reader and for passes; the hardware takes all since the last.
    ```mlir
    %group = ragged_kernel.commit_group(%copy)
    ```
  }];
  let arguments = (ins Variadic<RK_TokenType>:$copies);
  let results = (outs RK_TokenType:$group);
  let assemblyFormat = "`(` $copies `)` attr-dict";
}

def RK_WaitGroupOp : RK_Op<"wait_group"> {
  let summary = "wait until at most `pending` groups of this thread are in flight";
  let description = [{
    `groups` names what is awaited, where it is known. Other threads' copies need a barrier after the wait.

    Constraints: (wait_group_c1) `pending` is from 0 to 7.
    ```mlir
    ragged_kernel.wait_group %group pending(0)
    ```
  }];
  let arguments = (ins Variadic<RK_TokenType>:$groups, I64Attr:$pending);
  let assemblyFormat = "($groups^)? `pending` `(` $pending `)` attr-dict";
  let hasVerifier = 1;
}

def RK_BarrierOp : RK_Op<"barrier"> {
  let summary = "barrier of a warp, of a group of warps or of the block";
  let description = [{
    Orders shared-memory accesses among the threads of the scope; of scope `group` are `warps` neighbouring warps. With `async`, products of warpgroups that are issued
    behind the barrier see what was copied before it (they read through another proxy than the threads write).

    Constraints: (barrier_c1) `async` is not for a warp, and warpgroups have no barrier; (barrier_c2) `warps` is 1 for other scopes than `group`, and
    divides the warps of the kernel into at most 15 groups.
    ```mlir
    ragged_kernel.barrier block
    ragged_kernel.barrier block async
    ragged_kernel.barrier group warps(2)
    ragged_kernel.barrier group warps(4) async
    ```
  }];
  let arguments = (ins RK_ScopeAttr:$scope, UnitAttr:$async, DefaultValuedAttr<I64Attr, "1">:$warps);
  let assemblyFormat = "$scope (`warps` `(` $warps^ `)`)? (`async` $async^)? attr-dict";
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Matrix products
//===----------------------------------------------------------------------===//

def RK_LoadOperandOp : RK_NamedOp<"load_operand", ["operand"], [MemoryEffects<[MemRead]>]> {
  let summary = "a shared tile as left operand in registers";
  let description = [{
    Constraints: (load_operand_c1) 16 rows, and the operand has the tile's sizes and element type.
    ```mlir
    %q = ragged_kernel.load_operand %q_slot
        : !ragged_kernel.shared<16x64xbf16, <xor, 128>> -> !ragged_kernel.operand<16x64xbf16>
    ```
  }];
  let arguments = (ins RK_SharedType:$tile);
  let results = (outs RK_OperandType:$result);
  let assemblyFormat = "$tile attr-dict `:` qualified(type($tile)) `->` qualified(type($result))";
  let hasVerifier = 1;
}

def RK_MmaIssueOp : RK_InPlaceOp<"mma_issue", "pending", "Acc", [MemoryEffects<[MemRead]>]> {
  let summary = "start acc + a * b";
  let description = [{
    `nt`: acc += a * transpose(b), b is keys x head_dim (scores). `nn`: acc += a * b, b is keys x head_dim_v (output).
    `tn`: acc += transpose(a) * b, a is keys x 64, b is keys x 8: output of few rows, transposed.
    `a` comes from registers, or from a shared tile of 16 rows (64 for a warpgroup) when registers are short.

    The product is not there before `mma_wait`. A warp's product (mma.sync) has finished at issue, so its wait prints
    nothing. With `warpgroup` (wgmma) four warps issue together, each with its own 16 rows of `a` and the accumulator,
    and other work fits in before the wait; what is read from shared memory was copied in front of an `async` barrier.
    With `fresh` the old values of the accumulator do not count. A warpgroup may add to a product that is under way, by
    one of the same form and sizes: they are in order.

    The tiles of a warpgroup begin at multiples of 1024 bytes, or eight rows further on.

    Constraints: (mma_issue_c1) sizes agree; (mma_issue_c2) element types of a and b agree, the accumulator is f32;
    (mma_issue_c3) for a warpgroup `a` is in registers or, in form `nt`, a tile of 64 rows, in `tn` of 64 columns; elements have 16 bits, the
    rows in shared memory fill an XOR layout of 32, 64 or 128 bytes or lie in panels, an even number of 16 bytes in form `nt`,
    and `b` has 16 to 256 keys, in sixteens, or 8 rows in form `nt` where `a` is a tile; in form `tn`, and in `nn` with 8
    columns of b, b has padded rows of 16 bytes and any number of keys in sixteens;
    (mma_issue_c4) `fresh` is for a warpgroup; (mma_issue_c5) so is `tn`, and its `a` is a tile; (mma_issue_c6) so is a
    product under way as accumulator, and it counts.
    ```mlir
    %pending = ragged_kernel.mma_issue nt %q, %k_block, %zero : !ragged_kernel.operand<16x64xbf16>,
        !ragged_kernel.shared<64x64xbf16, <xor, 128>>, !ragged_kernel.acc<16x64xf32> -> !ragged_kernel.pending<16x64xf32>
    ```
  }];
  let arguments = (ins RK_MmaFormAttr:$form, AnyTypeOf<[RK_OperandType, RK_SharedType]>:$a, RK_SharedType:$b,
      AnyTypeOf<[RK_AccType, RK_PendingType]>:$acc, UnitAttr:$warpgroup, UnitAttr:$fresh);
  let results = (outs RK_PendingType:$result);
  let assemblyFormat = [{
    (`warpgroup` $warpgroup^)? $form (`fresh` $fresh^)? $a `,` $b `,` $acc attr-dict `:` qualified(type($a)) `,`
    qualified(type($b)) `,` qualified(type($acc)) `->` qualified(type($result))
  }];
  let hasVerifier = 1;
}

def RK_MmaWaitOp : RK_InPlaceOp<"mma_wait", "acc", "Pending", [Pure]> {
  let summary = "wait for a matrix product and take its accumulator";
  let description = [{
    With `warpgroup` all products of the warpgroup are awaited but those that were issued after this one: so many as
    `newer` says may still be under way.

    Constraints: (mma_wait_c1) the accumulator has the sizes of the pending product; (mma_wait_c2) the wait is of the unit
    that issued; (mma_wait_c3) `newer` is from 0 to 7, and for a warpgroup; (mma_wait_c4) no more products were issued
    between the two, where both are in one block.
    ```mlir
    %scores = ragged_kernel.mma_wait warpgroup %pending newer(1)
        : !ragged_kernel.pending<16x96xf32> -> !ragged_kernel.acc<16x96xf32>
    %scores = ragged_kernel.mma_wait %pending : !ragged_kernel.pending<16x64xf32> -> !ragged_kernel.acc<16x64xf32>
    ```
  }];
  let arguments = (ins RK_PendingType:$pending, UnitAttr:$warpgroup, DefaultValuedAttr<I64Attr, "0">:$newer);
  let results = (outs RK_AccType:$result);
  let assemblyFormat = [{
    (`warpgroup` $warpgroup^)? $pending (`newer` `(` $newer^ `)`)? attr-dict `:` qualified(type($pending)) `->` qualified(type($result))
  }];
  let hasVerifier = 1;
}

def RK_ToOperandOp : RK_NamedOp<"to_operand", ["p"], [Pure]> {
  let summary = "an accumulator as left operand of the next product";
  let description = [{
    Rounds to the operand's element type; no data moves between threads.

    Constraints: (to_operand_c1) same sizes.
    ```mlir
    %p = ragged_kernel.to_operand %weights : !ragged_kernel.acc<16x64xf32> -> !ragged_kernel.operand<16x64xbf16>
    ```
  }];
  let arguments = (ins RK_AccType:$acc);
  let results = (outs RK_OperandType:$result);
  let assemblyFormat = "$acc attr-dict `:` qualified(type($acc)) `->` qualified(type($result))";
  let hasVerifier = 1;
}

def RK_WidenOp : RK_NamedOp<"widen", ["p"], [Pure]> {
  let summary = "a left operand with more columns, which are zero";
  let description = [{
    `result[i][j] = operand[i][j]` where the operand has a column j, else 0. No data moves between threads. Rows of the
    right operand that meet the zeros must be finite.

    Constraints: (widen_c1) same rows and element type, and no fewer columns.
    ```mlir
    %p = ragged_kernel.widen %tail : !ragged_kernel.operand<16x48xbf16> -> !ragged_kernel.operand<16x96xbf16>
    ```
  }];
  let arguments = (ins RK_OperandType:$operand);
  let results = (outs RK_OperandType:$result);
  let assemblyFormat = "$operand attr-dict `:` qualified(type($operand)) `->` qualified(type($result))";
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Register tiles: fill, scale, mask
//===----------------------------------------------------------------------===//

def RK_FillOp : RK_NamedOp<"fill", ["acc"], [Pure]> {
  let summary = "a register tile, an operand or a row vector with one value everywhere";
  let description = [{
    ```mlir
    %zero = ragged_kernel.fill 0.000000e+00 : !ragged_kernel.acc<16x64xf32>
    ```
  }];
  let arguments = (ins F32Attr:$value);
  let results = (outs AnyTypeOf<[RK_AccType, RK_OperandType, RK_RowVectorType]>:$result);
  let assemblyFormat = "$value attr-dict `:` qualified(type($result))";
}

def RK_ScaleOp : RK_InPlaceOp<"scale", "scores", "Acc", [Pure, SameOperandsAndResultType]> {
  let summary = "acc * factor";
  let description = [{
    Every element times a constant. `ragged-kernel-fold-scale` folds it into the exponentials.
    ```mlir
    %scaled = ragged_kernel.scale %scores by 1.250000e-01 : !ragged_kernel.acc<16x64xf32>
    ```
  }];
  let arguments = (ins RK_AccType:$acc, F32Attr:$factor);
  let results = (outs RK_AccType:$result);
  let assemblyFormat = "$acc `by` $factor attr-dict `:` qualified(type($acc))";
}

def RK_ApplyMaskOp : RK_InPlaceOp<"apply_mask", "scores", "Acc", [Pure, AllTypesMatch<["acc", "result"]>]> {
  let summary = "all masks of the attention on one tile of scores";
  let description = [{
    Element (r, c) is row `first_row + r`, key `first_key + c`. It becomes -inf where key >= `length`, and with `causal`
    where key > row. Always evaluated; `ragged-kernel-split-mask-ranges` keeps masks for the tiles that need them.
    ```mlir
    %masked = ragged_kernel.apply_mask %scores row(%row) key(%key) length(%length) {causal}
        : !ragged_kernel.acc<16x64xf32>
    ```
  }];
  let arguments = (ins RK_AccType:$acc, Index:$first_row, Index:$first_key, Index:$length, UnitAttr:$causal);
  let results = (outs RK_AccType:$result);
  let assemblyFormat = [{
    $acc `row` `(` $first_row `)` `key` `(` $first_key `)` `length` `(` $length `)` attr-dict
    `:` qualified(type($acc))
  }];
}

def RK_MaskKeysOp : RK_InPlaceOp<"mask_keys", "scores", "Acc", [Pure, AllTypesMatch<["acc", "result"]>]> {
  let summary = "-inf for keys at or beyond the length";
  let description = [{
    A select, not an addition: whatever the element was, NaN too, it becomes -inf.
    ```mlir
    %masked = ragged_kernel.mask_keys %scores key(%key) length(%length) : !ragged_kernel.acc<16x64xf32>
    ```
  }];
  let arguments = (ins RK_AccType:$acc, Index:$first_key, Index:$length);
  let results = (outs RK_AccType:$result);
  let assemblyFormat = [{
    $acc `key` `(` $first_key `)` `length` `(` $length `)` attr-dict `:` qualified(type($acc))
  }];
}

def RK_MaskCausalOp : RK_InPlaceOp<"mask_causal", "scores", "Acc", [Pure, AllTypesMatch<["acc", "result"]>]> {
  let summary = "-inf for keys after the row";
  let description = [{
    Element (r, c) becomes -inf where `first_key + c > first_row + r`.
    ```mlir
    %masked = ragged_kernel.mask_causal %scores row(%row) key(%key) : !ragged_kernel.acc<16x64xf32>
    ```
  }];
  let arguments = (ins RK_AccType:$acc, Index:$first_row, Index:$first_key);
  let results = (outs RK_AccType:$result);
  let assemblyFormat = [{
    $acc `row` `(` $first_row `)` `key` `(` $first_key `)` attr-dict `:` qualified(type($acc))
  }];
}

//===----------------------------------------------------------------------===//
// Softmax
//===----------------------------------------------------------------------===//

def RK_SoftmaxStepOp : RK_Op<"softmax_step", [DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>,
                                              MemoryEffects<[MemRead]>]> {
  let summary = "add a block of keys to softmax(scores) * v";
  let description = [{
    With `max` and `sum` the maximum and the sum of e^(s - max) over the keys so far, and `acc` the sum of
    e^(s - max) v: the same three over the keys so far and the block's. How is the business of
    `ragged-kernel-lower-softmax`; the code generator does not print this operation.

    With `warpgroup` the product with `values` is one of a warpgroup.

    Edge cases: before the first block `acc` and `sum` are 0 and `max` is -inf.
    ```mlir
    %acc1, %max1, %sum1 = ragged_kernel.softmax_step %scores, %v_block, %acc0, %max0, %sum0
        : !ragged_kernel.acc<16x64xf32>, !ragged_kernel.shared<64x64xbf16, <xor, 128>>, !ragged_kernel.acc<16x64xf32>
    ```
  }];
  let arguments = (ins RK_AccType:$scores, RK_SharedType:$values, RK_AccType:$acc, RK_RowVectorType:$max,
      RK_RowVectorType:$sum, UnitAttr:$warpgroup);
  let results = (outs RK_AccType:$acc_out, RK_RowVectorType:$max_out, RK_RowVectorType:$sum_out);
  let hasCustomAssemblyFormat = 1;
  let extraClassDefinition = [{
    void $cppClass::getAsmResultNames(::mlir::OpAsmSetValueNameFn setName) {
      setName(getAccOut(), "acc");
      setName(getMaxOut(), "max");
      setName(getSumOut(), "sum");
    }
  }];
}

def RK_RowMaxOp : RK_InPlaceOp<"row_max", "max", "Init", [Pure, AllTypesMatch<["init", "result"]>]> {
  let summary = "maximum of each row and `init`, over this thread's elements";
  let description = [{
    The four threads of a row hold different maxima until `reduce_max`.
    ```mlir
    %max1 = ragged_kernel.row_max %scores, %max0 : !ragged_kernel.acc<16x64xf32>, !ragged_kernel.row_vector<16>
    ```
  }];
  let arguments = (ins RK_AccType:$acc, RK_RowVectorType:$init);
  let results = (outs RK_RowVectorType:$result);
  let assemblyFormat = "$acc `,` $init attr-dict `:` qualified(type($acc)) `,` qualified(type($init))";
}

def RK_ReduceMaxOp : RK_InPlaceOp<"reduce_max", "max", "Rows", [Pure, SameOperandsAndResultType]> {
  let summary = "maximum over the four threads that share a row";
  let description = [{
    Two shuffles per row.
    ```mlir
    %row_max = ragged_kernel.reduce_max %max : !ragged_kernel.row_vector<16>
    ```
  }];
  let arguments = (ins RK_RowVectorType:$rows);
  let results = (outs RK_RowVectorType:$result);
  let assemblyFormat = "$rows attr-dict `:` qualified(type($rows))";
}

def RK_RowSumOp : RK_InPlaceOp<"row_sum", "sum", "Init", [Pure, AllTypesMatch<["init", "result"]>]> {
  let summary = "sum of each row and `init`, over this thread's elements";
  let description = [{
    The four threads of a row hold partial sums until `reduce_sum`; once, after the last block, is enough.
    ```mlir
    %sum1 = ragged_kernel.row_sum %weights, %sum0 : !ragged_kernel.acc<16x64xf32>, !ragged_kernel.row_vector<16>
    ```
  }];
  let arguments = (ins RK_AccType:$acc, RK_RowVectorType:$init);
  let results = (outs RK_RowVectorType:$result);
  let assemblyFormat = "$acc `,` $init attr-dict `:` qualified(type($acc)) `,` qualified(type($init))";
}

def RK_ReduceSumOp : RK_InPlaceOp<"reduce_sum", "sum", "Rows", [Pure, SameOperandsAndResultType]> {
  let summary = "sum over the four threads that share a row";
  let description = [{
    Two shuffles per row.
    ```mlir
    %row_sum = ragged_kernel.reduce_sum %sum : !ragged_kernel.row_vector<16>
    ```
  }];
  let arguments = (ins RK_RowVectorType:$rows);
  let results = (outs RK_RowVectorType:$result);
  let assemblyFormat = "$rows attr-dict `:` qualified(type($rows))";
}

def RK_ExpDiffOp : RK_InPlaceOp<"exp_diff", "weights", "Acc", [Pure, AllTypesMatch<["acc", "result"]>]> {
  let summary = "base ^ (scale * (acc - max))";
  let description = [{
    One fused multiply-add and, with base two, one ex2 an element.

    Edge cases: a maximum of -inf (no live key) gives 0, never NaN.
    ```mlir
    %weights = ragged_kernel.exp_diff two %scores, %max scale(0.180336878)
        : !ragged_kernel.acc<16x64xf32>, !ragged_kernel.row_vector<16>
    ```
  }];
  let arguments = (ins RK_ExpBaseAttr:$base, RK_AccType:$acc, RK_RowVectorType:$max, F32Attr:$scale);
  let results = (outs RK_AccType:$result);
  let assemblyFormat = [{
    $base $acc `,` $max `scale` `(` $scale `)` attr-dict `:` qualified(type($acc)) `,` qualified(type($max))
  }];
}

def RK_CorrectionOp : RK_NamedOp<"correction", ["correction"], [Pure, AllTypesMatch<["old_max", "new_max", "result"]>]> {
  let summary = "base ^ (scale * (old_max - new_max))";
  let description = [{
    What sums made with the old maximum are worth under the new one.

    Edge cases: 0 where the old maximum is -inf.
    ```mlir
    %factor = ragged_kernel.correction two %old, %new scale(0.180336878) : !ragged_kernel.row_vector<16>
    ```
  }];
  let arguments = (ins RK_ExpBaseAttr:$base, RK_RowVectorType:$old_max, RK_RowVectorType:$new_max, F32Attr:$scale);
  let results = (outs RK_RowVectorType:$result);
  let assemblyFormat = "$base $old_max `,` $new_max `scale` `(` $scale `)` attr-dict `:` qualified(type($old_max))";
}

def RK_RescaleOp : RK_InPlaceOp<"rescale", "acc", "Acc", [Pure, AllTypesMatch<["acc", "result"]>]> {
  let summary = "each row times its factor";
  let description = [{
    ```mlir
    %acc1 = ragged_kernel.rescale %acc, %factor : !ragged_kernel.acc<16x64xf32>, !ragged_kernel.row_vector<16>
    ```
  }];
  let arguments = (ins RK_AccType:$acc, RK_RowVectorType:$factor);
  let results = (outs RK_AccType:$result);
  let assemblyFormat = "$acc `,` $factor attr-dict `:` qualified(type($acc)) `,` qualified(type($factor))";
}

def RK_MulRowsOp : RK_InPlaceOp<"mul_rows", "sum", "Lhs", [Pure, SameOperandsAndResultType]> {
  let summary = "product of two row vectors";
  let description = [{
    ```mlir
    %sum1 = ragged_kernel.mul_rows %sum, %factor : !ragged_kernel.row_vector<16>
    ```
  }];
  let arguments = (ins RK_RowVectorType:$lhs, RK_RowVectorType:$rhs);
  let results = (outs RK_RowVectorType:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` qualified(type($lhs))";
}

def RK_AddRowsOp : RK_InPlaceOp<"add_rows", "sum", "Lhs", [Pure, SameOperandsAndResultType]> {
  let summary = "sum of two row vectors";
  let description = [{
    ```mlir
    %sum1 = ragged_kernel.add_rows %sum, %sum_of_block : !ragged_kernel.row_vector<16>
    ```
  }];
  let arguments = (ins RK_RowVectorType:$lhs, RK_RowVectorType:$rhs);
  let results = (outs RK_RowVectorType:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` qualified(type($lhs))";
}

def RK_NormalizeOp : RK_InPlaceOp<"normalize", "acc", "Acc", [Pure, AllTypesMatch<["acc", "result"]>]> {
  let summary = "each row divided by its sum";
  let description = [{
    Edge cases: a sum of 0 (no live key) gives a row of zeros.
    ```mlir
    %out_tile = ragged_kernel.normalize %acc, %row_sum : !ragged_kernel.acc<16x64xf32>, !ragged_kernel.row_vector<16>
    ```
  }];
  let arguments = (ins RK_AccType:$acc, RK_RowVectorType:$sum);
  let results = (outs RK_AccType:$result);
  let assemblyFormat = "$acc `,` $sum attr-dict `:` qualified(type($acc)) `,` qualified(type($sum))";
}

def RK_StoreRowsOp : RK_Op<"store_rows"> {
  let summary = "round an accumulator and write its rows";
  let description = [{
    Rows `valid` and up are not written: they belong to the next sequence. The tile goes through the warp's own
    `staging` rows in shared memory so that global stores are 16 bytes wide; nobody else may use them meanwhile, and they
    are free again afterwards.

    Constraints: (store_rows_c1) staging has the accumulator's sizes; (store_rows_c2) staging and rows have the same
    element type.
    ```mlir
    ragged_kernel.store_rows %out_tile to %out_rows valid(%left) staging(%staging) : !ragged_kernel.acc<16x64xf32>,
        !ragged_kernel.rows<bf16, stride = 768>, !ragged_kernel.shared<16x64xbf16, <xor, 128>>
    ```
  }];
  let arguments = (ins RK_AccType:$acc, RK_RowsType:$rows, Index:$valid, RK_SharedType:$staging);
  let assemblyFormat = [{
    $acc `to` $rows `valid` `(` $valid `)` `staging` `(` $staging `)` attr-dict
    `:` qualified(type($acc)) `,` qualified(type($rows)) `,` qualified(type($staging))
  }];
  let hasVerifier = 1;
}

include "dialect/ragged_kernel/RaggedKernelJoinOps.td"
include "dialect/ragged_kernel/RaggedKernelRingOps.td"
include "dialect/ragged_kernel/RaggedKernelShortOps.td"
include "dialect/ragged_kernel/RaggedKernelTensorOps.td"

//===----------------------------------------------------------------------===//
// Pack and unpack
//===----------------------------------------------------------------------===//

def RK_CountKeptOp : RK_NamedOp<"count_kept", ["kept"], []> {
  let summary = "number of set bytes in a range of a keep mask";
  let description = [{
    All threads of the block take part and get the count; `scratch` holds one i32 per warp.

    Constraints: (count_kept_c1) `keep` is a mask (i1), `scratch` an array.
    ```mlir
    %before = ragged_kernel.count_kept %keep[%first, %count] scratch(%scratch)
        : !ragged_kernel.ptr<i1>, !ragged_kernel.shared<32xi32>
    ```
  }];
  let arguments = (ins RK_PtrType:$keep, Index:$first, Index:$count, RK_SharedType:$scratch);
  let results = (outs Index:$result);
  let assemblyFormat = [{
    $keep `[` $first `,` $count `]` `scratch` `(` $scratch `)` attr-dict
    `:` qualified(type($keep)) `,` qualified(type($scratch))
  }];
  let hasVerifier = 1;
}

def RK_CompactKeptOp : RK_NamedOp<"compact_kept", ["kept"], []> {
  let summary = "write the positions of set bytes, in order, and count them";
  let description = [{
    For each i in [first, first + count) with keep[i] set, in order: writes i to `indices` from position `at` on. All
    threads of the block take part and get the count.

    Constraints: (compact_kept_c1) `keep` is a mask (i1), `scratch` an array; (compact_kept_c2) indices are i32.
    ```mlir
    %kept = ragged_kernel.compact_kept %keep[%first, %count] to %indices[%before] scratch(%scratch)
        : !ragged_kernel.ptr<i1>, !ragged_kernel.ptr<i32>, !ragged_kernel.shared<32xi32>
    ```
  }];
  let arguments = (ins RK_PtrType:$keep, Index:$first, Index:$count, RK_PtrType:$indices, Index:$at,
      RK_SharedType:$scratch);
  let results = (outs Index:$result);
  let assemblyFormat = [{
    $keep `[` $first `,` $count `]` `to` $indices `[` $at `]` `scratch` `(` $scratch `)` attr-dict
    `:` qualified(type($keep)) `,` qualified(type($indices)) `,` qualified(type($scratch))
  }];
  let hasVerifier = 1;
}

def RK_LoadOp : RK_NamedOp<"load", ["value"], [MemoryEffects<[MemRead]>]> {
  let summary = "one i32 from global or shared memory";
  let description = [{
    Constraints: (load_c1) the memory is a pointer to i32 or an array.
    ```mlir
    %row = ragged_kernel.load %indices[%i] : !ragged_kernel.ptr<i32>
    ```
  }];
  let arguments = (ins AnyTypeOf<[RK_PtrType, RK_SharedType]>:$memory, Index:$index);
  let results = (outs Index:$result);
  let assemblyFormat = "$memory `[` $index `]` attr-dict `:` qualified(type($memory))";
  let hasVerifier = 1;
}

def RK_StoreOp : RK_Op<"store"> {
  let summary = "one i32 to global or shared memory";
  let description = [{
    Constraints: (store_c1) the memory is a pointer to i32 or an array.
    ```mlir
    ragged_kernel.store %value to %offsets[%seq] : !ragged_kernel.ptr<i32>
    ```
  }];
  let arguments = (ins Index:$value, AnyTypeOf<[RK_PtrType, RK_SharedType]>:$memory, Index:$index);
  let assemblyFormat = "$value `to` $memory `[` $index `]` attr-dict `:` qualified(type($memory))";
  let hasVerifier = 1;
}

def RK_CopyRowOp : RK_Op<"copy_row"> {
  let summary = "a warp copies one row of `bytes` bytes";
  let description = [{
    Row `to_row` of `to` becomes row `from_row` of `from`; rows are `bytes` apart. 16 bytes a lane where `bytes` allows.

    Constraints: (copy_row_c1) `bytes` is a positive multiple of 2 and of the element; (copy_row_c2) both pointers have the
    same element type.
    ```mlir
    ragged_kernel.copy_row %x[%source] to %rows[%target] bytes(1536)
        : !ragged_kernel.ptr<bf16>, !ragged_kernel.ptr<bf16>
    ```
  }];
  let arguments = (ins RK_PtrType:$from, Index:$from_row, RK_PtrType:$to, Index:$to_row, I64Attr:$bytes);
  let assemblyFormat = [{
    $from `[` $from_row `]` `to` $to `[` $to_row `]` `bytes` `(` $bytes `)` attr-dict
    `:` qualified(type($from)) `,` qualified(type($to))
  }];
  let hasVerifier = 1;
}

def RK_FillRowOp : RK_Op<"fill_row"> {
  let summary = "a warp fills one row of `bytes` bytes with a value";
  let description = [{
    `pattern` is the 32-bit word to repeat (a 16-bit value twice).

    Constraints: (fill_row_c1) `bytes` is a positive multiple of 2 and of the element.
    ```mlir
    ragged_kernel.fill_row %x[%row] pattern(0) bytes(1536) : !ragged_kernel.ptr<bf16>
    ```
  }];
  let arguments = (ins RK_PtrType:$to, Index:$row, I32Attr:$pattern, I64Attr:$bytes);
  let assemblyFormat = [{
    $to `[` $row `]` `pattern` `(` $pattern `)` `bytes` `(` $bytes `)` attr-dict `:` qualified(type($to))
  }];
  let hasVerifier = 1;
}

#endif
