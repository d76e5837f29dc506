//===- CostLatency.cpp - what the family latency costs on a chip -----------===//
//
// The steps of a block one after the other, since its warps do the same at the
// same time and little runs beside them. Fitted to runs on an H200
// (docs/results).
//
//===----------------------------------------------------------------------===//

#include <algorithm>
#include <cmath>

#include "llvm/Support/MathExtras.h"
#include "passes/CostModel.h"

namespace raggedc {

using namespace mlir;
using namespace mlir::ragged_kernel;

namespace {

// Clocks on sm_90.
constexpr double kStart = 900;              ///< offsets, first copies on their way, last stores
constexpr double kJoin = 400;               ///< results to shared memory, barrier, and back
constexpr double kPerKeyByte = 17 / 256.0;  ///< of a way: scores, softmax and output for a byte of a key's K and V rows
constexpr double kCopiedBytes = 40;         ///< a clock and multiprocessor, from L2

/// Registers of a thread that hold tiles: all scores and the larger of Q and the output.
int64_t countTileRegisters(const Candidate& c, const AttentionShape& shape) {
  int64_t scores = c.blockN / 2, out = shape.headDimV / 2;
  int64_t q = c.qInRegisters ? shape.headDim * shape.elementBytes / 8 : 8;
  int64_t rounding = shape.elementBytes == 4 ? c.blockN / 4 : 0;
  return scores + std::max(q, out) + rounding;
}
constexpr int64_t kLeast = 16;  ///< with so many more ptxas finds a way without spills
constexpr int64_t kUsual = 54;  ///< and so many more it takes where it may

// With warpgroups as ways: clocks for a byte of a key's K and V rows and 64 rows of queries, of a warpgroup alone on a
// multiprocessor, and what each further one there adds: as the family online takes, of which four together need 44.8
// clocks a key of 256 bytes with their waits for tiles (docs/results/2026-11-21-h200-wgmma.md).
constexpr double kGroupAlone = 14.5 / 256, kGroupFurther = 8.0 / 256;
constexpr double kGroupStart = 2000;  ///< offsets, the first tile, last stores
constexpr double kGroupTile = 400;    ///< waiting for a tile
constexpr double kGroupJoin = 700;    ///< 64 rows of each way to shared memory, and back

/// Keys that the busiest way computes, and its tiles. All ways together compute `all` keys.
struct WayWork {
  int64_t keys = 0, tiles = 0, all = 0;
};
WayWork divideTiles(const Candidate& c, int64_t capacity) {
  constexpr int64_t kPart = 32;
  int64_t ways = getWays(c);
  WayWork busiest;
  for (int64_t way = 0; way < ways; ++way) {
    WayWork work;
    for (int64_t key = way * c.blockN; key < capacity; key += ways * c.blockN, ++work.tiles)
      work.keys += capacity - key <= kPart ? std::min(kPart, c.blockN) : c.blockN;
    busiest.all += work.keys;
    busiest.keys = std::max(busiest.keys, work.keys);
    busiest.tiles = std::max(busiest.tiles, work.tiles);
  }
  return busiest;
}

/// Fills in what goes to and from the L2 cache and memory, where a block reads `share` of the keys; the bytes that one
/// block copies.
double addTraffic(Estimate& e, const Candidate& c, const AttentionShape& shape, const Chip& chip, double share) {
  double rowBlocks = std::ceil(double(shape.capacity) / c.rowsPerBlock);
  double rowBytes = double(shape.headDim + shape.headDimV) * shape.elementBytes;
  double group = double(shape.headsQ) / shape.headsKV;
  double copied = shape.capacity * share * rowBytes + c.rowsPerBlock * rowBytes / 2;
  e.cache = (rowBlocks * copied + shape.capacity * rowBytes / 2) / chip.cacheBytes;
  e.global = shape.capacity * rowBytes * (1 + 1 / group) / chip.globalBytes;
  return copied;
}

std::optional<Estimate> estimateLatencyGroups(const Candidate& c, const AttentionShape& shape, Type element,
                                              const Chip& chip, int64_t batch, Refusal* refusal) {
  Estimate e = {};
  auto refuse = [&](Refusal::Limit limit, int64_t needed, int64_t available) {
    if (refusal) *refusal = {limit, needed, available};
    return std::nullopt;
  };
  if (chip.wgmmaPerClock == 0 || !llvm::StringRef(chip.arch).ends_with("a"))
    return refuse(Refusal::Limit::Instructions, 1, 0);
  e.registers = estimateRegisters(c, shape);
  e.sharedBytes = planShared(element.getContext(), c, shape, element).bytes;
  int64_t threads = c.warps * 32, granted = registersGranted(c.warps);
  if (e.sharedBytes > chip.sharedPerBlock) return refuse(Refusal::Limit::Shared, e.sharedBytes, chip.sharedPerBlock);
  if (e.registers > granted) return refuse(Refusal::Limit::Registers, e.registers, granted);
  e.blocks = std::min({chip.sharedPerMultiprocessor / (e.sharedBytes + 1024), chip.maxThreads / threads, int64_t(16)});
  while (e.blocks > 1 && registersGranted(e.blocks * c.warps) < e.registers) --e.blocks;
  if (e.blocks < 1) return refuse(Refusal::Limit::ResidentShared, e.sharedBytes + 1024, chip.sharedPerMultiprocessor);

  WayWork work = divideTiles(c, shape.capacity);
  double rowBlocks = std::ceil(double(shape.capacity) / c.rowsPerBlock);
  double groups = double(c.rowsPerBlock) / (4 * kWarpRows);
  double share = shape.causal ? 0.5 + 0.5 / rowBlocks : 1.0;
  double rowBytes = double(shape.headDim + shape.headDimV) * shape.elementBytes;
  double tileWork = rowBlocks * c.rowsPerBlock / kWarpRows * double(work.all) * share;
  e.tensor = tileWork * rowBytes / 2 / (8 * 16) / chip.wgmmaPerClock;
  e.shared = tileWork * rowBytes / chip.sharedBytes / 4;
  e.exp2 = tileWork * kWarpRows / chip.exp2;
  double copied = addTraffic(e, c, shape, chip, share);

  double blocks = batch > 0 ? batch * shape.headsQ * rowBlocks : 1e9;
  double perMultiprocessor = std::ceil(blocks / chip.multiprocessors);
  double together = std::min(perMultiprocessor, double(e.blocks));
  // So many warpgroups share the units.
  double sharing = together * groups * double(getWays(c));
  double clocks = kGroupAlone + kGroupFurther * (sharing - 1);
  double way = double(work.keys) * share * rowBytes * clocks + double(work.tiles) * share * kGroupTile;
  double copies = together * copied / kCopiedBytes;
  double turn = kGroupStart + std::max(copies, way) + kGroupJoin;
  if (batch > 0) {
    e.total = std::ceil(perMultiprocessor / e.blocks) * turn;
  } else {
    e.total = std::max(turn / together, e.global / rowBlocks) * rowBlocks;
  }
  e.bound = copies > way ? "L2 cache" : "latency";
  if (sharing > 4 && copies <= way) e.bound = e.tensor >= e.exp2 ? "tensor cores" : "ex2";
  return e;
}

}  // namespace

std::optional<Estimate> estimateLatency(const Candidate& c, const AttentionShape& shape, Type element, const Chip& chip,
                                        int64_t batch, Refusal* refusal) {
  if (c.warpgroups) return estimateLatencyGroups(c, shape, element, chip, batch, refusal);
  Estimate e = {};
  auto refuse = [&](Refusal::Limit limit, int64_t needed, int64_t available) {
    if (refusal) *refusal = {limit, needed, available};
    return std::nullopt;
  };
  int64_t tileRegisters = countTileRegisters(c, shape);
  e.sharedBytes = planShared(element.getContext(), c, shape, element).bytes;
  int64_t threads = c.warps * 32, ways = getWays(c);
  int64_t granted = std::min<int64_t>(255, 65536 / threads / 8 * 8);
  if (e.sharedBytes > chip.sharedPerBlock) return refuse(Refusal::Limit::Shared, e.sharedBytes, chip.sharedPerBlock);
  if (int64_t least = llvm::alignTo(tileRegisters + kLeast, 8); least > granted)
    return refuse(Refusal::Limit::Registers, least, granted);
  e.registers = std::min<int64_t>(llvm::alignTo(tileRegisters + kUsual, 8), granted);
  e.blocks = std::min({chip.sharedPerMultiprocessor / (e.sharedBytes + 1024), chip.maxThreads / threads,
                       65536 / (threads * e.registers), int64_t(16)});
  if (e.blocks < 1) return refuse(Refusal::Limit::ResidentShared, e.sharedBytes + 1024, chip.sharedPerMultiprocessor);

  double rowBlocks = std::ceil(double(shape.capacity) / c.rowsPerBlock);
  double rowTiles = rowBlocks * c.rowsPerBlock / kWarpRows;
  double share = shape.causal ? 0.5 + 0.5 / rowBlocks : 1.0;
  double rowBytes = double(shape.headDim + shape.headDimV) * shape.elementBytes;
  double tileWork = rowTiles * ways * c.blockN * share;
  e.tensor = tileWork * rowBytes / 2 / (8 * 16) / chip.mmaPerClock;
  e.shared = tileWork * rowBytes / chip.sharedBytes;
  e.exp2 = tileWork * kWarpRows / chip.exp2;
  double copied = addTraffic(e, c, shape, chip, share);

  // What is resident together shares the way to L2 and the units.
  double blocks = batch > 0 ? batch * shape.headsQ * rowBlocks : 1e9;
  double perMultiprocessor = std::ceil(blocks / chip.multiprocessors);
  double together = std::min(perMultiprocessor, double(e.blocks));
  double units = std::max({e.tensor, e.shared, e.exp2}) / rowBlocks / 0.7;  // of a block
  double copies = copied / kCopiedBytes, way = c.blockN * share * rowBytes * kPerKeyByte;
  double turn = kStart + together * copies + std::max(way, together * units) + kJoin;
  if (batch > 0) {
    e.total = std::ceil(perMultiprocessor / e.blocks) * turn;
  } else {
    e.total = std::max(turn / together, e.global / rowBlocks) * rowBlocks;
  }
  e.bound = "latency";
  if (together * std::max(copies, units) > turn / 2)
    e.bound = copies > units ? "L2 cache" : e.tensor >= e.exp2 ? "tensor cores" : "ex2";
  return e;
}

}  // namespace raggedc
