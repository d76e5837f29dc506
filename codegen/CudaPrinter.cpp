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
#include "codegen/Templates.h"
#include "codegen/Variables.h"
#include "dialect/ragged_kernel/RaggedKernel.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FormatVariadic.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/UB/IR/UBOps.h"

namespace raggedc {

using namespace mlir;
using namespace mlir::ragged_kernel;

namespace {

/// Precedence of C++ operators, as far as the printer needs it; higher binds tighter.
enum Precedence {
  kConditional,
  kOr,
  kAnd,
  kBitOr,
  kBitXor,
  kBitAnd,
  kEquality,
  kRelation,
  kShift,
  kSum,
  kProduct,
  kUnary,
  kPrimary
};

struct Expression {
  std::string text;
  Precedence precedence = kPrimary;
};

/// Names that generated code must not declare: keywords that IR names could hit, and what templates put in scope.
bool isReserved(StringRef name) {
  static const StringSet<> reserved = {"auto",        "bool",     "break",   "case",      "char",     "class",
                                       "const",       "continue", "default", "do",        "double",   "else",
                                       "float",       "for",      "if",      "int",       "long",     "return",
                                       "short",       "signed",   "union",   "unsigned",  "void",     "while",
                                       "and",         "or",       "not",     "xor",       "new",      "this",
                                       "template",    "typename", "using",   "namespace", "operator", "static",
                                       "block",       "warp",     "ptx",     "layout",    "ragged",   "shared_memory",
                                       "shared_base", "u8",       "u16",     "u32",       "u64",      "i32",
                                       "i64",         "f32",      "bf16",    "f16",       "Acc",      "Operand",
                                       "min",         "max",      "detail"};
  return reserved.contains(name);
}

/// A float as C++ text that reads back to the same value.
std::string floatText(const APFloat& value) {
  if (!value.isFinite()) return value.isNegative() ? "-kInfinity" : "kInfinity";
  char digits[32];
  std::snprintf(digits, sizeof(digits), "%.9g", value.convertToDouble());
  std::string text = digits;
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

class KernelPrinter {
 public:
  KernelPrinter(KernelOp kernel, StringSet<>& headers) : kernel(kernel), variables(kernel), headers(headers) {}

  LogicalResult print();
  StringRef getText() const { return text; }

 private:
  //===--- Names and types ------------------------------------------------===//

  std::string unique(StringRef base);
  std::string suggestName(Value value);
  const std::string& declareName(Value value);
  FailureOr<std::string> typeName(Type type, bool isConst = false);
  std::string scalarName(Type element);

  //===--- Values ---------------------------------------------------------===//

  Expression expression(Value value);
  std::string str(Value value) { return expression(value).text; }
  /// `value` as an operand of an operator of the given precedence.
  std::string operand(Value value, Precedence precedence, bool isRight = false);
  bool isDeclared(Value value) { return names.count(variables.find(value)); }
  std::optional<Expression> inlineExpression(Operation* op);
  bool printsInline(Operation* op);
  bool isWritten(Value pointer);

  //===--- Statements -----------------------------------------------------===//

  void line(const Twine& statement) {
    text.append(indent * 2, ' ');
    text += statement.str();
    text += "\n";
  }
  LogicalResult printBlock(Block& block);
  LogicalResult printOp(Operation* op);
  LogicalResult printFor(scf::ForOp loop);
  LogicalResult printIf(scf::IfOp branch);
  void printYield(ValueRange values, ValueRange targets);
  LogicalResult printTileOp(Operation* op);
  /// `const T name = text;`
  LogicalResult define(Value value, const Twine& initializer, bool constant = true);
  /// The variable that an in-place operation updates; a copy is printed first if the operand is still needed.
  FailureOr<std::string> target(Operation* op);
  /// For operations that return a new row vector: `name = ` with a declaration where the name is new.
  std::string assignment(Value result);

  void use(StringRef header) { headers.insert(header); }
  int64_t threads() { return kernel.getBlockSize(); }

  KernelOp kernel;
  Variables variables;
  StringSet<>& headers;
  std::string text;
  unsigned indent = 0;
  DenseMap<Value, std::string> names;    ///< by the value that stands for the variable
  DenseMap<Value, std::string> aliases;  ///< values printed as an expression of another name
  StringSet<> taken;
};

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
      .Case<IntegerType>([](IntegerType t) { return std::string(t.getWidth() == 1 ? "bool" : "int"); })
      .Case<FloatType>([](FloatType t) -> FailureOr<std::string> {
        if (t.isF32()) return std::string("f32");
        return failure();
      })
      .Case<AccType>([](AccType t) { return llvm::formatv("Acc<{0}, {1}>", t.getRows(), t.getCols()).str(); })
      .Case<OperandType>([&](OperandType t) {
        return llvm::formatv("Operand<{0}, {1}, {2}>", scalarName(t.getElementType()), t.getRows(), t.getCols()).str();
      })
      .Case<RowVectorType>([](auto) { return std::string("RowVector"); })
      .Case<SharedType>([&](SharedType t) {
        std::string layout =
            llvm::formatv("layout::{0}<{1}>", t.getLayout().getKind() == LayoutKind::Xor ? "Xor" : "Padded",
                          t.getLayout().getRowBytes());
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
      .Case<PtrType>([&](PtrType t) { return (isConst ? "const " : "") + scalarName(t.getElementType()) + "*"; })
      .Default([](Type) { return failure(); });
}

/// Whether anything is stored through this pointer, or through rows made from it.
bool KernelPrinter::isWritten(Value pointer) {
  for (OpOperand& use : pointer.getUses()) {
    Operation* user = use.getOwner();
    bool written = llvm::TypeSwitch<Operation*, bool>(user)
                       .Case<StoreRowsOp>([&](auto op) { return op.getRows() == pointer; })
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
  if (op->getNumResults() != 1) return false;
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
  auto choose = [&](const char* symbol) -> Expression {  // min and max without a library
    std::string a = operand(op->getOperand(0), kShift), b = operand(op->getOperand(1), kShift);
    std::string c = operand(op->getOperand(0), kOr), d = operand(op->getOperand(1), kOr);
    return {a + " " + symbol + " " + b + " ? " + c + " : " + d, kConditional};
  };
  return llvm::TypeSwitch<Operation*, std::optional<Expression>>(op)
      .Case<arith::ConstantOp>([&](arith::ConstantOp constant) -> std::optional<Expression> {
        if (auto integer = dyn_cast<IntegerAttr>(constant.getValue())) {
          if (integer.getType().isInteger(1)) return Expression{integer.getValue().isZero() ? "false" : "true"};
          int64_t value = integer.getInt();
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
      .Case<arith::DivUIOp, arith::DivSIOp, arith::DivFOp>([&](auto) { return binary("/", kProduct); })
      .Case<arith::RemUIOp, arith::RemSIOp>([&](auto) { return binary("%", kProduct); })
      .Case<arith::AndIOp>(
          [&](arith::AndIOp o) { return o.getType().isInteger(1) ? binary("&&", kAnd) : binary("&", kBitAnd); })
      .Case<arith::OrIOp>(
          [&](arith::OrIOp o) { return o.getType().isInteger(1) ? binary("||", kOr) : binary("|", kBitOr); })
      .Case<arith::XOrIOp>([&](arith::XOrIOp o) { return binary("^", kBitXor); })
      .Case<arith::ShLIOp>([&](auto) { return binary("<<", kShift); })
      .Case<arith::ShRSIOp, arith::ShRUIOp>([&](auto) { return binary(">>", kShift); })
      .Case<arith::MinSIOp, arith::MinUIOp>([&](auto) { return choose("<"); })
      .Case<arith::MaxSIOp, arith::MaxUIOp>([&](auto) { return choose(">"); })
      .Case<arith::MaximumFOp, arith::MaxNumFOp>([&](auto) { return choose(">"); })
      .Case<arith::MinimumFOp, arith::MinNumFOp>([&](auto) { return choose("<"); })
      .Case<arith::NegFOp>([&](auto) { return Expression{"-" + operand(op->getOperand(0), kUnary), kUnary}; })
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
          case arith::CmpIPredicate::ult:
            return binary("<", kRelation);
          case arith::CmpIPredicate::sle:
          case arith::CmpIPredicate::ule:
            return binary("<=", kRelation);
          case arith::CmpIPredicate::sgt:
          case arith::CmpIPredicate::ugt:
            return binary(">", kRelation);
          case arith::CmpIPredicate::sge:
          case arith::CmpIPredicate::uge:
            return binary(">=", kRelation);
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
            value + " < 0.0f ? -" + operand(op->getOperand(0), kUnary) + " : " + operand(op->getOperand(0), kOr),
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
  if (printsInline(op)) {
    // Printed at its use; make sure here that it can be.
    if (!inlineExpression(op)) return op->emitOpError() << "has no CUDA form";
    return success();
  }
  if (isa<ub::PoisonOp>(op)) return success();
  if (auto loop = dyn_cast<scf::ForOp>(op)) return printFor(loop);
  if (auto branch = dyn_cast<scf::IfOp>(op)) return printIf(branch);
  if (isa<RowsFromOp, SharedRowsOp, SlotOp>(op) ||
      isa_and_nonnull<arith::ArithDialect, math::MathDialect>(op->getDialect())) {
    std::optional<Expression> e = inlineExpression(op);
    if (!e) return op->emitOpError() << "has no CUDA form";
    if (auto rows = dyn_cast<RowsFromOp>(op)) {
      FailureOr<std::string> type = typeName(rows.getType(), !isWritten(rows.getResult()));
      line("const " + *type + " " + declareName(rows.getResult()) + " = " + e->text + ";");
      return success();
    }
    return define(op->getResult(0), e->text);
  }
  return printTileOp(op);
}

void KernelPrinter::printYield(ValueRange values, ValueRange targets) {
  // Each target gets its value; a value that another target holds is read before that target is written.
  SmallVector<std::pair<std::string, std::string>> moves;
  for (auto [value, target] : llvm::zip_equal(values, targets)) {
    if (value.getDefiningOp<ub::PoisonOp>() || variables.same(value, target)) continue;
    moves.push_back({str(target), str(value)});
  }
  bool crossed = llvm::any_of(moves, [&](auto& move) {
    return llvm::any_of(moves, [&](auto& other) { return &move != &other && move.first == other.second; });
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
    std::string from = str(init);
    line(*type + " " + declareName(argument) + " = " + from + ";");
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
  line("if (" + str(branch.getCondition()) + ") {");
  size_t body = text.size();
  ++indent;
  if (failed(printBlock(*branch.thenBlock()))) return failure();
  printYield(branch.thenYield()->getOperands(), branch.getResults());
  --indent;
  // A body of one statement goes on the line of its condition.
  StringRef printed = StringRef(text).drop_front(body);
  bool isShort = printed.count('\n') == 1 && !printed.contains("for (") && !printed.contains("if (") &&
                 !printed.contains("const ");
  std::string otherwise;
  if (Block* elseBlock = branch.elseBlock()) {
    size_t start = text.size();
    ++indent;
    if (failed(printBlock(*elseBlock))) return failure();
    printYield(branch.elseYield()->getOperands(), branch.getResults());
    --indent;
    otherwise = text.substr(start);
    text.resize(start);
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

LogicalResult KernelPrinter::printTileOp(Operation* op) {
  /// warp::f(updated, a, b) for operations that update a tile.
  auto update = [&](StringRef function, StringRef header, ArrayRef<std::string> arguments) -> LogicalResult {
    use(header);
    FailureOr<std::string> name = target(op);
    if (failed(name)) return failure();
    std::string list;
    for (const std::string& argument : arguments) list += ", " + argument;
    line("warp::" + function + "(" + *name + list + ");");
    return success();
  };
  /// name = warp::f(arguments) for operations on row vectors.
  auto assign = [&](Value result, StringRef function, ArrayRef<std::string> arguments) -> LogicalResult {
    use("softmax.cuh");
    std::string list = llvm::join(arguments, ", ");
    line(assignment(result) + "warp::" + function + "(" + list + ");");
    return success();
  };
  auto literal = [](const APFloat& value) { return floatText(value) + (value.isFinite() ? "f" : ""); };

  return llvm::TypeSwitch<Operation*, LogicalResult>(op)
      .Case<BlockIdOp>([&](BlockIdOp o) {
        use("ptx/special.cuh");
        return define(o.getResult(), o.getAxis() == GridAxis::X ? "ptx::block_x()" : "ptx::block_y()");
      })
      .Case<GridSizeOp>([&](GridSizeOp o) -> LogicalResult {
        if (o.getAxis() != GridAxis::X) return o.emitOpError() << "has no CUDA form for axis y";
        use("ptx/special.cuh");
        return define(o.getResult(), "ptx::grid_x()");
      })
      .Case<WarpIdOp>([&](WarpIdOp o) {
        use("ptx/special.cuh");
        return define(o.getResult(), "ptx::warp()");
      })
      .Case<ThreadIdOp>([&](ThreadIdOp o) {
        use("ptx/special.cuh");
        return define(o.getResult(), "ptx::thread()");
      })
      .Case<SequenceOp>([&](SequenceOp o) {
        use("sequence.cuh");
        std::string name = unique("sequence");
        line(llvm::formatv("const Sequence {0} = decode_sequence<{1}>({2}, {3}, &ragged_status);", name,
                           o.getCapacity(), str(o.getOffsets()), str(o.getIndex())));
        aliases[o.getBegin()] = name + ".begin";
        aliases[o.getLength()] = name + ".length";
        return success();
      })
      .Case<ExitIfOp>([&](ExitIfOp o) {
        line("if (" + str(o.getCondition()) + ") return;");
        return success();
      })
      .Case<GlobalRowsOp>([&](GlobalRowsOp o) {
        use("global_rows.cuh");
        std::string type = *typeName(o.getType(), !isWritten(o.getResult()));
        std::string base = str(o.getPtr());
        if (o.getOffset() != 0) base += " + " + std::to_string(o.getOffset());
        std::string first = str(o.getHead());
        if (first != "0") base += " + " + operand(o.getHead(), kProduct) + " * " + std::to_string(o.getHeadStride());
        std::string rows = llvm::formatv("{0}{{{1}}.rows({2})", type, base, str(o.getFirstRow()));
        line("const auto " + declareName(o.getResult()) + " = " + rows + ";");
        return success();
      })
      .Case<AllocSharedOp>([&](AllocSharedOp o) {
        std::string address = "shared_base";
        if (o.getOffset() != 0) address += " + " + std::to_string(o.getOffset());
        if (o.getType().getRank() == 1) {
          line("const u32 " + declareName(o.getResult()) + " = " + address + ";");
          return success();
        }
        use("shared_tile.cuh");
        std::string type = *typeName(o.getType());
        line("const " + type + " " + declareName(o.getResult()) + "{" + address + "};");
        return success();
      })
      .Case<CopyAsyncOp>([&](CopyAsyncOp o) {
        use("copy.cuh");
        std::string scope =
            o.getScope() == Scope::Warp ? "warp::copy_async" : llvm::formatv("block::copy_async<{0}>", threads()).str();
        std::string limit = o.getLimit() ? ", " + str(o.getLimit()) : "";
        line(scope + "(" + str(o.getTile()) + ", " + str(o.getRows()) + ", " + str(o.getValid()) + limit + ");");
        return success();
      })
      .Case<CommitGroupOp>([&](CommitGroupOp) {
        use("copy.cuh");
        line("commit_group();");
        return success();
      })
      .Case<WaitGroupOp>([&](WaitGroupOp o) {
        use("copy.cuh");
        line("wait_group<" + Twine(o.getPending()) + ">();");
        return success();
      })
      .Case<BarrierOp>([&](BarrierOp o) {
        use("barrier.cuh");
        line(o.getScope() == Scope::Warp ? "warp::barrier();" : "block::barrier();");
        return success();
      })
      .Case<LoadOperandOp>([&](LoadOperandOp o) {
        use("mma.cuh");
        return define(o.getResult(), "warp::load_operand(" + str(o.getTile()) + ")");
      })
      .Case<FillOp>([&](FillOp o) {
        use("softmax.cuh");
        if (isa<RowVectorType>(o.getType())) return assign(o.getResult(), "fill_rows", {literal(o.getValue())});
        if (!isDeclared(o.getResult())) {
          std::string type = *typeName(o.getType());
          line(type + " " + declareName(o.getResult()) + ";");
        }
        line("warp::fill(" + str(o.getResult()) + ", " + literal(o.getValue()) + ");");
        return success();
      })
      .Case<MmaIssueOp>([&](MmaIssueOp o) {
        return update(o.getForm() == MmaForm::NT ? "mma_nt" : "mma_nn", "mma.cuh", {str(o.getA()), str(o.getB())});
      })
      .Case<MmaWaitOp>([&](MmaWaitOp o) {
        // mma.sync is complete when issued.
        return llvm::LogicalResult(failed(target(op)) ? failure() : success());
      })
      .Case<ToOperandOp>([&](ToOperandOp o) {
        use("mma.cuh");
        return define(o.getResult(),
                      "warp::to_operand<" + scalarName(o.getType().getElementType()) + ">(" + str(o.getAcc()) + ")");
      })
      .Case<ScaleOp>([&](ScaleOp o) { return update("scale", "softmax.cuh", {literal(o.getFactor())}); })
      .Case<ApplyMaskOp>([&](ApplyMaskOp o) -> LogicalResult {
        if (failed(update("mask_keys", "mask.cuh", {str(o.getFirstKey()), str(o.getLength())}))) return failure();
        if (!o.getCausal()) return success();
        line("warp::mask_causal(" + str(o.getResult()) + ", " + str(o.getFirstKey()) + ", " + str(o.getFirstRow()) +
             ");");
        return success();
      })
      .Case<MaskKeysOp>(
          [&](MaskKeysOp o) { return update("mask_keys", "mask.cuh", {str(o.getFirstKey()), str(o.getLength())}); })
      .Case<MaskCausalOp>([&](MaskCausalOp o) {
        return update("mask_causal", "mask.cuh", {str(o.getFirstKey()), str(o.getFirstRow())});
      })
      .Case<RowMaxOp>(
          [&](RowMaxOp o) { return assign(o.getResult(), "row_max_partial", {str(o.getAcc()), str(o.getInit())}); })
      .Case<RowSumOp>(
          [&](RowSumOp o) { return assign(o.getResult(), "row_sum_partial", {str(o.getAcc()), str(o.getInit())}); })
      .Case<ReduceMaxOp>([&](ReduceMaxOp o) { return assign(o.getResult(), "reduce_max", {str(o.getRows())}); })
      .Case<ReduceSumOp>([&](ReduceSumOp o) { return assign(o.getResult(), "reduce_sum", {str(o.getRows())}); })
      .Case<MulRowsOp>([&](MulRowsOp o) { return assign(o.getResult(), "mul", {str(o.getLhs()), str(o.getRhs())}); })
      .Case<ExpDiffOp>([&](ExpDiffOp o) {
        return update(o.getBase() == ExpBase::Two ? "exp2_diff" : "exp_diff", "softmax.cuh",
                      {str(o.getMax()), literal(o.getScale())});
      })
      .Case<CorrectionOp>([&](CorrectionOp o) {
        return assign(o.getResult(), o.getBase() == ExpBase::Two ? "exp2_correction" : "exp_correction",
                      {str(o.getOldMax()), str(o.getNewMax()), literal(o.getScale())});
      })
      .Case<RescaleOp>([&](RescaleOp o) { return update("rescale", "softmax.cuh", {str(o.getFactor())}); })
      .Case<NormalizeOp>([&](NormalizeOp o) { return update("normalize", "softmax.cuh", {str(o.getSum())}); })
      .Case<StoreRowsOp>([&](StoreRowsOp o) {
        use("store.cuh");
        line(llvm::formatv("warp::store_rows<{0}>({1}, {2}, {3}, {4});",
                           scalarName(o.getStaging().getType().getElementType()), str(o.getAcc()), str(o.getStaging()),
                           str(o.getRows()), str(o.getValid())));
        return success();
      })
      .Case<CountKeptOp>([&](CountKeptOp o) {
        use("pack.cuh");
        return define(o.getResult(),
                      llvm::formatv("block::count_kept<{0}>({1}, {2}, {3}, {4})", threads(), str(o.getKeep()),
                                    str(o.getFirst()), str(o.getCount()), str(o.getScratch())));
      })
      .Case<CompactKeptOp>([&](CompactKeptOp o) {
        use("pack.cuh");
        return define(o.getResult(),
                      llvm::formatv("block::compact_kept<{0}>({1} + {2}, {3}, {2}, {4} + {5}, {6})", threads(),
                                    str(o.getKeep()), operand(o.getFirst(), kSum), str(o.getCount()),
                                    str(o.getIndices()), operand(o.getAt(), kSum), str(o.getScratch())));
      })
      .Case<LoadOp>([&](LoadOp o) {
        use("ptx/memory.cuh");
        if (isa<PtrType>(o.getMemory().getType()))
          return define(o.getResult(),
                        "ptx::load_global<int>(" + str(o.getMemory()) + " + " + operand(o.getIndex(), kSum) + ")");
        return define(o.getResult(), "ptx::load_shared<int>(" + str(o.getMemory()) + " + " +
                                         operand(o.getIndex(), kProduct) + " * 4)");
      })
      .Case<StoreOp>([&](StoreOp o) {
        use("ptx/memory.cuh");
        std::string value = "static_cast<u32>(" + str(o.getValue()) + ")";
        if (isa<PtrType>(o.getMemory().getType())) {
          line("ptx::store_global(" + str(o.getMemory()) + " + " + operand(o.getIndex(), kSum) + ", " + value + ");");
        } else {
          line("ptx::store_shared(" + str(o.getMemory()) + " + " + operand(o.getIndex(), kProduct) + " * 4, " + value +
               ");");
        }
        return success();
      })
      .Case<CopyRowOp>([&](CopyRowOp o) {
        use("pack.cuh");
        use("global_rows.cuh");
        auto row = [&](TypedValue<PtrType> pointer, Value index, bool isConst) {
          std::string element = scalarName(pointer.getType().getElementType());
          int64_t size = pointer.getType().getElementType().getIntOrFloatBitWidth() / 8;
          return llvm::formatv("GlobalRows<{0}{1}, {2}>{{{3}}.rows({4}).data", isConst ? "const " : "", element,
                               o.getBytes() / size, str(pointer), str(index))
              .str();
        };
        line(llvm::formatv("warp::copy_row<{0}>({1}, {2});", o.getBytes(), row(o.getFrom(), o.getFromRow(), true),
                           row(o.getTo(), o.getToRow(), false)));
        return success();
      })
      .Case<FillRowOp>([&](FillRowOp o) {
        use("pack.cuh");
        use("global_rows.cuh");
        int64_t size = o.getTo().getType().getElementType().getIntOrFloatBitWidth() / 8;
        line(llvm::formatv("warp::fill_row<{0}>(GlobalRows<{1}, {2}>{{{3}}.rows({4}).data, {5}u);", o.getBytes(),
                           scalarName(o.getTo().getType().getElementType()), o.getBytes() / size, str(o.getTo()),
                           str(o.getRow()), static_cast<uint32_t>(o.getPattern())));
        return success();
      })
      .Default([](Operation* other) { return other->emitOpError() << "has no CUDA form"; });
}

//===----------------------------------------------------------------------===//
// Kernel
//===----------------------------------------------------------------------===//

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
      text += " " + entry.getName().str() + "=" + value;
    }
  }
  text += "\n";
  if (ScheduleAttr schedule = kernel.getScheduleAttr()) {
    text += llvm::formatv(
        "// schedule {0}: {1} softmax, {2} keys at a time, {3} warps, {4} rows a block, {5} heads a block, {6} "
        "stages\n",
        stringifyFamily(schedule.getFamily()), schedule.getSoftmax() == Softmax::SinglePass ? "single-pass" : "online",
        schedule.getBlockN(), schedule.getWarps(), schedule.getRowsPerBlock(), schedule.getHeadsPerBlock(),
        schedule.getStages());
    // The reason, in lines of comment width.
    SmallVector<StringRef> words;
    schedule.getReason().split(words, ' ');
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

LogicalResult KernelPrinter::print() {
  use("types.cuh");
  text = headerComment(kernel);
  SmallVector<std::string> parameters;
  for (BlockArgument argument : kernel.getBody().getArguments())
    parameters.push_back(*typeName(argument.getType(), !isWritten(argument)) + " " + declareName(argument));
  text += llvm::formatv("extern \"C\" __global__ void __launch_bounds__({0}, {1})\n{2}({3}) {{\n", threads(),
                        kernel.getMinBlocks(), kernel.getSymName(), llvm::join(parameters, ", "));
  ++indent;
  if (kernel.getSharedBytes() != 0) {
    use("ptx/memory.cuh");
    line("extern __shared__ __align__(128) u8 shared_memory[];");
    line("const u32 shared_base = ptx::shared_address(shared_memory);");
  }
  if (failed(printBlock(kernel.getBody().front()))) return failure();
  --indent;
  text += "}\n";
  return success();
}

}  // namespace

FailureOr<std::string> emitCuda(ModuleOp module) {
  StringSet<> headers;
  std::string kernels;
  for (KernelOp kernel : module.getOps<KernelOp>()) {
    KernelPrinter printer(kernel, headers);
    if (failed(printer.print())) return failure();
    kernels += "\n" + printer.getText().str();
  }
  std::string text = "// Generated by raggedc. Device templates first, then the kernels.\n\n";
  text += collectTemplates(headers);
  text += "//---- kernels\nusing namespace ragged;\n\n";
  text += "// Sticky: bit 0, a sequence was longer than the capacity and was cut; bit 1, offsets decrease.\n";
  text += "__device__ u32 ragged_status;\n";
  return text + kernels;
}

}  // namespace raggedc
