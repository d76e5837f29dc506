//===- Manifest.cpp - what the runtime must know, as JSON ------------------===//

#include "codegen/Codegen.h"
#include "dialect/ragged/Ragged.h"
#include "dialect/ragged_kernel/RaggedKernel.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace raggedc {

using namespace mlir;
using namespace mlir::ragged_kernel;
namespace json = llvm::json;

namespace {

StringRef dtypeName(Type element) {
  if (element.isBF16()) return "bf16";
  if (element.isF16()) return "f16";
  if (element.isF32()) return "f32";
  if (element.isInteger(1)) return "i1";
  return "i32";
}

/// Which operation of level 1 a kernel serves, from its name's last part, which a number may follow.
StringRef kernelRole(KernelOp kernel) {
  StringRef name = kernel.getSymName().rtrim("0123456789");
  name.consume_back("_");
  for (StringRef role : {"pack_indices", "pack_rows", "unpack", "attention"})
    if (name.ends_with("_" + role.str())) return role;
  return "kernel";
}

/// Whether the runtime can hold values of a type.
bool isTensor(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor) return false;
  Type element = tensor.getElementType();
  return element.isBF16() || element.isF16() || element.isF32() || element.isInteger(32) || element.isInteger(1);
}

class ManifestBuilder {
 public:
  ManifestBuilder(ModuleOp module, StringRef arch) : module(module), arch(arch) {}

  FailureOr<std::string> build() {
    auto functions = llvm::to_vector(module.getOps<func::FuncOp>());
    if (functions.size() != 1)
      return module.emitError() << "expected one function for a manifest, got " << functions.size();
    function = functions.front();
    if (failed(checkValues())) return failure();
    nameValues();
    json::Array launches;
    for (Operation& op : function.getBody().front()) {
      if (isa<func::ReturnOp>(op)) continue;
      auto launch = dyn_cast<LaunchOp>(op);
      if (!launch) return op.emitOpError() << "expected only kernel launches in a function for a manifest";
      launches.push_back(describeLaunch(launch));
    }
    json::Array kernels;
    for (KernelOp kernel : module.getOps<KernelOp>()) kernels.push_back(describeKernel(kernel));
    json::Object manifest{
        {"raggedc_manifest", 1},       {"name", function.getName()},    {"arch", arch},
        {"values", std::move(values)}, {"kernels", std::move(kernels)}, {"launches", std::move(launches)}};
    std::string text;
    llvm::raw_string_ostream stream(text);
    stream << llvm::formatv("{0:2}", json::Value(std::move(manifest))) << "\n";
    return text;
  }

 private:
  LogicalResult checkValues() {
    if (function.isExternal()) return function.emitOpError() << "expected a body for a manifest";
    auto types = llvm::concat<const Type>(function.getArgumentTypes(), function.getResultTypes());
    for (Type type : types)
      if (!isTensor(type))
        return function.emitOpError() << "expected ranked tensors of bf16, f16, f32, i32 or i1, got " << type;
    for (Value result : function.getBody().front().getTerminator()->getOperands())
      if (!result.getDefiningOp<LaunchOp>())
        return function.emitOpError() << "expected every result to be made by a kernel launch";
    return success();
  }

  std::string unique(StringRef base) {
    std::string name = base.str();
    for (int i = 1; !taken.insert({name, true}).second; ++i) name = (base + "_" + Twine(i)).str();
    return name;
  }

  /// Inputs are called as the function's arguments are in the text, or by what the first launch takes them for;
  /// results by what the launch that makes them calls them, under the names of the command line.
  void nameValues() {
    SmallVector<Value> outputs(function.getBody().front().getTerminator()->getOperands());
    for (BlockArgument argument : function.getArguments()) {
      std::string base = "arg" + std::to_string(argument.getArgNumber());
      if (auto given = function.getArgAttrOfType<StringAttr>(argument.getArgNumber(), "ragged.name")) {
        base = given.str();
      } else if (std::string used = parameterName(argument); !used.empty()) {
        base = used;
      }
      add(argument, unique(base), "input");
    }
    // Results claim their names before temporaries do.
    for (Value output : outputs)
      if (!names.count(output)) names[output] = unique(resultName(output));
    function.walk([&](LaunchOp launch) {
      for (OpResult result : launch.getOutputs().empty() ? SmallVector<OpResult>() : results(launch)) {
        bool isOutput = llvm::is_contained(outputs, Value(result));
        std::string name = isOutput ? names[result] : unique(resultName(result));
        names.erase(result);
        add(result, name, isOutput ? "output" : "temporary");
      }
    });
  }

  static SmallVector<OpResult> results(LaunchOp launch) {
    return SmallVector<OpResult>(launch->result_begin(), launch->result_end());
  }

  KernelOp callee(LaunchOp launch) { return cast<KernelOp>(module.lookupSymbol(launch.getCallee())); }

  std::string kernelParameter(LaunchOp launch, unsigned index) {
    auto named = dyn_cast<NameLoc>(callee(launch).getBody().getArgument(index).getLoc());
    return named ? named.getName().str() : "p" + std::to_string(index);
  }

  std::string parameterName(Value value) {
    for (OpOperand& use : value.getUses())
      if (auto launch = dyn_cast<LaunchOp>(use.getOwner())) return kernelParameter(launch, use.getOperandNumber());
    return "";
  }

  std::string resultName(Value value) {
    auto result = dyn_cast<OpResult>(value);
    auto launch = result ? dyn_cast<LaunchOp>(result.getOwner()) : LaunchOp();
    if (!launch) return "out";
    std::string name = kernelParameter(launch, launch.getInputs().size() + result.getResultNumber());
    return name == "rows" ? "out" : name;
  }

  void add(Value value, std::string name, StringRef role) {
    names[value] = name;
    auto type = cast<RankedTensorType>(value.getType());
    json::Array shape, strides;
    SmallVector<int64_t> contiguous(type.getRank(), 1);
    for (int64_t i = type.getRank() - 2; i >= 0; --i)
      contiguous[i] = contiguous[i + 1] * (type.isDynamicDim(i + 1) ? 0 : type.getDimSize(i + 1));
    auto encoding = dyn_cast_or_null<ragged::StridesAttr>(type.getEncoding());
    for (int64_t i = 0; i < type.getRank(); ++i) {
      shape.push_back(type.isDynamicDim(i) ? dynamicDim(value, i, name) : json::Value(type.getDimSize(i)));
      strides.push_back(encoding ? encoding.getStrides()[i] : contiguous[i]);
    }
    values.push_back(json::Object{{"name", name},
                                  {"role", role},
                                  {"dtype", dtypeName(type.getElementType())},
                                  {"shape", std::move(shape)},
                                  {"strides", std::move(strides)}});
  }

  json::Value dynamicDim(Value value, int64_t dim, StringRef name) {
    auto result = dyn_cast<OpResult>(value);
    if (!result) return json::Object{{"value", name.str()}, {"dim", dim}};
    auto launch = cast<LaunchOp>(result.getOwner());
    return extent(launch, cast<ExtentAttr>(launch.getExtents()[result.getResultNumber()]));
  }

  json::Value extent(LaunchOp launch, ExtentAttr attr) {
    if (attr.isConstant()) return attr.getMul();
    return json::Object{{"value", names[launch.getInputs()[attr.getOperand()]]},
                        {"dim", attr.getDim()},
                        {"add", attr.getAdd()},
                        {"mul", attr.getMul()}};
  }

  json::Value describeLaunch(LaunchOp launch) {
    json::Array args;
    for (Value value : launch->getOperands()) args.push_back(names[value]);
    for (Value value : launch->getResults()) args.push_back(names[value]);
    json::Object described{
        {"kernel", launch.getCallee()},
        {"args", std::move(args)},
        {"grid", json::Array{extent(launch, launch.getGridX()), extent(launch, launch.getGridY()), 1}}};
    if (!launch.getScalars().empty()) {
      json::Array scalars;
      for (ExtentAttr scalar : launch.getScalars().getAsRange<ExtentAttr>()) scalars.push_back(extent(launch, scalar));
      described["scalars"] = std::move(scalars);
    }
    if (!launch.getTensorMaps().empty()) described["tensor_maps"] = describeMaps(launch);
    if (launch.getResident() != 0) described["blocks_per_multiprocessor"] = static_cast<int64_t>(launch.getResident());
    return described;
  }

  /// How many rows there are only the device knows; their number fits 32 bits, as offsets do.
  json::Array describeMaps(LaunchOp launch) {
    json::Array maps;
    auto types = llvm::make_filter_range(callee(launch).getArgumentTypes(), llvm::IsaPred<TensorMapType>);
    for (auto [operand, type] : llvm::zip_equal(launch.getTensorMaps(), llvm::to_vector(types))) {
      auto map = cast<TensorMapType>(type);
      maps.push_back(json::Object{{"value", names[launch.getInputs()[operand]]},
                                  {"sizes", json::Array{map.getCols(), int64_t{INT32_MAX}}},
                                  {"strides", json::Array{map.getStride() * map.getElementBytes()}},
                                  {"box", json::Array{map.getBoxCols(), map.getBoxRows()}},
                                  {"swizzle", map.getBoxBytes()}});
    }
    return maps;
  }

  json::Value describeKernel(KernelOp kernel) {
    json::Array parameters;
    for (BlockArgument argument : kernel.getBody().getArguments()) {
      auto named = dyn_cast<NameLoc>(argument.getLoc());
      parameters.push_back(named ? named.getName().str() : "p" + std::to_string(argument.getArgNumber()));
    }
    json::Object spec;
    if (DictionaryAttr attributes = kernel.getSpecAttr()) {
      for (NamedAttribute entry : attributes) {
        StringRef key = entry.getName();
        if (auto boolean = dyn_cast<BoolAttr>(entry.getValue())) {
          spec[key] = boolean.getValue();
        } else if (auto integer = dyn_cast<IntegerAttr>(entry.getValue())) {
          spec[key] = integer.getInt();
        } else if (auto real = dyn_cast<FloatAttr>(entry.getValue())) {
          spec[key] = real.getValueAsDouble();
        } else if (auto type = dyn_cast<TypeAttr>(entry.getValue())) {
          spec[key] = dtypeName(type.getValue());
        }
      }
    }
    json::Object schedule;
    if (ScheduleAttr attr = kernel.getScheduleAttr()) {
      schedule = json::Object{{"family", stringifyFamily(attr.getFamily())},
                              {"softmax", stringifySoftmax(attr.getSoftmax())},
                              {"block_m", attr.getBlockM()},
                              {"block_n", attr.getBlockN()},
                              {"rows_per_block", attr.getRowsPerBlock()},
                              {"warps", attr.getWarps()},
                              {"stages", attr.getStages()},
                              {"heads_per_block", attr.getHeadsPerBlock()},
                              {"q_in_registers", attr.getQInRegisters()},
                              {"copies", attr.getTensorCopies() ? "tensor" : "cp_async"},
                              {"reason", attr.getReason()}};
    }
    return json::Object{{"symbol", kernel.getSymName()},
                        {"op", kernelRole(kernel)},
                        {"params", std::move(parameters)},
                        {"block", json::Array{static_cast<int64_t>(kernel.getBlockSize()), 1, 1}},
                        {"shared_bytes", static_cast<int64_t>(kernel.getSharedBytes())},
                        {"min_blocks_per_sm", static_cast<int64_t>(kernel.getMinBlocks())},
                        {"programmatic_launch", !kernel.getOps<GridDependencyWaitOp>().empty()},
                        {"status_symbol", "ragged_status"},
                        {"allow_spills", false},
                        {"spec", std::move(spec)},
                        {"schedule", std::move(schedule)}};
  }

  ModuleOp module;
  StringRef arch;
  func::FuncOp function;
  json::Array values;
  DenseMap<Value, std::string> names;
  llvm::StringMap<bool> taken;
};

}  // namespace

FailureOr<std::string> emitManifest(ModuleOp module, StringRef arch) {
  return ManifestBuilder(module, arch).build();
}

}  // namespace raggedc
