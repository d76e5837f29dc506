//===- Program.cpp - a level-1 function for the reference ------------------===//

#include "tools/raggedc/Program.h"

#include <set>

#include "dialect/ragged/Ragged.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/TypeSwitch.h"
#include "tools/raggedc/Diagnostics.h"

namespace raggedc {

using namespace mlir;

namespace {

DType getDType(Type element) {
  if (element.isBF16()) return DType::kBf16;
  if (element.isF16()) return DType::kF16;
  if (element.isF32()) return DType::kF32;
  return element.isInteger(1) ? DType::kBool : DType::kI32;
}

ProgramValue describe(std::string name, Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  ProgramValue described{std::move(name), getDType(type.getElementType()), {}};
  for (int64_t size : type.getShape()) described.shape.push_back(ShapedType::isDynamic(size) ? kDynamic : size);
  return described;
}

/// What `op` takes its operand `index` for; "" if it is no operation of ours.
StringRef operandRole(Operation* op, unsigned index) {
  static constexpr StringRef packed[] = {"qkv", "offsets"}, separate[] = {"q", "k", "v", "offsets"};
  static constexpr StringRef pack[] = {"x", "keep"}, unpack[] = {"rows", "indices", "offsets"};
  return llvm::TypeSwitch<Operation*, StringRef>(op)
      .Case([&](ragged::AttentionOp attention) { return attention.isPacked() ? packed[index] : separate[index]; })
      .Case([&](ragged::PackOp) { return pack[index]; })
      .Case([&](ragged::UnpackOp) { return unpack[index]; })
      .Default(StringRef());
}

StringRef resultRole(Value value) {
  static constexpr StringRef pack[] = {"out", "offsets", "indices"};
  auto result = dyn_cast<OpResult>(value);
  return result && isa<ragged::PackOp>(result.getOwner()) ? pack[result.getResultNumber()] : StringRef("out");
}

class ProgramBuilder {
 public:
  explicit ProgramBuilder(func::FuncOp function) : function(function) {}

  void build() {
    TensorNames tensorNames = nameTensors(function);
    program.name = function.getName().str();
    for (auto [argument, name] : llvm::zip(function.getArguments(), tensorNames.arguments)) {
      names[argument] = name;
      program.inputs.push_back(describe(name, argument));
    }
    Operation* end = function.getBody().front().getTerminator();
    for (auto [value, name] : llvm::zip(end->getOperands(), tensorNames.results)) {
      // A result that the function gives back twice is one tensor.
      if (isa<OpResult>(value) && names.try_emplace(value, name).second)
        program.outputs.push_back(describe(name, value));
      else if (isa<BlockArgument>(value))
        emitError(end->getLoc()) << "expected every result to be computed by a ragged operation, got an argument";
    }
    for (Operation& op : function.getBody().front().without_terminator()) append(&op);
  }

  Program program;

 private:
  /// Values inside the function have names that no tensor can have.
  std::string name(Value value) {
    if (!value) return "";
    auto [entry, isNew] = names.try_emplace(value, "");
    if (isNew) entry->second = "%" + std::to_string(names.size());
    return entry->second;
  }

  void append(Operation* op) {
    llvm::TypeSwitch<Operation*>(op)
        .Case([&](ragged::AttentionOp attention) {
          AttentionStep step;
          (attention.isPacked() ? step.qkv : step.q) = name(attention.getQ());
          step.k = name(attention.getK());
          step.v = name(attention.getV());
          step.offsets = name(attention.getOffsets());
          step.out = name(attention.getOut());
          step.max_seqlen = static_cast<int64_t>(attention.getMaxSeqlen().value_or(0));
          step.causal = attention.getCausal();
          step.scale = static_cast<float>(attention.getScaleOrDefault());
          program.steps.push_back(std::move(step));
        })
        .Case([&](ragged::PackOp pack) {
          program.steps.push_back(PackStep{name(pack.getX()), name(pack.getKeep()), name(pack.getRows()),
                                           name(pack.getOffsets()), name(pack.getIndices())});
        })
        .Case([&](ragged::UnpackOp unpack) {
          // What a kernel writes is the fill in the element type.
          double fill = RoundToDType(unpack.getFill(), getDType(unpack.getElementType()));
          program.steps.push_back(UnpackStep{name(unpack.getRows()), name(unpack.getIndices()),
                                             name(unpack.getOffsets()), name(unpack.getOut()), unpack.getPaddedLength(),
                                             fill});
        })
        .Default([](Operation* other) {
          other->emitOpError() << "expected ragged.attention, ragged.pack or ragged.unpack, got another operation";
        });
  }

  func::FuncOp function;
  llvm::DenseMap<Value, std::string> names;
};

}  // namespace

TensorNames nameTensors(func::FuncOp function) {
  llvm::StringMap<bool> taken;
  auto unique = [&](StringRef base) {
    std::string name = base.str();
    for (int i = 1; !taken.insert({name, true}).second; ++i) name = (base + "_" + Twine(i)).str();
    return name;
  };
  llvm::DenseMap<Value, StringRef> roles;
  for (Operation& op : function.getBody().front())
    for (OpOperand& operand : op.getOpOperands())
      if (StringRef role = operandRole(&op, operand.getOperandNumber()); !role.empty())
        roles.try_emplace(operand.get(), role);
  TensorNames names;
  for (BlockArgument argument : function.getArguments()) {
    StringRef role = roles.lookup(argument);
    names.arguments.push_back(unique(role.empty() ? "arg" + std::to_string(argument.getArgNumber()) : role.str()));
  }
  llvm::DenseMap<Value, std::string> results;
  for (Value value : function.getBody().front().getTerminator()->getOperands()) {
    auto [entry, isNew] = results.try_emplace(value, "");
    if (isNew) entry->second = unique(resultRole(value));
    names.results.push_back(entry->second);
  }
  return names;
}

Result<Program> buildProgram(func::FuncOp function) {
  DiagnosticCollector diagnostics(function.getContext());
  ProgramBuilder builder(function);
  builder.build();
  RAGGEDC_RETURN_IF_ERROR(diagnostics.status());
  return std::move(builder.program);
}

std::vector<bool> getComputedOutputs(const Program& program) {
  std::set<std::string> computed;
  for (const Step& step : program.steps) {
    if (const auto* attention = std::get_if<AttentionStep>(&step)) computed.insert(attention->out);
    if (const auto* pack = std::get_if<PackStep>(&step); pack && computed.count(pack->x)) computed.insert(pack->rows);
    if (const auto* unpack = std::get_if<UnpackStep>(&step); unpack && computed.count(unpack->rows))
      computed.insert(unpack->out);
  }
  std::vector<bool> outputs;
  for (const ProgramValue& output : program.outputs) outputs.push_back(computed.count(output.name) != 0);
  return outputs;
}

int64_t getCapacity(const Program& program) {
  int64_t capacity = INT32_MAX;
  auto bound = [&](int64_t rows) { capacity = rows > 0 ? std::min(capacity, rows) : capacity; };
  for (const Step& step : program.steps) {
    if (const auto* attention = std::get_if<AttentionStep>(&step)) bound(attention->max_seqlen);
    if (const auto* unpack = std::get_if<UnpackStep>(&step)) bound(unpack->positions);
    if (const auto* pack = std::get_if<PackStep>(&step))
      for (const ProgramValue& value : program.inputs)
        if (value.name == pack->x) bound(value.shape[1]);
  }
  return capacity == INT32_MAX ? 64 : capacity;
}

}  // namespace raggedc
