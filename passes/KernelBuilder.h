//===- KernelBuilder.h - builds named kernel operations ---------*- C++ -*-===//
//
// Values of a kernel carry their names in their locations (NameLoc), which
// both the IR printer and the code generator show. KernelBuilder makes
// operations with names and the index arithmetic of the lowerings short.
//
//===----------------------------------------------------------------------===//

#ifndef RAGGEDC_PASSES_KERNELBUILDER_H
#define RAGGEDC_PASSES_KERNELBUILDER_H

#include "dialect/ragged_kernel/RaggedKernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/IR/Builders.h"

namespace raggedc {

/// The location behind a name: what is made beside a named value is another value.
inline mlir::Location withoutName(mlir::Location location) {
  while (auto named = llvm::dyn_cast<mlir::NameLoc>(location)) location = named.getChildLoc();
  return location;
}

inline constexpr int64_t kWarpgroupWarps = 4;

class KernelBuilder {
 public:
  KernelBuilder(mlir::OpBuilder& builder, mlir::Location location)
      : builder(builder), location(withoutName(location)) {}

  mlir::OpBuilder& builder;
  mlir::Location location;

  mlir::Location loc(llvm::StringRef name) {
    return name.empty() ? location : mlir::NameLoc::get(builder.getStringAttr(name), location);
  }

  /// Creates an operation of the type that its builder infers or that is given first.
  template <typename OpType, typename... Args>
  OpType create(llvm::StringRef name, Args&&... args) {
    return OpType::create(builder, loc(name), std::forward<Args>(args)...);
  }

  static llvm::APFloat f32(double value) { return llvm::APFloat(static_cast<float>(value)); }

  // Index arithmetic. Constants are folded at once, so that the IR says what is computed at run time only.
  mlir::Value index(int64_t value) { return mlir::arith::ConstantIndexOp::create(builder, location, value); }
  mlir::Value add(mlir::Value a, mlir::Value b, llvm::StringRef name = "") {
    return create<mlir::arith::AddIOp>(name, a, b);
  }
  mlir::Value add(mlir::Value a, int64_t b, llvm::StringRef name = "") { return b == 0 ? a : add(a, index(b), name); }
  mlir::Value sub(mlir::Value a, mlir::Value b, llvm::StringRef name = "") {
    return create<mlir::arith::SubIOp>(name, a, b);
  }
  mlir::Value mul(mlir::Value a, int64_t b, llvm::StringRef name = "") {
    return b == 1 ? a : create<mlir::arith::MulIOp>(name, a, index(b)).getResult();
  }
  mlir::Value div(mlir::Value a, int64_t b, llvm::StringRef name = "") {
    return b == 1 ? a : create<mlir::arith::DivUIOp>(name, a, index(b)).getResult();
  }
  mlir::Value rem(mlir::Value a, int64_t b, llvm::StringRef name = "") {
    return b == 1 ? index(0) : create<mlir::arith::RemUIOp>(name, a, index(b)).getResult();
  }
  mlir::Value min(mlir::Value a, mlir::Value b, llvm::StringRef name = "") {
    return create<mlir::arith::MinSIOp>(name, a, b);
  }
  mlir::Value compare(mlir::arith::CmpIPredicate predicate, mlir::Value a, mlir::Value b) {
    return create<mlir::arith::CmpIOp>("", predicate, a, b);
  }
  /// `value` rounded up to a multiple of `unit`, at most `most`.
  mlir::Value roundUp(mlir::Value value, int64_t unit, int64_t most, llvm::StringRef name) {
    mlir::Value units = div(add(value, unit - 1), unit);
    return min(mul(units, unit), index(most), name);
  }

  // Tiles.
  mlir::Value fillAcc(llvm::StringRef name, int64_t cols, double value) {
    mlir::Type type = mlir::ragged_kernel::AccType::get(builder.getContext(), mlir::ragged_kernel::kWarpRows, cols,
                                                        builder.getF32Type());
    return create<mlir::ragged_kernel::FillOp>(name, type, f32(value));
  }
  mlir::Value fillRows(llvm::StringRef name, double value) {
    mlir::Type type = mlir::ragged_kernel::RowVectorType::get(builder.getContext(), mlir::ragged_kernel::kWarpRows);
    return create<mlir::ragged_kernel::FillOp>(name, type, f32(value));
  }
  mlir::Value sharedRows(llvm::StringRef name, mlir::Value tile, mlir::Value first, int64_t rows) {
    auto type = mlir::cast<mlir::ragged_kernel::SharedType>(tile.getType());
    return create<mlir::ragged_kernel::SharedRowsOp>(name, type.withRows(rows), tile, first);
  }
  mlir::Value slot(llvm::StringRef name, mlir::Value tile, mlir::Value index) {
    auto type = mlir::cast<mlir::ragged_kernel::SharedType>(tile.getType());
    return create<mlir::ragged_kernel::SlotOp>(name, type.getSlotType(), tile, index);
  }
  /// A number that all lanes of a warp have alike, where the compiler behind cannot know.
  mlir::Value uniform(llvm::StringRef name, mlir::Value value) {
    return mlir::getConstantIntValue(value) ? value : create<mlir::ragged_kernel::UniformOp>(name, value);
  }
  mlir::Value toOperand(llvm::StringRef name, mlir::Value acc, mlir::Type element) {
    auto type = mlir::cast<mlir::ragged_kernel::AccType>(acc.getType());
    return create<mlir::ragged_kernel::ToOperandOp>(
        name, mlir::ragged_kernel::OperandType::get(builder.getContext(), type.getRows(), type.getCols(), element),
        acc);
  }
  /// Issue and wait of a product, next to each other.
  mlir::Value mma(llvm::StringRef name, mlir::ragged_kernel::MmaForm form, mlir::Value a, mlir::Value b,
                  mlir::Value acc, bool warpgroup = false) {
    auto type = mlir::cast<mlir::ragged_kernel::AccType>(acc.getType());
    mlir::Type pending = mlir::ragged_kernel::PendingType::get(builder.getContext(), type.getRows(), type.getCols(),
                                                               type.getElementType());
    // A warpgroup's product can start from nothing; what a fill made is then not needed.
    auto fill = acc.getDefiningOp<mlir::ragged_kernel::FillOp>();
    bool fresh = warpgroup && fill && fill.getValue().isZero();
    mlir::Value token = create<mlir::ragged_kernel::MmaIssueOp>(name, pending, form, a, b, acc, warpgroup, fresh);
    return create<mlir::ragged_kernel::MmaWaitOp>(name, type, token, warpgroup);
  }
};

}  // namespace raggedc

#endif  // RAGGEDC_PASSES_KERNELBUILDER_H
