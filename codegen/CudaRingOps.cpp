//===- CudaRingOps.cpp - producers and consumers as CUDA C++ ---------------===//
//
// Barriers of slots and what divides a block, one call of a device template
// for each operation.
//
//===----------------------------------------------------------------------===//

#include "codegen/KernelPrinter.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FormatVariadic.h"

namespace raggedc {

using namespace mlir;
using namespace mlir::ragged_kernel;

LogicalResult KernelPrinter::printRingOp(Operation* op) {
  auto at = [&](Value barriers, Value index) { return operand(barriers, kPrimary) + ".at(" + str(index) + ")"; };
  auto call = [&](const Twine& statement) -> LogicalResult {
    use("pipeline.cuh");
    line(statement);
    return success();
  };
  return llvm::TypeSwitch<Operation*, LogicalResult>(op)
      .Case<WarpgroupIdOp>([&](WarpgroupIdOp o) {
        use("uniform.cuh");
        return define(o.getResult(), "warpgroup::index()");
      })
      .Case<UniformOp>([&](UniformOp o) {
        use("uniform.cuh");
        return define(o.getResult(), "warp::uniform(" + str(o.getValue()) + ")");
      })
      .Case<FromLaneOp>([&](FromLaneOp o) {
        use("uniform.cuh");
        return define(o.getResult(), "warp::from_lane(" + str(o.getValue()) + ", " + str(o.getLane()) + ")");
      })
      .Case<SetRegistersOp>([&](SetRegistersOp o) {
        use("ptx/warpgroup.cuh");
        line(llvm::formatv("ptx::setmaxnreg_{0}<{1}>();", o.getIncrease() ? "inc" : "dec", o.getRegisters()));
        return success();
      })
      .Case<AllocBarriersOp>([&](AllocBarriersOp o) {
        use("pipeline.cuh");
        std::string address = "shared_base";
        if (o.getOffset() != 0) address += " + " + std::to_string(o.getOffset());
        line("const " + *typeName(o.getType()) + " " + declareName(o.getResult()) + "{" + address + "};");
        return success();
      })
      .Case<InitBarriersOp>([&](InitBarriersOp o) {
        return call("block::init_barriers<" + Twine(o.getArrivals()) + ">(" + str(o.getBarriers()) + ");");
      })
      .Case<ArriveOp>([&](ArriveOp o) {
        return call((o.getWarp() ? "warp::" : "") + Twine("arrive(") + at(o.getBarriers(), o.getIndex()) + ");");
      })
      .Case<ArriveCopiesOp>(
          [&](ArriveCopiesOp o) { return call("arrive_copies(" + at(o.getBarriers(), o.getIndex()) + ");"); })
      .Case<WaitBarrierOp>([&](WaitBarrierOp o) {
        return call("wait_phase(" + at(o.getBarriers(), o.getIndex()) + ", " + str(o.getPhase()) + ");");
      })
      .Case<BarrierPendingOp>([&](BarrierPendingOp o) {
        use("pipeline.cuh");
        return define(o.getResult(),
                      "warp::is_pending(" + at(o.getBarriers(), o.getIndex()) + ", " + str(o.getPhase()) + ")");
      })
      .Case<FenceAsyncOp>([&](FenceAsyncOp) {
        use("ptx/proxy.cuh");
        line("ptx::fence_proxy_async_shared();");
        return success();
      })
      .Case<OutgrowsOp>([&](OutgrowsOp o) {
        use("lagged_max.cuh");
        return define(o.getResult(), "warp::outgrows(" + str(o.getSums()) + ", " + str(o.getMax()) + ", " +
                                         floatText(o.getLimit()) + (o.getLimit().isFinite() ? "f)" : ")"));
      })
      .Case<OutOfRangeOp>([&](OutOfRangeOp o) {
        Type sums = o.getSums().getType();
        use(isa<AccType>(sums) ? "short_rows.cuh" : isa<PartType>(sums) ? "join.cuh" : "row_range.cuh");
        return define(o.getResult(), "warp::out_of_range(" + str(o.getSums()) + ", " + floatText(o.getLeast()) + "f, " +
                                         floatText(o.getMost()) + "f)");
      })
      .Case<PrefetchMapOp>([&](PrefetchMapOp o) {
        use("tensor_map.cuh");
        line("block::prefetch_map(" + str(o.getMap()) + ");");
        return success();
      })
      .Case<CopyTensorOp>([&](CopyTensorOp o) {
        use("tensor_map.cuh");
        line(llvm::formatv("warp::copy_tensor<{0}>({1}, {2}, {3}, {4}, {5}, {6}, {7}, {8});",
                           o.getMap().getType().getBoxRows(), str(o.getTile()), str(o.getMap()), str(o.getRow()),
                           str(o.getCol()), str(o.getRows()), str(o.getValid()), str(o.getLimit()),
                           at(o.getBarriers(), o.getIndex())));
        return success();
      })
      .Default([](Operation* other) { return other->emitOpError() << "has no CUDA form"; });
}

}  // namespace raggedc
