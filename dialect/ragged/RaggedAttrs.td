// Attributes of the dialect `ragged`.

#ifndef RAGGED_ATTRS
#define RAGGED_ATTRS

include "dialect/ragged/RaggedDialect.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/TensorEncoding.td"

def Ragged_StridesAttr : AttrDef<Ragged_Dialect, "Strides", [
    DeclareAttrInterfaceMethods<VerifiableTensorEncoding>]> {
  let mnemonic = "strides";
  let summary = "distance between neighbours in each dimension of a tensor, in elements";
  let description = [{
    `address(i0, i1, ...) = base + i0 * strides[0] + i1 * strides[1] + ...`, in elements.

    The encoding of a tensor that is a view into a wider one: q, k or v inside the output of one projection, a slice of
    some heads, or heads outermost. A tensor without an encoding is contiguous.

    Every stride but the last is a multiple of 8 elements, so that each row of each head begins at a multiple of 16
    bytes whenever the base address does; kernels load 16 bytes at a time.

    Constraints:
    * (strides_c1) as many strides as the tensor has dimensions.
    * (strides_c2) the innermost stride is 1.
    * (strides_c3) every other stride is a multiple of 8, from 8 to 2147483640.
    * (strides_c4) no two elements share an address, as far as static dimensions tell.

    Example: q inside a (rows, 3, 12, 64) projection output.
    ```mlir
    func.func @f(%q: tensor<?x12x64xbf16, #ragged.strides<[2304, 64, 1]>>) {
      return
    }
    ```
  }];
  let parameters = (ins ArrayRefParameter<"int64_t", "outermost first">:$strides);
  let assemblyFormat = "`<` `[` $strides `]` `>`";
  let genVerifyDecl = 1;
}

#endif  // RAGGED_ATTRS
