//===- CudaPrinter.cpp - kernel IR to CUDA C++ text ------------------------===//
//
// One printer over ragged_kernel, arith, math and scf. Every tile operation is
// one call of a device template. Names come from the IR: a value's NameLoc,
// else its operation's own suggestion. Index arithmetic without a name that is
// used once is printed inside its user.
//
//===----------------------------------------------------------------------===//

#include <cstdio>

#include "codegen/Codegen.h"
#include "codegen/KernelPrinter.h"
#include "codegen/Templates.h"
#include "dialect/ragged_kernel/RaggedKernel.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FormatVariadic.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace raggedc {

using namespace mlir;
using namespace mlir::ragged_kernel;

std::string floatText(const APFloat& value) {
  if (value.isNaN()) return "__builtin_bit_cast(f32, 0x7fc00000u)";
  if (value.isInfinity()) return value.isNegative() ? "-kInfinity" : "kInfinity";
  char digits[32];
  std::snprintf(digits, sizeof(digits), "%.9g", value.convertToDouble());
  std::string text = digits;
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

int64_t elementBytes(PtrType type) {
  return llvm::divideCeil(type.getElementType().getIntOrFloatBitWidth(), 8);
}

namespace {

/// Names that generated code must not declare: keywords that IR names could hit, and what kernels take from templates.
bool isReserved(StringRef name) {
  static const StringSet<> reserved = {
      // C++
      "alignas", "alignof", "and", "and_eq", "asm", "auto", "bitand", "bitor", "bool", "break", "case", "catch", "char",
      "char16_t", "char32_t", "char8_t", "class", "co_await", "co_return", "co_yield", "compl", "concept", "const",
      "const_cast", "consteval", "constexpr", "constinit", "continue", "decltype", "default", "delete", "do", "double",
      "dynamic_cast", "else", "enum", "explicit", "export", "extern", "false", "float", "for", "friend", "goto", "if",
      "inline", "int", "long", "mutable", "namespace", "new", "noexcept", "not", "not_eq", "nullptr", "operator", "or",
      "or_eq", "private", "protected", "public", "register", "reinterpret_cast", "requires", "return", "short",
      "signed", "sizeof", "static", "static_assert", "static_cast", "struct", "switch", "template", "this",
      "thread_local", "throw", "true", "try", "typedef", "typeid", "typename", "union", "unsigned", "using", "virtual",
      "void", "volatile", "wchar_t", "while", "xor", "xor_eq",
      // CUDA
      "blockDim", "blockIdx", "gridDim", "threadIdx", "warpSize",
      // templates/ragged and the frame of a kernel
      "Acc", "Barriers", "GlobalRows", "Operand", "Part", "Partials", "RowVector", "Sequence", "SharedSlots",
      "SharedTile", "TensorMap", "arrive", "arrive_copies", "bf16", "block", "commit_group", "decode_sequence",
      "detail", "f16", "f32", "group", "i32", "i64", "kInfinity", "layout", "max", "min", "ptx", "ragged",
      "ragged_status", "shared_base", "shared_memory", "u16", "u32", "u64", "u8", "wait_group", "wait_phase", "warp",
      "warpgroup"};
  return reserved.contains(name);
}

/// Whether C++ text names the variable `name`.
bool mentions(StringRef text, StringRef name) {
  auto isPart = [](char c) { return llvm::isAlnum(c) || c == '_'; };
  for (size_t at = text.find(name); at != StringRef::npos; at = text.find(name, at + 1)) {
    size_t end = at + name.size();
    if ((at == 0 || !isPart(text[at - 1])) && (end == text.size() || !isPart(text[end]))) return true;
  }
  return false;
}

/// Whether values of a type are variables of their own, never parts of an expression.
bool isTile(Type type) {
  return isa<AccType, PartType, PendingType, OperandType, RowVectorType>(type);
}

/// Whether an index is known not to be negative, so that signed and unsigned operations on it agree.
bool isNonNegative(Value value) {
  APInt constant;
  if (matchPattern(value, m_ConstantInt(&constant))) return !constant.isNegative();
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    auto loop = dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp());
    return loop && argument == loop.getInductionVar() && isNonNegative(loop.getLowerBound());
  }
  Operation* op = value.getDefiningOp();
  if (auto sequence = dyn_cast<SequenceOp>(op)) return value == sequence.getLength();
  if (auto sequence = dyn_cast<LaneSequenceOp>(op)) return value == sequence.getLength();
  if (auto ofLane = dyn_cast<FromLaneOp>(op)) return isNonNegative(ofLane.getValue());
  if (auto uniform = dyn_cast<UniformOp>(op)) return isNonNegative(uniform.getValue());
  if (isa<BlockIdOp, GridSizeOp, WarpIdOp, WarpgroupIdOp, ThreadIdOp, CountKeptOp, CompactKeptOp>(op)) return true;
  return isa<arith::AddIOp, arith::MulIOp, arith::DivUIOp, arith::DivSIOp, arith::RemUIOp, arith::RemSIOp,
             arith::MinSIOp, arith::MinUIOp, arith::MaxSIOp, arith::MaxUIOp, arith::IndexCastOp>(op) &&
         llvm::all_of(op->getOperands(), isNonNegative);
}

}  // namespace

//===----------------------------------------------------------------------===//
// Names and types
//===----------------------------------------------------------------------===//

std::string KernelPrinter::unique(StringRef base) {
  std::string clean;
  for (char c : base) clean += llvm::isAlnum(c) ? c : '_';
  if (clean.empty() || llvm::isDigit(clean[0])) clean = "v" + clean;
  std::string name = clean;
  // `max` is a function of templates; the row maximum is the most common name that hits one.
  if (isReserved(name)) name = clean == "max" ? "row_max" : clean + "_";
  std::string candidate = name;
  for (int i = 2; !taken.insert(candidate).second; ++i) candidate = name + "_" + std::to_string(i);
  return candidate;
}

std::string KernelPrinter::suggestName(Value value) {
  if (auto named = dyn_cast<NameLoc>(value.getLoc())) return named.getName().str();
  // The result of a conditional is what its first branch calls it.
  if (auto branch = value.getDefiningOp<scf::IfOp>())
    return suggestName(branch.thenYield()->getOperand(cast<OpResult>(value).getResultNumber()));
  std::string suggested;
  if (auto named = value.getDefiningOp<OpAsmOpInterface>())
    named.getAsmResultNames([&](Value result, StringRef name) {
      if (result == value) suggested = name.str();
    });
  if (auto argument = dyn_cast<BlockArgument>(value); argument && suggested.empty())
    if (auto loop = dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp()))
      if (argument == loop.getInductionVar()) return "i";
  return suggested.empty() ? "v" : suggested;
}

const std::string& KernelPrinter::declareName(Value value) {
  return names[variables.find(value)] = unique(suggestName(value));
}

std::string KernelPrinter::scalarName(Type element) {
  if (element.isBF16()) return "bf16";
  if (element.isF16()) return "f16";
  if (element.isF32()) return "f32";
  if (element.isInteger(1)) return "u8";
  return "int";
}

FailureOr<std::string> KernelPrinter::typeName(Type type, bool isConst) {
  return llvm::TypeSwitch<Type, FailureOr<std::string>>(type)
      .Case<IndexType>([](auto) { return std::string("int"); })
      .Case<IntegerType>([](IntegerType t) -> FailureOr<std::string> {
        if (t.getWidth() == 1) return std::string("bool");
        if (t.getWidth() == 32) return std::string("int");
        return failure();
      })
      .Case<FloatType>([](FloatType t) -> FailureOr<std::string> {
        if (t.isF32()) return std::string("f32");
        return failure();
      })
      .Case<AccType, PendingType>(  // mma.sync leaves nothing pending
          [](auto t) { return llvm::formatv("Acc<{0}, {1}>", t.getRows(), t.getCols()).str(); })
      .Case<OperandType>([&](OperandType t) {
        return llvm::formatv("Operand<{0}, {1}, {2}>", scalarName(t.getElementType()), t.getRows(), t.getCols()).str();
      })
      .Case<RowVectorType>([](auto) { return std::string("RowVector"); })
      .Case<SharedType>([&](SharedType t) {
        // As the enum has them.
        static constexpr const char* kLayouts[] = {"Xor", "Padded", "Panels", "EvenPanels"};
        std::string layout = llvm::formatv("layout::{0}<{1}>", kLayouts[static_cast<size_t>(t.getLayout().getKind())],
                                           t.getLayout().getBytes());
        std::string slots = t.hasSlots() ? std::to_string(t.getSlots()) + ", " : "";
        return llvm::formatv("{0}<{1}, {2}{3}, {4}, {5}>", t.hasSlots() ? "SharedSlots" : "SharedTile",
                             scalarName(t.getElementType()), slots, t.getRows(), t.getCols(), layout)
            .str();
      })
      .Case<RowsType>([&](RowsType t) {
        return llvm::formatv("GlobalRows<{0}{1}, {2}>", isConst ? "const " : "", scalarName(t.getElementType()),
                             t.getStride())
            .str();
      })
      .Case<PartialsType>([](PartialsType t) {
        return llvm::formatv("Partials<{0}, {1}, {2}, {3}>", t.getWays(), t.getTiles(), t.getCols(), t.getStride())
            .str();
      })
      .Case<BarriersType>([](BarriersType t) { return llvm::formatv("Barriers<{0}>", t.getCount()).str(); })
      .Case<TensorMapType>([](TensorMapType) { return std::string("const __grid_constant__ TensorMap"); })
      .Case<PartType>([](PartType t) { return llvm::formatv("Part<{0}, {1}>", t.getCols(), t.getWays()).str(); })
      .Case<PtrType>([&](PtrType t) { return (isConst ? "const " : "") + scalarName(t.getElementType()) + "*"; })
      .Default([](Type) { return failure(); });
}

/// Whether anything is stored through this pointer, or through rows made from it.
bool KernelPrinter::isWritten(Value pointer) {
  for (OpOperand& use : pointer.getUses()) {
    Operation* user = use.getOwner();
    bool written =
        llvm::TypeSwitch<Operation*, bool>(user)
            .Case<StoreRowsOp, StorePartOp, StoreTransposedOp>([&](auto op) { return op.getRows() == pointer; })
            .Case<StoreOp>([&](auto op) { return op.getMemory() == pointer; })
            .Case<CopyRowOp>([&](auto op) { return op.getTo() == pointer; })
            .Case<FillRowOp>([&](auto op) { return op.getTo() == pointer; })
            .Case<CompactKeptOp>([&](auto op) { return op.getIndices() == pointer; })
            .Case<GlobalRowsOp, RowsFromOp>([&](auto op) { return isWritten(op.getResult()); })
            .Default(false);
    if (written) return true;
  }
  return false;
}

//===----------------------------------------------------------------------===//
// Expressions
//===----------------------------------------------------------------------===//

/// Views, constants and unnamed arithmetic with one use are printed where they are used.
bool KernelPrinter::printsInline(Operation* op) {
  if (isa<arith::ConstantOp>(op)) return true;
  if (op->getNumResults() != 1 || isTile(op->getResult(0).getType())) return false;
  bool once = op->hasOneUse();
  if (isa<RowsFromOp, SharedRowsOp, SlotOp>(op)) return once;
  if (!isa_and_nonnull<arith::ArithDialect, math::MathDialect>(op->getDialect())) return false;
  // A condition reads best in its `if`.
  if (op->getResult(0).getType().isInteger(1)) return once;
  return once && !isa<NameLoc>(op->getLoc());
}

std::string KernelPrinter::operand(Value value, Precedence precedence, bool isRight) {
  Expression e = expression(value);
  if (e.precedence < precedence || (isRight && e.precedence == precedence)) return "(" + e.text + ")";
  return e.text;
}

std::optional<Expression> KernelPrinter::inlineExpression(Operation* op) {
  auto binary = [&](const char* symbol, Precedence precedence) -> Expression {
    return {operand(op->getOperand(0), precedence) + " " + symbol + " " + operand(op->getOperand(1), precedence, true),
            precedence};
  };
  auto call = [&](StringRef function) -> Expression {
    std::string arguments =
        llvm::join(llvm::map_range(op->getOperands(), [&](Value value) { return str(value); }), ", ");
    return {(function + "(" + arguments + ")").str()};
  };
  // Unsigned operations read alike where the sign is known.
  bool signIsKnown = llvm::all_of(op->getOperands(), isNonNegative);
  auto asUnsigned = [&](Value value) { return "static_cast<u32>(" + str(value) + ")"; };
  auto binaryUnsigned = [&](const char* symbol, Precedence precedence) -> Expression {
    if (signIsKnown) return binary(symbol, precedence);
    std::string text = asUnsigned(op->getOperand(0)) + " " + symbol + " " + asUnsigned(op->getOperand(1));
    if (op->getResult(0).getType().isInteger(1)) return {text, precedence};
    return {"static_cast<int>(" + text + ")"};
  };
  /// `condition ? first : second`
  auto choose = [&](const std::string& condition) -> Expression {
    std::string first = operand(op->getOperand(0), kOr), second = operand(op->getOperand(1), kOr);
    return {condition + " ? " + first + " : " + second, kConditional};
  };
  auto compare = [&](const char* symbol) {
    return operand(op->getOperand(0), kShift) + " " + symbol + " " + operand(op->getOperand(1), kShift);
  };
  auto compareUnsigned = [&](const char* symbol) {
    if (signIsKnown) return compare(symbol);
    return asUnsigned(op->getOperand(0)) + " " + symbol + " " + asUnsigned(op->getOperand(1));
  };
  /// `a < b || a != a`: the first of two floats is the result if it is NaN; if the second is, that is.
  auto compareOrNaN = [&](const char* symbol) {
    std::string a = operand(op->getOperand(0), kRelation);
    return compare(symbol) + " || " + a + " != " + a;
  };
  return llvm::TypeSwitch<Operation*, std::optional<Expression>>(op)
      .Case<arith::ConstantOp>([&](arith::ConstantOp constant) -> std::optional<Expression> {
        if (auto integer = dyn_cast<IntegerAttr>(constant.getValue())) {
          if (integer.getType().isInteger(1)) return Expression{integer.getValue().isZero() ? "false" : "true"};
          int64_t value = integer.getInt();
          if (!llvm::isInt<32>(value)) return std::nullopt;
          return Expression{std::to_string(value), value < 0 ? kUnary : kPrimary};
        }
        if (auto real = dyn_cast<FloatAttr>(constant.getValue()); real && real.getType().isF32()) {
          std::string suffix = real.getValue().isFinite() ? "f" : "";
          return Expression{floatText(real.getValue()) + suffix, real.getValue().isNegative() ? kUnary : kPrimary};
        }
        return std::nullopt;
      })
      .Case<arith::AddIOp, arith::AddFOp>([&](auto) { return binary("+", kSum); })
      .Case<arith::SubIOp, arith::SubFOp>([&](auto) { return binary("-", kSum); })
      .Case<arith::MulIOp, arith::MulFOp>([&](auto) { return binary("*", kProduct); })
      .Case<arith::DivSIOp, arith::DivFOp>([&](auto) { return binary("/", kProduct); })
      .Case<arith::DivUIOp>([&](auto) { return binaryUnsigned("/", kProduct); })
      .Case<arith::RemSIOp>([&](auto) { return binary("%", kProduct); })
      .Case<arith::RemUIOp>([&](auto) { return binaryUnsigned("%", kProduct); })
      .Case<arith::AndIOp>(
          [&](arith::AndIOp o) { return o.getType().isInteger(1) ? binary("&&", kAnd) : binary("&", kBitAnd); })
      .Case<arith::OrIOp>(
          [&](arith::OrIOp o) { return o.getType().isInteger(1) ? binary("||", kOr) : binary("|", kBitOr); })
      .Case<arith::XOrIOp>([&](arith::XOrIOp o) { return binary("^", kBitXor); })
      .Case<arith::ShLIOp>([&](auto) { return binary("<<", kShift); })
      .Case<arith::ShRSIOp>([&](auto) { return binary(">>", kShift); })
      .Case<arith::ShRUIOp>([&](auto) { return binaryUnsigned(">>", kShift); })
      .Case<arith::MinSIOp>([&](auto) { return choose(compare("<")); })
      .Case<arith::MaxSIOp>([&](auto) { return choose(compare(">")); })
      .Case<arith::MinUIOp>([&](auto) { return choose(compareUnsigned("<")); })
      .Case<arith::MaxUIOp>([&](auto) { return choose(compareUnsigned(">")); })
      .Case<arith::MaximumFOp>([&](auto) { return choose(compareOrNaN(">")); })
      .Case<arith::MinimumFOp>([&](auto) { return choose(compareOrNaN("<")); })
      .Case<arith::MaxNumFOp>([&](auto) {
        use("ptx/math.cuh");
        return call("ptx::max");
      })
      .Case<arith::NegFOp>([&](auto) { return Expression{"-" + operand(op->getOperand(0), kPrimary), kUnary}; })
      .Case<arith::SelectOp>([&](arith::SelectOp o) {
        return Expression{operand(o.getCondition(), kOr) + " ? " + operand(o.getTrueValue(), kOr) + " : " +
                              operand(o.getFalseValue(), kOr),
                          kConditional};
      })
      .Case<arith::IndexCastOp>([&](auto) { return expression(op->getOperand(0)); })
      .Case<arith::SIToFPOp>([&](auto) { return Expression{"static_cast<f32>(" + str(op->getOperand(0)) + ")"}; })
      .Case<arith::CmpIOp>([&](arith::CmpIOp o) {
        switch (o.getPredicate()) {
          case arith::CmpIPredicate::eq:
            return binary("==", kEquality);
          case arith::CmpIPredicate::ne:
            return binary("!=", kEquality);
          case arith::CmpIPredicate::slt:
            return binary("<", kRelation);
          case arith::CmpIPredicate::sle:
            return binary("<=", kRelation);
          case arith::CmpIPredicate::sgt:
            return binary(">", kRelation);
          case arith::CmpIPredicate::sge:
            return binary(">=", kRelation);
          case arith::CmpIPredicate::ult:
            return binaryUnsigned("<", kRelation);
          case arith::CmpIPredicate::ule:
            return binaryUnsigned("<=", kRelation);
          case arith::CmpIPredicate::ugt:
            return binaryUnsigned(">", kRelation);
          case arith::CmpIPredicate::uge:
            return binaryUnsigned(">=", kRelation);
        }
        llvm_unreachable("every predicate is printed");
      })
      .Case<arith::CmpFOp>([&](arith::CmpFOp o) -> std::optional<Expression> {
        switch (o.getPredicate()) {
          case arith::CmpFPredicate::OEQ:
            return binary("==", kEquality);
          case arith::CmpFPredicate::UNE:
            return binary("!=", kEquality);
          case arith::CmpFPredicate::OLT:
            return binary("<", kRelation);
          case arith::CmpFPredicate::OLE:
            return binary("<=", kRelation);
          case arith::CmpFPredicate::OGT:
            return binary(">", kRelation);
          case arith::CmpFPredicate::OGE:
            return binary(">=", kRelation);
          default:
            return std::nullopt;
        }
      })
      .Case<math::Exp2Op>([&](auto) {
        use("ptx/math.cuh");
        return call("ptx::ex2");
      })
      .Case<math::AbsFOp>([&](auto) {
        std::string value = operand(op->getOperand(0), kShift);
        return Expression{
            value + " < 0.0f ? -" + operand(op->getOperand(0), kPrimary) + " : " + operand(op->getOperand(0), kOr),
            kConditional};
      })
      .Case<math::FmaOp>([&](auto) {
        return Expression{operand(op->getOperand(0), kProduct) + " * " + operand(op->getOperand(1), kProduct, true) +
                              " + " + operand(op->getOperand(2), kSum, true),
                          kSum};
      })
      .Case<RowsFromOp>([&](RowsFromOp o) {
        use("global_rows.cuh");
        return Expression{operand(o.getRows(), kPrimary) + ".rows(" + str(o.getFirst()) + ")"};
      })
      .Case<SharedRowsOp>([&](SharedRowsOp o) {
        return Expression{llvm::formatv("{0}.rows<{1}>({2})", operand(o.getTile(), kPrimary), o.getType().getRows(),
                                        str(o.getFirst()))};
      })
      .Case<SlotOp>(
          [&](SlotOp o) { return Expression{operand(o.getTile(), kPrimary) + ".slot(" + str(o.getIndex()) + ")"}; })
      .Default(std::nullopt);
}

Expression KernelPrinter::expression(Value value) {
  if (auto it = aliases.find(value); it != aliases.end()) return {it->second};
  if (auto it = names.find(variables.find(value)); it != names.end()) return {it->second};
  Operation* op = value.getDefiningOp();
  assert(op && "a value that was neither declared nor can be printed in place");
  std::optional<Expression> e = inlineExpression(op);
  assert(e && "a value that was neither declared nor can be printed in place");
  return *e;
}

//===----------------------------------------------------------------------===//
// Statements
//===----------------------------------------------------------------------===//

LogicalResult KernelPrinter::define(Value value, const Twine& initializer, bool constant) {
  FailureOr<std::string> type = typeName(value.getType(), true);
  if (failed(type)) return value.getDefiningOp()->emitOpError() << "has no CUDA type: " << value.getType();
  std::string text = initializer.str();
  line((constant ? "const " : "") + *type + " " + declareName(value) + " = " + text + ";");
  return success();
}

FailureOr<std::string> KernelPrinter::target(Operation* op) {
  Value operand = cast<InPlaceOpInterface>(op).getInPlaceOperand().get();
  Value result = op->getResult(0);
  if (variables.same(operand, result)) return str(operand);
  if (auto issue = dyn_cast<MmaIssueOp>(op); issue && issue.getFresh()) {  // nothing to copy
    if (!isDeclared(result)) line(*typeName(result.getType()) + " " + declareName(result) + ";");
    return str(result);
  }
  std::string from = str(operand);
  if (isDeclared(result)) {
    line(str(result) + " = " + from + ";");
    return str(result);
  }
  if (failed(define(result, from, /*constant=*/false))) return failure();
  return str(result);
}

std::string KernelPrinter::assignment(Value result) {
  if (isDeclared(result)) return str(result) + " = ";
  return *typeName(result.getType()) + " " + declareName(result) + " = ";
}

LogicalResult KernelPrinter::printBlock(Block& block) {
  for (Operation& op : block) {
    if (isa<scf::YieldOp, ReturnOp>(op)) continue;
    if (failed(printOp(&op))) return failure();
  }
  return success();
}

LogicalResult KernelPrinter::printOp(Operation* op) {
  bool isArithmetic = isa_and_nonnull<arith::ArithDialect, math::MathDialect>(op->getDialect());
  if (isArithmetic && failed(typeName(op->getResult(0).getType())))
    return op->emitOpError() << "has no CUDA type: " << op->getResult(0).getType();
  if (printsInline(op)) {
    // Printed at its use; make sure here that it can be.
    if (!inlineExpression(op)) return op->emitOpError() << "has no CUDA form";
    return success();
  }
  if (auto poison = dyn_cast<ub::PoisonOp>(op)) return printPoison(poison);
  if (auto loop = dyn_cast<scf::ForOp>(op)) return printFor(loop);
  if (auto branch = dyn_cast<scf::IfOp>(op)) return printIf(branch);
  if (isArithmetic || isa<RowsFromOp, SharedRowsOp, SlotOp>(op)) {
    std::optional<Expression> e = inlineExpression(op);
    if (!e) return op->emitOpError() << "has no CUDA form";
    if (isTile(op->getResult(0).getType())) {
      line(assignment(op->getResult(0)) + e->text + ";");
      return success();
    }
    if (auto rows = dyn_cast<RowsFromOp>(op)) {
      FailureOr<std::string> type = typeName(rows.getType(), !isWritten(rows.getResult()));
      line("const " + *type + " " + declareName(rows.getResult()) + " = " + e->text + ";");
      return success();
    }
    return define(op->getResult(0), e->text);
  }
  return printTileOp(op);
}

/// A value that may be anything: nothing is stored. Yields and loops that take it need not even a variable.
LogicalResult KernelPrinter::printPoison(ub::PoisonOp op) {
  bool isRead = llvm::any_of(op->getUsers(), [](Operation* user) { return !isa<scf::YieldOp, scf::ForOp>(user); });
  if (!isRead) return success();
  FailureOr<std::string> type = typeName(op.getType());
  if (failed(type)) return op.emitOpError() << "has no CUDA type: " << op.getType();
  line(*type + " " + declareName(op) + ";");
  return success();
}

void KernelPrinter::printYield(ValueRange values, ValueRange targets) {
  // Each target gets its value; a value that another target holds is read before that target is written.
  SmallVector<std::pair<std::string, std::string>> moves;
  for (auto [value, target] : llvm::zip_equal(values, targets)) {
    if (value.getDefiningOp<ub::PoisonOp>() || variables.same(value, target)) continue;
    moves.push_back({str(target), str(value)});
  }
  bool crossed = llvm::any_of(moves, [&](auto& move) {
    return llvm::any_of(moves, [&](auto& other) { return &move != &other && mentions(other.second, move.first); });
  });
  if (!crossed) {
    for (auto& [to, from] : moves) line(to + " = " + from + ";");
    return;
  }
  SmallVector<std::string> temporaries;
  for (auto& [to, from] : moves) {
    temporaries.push_back(unique("next_" + to));
    line("const auto " + temporaries.back() + " = " + from + ";");
  }
  for (auto [move, temporary] : llvm::zip_equal(moves, temporaries)) line(move.first + " = " + temporary + ";");
}

LogicalResult KernelPrinter::printFor(scf::ForOp loop) {
  for (auto [init, argument] : llvm::zip_equal(loop.getInitArgs(), loop.getRegionIterArgs())) {
    if (variables.same(init, argument)) continue;
    FailureOr<std::string> type = typeName(argument.getType(), true);
    if (failed(type)) return loop.emitOpError() << "carries a value with no CUDA type: " << argument.getType();
    std::string from = init.getDefiningOp<ub::PoisonOp>() ? "" : " = " + str(init);
    line(*type + " " + declareName(argument) + from + ";");
  }
  const std::string induction = declareName(loop.getInductionVar());
  line(llvm::formatv("for (int {0} = {1}; {0} < {2}; {0} += {3}) {{", induction, str(loop.getLowerBound()),
                     operand(loop.getUpperBound(), kShift), str(loop.getStep())));
  ++indent;
  if (failed(printBlock(*loop.getBody()))) return failure();
  printYield(loop.getYieldedValues(), loop.getRegionIterArgs());
  --indent;
  line("}");
  return success();
}

LogicalResult KernelPrinter::printIf(scf::IfOp branch) {
  for (OpResult result : branch.getResults()) {
    if (isDeclared(result)) continue;
    FailureOr<std::string> type = typeName(result.getType());
    if (failed(type)) return branch.emitOpError() << "yields a value with no CUDA type: " << result.getType();
    line(*type + " " + declareName(result) + ";");
  }
  size_t start = text.size();
  line("if (" + str(branch.getCondition()) + ") {");
  size_t body = text.size();
  ++indent;
  if (failed(printBlock(*branch.thenBlock()))) return failure();
  printYield(branch.thenYield()->getOperands(), branch.getResults());
  --indent;
  // A body of one statement goes on the line of its condition.
  StringRef printed = StringRef(text).drop_front(body);
  bool isEmpty = printed.empty();
  bool isShort = printed.count('\n') == 1 && !printed.contains("for (") && !printed.contains("if (") &&
                 !printed.contains("const ");
  std::string otherwise;
  if (Block* elseBlock = branch.elseBlock()) {
    size_t thenEnd = text.size();
    ++indent;
    if (failed(printBlock(*elseBlock))) return failure();
    printYield(branch.elseYield()->getOperands(), branch.getResults());
    --indent;
    otherwise = text.substr(thenEnd);
    text.resize(thenEnd);
  }
  if (isEmpty && otherwise.empty()) {
    text.resize(start);
    return success();
  }
  if (isShort && otherwise.empty()) {
    std::string statement = StringRef(text).drop_front(body).trim().str();
    text.resize(body - 3);  // " {\n"
    text += " " + statement + "\n";
    return success();
  }
  if (otherwise.empty()) {
    line("}");
    return success();
  }
  line("} else {");
  text += otherwise;
  line("}");
  return success();
}

//===----------------------------------------------------------------------===//
// Kernel
//===----------------------------------------------------------------------===//

namespace {

/// Text of the IR as it may stand in a comment: nothing that ends the line or carries it on to the next.
std::string commentText(StringRef text) {
  std::string clean = text.str();
  for (char& c : clean)
    if (!llvm::isPrint(c) || c == '\\') c = '?';
  return clean;
}

/// The comment above a kernel: what it is for, and by which schedule and why.
std::string headerComment(KernelOp kernel) {
  std::string text = "// " + kernel.getSymName().str();
  if (DictionaryAttr spec = kernel.getSpecAttr()) {
    text += ":";
    for (NamedAttribute entry : spec) {
      std::string value;
      llvm::raw_string_ostream stream(value);
      if (auto boolean = dyn_cast<BoolAttr>(entry.getValue())) {
        stream << (boolean.getValue() ? "yes" : "no");
      } else if (auto integer = dyn_cast<IntegerAttr>(entry.getValue())) {
        stream << integer.getInt();
      } else if (auto real = dyn_cast<FloatAttr>(entry.getValue())) {
        stream << floatText(real.getValue());
      } else if (auto type = dyn_cast<TypeAttr>(entry.getValue())) {
        stream << type.getValue();
      }
      text += " " + commentText(entry.getName()) + "=" + value;
    }
  }
  text += "\n";
  if (ScheduleAttr schedule = kernel.getScheduleAttr()) {
    text += llvm::formatv(
        "// schedule {0}: {1} softmax, {2} keys at a time, {3} warps, {4} rows a block, {5} heads a block, {6} "
        "stages{7}\n",
        stringifyFamily(schedule.getFamily()), schedule.getSoftmax() == Softmax::SinglePass ? "single-pass" : "online",
        schedule.getBlockN(), schedule.getWarps(), schedule.getRowsPerBlock(), schedule.getHeadsPerBlock(),
        schedule.getStages(), schedule.getTensorCopies() ? ", copies by tensor maps" : "");
    // The reason, in lines of comment width.
    SmallVector<StringRef> words;
    std::string reason = commentText(schedule.getReason());
    StringRef(reason).split(words, ' ', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
    std::string current = "//   why:";
    for (StringRef word : words) {
      if (current.size() + 1 + word.size() > 116) {
        text += current + "\n";
        current = "//  ";
      }
      current += " " + word.str();
    }
    text += current + "\n";
  }
  return text;
}

bool isIdentifier(StringRef name) {
  return !name.empty() && !llvm::isDigit(name.front()) && !isReserved(name) &&
         llvm::all_of(name, [](char c) { return llvm::isAlnum(c) || c == '_'; });
}

}  // namespace

LogicalResult KernelPrinter::print() {
  if (!isIdentifier(kernel.getSymName()))
    return kernel.emitOpError() << "expected a name that is a C identifier, got '" << kernel.getSymName() << "'";
  text = headerComment(kernel);
  SmallVector<std::string> parameters;
  for (BlockArgument argument : kernel.getBody().getArguments()) {
    if (isa<TensorMapType>(argument.getType())) use("tensor_map.cuh");
    parameters.push_back(*typeName(argument.getType(), !isWritten(argument)) + " " + declareName(argument));
  }
  text += llvm::formatv("extern \"C\" __global__ void __launch_bounds__({0}, {1})\n{2}({3}) {{\n", threads(),
                        kernel.getMinBlocks(), kernel.getSymName(), llvm::join(parameters, ", "));
  ++indent;
  if (kernel.getSharedBytes() != 0) {
    use("ptx/memory.cuh");
    // The swizzles of warpgroup products repeat every 1024 bytes.
    bool swizzled = kernel
                        ->walk([](MmaIssueOp issue) {
                          return issue.getWarpgroup() ? WalkResult::interrupt() : WalkResult::advance();
                        })
                        .wasInterrupted();
    line("extern __shared__ __align__(" + Twine(swizzled ? 1024 : 128) + ") u8 shared_memory[];");
    line("const u32 shared_base = ptx::shared_address(shared_memory);");
  }
  if (failed(printBlock(kernel.getBody().front()))) return failure();
  --indent;
  text += "}\n";
  return success();
}

FailureOr<std::string> emitCuda(ModuleOp module) {
  StringSet<> headers;
  std::set<int64_t> wgmmaColumns;
  std::string kernels;
  headers.insert("types.cuh");
  for (KernelOp kernel : module.getOps<KernelOp>()) {
    KernelPrinter printer(kernel, headers, wgmmaColumns);
    if (failed(printer.print())) return failure();
    kernels += "\n" + printer.getText().str();
  }
  std::string text = "// Generated by raggedc. Device templates first, then the kernels.\n\n";
  if (!wgmmaColumns.empty()) {
    text += "#define RAGGED_WGMMA_CHOSEN\n";
    for (int64_t columns : wgmmaColumns) text += "#define RAGGED_WGMMA_" + std::to_string(columns) + "\n";
    text += "\n";
  }
  text += collectTemplates(headers);
  text += "//---- kernels\nusing namespace ragged;\n\n";
  text += "// Sticky: bit 0, a sequence was longer than the capacity and was cut; bit 1, offsets decrease.\n";
  text += "__device__ u32 ragged_status;\n";
  return text + kernels;
}

}  // namespace raggedc
