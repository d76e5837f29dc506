//===- CostRing.cpp - what the family ring costs on a chip -----------------===//
//
// Fitted to runs of prototypes on an H200 (docs/families.md). Copies hide behind
// products but for the first of a block, so what decides is the work of the
// warpgroups and, with few items, how many the busiest multiprocessor gets.
//
//===----------------------------------------------------------------------===//

#include <algorithm>
#include <cmath>

#include "llvm/Support/MathExtras.h"
#include "passes/RingShape.h"

namespace raggedc {

using namespace mlir;
using namespace mlir::ragged_kernel;

RingShape RingShape::of(const Candidate& c, const AttentionShape& shape) {
  RingShape ring = {};
  int64_t padded = llvm::alignTo(shape.capacity, kWarpRows);
  ring.chunk = c.blockN;
  ring.streaming = c.rowsPerBlock < int64_t(llvm::alignTo(shape.capacity, kRingGroupRows));
  ring.broad = std::min(c.blockN + kRingMerge, padded);
  int64_t chunks = std::max<int64_t>(shape.capacity - kRingMerge - 1, 0) / c.blockN;
  // The longest sequence ends in a narrow tail if that saves rows of shared memory.
  int64_t rest = llvm::alignTo(shape.capacity - chunks * c.blockN, kWarpRows);
  ring.narrow = std::min(!ring.streaming && rest <= 64 ? std::max<int64_t>(rest, 32) : 48, ring.broad);
  ring.keyRows = ring.streaming ? ring.broad : chunks * c.blockN + (rest <= ring.narrow ? ring.narrow : ring.broad);
  ring.queryRows = c.rowsPerBlock;
  ring.items = llvm::divideCeil(shape.capacity, c.rowsPerBlock);
  return ring;
}

SharedPlan planRing(MLIRContext* context, const Candidate& c, const AttentionShape& shape) {
  RingShape ring = RingShape::of(c, shape);
  int64_t rowBytes = shape.headDim * shape.elementBytes, rowBytesV = shape.headDimV * shape.elementBytes;
  SharedPlan plan;
  plan.kLayout = LayoutAttr::forWarpgroups(context, ring.keyRows, rowBytes, true);
  plan.vLayout = LayoutAttr::forWarpgroups(context, ring.keyRows, rowBytesV, false);
  plan.qLayout = LayoutAttr::forWarpgroups(context, ring.queryRows, rowBytes, true);
  plan.outLayout = plan.qLayout;
  plan.outAliasesQ = true;
  auto place = [&](LayoutAttr layout, int64_t tiles, int64_t rows, int64_t bytesOfRow) {
    int64_t offset = llvm::alignTo(plan.bytes, 1024);
    plan.bytes = offset + tiles * layout.getTileBytes(rows, bytesOfRow);
    return offset;
  };
  plan.k = place(plan.kLayout, c.stages, ring.keyRows, rowBytes);
  plan.v = ring.streaming ? plan.k : place(plan.vLayout, c.stages, ring.keyRows, rowBytesV);
  plan.q = place(plan.qLayout, ring.streaming ? kRingQueryBuffers : c.stages, ring.queryRows, rowBytes);
  plan.ring.barriers = llvm::alignTo(plan.bytes, 128);
  int64_t barriers = ring.streaming ? 2 * c.stages + 2 * kRingQueryBuffers : 3 * c.stages;
  plan.ring.work = llvm::alignTo(plan.ring.barriers + 8 * barriers, 128);
  plan.bytes = plan.ring.work + 8 * (ring.streaming ? kRingQueryBuffers : c.stages);
  plan.bytes = llvm::alignTo(plan.bytes, 128);
  return plan;
}

namespace {

// Clocks on sm_90. Ranks as measured beside the other families, at 64 and 256 sequences of 197 tokens, 64 of 128 and of
// 577; in absolute terms all of them are priced up to 15 % below what was measured.
constexpr double kStart = 3300;                  ///< of a launch: offsets, the first copies, the last rows and stores
constexpr double kGroup = 250;                   ///< of a block of 64 rows: its first scores, row sums, stores
constexpr double kKeyByte = 8.6 / 256;           ///< of a multiprocessor: a byte of a key's K and V rows for 64 rows
constexpr double kKeyByteStreaming = 8.9 / 256;  ///< the same where tiles pass
constexpr double kExposed = 0.05;                ///< of the shorter of copies and products

}  // namespace

std::optional<Estimate> estimateRing(const Candidate& c, const AttentionShape& shape, Type element, const Chip& chip,
                                     int64_t batch, Refusal* refusal) {
  auto refuse = [&](Refusal::Limit limit, int64_t needed, int64_t available) {
    if (refusal) *refusal = {limit, needed, available};
    return std::nullopt;
  };
  if (chip.wgmmaPerClock == 0 || !llvm::StringRef(chip.arch).ends_with("a") || shape.elementBytes != 2)
    return refuse(Refusal::Limit::Instructions, 1, 0);
  RingShape ring = RingShape::of(c, shape);
  Estimate e = {};
  e.sharedBytes = planShared(element.getContext(), c, shape, element).bytes;
  if (e.sharedBytes > chip.sharedPerBlock) return refuse(Refusal::Limit::Shared, e.sharedBytes, chip.sharedPerBlock);
  e.registers = 65536 / (c.warps * 32);
  e.blocks = 1;

  // At full capacity.
  int64_t tail = shape.capacity - std::max<int64_t>(shape.capacity - kRingMerge - 1, 0) / ring.chunk * ring.chunk;
  double keys = shape.capacity - tail + (tail <= ring.narrow ? ring.narrow : ring.broad);
  double groups = std::ceil(double(shape.capacity) / kRingGroupRows);  // of 64 rows
  double rowBytes = double(shape.headDim + shape.headDimV) * shape.elementBytes;
  double tileWork = 4 * groups * keys;
  e.tensor = tileWork * rowBytes / 2 / (8 * 16) / chip.wgmmaPerClock;
  e.shared = tileWork * rowBytes / chip.sharedBytes / 4;
  e.exp2 = tileWork * kWarpRows / chip.exp2;
  double group = double(shape.headsQ) / shape.headsKV;
  e.cache = shape.capacity * rowBytes * (double(ring.items) + 1) / chip.cacheBytes;
  e.global = shape.capacity * rowBytes * (1 + 1 / group) / chip.globalBytes;

  double compute = groups * keys * rowBytes * (ring.streaming ? kKeyByteStreaming : kKeyByte) + groups * kGroup;
  double load = std::max(e.cache, e.global);
  e.bound = load > compute       ? (e.global >= e.cache ? "device memory" : "L2 cache")
            : e.tensor >= e.exp2 ? "tensor cores"
                                 : "ex2";
  if (batch <= 0) {
    e.total = std::max(compute, load) + kExposed * std::min(compute, load);
    return e;
  }
  // The fullest multiprocessor decides about products; copies share the way to memory.
  double share = double(batch) * shape.headsQ * ring.items / chip.multiprocessors;
  double full = std::ceil(share);
  compute *= full / ring.items, load *= share / ring.items;
  e.total = std::max(compute, load) + kExposed * std::min(compute, load) + kStart;
  if (full < 2) {
    // Nothing to copy ahead of: the first rows wait for their keys.
    e.total += shape.capacity * rowBytes * 1.5 / 40;
    e.bound = "latency";
  }
  return e;
}

}  // namespace raggedc
