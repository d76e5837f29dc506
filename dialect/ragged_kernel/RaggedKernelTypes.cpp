//===-- RaggedKernelTypes.cpp - types, attributes and dialect of level 2 --------------------------------------===//
#include "dialect/ragged_kernel/RaggedKernel.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"

using namespace mlir;
using namespace mlir::ragged_kernel;

// clang-format off
#include "dialect/ragged_kernel/RaggedKernelDialect.cpp.inc"
#include "dialect/ragged_kernel/RaggedKernelEnums.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "dialect/ragged_kernel/RaggedKernelAttrs.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "dialect/ragged_kernel/RaggedKernelTypes.cpp.inc"
// clang-format on

void RaggedKernelDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialect/ragged_kernel/RaggedKernelAttrs.cpp.inc"
      >();
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialect/ragged_kernel/RaggedKernelTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialect/ragged_kernel/RaggedKernelOps.cpp.inc"
      >();
}

//===----------------------------------------------------------------------------------------------------------===//
// Layout
//===----------------------------------------------------------------------------------------------------------===//

static constexpr int64_t kPanelBytes = 128;

LogicalResult LayoutAttr::verify(function_ref<InFlightDiagnostic()> emitError, LayoutKind kind, int64_t bytes) {
  switch (kind) {
    case LayoutKind::Xor:  // layout_c1
      if (bytes < 32 || bytes > 1024 || !llvm::isPowerOf2_64(bytes))
        return emitError() << "expected xor row bytes to be a power of two from 32 to 1024, got " << bytes;
      return success();
    case LayoutKind::Padded:  // layout_c2
      if (bytes <= 0 || bytes % 32 != 16)
        return emitError() << "expected padded row bytes to be an odd multiple of 16, got " << bytes;
      return success();
    case LayoutKind::Panels:
    case LayoutKind::EvenPanels:  // layout_c3
      if (bytes <= 0 || bytes % 1024 != 0)
        return emitError() << "expected panels to be a positive multiple of 1024 bytes apart, got " << bytes;
      return success();
  }
  llvm_unreachable("a layout of its own kind");
}

LayoutAttr LayoutAttr::forRowBytes(MLIRContext* context, int64_t bytes) {
  if (bytes >= 32 && bytes <= 1024 && llvm::isPowerOf2_64(bytes))
    return LayoutAttr::get(context, LayoutKind::Xor, bytes);
  int64_t chunks = llvm::divideCeil(bytes, 16);
  return LayoutAttr::get(context, LayoutKind::Padded, (chunks | 1) * 16);
}

LayoutAttr LayoutAttr::forWarpgroups(MLIRContext* context, int64_t rows, int64_t rowBytes, bool summed) {
  // Rows that fill one swizzle of the hardware, else several of the widest, the last in part. Core matrices without a
  // swizzle would waste no shared memory, but products read them too slowly (docs/results).
  if (rowBytes == 32 || rowBytes == 64 || rowBytes == kPanelBytes)
    return LayoutAttr::get(context, LayoutKind::Xor, rowBytes);
  bool addsOne = summed && rowBytes / 16 % 2 != 0;
  return LayoutAttr::get(context, addsOne ? LayoutKind::EvenPanels : LayoutKind::Panels, rows * kPanelBytes);
}

/// Whether the layout is one of panels.
static bool hasPanels(LayoutAttr layout) {
  return layout.getKind() == LayoutKind::Panels || layout.getKind() == LayoutKind::EvenPanels;
}

int64_t LayoutAttr::getTileBytes(int64_t rows, int64_t rowBytes) const {
  return getBytes() * (hasPanels(*this) ? llvm::divideCeil(rowBytes, kPanelBytes) : rows);
}

bool LayoutAttr::holds(int64_t rows, int64_t rowBytes) const {
  return hasPanels(*this) ? rows * kPanelBytes <= getBytes() : rowBytes <= getBytes();
}

bool LayoutAttr::suitsWarpgroups(int64_t rowBytes, bool summed) const {
  if (!hasPanels(*this)) return getKind() == LayoutKind::Xor && getBytes() == rowBytes && rowBytes <= kPanelBytes;
  return !summed || rowBytes % 32 == 0 || getKind() == LayoutKind::EvenPanels;
}

//===----------------------------------------------------------------------------------------------------------===//
// Pointers and rows
//===----------------------------------------------------------------------------------------------------------===//

static bool isTileElement(Type type) {
  return type.isBF16() || type.isF16() || type.isF32();
}

LogicalResult PtrType::verify(function_ref<InFlightDiagnostic()> emitError, Type elementType) {
  if (!isTileElement(elementType) && !elementType.isInteger(32) && !elementType.isInteger(1))  // ptr_c1
    return emitError() << "expected a pointer to bf16, f16, f32, i32 or i1, got " << elementType;
  return success();
}

LogicalResult RowsType::verify(function_ref<InFlightDiagnostic()> emitError, Type elementType, int64_t stride) {
  if (!isTileElement(elementType))  // rows_c1
    return emitError() << "expected rows of bf16, f16 or f32, got " << elementType;
  if (stride <= 0)  // rows_c2
    return emitError() << "expected a positive stride, got " << stride;
  return success();
}

//===----------------------------------------------------------------------------------------------------------===//
// Shared
//===----------------------------------------------------------------------------------------------------------===//

Type SharedType::parse(AsmParser& parser) {
  SmallVector<int64_t> shape;
  Type elementType;
  LayoutAttr layout;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseLess() || parser.parseDimensionList(shape, /*allowDynamic=*/false) || parser.parseType(elementType))
    return {};
  if (succeeded(parser.parseOptionalComma())) {
    layout = dyn_cast_or_null<LayoutAttr>(LayoutAttr::parse(parser, {}));
    if (!layout) return {};
  }
  if (parser.parseGreater()) return {};
  return SharedType::getChecked([&] { return parser.emitError(loc); }, parser.getContext(), shape, elementType, layout);
}

void SharedType::print(AsmPrinter& printer) const {
  printer << "<";
  printer.printDimensionList(getShape());
  printer << "x" << getElementType();
  if (getLayout()) {
    printer << ", ";
    getLayout().print(printer);
  }
  printer << ">";
}

LogicalResult SharedType::verify(function_ref<InFlightDiagnostic()> emitError, ArrayRef<int64_t> shape,
                                 Type elementType, LayoutAttr layout) {
  if (shape.empty() || shape.size() > 3 || llvm::any_of(shape, [](int64_t size) { return size <= 0; }))  // shared_c1
    return emitError() << "expected a shared tile to have 1 to 3 positive sizes";
  if (shape.size() == 1) {  // shared_c2
    if (!elementType.isInteger(32) || layout)
      return emitError() << "expected a shared array to have i32 elements and no layout, got " << elementType;
    return success();
  }
  if (!isTileElement(elementType))  // shared_c3
    return emitError() << "expected a shared tile of bf16, f16 or f32, got " << elementType;
  int64_t rowBytes = shape.back() * elementType.getIntOrFloatBitWidth() / 8;
  int64_t rows = shape[shape.size() - 2];
  if (!layout || !layout.holds(rows, rowBytes))  // shared_c4
    return emitError() << "expected a layout that holds " << rows << " rows of " << rowBytes << " bytes, got "
                       << (layout ? layout.getBytes() : 0);
  if (shape[shape.size() - 2] % 8 != 0)  // shared_c5
    return emitError() << "expected the rows of a shared tile to be a multiple of 8, got " << shape[shape.size() - 2];
  return success();
}

int64_t SharedType::getSlotBytes() const {
  if (getRank() == 1) return getShape()[0] * 4;
  return getLayout().getTileBytes(getRows(), getCols() * getElementType().getIntOrFloatBitWidth() / 8);
}

SharedType SharedType::getSlotType() const {
  return SharedType::get(getContext(), {getRows(), getCols()}, getElementType(), getLayout());
}

SharedType SharedType::withRows(int64_t rows) const {
  return SharedType::get(getContext(), {rows, getCols()}, getElementType(), getLayout());
}

SharedType SharedType::withSlots(int64_t slots) const {
  return SharedType::get(getContext(), {slots, getRows(), getCols()}, getElementType(), getLayout());
}

//===----------------------------------------------------------------------------------------------------------===//
// Register tiles: <16x64xf32>
//===----------------------------------------------------------------------------------------------------------===//

namespace {

template <typename TileType>
Type parseTile(AsmParser& parser) {
  SmallVector<int64_t> shape;
  Type elementType;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseLess() || parser.parseDimensionList(shape, /*allowDynamic=*/false) || parser.parseType(elementType) ||
      parser.parseGreater())
    return {};
  if (shape.size() != 2 || shape[0] <= 0 || shape[1] <= 0) {
    parser.emitError(loc) << "expected a register tile to have rows and columns";
    return {};
  }
  return TileType::get(parser.getContext(), shape[0], shape[1], elementType);
}

template <typename TileType>
void printTile(TileType type, AsmPrinter& printer) {
  printer << "<" << type.getRows() << "x" << type.getCols() << "x" << type.getElementType() << ">";
}

}  // namespace

Type AccType::parse(AsmParser& parser) {
  return parseTile<AccType>(parser);
}
void AccType::print(AsmPrinter& printer) const {
  printTile(*this, printer);
}
Type OperandType::parse(AsmParser& parser) {
  return parseTile<OperandType>(parser);
}
void OperandType::print(AsmPrinter& printer) const {
  printTile(*this, printer);
}
Type PendingType::parse(AsmParser& parser) {
  return parseTile<PendingType>(parser);
}
void PendingType::print(AsmPrinter& printer) const {
  printTile(*this, printer);
}
