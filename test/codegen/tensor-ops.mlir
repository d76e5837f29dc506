// Copies by tensor maps: parameters by value, calls of templates, and what the manifest says of the maps.
// RUN: ragged-translate --emit-cuda %s | FileCheck %s
// RUN: ragged-translate --emit-manifest %s | FileCheck %s --check-prefix=MANIFEST

!map = !ragged_kernel.tensor_map<bf16, cols = 2304, stride = 4608, box = 16 by 64>
!small = !ragged_kernel.tensor_map<f16, cols = 96, stride = 96, box = 8 by 32>
!rows = !ragged_kernel.rows<bf16, stride = 4608>

// CHECK:      //---- tensor_map.cuh
// CHECK-LABEL: tensors(const bf16* x, const f16* y, int n, const __grid_constant__ TensorMap x_map, const __grid_constant__ TensorMap y_map) {
// CHECK:        block::prefetch_map(x_map);
// CHECK:        warp::copy_tensor<16>(tile.slot(1), x_map, row, row * 64, rows.rows(row), 5, n, full.at(0));
// CHECK-NEXT: }

// MANIFEST:      "tensor_maps": [
// MANIFEST-NEXT:   {
// MANIFEST-NEXT:     "box": [
// MANIFEST-NEXT:       64,
// MANIFEST-NEXT:       16
// MANIFEST-NEXT:     ],
// MANIFEST-NEXT:     "sizes": [
// MANIFEST-NEXT:       2304,
// MANIFEST-NEXT:       2147483647
// MANIFEST-NEXT:     ],
// MANIFEST-NEXT:     "strides": [
// MANIFEST-NEXT:       9216
// MANIFEST-NEXT:     ],
// MANIFEST-NEXT:     "swizzle": 128,
// MANIFEST-NEXT:     "value": "x"
// MANIFEST-NEXT:   },
// MANIFEST:          "swizzle": 64,
// MANIFEST-NEXT:     "value": "y"
ragged_kernel.kernel @tensors(%x: !ragged_kernel.ptr<bf16> loc("x"), %y: !ragged_kernel.ptr<f16> loc("y"),
    %n: index loc("n"), %x_map: !map loc("x_map"), %y_map: !small loc("y_map"))
    attributes {block_size = 128 : i64, shared_bytes = 16512 : i64} {
  ragged_kernel.prefetch_map %x_map : !map
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %five = arith.constant 5 : index
  %width = arith.constant 64 : index
  %tiles = ragged_kernel.alloc_shared offset(0) : !ragged_kernel.shared<2x64x64xbf16, <xor, 128>> loc("tile")
  %full = ragged_kernel.alloc_barriers offset(16384) : !ragged_kernel.barriers<1> loc("full")
  %row = ragged_kernel.block_id x loc("row")
  %rows = ragged_kernel.global_rows %x[%zero, %zero] head_stride(64) offset(0) : !ragged_kernel.ptr<bf16> -> !rows
  %from = ragged_kernel.rows_from %rows[%row] : !rows
  %tile = ragged_kernel.slot %tiles[%one] : !ragged_kernel.shared<2x64x64xbf16, <xor, 128>> -> !ragged_kernel.shared<64x64xbf16, <xor, 128>>
  %col = arith.muli %row, %width : index
  ragged_kernel.copy_tensor %x_map[%row, %col] of %from to %tile valid(%five) limit(%n) at %full[%zero]
      : !map, !rows, !ragged_kernel.shared<64x64xbf16, <xor, 128>>, !ragged_kernel.barriers<1>
  ragged_kernel.return
}

func.func @f(%x: tensor<?x2304xbf16>, %y: tensor<?x96xf16>) {
  ragged_kernel.launch @tensors(%x, %y)
      grid(<operand = -1, dim = 0, add = 0, mul = 1>, <operand = -1, dim = 0, add = 0, mul = 1>) extents([])
      scalars([#ragged_kernel.extent<operand = 0, dim = 0, add = 0, mul = 1>]) tensor_maps [0, 1]
      : (tensor<?x2304xbf16>, tensor<?x96xf16>) -> ()
  return
}
