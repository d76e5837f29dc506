//===- CudaTileOps.cpp - tile operations as CUDA C++ -----------------------===//
//
// One call of a device template for each.
//
//===----------------------------------------------------------------------===//

#include "codegen/KernelPrinter.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FormatVariadic.h"

namespace raggedc {

using namespace mlir;
using namespace mlir::ragged_kernel;

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
      .Case<SequenceOp, LaneSequenceOp>([&](auto o) {
        use("sequence.cuh");
        constexpr bool kOfLanes = std::is_same_v<decltype(o), LaneSequenceOp>;
        std::string name = unique(kOfLanes ? "sequences" : "sequence");
        line(llvm::formatv("const Sequence {0} = decode_sequence<{1}{2}>({3}, {4}, &ragged_status);", name,
                           o.getCapacity(), kOfLanes ? ", true" : "", str(o.getOffsets()), str(o.getIndex())));
        aliases[o.getBegin()] = name + ".begin";
        aliases[o.getLength()] = name + ".length";
        return success();
      })
      .Case<ExitIfOp>([&](ExitIfOp o) {
        line("if (" + str(o.getCondition()) + ") return;");
        return success();
      })
      .Case<GridDependencyWaitOp>([&](GridDependencyWaitOp) {
        use("ptx/dependent_launch.cuh");
        line("ptx::griddepcontrol_wait();");
        return success();
      })
      .Case<LaunchDependentsOp>([&](LaunchDependentsOp) {
        use("ptx/dependent_launch.cuh");
        line("ptx::griddepcontrol_launch_dependents();");
        return success();
      })
      .Case<GlobalRowsOp>([&](GlobalRowsOp o) {
        use("global_rows.cuh");
        std::string type = *typeName(o.getType(), !isWritten(o.getResult()));
        std::string base = str(o.getPtr());
        if (o.getOffset() != 0) base += " + " + std::to_string(o.getOffset());
        std::string first = str(o.getHead());
        // A head is at most 65535; beyond a stride of 2^15 the product may not fit 32 bits.
        if (first != "0")
          base += " + " +
                  (o.getHeadStride() < 32768 ? operand(o.getHead(), kProduct) : "static_cast<i64>(" + first + ")") +
                  " * " + std::to_string(o.getHeadStride());
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
        if (o.getScope() == Scope::Group) {
          use("group.cuh");
          line(llvm::formatv("group::copy_async<{0}>({1}, {2}, {3});", o.getWarps(), str(o.getTile()), str(o.getRows()),
                             str(o.getValid())));
          return success();
        }
        use(o.getScope() == Scope::Warpgroup ? "pipeline.cuh" : "copy.cuh");
        std::string scope = o.getScope() == Scope::Warp ? "warp::copy_async"
                            : o.getScope() == Scope::Warpgroup
                                ? "warpgroup::copy_async"
                                : llvm::formatv("block::copy_async<{0}>", threads()).str();
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
        if (o.getScope() == Scope::Group) {
          use(o.getAsync() ? "group_async.cuh" : "group.cuh");
          line((o.getAsync() ? "group::barrier_async<" : "group::barrier<") + Twine(o.getWarps()) + ">();");
        } else if (o.getAsync()) {
          use("barrier_async.cuh");
          line("block::barrier_async();");
        } else {
          use("barrier.cuh");
          line(o.getScope() == Scope::Warp ? "warp::barrier();" : "block::barrier();");
        }
        return success();
      })
      .Case<LoadOperandOp>([&](LoadOperandOp o) {
        use("mma.cuh");
        return define(o.getResult(), "warp::load_operand(" + str(o.getTile()) + ")");
      })
      .Case<FillOp>([&](FillOp o) {
        if (auto type = dyn_cast<OperandType>(o.getType())) {
          use("short_rows.cuh");
          return define(o.getResult(),
                        llvm::formatv("warp::fill_operand<{0}, {1}>({2})", scalarName(type.getElementType()),
                                      type.getCols(), literal(o.getValue()))
                            .str());
        }
        use("softmax.cuh");
        if (isa<RowVectorType>(o.getType())) return assign(o.getResult(), "fill_rows", {literal(o.getValue())});
        if (!isDeclared(o.getResult())) {
          std::string type = *typeName(o.getType());
          line(type + " " + declareName(o.getResult()) + ";");
        }
        auto startsFresh = [](Operation* user) {
          auto issue = dyn_cast<MmaIssueOp>(user);
          return issue && issue.getFresh();
        };
        if (llvm::all_of(o->getUsers(), startsFresh)) return success();  // nobody reads the values
        line("warp::fill(" + str(o.getResult()) + ", " + literal(o.getValue()) + ");");
        return success();
      })
      .Case<MmaIssueOp>([&](MmaIssueOp o) -> LogicalResult {
        StringRef function = o.getForm() == MmaForm::NT ? "mma_nt" : o.getForm() == MmaForm::NN ? "mma_nn" : "mma_tn";
        if (!o.getWarpgroup()) return update(function, "mma.cuh", {str(o.getA()), str(o.getB())});
        use("warpgroup_mma.cuh");
        if (o.getForm() == MmaForm::TN) use("short_rows.cuh");
        wgmmaColumns.insert(o.getType().getCols());
        FailureOr<std::string> name = target(op);
        if (failed(name)) return failure();
        line(llvm::formatv("warpgroup::{0}<{1}>({2}, {3}, {4});", function, o.getFresh() ? "true" : "false", *name,
                           str(o.getA()), str(o.getB())));
        return success();
      })
      .Case<MmaWaitOp>([&](MmaWaitOp o) -> LogicalResult {
        // mma.sync is complete when issued.
        if (failed(target(op))) return failure();
        if (o.getWarpgroup()) line("warpgroup::wait<" + Twine(o.getNewer()) + ">();");
        return success();
      })
      .Case<ToOperandOp>([&](ToOperandOp o) {
        use("mma.cuh");
        return define(o.getResult(),
                      "warp::to_operand<" + scalarName(o.getType().getElementType()) + ">(" + str(o.getAcc()) + ")");
      })
      .Case<WidenOp>([&](WidenOp o) {
        use("mma.cuh");
        return define(o.getResult(),
                      "warp::widen<" + std::to_string(o.getType().getCols()) + ">(" + str(o.getOperand()) + ")");
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
      .Case<MaskRowsOp>([&](MaskRowsOp o) {
        return update("mask_rows", "short_rows.cuh", {str(o.getFirstKey()), str(o.getLength())});
      })
      .Case<StoreTileOp>([&](StoreTileOp o) {
        use("short_rows.cuh");
        line("warp::store_tile(" + str(o.getAcc()) + ", " + str(o.getTile()) + ");");
        return success();
      })
      .Case<DivideOp>([&](DivideOp o) { return update("divide", "short_rows.cuh", {str(o.getBy())}); })
      .Case<StoreTransposedOp>([&](StoreTransposedOp o) {
        use("short_rows.cuh");
        line(llvm::formatv("warp::store_transposed({0}, {1}, {2}, {3});", str(o.getAcc()), str(o.getRows()),
                           str(o.getFirst()), str(o.getValid())));
        return success();
      })
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
      .Case<AddRowsOp>([&](AddRowsOp o) { return assign(o.getResult(), "add", {str(o.getLhs()), str(o.getRhs())}); })
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
      .Case<AllocPartialsOp>([&](AllocPartialsOp o) {
        use("join.cuh");
        std::string address = "shared_base";
        if (o.getOffset() != 0) address += " + " + std::to_string(o.getOffset());
        line("const " + *typeName(o.getType()) + " " + declareName(o.getResult()) + "{" + address + "};");
        return success();
      })
      .Case<StorePartialOp>([&](StorePartialOp o) {
        use("join.cuh");
        line(llvm::formatv("warp::store_partial({0}, {1}, {2}, {3}, {4}, {5});", str(o.getPartials()), str(o.getWay()),
                           str(o.getTile()), str(o.getAcc()), str(o.getMax()), str(o.getSum())));
        return success();
      })
      .Case<JoinPartialsOp>([&](JoinPartialsOp o) {
        use("join.cuh");
        // The primitive's exponentials are of base two.
        double scale = o.getScale().convertToDouble();
        if (o.getBase() == ExpBase::E) scale *= llvm::numbers::log2e;
        return define(o.getResult(),
                      llvm::formatv("warp::join_partials({0}, {1}, {2}, {3})", str(o.getPartials()), str(o.getWay()),
                                    str(o.getTile()), literal(APFloat(static_cast<float>(scale)))));
      })
      .Case<AddPartialsOp>([&](AddPartialsOp o) {
        use("join.cuh");
        return define(o.getResult(), llvm::formatv("warp::add_partials({0}, {1}, {2})", str(o.getPartials()),
                                                   str(o.getWay()), str(o.getTile())));
      })
      .Case<StorePartOp>([&](StorePartOp o) {
        use("join.cuh");
        line(llvm::formatv("warp::store_part({0}, {1}, {2}, {3});", str(o.getPart()), str(o.getRows()), str(o.getWay()),
                           str(o.getValid())));
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
        std::string call = llvm::formatv("block::compact_kept<{0}>({1} + {2}, {3}, {2}, {4} + {5}, {6})", threads(),
                                         str(o.getKeep()), operand(o.getFirst(), kSum), str(o.getCount()),
                                         str(o.getIndices()), operand(o.getAt(), kSum), str(o.getScratch()));
        if (!o.getResult().use_empty()) return define(o.getResult(), call);
        line(call + ";");
        return success();
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
          int64_t size = elementBytes(pointer.getType());
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
        int64_t size = elementBytes(o.getTo().getType());
        line(llvm::formatv("warp::fill_row<{0}>(GlobalRows<{1}, {2}>{{{3}}.rows({4}).data, {5}u);", o.getBytes(),
                           scalarName(o.getTo().getType().getElementType()), o.getBytes() / size, str(o.getTo()),
                           str(o.getRow()), static_cast<uint32_t>(o.getPattern())));
        return success();
      })
      .Default([&](Operation* other) { return printRingOp(other); });
}

}  // namespace raggedc
