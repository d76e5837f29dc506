// Operations of the dialect `ragged`. Each description gives the formula, the edge cases, the constraints with the labels
// that the verifier (RaggedOps.cpp) and the tests (test/dialect/ragged/invalid.mlir) repeat, and one example.

#ifndef RAGGED_OPS
#define RAGGED_OPS

include "dialect/ragged/RaggedAttrs.td"
include "dialect/ragged/RaggedDialect.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class Ragged_Op<string mnemonic, list<Trait> traits = []>
    : Op<Ragged_Dialect, mnemonic, !listconcat([Pure], traits)>;

/// A float attribute of type f32 or f64, read as a double. Text without a type, `fill = 0.0`, is f64.
def Ragged_FloatAttr : Attr<
    CPred<"::llvm::isa<::mlir::FloatAttr>($_self) && "
          "(::llvm::cast<::mlir::FloatAttr>($_self).getType().isF32() || "
          "::llvm::cast<::mlir::FloatAttr>($_self).getType().isF64())">, "float attribute of type f32 or f64"> {
  let storageType = "::mlir::FloatAttr";
  let returnType = "double";
  let convertFromStorage = "$_self.getValueAsDouble()";
  let constBuilderCall = "$_builder.getF64FloatAttr($0)";
}

def Ragged_AttentionOp : Ragged_Op<"attention", [AttrSizedOperandSegments]> {
  let summary = "softmax attention inside each sequence of a ragged batch";
  let description = [{
    For every sequence b, query head h, and rows i, j of the sequence (`offsets[b] <= i, j < offsets[b+1]`):

        s[i, j]   = scale * sum_d q[i, h, d] * k[j, g, d]          g = h / (heads_q / heads_kv)
        p[i, j]   = exp(s[i, j]) / sum_j' exp(s[i, j'])            over the j that row i may see
        out[i, h] = sum_j p[i, j] * v[j, g]

    Row i sees every row j of its sequence; with `causal`, those with j <= i. `scale` is 1/sqrt(head dimension) unless
    given. Products are accumulated in f32 or better, whatever the element type.

    q, k and v are three operands of (rows, heads, dimension), or one *packed* operand of (rows, 3, heads, dimension)
    with q, k and v at index 0, 1 and 2 of its second dimension. k and v may have fewer heads than q (grouped queries)
    and v may have a head dimension of its own.

    `max_seqlen` is the longest sequence the kernel is compiled for. `block_m` and `block_n` ask for tiles of that many
    query and key rows; without them the schedule chooses. All three, and every dimension but the rows, may be left
    unknown for `ragged-specialise` to fill in.

    Edge cases:
    * An empty sequence has no rows: nothing is written for it. A batch of no sequences is legal.
    * A sequence longer than `max_seqlen` is cut on the device: its first `max_seqlen` rows attend to each other, the
      rows beyond stay unwritten, and the launch's status word says so. Nothing is read or written out of bounds.
    * A fully masked row cannot occur: with `causal` too, a row sees itself.
    * NaN in q[i] or k[j] makes the rows that use it NaN; so does infinity where the sum is inf - inf. Rows of one
      sequence never depend on another, nor on the unspecified rows beyond `offsets[batch]`, whatever these hold.

    Constraints:
    * (attention_c1) q alone (packed), or q, k and v; all are ranked tensors.
    * (attention_c2) q, k, v and the result have rank 3; a packed operand has rank 4 and 3 as its second dimension.
    * (attention_c3) one element type for all: bf16, f16 or f32.
    * (attention_c4) each head dimension is a multiple of 8 from 16 to 256.
    * (attention_c5) q and k have the same head dimension.
    * (attention_c6) k and v have the same heads.
    * (attention_c7) heads are 1 to 65535, and those of q a multiple of those of k.
    * (attention_c8) the result has the heads of q and the head dimension of v.
    * (attention_c9) q, k, v and the result have the same rows, at most 2147483647.
    * (attention_c10) offsets is a one-dimensional tensor of i32 with batch+1, so at least 1, elements.
    * (attention_c11) `max_seqlen` is 1 to 65536.
    * (attention_c12) `block_m` and `block_n` are multiples of 16 from 16 to 256.
    * (attention_c13) `scale` is finite and positive.
    * (attention_c14) the only encoding is `#ragged.strides`, and offsets has none.

    Example: 12 heads of dimension 64, at most 197 tokens an image.
    ```mlir
    func.func @deit_base_224(%q: tensor<?x12x64xbf16>, %k: tensor<?x12x64xbf16>, %v: tensor<?x12x64xbf16>,
                             %offsets: tensor<?xi32>) -> tensor<?x12x64xbf16> {
      %o = ragged.attention %q, %k, %v offsets(%offsets) {max_seqlen = 197 : i64}
           : tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?x12x64xbf16>, tensor<?xi32> -> tensor<?x12x64xbf16>
      return %o : tensor<?x12x64xbf16>
    }
    ```
  }];
  let arguments = (ins
    AnyRankedTensor:$q,
    Optional<AnyRankedTensor>:$k,
    Optional<AnyRankedTensor>:$v,
    AnyRankedTensor:$offsets,
    OptionalAttr<I64Attr>:$max_seqlen,
    UnitAttr:$causal,
    OptionalAttr<F32Attr>:$scale,
    OptionalAttr<I64Attr>:$block_m,
    OptionalAttr<I64Attr>:$block_n
  );
  let results = (outs AnyRankedTensor:$out);
  let assemblyFormat = [{
    $q (`,` $k^ `,` $v)? `offsets` `(` $offsets `)` attr-dict `:`
    custom<AttentionTypes>(type($q), type($k), type($v), type($offsets), type($out), ref($k))
  }];
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
  let extraClassDeclaration = [{
    /// Where the elements of one of q, k, v and out lie: address(row, head, d) = base + row * rowStride +
    /// head * headStride + d, in elements from the operand's first. Dimensions must be static but for the rows.
    struct Layout {
      int64_t base;
      int64_t rowStride;
      int64_t headStride;
    };

    /// One operand holds q, k and v; getQ() is that operand, getK() and getV() are null.
    bool isPacked() { return !getK(); }

    /// Sizes as the types say: ShapedType::kDynamic where they are still unknown, with the known one preferred where
    /// two types must agree.
    int64_t getHeadsQ();
    int64_t getHeadsKV();
    int64_t getHeadDim();
    int64_t getHeadDimV();
    /// bf16, f16 or f32.
    ::mlir::Type getElementType() { return getQ().getType().getElementType(); }

    /// The `scale` attribute, or 1/sqrt(head dimension) rounded to f32, which is what an attribute would hold.
    double getScaleOrDefault();
    /// The attribute that getScaleOrDefault() stands for when there is none. The head dimension must be static.
    static float getDefaultScale(int64_t headDim);

    /// Whether everything but the rows and the number of sequences is a constant.
    bool isSpecialised();

    /// Layouts of the three inputs and the result, from the encoding or, without one, contiguous. The result's base
    /// is 0, and so are those of q, k and v unless they are packed.
    Layout getLayoutQ();
    Layout getLayoutK();
    Layout getLayoutV();
    Layout getLayoutOut();
    int64_t getRowStrideQ() { return getLayoutQ().rowStride; }
    int64_t getRowStrideK() { return getLayoutK().rowStride; }
    int64_t getRowStrideV() { return getLayoutV().rowStride; }
    int64_t getRowStrideOut() { return getLayoutOut().rowStride; }
    int64_t getHeadStrideQ() { return getLayoutQ().headStride; }
    int64_t getHeadStrideK() { return getLayoutK().headStride; }
    int64_t getHeadStrideV() { return getLayoutV().headStride; }
    int64_t getHeadStrideOut() { return getLayoutOut().headStride; }
    int64_t getBaseOffsetQ() { return getLayoutQ().base; }
    int64_t getBaseOffsetK() { return getLayoutK().base; }
    int64_t getBaseOffsetV() { return getLayoutV().base; }
  }];
}

def Ragged_PackOp : Ragged_Op<"pack", [
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>]> {
  let summary = "padded rows and a keep mask to ragged rows, offsets and indices";
  let description = [{
    With x of (batch, N, ...) and keep of (batch, N), let the kept positions be (b, i) with keep[b, i], in order of
    b * N + i, and (b_r, i_r) the r-th of them:

        offsets[b] = number of kept positions (b', i) with b' < b          b = 0 .. batch
        indices[r] = b_r * N + i_r                                         r = 0 .. offsets[batch]-1
        rows[r]    = x[b_r, i_r]

    A keep element is one byte in memory; every value but 0 keeps.

    Edge cases:
    * rows and indices have capacity batch * N; what they hold at and beyond offsets[batch] is unspecified.
    * An item that keeps nothing becomes an empty sequence. A batch of no items gives offsets [0].
    * Rows are copied, never computed: NaN and infinity arrive as they were. Positions that are not kept are not read.

    Constraints:
    * (pack_c1) x is a ranked tensor of rank 3 or more, of bf16, f16 or f32.
    * (pack_c2) keep is a tensor of i1 with the first two dimensions of x.
    * (pack_c3) rows has the element type of x, rank one less, and the dimensions of x behind the first two.
    * (pack_c4) offsets is a one-dimensional tensor of i32 with batch+1 elements.
    * (pack_c5) indices is a one-dimensional tensor of i32.
    * (pack_c6) the capacity of rows and indices is batch * N where both are static, and otherwise dynamic.
    * (pack_c7) N and the row's dimensions are at least 1, and a row's bytes are a multiple of 4.
    * (pack_c8) batch * N is at most 2147483647.
    * (pack_c9) all are contiguous: no encoding.

    Example: the tokens an image keeps, to the front.
    ```mlir
    func.func @pack(%x: tensor<?x197x768xbf16>, %keep: tensor<?x197xi1>)
        -> (tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32>) {
      %rows, %offsets, %indices = ragged.pack %x, %keep
          : tensor<?x197x768xbf16>, tensor<?x197xi1> -> tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32>
      return %rows, %offsets, %indices : tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32>
    }
    ```
  }];
  let arguments = (ins AnyRankedTensor:$x, AnyRankedTensor:$keep);
  let results = (outs AnyRankedTensor:$rows, AnyRankedTensor:$offsets, AnyRankedTensor:$indices);
  let assemblyFormat = [{
    $x `,` $keep attr-dict `:` type($x) `,` type($keep) `->` type($rows) `,` type($offsets) `,` type($indices)
  }];
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
  let extraClassDeclaration = [{
    /// Padded length N, and the elements of one row; ShapedType::kDynamic where still unknown.
    int64_t getPaddedLength();
    int64_t getRowElements();
    ::mlir::Type getElementType() { return getX().getType().getElementType(); }
    /// Whether everything but the batch is a constant.
    bool isSpecialised();
  }];
}

def Ragged_UnpackOp : Ragged_Op<"unpack"> {
  let summary = "ragged rows back to their padded positions";
  let description = [{
    With rows of (capacity, ...), and out of (batch, N, ...):

        out[b, i] = rows[r]   where indices[r] = b * N + i for an r in offsets[b] .. offsets[b+1]-1
        out[b, i] = fill      where there is none

    `fill`, 0.0 unless given, is rounded to the element type.

    Edge cases:
    * An empty sequence is all fill. A batch of no sequences is legal.
    * Row r belongs to sequence b only if its index lies in b * N .. b * N + N - 1; a row with another index goes
      nowhere. If two rows of a sequence have the same index, out holds one of them, whole.
    * Rows at and beyond offsets[batch] are not read. Rows are copied: NaN and infinity arrive as they were.

    Constraints:
    * (unpack_c1) rows is a ranked tensor of rank 2 or more, of bf16, f16 or f32.
    * (unpack_c2) the result has the element type of rows, rank one more, and behind its first two dimensions those of
      rows behind its first.
    * (unpack_c3) indices is a one-dimensional tensor of i32 with as many elements as rows has rows.
    * (unpack_c4) offsets is a one-dimensional tensor of i32 with batch+1 elements.
    * (unpack_c5) N and the row's dimensions are at least 1, and a row's bytes are a multiple of 4.
    * (unpack_c6) batch * N and the rows are at most 2147483647.
    * (unpack_c7) a finite `fill` is finite in the element type.
    * (unpack_c8) all are contiguous: no encoding.

    Example: tokens back to their places, 0 where they were dropped.
    ```mlir
    func.func @unpack(%rows: tensor<?x768xbf16>, %indices: tensor<?xi32>, %offsets: tensor<?xi32>)
        -> tensor<?x197x768xbf16> {
      %x = ragged.unpack %rows, %indices, %offsets {fill = 0.0}
          : tensor<?x768xbf16>, tensor<?xi32>, tensor<?xi32> -> tensor<?x197x768xbf16>
      return %x : tensor<?x197x768xbf16>
    }
    ```
  }];
  let arguments = (ins
    AnyRankedTensor:$rows,
    AnyRankedTensor:$indices,
    AnyRankedTensor:$offsets,
    DefaultValuedAttr<Ragged_FloatAttr, "0.0">:$fill
  );
  let results = (outs AnyRankedTensor:$out);
  let assemblyFormat = [{
    $rows `,` $indices `,` $offsets attr-dict `:` type($rows) `,` type($indices) `,` type($offsets) `->` type($out)
  }];
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
  let hasFolder = 1;
  let extraClassDeclaration = [{
    /// Padded length N, and the elements of one row; ShapedType::kDynamic where still unknown.
    int64_t getPaddedLength();
    int64_t getRowElements();
    ::mlir::Type getElementType() { return getRows().getType().getElementType(); }
    /// Whether everything but the rows and the batch is a constant.
    bool isSpecialised();
  }];
}

#endif  // RAGGED_OPS
