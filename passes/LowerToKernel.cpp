//===- LowerToKernel.cpp - ragged operations become kernels and launches ---===//

#include "passes/LowerToKernel.h"

#include "llvm/ADT/StringExtras.h"
#include "mlir/Transforms/DialectConversion.h"
#include "passes/Passes.h"

namespace raggedc {

#define GEN_PASS_DEF_LOWERTOKERNEL
#include "passes/Passes.h.inc"

using namespace mlir;
using namespace mlir::ragged_kernel;

NewKernel createKernel(PatternRewriter& rewriter, Operation* op, StringRef suffix,
                       ArrayRef<std::pair<StringRef, Type>> parameters, int64_t blockSize) {
  auto function = op->getParentOfType<func::FuncOp>();
  auto module = op->getParentOfType<ModuleOp>();
  Operation* anchor = module.getBody()->findAncestorOpInBlock(*op);
  std::string base = ((function ? function.getName() : "ragged") + "_" + suffix).str();
  // A kernel's name is a C identifier, a function's any text.
  for (char& c : base)
    if (!llvm::isAlnum(c)) c = '_';
  if (llvm::isDigit(base.front())) base = "_" + base;
  std::string name = base;
  for (int i = 1; module.lookupSymbol(name); ++i) name = base + "_" + std::to_string(i);

  SmallVector<Type> types;
  SmallVector<Location> locations;
  for (auto [parameter, element] : parameters) {
    bool isItself = element.isIndex() || isa<TensorMapType>(element);
    types.push_back(isItself ? element : PtrType::get(rewriter.getContext(), element));
    locations.push_back(NameLoc::get(rewriter.getStringAttr(parameter), op->getLoc()));
  }
  rewriter.setInsertionPoint(anchor);
  auto kernel = KernelOp::create(rewriter, op->getLoc(), name, rewriter.getFunctionType(types, {}), blockSize,
                                 /*min_blocks=*/1, /*shared_bytes=*/0, ScheduleAttr(), DictionaryAttr(), ArrayAttr(),
                                 ArrayAttr());
  Block* body = rewriter.createBlock(&kernel.getBody(), {}, types, locations);
  ReturnOp::create(rewriter, op->getLoc());
  rewriter.setInsertionPointToStart(body);
  return {kernel, body->getArguments()};
}

namespace {

/// Before the conversion, which would report each failure twice.
LogicalResult check(Operation* op) {
  if (!isa_and_nonnull<ragged::RaggedDialect>(op->getDialect())) return success();
  if (op->getParentOfType<KernelOp>()) return op->emitOpError() << "expected to be outside of a kernel";
  if (auto attention = dyn_cast<ragged::AttentionOp>(op)) return checkLowerable(attention);
  auto pack = dyn_cast<ragged::PackOp>(op);
  auto unpack = dyn_cast<ragged::UnpackOp>(op);
  if ((pack && !pack.isSpecialised()) || (unpack && !unpack.isSpecialised()))
    return op->emitOpError() << "expected a static padded length and row; run ragged-specialise";
  return success();
}

struct LowerToKernel : impl::LowerToKernelBase<LowerToKernel> {
  using LowerToKernelBase::LowerToKernelBase;

  void runOnOperation() override {
    bool lowerable = true;
    getOperation().walk([&](Operation* op) { lowerable &= succeeded(check(op)); });
    if (!lowerable) return signalPassFailure();
    ConversionTarget target(getContext());
    target.addIllegalDialect<ragged::RaggedDialect>();
    target.markUnknownOpDynamicallyLegal([](Operation*) { return true; });
    RewritePatternSet patterns(&getContext());
    populateLowerAttentionPatterns(patterns);
    populateLowerPackPatterns(patterns);
    if (failed(applyFullConversion(getOperation(), target, std::move(patterns)))) signalPassFailure();
  }
};

}  // namespace
}  // namespace raggedc
