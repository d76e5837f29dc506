//===-- RaggedKernelBase.td - dialect, layouts, schedule ------*- tablegen -*-===//
#ifndef RAGGED_KERNEL_BASE_TD
#define RAGGED_KERNEL_BASE_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"

def RaggedKernel_Dialect : Dialect {
  let name = "ragged_kernel";
  let cppNamespace = "::mlir::ragged_kernel";
  let summary = "how a ragged attention kernel runs: tiles, copies, waits, matrix products, softmax steps";
  let description = [{
    Level 2 of the compiler. A `ragged_kernel.kernel` is one CUDA kernel; its body is a sequence of tile operations,
    each of which the code generator prints as one call of a device template (see `templates/ragged`). A schedule is a
    sequence of operations: passes change a schedule by rewriting it, not by setting flags.

    Scalars (rows, keys, sequence and head numbers) have type `index` and are 32-bit integers on the device.
    Tiles in registers belong to one warp (16 rows); `f32` operands run on the tensor cores as tf32.
  }];
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
}

//===-- Enums ----------------------------------------------------------------===//

/// An enumeration that is a parameter of an attribute.
class RK_Enum<string name, string summary, list<I32EnumAttrCase> cases> : I32EnumAttr<name, summary, cases> {
  let cppNamespace = "::mlir::ragged_kernel";
  let genSpecializedAttr = 0;
}
/// An enumeration that is an attribute of operations: a keyword in their text, an i32 in generic form.
class RK_EnumAttr<string name, string summary, list<I32EnumAttrCase> cases> : I32EnumAttr<name, summary, cases> {
  let cppNamespace = "::mlir::ragged_kernel";
}

def RK_ScopeAttr : RK_EnumAttr<"Scope", "threads that take part", [
    I32EnumAttrCase<"Warp", 0, "warp">, I32EnumAttrCase<"Block", 1, "block">, I32EnumAttrCase<"Group", 2, "group">,
    I32EnumAttrCase<"Warpgroup", 3, "warpgroup">]>;

def RK_MmaFormAttr : RK_EnumAttr<"MmaForm", "which operand is transposed", [
    I32EnumAttrCase<"NT", 0, "nt">, I32EnumAttrCase<"NN", 1, "nn">, I32EnumAttrCase<"TN", 2, "tn">]>;

def RK_ExpBaseAttr : RK_EnumAttr<"ExpBase", "base of an exponential", [
    I32EnumAttrCase<"E", 0, "e">, I32EnumAttrCase<"Two", 1, "two">]>;

def RK_GridAxisAttr : RK_EnumAttr<"GridAxis", "axis of the grid", [
    I32EnumAttrCase<"X", 0, "x">, I32EnumAttrCase<"Y", 1, "y">]>;

def RK_LayoutKind : RK_Enum<"LayoutKind", "how rows lie in shared memory", [
    I32EnumAttrCase<"Xor", 0, "xor">, I32EnumAttrCase<"Padded", 1, "padded">,
    I32EnumAttrCase<"Panels", 2, "panels">, I32EnumAttrCase<"EvenPanels", 3, "even_panels">]>;

def RK_Family : RK_Enum<"Family", "schedule family", [
    I32EnumAttrCase<"Warp", 0, "warp">, I32EnumAttrCase<"Single", 1, "single">,
    I32EnumAttrCase<"Online", 2, "online">, I32EnumAttrCase<"Latency", 3, "latency">,
    I32EnumAttrCase<"Ring", 4, "ring">]>;

def RK_Softmax : RK_Enum<"Softmax", "softmax variant", [
    I32EnumAttrCase<"SinglePass", 0, "single_pass">, I32EnumAttrCase<"Online", 1, "online">]>;

//===-- Attributes -----------------------------------------------------------===//

class RK_Attr<string name, string mnemonic_> : AttrDef<RaggedKernel_Dialect, name> {
  let mnemonic = mnemonic_;
}

def RK_LayoutAttr : RK_Attr<"Layout", "layout"> {
  let summary = "placement of a tile's rows in shared memory";
  let description = [{
    `xor, B`: rows of B bytes (a power of two, 32 to 1024) back to back; the 16-byte chunk index is XORed with row bits
    so that the same logical chunk of 8 consecutive rows lies in 8 different bank groups.
    `padded, B`: rows at a distance of B bytes, an odd multiple of 16, which is conflict-free without a XOR.

    Only products of warpgroups read the others:
    `panels, B`: columns of 128 bytes, each an `xor, 128` tile of its own, B bytes apart; the last may be filled in part.
    `even_panels, B`: the same and, behind an odd number of chunks, one more, which copies fill with zeros: the summed
    dimension of a product comes in steps of two.

    Constraints: (layout_c1) xor row bytes are a power of two from 32 to 1024;
    (layout_c2) padded row bytes are an odd multiple of 16;
    (layout_c3) panels are a positive multiple of 1024 bytes apart.
  }];
  let parameters = (ins EnumParameter<RK_LayoutKind>:$kind, "int64_t":$bytes);
  let assemblyFormat = "`<` $kind `,` $bytes `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The conflict-free layout for rows of `bytes` bytes.
    static LayoutAttr forRowBytes(::mlir::MLIRContext *context, int64_t bytes);
    /// The layout of `rows` rows of `rowBytes` bytes that products of warpgroups read without waste; `summed` where they
    /// sum along the rows. `rows` is a multiple of 16.
    static LayoutAttr forWarpgroups(::mlir::MLIRContext *context, int64_t rows, int64_t rowBytes, bool summed);
    /// Bytes of `rows` rows of `rowBytes` bytes.
    int64_t getTileBytes(int64_t rows, int64_t rowBytes) const;
    /// Whether `rows` rows of `rowBytes` bytes fit.
    bool holds(int64_t rows, int64_t rowBytes) const;
    /// Whether a product of warpgroups can read rows of `rowBytes` bytes, and sum along them if `summed`.
    bool suitsWarpgroups(int64_t rowBytes, bool summed) const;
  }];
}

def RK_ScheduleAttr : RK_Attr<"Schedule", "schedule"> {
  let summary = "the schedule choose-schedule picked for one attention";
  let description = [{
    * `family`: `warp` (one warp per sequence and head), `single` (whole K and V of a head in shared memory), `online`
      (K and V in blocks through a ring of slots), `latency` (few rows a block, whose warps divide the keys of the head).
    * `block_m`: query rows a block covers between two visits of the keys; `block_n`: keys handled at a time.
    * `rows_per_block`: query rows of a sequence that one block does; its blocks divide the capacity.
    * In the family `latency`, `warps` / (`rows_per_block` / 16) warps share 16 rows, the ways among which the keys are
      divided, each with at most `block_n` of them or, with `warpgroups`, with every `ways`-th tile of so many.
    * `warps`: warps of a block; `heads_per_block`: heads a block handles at once (`warp` family only, else 1).
    * `stages`: slots of the asynchronous pipeline; 1 means that nothing is prefetched.
    * `min_blocks`: blocks that must fit on a multiprocessor; the second argument of `__launch_bounds__`.
    * `softmax`: `single_pass` (all scores of a row in registers, one maximum) or `online` (running maximum).
    * `warpgroups`: products are those of warpgroups (wgmma, sm_90a), 64 rows at a time, instead of warps.
    * `q_in_registers`: the Q operand is read once into registers, else again at each matrix product.
    * `tensor_copies`: copies go by tensor maps (the family `ring` only), else in chunks of 16 bytes a thread.
    * `reason`: why, with numbers; printed in the generated source and by `explain`.
  }];
  let parameters = (ins EnumParameter<RK_Family>:$family, "int64_t":$block_m, "int64_t":$block_n,
      "int64_t":$rows_per_block, "int64_t":$warps,
      "int64_t":$stages, "int64_t":$heads_per_block, "int64_t":$min_blocks, EnumParameter<RK_Softmax>:$softmax,
      "bool":$q_in_registers, DefaultValuedParameter<"bool", "false">:$warpgroups,
      DefaultValuedParameter<"bool", "false">:$tensor_copies, StringRefParameter<>:$reason);
  let assemblyFormat = "`<` struct(params) `>`";
}

def RK_ExtentAttr : RK_Attr<"Extent", "extent"> {
  let summary = "a launch-time size: (dim(operand, dim) + add) * mul";
  let description = [{
    Sizes that depend on the inputs are stated as a rule over one dimension of one operand of the launch, which the
    runtime evaluates: `#ragged_kernel.extent<operand = 3, dim = 0, add = -1, mul = 12>` is 12 blocks per sequence when
    operand 3 is the offsets. `operand = -1` is the constant `mul`.
  }];
  let parameters = (ins "int64_t":$operand, "int64_t":$dim, "int64_t":$add, "int64_t":$mul);
  let assemblyFormat = "`<` struct(params) `>`";
  let extraClassDeclaration = [{
    bool isConstant() const { return getOperand() < 0; }
  }];
}

//===-- Types ----------------------------------------------------------------===//

class RK_Type<string name, string mnemonic_> : TypeDef<RaggedKernel_Dialect, name> {
  let mnemonic = mnemonic_;
}

def RK_PtrType : RK_Type<"Ptr", "ptr"> {
  let summary = "pointer to global memory; a kernel parameter";
  let description = [{
    Constraints: (ptr_c1) elements are bf16, f16, f32, i32 or i1 (a byte each).
  }];
  let parameters = (ins "::mlir::Type":$elementType);
  let assemblyFormat = "`<` $elementType `>`";
  let genVerifyDecl = 1;
}

def RK_RowsType : RK_Type<"Rows", "rows"> {
  let summary = "rows of one head in global memory, `stride` elements apart";
  let description = [{
    Constraints: (rows_c1) elements are bf16, f16 or f32; (rows_c2) the stride is positive.
  }];
  let parameters = (ins "::mlir::Type":$elementType, "int64_t":$stride);
  let assemblyFormat = "`<` $elementType `,` `stride` `=` $stride `>`";
  let genVerifyDecl = 1;
}

def RK_SharedType : RK_Type<"Shared", "shared"> {
  let summary = "tile in shared memory: rows x columns, or slots x rows x columns";
  let description = [{
    `!ragged_kernel.shared<208x64xbf16, <xor, 128>>` is one tile, `!ragged_kernel.shared<4x16x64xbf16, <xor, 128>>` four
    slots of 16 rows. A rank-1 shape of `i32` with no layout is a plain array.

    Constraints: (shared_c1) rank 1 to 3, all sizes positive; (shared_c2) rank 1 has `i32` elements and no layout;
    (shared_c3) rank 2 and 3 have elements of bf16, f16 or f32; (shared_c4) and a layout that holds rows and columns;
    (shared_c5) rows are a multiple of 8.
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$shape, "::mlir::Type":$elementType,
                        OptionalParameter<"::mlir::ragged_kernel::LayoutAttr">:$layout);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    int64_t getRank() const { return getShape().size(); }
    bool hasSlots() const { return getRank() == 3; }
    int64_t getSlots() const { return hasSlots() ? getShape()[0] : 1; }
    int64_t getRows() const { return getShape()[getRank() >= 2 ? getRank() - 2 : 0]; }
    int64_t getCols() const { return getRank() >= 2 ? getShape().back() : 1; }
    /// Bytes of one slot, and of all slots.
    int64_t getSlotBytes() const;
    int64_t getBytes() const { return getSlots() * getSlotBytes(); }
    /// The type of one slot, or of `rows` rows of this tile.
    SharedType getSlotType() const;
    SharedType withRows(int64_t rows) const;
    SharedType withSlots(int64_t slots) const;
  }];
}

class RK_TileType<string name, string mnemonic_, string summary_> : RK_Type<name, mnemonic_> {
  let summary = summary_;
  let parameters = (ins "int64_t":$rows, "int64_t":$cols, "::mlir::Type":$elementType);
  let hasCustomAssemblyFormat = 1;
}
def RK_AccType : RK_TileType<"Acc", "acc", "accumulator tile of a warp in registers (f32)">;
def RK_OperandType : RK_TileType<"Operand", "operand", "left operand tile of a warp's matrix product in registers">;
def RK_PendingType : RK_TileType<"Pending", "pending", "accumulator of a matrix product that was issued, not awaited">;

def RK_RowVectorType : RK_Type<"RowVector", "row_vector"> {
  let summary = "one f32 per row of a warp's tile (maximum, sum, factor)";
  let parameters = (ins "int64_t":$rows);
  let assemblyFormat = "`<` $rows `>`";
}

def RK_TokenType : RK_Type<"Token", "token"> {
  let summary = "an asynchronous copy in flight, or a committed group of them";
}

#endif
