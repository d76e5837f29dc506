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

/// Of a consumer's registers, for all that is not a tile: row sums and maxima, addresses, places in the ring. As ptxas
/// needs them; with more registers it is more generous.
static constexpr int64_t kOtherRegisters = 41, kOtherRegistersOfTwo = 56;

RingShape RingShape::of(const Candidate& c, const AttentionShape& shape) {
  RingShape ring = {};
  int64_t padded = llvm::alignTo(shape.capacity, kWarpRows);
  ring.consumers = c.warps / 4 - 1;
  ring.chunk = c.blockN;
  ring.streaming = c.rowsPerBlock < int64_t(llvm::alignTo(shape.capacity, kRingGroupRows));
  ring.panels = ring.streaming && shape.headDim > kRingNarrowHeadDim && shape.headDim < kRingMostHeadDim;
  int64_t beyond = shape.capacity % c.blockN;
  ring.merge = beyond > 0 && beyond <= kRingMerge ? kRingMerge : 0;
  ring.broad = std::min(c.blockN + ring.merge, padded);
  // The longest sequence ends in a narrow tail if that has no more than 64 rows.
  int64_t chunks = ring.countChunks(shape.capacity);
  int64_t rest = llvm::alignTo(shape.capacity - chunks * c.blockN, kWarpRows);
  ring.narrow = std::min<int64_t>(rest <= 64 ? std::max<int64_t>(rest, 32) : 48, ring.broad);
  ring.keyRows = ring.streaming ? ring.broad : chunks * c.blockN + ring.getTailWidth(shape.capacity);
  ring.queryRows = c.rowsPerBlock;
  ring.items = llvm::divideCeil(shape.capacity, c.rowsPerBlock);
  ring.tensors = c.tensorCopies;
  ring.held = ring.tensors ? 0 : c.stages < 8 ? 1 : 2;
  ring.keeps = ring.streaming && !ring.tensors && ring.items > 1 && 2 * (chunks + 1) <= c.stages;
  ring.shorts = ring.keeps && mayHaveShortRows(shape) && countShortTiles(ring.broad) > 0;
  // Short items need more of them on their way; of wide heads the room is better spent on keys, and of those that stay.
  int64_t whole = ring.consumers == 3 && shape.headDim <= kRingNarrowHeadDim && !ring.keeps ? 3 : 2;
  ring.queryPieces = whole * ring.queryRows / kRingGroupRows;
  return ring;
}

bool RingShape::mayCopyTensors(const Candidate& c, const AttentionShape& shape) {
  int64_t bytes = shape.headDim * shape.elementBytes;
  return c.family == Family::Ring &&
         (bytes % kRingBoxBytes == 0 || bytes == kRingBoxBytes / 2 || bytes == kRingBoxBytes / 4);
}

int64_t RingShape::getMostChunk(int64_t headDim) const {
  // Scores and weights of a chunk beside the output: three quarters of a register a key, and half of one a column.
  int64_t tiles = getConsumerRegisters() - (consumers == 3 ? kOtherRegisters : kOtherRegistersOfTwo);
  int64_t keys = (4 * tiles - 2 * headDim) / 3;
  return std::min<int64_t>(keys / kWarpRows * kWarpRows, 256);
}

SharedPlan planRing(MLIRContext* context, const Candidate& c, const AttentionShape& shape) {
  RingShape ring = RingShape::of(c, shape);
  int64_t rowBytes = shape.headDim * shape.elementBytes, rowBytesV = shape.headDimV * shape.elementBytes;
  SharedPlan plan;
  plan.kLayout = LayoutAttr::forWarpgroups(context, ring.keyRows, rowBytes, true);
  plan.vLayout = LayoutAttr::forWarpgroups(context, ring.keyRows, rowBytesV, false);
  plan.qLayout = LayoutAttr::forWarpgroups(context, ring.streaming ? kRingGroupRows : ring.queryRows, rowBytes, true);
  plan.outLayout = plan.qLayout;
  plan.outAliasesQ = true;
  auto place = [&](LayoutAttr layout, int64_t tiles, int64_t rows, int64_t bytesOfRow) {
    int64_t offset = llvm::alignTo(plan.bytes, 1024);
    plan.bytes = offset + tiles * layout.getTileBytes(rows, bytesOfRow);
    return offset;
  };
  plan.k = place(plan.kLayout, c.stages, ring.keyRows, rowBytes);
  plan.v = ring.streaming ? plan.k : place(plan.vLayout, c.stages, ring.keyRows, rowBytesV);
  // The last rows need less room than the block of 64 that they begin.
  plan.shortRow = ring.streaming ? 0 : getShortRow(c, shape);
  int64_t queryRows = plan.shortRow > 0 ? plan.shortRow + kWarpRows : ring.queryRows;
  plan.q = ring.streaming ? place(plan.qLayout, ring.queryPieces, kRingGroupRows, rowBytes)
                          : place(plan.qLayout, c.stages, queryRows, rowBytes);
  if (ring.shorts) plan.lastQ = place(plan.qLayout, 1, kRingGroupRows, rowBytes);
  if (plan.shortRow > 0)
    plan.weights = place(getWeightsLayout(context), c.stages, plan.shortRow + kWarpRows, kShortRowBytes);
  plan.ring.barriers = llvm::alignTo(plan.bytes, 128);
  // One more of tiles that stay, and one of short rows.
  int64_t ofPiece = ring.tensors ? 3 : 2;
  int64_t barriers = ring.streaming ? 2 * c.stages + ofPiece * ring.queryPieces + 2 : 3 * c.stages;
  plan.ring.work = llvm::alignTo(plan.ring.barriers + 8 * barriers, 128);
  plan.bytes = plan.ring.work + (ring.streaming ? 28 * ring.queryPieces : 8 * c.stages);
  plan.bytes = llvm::alignTo(plan.bytes, 128);
  return plan;
}

int64_t getMostRingStages(MLIRContext* context, Candidate c, const AttentionShape& shape) {
  for (c.stages = 16; c.stages > 1 && planRing(context, c, shape).bytes > kMaxSharedBytes;) --c.stages;
  return c.stages;
}

namespace {

// Clocks on sm_90. Ranks as measured beside the other families, at 64 and 256 sequences of 197 tokens, 64 of 128 and of
// 577; in absolute terms all of them are priced up to 15 % below what was measured.
constexpr double kStart = 3300;           ///< of a launch: offsets, the first copies, the last rows and stores
constexpr double kGroup = 250;            ///< of a block of 64 rows: its first scores, row sums, stores
constexpr double kGroupStreaming = 650;   ///< the same where tiles pass
constexpr double kKey = 8.6;              ///< of a multiprocessor: a key for 64 rows, at a head dimension of 64
constexpr double kKeyStreaming = 8.9;     ///< the same where tiles pass
constexpr double kStepKeys = 15.4;        ///< what a chunk costs beside its keys, as so many of them
constexpr double kWideProducts = 0.38;    ///< of a key's clocks at 64 columns, so much is products and grows with them
constexpr double kPlainResident = 0.88;   ///< of these, without a maximum, where heads are resident
constexpr double kPlainStreaming = 0.97;  ///< and where tiles pass
constexpr double kKept = 0.93;            ///< where the tiles of a head stay for all its items, and are copied once
constexpr double kShortGroup = 0.4;       ///< of a block of rows: the last ones by products of their own
constexpr double kTwoConsumers = 1.15;    ///< two warpgroups leave more gaps than three
constexpr double kIdleConsumer = 0.2;     ///< of a block of rows: what the others lose where one has none
constexpr double kTensorCopies = 1.2;     ///< of what tiles that pass cost, where tensor maps copy them
constexpr double kExposed = 0.05;         ///< of the shorter of copies and products

constexpr double kFirstByte = 800;  ///< until a copy begins to arrive

/// Clocks of a key for 64 rows.
double getKeyClocks(const RingShape& ring, const AttentionShape& shape) {
  double clocks = ring.streaming ? kKeyStreaming : kKey, width = shape.headDim / 64.0;
  // Below 64 columns as fitted to few; beyond, exponentials stay what they are.
  clocks *= width <= 1 ? width : 1 - kWideProducts + kWideProducts * width;
  clocks *= (1 + kStepKeys / ring.chunk) / (1 + kStepKeys / kRingChunk);
  if (ring.tensors && ring.streaming) clocks *= kTensorCopies;
  if (shape.isBf16) clocks *= ring.streaming ? kPlainStreaming : kPlainResident;
  if (ring.keeps) clocks *= kKept;
  return ring.consumers == 3 ? clocks : clocks * kTwoConsumers;
}

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
  e.registers = 65536 / (c.warps * 32) / 8 * 8;
  e.blocks = 1;

  if (int64_t most = ring.getMostChunk(shape.headDim); c.blockN > most)
    return refuse(Refusal::Limit::Registers, e.registers + 3 * (c.blockN - most) / 4, ring.getConsumerRegisters());

  // At full capacity.
  double keys = ring.countChunks(shape.capacity) * ring.chunk + ring.getTailWidth(shape.capacity);
  double groups = std::ceil(double(shape.capacity) / kRingGroupRows);  // of 64 rows
  double itemsWithRows = ring.items;
  if (ring.shorts) {
    groups = shape.capacity / kRingGroupRows;
    itemsWithRows = std::ceil(groups * kRingGroupRows / ring.queryRows);
  }
  double rowBytes = double(shape.headDim + shape.headDimV) * shape.elementBytes;
  double tileWork = 4 * groups * keys;
  e.tensor = tileWork * rowBytes / 2 / (8 * 16) / chip.wgmmaPerClock;
  e.shared = tileWork * rowBytes / chip.sharedBytes / 4;
  e.exp2 = tileWork * kWarpRows / chip.exp2;
  double group = double(shape.headsQ) / shape.headsKV;
  e.cache = shape.capacity * rowBytes * ((ring.keeps ? 1 : double(ring.items)) + 1) / chip.cacheBytes;
  e.global = shape.capacity * rowBytes * (1 + 1 / group) / chip.globalBytes;

  double compute = (groups + (ring.shorts ? kShortGroup : 0)) *
                   (keys * getKeyClocks(ring, shape) + (ring.streaming && shape.isBf16 ? kGroupStreaming : kGroup));
  // With few slots, what is on its way beside the two that are read and those held back decides: K and V of a chunk.
  if (ring.streaming) {
    double onTheirWay = c.stages - ring.held - 2, chunk = compute / keys * ring.chunk / itemsWithRows;
    double tile = kFirstByte + ring.chunk * rowBytes / 2 / chip.cacheBytes;
    compute *= std::max(1.0, 2 * tile / onTheirWay / chunk);
  }
  // Blocks of rows are dealt to the items evenly; a warpgroup that has none runs ahead by as many tiles as fit.
  double idle = itemsWithRows * double(ring.consumers) - groups;
  if (ring.streaming) compute *= 1 + kIdleConsumer * std::max(idle, 0.0) / groups;
  double load = std::max(e.cache, e.global);
  e.bound = load > compute       ? (e.global >= e.cache ? "device memory" : "L2 cache")
            : e.tensor >= e.exp2 ? "tensor cores"
                                 : "ex2";
  if (batch <= 0) {
    e.total = std::max(compute, load) + kExposed * std::min(compute, load);
    return e;
  }
  // The fullest multiprocessor decides about products; copies share the way to memory.
  double share = double(batch) * shape.headsQ * itemsWithRows / chip.multiprocessors;
  double full = std::ceil(share);
  compute *= full / itemsWithRows, load *= share / itemsWithRows;
  e.total = std::max(compute, load) + kExposed * std::min(compute, load) + kStart;
  if (full < 2) {
    // Nothing to copy ahead of: the first rows wait for their keys.
    e.total += shape.capacity * rowBytes * 1.5 / 40;
    e.bound = "latency";
  }
  return e;
}

}  // namespace raggedc
