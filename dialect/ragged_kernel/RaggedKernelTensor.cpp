//===-- RaggedKernelTensor.cpp - copies by tensor maps: types and verification --------------------------------===//
#include "dialect/ragged_kernel/RaggedKernel.h"

using namespace mlir;
using namespace mlir::ragged_kernel;

LogicalResult TensorMapType::verify(function_ref<InFlightDiagnostic()> emitError, Type elementType, int64_t cols,
                                    int64_t stride, int64_t boxRows, int64_t boxCols) {
  if (!elementType.isBF16() && !elementType.isF16() && !elementType.isF32())  // tensor_map_c1
    return emitError() << "expected a tensor map of bf16, f16 or f32, got " << elementType;
  int64_t bytes = elementType.getIntOrFloatBitWidth() / 8;
  if (stride <= 0 || stride * bytes % 16 != 0 || cols < boxCols)  // tensor_map_c2
    return emitError() << "expected rows of at least " << boxCols << " columns, a multiple of 16 bytes apart, got "
                       << cols << " columns and a stride of " << stride * bytes << " bytes";
  if (boxRows < 8 || boxRows > 256 || boxRows % 8 != 0)  // tensor_map_c3
    return emitError() << "expected boxes of 8 to 256 rows in eights, got " << boxRows;
  if (int64_t width = boxCols * bytes; width != 32 && width != 64 && width != 128)  // tensor_map_c4
    return emitError() << "expected boxes of 32, 64 or 128 bytes a row, got " << width;
  return success();
}

bool TensorMapType::fillsRows(LayoutAttr layout, int64_t cols) const {
  if (!layout) return false;
  if (layout.getKind() == LayoutKind::Xor) return layout.getBytes() == getBoxBytes() && cols == getBoxCols();
  // Panels have rows of 128 bytes.
  bool hasPanels = layout.getKind() == LayoutKind::Panels || layout.getKind() == LayoutKind::EvenPanels;
  return hasPanels && getBoxBytes() == 128 && cols % getBoxCols() == 0;
}

LogicalResult CopyTensorOp::verify() {
  TensorMapType map = getMap().getType();
  SharedType tile = getTile().getType();
  RowsType rows = getRows().getType();
  if (map.getElementType() != tile.getElementType() || rows.getElementType() != tile.getElementType() ||
      map.getStride() != rows.getStride())  // copy_tensor_c1
    return emitOpError() << "expected map, rows and tile of one element type and stride, got " << map << ", " << rows
                         << " and " << tile;
  if (tile.getRank() != 2 || !map.fillsRows(tile.getLayout(), tile.getCols()))  // copy_tensor_c2
    return emitOpError() << "expected a tile without slots, with rows of whole boxes, got " << tile << " for boxes of "
                         << map.getBoxCols() << " columns";
  auto parameter = dyn_cast<BlockArgument>(getMap());
  if (!parameter || !isa<KernelOp>(parameter.getOwner()->getParentOp()))  // copy_tensor_c3
    return emitOpError() << "expected the map to be a parameter of the kernel";
  return success();
}
