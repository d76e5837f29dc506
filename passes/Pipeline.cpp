//===- Pipeline.cpp - the passes in order ----------------------------------===//

#include "passes/Pipeline.h"

#include "mlir/Transforms/Passes.h"
#include "passes/ChooseSchedule.h"
#include "passes/CostModel.h"
#include "passes/Passes.h"

namespace raggedc {

using mlir::ragged_kernel::KernelOp;

void buildSpecialisePipeline(mlir::OpPassManager& manager, const PipelineOptions& options) {
  SpecialiseOptions specialise;
  specialise.headDim = options.headDim;
  specialise.headDimV = options.headDimV;
  specialise.heads = options.heads;
  specialise.kvHeads = options.kvHeads;
  specialise.maxSeqlen = options.maxSeqlen;
  specialise.blockM = options.blockM;
  specialise.blockN = options.blockN;
  manager.addPass(createSpecialise(specialise));
  manager.addPass(mlir::createCanonicalizerPass());
}

ChooseScheduleOptions getScheduleOptions(const PipelineOptions& options) {
  ChooseScheduleOptions schedule;
  schedule.arch = options.arch;
  schedule.batch = options.batch;
  schedule.family = options.family;
  schedule.softmax = options.softmax;
  schedule.queries = options.queries;
  schedule.copies = options.copies;
  schedule.mma = options.mma;
  schedule.warps = options.warps;
  schedule.stages = options.stages;
  schedule.minBlocks = options.minBlocks;
  schedule.rowsPerBlock = options.rowsPerBlock;
  return schedule;
}

void buildKernelPipeline(mlir::OpPassManager& manager, const PipelineOptions& options,
                         std::shared_ptr<const TuningTable> userTable) {
  buildSpecialisePipeline(manager, options);
  manager.addPass(createChooseSchedule(getScheduleOptions(options), std::move(userTable)));
  manager.addPass(createLowerToKernel());
  manager.addNestedPass<KernelOp>(createLowerSoftmax());
  manager.addNestedPass<KernelOp>(createFoldScale());
  manager.addNestedPass<KernelOp>(createSplitMaskRanges());
  manager.addNestedPass<KernelOp>(createPipelineLoads());
  std::optional<Chip> chip = getChip(options.arch);
  if (options.dependentLaunch != "off" && chip && chip->hasDependentLaunch())
    manager.addNestedPass<KernelOp>(createDependentLaunch());
  // Constants that the passes made meet here.
  manager.addNestedPass<KernelOp>(mlir::createCanonicalizerPass());
}

void registerRaggedcPipeline() {
  mlir::PassPipelineRegistration<PipelineOptions>(
      "raggedc-pipeline", "from ragged operations to the kernels that the code generator prints",
      [](mlir::OpPassManager& manager, const PipelineOptions& options) { buildKernelPipeline(manager, options); });
}

}  // namespace raggedc
