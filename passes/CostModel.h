//===- CostModel.h - what a schedule costs on a chip ------------*- C++ -*-===//
//
// Prices one schedule of one attention in clocks of a multiprocessor, from what
// it asks of each unit. Rates of sm_90 are measured on an H200 (docs/rationale.md);
// those of other chips follow from their documented ratios. The model ranks
// schedules and explains them; it is no simulator.
//
//===----------------------------------------------------------------------===//

#ifndef RAGGEDC_PASSES_COSTMODEL_H
#define RAGGEDC_PASSES_COSTMODEL_H

#include <cstdint>
#include <optional>
#include <string>

#include "dialect/ragged/Ragged.h"
#include "dialect/ragged_kernel/RaggedKernel.h"

namespace raggedc {

/// What a chip offers. Rates are per multiprocessor and clock.
struct Chip {
  std::string arch;
  int64_t multiprocessors;
  int64_t sharedPerMultiprocessor;  ///< bytes
  int64_t sharedPerBlock;           ///< bytes a block may ask for
  int64_t maxThreads;               ///< resident threads of a multiprocessor
  double clockGHz;
  double mmaPerClock;    ///< mma.sync m16n8k16 of 16-bit operands
  double wgmmaPerClock;  ///< wgmma, as so many m16n8k16; 0 without
  double sharedBytes;    ///< bytes from shared memory
  double exp2;           ///< ex2.approx
  double globalBytes;    ///< bytes from device memory
  double cacheBytes;     ///< bytes from the L2 cache

  /// Whether kernels may begin before the one in front of them has ended (griddepcontrol).
  bool hasDependentLaunch() const;
};

/// The chip of `sm_80`, `sm_86`, `sm_89`, `sm_90[a]`, `sm_100[a]`, `sm_103[a]`, `sm_120[a]`; nothing for another name.
std::optional<Chip> getChip(llvm::StringRef arch);

/// The architectures that getChip() knows, for messages.
llvm::StringRef knownArchs();

/// The sizes of an attention that a schedule depends on.
struct AttentionShape {
  int64_t elementBytes;  ///< 2, or 4 for f32 as tf32
  int64_t headsQ, headsKV, headDim, headDimV;
  int64_t capacity;
  bool causal;
  bool isBf16 = false;
  bool mixedRows = false;  ///< q, k, v and the result differ in the distance of their rows, so addresses are not shared

  static AttentionShape of(mlir::ragged::AttentionOp op);
};

/// A schedule without its reason: what the cost model prices.
struct Candidate {
  mlir::ragged_kernel::Family family;
  mlir::ragged_kernel::Softmax softmax;
  int64_t blockN;
  int64_t warps;
  int64_t stages;
  int64_t headsPerBlock;  ///< heads a block handles at once
  int64_t rowsPerBlock;   ///< query rows of a sequence that one block does
  bool qInRegisters;
  bool warpgroups = false;    ///< products of warpgroups (wgmma) instead of warps
  bool tensorCopies = false;  ///< copies go by tensor maps

  static Candidate of(mlir::ragged_kernel::ScheduleAttr schedule);
  bool operator==(const Candidate&) const = default;
};

/// The first of the few rows that have products of their own (ShortRows.h), or 0 if there are none.
int64_t getShortRow(const Candidate& candidate, const AttentionShape& shape);
inline constexpr int64_t kShortRows = 8;       ///< at most so many
inline constexpr int64_t kShortRowBytes = 16;  ///< of their weights for one key
mlir::ragged_kernel::LayoutAttr getWeightsLayout(mlir::MLIRContext* context);
/// The same where keys lie in tiles: whether the longest sequence has such rows and products take them, and of how many
/// tiles of so many keys the weights fit beside those rows in a tile of 64 rows of Q.
bool mayHaveShortRows(const AttentionShape& shape);
int64_t countShortTiles(int64_t tileKeys);
/// In rows of weights: where those begin in that tile, behind 16 rows of Q, and what it holds.
inline constexpr int64_t kShortWeightsRow = 128, kShortTileRows = 512;

/// Rows of the K and V tiles of a candidate that holds whole heads.
int64_t getResidentKeys(const Candidate& candidate, const AttentionShape& shape);

/// Warps that share 16 rows and divide the keys among them, in the family `latency`.
int64_t getWays(const Candidate& candidate);

/// Whether ptxas (13.0) loses the candidate's queries: it gives the registers of Q, which stay through a loop over
/// keys, to the weights in that loop where the two products of the loop are equally wide (docs/families.md, single).
bool losesQueries(const Candidate& candidate, const AttentionShape& shape);

/// Shared memory of a candidate, as the lowering lays it out.
struct SharedPlan {
  int64_t q = 0, k = 0, v = 0, out = 0;  ///< byte offsets
  mlir::ragged_kernel::LayoutAttr qLayout, kLayout, vLayout, outLayout;
  int64_t bytes = 0;
  bool outAliasesQ = false;
  int64_t shortRow = 0;            ///< the first of the rows that have products of their own (ShortRows.h), or 0
  int64_t lastQ = 0, weights = 0;  ///< byte offsets of these rows of Q and of their weights
  int64_t slotRows = 0;            ///< of K for a way of the family `latency`, whose results go there at last
  struct {
    int64_t barriers = 0, work = 0;  ///< byte offsets of the family `ring`'s own
  } ring;
};
SharedPlan planShared(mlir::MLIRContext* context, const Candidate& candidate, const AttentionShape& shape,
                      mlir::Type element);

/// The same for the family `ring` (CostRing.cpp).
SharedPlan planRing(mlir::MLIRContext* context, const Candidate& candidate, const AttentionShape& shape);

/// The price of a candidate, in clocks of one multiprocessor for one (sequence, head) at full capacity.
struct Estimate {
  int64_t registers;                           ///< of a thread, estimated
  int64_t sharedBytes;                         ///< of a block
  int64_t blocks;                              ///< resident on a multiprocessor
  double tensor, shared, exp2, cache, global;  ///< clocks each unit is busy
  double total;                                ///< clocks, with what is not overlapped
  const char* bound;                           ///< the unit that binds
};

/// The limit of a chip that a candidate goes beyond, and by how much.
struct Refusal {
  enum class Limit {
    None,
    Instructions,     ///< the chip has no wgmma
    EqualWidths,      ///< keys at a time and columns of the output, with which ptxas loses the queries
    Registers,        ///< of a thread
    Shared,           ///< bytes of a block
    RegisterFile,     ///< registers of a block
    ResidentShared,   ///< bytes of as many blocks as are to be resident
    ResidentThreads,  ///< threads of as many
  };
  Limit limit = Limit::None;
  int64_t needed = 0, available = 0;
};

/// `batch` > 0: the number of sequences, which may leave multiprocessors empty. Nothing if the candidate does not fit;
/// `refusal`, if there is one, then says why.
std::optional<Estimate> estimate(const Candidate& candidate, const AttentionShape& shape, mlir::Type element,
                                 const Chip& chip, int64_t batch, Refusal* refusal = nullptr);

/// The same for the family `latency` (CostLatency.cpp).
std::optional<Estimate> estimateLatency(const Candidate& candidate, const AttentionShape& shape, mlir::Type element,
                                        const Chip& chip, int64_t batch, Refusal* refusal = nullptr);

/// Registers of a thread: the tiles it holds at the widest point, and what addresses and counters need.
int64_t estimateRegisters(const Candidate& candidate, const AttentionShape& shape);

/// Registers of a thread that ptxas grants when `warps` are to be resident on a multiprocessor.
int64_t registersGranted(int64_t warps);

/// The same for the family `ring` (CostRing.cpp).
std::optional<Estimate> estimateRing(const Candidate& candidate, const AttentionShape& shape, mlir::Type element,
                                     const Chip& chip, int64_t batch, Refusal* refusal = nullptr);

}  // namespace raggedc

#endif  // RAGGEDC_PASSES_COSTMODEL_H
