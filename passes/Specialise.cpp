//===- Specialise.cpp - unknown dimensions become constants ---------------===//
//
// Dimensions that must be equal (the heads of q and of the result, say) form a
// group. What one member of a group knows, all know, through every operation
// that shares a value; options fill the groups that nobody knows. Types change
// only once all is settled, so an error leaves the program as it was.
//
//===----------------------------------------------------------------------===//

#include "dialect/ragged/Ragged.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/TypeSwitch.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/SymbolTable.h"
#include "passes/Passes.h"

namespace raggedc {

#define GEN_PASS_DEF_SPECIALISE
#include "passes/Passes.h.inc"

using namespace mlir;

namespace {

/// An option as its reader knows it. A value of 0 is none.
struct Choice {
  StringRef name = {};
  int64_t value = 0;
};

/// Dimensions of an operation's operands and results that are one number.
struct Group {
  Operation* op;
  /// What the number is, as in `expected <what> to be static`.
  StringRef what;
  SmallVector<std::pair<Value, unsigned>, 2> members;
  /// The option that supplies the number, if one does.
  Choice option = {};
  /// What to take when neither types nor option know.
  int64_t fallback = 0;
  /// Whether the option must agree with what types know.
  bool mustMatch = true;
};

struct Specialise : impl::SpecialiseBase<Specialise> {
  using SpecialiseBase::SpecialiseBase;

  void runOnOperation() override {
    if (failed(checkOptions())) return signalPassFailure();
    collectGroups();
    if (failed(propagate()) || failed(applyOptions()) || failed(checkSettled()) || failed(changeTypes()))
      return signalPassFailure();
    setAttributes();
  }

  //===--------------------------------------------------------------------===//
  // Options
  //===--------------------------------------------------------------------===//

  /// Rejects option values that no operation could have.
  LogicalResult checkOptions() {
    auto expect = [&](StringRef name, int64_t value, bool legal, const Twine& range) -> LogicalResult {
      if (value == 0 || legal) return success();
      return getOperation()->emitError() << "expected " << name << " to be " << range << ", got " << value;
    };
    auto dim = [&](StringRef name, int64_t value) {
      return expect(name, value, ragged::isLegalHeadDim(value), "a multiple of 8 from 16 to 256");
    };
    auto block = [&](StringRef name, int64_t value) {
      return expect(name, value, ragged::isLegalBlockSize(value), "a multiple of 16 from 16 to 256");
    };
    auto upTo = [&](StringRef name, int64_t value, int64_t most) {
      return expect(name, value, value >= 1 && value <= most, "from 1 to " + Twine(most));
    };
    return success(succeeded(dim("head-dim", headDim)) && succeeded(dim("head-dim-v", headDimV)) &&
                   succeeded(upTo("heads", heads, ragged::kMaxHeads)) &&
                   succeeded(upTo("kv-heads", kvHeads, ragged::kMaxHeads)) &&
                   succeeded(upTo("max-seqlen", maxSeqlen, ragged::kMaxSeqlen)) &&
                   succeeded(block("block-m", blockM)) && succeeded(block("block-n", blockN)));
  }

  //===--------------------------------------------------------------------===//
  // Groups
  //===--------------------------------------------------------------------===//

  void collectGroups() {
    groups.clear();
    shapes.clear();
    getOperation().walk([&](Operation* op) {
      TypeSwitch<Operation*>(op)
          .Case([&](ragged::AttentionOp attention) { collect(attention); })
          .Case([&](ragged::PackOp pack) {
            collectPadded(pack, pack.getX(), pack.getRows());
            groups.back().members.emplace_back(pack.getKeep(), 1);
          })
          .Case([&](ragged::UnpackOp unpack) { collectPadded(unpack, unpack.getOut(), unpack.getRows()); });
    });
    for (Group& group : groups)
      for (auto [value, dim] : group.members)
        if (!shapes.count(value)) shapes[value] = llvm::to_vector(cast<RankedTensorType>(value.getType()).getShape());
  }

  void collect(ragged::AttentionOp op) {
    Value q = op.getQ(), k = op.getK(), v = op.getV(), out = op.getOut();
    Choice ofHeads{"heads", heads}, ofKVHeads{"kv-heads", kvHeads}, ofDim{"head-dim", headDim},
        ofDimV{"head-dim-v", headDimV};
    if (op.isPacked()) {
      // One number each for q, k and v, which both of its options must match.
      SmallVector<std::pair<Value, unsigned>, 2> headMembers = {{q, 2}, {out, 1}}, dimMembers = {{q, 3}, {out, 2}};
      groups.push_back({op, "second dimension of the packed operand", {{q, 1}}, {}, 3});
      groups.push_back({op, "heads", headMembers, ofHeads});
      groups.push_back({op, "heads", headMembers, ofKVHeads});
      groups.push_back({op, "head dimension", dimMembers, ofDim});
      groups.push_back({op, "head dimension", dimMembers, ofDimV});
      return;
    }
    groups.push_back({op, "heads", {{q, 1}, {out, 1}}, ofHeads});
    groups.push_back({op, "key heads", {{k, 1}, {v, 1}}, ofKVHeads, heads});
    groups.push_back({op, "head dimension", {{q, 2}, {k, 2}}, ofDim});
    groups.push_back({op, "value head dimension", {{v, 2}, {out, 2}}, ofDimV, headDim});
  }

  /// Groups of a (batch, N, ...) tensor and its (capacity, ...) rows. The group of N comes last.
  void collectPadded(Operation* op, Value padded, Value rows) {
    for (int64_t dim = 1, rank = cast<RankedTensorType>(rows.getType()).getRank(); dim < rank; ++dim)
      groups.push_back({op, "row dimension", {{padded, dim + 1}, {rows, dim}}});
    groups.push_back({op, "padded length", {{padded, 1}}, {"max-seqlen", maxSeqlen}, 0, /*mustMatch=*/false});
  }

  int64_t find(const Group& group) {
    for (auto [value, dim] : group.members)
      if (int64_t size = shapes[value][dim]; !ShapedType::isDynamic(size)) return size;
    return ShapedType::kDynamic;
  }

  /// Spreads what is known until nothing new is learnt.
  LogicalResult propagate() {
    for (bool changed = true; changed;) {
      changed = false;
      for (Group& group : groups) {
        int64_t size = find(group);
        if (ShapedType::isDynamic(size)) continue;
        for (auto [value, dim] : group.members) {
          int64_t& other = shapes[value][dim];
          if (!ShapedType::isDynamic(other) && other != size)
            return group.op->emitOpError()
                   << "expected one value for " << group.what << ", got " << size << " and " << other;
          changed |= other != size;
          other = size;
        }
      }
    }
    return success();
  }

  LogicalResult applyOptions() {
    for (Group& group : groups) {
      if (group.option.value == 0) continue;
      int64_t size = find(group);
      if (ShapedType::isDynamic(size))
        shapes[group.members.front().first][group.members.front().second] = group.option.value;
      else if (size != group.option.value && group.mustMatch)
        return group.op->emitOpError() << "expected " << group.option.name << " " << group.option.value
                                       << " to match the operand's " << group.what << " " << size;
      if (failed(propagate())) return failure();
    }
    for (Group& group : groups) {
      if (group.fallback == 0 || !ShapedType::isDynamic(find(group))) continue;
      shapes[group.members.front().first][group.members.front().second] = group.fallback;
      if (failed(propagate())) return failure();
    }
    return success();
  }

  /// Whether every operation is as constant as it must be; if not, says which option is missing.
  LogicalResult checkSettled() {
    for (Group& group : groups) {
      if (!ShapedType::isDynamic(find(group))) continue;
      InFlightDiagnostic error = group.op->emitOpError() << "expected " << group.what << " to be static, got ?";
      if (!group.option.name.empty()) error << "; option " << group.option.name << " supplies it";
      return error;
    }
    WalkResult walk = getOperation().walk([&](ragged::AttentionOp op) -> WalkResult {
      if (maxSeqlen != 0 || op.getMaxSeqlen()) return WalkResult::advance();
      op.emitOpError() << "expected max_seqlen, got none; option max-seqlen supplies it";
      return WalkResult::interrupt();
    });
    return failure(walk.wasInterrupted());
  }

  //===--------------------------------------------------------------------===//
  // Changes
  //===--------------------------------------------------------------------===//

  LogicalResult changeTypes() {
    // All new types first: an encoding may not fit what became known.
    SmallVector<std::pair<Value, RankedTensorType>> changes;
    SmallVector<func::FuncOp> functions;
    for (auto& [value, shape] : shapes) {
      auto type = cast<RankedTensorType>(value.getType());
      if (type.getShape() == ArrayRef(shape)) continue;
      auto newType = RankedTensorType::getChecked([&] { return emitError(value.getLoc()); }, shape,
                                                  type.getElementType(), type.getEncoding());
      if (!newType) return failure();
      changes.emplace_back(value, newType);
      if (auto function = value.getParentBlock()->getParent()->getParentOfType<func::FuncOp>())
        if (!llvm::is_contained(functions, function)) functions.push_back(function);
    }
    for (func::FuncOp function : functions)
      if (!SymbolTable::symbolKnownUseEmpty(function, getOperation()))
        return function.emitError() << "expected a function to specialise not to be called, got a use of @"
                                    << function.getName();
    for (auto [value, type] : changes) changeType(value, type);
    for (func::FuncOp function : functions) updateSignature(function);
    return success();
  }

  /// Whether a value's type is ours to change: a function's argument or the result of an operation of the dialect.
  static bool isOurs(Value value) {
    if (Operation* op = value.getDefiningOp()) return isa<ragged::RaggedDialect>(op->getDialect());
    return value.getParentBlock()->isEntryBlock() && isa<func::FuncOp>(value.getParentBlock()->getParentOp());
  }

  /// Whether an operation takes a value of whatever static dimensions. The function's only return does: the result's
  /// type follows.
  static bool takesAnyShape(Operation* user) {
    if (isa<func::ReturnOp>(user)) return user->getParentRegion()->hasOneBlock();
    return isa<tensor::CastOp, tensor::DimOp>(user) || isa<ragged::RaggedDialect>(user->getDialect());
  }

  /// Gives `value` a type, with a cast wherever the old type must stay: in front of users that know only that, or
  /// behind a definition that is not ours.
  static void changeType(Value value, RankedTensorType type) {
    OpBuilder builder(value.getContext());
    builder.setInsertionPointAfterValue(value);
    auto oldType = cast<RankedTensorType>(value.getType());
    if (!isOurs(value)) {
      auto cast = tensor::CastOp::create(builder, value.getLoc(), type, value);
      value.replaceUsesWithIf(cast,
                              [](OpOperand& use) { return isa<ragged::RaggedDialect>(use.getOwner()->getDialect()); });
      return;
    }
    value.setType(type);
    if (llvm::all_of(value.getUsers(), takesAnyShape)) return;
    auto cast = tensor::CastOp::create(builder, value.getLoc(), oldType, value);
    value.replaceUsesWithIf(cast, [](OpOperand& use) { return !takesAnyShape(use.getOwner()); });
  }

  /// Makes a function's type say what its arguments and its only return say.
  static void updateSignature(func::FuncOp function) {
    Block& entry = function.getBody().front();
    SmallVector<Type> results(function.getResultTypes());
    if (auto ret = dyn_cast<func::ReturnOp>(entry.getTerminator()); ret && function.getBody().hasOneBlock())
      results = llvm::to_vector(ret.getOperandTypes());
    function.setType(FunctionType::get(function.getContext(), entry.getArgumentTypes(), results));
  }

  void setAttributes() {
    getOperation().walk([&](ragged::AttentionOp op) {
      if (maxSeqlen != 0) op.setMaxSeqlen(maxSeqlen);
      if (blockM != 0) op.setBlockM(blockM);
      if (blockN != 0) op.setBlockN(blockN);
    });
  }

  SmallVector<Group> groups;
  /// The shape of every value in a group, as far as it is known. In the order of the program, for stable output.
  llvm::MapVector<Value, SmallVector<int64_t>> shapes;
};

}  // namespace
}  // namespace raggedc
