//===-- RaggedKernelRingOps.td - blocks that stay, producers and consumers -*- tablegen -*-===//
//
// Blocks that go from one piece of work to the next, whose warpgroups either
// copy or compute. What is copied passes through slots of shared memory; a slot
// has a barrier that says it is full and one that says it is empty.
//
//===----------------------------------------------------------------------===//
#ifndef RAGGED_KERNEL_RING_OPS_TD
#define RAGGED_KERNEL_RING_OPS_TD

def RK_BarriersType : RK_Type<"Barriers", "barriers"> {
  let summary = "barriers in shared memory that count arrivals, one a slot";
  let description = [{
    `!ragged_kernel.barriers<3>`: three mbarriers of 8 bytes. A phase of one is over when as many have arrived as its
    `init_barriers` says; then the next begins.

    Constraints: (barriers_c1) 1 to 64 of them.
  }];
  let parameters = (ins "int64_t":$count);
  let assemblyFormat = "`<` $count `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    int64_t getBytes() const { return getCount() * 8; }
  }];
}

def RK_WarpgroupIdOp : RK_NamedOp<"warpgroup_id", ["warpgroup"], [Pure]> {
  let summary = "number of this warpgroup in its block";
  let description = [{
    `threadIdx.x / 128`, and known to be the same in a whole warp: what depends on it does not part the lanes of one.
    ```mlir
    %warpgroup = ragged_kernel.warpgroup_id
    ```
  }];
  let results = (outs Index:$result);
  let assemblyFormat = "attr-dict";
}

def RK_UniformOp : RK_NamedOp<"uniform", ["value"], [Pure]> {
  let summary = "a number that is the same in a whole warp";
  let description = [{
    `value`, of which all lanes have the same, and known to be that: what depends on it does not part the lanes, and
    addresses that do are computed once for a warp. Where lanes have different ones, what comes out is none of them.
    ```mlir
    %length = ragged_kernel.uniform %loaded
    ```
  }];
  let arguments = (ins Index:$value);
  let results = (outs Index:$result);
  let assemblyFormat = "$value attr-dict";
}

def RK_FromLaneOp : RK_NamedOp<"from_lane", ["value"], [Pure]> {
  let summary = "what one lane of the warp has";
  let description = [{
    `value` of lane `lane`, in all lanes; all take part. So the lanes of a warp look at 32 things at once, and then all at
    one after the other.

    Constraints: `lane` is from 0 to 31 and the same in all lanes.
    ```mlir
    %length = ragged_kernel.from_lane %lengths[%lane]
    ```
  }];
  let arguments = (ins Index:$value, Index:$lane);
  let results = (outs Index:$result);
  let assemblyFormat = "$value `[` $lane `]` attr-dict";
}

def RK_LaneSequenceOp : RK_NamedOp<"lane_sequence", ["begins", "lengths"], []> {
  let summary = "first row and length of a sequence, another one for each lane";
  let description = [{
    `sequence` where the lanes of a warp may ask for different ones.

    Constraints: (lane_sequence_c1) offsets are i32; (lane_sequence_c2) the capacity is at least 1.
    ```mlir
    %begins, %lengths = ragged_kernel.lane_sequence %offsets[%seq] capacity(577) : !ragged_kernel.ptr<i32>
    ```
  }];
  let arguments = (ins RK_PtrType:$offsets, Index:$index, I64Attr:$capacity);
  let results = (outs Index:$begin, Index:$length);
  let assemblyFormat = "$offsets `[` $index `]` `capacity` `(` $capacity `)` attr-dict `:` qualified(type($offsets))";
  let hasVerifier = 1;
}

def RK_SetRegistersOp : RK_Op<"set_registers"> {
  let summary = "give back registers, or take what others have given back";
  let description = [{
    `setmaxnreg`, by all warps of a warpgroup: its threads have `registers` from here on. A kernel starts with equally many
    for all; with `increase` a warpgroup waits until the others have given back as many as it takes. All together they have no
    more than 65536.

    Constraints: (set_registers_c1) 24 to 256 in eights.
    ```mlir
    ragged_kernel.set_registers increase to(160)
    ragged_kernel.set_registers to(32)
    ```
  }];
  let arguments = (ins UnitAttr:$increase, I64Attr:$registers);
  let assemblyFormat = "(`increase` $increase^)? `to` `(` $registers `)` attr-dict";
  let hasVerifier = 1;
}

def RK_AllocBarriersOp : RK_NamedOp<"alloc_barriers", ["barriers"], [Pure]> {
  let summary = "barriers at a byte offset of the block's shared memory";
  let description = [{
    Like `alloc_shared`.

    Constraints: (alloc_barriers_c1) the offset is a non-negative multiple of 8.
    ```mlir
    %full = ragged_kernel.alloc_barriers offset(196608) : !ragged_kernel.barriers<3>
    ```
  }];
  let arguments = (ins I64Attr:$offset);
  let results = (outs RK_BarriersType:$result);
  let assemblyFormat = "`offset` `(` $offset `)` attr-dict `:` qualified(type($result))";
  let hasVerifier = 1;
}

def RK_InitBarriersOp : RK_Op<"init_barriers"> {
  let summary = "let each phase of these barriers take so many arrivals";
  let description = [{
    Once, by one thread of the block; all others come to know of it at the next `barrier block`.

    Constraints: (init_barriers_c1) 1 to 1024 arrivals.
    ```mlir
    ragged_kernel.init_barriers %full arrivals(129) : !ragged_kernel.barriers<3>
    ```
  }];
  let arguments = (ins RK_BarriersType:$barriers, I64Attr:$arrivals);
  let assemblyFormat = "$barriers `arrivals` `(` $arrivals `)` attr-dict `:` qualified(type($barriers))";
  let hasVerifier = 1;
}

def RK_ArriveOp : RK_Op<"arrive"> {
  let summary = "arrive at a barrier without waiting";
  let description = [{
    Each thread that comes by counts as one arrival; of scope `warp`, the warp as a whole does, when all its lanes are here.
    What was done before the arrival is seen by whoever waits for the phase.
    ```mlir
    ragged_kernel.arrive %full[%slot] : !ragged_kernel.barriers<3>
    ragged_kernel.arrive warp %empty[%slot] : !ragged_kernel.barriers<3>
    ```
  }];
  let arguments = (ins UnitAttr:$warp, RK_BarriersType:$barriers, Index:$index);
  let assemblyFormat = "(`warp` $warp^)? $barriers `[` $index `]` attr-dict `:` qualified(type($barriers))";
}

def RK_ArriveCopiesOp : RK_Op<"arrive_copies"> {
  let summary = "let this thread's copies arrive at a barrier when they are done";
  let description = [{
    One arrival a thread, at some later time: when all copies that it has started so far are complete. The thread goes on.
    `copies` names what is awaited with this barrier, for the reader.
    ```mlir
    ragged_kernel.arrive_copies(%q_copy, %k_copy) at %full[%slot] : !ragged_kernel.barriers<3>
    ```
  }];
  let arguments = (ins Variadic<RK_TokenType>:$copies, RK_BarriersType:$barriers, Index:$index);
  let assemblyFormat = "`(` $copies `)` `at` $barriers `[` $index `]` attr-dict `:` qualified(type($barriers))";
}

def RK_WaitBarrierOp : RK_Op<"wait_barrier"> {
  let summary = "wait until a phase of a barrier is over";
  let description = [{
    `phase` is 0 for the first phase, 1 for the second, 0 for the third and so on; who goes round the slots flips it when the
    first one comes again. A barrier that nobody has arrived at yet is past "phase 1": who waits for empty slots starts
    with that, and finds the first round empty.
    ```mlir
    ragged_kernel.wait_barrier %full[%slot] phase(%phase) : !ragged_kernel.barriers<3>
    ```
  }];
  let arguments = (ins RK_BarriersType:$barriers, Index:$index, Index:$phase);
  let assemblyFormat = [{
    $barriers `[` $index `]` `phase` `(` $phase `)` attr-dict `:` qualified(type($barriers))
  }];
}

def RK_BarrierPendingOp : RK_NamedOp<"barrier_pending", ["is_pending"], []> {
  let summary = "whether a phase of a barrier is not over yet";
  let description = [{
    What `wait_barrier` would wait for; the same answer in all lanes of a warp. When the phase is over this may be known a
    little later only.
    ```mlir
    %is_pending = ragged_kernel.barrier_pending %empty[%slot] phase(%phase) : !ragged_kernel.barriers<3>
    ```
  }];
  let arguments = (ins RK_BarriersType:$barriers, Index:$index, Index:$phase);
  let results = (outs I1:$result);
  let assemblyFormat = [{
    $barriers `[` $index `]` `phase` `(` $phase `)` attr-dict `:` qualified(type($barriers))
  }];
}

def RK_FenceAsyncOp : RK_Op<"fence_async"> {
  let summary = "show copies to the products of warpgroups";
  let description = [{
    What this thread knows to be in shared memory, its own copies that it waited for or those of others that arrived at a
    barrier, is seen by products that are issued behind the fence, here or by those who synchronise with this thread
    (`fence.proxy.async`; products read through another proxy than copies write).
    ```mlir
    ragged_kernel.fence_async
    ```
  }];
  let assemblyFormat = "attr-dict";
}

def RK_OutgrowsOp : RK_NamedOp<"outgrows", ["rises"], [Pure, AllTypesMatch<["sums", "max"]>]> {
  let summary = "whether weights of any row of the warp have outgrown the maximum they were taken against";
  let description = [{
    True in all lanes of a warp if `sums > limit` for any of its rows, in any of the lanes that share one: sums need not be
    reduced. A weight is at most the sum that it is part of, so sums of a block of keys say whether the old maxima will
    do without the maxima of the block, which would have to be taken besides.

    Edge cases: a maximum of -inf is always outgrown; NaN outgrows nothing.
    ```mlir
    %rises = ragged_kernel.outgrows %sum_of_block, %max limit(2.560000e+02) : !ragged_kernel.row_vector<16>
    ```
  }];
  let arguments = (ins RK_RowVectorType:$sums, RK_RowVectorType:$max, F32Attr:$limit);
  let results = (outs I1:$result);
  let assemblyFormat = "$sums `,` $max `limit` `(` $limit `)` attr-dict `:` qualified(type($sums))";
}

def RK_OutOfRangeOp : RK_NamedOp<"out_of_range", ["strays"], [Pure]> {
  let summary = "whether a sum of any row of the warp is not within a range";
  let description = [{
    True in all lanes of a warp unless `least <= sum <= most` for all of its rows, or elements. NaN is not within. A part asks
    for the sums that its rows were divided by, all 16 of them.
    ```mlir
    %strays = ragged_kernel.out_of_range %sum from(5.421011e-20) to(1.844674e+19) : !ragged_kernel.row_vector<16>
    ```
  }];
  let arguments = (ins AnyTypeOf<[RK_RowVectorType, RK_AccType, RK_PartType]>:$sums, F32Attr:$least, F32Attr:$most);
  let results = (outs I1:$result);
  let assemblyFormat = "$sums `from` `(` $least `)` `to` `(` $most `)` attr-dict `:` qualified(type($sums))";
}

#endif
