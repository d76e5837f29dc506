//===- CostModel.cpp - what a schedule costs on a chip ---------------------===//

#include "passes/CostModel.h"

#include <algorithm>
#include <cmath>

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

namespace raggedc {

using namespace mlir;
using namespace mlir::ragged_kernel;

namespace {

constexpr int64_t kKiB = 1024;

// mma rate: 1320 multiply-adds a clock measured on sm_90 of 2048 in an m16n8k16; the others by their tensor-core rates.
const Chip kChips[] = {
    {"sm_80", 108, 164 * kKiB, 163 * kKiB, 2048, 1.41, 0.50, 128, 16, 10.2, 38},
    {"sm_86", 84, 100 * kKiB, 99 * kKiB, 1536, 1.70, 0.25, 128, 16, 5.4, 24},
    {"sm_89", 142, 100 * kKiB, 99 * kKiB, 1536, 2.50, 0.25, 128, 16, 2.7, 24},
    {"sm_90", 132, 228 * kKiB, 227 * kKiB, 2048, 1.83, 0.645, 128, 16, 16.4, 29},
    {"sm_100", 148, 228 * kKiB, 227 * kKiB, 2048, 1.85, 0.645, 128, 16, 29, 40},
    {"sm_103", 148, 228 * kKiB, 227 * kKiB, 2048, 1.85, 0.645, 128, 32, 29, 40},
    {"sm_120", 188, 100 * kKiB, 99 * kKiB, 1536, 2.40, 0.25, 128, 16, 4.0, 24},
};

int64_t paddedRowBytes(MLIRContext* context, int64_t cols, int64_t elementBytes) {
  return LayoutAttr::forRowBytes(context, cols * elementBytes).getRowBytes();
}

/// Registers of a thread: tiles it holds at the widest point, and what addresses and loop counters need.
int64_t estimateRegisters(const Candidate& c, const AttentionShape& shape) {
  int64_t keysInRegisters = c.softmax == Softmax::SinglePass ? llvm::alignTo(shape.capacity, kWarpRows) : c.blockN;
  int64_t scores = keysInRegisters / 2;
  int64_t out = shape.headDimV / 2;
  int64_t q = c.qInRegisters ? shape.headDim * shape.elementBytes / 8 : 8;
  int64_t weights = c.blockN * shape.elementBytes / 8;
  return llvm::alignTo(scores + out + std::max(q, weights) + 28, 8);
}

}  // namespace

std::optional<Chip> getChip(llvm::StringRef arch) {
  llvm::StringRef base = arch;
  if (base.ends_with("a") || base.ends_with("f")) base = base.drop_back();
  for (const Chip& chip : kChips)
    if (chip.arch == base) {
      Chip found = chip;
      found.arch = arch.str();
      return found;
    }
  return std::nullopt;
}

llvm::StringRef knownArchs() {
  return "sm_80, sm_86, sm_89, sm_90a, sm_100a, sm_103a or sm_120a";
}

AttentionShape AttentionShape::of(ragged::AttentionOp op) {
  return {op.getElementType().getIntOrFloatBitWidth() / 8,
          op.getHeadsQ(),
          op.getHeadsKV(),
          op.getHeadDim(),
          op.getHeadDimV(),
          static_cast<int64_t>(op.getMaxSeqlen().value_or(0)),
          op.getCausal()};
}

int64_t getResidentKeys(const Candidate& candidate, const AttentionShape& shape) {
  // The single pass ends with a narrower tile; a loop over equal tiles needs whole ones.
  return llvm::alignTo(shape.capacity, candidate.softmax == Softmax::SinglePass ? kWarpRows : candidate.blockN);
}

SharedPlan planShared(MLIRContext* context, const Candidate& c, const AttentionShape& shape, Type element) {
  int64_t rowBytes = paddedRowBytes(context, shape.headDim, shape.elementBytes);
  int64_t rowBytesV = paddedRowBytes(context, shape.headDimV, shape.elementBytes);
  int64_t queryRows = c.family == Family::Warp ? llvm::alignTo(shape.capacity, kWarpRows) : kWarpRows;
  int64_t keys = c.family == Family::Online ? c.stages * c.blockN : getResidentKeys(c, shape);
  int64_t copies = c.family == Family::Warp ? c.warps : 1;
  SharedPlan plan;
  auto place = [&](int64_t bytes) {
    int64_t offset = plan.bytes;
    plan.bytes = llvm::alignTo(offset + bytes, 128);
    return offset;
  };
  plan.k = place(copies * keys * rowBytes);
  plan.v = place(copies * keys * rowBytesV);
  plan.q = place(c.warps * queryRows * rowBytes);
  // The result is staged where Q was, once Q is in registers and no later Q is on its way there.
  bool prefetchesQ = c.family == Family::Single && c.stages > 1;
  plan.outAliasesQ = rowBytes == rowBytesV && shape.headDim == shape.headDimV && !prefetchesQ;
  plan.out = plan.outAliasesQ ? plan.q : place(c.warps * kWarpRows * rowBytesV);
  return plan;
}

std::optional<Estimate> estimate(const Candidate& c, const AttentionShape& shape, Type element, const Chip& chip,
                                 int64_t batch) {
  Estimate e = {};
  e.registers = estimateRegisters(c, shape);
  e.sharedBytes = planShared(element.getContext(), c, shape, element).bytes;
  int64_t threads = c.warps * 32;
  if (e.registers > 248 || e.sharedBytes > chip.sharedPerBlock || threads * e.registers > 65536) return std::nullopt;
  e.blocks = std::min({65536 / (threads * e.registers), chip.sharedPerMultiprocessor / (e.sharedBytes + 1024),
                       chip.maxThreads / threads, int64_t(16)});
  if (e.blocks < 1) return std::nullopt;

  // Work of one (sequence, head) at full capacity. A causal half is skipped where tiles allow.
  double rowTiles = std::ceil(double(shape.capacity) / kWarpRows);
  double keys = double(llvm::alignTo(shape.capacity, c.softmax == Softmax::SinglePass ? kWarpRows : c.blockN));
  double share = shape.causal ? 0.5 + 0.5 * c.blockN / keys : 1.0;
  double tileWork = rowTiles * keys * share;
  double mmas = tileWork * (shape.headDim + shape.headDimV) / (8 * 16) * (shape.elementBytes / 2.0);
  double mmaRate = chip.mmaPerClock;
  e.tensor = mmas / mmaRate * (shape.elementBytes == 4 ? 1.0 : 1.0);
  e.shared = tileWork * (shape.headDim + shape.headDimV) * shape.elementBytes / chip.sharedBytes;
  e.exp2 = tileWork * kWarpRows / chip.exp2;
  double blocksPerHead = std::ceil(double(shape.capacity) / c.rowsPerBlock);
  double tokenBytes = (shape.headDim + shape.headDimV) * shape.elementBytes;
  double group = double(shape.headsQ) / shape.headsKV;
  e.cache = shape.capacity * tokenBytes * (blocksPerHead + 1) / chip.cacheBytes;
  e.global = shape.capacity * tokenBytes * (1 + 1 / group) / chip.globalBytes;

  // Warps hide each other's latency: about 12 of them keep the units busy. Rescaling is work of its own.
  double warps = double(e.blocks * c.warps);
  double hidden = std::min(1.0, 0.25 + 0.75 * warps / 12);
  double overhead = c.softmax == Softmax::SinglePass ? 1.0 : 1.0 + 0.12 * 64 / c.blockN;
  if (c.family == Family::Online && c.stages < 2) overhead *= 1.3;
  // Row tiles that do not divide evenly leave warps idle at the end of a block.
  double perBlockTiles = std::min(rowTiles, double(c.rowsPerBlock) / kWarpRows);
  double rounds = c.family == Family::Warp ? perBlockTiles : std::ceil(perBlockTiles / c.warps);
  double lanes = c.family == Family::Warp ? 1.0 : rounds * c.warps / perBlockTiles;
  double imbalance = 1.0 + (lanes - 1.0) * (e.blocks > 2 ? 0.3 : 0.7);
  double busy = std::max({e.tensor, e.shared, e.exp2}) * overhead * imbalance / hidden;
  e.bound = e.tensor >= e.shared && e.tensor >= e.exp2 ? "tensor cores" : e.shared >= e.exp2 ? "shared memory" : "ex2";
  // Whole-head tiles are loaded before the first product; only other blocks overlap that.
  double load = std::max(e.cache, e.global);
  double exposed = c.family == Family::Online ? 0.15 : 1.0 / (1.0 + e.blocks);
  e.total = std::max(busy, load) + exposed * std::min(busy, load);
  if (load > busy) e.bound = e.global >= e.cache ? "device memory" : "L2 cache";

  if (batch > 0) {
    // A short grid: time is that of the fullest multiprocessor; its blocks share it.
    double heads = double(llvm::divideCeil(shape.headsQ, c.headsPerBlock));
    double blocks = batch * heads * blocksPerHead;
    double perMultiprocessor = std::ceil(blocks / chip.multiprocessors);
    double resident = std::min(perMultiprocessor, double(e.blocks)) * c.warps;
    double blockWork = c.family == Family::Warp ? e.total * c.headsPerBlock : e.total / blocksPerHead;
    // Fewer resident warps hide less.
    double hiddenHere = std::min(1.0, 0.25 + 0.75 * resident / 12);
    double latency = 1800 + keys * shape.headDim * shape.elementBytes / 24;
    e.total = perMultiprocessor * blockWork * (hidden / hiddenHere) + latency;
    if (perMultiprocessor <= 1) e.bound = "latency";
  }
  return e;
}

}  // namespace raggedc
