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
constexpr int64_t kRegisterFile = 65536;  ///< registers of a multiprocessor, on every chip

/// Clocks of a warp alone for a byte of a key's K and V rows: 26 a key measured at head dimension 64, 256 bytes.
constexpr double kWarpClocksPerByte = 26.0 / 256;

/// The same for the 64 rows of a warpgroup: 3,024 clocks for 208 keys measured.
constexpr double kWarpgroupClocksPerByte = 14.5 / 256;

// Of what wgmma takes with a maximum, so much is left with plain weights: online at 384 to 640 keys and 16 to 64
// sequences, single at 64 of 197, on an H200.
constexpr double kPlain = 0.88;

// mma rate: 1320 multiply-adds a clock measured on sm_90 of 2048 in an m16n8k16; the others by their tensor-core rates.
// wgmma reaches 790 of 989 TFLOP/s there; sm_90a alone has it.
const Chip kChips[] = {
    {"sm_80", 108, 164 * kKiB, 163 * kKiB, 2048, 1.41, 0.50, 0, 128, 16, 10.2, 38},
    {"sm_86", 84, 100 * kKiB, 99 * kKiB, 1536, 1.70, 0.25, 0, 128, 16, 5.4, 24},
    {"sm_89", 142, 100 * kKiB, 99 * kKiB, 1536, 2.50, 0.25, 0, 128, 16, 2.7, 24},
    {"sm_90", 132, 228 * kKiB, 227 * kKiB, 2048, 1.83, 0.645, 0.82, 128, 16, 16.4, 29},
    {"sm_100", 148, 228 * kKiB, 227 * kKiB, 2048, 1.85, 0.645, 0, 128, 16, 29, 40},
    {"sm_103", 148, 228 * kKiB, 227 * kKiB, 2048, 1.85, 0.645, 0, 128, 32, 29, 40},
    {"sm_120", 188, 100 * kKiB, 99 * kKiB, 1536, 2.40, 0.25, 0, 128, 16, 4.0, 24},
};

bool hasMixedRows(ragged::AttentionOp op) {
  if (!op.isSpecialised()) return false;
  int64_t stride = op.getRowStrideQ();
  return op.getRowStrideK() != stride || op.getRowStrideV() != stride || op.getRowStrideOut() != stride;
}

}  // namespace

// Fitted to what ptxas reports over the shapes of test/nvrtc; the register allocator may use more where the launch
// bounds leave it some.
int64_t estimateRegisters(const Candidate& c, const AttentionShape& shape) {
  bool singlePass = c.softmax == Softmax::SinglePass;
  if (c.warpgroups) {  // descriptors instead of addresses; weights take the place of the scores they are made from
    int64_t scores = (singlePass ? llvm::alignTo(shape.capacity, kWarpRows) : c.blockN) / 2;
    int64_t q = c.qInRegisters ? shape.headDim / 4 : 0, out = shape.headDimV / 2;
    // Online: counters and addresses, and what wide tiles need for their masks and stores.
    int64_t others = 40 + std::max<int64_t>(scores - 32, 0) / 8 + (out > 48 ? out / 4 - 4 : 0);
    return llvm::alignTo(singlePass ? std::max(scores + q, scores / 2 + out + 8) + 36 : scores + q + out + others, 8);
  }
  int64_t keysInRegisters = singlePass ? llvm::alignTo(shape.capacity, kWarpRows) : c.blockN;
  int64_t scores = keysInRegisters / 2;
  int64_t out = shape.headDimV / 2;
  int64_t q = c.qInRegisters ? shape.headDim * shape.elementBytes / 8 : 8;
  int64_t weights = c.blockN * shape.elementBytes / 8;
  // In a single pass Q is dead when the output comes alive; online, it lives through the loop. Rounding to tf32 takes
  // copies, and a head dimension that ends in the middle of an mma step a tail of its own.
  int64_t tiles = singlePass ? scores + std::max(q, out + weights) : scores + out + q + weights;
  int64_t rounding = shape.elementBytes == 4 ? 3 * out / 8 : 0;
  int64_t tail = (shape.headDim * shape.elementBytes % 32 != 0) ? 16 : 0;
  int64_t addresses = singlePass ? 28 : 36 + out / 2;
  return llvm::alignTo(tiles + rounding + tail + addresses, 8);
}

// Each of the four schedulers divides its 512 registers a lane among its warps, in eights.
int64_t registersGranted(int64_t warps) {
  return std::min<int64_t>(255, 512 / llvm::divideCeil(warps, 4) / 8 * 8);
}

bool Chip::hasDependentLaunch() const {
  int number = 0;
  return !llvm::StringRef(arch).drop_front(3).consumeInteger(10, number) && number >= 90;
}

std::optional<Chip> getChip(llvm::StringRef arch) {
  // What only one chip has is sm_90a and later, what only one family has sm_100f and later.
  llvm::StringRef base = arch;
  int64_t number = 0, first = base.consume_back("a") ? 90 : base.consume_back("f") ? 100 : 80;
  if (base.substr(3).getAsInteger(10, number) || number < first) return std::nullopt;
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
          op.getCausal(),
          op.getElementType().isBF16(),
          hasMixedRows(op)};
}

Candidate Candidate::of(ScheduleAttr schedule) {
  return {schedule.getFamily(),     schedule.getSoftmax(),       schedule.getBlockN(),       schedule.getWarps(),
          schedule.getStages(),     schedule.getHeadsPerBlock(), schedule.getRowsPerBlock(), schedule.getQInRegisters(),
          schedule.getWarpgroups(), schedule.getTensorCopies()};
}

int64_t getResidentKeys(const Candidate& candidate, const AttentionShape& shape) {
  // The single pass ends with a narrower tile; a loop over equal tiles needs whole ones.
  return llvm::alignTo(shape.capacity, candidate.softmax == Softmax::SinglePass ? kWarpRows : candidate.blockN);
}

int64_t getWays(const Candidate& c) {
  return c.warps * kWarpRows / c.rowsPerBlock;
}

bool losesQueries(const Candidate& c, const AttentionShape& shape) {
  return c.warpgroups && c.qInRegisters && c.softmax == Softmax::Online && c.blockN == shape.headDimV;
}

SharedPlan planShared(MLIRContext* context, const Candidate& c, const AttentionShape& shape, Type element) {
  if (c.family == Family::Ring) return planRing(context, c, shape);
  int64_t rowBytes = shape.headDim * shape.elementBytes, rowBytesV = shape.headDimV * shape.elementBytes;
  int64_t queryRows = c.family == Family::Warp ? llvm::alignTo(shape.capacity, kWarpRows) : kWarpRows;
  int64_t keys = c.family == Family::Online ? c.blockN : getResidentKeys(c, shape);
  int64_t copies = c.family == Family::Warp ? c.warps : c.family == Family::Online ? c.stages : 1;
  SharedPlan plan;
  // Tiles that a warpgroup reads have layouts of their own.
  auto layoutOf = [&](bool ofWarpgroups, int64_t rows, int64_t bytes, bool summed) {
    return ofWarpgroups ? LayoutAttr::forWarpgroups(context, rows, bytes, summed)
                        : LayoutAttr::forRowBytes(context, bytes);
  };
  bool readsQ = c.warpgroups && !c.qInRegisters;
  if (readsQ) queryRows = 4 * kWarpRows;
  int64_t queryTiles = readsQ ? c.warps / 4 : c.warps;
  plan.kLayout = layoutOf(c.warpgroups, keys, rowBytes, true);
  plan.vLayout = layoutOf(c.warpgroups, keys, rowBytesV, false);
  plan.qLayout = layoutOf(readsQ, queryRows, rowBytes, true);
  plan.outLayout = LayoutAttr::forRowBytes(context, rowBytesV);
  auto place = [&](LayoutAttr layout, int64_t tiles, int64_t rows, int64_t bytesOfRow) {
    // What the hardware swizzles repeats every 1024 bytes.
    int64_t offset = llvm::alignTo(plan.bytes, c.warpgroups ? 1024 : 128);
    plan.bytes = llvm::alignTo(offset + tiles * layout.getTileBytes(rows, bytesOfRow), 128);
    return offset;
  };
  if (c.family == Family::Latency) {
    int64_t ways = getWays(c), tiles = c.rowsPerBlock / kWarpRows;
    int64_t results = tiles * PartialsType::getTileBytes(shape.headDimV);
    if (c.warpgroups) {
      // The slots of a way are rows of one tile, whose panels are as long as all of them.
      int64_t slots = c.stages * c.blockN;
      int64_t perRow = layoutOf(true, kWarpRows, rowBytes, true).getTileBytes(kWarpRows, rowBytes) / kWarpRows;
      plan.slotRows = std::max<int64_t>(slots, llvm::alignTo(llvm::divideCeil(results, perRow), kWarpRows));
      plan.kLayout = layoutOf(true, plan.slotRows, rowBytes, true);
      plan.vLayout = layoutOf(true, slots, rowBytesV, false);
      plan.q = place(plan.qLayout, c.rowsPerBlock / queryRows, queryRows, rowBytes);
      plan.k = place(plan.kLayout, ways, plan.slotRows, rowBytes);
      plan.v = place(plan.vLayout, ways, slots, rowBytesV);
      return plan;
    }
    int64_t stride = plan.kLayout.getTileBytes(8, rowBytes) / 8;
    plan.slotRows = std::max<int64_t>(c.blockN, llvm::alignTo(llvm::divideCeil(results, stride), 8));
    plan.q = place(plan.qLayout, 1, c.rowsPerBlock, rowBytes);
    plan.k = place(plan.kLayout, ways, plan.slotRows, rowBytes);
    plan.v = place(plan.vLayout, ways, c.blockN, rowBytesV);
    return plan;
  }
  plan.k = place(plan.kLayout, copies, keys, rowBytes);
  plan.v = place(plan.vLayout, copies, keys, rowBytesV);
  plan.q = place(plan.qLayout, queryTiles, queryRows, rowBytes);
  // The result is staged where Q was, once Q is in registers and no later Q is on its way there.
  bool prefetchesQ = c.family == Family::Single && c.stages > 1;
  plan.outAliasesQ = shape.headDim == shape.headDimV && !prefetchesQ;
  plan.out = plan.outAliasesQ ? plan.q : place(plan.outLayout, c.warps, kWarpRows, rowBytesV);
  // Only where no block less fits a multiprocessor for it.
  if (int64_t row = getShortRow(c, shape); row > 0 && prefetchesQ) {
    int64_t before = plan.bytes, lastQ = place(plan.kLayout, 1, kWarpRows, rowBytes);
    int64_t weights = place(getWeightsLayout(context), 1, row + kWarpRows, kShortRowBytes);
    int64_t available = getChip("sm_90a")->sharedPerMultiprocessor;  // the only one whose warpgroups have products
    auto countBlocks = [&](int64_t bytes) { return available / (bytes + 1024); };
    if (plan.bytes <= kMaxSharedBytes && countBlocks(plan.bytes) == countBlocks(before)) {
      plan.shortRow = row, plan.lastQ = lastQ, plan.weights = weights;
    } else {
      plan.bytes = before;
    }
  }
  return plan;
}

std::optional<Estimate> estimate(const Candidate& c, const AttentionShape& shape, Type element, const Chip& chip,
                                 int64_t batch, Refusal* refusal) {
  if (c.family == Family::Latency) return estimateLatency(c, shape, element, chip, batch, refusal);
  if (c.family == Family::Ring) return estimateRing(c, shape, element, chip, batch, refusal);
  Estimate e = {};
  auto refuse = [&](Refusal::Limit limit, int64_t needed, int64_t available) {
    if (refusal) *refusal = {limit, needed, available};
    return std::nullopt;
  };
  e.registers = estimateRegisters(c, shape);
  e.sharedBytes = planShared(element.getContext(), c, shape, element).bytes;
  int64_t threads = c.warps * 32;
  if (c.warpgroups && (chip.wgmmaPerClock == 0 || !llvm::StringRef(chip.arch).ends_with("a")))
    return refuse(Refusal::Limit::Instructions, 1, 0);
  if (losesQueries(c, shape)) return refuse(Refusal::Limit::EqualWidths, c.blockN, shape.headDimV);
  // The estimate is on the careful side; ptxas's report has the last word.
  int64_t most = c.softmax == Softmax::SinglePass || c.warpgroups ? 248 : 312;
  if (e.sharedBytes > chip.sharedPerBlock) return refuse(Refusal::Limit::Shared, e.sharedBytes, chip.sharedPerBlock);
  if (e.registers > most) return refuse(Refusal::Limit::Registers, e.registers, most);
  if (int64_t all = threads * std::min<int64_t>(e.registers, 255); all > kRegisterFile)
    return refuse(Refusal::Limit::RegisterFile, all, kRegisterFile);
  e.blocks = std::min({chip.sharedPerMultiprocessor / (e.sharedBytes + 1024), chip.maxThreads / threads, int64_t(16)});
  int64_t addresses = shape.mixedRows && !c.warpgroups ? 8 : 0;
  while (e.blocks > 1 && registersGranted(e.blocks * c.warps) < e.registers + addresses) --e.blocks;
  if (e.blocks < 1) return refuse(Refusal::Limit::ResidentShared, e.sharedBytes + 1024, chip.sharedPerMultiprocessor);

  // Work of one (sequence, head) at full capacity. A causal half is skipped where tiles allow. In the online family the
  // warps of a block walk together, so rows beyond the sequence cost as much as others.
  double rowTiles = double(llvm::alignTo(shape.capacity, c.warpgroups ? 4 * kWarpRows : kWarpRows)) / kWarpRows;
  double blocksPerHead = std::ceil(double(shape.capacity) / c.rowsPerBlock);
  // Visits of the keys: once a block where they stay in shared memory, once for each part of its rows online.
  double visits = blocksPerHead;
  if (c.family == Family::Online) {
    visits = std::ceil(double(shape.capacity) / (c.warps * kWarpRows));
    // Warpgroups without rows are idle, warps beside them are not.
    if (!c.warpgroups) rowTiles = visits * c.warps;
  }
  double keys = double(llvm::alignTo(shape.capacity, c.softmax == Softmax::SinglePass ? kWarpRows : c.blockN));
  double share = shape.causal ? 0.5 + 0.5 * c.blockN / keys : 1.0;
  double tileWork = rowTiles * keys * share;
  double rowBytes = double(shape.headDim + shape.headDimV) * shape.elementBytes;
  e.tensor = tileWork * rowBytes / 2 / (8 * 16) / (c.warpgroups ? chip.wgmmaPerClock : chip.mmaPerClock);
  e.shared = tileWork * rowBytes / chip.sharedBytes / (c.warpgroups ? 4 : 1);
  e.exp2 = tileWork * kWarpRows / chip.exp2;
  double group = double(shape.headsQ) / shape.headsKV;
  e.cache = shape.capacity * rowBytes * (visits + 1) / chip.cacheBytes;
  e.global = shape.capacity * rowBytes * (1 + 1 / group) / chip.globalBytes;

  // How much of the binding unit's rate is reached, fitted to runs on an H200 (docs/results): chains of dependent steps
  // leave mma.sync warps waiting, more warps a little less, and short loops never get going.
  double warps = double(e.blocks * c.warps);
  double reached = 0.26 + 0.10 * std::min(warps, 16.0) / 12 + 0.22 * std::min(1.0, keys / 640);
  // One warpgroup alone waits for its own products; online, more go on filling each other's gaps.
  if (c.warpgroups && c.family == Family::Online) reached = 0.41 + 0.0135 * std::min(warps, 16.0);
  if (c.warpgroups && c.family != Family::Online) reached = warps <= 4 ? 0.42 : 0.50;
  // Without a maximum there is less between the products; two warpgroups that pass the same barriers gain nothing.
  bool gains = c.family != Family::Online || c.warps == 4;
  if (c.warpgroups && shape.isBf16 && !shape.causal && gains) reached /= kPlain;
  double overhead = c.softmax == Softmax::SinglePass ? 1.0 + 0.01 * 32 / c.blockN : 1.02 + 0.03 * 32 / c.blockN;
  // Row tiles one after the other: the last ones of a block leave its other warps idle.
  double rounds = std::ceil(std::min(rowTiles, double(c.rowsPerBlock) / kWarpRows) / c.warps);
  if (c.family == Family::Single) overhead += 0.04 * std::max(0.0, rounds - 3);
  if (c.family == Family::Online) overhead += 0.01 * c.warps + (c.stages < 2 ? 0.3 : 0.0);
  // Warpgroups that meet at each block of keys.
  if (c.family == Family::Online && c.warpgroups && c.warps > 4) overhead += 10.0 / c.blockN;
  // A block that visits the keys again waits for its first copies again.
  if (visits > blocksPerHead) overhead += 0.2;
  // A single stage exposes the wait for each row tile of Q.
  if (c.family == Family::Single && c.stages < 2) overhead += 0.05;
  double busy = std::max({e.tensor, e.shared, e.exp2}) * overhead / reached;
  e.bound = e.tensor >= e.shared && e.tensor >= e.exp2 ? "tensor cores" : e.shared >= e.exp2 ? "shared memory" : "ex2";
  // Whole heads are loaded before the first product; only other blocks overlap that. Starting a block costs too.
  double load = std::max(e.cache, e.global);
  const double clocksPerByte = c.warpgroups ? kWarpgroupClocksPerByte : kWarpClocksPerByte;
  double exposed = c.family == Family::Online ? 0.15 : 1.0 / (1.0 + e.blocks);
  double start = 800.0 * blocksPerHead / (e.blocks * c.headsPerBlock);
  e.total = std::max(busy, load) + exposed * std::min(busy, load) + start;
  if (load > busy) e.bound = e.global >= e.cache ? "device memory" : "L2 cache";

  if (batch > 0) {
    // A short grid: the fullest multiprocessor decides, and no block is faster than its longest warp.
    double heads = double(llvm::divideCeil(shape.headsQ, c.headsPerBlock));
    double blocks = batch * heads * blocksPerHead;
    double perMultiprocessor = std::ceil(blocks / chip.multiprocessors);
    double blockWork = e.total * c.headsPerBlock / blocksPerHead;
    double tilesPerWarp =
        std::ceil(std::min(rowTiles, double(c.rowsPerBlock) / kWarpRows) / (c.family == Family::Warp ? 1 : c.warps));
    double turns = std::ceil(perMultiprocessor / e.blocks);
    double firstLoad = c.family == Family::Online ? 2000 : 2000 + keys * rowBytes / 40;
    // Online, a warpgroup alone waits at each block of keys for copies and a barrier.
    if (c.warpgroups && c.family == Family::Online) firstLoad += 400 * keys / c.blockN;
    double longest = turns * (firstLoad + tilesPerWarp * keys * share * rowBytes * clocksPerByte);
    double throughput = perMultiprocessor * blockWork;
    e.total = std::max(longest, throughput);
    if (longest > throughput) e.bound = "latency";
  }
  return e;
}

}  // namespace raggedc
