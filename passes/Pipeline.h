//===- Pipeline.h - the passes in order -------------------------*- C++ -*-===//

#ifndef RAGGEDC_PASSES_PIPELINE_H
#define RAGGEDC_PASSES_PIPELINE_H

#include <memory>
#include <string>

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"
#include "passes/Passes.h"
#include "passes/TuningTable.h"

namespace raggedc {

/// What `raggedc compile` and `ragged-opt --raggedc-pipeline` can set. 0 and "auto" leave the choice to the operation
/// or to the cost model; see Passes.td for the ranges.
struct PipelineOptions : mlir::PassPipelineOptions<PipelineOptions> {
  Option<std::string> arch{*this, "arch", llvm::cl::desc("architecture, e.g. sm_90a"), llvm::cl::init("sm_90a")};
  Option<int64_t> headDim{*this, "head-dim", llvm::cl::desc("head dimension of q and k"), llvm::cl::init(0)};
  Option<int64_t> headDimV{*this, "head-dim-v", llvm::cl::desc("head dimension of v"), llvm::cl::init(0)};
  Option<int64_t> heads{*this, "heads", llvm::cl::desc("query heads"), llvm::cl::init(0)};
  Option<int64_t> kvHeads{*this, "kv-heads", llvm::cl::desc("key and value heads"), llvm::cl::init(0)};
  Option<int64_t> maxSeqlen{*this, "max-seqlen", llvm::cl::desc("capacity of a sequence"), llvm::cl::init(0)};
  Option<int64_t> blockM{*this, "block-m", llvm::cl::desc("query rows of a tile"), llvm::cl::init(0)};
  Option<int64_t> blockN{*this, "block-n", llvm::cl::desc("key rows of a tile"), llvm::cl::init(0)};
  Option<int64_t> batch{*this, "batch", llvm::cl::desc("sequences of a launch, 0: many"), llvm::cl::init(0)};
  Option<std::string> family{*this, "family", llvm::cl::desc("auto, warp, single or online"), llvm::cl::init("auto")};
  Option<std::string> softmax{*this, "softmax", llvm::cl::desc("auto, single_pass or online"), llvm::cl::init("auto")};
  Option<std::string> copies{*this, "copies", llvm::cl::desc("auto, cp_async or tensor"), llvm::cl::init("auto")};
  Option<std::string> queries{*this, "queries", llvm::cl::desc("auto, registers or shared"), llvm::cl::init("auto")};
  Option<std::string> mma{*this, "mma", llvm::cl::desc("auto, warp or warpgroup"), llvm::cl::init("auto")};
  Option<int64_t> warps{*this, "warps", llvm::cl::desc("warps of a block"), llvm::cl::init(0)};
  Option<int64_t> stages{*this, "stages", llvm::cl::desc("slots of the pipeline"), llvm::cl::init(0)};
  Option<int64_t> minBlocks{*this, "min-blocks", llvm::cl::desc("blocks on a multiprocessor"), llvm::cl::init(0)};
  Option<std::string> dependentLaunch{*this, "dependent-launch",
                                      llvm::cl::desc("overlap with the kernels in front and behind: auto or off"),
                                      llvm::cl::init("auto")};
  Option<int64_t> rowsPerBlock{*this, "rows-per-block", llvm::cl::desc("query rows of a block"), llvm::cl::init(0)};
};

/// Level 1 to specialised level 1.
void buildSpecialisePipeline(mlir::OpPassManager& manager, const PipelineOptions& options);

/// The part of the options that is about the schedule.
ChooseScheduleOptions getScheduleOptions(const PipelineOptions& options);

/// Level 1 to the kernels that the code generator prints. `userTable` may be null.
void buildKernelPipeline(mlir::OpPassManager& manager, const PipelineOptions& options,
                         std::shared_ptr<const TuningTable> userTable = nullptr);

/// Makes the second one known to tools as `raggedc-pipeline`.
void registerRaggedcPipeline();

}  // namespace raggedc

#endif  // RAGGEDC_PASSES_PIPELINE_H
