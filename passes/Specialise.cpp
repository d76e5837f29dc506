//===- Specialise.cpp - unknown dimensions become constants ---------------===//

#include "passes/Passes.h"

namespace raggedc {

#define GEN_PASS_DEF_SPECIALISE
#include "passes/Passes.h.inc"

namespace {

struct Specialise : impl::SpecialiseBase<Specialise> {
  using SpecialiseBase::SpecialiseBase;

  void runOnOperation() override {
    if (failed(checkOptions())) signalPassFailure();
  }

  /// Rejects option values that no operation could have, before anything is changed.
  llvm::LogicalResult checkOptions() {
    auto expect = [&](bool ok, llvm::StringRef name, llvm::StringRef range, int64_t value) -> llvm::LogicalResult {
      if (value == 0 || ok) return llvm::success();
      return getOperation()->emitError() << "expected " << name << " to be " << range << ", got " << value;
    };
    auto dim = [&](llvm::StringRef name, int64_t value) {
      return expect(value >= 16 && value <= 256 && value % 8 == 0, name, "a multiple of 8 from 16 to 256", value);
    };
    auto block = [&](llvm::StringRef name, int64_t value) {
      return expect(value >= 16 && value <= 256 && value % 16 == 0, name, "a multiple of 16 from 16 to 256", value);
    };
    auto atMost = [&](llvm::StringRef name, int64_t value, int64_t most) {
      return expect(value >= 1 && value <= most, name, ("from 1 to " + llvm::Twine(most)).str(), value);
    };
    return llvm::success(succeeded(dim("head-dim", headDim)) && succeeded(dim("head-dim-v", headDimV)) &&
                         succeeded(atMost("heads", heads, 65535)) && succeeded(atMost("kv-heads", kvHeads, 65535)) &&
                         succeeded(atMost("max-seqlen", maxSeqlen, 65536)) && succeeded(block("block-m", blockM)) &&
                         succeeded(block("block-n", blockN)));
  }
};

}  // namespace
}  // namespace raggedc
