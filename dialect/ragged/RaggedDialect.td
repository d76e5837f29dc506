// The dialect `ragged`: what is computed. How it is computed is the business of `ragged_kernel`.

#ifndef RAGGED_DIALECT
#define RAGGED_DIALECT

include "mlir/IR/OpBase.td"

def Ragged_Dialect : Dialect {
  let name = "ragged";
  let cppNamespace = "::mlir::ragged";
  let summary = "operations on sequences of different lengths, stored back to back";
  let description = [{
    A *ragged* tensor holds the rows of all sequences of a batch back to back, without padding. A second tensor,
    `offsets`, of batch+1 elements of i32, says where each sequence begins and ends: sequence b owns the rows
    `offsets[b]` to `offsets[b+1]-1`. Offsets never decrease; `offsets[0]` is 0, but for a view into a longer batch, where
    the rows before it belong to no sequence.

    Offsets live on the device and are never read by the host, therefore:
    * the first dimension of a ragged tensor is a *capacity*; rows at and beyond `offsets[batch]` are unspecified;
    * the number of sequences is a dimension (`offsets` has batch+1 elements), never a value;
    * the longest length an operation is compiled for is an attribute, `max_seqlen`. It too is a capacity.

    Operations have value semantics and no side effects. Layout is part of the tensor type: without an encoding a tensor
    is contiguous, row-major; `#ragged.strides` says otherwise.
  }];
  let useDefaultAttributePrinterParser = 1;
  let extraClassDeclaration = [{
    void registerAttributes();
  }];
}

#endif  // RAGGED_DIALECT
