//===- AheadOfTime.cpp - several programs for several GPUs -----------------===//

#include "tools/raggedc/AheadOfTime.h"

#include "dialect/ragged/Ragged.h"
#include "runtime/nvrtc.h"
#include "runtime/parallel.h"
#include "runtime/strings.h"
#include "tools/raggedc/Binary.h"

namespace raggedc {

using namespace mlir;

namespace {

/// A program on its way to a cubin.
struct Job {
  std::string name;
  std::string cuda;
  BinaryOptions options;
  BundleItem item;
};

/// The outer strides of a tensor that has any of its own.
std::vector<int64_t> getStrides(Value value) {
  auto encoding = dyn_cast_or_null<ragged::StridesAttr>(cast<RankedTensorType>(value.getType()).getEncoding());
  if (!encoding) return {};
  ArrayRef<int64_t> strides = encoding.getStrides();
  return {strides.begin(), strides.end() - 1};
}

Spec readSpec(ragged::AttentionOp op, const CompileOptions& options) {
  Spec spec;
  spec.name = op->getParentOfType<func::FuncOp>().getName().str();
  Type element = op.getElementType();
  spec.dtype = element.isBF16() ? DType::kBf16 : element.isF16() ? DType::kF16 : DType::kF32;
  spec.heads = op.getHeadsQ();
  spec.kv_heads = op.getHeadsKV();
  spec.dim = op.getHeadDim();
  spec.dim_v = op.getHeadDimV();
  spec.max_seqlen = static_cast<int64_t>(op.getMaxSeqlen().value_or(0));
  spec.scale = static_cast<float>(op.getScaleOrDefault());
  spec.causal = op.getCausal();
  spec.packed = op.isPacked();
  if (!options.blockM) spec.block_m = static_cast<int64_t>(op.getBlockM().value_or(0));
  if (!options.blockN) spec.block_n = static_cast<int64_t>(op.getBlockN().value_or(0));
  (spec.packed ? spec.qkv_strides : spec.q_strides) = getStrides(op.getQ());
  if (!spec.packed) {
    spec.k_strides = getStrides(op.getK());
    spec.v_strides = getStrides(op.getV());
  }
  spec.out_strides = getStrides(op.getOut());
  return spec;
}

Result<Job> prepare(const SourceText& source, const std::string& arch, const CompileOptions& common) {
  CompileOptions options = common;
  options.arch = arch;
  Compiler compiler(options);
  Job job;
  RAGGEDC_RETURN_IF_ERROR(compiler.parse(source.text, source.name));
  RAGGEDC_RETURN_IF_ERROR(compiler.specialise());
  job.item.spec = describeAsSpec(compiler);
  RAGGEDC_RETURN_IF_ERROR(compiler.lower());
  RAGGEDC_ASSIGN_OR_RETURN(job.cuda, compiler.emitCuda());
  RAGGEDC_ASSIGN_OR_RETURN(job.item.manifest, compiler.emitManifest());
  job.name = compiler.function().getName().str();
  job.item.options = describeSchedule(options);
  job.options.arch = arch;
  job.options.name = job.name + ".cu";
  job.options.allowSpills = options.allowSpills;
  job.options.asked = job.item.options;
  return job;
}

}  // namespace

std::optional<Spec> describeAsSpec(Compiler& compiler) {
  Block& body = compiler.function().getBody().front();
  auto operations = body.without_terminator();
  if (!llvm::hasSingleElement(operations)) return std::nullopt;
  auto op = dyn_cast<ragged::AttentionOp>(*operations.begin());
  if (!op || !llvm::equal(op->getOperands(), body.getArguments()) ||
      !llvm::equal(op->getResults(), body.getTerminator()->getOperands()))
    return std::nullopt;
  Spec spec = readSpec(op, compiler.options());
  // Whatever a spec cannot say, now or when the dialect has more to say, shows as another program.
  CompileOptions silent = compiler.options();
  silent.remarksFilter = "";
  Compiler fromSpec(silent);
  Result<Spec> canonical = ParseSpec(ToString(spec));
  if (!canonical.ok() || *canonical != spec || !fromSpec.parse(ToMlir(spec), "<spec>").ok() ||
      !fromSpec.specialise().ok() || fromSpec.print() != compiler.print())
    return std::nullopt;
  return spec;
}

Result<std::vector<BundleItem>> compileAhead(ArrayRef<SourceText> sources, ArrayRef<std::string> archs,
                                             const CompileOptions& options) {
  std::vector<Job> jobs;
  for (const SourceText& source : sources)
    for (const std::string& arch : archs) {
      RAGGEDC_ASSIGN_OR_RETURN(Job job, prepare(source, arch, options));
      jobs.push_back(std::move(job));
    }
  RAGGEDC_ASSIGN_OR_RETURN(std::shared_ptr<const Nvrtc> nvrtc, Nvrtc::Load());
  std::vector<Status> statuses(jobs.size());
  ParallelFor(jobs.size(), /*threads=*/0, [&](int64_t i) {
    Job& job = jobs[i];
    Result<Binary> binary = buildBinary(job.cuda, job.options);
    if (!binary.ok()) {
      statuses[i] = binary.status().WithContext(StrCat(job.name, " for ", job.options.arch));
      return;
    }
    job.item.cubin = std::move(binary->cubin);
    job.item.resources = std::move(binary->resources);
    job.item.nvrtc_version = nvrtc->version();
  });
  std::vector<BundleItem> items;
  for (auto [job, status] : llvm::zip(jobs, statuses)) {
    RAGGEDC_RETURN_IF_ERROR(status);
    items.push_back(std::move(job.item));
  }
  return items;
}

}  // namespace raggedc
